"""Which relative paths may be written: plain POSIX names that mean the same on every system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from daybrief.errors import DeliveryError, UnsafePath
from daybrief.model import Delivery

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file, and control characters anywhere
_ODD = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*\ud800-\udfff]|\A\s|[\s.]\Z')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)
_OURS = ".daybrief-"
_LONGEST = 200  # bytes of one name; 255 is the usual limit, and staging adds a prefix
_LONGEST_PATH = 1_000


def checked(deliveries: Sequence[tuple[str, Delivery]]) -> tuple[PurePosixPath, ...]:
    """The path of each delivery; raises `UnsafePath` for an odd one, `DeliveryError` for two in one place."""
    taken: dict[str, str] = {}
    paths = tuple(_safe(publisher, delivery.path) for publisher, delivery in deliveries)
    for path, (publisher, _) in zip(paths, deliveries, strict=True):
        # Two spellings that differ in case alone are one file on many systems.
        name = str(path).casefold()
        if name in taken:
            raise DeliveryError(
                f"{path} is written twice, by {taken[name]} and by {publisher}",
                publisher=publisher,
                hint="give one of the two publishers another folder",
            )
        taken[name] = publisher
    _no_file_is_a_folder(paths, taken)
    return paths


def _no_file_is_a_folder(paths: Sequence[PurePosixPath], taken: dict[str, str]) -> None:
    for path in paths:
        for above in path.parents:
            if (publisher := taken.get(str(above).casefold())) is not None:
                raise DeliveryError(
                    f"{above} would be a file and a folder",
                    publisher=publisher,
                    hint=f"it stands in the way of {path}; rename one of the two",
                )


def _safe(publisher: str, path: str) -> PurePosixPath:
    parts = path.split("/")
    wrong = next((part for part in parts if not _plain(part)), None)
    if wrong is not None or len(path) > _LONGEST_PATH:
        raise UnsafePath(
            f"{publisher} wants to write to {path[:200]!r}",
            publisher=publisher,
            hint="paths are relative, with / between plain names",
        )
    return PurePosixPath(path)


def _plain(part: str) -> bool:
    if part in ("", ".", "..") or part.startswith(_OURS) or _ODD.search(part) or _DEVICE.match(part):
        return False
    return len(part.encode()) <= _LONGEST
