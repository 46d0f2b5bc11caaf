"""Whether key, model and address are right, found out before anything is spent.

Asks for the service's list of models (OpenAI and its like) or for the one model (Anthropic, Gemini): free
everywhere. A service that has no such list is asked nothing more; its first answer tells.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx2
import msgspec

from daybrief.adapters.llm.failures import Cure, Failure
from daybrief.adapters.llm.service import Service, key_name, not_a_server, unknown_model, wrong_key
from daybrief.errors import ModelUnavailable, SecretMissing
from daybrief.ports import ModelSettings

_WAIT_S = 10.0


class _Listed(msgspec.Struct):
    id: str = ""


class _List(msgspec.Struct):
    data: list[_Listed] | None = None


def needed_key(settings: ModelSettings, environment: Any) -> str:
    """The key from the environment; a server of one's own may need none. Raises ModelUnavailable."""
    name = key_name(settings)
    key = str(environment.get(name, "")).strip()
    if not key and (settings.key_env or not settings.base_url):
        missing = SecretMissing(f"the variable {name} is not set", hint=f"put your key into {name}")
        raise ModelUnavailable(missing.message, hint=f"{missing.hint}, or name another with `key_env`")
    return key


async def preflight(service: Service, settings: ModelSettings, key: str) -> None:
    """Return when the settings may work; raises Failure when they cannot."""
    url, headers = _question(service.base_url.rstrip("/"), settings, key)
    try:
        answer = await service.http.get(url, headers=headers, timeout=min(_WAIT_S, settings.timeout_s))
    except httpx2.TimeoutException:
        return  # slow is not wrong; the breaker watches the calls themselves
    except (httpx2.HTTPError, httpx2.InvalidURL) as unreachable:
        error = ModelUnavailable(
            f"{service.base_url} cannot be reached: {str(unreachable)[:100]}", hint="check `base_url`"
        )
        raise Failure(Cure.CHANGE, error) from None
    _judge(answer, service.base_url, settings)


def _question(base: str, settings: ModelSettings, key: str) -> tuple[str, dict[str, str]]:
    name = quote(settings.model, safe="")
    if settings.provider == "anthropic":
        return f"{base}/v1/models/{name}", {"x-api-key": key, "anthropic-version": "2023-06-01"}
    if settings.provider == "google":
        return f"{base}/v1beta/models/{name}", {"x-goog-api-key": key}
    return f"{base}/models", {"Authorization": f"Bearer {key}"} if key else {}


def _judge(answer: httpx2.Response, base_url: str, settings: ModelSettings) -> None:
    if answer.status_code in {401, 403} or "API_KEY_INVALID" in answer.text[:2_000]:
        raise Failure(Cure.CHANGE, wrong_key(settings))
    is_json = "json" in answer.headers.get("content-type", "")
    if answer.status_code == 404 and settings.provider != "openai" and is_json:
        raise Failure(Cure.CHANGE, unknown_model(settings))
    if answer.status_code in {404, 405} and is_json:
        return
    if answer.status_code == 429 or answer.status_code >= 500:
        return
    if not is_json or answer.status_code >= 300:
        raise Failure(
            Cure.CHANGE, not_a_server(base_url, f"it answers {answer.status_code} to {answer.url.path}")
        )
    if settings.provider == "openai":
        _look_up(answer.content, base_url, settings)


def _look_up(body: bytes, base_url: str, settings: ModelSettings) -> None:
    """Whether the list names the model; Together's list has no envelope, Ollama's names carry a tag."""
    try:
        bare = body.lstrip().startswith(b"[")
        found = (
            msgspec.json.decode(body, type=list[_Listed])
            if bare
            else msgspec.json.decode(body, type=_List).data
        )
    except msgspec.DecodeError:
        raise Failure(Cure.CHANGE, not_a_server(base_url, "its list of models is none")) from None
    if found is None:
        raise Failure(Cure.CHANGE, not_a_server(base_url, "it has no list of models"))
    names = tuple(sorted(one.id for one in found if one.id))
    if names and settings.model not in names and f"{settings.model}:latest" not in names:
        raise Failure(Cure.CHANGE, unknown_model(settings, names))
