"""Opening the reader: settings become a services, and a server on an address that may be answered on."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from daybrief.adapters.clock import SystemClock
from daybrief.adapters.secrets import kept_secret
from daybrief.answering import asker_of
from daybrief.ask.asking import Answered, Asker
from daybrief.config import PASSWORD, Settings
from daybrief.errors import ConfigError
from daybrief.learning import learned
from daybrief.library import Library
from daybrief.ports import Searcher
from daybrief.search.searcher import ArchiveSearcher
from daybrief.web import api
from daybrief.web.app import create_app
from daybrief.web.passwords import checked, hashed
from daybrief.web.reply import App
from daybrief.web.services import Access, Learned, ReaderServices
from daybrief.wiring import address_of, archive_of, follower_of, library_of, searcher_of

_LOCAL = ("localhost", "127.0.0.1", "[::1]")


def reader_of(settings: Settings, environment: Mapping[str, str], profile: str) -> App:
    """The whole reader; raises ConfigError when it would answer strangers without a password."""
    services = services_of(settings, environment, profile)
    return create_app(services, more=[api.router(services)])


def services_of(settings: Settings, environment: Mapping[str, str], profile: str) -> ReaderServices:
    """Everything the reader works with, for one archive and all its profiles."""
    access = access_of(settings, environment)
    searches = _Searches(settings)
    first = searches.of(profile)
    library = library_of(settings, first, profile=profile)
    return ReaderServices(
        library=Library(library.archive, first, library.taxonomy, searchers=searches.of),
        searcher=first,
        examples=lambda name: archive_of(settings, name),
        clock=SystemClock(),
        ask=searches.ask,
        learned=lambda name: _learned(settings, name),
        keep_up=searches.keep_up,
        profiles=tuple(settings.profiles),
        profile=profile,
        language=settings.language,
        access=access,
        authority=settings.serve.authority,
    )


class _Searches:
    """The search of each profile and what answers its questions, opened when first asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open: dict[str, tuple[ArchiveSearcher, Callable[[], None]]] = {}
        self._askers: dict[str, Asker] = {}

    def of(self, profile: str) -> Searcher:
        """One profile's."""
        if profile not in self._open:
            searcher = searcher_of(self._settings, profile)
            self._open[profile] = searcher, follower_of(self._settings, searcher, profile=profile)
        return self._open[profile][0]

    def ask(self, question: str, profile: str) -> Answered:
        """The answer from what one profile sees."""
        if profile not in self._askers:
            self._askers[profile] = asker_of(self._settings, self.of(profile), profile=profile)
        return self._askers[profile].ask(question)

    def keep_up(self) -> None:
        """Bring all that are open up to the archive."""
        for _, follow in tuple(self._open.values()):
            follow()


def _learned(settings: Settings, profile: str) -> Sequence[Learned]:
    if profile not in settings.profiles:
        return ()
    found = learned(settings, profile)
    both = (*found.words_for, *found.words_against)
    return tuple(Learned(word=word, weight=weight) for word, weight in both)


def access_of(settings: Settings, environment: Mapping[str, str]) -> Access:
    """Who may come in; raises ConfigError for an address that others reach where there is no password."""
    said = environment.get(PASSWORD, "")
    stored = hashed(said) if said else kept_secret(password_path(settings))
    host = settings.serve.host
    if not stored and not _is_loopback(host):
        raise ConfigError(
            f"serve.host = {host!r} is reached by other machines, and there is no password",
            hint=f"daybrief serve --set-password, or the variable {PASSWORD}",
        )
    bare = f"[{host}]" if ":" in host else host
    names = tuple(dict.fromkeys((*_LOCAL, bare, *settings.serve.names)))
    return Access(password=checked(stored) if stored else "", names=names, https=settings.serve.https)


def password_path(settings: Settings) -> Path:
    """Where the password's hash lies."""
    own = settings.serve.password
    return Path(own) if own else address_of(settings).folder / "password"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
