"""No regular expression of ours can take more than linear time; benchmarks/patterns.py measures the same.

Two shapes make a search quadratic or worse, and both can be seen without running it:

- a repetition inside a repetition where a letter may belong to either (`(a+)*`, `(\\w+\\s*)*`);
- a pattern that is searched for and begins with a repetition something must follow (`a+b`): every letter of a
  long run is a start of its own. A look-behind in front (`(?<!a)a++b`) shuts all starts but one.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import string
from collections.abc import Iterator, Sequence
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

import pytest

import daybrief
from daybrief.languages import FilteredPattern, PatternTable

# All of ASCII, and one letter of each other kind that our patterns tell apart.
LETTERS = string.printable + "–—’“”éß가은의一ー½·…、。"
BACKTRACKS = (code.MAX_REPEAT, code.MIN_REPEAT)
REPEATS = (*BACKTRACKS, code.POSSESSIVE_REPEAT)
Node = tuple[Any, Any]


def compiled_patterns() -> Iterator[tuple[str, re.Pattern[str], bool]]:
    """Every pattern over text that a module holds, and whether that module searches with it."""
    for info in pkgutil.walk_packages(daybrief.__path__, "daybrief."):
        if not info.name.endswith("__main__") and ".migrations." not in info.name:
            module = _imported(info.name)
            if module is None:
                continue
            source = module.__loader__.get_source(info.name)  # type: ignore[union-attr]
            for name, value in vars(module).items():
                for pattern in _patterns(value):
                    used = set(re.findall(rf"\b{name}\.(\w+)\(", source))
                    yield f"{info.name}.{name}", pattern, not used or bool(used - {"match", "fullmatch"})


def _imported(name: str) -> ModuleType | None:
    """A module; None for one of a lab whose extra is not installed (`.ci/run` installs them all)."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if name.startswith("daybrief.labs.") and not str(missing.name).startswith("daybrief"):
            return None
        raise


def _patterns(value: object) -> Iterator[re.Pattern[str]]:
    value = value.compiled if isinstance(value, FilteredPattern) else value
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _patterns(part)
    elif isinstance(value, PatternTable):
        yield from _patterns([pattern for _, pattern in value.patterns])
    elif isinstance(value, dict):
        yield from _patterns(tuple(value.values()))


def sequences(op: Any, given: Any) -> list[Sequence[Node]]:
    """The children of a node: one sequence, or several of which one is taken."""
    if op in REPEATS:
        return [given[2]]
    if op is code.SUBPATTERN:
        return [given[3]]
    if op is code.BRANCH:
        return list(given[1])
    if op is code.ATOMIC_GROUP:
        return [given]
    return []


def nullable(nodes: Sequence[Node]) -> bool:
    return all(_empty(op, given) for op, given in nodes)


def _empty(op: Any, given: Any) -> bool:
    if op in (code.AT, code.ASSERT, code.ASSERT_NOT):
        return True
    if op in REPEATS and given[0] == 0:
        return True
    return op in (*REPEATS, code.SUBPATTERN, code.BRANCH, code.ATOMIC_GROUP) and any(
        nullable(inner) for inner in sequences(op, given)
    )


def first(nodes: Sequence[Node], flags: int) -> set[str]:
    """The letters with which a sequence can begin."""
    letters: set[str] = set()
    for op, given in nodes:
        letters |= _first(op, given, flags)
        if not _empty(op, given):
            break
    return letters


def _first(op: Any, given: Any, flags: int) -> set[str]:
    if inner := sequences(op, given):
        return set().union(*(first(nodes, flags) for nodes in inner))
    if op in (code.AT, code.ASSERT, code.ASSERT_NOT):
        return set()
    if op in (code.GROUPREF, code.GROUPREF_EXISTS):
        return set(LETTERS)
    state = parser.State()
    state.flags = flags
    pattern = re._compiler.compile(parser.SubPattern(state, [(op, given)]))  # type: ignore[attr-defined]
    return {letter for letter in LETTERS if pattern.match(letter)}


def ambiguous(nodes: Sequence[Node], flags: int, behind: set[str] | None = None) -> bool:
    """Whether a letter can belong to a repetition or to the next round of the repetition around it.

    behind: the letters that can follow the sequence within the repetition around it; None outside of any.
    """
    for at, (op, given) in enumerate(nodes):
        rest = nodes[at + 1 :]
        after = None
        if behind is not None:
            after = first(rest, flags) | (behind if nullable(rest) else set())
        endless = op in BACKTRACKS and given[1] == code.MAXREPEAT
        if endless and after is not None and first(given[2], flags) & after:
            return True
        inside = first(given[2], flags) | (after or set()) if endless else after
        if op in (code.POSSESSIVE_REPEAT, code.ATOMIC_GROUP):
            inside = None
        if any(ambiguous(inner, flags, inside) for inner in sequences(op, given)):
            return True
    return False


def starts_everywhere(nodes: Sequence[Node]) -> bool:
    """Whether it begins, unguarded, with an endless repetition that something must follow."""
    for at, (op, given) in enumerate(nodes):
        rest = list(nodes[at + 1 :])
        if op in (code.AT, code.ASSERT, code.ASSERT_NOT):
            return False
        if op in (code.SUBPATTERN, code.BRANCH):
            return any(starts_everywhere([*inner, *rest]) for inner in sequences(op, given))
        if op in REPEATS and given[1] == code.MAXREPEAT:
            return not nullable(rest)
        if not _empty(op, given):
            return False
    return False


GUARDED = {  # name → why a search is linear all the same
    "daybrief.checks.form._SAME_SIGN": "what is repeated is one sign, the same each time",
    "daybrief.render.page._REASONS": "asked for a whole line alone, from its beginning",
}


def test_no_pattern_of_ours_is_more_than_linear() -> None:
    wrong = {}
    for name, pattern, searched in compiled_patterns():
        tree = list(parser.parse(pattern.pattern, pattern.flags))
        if ambiguous(tree, pattern.flags):
            wrong[name] = "a letter may belong to a repetition or to the next round of the one around it"
        elif searched and starts_everywhere(tree):
            wrong[name] = "begins with a repetition that something must follow"
    assert wrong.keys() == GUARDED.keys(), wrong


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        ("(a+)*", True),
        (r"(?:\w+\s*)*x", True),
        (r"(?:\w+\s)*x", False),
        (r"(?:a|b+)+c", True),
        (r"(?:\d+(?:,\d+)*)+", True),
        (r"\d+(?:,\d+)*", False),
        (r"(?>a+)*b", False),
    ],
)
def test_an_ambiguous_repetition_is_seen(pattern: str, bad: bool) -> None:
    assert ambiguous(list(parser.parse(pattern)), re.U) is bad


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [("a+b", True), (r"\s*x", True), ("(?<!a)a++b", False), ("a+", False), ("a+b?", False), ("^a+b", False)],
)
def test_a_repetition_that_starts_everywhere_is_seen(pattern: str, bad: bool) -> None:
    assert starts_everywhere(list(parser.parse(pattern))) is bad
