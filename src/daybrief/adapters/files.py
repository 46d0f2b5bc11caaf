"""The output folder: a reader of it never sees half a file, nor half of a day's folder.

    check the paths | stage everything beside its place | swap the day's folders | replace the other files

Whatever can fail for want of space or rights fails while staging, before anything can be seen. A day's
folder is a directory named `2024-11-26` or `2024/11/26`; files elsewhere (index, feeds) are replaced one by
one afterwards, so they never point at a page that is not there. Files with unchanged bytes are not touched.

A mirror follows a source in parts: each part has a name, a mark of what it was made from, and its files;
`.daybrief-mirror.json` beside them notes it. A part whose mark is the one noted, and whose files are there,
need not be made again. Files that nobody noted are somebody else's and stay.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gzip
import hashlib
import os
import re
import shutil
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path, PurePosixPath

import msgspec

from daybrief.errors import ConfigError, DeliveryError, UnsafePath
from daybrief.model import Delivery, Receipt
from daybrief.ports import HeldFile, HeldFiles

_SETTLED_S = 2.0  # the coarsest clock of a file system in use

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_STAGED = ".daybrief-new-"  # what a killed run left under this prefix is swept by the next
_SPOOLED = ".daybrief-spool-"  # and the number of the process
_LARGE = 65_536  # bytes of a file that waits on the disk for the others


class OutputFolder:
    """`ports.Folder`: writes deliveries below `root`, which is created when it is missing."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(
        self, day: date, deliveries: Sequence[tuple[str, Delivery]], now: datetime
    ) -> tuple[Receipt, ...]:
        """Put all deliveries in place, or none; the receipts come in the order given.

        Raises `UnsafePath` for a path that may not be written, `DeliveryError` when the folder cannot be.
        """
        with self.spool() as spool:
            spool.add(
                tuple(f for publisher, delivery in deliveries for f in spool.hold(publisher, [delivery]))
            )
            return spool.write(day, now)

    @contextmanager
    def spool(self, large: int = _LARGE) -> Iterator[FileSpool]:
        """Takes files one by one, `large` ones to the disk at once; what is not written goes at the end."""
        spool = FileSpool(self.root, large)
        try:
            yield spool
        finally:
            spool.close()


class FileSpool:
    """Implements `ports.Spool`. A disk that takes nothing is found out when the whole is written."""

    def __init__(self, root: Path, large: int = _LARGE) -> None:
        self._root = root
        self._large = large
        self._folder = root / f"{_SPOOLED}{os.getpid()}"
        self._count = 0  # of the files that this process has put there
        self._taken: list[tuple[str, Delivery, HeldFile]] = []

    def share(self) -> None:
        """Make the folder where large files wait, so that forks find it; later it is tried once more."""
        with contextlib.suppress(OSError):
            self._make_folder()

    def hold(self, publisher: str, deliveries: Iterable[Delivery]) -> HeldFiles:
        """Takes a publisher's files, large ones to the disk; raises what the publisher raises."""
        return tuple((publisher, without_body(each), self._hold(each)) for each in deliveries)

    def add(self, files: HeldFiles) -> None:
        """Has what was held written too; raises as `write` does where its places cannot be taken."""
        checked([(publisher, delivery) for publisher, delivery, _ in (*self._taken, *files)])
        if self._root.is_dir():
            with worded(self._root):
                _refuse_traps(
                    self._root.resolve(), checked([(name, delivery) for name, delivery, _ in files])
                )
        self._taken += files

    def write(
        self, day: date, now: datetime, *, durable: bool = True, mended: Path | None = None
    ) -> tuple[Receipt, ...]:
        """Write all that was added, as `OutputFolder.write`; unless durable the caller waits for the disk.

        `mended` is a folder in which the caller has undone what a killed run left, before others write there.
        """
        paths = checked([(publisher, delivery) for publisher, delivery, _ in self._taken])
        with worded(self._root, sum(content.size for *_, content in self._taken)):
            self._root.mkdir(parents=True, exist_ok=True)
            root = self._root.resolve()
            _refuse_traps(root, paths)
            spooled = zip(paths, self._taken, strict=True)
            bodies = {path: _kept(root / path, delivery, body) for path, (_, delivery, body) in spooled}
            _place(root, day, bodies, durable=durable, mended=mended and mended.resolve())
        return tuple(
            Receipt(publisher=publisher, path=delivery.path, digest=content.digest, delivered_at=now)
            for publisher, delivery, content in self._taken
        )

    def close(self) -> None:
        """Remove what was spooled."""
        if self._folder.exists():
            shutil.rmtree(self._folder, ignore_errors=True)

    def _hold(self, delivery: Delivery) -> HeldFile:
        body = delivery.body
        size, digest = len(body), hashlib.sha256(body).hexdigest()
        if size >= self._large and not delivery.keep_below:
            place = self._folder / f"{os.getpid()}-{self._count}"
            with contextlib.suppress(OSError):
                self._make_folder()
                place.write_bytes(body)
                self._count += 1
                return HeldFile(size=size, digest=digest, at=place)
        return HeldFile(size=size, digest=digest, body=body)

    def _make_folder(self) -> None:
        if not self._folder.exists():
            _sweep_spools(self._root)
            self._folder.mkdir(parents=True)


