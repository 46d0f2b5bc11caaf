"""Worlds and agents by name, and a model of stated ability that stands in where no real one is to be had."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from daybrief.errors import LabError
from daybrief.labs.agents import adventures, gridworlds, newsroom, puzzle
from daybrief.labs.agents.chat import local_chat
from daybrief.labs.agents.editors import EmbeddedEditor, SabotagedEditor
from daybrief.labs.agents.harness import HISTORY, Agent, Environment
from daybrief.labs.agents.players import ModelAgent, simple
from daybrief.labs.kit.chat import ServiceChat

WORLDS: dict[str, Callable[[], list[Environment]]] = {
    "newsroom": lambda: [newsroom.Newsroom()],
    "puzzle": lambda: [puzzle.RulesPuzzle(task) for task in puzzle.TASKS],
    "babyai": lambda: [gridworlds.BabyAI(task, pictures=True) for task in gridworlds.MISSIONS],
    "crafter": lambda: [gridworlds.Crafter(pictures=True)],
    "textworld": lambda: [adventures.TextWorld(task) for task in adventures.QUESTS],
    "minihack": lambda: [adventures.MiniHack(task) for task in adventures.DUNGEONS],
    "nethack": lambda: [adventures.NetHack()],
}
_HEADLINE = re.compile(r"^Headline: (.*)\nSource: (.*)$", re.MULTILINE)


def worlds(names: Sequence[str]) -> list[Environment]:
    """The environments of the worlds named. Raises LabError for an unknown one, LabUnmet without it."""
    unknown = [name for name in names if name not in WORLDS]
    if unknown or not names:
        raise LabError(f"there is no world {(unknown or [''])[0]!r}", hint=f"there are: {', '.join(WORLDS)}")
    return [environment for name in names for environment in WORLDS[name]()]


@contextmanager
def opened(
    name: str,
    *,
    base_url: str = "",
    key_env: str = "",
    advice: str = "",
    pictures: bool = False,
    shown: tuple[tuple[str, str], ...] = (),
) -> Iterator[Agent]:
    """An agent by name: those of `players.simple`, embedded, sabotaged, gguf:FILE, or a service's model.

    Raises LabError for anything else, and for a service whose key is not in the environment.
    """
    kind, _, rest = name.partition(":")
    if base_url:
        key = os.environ.get(key_env, "") if key_env else ""
        if key_env and not key:
            raise LabError(f"the environment variable {key_env} is empty", hint="put the key there")
        yield _model(name, ServiceChat(base_url, name, key=key), advice, shown, pictures=pictures)
    elif kind == "gguf" and rest:
        with local_chat(Path(rest)) as chat:
            yield _model(Path(rest).stem, chat, advice, shown, pictures=pictures)
    elif name == "embedded":
        yield EmbeddedEditor()
    elif name == "sabotaged":
        yield SabotagedEditor(EmbeddedEditor())
    else:
        try:
            (agent,) = simple([name])
        except LabError as unknown:
            more = "embedded, sabotaged, gguf:FILE; or a model's name with --base-url"
            raise LabError(unknown.message, hint=f"{unknown.hint}, {more}") from None
        yield agent


def _model(
    name: str, chat: ServiceChat, advice: str, shown: tuple[tuple[str, str], ...], *, pictures: bool
) -> ModelAgent:
    """A model whose name tells the advice apart: two prompts of one model are two agents."""
    label = f"{name} + {np.base_repr(hash_of(advice), 36).lower()}" if advice else name
    remembered = 0 if shown else HISTORY
    return ModelAgent(label, chat, remembered, advice=advice, pictures=pictures, demonstrations=shown)


def hash_of(text: str) -> int:
    """A small number for a text, the same in every run."""
    import zlib

    return zlib.crc32(text.encode())


# ── a stand-in ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def stand_in(skill: float, days: Iterable[int]) -> Iterator[str]:
    """The address of an OpenAI-compatible service on loopback that edits these days with a stated skill.

    It reads the headline and the source from the prompt as any model does, and knows from the days' seeds
    what is right; with the probability 1 - skill it answers by chance.
    """
    right: dict[tuple[str, str], str] = {}
    for seed in days:
        room = newsroom.Newsroom(table={})
        room.reset(seed)
        for planned in room.day:
            right[planned.item.title, planned.item.source] = room.oracle()
            room.step(newsroom.HOLD)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(right, skill))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(right: dict[tuple[str, str], str], skill: float) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            prompt = str(body["messages"][-1]["content"])
            rng = np.random.default_rng([hash_of(prompt), round(100 * skill)])
            answer = _answer(prompt, right) if rng.random() < skill else _by_chance(prompt, rng)
            reply = json.dumps({"choices": [{"message": {"role": "assistant", "content": answer}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

    return Handler


def _answer(prompt: str, right: dict[tuple[str, str], str]) -> str:
    headline = _HEADLINE.search(prompt)
    return right.get((headline[1], headline[2]), newsroom.HOLD) if headline else newsroom.HOLD


def _by_chance(prompt: str, rng: np.random.Generator) -> str:
    headline = _HEADLINE.search(prompt)
    answers = (*newsroom.DROPS, newsroom.HOLD, f"publish: {headline[1] if headline else ''}")
    return answers[int(rng.integers(len(answers)))]
