"""A story as readers see it before it has a form: one card with what it says, its links and its evidence.

    Ranked + its claims → StoryView      name, address, gist, evidence, authors, links, marks

What a card says is the story's gist: sentences in the reader's language. Where there is none, it is the
writer's sentences on what the story is and what it found, as they stand. The words of the sources behind
and beside them are notes, numbered over the whole page; a form folds them.

As a reference: `references` gives publishers what BibTeX and CSL-JSON have in common, `plain`, `bibtex` and
`csl` write one citation of any item (https://docs.citationstyles.org). In BibTeX no character of a foreign
title has a meaning, so an entry is one entry.

Everything here is clean plain text, LaTeX made readable, nothing escaped; addresses are safe or empty.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import msgspec

from daybrief.cards import Reproduced, reproduced
from daybrief.languages import SOURCE, parts
from daybrief.languages.phrases import Phrases
from daybrief.model import Claim, Edition, Item, Part, Quote, Ranked, Story
from daybrief.text.identity import arxiv_id, arxiv_pdf, arxiv_url, site_beside
from daybrief.text.latex import readable
from daybrief.text.plain import line, paragraph, web_address
from daybrief.whole import Figure, FullText

DOUBTFUL = 0.5  # below, the reader is told that the category is uncertain
_MOST_AUTHORS = 3
_MOST_PLACES = 3  # affiliations named
_SHORT_NAME = 44  # characters of a title before its colon that pass for a name
_LONGEST_TEXT = 20_000  # characters of an item that are searched for addresses
_MOST_LINKS = 8
_ENOUGH_OF_NAME = 4  # letters of a name's first word that stand for it
_TELLING = 30  # letters: a shorter sentence names a subject and says nothing of it
_SUBJECT = re.compile(rf"(?:{parts(lambda rules: rules.form.subject)})$")
_ABOUT = re.compile(parts(lambda rules: rules.form.about))
UNNAMED = re.compile(parts(lambda rules: rules.form.unnamed))
_FORUM = re.compile(r"(?:Show|Ask|Tell|Launch) HN: (?=\S)")
_FIRST_PERSON = re.compile(r"\b(?:[Ww]e|[Oo]urs?|I(?!\.)|[Mm]y)\b")
_TOLD: tuple[Part, ...] = ("theme", "finding")  # what a card says where the story has no gist


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
    """A statement and its notes; `verbatim` when it is the very words of its only quote.

    `of_title` says that it rests on a title alone, and so tells little more than that.
    """

    text: str
    language: str
    notes: tuple[Note, ...]
    verbatim: bool
    of_title: bool = False

    @property
    def telling(self) -> bool:
        """Whether it tells more than what its story is about."""
        return not self.of_title and len(self.text) >= _TELLING

    @property
    def subject_only(self) -> bool:
        """Whether it only names a subject, so that the title tells more."""
        return bool(_SUBJECT.search(self.text))

    @property
    def about(self) -> bool:
        """Whether it says what a text is about, not what it says."""
        return bool(_ABOUT.search(self.text))


class FigureView(msgspec.Struct, frozen=True, kw_only=True):
    """Figure 1 of a paper with its own caption, or a cover; `picture` is a `data:` address."""

    label: str
    caption: str
    url: str
    licence: str
    picture: str
    width: int
    height: int


class StoryView(msgspec.Struct, frozen=True, kw_only=True):
    """A story's card; `anchor` is its name on the edition's page."""

    id: str
    anchor: str
    name: str  # the title in short
    title: str
    language: str
    url: str
    gist: tuple[PageSentence, ...]
    beside: tuple[Note, ...]  # sentences of the source that no sentence of the card rests on
    facts: tuple[str, ...]
    links: tuple[tuple[str, str], ...]  # (label, address)
    marks: tuple[str, ...]  # continues from, what is new, an uncertain category
    tldr: str
    reasons: tuple[str, ...]
    news: bool = False
    continued: bool = False  # told in an earlier edition: a line is enough
    reproduced: Reproduced | None = None  # what became of its claim when it was tried here
    figure: FigureView | None = None
    comments: tuple[tuple[str, str], ...] = ()  # (whose it is, the words) from the story's thread
    site: str = ""  # the host of news that a list names, where the source's name does not say it

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return every note of the card, in order, each once."""
        notes = (*(note for sentence in self.gist for note in sentence.notes), *self.beside)
        return tuple({note.number: note for note in notes}.values())

    @property
    def proper_name(self) -> str:
        """Return the name before the title's colon; "" where only the title itself would name the story."""
        return "" if self.name == self.title or self.name.endswith("…") else self.name

    @property
    def retold(self) -> bool:
        """Whether its first sentence tells it in another language than its title, and can stand for it."""
        return self.told and not self.about_only and not UNNAMED.match(self.gist[0].text)

    @property
    def about_only(self) -> bool:
        """Whether its first sentence only names a subject; of news also what the text is about."""
        first = next(iter(self.gist), None)
        return bool(first and (first.subject_only or (self.news and first.about)))

    @property
    def told(self) -> bool:
        """Whether its first sentence is in another language than its title."""
        first = next(iter(self.gist), None)
        return bool(first and first.language != (self.language or SOURCE))

    @property
    def verbatim(self) -> frozenset[int]:
        """Return the notes whose words the card shows anyway."""
        return frozenset(n.number for sentence in self.gist if sentence.verbatim for n in sentence.notes)


