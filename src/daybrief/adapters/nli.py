"""Any local NLI model as `ports.Entailment`: a folder with `model.onnx`, `tokenizer.json` and `config.json`.

That is how `optimum-cli export onnx --task text-classification` leaves a model. The source is the premise,
the claim the hypothesis. A source longer than the model reads is read in overlapping passages, and the best
counts (as SummaC does; Laban et al., TACL 2022). Needs the extra `nli` (onnxruntime, tokenizers), imported
when a folder is opened; nothing is ever downloaded, no code of the model is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from daybrief.errors import ConfigError

LIMITS = "An NLI model of yours, not measured by us: run benchmarks/faithfulness.py --model on it first."
LONGEST = 512
"""Tokens a model reads at once, where its configuration does not say less."""

_OVERLAP = 64  # tokens two passages share
_FEWEST = 32  # tokens a model must be able to read
_BATCH = 16  # passages a run
_MOST_EVIDENCE = 200_000  # characters of a source
_MOST_CLAIM = 4_000  # characters of a claim
_SUPPORTS = ("entailment", "entail", "entails", "supported", "support", "supports", "consistent")
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class _Config(msgspec.Struct, frozen=True):
    """What is read of `config.json`."""

    id2label: dict[str, str] = {}
    max_position_embeddings: int = LONGEST


class Nli:
    """Implements `ports.Entailment` with ONNX Runtime on one thread, so that figures do not change."""

    limits = LIMITS

    def __init__(self, session: Any, tokenizer: Any, label: int, longest: int) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest, stride=min(_OVERLAP, longest // 4), strategy="only_first")
        self._session = session
        self._tokenizer = tokenizer
        self._label = label
        self._room = longest // 2  # tokens of a claim: the rest is for a passage of the source
        self._inputs = [given.name for given in session.get_inputs()]

    def score(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """For each (claim, evidence) the probability that some passage of the evidence entails the claim."""
        return tuple(self._best(claim, evidence) for claim, evidence in pairs)

    def _best(self, claim: str, evidence: str) -> float:
        whole = self._tokenizer.encode(evidence[:_MOST_EVIDENCE], self._shortened(claim[:_MOST_CLAIM]))
        passages = [whole, *whole.overflowing]
        return max(
            chance
            for at in range(0, len(passages), _BATCH)
            for chance in self._run(passages[at : at + _BATCH])
        )

    def _shortened(self, claim: str) -> str:
        places = self._tokenizer.encode(claim, add_special_tokens=False).offsets
        return claim[: places[self._room][0]] if len(places) > self._room else claim

    def _run(self, passages: Sequence[Any]) -> Iterator[float]:
        longest = max(len(passage.ids) for passage in passages)
        rows = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
        fed = {
            name: np.array([_padded(getattr(passage, rows[name]), longest) for passage in passages], np.int64)
            for name in self._inputs
        }
        logits = np.asarray(self._session.run(None, fed)[0], np.float64)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        for chance in odds[:, self._label] / odds.sum(axis=1):
            yield float(np.nan_to_num(chance, nan=0.0))


def _padded(values: Sequence[int], length: int) -> list[int]:
    return [*values, *[0] * (length - len(values))]


def open_nli(folder: str) -> Nli:
    """The model in a folder. Raises ConfigError that names the missing extra, file, input or label."""
    try:
        import onnxruntime
        import tokenizers
    except ImportError as missing:
        raise ConfigError(
            f"an NLI model needs {missing.name}", hint="pip install 'daybrief[nli]'"
        ) from missing
    model, words, settings = (_file(folder, name) for name in ("model.onnx", "tokenizer.json", "config.json"))
    config = _config(settings)
    label = _label(config, settings)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(words))
    except Exception as broken:  # both libraries raise types of their own, some of them bare Exception
        raise ConfigError(f"the NLI model in {folder!r} cannot be loaded: {broken}") from broken
    _fit(session, config, folder)
    return Nli(session, tokenizer, label, max(_FEWEST, min(LONGEST, config.max_position_embeddings)))


def _file(folder: str, name: str) -> Path:
    """One of the three files, in the folder or its `onnx` folder."""
    for path in (Path(folder) / name, Path(folder) / "onnx" / name):
        if path.is_file():
            return path
    raise ConfigError(
        f"the NLI model {folder!r} lacks {name}",
        hint="export it with `optimum-cli export onnx --task text-classification`",
    )


def _config(path: Path) -> _Config:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Config)
    except (msgspec.DecodeError, OSError) as broken:
        raise ConfigError(f"{path} is no model configuration: {broken}") from broken


def _label(config: _Config, path: Path) -> int:
    """Which output means support; raises ConfigError that lists the labels."""
    for number, label in config.id2label.items():
        if label.lower() in _SUPPORTS and number.isdigit():
            return int(number)
    known = ", ".join(config.id2label.values()) or "none"
    raise ConfigError(
        f"{path} has no label that means support (it has: {known})", hint='call one "entailment" in id2label'
    )


def _fit(session: Any, config: _Config, folder: str) -> None:
    """Whether the graph takes what we have and answers with a figure a label."""
    strange = [given.name for given in session.get_inputs() if given.name not in _INPUTS]
    if strange:
        raise ConfigError(f"the NLI model in {folder!r} wants {strange[0]!r}", hint=f"known are {_INPUTS}")
    shape = session.get_outputs()[0].shape
    if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != len(config.id2label)):
        raise ConfigError(
            f"the NLI model in {folder!r} answers {shape}, not a figure for each of "
            f"{len(config.id2label)} labels"
        )
