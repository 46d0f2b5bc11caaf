"""A page's content before it is Markdown or HTML: the same for all forms.

Everything here is clean plain text in the page's language, LaTeX made readable, nothing escaped; addresses
are safe or empty. A form adds its own markup and escapes by its own rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

import msgspec

from daybrief.cards import Reproduced, reproduced
from daybrief.languages import SOURCE
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import (
    Chart,
    Claim,
    Edition,
    EditionKind,
    Item,
    Part,
    Quote,
    Ranked,
    Section,
    Story,
    Usage,
)
from daybrief.text.escape import web_address
from daybrief.text.identity import arxiv_url
from daybrief.text.latex import readable
from daybrief.text.plain import line, paragraph

PARTS: tuple[Part, ...] = ("theme", "keyword", "finding", "impact", "outlook")
LEDGER = ("stage", "unit", "came_in", "kept", "merged", "dropped", "why")  # the columns of the two tables
SOURCES = ("name", "state", "items", "dropped", "requests", "note")
_DOUBTFUL = 0.5  # below, the reader is told that the category is uncertain
_MOST_AUTHORS = 3
_SHORT_NAME = 44  # characters of a title before its colon that pass for a name


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence behind a sentence: the exact words, and where they stand."""

    number: int
    words: str
    language: str
    title: str
    name: str  # the title in short
    url: str
    source: str
    place: str


class PageSentence(msgspec.Struct, frozen=True, kw_only=True):
    """A statement and its notes; `verbatim` when it is the very words of its only quote."""

    text: str
    language: str
    notes: tuple[Note, ...]
    verbatim: bool


