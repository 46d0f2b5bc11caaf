"""What somebody types into a search box, as a value: every string has a meaning, none is an error.

    words             ranked by how well they match; not all need to
    "a phrase"        these words in this order, or no hit
    -word -"a phrase" no hit that holds it
    source:arxiv  category:"language models"  kind:paper|news|claim|edition   also with - before them
    from:2024-11  to:2024-11-26               days, months or years, both ends included

An operator that is unknown, or whose value makes no sense, is read as words.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from itertools import islice
from typing import Literal, get_args

import msgspec

Marks = tuple[tuple[int, int], ...]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found: a story or item (`paper`, `news`), a `claim`, or an `edition`.

    `id` is the story's id or the item's key; for a claim or an edition it names its place. `excerpt` is the
    passage that fits best; the marks are (start, end) code points of the words found in title and excerpt.
    """

    id: str
    kind: Kind
    day: date
    title: str
    url: str
    sources: tuple[str, ...]
    category: str
    excerpt: str
    title_marks: Marks
    excerpt_marks: Marks
    score: float


class SearchResults(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a search: how it was understood, the hits best first, and whether there are more.

    `meaning` tells whether vectors took part; `note` says why they did not although they should have.
    `mended` are the words that nothing holds, each with the one that was searched instead.
    """

    query: str
    hits: tuple[Hit, ...]
    more: bool = False
    meaning: bool = False
    note: str = ""
    mended: tuple[tuple[str, str], ...] = ()


Kind = Literal["paper", "news", "claim", "edition"]

MOST_CHARACTERS = 4_000  # a pasted abstract is 1,500
MOST_PARTS = 512

_PART = re.compile(
    r"(?P<no>-?)(?:(?P<name>source|category|kind|from|to):)?"
    r'(?:"(?P<phrase>[^"]*)(?:"|\Z)|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)
_QUOTES = str.maketrans("“”„‟«»＂", '"""""""')
_LETTER = re.compile(r"[^\W_]")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_KINDS: dict[str, Kind] = {form: kind for kind in get_args(Kind) for form in (kind, f"{kind}s")}


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Names that a hit must carry one of (or, as `never`, none of); an empty list asks for nothing."""

    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A search, understood: words, phrases and names as typed; `str(query)` can be typed again."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only: Filters = Filters()
    never: Filters = Filters()
    since: date | None = None
    until: date | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return self == Query()

    @property
    def text(self) -> str:
        """What is searched for, without operators."""
        return " ".join((*self.words, *self.phrases))

    def __str__(self) -> str:
        said = [*self.words, *(f'"{p}"' for p in self.phrases), *(f'-"{p}"' for p in self.without)]
        for sign, filters in (("", self.only), ("-", self.never)):
            said += [f'{sign}source:"{name}"' for name in filters.sources]
            said += [f'{sign}category:"{name}"' for name in filters.categories]
            said += [f"{sign}kind:{name}" for name in filters.kinds]
        said += [f"from:{self.since.isoformat()}"] if self.since else []
        said += [f"to:{self.until.isoformat()}"] if self.until else []
        return " ".join(said)


def parse(text: str) -> Query:
    """Any string as a Query. Never raises; what lies beyond the limits is not read."""
    found: dict[str, list[str]] = {}
    days: dict[str, date] = {}
    whole = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()  # half a surrogate pair is no letter
    straight = whole.translate(_QUOTES)
    for part in islice(_PART.finditer(straight), MOST_PARTS):
        name, value = (part["name"] or "").lower(), _value(part)
        day = _day(value, last=name == "to") if name in {"from", "to"} and not part["no"] else None
        if day is not None:
            days[name] = day
        elif _is_filter(name, value):
            found.setdefault(f"{part['no']}{name}", []).append(value)
        elif _LETTER.search(value) or name:
            place = "without" if part["no"] else "words" if part["phrase"] is None else "phrases"
            said = part[0].lstrip("-") if place == "words" else f"{part['name'] or ''} {value}".strip()
            found.setdefault(place, []).append(said)
    return _query(found, days)


def _value(part: re.Match[str]) -> str:
    said = part["word"] if part["phrase"] is None else part["phrase"]
    return " ".join(said.split())


def _is_filter(name: str, value: str) -> bool:
    if name == "kind":
        return value.lower() in _KINDS
    return name in {"source", "category"} and bool(_LETTER.search(value))


def _query(found: dict[str, list[str]], days: dict[str, date]) -> Query:
    def each(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(found.get(name, ())))

    def filters(sign: str) -> Filters:
        kinds = tuple(dict.fromkeys(_KINDS[kind.lower()] for kind in each(f"{sign}kind")))
        return Filters(sources=each(f"{sign}source"), categories=each(f"{sign}category"), kinds=kinds)

    return Query(
        words=tuple(found.get("words", ())),  # said twice counts twice
        phrases=each("phrases"),
        without=each("without"),
        only=filters(""),
        never=filters("-"),
        since=days.get("from"),
        until=days.get("to"),
    )


def _day(said: str, *, last: bool) -> date | None:
    """A day, or the first or last day of a month or year; None when it is none."""
    found = _DAY.fullmatch(said)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    try:
        month = month or (12 if last else 1) if found[2] is None else month
        end = calendar.monthrange(year, month)[1] if last else 1
        return date(year, month, end if found[3] is None else day)
    except ValueError:
        return None
