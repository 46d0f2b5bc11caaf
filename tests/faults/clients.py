"""A client asks one address, and says what became of it, as a line of JSON.

    python clients.py daybrief|naive|feedparser|arxiv|reader URL BUDGET_S

A program of its own, so that its memory is its own and its parent can end it; it needs of each client that
client alone. `typed` is whether the client ended in a way that it documents: items, or an error of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

warnings.simplefilter("ignore")
Ask = Callable[[], int]


def daybrief(url: str, budget_s: float) -> tuple[Ask, tuple[type[BaseException], ...]]:
    from datetime import date
    from urllib.parse import urlsplit

    from daybrief.adapters.web import HttpWeb, WebSettings
    from daybrief.errors import DaybriefError
    from daybrief.model import Item
    from daybrief.sources.feed import FeedSource, Options
    from daybrief.stages.schedule import window

    port = urlsplit(url).port or 80
    folder = Path(tempfile.mkdtemp())
    settings = WebSettings(budget_s=budget_s, allow=(("127.0.0.1", port),), cache_path=folder,
                           spacing_path=folder)  # fmt: skip
    source = FeedSource(Options(url=url, name="f"))

    def ask() -> int:
        with HttpWeb(settings) as web:
            lines = source.collect(window(date(2024, 11, 26), "UTC"), web)
            return sum(isinstance(line, Item) for line in lines)

    return ask, (DaybriefError,)


def naive(url: str, _budget_s: float) -> tuple[Ask, tuple[type[BaseException], ...]]:
    import urllib.error
    import urllib.request
    from http.client import HTTPException
    from xml.etree import ElementTree

    def ask() -> int:
        body = urllib.request.urlopen(url, timeout=10).read()
        return sum(1 for _ in ElementTree.fromstring(body).iter("item"))

    return ask, (urllib.error.URLError, HTTPException, ElementTree.ParseError)


def feedparser(url: str, _budget_s: float) -> tuple[Ask, tuple[type[BaseException], ...]]:
    import feedparser as library

    return (lambda: len(library.parse(url).entries)), ()  # documented: never raises


def arxiv(url: str, _budget_s: float) -> tuple[Ask, tuple[type[BaseException], ...]]:
    import arxiv as library
    import requests

    client = library.Client()
    client.query_url_format = url + "?{}"
    errors = (library.ArxivError, requests.RequestException)
    return (lambda: sum(1 for _ in client.results(library.Search("cat:cs.CL", max_results=10)))), errors


def reader(url: str, _budget_s: float) -> tuple[Ask, tuple[type[BaseException], ...]]:
    from reader import ReaderError, make_reader

    made = make_reader(":memory:")
    made.add_feed(url)

    def ask() -> int:
        made.update_feed(url)
        return int(made.get_entry_counts().total or 0)

    return ask, (ReaderError,)


def main() -> None:
    client, url, budget_s = sys.argv[1:]
    ask, documented = globals()[client](url, float(budget_s))
    before, begun, items, typed = _fresh_peak(), time.perf_counter(), 0, True
    try:
        items = ask()
        outcome = f"{items} items"
    except documented as refused:
        outcome = type(refused).__name__
    except BaseException as failure:
        outcome, typed = f"{type(failure).__name__}: {str(failure)[:60]}", False
    report = {"outcome": outcome, "typed": typed, "items": items, "seconds": time.perf_counter() - begun}
    sys.stdout.write(json.dumps(report | {"mib": _mib("VmHWM") - before}) + "\n")
    sys.stdout.flush()


def _fresh_peak() -> float:
    """MiB in use now, from where the peak is counted anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _mib("VmRSS")


def _mib(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    main()
