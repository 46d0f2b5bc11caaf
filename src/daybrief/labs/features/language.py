"""Features of a layer of a causal language model: their names, steering by them, attribution to them.

    texts → what a middle layer holds, token by token → features by arm → names, held out
    a neutral beginning, a feature clamped → does the model go on with the feature's name?
    a text's next token against the runner-up → linear against exact effect of features

Everything is measured against the rebuilt layer (x_hat in place of x). Attention sinks, the first token of a
text and tokens with a vector many times longer than most, stay as they are: no feature was learned on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA, FastICA
from torch import Tensor

from daybrief.labs.features.adapters import Cached, Layer, activity_by_text, cached, sink_length
from daybrief.labs.features.intervention import (
    Change,
    Decision,
    TorchCode,
    exact,
    linear,
    reconstruct,
    steer_rows,
)
from daybrief.labs.features.seeing import both_ways
from daybrief.labs.kit.weights import Opened
from daybrief.search import topics
from daybrief.search.topics import Topic, Vocabulary, named

Floats = NDArray[np.float32]
Pairs = tuple[tuple[float, float], ...]
ARMS = ("sae", "neurons", "pca", "ica", "random")
FACTORS = (1.0, 3.0)  # of a feature's largest activity; the last is held against another feature's
BEGINNINGS = ("This function", "It returns the", "For example, the")
_AXES = 64  # of PCA and ICA
_ROWS = 6_000  # tokens that PCA and ICA are fitted to
_PROMPT = 24  # tokens of a text before the one that is decided
_PART = 0.01  # of every feature, taken out to check the slope


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSize:
    """How much is read, learned, said and taken out; `steered` features, `answer` tokens said."""

    texts: int
    width: int
    active: int
    steps: int
    steered: int
    answer: int
    attributed: int  # texts
    pairs: int  # features taken out of each


class SteeredShares(NamedTuple):
    """The share of the continuations that bear a feature's name, by feature.

    clamped: by factor. other: another feature clamped at the largest factor. rebuilt: x_hat alone.
    """

    clamped: Mapping[float, tuple[float, ...]]
    other: tuple[float, ...]
    rebuilt: tuple[float, ...]


class Effects(NamedTuple):
    """Linear and exact effects on decisions: of single features, and of a hundredth of all at once, by text.

    The second pair must agree where the slope is right, however far the model is from linear.
    """

    single: Pairs
    part: Pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadByModel:
    """The figures of one layer of a language model.

    model: which one. sinks: the share of tokens left out as attention sinks. topics: by arm.
    """

    model: str
    sinks: float
    topics: Mapping[str, tuple[Topic, ...]]
    unexplained: float
    steered_shares: SteeredShares
    effects: Effects

    def reliabilities(self, arm: str) -> list[float]:
        """How far each name of an arm holds."""
        return [topic.reliability for topic in self.topics[arm]]

    @property
    def base(self) -> float:
        """How often texts bear such a name at all."""
        return float(np.mean([topic.base for topic in self.topics["sae"]] or [0.0]))


def middle(known: Opened) -> str:
    """The name of a model's middle layer."""
    return f"model.layers.{int(known.model.config.num_hidden_layers) // 2 - 1}"


def read_by_model(
    known: Opened, name: str, texts: Sequence[str], size: ModelSize, seed: int, tell: Callable[[str], None]
) -> ReadByModel:
    """Learn features of what a layer holds of texts, name them by text, steer and attribute by them."""
    cache = cached(known, name, texts, tell=tell)
    scale, sink = float(np.sqrt((cache.rows**2).mean())), sink_length(cache.rows)
    cache = cache._replace(rows=cache.rows / np.float32(scale))
    code = topics.learned(cache.rows, size.width, size.active, steps=size.steps, seed=seed, tell=tell)
    tell("names")
    vocabulary = Vocabulary(texts)
    axes = _axes(cache, size.active, seed)
    activities = {arm: _by_text(values, cache, len(texts)) for arm, values in axes.items()}
    activities["sae"] = activity_by_text(code, cache, len(texts))
    by_arm = {arm: named(activities[arm], vocabulary) for arm in ARMS}
    layer = Rebuilt(known, name, TorchCode(code, str(known.model.device)), scale, sink)
    tell("steering")
    largest = activities["sae"].max(axis=0)
    steered_shares = _steered_shares(layer, _distinct(by_arm["sae"], size.steered), largest, size.answer)
    tell("attribution")
    millions = round(known.model.num_parameters() / 1e6)
    return ReadByModel(
        model=f"{known.model.config.model_type}, {millions} M weights, {name}",
        sinks=cache.sinks / (cache.sinks + len(cache.rows)),
        topics=by_arm,
        unexplained=code.unexplained(cache.rows),
        steered_shares=steered_shares,
        effects=_effects(layer, texts, size, np.random.default_rng([seed, 8])),
    )


