"""A paper as a bibliography tells it, before it is BibTeX or CSL-JSON."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

import msgspec

from daybrief.model import Edition, Story
from daybrief.render.page import address_of
from daybrief.text.latex import readable
from daybrief.text.plain import line, paragraph

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
