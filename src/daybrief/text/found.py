"""The answer to a search, for the command line, the reader, the API and assistants alike."""

from __future__ import annotations

from datetime import date

import msgspec

from daybrief.text.query import Kind

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


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a search: how it was understood, the hits best first, and whether there are more.

    `meaning` tells whether vectors took part; `note` says why they did not although they should have.
    """

    query: str
    hits: tuple[Hit, ...]
    more: bool = False
    meaning: bool = False
    note: str = ""
