"""The vocabulary of daybrief: one immutable type for each step of a day.

    Fetched → Item → Harvest → Story → Filed → Ranked → Draft → Checked → Section → Edition → Delivery

A later type contains the earlier, so `section.checked.draft.ranked[0].filed.story.lead.title` always works.
All are frozen, keyword-only and compared by value; only `to_json` and `from_json` make and read their JSON.
`day` is a civil date, `*_at` an aware UTC instant, `key` an identity (`arxiv:2411.15124`, `url:https://…`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Literal, TypeVar

import msgspec

from daybrief.errors import ConfigError, OutOfBalance
from daybrief.languages import SOURCE
from daybrief.whole import Figure, FullText

SCHEMA = "daybrief.edition/1"
IMPORT = "import"  # the name of the harvest of imported items; no source may have it
DELIVER, SENT_BEFORE = "deliver", "sent-before"  # stage and reason in the ledger of what is sent later

ItemKind = Literal["paper", "news"]
EditionKind = Literal["papers", "news"]
State = Literal["fresh", "waiting", "quiet", "stalled", "failed"]
Part = Literal["gist", "theme", "keyword", "finding", "impact", "outlook"]
Outcome = Literal["supported", "unsupported", "unclear", "contradicted"]
REFUSED = frozenset({"unsupported", "contradicted"})  # what keeps a claim from being printed

Due = Literal["due", "not yet", "nothing"]
Announce = Literal["", "new", "cross", "replace", "withdrawn"]
Unit = Literal["items", "stories", "claims"]
Postal = Literal["ready", "sending", "sent", "uncertain", "failed"]
Origin = Literal["reader", "seed", "bibtex", "csl", "ris"]

T = TypeVar("T")
Headline = tuple[date, str, str, str]  # a day, an item's key, its source and its title


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all types of this module: immutable, keyword-only, compared by value."""


class Window(Value, frozen=True, kw_only=True):
    """The civil `day` of an edition in the time zone `zone`, as the half-open UTC span [start, end)."""

    day: date
    zone: str
    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None or self.start >= self.end:
            raise ConfigError(f"a window must span two aware instants, not {self.start} .. {self.end}")

    def holds(self, instant: datetime) -> bool:
        """Whether an aware instant falls within the day."""
        return self.start <= instant < self.end


class Validators(Value, frozen=True, kw_only=True):
    """The opaque tokens of a conditional GET, kept byte for byte (RFC 9110 section 8.8)."""

    etag: str = ""
    last_modified: str = ""


class Fetched(Value, frozen=True, kw_only=True):
    """A server's answer: decoded `body` bytes, bounded in size, from the address `final_url`."""

    url: str
    final_url: str
    status: int
    body: bytes
    media_type: str = ""
    charset: str = ""
    validators: Validators = Validators()
    fetched_at: datetime


# ── collecting ──────────────────────────────────────────────────────────────────────────────────────


class Signals(Value, frozen=True, kw_only=True):
    """The attention that an item got, as its source tells it; None where the source says nothing."""

    votes: int | None = None
    points: int | None = None
    comments: int | None = None
    citations: int | None = None
    position: int | None = None  # 1 is the top of the source's own list


class Link(Value, frozen=True, kw_only=True):
    """Another address of the same item; `rel` is what it is: discussion, code, pdf, project."""

    rel: str
    url: str


