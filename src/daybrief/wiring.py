"""Settings become a `Kit`: the only place where adapters are built."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from datetime import date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import platformdirs

import daybrief
from daybrief import plugins
from daybrief.adapters.archive import ArchiveAddress, archive_address, open_archive
from daybrief.adapters.clock import FixedClock, SystemClock
from daybrief.adapters.files import OutputFolder
from daybrief.adapters.llm import Models
from daybrief.adapters.recording import RecordingWeb, ReplayClock, ReplayWeb
from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.config import Settings, did_you_mean
from daybrief.errors import ArchiveBusy, ConfigError, DaybriefError
from daybrief.kit import Kit, Report
from daybrief.library import Library
from daybrief.mailroom import mailroom_of
from daybrief.model import IMPORT, Edition, Issue, Taxonomy
from daybrief.pipeline import run
from daybrief.ports import Archive, Clock, Entailment, Llm, ModelSettings, Searcher, Tools, Web
from daybrief.stages.deliver import Dispatcher
from daybrief.stages.importing import Imported, placed, read_items
from daybrief.stages.schedule import checked, last_closed_day, window
from daybrief.taste.preferences import Interests, Keyword
from daybrief.text.identity import key_of

if TYPE_CHECKING:
    from daybrief.search.searcher import ArchiveSearcher

FOUNDING = "founding"
MADE_BY = f"daybrief {daybrief.__version__}"


def taxonomy_of(settings: Settings) -> Taxonomy:
    """The user's taxonomy, or the one shipped; raises ConfigError that names the file."""
    shipped = files("daybrief") / "assets" / "taxonomy.toml"
    path = Path(settings.taxonomy) if settings.taxonomy else shipped
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Taxonomy)
    except OSError as gone:
        raise ConfigError(f"taxonomy = {settings.taxonomy!r} cannot be read", hint="check the path") from gone
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as broken:
        raise ConfigError(f"the taxonomy {settings.taxonomy or 'shipped'} is broken: {broken}") from broken


def tools_of(settings: Settings) -> Tools:
    """What every plugin may build on."""
    return Tools(
        taxonomy=taxonomy_of(settings),
        language=settings.language,
        zone=settings.zone,
        entailment=_entailment,
    )


def _entailment(folder: str) -> Entailment:
    """The NLI model in a folder; its libraries are loaded only when somebody names one."""
    from daybrief.adapters.nli import open_nli

    return open_nli(folder)


def address_of(settings: Settings) -> ArchiveAddress:
    """Where the archive is: as set, or a file in the user's data folder."""
    return archive_address(settings.archive)


def cache_path(settings: Settings) -> Path:
    """Where cached answers lie."""
    default = Path(platformdirs.user_cache_dir("daybrief", appauthor=False))
    return Path(settings.cache) if settings.cache else default


def archive_of(settings: Settings, profile: str = "") -> Archive:
    """The archive as a profile sees it, made or brought up to date as needed."""
    return open_archive(address_of(settings), profile=profile)


def searcher_of(settings: Settings, profile: str = "") -> ArchiveSearcher:
    """The search over what a profile sees of the archive: what a command, the reader and the API ask.

    Call its `sync(archive_of(settings))` after a run to keep a long-lived one up to date.
    """
    from daybrief.adapters.embedders import open_embedder
    from daybrief.search.searcher import ArchiveSearcher

    asked = settings.search
    embedder = open_embedder(
        asked.embedder,
        model=asked.model,
        key_env=asked.key_env,
        cache=cache_path(settings),
        environment=os.environ,
    )
    searcher = ArchiveSearcher(search_folder(settings, profile), embedder)
    searcher.sync(archive_of(settings, profile))
    return searcher


def search_folder(settings: Settings, profile: str = "") -> Path:
    """Where the index of a profile's view lies: beside the archive, or as set; each has its own."""
    asked = settings.search.folder
    folder = Path(asked) if asked else address_of(settings).beside("search")
    return folder.with_name(f"{folder.name}.{profile}") if profile else folder


