"""Faults of a machine and of what comes from outside: kills, full disks, hostile addresses, spoilt documents.

    for point in range(1, points(run, folder) + 1):
        break_at(point, KILL, run, folder)      # or errno.ENOSPC: the disk is full from there on
        run(folder)                             # the next morning: equal to an undisturbed one?

A point is a step after which the world is another: a file opened for writing, a rename, a removal, a
connection, a mail handed over, a writing statement, a commit. The interpreter's audit events and SQLAlchemy's
events tell of them, so the product knows nothing of the driver. `work` is a function of a module, since it
runs in a process of its own.

`ADDRESSES` are places inside a network that no address from outside may lead to, `SPELLINGS` hosts that some
resolver takes for one, `FORMS` whole addresses that hide where they lead; `FakeResolver` says what a name
resolves to, call after call. `Damage` spoils documents from a seed. `MachineClock` is one clock for several
processes: it moves when one of them sleeps.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, event

# ── killed, or without a disk, at a point ───────────────────────────────────────────────────────────


KILL = 0
"""Instead of an error number: the process is killed."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_EVENTS = frozenset(
    """os.rename os.remove os.mkdir os.rmdir os.link os.symlink os.truncate os.chmod shutil.rmtree
    shutil.copyfile sqlite3.connect socket.connect smtplib.connect smtplib.send""".split()
)
_FILE_EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink"})
_WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "REPLACE", "DROP", "ALTER")

Work = Callable[..., object]


class NotEnded(RuntimeError):
    """The work ended by an error of its own before its point was reached."""


def points(work: Work, *arguments: object, files_only: bool = False) -> int:
    """Returns at how many points the work can be broken; runs it once, whole. Raises NotEnded."""
    reached, _ = _in_a_process(-1, KILL, files_only, work, arguments)
    if reached is None:
        raise NotEnded(f"{work.__name__} did not come to its end")
    return reached


def break_at(
    point: int, how: int, work: Work, *arguments: object, files_only: bool = False
) -> tuple[int | None, str]:
    """Runs the work in a process that is killed at a point, or whose files fail from it on.

    `how` is KILL or an error number. Returns the points reached (None: killed) and the error that the work
    ended with, as `Class: message`, or "".
    """
    return _in_a_process(point, how, files_only, work, arguments)


def _in_a_process(
    point: int, how: int, files_only: bool, work: Work, arguments: tuple[object, ...]
) -> tuple[int | None, str]:
    processes = multiprocessing.get_context("forkserver")
    ours, theirs = processes.Pipe(duplex=False)
    child = processes.Process(target=_broken, args=(theirs, point, how, files_only, work, arguments))
    child.start()
    theirs.close()
    try:
        reached, error = ours.recv()
    except EOFError:
        reached, error = None, ""
    child.join()
    if reached is None and child.exitcode != -signal.SIGKILL:
        error = f"NotEnded: the process ended by {child.exitcode} and said nothing"
    child.close()
    return reached, error


def _broken(
    pipe: Connection, point: int, how: int, files_only: bool, work: Work, arguments: tuple[object, ...]
) -> None:
    steps = _Steps(point, how, files_only)
    sys.addaudithook(steps.audit)
    if not files_only:
        event.listen(Engine, "before_cursor_execute", steps.statement)
        event.listen(Engine, "commit", steps.commit)
    error = ""
    try:
        work(*arguments)
    except BaseException as failure:  # whatever it is, the other process judges it
        error = f"{type(failure).__name__}: {failure}"
    steps.over = True
    pipe.send((steps.reached, error))


class _Steps:
    """Counts the points of one process, and breaks it at one of them."""

    def __init__(self, point: int, how: int, files_only: bool) -> None:
        self.reached = 0
        self.over = False
        self._point = point
        self._how = how
        self._events = _FILE_EVENTS if files_only else _EVENTS | {"open"}

    def audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Hears of every step of the interpreter."""
        if self.over or name not in self._events:
            return
        if name == "open" and (not isinstance(arguments[2], int) or not arguments[2] & _WRITING):
            return
        if isinstance(arguments[0], str | bytes) and os.fsdecode(arguments[0]).startswith("/dev/"):
            return
        self._step()

    def statement(self, _c: object, _cursor: object, statement: str, *_rest: object) -> None:
        """Hears of every statement."""
        if statement.lstrip().upper().startswith(_WRITES):
            self._step()

    def commit(self, _connection: object) -> None:
        """Hears of every commit, before it."""
        self._step()

    def _step(self) -> None:
        self.reached += 1
        if self._how == KILL and self.reached == self._point:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._how != KILL and 0 < self._point <= self.reached:
            raise OSError(self._how, os.strerror(self._how))


# ── one clock for several processes ─────────────────────────────────────────────────────────────────


class MachineClock:
    """A clock that lies in a file and moves when somebody sleeps; the adapters' `Timer`.

    `ahead_s` is how far the wall clock of this process is off.
    """

    def __init__(self, path: Path, ahead_s: float = 0.0) -> None:
        self._path = path
        self._ahead = timedelta(seconds=ahead_s)

    def monotonic(self) -> float:
        """Seconds, the same for all."""
        return self._moved(0.0)

    def now(self) -> datetime:
        """The wall clock of this process."""
        return datetime(2024, 11, 27, tzinfo=UTC) + timedelta(seconds=self.monotonic()) + self._ahead

    def sleep(self, seconds: float) -> None:
        """Returns at once, later for everybody."""
        self._moved(seconds)

    def _moved(self, seconds: float) -> float:
        file = os.open(self._path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            kept = os.pread(file, 8, 0)
            at: float = (struct.unpack("d", kept)[0] if kept else 1_000.0) + seconds
            os.pwrite(file, struct.pack("d", at), 0)  # in one step: a process killed here leaves no half
        finally:
            os.close(file)
        return at


@contextmanager
def machine_clock() -> Iterator[Path]:
    """The file of a clock, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "clock"


