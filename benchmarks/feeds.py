"""How many feeds of a corpus are read, refused or break the reader, beside plain feedparser.

    python benchmarks/feeds.py --data ../shared/data/sources/feeds/feedparser_tests.tar.gz --json

`--data` is a tar archive, a folder or one file, and may be given more than once. A file of the feedparser
corpus names the charset of its HTTP header in a comment; it is handed over as the web would.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import tarfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import feedparser

from daybrief.errors import DaybriefError
from daybrief.sources.feed import syndication

_ADDRESS = "https://example.org/feed.xml"
_CHARSET = re.compile(rb"Content-type:[^\n]*charset=([\w-]+)", re.IGNORECASE)


def documents(data: Path) -> Iterator[tuple[str, bytes]]:
    """The files of an archive, a folder or a single path, by name."""
    if data.is_dir():
        for path in sorted(p for p in data.rglob("*") if p.is_file()):
            if path.name.endswith(".tar.gz"):
                continue
            yield str(path.relative_to(data)), path.read_bytes()
    elif tarfile.is_tarfile(data):
        with tarfile.open(data) as archive:
            for member in archive:
                if member.isfile() and (stream := archive.extractfile(member)):
                    yield member.name, stream.read()
    else:
        yield data.name, data.read_bytes()


def measure(data: list[Path]) -> dict[str, object]:
    """The figures of the corpus."""
    count: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    broken: list[str] = []
    slowest = 0.0
    for name, body in (document for path in data for document in documents(path)):
        count["files"] += 1
        started = time.perf_counter()
        try:
            feed = syndication.read(body, address=_ADDRESS, charset=_charset(body))
        except DaybriefError as reason:
            refused[type(reason).__name__] += 1
        except Exception as error:  # what this benchmark is for
            broken.append(f"{name}: {error!r}")
        else:
            count["parsed"] += 1
            count["items"] += len(feed.entries)
            count["with_entries"] += bool(feed.entries)
            if "encoding" in name:
                count["encodings"] += 1
                count["encodings_clean"] += "\ufffd" not in repr(feed)
        slowest = max(slowest, time.perf_counter() - started)
        count["baseline"] += _baseline(body)
    return {
        "files": count["files"],
        "parsed": count["parsed"],
        "refused": dict(refused),
        "other_exceptions": len(broken),
        "broken": broken,
        "items": count["items"],
        "files_with_entries": count["with_entries"],
        "encodings_read": count["encodings"],
        "encodings_without_replacement": count["encodings_clean"],
        "slowest_s": round(slowest, 3),
        "feedparser_files_with_entries": count["baseline"],
    }


def _charset(body: bytes) -> str:
    match = _CHARSET.search(body[:2_000])
    return match[1].decode() if match else ""


def _baseline(body: bytes) -> bool:
    """Whether feedparser alone, as most programs call it, finds an entry."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return bool(feedparser.parse(io.BytesIO(body)).entries)
        except Exception:
            return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    options = parser.parse_args()
    figures = measure(options.data)
    if options.json:
        print(json.dumps(figures, ensure_ascii=False))
    else:
        for name, value in figures.items():
            print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
