"""A span of days in bulk, and the program that makes it: day by day, or at once."""

from __future__ import annotations

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from daybrief.adapters.machine import SystemClock
from daybrief.app import App, RunRequest
from daybrief.config import Profile, Settings, WholeText
from daybrief.model import Edition, to_json

FIRST, LAST = date(2024, 11, 4), date(2024, 11, 8)
TREES = "We introduce Trees, a method that grows trees in a pot. It outperforms bushes by {n} % on {place}."
ROWS = [  # a paper that comes again with a version, titles that resemble earlier ones, a quiet day
    (4, "2411.00001", "Growing Trees in a Pot with Language Models", ""),
    (4, "2411.00002", "Diffusion Models for Rain on Leaves", ""),
    (5, "2411.00003", "Growing Trees in a Pot with Vision Models", ""),
    (5, "2411.00001v2", "Growing Trees in a Pot with Language Models", "atlas"),
    (7, "2411.00004", "Diffusion Models for Rain on Roofs", ""),
    (8, "2411.00002", "Diffusion Models for Rain on Leaves", "atlas"),
    (8, "2411.00001", "Growing Trees in a Pot with Language Models", ""),
]


class Noon(SystemClock):
    """A clock on which every run begins at the same instant."""

    def now(self) -> datetime:
        return datetime(2024, 12, 1, 12, tzinfo=UTC)


def bulk_of(folder: Path, more: str = "") -> Path:
    """Writes the rows as bulk files; `more` is what every text says besides."""
    rows = [
        {
            "id": id_,
            "title": title,
            "abstract": TREES.format(n=10 + number, place=title.rpartition(" ")[2]) + more,
            "published": f"2024-11-{day:02}",
            "source": source,
        }
        for number, (day, id_, title, source) in enumerate(ROWS)
    ]
    (folder / "bulk").mkdir()
    packed = gzip.compress(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    (folder / "bulk" / "2024-11.jsonl.gz").write_bytes(packed)
    return folder / "bulk"


def lines_of(bulk: Path) -> bytes:
    """The rows of the bulk files, unpacked."""
    return gzip.decompress(next(bulk.iterdir()).read_bytes())


def app(folder: Path, profiles: dict[str, Profile] | None = None) -> App:
    """The program with an archive of its own in this folder."""
    settings = Settings(
        profiles=profiles or {},
        sources=(),
        publishers=(),
        archive=str(folder / "archive.sqlite"),
        out=str(folder / "out"),
        cache=str(folder / "cache"),
        fulltext=WholeText(papers=0, articles=0),
    )
    made = App(settings, {})
    made.ports.clock = Noon()
    return made


def editions(made: App) -> list[bytes]:
    days = range(FIRST.toordinal(), LAST.toordinal() + 1)
    names = list(made.settings.profiles) or [""]
    days_and_profiles = [(date.fromordinal(day), name) for name in names for day in days]
    stored = [made.edition(day, kind, name) for day, name in days_and_profiles for kind in ("papers", "news")]
    return [to_json(edition) for edition in stored if edition is not None]


def one_run_a_day(
    folder: Path, bulk: Path, profiles: dict[str, Profile] | None = None, made: App | None = None
) -> App:
    made = made or app(folder, profiles)
    (folder / "items.jsonl").write_bytes(lines_of(bulk))
    made.import_items(folder / "items.jsonl")
    for day in range(FIRST.toordinal(), LAST.toordinal() + 1):
        made.run(RunRequest(day=date.fromordinal(day)))
    return made


def same_instant(made: list[bytes]) -> list[bytes]:
    """The editions as if all had been made at one instant."""
    read = [msgspec.json.decode(body, type=Edition) for body in made]
    return [to_json(msgspec.structs.replace(edition, made_at=Noon().now()).sealed()) for edition in read]
