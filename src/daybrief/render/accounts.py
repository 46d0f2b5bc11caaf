"""What a page says of its own making: gaps, authorship, what fell, the ledger, the state of the sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from daybrief.model import Edition, Usage
from daybrief.text.phrases import Phrases
from daybrief.text.plain import line

_OPEN = frozenset({"waiting", "stalled", "failed"})
_FATES = ("repaired", "replaced", "again")  # of a sentence that failed, as the ledger's reasons name them


def notices(edition: Edition, say: Phrases) -> Iterator[str]:
    """What the reader must know first: gaps, an empty day, and how the sentences were made."""
    gaps = [source_name(r.source, say) for r in edition.sources if r.state in _OPEN]
    if not edition.stories:
        yield say(f"edition.{edition.state}")
    elif gaps:
        yield say("edition.partial", sources=", ".join(gaps))
    yield from _provenance(edition, say)


def author(edition: Edition, say: Phrases) -> str:
    """Who wrote the sentences, in one line."""
    drafts = [section.checked.draft for section in edition.sections if section.checked.kept]
    models = list(dict.fromkeys(d.author.model for d in drafts if d.author.model))
    if not models:
        return say("author.extracts")
    whole = all(d.author.model and not d.fallbacks for d in drafts)
    return say("author.model" if whole else "author.mixed", model=", ".join(models))


def _provenance(edition: Edition, say: Phrases) -> Iterator[str]:
    """Which model and prompts, what it cost, what fell and what the embedded writer took over, and why."""
    drafts = [section.checked.draft for section in edition.sections]
    for model, prompt in dict.fromkeys((d.author.model, d.author.prompt) for d in drafts if d.author.model):
        yield say("author.prompts", model=model, prompt=prompt or "–")
    filing = (e.usage for e in edition.ledger.entries if isinstance(e.usage, Usage))
    bill = Usage().plus(*(d.usage for d in drafts), *filing)
    if bill.calls:
        tokens = bill.tokens_in + bill.tokens_out
        yield say("author.usage", calls=bill.calls, tokens=tokens, cost=f"{bill.cost_usd:.4f}")
    taken = len({story for d in drafts for story in d.fallbacks})
    if taken:
        yield say("author.fallbacks", n=taken)
    yield from (_sentence(line(why, 200)) for why in dict.fromkeys(why for d in drafts for why in d.why))
    fallen = _fallen(edition)
    yield from (say(f"author.{fate}", n=fallen[fate]) for fate in (*_FATES[:2], "fallen") if fallen[fate])


def _sentence(reason: str) -> str:
    """A reason among sentences: with its full stop."""
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."


def _fallen(edition: Edition) -> Counter[str]:
    """How many sentences failed the checks, by what became of them: `fallen` where nothing took their place.

    A repair that failed as well is not counted again: the sentence it was to repair is.
    """
    counted: Counter[str] = Counter()
    for entry in edition.ledger.entries:
        for drop in entry.dropped if entry.unit == "claims" else ():
            counted[drop.reason.partition("; ")[2] or "fallen"] += len(drop.refs)
    return counted


def ledger(edition: Edition, say: Phrases) -> Iterator[tuple[str, ...]]:
    """The rows of the ledger: stage, unit, in, kept, merged, dropped, why."""
    for entry in edition.ledger.entries:
        dropped = sum(len(drop.refs) for drop in entry.dropped)
        why = ", ".join(f"{reason(drop.reason, say)} {len(drop.refs)}" for drop in entry.dropped)
        numbers = (entry.came_in, entry.kept, entry.merged, dropped)
        stage, unit = say.get(f"stage.{entry.stage}", entry.stage), say(f"unit.{entry.unit}")
        yield (stage, unit, *map(str, numbers), why)


def reason(code: str, say: Phrases) -> str:
    """Why something was dropped, in words; a code no phrase knows stays itself."""
    name, colon, check = code.partition(": ")
    if colon and name == "unsupported":
        check, _, fate = check.partition("; ")
        then = f", {say(f'reason.{fate}')}" if fate in _FATES else ""
        return say("reason.unsupported", check=check) + then
    return say.get(f"reason.{code}", line(code, 60))


def sources(edition: Edition, say: Phrases) -> Iterator[tuple[str, ...]]:
    """The rows of the sources: name, state, items, unusable, requests, note."""
    for report in edition.sources:
        note = ": ".join(line(text, 160) for text in (report.error, report.hint) if text)
        numbers = map(str, (report.items, report.dropped, report.requests))
        yield (source_name(report.source, say), say(f"state.{report.state}"), *numbers, note)


def made(edition: Edition, say: Phrases) -> str:
    """By which version, with which taxonomy and when the edition was made."""
    at = f"{edition.made_at:%Y-%m-%d %H:%M}"
    return say("made.line", made_by=edition.made_by, taxonomy=edition.taxonomy, at=at)


def source_name(name: str, say: Phrases) -> str:
    """What the page calls a source."""
    return say.get(f"source_name.{name}", line(name, 60))
