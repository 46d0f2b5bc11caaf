"""The text of a search box as a value: every string has a meaning, none is an error.

    words             ranked by how well they match; not all need to
    "a phrase"        these words in this order, or no hit
    -word -"a phrase" no hit that holds it
    source:arxiv  category:"language models"  kind:paper|news|claim|edition   also with - before them
    from:2024-11  to:2024-11-26               days, months or years, both ends included

An operator that is unknown, or whose value makes no sense, is read as words.
"""

from __future__ import annotations

import calendar
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby, islice, pairwise, product
from typing import Literal, NamedTuple, get_args

import msgspec

from daybrief.languages import LANGUAGES
from daybrief.languages.tables import Sound
from daybrief.text.words import (
    KNOWN_WORDS,
    LONGEST,
    PAIRED_LETTERS,
    PAIRS,
    RUN,
    STOP_WORDS,
    Token,
    core,
    english_of,
    fold,
    latin_letters,
    native_terms,
    spaced,
    tokens,
    tokens_of,
)

Marks = tuple[tuple[int, int], ...]


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A hit of a search: a story or item (`paper`, `news`), a `claim`, or an `edition`.

    `id` is the story's id or the item's key; for a claim or an edition it names its place. `excerpt` is the
    passage that fits best; the marks are (start, end) code points of the words found in title and excerpt.
    """

    id: str
    kind: Kind
    day: date
    title: str
    url: str
    sources: tuple[str, ...]
    category: str
    excerpt: str
    title_marks: Marks
    excerpt_marks: Marks
    score: float


class SearchResults(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a search: how it was understood, the hits best first, and whether there are more.

    `meaning` tells whether vectors took part; `note` says why they did not although they should have.
    `mended` are the words that nothing holds, each with the one that was searched instead.
    """

    query: str
    hits: tuple[Hit, ...]
    more: bool = False
    meaning: bool = False
    note: str = ""
    mended: tuple[tuple[str, str], ...] = ()


Kind = Literal["paper", "news", "claim", "edition"]

MOST_CHARACTERS = 4_000  # a pasted abstract is 1,500
MOST_PARTS = 512
MOST_EXCLUDED = 16  # words and phrases that no hit may hold: each is looked for in every entry that is read

_PART = re.compile(
    r"(?P<no>-?)(?:(?P<name>source|category|kind|from|to):)?"
    r'(?:"(?P<phrase>[^"]*)(?:"|\Z)|(?P<word>[^\s"]+))',
    re.IGNORECASE,
)
_QUOTES = str.maketrans("“”„‟«»＂", '"""""""')
_LETTER = re.compile(r"[^\W_]")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_KINDS: dict[str, Kind] = {form: kind for kind in get_args(Kind) for form in (kind, f"{kind}s")}


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Names that a hit must carry one of (or, as `never`, none of); an empty list asks for nothing."""

    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A search, understood: words, phrases and names as typed; `str(query)` can be typed again."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    only: Filters = Filters()
    never: Filters = Filters()
    since: date | None = None
    until: date | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was asked."""
        return self == Query()

    @property
    def text(self) -> str:
        """The words and phrases without operators."""
        return " ".join((*self.words, *self.phrases))

    def __str__(self) -> str:
        parts = [*self.words, *(f'"{p}"' for p in self.phrases), *(f'-"{p}"' for p in self.without)]
        for sign, filters in (("", self.only), ("-", self.never)):
            parts += [f'{sign}source:"{name}"' for name in filters.sources]
            parts += [f'{sign}category:"{name}"' for name in filters.categories]
            parts += [f"{sign}kind:{name}" for name in filters.kinds]
        parts += [f"from:{self.since.isoformat()}"] if self.since else []
        parts += [f"to:{self.until.isoformat()}"] if self.until else []
        return " ".join(parts)


