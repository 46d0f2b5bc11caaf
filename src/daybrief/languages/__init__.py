"""The languages of the product: one value each, the one list of them, and which of them a text is in.

    ko.py, en.py, ja.py     a `Language`: numerals, particles, letters
    ko.toml, en.toml, …     its words, by who asks for them (`tables.Rules`)

No other module names a language or knows a word of one: it asks a value of this list, or a pattern joined
over all of them. Texts of the product in a language are `assets/phrases/CODE.toml` and their like
(docs/languages.md).

A text's language is told as far as its script tells it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property, lru_cache, reduce
from operator import or_
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from threading import Lock
from typing import Any, Generic, TypeVar

import regex

from daybrief.errors import ConfigError
from daybrief.languages.en import ENGLISH
from daybrief.languages.ja import JAPANESE
from daybrief.languages.ko import KOREAN
from daybrief.languages.tables import Language, Numerals, Rules, Words

__all__ = [
    "CODES",
    "DEFAULT",
    "LANGUAGES",
    "SOURCE",
    "FilteredPattern",
    "Language",
    "Numerals",
    "PatternTable",
    "Rules",
    "WordSigns",
    "Words",
    "either",
    "filtered",
    "language",
    "language_or_source",
    "letters",
    "mended",
    "parts",
    "preferred",
    "words",
]

LANGUAGES: tuple[Language, ...] = (KOREAN, ENGLISH, JAPANESE)
"""Every language an edition can be made in; the first is the default."""

CODES = tuple(entry.code for entry in LANGUAGES)
DEFAULT = LANGUAGES[0].code
SOURCE = ENGLISH.code
"""The language most sources are written in, and the one to fall back on."""

_NOTHING = "(?!)"  # a pattern that is found nowhere


def language(code: str) -> Language:
    """The language of a code; raises ConfigError that lists the languages there are."""
    for entry in LANGUAGES:
        if entry.code == code:
            return entry
    raise ConfigError(f"there are no texts in the language {code!r}", hint=f"one of {', '.join(CODES)}")


def language_or_source(code: str) -> Language:
    """The language of a code, or that of the sources where it is none of ours."""
    return language(code if code in CODES else SOURCE)


def preferred(locale: str) -> str:
    """The code of the language that a POSIX locale name (`ko_KR.UTF-8`) asks for."""
    return language_or_source(locale.lower()[:2]).code


def letters() -> str:
    """The letters of all languages that have their own, as the inside of a character class."""
    return "".join(entry.letters for entry in LANGUAGES)


def words(pick: Callable[[Rules], Words]) -> str:
    """Whole words of every language, as alternatives of a pattern."""
    return either(*(entry.edges[0] + "|".join(entries) + entry.edges[1] for entry, entries in _picked(pick)))


def parts(pick: Callable[[Rules], Words]) -> str:
    """The entries of every language as they stand, as alternatives of a pattern."""
    return either(*("|".join(entries) for _, entries in _picked(pick)))


def either(*patterns: str) -> str:
    """A pattern that matches where any of the patterns does; empty ones do not count."""
    return "|".join(pattern for pattern in patterns if pattern not in {"", _NOTHING}) or _NOTHING


def own_term(term: str, language: str) -> str:
    """A term of the field as readers of a language know it; else its own words."""
    return dict(language_or_source(language).terms(term)).get(term, term)


def quoted_term(term: str, language: str) -> str:
    """A term as readers of a language know it, in quotation marks, with its own words behind it."""
    own = own_term(term, language)
    return f"‘{own}’" if own == term else f"‘{own}’({term})"


def mended(text: str) -> str:
    """The text with each language's particles put right."""
    for entry in LANGUAGES:
        text = entry.mended(text)
    return text


def _picked(pick: Callable[[Rules], Words]) -> Iterator[tuple[Language, Words]]:
    for entry in LANGUAGES:
        if entries := pick(entry.rules):
            yield entry, entries


# ── patterns that most texts cannot match ───────────────────────────────────────────────────────────


