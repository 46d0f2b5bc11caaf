"""The protocols of plugins, the manual of everyone who writes one, and what a plugin is given.

It is given the edges of the program: time, the network, the folder that readers look into, and models of
language. Models are those that write, those that compare, and those that judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import msgspec

from daybrief.errors import WriterError
from daybrief.languages import DEFAULT
from daybrief.model import (
    Author,
    Claim,
    Delivery,
    Dropped,
    Due,
    Fetched,
    Filed,
    Issue,
    Item,
    Judged,
    Ranked,
    Receipt,
    Story,
    Taxonomy,
    Usage,
    Verdict,
    Window,
)

_Result = TypeVar("_Result")


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """The tools that `make(options, tools)` may build on: the same for every plugin.

    `llm` opens a language model, `entailment` the NLI model in a folder; None where none may be reached.
    `pictures` says whether a PNG of the chart is published beside an edition.
    """

    taxonomy: Taxonomy
    language: str = DEFAULT
    zone: str = "Asia/Seoul"
    llm: Callable[[ModelSettings], Llm] | None = None
    entailment: Callable[[str], Entailment] | None = None
    pictures: bool = True


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


@runtime_checkable
class FirstSeen(Protocol):
    """A source of undated items; where `first_seen` is True, each belongs to the day that saw it first."""

    first_seen: bool


class Enricher(Protocol):
    """Adds what another service knows about items (venue, citations); optional, fails open."""

    name: str

    def enrich(self, items: Sequence[Item], web: Web) -> Iterator[Item]:
        """The items it knows more about, each with its key unchanged; others are simply not yielded."""
        ...


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """The stories a categoriser filed, and what that cost."""

    filed: tuple[Filed, ...] = ()
    usage: Usage = Usage()


class Categoriser(Protocol):
    """Files stories under the taxonomy: each exactly once, in the order given."""

    name: str

    def file(self, stories: Sequence[Story]) -> Filing:
        """Files each story as a `Filed`, with confidence and a reason in words; returns the usage, too."""
        ...


_EVERYDAY = 0.3  # titles a day: what is usual so often is of no day
_RISE = 1.5  # titles more than usual, or half of the usual where that is more


class Trends(msgspec.Struct, frozen=True, kw_only=True):
    """How often each keyword stood in the titles of earlier days.

    `days` is the number of earlier days with an edition. `counts` maps a lower-case keyword of the day's
    titles to the number of stories that carried it over those days.
    """

    days: int = 0
    counts: dict[str, int] = {}

    def usual(self, words: Iterable[str]) -> dict[str, float]:
        """The number of titles a day in which each of these words stood; 0 where nothing is known."""
        return {word: self.counts.get(word, 0) / self.days if self.days else 0.0 for word in words}

    def rises(self, word: str, today: int) -> bool:
        """Whether a word of so many titles tells something of its day: one of every day must rise."""
        usual = self.counts.get(word, 0) / self.days if self.days else 0.0
        return usual < _EVERYDAY or today - usual >= max(_RISE, usual / 2)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The material of a section's synthesis: its stories, and only claims that passed the checks."""

    category: str
    ranked: tuple[Ranked, ...]
    claims: tuple[Claim, ...]
    trends: Trends = Trends()


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """A writer's work on one story or one section: claims, or the `error` why there are none."""

    claims: tuple[Claim, ...] = ()
    usage: Usage = Usage()
    error: WriterError | None = None


class Writer(Protocol):
    """Writes in two contained steps, so that a sentence can only rest on words that were there.

    `concurrency` is the number of calls that may be under way at once. A writer that computes by itself sets
    1: it is called in the caller's thread, one call after the other. A writer that waits for a service sets
    more: it is called from that many threads. A `WriterError` is returned in the attempt; one that is raised
    is taken the same way.
    """

    author: Author
    concurrency: int

    def read(self, ranked: Ranked) -> Attempt:
        """Read one story alone; every claim quotes it."""
        ...

    def synthesise(self, reading: Reading) -> Attempt:
        """The five parts of a section from verified claims; a part without evidence is left out."""
        ...


@runtime_checkable
class Repairs(Protocol):
    """A writer that may be told once what the checks found wrong with its sentences.

    Both answer with at most one sentence for each that failed, in its part; the checks judge it anew.
    """

    def repair_story(self, ranked: Ranked, failed: Sequence[Judged]) -> Attempt:
        """Better sentences about a story in the place of those that failed."""
        ...

    def repair_section(self, reading: Reading, failed: Sequence[Judged]) -> Attempt:
        """Better sentences over several stories, from the section's verified claims alone."""
        ...


