"""Files papers and news by a trained linear model that comes with the package; no network, no key.

The model knows the categories it was trained on. A category of your own taxonomy that it does not know
is filled by its `keywords`: a story goes there when one of them stands in its title or twice in its text.
A known category that your taxonomy lacks is never used. Figures, training data and limits:
`docs/cards/categoriser.md`.

With the option `taught`, papers go by a network that learned from rules, arXiv tags, this model and readers'
corrections together. Each is a teacher with a confidence of its own; none is merged by a vote. `Taught` is
the student: a small network that has learned how each of them files, and how readers correct (arXiv
2411.12724). It is trained by `tools/teach_categoriser.py` and off unless the option names its file.

Whether news is off-topic is asked first, by a score of its own; then which category of the others it has.

A feature is a short string: `robot` (a word), `visual slam` (two neighbours), `t:robot` (a word of the
title), `#rob` (three letters), `h:openai.com` (a host), `c:cs.RO` (a tag). A mark before the colon belongs
to one block alone: equal strings share one weight. Its number is the CRC-32 of the string, so no vocabulary
has to be kept and the same text gives the same numbers on every machine and in every batch. A block is a
set of features that is scaled to length one before the blocks are added.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.languages import filtered
from daybrief.model import Category, Filed, ItemKind, Story
from daybrief.ports import Filing, Tools
from daybrief.text.relevance import about_ai
from daybrief.text.words import singular

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class WeightedFeatures(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a text: each class's, and what each known feature added to it.

    `scores` has one number a class (log-odds scale); `features` names the rows of `added`
    (features x classes).
    """

    scores: Any  # Floats; msgspec does not look inside
    features: tuple[str, ...]
    added: Any  # Floats


class LinearText:
    """A trained model of the file described above."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], name: str) -> None:
        parts = {part: arrays[f"{name}/{part}"] for part in _PARTS}
        self.classes = tuple(str(c) for c in parts["classes"])
        self._factors = dict(zip((str(b) for b in parts["blocks"]), parts["factors"].tolist(), strict=True))
        self._numbers, self._rarity = parts["numbers"], parts["rarity"]
        self._weights, self._scale, self._bias = parts["weights"], parts["scale"], parts["bias"]

    def knows(self, feature: str) -> bool:
        """Whether the model met the feature in training."""
        code = np.uint32(number(feature))
        place = int(np.searchsorted(self._numbers, code))
        return place < len(self._numbers) and bool(self._numbers[place] == code)

    def weigh(self, blocks: Blocks) -> WeightedFeatures:
        """The evidence of a text; features the model never met are passed over."""
        names: list[str] = []
        added: list[Floats] = []
        for block, features in blocks.items():
            if features and block in self._factors:
                known, rows = self._block(features, self._factors[block])
                names += known
                added.append(rows)
        table = np.vstack(added) if added else np.zeros((0, len(self.classes)), np.float32)
        return WeightedFeatures(scores=table.sum(axis=0) + self._bias, features=tuple(names), added=table)

    def _block(self, features: Counter[str], factor: float) -> tuple[list[str], Floats]:
        names = sorted(features)  # the order of addition decides the last bit of a sum
        codes = np.fromiter(map(number, names), np.uint32, len(names))
        places = np.minimum(np.searchsorted(self._numbers, codes), max(len(self._numbers) - 1, 0))
        met = np.flatnonzero(self._numbers[places] == codes)
        rows = places[met]
        often = np.fromiter((features[names[i]] for i in met), np.float32, len(met))
        value = (1 + np.log(often)) * self._rarity[rows].astype(np.float32)
        value *= factor / max(float(np.sqrt((value * value).sum())), 1e-9)
        return [names[i] for i in met], value[:, None] * (self._weights[rows] * self._scale)


_PARTS = ("classes", "blocks", "factors", "numbers", "rarity", "weights", "scale", "bias")


def probabilities(scores: Floats) -> Floats:
    """The softmax of the scores of the classes."""
    raised = np.exp(scores - scores.max())
    return np.asarray(raised / raised.sum(), np.float32)


OTHERS = "others"
OFF_TOPIC = "off-topic"
_FEWEST_FEATURES = 4  # known features; with fewer there is nothing to judge by
_ALWAYS_THERE = ("n:", "N:", "q:", "u:")  # lengths, signs and the address: every news piece has them
_MOST_REASONS = 3
_MOST_TAGS = 20
_BY_KEYWORD = 0.5  # a keyword is right about every second time
SURELY = 0.6  # the probability above which news is off-topic


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Options of the embedded categoriser.

    `least`: the confidence below which a story goes to `others` (0 files everything).
    `taught`: a file that `tools/teach_categoriser.py` wrote; papers are filed by it. Off by default.
    """

    least: Annotated[float, Meta(ge=0, le=1)] = 0.12
    taught: str = ""


