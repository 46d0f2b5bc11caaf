"""Taste: what a profile's keywords and examples add to the scores of a day's stories, each with its reason.

With few examples the learned part counts little: it is `taste` points times how far they are believed times
how much the reader would like the story, from -1 to 1. Without any, and without keywords, nothing is added.

What is learned is a linear model on words, retrained in a fraction of a second: ridge regression on TF-IDF,
in the spirit of arxiv-sanity (https://github.com/karpathy/arxiv-sanity-lite): liked texts against disliked
ones and against texts that nobody judged. It is solved in its dual form, in which the score of a text is a
sum over the examples, so that each score can name the example behind it.
"""

from __future__ import annotations

import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.model import Example, Filed, Story
from daybrief.stages.rank import Preferences, ScorePart
from daybrief.text.latex import readable
from daybrief.text.plain import line
from daybrief.text.words import STOP_WORDS, core, fold, stem, token_words, tokens

LONGEST = 100  # characters of a phrase
_READ = 20_000  # characters of a text; an abstract is 1,500
_HAN = r"぀-ヿ㐀-䶿一-鿿"
_UNIT = re.compile(
    rf"(?P<hangul>[\uac00-\ud7a3]+)|(?P<han>[{_HAN}]+)|(?P<word>(?:(?![{_HAN}\uac00-\ud7a3])[^\W_])+(?:\+\+|#)?)"
)


class Unit(NamedTuple):
    """A word of a text: its script, its folded stem, and whether it begins in capitals."""

    script: str
    stem: str
    capitals: bool


def units(text: str) -> tuple[Unit, ...]:
    """The words of a text in order. Never raises; linear in the length of the text."""
    whole = unicodedata.normalize("NFKC", text[:_READ])
    return tuple(_unit(match) for match in _UNIT.finditer(whole))


def _unit(match: re.Match[str]) -> Unit:
    word = match[0]
    if match["word"] is None:
        return Unit(match.lastgroup or "", word, False)
    return Unit("word", stem(fold(word)), word[:2].isupper())


class Keyword:
    """A word or phrase to look for; raises ConfigError when it holds no word or is too long."""

    def __init__(self, phrase: str) -> None:
        self.phrase = " ".join(phrase.split())
        self._units = units(self.phrase)
        if not self._units or len(phrase) > LONGEST:
            raise ConfigError(
                f"the keyword {phrase[:LONGEST]!r} cannot be looked for",
                hint=f"write a word or a short phrase, at most {LONGEST} characters",
            )
        letters = re.sub(r"[\W\d_]", "", self.phrase)
        self._acronym = len(letters) > 1 and letters.isascii() and letters.isupper()
        if all(unit.script == "hangul" for unit in self._units):
            self._joined = "".join(unit.stem for unit in self._units)
        else:
            self._joined = ""

    def stands_in(self, text: Sequence[Unit]) -> bool:
        """Whether the words of a text, as `units` gives them, hold the phrase."""
        size = len(self._units)
        if any(self._all_match(text[at : at + size]) for at in range(len(text) - size + 1)):
            return True
        return bool(self._joined) and any(
            unit.script == "hangul" and unit.stem.startswith(self._joined) for unit in text
        )

    def _all_match(self, there: Sequence[Unit]) -> bool:
        return all(map(self._matches, self._units, there))

    def _matches(self, unit: Unit, there: Unit) -> bool:
        if unit.script != there.script:
            return False
        if unit.script == "hangul":
            return there.stem.startswith(unit.stem)
        if unit.script == "han":
            return unit.stem in there.stem
        return unit.stem == there.stem and (there.capitals or not (self._acronym and unit.capitals))


_TITLE = 60  # letters of a liked title in the reader's line


class Interests(msgspec.Struct, frozen=True, kw_only=True):
    """The interests of a profile: see `config.Profile`, whose fields these are."""

    categories: Mapping[str, int] = {}
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    taste: float = 6.0
    keyword: float = 3.0


