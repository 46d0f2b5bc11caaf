"""Days from bulk metadata: arXiv's snapshot, its OAI-PMH, and recorded answers give the same items."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from daybrief.app import backfill
from daybrief.app.backfill import BackfillRequest
from daybrief.app.ports import Ports
from daybrief.config import Web
from daybrief.errors import ConfigError, NotWhatWeAsked, Refused
from daybrief.model import Item
from daybrief.sources.arxiv.answers import snapshot_rows
from daybrief.stages.importing import read_items
from daybrief.stages.schedule import window
from daybrief.testing import Route, serve
from tests.backfill.spans import FIRST, LAST, app

PAPERS = [  # id, title, categories, authors of the snapshot, the instants of its versions
    (
        "2411.00011",
        "Growing Trees in a Pot with Language Models",
        "cs.CL cs.LG",
        "A. Bee and C. D. Eff, Jr.",
        1,
    ),
    ("2411.00012", "Diffusion Models for Rain on Leaves", "cs.CV", "G. Aitch (MIT)", 2),
    ("2411.00013", "Growing Trees in a Pot with Vision Models", "cs.CV stat.ML", "I. Jay", 1),
    ("2411.00014", "Knots of Curves on Planes", "math.GT", "K. Ell", 1),
    ("2305.00015", "An Older Paper Whose Record Was Touched", "cs.LG", "M. Enn", 3),
]
PARSED = {"A. Bee and C. D. Eff, Jr.": [["Bee", "A.", ""], ["Eff", "C. D.", "Jr."]]}
WORDS = "We introduce {title}. It outperforms bushes by {n} % on three benchmarks."


def created(id_: str, version: int) -> str:
    day = 4 + int(id_[-1]) % 4 if id_.startswith("2411") else 2
    month = "Nov" if id_.startswith("2411") else "May"
    names = {2: "Tue", 4: "Mon", 5: "Tue", 6: "Wed", 7: "Thu"}
    year = 2024 if month == "Nov" else 2023
    return f"{names[day]}, {day} {month} {year} 1{version}:18:42 GMT"


def abstract(id_: str, title: str) -> str:
    return WORDS.format(title=title, n=id_[-2:])


def snapshot() -> bytes:
    rows = [
        {
            "id": id_,
            "submitter": "A. Bee",
            "authors": authors,
            "title": title.replace(" with ", "\n  with "),
            "comments": "9 pages",
            "categories": categories,
            "abstract": f"  {abstract(id_, title)}\n",
            "versions": [{"version": f"v{v}", "created": created(id_, v)} for v in range(1, versions + 1)],
            "update_date": "2024-11-20",
            "authors_parsed": PARSED.get(authors, [[authors[3:].removesuffix(" (MIT)"), authors[:2], ""]]),
        }
        for id_, title, categories, authors, versions in PAPERS
    ]
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def record(paper: tuple[str, str, str, str, int]) -> str:
    id_, title, categories, authors, versions = paper
    dates = "".join(
        f'<version version="v{v}"><date>{created(id_, v)}</date><size>9kb</size></version>'
        for v in range(1, versions + 1)
    )
    return f"""<record><header><identifier>oai:arXiv.org:{id_}</identifier><datestamp>2024-11-20</datestamp>
<setSpec>cs:cs:CV</setSpec></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">
<id>{id_}</id><submitter>A. Bee</submitter>{dates}<title>{title}</title><authors>{authors}</authors>
<categories>{categories}</categories><comments>9 pages</comments>
<abstract>  {abstract(id_, title)}
</abstract></arXivRaw></metadata></record>"""


def answer(papers: Sequence[tuple[str, str, str, str, int]], token: str = "") -> str:
    ending = f'<resumptionToken cursor="0" completeListSize="5">{token}</resumptionToken>'
    inside = "".join(map(record, papers)) + ending
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2024-11-30T05:54:30Z</responseDate>
<request verb="ListRecords">http://oaipmh.arxiv.org/oai</request><ListRecords>{inside}</ListRecords></OAI-PMH>"""


def failing(code: str) -> str:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><error code="{code}">no</error></OAI-PMH>'


def items_of(
    folder: Path, source: str, allow: str = "", sources: tuple[dict[str, Any], ...] = ()
) -> list[Item]:
    """The days that the archive has of the span once the source was taken in."""
    folder.mkdir(exist_ok=True)
    made = app(folder)
    settings = msgspec.structs.replace(
        made.settings, sources=sources, web=Web(spacing_s=0.0, allow=(allow,) if allow else ())
    )
    ports = Ports(settings, {}, made.ports.clock)
    request = BackfillRequest(since=FIRST, until=LAST, source=source)
    with ports.web() as web:
        backfill._import_bulk(ports, request, web, backfill._wanted_categories(settings))
    days = map(date.fromordinal, range(FIRST.toordinal(), LAST.toordinal() + 1))
    return [item for day in days for item in ports.archive().imported(window(day, settings.zone))]


# ── one metadata, three spellings ───────────────────────────────────────────────────────────────────


@pytest.fixture
def expected(tmp_path: Path) -> list[Item]:
    (tmp_path / "arxiv-metadata-oai-snapshot.json").write_bytes(snapshot())
    items = items_of(tmp_path / "snapshot", str(tmp_path / "arxiv-metadata-oai-snapshot.json"))
    assert [item.key[6:] for item in items] == ["2411.00014", "2411.00011", "2411.00012", "2411.00013"]
    return items


