"""A feed gives the items of the day, each once, and says what it left out and why."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from daybrief.adapters.web import WebSettings
from daybrief.errors import ConfigError, NotWhatWeAsked, Refused, Stalled, TooMuch
from daybrief.model import Category, Dropped, Fetched, Item, Taxonomy, Window
from daybrief.ports import Tools, Web
from daybrief.sources import feed
from daybrief.sources.feed import Options
from daybrief.testing import Route, serve

URL = "https://www.technologyreview.kr/category/ai/feed/"
DAY = Window(
    day=date(2024, 11, 27),
    zone="Asia/Seoul",
    start=datetime(2024, 11, 26, 15, tzinfo=UTC),
    end=datetime(2024, 11, 27, 15, tzinfo=UTC),
)
OTHERS = Category(id="others", kind="both", emoji="📰", name={"en": "Others"}, definition="The rest")
TOOLS = Tools(taxonomy=Taxonomy(version="1", category=(OTHERS,)))
NOON = "Wed, 27 Nov 2024 03:00:00 +0000"


def rss(*items: str, language: str = "ko-KR") -> bytes:
    head = f'<rss version="2.0"><channel><title>테크리뷰</title><language>{language}</language>'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{"".join(items)}</channel></rss>'.encode()


def entry(title: str = "제목", link: str = "https://example.org/a", at: str = NOON, more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link><pubDate>{at}</pubDate>{more}</item>"


def collected(
    body: bytes, options: Options | None = None, media_type: str = "application/rss+xml"
) -> list[Item | Dropped]:
    options = options or Options(url=URL)
    with serve({options.url: Route(body, media_type=media_type)}) as site:
        lines = list(feed.make(options, TOOLS).collect(DAY, site.web))
        assert len(site.requests) == 1
    return lines


def reasons(lines: list[Item | Dropped]) -> Counter[str]:
    return Counter(line.reason for line in lines if isinstance(line, Dropped))


def items(lines: list[Item | Dropped]) -> list[Item]:
    return [line for line in lines if isinstance(line, Item)]


def test_an_item_has_the_words_dates_and_links_of_its_entry() -> None:
    more = (
        "<category>AI</category><comments>https://example.org/a#talk</comments>"
        "<description>&lt;p&gt;첫 문단.&lt;/p&gt;&lt;p&gt;둘째."
        "&lt;script&gt;x&lt;/script&gt;&lt;/p&gt;</description>"
    )
    link = "https://example.org/a/?utm_source=rss"
    [item] = items(collected(rss(entry("AI &amp;amp; 병원", link, more=more))))
    assert item.key == "url:example.org/a"
    assert (item.title, item.text, item.language) == ("AI & 병원", "첫 문단. 둘째.", "ko-KR")
    assert item.url == "https://example.org/a/"
    assert item.published == datetime(2024, 11, 27, 3, tzinfo=UTC)
    assert (item.source, item.kind, item.tags) == ("technologyreview.kr", "news", ("AI",))
    assert item.signals.position == 1
    assert item.links[0].rel == "discussion"


def test_the_day_is_half_open_and_what_lies_outside_is_counted() -> None:
    lines = collected(
        rss(
            entry(link="https://example.org/1", at="Tue, 26 Nov 2024 15:00:00 GMT"),
            entry(link="https://example.org/2", at="Wed, 27 Nov 2024 14:59:59 GMT"),
            entry(link="https://example.org/3", at="Wed, 27 Nov 2024 15:00:00 GMT"),
            entry(link="https://example.org/4", at="Thu, 01 Jan 1970 00:00:00 GMT"),
            entry(link="https://example.org/5", at="Thu, 01 Jan 2099 00:00:00 GMT"),
            entry(link="https://example.org/6", at="tomorrow"),
        )
    )
    assert [item.key for item in items(lines)] == ["url:example.org/1", "url:example.org/2"]
    assert reasons(lines) == {"outside-window": 3, "undated": 1}


def test_undated_items_are_kept_when_asked_for() -> None:
    lines = collected(rss(entry(at="")), Options(url=URL, undated="keep"))
    assert [item.published for item in items(lines)] == [None]


def test_entries_that_cannot_become_items_are_dropped_with_a_reason() -> None:
    lines = collected(
        rss(
            entry(title=""),
            entry(link=""),
            entry(link="javascript:alert(1)"),
            entry(link="https://user:pass@example.org/"),
            entry(link="https://" + "a" * 5_000 + ".org/"),
            entry(),
            entry(link="http://www.example.org/a/"),
        )
    )
    assert len(items(lines)) == 1
    assert reasons(lines) == {"no-title": 1, "no-address": 1, "bad-address": 3, "repeated": 1}


def test_a_filter_by_tag_or_topic_counts_what_it_leaves_out() -> None:
    body = rss(
        entry("OpenAI raises money", "https://example.org/1", more="<category>Business</category>"),
        entry("Wheat prices", "https://example.org/2", more="<category>Farming</category>"),
    )
    assert reasons(collected(body, Options(url=URL, tags=("business",)))) == {"other-tag": 1}
    assert reasons(collected(body, Options(url=URL, about_ai=True))) == {"not-about-ai": 1}


def test_an_archive_of_a_feed_gives_no_more_than_the_limit() -> None:
    body = rss(*(entry(link=f"https://example.org/{n}") for n in range(2_000)))
    lines = collected(body)
    assert len(items(lines)) == 500
    assert reasons(lines) == {"over-limit": 1_500}


def test_the_same_entry_again_and_again_is_one_item() -> None:
    guid = '<guid isPermaLink="false">always the same</guid>'
    lines = collected(rss(*[entry(more=guid)] * 2_500))
    assert len(items(lines)) == 1
    assert reasons(lines) == {"repeated": 2_499}


def test_more_entries_than_any_honest_feed_has_are_refused_in_a_moment() -> None:
    body = rss(*[entry()] * 20_000)
    started = time.process_time()
    with pytest.raises(TooMuch) as refused:
        collected(body)
    assert time.process_time() - started < 2
    assert refused.value.source == "technologyreview.kr"


def test_a_feed_cut_off_keeps_what_came_before_and_says_so() -> None:
    body = rss(entry(link="https://example.org/1"), entry("두 번째", "https://example.org/2"))
    cut = body[: body.index("두 번".encode())]
    lines: list[Item | Dropped] = []
    with serve({URL: Route(cut, media_type="application/rss+xml")}) as site:
        collecting = feed.make(Options(url=URL), TOOLS).collect(DAY, site.web)
        with pytest.raises(NotWhatWeAsked, match="ends in the middle"):
            lines.extend(collecting)
    assert [item.key for item in items(lines)] == ["url:example.org/1"]
    assert reasons(lines) == {"cut-off": 1}


@pytest.mark.parametrize(
    "page",
    [
        b"<html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>",
        b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>",
        b"",
        b'{"message": "Forbidden"}',
    ],
)
def test_an_error_page_is_never_published_as_news(page: bytes) -> None:
    with pytest.raises(NotWhatWeAsked) as refused:
        collected(page, media_type="text/html")
    assert refused.value.source == "technologyreview.kr"


def test_a_feed_that_is_gone_is_the_webs_error() -> None:
    with serve({}) as site, pytest.raises(Refused):
        list(feed.make(Options(url=URL), TOOLS).collect(DAY, site.web))


@pytest.mark.parametrize(
    "options",
    [
        Options(url="feed.xml"),
        Options(url="ftp://x.org/f"),
        Options(url=URL, limit=0),
        Options(url=URL, passage=-1),
    ],
)
def test_options_that_cannot_work_are_refused_before_anything_is_fetched(options: Options) -> None:
    with pytest.raises(ConfigError):
        feed.make(options, TOOLS)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("bair_blog.xml", "bair.berkeley.edu"),
        ("deepmind_blog.xml", "deepmind"),
        ("gradient_blog.xml", "thegradient.pub"),
        ("huggingface_blog.xml", "huggingface.co"),
        ("openai_blog.xml", "openai.com"),
        ("vector_institute.xml", "vectorinstitute.ai"),
    ],
)
def test_recorded_feeds_of_laboratories_are_read(shared: Path, name: str, first: str) -> None:
    wide = Window(
        day=DAY.day, zone="UTC", start=datetime(2000, 1, 1, tzinfo=UTC), end=datetime(2030, 1, 1, tzinfo=UTC)
    )
    path = shared / "sources/feeds/blogs_2026-04" / name
    with serve({URL: Route(path, media_type="application/xml")}) as site:
        lines = list(feed.make(Options(url=URL), TOOLS).collect(wide, site.web))
    assert items(lines)
    assert not reasons(lines)
    for item in items(lines):
        assert first in item.url
        assert item.title
        assert item.published
        assert "<" not in item.text


def test_an_entry_without_a_title_is_called_by_the_start_of_its_text() -> None:
    long = "A model of language. " * 20
    kept = items(
        collected(
            rss(
                entry(title="", more="<description>We train a small model.</description>"),
                entry(title="", link="https://example.org/2", more=f"<description>{long}</description>"),
                entry(title="", link="", more='<enclosure url="https://example.org/talks/ep%201.mp3"/>'),
            )
        )
    )
    assert [i.title for i in (kept[0], kept[2])] == ["We train a small model.", "ep 1.mp3"]
    assert kept[1].title.endswith("…")
    assert kept[1].text.startswith(kept[1].title[:-1])
    assert kept[2].url == "https://example.org/talks/ep%201.mp3"


def test_entries_that_share_one_page_stay_apart_by_their_ids_and_titles() -> None:
    page = "https://example.org/changes"
    body = rss(
        entry("Version 3", page),
        entry("Version 2", page, more='<guid isPermaLink="false">v2</guid>'),
        entry("Version 2", page, more='<guid isPermaLink="false">v2</guid>'),
        entry("Version 1", f"{page}#v1"),
    )
    lines = collected(body)
    assert [i.title for i in items(lines)] == ["Version 3", "Version 2", "Version 1"]
    assert {i.url for i in items(lines)} == {page, f"{page}#v1"}
    assert reasons(lines) == {"repeated": 1}
    again = collected(rss(entry("Version 3", page), entry("News", page)))
    assert items(again)[0].key == items(lines)[0].key, "the key is the same on another day"


def test_the_home_of_a_feed_names_none_of_its_entries() -> None:
    head = '<rss version="2.0"><channel><title>T</title><link>https://example.org/a</link>'
    body = f"{head}{entry('One')}</channel></rss>".encode()
    [item] = items(collected(body))
    assert item.key.startswith("url:example.org/a#entry-")


@pytest.mark.parametrize(
    ("stated", "options", "hour"),
    [
        ("2024-11-27 12:00", {"zone": "Asia/Seoul"}, 3),
        ("2024-11-27 03:00", {}, 3),
        ("11/27/2024 03:00", {"date_order": "mdy"}, 3),
        ("Wed, 27 Nov 2024 11:00:00 CST", {"zone": "Asia/Shanghai"}, 3),
        ("Wed, 27 Nov 2024 11:00:00 CST", {"language": "zh-CN"}, 3),
        ("2024년 11월 27일 오후 12시", {"zone": "Asia/Seoul"}, 3),
    ],
)
def test_a_feed_s_own_zone_order_and_language_read_its_dates(
    stated: str, options: dict[str, str], hour: int
) -> None:
    [item] = items(collected(rss(entry(at=stated)), Options(url=URL, **options)))
    assert item.published == datetime(2024, 11, 27, hour, tzinfo=UTC)


def test_the_order_of_short_dates_is_taken_from_the_feed_where_it_shows() -> None:
    shown = rss(entry(at="11/27/2024 01:00"), entry(link="https://example.org/b", at="11/02/2024 01:00"))
    assert reasons(collected(shown)) == {"outside-window": 1}
    hidden = rss(entry(), entry(link="https://example.org/b", at="11/02/2024 01:00"))
    assert reasons(collected(hidden)) == {"undated": 1}


@pytest.mark.parametrize(
    ("stated", "words"), [("vorgestern", "vorgestern"), ("", "no dates"), ("2024", "2024")]
)
def test_a_feed_whose_dates_cannot_be_read_is_stalled_and_says_which(stated: str, words: str) -> None:
    with pytest.raises(Stalled) as stalled:
        collected(rss(entry(at=stated)))
    assert words in str(stalled.value)
    assert "first-seen" in stalled.value.hint
    assert collected(rss()) == []


def test_an_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match="Asia/Soul"):
        feed.make(Options(url=URL, zone="Asia/Soul"), TOOLS)


def test_a_title_that_was_lost_is_dropped_and_not_printed() -> None:
    body = rss(
        entry("정상 제목"),
        entry("\ufffd\ufffdA", "https://example.org/b"),
        entry("A model \ufffd", "https://example.org/c"),
    )
    lines = collected(body)
    assert [i.title for i in items(lines)] == ["정상 제목", "A model \ufffd"]
    assert reasons(lines) == {"garbled": 1}


class _Keeping:
    """A web that notes what is kept of its answers."""

    def __init__(self, web: Web, kept: dict[bytes, bytes]) -> None:
        self.get, self.post, self.kept = web.get, web.post, kept

    def made(self, answer: Fetched, form: str) -> bytes:
        return self.kept.get(answer.body, b"")

    def keep_made(self, answer: Fetched, form: str, value: bytes) -> None:
        self.kept[answer.body] = value


def test_a_feed_that_has_not_changed_is_not_parsed_again(tmp_path: Path) -> None:
    """Validators are kept of what is read: of an answer that is only confirmed, and never of another."""
    first, second = rss(entry("하나")), rss(entry("둘"))
    routes = {URL: [Route(first, etag='"1"'), Route(first, etag='"1"'), Route(second, etag='"2"')]}
    source = feed.make(Options(url=URL), TOOLS)
    with serve(routes, settings=WebSettings(cache_path=tmp_path)) as site:
        web = _Keeping(site.web, {})
        once = list(source.collect(DAY, web))
        web.kept[first] = web.kept[first].replace("하나".encode(), "다시".encode())
        again, changed = list(source.collect(DAY, web)), list(source.collect(DAY, web))
    titles = [[item.title for item in lines if isinstance(item, Item)] for lines in (once, again, changed)]
    assert titles == [["하나"], ["다시"], ["둘"]]


def test_what_is_kept_of_a_feed_gives_the_same_items(tmp_path: Path) -> None:
    """Over two processes' webs on one cache, also for dates with an offset."""
    body = rss(entry(at="Wed, 27 Nov 2024 12:00:00 +0900"), entry("다른", "https://example.org/b"))
    settings = WebSettings(cache_path=tmp_path)
    source = feed.make(Options(url=URL), TOOLS)
    with serve({URL: Route(body, etag='"1"')}, settings=settings) as site:
        once = list(source.collect(DAY, site.web))
        with site.new_web(settings) as later:
            again = list(source.collect(DAY, later))
            assert later.made(later.get(URL), "another form") == b""
    assert repr(again) == repr(once)
    assert len(once) == 2
    assert [request.headers.get("if-none-match") for request in site.requests[1:]] == ['"1"', None]
