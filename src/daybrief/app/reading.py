"""The archive, read: by search and questions, by `verify`, by the reader in a browser, by assistants."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from daybrief import plugins
from daybrief.app import taste
from daybrief.app.ports import Ports
from daybrief.config import PASSWORD
from daybrief.errors import ArchiveBusy, ConfigError
from daybrief.library import Library
from daybrief.ports import ModelSettings, Searcher

if TYPE_CHECKING:
    from daybrief.ask import Answered, Asker, Model
    from daybrief.audit.inspection import Checks, Finding
    from daybrief.audit.reading import DigestSection, KnownSources
    from daybrief.mcp import AssistantServices
    from daybrief.text.query import SearchResults
    from daybrief.web.guard import App as WebApp
    from daybrief.web.services import Access, LearnedWord, ReaderServices

# ── which archive ───────────────────────────────────────────────────────────────────────────────────


def archive_in_words(ports: Ports) -> str:
    """Returns the archive's name and how many days it holds, with what fills an empty one."""
    days = len(ports.archive().marks())
    filling = "which is empty: `daybrief run` fills it, `daybrief run --replay founding` brings an example"
    return f"{ports.archive().name}, {f'{days} days' if days > 1 else '1 day' if days else filling}"


# ── search and questions ────────────────────────────────────────────────────────────────────────────


def search(ports: Ports, text: str, *, most: int, skip: int, profile: str) -> SearchResults:
    """Searches what a profile sees of the archive, brought up to its latest run."""
    searcher = ports.searcher(profile)
    searcher.sync(ports.archive(profile))
    return searcher.search(text, most=most, skip=skip)


def library(ports: Ports, searcher: Searcher, profile: str = "") -> Library:
    """Returns what pages, API and assistants read the archive by; it cannot write."""
    return Library(ports.archive(profile, read_only=True), searcher, ports.taxonomy)


def asker(ports: Ports, searcher: Searcher | None = None, *, profile: str = "") -> Asker:
    """Returns what answers questions from the archive; `searcher` is one that is open already.

    Where the writer is a language model, it is asked too: one cap of its budget for all questions of a day.
    """
    from daybrief.ask import ANSWERED_IN, Asker

    language = ports.settings.language
    return Asker(
        searcher=searcher or ports.searcher(profile),
        days=ports.archive(profile),
        checks=lambda spoken: ports.checks(spoken if spoken in ANSWERED_IN else language),
        language=language,
        model=_model(ports),
        door=lambda: ports.door() if ports.settings.guard.questions else None,
    )


def _model(ports: Ports) -> Model | None:
    """Returns the writer's model for questions; None where the writer has none."""
    from daybrief.ask import Model

    if ports.settings.writer.get("use") != "llm":
        return None
    _, options = plugins.configured("writers", ports.settings.writer)
    if not isinstance(options, ModelSettings) or not options.model:
        return None

    return Model(name=options.model, open=lambda: ports.model_of(options, "ask"))


# ── anybody's digest ────────────────────────────────────────────────────────────────────────────────

_OF_QUOTES = ("quotes",)  # asked of sentences that name the words they rest on
_OF_SENTENCES = ("numbers", "names", "polarity", "generality", "relations")  # asked of any sentence
_DAYS_BEFORE, _DAYS_AFTER = 7, 1  # digests close their days at other hours, and tell of papers late


def verify(ports: Ports, file: Path, sources: Path | None) -> tuple[Finding, ...]:
    """Says of each section of a digest whether its sources bear it out."""
    from daybrief.audit.inspection import inspect
    from daybrief.audit.reading import read

    sections = read(_bytes(file), str(file))
    return tuple(inspect(sections, _known(ports, sections, sources), audit_checks(ports)))


def audit_checks(ports: Ports) -> Checks:
    """Returns the checks a digest is held to: of sentences with quotes, and of those without."""
    from daybrief.audit.inspection import Checks

    tools = ports.tools()
    built = {name: plugins.build("checks", {"use": name}, tools) for name in (*_OF_QUOTES, *_OF_SENTENCES)}
    return Checks(
        quoting=tuple(built[name] for name in (*_OF_QUOTES, *_OF_SENTENCES)),
        free=tuple(built[name] for name in _OF_SENTENCES),
    )


def _bytes(path: Path) -> bytes:
    from daybrief.audit.reading import MOST_BYTES

    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with path.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as gone:
        raise ConfigError(f"{path} cannot be read: {gone.strerror}", hint="check the path") from gone


def _known(ports: Ports, sections: Sequence[DigestSection], sources: Path | None) -> KnownSources:
    """Returns the texts given, and those the archive holds for the digest's days and the days around."""
    from daybrief.audit.reading import KnownSources, items_known

    known = items_known(_bytes(sources).split(b"\n"), str(sources)) if sources else KnownSources()
    if not ports.archive_exists():
        return known
    archive = ports.archive()
    for day in sorted({day for section in sections for day in _around(section.date)}):
        known = known.plus(item for harvest in archive.harvests(day) for item in harvest.items)
    return known


