"""Does the source bear the claim out? Asked of an NLI model of yours, or of a small embedded scorer.

No model is believed beyond what was measured of it. The embedded scorer only finds claims that have next to
nothing in common with their source; all else but a verbatim extract is unclear to it. Of a model of yours
nothing is known: it says unclear until you give it bounds that hold on judged claims
(`benchmarks/faithfulness.py --model FOLDER`).

The embedded scorer looks for the claim's words, neighbours, figures and names in the text, in one language,
and never reads meaning: a claim that turns the text round in the text's own words scores high. See
docs/cards/support.md for what it is worth. Two models make it. A linear model of the whole claim sees 15
figures, each 0 when all is found. A linear model of single words tells how doubtful each content word is; a
claim is as doubtful as its three most doubtful words. Every figure grows with what the text lacks, so that
each weight can be kept from turning its sense round. Case only makes a word more doubtful, as many corpora
have none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from heapq import nlargest
from importlib.resources import files
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from daybrief.checks._evidence import MOST_CLAIM, everything, verbatim
from daybrief.errors import ConfigError
from daybrief.languages import language_of, letters
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Entailment, Tools
from daybrief.text.words import rarity, stem

NAME = "entailment"
EMBEDDED = "embedded"

_Chance = Annotated[float, Meta(ge=0.0, le=1.0)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Which model, and from where on it is believed.

    model: `embedded`, or the folder of an NLI model (`model.onnx`, `tokenizer.json`, `config.json`).
    supported: from this probability on a claim is supported; none: never.
    unsupported: below this probability it is not; none: never, and for `embedded` where the claim is about
    something else.
    across: whether the model also compares a claim with evidence in another language.
    """

    model: str = EMBEDDED
    supported: _Chance | None = None
    unsupported: _Chance | None = None
    across: bool = False


# ── the embedded scorer ─────────────────────────────────────────────────────────────────────────────

MOST_SCORED = 4_000
"""Characters of a claim that are looked at."""

MOST_EVIDENCE = 1_000_000
"""Characters of a text that are looked at."""

NAMES = (
    "word",  # share of all words that the text lacks
    "content",  # the same of content words
    "rare",  # the same, each word by its rarity
    "rarest",  # the rarity of the rarest missing word, 0..1
    "figure",  # numbers the text lacks, at most three
    "pair",  # share of neighbours that are not neighbours in the text
    "triple",  # the same of three in a row
    "run",  # 1 - the longest run of pairs found, as a share
    "passage",  # rarity the best passage of 40 words lacks
    "passages",  # the same of the best two
    "apart",  # share of neighbouring content words of which the text lacks one
    "far",  # share of neighbouring content words that stand far apart in the text
    "opening",  # share of content words not even whose opening letters are found
    "graft",  # a rare word missing beside a rare one found, at most four
    "negation",  # 1 when the claim denies and the best passage does not
)

WORD_NAMES = (
    "missing",  # 1 when the text lacks the word
    "rare",  # its rarity when the text lacks it
    "figure",  # 1 when it is a number that the text lacks
    "name",  # 1 when it is written as a name and the text lacks it
    "opening",  # 1 when not even its opening letters are found
    "elsewhere",  # 1 when it stands in the text and not in the best passage
    "late",  # how far from the opening of the claim it stands, 0..1
)

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_NOT = re.compile(r"n['’]t\b")
_NAME = re.compile(r"(?<=[^\s.!?\"“”])\s+[(‘'\[]?([^\W\d_]\w*)")  # a word that opens no sentence
_NATIVE = re.compile(f"[{letters()}]")
_STOP = frozenset(
    """a about after also an and any are as at be been before being but by can could did do does down for from
    had has have he her his how i if in into is it its just may might more most must my of off on one or our
    out over shall she should so some such than that the their them there these they this those to up us very
    was we were what when where which who whom whose why will with would you your s t re ve ll d m lrb
    rrb""".split()
)
_DENIALS = frozenset("not no never none nor without cannot neither nobody nothing".split())
_NUMERALS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve".split(),
        map(str, range(13)),
        strict=True,
    )
)
_PASSAGE, _STEP = 40, 20  # words
_NEAR = 12  # words between two that belong together
_RARE = 0.6  # from here on a word is likely to be a name or a term; of 1, in one paper of 3,000
_OPENING = 5  # letters
_PLACES = 2_000  # of one word that are looked at
_MOST_WORDS = 400  # of a claim


