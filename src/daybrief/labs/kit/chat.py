"""A chat model behind OpenAI's interface: the one client of all labs.

An answer is text and nothing is believed of it. A service that is busy is asked again; what stays broken is a
LabError that names the address.
"""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from daybrief.adapters.encoders import JsonService, NoAnswer
from daybrief.errors import LabError

Message = dict[str, Any]


class _Text(msgspec.Struct):
    content: str | None = None


class _Choice(msgspec.Struct):
    message: _Text


class _Answer(msgspec.Struct):
    choices: list[_Choice] = []


class ServiceChat:
    """Chat Completions at `base_url` (…/v1); greedy unless `temperature` says otherwise.

    seed: draws the same answer to the same conversation again, where the service heeds it.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key: str = "",
        max_tokens: int = 80,
        temperature: float = 0.0,
        seed: int | None = None,
        timeout_s: float = 120.0,
        wait: Any = None,
    ) -> None:
        self._body = {"model": model, "max_tokens": max_tokens, "temperature": temperature}
        self._seed = seed
        self._service = JsonService(
            url=f"{base_url.rstrip('/')}/chat/completions", key=key, timeout_s=timeout_s
        )
        if wait is not None:
            self._service.wait = wait

    def complete(self, messages: list[Message]) -> str:
        """The first choice's text; "" when the model says nothing."""
        body: dict[str, Any] = {**self._body, "messages": messages}
        if self._seed is not None:  # one seed for all would draw the same place of every distribution
            body["seed"] = zlib.crc32(msgspec.json.encode([self._seed, messages])) >> 1
        try:
            answer = self._service.post(body, _Answer)
        except NoAnswer as failed:
            raise LabError(
                f"{self._service.url} does not answer: {failed}",
                hint="check the address, the model's name and the key; a run goes on where it stood",
            ) from failed
        return answer.choices[0].message.content or "" if answer.choices else ""
