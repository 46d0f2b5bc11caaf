"""Is every name of the claim a name its sources use?

Names are what is written as one in Latin letters (GPT-4o, MLLM, PixWizard, a capitalised word that does not
begin a sentence; beside letters without capitals any capitalised word), and the transliterations of
well-known companies, products and people. Case, hyphens, plurals and joined words are folded; an acronym
may be the initials of the source's words, a spelled-out term the source's acronym. A small glossary (AI, GPU,
API) is always allowed. Other transliterations (person names, say) are not seen.

Measured (benchmarks/claims.py, reported sample): names exchanged found 94.9 %, misspelt 98.8 %; false alarms
0.1 % of true claims.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from itertools import islice

import msgspec
from rapidfuzz.distance import DamerauLevenshtein

from daybrief.checks._evidence import MOST_CLAIM, counted_word, everything, quoted, same_wording, verbatim
from daybrief.languages import LANGUAGES, either, filtered, letters, parts
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Tools
from daybrief.text.identity import site_of

NAME = "names"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Names beyond those of the sources.

    allow: names that any claim may use, whatever its sources say.
    """

    allow: tuple[str, ...] = ()


class Names:
    """Finds a name that no source uses, and the source's name it is a misspelling of."""

    name = NAME

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._allow = frozenset(map(folded, allow))

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`unsupported` names every unknown name."""
        if verbatim(claim, evidence) or _keyword_quoted(claim):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        origin = "\n".join(
            name for item in evidence for name in (origin_of(item), item.venue, *item.authors)[:200]
        )
        source = known(f"{everything(evidence)}\n\n{origin}")
        if swapped := self._swapped(claim, evidence):
            return Verdict(check=NAME, outcome="unsupported", why=swapped)
        strange = [n for n in unknown(claim.text[:MOST_CLAIM], source) if folded(n) not in self._allow]
        if not strange:
            return Verdict(check=NAME, outcome="supported", why="every name is in the sources")
        meant = [f"{n} (the source has {m})" if (m := nearest(n, source)) else n for n in strange[:10]]
        return Verdict(check=NAME, outcome="unsupported", why=f"in no source: {', '.join(meant)}")

    def _swapped(self, claim: Claim, evidence: Sequence[Item]) -> str:
        """Another name in the place of one, in a sentence of the same wording: even a name the source has."""
        for sentence in quoted(claim, evidence):
            if same_wording(claim.text, sentence):
                for new, old in exchanged(claim.text[:MOST_CLAIM], sentence):
                    return f"says {new} where the source says {old}"
        return ""


def origin_of(item: Item) -> str:
    """How readers of every language call the site that a source stands on: its host, and its known names."""
    host = site_of(item.url)
    return " ".join(filter(None, dict.fromkeys((host, *(language.page_of(host) for language in LANGUAGES)))))


def _keyword_quoted(claim: Claim) -> bool:
    """Whether a keyword line names a word that stands in its own quote: cut out of 3DFacePolicy, say."""
    word = counted_word(claim).casefold()
    return bool(word) and any(word in quote.text.casefold() for quote in claim.quotes)


# ── names ───────────────────────────────────────────────────────────────────────────────────────────
#
# Compared folded: GPT-4o = gpt4o, Transformers = Transformer, Deep Mind = DeepMind, naïve = naive.

MOST_CHARACTERS = 100_000
_MOST_NAMES = 200
_MOST_SENTENCE = 1_500
_MOST_JOINED = 4
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_WORD = re.compile(rf"[{_LATIN}0-9]+(?:[-.'’/&+_][{_LATIN}0-9]+)*\+*")
_PART = re.compile(rf"[{_LATIN}0-9]+")
_FORMULA = re.compile(r"(?:[A-Za-z]|\d+)(?:[/+_&](?:[A-Za-z]|\d+))+")
_POSSESSIVE = re.compile(r"['’]s$")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;。]['\")\]”’]*\s+|\n\s*|[-•*]\s+)[\"'“‘(\[]*$")
_LITTLE = frozenset(word for language in LANGUAGES for word in language.rules.names.little.split())

GLOSSARY = frozenset(
    """ai ml dl nlp gpu cpu tpu npu api ceo cto it ict iot ui ux vs etc id url pdf os pc html http json
    sql sdk saas usb ram ssd web app data model transformer benchmark token prompt agent chatbot
    framework pipeline deep machine learning artificial intelligence open source""".split()
)
"""Terms a writer may use of any text in this field."""

_STARTERS = frozenset(word for language in LANGUAGES for word in language.rules.names.starters.split())
_COMMON_ENDING = re.compile(rf"(?:{parts(lambda rules: rules.names.common_ending)})$")
_WITHOUT_CAPITALS = re.compile(f"[{letters()}]")
# What writers call well-known names in their own letters → any of these must stand in the source, folded.
_TRANSLITERATED = [
    (filtered(rf"(?<![{language.rules.names.letters}])(?:{name})"), known_as.split())
    for language in LANGUAGES
    for name, known_as in language.rules.names.transliterated.items()
]
_ANY_TRANSLITERATED = filtered(either(*(name.pattern for name, _ in _TRANSLITERATED)))
_COINED = filtered(either(*(language.rules.names.coined for language in LANGUAGES)))
_NATIVE = re.compile(f"[{''.join(language.rules.names.letters for language in LANGUAGES)}A-Za-z]+")


class Known:
    """The names in the sources, each of its views made when it is first asked for.

    Most claims name what stands in the text letter for letter, and need none of them (`writes`).
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word folded, its parts, and the parts of CamelCase."""
        words = {folded(word) for word in {*self.written, *self.parts}}
        words.update(folded(piece) for part in set(self.parts) for piece in _humps(part))
        return frozenset(words)

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The words in order, cut at their signs."""
        return tuple(part for word in _WORD.findall(self.text) for part in _parts_of(word))

    @cached_property
    def initials(self) -> tuple[str, str]:
        """The first letters of all words, and of those that count in an acronym."""
        starts = [part[0].lower() if not part.isdigit() else part for part in self.parts]
        solid = (start for start, part in zip(starts, self.parts, strict=True) if part.lower() not in _LITTLE)
        return "".join(starts), "".join(solid)

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """The words with several capitals, folded."""
        return frozenset(folded(p) for p in self.parts if not p.islower() and sum(map(str.isupper, p)) > 1)

    @cached_property
    def written(self) -> tuple[str, ...]:
        """The words as written, each once."""
        return tuple(dict.fromkeys(_WORD.findall(self.text)))

    @cached_property
    def native(self) -> str:
        """The letters of the languages' own scripts and Latin ones, without what stands between."""
        return "".join(_NATIVE.findall(self.text))

    @cached_property
    def _runs(self) -> frozenset[str]:
        return frozenset(_joined(self.parts))

    def says(self, name: str) -> bool:
        """Whether a folded name is a word of the sources, or up to four that follow each other."""
        return name in self.words or name in self._runs

    def writes(self, word: str) -> bool:
        """Whether a word of letters and digits stands in the text just so; `says` then holds as well."""
        start = self.text.find(word) if word.isalnum() else -1
        while start >= 0:
            end = start + len(word)
            if not _PART.match(self.text, end) and not (start and _PART.match(self.text, start - 1)):
                return True
            start = self.text.find(word, end)
        return False


