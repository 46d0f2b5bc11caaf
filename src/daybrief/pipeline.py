"""A day, from collecting to publishing.

    sources | collect | enrich, once; then for each profile, or for the one reader without:
    dedupe | for papers and for news: categorise | rank | group
            | for all sections at once: read | verify | repair | synthesise | verify | repair
            | for papers and for news: assemble | archive | publish | deliver

Everything right of `enrich` is a function of data. The archive is written after `collect` and after
`assemble`; a day that is complete is read back from it, so rerunning changes nothing, and a run killed at
any instant goes on from the last of the two. What is sent is noted message by message: see `stages.deliver`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

import msgspec

from daybrief.errors import DeliveryError
from daybrief.kit import DONE, Gathered, Kit, Report
from daybrief.model import (
    Claim,
    Delivery,
    Edition,
    EditionKind,
    Entry,
    Example,
    Issue,
    Judged,
    Ranked,
    Receipt,
    SourceReport,
    Story,
    Window,
)
from daybrief.sources.arxiv import papers
from daybrief.stages.assemble import assemble, chart, grouped
from daybrief.stages.categorise import categorise, of_kind
from daybrief.stages.collect import collect, enrich, tally, with_earlier
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.stages.deliver import deliver
from daybrief.stages.importing import harvest_of
from daybrief.stages.rank import rank
from daybrief.stages.verify import account, evidence_of, judge, preloaded
from daybrief.stages.write import Assignment, Judge, Written, trends, write
from daybrief.taste.examples import current_examples, missing_seeds, seed_examples
from daybrief.taste.preferences import preferences_of

SHELF = 60  # editions that indexes and feeds may show


def run(window: Window, kits: Sequence[Kit]) -> tuple[Report, ...]:
    """Make the day's editions for each reader, or read them back, and deliver them; a run is noted once.

    The sources are asked once, with the first kit. Of several readers, one whose part fails costs only their
    own; the failure is raised when it is everybody's.
    """
    first = kits[0]
    seconds: dict[str, float] = {}
    number = first.archive.begin(window.day, first.at)
    outcome, note = "interrupted", ""
    try:
        archived = {kit.profile: _archived(window, kit) for kit in kits}
        gathered = None
        if not all(archived.values()):
            with _timed(seconds, "collect"), preloaded(first.writer, first.checks):
                gathered = gather(window, first)
        reports, failures = _each(window, kits, archived, gathered, seconds)
        outcome, note = _outcome(reports), _note(window, reports, failures)
        return reports
    except Exception as failure:
        outcome, note = type(failure).__name__, str(failure)
        raise
    finally:
        first.archive.end(number, first.clock.now(), outcome, note[:500], seconds)


def _note(window: Window, reports: Sequence[Report], failures: Mapping[str, Exception]) -> str:
    """What the list of runs says of a run: who was not served, and how many deliveries did not arrive."""
    told = [f"{name}: {error}" for name, error in failures.items()]
    if missing := sum(bool(receipt.error) for report in reports for receipt in report.receipts):
        told.append(f"{missing} not delivered: `daybrief show {window.day} --receipts`")
    return "; ".join(told)


def _each(
    window: Window,
    kits: Sequence[Kit],
    archived: Mapping[str, tuple[Edition, ...]],
    gathered: Gathered | None,
    seconds: dict[str, float],
) -> tuple[tuple[Report, ...], dict[str, Exception]]:
    """One report a reader, in order, and what went wrong for whom; raises when nobody was served."""
    reports: list[Report] = []
    failures: dict[str, Exception] = {}
    for kit in kits:
        try:
            reports.append(_tell(window, kit, archived[kit.profile], gathered, seconds))
        except Exception as failure:
            if kit.strict or len(failures) + 1 == len(kits):
                raise
            kit.tell("failed", f"{kit.profile}: {failure}")
            failures[kit.profile] = failure
            reports.append(
                Report(
                    window=window,
                    editions=(),
                    reused=False,
                    receipts=(),
                    profile=kit.profile,
                    error=str(failure),
                )
            )
    return tuple(reports), failures


def _tell(
    window: Window,
    kit: Kit,
    archived: tuple[Edition, ...],
    gathered: Gathered | None,
    seconds: dict[str, float],
) -> Report:
    """One reader's editions, made of what was gathered unless all are in the archive, and delivered."""
    editions = archived
    if not archived and gathered is not None:
        editions = editions_of(gathered, window, kit, seconds)
        kit.archive.save_editions(editions)
    with _timed(seconds, _stage("publish", kit)):
        receipts = publish(window, editions, kit)
    return Report(
        window=window, editions=editions, reused=bool(archived), receipts=receipts, profile=kit.profile
    )


def _outcome(reports: Sequence[Report]) -> str:
    if not all(report.complete for report in reports):
        return "incomplete"
    return "reused" if all(report.reused for report in reports) else "complete"


