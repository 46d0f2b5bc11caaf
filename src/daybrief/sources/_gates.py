"""The gates that a document passes before a parser builds anything from it: one for XML, one for HTML.

Entities are the smaller danger today. A feed parser that keeps a table per element needs half a minute for
half a megabyte of attributes or namespaces, and a byte limit does not help. So the shape of XML is limited
here, in one pass of expat that keeps nothing. Expat stops at the first mistake, and forgiving parsers go on:
what is not well-formed is counted as bytes, too.

HTML parsers forgive everything, at a price: thousands of attributes on one element, or of elements within
each other, take the square of their number in time (40,000 attributes: four seconds, in less than half a
megabyte). No HTML is tokenised here, since a page may be made to be read otherwise than by the parser: what
is counted bounds tags and attributes however the bytes are read.
"""

from __future__ import annotations

import re
from typing import NoReturn
from xml.parsers import expat  # resolves nothing outside; entity declarations are refused below

from daybrief.errors import NotWhatWeAsked, TooMuch

_MOST_NAMESPACES = 32
_MOST_ATTRIBUTES = 64
_DEEPEST = 64
_MOST_BROKEN_TAGS = 70_000  # in XML that is not well-formed: a forgiving parser takes 15 µs for each
_MOST_BROKEN_PARTS = 60_000  # names and values within its tags
_MOST_BROKEN_ENTITIES = 300_000
_ENTRIES = frozenset({"item", "entry", "record"})
_APART = re.compile(rb"[\s/\"'=]+")
_CHUNK = 65_536  # a refused bomb is left before the rest of it is read


# ── XML ─────────────────────────────────────────────────────────────────────────────────────────────


def admit_xml(
    body: bytes,
    *,
    entries: int = 5_000,
    elements: int = 1_000_000,
    roots: frozenset[str] = frozenset(),
    whole: bool = False,
) -> str:
    """Let an XML document through, or refuse it; returns the local name of its root element.

    Refuses entity declarations, elements nested deeper than 64, more than 64 attributes on one, more than
    32 distinct namespaces, more than `elements` elements and attributes, and more than `entries` elements
    named `item`, `entry` or `record`. A DOCTYPE alone is allowed (old RSS has one). What is not well-formed
    passes `admit_broken_xml` if a root was seen, for a forgiving parser to read; with `whole` it is refused.
    `roots`, when given, are the only roots accepted.

    Raises TooMuch for a shape beyond the limits, NotWhatWeAsked for what is no XML or has another root.
    """
    gate = _Gate(entries, elements, roots)
    try:
        gate.read(body)
    except expat.ExpatError as broken:
        # Feeds in the wild hold undefined entities and bare ampersands: those are for the parser to mend.
        if whole and gate.root:
            raise NotWhatWeAsked(f"the XML is broken or cut short: {broken}", hint=_HINT) from broken
        if not gate.root:
            raise NotWhatWeAsked(f"no XML: {broken} in {_shown(body)}", hint=_HINT) from broken
        admit_broken_xml(body)
    except (ValueError, LookupError) as broken:  # a declared encoding that Python does not know
        raise NotWhatWeAsked(f"no XML: {broken} in {_shown(body)}", hint=_HINT) from broken
    return gate.root


def admit_broken_xml(body: bytes) -> None:
    """Let XML that is not well-formed through to a forgiving parser, or refuse it; bytes that extend ASCII.

    Outside CDATA sections it may hold 70,000 tags, 60,000 names and values within them, and 300,000 `&`.
    Raises TooMuch.
    """
    first, *sections = body.split(b"<![CDATA[")
    text = b" ".join([first, *(section.partition(b"]]>")[2] for section in sections)])
    tags = text.count(b"<") + len(sections)
    if tags > _MOST_BROKEN_TAGS:
        _refuse(f"it is not well-formed, and has {tags} tags")
    if (entities := text.count(b"&")) > _MOST_BROKEN_ENTITIES:
        _refuse(f"it is not well-formed, and has {entities} ampersands")
    parts = (part for tag in text.split(b"<")[1:] for part in _APART.finditer(tag.partition(b">")[0]))
    if any(number >= _MOST_BROKEN_PARTS for number, _ in enumerate(parts)):
        _refuse(f"it is not well-formed, and its tags have more than {_MOST_BROKEN_PARTS} parts")


_HINT = "the server sent something else than the feed; open the address in a browser"


def _shown(body: bytes) -> str:
    return repr(body[:80].decode("utf-8", "replace"))


class _Gate:
    """Counts what one expat pass reports; holds no content."""

    def __init__(self, entries: int, elements: int, roots: frozenset[str]) -> None:
        self.root = ""
        self._roots = roots
        self._room = entries
        self._elements = elements
        self._depth = 0
        self._namespaces: set[str] = set()

    def read(self, body: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = False
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity
        for start in range(0, len(body), _CHUNK):
            parser.Parse(body[start : start + _CHUNK], False)
        parser.Parse(b"", True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        local = name.rpartition(":")[2]
        if not self.root:
            self._enter(local)
        self._elements -= 1 + len(attributes)
        if self._elements < 0:
            _refuse("more elements and attributes than accepted")
        if self._depth > _DEEPEST:
            _refuse(f"elements nested deeper than {_DEEPEST}")
        if len(attributes) > _MOST_ATTRIBUTES:
            _refuse(f"{len(attributes)} attributes on one element")
        self._namespaces.update(v for k, v in attributes.items() if k == "xmlns" or k.startswith("xmlns:"))
        if len(self._namespaces) > _MOST_NAMESPACES:
            _refuse(f"more than {_MOST_NAMESPACES} namespaces")
        if local in _ENTRIES:
            self._room -= 1
            if self._room < 0:
                _refuse("more entries than accepted")

    def _enter(self, local: str) -> None:
        self.root = local
        if self._roots and local not in self._roots:
            wanted = " or ".join(sorted(self._roots))
            raise NotWhatWeAsked(f"the document is <{local[:40]}>, not <{wanted}>", hint=_HINT)

    def _end(self, name: str) -> None:  # noqa: ARG002 - expat's protocol
        self._depth -= 1

    def _entity(self, name: str, *_: object) -> None:
        _refuse(f"it declares the entity {name[:40]!r}")


def _refuse(what: str) -> NoReturn:
    raise TooMuch(f"the XML is refused: {what}", hint="no honest feed needs that; the source is skipped")


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────────


def admit_html(body: bytes, *, tags: int = 20_000, parts: int = 40_000) -> None:
    """Let a page through, or refuse it; bytes in an encoding that extends ASCII.

    `tags` bounds the `<` in it, `parts` the runs of blanks, quotes, slashes and equals signs, one of which
    stands before every attribute. Raises TooMuch.
    """
    if body.count(b"<") > tags:
        raise TooMuch(f"a page of more than {tags} tags", hint="the site may be broken or hostile")
    for number, _ in enumerate(_APART.finditer(body)):
        if number == parts:
            raise TooMuch(f"a page of more than {parts} parts", hint="the site may be broken or hostile")
