"""How well is it told whether a summary is faithful to its text? Balanced accuracy on any file of judgements.

    python benchmarks/faithfulness.py --data ../shared/data/faithfulness/aggrefact_CLIFF.jsonl.gz --json
    python benchmarks/faithfulness.py --data FILE --model FOLDER_OF_AN_NLI_MODEL --json

A row is a JSON object with `doc` and `summ`, and either `label` (1 is faithful) or `error_type` (empty or
`correct` is faithful). Rows without a text are left out and counted. Four ways to set the bound between
faithful and not: `trained` (chosen on all training pairs, nothing of this file seen), `free` (on those of
them that were written freely, as summaries are), `halved` (chosen on the rows with `cut` = `val`, figures on
the rest) and `validated` (the same for each `origin`: as the published figures were had). A model in a folder
has the first two if its `training.json` names a `bound` and a `bound_free`. Intervals are 95 %, from 2,000
bootstrap samples of rows.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from daybrief.checks.entailment import ASTRAY, LIMITS, SourceWords, Weights, tables, weights

SAMPLES, SEED, HALVES = 2_000, 0, 100
SOURCE = (
    "Tang et al., Understanding Factual Errors in Summarization, ACL 2023, table 8, from the outputs in "
    "github.com/Liyan06/AggreFact final_result.ipynb; balanced accuracy on the test half, bound chosen on "
    "the validation half, summaries of pre-trained models unless said"
)
PUBLISHED = {
    "CLIFF, cnndm, 150 rows": {
        "DAE": 0.730, "QuestEval": 0.740, "SummaC-ZS": 0.646, "SummaC-Conv": 0.649, "QAFactEval": 0.716
    },
    "CLIFF, xsum, 150 rows": {
        "DAE": 0.754, "QuestEval": 0.619, "SummaC-ZS": 0.596, "SummaC-Conv": 0.666, "QAFactEval": 0.626
    },
    "Goyal21, xsum, 50 rows": {
        "DAE": 0.644, "QuestEval": 0.814, "SummaC-ZS": 0.466, "SummaC-Conv": 0.552, "QAFactEval": 0.754
    },
    "Goyal21, cnndm (older models), 25 rows": {
        "DAE": 0.188, "QuestEval": 0.146, "SummaC-ZS": 0.375, "SummaC-Conv": 0.354, "QAFactEval": 0.271
    },
}  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """A judged summary."""

    id: str
    text: str
    claim: str
    true: bool
    errors: tuple[str, ...]
    origin: str
    validation: bool


def records(path: Path) -> list[Row]:
    """The rows of a file, gzipped or not; raises SystemExit that names the first bad line."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = []
    for number, line in enumerate(raw.splitlines(), 1):
        if line.strip():
            try:
                rows.append(_row(json.loads(line)))
            except (KeyError, ValueError, AttributeError) as wrong:
                raise SystemExit(
                    f"{path}:{number}: no judged summary (wants doc, summ, label or error_type): {wrong!r}"
                ) from None
    return rows


def _row(record: dict[str, Any]) -> Row:
    errors = _errors(record.get("error_type") or "")
    true = str(record["label"]) in ("1", "1.0", "True") if "label" in record else not errors
    if "label" not in record and "error_type" not in record:
        raise KeyError("label")
    return Row(
        id=str(record.get("id", "")),
        text=record.get("doc") or "",
        claim=record["summ"],
        true=true,
        errors=errors,
        origin=str(record.get("origin", "")),
        validation=record.get("cut") == "val",
    )


def _errors(written: str) -> tuple[str, ...]:
    if written in ("", "correct"):
        return ()
    return tuple(ast.literal_eval(written)) if written.startswith("[") else (written,)


def balanced(predicted: Any, true: Any, weight: Any = None) -> float:
    """The mean of the shares of true and of false rows that are told right."""
    weight = np.ones(len(true)) if weight is None else weight
    halves = [
        (weight[true == t] * (predicted[true == t] == t)).sum() / weight[true == t].sum()
        for t in (True, False)
    ]
    return float(np.mean(halves))


