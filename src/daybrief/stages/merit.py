"""Merit: what the text of a paper says about the notice it will get, as parts of a score.

A linear model reads title and abstract, arXiv categories, links and authors. It was trained on which arXiv
papers of September to November 2024 reached Hugging Face's daily list; votes are not among its inputs, so it
ranks papers that nobody voted on yet. Each part says what it saw, and an average paper gets zero:

    words     words and pairs of neighbours in title and abstract
    field     arXiv categories
    release   code, a project page, a model or data that the abstract names
    form      lengths, a name before a colon, figures, scale
    authors   how many there are

A paper that resembles an earlier one, of the last weeks or above it on the same day, loses points for it:
`Resemblance` compares the rarer words of two titles. Trained by `benchmarks/train_merit.py`, measured by
`benchmarks/merit.py` on later months.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.languages import filtered
from daybrief.model import Item, Story
from daybrief.text.words import STOP_WORDS, rarity, stem

SCALE = 0.5
"""Points for one unit of log-odds: thirty votes are worth more than the best text."""

FEWEST_WORDS = 20  # known words and pairs; with fewer there is nothing to judge by
_MOST_TITLE, _MOST_TEXT = 500, 4_000
_SHOWN = 3  # words that a reason names

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*[A-Za-z0-9]|(?<!\d)\d+[A-Za-z]+")
_CODE = filtered(r"github\.com|gitlab\.com|anonymous\.4open|\bour code\b|\bcode (?:is|and|will|are)\b", re.I)
_PROJECT = filtered(r"project (?:web)?(?:page|site)|\.github\.io|\bdemo (?:is|at|page)", re.I)
_MODEL = filtered(r"huggingface\.co|hugging face|open[- ](?:sourc|weight)|release (?:our|the|all) ", re.I)
_LINK = filtered(r"https?://|\bwww\.")
_NAME = re.compile(r"(?:\S*[a-z]\S*[A-Z]\S*|[A-Z0-9][A-Z0-9-]{2,}\S*)(?: \d\S*)?:")
_SCALE = filtered(r"\b\d+(?:\.\d+)?[BMTK]\b|\b(?:b|tr|m)illions?\b")
_FASTER = filtered(r"\b\d+(?:\.\d+)? ?(?:x|×|times)(?!\w)")
_FIRST = filtered(r"\bthe first\b|\bfor the first time\b", re.I)

FIELDS = tuple(
    "cs.AI cs.LG cs.CL cs.CV cs.IR cs.NE cs.RO cs.MA cs.SD stat.ML eess.AS cs.CR cs.SE cs.HC cs.CY cs.GR "
    "cs.MM eess.IV eess.SP".split()
)
_FIRST_FIELDS = ("cs.CL", "cs.CV", "cs.LG", "cs.AI", "cs.RO")
_TRAIT = ":"  # `release:code`: the group before it, the trait behind it


class MeritPart(msgspec.Struct, frozen=True):
    """The part of one group of features: its name, its points, and the traits seen, the strongest first."""

    group: str
    points: float
    seen: tuple[str, ...] = ()


# ── what the model reads ────────────────────────────────────────────────────────────────────────────


def word_counts(title: str, text: str) -> Counter[str]:
    """Count the words and pairs of neighbours of an abstract; its title counts twice."""
    counts: Counter[str] = Counter()
    for part, times in ((title[:_MOST_TITLE], 2), (text[:_MOST_TEXT], 1)):
        words = [word.lower() for word in _WORD.findall(part)]
        counts.update((words + list(map(" ".join, pairwise(words)))) * times)
    return counts


def traits(title: str, text: str, fields: Sequence[str], links: Iterable[str] = ()) -> dict[str, float]:
    """Return the traits of a paper by `group:name`; without arXiv categories it has none of group `field`."""
    text, rels = text[:_MOST_TEXT], frozenset(links)
    lower, lower_title = text.lower(), title.lower()

    values = {
        "release:code": bool(_CODE.search(text)) or "code" in rels,
        "release:project page": bool(_PROJECT.search(text)) or "project" in rels,
        "release:model or data": bool(_MODEL.search(text)),
        "release:link": bool(_LINK.search(text)) or bool(rels & {"code", "project"}),
        "form:title of a few words": len(title) / 60,
        "form:name before a colon": bool(_NAME.match(title)),
        "form:colon": ":" in title,
        "form:six words or fewer": len(title.split()) <= 6,
        "form:question": "?" in title,
        "form:survey": "survey" in lower_title or "review" in lower_title,
        "form:length of the abstract": math.log(max(len(text), 1) / 1000),
        "form:scale": bool(_SCALE.search(text)),
        "form:percentages": min(text.count("%"), 5),
        "form:times faster or smaller": bool(_FASTER.search(text)),
        "form:the first": bool(_FIRST.search(text)),
        "form:state of the art": "state-of-the-art" in lower,
        "form:benchmark": "benchmark" in lower,
    }
    if fields:
        values |= {f"field:{name}": name in fields for name in FIELDS}
        values |= {f"field:first {name}": fields[0] == name for name in _FIRST_FIELDS}
        values |= {
            "field:another first": fields[0] not in FIELDS,
            "field:how many": min(len(fields), 6),
        }
    return {name: float(value) for name, value in values.items()}


class MeritModel:
    """The weights of `assets/merit.npz`.

    `numbers`, `rarity`, `weights`: one each a word or pair, by the CRC-32 of its text; `names`, `means`,
    `slopes`: one each a trait; `usual`: what the words of an average paper add; `authors`: the slope of the
    logarithm of their number, and its mean.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._rows = {int(number): row for row, number in enumerate(arrays["numbers"])}
        self._rarity = arrays["rarity"].astype(np.float64)
        self._weights = arrays["weights"].astype(np.float64)
        slopes = zip(arrays["means"].tolist(), arrays["slopes"].tolist(), strict=True)
        self._traits = dict(zip(map(str, arrays["names"]), slopes, strict=True))
        self._usual = float(arrays["usual"][0])
        self._slope, self._mean = (float(value) for value in arrays["authors"])

    def parts(self, item: Item, fields: Sequence[str]) -> tuple[MeritPart, ...]:
        """Return what each group adds to a paper, in log-odds; () for a text it cannot judge."""
        words = self.words(word_counts(item.title, item.text))
        if words is None:
            return ()
        groups: dict[str, dict[str, float]] = {}
        for name, value in traits(item.title, item.text, fields, (link.rel for link in item.links)).items():
            group, _, trait = name.partition(_TRAIT)
            mean, slope = self._traits[name]
            groups.setdefault(group, {})[trait] = (value - mean) * slope
        if item.authors:
            many = len(item.authors)
            groups["authors"] = {str(many): (math.log(many) - self._mean) * self._slope}
        return words, *(_part(group, added) for group, added in groups.items())

    def words(self, counts: Mapping[str, int]) -> MeritPart | None:
        """Return what the words add; None for fewer than `FEWEST_WORDS` known ones."""
        rows_by_number = self._rows
        known = sorted(
            (word, row) for word in counts if (row := rows_by_number.get(crc32(word.encode()))) is not None
        )
        if len(known) < FEWEST_WORDS:
            return None
        rows = np.array([row for _, row in known])
        often = np.array([counts[word] for word, _ in known], np.float64)
        values = (1 + np.log(often)) * self._rarity[rows]
        added = values * self._weights[rows] / math.sqrt(float(values @ values))
        total = float(added.sum()) - self._usual
        sign = 1 if total >= 0 else -1
        order = [at for at in np.argsort(-sign * added, kind="stable") if sign * added[at] > 0]
        return MeritPart("words", total, _apart([known[at][0] for at in order]))


