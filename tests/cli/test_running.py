"""A run and a backfill are told line by line: to a person, to a cron job, and as JSON to a program."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from daybrief.app.backfill import BackfilledDay
from daybrief.cli import run
from daybrief.cli.options import listen, progress, speak
from daybrief.config import Observing
from daybrief.kit import Report
from daybrief.model import Receipt, SourceReport
from daybrief.testing.editions import DAY, MADE_AT, edition, item, story

LOG = logging.getLogger("daybrief")


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """The program's log, which is left as it was."""
    level = LOG.level
    yield LOG
    listen(Observing())
    LOG.setLevel(level)
    assert not [handler for handler in LOG.handlers if type(handler).__module__.startswith("daybrief")]


def at(stage: str) -> dict[str, str]:
    return {"stage": stage}


def test_at_a_terminal_finished_stages_are_ticked_off_and_warnings_stand_alone(
    log: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that it is taken for a terminal
    monkeypatch.setenv("NO_COLOR", "1")
    with progress(show=True):
        log.info("arxiv", extra=at("collect"))
        log.info("", extra=at("collect"))
        log.warning("hn is slow", extra=at("collect"))
        log.info("of no stage")
        log.info("12 stories", extra=at("write"))
    shown = capsys.readouterr().err
    assert shown.count("✓ collect") == 1
    assert shown.index("! collect hn is slow") < shown.index("✓ collect") < shown.index("✓ write")
    assert "of no stage" not in shown


def test_a_terminal_that_saw_nothing_has_nothing_ticked_off(
    log: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with progress(show=True):
        pass
    assert "✓" not in capsys.readouterr().err


def test_without_a_terminal_only_warnings_and_the_cost_of_a_model_are_printed(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress(show=False):
        log.info("arxiv", extra=at("collect"))
        log.warning("hn is slow", extra=at("collect"))
        logging.getLogger("daybrief.llm").info("at most 1.00 US dollar")
    assert capsys.readouterr().err == "! collect hn is slow\n! at most 1.00 US dollar\n"


def test_at_the_level_debug_everything_is_printed(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    listen(Observing(level="debug"))
    with progress(show=False):
        log.debug("asked arxiv", extra=at("collect"))
    assert capsys.readouterr().err == "! collect asked arxiv\n"


def test_a_log_of_json_is_shown_nothing_else_beside_it(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    listen(Observing(log="json"))
    with progress(show=True):
        log.warning("hn is slow", extra=at("collect"))
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["message"] == "hn is slow"


# ── a run in words ──────────────────────────────────────────────────────────────────────────────────


def report(*sources: SourceReport, **fields: object) -> Report:
    """A run of one edition of papers, with these sources."""
    made = edition([(story(item(1, "A title", "We parse.")), "llm")], language="en", sources=sources or None)
    return Report(window=made.window, editions=(made,), **fields)  # type: ignore[arg-type]


def silent(source: str, why: str = "Unavailable: no route") -> SourceReport:
    return SourceReport(source=source, state="failed", items=0, requests=1, error=why)


def test_a_profile_that_failed_is_told_with_its_reason_alone() -> None:
    failed = Report(window=report().window, profile="me", error="the disk is full")
    assert run.in_words(failed, "out") == "me:\n  failed: the disk is full"


def test_sources_that_are_all_silent_are_told_once() -> None:
    both = run.in_words(report(silent("arxiv"), silent("hn")), "out")
    assert both.count("no route") == 1
    assert "arxiv" not in both
    assert "arxiv: " in run.in_words(report(silent("arxiv")), "out"), "one source is not the network"
    fresh = SourceReport(source="hn", state="fresh", items=1, requests=1)
    assert "arxiv: " in run.in_words(report(silent("arxiv"), fresh), "out")
    other = silent("hn", "NotWhatWeAsked: a page in HTML")
    assert "a page in HTML" in run.in_words(report(silent("arxiv"), other), "out")


def test_a_delivery_that_failed_is_told_beside_the_edition() -> None:
    lost = Receipt(publisher="slack", path="message:m", digest="d", delivered_at=MADE_AT, error="refused")
    shown = run.in_words(report(receipts=(lost,), reused=True), "there")
    assert "refused" in shown
    assert str(Path("there") / str(DAY) / "papers.html") in shown


# ── a backfill ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "2024-11-26  12 stories  (1/4, 30.0 days a minute, 0 min left)"),
        ({"reused": True, "made": 0}, "2024-11-26  12 stories  (1/4, unchanged)"),
        ({"complete": False}, "12 stories, incomplete  (1/4"),
        ({"tokens": 1_200, "cost_usd": 0.5}, ", 1,200 tokens, 0.50 US dollars)"),
    ],
)
def test_a_day_of_a_backfill_is_told_in_a_line(fields: dict[str, object], words: str) -> None:
    day = BackfilledDay(
        day=DAY, stories=12, complete=True, reused=False, done=1, total=4, made=1, seconds=2.0
    )
    speak("en")
    assert words in run._day_in_words(replace(day, **fields))
    speak("ko")
    assert "글 12편" in run._day_in_words(replace(day, **fields))
    assert json.loads(run._day_as_json(day))["days_per_minute"] == 30
