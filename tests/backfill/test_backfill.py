"""A backfill makes the editions that one run a day makes, whatever becomes of its workers."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from daybrief import pipeline
from daybrief.adapters.archive import writing
from daybrief.adapters.machine import FixedClock, Workers
from daybrief.app import App, RunRequest, backfill
from daybrief.app.backfill import BackfilledDay, BackfillRequest
from daybrief.app.ports import World
from daybrief.config import Profile
from daybrief.errors import ConfigError
from daybrief.kit import Ahead
from daybrief.model import Edition
from daybrief.stages.importing import placed, read_items
from daybrief.stages.schedule import window
from tests.backfill.jobs import answering_half, dying, squaring
from tests.backfill.spans import FIRST, LAST, Noon, app, editions, lines_of, one_run_a_day


def backfilled(
    folder: Path,
    bulk: Path,
    progress: Callable[[BackfilledDay], None] = lambda _day: None,
    profiles: dict[str, Profile] | None = None,
) -> App:
    made = app(folder, profiles)
    made.backfill(BackfillRequest(since=FIRST, until=LAST, source=str(bulk), workers=1), progress)
    return made


class Killed(BaseException):
    """The end of a program at some instant."""


def stop(day: BackfilledDay) -> None:
    """Ends the program after two days."""
    if day.done == 2:
        raise Killed


def keep_two_at_once(patch: pytest.MonkeyPatch) -> None:
    """Two days are a transaction, however long they take."""
    patch.setattr(backfill, "_MOST_KEPT", 2)
    patch.setattr(backfill, "_KEPT_S", 3600.0)


PROFILES = {"all": Profile(), "trees": Profile(more=("trees",), most=1)}


@pytest.mark.parametrize("profiles", [{}, PROFILES], ids=["one reader", "profiles"])
def test_a_backfill_makes_the_bytes_that_one_run_a_day_makes(
    tmp_path: Path, bulk: Path, profiles: dict[str, Profile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that is cut short: it goes on with the first day that is missing."""
    (tmp_path / "runs").mkdir()
    expected = editions(one_run_a_day(tmp_path / "runs", bulk, profiles))
    days: list[BackfilledDay] = []
    keep_two_at_once(monkeypatch)
    with pytest.raises(Killed):
        backfilled(tmp_path, bulk, stop, profiles)
    assert len(editions(app(tmp_path, profiles))) == 2 * 2 * max(1, len(profiles))
    assert editions(backfilled(tmp_path, bulk, days.append, profiles)) == expected
    assert [day.reused for day in days] == [True, True, False, False, False]
    assert (days[-1].done, days[-1].total, days[-1].made, days[-1].left_s) == (5, 5, 3, 0)
    decoded = [msgspec.json.decode(body, type=Edition) for body in expected]
    assert len(decoded) == 2 * 5 * max(1, len(profiles))
    assert any(story.continues for edition in decoded for story in edition.stories)
    assert [edition.sealed().digest for edition in decoded] == [edition.digest for edition in decoded]


