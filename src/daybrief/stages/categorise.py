"""Categorise: file every story once; what is off-topic leaves before chart and text, and is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from daybrief.model import Drop, EditionKind, Entry, Filed, Story, Taxonomy
from daybrief.ports import Categoriser

OFF_TOPIC = "off-topic"
OTHERS = "others"


def of_kind(stories: Sequence[Story], kind: EditionKind) -> tuple[tuple[Story, ...], Entry]:
    """The stories that belong in the papers or the news edition."""
    story_kind = "paper" if kind == "papers" else "news"
    kept = tuple(s for s in stories if s.kind == story_kind)
    other = tuple(s.id for s in stories if s.kind != story_kind)
    dropped = (Drop(reason="other-edition", refs=other),) if other else ()
    return kept, Entry(stage="kind", unit="stories", came_in=len(stories), kept=len(kept), dropped=dropped)


def categorise(
    stories: Sequence[Story], categoriser: Categoriser, taxonomy: Taxonomy, known: Mapping[str, str]
) -> tuple[tuple[Filed, ...], Entry]:
    """Give every story a category of its kind; the off-topic ones leave and are counted.

    `known` maps story ids to the category of an earlier day: a story never changes its drawer. A
    categoriser's answer is matched by id; a story it forgot, or filed where there is no drawer, goes to
    `others`, and says so.
    """
    filing = categoriser.file(stories)
    answers = {f.story.id: f for f in filing.filed}
    filed = tuple(_settled(story, answers.get(story.id), taxonomy, known) for story in stories)
    off = tuple(f.story.id for f in filed if f.category == OFF_TOPIC)
    kept = tuple(f for f in filed if f.category != OFF_TOPIC)
    dropped = (Drop(reason=OFF_TOPIC, refs=off),) if off else ()
    entry = Entry(
        stage="categorise",
        unit="stories",
        came_in=len(stories),
        kept=len(kept),
        dropped=dropped,
        usage=filing.usage if filing.usage.calls else msgspec.UNSET,
    )
    return kept, entry


def _settled(story: Story, answer: Filed | None, taxonomy: Taxonomy, known: Mapping[str, str]) -> Filed:
    drawers = {c.id for c in taxonomy.of(story.kind)}
    if (before := known.get(story.id)) in drawers:
        return Filed(story=story, category=str(before), confidence=1.0, why="filed so before")
    if answer is None or answer.category not in drawers:
        return Filed(
            story=story, category=OTHERS, confidence=0.0, why="the categoriser gave no usable answer"
        )
    return msgspec.structs.replace(answer, story=story)
