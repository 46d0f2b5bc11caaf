"""Messages of a Telegram bot to chats, in Telegram's HTML.

https://core.telegram.org/bots/api#sendmessage; limits: 4,096 characters after the entities are parsed, and
100 entities a message, beyond which formatting and links are silently dropped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from daybrief.channels._message import Chat, MessageLine, TextRun, outline, packed, units, variable, web_url
from daybrief.errors import ConfigError
from daybrief.model import Edition, EditionKind
from daybrief.ports import Hook, Tools
from daybrief.text.plain import isolated, telegram

MOST = 4_096
MOST_ENTITIES = 100
_CHAT = re.compile(r"-?\d{1,20}|@[A-Za-z]\w{3,40}", re.ASCII)
_TAG = re.compile(r"</?[ab][^<>]*>")
_BEFORE = {"section": "\n", "bullet": "• ", "story": "• "}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Which bot writes to which chats.

    token_env: environment variable that holds the bot's token.
    chats: ids of the chats (`-1001234567890`), or names of public channels (`@my_channel`).
    name: what this channel is called in receipts and in the outbox.
    kinds: the editions to send.
    api: address of the bot interface, for those who run their own.
    timeout_s: seconds one step of sending may take.
    patience_s: seconds to wait at the most when Telegram asks us to come back later.
    """

    token_env: str
    chats: tuple[str, ...]
    name: str = "telegram"
    kinds: tuple[EditionKind, ...] = ("papers", "news")
    api: str = "https://api.telegram.org"
    timeout_s: float = 30.0
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        variable("telegram", "token_env", self.token_env)
        web_url("telegram", "api", self.api)
        for chat in self.chats:
            if not _CHAT.fullmatch(chat):
                raise ConfigError(
                    f"telegram: chats holds {chat!r}", hint="an id such as -1001234567890, or @channel_name"
                )


def make(options: Options, tools: Tools) -> Chat:  # noqa: ARG001 - every plugin gets its tools
    """The channel."""
    route = Hook(
        url=f"{options.api.rstrip('/')}/bot{{secret}}/sendMessage",
        secret_env=options.token_env,
        timeout_s=options.timeout_s,
        patience_s=options.patience_s,
    )
    return Chat(
        name=options.name,
        route=route,
        kinds=options.kinds,
        recipients=options.chats,
        posts=posts,
        to="chat_id",
    )


def posts(edition: Edition) -> list[dict[str, Any]]:
    """An edition as messages of a bot, before anybody is named who gets them."""
    return [
        {"text": written(lines), "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}}
        for lines in packed(outline(edition), _fits)
    ]


def written(lines: Sequence[MessageLine]) -> str:
    """Lines in Telegram's HTML."""
    return "\n".join(map(_line, lines)).strip()


def _line(line: MessageLine) -> str:
    return _BEFORE.get(line.kind, "") + "".join(map(_run, line.runs))


def parsed(text: str) -> str:
    """Return what is left of a message when its entities are parsed."""
    return html.unescape(_TAG.sub("", text))


def _run(run: TextRun) -> str:
    blank = "" if run.text.strip() else run.text
    before = " " if run.text[:1].isspace() and not blank else ""
    after = " " if run.text[-1:].isspace() and not blank else ""
    words = isolated(telegram(run.text))
    if run.url:
        words = f'<a href="{html.escape(run.url)}">{words}</a>'
    if run.strong:
        words = f"<b>{words}</b>"
    return blank or f"{before}{words}{after}"


def _fits(lines: Sequence[MessageLine]) -> bool:
    entities = sum(bool(run.url) + run.strong for line in lines for run in line.runs)
    return entities <= MOST_ENTITIES and sum(map(_units, lines)) + len(lines) - 1 <= MOST


@lru_cache(maxsize=1_024)  # a line is weighed again with each one that may follow it
def _units(line: MessageLine) -> int:
    return units(parsed(_line(line)))
