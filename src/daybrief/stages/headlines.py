"""Judges whether two headlines without a text tell one event.

    headlines → pairs with a rare term in common → traits → a model's probability
              → weighed again by what else each is likely one with

The traits are what both say, here and in their addresses, how rare that is, what one names alone, how near
their meanings are, and the days between. Terms that often stand together, as Sam and Altman do, count once.
The meaning is a sum of vectors of words, learned from a model of sentences. All is fitted on English
headlines about artificial intelligence (`benchmarks/train_events.py`).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import combinations, pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from daybrief.languages import LANGUAGES
from daybrief.text.relevance import about_ai
from daybrief.text.words import stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pair = tuple[int, int]  # numbers of pages, the lower first

MOST_TITLE = 400  # characters
MOST_HOLDERS = 60  # a name of more pages is of the season, and pairs nobody
_MOST_ADDRESS = 40  # words of an address
_MOST_DAYS = 7.0  # between two headlines
_LEAST_SHARED = 0.3  # rarity of the terms that two headlines share, their addresses included
_MUCH_SHARED = 0.6  # from here on their meanings need not be near
_NEAR = 0.4  # cosine of two meanings
_LEAST_KNOWN = 0.5  # of a headline's terms stand in headlines of other months: it is English
_UNSEEN_NAME = 2 / 3  # how surely a word that stands in no other headline is a name
_OPENING = 3  # terms: the subject is among them
_WHEN = ("days", "another day")  # traits that are weighed again beside the company
_FEW, _HALF = 0.02, 0.5  # a likelihood that counts at all; one that says with whom a headline belongs

TAIL = re.compile(r"(?<!\s)\s*+(?:\[(?:pdf|video|audio)\]|\((?:19|20)\d\d\))\s*\Z")
WIDE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")

_TOKEN = re.compile(
    r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9]*(?:[-.'’‑][A-Za-zÀ-ɏ0-9]+)*|\d+(?:\.\d+)*|"
    r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+"
)
_STARTERS = frozenset(word for language in LANGUAGES for word in language.rules.names.starters.split())
_PALE = frozenset(
    stem(word)
    for word in """the a an of to in for on and is are was with its it from at as by how what why that this
    new now be we you i not has have just more than about your their our will can ai model models""".split()
)


_SHORT_FOR = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10",
    "mathematics": "math", "mathematical": "math", "maths": "math", "european": "eu", "europe": "eu",
    "laboratory": "lab", "developer": "dev", "developers": "dev", "devs": "dev", "application": "app",
}  # fmt: skip


def headline_terms(text: str) -> Iterator[tuple[str, bool]]:
    """Each term with whether it is written as a name or number; East Asian runs as pairs of signs."""
    for match in _TOKEN.finditer(text):
        word = match[0].replace("‑", "-").replace("’", "'").removesuffix("'s")
        if WIDE.match(word):
            yield from ((word[at : at + 2], False) for at in range(len(word) - 1))
            continue
        named = any(sign.isupper() or sign.isdigit() for sign in word)
        for part in dict.fromkeys((word, *(word.split("-") if "-" in word else ()))):
            low = part.lower()
            term = _SHORT_FOR.get(low) or stem(low)
            if (len(low) > 1 or low.isdigit()) and term not in _PALE:
                yield term, named and low not in _STARTERS


class HeadlineModel(msgspec.Struct, frozen=True):
    """`assets/events.json`: which words are common in headlines, and how much each trait of two weighs."""

    headlines: int
    unseen: int  # the count of a word that is not listed
    words: dict[str, tuple[int, int]]  # stem: headlines that hold it; of ten, those that write it as a name
    actions: dict[str, str]  # stem: kinds of action, a letter each
    bias: float
    weights: dict[str, float]
    comment: str = "(?!)"  # a pattern: who reviews, explains or asks comments on an event
    hosts: str = ""  # labels of hosts that name nobody
    wording: dict[str, float] = {}  # the same by words, names and days alone
    ties: dict[str, dict[str, int]] = {}  # of 100, how surely a stem brings a later one: Altman brings Sam
    company: dict[str, float] = {}  # how much it weighs with whom else the two belong; empty: not at all

    def count(self, term: str) -> int:
        """In how many headlines a term stands."""
        known = self.words.get(term)
        return known[0] if known else self.unseen

    def name(self, term: str) -> float:
        """How surely a term is a name wherever it stands, 0..1."""
        known = self.words.get(term)
        return known[1] / 10 if known else _UNSEEN_NAME

    def tie(self, term: str, other: str) -> float:
        """How surely one of two terms brings the other, 0..1."""
        first, second = sorted((term, other))
        return self.ties.get(first, {}).get(second, 0) / 100

    def probability(self, traits: Mapping[str, float]) -> float:
        """The probability that two headlines of such traits tell one event."""
        return _logistic(self.bias + math.fsum(self.weights[name] * value for name, value in traits.items()))

    def in_words(self, traits: Mapping[str, float]) -> float:
        """The logit of that probability by words, names and days alone."""
        weighed = (self.wording[name] * traits[name] for name in self.wording if name != "bias")
        return self.wording.get("bias", 0.0) + math.fsum(weighed)

    def among(self, company: Mapping[str, float]) -> float:
        """The probability when also weighed is with whom else the two belong."""
        if not self.company:
            return _logistic(company["itself"])
        weighed = (self.company[name] * value for name, value in company.items())
        return _logistic(self.company["bias"] + math.fsum(weighed))


def _logistic(total: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, total)))


@cache
def headline_model() -> HeadlineModel:
    """The model shipped with the package (`benchmarks/train_events.py` makes it)."""
    raw = files("daybrief").joinpath("assets/events.json").read_bytes()
    return msgspec.json.decode(raw, type=HeadlineModel)


@cache
def _vectors() -> tuple[dict[str, int], NDArray[np.int64]]:
    """The row of each word, and the rows; whole numbers, so that sums are exact on every machine."""
    import numpy as np  # where headlines are compared, and nowhere else

    with files("daybrief").joinpath("assets/events.npz").open("rb") as file, np.load(file) as arrays:
        words = arrays["words"].tobytes().decode().split("\n")
        return {word: row for row, word in enumerate(words)}, arrays["vectors"].astype(np.int64)


def _meaning(terms: Iterable[str]) -> NDArray[np.int64]:
    """The sum of the vectors of some terms."""
    rows, vectors = _vectors()
    total: NDArray[np.int64] = vectors[[rows[term] for term in terms if term in rows]].sum(axis=0)
    return total


class BareHeadline(msgspec.Struct, frozen=True):
    """The terms of a headline in order, those written as names, its neighbouring terms and its actions."""

    terms: tuple[str, ...]
    distinct: frozenset[str]
    names: frozenset[str]
    neighbours: frozenset[tuple[str, str]]
    actions: frozenset[str]
    at: datetime
    lists: frozenset[str]
    address: frozenset[str]  # terms of its address
    host: str
    labels: frozenset[str]  # words of its host that name a firm or project
    comments: bool
    meaning: NDArray[np.int64]


def headline(
    title: str,
    url: str,
    at: datetime,
    lists: Iterable[str],
    model: HeadlineModel,
    further: Iterable[str] = (),
) -> BareHeadline | None:
    """Read a headline that appeared at an instant on some lists; None where the model knows nothing.

    It was fitted on English headlines about artificial intelligence. `further` are the addresses of what was
    told as one story with it.
    """
    if not about_ai(title, url):
        return None
    terms = tuple(headline_terms(TAIL.sub("", TAIL.sub("", title[:MOST_TITLE]))))
    in_order = tuple(term for term, _ in terms)
    if sum(term in model.words for term in in_order) < _LEAST_KNOWN * max(1, len(in_order)):
        return None
    host, path = _host_and_path(url)
    paths = (path, *(_host_and_path(other)[1] for other in further))
    address = frozenset(term for each in paths for term in _address_terms(each))
    return BareHeadline(
        terms=in_order, distinct=frozenset(in_order), names=frozenset(term for term, named in terms if named),
        neighbours=frozenset(pairwise(in_order)), at=at, lists=frozenset(lists),
        actions=frozenset(kind for term in in_order for kind in model.actions.get(term, "")),
        address=address, host=host, labels=_labels(host, path, model),
        comments=re.search(model.comment, title, re.I) is not None,
        meaning=_meaning(sorted({*in_order, *address})),
    )  # fmt: skip


def _host_and_path(url: str) -> tuple[str, str]:
    """The host and path of an address; "" for each where it cannot be read."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").removeprefix("www."), parts.path
    except ValueError:
        return "", ""


