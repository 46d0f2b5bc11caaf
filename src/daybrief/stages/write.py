"""Write: read each story alone, keep what is proved, then synthesise a section from nothing else.

    for every section, side by side:
        for every new story, side by side: read | check | repair | check | extract
        synthesise | check | repair | check | draft

As many calls are under way as the writer allows (`Writer.concurrency`). A section is synthesised as soon as
its own stories are proved. A story or section the writer cannot write costs the reader the model's sentences
only: the fallback writer takes it over. `stages/check_and_repair.py` says what becomes of a sentence that
fails the checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, ParamSpec, Protocol, TypeVar

import msgspec

from daybrief.model import Checked, Draft, ItemKind, Ranked, Remembered, Usage
from daybrief.ports import Reading, Trends, Writer
from daybrief.stages.check_and_repair import CheckedWriter, Judge, SectionClaims, StoryClaims
from daybrief.stages.verify import RejectedClaim
from daybrief.text.terms import keywords

__all__ = ["Assignment", "Judge", "Written", "summed", "write"]

P = ParamSpec("P")
T = TypeVar("T")


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


def write(
    assignments: Sequence[Assignment], writer: Writer, fallback: Writer, judge: Judge
) -> tuple[Written, ...]:
    """The draft of every section, in order; the same whatever the order in which answers come.

    What a call raises ends the whole; calls that have begun are not waited for.
    """
    checked = CheckedWriter(writer, fallback, judge)
    with _started(writer.concurrency) as start:
        stories = [[start(checked.story, ranked) for ranked in section.new] for section in assignments]
        # Every story has its place in the queue before the first section, so no section waits in vain.
        sections = [
            start(_section, section, read, checked, writer, fallback)
            for section, read in zip(assignments, stories, strict=True)
        ]
        return _results(sections, [read for section in stories for read in section])


def _section(
    assignment: Assignment,
    reads: Sequence[Future[StoryClaims]],
    checked: CheckedWriter,
    writer: Writer,
    fallback: Writer,
) -> Written:
    """One section, from its stories to its draft."""
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


def trends(recent: Sequence[Remembered], kind: ItemKind) -> Trends:
    """Count the stories of this kind that carried each keyword, and the days with an edition."""
    same = [r for r in recent if r.kind == kind]
    counts: Counter[str] = Counter()
    for remembered in same:
        counts.update(set(keywords(remembered.title)))
    return Trends(days=len({r.last_seen for r in same}), counts=dict(counts))
