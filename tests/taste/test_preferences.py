"""A profile's order adds up signals and preferences, each with its reason; without one nothing changes."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.errors import ConfigError
from daybrief.model import Example, Filed, Item, Signals, Story, to_json
from daybrief.stages.rank import rank
from daybrief.taste import Interests, preferences_of

TITLES = ("Dense retrieval with RAG", "Robots that grasp", "강화 학습으로 배우는 로봇", "Protein folding",
          "Storage systems", "양자 컴퓨터 소식", "", "“Quotes” & <script>alert(1)</script>")  # fmt: skip
NOW = datetime(2024, 11, 26, tzinfo=UTC)


def filed(n: int, title: str, votes: int | None = None, category: str = "llm", text: str = "") -> Filed:
    item = Item(
        key=f"arxiv:{n}", source="s", kind="paper", title=title, url="https://x.org", text=text,
        signals=Signals(votes=votes),
    )  # fmt: skip
    story = Story(id=item.key, kind="paper", items=(item,), first_seen=NOW.date())
    return Filed(story=story, category=category, confidence=1, why="")


def example(n: int, title: str, *, liked: bool) -> Example:
    return Example(key=f"e:{n}", liked=liked, title=title, added_at=NOW)


days = st.lists(
    st.tuples(st.sampled_from(TITLES), st.none() | st.integers(0, 999), st.sampled_from(["llm", "robotics"])),
    max_size=12,
).map(lambda rows: [filed(n, title, votes, category) for n, (title, votes, category) in enumerate(rows)])
examples = st.lists(st.tuples(st.sampled_from(TITLES), st.booleans()), max_size=6).map(
    lambda rows: [example(n, title, liked=liked) for n, (title, liked) in enumerate(rows)]
)
interests = st.builds(
    Interests,
    more=st.lists(st.sampled_from(["RAG", "로봇", "retrieval"]), max_size=2).map(tuple),
    less=st.lists(st.sampled_from(["storage", "양자"]), max_size=2).map(tuple),
    taste=st.floats(0, 20),
    keyword=st.floats(0, 9).map(lambda points: round(points, 2)),
    categories=st.dictionaries(st.sampled_from(["llm", "robotics"]), st.integers(0, 3)),
)


@settings(max_examples=80, deadline=None)
@given(days, interests, examples, st.sampled_from(["ko", "en"]))
def test_the_reasons_of_a_profile_add_up_to_its_scores_and_nothing_is_lost(
    day: list[Filed], interests: Interests, liked: list[Example], language: str
) -> None:
    kept, entry = rank(day, most=8, most_each=5, preferences=preferences_of(day, interests, liked, language))
    for ranked in kept:
        total = sum(float(reason.rsplit(": ", 1)[1]) for reason in ranked.reasons)
        assert math.isclose(total, ranked.score, abs_tol=0.01 * (len(ranked.reasons) + 1))
        assert "\n" not in ranked.why
    names = {r.story.id for r in kept} | {ref for drop in entry.dropped for ref in drop.refs}
    assert names == {f.story.id for f in day}


@settings(max_examples=40, deadline=None)
@given(days, examples)
def test_without_a_profile_the_order_is_by_signals_alone_and_the_bytes_know_of_no_taste(
    day: list[Filed], liked: list[Example]
) -> None:
    plain, _ = rank(day, most=20, most_each=20)
    assert [r.score for r in plain] == sorted((r.score for r in plain), reverse=True)
    assert all("taste" not in reason for r in plain for reason in r.reasons)
    assert b"because" not in to_json(plain)
    wishless, _ = rank(
        day, most=20, most_each=20, preferences=preferences_of(day, Interests(taste=0), liked, "en")
    )
    assert [(r.story.id, r.score, r.reasons) for r in wishless] == [
        (r.story.id, r.score, r.reasons) for r in plain
    ]


@settings(max_examples=30, deadline=None)
@given(days, st.lists(st.sampled_from(TITLES), max_size=5))
def test_a_profile_that_only_dislikes_gets_its_edition(day: list[Filed], titles: list[str]) -> None:
    disliked = [example(n, title, liked=False) for n, title in enumerate(titles)]
    kept, _ = rank(day, most=99, most_each=99, preferences=preferences_of(day, Interests(), disliked, "ko"))
    assert len(kept) == len(day)


def test_the_line_names_the_liked_title_the_keyword_and_the_votes_in_the_readers_language() -> None:
    day = [filed(1, "Dense retrieval with RAG", 320), *(filed(n, f"Protein {n}") for n in range(2, 20))]
    liked = [example(1, "Dense passage retrieval", liked=True)]
    for language, words in (
        ("en", ("because you liked “Dense passage retrieval”: ", "keyword “RAG”", "320 votes")),
        ("ko", ("좋아요한 글 “Dense passage retrieval”: ", "키워드 “RAG”", "320")),
    ):
        kept, _ = rank(
            day,
            most=1,
            most_each=1,
            preferences=preferences_of(day, Interests(more=("RAG",)), liked, language),
        )
        assert all(word in kept[0].why for word in words)


def test_an_unwanted_word_outweighs_some_votes_and_is_named() -> None:
    day = [filed(1, "Crypto agents", 10), filed(2, "Honest agents", 5)]
    kept, _ = rank(
        day, most=2, most_each=2, preferences=preferences_of(day, Interests(less=("crypto",)), [], "en")
    )
    assert [r.story.id for r in kept] == ["arxiv:2", "arxiv:1"]
    assert kept[1].why.endswith("ranked lower for “crypto”")
    assert "less “crypto”: -3.00" in kept[1].reasons


@pytest.mark.parametrize(
    ("quotas", "left"),
    [
        ({}, {"llm": 3, "robotics": 3}),
        ({"llm": 1}, {"llm": 1, "robotics": 0}),
        ({"llm": 0}, {"llm": 0, "robotics": 3}),
        ({"llm": 1, "robotics": 2}, {"llm": 1, "robotics": 2}),
    ],
)
def test_quotas_say_how_many_of_a_category_are_printed(quotas: dict[str, int], left: dict[str, int]) -> None:
    day = [filed(n, "T", n, "llm" if n % 2 else "robotics") for n in range(6)]
    preferences = preferences_of(day, Interests(categories=quotas), [], "en")
    kept, entry = rank(day, most=99, most_each=99, preferences=preferences)
    assert {c: sum(r.filed.category == c for r in kept) for c in left} == left
    assert entry.kept + sum(len(d.refs) for d in entry.dropped) == len(day)


def test_a_keyword_without_a_word_is_refused() -> None:
    with pytest.raises(ConfigError):
        preferences_of([filed(1, "T")], Interests(more=("!!",)), [], "en")


def test_the_weight_of_taste_is_never_above_its_cap() -> None:
    day = [filed(1, "Dense retrieval"), *(filed(n, f"Protein {n}") for n in range(2, 30))]
    liked = [example(n, "Dense retrieval of passages", liked=True) for n in range(200)]
    preferences = preferences_of(day, Interests(taste=2.5), liked, "en")
    assert all(abs(part.points) <= 2.5 for parts in preferences.parts.values() for part in parts)
    assert msgspec.structs.asdict(preferences)["quotas"] == {}
