"""A day, from collecting to publishing.

    sources | collect | enrich, once; then for each profile, or for the one reader without:
    dedupe | for papers and for news: categorise | rank | group
            | whole texts of what will be printed
            | for all sections at once: read | verify | repair | synthesise | verify | repair
            | for papers and for news: assemble | archive | publish | deliver

Everything right of `enrich` is a function of data. The archive is written after `collect` and after
`assemble`; a day that is complete is read back from it, so rerunning changes nothing, and a run killed at
any instant goes on from the last of the two. What is sent is noted message by message: see `stages.deliver`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import chain, islice
from operator import itemgetter

import msgspec

from daybrief.errors import DaybriefError, DeliveryError, in_a_line
from daybrief.fulltext import kept, with_texts
from daybrief.kit import DONE, Collected, EveryHeadline, Gathered, Kit, Report, Selected
from daybrief.model import (
    Claim,
    Edition,
    EditionKind,
    Example,
    Harvest,
    Issue,
    Item,
    Judged,
    Ranked,
    Receipt,
    Rising,
    Window,
)
from daybrief.ports import Archive, FirstSeen, HeldFiles, NeedsIssue, Publisher, Spool
from daybrief.render.page import forget_pages
from daybrief.stages.assemble import assemble, chart, grouped, rising
from daybrief.stages.collect import collect, enrich, first_sight, tally, with_earlier
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.stages.deliver import deliver, late_part, queue_late
from daybrief.stages.importing import harvest_of
from daybrief.stages.rank import categorise, of_kind, rank
from daybrief.stages.verify import account, evidence_of, judge, preloaded
from daybrief.stages.write import Assignment, Judge, Written, trends, write
from daybrief.taste import preferences_of
from daybrief.taste.examples import current_examples, missing_seeds, seed_examples
from daybrief.text.identity import shown
from daybrief.whole import Figure

_ARXIV = "arxiv:"
RECENT_EDITIONS = 60  # that indexes and feeds may show


# ── the editions of a day ───────────────────────────────────────────────────────────────────────────


def make_editions(window: Window, gathered: Gathered, kit: Kit) -> tuple[Edition, ...]:
    """Makes one reader's editions of what was gathered, one a kind."""
    return write_editions(select_editions(window, gathered, kit), kit)


def select_editions(window: Window, gathered: Gathered, kit: Kit) -> tuple[Selected, ...]:
    """Decides what the editions will hold: one line a stage. All that earlier days decide is decided here."""
    collected = deduplicate(window, gathered, kit)
    examples = learn(kit)
    selected = [select(collected, kind, examples, kit) for kind in kit.kinds]
    return tuple(read_whole(selected, kit))


def write_editions(selected: Sequence[Selected], kit: Kit) -> tuple[Edition, ...]:
    """Writes, verifies and assembles selected editions; asks the archive nothing."""
    terms: list[tuple[Rising, ...]] = []

    def find_terms() -> None:
        terms.extend(_rising(each, kit) for each in selected)

    written = tuple(write_sections(selected, kit, find_terms))
    return tuple(
        finish(each, sections, rises, kit)
        for each, sections, rises in zip(selected, written, terms, strict=True)
    )


def gather(window: Window, kit: Kit, *, known: bool = True) -> Gathered:
    """Returns every source's harvest: kept ones where they are final, asked again where they are not.

    `known` False: the archive has no harvest of the day.
    """
    over = kit.at >= window.end and not kit.refresh
    earlier = {h.source: h for h in kit.archive.harvests(window.day)} if known else {}
    kept = {name: h for name, h in earlier.items() if over and h.state in DONE}
    with kit.log.stage("collect"), preloaded(kit.writer, kit.checks):
        unknown = [source for source in kit.sources if source.name not in kept]
        new = collect(window, unknown, kit.web, kit.at, kit.limits, strict=kit.strict)
        new, enriched = enrich(new, kit.enrichers, kit.web, kit.limits)
    new = _first_seen(new, window, kit)
    kept |= {harvest.source: with_earlier(harvest, earlier.get(harvest.source)) for harvest in new}
    harvests = tuple(kept[source.name] for source in kit.sources)
    if harvests or earlier:
        kit.archive.save_harvests(window, harvests)
    imported = kit.archive.imported(window)
    if imported:
        harvests = (*harvests, harvest_of(imported))
    return Gathered(harvests=harvests, enriched=enriched, imported=imported)