@lru_cache(maxsize=10_000)
def folded(word: str) -> str:
    """A name without case, accents, hyphens, possessive or plural."""
    if not (word.isascii() and word.isalnum()):  # hardly any word of an abstract is anything else
        word = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", word))
        word = "".join(sign for sign in word if sign.isalnum() and not unicodedata.combining(sign))
    return _singular(word.lower())


def _singular(word: str) -> str:
    """A lower-case word without the ending of a plural."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=32)  # up to 100 KB each; all claims about a story come one after the other
def known(text: str) -> Known:
    """The names and words of a source."""
    return Known(text[:MOST_CHARACTERS])


def _parts_of(word: str) -> Sequence[str]:
    """The letters and digits of a word between its signs; most have none."""
    return (word,) if word.isalnum() else _PART.findall(_POSSESSIVE.sub("", word))


def _joined(parts: Sequence[str]) -> Iterator[str]:
    """Every run of one to four words as one word, folded."""
    plain = "".join(parts).isascii()
    lower = [part.lower() for part in parts] if plain else parts
    for at, first in enumerate(lower):
        run = first
        yield _singular(run) if plain else folded(run)
        for part in lower[at + 1 : at + _MOST_JOINED]:
            run += part
            yield _singular(run) if plain else folded(run)


@lru_cache(maxsize=5_000)
def _humps(word: str) -> tuple[str, ...]:
    """The parts of CamelCase, where there are several."""
    humps = re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])", word)
    return tuple(humps) if len(humps) > 1 else ()


def unknown(text: str, source: Known) -> tuple[str, ...]:
    """The names of `text` that the source does not have, in order, each once."""
    text = text[:MOST_CHARACTERS]
    capitals = not _WITHOUT_CAPITALS.search(text)
    names: dict[str, None] = {}
    for match in islice(_WORD.finditer(text), _MOST_NAMES * 20):
        word = _POSSESSIVE.sub("", match[0])
        if len(names) >= _MOST_NAMES:
            break
        if not _named(text, match.start(), word, capitals) or _has(word, source):
            continue
        if not _spelled_out(text, match.start(), source) or (len(word) > 4 and nearest(word, source)):
            names.setdefault(word)
    return (*names, *_unknown_native(text, source))


def exchanged(text: str, sentence: str) -> Iterator[tuple[str, str]]:
    """(a name of the text, the name that stands in its place in a sentence of the same wording).

    Only names the sentence does not have, for names the text does not have, one run of words for another.
    """
    ours, theirs = (_WORD.findall(part[:_MOST_SENTENCE]) for part in (text, sentence))
    here, there = {folded(word) for word in ours}, {folded(word) for word in theirs}
    left, right = [folded(word) for word in ours], [folded(word) for word in theirs]
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "replace" or d - c > 3 * (b - a):
            continue
        new = [w for w in ours[a:b] if _capital(w) and folded(w) not in there and not _within(w, theirs)]
        old = [w for w in theirs[c:d] if _capital(w) and folded(w) not in here and not _within(w, ours)]
        if new and old and not _initials(new[0], known(sentence)) and not _initials(old[0], known(text)):
            yield new[0], old[0]


def _capital(word: str) -> bool:
    return any(sign.isupper() for sign in word) and word.lower() not in _STARTERS and len(word) > 1


def _within(word: str, words: list[str]) -> bool:
    """Whether the name is a part of one there, or one there a part of it: LLM and LLM-based."""
    want = folded(word)
    return any(want in (other := folded(w)) or (len(other) > 2 and other in want) for w in words)


def nearest(name: str, source: Known) -> str:
    """The name of the source this one is a misspelling of: at most a quarter of its letters away; or ""."""
    want = folded(name)
    most = max(1, len(want) // 4)
    near = [
        (DamerauLevenshtein.distance(want, folded(word), score_cutoff=most), word)
        for word in source.written[:5_000]
        if len(word) > 2 and (any(sign.isupper() for sign in word) or word[0].isdigit())
    ]
    best = min(near, default=(most + 1, ""))
    return best[1] if 0 < best[0] <= most else ""


def _named(text: str, start: int, word: str, capitals: bool) -> bool:
    """Whether a word is written as a name."""
    letters = [sign for sign in word if sign.isalpha()]
    if len(letters) < 2 and not (letters and letters[0].isupper() and len(word) > 1):
        return False
    if (word[0].isdigit() and len(letters) < 3) or _FORMULA.fullmatch(word):
        return False  # 7B, 3D, 4K: numbers; N/2, K+1: formulas
    if any(sign.isupper() for sign in word[1:]) or (any(map(str.isdigit, word)) and letters[0].isupper()):
        return True
    if not word[0].isupper():
        return False
    if not capitals or not _SENTENCE_START.search(text[max(0, start - 8) : start]):
        return True
    low = word.lower()
    return len(word) > 3 and not (low in _STARTERS or _COMMON_ENDING.search(low) or _ordinary(word))


def _ordinary(word: str) -> bool:
    """Whether a glossary of one of the languages knows the word, so that a capital makes no name of it."""
    return any(language.ordinary(word) for language in LANGUAGES)


def _has(word: str, source: Known) -> bool:
    want = folded(word)
    if want in GLOSSARY or source.writes(word) or source.says(want):
        return True
    parts = [part for part in re.split(r"[-./&+_]", word) if part]
    if len(parts) > 1 and all(not p.isdigit() and _has(p, source) for p in parts if len(p) > 1):
        return not any(sign.isdigit() for sign in word)
    return _initials(word, source)


def _initials(word: str, source: Known) -> bool:
    """Whether an acronym (EHR) is made of the first letters of the source's words."""
    capital = re.fullmatch(r"([A-Z]{2,8}|[A-Z]+[a-z]?[A-Z]+)s?", word)
    return capital is not None and any(capital[1].lower() in run for run in source.initials)


