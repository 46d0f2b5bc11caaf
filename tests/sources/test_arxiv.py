"""arXiv as a source: which way it asks, what it makes of the answers, and how often it asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from daybrief.errors import SourceError, Unavailable
from daybrief.model import Dropped, Item
from daybrief.sources import arxiv
from daybrief.stages.collect import CollectionLimits, collect
from daybrief.testing import Route, StoppedClock, serve

RSS = "https://rss.arxiv.org/*"
API = "https://export.arxiv.org/*"
OAI = "https://oaipmh.arxiv.org/*"
ATOM = "application/atom+xml"
AFTER = datetime(2026, 9, 24, 22, 30, tzinfo=UTC)  # the morning after, in Seoul
NOTHING = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="noRecordsMatch"/></OAI-PMH>'


def rss(*papers: str, stamp: str = "Thu, 24 Sep 2026 00:00:00 -0400", kind: str = "new") -> Route:
    entries = "".join(
        f"<item><title>Paper {p}</title><guid>oai:arXiv.org:{p}v1</guid><category>cs.LG</category>"
        f"<description>arXiv:{p}v1 Announce Type: {kind} \nAbstract: Text of {p}.</description>"
        f"<pubDate>{stamp}</pubDate></item>"
        for p in papers
    )
    channel = f"<title>cs.LG updates on arXiv.org</title><pubDate>{stamp}</pubDate>{entries}"
    return Route(f'<rss version="2.0"><channel>{channel}</channel></rss>', media_type="application/rss+xml")


def page(*papers: str, total: int, received: str = "2026-09-23T10:00:00Z", category: str = "cs.LG") -> Route:
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/{p}v2</id><title>Paper {p}</title><summary>Text of {p}.</summary>"
        f"<published>{received}</published><updated>2026-09-30T10:00:00Z</updated>"
        f'<arxiv:primary_category term="{category}"/><category term="cs.LG"/>'
        f"<author><name>A. Author</name></author></entry>"
        for p in papers
    )
    body = (
        '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns="http://www.w3.org/2005/Atom"'
        f' xmlns:arxiv="http://arxiv.org/schemas/atom"><title>arXiv Query</title>'
        f"<opensearch:totalResults>{total}</opensearch:totalResults>{entries}</feed>"
    )
    return Route(body, media_type=ATOM)


def records(*papers: str, token: str = "") -> Route:
    body = "".join(
        f"<record><header><identifier>oai:arXiv.org:{p}</identifier><datestamp>2026-09-24</datestamp></header>"
        f'<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{p}</id><created>2026-09-23</created>'
        f"<title>Paper {p}</title><categories>cs.LG</categories><abstract>Text.</abstract></arXiv></metadata>"
        "</record>"
        for p in papers
    )
    more = f"<resumptionToken>{token}</resumptionToken>" if token else ""
    inside = f"<ListRecords>{body}{more}</ListRecords>"
    return Route(
        f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inside}</OAI-PMH>', media_type="text/xml"
    )


def run(
    window, tools, routes: dict[str, Any], now: datetime = AFTER, day: str = "2026-09-24", **options: Any
):
    """The yield of the source (items' keys, drop reasons), its error, and the hosts that were asked."""
    source = arxiv.make(arxiv.Options(**{"categories": ("cs.LG",), **options}), tools)
    with serve(routes, clock=StoppedClock(now)) as site:
        (harvest,) = collect(window(day), [source], site.web, now, CollectionLimits(items=5_000), strict=True)
        return harvest, [urlsplit(seen.url).hostname.split(".")[0] for seen in site.requests], site.requests


def keys(harvest) -> list[str]:
    return [item.key.removeprefix("arxiv:") for item in harvest.items]


def test_the_feed_of_the_day_takes_one_request(window, tools) -> None:
    harvest, hosts, _ = run(window, tools, {RSS: rss("2609.00001", "2609.00002")})
    assert (harvest.state, keys(harvest), hosts) == ("fresh", ["2609.00001", "2609.00002"], ["rss"])
    item = harvest.items[0]
    assert (item.announced, item.published) == (
        window("2026-09-24").day,
        datetime(2026, 9, 24, 4, tzinfo=UTC),
    )
    assert item.url == "https://arxiv.org/abs/2609.00001"
    assert window("2026-09-24").holds(item.published)


def test_categories_are_asked_in_one_feed(window, tools) -> None:
    _, _, seen = run(window, tools, {RSS: rss("2609.00001")}, categories=("cs.AI", "cs.CL"))
    assert [s.url for s in seen] == ["https://rss.arxiv.org/rss/cs.AI+cs.CL"]


def test_new_cross_and_replace_are_kept_apart(window, tools) -> None:
    harvest, _, _ = run(window, tools, {RSS: rss("2609.00001", kind="replace-cross")}, announce=("new",))
    assert harvest.items == ()
    assert harvest.dropped == (Dropped(ref="arxiv:2609.00001", reason="replacement"),)
    kept, _, _ = run(window, tools, {RSS: rss("2609.00001", kind="replace-cross")}, announce=("replace",))
    assert [i.announce for i in kept.items] == ["replace"]


def test_an_earlier_day_is_asked_of_the_api_by_the_span_of_its_announcement(window, tools) -> None:
    routes = {
        RSS: rss("2609.99999", stamp="Fri, 25 Sep 2026 00:00:00 -0400"),
        API: page("2609.00001", total=1),
    }
    harvest, hosts, seen = run(window, tools, routes)
    assert (keys(harvest), hosts) == (["2609.00001"], ["rss", "export"])
    query = parse_qs(urlsplit(seen[1].url).query)
    assert query["search_query"] == ["(cat:cs.LG) AND submittedDate:[202609221800 TO 202609231759]"]
    assert harvest.items[0].published == datetime(2026, 9, 23, 10, tzinfo=UTC)
    assert harvest.items[0].announced == window("2026-09-24").day


def test_the_api_is_asked_page_after_page(window, tools) -> None:
    papers = [f"2609.{n:05}" for n in range(700)]
    pages = [page(*papers[:500], total=700), page(*papers[500:], total=700)]
    harvest, hosts, seen = run(window, tools, {RSS: Route(status=404), API: pages})
    assert (keys(harvest), hosts) == (papers, ["rss", "export", "export"])
    assert [parse_qs(urlsplit(s.url).query)["start"] for s in seen[1:]] == [["0"], ["500"]]


def test_a_paper_found_by_a_category_that_is_not_its_primary_one_is_a_cross_listing(window, tools) -> None:
    routes = {RSS: Route(status=404), API: page("2609.00001", total=1, category="stat.ME")}
    harvest, _, _ = run(window, tools, routes)
    assert [(i.announce, i.tags) for i in harvest.items] == [("cross", ("stat.ME", "cs.LG"))]


def test_when_feed_and_api_fail_oai_is_harvested_to_its_last_token(window, tools) -> None:
    routes = {
        RSS: Route(b"Rate exceeded.", media_type="text/plain"),
        API: Route(b"<html><title>Sign in</title></html>", media_type="text/html"),
        OAI: [records("2609.00001", token="6460044|1001"), records("2609.00002")],
    }
    harvest, hosts, seen = run(window, tools, routes)
    assert (harvest.state, keys(harvest)) == ("fresh", ["2609.00001", "2609.00002"])
    assert hosts == ["rss", "export", "oaipmh", "oaipmh"]
    assert parse_qs(urlsplit(seen[2].url).query) == {
        "verb": ["ListRecords"], "metadataPrefix": ["arXiv"], "set": ["cs"],
        "from": ["2026-09-24"], "until": ["2026-09-24"]}  # fmt: skip
    assert parse_qs(urlsplit(seen[3].url).query) == {
        "verb": ["ListRecords"],
        "resumptionToken": ["6460044|1001"],
    }


def test_a_token_that_never_ends_is_left(window, tools) -> None:
    routes = {RSS: Route(status=404), API: Route(status=404), OAI: records("2609.00001", token="again")}
    harvest, hosts, _ = run(window, tools, routes)
    assert harvest.state == "failed"
    assert keys(harvest) == ["2609.00001"]
    assert hosts.count("oaipmh") == 40


def test_when_no_way_in_gives_anything_the_error_says_what_each_answered(window, tools) -> None:
    routes = {
        RSS: Route(b"Rate exceeded.", media_type="text/plain"),
        API: Route(b"Rate exceeded.", media_type="text/plain", status=429),
        OAI: Route(status=404),
    }
    source = arxiv.make(arxiv.Options(categories=("cs.LG",)), tools)
    with serve(routes, clock=StoppedClock(AFTER)) as site, pytest.raises(Unavailable) as failed:
        list(source.collect(window("2026-09-24"), site.web))
    assert all(part in failed.value.message for part in ("RSS:", "Rate exceeded.", "API:", "OAI-PMH:"))
    assert failed.value.transient


def test_what_the_api_gave_before_it_failed_is_kept_when_nothing_better_comes(window, tools) -> None:
    routes = {
        RSS: Route(status=404),
        API: [page("2609.00001", total=900), page(total=900)],
        OAI: Route(status=404),
    }
    harvest, _, _ = run(window, tools, routes)
    assert (harvest.state, keys(harvest)) == ("failed", ["2609.00001"])
    assert "an empty page at 1 of 900" in harvest.error


@pytest.mark.parametrize("day", ["2026-09-26", "2026-09-27"])
def test_nothing_is_asked_at_the_weekend_and_the_source_is_quiet(window, tools, day: str) -> None:
    harvest, hosts, _ = run(window, tools, {}, day=day, now=datetime(2026, 9, 28, tzinfo=UTC))
    assert (harvest.state, hosts) == ("quiet", [])


def test_on_a_holiday_an_empty_feed_is_quiet(window, tools) -> None:
    empty = rss(stamp="Wed, 31 Dec 2025 00:00:00 -0500")
    harvest, hosts, _ = run(
        window, tools, {RSS: empty}, day="2025-12-31", now=datetime(2025, 12, 31, 22, tzinfo=UTC)
    )
    assert (harvest.state, hosts) == ("quiet", ["rss"])


def test_on_a_holiday_that_arxiv_works_through_its_feed_is_taken(window, tools) -> None:
    full = rss("2512.00001", stamp="Wed, 31 Dec 2025 00:00:00 -0500")
    harvest, _, _ = run(
        window, tools, {RSS: full}, day="2025-12-31", now=datetime(2025, 12, 31, 22, tzinfo=UTC)
    )
    assert keys(harvest) == ["2512.00001"]


def test_an_empty_feed_on_a_weekday_is_checked_elsewhere_and_then_stalled(window, tools) -> None:
    routes = {RSS: rss(), API: page(total=0), OAI: Route(NOTHING, media_type="text/xml")}
    harvest, hosts, _ = run(window, tools, routes)
    assert (harvest.state, hosts) == ("stalled", ["rss", "export", "oaipmh"])


def test_yesterdays_feed_is_never_taken_for_todays(window, tools) -> None:
    """Before the feeds turn it means waiting; long after, a stale batch that the API makes up for."""
    stale = rss("2609.00001", stamp="Wed, 23 Sep 2026 00:00:00 -0400")
    early, hosts, _ = run(window, tools, {RSS: stale}, now=datetime(2026, 9, 24, 1, tzinfo=UTC))
    assert (early.state, early.items, hosts) == ("waiting", (), ["rss"])
    late, hosts, _ = run(window, tools, {RSS: stale, API: page("2609.00002", total=1)})
    assert (keys(late), hosts) == (["2609.00002"], ["rss", "export"])
    none, _, _ = run(window, tools, {RSS: stale})
    assert none.state == "failed"
    assert "stale batch" in none.error


def test_the_limit_holds_and_what_is_over_it_is_counted(window, tools) -> None:
    harvest, _, _ = run(window, tools, {RSS: rss("2609.00001", "2609.00002", "2609.00003")}, limit=1)
    assert keys(harvest) == ["2609.00001"]
    assert [d.reason for d in harvest.dropped] == ["over-limit"] * 2


def test_three_seconds_lie_between_any_two_requests_to_arxiv(window, tools) -> None:
    """Over all of its interfaces: they are one service to its terms of use."""
    routes = {RSS: Route(status=404), API: Route(status=404), OAI: Route(NOTHING, media_type="text/xml")}
    source = arxiv.make(arxiv.Options(categories=("cs.LG", "stat.ML")), tools)
    with serve(routes, clock=StoppedClock(AFTER)) as site, pytest.raises(SourceError):
        list(source.collect(window("2026-09-24"), site.web))
    assert len(site.requests) == 4
    assert site.clock.now() - AFTER >= timedelta(seconds=9)


def test_collecting_twice_gives_the_same(window, tools) -> None:
    routes = {RSS: rss("2609.00001", "2609.00002", "2609.00001")}
    first, second = run(window, tools, routes)[0], run(window, tools, routes)[0]
    assert first == second
    assert isinstance(first.items[0], Item)
    assert [d.reason for d in first.dropped] == ["same-paper"]