@lru_cache(maxsize=256)  # what was asked is asked again, for the next page and by others
def parse(text: str) -> Query:
    """Any string as a Query of what was read. Never raises; what lies beyond the limits is not read."""
    values: dict[str, list[str]] = {}
    days: dict[str, date] = {}
    whole = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode()  # half a surrogate pair is no letter
    straight = whole.translate(_QUOTES)
    for part in islice(_PART.finditer(straight), MOST_PARTS):
        name, value = (part["name"] or "").lower(), _value(part)
        day = _day(value, last=name == "to") if name in {"from", "to"} and not part["no"] else None
        if day is not None:
            days[name] = day
        elif _is_filter(name, value):
            values.setdefault(f"{part['no']}{name}", []).append(value)
        elif _LETTER.search(value) or name:
            place = "without" if part["no"] else "words" if part["phrase"] is None else "phrases"
            written = part[0].lstrip("-") if place == "words" else f"{part['name'] or ''} {value}".strip()
            values.setdefault(place, []).append(written)
    return _query(values, days)


def _value(part: re.Match[str]) -> str:
    written = part["word"] if part["phrase"] is None else part["phrase"]
    return " ".join(written.split())


def _is_filter(name: str, value: str) -> bool:
    if name == "kind":
        return value.lower() in _KINDS
    return name in {"source", "category"} and bool(_LETTER.search(value))


def _query(values: dict[str, list[str]], days: dict[str, date]) -> Query:
    def each(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(values.get(name, ())))

    def filters(sign: str) -> Filters:
        kinds = tuple(dict.fromkeys(_KINDS[kind.lower()] for kind in each(f"{sign}kind")))
        return Filters(sources=each(f"{sign}source"), categories=each(f"{sign}category"), kinds=kinds)

    return Query(
        words=tuple(values.get("words", ())),  # said twice counts twice
        phrases=each("phrases"),
        without=each("without")[:MOST_EXCLUDED],
        only=filters(""),
        never=filters("-"),
        since=days.get("from"),
        until=days.get("to"),
    )


def _day(text: str, *, last: bool) -> date | None:
    """A day, or the first or last day of a month or year; None when it is none."""
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        month = month or (12 if last else 1) if match[2] is None else month
        end = calendar.monthrange(year, month)[1] if last else 1
        return date(year, month, end if match[3] is None else day)
    except ValueError:
        return None


# ── how an index reads it ───────────────────────────────────────────────────────────────────────────


SHORT = 6  # words of a query in which neighbours and meanings count
SEVERAL = 2
MOST_PHRASE = 24  # tokens of a phrase
MOST_STOPS = 6
ALL_WORDS = 1_000.0  # what a hit of a short query adds that holds every word: it comes before all others, …
IN_ORDER = 1_000.0  # … and before those the one that holds them side by side
MEANT = 0.5  # what an English word adds that a Korean one stands for; several share it
_MEANT_EACH, _MEANT_ROWS = (
    3,
    8,
)  # English words of a native one, and rows of them, that are looked for in order
_LATIN_WORD = re.compile(r"[A-Za-z0-9]+")
_FIGURE = re.compile(r"([a-z]{2,})(\d[a-z0-9]*)")
_HALF = 3  # letters of each half of a name in one word
_MENDED = 4  # letters of a word in which one is forgiven, and …
TWICE = 8  # … in which two are
MOST_BEGUN = 2_000  # tokens of one beginning that are looked at for a name by its sound

Frequency = Callable[[str], int]  # in how many entries of an index a token stands


class Word(NamedTuple):
    """A word of a query: its tokens, how often it was said, and how many of them carry it."""

    tokens: tuple[str, ...]
    times: int
    carrying: int
    paired: bool


