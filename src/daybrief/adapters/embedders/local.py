"""A sentence encoder in a folder, run by ONNX Runtime: nothing is downloaded, no code of the model is run.

The folder holds `tokenizer.json`, `config.json` and either `model.onnx` (also in `onnx/`) or
`model.safetensors` of a BERT-like model, whose graph is built at the first use and kept in the cache.
`1_Pooling/config.json` and `config_sentence_transformers.json` are heeded where they are. Needs the extra
`embed` (onnxruntime, tokenizers, safetensors, onnx), imported when a folder is opened.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from daybrief.adapters.embedders.graph import Encoder, Shape
from daybrief.errors import ConfigError

T = TypeVar("T")

LONGEST = 256
"""Tokens read of a text, where the model does not say less: an abstract."""

_BATCH = 16  # texts a run, of about one length
_EXTRA = "pip install 'daybrief[embed]'"


class _Prompts(msgspec.Struct, frozen=True):
    """What is read of `config_sentence_transformers.json`: the words some models want before a text."""

    prompts: dict[str, str] = {}


class _Pooling(msgspec.Struct, frozen=True):
    """What is read of `1_Pooling/config.json`."""

    pooling_mode_cls_token: bool = False


class LocalEmbedder:
    """Implements `ports.QueryEmbedder` on one thread, so that the same text always gets the same vector."""

    def __init__(
        self, session: Any, tokenizer: Any, name: str, prompts: dict[str, str], first: bool, latin: bool
    ) -> None:
        self.name = name
        self.latin_only = latin
        self._session = session
        self._tokenizer = tokenizer
        self._prompts = prompts
        self._first = first
        self._inputs = [given.name for given in session.get_inputs()]

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of length one a text, in order."""
        rows: list[list[float]] = self._embedded(texts, self._prompts.get("document", "")).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search."""
        (row,) = self._embedded([text], self._prompts.get("query", "")).tolist()
        return [float(value) for value in row]

    def _embedded(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch([prompt + text for text in texts])
        order = sorted(range(len(texts)), key=lambda n: len(encoded[n].ids))  # little padding in a batch
        rows: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(texts)
        for at in range(0, len(order), _BATCH):
            chosen = order[at : at + _BATCH]
            for place, vector in zip(chosen, self._run([encoded[n] for n in chosen]), strict=True):
                rows[place] = vector
        return np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    def _run(self, encoded: Sequence[Any]) -> NDArray[np.float32]:
        longest = max(len(one.ids) for one in encoded)
        parts = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        fed = {
            name: np.array(
                [[*getattr(one, parts[name]), *[0] * (longest - len(one.ids))] for one in encoded], np.int64
            )
            for name in self._inputs
        }
        told = np.asarray(self._session.run(None, fed)[0], np.float32)
        return _unit(told if told.ndim == 2 else self._pooled(told, fed["attention_mask"]))

    def _pooled(self, told: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        if self._first:
            return told[:, 0]
        weight = mask[:, :, None].astype(np.float32)
        return np.asarray((told * weight).sum(1) / weight.sum(1), np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.nan_to_num(vectors / np.maximum(sizes, 1e-12)), np.float32)


def open_folder(folder: Path, cache: Path) -> LocalEmbedder:
    """The model in a folder. Raises ConfigError that names the missing extra or file."""
    try:
        import onnxruntime
        import tokenizers
    except ImportError as missing:
        raise ConfigError(f"an embedding model needs {missing.name}", hint=_EXTRA) from missing
    shape = _read(folder / "config.json", Shape)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    first = _read(folder / "1_Pooling" / "config.json", _Pooling, needed=False).pooling_mode_cls_token
    model = _graph(folder, cache, shape, first)
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as broken:  # both libraries raise types of their own, some of them bare Exception
        raise ConfigError(f"the model in {folder} cannot be loaded: {broken}") from broken
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(LONGEST, shape.max_position_embeddings - shape.first_position))
    prompts = _read(folder / "config_sentence_transformers.json", _Prompts, needed=False).prompts
    return LocalEmbedder(
        session, tokenizer, f"{folder.name}-{digest(model)[:12]}", prompts, first, _is_latin(tokenizer)
    )


def _graph(folder: Path, cache: Path, shape: Shape, first: bool) -> Path:
    """The model's graph: the one in the folder, or one built from its weights, once."""
    for path in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if path.is_file():
            return path
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ConfigError(
            f"{folder} has neither model.onnx nor model.safetensors", hint="name the folder of a model"
        )
    built = cache / "models" / f"{digest(weights)[:12]}-{int(first)}.onnx"
    if not built.is_file():
        _put(built, _built(weights, shape, first))
    return built


def _built(weights: Path, shape: Shape, first: bool) -> bytes:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        return Encoder(load_file(weights), shape).build(first_token=first)
    except ImportError as missing:
        raise ConfigError(f"reading {weights} needs {missing.name}", hint=_EXTRA) from missing
    except (SafetensorError, OSError) as broken:
        raise ConfigError(f"{weights} cannot be read: {broken}") from broken


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(body)
    Path(part.name).replace(path)


def digest(path: Path) -> str:
    """The SHA-256 of a file. Raises ConfigError when it cannot be read."""
    try:
        with path.open("rb") as body:
            return hashlib.file_digest(body, "sha256").hexdigest()
    except OSError as gone:
        raise ConfigError(f"{path} cannot be read: {gone.strerror}", hint="check the folder") from gone


def _is_latin(tokenizer: Any) -> bool:
    """Whether the model knows too few Korean words to be asked about Korean text."""
    known: int = sum("가" <= piece.strip("▁#")[:1] <= "힣" for piece in tokenizer.get_vocab())
    return known < 1_000


def _read(path: Path, shape: type[T], *, needed: bool = True) -> T:
    """A JSON file as `shape`, or an empty one where it may be absent."""
    if not needed and not path.is_file():
        return shape()
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError) as broken:
        raise ConfigError(
            f"{path} cannot be read: {broken}", hint="name the folder of a sentence-transformers model"
        ) from broken
