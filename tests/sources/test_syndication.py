"""Every feed in the world is read, or refused with a reason."""

from __future__ import annotations

import contextlib
import json
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.errors import NotWhatWeAsked, TooMuch
from daybrief.sources.feed import syndication

HERE = "https://example.org/blog/feed.xml"
RSS = """<?xml version="1.0" encoding="{}"?><rss version="2.0"><channel><title>{}</title>
<item><title>{}</title><link>/a?utm_source=rss&amp;id=1</link>
<pubDate>Wed, 27 Nov 2024 01:02:03 GMT</pubDate><description>&lt;p&gt;x&lt;/p&gt;y</description></item>
</channel></rss>"""


def titled(text: str, encoding: str) -> bytes:
    return RSS.format(encoding, text, text).encode(encoding)


WORDS = {
    "utf-8": "한국어 초록",
    "euc-kr": "한국어 초록",
    "windows-1251": "Привет, мир",
    "koi8-r": "Привет, мир",
    "gb18030": "人工智能新闻",
    "big5": "人工智慧新聞",
    "shift_jis": "人工知能ニュース",
    "euc-jp": "人工知能ニュース",
    "iso-2022-jp": "人工知能ニュース",
    "iso-8859-1": "Überraschung für Élodie",
    "utf-16": "한국어 초록",
    "utf-16-le": "한국어 초록",
}
# A wrong header on ISO-2022-JP is left out: those bytes are ASCII, and nothing shows that it is wrong.
DECLARED = [
    *((encoding, "") for encoding in WORDS),
    *((encoding, encoding) for encoding in WORDS),
    *((encoding, "utf-8") for encoding in WORDS if encoding != "iso-2022-jp"),
    ("utf-8", "iso-8859-1"),
    ("euc-kr", "no-such-charset"),
]


@pytest.mark.parametrize(("encoding", "charset"), DECLARED)
def test_every_declared_encoding_is_read_whatever_the_header_says(encoding: str, charset: str) -> None:
    text = WORDS[encoding]
    feed = syndication.read(titled(text, encoding), address=HERE, charset=charset)
    assert feed.title == feed.entries[0].title == text


def test_an_entry_is_plain_text_with_an_absolute_clean_address() -> None:
    entry = syndication.read(titled("T", "utf-8"), address=HERE).entries[0]
    assert entry.address == "https://example.org/a?id=1"
    assert entry.text == "x y"
    assert entry.published is not None
    assert entry.published.isoformat() == "2024-11-27T01:02:03+00:00"


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b"", "an empty body"),
        (b"   \n", "an empty body"),
        (b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", "Just a moment"),
        (b"<html><head><title>Log in &amp; continue</title></head><form></form></html>", "Log in & continue"),
        (b"Rate exceeded.", "Rate exceeded."),
        (b'{"error": "not found"}', "error"),
        (b"{", "{"),
        (b"<note><to>Tove</to></note>", "Tove"),
        (b"\x89PNG\r\n\x1a\n\0\0", "PNG"),
        (b'{"version":' + b"[" * 100_000, "version"),
        (b'<?xml version="1.0" encoding="punycode"?><rss/>', "encoding"),
    ],
)
def test_an_answer_that_is_no_feed_is_refused_and_named(body: bytes, seen: str) -> None:
    with pytest.raises(NotWhatWeAsked) as refused:
        syndication.read(body, address=HERE)
    assert seen in str(refused.value)


def test_a_page_that_advertises_its_feed_is_answered_with_that_address() -> None:
    page = b'<html><link rel="alternate" type="application/rss+xml" href="/feed/?a=1&amp;b=2"></html>'
    with pytest.raises(NotWhatWeAsked) as refused:
        syndication.read(page, address=HERE)
    assert refused.value.hint == "the page advertises a feed at https://example.org/feed/?a=1&b=2"


@pytest.mark.parametrize(
    "bomb",
    [
        b"<rss><channel><item " + b" ".join(b"a%d=''" % n for n in range(40_000)) + b"/></channel></rss>",
        b"<rss>" + b"".join(b"<a xmlns:n%d='u%d'/>" % (n, n) for n in range(20_000)) + b"</rss>",
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss><channel>&b;</channel></rss>',
        b"<rss>" * 50_000,
        b"<rss>&broken;<item/>" * 30_000,
    ],
    ids=["attributes", "namespaces", "entities", "depth", "items"],
)
def test_a_bomb_is_refused_in_a_moment(bomb: bytes) -> None:
    started = time.process_time()
    with pytest.raises(TooMuch):
        syndication.read(bomb, address=HERE)
    assert time.process_time() - started < 1


