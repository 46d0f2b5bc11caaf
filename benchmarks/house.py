"""How the house stands: modules, lines, importers, cycles, long bodies, names, languages outside their homes.

    python benchmarks/house.py [--root .] [--tests] [--json]

Reads a checkout and runs nothing of it. Modules are those of `src/daybrief` without the labs; names and
docstrings are also counted in the labs, tools, benchmarks and tests. "Before" is commit 36d6d4d.
With --tests it runs `make test` instead, which takes a quarter of an hour, and says how long its tests took
and which branches of the engine they cover; --log FILE reads what such a run printed. The mutation score
has a command of its own, `benchmarks/mutation.py`.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import re
import statistics
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from show import show

LONG_BODY = 40  # lines
SHORT_MODULE = 60  # lines
LONG_MODULE = 700  # lines
LONG_SENTENCE = 35  # words
HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
VAGUE_OPENINGS = frozenset({"What", "Who", "Where", "One"})
VAGUE_NAMES = frozenset({"told", "held", "said", "asked", "found", "one"})
BENCHMARKED = "figures.md"  # written by benchmarks
SKIPPED_LINE = re.compile(r"#|\||<|!\[|[-=*_]{3,}$")  # headings, tables, comments, pictures and rules
LIST_MARK = re.compile(r"(?:[-*+]|\d{1,3}\.)\s+")
FIELDS = re.compile(r"[\w`][\w`, .*=]{0,80}:\s")  # "name: what it is": an entry of a list, not a sentence
LINK = re.compile(r"\[([^\[\]]{0,300})\]\([^()\s]{0,300}\)")
INLINE_CODE = re.compile(r"`[^`]{1,300}`")
SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bvs\.)[)\"”*_]{0,3}\s+")
WORD = re.compile(r"\w[\w'’./%-]*")
CODE = ("src", "tools", "benchmarks", ".ci", "tests")
LANGUAGE_HOMES = ("daybrief.languages",)
BEFORE = {
    "modules": 305,
    "lines": 37_697,
    "median module": 106,
    "p90 module": 243,
    "longest module": 638,
    "short modules": 80,
    "single importer": 130,
    "duplicate classes": 34,
    "hangul": 51,
    "language names": 33,
    "cycles": 0,
    "long bodies": 0,
    "vague docstrings": 489,
    "vague variables": 1_246,
    "unnamed errors": 16,
    "words a sentence": 16.1,
    "long sentences": 62,
    "words a docstring sentence": 12.8,
    "long docstring sentences": 34,
}


class Module(NamedTuple):
    """A file of the package: its dotted name, its text, and the tree of its text with all nodes in a row."""

    name: str
    path: Path
    text: str
    tree: ast.Module
    nodes: Sequence[ast.AST]

    @property
    def package(self) -> str:
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


def modules(root: Path) -> dict[str, Module]:
    """Every module of the package by name, labs left out."""
    source = root / "src"
    parsed = {}
    for path in sorted((source / "daybrief").rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if parts[1:2] != ("labs",):
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
            parsed[name] = Module(name, path, text, tree, list(ast.walk(tree)))
    return parsed


def sources(root: Path) -> dict[str, list[ast.AST]]:
    """Every Python file of the checkout by its path, as the nodes of its tree in a row."""
    paths = sorted(path for folder in CODE for path in (root / folder).rglob("*.py"))
    return {
        path.relative_to(root).as_posix(): list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        for path in paths
    }


def imports(module: Module, known: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The modules that one module imports, and whether the import runs when the module is loaded."""
    names = set(known)
    loaded = set(_loaded(module.tree.body))
    for node in module.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _targets(node, module.package):
                while name and name not in names:
                    name = name.rpartition(".")[0]
                if name and name != module.name:
                    yield name, node in loaded


def packages(module: Module, known: Iterable[str]) -> Iterator[str]:
    """The packages that `from package import module` names beside the module."""
    names = set(known)
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and node.module in names - {module.name}:
            yield node.module


def _targets(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    else:
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *filter(None, [node.module])])
        yield from (f"{base}.{alias.name}" for alias in node.names)


