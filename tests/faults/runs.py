"""Promises of a run: killed anywhere, twice at once, without a disk, again, a thousand times, on any day."""

from __future__ import annotations

import ctypes
import errno
import faulthandler
import gc
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from daybrief import errors
from daybrief.adapters.archive import open_archive
from daybrief.app.ports import Ports
from daybrief.app.runs import RunRequest, run_day
from daybrief.config import Settings
from daybrief.errors import AlreadyRunning
from daybrief.model import Item
from daybrief.stages.schedule import existed, window
from daybrief.testing import archives
from daybrief.testing.faults import KILL, break_at, points
from daybrief.testing.hostile import feed
from daybrief.testing.server import FakeHook, FakeSmtp
from tests.faults import Tried

DAY = date(2024, 11, 26)
multiprocessing.get_context("forkserver").set_forkserver_preload(["tests.faults.warm"])


# ── a day ───────────────────────────────────────────────────────────────────────────────────────────


def recording(folder: Path) -> Path:
    """A recorded day of one feed with three items."""
    kept = folder / "recording"
    (kept / "bodies").mkdir(parents=True)
    (kept / "bodies" / "1.xml").write_bytes(feed())
    at = "2024-11-27T00:05:00Z"
    day = {"format": 1, "day": "2024-11-26", "zone": "UTC", "recorded_at": at}
    line = {"method": "GET", "url": "http://feed.example/rss", "status": 200, "media_type": "text/xml",
            "final_url": "http://feed.example/rss", "file": "bodies/1.xml", "fetched_at": at}  # fmt: skip
    (kept / "day.json").write_bytes(msgspec.json.encode(day))
    (kept / "index.jsonl").write_bytes(msgspec.json.encode(line) + b"\n")
    return kept


@dataclass(frozen=True)
class Place:
    """The place of a day: a folder, an archive, the ports of a mail server and a web hook (0: none)."""

    folder: str
    archive: str
    mail: int = 0
    hook: int = 0

    def settings(self) -> Settings:
        channels: list[dict[str, Any]] = []
        if self.mail:
            server = {"host": "127.0.0.1", "port": self.mail, "security": "none", "chart": False}
            people = {"sender": "brief@example.org", "to": ["reader@example.org"]}
            channels.append({"use": "email", **server, **people})
        if self.hook:
            channels.append({"use": "webhook", "url": f"http://127.0.0.1:{self.hook}/in"})
        return Settings(
            archive=self.archive,
            out=f"{self.folder}/out",
            cache=f"{self.folder}/cache",
            zone="UTC",
            language="en",
            kinds=("news",),
            sources=({"use": "feed", "url": "http://feed.example/rss", "name": "feed"},),
            publishers=tuple({"use": name} for name in ("markdown", "html", "data", "feeds")),
            channels=tuple(channels),
            web=msgspec.structs.replace(
                Settings().web, allow=(f"127.0.0.1:{self.hook}",) if self.hook else ()
            ),
        )


def make_day(place: Place, refresh: bool = False) -> None:
    """Makes the recorded day, and sends it where somebody is told."""
    request = RunRequest(
        replay=str(Path(place.folder) / "recording"), deliver=bool(place.mail or place.hook), refresh=refresh
    )
    reports = run_day(Ports(place.settings(), {}), request)
    failed = [receipt.error for report in reports for receipt in report.receipts if receipt.error]
    if failed:
        raise errors.DeliveryError(failed[0])


def digests_of(place: Place) -> dict[str, str]:
    """The traces that a day left: a digest of each file, and of the archive's editions of the day."""
    out = Path(place.folder) / "out"
    files = {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".daybrief" not in path.parts
    }
    archive = open_archive(place.archive)
    try:
        edition = archive.edition(DAY, "news")
        harvests = archive.harvests(DAY)
    finally:
        archive.database.close()
    kept = hashlib.sha256(msgspec.json.encode([edition, harvests])).hexdigest()
    return files | {"archive": kept}


# ── killed at each point ────────────────────────────────────────────────────────────────────────────