class FilteredPattern:
    """A regular expression that is only tried on a text that holds a literal which every match needs.

    The literals are read from the pattern itself, as RE2's prefilter does: `we (?:show|prove) that` needs
    ` that`, or `show` or `prove`. To look for ten of them takes a tenth of the time of a search. The pattern
    is compiled when a text first may match. It finds what `re` finds, whatever the text.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self.flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The pattern, compiled."""
        return re.compile(self.pattern, self.flags)

    @cached_property
    def _filter(self) -> tuple[bool, tuple[str, ...] | None, tuple[str, ...] | None]:
        """Whether texts are read in lower case; the literals of which one is needed; those in ASCII."""
        folds, needed = _needed(self.pattern, self.flags)
        return folds, needed, None if needed is None else tuple(filter(str.isascii, needed))

    def may_match(self, text: str) -> bool:
        """Whether a text holds a needed literal; never false for a text that holds a match."""
        folds, needed, needed_of_ascii = self._filter
        if needed is None or needed_of_ascii is None:
            return True
        plain, lower = _folded(text)
        if folds:
            if lower is None:
                return True
            text = lower
        for literal in needed_of_ascii if plain else needed:  # noqa: SIM110 - a generator takes twice as long
            if literal in text:
                return True
        return False

    def search(self, text: str) -> re.Match[str] | None:
        """The first match, as `re.Pattern.search`."""
        return self.compiled.search(text) if self.may_match(text) else None

    def finditer(self, text: str, start: int = 0) -> Iterator[re.Match[str]]:
        """The matches in order, from a place on, as `re.Pattern.finditer`."""
        return self.compiled.finditer(text, start) if self.may_match(text) else iter(())

    def findall(self, text: str) -> list[str]:
        """The words of the matches, as `re.Pattern.findall` of a pattern with at most one group."""
        return self.compiled.findall(text) if self.may_match(text) else []

    def sub(self, words: str | Callable[[re.Match[str]], str], text: str) -> str:
        """The text with `words` in the place of each match, as `re.Pattern.sub`."""
        return self.compiled.sub(words, text) if self.may_match(text) else text


filtered = FilteredPattern
"""Reads as `re.compile` where a pattern is declared."""

_Literals = frozenset[str] | None
_Nodes = Iterable[tuple[Any, Any]]

_NO_LETTER = frozenset({""})
_FOLDED_OTHERWISE = frozenset("\u0130\u0131\u017f")  # İ, ı, ſ: `re` takes them for i and s, lower() does not


@lru_cache(maxsize=512)  # a sentence is looked at by many patterns, one after the other
def _folded(text: str) -> tuple[bool, str | None]:
    """Whether a text is ASCII, and the text in lower case; None where `re` folds other letters as well."""
    plain = text.isascii()
    return plain, text.lower() if plain or _FOLDED_OTHERWISE.isdisjoint(text) else None


_MOST_LITERALS = 64
_SEARCH = 250.0  # what a search costs, in lookups of a literal
_BY_CHANCE = (
    1.0,
    1.0,
    0.4,
    0.08,
    0.04,
    0.02,
    0.01,
)  # how often a literal of so many letters stands in a text
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def _needed(pattern: str, flags: int) -> tuple[bool, tuple[str, ...] | None]:
    """Whether any part of a pattern ignores case, and the literals of which every match holds one."""
    tree = _parser.parse(pattern, flags)
    folds = bool(tree.state.flags & re.IGNORECASE) or _folds(tree)
    _, needed = _sequence(tree, folds)
    if needed is None or "" in needed:
        return folds, None
    shortest: list[str] = []
    for word in sorted(needed, key=len):
        if not any(other in word for other in shortest):
            shortest.append(word)
    return folds, tuple(sorted(shortest))


def _folds(nodes: _Nodes) -> bool:
    return any(
        (op is sre.SUBPATTERN and given[1] & re.IGNORECASE) or any(map(_folds, _within(op, given)))
        for op, given in nodes
    )


def _within(op: Any, given: Any) -> Sequence[_Nodes]:
    """The sequences of which a node matches one."""
    if op is sre.SUBPATTERN:
        return [given[3]]
    if op is sre.BRANCH:
        branches: Sequence[_Nodes] = given[1]
        return branches
    if op in _REPEATS:
        return [given[2]]
    if op is sre.ASSERT:
        return [given[1]]
    return [given] if op is sre.ATOMIC_GROUP else []


