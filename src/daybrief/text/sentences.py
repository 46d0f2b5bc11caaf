"""Sentences that somebody else wrote: where they begin and end, which may be printed, where a quote stands.

The rules of `sentences` are syntok's (English abbreviations, references, decimals; Korean endings), with
three repairs that abstracts and Korean news taught us. A formula between dollar signs is never cut, a full
stop without a space is. A text is read in chunks so that one broken page takes no more than linear time. What
its rules decide for any two plain words is decided here, four times as fast; a test holds both together.

Prose that may be printed holds no address, no markup and no blob.

`locate` finds quotes that a model copied not quite: straightened quotation marks, changed dashes and blanks,
composed or decomposed letters. The exact words of the text are what counts.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise

import msgspec
import regex
from syntok import segmenter

from daybrief.languages import LANGUAGES, FilteredPattern, either, filtered
from daybrief.model import Item
from daybrief.text.plain import line

MOST_CHARACTERS = 1_000_000
"""How much of a text is read; what comes after is left out."""

_CHUNK = 20_000  # characters given to the segmenter at once
_FORMULA = 600  # characters a sentence may grow to when a cut inside a formula is mended
_GLUED = re.compile(r"(?<=[\uac00-\ud7a3][.!?])(?=[\uac00-\ud7a3])")
_NUMBER = re.compile(
    r"\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)\s+(?=\w)|(?:[1-9]|[ivx]{2,4})\.\s+(?=[A-Z\uac00-\ud7a3])"
)
_WORD = r"[A-Za-z0-9][A-Za-z0-9,%-]*[ \n]"
_PLAIN_RUN = re.compile(rf"(?<![^ \n])(?:{_WORD}){{3}}((?:{_WORD}){{3,}})(?:{_WORD}){{3}}")
_BRACKET = regex.compile(r"[\p{Ps}\p{Pe}]")
_DOLLAR = re.compile(r"(?<!\\)\$")
_BREAK = re.compile(r"\n\s*\n|(?<=[.!?。])\s+")


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a text: `text` equals `source[start:end]`, offsets in code points, no space at its ends."""

    start: int
    end: int
    text: str


