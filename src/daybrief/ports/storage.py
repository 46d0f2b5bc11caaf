"""The ports of storage: what is kept between runs, what finds things in it, and what is sent.

    Channel.messages(issue) → Outbox.put → Outbox.mark "sending" → Transport.send → Outbox.mark "sent"

A channel decides and sends nothing; the outbox remembers; the transport alone knows secrets and sockets.
An archive is named by its address.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol
from urllib.parse import unquote

import msgspec
import platformdirs

from daybrief.errors import ConfigError
from daybrief.model import (
    Edition,
    EditionKind,
    Example,
    Harvest,
    Issue,
    Item,
    ItemKind,
    Message,
    Postal,
    Queued,
    Receipt,
    Remembered,
    Run,
    State,
    Window,
)
from daybrief.ports.plugins import QueryEmbedder
from daybrief.text.query import Kind, Query, SearchResults
from daybrief.text.words import mostly_spaced, name_key

if TYPE_CHECKING:  # a day without vectors needs no NumPy
    import numpy as np
    from numpy.typing import NDArray


class EditionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An edition without its stories: how many there are, and how many in each category (most first)."""

    day: date
    kind: EditionKind
    state: State
    language: str
    digest: str
    made_at: datetime
    stories: int
    categories: tuple[tuple[str, int], ...]


class PrintedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A story as an edition printed it."""

    day: date
    edition: EditionKind
    story: str
    kind: ItemKind
    title: str
    category: str
    sources: tuple[str, ...]


class ItemRow(msgspec.Struct, frozen=True, kw_only=True):
    """An item as a source listed it for a day."""

    day: date
    item: Item


class HarvestRow(msgspec.Struct, frozen=True, kw_only=True):
    """How one source did on one day: its harvest without items, and how many items there were."""

    day: date
    harvest: Harvest
    items: int


class CountRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many stories a category had in one edition."""

    day: date
    edition: EditionKind
    category: str
    stories: int


class KeptDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day as one run has made it: its editions by profile, the imports it has seen, how it ended.

    `packed` holds the JSON of a profile's editions in the same order, compressed by zlib, where a worker has
    done that.
    """

    window: Window
    seen: tuple[Item, ...]
    editions: Mapping[str, tuple[Edition, ...]]
    packed: Mapping[str, tuple[bytes, ...]] = {}
    outcome: str
    note: str


class ArchiveView(Protocol):
    """An archive as one profile reads it; nothing here writes.

    Harvests, items and runs belong to everybody; editions, examples and receipts belong to a profile. Each
    call sees one state of the archive. Spans of days include both ends.

    Every method raises `ArchiveError` or one of its kinds: `ArchiveBusy`, `ArchiveDamaged`, `ArchiveTooNew`.
    """

    # ── the archive itself ───────────────────────────────────────────────────────────────────────

    @property
    def name(self) -> str:
        """The archive as messages name it: its file or its address, without a password."""
        ...

    def of(self, profile: str) -> ArchiveView:
        """The same archive as another profile sees it."""
        ...

    def mark(self) -> str:
        """A value that changes whenever anything in the archive does; cheap enough to ask for every page."""
        ...

    def marks(self) -> dict[date, str]:
        """Every day that holds harvests, imported items or editions, with a mark that changes with it."""
        ...

    def profiles(self) -> tuple[str, ...]:
        """The names of the profiles that have editions, sorted; "" is the reader without one."""
        ...

    # ── collected ────────────────────────────────────────────────────────────────────────────────

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        """The harvests of a day with their items, in source order; what was imported for it is one more."""
        ...

    def harvest_rows(self, since: date, until: date) -> tuple[HarvestRow, ...]:
        """How the sources did on each day of a span, oldest day first."""
        ...

    def items(self, keys: Sequence[str]) -> tuple[ItemRow, ...]:
        """The items listed under these keys, newest day first, in their order; imports come last."""
        ...

    def known(self, keys: Sequence[str]) -> tuple[Item, ...]:
        """The latest item collected under each of these keys that has a text, else without; in key order."""
        ...

    # ── printed ──────────────────────────────────────────────────────────────────────────────────

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        ...

    def editions(self, since: date, until: date) -> tuple[EditionRow, ...]:
        """The editions of a span of days without their stories, newest day first, papers before news."""
        ...

    def latest(self, most: int, known: Sequence[Edition] = ()) -> tuple[Edition, ...]:
        """The latest editions, newest day first, papers before news.

        Those that the caller holds already, by their digests, are given back as they are and not read again.
        """
        ...

    def days(self) -> tuple[date, ...]:
        """The days that have an edition, oldest first."""
        ...

    def digests(self) -> dict[date, dict[EditionKind, str]]:
        """The digest of each edition by its day and kind, oldest day first."""
        ...

    def keys_of(self, key: str) -> tuple[str, tuple[str, ...]]:
        """The id of the story last printed under a key, and all its keys; ("", ()) when none was."""
        ...

    def printed(self, stories: Sequence[str]) -> tuple[PrintedRow, ...]:
        """The places where these stories were printed, newest day first."""
        ...

    def printed_in(self, category: str, most: int, before: date | None = None) -> tuple[PrintedRow, ...]:
        """The latest stories of a category, newest day first; only days before `before` when it is given."""
        ...

    def counts(self, since: date, until: date) -> tuple[CountRow, ...]:
        """How many stories each category had on each day of a span, oldest day first."""
        ...

    # ── liked and noted ──────────────────────────────────────────────────────────────────────────

    def examples(self) -> tuple[Example, ...]:
        """The likes and dislikes of the profile's reader, oldest first, then by key."""
        ...

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """The deliveries of a day, in order."""
        ...

    def runs(self, most: int, before: int | None = None) -> tuple[Run, ...]:
        """The latest runs, newest first; only those with an id below `before` when it is given."""
        ...


