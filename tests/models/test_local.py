"""Models on this machine: brought whole or not at all, asked by this process alone, tried before use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import msgspec
import pytest
from test_llm_engine import Card, write_tiny
from typer.testing import CliRunner

from daybrief import plugins
from daybrief.adapters.llm import Models, local
from daybrief.adapters.llm.local import KnownModel, LocalModel, ModelFolder, look_at
from daybrief.app import App
from daybrief.app.doctor import (
    _embedded,
    _mode,
    _Share,
    _share,
    _Words,
    _written,
    try_model,
    wording_fault,
)
from daybrief.cli import app as cli
from daybrief.config import Settings
from daybrief.errors import ConfigError, ModelUnavailable
from daybrief.languages import language
from daybrief.model import Ranked
from daybrief.ports import Answer, ModelSettings, Question, Trial
from daybrief.text.prompts import prompts, unfenced
from daybrief.writers.llm.read import RenderAnswer, Renderer

BODY = b"GGUF" + bytes(range(256)) * 2_000
Paper = Callable[..., Ranked]


# ── a publisher ─────────────────────────────────────────────────────────────────────────────────────


class Publisher(ThreadingHTTPServer):
    """Gives one file; how well is set by the fields."""

    body = BODY
    ranges = True
    status = 0
    stops_after = 0  # bytes, once

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.requested_ranges: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model.gguf"


class _Answering(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.requested_ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        body = self.server.body[start:]
        self.send_response(self.server.status or (206 if start else 200))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.server.body) - 1}/*")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        stop, self.server.stops_after = self.server.stops_after, 0
        self.wfile.write(body[:stop] if stop else body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def listing(publisher: Publisher, **changed: Any) -> KnownModel:
    given = {
        "name": "small", "about": "", "url": publisher.url, "size": len(BODY), "licence": "Apache-2.0",
        "sha256": hashlib.sha256(BODY).hexdigest(),
    }  # fmt: skip
    return KnownModel(**(given | changed))


def folder_of(tmp_path: Path, publisher: Publisher, **changed: Any) -> ModelFolder:
    return ModelFolder(tmp_path / "models", [listing(publisher, **changed)])


def test_a_model_is_brought_whole_and_only_once(tmp_path: Path, publisher: Publisher) -> None:
    folder, progress = folder_of(tmp_path, publisher), list[tuple[int, int]]()
    model = folder.get("small", lambda done, size: progress.append((done, size)))
    assert Path(model.path).read_bytes() == BODY
    assert progress[-1] == (len(BODY), len(BODY))
    assert folder.get("small", lambda *_: None) == model
    assert publisher.requested_ranges == [""]
    assert [present.name for present in folder.present()] == ["small"]


@pytest.mark.parametrize("ranges", [True, False], ids=["resumed", "given all again"])
def test_a_download_that_broke_off_goes_on(tmp_path: Path, publisher: Publisher, ranges: bool) -> None:
    folder = folder_of(tmp_path, publisher)
    publisher.ranges, publisher.stops_after = ranges, 100_000
    with pytest.raises(ModelUnavailable, match="broke off"):
        folder.get("small", lambda *_: None)
    assert not folder.present(), "half a model is none"
    there = (tmp_path / "models" / "small.part").stat().st_size
    model = folder.get("small", lambda *_: None)
    assert Path(model.path).read_bytes() == BODY
    assert publisher.requested_ranges == ["", f"bytes={there}-"]


@pytest.mark.parametrize(
    ("changed", "served", "why"),
    [
        ({"sha256": "0" * 64}, {}, "its SHA-256 is .*thrown away"),
        ({"size": len(BODY) - 1}, {}, "gives more than"),
        ({"size": len(BODY) + 1}, {}, "ended at"),
        ({}, {"status": 404}, "answers 404"),
        ({}, {"status": 503}, "answers 503"),
        ({"url": "http://127.0.0.1:9/model.gguf"}, {}, "broke off: ConnectError"),
    ],
)
def test_what_is_not_the_pinned_file_never_becomes_a_model(
    tmp_path: Path, publisher: Publisher, changed: dict[str, Any], served: dict[str, Any], why: str
) -> None:
    for name, value in served.items():
        setattr(publisher, name, value)
    folder = folder_of(tmp_path, publisher, **changed)
    with pytest.raises(ModelUnavailable, match=why):
        folder.get("small", lambda *_: None)
    assert not folder.present()
    assert not (tmp_path / "models" / "small.gguf").exists()


def test_a_part_of_another_file_is_found_out_and_thrown_away(tmp_path: Path, publisher: Publisher) -> None:
    folder = folder_of(tmp_path, publisher)
    folder.folder.mkdir()
    part = folder.folder / "small.part"
    part.write_bytes(b"x" * 1_000)
    with pytest.raises(ModelUnavailable, match="thrown away"):
        folder.get("small", lambda *_: None)
    assert not part.exists()
    assert Path(folder.get("small", lambda *_: None).path).read_bytes() == BODY


def test_a_model_that_is_not_listed_cannot_be_got(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no model 'big' to get"):
        ModelFolder(tmp_path).get("big", lambda *_: None)


# ── files ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "why"),
    [(b"", "no GGUF file"), (b"GGML" + b"0" * 99, "no GGUF file"), (BODY[:-1], "bytes of 512,004"),
     (None, "cannot be read: No such file")],
)  # fmt: skip
def test_a_file_that_is_no_whole_model_is_named(
    tmp_path: Path, publisher: Publisher, body: bytes | None, why: str
) -> None:
    path = tmp_path / "small.gguf"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(ModelUnavailable, match=why):
        look_at(path, listing(publisher))


def test_a_models_mark_tells_files_of_one_name_apart(tmp_path: Path) -> None:
    marks = set()
    for body in (BODY, BODY[:-1] + b"x", BODY + b"x"):
        (tmp_path / "one.gguf").write_bytes(body)
        marks.add(look_at(tmp_path / "one.gguf", None).mark)
    assert len(marks) == 3


def test_a_model_too_large_for_the_memory_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.gguf").write_bytes(BODY)
    monkeypatch.setattr(local, "memory_available", lambda: 10**8)
    model = LocalModel(ModelSettings(provider="local", model="one"), ModelFolder(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"needs about 0\.3 GB of memory; 0\.1 GB are free"):
        model.serve()


# ── the engine ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of random weights, `tiny`, and one that is cut."""
    pytest.importorskip("xllamacpp", reason="the engine of local models is not installed")
    pytest.importorskip("gguf", reason="the writer of tiny models is not installed")
    pytest.importorskip("json_repair", reason="the extra `llm` is not installed")
    folder = tmp_path_factory.mktemp("models")
    write_tiny(folder / "tiny.gguf")
    (folder / "cut.gguf").write_bytes((folder / "tiny.gguf").read_bytes()[:200_000])
    return folder