class NoteNumbers:
    """Numbers the quotes of a page; the same words of the same text get the same number."""

    def __init__(self, stories: Iterable[Story], say: Phrases) -> None:
        items = (item for story in stories for item in story.items)
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
        return Note(
            number=number,
            words=paragraph(readable(quote.text)),
            language=item.language if item else "",
            title=title_of(item, self._say) if item else line(quote.item_key),
            name=story_name(item, self._say) if item else line(quote.item_key, 70),
            url=web_address(item.url) if item else "",
            source=source_name(quote.source, self._say),
            place=self._place(quote, item),
        )

    def _place(self, quote: Quote, item: Item | None) -> str:
        """The place of the words: in the title, in the listed text, or in which section of the whole."""
        if quote.field != "whole":
            where = "evidence.title" if quote.field == "title" else "evidence.abstract"
            return self._say(where, start=quote.start + 1, end=quote.end)
        passage = item.full.passage(quote.place) if item and item.full else None
        if passage and passage.role == "article":
            return self._say("evidence.article")
        return self._say("evidence.section", title=line(readable(quote.place), 120))


def story_view(
    ranked: Ranked,
    claims: Sequence[Claim],
    anchor: str,
    notes: NoteNumbers,
    say: Phrases,
    *,
    fold: bool = False,
) -> StoryView:
    """The card of a story; `claims` are those about it alone that the page tells nowhere else.

    With `fold` sentences of another language than the page's stand in the evidence alone. A story that was
    told before keeps one sentence, where that says more than a subject.
    """
    lead = ranked.story.lead
    gist = [claim for claim in gist_of(claims, say.language) if not _repeats_title(claim, lead, say.language)]
    if fold and gist and gist[0].language != say.language:
        gist = []
    sentences = tuple(page_sentence(claim, notes) for claim in gist)
    if ranked.story.continues:
        sentences = tuple(sentence for sentence in sentences if not sentence.subject_only)[:1]
    known = {note.number for sentence in sentences for note in sentence.notes}
    rest = (notes.of(quote) for claim in claims if claim not in gist for quote in claim.quotes)
    return StoryView(
        id=ranked.story.id,
        anchor=anchor,
        name=story_name(lead, say),
        title=title_of(lead, say),
        language=lead.language,
        url=address_of(ranked.story),
        gist=sentences,
        beside=tuple({note.number: note for note in rest if note.number not in known}.values()),
        facts=tuple(_facts(ranked.story, say)),
        links=tuple(_links(ranked.story, say)),
        marks=tuple(_marks(ranked, say)),
        tldr=_tldr(ranked.story, say),
        reasons=ranked.reasons,
        news=lead.kind == "news",
        continued=ranked.story.continues is not None,
        reproduced=reproduced(ranked.story.keys, say.language),
        figure=figure_of(ranked.story, say),
        comments=comments_of(ranked.story, say),
        site=site_beside(address_of(ranked.story), ranked.story.sources) if lead.kind == "news" else "",
    )


