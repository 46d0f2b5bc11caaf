"""The two schedulers of a machine: systemd's user units and the user's crontab."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from daybrief.errors import ConfigError

UNIT = "daybrief"
_PATIENCE_S = 30.0


def unit_folder() -> Path:
    """Where systemd looks for a user's units (`man 5 systemd.unit`)."""
    above = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(above) / "systemd" / "user"


def install_units(service: str, timer: str) -> None:
    """Write both units and start the timer; raises ConfigError when systemd refuses."""
    folder = unit_folder()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{UNIT}.service").write_text(service, encoding="utf-8")
    (folder / f"{UNIT}.timer").write_text(timer, encoding="utf-8")
    _asked("systemctl", "--user", "daemon-reload")
    _asked("systemctl", "--user", "enable", "--now", f"{UNIT}.timer")


def remove_units() -> bool:
    """Stop the timer and remove both units; whether there were any."""
    places = [unit_folder() / f"{UNIT}.{kind}" for kind in ("timer", "service")]
    there = any(place.exists() for place in places)
    if there:
        with contextlib.suppress(ConfigError):  # a timer that never ran cannot be stopped, and need not be
            _asked("systemctl", "--user", "disable", "--now", f"{UNIT}.timer")
        for place in places:
            place.unlink(missing_ok=True)
        with contextlib.suppress(ConfigError):
            _asked("systemctl", "--user", "daemon-reload")
    return there


def crontab() -> str:
    """The user's crontab; "" when there is none yet."""
    done = _run("crontab", "-l")
    return done.stdout if done.returncode == 0 else ""


def set_crontab(text: str) -> None:
    """Replace the user's crontab; raises ConfigError when it is refused."""
    _asked("crontab", "-", given=text)


def _asked(*command: str, given: str = "") -> None:
    done = _run(*command, given=given)
    if done.returncode:
        said = done.stderr.strip() or f"exit {done.returncode}"
        raise ConfigError(
            f"`{' '.join(command)}` failed: {said}", hint="print the schedule and place it by hand"
        )


def _run(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    program = shutil.which(command[0])
    if program is None:
        raise ConfigError(
            f"there is no program {command[0]!r} here",
            hint="choose another schedule, or print it without --install",
        )
    arguments = [program, *command[1:]]
    try:
        return subprocess.run(  # noqa: S603 - fixed words, no shell
            arguments, input=given, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except subprocess.TimeoutExpired as late:
        raise ConfigError(
            f"`{' '.join(command)}` did not answer", hint="try again, or place it by hand"
        ) from late
