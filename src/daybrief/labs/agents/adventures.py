"""TextWorld, MiniHack and NetHack behind the harness.

TextWorld is generated and compiled once and kept; its legal actions are those the game admits (the paper lets
a model type anything). MiniHack and NetHack are told by the message, the numbers of the bottom line, and the
map around the player. NetHack's progress is the paper's: the share of human games that were won among those
that reached the same dungeon level or experience level.
"""

from __future__ import annotations

import re
from collections import deque
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, ClassVar

import numpy as np

from daybrief.labs.agents.harness import Environment, Observation, named_action
from daybrief.labs.kit import require

EXTRA = "lab-games"

# ── TextWorld ───────────────────────────────────────────────────────────────────────────────────────

QUESTS: dict[str, dict[str, Any]] = {
    "treasure": {"level": 10},
    "cooking": {"recipe": 2, "take": 2, "cook": True, "cut": False, "open": True, "drop": False, "go": 6},
    "coins": {"level": 10},
}
_CHALLENGES = {"treasure": "treasure_hunter", "cooking": "cooking", "coins": "coin_collector"}
_HANDS = re.compile(r"\A(?:take|open|cook|prepare|eat|unlock|insert)\b")
_MOST_MAPS, _APART = 20, 100_000  # maps tried for a quest; between their seeds
_LOGO = re.compile(r"[|\\$]|_{4}")
_PROMPT = re.compile(r"\n?>\s*(?:-=.*)?\Z", re.DOTALL)


class TextWorld(Environment):
    """A kind of quest; progress is the score over the highest possible, or 1 when won."""

    name = "textworld"
    default = "look"

    def __init__(self, task: str = "treasure", limit: int = 80, *, folder: Path | None = None) -> None:
        require(("textworld",), extra=EXTRA)
        self.task, self.limit = task, limit
        self._folder = folder or Path(gettempdir()) / "daybrief-lab" / "textworld"
        self._env: Any = None
        self._state: Any = None

    @property
    def instruction(self) -> str:
        """The instruction, from the game's own first words."""
        return (
            "You play a text adventure. Read what is asked of you and do it with one command at a time.\n"
            f"{self._asked}"
        )

    def reset(self, seed: int) -> Observation:
        """Begin a quest; the first time it is compiled, which takes seconds."""
        import textworld

        wanted = textworld.EnvInfos(
            admissible_commands=True, policy_commands=True, score=True, max_score=True, won=True
        )
        if self._env is not None:
            self._env.close()
        self._env = textworld.start(str(self._compiled(seed)), wanted)
        self._state = self._env.reset()
        self._asked = _plain(self._state.feedback)
        self._visits: dict[str, int] = {}
        return Observation(text=self._asked)

    def _compiled(self, seed: int) -> Path:
        """The file of the quest of a seed; where its map has no room for the quest, of a further seed."""
        import textworld
        from textworld import challenges
        from textworld.generator.chaining import QuestGenerationError

        place = self._folder / f"{self.task}-{seed}.z8"
        challenge = getattr(challenges, _CHALLENGES[self.task])
        for further in range(seed, seed + _MOST_MAPS * _APART, _APART):
            if place.exists():
                break
            self._folder.mkdir(parents=True, exist_ok=True)
            settings = {**QUESTS[self.task], "recipe_seed": further, "split": None}
            with TemporaryDirectory(dir=self._folder) as beside, suppress(QuestGenerationError):
                options = textworld.GameOptions()
                options.seeds, options.path = further, str(Path(beside) / place.name)
                textworld.generator.compile_game(challenge.make(settings, options), options)
                for suffix in (".json", ".z8"):  # a story half written ends the process that reads it
                    Path(options.path).with_suffix(suffix).replace(place.with_suffix(suffix))
        return place

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that the game admits now."""
        return tuple(self._state.admissible_commands or ()) or ("look",)

    def step(self, action: str) -> tuple[Observation, bool]:
        """Type a command."""
        self._visits[action] = self._visits.get(action, 0) + 1
        self._state, _, over = self._env.step(action)
        return Observation(text=_plain(self._state.feedback)), bool(over)

    @property
    def progress(self) -> float:
        """Score over the most, or 1 when won."""
        if self._state.won:
            return 1.0
        share = float(self._state.score) / float(max(1, self._state.max_score))
        return max(0.0, min(1.0, share))

    @property
    def reward(self) -> float:
        """The game's score."""
        return float(self._state.score)

    def oracle(self) -> str | None:
        """The next command of the game's own walkthrough."""
        commands = self._state.policy_commands
        return commands[0] if commands else None

    def reflex(self, rng: np.random.Generator) -> str:
        """Take and open whatever can be; else go where one has gone least."""
        hands = [a for a in self.actions if _HANDS.match(a) and not self._visits.get(a)]
        if hands:
            return hands[int(rng.integers(len(hands)))]
        ways = [a for a in self.actions if a.startswith("go ")] or list(self.actions)
        least = min(self._visits.get(way, 0) for way in ways)
        fresh = [way for way in ways if self._visits.get(way, 0) == least]
        return fresh[int(rng.integers(len(fresh)))]