def test_a_bomb_cannot_hide_in_another_encoding() -> None:
    bomb = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>'
    with pytest.raises(TooMuch):
        syndication.read(bomb.encode("utf-16"), address=HERE)


def test_bytes_that_name_a_file_are_not_opened(tmp_path: Path) -> None:
    feed = tmp_path / "feed.xml"
    feed.write_bytes(titled("secret", "utf-8"))
    with pytest.raises(NotWhatWeAsked):
        syndication.read(str(feed).encode(), address=HERE)


def test_a_feed_that_ends_in_the_middle_says_so() -> None:
    body = titled("T", "utf-8")
    assert syndication.read(body, address=HERE).whole
    assert not syndication.read(body[:-40], address=HERE).whole


@pytest.mark.parametrize(
    "stated",
    ["Sat, 31 Feb 2024", "9999999999999", "+2500", "yesterday", "0000-00-00T00:00:00Z", "99999-01-01"],
)
def test_a_date_that_is_none_is_no_date(stated: str) -> None:
    body = titled("T", "utf-8").replace(b"Wed, 27 Nov 2024 01:02:03 GMT", stated.encode())
    published = syndication.read(body, address=HERE).entries[0].published
    assert published is None or published.year < 2000  # feedparser reads "+2500" in its own way


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("A<br/>B", "A B"),
        ("A&lt;br/&gt;B", "A B"),
        ("A &lt;BR&gt; B", "A B"),
        ("<![CDATA[A<br>B]]>", "A B"),
        ("<![CDATA[A<script>x()</script>]]>", "A"),
        ("A<script>x()</script>", "A"),
        ("A&lt;script type='a'&gt;x()&lt;/script &gt; B", "A B"),
        ("&amp;lt;script&amp;gt;x()&amp;lt;/script&amp;gt;A", "A"),
        ("A&lt;style&gt;p {}&lt;/style&gt;", "A"),
        ("A&lt;img src='x' onerror='y()'&gt;", "A"),
        ("A <b>bold</b> B", "A bold B"),
        ("Vec&lt;T&gt; when a &lt; b", "Vec<T> when a < b"),
        ("The &lt;script&gt; element", "The <script> element"),
    ],
)
def test_a_title_holds_no_markup_and_no_script_but_keeps_its_brackets(written: str, title: str) -> None:
    body = titled("T", "utf-8").replace(b"<item><title>T<", f"<item><title>{written}<".encode())
    assert syndication.read(body, address=HERE).entries[0].title == title


@pytest.mark.parametrize("part", ["image", "textInput", "IMAGE"])
@pytest.mark.parametrize("last", [False, True])
def test_a_part_of_an_item_replaces_nothing_of_the_item(part: str, last: bool) -> None:
    inner = (
        f"<{part}><title>Logo</title><description>D</description><link>https://example.org/x</link></{part}>"
    )
    body = titled("T", "utf-8").decode()
    body = body.replace("</item>", inner + "</item>") if last else body.replace("<item>", "<item>" + inner)
    (entry,) = syndication.read(body.encode(), address=HERE).entries
    assert (entry.title, entry.address, entry.text) == ("T", "https://example.org/a?id=1", "x y")


@pytest.mark.parametrize(
    "words", ["&lt;image> and &lt;/image>", "<![CDATA[the <image> tag, <item> and </image>]]>", "<image/>A"]
)
def test_words_about_images_are_no_images(words: str) -> None:
    body = titled("T", "utf-8").decode().replace("&lt;p&gt;x&lt;/p&gt;y", words + " after")
    (entry,) = syndication.read(body.encode(), address=HERE).entries
    assert entry.text.endswith("after")


def test_json_feeds_are_read_item_by_item() -> None:
    body = json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "J",
            "language": "ko",
            "items": [
                {"id": "1", "url": "/one", "title": "하나", "content_html": "<p>a</p>b", "tags": ["x", 3]},
                {"id": "https://example.org/two", "title": 7, "authors": [{"name": "A"}, "B", {}]},
                "not an object",
                {"id": "3", "title": "T", "date_published": "2024-11-27T09:00:00+09:00"},
            ],
        }
    ).encode()
    first, two, bad, three = syndication.read(body, address=HERE).entries
    assert (first.title, first.address, first.text, first.tags) == (
        "하나",
        "https://example.org/one",
        "a b",
        ("x",),
    )
    assert (two.title, two.address, two.authors) == ("", "https://example.org/two", ("A",))
    assert bad == syndication.FeedItem()
    assert three.published is not None
    assert three.published.isoformat() == "2024-11-27T00:00:00+00:00"


