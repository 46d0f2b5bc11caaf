"""Recorded replies of model services: envelopes, refusals, lists, limits; each kind once."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, get_args

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daybrief.adapters.llm import Models, inspect_model, schema_of
from daybrief.adapters.llm.dialects import wire_schema
from daybrief.adapters.llm.local import ModelFolder
from daybrief.ask.answer import PassagesAnswer, SaidAnswer
from daybrief.categorisers.llm import CategoriseAnswer
from daybrief.checks.judge import JudgeAnswer
from daybrief.errors import BadDraft, BudgetSpent, ModelUnavailable, WriterError
from daybrief.ports import Answer, ModelSettings, Question
from daybrief.testing.model_dialects import (
    STATUSES,
    VENDORS,
    Answering,
    Sent,
    Vendor,
    encoded,
    mutated,
    violations,
)
from daybrief.text.prompts import fenced
from daybrief.writers.llm import MendAnswer, RepairAnswer
from daybrief.writers.llm.read import ReadAnswer
from daybrief.writers.llm.synthesise import SynthesiseAnswer

TEXT = "The method halves the cost of training. It reaches 61.5% on the usual benchmark."
PROVIDERS = ("openai", "anthropic", "google")


def question(number: int = 0, text: str = TEXT) -> Question:
    prompt = fenced("SOURCE", f"Text {number}. {text}")
    return Question(name="read test", system="Read it.", prompt=prompt, shape=ReadAnswer)


class Service(httpx2.AsyncBaseTransport):
    """A service that refuses what `refuse` says, lists `listed`, and else answers as `change` says."""

    def __init__(
        self,
        change: Callable[[Any], Any] = lambda answer: answer,
        refuse: Callable[[dict[str, Any], int], Sent | None] = lambda _body, _nth: None,
        listed: Sent | None = None,
    ) -> None:
        self._refuse = refuse
        self._listed = listed
        self._answering = Answering(lambda _question, answer: _sent(change(answer)))
        self.bodies: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            listed = self._listed or Sent(body=b'{"data": []}')
            return httpx2.Response(
                listed.status, content=listed.body, headers={"Content-Type": listed.media_type}
            )
        self.bodies.append(json.loads(await request.aread()))
        if refusal := self._refuse(self.bodies[-1], len(self.bodies)):
            return httpx2.Response(refusal.status, content=refusal.body)
        return await self._answering.handle_async_request(request)


def _sent(answer: Any) -> Sent:
    return answer if isinstance(answer, Sent) else Sent(body=encoded(answer))


def refused(status: int, body: Any) -> Callable[[dict[str, Any], int], Sent | None]:
    return lambda _body, _nth: Sent(body=encoded(body), status=status)


def model(**changed: Any) -> ModelSettings:
    usual: dict[str, Any] = {
        "model": "m",
        "base_url": "http://127.0.0.1:1/v1",
        "budget_usd": 0,
        "patience_s": 0,
        "loading_s": 0,
        "parallel": 1,
    }
    return ModelSettings(**(usual | changed))


@contextmanager
def opened(tmp_path: Path, service: httpx2.AsyncBaseTransport) -> Iterator[Models]:
    environment = {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "GOOGLE_API_KEY": "k"}
    with Models(tmp_path, "a run", environment, Random(7), transport=service) as models:
        yield models


def answers_of(
    tmp_path: Path, service: httpx2.AsyncBaseTransport, count: int = 1, **changed: Any
) -> list[Answer]:
    with opened(tmp_path, service) as models:
        return list(models(model(**changed)).ask([question(n) for n in range(count)]))


# ── envelopes ───────────────────────────────────────────────────────────────────────────────────────


def without(*names: str) -> Callable[[Any], Any]:
    return lambda answer: {name: value for name, value in answer.items() if name not in names}


def in_choice(**changed: Any) -> Callable[[Any], Any]:
    return lambda answer: answer | {"choices": [answer["choices"][0] | changed]}


def in_message(change: Callable[[str], dict[str, Any]]) -> Callable[[Any], Any]:
    def changed(answer: Any) -> Any:
        choice = answer["choices"][0]
        return answer | {"choices": [choice | {"message": change(choice["message"]["content"])}]}

    return changed


def streamed(answer: Any) -> Sent:
    text = answer["choices"][0]["message"]["content"]
    pieces = [text[place : place + 40] for place in range(0, len(text), 40)]
    events = [{"choices": [{"delta": {"content": piece}, "finish_reason": None}]} for piece in pieces]
    events.append({"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": answer["usage"]})
    lines = [": keep-alive", *(f"data: {json.dumps(event)}" for event in events), "data: [DONE]"]
    return Sent(body="\n\n".join(lines).encode(), media_type="text/event-stream")


SLOPPY: dict[str, Callable[[Any], Any]] = {
    "no id": without("id"),
    "no object": without("object"),
    "no created": without("created"),
    "no model": without("model"),
    "no usage": without("usage"),
    "nothing but choices": lambda answer: {"choices": answer["choices"]},
    "odd id, object, created": lambda answer: answer | {"id": None, "object": 7, "created": 1.5},
    "usage null": lambda answer: answer | {"usage": None},
    "usage of words": lambda answer: answer | {"usage": {"prompt_tokens": "many", "completion_tokens": -1}},
    "usage beyond all numbers": lambda answer: answer | {"usage": {"prompt_tokens": 10**30}},
    "no index": lambda answer: answer | {"choices": [{"message": answer["choices"][0]["message"]}]},
    "finish null": in_choice(finish_reason=None),
    "finish odd": in_choice(finish_reason="eos"),
    "role null": in_message(lambda text: {"role": None, "content": text}),
    "content in parts": in_message(lambda text: {"content": [{"type": "text", "text": text}]}),
    "content in bare parts": in_message(lambda text: {"content": [text[:9], text[9:]]}),
    "thoughts beside": in_message(lambda text: {"content": text, "reasoning_content": "hm {"}),
    "a tool call": in_message(
        lambda text: {"content": None, "tool_calls": [{"function": {"name": "read", "arguments": text}}]}
    ),
    "a tool call with an object": in_message(
        lambda text: {"content": None, "tool_calls": [{"function": {"arguments": json.loads(text)}}]}
    ),
    "the older function call": in_message(
        lambda text: {"content": None, "function_call": {"name": "read", "arguments": text}}
    ),
    "an answer taken for a thought": in_message(lambda text: {"content": "", "reasoning_content": text}),
    "the limit reached on blanks after it": in_choice(finish_reason="length"),
    "a status of its own that is good": lambda answer: answer | {"base_resp": {"status_code": 0}},
    "the older completion": lambda answer: {
        "choices": [{"text": answer["choices"][0]["message"]["content"]}]
    },
    "a list around": lambda answer: [answer],
    "a byte order mark": lambda answer: Sent(body=b"\xef\xbb\xbf" + encoded(answer)),
    "blank lines before": lambda answer: Sent(body=b"\n\n   " + encoded(answer)),
    "plain text": lambda answer: Sent(body=encoded(answer), media_type="text/plain"),
    "no media type": lambda answer: Sent(body=encoded(answer), media_type=""),
    "a stream": streamed,
    "error null": lambda answer: answer | {"error": None},
}


@pytest.mark.parametrize("name", SLOPPY)
def test_a_sloppy_envelope_with_a_good_answer_is_used(tmp_path: Path, name: str) -> None:
    (answer,) = answers_of(tmp_path, Service(SLOPPY[name]))
    assert answer.error is None
    assert answer.value.claims[0].quote


CALLS: dict[str, Callable[[str], Any]] = {
    "anthropic": lambda text: {
        "content": [{"type": "tool_use", "name": "read", "input": json.loads(text)}],
        "stop_reason": "tool_use",
    },
    "google": lambda text: {
        "candidates": [{"content": {"parts": [{"functionCall": {"args": json.loads(text)}}]}}]
    },
}


@pytest.mark.parametrize("provider", CALLS)
def test_the_arguments_of_a_call_that_nobody_offered_are_the_answer(tmp_path: Path, provider: str) -> None:
    def called(answer: Any) -> Any:
        parts = answer["content"] if provider == "anthropic" else answer["candidates"][0]["content"]["parts"]
        return CALLS[provider](parts[0]["text"])

    (answer,) = answers_of(tmp_path, Service(called), provider=provider)
    assert answer.error is None
    assert answer.value.claims[0].quote


def test_a_thought_that_was_cut_off_is_no_answer(tmp_path: Path) -> None:
    def cut(answer: Any) -> Any:
        text = answer["choices"][0]["message"]["content"]
        return {"choices": [{"message": {"reasoning_content": text}, "finish_reason": "length"}]}

    (answer,) = answers_of(tmp_path, Service(cut))
    assert type(answer.error) is BadDraft


EMPTY: dict[str, tuple[str, Any, type[WriterError]]] = {
    "no choices": ("openai", {"choices": []}, BadDraft),
    "choices null": ("openai", {"choices": None}, ModelUnavailable),
    "choices of null": ("openai", {"choices": [None]}, BadDraft),
    "message null": ("openai", {"choices": [{"message": None}]}, BadDraft),
    "content null": ("openai", {"choices": [{"message": {"content": None}}]}, BadDraft),
    "content a number": ("openai", {"choices": [{"message": {"content": 7}}]}, BadDraft),
    "text null": (
        "anthropic",
        {"content": [{"type": "text", "text": None}], "stop_reason": "end_turn"},
        BadDraft,
    ),
    "content empty": ("anthropic", {"content": [], "stop_reason": "end_turn"}, BadDraft),
    "refused": ("anthropic", {"content": [], "stop_reason": "refusal"}, BadDraft),
    "no candidates": ("google", {"candidates": []}, BadDraft),
    "blocked": ("google", {"promptFeedback": {"blockReason": "OTHER"}}, BadDraft),
    "recitation": ("google", {"candidates": [{"finishReason": "RECITATION"}]}, BadDraft),
    "parts null": ("google", {"candidates": [{"content": {"parts": None}}]}, BadDraft),
    "a number": ("openai", 7, ModelUnavailable),
    "null": ("anthropic", None, ModelUnavailable),
    "a page": ("google", "<html></html>", ModelUnavailable),
}


@pytest.mark.parametrize("name", EMPTY)
def test_an_envelope_without_an_answer_is_a_typed_failure(tmp_path: Path, name: str) -> None:
    provider, body, kind = EMPTY[name]
    (answer,) = answers_of(tmp_path, Service(lambda _answer: body), provider=provider)
    assert type(answer.error) is kind


@pytest.mark.parametrize("before", [": keep-alive\n\n", "\n\n: OPENROUTER PROCESSING\n\n: more\n"])
def test_lines_that_keep_the_connection_alive_are_no_part_of_the_answer(tmp_path: Path, before: str) -> None:
    (answer,) = answers_of(
        tmp_path, Service(lambda answer: Sent(body=(before + json.dumps(answer)).encode()))
    )
    assert answer.error is None


TOLD: dict[str, tuple[int, Any, str]] = {  # status, body, what is said
    "FastAPI's detail in a 200": (200, {"detail": "Rate limit exceeded"}, "asked too often"),
    "a number of its own": (200, {"code": 1302, "msg": "rate limit", "success": False}, "asked too often"),
    "a status in words": (200, {"status": "error", "message": "server overloaded"}, "not available"),
    "LM Studio without a model": (404, {"error": {"message": "No models loaded."}}, "no model loaded"),
    "TGI's length": (
        422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096"},
        "longer than the context",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_a_failure_is_called_by_its_right_name(tmp_path: Path, name: str) -> None:
    status, body, message = TOLD[name]
    (answer,) = answers_of(tmp_path, Service(refuse=refused(status, body)))
    assert answer.error is not None
    assert message in answer.error.message


OTHERWISE: dict[str, tuple[str, Any, str]] = {
    "Ollama's own API": ("openai", {"model": "m", "message": {"content": "{}"}, "done": True}, "/v1"),
    "Ollama's own API, generating": ("openai", {"model": "m", "response": "{}", "done": True}, "/v1"),
    "the Responses API": (
        "openai", {"id": "resp_1", "object": "response", "output": [{"type": "message", "content": []}]},
        "before /chat/completions",
    ),
    "DashScope's own API": ("openai", {"output": {"text": "{}"}, "request_id": "r"}, "compatible-mode/v1"),
    "Cloudflare's own API": ("openai", {"result": {"response": "{}"}, "success": True}, "/ai/v1"),
    "Text Generation Inference": ("openai", [{"generated_text": "{}"}], "/v1"),
    "llama.cpp's own API": ("openai", {"content": "{}", "stop": True}, "/v1"),
    "KoboldCpp's own API": ("openai", {"results": [{"text": "{}"}]}, "/v1"),
    "Cohere's own API": ("openai", {"message": {"content": []}, "finish_reason": "STOP"}, "compatibility"),
    "Anthropic's API": ("openai", {"content": [], "stop_reason": "end_turn"}, 'provider = "anthropic"'),
    "Google's API": ("openai", {"candidates": []}, 'provider = "google"'),
    "OpenAI's API": ("anthropic", {"choices": []}, 'provider = "openai"'),
    "OpenAI's API for Google": ("google", {"choices": []}, 'provider = "openai"'),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_service_of_another_kind_is_named_with_the_setting_that_gives_ours(
    tmp_path: Path, name: str
) -> None:
    provider, body, setting = OTHERWISE[name]
    (answer,) = answers_of(tmp_path, Service(lambda _answer: body), provider=provider)
    assert type(answer.error) is ModelUnavailable
    assert name.partition(",")[0].partition(" for ")[0] in answer.error.message
    assert setting in answer.error.hint


@pytest.mark.parametrize("wrapper", ["result", "data", "response"])
@pytest.mark.parametrize("provider", ["openai", "anthropic", "google"])
def test_an_answer_inside_another_object_is_read(tmp_path: Path, wrapper: str, provider: str) -> None:
    service = Service(lambda answer: {wrapper: answer, "success": True, "errors": []})
    (answer,) = answers_of(tmp_path, service, provider=provider)
    assert answer.error is None


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────

FLAGGED: dict[str, tuple[int, Any]] = {
    "DashScope": (
        400,
        {"error": {"code": "data_inspection_failed", "message": "Input data may be inappropriate."}},
    ),
    "DashScope, bare": (
        400,
        {"code": "DataInspectionFailed", "message": "Output data may contain inappropriate content."},
    ),
    "Azure": (
        400,
        {"error": {"code": "content_filter", "message": "triggering the content management policy"}},
    ),
    "OpenAI": (
        400,
        {"error": {"code": "content_policy_violation", "message": "rejected by our safety system"}},
    ),
    "OpenRouter": (
        403,
        {"error": {"code": 403, "message": "Your input was flagged", "metadata": {"reasons": ["x"]}}},
    ),
    "Zhipu": (
        400,
        {"error": {"code": "1301", "message": "系统检测到输入或生成内容可能包含不安全或敏感内容"}},
    ),
    "Moonshot": (400, {"error": {"type": "content_filter", "message": "considered high risk"}}),
    "DeepSeek": (400, {"error": {"code": "invalid_request_error", "message": "Content Exists Risk"}}),
    "MiniMax": (
        200,
        {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}, "choices": None},
    ),
    "in Chinese": (400, {"error": {"code": "20031", "message": "输入内容违规"}}),
    "for legal reasons": (451, "<html>451</html>"),
    "too large": (413, {"error": {"message": "Request too large"}}),
    "too large, a page": (413, "<html>413</html>"),
    "unprocessable": (422, {"detail": [{"msg": "value is not valid"}]}),
    "llama.cpp's context": (400, {"error": {"type": "exceed_context_size_error", "message": "n_ctx"}}),
    "Ollama's context": (400, {"error": {"message": "the input length exceeds the context length"}}),
    "OpenAI's context": (
        400,
        {
            "error": {
                "code": "context_length_exceeded",
                "message": "maximum context length is 8192 tokens, in max_tokens too",
            }
        },
    ),
    "Anthropic's context": (
        400,
        {"error": {"message": "prompt is too long: 210000 tokens > 200000 maximum"}},
    ),
}


@pytest.mark.parametrize("name", FLAGGED)
def test_a_text_that_is_refused_costs_itself_alone(tmp_path: Path, name: str) -> None:
    status, body = FLAGGED[name]
    service = Service(
        refuse=lambda _body, nth: Sent(body=encoded(body), status=status) if 1 < nth < 7 else None
    )
    answers = answers_of(tmp_path, service, count=8)
    assert [type(a.error) for a in answers] == [type(None), *[BadDraft] * 5, *[type(None)] * 2]
    assert all(answer.usage.tokens_in == 0 for answer in answers[1:6]), "and nothing is billed"


FINAL: dict[str, tuple[int, Any, str]] = {
    "wrong key": (401, {"error": {"message": "Incorrect API key"}}, "OPENAI_API_KEY"),
    "wrong key, in 200": (200, {"error": {"code": 401, "message": "no auth"}}, "OPENAI_API_KEY"),
    "no credit": (402, {"error": {"message": "Insufficient credits"}}, "billing"),
    "no quota": (
        429,
        {"error": {"code": "insufficient_quota", "message": "exceeded your current quota"}},
        "billing",
    ),
    "no balance": (400, {"error": {"message": "Your credit balance is too low"}}, "billing"),
    "OpenAI's model": (
        404,
        {"error": {"code": "model_not_found", "message": "The model x does not exist"}},
        "model",
    ),
    "Ollama's model": (404, {"error": {"message": 'model "m" not found, try pulling it first'}}, "model"),
    "SiliconFlow's model": (
        400,
        {"code": 20012, "message": "Model does not exist. Please check it."},
        "model",
    ),
    "LiteLLM's model": (400, {"error": {"message": "Invalid model name passed in model=m"}}, "model"),
    "another path": (404, "404 page not found", "base_url"),
}


@pytest.mark.parametrize("name", FINAL)
def test_what_no_call_can_survive_is_named_after_one_call(tmp_path: Path, name: str) -> None:
    status, body, named = FINAL[name]
    service = Service(refuse=refused(status, body))
    answers = answers_of(tmp_path, service, count=5, parallel=4)
    assert len(service.bodies) == 1
    assert {type(a.error) for a in answers} == {ModelUnavailable}
    assert named in str(answers[0].error)


PASSING: dict[str, tuple[int, Any]] = {
    "429": (429, {"error": "slow down"}),
    "500": (500, ""),
    "502": (502, "<html>"),
    "503": (503, {}),
    "529": (529, {}),
    "429 in 200": (200, {"error": {"code": 429, "message": "x"}}),
    "502 in 200": (200, {"error": {"message": "Upstream", "code": "502"}}),
    "overloaded in 200": (
        200,
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
    ),
    "502 in a choice": (
        200,
        {"choices": [{"message": {"content": ""}, "error": {"code": 502, "message": "x"}}]},
    ),
    "Gemini's list": (200, [{"error": {"code": 503, "status": "UNAVAILABLE", "message": "x"}}]),
}


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_error_is_asked_again_by_its_right_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, body = PASSING[name]
    monkeypatch.setattr("daybrief.adapters.llm._FIRST_S", 0.001)
    service = Service(refuse=lambda _body, nth: Sent(body=encoded(body), status=status) if nth < 3 else None)
    (answer,) = answers_of(tmp_path, service, patience_s=1)
    assert answer.error is None
    assert len(service.bodies) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}},
        {"error": "Model mistral is currently loading", "estimated_time": 20.0},
    ],
)
def test_a_model_that_is_being_loaded_is_waited_for(
    tmp_path: Path, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daybrief.adapters.llm._LOADING_S", 0.001)
    service = Service(refuse=lambda _body, nth: Sent(body=encoded(body), status=503) if nth < 9 else None)
    answers = answers_of(tmp_path, service, count=3, parallel=4, loading_s=100)
    assert [answer.error for answer in answers] == [None] * 3
    assert len(service.bodies) == 9 + 2, "the others wait for the first"
    never = Service(refuse=refused(503, body))
    (answer,) = answers_of(tmp_path / "2", never, loading_s=0)
    assert "loading_s" in str(answer.error)


# ── parameters ──────────────────────────────────────────────────────────────────────────────────────


def refusing(
    *paths: str, message: str = "{} is not supported"
) -> Callable[[dict[str, Any], int], Sent | None]:
    def refuse(body: dict[str, Any], _nth: int) -> Sent | None:
        for path in paths:
            node: Any = body
            for part in path.split("."):
                node = node.get(part) if isinstance(node, dict) else None
            if node is not None:
                words = {"error": {"message": message.format(path), "param": path}}
                return Sent(body=encoded(words), status=400)
        return None

    return refuse


NEWER_LIMIT = {
    "message": "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead.",
    "type": "invalid_request_error",
}

WAYS_OUT: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any], int], Sent | None]]] = {
    "temperature": ({}, refusing("temperature")),
    "max_tokens": ({}, refusing("max_tokens", message="Unsupported {}: use max_completion_tokens instead")),
    "max_tokens, in OpenAI's words": (
        {},
        lambda body, _nth: (
            Sent(body=encoded({"error": NEWER_LIMIT}), status=400) if "max_tokens" in body else None
        ),
    ),
    "max_tokens and the newer name": ({}, refusing("max_tokens", "max_completion_tokens")),
    "response_format": ({}, refusing("response_format")),
    "response_format, prompted": ({"structured": "prompted"}, refusing("response_format")),
    "a strict schema": (
        {},
        lambda body, _nth: (
            Sent(body=b'{"error": "Invalid schema for response_format"}', status=400)
            if "maxLength" in json.dumps(body.get("response_format", {}))
            else None
        ),
    ),
    "only json_schema or text": (
        {"structured": "prompted"},
        lambda body, _nth: (
            Sent(body=b"{\"error\": \"'response_format.type' must be 'json_schema' or 'text'\"}", status=400)
            if body.get("response_format", {}).get("type") == "json_object"
            else None
        ),
    ),
    "the system role": (
        {},
        lambda body, _nth: (
            Sent(body=b'{"error": "System role not supported"}', status=400)
            if body["messages"][0]["role"] == "system"
            else None
        ),
    ),
    "everything, without a word": (
        {},
        lambda body, _nth: (
            Sent(body=b"Bad Request", status=400)
            if {"temperature", "response_format"} & body.keys()
            else None
        ),
    ),
    "all of them in turn": ({}, refusing("temperature", "response_format")),
    "output_config": ({"provider": "anthropic"}, refusing("output_config")),
    "Gemini's schema": ({"provider": "google"}, refusing("generationConfig.responseJsonSchema")),
    "omitted": (
        {"omit": ("temperature", "response_format", "max_tokens")},
        refusing("temperature", "response_format", "max_tokens", message="no"),
    ),
}


@pytest.mark.parametrize("name", WAYS_OUT)
def test_what_a_service_does_not_take_is_left_out_from_then_on(tmp_path: Path, name: str) -> None:
    changed, refuse = WAYS_OUT[name]
    service = Service(refuse=refuse)
    answers = answers_of(tmp_path, service, count=4, **changed)
    assert [answer.error for answer in answers] == [None] * 4
    assert len(service.bodies) <= 4 + 5, "learned once"
    assert all(refuse(body, 0) is None for body in service.bodies[-3:])


def test_fields_set_by_hand_win_and_make_another_question(tmp_path: Path) -> None:
    service = Service()
    answers_of(tmp_path, service)
    answers_of(tmp_path, service, extra_body={"temperature": 1, "reasoning_effort": "low"})
    assert [body["temperature"] for body in service.bodies] == [0.0, 1]
    assert service.bodies[1]["reasoning_effort"] == "low"


# ── the list of models ──────────────────────────────────────────────────────────────────────────────

LISTS: dict[str, Sent] = {
    "missing": Sent(body=b"not found", status=404, media_type="text/plain"),
    "a page": Sent(body=b"<html>hello</html>", media_type="text/html"),
    "400": Sent(body=b'{"error": "x"}', status=400),
    "403": Sent(body=b"{}", status=403),
    "405": Sent(body=b"", status=405),
    "501": Sent(body=b"", status=501),
    "302": Sent(body=b"", status=302),
    "models/NAME": Sent(body=encoded({"models": [{"name": "models/m"}]})),
    "by name": Sent(body=encoded({"data": [{"name": "m"}]})),
    "capitals": Sent(body=encoded({"data": [{"id": "M"}]})),
    "a tag": Sent(body=encoded({"data": [{"id": "m:latest"}]})),
    "without it": Sent(body=encoded({"data": [{"id": "other"}]})),
    "bare": Sent(body=encoded(["m"])),
    "null": Sent(body=b"null"),
    "data null": Sent(body=b'{"data": null}'),
    "rows of null": Sent(body=b'{"data": [null, 7, {"id": null}]}'),
    "empty": Sent(body=b"", media_type=""),
}
NOTED = {"missing", "a page", "400", "403", "405", "501", "302", "without it", "empty"}


@pytest.mark.parametrize("name", LISTS)
def test_no_list_of_models_keeps_a_service_from_being_asked(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "daybrief.llm")
    (answer,) = answers_of(tmp_path, Service(listed=LISTS[name]))
    assert answer.error is None
    assert bool(caplog.messages) == (name in NOTED)


def test_a_key_that_the_list_refuses_stops_before_anything_is_sent(tmp_path: Path) -> None:
    service = Service(listed=Sent(body=b"{}", status=401))
    (answer,) = answers_of(tmp_path, service)
    assert "OPENAI_API_KEY" in str(answer.error)
    assert not service.bodies


def test_an_inspection_says_what_a_run_would_say(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    nobody = inspect_model(model(base_url="http://127.0.0.1:9/v1"), {}, folder)
    assert "base_url" in str(nobody.error)
    assert "NO_SUCH" in str(inspect_model(model(key_env="NO_SUCH"), {}, folder).error)
    assert "model" in str(inspect_model(model(model=""), {}, folder).error)
    remote = model(base_url="https://models.example/v1", model="no-such", budget_usd=0.5)
    assert "price_in" in str(inspect_model(remote, {"OPENAI_API_KEY": "k"}, folder).error)
    missing = inspect_model(model(provider="local", model="none"), {}, folder)
    assert "there is no model 'none' here" in str(missing.error)


# ── the cap ─────────────────────────────────────────────────────────────────────────────────────────

LONG: dict[str, Callable[[Any], Any]] = {
    "it counts them": lambda answer: answer | {"usage": {"prompt_tokens": 9, "completion_tokens": 500_000}},
    "it counts nothing": lambda answer: (
        in_message(lambda text: {"content": text + " x" * 9_000})(answer) | {"usage": None}
    ),
    "without an end": lambda answer: Sent(body=encoded(answer) + b" " * 5_000_000),
}


@pytest.mark.parametrize("name", LONG)
def test_after_an_answer_beyond_every_limit_nothing_more_is_asked(tmp_path: Path, name: str) -> None:
    service = Service(LONG[name])
    answers = answers_of(tmp_path, service, count=9, parallel=4, budget_tokens=60_000)
    assert len(service.bodies) == 1
    assert all("max_output" in str(answer.error) for answer in answers)


def test_where_no_price_is_known_tokens_are_the_cap_and_that_is_said_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "daybrief.llm")
    with opened(tmp_path, Service()) as models:
        client = models(model(budget_usd=None, model="qwen3:8b", budget_tokens=2_500))
        assert "2,500 tokens" in caplog.text, "before anything is asked"
        answers = client.ask([question(n) for n in range(9)])
    assert answers[0].error is None
    assert isinstance(answers[-1].error, BudgetSpent)


def test_a_cap_in_dollars_that_cannot_hold_is_said_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(tmp_path, Service()) as models:
        models(model(budget_usd=0.5, model="no-such", base_url="https://models.example/v1"))
    assert "price_in" in caplog.text


def test_a_prompt_that_the_server_cuts_is_noticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cut = lambda answer: answer | {"usage": {"prompt_tokens": 40, "completion_tokens": 30}}
    with opened(tmp_path, Service(cut)) as models:
        (answer,) = models(model()).ask([question(text=TEXT * 20)])
    assert answer.error is None
    assert "num_ctx" in caplog.text


# ── schemas ─────────────────────────────────────────────────────────────────────────────────────────

SHAPES = (
    ReadAnswer,
    SynthesiseAnswer,
    RepairAnswer,
    MendAnswer,
    PassagesAnswer,
    SaidAnswer,
    CategoriseAnswer,
    JudgeAnswer,
)
WHERE: dict[Vendor, dict[str, Any]] = {
    "openai": {"base_url": ""},
    "anthropic": {"provider": "anthropic"},
    "gemini": {"provider": "google"},
    "grammar": {"base_url": "http://127.0.0.1:8080/v1"},
}


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_schema_keeps_to_the_rules_of_the_vendor_it_is_sent_to(
    vendor: Vendor, shape: type[Any]
) -> None:
    assert not violations(vendor, wire_schema(model(**WHERE[vendor]), schema_of(shape)))


def test_azure_and_openai_by_address_get_the_strict_schema() -> None:
    for address in ("https://api.openai.com/v1", "https://x.openai.azure.com/openai/v1"):
        assert not violations("openai", wire_schema(model(base_url=address), schema_of(ReadAnswer)))


@pytest.mark.parametrize("vendor", get_args(Vendor))
def test_the_checker_sees_each_rule_broken(vendor: Vendor) -> None:
    open_ = {"type": "object", "properties": {"a": {"enum": ["x"]}}, "required": []}
    assert any("no type" in fault for fault in violations(vendor, open_))
    bounded = {"type": "string", "maxLength": 9_000}
    whole = {"type": "object", "properties": {"a": bounded}, "required": ["a"], "additionalProperties": False}
    assert violations(vendor, whole)
    assert violations(vendor, {"type": "array", "items": {"type": "string"}})


# ── anything at all ─────────────────────────────────────────────────────────────────────────────────

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "message",
                    "content",
                    "text",
                    "error",
                    "code",
                    "candidates",
                    "parts",
                    "usage",
                    "usageMetadata",
                    "finish_reason",
                    "stop_reason",
                    "promptFeedback",
                    "prompt_tokens",
                    "tool_calls",
                    "function",
                    "arguments",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(
    provider=st.sampled_from(PROVIDERS),
    status=st.sampled_from(STATUSES),
    body=JSON.map(encoded) | st.binary(max_size=60),
    media_type=st.sampled_from(["application/json", "text/html", ""]),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_with_any_status_is_an_answer_or_a_writer_error(
    tmp_path_factory: pytest.TempPathFactory, provider: str, status: int, body: bytes, media_type: str
) -> None:
    service = Service(
        lambda _answer: Sent(body=body, status=status, media_type=media_type),
        listed=Sent(body=body, status=status, media_type=media_type),
    )
    (answer,) = answers_of(tmp_path_factory.mktemp("any"), service, provider=provider)
    assert (answer.error is None) == (answer.value is not None)
    assert answer.error is None or isinstance(answer.error, WriterError)
    assert msgspec.json.encode(answer.usage)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_good_answer_with_one_thing_spoilt_ends_no_run(tmp_path: Path, provider: str) -> None:
    rng = Random(provider)
    for number in range(60):
        service = Answering(lambda _question, answer: mutated(answer, rng))
        (answer,) = answers_of(tmp_path / str(number), service, provider=provider)
        assert answer.error is None or isinstance(answer.error, WriterError)