class Archive(ArchiveView, Protocol):
    """All that is kept between runs, as one profile sees it.

    Harvests, items and runs belong to everybody; editions, receipts, examples and messages belong to a
    profile. Each call is one transaction: all of it happens or none.

    Every method raises `ArchiveError` or one of its kinds: `ArchiveBusy`, `ArchiveDamaged`, `ArchiveFull`,
    `ArchiveTooNew`.
    """

    # ── the archive itself ───────────────────────────────────────────────────────────────────────

    def of(self, profile: str) -> Archive:
        """The same archive as another profile sees it."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run lock: one run at a time writes. Raises AlreadyRunning at once when it is held.

        The lock ends with its process, however that ends.
        """
        ...

    def kept_open(self) -> AbstractContextManager[None]:
        """Share a connection between the calls of the block, where each opens its own; nothing may fork."""
        ...

    def outbox(self) -> Outbox:
        """The profile's messages on their way."""
        ...

    def size(self) -> int:
        """How many bytes the archive takes."""
        ...

    def check(self) -> tuple[str, ...]:
        """The faults of the archive, in words; empty when all is well. Reads everything."""
        ...

    # ── collected ────────────────────────────────────────────────────────────────────────────────

    def save_harvests(self, window: Window, harvests: Sequence[Harvest]) -> None:
        """Keep what the sources gave for a day; a second call replaces the first."""
        ...

    def add_items(self, placed: Iterable[tuple[date, Item]], now: datetime) -> int:
        """Import items, each for its day; returns how many are new there. One that is there is replaced."""
        ...

    def imported(self, window: Window) -> tuple[Item, ...]:
        """The imported items of the window's day, each once."""
        ...

    def pending(self, window: Window) -> bool:
        """Whether items were imported for the window's day that no run of it has seen."""
        ...

    def settle(self, window: Window, seen: Sequence[Item]) -> None:
        """Note that a run of the window's day has seen these imported items."""
        ...

    # ── printed ──────────────────────────────────────────────────────────────────────────────────

    def save_editions(self, editions: Sequence[Edition]) -> None:
        """Keep editions and remember their stories; the same again changes nothing."""
        ...

    def save_days(self, days: Sequence[KeptDay], started: datetime, ended: datetime) -> None:
        """Keep the editions of days for every profile, settle their imports, and note a run of each day.

        The days are kept together or not at all.
        """
        ...

    def remembered(self, keys: Sequence[str], before: date) -> tuple[Remembered, ...]:
        """Stories printed before the day that carry any of these keys, by id."""
        ...

    def recent(self, before: date, days: int) -> tuple[Remembered, ...]:
        """Stories printed in the `days` days before `before`, by id, with all that is known of them."""
        ...

    # ── liked ────────────────────────────────────────────────────────────────────────────────────

    def save_examples(self, examples: Sequence[Example]) -> None:
        """Keep examples; one whose key is there replaces it."""
        ...

    def forget_example(self, key: str) -> bool:
        """Forget one example; whether it was there."""
        ...

    # ── noted ────────────────────────────────────────────────────────────────────────────────────

    def save_receipts(self, day: date, receipts: Sequence[Receipt]) -> None:
        """Note what was delivered for a day; a later delivery replaces the note."""
        ...

    def begin(self, day: date, now: datetime) -> int:
        """Open a run; returns its id."""
        ...

    def end(self, run: int, now: datetime, outcome: str, note: str, seconds: dict[str, float]) -> None:
        """Close a run with the seconds of each stage."""
        ...


