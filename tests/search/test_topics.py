"""Topics: features of vectors that are learned and named, and searches that they steer."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.search.test_search import collect, item

from daybrief.adapters.archive import open_archive
from daybrief.errors import ConfigError
from daybrief.search import ArchiveSearcher, topics
from daybrief.search.topics import SparseCode, Vocabulary, features_of, named, steered


def mixtures(count: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows that are sums of two of twelve directions, and which."""
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(24, 24)))[0][:12]
    which = np.stack([rng.choice(12, 2, replace=False) for _ in range(count)])
    weights = rng.uniform(1, 2, (count, 2, 1))
    return (directions[which] * weights).sum(axis=1).astype(np.float32), which


@pytest.fixture(scope="module")
def code() -> SparseCode:
    return topics.learned(mixtures()[0], 24, 2, steps=600, seed=0)


# ── the autoencoder ─────────────────────────────────────────────────────────────────────────────────


def test_sums_of_few_directions_are_taken_apart(code: SparseCode) -> None:
    rows, which = mixtures(seed=0)
    assert code.unexplained(rows) < 0.1
    features = code.encode(rows)
    purity = []
    for direction in range(12):
        has = (which == direction).any(axis=1)
        best = max(np.corrcoef(has, features[:, n] > 0)[0, 1] for n in range(24) if features[:, n].any())
        purity.append(best)
    assert np.mean(purity) > 0.8


def test_at_most_the_asked_number_of_features_is_active(code: SparseCode) -> None:
    features = code.encode(mixtures(seed=3)[0])
    assert (features >= 0).all()
    assert (features > 0).sum(axis=1).max() <= 2


def test_rows_of_the_decoder_keep_length_one(code: SparseCode) -> None:
    assert np.linalg.norm(code.decoder, axis=1) == pytest.approx(np.ones(24), abs=1e-5)


@pytest.mark.parametrize(("share", "moves"), [(0.0, False), (0.5, True)])
def test_only_the_loss_of_dead_features_moves_them(
    monkeypatch: pytest.MonkeyPatch, share: float, *, moves: bool
) -> None:
    monkeypatch.setattr(topics, "_PATIENCE", 0)
    rows = mixtures(seed=5)[0]
    training = topics._Training(rows, 96, 2, np.random.default_rng(1))
    training.step(rows[:256], 1e-3, share)
    dead = training._quiet > 0
    before = training.code.decoder[dead].copy()
    training._moments = {name: (first * 0, second * 0) for name, (first, second) in training._moments.items()}
    training.step(rows[:256], 1e-3, share)
    assert dead.any()
    still = training._quiet[dead] > 0
    moved = np.abs(training.code.decoder[dead] - before)[still].max()
    assert (moved > 1e-6) is np.bool_(moves)


