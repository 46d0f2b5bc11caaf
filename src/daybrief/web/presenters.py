"""Prepares for templates: editions in the page's language, a day's highlights, texts cut at their marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, zip_longest

import msgspec

from daybrief.library import Library
from daybrief.model import Bar, Edition, EditionKind, Item, Judged, Quote, Taxonomy
from daybrief.render.page import Page, SectionView, page
from daybrief.render.story import PageSentence, StoryView
from daybrief.text.latex import readable
from daybrief.web.pages import ReaderServices, words


class StoryLink(msgspec.Struct, frozen=True, kw_only=True):
    """A story with its id, and the first sentence of its card where there is one."""

    id: str
    view: StoryView

    @property
    def sentence(self) -> PageSentence | None:
        """The sentence that the card says first."""
        return next(iter(self.view.gist), None)


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A category of an edition with all its stories."""

    view: SectionView
    name: str
    lines: tuple[StoryLink, ...]

    @property
    def new(self) -> tuple[StoryLink, ...]:
        """The stories that no earlier edition told."""
        return tuple(line for line in self.lines if not line.view.continued)


class EditionPage(msgspec.Struct, frozen=True, kw_only=True):
    """An edition, ready for a template."""

    edition: Edition
    page: Page
    blocks: tuple[Block, ...]

    @property
    def continued(self) -> tuple[StoryLink, ...]:
        """The stories that an earlier edition told."""
        return tuple(line for block in self.blocks for line in block.lines if line.view.continued)

    @property
    def most(self) -> int:
        """The longest bar of the chart."""
        return max((bar.count for bar in self.page.chart.bars), default=1)

    @property
    def total(self) -> int:
        """How many stories the chart counts."""
        return sum(bar.count for bar in self.page.chart.bars) or 1


def present(edition: Edition, language: str, taxonomy: Taxonomy) -> EditionPage:
    """An edition in the page's language; what was written in another stays as it was written."""
    bars = tuple(_bar(bar, taxonomy, language) for bar in edition.chart.bars)
    chart = msgspec.structs.replace(edition.chart, bars=bars)
    # The digest goes: it stands for the edition as printed, in its own language.
    shown = page(msgspec.structs.replace(edition, language=words(language).language, chart=chart, digest=""))
    blocks = tuple(
        Block(
            view=view,
            name=section.category.label(language),
            lines=tuple(StoryLink(id=story.id, view=story) for story in view.stories),
        )
        for section, view in zip(edition.sections, shown.sections, strict=True)
    )
    return EditionPage(edition=edition, page=shown, blocks=blocks)


def _bar(bar: Bar, taxonomy: Taxonomy, language: str) -> Bar:
    names = {category.id: category.label(language) for category in taxonomy.category}
    return msgspec.structs.replace(bar, label=names.get(bar.category, bar.label))


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A story of the day and the category it stands in."""

    line: StoryLink
    block: Block
    score: float
    language: str  # of the page


def highlights(present: Sequence[EditionPage], each: int = 3) -> tuple[Highlight, ...]:
    """The new stories of a day with the highest scores, `each` of every edition, in turns.

    The first is the best one that has a sentence in the page's language, else any sentence, to tell.
    """
    by_score = [_by_score(page) for page in present]
    ranked = [best[:each] for best in by_score]
    chosen = [highlight for row in zip_longest(*ranked) for highlight in row if highlight is not None]
    telling = [highlight for best in by_score for highlight in best[: 2 * each] if highlight.line.sentence]
    native = [
        highlight
        for highlight in telling
        if highlight.line.sentence and highlight.line.sentence.language == highlight.language
    ]
    lead = max(native or telling or chosen, key=_weight, default=None)
    others = (highlight for highlight in chosen if highlight is not lead)
    return (lead, *others)[:_HIGHLIGHTS] if lead else ()


_HIGHLIGHTS = 6  # a lead, two beside it and a row of three


def day_notices(present: Sequence[EditionPage]) -> dict[str, list[EditionKind]]:
    """The notices that a reader of a day must know first, each once, with the editions it is about.

    Of an edition with everything it asked for, only what says that a source is missing.
    """
    notices: dict[str, list[EditionKind]] = {}
    for edition_page in present:
        gap = not _GAPS.isdisjoint(edition_page.page.states)
        most = None if edition_page.edition.state != "fresh" else int(gap)
        for notice in edition_page.page.notices[:most]:
            notices.setdefault(notice, []).append(edition_page.edition.kind)
    return notices


_GAPS = frozenset({"failed", "stalled", "waiting"})  # states of a source that may have more


def _weight(highlight: Highlight) -> tuple[bool, float]:
    """A sentence that tells something comes first, then the score."""
    return highlight.line.sentence is not None and highlight.line.sentence.telling, highlight.score


def _by_score(present: EditionPage) -> list[Highlight]:
    scored = [
        Highlight(line=line, block=block, score=ranked.score, language=present.page.language)
        for section, block in zip(present.edition.sections, present.blocks, strict=True)
        for ranked, line in zip(section.ranked, block.lines, strict=True)
        if not line.view.continued
    ]
    return sorted(scored, key=lambda n: (-n.score, n.line.id))


def present_day(library: Library, editions: Sequence[Edition], language: str) -> tuple[EditionPage, ...]:
    """All editions of a day."""
    return tuple(present(edition, language, library.taxonomy) for edition in editions)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a text; `notes` are the numbers of what marks it, none for plain text."""

    text: str
    notes: tuple[int, ...] = ()
    first: tuple[int, ...] = ()  # notes that begin here: the place a link leads to


