"""Many days at once: selected in order, written side by side, kept in order.

    bulk source → archive | for each day: gather → workers: assess → select → workers: write, verify,
                            assemble → keep

What a later day remembers follows from what was selected for the days before, so selecting is done here, one
day after the other. What a story's own text decides is assessed before, and the day written after, by
workers: processes of this machine, or actors of a Ray cluster.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from daybrief import pipeline, plugins
from daybrief.adapters.archive import pack
from daybrief.adapters.files import AnswerFolder
from daybrief.adapters.machine import FixedClock, RayWorkers, SystemClock, Workers
from daybrief.app.ports import Ports, World
from daybrief.app.runs import belonging, keep_searchable
from daybrief.config import Settings, WholeText
from daybrief.errors import ConfigError, SourceError
from daybrief.kit import Ahead, Collected, Gathered, Kit, Report, RunLog, Selected
from daybrief.model import Edition, Filed, Item, Story, Window, to_json
from daybrief.ports import Archive, Categoriser, Filing, KeptDay, Web, Writer
from daybrief.sources.arxiv import OAI, harvest
from daybrief.sources.arxiv.answers import sets, snapshot_rows
from daybrief.stages.collect import tally
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.stages.importing import placed, read_items
from daybrief.stages.merit import FollowedTitles, MeritPart, merit_of
from daybrief.stages.schedule import checked, existed, last_closed_day, window

if TYPE_CHECKING:
    from daybrief.adapters.llm import Spent

_MOST_KEPT = 32  # days in one transaction
_KEPT_S = 2.0  # what is made within so many seconds is kept at once
_AHEAD = 6  # answers awaited of each worker: of days that are being assessed, and written
_LINES_AT_ONCE = 2_000
_BULK = ("*.jsonl", "*.jsonl.gz", "*.json", "*.json.gz", "**/*.xml", "**/*.xml.gz")

Engine = Literal["local", "ray"]
Editions = tuple[tuple[Edition, ...], ...]  # of each profile


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """The merit and the place that a story's own text decides, whatever was printed before it.

    `filed` is None where its categoriser does not file each story by itself.
    """

    story: Story
    merit: tuple[MeritPart, ...]
    filed: Filed | None = None


AssessedDay = tuple[tuple[Assessed, ...], ...]


class AssessJob(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A day whose stories are to be assessed before the days before it are selected."""

    window: Window
    gathered: Gathered


