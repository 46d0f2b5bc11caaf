"""Local models as players: the same few short episodes for every model and for the programs beside it.

    GGUF files, the smaller first | days of the newsroom | five games | programs on the same seeds

Episodes are kept as files, by what a model is shown: a run that broke, or whose time was used up, goes on
where it stood. Models are compared over the episodes that all of them have played. A game's score is the
mean over its episodes; all games weigh the same, as in the paper.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from tempfile import gettempdir

import numpy as np

from daybrief.errors import LabError
from daybrief.labs.agents import adventures, gridworlds, newsroom
from daybrief.labs.agents.chat import PATIENCE_S, served
from daybrief.labs.agents.harness import Environment, Episode, evaluate, kept_episode
from daybrief.labs.agents.players import ModelAgent, OracleAgent, RandomAgent, ReflexAgent
from daybrief.labs.agents.scores import score
from daybrief.labs.kit import Interval, bootstrap, paired, share
from daybrief.labs.kit.chat import ServiceChat
from daybrief.labs.kit.provenance import statements

GAMES = ("babyai", "crafter", "textworld", "minihack", "nethack")
NO_ORACLE = ("crafter", "minihack", "nethack")
_SHOWN = (
    "chat.py", "contest.py", "harness.py", "players.py", "gridworlds.py", "adventures.py", "puzzle.py",
    "newsroom.py", "texts.toml",
)  # fmt: skip
_ANSWER = 60  # tokens of an answer at the most
_WARMTH = 1.0  # temperature in the games, the paper's: a greedy player repeats itself; editors are greedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """How much is played: `days` of the newsroom, and `episodes` of `steps` steps of each game.

    No model begins an episode once it has played for `minutes` in this run.
    """

    days: int
    episodes: Mapping[str, int]
    steps: int
    minutes: float


@dataclass(slots=True, kw_only=True)
class Contest:
    """Episodes by player: each local model, the smaller first, then the programs on the same seeds."""

    models: dict[str, list[Episode]] = field(default_factory=dict)
    programs: dict[str, list[Episode]] = field(default_factory=dict)

    def progress(self, player: str, world: str) -> list[float]:
        """A player's progress in a world, in the order of the episodes."""
        return [episode.progress for episode in self.of(player) if episode.environment == world]

    def of(self, player: str) -> list[Episode]:
        """All episodes of a player."""
        return (self.models | self.programs)[player]

    def worlds(self) -> list[str]:
        """The games that were played, in their order."""
        known = {episode.environment for played in self.models.values() for episode in played}
        return [game for game in GAMES if game in known]

    def even(self) -> Contest:
        """The same contest over the episodes that every model has played."""
        lists = [{_which(e) for e in played} for played in self.models.values()]
        shared = set.intersection(*lists) if lists else set()

        def kept(players: dict[str, list[Episode]]) -> dict[str, list[Episode]]:
            return {name: [e for e in played if _which(e) in shared] for name, played in players.items()}

        return Contest(models=kept(self.models), programs=kept(self.programs))

    def progress_interval(self, player: str, world: str) -> Interval:
        """Mean progress in a world; Wilson's interval, which for values within [0, 1] is never too narrow."""
        values = self.progress(player, world)
        return share(sum(values), len(values))

    def overall(self, player: str, rng: np.random.Generator) -> Interval:
        """The unweighted mean over the games; episodes are drawn again within each game."""
        return _overall([np.array(self.progress(player, world)) for world in self.worlds()], rng)

    def gap(self, better: str, worse: str, rng: np.random.Generator) -> Interval:
        """How much further one came than another over the games, episode by episode."""
        return _overall(
            [
                np.array(self.progress(better, world)) - np.array(self.progress(worse, world))
                for world in self.worlds()
            ],
            rng,
        )

    def gap_by_day(self, better: str, worse: str, rng: np.random.Generator) -> Interval:
        """How much more progress one made in the newsroom than another, day by day."""
        return paired(self.progress(better, "newsroom"), self.progress(worse, "newsroom"), rng)

    def costs(self, player: str) -> tuple[float, float, float]:
        """Seconds an answer, share of illegal answers, and minutes in all."""
        played = self.of(player)
        seconds = sum(episode.seconds for episode in played)
        steps = max(1, sum(episode.steps for episode in played))
        return seconds / steps, score(played).illegal, seconds / 60


def _which(episode: Episode) -> tuple[str, str, int]:
    return episode.environment, episode.task, episode.seed


