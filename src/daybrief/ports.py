"""The protocols a day is made of, and the manual of everyone who writes a plugin.

A plugin is a module with two names: `Options`, a `msgspec.Struct` whose fields are documented in its
docstring, and `make(options, tools)`, which returns an object of one of the protocols below. In
`daybrief.toml`, `use = "arxiv"` means the built-in module of that name, `use = "my_pkg.my_source"` any
importable one; installed packages may also advertise entry points (group `daybrief.sources`, …).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from daybrief.errors import WriterError
from daybrief.model import (
    Author,
    Claim,
    Delivery,
    Dropped,
    Due,
    Edition,
    EditionKind,
    Fetched,
    Filed,
    Harvest,
    Issue,
    Item,
    Ranked,
    Receipt,
    Remembered,
    Run,
    Story,
    Taxonomy,
    Usage,
    Verdict,
    Window,
)
from daybrief.text.found import Found


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


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which language model answers, and within which bounds.

    provider: `openai` (and whatever speaks its Chat Completions), `anthropic` or `google`.
    model: the name the service knows the model by.
    base_url: address of your own server or another service; empty means the provider's.
    key_env: environment variable that holds the key; empty means the provider's usual one.
    structured: `native` where the service enforces a JSON schema, `prompted` where it does not.
    parallel: calls under way at once.
    per_minute: calls begun in a minute at the most; 0 means as many as there are.
    timeout_s: seconds one call may take.
    patience_s: seconds to wait at the most when the service asks us to come back later.
    max_output: tokens of one answer; a longer one is cut by the service and then thrown away.
    context: tokens the model can read and write in one call.
    budget_usd: US dollars one run may cost; 0 counts tokens only.
    budget_tokens: tokens one run may take, in and out.
    price_in: US dollars for a million tokens in, where the price table lacks the model.
    price_out: US dollars for a million tokens out.
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
    max_output: int = 1_500
    context: int = 32_000
    budget_usd: float = 1.0
    budget_tokens: int = 2_000_000
    price_in: float | None = None
    price_out: float | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One call to a model, complete: the same question is never paid for twice.

    name: what is asked, with the version of its prompt (`read 1`).
    shape: the msgspec type the answer must convert to; its JSON schema goes to the model.
    complaint: what is wrong with an answer of that shape ("" when nothing is); said back to the model once.
    insists: whether an answer still complained of is a failure; else it is taken as it is.
    """

    name: str
    system: str
    prompt: str
    shape: type[Any]
    complaint: Callable[[Any], str] = lambda _answer: ""
    insists: bool = True


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
        """Answers in the order of the questions, asked side by side; never raises WriterError."""
        ...


