"""The stories of an edition as JSON Lines, one object a story, which `daybrief import` reads back.

File: `DAY/papers.jsonl`, `DAY/news.jsonl` (https://jsonlines.org). An object has `url`, `title`, `text`,
`kind`, `announced` (the edition's day), and where known `id` (arXiv's), `authors`, `tags`, `published`,
`points`, `votes`, `comments`, `language`; `category`, `sources` and `claims` say what the edition made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from daybrief.model import Delivery, Edition, Issue, Ranked, Section
from daybrief.ports import Tools
from daybrief.render.story import address_of


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The content of an object.

    claims: the sentences printed of the story.
    """

    claims: bool = True


class JsonLines:
    """Implements `ports.Publisher`."""

    name = "jsonl"

    def __init__(self, options: Options) -> None:
        self._options = options

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Write a file for each edition."""
        for edition in issue.editions:
            path = f"{edition.window.day.isoformat()}/{edition.kind}.jsonl"
            rows = (_row(ranked, s, edition, self._options) for s in edition.sections for ranked in s.ranked)
            body = b"".join(msgspec.json.encode(row) + b"\n" for row in rows)
            yield Delivery(path=path, body=body, media_type="application/jsonl")


def make(options: Options, tools: Tools) -> JsonLines:  # noqa: ARG001 - every plugin gets its tools
    """The publisher."""
    return JsonLines(options)


def _row(ranked: Ranked, section: Section, edition: Edition, options: Options) -> dict[str, Any]:
    story, lead = ranked.story, ranked.story.lead
    claims = [c.text for c in section.checked.kept if story.id in c.stories] if options.claims else []
    fields: dict[str, Any] = {
        "id": next((k.removeprefix("arxiv:") for k in story.keys if k.startswith("arxiv:")), ""),
        "url": address_of(story),
        "title": lead.title,
        "text": max((item.text for item in story.items), key=len),
        "kind": story.kind,
        "announced": edition.window.day,
        "published": lead.published,
        "authors": lead.authors,
        "tags": lead.tags,
        "language": lead.language,
        "category": section.category.id,
        "sources": story.sources,
        "claims": claims,
    }
    for name in ("points", "votes", "comments"):
        fields[name] = max((n for item in story.items if (n := getattr(item.signals, name))), default=None)
    return {name: value for name, value in fields.items() if value}
