"""Reading arXiv's answers: the feed of a day, a page of the API, OAI-PMH records."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from daybrief.errors import NotWhatWeAsked, SourceError, TooMuch
from daybrief.model import Dropped, Item
from daybrief.sources.arxiv import answers

EVER = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
DAY = date(2026, 9, 24)


def entry(paper: str = "2609.00001v1", *, kind: str = "new", title: str = "A title", extra: str = "") -> str:
    bare = paper.partition("v")[0]
    return f"""<item><title>{title}</title><link>https://arxiv.org/abs/{bare}</link>
<description>arXiv:{paper} Announce Type: {kind} \nAbstract: We show $a &lt; b$ and &lt;b&gt;more&lt;/b&gt;
  over two lines.</description>
<guid isPermaLink="false">oai:arXiv.org:{paper}</guid><category>cs.LG</category><category>cs.AI</category>
<pubDate>Thu, 24 Sep 2026 00:00:00 -0400</pubDate><arxiv:announce_type>{kind}</arxiv:announce_type>
<dc:creator>Ada Lovelace (1), John Roe, Jr. (2 and 3), Ga\\"el Varoquaux ((1) MIT (US), (2) ETH)</dc:creator>
{extra}</item>"""


def rss(
    *entries: str, stamp: str = "Thu, 24 Sep 2026 00:00:00 -0400", title: str = "cs.LG updates on arXiv.org"
) -> bytes:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">
<channel><title>{title}</title><link>http://rss.arxiv.org/rss/cs.LG</link><pubDate>{stamp}</pubDate>
{"".join(entries)}</channel></rss>\n""".encode()