def _repeats_title(claim: Claim, lead: Item, language: str) -> bool:
    """Whether a claim is the title, or puts a title in the page's language into another."""
    from_title = all(quote.field == "title" for quote in claim.quotes)
    if claim.part != "gist" and claim.text.rstrip(".!").casefold() in lead.title.casefold():
        return True
    return claim.text == lead.title or (from_title and claim.language != language == lead.language)


def gist_of(claims: Sequence[Claim], language: str) -> tuple[Claim, ...]:
    """The claims that tell a story: its gist, or what it is and found, first in the reader's language."""
    gist = tuple(claim for claim in claims if claim.part == "gist")
    telling = tuple(claim for part in _TOLD for claim in claims if claim.part == part)
    native = (tuple(claim for claim in chosen if claim.language == language) for chosen in (gist, telling))
    return next(filter(None, (*native, gist, telling)), tuple(claims[:1]))


def page_sentence(claim: Claim, notes: NoteNumbers) -> PageSentence:
    """A claim with its evidence numbered."""
    quotes = tuple(dict.fromkeys(claim.quotes))
    text = paragraph(readable(claim.text))
    verbatim = len(quotes) == 1 and quotes[0].text == claim.text
    theirs = verbatim and claim.language in {"", SOURCE} and _FIRST_PERSON.search(text)
    return PageSentence(
        text=f"“{text}”" if theirs else text,  # "we" are its authors, not this page's
        language=claim.language,
        notes=tuple(notes.of(quote) for quote in quotes),
        verbatim=verbatim,
        of_title=all(quote.field == "title" for quote in quotes),
    )


# ── from its whole text ─────────────────────────────────────────────────────────────────────────────


def figure_of(story: Story, say: Phrases) -> FigureView | None:
    """Figure 1 where its picture may be shown; where it may not, `_links` leads to it."""
    for text in whole_texts(story):
        if text.figure and text.figure.picture:
            return embedded(text.figure, say("link.figure"), line(text.licence, 40))
    return None


def embedded(figure: Figure, label: str, licence: str = "") -> FigureView:
    """A figure with its picture as part of the page."""
    return FigureView(
        label=label,
        caption=paragraph(readable(figure.caption)),
        url=_at_page(figure.url),
        licence=licence,
        picture="data:image/jpeg;base64," + base64.b64encode(figure.picture).decode(),
        width=figure.width,
        height=figure.height,
    )


_PAGE = re.compile(r"https?://[\w.:-]{1,100}/html/[\w./-]{1,200}")


def _at_page(url: str) -> str:
    """The address of a figure or of the page that shows it; `web_address` would lead to the abstract."""
    return url if _PAGE.fullmatch(url) else web_address(url)


def comments_of(story: Story, say: Phrases) -> tuple[tuple[str, str], ...]:
    """The comments of readers in the story's thread, each with the name of its author."""
    passages = (passage for text in whole_texts(story) for passage in text.of("comment"))
    return tuple((say("story.comment_by", by=line(p.by, 40)), paragraph(p.text, 400)) for p in passages)


def whole_texts(story: Story) -> tuple[FullText, ...]:
    """The whole texts that were read of a story's items."""
    return tuple(item.full for item in story.items if item.full)


# ── its names ───────────────────────────────────────────────────────────────────────────────────────


def title_of(item: Item, say: Phrases) -> str:
    """The title in a line; words for a missing one."""
    return line(readable(item.title)) or say("untitled")


def story_name(item: Item, say: Phrases) -> str:
    """Name a paper in passing: the name before its title's colon, else the title, shortened.

    A forum's own word before the colon (Show HN) names nothing.
    """
    title = _FORUM.sub("", title_of(item, say))
    name, colon, _ = title.replace(" -- ", ": ", 1).partition(": ")
    return name if colon and len(name) <= _SHORT_NAME else re.sub(r"[\s:;,–—-]+…$", "…", line(title, 52))


def names_itself(story: StoryView) -> bool:
    """Whether the first sentence of a card says which story it is about."""
    text, name = story.gist[0].text.casefold(), story.name.casefold()
    first = name.partition(" ")[0]
    return name in text or (len(first) >= _ENOUGH_OF_NAME and text.startswith(first))


def source_name(name: str, say: Phrases) -> str:
    """Return the page's name for a source."""
    return say.get(f"source_name.{name}", line(name, 60))


# ── where it leads ──────────────────────────────────────────────────────────────────────────────────

