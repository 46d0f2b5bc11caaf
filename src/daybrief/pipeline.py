"""A day, from collecting to publishing.

    sources | collect | enrich | dedupe | for papers and for news: categorise | rank | group
            | for all sections at once: read | verify | synthesise
            | for papers and for news: verify | assemble | archive | publish

Everything right of `enrich` is a function of data. The archive is written after `collect` and after
`assemble`; a day that is complete is read back from it, so rerunning changes nothing, and a run killed at
any instant goes on from the last of the two.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import msgspec

from daybrief.errors import DeliveryError
from daybrief.model import (
    Claim,
    Delivery,
    Edition,
    EditionKind,
    Entry,
    Harvest,
    Issue,
    Judged,
    Ranked,
    Receipt,
    SourceReport,
    Story,
    Taxonomy,
    Window,
)
from daybrief.ports import (
    Archive,
    Categoriser,
    Check,
    Clock,
    Enricher,
    Folder,
    Publisher,
    Source,
    Web,
    Writer,
)
from daybrief.stages.assemble import assemble, grouped
from daybrief.stages.categorise import categorise, of_kind
from daybrief.stages.chart import chart
from daybrief.stages.collect import collect, enrich, report, tally
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.stages.rank import rank
from daybrief.stages.trends import trends
from daybrief.stages.verify import account, evidence_of, judge, verify
from daybrief.stages.write import Assignment, Judge, Written, write

SHELF = 60  # editions that indexes and feeds may show
_DONE = frozenset({"fresh", "quiet"})  # states that asking again would not change


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a run works with, built in `wiring`; no part of it is global."""

    sources: tuple[Source, ...]
    enrichers: tuple[Enricher, ...]
    categoriser: Categoriser
    writer: Writer
    fallback: Writer  # needs nothing but the text; reads what the writer could not
    checks: tuple[Check, ...]
    publishers: tuple[Publisher, ...]
    web: Web
    archive: Archive
    folder: Folder
    clock: Clock
    at: datetime  # when the run began: the one instant an edition speaks of, so that a replay repeats it
    taxonomy: Taxonomy
    language: str
    kinds: tuple[EditionKind, ...]
    chart_form: str
    most: int
    most_each: int
    max_items: int
    memory_days: int
    trend_days: int
    made_by: str
    strict: bool = False
    refresh: bool = False
    tell: Callable[[str, str], None] = lambda _stage, _detail: None  # progress for a person


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did: the editions, whether they came from the archive, and what was delivered."""

    window: Window
    editions: tuple[Edition, ...]
    reused: bool
    receipts: tuple[Receipt, ...]

    @property
    def complete(self) -> bool:
        """Whether every source answered and every delivery arrived."""
        sources = (s for edition in self.editions for s in edition.sources)
        return all(s.state in _DONE for s in sources) and not any(r.error for r in self.receipts)


def run(window: Window, kit: Kit) -> Report:
    """Make the day's editions, or read them back, and deliver them; every run is noted in the archive."""
    seconds: dict[str, float] = {}
    number = kit.archive.begin(window.day, kit.at)
    outcome, note = "interrupted", ""
    try:
        editions = _archived(window, kit)
        reused = bool(editions)
        if not reused:
            editions = make_editions(window, kit, seconds)
            kit.archive.save_editions(editions)
        with _timed(seconds, "publish"):
            receipts = publish(window, editions, kit)
        done = Report(window=window, editions=editions, reused=reused, receipts=receipts)
        outcome = "incomplete" if not done.complete else "reused" if reused else "complete"
        return done
    except Exception as failure:
        outcome, note = type(failure).__name__, str(failure)[:500]
        raise
    finally:
        kit.archive.end(number, kit.clock.now(), outcome, note, seconds)


