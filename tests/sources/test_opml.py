"""Lists of feeds come in from other readers and go out to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.errors import ConfigError
from daybrief.sources import feed
from daybrief.sources.feed import Outline
from daybrief.text import plain

EXPORTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Subscriptions</title></head><body>
  <outline text="Labs" title="Labs">
    <outline type="rss" text="BAIR" xmlUrl="https://bair.berkeley.edu/blog/feed.xml" htmlUrl="https://bair.berkeley.edu/blog/"/>
    <outline type="rss" text="BAIR again" xmlUrl="http://bair.berkeley.edu/blog/feed.xml/"/>
    <outline type="rss" text="&lt;b&gt;OpenAI&#x202e;" xmlUrl="https://openai.com/news/rss.xml"/>
  </outline>
  <outline type="rss" title="&#xD55C;&#xAD6D;" xmlurl="https://www.technologyreview.kr/category/ai/feed/"/>
  <outline type="rss" text="evil" xmlUrl="javascript:alert(1)"/>
  <outline type="rss" text="local" xmlUrl="file:///etc/passwd"/>
  <outline type="link" text="no feed" url="https://example.org/"/>
</body></opml>"""


def test_an_exported_list_gives_each_usable_feed_once() -> None:
    feeds = feed.parse_opml(EXPORTED)
    assert [(f.folder, f.title) for f in feeds] == [("Labs", "BAIR"), ("Labs", "<b>OpenAI"), ("", "한국")]
    assert feeds[2].url == "https://www.technologyreview.kr/category/ai/feed/"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not xml",
        b"<html><body>login</body></html>",
        b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><outline text="&x;"/></opml>',
        b"<opml>" + b"<outline>" * 100_000,
        b" " * 5_000_001,
    ],
    ids=["empty", "text", "html", "entity", "deep", "large"],
)
def test_what_is_no_list_of_feeds_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(ConfigError) as refused:
        feed.parse_opml(body)
    assert "server" not in refused.value.message, "it is a file, and no server sent it"


titles = st.text(max_size=40).map(plain.line)


@given(
    st.lists(st.tuples(titles, st.sampled_from(["", "Labs", "News & <more>"])), max_size=8, unique=True),
    st.text(max_size=20),
)
def test_what_is_written_is_read_back(names: list[tuple[str, str]], title: str) -> None:
    feeds = [
        Outline(title=name or f"https://example.org/{n}", url=f"https://example.org/{n}", folder=folder)
        for n, (name, folder) in enumerate(names)
    ]
    assert sorted(feed.parse_opml(feed.write_opml(feeds, title)), key=repr) == sorted(feeds, key=repr)