def _around(written: str) -> Iterator[date]:
    """Yields the days whose items a digest of a day may tell of; none where no day is given."""
    try:
        day = date.fromisoformat(written)
        yield from (day + timedelta(days=n) for n in range(-_DAYS_BEFORE, _DAYS_AFTER + 1))
    except (ValueError, OverflowError):
        return


# ── the reader, and assistants ──────────────────────────────────────────────────────────────────────


def reader(ports: Ports, profile: str) -> WebApp:
    """Returns the whole reader; raises ConfigError when it would answer strangers without a password."""
    from daybrief.web import api, create_app

    services = reader_services(ports, profile)
    return create_app(services, more=[api.router(services)])


def serve(ports: Ports, profile: str, announce: Callable[[str], None]) -> None:
    """Serves the reader on the address of the settings until it is stopped."""
    from daybrief.adapters.machine import listening
    from daybrief.web import server_of

    host, port = ports.settings.serve.host, ports.settings.serve.port
    shown = f"[{host}]" if ":" in host else host
    with listening(host, port) as listener:  # first of all: a port that is taken is told at once
        app = reader(ports, profile)
        server = server_of(app, host, port, announce=lambda: announce(f"http://{shown}:{port}/"))
        server.run(sockets=[listener])


def reader_services(ports: Ports, profile: str) -> ReaderServices:
    """Returns everything the reader works with, for one archive and all its profiles."""
    from daybrief.web.services import ReaderServices

    allowed = access(ports)
    searches = _Searches(ports)
    first = searches.of(profile)
    return ReaderServices(
        library=Library(ports.archive(profile, read_only=True), first, ports.taxonomy, searchers=searches.of),
        searcher=first,
        examples=lambda name: ports.archive(name),
        clock=ports.clock,
        ask=searches.ask,
        learned=lambda name: _learned(ports, name),
        keep_up=searches.keep_up,
        profiles=tuple(ports.settings.profiles),
        profile=profile,
        language=ports.settings.language,
        access=allowed,
        authority=ports.settings.serve.authority,
    )


class _Searches:
    """The search of each profile and what answers its questions, opened when first asked for."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._askers: dict[str, Asker] = {}
        self._open: dict[str, Searcher] = {}

    def of(self, profile: str) -> Searcher:
        """Returns one profile's search."""
        return self._open.setdefault(profile, self._ports.searcher(profile))

    def ask(self, question: str, profile: str) -> Answered:
        """Answers from what one profile sees."""
        if profile not in self._askers:
            self._askers[profile] = asker(self._ports, self.of(profile), profile=profile)
        return self._askers[profile].ask(question)

    def keep_up(self) -> None:
        """Brings all that are open up to the archive; one that is busy waits for the next call."""
        for profile in tuple(self._open):
            with suppress(ArchiveBusy):
                self._ports.searcher(profile).sync(self._ports.archive(profile))


def _learned(ports: Ports, profile: str) -> Sequence[LearnedWord]:
    from daybrief.web.services import LearnedWord

    if profile not in ports.settings.profiles:
        return ()
    learned = taste.learned(ports, profile, 12)
    both = (*learned.words_for, *learned.words_against)
    return tuple(LearnedWord(word=word, weight=weight) for word, weight in both)


def assistant_services(ports: Ports, profile: str) -> AssistantServices:
    """Returns what the MCP server works with; its search is kept up with the archive while it runs."""
    from daybrief.mcp import AssistantServices

    searcher = ports.searcher(profile)
    view = library(ports, searcher, profile)
    seen = [view.mark()]

    def keep_up() -> None:
        if (mark := view.mark()) != seen[0]:
            with suppress(ArchiveBusy):
                searcher.sync(ports.archive(profile))
            seen[0] = mark

    ask = asker(ports, searcher, profile=profile).ask
    return AssistantServices(library=view, searcher=searcher, ask=ask, keep_up=keep_up)


# ── who may come in ─────────────────────────────────────────────────────────────────────────────────

_LOCAL = ("localhost", "127.0.0.1", "[::1]")


def access(ports: Ports) -> Access:
    """Returns who may read; raises ConfigError for an address that others reach without a password."""
    from daybrief.adapters.machine import kept_secret
    from daybrief.web.auth import checked, hashed
    from daybrief.web.services import Access

    given = ports.environment.get(PASSWORD, "")
    stored = hashed(given) if given else kept_secret(ports.password_path)
    serve = ports.settings.serve
    if not stored and not _is_loopback(serve.host):
        raise ConfigError(
            f"serve.host = {serve.host!r} is reached by other machines, and there is no password",
            hint=f"daybrief serve --set-password, or the variable {PASSWORD}",
        )
    bare = f"[{serve.host}]" if ":" in serve.host else serve.host
    names = tuple(dict.fromkeys((*_LOCAL, bare, *serve.names)))
    return Access(password=checked(stored) if stored else "", names=names, https=serve.https)


def set_password(ports: Ports, password: str) -> Path:
    """Keeps the hash of the readers' password; returns its file."""
    from daybrief.adapters.machine import keep_secret
    from daybrief.web.auth import hashed

    keep_secret(ports.password_path, hashed(password))
    return ports.password_path


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
