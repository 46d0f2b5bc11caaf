"""Tests of what is learned from likes: it prefers their like, names its reasons, and never fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.model import Example
from daybrief.taste import MOST_EXAMPLES, learn, terms

START = datetime(2024, 11, 26, tzinfo=UTC)
SEARCH = ("Reranking for dense retrieval", "We rerank passages that a dense retriever has found for a query.")
ROBOTS = ("Grasping with soft robot hands", "A robot hand learns to grasp objects from touch and video.")
NOISE = [(f"Protein folding {n}", f"We fold protein number {n} with a diffusion network.") for n in range(30)]


def example(title: str, text: str = "", *, liked: bool = True, n: int = 0) -> Example:
    at = START + timedelta(minutes=n)
    return Example(key=f"k:{n}:{title}"[:80], liked=liked, title=title, text=text, added_at=at)


def test_one_like_lifts_what_is_like_it_and_says_so() -> None:
    taste = learn(
        [example("Passage retrieval with rerankers", "Dense retrieval and reranking.")],
        [*NOISE, SEARCH, ROBOTS],
    )
    assert taste is not None
    near, far = taste.opinion(*SEARCH), taste.opinion(*ROBOTS)
    assert near.liking > 0.5 > abs(far.liking)
    assert near.because == "Passage retrieval with rerankers"
    assert {"retrieval", "reranking"} & set(near.words)
    assert not far.because


def test_one_like_is_believed_less_than_ten() -> None:
    once = learn([example(*SEARCH)], NOISE)
    ten = learn([example(*SEARCH, n=n) for n in range(10)], NOISE)
    assert once is not None
    assert ten is not None
    assert 0 < once.trust < 0.5 < ten.trust < 1


def test_dislikes_alone_lower_what_is_like_them() -> None:
    taste = learn([example(*ROBOTS, liked=False)], [*NOISE, SEARCH])
    assert taste is not None
    there = taste.opinion("Robot hands grasp cups", "Soft hands grasp objects.")
    assert there.liking < 0
    assert there.liking < taste.opinion(*SEARCH).liking
    assert not there.because


def test_korean_is_learned_as_well() -> None:
    liked = example("반도체 수출 규제", "정부가 반도체 장비의 수출을 규제한다.")
    taste = learn([liked], [("게임 출시 소식", "새 게임이 출시된다."), *NOISE])
    assert taste is not None
    near = taste.opinion("미국, 반도체 장비 수출을 막다", "반도체 수출이 막힌다.")
    assert near.liking > taste.opinion("게임 업계 동향", "게임이 잘 팔린다.").liking
    assert "반도체" in near.words


def test_a_story_is_not_explained_by_itself() -> None:
    taste = learn([example(*SEARCH)], [*NOISE, ROBOTS])
    assert taste is not None
    assert taste.opinion(*SEARCH).because == ""


def test_the_latest_examples_count() -> None:
    old = [example(*ROBOTS, n=n) for n in range(50)]
    new = [example(*SEARCH, n=100 + n) for n in range(MOST_EXAMPLES)]
    taste = learn([*new, *old], NOISE)
    assert taste is not None
    assert taste.learned().liked == MOST_EXAMPLES
    assert "robot" not in dict(taste.learned(50).words_for)


def test_without_a_word_nothing_is_learned() -> None:
    assert learn([], NOISE) is None
    assert learn([example("!!!", "???")], NOISE) is None


texts = st.tuples(st.text(max_size=40), st.text(max_size=80))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, st.booleans()), max_size=8), st.lists(texts, max_size=8), texts)
def test_whatever_is_liked_or_not_the_opinion_is_a_number_from_minus_one_to_one(
    judged: list[tuple[tuple[str, str], bool]], others: list[tuple[str, str]], paper: tuple[str, str]
) -> None:
    examples = [example(*text, liked=liked, n=n) for n, (text, liked) in enumerate(judged)]
    taste = learn(examples, others)
    if taste is None:
        assert not any(terms(*text) for text, _ in judged)
        return
    assert -1 <= taste.opinion(*paper).liking <= 1
    again = learn(examples[::-1], others[::-1])
    assert again is not None
    assert again.opinion(*paper) == taste.opinion(*paper)
    assert taste.learned().liked == sum(e.liked for e in examples if terms(e.title, e.text))
