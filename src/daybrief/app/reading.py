"""Serves a reader of the archive: searches it, asks it, verifies a digest, keeps what is liked.

A browser and an assistant read through the same services. Likes, dislikes and reference libraries are the
examples from which a profile's taste is learned.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from daybrief import plugins
from daybrief.app.ports import Ports, demo_archive
from daybrief.config import PASSWORD
from daybrief.errors import ArchiveBusy, ConfigError
from daybrief.model import Example
from daybrief.ports import ArchiveView, ModelSettings, Searcher
from daybrief.text.identity import key_of

if TYPE_CHECKING:
    from daybrief.ask import Answered, Asker, Model
    from daybrief.audit.inspection import Checks, Finding
    from daybrief.audit.reading import DigestSection, KnownSources
    from daybrief.library import Library
    from daybrief.mcp import AssistantServices
    from daybrief.search.topics import ArchiveTopics
    from daybrief.taste import LearnedTaste
    from daybrief.taste.examples import LibraryEntry, ReferenceLibrary
    from daybrief.text.query import SearchResults
    from daybrief.web.guard import App as WebApp
    from daybrief.web.pages import Access, LearnedWord, Pages, ReaderServices

# ── which archive ───────────────────────────────────────────────────────────────────────────────────


def archive_in_words(ports: Ports) -> str:
    """Returns the archive's name and how many days it holds, with what fills an empty one."""
    from daybrief.languages.phrases import phrase

    days, name = len(ports.archive().marks()), ports.archive().name
    key = "cli.holds" if days else "cli.holds_nothing"
    return phrase(ports.settings.language, key, name=name, **({"n": days} if days else {}))


# ── search and questions ────────────────────────────────────────────────────────────────────────────


def search(
    ports: Ports, text: str, *, most: int, skip: int, profile: str, more: str = "", less: str = ""
) -> SearchResults:
    """Searches what a profile sees of the archive, brought up to its latest run.

    `more` and `less` name topics to move towards and away from. Raises ConfigError for words that name none.
    """
    searcher = ports.searcher(profile)
    ports.follow(searcher, profile)
    steering = searcher.topics(ports.archive(profile)).steering(more, less) if more or less else None
    return searcher.search(text, most=most, skip=skip, steering=steering)


def topics(ports: Ports, profile: str) -> ArchiveTopics:
    """Returns the topics of the archive, found among the meanings of its stories. Raises ConfigError."""
    searcher = ports.searcher(profile)
    archive = ports.archive(profile)
    searcher.sync(archive)
    return searcher.topics(archive)


def library(ports: Ports, searcher: Searcher, profile: str = "") -> Library:
    """Returns what pages, API and assistants read the archive by; it cannot write."""
    from daybrief.library import Library

    return Library(ports.view(profile), searcher, ports.taxonomy)


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
        prompt_guard=lambda: ports.prompt_guard() if ports.settings.guard.questions else None,
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
    from daybrief.web import create_app

    services = reader_services(ports, profile)

    def api(pages: Pages) -> WebApp:
        from daybrief.web.api import application

        return application(services, pages)

    return create_app(services, api=api)


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
    from daybrief.adapters.files import private_folder
    from daybrief.library import Library
    from daybrief.web.pages import ReaderServices

    allowed = access(ports)
    searches = _Searches(ports)
    first = searches.of(profile)
    return ReaderServices(
        library=Library(ports.view(profile), first, ports.taxonomy, searchers=searches.of),
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
        metrics=ports.settings.serve.metrics,
        templates=private_folder(ports.cache_path / "templates"),
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
    from daybrief.web.pages import LearnedWord

    if profile not in ports.settings.profiles:
        return ()
    learned = learned_taste(ports, profile, 12)
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
    from daybrief.web.pages import Access

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


# ── a reader's taste ────────────────────────────────────────────────────────────────────────────────


def rate_items(ports: Ports, profile: str, keys: Sequence[str], *, liked: bool) -> tuple[Example, ...]:
    """Likes or dislikes what was collected under these keys; raises ConfigError that names an unknown one."""
    collected, now = _collected(ports, profile), ports.clock.now()
    examples = tuple(_example(collected, key, liked, now) for key in keys)
    ports.archive(profile).save_examples(examples)
    return examples


def _collected(ports: Ports, profile: str) -> ArchiveView:
    """Returns the archive whose stories the reader sees: theirs, or the demo's while theirs is empty."""
    demo = demo_archive(ports)
    if demo is None:
        return ports.archive(profile)
    return Ports(replace(ports.settings, archive=str(demo)), ports.environment).view()


def _example(archive: ArchiveView, name: str, liked: bool, now: datetime) -> Example:
    known = archive.known([name]) or archive.known([key_of(name)])
    if not known:
        raise ConfigError(
            f"nothing was ever collected as {name[:200]!r}",
            hint="`daybrief search` shows what was; a paper of elsewhere goes into the profile's seeds",
        )
    item = known[0]
    return Example(key=item.key, liked=liked, title=item.title, text=item.text, added_at=now)


def forget_examples(ports: Ports, profile: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Forgets examples; raises ConfigError that names the first key that is none."""
    archive = ports.archive(profile)
    known = {example.key for example in archive.examples()}
    forgotten = tuple(key if key in known else key_of(key) for key in keys)
    for key in forgotten:
        if key not in known:
            raise ConfigError(f"{key!r} is no example of {profile}", hint="see `daybrief taste list`")
    for key in forgotten:
        archive.forget_example(key)
    return forgotten


def import_library(ports: Ports, profile: str, file: Path) -> ReferenceLibrary:
    """Likes everything in a reference library; what is an example already stays as it is.

    Raises ConfigError for a file that cannot be read or is too large.
    """
    from daybrief.taste.examples import MOST_BYTES, references

    archive, now = ports.archive(profile), ports.clock.now()
    try:
        with file.open("rb") as opened:
            body = opened.read(MOST_BYTES + 1)
    except OSError as unreadable:
        raise ConfigError(
            f"{file} cannot be read: {unreadable.strerror}", hint="check the path"
        ) from unreadable
    library = references(body, file.suffix)
    known = {example.key for example in archive.examples()}
    new = [entry for entry in library.references if entry.key not in known]
    untold = [entry.key for entry in new if not entry.text]
    texts = {item.key: item.text for item in archive.known(untold)}
    archive.save_examples([_from_library(r, library, texts.get(r.key, ""), now) for r in new])
    return library


def _from_library(entry: LibraryEntry, library: ReferenceLibrary, text: str, now: datetime) -> Example:
    return Example(
        key=entry.key,
        liked=True,
        title=entry.title,
        text=entry.text or text,
        origin=library.origin,
        added_at=now,
    )


def learned_taste(ports: Ports, profile: str, most: int = 12) -> LearnedTaste:
    """Returns what a profile has learned so far, told from the stories last printed for it."""
    from daybrief.taste import LearnedTaste, learn

    printed = _collected(ports, profile).latest(2)
    stories = [story for edition in printed for story in edition.stories]
    others = [(s.lead.title, max((i.text for i in s.items), key=len)) for s in stories]
    taste = learn(ports.archive(profile).examples(), others)
    return taste.learned(most) if taste else LearnedTaste(liked=0, disliked=0, trust=0.0)
