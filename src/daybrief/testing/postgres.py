"""A real PostgreSQL server for tests: on a free port of loopback, in a folder of its own, gone afterwards.

    with server(tmp_path) as url:  # postgresql://daybrief@127.0.0.1:PORT/
        archive = open_archive(new_database(url))

It uses Debian's programs (`/usr/lib/postgresql/*/bin`) or those on the path. They refuse root, so root starts
them as the user `postgres` or `nobody`.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
