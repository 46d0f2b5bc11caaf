"""Tests of what Prometheus is told: few labels, true counts, the latest edition and run, and no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daybrief.testing.editions import DAY
from daybrief.web import create_app
from daybrief.web.auth import hashed
from daybrief.web.limits import OTHER, PLACES
from daybrief.web.pages import Access, ReaderServices
from tests.web.conftest import client_of, services_over


@pytest.fixture
def measured(services: ReaderServices) -> ReaderServices:
    pytest.importorskip("prometheus_client", reason="the extra `metrics` is not installed")
    return msgspec.structs.replace(services, metrics=True)


def samples(text: str) -> Iterator[Any]:
    """Every sample, as Prometheus's own parser reads it."""
    from prometheus_client.parser import text_string_to_metric_families

    for family in text_string_to_metric_families(text):
        yield from family.samples


def test_answers_are_counted_by_method_place_and_status(measured: ReaderServices) -> None:
    client = client_of(create_app(measured))
    for path in ("/", "/about", "/about", "/search?q=model", "/day/1999-01-01/papers", "/no/such/place"):
        client.get(path)
    counts = {
        (s.labels["place"], s.labels["status"]): s.value
        for s in samples(client.get("/metrics").text)
        if s.name == "daybrief_answers_total"
    }
    assert counts == {
        ("/", "200"): 1, ("about", "200"): 2, ("search", "200"): 1, ("day", "404"): 1, (OTHER, "404"): 1,
    }  # fmt: skip


def test_the_newest_edition_and_the_latest_run_are_told(measured: ReaderServices) -> None:
    values = {
        (s.name, *s.labels.values()): s.value
        for s in samples(client_of(create_app(measured)).get("/metrics").text)
    }
    edition = measured.library.edition(DAY, "papers")
    assert edition
    assert values["daybrief_edition_stories", "papers"] == len(edition.stories)
    assert values["daybrief_edition_made_seconds", "papers"] == edition.made_at.timestamp()
    assert values["daybrief_run", "complete"] == 1


def test_no_request_makes_a_new_label_or_tells_what_was_asked(measured: ReaderServices) -> None:
    client = client_of(create_app(measured))
    for number in range(40):
        client.get(f"/s3cret{number}?q=s3cret", headers={"x-s3cret": "s3cret", "cookie": "a=s3cret"})
        client.request(f"S3CRET{number}", "/about")
        client.get("/about", headers={"host": f"s3cret{number}.test"})
    text = client.get("/metrics").text
    assert "s3cret" not in text.lower()
    labelled = [s.labels for s in samples(text)]
    assert {labels["place"] for labels in labelled if "place" in labels} <= {*PLACES, OTHER}
    assert len(labelled) < 150


def test_the_metrics_know_the_first_part_of_every_path_that_is_answered() -> None:
    sources = [path.read_text() for path in Path(create_app.__code__.co_filename).parent.rglob("*.py")]

    paths = {path for text in sources for path in re.findall(r'\broute\(\s*"(/[^"]*)"', text)}
    assert len(paths) > 20
    firsts = {path.strip("/").partition("/")[0] or "/" for path in paths}
    assert {first for first in firsts if "{" not in first} <= PLACES  # `/{day}/papers.html` leads elsewhere


def test_metrics_are_behind_the_password_and_absent_when_not_wanted(
    measured: ReaderServices, services: ReaderServices
) -> None:
    assert client_of(create_app(services)).get("/metrics").status_code == 404
    locked = msgspec.structs.replace(measured, access=Access(password=hashed("a long password")))
    client = client_of(create_app(locked))
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer a long password"}).status_code == 200


def test_an_archive_without_an_edition_has_metrics_too(tmp_path: Path) -> None:
    pytest.importorskip("prometheus_client", reason="the extra `metrics` is not installed")
    answer = client_of(create_app(services_over(tmp_path / "new.sqlite", metrics=True))).get("/metrics")
    assert answer.status_code == 200
    assert not [s for s in samples(answer.text) if s.name == "daybrief_run"]
