"""A model asked through the real library against a real server: its answers, and its faults."""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from daybrief.adapters.llm import Models, answers
from daybrief.errors import BadDraft, BudgetSpent, ModelUnavailable
from daybrief.ports import Answer, Question
from daybrief.testing import Route, serve
from daybrief.testing.model_answers import BEHAVIOURS
from daybrief.testing.model_server import MODEL
from daybrief.text.prompts import fenced
from daybrief.writers.llm.read import ReadAnswer

TEXT = "The method halves the cost of training. It reaches 61.5% on the usual benchmark."


def question(text: str = TEXT, complaint: Any = lambda _answer: "") -> Question:
    return Question(
        name="read test", system="Read.", prompt=fenced("SOURCE", text), shape=ReadAnswer, complaint=complaint
    )


def answers_of(bench: Any, *questions: Question, run: str = "a run", **changed: Any) -> tuple[Answer, ...]:
    with bench.run(run) as models:
        answers: tuple[Answer, ...] = models(bench.settings(**changed)).ask(questions)
        return answers


def test_an_answer_comes_back_as_its_type_with_what_it_cost(bench: Any) -> None:
    (answer,) = answers_of(bench, question())
    assert isinstance(answer.value, ReadAnswer)
    assert answer.value.claims[0].quote == "The method halves the cost of training."
    assert answer.usage.calls == 1
    stats = bench.server.stats()
    assert (answer.usage.tokens_in, answer.usage.tokens_out) == (stats["tokens_in"], stats["tokens_out"])
    cost = (answer.usage.tokens_in * 1.0 + answer.usage.tokens_out * 2.0) / 1e6
    assert answer.usage.cost_usd == pytest.approx(cost, abs=1e-6)


@pytest.mark.parametrize("structured", ["native", "prompted"])
def test_both_ways_of_asking_for_json_work_and_offer_no_tools(bench: Any, structured: str) -> None:
    (answer,) = answers_of(bench, question(), structured=structured)
    assert answer.error is None
    assert bench.server.stats()["with_tools"] == 0


@pytest.mark.parametrize("provider", ["anthropic", "google"])
def test_the_other_providers_speak_their_own_dialect(bench: Any, provider: str) -> None:
    (answer,) = answers_of(
        bench, question(), provider=provider, base_url=bench.server.url, structured="prompted"
    )
    assert answer.error is None
    assert answer.value.claims
    assert answer.usage.tokens_in > 0


def test_the_same_question_is_never_paid_for_twice(bench: Any) -> None:
    first = answers_of(bench, question(), question(), run="one")
    again = answers_of(bench, question(), run="two")
    assert bench.server.stats()["calls"] == 1
    assert first[0] == first[1] == again[0], "and the answer says what it once cost"


def test_a_kept_answer_needs_neither_key_nor_server(bench: Any) -> None:
    (first,) = answers_of(bench, question())
    bench.environment.clear()
    assert answers_of(bench, question()) == (first,)


@pytest.mark.parametrize(
    "changed",
    [{"structured": "prompted"}, {"max_output": 900}],
    ids=str,
)
def test_another_setting_is_another_question(bench: Any, changed: dict[str, Any]) -> None:
    answers_of(bench, question())
    answers_of(bench, question(), **changed)
    assert bench.server.stats()["calls"] == 2


def test_a_failure_is_never_kept(bench: Any) -> None:
    bench.server.script("refusal", "refusal", "good")
    assert isinstance(answers_of(bench, question())[0].error, BadDraft)
    assert answers_of(bench, question())[0].error is None


def test_an_unusable_answer_is_repaired_once(bench: Any) -> None:
    bench.server.script("cut", "good")
    (answer,) = answers_of(bench, question())
    assert answer.error is None
    assert answer.usage.calls == bench.server.stats()["calls"] == 2


def test_a_complaint_about_the_content_is_repaired_once_too(bench: Any) -> None:
    (answer,) = answers_of(bench, question(complaint=lambda _answer: "say it better"))
    assert isinstance(answer.error, BadDraft)
    assert bench.server.stats()["calls"] == 2


def test_an_answer_cut_by_length_is_a_failure_that_names_the_setting(bench: Any) -> None:
    bench.server.script("length")
    (answer,) = answers_of(bench, question())
    assert isinstance(answer.error, BadDraft)
    assert "max_output" in answer.error.hint
    assert bench.server.stats()["calls"] == 1, "what is too long would be too long again"


BAD = sorted({"length", "empty", "refusal", "filter", "nan", "wrong-shape"})