def _sequence(nodes: _Nodes, folds: bool) -> tuple[_Literals, _Literals]:
    """All strings that a sequence matches, where they are few, and the cheapest literals that it needs."""
    run, best, whole = _NO_LETTER, None, True
    for op, given in nodes:
        exact, needed = _node(op, given, folds)
        best = _cheaper(best, needed)
        if exact is not None and len(run) * len(exact) <= _MOST_LITERALS:
            best = _cheaper(best, run) if len(exact) > 1 else best  # what follows makes more of them
            run = frozenset(a + b for a in run for b in exact)
            continue
        best, whole = _cheaper(best, run), False
        run = _NO_LETTER if exact is None else exact
    return run if whole else None, _cheaper(best, run)


def _node(op: Any, given: Any, folds: bool) -> tuple[_Literals, _Literals]:
    """As `_sequence`, of one node; what takes no letter counts as the empty string."""
    if op is sre.LITERAL:
        return _letter(given, folds), None
    if op is sre.IN and all(kind is sre.LITERAL for kind, _ in given):
        return _united([_letter(code, folds) for _, code in given]), None
    if op in (sre.AT, sre.ASSERT_NOT):
        return _NO_LETTER, None
    inner = [_sequence(nodes, folds) for nodes in _within(op, given)]
    exact, needed = (
        _united(some) if some else None for some in ([e for e, _ in inner], [n for _, n in inner])
    )
    if op is sre.ASSERT:
        return _NO_LETTER, needed
    if op in _REPEATS:
        least, most, _ = given
        once = exact if most == 1 else None
        return (once | _NO_LETTER if once is not None and not least else once), needed if least else None
    return exact, needed


def _letter(code: int, folds: bool) -> _Literals:
    """A letter; None for one beyond ASCII that has case, where case is ignored."""
    letter = chr(code)
    if folds and not letter.isascii() and letter.lower() + letter.upper() != 2 * letter:
        return None
    return frozenset({letter.lower() if folds else letter})


def _united(parts_: Sequence[_Literals]) -> _Literals:
    known = [part for part in parts_ if part is not None]
    return frozenset().union(*known) if len(known) == len(parts_) else None


def _cheaper(first: _Literals, second: _Literals) -> _Literals:
    """Of two sets of literals the one that takes less time: few of them, and rarely found."""
    if second is None or "" in second:
        return first
    if first is None or "" in first:
        return second
    return min((first, second), key=_cost)


def _cost(literals: frozenset[str]) -> float:
    none = math.prod([1 - _BY_CHANCE[min(len(literal), len(_BY_CHANCE) - 1)] for literal in literals])
    return len(literals) + _SEARCH * (1 - none)


# ── the words of a text, each asked once what it shows ──────────────────────────────────────────────


_Entry = tuple[tuple[str, ...] | None, re.Pattern[str] | None]
"""The pieces of a word of which one is needed, None for none; and what else the word must match, None for
nothing."""

_PIECE = 3  # letters of the beginning of a piece by which it is looked up


class _KnownWords(dict[str, int]):
    """The marks of words in lower case, and of texts: a bit for each entry that a word may be found by.

    Marks are made once for a word, as an archive says the same few thousand words again and again.
    """

    MOST = 16_000

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self.entries = tuple(entries)
        self._always, self._untested = 0, 0
        self._tested: dict[int, re.Pattern[str]] = {}
        self._searched: list[tuple[int, re.Pattern[str]]] = []
        self._pieces: dict[str, list[tuple[str, int]]] = {}
        self._short: list[tuple[str, int]] = []  # those in ASCII that are shorter than a beginning
        for at, (pieces, pattern) in enumerate(entries):
            self._add(1 << at, pieces, pattern)
        self.of = lru_cache(maxsize=512)(self._of)  # a sentence is looked at by many, one after the other

    def _add(self, bit: int, pieces: tuple[str, ...] | None, pattern: re.Pattern[str] | None) -> None:
        if pattern is None:
            self._untested |= bit
        elif pieces is None:
            self._searched.append((bit, pattern))
        else:
            self._tested[bit] = pattern
        if pieces is None and pattern is None:
            self._always |= bit
        for piece in pieces or ():
            if len(piece) < _PIECE and piece.isascii():
                self._short.append((piece, bit))
            else:
                self._pieces.setdefault(piece[:_PIECE], []).append((piece, bit))

    def _of(self, text: str) -> int:
        marks = reduce(or_, map(self.__getitem__, text.lower().split()), self._always)
        return marks if text.isascii() or _FOLDED_OTHERWISE.isdisjoint(text) else marks | self._untested

    def __missing__(self, word: str) -> int:
        marks = 0
        for bit, pattern in self._searched:
            if pattern.search(word):
                marks |= bit
        for bit in self._held(word):
            if not marks & bit and (bit not in self._tested or self._tested[bit].search(word)):
                marks |= bit
        if len(self) >= self.MOST:
            self.clear()
        self[word] = marks
        return marks

    def _held(self, word: str) -> set[int]:
        """The entries of which the word holds a piece."""
        bits = {bit for piece, bit in self._short if piece in word}
        sizes = (_PIECE,) if word.isascii() else range(1, _PIECE + 1)
        begun = {word[at : at + size] for size in sizes for at in range(len(word) - size + 1)}
        for begin in begun & self._pieces.keys():
            for piece, bit in self._pieces[begin]:
                if piece in word:
                    bits.add(bit)
        return bits


