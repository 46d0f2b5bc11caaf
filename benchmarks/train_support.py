"""Train the support scorer on pairs made from abstracts, and write its weights.

    python benchmarks/train_support.py --arxiv ../shared/data/arxiv/arxiv_2024-07_2024-08_ai.jsonl.gz \
        --scitldr ../shared/data/scitldr/SciTLDR-A_train.jsonl --gum ../gum --summedits ../factualNLG \
        --fever ../FeverSymmetric --xquad ../xquad --out src/daybrief/assets/support.json

Needs scipy and scikit-learn (dependency group `train`). The model is a logistic regression whose weights
may not be positive: whatever a text lacks can only make a claim less likely, so that what is learned from
papers still holds for news. One paper in five is kept back for the bounds.

A second model learns from marked words how doubtful a word is (`support_marks.py`; clones in `--gum`,
`--summedits`, `--fever`, `--xquad`). Its weights may not be negative. Each corpus weighs the same, and in
each the marked words have a fifth. The mean of a claim's three most doubtful words counts three times as much
as the first model, in standard deviations on the marked claims.

With `--judged` FILE the rows of a file of judged summaries are added as false claims, and sentences of their
articles as true ones; `--apart` names the files whose articles must not be among them. The shipped weights
were made without.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.optimize import minimize

from daybrief.checks.entailment import NAMES, WORD_NAMES, SourceWords, Weights, _tells, _words, tables
from daybrief.text.sentences import sentences
from faithfulness import balanced, records
from support_marks import Marked, marked
from support_pairs import ABSTRACTIVE, CHANGED, ELSEWHERE, EXTRACTIVE, FREE, GRAFTED, Pair, Paper, pairs

SEED, FIFTH, ARXIV_PAPERS = 0, 5, 2_500
PENALTY = 1e-3
FALSE_ALARM = 0.002
MARKED_SHARE, DOUBT_COUNTS = 0.2, 3.0
_MOST_BETWEEN = 20  # characters between two words
ABOUT = (
    "Learned from pairs made of arXiv abstracts (CC0) and SciTLDR-A train (Apache-2.0, Cachola et al. 2020); "
    "words from summaries of GUM (CC BY 4.0, Zeldes 2017, Lin and Zeldes 2025), SummEdits (Apache-2.0, Laban "
    "et al. 2023), FEVER Symmetric (CC BY-SA 3.0, Schuster et al. 2019) and XQuAD (CC BY-SA 4.0, Artetxe et "
    "al. 2020); by benchmarks/train_support.py"
)
GROUPS = (EXTRACTIVE, ABSTRACTIVE, ELSEWHERE, GRAFTED, CHANGED, ("judged",), ("article",))


class Rows(msgspec.Struct):
    """A table of features with what is known of each row, and the rows of the words of each."""

    table: Any
    words: list[list[list[float]]]
    kinds: list[str]
    true: Any
    kept_back: Any

    def weights(self) -> Any:
        """True and false weigh the same, within each every group, within a group every kind."""
        weights = np.zeros(len(self.kinds))
        kinds = np.array(self.kinds)
        for group in GROUPS:
            present = [kind for kind in group if (kinds == kind).any()]
            for kind in present:
                weights[kinds == kind] = 1 / len(present) / (kinds == kind).sum()
        for truth in (True, False):
            weights[self.true == truth] /= weights[self.true == truth].sum()
        return weights


def arxiv_papers(path: Path) -> list[Paper]:
    with gzip.open(path) as lines:
        listed = [msgspec.json.decode(line) for line in lines]
    chosen = random.Random(SEED).sample(listed, min(ARXIV_PAPERS, len(listed)))
    return [Paper(row["abstract"], row["title"], "title") for row in chosen]


def scitldr_papers(path: Path) -> list[Paper]:
    listed = [msgspec.json.decode(line) for line in path.read_bytes().splitlines()]
    return [Paper(" ".join(row["source"]), row["target"][0], "author's summary") for row in listed]


def judged(path: Path, apart: Sequence[Path]) -> tuple[list[Pair], list[str]]:
    """False claims from a file of judged summaries and true ones from its articles; and the articles."""
    banned = {row.id for other in apart for row in records(other)}
    banned |= {opening(row.text) for other in apart for row in records(other)}
    rows = [r for r in records(path) if r.text and not r.true and not {r.id, opening(r.text)} & banned]
    articles = sorted({row.text for row in rows})
    number = {text: at for at, text in enumerate(articles)}
    rng = random.Random(SEED)
    pairs = [Pair("judged", row.claim, number[row.text], true=False) for row in rows]
    for at, text in enumerate(articles):
        own = [s.text for s in sentences(text) if len(s.text.split()) >= 6]
        if own:
            pairs.append(Pair("article", rng.choice(own), at, true=True))
    return pairs, articles


def opening(text: str) -> str:
    """The opening that two spellings of one article share."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split()[:25])


