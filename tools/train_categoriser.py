"""Train the embedded categoriser and write `src/daybrief/assets/categoriser.npz`.

    OMP_NUM_THREADS=1 python tools/train_categoriser.py --shared ../shared/data --months ../progscrape-data \
        --crawl ../daily-arxiv/data

Needs the dependency group `train`, and for news the monthly files of progscrape-data, which hold the titles
of `labels/news_months.tsv`. `--crawl` is a folder with the daily files of later papers (branch data of
daily-arXiv-ai-enhanced, commit b4c542b7); without it labelled papers that the recordings lack are left out.
Seeded: the same data and versions give the same file. It prints the figures of cross-validation on the
training labels, whole months kept out; of the test sets only the ids are read, so that their papers can be
taken out of the unlabelled records. The method is told in `docs/cards/categoriser.md`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils.extmath import randomized_svd

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import labelled  # noqa: E402 - the loaders lie beside the benchmarks
from daybrief.categorisers import embedded as seen  # noqa: E402 - the same
from daybrief.text.relevance import about_ai  # noqa: E402 - the same

AI = set("cs.AI cs.LG cs.CL cs.CV cs.IR cs.NE cs.RO cs.MA cs.SD stat.ML eess.AS".split())
SEED = 0
NEWS_COST = 0.25
ALSO = 0.3  # what the second choice of a news label counts beside its first, to the support vector machine
NEWS_TEMPERATURE = 1.1  # by it the scores of news are divided: chosen on unseen months that were read since
MARGINS = 3.0  # what the margins of that machine count beside the scores of the regression
SOFTNESS = 1e-5  # the penalty of the softmax regression on news
STEPS = 120  # of that regression, at most
LABELLED = "2025"  # no headline of an earlier month was labelled there
PAPER_FACTORS = {"body": 1.0, "title": 0.5}
NEWS_FACTORS = {"body": 1.0, "title": 1.0, "letters": 0.7, "signs": 0.5, "concepts": 0.8}
NEWS_FACTORS |= {"place": 0.4, "slug": 0.8, "shape": 0.4, "spoken": 0.5}
DRAWN = 0.5  # what a news label counts that was not drawn like the test set
OFF_TOPIC = "off-topic"
OFF_TOPIC_COST = 2.0  # of the logistic regression that tells what is off-topic
SHARED = 0.25  # what the second choice of a news label takes from its first
SHARPNESS = 6.0  # of the teacher's margins, when they become targets
PENALTY = 2.5e-5  # of the student's ridge regression, for each unlabelled record
SPREAD = 5.0  # of the student's scores, before they are calibrated
SINCE, LATER = "2504", 3.0  # what a paper of these later months counts: what papers are about has moved
UNSEEN = ("2605", "2606")  # months of papers of which no label is learned: they are measured on
GOLD = 0.45  # what all labels together weigh, against all guesses of the teacher together


class Block:
    """A block of features over many texts: counts, then length-one TF-IDF over a fixed vocabulary."""

    def __init__(self, bags: list[Counter[str]], at_least: int) -> None:
        sizes = np.array([len(b) for b in bags])
        numbers = np.fromiter((seen.number(f) for b in bags for f in b), np.uint32, int(sizes.sum()))
        often = np.fromiter((n for b in bags for n in b.values()), np.float32, int(sizes.sum()))
        self.numbers, places, times = np.unique(numbers, return_inverse=True, return_counts=True)
        keep = times >= at_least
        column, rows = np.cumsum(keep) - 1, np.repeat(np.arange(len(bags)), sizes)
        kept = keep[places]
        self.numbers = self.numbers[keep]
        shape = (len(bags), len(self.numbers))
        data = 1 + np.log(often[kept])
        raw = sp.csr_matrix((data, (rows[kept], column[places[kept]])), shape=shape, dtype=np.float32)
        rarity = np.log((1 + len(bags)) / (1 + times[keep])) + 1
        self.rarity = rarity.astype(np.float16)
        self.matrix = unit(raw.multiply(self.rarity.astype(np.float32)[None, :]).tocsr())


def unit(matrix: Any) -> Any:
    """The rows scaled to length one; empty rows stay empty."""
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (sp.diags(1 / np.maximum(length, 1e-9)) @ matrix).tocsr().astype(np.float32)


def softmax(scores: Any) -> Any:
    """Row-wise softmax."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def ridge(design: Any, targets: Any, weights: Any, penalty: float, steps: int) -> Any:
    """Weighted ridge regression of many targets at once, by `steps` steps of conjugate gradients."""
    root = np.sqrt(weights).astype(np.float32)
    design, targets = (sp.diags(root) @ design).tocsr(), targets * root[:, None]
    back = design.T.tocsr()
    answer = np.zeros((design.shape[1], targets.shape[1]), np.float32)
    residual = (back @ targets).astype(np.float32)
    direction, size = residual.copy(), (residual * residual).sum(0)
    for _ in range(steps):
        image = back @ (design @ direction) + penalty * direction
        step = size / ((direction * image).sum(0) + 1e-12)
        answer += step * direction
        residual -= step * image
        grown = (residual * residual).sum(0)
        direction, size = residual + (grown / (size + 1e-30)) * direction, grown
    return answer


