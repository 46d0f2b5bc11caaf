"""Real archives for tests: with sample editions, with hostile texts in every field, in a PostgreSQL server;
and the contract of an archive's outbox.

    from daybrief.testing.archives import VECTORS, attacked, kept, server
    from daybrief.testing.editions import founding

    path = kept(tmp_path, founding())
    found = App(Settings(archive=str(path))).search("retrieval")

    with server(tmp_path) as url:  # postgresql://daybrief@127.0.0.1:PORT/
        archive = open_archive(new_database(url))

Each of `VECTORS` calls `canary()` if a page takes it for more than text (after OWASP's and PortSwigger's
sheets).

The server runs on a free port of loopback, in a folder of its own, gone afterwards. It is Debian's program
(`/usr/lib/postgresql/*/bin`) or that on the path. It refuses root, so root starts it as the user `postgres`
or `nobody`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, product
from pathlib import Path
from typing import Any

import msgspec

from daybrief.adapters.archive import open_archive
from daybrief.adapters.archive.words import DatabaseIndex
from daybrief.model import Edition, Example, Harvest, Item, Link, Message
from daybrief.ports import Archive, ArchiveView
from daybrief.testing.editions import MADE_AT, edition, item, story, taxonomy

NAME = "archive.sqlite"


def kept(folder: Path, *editions: Edition, more: Sequence[Item] = ()) -> Path:
    """The path of an archive with these editions; `more` are items that the first day's edition left out."""
    path = folder / NAME
    archive = open_archive(path)
    extra = tuple(more)
    for _, same in groupby(editions, key=lambda edition: edition.window.day):
        days = list(same)
        items = [item for edition in days for story in edition.stories for item in story.items]
        archive.save_harvests(days[0].window, _harvests([*items, *extra]))
        archive.save_editions(days)
        run = archive.begin(days[0].window.day, days[0].made_at)
        archive.end(run, days[0].made_at, "complete", "", {"collect": 0.5})
        extra = ()
    return path


def _harvests(items: Sequence[Item]) -> tuple[Harvest, ...]:
    sources = dict.fromkeys(item.source for item in items)
    return tuple(
        Harvest(source=name, state="fresh", items=tuple(item for item in items if item.source == name))
        for name in sources
    )


# ── hostile texts ───────────────────────────────────────────────────────────────────────────────────


_OPENERS = (
    *("", '"', "'", '">', "'>", "</title>", "</script>", "</style>", "</textarea>", "-->", "]]>", "</bdi>"),
    *("`>", '\\">', "</svg>", "</option></select>"),
)
_MARKUP = (
    "<script>canary()</script>",
    "<img src=x onerror=canary()>",
    "<svg onload=canary()>",
    "<svg><script>canary()</script></svg>",
    "<body onload=canary()>",
    "<details open ontoggle=canary()>",
    "<input autofocus onfocus=canary()>",
    "<iframe srcdoc='<script>parent.canary()</script>'>",
    "<a href=javascript:canary() autofocus onfocus=canary()>x</a>",
    "<math><mtext><script>canary()</script></mtext></math>",
    "<video><source onerror=canary()></video>",
    "<style>@import 'javascript:canary()'</style>",
    "<object data=javascript:canary()></object>",
    "<form action=javascript:canary()><button autofocus onfocus=canary()>",
    "<marquee onstart=canary()>",
    "<template><script>canary()</script></template>",
    "<ScRiPt>canary()</sCrIpT>",
    "<img/src=x/onerror=canary()>",
    "<scr\x00ipt>canary()</script>",
    "\uff1cscript\uff1ecanary()\uff1c/script\uff1e",
)
_ATTRIBUTES = (
    " onmouseover=canary() ",
    " autofocus onfocus=canary() x=",
    " style=animation-name:x onanimationstart=canary() ",
    " hx-on:load=canary() ",
    " hx-on::load=canary() hx-get=/ hx-trigger=load ",
)
_WHOLE = (
    "javascript:canary()",
    "JaVaScRiPt:canary()",
    "java\tscript:canary()",
    "data:text/html,<script>canary()</script>",
    "vbscript:canary()",
    "{{canary()}}",
    "{% raw %}{{ canary() }}",
    "${canary()}",
    "#{canary()}",
    "<%= canary() %>",
    "&lt;script&gt;canary()&lt;/script&gt;",
    "&#60;script&#62;canary()&#60;/script&#62;",
    "%3Cscript%3Ecanary()%3C/script%3E",
    "\\u003cscript\\u003ecanary()\\u003c/script\\u003e",
    "\u202e<script>canary()</script>",
    "+ADw-script+AD4-canary()+ADw-/script+AD4-",
    "<",
    "<!--",
    "<![CDATA[",
    "';canary();//",
    '";canary();//',
    "`;canary();`",
    'x" hx-get="/" hx-trigger="load',
)
_ENDS = ("", "y", "'", '"', ">", "/>", "//", "<!--")