def _first_seen(harvests: Sequence[Harvest], window: Window, kit: Kit) -> tuple[Harvest, ...]:
    """Returns the harvests without undated items that another day has, of sources that ask for it."""
    asking = {s.name for s in kit.sources if isinstance(s, FirstSeen) and s.first_seen}
    return tuple(
        first_sight(h, [row for item in h.items for row in kit.archive.items([item.key])], window.day)
        if h.source in asking
        else h
        for h in harvests
    )


def deduplicate(window: Window, gathered: Gathered, kit: Kit) -> Collected:
    """Turns a day's items into stories, each once, and joins those of earlier days."""
    items, entry = tally(gathered.harvests)
    with kit.log.stage("dedupe", kit.profile):
        keys = tuple({key for item in items for key in (item.key, *item.aliases)})
        memory = Memory(
            by_key=kit.archive.remembered(keys, window.day),
            recent=kit.archive.recent(window.day, kit.memory_days),
        )
        known = that_matters(memory, items)
        every = EveryHeadline(by_key=known.by_key, recent=known.recent)
        stories, deduped = dedupe(items, every, window.day)
    return Collected(
        window=window, gathered=gathered, stories=stories, memory=memory, entries=(entry, deduped)
    )


def that_matters(memory: Memory, items: Sequence[Item]) -> Memory:
    """Returns what of the memory may belong to these items: where all are arXiv's, what shares a key.

    Two arXiv ids are never one story, however alike they look.
    """
    known = all(r.story.startswith(_ARXIV) for r in chain(memory.recent, memory.by_key))
    alone = known and all(item.key.startswith(_ARXIV) for item in items)
    return Memory(by_key=memory.by_key) if alone else memory


def learn(kit: Kit) -> tuple[Example, ...]:
    """Returns what the reader liked or not; looks new seeds up once, in the archive or at arXiv."""
    if kit.interests is None:
        return ()
    seeds = kit.interests.seeds
    if new := missing_seeds(seeds, kit.archive.examples()):
        kit.log.progress("seeds", ", ".join(new))
        examples, problems = seed_examples(
            new, kit.archive.known(new), lambda ids: kit.papers(ids, kit.web), kit.at
        )
        for problem in problems:
            kit.log.warn("seeds", problem)
        kit.archive.save_examples(examples)
    return current_examples(seeds, kit.archive.examples())


def select(collected: Collected, kind: EditionKind, examples: Sequence[Example], kit: Kit) -> Selected:
    """Files, ranks and groups the stories of one kind."""
    day = collected.window.day
    before = collected.memory.before(day)
    with kit.log.stage(f"categorise {kind}", kit.profile):
        stories, parted = of_kind(collected.stories, kind)
        known = {r.story: r.category for r in before}
        filed, categorised = categorise(stories, kit.categoriser, kit.taxonomy, known, kit.divide)
    with kit.log.stage(f"rank {kind}", kit.profile):
        interests = kit.interests
        preferences = preferences_of(filed, interests, examples, kit.language) if interests else None
        ranked, cut = rank(
            filed,
            most=kit.most,
            most_each=kit.most_each,
            preferences=preferences,
            earlier=before,
            divide=kit.divide,
            merit=kit.merit,
            followed=kit.followed,
        )
    titles = (item.title for r in ranked for item in r.story.items)
    recent = kit.archive.recent(day, kit.trend_days)
    earlier = trends(recent, "paper" if kind == "papers" else "news", titles)
    assignments = tuple(
        Assignment(category=category, ranked=stories, trends=earlier)
        for category, stories in grouped(ranked, kit.taxonomy)
    )
    return Selected(
        collected=collected,
        kind=kind,
        assignments=assignments,
        trends=earlier,
        entries=(parted, categorised, cut),
    )