class Papers:
    """All recorded papers as matrices, the labelled among them, and the two steps of training.

    `crawl` is a folder with the daily files of later papers, or None.
    """

    def __init__(self, shared: Path, folder: Path, crawl: Path | None) -> None:
        records = paper_records(shared, folder, crawl)
        place = {key: n for n, key in enumerate(records)}
        rows = [r for r in labelled.labels("papers_train", folder) if r["first"] != "others"]
        rows = [r for r in rows if r["id"] in place and not r["id"].startswith(UNSEEN)]
        self.month = np.array([r["id"][:4] for r in rows])
        self.gold = np.array([place[r["id"]] for r in rows])
        self.first, self.second = ([r[c] for r in rows] for c in ("first", "second"))
        self.random = np.array([r["sample"] == "random" for r in rows])
        later = np.array([r["id"] >= SINCE for r in rows])
        self.weight = np.where(self.random, 1, 0.6) * np.where(later, LATER, 1)
        self.classes = sorted(set(self.first))
        self.tags = [r["tags"] for r in records.values()]
        blocks = [seen.of_paper(r["title"], r["abstract"]) for r in records.values()]
        self.blocks = {n: Block([b[n] for b in blocks], 15) for n in PAPER_FACTORS}
        self.text = sp.hstack([PAPER_FACTORS[n] * b.matrix for n, b in self.blocks.items()]).tocsr()
        # The last, added row is a paper without tags, so that `c:none` is known even where all have some.
        tag_features = [seen.of_paper("", "", t)["tags"] for t in (*self.tags, ())]
        self.tag_block = Block(tag_features, 60)
        self.no_tags = self.tag_block.matrix[len(self.tags)]
        self.tag_block.matrix = self.tag_block.matrix[: len(self.tags)]
        labelled_rows = set(self.gold.tolist())
        self.rest = np.array(
            [n for n, t in enumerate(self.tags) if n not in labelled_rows and (not t or AI & set(t))]
        )
        self.view = self._teachers_view()

    def _teachers_view(self) -> Any:
        """Text, 256 topics (LSA), predicted arXiv categories, and the real ones: what the teacher sees."""
        some = np.random.default_rng(SEED).choice(self.rest, min(20_000, len(self.rest)), replace=False)
        body = self.blocks["body"].matrix
        common = np.argsort(-np.bincount(body.indices, minlength=body.shape[1]), kind="stable")[:40_000]
        axes = randomized_svd(body[some][:, common], 256, n_iter=3, random_state=SEED)[2]
        topics = body[:, common] @ axes.T.astype(np.float32)
        topics /= np.linalg.norm(topics, axis=1, keepdims=True) + 1e-9
        return sp.hstack([self.text, topics, self._guessed_tags(), 0.5 * self.tag_block.matrix]).tocsr()

    def _guessed_tags(self) -> Any:
        """A score of each category by a ridge regression on the text, fitted without the labelled papers."""
        times = Counter(tag for tags in self.tags for tag in tags)
        names = {tag: n for n, tag in enumerate(sorted(t for t, n in times.items() if n >= 150))}
        truth = np.zeros((len(self.tags), len(names)), np.float32)
        for row, tags in enumerate(self.tags):
            for rank, tag in enumerate(t for t in tags if t in names):
                truth[row, names[tag]] = 0.7 if rank else 1.0
        tagged = np.array([n for n in self.rest if self.tags[n]])
        middle = truth[tagged].mean(0)
        slopes = ridge(self.text[tagged], truth[tagged] - middle, np.ones(len(tagged)), 1.0, 15)
        guess = self.text @ slopes
        guess = (guess - guess.mean(0)) / guess.std(0)
        return (guess / np.linalg.norm(guess, axis=1, keepdims=True)).astype(np.float32)

    def student(self, train: Any) -> Any:
        """Weights of the text features, learned from labels and from the teacher's guesses on the rest."""
        first, rest = [self.first[n] for n in train], self.rest
        weight = self.weight[train]
        times = Counter(first)
        rare = {c: (len(train) / len(self.classes) / n) ** 0.5 for c, n in times.items()}
        teacher = LinearSVC(C=0.2, class_weight=rare, random_state=SEED)
        teacher.fit(self.view[self.gold[train]], first, sample_weight=weight)
        guesses = softmax(SHARPNESS * teacher.decision_function(self.view[rest]))
        targets = np.vstack([guesses, self.targets(train)]).astype(np.float32)
        texts = self.text[np.concatenate([rest, self.gold[train]])]
        heavy = GOLD * len(rest) / weight.sum() * weight
        weights = np.r_[np.ones(len(rest)), heavy]
        return ridge(texts, targets - targets.mean(0), weights, PENALTY * len(rest), 12)

    def targets(self, train: Any) -> Any:
        """The labels as distributions: a second choice gets a quarter."""
        place = {c: n for n, c in enumerate(self.classes)}
        wanted = np.zeros((len(train), len(self.classes)))
        for row, n in enumerate(train):
            shared = 0.25 if self.second[n] in place else 0.0
            wanted[row, place[self.first[n]]] = 1 - shared
            if shared:
                wanted[row, place[self.second[n]]] = shared
        return wanted

    def held_out(self, folds: int) -> Any:
        """The student's scores for each labelled paper, from a student that never met its month's labels."""
        scores = np.zeros((len(self.first), len(self.classes)), np.float32)
        for train, test in splits(self.month, folds):
            scores[test] = self.text[self.gold[test]] @ self.student(train)
            print("fold done", figures(self, scores[test], test), file=sys.stderr)
        return scores


