"""Trains the roles of sentences: from labelled abstracts, and from abstracts that name their own parts.

Run: python benchmarks/train_roles.py   (about a minute; writes src/daybrief/assets/roles.json)

Labels: `benchmarks/roles.json`, months 2407 to 2409. Beside them, of the same months, abstracts with headings
of their own (Background: … Methods: … Results: …), the headings cut off, and sentences whose wording alone
leaves no doubt, for the rare roles. Nothing of a later month is read.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from daybrief.text.sentences import sentences
from daybrief.writers.extractive import OFFERED, ROLES, features

ROOT = Path(__file__).resolve().parents[1]
ARXIV = ROOT.parent / "shared" / "data" / "arxiv"
MONTHS = ("2407", "2408", "2409")
LABELLED, HEADED, WORDED, PLACED = 8.0, 0.6, 0.4, 0.1  # what an example of each origin weighs
PLENTY = 0.05  # of the weight, for a role with many examples of other origin
FEWEST, KEPT = 3, 4_000  # examples that a feature must have; features
HEADINGS = {
    "background": "background", "objective": "method", "objectives": "method", "purpose": "method",
    "method": "method", "methods": "method", "materials and methods": "method", "approach": "method",
    "results": "finding", "findings": "finding", "result": "finding", "introduction": "background",
}  # fmt: skip
_HEADING = re.compile(rf"^({'|'.join(HEADINGS)})\s?:\s*", re.IGNORECASE)
_ANY = re.compile(r"^[A-Z][A-Za-z ]{4,24}:\s*")
_SURE = {
    "release": r"\b(?:code|data ?sets?|models?|weights|implementation)\b.{0,60}\b(?:is|are|will be)\b.{0,20}"
    r"\b(?:available|released|open-sourced)\b",
    "finding": r"\b(?:results?|experiments?|evaluations?) (?:\w+ ){0,4}"
    r"(?:show|demonstrate|reveal|indicate)s?\b"
    r"|\bwe (?:\w+ly )?(?:show|find|found|demonstrate|observe) that\b|\b(?:outperform|surpass)(?:s|es|ed)?\b",
    "outlook": r"\bfuture (?:work|research|directions?|studies)\b"
    r"|\bopen (?:problems?|questions?|challenges)\b"
    r"|\bremain(?:s)? (?:open|unclear|to be)\b|\blimitations? of (?:our|this)\b|\bwe hope\b",
    "impact": r"\bpav(?:es|ing) the way\b|\bhas the potential to\b|\bimplications for\b|\bbroader impacts?\b"
    r"|\bopens? (?:up )?new (?:avenues|possibilities|opportunities)\b|\bcontributes? to (?:the|a) (?:deeper|"
    r"understanding|development|advancement)\b|\bunderscor\w+ the (?:importance|need)\b",
}


def abstracts() -> Iterator[str]:
    """The abstracts of the months of training."""
    for name in ("arxiv_2024-07_2024-08_ai.jsonl.gz", "arxiv_2024-09_2025-01.jsonl.gz"):
        with gzip.open(ARXIV / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if record["id"].startswith(MONTHS):
                    yield record["abstract"]


def labelled(months: tuple[str, ...]) -> Iterator[tuple[list[str], list[str]]]:
    """The sentences and roles of each labelled abstract of some months."""
    for paper in json.loads((ROOT / "benchmarks" / "roles.json").read_text(encoding="utf-8"))["papers"]:
        if paper["id"].startswith(months):
            yield (
                [sentence["text"] for sentence in paper["sentences"]],
                [sentence["role"] for sentence in paper["sentences"]],
            )


def headed(texts: list[str]) -> list[str] | None:
    """The role of each sentence of an abstract that names its parts; "" where a part has no role of ours."""
    roles, role, seen = [], "", set()
    for text in texts:
        if heading := _HEADING.match(text):
            role = HEADINGS[heading[1].lower()]
            seen.add(role)
        elif _ANY.match(text):
            role = ""
        roles.append(role)
    return roles if {"method", "finding"} <= seen else None


def examples() -> Iterator[tuple[set[str], str, float]]:
    """Features, role and weight of every example."""
    for texts, roles in labelled(MONTHS):
        for names, role in zip(features(texts), roles, strict=True):
            yield names, role, LABELLED
    for number, abstract in enumerate(abstracts()):
        texts = [span.text for span in sentences(abstract)]
        if roles := headed(texts):
            bare = [_HEADING.sub("", _ANY.sub("", text)) for text in texts]
            for names, role in zip(features(bare), roles, strict=True):
                if role:
                    yield names, role, HEADED
        elif number % 6 == 0:
            yield from placed(texts)
            for names, text in zip(features(texts), texts, strict=True):
                sure = [role for role, pattern in _SURE.items() if re.search(pattern, text, re.IGNORECASE)]
                if len(sure) == 1:
                    yield names, sure[0], WORDED * (PLENTY if sure[0] == "finding" else 1)


def placed(texts: list[str]) -> Iterator[tuple[set[str], str, float]]:
    """Yields sentences before a late first offer as background, and the offer itself as method."""
    offer = next((at for at, text in enumerate(texts) if OFFERED.search(text)), 0)
    if 2 <= offer <= 6:
        for at, names in enumerate(features(texts)):
            if at <= offer:
                yield names, "background" if at < offer else "method", PLACED


def main() -> None:
    """Train and write the weights."""
    rows, roles, origin = zip(*examples(), strict=True)
    table = DictVectorizer()
    matrix = table.fit_transform([dict.fromkeys(row, 1.0) for row in rows])
    frequent = np.asarray((matrix > 0).sum(0)).ravel() >= FEWEST
    matrix = matrix[:, frequent]
    model = LogisticRegression(C=0.2, max_iter=400)
    model.fit(matrix, roles, sample_weight=np.array(origin))
    order = [list(model.classes_).index(role) for role in ROLES]
    weights = model.coef_[order].T
    telling = np.argsort(-np.abs(weights).max(1))[:KEPT]
    names = table.get_feature_names_out()[frequent]
    words = {str(names[n]): [round(float(w), 3) for w in weights[n]] for n in sorted(telling)}
    bias = [round(float(model.intercept_[n]), 3) for n in order]
    about = f"Roles of sentences, from {len(rows)} examples of arXiv 2407 to 2409; benchmarks/train_roles.py"
    target = ROOT / "src" / "daybrief" / "assets" / "roles.json"
    target.write_text(
        json.dumps({"about": about, "bias": bias, "words": words}, separators=(",", ":")) + "\n",
        encoding="utf-8",
    )
    counts = {role: roles.count(role) for role in ROLES}
    print(f"{len(rows)} examples {counts}; {target.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