def read_whole(selected: Sequence[Selected], kit: Kit) -> list[Selected]:
    """Adds the whole texts of the stories that will be printed, best first; notes how many there are."""
    if kit.texts is None:
        return list(selected)
    with kit.log.stage("whole texts", kit.profile):
        ranked = (r for each in selected for assignment in each.assignments for r in assignment.ranked)
        read = kit.texts.read([r.story for r in sorted(ranked, key=lambda r: -r.score)])
    if read.texts:
        kit.log.note(read.account)
    return [
        msgspec.structs.replace(
            each,
            assignments=tuple(
                msgspec.structs.replace(assignment, ranked=with_texts(assignment.ranked, read.texts))
                for assignment in each.assignments
            ),
        )
        for each in selected
    ]


def write_sections(
    selected: Sequence[Selected], kit: Kit, own: Callable[[], None]
) -> Iterator[tuple[Written, ...]]:
    """Writes and verifies the sections of all kinds at once, after `own` work; yields them kind by kind."""
    assignments = [assignment for each in selected for assignment in each.assignments]
    with kit.log.stage("write", kit.profile, kit.writer.author.name):
        written = iter(tuple(write(assignments, kit.writer, kit.fallback, _judge(kit), kit.divide, own)))
    for each in selected:
        yield tuple(islice(written, len(each.assignments)))


def _rising(selected: Selected, kit: Kit) -> tuple[Rising, ...]:
    """Returns the terms that several of the selected stories speak of."""
    return rising((r for a in selected.assignments for r in a.ranked), selected.trends, kit.language)


def finish(selected: Selected, written: Sequence[Written], terms: tuple[Rising, ...], kit: Kit) -> Edition:
    """Assembles one edition from its written sections; every sum is drawn."""
    for reason in dict.fromkeys(reason for section in written for reason in section.draft.why):
        kit.log.warn("write", reason)
    collected, kind = selected.collected, selected.kind
    window, checked = collected.window, tuple(kept(section.checked) for section in written)
    claims = account(checked, [claim for section in written for claim in section.fallen])
    form, language = kit.chart_form, kit.language
    return assemble(
        window,
        kind,
        language,
        checked,
        chart(checked, kit.taxonomy, language=language, kind=kind, day=window.day, form=form),
        (*collected.entries, *selected.entries, claims),
        collected.gathered.reports,
        kit.taxonomy,
        made_at=kit.at,
        made_by=kit.made_by,
        rising=terms,
    )


def _judge(kit: Kit) -> Judge:
    """Applies all checks, with the stories a claim may quote as evidence."""

    def judged(claims: Iterable[Claim], stories: Sequence[Ranked]) -> tuple[Judged, ...]:
        return judge(claims, kit.checks, evidence_of(i for r in stories for i in r.story.items))

    return judged


# ── a run, for one reader or several ────────────────────────────────────────────────────────────────


def run(window: Window, kits: Sequence[Kit]) -> tuple[Report, ...]:
    """Makes the day's editions for each reader, or reads them back, and publishes them; notes the run once.

    The sources are asked once, with the first kit. Of several readers, one whose part fails costs only their
    own. Raises the failure when it is everybody's.
    """
    first, log = kits[0], kits[0].log
    number = first.archive.begin(window.day, first.at)
    outcome = "interrupted"
    try:
        archived = [_archived(window, kit) for kit in kits]
        gathered = None if all(archived) else gather(window, first)
        reports = _serve_all(window, list(zip(kits, archived, strict=True)), gathered)
        outcome = outcome_of(reports)
        if gathered and not any(report.error for report in reports):
            first.archive.settle(window, gathered.imported)  # not before it is printed: a run may be killed
        return reports
    except Exception as failure:
        outcome = type(failure).__name__
        log.note(str(failure))
        raise
    finally:
        first.archive.end(number, first.clock.now(), outcome, log.notes[:500], log.seconds)
        log.end(window.day, outcome)


