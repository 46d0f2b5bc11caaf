"""One request to one service through pydantic-ai, every failure made one of ours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import httpx2
import msgspec

from daybrief.adapters.llm.failures import Cure, Failure
from daybrief.errors import BadDraft, ConfigError, ModelUnavailable
from daybrief.ports import ModelSettings

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import Model, ModelRequestParameters

MOST_BYTES = 4 * 2**20  # of one answer on the wire; no honest one comes near
_CONNECT_S = 5.0
_LLAMA_TOO_LONG = "exceed_context_size_error"  # llama.cpp's word, which pydantic-ai 2.68 does not know
PROVIDERS = {
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "anthropic": ("https://api.anthropic.com", "ANTHROPIC_API_KEY"),
    "google": ("https://generativelanguage.googleapis.com", "GOOGLE_API_KEY"),
}
"""Where each provider answers, and the variable its key usually lies in."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: the text, why it ended, the tokens counted, and the message a repair repeats."""

    text: str
    cut: bool
    refused: bool
    tokens_in: int
    tokens_out: int
    message: Any


class Service:
    """A model of a provider; `key` goes into its header and nowhere else."""

    def __init__(self, settings: ModelSettings, key: str) -> None:
        self._settings = settings
        self.base_url = settings.base_url or PROVIDERS[settings.provider][0]
        self.http = httpx2.AsyncClient(
            transport=_Bounded(httpx2.AsyncHTTPTransport(retries=0)),
            timeout=httpx2.Timeout(settings.timeout_s, connect=min(_CONNECT_S, settings.timeout_s)),
        )
        self._model = _model(settings, self.base_url, key or "none", self.http)

    async def request(self, messages: list[ModelMessage], schema: dict[str, Any], name: str) -> Reply:
        """One call; raises Failure."""
        from pydantic_ai.direct import model_request
        from pydantic_ai.exceptions import AgentRunError, UserError

        asked = {
            "max_tokens": self._settings.max_output,
            "temperature": 0.0,
            "timeout": self._settings.timeout_s,
        }
        try:
            response = await model_request(
                self._model,
                messages,
                model_settings=asked,  # type: ignore[arg-type]
                model_request_parameters=_parameters(self._settings.structured, schema, name),
            )
        except UserError as unfit:
            error = ModelUnavailable(
                f"{self._settings.model} cannot be asked this way: {unfit.message[:200]}",
                hint='try `structured = "prompted"`',
            )
            raise Failure(Cure.CHANGE, error) from None
        except AgentRunError as failed:
            raise sorted_out(failed, self._settings) from None
        except (httpx2.HTTPError, TimeoutError) as broken:
            error = ModelUnavailable(f"{self.base_url} broke off: {type(broken).__name__}")
            raise Failure(Cure.STOP, error, billed=True) from None
        except (ValueError, TypeError, AttributeError, KeyError) as odd:
            # The SDKs fall over answers that are no answers of a model server in as many ways.
            raise Failure(Cure.STOP, not_a_server(self.base_url, type(odd).__name__), billed=True) from None
        return _reply(response)


def not_a_server(base_url: str, why: str) -> ModelUnavailable:
    """The error for an address where something else lives."""
    return ModelUnavailable(f"{base_url} is no model server ({why})", hint="check `base_url`")


def sorted_out(failed: Exception, settings: ModelSettings) -> Failure:
    """An error of the library as one of ours.

    Of what the service said only its status and code are told: the rest may repeat the key or the prompt.
    """
    return _of_the_settings(failed, settings) or _of_the_call(failed, settings)


def _of_the_settings(failed: Exception, settings: ModelSettings) -> Failure | None:
    """The failures that a change of the configuration cures."""
    from pydantic_ai import exceptions as known

    if isinstance(failed, known.ModelAuthenticationError):
        return Failure(Cure.CHANGE, wrong_key(settings))
    if isinstance(failed, known.ModelNotFoundError):
        return Failure(Cure.CHANGE, unknown_model(settings))
    if isinstance(failed, known.ModelQuotaExceededError):
        error = ModelUnavailable(f"the account for {settings.model} has nothing left", hint="see its billing")
        return Failure(Cure.CHANGE, error)
    kind = str(getattr(failed, "provider_error_type", None) or "")
    if isinstance(failed, known.ModelContextWindowExceededError) or kind == _LLAMA_TOO_LONG:
        return Failure(Cure.SKIP, too_long(settings, _said(failed)))
    return None


def _of_the_call(failed: Exception, settings: ModelSettings) -> Failure:
    from pydantic_ai import exceptions as known

    said, name = _said(failed), settings.model
    if isinstance(failed, known.ModelTimeoutError | known.ModelRequestTimeout):
        error = ModelUnavailable(f"{name} gave no answer in {settings.timeout_s:g} s", hint="see `timeout_s`")
        return Failure(Cure.STOP, error, billed=True)
    if _chained(failed, _TooMuch):
        return Failure(Cure.STOP, BadDraft(f"{name} gave more than {MOST_BYTES} bytes"), billed=True)
    after = getattr(failed, "retry_after", None)
    if isinstance(failed, known.ModelRateLimitError):
        error = ModelUnavailable(
            f"{name} is asked too often: {said}", hint="lower `parallel` or `per_minute`"
        )
        return Failure(Cure.WAIT, error, after=after)
    if isinstance(failed, known.ModelRequestRejectedError):
        error = ModelUnavailable(f"{name} refused the request: {said}", hint='try `structured = "prompted"`')
        return Failure(Cure.STOP, error)
    if isinstance(failed, known.ModelAPIError):
        error = ModelUnavailable(f"{name} is not available: {said}", hint="check `base_url`")
        return Failure(Cure.WAIT, error, after=after, billed=getattr(failed, "phase", None) == "read")
    if isinstance(failed, known.ContentFilterError):
        return Failure(Cure.SKIP, BadDraft(f"{name} refuses to speak of it"), billed=True)
    where = settings.base_url or settings.provider
    return Failure(Cure.STOP, not_a_server(where, "its answer cannot be read"), billed=True)


