"""A language model writes: it reads each story alone, then says what runs through a section.

    one story's text, fenced → sentences with quotes → each quote found word for word, or the sentence falls
    a section's proved sentences, numbered → sentences that name two stories' numbers and keep to their words
    sentences the checks refuse, with the reason → written again, once

What a story says is printed as it was read, story by story; synthesis only adds sentences that rest on
several stories. So a text that talks a model into anything changes no sentence of another story. Addresses
and markup never come from a model: a sentence that holds any is dropped. Keywords are counted, not written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import daybrief
from daybrief.errors import ConfigError
from daybrief.model import Author, Claim, Judged, Ranked, Taxonomy
from daybrief.ports import Answer, Attempt, Llm, ModelSettings, Question, Reading, Tools, Warms
from daybrief.text.prompts import prompts
from daybrief.text.sentences import junk
from daybrief.writers import extractive
from daybrief.writers.llm.read import Reader, fullest
from daybrief.writers.llm.repair import Repairer
from daybrief.writers.llm.synthesise import Synthesist, arranged

NAME = "llm"
_LEAST_TEXT = 80  # characters; of less there is nothing to sum up


class Options(ModelSettings, frozen=True, kw_only=True):
    """The model (see `ports.ModelSettings` for its settings), and how it writes.

    language: `ko`, `en`, `ja` or `zh`; empty means the language of the edition.
    most_read: sentences about one story at the most.
    most_shared: sentences about a section as a whole at the most.
    keywords: keywords named per section.
    """

    language: str = ""
    most_read: int = 4
    most_shared: int = 3
    keywords: int = 5


class ModelWriter:
    """Implements `ports.Writer`, `ports.Repairs` and `ports.Warms`."""

    def __init__(self, options: Options, llm: Llm, taxonomy: Taxonomy, language: str) -> None:
        chosen = options.language or language
        wording = prompts(chosen)
        # Nearly as many again wait their turn, so that no place is empty while a question is put together.
        # With one place nobody waits, and questions are asked in their order.
        self.concurrency = 2 * max(1, options.parallel) - 1
        self._llm = llm
        self._reader = Reader(wording, chosen, options.most_read)
        self._synthesist = Synthesist(wording, chosen, options.most_shared, taxonomy)
        self._repairer = Repairer(wording, chosen, self._reader, self._synthesist, taxonomy)
        self._extracts = extractive.Extractive(extractive.Options(keywords=options.keywords), language)
        prompt = f"{chosen} {wording.version}"
        self.author = Author(
            name=NAME,
            version=daybrief.__version__,
            model=f"{options.provider}:{options.model}",
            prompt=prompt,
        )

    def read(self, ranked: Ranked) -> Attempt:
        """Sentences about a story, each with the words it rests on; one call.

        A story without a text, or with a cookie banner for one, costs none: its title is all there is to say.
        """
        if junk(fullest(ranked).text, least=_LEAST_TEXT):
            return self._extracts.read(ranked)
        answer = self._asked(self._reader.question(ranked))
        return _attempt(answer, lambda value: self._reader.claims(ranked, value))

    def synthesise(self, reading: Reading) -> Attempt:
        """The parts of a section: sentences over several stories first, then those of each story."""
        counted = self._extracts.synthesise(
            Reading(category=reading.category, ranked=reading.ranked, claims=(), trends=reading.trends)
        )
        has_to_say = self._synthesist.has_to_say(reading)
        answer = self._asked(self._synthesist.question(reading)) if has_to_say else Answer()
        shared = self._synthesist.claims(reading, answer.value) if answer.value is not None else ()
        # Without an answer the section only lacks what runs through it: what was read still stands.
        claims = arranged(shared, counted.claims, reading.claims)
        return Attempt(claims=claims, usage=answer.usage, error=answer.error)

    def repair_story(self, ranked: Ranked, failed: Sequence[Judged]) -> Attempt:
        """The failed sentences about a story, written again; one call."""
        answer = self._asked(self._repairer.of_story(ranked, failed))
        return _attempt(answer, lambda value: self._repairer.story_claims(ranked, failed, value))

    def repair_section(self, reading: Reading, failed: Sequence[Judged]) -> Attempt:
        """The failed sentences over several stories, written again; one call."""
        answer = self._asked(self._repairer.of_section(reading, failed))
        return _attempt(answer, lambda value: self._repairer.section_claims(reading, failed, value))

    def warm(self) -> None:
        """Load the library that speaks to the model."""
        if isinstance(self._llm, Warms):
            self._llm.warm()

    def _asked(self, question: Question) -> Answer:
        return self._llm.ask([question])[0]


def _attempt(answer: Answer, claims: Callable[[Any], tuple[Claim, ...]]) -> Attempt:
    made = claims(answer.value) if answer.error is None else ()
    return Attempt(claims=made, usage=answer.usage, error=answer.error)


def make(options: Options, tools: Tools) -> ModelWriter:
    """The writer; nothing is asked of the model yet. Raises ConfigError where no model may be reached."""
    if tools.llm is None:
        raise ConfigError("no language model can be reached here", hint='set writer = { use = "extractive" }')
    return ModelWriter(options, tools.llm(options), tools.taxonomy, tools.language)