def without_body(delivery: Delivery) -> Delivery:
    """The delivery, whose bytes are kept elsewhere."""
    return msgspec.structs.replace(delivery, body=b"")


def _sweep_spools(root: Path) -> None:
    """Remove what runs that were killed have spooled."""
    for left in root.glob(f"{_SPOOLED}*"):
        number = left.name.removeprefix(_SPOOLED)
        if number.isdigit() and (int(number) == os.getpid() or not is_running(int(number))):
            shutil.rmtree(left, ignore_errors=True)


def is_running(process: int) -> bool:
    """Whether a process of this number is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's
        return True
    return True


def _in_memory(body: bytes) -> HeldFile:
    return HeldFile(size=len(body), digest=hashlib.sha256(body).hexdigest(), body=body)


def _kept(place: Path, delivery: Delivery, content: HeldFile) -> HeldFile:
    """The bytes to write: what was delivered, and below it what the reader wrote under the mark."""
    if not delivery.keep_below or not place.is_file():
        return content
    _, mark, own = place.read_bytes().partition(delivery.keep_below)
    return _in_memory(content.body + own) if mark else content


def _place(
    root: Path,
    day: date,
    bodies: dict[PurePosixPath, HeldFile],
    *,
    durable: bool,
    mended: Path | None = None,
) -> None:
    homes = {path: _home(path, day) for path in bodies}
    places = {root / (home or path) for path, home in homes.items()}
    for parent in {place.parent for place in places} - {mended}:
        _mend(parent)
    changed = {path: body for path, body in bodies.items() if not _holds(root / path, body)}
    staged: list[tuple[Path, Path]] = []
    try:
        for home in sorted({home for path in changed if (home := homes[path])}):
            ours = {path.relative_to(home): body for path, body in changed.items() if homes[path] == home}
            staged.append((_stage_folder(root / home, ours, durable=durable), root / home))
        for path, body in changed.items():
            if not homes[path]:
                staged.append((_stage_file(root / path, body, durable=durable), root / path))
        _show(staged, durable=durable)
    finally:
        for new, _ in staged:
            _remove(new)


def _mend(parent: Path) -> None:
    """Undo what a run that was killed left in a folder."""
    if parent.is_dir():
        recover(parent)
        for left in parent.glob(f"{_STAGED}*"):
            _remove(left)


def _show(staged: Iterable[tuple[Path, Path]], *, durable: bool = True) -> None:
    """Give every staged thing its name: folders first. What fails half-way is taken back."""
    shown: list[tuple[Path, Path]] = []
    try:
        for new, place in staged:
            if new.is_dir() and place.exists():
                exchange(new, place)
                shown.append((new, place))
            else:
                new.replace(place)
            if durable:
                _sync(place.parent)
    except OSError:
        for new, place in reversed(shown):
            exchange(new, place)
        raise


def _stage_folder(place: Path, bodies: dict[PurePosixPath, HeldFile], *, durable: bool) -> Path:
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
            _create(target, body, durable=durable)
        for folder in {new, *((new / path).parent for path in bodies)} if durable else ():
            _sync(folder)
    except BaseException:
        _remove(new)
        raise
    return new


def _stage_file(place: Path, body: HeldFile, *, durable: bool = True) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    new = _staged_name(place)
    try:
        _create(new, body, durable=durable)
    except BaseException:
        _remove(new)
        raise
    return new


def replace_file(place: Path, body: bytes) -> None:
    """Give a file these bytes at once; raises OSError, and leaves nothing half-written."""
    new = _stage_file(place, _in_memory(body))
    try:
        _show([(new, place)])
    finally:
        _remove(new)


def _create(path: Path, content: HeldFile, *, durable: bool = True) -> None:
    """A new file with these bytes, on the disk when this returns if it is to be durable."""
    if content.at is not None:
        content.at.rename(path)
    with path.open("xb" if content.at is None else "rb+") as file:
        file.write(content.body)
        file.flush()
        if durable:
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


def _sync(place: Path) -> None:
    """Wait for the disk; the names of files are on it only when their folder is."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_all(root: Path, paths: Iterable[PurePosixPath]) -> None:
    """Wait until files and folders are on the disk: with one call for all, where the system has it."""
    handle = os.open(root, os.O_RDONLY)
    try:
        together = ctypes.CDLL(None, use_errno=True).syncfs(handle) == 0
    except (AttributeError, TypeError):
        together = False
    finally:
        os.close(handle)
    for path in () if together else paths:
        _sync(root / path)


