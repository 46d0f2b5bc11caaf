"""BabyAI and Crafter behind the harness: what is seen in words, a simple rule each, BabyAI's oracle.

Words follow the paper's wrappers in kind: BabyAI lists what is in view with steps from the agent; Crafter
lists the nearest thing of each type in its view, what is faced, the vitals and the inventory. Progress is 1
for a mission that ends in reward (BabyAI), and the share of the 22 achievements (Crafter).
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np

from daybrief.labs.agents.harness import Environment, Observation
from daybrief.labs.kit import require

EXTRA = "lab-agents"

# ── BabyAI ──────────────────────────────────────────────────────────────────────────────────────────

MISSIONS = {
    "goto": "BabyAI-GoToLocal-v0",
    "pickup": "BabyAI-PickupLoc-v0",
    "open": "BabyAI-OpenDoor-v0",
    "putnext": "BabyAI-PutNextLocal-v0",
    "sequence": "BabyAI-GoToSeqS5R2-v0",
}
_MOVES = ("turn left", "turn right", "go forward", "pick up", "drop", "toggle")
_VIEW, _OWN = 7, (3, 6)  # cells of the view; the agent's own cell in it, facing up
_KINDS = {4: "door", 5: "key", 6: "ball", 7: "box", 8: "goal"}
_WALL, _EMPTY = 2, (1, 3, 8)
_COLOURS = ("red", "green", "blue", "purple", "yellow", "grey")
_DOORS = ("open", "closed", "locked")
_NAMED = re.compile(rf"(?:({'|'.join(_COLOURS)}) )?(door|key|ball|box)")

Seen = tuple[str, str, str, int, int]  # kind, colour, state, steps right, steps forward


class BabyAI(Environment):
    """A kind of mission of BabyAI; a partial view of 7 by 7 cells."""

    name = "babyai"
    default = "go forward"
    actions = _MOVES

    def __init__(self, task: str = "goto", limit: int = 64, *, pictures: bool = False) -> None:
        require(("minigrid",), extra=EXTRA)
        import gymnasium
        import minigrid  # noqa: F401 - registers the levels

        self.task, self._pictures = task, pictures
        self._env: Any = gymnasium.make(MISSIONS[task], disable_env_checker=True).unwrapped
        self.limit = limit
        self._won = False
        self._bot: Any = None
        self._last: int | None = None

    @property
    def instruction(self) -> str:
        """The mission and the actions."""
        return (
            f"You are in a small world of rooms. Your mission: {self._env.mission}. You see what lies ahead, "
            "in steps from you. To pick up or toggle a thing it has to be one step ahead.\n"
            f"Legal actions: {', '.join(_MOVES)}."
        )

    @property
    def mission(self) -> str:
        """The mission in words."""
        return str(self._env.mission)

    def reset(self, seed: int) -> Observation:
        """Begin a mission."""
        with redirect_stdout(StringIO()):  # it tells of every layout that it throws away
            self._env.reset(seed=seed)
        self._won, self._bot, self._last = False, None, None
        return self._observation()

    def step(self, action: str) -> tuple[Observation, bool]:
        """Take an action."""
        number = _MOVES.index(action)
        _, reward, terminated, truncated, _ = self._env.step(number)
        self._last = number
        self._won = self._won or reward > 0
        return self._observation(), bool(terminated or truncated)

    @property
    def progress(self) -> float:
        """1 once the mission is done."""
        return float(self._won)

    @property
    def reward(self) -> float:
        """The same."""
        return self.progress

    def oracle(self) -> str:
        """The move of BabyAI's own bot, which sees the whole world."""
        from minigrid.utils.baby_ai_bot import BabyAIBot

        if self._bot is None:
            self._bot, self._last = BabyAIBot(self._env), None
        return _MOVES[int(self._bot.replan(self._last))]

    def reflex(self, rng: np.random.Generator) -> str:
        """Go to the first thing the mission names while it is in view; else wander."""
        cells = self._cells()
        named = _NAMED.search(self._env.mission)
        colour, kind = named.groups() if named else (None, "")
        here = [seen for seen in self._seen(cells) if seen[0] == kind and colour in (None, seen[1])]
        if not here:
            free = int(cells[_OWN[0], _OWN[1] - 1, 0]) in _EMPTY
            return "go forward" if free and rng.random() < 0.7 else _MOVES[int(rng.integers(2))]
        _, _, _, right, ahead = min(here, key=lambda seen: abs(seen[3]) + seen[4])
        if (right, ahead) == (0, 1):
            return {"pick": "pick up", "open": "toggle"}.get(self._env.mission.split()[0], "go forward")
        if ahead > (1 if right == 0 else 0) and int(cells[_OWN[0], _OWN[1] - 1, 0]) in _EMPTY:
            return "go forward"
        if right == 0:
            return _MOVES[int(rng.integers(2))]
        return "turn right" if right > 0 else "turn left"

    def _cells(self) -> Any:
        return self._env.gen_obs()["image"]

    def _seen(self, cells: Any) -> list[Seen]:
        things: list[Seen] = []
        for x in range(_VIEW):
            for y in range(_VIEW):
                kind, colour, state = (int(value) for value in cells[x, y])
                if kind in _KINDS and (x, y) != _OWN:
                    door = _DOORS[state] if kind == 4 else ""
                    things.append((_KINDS[kind], _COLOURS[colour], door, x - _OWN[0], _OWN[1] - y))
        return sorted(things, key=lambda seen: (abs(seen[3]) + seen[4], seen))

    def _observation(self) -> Observation:
        cells = self._cells()
        lines = [
            f"a {f'{state} ' if state else ''}{colour} {kind} {_steps(right, ahead)}"
            for kind, colour, state, right, ahead in self._seen(cells)
        ]
        wall = next((d for d in range(1, _VIEW) if int(cells[_OWN[0], _OWN[1] - d, 0]) == _WALL), None)
        lines += [f"a wall {wall} steps forward"] if wall else []
        carried = self._env.carrying
        lines += [f"you carry a {carried.color} {carried.type}"] if carried else []
        return Observation(text="\n".join(lines) or "nothing in view", image=self._picture())

    def _picture(self) -> Any:
        """The view as drawn (56, 56, 3), where pictures are asked for."""
        if not self._pictures:
            return None
        return self._env.get_frame(highlight=False, tile_size=8, agent_pov=True)


