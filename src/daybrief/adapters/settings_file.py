"""The first settings file and what this machine says about itself when it is written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from daybrief.errors import ConfigError

_LINK = Path("/etc/localtime")
_FOLDER = "zoneinfo/"
_OTHERWISE = {"ko": "Asia/Seoul"}


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
        return _OTHERWISE.get(language, "UTC")
    return named


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
