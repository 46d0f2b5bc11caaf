"""The way a benchmark prints its figures: as JSON for the page of figures, or in lines for a reader."""

from __future__ import annotations

import json
from typing import Any


def show(report: dict[str, Any], *, as_json: bool) -> None:
    """Print a report: all of it as JSON, or its `figures` as lines of what, asked and measured."""
    if as_json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
        return
    rows = report["figures"]
    width = min(90, max((len(row["what"]) for row in rows), default=0))
    for row in rows:
        print(f"{row['what']:<{width}}  {row.get('asked', '–'):<16}  {row['measured']}")
