"""Write the JSON Schema of a lab's result card into docs/schema: `python tools/card_schema.py`."""

from __future__ import annotations

from pathlib import Path

from daybrief.cards import card_schema
from daybrief.model import to_json

PATH = Path(__file__).parent.parent / "docs" / "schema" / "card-1.json"

if __name__ == "__main__":
    PATH.write_bytes(to_json(card_schema(), pretty=True))
