"""The ports, built: every adapter of the program is made here, once, from the settings.

What a plain search does not need is imported where it is built: a command starts in half the time.
"""

from __future__ import annotations

import gc
import hashlib
import os
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property, partial
from importlib.resources import files
from itertools import count
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
import platformdirs

import daybrief
from daybrief import plugins
from daybrief.adapters.files import Mirror, OutputFolder, TextFolder, file_stamp
from daybrief.adapters.machine import SystemClock, Timer, in_own_process
from daybrief.config import Settings, nearest
from daybrief.errors import ConfigError, DaybriefError, DeliveryError
from daybrief.model import IMPORT, Fetched, Taxonomy
from daybrief.ports import (
    Archive,
    ArchiveAddress,
    ArchiveView,
    Channel,
    Check,
    Clock,
    Entailment,
    Llm,
    MeaningIndex,
    ModelSettings,
    PromptGuard,
    QueryEmbedder,
    Tools,
    Web,
    archive_address,
)
from daybrief.text.decoding import own_text
from daybrief.text.identity import key_of
from daybrief.whole import Figure

if TYPE_CHECKING:
    from daybrief.adapters.archive.database import Dialect
    from daybrief.adapters.archive.words import DatabaseIndex
    from daybrief.adapters.llm import Inspection, Models
    from daybrief.adapters.llm.local import ModelFolder
    from daybrief.adapters.transports import NetworkTransport
    from daybrief.adapters.web import HttpWeb
    from daybrief.fulltext import WholeTexts
    from daybrief.kit import Kit, RunLog
    from daybrief.search import ArchiveSearcher
    from daybrief.stages.collect import CollectionLimits
    from daybrief.stages.deliver import Dispatcher
    from daybrief.taste import Interests

