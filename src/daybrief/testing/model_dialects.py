"""OpenAI's, Anthropic's and Google's interfaces: one question and answer in each one's words, and spoilt.

    transport = Answering(lambda question, answer: mutated(answer, Random(7)))
    with Models(folder, "a run", {}, transport=transport) as models: ...

`Answering` speaks all three dialects in this process, without a socket: it makes the good answer to each
question and hands it to a function that returns what is sent. `mutated` spoils one thing in it: a field, the
bytes, the status, the media type.

`violations` says what each vendor's published rules find wrong with a JSON schema for answers.

openai     every object closed, every field required, every node typed; no bounds on strings
           (platform.openai.com/docs/guides/structured-outputs)
anthropic  every object closed; no bounds on strings, numbers or lists
           (docs.claude.com/en/docs/build-with-claude/structured-outputs)
gemini     the listed keywords of `responseJsonSchema` only (ai.google.dev/api/generate-content)
grammar    what llama.cpp, and with it Ollama and LM Studio, can make a grammar of; vLLM takes as much:
           every node typed, no repetition above 2,000 (github.com/ggml-org/llama.cpp/blob/master/grammars)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

import httpx2
import msgspec

from daybrief.testing.model_answers import Given, ModelCall, answered, question, tokens


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


# ── what may come instead of an answer ──────────────────────────────────────────────────────────────


WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "\x00\ud800", [], [None], [[]], {}, {"a": None}, [{}], "null",
    {"error": "x"}, {"text": None}, 429, "429",
)  # fmt: skip
"""What stands in the place of a field."""

STATUSES = (
    200, 200, 200, 200, 200, 200, 204, 301, 400, 401, 402, 403, 404, 408, 413, 418, 422, 429, 500, 502,
    503, 529, 599,
)  # fmt: skip
_TYPES = ("application/json", "text/html", "text/event-stream", "", "application/octet-stream")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"


Change = Callable[[ModelCall, Any], Sent]


class Answering(httpx2.AsyncBaseTransport):
    """Answers every question as `change` says, and every list of models with the model asked for."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self.questions: list[ModelCall] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer to one request."""
        path = request.url.path
        dialect = dialect_of(path)
        if request.method == "GET" or dialect is None:
            return httpx2.Response(404, json={"error": {"message": "no list"}})
        question = dialect.question(json.loads(await request.aread()), path)
        self.questions.append(question)
        given = answered("good", question)
        whole = dialect.answer(question.model, given, tokens(question.text), tokens(given.text))
        sent = self._change(question, whole)
        headers = {"Content-Type": sent.media_type} if sent.media_type else {}
        return httpx2.Response(sent.status, content=sent.body, headers=headers)


def encoded(answer: Any) -> bytes:
    """JSON of anything, lone surrogates and all."""
    return json.dumps(answer, ensure_ascii=True).encode()


def mutated(answer: Any, rng: Random) -> Sent:
    """The answer with one thing spoilt, now and then two."""
    status, media_type = 200, "application/json"
    for _ in range(1 + (rng.random() < 0.2)):
        match rng.randrange(8):
            case 0 | 1 | 2 | 3:
                answer = _with_field(answer, rng)
            case 4:
                answer = rng.choice(WRONG)
            case 5:
                status = rng.choice(STATUSES)
            case 6:
                media_type = rng.choice(_TYPES)
            case _:
                return Sent(body=_with_bytes(encoded(answer), rng), status=status, media_type=media_type)
    return Sent(body=encoded(answer), status=status, media_type=media_type)


def _with_field(answer: Any, rng: Random) -> Any:
    """The answer with one place replaced, removed, wrapped or put elsewhere."""
    copied = json.loads(json.dumps(answer))
    places = list(_places(copied))
    if not places:
        return rng.choice(WRONG)
    holder, key = rng.choice(places)
    match rng.randrange(4):
        case 0 | 1:
            holder[key] = rng.choice(WRONG)
        case 2:
            del holder[key]
        case _:
            holder[key] = rng.choice((lambda v: [v], lambda v: {"value": v}, lambda v: str(v)))(holder[key])
    return copied


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree, as its holder and its key."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)


