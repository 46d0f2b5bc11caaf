"""Are the stories that a page calls similar about the same? One hundred pairs, labelled by a reader.

Run: python benchmarks/similar.py --data ../shared/data   (about a minute)

An archive of 24 recorded days (end of October to November 2024) is asked for the five papers nearest to each
labelled one. `benchmarks/similar.json` holds what one reader said of each pair, by its titles. A pair without
a label is counted as such: the method changed since the labels were made.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from daybrief.adapters.archive import SqlArchive, open_archive
from daybrief.adapters.machine import FixedClock
from daybrief.app.ports import Ports, World
from daybrief.config import Settings
from daybrief.library import Library
from daybrief.pipeline import gather, make_editions
from daybrief.search import ArchiveSearcher
from daybrief.stages.schedule import window
from daybrief.testing.editions import taxonomy
from replay import RecordedSource, WithoutWeb, recorded

FIRST, LAST = 30, 54  # of the recorded days
NEAREST = 5
LABELS = Path(__file__).with_name("similar.json")


def printed(data: Path, folder: Path) -> SqlArchive:
    """An archive of the recorded days."""
    settings = Settings(
        zone="UTC", sources=(), publishers=(), archive=str(folder / "days.sqlite"), out=str(folder / "out")
    )
    ports = Ports(settings, {})
    archive = ports.archive()
    for day, items in islice(recorded(data), FIRST, LAST):
        span = window(day, "UTC")
        names = dict.fromkeys(item.source for item in items)
        listed = tuple(RecordedSource(name, [i for i in items if i.source == name]) for name in names)
        world = World(web=WithoutWeb(), clock=FixedClock(span.end), at=span.end)
        kit = msgspec.structs.replace(ports.kit(world), sources=listed)
        archive.save_editions(make_editions(span, gather(span, kit), kit))
    return archive


def measure(data: Path) -> dict[str, Any]:
    """How many of the shown pairs are alike, and how many nobody labelled."""
    labels = {
        (pair["story"], pair["near"]): pair["alike"] for pair in json.loads(LABELS.read_text())["pairs"]
    }
    alike = shown = unknown = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = printed(data, folder)
        searcher = ArchiveSearcher(folder / "days.search")
        searcher.sync(archive)
        library = Library(open_archive(folder / "days.sqlite", read_only=True), searcher, taxonomy())
        stories = dict.fromkeys(story for story, _ in labels)
        for story in stories:
            record = library.story(story)
            for hit in library.similar(record, NEAREST) if record else ():
                label = labels.get((story, hit.id))
                shown += label is not None
                alike += bool(label)
                unknown += label is None
    return {"stories": len(stories), "shown": shown, "alike": alike, "unknown": unknown}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report = measure(given.data)
    report["benchmark"] = "similar"
    shown, alike = report["shown"], report["alike"] / max(1, report["shown"])
    report["figures"] = [
        {
            "what": f"{shown} labelled pairs of {report['stories']} papers, at most five each: alike",
            "asked": "measured",
            "measured": f"**{alike:.0%}**; not labelled {report['unknown']}",
        }
    ]
    print(json.dumps(report) if given.json else report["figures"])


if __name__ == "__main__":
    main()