def interval(score: Callable[[Any], float], true: Any) -> list[float]:
    """The middle 95 % of a score over samples of the rows, each with both kinds in it."""
    rng = np.random.default_rng(SEED)
    samples = []
    for _ in range(SAMPLES):
        drawn = rng.integers(0, len(true), len(true))
        if true[drawn].any() and not true[drawn].all():
            samples.append(score(drawn))
    return [round(float(q), 4) for q in np.quantile(samples, [0.025, 0.975])] if samples else []


def area(scores: Any, true: Any) -> float:
    """The chance that a true row scores above a false one; ties count half."""
    above = scores[true][:, None] - scores[~true][None, :]
    return float((above > 0).mean() + (above == 0).mean() / 2)


def accuracies(predicted: Any, rows: Sequence[Row]) -> dict[str, Any]:
    """Balanced accuracy with its interval, and for each kind of error the share that is found."""
    true = np.array([row.true for row in rows])
    if true.all() or not true.any():
        return {"rows": len(rows), "balanced_accuracy": None, "why": "the rows are all of one kind"}
    kinds = sorted({error for row in rows for error in row.errors})
    by_kind = {
        kind: [not s for s, row in zip(predicted, rows, strict=True) if kind in row.errors] for kind in kinds
    }
    return {
        "rows": len(rows),
        "balanced_accuracy": round(balanced(predicted, true), 4),
        "interval": interval(lambda drawn: balanced(predicted[drawn], true[drawn]), true),
        "faithful_kept": round(float(predicted[true].mean()), 4),
        "errors_found": {
            k: {"rows": len(v), "found": round(float(np.mean(v)), 4)} for k, v in by_kind.items()
        },
    }


def validated(scores: Any, rows: Sequence[Row]) -> dict[str, Any]:
    """Bounds from the validation rows of each origin, figures on the others."""
    report = {}
    true = np.array([row.true for row in rows])
    for origin in sorted({row.origin for row in rows}):
        here = np.array([n for n, row in enumerate(rows) if row.origin == origin])
        for_bound = np.array([rows[n].validation for n in here])
        seen, unseen = here[for_bound], here[~for_bound]
        if not len(unseen) or not true[seen].any() or true[seen].all():
            continue
        bound = best_bound(scores[seen], true[seen])
        report[origin or "all"] = {
            **accuracies(scores[unseen] >= bound, [rows[n] for n in unseen]),
            "random_halves": random_halves(scores[here], true[here]),
        }
    return report


def best_bound(scores: Any, true: Any) -> float:
    """The lowest of the scores from which on the balanced accuracy is best."""
    return float(max(np.unique(scores), key=lambda bound: balanced(scores >= bound, true)))


def random_halves(scores: Any, true: Any) -> float:
    """The mean balanced accuracy of halves drawn at random, each with the bound of the other half.

    A bound of 150 rows moves by chance; the mean of many halves moves less.
    """
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(HALVES):
        order = rng.permutation(len(true))
        seen, unseen = np.array_split(order, 2)
        if 0 < true[seen].sum() < len(seen) and 0 < true[unseen].sum() < len(unseen):
            bound = best_bound(scores[seen], true[seen])
            drawn.append(balanced(scores[unseen] >= bound, true[unseen]))
    return round(float(np.mean(drawn)), 4)


Bounds = tuple[float | None, float | None]  # from all training pairs, from those written freely


def judged(scores: Any, bounds: Bounds, rows: Sequence[Row]) -> dict[str, Any]:
    true = np.array([row.true for row in rows])
    both = true.any() and not true.all()
    given = {
        name: {"bound": bound, **accuracies(scores >= bound, rows)} if bound is not None else None
        for name, bound in zip(("trained", "free"), bounds, strict=True)
    }
    halves = halved(scores, rows)
    return {
        **given,
        "halved": accuracies(halves, _unseen(rows)) if halves is not None else None,
        "validated": validated(scores, rows),
        "area_under_curve": round(area(scores, true), 4) if both else None,
    }


def _unseen(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not row.validation]


def halved(scores: Any, rows: Sequence[Row]) -> Any:
    """The answers for the rows not for validation, with one bound from those that are; None without both."""
    seen, true = (np.array([getattr(row, of) for row in rows], dtype=bool) for of in ("validation", "true"))
    if seen.all() or not true[seen].any() or true[seen].all():
        return None
    return scores[~seen] >= best_bound(scores[seen], true[seen])