def _axes(cache: Cached, active: int, seed: int) -> dict[str, Floats]:
    """The layer's axes, turned by PCA and ICA, and at random: (tokens, axes), as sparse as the features."""
    rng = np.random.default_rng([seed, 7])
    part = cache.rows[rng.permutation(len(cache.rows))[:_ROWS]]
    around = cache.rows - cache.rows.mean(axis=0)
    most = min(_AXES, *part.shape)
    pca = PCA(most, whiten=True, random_state=seed).fit(part)
    ica = FastICA(most, random_state=seed, max_iter=200, tol=1e-2, whiten="unit-variance").fit(part)
    directions = rng.normal(size=(around.shape[1], around.shape[1])).astype(np.float32)
    return {
        "neurons": both_ways(around / (around.std(axis=0) + 1e-6), active),
        "pca": both_ways(pca.transform(cache.rows), active),
        "ica": both_ways(ica.transform(cache.rows), active),
        "random": both_ways(around @ directions, active),
    }


def _by_text(values: Floats, cache: Cached, count: int) -> Floats:
    most = np.zeros((count, values.shape[1]), np.float32)
    np.maximum.at(most, cache.texts, values)
    return most


def _distinct(candidates: Sequence[Topic], most: int) -> list[Topic]:
    """The most reliable topics, one a name."""
    kept: dict[str, Topic] = {}
    for topic in sorted(candidates, key=lambda t: (-t.reliability, t.feature)):
        kept.setdefault(topic.words[0], topic)
    return list(kept.values())[:most]


# ── the model with its layer rebuilt ────────────────────────────────────────────────────────────────


class Rebuilt:
    """A model whose layer holds x_hat, changed or not, on all tokens but attention sinks.

    The code was learned on vectors divided by `scale`; from the length `sink` on, a vector stays as it is.
    """

    def __init__(self, known: Opened, name: str, code: TorchCode, scale: float, sink: float) -> None:
        self.known, self.code, self._scale, self._sink = known, code, scale, sink
        self._layer = Layer(known.model, name)

    def tokens(self, text: str, longest: int) -> Tensor:
        """A text's tokens, (1, tokens)."""
        given = self.known.tokenizer(text, return_tensors="pt", truncation=True, max_length=longest)
        ids: Tensor = given["input_ids"].to(self.known.model.device)
        return ids

    def logits(self, ids: Tensor, change: Change | None, cache: Any = None) -> Tensor:
        """Scores of the token after the last, (batch, vocabulary); `change` None leaves the layer alone."""
        first = cache is None or not cache.get_seq_length()
        given = {"input_ids": ids, "cache": cache, "use_cache": cache is not None}
        if change is None:
            out = self.known.model(**given, logits_to_keep=1)
        else:
            with self._layer.replaced(lambda x: self._put(x, change, first=first)):
                out = self.known.model(**given, logits_to_keep=1)
        scores: Tensor = out.logits[:, -1]
        return scores

    def _put(self, x: Tensor, change: Change, *, first: bool) -> Tensor:
        if first:
            return torch.cat([x[:, :1], self._put(x[:, 1:], change, first=False)], dim=1)
        return torch.where(self._sinks(x), x, change(x / self._scale) * self._scale)

    def _sinks(self, x: Tensor) -> Tensor:
        return x.norm(dim=-1, keepdim=True) > self._sink

    @torch.no_grad()
    def features(self, ids: Tensor) -> Tensor:
        """The features of a text's tokens but the first, (tokens - 1, width); none of an attention sink."""
        with self._layer.captured(last=True) as outputs:
            self.known.model(input_ids=ids, use_cache=False, logits_to_keep=1)
        x = outputs[0][0, 1:]
        return self.code.encode(x / self._scale).masked_fill(self._sinks(x), 0.0)

    def decision(self, ids: Tensor) -> Decision:
        """How the next token of x_hat alone is preferred to the runner-up, as a function of the features."""
        with torch.no_grad():
            best, second = self.logits(ids, reconstruct(self.code))[0].topk(2).indices

        def preferred(features: Tensor) -> Tensor:
            scores = self.logits(ids, lambda _x: self.code.decode(features)[None])[0]
            return scores[best] - scores[second]

        return preferred

    @torch.no_grad()
    def continued(self, beginning: str, change: Change, rows: int, most: int) -> list[str]:
        """The model's greedy continuations of a beginning, one for each of the `rows` of the change."""
        from transformers import DynamicCache

        cache, part = DynamicCache(), self.tokens(beginning, 64).repeat(rows, 1)
        continuations: list[Tensor] = []
        for _ in range(most):
            part = self.logits(part, change, cache).argmax(dim=-1, keepdim=True)
            continuations.append(part)
        return [str(text) for text in self.known.tokenizer.batch_decode(torch.cat(continuations, dim=1))]