@pytest.mark.parametrize(
    ("rows", "active", "says"),
    [
        (np.zeros((3, 4), np.float32), 2, "(3, 4)"),
        (np.full((60, 4), np.nan, np.float32), 2, "(60, 4)"),
        (np.zeros(60, np.float32), 2, "(60,)"),
        (np.zeros((60, 4), np.float32), 9, "9 of 8"),
        (np.zeros((60, 4), np.float32), 0, "0 of 8"),
    ],
)
def test_rows_nothing_can_be_learned_from_are_named(rows: np.ndarray, active: int, says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        topics.learned(rows, 8, active, steps=1, seed=0)


def test_the_geometric_median_is_not_moved_by_one_far_row() -> None:
    rows = np.vstack([np.random.default_rng(0).normal(size=(200, 3)), [[1e4, 1e4, 1e4]]]).astype(np.float32)
    assert np.abs(topics.geometric_median(rows)).max() < 0.3


# ── names ───────────────────────────────────────────────────────────────────────────────────────────


def corpus() -> tuple[list[str], np.ndarray]:
    """Texts of which 30 speak of tumours and 30 of theorems, and activities that know it."""
    texts = [f"the tumour in patient {n} grows" for n in range(30)]
    texts += [f"the theorem number {n} holds" for n in range(30)] + [
        f"some words of day {n}" for n in range(60)
    ]
    activity = np.zeros((120, 3), np.float32)
    activity[:30, 0] = np.linspace(2, 1, 30)
    activity[30:60, 1] = np.linspace(2, 1, 30)
    activity[:5, 2] = 1
    return texts, activity


def test_a_feature_is_named_by_what_its_strongest_texts_share_and_held_to_it_on_others() -> None:
    texts, activity = corpus()
    named_topics = named(activity, Vocabulary(texts))
    assert [topic.feature for topic in named_topics] == [0, 1]
    assert "tumour" in named_topics[0].words
    assert named_topics[0].reliability == 1.0
    assert named_topics[0].base == pytest.approx(0.25)
    assert named_topics[0].texts == 30


def test_a_name_that_only_the_strongest_texts_bear_is_called_unreliable() -> None:
    texts, activity = corpus()
    activity[:, 0] = 0
    activity[:5, 0] = 3
    activity[60:90, 0] = np.linspace(2, 1, 30)
    topic = named(activity, Vocabulary(texts))[0]
    assert "tumour" in topic.words or "patient" in topic.words
    assert topic.reliability == 0.0


def test_features_are_asked_for_by_the_words_of_their_names() -> None:
    texts, activity = corpus()
    named_topics = named(activity, Vocabulary(texts))
    assert features_of(named_topics, "more theorems theorem") == (1,)
    assert features_of(named_topics, "astronomy") == ()
    assert features_of(named_topics, "tumour", least=1.1) == ()


def test_steering_turns_a_query_towards_one_feature_and_away_from_another(code: SparseCode) -> None:
    rows = mixtures()[0]
    vector = rows[0] / np.linalg.norm(rows[0])
    up = steered(code, vector, [3], [])
    down = steered(code, vector, [], [3])
    assert np.linalg.norm(up) == pytest.approx(1, abs=1e-5)
    assert up @ code.decoder[3] > vector @ code.decoder[3] > down @ code.decoder[3]


# ── topics of an archive ────────────────────────────────────────────────────────────────────────────

FIRST = date(2024, 11, 1)
SUBJECTS = ("theorem", "tumour", "robot", "speech")


class Subjects:
    """A model that knows four subjects, a little of each text's own beside them."""

    name = "four subjects"
    latin_only = True

    def embed(self, texts: list[str]) -> list[list[float]]:
        rows = []
        for text in texts:
            own = np.random.default_rng(len(text) + sum(map(ord, text))).normal(0, 0.05, 16)
            own[:4] += [3.0 * (word in text.lower()) for word in SUBJECTS]
            rows.append((own / np.linalg.norm(own)).tolist())
        return rows

    def embed_query(self, text: str) -> list[float]:
        return self.embed([text])[0]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[ArchiveSearcher, object, Path]:
    """Four weeks of stories: each of a subject, all of models; robots come in the last week alone."""
    folder = tmp_path_factory.mktemp("archive")
    archive = open_archive(folder / "archive.sqlite")
    for day in range(28):
        words = [SUBJECTS[n % 4] for n in range(8) if n % 4 != 2 or day >= 21]
        words = [w if w != "robot" else "robot" for w in words] + ["robot"] * (4 if day >= 21 else 0)
        items = [
            item(f"d{day}n{n}", f"Models {day} {n} for a {word}", source="arxiv")
            for n, word in enumerate(words)
        ]
        collect(archive, FIRST + timedelta(day), items)
    searcher = ArchiveSearcher(folder / "index", Subjects())  # type: ignore[arg-type]
    searcher.sync(archive)
    return searcher, archive, folder / "index"


def test_topics_of_an_archive_are_named_by_its_subjects_and_their_trends_told(
    made: tuple[ArchiveSearcher, object, Path],
) -> None:
    known = made[0].topics(made[1])  # type: ignore[arg-type]
    best = {topic.words[0]: topic for topic in known.topics if topic.reliability >= 0.9}
    assert set(best) >= set(SUBJECTS)
    week, before = known.trends[best["robot"].feature]
    assert week > 2 * before
    week, before = known.trends[best["theorem"].feature]
    assert 0.3 * before < week < 3 * before


def test_a_search_is_steered_to_one_topic_and_away_from_another(
    made: tuple[ArchiveSearcher, object, Path],
) -> None:
    searcher, archive, _ = made
    known = searcher.topics(archive)  # type: ignore[arg-type]

    def subjects(more: str, less: str) -> list[str]:
        hits = searcher.search("models", most=10, steering=known.steering(more, less)).hits
        return [hit.title.split()[-1] for hit in hits]

    assert subjects("theorem", "").count("theorem") > 5
    assert subjects("tumour", "theorem").count("tumour") > 5
    assert "speech" not in subjects("", "speech")[:5]


def test_topics_are_learned_once_and_a_damaged_file_is_made_anew(
    made: tuple[ArchiveSearcher, object, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    searcher, archive, folder = made
    first = searcher.topics(archive)  # type: ignore[arg-type]
    (file,) = folder.glob("topics-*.features")
    with monkeypatch.context() as patched:
        patched.setattr("daybrief.search.topics.topics_of", None)
        again = searcher.topics(archive)  # type: ignore[arg-type]
    assert (again.topics, again.trends) == (first.topics, first.trends)
    assert (again.code.decoder == first.code.decoder).all()
    for damage in (b"", b"damaged"):
        file.write_bytes(damage)
        assert searcher.topics(archive).topics == first.topics  # type: ignore[arg-type]
    assert not list(folder.glob("vectors-*/*.part"))


@pytest.mark.parametrize(("more", "less"), [("astrology", ""), ("", "astrology"), ("theorem", "astrology")])
def test_words_that_name_no_topic_are_answered_with_those_that_do(
    made: tuple[ArchiveSearcher, object, Path], more: str, less: str
) -> None:
    with pytest.raises(ConfigError, match="'astrology' names no topic") as refused:
        made[0].topics(made[1]).steering(more, less)  # type: ignore[arg-type]
    assert "theorem" in str(refused.value.hint)


def test_an_archive_without_vectors_or_with_few_stories_says_what_is_missing(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive.sqlite")
    collect(archive, FIRST, [item("a", "A theorem")])
    with pytest.raises(ConfigError, match=re.escape("search.embedder is not set")):
        ArchiveSearcher(tmp_path / "words").topics(archive)
    searcher = ArchiveSearcher(tmp_path / "index", Subjects())  # type: ignore[arg-type]
    searcher.sync(archive)
    with pytest.raises(ConfigError, match=re.escape("(1, 16)")):
        searcher.topics(archive)


def test_where_every_feature_may_be_active_none_is_left_out() -> None:
    rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    features = topics.learned(rows, 4, 4, steps=2, seed=0).encode(rows)
    assert features.shape == (60, 4)
    assert (features >= 0).all()


def test_a_feature_whose_texts_share_no_word_has_no_name() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = [f"{a}{b}{b}{a}q" for a in letters for b in letters if a != b][:120]
    activity = np.zeros((120, 2), np.float32)
    activity[:60, 0] = np.linspace(2, 1, 60)
    assert named(activity, Vocabulary(texts)) == ()