class WriteJob(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A day that was selected for each profile."""

    selected: tuple[tuple[Selected, ...], ...]


class WrittenDay(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A day's editions for each profile, and the same as an archive keeps them."""

    made: Editions
    packed: tuple[tuple[bytes, ...], ...]


# Jobs and answers travel as MessagePack: pickling them costs the ordered part three times as much.
_encoded = msgspec.msgpack.encode
_job = msgspec.msgpack.Decoder(AssessJob | WriteJob).decode
_assessed_day = msgspec.msgpack.Decoder(AssessedDay).decode
_written_day = msgspec.msgpack.Decoder(WrittenDay).decode
Writers = Workers[bytes, bytes] | RayWorkers[bytes, bytes]


# ── what is asked, and what is told ─────────────────────────────────────────────────────────────────


class BackfillRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The days to make, both ends included, and what to make them from.

    source: a file or folder of bulk metadata, `oai` or the address of an OAI-PMH service; "" asks the
    sources of the settings for each day.
    workers: the processes that write; 0 is one a core. engine: where they run, `local` on this machine or
    `ray`. address: that of a Ray cluster; "" starts a Ray of this machine.
    """

    since: date
    until: date
    source: str = ""
    workers: int = 0
    engine: Engine = "local"
    address: str = ""


class BackfilledDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day that a backfill has done, and how it stands.

    done, total: days. seconds: since the first day was begun. reused: it was in the archive. tokens and
    cost_usd are what all days together have spent on a model, or set aside for calls under way.
    """

    day: date
    stories: int
    complete: bool
    reused: bool
    done: int
    total: int
    made: int
    seconds: float
    tokens: int = 0
    cost_usd: float = 0.0

    @property
    def days_per_minute(self) -> float:
        """How many days a minute were made; days that were there do not count."""
        return 60 * self.made / self.seconds if self.seconds else 0.0

    @property
    def left_s(self) -> float | None:
        """The seconds that the rest takes at this rate; None where no day was made yet."""
        return (self.total - self.done) * self.seconds / self.made if self.made else None


# ── the flow ────────────────────────────────────────────────────────────────────────────────────────


def backfill(ports: Ports, request: BackfillRequest, progress: Callable[[BackfilledDay], None]) -> int:
    """Makes every day of a span that the archive does not hold; returns how many lines were no items.

    The days are selected one after the other and written side by side; they are kept in order. Nothing is
    published or sent, and no whole text is fetched. All workers share one cap and one rate of a model. Raises
    ConfigError for a span that is none, a source without items in it, or an engine that is not there.
    """
    wanted = _wanted_categories(ports.settings)
    ports = Ports(_of_backfill(ports.settings, request), ports.environment, ports.clock)
    at, zone = ports.clock.now(), ports.settings.zone
    days = _days_of(request, at, zone)
    with ExitStack() as stack:
        stack.enter_context(ports.archive().lock())
        world = World(web=stack.enter_context(ports.web()), clock=ports.clock, at=at)
        refused = _import_bulk(ports, request, world.web, wanted) if request.source else 0
        models = stack.enter_context(ports.models(_named(request)))
        world = msgspec.structs.replace(world, llm=models)
        log, names = RunLog(), list(ports.settings.profiles) or [""]
        kits = [_selecting(ports.kit(world, name, log)) for name in names]
        store = ports.call_store if models.used else None
        workers = stack.enter_context(_writers(ports, request, at, store))
        for kit in kits:
            stack.enter_context(kit.archive.kept_open())
        spans = [window(day, zone) for day in days]
        _Backfill(kits, workers, _AHEAD * _count(request), progress, models.spent).run(spans)
    keep_searchable(ports, names)
    return refused


def _of_backfill(settings: Settings, request: BackfillRequest) -> Settings:
    """Returns the settings without whole texts; with a bulk source also without sources and enrichers."""
    settings = msgspec.structs.replace(settings, fulltext=WholeText(papers=0, articles=0))
    return settings if not request.source else msgspec.structs.replace(settings, sources=(), enrichers=())


def _days_of(request: BackfillRequest, at: datetime, zone: str) -> list[date]:
    checked(request.since, at, zone)
    if request.until > (closed := last_closed_day(at, zone)):
        raise ConfigError(f"the day {request.until} is not over", hint=f"choose --to up to {closed}")
    if request.until < request.since:
        raise ConfigError(
            f"--from {request.since} is after --to {request.until}", hint="give the earlier day first"
        )
    if request.address and request.engine != "ray":
        raise ConfigError(f"--address {request.address} without --engine ray", hint="add --engine ray")
    if request.workers < 0:
        raise ConfigError(f"--workers {request.workers} is below 0", hint="0 is one a core")
    span = range(request.since.toordinal(), request.until.toordinal() + 1)
    return [day for day in map(date.fromordinal, span) if existed(day, zone)]


# ── what a worker does ──────────────────────────────────────────────────────────────────────────────


def _count(request: BackfillRequest) -> int:
    return request.workers or os.cpu_count() or 1


def _named(request: BackfillRequest) -> str:
    """The name of the account that all processes share; one that was killed is gone on with."""
    return f"backfill {request.since} {request.until}"


@contextmanager
def _writers(
    ports: Ports, request: BackfillRequest, at: datetime, store: Callable[[], Any] | None
) -> Iterator[Writers]:
    """The workers of the engine that is asked for; `store` opens the paid answers, if a model is asked."""
    count, run = _count(request), _named(request)
    if request.engine == "local":
        with Workers(
            count, writing, (ports.settings, dict(ports.environment), at, run, count, store)
        ) as workers:
            yield workers
        return
    with RayWorkers[bytes, bytes](count, request.address) as actors:
        at_home = actors.at_home(store) if store else None
        actors.start(writing, (ports.settings, None, at, run, count, at_home))
        yield actors


class _Elsewhere:
    """A port that a process has not: whoever asks it has made a mistake."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{name} is asked of another process")


def _selecting(kit: Kit) -> Kit:
    """Returns the kit without what only workers need, so that its models are not loaded here."""
    return msgspec.structs.replace(kit, writer=cast("Writer", _Elsewhere()), checks=())


@contextmanager
def writing(
    settings: Settings,
    environment: Mapping[str, str] | None,
    at: datetime,
    run: str,
    share: int,
    store: Callable[[], Any] | None,
) -> Iterator[Callable[[bytes], bytes]]:
    """Gives what assesses a day or writes one that was selected, the same in every engine.

    It asks neither archive nor web.

    `environment` None is the worker's own: no key leaves a machine. A model is asked under the account of the
    `run`, which `share` workers have in common.
    """
    ports = Ports(settings, os.environ if environment is None else environment)
    absent = _Elsewhere()
    models_context = ports.models(run, lasting=True, share=share, store=store) if store else nullcontext()
    with models_context as models:
        world = World(
            web=cast("Web", absent), clock=FixedClock(at), at=at, llm=models, archive=cast("Archive", absent)
        )
        names = list(settings.profiles) or [""]
        kits = [ports.kit(world, name) for name in names]
        filing_alone = [settings.of(name).categoriser.get("use") == "embedded" for name in names]

        def work(given: bytes) -> bytes:
            job = _job(given)
            if isinstance(job, WriteJob):
                pairs = zip(job.selected, kits, strict=True)
                made = tuple(pipeline.write_editions(selected, kit) for selected, kit in pairs)
                bodies = tuple(tuple(pack(to_json(edition)) for edition in each) for each in made)
                return _encoded(WrittenDay(made=made, packed=bodies))
            return _encoded(
                [
                    assess(job.window, job.gathered, kit, alone=alone)
                    for kit, alone in zip(kits, filing_alone, strict=True)
                ]
            )

        yield work


def assess(window: Window, gathered: Gathered, kit: Kit, *, alone: bool) -> tuple[Assessed, ...]:
    """Decides what needs no memory of other days, of the stories of these items as if they were the first.

    They are filed where the categoriser files each story `alone`: neither order nor company matters to it.
    """
    items, _ = tally(gathered.harvests)
    stories, _ = dedupe(items, Memory(), window.day)
    filed = {f.story.id: f for f in kit.categoriser.file(stories).filed} if alone else {}
    return tuple(Assessed(story=s, merit=merit_of(s), filed=filed.get(s.id)) for s in stories)


def _to_write(selected: tuple[Selected, ...]) -> tuple[Selected, ...]:
    """Returns what a writer needs: the stories that were selected, and how the sources did."""
    return tuple(msgspec.structs.replace(each, collected=_accounted(each.collected)) for each in selected)


def _accounted(collected: Collected) -> Collected:
    reports = Gathered(harvests=(), enriched=collected.gathered.reports)
    return msgspec.structs.replace(collected, gathered=reports, stories=(), memory=Memory())


def _informed(kit: Kit, assessed: Iterable[Assessed]) -> Kit:
    """Returns the kit that decides of a story what was decided before, where it is still the same."""
    known = {own.story.id: own for own in assessed}

    def known_of(story: Story) -> Assessed | None:
        own = known.get(story.id)
        return own if own is not None and own.story == story else None

    def merit(story: Story) -> tuple[MeritPart, ...]:
        return own.merit if (own := known_of(story)) else kit.merit(story)

    return msgspec.structs.replace(kit, categoriser=KnownFiling(kit.categoriser, known_of), merit=merit)


class KnownFiling:
    """A categoriser that is asked only for stories whose place is not known."""

    def __init__(self, categoriser: Categoriser, known: Callable[[Story], Assessed | None]) -> None:
        self.name = categoriser.name
        self._categoriser, self._known = categoriser, known

    def file(self, stories: Sequence[Story]) -> Filing:
        """Files each story, in order."""
        known = {s.id: own.filed for s in stories if (own := self._known(s)) and own.filed}
        filing = self._categoriser.file([story for story in stories if story.id not in known])
        filed = known | {f.story.id: f for f in filing.filed}
        return Filing(filed=tuple(filed[s.id] for s in stories if s.id in filed), usage=filing.usage)


# ── the days that are kept ──────────────────────────────────────────────────────────────────────────


class DayMade(msgspec.Struct, frozen=True, kw_only=True):
    """A day whose editions are made for each reader, and not yet kept."""

    window: Window
    gathered: Gathered
    made: tuple[tuple[Edition, ...], ...]
    packed: tuple[tuple[bytes, ...], ...] = ()  # the same, as the archive keeps them, where that is done


def keep(days: Sequence[DayMade], kits: Sequence[Kit]) -> None:
    """Keeps days that were made, and notes a run of each, in one transaction; publishes nothing."""
    first = kits[0]
    first.archive.save_days([_kept(day, kits) for day in days], first.at, first.clock.now())


def _kept(day: DayMade, kits: Sequence[Kit]) -> KeptDay:
    return KeptDay(
        window=day.window,
        seen=day.gathered.imported,
        editions={kit.profile: editions for editions, kit in zip(day.made, kits, strict=True)},
        packed={kit.profile: packed for packed, kit in zip(day.packed, kits, strict=False) if packed},
        outcome=pipeline.outcome_of([Report(window=day.window, editions=editions) for editions in day.made]),
        note="backfill",
    )


# ── the order of days ───────────────────────────────────────────────────────────────────────────────


class _Backfill:
    """Has workers assess the days, selects them in order, has workers write them, keeps them in order."""

    def __init__(
        self,
        kits: Sequence[Kit],
        workers: Writers,
        ahead: int,
        progress: Callable[[BackfilledDay], None],
        spent: Callable[[], Spent],
    ) -> None:
        self._kits, self._workers, self._most = kits, workers, ahead
        self._progress, self._spent = progress, spent
        self._ahead = [Ahead(kit.archive) for kit in kits]
        self._selecting = [
            msgspec.structs.replace(kit, archive=cast("Archive", ahead), followed=FollowedTitles())
            for kit, ahead in zip(kits, self._ahead, strict=True)
        ]
        self._unkept: list[DayMade] = []  # in order
        self._kept_at = 0.0
        self._collected: Set[date] = frozenset()  # days that have harvests
        self._open: deque[Callable[[Any], None]] = deque()  # what becomes of each answer, in order
        self._timer = SystemClock()
        self._done = self._made = self._total = 0
        self._start = 0.0

    def run(self, windows: Sequence[Window]) -> None:
        """Makes the days that are not final."""
        known = {day for kit in self._kits for day in kit.archive.days()}
        if windows:
            rows = self._kits[0].archive.harvest_rows(windows[0].day, windows[-1].day)
            self._collected = {row.day for row in rows}
        self._total, self._start = len(windows), self._timer.monotonic()
        self._kept_at = self._start
        for span in windows:
            if span.day in known:  # what is ahead has to be later than all that the archive holds
                self._settle()
            final = self._final(span, known)
            if all(final):
                self._tell(span, final, reused=True)
                continue
            self._begin(span, final)
            if span.day in known:  # the archive's older edition of the day must not be remembered
                self._settle()
            while len(self._open) >= self._most:
                self._next()
        self._drain()

    def _final(self, span: Window, known: Set[date]) -> Editions:
        """The editions of a day that need not be made, of each profile."""
        if span.day not in known:
            return tuple(() for _ in self._kits)
        return tuple(pipeline.final_editions(kit.archive, span, kit.kinds) for kit in self._kits)

    def _begin(self, span: Window, final: Editions) -> None:
        """Gives a day to the workers, who assess its stories."""
        gathered = pipeline.gather(span, self._kits[0], known=span.day in self._collected)
        items = msgspec.structs.replace(gathered, imported=())  # which are among the harvests
        self._workers.give(_encoded(AssessJob(window=span, gathered=items)))
        self._open.append(partial(self._select, span, gathered, final))

    def _select(self, span: Window, gathered: Gathered, final: Editions, assessed: bytes) -> None:
        """Gives a day to the workers, who write it for those profiles that have no final editions of it."""
        job = tuple(
            () if there else pipeline.select_editions(span, gathered, _informed(kit, stories))
            for there, kit, stories in zip(final, self._selecting, _assessed_day(assessed), strict=True)
        )
        for ahead, selected in zip(self._ahead, job, strict=True):
            ahead.add(span.day, selected)
        self._workers.give(_encoded(WriteJob(selected=tuple(map(_to_write, job)))))
        self._open.append(partial(self._keep, span, gathered, final))

    def _settle(self) -> None:
        """Keeps all that is ahead; what the archive holds by itself is read anew."""
        self._drain()
        for ahead in self._ahead:
            ahead.reread()

    def _drain(self) -> None:
        while self._open:
            self._next()
        self._keep_all()

    def _next(self) -> None:
        """Goes on with the day whose answer is the oldest."""
        answer = self._workers.take()
        self._open.popleft()(answer)

    def _keep(self, span: Window, gathered: Gathered, final: Editions, written: bytes) -> None:
        """Takes a day that was written; keeps it with its like, or alone where days take long."""
        new = _written_day(written)
        made = tuple(there or editions for there, editions in zip(final, new.made, strict=True))
        self._unkept.append(DayMade(window=span, gathered=gathered, made=made, packed=new.packed))
        if len(self._unkept) >= _MOST_KEPT or self._timer.monotonic() - self._kept_at >= _KEPT_S:
            self._keep_all()

    def _keep_all(self) -> None:
        """Keeps what is made in one transaction, and tells of each day."""
        if self._unkept:
            keep(self._unkept, self._kits)
        for day in self._unkept:
            for ahead in self._ahead:
                ahead.drop(day.window.day)
            self._made += 1
            self._tell(day.window, day.made, reused=False)
        self._unkept, self._kept_at = [], self._timer.monotonic()

    def _tell(self, span: Window, made: Iterable[tuple[Edition, ...]], *, reused: bool) -> None:
        self._done += 1
        editions, spent = [edition for each in made for edition in each], self._spent()
        self._progress(
            BackfilledDay(
                day=span.day,
                stories=sum(len(edition.stories) for edition in editions),
                complete=all(Report(window=span, editions=(edition,)).complete for edition in editions),
                reused=reused,
                done=self._done,
                total=self._total,
                made=self._made,
                seconds=self._timer.monotonic() - self._start,
                tokens=spent.tokens,
                cost_usd=spent.micro_usd / 1e6,
            )
        )


# ── bulk metadata ───────────────────────────────────────────────────────────────────────────────────


def _import_bulk(ports: Ports, request: BackfillRequest, web: Web, wanted: Set[str]) -> int:
    """Imports the items of the span from a bulk source; returns how many rows are no items.

    A source is `oai` (arXiv's OAI-PMH), the address of another, or a file or folder: JSON Lines such as
    arXiv's metadata snapshot, or recorded answers of OAI-PMH, packed with gzip or not. Nothing is ever held
    whole. Of arXiv's papers those in the `wanted` categories are taken; all, where none is named.
    """
    taken = refused = 0
    now, zone = ports.clock.now(), ports.settings.zone
    for lines in _rows_of(ports, request, web, wanted):
        read = belonging(ports, read_items(lines, None))
        refused += len(read.refused)
        placed_there = [
            (day, item)
            for day, item in placed(read.items, zone, now)
            if request.since <= day <= request.until and _is_wanted(item, wanted)
        ]
        taken += len(placed_there)
        ports.archive().add_items(placed_there, now)
    if not taken:
        raise ConfigError(
            f"{request.source} holds no item of {request.since} to {request.until}",
            hint="its lines are JSON objects with id, title, abstract and published",
        )
    return refused


def _is_wanted(item: Item, wanted: Set[str]) -> bool:
    return (
        not wanted or not item.tags or not item.key.startswith("arxiv:") or not wanted.isdisjoint(item.tags)
    )


def _wanted_categories(settings: Settings) -> frozenset[str]:
    """The categories that the settings ask of arXiv, of all profiles; none where arXiv is no source."""
    tables = [table for name in ["", *settings.profiles] for table in settings.of(name).sources]
    category_lists = (
        plugins.configured("sources", t)[1].categories for t in tables if t.get("use") == "arxiv"
    )
    return frozenset(category for categories in category_lists for category in categories)


def _rows_of(ports: Ports, request: BackfillRequest, web: Web, wanted: Set[str]) -> Iterator[list[bytes]]:
    """Some thousand rows at a time."""
    source = request.source
    if source != "oai" and not source.startswith(("http://", "https://")):
        for file in _bulk_files(Path(source)):
            yield from _answer_of(file) if ".xml" in file.suffixes else _batches(file)
        return
    address = OAI if source == "oai" else source
    folder = ports.cache_path / "oai" / hashlib.sha256(address.encode()).hexdigest()[:12]
    yesterday = ports.clock.now().date() - timedelta(days=1)  # today's list is not over
    names = sets(sorted(wanted)) or ("",)
    for answer in harvest(address, names, request.since, yesterday, web, AnswerFolder(folder)):
        yield [msgspec.json.encode(row) for row in answer.rows]


def _bulk_files(source: Path) -> list[Path]:
    files = sorted({file for form in _BULK for file in source.glob(form)}) if source.is_dir() else [source]
    if not files:
        raise ConfigError(f"{source} holds no bulk file", hint=f"it is looked for {', '.join(_BULK)}")
    return files


def _answer_of(file: Path) -> Iterator[list[bytes]]:
    """The rows of a recorded answer of OAI-PMH. Raises ConfigError where it is none."""
    try:
        body = file.read_bytes()
        answer = snapshot_rows(gzip.decompress(body) if file.suffix == ".gz" else body)
    except (OSError, EOFError, zlib.error, SourceError) as broken:
        raise ConfigError(
            f"{file} is no answer of OAI-PMH: {broken}", hint="remove it from the folder"
        ) from broken
    yield [msgspec.json.encode(row) for row in answer.rows]


def _batches(file: Path) -> Iterator[list[bytes]]:
    """The lines of a file, some thousand at a time. Raises ConfigError where it cannot be read."""
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as lines:
            batch: list[bytes] = []
            for line in lines:
                batch.append(line)
                if len(batch) == _LINES_AT_ONCE:
                    yield batch
                    batch = []
            yield batch
    except (OSError, EOFError) as broken:
        why = getattr(broken, "strerror", None) or str(broken)
        raise ConfigError(
            f"--source {file} cannot be read: {why}", hint="name a file or a folder"
        ) from broken
