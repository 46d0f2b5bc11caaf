"""Write the JSON Schema of a published edition into docs/schema: `python tools/edition_schema.py`."""

from __future__ import annotations

from pathlib import Path

from daybrief.model import edition_schema, to_json

PATH = Path(__file__).parent.parent / "docs" / "schema" / "edition-1.json"

if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_bytes(to_json(edition_schema(), pretty=True))
