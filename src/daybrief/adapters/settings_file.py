"""Files beside the settings: the first settings file, this machine's zone for it, and a reader's secret."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from daybrief.errors import ConfigError
from daybrief.languages import language_or_source

_MOST = 4_096


def keep_secret(path: Path, secret: str) -> None:
    """Write it whole or not at all; raises ConfigError when the folder cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{secret}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}", hint="check the folder") from error


def kept_secret(path: Path) -> str:
    """What the file holds, "" when there is none; raises ConfigError when it cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_MOST).strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", hint="check its rights") from error


_LINK = Path("/etc/localtime")
_FOLDER = "zoneinfo/"


def write_settings(path: Path, text: str) -> None:
    """Put the file in place whole or not at all; raises ConfigError that names it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
                file.write(text)
            os.chmod(staged, 0o644)  # noqa: PTH101 (mkstemp's 0600 would hide it from a team)
            Path(staged).replace(path)
        except BaseException:
            Path(staged).unlink(missing_ok=True)
            raise
    except OSError as unwritable:
        why = unwritable.strerror or str(unwritable)
        raise ConfigError(f"{path} cannot be written: {why}", hint="name another with --file") from unwritable


def local_zone(environment: Mapping[str, str], language: str, link: Path = _LINK) -> str:
    """This machine's IANA time zone; where it says UTC or nothing, the one the language suggests."""
    named = environment.get("TZ", "").removeprefix(":")
    if not named and link.is_symlink():
        named = str(link.readlink()).partition(_FOLDER)[2]
    if named in {"", "UTC", "Etc/UTC"} or not _known(named):
        return language_or_source(language).zone
    return named


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
