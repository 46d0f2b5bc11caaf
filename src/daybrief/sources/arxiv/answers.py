"""arXiv's answers, read from bytes, and a day's listing made of them: papers folded into items, each once.

RSS gives the feed of the current day, the API a page of papers in Atom, OAI-PMH records in the formats
`arXiv` and `oai_dc`. All functions are pure. Specified in https://info.arxiv.org/help/rss_specifications.html
(RSS), atom_specifications.html and api/user-manual.html (API), and for OAI-PMH in
https://www.openarchives.org/OAI/openarchivesprotocol.html and https://info.arxiv.org/help/oa/index.html.

arXiv announces at 20:00 US Eastern from Sunday to Thursday; the listing is dated the next day, and the feeds
turn to it at midnight. A paper received before 14:00 is in that evening's announcement, and what comes on
Friday afternoon or at the weekend in Monday's. Where an announcement is deferred, its papers are in the
next one. Specified in https://info.arxiv.org/help/availability.html
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from time import struct_time
from typing import Any
from zoneinfo import ZoneInfo

import feedparser
import msgspec
from lxml import etree

from daybrief.errors import NotWhatWeAsked
from daybrief.languages import SOURCE
from daybrief.model import Announce, Dropped, Due, Item, Link
from daybrief.sources._gates import admit_xml
from daybrief.text import identity, plain
from daybrief.text.relevance import is_withdrawn

EASTERN = ZoneInfo("America/New_York")

_ONE_DAY = timedelta(days=1)
_FRIDAY, _SUNDAY = 4, 6
_CLOSES = time(14)
_SLACK = timedelta(hours=1)  # the feeds are built from midnight on; a listing is late only after this

# The evenings without an announcement, as arXiv published them in the page above; a Friday or Saturday
# means the Sunday that follows (2026: the listings of 22 June and 6 July were missing).
_PUBLISHED = {
    2023: "01-16 06-14 06-19 07-04 08-17 09-04 11-23 12-25 12-27",
    2024: "01-15 05-22 06-19 07-04 09-02 10-08 11-28 12-25 12-26 12-31",
    2025: "01-01 01-20 06-19 07-06 09-01 11-27 12-25 12-30",
    2026: "01-01 01-19 06-19 07-03 09-07 11-26 12-25 12-29 12-31",
}


def deferred(evening: date) -> bool:
    """Whether there is no announcement on this evening because of a holiday.

    For a year whose list is not published yet, the holidays that every list so far has held.
    """
    return evening in _deferred(evening.year) or evening in _deferred((evening - _ONE_DAY).year)


@cache
def _deferred(year: int) -> frozenset[date]:
    listed = _PUBLISHED.get(year)
    if listed is None:
        return frozenset(_evening(day) for day in _usual(year))
    return frozenset(_evening(date.fromisoformat(f"{year}-{day}")) for day in listed.split())


def _evening(holiday: date) -> date:
    """The announcement a holiday takes away: its own evening, or the Sunday after a Friday or Saturday."""
    late = holiday.weekday() - _FRIDAY
    return holiday + (2 - late) * _ONE_DAY if late in (0, 1) else holiday


def _usual(year: int) -> tuple[date, ...]:
    """New Year, Martin Luther King's, Juneteenth, Independence, Labor, Thanksgiving and Christmas Day."""
    return (
        _observed(date(year, 1, 1)),
        _nth(year, 1, 0, 3),
        _observed(date(year, 6, 19)),
        _observed(date(year, 7, 4)),
        _nth(year, 9, 0, 1),
        _nth(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    )


def _observed(day: date) -> date:
    """A holiday at the weekend is observed on the Friday before or the Monday after."""
    return day + {5: -_ONE_DAY, 6: _ONE_DAY}.get(day.weekday(), 0 * _ONE_DAY)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + _ONE_DAY * ((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def listed(day: date) -> bool:
    """Whether arXiv has a listing dated `day`: Monday to Friday, unless the evening before was deferred."""
    return day.weekday() <= _FRIDAY and not deferred(day - _ONE_DAY)


def closes(day: date) -> datetime:
    """The instant before which a paper had to be received for the listing dated `day` (UTC)."""
    evening = day - _ONE_DAY
    last = evening - 2 * _ONE_DAY if evening.weekday() == _SUNDAY else evening
    return datetime.combine(last, _CLOSES, tzinfo=EASTERN).astimezone(UTC)


def received(day: date) -> tuple[datetime, datetime] | None:
    """The half-open UTC span in which the new papers of a listing were received; None without a listing."""
    if not listed(day):
        return None
    before = day - _ONE_DAY
    while not listed(before):
        before -= _ONE_DAY
    return closes(before), closes(day)


def turns(day: date) -> datetime:
    """The instant when the feeds turn to the listing dated `day`: midnight US Eastern (UTC)."""
    return datetime.combine(day, time(), tzinfo=EASTERN).astimezone(UTC)


def due(day: date, now: datetime) -> Due:
    """The meaning of an empty listing of the day at `now`."""
    if not listed(day):
        return "nothing"
    return "due" if now >= turns(day) + _SLACK else "not yet"


_RANK: dict[Announce, int] = {"new": 0, "cross": 1, "replace": 2, "": 3, "withdrawn": 4}
_REASON: dict[Announce, str] = {
    "new": "new",
    "cross": "cross-listing",
    "replace": "replacement",
    "": "other",
    "withdrawn": "withdrawn",
}
_MOST_AUTHORS = 5_000
_NAME = 120
_MOST_TITLE = 8_000  # code points looked at
_MOST_ABSTRACT = 100_000


# ── a listing ───────────────────────────────────────────────────────────────────────────────────────


class ListedPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a listing: `id` without version, texts as arXiv wrote them (LaTeX and all)."""

    id: str
    version: int | None
    title: str
    abstract: str
    announce: Announce
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # primary first
    published: datetime | None = None
    doi: str = ""
    venue: str = ""
    withdrawn: bool = False


def paper(  # one argument a field: the three ways in share this one door
    *,
    ref: str,
    title: str,
    abstract: str,
    announce: Announce,
    authors: Iterable[str],
    categories: Sequence[str],
    published: datetime | None = None,
    doi: str = "",
    venue: str = "",
    comment: str = "",
) -> ListedPaper | Dropped:
    """A paper from the parts of an entry, made plain; Dropped without an arXiv id or a title."""
    identifier = identity.arxiv_id(ref)
    title = plain.line(title[:_MOST_TITLE])
    if identifier is None or not title:
        return Dropped(ref=plain.line((ref or title)[:1_000], 100) or "(nameless)", reason="malformed")
    names = (plain.line(name[:1_000], _NAME) for name, _ in zip(authors, range(_MOST_AUTHORS), strict=False))
    return ListedPaper(
        id=identifier[0],
        version=identifier[1],
        title=title,
        abstract=plain.paragraph(abstract[:_MOST_ABSTRACT]),
        announce=announce,
        authors=tuple(name for name in names if name),
        categories=tuple(dict.fromkeys(c for c in categories if _CATEGORY.match(c))),
        published=published,
        doi=identity.doi(doi[:500]) or "",
        venue=plain.line(venue[:_MOST_TITLE], 200),
        withdrawn=is_withdrawn(title, abstract, comment),
    )


_CATEGORY = re.compile(r"[a-z][a-z-]{1,15}(?:\.[A-Za-z-]{2,15})?\Z")


def kind_of(categories: Sequence[str], wanted: Sequence[str]) -> Announce:
    """`new` when the primary category was asked for, else `cross`: what the feeds say of the same paper."""
    return "new" if categories and categories[0] in wanted else "cross"


def fold(
    listing: Iterable[ListedPaper | Dropped], *, day: date, announce: Sequence[Announce], limit: int
) -> Iterator[Item | Dropped]:
    """Each paper once, in the order of the listing; everything else with its reason.

    Two lines of one paper become one: the higher version, the weightier announcement, all categories.
    """
    papers: dict[str, ListedPaper] = {}
    for line in listing:
        if isinstance(line, Dropped):
            yield line
        elif line.id in papers:
            papers[line.id] = _merged(papers[line.id], line)
            yield Dropped(ref=f"arxiv:{line.id}", reason="same-paper")
        else:
            papers[line.id] = line
    room = limit
    for listed in papers.values():
        if listed.withdrawn:  # of any announcement: an earlier edition may have printed it
            yield _item(listed, day)
        elif listed.announce not in announce:
            yield Dropped(ref=f"arxiv:{listed.id}", reason=_REASON[listed.announce])
        elif room == 0:
            yield Dropped(ref=f"arxiv:{listed.id}", reason="over-limit")
        else:
            room -= 1
            yield _item(listed, day)


def _merged(listed: ListedPaper, other: ListedPaper) -> ListedPaper:
    latest, earlier = (other, listed) if (other.version or 0) > (listed.version or 0) else (listed, other)
    return msgspec.structs.replace(
        latest,
        announce=min(listed.announce, other.announce, key=_RANK.__getitem__),
        categories=tuple(dict.fromkeys((*listed.categories, *other.categories))),
        published=latest.published or earlier.published,
        doi=latest.doi or earlier.doi,
    )


def _item(listed: ListedPaper, day: date) -> Item:
    return Item(
        key=f"arxiv:{listed.id}",
        source="arxiv",
        kind="paper",
        title=listed.title,
        url=identity.arxiv_url(listed.id),
        text=listed.abstract,
        authors=listed.authors,
        tags=listed.categories,
        published=listed.published,
        announced=day,
        announce="withdrawn" if listed.withdrawn else listed.announce,
        version=listed.version,
        language=SOURCE,
        links=(Link(rel="pdf", url=f"https://arxiv.org/pdf/{listed.id}"),),
        aliases=(f"doi:{listed.doi}",) if listed.doi else (),
        venue=listed.venue,
    )


# ── RSS and the API ─────────────────────────────────────────────────────────────────────────────────


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
    """A page of the API: `total` results in all, `count` entries on this page."""

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


def parse_page(body: bytes, wanted: Sequence[str], span: tuple[datetime, datetime]) -> ApiPage:
    """Read a page of the API's answer; raises NotWhatWeAsked for the error feed, too, or TooMuch.

    `wanted` are the categories that make a paper `new`, `span` the received instants that belong to the day.
    """
    read = _parsed(body)
    for entry in read.entries:
        if "/api/errors" in str(entry.get("id", "")):
            summary = " ".join(str(entry.get("summary", "")).split())[:200]
            raise NotWhatWeAsked(f"arXiv answers with an error: {summary}", hint="this is a bug in the query")
    try:
        total = int(read.feed["opensearch_totalresults"])
    except (KeyError, ValueError) as missing:
        raise NotWhatWeAsked("the answer does not say how many results there are") from missing
    papers = tuple(_from_api(entry, wanted, span) for entry in read.entries)
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
    announce_type = str(entry.get("arxiv_announce_type") or (preamble["kind"] if preamble else ""))
    announce = _ANNOUNCED.get(announce_type.strip(), "")
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


def _from_api(entry: Any, wanted: Sequence[str], span: tuple[datetime, datetime]) -> ListedPaper | Dropped:
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
        announce=kind_of(categories, wanted),
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
    return _named(", ".join(str(author.get("name", "")) for author in entry.get("authors", [])))


def _named(line: str) -> list[str]:
    """The authors of one line: split at its commas, affiliations in brackets left out."""
    line = line[:200_000]
    for _ in range(4):  # affiliations nest: "Jane Doe ((1) MIT (US))"
        line, removed = _INNERMOST.subn("", line)
        if not removed:
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


# ── OAI-PMH ─────────────────────────────────────────────────────────────────────────────────────────


_OAI_ROOTS = frozenset({"OAI-PMH"})
_OF_ITS_OWN = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})
_DAY = timedelta(days=1)
_Span = tuple[datetime, datetime]


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to ListRecords: the papers of the wanted categories, and the token of the next answer."""

    papers: tuple[ListedPaper | Dropped, ...]
    token: str = ""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to ListRecords as rows of arXiv's metadata snapshot, and the token of the next answer."""

    rows: tuple[dict[str, Any], ...]
    token: str = ""
    stale: bool = False  # the token that was given is not known any more


def snapshot_rows(body: bytes) -> Listing:
    """Read one answer to ListRecords in the format `arXivRaw`, `arXiv` or `oai_dc`; a deleted record is none.

    arXivRaw dates every version to the second; arXiv and Dublin Core state the day of the first.
    Raises NotWhatWeAsked for an error answer and for what is no OAI-PMH, TooMuch.
    """
    root = _tree(body)
    if (error := root.find("{*}error")) is not None:
        if error.get("code") in ("noRecordsMatch", "badResumptionToken"):
            return Listing(rows=(), stale=error.get("code") == "badResumptionToken")
        reason = f"{error.get('code')}: {_text(error)}"[:200]
        raise NotWhatWeAsked(f"arXiv's OAI-PMH answers with an error: {reason}")
    records = (_row(record) for record in root.iterfind("{*}ListRecords/{*}record"))
    token = root.find("{*}ListRecords/{*}resumptionToken")
    return Listing(rows=tuple(r for r in records if r is not None), token=_text(token).strip()[:1_000])


def _row(record: etree._Element) -> dict[str, Any] | None:
    inside = next(
        (element for element in record.iterfind("{*}metadata/*") if isinstance(element.tag, str)), None
    )
    if inside is None:
        return None
    if etree.QName(inside).localname == "dc":
        dublin = _from_dublin(
            inside, _text(record.find("{*}header/{*}identifier")), _categories(record), "new"
        )
        if isinstance(dublin, Dropped):
            return None
        row = {"id": dublin.id, "title": dublin.title, "abstract": dublin.abstract, "authors": dublin.authors}
        return row | {"categories": " ".join(dublin.categories), "announced": _first_day(None, inside)}
    row = {
        name: _text(inside.find(f"{{*}}{name}")).strip() for name in ("id", "title", "abstract", "categories")
    }
    versions = [_text(version.find("{*}date")) for version in inside.iterfind("{*}version")]
    if versions:
        names = _named(_text(inside.find("{*}authors")).replace(" and ", ", "))
        names = [name.replace(",", "") for name in names]  # "Jr." as the snapshot writes it
        return row | {"authors": names, "versions": [{"created": created} for created in versions]}
    return row | {"authors": _full_names(inside), "announced": _first_day(inside, None)}


def _first_day(inside: etree._Element | None, dublin: etree._Element | None) -> str | None:
    """The day of the first version: of Dublin Core's dates the earliest."""
    return min(map(str, _dates(inside, dublin)), default=None)


def sets(categories: Sequence[str]) -> tuple[str, ...]:
    """The sets that hold these categories, each archive once: `cs.AI` and `cs.CL` are both in `cs`."""
    archives = dict.fromkeys(category.partition(".")[0] for category in categories)
    return tuple(a if a in _OF_ITS_OWN else f"physics:{a}" for a in archives)


def parse_records(body: bytes, wanted: Sequence[str], day: date, span: _Span) -> Records:
    """Read one answer to ListRecords; no record at all is no error.

    A record says when the paper was submitted, not how it was announced: submitted within `span` and with an
    id of that month it is new (or cross, see `kind_of`); with an older id it is a replacement; any other was
    only touched. So a second version within the month of the first looks new. Records outside the asked
    categories are none of the listing, and left out.
    Raises NotWhatWeAsked for an error answer and for what is no OAI-PMH, TooMuch.
    """
    root = _tree(body)
    if (error := root.find("{*}error")) is not None:
        if error.get("code") == "noRecordsMatch":
            return Records(papers=())
        reason = f"{error.get('code')}: {_text(error)}"[:200]
        raise NotWhatWeAsked(f"arXiv's OAI-PMH answers with an error: {reason}")
    papers = (_record(record, wanted, day, span) for record in root.iterfind("{*}ListRecords/{*}record"))
    token = root.find("{*}ListRecords/{*}resumptionToken")
    return Records(papers=tuple(p for p in papers if p is not None), token=_text(token).strip()[:1_000])


def _tree(body: bytes) -> etree._Element:
    admit_xml(body, roots=_OAI_ROOTS, whole=True)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as broken:
        raise NotWhatWeAsked(f"arXiv's OAI-PMH answer is broken: {broken}"[:300]) from broken


def _record(
    record: etree._Element, wanted: Sequence[str], day: date, span: _Span
) -> ListedPaper | Dropped | None:
    ref = _text(record.find("{*}header/{*}identifier"))
    inside = record.find("{*}metadata/{*}arXiv")
    dublin = record.find("{*}metadata/{*}dc")
    if inside is None and dublin is None:
        reason = "withdrawn" if record.find("{*}header[@status='deleted']") is not None else "malformed"
        return Dropped(ref=ref[:100], reason=reason)
    categories = _text(inside.find("{*}categories")).split() if inside is not None else _categories(record)
    if not set(categories) & set(wanted):
        return None
    if _text(record.find("{*}header/{*}datestamp"))[:10] != day.isoformat():
        return Dropped(ref=ref[:100], reason="other-day")
    dates = _dates(inside, dublin)
    announce = _announced(ref, dates, categories, wanted, day, span)
    if not announce:
        return Dropped(ref=ref[:100], reason="only-touched")
    if inside is not None:
        return _from_arxiv(inside, ref, categories, announce)
    assert dublin is not None  # noqa: S101 - one of the two is there, see above
    return _from_dublin(dublin, ref, categories, announce)


def _announced(
    ref: str, dates: Sequence[date], categories: Sequence[str], wanted: Sequence[str], day: date, span: _Span
) -> Announce:
    # The dates are civil dates of an unnamed zone: a day of slack at the start, for the evening before.
    first, last = span[0].date() - _DAY, span[1].date()
    within = [first <= submitted <= last for submitted in dates]
    if not any(within):
        return ""
    # `created` is that of the current version: only the id, which has the month of the first announcement,
    # tells a new paper from a new version of an old one.
    identifier = identity.arxiv_id(ref)
    months = {f"{d:%y%m}" for d in (first, day - _DAY, day)}
    young = identifier is not None and identifier[0].rpartition("/")[2][:4] in months
    return kind_of(categories, wanted) if within[0] and young else "replace"


def _dates(inside: etree._Element | None, dublin: etree._Element | None) -> list[date]:
    """The times when the first and the last version were submitted."""
    if inside is not None:
        elements = [inside.find("{*}created"), inside.find("{*}updated")]
    else:
        elements = list(dublin.iterfind("{*}date")) if dublin is not None else []
    dates = []
    for element in elements:
        try:
            dates.append(date.fromisoformat(_text(element).strip()[:10]))
        except ValueError:
            continue
    return dates


def _from_arxiv(
    inside: etree._Element, ref: str, categories: list[str], announce: Announce
) -> ListedPaper | Dropped:
    return paper(
        ref=_text(inside.find("{*}id")) or ref,
        title=_text(inside.find("{*}title")),
        abstract=_text(inside.find("{*}abstract")),
        announce=announce,
        authors=_full_names(inside),
        categories=categories,
        doi=_text(inside.find("{*}doi")),
        venue=_text(inside.find("{*}journal-ref")),
        comment=_text(inside.find("{*}comments")),
    )


def _full_names(inside: etree._Element) -> list[str]:
    parts = ("forenames", "keyname", "suffix")
    return [
        " ".join(filter(None, (_text(author.find(f"{{*}}{part}")).strip() for part in parts)))
        for author in inside.iterfind("{*}authors/{*}author")
    ]


def _from_dublin(
    dublin: etree._Element, ref: str, categories: list[str], announce: Announce
) -> ListedPaper | Dropped:
    names = (_text(creator).partition(", ") for creator in dublin.iterfind("{*}creator"))
    dois = (_text(i) for i in dublin.iterfind("{*}identifier") if identity.doi(_text(i)[:500]))
    return paper(
        ref=ref,
        title=_text(dublin.find("{*}title")),
        abstract=_text(dublin.find("{*}description")),  # the first; later ones are comments
        announce=announce,
        authors=(f"{fore} {key}" for key, _, fore in names),
        categories=categories,
        doi=next(dois, ""),
    )


def _categories(record: etree._Element) -> list[str]:
    """Dublin Core names subjects in words; the sets in the header name them: `cs:cs:AI`, `physics:hep-th`."""
    specs = [_text(spec).strip().split(":") for spec in record.iterfind("{*}header/{*}setSpec")]
    return [f"{spec[1]}.{spec[2]}" if len(spec) > 2 else spec[-1] for spec in specs]


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "".join(element.itertext())