@pytest.mark.parametrize("step", ["put_editions", "settle_imported"])
def test_days_are_kept_together_or_not_at_all(
    tmp_path: Path, bulk: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A program that ends while it keeps two days has none of them, no run of them, and makes both again."""
    (tmp_path / "runs").mkdir()
    expected = editions(one_run_a_day(tmp_path / "runs", bulk))
    keep_two_at_once(monkeypatch)
    steps, kept = [], getattr(writing, step)

    def ending(*given: object) -> None:
        steps.append(step)
        kept(*given)
        if len(steps) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(writing, step, ending)
        with pytest.raises(Killed):
            backfilled(tmp_path, bulk)
    archive = app(tmp_path).ports.archive()
    assert archive.days() == (FIRST, FIRST + timedelta(days=1))
    assert {run.day for run in archive.runs(100)} == set(archive.days())
    days: list[BackfilledDay] = []
    assert editions(backfilled(tmp_path, bulk, days.append)) == expected
    assert [day.reused for day in days] == [True, True, False, False, False]


def test_a_day_that_takes_long_is_kept_alone(
    tmp_path: Path, bulk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "_KEPT_S", 0.0)
    seen: list[int] = []
    made = app(tmp_path)
    made.backfill(
        BackfillRequest(since=FIRST, until=LAST, source=str(bulk), workers=1),
        lambda _day: seen.append(len(made.ports.archive().days())),
    )
    assert seen == [1, 2, 3, 4, 5]


def test_a_day_that_is_there_already_is_remembered_by_those_after_it(tmp_path: Path, bulk: Path) -> None:
    """The last but one is made first, by hand; then the others, one by one and at once."""
    early, made = LAST - timedelta(days=1), []
    for name in ("runs", "many"):
        (tmp_path / name).mkdir()
        made.append(app(tmp_path / name))
        (tmp_path / name / "items.jsonl").write_bytes(lines_of(bulk))
        made[-1].import_items(tmp_path / name / "items.jsonl")
        made[-1].run(RunRequest(day=early))
    for number in range(FIRST.toordinal(), LAST.toordinal() + 1):
        made[0].run(RunRequest(day=date.fromordinal(number)))
    backfilled(tmp_path / "many", bulk)
    assert editions(made[1]) == editions(made[0])


NEWS = [  # two outlets under one headline, a third a day later, and the same again
    (4, "https://one.example/a", "OpenAI opens a language model laboratory in Zelmer", "one"),
    (4, "https://two.example/b", "OpenAI opens a language model laboratory in Zelmer!", "two"),
    (5, "https://three.example/c", "OpenAI opens: a language model laboratory in Zelmer", "three"),
    (8, "https://two.example/b", "OpenAI opens a language model laboratory in Zelmer!", "four"),
]


def with_news(bulk: Path) -> Path:
    """Adds news to the bulk files."""
    (path,) = bulk.iterdir()
    rows = [
        {"url": url, "title": title, "kind": "news", "source": source, "published": f"2024-11-{day:02}"}
        for day, url, title, source in NEWS
    ]
    path.write_bytes(
        path.read_bytes() + gzip.compress(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    )
    return bulk


def test_days_made_at_once_are_remembered_as_the_archive_will_remember_them(
    tmp_path: Path, bulk: Path
) -> None:
    """No day is kept in the second archive: all that it remembers is ahead of it."""
    made = one_run_a_day(tmp_path, with_news(bulk))
    news = [r for r in made.ports.archive().recent(LAST + timedelta(days=1), 60) if r.kind == "news"]
    assert [{(day, title) for day, _, _, title in r.headlines} for r in news] == [
        {(date(2024, 11, day), title) for day, _, title, _ in NEWS}
    ]
    kit = made.ports.kit(World(web=made.ports.web(), clock=FixedClock(Noon().now()), at=Noon().now()))
    (tmp_path / "late").mkdir()
    late, zone = app(tmp_path / "late"), made.settings.zone
    ahead = Ahead(late.ports.archive())
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


@pytest.mark.timeout(120)
@pytest.mark.parametrize("work", [squaring, answering_half])
def test_a_killed_worker_loses_and_doubles_nothing(
    tmp_path: Path, work: Callable[[Path], AbstractContextManager[Callable[[int], int]]]
) -> None:
    """Also one that was killed in the middle of its answer, whose rest nobody writes."""
    with Workers(2, work, (tmp_path,)) as workers:
        for number in range(8):
            workers.give(number)
        assert [workers.take() for _ in range(8)] == [number * number for number in range(8)]
    assert (tmp_path / "killed").exists()
    assert list(tmp_path.glob("left *")), "a worker leaves what it entered"


def test_workers_that_die_again_and_again_end_the_backfill() -> None:
    with Workers(1, dying, ()) as workers:
        workers.give(1)
        with pytest.raises(ConfigError, match="died"):
            workers.take()


PARENT = """
import os, signal, sys
from daybrief.adapters.machine import Workers
from tests.backfill.jobs import naming
if __name__ == "__main__":
    with Workers(1, naming, ("Ada",)) as workers:
        workers.give("Lovelace")
        assert workers.take() == "Ada Lovelace"
        print(*workers.processes, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path, root: Path) -> None:
    """The worker holds the standard output open: reading it to its end waits for the worker's."""
    (tmp_path / "parent.py").write_text(PARENT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "parent.py")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(root), *filter(None, sys.path)])},
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.split()


# ── what is refused ─────────────────────────────────────────────────────────────────────────────────


def requests(bulk: Path) -> Iterator[tuple[BackfillRequest, str]]:
    yield BackfillRequest(since=LAST, until=FIRST, source=str(bulk)), "is after"
    yield BackfillRequest(since=FIRST, until=date(2024, 12, 1), source=str(bulk)), "is not over"
    yield BackfillRequest(since=FIRST, until=LAST, source=str(bulk), workers=-1), "below 0"
    yield BackfillRequest(since=FIRST, until=LAST, source=str(bulk / "none.jsonl")), "cannot be read"
    yield BackfillRequest(since=FIRST, until=LAST, source=str(bulk.parent)), "holds no bulk file"
    yield BackfillRequest(since=date(2023, 1, 2), until=date(2023, 1, 3), source=str(bulk)), "holds no item"


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
