"""Rank: the order follows from attention alone, and each part of a score is worth what it says."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.languages.phrases import phrases
from daybrief.model import Drop, Filed, Item, Ranked, Signals, Story, Usage, from_json, to_json
from daybrief.ports import Filing
from daybrief.stages.rank import Preferences, ScorePart, categorise, of_kind, rank, score
from daybrief.testing.editions import taxonomy


def filed(*items: Item, category: str = "llm", name: str = "") -> Filed:
    story = Story(id=name or items[0].key, kind="paper", items=items, first_seen=date(2024, 11, 26))
    return Filed(story=story, category=category, confidence=1.0, why="")


def item(key: str = "arxiv:1", source: str = "s0", text: str = "A text.", **signals: int) -> Item:
    return Item(
        key=key, source=source, kind="paper", title="T", url="https://a.example/", text=text,
        signals=Signals(**signals),
    )  # fmt: skip


def carried_by(sources: int) -> Filed:
    return filed(*(item(source=f"s{n}") for n in range(sources)))


def test_each_further_source_raises_a_story_by_the_same_step() -> None:
    scores = [score(carried_by(n)).score for n in range(1, 6)]
    assert scores == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert score(carried_by(3)).reasons == ("3 sources: +2.00",)


@pytest.mark.parametrize(
    ("signal", "weight"), [("votes", 1.0), ("points", 0.7), ("comments", 0.3), ("citations", 0.5)]
)
@given(n=st.integers(1, 10**6))
def test_attention_counts_by_its_logarithm(signal: str, weight: float, n: int) -> None:
    ranked = score(filed(item(**{signal: n})))
    assert ranked.score == pytest.approx(weight * math.log1p(n), abs=1e-4)
    assert ranked.reasons == (f"{signal} {n}: {weight * math.log1p(n):+.2f}",)


def test_a_score_has_four_decimals() -> None:
    assert score(filed(item(votes=3))).score == 1.3863
    assert score(filed(item(votes=6))).score == 1.9459


def test_the_largest_count_of_several_sources_is_used() -> None:
    both = score(filed(item(votes=3), item(votes=40, source="s1")))
    assert both.reasons[0].startswith("votes 40: ")
    assert both.score == pytest.approx(math.log1p(40) + 1.0, abs=1e-4)


@pytest.mark.parametrize(("position", "points"), [(1, 1.0), (2, 0.5), (4, 0.25)])
def test_the_place_on_a_list_is_worth_its_inverse(position: int, points: float) -> None:
    assert score(filed(item(position=position))).score == points
    assert score(filed(item(position=position), item(position=9))).score == points
    assert score(filed(item(), item(position=position))).score == points
    assert score(filed(item(position=-1), item(position=position))).score == points


@pytest.mark.parametrize("signals", [{}, {"votes": 0}, {"position": 0}, {"votes": 0, "comments": 0}])
def test_a_story_without_signals_scores_zero(signals: dict[str, int]) -> None:
    assert (score(filed(item(**signals))).score, score(filed(item(**signals))).reasons) == (0.0, ())


@pytest.mark.parametrize("signals", [{}, {"votes": 0}, {"votes": 3}, {"position": 1}])
def test_a_ranked_story_reads_back_to_its_own_bytes(signals: dict[str, int]) -> None:
    """An edition's digest is over its bytes: 0 that comes back as 0.0 would be another edition."""
    written = to_json(score(filed(item(**signals))))
    assert to_json(from_json(written, Ranked)) == written


def test_a_story_without_a_text_stands_below_one_with_it() -> None:
    bare = score(filed(item(text="")))
    assert (bare.score, bare.reasons) == (-1.0, ("no text to quote: -1.00",))
    assert score(filed(item(text=""), item(source="s1"))).score == 1.0


def test_equal_stories_stand_in_the_order_of_their_ids() -> None:
    stories = [filed(item(key=f"arxiv:{n}"), name=f"arxiv:{n}") for n in (3, 1, 2)]
    kept, _ = rank(stories, most=9, most_each=9)
    assert [ranked.story.id for ranked in kept] == ["arxiv:1", "arxiv:2", "arxiv:3"]


def test_what_is_left_out_is_named_with_its_reason() -> None:
    stories = [filed(item(votes=90 - n), name=f"{c}{n}", category=c) for n in range(3) for c in ("a", "b")]
    kept, entry = rank(stories, most=3, most_each=2)
    assert [ranked.story.id for ranked in kept] == ["a0", "b0", "a1"]
    assert {drop.reason: drop.refs for drop in entry.dropped} == {
        "below-the-cut": ("b1", "b2"),
        "category-full": ("a2",),
    }
    assert (entry.stage, entry.unit, entry.came_in, entry.kept) == ("rank", "stories", 6, 3)