@contextmanager
def places(database: str) -> Iterator[Callable[[bool], Place]]:
    """Makes places, empty or with the day made already: in SQLite, or in a PostgreSQL server."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        root.chmod(0o711)
        number = iter(range(10**6))
        url = stack.enter_context(archives.server(root)) if database == "postgresql" else ""
        template = Place(str(root / "template"), archives.new_database(url) if url else "")
        if not url:
            template = Place(template.folder, f"{template.folder}/archive.sqlite")
        Path(template.folder).mkdir()
        recording(Path(template.folder))
        break_at(-1, KILL, make_day, template)  # in a process of its own: a database in use is not copied

        def place(full: bool) -> Place:
            folder = root / f"place{next(number)}"
            if full:
                shutil.copytree(template.folder, folder)
            else:
                folder.mkdir()
                shutil.copytree(root / "template" / "recording", folder / "recording")
            if not url:
                return Place(str(folder), f"{folder}/archive.sqlite")
            return Place(str(folder), copied(url, template.archive) if full else archives.new_database(url))

        yield place


def copied(server: str, database: str) -> str:
    """A copy of a database on its server."""
    import psycopg

    name = f"copy_{os.urandom(6).hex()}"
    with psycopg.connect(f"{server}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {database.rpartition('/')[2]}".encode())
    return f"{server}{name}"


def spread(total: int, many: int) -> Iterable[int]:
    """So many of the numbers 1 to `total`, evenly, the first and the last among them."""
    many = min(many, total)
    return sorted({1 + round(n * (total - 1) / max(1, many - 1)) for n in range(many)})


def killed_runs(many: int) -> Tried:
    """A run killed at each of its steps; the next run's files and archive are those of an undisturbed one."""
    tried, totals = Tried(), []
    for database in databases():
        with places(database) as place:
            whole = place(False)
            total = points(make_day, whole)
            reference = digests_of(whole)
            for point in spread(total, many):
                broken = place(False)
                reached, _ = break_at(point, KILL, make_day, broken)
                _, error = break_at(-1, KILL, make_day, broken)
                same = not error and digests_of(broken) == reference
                tried.expect(same and reached is None, f"{database}, step {point}: {error or 'differs'}")
                shutil.rmtree(broken.folder)
            totals.append(f"{database} {total} steps")
    tried.worst = f"{len(tried.failures)} reruns that differ; {', '.join(totals)}"
    return tried


def killed_deliveries(many: int) -> Tried:
    """A delivery killed at each of its steps: nothing goes out twice, and what did not is told as such."""
    tried, totals, uncertain = Tried(), [], 0
    for database in databases():
        with places(database) as place, FakeSmtp() as mail, FakeHook() as hook:

            def to(spot: Place, mail: FakeSmtp = mail, hook: FakeHook = hook) -> Place:
                return Place(spot.folder, spot.archive, mail.port, hook.port)

            total = points(make_day, to(place(True)))
            for point in spread(total, many):
                mail.mails.clear()
                hook.posts.clear()
                broken = to(place(True))
                break_at(point, KILL, make_day, broken)
                _, error = break_at(-1, KILL, make_day, broken)
                archive = open_archive(broken.archive)
                doubtful = {row.message.channel for row in archive.outbox().open()}
                archive.database.close()
                keys = {post.headers["idempotency-key"] for post in hook.posts}
                once = len(mail.mails) <= 1 and len(keys) <= 1
                known = bool(mail.mails or "email" in doubtful) and bool(keys or "webhook" in doubtful)
                uncertain += bool(doubtful)
                tried.expect(
                    once and known and (not error or "DeliveryError" in error),
                    f"{database}, {point}: {len(mail.mails)} mails, {len(keys)} posts {doubtful}, {error}",
                )
                shutil.rmtree(broken.folder)
            totals.append(f"{database} {total} steps")
    tried.worst = f"0 doubled, 0 lost in silence, {uncertain} told as uncertain; {', '.join(totals)}"
    return tried


def databases() -> Sequence[str]:
    """The databases of this machine."""
    return ("sqlite", "postgresql") if archives.programs() else ("sqlite",)


# ── without a disk ──────────────────────────────────────────────────────────────────────────────────


def disk_faults(many: int) -> Tried:
    """From each file step on, the disk is full, read-only, forbidden or broken: old or new, never between."""
    tried, kinds = Tried(), (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO)
    named = {name for name, value in vars(errors).items() if isinstance(value, type)}
    with places("sqlite") as place:
        whole = place(False)
        total = points(make_day, whole, files_only=True)
        reference = digests_of(whole)
        for kind in kinds:
            for point in spread(total, many):
                broken = place(False)
                _, error = break_at(point, kind, make_day, broken, files_only=True)
                where = f"{errno.errorcode[kind]} from step {point}: "
                tried.expect(error.partition(":")[0] in named | {""}, f"{where}{error[:120]}")
                torn = [name for name, digest in _files(broken).items() if reference.get(name) != digest]
                _, again = break_at(-1, KILL, make_day, broken)
                tried.expect(not torn and not again, f"{where}torn {torn[:3]} {again[:80]}")
                tried.expect(digests_of(broken) == reference, f"{where}the next run differs")
                shutil.rmtree(broken.folder)
    tried.worst = f"{total} steps of {len(kinds)} faults; {len(tried.failures)} states between old and new"
    return tried


