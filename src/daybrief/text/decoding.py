"""Foreign bytes made text: byte order marks, the labels of the web, and what labels are wrong about.

    byte order mark | UTF-8, or nearly | the declared encodings, by sense | the usual encodings, by sense

One bad byte costs one character or two, never the whole text. Labels mean what browsers take them for
(https://encoding.spec.whatwg.org/#names-and-labels): `euc-kr` is Microsoft's extension of it, and so on.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import BinaryIO

import msgspec
import webencodings

from daybrief.errors import NotWhatWeAsked

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What the labels mean in Python, where a name of the standard is that of a smaller set there.
_CODECS = {
    "euc-kr": "cp949", "shift_jis": "cp932", "big5": "big5hkscs", "gbk": "gb18030", "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp_ext",
}  # fmt: skip
# Python codecs that are no charset: decoding is slow, an error of its own kind, or a way to hide markup.
_TRICKS = frozenset(
    {"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "utf_7"}
)
# What is tried where no label helps: encodings whose text proves itself by its commonest characters, and the
# one of western Europe. Others cannot be told apart without knowing the language.
_USUAL = ("cp949", "gb18030", "big5hkscs", "cp932", "euc_jp", "cp1251", "koi8-r", "cp1252")
_SAMPLE = 60_000  # bytes or characters that are judged
_FEW = 24  # characters that say something about an encoding
_ODD = frozenset("Cc Cf Cn Co Cs No Sc Sk Sm So Lm".split())
_ORDINARY = frozenset(
    "\u00a0\u00b7\u00ab\u00bb\u00b0\u20ac\u00a3\u00a9\u00ae\u2122\u2192\u2191\u2193\u2212\u00d7\u00b1\u00b2\u00b3\u00bd\u2022\u25cf\u25b2\u25b6\u2605"
)
# Half of the letters of a Russian text, and not many less in other languages of the script.
_RUSSIAN = frozenset("\u043e\u0435\u0430\u0438\u043d\u0442")
_LITTLE_WORDS = frozenset(
    "\u0438 \u0432 \u043d\u0430 \u043d\u0435 \u0441 \u043f\u043e "
    "\u0456 \u0442\u0430 \u0437\u0430 \u0434\u0430".split()
)
_NOT_WESTERN = frozenset(
    "\u00fe\u00f0\u00fd\u00de\u00d0\u00b9\u00b3\u00bf\u00a3\u00be\u00bc\u00a5\u00b6\u00a6"
)
_SCRIPTS = (
    ("\u0400", "\u052f", "cyrillic"),
    ("\u0370", "\u03ff", "greek"),
    ("\u0590", "\u06ff", "semitic"),
    ("\u0e00", "\u0e7f", "thai"),
    ("\u3041", "\u30fa", "kana"),
    ("\u3400", "\u9fff", "han"),
    ("\uac00", "\ud7a3", "hangul"),
)
_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
_FOUR_BYTES = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]")
# The first bytes of the characters that these standards count among the frequent ones.
_FREQUENT_LEADS = {
    "cp949": range(0xB0, 0xC9), "gb18030": range(0xB0, 0xD8), "big5hkscs": range(0xA4, 0xC7),
    "cp932": range(0x88, 0x98), "euc_jp": range(0xB0, 0xD0), "euc_jis_2004": range(0xB0, 0xD0),
}  # fmt: skip
_NEVER_SECOND = re.compile(
    rb"([\x00-\x2f\x3a-\x3f]+)"
)  # bytes that end a character in all of these encodings
_STRAY = re.compile("[\x80-\x9f\uf8f0-\uf8f3]")  # what Python's cp932 makes of bytes that begin nothing
_MOST_REALIGNED = 200_000  # bytes; each costs some microseconds
_LOST = "\ufffd"
_LOSS, _FURTHER_LOSS = 8, 2  # costs of a byte that is left out, and of its neighbour
_MOST_LOST = 3  # bytes that one replacement character stands for
_LONGEST = 4  # bytes of a character, in GB18030
_MARKUP = re.compile(r"<[^<>]{0,2000}>|&#?\w{1,10};")
_UNASCII = re.compile(r"[^\x00-\x7f]")


class _Common(msgspec.Struct, frozen=True):
    """The commonest characters of Chinese and Japanese, and of Korean: text in them is full of these."""

    han: str
    hangul: str


def codec_of(label: str) -> str:
    """The Python codec that a label of the web names; "" for one that nobody knows, or that is no charset."""
    known = webencodings.lookup(label)
    if known is not None:
        return _CODECS.get(known.name, known.codec_info.name)
    try:
        codec = codecs.lookup(label)
    except (LookupError, ValueError):
        return ""
    text = getattr(codec, "_is_text_encoding", True)
    return codec.name if text and not is_trick(codec.name) else ""


def is_trick(label: str) -> bool:
    """Whether a label names what no honest document is encoded in."""
    return label.lower().replace("-", "_") in {name.replace("-", "_") for name in _TRICKS}


def own_text(body: bytes) -> str:
    """The text of a file that a person hands over: UTF-8, or what its byte order mark says.

    Raises UnicodeDecodeError, since a guess at somebody's own words helps nobody.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name)
    return body.decode(_wide(body) or "utf-8")


