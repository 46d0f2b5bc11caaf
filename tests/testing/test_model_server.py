"""The scripted model is a real program that streams, counts and fails as told."""

from __future__ import annotations

import json

import httpx2
import pytest

from daybrief.testing.model_server import MODEL, ModelServer, model_server
from daybrief.text.prompts import fenced

ASK = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "합니다체"},
        {"role": "user", "content": fenced("SOURCE", "The method halves the cost. It reaches 61.5% of it.")},
    ],
}


@pytest.fixture(scope="module")
def process() -> object:
    with model_server() as server:
        yield server


def ask(server: ModelServer, **more: object) -> httpx2.Response:
    return httpx2.post(f"{server.base_url}/chat/completions", json=ASK | more)


def test_a_good_answer_quotes_the_fenced_text(process: ModelServer) -> None:
    process.script("good")
    body = ask(process).json()
    claims = json.loads(body["choices"][0]["message"]["content"])["claims"]
    assert [c["quote"] for c in claims] == ["The method halves the cost.", "It reaches 61.5% of it."]
    assert all(c["sentence"].endswith("니다.") for c in claims)
    stats = process.stats()
    assert stats["calls"] == 1
    assert stats["tokens_out"] == body["usage"]["completion_tokens"]


def test_the_same_answer_streams(process: ModelServer) -> None:
    process.script("good")
    whole = ask(process).json()["choices"][0]["message"]["content"]
    events = [e.removeprefix("data: ") for e in ask(process, stream=True).text.strip().split("\n\n")]
    assert events[-1] == "[DONE]"
    pieces = [json.loads(e)["choices"][0]["delta"].get("content", "") for e in events[:-1]]
    assert "".join(pieces) == whole
    assert len(pieces) > 3


@pytest.mark.parametrize(
    ("behaviour", "status", "after"), [("429", 429, None), ("429:7", 429, "7"), ("503", 503, None)]
)
def test_failures_come_as_told_and_in_order(
    process: ModelServer, behaviour: str, status: int, after: str | None
) -> None:
    process.script(behaviour, "good")
    failed = ask(process)
    assert (failed.status_code, failed.headers.get("retry-after")) == (status, after)
    assert ask(process).status_code == 200
    assert process.stats()["statuses"] == {behaviour: 1, "answered": 1}


def test_unknown_models_are_refused(process: ModelServer) -> None:
    process.script("good")
    assert ask(process, model="other").status_code == 404


def test_a_key_is_asked_for_where_one_is_set() -> None:
    with model_server(key="k") as server:
        assert httpx2.get(f"{server.base_url}/models").status_code == 401
        known = httpx2.get(f"{server.base_url}/models", headers={"Authorization": "Bearer k"}).json()
        assert known["data"][0]["id"] == MODEL


def test_the_behaviour_numbers_invents_numbers_that_the_text_lacks(process: ModelServer) -> None:
    process.script("numbers")
    content = ask(process).json()["choices"][0]["message"]["content"]
    claims = json.loads(content)["claims"]
    assert "7,300" in claims[0]["sentence"]
    assert "610.50%" in claims[1]["sentence"]