def _steps(right: int, ahead: int) -> str:
    parts = [f"{abs(right)} steps {'right' if right > 0 else 'left'}"] if right else []
    parts += [f"{ahead} steps forward"] if ahead else []
    return " and ".join(parts)


# ── Crafter ─────────────────────────────────────────────────────────────────────────────────────────

ACHIEVEMENTS = 22
_ACROSS, _DOWN = 4, 3  # cells seen to either side
_FACING = {(0, 1): "south", (0, -1): "north", (1, 0): "east", (-1, 0): "west"}
_STEPS = {"move_left": (-1, 0), "move_right": (1, 0), "move_up": (0, -1), "move_down": (0, 1)}
_VITALS = ("health", "food", "drink", "energy")
_FREE = ("grass", "sand", "path")
_NEEDS = {"wood": 5, "stone": 3}


class _InOrder(dict[Any, None]):
    """A set that is read in the order in which its members came."""

    def add(self, member: Any) -> None:
        """Put a member last."""
        self[member] = None

    def remove(self, member: Any) -> None:
        """Take a member out."""
        del self[member]


def _order_creatures(world: Any) -> None:
    """Let a seed decide which creature of a chunk leaves; Crafter orders its sets by memory address."""
    chunks: defaultdict[Any, _InOrder] = defaultdict(_InOrder)
    for creature in world.objects:
        chunks[world.chunk_key(creature.pos)].add(creature)
    world._chunks = chunks


