"""An edition as the reader's pages show it: the content all forms share, in the page's language, with ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

import msgspec

from daybrief.library import Library
from daybrief.model import Bar, Edition, Section, Taxonomy
from daybrief.render.page import Page, PartView, SectionView, StoryView, page
from daybrief.web.words import words

_LEAD_PARTS = ("finding", "theme", "impact", "outlook")
_SHOWN = 3  # stories a category shows on the front page
_SENTENCE = 320  # characters of a front page's sentence


class StoryLink(msgspec.Struct, frozen=True, kw_only=True):
    """One story with its id, and a sentence about it where there is one."""

    id: str
    view: StoryView
    sentence: str = ""
    language: str = ""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """One category of an edition with all its stories."""

    view: SectionView
    name: str
    parts: tuple[PartView, ...]
    lines: tuple[StoryLink, ...]

    @property
    def shown(self) -> tuple[StoryLink, ...]:
        """The stories a front page has room for."""
        return self.lines[:_SHOWN]

    @property
    def hidden(self) -> int:
        """How many more there are."""
        return len(self.lines) - len(self.shown)


class EditionPage(msgspec.Struct, frozen=True, kw_only=True):
    """One edition, ready for a template."""

    edition: Edition
    page: Page
    blocks: tuple[Block, ...]

    @property
    def most(self) -> int:
        """The longest bar of the chart."""
        return max((bar.count for bar in self.page.chart.bars), default=1)

    @property
    def total(self) -> int:
        """How many stories the chart counts."""
        return sum(bar.count for bar in self.page.chart.bars) or 1


def told(edition: Edition, language: str, taxonomy: Taxonomy) -> EditionPage:
    """An edition in the page's language; what was written in another stays as it was written."""
    bars = tuple(_bar(bar, taxonomy, language) for bar in edition.chart.bars)
    chart = msgspec.structs.replace(edition.chart, bars=bars)
    # The digest goes: it stands for the edition as printed, in its own language.
    said = page(msgspec.structs.replace(edition, language=words(language).language, chart=chart, digest=""))
    blocks = tuple(
        Block(
            view=view,
            name=section.category.label(language),
            parts=view.parts,
            lines=tuple(_lines(section, view)),
        )
        for section, view in zip(edition.sections, said.sections, strict=True)
    )
    return EditionPage(edition=edition, page=said, blocks=blocks)


def _bar(bar: Bar, taxonomy: Taxonomy, language: str) -> Bar:
    names = {category.id: category.label(language) for category in taxonomy.category}
    return msgspec.structs.replace(bar, label=names.get(bar.category, bar.label))


def _lines(section: Section, view: SectionView) -> Iterator[StoryLink]:
    sentences = _sentences(section)
    for ranked, story in zip(section.ranked, view.stories, strict=True):
        text, language = sentences.get(ranked.story.id, ("", ""))
        yield StoryLink(id=ranked.story.id, view=story, sentence=text, language=language)


def _sentences(section: Section) -> Mapping[str, tuple[str, str]]:
    """The one sentence for each story that tells most, of those about it alone."""
    found: dict[str, tuple[str, str]] = {}
    titles = {item.title for ranked in section.ranked for item in ranked.story.items}
    for part in _LEAD_PARTS:
        for claim in section.checked.kept:
            alone = len(claim.stories) == 1 and claim.text not in titles
            if claim.part == part and alone and len(claim.text) <= _SENTENCE:
                found.setdefault(claim.stories[0], (claim.text, claim.language))
    return found


class Noticed(msgspec.Struct, frozen=True, kw_only=True):
    """A story of the day and the category it stands in."""

    line: StoryLink
    block: Block
    score: float


def noticed(told: Sequence[EditionPage], each: int = 3) -> tuple[Noticed, ...]:
    """The stories of a day with the highest scores, `each` of every edition, in turns.

    The first is the best one that has a sentence of its own to tell.
    """
    ranked = [_by_score(one)[:each] for one in told]
    found = [noticed for row in zip_longest(*ranked) for noticed in row if noticed is not None]
    leads = [one for one in found if one.line.sentence] or found
    lead = max(leads, key=lambda n: n.score, default=None)
    return (lead, *(one for one in found if one is not lead)) if lead else ()


def _by_score(told: EditionPage) -> list[Noticed]:
    found = [
        Noticed(line=line, block=block, score=ranked.score)
        for section, block in zip(told.edition.sections, told.blocks, strict=True)
        for ranked, line in zip(section.ranked, block.lines, strict=True)
    ]
    return sorted(found, key=lambda n: (-n.score, n.line.id))


def told_day(library: Library, editions: Sequence[Edition], language: str) -> tuple[EditionPage, ...]:
    """All editions of a day."""
    return tuple(told(edition, language, library.taxonomy) for edition in editions)