def _labels(host: str, path: str, model: HeadlineModel) -> frozenset[str]:
    """The words of a host that name somebody; whose a repository is."""
    labels = {*host.split(".")[:-1]} - {*model.hosts.split()}
    owner = path.split("/")[1:2] if host == "github.com" else []
    return frozenset(stem(label) for label in {*labels, *(name.lower() for name in owner)})


def _address_terms(path: str) -> Iterator[str]:
    """The terms of an address's parts that hold three words or more: there an outlet repeats its headline."""
    words: list[str] = []
    for part in path.split("/"):
        pieces = re.split(r"[-_+]|%20", re.sub(r"\.\w{2,5}$", "", part))
        kept = [p for p in pieces if p and not (len(p) > 5 and any(sign.isdigit() for sign in p))]
        if sum(piece.isalpha() for piece in kept) > 2:
            words += kept
    for term, _ in headline_terms(" ".join(words[:_MOST_ADDRESS])):
        yield term


class Headlines:
    """Headlines of some days: how rare each term is, here and elsewhere, and what two have in common."""

    def __init__(self, headlines: Collection[BareHeadline], model: HeadlineModel) -> None:
        self._model = model
        self._here = _busiest(headlines)
        self.rarity = cache(self._rarity)

    def _rarity(self, term: str) -> float:
        """Return how rare a term is, 0..1."""
        elsewhere = (self._model.count(term) + 0.5) / self._model.headlines
        share = max(elsewhere / 2 + self._here.get(term, 0.0) / 10, 0.5 / self._model.headlines)
        return min(1.0, -math.log(share) / math.log(self._model.headlines + 200))

    def traits(self, first: BareHeadline, second: BareHeadline) -> dict[str, float]:
        """The traits of two headlines: what both say, what one names alone, how near they are, and when."""
        shared, acts = first.distinct & second.distinct, (first.actions, second.actions)
        meaning = _cosine(first.meaning, second.meaning)
        days = _days(first, second)
        return {
            **self._wording(first, second, shared),
            **self._naming(first, second, shared),
            **self._addresses(first, second, shared),
            "other action": float(all(acts) and not acts[0] & acts[1]),
            "days": days,
            "another day": float(first.at.date() != second.at.date()),
            "days, less and less": math.log1p(days),
            "one list": float(bool(first.lists & second.lists)),
            "comment": float(first.comments or second.comments),
            "meaning": meaning,
            "close meaning": max(0.0, meaning) ** 2,
        }

    def _wording(self, first: BareHeadline, second: BareHeadline, shared: Set[str]) -> dict[str, float]:
        neighbours = first.neighbours & second.neighbours
        rarest = min(map(self._model.count, shared), default=self._model.headlines)
        return {
            "shared": min(5.0, math.fsum(map(self.rarity, shared))),
            "part": min(self._part(ours, shared) for ours in (first, second)),
            "rarest": min(4.5, math.log10(self._model.headlines / (rarest + 1))),
            "neighbours": min(3.0, len(neighbours)),
            "one piece": float(len(shared) - len(neighbours) <= 1),
            **self._independent(shared, "independent"),
        }

    def _independent(self, shared: Set[str], named: str) -> dict[str, float]:
        """How rare shared terms are when what often stands together counts once, as Sam Altman does."""
        order = sorted(shared, key=lambda term: (-self.rarity(term), term))
        own = [
            self.rarity(term) * (1 - max((self._model.tie(term, rarer) for rarer in order[:at]), default=0.0))
            for at, term in enumerate(order)
        ]
        own = [*sorted(own, reverse=True), 0.0, 0.0, 0.0]
        return {named: min(4.0, math.fsum(own)), f"second {named}": own[1], f"third {named}": own[2]}

    def _naming(self, first: BareHeadline, second: BareHeadline, shared: Set[str]) -> dict[str, float]:
        rarity, name, written = self.rarity, self._model.name, first.names | second.names
        named = {term: name(term) if term in written else 0.0 for term in shared}
        alone = [
            math.fsum(rarity(term) * name(term) for term in ours.names - theirs.distinct)
            for ours, theirs in ((first, second), (second, first))
        ]
        openings = {*first.terms[:_OPENING]} & {*second.terms[:_OPENING]}
        return {
            "name": max((rarity(term) * share for term, share in named.items()), default=0.0),
            "word": max((rarity(term) * (1 - share) for term, share in named.items()), default=0.0),
            "subject": max((rarity(term) * name(term) for term in openings), default=0.0),
            "named by neither": min(alone),
            "named by one": max(alone),
            "other subjects": self._own_subject(first, second) * self._own_subject(second, first),
        }

    def _addresses(self, first: BareHeadline, second: BareHeadline, shared: Set[str]) -> dict[str, float]:
        both = shared | (first.distinct & second.address) | (second.distinct & first.address)
        own = any(
            not ours.labels.isdisjoint(theirs.distinct - ours.distinct)
            for ours, theirs in ((first, second), (second, first))
        )
        return {
            "shared with addresses": min(6.0, math.fsum(map(self.rarity, both))),
            **self._independent(both, "independent with addresses"),
            "addresses": min(5.0, math.fsum(map(self.rarity, first.address & second.address))),
            "the firm's own": float(own),
            "one host": float(first.host == second.host != ""),
        }

    def _own_subject(self, ours: BareHeadline, theirs: BareHeadline) -> float:
        """How surely the opening of a headline names somebody of whom the other says nothing."""
        opening = {*ours.terms[:_OPENING]} & ours.names
        return max(map(self._model.name, opening - theirs.distinct - theirs.address), default=0.0)

    def _part(self, ours: BareHeadline, shared: Set[str]) -> float:
        """The share of a headline, by squared rarity, that the other tells."""
        whole = math.fsum(self.rarity(term) ** 2 for term in ours.distinct)
        return math.fsum(self.rarity(term) ** 2 for term in shared) / whole if whole else 0.0


