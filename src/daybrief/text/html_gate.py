"""The gate an HTML page passes before a parser builds a tree of it.

HTML parsers forgive everything, at a price: thousands of attributes on one element, or of elements within
each other, take the square of their number in time (40,000 attributes: four seconds, in less than half a
megabyte). No tokenising is done here, since a page may be made to be read otherwise than by the parser: what
is counted bounds tags and attributes however the bytes are read.
"""

from __future__ import annotations

import re

from daybrief.errors import TooMuch

_APART = re.compile(rb"[\s/\"'=]+")


def admit(body: bytes, *, tags: int = 20_000, parts: int = 40_000) -> None:
    """Let a page through, or refuse it; bytes in an encoding that extends ASCII.

    `tags` bounds the `<` in it, `parts` the runs of blanks, quotes, slashes and equals signs, one of which
    stands before every attribute. Raises TooMuch.
    """
    if body.count(b"<") > tags:
        raise TooMuch(f"a page of more than {tags} tags", hint="the site may be broken or hostile")
    for number, _ in enumerate(_APART.finditer(body)):
        if number == parts:
            raise TooMuch(f"a page of more than {parts} parts", hint="the site may be broken or hostile")
