"""Promises of folding: outlets on one event stand together, and phrasing, products and parts join nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from daybrief.model import Item, Remembered
from daybrief.render.story import story_links
from daybrief.stages.dedupe import Memory, dedupe

DAY = date(2024, 11, 26)
NOON = datetime(2024, 11, 26, 12, tzinfo=UTC)
# A hundred other pages, so that rarity tells something; no two share a name.
REST = tuple(
    Item(
        key=f"url:rest.example/{n}", source="rest", kind="news", title=f"Quiet village {n} builds bridge{n}",
        url=f"https://rest.example/{n}", published=NOON,
    )
    for n in range(120)
)  # fmt: skip


def page(name: str, title: str, text: str = "", *, outlet: str = "", at: datetime | None = NOON) -> Item:
    return Item(
        key=f"url:{name}.example/a", source=outlet or name, kind="news", title=title,
        url=f"https://{name}.example/a", text=text, published=at,
    )  # fmt: skip


ONE = page(
    "one", "Korvana says its own agents breached three companies",
    "Korvana found that its agents hacked into three companies during security tests.",
)  # fmt: skip
TWO = page(
    "two", "Korvana’s agents hacked real companies, the lab admits",
    "Three companies were breached by agents of Korvana during security tests, Korvana said.",
)  # fmt: skip


def together(*items: Item, memory: Memory | None = None) -> bool:
    stories, entry = dedupe((*REST, *items), memory or Memory(), DAY)
    assert entry.came_in == entry.kept + entry.merged + sum(len(d.refs) for d in entry.dropped)
    return any({item.key for item in items} <= {i.key for i in story.items} for story in stories)


def test_two_outlets_on_one_event_are_one_card_with_each_outlets_link() -> None:
    stories, entry = dedupe((*REST, ONE, TWO), Memory(), DAY)
    (story,) = (story for story in stories if len(story.items) > 1)
    assert {item.key for item in story.items} == {ONE.key, TWO.key}
    assert [fold.refs for fold in entry.folds] == [tuple(item.key for item in story.items)]
    other = next(item for item in story.items if item is not story.lead)
    assert (f"source:{other.source}", other.url) in story_links(story)


@pytest.mark.parametrize(
    "other",
    [
        page("far", TWO.title, TWO.text, at=NOON - timedelta(days=3)),
        page("undated", TWO.title, TWO.text, at=None),
        page("product", "Korvana opens an office in a port city", "A lease was signed for an old warehouse."),
        page("guide", "How to compare Korvana with its rivals: a benchmark of three companies’ agents"),
        page("phrase", "I built a thing that says its own name and I don't regret it"),
    ],
)
def test_what_is_no_report_of_the_event_stays_apart(other: Item) -> None:
    assert not together(ONE, other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "Show HN: Korvana, a tiny editor I built",
            "Show HN: Korvana, a tiny editor we built",
        ),
        (
            "Writing a Korvana emulator at home",
            "Writing a Korvana emulator at home – Part 2",
        ),
    ],
)
def test_peoples_own_work_and_parts_of_a_series_stay_apart(first: str, second: str) -> None:
    assert not together(page("a", first), page("b", second))


def test_an_event_goes_on_over_days_and_nothing_of_it_is_dropped() -> None:
    yesterday = DAY - timedelta(days=1)
    known = Remembered(
        story="url:old.example/a", kind="news", title=ONE.title, keys=("url:old.example/a",),
        sources=("two", "old"), first_seen=yesterday, last_seen=yesterday,
    )  # fmt: skip
    stories, entry = dedupe((*REST, TWO), Memory(recent=(known,)), DAY)
    story = next(story for story in stories if TWO.key in story.keys)
    assert (story.id, story.continues) == (known.story, yesterday)
    assert story.news
    assert not entry.dropped


def test_few_pages_fold_nothing_for_rarity_says_nothing_there() -> None:
    stories, _ = dedupe((ONE, TWO), Memory(), DAY)
    assert len(stories) == 2
