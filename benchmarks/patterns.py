"""How long our regular expressions can take: each on 100 kB of what is worst for it.

    python benchmarks/patterns.py [--all] [--json]

Every compiled pattern that a module of daybrief holds is used as its module uses it: searched for, all its
matches found, or matched once. The texts are repetitions of pieces made of the pattern's own letters and of
what texts are made of, behind a beginning that fits, with an end that fits nothing. All are tried on 10 kB;
the three that took longest on 100 kB, and a use that lasts a second is broken off. Where the code cuts a text
before the pattern sees it (`text[:MOST]`), it is given that much; where a pattern looks at a stretch
(`text[a : a + 80]`) or from a place on, it looks at 2,000 of them, as many as numbers are read of a text.
Times are of the process; the better of two when the first was above the limit.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import daybrief
from daybrief.languages import FilteredPattern

LETTERS = 100_000
LIMIT_MS = 50.0
PATIENCE_S = 1.0
PIECES = (
    "a",
    "A",
    "é",
    " ",
    "\n",
    "1",
    "가",
    "-",
    ".",
    "a ",
    "A ",
    "A a",
    "가 ",
    "1,",
    "1.",
    "1 ",
    "a.",
    "a-",
    "Aa",
    "<a ",
    "](",
    "[[",
    "http://",
    "\\a{",
    "“a",
    "&a;",
)
PUMPS = (" ", "a", "A ", "-", "가", "1", "\n", ".")
PLACES = 2_000
Use = Callable[[re.Pattern[str], str], object]


class _Enough(Exception):
    """A second is over."""


class CompiledPattern(NamedTuple):
    """A pattern, where it is held, and how that module uses it."""

    name: str
    pattern: re.Pattern[str]
    uses: tuple[Use, ...]


def compiled_patterns() -> Iterator[CompiledPattern]:
    """Every pattern over text, once."""
    seen = set()
    for info in pkgutil.walk_packages(daybrief.__path__, "daybrief."):
        if info.name.endswith("__main__") or ".migrations." in info.name:
            continue
        module = importlib.import_module(info.name)
        tree = ast.parse(inspect.getsource(module))
        for name, pattern in _patterns(module):
            if (pattern.pattern, pattern.flags) not in seen:
                seen.add((pattern.pattern, pattern.flags))
                yield CompiledPattern(f"{info.name}.{name}", pattern, uses(tree, name, vars(module)))


def _patterns(module: Any) -> Iterator[tuple[str, re.Pattern[str]]]:
    """By name; those held in tuples and tables too."""
    for name, value in vars(module).items():
        inside = value.values() if isinstance(value, dict) else value
        many = inside if isinstance(value, tuple | list | dict) else (value,)
        flat = (part for entry in many for part in (entry if isinstance(entry, tuple) else (entry,)))
        for candidate in flat:
            pattern = candidate.compiled if isinstance(candidate, FilteredPattern) else candidate
            if isinstance(pattern, re.Pattern) and isinstance(pattern.pattern, str):
                yield name, pattern


def uses(tree: ast.Module, name: str, known: dict[str, Any]) -> tuple[Use, ...]:
    """The uses that the module makes of the pattern; a search for all matches when that is not to be seen."""
    calls = []
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]:
        names = {name, *_loops(function, name)}
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and _of(node) in names and node.args:
                calls.append(_use(node, function, known))
    return tuple(calls) or (_all,)


def _of(call: ast.Call) -> str:
    """The name whose method is called."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return owner.id if isinstance(owner, ast.Name) else ""


def _loops(function: ast.AST, name: str) -> Iterator[str]:
    """The names that patterns of a table have in loops over it."""
    for node in ast.walk(function):
        if isinstance(node, ast.For | ast.comprehension):
            over = {part.id for part in ast.walk(node.iter) if isinstance(part, ast.Name)}
            if name in over:
                yield from (part.id for part in ast.walk(node.target) if isinstance(part, ast.Name))


def _use(call: ast.Call, function: ast.AST, known: dict[str, Any]) -> Use:
    assert isinstance(call.func, ast.Attribute)
    method = call.func.attr
    text = call.args[-1] if method in ("sub", "subn") else call.args[0]
    most = _most(text, function, known)
    if len(call.args) > 1 and method not in ("sub", "subn", "split"):
        stretch = _length(call.args[1:3], known) if len(call.args) == 3 else LETTERS
        return _looking(method, stretch)
    if most < 0:
        return _looking(method, -most)
    if method in ("match", "fullmatch"):
        return lambda pattern, text: getattr(pattern, method)(text[:most])
    if method == "search":
        return lambda pattern, text: pattern.search(text[:most])
    return lambda pattern, text: _all(pattern, text[:most])