def _serve_all(
    window: Window, readers: Sequence[tuple[Kit, tuple[Edition, ...]]], gathered: Gathered | None
) -> tuple[Report, ...]:
    """Returns one report a reader, in order; raises when nobody was served."""
    reports: list[Report] = []
    for kit, archived in readers:
        try:
            reports.append(_serve(window, kit, archived, gathered))
        except Exception as failure:
            if kit.strict or sum(bool(report.error) for report in reports) + 1 == len(readers):
                raise
            kit.log.warn("failed", f"{kit.profile}: {failure}")
            kit.log.note(f"{kit.profile}: {failure}")
            reports.append(Report(window=window, profile=kit.profile, error=str(failure)))
    if undelivered := sum(bool(receipt.error) for report in reports for receipt in report.receipts):
        readers[0][0].log.note(f"{undelivered} not delivered: `daybrief show {window.day} --receipts`")
    return tuple(reports)


def _serve(window: Window, kit: Kit, archived: tuple[Edition, ...], gathered: Gathered | None) -> Report:
    """Makes one reader's editions, unless all are in the archive, and publishes them."""
    editions, new = archived, not archived and gathered is not None
    if not archived and gathered is not None:
        editions = make_editions(window, gathered, kit)
        queue_late_stories(window, editions, kit)
    receipts = publish(window, editions, kit, new=new)
    return Report(
        window=window, editions=editions, reused=bool(archived), receipts=receipts, profile=kit.profile
    )


def queue_late_stories(window: Window, editions: Sequence[Edition], kit: Kit) -> None:
    """Queues the stories that the day's earlier editions lacked, before those are replaced by these."""
    if kit.dispatcher is None:
        return
    parts = (late_part(edition, kit.archive.edition(window.day, edition.kind)) for edition in editions)
    late = tuple(part for part in parts if part is not None)
    for receipt in queue_late(Issue(day=window.day, editions=late, recent=()), kit.dispatcher):
        kit.log.warn("deliver", receipt.error)
        kit.log.note(f"late stories not queued: {receipt.error}")


def _archived(window: Window, kit: Kit) -> tuple[Edition, ...]:
    """Returns the day's editions when they are final and nobody asks for new ones; else none."""
    return () if kit.refresh else final_editions(kit.archive, window, kit.kinds)


def final_editions(archive: Archive, window: Window, kinds: Sequence[EditionKind]) -> tuple[Edition, ...]:
    """Returns the day's editions when all are there and nothing about them is open; else none."""
    if archive.pending(window):
        return ()
    rows = [archive.edition(window.day, kind) for kind in kinds]
    editions = tuple(edition for edition in rows if edition is not None)
    whole = len(editions) == len(kinds) and all(s.state in DONE for e in editions for s in e.sources)
    return editions if whole else ()


def outcome_of(reports: Sequence[Report]) -> str:
    """Returns the outcome of a run that is noted: incomplete, reused or complete."""
    if not all(report.complete for report in reports):
        return "incomplete"
    return "reused" if all(report.reused for report in reports) else "complete"


def _recent(editions: Sequence[Edition], kit: Kit) -> tuple[Edition, ...]:
    """Returns the latest editions, as the archive gives them once it holds these."""
    places = {(edition.window.day, edition.kind) for edition in editions}
    kept = kit.archive.latest(RECENT_EDITIONS, editions)
    older = (edition for edition in kept if (edition.window.day, edition.kind) not in places)
    newest_first = sorted((*editions, *older), key=lambda e: (e.window.day, e.kind == "papers"), reverse=True)
    return tuple(newest_first[:RECENT_EDITIONS])


def _nothing() -> None:
    """There is nothing to archive."""


