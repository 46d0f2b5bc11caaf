"""Reading an answer's body within a limit, also while it is being decompressed.

Counting decoded bytes afterwards is too late: 102 bytes of brotli or 590 of doubly zipped gzip become chunks
of 64 and 256 MiB in a client that decodes first. So we offer only gzip and take it apart with `max_length`,
as we do deflate, which some send all the same; what begins as a document is one, whatever the header claims.
Every other or stacked encoding is refused, and so is a body that ends too early, unless it is a feed that
ends as it should: then only the checksum is missing.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from email.message import Message
from itertools import chain
from xml.parsers import expat

from daybrief.errors import NotWhatWeAsked, TooMuch

OFFERED = "gzip, identity"
_GZIP_MARK = b"\x1f\x8b"
# Names that servers put into Content-Encoding and that encode nothing: a charset, a transfer, a form of text.
_NO_CODING = frozenset(
    "identity none utf-8 utf8 us-ascii iso-8859-1 binary 7bit 8bit quoted-printable text plain aws-chunked "
    "chunked null false off raw default unicode charset=utf-8".split()
) | {""}
_MEDIA_TYPE = re.compile(r"[a-z0-9.+_-]{1,80}/[a-z0-9.+_-]{1,80}")
_DOCUMENT = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,8}[<{]")
_FEED_ROOTS = frozenset({"rss", "feed", "rdf"})
_ENOUGH = 16  # bytes that tell what a body is
_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to say: a gzip header, and check the CRC


def read_bounded(chunks: Iterable[bytes], *, encoding: str, announced: str, limit: int) -> bytes:
    """The decoded body, of at most `limit` bytes before and after decoding.

    `encoding` and `announced` are the Content-Encoding and Content-Length headers. Raises TooMuch, or
    NotWhatWeAsked for an encoding we did not offer or that does not decode.
    """
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > limit:
        raise TooMuch(f"announced {announced[:20]} bytes, more than {limit}", hint="see web.max_bytes")
    codings = [name for part in encoding.lower().split(",") if (name := part.strip()) not in _NO_CODING]
    if not codings:
        return _plain(chunks, limit)
    start, rest = _begun(chunks)
    if start and _GZIP_MARK.startswith(start[:2]) and len(codings) == 1:
        return _inflated(rest, limit, _GZIP)
    if codings == ["deflate"] and not _DOCUMENT.match(start):
        return _inflated(rest, limit, zlib.MAX_WBITS if _is_zlib(start) else -zlib.MAX_WBITS)
    if codings in (["gzip"], ["x-gzip"]) or _DOCUMENT.match(start):
        return _plain(rest, limit)
    raise NotWhatWeAsked(f"the body is encoded as {encoding[:60]!r}; we offered {OFFERED}")


def _begun(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all chunks again: some name an encoding of what is in none."""
    coming = iter(chunks)
    start = b""
    while len(start) < _ENOUGH and (chunk := next(coming, None)) is not None:
        start += chunk
    return start, chain([start], coming)


def _is_zlib(start: bytes) -> bool:
    """Whether a body is deflated as the standard says (RFC 1950), not without its frame as many do."""
    return start[:1] == b"\x78" and len(start) > 1 and (start[0] * 256 + start[1]) % 31 == 0


def _plain(chunks: Iterable[bytes], limit: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        if len(body) + len(chunk) > limit:
            raise _too_much(limit)
        body += chunk
    return bytes(body)


def _inflated(chunks: Iterable[bytes], limit: int, window: int) -> bytes:
    """What was deflated in the frame that `window` names to zlib: gzip's, zlib's own, or none."""
    body, encoded, member = bytearray(), 0, zlib.decompressobj(window)
    kind = "gzip" if window == _GZIP else "deflate"
    begun = False
    try:
        for chunk in chunks:
            encoded += len(chunk)
            if encoded > limit:
                raise _too_much(limit)
            rest = chunk
            while rest:
                if member.eof and (window != _GZIP or rest[:1] != _GZIP_MARK[:1]):
                    return bytes(body)  # padding, or rubbish after the end: nothing of it is wanted
                if member.eof:  # a gzip file may have several members (RFC 1952 section 2.2)
                    member, begun = zlib.decompressobj(window), False
                body += member.decompress(rest, limit + 1 - len(body))
                begun = True
                if len(body) > limit:
                    raise _too_much(limit)
                rest = member.unused_data or member.unconsumed_tail
    except zlib.error as broken:
        raise NotWhatWeAsked(f"the body is no valid {kind}: {broken}") from broken
    if begun and not member.eof and not _is_whole_feed(bytes(body)):
        raise NotWhatWeAsked(
            f"the {kind} body ends too early, {len(body)} bytes into the text",
            hint="it may be whole next time",
        )
    return bytes(body)


def _is_whole_feed(body: bytes) -> bool:
    """Whether a text is an XML feed from its first tag to its last: then a cut took only the checksum.

    False for a document type, which could hide a bomb, and for an encoding that expat does not know.
    """
    roots: list[str] = []
    parser = expat.ParserCreate()

    def note_root(name: str, _attributes: dict[str, str]) -> None:
        roots.append(name.rpartition(":")[2].lower())
        parser.StartElementHandler = None

    def refuse(*_declared: object) -> None:
        raise ValueError("a document type")

    parser.StartElementHandler = note_root
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        return False
    return roots[0] in _FEED_ROOTS


def _too_much(limit: int) -> TooMuch:
    return TooMuch(f"larger than {limit} bytes", hint="see web.max_bytes")


def media_type(content_type: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header, lower case; "" where it says nothing usable."""
    message = Message()
    message["Content-Type"] = content_type[:500].replace("\r", " ").replace("\n", " ")
    named = message.get_content_type() if "/" in content_type else ""
    charset = message.get_param("charset", "")
    named = named if _MEDIA_TYPE.fullmatch(named) else ""
    return named, charset.strip().lower() if isinstance(charset, str) else ""