def _holds(path: Path, content: HeldFile) -> bool:
    try:
        if path.stat().st_size != content.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == content.digest
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
    """Refuses a path with a symbolic link, which could lead elsewhere, or with a file as a folder."""
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
def worded(root: Path, needed: int = 0) -> Iterator[None]:
    """Turns a refusal of the system into a DeliveryError that names the folder and a remedy.

    `needed` is the number of bytes to be written.
    """
    try:
        yield
    except OSError as error:
        where = error.filename or root
        if error.errno in NO_SPACE:
            raise DeliveryError(
                f"{root}: the disk is full: {needed:,} bytes are needed there, {free_bytes(root):,} are free",
                hint=f"free some space on the disk of {root}; what was there before is whole",
            ) from error
        raise DeliveryError(
            f"the output folder {root} cannot be written: {error.strerror or error} ({where})",
            hint=f"let this user write to {root}, or name another folder",
        ) from error


def free_bytes(folder: Path) -> int:
    """The bytes that are free on the disk of a folder, which need not be there yet."""
    nearest = folder.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    return shutil.disk_usage(nearest).free


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


def _exchanged(path: Path, other: Path) -> bool:
    """Whether the system swapped the two; False where it cannot."""
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    if call(_CWD, os.fsencode(path), _CWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _CANNOT:
        return False
    raise OSError(code, os.strerror(code), str(path), None, str(other))


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


NOTES = ".daybrief-mirror.json"


class MirroredPart(msgspec.Struct, frozen=True, kw_only=True):
    """The note on one part."""

    mark: str
    files: tuple[str, ...]


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """The notes on the whole folder."""

    schema: str = "daybrief.mirror/1"
    parts: dict[str, MirroredPart] = {}


class Mirror:
    """Opens the folder (made when it is missing): `put` the parts, `note` them, then `close`.

    Several processes may put parts of different days at once; one notes and closes.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = OutputFolder(root)
        self._before = _read(root / NOTES)
        self._now: dict[str, MirroredPart] = {}
        self._put: list[str] = []  # files not yet known to be on the disk
        with worded(root):
            _mend(root)

    def kept(self, name: str, mark: str) -> MirroredPart | None:
        """The part of this name that was made from the same, when every file of it is in place."""
        part = self._before.get(name)
        if part is None or part.mark != mark or not all((self._root / path).is_file() for path in part.files):
            return None
        return part

    def put(self, mark: str, day: date, deliveries: Sequence[Delivery], now: datetime) -> MirroredPart:
        """Write a part (`day` names the folder that is shown as a whole); returns it for `note`."""
        with self._folder.spool(large=sys.maxsize) as spool:  # they are in memory together already
            spool.add(spool.hold("site", deliveries))
            spool.write(day, now, durable=False, mended=self._root)
        return MirroredPart(mark=mark, files=tuple(sorted(d.path for d in deliveries)))

    def note(self, name: str, part: MirroredPart, *, made: bool) -> None:
        """Take a part into the folder as it is to be; `made` says that its files were written now."""
        self._now[name] = part
        self._put += part.files if made else ()

    def close(self) -> int:
        """Remove what parts no longer hold, and note the rest; how many files were removed.

        The disk is waited for once, here: a part that a power cut has taken is not noted, and is made again.
        """
        kept = {path for part in self._now.values() for path in part.files}
        gone = {path for part in self._before.values() for path in part.files} - kept
        with worded(self._root):
            _sync_all(self._root, {p for put in map(PurePosixPath, self._put) for p in (put, *put.parents)})
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
    """The notes of an earlier build; whatever cannot be read is as if nothing had been."""
    try:
        notes = msgspec.json.decode(path.read_bytes(), type=Notes)
    except (OSError, msgspec.DecodeError):
        return {}
    return {n: p for n, p in notes.parts.items() if all(_inside(path) for path in p.files)}


def _inside(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/")


# ── texts that were parsed ──────────────────────────────────────────────────────────────────────────

_KEPT_S = 30 * 24 * 3600.0


class TextFolder:
    """Implements `ports.TextStore`: a compressed file a text, kept for 30 days."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now

    def get(self, key: str) -> bytes:
        """The text under the key; b"" where there is none, or where the file cannot be read."""
        try:
            return zlib.decompress(self._place(key).read_bytes())
        except (OSError, zlib.error):
            return b""

    def put(self, key: str, value: bytes) -> None:
        """Write it whole, and remove what is older than a month; a folder that is full keeps nothing."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            place = self._place(key)
            replace_file(place, zlib.compress(value, 6))
            stamp = self._now().timestamp()
            os.utime(place, (stamp, stamp))
            for other in self._folder.glob("*.z"):
                if stamp - other.stat().st_mtime > _KEPT_S:
                    other.unlink(missing_ok=True)

    def _place(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.z"


class AnswerFolder:
    """Implements `sources.arxiv.AnswerStore`: a packed file an answer, `PART/0001.xml.gz`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, part: str, number: int) -> bytes | None:
        """The kept answer; None where there is none, or where the file is broken."""
        try:
            return gzip.decompress(self._place(part, number).read_bytes())
        except (OSError, EOFError, zlib.error):
            return None

    def put(self, part: str, number: int, body: bytes) -> None:
        """Write it whole, unless it is there; raises ConfigError when the folder cannot be written."""
        place = self._place(part, number)
        if place.exists():
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, gzip.compress(body, 6, mtime=0))
        except OSError as unwritable:
            why = unwritable.strerror or str(unwritable)
            raise ConfigError(f"{place} cannot be written: {why}", hint="check `cache`") from unwritable

    def drop(self, part: str) -> None:
        """Remove all answers of a part."""
        shutil.rmtree(self._folder / part, ignore_errors=True)

    def _place(self, part: str, number: int) -> Path:
        return self._folder / part / f"{number:04}.xml.gz"


def private_folder(place: Path) -> Path | None:
    """A folder, made where there is none, that nobody but its owner can write; None where it cannot be had.

    What lies in it may be executed, so that it must be this user's own.
    """
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = place.stat()
    except OSError:
        return None
    owner = os.getuid() if hasattr(os, "getuid") else about.st_uid
    return place if about.st_uid == owner and not about.st_mode & 0o022 else None


def file_stamp(database: Path) -> str:
    """A value that changes whenever a SQLite file or its journal does; "" where that cannot be told.

    It cannot while the file is so young that a change within the same tick of its clock would not show.
    """
    try:
        files = [
            path.stat() for path in (database, database.with_name(f"{database.name}-wal")) if path.exists()
        ]
    except OSError:
        return ""
    files = [file for file in files if file.st_size]
    if not files or time.time() - max(file.st_mtime for file in files) < _SETTLED_S:
        return ""
    return " ".join(f"{file.st_ino}:{file.st_size}:{file.st_mtime_ns}" for file in files)