# ── steering and attribution ────────────────────────────────────────────────────────────────────────


def _steered_shares(layer: Rebuilt, chosen: Sequence[Topic], largest: Floats, answer: int) -> SteeredShares:
    """How often continuations bear the names of the chosen features; `largest` is the activity by feature."""
    features = [topic.feature for topic in chosen]

    def shares(clamped: Sequence[int], factor: float) -> tuple[float, ...]:
        change = steer_rows(layer.code, clamped, [factor * float(largest[feature]) for feature in clamped])
        spoken = [layer.continued(text, change, len(clamped), answer) for text in BEGINNINGS]
        return _bearing(chosen, list(zip(*spoken, strict=True)))

    alone = [layer.continued(text, reconstruct(layer.code), 1, answer)[0] for text in BEGINNINGS]
    return SteeredShares(
        clamped={factor: shares(features, factor) if features else () for factor in FACTORS},
        other=shares(features[1:] + features[:1], FACTORS[-1]) if features else (),
        rebuilt=_bearing(chosen, [alone] * len(chosen)),
    )


def _bearing(chosen: Sequence[Topic], spoken: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """The share of each topic's texts that bear its name."""
    return tuple(
        float(np.mean([topic.words[0] in words for words in Vocabulary(list(texts)).words]))
        for topic, texts in zip(chosen, spoken, strict=True)
    )


def _effects(layer: Rebuilt, texts: Sequence[str], size: ModelSize, rng: np.random.Generator) -> Effects:
    """Effects of active features, drawn at random, on the next token of texts, drawn at random."""
    single: list[tuple[float, float]] = []
    part: list[tuple[float, float]] = []
    for at in rng.permutation(len(texts))[: size.attributed]:
        ids = layer.tokens(texts[at], _PROMPT)
        features = layer.features(ids)
        active = features.nonzero()
        if len(active) < size.pairs:
            continue
        decision = layer.decision(ids)
        chosen = active[torch.as_tensor(rng.permutation(len(active))[: size.pairs])]
        pairs = [(int(token), int(feature)) for token, feature in chosen]
        slopes = linear(decision, features)
        truly = exact(decision, features, pairs)
        single += [(float(slopes[pair]), float(effect)) for pair, effect in zip(pairs, truly, strict=True)]
        with torch.no_grad():
            moved = decision((1 - _PART) * features) - decision(features)
        part.append((_PART * float(slopes.sum()), float(moved)))
    return Effects(single=tuple(single), part=tuple(part))
