"""Reading anybody's digest: an edition's JSON, Markdown, or sections as JSON, into one form.

A section as JSON is an object with `summary` (or `text`) and `sources`, a list of objects with `title` and
`url` (and `arxiv_id`, and `abstract` or `text` where the digest brings them); `date`, `kind`, `category`
and `position` are taken over. Several come one a line (JSON Lines), as a list, or as `{"sections": […]}`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

import msgspec

from daybrief.errors import ConfigError
from daybrief.languages import CODES, LANGUAGES, SOURCE
from daybrief.languages.phrases import phrases
from daybrief.model import Claim, Edition, EditionKind, Item, Part, Value
from daybrief.stages.importing import text_of
from daybrief.stages.near_duplicates import normal_title, specific
from daybrief.text.decoding import own_text
from daybrief.text.identity import arxiv_id, doi, web_key
from daybrief.text.plain import line as one_line
from daybrief.text.plain import paragraph

MOST_CHARACTERS = 5_000_000
_MOST_LINE = 20_000
_MOST_SOURCE = 5_000
_PARTS: tuple[Part, ...] = ("theme", "keyword", "finding", "impact", "outlook")

_HEADING = re.compile(r"## +(?P<name>\S.*)")
_SOURCE = re.compile(r" ?[-*] (?P<title>.*?) \(<?(?P<url>https?://[^<>]*?)>?\)\s*")
_LINK = re.compile(r" ?[-*] \[(?P<title>(?:\\.|[^\]\\]){1,900})\]\(<?(?P<url>https?://[^<>\s]*?)>?\)\s*")
_BARE = re.compile(r" ?[-*] (?P<title>\S.*)")
_NOTE = re.compile(
    r"\[\^(?P<number>\d{1,6})\]: “(?P<words>.*)” — "
    r"(?:\[(?P<title>(?:\\.|[^\]\\]){0,900})\]\((?P<url>[^()\s]*)\)|(?P<bare>[^,]{0,900})), .*"
)
_NOTES = re.compile(r"((?:\[\^\d{1,6}\])+)")
_NUMBER = re.compile(r"\[\^(\d{1,6})\]")
_BULLET_NAME = re.compile(r"\A- (?:\*\*(?:\\.|[^*\\])+\*\*: )?")
_ORIGINAL = re.compile(r" \[(?:\\.|[^\]\\]){1,40}\]\([^()\s]*\)\Z")  # the link a card ends with
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ISOLATES = re.compile(r"[\u2066-\u2069]")
_SYMBOLS = re.compile(r"\A[^\w(\[]+")
_ISO_DAY = re.compile(r"(?<!\d)(20\d\d)[-_](\d\d)[-_](\d\d)(?!\d)")
_NATIVE_DAYS = tuple(
    re.compile(language.rules.reading.day) for language in LANGUAGES if language.rules.reading.day
)
_ENGLISH_DAY = re.compile(r"(?<!\d)(\d{1,2}) ([A-Z][a-z]{2,8}) (20\d\d)(?!\d)")
_MONTHS = "January February March April May June July August September October November December".split()


class Reference(Value, frozen=True, kw_only=True):
    """A source as a digest names it; `arxiv_id` where the digest gives one of its own."""

    title: str
    url: str = ""
    arxiv_id: str = ""


class Footnote(Value, frozen=True, kw_only=True):
    """The words of a source that a sentence of ours rests on."""

    number: int
    words: str
    title: str
    url: str = ""


class PrintedStatement(Value, frozen=True, kw_only=True):
    """A sentence of ours and the numbers of its footnotes."""

    text: str
    part: Part
    notes: tuple[int, ...]


class PrintedSection(Value, frozen=True, kw_only=True):
    """A section as printed: its text in Markdown; for ours, its statements too."""

    category: str
    text: str
    sources: tuple[Reference, ...]
    statements: tuple[PrintedStatement, ...] = ()


class Digest(Value, frozen=True, kw_only=True):
    """A whole file; `day` and `kind` are None where it does not tell them."""

    day: date | None
    kind: EditionKind | None
    passages: tuple[PrintedSection, ...]
    footnotes: tuple[Footnote, ...] = ()
    titled: bool = False


def digest(markdown: str, name: str = "") -> Digest:
    """Read a digest; `name` is its file's, asked for the day and kind that the text does not tell.

    Reads 5,000,000 characters at most. A file that is no digest gives one without passages.
    """
    lines = [_ISOLATES.sub("", line) for line in markdown[:MOST_CHARACTERS].splitlines()]
    title = next((line for line in lines[:20] if line.startswith("# ")), "")
    head = "\n".join(lines[:12])
    return Digest(
        day=_day(head) or _day(name),
        kind=_kind(title) or _kind(name),
        passages=tuple(_passages(lines)),
        footnotes=tuple(_footnotes(lines)),
        titled="Daily Artificial Intelligence Insights" in title,
    )


def unescaped(markdown: str) -> str:
    """Inline Markdown without its backslashes (CommonMark 0.31 section 2.4)."""
    return _ESCAPE.sub(r"\1", markdown)


def _passages(lines: list[str]) -> Iterator[PrintedSection]:
    """The sections; one ends at the last list of sources before the first heading after such a list."""
    starts = [n for n in range(len(lines)) if _opens(lines, n)]
    closers = [n for n in range(len(lines)) if _closes(lines, n)]
    at = 0
    while at < len(starts):
        start = starts[at]
        closed = bisect_right(closers, start)
        if closed == len(closers):
            bound, end = len(lines), len(lines)
        else:
            following = bisect_right(starts, closers[closed])
            bound = starts[following] if following < len(starts) else len(lines)
            end = closers[bisect_right(closers, bound) - 1]
        yield _passage(lines, start, end, bound)
        at = bisect_right(starts, bound - 1)


def _passage(lines: list[str], start: int, end: int, bound: int) -> PrintedSection:
    body = lines[_label_at(lines, start) + 1 : end]
    return PrintedSection(
        category=_category(lines[start]),
        text="\n".join(body).strip(),
        sources=tuple(_listed(lines, end, bound)),
        statements=tuple(_statements(body)),
    )


def _opens(lines: list[str], number: int) -> bool:
    return bool(_HEADING.match(lines[number])) and lines[_label_at(lines, number)].strip() in _labels(
        "summary"
    )


def _label_at(lines: list[str], heading: int) -> int:
    """The first line with words after a heading, or the heading itself."""
    return next((n for n in range(heading + 1, min(heading + 6, len(lines))) if lines[n].strip()), heading)


def _closes(lines: list[str], number: int) -> bool:
    """Whether this line announces sources and is followed by one, or by nothing more."""
    if lines[number].strip() not in _labels("sources"):
        return False
    following = next((line for line in lines[number + 1 : number + 6] if line.strip()), "")
    return not following or bool(_BARE.match(following) or _HEADING.match(following))


def _listed(lines: list[str], start: int, bound: int) -> Iterator[Reference]:
    for line in lines[start + 1 : bound]:
        cut = line[:_MOST_SOURCE]
        if match := _LINK.fullmatch(cut) or _SOURCE.fullmatch(cut):
            yield Reference(title=unescaped(match["title"]).strip(), url=match["url"].strip())
        elif line.startswith(("#", "---", "[^")):
            return
        elif match := _BARE.fullmatch(cut):
            yield Reference(title=unescaped(match["title"]).strip())


def _statements(body: list[str]) -> Iterator[PrintedStatement]:
    """Split a text of ours into sentences with their notes; words without a note are statements too."""
    part: Part = "finding"
    for line in body:
        if line.startswith("### "):
            part = _part_headings().get(line[4:].strip(), "finding")
        elif line.strip() and line.strip() not in _silent():
            pieces = _NOTES.split(_ORIGINAL.sub("", _BULLET_NAME.sub("", line[:_MOST_LINE])))
            for text, notes in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
                if text.strip():
                    numbers = tuple(int(n) for n in _NUMBER.findall(notes))
                    yield PrintedStatement(text=unescaped(text).strip(), part=part, notes=numbers)


def _footnotes(lines: list[str]) -> Iterator[Footnote]:
    for line in lines:
        if line.startswith("[^") and (match := _NOTE.fullmatch(line[:_MOST_LINE])):
            title = match["title"] if match["title"] is not None else match["bare"]
            yield Footnote(
                number=int(match["number"]),
                words=unescaped(match["words"]),
                title=unescaped(title),
                url=match["url"] or "",
            )


@cache
def _labels(name: str) -> frozenset[str]:
    """`**Summary:**` and its like in every language."""
    return frozenset(f"**{phrases(language)(f'part.{name}')}:**" for language in CODES)


@cache
def _silent() -> frozenset[str]:
    """Return the phrases we print where nothing could be confirmed."""
    keys = ("part.nothing", "part.introduced")
    return frozenset(phrases(language)(key) for language in CODES for key in keys)


@cache
def _part_headings() -> dict[str, Part]:
    return {phrases(language)(f"part.{part}"): part for language in CODES for part in _PARTS}


def _category(heading: str) -> str:
    """`## 👽 Multimodal · its name here` is Multimodal."""
    name = unescaped(heading.removeprefix("##")).partition(" · ")[0].strip()
    return _SYMBOLS.sub("", name).strip() or name


def _kind(text: str) -> EditionKind | None:
    low = text.lower()
    if "papers" in low or "paper_" in low:
        return "papers"
    return "news" if "news" in low else None


def _day(text: str) -> date | None:
    for match in (_ISO_DAY.search(text), *(day.search(text) for day in _NATIVE_DAYS)):
        if match and (day := _date(int(match[1]), int(match[2]), int(match[3]))):
            return day
    if (match := _ENGLISH_DAY.search(text)) and match[2] in _MONTHS:
        return _date(int(match[3]), _MONTHS.index(match[2]) + 1, int(match[1]))
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_FILE_HINT = 'a JSON object a line with "title", "url" or "id", and "abstract" or "text"'


class KnownSources:
    """Items by every identity they have; of two items with one identity, the one that says more is kept."""

    def __init__(self, items: Iterable[tuple[Item, tuple[str, ...]]] = ()) -> None:
        self._items: dict[str, Item] = {}
        for item, keys in items:
            for key in keys:
                earlier = self._items.get(key)
                if earlier is None or len(earlier.text) < len(item.text):
                    self._items[key] = item

    def find(self, reference: Reference) -> Item | None:
        """The item a digest's source means; the strongest identity that is known decides."""
        for key in keys_of(reference):
            if item := self._items.get(key):
                return item
        return None

    def plus(self, items: Iterable[Item]) -> KnownSources:
        """These and what somebody else knows, an edition or an archive."""
        more = KnownSources(
            (item, (item.key, *item.aliases, *keys_of(_reference_of(item)))) for item in items
        )
        more._items = {**more._items, **self._items}
        return more


