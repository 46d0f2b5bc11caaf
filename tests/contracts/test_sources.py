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

NAMES = sorted(m.name for m in pkgutil.iter_modules(daybrief.sources.__path__) if not m.name.startswith("_"))
OTHERS = Category(id="others", kind="both", emoji="", name={"en": "Others"}, definition="")
TOOLS = Tools(taxonomy=Taxonomy(version="test", category=(OTHERS,)))
DAY = schedule.window(date(2026, 9, 24), "Asia/Seoul")  # a Thursday
MORNING = datetime(2026, 9, 24, 22, 30, tzinfo=UTC)
REQUIRED = {"url": "https://example.org/feed.xml", "name": "sample"}

TERMS = re.compile(r"\b(?:terms|licen[cs]e|CC0|free|belongs? to)\b", re.I)
REQUESTS = re.compile(r"\b(?:\d+|one|two|requests:).{0,80}\brequests?\b|\brequests: \d", re.I | re.DOTALL)
FORMAT = re.compile(r"https://\S+\.\S+|`daybrief\.text\.\w+`")

XML_BOMB = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><rss><channel>&b;</channel></rss>'
HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "blank": b" \r\n\t ",
    "plain text": b"Rate exceeded.",
    "login page": b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form/></body></html>",
    "json error": b'{"error": "Service busy", "code": 500}',
    "json null": b"null",
    "json of another shape": b'[1, "a", null, [], {"paper": 7, "id": []}, {"hits": {"x": 1}}]',
    "deep json": b"[" * 100_000,
    "cut json": b'{"hits": [{"title": "A", "url": "https://exa',
    "cut rss": b'<rss version="2.0"><channel><title>arXiv.org</title><item><title>A</ti',
    "cut html": b'<html><div class="panel"><h3 class="panel-title">Hot Papers</h3><div class="title"><a hr',
    "wrong encoding": '<?xml version="1.0" encoding="utf-8"?><rss><channel/></rss>'.encode("utf-16"),
    "unknown encoding": b'<?xml version="1.0" encoding="x-no-such"?><rss><channel/></rss>',
    "not unicode": b"\xff\xfe\x00\xd8\x00\xd8<rss>",
    "nul": b"\0" * 4_096,
    "entities": XML_BOMB,
    "outside entity": b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss><channel>&a;</channel></rss>',
    "deep": b"<a>" * 50_000,
    "attributes": b"<rss " + b" ".join(b'a%d=""' % n for n in range(40_000)) + b"/>",
    "namespaces": b"<rss>" + b"".join(b'<x xmlns:n%d="u:%d"/>' % (n, n) for n in range(20_000)) + b"</rss>",
    "surrogates": b'[{"title": "\\ud800", "url": "https://example.org/", "paper": {"id": "2609.00001"}}]',
}  # fmt: skip


def item(title: str, number: int, stamp: str = "Thu, 24 Sep 2026 02:00:00 +0000") -> str:
    return (
        f"<item><title>{title}</title><link>https://example.org/{number}</link><description>Text.</description>"
        f"<guid>oai:arXiv.org:2609.{number:05}v1</guid><category>cs.LG</category><pubDate>{stamp}</pubDate></item>"
    )


def feed(*items: str) -> bytes:
    channel = "<title>cs.LG updates on arXiv.org</title><pubDate>Thu, 24 Sep 2026 00:00:00 -0400</pubDate>"
    return f'<rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'.encode()


HOSTILE |= {
    "a title of a megabyte": feed(item("x" * 2**20, 1)),
    "a title of marks": feed(item("a" + "\u0301" * 100_000, 1)),
    "20,000 items": feed(*(item("A", n) for n in range(20_000))),
    "the same item 1,000 times": feed(*(item("A", 1) for _ in range(1_000))),
    "dates of 1970 and 2099": feed(
        item("A", 1, "Thu, 01 Jan 1970 00:00:00 GMT"),
        item("B", 2, "Thu, 01 Jan 2099 00:00:00 GMT"),
        item("C", 3, "Sat, 31 Feb 2026 99:00:00 +2500"),
    ),
}


def plugin(name: str) -> Any:
    return importlib.import_module(f"daybrief.sources.{name}")


def make(name: str) -> Any:
    """The plugin with its defaults; what has none is filled in."""
    fields = msgspec.structs.fields(plugin(name).Options)
    return plugin(name).make(
        plugin(name).Options(**{f.name: REQUIRED[f.name] for f in fields if f.required}), TOOLS
    )


def collected(name: str, body: bytes, window: Window = DAY, media_type: str = "") -> tuple[list[Any], str]:
    """What a source makes of a web that answers everything with these bytes, and its error's name."""
    route = Route(body, media_type=media_type or "application/octet-stream")
    found: list[Any] = []
    with serve({"*": route}, clock=StoppedClock(MORNING)) as site:
        try:
            for line in make(name).collect(window, site.web):
                found.append(line)
        except SourceError as failed:
            return found, type(failed).__name__
    return found, ""


def test_there_are_sources() -> None:
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
    found, _ = collected(name, HOSTILE[case])
    assert all(isinstance(line, Item | Dropped) for line in found)
    items = [line for line in found if isinstance(line, Item)]
    assert all(1 <= len(i.title) <= 2_400 and len(i.text) <= 160_000 for i in items)
    assert all(i.url.startswith(("https://", "http://")) and i.key for i in items)
    assert all(i.announced == DAY.day or (i.published and DAY.holds(i.published)) for i in items)
    assert len({i.key for i in items}) == len(items), "a source lists a thing once"
    assert all(
        line.ref and len(line.ref) <= 2_000 and line.reason for line in found if isinstance(line, Dropped)
    )


@pytest.mark.parametrize("case", ["login page", "json error", "empty", "plain text", "json null"])
@pytest.mark.parametrize("name", NAMES)
def test_an_error_page_is_never_news_and_never_silence(name: str, case: str) -> None:
    found, error = collected(name, HOSTILE[case])
    assert found == []
    assert error


@pytest.mark.parametrize(
    "case", ["dates of 1970 and 2099", "json of another shape", "the same item 1,000 times"]
)
@pytest.mark.parametrize("name", NAMES)
def test_the_same_bytes_give_the_same_lines(name: str, case: str) -> None:
    assert collected(name, HOSTILE[case]) == collected(name, HOSTILE[case])
