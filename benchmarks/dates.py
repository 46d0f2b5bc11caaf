"""How many spellings of dates are read right, not at all, or wrong, beside the libraries a user would pick.

    python benchmarks/dates.py --json

The table is that of tests/text/test_dates.py: the same instant in more than 150 spellings and 25 languages,
and texts that are no whole date or could be two. labels/dates_fresh.json holds spellings that were written
down after the reader was finished; "at first sight" is what it made of them then. A library that is not
installed is left out. Each is asked for UTC where a text names no zone; "wrong" is an instant that the text
does not state, a day invented from the clock among them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from daybrief.text.dates import instant

FRESH = Path(__file__).parent / "labels" / "dates_fresh.json"
TABLE = Path(__file__).parent.parent / "tests" / "text" / "test_dates.py"

Reader = Callable[[str], datetime | None]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    right, unreadable = table()
    rows = [row for name, reader in readers() for row in measured(name, reader, right, unreadable)]
    rows.append(fresh())
    if given.json:
        print(json.dumps({"figures": rows}, ensure_ascii=False))
    else:
        for row in rows:
            print(f"{row['what']:60} {row['asked']:28} {row['measured']}")


def table() -> tuple[dict[str, datetime], list[str]]:
    """The spellings with the instants they state, and the texts that state none."""
    spec = importlib.util.spec_from_file_location("dates_table", TABLE)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tables = ((module.DAYS, 0), (module.NINES, 9), (module.AFTERNOONS, 15))
    right = {
        s: datetime(2024, 11, 26, hour, tzinfo=UTC) for text, hour in tables for s in module.spellings(text)
    }
    return right, list(module.UNREADABLE)


def fresh() -> dict[str, str]:
    """Spellings that were written down after the reader was; what it made of them at first sight."""
    table = json.loads(FRESH.read_text(encoding="utf-8"))
    readings = [
        (stated, f"{read:%Y-%m-%dT%H:%M:%S}" if (read := instant(text)) else "") for text, stated in table
    ]
    right = sum(bool(read) == bool(stated) and read.startswith(stated) for stated, read in readings)
    undated = sum(bool(stated) and not read for stated, read in readings)
    wrong = len(readings) - right - undated
    return {
        "what": f"daybrief: {len(readings)} further texts of one day: right / undated / wrong",
        "asked": "all / – / 0",
        "measured": f"**{right} / {undated} / {wrong}** (85 / 3 / 0 at first sight)",
    }


def readers() -> Iterator[tuple[str, Reader]]:
    """Each way of reading a date, ours first."""
    instant.cache_clear()
    yield "daybrief", instant.__wrapped__
    import feedparser

    yield "feedparser", lambda text: _of_tuple(feedparser.datetimes._parse_date(text))
    if importlib.util.find_spec("dateutil"):
        from dateutil import parser

        yield "dateutil", lambda text: _aware(parser.parse(text))
    if importlib.util.find_spec("dateparser"):
        import dateparser

        strict = {"STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"], "TIMEZONE": "UTC"}
        yield "dateparser, strict", lambda text: _aware(dateparser.parse(text, settings=strict))


def measured(
    name: str, reader: Reader, right: dict[str, datetime], unreadable: list[str]
) -> Iterator[dict[str, str]]:
    target = "all / – / 0" if name == "daybrief" else "–"
    begun = time.perf_counter()
    readings = {text: _read(reader, text) for text in (*right, *unreadable)}
    took = (time.perf_counter() - begun) / len(readings)
    good = sum(readings[text] == stated for text, stated in right.items())
    missed = sum(readings[text] is None for text in right)
    wrong = sum(readings[text] not in (None, stated) for text, stated in right.items())
    invented = sum(readings[text] is not None for text in unreadable)
    yield {
        "what": f"{name}: {len(right)} spellings right / undated / wrong",
        "asked": target,
        "measured": f"**{good} / {missed} / {wrong}**",
    }
    yield {
        "what": f"{name}: {len(unreadable)} texts that state no whole date: read as one",
        "asked": "0" if name == "daybrief" else "–",
        "measured": f"**{invented}**",
    }
    yield {"what": f"{name}: time of a date", "asked": "–", "measured": f"{1e6 * took:.0f} µs"}


def _read(reader: Reader, text: str) -> datetime | None:
    try:
        moment = reader(text)
        return moment.astimezone(UTC).replace(microsecond=0) if moment else None
    except Exception:  # what a library raises for a text it cannot read
        return None


def _of_tuple(parsed: time.struct_time | None) -> datetime | None:
    return datetime(*parsed[:6], tzinfo=UTC) if parsed else None


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


if __name__ == "__main__":
    main()
