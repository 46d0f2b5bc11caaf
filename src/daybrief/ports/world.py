"""The edges of the program: time, the network, the folder that readers look into, and models of language.

Models are those that write, those that compare, and those that judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Literal, Protocol

import msgspec

from daybrief.errors import WriterError
from daybrief.model import Delivery, Fetched, Receipt, Usage


class Clock(Protocol):
    """Where the time comes from; injected, so that a test or a replay can stop it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Web(Protocol):
    """The polite, bounded way out: the only one a source has.

    Spacing, retries, conditional requests, size limits, time budgets and the refusal of private addresses
    are its business. Raises `FetchError` (`Blocked`, `TooMuch`, `RateLimited`, `Unavailable`, `Refused`).
    """

    def get(self, url: str, *, accept: str = "", max_bytes: int | None = None) -> Fetched:
        """Fetch `url`; a 2xx answer, or an error."""
        ...

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Send `body` to `url`, for interfaces that take a question by POST; never cached."""
        ...


class PaperLookup(Protocol):
    """Looks papers up by their arXiv ids, for the seeds of a profile."""

    def __call__(self, ids: Sequence[str], web: Web) -> Iterable[tuple[str, str, str]]:
        """Returns id, title and abstract of the papers that are known. Raises `SourceError`."""
        ...


class Folder(Protocol):
    """The folder editions are written to; a reader of it never sees half of one."""

    def write(
        self, day: date, deliveries: Sequence[tuple[str, Delivery]], now: datetime
    ) -> tuple[Receipt, ...]:
        """Put (publisher, delivery) pairs in place, all or none of a day. Raises `DeliveryError`."""
        ...


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which language model answers, and within which bounds.

    provider: `openai` (and whatever speaks its Chat Completions), `anthropic` or `google`.
    model: the name the service knows the model by.
    base_url: address of your own server or another service; empty means the provider's.
    key_env: environment variable that holds the key; empty means the provider's usual one.
    structured: `native` where the service enforces a JSON schema, `prompted` where it does not; a service
        that refuses one is asked the other way.
    parallel: calls under way at once.
    per_minute: calls begun in a minute at the most; 0 means as many as there are.
    timeout_s: seconds one call may take.
    patience_s: seconds to wait at the most when the service asks us to come back later.
    loading_s: seconds to wait at the most while the service loads its model.
    max_output: tokens of one answer; a longer one is cut by the service and then thrown away.
    context: tokens the model can read and write in one call.
    budget_usd: US dollars one run may cost; 0 counts tokens only. Where it is not set, a run may cost 1
        dollar; if the model's price is unknown, `budget_tokens` is the cap.
    budget_tokens: tokens one run may take, in and out.
    price_in: US dollars for a million tokens in, where the price table lacks the model.
    price_out: US dollars for a million tokens out.
    omit: fields of the request that the service does not take, such as `temperature`, `max_tokens`.
    extra_body: fields that every request gets besides, such as `{ reasoning_effort = "low" }`; they win.
    """

    provider: Literal["openai", "anthropic", "google"] = "openai"
    model: str = ""
    base_url: str = ""
    key_env: str = ""
    structured: Literal["native", "prompted"] = "native"
    parallel: int = 16
    per_minute: int = 0
    timeout_s: float = 60.0
    patience_s: float = 30.0
    loading_s: float = 120.0
    max_output: int = 1_500
    context: int = 32_000
    budget_usd: float | None = None
    budget_tokens: int = 2_000_000
    price_in: float | None = None
    price_out: float | None = None
    omit: tuple[str, ...] = ()
    extra_body: dict[str, Any] = {}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One call to a model, complete: the same question is never paid for twice.

    name: what is asked, with the version of its prompt (`read 1`).
    shape: the msgspec type the answer must convert to; its JSON schema goes to the model.
    complaint: what is wrong with an answer of that shape ("" when nothing is); said back to the model once.
    insists: whether an answer still complained of is a failure; else it is taken as it is.
    again: whether an unusable answer is asked for a second time.
    """

    name: str
    system: str
    prompt: str
    shape: type[Any]
    complaint: Callable[[Any], str] = lambda _answer: ""
    insists: bool = True
    again: bool = True


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a question: `value` of its shape, or the `error` why there is none.

    `usage` is what the answer cost when it was paid for, so that an edition made again says the same.
    """

    value: Any = None
    usage: Usage = Usage()
    error: WriterError | None = None


class Llm(Protocol):
    """A language model: plain text in, typed data out; no tools, no memory, one question a call."""

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """Answers in the order of the questions, asked side by side; never raises WriterError.

        May be called from several threads at the same time.
        """
        ...


class Entailment(Protocol):
    """Tells how likely a text supports a claim; `limits` says what it cannot tell, and its figures."""

    limits: str

    def score(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """For each (claim, evidence) the probability of support, 0..1, in order; same pairs, same figures."""
        ...


Embedder = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Texts of any language as vectors of length one, in order, so that a product is a cosine; optional."""


class QueryEmbedder(Protocol):
    """A model whose `embed` is an `Embedder`; vectors of different `name`s are never compared."""

    name: str
    latin_only: bool  # text in other scripts means nothing to it

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """The vectors of what is to be found. Raises `EmbedderUnavailable`."""
        ...

    def embed_query(self, text: str) -> Sequence[float]:
        """The vector that lies near those of the texts looked for. Raises `EmbedderUnavailable`."""
        ...