def _stage(name: str, kit: Kit) -> str:
    """The name under which a stage's time is noted: with the profile it was for."""
    return f"{name} ({kit.profile})" if kit.profile else name


def make_editions(window: Window, kit: Kit, seconds: dict[str, float]) -> tuple[Edition, ...]:
    """The day's editions of one reader, one a kind, from collecting on."""
    with _timed(seconds, "collect"):
        gathered = gather(window, kit)
    return editions_of(gathered, window, kit, seconds)


def editions_of(
    gathered: Gathered, window: Window, kit: Kit, seconds: dict[str, float]
) -> tuple[Edition, ...]:
    """One reader's editions of what was gathered, one a kind."""
    items, collected = tally(gathered.harvests)
    with _timed(seconds, _stage("dedupe", kit)):
        keys = tuple({key for item in items for key in (item.key, *item.aliases)})
        memory = Memory(
            by_key=kit.archive.remembered(keys, window.day),
            recent=kit.archive.recent(window.day, kit.memory_days),
        )
        stories, deduped = dedupe(items, memory, window.day)
    examples = _examples(kit)
    plans = [_plan(window, kind, stories, memory, examples, kit, seconds) for kind in kit.kinds]
    kit.tell("write", kit.writer.author.name)
    with _timed(seconds, _stage("write", kit)):
        assignments = [a for plan in plans for a in plan.assignments]
        written = iter(write(assignments, kit.writer, kit.fallback, _judge(kit)))
    before, reports = (collected, deduped), gathered.reports
    return tuple(
        _edition(window, plan, list(islice(written, len(plan.assignments))), before, reports, kit)
        for plan in plans
    )


def _examples(kit: Kit) -> tuple[Example, ...]:
    """What the reader liked or not; seeds that are new are looked up once, in the archive or at arXiv."""
    if kit.interests is None:
        return ()
    held = kit.archive.examples()
    if wanted := missing_seeds(kit.interests.seeds, held):
        kit.tell("seeds", ", ".join(wanted))
        found, trouble = seed_examples(
            wanted, kit.archive.known(wanted), lambda ids: papers(ids, kit.web), kit.at
        )
        for why in trouble:
            kit.tell("seeds", why)
        kit.archive.save_examples(found)
        held = kit.archive.examples()
    return current_examples(kit.interests.seeds, held)


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
    examples: Sequence[Example],
    kit: Kit,
    seconds: dict[str, float],
) -> _Plan:
    """The day's stories of one kind, filed, ranked and grouped."""
    kit.tell(kind, "categorise")
    with _timed(seconds, _stage(f"categorise {kind}", kit)):
        ours, parted = of_kind(stories, kind)
        known = {r.story: r.category for r in memory.before(window.day)}
        filed, categorised = categorise(ours, kit.categoriser, kit.taxonomy, known)
    with _timed(seconds, _stage(f"rank {kind}", kit)):
        asked = (
            None if kit.interests is None else preferences_of(filed, kit.interests, examples, kit.language)
        )
        ranked, cut = rank(filed, most=kit.most, most_each=kit.most_each, preferences=asked)
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
    """One edition from its drafts: every sum drawn."""
    for why in dict.fromkeys(why for w in written for why in w.draft.why):
        kit.tell("write", why)
    kind = plan.kind
    with_verdicts = tuple(w.checked for w in written)
    claims = account(with_verdicts, [f for w in written for f in w.fallen])
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


def gather(window: Window, kit: Kit) -> Gathered:
    """Every source's harvest: kept ones where they are final, asked again where they are not."""
    over = kit.at >= window.end and not kit.refresh
    earlier = {h.source: h for h in kit.archive.harvests(window.day)}
    kept = {name: h for name, h in earlier.items() if over and h.state in DONE}
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
    kept |= {h.source: with_earlier(h, earlier.get(h.source)) for h in asked}
    harvests = tuple(kept[s.name] for s in kit.sources)
    kit.archive.save_harvests(window, harvests)
    if imported := kit.archive.imported(window):
        harvests = (*harvests, harvest_of(imported))
        kit.archive.settle(window, imported)
    return Gathered(harvests=harvests, enriched=enriched)


def _archived(window: Window, kit: Kit) -> tuple[Edition, ...]:
    """The day's editions when all are there and nothing about them is open; else none."""
    if kit.archive.pending(window):
        return ()
    found = [kit.archive.edition(window.day, kind) for kind in kit.kinds]
    whole = tuple(edition for edition in found if edition is not None)
    final = len(whole) == len(kit.kinds) and all(s.state in DONE for e in whole for s in e.sources)
    return whole if final and not kit.refresh else ()


def publish(window: Window, editions: Sequence[Edition], kit: Kit) -> tuple[Receipt, ...]:
    """Every publisher's files, written at once, then every channel's messages; one failing costs its own."""
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
    if kit.room is not None:
        receipts = (*receipts, *deliver(issue, kit.room))
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