def make(options: Options, tools: Tools) -> EmbeddedCategoriser:
    """The categoriser for the taxonomy in use."""
    return EmbeddedCategoriser(options, tools)


class EmbeddedCategoriser:
    """A categoriser (see `ports.Categoriser`): each story by itself, so neither order nor company matters."""

    name = "embedded"

    def __init__(self, options: Options, tools: Tools) -> None:
        self._least = options.least
        self._drawers: dict[ItemKind, _Classifier] = {
            "paper": _Classifier(shipped("papers"), tools.taxonomy.of("paper")),
            "news": _Classifier(shipped("news"), tools.taxonomy.of("news")),
        }
        self._taught = Taught(Path(options.taught)) if options.taught else None

    def file(self, stories: Sequence[Story]) -> Filing:
        """File each story, in order."""
        return Filing(filed=tuple(self._filed(story) for story in stories))

    def _filed(self, story: Story) -> Filed:
        drawers = self._drawers[story.kind]
        title, text = story.lead.title, max((i.text for i in story.items), key=len)
        barred = OFF_TOPIC if story.kind == "news" and about_ai(title, story.lead.url) else ""
        blocks = self._blocks(story, title, text)
        category, confidence, why = drawers.judge(blocks, title, text, self._least, barred)
        if self._taught is not None and story.kind == "paper" and category in self._taught.classes:
            category, confidence = self._by_all(self._taught, story, title, text)
            why = "rules, tags, model and corrections together"
        return Filed(story=story, category=category, confidence=confidence, why=why)

    def _by_all(self, taught: Taught, story: Story, title: str, text: str) -> tuple[str, float]:
        shares = taught.shares(self.opinions(story, title, text).features)
        best = int(shares.argmax())
        return taught.classes[best], round(float(shares[best]), 4)

    def opinions(self, story: Story, title: str, text: str) -> Opinions:
        """The opinions of rules, tags and model on a paper."""
        drawers = self._drawers["paper"]
        shares, categories = drawers.shares(self._blocks(story, title, text))
        return opinions(shares, categories, title, text, self._tags(story))

    def _blocks(self, story: Story, title: str, text: str) -> Blocks:
        if story.kind == "news":
            return of_news(title, text, story.lead.url)
        return of_paper(title, text, self._tags(story))

    def _tags(self, story: Story) -> list[str]:
        tags = dict.fromkeys(tag for item in story.items for tag in item.tags[:_MOST_TAGS])
        return [t for t in tags if self._drawers["paper"].model.knows(f"c:{t}")]


