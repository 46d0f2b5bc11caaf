"""A GGUF file served on loopback, so that the agents reach it as they reach any chat service.

The server runs in this process and ends with it. A file that cannot be read is a LabError that names it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit.chat import Message, ServiceChat

_MAGIC = b"GGUF"
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of GGUF's scalars
_STRING, _ARRAY = 8, 9
_TEMPLATE = "tokenizer.chat_template"
_MOST_ENTRIES = 10_000_000
_KEPT_MIB = 512  # of prompts that were read before
PATIENCE_S = 600.0  # a long prompt on a busy machine


class Chat(Protocol):
    """Completes a conversation."""

    def complete(self, messages: list[Message]) -> str:
        """The model's next message. Raises LabError when there is none."""
        ...


# ── a local file ────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def local_chat(path: Path, *, max_tokens: int = 80) -> Iterator[ServiceChat]:
    """A GGUF file as a chat that answers greedily while the block runs; raises as `served` does."""
    with served(path) as address:
        yield ServiceChat(address, path.stem, max_tokens=max_tokens, timeout_s=PATIENCE_S)


@contextmanager
def served(path: Path, *, context: int = 4_096) -> Iterator[str]:
    """The address (…/v1) at which xllamacpp serves a GGUF file on loopback while the block runs.

    The weights stay packed, and what a prompt shares with the one before is not read again. Raises LabUnmet
    without xllamacpp, LabError for a file that is no GGUF, has no chat template, or does not fit into memory.
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
    settings.cache_ram_mib = _KEPT_MIB
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = _threads()
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
    yield f"{server.listening_address}/v1"
    del server


def _threads() -> int:
    """All cores but one: threads wait for one another, so a core that does other work would hold all up."""
    return max(1, (os.cpu_count() or 1) - 1)


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