@lru_cache(maxsize=16)  # one search asks several times
def words_of(query: Query) -> tuple[Word, ...]:
    """The different words of a query, in order, those the index leaves out left out."""
    counted: dict[tuple[str, ...], Word] = {}
    for phrase in query.words:
        for _, group in groupby(tokens(phrase), key=lambda token: token.run):
            word = _word(phrase, list(group))
            if word.tokens[0] in STOP_WORDS:
                continue
            before = counted.get(word.tokens, word)
            counted[word.tokens] = word._replace(times=before.times + (before is not word))
    return tuple(counted.values())


def _word(phrase: str, run: Sequence[Token]) -> Word:
    names = tuple(token.word for token in run[:MOST_PHRASE])
    if not run[0].paired:
        return Word(names, 1, len(names), False)
    carrying = max(1, core(fold(phrase[run[0].start : run[-1].end])) - 1)
    return Word(names, 1, min(len(names), carrying), True)


def stops_of(query: Query) -> tuple[str, ...]:
    """The stop words of a query that holds no other words: then they are what is looked for."""
    if query.phrases or words_of(query):
        return ()
    all_words = (token.word for word in query.words for token in tokens(word))
    return tuple(dict.fromkeys(all_words))[:MOST_STOPS]


@lru_cache(maxsize=16)
def meanings_of(query: Query) -> tuple[tuple[str, float], ...]:
    """The English stems that the native words of a short query may stand for, each with its weight.

    Most papers are English: a term of another language finds those that say it in English, behind those that
    say it as the query does.
    """
    words = words_of(query)
    if len(words) > SHORT:
        return ()
    meanings = {token: 0.0 for word in words for token in word.tokens}
    for phrase in query.words:
        for _, stems in native_terms(fold(phrase)):
            known = sorted(stem for stem in stems if stem.isascii())
            for stem in known:
                meanings.setdefault(stem, MEANT / math.sqrt(len(known)))
    return tuple((stem, weight) for stem, weight in meanings.items() if weight)


@lru_cache(maxsize=16)
def meant_in_order(query: Query) -> tuple[tuple[str, ...], ...]:
    """Return the rows of English stems that a short query of native words may stand for, word for word.

    A name in another script is one: its words stand side by side in the Latin one. () where the meaning of a
    word is not known, and where there is but one word.
    """
    meanings: list[tuple[str, ...]] = []
    for typed in query.words:
        if typed.isascii():
            meanings += [(token.word,) for token in tokens(typed)]
            continue
        terms = [term for term, _ in native_terms(fold(typed))]
        stems = [tuple(dict.fromkeys(map(token_of, english_of(term))))[:_MEANT_EACH] for term in terms]
        if not stems or not all(stems):
            return ()
        meanings += stems
    if not SEVERAL <= len(meanings) <= SHORT or all(typed.isascii() for typed in query.words):
        return ()
    return tuple(islice(product(*meanings), _MEANT_ROWS))


def query_tokens_of(query: Query) -> frozenset[str]:
    """The tokens to mark in what is found."""
    carrying = {token for word in words_of(query) for token in word.tokens[: word.carrying]}
    carrying |= {stem for stem, _ in meanings_of(query)}
    quoted = {token.word for phrase in query.phrases for token in tokens(phrase)}
    return frozenset(carrying | quoted | set(stops_of(query)))


@lru_cache(maxsize=16)
def latin_words(query: Query) -> tuple[str, ...]:
    """The Latin words of a short query as they were typed, in small letters."""
    words = tuple(word.lower() for typed in query.words for word in _LATIN_WORD.findall(typed))
    return words if len(words) <= 2 * SHORT else ()


