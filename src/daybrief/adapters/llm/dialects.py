"""How each service is asked and how it answers, in its own words; pure.

    OpenAI's Chat Completions and its like · Anthropic's Messages · Gemini's generateContent

A request has one required part, the text. Everything else can be left out: `Form` says which of it a service
takes, `reformed` reads that from a refusal. An answer may be any JSON at all: what is missing, null or of
another type is read as absent, and what holds no answer raises Failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import msgspec

from daybrief.adapters.llm.failures import (
    Refusal,
    failure_of,
    not_a_server,
    not_told,
    speaks_otherwise,
)
from daybrief.ports import ModelSettings

PROVIDERS = {
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "anthropic": ("https://api.anthropic.com", "ANTHROPIC_API_KEY"),
    "google": ("https://generativelanguage.googleapis.com", "GOOGLE_API_KEY"),
}
"""The address of each provider, and the variable its key usually lies in."""

_AS_JSON = "\n\nAnswer with one JSON object that fits this schema, with nothing before or after it:\n{schema}"
_MOST_TOKENS = 10**9  # of one call; a larger count is no count
_STRICT = re.compile(r"(?:^|\.)(?:openai\.com|openai\.azure\.com|cognitiveservices\.azure\.com)$")

Structure = Literal["native", "plain", "object", "prompted"]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The optional parts of a request.

    `structure`: the schema with its bounds is enforced (`native`), without them (`plain`), any JSON object is
    (`object`), or the prompt alone asks for it (`prompted`). `limit` names the field for `max_output`; empty
    sends none. `temperature` sends the prompt's. `system` sends the instructions as a part of their own.
    """

    structure: Structure
    limit: str
    temperature: bool = True
    system: bool = True


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """The content of one call: instructions, then turns of user and model, the user's first; the answer's
    schema, and the temperature.
    """

    system: str
    turns: tuple[str, ...]
    schema: dict[str, Any]
    name: str
    temperature: float = 0.0


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP POST."""

    url: str
    headers: dict[str, str]
    body: dict[str, Any]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The text of an answer, why it ended (as the service words it), and the tokens it counted; 0 if none."""

    text: str
    finish: str = ""
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def cut(self) -> bool:
        """Whether the limit on tokens ended it."""
        return self.finish in _CUT

    @property
    def refused(self) -> bool:
        """Whether the service withheld it for what it is about."""
        return self.finish in _REFUSED


_CUT = {"length", "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded"}
_REFUSED = {
    "content_filter", "refusal", "safety", "recitation", "blocklist", "prohibited_content", "spii",
    "sensitive",
    "image_safety", "content_filtered", "guardrail_intervened", "language",
}  # fmt: skip


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────


def base_url_of(settings: ModelSettings) -> str:
    """The address that is asked, without a slash at its end."""
    return (settings.base_url or PROVIDERS[settings.provider][0]).rstrip("/")


def first_form(settings: ModelSettings) -> Form:
    """The form of the first request: all that the settings allow."""
    structure: Structure = "native" if settings.structured == "native" else "object"
    limits = {"anthropic": "max_tokens", "google": "maxOutputTokens"}
    # Servers of one's own know the older name of OpenAI's limit; those that know both take either.
    openai = "max_tokens" if settings.base_url else "max_completion_tokens"
    return Form(structure=structure, limit=limits.get(settings.provider, openai))


def request(settings: ModelSettings, key: str, form: Form, prompt: Prompt) -> Request:
    """The request in the provider's dialect.

    `omit` takes fields out of it and `extra_body` puts fields into it, both at the top of the body.
    """
    schema = wire_schema(settings, prompt.schema, bounded=form.structure == "native")
    system = prompt.system
    if form.structure in {"object", "prompted"}:
        system += _AS_JSON.format(schema=msgspec.json.encode(schema).decode())
    turns = prompt.turns
    if not form.system:
        system, turns = "", (f"{system}\n\n{turns[0]}".strip(), *turns[1:])
    adapted = msgspec.structs.replace(prompt, system=system, turns=turns, schema=schema)
    made = _REQUESTS[settings.provider](settings, key, form, adapted)
    body = {name: value for name, value in made.body.items() if name not in settings.omit}
    return msgspec.structs.replace(made, body=body | settings.extra_body)


