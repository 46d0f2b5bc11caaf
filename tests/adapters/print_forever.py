"""Saves ever longer editions of one day until it is killed: the victim of the crash test."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from daybrief.adapters.archive import open_archive
from daybrief.model import (
    Author,
    Category,
    Chart,
    Checked,
    Draft,
    Edition,
    EditionKind,
    Filed,
    Harvest,
    Item,
    Ledger,
    Ranked,
    Section,
    Story,
    Window,
)

DAY = date(2024, 11, 26)


def window_of(day: date) -> Window:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(day=day, zone="UTC", start=start, end=start + timedelta(days=1))


def story_of(*items: Item, identity: str = "", day: date = DAY) -> Story:
    return Story(id=identity or items[0].key, kind=items[0].kind, items=items, first_seen=day)


def paper(number: int | str, source: str = "arxiv", **rest: object) -> Item:
    url = f"https://arxiv.org/abs/2411.{number}"
    said = {"key": f"arxiv:2411.{number}", "title": f"Paper {number}", "text": f"We study {number}. " * 20}
    return Item(source=source, kind="paper", url=url, **{**said, **rest})  # type: ignore[arg-type]


def edition_of(
    stories: Sequence[Story], *, day: date = DAY, kind: EditionKind = "papers", category: str = "others"
) -> Edition:
    ranked = tuple(
        Ranked(filed=Filed(story=s, category=category, confidence=1.0, why=""), score=1.0) for s in stories
    )
    drawer = Category(id=category, kind="both", emoji="x", name={"en": category}, definition="")
    draft = Draft(category=category, ranked=ranked, claims=(), author=Author(name="none", version="1"))
    section = Section(category=drawer, checked=Checked(draft=draft, judged=()))
    return Edition(
        window=window_of(day),
        kind=kind,
        language="en",
        state="fresh",
        sections=(section,),
        chart=Chart(title="", alt="", bars=()),
        ledger=Ledger(),
        sources=(),
        taxonomy="1",
        made_at=datetime(2024, 11, 26, 9, tzinfo=UTC),
        made_by="test",
    ).sealed()


def main(path: Path) -> None:
    archive = open_archive(path)
    for count in range(1, 1_000):
        stories = [story_of(paper(10_000 + n)) for n in range(count)]
        harvest = Harvest(source="arxiv", state="fresh", items=tuple(s.lead for s in stories))
        archive.save_harvests(window_of(DAY), [harvest, harvest])
        archive.save_editions([edition_of(stories), edition_of(stories, kind="news")])
        sys.stdout.write(f"{count}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