def _files(place: Place) -> dict[str, str]:
    out = Path(place.folder) / "out"
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(out).parts)
    }


# ── at once ─────────────────────────────────────────────────────────────────────────────────────────

RACERS = 8
PATIENCE_S = 60.0  # for one step of a race; a racer that takes longer has failed, and says where it stood


def races(many: int) -> Tried:
    """Eight processes start the same day at once, day after day; each day is made by one of them."""
    tried = Tried()
    days = [DAY - timedelta(days=many - n) for n in range(many)]
    with tempfile.TemporaryDirectory() as folder:
        archive = open_archive(f"{folder}/archive.sqlite")
        now = datetime(2024, 11, 27, tzinfo=UTC)
        archive.add_items([(day, news_item(day.isoformat())) for day in days], now)
        archive.database.close()
        reports = raced(folder, days)
    for day in days:
        outcomes = sorted(outcome for at, outcome, _ in reports if at == day)
        tried.expect(len(outcomes) == RACERS and outcomes.count("made") == 1, f"{day}: {outcomes}")
    slowest = max((seconds for _, outcome, seconds in reports if outcome == "AlreadyRunning"), default=0.0)
    refused = sum(outcome == "AlreadyRunning" for _, outcome, _ in reports)
    tried.worst = (
        f"{len(tried.failures)} days without one winner; {refused} of {len(reports)} starts refused, "
        f"the slowest after {slowest:.2f} s on a busy machine"
    )
    return tried


def raced(folder: str, days: Sequence[date]) -> list[tuple[date, str, float]]:
    """The words of each racer on each day; a racer that dies or stands still ends the race, not the bench.

    Each has a pipe of its own, since a queue that all share is never read to its end once one of them dies
    with the lock of the queue in its hand; and a barrier with a limit lets the others go when one is missing.
    """
    processes = multiprocessing.get_context("forkserver")
    barrier = processes.Barrier(RACERS, timeout=PATIENCE_S)
    ends = [processes.Pipe(duplex=False) for _ in range(RACERS)]
    racers = [processes.Process(target=racer, args=(folder, days, barrier, pipe)) for _, pipe in ends]
    for process, (_, pipe) in zip(racers, ends, strict=True):
        process.start()
        pipe.close()  # so that the end of the racer is the end of its pipe
    reports, open_ends = [], [end for end, _ in ends]
    while open_ends and (ready := multiprocessing.connection.wait(open_ends, timeout=2 * PATIENCE_S)):
        for end in ready:
            try:
                reports.append(end.recv())
            except EOFError:
                open_ends.remove(end)
    for process in racers:
        process.join(1.0 if open_ends else PATIENCE_S)
        process.kill()
    return reports


def racer(folder: str, days: Sequence[date], barrier: Any, pipe: Any) -> None:
    """A process of a race."""
    settings = Settings(archive=f"{folder}/archive.sqlite", out=f"{folder}/out", cache=f"{folder}/cache",
                        zone="UTC", language="en", kinds=("news",), sources=(), backups=0,
                        publishers=({"use": "markdown"},))  # fmt: skip
    for day in days:
        ports = Ports(settings, {})
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            pipe.send((day, "nobody else came", 0.0))
            return
        begun = time.monotonic()
        faulthandler.dump_traceback_later(PATIENCE_S, exit=True)
        try:
            (report,) = run_day(ports, RunRequest(day=day))
            outcome = "reused" if report.reused else "made"
        except AlreadyRunning:
            outcome = "AlreadyRunning"
        except Exception as failure:  # the judge is another process
            outcome = f"{type(failure).__name__}: {failure}"
        faulthandler.cancel_dump_traceback_later()
        pipe.send((day, outcome, time.monotonic() - begun))


def news_item(name: str) -> Item:
    words = f"The {name} model of language"
    return Item(key=f"url:a.example/{name}", source="x", kind="news", url=f"https://a.example/{name}",
                title=words, text=f"{words} is small. It was trained on text.")  # fmt: skip