class _WordTable:
    """The known words of all who ask, so that a text is split and looked up once for all of them.

    Who asks first adds entries; then the words begin anew, in a table of their own, so that no thread keeps
    marks that lack them.
    """

    def __init__(self) -> None:
        self.known = _KnownWords(())
        self._lock = Lock()

    def add(self, entries: Sequence[_Entry]) -> int:
        """Returns the number of the first entry."""
        with self._lock:
            first = len(self.known.entries)
            self.known = _KnownWords((*self.known.entries, *entries))
        return first


_WORDS = _WordTable()
_Name = TypeVar("_Name")


class _Marked(Generic[_Name]):
    """Named entries of the table of words, and the names that stand for the marks of a text."""

    MOST = 4_096

    def __init__(self, names: Iterable[_Name], entries: Callable[[], Sequence[_Entry]]) -> None:
        self._names = tuple(names)
        self._entries = entries
        self._all = (1 << len(self._names)) - 1
        self._by_marks: dict[int, tuple[_Name, ...]] = {0: ()}

    @cached_property
    def _first(self) -> int:
        return _WORDS.add(self._entries())

    def of(self, text: str) -> tuple[_Name, ...]:
        """The names whose entries a text holds, in their order."""
        first = self._first
        marks = _WORDS.known.of(text) >> first & self._all
        names = self._by_marks.get(marks)
        if names is None:
            names = tuple(name for at, name in enumerate(self._names) if marks >> at & 1)
            if len(self._by_marks) < self.MOST:
                self._by_marks[marks] = names
        return names


class WordSigns:
    """Finds which of some named patterns a text holds; each of its words is looked at once in a run.

    For patterns that never match white space: between blanks each is found in a word or not at all. They are
    written in lower case and matched with the text in lower case.
    """

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._signs = _Marked(
            patterns,
            lambda: [(_needed(pattern, 0)[1], re.compile(pattern)) for pattern in patterns.values()],
        )

    def of(self, text: str) -> tuple[str, ...]:
        """The names of the patterns that are found, in their order."""
        return self._signs.of(text)


class PatternTable(Generic[_Name]):
    """Named patterns, of which a text seldom holds one: its words tell which are worth a search."""

    def __init__(self, patterns: Iterable[tuple[_Name, FilteredPattern]]) -> None:
        self.patterns = tuple(patterns)
        self._likely = _Marked(self.patterns, lambda: [_entry(pattern) for _, pattern in self.patterns])

    def of(self, text: str) -> tuple[tuple[_Name, FilteredPattern], ...]:
        """The patterns that may match, in their order; never without one that does."""
        return self._likely.of(text)


def _entry(pattern: FilteredPattern) -> _Entry:
    """For each literal that a match may need the longest piece of it that stands within a word."""
    _, needed = _needed(pattern.pattern, pattern.flags)
    if needed is None or not all(map(_same_in_lower_case, needed)):
        return None, None
    pieces = [max(literal.lower().split(), key=len, default="") for literal in needed]
    return (tuple(pieces), None) if all(pieces) else (None, None)


def _same_in_lower_case(literal: str) -> bool:
    """Whether a text that holds the literal holds it in lower case too, once both are."""
    return literal.isascii() or literal.lower() + literal.upper() == 2 * literal


# ── which language a text is in ─────────────────────────────────────────────────────────────────────


