"""`daybrief schedule`: a run every day, by the scheduler of your choice."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daybrief.cli.options import Config
from daybrief.errors import ConfigError

if TYPE_CHECKING:
    from daybrief.cli._schedules import Plan

KINDS = ("cron", "systemd", "github")


def schedule(
    kind: Annotated[str, typer.Argument(metavar="cron|systemd|github", help="Who runs it.")],
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="Time of day.")] = "07:37",
    zone: Annotated[
        str | None,
        typer.Option("--zone", metavar="ZONE", help="Its time zone; default: that of the settings."),
    ] = None,
    install: Annotated[bool, typer.Option("--install", help="Put it in place, after showing it.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take out what --install put in place.")] = False,
    config: Config = None,
) -> None:
    """Print a schedule that makes yesterday's brief every day and makes up missed days; or install it.

    `github` is a workflow that also publishes the site; save it as .github/workflows/daybrief.yml.
    """
    from daybrief.cli import _schedules as schedules
    from daybrief.config import load

    if kind not in KINDS:
        raise ConfigError(f"the schedule {kind!r} is unknown", hint=f"one of {', '.join(KINDS)}")
    if kind == "github" and (install or remove):
        raise ConfigError(
            "a workflow is installed by a commit",
            hint="daybrief schedule github > .github/workflows/daybrief.yml",
        )
    if remove:
        _remove(kind)
        return
    settings = load(config, os.environ, zone=zone)
    folder = (config.resolve().parent if config else Path.cwd()).resolve()
    program = shutil.which("daybrief") or str(Path(sys.argv[0]).resolve())
    plan = schedules.Plan(
        at=schedules.parsed_time(at), zone=settings.zone, program=program, folder=str(folder)
    )
    typer.echo(_text(kind, plan), nl=False)
    if install:
        _install(kind, plan)


def _text(kind: str, plan: Plan) -> str:
    from daybrief.adapters.clock import SystemClock
    from daybrief.cli import _schedules as schedules

    if kind == "cron":
        return schedules.cron(plan)
    if kind == "github":
        return schedules.workflow(plan, SystemClock().now())
    parts = (("service", schedules.service(plan)), ("timer", schedules.timer(plan)))
    return "\n".join(f"# ~/.config/systemd/user/daybrief.{name}\n{text}" for name, text in parts)


def _install(kind: str, plan: Plan) -> None:
    from daybrief.adapters import timers
    from daybrief.cli import _schedules as schedules

    if kind == "cron":
        timers.set_crontab(schedules.with_cron(timers.crontab(), plan))
    else:
        timers.install_units(schedules.service(plan), schedules.timer(plan))
        typer.echo("To run while you are logged out: loginctl enable-linger", err=True)
    typer.echo(f"installed; `daybrief schedule {kind} --remove` takes it out again", err=True)


def _remove(kind: str) -> None:
    from daybrief.adapters import timers
    from daybrief.cli import _schedules as schedules

    if kind == "systemd":
        found = timers.remove_units()
    else:
        before = timers.crontab()
        after = schedules.with_cron(before, None)
        found = after != before
        if found:
            timers.set_crontab(after)
    typer.echo("removed" if found else "nothing was installed")