def table(pairs: Sequence[Pair], texts: Sequence[str]) -> Rows:
    evidence = [SourceWords(text) for text in texts]
    rows = [(tables(pair.claim, evidence[pair.paper]), pair) for pair in pairs]
    kept = [(row, pair) for row, pair in rows if row is not None]
    return Rows(
        table=np.array([row[0] for row, _ in kept]),
        words=[row[1] for row, _ in kept],
        kinds=[pair.kind for _, pair in kept],
        true=np.array([pair.true for _, pair in kept]),
        kept_back=np.array([pair.paper % FIFTH == 0 for _, pair in kept]),
    )


def together(parts: Sequence[Rows]) -> Rows:
    return Rows(
        table=np.vstack([part.table for part in parts]),
        words=[words for part in parts for words in part.words],
        kinds=[kind for part in parts for kind in part.kinds],
        true=np.concatenate([part.true for part in parts]),
        kept_back=np.concatenate([part.kept_back for part in parts]),
    )


def learned(rows: Rows) -> tuple[float, Any]:
    """Bias and weights, none positive, by L-BFGS-B on the weighted logistic loss."""
    use = ~rows.kept_back
    bias, weight = fitted(rows.table[use], rows.true[use], rows.weights()[use])
    return -bias, -weight


def fitted(table: Any, true: Any, weight: Any) -> tuple[float, Any]:
    """Bias and weights, none negative, of the log-odds that a row is false."""
    scale = table.std(axis=0) + 1e-9
    inputs, sign = table / scale, np.where(true, -1.0, 1.0)

    def loss(at: Any) -> tuple[float, Any]:
        margin = sign * (at[0] + inputs @ at[1:])
        pull = -weight * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        value = (weight * np.logaddexp(0, -margin)).sum() + PENALTY * (at[1:] ** 2).sum()
        return value, np.concatenate([[pull.sum()], inputs.T @ pull + 2 * PENALTY * at[1:]])

    bounds = [(None, None)] + [(0.0, None)] * inputs.shape[1]
    solution = minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return float(solution[0]), solution[1:] / scale


class MarkedRows(msgspec.Struct):
    """The two tables of each marked claim, and which of its content words are marked."""

    corpus: str
    row: list[float]
    words: list[list[float]]
    marks: list[bool]


def marked_rows(claims: Sequence[Marked]) -> list[MarkedRows]:
    evidence = {text: SourceWords(text) for text in {claim.text for claim in claims}}
    rows = []
    for claim in claims:
        both = tables(claim.claim, evidence[claim.text])
        if both is not None:
            rows.append(MarkedRows(claim.corpus, *both, within(claim)))
    return rows


def within(claim: Marked) -> list[bool]:
    """For every content word whether it stands in a marked span."""
    inside = [any(start <= at < end for start, end in claim.spans) for at in range(len(claim.claim))]
    words, marks, place = _words(claim.claim), [], 0
    low = claim.claim.lower()
    for word in words:
        at = low.find(word, place, place + len(word) + _MOST_BETWEEN)
        place = at + len(word) if at >= 0 else place
        if _tells(word):
            marks.append(at >= 0 and inside[at])
    return marks


def doubting(rows: Sequence[MarkedRows]) -> tuple[float, Any]:
    """The model of single words, from the claims that have a mark."""
    use = [row for row in rows if any(row.marks)]
    table = np.vstack([row.words for row in use])
    marks = np.concatenate([row.marks for row in use])
    corpus = np.array([row.corpus for row in use for _ in row.marks])
    weight = np.zeros(len(marks))
    for name in sorted(set(corpus)):
        for mark, share in ((True, MARKED_SHARE), (False, 1 - MARKED_SHARE)):
            chosen = (corpus == name) & (marks == mark)
            weight[chosen] = share / chosen.sum()
    return fitted(table, ~marks, weight / weight.sum())