def _openai_request(settings: ModelSettings, key: str, form: Form, prompt: Prompt) -> Request:
    messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
    messages += [{"role": role, "content": text} for role, text in _with_roles(prompt.turns, "assistant")]
    body: dict[str, Any] = {"model": settings.model, "messages": messages}
    if form.structure in {"native", "plain"}:
        wanted = {"name": prompt.name, "schema": prompt.schema, "strict": True}
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif form.structure == "object":
        body["response_format"] = {"type": "json_object"}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return Request(
        url=f"{base_url_of(settings)}/chat/completions",
        headers=headers,
        body=body | _numbers(settings, form, prompt),
    )


def _anthropic_request(settings: ModelSettings, key: str, form: Form, prompt: Prompt) -> Request:
    messages = [{"role": role, "content": text} for role, text in _with_roles(prompt.turns, "assistant")]
    body: dict[str, Any] = {"model": settings.model, "messages": messages}
    if prompt.system:
        body["system"] = prompt.system
    if form.structure in {"native", "plain"}:
        body["output_config"] = {"format": {"type": "json_schema", "schema": prompt.schema}}
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    return Request(
        url=f"{base_url_of(settings)}/v1/messages",
        headers=headers,
        body=body | _numbers(settings, form, prompt),
    )


def _google_request(settings: ModelSettings, key: str, form: Form, prompt: Prompt) -> Request:
    contents = [
        {"role": role, "parts": [{"text": text}]} for role, text in _with_roles(prompt.turns, "model")
    ]
    body: dict[str, Any] = {"contents": contents}
    if prompt.system:
        body["systemInstruction"] = {"parts": [{"text": prompt.system}]}
    config = _numbers(settings, form, prompt)
    if form.structure != "prompted":
        config["responseMimeType"] = "application/json"
    if form.structure in {"native", "plain"}:
        config["responseJsonSchema"] = prompt.schema
    body["generationConfig"] = {n: value for n, value in config.items() if n not in settings.omit}
    model = quote(settings.model.removeprefix("models/"), safe="")
    return Request(
        url=f"{base_url_of(settings)}/v1beta/models/{model}:generateContent",
        headers={"x-goog-api-key": key},
        body=body,
    )


_REQUESTS: dict[str, Callable[[ModelSettings, str, Form, Prompt], Request]] = {
    "openai": _openai_request,
    "anthropic": _anthropic_request,
    "google": _google_request,
}


def _with_roles(turns: Sequence[str], model: str) -> Iterator[tuple[str, str]]:
    for place, text in enumerate(turns):
        yield (model if place % 2 else "user"), text


def _numbers(settings: ModelSettings, form: Form, prompt: Prompt) -> dict[str, Any]:
    limit = {form.limit: settings.max_output} if form.limit else {}
    return limit | ({"temperature": prompt.temperature} if form.temperature else {})


# ── the schema ──────────────────────────────────────────────────────────────────────────────────────


def wire_schema(settings: ModelSettings, schema: dict[str, Any], *, bounded: bool = True) -> dict[str, Any]:
    """The schema by the service's published rules.

    OpenAI (strict), Anthropic and Gemini take no bounds on strings; servers with a grammar of their own
    (llama.cpp, vLLM, Ollama, LM Studio) need them, because a small model may never close a string. `bounded`
    False takes them all out.
    """
    host = urlsplit(base_url_of(settings)).hostname or ""
    strict = settings.provider != "openai" or bool(_STRICT.search(host))
    dropped = frozenset[str]()
    if strict or not bounded:
        dropped = frozenset({"minLength", "maxLength", "pattern", "format", "minItems", "maxItems"})
        dropped |= {
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "title",
            "default",
        }
    return _ruled(schema, dropped)


def _ruled(schema: Mapping[str, Any], dropped: frozenset[str]) -> dict[str, Any]:
    ruled: dict[str, Any] = {}
    for name, value in schema.items():
        if name == "properties":
            ruled[name] = {field: _ruled(inner, dropped) for field, inner in value.items()}
        elif name == "items" and isinstance(value, dict):
            ruled[name] = _ruled(value, dropped)
        elif name in {"anyOf", "allOf", "oneOf", "prefixItems"}:
            ruled[name] = [_ruled(inner, dropped) for inner in value]
        elif name not in dropped:
            ruled[name] = value
    if "enum" in ruled and "type" not in ruled:
        types = sorted({_TYPES[type(value)] for value in ruled["enum"]})
        ruled = {"type": types[0] if len(types) == 1 else types, **ruled}
    return ruled


