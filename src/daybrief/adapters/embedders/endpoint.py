"""Vectors from any service that speaks OpenAI's `POST /embeddings`, a server of your own included.

The form: https://platform.openai.com/docs/api-reference/embeddings/create. Texts go out in batches, cut to
`LONGEST` code points; an answer is bounded in size and must hold one vector a text, all of one length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import httpx2
import msgspec
import tenacity

from daybrief.errors import EmbedderUnavailable

LONGEST = 6_000  # code points of a text: within the 8,192 tokens of the usual models
_BATCH = 64
_MOST_BYTES = 32 * 2**20
_TRIES = 3


class _Vector(msgspec.Struct, frozen=True):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct, frozen=True):
    data: list[_Vector]


class _Passing(Exception):
    """Something that may be over in a moment: no connection, 429, 5xx."""


class EndpointEmbedder:
    """Implements `ports.QueryEmbedder` by asking a service; `wait` is given to tenacity between tries."""

    latin_only = False

    def __init__(self, base_url: str, model: str, key: str = "", *, timeout_s: float = 30.0) -> None:
        self.name = f"{model} {base_url}"
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout_s = timeout_s
        self.wait: Any = tenacity.wait_exponential(multiplier=0.5, max=8)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector of length one a text, in order. Raises EmbedderUnavailable."""
        rows = [row for at in range(0, len(texts), _BATCH) for row in self._asked(texts[at : at + _BATCH])]
        if len({len(row) for row in rows}) > 1:
            raise EmbedderUnavailable(
                f"{self._url} gave vectors of different lengths", hint="check the model"
            )
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The vector of a search."""
        return self.embed([text])[0]

    def _asked(self, texts: Sequence[str]) -> list[list[float]]:
        tries = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(_TRIES),
            wait=self.wait,
            retry=tenacity.retry_if_exception_type(_Passing),
            reraise=True,
        )
        asked = {"model": self._model, "input": [text[:LONGEST] or " " for text in texts]}
        try:
            answer = msgspec.json.decode(tries(self._posted, asked), type=_Answer)
        except (_Passing, httpx2.HTTPError, httpx2.InvalidURL, msgspec.DecodeError) as failed:
            raise EmbedderUnavailable(
                f"{self._url} gives no vectors: {failed}", hint="check search.embedder and search.model"
            ) from failed
        rows = {one.index: _unit(one.embedding) for one in answer.data}
        if sorted(rows) != list(range(len(texts))) or not all(rows.values()):
            raise EmbedderUnavailable(f"{self._url} did not give one vector a text", hint="check the model")
        return [rows[n] for n in range(len(texts))]

    def _posted(self, asked: dict[str, Any]) -> bytes:
        body = b""
        try:
            with httpx2.stream(
                "POST", self._url, json=asked, headers=self._headers, timeout=self._timeout_s
            ) as answer:
                if answer.status_code == 429 or answer.status_code >= 500:
                    raise _Passing(f"it answers {answer.status_code}")
                answer.raise_for_status()
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise httpx2.DecodingError(f"more than {_MOST_BYTES} bytes")
        except httpx2.TransportError as broken:
            raise _Passing(str(broken) or type(broken).__name__) from broken
        return body


def _unit(vector: Sequence[float]) -> list[float]:
    size = math.hypot(*vector)
    return [value / size for value in vector] if size and math.isfinite(size) else []
