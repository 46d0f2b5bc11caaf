"""Hugging Face Daily Papers: the papers its community put on the list of a day, with their votes.

The API's list of the date is taken, and the page of that date when the API fails. Each paper says on which
day's list it was put; a list that repeats another day is refused.

Terms: https://huggingface.co/terms-of-service; the API is public and needs no key. Titles and abstracts are
those of arXiv (metadata CC0).
Requests: 1 a day, 2 when the API fails.
Format: https://huggingface.co/docs/hub/api#get-apidailypapers; the page's `data-target="DailyPapers"` is
undocumented, and read from recorded pages.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Annotated

import msgspec
from msgspec import Meta

from daybrief.errors import ConfigError, NotWhatWeAsked, SourceError
from daybrief.languages import SOURCE
from daybrief.model import Dropped, Due, Item, Link, Signals, Window
from daybrief.ports import Tools, Web
from daybrief.text import identity, plain

_API = "https://huggingface.co/api/daily_papers"
_PAGE = "https://huggingface.co/papers/date/"
_PAPER = "https://huggingface.co/papers/"
_SATURDAY = 5
_FILLED = time(12, tzinfo=UTC)  # most of a list is there in the first hours of its day, UTC
_MOST_ROWS = 500  # 100 are asked for; the rest of a longer list is counted, not read
_MOST_AUTHORS = 5_000
_MOST_TITLE = 8_000  # code points looked at

_HOLDER = re.compile(rb'data-target="DailyPapers"\s{1,80}data-props="(?P<props>[^"]*)"')

_Aware = Annotated[datetime, Meta(tz=True)]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The papers to take from the list.

    name: what the edition calls this source.
    limit: papers of one list at the most, 1 to 100 (the API gives no more at once).
    """

    name: str = "hf_papers"
    limit: Annotated[int, Meta(ge=1, le=100)] = 100


def make(options: Options, tools: Tools) -> HfPapers:  # noqa: ARG001 - every plugin is made alike
    """The source as configured."""
    return HfPapers(options)


class HfPapers:
    """The list of a day; see the module's docstring."""

    def __init__(self, options: Options) -> None:
        self.name = options.name
        self._limit = options.limit

    def due(self, window: Window, now: datetime) -> Due:
        """Monday to Friday from noon UTC; there is no list at the weekend."""
        return _due(window.day, now)

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """The list of `window.day` in its order; raises NotWhatWeAsked when only another day's can be had."""
        listed = self._listed(window.day, web)
        room = self._limit
        for line in listed:
            if isinstance(line, Dropped) or room > 0:
                yield line
                room -= isinstance(line, Item)
            else:
                yield Dropped(ref=line.key, reason="over-limit")

    def _listed(self, day: date, web: Web) -> list[Item | Dropped]:
        try:
            answer = web.get(f"{_API}?date={day}&limit={self._limit}", accept="application/json")
            return _of_the_day(parse_api(answer.body, day), day, answer.fetched_at)
        except SourceError as failed:
            try:
                page = web.get(f"{_PAGE}{day}", accept="text/html")
                return _of_the_day(parse_page(page.body, day), day, page.fetched_at)
            except SourceError:
                raise failed from None


class _Author(msgspec.Struct, frozen=True):
    name: str = ""
    hidden: bool | None = False


class _Paper(msgspec.Struct, frozen=True, rename="camel"):
    id: str = ""
    title: str | None = ""
    summary: str | None = ""
    authors: tuple[_Author, ...] | None = ()
    published_at: _Aware | None = None
    submitted_on_daily_at: _Aware | None = None
    upvotes: int | None = None
    github_repo: str | None = ""
    project_page: str | None = ""


class _Row(msgspec.Struct, frozen=True, rename="camel"):
    paper: _Paper
    title: str | None = ""
    summary: str | None = ""
    published_at: _Aware | None = None
    num_comments: int | None = None


class _Props(msgspec.Struct, frozen=True, rename="camel"):
    daily_papers: tuple[msgspec.Raw, ...]
    date: str = ""


