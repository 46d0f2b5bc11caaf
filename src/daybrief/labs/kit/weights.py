"""Causal language models of transformers, from a folder or from a GGUF file; nothing is downloaded.

The packed weights of a GGUF file are unpacked at once: packed ones would be unpacked anew in every pass, and
a gradient cannot flow through them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit.lab import require


class Opened(NamedTuple):
    """A model of transformers, frozen, with its tokenizer."""

    model: Any
    tokenizer: Any


def opened(place: Path, *, extra: str = "labs", device: str = "cpu", dtype: str = "float32") -> Opened:
    """The causal model of a folder, of the one `.gguf` file in it, or of such a file.

    dtype: the type of its weights by torch's name. Raises LabUnmet where there is none or transformers is
    missing, LabError for one that cannot be opened.
    """
    require(("transformers", "torch"), extra=extra)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    quiet: Any = logging
    quiet.disable_progress_bar()
    folder, options = _place(place, extra)
    options["local_files_only"] = True
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype), **options)
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as broken:
        raise LabError(
            f"{place} cannot be opened: {(str(broken).splitlines() or [repr(broken)])[0][:200]}",
            hint="give a causal language model in transformers' form",
        ) from broken
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    moved: Any = model
    return Opened(model=moved.to(device).eval().requires_grad_(requires_grad=False), tokenizer=tokenizer)


def _place(place: Path, extra: str) -> tuple[Path, dict[str, Any]]:
    """The folder that transformers is given, and what it is told."""
    if place.is_dir() and (place / "config.json").is_file():
        return place, {}
    packed = [place] if place.suffix == ".gguf" and place.is_file() else []
    packed = sorted(place.glob("*.gguf")) if place.is_dir() else packed
    if len(packed) > 1:
        raise LabError(f"{place} holds {len(packed)} .gguf files", hint="leave one of them, or name one")
    if not packed:
        raise LabUnmet(
            f"{place} holds no model",
            hint="give a folder with config.json and weights, or one .gguf file",
        )
    require(("gguf",), extra=extra)
    from transformers import GgufConfig

    unpacked = GgufConfig(dequantize=True)
    return packed[0].parent, {"gguf_file": packed[0].name, "quantization_config": unpacked}
