"""Warming: while the sources are asked, a thread loads what writing and checking would wait for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

from daybrief.model import Claim, Item, Quote
from daybrief.ports import Check, ChecksMany, Warms, Writer
from daybrief.stages.verify import evidence_of, judge

_TEXT = "We present a method that needs no labels. It reaches 61.5% on the usual test, up from 50.2%."
_ITEM = Item(
    key="warm:1", source="warm", kind="paper", title="A method", url="https://a.invalid/", text=_TEXT
)
_QUOTE = Quote(item_key=_ITEM.key, source=_ITEM.source, start=0, end=41, text=_TEXT[:41])
_CLAIM = Claim(
    text="이 글은 61.5%에 이르는 방법을 제시합니다.", part="theme", quotes=(_QUOTE,), stories=("warm:1",)
)


@contextmanager
def warming(writer: Writer, checks: Sequence[Check]) -> Iterator[None]:
    """Loads beside the block, and is done when the block is; does nothing for a writer that needs no warming.

    Checks that ask somebody else (`ports.ChecksMany`) are left alone.
    """
    if not isinstance(writer, Warms):
        yield
        return
    alone = [check for check in checks if not isinstance(check, ChecksMany)]

    def load() -> None:
        writer.warm()
        judge([_CLAIM], alone, evidence_of([_ITEM]))

    thread = Thread(target=load, name="warming", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
