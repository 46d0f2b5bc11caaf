"""Tells what went wrong with a call, and what is to be done about it; pure.

    RETRY     the same call may work in a moment: too many requests, overloaded, loading its model
    COUNT     a sign that the service is down: counted by the circuit breaker, not repeated
    GIVE_UP   a setting is wrong: no call will ever work
    SKIP      this one question cannot be answered: flagged, too long, unusable

Of what a service said only its status and a code are told: the rest may repeat the key or the prompt.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

import msgspec

from daybrief.errors import BadDraft, ModelUnavailable, WriterError
from daybrief.ports import ModelSettings

_MOST_WORDS = 4_000  # characters of a refusal that are looked at
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")


class RetryDecision(Enum):
    """The remedy for a failure."""

    RETRY = auto()
    COUNT = auto()
    GIVE_UP = auto()
    SKIP = auto()


class Failure(Exception):
    """A call that brought no answer.

    `error` is what the caller is told, `after` the seconds the service asked us to wait, `loading` says that
    it loads its model, `billed` that it may have done the work all the same, `tokens` what it counted for
    it, and `refusal` is what it said where another form of the request may be taken.
    """

    def __init__(
        self,
        decision: RetryDecision,
        error: WriterError,
        *,
        after: float | None = None,
        billed: bool = False,
        loading: bool = False,
        tokens: tuple[int, int] = (0, 0),
        refusal: Refusal | None = None,
    ) -> None:
        super().__init__(error.message)
        self.decision = decision
        self.error = error
        self.after = after
        self.billed = billed
        self.loading = loading
        self.tokens = tokens
        self.refusal = refusal


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The refusal of a service instead of an answer: status, code and all its words, and seconds to wait."""

    status: int
    code: str = ""
    words: str = ""
    after: float | None = None

    @classmethod
    def of(cls, body: Any, status: int, after: float | None = None) -> Refusal:
        """Reads the decoded body of an error, whatever its form.

        With status 200 the body's own code is the status, where it has one.
        """
        words = " ".join(_strings(body, 0))[:_MOST_WORDS]
        error = _innermost(body)
        codes = [error.get(name) for name in ("code", "status", "type", "reason")]
        numbers = [n for n in map(_http_status, codes) if n]
        if status == 200:
            status = numbers[0] if numbers else _status_of_words(words)
        named = (code for code in codes if isinstance(code, str) and _CODE.fullmatch(code))
        return cls(status=status, code=next(named, ""), words=words, after=after or _delay_in(words))

    def __str__(self) -> str:
        parts = (str(self.status) if self.status else "", self.code)
        return " ".join(filter(None, parts)) or "no answer"


def _strings(node: Any, depth: int) -> list[str]:
    """All the words of a body: of errors in errors, and of JSON in strings alike."""
    if isinstance(node, str):
        return [node]
    if depth > 6:
        return []
    if isinstance(node, dict):
        return [s for name, value in node.items() for s in (str(name), *_strings(value, depth + 1))]
    if isinstance(node, list):
        return [s for value in node[:20] for s in _strings(value, depth + 1)]
    return []


def _innermost(body: Any) -> Mapping[str, Any]:
    """The object that holds code and message: `error` in `error`, or the only one of a list."""
    for _ in range(4):
        if isinstance(body, list) and body:
            body = body[0]
        elif isinstance(body, dict) and isinstance(body.get("error"), dict | list) and body["error"]:
            body = body["error"]
    return body if isinstance(body, dict) else {}


def _http_status(code: Any) -> int:
    number = int(code) if isinstance(code, str) and re.fullmatch(r"[45]\d\d", code.strip()) else code
    return number if type(number) is int and 400 <= number <= 599 else 0


