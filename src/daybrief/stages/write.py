"""Write: read each story alone, keep what is proved, then synthesise a section from nothing else.

    for every section, side by side:
        for every new story, side by side: read | judge | repair | judge | extract
        synthesise | judge | repair | judge | draft

Where the writer can (`ports.Together`), all stories of all sections are read side by side, each is judged
when its answer comes, and a section is synthesised as soon as its own stories are proved. A story or section
the writer cannot write costs the reader the model's sentences only: the fallback writer takes it over. What
becomes of a sentence that fails the checks is told in `stages/check_and_repair.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from daybrief.model import Checked, Claim, Draft, ItemKind, Ranked, Remembered, Usage
from daybrief.ports import Reading, Together, Trends, Writer
from daybrief.stages.check_and_repair import Judge, Prover, Read, Summed
from daybrief.stages.side_by_side import SideBySide, Steps
from daybrief.stages.verify import Fallen
from daybrief.text.keywords import keywords

__all__ = ["Assignment", "Judge", "Written", "summed", "write"]


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
    fallen: tuple[Fallen, ...]

    @property
    def draft(self) -> Draft:
        """The draft alone."""
        return self.checked.draft


def write(
    assignments: Sequence[Assignment], writer: Writer, fallback: Writer, judge: Judge
) -> tuple[Written, ...]:
    """The draft of every section, in order; the same whatever the order in which answers come."""
    prover = Prover(writer, fallback, judge)
    with SideBySide(writer.at_once if isinstance(writer, Together) else 0) as crew:
        return crew.run([_section(one, prover, writer, fallback) for one in assignments])


def _section(assignment: Assignment, prover: Prover, writer: Writer, fallback: Writer) -> Steps[Written]:
    """One section, from its stories to its draft."""
    read: tuple[Read, ...] = yield tuple(prover.story(one) for one in assignment.new)
    proved = [judged for one in read for judged in one.proved]
    reading = Reading(
        category=assignment.category,
        ranked=assignment.ranked,
        claims=tuple(judged.claim for judged in proved),
        trends=assignment.trends,
    )
    # A writer that could read nothing of a section has nothing to sum up.
    alone = bool(read) and all(one.failed for one in read)
    known = {judged.claim: judged for judged in proved}
    summed_up: Summed = yield from prover.section(reading, known, asked=not alone)
    return _written(assignment, read, summed_up, fallback if alone else writer)


def _written(assignment: Assignment, read: Sequence[Read], summed_up: Summed, author: Writer) -> Written:
    attempts = [*(a for one in read for a in one.attempts), *summed_up.attempts]
    firsts = [*(one.attempts[0] for one in read), summed_up.attempts[0]]
    draft = Draft(
        category=assignment.category,
        ranked=assignment.ranked,
        claims=_claims(summed_up),
        author=author.author,
        usage=summed(a.usage for a in attempts),
        fallbacks=tuple(r.story.id for r, one in zip(assignment.new, read, strict=True) if one.failed),
        why=tuple(dict.fromkeys(str(a.error) for a in firsts if a.error)),
    )
    return Written(
        checked=Checked(draft=draft, judged=summed_up.judged),
        fallen=(*(f for one in read for f in one.fallen), *summed_up.fallen),
    )


def _claims(summed_up: Summed) -> tuple[Claim, ...]:
    return tuple(judged.claim for judged in summed_up.judged)


def summed(usages: Iterable[Usage]) -> Usage:
    """What several things cost together."""
    return Usage().plus(*usages)


def trends(recent: Sequence[Remembered], kind: ItemKind) -> Trends:
    """How many stories of this kind carried each keyword, and over how many days with an edition."""
    same = [r for r in recent if r.kind == kind]
    counts: Counter[str] = Counter()
    for remembered in same:
        counts.update(set(keywords(remembered.title)))
    return Trends(days=len({r.last_seen for r in same}), counts=dict(counts))