def preferences_of(
    filed: Sequence[Filed], interests: Interests, examples: Sequence[Example], language: str
) -> Preferences:
    """The preferences of a profile for these stories; raises ConfigError for a keyword without a word."""
    texts = {f.story.id: title_and_text(f.story) for f in filed}
    taste = learn(examples, tuple(texts.values())) if interests.taste else None
    more, less = (tuple(map(Keyword, dict.fromkeys(w))) for w in (interests.more, interests.less))
    parts = {
        story: (
            *_learned(taste, text, interests.taste),
            *_keywords(more, text, interests.keyword, "keyword"),
            *_keywords(less, text, -interests.keyword, "less"),
        )
        for story, text in texts.items()
    }
    return Preferences(language=language, parts=parts, quotas=interests.categories)


def title_and_text(story: Story) -> tuple[str, str]:
    """A story's title and the longest text that any of its sources gives: what taste goes by."""
    return story.lead.title, max((item.text for item in story.items), key=len)


def _learned(taste: Taste | None, text: tuple[str, str], most: float) -> Iterator[ScorePart]:
    if taste is None:
        return
    opinion = taste.opinion(*text)
    points = round(most * taste.trust * opinion.liking, 2)
    if not points:
        return
    reason = f"taste {opinion.liking:+.2f}"
    if not opinion.because:
        yield ScorePart(points=points, reason=reason)
        return
    title, words = line(readable(opinion.because), _TITLE), ", ".join(opinion.words)
    yield ScorePart(
        points=points,
        reason=f"{reason}, as “{title}”" + (f": {words}" if words else ""),
        phrase="why.taste" if words else "why.like",
        fields={"title": title, "words": words},
    )


def _keywords(
    keywords: Sequence[Keyword], text: tuple[str, str], points: float, name: str
) -> Iterator[ScorePart]:
    if not keywords or not points:
        return
    parts: tuple[tuple[Unit, ...], ...] = tuple(map(units, text))
    for keyword in keywords:
        if any(keyword.stands_in(part) for part in parts):
            reason = f"{name} “{keyword.phrase}”"
            yield ScorePart(
                points=points, reason=reason, phrase=f"why.{name}", fields={"word": keyword.phrase}
            )


# ── learning ────────────────────────────────────────────────────────────────────────────────────────


Terms = Counter[str]

MOST_LETTERS = 4_000  # an abstract is 1,500; a longer text adds time, not knowledge
MOST_TITLE = 500
_PAIR = "~"  # before a letter pair, which no reader wants to be told of
_FIRST_PAIRED = "\u1100"  # Hangul, kana and Chinese follow it; Latin, Greek and Cyrillic come before
_HANGUL = re.compile(r"[\uac00-\ud7a3]{2,}")
_STOP = frozenset(STOP_WORDS) | frozenset(
    """we our us can also which from has have been than more these those both through between while
    show use propos paper present approach method result base model howev each other via where when
    how what who its he she his her you your i my do doe may most such only well""".split()
)


@lru_cache(maxsize=4_096)  # a day's texts are seen twice: as what is usual, and to be judged
def terms(title: str, text: str) -> Terms:
    """Count each term of a text; the title counts twice. Linear in the bounded length."""
    counts: Terms = Counter()
    for part, times in ((title[:MOST_TITLE], 2), (text[:MOST_LETTERS], 1)):
        for word in token_words(part):
            if word >= _FIRST_PAIRED:
                counts[_PAIR + word] += times
            elif _is_telling(word):
                counts[word] += times
        for word in _HANGUL.findall(part):
            counts[word[: core(word)]] += times
    return counts


def _is_telling(word: str) -> bool:
    return len(word) > 1 and word not in _STOP and not (word.isdigit() and len(word) < 4)


