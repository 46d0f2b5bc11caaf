"""No answer costs more memory than its limit allows, whatever its encoding claims."""

from __future__ import annotations

import gzip
import re
import tracemalloc
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.adapters.network import media_type, read_bounded
from daybrief.adapters.web import WebSettings
from daybrief.errors import DaybriefError, NotWhatWeAsked, TooMuch
from daybrief.testing import Route, serve

MIB = 2**20
LIMIT = 10 * MIB
URL = "https://feeds.example.org/"


def zeros(count: int, level: int = 9) -> bytes:
    """`count` MiB of zeros as gzip, made without holding them."""
    squeeze = zlib.compressobj(level, zlib.DEFLATED, 31)
    return b"".join(squeeze.compress(bytes(MIB)) for _ in range(count)) + squeeze.flush()


def pieces(body: bytes, size: int = 65_536) -> Iterator[bytes]:
    return (body[i : i + size] for i in range(0, len(body), size))


def peak_of(act: Callable[[], object]) -> float:
    """Extra memory at the highest point, in MiB."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1] / MIB
    finally:
        tracemalloc.stop()


BOMBS = {
    "gzip of 256 MiB": (zeros(256), "gzip"),
    "gzip of 10 MiB and a byte": (gzip.compress(bytes(LIMIT + 1)), "gzip"),
    "300 members of 1 MiB": (zeros(1) * 300, "gzip"),
    "gzip in gzip": (gzip.compress(zeros(256)), "gzip, gzip"),
    "gzip in gzip, said to be one": (gzip.compress(gzip.compress(zeros(256))) + zeros(64), "gzip"),
    "brotli": (b"\x5b\xff\xff\xff\x80\xaa\xaa\xaa\xea\xff\xff", "br"),
    "deflate": (zlib.compress(bytes(64 * MIB)), "deflate"),
    "200 MiB of gzip that does not shrink": (zeros(32, level=0), "gzip"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_twice_the_limit(name: str) -> None:
    body, encoding = BOMBS[name]
    route = Route(body, headers={"Content-Encoding": encoding}, chunked=True)
    with serve({URL: route}, settings=WebSettings(retries=0)) as site:

        def fetch() -> None:
            with pytest.raises((TooMuch, NotWhatWeAsked)):
                site.web.get(URL)

        assert peak_of(fetch) <= 2.2 * LIMIT / MIB + len(body) / MIB + 1


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_of_the_limit_costs_little_more_than_twice_its_size(encoding: str) -> None:
    body = gzip.compress(bytes(LIMIT)) if encoding else bytes(LIMIT)

    def read() -> None:
        body_read = read_bounded(pieces(body), encoding=encoding, announced="", limit=LIMIT)
        assert len(body_read) == LIMIT

    assert peak_of(read) <= 2.2 * LIMIT / MIB


@pytest.mark.parametrize("size", [1, 7, 65_536])
@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP "])
def test_gzip_is_read_whatever_the_chunks(size: int, encoding: str) -> None:
    text = b"The quick brown fox " * 100
    for body in (gzip.compress(text), gzip.compress(text[:500]) + gzip.compress(text[500:])):
        assert read_bounded(pieces(body, size), encoding=encoding, announced="", limit=LIMIT) == text


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_plain_bytes_are_left_alone(encoding: str) -> None:
    body = gzip.compress(b"a file that is a gzip file")
    assert read_bounded([body], encoding=encoding, announced=str(len(body)), limit=LIMIT) == body


BROKEN = gzip.compress(b"hello " * 1000)


@pytest.mark.parametrize(
    "body",
    [
        BROKEN[:-1],
        BROKEN[:-9],
        BROKEN[:12],
        BROKEN[:1],
        BROKEN[:-8] + b"\0\0\0\0" + BROKEN[-4:],
    ],
    ids=["last byte", "trailer", "header only", "one byte", "CRC"],
)
def test_broken_gzip_is_not_what_we_asked(body: bytes) -> None:
    with (
        serve({URL: Route(body, headers={"Content-Encoding": "gzip"})}) as site,
        pytest.raises(NotWhatWeAsked, match="gzip"),
    ):
        site.web.get(URL)


RSS = b"<?xml version='1.0'?><rss><channel>" + b"<item><title>A</title></item>" * 9 + b"</channel></rss>\n"
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>A</title></entry></feed>'
RDF = b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><item/></r:RDF>'


@pytest.mark.parametrize("text", [RSS, ATOM, RDF])
@pytest.mark.parametrize("missing", [1, 4, 8])
def test_a_feed_that_lost_only_its_checksum_is_read(text: bytes, missing: int) -> None:
    body = gzip.compress(text)[:-missing]
    for size in (1, 65_536):
        assert read_bounded(pieces(body, size), encoding="gzip", announced="", limit=LIMIT) == text


@pytest.mark.parametrize(
    "text",
    [
        RSS.replace(b"</channel></rss>", b""),
        RSS.replace(b"</rss>", b""),
        b"<rss><channel><item><title><![CDATA[</rss>",
        ATOM.replace(b"</entry>", b""),
        b"<!DOCTYPE rss><rss></rss>",
        "<!DOCTYPE rss><rss></rss>".encode("utf-16"),
        '<?xml version="1.0" encoding="euc-kr"?><rss>한국</rss>'.encode("euc-kr"),
        b'<?xml version="1.0" encoding="no-such"?><rss></rss>',
        b"<html><body>A</body></html>",
        b"",
        b"A",
    ],
)
def test_a_cut_body_that_is_no_whole_feed_is_refused(text: bytes) -> None:
    with pytest.raises(NotWhatWeAsked, match="ends too early"):
        read_bounded([gzip.compress(text)[:-4]], encoding="gzip", announced="", limit=LIMIT)


def test_a_feed_that_was_cut_anywhere_is_whole_or_refused() -> None:
    body = gzip.compress(RSS)
    for length in range(1, len(body)):
        try:
            text = read_bounded([body[:length]], encoding="gzip", announced="", limit=LIMIT)
        except NotWhatWeAsked:
            continue
        assert text.rstrip() == RSS.rstrip()


@pytest.mark.parametrize("padding", [b"\0" * 512, b"trailing rubbish", b"\n"])
def test_what_follows_a_whole_gzip_body_is_padding(padding: bytes) -> None:
    for size in (1, 65_536):
        chunks = pieces(BROKEN + padding, size)
        assert read_bounded(chunks, encoding="gzip", announced="", limit=LIMIT) == b"hello " * 1000


@pytest.mark.parametrize(
    "encoding",
    [
        "none",
        "utf-8",
        "UTF8",
        "binary",
        "8bit",
        "aws-chunked",
        "identity, utf-8",
        "gzip",
        "x-gzip, none",
        "br",
        "zstd",
        "deflate",
        "compress",
        "null",
    ],
)
def test_a_document_that_nothing_encodes_is_read_whatever_its_header_claims(encoding: str) -> None:
    with serve({URL: Route(b"<rss/>", headers={"Content-Encoding": encoding})}) as site:
        assert site.web.get(URL).body == b"<rss/>"


@pytest.mark.parametrize("encoding", ["aws-chunked, gzip", "utf-8,gzip", "gzip, none"])
def test_gzip_is_undone_beside_names_that_encode_nothing(encoding: str) -> None:
    with serve({URL: Route(BROKEN, headers={"Content-Encoding": encoding})}) as site:
        assert site.web.get(URL).body == b"hello " * 1000


@pytest.mark.parametrize("window", [zlib.MAX_WBITS, -zlib.MAX_WBITS], ids=["framed", "bare"])
@pytest.mark.parametrize("size", [1, 65_536])
def test_deflate_is_read_with_its_frame_and_without(window: int, size: int) -> None:
    pack = zlib.compressobj(wbits=window)
    body = pack.compress(b"hello " * 1000) + pack.flush()
    assert read_bounded(pieces(body, size), encoding="deflate", announced="", limit=LIMIT) == b"hello " * 1000
    with pytest.raises(NotWhatWeAsked, match="deflate"):
        read_bounded(pieces(body[:-2], size), encoding="deflate", announced="", limit=LIMIT)
    with pytest.raises(TooMuch):
        read_bounded(pieces(body, size), encoding="deflate", announced="", limit=100)


FEED = b"<rss><channel><title>zipped</title></channel></rss>"


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "x-gzip", "", "identity"])
@pytest.mark.parametrize("layers", [1, 2])
def test_a_document_is_unzipped_layer_by_layer_whatever_the_header_says(encoding: str, layers: int) -> None:
    body = FEED
    for _ in range(layers):
        body = gzip.compress(body)
    assert read_bounded(pieces(body, 7), encoding=encoding, announced="", limit=LIMIT) == FEED
    with pytest.raises(TooMuch):
        read_bounded(pieces(body, 7), encoding=encoding, announced="", limit=len(FEED) - 1)


def test_gzip_under_another_name_is_read() -> None:
    assert read_bounded([BROKEN], encoding="br", announced="", limit=LIMIT) == b"hello " * 1000


def test_an_empty_body_is_empty_even_when_it_claims_to_be_gzip() -> None:
    assert read_bounded([], encoding="gzip", announced="0", limit=10) == b""


@pytest.mark.parametrize("announced", ["", "x", "-1", "1e9", "٣", "10", "0010"])
def test_a_strange_length_is_not_believed(announced: str) -> None:
    assert read_bounded([b"x" * 10], encoding="", announced=announced, limit=10) == b"x" * 10


@pytest.mark.parametrize("announced", ["11", "9" * 5000])
def test_a_length_beyond_the_limit_needs_no_reading(announced: str) -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    with pytest.raises(TooMuch):
        read_bounded(never(), encoding="", announced=announced, limit=10)


@given(st.binary(max_size=300), st.sampled_from(["gzip", "identity"]), st.integers(0, 200))
def test_any_bytes_are_an_answer_or_one_of_our_errors(body: bytes, encoding: str, limit: int) -> None:
    for raw in (body, b"\x1f\x8b\x08\0\0\0\0\0\0\0" + body):
        try:
            assert len(read_bounded(pieces(raw, 9), encoding=encoding, announced="", limit=limit)) <= limit
        except DaybriefError:
            continue


@given(st.binary(max_size=2000), st.integers(1, 300))
def test_a_gzipped_body_is_read_back_from_chunks_of_any_size(body: bytes, size: int) -> None:
    zipped = gzip.compress(body)
    assert read_bounded(pieces(zipped, size), encoding="gzip", announced="", limit=5000) == body


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/html; charset=UTF-8", ("text/html", "utf-8")),
        ('application/atom+xml;charset="KOI8-R"', ("application/atom+xml", "koi8-r")),
        ("Application/JSON", ("application/json", "")),
        ("text/xml; boundary=x; CHARSET='euc-kr'", ("text/xml", "'euc-kr'")),
        ("", ("", "")),
        ("nonsense", ("", "")),
        ("text/html; charset", ("text/html", "")),
        ("text/html; charset*=utf-8''utf-8", ("text/html", "")),
        ("a/b\r\nX: y", ("", "")),
        ("text/html;" * 10_000, ("text/html", "")),
    ],
)
def test_a_content_type_is_taken_apart_without_trust(header: str, expected: tuple[str, str]) -> None:
    assert media_type(header) == expected


@given(st.text() | st.text(alphabet="text/htmlcharse=;\"' \r\n*"))
def test_any_content_type_gives_a_type_and_a_charset_in_lower_case_or_nothing(header: str) -> None:
    named, charset = media_type(header)
    assert named == "" or re.fullmatch(r"[^/\s]+/[^/\s]+", named)
    assert (named, charset) == (named.lower(), charset.strip().lower())
