"""Write: read each story alone, keep what is proved, then synthesise a section from nothing else.

A story whose reading fails costs the reader that story's sentences only: the fallback writer reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from daybrief.errors import WriterError
from daybrief.model import Claim, Draft, Judged, Ranked
from daybrief.ports import Reading, Trends, Writer

Judge = Callable[[Iterable[Claim], Sequence[Ranked]], tuple[Judged, ...]]


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A section's draft, and the claims that failed before it was synthesised."""

    draft: Draft
    failed: tuple[Judged, ...]


def write(
    category: str, ranked: Sequence[Ranked], writer: Writer, fallback: Writer, judge: Judge, trends: Trends
) -> Written:
    """The draft of one category."""
    proved: list[Claim] = []
    failed: list[Judged] = []
    for one in ranked:
        if one.story.continues:
            continue  # its text was printed before; the page says what is new instead
        for judged in judge(_read(one, writer, fallback), [one]):
            (proved.append(judged.claim) if judged.printable else failed.append(judged))
    reading = Reading(category=category, ranked=tuple(ranked), claims=tuple(proved), trends=trends)
    draft = Draft(
        category=category,
        ranked=tuple(ranked),
        claims=writer.synthesise(reading),
        author=writer.author,
    )
    return Written(draft=draft, failed=tuple(failed))


def _read(ranked: Ranked, writer: Writer, fallback: Writer) -> tuple[Claim, ...]:
    try:
        return writer.read(ranked)
    except WriterError:
        return fallback.read(ranked)
