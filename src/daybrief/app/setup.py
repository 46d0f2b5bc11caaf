"""Setting daybrief up: the first `daybrief.toml`, and a run every day.

The first settings file has three answers in force, and everything else commented out with what it means.

A run every day is a systemd service and timer, a cron line, or a GitHub Actions workflow. Their texts are
pure functions of a `Plan`; only `install_schedule` and `remove_schedule` touch the machine.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from daybrief.adapters import machine
from daybrief.adapters.machine import SystemClock, local_zone, write_settings
from daybrief.config import Profile, Settings, documented
from daybrief.errors import ConfigError
from daybrief.languages import CODES, LANGUAGES
from daybrief.ports import ModelSettings

PROFILE = "me"
_WIDTH = 100
_PROVIDERS = ("openai", "anthropic", "google")
_TABLES = '[{ use = "…" }]'  # where the default is to take over what is set above


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """A newcomer's answers: language, words of interest, and the model that writes ("" for none)."""

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
    if text.casefold() in {"", *(language.none for language in LANGUAGES)}:
        return {}
    if match := re.fullmatch(r"(https?://\S+)\s+(\S+)", text):
        return {"use": "llm", "provider": "openai", "base_url": match[1], "model": match[2]}
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
    """The writer: the model that was named, or how one would be."""
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


# ── a run every day ─────────────────────────────────────────────────────────────────────────────────


KINDS = ("cron", "systemd", "github")
MOST_DAYS = 14  # made up after a pause
BEGIN, END = "# daybrief: begin", "# daybrief: end"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The time and place of runs: `folder` holds daybrief.toml, `program` is the command's full path."""

    at: time
    zone: str
    program: str
    folder: str
    install: str = "."  # what pip is given by the workflow

    @property
    def command(self) -> list[str]:
        """The days of a run: the last closed day and all days missed before it."""
        return [self.program, "run", "--catch-up", "--most-days", str(MOST_DAYS)]


def parsed_time(text: str) -> time:
    """`07:30` as a time; raises ConfigError that names the value."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ConfigError(f"--at {text!r} is no time of day", hint="write it as HH:MM, for example 07:30")
    return time(int(match[1]), int(match[2]))


def service(plan: Plan) -> str:
    """The unit that makes the missing days once (https://www.freedesktop.org/software/systemd/man/systemd.service.html)."""
    command = " ".join(_unit_word(word) for word in plan.command)
    return f"""[Unit]
Description=Make the daily brief of AI papers and news
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory={plan.folder.replace("%", "%%")}
ExecStart={command}
# 3: published, but a source did not answer; the next run asks again
SuccessExitStatus=3
TimeoutStartSec=2h
Nice=10
"""


def timer(plan: Plan) -> str:
    """The timer: in the reader's zone, made up after sleep, not at the same second as everybody."""
    return f"""[Unit]
Description=Every day at {plan.at:%H:%M} ({plan.zone})

[Timer]
OnCalendar=*-*-* {plan.at:%H:%M}:00 {plan.zone}
Persistent=true
RandomizedDelaySec=10min

[Install]
WantedBy=timers.target
"""


def cron(plan: Plan) -> str:
    """Lines for a crontab, between two marks so that they can be taken out again (`man 5 crontab`).

    CRON_TZ is cronie's; Debian's cron does not know it and keeps the machine's zone.
    """
    command = f"cd {shlex.quote(plan.folder)} && {shlex.join(plan.command)}".replace("%", r"\%")
    when = f"{plan.at.minute} {plan.at.hour} * * *"
    return f"{BEGIN}\nCRON_TZ={plan.zone}\n{when} {command}\n{END}\n"


def workflow(plan: Plan, now: datetime) -> str:
    """The workflow that keeps its state in the repository and publishes to GitHub Pages.

    GitHub's cron knows UTC alone, so the hour is that of the zone today: where clocks change,
    the run moves by an hour.
    """
    here = now.astimezone(ZoneInfo(plan.zone)).replace(hour=plan.at.hour, minute=plan.at.minute)
    utc = here.astimezone(ZoneInfo("UTC"))
    template = (files("daybrief") / "assets" / "schedule" / "github.yml").read_text(encoding="utf-8")
    when = f"{plan.at:%H:%M} in {plan.zone}"
    template = template.replace("@INSTALL@", shlex.quote(plan.install))
    return template.replace("@CRON@", f"{utc.minute} {utc.hour} * * *").replace("@TOLD@", when)


def with_cron(crontab: str, plan: Plan | None) -> str:
    """A crontab with our lines replaced by those of the plan, or without them; the other lines untouched."""
    pattern = rf"^{re.escape(BEGIN)}\n.*?^{re.escape(END)}\n?"
    without = re.sub(pattern, "", crontab, flags=re.MULTILINE | re.DOTALL)
    if plan is None:
        return without
    gap = "" if not without or without.endswith("\n") else "\n"
    return f"{without}{gap}{cron(plan)}"


def _unit_word(word: str) -> str:
    """A word of ExecStart: quoted, and its specifiers and variables kept as they are."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"' if re.search(r"[\s'\"\\;]", word) else plain


# ── on this machine ─────────────────────────────────────────────────────────────────────────────────


def schedule_text(kind: str, plan: Plan) -> str:
    """Returns the schedule as it is printed; the workflow's hour is that of the zone today."""
    if kind == "cron":
        return cron(plan)
    if kind == "github":
        return workflow(plan, SystemClock().now())
    parts = (("service", service(plan)), ("timer", timer(plan)))
    return "\n".join(f"# ~/.config/systemd/user/daybrief.{name}\n{unit}" for name, unit in parts)


def install_schedule(kind: str, plan: Plan) -> None:
    """Puts the schedule in place; raises ConfigError when the machine refuses it."""
    if kind == "cron":
        machine.set_crontab(with_cron(machine.crontab(), plan))
    else:
        machine.install_units(service(plan), timer(plan))


def remove_schedule(kind: str) -> bool:
    """Takes out what `install` put in place; returns whether there was anything."""
    if kind == "systemd":
        return machine.remove_units()
    before = machine.crontab()
    after = with_cron(before, None)
    if after != before:
        machine.set_crontab(after)
    return after != before
