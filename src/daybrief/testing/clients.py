"""What a reader's program makes of what it gets: Obsidian, Slack, Discord, Telegram and mail, as HTML.

Only what could be abused is imitated: links, also those a client makes of bare addresses, mentions, tags and
comments. A mention or a comment becomes an element of that name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any

_BARE = re.compile(r"https?://[^\s<>\"]+|\bwww\.[^\s<>\"]+", re.IGNORECASE)
_ITEM = re.compile(r"\n(?=[ \t]*[-*•] )|\n[ \t]*\n|\n(?=\S)")
_ALONE = re.compile(r"(?:\S{1,40}: )?https?://\S+")
_WIKI = re.compile(r"(?<!\\)!?\[\[([^\[\]|\n]*)(?:\|([^\[\]\n]*))?\]\]")
_COMMENT = re.compile(r"(?<!\\)%%.*?(?:(?<!\\)%%|\Z)", re.DOTALL)
_TAG = re.compile(r"(?<=\s)#(?=[^\s#\d])")
_HIGHLIGHT = re.compile(r"(?<!\\)==(?=\S)")
_PING = re.compile(r"(?<!\\)<(?=[@#:/]|a:|t:|id:)|(?<!\\)@(?=everyone\b|here\b)")


def properties(note: str) -> tuple[dict[str, Any], str]:
    """The properties of an Obsidian note, whose values are JSON as well, and the rest of it."""
    _, head, body = note.split("---\n", 2)
    rows = (row.partition(": ") for row in head.splitlines())
    return {name: json.loads(value) for name, _, value in rows}, body


def obsidian(body: str) -> str:
    """A note as Markdown in which wiki links, comments, tags and highlights are HTML."""
    marked = _COMMENT.sub("<s data-comment></s>", body)
    marked = _WIKI.sub(lambda f: f'<a href="wiki:{escape(f[1])}">{escape(f[2] or f[1])}</a>', marked)
    return _HIGHLIGHT.sub("<mark></mark>==", _TAG.sub("<s data-tag></s>#", marked))


def slack(post: dict[str, Any]) -> str:
    """The blocks of a post; of its `text`, which Slack reads as mrkdwn, what would be a link or mention."""
    pings = "<s data-ping></s>" * len(re.findall(r"[<>]", post["text"]))
    return f"<p>{escape(post['text'])}{pings}</p>" + "".join(_block(block) for block in post["blocks"])


def _block(node: dict[str, Any]) -> str:
    kind, style = node["type"], node.get("style")
    if kind == "link":
        return f'<a href="{escape(node["url"])}">{escape(node["text"])}</a>'
    if kind == "text":
        return f"<b>{escape(node['text'])}</b>" if style else escape(node["text"])
    inside = "".join(map(_block, node["elements"]))
    names = {"rich_text": "div", "rich_text_list": "ul", "rich_text_section": "p"}
    name = names.get(kind, f"s data-{kind}")
    return f"<{name}>{inside}</{name.split()[0]}>"


def discord(post: dict[str, Any]) -> str:
    """The Markdown of a post, with its pings as HTML."""
    return "\n\n".join(_PING.sub("<s data-ping></s>", one["description"]) for one in post["embeds"])


def telegram(post: dict[str, Any]) -> str:
    """A post in Telegram's HTML, a paragraph a line; bare addresses are links."""
    return "".join(f"<p>{_linked(line)}</p>" for line in post["text"].split("\n"))


def plain(text: str) -> str:
    """A mail in plain text, a paragraph an item; bare addresses are links, a line of one alone is no text."""
    return "".join(f"<p>{line}</p>" for line in _items(text))


def _items(text: str) -> Iterator[str]:
    for item in _ITEM.split(text):
        lines = item.splitlines()
        yield escape(" ".join(line for line in lines if not _ALONE.fullmatch(line.strip())))
        yield "".join(_linked(escape(f[0])) for line in lines for f in _BARE.finditer(line))


def _linked(markup: str) -> str:
    """HTML with links in the places of bare addresses between its tags."""
    between = re.split(r"(<[^>]*>)", markup)
    return "".join(
        part if part.startswith("<") else _BARE.sub(lambda f: f'<a href="{f[0]}"></a>{f[0]}', part)
        for part in between
    )