def ahead(ours: Any, bounds: Bounds, overlap: Any, theirs: Bounds, rows: Sequence[Row]) -> dict[str, Any]:
    """How far ahead of overlap, each with its own bound, set in the same way."""
    report = {
        name: difference(ours >= bound, overlap >= other, rows)
        for name, bound, other in zip(("trained", "free"), bounds, theirs, strict=True)
        if bound is not None and other is not None
    }
    halves = halved(ours, rows), halved(overlap, rows)
    if halves[0] is not None:
        report["halved"] = difference(*halves, _unseen(rows))
    return report


def difference(ours: Any, theirs: Any, rows: Sequence[Row]) -> dict[str, Any]:
    """How far ours is ahead in balanced accuracy, on the same samples."""
    true = np.array([row.true for row in rows])
    if true.all() or not true.any():
        return {}

    def ahead(at: Any) -> float:
        return balanced(ours[at], true[at]) - balanced(theirs[at], true[at])

    return {"mean": round(ahead(np.arange(len(true))), 4), "interval": interval(ahead, true)}


def measured(path: Path, model: str = "", trained: Weights | None = None) -> dict[str, Any]:
    every = records(path)
    rows = [row for row in every if row.text and row.claim.strip()]
    if not rows:
        raise SystemExit(f"{path}: no row holds a text and a summary")
    both = [tables(row.claim, SourceWords(row.text)) for row in rows]
    trained = trained or weights()
    own = np.array([0.5 if pair is None else trained.probability(*pair) for pair in both])
    overlap = np.array([0.0 if pair is None else 1 - pair[0][0] for pair in both])
    bounds: Bounds = (trained.even, trained.even_free)
    theirs: Bounds = (trained.overlap, trained.overlap_free)
    report: dict[str, Any] = {
        "data": path.name,
        "rows": len(rows),
        "left_out_without_text": len(every) - len(rows),
        "faithful": sum(row.true for row in rows),
        "ours": judged(own, bounds, rows) | {"limits": LIMITS},
        "lexical_overlap": judged(overlap, theirs, rows),
        "majority": 0.5,
        "ahead_of_overlap": ahead(own, bounds, overlap, theirs, rows),
        "in_use": in_use(own, rows),
        "published": {"source": SOURCE, **PUBLISHED},
    }
    if model:
        scores, its = np.array(_scored(model, rows)), bounds_of(Path(model))
        report["model"] = judged(scores, its, rows) | {"folder": Path(model).name}
        report["model_ahead_of_overlap"] = ahead(scores, its, overlap, theirs, rows)
    return report


def bounds_of(folder: Path) -> Bounds:
    """The bounds that the training of a model left beside it, when it did."""
    path = folder / "training.json"
    kept = json.loads(path.read_bytes()) if path.is_file() else {}
    return kept.get("bound"), kept.get("bound_free")


def in_use(scores: Any, rows: Sequence[Row]) -> dict[str, Any]:
    """The rows that the check would call unsupported, and how often that is wrong."""
    low = scores < ASTRAY
    true = np.array([row.true for row in rows])
    return {
        "called_unsupported": int(low.sum()),
        "of_them_faithful": int((low & true).sum()),
        "unfaithful_rows_found": int((low & ~true).sum()),
    }


def _scored(folder: str, rows: Sequence[Row]) -> tuple[float, ...]:
    from daybrief.adapters.encoders import open_nli

    return open_nli(folder).score([(row.claim, row.text) for row in rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="", help="folder of a local NLI model")
    parser.add_argument("--weights", type=Path, help="other weights for the embedded scorer")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    trained = msgspec.json.decode(options.weights.read_bytes(), type=Weights) if options.weights else None
    report = measured(options.data, options.model, trained)
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
        return
    for name in ("ours", "lexical_overlap", "model"):
        for way in ("trained", "free", "halved"):
            if told_so := report.get(name, {}).get(way):
                print(name, way, json.dumps(told_so, ensure_ascii=False))
    for name in ("ahead_of_overlap", "model_ahead_of_overlap"):
        print(name.replace("_", " "), json.dumps(report.get(name)))


if __name__ == "__main__":
    main()
