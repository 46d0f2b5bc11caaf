"""Train the sentence chooser on SciTLDR's training papers and write its weights.

    python benchmarks/train_salience.py --data ../shared/data/scitldr/SciTLDR-A_train.jsonl \
        --out src/daybrief/assets/salience.json

Needs scikit-learn (dependency group `train`). Two linear models, trained one after the other in five folds:

1. words: logistic regression, is a word of the abstract in the summary? One coefficient a frequent word, one
   a column of `WORD_FEATURES`.
2. candidates: ridge regression of a run's ROUGE-1, centred on its abstract, on `CANDIDATE_FEATURES`. The
   guesses of the first model are made for papers it was not trained on, or the second would trust them too
   much.

Prints the ROUGE of the choice under cross-validation: both models trained without the paper they choose for.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from daybrief.text.sentences import sentences
from daybrief.writers.extractive.salience import (
    CANDIDATE_FEATURES,
    MOST_SENTENCES,
    WORD_FEATURES,
    SalienceWeights,
    WordSpan,
    abstract,
    candidate_table,
    candidates,
    word_table,
)
from daybrief.writers.extractive.salience import tokens as keys
from rouge import Rouge
from tldr import SCORES, Paper, papers, scored

FOLDS, SEED = 5, 0
WORD_C, CANDIDATE_ALPHA = 0.3, 100.0
FEWEST_ABSTRACTS = 4  # abstracts a word must be in to have a coefficient of its own
ABOUT = "Learned from SciTLDR-A train (Apache-2.0, Cachola et al. 2020) by benchmarks/train_salience.py"


class Case(msgspec.Struct):
    """A paper made ready: its sentences, the runs that may be chosen and what each is worth."""

    title: str
    texts: list[str]
    runs: list[WordSpan]
    scores: list[Rouge]
    wanted: set[str]

    @property
    def worth(self) -> Any:
        """ROUGE-1 of each run in points, against the mean of the paper."""
        values = 100 * np.array([score.unigrams for score in self.scores])
        return values - values.mean()


def prepared(paper: Paper) -> Case:
    """Split, clip and score one paper as the product will see it."""
    split = sentences(paper.text)[:MOST_SENTENCES]
    runs, _ = candidates(split)
    return Case(
        title=paper.title,
        texts=[sentence.text for sentence in split],
        runs=runs,
        scores=[scored(run.text, paper.target) for run in runs],
        wanted={key for target in paper.target for key in keys(target)},
    )


def words_model(cases: Sequence[Case]) -> SalienceWeights:
    """The first model; its `candidate` part is empty."""
    counts = Counter(key for case in cases for key in {key for text in case.texts for key in keys(text)})
    rarity = {key: math.log((len(cases) + 1) / (count + 1)) for key, count in counts.items() if count > 1}
    unseen = math.log(len(cases) + 1)
    column = {key: at for at, key in enumerate(sorted(k for k, c in counts.items() if c >= FEWEST_ABSTRACTS))}
    tables, names, wanted = [], [], []
    for case in cases:
        doc = abstract(case.title, case.texts, lambda keys: [rarity.get(key, unseen) for key in keys])
        tables.append(word_table(doc))
        names += [column.get(word, -1) for word in doc.words]
        wanted += [word in case.wanted for word in doc.words]
    scale = StandardScaler().fit(np.vstack(tables))
    own = np.array(names)
    known = np.flatnonzero(own >= 0)
    hot = sparse.csr_matrix((np.ones(len(known)), (known, own[known])), shape=(len(own), len(column)))
    inputs = sparse.hstack([sparse.csr_matrix(scale.transform(np.vstack(tables))), hot]).tocsr()
    model = LogisticRegression(C=WORD_C, max_iter=300, solver="liblinear", random_state=SEED).fit(
        inputs, wanted
    )
    plain = model.coef_[0][: len(WORD_FEATURES)] / scale.scale_
    lexical = model.coef_[0][len(WORD_FEATURES) :]
    return SalienceWeights(
        about=ABOUT,
        unseen=round(unseen, 4),
        words={
            k: (round(r, 3), round(float(lexical[column[k]]), 3) if k in column else 0.0)
            for k, r in rarity.items()
        },
        bias=round(float(model.intercept_[0] - plain @ scale.mean_), 4),
        word=dict(zip(WORD_FEATURES, np.round(plain, 4).tolist(), strict=True)),
        candidate={},
    )


def rows(case: Case, model: SalienceWeights) -> Any:
    """The candidate table of one paper under a words model."""
    doc = abstract(case.title, case.texts, model.rarities)
    return candidate_table(doc, case.runs, model.chances(doc.words, word_table(doc)))


def candidates_model(tables: Sequence[Any], cases: Sequence[Case]) -> dict[str, float]:
    """The second model, as a coefficient a column."""
    scale = StandardScaler().fit(np.vstack(tables))
    worth = np.concatenate([case.worth for case in cases])
    model = Ridge(CANDIDATE_ALPHA).fit(scale.transform(np.vstack(tables)), worth)
    return dict(zip(CANDIDATE_FEATURES, np.round(model.coef_ / scale.scale_, 5).tolist(), strict=True))


def trained(cases: Sequence[Case], seed: int) -> tuple[SalienceWeights, dict[str, float]]:
    """The weights from all cases, and the scores of the choice under cross-validation."""
    fold = np.random.default_rng(seed).permutation(len(cases)) % FOLDS
    tables: list[Any] = [None] * len(cases)
    for held_out in range(FOLDS):
        words = words_model([case for case, at in zip(cases, fold, strict=True) if at != held_out])
        for index in np.flatnonzero(fold == held_out):
            tables[index] = rows(cases[index], words)
    chosen = []
    for held_out in range(FOLDS):
        known = np.flatnonzero(fold != held_out)
        second = candidates_model([tables[i] for i in known], [cases[i] for i in known])
        weigh = np.array([second[name] for name in CANDIDATE_FEATURES])
        chosen += [
            cases[i].scores[int(np.argmax(tables[i] @ weigh))] for i in np.flatnonzero(fold == held_out)
        ]
    means = {
        name: round(100 * float(np.mean([getattr(s, f) for s in chosen])), 2) for name, f in SCORES.items()
    }
    whole = msgspec.structs.replace(words_model(cases), candidate=candidates_model(tables, cases))
    return whole, means


def main() -> None:
    """Train, print the cross-validated scores, write the weights."""
    parser = argparse.ArgumentParser(description="Train the sentence chooser.")
    parser.add_argument("--data", type=Path, required=True, help="SciTLDR-A_train.jsonl")
    parser.add_argument("--out", type=Path, help="where to write the weights; without it, only measure")
    parser.add_argument("--seed", type=int, default=SEED, help="of the folds (default 0)")
    options = parser.parse_args()
    cases = [case for case in map(prepared, papers(options.data)) if case.runs]
    weights, means = trained(cases, options.seed)
    if options.out:
        options.out.write_bytes(msgspec.json.format(msgspec.json.encode(weights, order="sorted"), indent=0))
    print(json.dumps({"papers": len(cases), "folds": FOLDS, "seed": options.seed, "cross_validated": means}))


if __name__ == "__main__":
    main()
