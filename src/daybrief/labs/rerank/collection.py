"""Collections to rank: documents, queries, and which document answers which query.

read        a folder with corpus.jsonl, queries.jsonl and qrels.tsv (plain or .gz)
titles      arXiv records: a title must find the second half of its abstract
docstrings  installed libraries: a summary line must find the rest of its docstring
"""

from __future__ import annotations

import ast
import gzip
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from daybrief.errors import LabError, LabUnmet

LIBRARIES = ("numpy", "scipy", "sklearn")
MOST_BYTES = 1 << 30  # of a file, unpacked
_SHORTEST, _LONGEST, _LEAST = 4, 30, 30  # words of a query; words of a document
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Texts by row, queries by row, and for each query the gain of each relevant document's row."""

    name: str
    documents: tuple[str, ...]
    queries: tuple[str, ...]
    relevant: tuple[dict[int, int], ...]

    def __post_init__(self) -> None:
        if not self.documents or not self.queries:
            raise LabError(
                f"the collection {self.name!r} has {len(self.documents)} documents and "
                f"{len(self.queries)} queries with a relevant document",
                hint="give at least one of each, with the same identifiers in qrels.tsv",
            )


def read(folder: Path) -> Collection:
    """The collection in a folder; queries without a relevant document are left out. Raises LabError."""
    documents, queries = _records(folder, "corpus"), _records(folder, "queries")
    texts: dict[str, str] = {}
    for record in documents:
        key = _text(record, "_id", folder / "corpus.jsonl")
        if key in texts:
            raise LabError(
                f"{folder}: two documents have the _id {key!r}", hint="give each an _id of its own"
            )
        texts[key] = f"{record.get('title') or ''} {_text(record, 'text', folder / 'corpus.jsonl')}".strip()
    if not texts:
        raise LabError(f"{folder}/corpus.jsonl holds no document", hint="give one a line, with _id and text")
    rows = {key: row for row, key in enumerate(texts)}
    judged = _judgements(folder / "qrels.tsv", rows)
    query_texts = [
        (_text(q, "_id", folder / "queries.jsonl"), _text(q, "text", folder / "queries.jsonl"))
        for q in queries
    ]
    kept = [(text, judged[key]) for key, text in query_texts if judged.get(key) and text.strip()]
    return Collection(
        name=folder.name,
        documents=tuple(texts.values()),
        queries=tuple(text for text, _ in kept),
        relevant=tuple(relevant for _, relevant in kept),
    )


def _records(folder: Path, name: str) -> list[dict[str, Any]]:
    for path in (folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"):
        if path.is_file():
            return list(records(path))
    raise LabUnmet(
        f"{folder} has no {name}.jsonl", hint="give a folder with corpus.jsonl, queries.jsonl and qrels.tsv"
    )


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file, plain or gzipped; raises LabError that names file and line."""
    opened = gzip.open if path.suffix == ".gz" else open
    left = MOST_BYTES
    try:
        with opened(path, "rt", encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                left -= len(line)
                if left < 0:
                    raise LabError(
                        f"{path} is longer than {MOST_BYTES:,} characters", hint="give a smaller one"
                    )
                if line.strip():
                    yield _record(line, path, number)
    except (OSError, EOFError, UnicodeDecodeError) as broken:
        raise LabError(f"{path} cannot be read: {broken}", hint="give JSON Lines in UTF-8") from broken


def _record(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise LabError(
            f"{path}, line {number}: {line[:60]!r} is no JSON object", hint="give one object a line"
        )
    return record


def _text(record: dict[str, Any], name: str, path: Path) -> str:
    value = record.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise LabError(f"{path}: a record has {name} = {value!r}", hint=f"give every record a text {name!r}")
    return str(value)


def _judgements(path: Path, rows: dict[str, int]) -> dict[str, dict[int, int]]:
    """The gains above 0 by query; the first line is a head."""
    if not path.is_file():
        raise LabUnmet(
            f"{path} does not exist", hint="give query, document and score, apart by tabs, with a head"
        )
    judged: dict[str, dict[int, int]] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()[1:]
    except (OSError, UnicodeDecodeError) as broken:
        raise LabError(f"{path} cannot be read: {broken}", hint="give UTF-8") from broken
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if not line.strip():
            continue
        if len(cells) != 3 or not re.fullmatch(r"-?\d{1,6}", cells[2].strip()):
            raise LabError(
                f"{path}, line {number}: {line[:60]!r}", hint="write query, document and a whole score"
            )
        query, document, score = cells[0], cells[1], int(cells[2])
        if document not in rows:
            raise LabError(
                f"{path}, line {number}: no document {document!r}", hint="correct qrels.tsv or the corpus"
            )
        if score > 0:
            judged.setdefault(query, {})[rows[document]] = score
    return judged


def titles(folder: Path, most: int, seed: int = 0) -> Collection:
    """At most `most` arXiv records (`title`, `abstract`) of a folder's .jsonl or .jsonl.gz files."""
    files = sorted([*folder.glob("*.jsonl"), *folder.glob("*.jsonl.gz")])
    if not files:
        raise LabUnmet(
            f"{folder} has no .jsonl file", hint="give records with title and abstract, one a line"
        )
    abstracts: dict[str, str] = {}
    for path in files:
        for record in records(path):
            title, abstract = record.get("title"), record.get("abstract")
            if isinstance(title, str) and isinstance(abstract, str):
                sentences = _SENTENCE.split(abstract.strip())
                rest = " ".join(sentences[len(sentences) // 2 :])
                if _SHORTEST <= len(title.split()) <= _LONGEST and len(rest.split()) >= _LEAST:
                    abstracts.setdefault(" ".join(title.split()), rest)
    return _paired("arxiv", abstracts, most, seed)


def docstrings(libraries: tuple[str, ...] = LIBRARIES, most: int = 20_000, seed: int = 0) -> Collection:
    """Docstrings of installed libraries, read as text: nothing of them is imported."""
    documented: dict[str, str] = {}
    for library in libraries:
        spec = find_spec(library)
        if spec is None or not spec.submodule_search_locations:
            raise LabUnmet(f"{library} is not installed", hint='pip install "daybrief[lab-rerank]"')
        for folder in spec.submodule_search_locations:
            for path in sorted(Path(folder).rglob("*.py")):
                if not {"tests", "test", "testing", "_vendor"} & set(path.parts):
                    documented.update(_split(text) for text in _documented(path) if _split(text)[1])
    return _paired("docstrings", documented, most, seed)


def _documented(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError, RecursionError):
        return  # a file for another Python
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and (
            text := ast.get_docstring(node)
        ):
            yield text


def _split(docstring: str) -> tuple[str, str]:
    """The summary line and the rest; ("", "") when either is too short or long to tell anything."""
    head, _, rest = docstring.partition("\n\n")
    query = " ".join(head.split())
    text = " ".join(rest.split())
    if query in text or not _SHORTEST <= len(query.split()) <= _LONGEST or len(text.split()) < _LEAST:
        return "", ""
    return query, text


def _paired(name: str, texts: dict[str, str], most: int, seed: int) -> Collection:
    """Pairs with one relevant document for each query; of equal documents one."""
    pairs = sorted({text: query for query, text in texts.items() if query}.items())
    random.Random(seed).shuffle(pairs)
    del pairs[most:]
    return Collection(
        name=name,
        documents=tuple(text for text, _ in pairs),
        queries=tuple(query for _, query in pairs),
        relevant=tuple({row: 1} for row in range(len(pairs))),
    )