def _overall(rows: Sequence[np.ndarray], rng: np.random.Generator) -> Interval:
    values = np.concatenate(rows)
    game = np.repeat(np.arange(len(rows)), [len(row) for row in rows])

    def statistic(drawn: np.ndarray) -> float:
        return float(np.mean([values[drawn[game[drawn] == at]].mean() for at in range(len(rows))]))

    return bootstrap(statistic, len(values), rng, strata=game)


def model_files(place: Path) -> list[Path]:
    """A GGUF file, or those of a folder, the smaller first. Raises LabError where there is none."""
    paths = [place] if place.is_file() else sorted(place.glob("*.gguf"))
    if not paths:
        raise LabError(f"{place} holds no .gguf file", hint="give a folder of local models, or one file")
    return sorted(paths, key=lambda path: path.stat().st_size)


def contest_of(
    place: Path,
    fixture: Fixture,
    seed: int,
    *,
    folder: Path | None = None,
    tell: Callable[[str], None] = lambda _text: None,
) -> Contest:
    """Let every model of `place` and the programs play the same episodes, which begin at `seed`."""
    kept = folder or keeping()
    contest = Contest()
    for path in model_files(place):
        tell(f"{path.stem}: opening")
        with served(path) as address:
            contest.models[path.stem] = list(_played(path.stem, address, fixture, seed, kept, tell))
    for agent in (RandomAgent(), ReflexAgent(), OracleAgent()):
        contest.programs[agent.name] = [
            episode
            for environment, count in _fixtures(fixture)
            if agent.name != "oracle" or environment.name not in NO_ORACLE
            for episode in evaluate([environment], agent, range(seed, seed + count))
        ]
    return contest


def _played(
    name: str, address: str, fixture: Fixture, seed: int, folder: Path, tell: Callable[[str], None]
) -> Iterator[Episode]:
    greedy = ServiceChat(address, name, max_tokens=_ANSWER, timeout_s=PATIENCE_S)
    warm = ServiceChat(
        address, name, max_tokens=_ANSWER, temperature=_WARMTH, seed=seed, timeout_s=PATIENCE_S
    )
    editor = ModelAgent(name, greedy, remembered=0, demonstrations=newsroom.demonstrations())
    player = ModelAgent(name, warm)
    start = time.monotonic()
    for environment, number in turns(fixture):
        agent = editor if environment.name == "newsroom" else player
        known = kept_episode(folder, agent, environment, seed + number, shown())
        if known is None and time.monotonic() - start > 60 * fixture.minutes:
            tell(f"{name}: its time is used up before {environment.name}, seed {seed + number}")
            continue
        yield from evaluate([environment], agent, [seed + number], folder=folder, code=shown(), tell=tell)


def turns(fixture: Fixture) -> Iterator[tuple[Environment, int]]:
    """The newsroom's days, then an episode of every game, then the next, until time is over."""
    (room, days), *games = _fixtures(fixture)
    yield from ((room, number) for number in range(days))
    for number in range(max((count for _, count in games), default=0)):
        yield from ((game, number) for game, count in games if number < count)


def _fixtures(fixture: Fixture) -> Iterator[tuple[Environment, int]]:
    """The newsroom and one task of each game, and how many episodes. Raises LabUnmet without a game."""
    yield newsroom.Newsroom(), fixture.days
    makers: dict[str, Callable[[int], Environment]] = {
        "babyai": lambda steps: gridworlds.BabyAI("goto", steps),
        "crafter": lambda steps: gridworlds.Crafter(steps),
        "textworld": lambda steps: adventures.TextWorld("cooking", steps),
        "minihack": lambda steps: adventures.MiniHack("maze 9x9", steps),
        "nethack": lambda steps: adventures.NetHack(steps),
    }
    for game in GAMES:
        if fixture.episodes.get(game):
            yield makers[game](fixture.steps), fixture.episodes[game]


def keeping() -> Path:
    """The folder of finished episodes of long runs, so that a run that broke goes on from there.

    Those of other code lie elsewhere.
    """
    return Path(gettempdir()) / "daybrief-lab" / "agents" / shown()


def shown() -> str:
    """Changes with whatever decides what a model is shown: episodes of two of them cannot be compared."""
    texts = ((name, (files(__package__) / name).read_text(encoding="utf-8")) for name in _SHOWN)
    parts = (statements(text) if name.endswith(".py") else text for name, text in texts)
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]