class SourceWords:
    """A text made ready to be asked about many claims; reads `MOST_EVIDENCE` characters."""

    def __init__(self, text: str) -> None:
        raw = _words(text[:MOST_EVIDENCE])
        self.keys = [_key(word) for word in raw]
        self.known = frozenset(self.keys)
        self.pairs = frozenset(pairwise(self.keys))
        self.triples = frozenset(zip(self.keys, self.keys[1:], self.keys[2:], strict=False))
        self.openings = frozenset(key[:_OPENING] for key in self.known)
        self.places: dict[str, list[int]] = {}
        for place, key in enumerate(self.keys):
            places = self.places.setdefault(key, [])
            if len(places) < _PLACES:
                places.append(place)
        starts = range(0, max(1, len(self.keys) - _PASSAGE + _STEP), _STEP)
        self.passages = [frozenset(self.keys[start : start + _PASSAGE]) for start in starts]


def features(claim: str, evidence: SourceWords) -> list[float] | None:
    """The features in the order of `NAMES`; None when the claim has no content word."""
    both = tables(claim, evidence)
    return None if both is None else both[0]


def tables(claim: str, evidence: SourceWords) -> tuple[list[float], list[list[float]]] | None:
    """The features of a claim (`NAMES`) and those of each of its content words (`WORD_NAMES`).

    None when the claim has no content word.
    """
    raw = _words(claim[:MOST_SCORED])[:_MOST_WORDS]
    keys = [_key(word) for word in raw]
    content = [(word, key) for word, key in zip(raw, keys, strict=True) if _tells(word)]
    if not content:
        return None
    content_keys = [key for _, key in content]
    passage, passages, best = _passages(frozenset(content_keys), evidence)
    whole = _whole(keys, content_keys, evidence)
    denies = float(not _DENIALS.isdisjoint(raw) and not any(_key(word) in best for word in _DENIALS))
    row = [*whole[:8], passage, passages, *whole[8:], denies]
    return row, _word_rows(content, _capitalised(claim[:MOST_SCORED]), best, evidence)


def _whole(keys: Sequence[str], content: Sequence[str], evidence: SourceWords) -> list[float]:
    """All features of a claim but those of its best passage."""
    missing = [key for key in content if key not in evidence.known]
    apart, far = _neighbours(content, evidence)
    pairs = list(pairwise(keys))
    triples = list(zip(keys, keys[1:], keys[2:], strict=False))
    return [
        _share(sum(key not in evidence.known for key in keys), len(keys)),
        _share(len(missing), len(content)),
        _share(math.fsum(map(rarity, missing)), math.fsum(map(rarity, content))),
        max(map(rarity, missing), default=0.0),
        float(min(3, sum(key[0].isdigit() for key in missing))),
        _share(sum(pair not in evidence.pairs for pair in pairs), len(pairs)),
        _share(sum(triple not in evidence.triples for triple in triples), len(triples)),
        1 - _share(_longest(pairs, evidence), len(pairs)) if pairs else 0.0,
        apart,
        far,
        _share(sum(key[:_OPENING] not in evidence.openings for key in missing), len(content)),
        float(min(4, _grafts(content, evidence))),
    ]


def _word_rows(
    content: Sequence[tuple[str, str]],
    names: frozenset[str],
    best: frozenset[str],
    evidence: SourceWords,
) -> list[list[float]]:
    rows = []
    for number, (word, key) in enumerate(content):
        missing = key not in evidence.known
        rows.append(
            [
                float(missing),
                rarity(key) if missing else 0.0,
                float(missing and key[0].isdigit()),
                float(missing and word in names),
                float(key[:_OPENING] not in evidence.openings),
                float(not missing and key not in best),
                number / len(content),
            ]
        )
    return rows


def _capitalised(claim: str) -> frozenset[str]:
    """The words that are written with a capital and open no sentence."""
    return frozenset(word.lower() for word in _NAME.findall(claim) if word[0].isupper())


def _words(text: str) -> list[str]:
    return _WORD.findall(_NOT.sub(" not", text.lower()))


