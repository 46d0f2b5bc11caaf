"""Hostile texts, hostile searches, and feeds that read back equal."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

import feedparser
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from starlette.testclient import TestClient

from daybrief.adapters.archive import archive_address
from daybrief.adapters.archive.sqlite import SqliteReader
from daybrief.errors import ArchiveError
from daybrief.testing.archives import VECTORS, attacked, kept
from daybrief.testing.editions import DAY, edition, hostile, item, story
from daybrief.web import create_app
from daybrief.web.pages import LANGUAGES, ReaderServices, words
from daybrief.web.presenters import pieces
from daybrief.web.views import query_of
from tests.web.conftest import PATHS, client_of, services_over

TAGS = set(
    "html head meta title link script body a header div p form label input button nav ul ol li main section "
    "article h1 h2 h3 h4 time table caption thead tbody tr th td svg rect line details summary blockquote "
    "cite code span bdi strong sup mark dl dt dd footer select option figure figcaption kbd br "
    "img pre".split()
)
HANDLERS = re.compile(r"on\w+|style|srcdoc|hx-on.*")
OURS_HX = {"hx-post", "hx-target", "hx-swap"}


@pytest.fixture(scope="module")
def under_attack(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    path = attacked(tmp_path_factory.mktemp("attack"), VECTORS[:120])
    services = services_over(path, profiles=tuple(VECTORS[:20]))
    shelf = services.library.taxonomy
    named = tuple(
        msgspec.structs.replace(c, name={"en": VECTORS[n], "ko": VECTORS[n]}, emoji=VECTORS[n + 1])
        for n, c in enumerate(shelf.category)
    )
    services.library._taxonomy = msgspec.structs.replace(
        shelf, category=named
    )  # categories of the operator's own
    return client_of(create_app(services))


def foreign(page: str) -> list[str]:
    """The elements of a page that our templates do not hold."""
    tree = html.document_fromstring(page)
    bad = [e.tag for e in tree.iter() if isinstance(e.tag, str) and e.tag not in TAGS]
    for element in tree.iter():
        for name, value in element.attrib.items():
            unsafe = name in ("href", "src", "action") and not re.match(r"/|#|https?://", value)
            if HANDLERS.fullmatch(name) or unsafe or (name.startswith("hx-") and name not in OURS_HX):
                bad.append(f"{element.tag} {name}={value}")
    inline = [s for s in tree.iter("script") if s.text or not s.get("src", "").startswith("/static/")]
    return bad + [html.tostring(s).decode() for s in inline]


def test_no_vector_becomes_an_element_or_an_attribute(under_attack: TestClient) -> None:
    stories = re.findall(r'href="(/story\?key=[^"]+)"', under_attack.get(f"/day/{DAY}/papers").text)
    assert len(set(stories)) > 100
    for path in (*PATHS, *sorted(set(stories))[:20]):
        if f"{DAY}/news" not in path and path != "/login":
            assert foreign(under_attack.get(path).text) == [], path


@pytest.mark.parametrize("start", range(0, 500, 100))
def test_no_search_term_becomes_markup(client: TestClient, start: int) -> None:
    for vector in VECTORS[start : start + 100]:
        params = {"q": vector, "category": vector, "source": vector, "from": vector, "kind": vector}
        assert foreign(client.get("/search", params=params).text) == []


def test_nothing_is_ever_marked_as_safe(root: Path) -> None:
    web = root / "src" / "daybrief" / "web"
    sources = [*web.rglob("*.py"), *web.rglob("*.html")]
    assert not [
        p for p in sources if re.search(r"\|\s*safe\b|Markup\(|autoescape\s*(=\s*)?false", p.read_text())
    ]


def test_the_connection_of_readers_cannot_write(archive_file: Path) -> None:
    reader = SqliteReader(archive_address(archive_file), 1.0)
    before = archive_file.read_bytes()
    for order in (
        "DELETE FROM runs", "DROP TABLE editions", "PRAGMA query_only = OFF", "ATTACH 'x.db' AS x", "VACUUM",
        "CREATE TABLE x (y)", "PRAGMA journal_mode = DELETE", "UPDATE runs SET note = 'x'",
    ):  # fmt: skip
        with pytest.raises(ArchiveError), reader.rows() as reading:
            list(reading.rows(order))
    assert archive_file.read_bytes() == before


# What no parameter can stand for: the names of our own tables and constants, in the dialects of databases.
DIALECTS = (
    "archive/sqlite.py",
    "archive/postgresql.py",
    "archive/words.py",
    "archive/upkeep.py",
    "testing/archives.py",
)


def test_no_text_is_pasted_into_a_statement(root: Path) -> None:
    statements = 0
    for path in (root / "src" / "daybrief").rglob("*.py"):
        if path.as_posix().endswith(DIALECTS):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
                name = node.func.attr
                if name in ("execute", "executemany", "executescript", "exec_driver_sql"):
                    assert not isinstance(node.args[0], ast.JoinedStr), f"{path}:{node.lineno}"
                    statements += 1
    assert statements > 20


@pytest.mark.parametrize(
    "words_", ["'; drop table editions; --", '" OR 1=1', "%' UNION SELECT", "\x00", "a\nb"]
)
def test_sql_statements_are_searched_as_words(client: TestClient, words_: str) -> None:
    assert client.get("/search", params={"q": words_}).status_code == 200
    assert client.get("/story", params={"key": words_}).status_code == 404
    assert client.get(f"/day/{DAY}/papers").status_code == 200


_CLIENT: dict[str, TestClient] = {}


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_search(typed: str, category: str, source: str) -> None:
    params = {
        name: value.encode(errors="ignore")
        for name, value in (("q", typed), ("category", category), ("source", source))
    }
    answer = _CLIENT["one"].get("/search", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200


@pytest.fixture(autouse=True)
def _given(services: ReaderServices) -> None:
    if "one" not in _CLIENT:
        _CLIENT["one"] = client_of(create_app(services))


def test_filters_cannot_break_out_of_their_quotes() -> None:
    query = query_of("word", {"category": 'x" -word "', "from": "2024", "kind": ""})
    assert query == 'word category:"x  -word" from:2024'


@pytest.mark.parametrize(
    "bomb", ["a* " * 26, "a* AND " * 250, '"' * 4_000, "(" * 4_000, "x " * 2_000, "가" * 4_000]
)
def test_no_search_takes_long(client: TestClient, bomb: str) -> None:
    assert client.get("/search", params={"q": bomb}).elapsed.total_seconds() < 4  # measured in benchmarks


def test_a_korean_word_of_two_letters_is_found_and_marked(client: TestClient) -> None:
    page = client.get("/search", params={"q": "국회"}).text
    assert "<mark>국회</mark>" in page


@settings(max_examples=200)
@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.integers(1, 9)), max_size=6),
)
def test_cutting_a_text_loses_nothing_of_it(text: str, spans: list[tuple[int, int, int]]) -> None:
    plain = text.replace("\\", "").replace("$", "").replace("{", "").replace("}", "")
    cut = pieces(plain, spans)
    for start, end, note in spans:
        if 0 <= start < end <= len(plain):
            assert any(note in piece.first for piece in cut)
    assert sum(len(piece.text) for piece in cut) <= len(plain) + 60


def test_a_long_sentence_stands_whole_on_its_storys_page(client: TestClient) -> None:
    story, ending = "arxiv:2411.12724", "one primary task that focuses on the ground truth labels."
    page = html.document_fromstring(client.get("/story", params={"key": story}).text)
    (claims, *_) = page.xpath("//ol[@class='claims']")
    assert any(len(bdi.text or "") > 300 and bdi.text.endswith(ending) for bdi in claims.iter("bdi"))


@pytest.mark.parametrize("name", ["atom.xml", "feed.xml", "feed.json"])
def test_feeds_are_valid_and_ids_stay(client: TestClient, name: str) -> None:
    first, again = client.get(f"/feeds/{name}"), client.get(f"/feeds/{name}", headers={"host": "127.0.0.1:9"})
    assert first.status_code == 200
    ids = re.compile(r"tag:localhost,2024-01-01:daybrief/[0-9-]+/\w+")
    assert ids.findall(first.text) == ids.findall(again.text) != []


def test_a_feed_reader_reads_hostile_titles_back(tmp_path: Path) -> None:
    client = client_of(create_app(services_over(kept(tmp_path, hostile()))))
    for name in ("atom.xml", "feed.xml"):
        read = feedparser.parse(client.get(f"/feeds/{name}").content)
        assert not read.bozo
        link = read.entries[0].link
        path = link.removeprefix("http://localhost")
        moved = client.get(path)
        assert moved.status_code == 301
        assert client.get(moved.headers["location"]).status_code == 200


def test_every_language_has_every_phrase() -> None:
    first, *others = (words(language) for language in LANGUAGES)
    assert others
    assert all(set(first.keys()) ^ set(other.keys()) <= {"date.months"} for other in others)


def test_the_page_of_a_continued_story_shows_the_sentences_of_the_edition_that_told_it(
    tmp_path: Path,
) -> None:
    paper = item(1, "A small model", "We present a small model.")
    first, again = story(paper), story(paper, continues=DAY, news=("version:2",), first_seen=DAY)
    later = edition([(again, "llm")], day=DAY + timedelta(days=3), language="en")
    archive = kept(tmp_path, edition([(first, "llm")], language="en"), later)
    page = client_of(create_app(services_over(archive))).get(f"/story?key={first.id}").text
    (claim,) = {c.text for s in edition([(first, "llm")]).sections for c in s.checked.kept if c.quotes}
    assert not later.sections[0].checked.kept
    assert claim in re.search(r'<ol class="claims">(.*?)</ol>', page, re.S)[1]  # type: ignore[index]
