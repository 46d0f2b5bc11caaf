"""The protocols of plugins, and the manual of everyone who writes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from daybrief.errors import WriterError
from daybrief.languages import DEFAULT
from daybrief.model import (
    Author,
    Claim,
    Delivery,
    Dropped,
    Due,
    Filed,
    Issue,
    Item,
    Judged,
    Ranked,
    Story,
    Taxonomy,
    Usage,
    Verdict,
    Window,
)
from daybrief.ports.world import Entailment, Llm, ModelSettings, Web


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What `make(options, tools)` may build on: the same for every plugin.

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
        """One `Filed` a story, with confidence and a reason in words; and the usage."""
        ...


class Trends(msgspec.Struct, frozen=True, kw_only=True):
    """How often each keyword stood in the titles of earlier days.

    `days` is the number of earlier days with an edition, `counts` maps a lower-case keyword to the number
    of stories that carried it over those days.
    """

    days: int = 0
    counts: dict[str, int] = {}

    def usual(self, words: Iterable[str]) -> dict[str, float]:
        """On how many titles a day each of these words stood; 0 where nothing is known."""
        return {word: self.counts.get(word, 0) / self.days if self.days else 0.0 for word in words}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer synthesises a section from: its stories, and only claims that passed the checks."""

    category: str
    ranked: tuple[Ranked, ...]
    claims: tuple[Claim, ...]
    trends: Trends = Trends()


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What a writer made of one story or one section: claims, or the `error` why there are none."""

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
        """One verdict a claim, in order."""
        ...


class Publisher(Protocol):
    """Renders the editions of a day; pure: the same issue gives the same bytes."""

    name: str

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Files at relative paths; nothing is written here."""
        ...
