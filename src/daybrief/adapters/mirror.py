"""A folder that follows a source in parts: what changed is written, what is gone is removed, nothing else.

Each part has a name, a mark of what it was made from, and its files; `.daybrief-mirror.json` beside them
notes it. A part whose mark is the one noted, and whose files are there, need not be made again. Files that
nobody noted are somebody else's and stay.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec

from daybrief.adapters.files import OutputFolder, replace_file, worded
from daybrief.model import Delivery

NOTES = ".daybrief-mirror.json"


class MirroredPart(msgspec.Struct, frozen=True, kw_only=True):
    """What is noted of one part."""

    mark: str
    files: tuple[str, ...]


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """What is noted of the whole folder."""

    schema: str = "daybrief.mirror/1"
    parts: dict[str, MirroredPart] = {}


class Mirror:
    """Opens the folder (made when it is missing); `put` the parts, then `close`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = OutputFolder(root)
        self._before = _read(root / NOTES)
        self._now: dict[str, MirroredPart] = {}

    def holds(self, name: str, mark: str) -> bool:
        """Whether a part of this name was made from the same, with every file in place; if so it is kept."""
        part = self._before.get(name)
        if part is None or part.mark != mark or not all((self._root / path).is_file() for path in part.files):
            return False
        self._now[name] = part
        return True

    def put(
        self, name: str, mark: str, day: date, deliveries: Sequence[Delivery], now: datetime
    ) -> tuple[int, ...]:
        """Write a part (`day` names the folder that is shown as a whole); the bytes of each of its files."""
        self._folder.write(day, [("site", delivery) for delivery in deliveries], now)
        self._now[name] = MirroredPart(mark=mark, files=tuple(sorted(d.path for d in deliveries)))
        return tuple(len(delivery.body) for delivery in deliveries)

    def close(self) -> int:
        """Remove what parts no longer hold, and note the rest; how many files were removed."""
        kept = {path for part in self._now.values() for path in part.files}
        gone = {path for part in self._before.values() for path in part.files} - kept
        with worded(self._root):
            removed = sum(self._remove(path) for path in sorted(gone))
            replace_file(self._root / NOTES, msgspec.json.encode(Notes(parts=self._now), order="sorted"))
        return removed

    def _remove(self, path: str) -> bool:
        """Remove a file and the folders that it leaves empty; a link on the way is somebody else's."""
        place = self._root / path
        parents = [above for above in place.parents if self._root in above.parents]
        if not place.is_file() or any(p.is_symlink() for p in (place, *parents)):
            return False
        place.unlink()
        with contextlib.suppress(OSError):  # a folder that still holds something stays
            for folder in parents:
                folder.rmdir()
        return True


def _read(path: Path) -> dict[str, MirroredPart]:
    """What an earlier build noted; whatever cannot be read is as if nothing had been."""
    try:
        notes = msgspec.json.decode(path.read_bytes(), type=Notes)
    except (OSError, msgspec.DecodeError):
        return {}
    return {n: p for n, p in notes.parts.items() if all(_inside(path) for path in p.files)}


def _inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")
