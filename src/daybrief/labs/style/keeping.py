"""The small model and its adaptations as files, and pictures of one's own for it.

A file is read with pickles refused, and written whole or not at all.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from torch import nn

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError, LabUnmet
from daybrief.labs.style.alignment import joined
from daybrief.labs.style.model import NO_CONTENT, Lora, Painter, Shape
from daybrief.labs.style.pictures import CONTENTS, FAMILIES, SIDE, Floats, contents, styles
from daybrief.labs.style.pipelines import picture
from daybrief.labs.style.samplers import SD3
from daybrief.labs.style.tuning import Lesson, pretrained

BASE = "base.pt"
LORA = "adaptation.pt"
EACH = 200  # pictures of a content that a base learns from
LESSON, SHAPE = Lesson(), Shape()


def shown(place: Path) -> tuple[list[str], list[int], Floats]:
    """The pictures of a folder, or one: names, contents, and (n, 3, 32, 32) from -1 to 1.

    NAME.txt beside NAME.png may name a content of the small model. Raises LabError, LabUnmet.
    """
    endings = {".png", ".jpg", ".jpeg", ".webp"}
    places = [place] if place.is_file() else sorted(p for p in place.glob("*") if p.suffix.lower() in endings)
    if not places:
        raise LabUnmet(
            f"{place} holds no picture", hint="give a .png, .jpg or .webp file, or a folder of them"
        )
    rows = np.stack([picture(p, SIDE).numpy() for p in places])
    captions = [p.with_suffix(".txt") for p in places]
    kind = [kinds([p.read_text("utf-8").strip()])[0] if p.is_file() else NO_CONTENT for p in captions]
    return [p.name for p in places], kind, rows


def kinds(names: Sequence[str]) -> list[int]:
    """The places of contents in CONTENTS. Raises LabError that lists them."""
    for name in names:
        if name not in CONTENTS:
            raise LabError(
                f"the small model knows no {name!r}",
                hint=f"it knows {', '.join(CONTENTS)}; give a pipeline with --weights for anything else",
            )
    return [CONTENTS.index(name) for name in names]


def base(
    place: Path,
    lesson: Lesson = LESSON,
    *,
    shape: Shape = SHAPE,
    each: int = EACH,
    tell: Callable[[str], None] = lambda _text: None,
) -> Painter:
    """The small model of a file; made from nothing, which takes minutes, and written there when absent."""
    if place.exists():
        return base_read(place)
    tell(f"no model at {place}: it is made from nothing")
    rng = np.random.default_rng(1000)
    known = joined([styles(4, rng, family) for family in FAMILIES])
    model = pretrained(shape, SD3, lesson, contents(each, 1000), known, 1000, tell)
    _put(place, {"shape": msgspec.to_builtins(shape), "weights": model.state_dict()})
    return model


def base_read(place: Path) -> Painter:
    """The small model of a file. Raises LabUnmet when absent, LabError when damaged."""
    checkpoint = _got(place, "daybrief lab use style tune IMAGES makes one")
    try:
        model = Painter(msgspec.convert(checkpoint["shape"], Shape))
        model.load_state_dict(checkpoint["weights"])
    except (KeyError, TypeError, RuntimeError, msgspec.ValidationError) as broken:
        raise _damaged(place, broken) from broken
    return model.eval().requires_grad_(requires_grad=False)


def lora_saved(lora: Lora, place: Path) -> Path:
    """Write an adaptation."""
    parts = {"rank": lora.rank, "groups": lora.groups, "words": lora.words, "weights": lora.state_dict()}
    _put(place, parts)
    return place


def lora_read(place: Path, model: Painter) -> Lora:
    """An adaptation of a model. Raises LabUnmet when absent, LabError when damaged or of another model."""
    checkpoint = _got(place, "daybrief lab use style tune IMAGES")
    try:
        lora = Lora(
            model, checkpoint["rank"], checkpoint["groups"], torch.Generator(), words=checkpoint["words"]
        )
        lora.load_state_dict(checkpoint["weights"])
    except (KeyError, TypeError, RuntimeError, ValueError) as broken:
        raise _damaged(place, broken) from broken
    return _frozen(lora)


def _frozen(lora: Lora) -> Lora:
    nn.Module.requires_grad_(lora, requires_grad=False)
    return lora


def _put(place: Path, parts: dict[str, Any]) -> None:
    buffer = io.BytesIO()
    torch.save(parts, buffer)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, buffer.getvalue())
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another place"
        ) from refused


def _got(place: Path, hint: str) -> dict[str, Any]:
    if not place.is_file():
        raise LabUnmet(f"{place} is not there", hint=hint)
    try:
        checkpoint = torch.load(place, weights_only=True, map_location="cpu")
    except Exception as broken:
        raise _damaged(place, broken) from broken
    if not isinstance(checkpoint, dict):
        raise _damaged(place, TypeError(type(checkpoint).__name__))
    return checkpoint


def _damaged(place: Path, broken: Exception) -> LabError:
    reason = (str(broken).splitlines() or [type(broken).__name__])[0][:120]
    return LabError(f"{place} is damaged or of another model: {reason}", hint="remove it and tune again")
