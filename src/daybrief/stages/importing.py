"""Importing: anybody's JSON Lines as items, so that any corpus can go through the pipeline.

A line is an object with `title`, and `id` (an arXiv id) or `doi` or `url`. Optional: `abstract` or `text` or
`summary`, `authors` (list or one string), `categories` or `tags`, `published`, `announced` or `listed` or
`date`, `kind` (`paper` or `news`), `source`, `points`, `votes`, `comments`, `language`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from daybrief.errors import ConfigError
from daybrief.model import Item, ItemKind, Signals
from daybrief.text.identity import arxiv_id, arxiv_url, clean_url, doi, web_key
from daybrief.text.plain import line as one_line
from daybrief.text.plain import paragraph

_SIGNALS = ("votes", "points", "comments", "citations", "position")
_MAX_LINE = 4 * 2**20


def items_of(lines: Iterable[bytes], day: date | None) -> tuple[Item, ...]:
    """The items of a JSON Lines file; a `day` puts all of them on that day, whatever dates they carry.

    Without it an item belongs to the day it was announced, else published, else brought in.

    Raises ConfigError that names the first line that cannot be an item, and why.
    """
    items = []
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            items.append(_item(_object(raw), day))
        except ConfigError as wrong:
            raise ConfigError(f"line {number}: {wrong.message}", hint=wrong.hint) from wrong
    return tuple(items)


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > _MAX_LINE:
        raise ConfigError(f"a line of {len(raw)} bytes", hint=f"at most {_MAX_LINE} are read")
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(f"not a JSON object: {broken}", hint="one object a line (JSON Lines)") from broken


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
        signals=Signals(**{n: row[n] for n in _SIGNALS if isinstance(row.get(n), int)}),
    )


def _identity(row: dict[str, Any]) -> tuple[str, str]:
    """The key and the address, from the first field that names one."""
    for field in ("id", "arxiv_id", "url", "canonical_url"):
        if paper := arxiv_id(text_of(row, field)):
            return f"arxiv:{paper[0]}", arxiv_url(paper[0])
    for field in ("doi", "id"):
        if found := doi(text_of(row, field)):
            return f"doi:{found}", f"https://doi.org/{found}"
    address = text_of(row, "url", "canonical_url", "id")
    if not address:
        raise ConfigError("neither id, doi nor url", hint="an item needs one of them")
    return web_key(address), clean_url(address)


def _kind(row: dict[str, Any], key: str) -> ItemKind:
    told = text_of(row, "kind")
    if told not in {"", "paper", "news"}:
        raise ConfigError(f"kind {told[:40]!r} is unknown", hint="paper or news")
    if told:
        return "paper" if told == "paper" else "news"
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
            return tuple(one_line(v, 200) for v in value[:1_000] if isinstance(v, str) and v.strip())
    return ()


def _instant(row: dict[str, Any], *names: str) -> datetime | None:
    for name in names:
        value = row.get(name)
        try:
            if isinstance(value, int | float) and not isinstance(value, bool):
                return datetime.fromtimestamp(value, UTC)
            if isinstance(value, str) and value:
                found = datetime.fromisoformat(value)
                return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError, OSError) as wrong:
            raise ConfigError(f"{name} {value!r} is no date", hint="write YYYY-MM-DD or ISO 8601") from wrong
    return None


def _day(row: dict[str, Any], *names: str) -> date | None:
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            try:
                return date.fromisoformat(value[:10])
            except ValueError as wrong:
                raise ConfigError(f"{name} {value[:40]!r} is no day", hint="write YYYY-MM-DD") from wrong
    return None