def _with_bytes(body: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(body) + 1)
    match rng.randrange(5):
        case 0:
            return body[:place]
        case 1:
            return body[:place] + rng.randbytes(3) + body[place:]
        case 2:
            return body[:place] + body[place + 1 :]
        case 3:
            return rng.randbytes(rng.randrange(64))
        case _:
            return b"[" * 100_000 if rng.random() < 0.1 else b"data: " + body + b"\n\n"


# ── vendors' rules for schemas ──────────────────────────────────────────────────────────────────────


Vendor = Literal["openai", "anthropic", "gemini", "grammar"]
VENDORS: tuple[Vendor, ...] = ("openai", "anthropic", "gemini", "grammar")

_CORE = {"type", "properties", "required", "additionalProperties", "items", "enum", "description", "anyOf"}
_GEMINI = _CORE | {
    "title", "format", "prefixItems", "minItems", "maxItems", "minimum", "maximum", "oneOf", "$ref", "$defs",
    "$id", "$anchor", "propertyOrdering",
}  # fmt: skip
_OPENAI_KEYWORDS = _CORE | {
    "pattern", "format", "minimum", "maximum", "multipleOf", "minItems", "maxItems", "const", "$ref", "$defs",
}  # fmt: skip
_ANTHROPIC = _CORE | {"allOf", "const", "format", "default", "$ref", "$defs", "title"}
_GRAMMAR = _CORE | {
    "const", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format", "oneOf", "allOf",
    "prefixItems", "minimum", "maximum", "$ref", "$defs", "title", "default",
}  # fmt: skip
_KEYWORDS: dict[Vendor, set[str]] = {
    "openai": _OPENAI_KEYWORDS,
    "anthropic": _ANTHROPIC,
    "gemini": _GEMINI,
    "grammar": _GRAMMAR,
}
_MOST_DEPTH, _MOST_FIELDS, _MOST_CHOICES, _MOST_REPEATS = 10, 5_000, 1_000, 2_000


def violations(vendor: Vendor, schema: Mapping[str, Any]) -> list[str]:
    """Every rule of the vendor that the schema breaks, each with its place; none when it is taken."""
    broken = list(_of_node(vendor, schema, "$", 1))
    if schema.get("type") != "object":
        broken.append("$: the root is no object")
    return broken


def _of_node(vendor: Vendor, node: Mapping[str, Any], place: str, depth: int) -> Iterator[str]:
    for check in _CHECKS:
        yield from (f"{place}: {fault}" for fault in check(vendor, node))
    if depth > _MOST_DEPTH:
        yield f"{place}: deeper than {_MOST_DEPTH} levels"
        return
    for name, inner in node.get("properties", {}).items():
        yield from _of_node(vendor, inner, f"{place}.{name}", depth + 1)
    if isinstance(node.get("items"), Mapping):
        yield from _of_node(vendor, node["items"], f"{place}[]", depth + 1)
    for number, inner in enumerate(node.get("anyOf", ())):
        yield from _of_node(vendor, inner, f"{place}|{number}", depth + 1)


def _keywords(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"the keyword {name!r} is not taken" for name in node if name not in _KEYWORDS[vendor])


def _types(_vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    if not {"type", "anyOf", "$ref"} & node.keys():
        yield "it has no type"
    if node.get("type") == "array" and "items" not in node:
        yield "a list does not say what of"


def _objects(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    if node.get("type") != "object":
        return
    if vendor in {"openai", "anthropic"} and node.get("additionalProperties") is not False:
        yield "it is open to other fields"
    if vendor == "openai" and set(node.get("required", ())) != set(node.get("properties", {})):
        yield "not every field is required"
    if len(node.get("properties", {})) > _MOST_FIELDS:
        yield f"it has more than {_MOST_FIELDS} fields"


def _choices(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    choices = node.get("enum", ())
    if len(choices) > _MOST_CHOICES:
        yield f"it has more than {_MOST_CHOICES} choices"
    if vendor == "gemini" and choices and node.get("type") not in {"string", "number", "integer"}:
        yield "an enum is of strings or numbers only"


def _repeats(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    if vendor == "grammar":
        for name in ("maxLength", "maxItems"):
            if node.get(name, 0) > _MOST_REPEATS:
                yield f"{name} is above {_MOST_REPEATS}"


_CHECKS: tuple[Callable[[Vendor, Mapping[str, Any]], Iterator[str]], ...] = (
    _keywords, _types, _objects, _choices, _repeats,
)  # fmt: skip
