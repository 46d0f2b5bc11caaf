"""An item as others cite it: what a bibliography tells of a paper, and a citation ready to paste.

`references` gives publishers what BibTeX and CSL-JSON have in common. `plain`, `bibtex` and `csl` write one
citation of any item (https://docs.citationstyles.org). Titles and names are foreign text: in BibTeX no
character of theirs has a meaning, so an entry is one entry.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from daybrief.model import Edition, Item, Story
from daybrief.render.story import address_of
from daybrief.text.identity import arxiv_id, arxiv_url
from daybrief.text.latex import readable
from daybrief.text.plain import line, paragraph

_NAMED = 3  # authors a plain citation names before it says "et al."
_MOST_AUTHORS = 100
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
    """One `@misc` entry; `note` is a quotation or remark of ours or the source's."""
    when = _dated(item, seen)
    arxiv = arxiv_id(item.key.removeprefix("arxiv:")) if item.key.startswith("arxiv:") else None
    fields = {
        "title": f"{{{_escaped(item.title)}}}",
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in item.authors[:_MOST_AUTHORS]),
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
    """One CSL-JSON item; `note` as in `bibtex`."""
    when = _dated(item, seen)
    fields: dict[str, Any] = {
        "id": item.key,
        "type": "article" if item.kind == "paper" else "article-newspaper",
        "title": item.title,
        "author": [{"literal": name} for name in item.authors[:_MOST_AUTHORS]],
        "issued": {"date-parts": [[when.year, when.month, when.day]]},
        "container-title": _where(item),
        "URL": _address(item),
        "note": note,
    }
    return {name: value for name, value in fields.items() if value}


def _dated(item: Item, seen: date) -> date:
    """When it appeared: first publication, else the listing, else the day the archive has it under."""
    return item.published.date() if item.published else item.announced or seen


def _address(item: Item) -> str:
    """Where everybody finds it: of an arXiv paper arXiv's own address, whoever listed it."""
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
