"""Rebuild the recorded day that ships with the package: `src/daybrief/assets/founding/`.

    python tools/build_founding.py --shared ../shared/data

No wire recording of 2024-11-26 exists. This reconstructs what the sources answered from dated lists and arXiv
records (see the README it stands beside), lets the real sources ask for it, and records the exchange exactly
as `daybrief run --record` does. Deterministic: the same data give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from daybrief import plugins
from daybrief.adapters.machine import FixedClock
from daybrief.adapters.recording import RecordingWeb
from daybrief.app import App
from daybrief.app.runs import shareable
from daybrief.config import Settings
from daybrief.errors import Refused
from daybrief.model import Fetched
from daybrief.stages.collect import CollectionLimits, collect
from daybrief.stages.schedule import window

DAY = date(2024, 11, 26)
AT = datetime(2024, 11, 26, 22, 30, tzinfo=UTC)  # 07:30 the next morning in Seoul
FOLDER = Path(__file__).parent.parent / "src" / "daybrief" / "assets" / "founding"

# As deeplearn.org's "Hot Papers" panel listed them: article number, slug, arXiv id.
DEEPLEARN = (
    ("549218", "drowning-in-documents:-consequences-of-scaling-reranker-inference", "2411.11767"),
    ("549352", "mgnicenet:-unified-monocular-geometric-scene-understanding", "2411.11466"),
    ("550073", "what-is-fair?-defining-fairness-in-machine-learning-for-health", "2406.09307"),
    ("550099", "heuristic-free-multi-teacher-learning", "2411.12724"),
    (
        "547416",
        "data-driven-gradient-optimization-for-field-emission-management-in-a-superconducting-"
        "radio-frequency-linac",
        "2411.07018",
    ),
    (
        "548667",
        "quantum-machine-learning:-an-interplay-between-quantum-computing-and-machine-learning",
        "2411.09403",
    ),
)
# As Hugging Face's daily list held them, in its order.
HUGGING_FACE = ("2411.14793", "2411.15124", "2411.12946", "2411.15098", "2411.14982", "2411.13543")
RENAMED = {"2406.09307": "What is Fair? Defining Fairness in Machine Learning for Health"}
SETTINGS = Settings(
    sources=(
        {"use": "deeplearn"},
        {"use": "hf_papers"},
        {"use": "hacker_news"},
    )
)


def papers(shared: Path) -> dict[str, dict[str, Any]]:
    """The twelve arXiv records by id."""
    wanted = {identifier for *_, identifier in DEEPLEARN} | set(HUGGING_FACE)
    records = {}
    with gzip.open(shared / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["id"] in wanted:
                records[row["id"]] = row | {"title": RENAMED.get(row["id"], row["title"])}
    if wanted - records.keys():
        raise SystemExit(f"not in the arXiv records: {sorted(wanted - records.keys())}")
    return records


def stories(shared: Path) -> list[dict[str, Any]]:
    """The Hacker News stories of the day, newest first, as Algolia lists them."""
    span = window(DAY, SETTINGS.zone)
    with gzip.open(shared / "sources/hackernews_stories/2024-11.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    ours = [r for r in rows if span.holds(datetime.fromtimestamp(r["time"], UTC))]
    return sorted(ours, key=lambda r: (-r["time"], r["id"]))


class Reconstruction:
    """The web of that day, as far as it can be told from the lists."""

    def __init__(self, shared: Path) -> None:
        self._papers = papers(shared)
        self._stories = stories(shared)

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        """The page at `url`, or a 404."""
        parts = urlsplit(url)
        if parts.hostname == "deeplearn.org":
            return self._answer(url, self._deeplearn(parts.path, url), "text/html")
        if parts.hostname == "huggingface.co" and parts.path == "/api/daily_papers":
            return self._answer(url, json.dumps(self._daily_list()), "application/json")
        if parts.hostname == "hn.algolia.com":
            page = int(parse_qs(parts.query).get("page", ["0"])[0])
            size = int(parse_qs(parts.query).get("hitsPerPage", ["100"])[0])
            return self._answer(url, json.dumps(self._hits(page, size)), "application/json")
        raise Refused(f"404 {url}", status=404, url=url)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Nothing here takes a POST."""
        raise Refused(f"404 {url}", status=404, url=url)

    @staticmethod
    def _answer(url: str, body: str, media_type: str) -> Fetched:
        return Fetched(
            url=url,
            final_url=url,
            status=200,
            body=body.encode(),
            media_type=media_type,
            charset="utf-8",
            fetched_at=AT,
        )

    def _deeplearn(self, path: str, url: str) -> str:
        if path in {"", "/"}:
            links = "\n".join(
                f'<div class="title"><a href="/arxiv/{number}/{html.escape(slug)}">'
                f"{html.escape(self._papers[identifier]['title'])}</a></div>"
                for number, slug, identifier in DEEPLEARN
            )
            return (
                "<!DOCTYPE html><html><head><title>Deep Learning Monitor</title></head><body>\n"
                f'<div class="panel"><h3 class="panel-title">Hot Papers</h3>\n{links}\n</div></body></html>\n'
            )
        for number, _, identifier in DEEPLEARN:
            if path.startswith(f"/arxiv/{number}/"):
                paper = self._papers[identifier]
                return (
                    f"<!DOCTYPE html><html><head><title>{html.escape(paper['title'])}</title></head><body>\n"
                    f'<h1>{html.escape(paper["title"])}</h1>\n<div class="article-content">'
                    f"<p>{html.escape(paper['abstract'])}</p>\n"
                    f'<a href="https://arxiv.org/abs/{identifier}">arXiv</a></div></body></html>\n'
                )
        raise Refused(f"404 {url}", status=404, url=url)

    def _daily_list(self) -> list[dict[str, Any]]:
        return [
            {
                "paper": {
                    "id": identifier,
                    "title": (paper := self._papers[identifier])["title"],
                    "summary": paper["abstract"],
                    "authors": [{"name": name} for name in paper.get("authors", [])],
                    "publishedAt": f"{paper['published']}T00:00:00.000Z",
                    "submittedOnDailyAt": f"{DAY}T00:00:00.000Z",
                },
                "publishedAt": f"{paper['published']}T00:00:00.000Z",
                "title": paper["title"],
                "summary": paper["abstract"],
            }
            for identifier in HUGGING_FACE
        ]

    def _hits(self, page: int, size: int) -> dict[str, Any]:
        rows = self._stories[page * size : (page + 1) * size]
        return {
            "hits": [self._hit(r) for r in rows],
            "nbHits": len(self._stories),
            "page": page,
            "nbPages": -(-len(self._stories) // size),
            "hitsPerPage": size,
        }

    @staticmethod
    def _hit(row: dict[str, Any]) -> dict[str, Any]:
        created = datetime.fromtimestamp(row["time"], UTC)
        return {
            "_tags": ["story", f"story_{row['id']}"],
            "created_at": f"{created:%Y-%m-%dT%H:%M:%SZ}",
            "created_at_i": row["time"],
            "num_comments": row.get("comments") or 0,
            "objectID": str(row["id"]),
            "points": row.get("points") or 0,
            "story_id": int(row["id"]),
            "title": row["title"],
            "url": row.get("url") or "",
        }


def _reports(shared: Path) -> Iterator[str]:
    readme = FOLDER / "README.md"
    kept = readme.read_text(encoding="utf-8") if readme.exists() else ""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    if kept:
        readme.write_text(kept, encoding="utf-8")
    span = window(DAY, SETTINGS.zone)
    kept = msgspec.to_builtins(shareable(SETTINGS))
    web = RecordingWeb(Reconstruction(shared), FOLDER, span, FixedClock(AT), settings=kept)
    tools = App(SETTINGS).ports.tools()
    sources = [plugins.build("sources", table, tools) for table in SETTINGS.sources]
    limits = CollectionLimits(items=SETTINGS.max_items, at_once=1)  # so that files are numbered in one order
    for harvest in collect(span, sources, web, AT, limits, strict=True):
        yield f"{harvest.source}: {harvest.state}, {len(harvest.items)} items, {harvest.requests} requests"
        if harvest.error:
            raise SystemExit(f"{harvest.source} failed: {harvest.error}")


def main() -> None:
    """Rebuild the folder and say what each source found in it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    given = parser.parse_args()
    for line in _reports(given.shared):
        print(line)


if __name__ == "__main__":
    main()