@lru_cache(
    maxsize=1_024
)  # split when the story is read, when it is checked and when its section is summed up
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text` in order, none empty, none overlapping; white space between them is left out.

    Reads at most `MOST_CHARACTERS`, in time linear in the length.
    """
    starts = sorted(
        {start for chunk, base in _chunks(text[:MOST_CHARACTERS]) for start in _starts(chunk, base)}
    )
    cuts = [*starts, min(len(text), MOST_CHARACTERS)]
    pieces = (trimmed(text, start, end) for start, end in pairwise(cuts))
    return tuple(_mended(text, [piece for piece in pieces if piece.text]))


def trimmed(text: str, start: int, end: int) -> Sentence:
    """The sentence text[start:end] without white space at its ends."""
    run = text[start:end]
    start += len(run) - len(run.lstrip())
    run = run.strip()
    return Sentence(start=start, end=start + len(run), text=run)


def unnumbered(sentence: Sentence) -> Sentence:
    """The sentence without the number that a list in the running text gave it: `2) `, `(iii) `, `3. `."""
    mark = _NUMBER.match(sentence.text)
    if mark is None:
        return sentence
    return Sentence(start=sentence.start + mark.end(), end=sentence.end, text=sentence.text[mark.end() :])


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Cut a long text at paragraph or sentence ends where there are any, and anywhere else where not."""
    base = 0
    while base < len(text):
        chunk = text[base : base + _CHUNK]
        if base + _CHUNK < len(text):
            cut = max((stop.end() for stop in _BREAK.finditer(chunk)), default=0)
            chunk = chunk[: cut or _CHUNK]
        yield chunk, base
        base += len(chunk)


def _starts(chunk: str, base: int) -> Iterator[int]:
    """The places where sentences begin: the sure ones, and those that the segmenter finds between them."""
    for start, end in pairwise([0, *_sure_starts(chunk), len(chunk)]):
        if _may_hold_several(piece := chunk[start:end]):
            yield from (base + start + place for place in _segmented(piece))
        elif bare := piece.lstrip():
            yield base + end - len(bare)
    for glued in _GLUED.finditer(chunk):
        yield base + glued.start()


_ENDS = re.escape("".join(sorted(set("".join(segmenter.State.terminals)))))
_OPENING, _CLOSING = (
    re.escape("".join(sorted(brackets)))
    for brackets in (segmenter.State.opening_brackets, segmenter.State.closing_brackets)
)
_LONGEST_ASIDE = 60  # letters of one that a sentence surely ends with
_MARK = re.compile(rf"[{_ENDS}{_OPENING}{_CLOSING}]|\n\s*\n")
_WITHIN = rf"[^{_ENDS}{_OPENING}{_CLOSING}]"
_ASIDE = rf"\((?:(?:e\.g|i\.e)\.,? )?(?=\w){_WITHIN}{{1,200}}(?<=[\w%$])\)"
_STOP = re.compile(r"\.[ \n]+(?=[A-Z])")
_LAST = re.compile(r"(?:[A-Za-z]+-){0,3}[A-Za-z]*?(?P<last>[a-z]{2,}|[A-Z]{2,}s?|[A-Z][a-z]+)")
_ASIDE_LAST = re.compile(
    r"(?<=[A-Za-z0-9,] )[A-Za-z0-9]+ \((?:(?:e\.g|i\.e)\., )?(?=\w)"
    rf"{_WITHIN}{{1,{_LONGEST_ASIDE}}}(?<=\w)\)\Z"
)
_NEVER_LAST = frozenset(
    segmenter.State.abbreviations
    | segmenter.State.roman_numerals
    | segmenter.State.months
    | {"no", "No", "NO"}
)
# Of the marks that end or open a sentence, those that surely do not: 3.5, e.g., a; b, (an aside) inside.
_IDLE = re.compile(
    rf"(?<=[A-Za-z0-9])\.(?=[a-z0-9])|;(?= [a-z])|\b(?:e\.g|i\.e)\.,|\\[a-z]{{2,}}\{{{_WITHIN}{{1,60}}\}}"
    rf"|[A-Za-z0-9,-] [A-Za-z0-9]+(?:-[A-Za-z0-9]+)*,? {_ASIDE}(?=(?:[,:]? |-)[\w$]|\Z)"
    r"|[a-z][:,;] (?:and )?\((?:\d|[ivx]+|[a-z])\)(?= [a-z])"
)


def _sure_starts(chunk: str) -> Iterator[int]:
    """The places where the segmenter always begins one: behind a plain word, a full stop and a blank.

    The segmenter is in the same state there as at the beginning of a text, so it need not read from there.
    """
    stretches = _outside_brackets(chunk)
    begin, end = next(stretches, (0, -1))
    for stop in _STOP.finditer(chunk):
        while 0 <= end < stop.end():
            begin, end = next(stretches, (0, -1))
        if begin < stop.end() <= end and _ends_plainly(chunk, stop.start()):
            yield stop.end()


def _ends_plainly(chunk: str, stop: int) -> bool:
    """Whether a plain word stands before a full stop, or an aside behind one."""
    begin = max(chunk.rfind(" ", 0, stop), chunk.rfind("\n", 0, stop)) + 1
    if chunk[stop - 1] == ")":
        return bool(_ASIDE_LAST.search(chunk, max(0, stop - _LONGEST_ASIDE - _LONGEST_WORD), stop))
    word = _LAST.fullmatch(chunk, begin, stop)
    return word is not None and word["last"] not in _NEVER_LAST


def _may_hold_several(piece: str) -> bool:
    """Whether anything before its last full stop may end a sentence or open one in brackets."""
    inside = piece.rstrip().removesuffix(".")
    return bool(_MARK.search(inside) and _MARK.search(_IDLE.sub(" ", inside)))


def _segmented(piece: str) -> Iterator[int]:
    short, cuts = _shortened(piece)
    for paragraph in segmenter.analyze(short):
        for tokens in paragraph:
            yield _before_cuts(tokens[0].offset, cuts)


def _shortened(chunk: str) -> tuple[str, list[tuple[int, int]]]:
    """The text without the inside of runs of plain words, and what was cut: (offset in the rest, length).

    The segmenter looks only at the words beside a full stop or a bracket, and takes its time over all others.
    """
    pieces: list[str] = []
    cuts: list[tuple[int, int]] = []
    at = length = 0
    for begin, stop in _outside_brackets(chunk):
        for run in _PLAIN_RUN.finditer(chunk, begin, stop):
            start, end = run.span(1)
            pieces.append(chunk[at:start])
            length += start - at
            cuts.append((length, end - start))
            at = end
    return "".join((*pieces, chunk[at:])), cuts


def _outside_brackets(chunk: str) -> Iterator[tuple[int, int]]:
    """The stretches that stand in no bracket; none where brackets do not pair."""
    stretches, begin, open_ = [], 0, 0
    for bracket in _BRACKET.finditer(chunk):
        opens = bracket[0] in "([{"
        if not open_:
            stretches.append((begin, bracket.start()))
        if not opens and bracket[0] not in ")]}":
            return  # the segmenter knows some of the rarer ones
        open_ += 1 if opens else -1
        if open_ < 0:
            return
        begin = bracket.end()
    if not open_:
        yield from (*stretches, (begin, len(chunk)))


def _before_cuts(offset: int, cuts: Sequence[tuple[int, int]]) -> int:
    """The offset in the whole text of an offset in the shortened one."""
    return offset + sum(length for at, length in cuts if at <= offset)


def _mended(text: str, pieces: list[Sentence]) -> Iterator[Sentence]:
    """Join again what a full stop inside `$...$` has cut; an unpaired dollar joins nothing beyond a bound."""
    pending: Sentence | None = None
    for piece in pieces:
        if (
            pending is not None
            and _open(pending.text)
            and "$" in piece.text
            and piece.end - pending.start <= _FORMULA
        ):
            pending = trimmed(text, pending.start, piece.end)
            continue
        if pending is not None:
            yield pending
        pending = piece
    if pending is not None:
        yield pending


def _open(run: str) -> bool:
    return len(run) <= _FORMULA and len(_DOLLAR.findall(run)) % 2 == 1


# ── what may be printed ─────────────────────────────────────────────────────────────────────────────


MOST_LETTERS = 500
_LEAST_LETTERS = 8
_LONGEST_WORD = 60

_ADDRESS = re.compile(
    r"(?:(?<=[a-z])|(?<=[a-z][0-9+.-])|(?<=[a-z][0-9+.-]{2}))://|\bwww\.|\b(?:mailto|javascript|vbscript|data|file|tel):\S"
    r"|[\w-]\.[a-z]{2,63}/|\S@[\w-]+\.[a-z]|(?<!:)//[\w-]+\.",
    re.IGNORECASE,
)
_MARKUP = re.compile(
    r"<[a-z/!?]|&#?\w+;|!\[|\]\s*[(\[:]|\[\[|\[\^|`|\*\*|__|~~|\{\{|\{%|\$\$|\\[a-z]+\s*\{|^\s*(?:#|>|[-*+]\s|\d+[.)]\s|\|)",
    re.IGNORECASE,
)
_WORKING_MARKUP = filtered(
    r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>|<!--|<(?:script|img|svg|iframe|object|embed|a)\b"
    r"|!\[[^\]]*\]|\]\(\S|\]\[[A-Za-z]|^\s*\[[^\]]+\]:\s|\\(?:href|url|includegraphics)\b",
    re.IGNORECASE,
)

# No address is without one of these, and no working markup.
_TELLTALE = filtered(r"[:/@<\]\\]|www\.", re.IGNORECASE)


def as_prose(text: str) -> str:
    """The sentence as one clean line, without what no reader sees."""
    return line(text, MOST_LETTERS + 1)


def not_prose(sentence: str) -> str:
    """The reason why a sentence cannot be printed; empty when it can.

    Look-alikes of ASCII count as what they look like.
    """
    if not _LEAST_LETTERS <= len(sentence) <= MOST_LETTERS:
        return "its length"
    shapes = (sentence,) if sentence.isascii() else (sentence, unicodedata.normalize("NFKC", sentence))
    if any(_ADDRESS.search(shape) for shape in shapes):
        return "an address in it"
    if any(_MARKUP.search(shape) for shape in shapes):
        return "markup in it"
    if max(map(len, sentence.split()), default=0) > _LONGEST_WORD and not _unspaced(sentence):
        return "a word that is none"
    return ""


@lru_cache(maxsize=512)  # asked of a sentence for each part it may serve, and of its claims
def leads_away(words: str) -> str:
    """The reason why not even a source's own words may be printed, such as a link; empty when they may.

    Escaping makes all of it harmless on our pages; readers, chats and terminals make links of bare addresses.
    """
    shapes = (words,) if words.isascii() else (words, unicodedata.normalize("NFKC", words))
    if not any(map(_TELLTALE.may_match, shapes)):
        return ""  # nearly every sentence: the patterns below cost forty times as much
    if any(_ADDRESS.search(shape) for shape in shapes):
        return "an address in it"
    return "a link or a tag in it" if any(_WORKING_MARKUP.search(shape) for shape in shapes) else ""


def _unspaced(sentence: str) -> bool:
    """Whether its script is written without blanks."""
    han_or_kana = sum("\u3040" <= letter <= "\u9fff" for letter in sentence)
    return han_or_kana * 2 > len(sentence)


LEAST = 24
"""Letters and digits below which a text says too little to write about."""

_LOOK_AT = 2_000
_LONG = 600  # characters: beyond, a banner stands above a real text; only the start is looked at
_START = 160

_REASONS: tuple[tuple[str, FilteredPattern], ...] = tuple(
    (
        reason,
        filtered(
            either(pattern, *(language.rules.reading.page.get(reason, "") for language in LANGUAGES)), re.I
        ),
    )
    for reason, pattern in (
        (
            "cookie banner",
            r"(?:we|(?:this|our) (?:web)?site|our partners) (?:and our partners )?uses? (?:essential )?"
            r"cookies|accept (?:all )?(?:the )?cookies|cookie (?:settings|preferences|policy|consent)\b|"
            r"by continuing to (?:browse|use)",
        ),
        (
            "bot check",
            r"are you (?:a )?(?:human|robot)|verify(?:ing)? (?:that )?you are (?:a )?human|"
            r"checking (?:if the site connection is secure|your browser)|(?:complete|solve) (?:the|"
            r"this) captcha|unusual traffic|ray id\b|i'?m not a robot|just a moment\.\.\.|"
            r"attention required!|ddos protection by|security check to access",
        ),
        (
            "JavaScript required",
            r"(?:please )?(?:enable|turn on|activate) (?:js|java ?script)|java ?script (?:is|"
            r"must be|has been|appears to be) (?:required|disabled|enabled|turned off|"
            r"not available)|(?:disable|turn off) (?:any |your )?ad ?-?blocker|(?:requires|"
            r"without) java ?script to (?:run|work)|your browser (?:is not supported|"
            r"does not support)|(?:upgrade|update) your browser",
        ),
        (
            "paywall",
            r"(?:subscribe|sign in|log ?in|register|sign up) (?:now )?to (?:continue|read|"
            r"keep reading|view|access|unlock)|(?:this|the) (?:article|content|"
            r"story|page) is (?:only )?(?:for|"
            r"available (?:only )?to|reserved for|exclusive to) (?:\w+ )?(?:subscribers|"
            r"members)|already a subscriber|(?:free )?articles? (?:left|remaining) this month|"
            r"you(?:'ve| have) (?:reached|read|hit) your (?:limit|last|free)|unlock this (?:article|"
            r"story)",
        ),
        (
            "error page",
            r"^\W*(?:error )?(?:40[0134]|410|429|50[0234])\b\W*(?:error|not found|forbidden|"
            r"bad|unauthorized|too many|internal|service|gateway|access|page)|^\W*(?:access denied|"
            r"page not found|forbidden|not found\W*$|too many requests|service unavailable|"
            r"bad gateway|internal server error)|you (?:do not|don't) have (?:permission|"
            r"access) to",
        ),
    )
)


@lru_cache(maxsize=8_192)  # asked of a story at the door, when it is read and when it is summed up
def junk(text: str, *, least: int = LEAST) -> str:
    """The reason why a text cannot be written about (`cookie banner`, `paywall` …); "" when it can."""
    start = " ".join(text[:_LOOK_AT].split())
    count = sum(1 for _ in islice(filter(str.isalnum, start), max(1, least)))  # more need not be counted
    if not count:
        return "empty"
    looked_at = start if len(start) <= _LONG else start[:_START]
    for reason, pattern in _REASONS:
        if pattern.search(looked_at):
            return reason
    return "too short" if count < least else ""


def worth_reading(items: Sequence[Item]) -> Item | None:
    """The item with the longest text that is no junk, the first of equals; None where there is none."""
    readable = [item for item in items if not junk(item.text)]
    return max(readable, key=lambda item: len(item.text), default=None)


# ── where a quote stands ────────────────────────────────────────────────────────────────────────────


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
    return _folded_span(wanted, plain, origin) or _unescaped_span(wanted, plain, origin)


def _folded_span(wanted: str, plain: str, origin: list[tuple[int, int]]) -> tuple[int, int] | None:
    needle = _folded(wanted)[0].strip()
    offset = plain.find(needle) if needle else -1
    return None if offset < 0 else (origin[offset][0], origin[offset + len(needle) - 1][1])


def _unescaped_span(wanted: str, plain: str, origin: list[tuple[int, int]]) -> tuple[int, int] | None:
    unescaped = html.unescape(wanted) if "&" in wanted else wanted
    if "\\" not in plain and "\\" not in wanted and unescaped == wanted:
        return None
    kept = [place for place, letter in enumerate(plain) if letter != "\\"]
    bare = "".join(plain[place] for place in kept)
    return _folded_span(unescaped.replace("\\", ""), bare, [origin[place] for place in kept])


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


_TIMES, _WORD_OF_PHRASE = 3, re.compile(r"[A-Za-z][A-Za-z-]+")


def repeated(text: str) -> Iterator[tuple[int, int]]:
    """Finds each phrase of two or three words that a text has three times, where it stands first."""
    words = list(_WORD_OF_PHRASE.finditer(text))
    lower = [word[0].lower() for word in words]
    places: dict[str, list[tuple[int, int]]] = {}
    for size in (3, 2):
        runs = list(zip(*(lower[at:] for at in range(size)), strict=False))
        often = {run for run, times in Counter(runs).items() if times >= _TIMES}
        for at in (at for at, run in enumerate(runs) if run in often):
            span = (words[at].start(), words[at + size - 1].end())
            phrase = text[slice(*span)].lower()
            if phrase == " ".join(runs[at]):
                places.setdefault(phrase, []).append(span)
    frequent = (spans for spans in places.values() if len(spans) >= _TIMES)
    yield from (spans[0] for spans in sorted(frequent, key=len, reverse=True))
