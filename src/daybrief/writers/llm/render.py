"""Select, then render: the embedded writer chooses sentences, a model puts each into the reader's language.

    extracts → those in another language → one short question a sentence → the rendering, on the same quote

The evidence is right by construction: it was chosen before the model was asked. A phrase that has a fixed
translation must keep it. A sentence that comes out unusable stays what it was, a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from daybrief.languages import SOURCE, language_of, language_or_source, mended, own_share
from daybrief.model import Claim, Usage
from daybrief.ports import Answer, Attempt, Llm, Question
from daybrief.text.prompts import Prompts, fenced
from daybrief.text.sentences import as_prose, not_prose

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
        """One sentence, fenced as data, with the fixed translations of its phrases."""
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
        """Why a rendering of a source's sentence cannot stand, "" where nothing speaks against it."""
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
    """What several answers cost together."""
    return Usage(
        calls=sum(usage.calls for usage in usages),
        tokens_in=sum(usage.tokens_in for usage in usages),
        tokens_out=sum(usage.tokens_out for usage in usages),
        cost_usd=round(sum(usage.cost_usd for usage in usages), 6),
    )


def _packed(text: str) -> str:
    return "".join(text.split()).casefold()
