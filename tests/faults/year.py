"""A simulated year of arXiv bulletins and two feeds, and a `run --catch-up` each morning of it.

The world knows what it announced on which day. Papers reach arXiv at all hours and are announced on the
evenings from Sunday to Thursday that are no holiday (as published); some listings come hours late. A feed
lists what it published in a fortnight. One request of twenty goes wrong, sources are down for days, the
machine sleeps through mornings, cron fires twice. Then the archive is compared with what the world knows.
"""

from __future__ import annotations

import logging
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from html import escape
from itertools import count
from random import Random
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.app.ports import Ports
from daybrief.app.runs import RunRequest, days_to_make, overdue, run_day
from daybrief.config import Settings, WholeText
from daybrief.errors import DaybriefError
from daybrief.testing import Route, Site, StoppedClock, serve
from tests.faults import Tried

FIRST, YEAR = date(2025, 1, 2), 364
HERE, EASTERN = "Europe/Berlin", ZoneInfo("America/New_York")
MORNING = time(7, 0)
FAULTS = 0.05
DEFERRED = frozenset(  # evenings without an announcement, as arXiv published them
    date.fromisoformat(day)
    for day in """2024-12-25 2024-12-26 2024-12-31 2025-01-01 2025-01-20 2025-06-19 2025-07-06 2025-09-01
    2025-11-27 2025-12-25 2025-12-30""".split()
)
WORDS = """amber basalt cedar delta ember fjord garnet harbor indigo juniper kelp lagoon marble nectar onyx
pepper quartz raven saffron tundra umber velvet willow xenon yarrow zephyr""".split()
FEEDS = ("alpha.example", "beta.example")
ONE = timedelta(days=1)


class Published(msgspec.Struct, frozen=True):
    """A paper or a piece of news: the day it belongs to, when it was sent in, and from when on it is seen."""

    key: str
    title: str
    at: datetime
    day: date
    seen: datetime