def paper_records(shared: Path, folder: Path, crawl: Path | None) -> dict[str, Any]:
    """All papers to learn from by id: none that a test measures, by id or by title."""
    records = labelled.arxiv(shared)
    for key, record in (labelled.crawled(crawl) if crawl else {}).items():
        records.setdefault(key, record)
    measured = {r["id"] for name in ("papers_test", "papers_fresh") for r in labelled.labels(name, folder)}
    titles = {" ".join(r["title"].lower().split()) for key, r in records.items() if key in measured}
    return {
        key: record
        for key, record in records.items()
        if key not in measured and " ".join(record["title"].lower().split()) not in titles
    }


def splits(month: Any, folds: int) -> Any:
    """The rows to train on and to test on: whole months are kept out; rows without a month by their place."""
    place = {name: n for n, name in enumerate(sorted(set(month)))}
    fold = np.array([(place[name] if name else row) % folds for row, name in enumerate(month)])
    return [(np.flatnonzero(fold != n), np.flatnonzero(fold == n)) for n in range(folds)]


def figures(data: Any, scores: Any, rows: Any) -> dict[str, float]:
    """Accuracy on the random sample, strict and with the second choice."""
    predicted = [data.classes[n] for n in scores.argmax(1)]
    strict = np.array([s == data.first[n] for s, n in zip(predicted, rows, strict=True)])
    second = np.array([s == data.second[n] for s, n in zip(predicted, rows, strict=True)])
    drawn = data.random[rows]
    lenient = strict | second
    return {
        "strict": round(float(strict[drawn].mean()), 4),
        "with_second": round(float(lenient[drawn].mean()), 4),
    }