def _keep_searchable(settings: Settings, profiles: list[str], tell: Callable[[str, str], None]) -> None:
    """Bring the indexes that exist up to date; what hinders it is told, and the next search does it."""
    for profile in profiles:
        if search_folder(settings, profile).is_dir():
            try:
                searcher_of(settings, profile)
            except (DaybriefError, OSError, ValueError) as hindered:  # tantivy knows only ValueError
                tell("search", f"the index is behind: {hindered}")


def library_of(settings: Settings, searcher: Searcher, *, profile: str = "") -> Library:
    """What the pages, the API and assistants read the archive by; it cannot write."""
    archive = open_archive(address_of(settings), profile=profile, read_only=True)
    return Library(archive, searcher, taxonomy_of(settings))


def follower_of(settings: Settings, searcher: ArchiveSearcher, *, profile: str = "") -> Callable[[], None]:
    """Brings an open search up to the archive whenever it is called; one that is busy waits for the next."""
    archive = archive_of(settings, profile)

    def follow() -> None:
        with suppress(ArchiveBusy):
            searcher.sync(archive)

    return follow


def recorded_settings(replay: str | None) -> dict[str, Any] | None:
    """The settings a recorded day was made with, or None."""
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


def session(
    settings: Settings,
    *,
    day: date | None = None,
    replay: str | None = None,
    record: Path | None = None,
    refresh: bool = False,
    strict: bool = False,
    profile: str | None = None,
    deliver: bool | None = None,
    again: bool = False,
    tell: Callable[[str, str], None] = lambda _stage, _detail: None,
) -> tuple[Report, ...]:
    """One run of one day with these settings, under the run lock: a report for each profile, in order.

    `profile` asks for one alone; where the settings have none, there is one report, of the reader without.
    A replay keeps its own archive beside its output, so that it neither reads nor changes the reader's; it
    sends nothing unless `deliver` is True. `again` sends once more what was sent before.
    """
    if replay is not None and not settings.archive:
        beside = Path(settings.out) / ".daybrief" / "archive.sqlite"
        settings = msgspec.structs.replace(settings, archive=str(beside))
    with ExitStack() as stack:
        if replay is not None:
            folder = stack.enter_context(_recording(replay))
            replayed = ReplayWeb(folder)
            web: Web = replayed
            clock: Clock = ReplayClock(folder)
            day = day or replayed.day
        else:
            clock = SystemClock()
            web = stack.enter_context(HttpWeb(_web_settings(settings), clock=clock))
        at = clock.now()
        chosen = checked(day or last_closed_day(at, settings.zone), at, settings.zone)
        span = window(chosen, settings.zone)
        if record is not None:
            kept = msgspec.to_builtins(shareable(settings))
            web = stack.enter_context(RecordingWeb(web, record, span, FixedClock(at), settings=kept))
        address = address_of(settings)
        archive = open_archive(address)
        stack.enter_context(archive.lock())
        models = stack.enter_context(Models(address.folder, span.day.isoformat(), os.environ))
        kits = [
            kit_of(settings, web, archive.of(name), clock, at, tell, models, profile=name)
            for name in ([profile] if profile is not None else settings.profiles or [""])
        ]
        kits = [msgspec.structs.replace(kit, refresh=refresh, strict=strict) for kit in kits]
        if (replay is None) if deliver is None else deliver:
            rooms = [room_of(settings.of(kit.profile), kit.profile, clock, again, tell) for kit in kits]
            kits = [msgspec.structs.replace(k, room=room) for k, room in zip(kits, rooms, strict=True)]
        reports = run(span, kits)
    _keep_searchable(settings, [kit.profile for kit in kits], tell)
    return reports


def room_of(
    settings: Settings,
    profile: str = "",
    clock: Clock | None = None,
    again: bool = False,
    tell: Callable[[str, str], None] = lambda _stage, _detail: None,
) -> Dispatcher | None:
    """Where a profile's editions are sent from, None where it has no channel; raises SecretMissing."""
    return mailroom_of(
        settings,
        lambda: archive_of(settings, profile).outbox(),
        tools_of(settings),
        clock or SystemClock(),
        os.environ,
        allow=tuple(_host_port(pair) for pair in settings.web.allow),
        again=again,
        tell=tell,
    )


