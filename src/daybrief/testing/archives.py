"""Real archives for tests: with sample editions, with hostile texts in every field, in a PostgreSQL server.

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
from itertools import groupby, product
from pathlib import Path
from typing import Any

import msgspec

from daybrief.adapters.archive import open_archive
from daybrief.model import Edition, Example, Harvest, Item, Link
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
    found = [f"{opener}{markup}" for opener, markup in product(_OPENERS, _MARKUP)]
    found += [f"x{q}{attribute}{end}" for q, attribute, end in product("'\"` ", _ATTRIBUTES, _ENDS)]
    return tuple(dict.fromkeys([*_WHOLE, *found]))[:500]


VECTORS = _made()


def attacked(folder: Path, vectors: tuple[str, ...] = VECTORS) -> Path:
    """An archive that holds each vector in every field of a story, and in sources, runs and examples."""
    path = folder / "attacked.sqlite"
    ids = [category.id for category in taxonomy().category if category.kind != "news"]
    pairs = [(story(one, news=(one.title,)), ids[n % len(ids)]) for n, one in enumerate(map(_item, vectors))]
    made = edition(pairs)
    items = tuple(one for s, _ in pairs for one in s.items)
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
def server(folder: Path) -> Iterator[str]:
    """Start a server whose files lie in `folder`; yields its address, to which a database's name is added."""
    bin_, data = programs(), folder / "postgresql"
    if bin_ is None:
        raise FileNotFoundError("there is no PostgreSQL on this machine")
    data.mkdir()
    rights = _unprivileged(data)
    port = _free_port()
    made = ["-U", ROLE, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run(  # noqa: S603
        [bin_ / "initdb", "-D", data, *made], check=True, capture_output=True, cwd="/", **rights
    )
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
    command: list[str | Path] = [
        bin_ / "postgres",
        "-D",
        data,
        *(part for option in options for part in ("-c", option)),
    ]
    with (
        (data / "log").open("wb") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **rights) as running,  # noqa: S603
    ):
        url = f"postgresql://{ROLE}@127.0.0.1:{port}/"
        try:
            _await(f"{url}postgres", running)
            yield url
        finally:
            running.send_signal(signal.SIGQUIT)  # at once: nothing in it is kept


def _await(url: str, running: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers; raises RuntimeError when it ends instead."""
    import psycopg

    while running.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL ended with {running.returncode}")


def new_database(url: str) -> str:
    """The address of a new, empty database on the server."""
    import psycopg

    name = f"archive_{secrets.token_hex(6)}"
    with psycopg.connect(f"{url}postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{url}{name}"


def _unprivileged(data: Path) -> dict[str, Any]:
    """Who runs the server; root gives the folder, and the way to it, to somebody else."""
    if os.geteuid() != 0:
        return {}
    names = {user.pw_name: user for user in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(data, user.pw_uid, user.pw_gid)
    for parent in data.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o011)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