def wrong_key(settings: ModelSettings) -> ModelUnavailable:
    """The service does not take the key."""
    name = key_name(settings)
    return ModelUnavailable(f"the key in {name} is refused", hint=f"put a valid key into {name}")


def unknown_model(settings: ModelSettings, known: tuple[str, ...] = ()) -> ModelUnavailable:
    """The service does not have the model."""
    listed = f"; it has {', '.join(known[:8])}" if known else ""
    return ModelUnavailable(f"the service knows no model {settings.model!r}{listed}", hint="change `model`")


def too_long(settings: ModelSettings, said: str) -> BadDraft:
    """A prompt the model cannot hold."""
    return BadDraft(
        f"the prompt is longer than the context of {settings.model}: {said}",
        hint="raise `context` if the model can hold more, else lower `max_output` or take another `model`",
    )


def key_name(settings: ModelSettings) -> str:
    """The environment variable that holds the key."""
    return settings.key_env or PROVIDERS[settings.provider][1]


def _said(failed: Exception) -> str:
    code = str(getattr(failed, "provider_error_code", None) or "")
    parts = (str(getattr(failed, "status_code", "")), code if re.fullmatch(r"[A-Za-z_]{1,40}", code) else "")
    return " ".join(filter(None, parts)) or "no answer"


def _chained(failed: BaseException | None, kind: type[BaseException]) -> bool:
    while failed is not None and not isinstance(failed, kind):
        failed = failed.__cause__ or failed.__context__
    return failed is not None


def _model(settings: ModelSettings, base_url: str, key: str, http: httpx2.AsyncClient) -> Model:
    try:
        return _MAKERS[settings.provider](settings, base_url, key, http)
    except ImportError as missing:
        raise ConfigError(
            f"language models need a library that is not installed ({missing.name})",
            hint='install "daybrief[llm]"',
        ) from missing


def _openai(settings: ModelSettings, base_url: str, key: str, http: httpx2.AsyncClient) -> Model:
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai import OpenAIProvider

    client = AsyncOpenAI(base_url=base_url, api_key=key, http_client=http, max_retries=0)
    provider = OpenAIProvider(openai_client=client)
    if not settings.base_url:
        return OpenAIChatModel(settings.model, provider=provider)
    # Servers of one's own know the older name of the limit; those that know both take either.
    older = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=False)
    return OpenAIChatModel(settings.model, provider=provider, profile=older)


def _anthropic(settings: ModelSettings, base_url: str, key: str, http: httpx2.AsyncClient) -> Model:
    from anthropic import AsyncAnthropic
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.providers.anthropic import AnthropicProvider

    client = AsyncAnthropic(base_url=base_url, api_key=key, http_client=http, max_retries=0)
    return AnthropicModel(settings.model, provider=AnthropicProvider(anthropic_client=client))


def _google(settings: ModelSettings, base_url: str, key: str, http: httpx2.AsyncClient) -> Model:
    from pydantic_ai.models.google import GoogleModel
    from pydantic_ai.providers.google import GoogleProvider

    provider = GoogleProvider(api_key=key, http_client=http, base_url=base_url)
    return GoogleModel(settings.model, provider=provider)


_MAKERS = {"openai": _openai, "anthropic": _anthropic, "google": _google}


def _parameters(structured: str, schema: dict[str, Any], name: str) -> ModelRequestParameters:
    """No tools, and one object as the answer."""
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.output import OutputObjectDefinition

    wanted = OutputObjectDefinition(json_schema=schema, name=name, strict=True)
    mode: Any = structured
    return ModelRequestParameters(output_mode=mode, output_object=wanted, allow_text_output=True)


def _reply(response: ModelResponse) -> Reply:
    from pydantic_ai.messages import TextPart

    return Reply(
        text="".join(part.content for part in response.parts if isinstance(part, TextPart)),
        cut=response.finish_reason == "length",
        refused=response.finish_reason == "content_filter",
        tokens_in=response.usage.input_tokens,
        tokens_out=response.usage.output_tokens,
        message=response,
    )


class _TooMuch(httpx2.ReadError):
    """An answer beyond all measure."""


class _Bounded(httpx2.AsyncBaseTransport):
    """Lets no answer grow beyond a bound, whatever the server sends."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"  # what is counted is what is decoded
        response = await self._inner.handle_async_request(request)
        stream = response.stream
        if isinstance(stream, httpx2.AsyncByteStream):
            response.stream = _Counted(stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for piece in self._inner:
            seen += len(piece)
            if seen > MOST_BYTES:
                raise _TooMuch(f"an answer of more than {MOST_BYTES} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