def _plain(feedback: str) -> str:
    """A game's words without its logo and its prompt."""
    text = _PROMPT.sub("", feedback)
    lines = [line.rstrip() for line in text.splitlines() if not _LOGO.search(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# ── the dungeon ─────────────────────────────────────────────────────────────────────────────────────

DUNGEONS = {
    "maze 9x9": "MiniHack-MazeWalk-9x9-v0",
    "maze 15x15": "MiniHack-MazeWalk-15x15-v0",
    "corridor": "MiniHack-Corridor-R3-v0",
    "battle": "MiniHack-CorridorBattle-Dark-v0",
    "quest easy": "MiniHack-Quest-Easy-v0",
    "quest medium": "MiniHack-Quest-Medium-v0",
}
_COMPASS = {
    "N": "north", "S": "south", "E": "east", "W": "west",
    "NE": "northeast", "NW": "northwest", "SE": "southeast", "SW": "southwest",
}  # fmt: skip
_OFFSETS = {
    "north": (-1, 0), "south": (1, 0), "east": (0, 1), "west": (0, -1),
    "northeast": (-1, 1), "northwest": (-1, -1), "southeast": (1, 1), "southwest": (1, -1),
}  # fmt: skip
_AROUND = (6, 14)  # rows and columns of the map that are told
_WALKABLE = sorted(map(ord, '.#<>+{_$%!?/="(['))
_STUCK = 12  # visits of a cell after which the rule tries something else
_LOOSE = ("search", "kick", "far north", "far south", "far east", "far west", "more")
_X, _Y, _DEPTH, _LEVEL = 0, 1, 12, 18  # of NLE's bottom line
_STAIRS = ord(">")

# share of human games that were won among those that reached the level (the paper's code)
DUNGEON_LEVELS = (
    (1, 0.0), (2, 0.015), (5, 0.026), (8, 0.070), (10, 0.126), (12, 0.206), (14, 0.292), (20, 0.379),
    (25, 0.466), (30, 0.691), (40, 0.761), (50, 0.807),
)  # fmt: skip
EXPERIENCE_LEVELS = (
    (1, 0.0), (2, 0.018), (5, 0.029), (8, 0.075), (10, 0.179), (12, 0.333), (14, 0.494), (16, 0.626),
    (20, 0.717), (30, 0.780),
)  # fmt: skip


def nethack_progress(dungeon: int, experience: int) -> float:
    """The better of the two milestones' probabilities, interpolated between the paper's anchors."""
    chances = [
        float(np.interp(level, [step for step, _ in anchors], [chance for _, chance in anchors]))
        for level, anchors in ((dungeon, DUNGEON_LEVELS), (experience, EXPERIENCE_LEVELS))
    ]
    return max(*chances)


class Dungeon(Environment):
    """The common part of MiniHack and NetHack: the map in words, moves by name, and walking as a reflex."""

    default = "wait"
    _ID = ""
    _OPTIONS: ClassVar[dict[str, Any]] = {}

    def _open(self) -> None:
        import gymnasium
        import nle  # noqa: F401 - registers the games

        keys = ("chars", "blstats", "message")
        self._env: Any = gymnasium.make(
            self._ID, observation_keys=keys, disable_env_checker=True, **self._OPTIONS
        )
        self._numbers = _action_names(self._env.unwrapped.actions)
        self._paid, self._heading = 0.0, "north"

    @property
    def actions(self) -> tuple[str, ...]:
        """The moves of the game by name."""
        return tuple(self._numbers)

    def legal(self, answer: str) -> str | None:
        """A named move."""
        return named_action(answer, (*self.actions, self.default))

    def reset(self, seed: int) -> Observation:
        """Begin a dungeon."""
        self._env.unwrapped.seed(core=seed, disp=seed, reseed=False)
        self._seen, _ = self._env.reset()
        self._paid, self._heading = 0.0, "north"
        return self._observation()

    def step(self, action: str) -> tuple[Observation, bool]:
        """Move; waiting where the game has no such move is searching for a turn, or standing still."""
        number = self._numbers.get(action, self._numbers.get("search", 0))
        self._seen, reward, terminated, truncated, _ = self._env.step(number)
        self._paid += float(reward)
        return self._observation(), bool(terminated or truncated)

    @property
    def reward(self) -> float:
        """The game's own."""
        return self._paid

    def reflex(self, rng: np.random.Generator) -> str:
        """Walk to stairs in sight; else straight on until something bars the way."""
        row, column = self._place()
        stairs = np.argwhere(self._seen["chars"] == _STAIRS)
        if len(stairs):
            to = stairs[0]
            return _direction(int(np.sign(to[0] - row)), int(np.sign(to[1] - column)))
        if not self._open_way(self._heading) or rng.random() < 0.05:
            ways = [way for way in _OFFSETS if self._open_way(way)]
            self._heading = ways[int(rng.integers(len(ways)))] if ways else "north"
        return self._heading

    def _open_way(self, way: str) -> bool:
        row, column = (a + b for a, b in zip(self._place(), _OFFSETS[way], strict=True))
        chars = self._seen["chars"]
        inside = 0 <= row < chars.shape[0] and 0 <= column < chars.shape[1]
        return inside and int(chars[row, column]) in _WALKABLE

    def _place(self) -> tuple[int, int]:
        return int(self._seen["blstats"][_Y]), int(self._seen["blstats"][_X])

    def _message(self) -> str:
        return bytes(self._seen["message"]).split(b"\0")[0].decode("latin-1").strip()

    def _observation(self) -> Observation:
        row, column = self._place()
        top, left = max(0, row - _AROUND[0]), max(0, column - _AROUND[1])
        part = self._seen["chars"][top : row + _AROUND[0] + 1, left : column + _AROUND[1] + 1]
        rows = [bytes(line.astype(np.uint8)).decode("latin-1").rstrip() for line in part]
        numbers = self._seen["blstats"]
        text = (
            f"Message: {self._message() or 'none'}\nDungeon level {int(numbers[_DEPTH])}, experience level "
            f"{int(numbers[_LEVEL])}, hit points {int(numbers[10])}/{int(numbers[11])}\nMap around you (@):\n"
            + "\n".join(rows)
        )
        return Observation(text=text)


def _direction(down: int, right: int) -> str:
    return next((name for name, offset in _OFFSETS.items() if offset == (down, right)), "down")


def _any_way(rng: np.random.Generator) -> str:
    return list(_OFFSETS)[int(rng.integers(len(_OFFSETS)))]


def _action_names(actions: Any) -> dict[str, int]:
    """Names in plain words; the long moves are told as such."""
    names: dict[str, int] = {}
    for number, action in enumerate(actions):
        kind, name = type(action).__name__, action.name
        word = _COMPASS.get(name, name.lower())
        names.setdefault(f"far {word}" if kind.endswith("Longer") else word, number)
    return names


class MiniHack(Dungeon):
    """A task of the paper's six that need no download; progress is 1 where the reward reaches 1."""

    name = "minihack"
    _GOALS = "Reach the stairs down (>), or do what the level asks."

    def __init__(self, task: str = "maze 9x9", limit: int = 100) -> None:
        require(("minihack", "nle", "pkg_resources"), extra=EXTRA)
        import minihack  # noqa: F401 - registers the levels

        self.task, self.limit, self._ID = task, limit, DUNGEONS[task]
        self._open()
        self._won = False

    @property
    def instruction(self) -> str:
        """The goal and the moves."""
        moves = ", ".join(self.actions)
        return f"You are in a dungeon, drawn in letters; you are @. {self._GOALS}\nLegal actions: {moves}."

    def reset(self, seed: int) -> Observation:
        """Begin a level."""
        self._won = False
        return super().reset(seed)

    def step(self, action: str) -> tuple[Observation, bool]:
        """Move, and see whether the goal is reached."""
        before = self._paid
        observation, over = super().step(action)
        self._won = self._won or self._paid - before >= 0.99
        return observation, over

    @property
    def progress(self) -> float:
        """1 once the goal is reached."""
        return float(self._won)


class NetHack(Dungeon):
    """The whole game; progress is the paper's probability of a win given the deepest milestone."""

    name = "nethack"
    task = "descend"
    _ID = "NetHackScore-v0"
    _OPTIONS: ClassVar[dict[str, Any]] = {"savedir": None}

    def __init__(self, limit: int = 2_000) -> None:
        require(("nle",), extra=EXTRA)
        self.limit = limit
        self._open()
        self._deepest, self._highest = 1, 1

    @property
    def instruction(self) -> str:
        """The goal and the moves."""
        return (
            "You play NetHack, drawn in letters; you are @. Go down the stairs (>) and grow stronger.\n"
            f"Legal actions: {', '.join(self.actions)}."
        )

    def reset(self, seed: int) -> Observation:
        """Begin a game."""
        self._deepest, self._highest = 1, 1
        self._stairs: set[tuple[int, int, int]] = set()
        self._visits: dict[tuple[int, int, int], int] = {}
        return super().reset(seed)

    def step(self, action: str) -> tuple[Observation, bool]:
        """Move, and note how deep and how strong one is."""
        observation, over = super().step(action)
        if not over:
            self._deepest = max(self._deepest, int(self._seen["blstats"][_DEPTH]))
            self._highest = max(self._highest, int(self._seen["blstats"][_LEVEL]))
        return observation, over

    @property
    def progress(self) -> float:
        """P(win | milestone)."""
        return nethack_progress(self._deepest, self._highest)

    def reflex(self, rng: np.random.Generator) -> str:
        """Descend where there are stairs; else go to stairs in sight, else to where nobody has been."""
        here = self._place()
        level = int(self._seen["blstats"][_DEPTH])
        chars = self._seen["chars"]
        self._stairs |= {(level, int(row), int(column)) for row, column in np.argwhere(chars == _STAIRS)}
        self._visits[level, *here] = self._visits.get((level, *here), 0) + 1
        if (level, *here) in self._stairs:
            return "down"
        if self._visits[level, *here] > _STUCK or rng.random() < 0.05:
            return _LOOSE[int(rng.integers(len(_LOOSE)))]
        known = {at[1:] for at in self._stairs if at[0] == level}
        return self._first_step(here, known or self._frontier(level)) or _any_way(rng)

    def _frontier(self, level: int) -> set[tuple[int, int]]:
        """Cells to walk on where nobody has been, beside what has not been seen."""
        chars = self._seen["chars"]
        frontier = set()
        for row, column in np.argwhere(np.isin(chars, _WALKABLE)):
            around = chars[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
            if (around == ord(" ")).any() and (level, int(row), int(column)) not in self._visits:
                frontier.add((int(row), int(column)))
        return frontier

    def _first_step(self, here: tuple[int, int], goals: set[tuple[int, int]]) -> str:
        """The first move of a shortest way to any goal; "" where there is none."""
        chars = self._seen["chars"]
        came: dict[tuple[int, int], str] = {here: ""}
        queue = deque([here])
        while queue:
            at = queue.popleft()
            if at in goals and at != here:
                return came[at]
            for way, (down, right) in _OFFSETS.items():
                there = (at[0] + down, at[1] + right)
                inside = 0 <= there[0] < chars.shape[0] and 0 <= there[1] < chars.shape[1]
                if inside and there not in came and int(chars[there]) in _WALKABLE:
                    came[there] = came[at] or way
                    queue.append(there)
        return ""

    @property
    def milestones(self) -> frozenset[str]:
        """How deep, how strong."""
        return frozenset({f"dungeon level {self._deepest}", f"experience level {self._highest}"})
