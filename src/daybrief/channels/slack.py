"""Posts to Slack by an incoming webhook, as `rich_text` blocks.

https://docs.slack.dev/reference/block-kit/blocks/rich-text-block: text there is text, so no title becomes
markup, a link or a mention, and nothing needs an escape. Limits: 50 blocks a message and 40,000 characters
(https://docs.slack.dev/reference/methods/chat.postMessage), 3,000 a block as for a section; ours also keeps
the text of a message below 12,000, because Slack answers `msg_blocks_too_long` to somewhat more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec

from daybrief.channels._message import Chat, Incoming, MessageLine, TextRun, outline, packed, units
from daybrief.model import Edition
from daybrief.ports import Tools
from daybrief.render.page import lead_of, page

MOST_BLOCKS = 50
MOST_BLOCK = 3_000
MOST_TEXT = 12_000
MOST_BODY = 40_000
_LISTED = frozenset({"bullet", "story"})


class Options(Incoming, frozen=True, kw_only=True):
    """Which webhook, and what is posted there.

    url_env: environment variable that holds the webhook's address, which is a secret.
    name: what this channel is called in receipts and in the outbox.
    kinds: the editions to post.
    timeout_s: seconds one step of sending may take.
    patience_s: seconds to wait at the most when Slack asks us to come back later.
    """

    name: str = "slack"


def make(options: Options, tools: Tools) -> Chat:  # noqa: ARG001 - every plugin gets its tools
    """The channel."""
    return options.chat(posts)


def posts(edition: Edition) -> list[dict[str, Any]]:
    """An edition as posts of blocks."""
    view = page(edition)
    notice = " · ".join(filter(None, (lead_of(view), view.name, view.date_line)))
    blocks = [rich_text(lines) for lines in packed(outline(edition), _fits_block)]
    return [{"text": notice, "blocks": group, "unfurl_links": False} for group in _grouped(blocks)]


def rich_text(lines: Sequence[MessageLine]) -> dict[str, Any]:
    """Lines as one block: lists of what is listed, and paragraphs."""
    elements: list[dict[str, Any]] = []
    for listed, group in groupby(lines, key=lambda line: line.kind in _LISTED):
        sections = [_section(line, last="" if listed else "\n") for line in group]
        if listed:
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": sections})
        else:
            elements += sections
    return {"type": "rich_text", "elements": elements}


def _section(line: MessageLine, last: str) -> dict[str, Any]:
    runs = [_element(run) for run in line.runs]
    if last:
        runs.append({"type": "text", "text": last})
    return {"type": "rich_text_section", "elements": runs}


def _element(run: TextRun) -> dict[str, Any]:
    style = {"style": {"bold": True}} if run.strong else {}
    if run.url:
        return {"type": "link", "url": run.url, "text": run.text} | style
    return {"type": "text", "text": run.text} | style


def _weight(lines: Sequence[MessageLine]) -> int:
    return sum(units(run.text) + len(run.url) for line in lines for run in line.runs) + len(lines)


def _fits_block(lines: Sequence[MessageLine]) -> bool:
    return _weight(lines) <= MOST_BLOCK


def _grouped(blocks: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Blocks, one at least, into messages."""
    group: list[dict[str, Any]] = []
    size = text = 0
    for block in blocks:
        heavy, long = len(msgspec.json.encode(block)) + 1, _text(block)
        full = len(group) == MOST_BLOCKS or size + heavy > MOST_BODY - 1_000 or text + long > MOST_TEXT
        if group and full:
            yield group
            group, size, text = [], 0, 0
        group.append(block)
        size, text = size + heavy, text + long
    yield group


def _text(node: dict[str, Any]) -> int:
    """UTF-16 units of all text and addresses in a block."""
    own = sum(units(node.get(name, "")) for name in ("text", "url") if isinstance(node.get(name), str))
    return own + sum(map(_text, node.get("elements", ())))
