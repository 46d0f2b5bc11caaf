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
from typing import Any

import msgspec

from daybrief.errors import DaybriefError, DeliveryError, in_a_line
from daybrief.fulltext import kept, with_texts
from daybrief.kit import DONE, Assessed, Collected, Gathered, Kit, Report, Selected
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
    Remembered,
    Rising,
    Story,
    Window,
)
from daybrief.ports import Archive, Filing, FirstSeen, HeldFiles, KeptDay, NeedsIssue, Publisher, Spool
from daybrief.render.page import forget_pages
from daybrief.stages.assemble import assemble, chart, grouped, rising
from daybrief.stages.collect import collect, enrich, first_sight, tally, with_earlier
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.stages.deliver import deliver, late_part, queue_late
from daybrief.stages.importing import harvest_of
from daybrief.stages.merit import merit_of
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
        stories, deduped = dedupe(items, that_matters(memory, items), window.day)
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
        filed, categorised = categorise(stories, _Assessing(kit), kit.taxonomy, known, kit.divide)
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
            merit=lambda story: own.merit if (own := _assessed(story, kit)) else merit_of(story),
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


# ── several days at once ────────────────────────────────────────────────────────────────────────────


def assess(window: Window, gathered: Gathered, kit: Kit, *, alone: bool) -> tuple[Assessed, ...]:
    """Decides what needs no memory of other days, of the stories of these items as if they were the first.

    They are filed where the categoriser files each story `alone`: neither order nor company matters to it.
    """
    items, _ = tally(gathered.harvests)
    stories, _ = dedupe(items, Memory(), window.day)
    filed = {f.story.id: f for f in kit.categoriser.file(stories).filed} if alone else {}
    return tuple(Assessed(story=s, merit=merit_of(s), filed=filed.get(s.id)) for s in stories)


def _assessed(story: Story, kit: Kit) -> Assessed | None:
    """Returns what was decided of a story before, if it is still the same."""
    known = kit.assessed.get(story.id)
    return known if known is not None and known.story == story else None


class _Assessing:
    """A day's categoriser, which is asked only for stories that were not assessed before."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.name = kit.categoriser.name

    def file(self, stories: Sequence[Story]) -> Filing:
        """Files each story, in order."""
        known = {s.id: own.filed for s in stories if (own := _assessed(s, self._kit)) and own.filed}
        rest = [story for story in stories if story.id not in known]
        filing = self._kit.categoriser.file(rest)
        filed = known | {f.story.id: f for f in filing.filed}
        return Filing(filed=tuple(filed[s.id] for s in stories if s.id in filed), usage=filing.usage)


class Ahead:
    """The archive of one reader as it will be once the days that are being written are kept in it.

    What later days remember of a day follows from what was selected for it, and nothing from its sentences:
    so the next day may be selected while this one is written. Days are added in order, each later than every
    day that the archive holds before the one selected next. All other calls go to the archive itself.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._days: dict[date, dict[str, Remembered]] = {}
        self._recent: dict[str, Remembered] = {}
        self._back = 0  # days before the next one whose stories are in `_recent`

    def __getattr__(self, name: str) -> Any:
        return getattr(self._archive, name)

    def add(self, day: date, selected: Sequence[Selected]) -> None:
        """Remembers what was selected for a day."""
        places = ((a.category, r.story) for each in selected for a in each.assignments for r in a.ranked)
        rows: dict[str, Remembered] = {}
        for category, story in places:
            rows.setdefault(story.id, _as_remembered(story, category, day))
        if self._back:
            first = day.toordinal() - self._back
            recent = {id_: r for id_, r in self._recent.items() if r.last_seen.toordinal() >= first}
            memory = selected[0].collected.memory if selected else Memory()
            older = {r.story: r for r in memory.before(day)}  # all that is known under their keys
            for id_, row in rows.items():
                known = recent.get(id_) or older.get(id_)
                recent[id_] = _followed(known, row) if known else row
            self._recent = recent
        self._days[day] = rows

    def drop(self, day: date) -> None:
        """Forgets a day that the archive holds by now."""
        del self._days[day]

    def reread(self) -> None:
        """Has the archive asked anew: it holds a day that was not added here."""
        self._recent, self._back = {}, 0

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Returns the stories printed before the day that carry any of these keys, by id."""
        if not keys:
            return ()
        wanted = set(keys)
        ours = {r.story for r in self._rows(before) if not wanted.isdisjoint(r.keys)}
        kept = self._archive.remembered([*keys, *sorted(ours)], before)
        known = [r for r in kept if r.story in ours or not wanted.isdisjoint(r.keys)]
        return self._joined(known, ours, before)

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Returns the stories printed in the `days` days before `before`, by id.

        The archive is asked once; then what is added is followed.
        """
        if days > self._back:
            self._recent = {r.story: r for r in self._printed_before(before, days)}
            self._back = days
        first = before.toordinal() - days
        return tuple(r for _, r in sorted(self._recent.items()) if r.last_seen.toordinal() >= first)

    def _printed_before(self, before: date, days: int) -> tuple[Remembered, ...]:
        kept = self._archive.recent(before, days)
        first = before.toordinal() - days
        ours = {r.story for r in self._rows(before) if r.last_seen.toordinal() >= first}
        new = ours - {r.story for r in kept}
        older = self._archive.remembered(sorted(new), before) if new else ()
        return self._joined([*kept, *(r for r in older if r.story in new)], ours, before)

    def _rows(self, before: date) -> Iterator[Remembered]:
        for day, rows in self._days.items():
            if day < before:
                yield from rows.values()

    def _joined(self, kept: Iterable[Remembered], ours: set[str], before: date) -> tuple[Remembered, ...]:
        """Returns what the archive knows of stories, each with what the days in it add."""
        known = {r.story: r for r in kept}
        wanted = ours | known.keys()
        for row in self._rows(before):
            if row.story in wanted:
                known[row.story] = _followed(known[row.story], row) if row.story in known else row
        return tuple(known[story] for story in sorted(known))


def _as_remembered(story: Story, category: str, day: date) -> Remembered:
    return Remembered(
        story=story.id,
        kind=story.kind,
        title=story.lead.title,
        keys=tuple(dict.fromkeys((story.id, *story.keys))),
        sources=tuple(dict.fromkeys(story.sources)),
        version=max((i.version for i in story.items if i.version is not None), default=None),
        category=category,
        first_seen=day,
        last_seen=day,
    )


def _followed(known: Remembered, later: Remembered) -> Remembered:
    """Returns what is known of a story after it was printed once more."""
    versions = [r.version for r in (known, later) if r.version is not None]
    return msgspec.structs.replace(
        later,
        keys=tuple(dict.fromkeys((*known.keys, *later.keys))),
        sources=tuple(dict.fromkeys((*known.sources, *later.sources))),
        version=max(versions, default=None),
        first_seen=known.first_seen,
    )


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
        outcome=_outcome([Report(window=day.window, editions=editions) for editions in day.made]),
        note="backfill",
    )


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
        outcome = _outcome(reports)
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


def _outcome(reports: Sequence[Report]) -> str:
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
