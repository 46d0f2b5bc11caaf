"""What the sources of a digest said: texts found again by arXiv id, DOI, cleaned address, then title."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from daybrief.errors import ConfigError
from daybrief.model import Item
from daybrief.stages.importing import text_of
from daybrief.text.digests import Reference
from daybrief.text.identity import arxiv_id, doi, web_key
from daybrief.text.plain import line as one_line
from daybrief.text.plain import paragraph
from daybrief.text.similarity import normal_title, specific

_HINT = 'a JSON object a line with "title", "url" or "id", and "abstract" or "text"'


class Known:
    """Items by every identity they have; of two items with one identity, the one that says more is kept."""

    def __init__(self, items: Iterable[tuple[Item, tuple[str, ...]]] = ()) -> None:
        self._items: dict[str, Item] = {}
        for item, keys in items:
            for key in keys:
                held = self._items.get(key)
                if held is None or len(held.text) < len(item.text):
                    self._items[key] = item

    def find(self, reference: Reference) -> Item | None:
        """The item a digest's source means; the strongest identity that is known decides."""
        for key in keys_of(reference):
            if found := self._items.get(key):
                return found
        return None

    def plus(self, items: Iterable[Item]) -> Known:
        """These and what somebody else knows, an edition or an archive."""
        more = Known((item, (item.key, *item.aliases, *keys_of(_named(item)))) for item in items)
        more._items = {**more._items, **self._items}
        return more


def keys_of(reference: Reference, *titles: str) -> tuple[str, ...]:
    """Every identity of a source, strongest first; a title counts when it has three words or more."""
    found = dict.fromkeys(_identities(reference))
    for title in (reference.title, *titles):
        normal = normal_title(title)
        if specific(normal, least=3):
            found[f"title:{normal}"] = None
    return tuple(found)


def items_known(lines: Iterable[bytes], name: str) -> Known:
    """The sources of a JSON Lines file, one object a line.

    Raises ConfigError that names the file and the first line that is no object or has no title and address.
    """
    return Known(_read(lines, name))


def _read(lines: Iterable[bytes], name: str) -> Iterator[tuple[Item, tuple[str, ...]]]:
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            row = msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise ConfigError(f"{name}, line {number}: not a JSON object: {broken}", hint=_HINT) from broken
        reference = Reference(
            title=text_of(row, "title", "arxiv_title"),
            url=text_of(row, "url", "link", "canonical_url"),
            arxiv_id=text_of(row, "arxiv_id", "id", "key", "doi"),
        )
        keys = keys_of(reference, text_of(row, "arxiv_title"))
        if not keys and not reference.title:
            raise ConfigError(f"{name}, line {number}: neither title nor address", hint=_HINT)
        yield _item(row, reference, keys), keys


def _item(row: dict[str, Any], reference: Reference, keys: tuple[str, ...]) -> Item:
    told = text_of(row, "abstract", "text", "snippet", "summary", "content", "description")
    listed = row.get("authors")
    return Item(
        key=keys[0] if keys else reference.title,
        source=text_of(row, "source")[:60] or "sources",
        kind="news" if text_of(row, "kind") == "news" else "paper",
        title=one_line(reference.title),
        url=reference.url,
        text=paragraph(told),
        authors=tuple(a for a in listed if isinstance(a, str))[:200] if isinstance(listed, list) else (),
    )


def _identities(reference: Reference) -> Iterator[str]:
    for text in (reference.arxiv_id, reference.url):
        if paper := arxiv_id(text):
            yield f"arxiv:{paper[0]}"
    for text in (reference.arxiv_id, reference.url):
        if text.lower().startswith(("10.", "doi:", "https://doi.org/")) and (found := doi(text)):
            yield f"doi:{found}"
    try:
        yield web_key(reference.url)
    except ConfigError:
        return


def _named(item: Item) -> Reference:
    return Reference(title=item.title, url=item.url, arxiv_id=item.key)