@lru_cache(maxsize=100_000)
def _key(word: str) -> str:
    """Under which a word is looked up: its stem, or its digits."""
    if word in _NUMERALS:
        return _NUMERALS[word]
    return word.replace(",", "") if word[0].isdigit() else stem(word[:40])


def _tells(word: str) -> bool:
    return word not in _STOP and (len(word) > 1 or word.isdigit() or bool(_NATIVE.match(word)))


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole else 0.0


def _longest(pairs: Sequence[tuple[str, str]], evidence: SourceWords) -> int:
    best = run = 0
    for pair in pairs:
        run = run + 1 if pair in evidence.pairs else 0
        best = max(best, run)
    return best


def _passages(wanted: frozenset[str], evidence: SourceWords) -> tuple[float, float, frozenset[str]]:
    """The rarity that the best passage lacks, that the best two lack, and the best passage."""
    whole = _weight(wanted)
    best = max(evidence.passages, key=lambda passage: _weight(wanted & passage))
    rest = wanted - best
    second = max((_weight(rest & passage) for passage in evidence.passages), default=0.0)
    return _share(_weight(rest), whole), _share(max(0.0, _weight(rest) - second), whole), best


def _weight(keys: frozenset[str]) -> float:
    return math.fsum(map(rarity, keys))  # exact, so that the order of a set cannot matter


def _neighbours(content: Sequence[str], evidence: SourceWords) -> tuple[float, float]:
    """The shares of neighbouring content words of which one is missing, and that stand far apart."""
    missing = far = 0
    for first, second in pairwise(content):
        if first not in evidence.known or second not in evidence.known:
            missing += 1
        elif _distance(evidence.places[first], evidence.places[second]) > _NEAR:
            far += 1
    return _share(missing, len(content) - 1), _share(far, len(content) - 1)


def _distance(ones: Sequence[int], others: Sequence[int]) -> int:
    """The smallest distance between two sorted lists of places, in one pass."""
    i = j = 0
    best = abs(ones[0] - others[0])
    while i < len(ones) and j < len(others) and best > _NEAR:
        best = min(best, abs(ones[i] - others[j]))
        if ones[i] < others[j]:
            i += 1
        else:
            j += 1
    return best


def _grafts(content: Sequence[str], evidence: SourceWords) -> int:
    rare = [key for key in content if rarity(key) >= _RARE]
    neighbours = (pair for pair in pairwise(content) if pair[0] in rare and pair[1] in rare)
    return sum((first in evidence.known) != (second in evidence.known) for first, second in neighbours)


ASTRAY = 1e-6
"""Only a claim about something else scores below."""

LIMITS = (
    "Overlap of words, trained on English texts with made-up errors. It finds claims about something "
    "else and words from nowhere. What is turned round in the text's own words it does not find, and it "
    "compares no languages. Figures: docs/cards/support.md."
)

_PASSAGE_FIGURE = NAMES.index("passage")
_DOUBTFUL = 3  # words
_LEAST = -13.0  # log-odds of a claim that is not about something else, so that they stay above `ASTRAY`


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """Two linear models, of a claim and of its words; made by `benchmarks/train_support.py`.

    bias, weight: of the claim's features; no weight is above zero.
    word_bias, word: the log-odds that a word is not borne out; no weight is below zero.
    doubt: how much the claim loses for each unit of its three most doubtful words' mean; zero or less.
    level, slope: turn the sum into a probability.
    even: from this probability on a claim counts as supported when it must be one or the other; balances the
    two mistakes on the training pairs.
    astray: a claim is about something else when the best passage lacks more than this share of it (feature
    `passage`); of the authors' own summaries in training one in 500 would be.
    overlap: the same as `even` for the share of words found, the figure to beat.
    even_free, overlap_free: the same two, chosen on the training pairs that were written freely (titles,
    authors' summaries), not taken from the text.
    """

    about: str
    bias: float
    weight: dict[str, float]
    word_bias: float
    word: dict[str, float]
    doubt: float
    level: float
    slope: float
    even: float
    astray: float
    overlap: float
    even_free: float
    overlap_free: float

    def probability(self, row: Sequence[float], words: Sequence[Sequence[float]]) -> float:
        """The chance of support, 0..1, of a claim's `tables`; 0 for a claim about something else alone."""
        if row[_PASSAGE_FIGURE] > self.astray:
            return 0.0
        value = self.whole(row) + self.doubt * self.doubts(words)
        return _logistic(max(_LEAST, self.level + self.slope * value))

    def whole(self, row: Sequence[float]) -> float:
        """The log-odds of support by the features of the claim alone."""
        return self.bias + math.fsum(self.weight[name] * x for name, x in zip(NAMES, row, strict=True))

    def doubts(self, words: Sequence[Sequence[float]]) -> float:
        """The mean of the log-odds of the three most doubtful words that they are not borne out."""
        weight = [self.word[name] for name in WORD_NAMES]
        each = (math.fsum(w * x for w, x in zip(weight, word, strict=True)) for word in words)
        most = nlargest(_DOUBTFUL, each)
        return self.word_bias + math.fsum(most) / len(most)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


