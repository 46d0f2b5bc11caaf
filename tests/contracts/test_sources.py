"""The contract of every source plugin; a module put into `daybrief.sources` is found and tested by itself."""

from __future__ import annotations

import importlib
import pkgutil
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

import daybrief.sources
from daybrief.errors import SourceError
from daybrief.model import Category, Dropped, Item, Taxonomy, Window
from daybrief.ports import Scheduled, Tools
from daybrief.stages import schedule
from daybrief.testing import Route, StoppedClock, serve
from daybrief.testing.contracts import FORMAT, HOSTILE, REQUESTS, TERMS

NAMES = sorted(m.name for m in pkgutil.iter_modules(daybrief.sources.__path__) if not m.name.startswith("_"))
OTHERS = Category(id="others", kind="both", emoji="", name={"en": "Others"}, definition="")
TOOLS = Tools(taxonomy=Taxonomy(version="test", category=(OTHERS,)))
DAY = schedule.window(date(2026, 9, 24), "Asia/Seoul")  # a Thursday
MORNING = datetime(2026, 9, 24, 22, 30, tzinfo=UTC)
REQUIRED = {"url": "https://example.org/feed.xml", "name": "sample"}


def plugin(name: str) -> Any:
    return importlib.import_module(f"daybrief.sources.{name}")


def make(name: str) -> Any:
    """The plugin with its defaults; what has none is filled in."""
    fields = msgspec.structs.fields(plugin(name).Options)
    return plugin(name).make(
        plugin(name).Options(**{f.name: REQUIRED[f.name] for f in fields if f.required}), TOOLS
    )


def collected(name: str, body: bytes, window: Window = DAY, media_type: str = "") -> tuple[list[Any], str]:
    """The items of a source on a web that answers everything with these bytes, and its error's name."""
    route = Route(body, media_type=media_type or "application/octet-stream")
    lines: list[Any] = []
    with serve({"*": route}, clock=StoppedClock(MORNING)) as site:
        try:
            for line in make(name).collect(window, site.web):
                lines.append(line)
        except SourceError as failed:
            return lines, type(failed).__name__
    return lines, ""


def test_the_shipped_sources_are_found() -> None:
    assert {"arxiv", "hf_papers", "deeplearn"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_explained_in_the_docstring(name: str) -> None:
    options = plugin(name).Options
    text = options.__doc__ or ""
    for field in options.__struct_fields__:
        assert re.search(rf"^\s*{field}: \S+", text, re.M), f"{name}: the option {field!r} is not documented"


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_option_is_an_error(name: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**REQUIRED, "no_such_option": 1}, plugin(name).Options)


@pytest.mark.parametrize("name", NAMES)
def test_the_module_says_terms_requests_and_format(name: str) -> None:
    text = plugin(name).__doc__ or ""
    for wanted in (TERMS, REQUESTS, FORMAT):
        assert wanted.search(text), f"{name}: the docstring says nothing like {wanted.pattern}"


@pytest.mark.parametrize("name", NAMES)
def test_a_source_has_a_name_and_its_schedule_knows_three_answers(name: str) -> None:
    source = make(name)
    assert source.name
    if isinstance(source, Scheduled):
        for hours in range(-48, 96, 7):
            assert source.due(DAY, DAY.start + timedelta(hours=hours)) in {"due", "not yet", "nothing"}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_hostile_bytes_end_in_items_or_a_source_error(name: str, case: str) -> None:
    """Whatever comes: bounded items of the asked day, or a typed error; never another exception."""
    lines, _ = collected(name, HOSTILE[case])
    assert all(isinstance(line, Item | Dropped) for line in lines)
    items = [line for line in lines if isinstance(line, Item)]
    assert all(1 <= len(i.title) <= 2_400 and len(i.text) <= 160_000 for i in items)
    assert all(i.url.startswith(("https://", "http://")) and i.key for i in items)
    assert all(i.announced == DAY.day or (i.published and DAY.holds(i.published)) for i in items)
    assert len({i.key for i in items}) == len(items), "a source lists a thing once"
    assert all(
        line.ref and len(line.ref) <= 2_000 and line.reason for line in lines if isinstance(line, Dropped)
    )


@pytest.mark.parametrize("case", ["login page", "json error", "empty", "plain text", "json null"])
@pytest.mark.parametrize("name", NAMES)
def test_an_error_page_is_never_news_and_never_silence(name: str, case: str) -> None:
    lines, error = collected(name, HOSTILE[case])
    assert lines == []
    assert error


@pytest.mark.parametrize(
    "case", ["dates of 1970 and 2099", "json of another shape", "the same item 1,000 times"]
)
@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes_give_the_same_lines(name: str, case: str) -> None:
    assert collected(name, HOSTILE[case]) == collected(name, HOSTILE[case])
