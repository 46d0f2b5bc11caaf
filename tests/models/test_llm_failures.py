"""Tests of what a service's refusal means: how long to wait, whose fault it is, and what to change."""

from __future__ import annotations

from typing import Any

import pytest

from daybrief.adapters.llm.failures import Refusal, RetryDecision, failure_of
from daybrief.adapters.llm.service import needed_key
from daybrief.errors import ModelUnavailable
from daybrief.ports import ModelSettings

SETTINGS = ModelSettings(provider="openai", model="small", key_env="KEY", max_output=99_000)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("retry after 500 ms", 0.5),
        ('"retryDelay": "7s"', 7.0),
        ("Please try again in a while", None),
        ("retry after a while", None),
    ],
)
def test_the_time_to_wait_is_read_from_the_words_of_a_refusal(words: str, seconds: float | None) -> None:
    assert Refusal.of({"error": {"message": words}}, 429).after == seconds


def test_words_below_many_levels_are_not_looked_for() -> None:
    body: Any = "deep"
    for _ in range(9):
        body = [body]
    assert Refusal.of({"error": {"message": "shallow", "details": body}}, 400).words.split()[-1] != "deep"


@pytest.mark.parametrize(
    ("status", "words", "decision", "says"),
    [
        (400, "max_tokens is too large: 99000. It supports at most 4096.", "GIVE_UP", "99000 tokens"),
        (400, "max_completion_tokens must be at most 4096", "GIVE_UP", "99000 tokens"),
        (
            400,
            "max_tokens is too large: the maximum context length is 4096",
            "SKIP",
            "longer than the context",
        ),
        (302, "moved", "COUNT", "sends us elsewhere"),
        (400, "something else", "COUNT", "refused the request"),
    ],
)
def test_a_refusal_names_the_setting_or_the_text_that_it_is_about(
    status: int, words: str, decision: str, says: str
) -> None:
    failure = failure_of(SETTINGS, Refusal.of({"error": {"message": words}}, status))
    assert failure.decision is RetryDecision[decision]
    assert says in failure.error.message
    assert failure.error.hint


@pytest.mark.parametrize("key", ["caf\u00e9", "two\nlines", "\x00"])
def test_a_key_with_a_character_that_no_key_has_is_refused_without_telling_it(key: str) -> None:
    with pytest.raises(ModelUnavailable, match="KEY") as refused:
        needed_key(SETTINGS, {"KEY": f"secret-{key}-secret"})
    assert "secret" not in refused.value.message