def own_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a person's file in UTF-8; one in UTF-16 or UTF-32 is read as a whole for it."""
    first = file.readline()
    if any(first.startswith(mark) for mark, name in _BOMS if name != "utf-8") or _wide(first):
        yield from (line.encode() for line in own_text(first + file.read()).splitlines())
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from file


def decoded(body: bytes, labels: Iterable[str] = ()) -> str:
    """The text of `body`, without a byte order mark; `labels` name the encodings it may be in, best first.

    Raises NotWhatWeAsked when no encoding makes sense of it.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if wide := _wide(body):
        return body.decode(wide, "replace")
    named = list(dict.fromkeys(filter(None, map(codec_of, labels))))
    stateful = [name for name in named if name.startswith(("iso2022", "iso-2022", "hz"))]
    if b"\x1b$" in body:  # all of it is ASCII: nothing else would tell
        return body.decode(stateful[0] if stateful else _CODECS["iso-2022-jp"], "replace")
    if _is_utf8(body, declared="utf-8" in named or not named):
        return body.decode("utf-8", "replace")
    others = [name for name in named if name != "utf-8" and not name.startswith("utf-16")]
    if "euc_jp" in others:  # with the circled numbers and the like that browsers know, where it has any
        others.append("euc_jis_2004")
    if _is_of_four_bytes(body):
        others.insert(0, "gb18030")
    candidates = list(dict.fromkeys((*others, *_USUAL)))
    whole = [name for name in candidates if _decodes(body, name)]
    # One that reads every byte comes before one that was declared and does not.
    for name in dict.fromkeys((*whole, *candidates)):
        if _makes_sense(body, name, declared=name in others):
            return _realigned(body, name)
    declared = ", ".join(named) or "none"
    raise NotWhatWeAsked(
        f"the text makes no sense in any encoding (declared: {declared})",
        hint="its publisher has to declare the encoding it is in",
    )


def _wide(body: bytes) -> str:
    """UTF-16 without a mark: every other byte of its beginning is zero."""
    start = body[:8].ljust(8, b" ")
    if start[0] and not start[1] and start[2] and not start[3]:
        return "utf-16-le"
    return "utf-16-be" if not start[0] and start[1] and not start[2] and start[3] else ""


def _is_utf8(body: bytes, *, declared: bool) -> bool:
    """Whether bytes are UTF-8, or nearly: hardly any text in another encoding holds a character of it."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return True
    characters = len(_MULTIBYTE.findall(body))
    others = len(_MULTIBYTE.sub(b"", body).translate(None, bytes(range(128))))
    return characters >= (1 if declared else 3) * others or (declared and others <= 2)


