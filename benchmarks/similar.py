"""Are the stories that a page calls similar about the same? Pairs of papers, labelled by a reader.

Run: python benchmarks/similar.py --data ../shared/data   (about a minute)

An archive of recorded days is asked for the five papers nearest to each labelled one. `similar.json`
holds what one reader said of each pair, by its titles. `pairs` are of 31 October to 23 November 2024, `fresh`
of October 2024, `january` of January 2025: on these the weights were fitted. `december` is of December 2024;
it was drawn from what the method and the one before it show, and labelled without knowing which, once, before
anything of it was counted. The method before showed 121 of its pairs, 43 % of them alike. A pair without a
label is counted as such: the method changed since.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

from daybrief.adapters.archive import open_view
from daybrief.library import Library
from daybrief.search import ArchiveSearcher
from daybrief.testing.editions import taxonomy
from replay import printed_archive, recorded

DAYS = {"pairs": (30, 54), "fresh": (0, 24), "january": (92, 116), "december": (62, 86)}  # recorded days
NAMES = {
    "pairs": "November 2024, in view when the weights were fitted",
    "fresh": "October 2024, in view too",
    "january": "January 2025, in view too",
    "december": "December 2024, days that nothing was chosen on",
}
NEAREST = 5
LABELS = Path(__file__).with_name("similar.json")


def measure(data: Path, sample: str) -> dict[str, Any]:
    """How many of the shown pairs are alike, and how many nobody labelled."""
    rows = json.loads(LABELS.read_text())[sample]
    labels = {(pair["story"], pair["near"]): pair["alike"] for pair in rows}
    alike = shown = unknown = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = open_view(printed_archive(folder, islice(recorded(data), *DAYS[sample])))
        searcher = ArchiveSearcher(folder / "days.search")
        searcher.sync(archive)
        library = Library(archive, searcher, taxonomy())
        stories = dict.fromkeys(story for story, _ in labels)
        for story in stories:
            record = library.story(story)
            for hit in library.similar(record, NEAREST) if record else ():
                label = labels.get((story, hit.id))
                shown += label is not None
                alike += bool(label)
                unknown += label is None
    return {"stories": len(stories), "shown": shown, "alike": alike, "unknown": unknown}


def _figure(sample: str, row: dict[str, Any]) -> dict[str, str]:
    share = row["alike"] / max(1, row["shown"])
    what = f"{NAMES[sample]}: {row['shown']} pairs of {row['stories']} papers, at most five each: alike"
    return {"what": what, "asked": "measured", "measured": f"**{share:.0%}**; not labelled {row['unknown']}"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report: dict[str, Any] = {sample: measure(given.data, sample) for sample in DAYS}
    report |= {"benchmark": "similar", "figures": [_figure(name, report[name]) for name in DAYS]}
    print(json.dumps(report) if given.json else report["figures"])


if __name__ == "__main__":
    main()
