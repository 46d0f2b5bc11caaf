"""Promises of reading: damaged documents, flipped bits."""

# ruff: noqa: E501 - documents on long lines

from __future__ import annotations

import random
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import archive_damage
from daybrief.adapters.archive import archive_address, upkeep
from daybrief.errors import DaybriefError
from daybrief.sources import hacker_news, hf_papers
from daybrief.sources.arxiv import answers
from daybrief.sources.feed import Options, listing, parse_opml, syndication
from daybrief.stages.schedule import window
from daybrief.testing.faults import Damage
from daybrief.testing.hostile import feed
from tests.faults import Tried

DAY = date(2024, 11, 26)
WINDOW = window(DAY, "UTC")
SPAN = (datetime(2024, 11, 25, tzinfo=UTC), datetime(2024, 11, 27, tzinfo=UTC))
OPTIONS = Options(url="https://example.org/feed.xml", undated="keep", name="f")


def _feed(body: bytes) -> object:
    return list(listing(syndication.read(body, address=OPTIONS.url), WINDOW, OPTIONS, "f"))


READERS: dict[str, tuple[Callable[[bytes], object], Sequence[bytes]]] = {
    "feed": (
        _feed,
        (
            feed(),
            b'<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title><entry><title>A</title><id>1</id>'
            b'<link href="https://example.org/1"/><updated>2024-11-26T09:00:00Z</updated></entry></feed>',
            b'{"version":"https://jsonfeed.org/version/1.1","title":"N","items":[{"id":"1","title":"A",'
            b'"url":"https://example.org/1","date_published":"2024-11-26T09:00:00Z","tags":["x"]}]}',
        ),
    ),
    "subscriptions": (
        parse_opml,
        (b'<opml version="2.0"><body><outline text="a" xmlUrl="https://example.org/f"/></body></opml>',),
    ),
    "arxiv listing": (
        answers.parse_feed,
        (
            b'<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            b'version="2.0"><channel><title>cs.CL on arXiv.org</title><pubDate>Tue, 26 Nov 2024 00:00:00 -0500</pubDate>'
            b"<item><title>A</title><link>https://arxiv.org/abs/2411.00001</link><description>arXiv:2411.00001v1 "
            b"Announce Type: new Abstract: We do.</description><guid>oai:arXiv.org:2411.00001v1</guid><category>"
            b"cs.CL</category><arxiv:announce_type>new</arxiv:announce_type><dc:creator>A B</dc:creator></item>"
            b"</channel></rss>",
        ),
    ),
    "arxiv page": (
        lambda body: answers.parse_page(body, ("cs.CL",), SPAN),
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><opensearch:total'
            b"Results>1</opensearch:totalResults><entry><id>http://arxiv.org/abs/2411.00001v1</id><title>A</title>"
            b"<summary>We do.</summary><published>2024-11-25T18:00:00Z</published><updated>2024-11-25T18:00:00Z"
            b'</updated><author><name>A B</name></author><category term="cs.CL"/></entry></feed>',
        ),
    ),
    "arxiv records": (
        lambda body: answers.parse_records(body, ("cs.CL",), DAY, SPAN),
        (
            b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header><identifier>'
            b"oai:arXiv.org:2411.00001</identifier><datestamp>2024-11-26</datestamp></header><metadata><arXiv "
            b'xmlns="http://arxiv.org/OAI/arXiv/"><id>2411.00001</id><created>2024-11-25</created><title>A'
            b"</title><categories>cs.CL</categories><abstract>We do.</abstract></arXiv></metadata></record>"
            b"</ListRecords></OAI-PMH>",
        ),
    ),
    "daily papers": (
        lambda body: hf_papers.parse_api(body, DAY),
        (
            b'[{"paper":{"id":"2411.00001","title":"A","summary":"We do.","upvotes":3,"authors":[{"name":"A"}],'
            b'"publishedAt":"2024-11-25T00:00:00.000Z"},"publishedAt":"2024-11-26T00:00:00.000Z","title":"A"}]',
        ),
    ),
    "hits": (
        hacker_news.read_hits,
        (
            b'{"nbPages":1,"hits":[{"objectID":"1","title":"A","url":"https://example.org","points":9,'
            b'"num_comments":2,"created_at_i":1732600000}]}',
        ),
    ),
    "post": (
        lambda body: hacker_news.read_post(body, 1),
        (b'{"id":1,"type":"story","title":"A","url":"https://example.org","score":9,"time":1732600000}',),
    ),
}
"""What reads answers, and sound ones."""


def spoilt(many: int) -> Tried:
    """Documents of every kind with one to four things wrong, from one seed."""
    tried, damage, counted, slowest = Tried(), Damage(), Counter[str](), 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, (read, sound) in READERS.items():
            for body in sound:
                read(body)
            for body in damage.all_of(sound, many // len(READERS) + 1):
                begun = time.perf_counter()
                try:
                    read(body)
                    counted["read"] += 1
                except DaybriefError:
                    counted["refused"] += 1
                except Exception as untyped:
                    tried.failures.append(f"{name}: {type(untyped).__name__}: {untyped} from {body[:80]!r}")
                tried.vectors += 1
                slowest = max(slowest, time.perf_counter() - begun)
    tried.worst = (
        f"{len(tried.failures)} untyped errors; {counted['read']:,} read, {counted['refused']:,} refused; "
        f"slowest {slowest:.2f} s on a busy machine"
    )
    return tried


def flips(many: int) -> Tried:
    """Bits flipped in an archive that holds something in every table; those count that change content."""
    tried, tracebacks = Tried(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = archive_damage.made(folder / "whole.sqlite")
        path, untouched = folder / "flipped.sqlite", archive_damage.dump(folder / "whole.sqlite")
        for place in archive_damage.flipped(whole, random.Random(26), path, untouched):
            try:
                noticed = bool(upkeep.check(archive_address(path)))
            except DaybriefError:
                noticed = True
            except Exception:
                tracebacks += 1
                tried.failures.append(f"bit {place}: {traceback.format_exc(limit=-1)}")
                noticed = True
            tried.expect(noticed, f"bit {place} is not noticed")
            if tried.vectors == many:
                break
    tried.worst = f"{len(tried.failures) - tracebacks} unnoticed, {tracebacks} tracebacks"
    return tried
