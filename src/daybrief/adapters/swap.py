"""Two directory names change places in one step, where the system can do that.

Linux: renameat2(2) with RENAME_EXCHANGE. Elsewhere, and on file systems without it, two renames: for an
instant the name is absent, and a crash between them is mended by `recover`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from pathlib import Path

_WAS = ".daybrief-was-"
_CWD = -100
_EXCHANGE = 2
_CANNOT = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})


def exchange(staged: Path, live: Path) -> None:
    """Put `staged` where `live` is, and what was `live` where `staged` was; raises OSError."""
    if _exchanged(staged, live):
        return
    aside = _aside(live)
    live.rename(aside)
    try:
        staged.rename(live)
    except OSError:
        aside.rename(live)
        raise
    aside.rename(staged)


def recover(parent: Path) -> None:
    """Mend what a crash between the two renames left in a folder: the old directory gets its name back."""
    for aside in parent.glob(f"{_WAS}*"):
        live = aside.with_name(aside.name.removeprefix(_WAS))
        if live.exists():
            shutil.rmtree(aside)
        else:
            aside.rename(live)


def _aside(live: Path) -> Path:
    return live.with_name(_WAS + live.name)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system swapped the two; False where it cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    if call(_CWD, os.fsencode(one), _CWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(one), None, str(other))
