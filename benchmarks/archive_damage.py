"""Flips single bits in the content of an archive and asks who notices.

    python benchmarks/archive_damage.py [--flips 1000] [--seed 26] [--json]

The archive is the founding day's, twice as large as one day by a second profile. A flip counts when a dump of
all rows, taken without our code, comes out otherwise or not at all. Each counted flip goes through
`archive check`, SQLite's own check, and every tenth through `archive salvage` too. Then 10,000 items are
backed up and restored, and their times taken.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from daybrief.adapters.archive import archive_address, open_archive, upkeep
from daybrief.adapters.archive.rows import CONTENT
from daybrief.adapters.archive.upkeep import salvage
from daybrief.errors import DaybriefError
from daybrief.model import Example, Harvest, Message, Receipt
from daybrief.testing.archive_contract import DAY, NOW, edition_of, paper, story_of, window_of
from daybrief.testing.editions import founding, news

ITEMS = 10_000
SALVAGED = 10  # every tenth flip


def made(path: Path) -> bytes:
    """The bytes of an archive that holds something in every table."""
    archive = open_archive(path)
    for profile in ("", "me"):
        archive.of(profile).save_editions([founding(), news()])
        archive.of(profile).save_receipts(
            DAY,
            [Receipt(publisher="markdown", path=f"{n}.md", digest="d", delivered_at=NOW) for n in range(9)],
        )
    items = tuple(item for story in founding().stories for item in story.items)
    archive.save_harvests(founding().window, [Harvest(source="arxiv", state="fresh", items=items)])
    archive.add_items([(DAY, item) for item in items[:4]], NOW)
    archive.of("me").save_examples(
        [Example(key=item.key, liked=True, title=item.title, text=item.text, added_at=NOW) for item in items]
    )
    message = Message(
        day=DAY,
        channel="email",
        recipient="reader@example.org",
        edition="papers",
        digest="d",
        key="k",
        body=b"The day's papers. " * 50,
        media_type="message/rfc822",
    )
    archive.outbox().put([message], NOW)
    for hour in range(9):
        at = NOW + timedelta(hours=hour)
        archive.end(archive.begin(DAY, at), at, "complete", "", {"collect": 1.0, "write": 2.5})
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


def dump(path: Path) -> object:
    """Every row of every table in its order, or the error that forbids it; none of our code takes part."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        file.text_factory = bytes
        try:
            return [file.execute(f"SELECT * FROM {t.name} ORDER BY rowid").fetchall() for t in CONTENT]
        except (sqlite3.Error, UnicodeDecodeError) as broken:  # also of a column's name
            return str(broken)


def sqlite_notices(path: Path) -> bool:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as file:
        try:
            return file.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
        except (sqlite3.Error, UnicodeDecodeError):
            return True


def flipped(whole: bytes, draw: random.Random, path: Path, untouched: object) -> Iterator[int]:
    """The place of each flip that changes content, the file being written with it."""
    while True:
        place = draw.randrange(len(whole) * 8)
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        if dump(path) != untouched:
            yield place


def flips(folder: Path, many: int, seed: int) -> dict[str, Any]:
    whole = made(folder / "whole.sqlite")
    path, untouched = folder / "flipped.sqlite", dump(folder / "whole.sqlite")
    rows = sum(map(len, untouched))  # type: ignore[arg-type]
    counted: Counter[str] = Counter()
    lost: list[int] = []
    missed: list[int] = []
    for number, place in enumerate(flipped(whole, random.Random(seed), path, untouched), 1):
        counted["sqlite"] += sqlite_notices(path)
        try:
            noticed = bool(upkeep.check(archive_address(path)))
        except DaybriefError:
            noticed = True
        except Exception:
            traceback.print_exc()
            counted["tracebacks"] += 1
            noticed = False
        counted["noticed"] += noticed
        missed += [] if noticed else [place]
        if number % SALVAGED == 0:
            lost.append(rows - saved(path, folder / f"saved-{number}.sqlite", counted))
        if number == many:
            break
    return {
        "flips": many,
        "bytes": len(whole),
        "rows": rows,
        "unnoticed": many - counted["noticed"],
        "unnoticed by SQLite's check": many - counted["sqlite"],
        "tracebacks": counted["tracebacks"],
        "missed": missed,
        "salvaged": len(lost),
        "rows lost, median": sorted(lost)[len(lost) // 2] if lost else 0,
        "rows lost, most": max(lost, default=0),
        "salvage not whole": counted["not whole"],
    }


def saved(path: Path, target: Path, counted: Counter[str]) -> int:
    try:
        done = salvage(archive_address(path), archive_address(target), {})
        counted["not whole"] += bool(upkeep.check(archive_address(target)))
        return sum(done.saved.values())
    except Exception:
        traceback.print_exc()
        counted["tracebacks"] += 1
        return 0


def times(folder: Path) -> dict[str, float]:
    """Seconds to save, check, back up and restore 10,000 items."""
    path = folder / "large.sqlite"
    archive = open_archive(path)
    items = tuple(paper(10_000 + n, published=NOW) for n in range(ITEMS))
    taken = {}

    def timed(name: str, work: Any) -> Any:
        begun = time.perf_counter()
        result = work()
        taken[name] = round(time.perf_counter() - begun, 2)
        return result

    harvest = Harvest(source="arxiv", state="fresh", items=items)
    timed("save", lambda: archive.save_harvests(window_of(DAY), [harvest]))
    archive.save_editions([edition_of([story_of(item) for item in items[:500]])])
    address = archive_address(path)
    timed("check", lambda: upkeep.check(address))
    timed("backup", lambda: upkeep.back_up_daily(address, datetime.now(UTC)))
    timed("restore", lambda: upkeep.restore(address, None, datetime.now(UTC)))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=26)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = flips(Path(folder), options.flips, options.seed) | {"seconds": times(Path(folder))}
    if options.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:<32} {value}")


if __name__ == "__main__":
    main()
