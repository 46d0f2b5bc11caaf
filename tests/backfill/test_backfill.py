"""A backfill makes the editions that one run a day makes, whatever becomes of its workers."""

from __future__ import annotations

import gzip
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from daybrief import pipeline
from daybrief.adapters.machine import FixedClock, SystemClock, Workers
from daybrief.app import App, RunRequest
from daybrief.app.ports import World
from daybrief.app.runs import BackfilledDay, BackfillRequest
from daybrief.config import Profile, Settings, WholeText
from daybrief.errors import ConfigError
from daybrief.model import Edition, to_json
from daybrief.stages.importing import placed, read_items
from daybrief.stages.schedule import window
from tests.backfill.jobs import killed, prepared, squared

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


@pytest.fixture
def bulk(tmp_path: Path) -> Path:
    rows = [
        {
            "id": id_,
            "title": title,
            "abstract": TREES.format(n=10 + number, place=title.rpartition(" ")[2]),
            "published": f"2024-11-{day:02}",
            "source": source,
        }
        for number, (day, id_, title, source) in enumerate(ROWS)
    ]
    (tmp_path / "bulk").mkdir()
    packed = gzip.compress(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    (tmp_path / "bulk" / "2024-11.jsonl.gz").write_bytes(packed)
    return tmp_path / "bulk"


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
    asked = [(date.fromordinal(day), name) for name in names for day in days]
    found = [made.edition(day, kind, name) for day, name in asked for kind in ("papers", "news")]
    return [to_json(edition) for edition in found if edition is not None]


def one_run_a_day(folder: Path, bulk: Path, profiles: dict[str, Profile] | None = None) -> App:
    made = app(folder, profiles)
    (folder / "items.jsonl").write_bytes(gzip.decompress(next(bulk.iterdir()).read_bytes()))
    made.import_items(folder / "items.jsonl")
    for day in range(FIRST.toordinal(), LAST.toordinal() + 1):
        made.run(RunRequest(day=date.fromordinal(day)))
    return made


def backfilled(
    folder: Path,
    bulk: Path,
    told: Callable[[BackfilledDay], None] = lambda _day: None,
    profiles: dict[str, Profile] | None = None,
) -> App:
    made = app(folder, profiles)
    made.backfill(BackfillRequest(since=FIRST, until=LAST, source=bulk, workers=1), told)
    return made


class Killed(BaseException):
    """The end of a program at some instant."""


def stop(day: BackfilledDay) -> None:
    """Ends the program after two days."""
    if day.done == 2:
        raise Killed


PROFILES = {"all": Profile(), "trees": Profile(more=("trees",), most=1)}


@pytest.mark.parametrize("profiles", [{}, PROFILES], ids=["one reader", "profiles"])
def test_a_backfill_makes_the_bytes_that_one_run_a_day_makes(
    tmp_path: Path, bulk: Path, profiles: dict[str, Profile]
) -> None:
    """Also one that is cut short: it goes on with the first day that is missing."""
    (tmp_path / "runs").mkdir()
    expected = editions(one_run_a_day(tmp_path / "runs", bulk, profiles))
    days: list[BackfilledDay] = []
    with pytest.raises(Killed):
        backfilled(tmp_path, bulk, stop, profiles)
    assert len(editions(app(tmp_path, profiles))) == 2 * 2 * max(1, len(profiles))
    assert editions(backfilled(tmp_path, bulk, days.append, profiles)) == expected
    assert [day.reused for day in days] == [True, True, False, False, False]
    assert (days[-1].done, days[-1].total, days[-1].made, days[-1].left_s) == (5, 5, 3, 0)
    told = [msgspec.json.decode(one, type=Edition) for one in expected]
    assert len(told) == 2 * 5 * max(1, len(profiles))
    assert any(story.continues for edition in told for story in edition.stories)


def test_what_is_ahead_is_remembered_as_the_archive_will_remember_it(tmp_path: Path, bulk: Path) -> None:
    """No day is kept in the second archive: all that it remembers is ahead of it."""
    made = one_run_a_day(tmp_path, bulk)
    kit = made.ports.kit(World(web=made.ports.web(), clock=FixedClock(Noon().now()), at=Noon().now()))
    (tmp_path / "late").mkdir()
    late, zone = app(tmp_path / "late"), made.settings.zone
    ahead = pipeline.Ahead(late.ports.archive())
    read = read_items(gzip.decompress(next(bulk.iterdir()).read_bytes()).splitlines(), None)
    late.ports.archive().add_items(placed(read.items, zone, Noon().now()), Noon().now())
    keys = [item.key for item in read.items]
    for number in range(FIRST.toordinal(), LAST.toordinal() + 1):
        day = date.fromordinal(number)
        assert ahead.remembered(keys, day) == made.ports.archive().remembered(keys, day)
        for days in (1, 2, 60):
            assert ahead.recent(day, days) == made.ports.archive().recent(day, days)
        span = window(day, zone)
        gathered = pipeline.Gathered(harvests=(), imported=late.ports.archive().imported(span))
        gathered = msgspec.structs.replace(gathered, harvests=(pipeline.harvest_of(gathered.imported),))
        ahead.add(day, pipeline.select_editions(span, gathered, msgspec.structs.replace(kit, archive=ahead)))


# ── workers ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_killed_worker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with Workers(2, prepared, (tmp_path,), squared) as workers:
        for number in range(8):
            workers.give(number)
        assert [workers.take() for _ in range(8)] == [number * number for number in range(8)]
        assert not len(workers)
    assert (tmp_path / "killed").exists()


def test_workers_that_die_again_and_again_end_the_backfill(tmp_path: Path) -> None:
    with Workers(1, prepared, (tmp_path,), killed) as workers:
        workers.give(1)
        with pytest.raises(ConfigError, match="died"):
            workers.take()


PARENT = """
import os, signal, sys
from daybrief.adapters.machine import Workers
if __name__ == "__main__":
    with Workers(1, print, (), os.getenv) as workers:
        workers.give("PATH"); workers.take()
        print(*workers._pool._processes, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    """The worker holds the standard output open: reading it to its end waits for the worker's."""
    (tmp_path / "parent.py").write_text(PARENT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "parent.py")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split()


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────


def requests(bulk: Path) -> Iterator[tuple[BackfillRequest, str]]:
    yield BackfillRequest(since=LAST, until=FIRST, source=bulk), "is after"
    yield BackfillRequest(since=FIRST, until=date(2024, 12, 1), source=bulk), "is not over"
    yield BackfillRequest(since=FIRST, until=LAST, source=bulk, workers=-1), "below 0"
    yield BackfillRequest(since=FIRST, until=LAST, source=bulk / "none.jsonl"), "cannot be read"
    yield BackfillRequest(since=FIRST, until=LAST, source=bulk.parent), "holds no bulk file"
    yield BackfillRequest(since=date(2023, 1, 2), until=date(2023, 1, 3), source=bulk), "holds no item"


def test_what_cannot_be_made_is_named_and_makes_nothing(tmp_path: Path, bulk: Path) -> None:
    made = app(tmp_path)
    for request, why in requests(bulk):
        with pytest.raises(ConfigError, match=why):
            made.backfill(request, lambda _day: None)
    assert made.ports.archive().days() == ()


def test_rows_of_the_metadata_snapshot_are_read() -> None:
    row = {
        "id": "0704.0001",
        "title": "Calculation of\n  cross sections",
        "abstract": "  We calculate.\n",
        "authors": "C. Balázs, E. L. Berger",
        "authors_parsed": [["Balázs", "C.", ""], ["Berger", "E. L.", "Jr."]],
        "categories": "hep-ph cs.LG",
        "comments": "37 pages",
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}, {"version": "v2"}],
        "update_date": "2008-11-26",
    }
    (item,) = read_items([msgspec.json.encode(row)], None, strict=True).items
    assert item.published == datetime(2007, 4, 2, 19, 18, 42, tzinfo=UTC)
    assert item.authors == ("C. Balázs", "E. L. Berger Jr.")
    assert item.tags == ("hep-ph", "cs.LG")
    assert item.announced is None
