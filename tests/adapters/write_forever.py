"""Writes one day's files again and again, each time with another number in all of them, until killed."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from daybrief.adapters.files import OutputFolder
from daybrief.model import Delivery

DAY = date(2024, 11, 26)
NAMES = (
    "2024-11-26/papers.md",
    "2024-11-26/news.md",
    "2024-11-26/site/index.html",
    "index.md",
    "feeds/all.xml",
)


def deliveries(number: int) -> list[tuple[str, Delivery]]:
    body = f"{number}\n".encode() * 4_000
    return [("text", Delivery(path=name, body=body, media_type="text/plain")) for name in NAMES]


def main(root: Path) -> None:
    for number in count(1):
        OutputFolder(root).write(DAY, deliveries(number), datetime.now(UTC))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
