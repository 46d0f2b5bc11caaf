r"""Daily digests in Markdown, read back: ours, and the reports in whose form ours is written.

    # Daily Artificial Intelligence Insights : Papers![…](paper_2024-11-26.png)
    ## 🌞 Category
    **요약:**
    any text, with headings, bold marks and markers of its own
    **출처:**
     - title (https://…)

A section opens with a level-two heading before the word for "summary" and ends with its list of sources.
Nothing between is taken for structure, because model-written text holds headings and even those very words:
a CommonMark parser would believe them. Lines are read once, in order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from functools import cache

from daybrief.languages import CODES
from daybrief.languages.phrases import phrases
from daybrief.model import EditionKind, Part, Value

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
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ISOLATES = re.compile(r"[\u2066-\u2069]")
_SYMBOLS = re.compile(r"\A[^\w(\[]+")
_ISO_DAY = re.compile(r"(?<!\d)(20\d\d)[-_](\d\d)[-_](\d\d)(?!\d)")
_KOREAN_DAY = re.compile(r"(20\d\d)년 (\d{1,2})월 (\d{1,2})일")
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
            pieces = _NOTES.split(_BULLET_NAME.sub("", line[:_MOST_LINE]))
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
    """`**요약:**` and its like in every language."""
    return frozenset(f"**{phrases(language)(f'part.{name}')}:**" for language in CODES)


@cache
def _silent() -> frozenset[str]:
    """Return the phrases we print where nothing could be confirmed."""
    return frozenset(phrases(language)("part.nothing") for language in CODES)


@cache
def _part_headings() -> dict[str, Part]:
    return {phrases(language)(f"part.{part}"): part for language in CODES for part in _PARTS}


def _category(heading: str) -> str:
    """`## 👽 Multimodal · 멀티모달` is Multimodal."""
    name = unescaped(heading.removeprefix("##")).partition(" · ")[0].strip()
    return _SYMBOLS.sub("", name).strip() or name


def _kind(text: str) -> EditionKind | None:
    low = text.lower()
    if "papers" in low or "paper_" in low:
        return "papers"
    return "news" if "news" in low else None


def _day(text: str) -> date | None:
    for match in (_ISO_DAY.search(text), _KOREAN_DAY.search(text)):
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
