"""Runs of a day: the world they reach, the lock they hold, a kit for each profile; and which days to make."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import date, timedelta
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from daybrief import pipeline
from daybrief.adapters.archive.upkeep import back_up_daily
from daybrief.adapters.machine import FixedClock, Forks, SystemClock, usable_cores
from daybrief.adapters.recording import RecordingWeb, ReplayClock, ReplayWeb
from daybrief.app.ports import Ports, WebWhenAsked, World, rarely_swept, replay_archive
from daybrief.config import CHECKS, Settings
from daybrief.errors import ArchiveError, ConfigError, DaybriefError
from daybrief.kit import Kit, Report, RunLog
from daybrief.model import Message
from daybrief.ports import Clock, Scheduled, Web
from daybrief.stages.importing import Imported, RefusedLine, placed, read_items
from daybrief.stages.schedule import checked, complaints, existed, last_closed_day, missed_days, window
from daybrief.text.decoding import own_lines

FOUNDING = "founding"
_MOST_PROCESSES = 2  # each holds some 40 MiB of its own
SEEN_BACK = 60  # days of editions in which the watch looks for what used to be there
SATURDAY = 5
LOG = logging.getLogger(__name__)


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The day to make, and how to make it.

    day: the civil day; None means the last that is over, or the one that was recorded.
    replay: a folder that answers every request, or `founding`.
    record: a folder that stores every exchange.
    refresh: asks the sources again although all is there.
    strict: lets a plugin's bug stop the run.
    profile: the only one to make; None means all.
    deliver: whether messages are sent; None means yes, but never in a replay.
    again: sends once more what was sent before.
    """

    day: date | None = None
    replay: str | None = None
    record: Path | None = None
    refresh: bool = False
    strict: bool = False
    profile: str | None = None
    deliver: bool | None = None
    again: bool = False


def run_day(ports: Ports, request: RunRequest) -> tuple[Report, ...]:
    """Makes one day under the run lock; returns a report for each profile, in order.

    Without profiles there is one report, of the reader without. A replay keeps its own archive beside its
    output, so that it neither reads nor changes the reader's.
    """
    ports = _with_archive_of_replay(ports, request)
    with _traced(ports, request):
        reports = _run_day(ports, request)
    if request.replay is None and ports.settings.observe.heartbeat_env:
        _beat(ports, reports)
    return reports


def _traced(ports: Ports, request: RunRequest) -> AbstractContextManager[None]:
    if not ports.settings.observe.traces:
        return nullcontext()
    from daybrief.adapters.telemetry import traced

    return traced(f"run {request.day or 'the last day'}")


def _beat(ports: Ports, reports: Sequence[Report]) -> None:
    """Tells the heartbeat's address which day was made, if anything was."""
    from daybrief.adapters.telemetry import Beat, beat

    made = [edition for report in reports for edition in report.editions]
    if not made:
        return
    day, stories = made[0].window.day, sum(len(edition.stories) for edition in made)
    heartbeat = Beat(day=str(day), complete=all(report.complete for report in reports), stories=stories)
    message = Message(
        channel="heartbeat", recipient="monitor", key=f"beat-{day}-{made[0].digest[:16]}", day=day,
        body=msgspec.json.encode(heartbeat), media_type="application/json", edition=made[0].kind,
        digest=made[0].digest,
    )  # fmt: skip
    beat(ports.transport(), ports.settings.observe.heartbeat_env, message)


def _run_day(ports: Ports, request: RunRequest) -> tuple[Report, ...]:
    settings, log = ports.settings, RunLog()
    names = [request.profile] if request.profile is not None else list(settings.profiles) or [""]
    with ExitStack() as stack:
        web, clock, day = _world(ports, request, stack)
        at = clock.now()
        span = window(checked(day or last_closed_day(at, settings.zone), at, settings.zone), settings.zone)
        if request.record is not None:
            kept = msgspec.to_builtins(shareable(settings))
            web = stack.enter_context(RecordingWeb(web, request.record, span, FixedClock(at), settings=kept))
        stack.enter_context(ports.archive().lock())
        models = cache(lambda: stack.enter_context(ports.models(span.day.isoformat())))  # opened when asked
        live, recorded = request.replay is None, request.record is not None
        texts = ports.whole_texts(web, live=live, recorded=recorded)
        world = World(web=web, clock=clock, at=at, llm=lambda settings: models()(settings), texts=texts)
        kits = [_kit(ports, world, name, log, request) for name in names]
        stack.enter_context(rarely_swept())
        reports = pipeline.run(span, kits)
    keep_searchable(ports, names)
    if request.replay is None:
        _back_up_daily(ports)
    return reports