@pytest.mark.parametrize("version", ["1", 1, 1.1, "1.1", "http://www.jsonfeed.org/version/1.1/"])
def test_a_json_feed_says_its_version_in_many_ways(version: object) -> None:
    body = json.dumps({"version": version, "items": [{"id": "1", "url": "/one", "title": "A"}]}).encode()
    assert syndication.read(body, address=HERE).entries[0].title == "A"


@pytest.mark.parametrize(
    "items",
    [
        [{"id": "1", "url": "/one", "title": "A"}],
        [{"id": 1, "title": "A"}, {"id": 2, "content_text": "B"}],
        [{"id": "1", "title": "A", "content_html": "<p>B</p>"}],
    ],
)
def test_a_json_feed_without_a_version_shows_itself_by_its_items(items: list[object]) -> None:
    assert syndication.read(json.dumps({"items": items}).encode(), address=HERE).entries[0].title == "A"


@pytest.mark.parametrize(
    "answer",
    [
        {"items": []},
        {"items": ["A"]},
        {"items": [{"name": "A"}]},
        {"items": [{"id": "1"}]},
        {"items": [{"id": "1", "title": "A"}, {"title": "B"}]},
        {"items": [{"id": "1", "title": 7}]},
        {"items": [{"id": "1", "title": "A"}], "version": "2.0"},
        {"items": [{"id": "1", "title": "A"}], "version": 7},
        {"items": {"id": "1", "title": "A"}},
    ],
)
def test_json_that_is_no_feed_is_refused(answer: object) -> None:
    with pytest.raises(NotWhatWeAsked, match="no feed"):
        syndication.read(json.dumps(answer).encode(), address=HERE)


@pytest.mark.parametrize(
    "body",
    [
        '{"version": "1.1", "items": [{"id": "1", "title": "A,] ,}",}, ],\n}',
        '{"version": "1.1", "items": [{"id": "1", "title": "A,] ,}", "tags": ["x" , ]}]}',
        '{"items": [{"title": "A,] ,}", "summary": "\\",]", "id": "1"\t,\r\n}]}',
    ],
)
def test_a_comma_before_a_closing_bracket_is_left_out_but_not_in_a_text(body: str) -> None:
    assert [entry.title for entry in syndication.read(body.encode(), address=HERE).entries] == ["A,] ,}"]


@pytest.mark.parametrize(
    "body",
    ['{"version": "1.1", "items": [,]}', '{"version": "1.1", "items": [{"id": "1"},', '{"a": "\\"' * 99_999],
)
def test_json_that_is_broken_otherwise_is_refused(body: str) -> None:
    with pytest.raises(NotWhatWeAsked, match="no feed"):
        syndication.read(body.encode(), address=HERE)


def test_a_raw_newline_in_json_is_a_blank() -> None:
    body = b'{"version": "1.1",\n"items": [{"id": "1", "url": "/one", "title": "A\nlong\ttitle"}]}'
    assert syndication.read(body, address=HERE).entries[0].title == "A long title"


def test_the_charset_of_the_header_counts_for_json_too() -> None:
    feed = {"version": "1.1", "items": [{"id": "1", "url": "/one", "title": "새 언어 모델"}]}
    body = json.dumps(feed, ensure_ascii=False).encode("cp949")
    assert syndication.read(body, address=HERE, charset="euc-kr").entries[0].title == "새 언어 모델"


def test_a_lone_surrogate_in_json_costs_one_letter() -> None:
    body = (
        rb'{"version": "https://jsonfeed.org/version/1", "items": '
        rb'[{"id": "1", "title": "a\ud800b \ud83d\ude00 \\ud800"}]}'
    )
    assert syndication.read(body, address=HERE).entries[0].title == "a\ufffdb \U0001f600 \\ud800"


