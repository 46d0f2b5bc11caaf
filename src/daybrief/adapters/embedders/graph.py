"""The ONNX graph of a BERT-like sentence encoder, built from its weights.

For models that come as `model.safetensors` alone. Layers as in Devlin et al. 2019 (post-norm, exact GELU),
mean or first-token pooling and unit length as sentence-transformers applies them. Positions are counted
from the padding index on, as RoBERTa and its kin do, or from 0, as BERT does; padding is on the right.
Needs `onnx` to build; running the result needs ONNX Runtime only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from daybrief.errors import ConfigError

OPSET = 20  # the first with Gelu
_FAMILIES = {"bert": "", "roberta": "roberta.", "xlm-roberta": "roberta."}


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a model's `config.json`."""

    model_type: str = "bert"
    hidden_size: int = 384
    num_hidden_layers: int = 6
    num_attention_heads: int = 12
    max_position_embeddings: int = 512
    pad_token_id: int = 0
    layer_norm_eps: float = 1e-12
    hidden_act: str = "gelu"

    @property
    def first_position(self) -> int:
        """The position number of a text's first token."""
        return 0 if self.model_type == "bert" else self.pad_token_id + 1


class Encoder:
    """Builds one graph: `input_ids` and `attention_mask` (batch × tokens, int64) to unit vectors."""

    def __init__(self, weights: Mapping[str, np.ndarray], shape: Shape) -> None:
        from onnx import helper, numpy_helper

        if shape.model_type not in _FAMILIES or shape.hidden_act != "gelu":
            raise ConfigError(
                f"a {shape.model_type} model ({shape.hidden_act}) cannot be read from its weights",
                hint="export it: optimum-cli export onnx --task feature-extraction",
            )
        self._helper, self._as_tensor = helper, numpy_helper.from_array
        prefix = _FAMILIES[shape.model_type]
        bare = {name.removeprefix("bert.").removeprefix(prefix or " "): w for name, w in weights.items()}
        self._weights = {name: w.astype(np.float32) for name, w in bare.items() if w.dtype.kind == "f"}
        self._shape = shape
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def build(self, *, first_token: bool) -> bytes:
        """The serialised model; pools over the first token, or over the mean of all."""
        from onnx import TensorProto, checker

        mask = self._op("Cast", "attention_mask", to=TensorProto.FLOAT)
        x = self._embedded()
        bias = self._op("Sub", self._floats(1.0), self._op("Unsqueeze", mask, self._ints(1, 2)))
        bias = self._op("Mul", bias, self._floats(-1e9))
        for number in range(self._shape.num_hidden_layers):
            x = self._layer(x, f"encoder.layer.{number}.", bias)
        pooled = self._first(x) if first_token else self._mean(x, mask)
        self._nodes.append(self._helper.make_node("LpNormalization", [pooled], ["embedding"], axis=1, p=2))
        takes = [
            self._helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ]
        size: list[str | int | None] = ["batch", self._shape.hidden_size]
        gives = [self._helper.make_tensor_value_info("embedding", TensorProto.FLOAT, size)]
        graph = self._helper.make_graph(self._nodes, "encoder", takes, gives, self._constants)
        opset = [self._helper.make_opsetid("", OPSET)]
        model = self._helper.make_model(graph, opset_imports=opset, ir_version=10)
        checker.check_model(model)
        return bytes(model.SerializeToString())

    def _embedded(self) -> str:
        first = self._shape.first_position
        length = self._op("Slice", self._op("Shape", "input_ids"), self._ints(1), self._ints(2))
        last = self._op("Add", length, self._ints(first))
        table = self._weight("embeddings.position_embeddings.weight")
        places = self._op("Slice", self._constant(table), self._ints(first), last)
        words = self._constant(self._weight("embeddings.word_embeddings.weight"))
        x = self._op("Add", self._op("Gather", words, "input_ids"), places)
        kind = self._constant(self._weight("embeddings.token_type_embeddings.weight")[0])
        return self._norm(self._op("Add", x, kind), "embeddings.LayerNorm")

    def _layer(self, x: str, prefix: str, bias: str) -> str:
        heads, width = self._shape.num_attention_heads, self._shape.hidden_size
        split, joined = self._ints(0, 0, heads, width // heads), self._ints(0, 0, width)

        def part(name: str, order: Sequence[int]) -> str:
            of = self._op("Reshape", self._linear(x, f"{prefix}attention.self.{name}"), split)
            return self._op("Transpose", of, perm=order)

        likeness = self._op("MatMul", part("query", [0, 2, 1, 3]), part("key", [0, 2, 3, 1]))
        scaled = self._op("Mul", likeness, self._floats((width // heads) ** -0.5))
        weight = self._op("Softmax", self._op("Add", scaled, bias), axis=-1)
        seen = self._op("MatMul", weight, part("value", [0, 2, 1, 3]))
        seen = self._op("Reshape", self._op("Transpose", seen, perm=[0, 2, 1, 3]), joined)
        told = self._linear(seen, f"{prefix}attention.output.dense")
        x = self._norm(self._op("Add", x, told), f"{prefix}attention.output.LayerNorm")
        inner = self._op("Gelu", self._linear(x, f"{prefix}intermediate.dense"))
        outer = self._linear(inner, f"{prefix}output.dense")
        return self._norm(self._op("Add", x, outer), f"{prefix}output.LayerNorm")

    def _mean(self, x: str, mask: str) -> str:
        told = self._op("Mul", x, self._op("Unsqueeze", mask, self._ints(2)))
        total = self._op("ReduceSum", told, self._ints(1), keepdims=0)
        return self._op("Div", total, self._op("ReduceSum", mask, self._ints(1), keepdims=1))

    def _first(self, x: str) -> str:
        return self._op("Squeeze", self._op("Slice", x, *map(self._ints, (0, 1, 1))), self._ints(1))

    def _linear(self, x: str, name: str) -> str:
        turned = self._constant(self._weight(f"{name}.weight").T)
        return self._op("Add", self._op("MatMul", x, turned), self._constant(self._weight(f"{name}.bias")))

    def _norm(self, x: str, name: str) -> str:
        scale, shift = (self._constant(self._weight(f"{name}.{part}")) for part in ("weight", "bias"))
        return self._op("LayerNormalization", x, scale, shift, axis=-1, epsilon=self._shape.layer_norm_eps)

    def _weight(self, name: str) -> np.ndarray:
        try:
            return self._weights[name]
        except KeyError:
            raise ConfigError(f"the model's weights lack {name!r}", hint="is it a BERT encoder?") from None

    def _constant(self, values: np.ndarray) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(self._as_tensor(np.ascontiguousarray(values), name))
        return name

    def _ints(self, *values: int) -> str:
        return self._constant(np.array(values, np.int64))

    def _floats(self, *values: float) -> str:
        return self._constant(np.array(values, np.float32))

    def _op(self, kind: str, *takes: str, **options: Any) -> str:
        name = f"t{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, list(takes), [name], **options))
        return name