def _held(issue: Issue, kit: Kit, spool: Spool, archive: Callable[[], None]) -> list[HeldFiles | Receipt]:
    """Archives, then has each publisher's files held, in order; a receipt stands for one that failed.

    Those that show pages may work beside the archive, in a fork.
    """
    groups = _groups(issue, kit)

    def hold(group: int) -> list[tuple[int, HeldFiles | Receipt]]:
        return [(n, _files(kit.publishers[n], issue, kit, spool)) for n in groups[group]]

    if kit.divide and len(groups) > 1:
        for number in groups[0]:
            kit.log.progress("publish", kit.publishers[number].name)  # nobody hears a fork
        spool.share()
        answers = kit.divide(hold, range(len(groups)), archive)
    else:
        archive()
        answers = {group: hold(group) for group in range(len(groups))}
    return [files for _, files in sorted(chain.from_iterable(answers.values()), key=itemgetter(0))]


_WORTH_A_FORK, _FITS_TWICE = 60, 3_000  # stories; a fork copies what it walks of a larger day


def _groups(issue: Issue, kit: Kit) -> list[list[int]]:
    """The publishers' numbers: all in a row, or those that show pages, which share them, and the others."""
    numbers = list(range(len(kit.publishers)))
    pages = [n for n, p in enumerate(kit.publishers) if isinstance(p, NeedsIssue) and p.shows_pages]
    stories = sum(len(edition.stories) for edition in issue.editions)
    alone = all(isinstance(publisher, NeedsIssue) for publisher in kit.publishers)
    if not pages or not alone or not _WORTH_A_FORK <= stories <= _FITS_TWICE:
        return [numbers]
    return [pages, [n for n in numbers if n not in pages]]


def _files(publisher: Publisher, issue: Issue, kit: Kit, spool: Spool) -> HeldFiles | Receipt:
    kit.log.progress("publish", publisher.name)
    try:
        return spool.hold(publisher.name, publisher.publish(issue))
    except Exception as bug:  # the isolation boundary of one publisher
        if not isinstance(bug, DeliveryError) and kit.strict:
            raise
        return _unwritten(publisher.name, bug, kit)


def _unwritten(publisher: str, bug: Exception, kit: Kit) -> Receipt:
    """The receipt of a publisher whose files are not written."""
    known = isinstance(bug, DaybriefError)
    why = str(bug) if known else f"{publisher} failed: {in_a_line(bug)} (a bug in it)"
    return Receipt(publisher=publisher, path="", digest="", delivered_at=kit.at, error=shown(why))


def _cover(day: date, kit: Kit) -> Figure | None:
    """Returns the picture of the day; none, and a warning, where it cannot be shown."""
    try:
        return kit.cover(day)
    except DeliveryError as unfit:
        kit.log.warn("publish", str(unfit))
        return None


def publish(
    window: Window, editions: Sequence[Edition], kit: Kit, *, new: bool = False
) -> tuple[Receipt, ...]:
    """Writes every publisher's files at once, then sends all messages; a failure costs its own.

    Editions that are `new` are archived before anybody sees a file.
    """
    recent = _recent(editions, kit)
    issue = Issue(day=window.day, editions=tuple(editions), recent=recent, cover=_cover(window.day, kit))
    with kit.log.stage("publish", kit.profile), kit.folder.spool() as spool:
        archive = partial(kit.archive.save_editions, editions) if new else _nothing
        failed: list[Receipt] = []
        for files in _held(issue, kit, spool, archive):
            if isinstance(files, Receipt):
                failed.append(files)
                continue
            try:
                spool.add(files)
            except DeliveryError as unfit:  # a place that is odd, or another publisher's
                failed.append(_unwritten(files[0][0], unfit, kit))
        receipts = (*spool.write(window.day, kit.at), *failed)
        if kit.dispatcher is not None:
            receipts = (*receipts, *deliver(issue, kit.dispatcher))
        kit.archive.save_receipts(window.day, receipts)
    forget_pages()  # a large day's take as much memory as its edition
    return receipts