def _with_archive_of_replay(ports: Ports, request: RunRequest) -> Ports:
    if request.replay is None or ports.settings.archive:
        return ports
    beside = replay_archive(ports.settings.out)
    return Ports(msgspec.structs.replace(ports.settings, archive=str(beside)), ports.environment)


def _back_up_daily(ports: Ports) -> None:
    """Makes the daily backup after a run; warns of what hinders it, since the edition is out."""
    if not ports.settings.backups:
        return
    try:
        back_up_daily(ports.archive_address, ports.clock.now(), ports.settings.backups)
    except ArchiveError as hindered:
        LOG.warning("no backup was made: %s", hindered, extra={"stage": "backup"})


def _world(ports: Ports, request: RunRequest, stack: ExitStack) -> tuple[Web, Clock, date | None]:
    """Returns the web and the clock, recorded or real, and the day that is asked for or was recorded."""
    if request.replay is None:
        return stack.enter_context(WebWhenAsked(ports.web)), ports.clock, request.day
    folder = stack.enter_context(_recording(request.replay))
    replayed = ReplayWeb(folder)
    return replayed, ReplayClock(folder), request.day or replayed.day


def _kit(ports: Ports, world: World, profile: str, log: RunLog, request: RunRequest) -> Kit:
    sends = request.replay is None if request.deliver is None else request.deliver
    return msgspec.structs.replace(
        ports.kit(world, profile, log),
        refresh=request.refresh,
        strict=request.strict,
        divide=Forks(most) if (most := _processes(ports.settings)) > 1 else None,
        dispatcher=ports.dispatcher(profile, again=request.again, clock=world.clock) if sends else None,
    )


def _processes(settings: Settings) -> int:
    """How many processes may work on a day: one wherever any of its parts needs more than its arguments."""
    alone = settings.writer.get("use") == "extractive" and settings.categoriser.get("use") == "embedded"
    if not alone or any(check.get("use") not in CHECKS or "model" in check for check in settings.checks):
        return 1
    return settings.processes or min(_MOST_PROCESSES, usable_cores())


def keep_searchable(ports: Ports, profiles: Sequence[str]) -> None:
    """Brings the indexes that exist up to date; warns of what hinders it, since the next search does it."""
    for profile in profiles:
        if ports.has_index(profile):
            try:
                ports.searcher(profile).sync(ports.archive(profile))
            except (DaybriefError, OSError, ValueError) as hindered:  # tantivy knows only ValueError
                LOG.warning("the index is behind: %s", hindered, extra={"stage": "search"})


# ── recorded days ───────────────────────────────────────────────────────────────────────────────────


def recorded_settings(replay: str | None) -> dict[str, Any] | None:
    """Returns the settings a recorded day was made with, or None. Raises ConfigError."""
    if replay is None:
        return None
    with _recording(replay) as folder:
        try:
            return dict(msgspec.json.decode((folder / "settings.json").read_bytes(), type=dict[str, Any]))
        except (OSError, msgspec.DecodeError) as broken:
            raise ConfigError(
                f"--replay {replay!r} holds no recorded day", hint="a folder that `run --record` has written"
            ) from broken


@contextmanager
def _recording(replay: str) -> Iterator[Path]:
    if replay == FOUNDING and not Path(replay).is_dir():
        with as_file(files("daybrief") / "assets" / "founding") as folder:
            yield folder
    else:
        yield Path(replay)


def shareable(settings: Settings) -> Settings:
    """Returns the settings as a recording keeps them: without the paths and addresses of their owner."""
    profiles = {
        name: msgspec.structs.replace(profile, out="", channels=None)
        for name, profile in settings.profiles.items()
    }
    return msgspec.structs.replace(
        settings,
        out="out",
        archive="",
        cache="",
        taxonomy="",
        web=type(settings.web)(),
        channels=(),
        profiles=profiles,
    )