class Item(Value, frozen=True, kw_only=True):
    """A paper or news piece as one source listed it.

    `title` and `text` are plain text (no markup); `text` is the abstract or snippet, verbatim, and the only
    ground for claims. Three dates are kept apart: `published` (first appearance), `announced` (the civil day
    of the source's listing) and `collected_at` (when we fetched it).
    """

    key: str
    source: str
    kind: ItemKind
    title: str
    url: str
    text: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()  # arXiv categories (primary first), feed tags
    published: datetime | None = None
    announced: date | None = None
    collected_at: datetime | None = None
    announce: Announce = ""
    version: int | None = None
    language: str = ""  # BCP 47, "" when unknown
    signals: Signals = Signals()
    links: tuple[Link, ...] = ()
    aliases: tuple[str, ...] = ()  # further keys of the same thing: a DOI, the address of a linked paper
    venue: str = ""
    tldr: str = ""  # somebody's summary (Semantic Scholar): shown as such, never used as evidence
    whole: FullText | msgspec.UnsetType = msgspec.UNSET  # of a printed one, where it could be read

    @property
    def full(self) -> FullText | None:
        """The whole text that was read beyond `text`; None where none was."""
        return None if isinstance(self.whole, msgspec.UnsetType) else self.whole

    def words_of(self, quote: Quote) -> str:
        """The title, text or passage that a quote says it was cut from; "" where there is none."""
        if quote.field != "whole":
            return self.title if quote.field == "title" else self.text
        passage = self.full.passage(quote.place) if self.full else None
        return passage.text if passage else ""


class Dropped(Value, frozen=True, kw_only=True):
    """Something a source listed that became no item: `ref` names it, `reason` is a short code."""

    ref: str
    reason: str