_STATUSES: tuple[tuple[int, re.Pattern[str]], ...] = tuple(
    (status, re.compile(pattern, re.IGNORECASE))
    for status, pattern in (
        (429, r"rate.?limit|too many requests|resource_exhausted|throttl"),
        (
            503,
            r"overloaded|unavailable|loading|try again|temporar|upstream|timed? ?out|server_error|internal",
        ),
        (401, r"unauthorized|unauthenticated|invalid.{0,12}api.?key|incorrect api key"),
        (402, r"insufficient.{0,12}(?:balance|credit|quota|funds)"),
    )
)


def _status_of_words(words: str) -> int:
    return next((status for status, pattern in _STATUSES if pattern.search(words)), 0)


_DELAY = re.compile(
    r"retry(?:Delay|[ _-]?after| in)\W{0,4}(?:in )?(\d{1,6}(?:\.\d+)?)\s*(ms|s)?", re.IGNORECASE
)


def _delay_in(words: str) -> float | None:
    """The seconds a body asks us to wait (Gemini's `retryDelay`, OpenAI's words)."""
    if (match := _DELAY.search(words)) is None:
        return None
    seconds = float(match[1]) / (1_000 if match[2] == "ms" else 1)
    return seconds if math.isfinite(seconds) else None


# ── what a refusal means ────────────────────────────────────────────────────────────────────────────

_LOADING = re.compile(
    r"\bloading\b|is (?:being )?(?:loaded|starting)|still (?:starting|initiali[sz]ing)|warming up|cold start"
    r"|not ready",
    re.IGNORECASE,
)
_FLAGGED = re.compile(
    r"content.?filter|content.?policy|content.?management|data_?inspection|responsible_?ai|inappropriate|moderat"
    r"|flagged|sensitive|prohibited|safety|high.?risk|unsafe|usage polic|violat\w* .{0,40}polic"
    r"|blocked by|1301\b|content exists risk"
    r"|\u654f\u611f|\u8fdd\u89c4|\u4e0d\u5b89\u5168",  # Chinese: sensitive, against the rules, unsafe
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"context.{0,12}(?:length|window|size|limit)|maximum.{0,20}(?:context|length|tokens|input)|exceed_context_size"
    r"|(?:prompt|input|request|message)s?\b.{0,30}\btoo (?:long|large|big|many)|too many tokens"
    r"|reduce the length"
    r"|(?:input|prompt)\b.{0,40}\bexceed|exceed\w* .{0,60}\b(?:tokens|context)|num_ctx"
    r"|longer than the (?:model|maximum)|tokens`? \+ `?max_new_tokens",
    re.IGNORECASE,
)
_TOO_MUCH_ASKED = re.compile(
    r"max\w{0,24}tokens?\b.{0,40}(?:too large|at most|exceed|less than|invalid(?!_request)|range)",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model[_ ]?not[_ ]?(?:found|exist|supported)|no such model|unknown model|invalid model"
    r"|model\b.{0,80}\b(?:does not exist|doesn't exist|not exist|not found|is not available)"
    r"|model\b.{0,80}\b(?:not supported|no longer)"
    r"|(?:not|no) (?:a )?(?:valid|find|found).{0,20}\bmodel|not a valid model|deployment.{0,30}not exist",
    re.IGNORECASE,
)
_NONE_LOADED = re.compile(r"\bno models? (?:is |are |was |has been )?(?:currently )?loaded\b", re.IGNORECASE)
_NO_MONEY = re.compile(
    r"insufficient.{0,12}(?:balance|credit|quota|funds)|credit balance|billing|exceeded your current quota"
    r"|arrear|overdue"
    r"|out of credits|payment required",
    re.IGNORECASE,
)
_BAD_KEY = re.compile(
    r"api_key_invalid|api key not valid|(?:invalid|incorrect).{0,12}api.?key|unauthenticated", re.IGNORECASE
)
_PASSING = frozenset(
    {408, 409, 425, 429, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 527, 529, 530, 598, 599}
)
_REFUSING = frozenset({400, 404, 405, 406, 411, 415, 422, 501})