def _cosine(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    length = math.sqrt(int(first @ first) * int(second @ second))
    return int(first @ second) / length if length else 0.0


def _busiest(headlines: Collection[BareHeadline]) -> dict[str, float]:
    """The share of the headlines of its busiest three days that hold each term, besides the first."""
    holders: dict[str, Counter[int]] = defaultdict(Counter)
    every: Counter[int] = Counter()
    for known in headlines:
        for day in range(known.at.toordinal() - 1, known.at.toordinal() + 2):
            every[day] += 1
            for term in known.distinct:
                holders[term][day] += 1
    return {term: max((n - 1) / every[day] for day, n in days.items()) for term, days in holders.items()}


def likely(bare: Mapping[int, BareHeadline], remembered: Mapping[int, str]) -> dict[Pair, float]:
    """How likely pairs that share something rare within days tell one event.

    `remembered` are the stories of the headlines of earlier days: two of these are a pair within one story.
    """
    model = headline_model()
    today = bare.keys() - remembered.keys()
    headlines = Headlines(list(bare.values()), model)
    traits = {
        (i, j): headlines.traits(bare[i], bare[j])
        for i, j in _suspects(bare, headlines)
        if i in today or j in today or remembered[i] == remembered[j]
    }
    alone = {pair: model.probability(known) for pair, known in traits.items()}
    return {
        pair: model.among(
            {
                **company,
                **{name: traits[pair][name] for name in _WHEN},
                "in words": model.in_words(traits[pair]),
            }
        )
        for pair, company in companies(alone, today).items()
    }


def _days(first: BareHeadline, second: BareHeadline) -> float:
    return abs((first.at - second.at).total_seconds()) / 86_400


def _suspects(bare: Mapping[int, BareHeadline], headlines: Headlines) -> Iterator[Pair]:
    """Pairs that share something rare within days, or something less rare in the same meaning."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, known in bare.items():
        for term in known.distinct | known.address:
            holders[term].append(number)
    shared: dict[Pair, float] = defaultdict(float)
    for term, numbers in sorted(holders.items()):
        if len(numbers) <= MOST_HOLDERS:
            for pair in combinations(numbers, 2):
                shared[pair] += headlines.rarity(term)
    for (i, j), rarity in sorted(shared.items()):
        if rarity < _LEAST_SHARED or _days(bare[i], bare[j]) > _MOST_DAYS:
            continue
        if rarity >= _MUCH_SHARED or _cosine(bare[i].meaning, bare[j].meaning) >= _NEAR:
            yield i, j


def companies(pairs: Mapping[Pair, float], today: Set[int]) -> dict[Pair, dict[str, float]]:
    """How likely each pair is in itself, by way of thirds, and what one of the two alone belongs with.

    What two remembered headlines of two stories have in common is not known, so neither speaks for or against
    the other.
    """
    near: dict[int, dict[int, float]] = defaultdict(dict)
    for (i, j), probability in pairs.items():
        if probability > _FEW:
            near[i][j] = near[j][i] = probability
    return {(i, j): _company(i, j, probability, near, today) for (i, j), probability in pairs.items()}


def _company(
    i: int, j: int, probability: float, near: Mapping[int, Mapping[int, float]], today: Set[int]
) -> dict[str, float]:
    ours, theirs = near.get(i, {}), near.get(j, {})
    by_way = [min(ours[third], theirs[third]) for third in sorted(ours.keys() & theirs.keys())]
    against = [
        max(0.0, here[third] - there.get(third, 0.0))
        for here, there, number in ((ours, theirs, j), (theirs, ours, i))
        for third in sorted(here)
        if third != number and here[third] > _HALF and (third in today or number in today)
    ]
    sure = min(max(probability, 1e-6), 1 - 1e-6)
    return {
        "itself": math.log(sure / (1 - sure)),
        "a third": max(by_way, default=0.0),
        "thirds": min(2.0, math.fsum(by_way)),
        "against": min(3.0, math.fsum(against)),
    }
