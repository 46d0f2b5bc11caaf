"""The web client keeps its promises to servers, to sources and to the operator."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from random import Random

import httpcore2
import pytest

import daybrief
from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.errors import (
    Blocked,
    ConfigError,
    FetchError,
    NotWhatWeAsked,
    RateLimited,
    Refused,
    TooMuch,
    Unavailable,
)
from daybrief.model import Validators
from daybrief.testing import Route, StoppedClock, serve

URL = "https://feeds.example.org/feed.xml"
QUICK = WebSettings(retries=0)


def http_date(seconds: float, *, clock: StoppedClock, skew: float = 0.0) -> str:
    return format_datetime(clock.now() + timedelta(seconds=seconds + skew), usegmt=True)


# ── what we say ─────────────────────────────────────────────────────────────────────────────────────


def test_a_request_says_who_asks_and_nothing_more() -> None:
    """No cookie, no Referer, no encoding but gzip, and a User-Agent one can write to."""
    settings = WebSettings(contact="https://example.org/about")
    cookie = Route("x", headers={"Set-Cookie": "id=1; Path=/"})
    with serve({URL: cookie}, settings=settings) as site:
        site.web.get(URL, accept="application/atom+xml")
        site.web.get(URL)
    first, second = site.requests
    assert first.headers == {
        "host": "feeds.example.org",
        "user-agent": f"daybrief/{daybrief.__version__} (+https://example.org/about)",
        "accept-encoding": "gzip, identity",
        "accept": "application/atom+xml",
    }
    assert second.headers == {**first.headers, "accept": "*/*"}


@pytest.mark.parametrize("contact", ["me\r\nX-Evil: 1", "me (there)", "나", "a\\b"])
def test_a_contact_cannot_break_the_header(contact: str) -> None:
    with pytest.raises(ConfigError):
        WebSettings(contact=contact)


@pytest.mark.parametrize(
    "wrong", [{"timeout_s": 0}, {"budget_s": -1}, {"max_bytes": 0}, {"retries": -1}, {"spacing_s": -0.1}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        WebSettings(**wrong)  # type: ignore[arg-type]


def test_a_proxy_variable_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serve({URL: Route("direct")}) as site:
        assert site.web.get(URL).body == b"direct"


class MeetingNetwork(httpcore2.NetworkBackend):
    """Refuses a connection as soon as so many are sought at one time."""

    def __init__(self, many: int) -> None:
        self._meeting = threading.Barrier(many, timeout=5)

    def connect_tcp(self, host: str, *_: object, **__: object) -> httpcore2.NetworkStream:
        self._meeting.wait()
        raise httpcore2.ConnectError(host)


def test_as_many_hosts_are_asked_at_once_as_threads_ask() -> None:
    hosts = [f"http://h{n}.example/" for n in range(40)]
    network = MeetingNetwork(len(hosts))
    with (
        HttpWeb(QUICK, resolver=lambda *_: ["93.184.216.34"], network=network) as web,
        ThreadPoolExecutor(len(hosts)) as threads,
    ):
        requests = [threads.submit(web.get, host) for host in hosts]
        assert {type(request.exception()) for request in requests} == {Unavailable}


def test_the_answer_says_where_it_came_from() -> None:
    route = Route("é".encode("latin-1"), media_type='Text/HTML; Charset="ISO-8859-1"', etag='"1"')
    with serve({URL: route}) as site:
        answer = site.web.get(URL)
        assert (answer.url, answer.final_url, answer.status) == (URL, URL, 200)
        assert (answer.media_type, answer.charset) == ("text/html", "iso-8859-1")
        assert answer.validators == Validators(etag='"1"')
        assert answer.fetched_at == site.clock.now()


def test_a_post_is_sent_once_as_it_is_and_never_cached(tmp_path: Path) -> None:
    settings = WebSettings(cache_path=tmp_path)
    with serve(
        {URL: Route('{"n": 1}', media_type="application/json", etag='"1"')}, settings=settings
    ) as site:
        for _ in range(2):
            assert site.web.post(URL, b'{"ids": []}', media_type="application/json").body == b'{"n": 1}'
    assert [(r.method, r.body, r.headers["content-type"]) for r in site.requests] == [
        ("POST", b'{"ids": []}', "application/json")
    ] * 2
    assert not any("if-none-match" in r.headers for r in site.requests)


def test_requests_are_counted_by_host_as_they_go_out() -> None:
    with serve({URL: [Route(status=503), Route("x")], "https://b.example/": Route()}) as site:
        site.web.get(URL)
        site.web.get("https://b.example/")
        assert site.web.requests == {"feeds.example.org": 2, "b.example": 1}


# ── conditional requests ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('"a\\"b"', ""),
        ('W/"é-ü"', ""),
        ("unquoted", "yesterday evening"),
        ("", "Sat, 31 Feb 2026 25:61:61 +2500"),
        ('"1"', "Tue, 26 Nov 2024 00:00:00 GMT"),
    ],
)
def test_validators_go_back_byte_for_byte(tmp_path: Path, etag: str, modified: str) -> None:
    settings = WebSettings(cache_path=tmp_path)
    route = Route("<feed/>", media_type="application/atom+xml", etag=etag, last_modified=modified)
    with serve({URL: route}, settings=settings) as site:
        answers = [site.web.get(URL) for _ in range(5)]
    assert [r.headers.get("if-none-match", "") for r in site.requests] == ["", *[etag] * 4]
    assert [r.headers.get("if-modified-since", "") for r in site.requests] == ["", *[modified] * 4]
    assert {(a.status, a.body, a.media_type) for a in answers} == {(200, b"<feed/>", "application/atom+xml")}
    assert answers[-1].fetched_at > answers[0].fetched_at


def test_polls_of_an_unchanged_feed_are_one_full_and_the_rest_conditional(tmp_path: Path) -> None:
    settings = WebSettings(cache_path=tmp_path)
    with serve({URL: Route("x" * 1000, etag='"1"')}, settings=settings) as site:
        for _ in range(50):
            site.web.get(URL)
    assert sum("if-none-match" not in r.headers for r in site.requests) == 1


def test_a_new_answer_replaces_the_stored_one_and_one_without_validators_removes_it(tmp_path: Path) -> None:
    settings = WebSettings(cache_path=tmp_path)
    answers = [Route("1", etag='"1"'), Route("2", etag='"2"'), Route("3"), Route("4")]
    with serve({URL: answers}, settings=settings) as site:
        assert [site.web.get(URL).body for _ in range(4)] == [b"1", b"2", b"3", b"4"]
    assert [r.headers.get("if-none-match") for r in site.requests] == [None, '"1"', '"2"', None]


def test_another_accept_is_another_question(tmp_path: Path) -> None:
    settings = WebSettings(cache_path=tmp_path)
    with serve({URL: Route("1", etag='"1"')}, settings=settings) as site:
        site.web.get(URL, accept="application/json")
        site.web.get(URL, accept="text/html")
    assert "if-none-match" not in site.requests[1].headers


def test_errors_and_cut_bodies_leave_the_stored_answer_in_force(tmp_path: Path) -> None:
    settings = WebSettings(cache_path=tmp_path, retries=0)
    answers = [
        Route("good", etag='"1"'),
        Route("not this", etag='"2"', cut_at=3),
        Route(status=500, etag='"3"'),
        Route("good", etag='"1"'),
    ]
    with serve({URL: answers}, settings=settings) as site:
        assert site.web.get(URL).body == b"good"
        for _ in range(2):
            with pytest.raises(Unavailable):
                site.web.get(URL)
        assert site.web.get(URL).body == b"good"
    assert {r.headers.get("if-none-match") for r in site.requests[1:]} == {'"1"'}


def test_a_stored_answer_larger_than_wanted_is_not_used(tmp_path: Path) -> None:
    with serve({URL: Route("x" * 100, etag='"1"')}, settings=WebSettings(cache_path=tmp_path)) as site:
        site.web.get(URL)
        with pytest.raises(TooMuch):
            site.web.get(URL, max_bytes=99)


def test_an_unasked_304_is_no_answer() -> None:
    with serve({URL: Route(status=304)}) as site, pytest.raises(Refused) as caught:
        site.web.get(URL)
    assert caught.value.status == 304


# ── trying again ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 410, 418, 451])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    with serve({URL: Route(status=status)}) as site, pytest.raises(Refused) as caught:
        site.web.get(URL)
    assert len(site.requests) == 1
    assert (caught.value.status, caught.value.url, caught.value.transient) == (status, URL, False)


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 507])
def test_a_passing_error_is_asked_again_three_times_at_most(status: int) -> None:
    with serve({URL: Route(status=status)}) as site, pytest.raises(Unavailable) as caught:
        site.web.get(URL)
    assert len(site.requests) == 4
    assert caught.value.transient
    assert caught.value.url == URL


@pytest.mark.parametrize(
    "failure",
    [
        Route(status=502),
        Route(raw=b"\r\n\r\n", cut_at=0),
        Route(raw=b"HTTP/1.1 200 OK\r\nContent-Le"),
        Route(raw=b"SSH-2.0-OpenSSH_9.2\r\n"),
        Route("half of it", cut_at=4),
        Route("half of it", cut_at=4, chunked=True),
        Route(raw=b"HTTP/1.1 200 OK\r\nX: " + b"y" * 400_000 + b"\r\n\r\n"),
    ],
    ids=["502", "hung up", "cut header", "no HTTP", "cut body", "cut chunk", "400 kB of headers"],
)
def test_a_success_after_failures_is_a_success(failure: Route) -> None:
    with serve({URL: [failure, failure, Route("at last")]}) as site:
        assert site.web.get(URL).body == b"at last"
    assert len(site.requests) == 3


def test_back_off_grows_and_is_jittered() -> None:
    waits = []
    for seed in range(15):
        clock = StoppedClock()
        with serve({URL: Route(status=500)}, clock=clock, settings=WebSettings(spacing_s=0)) as site:
            web = site.new_web()
            web._random = Random(seed)
            with pytest.raises(Unavailable):
                web.get(URL)
            waits.append(clock.slept)
    spans = [max(w[n] for w in waits) for n in range(3)]
    assert spans[0] <= 1 < spans[1] <= 2 < spans[2] <= 4
    assert len({tuple(w) for w in waits}) == 15


CLOCK = StoppedClock()
SKEWED = {"Date": http_date(7200, clock=CLOCK)}


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "10"}, 10.0),
        ({"Retry-After": " 10 "}, 10.0),
        ({"Retry-After": http_date(10, clock=CLOCK)}, 10.0),
        ({"Retry-After": http_date(10, clock=CLOCK, skew=7200), **SKEWED}, 10.0),
        ({"Retry-After": "5", **SKEWED}, 5.0),
        ({"Retry-After": http_date(-3600, clock=CLOCK)}, 0.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "-10"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({"Retry-After": "Sat, 31 Feb 2026 25:61:61 GMT"}, 0.0),
        ({"Retry-After": ""}, 0.0),
    ],
)
def test_we_come_back_when_the_server_said_and_not_sooner(
    status: int, headers: dict[str, str], wait: float
) -> None:
    clock = StoppedClock()
    settings = WebSettings(spacing_s=0)
    routes = {URL: [Route(status=status, headers=headers), Route("x")]}
    with serve(routes, clock=clock, settings=settings) as site:
        site.web.get(URL)
    (slept,) = clock.slept
    assert wait <= slept <= max(wait, 1.0) + 0.001


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("after", "seconds"),
    [("100", 100), ("3600", 3600), (str(10**12), 31 * 86_400), (http_date(600, clock=CLOCK), 600)],
)
def test_a_wait_beyond_the_budget_is_not_waited_but_told(status: int, after: str, seconds: int) -> None:
    clock = StoppedClock()
    with serve({URL: Route(status=status, headers={"Retry-After": after})}, clock=clock) as site:
        with pytest.raises(RateLimited) as caught:
            site.web.get(URL)
        assert caught.value.retry_at == clock.now() + timedelta(seconds=seconds)
        assert clock.slept == []
        with pytest.raises(RateLimited):  # no other source of the run goes there either
            site.web.get("https://feeds.example.org/other.xml")
        assert len(site.requests) == 1
        clock.advance(seconds)
        with pytest.raises(RateLimited):
            site.web.get(URL)
    assert len(site.requests) >= 2


def test_waiting_for_a_turn_is_not_charged_to_the_request() -> None:
    settings = WebSettings(budget_s=5, spacing_s=60)
    with serve({"*": Route("x")}, settings=settings) as site:
        for _ in range(3):
            assert site.web.get(URL).body == b"x"
        assert site.clock.slept == [60, 60]


def test_other_questions_to_a_closed_host_wait_as_well_when_the_wait_is_short() -> None:
    clock = StoppedClock()
    shut = Route(status=429, headers={"Retry-After": "40"})
    with serve({URL: shut, "*": Route("open")}, clock=clock, settings=WebSettings(spacing_s=0)) as site:
        with pytest.raises(RateLimited):
            site.web.get(URL)
        site.web.get("https://other.example/")
        assert clock.slept == []
        clock.advance(30)
        assert site.web.get("https://feeds.example.org/other.xml").body == b"open"
        assert clock.slept == [10.0]


def test_a_rate_limit_without_a_time_is_tried_politely_then_told() -> None:
    with serve({URL: Route("Rate exceeded.", status=429)}) as site, pytest.raises(RateLimited) as caught:
        site.web.get(URL)
    assert caught.value.retry_at is None
    assert len(site.requests) == 4


def test_ten_percent_of_failures_cost_at_most_a_fifth_more_requests() -> None:
    random = Random(3)
    answers = [Route(status=503 if random.random() < 0.1 else 200) for _ in range(2_000)]
    with serve({URL: answers}, settings=WebSettings(spacing_s=0)) as site:
        for _ in range(500):
            site.web.get(URL)
    assert len(site.requests) / 500 <= 1.2


# ── redirects ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/b", "https://feeds.example.org/b", "b", "?x=1", "//other.example/b"])
def test_redirects_are_followed_each_in_turn(status: int, location: str) -> None:
    hop = Route(status=status, headers={"Location": location})
    with serve({URL: hop, "/b": Route("there"), URL + "?x=1": Route("there")}) as site:
        answer = site.web.get(URL)
        assert (answer.url, answer.final_url, answer.body) == (URL, site.requests[-1].url, b"there")
        assert "referer" not in site.requests[-1].headers


def test_five_hops_are_followed_and_no_more() -> None:
    hops = {f"/{n}": Route(status=302, headers={"Location": f"/{n + 1}"}) for n in range(11)}
    with serve(hops | {"/11": Route("end")}) as site:
        assert site.web.get("https://feeds.example.org/6").body == b"end"
        before = len(site.requests)
        with pytest.raises(TooMuch, match="redirects"):
            site.web.get("https://feeds.example.org/5")
        assert len(site.requests) - before == 6


def test_a_redirect_to_itself_ends() -> None:
    with serve({URL: Route(status=301, headers={"Location": URL})}) as site, pytest.raises(TooMuch):
        site.web.get(URL)
    assert len(site.requests) == 6


def test_no_redirect_leads_from_https_to_http() -> None:
    hop = Route(status=302, headers={"Location": "http://feeds.example.org/b"})
    with (
        serve({URL: hop, "/b": Route("in the clear")}) as site,
        pytest.raises(Blocked, match="https to http"),
    ):
        site.web.get(URL)


def test_an_address_that_is_allowed_is_open_to_whom_asks_for_it_and_not_to_a_stranger_s_redirect() -> None:
    own, other = "http://10.0.0.7:8080", "http://intranet.example"
    hops = {
        URL: Route(status=302, headers={"Location": f"{own}/admin"}),
        "https://feeds.example.org/named": Route(status=302, headers={"Location": f"{other}/"}),
        f"{own}/feed": Route(status=302, headers={"Location": "http://10.0.0.7/feed"}),
        f"{own}/away": Route(status=302, headers={"Location": f"{other}/feed"}),
        f"{other}/*": Route("theirs"),
        "http://10.0.0.7/feed": Route("mine"),
        f"{own}/*": Route("secret"),
    }
    settings = WebSettings(allow=(("10.0.0.7", 8080), ("10.0.0.7", 80), ("intranet.example", 80)))
    with serve(hops, settings=settings) as site:
        assert site.web.get(f"{own}/feed").body == b"mine"
        for stranger in (URL, "https://feeds.example.org/named", f"{own}/away"):
            with pytest.raises(Blocked, match="not led to"):
                site.web.get(stranger)


def test_what_is_posted_is_not_sent_elsewhere() -> None:
    hop = Route(status=307, headers={"Location": "https://other.example/"})
    with serve({URL: hop, "*": Route()}) as site, pytest.raises(Refused):
        site.web.post(URL, b"secret", media_type="text/plain")
    assert len(site.requests) == 1


def test_a_redirect_without_a_target_is_a_refusal() -> None:
    with serve({URL: Route(status=302)}) as site, pytest.raises(Refused):
        site.web.get(URL)


# ── limits ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not(chunked: bool) -> None:
    with serve(
        {"/a": Route(b"x" * 1000, chunked=chunked), "/b": Route(b"x" * 1001, chunked=chunked)}
    ) as site:
        assert len(site.web.get("https://a.example/a", max_bytes=1000).body) == 1000
        with pytest.raises(TooMuch) as caught:
            site.web.get("https://a.example/b", max_bytes=1000)
    assert caught.value.url == "https://a.example/b"
    assert len(site.requests) >= 2


def test_an_announced_size_is_believed_when_it_is_too_much() -> None:
    with (
        serve({URL: Route("x", headers={"Content-Length": str(10**12)})}) as site,
        pytest.raises(TooMuch, match="announced"),
    ):
        site.web.get(URL)


def test_an_endless_body_ends_at_the_limit() -> None:
    with serve({URL: Route(b"x" * 65_536, endless=True)}) as site, pytest.raises(TooMuch):
        site.web.get(URL)


def test_a_huge_error_page_is_not_read() -> None:
    with serve({URL: Route(b"x" * 65_536, endless=True, status=404)}) as site, pytest.raises(Refused):
        site.web.get(URL)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip,br", "compress", "x", "gzip;q=1"])
def test_an_encoding_we_did_not_offer_is_refused(encoding: str) -> None:
    with (
        serve({URL: Route(b"\x0b\x02\x80 no text", headers={"Content-Encoding": encoding})}) as site,
        pytest.raises(NotWhatWeAsked, match="offered"),
    ):
        site.web.get(URL)
    assert len(site.requests) == 1


def test_messages_hold_no_query() -> None:
    """A query may hold a key; messages end up in editions."""
    keyed = "https://api.example.org/v1?key=hunter2"
    failures = [Route(status=404), Route(status=500), Route(status=429), Route(raw=b"nonsense\r\n\r\n")]
    for failure in failures:
        with serve({"*": failure}, settings=QUICK) as site, pytest.raises(FetchError) as caught:
            site.web.get(keyed)
        assert "hunter2" not in caught.value.message + caught.value.hint
        assert caught.value.url == keyed


def test_several_threads_may_ask_and_each_host_is_asked_one_thing_at_a_time() -> None:
    routes = {"*": Route("x" * 50, drip_s=0.001)}
    with serve(routes, settings=WebSettings(spacing_s=0)) as site:
        urls = [f"https://{name}.example/{n}" for n in range(4) for name in "abc"]
        threads = [threading.Thread(target=site.web.get, args=(url,)) for url in urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for host in ("a.example", "b.example", "c.example"):
        seen = sorted((r for r in site.requests if r.host == host), key=lambda r: r.arrived)
        assert len(seen) == 4
        assert all(later.arrived >= sooner.left for sooner, later in itertools.pairwise(seen))


def test_times_are_aware() -> None:
    with serve({URL: Route()}, clock=StoppedClock(datetime(2026, 1, 1, tzinfo=UTC))) as site:
        assert site.web.get(URL).fetched_at == datetime(2026, 1, 1, tzinfo=UTC)
