"""The words of a text: its subject terms, the keywords of its title, and the tokens of an index.

A term is an English stem, a number or a known term. A text about an English paper in a language with letters
of its own keeps names, acronyms and figures in Latin letters. It puts the rest into its own terms, of which
`assets/terms_CODE.txt` lists the English meanings. Stems are Snowball's
(https://snowballstem.org/algorithms/english/stemmer.html); how rare one is among arXiv abstracts stands in
`assets/word_counts.json`.

A keyword is what a reader would search for: one to three neighbouring words of a title with no function word
at either end, in one spelling (lower case, singular), so that "Diffusion Transformers" and "diffusion
transformer" count as one.

A token is what a full-text index holds. Latin words lose case, accents and English endings (Snowball; it
ranks better than folding plurals alone or nothing). Runs of Hangul, kana and Chinese characters become
overlapping pairs, so that a two-letter word is found inside any compound or inflected form. The same function
serves the index and the query.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from operator import add
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import snowballstemmer

from daybrief.languages import LANGUAGES, either, filtered

MOST_CHARACTERS = 20_000  # a section is 2,000, an abstract 1,500; a longer text adds time, not knowledge

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*|\d+(?:[.,]\d+)*[A-Za-z]*")
_HYPHENATED = filtered(r"(?<![A-Za-z0-9])[A-Za-z0-9]++(?:[-‐–][A-Za-z0-9]++){1,8}")
_NO_HYPHENS = str.maketrans("", "", "-‐–")
_CAMEL = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]{3,}")
_NATIVE = re.compile(
    "|".join(f"(?P<{language.code}>{language.word})" for language in LANGUAGES if language.word)
)
# Letters that survive a word's particles and endings.
_ROOTS = {language.code: language.root for language in LANGUAGES}
_ACCENTED = re.compile(r"[À-ɏ]")
_ADDRESS = filtered(r"https?://\S+")
_LATEX = filtered(r"\\[a-zA-Z]+|[${}^_~\\]")
_STOP = frozenset(
    """a about above across after all also among an and any are as at be been being between both but by can
    could do does for from further has have having how if in into is it its itself may more moreover most much
    must no nor not of on one only or other our out over per same several she should show shows since so some
    such than that the their them then there these they this those through thus to too two under up upon us
    use used uses using very via was we well were what when where whether which while who whose why will with
    within without would you your""".split()
)
_LEAST_NUMBER = 10  # one to nine number the points of every list
_SHORT = 2  # letters of the longest word in which a term of one letter counts


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word."""
    return _stemmed(word)


class _Stemmer(threading.local):
    """A stemmer of a thread's own, as threads may not share one; it keeps no words, since we do."""

    def __init__(self) -> None:
        stemmer = snowballstemmer.stemmer("english")
        stemmer.maxCacheSize = 0
        self.stem = stemmer.stemWord


_stemmer = _Stemmer()


def _stemmed(word: str) -> str:
    return str(_stemmer.stem(word))


def latin_stems(text: str) -> list[str]:
    """The stems of the Latin words and the numbers of a text, in order, without function words."""
    return _stems(_WORD.findall(_plain(text)))


def _stems(words: Iterable[str]) -> list[str]:
    return [stemmed for stemmed in map(_word_stem, words) if stemmed]


@lru_cache(maxsize=20_000)
def _word_stem(word: str) -> str:
    """The stem of a word as written; "" where it says nothing."""
    spelled = _spelled(word)
    return stem(spelled) if _says(spelled) else ""


@lru_cache(maxsize=32)  # all claims about a story are held against the same text
def spoken(text: str) -> frozenset[str]:
    """Every stem a text may be recognised by: its words, its compounds whole and in parts, its known terms.

    `Flash Attention`, `flash-attention` and `FlashAttention` share a stem. Of a word in letters of its own
    that the list lacks, the beginning stands for the whole.
    """
    if len(text) > MOST_CHARACTERS or "\n\n" not in text:
        return _spoken(text).stems
    paragraphs = [_spoken(paragraph) for paragraph in text.split("\n\n")]
    telling = [paragraph for paragraph in paragraphs if paragraph.last]
    return frozenset().union(
        *(paragraph.stems for paragraph in paragraphs),
        (a.last + b.first for a, b in pairwise(telling) if len(a.last) > 2 and len(b.first) > 2),
    )


