"""The contract of every enricher; a module put into `daybrief.enrichers` is found and tested by itself."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import Any

import msgspec
import pytest

import daybrief.enrichers
from daybrief.errors import SourceError
from daybrief.model import Category, Item, Taxonomy
from daybrief.ports import Tools
from daybrief.testing import Route, serve

NAMES = sorted(
    m.name for m in pkgutil.iter_modules(daybrief.enrichers.__path__) if not m.name.startswith("_")
)
OTHERS = Category(id="others", kind="both", emoji="", name={"en": "Others"}, definition="")
TOOLS = Tools(taxonomy=Taxonomy(version="test", category=(OTHERS,)))
ITEMS = [
    Item(
        key=f"arxiv:2609.{n:05}",
        source="arxiv",
        kind="paper",
        title="T",
        url=f"https://arxiv.org/abs/2609.{n:05}",
    )
    for n in range(2)
]
HOSTILE = [
    b"",
    b"Rate exceeded.",
    b"null",
    b"[",
    b"[" * 100_000,
    b"[null]",
    b"[null, null, null]",
    b'[7, {"venue": {}}]',
    b'[{"title": "\\ud800"}, {"tldr": []}]',
    b"<html>Sign in</html>",
    b"\xff\xfe",
    b'[{"title": "Another", "venue": "NeurIPS", "citationCount": 4}, {"url": "https://evil.example/"}]',
    b'[{"abstract": "Another", "tldr": {"text": "It works."}}, {"key": "url:evil.example", "venue": "ICML"}]',
]


def plugin(name: str) -> Any:
    return importlib.import_module(f"daybrief.enrichers.{name}")


@pytest.mark.parametrize("name", NAMES)
def test_every_option_and_the_terms_are_explained(name: str) -> None:
    options = plugin(name).Options
    for field in options.__struct_fields__:
        assert re.search(rf"^\s*{field}: \S+", options.__doc__ or "", re.M), f"{name}: what is {field!r}?"
    for line in (r"^Terms: \S+", r"^Requests: .*\d", r"^Format: \S+"):
        assert re.search(line, plugin(name).__doc__ or "", re.M), f"{name}: the docstring lacks {line}"
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"no_such_option": 1}, options)


@pytest.mark.parametrize("body", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_bytes_end_in_the_same_items_or_a_source_error(name: str, body: bytes) -> None:
    """An enricher may add to an item; it may not invent one, lose its key or touch its evidence."""
    enriched: list[Item] = []
    with serve({"*": Route(body, media_type="application/json")}) as site:
        try:
            for item in plugin(name).make(plugin(name).Options(), TOOLS).enrich(ITEMS, site.web):
                enriched.append(item)
        except SourceError:
            pass
    known = {item.key: item for item in ITEMS}
    for item in enriched:
        before = known[item.key]
        assert (item.title, item.text, item.url) == (before.title, before.text, before.url)