def _loaded(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The imports that run at loading: those outside functions and `if TYPE_CHECKING`."""
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.expr)
            or (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test))
        ):
            yield from _loaded(ast.iter_child_nodes(node))


def cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one module (Tarjan, 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for target in sorted(graph.get(name, ())):
            if target not in index:
                visit(target)
                low[name] = min(low[name], low[target])
            elif target in stack:
                low[name] = min(low[name], index[target])
        if low[name] == index[name]:
            at = stack.index(name)
            components.append(sorted(stack[at:]))
            del stack[at:]

    for name in graph:
        if name not in index:
            visit(name)
    return [component for component in components if len(component) > 1]


def bodies(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, int]]:
    """Every function's name and the lines of its body without the docstring."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1


def duplicate_classes(all_modules: Iterable[Module]) -> dict[str, list[str]]:
    """Public class names of more than one module, without `Options`, which every plugin has."""
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for module in all_modules:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name != "Options":
                homes[node.name].add(module.name)
    return {name: sorted(where) for name, where in sorted(homes.items()) if len(where) > 1}


def vague_docstrings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Docstrings that begin with What, Who, Where or One instead of saying what is done."""
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node, clean=False) or ""
            if text.split(maxsplit=1)[:1] and text.split(maxsplit=1)[0] in VAGUE_OPENINGS:
                yield text.splitlines()[0]


def vague_variables(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Variables and arguments that are no nouns of what they hold."""
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in VAGUE_NAMES:
            yield node.id
        if isinstance(node, ast.arg) and node.arg in VAGUE_NAMES:
            yield node.arg


def documentation(root: Path) -> dict[str, list[str]]:
    """The sentences of the English pages by path; left out are the figures, which benchmarks write."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    return {
        page.relative_to(root).as_posix(): list(
            sentences(paragraphs(page.read_text(encoding="utf-8").splitlines()))
        )
        for page in pages
        if page.name != BENCHMARKED and not page.name.endswith(".ko.md")
    }


def docstring_sentences(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The sentences of a module's docstrings and those of its public names; lists of fields are left out."""
    for node in nodes:
        if isinstance(node, ast.Module) or (
            isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and not node.name.startswith("_")
        ):
            text = ast.get_docstring(node) or ""
            prose = (p for p in text.split("\n\n") if not FIELDS.match(p) and not _is_drawn(p))
            yield from sentences(" ".join(paragraph.split()) for paragraph in prose)


def _is_drawn(paragraph: str) -> bool:
    """Whether a paragraph is a picture of a flow or a list in columns."""
    return any(sign in paragraph for sign in (" | ", "→", "   "))


def paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """The paragraphs and list entries of a Markdown page, without code, headings and tables."""
    is_code, kept = False, []
    for line in (line.strip() for line in lines):
        is_fence = line.startswith(("```", "~~~"))
        is_code ^= is_fence
        is_apart = is_code or is_fence or not line or SKIPPED_LINE.match(line)
        if kept and (is_apart or LIST_MARK.match(line)):
            yield " ".join(kept)
            kept = []
        if not is_apart:
            kept.append(LIST_MARK.sub("", line, count=1) if LIST_MARK.match(line) else line)
    if kept:
        yield " ".join(kept)


def sentences(texts: Iterable[str]) -> Iterator[str]:
    """The sentences of paragraphs; a link counts as its text, a piece of code as one word."""
    for text in texts:
        plain = INLINE_CODE.sub("code", LINK.sub(r"\1", text))
        yield from (sentence for sentence in SENTENCE_END.split(plain) if WORD.search(sentence))


def word_count(sentence: str) -> int:
    return len(WORD.findall(sentence))


def unnamed_errors(module: Module, ancestors: Mapping[str, set[str]]) -> Iterator[str]:
    """The errors that leave a public function by its own `raise`, and that its docstring does not name.

    `ancestors` maps a class to the classes above it; naming one of those is enough. Not counted are special
    methods, which their class describes, and commands, whose docstring is a text for the user.
    """
    for function in _public_functions(module.tree.body):
        errors = sorted(set(_raised(function.body, ancestors)))
        words = set(re.findall(r"\w+", ast.get_docstring(function, clean=False) or "")) if errors else set()
        for error in errors:
            if words.isdisjoint(_kinds(error, ancestors)):
                yield f"{function.name} raises {error}"


def _public_functions(nodes: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from _public_functions(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_documented(node):
            yield node


def _is_documented(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether its docstring is for programmers: it is public, and no command."""
    return not function.name.startswith("_") and "typer." not in ast.unparse(function.args)


def _raised(nodes: Iterable[ast.AST], ancestors: Mapping[str, set[str]]) -> Iterator[str]:
    """The names of the classes that statements raise and do not catch, inner functions left out."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = ast.unparse(raised).rpartition(".")[2]
            if name[:1].isupper():
                yield name
        if isinstance(node, ast.Try):
            types = " ".join(ast.unparse(handler.type) for handler in node.handlers if handler.type)
            caught = set(re.findall(r"\w+", types))
            inside = _raised(node.body, ancestors)
            yield from (name for name in inside if caught.isdisjoint(_kinds(name, ancestors)))
            yield from _raised([*node.handlers, *node.orelse, *node.finalbody], ancestors)
        else:
            yield from _raised(ast.iter_child_nodes(node), ancestors)


def _kinds(error: str, ancestors: Mapping[str, set[str]]) -> set[str]:
    """An error's own name and those of the classes above it, Python's own included."""
    above = {error, *ancestors.get(error, ())}
    own = [getattr(builtins, name, None) for name in above]
    return above.union(*({kind.__name__ for kind in c.__mro__} for c in own if isinstance(c, type)))


def ancestors_of_classes(all_modules: Iterable[Module]) -> dict[str, set[str]]:
    """For each class of the package the names of all classes above it."""
    bases: defaultdict[str, set[str]] = defaultdict(set)
    for module in all_modules:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                bases[node.name] |= {ast.unparse(base).rpartition(".")[2] for base in node.bases}

    def above(name: str) -> set[str]:
        return bases[name].union(*(above(base) for base in bases[name] - {name})) if name in bases else set()

    return {name: above(name) for name in list(bases)}


def holds_hangul(module: Module) -> bool:
    return not module.name.startswith(LANGUAGE_HOMES) and bool(HANGUL.search(module.text))


def names_language(module: Module) -> bool:
    """Whether a string of the code, not of a docstring, is a language code."""
    return not module.name.startswith(LANGUAGE_HOMES) and any(
        isinstance(node, ast.Constant) and node.value in {"ko", "en", "ja"} for node in module.nodes
    )


def measure(root: Path) -> dict[str, Any]:
    """Counts the house and lists what stands out by name."""
    house, files = modules(root), sources(root)
    importers: defaultdict[str, set[str]] = defaultdict(set)
    loaded: dict[str, set[str]] = {name: set() for name in house}
    for module in house.values():
        for target, at_loading in imports(module, house):
            importers[target].add(module.name)
            if at_loading:
                loaded[module.name].add(target)
        for package in packages(module, house):
            importers[package].add(module.name)
    lengths = sorted(module.lines for module in house.values())
    single = sorted(name for name in house if len(importers[name]) == 1)
    long = [f"{m.name}:{name} {n}" for m in house.values() for name, n in bodies(m.nodes) if n > LONG_BODY]
    above = ancestors_of_classes(house.values())
    pages = documentation(root)
    docstrings = {m.name: list(docstring_sentences(m.nodes)) for m in house.values()}
    lists: dict[str, list[str]] = {
        "single importer": [f"{name} ({next(iter(importers[name]))})" for name in single],
        "duplicate classes": [f"{n}: {', '.join(w)}" for n, w in duplicate_classes(house.values()).items()],
        "hangul": [m.name for m in house.values() if holds_hangul(m)],
        "language names": [m.name for m in house.values() if names_language(m)],
        "cycles": [" → ".join(component) for component in cycles(loaded)],
        "long bodies": long,
        "vague docstrings": [
            f"{f}: {text}" for f, nodes in files.items() for text in vague_docstrings(nodes)
        ],
        "vague variables": [f"{f}: {name}" for f, nodes in files.items() for name in vague_variables(nodes)],
        "unnamed errors": [f"{m.name}: {text}" for m in house.values() for text in unnamed_errors(m, above)],
        "long sentences": _long(pages),
        "long docstring sentences": _long(docstrings),
        "short modules": [f"{m.name} {m.lines}" for m in house.values() if m.lines <= SHORT_MODULE],
    }
    counts = {
        "modules": len(house),
        "lines": sum(lengths),
        "median module": round(statistics.median(lengths)),
        "p90 module": round(statistics.quantiles(lengths, n=10)[-1]),
        "longest module": lengths[-1],
        "words a sentence": _mean_words(pages),
        "words a docstring sentence": _mean_words(docstrings),
        **{name: len(entries) for name, entries in lists.items()},
    }
    return {"benchmark": "house", "counts": counts, "lists": lists, "figures": figures(counts)}


def _mean_words(texts: Mapping[str, Sequence[str]]) -> float:
    counted = [word_count(sentence) for written in texts.values() for sentence in written]
    return round(statistics.mean(counted), 1) if counted else 0.0


def _long(texts: Mapping[str, Sequence[str]]) -> list[str]:
    counted = [(word_count(text), place, text) for place, written in texts.items() for text in written]
    return [f"{place}: {count} words: {text}" for count, place, text in counted if count > LONG_SENTENCE]


ROWS = (
    ("modules", "modules, labs not counted", "≤ 200"),
    ("lines", "lines of Python", "–"),
    ("median module", "lines of the median module", "–"),
    ("p90 module", "lines of the module longer than 90 % of all", "–"),
    ("longest module", "lines of the longest module", f"≤ {LONG_MODULE}"),
    ("short modules", f"modules of {SHORT_MODULE} lines or fewer", "–"),
    ("single importer", "modules with a single importer", "≤ 60"),
    ("duplicate classes", "public class names in more than one module", "≤ 5"),
    ("hangul", "modules with Hangul outside languages, assets and translations", "0"),
    ("language names", "modules that name a language outside the same", "0"),
    ("cycles", "import cycles", "0"),
    ("vague docstrings", "docstrings that begin with What, Who, Where or One, labs and tests too", "0"),
    ("vague variables", "variables named told, held, said, asked, found or one, labs and tests too", "0"),
    ("unnamed errors", "errors raised by a public function whose docstring does not name them", "0"),
    ("words a sentence", "words in a sentence of the documentation, mean", "≤ 18"),
    ("long sentences", f"sentences of the documentation of more than {LONG_SENTENCE} words", "0"),
    ("words a docstring sentence", "words in a sentence of a docstring, mean", "≤ 18"),
    ("long docstring sentences", f"sentences of docstrings of more than {LONG_SENTENCE} words", "–"),
    ("long bodies", f"function bodies of more than {LONG_BODY} lines", "0"),
)


def figures(counts: Mapping[str, float]) -> list[dict[str, str]]:
    return [
        {"what": title, "asked": target, "measured": f"**{counts[key]:,}** (before: {BEFORE[key]:,})"}
        for key, title, target in ROWS
    ]


BEFORE_TESTS = "before: 368 s, 4,468 tests; branches were not counted"


PASSED = re.compile(r"^=+ (\d+) passed.* in (\d+(?:\.\d+)?)s", re.M)
COVERED = re.compile(r"^TOTAL .* (\d+(?:\.\d+)?)%$", re.M)
BRANCHES = re.compile(r"branches: (\d+\.\d) %, ([\d,]+ of [\d,]+)")


def tested(printed: str) -> list[dict[str, str]]:
    """Seconds, tests and covered branches as `make test` printed them. Raises SystemExit where it did not."""
    results = PASSED.findall(printed), COVERED.findall(printed), BRANCHES.findall(printed)
    if not all(results):
        raise SystemExit(f"make test did not pass:\n{printed[-3000:]}")
    ((passed, seconds), covered, (share, branches)) = (matches[-1] for matches in results)
    return [
        {
            "what": "seconds of the tests in `make test`",
            "asked": "–",
            "measured": f"**{float(seconds):,.0f}**, {int(passed):,} tests ({BEFORE_TESTS})",
        },
        {
            "what": "coverage of the engine, lines and branches together",
            "asked": "≥ 95 %",
            "measured": f"**{covered} %**",
        },
        {
            "what": "coverage of the engine, branches alone",
            "asked": "≥ 95 %",
            "measured": f"**{share} %**, {branches} branches",
        },
    ]


def _make_test(root: Path) -> str:
    done = subprocess.run(["make", "test"], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path(__file__).parent.parent)
    parser.add_argument("--tests", action="store_true", help="run `make test` instead")
    parser.add_argument("--log", type=Path, help="with --tests: what an earlier run of it printed")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--names", action="store_true", help="list what is counted")
    given = parser.parse_args()
    lists: dict[str, list[str]] = {}
    if given.tests:
        printed = given.log.read_text(encoding="utf-8") if given.log else _make_test(given.root)
        report: dict[str, Any] = {"benchmark": "house", "figures": tested(printed)}
    else:
        report = measure(given.root)
        lists = report["lists"]
    show(report, as_json=given.json)
    if given.json:
        return
    if given.names:
        for name, entries in lists.items():
            print(f"\n{name}\n  " + "\n  ".join(entries))


if __name__ == "__main__":
    main()