def _made() -> tuple[str, ...]:
    vectors = [f"{opener}{markup}" for opener, markup in product(_OPENERS, _MARKUP)]
    vectors += [f"x{q}{attribute}{end}" for q, attribute, end in product("'\"` ", _ATTRIBUTES, _ENDS)]
    return tuple(dict.fromkeys([*_WHOLE, *vectors]))[:500]


VECTORS = _made()


def attacked(folder: Path, vectors: tuple[str, ...] = VECTORS) -> Path:
    """An archive that holds each vector in every field of a story, and in sources, runs and examples."""
    path = folder / "attacked.sqlite"
    ids = [category.id for category in taxonomy().category if category.kind != "news"]
    pairs = [
        (story(item, news=(item.title,)), ids[n % len(ids)]) for n, item in enumerate(map(_item, vectors))
    ]
    made = edition(pairs)
    items = tuple(item for s, _ in pairs for item in s.items)
    clean = [vector.replace("\x00", " ") for vector in vectors]
    reports = tuple(
        msgspec.structs.replace(report, source=clean[n], error=clean[n + 9], hint=clean[n + 19])
        for n, report in enumerate(made.sources)
    )
    made = msgspec.structs.replace(made, sources=reports).sealed()
    archive = open_archive(path)
    harvests = [Harvest(source="arxiv", state="fresh", items=items)]
    harvests += [Harvest(source=v, state="failed", error=v, hint=v) for v in clean[:100:10]]
    archive.save_harvests(made.window, harvests)
    archive.save_editions([made])
    for vector in clean[:60]:
        run = archive.begin(made.window.day, MADE_AT)
        archive.end(run, MADE_AT, vector, vector, {vector: 1.0})
    archive.save_examples(
        [Example(key=v, liked=bool(n % 2), title=v, added_at=MADE_AT) for n, v in enumerate(clean[:100])]
    )
    return path


def _item(vector: str) -> Item:
    number = VECTORS.index(vector) + 1 if vector in VECTORS else len(vector)
    return item(
        number,
        vector,
        f"{vector} is shown. {vector} is found. It holds.",
        url=vector,
        links=(Link(rel=vector, url=vector),),
        authors=(vector, vector),
        venue=vector,
        tldr=vector,
        tags=(vector,),
    )


# ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────────


ROLE = "daybrief"


