"""Each edition as JSON, and the day's ledger by itself.

Files: `DAY/papers.json` and `DAY/news.json`, valid under docs/schema/edition-1.json; `DAY/ledger.json` with
the ledger, the state of each source and of each edition.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from daybrief.model import Delivery, Edition, Issue, to_json
from daybrief.ports import Tools

LEDGER_SCHEMA = "daybrief.ledger/1"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How the JSON is laid out.

    pretty: two blanks a level instead of one line; a large edition then takes twice the memory.
    """

    pretty: bool = False


class Data:
    """Implements `ports.Publisher`."""

    name = "data"
    shows_pages = False

    def __init__(self, options: Options) -> None:
        self._options = options

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Write a file for each edition, then the ledger of the day."""
        for edition in issue.editions:
            yield self._file(f"{edition.window.day.isoformat()}/{edition.kind}.json", edition)
        yield self._file(f"{issue.day.isoformat()}/ledger.json", ledger(issue))

    def _file(self, path: str, value: Any) -> Delivery:
        body = to_json(value, pretty=self._options.pretty)
        return Delivery(path=path, body=body, media_type="application/json")


def make(options: Options, tools: Tools) -> Data:  # noqa: ARG001 - every plugin gets its tools
    """The publisher."""
    return Data(options)


def ledger(issue: Issue) -> dict[str, Any]:
    """List what came in, was kept, merged and dropped, for each edition of the day."""
    return {
        "schema": LEDGER_SCHEMA,
        "day": issue.day,
        "editions": {edition.kind: _account(edition) for edition in issue.editions},
    }


def _account(edition: Edition) -> dict[str, Any]:
    return {
        "state": edition.state,
        "stories": len(edition.stories),
        "digest": edition.digest,
        "ledger": edition.ledger.entries,
        "sources": edition.sources,
    }
