"""Pairs of scopes and prompts that no guard was fitted on, each set from a source of its own.

clinc    CLINC150 (CC BY 3.0): a scope names the intents of a domain; off-topic are other domains' requests
         and those out of any scope
arxiv    arXiv titles (CC0): a scope says what an archive is about; off-topic are papers not listed there
docs     questions made of the docstrings of a module of Python's standard library, against other modules'
korean   sentences of Korean digests: a scope states a category; off-topic are sentences of other categories

The first two and the last read `--data DIR` (offtopic/, arxiv/, reports/); docs needs nothing.
"""

from __future__ import annotations

import gzip
import importlib
import inspect
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import LabError
from daybrief.labs.kit import Trial

Floats = NDArray[np.float64]
MODULES = tuple(
    """random statistics shutil subprocess threading socket calendar csv tarfile zipfile argparse logging
    ipaddress decimal difflib locale smtplib ftplib tempfile turtle struct codecs mailbox platform ssl inspect
    dis pickle types functools itertools operator urllib.parse urllib.request http.client hashlib lzma
    configparser fractions datetime""".split()
)
_LEAST = 8  # docstrings of a module, to ask about it
_SENTENCE = re.compile(r"(?<=다\.)\s+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """`scopes`, `prompts`, `off` (0, 1) in order; `name` of the set."""

    name: str
    scopes: tuple[str, ...]
    prompts: tuple[str, ...]
    off: Floats

    @property
    def groups(self) -> dict[str, NDArray[np.intp]]:
        """The rows of each scope."""
        scopes = np.array(self.scopes, dtype=object)
        return {scope: np.flatnonzero(scopes == scope) for scope in dict.fromkeys(self.scopes)}


Pools = dict[str, tuple[list[str], list[str]]]  # on-topic and off-topic prompts by scope


def texts() -> dict[str, Any]:
    """The lab's own texts: statements of the test scopes, and hostile prompts."""
    return tomllib.loads((files(__package__) / "texts.toml").read_text(encoding="utf-8"))


def drawn(name: str, pools: Pools, each: int, rng: np.random.Generator) -> Pairs:
    """`each` prompts of either kind for every scope."""
    scopes, prompts, off = [], [], []
    for scope, kinds in pools.items():
        for truth, pool in enumerate(kinds):
            for at in rng.permutation(len(pool))[:each]:
                scopes.append(scope)
                prompts.append(pool[at])
                off.append(float(truth))
    return Pairs(name=name, scopes=tuple(scopes), prompts=tuple(prompts), off=np.array(off))


def clinc(data: Path) -> Pools:
    """Five domains that were not looked at in development, over the test split."""
    rows = [row for row in _lines(data / "offtopic" / "clinc150_oos.jsonl") if row["split"] == "test"]
    pools: Pools = {}
    for domain, statement in texts()["clinc"].items():
        intents = sorted({row["intent"].replace("_", " ") for row in rows if row["domain"] == domain})
        scope = f"{statement} It helps with: {', '.join(intents)}."
        on = [row["text"] for row in rows if row["domain"] == domain]
        others = [row["text"] for row in rows if row["domain"] not in (domain, None)]
        beyond = [row["text"] for row in rows if row["domain"] is None]
        pools[scope] = (on, beyond + others[:: max(1, len(others) // (3 * len(beyond)))])
    return pools


def near_misses(data: Path) -> Pools:
    """Seven intents of a domain as the scope, the domain's other intents as what does not belong."""
    rows = [row for row in _lines(data / "offtopic" / "clinc150_oos.jsonl") if row["split"] == "test"]
    pools: Pools = {}
    for domain in texts()["clinc"]:
        intents = sorted({row["intent"] for row in rows if row["domain"] == domain})
        inside = set(intents[::2])
        scope = f"Helps with the following only: {', '.join(i.replace('_', ' ') for i in sorted(inside))}."
        mine = [row for row in rows if row["domain"] == domain]
        pools[scope] = (
            [row["text"] for row in mine if row["intent"] in inside],
            [row["text"] for row in mine if row["intent"] not in inside],
        )
    return pools


def arxiv(data: Path, *, korean: bool = False) -> Pools:
    """Titles by archive; with `korean` the statements are Korean and the titles stay English."""
    place = data / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz"
    try:
        with gzip.open(place, "rt", encoding="utf-8") as lines:
            papers = [paper for paper in map(json.loads, lines) if paper.get("categories")]
    except (OSError, EOFError, ValueError) as broken:
        raise LabError(f"{place} cannot be read: {broken}", hint="give the folder with --data") from broken
    pools: Pools = {}
    for name, statement in texts()["arxiv"].items():
        archive = name.replace("-", ".", 1) if name.startswith(("cs", "eess")) else name
        on = [paper["title"] for paper in papers if paper["categories"][0] == archive]
        off = [paper["title"] for paper in papers if archive not in paper["categories"]]
        pools[statement["ko" if korean else "en"]] = (on, off[:: max(1, len(off) // 3000)])
    return pools


def docs() -> Pools:
    """Questions about functions of a module, and about those of all other modules."""
    modules = {name: _module(name) for name in MODULES}
    modules = {name: module for name, module in modules.items() if len(module[1]) >= _LEAST}
    pools: Pools = {}
    for name, (summary, questions) in modules.items():
        others = [question for other, module in modules.items() if other != name for question in module[1]]
        pools[f"Help with the Python module {name}: {summary}"] = (questions, others)
    return pools


def _module(name: str) -> tuple[str, list[str]]:
    module = importlib.import_module(name)
    questions = []
    for key, thing in sorted(vars(module).items()):
        own = getattr(thing, "__module__", None) in (name, f"_{name}")
        summary = _first(inspect.getdoc(thing) or "") if callable(thing) and own and key[0] != "_" else ""
        if 20 < len(summary) < 200:
            questions.append(f"How do I use {key}? {summary}")
    return _first(module.__doc__ or name), questions


def _first(text: str) -> str:
    return " ".join(text.strip().split("\n\n")[0].split())


def korean(data: Path) -> Pools:
    """Korean sentences of digests by category, from a section's third on, where it speaks of its subject."""
    by_category: dict[str, list[str]] = {}
    for row in _lines(data / "reports" / "reports.jsonl"):
        parts = _SENTENCE.split(" ".join(re.sub(r"[*#\-]", " ", row["summary"]).split()))
        fit = [part for part in parts[2:] if 30 < len(part) < 200]
        by_category.setdefault(row["category"], []).extend(fit[:6])
    stated = texts()["korean"]
    return {
        statement: (
            by_category.get(name, []),
            [text for other in stated if other != name for text in by_category.get(other, [])],
        )
        for name, statement in stated.items()
    }


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except (OSError, ValueError) as broken:
        raise LabError(f"{path} cannot be read: {broken}", hint="give the folder with --data") from broken


def sets(trial: Trial, each: int, seed: int) -> list[Pairs]:
    """The test sets of a seed; without data only that of the standard library."""
    rng = np.random.default_rng([seed, 8])
    samples = [drawn("docs", docs(), max(6, each // 3), rng)]
    if trial.data is None:
        trial.tell("CLINC150, arXiv and Korean: skipped, give --data DIR")
        return samples
    samples += [
        drawn("clinc", clinc(trial.data), 2 * each, rng),
        drawn("arxiv", arxiv(trial.data), each, rng),
    ]
    return samples
