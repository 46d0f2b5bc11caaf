"""The gist of a story: two or three sentences in the reader's language, made from checked slots.

    item → slots → what it is (1) → what it does or found (1) → what is released (1) → claims

A story already told in the reader's language gives its own best sentence, word for word. Every claim carries
the words it was made from. A slot whose words are not sure is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from daybrief.languages import SOURCE, language_of, language_or_source
from daybrief.languages.telling import Teller
from daybrief.model import Claim, Item, Quote
from daybrief.text.sentences import leads_away
from daybrief.writers.extractive.salience import choose
from daybrief.writers.extractive.slots import Slot, Slots, slots

_LONGEST = 150  # characters of a sentence: beyond, it is no gist
_PLENTY = 45  # characters from which a first sentence tells enough


def gist(item: Item, story: str, language: str) -> tuple[Claim, ...]:
    """The gist of one item as claims about a story; () in a language without a teller."""
    own = item.language or language_of(f"{item.title} {item.text}")
    if own == language != SOURCE:
        return tuple(_verbatim(item, story, language))
    teller = language_or_source(language).teller()
    if own != SOURCE or teller is None:
        return ()
    filled = slots(item)
    return tuple(_claim(item, story, language, slot, text) for slot, text in _sentences(filled, teller))


def _sentences(filled: Slots, teller: Teller) -> Iterator[tuple[Slot, str]]:
    """At most one sentence of each sort, none twice."""
    used: set[tuple[int, int]] = set()
    opening = _opening(filled, teller)
    if opening:
        used.add((opening[0].start, opening[0].end))
        yield opening
    following = _first((*filled.results, *filled.findings, *filled.deeds, *filled.studies), teller, used)
    if following:
        yield following
    if released := _first(filled.releases, teller, set()):
        yield released


def _opening(filled: Slots, teller: Teller) -> tuple[Slot, str] | None:
    """What it is: the first offer or study that tells enough, else the headline, else the fullest of all."""
    told = list(_told((*filled.news, *filled.offers, *filled.studies), teller))
    enough = next((one for one in told if len(one[1]) >= _PLENTY), None)
    if enough:
        return enough
    fullest = max((*told, *_told(filled.topics, teller)), key=lambda one: len(one[1]), default=None)
    return fullest or next(_told(filled.hints, teller), None)


def _first(candidates: Iterable[Slot], teller: Teller, used: set[tuple[int, int]]) -> tuple[Slot, str] | None:
    fresh = (slot for slot in candidates if (slot.start, slot.end) not in used)
    return next(_told(fresh, teller), None)


def _told(candidates: Iterable[Slot], teller: Teller) -> Iterator[tuple[Slot, str]]:
    for slot in candidates:
        text = teller.tell(slot.fact)
        if text and len(text) <= _LONGEST:
            yield slot, text


def _claim(item: Item, story: str, language: str, slot: Slot, text: str) -> Claim:
    source = item.title if slot.title else item.text
    quote = Quote(
        item_key=item.key,
        source=item.source,
        start=slot.start,
        end=slot.end,
        text=source[slot.start : slot.end],
        field="title" if slot.title else "text",
    )
    return Claim(text=text, part="gist", quotes=(quote,), stories=(story,), language=language)


def _verbatim(item: Item, story: str, language: str) -> Iterator[Claim]:
    for run in choose(item.title, item.text, most=1, language=language):
        if not leads_away(run.text):
            quote = Quote(item_key=item.key, source=item.source, start=run.start, end=run.end, text=run.text)
            yield Claim(text=run.text, part="gist", quotes=(quote,), stories=(story,), language=language)
