"""Everything the reader works with, handed in from outside; no part of it is global."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

import daybrief
from daybrief.languages import DEFAULT
from daybrief.library import Library
from daybrief.model import Example, Item
from daybrief.ports import Clock, Searcher

if TYPE_CHECKING:
    from daybrief.ask import Answered


class Examples(Protocol):
    """Where one profile's likes and dislikes are kept; the part of `ports.Archive` that the reader writes."""

    def examples(self) -> tuple[Example, ...]: ...  # noqa: D102
    def save_examples(self, examples: Sequence[Example]) -> None: ...  # noqa: D102
    def forget_example(self, key: str) -> bool: ...  # noqa: D102
    def known(self, keys: Sequence[str]) -> tuple[Item, ...]: ...  # noqa: D102


class LearnedWord(msgspec.Struct, frozen=True, kw_only=True):
    """A word of a profile's taste and its weight: above zero it raises a story, below it lowers one."""

    word: str
    weight: float


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Who may come in.

    `password` is the stored hash, "" when the reader is open to whoever reaches it; `names` are the host
    names that are answered; `https` says that a browser sees this reader by https.
    """

    password: str = ""
    names: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    https: bool = False


class ReaderServices(msgspec.Struct, frozen=True, kw_only=True):
    """What `create_app` is given.

    `examples` gives the store of a profile; `ask` answers a question from what a profile sees, None where
    nothing can; `learned` tells what a profile's taste holds; `keep_up` brings search up to the archive after
    it changed.
    """

    library: Library
    searcher: Searcher
    examples: Callable[[str], Examples]
    clock: Clock
    ask: Callable[[str, str], Answered] | None = None
    learned: Callable[[str], Sequence[LearnedWord]] | None = None
    keep_up: Callable[[], object] = lambda: None
    profiles: tuple[str, ...] = ()
    profile: str = ""
    language: str = DEFAULT
    access: Access = Access()
    authority: str = "localhost"  # the name in the ids of feeds: never change it
    version: str = daybrief.__version__