class _Classifier:
    """The categories of one kind: those the model knows, and those found by keywords."""

    def __init__(self, model: LinearText, categories: Sequence[Category]) -> None:
        ids = [c.id for c in categories]
        self.model = model
        self._known = np.array([c in ids for c in model.classes])
        self._off_topic = np.array([c == OFF_TOPIC for c in model.classes])
        self._categories = {c.id: c for c in categories}
        self._own = [(c.id, _keywords(c)) for c in categories if c.id not in (*model.classes, OTHERS)]

    def shares(self, blocks: Blocks) -> tuple[Floats, list[Category]]:
        """The share of each category that model and taxonomy both know, and those categories."""
        scores = self.model.weigh(blocks).scores[self._known]
        return probabilities(scores), [
            self._categories[c] for c in self.model.classes if c in self._categories
        ]

    def judge(
        self, blocks: Blocks, title: str, text: str, least: float, barred: str = ""
    ) -> tuple[str, float, str]:
        """The category, how sure, and why; never the one that the headline rules out."""
        if by_keyword := self._by_keyword(title, text):
            return by_keyword[0], _BY_KEYWORD, f"the keyword “{by_keyword[1]}”"
        evidence = self.model.weigh(blocks)
        known_features = sum(not f.startswith(_ALWAYS_THERE) for f in evidence.features)
        if not words(title) or known_features < _FEWEST_FEATURES or not self._known.any():
            return OTHERS, 0.0, "nothing to judge by"
        shares = self._shares(evidence.scores, barred)
        best = int(shares.argmax())
        if not shares[best]:
            return OTHERS, 0.0, "nothing to judge by"
        confidence = round(float(shares[best]), 4)
        if confidence < least:
            return OTHERS, confidence, "no category stands out"
        return self.model.classes[best], confidence, _reason(evidence, best)

    def _shares(self, scores: Floats, barred: str) -> Floats:
        """The share of each class: first whether it is off-topic, then which of the others it is.

        Off-topic has a score of its own, the log-odds against all others together. A story that is left out
        is missed more than one in the wrong place, so it has to be rather sure.
        """
        off_topic = self._known & self._off_topic & (barred != OFF_TOPIC)
        rest = self._known & ~self._off_topic
        shares = np.zeros(len(scores), np.float32)
        shares[off_topic] = 1 / (1 + np.exp(-scores[off_topic]))
        if not rest.any() or shares.sum() > SURELY:
            return shares
        return probabilities(np.where(rest, scores, -np.inf))

    def _by_keyword(self, title: str, text: str) -> tuple[str, str] | None:
        for category, pattern in self._own:
            if pattern and (match := pattern.search(title)):
                return category, match[0]
            twice = [m[0] for m, _ in zip(pattern.finditer(text), range(2), strict=False)] if pattern else []
            if len(twice) > 1:
                return category, twice[0]
        return None


def _keywords(category: Category) -> re.Pattern[str] | None:
    alternatives = "|".join(re.escape(k) for k in category.keywords if k)
    return (
        re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])", re.IGNORECASE) if alternatives else None
    )


def _reason(evidence: WeightedFeatures, best: int) -> str:
    """The features that spoke most for the class, against what they say for the others on average."""
    gain = evidence.added[:, best] - evidence.added.mean(axis=1)
    telling: dict[str, None] = {}
    for row in np.argsort(-gain, kind="stable"):
        if len(telling) == _MOST_REASONS or gain[row] <= 0:
            break
        if shown := _shown(evidence.features[row]):
            telling.setdefault(shown)
    return ", ".join(telling) or "the words together"


def _shown(feature: str) -> str:
    """A feature in words; "" for one that says nothing to a reader."""
    mark, _, rest = feature.partition(":")
    if mark in ("c", "p"):
        return f"arXiv {rest}" if rest != "none" else ""
    if mark == "h":
        return f"from {rest}" if rest else ""
    if mark in ("k", "K"):
        return f"speaks of {rest}"
    if mark == "u":
        return f"the address has “{rest}”"
    if mark in ("ai", "s", "n", "N", "q") or feature.startswith("#"):
        return ""
    return f"“{rest if mark in ('t', 'w', 'f', 'l', 'm') else feature}”"


@cache
def shipped(name: str) -> LinearText:
    """The model that comes with the package: `papers` or `news`."""
    return LinearText(_arrays(), name)


@cache
def _arrays() -> Mapping[str, Any]:
    path = files("daybrief") / "assets" / "categoriser.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError) as broken:
        hint = "install daybrief again, or run tools/train_categoriser.py"
        raise ConfigError(f"the categoriser's model cannot be read: {broken}", hint=hint) from broken


