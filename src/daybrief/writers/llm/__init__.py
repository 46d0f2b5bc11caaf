"""A language model writes: it reads each story alone, then says what runs through a section.

    one story's text, fenced → sentences with quotes → each quote found word for word, or the sentence falls
    a section's proved sentences, numbered → sentences that name two stories' numbers and keep to their words

What a story says is printed as it was read, story by story; synthesis only adds sentences that rest on
several stories. So a text that talks a model into anything changes no sentence of another story. Addresses
and markup never come from a model: a sentence that holds any is dropped. Keywords are counted, not written.
"""

from __future__ import annotations

from collections.abc import Sequence

import daybrief
from daybrief.errors import ConfigError
from daybrief.model import Author, Claim, Ranked, Taxonomy
from daybrief.ports import Answer, Attempt, Llm, ModelSettings, Reading, Tools
from daybrief.text.junk import junk
from daybrief.text.prompts import prompts
from daybrief.writers import extractive
from daybrief.writers.llm.read import Reader, fullest
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
    """Implements `ports.Writer` and `ports.Together`."""

    def __init__(self, options: Options, llm: Llm, taxonomy: Taxonomy, language: str) -> None:
        chosen = options.language or language
        wording = prompts(chosen)
        self._llm = llm
        self._reader = Reader(wording, chosen, options.most_read)
        self._synthesist = Synthesist(wording, chosen, options.most_shared, taxonomy)
        self._extracts = extractive.Extractive(extractive.Options(keywords=options.keywords), language)
        prompt = f"{chosen} {wording.version}"
        self.author = Author(
            name=NAME,
            version=daybrief.__version__,
            model=f"{options.provider}:{options.model}",
            prompt=prompt,
        )

    def read(self, ranked: Ranked) -> tuple[Claim, ...]:
        """What `read_all` says of one story."""
        return _claims(self.read_all([ranked])[0])

    def synthesise(self, reading: Reading) -> tuple[Claim, ...]:
        """What `synthesise_all` makes of one section."""
        return _claims(self.synthesise_all([reading])[0])

    def read_all(self, ranked: Sequence[Ranked]) -> tuple[Attempt, ...]:
        """Sentences about each story, each with the words it rests on; one call a story.

        A story without a text, or with a cookie banner for one, costs none: its title is all there is to say.
        """
        told = [one for one in ranked if not junk(fullest(one).text, least=_LEAST_TEXT)]
        answers = dict(
            zip(
                (one.story.id for one in told),
                self._llm.ask([*map(self._reader.question, told)]),
                strict=True,
            )
        )
        return tuple(
            self._read(one, answers[one.story.id])
            if one.story.id in answers
            else Attempt(claims=self._extracts.read(one))
            for one in ranked
        )

    def synthesise_all(self, readings: Sequence[Reading]) -> tuple[Attempt, ...]:
        """The parts of each section: sentences over several stories first, then those of each story."""
        shared = [number for number, reading in enumerate(readings) if self._synthesist.has_to_say(reading)]
        asked = self._llm.ask([self._synthesist.question(readings[number]) for number in shared])
        answers = dict(zip(shared, asked, strict=True))
        return tuple(
            self._synthesised(reading, answers.get(number, Answer()))
            for number, reading in enumerate(readings)
        )

    def _read(self, one: Ranked, answer: Answer) -> Attempt:
        claims = self._reader.claims(one, answer.value) if answer.error is None else ()
        return Attempt(claims=claims, usage=answer.usage, error=answer.error)

    def _synthesised(self, reading: Reading, answer: Answer) -> Attempt:
        shared = self._synthesist.claims(reading, answer.value) if answer.value is not None else ()
        counted = self._extracts.synthesise(
            Reading(category=reading.category, ranked=reading.ranked, claims=(), trends=reading.trends)
        )
        # Without an answer the section only lacks what runs through it: what was read still stands.
        claims = arranged(shared, counted, reading.claims)
        return Attempt(claims=claims, usage=answer.usage, error=answer.error)


def _claims(attempt: Attempt) -> tuple[Claim, ...]:
    if attempt.error is not None:
        raise attempt.error
    return attempt.claims


def make(options: Options, tools: Tools) -> ModelWriter:
    """The writer; nothing is asked of the model yet. Raises ConfigError where no model may be reached."""
    if tools.llm is None:
        raise ConfigError("no language model can be reached here", hint='set writer = { use = "extractive" }')
    return ModelWriter(options, tools.llm(options), tools.taxonomy, tools.language)
