"""A folder with an NLI model becomes a scorer, or an error that says what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daybrief.adapters.encoders import open_nli
from daybrief.errors import ConfigError

onnx = pytest.importorskip("onnx")
tokenizers = pytest.importorskip("tokenizers")
pytest.importorskip("onnxruntime")

VOCABULARY = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 3, "recall": 4, "rises": 5, "falls": 6, "the": 7}
LABELS = {"0": "contradiction", "1": "neutral", "2": "entailment"}


def graph(inputs: tuple[str, ...] = ("input_ids", "attention_mask"), labels: int = 3) -> bytes:
    """Entailment where `rises` is read twice, contradiction where `falls` is read, else neutral.

    Each token looks up three figures; their sum over the tokens that count are the logits.
    """
    numpy = pytest.importorskip("numpy")
    helper, kind = onnx.helper, onnx.TensorProto
    table = numpy.zeros((len(VOCABULARY), labels), numpy.float32)
    table[VOCABULARY["falls"], 0] = 30.0
    table[VOCABULARY["[CLS]"], 1] = 15.0
    table[VOCABULARY["rises"], labels - 1] = 10.0
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["looked"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=kind.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["looked", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "second"], ["logits"], keepdims=0),
    ]
    made = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind.INT64, ["batch", "length"]) for name in inputs],
        [helper.make_tensor_value_info("logits", kind.FLOAT, ["batch", labels])],
        [
            onnx.numpy_helper.from_array(table, "table"),
            onnx.numpy_helper.from_array(numpy.array([2], numpy.int64), "last"),
            onnx.numpy_helper.from_array(numpy.array([1], numpy.int64), "second"),
        ],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The three files of a tiny model, as an export leaves them."""
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    words.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    words.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    words.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "model.onnx").write_bytes(graph())
    config = {"id2label": LABELS, "max_position_embeddings": 64, "model_type": "tiny"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


def test_the_model_in_a_folder_decides(folder: Path) -> None:
    supported, refused, unrelated = open_nli(str(folder)).score(
        [
            ("recall rises", "the recall rises"),
            ("recall falls", "the recall rises"),
            ("the the", "the recall"),
        ]
    )
    assert supported > 0.99
    assert refused < 0.01
    assert unrelated < 0.01


def test_the_best_passage_of_a_long_source_counts(folder: Path) -> None:
    """The words that decide stand far behind what the model reads at once."""
    long = "the " * 5_000 + "recall rises " + "the " * 3_000
    assert open_nli(str(folder)).score([("recall rises", long)])[0] > 0.99


def test_a_claim_longer_than_the_model_reads_is_cut(folder: Path) -> None:
    (chance,) = open_nli(str(folder)).score([("recall rises " + "the " * 900, "recall rises")])
    assert chance > 0.99


@pytest.mark.parametrize(
    ("claim", "evidence"), [("", ""), ("\x00", "𐀀" * 9_000), ("rises", " "), ("?" * 9_000, "?")]
)
def test_odd_texts_get_a_figure_between_0_and_1(folder: Path, claim: str, evidence: str) -> None:
    model = open_nli(str(folder))
    first = model.score([(claim, evidence)])
    assert all(0.0 <= chance <= 1.0 for chance in first)
    assert model.score([(claim, evidence)]) == first


def test_nothing_is_asked_of_the_model_for_no_pairs(folder: Path) -> None:
    assert open_nli(str(folder)).score([]) == ()


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_or_broken_file_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"not what it should be")
    with pytest.raises(ConfigError, match=r"cannot be loaded|no model configuration"):
        open_nli(str(folder))
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=name):
        open_nli(str(folder))


def test_a_model_without_a_label_for_support_is_refused(folder: Path) -> None:
    labels = {"0": "LABEL_0", "1": "not_entailment", "2": "LABEL_2"}
    (folder / "config.json").write_text(json.dumps({"id2label": labels}))
    with pytest.raises(ConfigError, match="LABEL_0, not_entailment, LABEL_2"):
        open_nli(str(folder))


def test_a_model_with_other_outputs_or_inputs_is_refused(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(graph(labels=2))
    with pytest.raises(ConfigError, match="not a figure for each of 3 labels"):
        open_nli(str(folder))
    (folder / "model.onnx").write_bytes(graph(("input_ids", "attention_mask", "pixel_values")))
    with pytest.raises(ConfigError, match="pixel_values"):
        open_nli(str(folder))


def test_without_the_extra_the_way_to_install_it_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"daybrief\[nli\]"):
        open_nli(str(folder))