# The category most papers of a primary arXiv category have, and their share: counted on the training labels.
TAGS = {
    "cs.CV": ("computer-vision", 0.36),
    "cs.CL": ("llm", 0.48),
    "cs.AI": ("agents", 0.19),
    "cs.LG": ("graphs-and-time-series", 0.18),
    "cs.RO": ("robotics", 0.95),
    "cs.IR": ("retrieval", 0.82),
    "eess.IV": ("medicine", 0.88),
    "cs.CR": ("security", 0.75),
    "cs.SE": ("code", 0.64),
    "cs.SD": ("speech-audio", 0.77),
    "eess.AS": ("speech-audio", 0.85),
    "quant-ph": ("quantum", 0.95),
    "cs.HC": ("human-ai", 0.55),
    "cs.CY": ("ethics", 0.44),
    "stat.ML": ("theory", 0.89),
}
TEACHERS = ("rules", "tags", "model")
_FAINT = 1e-4


class Opinions(msgspec.Struct, frozen=True, kw_only=True):
    """`labels` and `confidences` by teacher, None where it is silent; `features` what the student sees."""

    labels: tuple[str | None, ...]
    confidences: tuple[float | None, ...]
    features: Any  # Doubles; msgspec does not look inside


def opinions(
    shares: NDArray[np.floating],
    categories: Sequence[Category],
    title: str,
    text: str,
    tags: Sequence[str],
) -> Opinions:
    """The three opinions on one paper; `shares` are the model's, in the order of `categories`."""
    names = [category.id for category in categories]
    points = _points(categories, title.lower(), text.lower())
    ruled = int(points.argmax()) if points.any() else None
    tagged = TAGS.get(tags[0]) if tags else None
    if tagged is not None and tagged[0] not in names:
        tagged = None
    best = int(shares.argmax())
    opinions = (
        (None, None) if ruled is None else (names[ruled], float(points[ruled] / points.sum())),
        tagged or (None, None),
        (names[best], float(shares[best])),
    )
    primary = np.array([bool(tags) and tags[0] == tag for tag in TAGS], dtype=np.float64)
    among = np.array([tag in tags for tag in TAGS], dtype=np.float64)
    return Opinions(
        labels=tuple(label for label, _ in opinions),
        confidences=tuple(confidence for _, confidence in opinions),
        features=np.concatenate([np.log(shares + _FAINT), np.log1p(points), primary, among]),
    )


def _points(categories: Sequence[Category], title: str, text: str) -> Doubles:
    """Keywords of each category: two points in the title, one in the text."""
    return np.array(
        [
            sum(2 * (word.lower() in title) + (word.lower() in text) for word in category.keywords if word)
            for category in categories
        ],
        dtype=np.float64,
    )