class Days(Protocol):
    """The source of the search index: the days of an archive, each with a mark that changes with it."""

    def marks(self) -> dict[date, str]:
        """Every day that holds anything, in order."""
        ...

    def harvests(self, day: date) -> tuple[Harvest, ...]: ...  # noqa: D102
    def edition(self, day: date, kind: EditionKind) -> Edition | None: ...  # noqa: D102


class Searcher(Protocol):
    """Finds what the archive holds; any string is a search, and none is slow."""

    def search(self, text: str, *, most: int = 20, skip: int = 0) -> SearchResults:
        """The best hits for what somebody typed; `daybrief.text.query` tells what each word means.

        Raises ArchiveBusy when so many search at once that this one would have to wait.
        """
        ...


# ── the index of words ───────────────────────────────────────────────────────────────────────────────


class IndexEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thing to be found, as the index keeps it; `also` is searched but never shown."""

    id: str
    kind: Kind
    day: date
    title: str
    url: str = ""
    text: str = ""
    claims: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    category: str = ""
    labels: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return its place, which no other entry has: a story told on two days has two places."""
        return f"{self.day.isoformat()} {self.kind} {self.id}"

    @property
    def texts(self) -> tuple[str, ...]:
        """Return what of it is shown."""
        return (self.title, self.text, *self.claims)

    @property
    def names(self) -> tuple[str, ...]:
        """The words by which `category:` finds it."""
        return tuple(dict.fromkeys(map(name_key, (self.category, *self.labels))))


class Scored(msgspec.Struct, frozen=True):
    """An entry and how well it fits."""

    entry: IndexEntry
    score: float


def place_of(hit: Scored) -> tuple[float, int, str]:
    """Order hits: the best first, of equal ones the later day."""
    return -hit.score, -hit.entry.day.toordinal(), hit.entry.id


class IndexView(Protocol):
    """A state of an index of words, which stays as it is while others write."""

    def mended(self, query: Query) -> tuple[Query, tuple[tuple[str, str], ...]]:
        """The query with words that nothing holds taken for those a typo or two away, and which those are."""
        ...

    def best(self, query: Query, most: int) -> Iterator[Scored]:
        """The best entries, in the order of `place_of`; without words the latest, with a score of 0."""
        ...

    def allowed(self, query: Query, places: Sequence[str]) -> list[IndexEntry]:
        """The entries at these places that the filters and phrases of the query allow, in order."""
        ...


class EntryIndex(Protocol):
    """An index of words: many may read, one may write. Each day's mark is kept in the same commit."""

    def view(self) -> IndexView:
        """The last commit."""
        ...

    def marks(self) -> dict[date, str]:
        """The mark of each day as it was indexed."""
        ...

    def update(
        self,
        marks: Mapping[date, str],
        gone: Sequence[date],
        entries: Callable[[date], Iterator[IndexEntry]],
        *,
        anew: bool = False,
    ) -> None:
        """Replace these days by what `entries` gives for each, and forget the `gone`, in one commit.

        `anew` forgets every day first, in the same commit. Raises ArchiveBusy when another process writes.
        """
        ...