_RUN = re.compile(rf"(?<![{_LATIN}])[{_LATIN}]++(?:(?:[- ]| (?:of|and|for|the) )[{_LATIN}]++){{1,7}}")


def _spelled_out(text: str, start: int, source: Known) -> bool:
    """Whether the word is part of an acronym of the source spelled out: Large Language Model for LLM."""
    for run in _RUN.finditer(text, max(0, start - 80), start + 120):
        if not run.start() <= start < run.end():
            continue
        words = re.findall(rf"[{_LATIN}]+", run[0])
        ours = [
            i
            for i, w in enumerate(re.finditer(rf"[{_LATIN}]+", run[0]))
            if run.start() + w.start() <= start < run.start() + w.end()
        ]
        return bool(ours) and _acronym_of(words, ours[0], source)
    return False


def _acronym_of(words: list[str], at: int, source: Known) -> bool:
    for first in range(at + 1):
        for last in range(max(at + 1, first + 2), min(len(words), first + 8) + 1):
            letters = "".join(w[0] for w in words[first:last] if w.lower() not in _LITTLE).lower()
            if len(letters) > 1 and letters in source.acronyms:
                return True
    return False


def _unknown_native(text: str, source: Known) -> tuple[str, ...]:
    names = []
    for name, known_as in _TRANSLITERATED if _ANY_TRANSLITERATED.search(text) else ():
        match = name.search(text)
        if match and match[0] not in source.native and not any(source.says(name) for name in known_as):
            names.append(match[0])
    coined = (match[0] for match in _COINED.finditer(text) if match[0] not in source.native)
    return tuple(dict.fromkeys((*names, *(name for name in coined if not _transliterated(name)))))


def _transliterated(word: str) -> bool:
    return any(name.search(word) for name, _ in _TRANSLITERATED)


def make(options: Options, tools: Tools) -> Names:  # noqa: ARG001 - every plugin is made the same way
    """The check."""
    return Names(options.allow)