def number(word: str) -> int:
    """The number of a word or pair in the model's table."""
    return crc32(word.encode())


def _apart(words: Sequence[str]) -> tuple[str, ...]:
    """The first words, none of which is a part of one before it."""
    shown: list[str] = []
    for word in words:
        if not any(set(word.split()) & set(other.split()) for other in shown):
            shown.append(word)
        if len(shown) == _SHOWN:
            break
    return tuple(shown)


def _part(group: str, added: Mapping[str, float]) -> MeritPart:
    total = sum(added.values())
    sign = 1 if total >= 0 else -1
    seen = sorted((trait for trait in added if sign * added[trait] > 0), key=lambda t: -sign * added[t])
    return MeritPart(group, total, tuple(seen))


@cache
def shipped() -> MeritModel:
    """The model that comes with the package; raises ConfigError when its file is broken."""
    path = files("daybrief") / "assets" / "merit.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return MeritModel({name: arrays[name] for name in arrays.files})
    except (OSError, ValueError, KeyError) as broken:
        hint = "install daybrief again, or run benchmarks/train_merit.py"
        raise ConfigError(f"the model of merit cannot be read: {broken}", hint=hint) from broken


def merit_of(story: Story) -> tuple[MeritPart, ...]:
    """Return the parts of a paper's merit in points; () for news and for a text that cannot be judged."""
    if story.kind != "paper":
        return ()
    item = max(story.items, key=lambda i: len(i.text))
    fields = next((i.tags for i in story.items if i.key.startswith("arxiv:") and i.tags), ())
    parts = shipped().parts(item, [tag for tag in fields if "." in tag or "-" in tag])
    return tuple(MeritPart(p.group, round(SCALE * p.points, 2), p.seen) for p in parts)