class TypedWords(NamedTuple):
    """The Latin words of a query whose closeness counts, each between spaces; () where it does not.

    `in_order`: all of them, side by side. `bounded`: whether a score tells how closely a hit can hold them.
    """

    telling: tuple[str, ...]
    in_order: str
    bounded: bool

    def closeness(self, texts: Sequence[str], most: int = 2) -> int:
        """How closely texts hold the words as typed: 2 side by side, 1 all, else 0; `most` at most."""
        if not most or not self.telling:
            return 0
        blank = [latin_words_of(text) for text in texts]
        for word in self.telling:
            for text in blank:
                if word in text:
                    break
            else:
                return 0
        return 2 if most > 1 and any(self.in_order in _run_together(text) for text in blank) else 1

    def closest(self, score: float) -> int:
        """The greatest closeness that a hit of this score can have: ALL_WORDS, and IN_ORDER, were added."""
        if not self.bounded or score >= ALL_WORDS + IN_ORDER:
            return 2
        return int(score >= ALL_WORDS)


def typed_words(query: Query) -> TypedWords:
    """The words of a query as they were typed."""
    words, every = latin_words(query), words_of(query)
    if not (SEVERAL <= len(every) <= SHORT and len(every) <= len(words) <= SHORT):
        words = ()
    telling = tuple(f" {word} " for word in words if word not in STOP_WORDS)
    while words and words[0] in STOP_WORDS:  # the index cannot say beside which stop word a text has them
        words = words[1:]
    while words and words[-1] in STOP_WORDS:
        words = words[:-1]
    return TypedWords(telling, f" {' '.join(words)} ", not any(word.paired for word in every))


def _run_together(blank: str) -> str:
    return f" {' '.join(blank.split())} "


# ── names in one word or two, and typos ─────────────────────────────────────────────────────────────


@lru_cache(maxsize=1_024)
def token_of(word: str) -> str:
    """The token under which an index holds a Latin word."""
    return spaced(word).partition(" ")[0]


def query_words(query: Query) -> set[str]:
    """Every token that a query may ask an index for, but for the halves of names."""
    latin = latin_words(query)
    pairs = (first + second for first, second in pairwise(latin))
    phrases = (token.word for phrase in query.phrases for token in tokens(phrase))
    carrying = (token for word in words_of(query) for token in word.tokens)
    return {*carrying, *(stem for stem, _ in meanings_of(query)), *map(token_of, (*latin, *pairs)), *phrases}


def joined_names(query: Query, frequency: Frequency) -> Iterator[str]:
    """The tokens of two neighbours that are written in one word elsewhere: `flash attention`."""
    for first, second in pairwise(latin_words(query)):
        if frequency(joined := token_of(first + second)):
            yield joined


def parted_name(word: str, frequency: Frequency) -> tuple[str, str] | tuple[()]:
    """The two tokens a name is written in elsewhere: before a figure, or where both halves are words."""
    if len(word) > LONGEST or (word.isalpha() and frequency(token_of(word))):
        return ()
    halves = [(token_of(word[:at]), token_of(word[at:])) for at in _places(word)]
    if not halves:
        return ()
    best = max(halves, key=lambda two: min(map(frequency, two)))
    return best if min(map(frequency, best)) else ()


def _places(word: str) -> Sequence[int]:
    """The places to part a name: before its figure or that figure's letter, else between two long halves."""
    if figure := _FIGURE.fullmatch(word):
        return range(max(2, figure.end(1) - 1), figure.end(1) + 1)
    return range(_HALF, len(word) - _HALF + 1) if word.isalpha() else ()


class Lookup(NamedTuple):
    """Answers for the words of an index.

    `frequency`: in how many entries a token stands. `near(word, most)`: in groups, the best first, texts that
    may hold what was meant by a word, of which at most so many letters changed. `begun(letters)`: the tokens
    that begin with any of these, each with its frequency.
    """

    frequency: Frequency
    near: Callable[[str, int], Iterable[Iterable[str]]]
    begun: Callable[[Sequence[str]], Iterable[tuple[str, int]]]