class LatestVectors(NamedTuple):
    """Vectors (n, d) of the latest stories, their places and days (ordinals); `stamp` changes with them."""

    stamp: str
    places: Sequence[str]
    days: NDArray[np.int32]
    rows: NDArray[np.float32]


class MeaningIndex(Protocol):
    """The vectors of stories by one model; many may ask while one updates."""

    def update(self, marks: Mapping[date, str], entries: Callable[[date], Iterable[IndexEntry]]) -> None:
        """Embed the days whose mark is new, and forget those that are gone. Raises EmbedderUnavailable."""
        ...

    def nearest(self, query: Query, vector: NDArray[np.float32], most: int) -> list[str]:
        """The places of the entries nearest to a vector among those the query's filters allow, in order."""
        ...

    def latest(self) -> LatestVectors:
        """The vectors that are searched."""
        ...


def has_meaning(entry: IndexEntry, embedder: QueryEmbedder) -> bool:
    """Whether an entry is a story whose script the model reads."""
    story = entry.kind in {"paper", "news"}
    return story and (not embedder.latin_only or mostly_spaced(f"{entry.title} {entry.text}"))


# ── delivery ────────────────────────────────────────────────────────────────────────────────────────


class Smtp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The way of an e-mail: which server takes it, and in which environment variable the password lies.

    security: `starttls` (demanded, never given up), `tls` from the first byte, or `none`.
    ca_file: certificates to trust instead of the system's.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    user: str = ""
    password_env: str = ""
    ca_file: str = ""
    timeout_s: float = 30.0