def programs() -> Path | None:
    """The folder of initdb and postgres; None where there is no PostgreSQL."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return debian[-1].parent if debian else Path(named).parent if named else None


@contextmanager
def server(folder: Path, of: Path | None = None) -> Iterator[str]:
    """Start a server whose files lie in `folder`; yields its address, to which a database's name is added.

    `of` is the folder of its programs, by default that of `programs()`. Raises FileNotFoundError where there
    are none, RuntimeError when the server's folder cannot be made.
    """
    bin_, data = of or programs(), folder / "postgresql"
    if bin_ is None:
        raise FileNotFoundError("there is no PostgreSQL on this machine")
    data.mkdir()
    rights = _unprivileged(data, bin_)
    made = ["-U", ROLE, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    initialised = subprocess.run(  # noqa: S603
        [bin_ / "initdb", "-D", data, *made], check=False, capture_output=True, text=True, cwd="/", **rights
    )
    if initialised.returncode:
        raise RuntimeError(f"initdb ended with {initialised.returncode}: {initialised.stderr.strip()[-300:]}")
    running, url = _start(bin_ / "postgres", data, rights)
    with running:
        try:
            yield url
        finally:
            running.send_signal(signal.SIGQUIT)  # at once: nothing in it is kept


_STARTS = 3  # a port that was free may be taken before the server has it


def _start(program: Path, data: Path, rights: dict[str, Any]) -> tuple[subprocess.Popen[bytes], str]:
    """Start the server of a folder, and wait until it answers; raises RuntimeError with its last words."""
    for _ in range(_STARTS):
        port = _free_port()
        options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
        command = [str(program), "-D", str(data), *(part for option in options for part in ("-c", option))]
        with (data / "log").open("wb") as log:
            running = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **rights)  # noqa: S603
        url = f"postgresql://{ROLE}@127.0.0.1:{port}/"
        if _answers(f"{url}postgres", running):
            return running, url
    last = (data / "log").read_text(encoding="utf-8", errors="replace").strip()[-500:]
    raise RuntimeError(f"PostgreSQL ended with {running.returncode}: {last}")


def _answers(url: str, running: subprocess.Popen[bytes]) -> bool:
    """Wait until the server answers; False when it ends instead."""
    import psycopg

    while running.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def new_database(url: str) -> str:
    """The address of a new, empty database on the server."""
    import psycopg

    name = f"archive_{secrets.token_hex(6)}"
    with psycopg.connect(f"{url}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{url}{name}"


def index_at(url: str, profile: str = "") -> DatabaseIndex:
    """The index of words in the database of the archive at an address, made when it is not there."""
    index = DatabaseIndex(open_archive(url).database.dialect, profile)
    index.make()
    return index


def _unprivileged(data: Path, bin_: Path) -> dict[str, Any]:
    """The account that runs the server; root gives the folder, and the way to it and the programs, to
    another.
    """
    if os.geteuid() != 0:
        return {}
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(data, user.pw_uid, user.pw_gid)
    for parent in (*data.parents, *bin_.resolve().parents):
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o011)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ── the contract of an outbox: each message once, in its place, with what became of it ──────────────────


DAY = date(2024, 11, 26)
NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)
NOW = datetime(2024, 11, 26, 9, tzinfo=UTC)


def message_of(**changes: Any) -> Message:
    """A message of the day, with some fields changed."""
    message = Message(
        day=DAY,
        channel="email",
        recipient="reader@example.org",
        edition="papers",
        digest="d",
        key="k",
        body=b"Hello",
        media_type="message/rfc822",
    )
    return msgspec.structs.replace(message, **changes)


class OutboxContract:
    """The promises of the outbox of every archive."""

    def test_a_message_is_queued_once_and_goes_from_ready_to_sent(self, archive: Archive) -> None:
        outbox, message = archive.outbox(), message_of()
        assert outbox.put([message, message], NOW) == 1
        assert outbox.put([message], NOW) == 0
        (row,) = outbox.ready()
        outbox.mark(row.id, "sending", NOW, attempt=True)
        assert archive.of("other").outbox().recover((), NOW) == ()
        (left,) = outbox.recover((), NOW)
        assert (left.state, left.attempts) == ("uncertain", 1)
        outbox.mark(row.id, "sent", NOW)
        assert outbox.open() == ()
        sent = outbox.get(row.id)
        assert sent is not None
        assert sent.message == msgspec.structs.replace(message, body=b"")
        assert outbox.put([message], NOW, again=True) == 1
        assert [queued.state for queued in outbox.of_day(DAY)] == ["ready"]

    def test_a_recipient_who_was_told_of_one_edition_is_sent_no_other_unless_asked(
        self, archive: Archive
    ) -> None:
        outbox = archive.outbox()
        assert outbox.put([message_of()], NOW) == 1
        changed = message_of(digest="e", key="k2")
        assert outbox.put([changed], NOW) == 0
        elsewhere = (
            message_of(digest="e", key="k3", recipient="other@example.org"),
            message_of(digest="e", key="k4", channel="slack"),
            message_of(digest="e", key="k5", edition="news"),
            message_of(digest="e", key="k6", day=NEXT),
        )
        assert outbox.put(elsewhere, NOW) == 4
        assert archive.of("other").outbox().put([message_of(digest="e", key="k7")], NOW) == 1
        assert outbox.put([changed], NOW, again=True) == 1
        assert outbox.put([message_of(digest="e", key="k8")], NOW) == 1, (
            "the newest edition is the one told of"
        )
        assert outbox.put([message_of(key="k9")], NOW) == 0

    def test_what_comes_late_is_for_those_who_were_told_of_the_edition(self, archive: Archive) -> None:
        outbox = archive.outbox()
        assert outbox.put([message_of(digest="e", key="k2")], NOW, late=True) == 0
        assert outbox.put([message_of()], NOW) == 1
        late = [message_of(digest="e", key=key) for key in ("k2", "k3")]
        assert outbox.put(late, NOW, late=True) == 2, "the parts of one message share a place"
        assert [row.message.key for row in outbox.of_day(DAY)] == ["k", "k2", "k3"]

    def test_a_row_of_the_outbox_keeps_its_error_its_attempts_and_its_times(self, archive: Archive) -> None:
        outbox = archive.outbox()
        outbox.put([message_of()], NOW)
        (row,) = outbox.ready()
        assert (row.state, row.attempts, row.error) == ("ready", 0, "")
        assert (row.created_at, row.changed_at, row.message) == (NOW, NOW, message_of())
        later = NOW + timedelta(minutes=5)
        outbox.mark(row.id, "failed", later, "refused", attempt=True)
        outbox.mark(row.id, "failed", later, "refused again", attempt=True)
        failed = outbox.get(row.id)
        assert failed is not None
        assert (failed.state, failed.attempts, failed.error) == ("failed", 2, "refused again")
        assert (failed.created_at, failed.changed_at, failed.message.body) == (NOW, later, b"Hello")
        assert (outbox.ready(), outbox.open(), outbox.of_day(DAY)) == ((), (failed,), (failed,))
        assert outbox.put([message_of(body=b"Anew")], later, again=True) == 1
        (anew,) = outbox.ready()
        assert (anew.id, anew.attempts, anew.error, anew.changed_at) == (row.id, 0, "", later)
        assert anew.message.body == b"Anew"
        assert outbox.get(row.id + 1) is None

    def test_what_a_dead_program_was_sending_is_ready_where_it_may_be_sent_twice(
        self, archive: Archive
    ) -> None:
        outbox = archive.outbox()
        messages = [message_of(key=name, channel=name, recipient=name) for name in ("slack", "email", "push")]
        assert outbox.put(messages, NOW) == 3
        for row in outbox.ready()[:2]:
            outbox.mark(row.id, "sending", NOW)
        later = NOW + timedelta(hours=1)
        recovered = outbox.recover({"slack"}, later)
        assert [(row.message.channel, row.state) for row in recovered] == [
            ("slack", "ready"),
            ("email", "uncertain"),
        ]
        assert {row.error for row in recovered} == {"the program ended while this was being sent"}
        assert {row.changed_at for row in recovered} == {later}
        assert [row.state for row in outbox.of_day(DAY)] == ["ready", "uncertain", "ready"]
        assert outbox.recover({"slack"}, later) == ()

    def test_the_outbox_lists_and_settles_the_messages_of_its_own_profile(self, archive: Archive) -> None:
        ours, theirs = archive.outbox(), archive.of("other").outbox()
        for number, box in enumerate((ours, ours, theirs)):
            place = {"key": f"k{number}", "recipient": f"{number}@example.org"}
            assert box.put([message_of(**place)], NOW + timedelta(hours=number)) == 1
        first, second = ours.ready()
        (other,) = theirs.ready()
        ours.mark(second.id, "sent", NOW)
        assert [row.state for row in ours.of_day(DAY)] == ["ready", "sent"]
        assert (ours.get(other.id), theirs.get(first.id)) == (None, None)
        assert (ours.open(), theirs.open(), theirs.of_day(DAY)) == ((first,), (other,), (other,))
        assert ours.of_day(NEXT) == ()
        theirs.mark(other.id, "sending", NOW)
        assert ours.recover({"email"}, NOW) == ()
        assert [row.state for row in theirs.of_day(DAY)] == ["sending"]
        assert [row.message.key for row in ours.of_day(DAY)] == ["k0", "k1"]
        assert archive.check() == ()

    def test_a_message_put_again_goes_out_anew_with_nothing_left_of_its_first_journey(
        self, archive: Archive
    ) -> None:
        outbox, later = archive.outbox(), NOW + timedelta(hours=1)
        outbox.put([message_of()], NOW)
        (row,) = outbox.ready()
        outbox.mark(row.id, "sent", NOW, "slow", attempt=True)
        sent = outbox.get(row.id)
        assert sent is not None
        assert (sent.state, sent.attempts, sent.message.body) == ("sent", 1, b"")
        assert outbox.put([message_of(body=b"Two")], later, again=True) == 1
        anew = outbox.get(row.id)
        assert anew is not None
        assert (anew.state, anew.attempts, anew.error) == ("ready", 0, "")
        assert (anew.created_at, anew.changed_at, anew.message.body) == (NOW, later, b"Two")
        assert archive.check() == ()


class ReadThroughView:
    """`ports.Archive` that is written as an archive, and read through a view of the same place."""

    def __init__(self, archive: Archive, view: ArchiveView) -> None:
        self._archive = archive
        self._view = view

    def of(self, profile: str) -> ReadThroughView:
        """The same as another profile sees it."""
        return ReadThroughView(self._archive.of(profile), self._view.of(profile))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view if name in vars(ArchiveView) else self._archive, name)


def writes_offered(view: ArchiveView) -> list[str]:
    """The calls of an archive that a view should not have."""
    return [name for name in vars(Archive) if name not in vars(ArchiveView) and hasattr(view, name)]