def calibrate(design: Any, first: list[str], weight: Any, penalty: float) -> Any:
    """A logistic regression that turns scores (and tags) into probabilities."""
    return LogisticRegression(C=penalty, max_iter=500).fit(design, first, sample_weight=weight)


def quantised(weights: Any) -> tuple[Any, Any]:
    """The weights as int8 with one scale a class."""
    scale = np.abs(weights).max(0) / 127
    return np.round(weights / scale).astype(np.int8), scale.astype(np.float32)


def packed(
    name: str, data: Any, blocks: dict[str, tuple[Block, float]], weights: Any, bias: Any
) -> dict[str, Any]:
    """The arrays of one model; see `daybrief.categorisers.embedded`."""
    numbers = np.concatenate([b.numbers for b, _ in blocks.values()])
    rarity = np.concatenate([b.rarity for b, _ in blocks.values()])
    numbers, first = np.unique(numbers, return_index=True)
    small, scale = quantised(weights[first])
    parts = {"classes": np.array(data.classes), "blocks": np.array(list(blocks)), "numbers": numbers}
    parts |= {"factors": np.array([f for _, f in blocks.values()], np.float32), "rarity": rarity[first]}
    parts |= {"weights": small, "scale": scale, "bias": bias.astype(np.float32)}
    return {f"{name}/{part}": array for part, array in parts.items()}


def with_tags(data: Papers, scores: Any, rows: Any, shown: bool) -> Any:
    """Scores beside tags: the real ones, or (`shown` is false) the mark that there are none."""
    tags = data.tag_block.matrix[data.gold[rows]] if shown else sp.vstack([data.no_tags] * len(rows))
    return sp.hstack([sp.csr_matrix(SPREAD * scores[rows]), tags]).tocsr()


def fit_calibration(data: Papers, scores: Any, rows: Any) -> Any:
    """Each labelled paper counts twice, once with its tags and once without: both cases are learned."""
    design = sp.vstack([with_tags(data, scores, rows, True), with_tags(data, scores, rows, False)])
    weight = np.where(data.random[rows], 1, 0.6)
    return calibrate(design, [data.first[n] for n in rows] * 2, np.r_[weight, weight], 0.3)


