"""deeplearn.org's panel; the pages are made from the description of the site, no recording exists."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daybrief.errors import ConfigError, NotWhatWeAsked
from daybrief.model import Dropped, Item
from daybrief.sources import deeplearn
from daybrief.stages.collect import CollectionLimits, collect
from daybrief.testing import Route, StoppedClock, serve

HOME = "https://deeplearn.org/"
ARTICLES = "https://deeplearn.org/arxiv/*"
MORNING = datetime(2024, 11, 26, 22, 30, tzinfo=UTC)  # after 26 November in Seoul
HTML = "text/html; charset=utf-8"
FAIR = "/arxiv/550073/what-is-fair?-defining-fairness-in-machine-learning-for-health"
DROWN = "/arxiv/549218/drowning-in-documents:-consequences-of-scaling-reranker-inference"


def home(*links: tuple[str, str], panel: str = "Hot Papers") -> str:
    rows = "".join(f'<div class="title"><a href="{href}">{title}</a></div>' for href, title in links)
    other = (
        '<div class="panel"><h3 class="panel-title">New</h3><div class="title"><a href="/x">No</a></div>'
        "</div>"
    )
    hot = f'<div class="panel"><h3 class="panel-title">{panel}</h3>{rows}</div>'
    return f"<html><body>{other}{hot}</body></html>"


def article(text: str = "We show it.", *papers: str) -> str:
    links = "".join(f'<a href="http://arxiv.org/abs/{p}">paper</a>' for p in papers)
    return f'<html><body><div class="article-content"><p>{text}</p>{links}</div></body></html>'


def run(window, tools, routes, *, now: datetime = MORNING, day: str = "2024-11-26", **options):
    source = deeplearn.make(deeplearn.Options(**options), tools)
    with serve(routes, clock=StoppedClock(now)) as site:
        (harvest,) = collect(window(day), [source], site.web, now, CollectionLimits(items=500), strict=True)
        return harvest, [seen.url for seen in site.requests]


def test_the_hot_panel_gives_papers_with_their_abstracts(window, tools) -> None:
    routes = {
        HOME: Route(home((DROWN, "Drowning in Documents: <b>Consequences</b>")), media_type=HTML),
        ARTICLES: Route(article("Rerankers   score\n documents.", "2411.11767v1"), media_type=HTML),
    }
    harvest, urls = run(window, tools, routes)
    (item,) = harvest.items
    assert item.title == "Drowning in Documents: Consequences"
    assert item.text == "Rerankers score documents."
    assert item.aliases == ("arxiv:2411.11767",)
    assert (item.announced, item.signals.position) == (window("2024-11-26").day, 1)
    assert urls[1] == HOME + DROWN[1:].replace(":", "%3A")
    assert item.url == urls[1]


@pytest.mark.parametrize(
    "href", [FAIR, HOME[:-1] + FAIR, "https://www.deeplearn.org" + FAIR, FAIR.replace("?", "%3F")]
)
def test_a_question_mark_in_a_title_does_not_begin_a_query(href: str) -> None:
    assert deeplearn.article_url(href) == HOME + FAIR[1:].replace("?", "%3F")


@pytest.mark.parametrize(
    "href",
    ["https://evil.example/arxiv/1/x", "//evil.example/x", "javascript:alert(1)", "", "/", "arxiv/1/x"],
)
def test_an_address_elsewhere_is_no_article(href: str) -> None:
    with pytest.raises(ConfigError):
        deeplearn.article_url(href)


def test_an_article_that_fails_costs_its_abstract_and_not_the_paper(window, tools) -> None:
    routes = {HOME: Route(home((DROWN, "A"), (FAIR, "B")), media_type=HTML), ARTICLES: Route(status=404)}
    harvest, _ = run(window, tools, routes)
    assert [(i.title, i.text) for i in harvest.items] == [("A", ""), ("B", "")]
    assert harvest.state == "fresh"


def test_six_articles_at_most_are_opened(window, tools) -> None:
    links = [(f"/arxiv/{n}/paper", f"Paper {n}") for n in range(20)]
    routes = {HOME: Route(home(*links), media_type=HTML), ARTICLES: Route(article(), media_type=HTML)}
    harvest, urls = run(window, tools, routes, limit=10)
    assert len(urls) == 1 + 6
    assert [bool(i.text) for i in harvest.items] == [True] * 6 + [False] * 4
    assert [d.reason for d in harvest.dropped] == ["over-limit"] * 10


def test_a_line_twice_or_leading_elsewhere_is_dropped_with_its_reason(window, tools) -> None:
    links = [(DROWN, "A"), (DROWN, "A"), ("https://evil.example/x", "B"), (FAIR, "")]
    harvest, _ = run(window, tools, {HOME: Route(home(*links), media_type=HTML)}, articles=0)
    assert len(harvest.items) == 1
    assert [d.reason for d in harvest.dropped] == ["same-paper", "malformed", "malformed"]


@pytest.mark.parametrize("day", ["2024-11-24", "2024-11-28"])
def test_the_panel_of_the_present_says_nothing_of_another_day(window, tools, day: str) -> None:
    harvest, _ = run(window, tools, {HOME: Route(home((DROWN, "A")), media_type=HTML)}, day=day)
    assert (harvest.state, harvest.items) == ("quiet", ())


@pytest.mark.parametrize(
    "body", ["", "<html><title>Sign in</title></html>", home(panel="Cold Papers"), "\0" * 100, "{}"]
)
def test_a_page_without_the_panel_is_an_error(body: str) -> None:
    with pytest.raises(NotWhatWeAsked):
        deeplearn.parse_home(body.encode())


def test_an_empty_panel_is_stalled(window, tools) -> None:
    assert run(window, tools, {HOME: Route(home(), media_type=HTML)})[0].state == "stalled"


def test_a_page_of_many_papers_does_not_lend_its_article_a_strange_id() -> None:
    assert deeplearn.parse_article(article("T", "2411.00001", "2411.00002").encode()).aliases == ()


def test_a_hostile_page_is_bounded() -> None:
    lines = deeplearn.parse_home(home(*[(f"/arxiv/{n}/p", "x" * 10_000) for n in range(600)]).encode())
    assert len(lines) == 500
    assert all(isinstance(line, deeplearn.Hot) and len(line.title) == 300 for line in lines)
    assert len(deeplearn.parse_article(article("x" * 1_000_000).encode()).text) <= 20_001
    assert not any(isinstance(line, (Dropped, Item)) for line in lines)
