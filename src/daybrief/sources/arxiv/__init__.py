"""arXiv: the announcement of a day, by RSS, by the API or by OAI-PMH.

The edition of a day takes arXiv's listing of that date. The RSS feed is the listing itself, with new papers,
cross-listings and replacements told apart, but it holds one day only. For an earlier day, or when it fails,
the API is asked for what was received for that day's announcement: new papers and cross-listings, as far as
their first version falls into it. Then OAI-PMH is asked for what changed on it. Papers that moderation held
back appear in the feed alone.

Terms: https://info.arxiv.org/help/api/tou.html: over all machines of one operator, one connection and one
request every three seconds; metadata is CC0. No PDF is fetched. Run one collector and share its archive.
Requests: 1 a day with RSS; 1 to 5 more with the API (500 papers each); with OAI-PMH one or more an archive
(`cs`, `stat`). At a weekend none.
Format: https://info.arxiv.org/help/rss_specifications.html, https://info.arxiv.org/help/api/user-manual.html,
https://info.arxiv.org/help/oa/index.html; the calendar: https://info.arxiv.org/help/availability.html
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Protocol
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from daybrief.errors import ConfigError, NotWhatWeAsked, SourceError, Unavailable
from daybrief.model import Dropped, Due, Item, Window
from daybrief.ports import Tools, Web
from daybrief.sources.arxiv import answers

_FEED = "https://rss.arxiv.org/rss/"
_API = "https://export.arxiv.org/api/query"
OAI = "https://oaipmh.arxiv.org/oai"
_FRIDAY = 4
_PAGE = 500  # the manual asks for slices below 1000
_MOST_OF_MONTH = 2_000  # answers to one month of one set
_MOST_BYTES = 64 * 2**20  # of one of them
_MOST_ANSWERS = 40  # of one OAI-PMH list: a token that never ends must
_XML = "application/xml, application/rss+xml, application/atom+xml, text/xml;q=0.9"
_MINUTE = timedelta(minutes=1)
_EVER = datetime(1991, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)

_Line = answers.ListedPaper | Dropped


_LISTED = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": """AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS
        PF PL RO SC SD SE SI SY""",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "gr-qc": "",
    "hep-ex": "",
    "hep-lat": "",
    "hep-ph": "",
    "hep-th": "",
    "math": """AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP
        ST""",
    "math-ph": "",
    "nlin": "AO CD CG PS SI",
    "nucl-ex": "",
    "nucl-th": "",
    "physics": """acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn
        gen-ph geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph""",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "quant-ph": "",
    "stat": "AP CO ME ML OT TH",
}
CATEGORIES = frozenset(
    (
        *_LISTED,
        *(f"{archive}.{subject}" for archive, subjects in _LISTED.items() for subject in subjects.split()),
    )
)
"""Every category of https://arxiv.org/category_taxonomy; an archive alone (`cs`) means all of its own."""