QUESTION = Question(name="card 1", system="", prompt="Is it?", shape=Card)


def test_a_local_model_answers_and_a_rerun_on_another_port_asks_nothing(tmp_path: Path, tiny: Path) -> None:
    settings = ModelSettings(provider="local", model="tiny", max_output=400)
    answers = []
    for _ in range(2):
        with Models(tmp_path, "day", {}, models=ModelFolder(tiny)) as models:
            answers.append(models(settings).ask([QUESTION])[0])
            spent = models.spent()
    assert isinstance(answers[0].value, Card)
    assert answers[1] == answers[0]
    assert spent.micro_usd == 0


def test_only_this_process_may_ask_the_engine(tiny: Path) -> None:
    model = LocalModel(ModelSettings(provider="local", model="tiny"), ModelFolder(tiny))
    address = f"{model.serve().base_url}/chat/completions"
    body = {"messages": [{"role": "user", "content": "hello"}], "max_tokens": 1}
    assert httpx2.post(address, json=body).status_code == 401
    headers = {"Authorization": f"Bearer {model.key}"}
    assert httpx2.post(address, json=body, headers=headers).status_code == 200
    model.close()


@pytest.mark.parametrize(
    ("model", "why"),
    [("cut", "cannot be loaded: it is cut"), ("none", "there is no model 'none' here"), ("", "no model is")],
)
def test_a_model_that_cannot_be_had_is_an_error_of_each_answer(
    tmp_path: Path, tiny: Path, model: str, why: str
) -> None:
    settings = ModelSettings(provider="local", model=model)
    with Models(tmp_path, "day", {}, models=ModelFolder(tiny)) as models:
        (answer,) = models(settings).ask([QUESTION])
    assert why in str(answer.error)


# ── rendering ───────────────────────────────────────────────────────────────────────────────────────

SOURCE_SENTENCE = "We use language models for image segmentation and reach 61.5%."
RENDERED = "언어 모델로 이미지 분할을 하여 61.5%에 이릅니다."


class Scripted:
    """A tried model that renders by a table."""

    def __init__(self, trial: Trial | None, answer: Callable[[str], str]) -> None:
        self._trial = trial
        self._answer = answer
        self.sentences: list[str] = []

    def trial(self, _: str) -> Trial | None:
        return self._trial

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        answers = []
        for question in questions:
            ((_, sentence),) = unfenced(question.prompt)
            self.sentences.append(sentence)
            value = RenderAnswer(sentence=self._answer(sentence))
            complaint = question.complaint(value)
            error = ModelUnavailable(complaint) if complaint else None
            answers.append(Answer(value=None if error else value, error=error))
        return tuple(answers)


