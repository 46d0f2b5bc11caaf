"""Write: read each story alone, keep what is proved, then synthesise a section from nothing else.

    for every section, side by side:
        for every new story, side by side: read | check | draft again, if asked to | repair | check | extract
        synthesise | check | repair | check | draft
        for every story told before: the first sentence of its gist, from the fallback writer | check

As many calls are under way as the writer allows (`Writer.concurrency`). A section is synthesised as soon as
its own stories are proved. A story or section the writer cannot write costs the reader the model's sentences
only: the fallback writer takes it over.

Of what a writer says, only what passes the checks stands.

    about a story   → judge → what falls: repaired once → judge → else the extract of its part → else dropped
    about a section → judge → what falls: repaired once → judge → else dropped

A sentence that falls is never forgotten: its `fate` goes into the ledger with it.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any, ParamSpec, Protocol, TypeVar

import msgspec

from daybrief.errors import DaybriefError, WriterError, in_a_line
from daybrief.model import Checked, Claim, Draft, ItemKind, Judged, Part, Ranked, Remembered, Usage, Verdict
from daybrief.ports import Attempt, DividesWork, Reading, Redrafts, Repairs, Trends, Writer
from daybrief.stages.verify import Fate, RejectedClaim
from daybrief.text.identity import shown
from daybrief.text.words import keywords

__all__ = ["Assignment", "Judge", "Written", "summed", "write"]

P = ParamSpec("P")
T = TypeVar("T")
LOG = logging.getLogger(__name__)
_MOST_BYTES = 2**20  # of one attempt of another's writer: a section of a hundred stories takes a third
_claims_and_usage = msgspec.msgpack.Decoder(tuple[tuple[Claim, ...], Usage]).decode


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """A section to write: the stories of one category, best first."""

    category: str
    ranked: tuple[Ranked, ...]
    trends: Trends = Trends()

    @property
    def new(self) -> tuple[Ranked, ...]:
        """The stories whose text was not printed before; of others the page says what is new instead."""
        return tuple(r for r in self.ranked if not r.story.continues)


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A section's draft with its verdicts, and the claims that fell on the way to it."""

    checked: Checked
    fallen: tuple[RejectedClaim, ...]

    @property
    def draft(self) -> Draft:
        """The draft alone."""
        return self.checked.draft


_LARGE = 60  # stories from which a second process saves more than it costs


def write(
    assignments: Sequence[Assignment],
    writer: Writer,
    fallback: Writer,
    judge: Judge,
    divide: DividesWork | None = None,
    own: Callable[[], None] = lambda: None,
) -> tuple[Written, ...]:
    """The draft of every section, in order; the same whatever the order in which answers come.

    `divide` shares a large day among processes; it is given only where writer and checks need nothing but
    their arguments. `own` is further work of this process: it is done first, while others have begun. A
    writer that fails in any way costs its own sentences. A wrong setting ends the whole; calls that have
    begun are not waited for.
    """
    checked = CheckedWriter(writer, fallback, judge)
    if divide and writer.concurrency <= 1 and sum(len(section.new) for section in assignments) >= _LARGE:
        return _divided(assignments, checked, writer, fallback, partial(divide, own=own))
    own()
    with _started(writer.concurrency) as start:
        waiting = ([start(checked.story, ranked) for ranked in section.new] for section in assignments)
        # Every story has its place in the queue before the first section, so no section waits in vain. One at
        # a time nobody waits: a section follows its own stories, while what was made of their texts is kept.
        queued = waiting if writer.concurrency <= 1 else list(waiting)
        stories, sections = [], []
        for section, read in zip(assignments, queued, strict=True):
            stories += read
            sections.append(start(_section, section, read, checked, writer, fallback))
        return _results(sections, stories)


def _divided(
    assignments: Sequence[Assignment],
    checked: CheckedWriter,
    writer: Writer,
    fallback: Writer,
    divide: DividesWork,
) -> tuple[Written, ...]:
    """Writes each section whole in one process, the largest first; its stories do not travel back.

    One story is read beforehand: patterns and tables that reading needs are then made once for all processes.
    """

    def written(number: int) -> Written:
        section = assignments[number]
        read = [_called(checked.story, ranked) for ranked in section.new]
        return _with_stories(_section(section, read, checked, writer, fallback), ())

    largest_first = sorted(range(len(assignments)), key=lambda number: -len(assignments[number].new))
    checked.story(next(ranked for section in assignments for ranked in section.new))
    sections = divide(written, largest_first)
    return tuple(_with_stories(sections[number], each.ranked) for number, each in enumerate(assignments))


def _with_stories(written: Written, ranked: tuple[Ranked, ...]) -> Written:
    draft = msgspec.structs.replace(written.draft, ranked=ranked)
    return msgspec.structs.replace(written, checked=msgspec.structs.replace(written.checked, draft=draft))


