"""The JSON API: its schema is true, its failures have one shape, and nobody's words break it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from daybrief.adapters.archive import open_archive
from daybrief.app import App
from daybrief.ask import Answered
from daybrief.config import Profile, Settings
from daybrief.library import CategoryRecord, CategoryTrend, SourceHealth, StoryRecord
from daybrief.model import Edition, Run
from daybrief.testing.archives import kept
from daybrief.testing.editions import founding, hostile, news
from daybrief.web.api import Editions, Found, Opinion

OURS = {"authorization": "Bearer none"}  # what a script sends: no browser does so by itself


def opened(folder: Path) -> TestClient:
    path = kept(folder, founding(), news())
    app = App(Settings(archive=str(path), language="en"), {}).reader()
    return TestClient(app, base_url="http://localhost", headers=OURS, raise_server_exceptions=True)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with opened(tmp_path_factory.mktemp("api")) as client:
        yield client


def answer_of(api: TestClient, path: str, wanted: Any, /, **query: Any) -> Any:
    answer = api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return msgspec.json.decode(answer.content, type=wanted)


STORY = "arxiv:2411.15124"


def test_search_finds_and_pages(api: TestClient) -> None:
    page = answer_of(api, "/api/search", Found, q="Tülu")
    assert any(hit.id == STORY for hit in page.hits)
    first, second = (answer_of(api, "/api/search", Found, q="model", most=3, page=n) for n in (1, 2))
    assert len(first.hits) == 3
    assert first.more
    assert {(h.kind, h.id) for h in first.hits}.isdisjoint((h.kind, h.id) for h in second.hits)


def test_a_page_beyond_the_deepest_hit_is_empty_and_says_so(api: TestClient) -> None:
    page = answer_of(api, "/api/search", Found, q="model", most=100, page=500)
    assert (page.hits, page.more) == ((), False)


def test_ask_answers_with_footnotes_or_with_nothing(api: TestClient) -> None:
    answer = answer_of(api, "/api/ask", Answered, q="What does Tülu 3 release?")
    assert answer.mode == "extracts"
    assert answer.footnotes[0].story == STORY
    assert answer_of(api, "/api/ask", Answered, q="How do I make kimchi?").mode == "nothing"


def test_an_answer_is_not_kept_by_anybody_and_no_other_site_may_ask(api: TestClient) -> None:
    query = {"params": {"q": "Tülu"}}
    assert api.get("/api/ask", **query).headers["cache-control"] == "no-store"
    refused = api.get("/api/ask", **query, headers={"sec-fetch-site": "cross-site"})
    assert refused.status_code == 403


def test_editions_are_listed_by_day_and_kind_and_read_whole(api: TestClient) -> None:
    listed = answer_of(api, "/api/editions", Editions)
    assert [(str(row.day), row.kind) for row in listed.editions] == [
        ("2024-11-26", "papers"), ("2024-11-26", "news")
    ]  # fmt: skip
    assert len(answer_of(api, "/api/editions", Editions, kind="news").editions) == 1
    assert answer_of(api, "/api/editions", Editions, **{"from": "2025-01-01"}).editions == ()
    whole = answer_of(api, "/api/editions/2024-11-26/papers", Edition)
    assert len(whole.stories) == 12


def test_a_story_is_found_by_any_of_its_keys(api: TestClient) -> None:
    record = answer_of(api, f"/api/stories/{STORY}", StoryRecord)
    assert record.title.startswith("TÜLU 3")
    assert record.appearances


def test_categories_sources_and_runs_tell_what_the_pages_show(api: TestClient) -> None:
    trends = answer_of(api, "/api/categories", tuple[CategoryTrend, ...], weeks=4)
    assert trends
    assert all(len(trend.weeks) == 4 for trend in trends)
    category = answer_of(api, f"/api/categories/{trends[0].category.id}", CategoryRecord, weeks=4)
    assert category.stories
    assert {s.source for s in answer_of(api, "/api/sources", tuple[SourceHealth, ...])} >= {"arxiv"}
    assert answer_of(api, "/api/runs", tuple[Run, ...])[0].outcome == "complete"


def test_feedback_is_kept_changed_and_taken_back(api: TestClient) -> None:
    for liked in (True, False, None):
        answer = api.post("/api/feedback", json={"key": STORY, "liked": liked})
        assert msgspec.json.decode(answer.content, type=Opinion) == Opinion(key=STORY, liked=liked)


def test_feedback_from_another_site_is_refused(api: TestClient) -> None:
    headers = {"authorization": "", "origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    assert api.post("/api/feedback", json={"key": STORY, "liked": True}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("/api/search?page=0", 422, "page"),
        ("/api/search?most=101", 422, "most"),
        ("/api/editions?from=1732579200", 422, "from"),
        ("/api/editions?kind=sports", 422, "kind"),
        ("/api/editions/2024-02-30/papers", 422, "day"),
        ("/api/editions/1999-01-01/papers", 404, "1999-01-01"),
        ("/api/stories/arxiv:0000.00000", 404, "story"),
        ("/api/categories/nonsense", 404, "category"),
        ("/api/editions?profile=nobody", 404, "profile"),
        ("/api/ask", 422, "q"),
        ("/api/nothing", 404, ""),
    ],
)
def test_every_failure_has_one_shape_a_reference_and_names_what_to_change(
    api: TestClient, path: str, status: int, named: str
) -> None:
    answer = api.get(path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error["status"] == status
    assert error["title"]
    assert len(error["reference"]) >= 12
    assert named in error.get("detail", "")


@pytest.mark.parametrize(
    "word", ["\x00", "a" * 4_000, "'; DROP TABLE items; --", "%s%n", "../../etc/passwd", "<b>", "🤖"]
)
def test_hostile_words_get_an_answer_without_anything_of_the_inside(api: TestClient, word: str) -> None:
    for path in ("/api/search", "/api/ask"):
        assert api.get(path, params={"q": word}).status_code == 200
    answer = api.get(f"/api/stories/{word.replace('/', '%2F')}".replace("\x00", "%00"))
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text
    assert ".py" not in answer.text


def test_hostile_editions_are_answered_as_data(tmp_path: Path) -> None:
    app = App(Settings(archive=str(kept(tmp_path, hostile()))), {}).reader()
    with TestClient(app, base_url="http://localhost", headers=OURS) as api:
        whole = answer_of(api, "/api/editions/2024-11-26/papers", Edition)
        assert whole == hostile()
        for story in whole.stories:
            assert answer_of(api, "/api/stories/" + story.id.replace("/", "%2F"), StoryRecord).id == story.id


# ── the schema is true ──────────────────────────────────────────────────────────────────────────────

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OFTEN = settings(
    max_examples=15, derandomize=True, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_every_answer_to_whatever_is_asked_is_what_openapi_says(api: TestClient) -> None:
    schema = api.get("/api/openapi.json").json()
    assert all(path.startswith("/api/") for path in schema["paths"])
    declared = schemathesis.openapi.from_dict(schema)
    declared.app = api.app
    for declaration in declared.get_all_operations():
        operation = declaration.ok()

        @OFTEN
        @given(case=operation.as_strategy())
        def conforms(case: Any) -> None:
            answer = case.call(base_url="http://localhost", headers=OURS)
            case.validate_response(answer, checks=CHECKS)

        conforms()
    assert len(schema["paths"]) == 13


@given(path=...)
@settings(max_examples=50, derandomize=True, deadline=None)
def test_any_path_below_the_api_is_answered(api: TestClient, path: str) -> None:
    from urllib.parse import quote

    answer = api.get("/api/stories/" + quote(path, safe="", errors="replace"))
    assert answer.status_code in (200, 307, 404, 422)


def test_each_profile_is_answered_from_what_it_sees(tmp_path: Path) -> None:
    path = kept(tmp_path, news())
    open_archive(path, profile="me").save_editions([founding()])
    two_profiles = Settings(archive=str(path), language="en", profiles={"me": Profile(), "you": Profile()})
    client = TestClient(App(two_profiles, {}).reader("you"), base_url="http://localhost", headers=OURS)
    question = "What does Tülu 3 release?"
    assert answer_of(client, "/api/ask", Answered, q=question).mode == "nothing"
    assert answer_of(client, "/api/ask", Answered, q=question, profile="you").mode == "nothing"
    assert answer_of(client, "/api/ask", Answered, q=question, profile="me").footnotes[0].story == STORY
    assert client.get("/api/ask", params={"q": question, "profile": "nobody"}).status_code == 404
    form = {"data": {"q": question}, "headers": {"origin": "http://localhost"}}
    assert "Nothing found" in client.post("/ask", **form).text
    client.cookies.set("profile", "me")
    assert "Nothing found" not in client.post("/ask", **form).text