def trial_of(mode: Any, **changed: Any) -> Trial:
    given = {"written": 0.5, "rendered": 0.95, "sentences": 20, "seconds": 1.0, "memory": 1, "version": "1"}
    return Trial(language="ko", mode=mode, **(given | changed))


def writer_of(llm: Scripted, tools: Any, **options: Any) -> Any:
    kit = msgspec.structs.replace(tools(lambda _: llm), language="ko")
    return plugins.build("writers", {"use": "llm", "provider": "local", "model": "m", **options}, kit)


def test_a_model_that_renders_keeps_the_quotations_the_embedded_writer_chose(
    tools: Any, paper: Paper
) -> None:
    ranked = paper(1, text="We use many labels. " + SOURCE_SENTENCE)
    llm = Scripted(trial_of("render"), lambda _: RENDERED)
    written = writer_of(llm, tools).read(ranked).claims
    rendered = [claim for claim in written if claim.text == RENDERED]
    assert {claim.quotes[0].text for claim in rendered} == set(llm.sentences)
    assert all(claim.language == "ko" for claim in rendered)
    assert rendered


@pytest.mark.parametrize(
    ("rendering", "why"),
    [
        (RENDERED, ""),
        ("language model로 image segmentation을 하여 61.5%에 이른다는 것을 확인하고 공개합니다.", ""),
        ("언어 모델로 61.5%에 이릅니다.", "lacks"),
        ("언어 모델로 이미지 분할을 하여 61.5%에 이른다", "does not end as asked"),
        (SOURCE_SENTENCE, "does not end as asked"),
        ("We use language models for image segmentation and reach 61.5%입니다.", "not in the language"),
    ],
)
def test_a_rendering_keeps_fixed_terms_the_language_and_its_ending(rendering: str, why: str) -> None:
    assert dict(language("ko").terms(SOURCE_SENTENCE)) == {
        "language models": "언어 모델",
        "image segmentation": "이미지 분할",
    }
    fault = Renderer(prompts("ko"), "ko").fault(SOURCE_SENTENCE, rendering)
    assert (why in fault) if why else not fault


def test_a_sentence_that_comes_out_unusable_stays_a_quotation(tools: Any, paper: Paper) -> None:
    outlook = "Larger tests are left for future work."
    ranked = paper(1, text=f"{SOURCE_SENTENCE} {outlook}")
    llm = Scripted(trial_of("render"), lambda s: RENDERED if s == SOURCE_SENTENCE else "no")
    claims = writer_of(llm, tools).read(ranked).claims
    own = {claim.quotes[0].text: claim.text for claim in claims if claim.part != "gist"}
    assert own == {SOURCE_SENTENCE: RENDERED, outlook: outlook}


@pytest.mark.parametrize(
    ("trial", "why"),
    [
        (None, "has not been measured"),
        (trial_of("refused", rendered=0.4), "did not pass its trial: 40% of 20"),
    ],
)
def test_a_model_that_was_not_tried_or_failed_its_trial_writes_nothing(
    tools: Any, paper: Paper, trial: Trial | None, why: str
) -> None:
    llm = Scripted(trial, lambda _: RENDERED)
    attempt = writer_of(llm, tools).read(paper(1))
    assert not attempt.claims
    assert why in str(attempt.error)
    assert not llm.sentences


# ── trials ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "rendered", "mode"),
    [(0.8, 0.9, "write"), (0.79, 0.9, "render"), (1.0, 0.89, "refused"), (0.9, 0.0, "write"),
     (0.5, 0.0, "refused")],
)  # fmt: skip
def test_the_mode_follows_from_both_shares(written: float, rendered: float, mode: str) -> None:
    assert _mode(_Share(written), _Share(rendered)) == mode


@pytest.mark.parametrize(
    ("written", "rendered", "mode"),
    [
        (_Share(0.9, 0.1, 0.7), _Share(0.95, 0.05, 0.1), "write"),
        (_Share(0.9, 0.1, 0.8), _Share(0.95, 0.05, 0.1), "render"),
        (_Share(0.9, 0.1, 0.7), _Share(0.95, 0.05, 0.9), "refused"),
    ],
)
def test_a_model_no_better_than_chance_may_not_write(written: _Share, rendered: _Share, mode: str) -> None:
    assert _mode(written, rendered) == mode


