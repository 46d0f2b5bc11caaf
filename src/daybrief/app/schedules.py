"""A run every day: as a systemd service and timer, a cron line, or a GitHub Actions workflow.

The texts are pure functions of a `Plan`; only `install` and `remove` touch the machine.
"""

from __future__ import annotations

import re
import shlex
from datetime import datetime, time
from importlib.resources import files
from zoneinfo import ZoneInfo

import msgspec

from daybrief.adapters import machine
from daybrief.adapters.machine import SystemClock
from daybrief.errors import ConfigError

KINDS = ("cron", "systemd", "github")
MOST_DAYS = 14  # made up after a pause
BEGIN, END = "# daybrief: begin", "# daybrief: end"
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When to run, and where: `folder` holds daybrief.toml, `program` is the command's full path."""

    at: time
    zone: str
    program: str
    folder: str
    install: str = "."  # what pip is given by the workflow

    @property
    def command(self) -> list[str]:
        """What is run: the last closed day and all days missed before it."""
        return [self.program, "run", "--catch-up", "--most-days", str(MOST_DAYS)]


def parsed_time(said: str) -> time:
    """`07:30` as a time; raises ConfigError that names the value."""
    found = _TIME.fullmatch(said)
    if not found:
        raise ConfigError(f"--at {said!r} is no time of day", hint="write it as HH:MM, for example 07:30")
    return time(int(found[1]), int(found[2]))


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
    text = (files("daybrief") / "assets" / "schedule" / "github.yml").read_text(encoding="utf-8")
    told = f"{plan.at:%H:%M} in {plan.zone}"
    text = text.replace("@INSTALL@", shlex.quote(plan.install))
    return text.replace("@CRON@", f"{utc.minute} {utc.hour} * * *").replace("@TOLD@", told)


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


def text(kind: str, plan: Plan) -> str:
    """Returns the schedule as it is printed; the workflow's hour is that of the zone today."""
    if kind == "cron":
        return cron(plan)
    if kind == "github":
        return workflow(plan, SystemClock().now())
    parts = (("service", service(plan)), ("timer", timer(plan)))
    return "\n".join(f"# ~/.config/systemd/user/daybrief.{name}\n{unit}" for name, unit in parts)


def install(kind: str, plan: Plan) -> None:
    """Puts the schedule in place; raises ConfigError when the machine refuses it."""
    if kind == "cron":
        machine.set_crontab(with_cron(machine.crontab(), plan))
    else:
        machine.install_units(service(plan), timer(plan))


def remove(kind: str) -> bool:
    """Takes out what `install` put in place; returns whether there was anything."""
    if kind == "systemd":
        return machine.remove_units()
    before = machine.crontab()
    after = with_cron(before, None)
    if after != before:
        machine.set_crontab(after)
    return after != before
