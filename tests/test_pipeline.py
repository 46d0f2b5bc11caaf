"""The main flow: what it hands from stage to stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from daybrief.adapters.files import OutputFolder
from daybrief.errors import ArchiveError, DeliveryError
from daybrief.kit import Collected, Gathered, Report, RunLog
from daybrief.model import (
    Delivery,
    Edition,
    EditionKind,
    Filed,
    Issue,
    Item,
    ItemKind,
    Remembered,
    Story,
    Window,
)
from daybrief.pipeline import outcome_of, publish, select
from daybrief.ports import Filing
from daybrief.stages.dedupe import Memory
from daybrief.stages.merit import merit_of
from daybrief.testing.editions import founding, large, news, taxonomy
from daybrief.text.words import keywords

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
    title = "Gaussian copyright"
    item = Item(key="k:1", source="s", kind=item_kind, title=title, url="https://a.example/", text="A text.")
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
        language="en", divide=None, merit=merit_of, followed=None,
    )  # fmt: skip
    (assignment,) = select(collected, kind, (), kit).assignments  # type: ignore[arg-type]
    counts = {word.lower(): n for word, n in assignment.trends.counts.items()}
    assert assignment.trends.days == days
    assert counts[own] == days
    assert other not in counts
    assert counts.keys() <= set(keywords(title)), "of no word that the day does not use"


class OneFile:
    """A publisher of one file; where it says whether it shows pages, it needs its issue alone."""

    def __init__(self, name: str, *, pages: bool | None, fails: Exception | None = None) -> None:
        self.name, self._fails = name, fails
        if pages is not None:
            self.shows_pages = pages

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        days = "\n".join(f"{e.window.day} {e.kind}" for e in issue.recent)
        yield Delivery(path=f"{issue.day}/{self.name}", body=days.encode(), media_type="text/plain")
        if self._fails:
            raise self._fails


class Shelf:
    """An archive of editions, and a spy of what was visible of them when they came."""

    def __init__(self, folder: Path, kept: Sequence[Edition], *, fails: bool = False) -> None:
        self._folder, self.kept, self._fails = folder, list(kept), fails
        self.happened: list[str] = []

    def latest(self, most: int, known: Sequence[Edition]) -> tuple[Edition, ...]:
        return tuple(self.kept[:most])

    def save_editions(self, editions: Sequence[Edition]) -> None:
        assert not list(self._folder.glob("2*")), "a reader sees what the archive lacks"
        self.happened.append("archived")
        if self._fails:
            raise ArchiveError("the disk is full")

    def save_receipts(self, day: date, receipts: object) -> None:
        pass


def published(
    folder: Path, publishers: Sequence[OneFile], edition: Edition, shelf: Shelf, *, divide: bool
) -> tuple[list[str], list[int]]:
    """The receipts as text, and how many jobs were divided each time."""
    divided: list[int] = []

    def divides(call: Callable[[int], Any], jobs: Sequence[int], own: Callable[[], None]) -> dict[int, Any]:
        divided.append(len(jobs))
        last = {job: call(job) for job in reversed(jobs)}
        own()
        return last

    kit = SimpleNamespace(
        archive=shelf, folder=OutputFolder(folder), publishers=publishers, strict=False,
        divide=divides if divide else None, log=RunLog(), profile="", dispatcher=None,
        at=datetime(2024, 11, 27, tzinfo=UTC), cover=lambda _: None,
    )  # fmt: skip
    receipts = publish(edition.window, (edition,), kit, new=True)  # type: ignore[arg-type]
    return [f"{r.publisher}: {r.error or r.path}" for r in receipts], divided


@pytest.mark.parametrize(
    ("stories", "pages", "divided"),
    [
        (100, (True, False, True), [2]),
        (100, (False, False, False), []),  # nobody shows a page
        (100, (True, None, True), []),  # somebody else's publisher may need anything
        (20, (True, False, True), []),  # a small day
        (3_001, (True, False, True), []),  # one that a fork would copy
    ],
)
def test_pages_are_shown_beside_the_archive_only_where_that_is_safe_and_worth_it(
    tmp_path: Path, stories: int, pages: tuple[bool | None, ...], divided: list[int]
) -> None:
    """And the files, their order and the earlier editions they know of are the same."""
    edition = large(min(stories, 100))
    if stories > 100:
        section = edition.sections[0]
        draft = section.checked.draft
        many = msgspec.structs.replace(draft, ranked=draft.ranked * (stories // len(draft.ranked)))
        checked = msgspec.structs.replace(section.checked, draft=many)
        edition = msgspec.structs.replace(
            edition, sections=(msgspec.structs.replace(section, checked=checked), *edition.sections[1:])
        )
    publishers = [OneFile(f"p{n}", pages=each) for n, each in enumerate(pages)]
    texts = []
    for divide in (True, False):
        folder = tmp_path / str(divide)
        shelf = Shelf(folder, [news(), founding()])
        receipts, jobs = published(folder, publishers, edition, shelf, divide=divide)
        assert receipts == [f"p{n}: 2024-11-26/p{n}" for n in range(3)]
        assert jobs == (divided if divide else [])
        assert shelf.happened == ["archived"]
        texts.append([(folder / f"2024-11-26/p{n}").read_text() for n in range(3)])
    assert texts[0] == texts[1] == ["2024-11-26 papers\n2024-11-26 news"] * 3


@pytest.mark.parametrize("failure", [DeliveryError("no file"), KeyError("a bug")])
@pytest.mark.parametrize("divide", [True, False])
def test_a_publisher_that_fails_beside_the_archive_costs_its_own_files(
    tmp_path: Path, divide: bool, failure: Exception
) -> None:
    publishers = [
        OneFile("a", pages=True, fails=failure),
        OneFile("b", pages=False),
        OneFile("c", pages=True),
    ]
    shelf = Shelf(tmp_path, [])
    receipts, _ = published(tmp_path, publishers, large(), shelf, divide=divide)
    assert receipts[:2] == ["b: 2024-11-26/b", "c: 2024-11-26/c"]
    assert receipts[2] in ("a: no file", "a: a failed: KeyError: 'a bug' (a bug in it)")


@pytest.mark.parametrize("divide", [True, False])
def test_what_the_archive_cannot_keep_nobody_sees(tmp_path: Path, divide: bool) -> None:
    shelf = Shelf(tmp_path, [], fails=True)
    with pytest.raises(ArchiveError):
        published(
            tmp_path, [OneFile("a", pages=True), OneFile("b", pages=False)], large(), shelf, divide=divide
        )
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("readers", "outcome"),
    [
        (("reused", "reused"), "reused"),
        (("reused", "made"), "complete"),
        (("made",), "complete"),
        (("reused", "failed"), "incomplete"),
    ],
)
def test_a_run_is_noted_as_reused_only_where_every_reader_had_the_day_already(
    readers: tuple[str, ...], outcome: str
) -> None:
    window = founding().window
    reports = [
        Report(
            window=window,
            reused=reader == "reused",
            error="it failed" if reader == "failed" else "",
        )
        for reader in readers
    ]
    assert outcome_of(reports) == outcome
