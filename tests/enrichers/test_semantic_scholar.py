"""Tests of Semantic Scholar: what it adds to papers, and that it can take nothing away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from daybrief.enrichers import semantic_scholar
from daybrief.errors import NotWhatWeAsked, SourceError
from daybrief.model import Category, Harvest, Item, Signals, Taxonomy
from daybrief.ports import Tools
from daybrief.stages.collect import CollectionLimits, enrich
from daybrief.testing import Route, serve

BATCH = "https://api.semanticscholar.org/*"
OTHERS = Category(id="others", kind="both", emoji="", name={"en": "Others"}, definition="")
TOOLS = Tools(taxonomy=Taxonomy(version="test", category=(OTHERS,)))


def item(key: str = "arxiv:2411.15124", **more: Any) -> Item:
    return Item(
        **{"key": key, "source": "arxiv", "kind": "paper", "title": "T", "url": "https://x.org/", **more}
    )


def run(items: list[Item], *answers: Route, batch: int = 500):
    enricher = semantic_scholar.make(semantic_scholar.Options(batch=batch), TOOLS)
    with serve({BATCH: list(answers)}) as site:
        (harvest,), (report,) = enrich(
            [Harvest(source="arxiv", state="fresh", items=tuple(items))],
            [enricher],
            site.web,
            CollectionLimits(),
        )
        return harvest.items, report, site.requests


def rows(*known: Any) -> Route:
    return Route(json.dumps(known), media_type="application/json")


def test_venue_citations_and_summary_are_added() -> None:
    known = {
        "externalIds": {"ArXiv": "2411.15124", "DOI": "10.1/x"},
        "venue": "",
        "citationCount": 12,
        "tldr": {"model": "tldr@v2", "text": "It works."},
        "publicationVenue": {"name": "NeurIPS"},
    }
    (enriched,), report, seen = run([item(signals=Signals(votes=3))], rows(known))
    assert (enriched.venue, enriched.tldr) == ("NeurIPS", "It works.")
    assert enriched.signals == Signals(votes=3, citations=12)
    assert (enriched.key, enriched.text, report.state, len(seen)) == ("arxiv:2411.15124", "", "fresh", 1)
    assert json.loads(seen[0].body) == {"ids": ["ARXIV:2411.15124"]}
    assert "fields=externalIds%2Cvenue%2CcitationCount%2Ctldr%2CpublicationVenue" in seen[0].url


def test_what_the_item_says_itself_is_never_replaced() -> None:
    known = {"venue": "arXiv.org", "tldr": {"text": "Other."}, "citationCount": None}
    (enriched,), _, _ = run([item(venue="Journal", tldr="Mine.")], rows(known))
    assert (enriched.venue, enriched.tldr) == ("Journal", "Mine.")
    (enriched,), _, _ = run([item()], rows({"venue": "arXiv.org"}))
    assert enriched == item(), "arXiv is where it was found, not a venue"


def test_unknown_papers_and_unreadable_rows_stay_as_they_are() -> None:
    items = [item("arxiv:2411.00001"), item("arxiv:2411.00002"), item("arxiv:2411.00003")]
    enriched, report, _ = run(items, rows(None, {"citationCount": "many"}, {"citationCount": 4}))
    assert [i.signals.citations for i in enriched] == [None, None, 4]
    assert report.items == 1


def test_only_papers_with_an_id_are_asked_for_each_once() -> None:
    items = [
        item(),
        item(source="hf_papers"),
        item("url:x.org/a", aliases=("doi:10.1/y",)),
        item("url:x.org/b"),
        item("url:x.org/c", kind="news", aliases=("arxiv:2411.00009",)),
    ]
    _, _, seen = run(items, rows({"citationCount": 1}, {"citationCount": 2}))
    assert json.loads(seen[0].body) == {"ids": ["ARXIV:2411.15124", "DOI:10.1/y"]}


def test_no_request_is_made_without_a_paper() -> None:
    assert run([item("url:x.org/a")], rows())[2] == []


def test_many_papers_go_in_batches_and_a_failed_one_keeps_the_others() -> None:
    items = [item(f"arxiv:2411.{n:05}") for n in range(5)]
    enriched, report, seen = run(
        items, rows({"citationCount": 1}, {"citationCount": 2}), Route(status=404), batch=2
    )
    assert [i.signals.citations for i in enriched] == [1, 2, None, None, None]
    assert (report.state, len(seen)) == ("failed", 2)


def test_an_answer_about_another_paper_is_not_taken() -> None:
    (enriched,), _, _ = run([item()], rows({"externalIds": {"ArXiv": "2411.99999"}, "citationCount": 9}))
    assert enriched == item()


@pytest.mark.parametrize("status", [400, 404, 429])
def test_a_refusal_leaves_everything_as_it_was(status: int, shared: Path) -> None:
    body = shared / "sources/semantic_scholar/bad_query_parameters.json"
    (enriched,), report, _ = run([item()], Route(body, status=status, media_type="application/json"))
    assert (enriched, report.state) == (item(), "failed")


def test_the_recorded_batches_are_read(shared: Path) -> None:
    folder = shared / "sources/semantic_scholar"
    unknown, known, *_ = semantic_scholar.parse_batch(
        (folder / "get_papers_return_not_found.json").read_bytes(), 4
    )
    assert unknown is None
    assert known is not None
    assert known.external_ids is not None
    assert known.external_ids.doi == "10.2139/ssrn.288970"
    assert isinstance(known.citation_count, int)
    assert len(semantic_scholar.parse_batch((folder / "get_papers.json").read_bytes(), 3)) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"error":"busy"}',
        b"[null]",
        b"[null,null,null]",
        b"[null,",
        b"<html>",
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_an_answer_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(NotWhatWeAsked):
        semantic_scholar.parse_batch(body, 2)
    assert issubclass(NotWhatWeAsked, SourceError)


def test_a_summary_is_made_plain_and_bounded() -> None:
    text = "\u202eevil\n" + "x" * 1_000_000
    (enriched,), _, _ = run([item()], rows({"tldr": {"text": text}, "citationCount": -1}))
    assert enriched.tldr.startswith("evil x")
    assert len(enriched.tldr) <= 1_001
    assert enriched.signals == Signals()
