"""Two clones of an oracle, by networks of the same size: one reads the words, one sees the picture.

The paper finds that several models play worse when they see. This is the smallest analogue: 500 episodes of
BabyAI's bot, the same steps shown as a text description and as the drawn view, each reduced to the same
number of inputs by principal components, the same multi-layer perceptron, the same missions to be played.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from daybrief.labs.agents.gridworlds import BabyAI
from daybrief.labs.agents.harness import Observation, Turn, play
from daybrief.labs.agents.players import OracleAgent

Floats = NDArray[np.float64]
INPUTS, HIDDEN, _HASHES = 128, 64, 2_048
_WORD = re.compile(r"[a-z]+|\d+")


def text_features(text: str, mission: str) -> Floats:
    """(2048,): hashed words of every line with the line's own offsets, and the mission's words."""
    row = np.zeros(_HASHES)
    named = _WORD.findall(mission.lower())
    for line in text.lower().splitlines():
        words = _WORD.findall(line)
        phrase = " ".join(words)
        match = "named" if all(word in named for word in words[1:3]) else "other"
        for token in (phrase, f"{match} {' '.join(words[3:])}", *words):
            row[zlib.crc32(token.encode()) % _HASHES] += 1
    return row + mission_features(mission)


def mission_features(mission: str) -> Floats:
    """(2048,): the mission's words."""
    row = np.zeros(_HASHES)
    for word in _WORD.findall(mission.lower()):
        row[zlib.crc32(f"mission {word}".encode()) % _HASHES] += 1
    return row


def image_features(image: Any) -> Floats:
    """(height · width · 3,): the drawn view in [0, 1]."""
    return np.asarray(image, np.float64).ravel() / 255.0


@dataclass(slots=True)
class Clone:
    """A perceptron over principal components of words or pixels; the mission is told to both in words."""

    name: str
    sees: bool
    scale: Any = None
    network: Any = None

    def features(self, observation: Observation, mission: str) -> Floats:
        """The network's input: words, or pixels with the mission's words."""
        if not self.sees:
            return text_features(observation.text, mission)
        return np.concatenate([image_features(observation.image), mission_features(mission)])

    def fit(self, rows: Floats, actions: NDArray[np.intp], seed: int) -> Clone:
        """Learns from rows (n, features) and the oracle's actions (n,)."""
        from sklearn.decomposition import PCA
        from sklearn.neural_network import MLPClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        inputs = min(INPUTS, *rows.shape)
        self.scale = make_pipeline(PCA(inputs, random_state=seed), StandardScaler()).fit(rows)
        self.network = MLPClassifier((HIDDEN,), random_state=seed, max_iter=60, early_stopping=True)
        self.network.fit(self.scale.transform(rows), actions)
        return self

    def act(self, turn: Turn) -> str:
        """The action drawn from its own probabilities: a clone that is stuck gets loose."""
        environment = cast(BabyAI, turn.environment)
        row = self.features(turn.observation, environment.mission)[None]
        chances = self.network.predict_proba(self.scale.transform(row))[0]
        number = int(self.network.classes_[turn.rng.choice(len(chances), p=chances / chances.sum())])
        return environment.actions[number]


class _Watched:
    """The oracle, with what it saw and did kept."""

    name = "oracle"

    def __init__(self) -> None:
        self.steps: list[tuple[Observation, str, int]] = []
        self._oracle = OracleAgent()

    def act(self, turn: Turn) -> str:
        action = self._oracle.act(turn)
        environment = cast(BabyAI, turn.environment)
        number = environment.actions.index(action)
        self.steps.append((turn.observation, environment.mission, number))
        return action


def cloned(seed: int, episodes: int, task: str = "goto") -> tuple[Clone, Clone]:
    """A clone of words and one of pictures from the same demonstrations."""
    world, watched = BabyAI(task, pictures=True), _Watched()
    for number in range(episodes):
        play(world, watched, 1_000_000 + 10_000 * seed + number)
    actions = np.array([number for _, _, number in watched.steps])
    clones = (Clone("text clone", sees=False), Clone("image clone", sees=True))
    for clone in clones:
        rows = np.stack([clone.features(seen, mission) for seen, mission, _ in watched.steps])
        clone.fit(rows, actions, seed)
    return clones
