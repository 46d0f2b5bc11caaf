"""The main flow: what it hands from stage to stage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from daybrief.kit import Collected, Gathered, RunLog
from daybrief.model import EditionKind, Filed, Item, ItemKind, Remembered, Story, Window
from daybrief.pipeline import select
from daybrief.ports import Filing
from daybrief.stages.dedupe import Memory
from daybrief.testing.editions import taxonomy

DAY = date(2024, 11, 26)


def remembered(kind: ItemKind, word: str, days_ago: int) -> Remembered:
    seen = DAY - timedelta(days=days_ago)
    return Remembered(
        story=f"{kind}-{word}-{days_ago}", kind=kind, title=f"A study of {word} reranking", keys=(),
        sources=(), first_seen=seen, last_seen=seen,
    )  # fmt: skip


RECENT = (
    *(remembered("paper", "Gaussian", n) for n in (1, 2, 3)),
    *(remembered("news", "Copyright", n) for n in (1, 2)),
)


class FirstCategory:
    """Files every story under the first category of its kind."""

    name = "first"

    def file(self, stories: Sequence[Story]) -> Filing:
        def category(story: Story) -> str:
            return next(c.id for c in taxonomy().category if c.kind == story.kind)

        filed = (Filed(story=s, category=category(s), confidence=1.0, why="first") for s in stories)
        return Filing(filed=tuple(filed))


@pytest.mark.parametrize(
    ("kind", "own", "other", "days"),
    [("papers", "gaussian", "copyright", 3), ("news", "copyright", "gaussian", 2)],
)
def test_an_edition_compares_itself_with_earlier_editions_of_its_own_kind(
    kind: EditionKind, own: str, other: str, days: int
) -> None:
    item_kind: ItemKind = "paper" if kind == "papers" else "news"
    item = Item(key="k:1", source="s", kind=item_kind, title="T", url="https://a.example/", text="A text.")
    story = Story(id="k:1", kind=item_kind, items=(item,), first_seen=DAY)
    end = datetime(2024, 11, 26, 15, tzinfo=UTC)
    collected = Collected(
        window=Window(day=DAY, zone="Asia/Seoul", start=end - timedelta(days=1), end=end),
        gathered=Gathered(harvests=()),
        stories=(story,),
        memory=Memory(),
        entries=(),
    )
    kit = SimpleNamespace(
        log=RunLog(), profile="", categoriser=FirstCategory(), taxonomy=taxonomy(), interests=None,
        archive=SimpleNamespace(recent=lambda day, most: RECENT), most=9, most_each=9, trend_days=28,
        language="en", divide=None, assessed={},
    )  # fmt: skip
    (assignment,) = select(collected, kind, (), kit).assignments  # type: ignore[arg-type]
    counts = {word.lower(): n for word, n in assignment.trends.counts.items()}
    assert assignment.trends.days == days
    assert counts[own] == days
    assert other not in counts
