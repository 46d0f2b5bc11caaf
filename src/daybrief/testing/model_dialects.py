"""The same question and answer in the words of OpenAI's, Anthropic's and Google's interfaces."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from daybrief.testing.model_answers import Given, ModelCall, question


@dataclass(frozen=True)
class ModelDialect:
    """How one interface asks and answers."""

    question: Callable[[dict[str, Any], str], ModelCall]
    answer: Callable[[str, Given, int, int], dict[str, Any]]


def dialect_of(path: str) -> ModelDialect | None:
    """The interface behind a path."""
    return next((dialect for end, dialect in _DIALECTS.items() if path.partition("?")[0].endswith(end)), None)


def failure(status: int, message: str, code: str = "") -> dict[str, Any]:
    """An error as all three put it, near enough."""
    kind = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}.get(
        status, "api_error"
    )
    body = {"message": message, "type": kind, "code": code or str(status), "status": kind.upper()}
    return {"type": "error", "error": body}


def streamed(model: str, given: Given, tokens_in: int, tokens_out: int) -> Iterator[bytes]:
    """A chat completion as server-sent events, a few words each."""
    frame = {"id": "c-1", "object": "chat.completion.chunk", "created": 0, "model": model}
    for piece in re.findall(r".{1,40}", given.text, re.DOTALL):
        yield _event(frame | {"choices": [{"index": 0, "delta": {"role": "assistant", "content": piece}}]})
    end = {"index": 0, "delta": {}, "finish_reason": _OPENAI[given.finish]}
    yield _event(frame | {"choices": [end], "usage": _openai_usage(tokens_in, tokens_out)})
    yield b"data: [DONE]\n\n"


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def _texts(node: Any) -> str:
    """All text of a message's content, which is a string or a list of parts."""
    if isinstance(node, str):
        return node
    parts = node if isinstance(node, list) else []
    return "\n".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def _openai_question(body: dict[str, Any], _path: str) -> ModelCall:
    text = "\n\n".join(_texts(message.get("content")) for message in body["messages"])
    return question(
        text, body.get("model", ""), stream=bool(body.get("stream")), has_tools=bool(body.get("tools"))
    )


def _openai_answer(model: str, given: Given, tokens_in: int, tokens_out: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": given.text}
    choice = {"index": 0, "message": message, "finish_reason": _OPENAI[given.finish]}
    usage = _openai_usage(tokens_in, tokens_out)
    return {
        "id": "c-1",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [choice],
        "usage": usage,
    }


def _openai_usage(tokens_in: int, tokens_out: int) -> dict[str, int]:
    return {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
    }


def _anthropic_question(body: dict[str, Any], _path: str) -> ModelCall:
    text = "\n\n".join(
        [_texts(body.get("system")), *(_texts(message.get("content")) for message in body["messages"])]
    )
    return question(text, body.get("model", ""), stream=False, has_tools=bool(body.get("tools")))


def _anthropic_answer(model: str, given: Given, tokens_in: int, tokens_out: int) -> dict[str, Any]:
    reason = {"stop": "end_turn", "length": "max_tokens", "filter": "refusal"}[given.finish]
    return {
        "id": "m-1", "type": "message", "role": "assistant", "model": model, "stop_reason": reason,
        "stop_sequence": None, "content": [{"type": "text", "text": given.text}],
        "usage": {"input_tokens": tokens_in, "output_tokens": tokens_out},
    }  # fmt: skip


def _google_question(body: dict[str, Any], path: str) -> ModelCall:
    contents = [body.get("systemInstruction") or {}, *body.get("contents", [])]
    text = "\n\n".join(_texts(content.get("parts")) for content in contents)
    name = path.partition("?")[0].rpartition("/")[2].partition(":")[0]
    return question(text, name, stream=False, has_tools=bool(body.get("tools")))


def _google_answer(model: str, given: Given, tokens_in: int, tokens_out: int) -> dict[str, Any]:
    reason = {"stop": "STOP", "length": "MAX_TOKENS", "filter": "SAFETY"}[given.finish]
    content = {"role": "model", "parts": [{"text": given.text}]}
    usage = {"promptTokenCount": tokens_in, "candidatesTokenCount": tokens_out}
    candidate = {"content": content, "finishReason": reason, "index": 0}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}


_OPENAI = {"stop": "stop", "length": "length", "filter": "content_filter"}
_DIALECTS = {
    "/chat/completions": ModelDialect(_openai_question, _openai_answer),
    "/v1/messages": ModelDialect(_anthropic_question, _anthropic_answer),
    ":generateContent": ModelDialect(_google_question, _google_answer),
}
