"""Entries of the index: a day's stories, the items no edition printed, its claims and its editions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import msgspec

from daybrief.model import Category, Edition, Harvest, Item, Ranked, Section
from daybrief.ports import IndexEntry

MOST_TEXT = 20_000  # code points of a text that are searched
MOST_AUTHORS = 30
_OWN = 2  # stories a claim may speak of and still be found as theirs


def entries_of(day: date, harvests: Sequence[Harvest], editions: Sequence[Edition]) -> Iterator[IndexEntry]:
    """Return every entry of a day, stories and items first."""
    printed = {key for edition in editions for story in edition.stories for key in story.keys}
    items: dict[str, list[Item]] = {}
    for harvest in harvests:
        for item in harvest.items:
            if item.key not in printed:
                items.setdefault(item.key, []).append(item)
    for edition in editions:
        for section in edition.sections:
            yield from (_story(day, ranked, section) for ranked in section.ranked)
            yield from _claims(day, edition, section)
        yield _edition(day, edition)
    for key, same in items.items():
        yield _entry(key, day, same)


def _entry(key: str, day: date, items: Sequence[Item]) -> IndexEntry:
    lead = items[0]
    text = max((item.text for item in items), key=len)
    others = dict.fromkeys(part for item in items for part in (item.title, item.text, item.tldr) if part)
    return IndexEntry(
        id=key,
        kind=lead.kind,
        day=day,
        title=lead.title,
        url=lead.url,
        text=text[:MOST_TEXT],
        also=(
            *(part[:MOST_TEXT] for part in others if part not in (lead.title, text)),
            " ".join(lead.authors[:MOST_AUTHORS]),
            lead.venue,
        ),
        sources=tuple(dict.fromkeys(item.source for item in items)),
    )


def _story(day: date, ranked: Ranked, section: Section) -> IndexEntry:
    story = ranked.story
    kept = (claim for claim in section.checked.kept if claim.part != "keyword")
    claims = [c.text for c in kept if story.id in c.stories and len(c.stories) <= _OWN]
    return msgspec.structs.replace(
        _entry(story.id, day, story.items),
        claims=tuple(dict.fromkeys(claims)),
        category=section.category.id,
        labels=_labels(section.category),
    )


def _labels(category: Category) -> tuple[str, ...]:
    return tuple(dict.fromkeys(category.name.values()))


def _claims(day: date, edition: Edition, section: Section) -> Iterator[IndexEntry]:
    """The sentences of a section; its counted keywords are none."""
    leads = {ranked.story.id: ranked.story.lead for ranked in section.ranked}
    for number, claim in enumerate(section.checked.kept):
        if claim.part == "keyword":
            continue
        stories = [leads[story] for story in claim.stories if story in leads]
        yield IndexEntry(
            id=f"{edition.kind} {section.category.id} {number}",
            kind="claim",
            day=day,
            title=stories[0].title if len(stories) == 1 else section.category.label(claim.language),
            url=stories[0].url if len(stories) == 1 else "",
            text=claim.text,
            sources=tuple(dict.fromkeys(quote.source for quote in claim.quotes)),
            category=section.category.id,
            labels=_labels(section.category),
        )


def _edition(day: date, edition: Edition) -> IndexEntry:
    """Its categories are not among its words: `model` would find every day with a category of models."""
    themes = [claim.text for section in edition.sections for claim in section.claims("theme")]
    return IndexEntry(
        id=f"{edition.kind} {day.isoformat()}",
        kind="edition",
        day=day,
        title=f"{day.isoformat()} · {edition.chart.title}",
        text=" ".join(themes)[:MOST_TEXT],
        sources=tuple(report.source for report in edition.sources),
        category="",
        labels=tuple(label for s in edition.sections for label in (s.category.id, *_labels(s.category))),
    )
