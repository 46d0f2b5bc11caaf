"""Answering a question: read each story alone, then say it in sentences that rest on what was proved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from daybrief.languages import mended
from daybrief.model import Claim, Item
from daybrief.ports import Question
from daybrief.text.prompts import asking, fenced, prompts
from daybrief.text.sentences import as_prose, not_prose
from daybrief.writers.llm.read import complaint_of, quoted
from daybrief.writers.llm.synthesise import numbered, shared_words

MOST_READ = 3  # sentences from one story
MOST_SAID = 5  # sentences of an answer


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence that answers, and the words of the source it rests on."""

    sentence: Annotated[str, Meta(max_length=600)]
    quote: Annotated[str, Meta(max_length=1_000)]


class PassagesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one story says to a question; nothing when it does not answer it."""

    claims: Annotated[list[Passage], Meta(max_length=6)]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of the answer, and the numbers of the sentences it rests on."""

    sentence: Annotated[str, Meta(max_length=600)]
    claims: Annotated[list[Annotated[str, Meta(max_length=8)]], Meta(max_length=24)]


class SaidAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer as a model words it."""

    sentences: Annotated[list[Said], Meta(max_length=8)]


class Respondent:
    """Asks a model somebody's question in one language; ConfigError for one without prompts."""

    def __init__(self, question: str, language: str) -> None:
        self._question = question
        self._language = language
        self._shared = prompts(language)
        self._wording = asking(language)
        self._ending = re.compile(self._shared.ending)

    # ── one story ────────────────────────────────────────────────────────────────────────────────

    def about(self, item: Item) -> Question:
        """Which sentences of this text answer the question; text and question are fenced as data."""
        prompt = self._wording.read.user.format(
            most=MOST_READ,
            question=fenced("QUESTION", self._question),
            title=fenced("TITLE", item.title),
            source=fenced("SOURCE", item.text or item.title),
            glossary=self._shared.glossary_for(f"{item.title} {item.text}"),
        )

        return Question(
            name=f"ask {self._language} {self._wording.version}",
            system=self._wording.read.system.strip(),
            prompt=prompt.strip(),
            shape=PassagesAnswer,
            complaint=lambda answer: complaint_of("claim", [self._fault(p, item) for p in answer.claims]),
        )

    def claims(self, story: str, item: Item, answer: PassagesAnswer) -> tuple[Claim, ...]:
        """The sentences whose quote stands in the text, ready for the checks."""
        return tuple(
            Claim(
                text=mended(as_prose(passage.sentence)),
                part="finding",
                quotes=(quote,),
                stories=(story,),
                language=self._language,
            )
            for passage in answer.claims[:MOST_READ]
            if not self._fault(passage, item) and (quote := quoted(passage.quote, item))
        )

    def _fault(self, passage: Passage, item: Item) -> str:
        if form := self._form(as_prose(passage.sentence)):
            return form
        return "" if quoted(passage.quote, item) else "its quote is not in the source word for word"

    # ── all of them ──────────────────────────────────────────────────────────────────────────────

    def over(self, claims: Sequence[Claim]) -> Question:
        """The answer, from numbered sentences that were proved and from nothing else."""
        text = numbered(claims)
        prompt = self._wording.synthesise.user.format(
            most=MOST_SAID,
            question=fenced("QUESTION", self._question),
            claims=fenced("CLAIMS", text),
            glossary=self._shared.glossary_for(text),
        )

        return Question(
            name=f"answer {self._language} {self._wording.version}",
            system=self._wording.synthesise.system.strip(),
            prompt=prompt.strip(),
            shape=SaidAnswer,
            complaint=lambda answer: complaint_of(
                "sentence", [self._unfounded(said, claims) for said in answer.sentences]
            ),
            insists=False,  # without it the proved sentences stand as they were read
        )

    def said(self, claims: Sequence[Claim], answer: SaidAnswer) -> tuple[Claim, ...]:
        """The sentences that keep to the claims they name, with those claims' quotes."""
        kept = [s for s in answer.sentences[:MOST_SAID] if not self._unfounded(s, claims)]
        return tuple(self._answering(_named(said, claims), said) for said in kept)

    def _answering(self, named: Sequence[Claim], said: Said) -> Claim:
        return Claim(
            text=mended(as_prose(said.sentence)),
            part="finding",
            quotes=tuple(dict.fromkeys(quote for claim in named for quote in claim.quotes)),
            stories=tuple(dict.fromkeys(story for claim in named for story in claim.stories)),
            language=self._language,
        )

    def _unfounded(self, said: Said, claims: Sequence[Claim]) -> str:
        sentence, named = as_prose(said.sentence), _named(said, claims)
        if form := self._form(sentence):
            return form
        if not named or len(named) != len(set(said.claims)):
            return "it names no claim, or one that is not there"
        told = " ".join(claim.text for claim in named)
        return "" if shared_words(sentence, [told], least=1) else "it says what none of its claims says"

    def _form(self, sentence: str) -> str:
        if why := not_prose(sentence):
            return f"its sentence cannot be printed for {why}"
        return "" if self._ending.search(sentence) else "its sentence does not end as asked"


def _named(said: Said, claims: Sequence[Claim]) -> list[Claim]:
    numbered = {f"c{number}": claim for number, claim in enumerate(claims, 1)}
    return [numbered[name] for name in dict.fromkeys(said.claims) if name in numbered]
