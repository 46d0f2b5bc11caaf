"""Prove: of what a writer says, only what passes the checks stands.

    about a story   → judge → what falls: repaired once → judge → else the extract of its part → else dropped
    about a section → judge → what falls: repaired once → judge → else dropped

A sentence that falls is never forgotten: its `fate` goes into the ledger with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from daybrief.errors import WriterError
from daybrief.model import Claim, Judged, Part, Ranked, Verdict
from daybrief.ports import Attempt, Reading, Repairs, Together, Writer
from daybrief.stages.side_by_side import Steps
from daybrief.stages.verify import Fallen, Fate

Judge = Callable[[Iterable[Claim], Sequence[Ranked]], tuple[Judged, ...]]
Call = Callable[[], Attempt]


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What is proved about one story, what fell, and the attempts it took."""

    proved: tuple[Judged, ...]
    fallen: tuple[Fallen, ...]
    attempts: tuple[Attempt, ...]

    @property
    def failed(self) -> bool:
        """Whether the writer could not read the story."""
        return self.attempts[0].error is not None


class Summed(msgspec.Struct, frozen=True, kw_only=True):
    """A section's sentences with their verdicts, what a repair took the place of, and the attempts."""

    judged: tuple[Judged, ...]
    fallen: tuple[Fallen, ...] = ()
    attempts: tuple[Attempt, ...] = ()


class Prover:
    """Asks a writer, and lets nothing of it stand that `judge` finds unsupported."""

    def __init__(self, writer: Writer, fallback: Writer, judge: Judge) -> None:
        self._writer = writer
        self._fallback = fallback
        self._judge = judge

    def story(self, one: Ranked) -> Steps[Read]:
        """Everything that is proved about one story; the fallback reads what the writer cannot."""
        first: Attempt = yield self._reading_of(one)
        if first.error is not None:
            judged = self._judge(self._fallback.read(one), [one])
            return Read(proved=_kept(judged), fallen=fates(_failed(judged)), attempts=(first,))
        judged = self._judged(first.claims, one)
        proved, failed = _kept(judged), _failed(judged)
        repair = self._repair_of(one, failed)
        second: Attempt = (yield repair) if repair else Attempt()
        again = self._judged([c for c in second.claims if c not in _claims(proved)], one)
        missing = {j.claim.part for j in failed} - {j.claim.part for j in (*proved, *_kept(again))}
        known = {j.claim for j in (*judged, *again)}
        extracts = self._extracts(one, missing, known) if missing else ()
        return Read(
            proved=(*proved, *_kept(again), *_kept(extracts)),
            fallen=(
                *fates(failed, repaired=_kept(again), replaced=_kept(extracts)),
                *(Fallen(judged=j, fate="again") for j in _failed(again)),
                *fates(_failed(extracts)),
            ),
            attempts=(first, second),
        )

    def section(self, reading: Reading, known: Mapping[Claim, Judged], *, asked: bool) -> Steps[Summed]:
        """The parts of one section; `known` are verdicts already given, `asked` whether the writer is."""
        first: Attempt = (yield self._synthesis_of(reading)) if asked else Attempt()
        if not asked or first.error is not None:
            judged = self._verdicts(self._fallback.synthesise(reading), reading, known)
            return Summed(judged=judged, attempts=(first,))
        judged = self._verdicts(first.claims, reading, known)
        failed = tuple(j for j in _failed(judged) if j.claim.part != "keyword" and j.claim not in known)
        repair = self._mending_of(reading, failed)
        second: Attempt = (yield repair) if repair else Attempt()
        again = self._judge([c for c in second.claims if c not in first.claims], reading.ranked)
        fallen = fates(failed, repaired=_kept(again))
        return Summed(
            judged=_with_repairs(judged, fallen, _kept(again)),
            fallen=(
                *(f for f in fallen if f.fate == "repaired"),
                *(Fallen(judged=j, fate="again") for j in _failed(again)),
            ),
            attempts=(first, second),
        )

    def _reading_of(self, one: Ranked) -> Call:
        if isinstance(self._writer, Together):
            return partial(self._writer.attempt_story, one)
        return partial(_attempted, partial(self._writer.read, one))

    def _synthesis_of(self, reading: Reading) -> Call:
        if isinstance(self._writer, Together):
            return partial(self._writer.attempt_section, reading)
        return partial(_attempted, partial(self._writer.synthesise, reading))

    def _repair_of(self, one: Ranked, failed: Sequence[Judged]) -> Call | None:
        if failed and isinstance(self._writer, Repairs):
            return partial(self._writer.repair_story, one, failed)
        return None

    def _mending_of(self, reading: Reading, failed: Sequence[Judged]) -> Call | None:
        if failed and isinstance(self._writer, Repairs):
            return partial(self._writer.repair_section, reading, failed)
        return None

    def _judged(self, claims: Sequence[Claim], one: Ranked) -> tuple[Judged, ...]:
        """A claim that rests on nothing is never printed, whatever checks there are."""
        quoted = self._judge([c for c in claims if c.quotes], [one])
        return (*quoted, *(_unquoted(c) for c in claims if not c.quotes))

    def _extracts(self, one: Ranked, missing: set[Part], known: set[Claim]) -> tuple[Judged, ...]:
        """The fallback's sentences for the parts that would be missing; none that has been judged before."""
        found = self._fallback.read(one)
        return self._judge([c for c in found if c.part in missing and c not in known], [one])

    def _verdicts(
        self, claims: Sequence[Claim], reading: Reading, known: Mapping[Claim, Judged]
    ) -> tuple[Judged, ...]:
        """Each claim with its verdicts; what was judged when its story was read is not judged twice."""
        fresh = iter(self._judge([c for c in claims if c not in known], reading.ranked))
        return tuple(known[c] if c in known else next(fresh) for c in claims)


def fates(
    failed: Sequence[Judged], repaired: Sequence[Judged] = (), replaced: Sequence[Judged] = ()
) -> tuple[Fallen, ...]:
    """What became of each failed claim: part by part, a sentence stands in for one of them at the most."""
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

    return tuple(Fallen(judged=j, fate=fate(j.claim.part)) for j in failed)


def _with_repairs(
    judged: Sequence[Judged], fallen: Sequence[Fallen], repairs: Sequence[Judged]
) -> tuple[Judged, ...]:
    """Every repaired sentence in the place of the one it repairs."""
    gone = [f.judged for f in fallen if f.fate == "repaired"]
    left = list(repairs)
    place = {
        one.claim: left.pop(next(n for n, j in enumerate(left) if j.claim.part == one.claim.part))
        for one in gone
    }
    return tuple(place.get(one.claim, one) for one in judged)


def _claims(judged: Sequence[Judged]) -> tuple[Claim, ...]:
    return tuple(j.claim for j in judged)


def _attempted(claims: Callable[[], tuple[Claim, ...]]) -> Attempt:
    try:
        return Attempt(claims=claims())
    except WriterError as failure:
        return Attempt(error=failure)


def _unquoted(claim: Claim) -> Judged:
    verdict = Verdict(check="quotes", outcome="unsupported", why="its quote is not in the source")
    return Judged(claim=claim, verdicts=(verdict,))


def _kept(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    return tuple(j for j in judged if j.printable)


def _failed(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    return tuple(j for j in judged if not j.printable)
