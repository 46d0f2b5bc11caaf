"""Teach the categoriser by rules, arXiv tags, the shipped model and readers' corrections, without a vote.

    python tools/teach_categoriser.py PAPERS.jsonl CORRECTIONS.tsv --out taught.npz

PAPERS: JSON Lines with `id`, `title`, `abstract`, `tags` (gzip or plain). CORRECTIONS: a table with the
columns `id` and `first`, the right category. Name the file in the configuration to use it:
`categoriser = { use = "embedded", taught = "taught.npz" }`. Measured on our own papers it does worse than the
shipped model alone (`docs/cards/categoriser.md`), so nothing is shipped and it is off by default. Needs the
extra `labs`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import sys
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from daybrief.adapters.files import replace_file
from daybrief.categorisers.embedded import EmbeddedCategoriser, Opinions, Options, shipped
from daybrief.labs.teachers.classifier import Teacher2TaskClassifier
from daybrief.model import Item, Story, Taxonomy
from daybrief.ports import Tools


def opinions_of(rows: list[dict[str, Any]]) -> list[Opinions]:
    """The opinions of rules, tags and model on each paper."""
    taxonomy = msgspec.toml.decode((files("daybrief") / "assets/taxonomy.toml").read_bytes(), type=Taxonomy)
    filer = EmbeddedCategoriser(Options(), Tools(taxonomy=taxonomy))
    return [filer.opinions(story(row), row["title"], row["abstract"]) for row in rows]


def story(row: dict[str, Any]) -> Story:
    """A story of one paper."""
    tags = tuple(row.get("tags") or ())
    text = row["abstract"]
    url = f"https://arxiv.org/abs/{row['id']}"
    item = Item(
        key=row["id"], source="taught", kind="paper", title=row["title"], url=url, text=text, tags=tags
    )
    return Story(id=row["id"], kind="paper", items=(item,), first_seen=date(2026, 1, 1))


def taught(rows: list[dict[str, Any]], corrections: dict[str, str], seed: int) -> dict[str, Any]:
    """The arrays of the student, as `opinions.Taught` reads them: the truth's token is folded into `b2`."""
    opinions = opinions_of(rows)
    student = Teacher2TaskClassifier(form="label", random_state=seed).fit(
        np.array([opinion.features for opinion in opinions]),
        np.array([corrections.get(row["id"]) for row in rows], dtype=object),
        np.array([opinion.labels for opinion in opinions], dtype=object),
        np.array([opinion.confidences for opinion in opinions], dtype=np.float64),
    )
    if not student.has_truth_:
        raise ValueError("no correction names a paper that was given")
    w, size = student.weights_, student.hidden
    truth = w["token"][student.teachers_] @ w["w2"][size:] + w["b2"]
    kept = {name: w[name] for name in ("w1", "b1", "w3", "b3")}
    spread = {"mean": student.mean_, "scale": student.scale_}
    return {"classes": student.classes_, **spread, **kept, "w2": w["w2"][:size], "b2": truth}


def papers(path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    return [json.loads(line) for line in text.split("\n") if line]


def corrections(path: Path) -> dict[str, str]:
    """The right category of each id that the shipped model knows; names those it does not."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = {r["id"]: r["first"] for r in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    known = {key: name for key, name in rows.items() if name in shipped("papers").classes}
    if strange := sorted(set(rows.values()) - set(known.values())):
        print(f"passed over, not among the model's categories: {', '.join(strange)}", file=sys.stderr)
    return known


def main() -> None:
    """Read, teach, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("papers", type=Path)
    parser.add_argument("corrections", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    try:
        arrays = taught(papers(given.papers), corrections(given.corrections), given.seed)
    except (OSError, ValueError, KeyError) as broken:
        parser.error(f"cannot teach from {given.papers} and {given.corrections}: {broken!r}")
    body = io.BytesIO()
    np.savez_compressed(body, **arrays)
    replace_file(given.out, body.getvalue())
    print(f"{given.out}: {len(arrays['classes'])} categories")


if __name__ == "__main__":
    main()