# ── addresses inside ────────────────────────────────────────────────────────────────────────────────


ADDRESSES = tuple(
    """127.0.0.1 127.1.2.3 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254
    168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.192
    192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.254 198.18.0.1 198.19.255.254 198.51.100.7 203.0.113.9
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::a00:1
    64:ff9b:1::7f00:1 100::1 2001::1 2001:0:7f00:1::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::
    2002:a9fe:a9fe::1 2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1 fe80::1%lo
    febf::1 fec0::1 ff02::1 ff0e::1 2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1""".split()
)
"""IP addresses that lead inside, to nobody, or to everybody."""

SPELLINGS = tuple(
    """2130706433 0x7f000001 0x7f.1 0x7f.0.0.1 0177.0.0.1 017700000001 127.1 127.0.1 127.0.0.1. 0 0x0 10.1
    2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518 １２７.0.0.1 ①②⑦.0.0.1 127。0。0。1
    localhost localhost. LOCALHOST ip6-localhost [::1] [::] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:7f00:1]
    [::ffff:a9fe:a9fe] [fe80::1%25lo] [64:ff9b::7f00:1] [2002:7f00:1::]""".split()
)
"""Hosts that some resolver or library takes for such an address."""

FORMS = (
    "http://public.example@127.0.0.1/",
    "http://127.0.0.1:80@public.example:22/",
    "http://public.example\\@127.0.0.1/",
    "http://127.0.0.1\\.public.example/",
    "http:\\\\127.0.0.1\\",
    "http:///127.0.0.1/",
    "http:127.0.0.1",
    "http://127.0.0.1:22/",
    "http://public.example:6379/",
    "http://public.example:25/",
    "http://[::1]:9200/",
    "file:///dev/null",
    "FILE:///dev/null",
    "gopher://127.0.0.1:70/_",
    "dict://127.0.0.1:11211/",
    "ftp://127.0.0.1/",
    "ldap://127.0.0.1/",
    "data:text/xml,<rss/>",
    "jar:http://127.0.0.1!/",
    "unix:///run/docker.sock",
    "javascript:0",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://",
    "http://%31%32%37.0.0.1/",
    "http://127.0.0.1%00.public.example/",
    "http://127.0.0.1%2f@public.example:70/",
    "http://127.0.0.1\t/",
    " http://127.0.0.1/",
    "http://127.0.0.1\n.public.example/",
    "http://a b/",
    "http://-public.example:1/",
    "http://public..example:81/",
)
"""Whole addresses that hide where they lead, or lead nowhere a feed is."""


def host_of(address: str) -> str:
    """Returns an IP address as it stands in a URL."""
    return f"[{address.replace('%', '%25')}]" if ":" in address else address


class FakeResolver:
    """Resolves every name to the next of `answers`, the last for ever; `asked` lists the names."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers: list[Sequence[str]] = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, _port: int, _seconds: float) -> list[str]:
        """Returns the next answer."""
        self.asked.append(host)
        return list(self._answers[min(len(self.asked), len(self._answers)) - 1])


# ── documents spoilt ────────────────────────────────────────────────────────────────────────────────


_TOKENS = (
    *(b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE x [", b"&#0;", b"&#xFFFF;", b"&#x110000;"),
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"{", b"}", b"[", b'"', b"null", b"NaN", b"-1"),
    *(b"9" * 400, b"\x1b[2J", b"<?xml version='1.0' encoding='x'?>", b"</title>", b"<entry>", b"true"),
    *(b"1e999", "\u202e".encode(), b"\r\n\r\n", b"2024-02-31", b"Sat, 31 Feb 2024"),
)


@dataclass(frozen=True)
class Damage:
    """Spoils documents, always in the same way from the same seed."""

    random: Random = field(default_factory=lambda: Random(13))

    def spoilt(self, document: bytes) -> bytes:
        """Returns the document with one to four things wrong."""
        for _ in range(self.random.choice((1, 1, 2, 4))):
            document = self.random.choice((_flip, _drop, _put_in, _cut, _double, _swap))(
                document, self.random
            )
        return document

    def all_of(self, documents: Sequence[bytes], many: int) -> Iterator[bytes]:
        """Yields so many spoilt documents."""
        for _ in range(many):
            yield self.spoilt(self.random.choice(documents))


def _place(document: bytes, random: Random) -> int:
    return random.randrange(len(document) + 1)


def _flip(document: bytes, random: Random) -> bytes:
    changed = bytearray(document or b"x")
    changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _drop(document: bytes, random: Random) -> bytes:
    at = _place(document, random)
    return document[:at] + document[at + random.choice((1, 8, 200)) :]


def _put_in(document: bytes, random: Random) -> bytes:
    at = _place(document, random)
    return document[:at] + random.choice(_TOKENS) + document[at:]


def _cut(document: bytes, random: Random) -> bytes:
    return document[: _place(document, random)]


def _double(document: bytes, random: Random) -> bytes:
    at = _place(document, random)
    part = document[at : at + random.choice((10, 400))]
    return document[:at] + part * random.choice((2, 20)) + document[at:]


def _swap(document: bytes, random: Random) -> bytes:
    start, other = sorted((_place(document, random), _place(document, random)))
    return document[other:] + document[start:other] + document[:start]
