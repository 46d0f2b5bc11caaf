"""How many new prompts the guard judges a second of processor time, and where the time goes.

    python benchmarks/guard_speed.py [--encoders words,minilm] [--json]

One thread. Processor time, not the clock: a machine that does other work beside it makes the clock slower and
this figure hardly. Every prompt is new, so nothing is remembered. For a packaged encoder with weights of its
own the same graph is tried with weights of eight bits (onnxruntime's dynamic quantisation, per channel): how
fast it encodes, how far its vectors lie from the full ones, and how far from themselves when a text is
encoded alone instead of in a batch.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np

from daybrief.adapters.encoders import LocalEmbedder, open_embedder
from daybrief.errors import ConfigError
from daybrief.guard import PairClassifier
from daybrief.guard.examples import built_in, written_in
from daybrief.guard.scope import WordEncoder
from daybrief.ports import QueryEmbedder

SCOPE = "Help with cooking: recipes, ingredients, cooking times."
PROMPTS = 200
ROUNDS = 3
CACHE = Path(gettempdir()) / "daybrief-guard"


def prompts(number: int) -> list[str]:
    """New ones for every round, of one sentence each."""
    return [f"how long do I cook dish number {at} of {number}" for at in range(PROMPTS)]


def fastest(work: Callable[[int], Any]) -> float:
    """The least processor seconds of `ROUNDS` rounds."""
    seconds = []
    for number in range(ROUNDS):
        start = time.process_time()
        work(number)
        seconds.append(time.process_time() - start)
    return min(seconds)


def guard_rows(name: str, embedder: QueryEmbedder) -> Iterator[dict[str, str]]:
    """The whole guard, its encoder alone, and all but the encoder."""
    latin = embedder.latin_only
    given = built_in(np.random.default_rng(0), written_in(latin_only=latin), 3)
    guard = PairClassifier.fit(embedder, given, seed=0)
    (scope,) = guard.encoder.scopes([SCOPE])

    def judged(number: int) -> None:
        encoded = guard.encoder.prompts(prompts(number), keep=False)
        guard.encoded_logits([scope] * PROMPTS, encoded)

    whole, alone = fastest(judged), fastest(lambda number: embedder.embed(prompts(number)))
    yield {
        "what": f"`{name}`: new prompts judged a second",
        "asked": "≥ 500",
        "measured": f"**{PROMPTS / whole:.0f}**; encoding takes {1000 * alone / PROMPTS:.2f} ms a prompt, "
        f"the rest {1000 * max(0.0, whole - alone) / PROMPTS:.2f} ms",
    }


def eight_bits(name: str, embedder: LocalEmbedder) -> Iterator[dict[str, str]]:
    """The encoder with weights of eight bits, in batches and text by text."""
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = np.array(embedder.embed(prompts(0)))
    models = sorted((CACHE / "models").glob("*.onnx"))
    with tempfile.TemporaryDirectory() as folder:
        small = str(Path(folder) / "small.onnx")
        quantize_dynamic(
            str(models[0]), small, weight_type=QuantType.QInt8, per_channel=True,
            op_types_to_quantize=["MatMul"],
        )  # fmt: skip
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(small, options, providers=["CPUExecutionProvider"])
    embedder._session = session
    batched, single = np.array(embedder.embed(prompts(0))), one_by_one(embedder, 0)
    fast = PROMPTS / fastest(lambda number: embedder.embed(prompts(number)))
    slow = PROMPTS / fastest(lambda number: one_by_one(embedder, number))
    yield {
        "what": f"`{name}` with weights of eight bits: prompts encoded a second",
        "asked": "–",
        "measured": f"{fast:.0f} in batches, {slow:.0f} one by one; cosine with the full vectors at least "
        f"{(full * batched).sum(1).min():.3f}; of one text alone and in a batch at least "
        f"{(single * batched).sum(1).min():.4f}",
    }


def one_by_one(embedder: QueryEmbedder, number: int) -> np.ndarray:
    return np.array([embedder.embed([text])[0] for text in prompts(number)])


def rows(encoders: list[str]) -> Iterator[dict[str, str]]:
    """Every encoder that is installed."""
    for name in encoders:
        try:
            embedder: QueryEmbedder | None = (
                WordEncoder() if name == "words" else open_embedder(name, cache=CACHE, environment={})
            )
        except ConfigError:
            embedder = None
        if embedder is None:
            yield {"what": f"`{name}`", "measured": "skipped: its package is not installed"}
            continue
        yield from guard_rows(name, embedder)
        if isinstance(embedder, LocalEmbedder):
            yield from eight_bits(name, embedder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoders", default="words,minilm")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    figures = list(rows(given.encoders.split(",")))
    if given.json:
        print(json.dumps({"figures": figures}, ensure_ascii=False))
        return
    for row in figures:
        print(f"{row['what']:<60} {row['measured']}")


if __name__ == "__main__":
    main()