def names(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The form in which the texts most often write each term that a reader may be told of."""
    seen: dict[str, Counter[str]] = {}
    for title, text in texts:
        for part in (title[:MOST_TITLE], text[:MOST_LETTERS]):
            for token in tokens(part):
                if not token.paired and _is_telling(token.word) and not token.word.isdigit():
                    seen.setdefault(token.word, Counter())[_written(part[token.start : token.end])] += 1
            for word in _HANGUL.findall(part):
                seen.setdefault(word[: core(word)], Counter())[word[: core(word)]] += 1
    return {term: min(forms, key=lambda form: (-forms[form], form)) for term, forms in seen.items()}


def _written(word: str) -> str:
    """A word as it stands within a sentence: acronyms and names with inner capitals keep theirs."""
    return word if any(letter.isupper() for letter in word[1:]) else word.lower()


class Rarity:
    """The weight of a term: its inverse document frequency in many abstracts and in the texts at hand."""

    def __init__(self, texts: Iterable[Terms]) -> None:
        self._near: Counter[str] = Counter()
        number = 0
        for document in texts:
            self._near.update(document.keys())
            number += 1
        self._all = number + _word_counts().papers
        self._known: dict[str, float] = {}

    def __call__(self, term: str) -> float:
        """The rarity of a term: from 1 for one that is everywhere to about 10 for one never met."""
        if term not in self._known:
            met = self._near[term] + _word_counts().counts.get(term, 0)
            self._known[term] = 1 + math.log((1 + self._all) / (1 + met))
        return self._known[term]


class _Counts(msgspec.Struct, frozen=True):
    papers: int
    counts: Mapping[str, int]


@cache
def _word_counts() -> _Counts:
    raw = files("daybrief").joinpath("assets/word_counts.json").read_bytes()
    return msgspec.json.decode(raw, type=_Counts)


Floats = NDArray[np.float32]
Text = tuple[str, str]  # title, text

MOST_EXAMPLES = 400  # the latest count
MOST_OTHERS = 400  # unjudged texts; a large day is sampled, always alike
MOST_TERMS = 8_000  # those that stand in the most examples
_STIFFNESS = 1.0  # of the ridge
_OTHERS_WEIGH = 1.0  # all unjudged texts together, for each example
_UNJUDGED = -0.5  # the target of a text nobody judged: less than a like, more than a dislike
_LEVEL = 1.0  # the constant feature
_REACH = 2.0  # spreads above the middle of the day that count as liked
_LEAST_SPREAD = 1e-3
_DOUBT = 2.0  # so many examples are believed half
_WORDS_TOLD = 3
_WORTH_TELLING = 0.15  # a liking below needs no reason
_LEAST_RARITY = 3.5  # a word in more than one abstract of twelve explains nothing


class TasteScore(msgspec.Struct, frozen=True, kw_only=True):
    """The model's score of a text: `liking` from -1 to 1, and the liked title and words behind it."""

    liking: float
    because: str = ""
    words: tuple[str, ...] = ()


class LearnedTaste(msgspec.Struct, frozen=True, kw_only=True):
    """A taste for a person to read; `trust` (0..1) is how far so many examples are believed."""

    liked: int
    disliked: int
    trust: float
    words_for: tuple[tuple[str, float], ...] = ()
    words_against: tuple[tuple[str, float], ...] = ()


def learn(examples: Sequence[Example], others: Sequence[Text]) -> Taste | None:
    """The taste behind some examples, told from texts nobody judged; None when no example holds a word."""
    latest = sorted(examples, key=lambda e: (e.added_at, e.key))[-MOST_EXAMPLES:]
    telling = [example for example in latest if terms(example.title, example.text)]
    return Taste(telling, others) if telling else None


class Taste:
    """A trained taste; `learn` makes it."""

    def __init__(self, examples: Sequence[Example], others: Sequence[Text]) -> None:
        self._examples = tuple(examples)
        self._named: dict[str, dict[str, str]] = {}  # how an example writes its terms, by its key
        documents = [terms(example.title, example.text) for example in examples]
        judged = {(example.title, example.text) for example in examples}
        around = [terms(*text) for text in _sampled([text for text in others if text not in judged])]
        self._rarity = Rarity([*documents, *around])
        self._places = {term: place for place, term in enumerate(_commonest(documents))}
        self._terms = tuple(self._places)
        rows = np.vstack([self._row(document) for document in (*documents, *around)])
        liked = np.array([example.liked for example in examples])
        alphas = _solve(rows, *_targets(liked, len(around)))
        self._rows, self._alphas = rows[: len(documents)], alphas[: len(documents)]
        self._weights = rows.T @ alphas
        usual = rows[len(documents) :] @ self._weights if around else np.zeros(1)
        self._middle, self._spread = float(np.median(usual)), max(float(np.std(usual)), _LEAST_SPREAD)

    @property
    def trust(self) -> float:
        """0..1: how far so many examples are believed."""
        return len(self._examples) / (len(self._examples) + _DOUBT)

    def opinion(self, title: str, text: str) -> TasteScore:
        """Score how much the reader would like a text, compared with what there is, and why."""
        row = self._row(terms(title, text))
        liking = float(np.tanh((row @ self._weights - self._middle) / (_REACH * self._spread)))
        others = np.array([example.title != title for example in self._examples])  # not "because of itself"
        shares = self._alphas * (self._rows @ row) * others
        best = int(np.argmax(shares))
        if liking < _WORTH_TELLING or shares[best] <= 0 or not self._examples[best].liked:
            return TasteScore(liking=liking)
        words = self._explaining_words(self._examples[best], row * self._weights * (self._rows[best] > 0))
        return TasteScore(liking=liking, because=self._examples[best].title, words=words)

    def learned(self, most: int = 12) -> LearnedTaste:
        """The words that speak most for and against a text, with their weights."""
        named = names((example.title, example.text) for example in self._examples)
        placed = ((self._places[term], name) for term, name in named.items() if term in self._places)
        order = sorted((float(self._weights[place]), name) for place, name in placed)
        likes = sum(example.liked for example in self._examples)
        return LearnedTaste(
            liked=likes,
            disliked=len(self._examples) - likes,
            trust=round(self.trust, 3),
            words_for=tuple((name, round(w, 3)) for w, name in reversed(order[-most:]) if w > 0),
            words_against=tuple((name, round(w, 3)) for w, name in order[:most] if w < 0),
        )

    def _explaining_words(self, example: Example, added: Floats) -> tuple[str, ...]:
        """The words of an example that added most to a score, as it writes them."""
        if example.key not in self._named:
            self._named[example.key] = names([(example.title, example.text)])
        named = self._named[example.key]
        order = sorted(np.flatnonzero(added > 0), key=lambda place: (-added[place], self._terms[place]))
        terms_told = (self._terms[place] for place in order)
        words = (named[t] for t in terms_told if t in named and self._rarity(t) >= _LEAST_RARITY)
        return tuple(islice(words, _WORDS_TOLD))

    def _row(self, document: Terms) -> Floats:
        """A text as a vector of length one at the most: only terms of the examples have a place in it."""
        values = {term: (1 + math.log(often)) * self._rarity(term) for term, often in document.items()}
        length = math.sqrt(sum(value * value for value in values.values())) or 1.0
        row = np.zeros(len(self._places), np.float32)
        for term, value in values.items():
            if (place := self._places.get(term)) is not None:
                row[place] = value / length
        return row


def _commonest(documents: Sequence[Terms]) -> list[str]:
    """The terms of the most texts, in alphabetical order: a sum must not hang on the hash seed."""
    met = Counter(term for document in documents for term in document)
    return sorted(sorted(met, key=lambda term: (-met[term], term))[:MOST_TERMS])


def _sampled(others: Sequence[Text]) -> list[Text]:
    """At most `MOST_OTHERS` texts, the same ones of the same day in whatever order they come."""
    order = sorted(set(others), key=lambda text: (zlib.crc32(text[0].encode()), text))
    return order[:MOST_OTHERS]


def _targets(liked: NDArray[np.bool_], others: int) -> tuple[Floats, Floats]:
    """Return each row's target and weight: likes and dislikes count evenly, the others together."""
    judged = np.where(liked, 1.0, -1.0)
    target = _UNJUDGED if liked.any() else -_UNJUDGED
    weigh = np.full(others, _OTHERS_WEIGH * len(judged) / max(others, 1))
    return np.concatenate([judged, np.full(others, target)]), np.concatenate([np.ones(len(judged)), weigh])


def _solve(rows: Floats, targets: Floats, counts: Floats) -> Floats:
    """The dual coefficients of a ridge regression in which each row counts as much as `counts` says."""
    kernel = rows @ rows.T + _LEVEL
    kernel[np.diag_indices_from(kernel)] += _STIFFNESS / counts
    return np.asarray(np.linalg.solve(kernel.astype(np.float64), targets), np.float32)