# ── what was said before ────────────────────────────────────────────────────────────────────────────


class Resemblance(msgspec.Struct, frozen=True):
    """The title that a story's title is most alike, and how much: the cosine of their words, 0..1."""

    title: str = ""
    likeness: float = 0.0


class Subject(NamedTuple):
    """The stems and pairs of stems of a title, and the weight of each: a large day keeps thousands."""

    words: tuple[str, ...]
    weights: array[float]


@lru_cache(maxsize=16_384)  # the titles of the last weeks are asked for every day
def subject_of(title: str) -> Subject:
    """The stems and pairs of stems of a title, each by how rare it is, scaled to length one."""
    words = [word.lower() for word in _WORD.findall(title[:_MOST_TITLE])]
    stems = [stem(word) for word in words if word not in STOP_WORDS]
    weights = {word: rarity(word) for word in stems}
    weights |= {f"{a} {b}": (weights[a] + weights[b]) / 2 for a, b in pairwise(stems)}
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    kept = {word: weight / length for word, weight in weights.items() if weight}
    return Subject(tuple(kept), array("d", kept.values()))


_MOST_GONE = 4  # titles kept for each that counts
_SLIGHT = 1e-9  # by which sums in another order may differ


class Subjects:
    """Titles to which others are compared, by their words; with `queries` only by the words of those."""

    def __init__(self, titles: Iterable[str] = (), queries: Iterable[str] | None = None) -> None:
        self._queried = (
            None if queries is None else {word for title in queries for word in subject_of(title).words}
        )
        self._titles: list[str] = []
        self._by_word: dict[str, list[tuple[int, float]]] = {}
        for title in titles:
            self.add(title)

    def add(self, title: str) -> None:
        """Remember a title."""
        for word, weight in zip(*subject_of(title), strict=True):
            if self._queried is None or word in self._queried:
                self._by_word.setdefault(word, []).append((len(self._titles), weight))
        self._titles.append(title)

    def __len__(self) -> int:
        return len(self._titles)

    def nearest(self, title: str, least: float = 0.0, among: Mapping[int, str] | None = None) -> Resemblance:
        """Return the most alike of all that were added, the first of equal ones; none below `least`.

        With `among` only those count whose numbers it has, in the order of its values.
        """
        words = dict(zip(*subject_of(title), strict=True))
        best, alike = -1, 0.0
        likely = self._likely(words, least)
        order = (
            sorted(likely)
            if among is None
            else sorted(filter(among.__contains__, likely), key=among.__getitem__)
        )
        for at in order:
            other = dict(zip(*subject_of(self._titles[at]), strict=True))
            product = 0.0
            for word, weight in words.items():
                product += weight * other.get(word, 0.0)
            if product > alike:
                best, alike = at, product
        if best < 0 or alike < least:
            return Resemblance()
        return Resemblance(self._titles[best], min(1.0, alike))

    def _likely(self, words: Mapping[str, float], least: float) -> Iterator[int]:
        """Return the titles that may be so much alike, by the rare words first.

        What the other words can still add is their own length at most, since all titles have length one.
        Where that is too little, a title that shares only those is not alike.
        """
        rare_first = sorted(words, key=lambda word: len(self._by_word.get(word, ())))
        products: dict[int, float] = {}
        rest = sum(weight * weight for weight in words.values())
        for word in rare_first:
            if math.sqrt(max(rest, 0.0)) < least - _SLIGHT:
                break
            for at, other in self._by_word.get(word, ()):
                products[at] = products.get(at, 0.0) + words[word] * other
            rest -= words[word] ** 2
        bound = least - _SLIGHT - math.sqrt(max(rest, 0.0))
        return (at for at, product in products.items() if product >= bound)


class FollowedTitles:
    """The titles of the last weeks, followed from day to day: only those that come or go are read."""

    def __init__(self) -> None:
        self._all = Subjects()
        self._numbers: dict[tuple[str, str], int] = {}  # of stories, each with its title
        self._stories: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._all)

    def follow(self, titles: Set[tuple[str, str]]) -> None:
        """Compare with these stories from now on, and with no others."""
        if len(self._all) > _MOST_GONE * (len(titles) + 1):
            self._all, self._numbers, self._stories = Subjects(), {}, {}
        for gone in self._numbers.keys() - titles:
            del self._stories[self._numbers.pop(gone)]
        for story, title in titles - self._numbers.keys():
            number = self._numbers[story, title] = len(self._all)
            self._stories[number] = story
            self._all.add(title)

    def nearest(self, title: str, least: float = 0.0) -> Resemblance:
        """Return the most alike, of equal ones that of the first story by id; none below `least`."""
        return self._all.nearest(title, least, self._stories)
