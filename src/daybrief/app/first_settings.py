"""The first `daybrief.toml`: three answers in force, everything else commented out with what it means."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from daybrief.adapters.machine import local_zone, write_settings
from daybrief.config import Profile, Settings, documented
from daybrief.errors import ConfigError
from daybrief.languages import CODES, LANGUAGES
from daybrief.ports import ModelSettings

PROFILE = "me"
_WIDTH = 100
_PROVIDERS = ("openai", "anthropic", "google")
_TABLES = '[{ use = "…" }]'  # where the default is to take over what is set above


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What a newcomer was asked: language, words of interest, and the model that writes ("" for none)."""

    language: str
    interests: tuple[str, ...] = ()
    model: str = ""

    def __post_init__(self) -> None:
        if self.language not in CODES:
            raise ConfigError(f"language {self.language!r} is unknown", hint=f"one of {', '.join(CODES)}")
        model_of(self.model)


def interests_of(typed: str) -> tuple[str, ...]:
    """The words of interest in what was typed, parted by commas, each once."""
    words = (" ".join(word.split()) for word in re.split(r"[,、，;\n]", typed))
    return tuple(dict.fromkeys(word for word in words if word))


def model_of(typed: str) -> dict[str, str]:
    """The writer's settings for `openai:NAME`, `anthropic:NAME`, `google:NAME` or `http://… NAME`.

    Empty for `none` and nothing. Raises ConfigError that says how a model is named.
    """
    text = typed.strip()
    if text.casefold() in {"", *(one.none for one in LANGUAGES)}:
        return {}
    if found := re.fullmatch(r"(https?://\S+)\s+(\S+)", text):
        return {"use": "llm", "provider": "openai", "base_url": found[1], "model": found[2]}
    provider, _, model = text.partition(":")
    if provider in _PROVIDERS and model.strip():
        return {"use": "llm", "provider": provider, "model": model.strip()}
    raise ConfigError(
        f"{text!r} names no model",
        hint="write none, openai:NAME, anthropic:NAME, google:NAME, or http://HOST:PORT/v1 NAME",
    )


def write_first_settings(file: Path, answers: Answers, environment: Mapping[str, str]) -> None:
    """Writes the file, with this machine's time zone, whole or not at all; raises ConfigError."""
    write_settings(file, first_settings(answers, local_zone(environment, answers.language)))


def first_settings(answers: Answers, zone: str) -> str:
    """The text of the file: it can be read back by `config.load`, and names every setting once."""
    parts = [
        "# Settings of daybrief. What is commented out shows the default; `daybrief config show` prints\n"
        "# everything that is in force, and any of it may be set in the environment (DAYBRIEF_LANGUAGE=en).",
        "\n\n".join(_plain(answers, zone)),
        *_tables(),
        _writer(answers),
        _profile(answers),
        _LISTS,
    ]
    return "\n\n".join(parts) + "\n"


_SHOWN_BELOW = frozenset(
    ("categoriser", "writer", "sources", "enrichers", "checks", "publishers", "channels", "profiles")
)
_LISTS = """# Where items come from; naming one source replaces the whole list, so keep those you want.
# [[sources]]
# use = "arxiv"
# categories = ["cs.CL", "cs.LG"]
#
# [[sources]]
# use = "feed"
# name = "bair"
# url = "https://bair.berkeley.edu/blog/feed.xml"

# Who files stories under the taxonomy.
# [categoriser]
# use = "embedded"

# Who adds to items what another service knows; they fail open.
# [[enrichers]]
# use = "semantic_scholar"

# What is asked of every claim, and how editions are told: lists like the one above, with the built-in
# members as default. `daybrief plugins` shows them.
# [[checks]]
# use = "quotes"
#
# [[publishers]]
# use = "markdown"

# Where editions are sent besides the folder; `daybrief plugins` lists the channels.
# [[channels]]
# use = "email"
"""


def _plain(answers: Answers, zone: str) -> Iterator[str]:
    """The settings that stand before the first table; what was answered is in force."""
    given = {"language": answers.language, "zone": zone}
    for name, value, meaning in documented(Settings()):
        raw = json.loads(value)
        if (
            "." in name
            or isinstance(raw, dict)
            or (isinstance(raw, list) and raw and isinstance(raw[0], dict))
        ):
            continue
        if name in {"enrichers", "channels"}:
            continue
        line = f"{name} = {_toml(given[name])}" if name in given else f"# {name} = {value}"
        yield f"{_comment(meaning)}\n{line}"


def _tables() -> Iterator[str]:
    """The nested tables, whole and commented out."""
    tables: dict[str, list[str]] = {}
    for name, value, meaning in documented(Settings()):
        table, dot, field = name.rpartition(".")
        if dot:
            tables.setdefault(table, []).append(f"{_comment(meaning)}\n# {field} = {value}")
    for table, lines in tables.items():
        yield "\n".join([f"# [{table}]", *lines])


def _writer(answers: Answers) -> str:
    """Who writes: the model that was named, or how one would be."""
    table = model_of(answers.model)
    about = "# Who writes. Without this table: the embedded writer, which quotes and needs no key."
    if not table:
        example = '# [writer]\n# use = "llm"\n# provider = "openai"\n# model = "…"'
        return f"{about}\n{example}"
    bounds = ModelSettings()
    lines = [f"{name} = {_toml(value)}" for name, value in table.items()]
    return "\n".join(
        [
            about,
            "# The key is read from the provider's usual environment variable; key_env names another one.",
            "[writer]",
            *lines,
            f"budget_tokens = {bounds.budget_tokens}  # for one run; then the embedded writer takes over",
            "# budget_usd = 1.0  # for one run, where the model's price is known",
        ]
    )


def _profile(answers: Answers) -> str:
    """The newcomer's profile when interests were named, or how one would look."""
    about = (
        "# What this reader wants more of. Several profiles share one archive, each with its own editions."
    )
    mark = "" if answers.interests else "# "
    words = ", ".join(_toml(word) for word in answers.interests or ("retrieval", "agents"))
    lines = [f"{mark}[profiles.{PROFILE}]", f'{mark}out = "out"', f"{mark}more = [{words}]"]
    known = {"out", "more"}
    for name, value, meaning in documented(Profile()):
        if name not in known:
            lines.append(f"{_comment(meaning)}\n# {name} = {value if value != 'null' else _TABLES}")
    return "\n".join([about, *lines])


def _toml(text: str) -> str:
    """A basic string: JSON's escapes are TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(meaning: str) -> str:
    words, lines = meaning.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > _WIDTH:
            lines.append("")
        lines[-1] += f" {word}"
    return "\n".join(f"#{line}" for line in lines)
