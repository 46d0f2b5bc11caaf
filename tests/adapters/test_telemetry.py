"""Telemetry: a span for each stage and call, a line of JSON for each record, a heartbeat for each day."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.faults.runs import Place, recording

from daybrief.adapters.telemetry import traced
from daybrief.app.ports import Ports
from daybrief.app.runs import RunRequest, run_day
from daybrief.cli.options import as_json, listen
from daybrief.config import Observing, Web
from daybrief.errors import SourceError
from daybrief.kit import RunLog
from daybrief.testing import Route, serve
from daybrief.testing.server import FakeHook, HookAnswer

STAGES = ["collect", "dedupe", "categorise news", "write", "publish"]


class Exported:
    """The spans that were exported, by name."""

    def __init__(self) -> None:
        sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra `otel` is not installed")
        export = pytest.importorskip("opentelemetry.sdk.trace.export")
        memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
        self._kept = memory.InMemorySpanExporter()
        self.provider = sdk.TracerProvider()
        self.provider.add_span_processor(export.SimpleSpanProcessor(self._kept))

    @property
    def spans(self) -> Sequence[Any]:
        return self._kept.get_finished_spans()

    def span(self, name: str) -> Any:
        (named,) = [each for each in self.spans if each.name == name]
        return named


@pytest.fixture
def place(tmp_path: Path) -> Place:
    recording(tmp_path)
    return Place(str(tmp_path), f"{tmp_path}/archive.sqlite")


def run(place: Place, **observe: Any) -> None:
    settings = msgspec.structs.replace(place.settings(), observe=Observing(**observe))
    run_day(Ports(settings, {}), RunRequest(replay=str(Path(place.folder) / "recording")))


def test_a_run_is_one_trace_with_a_span_a_stage(place: Place) -> None:
    exported = Exported()
    with traced("run 2024-11-26", exported.provider):
        run(place)
    whole = exported.span("run 2024-11-26")
    below = [s.name for s in exported.spans if s.parent and s.parent.span_id == whole.context.span_id]
    assert [name for name in below if name in STAGES] == STAGES
    assert len({span.context.trace_id for span in exported.spans}) == 1
    assert all(
        whole.start_time <= span.start_time <= span.end_time <= whole.end_time for span in exported.spans
    )


def test_a_request_is_a_span_below_its_stage_that_names_the_host_alone() -> None:
    exported, log = Exported(), RunLog()
    pages = {
        "https://f.example/s3cret/rss?key=s3cret": Route(b"ok"),
        "https://gone.example/*": Route(status=410),
    }
    with serve(pages) as site, traced("run", exported.provider), log.stage("collect"):
        site.web.get("https://f.example/s3cret/rss?key=s3cret")
        with pytest.raises(SourceError):
            site.web.get("https://gone.example/s3cret")
    stage, good, bad = (exported.span(name) for name in ("collect", "get f.example", "get gone.example"))
    assert {span.parent.span_id for span in (good, bad)} == {stage.context.span_id}
    assert good.attributes == {"server.address": "f.example"}
    assert bad.attributes["error.type"] == "Refused"
    assert not bad.status.is_ok
    assert "s3cret" not in "".join(span.to_json() for span in exported.spans)


def test_a_stage_that_fails_and_its_run_are_marked_as_failed() -> None:
    exported, log = Exported(), RunLog()
    with pytest.raises(ValueError, match="no"), traced("run", exported.provider), log.stage("write"):
        raise ValueError("no")
    assert [exported.span(name).attributes["error.type"] for name in ("write", "run")] == ["ValueError"] * 2


def test_a_finished_trace_gets_no_further_span_and_restores_the_log(place: Place) -> None:
    exported, log = Exported(), logging.getLogger("daybrief")
    before = log.level, list(log.handlers)
    with traced("run", exported.provider):
        pass
    run(place)
    assert [span.name for span in exported.spans] == ["run"]
    assert (log.level, list(log.handlers)) == before


# ── the log ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    listen(Observing())


def test_every_record_is_a_line_of_json_with_its_stage_and_seconds(place: Place, lines: Any) -> None:
    listen(Observing(log="json", level="debug"))
    run(place)
    records = lines()
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in records)
    ended = {line["stage"]: line["seconds"] for line in records if "seconds" in line}
    assert set(STAGES) <= ended.keys()
    assert all(seconds >= 0 for seconds in ended.values())


def test_the_log_says_what_each_source_brought_and_how_the_run_ended(place: Place, lines: Any) -> None:
    listen(Observing(log="json"))
    run(place)
    records = lines()
    assert all(line["message"] for line in records)
    (collected,) = [line for line in records if "source" in line]
    facts = {"source": "feed", "state": "fresh", "items": 3, "requests": 1}
    assert {name: collected[name] for name in facts} == facts
    assert (records[-1]["day"], records[-1]["outcome"]) == ("2024-11-26", "complete")


def test_the_level_of_the_log_is_that_of_the_settings(place: Place, lines: Any) -> None:
    listen(Observing(log="json", level="info"))
    run(place)
    assert {line["level"] for line in lines()} == {"info"}
    listen(Observing(log="json", level="warning"))
    run(place)
    assert lines() == []


def test_an_error_is_told_with_its_places_and_no_value_of_a_variable() -> None:
    hidden = "s3cret"
    try:
        raise ValueError("it broke" if hidden else "")
    except ValueError as broken:
        record = logging.LogRecord(
            "daybrief.x", logging.ERROR, __file__, 1, "no", (), (ValueError, broken, broken.__traceback__)
        )
    fields = json.loads(as_json(record))
    assert (fields["exception"], fields["because"]) == ("ValueError", "it broke")
    assert fields["places"][0].startswith("test_telemetry.py:")
    assert hidden not in as_json(record)


# ── the heartbeat ───────────────────────────────────────────────────────────────────────────────────


def run_with_heartbeat(place: Place, hook: FakeHook, environment: dict[str, str]) -> None:
    settings = msgspec.structs.replace(
        place.settings(), sources=(), observe=Observing(heartbeat_env="BEAT"),
        web=Web(allow=(f"127.0.0.1:{hook.port}",)),
    )  # fmt: skip
    run_day(Ports(settings, environment), RunRequest())


def test_a_day_that_was_made_is_told_to_the_heartbeats_address(place: Place) -> None:
    with FakeHook() as hook:
        run_with_heartbeat(place, hook, {"BEAT": f"{hook.url}/s3cret"})
        (post,) = hook.posts
    heartbeat = json.loads(post.body)
    assert heartbeat.keys() == {"day", "complete", "stories"}
    assert heartbeat["complete"] is True


@pytest.mark.parametrize("status", [500, 404, 0])
def test_a_heartbeat_that_fails_costs_a_warning_that_names_no_secret(
    place: Place, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with FakeHook([HookAnswer(status=status)] if status else ()) as hook:
        run_with_heartbeat(place, hook, {"BEAT": f"{hook.url}/s3cret"} if status else {})
    assert "no heartbeat was sent" in caplog.text
    assert "s3cret" not in caplog.text