def _section(
    assignment: Assignment,
    reads: Sequence[Future[StoryClaims]],
    checked: CheckedWriter,
    writer: Writer,
    fallback: Writer,
) -> Written:
    """Writes a section, from its stories to its draft."""
    read = [future.result() for future in reads]
    proved = [judged for story in read for judged in story.proved]
    reading = Reading(
        category=assignment.category,
        ranked=assignment.ranked,
        claims=tuple(judged.claim for judged in proved),
        trends=assignment.trends,
    )
    # A writer that could read nothing of a section has nothing to sum up.
    unread = bool(read) and all(story.failed for story in read)
    known = {judged.claim: judged for judged in proved}
    section = checked.section(reading, known, with_writer=not unread)
    again = tuple(judged for r in assignment.ranked if r.story.continues for judged in checked.again(r))
    section = msgspec.structs.replace(section, judged=(*section.judged, *again))
    return _written(assignment, read, section, fallback if unread else writer)


def _written(
    assignment: Assignment, read: Sequence[StoryClaims], section: SectionClaims, author: Writer
) -> Written:
    attempts = [*(a for story in read for a in story.attempts), *section.attempts]
    firsts = [*(story.attempts[0] for story in read), section.attempts[0]]
    draft = Draft(
        category=assignment.category,
        ranked=assignment.ranked,
        claims=tuple(judged.claim for judged in section.judged),
        author=author.author,
        usage=summed(a.usage for a in attempts),
        fallbacks=tuple(r.story.id for r, s in zip(assignment.new, read, strict=True) if s.failed),
        why=tuple(dict.fromkeys(str(a.error) for a in firsts if a.error)),
    )
    return Written(
        checked=Checked(draft=draft, judged=section.judged),
        fallen=(*(f for story in read for f in story.fallen), *section.fallen),
    )


class _Start(Protocol):
    def __call__(self, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]: ...