def failure_of(settings: ModelSettings, refusal: Refusal, listed: tuple[str, ...] = ()) -> Failure:
    """A refusal as one of ours; `listed` are the models that the service has, where it told."""
    return (
        _of_the_account(settings, refusal, listed)
        or _of_the_question(settings, refusal)
        or _of_the_moment(settings, refusal)
        or _of_the_request(settings, refusal)
    )


def _of_the_account(settings: ModelSettings, refusal: Refusal, listed: tuple[str, ...]) -> Failure | None:
    """The failures that only a change of key, model or account cures."""
    words, status = refusal.words, refusal.status
    if status == 401 or (status in {400, 403} and _BAD_KEY.search(words)):
        return Failure(RetryDecision.GIVE_UP, wrong_key(settings))
    asks_for_money = _NO_MONEY.search(words) and not re.search(r"per.?(?:minute|day)|rate.?limit", words)
    if status == 402 or (status in {400, 403, 429} and asks_for_money):
        error = ModelUnavailable(f"the account for {settings.model} has nothing left", hint="see its billing")
        return Failure(RetryDecision.GIVE_UP, error)
    if status in {*_REFUSING, 500, 503} and _NONE_LOADED.search(words):
        error = ModelUnavailable("the service has no model loaded", hint=f"load {settings.model} in it first")
        return Failure(RetryDecision.GIVE_UP, error)
    if status in _REFUSING and _NO_MODEL.search(words):
        return Failure(RetryDecision.GIVE_UP, unknown_model(settings, listed), refusal=refusal)
    return None


def _of_the_question(settings: ModelSettings, refusal: Refusal) -> Failure | None:
    """The failures of one text alone: flagged, too long, not to be processed."""
    words, status, name = refusal.words, refusal.status, settings.model
    asked_wrongly = status in {0, 400, 403, 413, 422} or status in _REFUSING
    # "message: max_tokens is too large" speaks of the answer; with a context, of both: a prompt is shortened.
    of_the_answer = _TOO_MUCH_ASKED.search(words) and "context" not in words.lower()
    too_often = re.search(r"per.?minute|\bTPM\b", words)
    if asked_wrongly and _TOO_LONG.search(words) and not (of_the_answer or too_often):
        return Failure(RetryDecision.SKIP, too_long(settings, str(refusal)))
    flagged = _FLAGGED.search(words) or _FLAGGED.search(refusal.code)
    if status == 451 or (asked_wrongly and flagged):
        error = BadDraft(
            f"{name} refuses to speak of it: {refusal}", hint="its text was flagged by the service"
        )
        return Failure(RetryDecision.SKIP, error)
    if status == 413:
        return Failure(RetryDecision.SKIP, too_long(settings, str(refusal)))
    return None


def _of_the_moment(settings: ModelSettings, refusal: Refusal) -> Failure | None:
    """The failures that pass."""
    name = settings.model
    if refusal.status == 429:
        error = ModelUnavailable(
            f"{name} is asked too often: {refusal}", hint="lower `parallel` or `per_minute`"
        )
        return Failure(RetryDecision.RETRY, error, after=refusal.after)
    if refusal.status in {0, 400, 404, 425, 500, 503} and _LOADING.search(refusal.words):
        error = ModelUnavailable(f"{name} is still being loaded: {refusal}", hint="raise `loading_s`")
        return Failure(RetryDecision.RETRY, error, after=refusal.after, loading=True)
    if refusal.status in _PASSING:
        error = ModelUnavailable(f"{name} is not available: {refusal}", hint="see whether the service is up")
        return Failure(RetryDecision.RETRY, error, after=refusal.after, refusal=refusal)
    return None