ATOM = b"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us"><id>http://rss.arxiv.org/atom/math.OC</id>
<title>math.OC updates on arXiv.org</title><updated>2024-08-23T16:08:30.941605+00:00</updated>
<entry><id>oai:arXiv.org:2203.01250v3</id><title>Mass concentration</title>
<updated>2024-08-23T16:08:30.942190+00:00</updated>
<link href="https://arxiv.org/abs/2203.01250" rel="alternate" type="text/html"/>
<summary>arXiv:2203.01250v3 Announce Type: replace-cross \nAbstract: We consider problems.</summary>
<category term="math.AP"/><category term="math.OC"/><published>2024-08-23T00:00:00-04:00</published>
<arxiv:announce_type>replace-cross</arxiv:announce_type><arxiv:DOI>10.5802/jep.257</arxiv:DOI>
<arxiv:journal_reference>Journal, Tome 11 (2024)</arxiv:journal_reference>
<dc:creator>Antonin Monteil, Paul Pegon</dc:creator></entry></feed>"""


def test_an_entry_of_the_feed_becomes_a_paper_without_its_preamble() -> None:
    (paper,) = answers.parse_feed(rss(entry(extra="<arxiv:DOI>10.1000/XYZ.1</arxiv:DOI>"))).papers
    assert isinstance(paper, answers.ListedPaper)
    assert (paper.id, paper.version, paper.announce) == ("2609.00001", 1, "new")
    assert paper.abstract == "We show $a < b$ and <b>more</b> over two lines."
    assert paper.authors == ("Ada Lovelace", "John Roe, Jr.", 'Ga\\"el Varoquaux')
    assert paper.categories == ("cs.LG", "cs.AI")
    assert paper.doi == "10.1000/xyz.1"
    assert paper.published == datetime(2026, 9, 24, 4, tzinfo=UTC)


def test_the_feed_says_which_day_it_is_of_in_eastern_time() -> None:
    assert answers.parse_feed(rss()).day == DAY
    assert answers.parse_feed(rss(stamp="Fri, 25 Sep 2026 03:59:59 +0000")).day == DAY


def test_the_atom_feed_reads_like_the_rss_feed() -> None:
    feed = answers.parse_feed(ATOM)
    (paper,) = feed.papers
    assert feed.day == date(2024, 8, 23)
    assert isinstance(paper, answers.ListedPaper)
    assert (paper.id, paper.version, paper.announce, paper.doi) == (
        "2203.01250",
        3,
        "replace",
        "10.5802/jep.257",
    )
    assert paper.venue == "Journal, Tome 11 (2024)"
    assert paper.authors == ("Antonin Monteil", "Paul Pegon")
    assert paper.published is None, "the date of a replacement is not that of the paper"


def test_recorded_feeds_are_read_whole(shared: Path) -> None:
    recorded = sorted((shared / "sources/arxiv_rss").glob("*.xml"))
    read = {path.stem: answers.parse_feed(path.read_bytes()) for path in recorded}
    mixed = read["arxiv_cs_LG_AI_CL_stat_ML_2026-09-24"]
    assert [p.announce for p in mixed.papers if isinstance(p, answers.ListedPaper)] == [
        "new",
        "new",
        "cross",
        "replace",
    ]
    assert mixed.day == DAY
    assert read["arxiv_cs_cl_weekend_empty_2026-08-01"] == answers.DayFeed(day=date(2026, 8, 1), papers=())
    papers = [p for feed in read.values() for p in feed.papers]
    assert len(papers) == 13
    assert all(isinstance(p, answers.ListedPaper) and p.abstract and p.authors and p.version for p in papers)
    assert not any("Announce Type" in p.abstract for p in papers if isinstance(p, answers.ListedPaper))


def test_recorded_pages_of_the_api_are_read_whole(shared: Path) -> None:
    folder = shared / "sources/arxiv_api"
    page = answers.parse_page((folder / "q_testing_s0_m100_cfe7536492ca.xml").read_bytes(), ["cs.SE"], EVER)
    assert (page.total, page.count) == (214881, 100)
    assert all(isinstance(p, answers.ListedPaper) and p.abstract and p.authors for p in page.papers)
    parsed = answers.parse_page(
        (folder / "id_1605.08386_s0_m100_199195aa31ad.xml").read_bytes(), ["math.ST"], EVER
    )
    (paper,) = parsed.papers
    assert isinstance(paper, answers.ListedPaper)
    assert (paper.id, paper.version, paper.announce) == ("1605.08386", 1, "cross")
    assert paper.categories == ("math.CO", "math.ST")
    assert paper.published == datetime(2016, 5, 26, 17, 59, 46, tzinfo=UTC)


def test_arxivs_error_feed_is_an_error_and_no_paper(shared: Path) -> None:
    body = (shared / "sources/arxiv_api/id_abc_s0_m100_b79c8dcf6bc3.xml").read_bytes()
    with pytest.raises(NotWhatWeAsked, match="incorrect id format for abc"):
        answers.parse_page(body, ["cs.AI"], EVER)


def test_a_paper_received_outside_the_span_is_not_of_the_day(shared: Path) -> None:
    body = (shared / "sources/arxiv_api/id_1605.08386_s0_m100_199195aa31ad.xml").read_bytes()
    page = answers.parse_page(body, ["math.CO"], (EVER[0], datetime(2016, 5, 26, 17, 59, 46, tzinfo=UTC)))
    assert page.papers == (Dropped(ref="http://arxiv.org/abs/1605.08386v1", reason="other-day"),)


def test_recorded_oai_records_are_told_apart(shared: Path) -> None:
    body = (shared / "sources/arxiv_oai/agentgraph/listrecords_physics_plasm-ph_2026-01-05.xml").read_bytes()
    day = date(2026, 1, 5)
    span = answers.received(day)
    assert span is not None
    touched, older, replaced = answers.parse_records(body, ["physics.plasm-ph"], day, span).papers
    assert touched == Dropped(ref="oai:arXiv.org:2504.11237", reason="only-touched")
    assert older == Dropped(ref="oai:arXiv.org:2508.21012", reason="only-touched")
    assert isinstance(replaced, answers.ListedPaper)
    assert (replaced.id, replaced.announce, replaced.version) == ("2510.07502", "replace", None)


def test_dublin_core_is_read_by_its_sets_and_gives_the_token(shared: Path) -> None:
    body = (shared / "sources/arxiv_oai/ads/arxiv_multi_20230125.xml").read_bytes()
    records = answers.parse_records(body, ["math"], date(2023, 1, 25), EVER)
    assert records.token == "6460044|1001"
    first = records.papers[0]
    assert isinstance(first, answers.ListedPaper)
    assert (first.id, first.authors) == ("1009.1022", ("Robert Ralowski", "Szymon Zeberski"))
    assert first.abstract.startswith("We show that for a $\\sigma $-ideal")
    assert {p.doi for p in records.papers if isinstance(p, answers.ListedPaper)} == {
        "", "10.1112/jlms.12001", "10.1007/s00153-015-0433-z"}  # fmt: skip


def oai_answer(inside: str) -> bytes:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inside}</OAI-PMH>'.encode()


def oai_record(paper: str, created: str, categories: str = "cs.LG stat.ML") -> str:
    return f"""<record><header><identifier>oai:arXiv.org:{paper}</identifier><datestamp>2026-09-24</datestamp>