class World:
    """The items that arXiv and the feeds hold, and how they answer at an instant, well or not."""

    def __init__(self, first: date, days: int, seed: int) -> None:
        self.draw = Random(seed)
        self._numbers = count(1)
        self.listings: dict[date, datetime] = {}  # a listing's day, and when it is really out
        self.papers = list(self._papers(first - 14 * ONE, first + (days + 4) * ONE))
        self.news = {host: list(self._news(host, first - 2 * ONE, days + 6)) for host in FEEDS}
        self.down = {name: self._outages(first, days) for name in ("arxiv.org", *FEEDS)}
        self.faults: Counter[str] = Counter()
        self.calm = False

    def _title(self) -> str:
        a, b, c = (self.draw.choice(WORDS) for _ in range(3))
        return f"{a.title()} {b} {next(self._numbers)}: language models of {c}"

    def _papers(self, first: date, last: date) -> list[Published]:
        """Announced on an evening, if sent in before 14:00 Eastern of the last working day up to it."""
        papers, closed = [], datetime.combine(first - ONE, time(14), EASTERN)
        for evening in (first + n * ONE for n in range((last - first).days)):
            if evening.weekday() in (4, 5) or evening in DEFERRED:
                continue
            closes = datetime.combine(
                evening - 2 * ONE if evening.weekday() == 6 else evening, time(14), EASTERN
            )
            day = evening + ONE
            out = datetime.combine(day, time(), EASTERN)
            if self.draw.random() < 0.04:  # a late announcement
                out += timedelta(hours=self.draw.choice((3, 10, 30)))
            self.listings[day] = out.astimezone(UTC)
            for _ in range(self.draw.randint(1, 3)):
                share = self.draw.random() * (closes - closed).total_seconds() // 60 * 60
                at = (closed + timedelta(seconds=share)).astimezone(UTC)
                key = f"arxiv:{at:%y%m}.{next(self._numbers):05}"
                papers.append(Published(key, self._title(), at, day, self.listings[day]))
            closed = closes
        return papers

    def _news(self, host: str, first: date, days: int) -> list[Published]:
        news = []
        for n in range(days):
            day = first + n * ONE
            for _ in range(self.draw.randint(0, 2)):
                minute = timedelta(minutes=self.draw.randrange(24 * 60))
                at = datetime.combine(day, time(), ZoneInfo(HERE)).astimezone(UTC) + minute
                here = at.astimezone(ZoneInfo(HERE)).date()
                key = f"url:{host}/{next(self._numbers)}"
                news.append(Published(key, self._title(), at, here, at))
        return news

    def _outages(self, first: date, days: int) -> set[date]:
        """Some days, some of them in a row, on which a server is down."""
        outages: set[date] = set()
        for n in range(days):
            if self.draw.random() < 0.02:
                outages |= {first + (n + more) * ONE for more in range(self.draw.randint(1, 3))}
        return outages

    # ── how it answers ───────────────────────────────────────────────────────────────────────────

    def answer(self, url: str, now: datetime) -> Route:
        """The answer to a request, which goes wrong once in twenty times and while its server is down."""
        parts = urlsplit(url)
        server = "arxiv.org" if parts.netloc.endswith("arxiv.org") else parts.netloc
        down = now.date() in self.down.get(server, ())
        if not self.calm and (down or self.draw.random() < FAULTS):
            name, wrong = self.draw.choice(WRONG)
            self.faults["down" if down else name] += 1
            return Route(b"", status=503) if down else wrong
        if parts.netloc == "rss.arxiv.org":
            return self._listing(now)
        if parts.netloc == "export.arxiv.org":
            return self._page(parse_qs(parts.query)["search_query"][0], now)
        if parts.netloc == "oaipmh.arxiv.org":
            return Route(NO_RECORDS, media_type="text/xml")
        return self._feed(parts.netloc, now)

    def _listing(self, now: datetime) -> Route:
        """The feed of the latest listing that is out; empty at weekends."""
        today = now.astimezone(EASTERN).date()
        day = today if today.weekday() > 4 else max(d for d, out in self.listings.items() if out <= now)
        rows = "".join(
            f"<item><title>{escape(p.title)}</title><link>https://arxiv.org/abs/{p.key[6:]}</link><description>"
            f"arXiv:{p.key[6:]}v1 Announce Type: new Abstract: We train it. It is small.</description>"
            f"<guid>oai:arXiv.org:{p.key[6:]}v1</guid><category>cs.CL</category>"
            "<arxiv:announce_type>new</arxiv:announce_type><dc:creator>A B</dc:creator></item>"
            for p in self.papers
            if p.day == day
        )
        at = format_datetime(datetime.combine(day, time(), EASTERN))
        return Route(LISTING.format(at=at, rows=rows).encode(), media_type="application/rss+xml")

    def _page(self, query: str, now: datetime) -> Route:
        """The papers of a span, as far as they are announced."""
        first, last = query.partition("submittedDate:[")[2].rstrip("]").split(" TO ")
        rows = [p for p in self.papers if first <= f"{p.at:%Y%m%d%H%M}" <= last and p.seen <= now]
        entries = "".join(
            f"<entry><id>http://arxiv.org/abs/{p.key[6:]}v1</id><title>{escape(p.title)}</title><summary>We "
            f"train it. It is small.</summary><published>{p.at:%Y-%m-%dT%H:%M:%SZ}</published><updated>"
            f"{p.at:%Y-%m-%dT%H:%M:%SZ}</updated><author><name>A B</name></author>"
            '<category term="cs.CL"/></entry>'
            for p in rows
        )
        return Route(PAGE.format(n=len(rows), rows=entries).encode(), media_type="application/atom+xml")

    def _feed(self, host: str, now: datetime) -> Route:
        seen = [p for p in self.news[host] if now - 14 * ONE <= p.at <= now]
        rows = "".join(
            f"<item><title>{escape(p.title)}</title><link>https://{p.key[4:]}</link><guid>{p.key}</guid>"
            f"<pubDate>{format_datetime(p.at)}</pubDate><description>It trains language models."
            "</description></item>"
            for p in reversed(seen)
        )
        text = f'<rss version="2.0"><channel><title>{host}</title>{rows}</channel></rss>'
        return Route(text.encode(), media_type="application/rss+xml")


LISTING = (
    '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'version="2.0">'
    "<channel><title>cs.CL on arXiv.org</title><pubDate>{at}</pubDate>{rows}</channel></rss>"
)
PAGE = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">'
    "<opensearch:totalResults>{n}</opensearch:totalResults>{rows}</feed>"
)
_OAI = "http://www.openarchives.org/OAI/2.0/"
NO_RECORDS = f'<OAI-PMH xmlns="{_OAI}"><error code="noRecordsMatch">none</error></OAI-PMH>'
WRONG: tuple[tuple[str, Route], ...] = (
    ("unavailable", Route(b"", status=503)),
    ("error", Route(b"", status=500)),
    ("gone for now", Route(b"Rate exceeded.", status=429)),
    ("a page of words", Route(b"<html><body>Please log in</body></html>", media_type="text/html")),
    ("nothing", Route(b"", media_type="application/rss+xml")),
    ("rate exceeded", Route(b"Rate exceeded.", media_type="text/plain")),
    ("cut", Route(PAGE.format(n=9, rows="<entry>").encode(), media_type="application/atom+xml", cut_at=120)),
)
"""What a request that goes wrong is answered."""


