"""The opinions on a paper, and the network that was taught by them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
import pytest

from daybrief.categorisers.embedded import TAGS, Options, Taught, make, opinions
from daybrief.errors import ConfigError
from daybrief.model import Category, Item, Story, Taxonomy
from daybrief.ports import Tools

CATEGORIES = [
    Category(id=name, kind="paper", emoji="", name={}, definition="", keywords=(word,))
    for name, word in (("robotics", "robot"), ("llm", "language model"))
]


def test_each_teacher_has_its_own_label_and_confidence() -> None:
    opinion = opinions(np.array([0.3, 0.7]), CATEGORIES, "A robot", "It has a language model.", ["cs.RO"])
    assert opinion.labels == ("robotics", "robotics", "llm")
    assert opinion.confidences == pytest.approx((2 / 3, 0.95, 0.7))
    assert opinion.features.shape == (2 + 2 + 2 * len(TAGS),)


@pytest.mark.parametrize("tags", [[], ["cs.XX"], ["cs.IR"]])
def test_a_teacher_without_an_opinion_is_silent(tags: list[str]) -> None:
    opinion = opinions(np.array([0.3, 0.7]), CATEGORIES, "Nothing", "", tags)
    assert opinion.labels == (None, None, "llm")
    assert opinion.confidences[:2] == (None, None)


def written(path: Path, features: int = 3, drop: str = "") -> Path:
    random = np.random.default_rng(0)
    sizes = {"w1": (features, 4), "b1": 4, "w2": (4, 4), "b2": 4, "w3": (4, 2), "b3": 2}
    parts = {name: random.normal(size=size) for name, size in sizes.items()}
    parts |= {
        "classes": np.array(["llm", "robotics"]),
        "mean": np.zeros(features),
        "scale": np.ones(features),
    }
    parts.pop(drop, None)
    np.savez(path, **parts)
    return path


def test_a_taught_network_gives_shares_of_its_classes(tmp_path: Path) -> None:
    taught = Taught(written(tmp_path / "taught.npz"))
    shares = taught.shares(np.array([1.0, 2.0, 3.0]))
    assert taught.classes == ("llm", "robotics")
    assert shares.sum() == pytest.approx(1)
    assert not np.allclose(shares, taught.shares(np.array([-1.0, 0.0, 5.0])))


def test_a_network_that_is_absent_broken_or_of_another_taxonomy_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    for path in (tmp_path / "absent.npz", tmp_path / "broken.npz", written(tmp_path / "a.npz", drop="w2")):
        with pytest.raises(ConfigError, match="cannot be read"):
            Taught(path)
    with pytest.raises(ConfigError, match="reads 3 features, this taxonomy gives 4"):
        Taught(written(tmp_path / "b.npz")).shares(np.zeros(4))


def test_a_taught_categoriser_files_by_what_readers_corrected(tmp_path: Path, root: Path) -> None:
    pytest.importorskip("sklearn", reason="teaching needs the extra labs")
    labels = root / "benchmarks" / "labels"
    out = tmp_path / "taught.npz"
    given = [labels / "papers_test.jsonl.gz", labels / "papers_test.tsv", "--out", out]
    done = subprocess.run(
        [sys.executable, root / "tools" / "teach_categoriser.py", *given], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    item = Item(
        key="a",
        source="s",
        kind="paper",
        title="A legged robot learns to walk over rough terrain",
        url="https://arxiv.org/abs/2411.00001",
        text="We train a quadruped robot for locomotion with a learned controller.",
        tags=("cs.RO",),
    )
    story = Story(id="a", kind="paper", items=(item,), first_seen=date(2026, 1, 1))
    taxonomy = msgspec.toml.decode((files("daybrief") / "assets/taxonomy.toml").read_bytes(), type=Taxonomy)
    filed = make(Options(taught=str(out)), Tools(taxonomy=taxonomy)).file([story]).filed[0]
    plain = make(Options(), Tools(taxonomy=taxonomy)).file([story]).filed[0]
    assert (filed.category, filed.why) == ("robotics", "rules, tags, model and corrections together")
    assert filed.confidence != plain.confidence
