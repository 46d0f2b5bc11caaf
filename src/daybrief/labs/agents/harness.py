"""The loop of an episode, and its file: agents, history, fallback, progress (section 2 of the paper).

    reset | observation → agent → answer → legal action, else the default → step | … | episode file

An environment describes itself in words and, where it can, in a picture; an agent answers with one action.
What is not legal is replaced by the environment's default action, counted, and told to the agent with the
next observation. Every episode is one JSON file and one CSV of its steps: a run that broke goes on where it
stood, and a finished one is read, not played.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
import numpy as np

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError
from daybrief.model import Value, to_json

HISTORY = 16  # observation-action pairs that an agent is shown, as in the paper
FORM = 1  # of the episode files; another number makes old files another run's
_LONGEST_ANSWER = 4_000
_ACTION = re.compile(r"<\|ACTION\|>(.*?)<\|END\|>", re.DOTALL)


class Observation(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The observation of an agent: `text` in words, `image` (height, width, 3) of bytes or None.

    `facts` holds the same in a form for programs; it never holds more than the words do.
    """

    text: str
    image: Any = None
    facts: dict[str, Any] = {}


class Environment(Protocol):
    """A game behind words. `reset` comes first; everything else speaks of the running episode.

    `name` is the environment's, `task` the task's within it. `actions` are the legal actions now, `default`
    the one that takes an illegal answer's place, `limit` the most steps. `progress` is in [0, 1].
    `reward` is what the game itself pays, summed. `milestones` are the named things reached so far.
    """

    name: str
    task: str
    limit: int
    default: str

    @property
    def instruction(self) -> str:
        """A description of the game and how it is won, with the legal actions."""
        ...

    @property
    def actions(self) -> tuple[str, ...]:
        """The legal actions now."""
        ...

    @property
    def progress(self) -> float:
        """How far the episode has come, in [0, 1]."""
        ...

    @property
    def reward(self) -> float:
        """The reward that the game itself has paid."""
        ...

    @property
    def milestones(self) -> frozenset[str]:
        """The named things reached."""
        return frozenset()

    def reset(self, seed: int) -> Observation:
        """Begin an episode; the same seed begins the same one."""
        ...

    def legal(self, answer: str) -> str | None:
        """The legal action that an answer names, or None."""
        return named_action(answer, self.actions)

    def step(self, action: str) -> tuple[Observation, bool]:
        """Take a legal action; returns the next observation, and whether the episode is over."""
        ...

    def oracle(self) -> str | None:
        """The best action known now; None where the environment has no oracle."""
        return None

    def reflex(self, rng: np.random.Generator) -> str:
        """The action of a simple rule of this game, from what can be seen."""
        ...

    def sample(self, rng: np.random.Generator) -> str:
        """A legal action by chance."""
        return self.actions[int(rng.integers(len(self.actions)))]


