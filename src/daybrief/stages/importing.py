"""Importing: anybody's JSON Lines as items, so that any corpus can go through the pipeline.

A row is an object with `title`, and `id` (an arXiv id) or `doi` or `url`: one a line, or all in one array.
Optional: `abstract` or `text` or `summary`, `authors` (list or one string), `categories` or `tags`,
`published`, `announced` or `listed` or `date`, `kind` (`paper` or `news`), `source`, `points`, `votes`,
`comments`, `language`. Dates are read as those of feeds are: ISO 8601 with or without a zone, RFC 2822,
seconds or milliseconds since 1970. A row of arXiv's metadata snapshot, which has `versions` and
`authors_parsed`, is published when its first version was received.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from daybrief.errors import ConfigError
from daybrief.model import IMPORT, Dropped, Harvest, Item, ItemKind, Signals
from daybrief.text.dates import instant
from daybrief.text.identity import arxiv_id, arxiv_url, clean_url, doi, web_key
from daybrief.text.plain import line as one_line
from daybrief.text.plain import paragraph
from daybrief.text.relevance import about_ai

_SIGNALS = ("votes", "points", "comments", "citations", "position")
MOST_COUNT = 2**53  # of anything that an item counts: what every reader of JSON holds exactly
_MAX_LINE = 4 * 2**20
_MOST_AUTHORS = 10_000
_DATES = "write YYYY-MM-DD, ISO 8601, RFC 2822 or seconds since 1970"


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is no item: its number, counted from 1, and why; `unit` says what was counted."""

    line: int
    why: str
    hint: str = ""
    unit: str = "line"


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of a JSON Lines file: its items in order, and the lines that are none."""

    items: tuple[Item, ...]
    refused: tuple[RefusedLine, ...] = ()
    places: tuple[tuple[str, int], ...] = ()  # of each item: what is counted, and its number


def read_items(lines: Iterable[bytes], day: date | None, *, strict: bool = False) -> Imported:
    """The items of a JSON Lines file; a `day` puts all of them on that day, whatever dates they carry.

    With `strict` a line that cannot be an item raises ConfigError, which names the line and the reason.
    """
    items: list[Item] = []
    refused: list[RefusedLine] = []
    places: list[tuple[str, int]] = []
    for unit, number, raw in _rows(lines):
        try:
            items.append(_item(_of_snapshot(_object(raw)), day))
            places.append((unit, number))
        except ConfigError as wrong:
            if strict:
                raise ConfigError(f"{unit} {number}: {wrong.message}", hint=wrong.hint) from wrong
            refused.append(RefusedLine(line=number, why=wrong.message, hint=wrong.hint, unit=unit))
    return Imported(items=tuple(items), refused=tuple(refused), places=tuple(places))


def _rows(lines: Iterable[bytes]) -> Iterator[tuple[str, int, bytes]]:
    """Each row with what counts it: the lines that are not blank, or the elements of a file that is an array.

    Raises ConfigError for an array that is none.
    """
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
    first = next(numbered, None)
    if first is None:
        return
    if not first[1].lstrip().startswith(b"["):
        yield from (("line", number, line) for number, line in chain([first], numbered))
        return
    try:
        rows = msgspec.json.decode(first[1] + b"".join(line for _, line in numbered), type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise ConfigError(f"not a JSON array: {broken}", hint="one object a line (JSON Lines)") from broken
    yield from (("element", number, bytes(row)) for number, row in enumerate(rows, start=1))


def placed(items: Iterable[Item], zone: str, now: datetime) -> Iterator[tuple[date, Item]]:
    """Each item with its civil day in the zone: announced, else published, else imported on it."""
    for item in items:
        yield item.announced or (item.published or now).astimezone(ZoneInfo(zone)).date(), item


def harvest_of(items: Sequence[Item]) -> Harvest:
    """Imported items as a harvest: news has to be about AI, as the news of every general source has to be."""
    kept = tuple(item for item in items if item.kind == "paper" or about_ai(item.title, item.url))
    ours = {id(item) for item in kept}
    dropped = tuple(Dropped(ref=i.key, reason="not-about-ai") for i in items if id(i) not in ours)
    return Harvest(source=IMPORT, state="fresh" if kept else "quiet", items=kept, dropped=dropped)


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > _MAX_LINE:
        raise ConfigError(f"a line of {len(raw)} bytes", hint=f"at most {_MAX_LINE} are read")
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except UnicodeDecodeError as foreign:
        raise ConfigError("not in UTF-8", hint="save the file as UTF-8 (or UTF-16)") from foreign
    except msgspec.DecodeError as broken:
        raise ConfigError(f"not a JSON object: {broken}", hint="one object a line (JSON Lines)") from broken


def _of_snapshot(row: dict[str, Any]) -> dict[str, Any]:
    """The row with the date and the authors that arXiv's metadata snapshot spells in its own way."""
    match row:
        case {"versions": [{"created": str(created)}, *_]}:
            row = {"published": created} | row
    match row:
        case {"authors_parsed": [_, *_] as names}:
            row = row | {"authors": [_spelled(name) for name in names if isinstance(name, list)]}
    return row