class _Spoken(NamedTuple):
    """The stems of a paragraph, and those of its first and last word that tells something."""

    stems: frozenset[str]
    first: str
    last: str


@lru_cache(maxsize=128)  # a section's sentences rest on the same stories, in ever new company
def _spoken(text: str) -> _Spoken:
    bare = _plain(text)
    words = _WORD.findall(bare)
    word_stems = _stems(words)
    stems = set(word_stems)
    stems.update([a + b for a, b in pairwise(word_stems) if len(a) > 2 and len(b) > 2])
    for word in _HYPHENATED.findall(bare):
        stems.add(stem(word.translate(_NO_HYPHENS).lower()))
    for word in set(words):
        if not (word.islower() or word.isupper() or word.istitle()):
            stems.update(stem(part.lower()) for part in _CAMEL.findall(word))
    for _, meant in native_terms(bare):
        stems |= meant
    return _Spoken(frozenset(stems), *((word_stems[0], word_stems[-1]) if word_stems else ("", "")))


def native_terms(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each term in a language's own letters with the stems it may stand for.

    A word not in the list is its own root, where the language has roots.
    """
    if text.isascii():  # no language writes its own terms in these letters alone
        return
    for match in _NATIVE.finditer(text[:MOST_CHARACTERS]):
        yield from _terms_of(match[0], _ROOTS[match.lastgroup or ""])


@lru_cache(maxsize=8_000)
def _terms_of(run: str, root: int) -> tuple[tuple[str, frozenset[str]], ...]:
    """The terms of a run of native letters with their stems; without any its root of so many letters."""
    terms = tuple((term, lexicon()[term]) for term in _segmented(run))
    return terms or (((run[:root], frozenset({run[:root]})),) if 0 < root <= len(run) else ())


def _segmented(run: str) -> Iterator[str]:
    """The listed terms of a run of native letters, longest first from the left.

    A term of one letter only counts at the start of a short word, never inside another.
    """
    terms, longest, at = lexicon(), _longest(), 0
    while at < len(run):
        for size in range(min(longest, len(run) - at), 0, -1):
            term = run[at : at + size]
            if term in terms and (size > 1 or (at == 0 and len(run) <= _SHORT)):
                yield term
                at += size
                break
        else:
            at += 1


@cache
def lexicon() -> dict[str, frozenset[str]]:
    """Native term → the stems of the English words it may stand for."""
    return {term: frozenset(map(_stem_of, english)) for term, english in _meanings().items()}


def english_of(term: str) -> tuple[str, ...]:
    """The English words a listed native term may stand for; () for one that is not listed."""
    return tuple(_meanings().get(term, ()))


def native_of(stemmed: str) -> tuple[str, ...]:
    """The listed native terms that may stand for an English stem, the usual one first."""
    return _terms_by_stem().get(stemmed, ())


@cache
def _meanings() -> dict[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in _listed():
        english, _, native = line.partition(" = ")
        if line.startswith("#") or not native:
            continue
        for term in native.split():
            table.setdefault(term, {}).update(dict.fromkeys(english.split()))
    return {term: tuple(words) for term, words in table.items()}


def _listed() -> Iterator[str]:
    for language in LANGUAGES:
        path = files("daybrief").joinpath(f"assets/terms_{language.code}.txt")
        if language.word and path.is_file():
            yield from path.read_text(encoding="utf-8").splitlines()


@cache
def _terms_by_stem() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for term, english in _meanings().items():
        for word in english:
            table.setdefault(_stem_of(word), []).append(term)
    return {stemmed: tuple(terms) for stemmed, terms in table.items()}


def _stem_of(word: str) -> str:
    return stem(word.replace("-", "").lower())


@cache
def _longest() -> int:
    return max(map(len, lexicon()))


def _plain(text: str) -> str:
    if text.isalnum() and text.isascii():  # a word
        return text[:MOST_CHARACTERS]
    bare = _LATEX.sub(" ", _ADDRESS.sub(" ", text[:MOST_CHARACTERS]))
    if bare.isascii():
        return bare
    return _ACCENTED.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0], bare)


def _spelled(word: str) -> str:
    return word.lower().replace(",", "")


def _says(word: str) -> bool:
    if word.isdigit():
        return int(word[:12]) >= _LEAST_NUMBER
    return len(word) > 1 and word not in _STOP


class Counts(msgspec.Struct, frozen=True):
    """The number of abstracts in which each stem stands, and the number of all."""

    papers: int
    counts: dict[str, int]


@lru_cache(maxsize=100_000)
def rarity(key: str) -> float:
    """How rare a stem is among arXiv abstracts: 0 when all hold it, 1 from one in 3,000 on."""
    table = word_counts()
    return math.log((table.papers + 4) / (table.counts.get(key, 0) + 4)) / math.log((table.papers + 4) / 4)


@cache
def word_counts() -> Counts:
    """The counts shipped with the package (`tools/build_word_counts.py` makes them)."""
    raw = files("daybrief").joinpath("assets/word_counts.json").read_bytes()
    return msgspec.json.decode(raw, type=Counts)


# ── keywords of a title ─────────────────────────────────────────────────────────────────────────────


# Latin words may hold digits, dots, plus and hyphens (GPT-4o, C++); Hangul and Han come as runs.
_TITLE_WORD = re.compile(
    r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9]*(?:[-.+'’][A-Za-z0-9+]+)*+|[\uac00-\ud7a3]+[\uac00-\ud7a3A-Za-z0-9]*|[一-鿿]{2,}"
)
_BREAK = re.compile(r"[:;,.?!()\[\]{}|/\"“”]+(?=\s|$)|\s[-–—]\s|[()\[\]|\"“”]")

_FUNCTION = frozenset(
    """a an and are as at be beyond but by can do does for from how if in into is it its more need no not
    of on or our over per should so than that the their them then there these they this those through to
    toward towards under up upon use using via was we what when where which while who why will with
    within without you your all any between both each every few is less like makes make most much new
    non one only other some such too two three vs versus has have had get gets now just still even own
    good better best really towards revisiting rethinking exploring show hn ask tell launch introducing
    announcing""".split()
)
# Words that say nothing on their own in this field; inside a phrase they are welcome.
_PALE = frozenset(
    """adaptive ai analysis app application approach artificial automatic aware back based benchmark
    billion build built case challenge change code company comparison comprehensive computing content
    control data dataset day deal deep design document domain dynamic edge effect effective efficient
    enhanced enhancing error evaluating evaluation evidence experience failure fast feature flexible
    form framework function game general generation global gradient graph group guide health high hiring
    human image impact improved improving inference information input intelligence interplay interpret
    item job joint knowledge language large launch learning level local long low machine measure memory
    method million mind model modeling modelling month multi network neural new novel object open
    optimal output paper part people performance person personal perspective plan point policy power
    practice prediction price problem process prompt property quality question rate real release
    released report representation research response result review robust role say scalable scale
    scaling self sequence set short signal simple simulation single social software source space speech
    startup state step strategy structure study style subject survey system target task team technique
    test text theory thing time today tool toolkit topic training translation type understanding unified
    use user value video view vision visual way week weight word work world year""".split()
)
_MOST_WORDS = 3
_READ = 4_000  # characters of a text that are read


@lru_cache(maxsize=16_384)  # the titles of the last weeks are counted every day
def keywords(title: str) -> tuple[str, ...]:
    """The keywords of a title, each once, in order of appearance; longer phrases beside their parts."""
    phrases: dict[str, None] = {}
    for phrase in _BREAK.split(title[:_READ]):
        words = _TITLE_WORD.findall(phrase)
        for start in range(len(words)):
            for length in range(1, min(_MOST_WORDS, len(words) - start) + 1):
                if word := _keyword(words[start : start + length]):
                    phrases.setdefault(word)
    return tuple(phrases)


def proved(title: str, text: str) -> tuple[str, ...]:
    """The keywords of a title that its text speaks of too; all of them where there is no text.

    What a title says in jest ("Drowning in Documents") or wraps around its subject falls away.
    """
    named = keywords(title)
    if not text:
        return named
    spoken = running(text[: 5 * _READ])
    return tuple(word for word in named if speaks_of(spoken, word))


@lru_cache(maxsize=4_096)  # those of a section are read for its subjects, its keywords and what is rising
def running(text: str) -> str:
    """The words of a text in lower case and singular, between blanks, for `speaks_of`."""
    return f" {' '.join(map(singular, map(str.lower, _TITLE_WORD.findall(text))))} "


def speaks_of(spoken: str, keyword: str) -> bool:
    """Whether running words hold a keyword."""
    return spelled(keyword) in spoken


def spelled(keyword: str) -> str:
    """A keyword as `running` writes its words."""
    return f" {' '.join(map(singular, keyword.split()))} "


@lru_cache(maxsize=4)  # a section's keywords and its synthesis ask for the same stories
def shared_terms(stories: tuple[tuple[str, str], ...]) -> Mapping[str, tuple[int, ...]]:
    """The terms of the field that several stories, titles with texts, speak of, each with their numbers.

    A term stands in one title at least. A word alone counts as a name (ChatGPT), and in three titles.
    """
    titled: dict[str, list[int]] = {}
    for number, (title, _) in enumerate(stories):
        for word in keywords(title):
            titled.setdefault(word, []).append(number)
    terms = [word for word in titled if " " in word and _of_field(word)]
    shared = speaking((running(f"{title}. ") + running(text) for title, text in stories), terms)
    for word, at in titled.items():
        if word not in shared and len(at) >= enough(word):
            title = stories[at[0]][0]
            if _SHAPED.search(title[slice(*(occurrence(word, title) or (0, 0)))]):
                shared[word] = tuple(at)
    return MappingProxyType({word: at for word, at in shared.items() if len(at) >= enough(word)})


_SHAPED = re.compile(r"[a-z][A-Z]|[A-Z]{2}|[A-Z]-?\d")


@lru_cache(maxsize=16_384)
def _of_field(phrase: str) -> bool:
    """Whether a language has a word of its own for the whole phrase."""
    return any(phrase == term for language in LANGUAGES for term, _ in language.terms(phrase))


def speaking(spoken: Iterable[str], words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Which running texts speak of each keyword; a text is gone through once, whatever their number."""
    keys = {word: tuple(spelled(word).split()) for word in words}
    lengths: dict[str, set[int]] = {}
    for key in keys.values():
        lengths.setdefault(key[0], set()).add(len(key))
    holders: dict[tuple[str, ...], list[int]] = {key: [] for key in keys.values()}
    for number, text in enumerate(spoken):
        parts = text.split()
        starts = ((at, lengths[word]) for at, word in enumerate(parts) if word in lengths)
        for key in holders.keys() & {tuple(parts[at : at + n]) for at, most in starts for n in most}:
            holders[key].append(number)
    return {word: tuple(holders[key]) for word, key in keys.items()}


def enough(keyword: str) -> int:
    """The number of titles a keyword must stand in to count: a single word is soon in two by chance."""
    return 2 if " " in keyword else 3


def telling(today: Mapping[str, int], usual: Mapping[str, float], most: int) -> list[str]:
    """The keywords that tell most: of more titles than usual, then longer ones; no word of them twice."""

    def weight(word: str) -> tuple[float, int, str]:
        return -(today[word] - usual.get(word, 0.0)), -word.count(" "), word

    words: list[str] = []
    used: set[str] = set()
    for word in sorted(today, key=weight):
        if len(words) == most:
            break
        if used.isdisjoint(word.split()):
            words.append(word)
            used |= set(word.split())
    return words


def _keyword(words: list[str]) -> str:
    lower = [w.lower().removesuffix("'s").removesuffix("’s") for w in words]
    if any(w in _FUNCTION for w in (lower[0], lower[-1])) or (len(lower) > 2 and lower[1] in _FUNCTION):
        return ""
    if all(_pale(w) or len(w) < 2 for w in lower):
        return ""
    if len(lower) == 1 and len(lower[0]) < 3:
        return lower[0] if words[0].isupper() and len(words[0]) == 2 else ""
    return " ".join([*lower[:-1], singular(lower[-1])])


def _pale(word: str) -> bool:
    pale = _pale_words()
    return word in pale or singular(word) in pale


@cache
def _pale_words() -> frozenset[str]:
    return _PALE.union(*(language.rules.reading.title_stop.split() for language in LANGUAGES))


def singular(word: str) -> str:
    """An English noun without its plural ending, where the ending is plain."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ous", "ics")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1]


def occurrence(keyword: str, title: str) -> tuple[int, int] | None:
    """The span of a keyword in a title, in code points; None where it is not there."""
    matches = list(_TITLE_WORD.finditer(title))
    width = keyword.count(" ") + 1
    for start in range(len(matches) - width + 1):
        span = matches[start : start + width]
        if _keyword([m[0] for m in span]) == keyword:
            return span[0].start(), span[-1].end()
    return None


STOP_WORDS = tuple(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there
    these they this to was will with""".split()
)
"""Words the index leaves out (Lucene's list), as the tokens they become; their places stay empty."""
_STOP_ENDINGS = ("", "s", "es", "ed", "ing", "ings", "ly", "ful", "ness", "ingly", "ted", "ting")