def keys_of(reference: Reference, *titles: str) -> tuple[str, ...]:
    """Return every identity of a source, strongest first; a title counts with three words or more."""
    keys = dict.fromkeys(_identities(reference))
    for title in (reference.title, *titles):
        normal = normal_title(title)
        if specific(normal, least=3):
            keys[f"title:{normal}"] = None
    return tuple(keys)


def items_known(lines: Iterable[bytes], name: str) -> KnownSources:
    """The sources of a JSON Lines file, one object a line.

    Raises ConfigError that names the file and the first line that is no object or has no title and address.
    """
    return KnownSources(_read(lines, name))


def _read(lines: Iterable[bytes], name: str) -> Iterator[tuple[Item, tuple[str, ...]]]:
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            row = msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise ConfigError(
                f"{name}, line {number}: not a JSON object: {broken}", hint=_FILE_HINT
            ) from broken
        reference = Reference(
            title=text_of(row, "title", "arxiv_title"),
            url=text_of(row, "url", "link", "canonical_url"),
            arxiv_id=text_of(row, "arxiv_id", "id", "key", "doi"),
        )
        keys = keys_of(reference, text_of(row, "arxiv_title"))
        if not keys and not reference.title:
            raise ConfigError(f"{name}, line {number}: neither title nor address", hint=_FILE_HINT)
        yield _item(row, reference, keys), keys


