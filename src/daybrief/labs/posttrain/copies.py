"""Generated evaluation items, copies of them in training texts, and a model that the copies inflate.

Items are word problems of about 25 words. Between the words that are drawn there are never more than four
fixed ones, so that no 8-gram is of the template alone.

    verbatim      the item, somewhere in a training text
    cut 60 %      its first 60 %, with other words around
    cut 40 %      its first 40 %
    edited        one word in ten replaced, at random
    paraphrase    the same facts in another order and other words
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from daybrief.labs.posttrain.decontamination import OVERLAP, Index, report, tokens
from daybrief.labs.posttrain.finetuning import Example, FineTuning
from daybrief.labs.posttrain.policies import Decoder, Shape, sampled
from daybrief.labs.posttrain.training import finished

KINDS = ("verbatim", "cut60", "cut40", "edited", "paraphrase")
_NAMES = """ada ben cho dana eli fay gus hana ivo jin kai lea mia noa ole pia quin rosa sam tea uma vik wen
yuna zoe amir bora cleo dong elsa finn gita hugo iris juno kofi lars maya nils orla""".split()
_THINGS = """apples badges beads bolts books boxes bricks cards coins combs corks cups disks eggs figs flags
forks gears jars keys kites lamps leaves masks nuts pens pins plums rings ropes seeds shells spoons stamps
tiles""".split()
_LOOKS = """old new red blue tall wide dark warm cold round small grey green clean broken narrow quiet heavy
yellow wooden painted empty dusty folded hidden broad silver plain upper lower""".split()
_PLACES = """barn shed attic cellar garden kitchen office chapel market station museum library harbour studio
garage tower school bakery stable workshop cabin depot gallery clinic kiosk tent hall yard bank
mill""".split()
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_FILLER = """while the weather stays mild and nobody minds how long it takes we read on about plain matters of
trade travel music bread rivers clocks letters and neighbours who talk of years gone by""".split()
_LARGEST = 30  # of an operand


class Item(NamedTuple):
    """A word problem: its facts, and the number that answers it."""

    name: str
    other: str
    thing: str
    look: str
    place: str
    day: str
    first: int
    second: int

    @property
    def answer(self) -> int:
        """The sum."""
        return self.first + self.second

    @property
    def text(self) -> str:
        """The problem as it stands in the evaluation set; 26 words."""
        return (
            f"{self.name} keeps {self.first} {self.thing} inside the {self.look} {self.place} and "
            f"on {self.day} {self.other} adds {self.second} more {self.thing} so how many {self.thing} "
            f"does {self.name} have by {self.day} night"
        )

    @property
    def paraphrase(self) -> str:
        """The same facts in other words and another order."""
        return (
            f"when {self.day} comes {self.second} {self.thing} are brought by {self.other} to {self.name} "
            f"whose {self.look} {self.place} held {self.first} of them before find the whole number of "
            f"{self.thing} there now"
        )


def items(count: int, rng: np.random.Generator) -> list[Item]:
    """Different problems."""
    unique: dict[Item, None] = {}
    while len(unique) < count:
        name, other = rng.choice(_NAMES, 2, replace=False)
        thing, look, place, day = (str(rng.choice(words)) for words in (_THINGS, _LOOKS, _PLACES, _DAYS))
        first, second = (int(n) for n in rng.integers(2, _LARGEST + 1, 2))
        unique[Item(str(name), str(other), thing, look, place, day, first, second)] = None
    return list(unique)


def planted(item: Item, kind: str, rng: np.random.Generator) -> str:
    """A training text with a copy of an item in it."""
    words = item.text.split()
    if kind == "paraphrase":
        return item.paraphrase
    if kind in {"cut60", "cut40"}:
        words = words[: round(len(words) * (0.6 if kind == "cut60" else 0.4))]
    if kind == "edited":
        for at in rng.choice(len(words), max(1, len(words) // 10), replace=False):
            words[int(at)] = str(rng.choice(_FILLER))
    before, after = (rng.choice(_FILLER, int(rng.integers(3, 9))) for _ in range(2))
    return " ".join([*before, *words, *after])


class Recall(NamedTuple):
    """The share of items found of each kind, and shares of untouched items flagged wrongly.

    `unrelated` is against texts of another form, `alike` against texts of the same template with other facts.
    """

    caught: dict[str, float]
    unrelated: float
    alike: float


def recall(texts: int, count: int, rng: np.random.Generator) -> Recall:
    """Plant copies of `count` items, each kind in a training set of its own of `texts` generated problems."""
    drawn = items(texts + 2 * count, rng)
    training, tested, untouched = drawn[:texts], drawn[texts:-count], drawn[-count:]
    base = [(f"t{n}", item.text) for n, item in enumerate(training)]
    index, shares = Index(base), {}
    untouched_texts = {f"u{n}": item.text for n, item in enumerate(untouched)}
    alike = report(untouched_texts, index).share
    for kind in KINDS:
        planting = Index([*base, *((f"c{n}", planted(item, kind, rng)) for n, item in enumerate(tested))])
        scores = [planting.scores(item.text).get(f"c{n}", 0.0) for n, item in enumerate(tested)]
        shares[kind] = sum(score > OVERLAP for score in scores) / count
    others = Index((f"p{n}", item.paraphrase) for n, item in enumerate(training))
    return Recall(shares, unrelated=report(untouched_texts, others).share, alike=alike)


# ── inflation ───────────────────────────────────────────────────────────────────────────────────────


class Inflation(NamedTuple):
    """Greedy accuracy on items copied word for word, on items paraphrased, and on clean ones.

    `before` is with the copies in the training set, `after` with what the rule removes taken out; `removed`
    is the share of the training texts that went.
    """

    before: dict[str, float]
    after: dict[str, float]
    removed: float


def inflation(texts: int, count: int, epochs: int, seed: int) -> Inflation:
    """Train a decoder on problems with planted copies, and again after decontamination."""
    rng = np.random.default_rng([seed, 7])
    drawn = items(texts + 3 * count, rng)
    training = drawn[:texts]
    suites = {
        name: drawn[texts + at * count : texts + (at + 1) * count]
        for at, name in enumerate(("verbatim", "paraphrase", "clean"))
    }
    documents = [(item.text, item.answer) for item in training]
    documents += [(item.text, item.answer) for item in suites["verbatim"]]
    documents += [(item.paraphrase, item.answer) for item in suites["paraphrase"]]
    index = Index((str(n), text) for n, (text, _) in enumerate(documents))
    tested = {f"{name} {n}": i.text for name, suite in suites.items() for n, i in enumerate(suite)}
    gone = {int(name) for name in report(tested, index).removed}
    kept = [document for n, document in enumerate(documents) if n not in gone]
    return Inflation(
        before=_accuracy(documents, suites, epochs, seed),
        after=_accuracy(kept, suites, epochs, seed),
        removed=len(gone) / len(documents),
    )


def _accuracy(
    documents: Sequence[tuple[str, int]], suites: dict[str, list[Item]], epochs: int, seed: int
) -> dict[str, float]:
    known = sorted({word for text, _ in documents for word in tokens(text)} | _all_words())
    codes = {word: at for at, word in enumerate(["<pad>", "<end>", "<new>", *known])}
    policy = Decoder(Shape(len(codes), 48, 2, 4, 40), end=1, pad=0, seed=seed)
    examples = [Example(_coded(text, codes), [codes[str(answer)], 1]) for text, answer in documents]
    finished(FineTuning(policy, examples, epochs=epochs, batch=64, rate=3e-3, warmup=0.05, seed=seed))
    scores = {}
    for name, suite in suites.items():
        prompts = [_coded(item.text, codes) for item in suite]
        answers = sampled(policy, prompts, 2, 0.0, torch.Generator())
        right = [a[0] == codes[str(item.answer)] for a, item in zip(answers, suite, strict=True)]
        scores[name] = sum(right) / len(right)
    return scores


def _all_words() -> set[str]:
    return {str(n) for n in range(2 * _LARGEST + 1)} | {*_NAMES, *_THINGS, *_LOOKS, *_PLACES, *_DAYS}


def _coded(text: str, codes: dict[str, int]) -> list[int]:
    return [codes.get(word, codes["<new>"]) for word in tokens(text)]
