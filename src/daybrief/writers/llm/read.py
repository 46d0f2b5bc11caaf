"""A story before a model: the model reads the text and quotes it, or renders sentences chosen before.

    the text, fenced → sentences with quotes → each quote found word for word, or the sentence has none
    extracts → those in another language → one short question a sentence → the rendering, on the same quote

What is rendered has the right evidence by construction: it was chosen before the model was asked. A phrase
that has a fixed translation must keep it. A rendering that cannot be used leaves the quotation as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from daybrief.languages import SOURCE, language_of, language_or_source, mended, own_share
from daybrief.model import Claim, Item, Part, Quote, Ranked, Usage
from daybrief.ports import Answer, Attempt, Llm, Question
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
        """The question about a story: its fullest text, fenced as data."""
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
        claims = (self.claim(ranked, s.part, s.sentence, s.quote) for s in answer.claims[: self._most])
        return tuple(claim for claim in claims if claim is not None)

    def claim(self, ranked: Ranked, part: Part, sentence: str, quote: str) -> Claim | None:
        """The answer's sentence as a claim; None where it is no prose."""
        text = mended(as_prose(sentence))
        if self._form(text):
            return None
        evidence = quoted(quote, fullest(ranked))
        return Claim(
            text=text,
            part=part,
            quotes=(evidence,) if evidence else (),
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
    """The text that a model is shown: what the source lists, then the whole text section by section."""
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
        if span := locate(words, source):
            start, end = span
            return Quote(
                item_key=item.key,
                source=item.source,
                start=start,
                end=end,
                text=source[start:end],
                field=field,
            )
    for passage in item.full.passages if item.full else ():
        if passage.role != "comment" and (span := locate(words, passage.text)):
            start, end = span
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


_LEAST_OWN = 0.3  # of the letters, in the language's own script: names and terms stay Latin
_MOST_TERMS = 6


class RenderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence in the reader's language."""

    sentence: Annotated[str, Meta(max_length=600)]


class Renderer:
    """Puts single sentences into one language."""

    def __init__(self, wording: Prompts, language: str) -> None:
        self._wording = wording
        self._language = language
        self._ending = re.compile(wording.ending)

    def rendered(self, extracts: Attempt, llm: Llm) -> Attempt:
        """The extracts, each that quotes a text in another language rendered; the rest as it is.

        All are asked for side by side. An error of the model is one of the attempt only where nothing stands.
        """
        foreign = [claim for claim in extracts.claims if self._is_foreign(claim)]
        answers = llm.ask([self.question(claim.text) for claim in foreign])
        renderings = dict(zip(foreign, map(self._claim, foreign, answers), strict=True))
        usage = sum_of([answer.usage for answer in answers])
        error = next((answer.error for answer in answers if answer.error is not None), None)
        if answers and all(answer.error is not None for answer in answers):
            return Attempt(usage=usage, error=error)
        return Attempt(claims=tuple(renderings.get(c, c) for c in extracts.claims), usage=usage)

    def question(self, sentence: str) -> Question:
        """The question about a sentence, fenced as data, with the fixed translations of its phrases."""
        terms = self._terms(sentence)
        listed = (self._wording.render.term.format(source=s, target=t) for s, t in terms)
        prompt = self._wording.render.user.format(
            terms="\n".join(listed), sentence=fenced("SENTENCE", sentence)
        )
        return Question(
            name=f"render {self._language} {self._wording.version}",
            system=self._wording.render.system.strip(),
            prompt=prompt.strip(),
            shape=RenderAnswer,
            complaint=lambda answer: self.fault(sentence, answer.sentence),
        )

    def fault(self, source: str, sentence: str) -> str:
        """The reason why a rendering of a source's sentence cannot stand; "" when it can."""
        text = as_prose(sentence)
        if why := not_prose(text):
            return f"the sentence cannot be printed for {why}"
        if not self._ending.search(text):
            return "the sentence does not end as asked"
        if language_or_source(self._language).must_prevail and own_share(text, self._language) < _LEAST_OWN:
            return "the sentence is not in the language asked for"
        packed = _packed(text)
        lacks = [
            t
            for s, t in self._terms(source)
            if _packed(t) not in packed and _packed(s.removesuffix("s")) not in packed
        ]
        return f"the sentence lacks {', '.join(lacks)}" if lacks else ""

    def _terms(self, sentence: str) -> Sequence[tuple[str, str]]:
        return language_or_source(self._language).terms(sentence)[:_MOST_TERMS]

    def _is_foreign(self, claim: Claim) -> bool:
        """Whether it repeats a sentence of a text in another language; a title alone is no sentence."""
        whole = any(quote.field == "text" and quote.text == claim.text for quote in claim.quotes)
        return whole and (claim.language or language_of(claim.text) or SOURCE) != self._language

    def _claim(self, claim: Claim, answer: Answer) -> Claim:
        if answer.value is None:
            return claim
        text = mended(as_prose(answer.value.sentence))
        return msgspec.structs.replace(claim, text=text, language=self._language)


def sum_of(usages: Sequence[Usage]) -> Usage:
    """The sum of the answers' costs."""
    return Usage(
        calls=sum(usage.calls for usage in usages),
        tokens_in=sum(usage.tokens_in for usage in usages),
        tokens_out=sum(usage.tokens_out for usage in usages),
        cost_usd=round(sum(usage.cost_usd for usage in usages), 6),
    )


def _packed(text: str) -> str:
    return "".join(text.split()).casefold()