def test_quotas_of_a_profile_replace_the_limit_of_each_category() -> None:
    stories = [filed(item(votes=9 - n), name=f"{c}{n}", category=c) for n in range(3) for c in ("a", "b")]
    kept, entry = rank(stories, most=9, most_each=1, preferences=Preferences(language="en", quotas={"a": 2}))
    assert [ranked.story.id for ranked in kept] == ["a0", "a1"]
    assert {drop.reason for drop in entry.dropped} == {"category-unwanted", "category-full"}
    zero, _ = rank(stories, most=9, most_each=1, preferences=Preferences(language="en", quotas={"a": 0}))
    assert [ranked.story.id for ranked in zero] == ["b0"]


def test_preferences_add_their_parts_and_tell_the_three_largest_and_what_was_unwanted() -> None:
    parts = tuple(
        ScorePart(points=points, reason=f"r{points}", phrase="story.votes", fields={"n": n})
        for n, points in enumerate((0.5, 3.0, 2.0, 1.0, -4.0))
    )
    silent = ScorePart(points=9.0, reason="silent")
    wanted = filed(item())
    ranked = score(wanted, Preferences(language="en", parts={wanted.story.id: (*parts, silent)}))
    assert ranked.score == pytest.approx(11.5)
    assert ranked.reasons[-1] == "silent: +9.00"
    reasons = str(ranked.because).split(" · ")
    assert [text.split()[0] for text in reasons] == ["1", "2", "3", "4"]
    assert score(wanted).score == 0.0


def test_a_reader_is_told_the_counts_the_sources_and_the_place_of_a_story() -> None:
    story = filed(item(votes=40, position=5), item(source="s1", votes=3), item(source="s2"))
    line = score(story, Preferences(language="en")).because
    assert isinstance(line, str)
    votes, sources, place = line.split(" · ")
    assert ("40" in votes, "3" in sources, "5" in place) == (True, True, True)
    assert score(filed(item()), Preferences(language="en")).because == ""


def test_no_more_stories_are_kept_than_asked_and_each_that_is_not_is_named() -> None:
    stories = [filed(item(votes=9 - n), name=f"s{n}", category=f"c{n}") for n in range(5)]
    kept, entry = rank(stories, most=2, most_each=9)
    assert [ranked.story.id for ranked in kept] == ["s0", "s1"]
    assert [(drop.reason, drop.refs) for drop in entry.dropped] == [("below-the-cut", ("s2", "s3", "s4"))]
    assert (entry.came_in, entry.kept) == (5, 2)


def test_a_story_of_the_other_edition_is_named_as_left_for_it() -> None:
    stories = [filed(item("arxiv:1")).story, filed(item("url:2"), name="news").story]
    news = msgspec.structs.replace(stories[1], kind="news")
    kept, entry = of_kind([stories[0], news], "papers")
    assert kept == (stories[0],)
    assert entry.dropped == (Drop(reason="other-edition", refs=(news.id,)),)


@pytest.mark.parametrize("calls", [0, 2])
def test_the_ledger_tells_the_cost_of_filing_only_where_a_model_was_called(calls: int) -> None:
    cost = Usage(calls=calls, tokens_in=14)

    class Filer:
        def file(self, stories: Sequence[Story]) -> Filing:
            return Filing(filed=(filed(item()),), usage=cost)

    _, entry = categorise([filed(item()).story], Filer(), taxonomy(), {})  # type: ignore[arg-type]
    assert entry.usage == (cost if calls else msgspec.UNSET)


def titled(name: str, title: str, **signals: int) -> Filed:
    return filed(msgspec.structs.replace(item(key=name, **signals), title=title), name=name)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_paper_loses_points_for_one_like_it_above_and_its_reader_is_told_in_his_language(
    language: str,
) -> None:
    same = "Sparse attention for long documents"
    stories = [titled("arxiv:1", same, votes=9), titled("arxiv:2", same, votes=3)]
    (first, second), _ = rank(stories, most=9, most_each=9, preferences=Preferences(language=language))
    assert (first.score, first.reasons) == (2.3026, ("votes 9: +2.30",))
    lost = second.reasons[-1]
    assert lost.startswith(f"like “{same}” above: -")
    assert second.score == round(1.3863 + float(lost.rpartition(" ")[2]), 4)
    votes, like = str(second.because).split(" · ")
    assert "3" in votes
    assert like == phrases(language)("why.like_above", title=same)
    (_, bare), _ = rank(stories, most=9, most_each=9)
    assert (bare.score, bare.because) == (second.score, msgspec.UNSET)


