"""The day's AI stories on Hacker News, from the search or, when it is down, from the front page."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.errors import ConfigError, NotWhatWeAsked, SourceError
from daybrief.model import Category, Dropped, Item, Taxonomy, Window
from daybrief.ports import Tools
from daybrief.sources import hacker_news
from daybrief.sources.hacker_news import Options, search_url
from daybrief.testing import Route, serve

DAY = Window(
    day=date(2024, 11, 26),
    zone="UTC",
    start=datetime(2024, 11, 26, tzinfo=UTC),
    end=datetime(2024, 11, 27, tzinfo=UTC),
)
NOON = int(datetime(2024, 11, 26, 12, tzinfo=UTC).timestamp())
OTHERS = Category(id="others", kind="both", emoji="📰", name={"en": "Others"}, definition="The rest")
TOOLS = Tools(taxonomy=Taxonomy(version="1", category=(OTHERS,)))
FIREBASE = "https://hacker-news.firebaseio.com/v0"


def hit(identity: int, title: str, **more: Any) -> dict[str, Any]:
    return {
        "objectID": str(identity),
        "title": title,
        "url": f"https://example.org/{identity}",
        "points": 100,
        "num_comments": 5,
        "created_at_i": NOON,
        "_tags": ["story"],
        **more,
    }


def page(*hits: dict[str, Any], pages: int = 1) -> Route:
    return Route(json.dumps({"hits": hits, "nbPages": pages}), media_type="application/json")


def search(number: int = 0) -> str:
    return search_url(DAY, 10, number)


def found_in(routes: dict[str, Any], options: Options | None = None) -> tuple[list[Item], Counter[str], int]:
    with serve(routes) as site:
        lines = list(hacker_news.make(options or Options(), TOOLS).collect(DAY, site.web))
        requests = len(site.requests)
    dropped = Counter(line.reason for line in lines if isinstance(line, Dropped))
    return [line for line in lines if isinstance(line, Item)], dropped, requests


def test_the_search_asks_for_the_days_stories_alone() -> None:
    url = search_url(DAY, 10, 2)
    assert url.startswith("https://hn.algolia.com/api/v1/search_by_date?tags=story&numericFilters=")
    assert f"created_at_i%3E%3D{NOON - 43_200}%2Ccreated_at_i%3C{NOON + 43_200}%2Cpoints%3E%3D10" in url
    assert url.endswith("page=2")


def test_a_story_is_filed_under_its_own_address_with_its_thread_beside_it() -> None:
    [item], dropped, requests = found_in(
        {search(): page(hit(1, "OpenAI &amp; friends", url="https://www.openai.com/x/?utm_source=hn"))}
    )
    assert item.key == "url:openai.com/x"
    assert item.title == "OpenAI & friends"
    assert item.links[0].url == "https://news.ycombinator.com/item?id=1"
    assert item.aliases == ("url:news.ycombinator.com/item?id=1",)
    assert (item.signals.points, item.signals.comments, item.signals.position) == (100, 5, 1)
    assert item.published == datetime(2024, 11, 26, 12, tzinfo=UTC)
    assert (requests, dropped) == (1, {})


def test_a_question_keeps_its_prefix_and_its_text() -> None:
    question = hit(2, "Ask HN: Which LLM for C++?", story_text="I use <i>vim</i>.<p>And you?")
    del question["url"]
    [item], _, _ = found_in({search(): page(question)})
    assert item.title == "Ask HN: Which LLM for C++?"
    assert item.text == "I use vim. And you?"
    assert item.url == "https://news.ycombinator.com/item?id=2"
    assert item.aliases == ()


def test_a_linked_paper_gets_the_key_of_the_paper() -> None:
    [item], _, _ = found_in(
        {search(): page(hit(3, "An LLM paper [pdf]", url="https://arxiv.org/pdf/2411.15124v2"))}
    )
    assert item.key == "arxiv:2411.15124"


def test_what_is_not_wanted_is_dropped_with_a_reason() -> None:
    items, dropped, _ = found_in(
        {
            search(): page(
                hit(1, "Rust 1.83 released"),
                hit(2, "AI startup is hiring", _tags=["job"]),
                hit(3, "Poll: which LLM?", _tags=["story", "poll"]),
                hit(4, ""),
                hit(5, "AI news", url="javascript:alert(1)"),
                hit(6, "AI news of tomorrow", created_at_i=NOON + 86_400),
                hit(7, "AI news without a time", created_at_i="soon"),
                hit(8, "AI news nobody liked", points=3),
                hit(9, "AI news", url="https://example.org/same"),
                hit(10, "AI news again", url="http://www.example.org/same/", points=50),
                {"objectID": "../../etc"},
            )
        }
    )
    assert [item.title for item in items] == ["AI news"]
    assert dropped == {
        "not-about-ai": 1,
        "job": 1,
        "poll": 1,
        "no-title": 1,
        "bad-address": 1,
        "outside-window": 2,
        "few-points": 1,
        "repeated": 1,
        "malformed": 1,
    }


def test_stories_with_most_points_come_first_up_to_the_limit() -> None:
    hits = [hit(n, f"AI {n}", points=10 + n) for n in range(20)]
    items, dropped, requests = found_in(
        {search(0): page(*hits[:10], pages=2), search(1): page(*hits[10:], pages=2)}, Options(limit=3)
    )
    assert [item.title for item in items] == ["AI 19", "AI 18", "AI 17"]
    assert (dropped, requests) == ({"over-limit": 17}, 2)


def test_when_the_search_is_down_the_front_page_is_read_instead() -> None:
    def item(identity: int, **more: Any) -> Route:
        raw = {"id": identity, "type": "story", "title": f"AI {identity}", "score": 50, "descendants": 2}
        return Route(json.dumps({**raw, "url": f"https://example.org/{identity}", "time": NOON, **more}))

    items, dropped, _ = found_in(
        {
            "https://hn.algolia.com/*": Route(status=404),
            f"{FIREBASE}/topstories.json": Route("[1, 2, 3, 4, 5, 6, 7]"),
            f"{FIREBASE}/item/1.json": item(1),
            f"{FIREBASE}/item/2.json": item(2, type="job"),
            f"{FIREBASE}/item/3.json": Route("null"),
            f"{FIREBASE}/item/4.json": item(4, dead=True),
            f"{FIREBASE}/item/5.json": Route("<html>busy</html>"),
            f"{FIREBASE}/item/6.json": item(6, score=99),
        },
        Options(front_page=6),
    )
    assert [i.title for i in items] == ["AI 6", "AI 1"]
    assert dropped == {"job": 1, "gone": 3}


def test_a_day_long_gone_is_not_looked_for_on_the_front_page() -> None:
    past = Window(
        day=date(2024, 11, 24),
        zone="UTC",
        start=datetime(2024, 11, 24, tzinfo=UTC),
        end=datetime(2024, 11, 25, tzinfo=UTC),
    )
    routes = {"https://hn.algolia.com/*": Route(status=404), f"{FIREBASE}/topstories.json": Route("[1]")}
    with serve(routes) as site:
        with pytest.raises(SourceError):
            list(hacker_news.make(Options(), TOOLS).collect(past, site.web))
        assert not any("item" in seen.url for seen in site.requests)


def test_what_was_found_before_a_failure_is_kept() -> None:
    routes = {search(0): page(hit(1, "AI one"), pages=2), search(1): Route("<html>sorry</html>")}
    lines: list[Item | Dropped] = []
    with serve(routes) as site, pytest.raises(NotWhatWeAsked) as failure:
        lines.extend(hacker_news.make(Options(), TOOLS).collect(DAY, site.web))
    assert len(lines) == 1
    assert failure.value.source == "hacker_news"


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b'{"hits": 3}', b"\xff", b"{" * 10_000, b'{"a":' * 9_999]
)
def test_an_answer_without_hits_is_not_what_we_asked(body: bytes) -> None:
    with pytest.raises(NotWhatWeAsked):
        hacker_news.read_hits(body)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=3), max_leaves=5
    )
)
def test_a_hit_with_any_values_at_all_is_an_item_or_dropped(value: Any) -> None:
    for field in (
        "objectID",
        "title",
        "url",
        "points",
        "num_comments",
        "created_at_i",
        "_tags",
        "story_text",
    ):
        body = json.dumps({"hits": [hit(1, "AI") | {field: value}]}).encode()
        posts, _ = hacker_news.read_hits(body)
        assert len(list(hacker_news.listing(posts, DAY, Options(), "hacker_news"))) == 1


def test_limits_that_leave_nothing_are_refused() -> None:
    for options in (Options(limit=0), Options(min_points=-1), Options(front_page=0)):
        with pytest.raises(ConfigError):
            hacker_news.make(options, TOOLS)


def test_recorded_answers_of_both_interfaces_are_read(shared: Path) -> None:
    api = shared / "sources/hackernews_api"
    posts, pages = hacker_news.read_hits((api / "algolia/search_front_stories_trimmed.json").read_bytes())
    assert (len(posts), pages) == (4, 1)
    assert posts[2].title == "OpenAI's board has fired Sam Altman"
    assert (posts[2].points, posts[2].comments) == (5710, 2530)
    forms = {
        n: hacker_news.read_post((api / f"firebase/item_{n}.json").read_bytes(), n).form
        for n in (8863, 121003, 126809, 160705, 192327, 2921983)
    }
    assert list(forms.values()) == ["story", "story", "poll", "pollopt", "job", "comment"]


def test_a_search_that_never_ends_is_left_after_its_thousand_hits() -> None:
    routes = {search(n): page(hit(n + 1, f"AI story number {n}"), pages=99) for n in range(9)}
    items, _, requests = found_in(routes)
    assert (len(items), requests) == (5, 5)