@pytest.mark.parametrize("behaviour", BAD)
def test_nothing_of_a_bad_answer_comes_through(bench: Any, behaviour: str) -> None:
    bench.server.script(behaviour)
    (answer,) = answers_of(bench, question())
    assert isinstance(answer.error, BadDraft)
    assert answer.value is None
    assert bench.server.stats()["calls"] <= 2


def test_every_cut_of_a_valid_answer_is_seen(bench: Any) -> None:
    whole = msgspec.json.encode({"claims": [{"part": "theme", "sentence": "A.", "quote": "B."}]})
    for end in range(len(whole)):
        reading = answers.read(whole[:end].decode(), ReadAnswer)
        assert reading.cut or reading.value is None
        assert reading.value is None or len(reading.value.claims) <= 1


def test_the_scripted_server_knows_each_behaviour_it_lists() -> None:
    assert set(BAD) < set(BEHAVIOURS)


def test_a_request_to_come_back_later_is_honoured(bench: Any) -> None:
    bench.server.script("429:1", "good")
    start = time.monotonic()
    (answer,) = answers_of(bench, question())
    assert answer.error is None
    assert time.monotonic() - start >= 1.0


def test_a_service_that_wants_more_patience_than_we_have_is_left_alone(bench: Any) -> None:
    bench.server.script("429:600")
    (answer,) = answers_of(bench, question())
    assert isinstance(answer.error, ModelUnavailable)
    assert bench.server.stats()["calls"] == 1


@pytest.mark.parametrize("behaviour", ["429", "500", "503", "reset"])
def test_a_passing_error_is_asked_again(bench: Any, behaviour: str) -> None:
    bench.server.script(behaviour, "good")
    assert answers_of(bench, question())[0].error is None


def test_a_stalled_call_ends_in_time(bench: Any) -> None:
    bench.server.script("stall")
    start = time.monotonic()
    (answer,) = answers_of(bench, question(), timeout_s=0.5)
    assert isinstance(answer.error, ModelUnavailable)
    assert "timeout_s" in answer.error.hint
    assert time.monotonic() - start < 20


def test_after_three_failures_in_a_row_nothing_more_is_sent(bench: Any) -> None:
    bench.server.script("html")
    answers = answers_of(bench, *(question(f"Text {n}. {TEXT}") for n in range(10)), parallel=1)
    assert all(isinstance(a.error, ModelUnavailable) for a in answers)
    assert bench.server.stats()["calls"] == 3


def test_one_good_answer_closes_the_count_of_failures(bench: Any) -> None:
    bench.server.script("html", "html", "good", "html", "html", "good")
    answers = answers_of(bench, *(question(f"Text {n}. {TEXT}") for n in range(6)), parallel=1)
    assert [a.error is None for a in answers] == [False, False, True, False, False, True]


def test_calls_run_side_by_side_up_to_the_bound(bench: Any) -> None:
    bench.server.script("good", delay_s=0.3)
    answers_of(bench, *(question(f"Text {n}. {TEXT}") for n in range(9)), parallel=4)
    assert bench.server.stats()["most_at_once"] == 4


def test_calls_begin_no_faster_than_the_rate(bench: Any) -> None:
    start = time.monotonic()
    answers_of(bench, *(question(f"Text {n}. {TEXT}") for n in range(4)), per_minute=600)
    assert time.monotonic() - start >= 0.3


