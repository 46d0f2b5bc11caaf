"""The worth of an NLI model in a folder, one that we make, to the check `entailment`, on judged summaries.

    python benchmarks/nli_quality.py --data ../shared/data [--folder FOLDER] [--json]

Makes the model of `train_nli.py` where FOLDER does not hold it yet (by default one in the user's cache, named
after the scripts that make it), lets `open_nli` load it, and measures it as `faithfulness.py --model`
does. A folder with a model of yours is measured as it stands. Fifteen minutes of one core.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from faithfulness import measured

FILES = (("CLIFF", "aggrefact_CLIFF.jsonl.gz"), ("Goyal21", "aggrefact_Goyal21.jsonl.gz"))
MADE_BY = ("train_nli.py", "train_support.py", "support_pairs.py")
PAIRS = 1_500
WAYS = {
    "trained": "bound from all training pairs",
    "free": "bound from pairs written freely",
    "halved": "bound from the validation half, figure on the test half",
}


def cached() -> Path:
    """A folder of the user's cache that no other version of the scripts shares."""
    here = Path(__file__).parent
    mark = hashlib.sha256(b"".join((here / name).read_bytes() for name in MADE_BY)).hexdigest()[:12]
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "daybrief" / f"nli-{mark}"


def ready(folder: Path, shared: Path) -> Path:
    """The folder, made where it holds no model."""
    if not (folder / "model.onnx").is_file():
        from train_nli import made

        arxiv = shared / "arxiv" / "arxiv_2024-07_2024-08_ai.jsonl.gz"
        made(arxiv, shared / "scitldr" / "SciTLDR-A_train.jsonl", PAIRS, folder)
    return folder


def figures(name: str, report: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The rows of docs/figures.md for one file."""
    yield {"what": f"{name}: rows / faithful", "measured": f"{report['rows']} / {report['faithful']}"}
    for way, title in WAYS.items():
        ours, theirs = report["model"][way], report["lexical_overlap"][way]
        if ours and theirs:
            low, high = ours["interval"]
            value = f"**{ours['balanced_accuracy']:.3f}** ({low:.3f} – {high:.3f})"
            overlap = f"overlap {theirs['balanced_accuracy']:.3f}"
            gap = report["model_ahead_of_overlap"][way]
            low, high = gap["interval"]
            ahead = f"ahead by {gap['mean']:.3f} ({low:.3f} – {high:.3f})"
            yield {"what": f"{name}: balanced accuracy, {title}", "measured": f"{value}; {overlap}; {ahead}"}
    areas = (report[of]["area_under_curve"] for of in ("model", "ours", "lexical_overlap"))
    value = " / ".join(f"{area:.3f}" for area in areas)
    yield {"what": f"{name}: area under curve, model / embedded scorer / overlap", "measured": value}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the shared data folder")
    parser.add_argument("--folder", type=Path, default=cached())
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    folder = ready(options.folder, options.data)
    reports = {name: measured(options.data / "faithfulness" / file, str(folder)) for name, file in FILES}
    rows = [row for name, report in reports.items() for row in figures(name, report)]
    summary = {"figures": rows, **{name: report["model"] for name, report in reports.items()}}
    print(json.dumps(summary, ensure_ascii=False, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