class Hook(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The way of a post: an address, whole or in parts that lie in environment variables.

    url: the address; `{secret}` in it stands for the value of `secret_env`. Empty: all of it is secret.
    secret_env: the variable that holds the secret part, or the whole address.
    signing_env: the variable of the key that signs the post (Standard Webhooks); empty: unsigned.
    once: the receiver does not tell a repeated post from a new one, so one whose fate is unknown is not
        sent again. Otherwise it is, with the same `Idempotency-Key`.
    """

    url: str = ""
    secret_env: str = ""
    signing_env: str = ""
    once: bool = True
    timeout_s: float = 30.0
    patience_s: float = 30.0


Route = Smtp | Hook


def at_most_once(route: Route) -> bool:
    """Whether a message whose fate is unknown must wait for a person."""
    return isinstance(route, Smtp) or route.once


class Channel(Protocol):
    """Tells an issue to recipients by messages; pure: the same issue gives the same bytes.

    Yield the parts of a message in order, each within the limits of the destination: split at the borders
    of items, never cut. Escape by the destination's own rules, so that no title becomes markup, a link or a
    mention; link to addresses of items only. Make messages with `daybrief.channels._message`. Hold no secret:
    `route` names the environment variables, and only the transport looks into them. Raise `DeliveryError` for
    what cannot be told; other channels still are.
    """

    name: str
    route: Route

    def messages(self, issue: Issue) -> Iterator[Message]:
        """Every message to every recipient, in the order they are to arrive."""
        ...


class SendResult(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of an attempt.

    `later`: surely not taken, another attempt may succeed; `uncertain`: nobody can tell whether it was
    taken; `failed`: refused for good. `hold`: the server asked to be left alone for now.
    """

    outcome: Literal["sent", "later", "uncertain", "failed"]
    why: str = ""
    hold: bool = False


class Transport(Protocol):
    """Sends messages; the only one who knows secrets."""

    def secrets(self, route: Route) -> None:
        """Raise `SecretMissing`, with the name of a variable that a route needs and nobody has set."""
        ...

    def send(self, message: Message, route: Route, leaving: Callable[[], None]) -> SendResult:
        """Attempts one delivery. Whatever the network does becomes an outcome; no error leaves, and no
        secret.

        Calls `leaving` before the first byte of the message itself leaves, and not when none does.
        """
        ...


class Outbox(Protocol):
    """Messages on their way, each in one row that outlives the process. Raises `ArchiveError`."""

    def put(
        self, messages: Sequence[Message], now: datetime, *, again: bool = False, late: bool = False
    ) -> int:
        """Queue, in one transaction, what was never queued; how many were.

        A day's edition goes to a recipient of a channel once: of an edition made again nothing is queued,
        unless `again`, which also readies what was sent before. What is `late` adds to an edition: it goes
        to those who were told of that edition.
        """
        ...

    def recover(self, repeatable: Collection[str], now: datetime) -> tuple[Queued, ...]:
        """Settle what a dead process left in `sending`: `ready` for these channels, else `uncertain`."""
        ...

    def ready(self) -> tuple[Queued, ...]:
        """The messages that wait to be sent, oldest first."""
        ...

    def mark(self, row: int, state: Postal, now: datetime, error: str = "", *, attempt: bool = False) -> None:
        """Note the state of a row, durable on return; an `attempt` is counted."""
        ...

    def of_day(self, day: date) -> tuple[Queued, ...]:
        """Every row of a day, oldest first."""
        ...

    def open(self) -> tuple[Queued, ...]:
        """Everything that is not sent, oldest first."""
        ...

    def get(self, row: int) -> Queued | None:
        """The row with this id, or None."""
        ...


# ── where the archive is ────────────────────────────────────────────────────────────────────────────


_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_PASSWORD = re.compile(r"^([^:]{1,40}://[^:@]{0,300}):.*@")  # up to the last @: it may hold a slash
_FORMS = "a path, sqlite:///PATH, or postgresql://USER@HOST/DATABASE"


class ArchiveAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An archive's identity: the database `scheme`, and its `target`: a file's path or a server's URL.

    `folder` and `stem` say where and under which name lies what belongs to the archive without being part
    of it: the search index, backups, the answers of models.
    """

    scheme: str
    target: str
    folder: Path
    stem: str

    def __str__(self) -> str:
        """The address without a password, for messages."""
        return without_password(self.target)

    def beside(self, what: str) -> Path:
        """The path of a file that belongs to the archive: `archive.search` for `search`."""
        return self.folder / f"{self.stem}.{what}"


def data_folder() -> Path:
    """The user's folder for an archive that is named nowhere."""
    return Path(platformdirs.user_data_dir("daybrief", appauthor=False))


def archive_address(setting: str | os.PathLike[str]) -> ArchiveAddress:
    """The archive that a setting names; an empty one means the file in the user's data folder.

    `sqlite:///PATH` takes a path from the current folder, `sqlite:////PATH` from the root, both with
    percent-encoding; any text without `://` is a path as it stands. Raises ConfigError for an unknown scheme.
    """
    text = os.fspath(setting) or os.fspath(data_folder() / "archive.sqlite")
    matched = _SCHEME.fullmatch(text)
    if matched is None:
        return _file(Path(text))
    scheme = matched["scheme"].lower()
    if scheme == "sqlite":
        return _file(Path(_sqlite_path(text, matched["rest"])))
    if scheme in ("postgresql", "postgres"):
        return _server(f"postgresql://{matched['rest']}")
    raise ConfigError(
        f"archive = {without_password(text)!r}: no archive is of the kind {scheme!r}", hint=_FORMS
    )


def without_password(url: str) -> str:
    """A URL whose password is replaced by dots, also one that is not percent-encoded as it should be."""
    return _PASSWORD.sub(r"\1:…@", url)


def _file(path: Path) -> ArchiveAddress:
    return ArchiveAddress(scheme="sqlite", target=os.fspath(path), folder=path.parent, stem=path.stem)


def _sqlite_path(text: str, rest: str) -> str:
    path = unquote(rest.removeprefix("/"))
    if not rest.startswith("/") or path in ("", ":memory:"):
        raise ConfigError(f"archive = {text!r} names no file", hint="sqlite:///PATH, or the path alone")
    return path


def _server(url: str) -> ArchiveAddress:
    """A database on a server; what belongs to it on this machine lies in the user's data folder."""
    place = re.sub(r"^.*@|\?.*$", "", url.partition("://")[2])
    stem = re.sub(r"[^A-Za-z0-9]+", "-", place).strip("-")
    if not stem:
        raise ConfigError(f"archive = {without_password(url)!r} names no database", hint=_FORMS)
    return ArchiveAddress(scheme="postgresql", target=url, folder=data_folder(), stem=stem)
