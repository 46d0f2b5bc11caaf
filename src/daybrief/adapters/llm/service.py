"""A model service over HTTP: a question is sent once, its answer read no further than was paid for, and
checked before more is spent.

Of the requests a service takes, the first form that it does take is kept: a refusal that names a field is
answered by a request without it, at no cost.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx2
import msgspec

from daybrief.adapters.llm.dialects import (
    Form,
    Prompt,
    Reply,
    Request,
    base_url_of,
    first_form,
    plainest,
    reformed,
    reply,
    request,
)
from daybrief.adapters.llm.failures import (
    Failure,
    Refusal,
    RetryDecision,
    failure_of,
    key_name,
    no_answer_in_time,
    not_a_server,
    unknown_model,
    wrong_key,
)
from daybrief.adapters.network import retry_at
from daybrief.errors import ConfigError, ModelUnavailable, SecretMissing
from daybrief.ports import ModelSettings

log = logging.getLogger("daybrief.llm")

_CONNECT_S = 5.0
_LIST_S = 10.0  # for the list of models
_MOST_LIST = 4 * 2**20
_ENVELOPE = 2**16  # bytes around the text of an answer
_BYTES_A_TOKEN = 16  # of an answer on the wire: a syllable escaped as `\uXXXX` has 6, a rare long word more
_BYTES_AN_EVENT = 512  # of an answer sent token by token
_MOST_REFORMS = 6
_REFORMABLE = frozenset({400, 404, 405, 406, 415, 422, 500, 501})


class Overlong(Failure):
    """An answer longer than was asked and paid for: the service keeps to no limit."""

    def __init__(self, settings: ModelSettings) -> None:
        error = ModelUnavailable(
            f"{settings.model} answers more than the {settings.max_output} tokens it may: "
            "the cap could not hold",
            hint="set `max_output` to what it really answers, or make the server keep to it",
        )
        super().__init__(RetryDecision.GIVE_UP, error, billed=True)


class Service:
    """A model of a provider; `key` goes into its header and nowhere else."""

    def __init__(
        self, settings: ModelSettings, key: str, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._key = key
        self._form = first_form(settings)
        self._answered = False  # in this form
        self._listed: tuple[str, ...] = ()
        self.http = httpx2.AsyncClient(
            transport=transport or httpx2.AsyncHTTPTransport(retries=0),
            timeout=httpx2.Timeout(settings.timeout_s, connect=min(_CONNECT_S, settings.timeout_s)),
            headers={"Accept-Encoding": "identity"},  # what is counted is what is decoded
        )

    @property
    def form(self) -> Form:
        """The form of request that the service takes, as far as is known."""
        return self._form

    async def ask(self, prompt: Prompt) -> Reply:
        """Asks for an answer, in other forms as long as the service refuses the form; raises Failure."""
        for _ in range(_MOST_REFORMS):
            form = self._form
            try:
                answer = await self._exchanged(request(self._settings, self._key, form, prompt))
            except Failure as failure:
                if self._form == form and not self._reform(failure):
                    raise
                continue
            self._answered = True
            return answer
        raise not_a_server(self._settings, "it refuses every form of request")

    def _reform(self, failure: Failure) -> bool:
        """Whether another form may be taken; from now on that one is sent."""
        refusal = failure.refusal
        if refusal is None or refusal.status not in _REFORMABLE:
            return False
        other = reformed(self._form, refusal)
        if other is None and refusal.status in {400, 422} and failure.decision is not RetryDecision.GIVE_UP:
            other = None if self._answered else plainest(self._form)
        if other is None:
            return False
        log.info("%s refuses a part of the request (%s): asked without it", self._settings.model, refusal)
        self._form, self._answered = other, False
        return True

    async def _exchanged(self, request: Request) -> Reply:
        settings = self._settings
        try:
            async with self.http.stream(
                "POST", request.url, headers=request.headers, content=msgspec.json.encode(request.body)
            ) as response:
                media_type = response.headers.get("content-type", "")
                if response.status_code >= 300:
                    body = await _read(response, _ENVELOPE, keep=True)
                    raise failure_of(settings, _refusal(response, body), self._listed)
                body = await _read(response, self._most_bytes(media_type))
        except httpx2.TimeoutException:
            raise no_answer_in_time(settings) from None
        except _TooMuch:
            raise Overlong(settings) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as broken:
            raise _broken_off(settings, broken) from None
        return reply(settings, body, media_type)

    def _most_bytes(self, media_type: str) -> int:
        each = _BYTES_AN_EVENT if "event-stream" in media_type else _BYTES_A_TOKEN
        return _ENVELOPE + each * self._settings.max_output

    # ── before anything is spent ────────────────────────────────────────────────────────────────────

    async def preflight(self) -> str:
        """A note on what the list of models says, "" where all is well.

        Raises Failure only where no call can work: nobody answers there, or the key is refused (401).
        """
        settings = self._settings
        url, headers = _listing(settings, self._key)
        try:
            async with self.http.stream(
                "GET", url, headers=headers, timeout=min(_LIST_S, settings.timeout_s)
            ) as response:
                body = await _read(response, _MOST_LIST, keep=True)
        except httpx2.TimeoutException:
            return "the list of models takes too long"  # slow is not wrong; the breaker watches the calls
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError) as unreachable:
            error = ModelUnavailable(
                f"{base_url_of(settings)} cannot be reached: {str(unreachable)[:100]}",
                hint="check `base_url`",
            )
            raise Failure(RetryDecision.GIVE_UP, error) from None
        if response.status_code == 401 or _BAD_KEY in body[:2_000]:
            raise Failure(RetryDecision.GIVE_UP, wrong_key(settings))
        return self._noted(response.status_code, body)

    def _noted(self, status: int, body: bytes) -> str:
        settings = self._settings
        if status >= 300:
            return f"the service has no list of models ({status}); {_FIRST_TELLS}"
        try:
            self._listed = tuple(sorted(_names(msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf")))))
        except (msgspec.DecodeError, RecursionError, ValueError):
            return f"the service's list of models is none; {_FIRST_TELLS}"
        if self._listed and not _has(self._listed, settings.model):
            return unknown_model(settings, self._listed).message
        return ""


_FIRST_TELLS = "its first answer tells whether it has this one"
_BAD_KEY = b"API_KEY_INVALID"


class _TooMuch(Exception):
    """A body beyond its bound."""


async def _read(response: httpx2.Response, most: int, *, keep: bool = False) -> bytes:
    """The body up to a bound; beyond it `keep` gives what was read, else _TooMuch is raised."""
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > most:
            if not keep:
                raise _TooMuch
            break
    return b"".join(pieces)[: most + 1]


def _refusal(response: httpx2.Response, body: bytes) -> Refusal:
    try:
        decoded: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        decoded = body[:2_000].decode("utf-8", "replace")
    return Refusal.of(decoded, response.status_code, _after(response.headers))


def _after(headers: Mapping[str, str]) -> float | None:
    """The seconds that Retry-After asks for."""
    now = datetime.now(UTC)  # only the difference counts
    until = retry_at(headers.get("retry-after", ""), headers.get("date", ""), now)
    return None if until is None else (until - now).total_seconds()


def _broken_off(settings: ModelSettings, broken: Exception) -> Failure:
    """A connection that broke may work in a moment; what was sent may have been worked on."""
    if isinstance(broken, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return not_a_server(settings, "its address is none")
    error = ModelUnavailable(
        f"{base_url_of(settings)} broke off: {type(broken).__name__}", hint="check `base_url`"
    )
    return Failure(RetryDecision.RETRY, error, billed=not isinstance(broken, httpx2.ConnectError))


def needed_key(settings: ModelSettings, environment: Mapping[str, str]) -> str:
    """The key from the environment; a server of one's own may need none. Raises ModelUnavailable."""
    name = key_name(settings)
    key = str(environment.get(name, "")).strip()
    if not key.isascii() or not key.isprintable():
        raise ModelUnavailable(
            f"the key in {name} holds a character no key has", hint=f"copy it into {name} anew"
        )
    if not key and (settings.key_env or not settings.base_url):
        missing = SecretMissing(f"the variable {name} is not set", hint=f"put your key into {name}")
        raise ModelUnavailable(missing.message, hint=f"{missing.hint}, or name another with `key_env`")
    return key