class Harvest(Value, frozen=True, kw_only=True):
    """All that one source gave for one window."""

    source: str
    state: State
    items: tuple[Item, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    error: str = ""
    hint: str = ""
    requests: int = 0


# ── deciding ────────────────────────────────────────────────────────────────────────────────────────


class Remembered(Value, frozen=True, kw_only=True):
    """A story that was printed on an earlier day, as the archive knows it, with all that told it."""

    story: str
    kind: ItemKind
    title: str
    keys: tuple[str, ...]
    sources: tuple[str, ...]
    version: int | None = None
    category: str = ""
    first_seen: date
    last_seen: date
    headlines: tuple[Headline, ...] = ()


class Story(Value, frozen=True, kw_only=True):
    """A paper or event with everything the sources said of it; `items[0]` is the lead.

    `continues` is the last earlier day it was printed on, None when it is new; `news` says what is new since.
    """

    id: str
    kind: ItemKind
    items: tuple[Item, ...]
    first_seen: date
    continues: date | None = None
    news: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.items:
            raise ConfigError(f"the story {self.id} holds no item")

    @property
    def lead(self) -> Item:
        """The item that speaks for the story."""
        return self.items[0]

    @property
    def keys(self) -> tuple[str, ...]:
        """Every identity any source gave it, in order, each once."""
        return tuple(dict.fromkeys(key for item in self.items for key in (item.key, *item.aliases)))

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the sources that carried it, in order, each once."""
        return tuple(dict.fromkeys(item.source for item in self.items))


class Category(Value, frozen=True, kw_only=True):
    """A category of the taxonomy; `kind` says which editions use it, `name` is by language code."""

    id: str
    kind: Literal["paper", "news", "both"]
    emoji: str
    name: dict[str, str]
    definition: str
    definition_ko: str = ""
    keywords: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """The name in `language`, in that of the sources when there is none."""
        return self.name.get(language) or self.name.get(SOURCE) or self.id

    def defined_in(self, language: str) -> str:
        """The definition in `language`, "" when there is none of its own."""
        return str(getattr(self, f"definition_{language}", ""))


class Taxonomy(Value, frozen=True, kw_only=True):
    """The fixed, versioned list of categories; ids are unique."""

    version: str
    category: tuple[Category, ...]

    def __post_init__(self) -> None:
        ids = [c.id for c in self.category]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ConfigError(
                f"the taxonomy has the category {twice[0]!r} twice", hint="give each its own id"
            )
        if "others" not in ids:
            raise ConfigError("the taxonomy lacks the category 'others'", hint="add one with that id")

    def __getitem__(self, wanted: str) -> Category:
        return {category.id: category for category in self.category}[wanted]

    def of(self, kind: ItemKind) -> tuple[Category, ...]:
        """The categories that may file an item of this kind, in order."""
        return tuple(c for c in self.category if c.kind in (kind, "both"))


class Filed(Value, frozen=True, kw_only=True):
    """A story in its category, with how sure (0..1) and why."""

    story: Story
    category: str
    confidence: float
    why: str


class Ranked(Value, frozen=True, kw_only=True):
    """A filed story with its score and the reasons a reader can check.

    `because` is one line for the reader of a profile, in the edition's language; without a profile it is
    absent, from the JSON too.
    """

    filed: Filed
    score: float
    reasons: tuple[str, ...] = ()
    because: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def story(self) -> Story:
        """The story itself."""
        return self.filed.story

    @property
    def why(self) -> str:
        """Why it stands where it stands, in a line; "" without a profile."""
        return "" if isinstance(self.because, msgspec.UnsetType) else self.because


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────


class Quote(Value, frozen=True, kw_only=True):
    """The exact words of a source: `text == item.words_of(quote)[start:end]` (code points).

    `section` is the title of the passage, where the words stand in the whole text.
    """

    item_key: str
    source: str
    start: int
    end: int
    text: str
    field: Literal["text", "title", "whole"] = "text"
    section: str | msgspec.UnsetType = msgspec.UNSET

    @property
    def place(self) -> str:
        """The title of the section, "" outside of the whole text."""
        return "" if isinstance(self.section, msgspec.UnsetType) else self.section


class Claim(Value, frozen=True, kw_only=True):
    """A statement for the reader: plain text without URL or markup, and the words it rests on."""

    text: str
    part: Part
    quotes: tuple[Quote, ...]
    stories: tuple[str, ...]  # ids of the stories it speaks of
    language: str = SOURCE  # the language of `text`


class Usage(Value, frozen=True, kw_only=True):
    """The cost of writing: model calls, tokens in and out, money in US dollars."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost_usd: float = 0.0

    def plus(self, *others: Usage) -> Usage:
        """The sum of several bills; money to the millionth of a dollar."""
        parts = (self, *others)
        return Usage(
            calls=sum(u.calls for u in parts),
            tokens_in=sum(u.tokens_in for u in parts),
            tokens_out=sum(u.tokens_out for u in parts),
            cost_usd=round(sum(u.cost_usd for u in parts), 6),
        )


class Author(Value, frozen=True, kw_only=True):
    """The author of a draft: the writer, its version, and the model and prompts behind it ("" when none)."""

    name: str
    version: str
    model: str = ""
    prompt: str = ""


class Draft(Value, frozen=True, kw_only=True):
    """The claims a writer made about the stories of one category, nothing checked yet.

    `fallbacks` are the ids of the stories that the embedded writer read in the author's stead, and `why`
    says for what reasons, one sentence each.
    """

    category: str
    ranked: tuple[Ranked, ...]
    claims: tuple[Claim, ...]
    author: Author
    usage: Usage = Usage()
    fallbacks: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


class Verdict(Value, frozen=True, kw_only=True):
    """The judgement of one check on one claim."""

    check: str
    outcome: Outcome
    why: str = ""


class Judged(Value, frozen=True, kw_only=True):
    """A claim with every verdict on it; it may be printed when none refuses it."""

    claim: Claim
    verdicts: tuple[Verdict, ...]

    @property
    def printable(self) -> bool:
        """Whether at least one check looked at the claim and none found it unsupported or contradicted."""
        return bool(self.verdicts) and all(v.outcome not in REFUSED for v in self.verdicts)


class Checked(Value, frozen=True, kw_only=True):
    """A draft after the checks."""

    draft: Draft
    judged: tuple[Judged, ...]

    @property
    def kept(self) -> tuple[Claim, ...]:
        """The claims a reader may see."""
        return tuple(j.claim for j in self.judged if j.printable)


class Section(Value, frozen=True, kw_only=True):
    """A category of an edition, ready to print."""

    category: Category
    checked: Checked

    @property
    def ranked(self) -> tuple[Ranked, ...]:
        """The stories of the section, best first."""
        return self.checked.draft.ranked

    def claims(self, part: Part) -> tuple[Claim, ...]:
        """The kept claims of one of the five parts, in order."""
        return tuple(c for c in self.checked.kept if c.part == part)


# ── accounting ──────────────────────────────────────────────────────────────────────────────────────


class Drop(Value, frozen=True, kw_only=True):
    """The things that a stage left out for one reason; `refs` names each."""

    reason: str
    refs: tuple[str, ...]


class Fold(Value, frozen=True, kw_only=True):
    """Items that became one story: the keys of all of them, so that none is lost from sight with it."""

    story: str
    refs: tuple[str, ...]


class Entry(Value, frozen=True, kw_only=True):
    """A line of the ledger: came_in = kept + merged + dropped, exactly, or it cannot be made.

    `usage` is what a language model took for the stage; writing has its own, section by section.
    """

    stage: str
    unit: Unit
    came_in: int
    kept: int
    merged: int = 0
    dropped: tuple[Drop, ...] = ()
    folds: tuple[Fold, ...] = ()
    usage: Usage | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        gone = sum(len(d.refs) for d in self.dropped)
        folded = sum(len(f.refs) - 1 for f in self.folds)
        if self.folds and folded != self.merged:
            raise OutOfBalance(f"{self.stage}: {self.merged} {self.unit} merged, but {folded} are named")
        if self.came_in != self.kept + self.merged + gone:
            raise OutOfBalance(
                f"{self.stage}: {self.came_in} {self.unit} came in, "
                f"{self.kept} kept + {self.merged} merged + {gone} dropped went out"
            )


class Ledger(Value, frozen=True, kw_only=True):
    """The lines of a day in order; what one stage keeps is what the next one gets."""

    entries: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        for before, after in pairwise(self.entries):
            claims_begin = after.unit == "claims" != before.unit
            if not claims_begin and before.kept != after.came_in:
                raise OutOfBalance(
                    f"{before.stage} kept {before.kept}, but {after.stage} got {after.came_in}"
                )

    def dropped(self, reason: str) -> int:
        """Count what was dropped for a reason, over all stages."""
        drops = (drop for entry in self.entries for drop in entry.dropped)
        return sum(len(drop.refs) for drop in drops if drop.reason == reason)

    def plus(self, *entries: Entry) -> Ledger:
        """This ledger with further lines."""
        return Ledger(entries=(*self.entries, *entries))


class SourceReport(Value, frozen=True, kw_only=True):
    """How one source did on the day, as the reader sees it."""

    source: str
    state: State
    items: int
    dropped: int = 0
    requests: int = 0
    error: str = ""
    hint: str = ""


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────


class Bar(Value, frozen=True, kw_only=True):
    """A category of the chart and how many stories it holds."""

    category: str
    label: str
    emoji: str
    count: int


class Chart(Value, frozen=True, kw_only=True):
    """The day's distribution over categories, most first; drawn from the very sections it stands above."""

    title: str
    alt: str
    bars: tuple[Bar, ...]
    form: Literal["bars", "pie"] = "bars"


class Rising(Value, frozen=True, kw_only=True):
    """A word of the day: in how many titles it stands, and in how many on a usual day of the last `days`."""

    text: str
    today: int
    usual: float = 0.0
    days: int = 0  # none: there is nothing to compare with
    stories: tuple[str, ...] = ()  # ids of those whose titles hold it


class Edition(Value, frozen=True, kw_only=True):
    """An edition of one day and one kind, complete: every publisher renders it and the archive keeps it.

    `digest` is the SHA-256 of its canonical JSON with the digest itself left empty. `rising` is absent, from
    the JSON too, in editions of before it was counted.
    """

    schema: str = SCHEMA
    window: Window
    kind: EditionKind
    language: str
    state: State
    sections: tuple[Section, ...]
    chart: Chart
    ledger: Ledger
    sources: tuple[SourceReport, ...]
    taxonomy: str
    made_at: datetime
    made_by: str
    rising: tuple[Rising, ...] | msgspec.UnsetType = msgspec.UNSET
    digest: str = ""

    @property
    def stories(self) -> tuple[Story, ...]:
        """Every story in print order."""
        return tuple(r.story for section in self.sections for r in section.ranked)

    @property
    def late(self) -> bool:
        """Whether this is what came after the day had been sent: a part of an edition, for messages."""
        return any(entry.stage == DELIVER for entry in self.ledger.entries)

    def sealed(self) -> Edition:
        """The same edition with its digest filled in."""
        digest = hashlib.sha256()
        for piece in msgspec.structs.replace(self, digest="").pieces():
            digest.update(piece)
        return msgspec.structs.replace(self, digest=digest.hexdigest())

    def pieces(self) -> Iterator[bytes]:
        """Its canonical JSON, a section at a time."""
        before, mark, after = to_json(msgspec.structs.replace(self, sections=())).partition(b'"sections":[')
        yield before + mark
        for number, section in enumerate(self.sections):
            yield b"," * bool(number) + to_json(section)
        yield after


class Issue(Value, frozen=True, kw_only=True):
    """The input of publishers: the editions of one day, and the latest editions for indexes and feeds."""

    day: date
    editions: tuple[Edition, ...]
    recent: tuple[Edition, ...]  # newest day first, papers before news, the ones above included
    cover: Figure | None = None  # a picture of the day, for its first edition


class Delivery(Value, frozen=True, kw_only=True):
    """Bytes for one file, at a relative POSIX path below the output folder.

    What follows the bytes `keep_below` in a file that is already there is the reader's and stays.
    """

    path: str
    body: bytes
    media_type: str
    keep_below: bytes = b""


class Message(Value, frozen=True, kw_only=True):
    """A message of a channel to one recipient, complete but for the secrets of whoever sends it.

    `key` is the same for the same message in every run: a digest of channel, recipient, edition and part.
    `body` is what travels: a whole RFC 5322 message, or the JSON of a post. Part `part` of `parts`.
    """

    channel: str
    recipient: str
    key: str
    body: bytes
    media_type: str
    subject: str = ""
    part: int = 1
    parts: int = 1
    day: date
    edition: EditionKind
    digest: str  # of the edition

    @property
    def label(self) -> str:
        """The message's edition and recipient in words, for receipts and lists."""
        part = f" {self.part}/{self.parts}" if self.parts > 1 else ""
        return f"{self.day} {self.edition}{part} to {self.recipient}"


class Queued(Value, frozen=True, kw_only=True):
    """A message in the outbox; once it is sent its body is let go."""

    id: int
    message: Message
    state: Postal
    attempts: int
    error: str
    created_at: datetime
    changed_at: datetime


class Receipt(Value, frozen=True, kw_only=True):
    """The outcome of a delivery."""

    publisher: str
    path: str
    digest: str
    delivered_at: datetime
    error: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is of a file; the path of a message is `message:` and what it tells whom."""
        return not self.path.startswith("message:")


class Example(Value, frozen=True, kw_only=True):
    """Something a reader liked or not: what a profile's taste is learned from.

    `key` is a story's id or an item's key; `origin` says who brought it: the reader's own word, a seed of the
    settings, or an imported library (`bibtex`, `csl`, `ris`). `text` is the abstract or snippet, "" when only
    the title is known.
    """

    key: str
    liked: bool
    title: str
    text: str = ""
    origin: Origin = "reader"
    added_at: datetime


class Run(Value, frozen=True, kw_only=True):
    """A run of the program over one day, as `daybrief runs` lists it."""

    id: int
    day: date
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = "running"  # running, complete, incomplete, reused, or the error's class name
    note: str = ""
    seconds: dict[str, float] = {}  # wall time by stage


# ── JSON, in and out ────────────────────────────────────────────────────────────────────────────────


def to_json(value: Any, *, pretty: bool = False) -> bytes:
    """Canonical JSON: UTF-8, keys in a fixed order, one trailing newline when pretty."""
    raw = msgspec.json.encode(value, order="deterministic")
    return msgspec.json.format(raw, indent=2) + b"\n" if pretty else raw


def from_json(raw: bytes, wanted: type[T]) -> T:
    """Read a value back; raises ConfigError that names the place of the first mistake."""
    try:
        return msgspec.json.decode(raw, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(f"not a valid {wanted.__name__}: {broken}") from broken


def edition_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a published edition."""
    schema = msgspec.json.schema(Edition)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **schema}