def nearest_category(name: str) -> str:
    """Returns a hint that names the category somebody may have meant."""
    same = [known for known in CATEGORIES if known.casefold() == name.casefold()]
    near = same or difflib.get_close_matches(name, sorted(CATEGORIES), n=1)
    return f"did you mean {near[0]!r}?" if near else "https://arxiv.org/category_taxonomy lists them"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The papers to take from arXiv.

    name: what the edition calls this source.
    categories: the arXiv categories to take, for example `cs.CL`; a paper counts under any of its own.
    announce: the kinds of announcement to keep: `new`, `cross` (listed in a further category), `replace`.
    limit: papers of one day at the most; the others are counted as dropped.
    oai_format: the metadata format asked of OAI-PMH: `arXiv`, or `oai_dc` (Dublin Core).
    """

    name: str = "arxiv"
    categories: Annotated[tuple[str, ...], Meta(min_length=1)] = (
        "cs.AI",
        "cs.CL",
        "cs.CV",
        "cs.LG",
        "cs.NE",
        "cs.RO",
        "cs.IR",
        "stat.ML",
    )
    announce: Annotated[tuple[Literal["new", "cross", "replace"], ...], Meta(min_length=1)] = ("new", "cross")
    limit: Annotated[int, Meta(ge=1)] = 2_000
    oai_format: Literal["arXiv", "oai_dc"] = "arXiv"

    def __post_init__(self) -> None:
        for category in self.categories:
            if category not in CATEGORIES:
                raise ConfigError(f"arXiv has no category {category!r}", hint=nearest_category(category))


def papers(ids: Sequence[str], web: Web) -> Iterator[tuple[str, str, str]]:
    """Id, title and abstract of these papers, as far as arXiv knows them: one request. Raises SourceError."""
    query = urlencode({"id_list": ",".join(ids), "max_results": len(ids)})
    page = answers.parse_page(web.get(f"{_API}?{query}", accept=_XML).body, (), _EVER)
    for paper in page.papers:
        if isinstance(paper, answers.ListedPaper):
            yield paper.id, paper.title, paper.abstract


class AnswerStore(Protocol):
    """Keeps the answers of a harvest, so that one that was cut short goes on with the next."""

    def get(self, part: str, number: int) -> bytes | None:
        """The kept answer, or None."""
        ...

    def put(self, part: str, number: int, body: bytes) -> None:
        """Keep an answer."""
        ...

    def drop(self, part: str) -> None:
        """Forget all answers of a part."""
        ...


def harvest(
    address: str, named: Sequence[str], since: date, until: date, web: Web, store: AnswerStore
) -> Iterator[answers.Listing]:
    """Everything in these sets that has changed on the days from `since` to `until`, in arXivRaw.

    The list is asked for month by month, a set after the other, each to its last token; what `store` has is
    not asked for again. Where a token is not known any more its month begins anew, once. Raises SourceError.
    """
    for name in named:
        for first, last in _months(since, until):
            yield from _month(address, name, (first, last), web, store)


def _month(
    address: str, name: str, days: tuple[date, date], web: Web, store: AnswerStore
) -> Iterator[answers.Listing]:
    part = f"{name or 'all'}/{days[0]}_{days[1]}".replace(":", "-")
    whole = {"metadataPrefix": "arXivRaw", "from": str(days[0]), "until": str(days[1])}
    whole |= {"set": name} if name else {}
    query, stale, number = whole, False, 0
    while number < _MOST_OF_MONTH:
        body = store.get(part, number)
        if body is None:
            url = f"{address}?{urlencode({'verb': 'ListRecords', **query})}"
            body = web.get(url, accept=_XML, max_bytes=_MOST_BYTES).body
        listing = answers.snapshot_rows(body)
        if listing.stale:
            if stale:
                raise NotWhatWeAsked(f"arXiv's OAI-PMH forgets the token of {part} again and again")
            store.drop(part)
            query, stale, number = whole, True, 0
            continue
        store.put(part, number, body)
        yield listing
        if not listing.token:
            return
        query, number = {"resumptionToken": listing.token}, number + 1
    raise NotWhatWeAsked(f"the list of {part} has not ended after {_MOST_OF_MONTH} answers")


def _months(since: date, until: date) -> Iterator[tuple[date, date]]:
    """The span in parts, none of which leaves its month."""
    first = since
    while first <= until:
        following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield first, min(until, following - timedelta(days=1))
        first = following


def make(options: Options, tools: Tools) -> Arxiv:  # noqa: ARG001 - every plugin is made alike
    """The source as configured."""
    return Arxiv(options)


class Arxiv:
    """The listing of a day; see the module's docstring."""

    def __init__(self, options: Options) -> None:
        self.name = options.name
        self._options = options

    def due(self, window: Window, now: datetime) -> Due:
        """Monday to Friday but for arXiv's holidays, an hour after the feeds turned at midnight Eastern."""
        return answers.due(window.day, now)

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """The listing dated `window.day`; raises Unavailable when no way in gives it."""
        if window.day.weekday() > _FRIDAY:
            return
        lines, error = self._listing(window.day, web)
        kept = self._options.announce, self._options.limit
        yield from answers.fold(lines, day=window.day, announce=kept[0], limit=kept[1])
        if error:
            raise error

    def _listing(self, day: date, web: Web) -> tuple[list[_Line], SourceError | None]:
        """The lines of the first way in that gives any; else the most that was had, and the error."""
        most: list[_Line] = []
        failures: list[str] = []
        for name, way in self._ways(day, web):
            lines: list[_Line] = []
            try:
                for line in way:  # not extend(): what came before an error counts
                    lines.append(line)
            except _NotYet:
                return [], None
            except SourceError as failed:
                failures.append(f"{name}: {failed.message}")
                most = max(most, lines, key=len)
            else:
                if lines:
                    return lines, None
        return most, _failed(day, failures) if failures and answers.listed(day) else None

    def _ways(self, day: date, web: Web) -> Iterator[tuple[str, Iterator[_Line]]]:
        yield "RSS", self._by_feed(day, web)
        if span := answers.received(day):  # else a holiday: only the feed could know better
            yield "API", self._by_api(span, web)
            yield "OAI-PMH", self._by_oai(day, span, web)

    def _by_feed(self, day: date, web: Web) -> Iterator[_Line]:
        """The feed, when it is that of the day; nothing when it has moved on."""
        answer = web.get(_FEED + "+".join(self._options.categories), accept=_XML)
        feed = answers.parse_feed(answer.body)
        if feed.day == day:
            yield from feed.papers
        elif feed.day is None or feed.day < day:
            if answer.fetched_at < answers.turns(day):
                # The API would give a part of the coming listing, and it would pass for the whole.
                raise _NotYet
            raise NotWhatWeAsked(f"the feed is dated {feed.day}, not {day}: a stale batch")

    def _by_api(self, span: tuple[datetime, datetime], web: Web) -> Iterator[_Line]:
        start, total = 0, 1
        while start < min(total, self._options.limit):
            query = _query(self._options.categories, span, start)
            page = answers.parse_page(web.get(query, accept=_XML).body, self._options.categories, span)
            yield from page.papers
            total = page.total
            if not page.count and start < total:
                # On record: valid feeds without entries come at random.
                raise NotWhatWeAsked(f"an empty page at {start} of {total} papers")
            start += max(page.count, 1)

    def _by_oai(self, day: date, span: tuple[datetime, datetime], web: Web) -> Iterator[_Line]:
        for name in answers.sets(self._options.categories):
            query = {
                "metadataPrefix": self._options.oai_format,
                "from": day.isoformat(),
                "until": day.isoformat(),
                "set": name,
            }
            for _ in range(_MOST_ANSWERS):
                answer = web.get(f"{OAI}?{urlencode({'verb': 'ListRecords', **query})}", accept=_XML)
                records = answers.parse_records(answer.body, self._options.categories, day, span)
                yield from records.papers
                if not records.token:
                    break
                query = {"resumptionToken": records.token}
            else:
                raise NotWhatWeAsked(f"arXiv's OAI-PMH list has not ended after {_MOST_ANSWERS} answers")


class _NotYet(Exception):
    """The listing of the day is not out."""


def _failed(day: date, failures: list[str]) -> Unavailable:
    return Unavailable(
        f"arXiv did not give the listing of {day}: {'; '.join(failures)}"[:1_000],
        url=_FEED,
        hint="a later run asks again; arXiv limits also polite clients at times",
    )


def _query(categories: tuple[str, ...], span: tuple[datetime, datetime], start: int) -> str:
    """The address of a page: the papers of the categories received in the span (both ends inclusive)."""
    first, last = (f"{t:%Y%m%d%H%M}" for t in (span[0], span[1] - _MINUTE))
    wanted = " OR ".join(f"cat:{category}" for category in categories)
    parameters = {
        "search_query": f"({wanted}) AND submittedDate:[{first} TO {last}]",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "start": start,
        "max_results": _PAGE,
    }
    return f"{_API}?{urlencode(parameters)}"
