"""Features of a vision model of one's own over a folder of pictures, on one page (sections 3 and 4.1).

    pictures | a layer's vectors, patch by patch | sparse features | the five strongest pictures of each, only
    lit patches shown | a name by a larger model | the name held against other pictures | HTML

Any model of transformers that takes pictures: one that only sees (ViT, CLIP, DINO, ResNet), or one that reads
as well (LLaVA), of which the places of picture tokens are taken, of the whole picture and not of its parts. A
name is a larger model's, behind OpenAI's interface; it is then asked, of pictures that the name was not made
from, whether they show it: ranks 6 to 10, and as many regions where another feature is active. Names without
this test cannot be told from guesses.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from math import isqrt
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError, LabUnmet
from daybrief.labs.features.adapters import Floats, Layer
from daybrief.labs.features.interpretation import Bools, masked, picture_address
from daybrief.labs.kit import require
from daybrief.labs.kit.chat import ServiceChat
from daybrief.search.topics import EXPLAINED, SparseCode, learned, strongest_rows

Ask = Callable[[str, list[str]], str]
"""Answers a question about pictures, which are given as `data:` addresses."""

LIT = 0.2  # share of a feature's largest activity above which a patch is lit, and the feature active
SHOWN = 192  # pixels of a picture on the page
LEAST = 2 * EXPLAINED  # pictures on which a feature is active: five to name it by, five to test the name
OFTEN = 0.5  # share of the pictures from which a feature says little of any of them
NAME = (
    "Five pictures show only the regions where one feature of a vision model is active; the rest is black. "
    "Say what the lit regions share, in at most five words. Answer NONE if they share nothing."
)
TEST = (
    "Only the lit region of this picture counts; the rest is black. Does it show: {name}? Answer yes or no."
)


class Vision(NamedTuple):
    """A model of transformers that takes pictures, with its processor; `token` is that of picture places."""

    model: Any
    processor: Any
    token: int | None = None


class Shown(NamedTuple):
    """A feature: its five strongest pictures (rows) with their lit patches (5, patches), the share of all
    pictures on which it is active, its name ("" for none), and how many of its `tests` the name passed.
    """

    number: int
    pictures: tuple[int, ...]
    lit: Bools
    often: float
    name: str = ""
    right: int = 0
    tests: int = 0


# ── the model ───────────────────────────────────────────────────────────────────────────────────────


def vision_opened(place: Path) -> Vision:
    """The vision model of a folder, frozen. Raises LabUnmet where there is none, LabError that says why."""
    require(("transformers", "PIL"), extra="lab-features")
    from transformers import (
        AutoConfig,
        AutoImageProcessor,
        AutoModel,
        AutoModelForImageTextToText,
        AutoProcessor,
    )

    if not (place / "config.json").is_file():
        raise LabUnmet(f"{place} holds no model", hint="give a folder with config.json and weights")
    try:
        config = AutoConfig.from_pretrained(place, local_files_only=True)
        token = getattr(config, "image_token_id", None) or getattr(config, "image_token_index", None)
        kind, reader = (
            (AutoModel, AutoImageProcessor) if token is None else (AutoModelForImageTextToText, AutoProcessor)
        )
        model: Any = kind.from_pretrained(place, local_files_only=True)
        processor = reader.from_pretrained(place, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as broken:
        raise LabError(
            f"{place} cannot be opened: {(str(broken).splitlines() or [repr(broken)])[0][:200]}",
            hint="give a vision model in transformers' form, with its processor",
        ) from broken
    return Vision(model.eval().requires_grad_(requires_grad=False), processor, token)


@torch.no_grad()
def patches(
    known: Vision, name: str, images: Floats, *, batch: int = 8,
    tell: Callable[[str], None] = lambda _text: None,
) -> Floats:  # fmt: skip
    """The activations of layer `name` on patches of pictures (n, side, side, 3): (n, patches, d).

    Tokens that stand for the whole picture, in front of its patches, are left out. Raises LabError for a
    layer whose tokens are no square of patches.
    """
    layer, rows = Layer(known.model, name), []
    for start in range(0, len(images), batch):
        part = [(image * 255).astype(np.uint8) for image in images[start : start + batch]]
        given = _given(known, part)
        with layer.captured(last=True) as outputs:
            known.model(**given)
        rows.append(_of_patches(known, given, outputs[0]).float().numpy())
        tell(f"pictures {min(start + batch, len(images))} of {len(images)}")
    return np.concatenate(rows)


def _given(known: Vision, images: list[Any]) -> Any:
    if known.token is None:
        return known.processor(images=images, return_tensors="pt")
    place = known.processor.tokenizer.convert_ids_to_tokens(known.token)
    return known.processor(images=images, text=[place] * len(images), return_tensors="pt")


def _of_patches(known: Vision, given: Any, vectors: torch.Tensor) -> torch.Tensor:
    """The rows of a square of patches, (n, patches, d)."""
    count = len(given["pixel_values"])
    if vectors.ndim == 4:  # (n, d, height, width) of a convolutional network
        vectors = vectors.flatten(2).transpose(1, 2)
    if known.token is not None:
        marked = given["input_ids"] == known.token
        sizes = set(marked.sum(dim=1).tolist())
        if vectors.shape[:2] != marked.shape or len(sizes) > 1:
            raise LabError(f"the layer holds {tuple(vectors.shape)}, no tokens of text", hint="name another")
        vectors = vectors[marked].view(count, sizes.pop(), -1)[:, : _base(known.model.config)]
    side = isqrt(vectors.shape[1]) if vectors.ndim == 3 else 0
    if len(vectors) != count or side < 2:
        raise LabError(f"the layer holds {tuple(vectors.shape)}, no patches of pictures", hint="name another")
    return vectors[:, vectors.shape[1] - side * side :]


def _base(config: Any) -> int | None:
    """The patches of a whole picture, where a model looks at its parts again; None where it says nothing."""
    eye = getattr(config, "vision_config", None)
    side, patch = getattr(eye, "image_size", None), getattr(eye, "patch_size", None)
    return (side // patch) ** 2 if isinstance(side, int) and isinstance(patch, int) else None


# ── features ────────────────────────────────────────────────────────────────────────────────────────


def learned_of(
    vectors: Floats, width: int, active: int, *, steps: int, seed: int
) -> tuple[SparseCode, Floats]:
    """A sparse code of patches (n, patches, d), and its activity, (n, patches, width)."""
    rows = vectors.reshape(-1, vectors.shape[-1])
    rows = rows / np.float32(max(1e-8, float(np.sqrt((rows**2).mean()))))
    code = learned(rows, width, active, steps=steps, seed=seed)
    parts = [code.encode(rows[start : start + 4096]) for start in range(0, len(rows), 4096)]
    return code, np.concatenate(parts).reshape(*vectors.shape[:2], width)


def shown(activity: Floats, most: int) -> list[Shown]:
    """The features that single out some pictures, the strongest first.

    activity: (pictures, patches, features). Those that are active on nearly all pictures, as on edges or
    brightness, are left out: they would head every list and say little.
    """
    whole = activity.max(axis=1)
    counts = (whole > LIT * np.maximum(whole.max(axis=0), 1e-8)).sum(axis=0)
    chosen = np.flatnonzero((counts >= LEAST) & (counts <= OFTEN * len(activity)))
    peaks = np.sort(whole[:, chosen], axis=0)[-EXPLAINED:].mean(axis=0)
    features = []
    for feature in chosen[np.argsort(-peaks, kind="stable")][:most]:
        rows = strongest_rows(whole[:, feature], EXPLAINED)
        lit = lit_patches(activity, int(feature), rows)
        often = float(counts[feature] / len(activity))
        features.append(Shown(int(feature), tuple(map(int, rows)), lit, often))
    return features


def lit_patches(activity: Floats, feature: int, rows: Any) -> Bools:
    """The patches of some pictures on which a feature is active, (rows, patches)."""
    lit: Bools = activity[rows, :, feature] > LIT * float(activity[:, :, feature].max())
    return lit


def named_by(
    ask: Ask, features: Sequence[Shown], activity: Floats, images: Floats, rng: np.random.Generator
) -> list[Shown]:
    """Each feature with the larger model's name, and how far it holds on pictures it was not made from.

    images: (pictures, side, side, 3), the side a multiple of the patches of a row.
    """
    return [_named(ask, feature, features, activity, images, rng) for feature in features]


def _named(
    ask: Ask,
    feature: Shown,
    features: Sequence[Shown],
    activity: Floats,
    images: Floats,
    rng: np.random.Generator,
) -> Shown:
    answer = ask(NAME, _cut(images, feature.pictures, feature.lit)).strip().strip(".\"'")
    name = " ".join(answer.split()[:8])
    others = [other for other in features if other.number != feature.number]
    if not name or name.upper() == "NONE":
        return feature
    later = strongest_rows(activity[:, :, feature.number].max(axis=1), LEAST)[EXPLAINED:]
    trials = [
        (picture, True) for picture in _cut(images, later, lit_patches(activity, feature.number, later))
    ]
    for _ in range(EXPLAINED if others else 0):
        other = others[int(rng.integers(len(others)))]
        at = int(rng.integers(len(other.pictures)))
        trials += [(picture, False) for picture in _cut(images, other.pictures[at : at + 1], other.lit[at:])]
    question = TEST.format(name=name)
    right = sum(
        ask(question, [picture]).strip().lower().startswith("yes") is shows for picture, shows in trials
    )
    return feature._replace(name=name, right=right, tests=len(trials))


def _cut(images: Floats, rows: Any, lit: Bools) -> list[str]:
    return [picture_address(masked(images[row], patch)) for row, patch in zip(rows, lit, strict=False)]


# ── the larger model, and the page ──────────────────────────────────────────────────────────────────


def asker(base_url: str, model: str, key: str = "") -> Ask:
    """A vision model behind Chat Completions at `base_url` (…/v1). Its calls raise LabError."""
    chat = ServiceChat(base_url, model, key=key, max_tokens=40)

    def ask(order: str, pictures: list[str]) -> str:
        parts = [{"type": "image_url", "image_url": {"url": url}} for url in pictures]
        return chat.complete([{"role": "user", "content": [{"type": "text", "text": order}, *parts]}])

    return ask


def page_written(place: Path, features: Sequence[Shown], names: Sequence[str], images: Floats) -> None:
    """A page with a feature a row: its five pictures lit, its name with its test. Raises LabError."""
    rows = []
    for feature in features:
        lit = "".join(
            f'<img src="{address}" alt="{html.escape(names[row])}" title="{html.escape(names[row])}">'
            for address, row in zip(
                _cut(images, feature.pictures, feature.lit), feature.pictures, strict=True
            )
        )
        result = f"{feature.right} of {feature.tests} tests right" if feature.tests else "no name"
        rows.append(
            f"<section><h2>{html.escape(feature.name) or f'feature {feature.number}'}</h2>"
            f"<p>{result}; active on {feature.often:.0%} of the pictures</p><div>{lit}</div></section>"
        )
    text = PAGE.replace("ROWS", "\n".join(rows) or "<p>No feature singles out some of the pictures.</p>")
    try:
        replace_file(place, text.encode())
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another --page"
        ) from refused


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Features</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
h2 { font-size: 1.1rem; margin: 1.5rem 0 0 }
p { margin: 0 0 .5rem }
div { display: flex; flex-wrap: wrap; gap: .5rem }
img { width: 11rem; height: 11rem; image-rendering: auto }
</style>
<h1>Features, by the pictures where they are strongest</h1>
<p>Lit is where a feature is active; its name is a larger model's, tested on other pictures.</p>
ROWS
</html>
"""