@runtime_checkable
class Redrafts(Protocol):
    """A writer that may draft a story several times; the draft that the checks find best is kept.

    `drafts` is how many at the most, the first `read` counted.
    """

    drafts: int

    def redraft(self, ranked: Ranked, number: int) -> Attempt:
        """Another reading of the story: draft `number`, 2 or more; each number another one."""
        ...


@runtime_checkable
class Warms(Protocol):
    """A plugin whose first use has to wait for something to load."""

    def warm(self) -> None:
        """Load it now; nothing is sent, nothing is spent, and nothing is raised."""
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
        """Returns a verdict for each claim, in order."""
        ...


class Publisher(Protocol):
    """Renders the editions of a day; pure: the same issue gives the same bytes."""

    name: str

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Files at relative paths; nothing is written here."""
        ...


@runtime_checkable
class NeedsIssue(Protocol):
    """A publisher that needs nothing but its issue and its options, so that it may work in a fork.

    shows_pages: whether it shows what `render.page` makes of an edition; those that do share a process.
    """

    shows_pages: bool


# ── what a plugin is given ──────────────────────────────────────────────────────────────────────────


class Clock(Protocol):
    """The source of the time; injected, so that a test or a replay can stop it."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class Web(Protocol):
    """The polite, bounded way out: the only one a source has.

    Spacing, retries, conditional requests, size limits, time budgets and the refusal of private addresses
    are its business. Raises `FetchError` (`Blocked`, `TooMuch`, `RateLimited`, `Unavailable`, `Refused`).
    """

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        """Fetch `url`; a 2xx answer, or an error.

        `robots`: a page written for readers, which is fetched only where its site's robots.txt lets us, on
        every redirect; else raises `Disallowed`. Feeds and interfaces are made for programs, and need it not.
        """
        ...

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Send `body` to `url`, for interfaces that take a question by POST; never cached."""
        ...


@runtime_checkable
class KeepsMade(Protocol):
    """A web that keeps what was made of an answer beside it: a feed not changed is not parsed again.

    `form` names all that the value depends on beside the answer: the reader, its version, its options.
    """

    def made(self, answer: Fetched, form: str) -> bytes:
        """The kept reading of an answer of the same bytes and address; b"" when there is nothing."""
        ...

    def keep_made(self, answer: Fetched, form: str, value: bytes) -> None:
        """Keep it as long as the answer is kept; never raises."""
        ...


@runtime_checkable
class KeepsFresh(Protocol):
    """A web that gives an answer again unasked for as long as its document says it will not change."""

    def keep_fresh(self, answer: Fetched, accept: str, until: datetime) -> None:
        """Give the answer again, to the same `accept`, until then; never raises."""
        ...


class OwnProcess(Protocol):
    """Runs the `main` of a module in a process of its own, without the secrets of this one."""

    def __call__(self, module: str, given: bytes, seconds: float) -> bytes:
        """Returns the bytes that the module wrote, given these. Raises `NotWhatWeAsked` when it dies or takes
        longer.
        """
        ...


class DividesWork(Protocol):
    """Has several processes answer jobs that need nothing but the memory of this one."""

    def __call__(
        self, call: Callable[[int], _Result], jobs: Sequence[int], own: Callable[[], None] = ...
    ) -> dict[int, _Result]:
        """Returns `call(job)` for each job, the first jobs first; raises what a job raises.

        This process does its `own` work before it takes a job, while others have begun.
        """
        ...


class TextStore(Protocol):
    """Keeps what was parsed from one run to the next; what is lost there is read again."""

    def get(self, key: str) -> bytes:
        """The bytes put under the key; b"" when there is nothing."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep it for some weeks; never raises."""
        ...


class PaperLookup(Protocol):
    """Looks papers up by their arXiv ids, for the seeds of a profile."""

    def __call__(self, ids: Sequence[str], web: Web) -> Iterable[tuple[str, str, str]]:
        """Returns id, title and abstract of the papers that are known. Raises `SourceError`."""
        ...


class HeldFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be written: its bytes, or the place on the same disk where they lie."""

    size: int
    digest: str
    body: bytes = b""
    at: Path | None = None


HeldFiles = tuple[tuple[str, Delivery, HeldFile], ...]
"""Files on their way: the publisher, the delivery without its bytes, and those."""


class Spool(Protocol):
    """Files on their way into a folder, of which a reader sees nothing before `write`."""

    def share(self) -> None:
        """Makes ready for `hold` in forks of this process."""
        ...

    def hold(self, publisher: str, deliveries: Iterable[Delivery]) -> HeldFiles:
        """Takes a publisher's files, large ones to the disk; raises what the publisher raises."""
        ...

    def add(self, files: HeldFiles) -> None:
        """Has what was held written too. Raises `DeliveryError` for a place that cannot be taken."""
        ...

    def write(self, day: date, now: datetime) -> tuple[Receipt, ...]:
        """Puts all that was added in place, or none of it. Raises `DeliveryError`."""
        ...


class Folder(Protocol):
    """The folder editions are written to; a reader of it never sees half of one."""

    def spool(self) -> AbstractContextManager[Spool]:
        """Takes files one by one: a whole day need not be in memory."""
        ...

    def write(
        self, day: date, deliveries: Sequence[tuple[str, Delivery]], now: datetime
    ) -> tuple[Receipt, ...]:
        """Put (publisher, delivery) pairs in place, all or none of a day. Raises `DeliveryError`."""
        ...


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Which language model answers, and within which bounds.

    provider: `openai` (and whatever speaks its Chat Completions), `anthropic`, `google`, or `local` for a
        file on this machine, which runs in this process.
    model: the name the service knows the model by; of a local one a name of `daybrief model list`, or the
        path of a GGUF file.
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

    provider: Literal["openai", "anthropic", "google", "local"] = "openai"
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


WritingMode = Literal["write", "render", "refused"]
"""How a model may write: on its own, by rendering chosen sentences, or not at all."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements by `daybrief model try` of a local model in a language, and the mode that follows.

    version: of the trial's sentences and bounds. written, rendered: shares of sentences, 0..1, that passed.
    sentences: how many were rendered. seconds: that one took. memory: peak of the process, in bytes.
    written_error, rendered_error: standard errors of the shares. written_floor, rendered_floor: what the same
    sentences reach beside another story's or sentence's evidence: what passes by chance. ceiling: what the
    embedded writer's sentences about the same stories reach.
    """

    language: str
    mode: WritingMode
    version: str
    written: float
    rendered: float
    sentences: int
    seconds: float
    memory: int
    written_error: float = 0.0
    written_floor: float = 0.0
    rendered_error: float = 0.0
    rendered_floor: float = 0.0
    ceiling: float = 0.0

    @property
    def figures(self) -> str:
        """The shares in words."""
        rendered = f"{self.rendered:.0%} of {self.sentences} sentences rendered right"
        return f"{rendered}, {self.written:.0%} of its own sentences stand"

    @property
    def beside(self) -> str:
        """The references for the shares: error, floor and ceiling of each."""
        return (
            f"rendered: ± {self.rendered_error:.0%}, by chance {self.rendered_floor:.0%}; its own: "
            f"± {self.written_error:.0%}, by chance {self.written_floor:.0%}, "
            f"the embedded writer {self.ceiling:.0%}"
        )


@runtime_checkable
class Tried(Protocol):
    """A model whose way of writing is measured, not guessed."""

    def trial(self, language: str) -> Trial | None:
        """The measurements of its trial in a language, None where there was none; raises ModelUnavailable."""
        ...


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A complete call to a model: the same question is never paid for twice.

    name: what is asked, with the version of its prompt (`read 1`).
    shape: the msgspec type the answer must convert to; its JSON schema goes to the model.
    complaint: what is wrong with an answer of that shape ("" when nothing is); said back to the model once.
    insists: whether an answer still complained of is a failure; else it is taken as it is.
    again: whether an unusable answer is asked for a second time.
    temperature: of the sampling; 0 asks for the likeliest answer. It belongs into `name` where it is not 0.
    """

    name: str
    system: str
    prompt: str
    shape: type[Any]
    complaint: Callable[[Any], str] = lambda _answer: ""
    insists: bool = True
    again: bool = True
    temperature: float = 0.0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a question: `value` of its shape, or the `error` why there is none.

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
        """The probability of support, 0..1, for each (claim, evidence) in order; same pairs, same figures."""
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


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """A guard's verdict on a text: the probability that it is off-topic, and what to do about it."""

    probability: float
    answer: Literal["pass", "ask back", "decline"]


class PromptGuard(Protocol):
    """Tells whether texts belong to what this digest is for."""

    def judge(self, prompts: Sequence[str]) -> Sequence[Judgement]:
        """Returns a judgement for each text, in order. Raises `EmbedderUnavailable`."""
        ...
