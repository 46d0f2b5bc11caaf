"""What an e-mail says, as HTML that mail programs keep and as plain text that reads well by itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from daybrief.render.page import Bullet, Page, PartView, SectionView, StoryView
from daybrief.text.phrases import Phrases

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Template

WIDTH = 72  # columns of a line of the plain text; RFC 5322 recommends fewer than 78
_FOLDER = "assets/templates"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One mail of an edition: which sections it holds, and what stands around them."""

    page: Page
    sections: tuple[SectionView, ...]
    title: str
    first: bool
    sender: str
    picture: str = ""  # the Content-ID of the chart
    site: str = ""
    unsubscribe: str = ""


def as_html(letter: Letter, say: Phrases) -> str:
    """The letter as one HTML document, its style inlined; what only a style sheet can say stays one."""
    fields: dict[str, Any] = {name: getattr(letter, name) for name in letter.__struct_fields__}
    whole = {section.id for section in letter.page.sections if not section.parts}
    html = _template().render(
        say=say, language=say.language, style=_style(), whole=whole, addresses=_addresses, **fields
    )
    return _inliner().inline(html)


def _addresses(bullet: Bullet) -> tuple[str, ...]:
    """Where the evidence of a point stands, each address once."""
    noted = (note.url for sentence in bullet.sentences for note in sentence.notes)
    return tuple(dict.fromkeys(filter(None, noted)))


def as_text(letter: Letter, say: Phrases) -> str:
    """The letter in plain text, wrapped; addresses stand whole on lines of their own."""
    lines = [*_head(letter, say)] if letter.first else [letter.title]
    for section in letter.sections:
        native = f" · {section.native}" if section.native else ""
        name = f"{section.emoji} {section.heading}{native} ({section.count})"
        lines += ["", "", name, "=" * min(columns(name), WIDTH)]
        if not section.parts and section.stories:
            lines += ["", *wrapped(say("part.nothing"))]
        for part in section.parts:
            lines += ["", f"[{part.heading}]", *(line for b in part.bullets for line in _bullet(b))]
        if section.stories:
            lines += ["", f"[{say('part.sources')}]", *(n for s in section.stories for n in _story(s))]
    return "\n".join([*lines, *_foot(letter, say)]) + "\n"


def _head(letter: Letter, say: Phrases) -> Iterator[str]:
    view = letter.page
    yield view.title
    yield from wrapped(" · ".join((view.date_line, *view.counts)))
    for notice in (*view.notices, view.author):
        if notice:
            yield ""
            yield from wrapped(notice)
    if view.chart.bars:
        yield ""
        yield from wrapped(view.chart.alt)
    if letter.site:
        yield ""
        yield f"{say('mail.site')}:"
        yield letter.site


def _bullet(bullet: Bullet) -> list[str]:
    said = " ".join(sentence.text for sentence in bullet.sentences)
    return wrapped(f"{bullet.name}: {said}" if bullet.name else said, "* ", "  ")


def _story(story: StoryView) -> Iterator[str]:
    yield from wrapped(story.title, "- ", "  ")
    if story.url:
        yield f"  {story.url}"
    if about := " · ".join((*story.facts, *story.marks)):
        yield from wrapped(about, "  ", "  ")
    for name, url in story.links:
        yield f"  {name}: {url}"


def _foot(letter: Letter, say: Phrases) -> Iterator[str]:
    yield from ("", "", "-- ")
    yield from wrapped(letter.page.made)
    yield from wrapped(say("mail.why", sender=letter.sender))
    if letter.unsubscribe:
        yield f"{say('mail.unsubscribe')}: {letter.unsubscribe}"


def columns(text: str) -> int:
    """How many columns a terminal gives a text: Hangul and Han take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most 72 columns, broken between words; a longer word is broken by its letters."""
    lines: list[str] = []
    held = first
    empty = True
    for word in text.split():
        if not empty and columns(held) + 1 + columns(word) > WIDTH:
            lines.append(held)
            held, empty = rest, True
        held, empty = (held + word if empty else f"{held} {word}"), False
        while len(held) > 4 * WIDTH:  # a word without end; as RFC 5322 allows 998 octets a line
            lines.append(held[:WIDTH])
            held = rest + held[WIDTH:]
    return [*lines, held]


def halves(sections: Sequence[SectionView]) -> list[tuple[SectionView, ...]]:
    """Two halves of a letter that is too long: between sections, else between items of the one section."""
    if len(sections) > 1:
        middle = len(sections) // 2
        return [tuple(sections[:middle]), tuple(sections[middle:])]
    section = sections[0]
    items: list[tuple[str, Bullet | StoryView]] = [
        *((part.heading, bullet) for part in section.parts for bullet in part.bullets),
        *(("", story) for story in section.stories),
    ]
    middle = len(items) // 2
    if not middle:
        return [tuple(sections)]
    return [(_with(section, items[:middle]),), (_with(section, items[middle:]),)]


def _with(section: SectionView, items: Sequence[tuple[str, Bullet | StoryView]]) -> SectionView:
    """The section with some of its items."""
    parts: dict[str, list[Bullet]] = {}
    for heading, item in items:
        if isinstance(item, Bullet):
            parts.setdefault(heading, []).append(item)
    views = tuple(PartView(heading=heading, bullets=tuple(held)) for heading, held in parts.items())
    stories = tuple(item for _, item in items if isinstance(item, StoryView))
    return msgspec.structs.replace(section, parts=views, stories=stories)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("daybrief", _FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("mail.html")


@cache
def _style() -> str:
    return (files("daybrief") / _FOLDER / "mail.css").read_text(encoding="utf-8")


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
