"""Saves ever longer editions of one day until it is killed: the victim of the crash test."""

from __future__ import annotations

import sys
from pathlib import Path

from daybrief.adapters.archive import open_archive
from daybrief.model import Harvest
from daybrief.testing.archive_contract import DAY, edition_of, paper, story_of, window_of


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