def test_the_whole_corpus_is_read_or_refused_without_any_other_error(shared: Path) -> None:
    bodies = [
        p.read_bytes() for p in (shared / "sources/feeds").rglob("*") if p.is_file() and p.suffix != ".gz"
    ]
    with tarfile.open(shared / "sources/feeds/feedparser_tests.tar.gz") as archive:
        members = [archive.extractfile(m) for m in archive.getmembers() if m.isfile()]
        bodies += [member.read() for member in members if member]
    parsed = 0
    for body in bodies:
        try:
            syndication.read(body, address=HERE)
            parsed += 1
        except (NotWhatWeAsked, TooMuch):
            pass
    assert parsed >= 2_140


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_feed_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(titled("한국어 & <b>", "utf-8"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        width = data.draw(st.integers(0, 30))
        body[at : at + width] = data.draw(
            st.binary(max_size=20) | st.sampled_from([b"<", b"&", b"]]>", b"<!--"])
        )
        if not body:
            break
    with contextlib.suppress(NotWhatWeAsked, TooMuch):
        syndication.read(bytes(body), address=HERE)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("a<b in models", "a<b in models"),
        ("x<y and y>z hold", "x<y and y>z hold"),
        ("n<m models &amp; more", "n<m models & more"),
        ("Vec<T> in a model", "Vec<T> in a model"),
        ("List<String> of a<b", "List<String> of a<b"),
        ("a<b>c", "a<b>c"),
        ("5<x<10 tokens", "5<x<10 tokens"),
        ("a < b", "a < b"),
        ("<b>bold</b> words", "bold words"),
        ('<a href="https://a.example/">linked</a> words', "linked words"),
        ("H<sub>2</sub>O, i<j", "H2O, i<j"),
        ("one<br/>two", "one two"),
        ("<![CDATA[a<b and <i>c</i>]]>", "a<b and c"),
        ("&lt;b&gt;bold&lt;/b&gt; words", "bold words"),
    ],
)
def test_a_sign_of_less_in_a_title_is_text_and_a_tag_is_none(title: str, expected: str) -> None:
    feed = syndication.read(titled(title, "utf-8"), address=HERE)
    assert feed.entries[0].title == expected


def test_many_signs_of_less_cost_linear_time() -> None:
    begun = time.perf_counter()
    for title in ("<a " * 200_000, "<title>" * 100_000, "a<b" * 200_000, '<a b="' * 100_000):
        with contextlib.suppress(NotWhatWeAsked, TooMuch):
            syndication.read(titled(title, "utf-8"), address=HERE)
    assert time.perf_counter() - begun < 60


@pytest.mark.parametrize(
    ("language", "title"), [("<language>zh-CN</language>", "A model"), ("", "新的语言模型发布")]
)
def test_an_abbreviated_zone_is_that_of_the_feed_s_language(language: str, title: str) -> None:
    body = (
        titled(title, "utf-8").replace(b"GMT", b"CST").replace(b"<title>", language.encode() + b"<title>", 1)
    )
    (entry,) = syndication.read(body, address=HERE).entries
    assert entry.published is not None
    assert entry.published.isoformat() == "2024-11-26T17:02:03+00:00"


@pytest.mark.parametrize(
    ("written", "expected"),
    [("&#xD83D;&#xDE80; model", "🚀 model"), ("&#55357;&#56960; model", "🚀 model"),
     ("a &#xD83D; b", "a \ufffd b"), ("a &#xDE80;&#xD83D; b", "a \ufffd\ufffd b"),
     ("a &#55295; b", "a \ud7ff b")],
)  # fmt: skip
def test_halves_of_a_pair_written_as_references_are_one_character(written: str, expected: str) -> None:
    assert syndication.read(titled(written, "utf-8"), address=HERE).entries[0].title == expected


def test_items_without_the_feed_around_them_are_one() -> None:
    items = [{"id": "1", "title": "A", "url": "/a"}, {"id": "2", "content_text": "B"}]
    feed = syndication.read(json.dumps(items).encode(), address=HERE)
    assert [entry.title for entry in feed.entries] == ["A", "B"]
    for other in ([], [1, 2], [{"name": "x"}], [{"id": "1"}]):
        with pytest.raises(NotWhatWeAsked):
            syndication.read(json.dumps(other).encode(), address=HERE)


@pytest.mark.parametrize(
    "link",
    ['<link rel="alternate" type="application/rss+xml">', '<link rel="stylesheet" href="/style.css">'],
    ids=["a feed without an address", "an address of no feed"],
)
def test_a_page_that_advertises_no_feed_is_told_from_a_feed_with_other_advice(link: str) -> None:
    with pytest.raises(NotWhatWeAsked) as refused:
        syndication.read(
            f"<html><head>{link}</head><body>Hello</body></html>".encode(), address="https://example.org/"
        )
    assert "browser" in refused.value.hint


def test_entities_escaped_without_end_are_unescaped_three_times() -> None:
    feed = (
        '<rss version="2.0"><channel><title>T</title><item><link>https://example.org/1</link>'
        "<title>A and B</title><description>x &amp;amp;amp;amp;amp;amp;amp; y</description>"
        "</item></channel></rss>"
    )
    (entry,) = syndication.read(feed.encode(), address="https://example.org/").entries
    assert "&amp;" in entry.text