_TYPES: dict[type, str] = {
    str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null",
}  # fmt: skip


# ── a refusal read as another form ──────────────────────────────────────────────────────────────────

_STRUCTURES: tuple[Structure, ...] = ("native", "plain", "object", "prompted")
_LIMITS = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_TOO_MANY = re.compile(r"context|too large|at most|exceed|less than|range", re.IGNORECASE)
_ABOUT_STRUCTURE = re.compile(
    r"response_?format|json_?schema|json_?object|response_?schema|responseJsonSchema|responseMimeType"
    r"|output_?config|output_?format|structured[ _-]?output|guided_|grammar|\bschema\b|json mode|JSON mode",
    re.IGNORECASE,
)
_ABOUT_SYSTEM = re.compile(
    r"system[ _]?(?:role|message|prompt|instruction)|developer instruction|role.{0,20}system"
    r"|systemInstruction|roles must alternate",
    re.IGNORECASE,
)


def reformed(form: Form, refusal: Refusal) -> Form | None:
    """Another form to ask in, after the service refused this one (400, 404, 422, 501 …); None when none is
    left.

    A refusal that names a field is answered by doing without that field.
    """
    words = refusal.words
    if form.limit and re.search(rf"\b{form.limit}\b", words) and not _TOO_MANY.search(words):
        other = _LIMITS.get(form.limit, "")
        named = other and re.search(rf"\b{other}\b", words)
        return msgspec.structs.replace(form, limit=other if named else "")
    if form.temperature and re.search(r"temperature", words, re.IGNORECASE):
        return msgspec.structs.replace(form, temperature=False)
    if form.system and _ABOUT_SYSTEM.search(words):
        return msgspec.structs.replace(form, system=False)
    if _ABOUT_STRUCTURE.search(words) and (lesser := _lesser(form)):
        return msgspec.structs.replace(form, structure=lesser)
    return None


def plainest(form: Form) -> Form | None:
    """The form that asks for nothing a service could refuse; None when `form` is that already."""
    plain = Form(structure="prompted", limit=form.limit, temperature=False, system=False)
    return plain if plain != form else None


def _lesser(form: Form) -> Structure | None:
    after = _STRUCTURES.index(form.structure) + 1
    return _STRUCTURES[after] if after < len(_STRUCTURES) else None


# ── answering ───────────────────────────────────────────────────────────────────────────────────────


def reply(settings: ModelSettings, body: bytes, media_type: str = "") -> Reply:
    """The answer in a body of status 200; raises Failure for anything else, never another error."""
    answer = _decoded(body, media_type)
    if isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]  # Gemini's way to tell an error, some proxies' way to tell anything
    if not isinstance(answer, dict):
        raise not_a_server(settings, "its answer is no JSON object")
    if error := _error_in(answer):
        raise failure_of(settings, Refusal.of(error, 200))
    answer = _unwrapped(answer, settings.provider)
    if shape := _shape_of(answer, settings.provider):
        raise speaks_otherwise(settings, *shape)
    return _REPLIES[settings.provider](settings, answer)


_OWN = {"openai": "choices", "anthropic": "content", "google": "candidates"}  # what an answer holds
_WRAPPERS = ("result", "data", "response", "body")
# By what is in an answer of another kind: whose kind it is, and the setting that gives ours.
_SHAPES: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"message", "done"}), "Ollama's own API", 'set `base_url = "http://HOST:11434/v1"`'),
    (frozenset({"response", "done"}), "Ollama's own API", 'set `base_url = "http://HOST:11434/v1"`'),
    (frozenset({"output", "object"}), "the Responses API",
     "set `base_url` to the address before /chat/completions, such as https://api.openai.com/v1"),
    (frozenset({"output", "request_id"}), "DashScope's own API",
     'set `base_url = "https://dashscope.aliyuncs.com/compatible-mode/v1"`'),
    (frozenset({"result", "success"}), "Cloudflare's own API",
     'set `base_url = "https://api.cloudflare.com/client/v4/accounts/ID/ai/v1"`'),
    (frozenset({"generated_text"}), "the own API of Text Generation Inference", "end `base_url` in /v1"),
    (frozenset({"content", "stop"}), "llama.cpp's own API", "end `base_url` in /v1"),
    (frozenset({"results"}), "KoboldCpp's own API", "end `base_url` in /v1"),
    (frozenset({"message", "finish_reason"}), "Cohere's own API",
     'set `base_url = "https://api.cohere.ai/compatibility/v1"`'),
    (frozenset({"output", "usage", "stopReason"}), "Bedrock's own API",
     'set `base_url = "https://bedrock-runtime.REGION.amazonaws.com/openai/v1"`'),
    (frozenset({"content", "stop_reason"}), "Anthropic's API", 'set `provider = "anthropic"`'),
    (frozenset({"candidates"}), "Google's API", 'set `provider = "google"`'),
    (frozenset({"choices"}), "OpenAI's API", 'set `provider = "openai"`'),
)  # fmt: skip