_ADDRESS = re.compile(r"https?://[^\s<>\"'“”‘’`{}|\\^\[\]()]{4,300}")
_TRAILING = ".,;:!?*_"
_HOMES = {  # what an address of these hosts leads to; others in a text are nobody's business
    "github.com": "code",
    "gitlab.com": "code",
    "codeberg.org": "code",
    "bitbucket.org": "code",
    "zenodo.org": "data",
    "kaggle.com": "data",
    "youtube.com": "video",
    "youtu.be": "video",
    "colab.research.google.com": "demo",
    "news.ycombinator.com": "discussion",
    "lobste.rs": "discussion",
}
_HUGGING_FACE = {"datasets": "data", "spaces": "demo", "papers": "discussion", "collections": "model"}
_ORDER = ("paper", "pdf", "code", "model", "data", "demo", "project", "video", "discussion")


def address_of(story: Story) -> str:
    """Return a title's link: a paper's arXiv page whoever listed it, else the lead's own address."""
    paper = arxiv_of(story)
    return arxiv_url(paper) if paper else web_address(story.lead.url)


def arxiv_of(story: Story) -> str:
    """The arXiv id of a story, without its version; "" where it has none."""
    return next((key.removeprefix("arxiv:") for key in story.keys if key.startswith("arxiv:")), "")


def destination(url: str) -> str:
    """The kind of page behind an address, by its host and path: code, model, data, demo …; "" if unknown."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    steps = [step for step in parts.path.split("/") if step]
    if host in {"huggingface.co", "hf.co"}:
        return _HUGGING_FACE.get(steps[0], "model" if len(steps) == 2 else "") if steps else ""
    if host == "arxiv.org":
        return "pdf" if steps[:1] == ["pdf"] else "paper"
    if host.endswith((".github.io", ".gitlab.io")):
        return "project"
    if host == "kaggle.com" and steps[:1] != ["datasets"]:
        return ""
    enough = len(steps) >= 2 or _HOMES.get(host) != "code"
    return _HOMES.get(host, "") if steps and enough else ""


def story_links(story: Story) -> tuple[tuple[str, str], ...]:
    """Every other address of a story with what it leads to, each once: (`code`, `https://…`).

    They come from the sources' links, from the texts where the host tells what they are, and from the
    places that listed it.
    """
    seen = {address_of(story), ""}
    links: list[tuple[str, str]] = []
    for kind, url in _candidates(story):
        address = web_address(url)
        if address not in seen:
            seen.add(address)
            links.append((kind, address))
    known = [link for link in links if link[0] in _ORDER]
    others = [link for link in links if link[0] not in _ORDER]
    outlets = [link for link in others if link[0].startswith("source:")]
    rest = [link for link in others if link not in outlets]
    first = [*sorted(known, key=lambda link: _ORDER.index(link[0])), *rest]
    room = max(0, _MOST_LINKS - len(outlets))
    own = {web_address(item.url) for item in story.items}  # each outlet keeps its link
    return (*first[:room], *(link for link in first[room:] if link[1] in own), *outlets)


def _candidates(story: Story) -> Iterator[tuple[str, str]]:
    for item in story.items:
        yield from ((destination(link.url) or link.rel, link.url) for link in item.links)
    for text in whole_texts(story):
        yield from ((kind, url) for url in text.links if (kind := destination(url)))
    for item in story.items:
        addresses = (match.rstrip(_TRAILING) for match in _ADDRESS.findall(item.text[:_LONGEST_TEXT]))
        yield from ((kind, url) for url in addresses if (kind := destination(url)) and kind != "paper")
    for item in story.items:
        discussed = story.kind == "paper" and destination(item.url) == "discussion"
        yield "discussion" if discussed else f"source:{item.source}", item.url


def _links(story: Story, say: Phrases) -> Iterator[tuple[str, str]]:
    """The links with their labels; a paper's PDF stands first."""
    if (paper := arxiv_of(story)) and arxiv_id(paper):
        yield say("link.pdf"), web_address(arxiv_pdf(paper))
    for text in whole_texts(story):
        if text.figure and (address := _at_page(text.figure.url)):
            yield say("link.figure"), address
    headlines = _headlines(story)
    for kind, address in story_links(story):
        if kind == "pdf" and paper:
            continue
        where, _, name = kind.partition(":")
        label = source_name(name, say) if where == "source" else say.get(f"link.{kind}", say("link.other"))
        yield f"{label}: {headlines[address]}" if address in headlines else label, address


