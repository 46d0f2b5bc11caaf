"""The digest of Hacker News gives stories with a summary that is shown but never quoted."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from daybrief.errors import ConfigError, NotWhatWeAsked, SourceError, TooMuch
from daybrief.model import Category, Dropped, Item, Taxonomy, Window
from daybrief.ports import Tools
from daybrief.sources import hn_digest
from daybrief.sources.hn_digest import Options
from daybrief.testing import Route, serve

SITE = "https://hackernews.betacat.io/"
DAY = Window(
    day=date(2023, 6, 28),
    zone="UTC",
    start=datetime(2023, 6, 28, tzinfo=UTC),
    end=datetime(2023, 6, 29, 6, tzinfo=UTC),
)
OTHERS = Category(id="others", kind="both", emoji="📰", name={"en": "Others"}, definition="The rest")
TOOLS = Tools(taxonomy=Taxonomy(version="1", category=(OTHERS,)))
ARTICLE = """<article class="post-item"><div class="post-title"><h3 id="{slug}">
<a class="post-url" href="{url}">{title}</a></h3></div>
<span class="score"><span> 29 </span></span>
<span data-submitted="2023-06-28T12:00:00Z">x</span>
<span class="comment"><a href="https://news.ycombinator.com/item?id=7"><span>4</span></a></span>
<div class="summary-text">A &lt;b&gt; <script>x</script>summary.</div></article>"""


def article(title: str = "An LLM", url: str = "https://example.org/a", slug: str = "") -> str:
    return ARTICLE.format(title=title, url=url, slug=slug)


def recorded(shared: Path, name: str) -> Path:
    return shared / f"sources/hackernews_digest/betacat_2023-06-29_{name}"


def split(lines: list[Item | Dropped]) -> tuple[list[Item], Counter[str]]:
    dropped = Counter(line.reason for line in lines if isinstance(line, Dropped))
    return [line for line in lines if isinstance(line, Item)], dropped


def test_a_story_has_its_figures_its_thread_and_a_summary_that_is_no_evidence() -> None:
    stories = hn_digest.read_page(article().encode())
    [item], _ = split(list(hn_digest.listing(stories, DAY, Options(), "hn_digest")))
    assert (item.key, item.title) == ("url:example.org/a", "An LLM")
    assert item.tldr == "A <b> summary."
    assert item.text == ""
    assert (item.signals.points, item.signals.comments, item.signals.position) == (29, 4, 1)
    assert item.aliases == ("url:news.ycombinator.com/item?id=7",)


def test_stories_that_cannot_be_used_are_dropped_with_a_reason() -> None:
    page = "".join(
        [
            article("", ""),
            article("An LLM", ""),
            article("An LLM", "javascript:alert(1)"),
            article("Gardening"),
            article(),
            article(url="http://www.example.org/a/"),
            article(url="https://example.org/b"),
        ]
    )
    stories = hn_digest.read_page(page.encode())
    items, dropped = split(list(hn_digest.listing(stories, DAY, Options(limit=1), "hn_digest")))
    assert len(items) == 1
    assert dropped == {
        "no-title": 1,
        "no-address": 1,
        "bad-address": 1,
        "not-about-ai": 1,
        "repeated": 1,
        "over-limit": 1,
    }


def test_a_translated_title_is_judged_by_its_english_slug_too() -> None:
    stories = hn_digest.read_page(article("新模型", slug="a-new-language-model").encode())
    items, _ = split(list(hn_digest.listing(stories, DAY, Options(language="zh"), "hn_digest")))
    assert [item.language for item in items] == ["zh"]


@pytest.mark.parametrize(("page", "language"), [("index.html", "en"), ("zh.html", "zh")])
def test_recorded_pages_give_their_ai_stories(shared: Path, page: str, language: str) -> None:
    address = SITE if language == "en" else f"{SITE}zh.html"
    options = Options(language="en" if language == "en" else "zh")
    with serve({address: Route(recorded(shared, page), media_type="text/html")}) as site:
        items, dropped = split(list(hn_digest.make(options, TOOLS).collect(DAY, site.web)))
        assert len(site.requests) == 1
    assert len(items) == 5
    assert sum(dropped.values()) == 27
    assert dropped["no-title"] == 2
    assert all(item.tldr and not item.text and item.signals.points for item in items)
    assert items[0].key == "url:erichartford.com/openorca"


def test_when_the_page_has_changed_the_feed_is_read(shared: Path) -> None:
    routes = {
        SITE: Route("<html><title>New design</title></html>", media_type="text/html"),
        f"{SITE}feed.xml": Route(recorded(shared, "feed.xml"), media_type="application/atom+xml"),
    }
    with serve(routes) as site:
        items, _ = split(list(hn_digest.make(Options(), TOOLS).collect(DAY, site.web)))
    assert len(items) == 4
    assert items[0].tldr.endswith("mid-July 2023.")
    assert items[0].signals.points is None


def test_when_neither_is_there_the_source_fails() -> None:
    with serve({}) as site, pytest.raises(SourceError) as failure:
        list(hn_digest.make(Options(), TOOLS).collect(DAY, site.web))
    assert failure.value.source == "hn_digest"


def test_a_page_without_stories_is_not_what_we_asked() -> None:
    for body in (b"", b"<html><title>502</title></html>", b"\xff\xfe\x00"):
        with pytest.raises(NotWhatWeAsked):
            hn_digest.read_page(body)


def test_a_page_made_to_be_slow_is_refused() -> None:
    started = time.process_time()
    with pytest.raises(TooMuch):
        hn_digest.read_page(b"<div>" * 300_000)
    assert time.process_time() - started < 0.5


def test_a_limit_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ConfigError):
        hn_digest.make(Options(limit=0), TOOLS)


def test_a_language_without_a_page_is_refused_and_those_with_one_are_named() -> None:
    with pytest.raises(ConfigError, match="'fr' has no page") as refused:
        hn_digest.make(Options(language="fr"), TOOLS)
    assert refused.value.hint == "one of en, zh"


def test_a_page_of_another_language_is_not_replaced_by_the_english_feed() -> None:
    with serve({}) as site, pytest.raises(SourceError):
        list(hn_digest.make(Options(language="zh"), TOOLS).collect(DAY, site.web))
    assert {seen.url for seen in site.requests} == {f"{SITE}zh.html"}
