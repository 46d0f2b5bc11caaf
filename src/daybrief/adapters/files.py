"""The output folder: a reader of it never sees half a file, nor half of a day's folder.

    check the paths | stage everything beside its place | swap the day's folders | replace the other files

Whatever can fail for want of space or rights fails while staging, before anything can be seen. A day's
folder is a directory named `2024-11-26` or `2024/11/26`; files elsewhere (index, feeds) are replaced one by
one afterwards, so they never point at a page that is not there. Files with unchanged bytes are not touched.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path, PurePosixPath

from daybrief.adapters.paths import checked
from daybrief.adapters.swap import exchange, recover
from daybrief.errors import DeliveryError, UnsafePath
from daybrief.model import Delivery, Receipt

_STAGED = ".daybrief-new-"  # what a killed run left under this prefix is swept by the next


class Folder:
    """`ports.Folder`: writes deliveries below `root`, which is created when it is missing."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(
        self, day: date, deliveries: Sequence[tuple[str, Delivery]], now: datetime
    ) -> tuple[Receipt, ...]:
        """Put all deliveries in place, or none; the receipts come in the order given.

        Raises `UnsafePath` for a path that may not be written, `DeliveryError` when the folder cannot be.
        """
        paths = checked(deliveries)
        with worded(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            root = self.root.resolve()
            _refuse_traps(root, paths)
            _place(root, day, {p: _kept(root / p, d) for p, (_, d) in zip(paths, deliveries, strict=True)})
        return tuple(
            Receipt(
                publisher=publisher,
                path=delivery.path,
                digest=hashlib.sha256(delivery.body).hexdigest(),
                delivered_at=now,
            )
            for publisher, delivery in deliveries
        )


def _kept(place: Path, delivery: Delivery) -> bytes:
    """The bytes to write: those delivered, and below them what the reader wrote under the mark."""
    if not delivery.keep_below or not place.is_file():
        return delivery.body
    _, mark, own = place.read_bytes().partition(delivery.keep_below)
    return delivery.body + own if mark else delivery.body


def _place(root: Path, day: date, bodies: dict[PurePosixPath, bytes]) -> None:
    homes = {path: _home(path, day) for path in bodies}
    places = {root / (home or path) for path, home in homes.items()}
    for parent in {place.parent for place in places}:
        _mend(parent)
    changed = {path: body for path, body in bodies.items() if not _holds(root / path, body)}
    staged: list[tuple[Path, Path]] = []
    try:
        for home in sorted({home for path in changed if (home := homes[path])}):
            ours = {path.relative_to(home): body for path, body in changed.items() if homes[path] == home}
            staged.append((_stage_folder(root / home, ours), root / home))
        for path, body in changed.items():
            if not homes[path]:
                staged.append((_stage_file(root / path, body), root / path))
        _show(staged)
    finally:
        for new, _ in staged:
            _remove(new)


def _mend(parent: Path) -> None:
    """Undo what a run that was killed left in a folder."""
    if parent.is_dir():
        recover(parent)
        for left in parent.glob(f"{_STAGED}*"):
            _remove(left)


def _show(staged: Iterable[tuple[Path, Path]]) -> None:
    """Give every staged thing its name: folders first. What fails half-way is taken back."""
    shown: list[tuple[Path, Path]] = []
    try:
        for new, place in staged:
            if new.is_dir() and place.exists():
                exchange(new, place)
                shown.append((new, place))
            else:
                new.replace(place)
            _sync(place.parent)
    except OSError:
        for new, place in reversed(shown):
            exchange(new, place)
        raise


def _stage_folder(place: Path, bodies: dict[PurePosixPath, bytes]) -> Path:
    """A hidden sibling that holds what the folder holds, as hard links, with the new files in place."""
    place.parent.mkdir(parents=True, exist_ok=True)
    new = _staged_name(place)
    try:
        if place.exists():
            shutil.copytree(place, new, symlinks=True, copy_function=_link)
        else:
            new.mkdir()
        for path, body in bodies.items():
            target = new / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)  # it is a link to the live file, which must stay as it is
            _create(target, body)
        for folder in {new, *((new / path).parent for path in bodies)}:
            _sync(folder)
    except BaseException:
        _remove(new)
        raise
    return new


def _stage_file(place: Path, body: bytes) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    new = _staged_name(place)
    try:
        _create(new, body)
    except BaseException:
        _remove(new)
        raise
    return new


def replace_file(place: Path, body: bytes) -> None:
    """Give a file these bytes at once; raises OSError, and leaves nothing half-written."""
    new = _stage_file(place, body)
    try:
        _show([(new, place)])
    finally:
        _remove(new)


def _create(path: Path, body: bytes) -> None:
    """A new file with these bytes, on the disk when this returns."""
    with path.open("xb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _staged_name(place: Path) -> Path:
    return place.with_name(_STAGED + place.name)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Names are on the disk only when their directory is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _holds(path: Path, body: bytes) -> bool:
    try:
        return path.stat().st_size == len(body) and path.read_bytes() == body
    except (FileNotFoundError, NotADirectoryError):
        return False


def _home(path: PurePosixPath, day: date) -> PurePosixPath | None:
    """The day's folder that a path lies in, if any."""
    folders = path.parts[:-1]
    spelled = (f"{day:%Y}", f"{day:%m}", f"{day:%d}")
    for end in range(1, len(folders) + 1):
        if folders[end - 1] == day.isoformat() or folders[max(0, end - 3) : end] == spelled:
            return PurePosixPath(*folders[:end])
    return None


def _refuse_traps(root: Path, paths: Sequence[PurePosixPath]) -> None:
    """No part of a path may be a symbolic link, which could lead out of the folder; no file a folder."""
    files = {root / path for path in paths}
    for place in sorted({root / part for path in paths for part in (path, *path.parents[:-1])}):
        try:
            mode = place.lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        if stat.S_ISLNK(mode):
            raise UnsafePath(f"{place} is a symbolic link", hint="remove it, or name another folder")
        if stat.S_ISDIR(mode) is (place in files):
            was = "folder" if place in files else "file"
            raise DeliveryError(f"a {was} stands at {place}", hint="move it away, or name another folder")


@contextmanager
def worded(root: Path) -> Iterator[None]:
    """Names the folder and what to do when the system refuses."""
    try:
        yield
    except OSError as error:
        where = error.filename or root
        raise DeliveryError(
            f"the output folder {root} cannot be written: {error.strerror or error} ({where})",
            hint=f"let this user write to {root}, free some space, or name another folder",
        ) from error
