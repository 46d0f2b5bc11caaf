"""Does a section begin with a synthesis, and is that right and useful? Recorded days, in two languages.

Run: python benchmarks/sections.py --data ../shared/data   (about three minutes)

Every sixth recorded day is made by the whole pipeline, from the fifth on. These sentences were made on every
sixth day from the third and from the sixth on, and not on those; other rules of papers and news were made on
stories of the same months, and half of these days are among those of `gist.py`. A section counts by its new
stories. `section_readings.json` holds what one reader, reading once against the quotations, said of every
sentence of the days before those, from the fourth on: wrong, filler or good. Five mends followed from it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from daybrief.app.ports import Ports
from daybrief.config import Settings
from daybrief.model import Edition
from gist import wilson
from replay import printed, recorded
from show import show

FIRST, EVERY, DAYS = 4, 6, 20
LANGUAGES = {"ko": "Korean", "en": "English"}
READINGS = Path(__file__).with_name("section_readings.json")


def editions(data: Path, language: str) -> Iterator[Edition]:
    """The editions of the chosen days in a language."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            zone="UTC", language=language, sources=(), publishers=(), archive=f"{folder}/days.sqlite",
            out=f"{folder}/out",
        )  # fmt: skip
        ports = Ports(settings, {})
        for day, items in islice(recorded(data), FIRST, FIRST + EVERY * DAYS, EVERY):
            yield from printed(ports, day, items)


def shares(data: Path, language: str) -> Iterator[dict[str, Any]]:
    """Rows on the sections with at least two and three new stories, by the kind of edition."""
    counts: Counter[tuple[str, int, bool]] = Counter()
    for edition in editions(data, language):
        for section in edition.sections:
            new = sum(not ranked.story.continues for ranked in section.ranked)
            claims = (c for c in section.checked.kept if c.part == "theme" and c.language == language)
            has = any(len(claim.stories) > 1 for claim in claims)
            counts.update((edition.kind, least, has) for least in (2, 3) if new >= least)
    for kind in ("papers", "news"):
        for least in (2, 3):
            hits, of = counts[kind, least, True], sum(counts[kind, least, has] for has in (True, False))
            yield {
                "what": f"sections of {kind} with ≥ {least} new stories, {LANGUAGES[language]}: with one",
                "asked": "most",
                "measured": f"**{hits} of {of}** ({wilson(hits, of)})",
            }


def readings() -> Iterator[dict[str, Any]]:
    """Rows on what the reader said of each sample."""
    for sample in json.loads(READINGS.read_text(encoding="utf-8"))["samples"]:
        verdicts = Counter(sentence["verdict"] for sentence in sample["sentences"])
        count = verdicts.total()
        shown = (
            f"{v}: **{verdicts[v] / count:.1%}** ({wilson(verdicts[v], count)})" for v in ("wrong", "filler")
        )
        yield {
            "what": f"{count} sentences of sections, {LANGUAGES[sample['language']]}, {sample['days']}"
            f" ({sample['state']})",
            "asked": "wrong ≤ 2 %",
            "measured": "; ".join(shown),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [row for language in LANGUAGES for row in shares(options.data, language)]
    show({"figures": [*rows, *readings()]}, as_json=options.json)


if __name__ == "__main__":
    main()
