"""A static site of recorded days: time, size, links that lead nowhere, and whether its search is as good.

    python benchmarks/site.py --data ../shared/data [--days 100] [--json]

The days are those of `replay.py`, made by the whole pipeline with its defaults; the site is built twice, with
pictures. Links are followed by the check of `tests/publishers/test_site.py`, which knows nothing of how
pages are made. The search in the page is asked the Korean queries of `search_korean.py` over its texts,
in Chromium, beside the program's own search.
"""

from __future__ import annotations

import argparse
import functools
import http.server
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec
from playwright.sync_api import sync_playwright

import search_korean
from daybrief.adapters.archive import open_archive
from daybrief.adapters.archive.writing import SqlArchive
from daybrief.adapters.files import Mirror
from daybrief.adapters.machine import Forks, SystemClock, usable_cores
from daybrief.app.outputs import build_site
from daybrief.app.ports import MADE_BY
from daybrief.model import Delivery
from daybrief.publishers._site.catalogue import Catalogue, IndexedStory, SearchIndex
from daybrief.publishers._site.pages import SiteOptions, extra_files, page_files
from daybrief.search import ArchiveSearcher
from replay import printed_archive, recorded

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.publishers.test_site import broken_links, files

BASE = "https://example.org/brief/"


def built(archive: SqlArchive, out: Path) -> tuple[float, Any]:
    """Wall seconds of a build, and what it did."""
    start = time.perf_counter()
    options, divide = SiteOptions(base_url=BASE), Forks(min(2, usable_cores()))  # as `daybrief site` does
    done = build_site(archive, Mirror(out), options, SystemClock().now(), MADE_BY, divide=divide)
    return time.perf_counter() - start, done


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


def korean(data: Path, folder: Path) -> tuple[float, float]:
    """Recall@10 of the page's search and of the program's, over the labelled Korean queries."""
    texts = search_korean.texts(data)
    labels = json.loads(search_korean.LABELS.read_text(encoding="utf-8"))
    searcher = ArchiveSearcher(folder.with_name("program"))
    ours = fmean(recall for _, recall, _ in search_korean.measured(searcher, texts))
    words, references = SearchIndex("ko"), list(texts)
    for reference in references:
        title = texts[reference] if reference[0] == "s" else ""
        words.put(IndexedStory(title=title, at=reference, texts=()), (texts[reference],))
    options = SiteOptions()
    catalogue = Catalogue("ko")
    made = [
        *page_files(catalogue, options),
        *extra_files(catalogue, [], (), options),
        *map(_filled, words.files()),
    ]
    for delivery in made:
        place = folder / delivery.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(delivery.body)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with served(folder) as url, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{url}search.html")
        script = "async asked => { await Brief.open(); const all = []; for (const q of asked)"
        script += " all.push((await Brief.ranked(q)).order.slice(0, 10)); return all; }"
        orders = page.evaluate(script, [label["query"] for label in labels])
        browser.close()
    hits = [{references[n] for n in order} for order in orders]
    pairs = list(zip(labels, hits, strict=True))
    return fmean(len(set(q["relevant"]) & h) / len(q["relevant"]) for q, h in pairs), ours


def _filled(delivery: Delivery) -> Delivery:
    """The index of bare texts, as if each were a story of its own on one day."""
    if delivery.path != "search/index.json":
        return delivery
    index = msgspec.json.decode(delivery.body)
    count = index["count"]
    index |= {"days": [date(2024, 11, 26).isoformat()], "sources": ["reports"], "names": ["reports"]}
    index["categories"] = [{"id": "llm", "emoji": "", "label": "", "names": []}]
    index |= {name: [0] * count for name in ("day", "kind", "category")}
    index |= {"source": [[0]] * count, "group": list(range(count))}
    return msgspec.structs.replace(delivery, body=msgspec.json.encode(index))


def measure(data: Path, days: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = open_archive(printed_archive(folder, islice(recorded(data), days)))
        first, done = built(archive, folder / "site")
        again, redone = built(archive, folder / "site")
        published = files(folder / "site")
        lost = broken_links(published, BASE)
        recall, ours = korean(data, folder / "korean")
    size = sum(map(len, published.values()))
    index = sum(len(body) for path, body in published.items() if path.startswith("search/"))
    pages = sum(path.endswith(".html") for path in published)
    figures = [
        {"what": f"build of {done.days} days, {done.stories} stories", "measured": f"{first:.1f} s"},
        {
            "what": "build again, nothing changed (days made anew)",
            "measured": f"{again:.1f} s ({redone.made})",
        },
        {"what": "size, of it the search index", "measured": f"{size / 1e6:.1f} MB, {index / 1e6:.1f} MB"},
        {"what": "pages / files", "measured": f"{pages} / {len(published)}"},
        {"what": "links that lead nowhere", "asked": "0", "measured": f"**{len(lost)}**"},
        {
            "what": "search in the page, 200 Korean queries: recall@10",
            "measured": f"{recall:.3f} (program {ours:.3f})",
        },
    ]
    return {"figures": figures, "lost": lost[:20]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options.data, options.days)
    rows = [f"{row['what']}: {row['measured']}" for row in report["figures"]]
    print(json.dumps(report, ensure_ascii=False, indent=1) if options.json else "\n".join(rows))


if __name__ == "__main__":
    main()