def _headlines(story: Story) -> dict[str, str]:
    """Address → the headline of each outlet that told the event in other words than the lead."""
    if story.kind != "news":
        return {}
    headlines = {web_address(item.url): line(readable(item.title), 160) for item in story.items}
    lead = line(readable(story.lead.title), 160).casefold()
    return {address: title for address, title in headlines.items() if title.casefold() != lead}


# ── what is known of it ─────────────────────────────────────────────────────────────────────────────


def _facts(story: Story, say: Phrases) -> Iterator[str]:
    """Tell who wrote it, where it stood, and how much attention it got: the most any source counts."""
    authors = [line(readable(name), 80) for name in story.lead.authors if name.strip()]
    if len(authors) > _MOST_AUTHORS:
        yield say("story.authors", others=len(authors) - 1, first=authors[0])
    elif authors:
        yield ", ".join(authors)
    if places := [line(readable(name), 80) for text in whole_texts(story) for name in text.affiliations]:
        yield ", ".join(places[:_MOST_PLACES]) + (" …" if len(places) > _MOST_PLACES else "")
    if venue := next((line(item.venue, 80) for item in story.items if item.venue), ""):
        yield venue
    yield say("story.sources", sources=", ".join(source_name(name, say) for name in story.sources))
    for name in ("votes", "points", "comments", "citations"):
        counted = [n for item in story.items if (n := getattr(item.signals, name))]
        if counted:
            yield say(f"story.{name}", n=max(counted))


def _marks(ranked: Ranked, say: Phrases) -> Iterator[str]:
    if ranked.story.continues:
        yield say("story.continues", day=ranked.story.continues.isoformat())
    if "withdrawn" in ranked.story.news:
        yield say("story.withdrawn")
    elif ranked.story.news:
        yield say("story.news", news=", ".join(novelty(code, say) for code in ranked.story.news))
    if ranked.filed.confidence < DOUBTFUL:
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


def _tldr(story: Story, say: Phrases) -> str:
    """Somebody else's summary, marked as such; empty when nobody gave one."""
    text = next((paragraph(readable(item.tldr), 400) for item in story.items if item.tldr), "")
    return say("story.tldr", text=text) if text else ""


def known_of(story: Story, say: Phrases) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The known facts of a story, printed or not, and its links with their labels."""
    return tuple(_facts(story, say)), tuple(_links(story, say))


# ── as a reference ──────────────────────────────────────────────────────────────────────────────────

_NAMED = 3  # authors a plain citation names before it says "et al."
_MOST_CITED = 100
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_"},
}
_URL_SPECIAL = {"{": "%7B", "}": "%7D", "\\": "%5C", "%": r"\%", "#": r"\#"}
_NO_KEY = re.compile(r"[^A-Za-z0-9]+")


def plain(item: Item, seen: date) -> str:
    """`A. Author, B. Author et al. “Title.” arXiv:2411.15124, 2024-11-26. https://…`."""
    names = ", ".join(item.authors[:_NAMED]) + (" et al." if len(item.authors) > _NAMED else "")
    who = f"{names.rstrip('.')}. " if names else ""
    return f"{who}“{item.title}.” {_where(item)}, {_dated(item, seen).isoformat()}. {_address(item)}"


def bibtex(item: Item, seen: date, *, note: str = "") -> str:
    """An `@misc` entry; `note` is a quotation or remark of ours or the source's."""
    when = _dated(item, seen)
    arxiv = arxiv_id(item.key.removeprefix("arxiv:")) if item.key.startswith("arxiv:") else None
    fields = {
        "title": f"{{{_escaped(item.title)}}}",
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in item.authors[:_MOST_CITED]),
        "year": str(when.year),
        "month": str(when.month),
        "eprint": arxiv[0] if arxiv else "",
        "archiveprefix": "arXiv" if arxiv else "",
        "howpublished": "" if arxiv else _escaped(_where(item)),
        "url": "".join(_URL_SPECIAL.get(letter, letter) for letter in _address(item)),
        "note": _escaped(note),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{_NO_KEY.sub('-', item.key).strip('-')[:80] or 'item'},\n" + ",\n".join(lines) + "\n}\n"


