"""A day's listing, whichever way it came: papers folded into items, each once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import msgspec

from daybrief.languages import SOURCE
from daybrief.model import Announce, Dropped, Item, Link
from daybrief.text import identity, plain
from daybrief.text.relevance import is_withdrawn

_RANK: dict[Announce, int] = {"new": 0, "cross": 1, "replace": 2, "": 3, "withdrawn": 4}
_REASON: dict[Announce, str] = {
    "new": "new",
    "cross": "cross-listing",
    "replace": "replacement",
    "": "other",
    "withdrawn": "withdrawn",
}
_MOST_AUTHORS = 5_000
_NAME = 120
_MOST_TITLE = 8_000  # code points looked at
_MOST_ABSTRACT = 100_000


class ListedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a listing: `id` without version, texts as arXiv wrote them (LaTeX and all)."""

    id: str
    version: int | None
    title: str
    abstract: str
    announce: Announce
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # primary first
    published: datetime | None = None
    doi: str = ""
    venue: str = ""
    withdrawn: bool = False


def paper(  # one argument a field: the three ways in share this one door
    *,
    ref: str,
    title: str,
    abstract: str,
    announce: Announce,
    authors: Iterable[str],
    categories: Sequence[str],
    published: datetime | None = None,
    doi: str = "",
    venue: str = "",
    comment: str = "",
) -> ListedPaper | Dropped:
    """A paper from the parts of an entry, made plain; Dropped without an arXiv id or a title."""
    found = identity.arxiv_id(ref)
    title = plain.line(title[:_MOST_TITLE])
    if found is None or not title:
        return Dropped(ref=plain.line((ref or title)[:1_000], 100) or "(nameless)", reason="malformed")
    names = (plain.line(name[:1_000], _NAME) for name, _ in zip(authors, range(_MOST_AUTHORS), strict=False))
    return ListedPaper(
        id=found[0],
        version=found[1],
        title=title,
        abstract=plain.paragraph(abstract[:_MOST_ABSTRACT]),
        announce=announce,
        authors=tuple(name for name in names if name),
        categories=tuple(dict.fromkeys(c for c in categories if _CATEGORY.match(c))),
        published=published,
        doi=identity.doi(doi[:500]) or "",
        venue=plain.line(venue[:_MOST_TITLE], 200),
        withdrawn=is_withdrawn(title, abstract, comment),
    )


_CATEGORY = re.compile(r"[a-z][a-z-]{1,15}(?:\.[A-Za-z-]{2,15})?\Z")


def kind_of(categories: Sequence[str], asked: Sequence[str]) -> Announce:
    """`new` when the primary category was asked for, else `cross`: what the feeds say of the same paper."""
    return "new" if categories and categories[0] in asked else "cross"


def fold(
    listing: Iterable[ListedPaper | Dropped], *, day: date, announce: Sequence[Announce], limit: int
) -> Iterator[Item | Dropped]:
    """Each paper once, in the order of the listing; everything else with its reason.

    Two lines of one paper become one: the higher version, the weightier announcement, all categories.
    """
    papers: dict[str, ListedPaper] = {}
    for line in listing:
        if isinstance(line, Dropped):
            yield line
        elif line.id in papers:
            papers[line.id] = _merged(papers[line.id], line)
            yield Dropped(ref=f"arxiv:{line.id}", reason="same-paper")
        else:
            papers[line.id] = line
    room = limit
    for one in papers.values():
        if one.withdrawn:  # of any announcement: an earlier edition may have printed it
            yield _item(one, day)
        elif one.announce not in announce:
            yield Dropped(ref=f"arxiv:{one.id}", reason=_REASON[one.announce])
        elif room == 0:
            yield Dropped(ref=f"arxiv:{one.id}", reason="over-limit")
        else:
            room -= 1
            yield _item(one, day)


def _merged(one: ListedPaper, other: ListedPaper) -> ListedPaper:
    latest, earlier = (other, one) if (other.version or 0) > (one.version or 0) else (one, other)
    return msgspec.structs.replace(
        latest,
        announce=min(one.announce, other.announce, key=_RANK.__getitem__),
        categories=tuple(dict.fromkeys((*one.categories, *other.categories))),
        published=latest.published or earlier.published,
        doi=latest.doi or earlier.doi,
    )


def _item(one: ListedPaper, day: date) -> Item:
    return Item(
        key=f"arxiv:{one.id}",
        source="arxiv",
        kind="paper",
        title=one.title,
        url=identity.arxiv_url(one.id),
        text=one.abstract,
        authors=one.authors,
        tags=one.categories,
        published=one.published,
        announced=day,
        announce="withdrawn" if one.withdrawn else one.announce,
        version=one.version,
        language=SOURCE,
        links=(Link(rel="pdf", url=f"https://arxiv.org/pdf/{one.id}"),),
        aliases=(f"doi:{one.doi}",) if one.doi else (),
        venue=one.venue,
    )