def test_a_story_that_was_filed_before_stays_there_and_says_so() -> None:
    class Filer:
        def file(self, stories: Sequence[Story]) -> Filing:
            return Filing(filed=())

    drawers = taxonomy()
    drawer = drawers.of("paper")[0].id
    stories = [filed(item(key)).story for key in ("arxiv:1", "arxiv:2")]
    kept, _ = categorise(stories, Filer(), drawers, {"arxiv:1": drawer})  # type: ignore[arg-type]
    assert [(f.category, f.confidence, f.why) for f in kept] == [
        (drawer, 1.0, "filed so before"),
        ("others", 0.0, "the categoriser gave no usable answer"),
    ]


@pytest.mark.parametrize(("stories", "parts"), [(199, 0), (200, 4), (210, 5)])
def test_a_large_day_is_shared_in_parts_and_ranked_the_same(stories: int, parts: int) -> None:
    calls: list[int] = []

    def divide(call: Callable[[int], list[Any]], numbers: Sequence[int]) -> dict[int, list[Any]]:
        calls.extend(numbers)
        return {number: call(number) for number in reversed(numbers)}

    day = [titled(f"arxiv:{n}", f"Title{n} of subject{n}", votes=n) for n in range(stories)]
    alone = rank(day, most=20, most_each=20)
    assert rank(day, most=20, most_each=20, divide=divide) == alone  # type: ignore[arg-type]
    assert len(calls) == parts

    class Filer:
        def __init__(self) -> None:
            self.sizes: list[int] = []

        def file(self, stories: Sequence[Story]) -> Filing:
            self.sizes.append(len(stories))
            answers = (
                Filed(story=story, category="llm", confidence=0.5, why="its words") for story in stories
            )
            return Filing(filed=tuple(answers))

    filer = Filer()
    shared, _ = categorise([f.story for f in day], filer, taxonomy(), {}, divide)  # type: ignore[arg-type]
    assert (len(filer.sizes), sum(filer.sizes)) == (parts or 1, stories)
    assert [(f.story, f.confidence) for f in shared] == [(f.story, 0.5) for f in day]


@pytest.mark.parametrize(
    "other", ["Sparse attention for long texts", "Sparse attention for long papers of law"]
)
def test_what_a_paper_loses_for_one_like_it_is_told_to_the_last_digit(other: str) -> None:
    stories = [titled("arxiv:1", "Sparse attention for long documents", votes=9), titled("arxiv:2", other)]
    _, second = rank(stories, most=9, most_each=9)[0]
    assert second.score == float(second.reasons[-1].rpartition(" ")[2]) < 0


def _answered(story: Story, **fields: Any) -> Filing:
    known = Filed(story=story, category="llm", confidence=0.9, why="says so")
    return Filing(filed=(msgspec.structs.replace(known, **fields),))


RUBBISH: tuple[Callable[[Story], Any], ...] = (
    lambda story: None,
    lambda story: "a text",
    lambda story: Filing(filed=None),  # type: ignore[arg-type]
    lambda story: Filing(filed=(None, "a text")),  # type: ignore[arg-type]
    lambda story: msgspec.structs.replace(_answered(story), usage=None),
    lambda story: _answered(story, category=7),
    lambda story: _answered(story, category=["llm"]),
    lambda story: _answered(story, story=None),
    lambda story: _answered(story, confidence=math.nan),
    lambda story: _answered(story, confidence=math.inf),
    lambda story: _answered(story, why="\ud800"),
)


@pytest.mark.parametrize("answer", RUBBISH)
def test_a_categoriser_that_gives_rubbish_costs_its_own_answers(answer: Callable[[Story], Any]) -> None:
    class Filer:
        name = "wild"

        def file(self, stories: Sequence[Story]) -> Any:
            return answer(stories[0])

    (kept,), entry = categorise([filed(item()).story], Filer(), taxonomy(), {})
    assert (kept.category, kept.confidence, entry.kept) == ("others", 0.0, 1)


@pytest.mark.parametrize("raised", [RuntimeError("a bug"), SystemExit(1), GeneratorExit(), MemoryError()])
def test_a_categoriser_that_fails_costs_its_own_answers(raised: BaseException) -> None:
    class Filer:
        name = "wild"

        def file(self, stories: Sequence[Story]) -> Filing:
            raise raised

    (kept,), _ = categorise([filed(item()).story], Filer(), taxonomy(), {})
    assert (kept.category, kept.why) == ("others", "the categoriser gave no usable answer")