WRONG: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "no model": ({"model": ""}, {}, "model"),
    "no key": ({}, {"TEST_KEY": ""}, "TEST_KEY"),
    "no key, the provider's own": (
        {"key_env": "", "base_url": "", "provider": "openai"},
        {},
        "OPENAI_API_KEY",
    ),
    "wrong key": ({}, {"TEST_KEY": "sk-wrong-42"}, "TEST_KEY"),
    "nobody there": ({"base_url": "http://127.0.0.1:9/v1"}, {}, "base_url"),
    "a cap in dollars without a price": (
        {
            "base_url": "https://models.example/v1",
            "price_in": None,
            "price_out": None,
            "budget_usd": 0.5,
            "model": "no-such",
        },
        {},
        "price_in",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_named_before_anything_is_spent(bench: Any, case: str) -> None:
    changed, environment, named = WRONG[case]
    bench.environment |= environment
    (answer,) = answers_of(bench, question(), **changed)
    assert isinstance(answer.error, ModelUnavailable)
    assert named in answer.error.hint
    assert bench.server.stats()["calls"] == 0
    assert "sk-wrong-42" not in str(answer.error)


@pytest.mark.parametrize(
    "route",
    [
        Route(b"<html>hello</html>", media_type="text/html"),
        Route(b'{"hello": 1}', media_type="application/json"),
        Route(b"[1, 2]", media_type="application/json"),
        Route(b"not found", media_type="text/plain", status=404),
        Route(b"", status=302, headers={"Location": "https://login.example/"}),
    ],
    ids=["a page", "other JSON", "a list", "not found", "a login"],
)
def test_an_address_where_no_model_lives_is_named_after_one_question(bench: Any, route: Route) -> None:
    with serve({"/v1/models": route, "/v1/chat/completions": route}) as site:
        failures = answers_of(
            bench, *(question(f"{n}. {TEXT}") for n in range(9)), base_url=f"{site.url}/v1", parallel=1
        )
    assert all(isinstance(answer.error, ModelUnavailable) for answer in failures)
    assert all("base_url" in answer.error.hint for answer in failures if answer.error)
    sent = [seen.path for seen in site.requests]
    assert sent[0] == "/v1/models"
    assert len(sent) <= 4, "the list, and no more calls than the breaker lets through"


def test_an_unknown_model_is_named_after_one_call_with_those_the_service_has(bench: Any) -> None:
    failures = answers_of(bench, *(question(f"{n}. {TEXT}") for n in range(9)), model="gpt-17")
    assert all(MODEL in str(answer.error) for answer in failures)
    assert bench.server.stats()["calls"] == 1


def test_a_prompt_longer_than_the_context_is_refused_before_it_is_sent(bench: Any) -> None:
    (answer, short) = answers_of(
        bench, question("A sentence that is long. " * 2_000), question(), context=8_000
    )
    assert isinstance(answer.error, BadDraft)
    assert "context" in answer.error.hint
    assert short.error is None
    assert bench.server.stats()["calls"] == 1


def test_a_context_the_server_finds_too_small_costs_that_question_alone(bench: Any) -> None:
    bench.server.script("context", "good")
    long, short = answers_of(bench, question(f"Other. {TEXT}"), question(), parallel=1)
    assert "context" in str(long.error)
    assert short.error is None


def test_the_error_tells_nothing_the_model_said(bench: Any) -> None:
    class Odd(msgspec.Struct):
        claims: Annotated[list[int], Meta(max_length=1)]

    odd = Question(name="read odd", system="", prompt=fenced("SOURCE", TEXT), shape=Odd)
    (answer,) = answers_of(bench, odd)
    assert answer.error is not None
    assert "halves" not in str(answer.error)


def test_what_does_not_fit_into_the_cap_is_not_sent(bench: Any) -> None:
    answers = answers_of(
        bench, *(question(f"Text {n}. {TEXT}") for n in range(30)), budget_usd=0.005, parallel=4
    )
    spent = bench.server.stats()
    assert (spent["tokens_in"] + 2 * spent["tokens_out"]) / 1e6 <= 0.005
    assert {type(a.error) for a in answers} == {type(None), BudgetSpent}
    assert any("budget_usd" in a.error.hint for a in answers if a.error)


def test_a_cap_of_tokens_holds_without_any_price(bench: Any) -> None:
    answers = answers_of(
        bench, *(question(f"Text {n}. {TEXT}") for n in range(20)),
        budget_usd=0, price_in=None, price_out=None, budget_tokens=2_500,
    )  # fmt: skip
    stats = bench.server.stats()
    assert 0 < stats["tokens_in"] + stats["tokens_out"] <= 2_500
    assert isinstance(answers[-1].error, BudgetSpent)


def test_opening_models_makes_no_folder(bench: Any) -> None:
    with Models(bench.folder / "new", "run", {}):
        pass
    assert not (bench.folder / "new").exists()


def test_a_missing_library_names_the_extra(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from daybrief.errors import ConfigError

    monkeypatch.setitem(sys.modules, "json_repair", None)
    with pytest.raises(ConfigError) as refused:
        answers_of(bench, question())
    assert "daybrief[llm]" in str(refused.value)


def test_the_model_named_in_the_list_is_the_one_asked(bench: Any) -> None:
    assert answers_of(bench, question(), model=MODEL)[0].error is None


def test_a_call_is_logged_with_its_tokens_and_cost_and_no_text(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "daybrief.llm")
    (answer,) = answers_of(bench, question())
    (record,) = [record for record in caplog.records if getattr(record, "call", "") == "ask"]
    usage = answer.usage
    assert (record.model, record.tokens_in, record.tokens_out) == (MODEL, usage.tokens_in, usage.tokens_out)
    assert record.usd == pytest.approx(usage.cost_usd, abs=1e-6)
    assert "halves the cost" not in "".join(map(str, vars(record).values()))