_NO_HURRY_S = 1e9  # for all texts of a replay; each has its own limit
_MOST_COVER = 20_000_000  # bytes of a file
MADE_BY = f"daybrief {daybrief.__version__}"
T = TypeVar("T")


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The outside that one run reaches: the web, the time, and models where they may be asked.

    `archive` None is that of the settings.
    """

    web: Web
    clock: Clock
    at: datetime
    llm: Callable[[ModelSettings], Llm] | None = None
    texts: WholeTexts | None = None
    archive: Archive | None = None


class WebWhenAsked:
    """The way out, opened when it is first asked: a day that is in the archive asks nobody."""

    def __init__(self, web: Callable[[], HttpWeb]) -> None:
        self._make = web
        self._opening = Lock()
        self._opened: HttpWeb | None = None

    def __enter__(self) -> WebWhenAsked:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()

    def _web(self) -> HttpWeb:
        with self._opening:
            if self._opened is None:
                self._opened = self._make()
            return self._opened

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        """As `HttpWeb.get`."""
        return self._web().get(url, accept=accept, max_bytes=max_bytes, robots=robots)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """As `HttpWeb.post`."""
        return self._web().post(url, body, media_type=media_type, max_bytes=max_bytes)

    def made(self, answer: Fetched, form: str) -> bytes:
        """As `HttpWeb.made`."""
        return self._web().made(answer, form)

    def keep_made(self, answer: Fetched, form: str, value: bytes) -> None:
        """As `HttpWeb.keep_made`."""
        self._web().keep_made(answer, form, value)

    def keep_fresh(self, answer: Fetched, accept: str, until: datetime) -> None:
        """As `HttpWeb.keep_fresh`."""
        self._web().keep_fresh(answer, accept, until)


class Ports:
    """Builds the ports of one settings file, each once, when it is first asked for; may serve many threads.

    `environment` is where secrets lie. Every method raises ConfigError or ArchiveError for what is wrong.
    """

    def __init__(
        self, settings: Settings, environment: Mapping[str, str], clock: Timer | None = None
    ) -> None:
        self.settings = settings
        self.environment = environment
        self.clock: Timer = clock or SystemClock()
        self._built: dict[tuple[str, str], Any] = {}
        self._building = RLock()

    def _once(self, what: str, profile: str, build: Callable[[], T]) -> T:
        with self._building:
            if (what, profile) not in self._built:
                self._built[what, profile] = build()
            return cast("T", self._built[what, profile])

    # ── where things lie ─────────────────────────────────────────────────────────────────────────

    @property
    def archive_address(self) -> ArchiveAddress:
        """The address of the archive: as set, or a file in the user's data folder."""
        return archive_address(self.settings.archive)

    @property
    def cache_path(self) -> Path:
        """The folder of cached answers."""
        default = Path(platformdirs.user_cache_dir("daybrief", appauthor=False))
        return Path(self.settings.cache) if self.settings.cache else default

    @cached_property
    def local_models(self) -> ModelFolder:
        """The folder of models that run on this machine: as set, or in the user's data folder."""
        from daybrief.adapters.llm.local import ModelFolder

        default = platformdirs.user_data_path("daybrief", appauthor=False) / "models"
        return ModelFolder(Path(self.settings.models) if self.settings.models else default)

    @property
    def password_path(self) -> Path:
        """The file with the hash of the readers' password."""
        own = self.settings.serve.password
        return Path(own) if own else self.archive_address.folder / "password"

    def search_folder(self, profile: str = "") -> Path:
        """The folder of the index of a profile's view: beside the archive, or as set; each has its own.

        Where nobody may write beside the archive, it is in the cache folder: an index is derived.
        """
        own = self.settings.search.folder
        folder = Path(own) if own else self._writable(self.archive_address.beside("search"))
        return folder.with_name(f"{folder.name}.{profile}") if profile else folder

    def _writable(self, folder: Path) -> Path:
        nearest = next(path for path in (folder, *folder.absolute().parents) if path.exists())
        if os.access(nearest, os.W_OK):
            return folder
        archive = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:12]
        return self.cache_path / f"{folder.stem}-{archive}.search"

    # ── what is kept ─────────────────────────────────────────────────────────────────────────────

    def archive_exists(self) -> bool:
        """Whether there is an archive already; asking makes none."""
        from daybrief.adapters.archive import archive_exists

        return archive_exists(self.archive_address)

    def archive(self, profile: str = "") -> Archive:
        """The archive as a profile sees it, made or brought up to date as needed."""
        from daybrief.adapters.archive import open_archive

        address = self.archive_address
        return self._once("archive", profile, lambda: open_archive(address, profile=profile))

    def view(self, profile: str = "") -> ArchiveView:
        """The same for who reads: a page, the API, an assistant. Nobody can write through it."""
        from daybrief.adapters.archive import open_view

        address = self.archive_address
        return self._once("view", profile, lambda: open_view(address, profile=profile))

    def searcher(self, profile: str = "") -> ArchiveSearcher:
        """The search over what a profile sees of the archive; brought up to it when first asked for."""
        return self._once("search", profile, lambda: self._searcher(profile))

    def _searcher(self, profile: str) -> ArchiveSearcher:
        from daybrief.search import ArchiveSearcher

        model = None
        if self.settings.search.rerank:
            from daybrief.search.rerank import shipped

            model = shipped()
        words = self._shared_index(profile)
        if words is not None:
            words.make()
        embedder = self.embedder()
        vectors = self._shared_vectors(embedder, profile) if words and embedder else None
        searcher = ArchiveSearcher(self.search_folder(profile), embedder, model, words, vectors)
        self.follow(searcher, profile)
        return searcher

    def follow(self, searcher: ArchiveSearcher, profile: str = "") -> None:
        """Brings a search up to the archive; opens none that is a file as it was the last time."""
        address = self.archive_address
        stamp = file_stamp(Path(address.target)) if address.scheme == "sqlite" else ""
        searcher.follow(lambda: self.archive(profile), stamp)

    def has_index(self, profile: str = "") -> bool:
        """Whether the view of a profile was ever searched here, or in a database that several share."""
        shared = self._shared_index(profile) if self.archive_exists() else None
        return self.search_folder(profile).is_dir() if shared is None else shared.exists()

    def _shared_index(self, profile: str) -> DatabaseIndex | None:
        """The index in the archive's own database; None where it lies in a folder, as it does when set."""
        if self.archive_address.scheme != "postgresql" or self.settings.search.folder:
            return None
        from daybrief.adapters.archive.words import DatabaseIndex

        def opened() -> DatabaseIndex:
            return DatabaseIndex(self._dialect(), profile)

        return self._once("shared index", profile, opened)

    def _dialect(self) -> Dialect:
        """The archive's own database, for the indexes that lie in it."""
        from daybrief.adapters.archive import open_archive

        return self._once("dialect", "", lambda: open_archive(self.archive_address).database.dialect)

    def _shared_vectors(self, embedder: QueryEmbedder, profile: str) -> MeaningIndex | None:
        """The vectors in the archive's own database; None where it has no pgvector."""
        from daybrief.adapters.archive.postgresql import DatabaseVectors, has_vectors

        dialect = self._dialect()
        return DatabaseVectors(dialect, embedder, profile) if has_vectors(dialect) else None

    def embedder(self) -> QueryEmbedder | None:
        """The embedder of searches; None where words alone decide."""
        options = self.settings.search
        if not options.embedder:
            return None
        from daybrief.adapters.encoders import open_embedder

        return open_embedder(
            options.embedder,
            model=options.model,
            key_env=options.key_env,
            cache=self.cache_path,
            environment=self.environment,
        )

    def encoder_named(self, named: str = "") -> str:
        """The name of the encoder of guards: that asked for, set for guards, set for searches, or words."""
        return named or self.settings.guard.encoder or self.settings.search.embedder or "words"

    def encoder(self, named: str = "") -> QueryEmbedder:
        """The encoder that a guard compares with: the one named, set for guards, or set for searches."""
        from daybrief.guard.scope import WordEncoder

        chosen = self.encoder_named(named)
        if chosen == WordEncoder.name:
            return WordEncoder()
        from daybrief.adapters.encoders import open_embedder

        search = self.settings.search
        embedder = open_embedder(
            chosen,
            model=search.model,
            key_env=search.key_env,
            cache=self.cache_path,
            environment=self.environment,
        )
        return embedder or WordEncoder()

    def prompt_guard(self) -> PromptGuard | None:
        """The guard of the scope that is set, fitted when first asked for; None where no scope is set."""
        if not self.settings.guard.scope.strip():
            return None
        from daybrief.app.guarding import scope_guard

        return self._once("guard", "", lambda: scope_guard(self))

    def folder(self, path: Path | str) -> OutputFolder:
        """A folder that editions are written to."""
        return OutputFolder(Path(path))

    def site_folder(self, path: Path) -> Mirror:
        """A folder that holds a site."""
        return Mirror(path)

    def cover(self, day: date) -> Figure | None:
        """The picture of a day in the folder of covers, drawn anew; None where there is none.

        Raises DeliveryError for a file that is no picture a page would show.
        """
        place = Path(self.settings.covers) / day.isoformat() / "cover.jpg"
        if not self.settings.covers or not place.is_file():
            return None
        try:
            from PIL.Image import DecompressionBombError

            from daybrief.fulltext.documents import from_picture
        except ImportError as missing:
            hint = 'pip install "daybrief[fulltext]"'
            raise DeliveryError(f"the cover {place} needs pillow", publisher="cover", hint=hint) from missing
        try:
            with place.open("rb") as file:
                return from_picture(file.read(_MOST_COVER), "")
        except (DaybriefError, OSError, ValueError, SyntaxError, DecompressionBombError) as broken:
            raise DeliveryError(
                f"the cover {place} cannot be shown: {broken}",
                publisher="cover",
                hint="make it anew, or remove it",
            ) from broken

    # ── the way out ──────────────────────────────────────────────────────────────────────────────

    def web(self) -> HttpWeb:
        """The polite way out; a context manager."""
        from daybrief.adapters.web import HttpWeb, WebSettings

        options = self.settings.web
        settings = WebSettings(
            contact=options.contact,
            timeout_s=options.timeout_s,
            budget_s=options.budget_s,
            max_bytes=options.max_bytes,
            spacing_s=options.spacing_s,
            allow=self._allowed,
            cache_path=self.cache_path,
        )
        return HttpWeb(settings, clock=self.clock)

    def whole_texts(self, web: Web, *, live: bool, recorded: bool) -> WholeTexts | None:
        """The reader of whole texts over this web; None where the settings want none.

        A replay waits for nothing, so its answers decide alone; a recording holds every answer, so nothing
        that an earlier run has read is left out of it.
        """
        from daybrief.fulltext import TextLimits, WholeTexts

        options = self.settings.fulltext
        if not options.wanted:
            return None
        limits = TextLimits(
            papers=options.papers,
            articles=options.articles,
            figures=options.figures,
            comments=options.comments,
            total_s=options.total_s if live else _NO_HURRY_S,
            parse_s=options.parse_s,
            memory_mib=options.memory_mib,
            keep=options.keep,
            arxiv=options.arxiv.rstrip("/"),
            hacker_news=options.hacker_news.rstrip("/"),
        )
        store = TextFolder(self.cache_path / "texts", self.clock.now) if live and not recorded else None
        return WholeTexts(web, in_own_process, limits, store=store)

    @property
    def _allowed(self) -> tuple[tuple[str, int], ...]:
        return tuple(_host_port(pair) for pair in self.settings.web.allow)

    def models(
        self, run: str, *, lasting: bool = False, share: int = 1, store: Callable[[], Any] | None = None
    ) -> Models:
        """The language models of one run, under one cap; a context manager. See `Models` for the rest."""
        from daybrief.adapters.llm import Models

        return Models(
            self.archive_address.folder, run, self.environment, lasting=lasting, models=self.local_models,
            share=share, store=store,
        )  # fmt: skip

    @property
    def call_store(self) -> Callable[[], Any]:
        """A factory that opens the file of paid answers and of spending."""
        from daybrief.adapters.llm import FILE, CallStore

        return partial(CallStore, self.archive_address.folder / FILE)

    @contextmanager
    def model_of(self, settings: ModelSettings, purpose: str) -> Iterator[Llm]:
        """A single model, under one cap for all that a day asks it for a purpose."""
        with self.models(f"{purpose} {self.clock.now():%Y-%m-%d}", lasting=True) as models:
            yield models(settings)

    def inspect_model(self, settings: ModelSettings) -> Inspection:
        """Says whether a model works, as a run finds out before its first call; spends nothing."""
        from daybrief.adapters.llm import inspect_model

        return inspect_model(settings, self.environment, self.local_models)

    def transport(self) -> NetworkTransport:
        """The sender of messages; it alone reads the secrets of channels."""
        from daybrief.adapters.transports import NetworkTransport

        return NetworkTransport(self.environment, allow=self._allowed)

    # ── what plugins build on, and the plugins ───────────────────────────────────────────────────

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The user's taxonomy, or the one shipped; raises ConfigError that names the file."""
        named = self.settings.taxonomy
        path = Path(named) if named else files("daybrief") / "assets" / "taxonomy.toml"
        try:
            return msgspec.convert(tomllib.loads(own_text(path.read_bytes())), Taxonomy)
        except OSError as gone:
            raise ConfigError(f"taxonomy = {named!r} cannot be read", hint="check the path") from gone
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as broken:
            raise ConfigError(f"the taxonomy {named or 'shipped'} is broken: {broken}") from broken

    def tools(self, profile: str = "", llm: Callable[[ModelSettings], Llm] | None = None) -> Tools:
        """The tools that every plugin of a profile may build on."""
        return Tools(
            taxonomy=self.taxonomy,
            language=self.settings.of(profile).language,
            zone=self.settings.zone,
            entailment=_entailment,
            llm=llm,
            pictures=any(table.get("use") == "chart" for table in self.settings.of(profile).publishers),
        )

    def plugins(self, group: str, profile: str = "", tools: Tools | None = None) -> tuple[Any, ...]:
        """A profile's plugins of a group, in order; raises ConfigError for two of one name."""
        settings = self.settings.of(profile)
        tools = tools or self.tools(profile)
        built = tuple(plugins.build(group, table, tools) for table in getattr(settings, group))
        if group in ("sources", "channels"):
            reserved = [IMPORT] if group == "sources" else []
            _reject_twins(group, [*(plugin.name for plugin in built), *reserved])
        return built

    def checks(self, language: str) -> tuple[Check, ...]:
        """The checks of texts in a language."""
        tools = msgspec.structs.replace(self.tools(), language=language)
        return self._once("checks", language, lambda: self.plugins("checks", tools=tools))

    def dispatcher(
        self, profile: str = "", *, again: bool = False, clock: Clock | None = None
    ) -> Dispatcher | None:
        """All that delivery needs, None where no channel is configured.

        Raises `SecretMissing` at once, before anything is collected or written, when a channel's variable is
        not set.
        """
        from daybrief.stages.deliver import Dispatcher

        channels: tuple[Channel, ...] = self.plugins("channels", profile)
        if not channels:
            tuple(self._allowed)  # a wrong entry is named before anything is asked
            return None
        transport = self.transport()
        for channel in channels:
            transport.secrets(channel.route)
        return Dispatcher(
            channels=channels,
            outbox=self.archive(profile).outbox(),
            transport=transport,
            clock=clock or self.clock,
            again=again,
        )

    def kit(self, world: World, profile: str = "", log: RunLog | None = None) -> Kit:
        """Every part of a run for one profile, around the given way out and clock; nothing is sent."""
        from daybrief.kit import Kit, RunLog

        settings = self.settings.of(profile)
        tools = self.tools(profile, world.llm)
        return Kit(
            sources=self.plugins("sources", profile, tools),
            enrichers=self.plugins("enrichers", profile, tools),
            checks=self.plugins("checks", profile, tools),
            publishers=self.plugins("publishers", profile, tools),
            categoriser=plugins.build("categorisers", settings.categoriser, tools),
            writer=plugins.build("writers", settings.writer, tools),
            fallback=plugins.build("writers", {"use": "extractive"}, tools),
            web=world.web,
            texts=world.texts,
            papers=_papers,
            archive=world.archive or self.archive(profile),
            folder=self.folder(settings.out),
            cover=self.cover,
            clock=world.clock,
            at=world.at,
            taxonomy=tools.taxonomy,
            language=settings.language,
            kinds=settings.kinds,
            profile=profile,
            interests=self.interests(profile) if profile else None,
            chart_form=settings.chart,
            most=settings.ranking.most,
            most_each=settings.ranking.most_each,
            limits=self._limits(),
            memory_days=settings.memory_days,
            trend_days=settings.trend_days,
            made_by=MADE_BY,
            log=log or RunLog(),
        )

    def _limits(self) -> CollectionLimits:
        """How much and how long sources may take; the same for every profile."""
        from daybrief.stages.collect import CollectionLimits

        settings = self.settings
        return CollectionLimits(
            items=settings.max_items,
            source_s=settings.web.source_s,
            total_s=settings.web.collect_s,
            at_once=settings.web.at_once,
        )

    def interests(self, profile: str) -> Interests:
        """The preferences of a profile; raises ConfigError that names the category, word or seed."""
        from daybrief.taste import Interests, Keyword

        own = self.settings.profile(profile)
        known = tuple(category.id for category in self.taxonomy.category)
        for category in own.categories:
            if category not in known:
                raise ConfigError(
                    f"profile {profile!r} asks for the category {category!r}",
                    hint=nearest(category, known),
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


def replay_archive(out: str) -> Path:
    """The archive of replays that write into this folder."""
    return Path(out) / ".daybrief" / "archive.sqlite"


_blocks = count()  # of `rarely_swept` in this process


@contextmanager
def rarely_swept() -> Iterator[None]:
    """Looks for cycles seldom while the block runs: a day makes a million values that hold none.

    What was there before is not looked at, so that a fork does not copy it to look. What an earlier block has
    left is looked through first: Python would hardly ever do that with values that were put aside.
    """
    if next(_blocks):
        gc.collect()
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def demo_archive(ports: Ports) -> Path | None:
    """Returns a replay's archive below this folder, where the reader has named none and theirs is empty."""
    if ports.settings.archive:
        return None
    places = (replay_archive(out) for out in (ports.settings.out, "demo"))
    demo = next((place for place in places if place.is_file()), None)
    return None if demo is None or (ports.archive_exists() and ports.archive().marks()) else demo


def _papers(ids: Sequence[str], web: Web) -> Iterable[tuple[str, str, str]]:
    """Implements `ports.PaperLookup`; few runs look a paper up."""
    from daybrief.sources.arxiv import papers

    return papers(ids, web)


def _entailment(folder: str) -> Entailment:
    """The NLI model in a folder; its libraries are loaded only when somebody names one."""
    from daybrief.adapters.encoders import open_nli

    return open_nli(folder)


def _reject_twins(group: str, names: list[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise ConfigError(f"two {group} are called {twins[0]!r}", hint='give each its own `name = "…"`')


def _host_port(pair: str) -> tuple[str, int]:
    host, _, port = pair.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ConfigError(f"web.allow holds {pair!r}", hint='write "host:port"')
    return host, int(port)
