"""A secret in a file that only its owner may read."""

from __future__ import annotations

import os
from pathlib import Path

from daybrief.errors import ConfigError

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