CHINESE = "zh"
TELLING_SCRIPTS = {
    "he": "Hebrew", "th": "Thai", KOREAN.code: "Hangul", JAPANESE.code: "Hiragana", "bn": "Bengali",
    CHINESE: "Han",
}  # fmt: skip
"""The script that tells a language, in the order of looking: Han last, as Japanese has it too."""

# Languages that sources and answers are in, of which the product has no texts: their letters.
_OTHER_LETTERS = {CHINESE: "一-鿿", "ru": "Ѐ-ӿ", "ar": "؀-ۿ", "he": "֐-׿"}
_OTHER_FOREIGN = {CHINESE: tuple("Hangul Hiragana Cyrillic Thai Arabic Hebrew Devanagari".split())}
_OTHER_SCRIPTS = {CHINESE: ("Han",), "ru": ("Cyrillic",)}
_SCRIPTS = tuple(
    (code, re.compile(f"[{letters}]"))
    for code, letters in ({entry.code: entry.letters for entry in LANGUAGES} | _OTHER_LETTERS).items()
    if letters
)
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = regex.compile(r"\p{Latin}")
_LOOK_AT = 4_000
_ENOUGH = 0.15  # a Korean text full of English terms is still Korean

_BRACKETS = regex.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]|（[^（）]{0,80}）")
_HAN = regex.compile(r"\p{Han}+")
_ACCENTED = regex.compile(r"(?<![\p{Latin}\p{N}])[\p{Ll}\p{M}]*[à-öø-ɏḀ-ỿ][\p{Ll}\p{M}]*(?!\p{Latin})")
_ACCENT = regex.compile(r"[à-öø-ɏḀ-ỿ]")
_WITHOUT_ACCENTS = frozenset((*CODES, *_OTHER_FOREIGN))
_KNOWN_ACCENTS = frozenset(
    "naïve café cafés résumé résumés façade cliché clichés coöperate voilà à via déjà über".split()
)


@lru_cache(maxsize=256)
def language_of(text: str) -> str:
    """A BCP 47 code by script, that of the sources for Latin letters, "" when there are no letters.

    Japanese is told from Chinese by its kana. Latin-script languages are not told apart.
    """
    start = text[:_LOOK_AT]
    if start.isascii():  # nearly every text of our sources
        return SOURCE if any(map(str.isalpha, start)) else ""
    count = len(_LETTER.findall(start))
    if not count:
        return ""
    for code, script in _SCRIPTS:
        if len(script.findall(start)) >= _ENOUGH * count:
            return code
    return SOURCE


def own_share(text: str, code: str) -> float:
    """The language's own letters among these and Latin ones, 0..1; 1 when there is neither."""
    scripts = language_or_source(code).scripts
    own, latin = len(_letters(scripts).findall(text)), len(_LATIN.findall(text))
    return own / (own + latin) if own + latin else 1.0


@cache
def written_in(code: str) -> regex.Pattern[str] | None:
    """Runs of the letters a language is written in; None for one that we do not know."""
    scripts = _OTHER_SCRIPTS.get(code) or next(
        (entry.scripts for entry in LANGUAGES if entry.code == code), ()
    )
    return regex.compile(f"[{_class(scripts)}ー]+") if scripts else None


@cache
def _letters(scripts: tuple[str, ...]) -> regex.Pattern[str]:
    return regex.compile(f"[{_class(scripts)}]")


def _class(scripts: tuple[str, ...]) -> str:
    """The inside of a character class of these scripts."""
    return "".join(f"\\p{{{name}}}" for name in scripts)


@cache
def _foreign(code: str) -> regex.Pattern[str]:
    scripts = _OTHER_FOREIGN.get(code) or language_or_source(code).foreign
    return regex.compile(f"(?!ー)[{_class(scripts)}]+")


def foreign(text: str, code: str, source: str) -> Iterator[str]:
    """Runs in a script the language is not written in, and accented small words, that the source lacks.

    Han in brackets is a gloss (비(非)) and good style; a word that begins with a capital is a name (João).
    """
    outside = _BRACKETS.sub(lambda bracket: _HAN.sub("", bracket[0]), text)
    for run in _foreign(code).finditer(outside):
        if run[0] not in source:
            yield run[0]
    if code in _WITHOUT_ACCENTS and _ACCENT.search(outside):
        for word in _ACCENTED.finditer(outside):
            if word[0] not in _KNOWN_ACCENTS and word[0] not in source:
                yield word[0]