@contextmanager
def _started(concurrency: int) -> Iterator[_Start]:
    """Starts calls, so many at once, first come, first served; with 1 each runs here before the next."""
    if concurrency <= 1:
        yield _called
        return
    pool = ThreadPoolExecutor(concurrency, "writing")
    try:
        yield pool.submit
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def _called(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    future: Future[T] = Future()
    future.set_result(call(*args, **kwargs))
    return future


def _results(sections: Sequence[Future[T]], stories: Sequence[Future[StoryClaims]]) -> tuple[T, ...]:
    """The result of each section, in order; raises what the first call to fail has raised."""
    calls: list[Future[Any]] = [*stories, *sections]
    for future in wait(calls, return_when=FIRST_EXCEPTION).done:
        future.result()
    return tuple(section.result() for section in sections)


def summed(usages: Iterable[Usage]) -> Usage:
    """Add up what several things cost."""
    return Usage().plus(*usages)


def trends(recent: Sequence[Remembered], kind: ItemKind, titles: Iterable[str]) -> Trends:
    """Count the stories of this kind with each keyword of some titles, and the days with an edition."""
    same = [r for r in recent if r.kind == kind]
    wanted = {word for title in titles for word in keywords(title)}
    counts: Counter[str] = Counter()
    for remembered in same:
        counts.update(wanted.intersection(keywords(remembered.title)))
    return Trends(days=len({r.last_seen for r in same}), counts=dict(counts))


# ── check and repair ────────────────────────────────────────────────────────────────────────────────


Judge = Callable[[Iterable[Claim], Sequence[Ranked]], tuple[Judged, ...]]


class StoryClaims(msgspec.Struct, frozen=True, kw_only=True):
    """The claims about a story: the proved, the fallen, and the attempts it took."""

    proved: tuple[Judged, ...]
    fallen: tuple[RejectedClaim, ...]
    attempts: tuple[Attempt, ...]

    @property
    def failed(self) -> bool:
        """Whether the writer could not read the story."""
        return self.attempts[0].error is not None


class SectionClaims(msgspec.Struct, frozen=True, kw_only=True):
    """A section's sentences with their verdicts, what a repair took the place of, and the attempts."""

    judged: tuple[Judged, ...]
    fallen: tuple[RejectedClaim, ...] = ()
    attempts: tuple[Attempt, ...] = ()


class CheckedWriter:
    """Asks a writer, and lets nothing of it stand that `judge` finds unsupported.

    Both methods may be called from several threads: the writer is asked side by side, and everything that
    computes (checks, extracts) happens one at a time.
    """

    def __init__(self, writer: Writer, fallback: Writer, judge: Judge) -> None:
        self._writer = writer
        self._fallback = fallback
        self._judge_claims = judge
        self._redrafting = writer if isinstance(writer, Redrafts) else None
        self._repairing = writer if isinstance(writer, Repairs) else None
        self._computing = Lock()

    def story(self, ranked: Ranked) -> StoryClaims:
        """Everything that is proved about one story; the fallback reads what the writer cannot."""
        drafts = self._drafted(ranked)
        first, judged = best_draft(drafts)
        others = tuple(attempt for attempt, _ in drafts if attempt is not first)
        if first.error is not None:
            judged = self._judge(self._extracted(ranked), [ranked])
            return StoryClaims(proved=_kept(judged), fallen=fates(_failed(judged)), attempts=(first, *others))
        proved, failed = _kept(judged), _failed(judged)
        second = self._repaired(ranked, failed)
        again = self._judged([c for c in second.claims if c not in _claims(proved)], ranked)
        missing = {j.claim.part for j in failed} - {j.claim.part for j in (*proved, *_kept(again))}
        known = {j.claim for j in (*judged, *again)}
        extracts = self._extracts(ranked, missing, known) if missing else ()
        return StoryClaims(
            proved=(*proved, *_kept(again), *_kept(extracts)),
            fallen=(
                *fates(failed, repaired=_kept(again), replaced=_kept(extracts)),
                *(RejectedClaim(judged=j, fate="again") for j in _failed(again)),
                *fates(_failed(extracts)),
            ),
            attempts=(first, *others, second),
        )

    def again(self, ranked: Ranked) -> tuple[Judged, ...]:
        """The first proved sentence of the gist of a story that was told before; the writer is not asked."""
        gist = [claim for claim in self._extracted(ranked) if claim.part == "gist"]
        return _kept(self._judge(gist[:1], [ranked]))

    def _drafted(self, ranked: Ranked) -> list[StoryDraft]:
        """The writer's drafts of a story with their verdicts: one, or until one passes whole.

        A draft that fails ends the drafting: the budget is spent, or the model cannot be had.
        """
        first = _attempted(self._writer.read, ranked)
        drafts = [(first, self._judged(first.claims, ranked) if first.error is None else ())]
        most = self._redrafting.drafts if self._redrafting else 1
        while len(drafts) < most and drafts[-1][0].error is None and _failed(drafts[-1][1]):
            again = _attempted(self._writer_again, ranked, len(drafts) + 1)
            drafts.append((again, self._judged(again.claims, ranked) if again.error is None else ()))
        return drafts

    def _writer_again(self, ranked: Ranked, number: int) -> Attempt:
        return self._redrafting.redraft(ranked, number) if self._redrafting else Attempt()

    def section(self, reading: Reading, known: Mapping[Claim, Judged], *, with_writer: bool) -> SectionClaims:
        """The parts of one section; `known` are verdicts already given.

        `with_writer` says whether the writer is asked; without it the fallback sums up.
        """
        first = _attempted(self._writer.synthesise, reading) if with_writer else Attempt()
        if not with_writer or first.error is not None:
            with self._computing:
                extracts = self._fallback.synthesise(reading).claims
            return SectionClaims(judged=self._verdicts(extracts, reading, known), attempts=(first,))
        judged = self._verdicts(first.claims, reading, known)
        failed = tuple(j for j in _failed(judged) if j.claim.part != "keyword" and j.claim not in known)
        second = self._mended(reading, failed)
        again = self._judge([c for c in second.claims if c not in first.claims], reading.ranked)
        fallen = fates(failed, repaired=_kept(again))
        return SectionClaims(
            judged=_with_repairs(judged, fallen, _kept(again)),
            fallen=(
                *(f for f in fallen if f.fate == "repaired"),
                *(RejectedClaim(judged=j, fate="again") for j in _failed(again)),
            ),
            attempts=(first, second),
        )

    def _repaired(self, ranked: Ranked, failed: Sequence[Judged]) -> Attempt:
        if failed and self._repairing:
            return _attempted(self._repairing.repair_story, ranked, failed)
        return Attempt()

    def _mended(self, reading: Reading, failed: Sequence[Judged]) -> Attempt:
        if failed and self._repairing:
            return _attempted(self._repairing.repair_section, reading, failed)
        return Attempt()

    def _judge(self, claims: Sequence[Claim], ranked: Sequence[Ranked]) -> tuple[Judged, ...]:
        with self._computing:
            return self._judge_claims(claims, ranked)

    def _judged(self, claims: Sequence[Claim], ranked: Ranked) -> tuple[Judged, ...]:
        """A claim that rests on nothing is never printed, whatever checks there are."""
        quoted = self._judge([c for c in claims if c.quotes], [ranked])
        return (*quoted, *(_unquoted(c) for c in claims if not c.quotes))

    def _extracted(self, ranked: Ranked) -> tuple[Claim, ...]:
        with self._computing:
            return self._fallback.read(ranked).claims

    def _extracts(self, ranked: Ranked, missing: set[Part], known: set[Claim]) -> tuple[Judged, ...]:
        """The fallback's sentences for the parts that would be missing; none that has been judged before."""
        extracts = self._extracted(ranked)
        return self._judge([c for c in extracts if c.part in missing and c not in known], [ranked])

    def _verdicts(
        self, claims: Sequence[Claim], reading: Reading, known: Mapping[Claim, Judged]
    ) -> tuple[Judged, ...]:
        """Each claim with its verdicts; what was judged when its story was read is not judged twice."""
        fresh = iter(self._judge([c for c in claims if c not in known], reading.ranked))
        return tuple(known[c] if c in known else next(fresh) for c in claims)


StoryDraft = tuple[Attempt, tuple[Judged, ...]]


def best_draft(drafts: Sequence[StoryDraft]) -> StoryDraft:
    """The draft with the highest reward, the earliest of equals.

    The reward is the share of its claims that pass every check (support, numbers, names, language, form,
    length), taken of the longest draft's number of claims: saying less is not a way to be right. Of equals
    the one with the larger share of its own claims wins.
    """
    longest = max(len(judged) for _, judged in drafts)

    def reward(draft: StoryDraft) -> tuple[float, float]:
        passed, count = len(_kept(draft[1])), len(draft[1])
        return (passed / longest, passed / count) if count else (0.0, 0.0)

    return max(drafts, key=reward)


def fates(
    failed: Sequence[Judged], repaired: Sequence[Judged] = (), replaced: Sequence[Judged] = ()
) -> tuple[RejectedClaim, ...]:
    """The fate of each failed claim: part by part, a sentence stands in for one of them at the most."""
    stand_ins: tuple[tuple[Fate, Counter[str]], ...] = (
        ("repaired", Counter(j.claim.part for j in repaired)),
        ("replaced", Counter(j.claim.part for j in replaced)),
    )

    def fate(part: str) -> Fate:
        for name, left in stand_ins:
            if left[part]:
                left[part] -= 1
                return name
        return "dropped"

    return tuple(RejectedClaim(judged=j, fate=fate(j.claim.part)) for j in failed)


def _with_repairs(
    judged: Sequence[Judged], fallen: Sequence[RejectedClaim], repairs: Sequence[Judged]
) -> tuple[Judged, ...]:
    """Every repaired sentence in the place of the one it repairs."""
    gone = [f.judged for f in fallen if f.fate == "repaired"]
    left = list(repairs)
    place = {
        original.claim: left.pop(next(n for n, j in enumerate(left) if j.claim.part == original.claim.part))
        for original in gone
    }
    return tuple(place.get(original.claim, original) for original in judged)


def _claims(judged: Sequence[Judged]) -> tuple[Claim, ...]:
    return tuple(j.claim for j in judged)


def _attempted(call: Callable[P, Attempt], *args: P.args, **kwargs: P.kwargs) -> Attempt:
    """The writer's attempt; what it raises is an attempt, too, and so is what is none.

    A reader's Ctrl-C is raised, and what a setting is to blame for.
    """
    own = type(getattr(call, "__self__", None)).__module__.startswith("daybrief.")
    try:
        return call(*args, **kwargs) if own else _checked(call(*args, **kwargs))
    except WriterError as failure:
        return Attempt(error=failure)
    except DaybriefError:
        raise
    except (Exception, SystemExit, GeneratorExit) as bug:
        LOG.debug("the writer failed", exc_info=bug)
        why = f"the writer failed: {shown(in_a_line(bug))}"
        return Attempt(error=WriterError(why, hint="this is a bug in the writer"))


def _checked(attempt: object) -> Attempt:
    """The attempt, if its types are as promised. Raises TypeError or one of msgspec's errors for another."""
    if not isinstance(attempt, Attempt):
        raise TypeError(f"{type(attempt).__name__} is no attempt of a writer")
    error: object = attempt.error
    if not isinstance(error, WriterError | None):
        raise TypeError(f"{type(error).__name__} is no error of a writer")
    if attempt.claims or attempt.usage != Usage():
        packed = msgspec.msgpack.encode((attempt.claims, attempt.usage))
        if len(packed) > _MOST_BYTES:
            raise ValueError(f"{len(packed):,} bytes of claims, and {_MOST_BYTES:,} are the most")
        _claims_and_usage(packed)
    return attempt


def _unquoted(claim: Claim) -> Judged:
    verdict = Verdict(check="quotes", outcome="unsupported", why="its quote is not in the source")
    return Judged(claim=claim, verdicts=(verdict,))


def _kept(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    return tuple(j for j in judged if j.printable)


def _failed(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    return tuple(j for j in judged if not j.printable)
