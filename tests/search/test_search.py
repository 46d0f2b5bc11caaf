"""Search finds what the archive holds, as it holds it, whatever happens to the index."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from msgspec import structs
from tests.text.test_query import TYPED

from daybrief.adapters.archive import open_archive
from daybrief.adapters.archive.writing import SqlArchive
from daybrief.app.ports import Ports
from daybrief.app.runs import keep_searchable
from daybrief.config import Settings
from daybrief.errors import ArchiveBusy, ArchiveError, ArchiveFull, EmbedderUnavailable
from daybrief.model import Harvest, Item, Window
from daybrief.ports import IndexEntry, IndexView, Scored
from daybrief.search import CLOSE, DEPTH, ArchiveSearcher, Gate, excerpt, expensive
from daybrief.search.lexical import WordIndex
from daybrief.testing.editions import founding
from daybrief.text.query import MOST_EXCLUDED, Query, parse, typed_words

FIRST = date(2024, 11, 20)


def item(key: str, title: str, text: str = "", source: str = "arxiv", kind: str = "paper") -> Item:
    return Item(key=key, source=source, kind=kind, title=title, url=f"https://example.org/{key}", text=text)  # type: ignore[arg-type]


ITEMS = {
    FIRST: [
        item("a", "Sparse attention for long documents", "We study attention in language models."),
        item("b", "언어모델의 환각을 줄이는 방법", "검색 증강 생성이 환각을 줄인다."),
        item("c", "A survey of diffusion", "Diffusion models, language and vision."),
    ],
    FIRST + timedelta(1): [
        item("d", "거대 언어 모델의 편향", "편향을 재는 새 자료.", source="news_kr", kind="news"),
        item("e", "Model language attention", "The words of a phrase in another order.", source="hf_papers"),
    ],
}


def window(day: date) -> Window:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(day=day, zone="UTC", start=start, end=start + timedelta(1))


def collect(archive: SqlArchive, day: date, items: list[Item]) -> None:
    run = archive.begin(day, window(day).end)
    archive.save_harvests(window(day), [Harvest(source="all", state="fresh", items=tuple(items))])
    archive.end(run, window(day).end, "complete", "", {})


@pytest.fixture
def archive(tmp_path: Path) -> SqlArchive:
    made = open_archive(tmp_path / "archive.sqlite")
    for day, items in ITEMS.items():
        collect(made, day, items)
    return made


@pytest.fixture
def searcher(archive: SqlArchive, empty: ArchiveSearcher) -> ArchiveSearcher:
    assert empty.sync(archive) == 2
    return empty


@pytest.fixture
def in_folder(archive: SqlArchive, tmp_path: Path) -> ArchiveSearcher:
    made = ArchiveSearcher(tmp_path / "index")
    assert made.sync(archive) == 2
    return made


def ids_of(searcher: ArchiveSearcher, text: str) -> list[str]:
    return [hit.id for hit in searcher.search(text).hits]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("환각", {"b"}),
        ("환각이", {"b"}),
        ("모델", {"b", "d"}),
        ("언어모델 -language", {"b", "d"}),
        ("편", {"d"}),
        ('"language models"', {"a"}),
        ('"attention language"', set()),
        ("attention -sparse", {"e"}),
        ("attention source:hf_papers", {"e"}),
        ("attention -source:HF-Papers", {"a"}),
        ("kind:news", {"d"}),
        ("from:2024-11-21", {"d", "e"}),
        ("to:2024-11-20 language", {"a", "c"}),
        ("from:2024-12", set()),
        ("language kind:claim", set()),
        ("-language", {"b", "d"}),
        ("the of", {"c", "e"}),
        ('"the of"', {"e"}),
        ("for", {"a"}),
        ("IN", {"a", "e"}),
        ("-the attention", {"a"}),
        ("the sparse", {"a"}),
    ],
)
def test_words_phrases_and_filters_mean_what_they_say(
    searcher: ArchiveSearcher, text: str, ids: set[str]
) -> None:
    assert set(ids_of(searcher, text)) == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("확산", ["c"]),
        ("봄나물을", []),  # a word the list lacks stands for nothing else
        ("언어모델", ["b", "d", "a", "c", "e"]),  # what says it in Korean comes first
        ("환각 생성 검색 증강 자료 편향 확산", ["b", "d"]),  # a long query is meant as it was typed
        ('"확산"', []),
    ],
)
def test_a_korean_word_finds_the_english_that_means_the_same(
    searcher: ArchiveSearcher, text: str, ids: list[str]
) -> None:
    hits = ids_of(searcher, text)
    assert sorted(hits) == sorted(ids)
    assert set(hits[:2]) == set(ids[:2])


def test_the_english_words_that_were_meant_are_marked(searcher: ArchiveSearcher) -> None:
    (hit,) = searcher.search("확산").hits
    assert [hit.title[a:b] for a, b in hit.title_marks] == ["diffusion"]


def test_without_words_the_latest_come_first(searcher: ArchiveSearcher) -> None:
    days = [hit.day for hit in searcher.search("kind:paper kind:news").hits]
    assert days == sorted(days, reverse=True)


def test_so_many_words_are_excluded_and_the_answer_says_which(searcher: ArchiveSearcher) -> None:
    """Of hundreds the first count; what is not heeded is not in the query as it was understood."""
    words = [f"zebra{n}" for n in range(MOST_EXCLUDED - 1)]
    typed = "diffusion " + " ".join(f"-{word}" for word in [*words, "sparse", "diffusion", *words, "models"])
    answer = searcher.search(typed)
    assert parse(answer.query).without == (*words, "sparse")
    assert [hit.id for hit in answer.hits] == ids_of(searcher, "diffusion -sparse")
    assert ids_of(searcher, "diffusion -diffusion " + " ".join(f"-{word}" for word in words)) == []


def test_a_word_in_the_title_counts_more(searcher: ArchiveSearcher) -> None:
    assert ids_of(searcher, "diffusion")[0] == "c"
    assert ids_of(searcher, "sparse attention")[0] == "a"


def test_the_words_found_are_marked(searcher: ArchiveSearcher) -> None:
    (hit,) = searcher.search("환각").hits
    assert [hit.title[a:b] for a, b in hit.title_marks] == ["환각"]
    assert [hit.excerpt[a:b] for a, b in hit.excerpt_marks] == ["환각"]


def test_a_page_after_the_first_goes_on_where_it_ended(searcher: ArchiveSearcher) -> None:
    whole = ids_of(searcher, "language attention models")
    pages = [searcher.search("language attention models", most=1, skip=n) for n in range(len(whole))]
    assert [hit.id for page in pages for hit in page.hits] == whole
    assert [page.more for page in pages] == [True] * (len(whole) - 1) + [False]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(TYPED)
def test_no_string_is_an_error(searcher: ArchiveSearcher, text: str) -> None:
    answer = searcher.search(text, most=5)
    assert msgspec.json.decode(msgspec.json.encode(answer), type=type(answer)) == answer


def test_stories_claims_and_editions_are_found(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive.sqlite")
    edition = founding()
    archive.save_editions([edition])
    searcher = ArchiveSearcher(tmp_path / "index")
    searcher.sync(archive)
    section = edition.sections[0]
    lead = section.ranked[0].story
    assert ids_of(searcher, lead.lead.title)[0] == lead.id
    assert {hit.kind for hit in searcher.search("kind:claim model models").hits} == {"claim"}
    assert {hit.kind for hit in searcher.search("kind:edition").hits} == {"edition"}
    label = section.category.name["en"]
    ids = {hit.id for hit in searcher.search(f'category:"{label}" kind:paper', most=100).hits}
    assert ids == {ranked.story.id for ranked in section.ranked}


def test_an_index_made_anew_answers_as_one_kept_day_by_day(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive.sqlite")
    daily = ArchiveSearcher(tmp_path / "daily")
    for day, items in ITEMS.items():
        collect(archive, day, items)
        assert daily.sync(archive) == 1
    assert daily.sync(archive) == 0
    anew = ArchiveSearcher(tmp_path / "anew")
    anew.sync(archive)
    for text in ("language", "모델", "kind:paper", "attention -sparse", "환각 attention"):
        assert daily.search(text) == anew.search(text), text
    daily.rebuild(archive)
    assert daily.search("language").hits == anew.search("language").hits


def test_a_day_collected_again_replaces_what_was_known_of_it(
    archive: SqlArchive, searcher: ArchiveSearcher
) -> None:
    collect(archive, FIRST, [item("z", "Quantum sensing")] * 3)
    assert searcher.sync(archive) == 1
    assert ids_of(searcher, "sparse") == []
    assert ids_of(searcher, "quantum") == ["z"]


def test_a_deleted_or_damaged_index_is_made_again(
    archive: SqlArchive, in_folder: ArchiveSearcher, tmp_path: Path
) -> None:
    before = in_folder.search("language").hits
    (folder,) = (tmp_path / "index").glob("words-*")
    (folder / "meta.json").write_text("{")
    damaged = ArchiveSearcher(tmp_path / "index")
    assert damaged.sync(archive) == 2
    assert damaged.search("language").hits == before
    shutil.rmtree(tmp_path / "index")
    gone = ArchiveSearcher(tmp_path / "index")
    gone.sync(archive)
    assert gone.search("language").hits == before


def test_a_reader_sees_what_another_wrote(
    archive: SqlArchive, in_folder: ArchiveSearcher, tmp_path: Path
) -> None:
    collect(archive, FIRST + timedelta(2), [item("n", "Neutrino")])
    ArchiveSearcher(tmp_path / "index").sync(archive)
    assert ids_of(in_folder, "neutrino") == ["n"]


KILLED = """
import sys
from pathlib import Path
from daybrief.adapters.archive import open_archive
from daybrief.search import ArchiveSearcher
archive, searcher = open_archive(Path(sys.argv[1])), ArchiveSearcher(Path(sys.argv[2]))
print("ready", flush=True)
searcher.sync(archive)
"""


@pytest.mark.parametrize("after_ms", [0, 5, 20, 60, 150])
def test_a_kill_while_an_index_is_written_leaves_the_old_or_the_new_one(
    archive: SqlArchive, in_folder: ArchiveSearcher, tmp_path: Path, after_ms: int
) -> None:
    many = [item(f"k{n}", f"Killed number {n}", "words " * 50) for n in range(1_500)]
    collect(archive, FIRST, many)
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "archive.sqlite"), str(tmp_path / "index")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        threading.Event().wait(after_ms / 1_000)
        os.kill(writer.pid, signal.SIGKILL)
    after = ArchiveSearcher(tmp_path / "index")
    assert (bool(ids_of(after, "sparse")), bool(ids_of(after, "killed"))) in {(True, False), (False, True)}
    after.sync(archive)
    assert ids_of(after, "sparse") == []
    assert len(after.search("killed", most=100).hits) == 100


def test_two_do_not_write_at_once(
    archive: SqlArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daybrief.search.lexical.PATIENCE_S", 0.01)
    searcher = ArchiveSearcher(tmp_path / "index")
    with FileLock(tmp_path / "index" / "writer.lock"), pytest.raises(ArchiveBusy, match="being written"):
        searcher.sync(archive)


class Meanings:
    """A model that knows three subjects."""

    name = "three subjects"
    latin_only = True
    down = False

    def embed(self, texts: list[str]) -> list[list[float]]:
        if self.down:
            raise EmbedderUnavailable("it is away")
        subjects = (("attention", "focus"), ("diffusion", "images"), ("language", "speech"))
        rows = [[1e-3 + any(w in text.lower() for w in words) for words in subjects] for text in texts]
        return [[v / sum(r * r for r in row) ** 0.5 for v in row] for row in rows]

    def embed_query(self, text: str) -> list[float]:
        return self.embed([text])[0]


def test_filters_choose_first_and_the_nearest_of_what_they_leave_come_after(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive.sqlite")
    crowd = [item(f"x{n}", f"Diffusion number {n}", source="hf_papers") for n in range(260)]
    collect(archive, FIRST, [*crowd, item("far", "A photograph", source="arxiv")])
    collect(archive, FIRST + timedelta(1), [item("later", "A picture", source="news_kr", kind="news")])
    searcher = ArchiveSearcher(tmp_path / "index", Meanings())  # type: ignore[arg-type]
    searcher.sync(archive)
    for filters, only in [
        ("source:arxiv", ["far"]),
        ("-source:hf_papers -source:news_kr", ["far"]),
        ("from:2024-11-21", ["later"]),
        ("to:2024-11-20 source:arxiv", ["far"]),
        ("kind:news", ["later"]),
        ('-"diffusion number" kind:paper', ["far"]),
        ("source:nobody", []),
        ("kind:claim", []),
    ]:
        answer = searcher.search(f"images {filters}", most=100)
        assert [hit.id for hit in answer.hits] == only, filters


def test_what_was_embedded_is_not_embedded_again(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive.sqlite")
    collect(archive, FIRST, ITEMS[FIRST])
    model, given = Meanings(), []
    embed = model.embed
    model.embed = lambda texts: given.extend(texts) or embed(texts)  # type: ignore[func-returns-value,method-assign]
    searcher = ArchiveSearcher(tmp_path / "index", model)  # type: ignore[arg-type]
    searcher.sync(archive)
    assert len(given) == 2  # the Korean one is not for this model
    collect(archive, FIRST, [*ITEMS[FIRST], item("n", "Neutrino")])
    searcher.sync(archive)
    assert given[2:] == ["Neutrino. "]
    (file,) = (tmp_path / "index").glob("vectors-*/*.npz")
    file.write_bytes(b"damaged")
    assert not ArchiveSearcher(tmp_path / "index", model).search("images").meaning  # type: ignore[arg-type]
    searcher.sync(archive)
    assert searcher.search("images").hits[0].id == "c"


def test_many_threads_search_while_one_keeps_up(archive: SqlArchive, tmp_path: Path) -> None:
    searcher = ArchiveSearcher(tmp_path / "index", Meanings())  # type: ignore[arg-type]
    searcher.sync(archive)
    done, wrong = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            try:
                ids = ids_of(searcher, "sparse attention images")
            except ArchiveBusy:
                continue
            except Exception as error:  # whatever it is, the test shall show it
                wrong.append(error)
                return
            if "a" not in ids:
                wrong.append(ids)

    readers = [threading.Thread(target=read) for _ in range(8)]
    for reader in readers:
        reader.start()
    for number in range(6):
        collect(archive, FIRST + timedelta(3), [item(f"n{n}", f"Number {n}") for n in range(number + 1)])
        searcher.sync(archive)
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(searcher.search('"number"', most=50).hits) == 6


def test_a_run_updates_an_existing_index_or_warns_why_not(
    archive: SqlArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("daybrief.search.lexical.PATIENCE_S", 0.01)
    ports = Ports(Settings(archive=str(tmp_path / "archive.sqlite")), {})
    keep_searchable(ports, [""])
    assert not ports.search_folder().exists()
    searcher = ports.searcher()
    collect(archive, FIRST + timedelta(2), [item("n", "Neutrino")])
    with FileLock(ports.search_folder() / "writer.lock"):
        keep_searchable(ports, ["", "nobody"])
    assert ["being written" in record.message for record in caplog.records] == [True]
    assert ids_of(searcher, "neutrino") == []
    keep_searchable(ports, [""])
    assert ids_of(searcher, "neutrino") == ["n"]
    assert len(caplog.records) == 1


def test_the_latest_are_found_however_long_ago_they_were(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive.sqlite")
    days = [FIRST + timedelta(n) for n in range(40)]
    for day in days:
        collect(archive, day, [item(f"n{day}", "Neutrino", source="odd" if day == FIRST else "even")])
    searcher = ArchiveSearcher(tmp_path / "index")
    searcher.sync(archive)
    assert [hit.day for hit in searcher.search("kind:paper", most=100).hits] == days[::-1]
    assert [hit.day for hit in searcher.search("kind:paper", most=3).hits] == days[:-4:-1]
    assert [hit.day for hit in searcher.search("source:odd").hits] == [FIRST]
    assert [hit.day for hit in searcher.search("to:2024-11-21").hits] == days[1::-1]


def test_a_search_that_would_wait_long_is_refused_and_slow_searches_leave_room_for_others() -> None:
    gate = Gate(at_once=1, dear_at_once=1, patience_s=0.01)
    bomb = "a* AND " * 50
    with gate.passed(bomb):
        with pytest.raises(ArchiveBusy), gate.passed(bomb):
            pass
        with gate.passed("ordinary"), pytest.raises(ArchiveBusy), gate.passed("ordinary"):
            pass
    with gate.passed(bomb), gate.passed("places are given back"):
        pass


@pytest.mark.parametrize(
    ("text", "costs"),
    [
        ("sparse attention", False),
        ("word " * 9, True),
        ("x" * 300, True),
        ('"a b" "c d" "e f"', True),
        ("model -a -b -c", True),
        ('"a phrase" -survey source:arxiv from:2024', False),
    ],
)
def test_slow_searches_are_recognised_before_they_run(text: str, costs: bool) -> None:
    assert expensive(text) is costs


def test_words_that_are_everywhere_are_looked_for_among_the_texts_about_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = open_archive(tmp_path / "archive.sqlite")
    texts = [item(f"m{n}", f"Paper {n}", "A model of data.") for n in range(30)]
    about = item("about", "Modelling", "Data and data, and a model.")
    collect(archive, FIRST, [*texts, about, item("rare", "Axolotl", "A model of data.")])
    searcher = ArchiveSearcher(tmp_path / "index")
    searcher.sync(archive)
    whole = {hit.id for hit in searcher.search("axolotl model data", most=50).hits}
    monkeypatch.setattr("daybrief.search.lexical.MOST_PLACES", 10)
    bounded = [hit.id for hit in searcher.search("axolotl model data", most=50).hits]
    assert len(whole) == 32
    assert bounded == ["rare", "about"]
    assert len(searcher.search("model", most=50).hits) == 32  # a word alone is looked for everywhere


def test_meaning_finds_what_words_do_not(archive: SqlArchive, tmp_path: Path) -> None:
    searcher = ArchiveSearcher(tmp_path / "index", Meanings())  # type: ignore[arg-type]
    searcher.sync(archive)
    answer = searcher.search("images")
    assert answer.meaning
    assert answer.hits[0].id == "c"
    assert "c" not in ids_of(searcher, "images -survey")
    assert ids_of(searcher, "images source:hf_papers") == ["e"]
    assert not searcher.search("그림").meaning


def test_search_without_its_model_goes_on_by_words_and_says_so(archive: SqlArchive, tmp_path: Path) -> None:
    model = Meanings()
    model.down = True
    searcher = ArchiveSearcher(tmp_path / "index", model)  # type: ignore[arg-type]
    searcher.sync(archive)
    assert ids_of(searcher, "diffusion") == ["c"]
    assert searcher.search("diffusion").note == "it is away"
    model.down = False
    searcher.sync(archive)
    assert searcher.search("images").hits[0].id == "c"


PHRASES = {
    "whole": item(
        "p1", "Notes on images", "We train a diffusion transformer on pictures of cats and of dogs."
    ),
    "parts": item(
        "p2", "Diffusion Transforming Transformer", "A transformer, transforms and diffusing diffusions."
    ),
    "apart": item(
        "p3", "A transformer for weather", "It needs no diffusion of heat. A transformer is enough."
    ),
    "one": item("p4", "Diffusion, diffusion, diffusion", "Diffusion models and diffusion."),
    "gpt": item("p5", "Limits of GPT-4o", "The model is asked to count."),
    "joined": item("p6", "FlashAttention is fast", "Memory is read in tiles."),
    "apart2": item("p7", "Fast flash memory attention", "A flash attention kernel."),
    "deepseek": item("p8", "DeepSeek-V3 Technical Report", "A large mixture of experts."),
}


@pytest.fixture
def names(tmp_path: Path, empty: ArchiveSearcher) -> ArchiveSearcher:
    archive = open_archive(tmp_path / "names.sqlite")
    collect(archive, FIRST, list(PHRASES.values()))
    empty.sync(archive)
    return empty


def test_the_words_as_typed_come_before_other_forms_of_them_and_before_a_title_with_one(
    names: ArchiveSearcher,
) -> None:
    hits = ids_of(names, "diffusion transformer")
    assert hits[0] == "p1", "side by side, as typed"
    assert set(hits[1:3]) == {"p2", "p3"}, "all words"
    assert hits[3] == "p4", "one word, often"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("gpt4o", "p5"),
        ("GPT4o", "p5"),
        ("gpt 4o", "p5"),
        ("flash attention", "p7"),
        ("flashattention", "p6"),
        ("deepseekv3", "p8"),
        ("딥시크", "p8"),
        ("딥시크의", "p8"),
    ],
)
def test_a_name_is_found_however_it_is_written(names: ArchiveSearcher, typed: str, first: str) -> None:
    page = names.search(typed)
    assert page.hits[0].id == first
    assert page.mended == ()


def test_a_name_in_korean_letters_finds_the_one_in_latin_letters_first(
    tmp_path: Path, empty: ArchiveSearcher
) -> None:
    archive = open_archive(tmp_path / "letters.sqlite")
    other = [
        item(f"o{n}", "Diffusion, diffusion and stable flows", "A diffusion is stable.") for n in range(3)
    ]
    named = item("n", "Faster pictures", "We start from the weights of Stable Diffusion and cut its steps.")
    collect(archive, FIRST, [*other, named])
    empty.sync(archive)
    for typed in ("스테이블 디퓨전", "스테이블디퓨전", "스테이블 디퓨전의"):
        assert ids_of(empty, typed)[0] == "n"
    collect(archive, FIRST + timedelta(days=1), [item("k", "스테이블 디퓨전을 빠르게", "걸음을 줄인다.")])
    empty.sync(archive)
    assert set(ids_of(empty, "스테이블 디퓨전")[:2]) == {"n", "k"}, "what says it in Korean is found as well"


def test_two_words_find_the_name_that_joins_them(names: ArchiveSearcher) -> None:
    assert "p6" in ids_of(names, "flash attention")


@pytest.mark.parametrize(
    ("typed", "meant", "first"),
    [
        ("trasnformer", "transformer", "p3"),
        ("difusion", "diffusion", "p4"),
        ("wether", "weather", "p3"),
        ("DeepSeak", "deepseek", "p8"),
        ("flshatention", "flashattention", "p6"),
        ("diffusoin", "diffusion", "p4"),
        ("trasnforming", "transforming", "p2"),
    ],
)
def test_a_typo_or_two_are_forgiven_and_told(
    names: ArchiveSearcher, typed: str, meant: str, first: str
) -> None:
    page = names.search(typed)
    assert page.mended == ((typed.lower(), meant),)
    assert first in [hit.id for hit in page.hits]
    assert meant in page.query


SOUNDS = {
    "발로그": "balog",
    "발로그의": "balog",
    "튈루": "tulu",
    "요시다": "yoshida",
    "카플란": "kaplan",
    "콜린스": "collin",
    "스토야노비치": "stoyanovich",
}
EVERYDAY = ("김밥", "도서관", "두부", "다리", "모기", "부동산은", "발", "가나다라마바사" * 9)


@pytest.fixture
def latin(empty: ArchiveSearcher, archive: SqlArchive) -> ArchiveSearcher:
    """Papers that name models and authors in Latin letters, in an index of each kind."""
    texts = ("Balog and Tülu", "Mistral beats DeepSeek", "Stoyanovich in PyTorch", "Balloons and misrule")
    authors = (("Naoko Yoshida",), ("Jared Kaplan",), ("Michael Collins",), ())
    papers = [item(f"s{n}", text, "Read it.") for n, text in enumerate(texts)]
    named = [structs.replace(paper, authors=names) for paper, names in zip(papers, authors, strict=True)]
    collect(archive, FIRST, named)
    empty.sync(archive)
    return empty


def test_a_name_in_korean_letters_finds_the_latin_one_that_sounds_like_it_and_that_is_told(
    latin: ArchiveSearcher,
) -> None:
    pages = {typed: latin.search(typed) for typed in SOUNDS}
    assert {typed: page.mended for typed, page in pages.items()} == {
        typed: ((typed, meant),) for typed, meant in SOUNDS.items()
    }
    assert {len(page.hits) for page in pages.values()} == {1}


def test_an_everyday_word_is_no_name_that_sounds_a_little_like_it(latin: ArchiveSearcher) -> None:
    assert {typed: latin.search(typed).mended for typed in EVERYDAY} == dict.fromkeys(EVERYDAY, ())


def test_a_name_that_is_held_in_korean_letters_is_searched_as_it_was_typed(
    latin: ArchiveSearcher, archive: SqlArchive
) -> None:
    collect(archive, FIRST + timedelta(days=1), [item("k", "발로그의 새 논문", "읽어 보자.")])
    latin.sync(archive)
    page = latin.search("발로그")
    assert page.mended == ()
    assert [hit.id for hit in page.hits] == ["k"]


@pytest.mark.parametrize(
    "typed", ["zzzzqqq", "cat", "xyz", '"trasnformer"', "-trasnformer cats", "봄나물", "gpt9"]
)
def test_what_is_no_typo_is_searched_as_it_was_typed(names: ArchiveSearcher, typed: str) -> None:
    assert names.search(typed).mended == ()


def test_an_index_of_an_older_form_is_taken_away_once_the_new_one_is_written(
    archive: SqlArchive, tmp_path: Path
) -> None:
    older = tmp_path / "index" / "words-0"
    older.mkdir(parents=True)
    (older / "meta.json").write_text("{}")
    ArchiveSearcher(tmp_path / "index").sync(archive)
    assert not older.exists()


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.ENOSPC, "no room"), ArchiveFull),
        (OSError(errno.EACCES, "not yours"), ArchiveError),
        (ValueError("Permission denied"), ArchiveError),
        (ValueError("a bug"), ValueError),
    ],
    ids=["no room", "not ours", "not ours, in the words of the index", "a bug"],
)
def test_an_index_that_cannot_be_written_says_why_and_hides_no_bug(
    tmp_path: Path, error: Exception, raised: type[Exception]
) -> None:
    def entries(_day: date) -> Iterator[IndexEntry]:
        raise error

    with pytest.raises(raised):
        WordIndex(tmp_path / "index").update({FIRST: "mark"}, (), entries)
    assert WordIndex(tmp_path / "index").marks() == {}


def test_an_update_that_failed_does_not_lock_the_next_one_while_its_error_is_held(tmp_path: Path) -> None:
    def broken(_day: date) -> Iterator[IndexEntry]:
        raise ValueError("a damaged item")
        yield

    index = WordIndex(tmp_path / "index")
    with pytest.raises(ValueError, match="damaged") as caught:
        index.update({FIRST: "mark"}, (), broken)
    assert index.marks() == {}, "nothing of it was kept"
    index.update({FIRST: "mark"}, (), lambda _day: iter(()))
    assert index.marks() == {FIRST: "mark"}
    assert caught.value.__traceback__ is not None


def test_a_passage_without_a_space_to_end_at_is_cut_where_it_is_full() -> None:
    passage, marked = excerpt(["word " * 80 + "sparse" + "-" * 500], frozenset({"spars", "sparse"}))
    assert len(passage) == 300
    assert [passage[start:end] for start, end in marked] == ["sparse"]


def test_an_open_searcher_shows_a_day_as_it_is_now(tmp_path: Path) -> None:
    """Its place in the index may be that of another text before."""
    archive = open_archive(tmp_path / "archive.sqlite")
    searcher = ArchiveSearcher(tmp_path / "index")
    for text in (f"Squids have {n} arms." for n in range(5)):
        collect(archive, FIRST, [item("a", "Squids", text)])
        searcher.sync(archive)
        assert [hit.excerpt for hit in searcher.search("squids").hits] == [text]


class CountedView:
    """A view that counts the entries that are taken from it."""

    def __init__(self, view: IndexView) -> None:
        self._view = view
        self.taken = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def best(self, query: Query, most: int) -> Iterator[Scored]:
        for hit in self._view.best(query, most):
            self.taken += 1
            yield hit


class CountedIndex:
    """A folder's index that gives counted views."""

    def __init__(self, folder: Path) -> None:
        self._index = WordIndex(folder)
        self.views: list[CountedView] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._index, name)

    def view(self) -> CountedView:
        self.views.append(CountedView(self._index.view()))
        return self.views[-1]