def mended(query: Query, index: Lookup) -> tuple[Query, tuple[tuple[str, str], ...]]:
    """The query with words that nothing holds taken for those that were meant, and which those are.

    A Latin word is one a typo or two away; a word in other letters is a Latin name that sounds like it.
    """
    typed = dict.fromkeys(latin_words(query))
    mendable = (word for word in typed if word.isalpha() and _MENDED <= len(word) <= LONGEST)
    unknown = [word for word in mendable if not _known(query, word, index.frequency)]
    mends = {word: meant for word in unknown if (meant := _meant_by(word, index.frequency, index.near))}
    names = {word: name for word in query.words if (name := _name_that_sounds(word, index))}
    if not mends and not names:
        return query, ()
    words = tuple(
        names.get(word) or _LATIN_WORD.sub(lambda m: mends.get(m[0].lower(), m[0]), word)
        for word in query.words
    )
    return msgspec.structs.replace(query, words=words), (*mends.items(), *names.items())


_SHORT_NAME = 2  # letters: without its ending such a one is too many words
_OTHER_CONSONANTS = 0.25  # of a name that may sound otherwise, as a share
_OTHER_LETTERS = {2: 0.2, 3: 0.4}  # letters that may, by the name's length; of longer ones …
_OTHER_LETTERS_OF_LONG = 0.5
_LETTERS, _ENDING, _OFTEN = (
    0.5,
    0.1,
    0.03,
)  # weights of letters, of an ending that a token lacks, of frequency
_STEMMED = ("", "s", "e", "es")  # such endings
_ALIKE = tuple(
    (re.compile(pattern), alike)
    for pattern, alike in (
        *(("sch(?=[lmnw])", "s"), ("tch|ch|sch", "j"), ("sh", "s"), ("ph", "p"), ("th", "t"), ("x", "ks")),
        *(("c(?=[eiy])", "s"), ("[cqg]", "k"), ("[bfv]", "p"), ("d", "t"), ("z", "j")),
        *(("r(?![aeiouy])|[hw]", ""), ("r", "l"), ("y", "i"), (r"(.)\1+", r"\1")),
    )
)
_VOWELS = re.compile("[aeiou]")


@lru_cache(maxsize=4_096)
def _heard(word: str) -> tuple[str, str]:
    """A Latin word with the consonants that Korean letters tell apart, and those alone."""
    for pattern, alike in _ALIKE:
        word = pattern.sub(alike, word)
    return word, _VOWELS.sub("", word)


def _name_that_sounds(word: str, index: Lookup) -> str:
    """The Latin word of an index that sounds like one in other letters; "" where that is held, or known."""
    letters = fold(word)
    bare = letters[: core(letters)]
    if letters.isascii() or _means(letters) or _is_held(word, index):
        return ""
    for text in (letters, bare) if _SHORT_NAME < len(bare) < len(letters) else (letters,):
        for sound in filter(None, (language.sound(text) for language in LANGUAGES)):
            if name := _nearest(sound, index):
                return name
    return ""


def _nearest(sound: Sound, index: Lookup) -> str:
    """The token of an index that is spelled nearest to how a sound may be, the frequent before others."""
    spelling = re.compile(sound.pattern)
    fits: dict[str, float] = {}
    for token, often in index.begun(sound.begins):
        endings = [
            e for e in _STEMMED[: 1 if sound.length <= _SHORT_NAME else None] if spelling.fullmatch(token + e)
        ]
        far = [_far(token + ending, sound) + _ENDING * (len(ending) > 0) for ending in endings]
        if far and (best := min(far)) < math.inf:
            fits[token] = best - _OFTEN * math.log2(max(1, often))
    return min(
        fits, key=lambda token: (round(fits[token], 2), _unlike(token, sound.spelled), token), default=""
    )


def _unlike(word: str, spelled: str) -> float:
    from rapidfuzz.distance import OSA

    return OSA.normalized_distance(word, spelled)


