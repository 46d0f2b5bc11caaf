"""A model's answer is read as the type asked for: every wrapping, every small fault, nothing made up."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.adapters.llm import answers
from daybrief.categorisers.llm import CategoriseAnswer
from daybrief.checks.judge import JudgeAnswer
from daybrief.text.prompts import fenced
from daybrief.text.sentences import locate
from daybrief.writers.llm.read import ReadAnswer
from daybrief.writers.llm.synthesise import SynthesiseAnswer

ROWS = [
    {"part": "theme", "sentence": "Nodes share their caches.", "quote": "The nodes share one cache."},
    {"part": "finding", "sentence": "Latency falls by 12%.", "quote": "latency falls by 12% at noon"},
    {"part": "outlook", "sentence": "More sites will follow.", "quote": "more sites are to follow"},
]
GOOD = json.dumps({"claims": ROWS})
WHOLE = msgspec.json.decode(GOOD, type=ReadAnswer)

WRAPPED = {
    "nothing": GOOD,
    "a byte order mark": f"\ufeff{GOOD}",
    "blank lines": f"\n\n  {GOOD}\n\n",
    "a fence": f"```json\n{GOOD}\n```",
    "a fence in capitals": f"```JSON\n{GOOD}\n```",
    "a fence of another language": f"```javascript\n{GOOD}\n```",
    "a fence without a language": f"```\n{GOOD}\n```",
    "a fence of tildes": f"~~~json\n{GOOD}\n~~~",
    "a fence in one line": f"```json {GOOD} ```",
    "a fence left open": f"```json\n{GOOD}",
    "words before a fence": f"Of course! Here it is:\n\n```json\n{GOOD}\n```",
    "words after a fence": f"```json\n{GOOD}\n```\nNote: {{each}} quote is verbatim.",
    "words around": f"Here you are: {GOOD} Anything else?",
    "words with braces before": f"The set {{x, y}} is meant. {GOOD}",
    "the word json": f"json\n{GOOD}",
    "closed thoughts": f"<think>{{\"claims\": []}} no, better:</think>\n{GOOD}",
    "thoughts without an opening": f"First I look for numbers, as in {{this}}.\n</think>\n\n{GOOD}",
    "thoughts, then a fence": f"<think>hm</think>```json\n{GOOD}\n```",
    "thoughts in a tag of any name": f"<scratchpad>{{\"claims\": []}} no, better:</scratchpad>\n{GOOD}",
    "thoughts in a tag with a colon": f"<seed:think>{{hm}}</seed:think>{GOOD}",
    "an answer in a tag of any name": f"<my_answer>{GOOD}</my_answer>",
    "harmony": "<|channel|>analysis<|message|>Find three.<|end|><|start|>assistant"
    f"<|channel|>final<|message|>{GOOD}",
    "harmony with a constraint": f"<|channel|>final <|constrain|>json<|message|>{GOOD}<|return|>",
    "an end token": f"{GOOD}<|im_end|>",
    "an end of sequence": f"{GOOD}</s>",
    "an end of turn": f"{GOOD}<end_of_turn>",
    "wide bars": f"{GOOD}<｜end▁of▁sentence｜>",
    "instruction marks": f"[/INST] {GOOD}",
    "a list around": f"[{GOOD}]",
    "an answer around": json.dumps({"answer": json.loads(GOOD)}),
    "a result in a response": json.dumps({"response": {"result": json.loads(GOOD)}}),
    "the rows alone": json.dumps(ROWS),
    "twice encoded": json.dumps(GOOD),
    "twice encoded, in a field": json.dumps({"output": GOOD}),
    "other fields besides": json.dumps({"notes": "ok", **json.loads(GOOD), "confidence": 0.9}),
    "names in capitals": GOOD.replace('"claims"', '"Claims"').replace('"quote"', '"Quote"'),
    "choices in capitals": GOOD.replace('"theme"', '"Theme"').replace('"outlook"', '" OUTLOOK "'),
    "pretty": json.dumps(json.loads(GOOD), indent=4),
}  # fmt: skip

SPOILT = {
    "a comma too many": GOOD.replace("}]}", "},]}"),
    "a comment": GOOD.replace("[{", "[ // three of them\n{", 1),
    "a block comment": GOOD.replace("[{", "[ /* three */ {", 1),
    "single quotes": repr(json.loads(GOOD)),
    "typographic quotes": GOOD.replace('"', "\u201d"),
    "raw newlines": GOOD.replace("share their", "share\ntheir"),
    "a raw tab": GOOD.replace("share their", "share\ttheir"),
    "bare names": GOOD.replace('"claims"', "claims"),
    "a missing comma": GOOD.replace('"}, {"', '"} {"', 1),
    "a brace too many": f"{GOOD}}}",
}


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_good_json_is_used_however_it_is_wrapped(wrapping: str) -> None:
    reading = answers.read(WRAPPED[wrapping], ReadAnswer)
    assert reading == answers.ParsedAnswer(value=WHOLE)


@pytest.mark.parametrize("fault", SPOILT)
def test_json_with_a_small_fault_is_mended(fault: str) -> None:
    reading = answers.read(SPOILT[fault], ReadAnswer)
    assert reading.value is not None, reading.fault
    assert [c.quote for c in reading.value.claims] == [row["quote"] for row in ROWS]
    assert not reading.cut


BAD_ROWS: dict[str, Any] = {
    "an unknown part": ROWS[2] | {"part": "background"},
    "a sentence without an end": ROWS[2] | {"sentence": "and so on " * 200},
    "a quote that is null": ROWS[2] | {"quote": None},
    "no part": {name: value for name, value in ROWS[2].items() if name != "part"},
    "a word": "more sites",
    "null": None,
    "a list": ["outlook", "x", "y"],
    "another row inside": {"claim": ROWS[2]},
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_costs_that_row_alone(name: str) -> None:
    reading = answers.read(json.dumps({"claims": [BAD_ROWS[name], *ROWS[:2]]}), ReadAnswer)
    assert reading.value == ReadAnswer(claims=WHOLE.claims[:2])
    assert "row 1" in reading.fault


def test_rows_beyond_the_most_are_left_out() -> None:
    reading = answers.read(json.dumps({"claims": ROWS * 5}), ReadAnswer)
    assert len(reading.value.claims) == 8


def test_an_answer_all_of_whose_rows_are_bad_is_none() -> None:
    reading = answers.read(json.dumps({"claims": [{"text": "hello"}]}), ReadAnswer)
    assert reading.value is None
    assert "row 1" in reading.fault


def test_numbers_stand_for_names_and_one_name_for_a_list() -> None:
    row = {"part": "theme", "sentence": "Both share caches.", "claims": 3}
    reading = answers.read(json.dumps({"sentences": [row]}), SynthesiseAnswer)
    assert reading.value.sentences[0].claims == ["3"]


@pytest.mark.parametrize("shape", [ReadAnswer, SynthesiseAnswer, CategoriseAnswer, JudgeAnswer])
@pytest.mark.parametrize(
    "text", ["", "I am sorry.", "{", "[]", "null", "7", "{}", "[" * 9_000, '{"a":' * 9_000, "```"]
)
def test_what_holds_no_answer_is_a_fault_in_words(text: str, shape: type[Any]) -> None:
    reading = answers.read(text, shape)
    assert reading.value is None
    assert reading.fault


def test_only_whole_rows_of_a_text_that_is_cut_count() -> None:
    for end in range(len(GOOD)):
        reading = answers.read(GOOD[:end], ReadAnswer)
        if reading.value is not None:
            assert reading.cut
            assert list(reading.value.claims) == WHOLE.claims[: len(reading.value.claims)], GOOD[:end]
    assert len(answers.read(GOOD[:-20], ReadAnswer).value.claims) == 2


# ── TeX ─────────────────────────────────────────────────────────────────────────────────────────────

TEX = (
    r"We bound $\beta \times \theta$ by $\frac{1}{n}$; $\nabla f$, $\rho$, $\nu$ and $\{x\}_2$ stay, "
    r"as G\"odel and Erd\H{o}s \& others \textbf{showed}\\ with \alpha, \underline{u} and \r{a}."
)


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(json.dumps(TEX), id="escaped as it should be"),
        pytest.param('"' + TEX + '"', id="copied raw"),
        pytest.param('"' + TEX.replace('"', '\\"') + '"', id="copied raw, quotation marks escaped"),
    ],
)
def test_tex_of_the_source_comes_back_whole(sent: str) -> None:
    text = f'{{"claims": [{{"part": "finding", "sentence": "It is bounded.", "quote": {sent}}}]}}'
    reading = answers.read(text, ReadAnswer, fenced("SOURCE", TEX))
    (claim,) = reading.value.claims
    assert locate(claim.quote, TEX) == (0, len(TEX))
    assert not any(ord(letter) < 32 for letter in claim.quote)


def test_newlines_and_tabs_that_are_no_tex_stay_what_they_are() -> None:
    text = r'{"claims": [{"part": "finding", "sentence": "One.\nunder\ttwo", "quote": "a\\nu"}]}'
    (claim,) = answers.read(text, ReadAnswer, r"the prompt spells \nu and \theta").value.claims
    assert claim.sentence == "One.\nunder\ttwo"
    assert claim.quote == r"a\nu"


# ── any text at all ─────────────────────────────────────────────────────────────────────────────────

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["claims", "part", "quote", "sentence", "answer", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.text(max_size=200) | JSON.map(json.dumps) | JSON.map(lambda v: f"Sure: {json.dumps(v)}, ok"))
def test_any_text_is_an_answer_or_a_fault(text: str) -> None:
    for shape in (ReadAnswer, JudgeAnswer):
        reading = answers.read(text, shape)
        assert (reading.value is None) <= bool(reading.fault)
        if reading.value is not None:
            assert msgspec.json.decode(msgspec.json.encode(reading.value), type=shape) == reading.value


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    text = '{"claims": [{"sentence": "half \\ud800 a pair", "quote": "\\udc00", "part": "finding"}]}'
    reading = answers.read(text, ReadAnswer)
    assert reading.value is not None
    assert "\ufffd" in msgspec.json.encode(reading.value).decode()


def test_reading_takes_no_longer_than_its_text_deserves() -> None:
    """Openings without an end, by the ten thousand: each is looked at once."""
    for text in (
        "<think>" * 50_000,
        "```" * 100_000,
        "<|channel|>final" * 20_000,
        '{"' * 100_000,
        "\\" * 300_000,
    ):
        reading = answers.read(text, ReadAnswer)
        assert reading.value is None


@pytest.mark.parametrize("depth", [5, 9])
def test_an_answer_wrapped_again_and_again_in_strings_is_not_unwrapped_for_ever(depth: int) -> None:
    text = GOOD
    for _ in range(depth):
        text = json.dumps({"answer": text})
    reading = answers.read(text, ReadAnswer)
    assert reading.value is None
    assert reading.fault


@pytest.mark.parametrize("value", ["[3, 4]", "[[]]", '{"answer": [7]}', '{"answer": {"answer": [null]}}'])
def test_values_that_are_no_objects_are_a_fault_in_words(value: str) -> None:
    reading = answers.read(value, ReadAnswer)
    assert reading.value is None
    assert reading.fault
