"""Abstracts with TeX, and a model that copies it raw into JSON: claims lost because of escapes.

    python benchmarks/model_tex.py [--data ../shared/data] [--json]

Every abstract of the arXiv recordings that holds a backslash is taken as it was written. A good model quotes
each of its sentences that holds one, eight at the most. Its JSON is sent three ways: escaped as it should be;
with every backslash copied raw; and raw with the quotation marks of the source as they are (`G\\"odel`).
A claim is lost when it is found with the first and not with another; it is changed when its quote is found
but its sentence holds a control character. `before` is strict JSON, as it was read until November 2026.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from daybrief.adapters.llm import answers
from daybrief.model import Item
from daybrief.text import plain
from daybrief.text.sentences import sentences
from daybrief.writers.llm.read import ReadAnswer, quoted

MOST = 8
MONTHS = ("arxiv_2024-07_2024-08_ai", "arxiv_2024-09_2025-01", "arxiv_2025-04_2026-08_sample_full_metadata")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report = measure(abstracts(given.data / "arxiv"))
    if given.json:
        print(json.dumps(report))
        return
    for name, value in report.items():
        print(f"{name:32} {value}")


def abstracts(folder: Path) -> Iterator[Item]:
    """Every abstract with a backslash, once each."""
    seen: set[str] = set()
    for month in MONTHS:
        path = folder / f"{month}.jsonl.gz"
        if not path.is_file():
            raise SystemExit(f"{path} is missing: give the folder of recordings with --data")
        with gzip.open(path, "rt", encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                text = plain.paragraph(row.get("abstract") or "")
                if "\\" in text and text not in seen:
                    seen.add(text)
                    yield Item(
                        key=f"arxiv:{row['id']}", source="arxiv", kind="paper", title=str(row.get("title")),
                        url="https://arxiv.org/", text=text,
                    )  # fmt: skip


def measure(items: Iterator[Item]) -> dict[str, Any]:
    """Counts over all abstracts."""
    counts = {
        "abstracts": 0,
        "claims": 0,
        "lost_raw": 0,
        "lost_raw_quotes": 0,
        "changed": 0,
        "before_lost": 0,
    }
    examples: list[str] = []
    for item in items:
        quotes = [s.text for s in sentences(item.text) if "\\" in s.text and len(s.text) >= 12][:MOST]
        quotes = [q for q in quotes if len(q) <= 1_000]
        if not quotes:
            continue
        counts["abstracts"] += 1
        good = json.dumps(
            {"claims": [{"part": "finding", "sentence": q[:590], "quote": q} for q in quotes]},
            ensure_ascii=False,
        )
        expected, _ = _claims_found(good, item)
        counts["claims"] += expected
        for name, sent in (("lost_raw", raw(good)), ("lost_raw_quotes", raw_quotes(good))):
            kept, changed = _claims_found(sent, item)
            counts[name] += max(0, expected - kept)
            counts["changed"] += changed
            if kept < expected and len(examples) < 10:
                examples.append(f"{item.key} {name}: {sent[:300]}")
        counts["before_lost"] += max(0, expected - _strictly(raw(good), item))
    return counts | {"examples": examples}


def raw(good: str) -> str:
    """The JSON with each escaped backslash as it stands in the source; quotation marks stay escaped."""
    return re.sub(r"\\(.)", lambda match: "\\" if match[1] == "\\" else match[0], good)


def raw_quotes(good: str) -> str:
    r"""The same, but TeX's `\"` is copied as it stands, too."""
    return raw(good.replace('\\\\\\"', '\\"'))


def _claims_found(sent: str, item: Item) -> tuple[int, int]:
    """The claims whose quote is in the source, and those among them whose sentence was changed."""
    reading = answers.read(sent, ReadAnswer, item.text)
    claims = [c for c in reading.value.claims if quoted(c.quote, item)] if reading.value else []
    return len(claims), sum(bool(re.search(r"[\x00-\x08\x0b-\x1f\t]", c.sentence)) for c in claims)


def _strictly(sent: str, item: Item) -> int:
    try:
        answer = msgspec.json.decode(sent, type=ReadAnswer)
    except msgspec.DecodeError:
        return 0
    return sum(quoted(c.quote, item) is not None for c in answer.claims)


if __name__ == "__main__":
    main()
