"""The promises of every plugin, for those who write one outside this repository.

    import my_package.lab_list
    from daybrief.testing.contracts import source_faults

    assert not list(source_faults(my_package.lab_list, url="https://lab.example.org/list.json"))

Each function yields a sentence a broken promise. The repository's own plugins are held to the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

import msgspec

from daybrief.errors import SourceError
from daybrief.languages import SOURCE
from daybrief.model import Delivery, Dropped, Item, Taxonomy
from daybrief.ports import Tools
from daybrief.stages.schedule import window
from daybrief.testing.editions import founding, hostile, issue, news, quiet, taxonomy
from daybrief.testing.server import Route, StoppedClock, serve

DAY = window(date(2026, 9, 24), "Asia/Seoul")  # a Thursday
_MORNING = datetime(2026, 9, 24, 22, 30, tzinfo=UTC)
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


def _item(title: str, number: int, stamp: str = "Thu, 24 Sep 2026 02:00:00 +0000") -> str:
    return (
        f"<item><title>{title}</title><link>https://example.org/{number}</link><description>Text.</description>"
        f"<guid>oai:arXiv.org:2609.{number:05}v1</guid><category>cs.LG</category><pubDate>{stamp}</pubDate></item>"
    )


def _feed(*items: str) -> bytes:
    channel = "<title>cs.LG updates on arXiv.org</title><pubDate>Thu, 24 Sep 2026 00:00:00 -0400</pubDate>"
    return f'<rss version="2.0"><channel>{channel}{"".join(items)}</channel></rss>'.encode()


HOSTILE |= {
    "a title of a megabyte": _feed(_item("x" * 2**20, 1)),
    "a title of marks": _feed(_item("a" + "\u0301" * 100_000, 1)),
    "20,000 items": _feed(*(_item("A", n) for n in range(20_000))),
    "the same item 1,000 times": _feed(*(_item("A", 1) for _ in range(1_000))),
    "dates of 1970 and 2099": _feed(
        _item("A", 1, "Thu, 01 Jan 1970 00:00:00 GMT"),
        _item("B", 2, "Thu, 01 Jan 2099 00:00:00 GMT"),
        _item("C", 3, "Sat, 31 Feb 2026 99:00:00 +2500"),
    ),
}


def source_faults(plugin: ModuleType, taxonomy: Taxonomy | None = None, **options: Any) -> Iterator[str]:
    """Yields what a module that is a source breaks of its contract; `options` are those without a default.

    Documented options, terms, requests and format; unknown options refused; hostile bytes end in bounded
    items of the asked day or in a `SourceError`; an error page is an error; the same bytes, the same lines.
    """
    yield from _option_faults(plugin)
    try:
        msgspec.convert({**options, "no_such_option": 1}, plugin.Options)
        yield "an unknown option is taken (write `forbid_unknown_fields=True`)"
    except msgspec.ValidationError:
        pass
    for pattern, what in ((TERMS, "terms"), (REQUESTS, "requests"), (FORMAT, "the address of its format")):
        if not pattern.search(plugin.__doc__ or ""):
            yield f"the module's docstring lacks its {what}"
    source = _made(plugin, options, taxonomy)
    if not source.name:
        yield "the source has no name"
    for case, body in HOSTILE.items():
        lines, error = collected(source, body)
        yield from (f"{case}: {fault}" for fault in line_faults(lines))
        if case in ERROR_PAGES and (lines or not error):
            yield f"{case}: an error page gives {len(lines)} lines and {error or 'no error'}"
        if collected(_made(plugin, options, taxonomy), body) != (lines, error):
            yield f"{case}: the same bytes give other lines"


ERROR_PAGES = ("login page", "json error", "empty", "plain text", "json null")


def collected(source: Any, body: bytes, media_type: str = "") -> tuple[list[Item | Dropped], str]:
    """Returns what a source makes of a web that answers everything with these bytes, and its error's name.

    What is no `SourceError` is raised: it is a bug of the source.
    """
    lines: list[Item | Dropped] = []
    route = Route(body, media_type=media_type or "application/octet-stream")
    with serve({"*": route}, clock=StoppedClock(_MORNING)) as site:
        try:
            for line in source.collect(DAY, site.web):
                lines.append(line)
        except SourceError as failed:
            return lines, type(failed).__name__
    return lines, ""


def line_faults(lines: list[Item | Dropped]) -> Iterator[str]:
    """Yields what is wrong with the lines that a source gave for `DAY`."""
    items = [line for line in lines if isinstance(line, Item)]
    for item in items:
        if not (1 <= len(item.title) <= 2_400 and len(item.text) <= 160_000):
            yield f"a title or text without bounds: {item.title[:40]!r}"
        if not (item.key and item.url.startswith(("https://", "http://"))):
            yield f"an item without key or address: {item.title[:40]!r}"
        if not (item.announced == DAY.day or (item.published and DAY.holds(item.published))):
            yield f"an item of another day: {item.title[:40]!r}"
    if len({item.key for item in items}) < len(items):
        yield "one thing is listed twice"
    for line in lines:
        if isinstance(line, Dropped) and not (0 < len(line.ref) <= 2_000 and line.reason):
            yield "something is dropped without its reference or reason"


def publisher_faults(plugin: ModuleType, **options: Any) -> Iterator[str]:
    """Yields what a module that is a publisher breaks of its contract; `options` as in `source_faults`.

    Documented options; files at safe relative paths; the same issue, the same
    bytes; editions with hostile titles, quiet ones and those of any language are published.
    """
    yield from _option_faults(plugin)
    issues = (issue(founding(), news()), issue(founding(SOURCE)), issue(hostile()), issue(quiet()))
    for example in issues:
        first, second = (tuple(_made(plugin, options).publish(example)) for _ in range(2))
        if first != second:
            yield "the same issue gives other files"
        if len({delivery.path for delivery in first}) < len(first):
            yield "two files have one path"
        yield from (fault for delivery in first for fault in _delivery_faults(delivery))


def _delivery_faults(delivery: Delivery) -> Iterator[str]:
    path = PurePosixPath(delivery.path)
    if path.is_absolute() or ".." in path.parts or not path.name:
        yield f"a path that leaves the folder: {delivery.path!r}"
    if "/" not in delivery.media_type:
        yield f"{delivery.path}: {delivery.media_type!r} is no media type"
    if delivery.media_type.startswith("text/html") and b"<script>alert" in delivery.body:
        yield f"{delivery.path}: a title becomes a script"


def _option_faults(plugin: ModuleType) -> Iterator[str]:
    for field in plugin.Options.__struct_fields__:
        if not re.search(rf"^\s*{field}: \S+", plugin.Options.__doc__ or "", re.M):
            yield f"the option {field!r} is not documented"


def _made(plugin: ModuleType, options: dict[str, Any], given: Taxonomy | None = None) -> Any:
    return plugin.make(plugin.Options(**options), Tools(taxonomy=given or taxonomy()))
