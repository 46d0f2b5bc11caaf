"""The product speaks each of its languages completely."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from daybrief.errors import ConfigError
from daybrief.languages import CODES
from daybrief.languages import phrases as phrase_module
from daybrief.languages.ko import particle
from daybrief.languages.phrases import phrase, phrases


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_every_phrase_with_the_same_fields() -> None:
    assert set(CODES) == {"en", "ja", "ko"}
    korean, other = phrases("ko"), phrases("en")
    assert set(korean.keys()) == set(other.keys())
    for key in set(korean.keys()) - {"date.long", "date.month"}:
        ours, theirs = fields(korean.get(key, "")), fields(other.get(key, ""))
        assert ours <= theirs if key.startswith("doubt.") else ours == theirs, key


def test_an_unknown_language_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"'fr'.*ko, en, ja"):
        phrases("fr")


@pytest.mark.parametrize(
    ("word", "forms", "fitting"),
    [
        ("모델", "을/를", "을"),
        ("기계", "을/를", "를"),
        ("LLM", "이/가", "이"),
        ("GPT-4o", "이/가", "가"),
        ("BERT", "은/는", "는"),
        ("GPT-4", "이/가", "가"),
        ("Llama 3", "은/는", "은"),
        ("서울", "으로/로", "로"),
        ("부산", "으로/로", "으로"),
        ("chatbot", "을/를", "을"),
        ("Agent", "은/는", "는"),
        ("OpenING", "은/는", "은"),  # capitals that are read as a word
        ("CLIP", "은/는", "은"),
        ("MIMIC", "을/를", "을"),
        ("MCP", "은/는", "는"),  # and such as are spelled
        ("mAP", "은/는", "는"),
        ("NLP", "을/를", "를"),
        ("Track", "은/는", "은"),
        ("Scale", "은/는", "은"),
        ("Image", "은/는", "는"),
        ("Prune", "이/가", "이"),
        ("Rec", "을/를", "을"),
        ("Nous", "은/는", "는"),
        ("모델(최신)", "을/를", "을"),
        ("", "을/를", "을(를)"),
        ("‘사람 동작’(Human motion)", "을/를", "을"),
    ],
)
def test_the_particle_fits_the_sound_before_it(word: str, forms: str, fitting: str) -> None:
    assert particle(word, forms) == fitting


def test_a_number_chooses_the_singular_or_the_plural() -> None:
    assert phrase("en", "count.papers", n=1) == "1 paper"
    assert phrase("en", "count.papers", n=12) == "12 papers"
    assert phrase("ko", "count.papers", n=12) == "논문 12편"


def test_days_are_written_out() -> None:
    assert phrases("ko").day(date(2024, 11, 26)) == "2024년 11월 26일 화요일"
    assert phrases("en").day(date(2024, 11, 26)) == "Tuesday, 26 November 2024"
    assert phrases("en").month(date(2024, 11, 26)) == "November 2024"


NO_REASONS = (  # words between others, what is sent to a model, and names of verdicts and faults
    " and ", " in it", "no such thing", "not confirmed", "lost letters", "foreign script", "judge {}",
    "{} times too {}", "{}, fewer than {}", "a figure per {}",
    "{} {} and {} Latin letters", "{} is {}: the source says {}",
)  # fmt: skip
VARIANTS = {  # what else than a name may fill a reason in
    "{} is the {} the source says": ("7 is the most the source says", "7 is the least the source says"),
    "says the opposite: the source goes {} ({})": (
        "says the opposite: the source goes up (amount)", "says the opposite: the source goes down (speed)",
    ),
}  # fmt: skip


def reasons(path: Path) -> Iterator[str]:
    """The texts of a module that may stand in a verdict, with `{}` for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed: set[int] = set()
    for node in ast.walk(tree):
        name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Expr | ast.Raise) or name in {
            "PatternTable", "Question", "compile", "filtered", "either", "search", "match", "fullmatch",
            "sub", "join", "split",
        }:  # fmt: skip
            passed |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
    for node in (node for node in ast.walk(tree) if id(node) not in passed):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            text = "".join(map(str, parts))
        else:
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if re.search(r"[a-z]{2,} | [a-z]{2,}", text) and not re.search(r"[\\|\[]|\. ", text):
            yield text


@pytest.mark.parametrize("code", ["ko", "ja"])
def test_every_reason_of_a_check_is_told_in_the_language_of_its_reader(code: str) -> None:
    engine = Path(phrase_module.__file__).parents[1]
    say = phrases(code)
    for path in (*sorted((engine / "checks").glob("*.py")), engine / "audit" / "inspection.py"):
        for text in set(reasons(path)) - set(NO_REASONS):
            for why in VARIANTS.get(text, (text.replace("{}", "7"),)):
                assert say.reason(why) != why, f"{path.name}: {why}"
                assert phrases("en").reason(why) == why


@pytest.mark.parametrize(
    ("why", "korean"),
    [
        ("'A' and 'B' are exchanged", "서로 뒤바뀌었습니다: 'A', 'B'"),
        ("in no source: Foo (the source has Fooo), Bar", "출처에 없는 이름입니다: Foo(출처에는 Fooo), Bar"),
        ("40초 is 1,000 times too large: the source says 40 ms", "1,000배 큰 값입니다: 40초(출처는 40 ms)"),
        (
            "only 43% of its content words stand in the source's sentence, fewer than 72%",
            "출처 문장에 있는 내용어가 43%뿐입니다(기준 72%)",
        ),
        ("says the opposite: the source goes up (amount)", "출처에서는 늘거나 좋아지는 방향입니다"),
        ("a reason of somebody's own check", "a reason of somebody's own check"),
    ],
)
def test_a_reason_keeps_what_it_names(why: str, korean: str) -> None:
    assert phrases("ko").reason(why) == korean
