"""A real archive in a folder, with sample editions in it and their items as the sources brought them.

from daybrief.testing.archives import kept
from daybrief.testing.editions import founding

path = kept(tmp_path, founding())
found = App(Settings(archive=str(path))).search("retrieval")
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from daybrief.adapters.archive import open_archive
from daybrief.model import Edition, Harvest, Item

NAME = "archive.sqlite"


def kept(folder: Path, *editions: Edition, more: Sequence[Item] = ()) -> Path:
    """The path of an archive with these editions; `more` are items that the first day's edition left out."""
    path = folder / NAME
    archive = open_archive(path)
    extra = tuple(more)
    for _, same in groupby(editions, key=lambda edition: edition.window.day):
        days = list(same)
        items = [item for edition in days for story in edition.stories for item in story.items]
        archive.save_harvests(days[0].window, _harvests([*items, *extra]))
        archive.save_editions(days)
        run = archive.begin(days[0].window.day, days[0].made_at)
        archive.end(run, days[0].made_at, "complete", "", {"collect": 0.5})
        extra = ()
    return path


def _harvests(items: Sequence[Item]) -> tuple[Harvest, ...]:
    sources = dict.fromkeys(item.source for item in items)
    return tuple(
        Harvest(source=name, state="fresh", items=tuple(item for item in items if item.source == name))
        for name in sources
    )
