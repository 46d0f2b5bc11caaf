"""A puzzle whose rules are blocks: pushing words makes rules and unmakes them. Needs no library of games.

Three words in a row or a column, THING IS PROPERTY, are a rule: FOX IS YOU, LAMP IS WIN, HEDGE IS STOP, STONE
IS PUSH. Words can always be pushed. The level is won when something that is YOU stands on something that is
WIN. Three kinds of level: `walk` (the way is open), `unblock` (a rule has to be broken), `form` (a rule has
to be made). Every generated level can be solved; a breadth-first search is the oracle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from daybrief.errors import LabError
from daybrief.labs.agents.harness import Environment, Observation

WIDTH, HEIGHT = 8, 7
TASKS = ("walk", "unblock", "form")
MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
WAIT = "wait"
_NOUNS = {"fox", "lamp", "hedge", "stone"}
_PROPERTIES = {"you", "win", "stop", "push"}
_MOST_STATES = 30_000
_LEAST_STEPS, _MOST_STEPS = 3, 16
_CELL = 8  # pixels of the picture
_COLOURS = {"fox": (230, 120, 30), "lamp": (240, 220, 60), "hedge": (40, 130, 50), "stone": (130, 130, 130)}

Cell = tuple[int, int]
State = tuple[Cell, ...]
Rules = frozenset[tuple[str, str]]

INSTRUCTION = """You play a puzzle on a grid. Words on the grid make rules: three words in a row or a \
column, THING IS PROPERTY, are in force while they stand together. You move whatever IS YOU, one cell a \
step. Words, and whatever IS PUSH, are pushed by moving into them; whatever IS STOP lets nothing in. You \
win when what you move stands on something that IS WIN. Places are given as steps from you.
Legal actions: left, right, up, down, wait."""


@dataclass(frozen=True, slots=True)
class Level:
    """The contents of the grid: `names` of things ("fox") and words ("FOX", "IS"), and where each starts."""

    names: tuple[str, ...]
    start: State

    def rules(self, state: State) -> Rules:
        """The rules in force."""
        words = {cell: name.lower() for name, cell in zip(self.names, state, strict=True) if name.isupper()}
        rules = set()
        for (x, y), word in words.items():
            if word != "is":
                continue
            for before, after in (((x - 1, y), (x + 1, y)), ((x, y - 1), (x, y + 1))):
                rule = (words.get(before, ""), words.get(after, ""))
                if rule[0] in _NOUNS and rule[1] in _PROPERTIES:
                    rules.add(rule)
        return frozenset(rules)

    def having(self, rules: Rules, property_: str) -> set[str]:
        """The things that have a property."""
        return {noun for noun, given in rules if given == property_}

    def moved(self, state: State, move: str) -> State:
        """The state after a move; the same state where nothing can move."""
        rules = self.rules(state)
        yours, stops, pushed = (self.having(rules, name) for name in ("you", "stop", "push"))
        at: dict[Cell, list[int]] = {}
        for number, cell in enumerate(state):
            at.setdefault(cell, []).append(number)
        dx, dy = MOVES[move]
        after = list(state)
        for number, name in enumerate(self.names):
            if name in yours:
                train = self._train(state[number], (dx, dy), at, stops, pushed)
                for moving in [number, *train] if train is not None else ():
                    x, y = state[moving]
                    after[moving] = (x + dx, y + dy)
        return tuple(after)

    def _train(
        self, start: Cell, step: Cell, at: dict[Cell, list[int]], stops: set[str], pushed: set[str]
    ) -> list[int] | None:
        """The things pushed along from a cell, nearest first; None where the way is barred."""
        train: list[int] = []
        x, y = start
        while True:
            x, y = x + step[0], y + step[1]
            if not (0 <= x < WIDTH and 0 <= y < HEIGHT):
                return None
            there = at.get((x, y), [])
            if any(self.names[number] in stops for number in there):
                return None
            moving = [n for n in there if self.names[n].isupper() or self.names[n] in pushed]
            if not moving:
                return train
            train += moving

    def won(self, state: State) -> bool:
        """Whether something that is YOU stands on something that is WIN."""
        rules = self.rules(state)
        yours, wins = self.having(rules, "you"), self.having(rules, "win")
        own = {cell for name, cell in zip(self.names, state, strict=True) if name in yours}
        return any(name in wins and cell in own for name, cell in zip(self.names, state, strict=True))

    def plan(self, state: State) -> list[tuple[State, str]] | None:
        """The shortest way to win as (state, move); None when the search finds none within its bound."""
        came: dict[State, tuple[State, str] | None] = {state: None}
        queue = deque([state])
        while queue and len(came) < _MOST_STATES:
            here = queue.popleft()
            if self.won(here):
                return list(self._way(came, here))[::-1]
            for move in MOVES:
                there = self.moved(here, move)
                if there not in came:
                    came[there] = (here, move)
                    queue.append(there)
        return None

    def _way(self, came: dict[State, tuple[State, str] | None], end: State) -> Iterator[tuple[State, str]]:
        step = came[end]
        while step is not None:
            yield step
            step = came[step[0]]


@lru_cache(maxsize=256)
def generated(task: str, seed: int) -> tuple[Level, list[tuple[State, str]]]:
    """A level that can be solved in 3 to 16 moves, with its shortest solution."""
    rng = np.random.default_rng([seed, TASKS.index(task), 7])
    while True:
        level = _drawn(task, rng)
        solution = level.plan(level.start)
        if solution is not None and _LEAST_STEPS <= len(solution) <= _MOST_STEPS:
            return level, solution


def _drawn(task: str, rng: np.random.Generator) -> Level:
    """Words of the rule FOX IS YOU lie in the top row; the rest as the task asks."""
    placed: list[tuple[str, Cell]] = [("FOX", (0, 0)), ("IS", (1, 0)), ("YOU", (2, 0))]
    lamp = (6, 4)
    if task == "unblock":
        across = 4 if rng.random() < 0.5 else 3
        placed += [("hedge", (across + 1, y)) for y in range(HEIGHT)]
        y = int(rng.integers(2, 5))
        placed += [("HEDGE", (across - 2, y)), ("IS", (across - 1, y)), ("STOP", (across, y))]
    if task == "form":
        y, x = int(rng.integers(2, 4)), int(rng.integers(2, 5))
        placed += [("LAMP", (x, y)), ("IS", (x + 1, y)), ("WIN", (x + 2, y + 1 + int(rng.random() < 0.4)))]
        lamp = (int(rng.integers(1, 3)), 5)
    else:
        placed += [("LAMP", (5, 0)), ("IS", (6, 0)), ("WIN", (7, 0))]
    taken = {cell for _, cell in placed}
    if task == "walk":
        lamp = _free(rng, taken)
        placed += [("stone", _free(rng, taken | {lamp})) for _ in range(3)]
    placed.append(("lamp", lamp))
    placed.append(("fox", _free(rng, taken | {lamp}, right=3 if task == "unblock" else WIDTH)))
    return Level(tuple(name for name, _ in placed), tuple(cell for _, cell in placed))


def _free(rng: np.random.Generator, taken: set[Cell], right: int = WIDTH) -> Cell:
    cells = [(x, y) for x in range(right) for y in range(1, HEIGHT) if (x, y) not in taken]
    return cells[int(rng.integers(len(cells)))]


class RulesPuzzle(Environment):
    """A kind of level; progress is 1 once the level is won, as in the paper's Baba Is AI."""

    name = "puzzle"
    default = WAIT
    instruction = INSTRUCTION
    actions = (*MOVES, WAIT)

    def __init__(self, task: str, limit: int = 40) -> None:
        if task not in TASKS:
            raise LabError(f"{task!r} is no kind of level", hint=f"there are: {', '.join(TASKS)}")
        self.task, self.limit = task, limit
        self._begin(0)

    def _begin(self, seed: int) -> None:
        self._level, solution = generated(self.task, seed)
        self._state = self._level.start
        self._first_rules = self._level.rules(self._state)
        self._plan = dict(solution)
        self._reached: set[str] = set()

    def reset(self, seed: int) -> Observation:
        """Begin a level."""
        self._begin(seed)
        return self._observation()

    def step(self, action: str) -> tuple[Observation, bool]:
        """Move."""
        if action != WAIT:
            self._state = self._level.moved(self._state, action)
        if self._level.rules(self._state) != self._first_rules:
            self._reached.add("a rule changed")
        if self._level.won(self._state):
            self._reached.add("won")
        return self._observation(), "won" in self._reached

    @property
    def progress(self) -> float:
        """1 once won."""
        return float("won" in self._reached)

    @property
    def reward(self) -> float:
        """The same."""
        return self.progress

    @property
    def milestones(self) -> frozenset[str]:
        """A changed rule, the win."""
        return frozenset(self._reached)

    def oracle(self) -> str:
        """The next move of a shortest solution; waits where there is none any more."""
        if self._state not in self._plan:
            self._plan.update(self._level.plan(self._state) or {self._state: WAIT})
        return self._plan[self._state]

    def reflex(self, rng: np.random.Generator) -> str:
        """Walk towards the lamp, whatever lies between; aside by chance where that moves nothing."""
        (x, y), (to_x, to_y) = self._you(), self._cell("lamp")
        if self._moved_nothing:
            return self.sample(rng)
        if abs(to_x - x) >= abs(to_y - y):
            return "right" if to_x > x else "left"
        return "down" if to_y > y else "up"

    @property
    def _moved_nothing(self) -> bool:
        (x, y), (to_x, to_y) = self._you(), self._cell("lamp")
        across = abs(to_x - x) >= abs(to_y - y)
        move = ("right" if to_x > x else "left") if across else ("down" if to_y > y else "up")
        return self._level.moved(self._state, move) == self._state

    def _you(self) -> Cell:
        yours = self._level.having(self._level.rules(self._state), "you")
        cells = zip(self._level.names, self._state, strict=True)
        return next((cell for name, cell in cells if name in yours), self._cell("fox"))

    def _cell(self, name: str) -> Cell:
        return self._state[self._level.names.index(name)]

    def _observation(self) -> Observation:
        rules = sorted(f"{noun} is {given}" for noun, given in self._level.rules(self._state))
        x, y = self._you()
        lines = [
            f"- {'the word ' if name.isupper() else ''}{name}: {_offset(cx - x, cy - y)}"
            for name, (cx, cy) in zip(self._level.names, self._state, strict=True)
            if (cx, cy) != (x, y) or name.isupper()
        ]
        text = f"Rules in force: {', '.join(rules) or 'none'}\nThings and words:\n" + "\n".join(lines)
        return Observation(text=text, image=self._picture())

    def _picture(self) -> Any:
        picture = np.full((HEIGHT * _CELL, WIDTH * _CELL, 3), 20, np.uint8)
        for name, (x, y) in zip(self._level.names, self._state, strict=True):
            word = name.isupper()
            inset = 2 if word else 0
            colour = _COLOURS.get(name.lower(), (120, 90, 200)) if not word else _word_colour(name)
            picture[
                y * _CELL + inset : (y + 1) * _CELL - inset, x * _CELL + inset : (x + 1) * _CELL - inset
            ] = colour
        return picture


def _word_colour(word: str) -> tuple[int, int, int]:
    """Each word its own shade."""
    known = sorted(_NOUNS | _PROPERTIES | {"is"})
    at = known.index(word.lower())
    return (60 + 20 * at, 255 - 22 * at, 120 + 13 * at)


def _offset(dx: int, dy: int) -> str:
    """A place in words, from you."""
    across = f"{abs(dx)} {'right' if dx > 0 else 'left'}" if dx else ""
    down = f"{abs(dy)} {'down' if dy > 0 else 'up'}" if dy else ""
    return " and ".join(part for part in (across, down) if part) or "here"
