"""The reader over a real archive: asked in this process, and over loopback as strangers ask it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from daybrief.adapters.archive import open_archive, open_view
from daybrief.library import Library
from daybrief.search import ArchiveSearcher
from daybrief.testing.archives import kept
from daybrief.testing.editions import DAY, MADE_AT, founding, hostile, news, quiet, taxonomy
from daybrief.testing.server import StoppedClock
from daybrief.web import create_app, server_of
from daybrief.web.guard import App
from daybrief.web.pages import ReaderServices

STORY = "arxiv:2411.15124"
PATHS = (
    "/", f"/day/{DAY}", f"/day/{DAY}/papers", f"/day/{DAY}/news", f"/day/{DAY}/papers/ledger", "/calendar",
    f"/story?key={STORY}", "/categories", "/category/llm", "/search", "/search?q=model",
    "/search?q=%EB%AA%A8%EB%8D%B8&kind=claim",
    "/ask", "/profiles", "/sources", "/exposure", "/exposure?kind=news&days=7", "/labs", "/labs/fairness",
    "/runs", "/about", "/login",
)  # fmt: skip
OTHERS = (
    "/feeds/atom.xml", "/feeds/feed.xml", "/feeds/feed.json", "/manifest.webmanifest", "/favicon.ico",
    "/robots.txt", "/nothing", "/story", "/story?key=no", "/search?page=1000000000", "/runs?before=0",
    f"/{DAY}/papers.html",
    "/index.html", "/static/nothing", "/day/2024-13-01", "/day/1999-01-01/papers", "/api/nothing",
)  # fmt: skip


@pytest.fixture(scope="session")
def archive_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four days: an earlier one of hostile titles, a quiet one, and the founding day with news."""
    folder = tmp_path_factory.mktemp("reader")
    before, quieter = DAY - timedelta(days=9), DAY - timedelta(days=1)
    return kept(folder, hostile(day=before), quiet(day=quieter), founding(), news())


def services_over(path: Path, **fields: object) -> ReaderServices:
    """Reader services over an archive, with a clock that stands."""
    archive = open_archive(path)
    searcher = ArchiveSearcher(path.with_name(f"{path.stem}.search"))
    searcher.sync(archive)
    return ReaderServices(
        **{  # type: ignore[arg-type]
            "library": Library(open_view(path), searcher, taxonomy()),
            "searcher": searcher,
            "examples": archive.of,
            "clock": StoppedClock(MADE_AT),
            "keep_up": lambda: searcher.sync(archive),
            **fields,
        }
    )


@pytest.fixture(scope="session")
def services(archive_file: Path) -> ReaderServices:
    return services_over(archive_file)


def client_of(app: App, **fields: object) -> TestClient:
    return TestClient(app, base_url="http://localhost", follow_redirects=False, **fields)  # type: ignore[arg-type]


@pytest.fixture
def client(services: ReaderServices) -> TestClient:
    return client_of(create_app(services))


@contextmanager
def serving(app: App) -> Iterator[int]:
    """A real server on loopback; its port."""
    server = server_of(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def port(services: ReaderServices) -> Iterator[int]:
    with serving(create_app(services)) as number:
        yield number


Opener = Callable[..., ReaderServices]