def with_doubt(model: Weights, rows: Sequence[MarkedRows], pairs: Rows) -> Weights:
    """The model with its words; level and slope fitted to the pairs."""
    bias, weight = doubting(rows)
    model = msgspec.structs.replace(
        model,
        word_bias=round(bias, 4),
        word=dict(zip(WORD_NAMES, np.round(weight, 4).tolist(), strict=True)),
    )
    whole = np.array([model.whole(row.row) for row in rows])
    doubts = np.array([model.doubts(row.words) for row in rows])
    model = msgspec.structs.replace(model, doubt=-round(DOUBT_COUNTS * float(whole.std() / doubts.std()), 4))
    sums = [
        model.whole(row) + model.doubt * model.doubts(words)
        for row, words in zip(pairs.table, pairs.words, strict=True)
    ]
    use = ~pairs.kept_back
    level, slope = fitted(-np.array(sums)[use, None], pairs.true[use], pairs.weights()[use])
    return msgspec.structs.replace(model, level=round(-level, 4), slope=round(float(slope[0]), 4))


def even(scores: Any, true: Any, weight: Any) -> float:
    """The bound with the best balanced accuracy on weighted rows."""
    bounds = np.unique(np.quantile(scores, np.linspace(0.005, 0.995, 199)))
    return float(max(bounds, key=lambda bound: balanced(scores >= bound, true, weight)))


def trained(rows: Rows, words: Sequence[MarkedRows]) -> tuple[Weights, dict[str, Any]]:
    bias, weight = learned(rows)
    model = Weights(
        about=ABOUT,
        bias=round(bias, 4),
        weight=dict(zip(NAMES, np.round(weight, 4).tolist(), strict=True)),
        word_bias=0.0,
        word={},
        doubt=0.0,
        level=0.0,
        slope=1.0,
        even=0.5,
        astray=1.0,
        overlap=0.5,
        even_free=0.5,
        overlap_free=0.5,
    )
    model = with_doubt(model, words, rows)
    scores = np.array([model.probability(*both) for both in zip(rows.table, rows.words, strict=True)])
    own, back, kinds = rows.weights(), rows.kept_back, np.array(rows.kinds)
    overlap = 1 - rows.table[:, 0]
    passage = rows.table[:, NAMES.index("passage")]
    bounds = {"astray": float(np.quantile(passage[kinds == ABSTRACTIVE[1]], 1 - FALSE_ALARM))}
    for end, use in (("", back), ("_free", back & np.isin(kinds, FREE))):
        bounds[f"even{end}"] = even(scores[use], rows.true[use], own[use])
        bounds[f"overlap{end}"] = even(overlap[use], rows.true[use], own[use])

    def right(of: Any, bound: float) -> float:
        return round(balanced(of[back] >= bound, rows.true[back], own[back]), 4)

    def share(called: Any) -> dict[str, float]:
        return {k: round(float(called[back & (kinds == k)].mean()), 4) for k in sorted(set(kinds))}

    report = {
        "pairs": len(rows.kinds),
        "balanced_kept_back": right(scores, bounds["even"]),
        "overlap_kept_back": right(overlap, bounds["overlap"]),
        "below_even": share(scores < bounds["even"]),
        "astray": share(passage > bounds["astray"]),
    }
    rounded = {name: round(bound, 4) for name, bound in bounds.items()}
    return msgspec.structs.replace(model, **rounded), report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arxiv", type=Path, required=True)
    parser.add_argument("--scitldr", type=Path, required=True)
    for corpus in ("gum", "summedits", "fever", "xquad"):
        parser.add_argument(f"--{corpus}", type=Path, required=True)
    parser.add_argument("--judged", type=Path)
    parser.add_argument("--apart", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    parts = []
    for papers in (arxiv_papers(options.arxiv), scitldr_papers(options.scitldr)):
        parts.append(table(list(pairs(papers, SEED)), [paper.text for paper in papers]))
    if options.judged:
        parts.append(table(*judged(options.judged, options.apart)))
    words = marked_rows(marked(options.gum, options.summedits, options.fever, options.xquad))
    model, report = trained(together(parts), words)
    options.out.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=2) + b"\n")
    print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())


if __name__ == "__main__":
    main()
