"""8-gram overlap of training texts with evaluation items (section 3.2 of the paper).

For an evaluation item e with tokens e_1 .. e_n and a training document d:

    matched(e, d) = { i : e_i lies inside an 8-gram of e that also occurs in d }
    score(e, d)   = |matched(e, d)| / n;   e overlaps d when score(e, d) > 0.5

A training set is contaminated for a benchmark when more than 2 % of the items overlap any of it. A training
document is removed when its highest score over all items is above 0.5. Tokens are united per training
document, never across documents. An item of fewer than eight tokens has no 8-gram, and scores 0.

The rule sees words, so a paraphrase passes: that is measured, not mended.

    Index         documents by their 8-grams, in memory
    Index.save    the same documents as lines that Elasticsearch's bulk endpoint takes, and back
    overlaps      which items overlap which documents
    report        whether a training set is contaminated, and what to remove
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError

N = 8
OVERLAP = 0.5  # of an item's tokens
CONTAMINATED = 0.02  # of a benchmark's items
INDEX = "train"

_SPLIT = re.compile(r"[\s.,;:?\"'()\[\]{}]+|!+(?=\s|$)")


def tokens(text: str) -> list[str]:
    """Lower-cased words; blanks and light punctuation part them, operators and code survive."""
    return [word for word in _SPLIT.split(text.lower()) if word]


class Overlap(NamedTuple):
    """An item, the document that covers most of it, and the share covered."""

    item: str
    document: str
    score: float


class Report(NamedTuple):
    """The findings of a check of a training set against a benchmark.

    `contaminated` is whether more than 2 % of the items overlap. `removed` are the documents to take out;
    `short` counts items of fewer than eight tokens, which the rule cannot judge.
    """

    items: int
    documents: int
    overlaps: tuple[Overlap, ...]
    removed: tuple[str, ...]
    short: int

    @property
    def share(self) -> float:
        """The share of the items that overlap."""
        return len(self.overlaps) / self.items if self.items else 0.0

    @property
    def contaminated(self) -> bool:
        """Whether the training set is to be dropped, or cleaned, for this benchmark."""
        return self.share > CONTAMINATED


class Index:
    """Documents by their n-grams. Memory: one number for each distinct n-gram and document."""

    def __init__(self, documents: Iterable[tuple[str, str]] = (), *, n: int = N) -> None:
        if n < 1:
            raise LabError(f"an n-gram of {n} tokens", hint="take 8, as the paper does")
        self.n = n
        self._texts: dict[str, str] = {}
        self._names: list[str] = []
        self._holders: dict[int, list[int]] = defaultdict(list)
        for name, text in documents:
            self.add(name, text)

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, name: str, text: str) -> None:
        """Put in a document. Raises LabError where its name is taken."""
        if name in self._texts:
            raise LabError(f"two documents are named {name!r}", hint="give each an id of its own")
        self._texts[name] = text
        number = len(self._names)
        self._names.append(name)
        for gram in set(self._grams(tokens(text))):
            self._holders[gram].append(number)

    def _grams(self, words: Sequence[str]) -> Iterator[int]:
        return (hash(tuple(words[at : at + self.n])) for at in range(len(words) - self.n + 1))

    def scores(self, text: str) -> dict[str, float]:
        """The score of an item's text with every document that shares an n-gram with it."""
        words = tokens(text)
        run = (1 << self.n) - 1
        covered: dict[int, int] = defaultdict(int)  # document -> a bit for each token covered
        for at, gram in enumerate(self._grams(words)):
            for number in self._holders.get(gram, ()):
                covered[number] |= run << at
        return {self._names[number]: bits.bit_count() / len(words) for number, bits in covered.items()}

    def save(self, place: Path) -> None:
        """Write the documents as newline-delimited JSON for `_bulk`: an action line, then the document."""
        lines = []
        for name, text in self._texts.items():
            lines.append(json.dumps({"index": {"_index": INDEX, "_id": name}}))
            lines.append(json.dumps({"text": text, "tokens": tokens(text)}, ensure_ascii=False))
        try:
            replace_file(place, ("\n".join(lines) + "\n").encode())
        except OSError as refused:
            raise LabError(f"{place} cannot be written: {refused}", hint="name another file") from refused


def index_read(place: Path, *, n: int = N) -> Index:
    """The index of a file that `Index.save` wrote, or any bulk file of documents with `text`."""
    rows = list(json_lines(place))
    index = Index(n=n)
    if len(rows) % 2:
        raise LabError(f"{place} ends within a document", hint="give action and document lines in turn")
    for number in range(0, len(rows), 2):
        action, source = rows[number].get("index"), rows[number + 1].get("text")
        if not isinstance(action, dict) or not isinstance(source, str):
            raise LabError(f"{place}, line {number + 1}: no action with a document", hint="write it anew")
        index.add(str(action.get("_id", number // 2)), source)
    return index


def overlaps(items: Mapping[str, str], index: Index) -> tuple[Overlap, ...]:
    """The document that covers most of each item above the threshold."""
    overlapping = []
    for name, text in items.items():
        scores = index.scores(text)
        if scores:
            best = max(scores, key=lambda document: (scores[document], document))
            if scores[best] > OVERLAP:
                overlapping.append(Overlap(name, best, scores[best]))
    return tuple(overlapping)


def report(items: Mapping[str, str], index: Index) -> Report:
    """The items that overlap, and the documents to remove: all that cover an item, not the best alone."""
    if not items or not len(index):
        raise LabError(f"{len(items)} items against {len(index)} documents", hint="give at least one of each")
    removed: dict[str, None] = {}
    short = 0
    for text in items.values():
        short += len(tokens(text)) < index.n
        removed |= dict.fromkeys(d for d, score in index.scores(text).items() if score > OVERLAP)
    return Report(len(items), len(index), overlaps(items, index), tuple(removed), short)


def json_lines(place: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, one a line. Raises LabError that names the line that is none."""
    try:
        lines = place.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as broken:
        raise LabError(
            f"{place} cannot be read: {broken}", hint="give a file of JSON lines in UTF-8"
        ) from broken
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise LabError(
                f"{place}, line {number}: {line[:60]!r} is no object", hint="give one object a line"
            )
        yield record


def user_text(record: Mapping[str, Any], where: str = "a record") -> str:
    """The user's text in a record: its user turns, or `prompt`, `question`, `text`; only that is indexed.

    Raises LabError where there is none of them.
    """
    turns = record.get("messages")
    if isinstance(turns, list):
        messages = [
            str(t.get("content", "")) for t in turns if isinstance(t, dict) and t.get("role") == "user"
        ]
        if messages:
            return "\n".join(messages)
    for field in ("prompt", "question", "text"):
        if isinstance(record.get(field), str):
            return str(record[field])
    raise LabError(
        f"{where} holds no user turn: {', '.join(record) or 'nothing'}",
        hint="give `messages` with a user's turn, or `prompt`, `question` or `text`",
    )


def texts_of(place: Path) -> dict[str, str]:
    """The user's text of every record of a file, by its id or line."""
    texts: dict[str, str] = {}
    for number, record in enumerate(json_lines(place), 1):
        name = str(record.get("id", f"{place.name}:{number}"))
        if name in texts:
            raise LabError(f"{place}, record {number}: the id {name!r} is taken", hint="give each its own id")
        texts[name] = user_text(record, f"{place}, record {number}")
    if not texts:
        raise LabError(f"{place} holds no records", hint="give one JSON object a line")
    return texts