def _is_of_four_bytes(body: bytes) -> bool:
    """Whether most of the foreign characters are GB18030's long ones: letter, digit, letter, digit.

    So it writes Hangul and all that GBK lacks. Under a western label each would pass for two short words.
    """
    long = len(_FOUR_BYTES.findall(body))
    return long >= _FEW and long * 4 > len(body.translate(None, bytes(range(128))))


def _decodes(body: bytes, name: str) -> bool:
    try:
        body.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _makes_sense(body: bytes, name: str, *, declared: bool) -> bool:
    """Whether the beginning of a text looks like writing in this encoding, its markup aside."""
    sample = body[:_SAMPLE] if len(body) <= _SAMPLE else body[: body.rfind(b"<", 0, _SAMPLE) + 1 or _SAMPLE]
    text = _realigned(sample, name) if declared else sample.decode(name, "replace")
    return _sensible(_MARKUP.sub(" ", text), declared=declared)


def _sensible(text: str, *, declared: bool) -> bool:
    """Whether what is not ASCII in a text looks like writing; of an encoding nobody named, more is asked."""
    foreign = _UNASCII.findall(text)
    if not foreign:
        return True
    lost = foreign.count("\ufffd")
    odd = sum(map(_odd, foreign))
    if (lost > 2 and lost * 20 > len(foreign)) or (odd > 2 and odd * 4 > len(foreign)):
        return False
    scripts = Counter(map(_script, foreign))
    asian = scripts["han"] + scripts["hangul"] + scripts["kana"]
    if not asian and any("\uff61" <= character <= "\uff9f" for character in foreign):
        return False  # nobody writes halfwidth kana alone
    if asian * 3 > len(foreign):
        if len(re.findall(r"[a-z][\u3041-\u9fff\uac00-\ud7a3][a-z]", text)) * 3 > asian:
            return False  # letters with accents, each taken together with its neighbour
        return (declared and asian < _FEW) or _common(foreign, scripts)
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    if declared and len(words) < _FEW // 4:
        return True
    return _spelled(words, foreign, scripts, declared=declared)


def _odd(character: str) -> bool:
    """Whether a character is one that running text hardly holds, but misread text does."""
    if character in _ORDINARY:
        return False
    halfwidth = "\uff61" <= character <= "\uff9f"
    return halfwidth or character in "\u00a7\u00b6\u00aa" or unicodedata.category(character) in _ODD


def _script(character: str) -> str:
    return next((name for first, last, name in _SCRIPTS if first <= character <= last), "")


def _common(foreign: list[str], scripts: Counter[str]) -> bool:
    """Whether the characters of East Asian text are those that such text is made of."""
    common = _commonest()
    if scripts["hangul"] > scripts["han"] + scripts["kana"]:
        return sum(c in common.hangul for c in foreign) * 4 > scripts["hangul"]
    known = sum(c in common.han for c in foreign)
    return known * 5 > scripts["han"] * 2 and scripts["hangul"] * 10 < scripts["han"] + scripts["kana"]


def _spelled(words: list[str], foreign: list[str], scripts: Counter[str], *, declared: bool) -> bool:
    """Whether words are written as words are: capitals begin them, and Latin ones have unmarked letters."""
    bent = sum(any(a.islower() and b.isupper() for a, b in pairwise(w)) for w in words)
    latin = [w for w in words if len(w) > 2 and _script(w[0]) == ""]
    marked = sum(not any(c.isascii() for c in w) for w in latin)
    mixed = sum(any(map(str.isascii, w)) and any(map(_script, w)) for w in words)
    russian = sum(c in _RUSSIAN for c in foreign) * 3 > scripts["cyrillic"]
    if mixed * 6 > len(words) or (scripts["cyrillic"] > 2 * _FEW and not russian):
        return False
    if bent * 6 > len(words) or marked * 4 > max(len(latin), 3):
        return False
    if declared:
        return True
    if scripts["cyrillic"] * 2 > len(foreign):
        return russian and len(_LITTLE_WORDS & set(words)) > 1
    return (
        not scripts["cyrillic"]
        and bool(latin)
        and sum(_script(w[0]) == "" for w in words) * 2 > len(words)
        and not any(c in _NOT_WESTERN for c in foreign)
    )