def pieces(text: str, spans: Iterable[tuple[int, int, int]]) -> tuple[Piece, ...]:
    """A text cut at the borders of (start, end, note) spans; spans may overlap, and lie outside the text."""
    known = [(max(0, start), min(len(text), end), note) for start, end, note in spans]
    real = [(start, end, note) for start, end, note in known if start < end]
    borders = sorted({0, len(text), *(s for s, _, _ in real), *(e for _, e, _ in real)})
    cut = []
    for start, end in pairwise(borders):
        notes = tuple(sorted({note for s, e, note in real if s <= start and end <= e}))
        first = tuple(sorted({note for s, _, note in real if s == start}))
        cut.append(Piece(text=readable(text[start:end]), notes=notes, first=first))
    return tuple(cut)


def marked(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """A text with some spans marked."""
    return pieces(text, [(start, end, 1) for start, end in spans])


class MarkedItem(msgspec.Struct, frozen=True, kw_only=True):
    """The text of one item, with every quote from it marked."""

    item: Item
    title: tuple[Piece, ...]
    text: tuple[Piece, ...]
    sections: tuple[tuple[str, tuple[Piece, ...]], ...] = ()  # those of the whole text that are quoted


class MarkedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim and the numbers of its quotes."""

    judged: Judged
    notes: tuple[int, ...]


def evidence(
    claims: Sequence[Judged], items: Sequence[Item]
) -> tuple[tuple[MarkedClaim, ...], tuple[MarkedItem, ...]]:
    """Claims with their quotes numbered in order, and the texts those quotes are marked in."""
    numbers: dict[Quote, int] = {}
    sentences = []
    for judged in claims:
        for quote in judged.claim.quotes:
            numbers.setdefault(quote, len(numbers) + 1)
        notes = tuple(dict.fromkeys(numbers[quote] for quote in judged.claim.quotes))
        sentences.append(MarkedClaim(judged=judged, notes=notes))
    return tuple(sentences), tuple(_marked_item(item, numbers) for item in items)


def _marked_item(item: Item, numbers: Mapping[Quote, int]) -> MarkedItem:
    """The texts of an item with what is quoted of them marked; of its whole text the sections quoted from."""
    own = {q: n for q, n in numbers.items() if (q.source, q.item_key) == (item.source, item.key)}

    def marks(field: str, section: str = "") -> list[tuple[int, int, int]]:
        return [(q.start, q.end, n) for q, n in own.items() if (q.field, q.place) == (field, section)]

    passages = [
        passage for passage in (item.full.passages if item.full else ()) if marks("whole", passage.title)
    ]
    return MarkedItem(
        item=item,
        title=pieces(item.title, marks("title")),
        text=pieces(item.text, marks("text")),
        sections=tuple((p.title, pieces(p.text, marks("whole", p.title))) for p in passages),
    )


def opinions(services: ReaderServices, profile: str) -> Mapping[str, bool]:
    """A profile's likes and dislikes by story."""
    return {example.key: example.liked for example in services.library.examples(profile)}
