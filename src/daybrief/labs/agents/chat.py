"""Chat models: an OpenAI-compatible service, a GGUF file behind loopback, or one whose weights are unpacked.

An answer is text and nothing is believed of it. A service that is busy is asked again; what stays broken is a
LabError that names the address.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit.chat import Message, ServiceChat
from daybrief.labs.kit.weights import Opened

_MAGIC = b"GGUF"
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of GGUF's scalars
_STRING, _ARRAY = 8, 9
_TEMPLATE = "tokenizer.chat_template"
_MOST_ENTRIES = 10_000_000


class Chat(Protocol):
    """Completes a conversation."""

    def complete(self, messages: list[Message]) -> str:
        """The model's next message. Raises LabError when there is none."""
        ...


class UnpackedChat:
    """A model of transformers that answers greedily, and reads again only what has changed.

    A conversation that begins as the last one did goes on from the keys and values held of it. On a processor
    whose packed arithmetic is slow, unpacked weights read a prompt several times faster.
    """

    def __init__(self, known: Opened, *, max_tokens: int = 80) -> None:
        if not getattr(known.tokenizer, "chat_template", None):
            raise LabError("the tokenizer has no chat template", hint="give a model trained to converse")
        self._model, self._tokenizer, self._longest = known.model, known.tokenizer, max_tokens
        self._held: list[int] = []
        self._cache: Any = None

    def complete(self, messages: list[Message]) -> str:
        """The likeliest next message, cut at `max_tokens`."""
        import torch
        from transformers import DynamicCache

        text = self._tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        tokens = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        shared = _shared(self._held, tokens)
        if self._cache is None:
            self._cache = DynamicCache()
        elif shared < len(self._held):
            self._cache.crop(shared - len(self._held))
        answer: list[int] = []
        part = tokens[shared:]
        with torch.no_grad():
            for _ in range(self._longest):
                given = torch.tensor([part], device=self._model.device)
                out = self._model(input_ids=given, cache=self._cache, use_cache=True, logits_to_keep=1)
                self._held = [*tokens, *answer]
                part = [int(out.logits[0, -1].argmax())]
                if part[0] in self._ends():
                    break
                answer += part
        return str(self._tokenizer.decode(answer, skip_special_tokens=True))

    def _ends(self) -> set[int]:
        stated = self._model.generation_config.eos_token_id
        listed = stated if isinstance(stated, list) else [stated]
        return {int(end) for end in (*listed, self._tokenizer.eos_token_id) if end is not None}


def _shared(cached: list[int], tokens: list[int]) -> int:
    """How many tokens two conversations begin with; at least one of the new one is left to be read."""
    most = min(len(cached), len(tokens) - 1)
    return next((at for at in range(most) if cached[at] != tokens[at]), most)


# ── a local file ────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def local_chat(
    path: Path, *, max_tokens: int = 80, context: int = 4_096, threads: int = 1
) -> Iterator[ServiceChat]:
    """A GGUF file served by xllamacpp on loopback while the block runs.

    Raises LabUnmet without xllamacpp, LabError for a file that is no GGUF, has no chat template, or that
    does not fit into memory.
    """
    if not has_chat_template(path):
        raise LabError(
            f"{path} has no chat template: it is no model that was trained to converse",
            hint="give an instruction-tuned GGUF, or serve the file yourself and give --base-url",
        )
    try:
        import xllamacpp
    except ImportError as missing:
        raise LabUnmet("xllamacpp cannot be imported", hint="install it: pip install xllamacpp") from missing
    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.n_ctx = context
    settings.n_parallel = 1
    settings.cpuparams.n_threads = threads
    settings.cpuparams_batch.n_threads = threads
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.warmup, settings.verbosity = False, -1
    try:
        server = xllamacpp.Server(settings)
    except (MemoryError, RuntimeError) as refused:
        raise LabError(
            f"{path} cannot be loaded: {str(refused) or 'out of memory'}",
            hint="see that the file is whole and fits into memory, or take a smaller model",
        ) from refused
    yield ServiceChat(f"{server.listening_address}/v1", path.stem, max_tokens=max_tokens, timeout_s=600.0)
    del server


def has_chat_template(path: Path) -> bool:
    """Whether a GGUF file says how a conversation is written. Raises LabError for anything else."""
    try:
        with path.open("rb") as file:
            return _has_key(file, _TEMPLATE, path)
    except OSError as refused:
        raise LabError(
            f"{path} cannot be read: {refused.strerror or refused}", hint="give a GGUF file"
        ) from refused
    except (struct.error, UnicodeDecodeError, KeyError, OverflowError) as broken:
        raise LabError(f"{path} is cut short or damaged", hint="fetch the file again") from broken


def _has_key(file: BinaryIO, key: str, path: Path) -> bool:
    if file.read(4) != _MAGIC:
        raise LabError(f"{path} is no GGUF file", hint="give a model in the GGUF form")
    _version, _tensors, entries = struct.unpack("<IQQ", file.read(20))
    for _ in range(min(entries, _MOST_ENTRIES)):
        name = file.read(struct.unpack("<Q", file.read(8))[0]).decode()
        if name == key:
            return True
        _skip(file, struct.unpack("<I", file.read(4))[0])
    return False


def _skip(file: BinaryIO, kind: int) -> None:
    """Move past one value of the head; an array is skipped value by value where its values vary in size."""
    if kind == _STRING:
        file.seek(struct.unpack("<Q", file.read(8))[0], 1)
    elif kind == _ARRAY:
        inner, count = struct.unpack("<IQ", file.read(12))
        if inner in _SIZES:
            file.seek(_SIZES[inner] * count, 1)
            return
        for _ in range(min(count, _MOST_ENTRIES)):
            _skip(file, inner)
    else:
        file.seek(_SIZES[kind], 1)