def _item(row: dict[str, Any], reference: Reference, keys: tuple[str, ...]) -> Item:
    text = text_of(row, "abstract", "text", "snippet", "summary", "content", "description")
    listed = row.get("authors")
    return Item(
        key=keys[0] if keys else reference.title,
        source=text_of(row, "source")[:60] or "sources",
        kind="news" if text_of(row, "kind") == "news" else "paper",
        title=one_line(reference.title),
        url=reference.url,
        text=paragraph(text),
        authors=tuple(a for a in listed if isinstance(a, str))[:200] if isinstance(listed, list) else (),
    )


def _identities(reference: Reference) -> Iterator[str]:
    for text in (reference.arxiv_id, reference.url):
        if paper := arxiv_id(text):
            yield f"arxiv:{paper[0]}"
    for text in (reference.arxiv_id, reference.url):
        if text.lower().startswith(("10.", "doi:", "https://doi.org/")) and (identity := doi(text)):
            yield f"doi:{identity}"
    try:
        yield web_key(reference.url)
    except ConfigError:
        return


def _reference_of(item: Item) -> Reference:
    return Reference(title=item.title, url=item.url, arxiv_id=item.key)


MOST_BYTES = 50 * 2**20
_HINT = "an edition's JSON, a digest in Markdown, or sections as JSON Lines"


class DigestSection(Value, frozen=True, kw_only=True):
    """A section of a digest as it was printed.

    `group` is the same for all sections of one page. `claims` and `items` come from an edition's JSON,
    `statements` and `footnotes` from our Markdown; a text without either is split into sentences later.
    """

    date: str
    kind: str
    category: str
    position: int
    text: str
    group: str = ""
    sources: tuple[Reference, ...] = ()
    items: tuple[Item, ...] = ()
    claims: tuple[Claim, ...] | None = None
    statements: tuple[PrintedStatement, ...] = ()
    footnotes: tuple[Footnote, ...] = ()