def stop_words_of(text: str) -> set[str]:
    """The stop words among words in small letters, stemmed or not, with a space between."""
    forms = _stop_forms()
    return set(map(forms.__getitem__, forms.keys() & text.split()))


@cache
def _stop_forms() -> Mapping[str, str]:
    """The stop words by the words that are stemmed to them."""
    forms = (word + ending for word in STOP_WORDS for ending in _STOP_ENDINGS)
    return {form: stem(form) for form in forms if stem(form) in STOP_WORDS}


# ── tokens of an index ──────────────────────────────────────────────────────────────────────────────


LONGEST = 40  # letters of a token: what is longer is no word, and its beginning will do

_CJK = r"\u1100-\u11ff぀-ヿ\u3130-\u318f㐀-䶿一-鿿\uac00-\ud7a3"
RUN = re.compile(r"(?:[^\W_]++|[\u0300-\u036f\u3099\u309a]++)++")
_MARK, _UNMARKED = re.compile(r"[\u0300-\u036f\u3099\u309a]"), re.compile(r"[^\W_]++")
_SHORT_WORDS = re.compile(rf"(?s:(?:.{{0,{LONGEST}}} )*+.{{0,{LONGEST}}})")  # no run is longer
_ASCII_WORDS = bytes(ord(chr(n).lower()) if n < 128 and chr(n).isalnum() else 32 for n in range(256))
_PIECE = re.compile(rf"(?P<pairs>[{_CJK}\u3099\u309a]+)|[^{_CJK}]+")
_PAIRED = re.compile(r"[^\x00-\u0fff]")  # none of the letters in pairs stands before
_ACCENT = re.compile(r"[\u0300-\u036f]+")


