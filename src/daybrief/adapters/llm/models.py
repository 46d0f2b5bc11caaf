"""Opens language models for one run: one file, one account, one event loop for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from daybrief.adapters.llm.book import Book, Spent
from daybrief.adapters.llm.client import ModelClient
from daybrief.ports import ModelSettings

FILE = "models.sqlite"


class Models:
    """Call it with `ModelSettings` to get an `Llm`; nothing is touched before the first call.

    `folder` holds the book of answers and spending, `run` names the run whose cap it is (the edition's day),
    `environment` is where keys lie. Leaving the block without an error closes the run's account,
    unless it is `lasting`: then all that open a run of this name share one cap.
    """

    def __init__(
        self,
        folder: Path,
        run: str,
        environment: Mapping[str, str],
        random: Random | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        self._path = folder / FILE
        self._run = run
        self._lasting = lasting
        self._environment = environment
        self._random = random or Random()
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._book: Book | None = None
        self._account = 0
        self._clients: list[ModelClient] = []

    def __call__(self, settings: ModelSettings) -> ModelClient:
        """A model under the run's cap. Raises ArchiveError when the book cannot be opened."""
        if self._book is None:
            self._book = Book(self._path)
            self._stack.callback(self._book.close)
            self._account = self._book.open_account(self._run)
        if self._portal is None:
            self._portal = self._stack.enter_context(start_blocking_portal())
        client = ModelClient(
            settings, self._book, self._account, self._portal, self._environment, self._random
        )
        self._clients.append(client)
        return client

    def spent(self) -> Spent:
        """What the run has spent or set aside so far."""
        return self._book.spent(self._account) if self._book else Spent()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._portal is not None and (error is None or isinstance(error, Exception)):
            for client in self._clients:
                self._portal.call(client.aclose)
        if self._book is not None and error is None and not self._lasting:
            self._book.close_account(self._account)
        self._stack.__exit__(kind, error, trace)
