"""A fresh answer is not asked for again, and who told us to stay away is left alone by all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daybrief.adapters.web import HttpWeb, WebSettings, fresh_until
from daybrief.errors import RateLimited
from daybrief.sources.feed import FeedSource, Options, quiet_until
from daybrief.sources.feed.syndication import Feed, read
from daybrief.stages.schedule import window
from daybrief.testing import Route, Site, serve

NOW = datetime(2024, 11, 27, 9, 30, tzinfo=UTC)  # a Wednesday
URL = "https://a.example/feed"
HOUR = timedelta(hours=1)


def web_of(site: Site, folder: Path) -> HttpWeb:
    """A web of another process, as it were, over the same cache."""
    return site.new_web(settings=WebSettings(cache_path=folder, retries=0, spacing_s=0))


@pytest.mark.parametrize(
    ("headers", "hours"),
    [
        ({"cache-control": "max-age=3600"}, 1.0),
        ({"cache-control": 'public, MAX-AGE="7200"', "age": "3600"}, 1.0),
        ({"cache-control": "max-age=604800"}, 12.0),  # a week: a day would be lost
        ({"cache-control": "max-age=99999999999999999999"}, 12.0),
        ({"expires": "Wed, 27 Nov 2024 12:00:00 GMT", "date": "Wed, 27 Nov 2024 10:00:00 GMT"}, 2.0),
        ({"cache-control": "max-age=60", "expires": "Wed, 27 Nov 2030 12:00:00 GMT"}, 1 / 60),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_its_server_says(headers: dict[str, str], hours: float) -> None:
    until = fresh_until(headers, NOW)
    assert until is not None
    assert (until - NOW) / HOUR == pytest.approx(hours)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"cache-control": "no-store, max-age=3600"},
        {"cache-control": "no-cache"},
        {"cache-control": "max-age=0"},
        {"cache-control": "max-age=-5"},
        {"cache-control": "max-age=soon"},
        {"cache-control": "max-age=60", "age": "90"},
        {"expires": "0"},
        {"expires": "Wed, 27 Nov 2024 09:00:00 GMT"},
    ],
)
def test_an_answer_whose_server_says_nothing_usable_is_asked_for_again(headers: dict[str, str]) -> None:
    assert fresh_until(headers, NOW) is None


def test_a_fresh_answer_is_given_again_without_a_request_by_every_process(tmp_path: Path) -> None:
    route = Route(b"<rss/>", headers={"Cache-Control": "max-age=3600"})
    with serve({URL: route}) as site:
        with web_of(site, tmp_path) as web:
            first = web.get(URL)
        with web_of(site, tmp_path) as web:
            assert web.get(URL) == first
            assert web.get(URL, accept="text/xml").body == first.body
            assert len(site.requests) == 2, "what is asked for another form is another answer"
            site.clock.advance(3601)
            web.get(URL)
        assert len(site.requests) == 3


def test_a_host_that_told_us_to_stay_away_is_left_alone_by_the_next_process(tmp_path: Path) -> None:
    with serve({"*": Route(b"", status=429, headers={"Retry-After": "7200"})}) as site:
        for _ in range(2):
            with web_of(site, tmp_path) as web, pytest.raises(RateLimited):
                web.get(URL)
        assert len(site.requests) == 1
        site.clock.advance(7201)
        with web_of(site, tmp_path) as web, pytest.raises(RateLimited):
            web.get(URL)
        assert len(site.requests) == 2


def test_a_crawl_delay_spaces_the_pages_of_a_site_and_too_long_a_one_ends_the_asking() -> None:
    rules = "User-agent: *\nCrawl-delay: {}\n"
    routes = {
        "https://a.example/robots.txt": Route(rules.format(7), media_type="text/plain"),
        "https://b.example/robots.txt": Route(rules.format(3600), media_type="text/plain"),
        "*": Route(b"page"),
    }
    with serve(routes, settings=WebSettings(retries=0, spacing_s=0)) as site:
        began = site.clock.monotonic()
        for number in range(3):
            site.web.get(f"https://a.example/{number}", robots=True)
        assert site.clock.monotonic() - began >= 3 * 7, "its rules were a request, too"
        with pytest.raises(RateLimited) as refused:
            site.web.get("https://b.example/1", robots=True)
        assert refused.value.retry_at == site.clock.now() + HOUR


# ── what a feed says of itself ──────────────────────────────────────────────────────────────────────

HEAD = """<ttl> 90 </ttl><skipHours><hour>9</hour><hour>10</hour><hour>24</hour></skipHours>
<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"""


def feed_of(head: str) -> bytes:
    item = "<item><title>One</title><link>https://a.example/1</link><ttl>5</ttl></item>"
    return f"<rss version='2.0'><channel><title>t</title>{head}{item}</channel></rss>".encode()


def test_the_head_of_a_feed_says_when_it_does_not_change() -> None:
    feed = read(feed_of(HEAD), address=URL)
    assert (feed.ttl, feed.skip_hours, feed.skip_days) == (90, (0, 9, 10), (5, 6))
    assert read(feed_of(""), address=URL).ttl == 0, "an entry's own says nothing of the feed"


@pytest.mark.parametrize(
    ("feed", "at", "until"),
    [
        (Feed(), NOW, NOW),
        (Feed(ttl=90), NOW, NOW + 1.5 * HOUR),
        (Feed(ttl=100_000), NOW, NOW + 12 * HOUR),
        (Feed(skip_hours=(9, 10)), NOW, datetime(2024, 11, 27, 11, tzinfo=UTC)),
        (Feed(skip_hours=(10, 11)), NOW, NOW),  # it may change until ten
        (Feed(skip_days=(5, 6)), datetime(2024, 11, 30, 7, tzinfo=UTC), datetime(2024, 12, 2, tzinfo=UTC)),
        (Feed(skip_days=(5, 6)), NOW, NOW),
        (Feed(skip_hours=tuple(range(24))), NOW, NOW),
        (Feed(skip_days=tuple(range(7)), ttl=60), NOW, NOW + HOUR),
    ],
)
def test_a_feed_rests_while_it_says_it_will_not_change(feed: Feed, at: datetime, until: datetime) -> None:
    assert quiet_until(feed, at) == until


def test_a_feed_with_a_ttl_is_asked_for_once_within_it(tmp_path: Path) -> None:
    source = FeedSource(Options(url=URL, name="a", undated="keep"))
    with serve({URL: Route(feed_of("<ttl>60</ttl>"))}) as site:
        day = window(site.clock.now().date(), "UTC")
        for _ in range(3):
            with web_of(site, tmp_path) as web:
                assert len(list(source.collect(day, web))) == 1
        assert len(site.requests) == 1
        site.clock.advance(3601)
        with web_of(site, tmp_path) as web:
            list(source.collect(day, web))
        assert len(site.requests) == 2
