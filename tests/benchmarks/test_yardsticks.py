"""The benchmarks that say what the entailment models are worth keep bounds and test rows apart."""

from __future__ import annotations

import ast
import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from daybrief.model import Verdict
from daybrief.ports import ModelSettings
from daybrief.testing.model_server import MODEL, model_server

np = pytest.importorskip("numpy")
LAYER = (
    *(f"attention.self.{part}" for part in ("query", "key", "value")),
    *("attention.output.dense", "intermediate.dense", "output.dense"),
)
WIDTH = 8


@pytest.fixture
def benchmark(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a benchmark by its name, as running it would."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module


def rows(faithfulness: ModuleType, *kinds: tuple[bool, bool]) -> list[object]:
    """Rows with (faithful, for validation) each."""
    return [
        faithfulness.Row(
            id=str(n), text="A b.", claim="A b.", true=true, errors=(), origin="", validation=seen
        )
        for n, (true, seen) in enumerate(kinds)
    ]


def test_the_rows_a_figure_is_about_do_not_move_its_bound(benchmark: Callable[[str], ModuleType]) -> None:
    faithfulness = benchmark("faithfulness")
    scores = np.array([0.9, 0.2, 0.6, 0.8, 0.1])
    seen = ((True, True), (False, True))
    agreed = faithfulness.halved(scores, rows(faithfulness, *seen, *[(True, False)] * 3))
    other = faithfulness.halved(scores, rows(faithfulness, *seen, *[(False, False)] * 3))
    assert agreed.tolist() == other.tolist() == [False, False, False]
    assert faithfulness.halved(scores, rows(faithfulness, *[(True, True)] * 5)) is None


def test_the_house_counts_docstrings_and_names_that_say_too_little(
    benchmark: Callable[[str], ModuleType],
) -> None:
    code = '"""What it is."""\n\ndef f(one, item):\n    """One thing."""\n    told = one\n    return told\n'
    plain = (
        '"""Counts things."""\n\ndef f(item):\n    """Return the item, whatever said."""\n    return item\n'
    )
    house = benchmark("house")
    vague, clear = (list(ast.walk(ast.parse(text))) for text in (code, plain))
    assert list(house.vague_docstrings(vague)) == ["What it is.", "One thing."]
    assert sorted(house.vague_variables(vague)) == ["one", "told"]
    assert not list(house.vague_docstrings(clear))
    assert not list(house.vague_variables(clear))


PAGE = """# A heading of many words that is no sentence

| a table | of cells |
| --- | --- |

It reads [the page](../of/an/address.md), e.g. this. `daybrief run` writes
it on two lines.

- An entry
- Another one. arXiv ends it.

```bash
a command. Of two sentences.
```
"""


def test_the_house_counts_the_words_of_sentences_alone(benchmark: Callable[[str], ModuleType]) -> None:
    house = benchmark("house")
    sentences = list(house.sentences(house.paragraphs(PAGE.splitlines())))
    assert sentences == [
        "It reads the page, e.g. this.",
        "code writes it on two lines.",
        "An entry",
        "Another one.",
        "arXiv ends it.",
    ]
    assert [house.word_count(sentence) for sentence in sentences] == [6, 6, 2, 2, 3]


def test_the_house_leaves_fields_and_pictures_of_a_docstring_out(
    benchmark: Callable[[str], ModuleType],
) -> None:
    text = '"""Reads it.\n\n    bytes | lines | words\n\nname: what it is. More of it.\n\nIt ends. So.\n"""'
    nodes = list(ast.walk(ast.parse(text)))
    assert list(benchmark("house").docstring_sentences(nodes)) == ["Reads it.", "It ends.", "So."]


@pytest.mark.parametrize(
    ("code", "errors"),
    [
        ('def f():\n    """Reads."""\n    raise Blocked("x")\n', ["f raises Blocked"]),
        ('def f():\n    """Reads; raises Blocked."""\n    raise Blocked("x")\n', []),
        ('def f():\n    """Reads; raises FetchError."""\n    raise Blocked("x")\n', []),
        ('def f():\n    """Reads; raises OSError."""\n    raise FileNotFoundError("x")\n', []),
        (
            'def f():\n    """Reads."""\n    try:\n        raise Blocked("x")\n'
            "    except FetchError:\n        pass\n",
            [],
        ),
        (
            'def f():\n    """Reads."""\n    try:\n        pass\n    finally:\n        raise Blocked("x")\n',
            ["f raises Blocked"],
        ),
        (
            'def f():\n    """Reads."""\n    def g():\n        raise Blocked("x")\n    try:\n        g()\n'
            "    except Blocked:\n        raise\n",
            [],
        ),
        ('def _f():\n    """Reads."""\n    raise Blocked("x")\n', []),
        ('class C:\n    def f(self):\n        """Reads."""\n        raise Blocked\n', ["f raises Blocked"]),
        ('def f(a: Annotated[str, typer.Argument()]):\n    """Read."""\n    raise Blocked("x")\n', []),
    ],
)
def test_the_house_counts_errors_that_a_docstring_does_not_name(
    benchmark: Callable[[str], ModuleType], code: str, errors: list[str]
) -> None:
    house = benchmark("house")
    text = f"class FetchError(Exception): ...\nclass Blocked(FetchError): ...\n{code}"
    tree = ast.parse(text)
    module = house.Module("m", Path("m.py"), text, tree, list(ast.walk(tree)))
    assert list(house.unnamed_errors(module, house.ancestors_of_classes([module]))) == errors


def test_overlap_is_not_ahead_of_itself(benchmark: Callable[[str], ModuleType]) -> None:
    faithfulness = benchmark("faithfulness")
    given = rows(faithfulness, *[(True, True), (False, True), (True, False), (False, False)] * 5)
    scores = np.linspace(0, 1, 20)
    gaps = faithfulness.ahead(scores, (0.5, 0.3), scores, (0.5, 0.3), given)
    assert {way: gap["mean"] for way, gap in gaps.items()} == {"trained": 0, "free": 0, "halved": 0}


def test_the_bounds_of_a_model_are_those_its_training_left(
    benchmark: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    faithfulness = benchmark("faithfulness")
    assert faithfulness.bounds_of(tmp_path) == (None, None)
    (tmp_path / "training.json").write_text(json.dumps({"bound": 0.6, "bound_free": 0.4}))
    assert faithfulness.bounds_of(tmp_path) == (0.6, 0.4)


def test_the_judge_is_measured_by_what_it_keeps_agrees_to_and_shows(
    benchmark: Callable[[str], ModuleType],
) -> None:
    quality, faithfulness = benchmark("judge_quality"), benchmark("faithfulness")
    given = rows(faithfulness, (True, False), (True, False), (False, False), (False, False))
    answers = [
        ("supported", "the model points at 'b'"),
        ("unclear", "the model shows no words of the source"),
        ("unclear", "the model cannot tell"),
        ("unsupported", "the model finds it nowhere in the source"),
    ]
    verdicts = [Verdict(check="judge", outcome=outcome, why=why) for outcome, why in answers]
    measures = quality.measured(given, verdicts)
    scores = [measures[way]["balanced_accuracy"] for way in ("kept", "agreed", "shown")]
    assert scores == [0.75, 1.0, 0.75]
    assert (measures["faithful"], measures["unanswered"]) == (2, 0)


def test_the_judge_that_is_measured_is_the_check_itself(benchmark: Callable[[str], ModuleType]) -> None:
    quality, faithfulness = benchmark("judge_quality"), benchmark("faithfulness")
    text = "Recall rises by two points on every set of questions that was tried."
    row = faithfulness.Row(
        id="1", text=text, claim="On every set of questions recall rises.", true=True, errors=(), origin="",
        validation=False,
    )  # fmt: skip
    with model_server() as server:
        settings = ModelSettings(model=MODEL, base_url=server.base_url, budget_usd=0)
        (verdict,) = quality.verdicts([row], settings)
        assert server.stats()["calls"] == 1, verdict.why
    assert (verdict.check, verdict.outcome) == ("judge", "supported")


def test_rows_are_drawn_half_and_half_and_the_same_twice(benchmark: Callable[[str], ModuleType]) -> None:
    quality, faithfulness = benchmark("judge_quality"), benchmark("faithfulness")
    given = rows(faithfulness, *[(True, False)] * 9, *[(False, False)] * 5)
    drawn = quality.drawn(given, 8)
    assert drawn == quality.drawn(given, 8)
    assert sorted(row.true for row in drawn) == [False] * 4 + [True] * 4


def tiny() -> dict[str, object]:
    """The weights of an encoder with one layer and no sense."""
    rng = np.random.default_rng(0)

    def some(*shape: int) -> object:
        return rng.normal(size=shape).astype(np.float32)

    weights = {
        "embeddings.word_embeddings.weight": some(110, WIDTH),
        "embeddings.position_embeddings.weight": some(64, WIDTH),
        "embeddings.token_type_embeddings.weight": some(2, WIDTH),
    }
    for name in LAYER:
        weights |= {f"encoder.layer.0.{name}.weight": some(WIDTH, WIDTH)}
        weights |= {f"encoder.layer.0.{name}.bias": some(WIDTH)}
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        weights |= {f"{name}.LayerNorm.weight": some(WIDTH), f"{name}.LayerNorm.bias": some(WIDTH)}
    return weights


@pytest.fixture
def training(benchmark: Callable[[str], ModuleType]) -> ModuleType:
    for name in ("onnx", "onnxruntime", "tokenizers", "safetensors", "sklearn", "scipy"):
        pytest.importorskip(name)
    return benchmark("train_nli")


def aligner(training: ModuleType) -> object:
    shape = training.Shape(
        hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2, max_position_embeddings=64
    )
    return training.Aligner(tiny(), shape, np.linspace(0, 1, 110).astype(np.float32)).made()


def test_each_word_of_the_claim_looks_for_its_like_in_the_source_and_padding_for_none(
    training: ModuleType,
) -> None:
    session = training.onnxruntime.InferenceSession(aligner(training).SerializeToString())
    ids = np.array(
        [[101, 104, 105, 102, 104, 105, 102, 0, 0], [101, 104, 105, 102, 104, 109, 102, 0, 0]], np.int64
    )
    fed = {"input_ids": ids, "attention_mask": (ids > 0).astype(np.int64)}
    (matches,) = session.run(None, fed)
    (bare,) = session.run(None, {name: values[:1, :7] for name, values in fed.items()})
    same = training.NAMES.index("same")
    assert matches[:, same] == pytest.approx([1.0, 0.5])
    assert matches[0] == pytest.approx(bare[0], abs=1e-4)
    assert np.abs(matches).max() < 1.01


def test_what_is_trained_is_a_folder_that_the_check_can_load(training: ModuleType, tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    known = {"[PAD]": 0, "[CLS]": 101, "[SEP]": 102, "[UNK]": 103, "recall": 104, "rises": 105, "falls": 109}
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token="[UNK]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    ends = [("[CLS]", 101), ("[SEP]", 102)]
    words.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )  # fmt: skip
    words.save(str(tmp_path / "words.json"))
    weight = np.array([name == "same" for name in training.NAMES], np.float32) * 10
    training.exported(aligner(training), weight, -7.5, tmp_path / "made", tmp_path / "words.json")
    whole, half = training.open_nli(str(tmp_path / "made")).score(
        [("recall rises", "recall rises"), ("recall falls", "recall rises")]
    )
    assert whole > 0.9
    assert half < 0.1


def test_a_folder_that_holds_a_model_is_not_made_again(
    benchmark: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    quality = benchmark("nli_quality")
    (tmp_path / "model.onnx").write_bytes(b"")
    assert quality.ready(tmp_path, Path("nowhere")) == tmp_path
    assert quality.cached() == quality.cached()


def test_marked_spans_become_the_words_within_them(benchmark: Callable[[str], ModuleType]) -> None:
    for name in ("sklearn", "scipy"):
        pytest.importorskip(name)
    words = benchmark("support_words")
    spans = [(0, 5), (6, 12), (13, 18)]
    assert words._within("seven people slept", "['Seven people', nan]", spans).tolist() == [True, True, False]


PRINTED = """
== 10421 passed in 866.74s (0:14:26) ==
TOTAL     20418    311   7616    307    98%
branches: 96.0 %, 7,309 of 7,616 (asked: 95 %)
"""


def test_the_house_reads_what_a_run_of_its_tests_printed(benchmark: Callable[[str], ModuleType]) -> None:
    seconds, covered, branches = benchmark("house").tested(PRINTED)
    assert seconds["measured"].startswith("**867**, 10,421 tests (before: ")
    assert covered["measured"] == "**98 %**"
    assert branches["measured"] == "**96.0 %**, 7,309 of 7,616 branches"


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_run_of_the_tests_that_did_not_end_well_gives_no_figure(
    benchmark: Callable[[str], ModuleType], line: int
) -> None:
    lines = PRINTED.splitlines()
    with pytest.raises(SystemExit, match="make test did not pass"):
        benchmark("house").tested("\n".join([*lines[:line], *lines[line + 1 :]]))


def test_a_run_with_a_failed_test_gives_no_figure(benchmark: Callable[[str], ModuleType]) -> None:
    with pytest.raises(SystemExit, match="make test did not pass"):
        benchmark("house").tested(PRINTED.replace("10421 passed", "6 failed, 10421 passed"))


@pytest.mark.parametrize(
    ("claim", "other", "words"),
    [
        ("The turtle swims.", "The turtle swims.", []),
        ("The heron swims.", "The turtle swims.", ["heron"]),
        ("The turtle swims fast.", "The turtle swims.", ["fast"]),
        ("The turtle swims.", "The old turtle swims.", []),
        ("The turtle doesn't swim, said nobody.", "The turtle doesn't swim, said all.", ["nobody"]),
        ("The turtle swims 1,200 times.", "The turtle swims 12 times.", ["1,200"]),
    ],
)
def test_a_false_claim_is_marked_where_it_differs_from_a_true_one(
    claim: str, other: str, words: list[str], benchmark: Callable[[str], ModuleType]
) -> None:
    marks, train = benchmark("support_marks"), benchmark("train_support")
    given = marks.Marked("test", claim, other, marks.differing(claim, other))
    assert [claim[start:end] for start, end in given.spans] == words
    content = [word for word in train._words(claim) if train._tells(word)]
    assert [word for word, mark in zip(content, train.within(given), strict=True) if mark] == words


def test_a_spoilt_summary_differs_from_the_true_one_in_the_marked_words_only(
    benchmark: Callable[[str], ModuleType],
) -> None:
    marks = benchmark("support_marks")
    true = "A turtle swims quickly across seven rivers while Emma watches the tired heron"
    other = "Two painters described 40 cities before Frida returned from Lisbon again yesterday"
    pools = marks._by_shape([other]), marks._by_shape([true])
    rng = marks.random.Random(0)
    for _ in range(200):
        made = marks.spoilt(true, frozenset(), pools, [other], rng)
        if made:
            claim, spans = made
            marked = {at for start, end in spans for at in range(start, end)}
            left = "".join(c if at not in marked else " " for at, c in enumerate(claim)).split()
            assert spans
            assert set(left) <= set(true.split())
            assert claim != true