# ── other days ──────────────────────────────────────────────────────────────────────────────────────


def today() -> date:
    """Returns the civil day in UTC."""
    return SystemClock().now().date()


def days_to_make(ports: Ports, most: int, profile: str | None = None) -> tuple[date, ...]:
    """Returns every closed day whose editions are not final, oldest first; yesterday alone for a new archive.

    A source that failed on one morning is asked again for that day, until it answers or `most` days have gone
    by. Of several profiles, any that lacks a day decides: what the others have costs nothing.
    """
    settings = ports.settings
    names = [profile] if profile is not None else list(settings.profiles) or [""]
    shelves = [(ports.archive(name), settings.of(name).kinds) for name in names]
    closed = last_closed_day(ports.clock.now(), settings.zone)
    known = {day for archive, _ in shelves for day in archive.days()}

    def is_final(day: date) -> bool:
        if not existed(day, settings.zone):
            return True
        span = window(day, settings.zone)
        return all(bool(pipeline.final_editions(archive, span, kinds)) for archive, kinds in shelves)

    return missed_days(known, closed, most, is_final)


def overdue(ports: Ports, late: timedelta, still: int, profile: str = "") -> tuple[str, ...]:
    """Returns what is wrong with the latest editions, a sentence each: overdue, failed, empty for long."""
    now, zone = ports.clock.now(), ports.settings.zone
    today = now.astimezone(ZoneInfo(zone)).date()
    archive, since = ports.archive(profile), today - timedelta(days=SEEN_BACK + 4 * still)
    rows = archive.editions(since, today) or archive.editions(date.min, today)  # or long ago
    timed = [source for source in ports.plugins("sources", profile) if isinstance(source, Scheduled)]

    def busy(day: date) -> bool:
        """Whether anything is to be expected of a day: of its sources' calendars, or of the week's."""
        if not existed(day, zone):
            return False
        span = window(day, zone)
        return (
            any(source.due(span, span.end) == "due" for source in timed)
            if timed
            else day.weekday() < SATURDAY
        )

    return complaints(rows, now, zone, late=late, still=still, busy=busy, language=ports.settings.language)


def import_items(ports: Ports, file: Path, day: date | None, *, strict: bool) -> tuple[Imported, int]:
    """Imports a JSON Lines file (`-`: standard input); returns what it holds, and how many its days lacked.

    Raises ConfigError when no line is an item, or with `strict` when any line is none.
    """
    try:
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as lines:
            read = read_items(own_lines(lines), day, strict=strict)
    except UnicodeDecodeError as broken:
        raise ConfigError(f"{file} is no text: {broken}", hint="save it as UTF-8") from broken
    except OSError as unreadable:
        raise ConfigError(
            f"{file} cannot be read: {unreadable.strerror}", hint="check the path"
        ) from unreadable
    if read.refused and not read.items:
        first = read.refused[0]
        raise ConfigError(f"{first.unit} {first.line}: {first.why}", hint=first.hint)
    read = belonging(ports, read)
    now = ports.clock.now()
    return read, ports.archive().add_items(placed(read.items, ports.settings.zone, now), now)


def belonging(ports: Ports, read: Imported) -> Imported:
    """Leave out of what was read the news that the guard declines; each piece declined is told as refused."""
    guard = ports.prompt_guard() if ports.settings.guard.imports else None
    news = [(at, item) for at, item in enumerate(read.items) if item.kind == "news"]
    if guard is None or not news:
        return read
    judged = guard.judge([f"{item.title}\n{item.text[:400]}".strip() for _, item in news])
    off = {
        at: judgement
        for (at, _), judgement in zip(news, judged, strict=True)
        if judgement.answer == "decline"
    }
    declined = tuple(
        RefusedLine(
            unit=read.places[at][0],
            line=read.places[at][1],
            why=f"{read.items[at].title[:60]!r} is outside guard.scope ({100 * judgement.probability:.0f} %)",
            hint="set guard.imports = false to take it",
        )
        for at, judgement in off.items()
    )
    kept = [at for at in range(len(read.items)) if at not in off]
    return Imported(
        items=tuple(read.items[at] for at in kept),
        refused=tuple(sorted((*read.refused, *declined), key=lambda refused: refused.line)),
        places=tuple(read.places[at] for at in kept),
    )