class Taught:
    """The student's weights: standardise, two hidden layers, softmax. NumPy alone."""

    PARTS: ClassVar[tuple[str, ...]] = ("classes", "mean", "scale", "w1", "b1", "w2", "b2", "w3", "b3")

    def __init__(self, path: Path) -> None:
        """Read the file; raises ConfigError when it is not one that `tools/teach_categoriser.py` wrote."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                parts = {name: arrays[name] for name in self.PARTS}
        except (OSError, ValueError, KeyError, EOFError) as broken:
            raise ConfigError(
                f"taught = {str(path)!r} cannot be read: {broken}",
                hint="write it with tools/teach_categoriser.py, or leave `taught` out",
            ) from broken
        self.classes = tuple(str(name) for name in parts.pop("classes"))
        self._parts: dict[str, Doubles] = {name: array.astype(np.float64) for name, array in parts.items()}

    def shares(self, features: Doubles) -> Doubles:
        """(C,) the share of each of `classes`; raises ConfigError when the taxonomy has changed since."""
        p = self._parts
        if features.shape != p["mean"].shape:
            raise ConfigError(
                f"the taught network reads {len(p['mean'])} features, this taxonomy gives {len(features)}",
                hint="teach it again with tools/teach_categoriser.py",
            )
        trunk = np.maximum((features - p["mean"]) / p["scale"] @ p["w1"] + p["b1"], 0)
        scores = np.maximum(trunk @ p["w2"] + p["b2"], 0) @ p["w3"] + p["b3"]
        raised = np.exp(scores - scores.max())
        return np.asarray(raised / raised.sum())


# ── features ────────────────────────────────────────────────────────────────────────────────────────


def _pattern(terms: str) -> re.Pattern[str]:
    # Hangul and Han words stand without blanks around them: only Latin letters and digits bound a term.
    # Case is folded before, not by the pattern: a branch is then chosen by its first letter, thrice as fast.
    bounded = terms.replace("\n", "")
    return re.compile(rf"(?<![a-z0-9])(?:{bounded})(?![a-z0-9])")


def _patterns() -> dict[str, re.Pattern[str]]:
    """Each concept's words, from `assets/concepts.toml`."""
    raw = (files("daybrief") / "assets" / "concepts.toml").read_text(encoding="utf-8")
    return {concept: _pattern(terms) for concept, terms in tomllib.loads(raw).items()}


_PATTERNS = _patterns()


def concepts(text: str) -> tuple[str, ...]:
    """The concepts a text speaks of, in a fixed order; a question mark counts as one."""
    lower = text.lower()
    named = tuple(concept for concept, pattern in _PATTERNS.items() if pattern.search(lower))
    return (*named, "question") if "?" in text else named


MOST_CHARACTERS = 6_000  # an abstract is 1,500; a longer text adds time, not knowledge
MOST_TITLE = 500

Blocks = dict[str, Counter[str]]

_LATEX = filtered(r"\\[a-zA-Z]+|[${}^_~]")
_WORD = re.compile(r"[a-z][a-z0-9+#]*|(?<![0-9])[0-9]++d\b|[\uac00-\ud7a3]+|[一-鿿]{2}")
_HANGUL = "\uac00"  # its first syllable: one of them is a word
_SPOKEN = re.compile(r"[a-z0-9']+")
_STOP = frozenset(
    """a about above across after all also among an and any are as at be been being between both but by can
    could do does each either et al for from further had has have having he her here his how however i if in
    into is it its itself may more moreover most much must no nor not of on one only or other our out over per
    s same several she should show shows since so some such t than that the their them then there therefore
    these they this those through thus to too two under up upon us use used uses using very via was we well
    were what when where whether which while who whose why will with within without would you your""".split()
)
_singular = lru_cache(maxsize=50_000)(singular)  # a text says the same few thousand words again and again


def of_paper(title: str, text: str, tags: Sequence[str] = ()) -> Blocks:
    """The blocks of a paper: `body` (title twice, abstract), `title`, `tags` (first is primary)."""
    tag_features = [f"p:{tags[0]}", *(f"c:{tag}" for tag in dict.fromkeys(tags))] if tags else ["c:none"]
    return {"body": counts(title, text), "title": title_counts(title), "tags": Counter(tag_features)}


def of_news(title: str, text: str, url: str = "") -> Blocks:
    """The blocks of a news piece: `body`, `title`, `letters` of the title, `signs` (host, is it AI),
    `concepts` of title and text, `place` and `slug` of the address, `shape` and `spoken` of the title."""
    title = title[:MOST_TITLE]
    return {
        "body": counts(title, text),
        "title": title_counts(title),
        "letters": letters(title),
        "signs": _signs(title, text, url),
        "concepts": Counter([f"k:{c}" for c in concepts(title)] + [f"K:{c}" for c in concepts(text[:300])]),
        "place": place(url),
        "slug": slug(url),
        "shape": shape(title, text),
        "spoken": spoken(title),
    }


