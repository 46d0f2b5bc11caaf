"""Verify: every claim through every check; what one of them finds unsupported is not printed.

This is also where the ledger learns about claims: drafted = printed + dropped (by which check).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from threading import Thread
from typing import Literal, Protocol, TypeGuard, get_args

import msgspec

from daybrief.errors import DaybriefError, in_a_line
from daybrief.languages import LANGUAGES
from daybrief.model import REFUSED, Checked, Claim, Drop, Entry, Item, Judged, Outcome, Quote, Verdict
from daybrief.ports import Check, ChecksMany, Warms, Writer
from daybrief.text.identity import shown

LOG = logging.getLogger(__name__)
_OUTCOMES = get_args(Outcome)

Fate = Literal["dropped", "repaired", "replaced", "again"]


class RejectedClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that failed, and its fate: a repair or an extract stands in its place, or nothing does.

    `again` is the fate of a repair that failed as well.
    """

    judged: Judged
    fate: Fate = "dropped"

    @property
    def reason(self) -> str:
        """Name the check that refused the claim and the claim's fate, as the ledger does."""
        verdicts = self.judged.verdicts
        blamed = next((v.check for v in verdicts if v.outcome in REFUSED), "unchecked")
        return f"unsupported: {blamed}" + ("" if self.fate == "dropped" else f"; {self.fate}")


def judge(
    claims: Iterable[Claim], checks: Sequence[Check], evidence: Mapping[str, Item]
) -> tuple[Judged, ...]:
    """Each claim with the verdict of each check; `evidence` maps `source|key` to the item quoted.

    A quote that names an item we do not have leaves the checks without it, and they say so.
    """
    pairs = [(claim, _evidence(claim, evidence)) for claim in claims]
    if not pairs:  # most stories leave nothing to repair
        return ()
    by_check = [_verdicts(check, pairs) for check in checks]
    return tuple(
        Judged(claim=claim, verdicts=tuple(_interned(verdicts[n]) for verdicts in by_check))
        for n, (claim, _) in enumerate(pairs)
    )


@lru_cache(maxsize=4_096)  # ten a sentence, nearly all of a few kinds: kept once, not once a sentence
def _interned(verdict: Verdict) -> Verdict:
    return verdict


def _evidence(claim: Claim, evidence: Mapping[str, Item]) -> tuple[Item, ...]:
    names = dict.fromkeys(f"{q.source}|{q.item_key}" for q in claim.quotes)
    return tuple(_with_quoted(evidence[name], claim) for name in names if name in evidence)


def _with_quoted(item: Item, claim: Claim) -> Item:
    """The item with those passages of its whole text alone that the claim quotes.

    A claim on the abstract is judged by the abstract: a number of some other section is no evidence for it.
    """
    if item.full is None:
        return item
    own = {q.place for q in claim.quotes if (q.source, q.item_key) == (item.source, item.key)}
    passages = tuple(passage for passage in item.full.passages if passage.title in own)
    whole = msgspec.structs.replace(item.full, passages=passages) if passages else msgspec.UNSET
    return msgspec.structs.replace(item, whole=whole)


def _verdicts(check: Check, pairs: Sequence[tuple[Claim, Sequence[Item]]]) -> tuple[Verdict, ...]:
    """Return a verdict for each claim; a check that asks somebody else asks for all of them side by side.

    One that fails, or gives something else, leaves open what it was asked. Raises its own DaybriefError.
    """
    if _asks_many(check):
        given = _asked(check.name, check.check_all, pairs)
        every = given if isinstance(given, tuple) and len(given) == len(pairs) else (given,) * len(pairs)
    else:
        every = tuple(_asked(check.name, check.check, claim, items) for claim, items in pairs)
    return tuple(_taken(check.name, each) for each in every)


def _asked(check: str, call: Callable[..., object], *about: object) -> object:
    try:
        return call(*about)
    except DaybriefError:
        raise
    except (Exception, SystemExit, GeneratorExit) as bug:
        LOG.warning("the check %s failed: %s", check, shown(in_a_line(bug)))
        return _open(check, f"it failed: {type(bug).__name__}")


def _taken(check: str, given: object) -> Verdict:
    if isinstance(given, Verdict) and given.outcome in _OUTCOMES:
        texts: tuple[object, ...] = (given.check, given.why)
        if all(isinstance(text, str) and text.encode(errors="replace").decode() == text for text in texts):
            return given
    return _open(check, f"{type(given).__name__} is no verdict")


def _open(check: str, why: str) -> Verdict:
    return Verdict(check=check, outcome="unclear", why=why)


class _NamedMany(ChecksMany, Check, Protocol):
    """A check of many."""


def _asks_many(check: object) -> TypeGuard[_NamedMany]:
    """Whether it is one of `ChecksMany`, whom to ask takes longer than most checks."""
    return callable(getattr(check, "check_all", None))


def evidence_of(draft_items: Iterable[Item]) -> dict[str, Item]:
    """The items of some stories by `source|key`, as `judge` wants them."""
    return {f"{item.source}|{item.key}": item for item in draft_items}


def account(checked: Iterable[Checked], fallen: Sequence[RejectedClaim] = ()) -> Entry:
    """The ledger line of all claims: those of the sections, and those that fell on the way, with their fate.

    A reason is `unsupported: CHECK`, and behind it what became of the sentence where something did:
    `; repaired`, `; replaced` (by an extract), or `; again` for a repair that failed as well.
    """
    judged = [RejectedClaim(judged=claim) for section in checked for claim in section.judged]
    refs: dict[str, list[str]] = {}
    for entry in (*fallen, *judged):
        if not entry.judged.printable:
            refs.setdefault(entry.reason, []).append(entry.judged.claim.text[:200])
    dropped = tuple(Drop(reason=reason, refs=tuple(texts)) for reason, texts in sorted(refs.items()))
    kept = sum(entry.judged.printable for entry in (*fallen, *judged))
    return Entry(stage="verify", unit="claims", came_in=len(fallen) + len(judged), kept=kept, dropped=dropped)


_SAMPLE_TEXT = "We present a method that needs no labels. It reaches 61.5% on the usual test, up from 50.2%."
_SAMPLE_ITEM = Item(
    key="warm:1", source="warm", kind="paper", title="A method", url="https://a.invalid/", text=_SAMPLE_TEXT
)
_SAMPLE_QUOTE = Quote(
    item_key=_SAMPLE_ITEM.key, source=_SAMPLE_ITEM.source, start=0, end=41, text=_SAMPLE_TEXT[:41]
)
_SAMPLE_CLAIM = Claim(
    text=LANGUAGES[0].sample,
    part="theme",
    quotes=(_SAMPLE_QUOTE,),
    stories=("warm:1",),
)


@contextmanager
def preloaded(writer: Writer, checks: Sequence[Check]) -> Iterator[None]:
    """Load models while the block runs; do nothing for a writer that loads none.

    Checks that ask somebody else (`ports.ChecksMany`) are left alone.
    """
    if not isinstance(writer, Warms):
        yield
        return
    alone = [check for check in checks if not _asks_many(check)]

    def load() -> None:
        writer.warm()
        judge([_SAMPLE_CLAIM], alone, evidence_of([_SAMPLE_ITEM]))

    thread = Thread(target=load, name="preload", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