# ── the mornings ────────────────────────────────────────────────────────────────────────────────────


class SimulatedPorts(Ports):
    """Ports whose requests the simulated world answers, at the world's own clock."""

    def __init__(self, settings: Settings, site: Site) -> None:
        super().__init__(settings, {})
        self.clock = site.clock
        self._site = site

    def web(self) -> HttpWeb:
        return self._site.new_web(WebSettings(cache_path=self.cache_path))


def settings_of(folder: str) -> Settings:
    feeds = ({"use": "feed", "url": f"https://{host}/rss", "name": host.partition(".")[0]} for host in FEEDS)
    return Settings(
        archive=f"{folder}/archive.sqlite", out=f"{folder}/out", cache=f"{folder}/cache", zone=HERE,
        backups=0, language="en", sources=({"use": "arxiv", "categories": ["cs.CL"]}, *feeds), checks=(),
        publishers=({"use": "jsonl"},), fulltext=WholeText(papers=0, articles=0),
    )  # fmt: skip


def simulated(world: World, site: Site, folder: str, first: date, days: int) -> tuple[Ports, list[str]]:
    """Runs `run --catch-up` each morning unless the machine sleeps; the last three are without faults."""
    settings, asleep, bugs = settings_of(folder), 0, []
    ports = SimulatedPorts(settings, site)
    for n in range(days + 3):
        morning = datetime.combine(first + (n + 1) * ONE, MORNING, ZoneInfo(HERE)).astimezone(UTC)
        site.clock.step((morning - site.clock.now()).total_seconds())
        world.calm = n >= days
        asleep = world.draw.randint(1, 3) if not asleep and world.draw.random() < FAULTS / 2 else asleep
        if n and asleep and not world.calm:
            asleep -= 1
            continue
        for _ in range(2 if world.draw.random() < FAULTS else 1):  # cron fires twice
            ports = SimulatedPorts(settings, site)
            for day in days_to_make(ports, 14):
                try:
                    run_day(ports, RunRequest(day=day, deliver=False))
                except DaybriefError as known:
                    bugs.append(f"{day}: {type(known).__name__}: {known}")
    return ports, bugs


def compared(tried: Tried, world: World, ports: Ports, first: date, days: int) -> dict[str, int]:
    """Counts where the archive differs from the world."""
    wanted = [first + n * ONE for n in range(days)]
    truth = {p.key: p.day for p in (*world.papers, *(p for rows in world.news.values() for p in rows))}
    printed: dict[str, list[date]] = {}
    for day in wanted:
        editions = [ports.archive().edition(day, kind) for kind in ("papers", "news")]
        tried.expect(all(editions), f"missing: {day} has no edition")
        tried.expect(
            not any(e.state in ("failed", "stalled") for e in editions if e), f"open: {day} never ended"
        )
        for edition in editions:
            for story in edition.stories if edition else ():
                for item in story.items:
                    printed.setdefault(item.key, []).append(day)
    for key, at in printed.items():
        tried.expect(len(at) == 1, f"doubled: {key} on {at}")
        tried.expect(truth.get(key) == at[0], f"misdated: {key} on {at[0]}, not {truth.get(key)}")
    for key, day in truth.items():
        if first <= day < first + days * ONE:
            tried.expect(key in printed, f"lost: {key} of {day}")
    return Counter(failure.partition(":")[0] for failure in tried.failures)


def year(many: int) -> Tried:
    """So many days of a year with faults, a run a morning: the archive has what was announced, on its day."""
    tried, world = Tried(), World(FIRST, min(many, YEAR), 2025)
    days = min(many, YEAR)
    logging.getLogger("daybrief").addHandler(quiet := logging.NullHandler())
    start = datetime.combine(FIRST, MORNING, ZoneInfo(HERE)).astimezone(UTC)
    with serve({"*": Route(b"")}, clock=StoppedClock(start)) as site, tempfile.TemporaryDirectory() as folder:
        site.route = lambda url, _path: world.answer(url, site.clock.now())  # type: ignore[method-assign]
        ports, bugs = simulated(world, site, folder, FIRST, days)
        wrong = compared(tried, world, ports, FIRST, days)
        tried.failures += bugs
        tried.expect(not overdue(ports, timedelta(hours=12), 5), "the watch complains at the end")
        items = sum(len(h.items) for n in range(days) for h in ports.archive().harvests(FIRST + n * ONE))
    logging.getLogger("daybrief").removeHandler(quiet)
    counts = ", ".join(f"{wrong.get(name, 0)} {name}" for name in ("missing", "doubled", "misdated", "lost"))
    tried.worst = f"{counts}; {days} days, {items:,} items, {sum(world.faults.values())} requests gone wrong"
    return tried