def parse_api(body: bytes, day: date) -> list[Item | Dropped]:
    """Read the API's JSON; a row that is not as expected is dropped, not the list.

    Raises NotWhatWeAsked for anything but a list.
    """
    try:
        rows = msgspec.json.decode(body, type=tuple[msgspec.Raw, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        shown = body[:80].decode("utf-8", "replace")
        raise NotWhatWeAsked(f"Hugging Face gives no list of papers but {shown!r}") from broken
    return _lines(rows, day)


def parse_page(body: bytes, day: date) -> list[Item | Dropped]:
    """Read the HTML page of a day; raises NotWhatWeAsked when it holds no list, or another day's."""
    # One attribute is wanted: a parser of the whole page would only give a hostile one room.
    holder = _HOLDER.search(body)
    raw = html.unescape(holder["props"].decode("utf-8", "replace")) if holder else ""
    try:
        props = msgspec.json.decode(raw, type=_Props)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as broken:
        raise NotWhatWeAsked("the page of Hugging Face holds no list of papers") from broken
    if props.date[:10] != day.isoformat():
        raise NotWhatWeAsked(f"the page of Hugging Face is that of {props.date[:10]!r}, not {day}")
    return _lines(props.daily_papers, day)


def _lines(rows: Sequence[msgspec.Raw], day: date) -> list[Item | Dropped]:
    read = [_line(raw, position, day) for position, raw in enumerate(rows[:_MOST_ROWS], start=1)]
    return [*read, *(Dropped(ref=f"row {n + 1}", reason="over-limit") for n in range(_MOST_ROWS, len(rows)))]


def _line(raw: msgspec.Raw, position: int, day: date) -> Item | Dropped:
    try:
        row = msgspec.json.decode(raw, type=_Row)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Dropped(ref=f"row {position}", reason="malformed")
    identifier = identity.arxiv_id(row.paper.id)
    title = plain.line((row.paper.title or row.title or "")[:_MOST_TITLE])
    if identifier is None or not title:
        return Dropped(ref=plain.line(row.paper.id or f"row {position}", 100), reason="malformed")
    # Before 2026 the list's own date was in the outer `publishedAt`; now that is the paper's.
    on = row.paper.submitted_on_daily_at or row.published_at
    if on is None or on.astimezone(UTC).date() != day:
        return Dropped(ref=f"arxiv:{identifier[0]}", reason="other-day")
    return _item(row, identifier[0], title, position, day)


def _item(row: _Row, paper: str, title: str, position: int, day: date) -> Item:
    names = (
        plain.line(a.name[:1_000], 120) for a in (row.paper.authors or ())[:_MOST_AUTHORS] if not a.hidden
    )
    links = (
        ("discussion", f"{_PAPER}{paper}"),
        ("code", row.paper.github_repo),
        ("project", row.paper.project_page),
    )
    return Item(
        key=f"arxiv:{paper}",
        source="hf_papers",
        kind="paper",
        title=title,
        url=identity.arxiv_url(paper),
        text=plain.paragraph(row.paper.summary or row.summary or ""),
        authors=tuple(name for name in names if name),
        published=row.paper.published_at,
        announced=day,
        language=SOURCE,
        signals=Signals(
            votes=_count(row.paper.upvotes), comments=_count(row.num_comments), position=position
        ),
        links=tuple(Link(rel=rel, url=clean) for rel, url in links if (clean := _address(url))),
    )


def _count(number: int | None) -> int | None:
    return number if number is None or 0 <= number < 10**9 else None


def _address(url: str | None) -> str:
    try:
        return identity.clean_url(url) if url else ""
    except ConfigError:
        return ""


def _of_the_day(lines: list[Item | Dropped], day: date, now: datetime) -> list[Item | Dropped]:
    """The lines, unless all of them are another day's: then the whole list is.

    Where no list can be expected, the last one is given again; that is no list, and no error.
    """
    strangers = [line for line in lines if isinstance(line, Dropped) and line.reason == "other-day"]
    if not strangers or len(strangers) < len(lines):
        return lines
    if _due(day, now) != "due":
        return []
    raise NotWhatWeAsked(f"the list of Hugging Face is another day's, not that of {day}")


def _due(day: date, now: datetime) -> Due:
    if day.weekday() >= _SATURDAY:
        return "nothing"
    return "due" if now >= datetime.combine(day, _FILLED) else "not yet"
