"""Write: read each story alone, keep what is proved, then synthesise a section from nothing else.

    assignments | read every new story | judge | synthesise every section | drafts

All stories of all sections are read at once, and then all sections are synthesised at once, where the writer
can (`ports.Together`). A story or section the writer cannot write costs the reader the model's sentences
only: the fallback writer takes it over, and a sentence that fails the checks is replaced by the extract of
the same part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from daybrief.errors import WriterError
from daybrief.model import Claim, Draft, Judged, Ranked, Usage, Verdict
from daybrief.ports import Attempt, Reading, Together, Trends, Writer

Judge = Callable[[Iterable[Claim], Sequence[Ranked]], tuple[Judged, ...]]


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
    """A section's draft, and the claims that failed before it was synthesised."""

    draft: Draft
    failed: tuple[Judged, ...]


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """What is proved about one story."""

    proved: tuple[Claim, ...]
    failed: tuple[Judged, ...]
    attempt: Attempt


def write(
    assignments: Sequence[Assignment], writer: Writer, fallback: Writer, judge: Judge
) -> tuple[Written, ...]:
    """The draft of every section, in order."""
    stories = [one for assignment in assignments for one in assignment.new]
    attempts = read_all(writer, stories)
    read = {
        one.story.id: _proved(one, attempt, fallback, judge)
        for one, attempt in zip(stories, attempts, strict=True)
    }
    readings = [_reading(assignment, read) for assignment in assignments]
    # A writer that could read nothing of a section has nothing to sum up.
    alone = [_all_failed([read[r.story.id] for r in a.new]) for a in assignments]
    theirs = [reading for reading, failed in zip(readings, alone, strict=True) if not failed]
    synthesised = iter(synthesise_all(writer, theirs))
    return tuple(
        _written(assignment, [read[r.story.id] for r in assignment.new], attempt, author)
        for assignment, reading, failed in zip(assignments, readings, alone, strict=True)
        for author in [fallback if failed else writer]
        for attempt in [_taken_over(reading, None if failed else next(synthesised), fallback)]
    )


def read_all(writer: Writer, ranked: Sequence[Ranked]) -> tuple[Attempt, ...]:
    """An attempt at each story, at once where the writer can."""
    if isinstance(writer, Together):
        return writer.read_all(ranked)
    return tuple(_attempted(lambda one=one: writer.read(one)) for one in ranked)  # type: ignore[misc]


def synthesise_all(writer: Writer, readings: Sequence[Reading]) -> tuple[Attempt, ...]:
    """An attempt at each section, at once where the writer can."""
    if isinstance(writer, Together):
        return writer.synthesise_all(readings)
    return tuple(_attempted(lambda one=one: writer.synthesise(one)) for one in readings)  # type: ignore[misc]


def _attempted(claims: Callable[[], tuple[Claim, ...]]) -> Attempt:
    try:
        return Attempt(claims=claims())
    except WriterError as failure:
        return Attempt(error=failure)


def _proved(one: Ranked, attempt: Attempt, fallback: Writer, judge: Judge) -> _Read:
    """The claims that stand; for each that falls, and for a failed attempt, what the fallback has instead."""
    if attempt.error is not None:
        judged = judge(fallback.read(one), [one])
        return _Read(proved=_kept(judged), failed=_fallen(judged), attempt=attempt)
    judged = (
        *judge([c for c in attempt.claims if c.quotes], [one]),
        *(_unquoted(c) for c in attempt.claims if not c.quotes),
    )
    proved, failed = _kept(judged), _fallen(judged)
    missing = {j.claim.part for j in failed} - {c.part for c in proved}
    if missing:
        extracts = judge([c for c in fallback.read(one) if c.part in missing and c not in proved], [one])
        extracts = tuple(e for e in extracts if e.claim not in [f.claim for f in failed])
        proved, failed = (*proved, *_kept(extracts)), (*failed, *_fallen(extracts))
    return _Read(proved=proved, failed=failed, attempt=attempt)


def _unquoted(claim: Claim) -> Judged:
    """A claim that rests on nothing is never printed, whatever checks there are."""
    verdict = Verdict(check="quotes", outcome="unsupported", why="its quote is not in the source")
    return Judged(claim=claim, verdicts=(verdict,))


def _kept(judged: Sequence[Judged]) -> tuple[Claim, ...]:
    return tuple(j.claim for j in judged if j.printable)


def _fallen(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    return tuple(j for j in judged if not j.printable)


def _reading(assignment: Assignment, read: Mapping[str, _Read]) -> Reading:
    claims = tuple(claim for r in assignment.new for claim in read[r.story.id].proved)
    return Reading(
        category=assignment.category, ranked=assignment.ranked, claims=claims, trends=assignment.trends
    )


def _all_failed(read: Sequence[_Read]) -> bool:
    return bool(read) and all(one.attempt.error is not None for one in read)


def _taken_over(reading: Reading, attempt: Attempt | None, fallback: Writer) -> Attempt:
    """The attempt at a section, or where there is none or it failed, the fallback's with the same bill."""
    if attempt is not None and attempt.error is None:
        return attempt
    return msgspec.structs.replace(attempt or Attempt(), claims=fallback.synthesise(reading))


def _written(
    assignment: Assignment,
    read: Sequence[_Read],
    attempt: Attempt,
    author: Writer,
) -> Written:
    attempts = [*(r.attempt for r in read), attempt]
    fallbacks = tuple(
        r.story.id for r, one in zip(assignment.new, read, strict=True) if one.attempt.error is not None
    )
    draft = Draft(
        category=assignment.category,
        ranked=assignment.ranked,
        claims=attempt.claims,
        author=author.author,
        usage=summed(a.usage for a in attempts),
        fallbacks=fallbacks,
        why=tuple(dict.fromkeys(str(a.error) for a in attempts if a.error)),
    )
    return Written(draft=draft, failed=tuple(f for r in read for f in r.failed))


def summed(usages: Iterable[Usage]) -> Usage:
    """What several things cost together; money to the millionth of a dollar."""
    parts = list(usages)
    return Usage(
        calls=sum(u.calls for u in parts),
        tokens_in=sum(u.tokens_in for u in parts),
        tokens_out=sum(u.tokens_out for u in parts),
        cost_usd=round(sum(u.cost_usd for u in parts), 6),
    )