class Entailment(Protocol):
    """Tells how likely a text supports a claim; `limits` says what it cannot tell, and its figures."""

    limits: str

    def score(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """For each (claim, evidence) the probability of support, 0..1, in order; same pairs, same figures."""
        ...


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What `make(options, tools)` may build on: the same for every plugin.

    `llm` opens a language model, `entailment` the NLI model in a folder; None where none may be reached.
    """

    taxonomy: Taxonomy
    language: str = "ko"
    zone: str = "Asia/Seoul"
    llm: Callable[[ModelSettings], Llm] | None = None
    entailment: Callable[[str], Entailment] | None = None


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


class Days(Protocol):
    """What the search index is made from: the days of an archive, each with a mark that changes with it."""

    def marks(self) -> dict[date, str]:
        """Every day that holds anything, in order."""
        ...

    def harvests(self, day: date) -> tuple[Harvest, ...]: ...  # noqa: D102
    def edition(self, day: date, kind: EditionKind) -> Edition | None: ...  # noqa: D102


class Searcher(Protocol):
    """Finds what the archive holds; any string is a search, and none is slow."""

    def search(self, text: str, *, most: int = 20, skip: int = 0) -> Found:
        """The best hits for what somebody typed; `daybrief.text.query` tells what each word means."""
        ...


class Source(Protocol):
    """Finds items published or announced within a window.

    Yield each item as soon as it is known, and a `Dropped` for each listed thing that cannot become one.
    Raise `SourceError` when the rest cannot be had; what was yielded before is kept. Never sleep, retry
    or open connections: ask `web`. `collect` fills in `collected_at` and counts requests.
    """

    name: str

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """The source's listing for the window, in its own order."""
        ...


@runtime_checkable
class Scheduled(Protocol):
    """A source that knows when its listing is due; without it, an empty listing is a quiet one."""

    def due(self, window: Window, now: datetime) -> Due:
        """`due`: empty means stalled; `not yet`: empty means waiting; `nothing`: empty means quiet."""
        ...


class Enricher(Protocol):
    """Adds what another service knows about items (venue, citations); optional, fails open."""

    name: str

    def enrich(self, items: Sequence[Item], web: Web) -> Iterator[Item]:
        """The items it knows more about, each with its key unchanged; others are simply not yielded."""
        ...


class Categoriser(Protocol):
    """Files stories under the taxonomy: each exactly once, in the order given."""

    name: str

    def file(self, stories: Sequence[Story]) -> tuple[Filed, ...]:
        """One `Filed` a story, with confidence and a reason in words."""
        ...


class Trends(msgspec.Struct, frozen=True, kw_only=True):
    """How often each keyword stood in the titles of earlier days.

    `days` is the number of earlier days with an edition, `counts` maps a lower-case keyword to the number
    of stories that carried it over those days.
    """

    days: int = 0
    counts: dict[str, int] = {}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer synthesises a section from: its stories, and only claims that passed the checks."""

    category: str
    ranked: tuple[Ranked, ...]
    claims: tuple[Claim, ...]
    trends: Trends = Trends()


class Writer(Protocol):
    """Writes in two contained steps, so that a sentence can only rest on words that were there."""

    author: Author

    def read(self, ranked: Ranked) -> tuple[Claim, ...]:
        """Read one story alone; every claim quotes it. Raises `WriterError`."""
        ...

    def synthesise(self, reading: Reading) -> tuple[Claim, ...]:
        """The five parts of a section from verified claims; a part without evidence is left out."""
        ...


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer made of one story or one section: claims, or the `error` why there are none."""

    claims: tuple[Claim, ...] = ()
    usage: Usage = Usage()
    error: WriterError | None = None


@runtime_checkable
class Together(Protocol):
    """A writer for whom many things at once take hardly longer than one; attempts come in order."""

    def read_all(self, ranked: Sequence[Ranked]) -> tuple[Attempt, ...]:
        """What `read` does, for each story alone."""
        ...

    def synthesise_all(self, readings: Sequence[Reading]) -> tuple[Attempt, ...]:
        """What `synthesise` does, for each section alone."""
        ...


class Check(Protocol):
    """Judges one claim against the items its quotes name; pure."""

    name: str

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`supported`, `unsupported` or `unclear`, and why."""
        ...


@runtime_checkable
class ChecksMany(Protocol):
    """A check that is quicker over many claims at once: it asks a service, side by side."""

    def check_all(self, claims: Sequence[tuple[Claim, Sequence[Item]]]) -> tuple[Verdict, ...]:
        """One verdict a claim, in order."""
        ...


class Publisher(Protocol):
    """Renders the editions of a day; pure: the same issue gives the same bytes."""

    name: str

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Files at relative paths; nothing is written here."""
        ...


class Folder(Protocol):
    """The folder editions are written to; a reader of it never sees half of one."""

    def write(
        self, day: date, deliveries: Sequence[tuple[str, Delivery]], now: datetime
    ) -> tuple[Receipt, ...]:
        """Put (publisher, delivery) pairs in place, all or none of a day. Raises `DeliveryError`."""
        ...


class Archive(Protocol):
    """What is kept between runs. Raises `ArchiveError` and its kinds."""

    def save_harvests(self, window: Window, harvests: Sequence[Harvest]) -> None:
        """Keep what the sources gave for a day, in one transaction; a second call replaces the first."""
        ...

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        """What was kept for the day, in source order; empty when it was never collected."""
        ...

    def add_items(self, items: Iterable[Item], now: datetime) -> int:
        """Put items in the import tray; returns how many were new."""
        ...

    def imported(self, window: Window) -> tuple[Item, ...]:
        """Items of the import tray that belong to the window."""
        ...

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Stories printed before the day that carry any of these keys."""
        ...

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Stories printed in the `days` days before `before`, for near-duplicates and trends."""
        ...

    def save_editions(self, editions: Sequence[Edition]) -> None:
        """Keep the editions of one day and remember their stories, in one transaction."""
        ...

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        ...

    def latest(self, most: int) -> tuple[Edition, ...]:
        """The latest editions, newest day first, papers before news."""
        ...

    def save_receipts(self, day: date, receipts: Sequence[Receipt]) -> None:
        """Note what was delivered."""
        ...

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """What was delivered for a day, in order."""
        ...

    def begin(self, day: date, now: datetime) -> int:
        """Open a run; returns its id."""
        ...

    def end(self, run: int, now: datetime, outcome: str, note: str, seconds: dict[str, float]) -> None:
        """Close a run."""
        ...

    def runs(self, most: int) -> tuple[Run, ...]:
        """The latest runs, newest first."""
        ...