def require_libraries() -> None:
    """Raise ConfigError that names the extra when a library of it is missing."""
    try:
        for name in ("genai_prices", "json_repair"):
            importlib.import_module(name)
    except ImportError as missing:
        raise ConfigError(
            f"language models need a library that is not installed ({missing.name})",
            hint='install "daybrief[llm]"',
        ) from missing


def _listing(settings: ModelSettings, key: str) -> tuple[str, dict[str, str]]:
    base, name = base_url_of(settings), quote(settings.model.removeprefix("models/"), safe="")
    if settings.provider == "anthropic":
        return f"{base}/v1/models/{name}", {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if settings.provider == "google":
        return f"{base}/v1beta/models/{name}", {"x-goog-api-key": key}
    return f"{base}/models", {"Authorization": f"Bearer {key}"} if key else {}


def _names(listed: Any) -> set[str]:
    """The names in a list of models, whatever it is wrapped in."""
    if isinstance(listed, dict):
        rows = next(
            (v for n in ("data", "models", "result", "body") if isinstance(v := listed.get(n), list)), None
        )
        if rows is None:
            return {str(listed[n]) for n in ("id", "name") if isinstance(listed.get(n), str)}
        return _names(rows)
    rows = listed if isinstance(listed, list) else []
    named = (row.get(n) if isinstance(row, dict) else row for row in rows for n in ("id", "name", "model"))
    return {name for name in named if isinstance(name, str) and name}


def _has(listed: tuple[str, ...], model: str) -> bool:
    """Whether a list holds a model under any of its spellings: `models/NAME`, other letter case,
    `NAME:suffix`.
    """
    known = {_bare(name) for name in listed}
    return _bare(model) in known or _bare(model).partition(":")[0] in {
        name.partition(":")[0] for name in known
    }


def _bare(name: str) -> str:
    return name.casefold().removeprefix("models/")