def _realigned(body: bytes, name: str) -> str:
    """The text of `body`, where a bad byte does not shift the pairs of bytes that follow it.

    Python's decoders take the next two bytes for a character after an error, rightly or not, and go on so up
    to the next ASCII character. Runs without an error are read as they are.
    """
    text = body.decode(name, "replace")
    if name not in _FREQUENT_LEADS or not (_LOST in text or _STRAY.search(text)):
        return text
    pieces = []
    room = _MOST_REALIGNED
    for run in _NEVER_SECOND.split(body):
        text = run.decode(name, "replace")
        if (_LOST in text or _STRAY.search(text)) and len(run) <= room:
            room -= len(run)
            text = _likeliest(run, name)
        pieces.append(text)
    return "".join(pieces)


def _likeliest(run: bytes, name: str) -> str:
    """The reading of a run that loses the fewest bytes and has the fewest rare characters.

    Shortest path over the positions of the run, in linear time: each step reads a character or leaves out
    bytes.
    """
    unreached = (len(run) + 1) * 100
    costs = [0] + [unreached] * len(run)
    steps = [(0, "")] * (len(run) + 1)
    for start in range(len(run)):
        if costs[start] == unreached:
            continue
        for size, text, cost in _steps(run, start, name):
            end = start + size
            if costs[start] + cost < costs[end]:
                costs[end], steps[end] = costs[start] + cost, (start, text)
    texts = []
    end = len(run)
    while end:
        end, text = steps[end]
        texts.append(text)
    return "".join(reversed(texts))


def _steps(run: bytes, start: int, name: str) -> Iterator[tuple[int, str, int]]:
    """The possible next characters of a run: their number of bytes, their text and its cost."""
    if run[start] < 0x80:
        yield 1, chr(run[start]), 0
        return
    for size in range(1, min(_LONGEST, len(run) - start) + 1):
        text, cost = _character(run[start : start + size], name)
        if text:
            yield size, text, cost
    for size in range(1, _MOST_LOST + 1):
        lost = run[start : start + size]
        if len(lost) < size or min(lost) < 0x80:
            break
        yield size, _LOST, _LOSS + _FURTHER_LOSS * (size - 1)
    first_and_third = run[start : start + 3 : 2]
    if len(first_and_third) == 2 and first_and_third[1] >= 0x80:  # a byte got between the two of a character
        text, cost = _character(first_and_third, name)
        if text:
            yield 3, _LOST + text, _LOSS + cost


@lru_cache(maxsize=65_536)
def _character(unit: bytes, name: str) -> tuple[str, int]:
    """The one character that bytes encode and what it costs to believe it; "" where they encode none."""
    try:
        text = unit.decode(name)
    except UnicodeDecodeError:
        return "", 0
    character = text[:1]
    if len(unicodedata.normalize("NFC", text)) != 1 or unicodedata.category(character) in ("Cc", "Cn", "Co"):
        return "", 0
    common, script = _commonest(), _script(character)
    korean = name == "cp949"
    if character in (common.hangul if korean else common.han) or (script == "kana" and not korean):
        return text, 0
    if "\u3000" <= character <= "\u3011" or "\uff01" <= character <= "\uff20":  # punctuation and digits
        return text, 1
    if script == ("hangul" if korean else "han"):
        return text, 3 if unit[0] in _FREQUENT_LEADS[name] else 5
    return text, 6


@cache
def _commonest() -> _Common:
    return msgspec.json.decode(
        (files("daybrief") / "assets" / "common_characters.json").read_bytes(), type=_Common
    )
