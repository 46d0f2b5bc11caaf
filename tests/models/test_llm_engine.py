"""The same adapter against a real engine: llama.cpp's own server with a tiny model of random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from daybrief.adapters.llm import Models
from daybrief.errors import BadDraft
from daybrief.ports import Answer, ModelSettings, Question
from daybrief.text.prompts import fenced

NAME = "tiny-random"


class Card(msgspec.Struct):
    """Every string is bounded: random weights would never close it."""

    part: Annotated[str, Meta(max_length=12)]
    points: Annotated[list[Annotated[str, Meta(max_length=16)]], Meta(max_length=2)]


def write_tiny(path: Path, width: int = 64, layers: int = 2, heads: int = 4, hidden: int = 128) -> None:
    """A byte-level llama of 470 kB with random weights and no merges worth the name."""
    import gguf
    import numpy as np

    rng = np.random.default_rng(0)
    keep = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = (b for b in range(256) if b not in keep)
    table = {**{b: chr(b) for b in keep}, **{b: chr(256 + n) for n, b in enumerate(extra)}}
    merges = ["t h", "i n", "e r"]
    words = [table[b] for b in range(256)] + [m.replace(" ", "") for m in merges]
    special = ["<|bos|>", "<|eos|>", "<|im_start|>", "<|im_end|>"]
    first = len(words)
    w = gguf.GGUFWriter(str(path), "llama")
    w.add_name(NAME)
    w.add_context_length(8192)
    w.add_embedding_length(width)
    w.add_block_count(layers)
    w.add_feed_forward_length(hidden)
    w.add_head_count(heads)
    w.add_head_count_kv(heads)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(width // heads)
    w.add_vocab_size(first + 4)
    w.add_file_type(0)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(words + special)
    w.add_token_merges(merges)
    w.add_token_types([gguf.TokenType.NORMAL] * first + [gguf.TokenType.CONTROL] * 4)
    w.add_bos_token_id(first)
    w.add_eos_token_id(first + 3)
    w.add_pad_token_id(first + 1)
    w.add_add_bos_token(False)
    w.add_chat_template(
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )

    def matrix(*shape: int) -> Any:
        return (rng.standard_normal(shape) * 0.05).astype(np.float32)

    ones = np.ones(width, np.float32)
    w.add_tensor("token_embd.weight", matrix(first + 4, width))
    w.add_tensor("output.weight", matrix(first + 4, width))
    w.add_tensor("output_norm.weight", ones)
    for i in range(layers):
        for n in ("attn_norm", "ffn_norm"):
            w.add_tensor(f"blk.{i}.{n}.weight", ones)
        for n in ("attn_q", "attn_k", "attn_v", "attn_output"):
            w.add_tensor(f"blk.{i}.{n}.weight", matrix(width, width))
        w.add_tensor(f"blk.{i}.ffn_gate.weight", matrix(hidden, width))
        w.add_tensor(f"blk.{i}.ffn_up.weight", matrix(hidden, width))
        w.add_tensor(f"blk.{i}.ffn_down.weight", matrix(width, hidden))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    x = pytest.importorskip("xllamacpp", reason="the engine for conformance is not installed")
    pytest.importorskip("gguf", reason="the writer of tiny models is not installed")
    pytest.importorskip("json_repair", reason="the extra `llm` is not installed")
    path = tmp_path_factory.mktemp("engine") / "tiny.gguf"
    write_tiny(path)
    params = x.CommonParams()
    params.model.path = str(path)
    params.model_alias = {NAME}
    params.n_ctx = 8192
    params.n_parallel = 2
    params.cpuparams.n_threads = 1  # two threads on a busy machine spin for half a minute
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.warmup = False
    server = x.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def answers_of(engine: str, folder: Path, *questions: Question, **changed: Any) -> tuple[Answer, ...]:
    usual: dict[str, Any] = {
        "model": NAME, "base_url": engine, "price_in": 0.0, "price_out": 0.0, "max_output": 400,
        "parallel": 2, "context": 8_000,
    }  # fmt: skip
    with Models(folder, "day", {}, Random(7)) as models:
        return models(ModelSettings(**(usual | changed))).ask(questions)


def question(number: int = 0, shape: type[Any] = Card) -> Question:
    return Question(
        name="read tiny",
        system="Answer.",
        prompt=fenced("SOURCE", f"A short text, number {number}."),
        shape=shape,
    )


def test_a_schema_is_kept_by_the_engine_and_answers_convert(engine: str, tmp_path: Path) -> None:
    answers = answers_of(engine, tmp_path, *(question(n) for n in range(4)))
    assert [a.error for a in answers] == [None] * 4
    assert all(isinstance(a.value, Card) and len(a.value.points) <= 2 for a in answers)
    assert all(a.usage.tokens_in > 0 and a.usage.tokens_out > 0 for a in answers)


def test_an_answer_kept_from_the_engine_is_not_asked_for_again(engine: str, tmp_path: Path) -> None:
    first = answers_of(engine, tmp_path, question())
    assert answers_of("http://127.0.0.1:9/v1", tmp_path, question()) != first, (
        "another address is another model"
    )
    assert answers_of(engine, tmp_path, question()) == first


def test_without_a_schema_random_weights_give_nothing_usable(engine: str, tmp_path: Path) -> None:
    (answer,) = answers_of(engine, tmp_path, question(), structured="prompted", max_output=40)
    assert isinstance(answer.error, BadDraft)


def test_an_answer_the_engine_cuts_is_a_failure(engine: str, tmp_path: Path) -> None:
    (answer,) = answers_of(engine, tmp_path, question(), max_output=3)
    assert isinstance(answer.error, BadDraft)
    assert "max_output" in answer.error.hint


def test_a_prompt_the_engine_cannot_hold_names_the_context(engine: str, tmp_path: Path) -> None:
    long = Question(name="read", system="", prompt="word " * 9_000, shape=Card)
    (answer,) = answers_of(engine, tmp_path, long, context=1_000_000)
    assert isinstance(answer.error, BadDraft)
    assert "context" in answer.error.hint


def test_a_model_the_engine_does_not_list_is_asked_all_the_same(
    engine: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (answer,) = answers_of(engine, tmp_path, question(), model="other")
    assert answer.error is None, "llama.cpp answers to any name"
    assert NAME in caplog.text, "and the note says which it has"
