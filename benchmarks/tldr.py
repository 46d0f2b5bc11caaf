"""How well the sentence chooser tells what a paper is: ROUGE against people's one-sentence summaries.

    python benchmarks/tldr.py --data ../shared/data/scitldr/SciTLDR-A_dev.jsonl [--json]

Any file of that form will do: a JSON object a line with `source` (the abstract's sentences), `target`
(summaries) and `title`. Scores are F1 in per cent, of each the highest over a paper's summaries, words
Porter-stemmed, as SciTLDR (Cachola et al. 2020) reports them. Beside ours: the first sentence, the first
two, a random one (the mean of ten draws) and the one sentence with the best ROUGE-1 (oracle), which no
choice of a whole sentence can beat.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec
import numpy as np
import snowballstemmer

from daybrief.text.sentences import sentences
from daybrief.writers.extractive.salience import choose, whole
from rouge import Rouge, best, tokens

SEED, DRAWS, RESAMPLES = 20241122, 10, 2_000
SCORES = {"rouge1": "unigrams", "rouge2": "bigrams", "rougeL": "longest"}

stem: Callable[[str], str] = cache(snowballstemmer.stemmer("porter").stemWord)


class Paper(msgspec.Struct, frozen=True):
    """A record: an abstract as sentences, its summaries, its title."""

    source: list[str]
    target: list[str]
    title: str = ""

    @property
    def text(self) -> str:
        """The abstract as one text."""
        return " ".join(sentence.strip() for sentence in self.source)


def papers(path: Path) -> list[Paper]:
    """Read the records; ends the program with what to do if the file is not there or not of this form."""
    if not path.is_file():
        sys.exit(
            f"{path}: no such file. Give --data a SciTLDR file (github.com/allenai/scitldr, SciTLDR-Data)."
        )
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        records = [msgspec.json.decode(line, type=Paper) for line in lines if line.strip()]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        sys.exit(f"{path}: not JSON lines with `source`, `target` and `title`: {error}")
    return records or sys.exit(f"{path}: holds no record.")


def scored(candidate: str, targets: Sequence[str]) -> Rouge:
    """The scores of one candidate text against a paper's summaries."""
    return best(tokens(candidate, stem), [tokens(target, stem) for target in targets])


def ours(paper: Paper, most: int) -> str:
    """The product's quotations as one text."""
    return " ".join(part.text for part in choose(paper.title, paper.text, most=most))


def printed(paper: Paper) -> str:
    """The embedded writer's text of it: the whole sentence around the best run."""
    split = sentences(paper.text)
    return " ".join(whole(run, split).text for run in choose(paper.title, paper.text, most=1))


def oracle(paper: Paper) -> str:
    """The sentence nearest to a summary, which needs the summaries to be known."""
    return max(paper.source, key=lambda sentence: scored(sentence, paper.target).unigrams)


def row(papers: Sequence[Paper], pick: Callable[[Paper], str], draws: int = 1) -> dict[str, Any]:
    """The mean scores of a way to pick, with the 95 % interval of a bootstrap over papers."""
    each = [[scored(pick(paper), paper.target) for _ in range(draws)] for paper in papers]
    values = {
        name: np.array([fmean(getattr(s, field) for s in got) for got in each])
        for name, field in SCORES.items()
    }
    sample = np.random.default_rng(SEED).integers(0, len(papers), (RESAMPLES, len(papers)))
    return {
        name: {
            "mean": round(100 * float(value.mean()), 2),
            "low": round(100 * float(np.quantile(value[sample].mean(1), 0.025)), 2),
            "high": round(100 * float(np.quantile(value[sample].mean(1), 0.975)), 2),
        }
        for name, value in values.items()
    }


def measure(papers: Sequence[Paper], most: int) -> dict[str, Any]:
    """Every row."""
    draw = random.Random(SEED)
    return {
        "ours": row(papers, lambda paper: ours(paper, most)),
        "ours_as_printed": row(papers, printed),
        "first_sentence": row(papers, lambda paper: paper.source[0]),
        "lead_2": row(papers, lambda paper: " ".join(paper.source[:2])),
        "random": row(papers, lambda paper: draw.choice(paper.source), DRAWS),
        "oracle": row(papers, oracle),
    }


def table(report: dict[str, Any]) -> str:
    """The report for a reader."""
    lines = [f"{report['data']}: {report['n']} papers, F1 in per cent (95 % interval)"]
    for name, scores in report["rows"].items():
        cells = "  ".join(f"{s['mean']:5.2f} ({s['low']:5.2f} to {s['high']:5.2f})" for s in scores.values())
        lines.append(f"{name:15} {cells}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="ROUGE of the sentence chooser against one-sentence summaries."
    )
    parser.add_argument("--data", type=Path, required=True, help="JSON lines with source, target, title")
    parser.add_argument("--most", type=int, default=2, help="how many sentences may be chosen (default 2)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    sample = papers(options.data)
    settings = {
        "most": options.most,
        "seed": SEED,
        "random_draws": DRAWS,
        "bootstrap": RESAMPLES,
        "stemmer": "porter",
    }
    report = {
        "data": options.data.name,
        "n": len(sample),
        "settings": settings,
        "rows": measure(sample, options.most),
    }
    print(json.dumps(report) if options.json else table(report))


if __name__ == "__main__":
    main()
