"""Are editions still the same, byte for byte? For changes that should save time and nothing else.

    python benchmarks/same_editions.py --data ../shared/data --save before.json     # before the change
    python benchmarks/same_editions.py --data ../shared/data --against before.json  # after it: 1 if not

The founding day and recorded days with papers and news (arXiv, Hugging Face, Hacker News), each told in every
language given: all stages but the network, in the order of the days. Of each edition the SHA-256 of its JSON
is kept: stories, sentences, quotes, verdicts, ledger. The clock stands still.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from daybrief.app import App, RunRequest
from daybrief.app.ports import Ports
from daybrief.app.runs import recorded_settings
from daybrief.config import Ranking, Settings, load
from daybrief.model import Edition, Item, to_json
from replay import printed, recorded

FIRST = date(2024, 11, 4)
LANGUAGES = ("ko", "en", "ja")
EACH = 60  # items of a kind and day: enough for several stories in most sections


def founding(language: str, folder: Path) -> tuple[Edition, ...]:
    """The editions of the recorded founding day."""
    settings = load(None, {}, recorded_settings("founding"), language=language, out=str(folder / "founding"))
    (report,) = App(settings, {}).run(RunRequest(replay="founding"))
    return report.editions


def later_days(data: Path, days: int, language: str, folder: Path) -> Iterator[tuple[Edition, ...]]:
    """The editions of so many recorded days, each remembering those before it."""
    settings = Settings(
        zone="UTC", language=language, sources=(), publishers=(), out=str(folder / "out"),
        ranking=Ranking(most=1_000_000, most_each=1_000_000), archive=str(folder / f"{language}.db"),
    )  # fmt: skip
    ports = Ports(settings, {})
    chosen = [(day, items) for day, items in recorded(data) if day >= FIRST][:days]
    for day, items in chosen:
        yield printed(ports, day, _first_of_each(items))


def _first_of_each(items: list[Item]) -> list[Item]:
    by_kind = {kind: [item for item in items if item.kind == kind] for kind in ("paper", "news")}
    return [item for kind in by_kind.values() for item in kind[:EACH]]


def digests(data: Path, days: int, languages: tuple[str, ...]) -> dict[str, str]:
    """The hash of each edition by language, day and kind."""
    hashes = {}
    with tempfile.TemporaryDirectory() as folder:
        for language in languages:
            at = Path(folder) / language
            for editions in (founding(language, at), *later_days(data, days, language, at)):
                for edition in editions:
                    name = f"{language} {edition.window.day} {edition.kind}, {len(edition.stories)} stories"
                    hashes[name] = hashlib.sha256(to_json(edition)).hexdigest()
    return hashes


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--save", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    hashes = digests(given.data, given.days, tuple(given.languages.split(",")))
    if given.save:
        given.save.write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    known = json.loads(given.against.read_text(encoding="utf-8")) if given.against else hashes
    differing = [name for name in {**known, **hashes} if known.get(name) != hashes.get(name)]
    if given.json:
        print(json.dumps({"benchmark": "same_editions", "editions": len(hashes), "differing": differing}))
    else:
        print(f"{len(hashes)} editions, {len(differing)} differ", *differing, sep="\n")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
