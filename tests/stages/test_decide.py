"""Schedule, categorise, rank, verify: decisions that touch nothing and lose nothing."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.checks.quotes import Options, make
from daybrief.errors import ConfigError, OutOfBalance
from daybrief.model import (
    Category,
    Claim,
    Drop,
    Entry,
    Filed,
    Item,
    Ledger,
    Quote,
    Signals,
    Story,
    Taxonomy,
)
from daybrief.ports import Filing, Tools
from daybrief.stages.rank import categorise, of_kind, rank
from daybrief.stages.schedule import checked, existed, last_closed_day, window
from daybrief.stages.verify import RejectedClaim, account, evidence_of, judge

TAXONOMY = Taxonomy(
    version="t",
    category=tuple(
        Category(id=i, kind=k, emoji="", name={"en": i}, definition="")
        for i, k in [
            ("llm", "paper"),
            ("vision", "paper"),
            ("ai-news", "news"),
            ("off-topic", "news"),
            ("others", "both"),
        ]
    ),
)  # fmt: skip


def story(n: int, kind: str = "paper", **signals: int) -> Story:
    lead = Item(
        key=f"arxiv:{n}", source="s", kind=kind, title=f"T{n}", url="https://a.example/", text="A text.",
        signals=Signals(**signals),
    )  # fmt: skip
    return Story(id=lead.key, kind=kind, items=(lead,), first_seen=date(2024, 11, 26))


class Files:
    name = "files"

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = answers

    def file(self, stories: Sequence[Story]) -> Filing:
        known = (s for s in stories if s.id in self._answers)
        filed = (Filed(story=s, category=self._answers[s.id], confidence=0.9, why="rule") for s in known)
        return Filing(filed=tuple(filed))


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.sampled_from(["Asia/Seoul", "America/New_York", "UTC"])
)
def test_days_follow_each_other_without_gap_or_overlap(day: date, zone: str) -> None:
    today, tomorrow = window(day, zone), window(day + timedelta(days=1), zone)
    assert today.end == tomorrow.start
    assert timedelta(hours=22) < today.end - today.start < timedelta(hours=26)


def test_the_last_closed_day_is_yesterday_where_the_reader_is() -> None:
    evening_in_london = datetime(2024, 11, 26, 16, tzinfo=UTC)
    assert last_closed_day(evening_in_london, "Asia/Seoul") == date(2024, 11, 26)
    assert last_closed_day(evening_in_london, "UTC") == date(2024, 11, 25)


@pytest.mark.parametrize("day", [date(2024, 11, 28), date(2099, 1, 1), date(1970, 1, 1)])
def test_a_day_nobody_can_know_is_refused_by_name(day: date) -> None:
    with pytest.raises(ConfigError, match=str(day)):
        checked(day, datetime(2024, 11, 26, 16, tzinfo=UTC), "Asia/Seoul")


def shared(call: Callable[[int], Any], jobs: Sequence[int]) -> dict[int, Any]:
    """As processes share them: answers travel, and come in another order."""
    return {job: pickle.loads(pickle.dumps(call(job))) for job in reversed(jobs)}


def test_a_large_day_that_processes_share_is_filed_and_ranked_the_same() -> None:
    stories = [story(n, votes=n % 7) for n in range(230)]
    files = Files({s.id: "llm" if n % 3 else "vision" for n, s in enumerate(stories)})
    filed, entry = categorise(stories, files, TAXONOMY, {})
    assert categorise(stories, files, TAXONOMY, {}, shared) == (filed, entry)
    wanted = rank(filed, most=200, most_each=100)
    assert rank(filed, most=200, most_each=100, divide=shared) == wanted


def test_a_story_the_categoriser_forgot_or_misfiled_goes_to_others_and_says_so() -> None:
    stories = [story(1), story(2), story(3)]
    filed, entry = categorise(stories, Files({"arxiv:1": "llm", "arxiv:2": "no-such-drawer"}), TAXONOMY, {})
    assert [f.category for f in filed] == ["llm", "others", "others"]
    assert filed[1].why
    assert entry.kept == 3


def test_a_story_keeps_the_category_of_an_earlier_edition() -> None:
    filed, _ = categorise([story(1)], Files({"arxiv:1": "llm"}), TAXONOMY, {"arxiv:1": "vision"})
    assert filed[0].category == "vision"


def test_off_topic_news_leave_before_chart_and_text_and_are_counted() -> None:
    filed, entry = categorise([story(1, "news")], Files({"arxiv:1": "off-topic"}), TAXONOMY, {})
    assert filed == ()
    assert entry.dropped == (Drop(reason="off-topic", refs=("arxiv:1",)),)


def test_each_edition_gets_its_kind_and_names_the_rest() -> None:
    kept, entry = of_kind([story(1), story(2, "news")], "news")
    assert [s.id for s in kept] == ["arxiv:2"]
    assert entry.dropped[0].refs == ("arxiv:1",)


@given(st.lists(st.tuples(st.sampled_from(["llm", "vision"]), st.integers(0, 999)), max_size=40),
       st.integers(1, 20), st.integers(1, 20))  # fmt: skip
def test_ranking_loses_nothing_respects_its_limits_and_puts_the_best_first(
    rows: list[tuple[str, int]], most: int, most_each: int
) -> None:
    filed = [
        Filed(story=story(n, votes=votes), category=category, confidence=1, why="")
        for n, (category, votes) in enumerate(rows)
    ]
    kept, entry = rank(filed, most=most, most_each=most_each)
    assert len(kept) <= most
    assert all(sum(r.filed.category == c for r in kept) <= most_each for c in ("llm", "vision"))
    assert [r.score for r in kept] == sorted((r.score for r in kept), reverse=True)
    names = {r.story.id for r in kept} | {ref for d in entry.dropped for ref in d.refs}
    assert names == {f.story.id for f in filed}


def test_the_printed_reasons_add_up_to_the_score() -> None:
    filed = Filed(story=story(1, votes=20, comments=3, position=2), category="llm", confidence=1, why="")
    (ranked,), _ = rank([filed], most=1, most_each=1)
    assert sum(float(r.rsplit(": ", 1)[1]) for r in ranked.reasons) == pytest.approx(ranked.score, abs=0.02)


def claim(quoted: str, start: int, end: int, key: str = "arxiv:1", field: str = "text") -> Claim:
    quote = Quote(item_key=key, source="s", start=start, end=end, text=quoted, field=field)
    return Claim(text=quoted, part="finding", quotes=(quote,), stories=("arxiv:1",))


@pytest.mark.parametrize(
    ("written", "printable"),
    [
        (claim("A text", 0, 6), True),
        (claim("T1", 0, 2, field="title"), True),
        (claim("A text!", 0, 7), False),
        (claim("a text", 0, 6), False),
        (claim("text", 0, 4), False),
        (claim("", 0, 0), False),
        (claim("A text", 0, 6, key="arxiv:2"), False),
        (Claim(text="No evidence.", part="finding", quotes=(), stories=("arxiv:1",)), False),
    ],
)
def test_only_words_that_stand_in_the_source_where_they_are_said_to_stand_are_printed(
    written: Claim, printable: bool
) -> None:
    checks = [make(Options(), Tools(taxonomy=TAXONOMY))]
    (judged,) = judge([written], checks, evidence_of(story(1).items))
    assert judged.printable is printable
    assert account([], [RejectedClaim(judged=judged)]).kept == int(printable)


def test_a_claim_no_check_looked_at_is_not_printed() -> None:
    (judged,) = judge([claim("A text", 0, 6)], [], evidence_of(story(1).items))
    assert not judged.printable


def test_a_ledger_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(OutOfBalance):
        Entry(stage="x", unit="items", came_in=3, kept=1, merged=1)
    with pytest.raises(OutOfBalance):
        Ledger(
            entries=(
                Entry(stage="x", unit="items", came_in=3, kept=3),
                Entry(stage="y", unit="stories", came_in=2, kept=2),
            )
        )


def test_a_taxonomy_with_a_duplicate_id_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="'llm' twice"):
        Taxonomy(version="t", category=(TAXONOMY["llm"], TAXONOMY["llm"], TAXONOMY["others"]))


@pytest.mark.parametrize(
    ("day", "zone"),
    [(date(2011, 12, 30), "Pacific/Apia"), (date(2011, 12, 30), "Pacific/Fakaofo"),
     (date(1993, 8, 21), "Pacific/Kwajalein"), (date(1994, 12, 31), "Pacific/Kiritimati")],
)  # fmt: skip
def test_a_day_that_a_zone_never_had_gets_a_plain_answer(day: date, zone: str) -> None:
    with pytest.raises(ConfigError, match=f"there was no {day} in {zone}"):
        window(day, zone)
    assert not existed(day, zone)
    assert existed(day, "UTC")
    around = window(day - timedelta(days=1), zone), window(day + timedelta(days=1), zone)
    assert around[0].end == around[1].start