def test_a_share_has_its_error_and_what_is_missing_counts_as_failed() -> None:
    share = _share([True, True, False], [False, True, False], 4)
    assert share == (0.5, 0.25, 0.25)
    assert _share([], []) == (0.0, 0.0, 0.0)


def test_the_same_sentences_beside_another_storys_evidence_are_the_floor() -> None:
    app = App(Settings(), {})
    claims = _embedded(app.ports, "en")
    share = _written(claims, app.ports.checks("en"))
    assert share.value == 1.0, "the embedded writer is the ceiling"
    assert share.floor < 0.2
    half = [[claim for claim in part][:1] for part in claims]
    assert _written(half, app.ports.checks("en")).value == 0.5, "one sentence a story lacks another"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("탐지와 추적을 위한 통합 방식입니다.", ""),
        ("탐지와 추적을 위한 전통 방식입니다.", "it lacks 통합 / 하나의"),
        ("탐지와 추적을 위한 하나의 전통 방식입니다.", "it says 전통"),
    ],
)
def test_a_rendering_must_hold_the_words_it_cannot_be_right_without(text: str, fault: str) -> None:
    words = _Words(needs=(("통합", "하나의"), ("추적",)), never=("전통",))
    assert wording_fault(text, words) == fault


def test_random_weights_are_refused_with_figures_and_stay_so(tmp_path: Path, tiny: Path) -> None:
    app = App(Settings(archive=str(tmp_path / "a.sqlite"), models=str(tiny)), {})
    settings = ModelSettings(provider="local", model="tiny", max_output=30)
    messages: list[str] = []
    tryout = try_model(app.ports, settings, "ko", messages.append)
    assert tryout.trial.mode == "refused"
    assert (tryout.trial.written, tryout.trial.rendered, tryout.trial.sentences) == (0.0, 0.0, 20)
    assert (tryout.trial.written_floor, tryout.trial.rendered_floor) == (0.0, 0.0)
    assert tryout.trial.ceiling > 0.9
    assert all(rendering.fault for rendering in tryout.renderings)
    assert messages == ["tiny writes about 3 stories", "tiny renders 20 sentences"]
    folder = app.ports.local_models
    assert folder.trial(folder.find("tiny"), "ko") == tryout.trial
    with pytest.raises(ConfigError, match="no trial in the language 'ja'"):
        try_model(app.ports, settings, "ja", messages.append)


def test_a_model_that_gives_no_answer_at_all_is_named_and_no_trial_of_it_is_kept(
    tmp_path: Path, tiny: Path
) -> None:
    app = App(Settings(archive=str(tmp_path / "a.sqlite"), models=str(tiny)), {})
    for code in ("ko", "en"):
        with pytest.raises(ModelUnavailable, match=r"cut\.gguf cannot be loaded"):
            try_model(app.ports, ModelSettings(provider="local", model="cut"), code, lambda _line: None)
        assert app.ports.local_models.trial(app.ports.local_models.find("cut"), code) is None


# ── commands ────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _models_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setenv("DAYBRIEF_MODELS", str(folder))
    yield lambda *words: CliRunner().invoke(cli, ["model", *words])


def test_models_are_listed_with_their_trials(
    tmp_path: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = ModelFolder(tiny)
    folder.keep(folder.find("tiny"), trial_of("render"))
    with _models_in(tiny, monkeypatch) as run:
        lines = run("list").stdout.splitlines()
        assert any(line.startswith("qwen2.5-coder-1.5b") and "1.1 GB" in line for line in lines)
        assert any(line.startswith("tiny") for line in lines)
        assert "  ko: render; 95% of 20 sentences rendered right, 50% of its own sentences stand" in lines
        catalogue = json.loads(run("list", "--json").stdout)
        assert [row["model"]["name"] for row in catalogue["here"]] == ["cut", "tiny"]
        assert run("path", "tiny").stdout.strip() == str(tiny / "tiny.gguf")
        missing = run("path", "none")
        assert isinstance(missing.exception, ModelUnavailable)


@pytest.mark.parametrize(
    ("there", "ranges"), [(BODY, []), (BODY + b"more", [""])], ids=["whole", "longer than the model"]
)
def test_what_lies_there_of_a_download_is_used_when_whole_and_thrown_away_when_too_long(
    tmp_path: Path, publisher: Publisher, there: bytes, ranges: list[str]
) -> None:
    folder = folder_of(tmp_path, publisher)
    (tmp_path / "models").mkdir(exist_ok=True)
    (tmp_path / "models" / "small.part").write_bytes(there)
    assert Path(folder.get("small", lambda *_: None).path).read_bytes() == BODY
    assert publisher.requested_ranges == ranges
