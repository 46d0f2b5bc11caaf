"""A site's robots.txt is obeyed (RFC 9309) on pages that are written for readers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from daybrief.adapters.network import robots_rules
from daybrief.adapters.web import WebSettings
from daybrief.errors import DaybriefError, Disallowed, TooMuch, Unavailable
from daybrief.testing import Route, Site, serve

SITE = "https://news.example.org"
OTHER = "https://other.example.org"
QUICK = WebSettings(retries=0, spacing_s=0)
PAGE = Route("<p>A page.</p>", media_type="text/html")


def rules(text: str | bytes) -> Route:
    return Route(text, media_type="text/plain")


def requested(site: Site) -> list[str]:
    return [request.url for request in site.requests]


# ── whom a file speaks to ───────────────────────────────────────────────────────────────────────────

ALL = "User-agent: *\nDisallow: /private/\nAllow: /private/open/\n"
OURS = "User-agent: daybrief\nDisallow: /\n"
THEIRS = "User-agent: otherbot\nDisallow: /\n"


@pytest.mark.parametrize(
    ("text", "path", "is_open"),
    [
        ("", "/a", True),
        (ALL, "/a", True),
        (ALL, "/private/a", False),
        (ALL, "/private/open/a", True),  # the longest rule counts
        (ALL.replace("\n", "\r\n"), "/private/a", False),
        ("\ufeff" + ALL, "/private/a", False),
        ("# all of it\n" + ALL.replace("/private/\n", "/private/ # a word\n", 1), "/private/a", False),
        (OURS, "/a", False),
        (OURS.replace("daybrief", "DayBrief/2.0"), "/a", False),
        (THEIRS, "/a", True),
        (THEIRS.replace("otherbot", "daybriefer"), "/a", True),
        (THEIRS.replace("otherbot", "day"), "/a", True),
        (THEIRS + ALL, "/private/a", False),
        (ALL + "\n" + OURS.replace("/\n", "/b\n"), "/private/a", True),  # a group of our own is the only one
        ("User-agent: otherbot\nUser-agent: *\nDisallow: /\n", "/a", False),
        ("User-agent: otherbot\nUser-agent: daybrief\nDisallow: /\n", "/a", False),
        ("User-agent: *\nDisallow:\n", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/a.pdf.html", True),
        ("User-agent: *\nDisallow: /*?print=\n", "/a?print=1", False),
        ("User-agent: *\nDisallow: /caf%C3%A9\n", "/café", False),
        ("<html><body>Not found</body></html>", "/a", True),
    ],
)
def test_the_rules_for_us_or_for_everybody_decide(text: str, path: str, is_open: bool) -> None:
    with serve({f"{SITE}/robots.txt": rules(text.encode()), "*": PAGE}, settings=QUICK) as site:
        if is_open:
            assert site.web.get(f"{SITE}{path}", robots=True).body
        else:
            with pytest.raises(Disallowed, match=r"robots\.txt"):
                site.web.get(f"{SITE}{path}", robots=True)
    assert len(requested(site)) == (2 if is_open else 1), "a page that is forbidden is not asked for"


def test_feeds_and_interfaces_are_made_for_programs() -> None:
    with serve({f"{SITE}/robots.txt": rules(OURS), "*": PAGE}, settings=QUICK) as site:
        site.web.get(f"{SITE}/feed.xml")
    assert requested(site) == [f"{SITE}/feed.xml"]


# ── how often, and where a redirect leads ───────────────────────────────────────────────────────────


def test_a_site_is_asked_once_however_many_pages_are_read_at_once() -> None:
    with (
        serve({f"{SITE}/robots.txt": rules(ALL), "*": PAGE}, settings=QUICK) as site,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(lambda n: site.web.get(f"{SITE}/{n}", robots=True), range(8)))
    assert requested(site).count(f"{SITE}/robots.txt") == 1
    assert len(requested(site)) == 9


def test_a_redirect_leads_to_no_page_that_is_forbidden_on_another_site() -> None:
    routes = {
        f"{SITE}/a": Route(status=302, headers={"Location": f"{OTHER}/a"}),
        f"{OTHER}/robots.txt": rules(OURS),
        f"{OTHER}/*": PAGE,
    }
    with serve(routes, settings=QUICK) as site, pytest.raises(Disallowed):
        site.web.get(f"{SITE}/a", robots=True)
    assert requested(site) == [f"{SITE}/robots.txt", f"{SITE}/a", f"{OTHER}/robots.txt"]


def test_a_robots_txt_that_moved_is_followed() -> None:
    moved = Route(status=301, headers={"Location": f"{OTHER}/robots.txt"})
    routes = {f"{SITE}/robots.txt": moved, f"{OTHER}/robots.txt": rules(OURS), "*": PAGE}
    with serve(routes, settings=QUICK) as site, pytest.raises(Disallowed):
        site.web.get(f"{SITE}/a", robots=True)


# ── files that cannot be had, or were made to hurt ──────────────────────────────────────────────────


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_that_shows_no_robots_txt_has_no_rules(status: int) -> None:
    with serve({f"{SITE}/robots.txt": Route(status=status), "*": PAGE}, settings=QUICK) as site:
        assert site.web.get(f"{SITE}/a", robots=True).body


@pytest.mark.parametrize(
    ("route", "error"),
    [
        (Route(status=500), Unavailable),
        (Route(ALL, cut_at=3), Unavailable),
        (Route(b"#" * 2**20, endless=True), TooMuch),
        (Route(b"#" * (2**19 + 1)), TooMuch),
        (Route(status=302, headers={"Location": "http://127.0.0.1/robots.txt"}), DaybriefError),
    ],
)
def test_a_site_that_cannot_be_asked_is_left_alone(route: Route, error: type[DaybriefError]) -> None:
    with serve({f"{SITE}/robots.txt": route, "*": PAGE}, settings=QUICK) as site, pytest.raises(error):
        site.web.get(f"{SITE}/a", robots=True)
    assert f"{SITE}/a" not in requested(site)


HOSTILE = {
    "agents": "".join(f"User-agent: a{n}\n" for n in range(9_000)) + "Disallow: /x\n" * 9_000,
    "own_agents": "".join(f"User-agent: daybrief-{n}\n" for n in range(9_000)) + "Disallow: /x\n" * 9_000,
    "stars": "User-agent: *\n" + f"Disallow: /{'*a' * 100_000}b\n",
    "many_stars": "User-agent: *\n" + f"Disallow: /{'*a' * 20}b\n" * 5_000,
    "dollars": "User-agent: *\n" + f"Disallow: /{'$' * 200_000}\n",
    "percents": "User-agent: *\n" + f"Disallow: /{'%' * 200_000}\n",
    "one_line": "Disallow: " + "a" * 400_000,
    "blanks": "User-agent" + " " * 400_000 + "x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_robots_txt_made_to_hurt_takes_little_time(name: str) -> None:
    begun = time.process_time()
    parsed = robots_rules(HOSTILE[name].encode(), "daybrief")
    parsed.can_fetch(f"{SITE}/{'a' * 2_000}", "daybrief")
    assert time.process_time() - begun < 1.5


def test_a_robots_txt_of_any_bytes_is_read() -> None:
    draw, words = (
        Random(5),
        [*ALL.encode().split(), b"\r", b"\n", b"*", b"$", b"%", b"\xff\xfe", b":", b"[", b"]"],
    )
    for _ in range(2_000):
        body = b" ".join(draw.choice(words) for _ in range(draw.randrange(12)))
        robots_rules(body.replace(b" ", draw.choice((b"", b" ", b"\n"))), "daybrief").can_fetch(
            f"{SITE}/private/a", "daybrief"
        )
