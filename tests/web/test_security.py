"""Which requests the reader answers, which it refuses, and what a refusal says."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import logging
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from daybrief.adapters.archive import open_archive
from daybrief.app.ports import Ports
from daybrief.app.reading import access
from daybrief.config import Settings
from daybrief.errors import ConfigError
from daybrief.testing.archives import kept
from daybrief.testing.editions import DAY, MADE_AT, founding
from daybrief.testing.server import StoppedClock
from daybrief.web import create_app, guard
from daybrief.web.auth import LoginAttempts, Sessions, checked, hashed, matches
from daybrief.web.guard import answered_host, may_change, own_path
from daybrief.web.pages import Access, ReaderServices
from tests.programs import environment
from tests.web.conftest import OTHERS, PATHS, STORY, client_of, services_over

ASKED = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"  # noqa: E501


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", [*PATHS, *OTHERS])
def test_every_answer_carries_every_header(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.headers["content-security-policy"].startswith(ASKED)
    for name, value in guard.HEADERS:
        assert answer.headers[name.decode()] == value.decode()
    assert "cache-control" in answer.headers
    assert "server" not in answer.headers


def test_every_page_is_answered(client: TestClient) -> None:
    assert {path: client.get(path).status_code for path in PATHS if path != "/login"} == dict.fromkeys(
        [path for path in PATHS if path != "/login"], 200
    )


def test_static_files_carry_the_headers_and_never_change(client: TestClient) -> None:
    page = client.get("/").text
    files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert len(files) >= 5
    for path in files:
        answer = client.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-security-policy"] == guard.CSP


def test_no_page_asks_anybody_else_for_anything(client: TestClient) -> None:
    for path in PATHS:
        text = client.get(path).text
        assert not re.findall(r'<(?:link|script|img|iframe|source)[^>]+(?:href|src)="(?:https?:)?//', text)
        assert not re.search(r"<style|\sstyle=|<script(?![^>]+src=)|\son\w+=", text), path


# ── Passwords ──────────────────────────────────────────────────────────────────────────────────────────────

WORD = "correct horse battery"


@pytest.fixture(scope="module")
def stored() -> str:
    return hashed(WORD)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock(MADE_AT)


@pytest.fixture
def locked(services: ReaderServices, stored: str, clock: StoppedClock) -> TestClient:
    access = Access(password=stored)
    return client_of(create_app(msgspec.structs.replace(services, access=access, clock=clock)))


SAME = {"origin": "http://localhost"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org"])
def test_an_address_others_reach_needs_a_password(host: str, tmp_path: Path) -> None:
    settings_ = _serving(host, tmp_path)
    with pytest.raises(ConfigError, match="there is no password"):
        access(Ports(settings_, {}))
    assert access(Ports(settings_, {"DAYBRIEF_PASSWORD": WORD})).password.startswith("$argon2id$")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_a_loopback_host_needs_no_password(host: str, tmp_path: Path) -> None:
    assert access(Ports(_serving(host, tmp_path), {})).password == ""


def _serving(host: str, folder: Path) -> Settings:
    base = Settings(archive=str(folder / "a.sqlite"))
    return msgspec.structs.replace(base, serve=msgspec.structs.replace(base.serve, host=host))


def test_the_command_refuses_to_start_without_a_password(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "daybrief"), "serve", "--host", "0.0.0.0"],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "--set-password" in done.stderr


def test_a_password_is_kept_as_argon2_and_nothing_else_matches(stored: str) -> None:
    assert WORD not in stored
    assert matches(WORD, stored)
    assert not matches(WORD + " ", stored)
    assert hashed(WORD) != stored
    with pytest.raises(ConfigError):
        hashed("short")
    for broken in (
        "",
        "x",
        "scrypt$99999999$8$1$x$y",
        "$argon2id$v=19$m=9999999999,t=3,p=4$AAAA$AAAA",
        stored.replace("argon2id", "plain"),
    ):
        with pytest.raises(ConfigError):
            checked(broken)


def test_a_hash_that_an_earlier_version_kept_still_matches() -> None:
    salt = b"sixteen bytes ok"
    key = hashlib.scrypt(WORD.encode(), salt=salt, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)
    kept = "scrypt$32768$8$1$" + "$".join(base64.b64encode(raw).decode() for raw in (salt, key))
    stored = checked(kept + "\n")
    assert matches(WORD, stored)
    assert not matches(WORD + " ", stored)


def test_no_page_is_read_without_the_password(locked: TestClient) -> None:
    for path in (*PATHS, "/api/search?q=x", "/feeds/atom.xml"):
        if path != "/login":
            answer = locked.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?next=%2F")
            assert locked.get(path, headers={"accept": "*/*"}).status_code == 401
    assert locked.get("/login").status_code == 200


def test_the_right_password_opens_a_new_session(locked: TestClient) -> None:
    locked.cookies.set("session", "chosen-by-an-attacker")
    answer = locked.post("/login", data={"password": WORD, "next": "/calendar"}, headers=SAME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/calendar")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "chosen-by-an-attacker" not in cookie
    locked.cookies.clear()
    token = cookie.split("=", 1)[1].split(";")[0]
    assert locked.get("/", headers={"cookie": f"session={token}"}).status_code == 200
    assert locked.get("/", headers={"cookie": "session=chosen-by-an-attacker"}).status_code in (303, 401)
    again = locked.post("/login", data={"password": WORD}, headers=SAME | {"cookie": f"session={token}"})
    fresh = again.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    assert fresh != token
    assert locked.get("/", headers={"cookie": f"session={token}"}).status_code == 401
    locked.post("/logout", headers=SAME | {"cookie": f"session={fresh}"})
    assert locked.get("/", headers={"cookie": f"session={fresh}"}).status_code == 401


def test_with_https_the_cookie_is_bound_to_this_host(services: ReaderServices, stored: str) -> None:
    app = create_app(msgspec.structs.replace(services, access=Access(password=stored, https=True)))
    answer = client_of(app).post("/login", data={"password": WORD}, headers={"origin": "https://localhost"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_password_may_be_tried_five_times_a_minute(locked: TestClient, clock: StoppedClock) -> None:
    statuses = [locked.post("/login", data={"password": "wrong"}, headers=SAME).status_code for _ in range(7)]
    assert statuses == [403] * 5 + [429] * 2
    assert locked.post("/login", data={"password": WORD}, headers=SAME).status_code == 429
    clock.advance(61)
    assert locked.post("/login", data={"password": WORD}, headers=SAME).status_code == 303


def test_addresses_of_one_network_are_counted_together() -> None:
    tries = LoginAttempts()
    allowed = [tries.take(f"2001:db8::{n:x}", MADE_AT) for n in range(1, 9)]
    assert allowed == [True] * 5 + [False] * 3
    assert tries.take("2001:db8:0:1::1", MADE_AT)
    assert tries.take("2001:db8::1", MADE_AT + timedelta(minutes=2))


def test_a_session_ends_after_thirty_days() -> None:
    sessions = Sessions()
    token = sessions.begin(MADE_AT)
    assert sessions.holds(token, MADE_AT + timedelta(days=29))
    assert not sessions.holds(token, MADE_AT + timedelta(days=31))


def test_a_script_brings_the_password_as_its_token(locked: TestClient) -> None:
    assert locked.get("/about", headers={"authorization": f"Bearer {WORD}"}).status_code == 200
    assert locked.get("/about", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_with_a_password_set_the_browser_stores_no_page(locked: TestClient) -> None:
    for path in PATHS[:-1]:
        answer = locked.get(path, headers={"authorization": f"Bearer {WORD}"})
        assert answer.headers["cache-control"] == "private, no-store"
        assert "etag" not in answer.headers


# ── Pure decisions ────────────────────────────────────────────────────────────────────

NAMES = ("localhost", "127.0.0.1", "[::1]", "brief.example.org")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8710", "127.0.0.1:1", "[::1]:99", "brief.example.org."]
)
def test_a_request_for_one_of_our_host_names_is_answered(host: str) -> None:
    assert answered_host([host], "/x", NAMES)


@pytest.mark.parametrize(
    ("hosts", "target"),
    [
        (["evil.test"], "/"),
        ([], "/"),
        (["localhost", "localhost"], "/"),
        (["localhost", "evil.test"], "/"),
        (["localhost"], "http://evil.test/"),
        (["localhost"], "*"),
        (["localhost@evil.test"], "/"),
        (["localhost:80:80"], "/"),
        (["localhost.evil.test"], "/"),
        (["localhost/evil"], "/"),
        (["localhost\t"], "/"),
        ([""], "/"),
        (["127.1"], "/"),
    ],
)
def test_a_request_for_another_host_name_is_refused(hosts: list[str], target: str) -> None:
    assert not answered_host(hosts, target, NAMES)


SITES = ("", "same-origin", "same-site", "cross-site", "none", "bogus")
ORIGINS = (
    "",
    "null",
    "http://localhost:8710",
    "https://localhost:8710",
    "http://evil.test",
    "http://localhost:1",
)


def test_only_our_own_pages_change_anything() -> None:
    """Every method × Sec-Fetch-Site × Origin × token × cookies."""
    accepted = []
    for method, site, origin, bearer, cookies in itertools.product(
        ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"),
        SITES,
        ORIGINS,
        (False, True),
        (False, True),
    ):
        allowed = may_change(method, site, origin, "localhost:8710", bearer=bearer, cookies=cookies)
        ours = site in ("same-origin", "none") or (not site and origin.endswith("://localhost:8710"))
        assert allowed == (method in ("GET", "HEAD", "OPTIONS") or ours or (bearer and not cookies))
        if allowed and site in ("cross-site", "same-site") and method == "POST" and not bearer:
            accepted.append((method, site, origin))
    assert accepted == []


@pytest.mark.parametrize("path", ["/feedback", "/preferences", "/ask", "/login", "/logout"])
def test_a_forged_form_is_refused(client: TestClient, path: str) -> None:
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {},
    ):
        assert client.post(path, data={"next": "/"}, headers=headers).status_code == 403
    assert (
        client.post(path, data={"lang": "en"}, headers={"sec-fetch-site": "same-origin"}).status_code != 403
    )


@pytest.mark.parametrize(
    "wanted", ["/", "/calendar?year=2024#x", "/search?q=%EB%AA%A8+a", "/story?key=url:a.b/c"]
)
def test_a_path_of_this_site_is_kept(wanted: str) -> None:
    assert own_path(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    ["//evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test", "javascript:x", "%2f%2fevil",
     "/%5cevil.test", "/%2fevil.test", "/\tevil", "/\n/evil.test", "///evil.test", "", "evil",
     "/%252fevil.test",
     "/%09/evil.test", "/x\r\nset-cookie: a=b", "/" + "a" * 5_000, "/%00"],
)  # fmt: skip
def test_an_address_that_leads_elsewhere_becomes_the_front_page(wanted: str, client: TestClient) -> None:
    assert own_path(wanted) == "/"
    answer = client.post("/preferences", data={"lang": "en", "next": wanted}, headers=SAME)
    assert answer.headers["location"] == "/"


@settings(max_examples=300)
@given(
    st.sampled_from(["", "/", "//", "/\\", "/%2f", "/%5C", "/%252f", "/\t/", "https:/"]),
    st.text(alphabet="/\\%.:@abhtps2f5c09\t\n ", max_size=20),
)
def test_any_text_becomes_a_path_of_this_site(start: str, rest: str) -> None:
    path = own_path(start + rest)
    for form in (path, unquote(path), unquote(unquote(path))):
        assert form.startswith("/")
        assert not form.startswith(("//", "/\\"))


# ── Names, failures, tags ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    ["../app.py", "..%2fapp.py", "%2e%2e/app.py", "%2e%2e%2fapp.py", "..\\app.py", "..%5capp.py", "%00",
     "reader.css",
     "reader.css%00.png", "%c0%ae%c0%ae/app.py", "/etc/passwd", "//etc/passwd", "README.md",
     "", ".", "....//app.py"],
)  # fmt: skip
def test_only_names_of_the_table_are_served(client: TestClient, name: str) -> None:
    answer = client.get(f"/static/{name}")
    assert answer.status_code in (404, 307, 400)
    assert "import" not in answer.text
    assert client.post(f"/static/{name}", headers=SAME).status_code in (404, 405, 307)


SECRET = "/srv/secret.sqlite SELECT * FROM editions password=hunter2"


class Broken:
    """A library in which everything fails."""

    taxonomy = None

    def __getattr__(self, name: str) -> object:
        raise RuntimeError(SECRET)

    def mark(self) -> str:
        return "1"

    def of(self, profile: str) -> Broken:
        return self


@pytest.mark.parametrize("path", PATHS)
def test_a_failure_tells_nothing_of_the_inside(
    services: ReaderServices, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> object:
        raise RuntimeError(SECRET)

    broken = msgspec.structs.replace(services, library=Broken(), searcher=Broken(), examples=fails)  # type: ignore[arg-type]
    client = client_of(create_app(broken), raise_server_exceptions=False)
    with caplog.at_level(logging.ERROR, logger="daybrief.reader"):
        for accept in ("text/html", "application/json"):
            answer = client.get(path, headers={"accept": accept})
            if path in ("/", "/calendar", "/runs", "/profiles", "/sources", "/categories"):
                assert answer.status_code == 500
            for leak in ("secret", "SELECT", "hunter2", "Traceback", "RuntimeError", ".py", "site-packages"):
                assert leak not in answer.text
            if answer.status_code == 500:
                assert answer.headers["cache-control"] in ("no-store", "private, no-store")
                reference = re.search(r"[0-9a-f]{12}", answer.text)
                assert reference
                assert any(reference[0] in record.getMessage() for record in caplog.records)


def test_json_and_pages_have_one_shape_each(client: TestClient) -> None:
    answer = client.get("/nothing", headers={"accept": "application/json"}).json()
    assert answer["error"].keys() == {"status", "title", "reference"}
    assert "<html" in client.get("/nothing", headers={"accept": "text/html"}).text


def test_an_entity_tag_stands_for_the_bytes(client: TestClient) -> None:
    for path in PATHS[:-1]:
        first = client.get(path, headers={"accept-encoding": "identity"})
        if "no-store" in first.headers["cache-control"]:
            assert "etag" not in first.headers
            continue
        again = client.get(
            path, headers={"accept-encoding": "identity", "if-none-match": first.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        small = client.get(path, headers={"accept-encoding": "gzip"})
        assert small.headers["etag"] != first.headers["etag"]
        assert small.content == first.content
        assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_one_changed_byte_changes_the_entity_tag(tmp_path: Path) -> None:
    path = kept(tmp_path, founding())
    client = client_of(create_app(services_over(path)))
    page = f"/day/{DAY}/papers"
    first = client.get(page)
    assert client.get(page).headers["etag"] == first.headers["etag"]
    changed = msgspec.structs.replace(founding(), made_by="daybrief 1.1").sealed()
    open_archive(path).save_editions([changed])
    later = client.get(page, headers={"if-none-match": first.headers["etag"]})
    assert later.status_code == 200
    assert "daybrief 1.1" in later.text
    assert later.headers["etag"] != first.headers["etag"]


def test_languages_and_readers_do_not_share_a_page(client: TestClient) -> None:
    korean = client.get("/about")
    client.cookies.set("lang", "en")
    english = client.get("/about")
    assert korean.headers["etag"] != english.headers["etag"]
    assert 'lang="en"' in english.text
    client.cookies.clear()
    assert client.get("/about?lang=en").text.count('<html lang="en"') == 1
    assert client.get("/about").text == korean.text


def test_what_is_compressed_is_the_page(client: TestClient) -> None:
    with client.stream("GET", "/", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw).decode() == client.get("/", headers={"accept-encoding": "identity"}).text


def test_story_of_a_key_with_odd_characters_is_found(client: TestClient) -> None:
    assert client.get("/story", params={"key": STORY}).status_code == 200
    assert client.get("/story", params={"key": "x" * 3_000}).status_code == 404
