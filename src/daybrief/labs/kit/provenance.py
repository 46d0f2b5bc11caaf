"""The hash by which a card knows its code: it stands for what the code does, not for how it is worded.

    source files | syntax trees | statements without words | SHA-256

Imports, docstrings, comments, layout and the names of local variables do not count: to move a module, to
reword a comment or to rename a variable leaves a card valid. `page.toml` does not count, for words change no
number, nor do modules that `experiment.py` does not import, itself or by others: commands, loaders of a
user's data and adapters to large models measure nothing.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

from daybrief.errors import LabError
from daybrief.labs.kit.lab import Lab

_WORDLESS = {"ctx", "kind", "type_comment"}  # fields of a node that change nothing, or follow from its place
_NO_NAMES: Mapping[str, str] = {}


def code_hash(lab: Lab, folder: Traversable) -> str:
    """A hash of the statements of the lab in a folder, and of the engine modules it measures.

    Raises LabError when the lab measures a module that does not exist.
    """
    digest = hashlib.sha256()
    for name, tree in sorted(_trees(lab, folder), key=lambda pair: pair[0]):
        digest.update(f"{name}\n{''.join(_written(tree, _NO_NAMES))}\n".encode())
    return digest.hexdigest()


def statements(source: str) -> str:
    """The statements of a module without its words: equal for two sources that differ in wording alone."""
    return "".join(_written(ast.parse(source), _NO_NAMES))


def _trees(lab: Lab, folder: Traversable) -> Iterator[tuple[str, ast.AST]]:
    modules = {name: ast.parse(source) for name, source in _python_files(folder, lab.name)}
    for name in _measuring(modules, lab.name):
        yield name, modules[name]
    for module in lab.engine:
        spec = find_spec(module)
        if spec is None or spec.origin is None:
            raise LabError(f"the lab {lab.name!r} measures {module!r}, which does not exist")
        yield module.rpartition(".")[2], ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _measuring(modules: Mapping[str, ast.AST], lab: str) -> set[str]:
    """The modules that the experiment imports, itself or by others; all where there is no experiment."""
    start = f"{lab}/experiment.py"
    if start not in modules:
        return set(modules)
    reached, coming = {f"{lab}/__init__.py"} & set(modules), [start]
    while coming:
        module = coming.pop()
        if module not in reached:
            reached.add(module)
            coming += [name for name in _imported(modules[module], lab) if name in modules]
    return reached


def _imported(tree: ast.AST, lab: str) -> Iterator[str]:
    """The files of a lab that a module may import, wherever in it the import stands."""
    package = f"daybrief.labs.{lab}"
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or "" if not node.level else f"{package}.{node.module or ''}".rstrip(".")
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for name in names:
            if name.startswith(f"{package}."):
                path = name.removeprefix(f"{package}.").replace(".", "/")
                yield f"{lab}/{path}.py"
                yield f"{lab}/{path}/__init__.py"


def _python_files(folder: Traversable, at: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "results":
            yield from _python_files(entry, f"{at}/{entry.name}")
        elif entry.name.endswith(".py") and entry.name != "use.py":
            yield f"{at}/{entry.name}", entry.read_text(encoding="utf-8")


def _written(node: object, names: Mapping[str, str]) -> Iterator[str]:
    """A tree as text, alike in every version of Python; `names` are the locals' numbers in this function."""
    if isinstance(node, list):
        yield "["
        for entry in node:
            if not _is_wordless(entry):
                yield from _written(entry, names)
        yield "]"
    elif isinstance(node, ast.Name):
        yield f"Name({names.get(node.id, node.id)})"
    elif isinstance(node, ast.AST):
        if not names and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            names = _numbered(node)
        yield f"{type(node).__name__}("
        for field in node._fields:
            content = getattr(node, field, None)
            if field not in _WORDLESS and content is not None and content != []:
                yield f"{field}="
                yield from _written(content, names)
        yield ")"
    else:
        yield f"{node!r};"


def _is_wordless(node: object) -> bool:
    """Whether a statement is an import or a docstring."""
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _numbered(function: ast.AST) -> dict[str, str]:
    """The local variables of a function and of those within it, numbered as they come.

    A name that is also an argument, an attribute of a class within, or declared or bound by other statements
    keeps its letters. No number is an identifier, so two programs that differ by more than such names are
    written differently.
    """
    kept: set[str] = set()
    stored: dict[str, None] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            stored[node.id] = None
        elif isinstance(node, ast.arg):
            kept.add(node.arg)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            kept.update(node.names)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            kept.update(filter(None, [node.name]))
        elif isinstance(node, ast.ClassDef):  # what its body binds are attributes
            kept.update(inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
    return {name: str(number) for number, name in enumerate(name for name in stored if name not in kept)}