def train_papers(
    shared: Path, folder: Path, crawl: Path | None, folds: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The paper model, and the figures of cross-validation with and without tags, all and later papers."""
    data = Papers(shared, folder, crawl)
    scores = data.held_out(folds)
    everything = np.arange(len(data.first))
    report: dict[str, Any] = {"papers_before_calibration": figures(data, scores, everything)}
    for name, shown in (("papers_with_tags", True), ("papers_without_tags", False)):
        guessed = np.zeros_like(scores)
        for train, test in splits(data.month, folds):
            model = fit_calibration(data, scores, train)
            guessed[test] = model.predict_proba(with_tags(data, scores, test, shown))
        report[name] = figures(data, guessed, everything)
        late = np.flatnonzero(data.month >= SINCE)
        report[f"{name}_late"] = figures(data, guessed[late], late)
    model = fit_calibration(data, scores, everything)
    width = len(data.classes)
    text = data.student(everything) @ (SPREAD * model.coef_[:, :width].T)
    blocks = {n: (b, PAPER_FACTORS[n]) for n, b in data.blocks.items()} | {"tags": (data.tag_block, 1.0)}
    return packed(
        "papers", data, blocks, np.vstack([text, model.coef_[:, width:].T]), model.intercept_
    ), report


class News:
    """The labelled news as matrices, and AI headlines without a label.

    In this order: recorded items, headlines written for confused pairs, labelled headlines of `months`, and
    those of `judged` (written by `tools/judge_headlines.py`), or else all other AI headlines of the same
    months, by which words are counted. `months` is a folder with the monthly files of progscrape-data;
    without it its headlines are left out. None is taken from a month of the fresh test.
    """

    def __init__(self, shared: Path, folder: Path, months: Path | None, judged: Path | None = None) -> None:
        texts = labelled.news(shared)
        headlines = labelled.months(months) if months else {}
        recorded = [r for r in labelled.labels("news_train", folder) if r["first"] != "others"]
        written = labelled.labels("news_written", folder)
        later = [r for r in labelled.labels("news_months", folder) if r["id"] in headlines]
        if not later:
            print("no months: the headlines of news_months.tsv are left out", file=sys.stderr)
        rows = [*recorded, *written, *later]
        self.first, self.second = ([r[c] for r in rows] for c in ("first", "second"))
        self.sample = np.array([r.get("sample", "written") for r in rows])
        self.recorded = np.arange(len(rows)) < len(recorded)
        self.month = np.array([r.get("month", "") for r in rows])
        self.classes = sorted(set(self.first) - {OFF_TOPIC})
        self.on_topic = np.array([name != OFF_TOPIC for name in self.first])
        self.unlabelled = unlabelled(headlines, later, labelled.labels("news_fresh", folder))
        pieces = [texts[r["id"]] for r in recorded]
        pieces += [{"title": w["title"], "text": "", "url": ""} for w in written]
        pieces += [headlines[r["id"]] for r in later]
        self.pieces = pieces.copy()
        self.judged = list(labelled.lines(judged)) if judged else []
        pieces += [{"text": "", **row} for row in self.judged] if judged else self.unlabelled
        self.barred = np.array([bool(about_ai(p["title"], p["url"])) for p in pieces])
        blocks = [seen.of_news(p["title"], p["text"], p["url"]) for p in pieces]
        self.blocks = {n: Block([b[n] for b in blocks], 2) for n in NEWS_FACTORS}
        self.text = sp.hstack([NEWS_FACTORS[n] * b.matrix for n, b in self.blocks.items()]).tocsr()

    @property
    def weight(self) -> Any:
        """The weight of each label."""
        drawn = (self.sample == "random") | (self.sample == "written") | (self.sample == "press")
        drawn |= self.sample == "unnamed"
        return np.where(drawn, 1.0, DRAWN)


def unlabelled(
    headlines: dict[str, Any], later: list[dict[str, str]], fresh: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """The AI headlines of the months that have labels, without those and without the fresh test's events."""
    months, known = {r["month"] for r in later}, {r["id"] for r in later}
    pieces = [p for key, p in headlines.items() if p["month"] in months and key not in known]
    return apart(pieces, [headlines[r["id"]]["title"] for r in fresh if r["id"] in headlines])


def apart(pieces: list[dict[str, Any]], titles: list[str]) -> list[dict[str, Any]]:
    """The AI headlines, each title once, that share less than three fifths of their words with all titles."""
    measured = [_words(title) for title in titles]
    kept: dict[str, dict[str, Any]] = {}
    for piece in pieces:
        if about_ai(piece["title"], piece["url"]):
            own = _words(piece["title"])
            if not any(len(own & other) >= max(3, 0.6 * min(len(own), len(other))) for other in measured):
                kept.setdefault(piece["title"].lower(), piece)
    return list(kept.values())


def _words(title: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]{3,}", title.lower()))


def margins(data: News, train: Any) -> Any:
    """A linear support vector machine on the AI labels; a second choice is a lighter label of its own."""
    train = train[data.on_topic[train]]
    weight = data.weight[train]
    first, second = ([column[n] for n in train] for column in (data.first, data.second))
    also = np.array([n for n, name in enumerate(second) if name in data.classes])
    rows, labels = np.r_[train, train[also]], [*first, *(second[n] for n in also)]
    weights = np.r_[weight, ALSO * weight[also]]
    model = LinearSVC(C=NEWS_COST, class_weight="balanced", random_state=SEED)
    return model.fit(data.text[rows], labels, sample_weight=weights)


def both(data: News, train: Any) -> tuple[Any, Any]:
    """Weights and bias of the regression, which learned guesses too, and of the machine, added."""
    slopes, middle = by_labels_and_guesses(data, train)
    machine = margins(data, train)
    return slopes + MARGINS * machine.coef_.T, middle + MARGINS * machine.intercept_


def by_labels_and_guesses(data: News, train: Any) -> tuple[Any, Any]:
    """Weights and bias of a softmax regression on the AI labels and on the guesses of the judged headlines.

    A second choice is a quarter of a label. No guess counts on a month of which no label is learned.
    """
    known, train = {*data.month[train], ""}, train[data.on_topic[train]]
    met = np.array(
        [n for n, row in enumerate(data.judged) if row["month"] in known or row["month"] < LABELLED]
    )
    place = {name: n for n, name in enumerate(data.classes)}
    wanted = np.zeros((len(train), len(place)))
    for row, n in enumerate(train):
        shared = SHARED if data.second[n] in place else 0
        wanted[row, place[data.first[n]]] = 1 - shared
        if shared:
            wanted[row, place[data.second[n]]] = shared
    rows, weight = train, data.weight[train]
    if len(met):
        guesses = softmax(np.array([data.judged[n]["scores"] for n in met]))
        rows, wanted = np.r_[train, len(data.first) + met], np.vstack([wanted, guesses])
        weight = np.r_[weight, np.ones(len(met))]
    return soft_regression(data.text[rows], wanted, weight / weight.sum(), SOFTNESS)


def soft_regression(design: Any, wanted: Any, weight: Any, penalty: float) -> tuple[Any, Any]:
    """Minimise the weighted cross-entropy to shares, with a squared penalty on the weights."""
    back, shape = design.T.tocsr(), (design.shape[1] + 1, wanted.shape[1])

    def loss(flat: Any) -> tuple[float, Any]:
        table = flat.reshape(shape).astype(np.float32)
        guess = softmax(design @ table[:-1] + table[-1])
        away = weight[:, None] * (guess - wanted)
        slope = np.vstack([back @ away + penalty * table[:-1], away.sum(0)])
        missed = -(weight[:, None] * wanted * np.log(guess + 1e-12)).sum()
        return float(missed + penalty / 2 * (table[:-1] ** 2).sum()), slope.ravel().astype(np.float64)

    solved = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    table = solved.x.reshape(shape)
    return table[:-1], table[-1]


def off_topic(data: News, train: Any) -> Any:
    """A logistic regression that tells what is off-topic among headlines in which no word says AI."""
    unnamed = train[~data.barred[train]]
    model = LogisticRegression(C=OFF_TOPIC_COST, solver="liblinear", max_iter=200)
    return model.fit(data.text[unnamed], ~data.on_topic[unnamed])


def train_news(
    shared: Path, folder: Path, months: Path | None, judged: Path | None, folds: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The news model and the figures of cross-validation, on drawn items and on months kept out."""
    data = News(shared, folder, months, judged)
    scores, doubts = np.zeros((len(data.first), len(data.classes))), np.zeros(len(data.first))
    for train, test in splits(data.month, folds):
        slopes, middle = both(data, train)
        scores[test] = data.text[test] @ slopes + middle
        doubts[test] = off_topic(data, train).decision_function(data.text[test])
        print("fold done", file=sys.stderr)
    everything = np.arange(len(data.first))
    (slopes, middle), gate = both(data, everything), off_topic(data, everything)
    drawn = np.where(data.sample == "random", 1, DRAWN) * (data.sample != "written") * data.on_topic
    kept = np.flatnonzero(drawn)
    scaled = calibrate(scores[kept], [data.first[n] for n in kept], drawn[kept], 0.3)
    judged = np.flatnonzero(~data.barred[: len(data.first)] & (data.sample == "random"))
    raised = LogisticRegression(C=10).fit(doubts[judged][:, None], ~data.on_topic[judged])
    slope, shift = float(raised.coef_[0, 0]), float(raised.intercept_[0])
    weights = np.c_[slopes @ scaled.coef_.T / NEWS_TEMPERATURE, slope * gate.coef_[0]]
    flat = (scaled.intercept_ + middle @ scaled.coef_.T) / NEWS_TEMPERATURE
    bias = np.r_[flat, slope * gate.intercept_[0] + shift]
    report = _report(data, scores @ scaled.coef_.T + scaled.intercept_, slope * doubts + shift)
    data.classes = [*data.classes, OFF_TOPIC]
    blocks = {n: (b, NEWS_FACTORS[n]) for n, b in data.blocks.items()}
    return packed("news", data, blocks, weights, bias), {"news": report}


def _report(data: News, scores: Any, doubts: Any) -> dict[str, Any]:
    """Accuracy, strict and with the second choice; what is about AI by its headline is never off-topic."""
    out = ~data.barred[: len(data.first)] & (1 / (1 + np.exp(-doubts)) > seen.SURELY)
    predicted = np.where(out, OFF_TOPIC, np.array(data.classes)[scores.argmax(1)])
    strict = predicted == np.array(data.first)
    lenient = strict | (predicted == np.array(data.second))
    random, later = data.sample == "random", data.month != ""
    samples = {
        "recorded": data.recorded & random,
        "months, AI": later & random & data.on_topic,
        "no word says AI, AI": ~data.barred[: len(data.first)] & data.on_topic & (random | later),
        "no word says AI, off-topic": ~data.barred[: len(data.first)] & ~data.on_topic & (random | later),
    }
    return {
        name: {
            "items": int(rows.sum()),
            "strict": round(float(strict[rows].mean()), 4),
            "with_second": round(float(lenient[rows].mean()), 4),
            "off_topic": round(float(out[rows].mean()), 4),
        }
        for name, rows in samples.items()
        if rows.any()
    }


def main() -> None:
    """Read, train, write, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--labels", type=Path, default=labelled.LABELS)
    parser.add_argument("--out", type=Path, default=ROOT / "src/daybrief/assets/categoriser.npz")
    parser.add_argument("--months", type=Path, help="monthly files of progscrape-data, commit 49e44041")
    parser.add_argument("--judged", type=Path, help="headlines judged by tools/judge_headlines.py")
    parser.add_argument("--crawl", type=Path, help="daily files of later papers, commit b4c542b7")
    parser.add_argument("--folds", type=int, default=6, help="of cross-validation, by months")
    parser.add_argument("--news", action="store_true", help="train news alone; papers stay as they are")
    options = parser.parse_args()
    news, of_news = train_news(options.shared, options.labels, options.months, options.judged, options.folds)
    print(json.dumps(of_news), file=sys.stderr)
    if options.news:
        with np.load(options.out, allow_pickle=False) as kept:
            papers = {name: kept[name] for name in kept.files if name.startswith("papers/")}
        np.savez_compressed(options.out, **papers, **news)
        return
    papers, of_papers = train_papers(options.shared, options.labels, options.crawl, options.folds)
    np.savez_compressed(options.out, **papers, **news)
    print(json.dumps({**of_papers, **of_news, "bytes": options.out.stat().st_size}, indent=1))


if __name__ == "__main__":
    main()
