"""Headers, methods, failures and languages over every route there is: a new view is in here too."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from daybrief.app import App
from daybrief.config import Settings
from daybrief.sources.feed import syndication
from daybrief.testing.archives import kept
from daybrief.testing.editions import DAY, founding, hostile, news
from daybrief.web import Branch, api, create_app, guard
from daybrief.web.pages import ReaderServices
from tests.web.conftest import STORY, client_of, services_over
from tests.web.test_security import ASKED, SECRET, Broken

FILLED = {
    "day": str(DAY),
    "kind": "papers",
    "category": "llm",
    "id": STORY,
    "name": "reader.css",
    "language": "ko",
    "paper": "2406.09307",
}
PARAMETERS = (
    "q", "page", "most", "profile", "kind", "from", "to", "source", "category", "key", "before", "year",
    "days", "weeks", "lang", "next",
)  # fmt: skip
ORDERS = (
    "'; DROP TABLE editions; --", '" OR ""="', "1); DELETE FROM runs; --", "%' UNION SELECT sql FROM x --",
    "a\x00b", "a\r\nset-cookie: x=1", "9" * 400, "-1", "NaN", "../" * 20, "\u202e\ud7ff", "☃" * 300, "[]",
)  # fmt: skip
SAME = {"origin": "http://localhost"}


def application(services: ReaderServices) -> Any:
    """The reader with its API and every layer around it."""
    return create_app(services, api=lambda pages: api.application(services, pages))


def routes(app: Any) -> list[tuple[str, str]]:
    """Method and path of every route, its places filled."""
    while not isinstance(app, Branch):
        app = app._app
    both = (*app._rest.routes, *_flat(app._once().routes))
    pairs = sorted({(m, filled(r.path)) for r in both for m in (r.methods or ())})
    assert len(pairs) > 30
    return pairs


def _flat(entries: Any) -> Iterator[Any]:
    for route in entries:
        inner = getattr(route, "original_router", None)
        yield from _flat(inner.routes) if inner is not None else (route,)


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda place: FILLED.get(place[1], "x"), path)


def complete(headers: Any) -> bool:
    """Whether an answer says all that every answer must say."""
    policed = headers.get("content-security-policy", "").startswith(ASKED)
    return policed and all(headers.get(n.decode()) == v.decode() for n, v in guard.HEADERS)


def test_every_route_carries_every_header(services: ReaderServices) -> None:
    app = application(services)
    client = client_of(app)
    for method, path in routes(app):
        for headers in ({}, SAME, {"origin": "http://evil.test"}, {"host": "evil.test"}):
            answer = client.request(method, path, headers=headers)
            assert complete(answer.headers), (method, path, answer.status_code)


def test_refusals_of_every_kind_carry_every_header(services: ReaderServices) -> None:
    client = client_of(application(services))
    refusals = {
        413: client.post("/feedback", content=b"a" * 70_000, headers=SAME),
        431: client.get("/", headers={"x": "a" * 20_000}),
        421: client.get("/", headers={"host": "evil.test"}),
        405: client.request("BREW", "/"),
        403: client.post("/feedback"),
        404: client.get("/nothing"),
        422: client.get("/search?page=0"),
        301: client.get(f"/{DAY}/papers.html"),
    }
    assert {status: answer.status_code for status, answer in refusals.items()} == {
        status: status for status in refusals
    }
    assert all(complete(answer.headers) for answer in refusals.values())


def test_no_parameter_of_any_route_reaches_the_archive(tmp_path: Path) -> None:
    """Every order in every parameter of every route: nothing is written, nothing breaks."""
    path = kept(tmp_path, founding(), news())
    asker = App(Settings(archive=str(path))).asker()
    app = application(services_over(path, ask=lambda question, _profile: asker.ask(question)))
    client = client_of(app, raise_server_exceptions=False)
    before = _rows(path)
    for method, where in routes(app):
        if method not in ("GET", "POST"):
            continue
        for order in ORDERS:
            given = dict.fromkeys(PARAMETERS, order)
            answer = (
                client.get(where, params=given)
                if method == "GET"
                else client.post(where, data=given, headers=SAME)
            )
            assert answer.status_code < 500, (method, where, order, answer.status_code)
    assert _rows(path) == before


def _rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    import sqlite3

    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as archive:
        names = [row[0] for row in archive.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: archive.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    archive.close()
    return tables


def test_a_failure_in_any_view_tells_nothing(
    services: ReaderServices, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> object:
        raise RuntimeError(SECRET)

    broken = msgspec.structs.replace(
        services,
        library=Broken(),
        searcher=Broken(),
        examples=fails,
        ask=fails,
        learned=fails,
        profiles=("me",),
    )  # type: ignore[arg-type]
    app = application(broken)
    client = TestClient(
        app, base_url="http://localhost", follow_redirects=False, raise_server_exceptions=False
    )
    failed = set()
    for method, path in routes(app):
        given = {"q": "x", "key": STORY, "liked": "true"}
        with caplog.at_level(logging.ERROR, logger="daybrief.reader"):
            address = path if method == "POST" else f"{path}?q=x&key={STORY}"
            sent = {"json": given} if path.startswith("/api") else {"data": given}
            answer = client.request(method, address, headers=SAME, **(sent if method == "POST" else {}))  # type: ignore[arg-type]
        assert complete(answer.headers), (method, path)
        for leak in ("secret", "SELECT", "hunter2", "Traceback", "RuntimeError", ".py", "site-packages"):
            assert leak not in answer.text, (method, path)
        if answer.status_code == 500:
            failed.add(path)
    assert len(failed) >= 20


@pytest.mark.parametrize("edition", [founding(), founding("en"), hostile(), news()], ids=range(4))
def test_our_own_collector_reads_the_same_out_of_all_three_feeds(edition: Any, tmp_path: Path) -> None:
    client = client_of(create_app(services_over(kept(tmp_path, edition))))
    read = {
        name: syndication.read(client.get(f"/feeds/{name}").content, address=f"http://localhost/feeds/{name}")
        for name in ("atom.xml", "feed.xml", "feed.json")
    }
    contents = {
        tuple((entry.title, entry.address, entry.published) for entry in feed.entries)
        for feed in read.values()
    }
    assert all(feed.whole and len(feed.entries) == 1 for feed in read.values())
    assert len(contents) == 1, contents
    texts = {" ".join(feed.entries[0].text.split())[:2_000] for feed in read.values()}
    assert len(texts) == 1
    assert len(texts.pop()) > 100


def test_the_first_page_needs_no_part_of_the_api(tmp_path: Path) -> None:
    """FastAPI, pydantic and the parts that answer questions take half a second to load."""
    code = (
        "import sys; from pathlib import Path; from starlette.testclient import TestClient; "
        "from daybrief.app import App; from daybrief.config import Settings; "
        f"app = App(Settings(archive={str(kept(tmp_path, founding()))!r}), {{}}).reader(); "
        "client = TestClient(app, base_url='http://localhost'); "
        "heavy = {'fastapi', 'pydantic', 'opentelemetry', 'daybrief.ask'}; "
        "print(client.get('/').status_code, heavy & sys.modules.keys(), client.get('/api/runs').status_code)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "200 set() 200\n"


READ_AS = [
    ("/day/2024-11-26", 200),
    ("/day/26-11-2024", 422),
    ("/day/2024-11-26/papers", 200),
    ("/day/2024-11-26/poems", 422),
    ("/exposure?days=7", 200),
    ("/exposure?days=seven", 422),
    ("/exposure?days=", 422),
    ("/exposure?kind=poems", 422),
    ("/runs?before=5", 200),
    ("/runs?before=null", 422),
    ("/search?q=null&page=1", 200),
    ("/search?q=a&page=1.5", 422),
    ("/search?q=a&request=x", 200),
    ("/search?q=a&page=9&page=1", 200),
    ("/category/agents?before=2024-11-26", 200),
    ("/category/agents?before=today", 422),
]


@pytest.mark.parametrize(("address", "status"), READ_AS)
def test_a_parameter_is_read_as_its_type_or_refused(client: TestClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status
    assert client.head(address).status_code == status


@pytest.mark.parametrize("address", [address for address, status in READ_AS if status == 422])
def test_a_value_that_makes_no_sense_is_named_with_its_parameter(client: TestClient, address: str) -> None:
    page, answer = client.get(address), client.get(address, headers={"accept": "application/json"})
    named = answer.json()["error"]["named"]
    name, _, value = named.partition(" = ")
    assert f"{name}={value}" in address or value in address.split("/")
    assert f"<code>{named}</code>" in page.text.replace(" </code>", "</code>")


def test_a_value_that_makes_no_sense_is_no_markup(client: TestClient) -> None:
    hostile = client.get(
        "/search", params={"q": "a", "page": "<script>alert(1)</script>\u202e" + "x" * 9_000}
    )
    assert hostile.status_code == 422
    assert "<script>alert" not in hostile.text
    assert "\u202e" not in hostile.text
    (named,) = re.findall(r"<code>(page = .*?)</code>", hostile.text)
    assert len(named) < 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"lang": "en", "next": "/about"}}, 303),
        ({"data": {"lang": "", "next": ""}}, 303),
        ({"files": {"lang": ("a", b"b")}}, 422),
        ({"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 400),
        ({"json": {"lang": "en"}}, 303),
    ],
)
def test_a_form_is_read_field_by_field_or_refused(client: TestClient, sent: Any, status: int) -> None:
    headers = SAME | sent.pop("headers", {})
    assert client.post("/preferences", headers=headers, **sent).status_code == status
