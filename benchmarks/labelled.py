"""The labelled papers and news: labels from this repository, texts joined from the recordings.

arXiv metadata is CC0, so the test papers lie here whole; every other text is read from `../shared/data`.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daybrief.text.plain import from_html

LABELS = Path(__file__).parent / "labels"
ARXIV = (
    "arxiv_2024-07_2024-08_ai.jsonl.gz",
    "arxiv_2024-09_2025-01.jsonl.gz",
    "arxiv_2025-04_2026-08_sample_full_metadata.jsonl.gz",
)
HACKER_NEWS = "https://news.ycombinator.com/item?id="


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file, gzip or plain."""
    raw = path.read_bytes()
    for line in (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode().split("\n"):
        if line:
            yield json.loads(line)


def labels(name: str, folder: Path = LABELS) -> list[dict[str, str]]:
    """The rows of one label file: papers_train, papers_test, papers_fresh, news_train and so on."""
    with (folder / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def arxiv(shared: Path) -> dict[str, dict[str, Any]]:
    """Every recorded arXiv record by id: title, abstract, tags (categories, primary first)."""
    records: dict[str, dict[str, Any]] = {}
    for name in ARXIV:
        for record in lines(shared / "arxiv" / name):
            tags = tuple(record.get("categories") or ())
            text = {"title": record["title"], "abstract": record.get("abstract", ""), "tags": tags}
            records.setdefault(record["id"], {"id": record["id"], "kind": "paper", **text})
    return records


def crawled(folder: Path) -> dict[str, dict[str, Any]]:
    """Every arXiv record of a crawl by id: `YYYY-MM-DD.jsonl`, one record a line, as daily-arXiv keeps them.

    The title and abstract are plain; `tags` are the categories, primary first.
    """
    records: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("20??-??-??.jsonl")):
        for record in lines(path):
            if record.get("summary"):
                title, abstract = (" ".join(record[name].split()) for name in ("title", "summary"))
                text = {"title": title, "abstract": abstract, "tags": tuple(record.get("categories") or ())}
                key = record["id"].split("v")[0]
                records.setdefault(key, {"id": key, "kind": "paper", **text})
    return records


def news(shared: Path) -> dict[str, dict[str, Any]]:
    """Every recorded news item by the id its label has (`hn:…` or its address): title, text, url."""
    pieces: dict[str, dict[str, Any]] = {}
    for key, title, text, url in (*_digests(shared), *_hacker_news(shared), *_reports(shared)):
        row = {"id": key, "kind": "news", "title": _plain(title), "text": _plain(text), "url": url}
        pieces.setdefault(key, row)
    return pieces


def months(folder: Path) -> dict[str, dict[str, Any]]:
    """Every headline of the monthly files of progscrape-data (`YYYY-MM.json`) by the id its label has.

    These are `hn:…`, `slashdot:…` and `reddit:…` (of r/technology), each with its title, url, month and time
    (seconds since 1970, UTC).
    """
    headlines: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("20??-??.json")):
        for key, post in (pair for line in lines(path) for pair in _posts(line)):
            row = {"id": key, "kind": "news", "title": post["raw_title"], "text": "", "url": post["url"][0]}
            headlines.setdefault(key, {**row, "month": path.stem, "time": post["date"]})
    return headlines


_SITES = {"hacker_news": "hn", "slashdot": "slashdot", "reddit-technology": "reddit"}


def _posts(line: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for post in line.values():
        site, _, number = post["id"].rpartition("-")
        if site in _SITES:
            yield f"{_SITES[site]}:{number}", post


def fresh_papers(shared: Path) -> list[dict[str, Any]]:
    """The labelled papers of months that no model was made on, with `label`, `second` and `month`.

    Those that the recordings lack lie beside the labels, whole or, from Hugging Face's list, cut as it cuts.
    """
    records = arxiv(shared)
    for row in lines(LABELS / "papers_fresh.jsonl.gz"):
        records.setdefault(row["id"], {**row, "kind": "paper"})
    rows = labels("papers_fresh")
    return [
        {**records[r["id"]], "label": r["first"], "second": r["second"], "month": r["month"]} for r in rows
    ]


def fresh_news(folder: Path) -> list[dict[str, Any]]:
    """The labelled headlines of months that no model was made on.

    Each has `label`, `second`, `month`, and `sample`: `few` or `many` of its month were drawn.
    """
    headlines = months(folder)
    rows = (r for r in labels("news_fresh") if r["id"] in headlines)
    return [
        {**headlines[r["id"]], "label": r["first"], "second": r["second"], "sample": r["sample"]}
        for r in rows
    ]


def test_items(kind: str, shared: Path) -> list[dict[str, Any]]:
    """The labelled test items of a kind, with `label` and `second`."""
    if kind == "papers":
        texts = {r["id"]: {**r, "kind": "paper"} for r in lines(LABELS / "papers_test.jsonl.gz")}
    else:
        texts = news(shared)
    return [{**texts[r["id"]], "label": r["first"], "second": r["second"]} for r in labels(f"{kind}_test")]


def _digests(shared: Path) -> Iterator[tuple[str, str, str, str]]:
    for r in lines(shared / "sources/multi_source_days/items_2026-07-26_2026-08-04.jsonl.gz"):
        if r["source_id"] != "hf_papers":  # papers, filed by the drawers of papers
            key = r.get("canonical_url") or r["url"]
            yield key, r["title"], r.get("summary") or "", key


def _hacker_news(shared: Path) -> Iterator[tuple[str, str, str, str]]:
    for month in ("2023-06", "2024-11", "2024-12"):
        for r in lines(shared / f"sources/hackernews_stories/{month}.jsonl.gz"):
            yield f"hn:{r['id']}", r["title"], "", r.get("url") or f"{HACKER_NEWS}{r['id']}"


def _reports(shared: Path) -> Iterator[tuple[str, str, str, str]]:
    for r in lines(shared / "reports/sources.jsonl"):
        if r["kind"] == "news" and r.get("title") and urlsplit(r["url"]).hostname != "arxiv.org":
            yield r["url"], r["title"], "", r["url"]


def _plain(text: str) -> str:
    return " ".join(from_html(text or "").split())
