"""Claims of SciFact against abstracts: what `daybrief verify` calls contradicted and confirmed.

    python benchmarks/scifact.py --data ../shared/data/claims/scifact_pairs.jsonl [--json] [--show train]

Expert-written claims, each with an abstract that supports it, contradicts it or says nothing of it (Wadden et
al. 2020). The bounds of `audit.confirmation` and the words of the checks may be chosen on `train`; `dev` is
only measured. A claim is judged as a sentence of anybody's digest, without a quote. Published for comparison:
RoBERTa-large with the rationales given has a label F1 near 0.8; here no rationale is given.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from daybrief.app.ports import Ports
from daybrief.app.reading import audit_checks
from daybrief.audit.inspection import verdict_of
from daybrief.config import load
from daybrief.model import Claim, Item

LABEL_OF = {"contradicted": "CONTRADICT", "confirmed": "SUPPORT"}


def measured(path: Path, show: str = "") -> dict[str, Any]:
    """Precision and recall by split, and the table of verdicts by label."""
    checks = audit_checks(Ports(load(None, {}), {})).free
    table: dict[str, Counter[tuple[str, str]]] = {"train": Counter(), "dev": Counter()}
    shown = []
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        item = Item(
            key=str(row["doc_id"]), source="scifact", kind="paper", title="", url="", text=row["abstract"]
        )
        claim = Claim(text=row["claim"], part="finding", quotes=(), stories=(), language="en")
        finding = verdict_of(claim, [item], [check.check(claim, [item]) for check in checks])
        table[row["split"]][finding.verdict, row["label"]] += 1
        if row["split"] == show and finding.verdict in LABEL_OF:
            shown.append(f"{finding.verdict} {row['label']}: {row['claim']} [{finding.check} {finding.why}]")
    return {split: _figures(counted) for split, counted in table.items()} | ({"shown": shown} if show else {})


def _figures(counted: Counter[tuple[str, str]]) -> dict[str, Any]:
    report: dict[str, Any] = {"claims": counted.total()}
    for verdict, label in LABEL_OF.items():
        total = sum(n for (outcome, _), n in counted.items() if outcome == verdict)
        right = counted[verdict, label]
        there = sum(n for (_, meant), n in counted.items() if meant == label)
        report[verdict] = {
            "said": total, "right": right, "of": there,
            "precision": round(right / total, 4) if total else None, "recall": round(right / there, 4),
        }  # fmt: skip
    report["table"] = {f"{outcome} / {label}": n for (outcome, label), n in sorted(counted.items())}
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one line, not indented")
    parser.add_argument("--show", default="", choices=("", "train"), help="the claims themselves")
    options = parser.parse_args()
    report = measured(options.data, options.show)
    print(json.dumps(report, ensure_ascii=False, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
