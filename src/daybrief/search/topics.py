"""Topics of an archive that nobody named beforehand: sparse features of its vectors, named and steered.

    learned     a TopK sparse autoencoder over vectors of texts: each text becomes a few active features
    named       a name for each feature from its strongest texts, and how far the name holds on others
    steered     a query moved towards some features and away from others: "more theory, less medicine"
    topics_of   all of this for an archive's vectors, with how each topic's share moves from week to week

    z = TopK(relu(W_e (x - b) + b_e)),   x_hat = W_d z + b                              (arXiv 2411.14982)

A feature is named from the texts where it is strongest (ranks 1 to 5), and the name is held against the next
ones (ranks 6 to 25). Its *reliability* is the share of those that bear the name. NumPy only.
"""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.text.words import STOP_WORDS, tokens

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

EXPLAINED = 5  # strongest texts that name a feature
SCORED = 25  # rank up to which the name is held against others
LEAST_TEXTS = 50  # texts below which there is nothing to learn
_PATIENCE = 4000  # rows without activity after which a feature counts as dead
_RATE, _BATCH = 2e-3, 256
_DEAD_SHARE = 1 / 32  # weight of the auxiliary loss (Gao et al. 2024)
_BETAS, _TINY = (0.9, 0.999), 1e-8
_MOST_WIDE, _TEXTS_A_FEATURE, _ACTIVE, _STEPS = 512, 5, 8, 1200  # of an archive's own features
_MOST_CHOSEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SparseCode:
    """A trained autoencoder: `encoder` (d, width), `encoder_bias` (width,), `decoder` (width, d) with rows of
    length one, `centre` (d,), and `active`, how many features of a row may be active.
    """

    encoder: Floats
    encoder_bias: Floats
    decoder: Floats
    centre: Floats
    active: int

    @property
    def width(self) -> int:
        """How many features there are."""
        return len(self.decoder)

    def before(self, rows: Floats) -> Floats:
        """The features before the choice of the strongest, (n, width), none below 0."""
        features: Floats = np.maximum((rows - self.centre) @ self.encoder + self.encoder_bias, 0)
        return features

    def encode(self, rows: Floats) -> Floats:
        """The features of rows (n, d), (n, width): all 0 but the `active` strongest."""
        return strongest(self.before(rows), self.active)

    def decode(self, features: Floats) -> Floats:
        """The rows that features stand for, (n, d)."""
        decoded: Floats = features @ self.decoder + self.centre
        return decoded

    def unexplained(self, rows: Floats) -> float:
        """The share of the rows' variance that is lost when they are encoded and decoded."""
        lost = ((self.decode(self.encode(rows)) - rows) ** 2).sum()
        return float(lost / max(float(((rows - rows.mean(axis=0)) ** 2).sum()), _TINY))


def strongest(values: Floats, count: int) -> Floats:
    """Keep the `count` largest of each row and set the others to 0; values (n, width) are not below 0."""
    if count >= values.shape[1]:
        return values
    chosen = np.argpartition(-values, count - 1, axis=1)[:, :count]
    kept = np.zeros_like(values)
    np.put_along_axis(kept, chosen, np.take_along_axis(values, chosen, axis=1), axis=1)
    return kept


# ── learning ────────────────────────────────────────────────────────────────────────────────────────


def learned(
    rows: Floats,
    width: int,
    active: int,
    *,
    steps: int,
    seed: int,
    dead_share: float = _DEAD_SHARE,
    tell: Callable[[str], None] = lambda _text: None,
) -> SparseCode:
    """Train an autoencoder on rows (n, d) by Adam, with a loss that revives dead features.

    loss = (|x_hat - x|^2 + dead_share |(x - x_hat) - W_d z_dead|^2) / |x - mean|^2. The decoder starts as
    the encoder turned over and keeps rows of length one. Raises ConfigError for rows that hold something
    other than numbers, or too few of them.
    """
    if rows.ndim != 2 or len(rows) < LEAST_TEXTS or not np.isfinite(rows).all():
        raise ConfigError(
            f"features cannot be learned from an array of shape {rows.shape}",
            hint=f"give at least {LEAST_TEXTS} rows of finite numbers",
        )
    if not 0 < active <= width:
        raise ConfigError(f"{active} of {width} features cannot be active", hint="from 1 up to the width")
    rng = np.random.default_rng(seed)
    training = _Training(rows.astype(np.float32), width, active, rng)
    for step in range(steps):
        batch = rows[rng.integers(0, len(rows), min(_BATCH, len(rows)))].astype(np.float32)
        rate = _RATE * min(1.0, (step + 1) / 50) * min(1.0, 3 * (1 - step / steps))
        loss = training.step(batch, rate, dead_share)
        if step % 500 == 499:
            tell(f"features, step {step + 1} of {steps}: unexplained {loss:.3f}")
    return training.code


