"""Hugging Face's list of a day: whose list it is, and what is taken from it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from daybrief.errors import NotWhatWeAsked, Refused
from daybrief.model import Dropped, Item, Link
from daybrief.sources import hf_papers
from daybrief.stages.collect import CollectionLimits, collect
from daybrief.testing import Route, StoppedClock, serve

API = "https://huggingface.co/api/daily_papers*"
PAGE = "https://huggingface.co/papers/date/*"
DAY = date(2026, 7, 31)  # a Friday
NOON = datetime(2026, 7, 31, 22, tzinfo=UTC)
JSON = "application/json"


def row(paper: str = "2607.00001", on: str = "2026-07-31T00:00:00.000Z", **more: Any) -> dict[str, Any]:
    inside = {
        "id": paper,
        "title": f"Paper {paper}",
        "summary": "Text.",
        "submittedOnDailyAt": on,
        "upvotes": 3,
    }
    return {"paper": {**inside, **more}, "numComments": 2, "publishedAt": "2026-07-29T20:00:00.000Z"}


def page(*rows: dict[str, Any], on: str = "2026-07-31T00:00:00.000Z") -> bytes:
    props = json.dumps({"date": on, "dailyPapers": rows}).replace("&", "&amp;").replace('"', "&quot;")
    return f'<html><body><div data-target="DailyPapers" data-props="{props}"></div></body></html>'.encode()


def run(window, tools, routes, *, day: str = "2026-07-31", now: datetime = NOON, **options: Any):
    source = hf_papers.make(hf_papers.Options(**options), tools)
    with serve(routes, clock=StoppedClock(now)) as site:
        (harvest,) = collect(window(day), [source], site.web, now, CollectionLimits(items=500), strict=True)
        return harvest, [seen.url for seen in site.requests]


def listed(*rows: dict[str, Any]) -> Route:
    return Route(json.dumps(rows), media_type=JSON)


def test_the_recorded_list_of_the_api_is_read_whole(shared: Path) -> None:
    body = (shared / "sources/hf_daily_papers/daily_papers_api_2026-07-31.json").read_bytes()
    lines = hf_papers.parse_api(body, DAY)
    first = lines[0]
    assert len(lines) == 5
    assert all(isinstance(line, Item) for line in lines)
    assert isinstance(first, Item)
    assert (first.key, first.url) == ("arxiv:2607.23193", "https://arxiv.org/abs/2607.23193")
    assert (first.signals.votes, first.signals.comments, first.signals.position) == (3, 2, 1)
    assert first.authors[:2] == ("Jinsen Su", "Yongdong Luo")
    assert first.text.startswith("Existing token compression methods")
    assert (first.announced, first.published) == (DAY, datetime(2026, 7, 28, tzinfo=UTC))
    assert first.links == (
        Link(rel="discussion", url="https://huggingface.co/papers/2607.23193"),
        Link(rel="code", url="https://github.com/MAC-AutoML/OmniScope"),
    )


def test_the_recorded_page_of_a_day_is_read_whole(shared: Path) -> None:
    body = (shared / "sources/hf_daily_papers/papers_page_2024-08-01.html").read_bytes()
    lines = hf_papers.parse_page(body, date(2024, 8, 1))
    assert len(lines) == 13
    assert all(isinstance(line, Item) and line.text and line.authors for line in lines)
    assert [line.key for line in lines[:2] if isinstance(line, Item)] == [
        "arxiv:2407.21783",
        "arxiv:2407.21705",
    ]
    with pytest.raises(NotWhatWeAsked, match="2024-08-01"):
        hf_papers.parse_page(body, date(2024, 8, 2))


def test_the_list_takes_one_request(window, tools) -> None:
    harvest, urls = run(window, tools, {API: listed(row())})
    assert harvest.state == "fresh"
    assert urls == ["https://huggingface.co/api/daily_papers?date=2026-07-31&limit=100"]


def test_when_the_api_fails_the_page_is_read(window, tools) -> None:
    routes = {API: Route(b"{}", media_type=JSON), PAGE: Route(page(row()), media_type="text/html")}
    harvest, urls = run(window, tools, routes)
    assert [i.key for i in harvest.items] == ["arxiv:2607.00001"]
    assert urls[-1] == "https://huggingface.co/papers/date/2026-07-31"


def test_a_list_that_repeats_another_day_is_refused(window, tools) -> None:
    old = row(on="2026-07-30T00:00:00.000Z")
    routes = {API: listed(old), PAGE: Route(page(old, on="2026-07-30T00:00:00.000Z"), media_type="text/html")}
    harvest, _ = run(window, tools, routes)
    assert (harvest.state, harvest.items) == ("failed", ())
    assert "another day's" in harvest.error


@pytest.mark.parametrize(
    ("day", "now", "state"),
    [
        ("2026-08-01", datetime(2026, 8, 1, 22, tzinfo=UTC), "quiet"),
        ("2026-07-31", datetime(2026, 7, 31, 3, tzinfo=UTC), "waiting"),
    ],
)
def test_where_no_list_is_due_a_repeated_one_is_no_error(window, tools, day: str, now, state: str) -> None:
    harvest, urls = run(window, tools, {API: listed(row(on="2026-07-30T00:00:00.000Z"))}, day=day, now=now)
    assert (harvest.state, harvest.items, len(urls)) == (state, (), 1)


def test_an_empty_list_on_a_weekday_is_stalled(window, tools) -> None:
    assert run(window, tools, {API: listed()})[0].state == "stalled"


def test_before_2026_the_rows_own_date_says_the_day() -> None:
    old = {"paper": {"id": "2407.21783", "title": "T"}, "publishedAt": "2024-08-01T01:21:47.935Z"}
    (line,) = hf_papers.parse_api(json.dumps([old]).encode(), date(2024, 8, 1))
    assert isinstance(line, Item)


def test_a_row_that_is_not_as_expected_is_dropped_and_the_others_kept() -> None:
    rows = [
        row(),
        {},
        {"paper": None},
        7,
        row("not-an-id"),
        row("2607.00002", title=""),
        row("2607.00003", on="2026-07-30T00:00:00.000Z"),
        row("2607.00004", on="2099-01-01T00:00:00.000Z"),
        row("2607.00005", on="yesterday"),
        row("2607.00006", upvotes="many"),
        row(
            "2607.00007",
            upvotes=-4,
            githubRepo="javascript:alert(1)",
            authors=[{"name": "A"}, {"hidden": True}],
        ),
        row("2607.00008", title="x" * 1_000_000, summary=None, authors=None),
    ]
    lines = hf_papers.parse_api(json.dumps(rows).encode(), DAY)
    kept = [line for line in lines if isinstance(line, Item)]
    assert len(lines) == len(rows)
    assert [i.key[-1] for i in kept] == ["1", "7", "8"]
    assert {line.reason for line in lines if isinstance(line, Dropped)} == {"malformed", "other-day"}
    assert (kept[1].signals.votes, kept[1].authors) == (None, ("A",))
    assert [link.rel for link in kept[1].links] == ["discussion"]
    assert len(kept[2].title) == 300


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"null", b'{"error": "no"}', b"<html>Sign in</html>", b"\xff\xfe[]", b"[" * 100_000, b"[1,"],
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(NotWhatWeAsked):
        hf_papers.parse_api(body, DAY)
    with pytest.raises(NotWhatWeAsked):
        hf_papers.parse_page(body, DAY)


def test_a_list_without_end_is_cut_at_the_limit_and_counted(window, tools) -> None:
    rows = [row(f"2607.{n:05}") for n in range(20_000)]
    harvest, _ = run(window, tools, {API: listed(*rows)}, limit=10)
    assert len(harvest.items) == 10
    assert len(harvest.dropped) == 19_990


def test_the_apis_own_error_is_told_when_the_page_fails_too(window, tools) -> None:
    source = hf_papers.make(hf_papers.Options(), tools)
    routes = {API: Route(b'{"error":"Invalid date"}', status=400), PAGE: Route(b"<html></html>")}
    with serve(routes, clock=StoppedClock(NOON)) as site, pytest.raises(Refused):
        list(source.collect(window("2026-07-31"), site.web))