<setSpec>cs:cs:LG</setSpec></header><metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{paper}</id>
<created>{created}</created><updated>2026-09-24</updated><authors><author><keyname>Roe</keyname>
<forenames>John</forenames><suffix>Jr</suffix></author></authors><title>A title</title>
<categories>{categories}</categories><doi>10.1/x</doi><abstract>Text.</abstract></arXiv></metadata></record>"""


@pytest.mark.parametrize(
    ("paper", "created", "categories", "announce"),
    [
        ("2609.00001", "2026-09-22", "cs.LG stat.ML", "new"),
        ("2609.00001", "2026-09-23", "stat.ME cs.LG", "cross"),
        ("2601.00001", "2026-09-23", "cs.LG", "replace"),
    ],
)
def test_date_id_and_category_tell_how_a_record_was_announced(
    paper: str, created: str, categories: str, announce: str
) -> None:
    span = answers.received(DAY)
    assert span is not None
    body = oai_answer(f"<ListRecords>{oai_record(paper, created, categories)}</ListRecords>")
    (listed,) = answers.parse_records(body, ["cs.LG"], DAY, span).papers
    assert isinstance(listed, answers.ListedPaper)
    assert (listed.announce, listed.authors) == (announce, ("John Roe Jr",))


def test_a_record_of_other_categories_is_no_line_of_the_listing() -> None:
    body = oai_answer(f"<ListRecords>{oai_record('2609.1', '2026-09-23', 'cs.DB')}</ListRecords>")
    assert answers.parse_records(body, ["cs.LG"], DAY, EVER).papers == ()


def test_no_records_is_an_empty_list_and_other_oai_errors_are_errors() -> None:
    none = oai_answer('<error code="noRecordsMatch"/>')
    assert answers.parse_records(none, ["cs.LG"], DAY, EVER) == answers.Records(papers=())
    with pytest.raises(NotWhatWeAsked, match="badResumptionToken: expired"):
        answers.parse_records(
            oai_answer('<error code="badResumptionToken">expired</error>'), ["cs.LG"], DAY, EVER
        )


def test_a_deleted_record_is_counted_as_withdrawn() -> None:
    gone = (
        '<record><header status="deleted"><identifier>oai:arXiv.org:2609.00001</identifier></header></record>'
    )
    records = answers.parse_records(oai_answer(f"<ListRecords>{gone}</ListRecords>"), ["cs.LG"], DAY, EVER)
    assert records.papers == (Dropped(ref="oai:arXiv.org:2609.00001", reason="withdrawn"),)


def test_sets_are_asked_once_an_archive() -> None:
    assert answers.sets(["cs.AI", "cs.CL", "stat.ML", "hep-th", "quant-ph", "cond-mat.soft"]) == (
        "cs", "stat", "physics:hep-th", "physics:quant-ph", "physics:cond-mat")  # fmt: skip


WRONG = {
    "empty": b"",
    "text": b"Rate exceeded.",
    "login": b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>arXiv</body></html>",
    "json": b'{"error": "busy"}',
    "cut": rss(entry(), entry("2609.00002v1"))[:900],
    "cut after an entry": rss(entry()).partition(b"</channel>")[0],
    "encoding": b'<?xml version="1.0" encoding="x-none"?><rss><channel/></rss>',
    "entities": b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]><rss><channel>&a;</channel></rss>',
    "another feed": rss(entry(), title="Cheap pills"),
    "nul": b"\0" * 1000,
    "many": rss(*[entry(f"2609.{n:05}v1") for n in range(20_000)]),
}  # fmt: skip


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_feed_of_arxiv_is_refused(body: bytes) -> None:
    with pytest.raises((NotWhatWeAsked, TooMuch)):
        answers.parse_feed(body)
    with pytest.raises((NotWhatWeAsked, TooMuch)):
        answers.parse_page(body, ["cs.AI"], EVER)
    with pytest.raises((NotWhatWeAsked, TooMuch)):
        answers.parse_records(body, ["cs.AI"], DAY, EVER)


def test_a_hostile_entry_costs_itself_and_nothing_else() -> None:
    odd = [
        entry("../../etc/passwd"),
        entry("2609.00009v1", title=""),
        entry("2609.00008v1", title="\u202e" + "x" * 1_000_000),
        entry("2609.00007v1").replace("Thu, 24 Sep 2026", "Thu, 01 Jan 1970"),
        entry("2609.00006v1").replace("Thu, 24 Sep 2026", "Tue, 24 Sep 2099"),
        entry("2609.00005v1").replace("Thu, 24 Sep 2026", "Sat, 31 Feb 2026"),
        entry("2609.00004v1", kind="launch"),
    ]
    papers = answers.parse_feed(rss(*odd, entry())).papers
    lines = list(answers.fold(papers, day=DAY, announce=("new",), limit=9))
    items = [line for line in lines if isinstance(line, Item)]
    reasons = sorted(line.reason for line in lines if isinstance(line, Dropped))
    assert [i.key for i in items] == ["arxiv:2609.00008", "arxiv:2609.00005", "arxiv:2609.00001"]
    assert reasons == ["malformed", "malformed", "other", "other-day", "other-day"]
    assert len(items[0].title) == 300
    assert len(lines) == 8


@pytest.mark.parametrize("cut", range(0, 1600, 13))
def test_a_feed_cut_anywhere_is_never_taken_for_a_whole_one(cut: int) -> None:
    body = rss(entry(), entry("2609.00002v1"))
    with pytest.raises(SourceError):
        answers.parse_feed(body[: min(cut, len(body) - 3)])


def paper(name: str, version: int, announce: str, *categories: str) -> answers.ListedPaper:
    return answers.ListedPaper(
        id=name, version=version, title="T", abstract="A", announce=announce, categories=categories
    )


def test_a_paper_listed_twice_is_one_item_with_the_later_version_and_all_categories() -> None:
    lines = [paper("1", 1, "cross", "cs.AI"), paper("2", 1, "new"), paper("1", 2, "new", "cs.LG", "cs.AI")]
    first, second, third = answers.fold(lines, day=DAY, announce=("new", "cross"), limit=9)
    assert first == Dropped(ref="arxiv:1", reason="same-paper")
    assert isinstance(second, Item)
    assert isinstance(third, Item)
    assert (second.key, second.version, second.announce, second.tags) == (
        "arxiv:1",
        2,
        "new",
        ("cs.AI", "cs.LG"),
    )


def test_everything_listed_is_kept_or_dropped_with_a_reason() -> None:
    lines = [paper(str(n), 1, kind) for n, kind in enumerate(["new", "cross", "replace", "new", "new", ""])]
    folded = list(answers.fold(lines, day=DAY, announce=("new",), limit=2))
    assert len(folded) == len(lines)
    assert [f.reason for f in folded if isinstance(f, Dropped)] == [
        "cross-listing",
        "replacement",
        "over-limit",
        "other",
    ]