def _of_the_request(settings: ModelSettings, refusal: Refusal) -> Failure:
    name = settings.model
    if refusal.status == 403:
        error = ModelUnavailable(
            f"{name} may not be asked with this key: {refusal}",
            hint=f"see what the key in {key_name(settings)} may do, or take another `model`",
        )
        return Failure(RetryDecision.COUNT, error, refusal=refusal)
    if refusal.status == 422:
        unusable = BadDraft(
            f"{name} cannot process the question: {refusal}", hint="see `omit` and `extra_body`"
        )
        return Failure(RetryDecision.SKIP, unusable, refusal=refusal)
    if refusal.status in {404, 405}:
        where = settings.base_url or settings.provider
        version = settings.provider == "openai" and not re.search(r"/v\d|/openai\b", where)
        error = ModelUnavailable(
            f"{where} has nothing where {name} should answer: {refusal}",
            hint="end `base_url` in /v1" if version else "check `base_url` and `model`",
        )
        return Failure(RetryDecision.GIVE_UP, error, refusal=refusal)
    if 300 <= refusal.status < 400:
        return not_a_server(settings, f"it sends us elsewhere: {refusal}")
    if _TOO_MUCH_ASKED.search(refusal.words):
        error = ModelUnavailable(
            f"{name} gives no answer of {settings.max_output} tokens: {refusal}", hint="lower `max_output`"
        )
        return Failure(RetryDecision.GIVE_UP, error)
    error = ModelUnavailable(
        f"{name} refused the request: {refusal}",
        hint='try `structured = "prompted"`; `omit` leaves a field out, `extra_body` sets one',
    )
    return Failure(RetryDecision.COUNT, error, refusal=refusal)


# ── the errors by name ──────────────────────────────────────────────────────────────────────────────


def not_a_server(settings: ModelSettings, why: str) -> Failure:
    """The failure at an address where something else lives."""
    where = settings.base_url or settings.provider
    error = ModelUnavailable(f"{where} is no model server ({why})", hint="check `base_url`")
    return Failure(RetryDecision.COUNT, error, billed=True)


def speaks_otherwise(settings: ModelSettings, whose: str, remedy: str) -> Failure:
    """The failure at a server that answers as another API does: no call will work until a setting changes."""
    where = settings.base_url or settings.provider
    error = ModelUnavailable(f"{where} answers in the form of {whose}", hint=remedy)
    return Failure(RetryDecision.GIVE_UP, error, billed=True)


def not_told(settings: ModelSettings, finish: str, tokens_in: int = 0, tokens_out: int = 0) -> Failure:
    """The failure of an answer without a text."""
    why = f" ({finish})" if _CODE.fullmatch(finish) else ""
    error = BadDraft(f"{settings.model} gave an answer without a text{why}")
    return Failure(RetryDecision.SKIP, error, billed=True, tokens=(tokens_in, tokens_out))


def wrong_key(settings: ModelSettings) -> ModelUnavailable:
    """The service does not take the key."""
    name = key_name(settings)
    return ModelUnavailable(f"the key in {name} is refused", hint=f"put a valid key into {name}")


def unknown_model(settings: ModelSettings, listed: tuple[str, ...] = ()) -> ModelUnavailable:
    """The service does not have the model."""
    has = f"; it has {', '.join(listed[:8])}" if listed and settings.model not in listed else ""
    return ModelUnavailable(f"the service knows no model {settings.model!r}{has}", hint="change `model`")


def too_long(settings: ModelSettings, why: str) -> BadDraft:
    """A prompt the model cannot hold."""
    return BadDraft(
        f"the prompt is longer than the context of {settings.model}: {why}",
        hint="raise `context` if the model can hold more, else lower `max_output` or take another `model`",
    )


def no_answer_in_time(settings: ModelSettings) -> Failure:
    """The failure of a call that took longer than `timeout_s`."""
    error = ModelUnavailable(
        f"{settings.model} gave no answer in {settings.timeout_s:g} s", hint="see `timeout_s`"
    )
    return Failure(RetryDecision.COUNT, error, billed=True)


def key_name(settings: ModelSettings) -> str:
    """The environment variable that holds the key."""
    usual = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "google": "GOOGLE_API_KEY"}
    return settings.key_env or usual[settings.provider]