@pytest.mark.parametrize(
    "typed", ["sparse attention", "attention of models", "models", "언어 모델", "sparse 모델"]
)
def test_few_entries_are_read_and_those_that_hold_the_words_as_typed_come_first(
    tmp_path: Path, typed: str
) -> None:
    """The order is that of all entries of which the first are looked at."""
    texts = (
        "We attend sparsely.",
        "Attention that is sparse.",
        "Sparse attention of models.",
        "언어 모델이다",
    )
    archive = open_archive(tmp_path / "archive.sqlite")
    for n in range(8):
        items = [item(f"k{n}-{m}", f"Model {m}", f"{texts[(n + m) % 4]} {m % 5}") for m in range(40)]
        collect(archive, FIRST + timedelta(n), items)
    index = CountedIndex(tmp_path / "index")
    searcher = ArchiveSearcher(tmp_path / "index", words=index)  # type: ignore[arg-type]
    searcher.sync(archive)
    ids = [hit.id for hit in searcher.search(typed, most=10).hits]
    query = parse(typed)
    every = list(index.views[0].best(query, DEPTH))
    every = [
        *sorted(every[:CLOSE], key=lambda h: -typed_words(query).closeness(h.entry.texts)),
        *every[CLOSE:],
    ]
    assert ids == [hit.entry.id for hit in every[:10]]
    assert index.views[0].taken - len(every) <= DEPTH // 2


@pytest.mark.parametrize("text", ['attention -"…"', 'attention -"!?"', "attention -"])
def test_what_is_left_out_holds_words_or_changes_nothing(searcher: ArchiveSearcher, text: str) -> None:
    assert set(ids_of(searcher, text)) == {"a", "e"}