@cache
def _particle() -> re.Pattern[str]:
    return re.compile(either(*(language.rules.reading.endings for language in LANGUAGES)))


class Token(NamedTuple):
    """A token and where its letters stand in the text (code points); `run` numbers the word it is part of."""

    word: str
    start: int
    end: int
    run: int = 0
    paired: bool = False


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text in order. Never raises; linear in the length of the text."""
    run = 0
    for match in RUN.finditer(text):
        begin, last = match.start(), 0
        for word, start, end, last, paired in tokens_of(match[0]):
            yield Token(word, begin + start, begin + end, run + last, paired)
        run += last + 1


PAIRED_LETTERS = "\uac00-\ud7a3\u4e00-\u9fff\u3400-\u4dbf\u3041-\u3096\u30a1-\u30fa"
PAIRS = re.compile(rf"[{PAIRED_LETTERS}]++")


def spaced(text: str) -> str:
    """The tokens with a space between: what a tokenizer that only splits at spaces is to be given."""
    return " ".join(token_words(text))


def latin_letters(text: str) -> str:
    """A text with a space in place of all but Latin letters, in small, and figures."""
    return text.encode("ascii", "replace").translate(_ASCII_WORDS).decode("ascii")  # half the time of a str's


def token_words(text: str) -> list[str]:
    """The tokens of a text in order, as bare words."""
    if text.isascii():
        return list(map(KNOWN_WORDS.__getitem__, latin_letters(text).split()))
    runs = (RUN if _MARK.search(text) else _UNMARKED).findall(text)
    return " ".join(map(KNOWN_WORDS.__getitem__, runs)).split()


def unstemmed(text: str) -> str:
    """The tokens of a text before they are stemmed, with a space between: for an index that stems itself."""
    if text.isascii():
        plain = latin_letters(text)
        return plain if _SHORT_WORDS.fullmatch(plain) else " ".join(word[:LONGEST] for word in plain.split())
    return " ".join(map(_known_unstemmed.__getitem__, text.split()))


def beginnings(text: str) -> str:
    """The first pair of each run that is paired, spaced that begins it, not one inside."""
    if text.isascii() or not _PAIRED.search(text):
        return ""
    return " ".join(filter(None, map(_first_pairs.__getitem__, text.split())))


def _first_pairs_of(chunk: str) -> str:
    """The same of what stands between two spaces."""
    if chunk.isascii():
        return ""
    runs = (run for run in RUN.findall(chunk) if not run.isascii())
    return " ".join(filter(None, map(_first_pair, runs)))


def _first_pair(word: str) -> str:
    if PAIRS.fullmatch(word):
        return word[:2]
    return next((token.word for token in _tokens(word) if token.paired), "")


def _spaced(word: str) -> str:
    if word.isascii():
        return _stemmed(word.lower()[:LONGEST])
    if PAIRS.fullmatch(word):
        return " ".join(map(add, word, word[1:])) or word
    return " ".join(token.word for token in _tokens(word))


def _unstemmed_of(chunk: str) -> str:
    """The tokens before they are stemmed of what stands between two spaces."""
    return " ".join(map(_unstemmed, RUN.findall(chunk)))


def _unstemmed(word: str) -> str:
    if word.isascii():
        return word.lower()[:LONGEST]
    if PAIRS.fullmatch(word):
        return _spaced(word)
    return " ".join(token.word for token in _tokens(word, stems=False))


class _KnownWords(dict[str, str]):
    """The text that a function makes of a word: words come again and again."""

    MOST = 200_000

    def __init__(self, make: Callable[[str], str]) -> None:
        self._make = make

    def __missing__(self, word: str) -> str:
        made = self._make(word)
        if len(word) <= LONGEST:  # a very long one is not worth the memory
            if len(self) >= self.MOST:
                self.clear()
            self[word] = made
        return made


KNOWN_WORDS = _KnownWords(_spaced)
_first_pairs, _known_unstemmed = _KnownWords(_first_pairs_of), _KnownWords(_unstemmed_of)


def tokens_of(word: str) -> tuple[Token, ...]:
    """The tokens of one word of a text, placed within it."""
    return _known_tokens(word) if len(word) <= LONGEST else _tokens(word)


def _tokens(word: str, *, stems: bool = True) -> tuple[Token, ...]:
    """The tokens of one word of a text, placed within it; their letters as they are unless `stems`."""
    if word.isascii():
        return (Token(stem(word.lower()[:LONGEST]), 0, len(word)),)
    folded = fold(word)
    same = len(folded) == len(word)
    made: list[Token] = []
    for run, piece in enumerate(_PIECE.finditer(folded)):
        begin, end = piece.span() if same else (0, len(word))
        if piece["pairs"] is None:
            letters = piece[0][:LONGEST]
            made.append(Token(stem(letters) if stems else letters, begin, end, run))
        else:
            made += _pairs(piece[0], begin, end, run, same)
    return tuple(made)


def _pairs(letters: str, begin: int, end: int, run: int, same: bool) -> Iterator[Token]:
    for at in range(max(1, len(letters) - 1)):
        pair = letters[at : at + 2]
        start, stop = (begin + at, begin + at + len(pair)) if same else (begin, end)
        yield Token(pair, start, stop, run, True)


# Words come again and again; very long ones are not worth the memory.
_known_tokens = lru_cache(maxsize=100_000)(_tokens)


def fold(text: str) -> str:
    """The text without compatibility forms, case and Latin accents: equal for texts that look alike."""
    if text.isascii():
        return text.lower()
    whole = unicodedata.normalize("NFKC", text).casefold()
    bare = _ACCENT.sub("", unicodedata.normalize("NFD", whole))
    return unicodedata.normalize("NFKC", bare)


def name_key(name: str) -> str:
    """A name of a source or category without all but letters and digits: `languagemodels`."""
    return "".join(RUN.findall(fold(name)))


def core(run: str) -> int:
    """How many letters of a Korean word as typed carry it, without the particle or ending behind them."""
    particle = _particle().search(run)
    return particle.start() if particle else len(run)


_LOOKED_AT = 400  # code points that tell a text's script


def mostly_spaced(text: str) -> bool:
    """Whether at least half of the words are spaced ones: of Latin, Greek or Cyrillic script."""
    read = list(tokens(text[:_LOOKED_AT]))
    return 2 * sum(not token.paired for token in read) >= len(read) > 0
