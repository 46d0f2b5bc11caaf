"""Answer: which sentences of some stories speak of a question; pure, and nothing is worded anew.

    stories | every sentence and printed claim, weighed | the best, diverse over stories

A sentence is worth the share of the question's weight that it speaks of; what only its title, or only the
rest of its story, speaks of counts for less. A story whose best sentence stays below `ENOUGH` answers
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from daybrief.model import Claim, Item, Quote
from daybrief.text.facts import fact_of
from daybrief.text.junk import junk
from daybrief.text.language import language_of
from daybrief.text.questions import Asked
from daybrief.text.sentences import sentences

ENOUGH = 0.66
"""The share of a question that must be spoken of; chosen on half of the labels in `benchmarks/asking.py`."""

MAYBE = 0.35
"""The share from which a model is worth asking: it may know a word for another."""

TITLE = 0.85  # what a concept is worth that only the title names, and …
SHORT = 0.6  # the most a sentence is worth that lacks the fact asked for: below `ENOUGH`, above `MAYBE`
STORY = 0.45  # … what one is worth that stands elsewhere in the text (both chosen on the same half)
MOST = 5  # sentences of an answer
MOST_EACH = 2  # of one story
_BEHIND = 0.8  # of the best sentence's worth: what is further behind is not told beside it
_MOST_SENTENCES = 60  # of one text


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A story as the archive holds it: what its sources say, and what was printed and checked of it."""

    id: str
    title: str
    url: str
    day: date
    items: tuple[Item, ...]
    claims: tuple[Claim, ...] = ()


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that may answer, which concepts it speaks of itself, and what it is worth, 0..1."""

    story: str
    claim: Claim
    held: frozenset[int]
    worth: float


def weighed(asked: Asked, stories: Iterable[Told]) -> tuple[Extract, ...]:
    """Every sentence of the stories that speaks of the question, the best first; earlier stories win ties."""
    found = [extract for story in stories for extract in _of_story(asked, story)]
    return tuple(sorted(found, key=lambda one: -one.worth))


def worth_of(asked: Asked, story: Told) -> float:
    """How much of the question a story's best sentence speaks of, 0..1."""
    return max((one.worth for one in _of_story(asked, story)), default=0.0)


def chosen(extracts: Sequence[Extract], most: int = MOST) -> tuple[Extract, ...]:
    """The sentences that answer: enough each, near the best, none twice, at most two a story, best first."""
    taken: list[Extract] = []
    least = max(ENOUGH, _BEHIND * extracts[0].worth) if extracts else ENOUGH
    for one in extracts:
        if one.worth < least or len(taken) == most:
            break
        if _adds(one, taken):
            taken.append(one)
    return tuple(taken)


def _adds(one: Extract, taken: Sequence[Extract]) -> bool:
    """Whether a sentence says something of the question that those taken do not; of a story at most two."""
    same = [other for other in taken if other.story == one.story]
    new = one.held and not any(one.held <= other.held for other in same)
    return bool(new) and len(same) < MOST_EACH and all(other.claim.text != one.claim.text for other in taken)


def _of_story(asked: Asked, story: Told) -> Iterator[Extract]:
    fact = fact_of(asked.text)
    title = asked.touched(story.title)
    told = [item for item in story.items if not junk(item.text)]
    whole = asked.touched("\n".join(item.text for item in told)) if told else frozenset()
    candidates = [*story.claims, *(claim for item in told for claim in _sentences(story.id, item))]
    if not told:
        candidates += _titled(story.id, story.items[0])
    said: set[str] = set()
    for claim in candidates:
        held = asked.touched(claim.text)
        worth = asked.share((held, 1.0), (title, TITLE), (whole, STORY))
        if worth > SHORT and fact is not None and not fact.may_stand_in(claim.text):
            worth = SHORT
        if worth > 0 and claim.text not in said:
            said.add(claim.text)
            yield Extract(story=story.id, claim=claim, held=held, worth=worth)


def _sentences(story: str, item: Item) -> Iterator[Claim]:
    for one in sentences(item.text)[:_MOST_SENTENCES]:
        quote = Quote(item_key=item.key, source=item.source, start=one.start, end=one.end, text=one.text)
        yield _claim(story, item, quote)


def _titled(story: str, item: Item) -> Iterator[Claim]:
    if item.title:
        end = len(item.title)
        yield _claim(
            story,
            item,
            Quote(item_key=item.key, source=item.source, start=0, end=end, text=item.title, field="title"),
        )


def _claim(story: str, item: Item, quote: Quote) -> Claim:
    language = item.language or language_of(quote.text)
    return Claim(text=quote.text, part="finding", quotes=(quote,), stories=(story,), language=language)