class Bullet(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a part; `name` says which paper it is about where that must be said."""

    name: str
    sentences: tuple[PageSentence, ...]


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a section: theme, keyword, finding, impact or outlook."""

    heading: str
    bullets: tuple[Bullet, ...]


class StoryView(msgspec.Struct, frozen=True, kw_only=True):
    """A story in the list of sources."""

    title: str
    language: str
    url: str
    facts: tuple[str, ...]
    links: tuple[tuple[str, str], ...]  # (label, address)
    marks: tuple[str, ...]  # continues from, what is new, an uncertain category
    tldr: str
    reasons: tuple[str, ...]
    reproduced: Reproduced | None = None  # what became of its claim when it was tried here


class SectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A category with its parts and sources."""

    id: str
    emoji: str
    heading: str  # in English, as readers of the first reports know it
    native: str  # in the page's language; empty when it says the same
    count: int
    parts: tuple[PartView, ...]
    stories: tuple[StoryView, ...]
    nothing: str = ""  # why there are no parts

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return every note of the section, in order, each once."""
        notes = (
            n for part in self.parts for bullet in part.bullets for s in bullet.sentences for n in s.notes
        )
        return tuple({note.number: note for note in notes}.values())


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An edition as a page."""

    day: date
    kind: EditionKind
    language: str
    title: str
    date_line: str
    counts: tuple[str, ...]
    notices: tuple[str, ...]  # what the reader must know first: gaps, an empty day
    author: str
    chart: Chart
    sections: tuple[SectionView, ...]
    ledger: tuple[tuple[str, ...], ...]  # stage, unit, in, kept, merged, dropped, why
    sources: tuple[tuple[str, ...], ...]  # name, state, items, unusable, requests, note
    states: tuple[str, ...]  # the state's code of each row of `sources`
    made: str
    digest: str


class _Sealed(msgspec.Struct, frozen=True, eq=False):
    """An edition known by its digest, which stands for all of it."""

    edition: Edition

    def __hash__(self) -> int:
        return hash(self.edition.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sealed) and self.edition.digest == other.edition.digest


def page(edition: Edition) -> Page:
    """The content of an edition's page; the same for Markdown, HTML and feeds, so made once for all."""
    return _sealed_page(_Sealed(edition)) if edition.digest else _page(edition)


@lru_cache(maxsize=8)
def _sealed_page(sealed: _Sealed) -> Page:
    return _page(sealed.edition)


def _page(edition: Edition) -> Page:
    say = phrases(edition.language)
    notes = _Notes(edition, say)
    sections = tuple(_section(section, notes, say) for section in edition.sections)
    sentences = sum(len(section.checked.kept) for section in edition.sections)
    counts = (
        say(f"count.{edition.kind}", n=len(edition.stories)),
        say("count.categories", n=len(sections)),
        say("count.sentences", n=sentences),
    )
    return Page(
        day=edition.window.day,
        kind=edition.kind,
        language=edition.language,
        title=say(f"title.{edition.kind}"),
        date_line=say.day(edition.window.day),
        counts=counts if edition.stories else (),
        notices=tuple(notices(edition, say)),
        author=author(edition, say) if sentences else "",
        chart=edition.chart,
        sections=sections,
        ledger=tuple(ledger(edition, say)),
        sources=tuple(sources(edition, say)),
        states=tuple(report.state for report in edition.sources),
        made=made(edition, say),
        digest=edition.digest,
    )


def story_name(item: Item, say: Phrases) -> str:
    """Name a paper in passing: the name before its title's colon, else the title, shortened."""
    title = _title(item, say)
    name, colon, _ = title.partition(": ")
    return name if colon and len(name) <= _SHORT_NAME else line(title, 70)


def address_of(story: Story) -> str:
    """Return a title's link: a paper's arXiv page whoever listed it, else the lead's own address."""
    papers = (key.removeprefix("arxiv:") for key in story.keys if key.startswith("arxiv:"))
    paper = next(papers, "")
    return arxiv_url(paper) if paper else web_address(story.lead.url)


class _Notes:
    """Numbers the quotes of a page; the same words of the same text get the same number."""

    def __init__(self, edition: Edition, say: Phrases) -> None:
        items = (item for story in edition.stories for item in story.items)
        self._items = {(item.source, item.key): item for item in items}
        self._numbers: dict[Quote, Note] = {}
        self._say = say

    def of(self, quote: Quote) -> Note:
        """The note of a quote."""
        if quote not in self._numbers:
            self._numbers[quote] = self._note(quote, len(self._numbers) + 1)
        return self._numbers[quote]

    def _note(self, quote: Quote, number: int) -> Note:
        item = self._items.get((quote.source, quote.item_key))
        where = "evidence.title" if quote.field == "title" else "evidence.abstract"
        return Note(
            number=number,
            words=paragraph(readable(quote.text)),
            language=item.language if item else "",
            title=_title(item, self._say) if item else line(quote.item_key),
            name=story_name(item, self._say) if item else line(quote.item_key, 70),
            url=web_address(item.url) if item else "",
            source=source_name(quote.source, self._say),
            place=self._say(where, start=quote.start + 1, end=quote.end),
        )


def _section(section: Section, notes: _Notes, say: Phrases) -> SectionView:
    leads = {ranked.story.id: ranked.story for ranked in section.ranked}
    category = section.category
    heading, native = category.label(SOURCE), category.label(say.language)
    parts = []
    for part in PARTS:
        if claims := section.claims(part):
            bullets = _bullets(part, claims, leads, notes, say)
            parts.append(PartView(heading=say(f"part.{part}"), bullets=tuple(bullets)))
    return SectionView(
        id=category.id,
        emoji=category.emoji,
        heading=heading,
        native=native.removeprefix(heading).lstrip("· "),
        count=len(section.ranked),
        parts=tuple(parts),
        stories=tuple(_story(ranked, say) for ranked in section.ranked),
        nothing=_nothing(section, say) if not parts else "",
    )


def _nothing(section: Section, say: Phrases) -> str:
    """Say why a section has no sentence: all was told before, or nothing could be confirmed."""
    told_before = all(ranked.story.continues for ranked in section.ranked)
    return say("part.introduced" if section.ranked and told_before else "part.nothing")


def _bullets(
    part: Part, claims: Sequence[Claim], leads: dict[str, Story], notes: _Notes, say: Phrases
) -> Iterator[Bullet]:
    """Make a bullet of each claim; where a section holds several papers, group them under their names."""
    grouped: dict[str, list[Claim]] = {}
    for number, claim in enumerate(claims):
        alone = len(leads) > 1 and part != "keyword" and len(claim.stories) == 1 and claim.stories[0] in leads
        grouped.setdefault(claim.stories[0] if alone else f"#{number}", []).append(claim)
    for story, sentences in grouped.items():
        bare = story in leads and all(claim.text == leads[story].lead.title for claim in sentences)
        name = story_name(leads[story].lead, say) if story in leads and not bare else ""
        yield Bullet(name=name, sentences=tuple(_sentence(claim, notes) for claim in sentences))


def _sentence(claim: Claim, notes: _Notes) -> PageSentence:
    quotes = tuple(dict.fromkeys(claim.quotes))
    return PageSentence(
        text=paragraph(readable(claim.text)),
        language=claim.language,
        notes=tuple(notes.of(quote) for quote in quotes),
        verbatim=len(quotes) == 1 and quotes[0].text == claim.text,
    )


def _story(ranked: Ranked, say: Phrases) -> StoryView:
    lead = ranked.story.lead
    return StoryView(
        title=_title(lead, say),
        language=lead.language,
        url=address_of(ranked.story),
        facts=tuple(_facts(ranked.story, say)),
        links=tuple(_links(ranked.story, say)),
        marks=tuple(_marks(ranked, say)),
        tldr=_tldr(ranked.story, say),
        reasons=ranked.reasons,
        reproduced=reproduced(ranked.story.keys, say.language),
    )


def _facts(story: Story, say: Phrases) -> Iterator[str]:
    """Tell who wrote it, where it stood, and how much attention it got: the most any source counts."""
    authors = [line(readable(name), 80) for name in story.lead.authors if name.strip()]
    if len(authors) > _MOST_AUTHORS:
        yield say("story.authors", others=len(authors) - 1, first=authors[0])
    elif authors:
        yield ", ".join(authors)
    if venue := next((line(item.venue, 80) for item in story.items if item.venue), ""):
        yield venue
    yield say("story.sources", sources=", ".join(source_name(name, say) for name in story.sources))
    for name in ("votes", "points", "comments", "citations"):
        counted = [n for item in story.items if (n := getattr(item.signals, name))]
        if counted:
            yield say(f"story.{name}", n=max(counted))


def _links(story: Story, say: Phrases) -> Iterator[tuple[str, str]]:
    """The other addresses of a story, each once: what sources linked, and where else it was listed."""
    seen = {address_of(story), ""}
    linked = ((_link_name(link.rel, say), link.url) for item in story.items for link in item.links)
    listed = ((source_name(item.source, say), item.url) for item in story.items)
    for name, url in (*linked, *listed):
        address = web_address(url)
        if address not in seen:
            seen.add(address)
            yield name, address


def _marks(ranked: Ranked, say: Phrases) -> Iterator[str]:
    if ranked.story.continues:
        yield say("story.continues", day=ranked.story.continues.isoformat())
    if "withdrawn" in ranked.story.news:
        yield say("story.withdrawn")
    elif ranked.story.news:
        yield say("story.news", news=", ".join(novelty(code, say) for code in ranked.story.news))
    if ranked.filed.confidence < _DOUBTFUL:
        yield say("story.unsure", percent=f"{100 * ranked.filed.confidence:.0f}")
    if ranked.why:
        yield say("why.line", why=line(ranked.why))


def novelty(code: str, say: Phrases) -> str:
    """Word what a story has that earlier editions lacked: `source:arxiv`, `version:2`, `address`."""
    kind, _, value = code.partition(":")
    if kind == "source" and value:
        return say("story.news_source", source=source_name(value, say))
    if kind == "version" and value:
        return say("story.news_version", n=line(value, 20))
    return say("story.news_address") if code == "address" else line(readable(code), 200)


def _title(item: Item, say: Phrases) -> str:
    return line(readable(item.title)) or say("untitled")


def _link_name(rel: str, say: Phrases) -> str:
    return say.get(f"link.{rel}", say("link.other"))


def cells(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows of a table with an en dash where there is nothing to say."""
    return tuple(tuple(cell or "–" for cell in row) for row in rows)


def _tldr(story: Story, say: Phrases) -> str:
    """Somebody else's summary, marked as such; empty when nobody gave one."""
    text = next((paragraph(readable(item.tldr), 400) for item in story.items if item.tldr), "")
    return say("story.tldr", text=text) if text else ""


_OPEN = frozenset({"waiting", "stalled", "failed"})
_FATES = ("repaired", "replaced", "again")  # of a sentence that failed, as the ledger's reasons name them


def notices(edition: Edition, say: Phrases) -> Iterator[str]:
    """Tell what the reader must know first: gaps, an empty day, and how the sentences were made."""
    gaps = [source_name(r.source, say) for r in edition.sources if r.state in _OPEN]
    if not edition.stories:
        unwanted = edition.ledger.dropped("category-unwanted")
        yield say("edition.unwanted", n=unwanted) if unwanted else say(f"edition.{edition.state}")
    elif gaps:
        yield say("edition.partial", sources=", ".join(gaps))
    yield from _provenance(edition, say)


def author(edition: Edition, say: Phrases) -> str:
    """Name who wrote the sentences, in one line."""
    drafts = [section.checked.draft for section in edition.sections if section.checked.kept]
    models = list(dict.fromkeys(d.author.model for d in drafts if d.author.model))
    if not models:
        return say("author.extracts")
    whole = all(d.author.model and not d.fallbacks for d in drafts)
    return say("author.model" if whole else "author.mixed", model=", ".join(models))


def _provenance(edition: Edition, say: Phrases) -> Iterator[str]:
    """Tell model, prompts and cost, what fell, and what the embedded writer took over, and why."""
    drafts = [section.checked.draft for section in edition.sections]
    for model, prompt in dict.fromkeys((d.author.model, d.author.prompt) for d in drafts if d.author.model):
        yield say("author.prompts", model=model, prompt=prompt or "–")
    filing = (e.usage for e in edition.ledger.entries if isinstance(e.usage, Usage))
    bill = Usage().plus(*(d.usage for d in drafts), *filing)
    if bill.calls:
        tokens = bill.tokens_in + bill.tokens_out
        yield say("author.usage", calls=bill.calls, tokens=tokens, cost=f"{bill.cost_usd:.4f}")
    taken = len({story for d in drafts for story in d.fallbacks})
    if taken:
        yield say("author.fallbacks", n=taken)
    yield from (_as_sentence(line(why, 200)) for why in dict.fromkeys(why for d in drafts for why in d.why))
    fallen = _fallen(edition)
    yield from (say(f"author.{fate}", n=fallen[fate]) for fate in (*_FATES[:2], "fallen") if fallen[fate])


def _as_sentence(reason: str) -> str:
    """A reason among sentences: with its full stop."""
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."


def _fallen(edition: Edition) -> Counter[str]:
    """Count the sentences that failed the checks, by fate: `fallen` where nothing took their place.

    A repair that failed as well is not counted again: the sentence it was to repair is.
    """
    counted: Counter[str] = Counter()
    for entry in edition.ledger.entries:
        for drop in entry.dropped if entry.unit == "claims" else ():
            counted[drop.reason.partition("; ")[2] or "fallen"] += len(drop.refs)
    return counted


def ledger(edition: Edition, say: Phrases) -> Iterator[tuple[str, ...]]:
    """The rows of the ledger: stage, unit, in, kept, merged, dropped, why."""
    for entry in edition.ledger.entries:
        dropped = sum(len(drop.refs) for drop in entry.dropped)
        why = ", ".join(f"{reason(drop.reason, say)} {len(drop.refs)}" for drop in entry.dropped)
        numbers = (entry.came_in, entry.kept, entry.merged, dropped)
        stage, unit = say.get(f"stage.{entry.stage}", entry.stage), say(f"unit.{entry.unit}")
        yield (stage, unit, *map(str, numbers), why)


def reason(code: str, say: Phrases) -> str:
    """Say why something was dropped, in words; a code no phrase knows stays itself."""
    name, colon, check = code.partition(": ")
    if colon and name == "unsupported":
        check, _, fate = check.partition("; ")
        then = f", {say(f'reason.{fate}')}" if fate in _FATES else ""
        return say("reason.unsupported", check=check) + then
    return say.get(f"reason.{code}", line(code, 60))


def sources(edition: Edition, say: Phrases) -> Iterator[tuple[str, ...]]:
    """The rows of the sources: name, state, items, unusable, requests, note."""
    for report in edition.sources:
        note = ": ".join(line(text, 160) for text in (report.error, report.hint) if text)
        numbers = map(str, (report.items, report.dropped, report.requests))
        yield (source_name(report.source, say), say(f"state.{report.state}"), *numbers, note)


def made(edition: Edition, say: Phrases) -> str:
    """By which version, with which taxonomy and when the edition was made."""
    at = f"{edition.made_at:%Y-%m-%d %H:%M}"
    return say("made.line", made_by=edition.made_by, taxonomy=edition.taxonomy, at=at)


def source_name(name: str, say: Phrases) -> str:
    """Return the page's name for a source."""
    return say.get(f"source_name.{name}", line(name, 60))


# What `stages.rank` and `taste.preferences` write into an edition, and the phrase that says it.
_SIGNAL = re.compile(r"(votes|points|comments|citations) (\d+): ([+-][\d.]+)")
_SOURCES = re.compile(r"(\d+) sources: ([+-][\d.]+)")
_PLACE = re.compile(r"place (\d+) of its list: ([+-][\d.]+)")
_WORDLESS = re.compile(r"no text to quote: ([+-][\d.]+)")
_KEYWORD = re.compile(r"(keyword|less) “(.+)”: ([+-][\d.]+)")


def retold(reason: str, say: Phrases) -> str:
    """Put a reason with its points into the language of `say`; what has no phrase stays as it is."""
    if match := _SIGNAL.fullmatch(reason):
        return f"{say(f'story.{match[1]}', n=int(match[2]))} ({match[3]})"
    if match := _SOURCES.fullmatch(reason):
        return f"{say('why.sources', n=int(match[1]))} ({match[2]})"
    if match := _PLACE.fullmatch(reason):
        return f"{say('why.place', n=int(match[1]))} ({match[2]})"
    if match := _WORDLESS.fullmatch(reason):
        return f"{say('why.wordless')} ({match[1]})"
    if match := _KEYWORD.fullmatch(reason):
        return f"{say(f'why.{match[1]}', word=match[2])} ({match[3]})"
    return reason
