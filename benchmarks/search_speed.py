"""How fast search is: latency by kind of query, index size, build time, and what the worst queries cost.

    python benchmarks/search_speed.py --data ../shared/data [--items 100000] [--index DIR] [--json]

The items are made of real ones: a title, and two halves of abstracts of other papers; one in ten carries a
Korean paragraph of an old report. So words are as frequent as they are, and no two items are the same. The
index is built by the product from days of 1,000 items. Each query is run once before it is timed. `wall` is
what a reader waits, on a machine that may do other things; `cpu` is the time of the thread that searches.
Then 50 threads throw bombs as fast as they are answered, while one asks what people ask.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from itertools import cycle
from pathlib import Path
from statistics import fmean
from typing import Any

from daybrief.errors import ArchiveBusy
from daybrief.model import Harvest, Item
from daybrief.search import ArchiveSearcher
from daybrief.search import lexical as bounds
from show import show

AT_ONCE, BOMBED_S = 50, 20.0
SEED, DAY_SIZE, FIRST = 20241126, 1_000, date(2000, 1, 1)
KOREAN = re.compile(r"[가-힣]{2,}")
COMMON = """we model learning data method models propose based results using performance training large
tasks network task language approach our neural framework show existing which from that this paper new
deep graph image state information problem methods different between problems algorithm study work novel
high time two systems system analysis experiments demonstrate datasets propose effective""".split()


class Days:
    """A made-up archive of `items` items."""

    def __init__(self, data: Path, items: int) -> None:
        self._data = data
        self._days = (items + DAY_SIZE - 1) // DAY_SIZE
        self.items = items

    @cached_property
    def papers(self) -> list[tuple[str, str]]:
        """Titles and abstracts."""
        pairs = []
        for path in sorted((self._data / "arxiv").glob("*.jsonl.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as text:
                for record in map(json.loads, text):
                    if record.get("abstract"):
                        pairs.append((record["title"], record["abstract"]))
        return pairs

    @cached_property
    def korean(self) -> list[str]:
        """Paragraphs of old reports."""
        lines = (self._data / "reports" / "reports.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["summary"][:800] for line in lines]

    def marks(self) -> dict[date, str]:
        return {FIRST + timedelta(n): "1" for n in range(self._days)}

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        number = (day - FIRST).days
        many = min(DAY_SIZE, self.items - number * DAY_SIZE)
        draw = random.Random(SEED + number)
        items = tuple(self._item(f"made:{number}-{n}", draw) for n in range(many))
        return (Harvest(source="made", state="fresh", items=items),)

    def _item(self, key: str, draw: random.Random) -> Item:
        (title, _), (_, first), (_, other) = (draw.choice(self.papers) for _ in range(3))
        text = f"{first[: len(first) // 2]} {other[len(other) // 2 :]}"
        if draw.random() < 0.1:
            text += " " + draw.choice(self.korean)
        source = draw.choice(("arxiv", "hf_papers", "hacker_news"))
        kind = "news" if source == "hacker_news" else "paper"
        return Item(key=key, source=source, kind=kind, title=title, url="https://example.org/", text=text)

    def edition(self, _day: date, _kind: str) -> None:
        """No editions."""


def ordinary(days: Days, many: int) -> Iterator[tuple[str, str]]:
    """The searches that people type, by kind."""
    draw = random.Random(SEED)
    for _ in range(many):
        title = draw.choice(days.papers)[0].split()
        at = draw.randrange(max(1, len(title) - 2))
        korean = KOREAN.findall(draw.choice(days.korean)) or ["모델"]
        yield "one word", draw.choice(title)
        yield "two or three words", " ".join(title[at : at + 3])
        yield "a whole title", " ".join(title).replace('"', " ")
        yield "a phrase", f'"{" ".join(title[at : at + 2])}"'
        yield "Korean", " ".join(draw.sample(korean, min(2, len(korean))))
        yield "words and filters", f"{' '.join(title[:2])} source:arxiv from:2001-01 to:2001-12 -survey"
        yield "common words", " ".join(draw.sample(COMMON, 4))
        yield "filters alone", "source:hf_papers kind:paper to:2001"


def bombs(days: Days) -> Iterator[tuple[str, str]]:
    """The dearest queries we could think of."""
    abstract = " ".join(text for _, text in days.papers[:20])
    yield "26 letters with stars", " ".join(f"{chr(97 + n)}*" for n in range(26))
    yield "a* AND, fifty times", "a* AND " * 50
    yield "every common word", " ".join(COMMON)
    yield (
        "every common word with every filter",
        " ".join(COMMON) + " source:arxiv kind:paper from:1999 to:2099",
    )
    yield "4,000 characters of abstracts", abstract
    yield (
        "eight phrases of common words",
        " ".join(f'"{a} {b}"' for a, b in zip(COMMON[:8], COMMON[8:16], strict=True)),
    )
    yield "the commonest phrase", '"in this paper we propose a new"'
    yield "a phrase of one word, 200 times", '"' + "model " * 200 + '"'
    yield "500 exclusions", "model " + " ".join(f"-{word}" for word in (COMMON * 10)[:500])
    yield "exclusions alone", " ".join(f"-{word}" for word in COMMON[:16])
    yield "single Korean letters", " ".join("이가는을다의에로하고기지사아자인도리한대스시정그")
    yield "4,000 Korean letters", ("인공지능모델학습데이터" * 400)[:4_000]
    yield (
        "Korean words of everybody",
        "모델 연구 기술 데이터 학습 성능 개발 분석 시스템 결과 활용 발전 인공지능 언어",
    )
    yield "one letter, 4,000 times", "a" * 4_000
    yield "quotes", '"' * 4_000
    yield "operators", "source: from: -" * 260
    yield "control characters", "\x00\x01\u202e" * 1_000 + "model"
    yield "accents", "é" + "\u0301" * 3_900


def timed(searcher: ArchiveSearcher, text: str) -> tuple[float, float]:
    """Milliseconds of wall and of this thread."""
    searcher.search(text)
    wall, cpu = time.perf_counter(), time.thread_time()
    searcher.search(text)
    return 1_000 * (time.perf_counter() - wall), 1_000 * (time.thread_time() - cpu)


def spread(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)], 1) for p in (50, 95, 99)
    } | {"worst": round(ordered[-1], 1)}


class Bombed:
    """The waits of `AT_ONCE` readers who throw bombs, and of one beside them with an ordinary search."""

    def __init__(self, searcher: ArchiveSearcher, days: Days) -> None:
        self._searcher = searcher
        self._bombs = [text for _, text in bombs(days)]
        self._ordinary = [text for _, text in ordinary(days, 10)]
        self._over = threading.Event()
        self.waits: dict[str, list[float]] = {"bombs": [], "ordinary": []}
        self.away = {"bombs": 0, "ordinary": 0}

    def run(self, seconds: float) -> dict[str, Any]:
        """Throw for so long."""
        throwers = [threading.Thread(target=self._throw, args=(n,)) for n in range(AT_ONCE)]
        reader = threading.Thread(target=self._ask, args=("ordinary", self._ordinary, 0.02))
        for thread in (*throwers, reader):
            thread.start()
        self._over.wait(seconds)
        self._over.set()
        for thread in (*throwers, reader):
            thread.join()
        return {
            kind: spread(waits) | {"asked": len(waits), "turned_away": self.away[kind]}
            for kind, waits in self.waits.items()
        }

    def _throw(self, number: int) -> None:
        draw = random.Random(SEED + number)
        self._ask("bombs", draw.sample(self._bombs, len(self._bombs)), 0.0)

    def _ask(self, kind: str, texts: list[str], pause_s: float) -> None:
        for text in cycle(texts):
            began = time.perf_counter()
            try:
                self._searcher.search(text)
            except ArchiveBusy:
                self.away[kind] += 1
            self.waits[kind].append(1_000 * (time.perf_counter() - began))
            if self._over.wait(pause_s):
                return


def built(days: Days, folder: Path) -> tuple[ArchiveSearcher, dict[str, Any]]:
    """The index in this folder, and what it took; one that is there already is not made again."""
    notes = folder / "build.json"
    searcher = ArchiveSearcher(folder)
    if not notes.exists():
        days.harvests(FIRST), days.korean
        wall, cpu = time.perf_counter(), time.process_time()
        searcher.sync(days)
        took = {"wall_s": round(time.perf_counter() - wall), "cpu_s": round(time.process_time() - cpu)}
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        notes.write_text(json.dumps(took | {"size_mb": round(size / 1e6)}), encoding="utf-8")
    return searcher, json.loads(notes.read_text(encoding="utf-8"))


def agreement(searcher: ArchiveSearcher, texts: list[str]) -> float:
    """The share of the first ten hits that stay when every list is read to its end, however long."""
    bounded = [{hit.id for hit in searcher.search(text, most=10).hits} for text in texts]
    bound, bounds.MOST_PLACES = bounds.MOST_PLACES, sys.maxsize
    whole = [{hit.id for hit in searcher.search(text, most=10).hits} for text in texts]
    bounds.MOST_PLACES = bound
    shares = [len(a & b) / len(b) for a, b in zip(bounded, whole, strict=True) if b]
    return round(fmean(shares), 3)


def report(days: Days, folder: Path, many: int) -> dict[str, Any]:
    """Build an index in a folder, or take the one that is there, and measure it."""
    searcher, build = built(days, folder)
    kinds: dict[str, list[tuple[float, float]]] = {}
    queries = list(ordinary(days, many))
    for kind, text in queries:
        kinds.setdefault(kind, []).append(timed(searcher, text))
    worst = {name: timed(searcher, text) for name, text in bombs(days)}
    every = [pair for pairs in kinds.values() for pair in pairs]
    return {
        "items": days.items,
        "build": build,
        "wall_ms": spread([wall for wall, _ in every]),
        "cpu_ms": spread([cpu for _, cpu in every]),
        "by_kind_cpu_ms": {kind: spread([cpu for _, cpu in pairs]) for kind, pairs in kinds.items()},
        "bombs_ms": {name: {"wall": round(w, 1), "cpu": round(c, 1)} for name, (w, c) in worst.items()},
        "bombed_ms": Bombed(searcher, days).run(BOMBED_S),
        "agreement": agreement(searcher, [text for _, text in queries]),
    }


def figures(report: dict[str, Any]) -> list[dict[str, str]]:
    """The targets beside the measurements."""
    items, wall, cpu = f"{report['items']:,} items", report["wall_ms"], report["cpu_ms"]
    bomb, cost = max(report["bombs_ms"].items(), key=lambda pair: pair[1]["wall"])
    build, thrown, beside = report["build"], report["bombed_ms"]["bombs"], report["bombed_ms"]["ordinary"]
    latency = (
        f"{wall['p50']} / {wall['p95']} / {wall['p99']} ms (CPU {cpu['p50']} / {cpu['p95']} / {cpu['p99']})"
    )
    rows = [
        ("p50 / p95 / p99", "p95 ≤ 50 ms at 1 M", latency),
        (
            f"the worst of {len(report['bombs_ms'])} query bombs, alone",
            "≤ 400 ms",
            f"{cost['wall']} ms (CPU {cost['cpu']}): {bomb}",
        ),
        (
            f"{AT_ONCE} bombs at once: p99 / worst",
            "≤ 400 ms",
            f"{thrown['p99']} / {thrown['worst']} ms; told to come back: "
            f"{thrown['turned_away']:,} of {thrown['asked']:,}",
        ),
        (
            "ordinary searches meanwhile: p50 / p95",
            "report",
            f"{beside['p50']} / {beside['p95']} ms; told to come back: "
            f"{beside['turned_away']} of {beside['asked']}",
        ),
        ("first ten hits as without the bound on places", "report", f"{100 * report['agreement']:.1f} %"),
        ("index", "report", f"{build['size_mb']} MB"),
        ("build", "report", f"{build['wall_s']} s (CPU {build['cpu_s']} s)"),
    ]
    return [{"what": f"{items}: {what}", "asked": target, "measured": value} for what, target, value in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=50, help="of each of the eight kinds")
    parser.add_argument("--index", type=Path, default=None, help="folder that keeps the index")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    days = Days(options.data, options.items)
    with tempfile.TemporaryDirectory() as folder:
        speeds = report(days, options.index or Path(folder), options.queries)
    speeds["figures"] = figures(speeds)
    show(speeds, as_json=options.json)


if __name__ == "__main__":
    main()