def make_editions(window: Window, kit: Kit, seconds: dict[str, float]) -> tuple[Edition, ...]:
    """The day's editions, one a kind."""
    with _timed(seconds, "collect"):
        harvests, enriched = _gather(window, kit)
    items, collected = tally(harvests)
    with _timed(seconds, "dedupe"):
        keys = tuple({key for item in items for key in (item.key, *item.aliases)})
        memory = Memory(
            by_key=kit.archive.remembered(keys, window.day),
            recent=kit.archive.recent(window.day, kit.memory_days),
        )
        stories, deduped = dedupe(items, memory, window.day)
    reports = (*map(report, harvests), *enriched)
    plans = [_plan(window, kind, stories, memory, kit, seconds) for kind in kit.kinds]
    kit.tell("write", kit.writer.author.name)
    with _timed(seconds, "write"):
        assignments = [a for plan in plans for a in plan.assignments]
        written = iter(write(assignments, kit.writer, kit.fallback, _judge(kit)))
    before = (collected, deduped)
    return tuple(
        _edition(window, plan, list(islice(written, len(plan.assignments))), before, reports, kit)
        for plan in plans
    )


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What one edition will hold: its sections to write, and the ledger lines so far."""

    kind: EditionKind
    assignments: tuple[Assignment, ...]
    entries: tuple[Entry, ...]


def _plan(
    window: Window,
    kind: EditionKind,
    stories: Sequence[Story],
    memory: Memory,
    kit: Kit,
    seconds: dict[str, float],
) -> _Plan:
    """The day's stories of one kind, filed, ranked and grouped."""
    kit.tell(kind, "categorise")
    with _timed(seconds, f"categorise {kind}"):
        ours, parted = of_kind(stories, kind)
        known = {r.story: r.category for r in memory.before(window.day)}
        filed, categorised = categorise(ours, kit.categoriser, kit.taxonomy, known)
        ranked, cut = rank(filed, most=kit.most, most_each=kit.most_each)
    earlier = trends(kit.archive.recent(window.day, kit.trend_days), "paper" if kind == "papers" else "news")
    assignments = tuple(
        Assignment(category=category, ranked=ours, trends=earlier)
        for category, ours in grouped(ranked, kit.taxonomy)
    )
    return _Plan(kind=kind, assignments=assignments, entries=(parted, categorised, cut))


def _edition(
    window: Window,
    plan: _Plan,
    written: Sequence[Written],
    entries: tuple[Entry, ...],
    reports: Sequence[SourceReport],
    kit: Kit,
) -> Edition:
    """One edition from its drafts: every claim checked, every sum drawn."""
    for why in dict.fromkeys(why for w in written for why in w.draft.why):
        kit.tell("write", why)
    kind = plan.kind
    with_verdicts = tuple(verify(w.draft, kit.checks) for w in written)
    claims = account(with_verdicts, [j for w in written for j in w.failed])
    return assemble(
        window,
        kind,
        kit.language,
        with_verdicts,
        chart(
            with_verdicts, kit.taxonomy, language=kit.language, kind=kind, day=window.day, form=kit.chart_form
        ),
        (*entries, *plan.entries, claims),
        reports,
        kit.taxonomy,
        made_at=kit.at,
        made_by=kit.made_by,
    )


def _judge(kit: Kit) -> Judge:
    """All checks, with the stories a claim may quote as evidence."""

    def judged(claims: Iterable[Claim], of: Sequence[Ranked]) -> tuple[Judged, ...]:
        return judge(claims, kit.checks, evidence_of(i for r in of for i in r.story.items))

    return judged


def _gather(window: Window, kit: Kit) -> tuple[tuple[Harvest, ...], tuple[SourceReport, ...]]:
    """Every source's harvest: kept ones where they are final, asked again where they are not."""
    over = kit.at >= window.end and not kit.refresh
    kept = {h.source: h for h in kit.archive.harvests(window.day) if over and h.state in _DONE}
    missing = [s for s in kit.sources if s.name not in kept]
    asked = collect(
        window,
        missing,
        kit.web,
        kit.at,
        most=kit.max_items,
        strict=kit.strict,
        tell=lambda name: kit.tell("collect", name),
    )
    asked, enriched = enrich(asked, kit.enrichers, kit.web)
    kept |= {h.source: h for h in asked}
    harvests = tuple(kept[s.name] for s in kit.sources)
    kit.archive.save_harvests(window, harvests)
    if tray := kit.archive.imported(window):
        harvests = (*harvests, Harvest(source="import", state="fresh", items=tray))
    return harvests, enriched


def _archived(window: Window, kit: Kit) -> tuple[Edition, ...]:
    """The day's editions when all are there and nothing about them is open; else none."""
    found = [kit.archive.edition(window.day, kind) for kind in kit.kinds]
    whole = tuple(edition for edition in found if edition is not None)
    final = len(whole) == len(kit.kinds) and all(s.state in _DONE for e in whole for s in e.sources)
    return whole if final and not kit.refresh else ()


def publish(window: Window, editions: Sequence[Edition], kit: Kit) -> tuple[Receipt, ...]:
    """Every publisher's files, written at once; a publisher that fails costs only its own."""
    issue = Issue(day=window.day, editions=tuple(editions), recent=kit.archive.latest(SHELF))
    deliveries: list[tuple[str, Delivery]] = []
    failed: list[Receipt] = []
    for publisher in kit.publishers:
        kit.tell("publish", publisher.name)
        try:
            deliveries += [(publisher.name, delivery) for delivery in publisher.publish(issue)]
        except DeliveryError as error:
            failed.append(
                Receipt(publisher=publisher.name, path="", digest="", delivered_at=kit.at, error=str(error))
            )
    receipts = (*kit.folder.write(window.day, deliveries, kit.at), *failed)
    kit.archive.save_receipts(window.day, receipts)
    return receipts


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Adds the wall time of a stage to the run's record (never to the edition, which is the same twice)."""
    start = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = round(seconds.get(stage, 0.0) + time.perf_counter() - start, 4)
