"""A brief's own papers as a scene: rules, arXiv tags and the shipped model are the teachers.

A folder with `papers_test.jsonl.gz` (id, title, abstract, tags) and `papers_test.tsv` (id, first), as
`benchmarks/labels` of the repository. The truths stand for readers' corrections.
"""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from daybrief.categorisers.embedded import EmbeddedCategoriser, Options, shipped
from daybrief.errors import LabError
from daybrief.labs.teachers.annotators import Scene
from daybrief.labs.teachers.tasks import MISSING, Floats, Ints
from daybrief.model import Item, Story, Taxonomy
from daybrief.ports import Tools

TESTED = 240  # papers held out for the test


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Papers:
    """features (n, k), truth (n,), labels and confidence (n, 3) of rules, tags, model."""

    names: tuple[str, ...]
    features: Floats
    truth: Ints
    labels: Ints
    confidence: Floats

    def split(self, seed: int) -> tuple[Scene, float]:
        """A pool and a test of a seed, and how often the shipped model alone is right on that test."""
        order = np.random.default_rng([seed, 59]).permutation(len(self.truth))
        test, pool = order[:TESTED], order[TESTED:]
        alone = float((self.labels[test, -1] == self.truth[test]).mean())
        drawn = Scene(
            pool=self.features[pool],
            truth=self.truth[pool],
            test=self.features[test],
            test_truth=self.truth[test],
            labels=self.labels[pool],
            confidence=self.confidence[pool],
            order=np.arange(len(pool)),
        )
        return drawn, alone


def papers(folder: Path) -> Papers:
    """Reads the folder and asks the three teachers; raises LabError that names the file at fault."""
    labels, texts = _read(folder)
    taxonomy = msgspec.toml.decode(
        (files("daybrief") / "assets" / "taxonomy.toml").read_bytes(), type=Taxonomy
    )
    filer = EmbeddedCategoriser(Options(), Tools(taxonomy=taxonomy))
    names = shipped("papers").classes
    number = {name: at for at, name in enumerate(names)}
    rows = [text for text in texts if labels.get(text["id"]) in number]
    if len(rows) < 2 * TESTED:
        raise LabError(f"{folder} has {len(rows)} labelled papers; at least {2 * TESTED} are needed")
    opinions = [filer.opinions(_story(row), row["title"], row["abstract"]) for row in rows]
    return Papers(
        names=names,
        features=np.array([opinion.features for opinion in opinions]),
        truth=np.array([number[labels[row["id"]]] for row in rows]),
        labels=np.array(
            [[number.get(label or "", MISSING) for label in opinion.labels] for opinion in opinions]
        ),
        confidence=np.array([[sure or 0.0 for sure in opinion.confidences] for opinion in opinions]),
    )


def _read(folder: Path) -> tuple[dict[str, str], list[dict[str, Any]]]:
    try:
        with (folder / "papers_test.tsv").open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            labels = {row["id"]: row["first"] for row in table}
        raw = gzip.decompress((folder / "papers_test.jsonl.gz").read_bytes()).decode()
        return labels, [json.loads(line) for line in raw.split("\n") if line]
    except (OSError, EOFError, KeyError, ValueError) as broken:
        raise LabError(
            f"the labelled papers in {folder} cannot be read: {broken!r}",
            hint="give a folder with papers_test.tsv and papers_test.jsonl.gz, as benchmarks/labels",
        ) from broken


def _story(row: dict[str, Any]) -> Story:
    item = Item(
        key=row["id"],
        source="lab",
        kind="paper",
        title=row["title"],
        url=f"https://arxiv.org/abs/{row['id']}",
        text=row["abstract"],
        tags=tuple(row["tags"]),
    )
    return Story(id=row["id"], kind="paper", items=(item,), first_seen=date(2026, 1, 1))