def read(raw: bytes, name: str) -> tuple[DigestSection, ...]:
    """The sections of a digest, in order; `name` is its file's, for errors and for what the text leaves out.

    Raises ConfigError that names the file and the place of the first thing that cannot be read.
    """
    if len(raw) > MOST_BYTES:
        raise ConfigError(f"{name} has {len(raw)} bytes", hint=f"at most {MOST_BYTES} are read")
    try:
        text = own_text(raw)
    except UnicodeDecodeError as wrong:
        raise ConfigError(f"{name} is not UTF-8: byte {wrong.start}", hint=_HINT) from wrong
    start = text.lstrip()[:1]
    if start == "{" or start == "[":
        return tuple(_json(text, name))
    return _markdown(text, name)


def _markdown(text: str, name: str) -> tuple[DigestSection, ...]:
    document = digest(text, name)
    if not document.passages and not document.titled:
        raise ConfigError(
            f"{name} holds no section: no heading followed by **Summary:** in any language", hint=_HINT
        )
    return tuple(
        DigestSection(
            date=document.day.isoformat() if document.day else "",
            kind=document.kind or "",
            category=passage.category,
            position=position,
            text=passage.text,
            sources=passage.sources,
            statements=passage.statements if document.footnotes else (),
            footnotes=document.footnotes if passage.statements else (),
        )
        for position, passage in enumerate(document.passages)
    )


def _json(text: str, name: str) -> Iterator[DigestSection]:
    try:
        whole = msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        yield from _lines(text, name)
        return
    if isinstance(whole, dict) and str(whole.get("schema", "")).startswith("daybrief.edition/"):
        yield from _edition(text, name)
        return
    if isinstance(whole, dict):
        whole = whole.get("sections", [whole])
    if not isinstance(whole, list):
        raise ConfigError(f"{name}: `sections` is no list", hint=_HINT)
    for position, row in enumerate(whole):
        yield _section(row, f"{name}, section {position + 1}", position)


def _lines(text: str, name: str) -> Iterator[DigestSection]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line.encode())
        except msgspec.DecodeError as broken:
            raise ConfigError(f"{name}, line {number}: not JSON: {broken}", hint=_HINT) from broken
        yield _section(row, f"{name}, line {number}", number - 1)


def _edition(text: str, name: str) -> Iterator[DigestSection]:
    try:
        edition = msgspec.json.decode(text.encode(), type=Edition)
    except (msgspec.DecodeError, ConfigError) as broken:
        raise ConfigError(
            f"{name} is a damaged edition: {broken}", hint="daybrief run makes it again"
        ) from broken
    for position, section in enumerate(edition.sections):
        items = tuple(item for ranked in section.ranked for item in ranked.story.items)
        kept = section.checked.kept
        written = tuple(claim for claim in kept if claim.language == edition.language) or kept
        yield DigestSection(
            date=edition.window.day.isoformat(),
            kind=edition.kind,
            category=section.category.label(SOURCE),
            position=position,
            text="\n".join(claim.text for claim in written),
            sources=tuple(Reference(title=r.story.lead.title, url=r.story.lead.url) for r in section.ranked),
            items=items,
            claims=kept,
        )


def _section(row: Any, place: str, position: int) -> DigestSection:
    if not isinstance(row, dict):
        raise ConfigError(f"{place}: not a JSON object", hint=_HINT)
    text = text_of(row, "summary", "text", "body", "content")
    listed = row.get("sources", row.get("items", []))
    if not isinstance(listed, list) or not all(isinstance(source, dict) for source in listed):
        raise ConfigError(f"{place}: `sources` is no list of objects", hint='[{"title": "…", "url": "…"}]')
    if not text and "summary" not in row and "text" not in row:
        raise ConfigError(f"{place}: no `summary`", hint=_HINT)
    stated_position = row.get("position", position)
    day, kind = text_of(row, "date", "day"), text_of(row, "kind")
    return DigestSection(
        date=day,
        kind=kind,
        category=text_of(row, "category", "heading", "title"),
        position=stated_position if isinstance(stated_position, int) else position,
        text=text,
        group="|".join((day, kind, text_of(row, "path"), text_of(row, "commit"))),
        sources=tuple(_reference(source) for source in listed),
        items=tuple(item for source in listed if (item := _item_of_source(source))),
    )


def _reference(row: dict[str, Any]) -> Reference:
    return Reference(
        title=text_of(row, "title"), url=text_of(row, "url", "link"), arxiv_id=text_of(row, "arxiv_id", "id")
    )


def _item_of_source(row: dict[str, Any]) -> Item | None:
    """The source's text where the digest itself brings it."""
    text = text_of(row, "abstract", "text", "snippet")
    if not text:
        return None
    url = text_of(row, "url", "link")
    key = text_of(row, "arxiv_id", "id") or url or text_of(row, "title")
    return Item(key=key, source="digest", kind="paper", title=text_of(row, "title"), url=url, text=text)
