"""Semantic Scholar: venue, citations and a one-sentence summary of papers already found.

Terms: https://www.semanticscholar.org/product/api/license; without a key all anonymous callers share one
rate limit, so a 429 is ordinary. The summary (TLDR) is made by a model and shown as somebody else's.
Requests: 1 for each 500 papers.
Format: https://api.semanticscholar.org/api-docs/graph (POST /paper/batch)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from daybrief.errors import NotWhatWeAsked
from daybrief.model import Item
from daybrief.ports import Tools, Web
from daybrief.text import plain

_BATCH = "https://api.semanticscholar.org/graph/v1/paper/batch"
_FIELDS = "externalIds,venue,citationCount,tldr,publicationVenue"
_SCHEMES = {"arxiv": "ARXIV", "doi": "DOI"}
_MOST = 10_000  # code points looked at
_NO_VENUE = frozenset({"", "arxiv", "arxiv.org"})


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to ask.

    name: what the edition calls this enricher.
    batch: papers in one request, 1 to 500 (the service takes no more).
    """

    name: str = "semantic_scholar"
    batch: Annotated[int, Meta(ge=1, le=500)] = 500


class _Ids(msgspec.Struct, frozen=True):
    arxiv: str | None = msgspec.field(default=None, name="ArXiv")
    doi: str | None = msgspec.field(default=None, name="DOI")


class _Tldr(msgspec.Struct, frozen=True):
    text: str | None = None


class _Venue(msgspec.Struct, frozen=True):
    name: str | None = None


class Row(msgspec.Struct, frozen=True, rename="camel"):
    """The service's record of one paper; every field may be missing."""

    external_ids: _Ids | None = None
    venue: str | None = None
    citation_count: int | None = None
    tldr: _Tldr | None = None
    publication_venue: _Venue | None = None


def make(options: Options, tools: Tools) -> SemanticScholar:  # noqa: ARG001 - every plugin is made alike
    """The enricher as configured."""
    return SemanticScholar(options)


class SemanticScholar:
    """Asks for papers in batches; see the module's docstring."""

    def __init__(self, options: Options) -> None:
        self.name = options.name
        self._batch = options.batch

    def enrich(self, items: Sequence[Item], web: Web) -> Iterator[Item]:
        """The papers that it knows more about; raises SourceError, after what was known before."""
        named = [(item, name) for item in items if item.kind == "paper" and (name := paper_name(item))]
        names = list(dict.fromkeys(name for _, name in named))
        for start in range(0, len(names), self._batch):
            batch = names[start : start + self._batch]
            known = dict(zip(batch, self._ask(batch, web), strict=True))
            for item, name in named:
                row = known.get(name)
                if row is not None and _same(name, row) and (richer := enriched(item, row)) != item:
                    yield richer

    def _ask(self, batch: Sequence[str], web: Web) -> tuple[Row | None, ...]:
        question = msgspec.json.encode({"ids": batch})
        url = f"{_BATCH}?{urlencode({'fields': _FIELDS})}"
        answer = web.post(url, question, media_type="application/json")
        return parse_batch(answer.body, len(batch))


def paper_name(item: Item) -> str:
    """How the service calls an item: `ARXIV:…` or `DOI:…`, "" when it has neither key."""
    for key in (item.key, *item.aliases):
        scheme, _, rest = key.partition(":")
        if scheme in _SCHEMES and rest:
            return f"{_SCHEMES[scheme]}:{rest}"
    return ""


def parse_batch(body: bytes, count: int) -> tuple[Row | None, ...]:
    """The answer to a batch: as many rows as were asked, None for unknown papers and unreadable rows.

    Raises NotWhatWeAsked for anything else, so that no row can slip to another paper.
    """
    try:
        rows = msgspec.json.decode(body, type=tuple[msgspec.Raw, ...])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        shown = body[:80].decode("utf-8", "replace")
        raise NotWhatWeAsked(f"Semantic Scholar gives no list of papers but {shown!r}") from broken
    if len(rows) != count:
        raise NotWhatWeAsked(f"Semantic Scholar gives {len(rows)} rows for {count} papers")
    return tuple(_row(raw) for raw in rows)


def _row(raw: msgspec.Raw) -> Row | None:
    try:
        return msgspec.json.decode(raw, type=Row | None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _same(name: str, row: Row) -> bool:
    """Whether the row is of the paper asked for, as far as it says."""
    scheme, _, rest = name.partition(":")
    ids = row.external_ids or _Ids()
    given = ids.arxiv if scheme == "ARXIV" else ids.doi
    return given is None or given.lower() == rest.lower()


def enriched(item: Item, row: Row) -> Item:
    """The item with what the row adds; what the item already says stays."""
    venue = plain.line(
        ((row.publication_venue and row.publication_venue.name) or row.venue or "")[:_MOST], 200
    )
    count = row.citation_count
    signals = item.signals
    if count is not None and 0 <= count < 10**9:
        signals = msgspec.structs.replace(signals, citations=count)
    return msgspec.structs.replace(
        item,
        venue=item.venue or ("" if venue.lower() in _NO_VENUE else venue),
        tldr=item.tldr or plain.line(((row.tldr and row.tldr.text) or "")[:_MOST], 1_000),
        signals=signals,
    )
