"""The games behind the harness, where they are installed: words, legal actions, oracle, and what is won."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from daybrief.labs.agents import gridworlds
from daybrief.labs.agents.bench import worlds
from daybrief.labs.agents.harness import evaluate, play
from daybrief.labs.agents.players import OracleAgent, RandomAgent, ReflexAgent

GAMES = {
    "babyai": "minigrid",
    "crafter": "crafter",
    "textworld": "textworld",
    "minihack": "minihack",
    "nethack": "nle",
}
SMALL = ("babyai", "crafter", "nethack")  # those that install without a tree of further libraries
HERE = [name for name, module in GAMES.items() if name in SMALL or importlib.util.find_spec(module)]

# The games' libraries warn of their own calls.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", HERE)
def test_a_game_tells_itself_in_words_and_repeats_itself_from_its_seed(name: str) -> None:
    pytest.importorskip(GAMES[name], reason="the game is not installed")
    game = worlds([name])[0]
    game.limit = 12
    first, second = (play(game, RandomAgent(), 7)[1] for _ in range(2))
    assert first == second
    assert all(record.observation.strip() and record.legal for record in first)
    assert game.instruction
    assert 0 <= game.progress <= 1


def test_a_seed_decides_which_creature_of_crafter_leaves() -> None:
    pytest.importorskip("crafter", reason="the game is not installed")
    traces = []
    for run in range(3):
        _elsewhere = [object() for _ in range(7_919 * run)]  # creatures lie at other addresses in each run
        game = gridworlds.Crafter(300)
        game.reset(5)
        for _ in range(300):
            game.step("noop" if game._env._step % 3 else "move_left")
        world = game._env._world
        traces.append(sorted((type(thing).__name__, *thing.pos.tolist()) for thing in world.objects))
    assert traces[0] == traces[1] == traces[2]


@pytest.mark.parametrize("name", [name for name in HERE if name in ("babyai", "textworld")])
def test_the_oracle_of_a_game_wins_it(name: str) -> None:
    pytest.importorskip(GAMES[name], reason="the game is not installed")
    for game in worlds([name]):
        assert [episode.progress for episode in evaluate([game], OracleAgent(), [3])] == [1.0]


def test_the_reflex_of_babyai_beats_chance() -> None:
    pytest.importorskip("minigrid", reason="the game is not installed")
    games = worlds(["babyai"])[:2]
    reflex, chance = (
        np.mean([e.progress for e in evaluate(games, agent, range(12))])
        for agent in (ReflexAgent(), RandomAgent())
    )
    assert reflex > chance
