"""Tells others of a run while it goes on: traces by OpenTelemetry, a heartbeat when it has ended.

The program itself knows the standard logging alone. Each stage and each call ends in a record whose facts
stand beside its words (`record.stage`, `record.call`, `record.seconds`, `record.host`, …); `Traces` is a
handler that makes spans of them. So traces cost nothing where nobody wants them, and hold what the log holds:
no address, no text, no header.

    run 2024-11-26
    ├─ collect                stage
    │  ├─ get export.arxiv.org      call: host, status, bytes
    │  └─ get hn.example
    └─ write                  stage
       └─ ask some-model            call: model, tokens, cost
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from daybrief.errors import ConfigError, DaybriefError
from daybrief.model import Message
from daybrief.ports import Hook, Transport

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, TracerProvider

LOG = logging.getLogger(__name__)
ATTRIBUTES = {  # of a record: the name by OpenTelemetry's conventions
    "host": "server.address",
    "status": "http.response.status_code",
    "bytes": "http.response.body.size",
    "model": "gen_ai.request.model",
    "tokens_in": "gen_ai.usage.input_tokens",
    "tokens_out": "gen_ai.usage.output_tokens",
    "usd": "daybrief.usd",
    "error": "error.type",
    "profile": "daybrief.profile",
}


# ── traces ──────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def traced(name: str, provider: TracerProvider | None = None) -> Iterator[None]:
    """Sends the spans of the block, below one of this name, to where `OTEL_EXPORTER_OTLP_ENDPOINT` says.

    `provider` takes the place of the exporter. Raises ConfigError where the extra `otel` is not installed.
    """
    made = provider or exporting()
    handler, log = Traces(made, name), logging.getLogger("daybrief")
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    except BaseException as failure:
        handler.failed(failure)
        raise
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
        handler.close()
        if provider is None:
            made.shutdown()  # type: ignore[attr-defined]  # flushes what is left


def exporting() -> TracerProvider:
    """A provider that exports by OTLP over HTTP; the variables `OTEL_*` say where to and under which name.

    Raises ConfigError without the extra.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as missing:
        raise ConfigError(
            "observe.traces wants a library that is not installed", hint="pip install 'daybrief[otel]'"
        ) from missing
    made = TracerProvider(resource=Resource.create({"service.name": "daybrief"}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


class Traces(logging.Handler):
    """Makes spans of records: one for the whole, one a stage below it, one a call below its stage."""

    def __init__(self, provider: TracerProvider, name: str) -> None:
        super().__init__(logging.DEBUG)
        self._tracer = provider.get_tracer("daybrief")
        self._whole = self._tracer.start_span(name)
        self._stages: dict[int, Span] = {}  # by the thread that runs them
        self._latest: Span = self._whole
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Begins or ends a span, notes a warning, or adds a call that is over."""
        with self._guard:
            if hasattr(record, "begins"):
                span = self._tracer.start_span(record.begins, self._below(self._whole))
                self._stages[record.thread or 0] = self._latest = span
            elif hasattr(record, "ends"):
                self._end(record)
            elif hasattr(record, "call"):
                self._called(record)
            elif record.levelno >= logging.WARNING:
                words = {"stage": getattr(record, "stage", ""), "logger": record.name}
                self._latest.add_event("warning", words)

    def _end(self, record: logging.LogRecord) -> None:
        span = self._stages.pop(record.thread or 0, None)
        if span is None:
            return
        span.set_attributes(_facts(record))
        if hasattr(record, "error"):
            self._fail(span, record.error)
        span.end()
        self._latest = self._whole

    def _called(self, record: logging.LogRecord) -> None:
        end = time.time_ns()
        begun = end - int(getattr(record, "seconds", 0.0) * 1e9)
        parent = self._stages.get(record.thread or 0, self._latest)
        named = f"{record.call} {getattr(record, 'host', getattr(record, 'model', ''))}"  # type: ignore[attr-defined]
        span = self._tracer.start_span(named, self._below(parent), start_time=begun)
        span.set_attributes(_facts(record))
        if hasattr(record, "error"):
            self._fail(span, record.error)
        span.end(end)

    def failed(self, failure: BaseException) -> None:
        """Notes that the whole ended by an error."""
        self._fail(self._whole, type(failure).__name__)

    def _fail(self, span: Span, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        span.set_attribute(ATTRIBUTES["error"], kind)
        span.set_status(Status(StatusCode.ERROR))

    def _below(self, span: Span) -> Context:
        from opentelemetry.trace import set_span_in_context

        return set_span_in_context(span)

    def close(self) -> None:
        """Ends what is open."""
        for span in (*self._stages.values(), self._whole):
            span.end()
        self._stages.clear()
        super().close()


def _facts(record: logging.LogRecord) -> Mapping[str, Any]:
    given = {ATTRIBUTES[name]: getattr(record, name) for name in ATTRIBUTES if hasattr(record, name)}
    return {name: value for name, value in given.items() if isinstance(value, str | int | float)}


# ── the heartbeat ───────────────────────────────────────────────────────────────────────────────────


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a heartbeat: which day was made, whether all of it, of how many stories."""

    day: str
    complete: bool
    stories: int


def beat(transport: Transport, variable: str, message: Message) -> None:
    """Posts a heartbeat to the address in an environment variable; what hinders it is a warning.

    The edition is out by then, and a beat that is missing is what its monitor is for.
    """
    route = Hook(secret_env=variable, once=False, timeout_s=10.0, patience_s=10.0)
    try:
        transport.secrets(route)
        done = transport.send(message, route, lambda: None)
    except DaybriefError as hindered:
        LOG.warning("no heartbeat was sent: %s", hindered.message, extra={"stage": "heartbeat"})
        return
    if done.outcome != "sent":
        LOG.warning("no heartbeat was sent: %s", done.why, extra={"stage": "heartbeat"})
