"""Agents: those that need no model, and a language model behind the paper's prompt.

random    a legal action by chance: the floor
reflex    one simple rule of the game
oracle    the best action known: the ceiling
mixture   the oracle with a probability `skill`, else random: an agent of known skill
model     instruction, history and observation as chat turns; asked for exactly one action
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from daybrief.errors import LabError
from daybrief.labs.agents.chat import Chat
from daybrief.labs.agents.harness import Agent, Turn
from daybrief.labs.kit.chat import Message

ASK = "Answer with exactly one action of the list and nothing else."
_LONGEST_OBSERVATION = 4_000


@dataclass(frozen=True, slots=True)
class RandomAgent:
    """Any legal action, each as likely."""

    name: str = "random"

    def act(self, turn: Turn) -> str:
        """Draw one."""
        return turn.environment.sample(turn.rng)


@dataclass(frozen=True, slots=True)
class ReflexAgent:
    """The environment's simple rule."""

    name: str = "reflex"

    def act(self, turn: Turn) -> str:
        """Follow the rule."""
        return turn.environment.reflex(turn.rng)


@dataclass(frozen=True, slots=True)
class OracleAgent:
    """The best action that the environment knows. Raises LabError where it knows none."""

    name: str = "oracle"

    def act(self, turn: Turn) -> str:
        """Ask the environment."""
        best = turn.environment.oracle()
        if best is None:
            raise LabError(f"{turn.environment.name} has no oracle", hint="choose another agent")
        return best


@dataclass(frozen=True, slots=True)
class MixedAgent:
    """The better agent with the probability `skill`, else the worse one."""

    skill: float
    better: Agent = OracleAgent()
    worse: Agent = RandomAgent()

    def __post_init__(self) -> None:
        if not 0 <= self.skill <= 1:
            raise LabError(f"a skill of {self.skill} is no probability", hint="give a number from 0 to 1")

    @property
    def name(self) -> str:
        """Both agents and the skill."""
        return f"{self.better.name}:{self.skill:g}"

    def act(self, turn: Turn) -> str:
        """Let chance choose the agent."""
        return (self.better if turn.rng.random() < self.skill else self.worse).act(turn)


@dataclass(frozen=True, slots=True)
class ModelAgent:
    """A chat model as player: history of at most `remembered` pairs, the newest observation last.

    The legal actions are told with it where the instruction does not list them. What stood in one question
    stands in the next, so that what has been read once need not be read again.
    `advice` is put after the instruction: a strategy, or a prompt that is tried. `pictures` sends the
    newest picture to a model that can see. `demonstrations` are pairs of observation and action shown before
    the history, as the paper's few-shot agent has them.
    """

    name: str
    chat: Chat
    remembered: int = 16
    advice: str = ""
    pictures: bool = False
    demonstrations: tuple[tuple[str, str], ...] = ()

    def act(self, turn: Turn) -> str:
        """Ask once; the text comes as it is. Raises LabError when the model cannot be reached."""
        return self.chat.complete(self.messages(turn))

    def messages(self, turn: Turn) -> list[Message]:
        """The chat: what never changes first, so that a service can keep what it has read."""
        head = "\n\n".join(part for part in (turn.instruction, self.advice) if part)
        messages: list[Message] = [{"role": "system", "content": f"{head}\n\n{ASK}"}]
        past = turn.history[-self.remembered :] if self.remembered else ()
        for observation, action in (*self.demonstrations, *past):
            messages.append({"role": "user", "content": observation[:_LONGEST_OBSERVATION]})
            messages.append({"role": "assistant", "content": action})
        current = turn.observation.text[:_LONGEST_OBSERVATION]
        if not all(action in turn.instruction for action in turn.actions):
            current += f"\n\nLegal actions: {'; '.join(turn.actions)}"
        messages.append({"role": "user", "content": self._content(current, turn.observation.image)})
        return messages

    def _content(self, text: str, image: Any) -> Any:
        if not self.pictures or image is None:
            return text
        address = f"data:image/png;base64,{base64.b64encode(png(image)).decode()}"
        return [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": address}}]


def png(image: Any) -> bytes:
    """A picture (height, width, 3) of bytes as PNG. Raises LabError when Pillow is missing."""
    try:
        from PIL import Image
    except ImportError as missing:
        raise LabError("pictures need Pillow", hint='pip install "daybrief[lab-agents]"') from missing
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def simple(names: Sequence[str]) -> list[Agent]:
    """Agents without a model by name: random, reflex, oracle, oracle:0.5. Raises LabError for others."""
    return [_simple(name) for name in names]


def _simple(name: str) -> Agent:
    kind, _, skill = name.partition(":")
    known: dict[str, Agent] = {
        "random": RandomAgent(),
        "reflex": ReflexAgent(),
        "oracle": OracleAgent(),
    }
    if kind not in known or (skill and kind != "oracle"):
        raise LabError(
            f"there is no agent {name!r}",
            hint=f"there are: {', '.join(known)}, oracle:SKILL such as oracle:0.5",
        )
    if not skill:
        return known[kind]
    try:
        return MixedAgent(float(skill))
    except (ValueError, LabError):
        raise LabError(f"{name!r} names no skill", hint="give a number from 0 to 1: oracle:0.5") from None
