"""Reading one story: the question, and what of the answer can stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from daybrief.languages import mended
from daybrief.model import Claim, Item, Part, Quote, Ranked
from daybrief.ports import Question
from daybrief.text.prompts import Prompts, fenced
from daybrief.text.sentences import as_prose, leads_away, locate, not_prose, worth_reading

_LEAST_QUOTE = 12  # characters: less proves nothing


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence and the words of the source it rests on."""

    part: Literal["theme", "finding", "impact", "outlook"]
    sentence: Annotated[str, Meta(max_length=600)]
    quote: Annotated[str, Meta(max_length=1_000)]


class ReadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says of one story."""

    claims: Annotated[list[Statement], Meta(max_length=8)]


class Reader:
    """Asks about stories in one language."""

    def __init__(self, wording: Prompts, language: str, most: int) -> None:
        self._wording = wording
        self._language = language
        self._most = most
        self._ending = re.compile(wording.ending)

    def question(self, ranked: Ranked) -> Question:
        """One story's fullest text, fenced as data."""
        item = fullest(ranked)
        prompt = self._wording.read.user.format(
            most=self._most,
            title=fenced("TITLE", item.title),
            source=fenced("SOURCE", _source(item)),
            glossary=self._wording.glossary_for(f"{item.title} {item.text}"),
        )

        def complaint(answer: ReadAnswer) -> str:
            faults = [self._fault(statement, item) for statement in answer.claims]
            return complaint_of("claim", faults) if faults else "claims is empty"

        return Question(
            name=f"read {self._language} {self._wording.version}",
            system=self._wording.read.system.strip(),
            prompt=prompt.strip(),
            shape=ReadAnswer,
            complaint=complaint,
        )

    def claims(self, ranked: Ranked, answer: ReadAnswer) -> tuple[Claim, ...]:
        """The sentences that may be shown to the checks; one whose quote is nowhere has none, and will fall.

        A sentence that is no prose is left out without a word of it: it may be somebody's link.
        """
        said = (self.claim(ranked, s.part, s.sentence, s.quote) for s in answer.claims[: self._most])
        return tuple(claim for claim in said if claim is not None)

    def claim(self, ranked: Ranked, part: Part, sentence: str, quote: str) -> Claim | None:
        """One sentence about a story; None where it is no prose."""
        text = mended(as_prose(sentence))
        if self._form(text):
            return None
        found = quoted(quote, fullest(ranked))
        return Claim(
            text=text,
            part=part,
            quotes=(found,) if found else (),
            stories=(ranked.story.id,),
            language=self._language,
        )

    def _fault(self, statement: Statement, item: Item) -> str:
        form = self._form(as_prose(statement.sentence))
        if not form and not quoted(statement.quote, item):
            return "its quote is not in the source word for word, or holds a link"
        return form

    def _form(self, sentence: str) -> str:
        if why := not_prose(sentence):
            return f"its sentence cannot be printed for {why}"
        return "" if self._ending.search(sentence) else "its sentence does not end as asked"


def _source(item: Item) -> str:
    """What a model is shown of a text: what the source lists, then the whole text section by section."""
    passages = (p for p in (item.full.passages if item.full else ()) if p.role != "comment")
    return "\n\n".join(part for part in (item.text, *(f"[{p.title}] {p.text}" for p in passages)) if part)


def quoted(words: str, item: Item) -> Quote | None:
    """The quote at its exact place in the item's text, its title or a passage; None when it is in none.

    Nor is a quote that leads away: it would be printed in a footnote.
    """
    if len(words.strip()) < _LEAST_QUOTE or leads_away(words):
        return None
    fields: tuple[Literal["text", "title"], ...] = ("text", "title")
    for field in fields:
        source: str = getattr(item, field)
        if found := locate(words, source):
            start, end = found
            return Quote(
                item_key=item.key,
                source=item.source,
                start=start,
                end=end,
                text=source[start:end],
                field=field,
            )
    for passage in item.full.passages if item.full else ():
        if passage.role != "comment" and (found := locate(words, passage.text)):
            start, end = found
            return Quote(
                item_key=item.key,
                source=item.source,
                start=start,
                end=end,
                text=passage.text[start:end],
                field="whole",
                section=passage.title,
            )
    return None


def fullest(ranked: Ranked) -> Item:
    """The item of a story with the longest text worth reading; the lead where there is none."""
    return worth_reading(ranked.story.items) or ranked.story.lead


def complaint_of(noun: str, faults: Sequence[str]) -> str:
    """The complaint when no sentence can stand, "" as soon as one can."""
    if not faults or "" in faults:
        return ""
    return "; ".join(f"{noun} {n + 1}: {fault}" for n, fault in enumerate(faults))