def _far(word: str, sound: Sound) -> float:
    """How far a spelling is from the plainest of a sound: without bound where it is another word."""
    own, own_consonants = _heard(sound.spelled)
    far = math.inf
    for spelled in {word, re.sub("g(?=[eiy])", "j", word)}:
        heard, consonants = _heard(spelled)
        letters, others = _unlike(heard, own), _unlike(consonants, own_consonants)
        if others <= _OTHER_CONSONANTS and letters <= _OTHER_LETTERS.get(
            sound.length, _OTHER_LETTERS_OF_LONG
        ):
            far = min(far, others + _LETTERS * letters)
    return far


def _is_held(typed: str, index: Lookup) -> bool:
    """Whether each token of a word stands in some entry."""
    words = words_of(Query(words=(typed,)))
    return any(all(map(index.frequency, word.tokens[: word.carrying])) for word in words)


def _means(letters: str) -> bool:
    """Whether listed terms make up a word."""
    terms = [term for term, stems in native_terms(letters) if stems != {term}]
    return sum(map(len, terms)) >= core(letters)


def _known(query: Query, word: str, frequency: Frequency) -> bool:
    """Whether something holds a word, alone, in two words, or beside its neighbour in one."""
    if word in STOP_WORDS or frequency(token_of(word)) or parted_name(word, frequency):
        return True
    pairs = pairwise(latin_words(query))
    return any(word in pair and frequency(token_of("".join(pair))) for pair in pairs)


def _meant_by(
    word: str, frequency: Frequency, near: Callable[[str, int], Iterable[Iterable[str]]]
) -> str | None:
    """The word with the fewest letters changed, the more frequent of equal ones; or None."""
    from rapidfuzz.distance import OSA  # here and below: few searches hold a word that is mended

    most = 1 if len(word) < TWICE else 2
    for texts in near(word, most):
        if forms := set(_forms(texts, word, most)):
            return min(forms, key=lambda form: (OSA.distance(form, word), -frequency(token_of(form)), form))
    return None


def _forms(texts: Iterable[str], word: str, most: int) -> Iterator[str]:
    """The words of texts that differ from another in so few letters."""
    from rapidfuzz.distance import OSA

    for text in texts:
        for form in set(words_apart(text).split()):
            near = abs(len(form) - len(word)) <= most and form.isalpha()
            if near and OSA.distance(form, word, score_cutoff=most) <= most:
                yield form


# ── the places of tokens in a text ──────────────────────────────────────────────────────────────────


Place = tuple[int, int, str]  # where a token's letters begin and end in a text (code points), and the token


_DYING = re.compile(r"[a-z]ie")
# A letter that another may stand for in a token: none of those that stay as they are, nor a usual sign.
_FOLDING = re.compile(
    rf"[^\x00-\x7f{PAIRED_LETTERS}\u2010-\u2027\u2030-\u203a\u3000-\u3002\u3008-\u3011·«»°×÷]"
)
_ALONE = rf"(?<![{PAIRED_LETTERS}])%s(?![{PAIRED_LETTERS}])"


class _LookedAt(NamedTuple):
    """A text without the words whose letters others may stand for, its Latin words, and those tokens."""

    text: str
    latin: str
    folded: tuple[Place, ...]


@lru_cache(maxsize=2_048)  # the texts of hits come again
def _looked_at(text: str) -> _LookedAt:
    folded: list[Place] = []
    parts, at = [], 0
    for letter in [] if text.isascii() else _FOLDING.finditer(text):
        start = letter.start()
        if start < at or not RUN.match(text, start):
            continue
        while start > at and RUN.match(text[start - 1]):
            start -= 1
        run = RUN.match(text, start)[0]  # type: ignore[index]  # it holds the letter
        folded += [(start + t.start, start + t.end, t.word) for t in tokens_of(run)]
        parts += [text[at:start], " " * len(run)]
        at = start + len(run)
    plain = "".join([*parts, text[at:]])
    return _LookedAt(plain, words_apart(plain), tuple(folded))


_FEW_SOUGHT = 3  # tokens of which most texts hold all in one window; of more every place is looked at


