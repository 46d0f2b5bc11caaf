"""arXiv's two Atom and RSS answers, read from bytes: the feed of the current day, and a page of the API.

Specified in https://info.arxiv.org/help/rss_specifications.html (RSS), atom_specifications.html (Atom) and
api/user-manual.html (API). All functions are pure.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from time import struct_time
from typing import Any

import feedparser
import msgspec

from daybrief.errors import NotWhatWeAsked
from daybrief.model import Announce, Dropped
from daybrief.sources._gates import admit_xml
from daybrief.sources.arxiv.calendar import EASTERN
from daybrief.sources.arxiv.listing import ListedPaper, kind_of, paper

_PREAMBLE = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*(?P<kind>[a-z-]+)\s+Abstract:\s*")
_ANNOUNCED: dict[str, Announce] = {
    "new": "new",
    "cross": "cross",
    "replace": "replace",
    "replace-cross": "replace",
}
_INNERMOST = re.compile(r"\([^()]*\)")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_ROOTS = frozenset({"rss", "feed"})


class DayFeed(msgspec.Struct, frozen=True, kw_only=True):
    """The feed of one day: the `day` it is dated (None when it does not say), and its lines."""

    day: date | None
    papers: tuple[ListedPaper | Dropped, ...]


class ApiPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of the API: `total` results in all, `count` entries on this page."""

    total: int
    count: int
    papers: tuple[ListedPaper | Dropped, ...]


def parse_feed(body: bytes) -> DayFeed:
    """Read the RSS or Atom feed of a day's announcements; raises NotWhatWeAsked or TooMuch."""
    read = _parsed(body)
    title = str(read.feed.get("title", ""))
    if "arxiv" not in title.lower():
        raise NotWhatWeAsked(f"the feed is {title[:80]!r}, not one of arXiv's")
    day = _feed_day(read)
    return DayFeed(day=day, papers=tuple(_listed(entry, day) for entry in read.entries))


def parse_page(body: bytes, asked: Sequence[str], span: tuple[datetime, datetime]) -> ApiPage:
    """Read a page of the API's answer; raises NotWhatWeAsked for the error feed, too, or TooMuch.

    `asked` are the categories that make a paper `new`, `span` the received instants that belong to the day.
    """
    read = _parsed(body)
    for entry in read.entries:
        if "/api/errors" in str(entry.get("id", "")):
            said = " ".join(str(entry.get("summary", "")).split())[:200]
            raise NotWhatWeAsked(f"arXiv answers with an error: {said}", hint="this is a bug in the query")
    try:
        total = int(read.feed["opensearch_totalresults"])
    except (KeyError, ValueError) as missing:
        raise NotWhatWeAsked("the answer does not say how many results there are") from missing
    papers = tuple(_found(entry, asked, span) for entry in read.entries)
    return ApiPage(total=total, count=len(papers), papers=papers)


def _parsed(body: bytes) -> Any:
    admit_xml(body, roots=_ROOTS, whole=True)
    # A stream, because feedparser opens what looks like a path; unsanitised, because abstracts are no HTML.
    return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def _feed_day(read: Any) -> date | None:
    """RSS dates the channel; Atom dates the entries, and its `updated` is when the feed was built."""
    stamps = [read.feed.get("published_parsed"), *(e.get("published_parsed") for e in read.entries[:1])]
    if "updated_parsed" in read.feed:  # feedparser warns when a missing one is asked for
        stamps.append(read.feed["updated_parsed"])
    for stamp in stamps:
        if (instant := _instant(stamp)) and (day := _eastern_day(instant)):
            return day
    return None


def _listed(entry: Any, day: date | None) -> ListedPaper | Dropped:
    summary = str(entry.get("summary", ""))
    preamble = _PREAMBLE.match(summary)
    said = str(entry.get("arxiv_announce_type") or (preamble["kind"] if preamble else ""))
    announce = _ANNOUNCED.get(said.strip(), "")
    ref = str(entry.get("id") or entry.get("link") or "")
    published = _instant(entry.get("published_parsed"))
    if published and day and _eastern_day(published) != day:
        return Dropped(ref=ref[:100], reason="other-day")
    return paper(
        ref=ref,
        title=str(entry.get("title", "")),
        abstract=summary[preamble.end() :] if preamble else summary,
        announce=announce,
        authors=_names(entry),
        categories=_terms(entry),
        published=published if announce == "new" else None,
        doi=str(entry.get("arxiv_doi", "")),
        venue=str(entry.get("arxiv_journal_reference", "")),
    )


def _found(entry: Any, asked: Sequence[str], span: tuple[datetime, datetime]) -> ListedPaper | Dropped:
    ref = str(entry.get("id", ""))
    published = _instant(entry.get("published_parsed"))
    if published is None or not span[0] <= published < span[1]:
        return Dropped(ref=ref[:100], reason="other-day")
    primary = str((entry.get("arxiv_primary_category") or {}).get("term", ""))
    categories = [primary, *_terms(entry)] if primary else _terms(entry)
    return paper(
        ref=ref,
        title=str(entry.get("title", "")),
        abstract=str(entry.get("summary", "")),
        announce=kind_of(categories, asked),
        authors=[str(author.get("name", "")) for author in entry.get("authors", [])],
        categories=categories,
        published=published,
        doi=str(entry.get("arxiv_doi", "")),
        venue=str(entry.get("arxiv_journal_ref", "")),
        comment=str(entry.get("arxiv_comment", "")),
    )


def _terms(entry: Any) -> list[str]:
    return [str(tag.get("term") or "") for tag in entry.get("tags", [])]


def _names(entry: Any) -> list[str]:
    """The authors of a feed's entry: one line, split at its commas, affiliations in brackets left out."""
    line = ", ".join(str(author.get("name", "")) for author in entry.get("authors", []))[:200_000]
    for _ in range(4):  # affiliations nest: "Jane Doe ((1) MIT (US))"
        line, found = _INNERMOST.subn("", line)
        if not found:
            break
    names: list[str] = []
    for name in (part.strip() for part in line.split(",")):
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f", {name}"
        elif name:
            names.append(name)
    return names


def _instant(stamp: struct_time | None) -> datetime | None:
    """feedparser's dates are UTC; a date that no calendar holds is none."""
    if stamp is None:
        return None
    try:
        return datetime(*stamp[:6], tzinfo=UTC)
    except ValueError:
        return None


def _eastern_day(instant: datetime) -> date | None:
    try:
        return instant.astimezone(EASTERN).date()
    except OverflowError:
        return None
