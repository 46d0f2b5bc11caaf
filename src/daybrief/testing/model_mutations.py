"""What a model service may send instead of an answer: any JSON, any status, any bytes; in this process.

    transport = Answering(lambda question, answer: mutated(answer, Random(7)))
    with Models(folder, "a run", {}, transport=transport) as models: ...

`Answering` speaks all three dialects without a socket: it makes the good answer to each question and hands it
to a function that returns what is sent. `mutated` spoils one thing in it: a field, the bytes, the status, the
media type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import httpx2
import msgspec

from daybrief.testing.model_answers import ModelCall, answered, tokens
from daybrief.testing.model_dialects import dialect_of

WRONG: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "\x00\ud800", [], [None], [[]], {}, {"a": None}, [{}], "null",
    {"error": "x"}, {"text": None}, 429, "429",
)  # fmt: skip
"""What stands in the place of a field."""

STATUSES = (
    200, 200, 200, 200, 200, 200, 204, 301, 400, 401, 402, 403, 404, 408, 413, 418, 422, 429, 500, 502,
    503, 529, 599,
)  # fmt: skip
_TYPES = ("application/json", "text/html", "text/event-stream", "", "application/octet-stream")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"


Change = Callable[[ModelCall, Any], Sent]


class Answering(httpx2.AsyncBaseTransport):
    """Answers every question as `change` says, and every list of models with the model asked for."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self.questions: list[ModelCall] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer to one request."""
        path = request.url.path
        dialect = dialect_of(path)
        if request.method == "GET" or dialect is None:
            return httpx2.Response(404, json={"error": {"message": "no list"}})
        question = dialect.question(json.loads(await request.aread()), path)
        self.questions.append(question)
        given = answered("good", question)
        whole = dialect.answer(question.model, given, tokens(question.text), tokens(given.text))
        sent = self._change(question, whole)
        headers = {"Content-Type": sent.media_type} if sent.media_type else {}
        return httpx2.Response(sent.status, content=sent.body, headers=headers)


def encoded(answer: Any) -> bytes:
    """JSON of anything, lone surrogates and all."""
    return json.dumps(answer, ensure_ascii=True).encode()


def mutated(answer: Any, rng: Random) -> Sent:
    """The answer with one thing spoilt, now and then two."""
    status, media_type = 200, "application/json"
    for _ in range(1 + (rng.random() < 0.2)):
        match rng.randrange(8):
            case 0 | 1 | 2 | 3:
                answer = _with_field(answer, rng)
            case 4:
                answer = rng.choice(WRONG)
            case 5:
                status = rng.choice(STATUSES)
            case 6:
                media_type = rng.choice(_TYPES)
            case _:
                return Sent(body=_with_bytes(encoded(answer), rng), status=status, media_type=media_type)
    return Sent(body=encoded(answer), status=status, media_type=media_type)


def _with_field(answer: Any, rng: Random) -> Any:
    """One place of the answer replaced, removed, wrapped or put elsewhere."""
    copied = json.loads(json.dumps(answer))
    places = list(_places(copied))
    if not places:
        return rng.choice(WRONG)
    holder, key = rng.choice(places)
    match rng.randrange(4):
        case 0 | 1:
            holder[key] = rng.choice(WRONG)
        case 2:
            del holder[key]
        case _:
            holder[key] = rng.choice((lambda v: [v], lambda v: {"value": v}, lambda v: str(v)))(holder[key])
    return copied


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a tree, as its holder and its key."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield node, key
        yield from _places(value)


def _with_bytes(body: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(body) + 1)
    match rng.randrange(5):
        case 0:
            return body[:place]
        case 1:
            return body[:place] + rng.randbytes(3) + body[place:]
        case 2:
            return body[:place] + body[place + 1 :]
        case 3:
            return rng.randbytes(rng.randrange(64))
        case _:
            return b"[" * 100_000 if rng.random() < 0.1 else b"data: " + body + b"\n\n"