def test_recorded_answers_give_the_items_that_the_snapshot_gives(
    tmp_path: Path, expected: list[Item]
) -> None:
    folder = tmp_path / "recorded" / "cs" / "2024-11"
    folder.mkdir(parents=True)
    (folder / "0000.xml").write_text(answer(PAPERS[:3], "1|2"), encoding="utf-8")
    (folder / "0001.xml.gz").write_bytes(gzip.compress(answer(PAPERS[3:]).encode()))
    assert items_of(tmp_path / "again", str(tmp_path / "recorded")) == expected


def test_a_harvest_that_was_cut_short_goes_on_where_it_ended(tmp_path: Path, expected: list[Item]) -> None:
    routes = {
        "/oai*": [Route(answer(PAPERS[:2], "77|3")), Route("gone", status=404), Route(answer(PAPERS[2:]))]
    }
    with serve(routes) as site:
        allow = f"127.0.0.1:{site.port}"
        with pytest.raises(Refused):
            items_of(tmp_path / "live", f"{site.url}/oai", allow)
        assert items_of(tmp_path / "live", f"{site.url}/oai", allow) == expected
        assert items_of(tmp_path / "live", f"{site.url}/oai", allow) == expected
        queries = [parse_qs(urlsplit(seen.path).query) for seen in site.requests if "/oai" in seen.path]
    first = {"verb": ["ListRecords"], "metadataPrefix": ["arXivRaw"], "from": ["2024-11-04"]}
    assert queries[0] == first | {"until": ["2024-11-30"]}
    assert queries[1:] == 2 * [{"verb": ["ListRecords"], "resumptionToken": ["77|3"]}], (
        "a third run asks nothing"
    )


def test_a_token_that_is_forgotten_begins_its_month_anew(tmp_path: Path, expected: list[Item]) -> None:
    forgotten = Route(failing("badResumptionToken"))
    routes = {"/oai*": [Route(answer(PAPERS[:2], "1")), forgotten, Route(answer(PAPERS))]}
    with serve(routes) as site:
        source, allow = f"{site.url}/oai", f"127.0.0.1:{site.port}"
        assert items_of(tmp_path / "live", source, allow) == expected
        assert len(site.requests) == 3
    routes = {"/oai*": [Route(answer(PAPERS[:2], "1")), forgotten, Route(answer(PAPERS, "2")), forgotten]}
    with serve(routes) as site, pytest.raises(NotWhatWeAsked, match="again and again"):
        items_of(tmp_path / "never", f"{site.url}/oai", f"127.0.0.1:{site.port}")


def test_only_the_arxiv_categories_of_the_settings_are_taken(tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_bytes(snapshot())
    sources = ({"use": "arxiv", "categories": ["cs.CV"]},)
    items = items_of(tmp_path / "cv", str(tmp_path / "snapshot.json"), sources=sources)
    assert [item.key for item in items] == ["arxiv:2411.00012", "arxiv:2411.00013"]


# ── what is read ────────────────────────────────────────────────────────────────────────────────────


def test_a_snapshot_is_read_some_lines_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_bytes(snapshot() * 1_000)
    batches = backfill._batches(file)
    sizes = [len(batch) for batch in batches]
    assert sum(sizes) == 5_000
    assert max(sizes) <= 2_000


def recorded(folder: Path) -> Iterator[Path]:
    for name in ("listrecords_physics_plasm-ph_2026-01-05.xml", "arxiv-physics-hep-th.xml"):
        yield from folder.rglob(name)


def test_answers_that_were_recorded_live_are_rows(shared: Path) -> None:
    files = list(recorded(shared / "sources" / "arxiv_oai"))
    assert len(files) == 2
    for file in files:
        rows = snapshot_rows(file.read_bytes()).rows
        items = read_items([msgspec.json.encode(row) for row in rows], None, strict=True).items
        assert len(items) == len(rows) > 0
        assert all(item.text and item.authors and item.tags and item.announced for item in items), file


def test_a_record_of_each_format_names_people_and_days() -> None:
    (raw,) = read_items(
        [msgspec.json.encode(r) for r in snapshot_rows(answer(PAPERS[:1]).encode()).rows], None
    ).items
    assert raw.authors == ("A. Bee", "C. D. Eff Jr.")
    assert raw.published == datetime(2024, 11, 5, 11, 18, 42, tzinfo=UTC)
    dublin = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record>
<header><identifier>oai:arXiv.org:cs/9901002</identifier><datestamp>2009-01-01</datestamp>
<setSpec>cs:cs:AI</setSpec></header><metadata>
<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Old Trees</dc:title><dc:creator>Bee, Ada</dc:creator><dc:description>We grow.</dc:description>
<dc:date>1999-01-05</dc:date><dc:date>1999-02-01</dc:date></oai_dc:dc></metadata></record>
<record><header status="deleted"><identifier>oai:arXiv.org:cs/9901003</identifier></header></record>
</ListRecords></OAI-PMH>"""
    rows = snapshot_rows(dublin.encode()).rows
    (old,) = read_items([msgspec.json.encode(row) for row in rows], None, strict=True).items
    assert (old.key, old.authors, old.announced) == ("arxiv:cs/9901002", ("Ada Bee",), date(1999, 1, 5))


def test_a_file_that_is_no_answer_is_named(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "0000.xml").write_text("<html>busy</html>", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"0000\.xml is no answer of OAI-PMH"):
        items_of(tmp_path / "none", str(tmp_path / "answers"))
