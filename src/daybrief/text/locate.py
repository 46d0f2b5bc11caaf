"""Where the words of a quote stand in a text, letter for letter or nearly so.

Models copy well but not perfectly: they straighten quotation marks, change dashes and blanks, compose or
decompose letters. Such a quote is found all the same, and the exact words of the text are what counts.
"""

from __future__ import annotations

import html
import unicodedata

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", None),
    }
)


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """The offsets (code points) of the first place where the quote stands, or None.

    Exactly if possible; else up to blanks, quotation marks, dashes and Unicode's compatibility forms (NFKC);
    else also up to backslashes and HTML entities, which get lost or doubled between escapes.
    """
    wanted = quote.strip()
    if not wanted:
        return None
    exact = text.find(wanted)
    if exact >= 0:
        return exact, exact + len(wanted)
    plain, origin = _folded(text)
    return _found(wanted, plain, origin) or _found_unescaped(wanted, plain, origin)


def _found(wanted: str, plain: str, origin: list[tuple[int, int]]) -> tuple[int, int] | None:
    needle = _folded(wanted)[0].strip()
    found = plain.find(needle) if needle else -1
    return None if found < 0 else (origin[found][0], origin[found + len(needle) - 1][1])


def _found_unescaped(wanted: str, plain: str, origin: list[tuple[int, int]]) -> tuple[int, int] | None:
    unescaped = html.unescape(wanted) if "&" in wanted else wanted
    if "\\" not in plain and "\\" not in wanted and unescaped == wanted:
        return None
    kept = [place for place, letter in enumerate(plain) if letter != "\\"]
    bare = "".join(plain[place] for place in kept)
    return _found(unescaped.replace("\\", ""), bare, [origin[place] for place in kept])


def _folded(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text in its plainest form, and the span of the original each of its characters stands for."""
    plain: list[str] = []
    origin: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = unicodedata.normalize("NFKC", text[start:end]).translate(_FOLDED)
        piece = unicodedata.normalize("NFKC", piece)
        for character in piece:
            if character.isspace():
                if plain and plain[-1] == " ":
                    origin[-1] = (origin[-1][0], end)
                    continue
                character = " "
            plain.append(character)
            origin.append((start, end))
    return "".join(plain), origin


def _clusters(text: str) -> list[tuple[int, int]]:
    """Spans that normalise on their own: a character with the marks and Hangul parts behind it."""
    spans: list[tuple[int, int]] = []
    for place, character in enumerate(text):
        joins = unicodedata.combining(character) or "\u1160" <= character <= "\u11ff"
        if joins and spans:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return spans