def _spelled(name: list[Any]) -> str:
    """A name that is stated as last name, first names, suffix."""
    last, first, suffix = ([part for part in name if isinstance(part, str)] + [""] * 3)[:3]
    return " ".join(filter(None, (first, last, suffix)))


def _item(row: dict[str, Any], day: date | None) -> Item:
    title = one_line(text_of(row, "title"))
    if not title:
        raise ConfigError("no title", hint='give each object a "title"')
    key, url = _identity(row)
    published = _instant(row, "published", "published_at", "time")
    announced = day or _day(row, "announced", "listed", "date", "day")
    return Item(
        key=key,
        source=text_of(row, "source", "source_id")[:60] or "import",
        kind=_kind(row, key),
        title=title,
        url=url,
        text=paragraph(text_of(row, "abstract", "text", "summary")),
        authors=_list(row, "authors"),
        tags=_list(row, "categories", "tags"),
        published=published,
        announced=announced,
        language=text_of(row, "language")[:20],
        signals=Signals(**{n: row[n] for n in _SIGNALS if _counts(row.get(n))}),
    )


def _counts(value: object) -> bool:
    return isinstance(value, int) and abs(value) <= MOST_COUNT


def _identity(row: dict[str, Any]) -> tuple[str, str]:
    """The key and the address, from the first field that names one."""
    for field in ("id", "arxiv_id", "url", "canonical_url"):
        if paper := arxiv_id(text_of(row, field)):
            return f"arxiv:{paper[0]}", arxiv_url(paper[0])
    for field in ("doi", "id"):
        if identity := doi(text_of(row, field)):
            return f"doi:{identity}", f"https://doi.org/{identity}"
    address = text_of(row, "url", "canonical_url", "id")
    if not address:
        raise ConfigError("neither id, doi nor url", hint="an item needs one of them")
    return web_key(address), clean_url(address)


def _kind(row: dict[str, Any], key: str) -> ItemKind:
    kind = text_of(row, "kind")
    if kind not in {"", "paper", "news"}:
        raise ConfigError(f"kind {kind[:40]!r} is unknown", hint="paper or news")
    if kind:
        return "paper" if kind == "paper" else "news"
    return "news" if key.startswith("url:") else "paper"


def text_of(row: dict[str, Any], *names: str) -> str:
    """The first of these fields that holds words, or ""."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def _list(row: dict[str, Any], *names: str) -> tuple[str, ...]:
    for name in names:
        value = row.get(name)
        if isinstance(value, str):
            value = re.split(r"[;\s]\s*" if name == "categories" else r";\s*", value)
        if isinstance(value, list):
            return tuple(one_line(v, 200) for v in value[:_MOST_AUTHORS] if isinstance(v, str) and v.strip())
    return ()


def _instant(row: dict[str, Any], *names: str) -> datetime | None:
    """The instant that the first of these fields states; a number counts from 1970."""
    for name in names:
        value = _scalar(row.get(name))
        if value:
            if (moment := instant(value)) is None:
                raise ConfigError(f"{name} {value[:40]!r} is no date", hint=_DATES)
            return moment
    return None


def _day(row: dict[str, Any], *names: str) -> date | None:
    """The civil day that the first of these fields states, in its own zone."""
    for name in names:
        value = _scalar(row.get(name))
        if value:
            try:
                return date.fromisoformat(value[:10])
            except ValueError:
                if (moment := instant(value)) is None:
                    raise ConfigError(f"{name} {value[:40]!r} is no day", hint=_DATES) from None
                return moment.date()
    return None


def _scalar(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""