def _unwrapped(answer: dict[str, Any], provider: str) -> dict[str, Any]:
    """The answer of our kind that stands alone inside another object; else the answer itself."""
    if _OWN[provider] in answer:
        return answer
    inner = (_dict(answer.get(name)) for name in _WRAPPERS)
    return next((candidate for candidate in inner if _OWN[provider] in candidate), answer)


def _shape_of(answer: Mapping[str, Any], provider: str) -> tuple[str, str] | None:
    """Whose kind of answer this is and the setting that changes it; None for one of our kind, or unknown."""
    if _OWN[provider] in answer:
        return None
    shapes = ((whose, remedy) for names, whose, remedy in _SHAPES if names <= answer.keys())
    return next(shapes, None)


def _decoded(body: bytes, media_type: str) -> Any:
    stripped = body.removeprefix(b"\xef\xbb\xbf").strip()
    if "event-stream" in media_type or stripped.startswith((b"data:", b"event:", b": ")):
        if (joined := _joined(stripped)) is not None:
            return joined
        # Lines that keep a connection alive may come before an answer that is no stream.
        stripped = b"\n".join(line for line in stripped.splitlines() if not line.startswith(b":"))
    try:
        return msgspec.json.decode(stripped)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None


def _joined(stream: bytes) -> dict[str, Any] | None:
    """Joins server-sent events to one chat completion; None when there is no event that is JSON."""
    texts: list[str] = []
    whole: dict[str, Any] = {}
    finish: Any = None
    for line in stream.splitlines():
        event = _event(line)
        if not isinstance(event, dict):
            continue
        whole |= {name: value for name, value in event.items() if value is not None}
        choice = _dict(_first(event.get("choices")))
        texts.append(_text(_dict(choice.get("delta") or choice.get("message")).get("content")))
        finish = choice.get("finish_reason") or finish
    if not whole or "choices" not in whole:
        return whole or None
    message = {"role": "assistant", "content": "".join(texts)}
    return whole | {"choices": [{"index": 0, "message": message, "finish_reason": finish}]}


def _event(line: bytes) -> Any:
    if not line.startswith(b"data:"):
        return None
    try:
        return msgspec.json.decode(line.removeprefix(b"data:").strip())
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None


def _error_in(answer: Mapping[str, Any]) -> Any:
    """The error that a body of status 200 holds, at its top or in its only choice; None when there is
    none.
    """
    choice = _dict(_first(answer.get("choices")))
    if choice.get("error") and not _text(_dict(choice.get("message")).get("content")):
        return choice["error"]
    if error := answer.get("error"):
        return error
    # DashScope, SiliconFlow and gateways before them: {"code": …, "message": …}.
    holds = {"choices", "content", "candidates", "output", "promptFeedback"} & answer.keys()
    status = _dict(answer.get("base_resp"))  # MiniMax's own
    if status.get("status_code") not in (None, 0) and not _first(answer.get("choices")):
        return status
    words = (answer.get(name) for name in ("message", "msg", "detail"))
    has_message = any(isinstance(message, str | list) and message for message in words)
    failed = (
        answer.get("code") not in (None, 0, 200)
        or answer.get("success") is False
        or answer.get("status") in ("error", "failed")
        or "detail" in answer  # FastAPI's
    )
    return answer if has_message and failed and not holds else None


