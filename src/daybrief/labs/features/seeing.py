"""Features of a model that sees, measured on generated scenes: one seed from nothing to all figures.

model → features → explanations by arm → steering → attribution → repair of hallucinations
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA, FastICA

from daybrief.labs.features.interpretation import Explanation, explained
from daybrief.labs.features.intervention import (
    Change,
    Decision,
    TorchCode,
    agreement,
    exact,
    linear,
    reconstruct,
    steer,
)
from daybrief.labs.features.scenes import (
    COLOURS,
    PALE,
    USUAL_COLOUR,
    USUAL_SHAPE,
    Questions,
    Scenes,
    colour_questions,
    concept_masks,
    concepts,
    questions,
    scenes,
)
from daybrief.labs.features.viewer import PATCHES, Viewer, answered, learned, residuals_of
from daybrief.search import topics
from daybrief.search.topics import SparseCode, strongest

Floats = NDArray[np.float32]
ARMS = ("sae", "no_dead_loss", "untrained", "neurons", "pca", "ica")
FACTORS = (1.0, 3.0, 10.0)  # of a feature's largest activity
MOST_REPAIRED = (1, 2, 4, 8)  # features set to 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is drawn and learned."""

    viewer_steps: int
    pool: int
    code_steps: int
    width: int
    active: int
    shown: int  # scenes that features are explained on
    steered_scenes: int  # scenes that are steered, and repaired
    pairs: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """How one kind of features was explained."""

    live: int
    explanations: tuple[Explanation, ...]
    unexplained: float | None = None

    @property
    def named(self) -> tuple[Explanation, ...]:
        """The explanations from which the interpreter did not abstain."""
        return tuple(e for e in self.explanations if e.concept is not None)

    @property
    def held_out(self) -> float:
        """Mean IoU of the named features on pictures that did not explain them."""
        return float(np.mean([e.held_out for e in self.named])) if self.named else 0.0

    @property
    def random(self) -> float:
        """The same on random pictures."""
        return float(np.mean([e.random for e in self.named])) if self.named else 0.0

    @property
    def simulated(self) -> float:
        """Mean correlation of phrase and activity on held-out pictures."""
        return float(np.mean([e.simulated for e in self.named])) if self.named else 0.0

    @property
    def abstained(self) -> float:
        """Share of the live features without a phrase."""
        return 1 - len(self.named) / self.live if self.live else 1.0


def of_content(arm: Arm) -> list[Explanation]:
    """The named features whose name says what is there: a colour, a shape, a texture, a thing or its edge.

    A place or the background is a name as well, but one that any network's patches bear out.
    """
    return [e for e in arm.named if e.concept is not None and _CONTENT[e.concept]]


