r"""Posts to Discord by a webhook, one embed a message.

https://docs.discord.com/developers/resources/webhook#execute-webhook; limits: 4,096 characters in an
embed's description, 6,000 in all embeds of a message. `allowed_mentions` is empty, so nobody is ever pinged,
and an embed pings nobody anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from daybrief.channels._message import Chat, Incoming, MessageLine, TextRun, outline, packed, units
from daybrief.model import Edition
from daybrief.ports import Tools
from daybrief.text.plain import discord, isolated, markdown_target

MOST = 4_096
_COLOUR = 0x3D6FB0
_BEFORE = {"title": "## ", "section": "### ", "bullet": "- ", "story": "- "}


class Options(Incoming, frozen=True, kw_only=True):
    """Which webhook, and what is posted there.

    url_env: environment variable that holds the webhook's address, which is a secret.
    name: what this channel is called in receipts and in the outbox.
    kinds: the editions to post.
    timeout_s: seconds one step of sending may take.
    patience_s: seconds to wait at the most when Discord asks us to come back later.
    """

    name: str = "discord"


def make(options: Options, tools: Tools) -> Chat:  # noqa: ARG001 - every plugin gets its tools
    """The channel."""
    return options.chat(posts)


def posts(edition: Edition) -> list[dict[str, Any]]:
    """An edition as posts, one embed each."""
    return [
        {
            "embeds": [{"description": written(lines), "color": _COLOUR}],
            "allowed_mentions": {"parse": []},
        }
        for lines in packed(outline(edition), _fits)
    ]


def written(lines: Sequence[MessageLine]) -> str:
    """Lines in Discord's Markdown."""
    return "\n".join(_line(line) for line in lines)


def _line(line: MessageLine) -> str:
    before = _BEFORE.get(line.kind, "")
    if before.startswith("#"):  # a heading is strong by itself
        return before + "".join(discord(run.text) for run in line.runs)
    return before + "".join(_run(run) for run in line.runs)


def _run(run: TextRun) -> str:
    # The space at an end is part of the text: a sentence before, or the dash of what follows.
    before, after = run.text[: -len(run.text.lstrip()) or None], run.text[len(run.text.rstrip()) :]
    words = isolated(discord(run.text))
    if run.url:
        words = f"[{words}]({markdown_target(run.url)})"
    if run.strong:
        words = f"**{words}**"
    return f"{before if before.isspace() else ''}{words}{after}"


def _fits(lines: Sequence[MessageLine]) -> bool:
    return sum(map(_units, lines)) + len(lines) - 1 <= MOST


@lru_cache(maxsize=1_024)  # a line is weighed again with each one that may follow it
def _units(line: MessageLine) -> int:
    return units(_line(line))