@cache
def weights() -> Weights:
    """The weights shipped with the package (`daybrief/assets/support.json`)."""
    return msgspec.json.decode(files("daybrief").joinpath("assets/support.json").read_bytes(), type=Weights)


def support(claim: str, evidence: SourceWords) -> float:
    """How likely the text supports the claim, 0..1; 0 where it is about something else.

    0.5 where the claim has no word to go by.

    Deterministic; linear in the length of the text, bounded in that of the claim (`MOST_SCORED`).
    """
    both = tables(claim, evidence)
    return 0.5 if both is None else weights().probability(*both)


def whole_support(claim: str, evidence: SourceWords) -> float:
    """The same by the features of the whole claim, without regard to single words."""
    row = features(claim, evidence)
    if row is None:
        return 0.5
    return 0.0 if row[_PASSAGE_FIGURE] > weights().astray else _logistic(weights().whole(row))


# ── the check ───────────────────────────────────────────────────────────────────────────────────────


class Embedded:
    """Implements `ports.Entailment` with the scorer of this module; needs no download."""

    limits = LIMITS

    def score(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """The probability of support for each (claim, evidence)."""
        ready = {evidence: SourceWords(evidence) for _, evidence in pairs}
        return tuple(support(claim, ready[evidence]) for claim, evidence in pairs)


class Entailed:
    """Asks the model about one claim and all its evidence."""

    name = NAME

    def __init__(self, options: Options, model: Entailment) -> None:
        self._options = options
        self._model = model

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`supported` for an extract; else what the model may say within its bounds, mostly `unclear`."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        source = everything(evidence)
        if why := self._silent(claim, source):
            return Verdict(check=NAME, outcome="unclear", why=why)
        (chance,) = self._model.score([(claim.text[:MOST_CLAIM], source)])
        return self._verdict(chance)

    def _silent(self, claim: Claim, source: str) -> str:
        """The reason why the model is not asked; "" when it is."""
        if claim.part == "keyword":
            return "a keyword states nothing"
        if not source.strip():
            return "no source is at hand"
        ours, theirs = language_of(claim.text), language_of(source)
        if ours != theirs and not self._options.across:
            return f"the model does not compare {ours or 'signs'} with {theirs or 'signs'}"
        return ""

    def _verdict(self, chance: float) -> Verdict:
        options = self._options
        if options.unsupported is not None and chance < options.unsupported:
            why = f"support {chance:.3f}, below {options.unsupported:.3f}"
            return Verdict(check=NAME, outcome="unsupported", why=why)
        if options.supported is not None and chance >= options.supported:
            why = f"support {chance:.3f}, from {options.supported:.3f} on"
            return Verdict(check=NAME, outcome="supported", why=why)
        return Verdict(check=NAME, outcome="unclear", why=f"support {chance:.3f} proves nothing")


def make(options: Options, tools: Tools) -> Entailed:
    """The check. Raises ConfigError for bounds that cross, and where no NLI model can be loaded."""
    low, high = options.unsupported, options.supported
    if low is not None and high is not None and low > high:
        raise ConfigError(f"entailment: unsupported = {low} is above supported = {high}", hint="swap them")
    if options.model == EMBEDDED:
        bound = ASTRAY if low is None else low
        return Entailed(msgspec.structs.replace(options, unsupported=bound), Embedded())
    if tools.entailment is None:
        raise ConfigError(
            f"entailment: the model {options.model!r} cannot be loaded here", hint='set model = "embedded"'
        )
    return Entailed(options, tools.entailment(options.model))
