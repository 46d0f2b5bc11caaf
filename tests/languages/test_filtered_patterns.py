"""A filtered pattern finds what `re` finds, and is tried on few texts."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.languages import FilteredPattern, PatternTable, filtered
from daybrief.testing.editions import founding, news

ROOMS = ("checks", "languages", "stages", "text", "writers", "categorisers")
TEXTS = sorted(
    {
        words
        for edition in (founding(), news())
        for each in edition.stories
        for item in each.items
        for words in (item.title, *re.split(r"(?<=[.!?]) ", item.text))
    }
    | {
        judged.claim.text
        for edition in (founding(), news())
        for s in edition.sections
        for judged in s.checked.judged
    }
)


def filtered_patterns() -> Iterator[tuple[str, FilteredPattern]]:
    """Every filtered pattern that a module of the engine holds, by name."""
    for room in ROOMS:
        package = importlib.import_module(f"daybrief.{room}")
        for info in pkgutil.walk_packages(package.__path__, f"daybrief.{room}."):
            for name, value in vars(importlib.import_module(info.name)).items():
                for number, pattern in enumerate(_inside(value)):
                    yield f"{info.name}.{name}[{number}]", pattern


def _inside(value: object) -> Iterator[FilteredPattern]:
    if isinstance(value, FilteredPattern):
        yield value
    elif isinstance(value, PatternTable):
        yield from _inside([pattern for _, pattern in value.patterns])
    elif isinstance(value, dict):
        yield from _inside(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _inside(part)


PATTERNS = dict(filtered_patterns())


TABLE = PatternTable(PATTERNS.items())


def spans(matches: Iterator[re.Match[str]]) -> list[tuple[int, int]]:
    return [match.span() for match in matches]


def test_every_pattern_of_the_engine_finds_in_recorded_texts_what_re_finds() -> None:
    """A hundred sentences, titles and claims in English and Korean, as they are and in capitals."""
    assert len(PATTERNS) > 100
    for name, pattern in PATTERNS.items():
        for text in (*TEXTS[::12], *map(str.upper, TEXTS[1::120])):
            assert spans(pattern.finditer(text)) == spans(pattern.compiled.finditer(text)), (name, text)


@pytest.mark.parametrize(
    ("pattern", "flags", "text"),
    [
        (r"we (?:show|prove)", re.I, "WE PROVE it"),
        (r"(?i:we) show", 0, "WE show it"),
        (r"kelvin", re.I, "\u212aelvin"),  # the sign of the unit is a K
        (r"sign", re.I, "\u017fign"),  # so is the long s an s
        (r"in", re.I, "\u0130n and \u0131n"),  # and the dotted and the dotless i
        (r"été", re.I, "ÉTÉ"),
        (r"(?:a|b?)c*", 0, "nothing needed"),
        (r"analy[sz]e[sd]?", 0, "they analysed it"),
        (r"(?=.*end)start", 0, "start and end"),
        (r"(?<=pre)fix", 0, "a prefix"),
        (r"(?:no|not) (?!only)\w+", re.I, "Not all"),
        (r"(?>ab|a)c", 0, "abc"),
        (r"x{2,3}y", 0, "xxy"),
        (r"(?P<a>ab)(?P=a)", 0, "abab"),
        ("줄[이여]|\\bless\\b", re.I, "비용을 줄이는"),
        ("줄[이여]|\\bless\\b", re.I, "Less is more"),
    ],
)
def test_what_re_finds_is_found(pattern: str, flags: int, text: str) -> None:
    ours, theirs = filtered(pattern, flags), re.compile(pattern, flags)
    assert theirs.search(text), "the case shows nothing"
    assert spans(ours.finditer(text)) == spans(theirs.finditer(text))
    assert ours.findall(text) == theirs.findall(text)
    assert ours.sub("-", text) == theirs.sub("-", text)


WORDS = st.text(alphabet="abkis \u212a\u017f\u0130\u0131가", min_size=1, max_size=3)


@given(st.lists(WORDS, min_size=1, max_size=4), st.text(alphabet="abkisABKIS \u212a\u017f\u0130\u0131가"))
def test_any_alternatives_with_a_quantifier_find_what_re_finds(words: list[str], text: str) -> None:
    for shape in ("(?:{})", r"\b(?:{})+", "(?:{})?a", "a*(?:{})b{{0,1}}", "(?:{})(?=.)"):
        pattern = shape.format("|".join(map(re.escape, words)))
        for flags in (0, re.I):
            ours, theirs = filtered(pattern, flags), re.compile(pattern, flags)
            assert spans(ours.finditer(text)) == spans(theirs.finditer(text))


def test_of_a_table_no_pattern_is_left_out_that_a_text_holds() -> None:
    """The patterns of the engine, on the same texts; and few others are tried."""
    holding = likely = 0
    for text in (*TEXTS[::12], *map(str.upper, TEXTS[1::120])):
        named = dict(TABLE.of(text))
        matching = {name for name, pattern in PATTERNS.items() if pattern.compiled.search(text)}
        assert matching <= named.keys(), text
        holding, likely = holding + len(matching), likely + len(named)
    assert holding < likely < len(PATTERNS) * len(TEXTS) / 12 / 4


@given(st.lists(WORDS, min_size=1, max_size=4), st.text(alphabet="abkisABKIS \u212a\u017f\u0130\u0131가"))
def test_of_a_table_of_any_alternatives_none_is_left_out(words: list[str], text: str) -> None:
    shapes = ("(?:{})", r"\b(?:{})+", "(?:{})?a", "a*(?:{})b{{0,1}}", "(?:{})(?=.)")
    patterns = [filtered(s.format("|".join(map(re.escape, words))), f) for s in shapes for f in (0, re.I)]
    likely = [pattern for _, pattern in PatternTable(enumerate(patterns)).of(text)]
    assert [pattern for pattern in patterns if pattern.compiled.search(text)] == [
        pattern for pattern in likely if pattern.compiled.search(text)
    ]


@pytest.mark.parametrize(
    ("written", "text", "holding"),
    [
        (
            r"\bwe (?:\w+ly )?(?:propos|introduc)\w*|\bopen-sourc(?:e|ing)\b",
            "The weather will be fine tomorrow, we hope",
            "WE PROPOSE it",
        ),
        (
            r"open[- ]sourc(?:e|es|ing) (?:our|the|both|all)",
            "All the time, both of our friends were there",
            "Open-sourcing all",
        ),
    ],
)
def test_a_text_without_what_a_match_needs_is_not_searched(written: str, text: str, holding: str) -> None:
    """Of the literals of a pattern the rarest are looked for, wherever in it they stand."""
    pattern = filtered(written, re.I)
    assert not pattern.may_match(text)
    assert "compiled" not in vars(pattern), "it was compiled for nothing"
    assert pattern.may_match(holding)