class Crafter(Environment):
    """Survive and make things in an open world."""

    name = "crafter"
    task = "survive"
    default = "noop"

    def __init__(self, limit: int = 2_000, *, pictures: bool = False) -> None:
        require(("crafter",), extra=EXTRA)
        self.limit, self._pictures = limit, pictures
        self._begin(0)

    def _begin(self, seed: int) -> None:
        import crafter

        self._env: Any = crafter.Env(length=self.limit, seed=seed)
        if not self._pictures:  # drawing takes most of a step's time
            blank = np.zeros((1, 1, 3), np.uint8)
            self._env.render = lambda *_size: blank
        self._picture = self._env.reset()
        _order_creatures(self._env._world)
        self._paid = 0.0

    @property
    def actions(self) -> tuple[str, ...]:
        """Crafter's own."""
        return tuple(self._env.action_names)

    @property
    def instruction(self) -> str:
        """The game and its actions."""
        return (
            "You play Crafter: survive, and reach as many of the 22 achievements as you can (collect wood, "
            "stone, coal, iron, diamonds, saplings, drink; place a table, furnace, stone, plant; make "
            "pickaxes and swords; eat; sleep; defeat zombies and skeletons). `do` works on what you face.\n"
            f"Legal actions: {', '.join(self.actions)}."
        )

    def reset(self, seed: int) -> Observation:
        """Begin a world."""
        self._begin(seed)
        return self._observation()

    def step(self, action: str) -> tuple[Observation, bool]:
        """Take an action."""
        self._picture, reward, over, _ = self._env.step(self.actions.index(action))
        self._paid += float(reward)
        return self._observation(), bool(over)

    @property
    def milestones(self) -> frozenset[str]:
        """Achievements unlocked."""
        return frozenset(name for name, times in self._env._player.achievements.items() if times)

    @property
    def progress(self) -> float:
        """Their share."""
        return len(self.milestones) / ACHIEVEMENTS

    @property
    def reward(self) -> float:
        """Crafter's: achievements, and health gained and lost."""
        return self._paid

    def reflex(self, rng: np.random.Generator) -> str:
        """Drink, eat, gather wood and stone, make what can be made; else wander."""
        player = self._env._player
        owned = player.inventory
        if making := self._making(owned):
            return making
        wanted = [name for name, vital in (("water", "drink"), ("cow", "food")) if owned[vital] < 6]
        wanted += ["tree"] if owned["wood"] < _NEEDS["wood"] else []
        wanted += ["stone", "coal"] if owned["wood_pickaxe"] and owned["stone"] < _NEEDS["stone"] else []
        faced = self._at(*player.facing)
        if faced in wanted or (faced == "grass" and not owned["sapling"] and rng.random() < 0.3):
            return "do"
        near = self._nearest()
        for name in wanted:
            if name in near and rng.random() < 0.85:
                return _towards(*near[name], rng)
        return list(_STEPS)[int(rng.integers(4))]

    def _making(self, owned: dict[str, int]) -> str:
        """The things that can be made now, in the order of the game's tree."""
        done = self._env._player.achievements
        by_table = "table" in self._nearest()
        if owned["sapling"] and self._at(*self._env._player.facing) == "grass" and not done["place_plant"]:
            return "place_plant"
        if owned["wood"] >= _NEEDS["wood"] and not by_table:
            return "place_table"
        for tool, wood, stone in (("wood", 1, 0), ("stone", 1, 1)):
            for thing in ("pickaxe", "sword"):
                made = owned[f"{tool}_{thing}"]
                if by_table and not made and owned["wood"] >= wood and owned["stone"] >= stone:
                    return f"make_{tool}_{thing}" if stone == 0 or owned["stone"] else ""
        return "place_stone" if owned["stone"] >= _NEEDS["stone"] and not done["place_stone"] else ""

    def _at(self, dx: int, dy: int) -> str:
        """The thing or material at an offset; "" beyond the world."""
        place = np.asarray(self._env._player.pos) + np.array((dx, dy))
        if not all(0 <= int(c) < size for c, size in zip(place, self._env._world.area, strict=True)):
            return ""
        material, thing = self._env._world[place]
        return type(thing).__name__.lower() if thing is not None else str(material or "")

    def _nearest(self) -> dict[str, tuple[int, int]]:
        near: dict[str, tuple[int, int]] = {}
        places = [
            (dx, dy)
            for dx in range(-_ACROSS, _ACROSS + 1)
            for dy in range(-_DOWN, _DOWN + 1)
            if (dx, dy) != (0, 0)
        ]
        for dx, dy in sorted(places, key=lambda place: (abs(place[0]) + abs(place[1]), place)):
            if name := self._at(dx, dy):
                near.setdefault(name, (dx, dy))
        return near

    def _observation(self) -> Observation:
        player = self._env._player
        lines = [
            f"- {name}: {abs(dx) + abs(dy)} steps {_compass(dx, dy)}"
            for name, (dx, dy) in self._nearest().items()
        ]
        dx, dy = (int(value) for value in player.facing)
        faced = self._at(dx, dy) or "nothing"
        vitals = ", ".join(f"{name} {player.inventory[name]}/9" for name in _VITALS)
        owned = ", ".join(f"{n} {name}" for name, n in player.inventory.items() if n and name not in _VITALS)
        text = (
            "Nearest of each:\n" + "\n".join(lines) + f"\nYou face {_FACING[dx, dy]}: {faced}."
            f"\nVitals: {vitals}.\nInventory: {owned or 'nothing'}."
        )
        return Observation(text=text, image=self._picture if self._pictures else None)


def _compass(dx: int, dy: int) -> str:
    north = "south" if dy > 0 else "north" if dy < 0 else ""
    east = "east" if dx > 0 else "west" if dx < 0 else ""
    return f"{north}{east}"


def _towards(dx: int, dy: int, rng: np.random.Generator) -> str:
    """A move that brings an offset nearer, along either axis."""
    moves = [name for name, (mx, my) in _STEPS.items() if mx * dx + my * dy > 0]
    return moves[int(rng.integers(len(moves)))]