def words(text: str, most: int = MOST_CHARACTERS) -> list[str]:
    """The content words of a text in order: lower case, singular, without LaTeX commands and stop words.

    A gap left by a stop word or by punctuation is not marked, so neighbours may have stood further apart.
    """
    text_words = _WORD.findall(_LATEX.sub(" ", text[:most].lower()))
    return [
        _singular(word) for word in text_words if word not in _STOP and (len(word) > 1 or word >= _HANGUL)
    ]


def counts(title: str, text: str) -> Counter[str]:
    """Count each word and each pair of neighbours in title and text; the title counts twice."""
    head, body = words(title, MOST_TITLE), words(text)
    tally: Counter[str] = Counter()
    for part in (head, head, body):
        tally.update(part)
        tally.update(pairs(part))
    return tally


def title_counts(title: str) -> Counter[str]:
    """The words and pairs of the title alone, each once, marked `t:`."""
    head = words(title, MOST_TITLE)
    return Counter({f"t:{feature}" for feature in (*head, *pairs(head))})


def letters(title: str) -> Counter[str]:
    """Runs of three and four characters of the title, marked `#`: names and inflected words share them."""
    line = f" {' '.join(title[:MOST_TITLE].lower().split())} "
    return Counter(f"#{line[i : i + n]}" for n in (3, 4) for i in range(len(line) - n + 1))


def place(url: str) -> Counter[str]:
    """Name where a page stands, marked `u:`: its domain, its ending, and the folders above the page."""
    host, folders = _host(url), _path(url)[:-1]
    folder_features = [f"u:/{folder}" for folder in folders[:3] if not folder.isdigit()]
    names = host.split(".")
    return Counter(
        [
            *folder_features,
            *(f"u:{host}/{f}" for f in folders[:1]),
            f"u:.{names[-1]}",
            f"u:{'.'.join(names[-2:])}",
        ]
    )


def slug(url: str) -> Counter[str]:
    """The first words of the path, marked `w:`: they often say more than the headline."""
    return Counter(f"w:{word}" for word in words(re.sub(r"[^a-z0-9]+", " ", "/".join(_path(url))))[:20])


def shape(title: str, text: str) -> Counter[str]:
    """Name how a headline begins and ends, its signs, and the lengths of title and text in steps."""
    title_words = _SPOKEN.findall(title.lower())
    ends = [
        *(f"f:{word}" for word in title_words[:1]),
        f"f:{' '.join(title_words[:2])}",
        *(f"l:{word}" for word in title_words[-1:]),
    ]
    signs = "?" * ("?" in title) + "0" * any(c.isdigit() for c in title) + ":" * (":" in title)
    lengths = [f"n:{min(len(title_words) // 3, 5)}", f"N:{min(len(text) // 150, 5)}"]
    return Counter([*ends, f"q:{signs}", *lengths])


def spoken(title: str) -> Counter[str]:
    """Return the words and pairs of a headline as they stand, marked `m:`: "I", "we", "how to"."""
    title_words = _SPOKEN.findall(title.lower())
    return Counter(f"m:{feature}" for feature in (*title_words, *pairs(title_words)))


def pairs(text_words: list[str]) -> list[str]:
    """Each two neighbours, joined by a blank."""
    return [f"{a} {b}" for a, b in pairwise(text_words)]


def number(feature: str) -> int:
    """The CRC-32 of the feature (0 .. 2**32 - 1); half a character, as hostile text holds, counts as `?`."""
    return zlib.crc32(feature.encode(errors="replace"))


def _signs(title: str, text: str, url: str) -> Counter[str]:
    features = [f"h:{_host(url)}", "s:text" if text.strip() else "s:bare"]
    places = [
        place for place, says in (("title", about_ai(title, url)), ("text", about_ai(text[:400]))) if says
    ]
    return Counter([*features, *(f"ai:{place}" for place in places or ["none"])])


def _host(url: str) -> str:
    try:
        return (urlsplit(url[:2_000]).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _path(url: str) -> list[str]:
    try:
        return [part for part in urlsplit(url[:2_000]).path.lower().split("/") if part]
    except ValueError:
        return []