# ── again, and again ────────────────────────────────────────────────────────────────────────────────


def reruns(many: int) -> Tried:
    """A day run again changes no byte, and nobody gets a message twice."""
    tried = Tried()
    with places("sqlite") as place, FakeSmtp() as mail, FakeHook() as hook:
        spot = place(True)
        served = Place(spot.folder, spot.archive, mail.port, hook.port)
        make_day(served)
        before, stamps = digests_of(served), _stamps(served)
        for _ in range(many):
            make_day(served)
            tried.expect(
                digests_of(served) == before and _stamps(served) == stamps, "a byte or a file changed"
            )
            tried.expect(
                (len(mail.mails), len(hook.posts)) == (1, 1), f"{len(mail.mails)}, {len(hook.posts)}"
            )
    tried.worst = f"{len(tried.failures)} changed bytes, mails or posts"
    return tried


def _stamps(place: Place) -> dict[str, int]:
    out = Path(place.folder) / "out"
    return {str(path): path.stat().st_mtime_ns for path in out.rglob("*.md")}


def loops(many: int) -> Tried:
    """Runs in a loop, each with every stage: nothing grows."""
    tried = Tried()
    with tempfile.TemporaryDirectory() as scratch, places("sqlite") as place:
        spot, before = place(False), tempfile.tempdir
        tempfile.tempdir = scratch
        try:
            for _ in range(max(2, many // 10)):
                make_day(spot, refresh=True)
            start = _usage(scratch)
            for _ in range(many):
                make_day(spot, refresh=True)
            end = _usage(scratch)
        finally:
            tempfile.tempdir = before
    tried.vectors = many
    for name in ("descriptors", "threads", "temporary files"):
        if end[name] > start[name]:
            tried.failures.append(f"{name}: {start[name]:g} → {end[name]:g}")
    slope = (end["KiB"] - start["KiB"]) / many
    if slope > NOISE_KIB and end["KiB"] - start["KiB"] > 2 * 1024:
        tried.failures.append(f"memory grows by {slope:.1f} KiB a run")
    tried.worst = (
        f"memory {start['KiB'] / 1024:.0f} → {end['KiB'] / 1024:.0f} MiB ({slope:+.2f} KiB a run); "
        f"descriptors {start['descriptors']:g} → {end['descriptors']:g}; threads {start['threads']:g} → "
        f"{end['threads']:g}; temporary files {start['temporary files']:g} → {end['temporary files']:g}"
    )
    return tried


NOISE_KIB = 4.0


def _usage(scratch: str) -> dict[str, float]:
    gc.collect()
    with suppress(OSError, AttributeError):  # what was freed and not given back is no growth (glibc)
        ctypes.CDLL(None).malloc_trim(0)
    status = Path("/proc/self/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+)", status)
    return {
        "KiB": float(resident[1]) if resident else 0.0,
        "descriptors": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "threads": threading.active_count(),
        "temporary files": sum(1 for _ in Path(scratch).rglob("*")),
    }


# ── which day it is ─────────────────────────────────────────────────────────────────────────────────


def windows(many: int) -> Tried:
    """Days of every zone tile the line: no instant belongs to two days or to none."""
    tried, draw, lengths = Tried(), Random(33), set()
    zones = sorted(available_timezones())
    days = [date(1991, 8, 14) + timedelta(days=n) for n in range((date(2100, 1, 1) - date(1991, 8, 14)).days)]
    turning = [
        date(2011, 12, 29),
        date(2011, 12, 31),
        date(2024, 3, 31),
        date(2024, 10, 27),
        date(2024, 2, 28),
    ]
    while tried.vectors < many:
        zone = draw.choice(zones)
        day = draw.choice(turning) if draw.random() < 0.2 else draw.choice(days)
        if not existed(day, zone):
            continue
        after = next(d for n in range(1, 4) if existed(d := day + timedelta(days=n), zone))
        earlier, other = window(day, zone), window(after, zone)
        lengths.add((earlier.end - earlier.start).total_seconds() / 3600)
        local = earlier.start.astimezone(ZoneInfo(zone)).date()
        tried.expect(
            earlier.end == other.start and local == day, f"{day} in {zone}: {earlier.end} {other.start}"
        )
    tried.worst = (
        f"{len(tried.failures)} gaps, overlaps or wrong days in {len(zones)} zones; days of "
        f"{min(lengths):g} to {max(lengths):g} hours"
    )
    return tried