_CONTENT = [
    not name.startswith(("top ", "middle ", "bottom ")) and name != "background" for name in concepts()
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All figures of one seed. Pairs are (hits, of)."""

    accuracy: float
    accuracy_replaced: float
    arms: Mapping[str, Arm]
    steered: Mapping[float, tuple[int, int]]
    steered_random: tuple[int, int]
    steered_replaced: tuple[int, int]
    linear_agreement: float
    hallucinated: float
    repaired: tuple[int, int]
    broken: tuple[int, int]
    text_share: float
    repair_features: int


def seen(seed: int, size: Size, tell: Callable[[str], None]) -> Seen:
    """Learn a viewer and its features from nothing, and measure everything."""
    rng = np.random.default_rng([seed, 1])
    viewer = learned(size.viewer_steps, seed, pool=size.pool, tell=tell)
    rows = residuals_of(viewer, scenes(size.shown, rng)).reshape(-1, _depth(viewer))
    code = _features(rows, size, seed)
    shown = scenes(size.shown, rng)
    arms = _arms(viewer, rows, code, shown, size, seed)
    frozen = TorchCode(code)
    fresh = scenes(size.steered_scenes, rng)
    queries = questions(fresh, rng)
    activations = residuals_of(viewer, fresh).reshape(-1, _depth(viewer))
    tell("steering and attribution")
    steering = _steering(viewer, frozen, arms["sae"], code, activations, size, rng)
    repair = _repair(viewer, frozen, size, rng)
    return Seen(
        accuracy=_right(viewer, fresh, queries, None),
        accuracy_replaced=_right(viewer, fresh, queries, reconstruct(frozen)),
        arms=arms,
        steered=steering[0],
        steered_random=steering[1],
        steered_replaced=steering[2],
        linear_agreement=_agreement(viewer, frozen, fresh, queries, size.pairs, rng),
        hallucinated=repair.hallucinated,
        repaired=repair.repaired,
        broken=repair.broken,
        text_share=repair.text_share,
        repair_features=repair.features,
    )


def _depth(viewer: Viewer) -> int:
    return int(viewer.place.shape[1])


def _features(rows: Floats, size: Size, seed: int, dead_share: float = 1 / 32) -> SparseCode:
    return topics.learned(
        rows, size.width, size.active, steps=size.code_steps, seed=seed, dead_share=dead_share
    )


def _right(viewer: Viewer, shown: Scenes, queries: Questions, change: Change | None) -> float:
    return float((answered(viewer, shown, queries, change) == queries.answers).mean())


# ── explanations ────────────────────────────────────────────────────────────────────────────────────


def _arms(
    viewer: Viewer, rows: Floats, code: SparseCode, shown: Scenes, size: Size, seed: int
) -> dict[str, Arm]:
    """Every kind of features, explained on the same scenes by the same interpreter."""
    masks = concept_masks(shown)
    activations = residuals_of(viewer, shown).reshape(-1, _depth(viewer))
    torch.manual_seed(seed + 1)
    blank = Viewer(_depth(viewer)).eval()
    blank_rows = residuals_of(blank, scenes(size.shown, np.random.default_rng([seed, 2])))
    blank_code = _features(blank_rows.reshape(-1, _depth(viewer)), size, seed)
    blank_residuals = residuals_of(blank, shown).reshape(-1, _depth(viewer))
    plain = _features(rows, size, seed, dead_share=0.0)
    centre, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    pca = PCA(whiten=True, random_state=seed).fit(rows)
    ica = FastICA(random_state=seed, max_iter=100, tol=1e-2, whiten="unit-variance").fit(rows[::4])
    activities = {
        "sae": code.encode(activations),
        "no_dead_loss": plain.encode(activations),
        "untrained": blank_code.encode(blank_residuals),
        "neurons": both_ways((activations - centre) / spread, size.active),
        "pca": both_ways(pca.transform(activations), size.active),
        "ica": both_ways(ica.transform(activations), size.active),
    }
    lost = {
        "sae": code.unexplained(activations),
        "no_dead_loss": plain.unexplained(activations),
        "untrained": blank_code.unexplained(blank_residuals),
    }
    arms = {}
    for name, activity in activities.items():
        shaped = activity.reshape(len(shown), PATCHES, -1)
        explanations = explained(shaped, masks, np.random.default_rng([seed, 3]))
        arms[name] = Arm(live=len(explanations), explanations=explanations, unexplained=lost.get(name))
    return arms


def both_ways(values: NDArray[np.floating], active: int) -> Floats:
    """Axes (n, d) as features (n, 2d): each direction of an axis one, only the strongest of a row kept.

    So dense axes are as sparse as the sparse features they are held against.
    """
    split = np.concatenate([values, -values], axis=1)
    return strongest(np.maximum(split, 0).astype(np.float32), active)


# ── steering ────────────────────────────────────────────────────────────────────────────────────────

Hits = tuple[int, int]


def _steering(
    viewer: Viewer, code: TorchCode, arm: Arm, known: SparseCode, activations: Floats, size: Size,
    rng: np.random.Generator,
) -> tuple[dict[float, Hits], Hits, Hits]:  # fmt: skip
    """How often the answer becomes the colour a feature is named by; with random features; with x_hat alone.

    The random arm is given the best of the factors, chosen in its own favour.
    """
    most = known.encode(activations).max(axis=0)
    live = [e.feature for e in arm.explanations]
    hits = {factor: [0, 0] for factor in FACTORS}
    chance = {factor: [0, 0] for factor in FACTORS}
    alone = [0, 0]
    for colour, feature in _colour_features(arm).items():
        drawn = scenes(size.steered_scenes // 3, rng, usual=None)
        queries = colour_questions(drawn)
        other = queries.answers[:, 0] != colour
        drawn, queries = drawn.taken(np.flatnonzero(other)), Questions(
            words=queries.words[other], answers=queries.answers[other]
        )  # fmt: skip
        lot = int(rng.choice([candidate for candidate in live if candidate != feature]))
        for factor in FACTORS:
            for chosen, counts in ((feature, hits[factor]), (lot, chance[factor])):
                change = steer(code, {chosen: factor * float(most[chosen])})
                _count(counts, answered(viewer, drawn, queries, change)[:, 0] == colour)
        _count(alone, answered(viewer, drawn, queries, reconstruct(code))[:, 0] == colour)
    best = max(chance.values(), key=lambda pair: pair[0] / max(1, pair[1]))
    return {f: (pair[0], pair[1]) for f, pair in hits.items()}, (best[0], best[1]), (alone[0], alone[1])


def _count(pair: list[int], hits: NDArray[np.bool_]) -> None:
    pair[0] += int(hits.sum())
    pair[1] += len(hits)


def _colour_features(arm: Arm) -> dict[int, int]:
    """The feature of each colour: the one named by it whose name fits best on its explaining pictures."""
    best: dict[int, Explanation] = {}
    for explanation in arm.named:
        colour = explanation.concept
        if colour is None or colour >= len(COLOURS):
            continue
        if colour not in best or explanation.fit > best[colour].fit:
            best[colour] = explanation
    return {colour: explanation.feature for colour, explanation in sorted(best.items())}


# ── attribution ─────────────────────────────────────────────────────────────────────────────────────


def _decision(
    viewer: Viewer, code: TorchCode, shown: Scenes, queries: Questions, scene: int, at: int
) -> Decision:
    """d of one question of one scene: its first answer against its second, as a function of the features."""
    patches = torch.from_numpy(shown.patches()[scene : scene + 1])
    words = torch.from_numpy(queries.words[scene : scene + 1, at : at + 1])

    def logits(features: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = viewer(patches, words, lambda _x: code.decode(features)[None])[0, 0]
        return scores

    with torch.no_grad():
        first, second = logits(_encoded(viewer, code, shown, scene)).topk(2).indices.tolist()
    return lambda features: logits(features)[first] - logits(features)[second]


def _encoded(viewer: Viewer, code: TorchCode, shown: Scenes, scene: int) -> torch.Tensor:
    with torch.no_grad():
        return code.encode(viewer.residuals(torch.from_numpy(shown.patches()[scene : scene + 1])))[0]


def _agreement(
    viewer: Viewer, code: TorchCode, shown: Scenes, queries: Questions, pairs: int, rng: np.random.Generator
) -> float:
    """Correlation of linear and exact effects over pairs of token and active feature, five of each scene."""
    guessed: list[float] = []
    true: list[float] = []
    for scene in range(min(len(shown), max(2, pairs // 5))):
        decision = _decision(viewer, code, shown, queries, scene, int(rng.integers(queries.words.shape[1])))
        features = _encoded(viewer, code, shown, scene)
        active = (features > 0).nonzero().tolist()
        chosen = [tuple(active[n]) for n in rng.choice(len(active), min(5, len(active)), replace=False)]
        estimate = linear(decision, features)
        guessed += [float(estimate[token, feature]) for token, feature in chosen]
        true += exact(decision, features, [(int(a), int(b)) for a, b in chosen]).tolist()
    return agreement(guessed, true)


# ── hallucinations ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """The effect of zeroing a few features on answers about the usual shape in unusual colours."""

    hallucinated: float
    repaired: Hits
    broken: Hits
    text_share: float
    features: int


def _repair(viewer: Viewer, code: TorchCode, size: Size, rng: np.random.Generator) -> Repair:
    """Choose features on half of the scenes, set them to 0 on the other half, count both ways.

    Features are ranked by their linear effect on the usual colour against the true one, summed over
    hallucinated answers; how many are set to 0 is chosen on the first half as well.
    """
    halves = [_tempting(size.steered_scenes, rng) for _ in range(2)]
    (drawn, queries), (test, test_queries) = halves
    order, text_share = _blamed(viewer, code, drawn, queries)
    best, most = 0, -(10**9)
    for count in MOST_REPAIRED:
        repaired, broken = _effects(viewer, code, drawn, queries, order[:count])
        if repaired[0] - 2 * broken[0] > most:
            best, most = count, repaired[0] - 2 * broken[0]
    repaired, broken = _effects(viewer, code, test, test_queries, order[:best])
    answers = answered(viewer, test, test_queries, reconstruct(code))[:, 0]
    return Repair(
        hallucinated=float((answers[test_queries.answers[:, 0] != USUAL_COLOUR] == USUAL_COLOUR).mean()),
        repaired=repaired,
        broken=broken,
        text_share=text_share,
        features=best,
    )


def _tempting(count: int, rng: np.random.Generator) -> tuple[Scenes, Questions]:
    """Pale scenes with the usual shape, half in its usual colour, and the question for that colour."""
    drawn = scenes(2 * count, rng, usual=0.5, alone=True, strength=PALE)
    return drawn, colour_questions(drawn, USUAL_SHAPE)


def _blamed(viewer: Viewer, code: TorchCode, drawn: Scenes, queries: Questions) -> tuple[list[int], float]:
    """The features behind hallucinations, most first; and the share of attribution on words."""
    truth = torch.from_numpy(queries.answers[:, 0])
    patches, words = torch.from_numpy(drawn.patches()), torch.from_numpy(queries.words)
    with torch.no_grad():
        features = torch.cat([code.encode(viewer.residuals(part)) for part in torch.split(patches, 256)])
    guess = torch.from_numpy(answered(viewer, drawn, queries, reconstruct(code))[:, 0])
    rows = ((guess == USUAL_COLOUR) & (truth != USUAL_COLOUR)).nonzero()[:, 0][:256]
    if not len(rows):
        return list(range(max(MOST_REPAIRED))), 0.0
    at = features[rows].clone().requires_grad_()
    written = viewer.word(words[rows]).detach().requires_grad_()
    logits = viewer(patches[rows], words[rows], lambda _x: code.decode(at), written)[:, 0]
    gap = (logits[:, USUAL_COLOUR] - logits.gather(1, truth[rows][:, None])[:, 0]).sum()
    on_picture, on_words = torch.autograd.grad(gap, [at, written])
    effect = (on_picture * at).detach()
    spoken = float((on_words * written).sum(dim=-1).abs().sum().detach())
    looked = float(effect.sum(dim=-1).abs().sum())
    order = effect.sum(dim=(0, 1)).argsort(descending=True).tolist()
    return [int(feature) for feature in order], spoken / max(spoken + looked, 1e-9)


def _effects(
    viewer: Viewer, code: TorchCode, drawn: Scenes, queries: Questions, features: list[int]
) -> tuple[Hits, Hits]:
    """Hallucinations repaired of all of them, and right answers broken of all of those."""
    truth = queries.answers[:, 0]
    before = answered(viewer, drawn, queries, reconstruct(code))[:, 0]
    after = answered(viewer, drawn, queries, steer(code, dict.fromkeys(features, 0.0)))[:, 0]
    wrong = (before == USUAL_COLOUR) & (truth != USUAL_COLOUR)
    right = before == truth
    return (
        (int((wrong & (after == truth)).sum()), int(wrong.sum())),
        (int((right & (after != truth)).sum()), int(right.sum())),
    )
