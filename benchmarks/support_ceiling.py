"""How far could the words go at best? Models fitted to the scorer's features on half of the judged rows.

    python benchmarks/support_ceiling.py --data ../shared/data/faithfulness/aggrefact_CLIFF.jsonl.gz

Nothing made here is kept: the rows are for evaluation only, and a model fitted to them is a yardstick. The
validation half fits the model and chooses one bound for the file, the test half is measured; so for the
overlap of words. Needs scikit-learn (dependency group `train`).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from daybrief.checks.entailment import SourceWords, features
from faithfulness import area, balanced, records

STRENGTHS = (0.01, 0.1, 1.0)


def ranking_accuracy(scores: Any, true: Any, validation: Any) -> dict[str, float]:
    """Balanced accuracy on the test half, the bound from the other; and the area under the curve there."""
    bounds = np.unique(scores[validation])
    bound = max(bounds, key=lambda b: balanced(scores[validation] >= b, true[validation]))
    test = ~validation
    return {
        "balanced_accuracy": round(balanced(scores[test] >= bound, true[test]), 4),
        "area_under_curve": round(area(scores[test], true[test]), 4),
    }


def measured(path: Path) -> dict[str, Any]:
    rows = [row for row in records(path) if row.text and row.claim.strip()]
    table = np.array([features(row.claim, SourceWords(row.text)) for row in rows])
    true, validation = (np.array([getattr(row, of) for row in rows]) for of in ("true", "validation"))
    report = {"overlap": ranking_accuracy(-table[:, 0], true, validation)}
    for strength in STRENGTHS:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, class_weight="balanced"))
        scores = model.fit(table[validation], true[validation]).decision_function(table)
        report[f"fitted, C = {strength}"] = ranking_accuracy(scores, true, validation)
    return {"data": path.name, "test_rows": int((~validation).sum()), "found": report}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    print(json.dumps(measured(parser.parse_args().data), indent=1))


if __name__ == "__main__":
    main()