def kit_of(
    settings: Settings,
    web: Web,
    archive: Archive,
    clock: Clock,
    at: datetime,
    tell: Callable[[str, str], None],
    llm: Callable[[ModelSettings], Llm] | None = None,
    *,
    profile: str = "",
) -> Kit:
    """Every part of a run for one profile, built from settings around the given way out, archive and clock.

    The archive is the one the profile sees.
    """
    asked, settings = settings, settings.of(profile)
    tools = msgspec.structs.replace(tools_of(settings), llm=llm)

    def built(group: str) -> tuple[Any, ...]:
        return tuple(plugins.build(group, table, tools) for table in getattr(settings, group))

    sources = built("sources")
    _reject_twins([*(source.name for source in sources), IMPORT])
    return Kit(
        sources=sources,
        enrichers=built("enrichers"),
        checks=built("checks"),
        publishers=built("publishers"),
        categoriser=plugins.build("categorisers", settings.categoriser, tools),
        writer=plugins.build("writers", settings.writer, tools),
        fallback=plugins.build("writers", {"use": "extractive"}, tools),
        web=web,
        archive=archive,
        folder=OutputFolder(Path(settings.out)),
        clock=clock,
        at=at,
        taxonomy=tools.taxonomy,
        language=settings.language,
        kinds=settings.kinds,
        profile=profile,
        interests=interests_of(asked, profile, tools.taxonomy) if profile else None,
        chart_form=settings.chart,
        most=settings.ranking.most,
        most_each=settings.ranking.most_each,
        max_items=settings.max_items,
        memory_days=settings.memory_days,
        trend_days=settings.trend_days,
        made_by=MADE_BY,
        tell=tell,
    )


def interests_of(settings: Settings, profile: str, taxonomy: Taxonomy) -> Interests:
    """What a profile asks for; raises ConfigError that names the category, keyword or seed that is wrong."""
    own = settings.profile(profile)
    known = tuple(category.id for category in taxonomy.category)
    for category in own.categories:
        if category not in known:
            raise ConfigError(
                f"profile {profile!r} asks for the category {category!r}", hint=did_you_mean(category, known)
            )
    for word in (*own.more, *own.less):
        Keyword(word)
    return Interests(
        categories=own.categories,
        more=own.more,
        less=own.less,
        seeds=tuple(map(key_of, own.seeds)),
        taste=own.taste,
        keyword=own.keyword,
    )


def _reject_twins(names: list[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ConfigError(f"two sources are called {twins[0]!r}", hint='give each its own `name = "…"`')


def _web_settings(settings: Settings) -> WebSettings:
    asked = settings.web
    return WebSettings(
        contact=asked.contact,
        timeout_s=asked.timeout_s,
        budget_s=asked.budget_s,
        max_bytes=asked.max_bytes,
        spacing_s=asked.spacing_s,
        allow=tuple(_host_port(pair) for pair in asked.allow),
        cache_path=cache_path(settings),
    )


def _host_port(pair: str) -> tuple[str, int]:
    host, _, port = pair.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigError(f"web.allow holds {pair!r}", hint='write "host:port"')
    return host, int(port)


def shareable(settings: Settings) -> Settings:
    """The settings as a recording keeps them: without the paths and addresses of their owner."""
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


def bring_in(
    settings: Settings, file: Path, day: date | None, *, strict: bool = False
) -> tuple[Imported, int]:
    """Import a JSON Lines file (`-`: standard input); what it holds, and how many items its days lacked.

    Raises ConfigError when no line is an item, or with `strict` when any line is none.
    """
    try:
        with nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb") as lines:
            read = read_items(lines, day, strict=strict)
    except OSError as unreadable:
        raise ConfigError(
            f"{file} cannot be read: {unreadable.strerror}", hint="check the path"
        ) from unreadable
    if read.refused and not read.items:
        first = read.refused[0]
        raise ConfigError(f"line {first.line}: {first.why}", hint=first.hint)
    now = SystemClock().now()
    return read, archive_of(settings).add_items(placed(read.items, settings.zone, now), now)


def as_markdown(settings: Settings, edition: Edition) -> str:
    """An edition as the Markdown publisher writes it."""
    publisher = plugins.build("publishers", {"use": "markdown"}, tools_of(settings))
    issue = Issue(day=edition.window.day, editions=(edition,), recent=(edition,))
    return "".join(delivery.body.decode() for delivery in publisher.publish(issue))