class Turn(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A question to an agent: the instruction, the pairs before, the observation, the legal actions."""

    instruction: str
    history: tuple[tuple[str, str], ...]
    observation: Observation
    actions: tuple[str, ...]
    environment: Environment
    rng: np.random.Generator


class Agent(Protocol):
    """Answers a turn with an action; any text may come, legal or not. Raises LabError when it cannot."""

    @property
    def name(self) -> str:
        """How it is called in files and tables."""
        ...

    def act(self, turn: Turn) -> str:
        """The answer to a turn."""
        ...


class Record(Value, frozen=True, kw_only=True):
    """A step, as a row of the CSV file."""

    number: int
    observation: str
    answer: str
    action: str
    legal: bool
    reward: float
    progress: float


class Episode(Value, frozen=True, kw_only=True):
    """The outcome of an episode; `illegal` counts answers that named no legal action.

    `seconds` is what the episode took when it was played, 0 where nobody looked at the clock.
    """

    form: int
    environment: str
    task: str
    agent: str
    seed: int
    limit: int
    code: str
    steps: int
    illegal: int
    reward: float
    progress: float
    milestones: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether no answer of the whole episode was legal."""
        return self.steps > 0 and self.illegal == self.steps


def named_action(answer: str, actions: Sequence[str]) -> str | None:
    """The action that an answer names: alone, between the paper's tags, or on its last line; else None."""
    text = answer[:_LONGEST_ANSWER]
    tagged = _ACTION.findall(text)
    lines = [line for line in text.strip().splitlines() if line.strip()]
    known = {_plain(action): action for action in actions}
    for candidate in (*tagged[-1:], text, *lines[-1:], *lines[:1]):
        if action := known.get(_plain(candidate.removeprefix("Action:").removeprefix("action:"))):
            return action
    return None


def _plain(text: str) -> str:
    return " ".join(text.lower().strip(" \t\r\n`'\"*.<>[]()").split())


def play(
    environment: Environment, agent: Agent, seed: int, *, code: str = ""
) -> tuple[Episode, tuple[Record, ...]]:
    """Plays an episode from its seed. The agent's own randomness is a function of the seed and its name."""
    rng = np.random.default_rng([seed, int(hashlib.sha256(agent.name.encode()).hexdigest()[:8], 16)])
    observation = environment.reset(seed)
    pairs: deque[tuple[str, str]] = deque(maxlen=HISTORY)
    records: list[Record] = []
    complaint, over = "", False
    while not over and len(records) < environment.limit:
        shown = _with_complaint(observation, complaint)
        turn = Turn(
            instruction=environment.instruction,
            history=tuple(pairs),
            observation=shown,
            actions=environment.actions,
            environment=environment,
            rng=rng,
        )
        answer = agent.act(turn)
        legal = environment.legal(answer)
        action = environment.default if legal is None else legal
        complaint = "" if legal is not None else f"Your answer was no legal action; {action!r} was taken."
        observation, over = environment.step(action)
        pairs.append((shown.text, action))
        records.append(
            Record(
                number=len(records),
                observation=shown.text,
                answer=answer[:_LONGEST_ANSWER],
                action=action,
                legal=legal is not None,
                reward=environment.reward,
                progress=environment.progress,
            )
        )
    return _episode(environment, agent, seed, code, records), tuple(records)


def _with_complaint(observation: Observation, complaint: str) -> Observation:
    if not complaint:
        return observation
    return msgspec.structs.replace(observation, text=f"{complaint}\n{observation.text}")


def _episode(
    environment: Environment, agent: Agent, seed: int, code: str, records: Sequence[Record]
) -> Episode:
    return Episode(
        form=FORM,
        environment=environment.name,
        task=environment.task,
        agent=agent.name,
        seed=seed,
        limit=environment.limit,
        code=code,
        steps=len(records),
        illegal=sum(not record.legal for record in records),
        reward=environment.reward,
        progress=environment.progress,
        milestones=tuple(sorted(environment.milestones)),
    )


# ── many episodes ───────────────────────────────────────────────────────────────────────────────────


def evaluate(
    environments: Sequence[Environment],
    agent: Agent,
    seeds: Sequence[int],
    *,
    folder: Path | None = None,
    code: str = "",
    tell: Callable[[str], None] = lambda _text: None,
) -> tuple[Episode, ...]:
    """Every environment at every seed, in order; with a `folder` finished episodes are read from it.

    Raises LabError when the folder holds another run's episode, or cannot be written. What the agent raises
    ends the run; the episodes before it are kept, and the same call goes on from there.
    """
    episodes: list[Episode] = []
    for environment in environments:
        for seed in seeds:
            place = _place(folder, agent, environment, seed) if folder else None
            known = kept_episode(folder, agent, environment, seed, code) if folder else None
            if known is None:
                start = time.monotonic()
                known, records = play(environment, agent, seed, code=code)
                known = msgspec.structs.replace(known, seconds=round(time.monotonic() - start, 2))
                if place:
                    _write(place, known, records)
                if known.silent:
                    tell(f"{agent.name}: no legal answer in {environment.task}, seed {seed}")
            episodes.append(known)
        tell(f"{agent.name}: {environment.name}, {environment.task}: {len(seeds)} episodes")
    return tuple(episodes)


def kept_episode(
    folder: Path, agent: Agent, environment: Environment, seed: int, code: str = ""
) -> Episode | None:
    """The finished episode of a folder; None where there is none. Raises LabError for another run's."""
    return _read(_place(folder, agent, environment, seed), environment, agent, seed, code)


def _place(folder: Path, agent: Agent, environment: Environment, seed: int) -> Path:
    parts = (_file_name(part) for part in (agent.name, environment.name, environment.task))
    return folder.joinpath(*parts) / f"{seed}.json"


def _file_name(text: str) -> str:
    """A name of plain characters; two texts that differ keep differing."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", text).strip("._")[:60] or "unnamed"
    return plain if plain == text else f"{plain}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def _read(place: Path, environment: Environment, agent: Agent, seed: int, code: str) -> Episode | None:
    """The finished episode in a file; None when there is none or it was cut short."""
    try:
        episode = msgspec.json.decode(place.read_bytes(), type=Episode)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        return None  # a killed machine, not ours to trust: it is played again
    except OSError as refused:
        raise LabError(f"{place} cannot be read: {refused.strerror}", hint="name another folder") from refused
    stated = (episode.form, episode.environment, episode.task, episode.agent, episode.seed)
    if stated != (FORM, environment.name, environment.task, agent.name, seed):
        raise LabError(f"{place} is another run's episode", hint="name an empty folder with --out")
    if (episode.limit, episode.code) != (environment.limit, code):
        raise LabError(
            f"{place} was played with other settings (limit {episode.limit}, code {episode.code or 'none'})",
            hint="name an empty folder with --out, or remove that agent's folder",
        )
    return episode


def _write(place: Path, episode: Episode, records: Sequence[Record]) -> None:
    """Steps first, the episode last: a file of an episode says that both are whole."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(Record.__struct_fields__)
    writer.writerows(msgspec.structs.astuple(record) for record in records)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place.with_suffix(".csv"), rows.getvalue().encode())
        replace_file(place, to_json(episode, pretty=True))
    except OSError as refused:
        raise LabError(
            f"{place.parent} cannot be written: {refused.strerror or refused}",
            hint="name another folder with --out",
        ) from refused