def _looking(method: str, stretch: int) -> Use:
    """A look at a stretch from each of 2,000 places."""

    def use(pattern: re.Pattern[str], text: str) -> None:
        do = getattr(pattern, method if method in ("match", "fullmatch") else "search")
        step = max(1, len(text) // PLACES)
        for place in range(0, len(text), step):
            do(text, place, min(len(text), place + stretch))

    return use


def _most(text: ast.expr, function: ast.AST, known: dict[str, Any]) -> int:
    """The letters a text is cut to before the pattern sees it; below 0 when it is a stretch of the text."""
    if isinstance(text, ast.Subscript) and isinstance(text.slice, ast.Slice):
        ends = [end for end in (text.slice.lower, text.slice.upper) if end is not None]
        length = _length(ends, known)
        return length if len(ends) == 1 else -length
    if isinstance(text, ast.Name):
        for target, value in _assigned(function):
            if isinstance(target, ast.Name) and target.id == text.id and isinstance(value, ast.Subscript):
                return abs(_most(value, function, known))
    return LETTERS


def _assigned(function: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Every name that the function assigns, with its value."""
    for node in ast.walk(function):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from zip(target.elts, node.value.elts, strict=True)
            elif isinstance(node, ast.Assign):
                yield target, node.value


def _length(ends: Sequence[ast.expr], known: dict[str, Any]) -> int:
    """Of a slice whose ends name numbers: `[-40:]`, `[:MOST]`, `[max(0, a - 8) : a]`, `[a : a + 60]`."""
    values = [
        part.value if isinstance(part, ast.Constant) else known.get(part.id)
        for end in ends
        for part in ast.walk(end)
        if isinstance(part, ast.Constant | ast.Name)
    ]
    return min(LETTERS, sum(value for value in values if isinstance(value, int))) or LETTERS


def _all(pattern: re.Pattern[str], text: str) -> object:
    return sum(1 for _ in pattern.finditer(text))


def literals(pattern: re.Pattern[str]) -> Iterator[str]:
    """The letters a pattern names, one by one in its order."""
    todo: list[Any] = list(_parser.parse(pattern.pattern, pattern.flags))
    while todo:
        part = todo.pop(0)
        if isinstance(part, tuple | list) or type(part).__name__ == "SubPattern":
            inner = list(part)
            if len(inner) == 2 and str(inner[0]) == "LITERAL":
                yield chr(inner[1])
            else:
                todo = inner + todo


def texts(pattern: re.Pattern[str]) -> tuple[tuple[str, str], ...]:
    """Beginnings, and what is repeated behind them: the pattern's own letters and what texts are made of."""
    letters = "".join(literals(pattern))[:40]
    own = [letters[at : at + length] for length in (1, 2, 3) for at in range(0, len(letters))]
    pieces = dict.fromkeys((*PIECES, *own, letters, letters[:1] + "a", letters[:1] + " "))
    behind = [(letters[:length], piece) for length in (1, 2, 4, 40) for piece in PUMPS if letters]
    return (*(("", piece) for piece in pieces if piece), *behind)


def worst(entry: CompiledPattern) -> float:
    """Milliseconds of the slowest use; infinite when one had to be broken off."""
    slowest = 0.0
    for use in entry.uses:
        tried = {
            text: _timed(entry.pattern, _long(*text, LETTERS // 10), use) for text in texts(entry.pattern)
        }
        for text in sorted(tried, key=lambda text: -tried[text])[:3]:
            took = _timed(entry.pattern, _long(*text, LETTERS), use)
            if LIMIT_MS <= took < float("inf"):
                took = min(took, _timed(entry.pattern, _long(*text, LETTERS), use))
            slowest = max(slowest, took)
    return slowest


def _long(beginning: str, piece: str, letters: int) -> str:
    return (beginning + piece * (letters // len(piece) + 1))[:letters] + "\x00"


def _timed(pattern: re.Pattern[str], text: str, use: Use) -> float:
    start = time.process_time()
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE_S)
    try:
        use(pattern, text)
    except _Enough:
        return float("inf")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return 1_000 * (time.process_time() - start)


def figures(times: list[tuple[float, str]]) -> dict[str, Any]:
    slow = [name for ms, name in times if ms >= LIMIT_MS]
    named = "; ".join(f"{name} {'> 1 s' if ms == float('inf') else f'{ms:.0f} ms'}" for ms, name in times[:3])
    return {
        "patterns": len(times),
        "figures": [
            {
                "what": f"patterns of {LIMIT_MS:.0f} ms or more on 100 kB, of {len(times)}",
                "asked": "0",
                "measured": f"**{len(slow)}**",
            },
            {"what": "the slowest", "measured": named},
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="name every pattern and its milliseconds")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    def enough(_number: int, _frame: object) -> None:
        raise _Enough

    signal.signal(signal.SIGVTALRM, enough)
    times = sorted(((worst(entry), entry.name) for entry in compiled_patterns()), reverse=True)
    if options.all:
        for ms, name in times:
            print(f"{ms:9.1f} ms  {name}")
        return
    report = figures(times)
    print(json.dumps(report, ensure_ascii=False, indent=1) if options.json else report["figures"])


if __name__ == "__main__":
    main()