class _WantedWords:
    """Tokens that are looked for: of an ASCII word its beginning, and a pair of letters as it stands.

    A stem differs from its word in the last letter at the most (ability: `abil`), but for the likes of dying:
    `die`. So it is for 110,401 words of abstracts.
    """

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        latin = [token for token in wanted if token.isascii()]
        begun = {token[: 1 if _DYING.fullmatch(token) else -1] or token for token in latin}
        self._begun = [f" {word}" for word in sorted(begun)]
        self._pairs = [token for token in wanted if PAIRS.fullmatch(token)]
        alike = any(longer.startswith(short) for short, longer in pairwise(self._begun))
        self._apart = len(begun) == len(latin) and not alike  # each beginning is one token's alone
        self._few_apart = self._apart and len(begun) <= _FEW_SOUGHT
        self._latin_alone = len(latin) == len(wanted)

    def places(self, looked_at: _LookedAt) -> list[Place]:
        """The wanted tokens of a text."""
        text, blank, folded = looked_at
        find, known, wanted = blank.find, KNOWN_WORDS, self._wanted
        places = [place for place in folded if place[2] in wanted]
        for begun in self._begun:
            at = find(begun)
            while at >= 0:  # as `_walk`, which takes twice as long
                end = find(" ", at + 1)
                if (token := known[blank[at + 1 : end]]) in wanted:
                    places.append((at, end - 1, token))
                at = find(begun, end)
        for pair in [] if text.isascii() else self._pairs:
            twice = f"(?={pair})" if pair[0] == pair[-1] else pair  # it may begin within itself
            runs = re.finditer(twice if len(pair) > 1 else _ALONE % pair, text)
            places += [(m.start(), m.start() + len(pair), pair) for m in runs]
        return sorted(places if self._apart else set(places))

    def window(self, looked_at: _LookedAt, longest: int) -> tuple[int, int] | None:
        """The first window with every token that is there, where each has a beginning of its own."""
        text, blank, folded = looked_at
        if folded or not (self._few_apart and (self._latin_alone or text.isascii())):
            return None
        walks = [self._walk(begun, blank) for begun in self._begun]
        first_of = [(place, walk) for walk in walks if (place := next(walk, None)) is not None]
        if not first_of:
            return 0, 0
        places, further = [place for place, _ in first_of], [walk for _, walk in first_of]
        end = max(places)[1]
        while end - (first := min(places))[0] > longest:
            row = places.index(first)
            if (later := next(further[row], None)) is None:
                return None
            places[row] = later
            end = max(end, later[1])
        return first[0], len(places)

    def _walk(self, begun: str, blank: str) -> Iterator[Place]:
        """The wanted tokens of the words that begin so."""
        at = blank.find(begun)
        while at >= 0:
            end = blank.find(" ", at + 1)
            if (token := KNOWN_WORDS[blank[at + 1 : end]]) in self._wanted:
                yield at, end - 1, token
            at = blank.find(begun, end)


def words_apart(text: str) -> str:
    """A text with a space before and behind and in place of all but Latin letters, in small, and figures."""
    return f" {latin_letters(text)} "


def latin_words_of(text: str) -> str:
    """The Latin words of a text at their places, as `words_apart`, but those with letters that are folded."""
    return _looked_at(text).latin


_wanted_words = lru_cache(maxsize=4)(_WantedWords)  # one search asks for some twenty texts


def wanted_tokens(text: str, wanted: frozenset[str]) -> list[Place]:
    """The tokens of a text that are wanted, in order."""
    return _wanted_words(wanted).places(_looked_at(text))


def first_window(text: str, wanted: frozenset[str], longest: int) -> tuple[int, int] | None:
    """The start of the first window of so many code points with all wanted tokens of a text; their number.

    None where there is none, or where it is not found soon.
    """
    return _wanted_words(wanted).window(_looked_at(text), longest)