def _openai_reply(settings: ModelSettings, answer: Mapping[str, Any]) -> Reply:
    choices = answer.get("choices")
    if not isinstance(choices, list):
        raise not_a_server(settings, "its answer has no choices")
    choice = _dict(_first(choices))
    message = _dict(choice.get("message"))
    finish = _word(choice.get("finish_reason"))
    text = _text(message.get("content")) or _text(choice.get("text")) or _called(message)
    text = text or _answer_among_thoughts(message, finish)
    if not text and _text(message.get("refusal")):
        finish = "refusal"
    usage = _dict(answer.get("usage"))
    tokens_in, tokens_out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return _with_text(settings, text, finish, tokens_in, tokens_out)


def _anthropic_reply(settings: ModelSettings, answer: Mapping[str, Any]) -> Reply:
    if "content" not in answer and "stop_reason" not in answer:
        raise not_a_server(settings, "its answer has no content")
    usage = _dict(answer.get("usage"))
    kept = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    tokens_in = min(sum(_count(usage.get(name)) for name in kept), _MOST_TOKENS)
    text, finish = _text(answer.get("content")), _word(answer.get("stop_reason"))
    text = text or _arguments_in(
        (p for p in _parts(answer.get("content")) if p.get("type") == "tool_use"), "input"
    )
    return _with_text(settings, text, finish, tokens_in, _count(usage.get("output_tokens")))


def _google_reply(settings: ModelSettings, answer: Mapping[str, Any]) -> Reply:
    feedback = _dict(answer.get("promptFeedback"))
    usage = _dict(answer.get("usageMetadata"))
    tokens_in = _count(usage.get("promptTokenCount"))
    tokens_out = _count(usage.get("candidatesTokenCount")) + _count(usage.get("thoughtsTokenCount"))
    if feedback.get("blockReason"):
        return Reply(text="", finish="safety", tokens_in=tokens_in, tokens_out=tokens_out)
    if not isinstance(answer.get("candidates"), list):
        raise not_a_server(settings, "its answer has no candidates")
    candidate = _dict(_first(answer.get("candidates")))
    parts = _dict(candidate.get("content")).get("parts")
    text = _text(parts) or _arguments_in((_dict(p.get("functionCall")) for p in _parts(parts)), "args")
    finish = _word(candidate.get("finishReason"))
    return _with_text(settings, text, finish, tokens_in, min(tokens_out, _MOST_TOKENS))


_REPLIES: dict[str, Callable[[ModelSettings, Mapping[str, Any]], Reply]] = {
    "openai": _openai_reply,
    "anthropic": _anthropic_reply,
    "google": _google_reply,
}


def _with_text(settings: ModelSettings, text: str, finish: str, tokens_in: int, tokens_out: int) -> Reply:
    """The reply; one without a text has to say why, else it is no answer."""
    answer = Reply(text=text, finish=finish, tokens_in=tokens_in, tokens_out=tokens_out)
    if not text.strip() and not answer.cut and not answer.refused:
        raise not_told(settings, finish, answer.tokens_in, answer.tokens_out)
    return answer


def _called(message: Mapping[str, Any]) -> str:
    """The arguments of a tool call: some models answer that way although no tool is offered."""
    call = _dict(_first(message.get("tool_calls")))
    function = _dict(call.get("function")) or _dict(message.get("function_call"))
    return _arguments(function.get("arguments"))


def _arguments_in(calls: Iterable[Mapping[str, Any]], name: str) -> str:
    """The arguments of the first call that has any."""
    return next((text for call in calls if (text := _arguments(call.get(name)))), "")


def _arguments(given: Any) -> str:
    return msgspec.json.encode(given).decode() if isinstance(given, dict) else _text(given)


def _answer_among_thoughts(message: Mapping[str, Any], finish: str) -> str:
    """The answer that a server's parser of thoughts took for one; a thought that was cut holds none."""
    if finish in _CUT:
        return ""
    thought = _text(message.get("reasoning_content")) or _text(message.get("reasoning"))
    return thought if "{" in thought else ""


def _text(node: Any) -> str:
    """All text of a content: a string, or a list of parts that are strings or hold a `text`; not thoughts."""
    if isinstance(node, str):
        return node
    if isinstance(node, dict):
        return "" if node.get("thought") is True else _text(node.get("text"))
    return "".join(_text(part) for part in node) if isinstance(node, list) and len(node) < 10_000 else ""


def _parts(content: Any) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _count(value: Any) -> int:
    """A number of tokens; 0 for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _MOST_TOKENS:
        return 0
    return int(value)


def _word(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None