def csl(item: Item, seen: date, *, note: str = "") -> dict[str, Any]:
    """A CSL-JSON item; `note` as in `bibtex`."""
    when = _dated(item, seen)
    fields: dict[str, Any] = {
        "id": item.key,
        "type": "article" if item.kind == "paper" else "article-newspaper",
        "title": item.title,
        "author": [{"literal": name} for name in item.authors[:_MOST_CITED]],
        "issued": {"date-parts": [[when.year, when.month, when.day]]},
        "container-title": _where(item),
        "URL": _address(item),
        "note": note,
    }
    return {name: value for name, value in fields.items() if value}


def _dated(item: Item, seen: date) -> date:
    """The date it appeared: first publication, else the listing, else the day the archive has it under."""
    return item.published.date() if item.published else item.announced or seen


def _address(item: Item) -> str:
    """The address under which everybody finds it: for an arXiv paper arXiv's own, whoever listed it."""
    key = item.key.removeprefix("arxiv:")
    return arxiv_url(key) if key != item.key else item.url


def _where(item: Item) -> str:
    if item.venue:
        return item.venue
    return f"arXiv:{item.key.removeprefix('arxiv:')}" if item.key.startswith("arxiv:") else item.source


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in " ".join(text.split()))


_SMALL = frozenset(
    "a an the on of for in to and with towards toward from is are how what why do does".split()
)
_YEAR_MONTH = re.compile(r"(\d\d)(0[1-9]|1[0-2])\.")
_WORD = re.compile(r"[a-z0-9]+")


class CitedWork(msgspec.Struct, frozen=True, kw_only=True):
    """A paper to cite; `key` depends on the paper alone, so every edition that prints it has the same."""

    key: str
    title: str
    authors: tuple[str, ...]
    issued: tuple[int, ...]  # year, month, day as far as they are known
    url: str
    arxiv: str  # "" when it has none
    doi: str
    subject: str  # arXiv's primary category
    venue: str
    abstract: str
    language: str


def references(edition: Edition) -> Iterator[CitedWork]:
    """The papers of an edition in print order, each once."""
    seen: set[str] = set()
    for story in edition.stories:
        if story.kind == "paper" and story.id not in seen:
            seen.add(story.id)
            yield _reference(story)


def _reference(story: Story) -> CitedWork:
    lead = story.lead
    arxiv = next((k.removeprefix("arxiv:") for k in story.keys if k.startswith("arxiv:")), "")
    doi = next((k.removeprefix("doi:") for k in story.keys if k.startswith("doi:")), "")
    published = next((item.published.date() for item in story.items if item.published), None)
    title = line(readable(lead.title)) or story.id
    names = next((item.authors for item in story.items if item.authors), ())
    authors = tuple(name for raw in names if (name := line(readable(raw), 200)))
    return CitedWork(
        key=citation_key(story.id, title, authors, arxiv),
        title=title,
        authors=authors,
        issued=(published.year, published.month, published.day) if published else _arxiv_month(arxiv),
        url=address_of(story),
        arxiv=arxiv,
        doi=doi,
        subject=next((item.tags[0] for item in story.items if arxiv and item.tags), ""),
        venue=next((line(item.venue, 200) for item in story.items if item.venue), ""),
        abstract=paragraph(readable(max((item.text for item in story.items), key=len))),
        language=lead.language,
    )


def _arxiv_month(arxiv: str) -> tuple[int, ...]:
    """Year and month that an arXiv id since 2007 begins with ."""  # https://info.arxiv.org/help/arxiv_identifier.html
    match = _YEAR_MONTH.match(arxiv)
    return (2000 + int(match[1]), int(match[2])) if match else ()


def citation_key(identity: str, title: str, authors: tuple[str, ...], arxiv: str) -> str:
    """`zhang-diffusion-2411.15124`: a name, a word and the identity, in letters every program takes."""
    title_words = [word for word in _words(title) if word not in _SMALL and not word.isdigit()]
    family = _words(authors[0])[-1:] if authors else []
    short = arxiv.replace("/", "-") or hashlib.sha256(identity.encode()).hexdigest()[:10]
    return "-".join([*family, *title_words[:1], short])


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return [word[:24] for word in _WORD.findall(plain)]