class _Training:
    """The parameters while they are learned, and Adam's moments of them."""

    def __init__(self, rows: Floats, width: int, active: int, rng: np.random.Generator) -> None:
        decoder = rng.normal(size=(width, rows.shape[1])).astype(np.float32)
        decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
        self.code = SparseCode(
            encoder=decoder.T.copy(),
            encoder_bias=np.zeros(width, np.float32),
            decoder=decoder,
            centre=geometric_median(rows[:2000]),
            active=active,
        )
        self._quiet = np.zeros(width)
        self._moments = {
            name: (np.zeros_like(value), np.zeros_like(value)) for name, value in self._values().items()
        }
        self._steps = 0

    def step(self, batch: Floats, rate: float, dead_share: float) -> float:
        """Follow the gradient once; returns the share of variance unexplained."""
        code = self.code
        before = code.before(batch)
        features = strongest(before, code.active)
        missing = code.decode(features) - batch
        whole = max(float(((batch - batch.mean(axis=0)) ** 2).sum()), _TINY)
        slopes = _slopes(code, batch, features, (missing * (2 / whole)).astype(np.float32), with_centre=True)
        dead = self._quiet > _PATIENCE
        if dead_share and dead.any():
            revived = strongest(np.where(dead, before, 0).astype(np.float32), max(1, batch.shape[1] // 2))
            error = revived @ code.decoder + missing  # what is missing, to be filled by dead features
            part = (error * (2 * dead_share / whole)).astype(np.float32)
            more = _slopes(code, batch, revived, part, with_centre=False)
            slopes = {name: slopes[name] + more[name] for name in slopes}
        self._quiet = np.where((features > 0).any(axis=0), 0, self._quiet + len(batch))
        self._follow(slopes, rate)
        return float((missing**2).sum() / whole)

    def _values(self) -> dict[str, Floats]:
        code = self.code
        return {
            "encoder": code.encoder,
            "encoder_bias": code.encoder_bias,
            "decoder": code.decoder,
            "centre": code.centre,
        }

    def _follow(self, slopes: dict[str, Floats], rate: float) -> None:
        """A step of Adam; the decoder's slopes along its rows are taken out, its rows keep length one."""
        decoder = self.code.decoder
        slopes["decoder"] -= (slopes["decoder"] * decoder).sum(axis=1, keepdims=True) * decoder
        self._steps += 1
        moved = {}
        for name, value in self._values().items():
            first, second = self._moments[name]
            first += (1 - _BETAS[0]) * (slopes[name] - first)
            second += (1 - _BETAS[1]) * (slopes[name] ** 2 - second)
            unbiased = first / (1 - _BETAS[0] ** self._steps)
            spread = np.sqrt(second / (1 - _BETAS[1] ** self._steps)) + _TINY
            moved[name] = (value - rate * unbiased / spread).astype(np.float32)
        moved["decoder"] /= np.linalg.norm(moved["decoder"], axis=1, keepdims=True)
        self.code = replace(self.code, **moved)


def _slopes(
    code: SparseCode, batch: Floats, features: Floats, error: Floats, *, with_centre: bool
) -> dict[str, Floats]:
    """The gradient by parameter, for the error's gradient (n, d) at the decoded rows."""
    back = (error @ code.decoder.T) * (features > 0)
    centre = error.sum(axis=0) - back.sum(axis=0) @ code.encoder.T
    return {
        "encoder": (batch - code.centre).T @ back,
        "encoder_bias": back.sum(axis=0),
        "decoder": features.T @ error,
        "centre": centre if with_centre else np.zeros_like(centre),
    }


def geometric_median(rows: Floats, rounds: int = 20) -> Floats:
    """The point of least summed distance to rows (n, d), by Weiszfeld's rule."""
    centre: Floats = rows.mean(axis=0)
    for _ in range(rounds):
        nearness = 1 / np.maximum(np.linalg.norm(rows - centre, axis=1), 1e-6)
        centre = (nearness[:, None] * rows).sum(axis=0) / nearness.sum()
    return centre.astype(np.float32)


# ── naming ──────────────────────────────────────────────────────────────────────────────────────────


class Topic(NamedTuple):
    """A named feature.

    feature: its row of the decoder. words: its name, the words that its strongest texts share, best first.
    reliability: share of the texts of rank 6 to 25 that bear the first word. base: share of all texts that
    do. texts: how many texts have it active.
    """

    feature: int
    words: tuple[str, ...]
    reliability: float
    base: float
    texts: int


class Vocabulary:
    """The words of each text, and how often each stands in all."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.words = [frozenset(_words(text)) for text in texts]
        self.counts = Counter(word for bag in self.words for word in bag)

    def share(self, word: str) -> float:
        """The share of all texts that bear a word."""
        return self.counts[word] / max(1, len(self.words))

    def over_represented(self, rows: Sequence[int], most: int = 3) -> tuple[str, ...]:
        """The words that set these texts apart, best first: in at least 2 of them, by how unlikely that is.

        The measure is the binomial surprise n KL(share here, share everywhere). Empty when there is none.
        """
        here = Counter(word for row in rows for word in self.words[row])
        ranked = sorted(
            (-self._surprise(count / len(rows), self.share(word)), word)
            for word, count in here.items()
            if count >= 2 and count / len(rows) > self.share(word)
        )
        return tuple(word for _, word in ranked[:most])

    def _surprise(self, here: float, everywhere: float) -> float:
        low = 1 / (2 * len(self.words))
        everywhere = min(1 - low, max(low, everywhere))
        parts = ((here, everywhere), (1 - here, 1 - everywhere))
        return sum(p * math.log(p / q) for p, q in parts if p > 0)


def _words(text: str) -> list[str]:
    return [
        token.word
        for token in tokens(text)
        if len(token.word) > 1 and token.word not in STOP_WORDS and not token.word.isdigit()
    ]


def named(activity: Floats, vocabulary: Vocabulary) -> tuple[Topic, ...]:
    """Name features by the texts where they are strongest; (texts, features) in, the named ones out.

    A feature active in fewer than `SCORED` texts, or whose strongest texts share no word, stays unnamed.
    """
    topics = []
    for feature in np.flatnonzero((activity > 0).sum(axis=0) >= SCORED):
        order = strongest_rows(activity[:, feature], SCORED)
        words = vocabulary.over_represented(order[:EXPLAINED].tolist())
        if words:
            hits = [words[0] in vocabulary.words[row] for row in order[EXPLAINED:]]
            topics.append(
                Topic(
                    feature=int(feature),
                    words=words,
                    reliability=sum(hits) / len(hits),
                    base=vocabulary.share(words[0]),
                    texts=int((activity[:, feature] > 0).sum()),
                )
            )
    return tuple(topics)


def strongest_rows(values: Floats, most: int) -> Ints:
    """The rows of the largest values, largest first; equal ones in their order."""
    return np.lexsort((np.arange(len(values)), -values))[:most]


# ── steering ────────────────────────────────────────────────────────────────────────────────────────


def steered(
    code: SparseCode, vector: Floats, more: Sequence[int], less: Sequence[int], strength: float = 1.0
) -> Floats:
    """A query's vector (d,) of length one moved along features: up for `more`, to 0 for `less`.

    The change is decoded and added, so that what the features do not hold of the query stays. `strength` is
    how long the change by `more` is beside the query itself.
    """
    features = code.encode(vector[None])[0]
    change = np.zeros_like(vector)
    for feature in more:
        change += strength * code.decoder[feature] / len(more)
    for feature in less:
        change -= max(strength, float(features[feature])) * code.decoder[feature] / len(less)
    moved: Floats = vector + change
    return moved / max(float(np.linalg.norm(moved)), _TINY)


class ArchiveTopics(NamedTuple):
    """The topics of an archive: the code of its vectors, the named features, and their trends.

    trends: by feature, the stories of the last seven days, and a week's mean before them.
    """

    code: SparseCode
    topics: tuple[Topic, ...]
    trends: dict[int, tuple[int, float]]

    def steering(self, more: str, less: str) -> Callable[[Floats], Floats]:
        """The steering of a query by words for topics. Raises ConfigError for words that name none."""
        up, down = self._named(more, "more"), self._named(less, "less")
        return lambda vector: steered(self.code, vector, up, down)

    def chosen(self, words: str) -> tuple[Topic, ...]:
        """The topics that words name, at most three."""
        features = features_of(self.topics, words)[:_MOST_CHOSEN]
        return tuple(topic for feature in features for topic in self.topics if topic.feature == feature)

    def _named(self, words: str, option: str) -> tuple[int, ...]:
        topics = self.chosen(words)
        if words.strip() and not topics:
            reliable = sorted(self.topics, key=lambda t: -t.reliability)
            known = ", ".join(dict.fromkeys(t.words[0] for t in reliable[:8]))
            raise ConfigError(
                f"--{option} {words!r} names no topic of the archive",
                hint=f"`daybrief topics` lists them: {known or 'there is none yet'}",
            )
        return tuple(topic.feature for topic in topics)


def topics_of(rows: Floats, texts: Sequence[str], days: NDArray[np.int32]) -> ArchiveTopics:
    """Learn and name the topics of an archive's vectors (n, d), of their texts and days (ordinals)."""
    width = min(_MOST_WIDE, max(8, len(rows) // _TEXTS_A_FEATURE))
    code = learned(rows, width, min(_ACTIVE, width), steps=_STEPS, seed=0)
    activity = code.encode(rows)
    topics = named(activity, Vocabulary(texts))
    latest, first = int(days.max()), int(days.min())
    weeks = max(0.0, (latest - 7 - first + 1) / 7)
    trends = {}
    for topic in topics:
        has = activity[:, topic.feature] > 0
        now = int((has & (days > latest - 7)).sum())
        trends[topic.feature] = (now, (topic.texts - now) / weeks if weeks else 0.0)
    return ArchiveTopics(code=code, topics=topics, trends=trends)


def topics_saved(known: ArchiveTopics, place: Path) -> None:
    """Write topics into one file, whole or not at all."""
    code = known.code
    listed = json.dumps([[*topic, *known.trends[topic.feature]] for topic in known.topics])
    with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as part:
        np.savez(
            part, encoder=code.encoder, encoder_bias=code.encoder_bias, decoder=code.decoder,
            centre=code.centre, active=np.array(code.active), topics=np.array(listed),
        )  # fmt: skip
    Path(part.name).replace(place)


def topics_read(place: Path) -> ArchiveTopics | None:
    """The topics of a file; None when there is none, or it is damaged."""
    try:
        with np.load(place, allow_pickle=False) as arrays:
            code = SparseCode(
                **{name: arrays[name] for name in ("encoder", "encoder_bias", "decoder", "centre")},
                active=int(arrays["active"]),
            )
            listed = json.loads(str(arrays["topics"]))
        topics = tuple(Topic(f, tuple(words), *rest) for f, words, *rest, _, _ in listed)
        return ArchiveTopics(code=code, topics=topics, trends={row[0]: (row[-2], row[-1]) for row in listed})
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return None


def features_of(topics: Sequence[Topic], words: str, least: float = 0.0) -> tuple[int, ...]:
    """The features whose name holds a word asked for, those it names first, then the most reliable."""
    wanted = set(_words(words))
    fitting = [topic for topic in topics if wanted & set(topic.words) and topic.reliability >= least]
    order = sorted(fitting, key=lambda t: (t.words[0] not in wanted, -t.reliability, t.feature))
    return tuple(topic.feature for topic in order)
