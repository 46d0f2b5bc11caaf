"""A language model writes: it reads each story alone, then says what runs through a section.

    one story's text, fenced → sentences with quotes → each quote found word for word, or the sentence falls
    a section's proved sentences, numbered → sentences that name two stories' numbers and keep to their words
    sentences the checks refuse, with the reason → written again, once

What a story says is printed as it was read, story by story; synthesis only adds sentences that rest on
several stories. So a text that talks a model into anything changes no sentence of another story. Addresses
and markup never come from a model: a sentence that holds any is dropped. Keywords are counted, not written.

A model that cannot quote only renders: the embedded writer chooses the sentences, and the model puts each
into the reader's language (`read.py`). Which of the two a local model does is measured by its trial.

What is to be repaired is fenced like any other foreign text: a model wrote it, perhaps at somebody else's
word. An answer is taken or left; nobody is asked a third time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

import daybrief
from daybrief.errors import ConfigError, ModelUnavailable, WriterError
from daybrief.model import REFUSED, Author, Claim, Judged, Ranked, Taxonomy
from daybrief.ports import (
    Answer,
    Attempt,
    Llm,
    ModelSettings,
    Question,
    Reading,
    Tools,
    Tried,
    Warms,
    WritingMode,
)
from daybrief.text.plain import line
from daybrief.text.prompts import Prompts, Wording, fenced, prompts
from daybrief.text.sentences import junk
from daybrief.writers.llm.read import Reader, Renderer, fullest
from daybrief.writers.llm.synthesise import Shared, Synthesist, arranged, numbered, usable

_MOST_DETAIL = 200  # characters of what a check says

Number = Annotated[str, Meta(max_length=8)]
Sentence = Annotated[str, Meta(max_length=600)]


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence in the place of one that failed, and the words of the source it rests on."""

    number: Number
    sentence: Sentence
    quote: Annotated[str, Meta(max_length=1_000)]


class RepairAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model makes of the failed sentences about one story."""

    sentences: Annotated[list[Repaired], Meta(max_length=8)]


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence over several stories in the place of one that failed, and the claims it rests on."""

    number: Number
    sentence: Sentence
    claims: Annotated[list[Annotated[str, Meta(max_length=8)]], Meta(max_length=24)]


class MendAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model makes of the failed sentences over one section."""

    sentences: Annotated[list[Mended], Meta(max_length=8)]


Entry = TypeVar("Entry", Repaired, Mended)


class Repairer:
    """Asks once more, in one language, with the same rules for what may stand."""

    def __init__(
        self, wording: Prompts, language: str, reader: Reader, synthesist: Synthesist, taxonomy: Taxonomy
    ) -> None:
        self._wording = wording
        self._language = language
        self._reader = reader
        self._synthesist = synthesist
        self._taxonomy = taxonomy

    def of_story(self, ranked: Ranked, failed: Sequence[Judged]) -> Question:
        """All that failed about one story, with its text."""
        item = fullest(ranked)
        return self._question(
            "repair",
            self._wording.repair,
            RepairAnswer,
            failed=fenced("FAILED", self._listed(failed, "c")),
            title=fenced("TITLE", item.title),
            source=fenced("SOURCE", item.text),
            glossary=self._wording.glossary_for(f"{item.title} {item.text}"),
        )

    def of_section(self, reading: Reading, failed: Sequence[Judged]) -> Question:
        """All that failed about one section, with its verified sentences."""
        claims = numbered(usable(reading))
        return self._question(
            "mend",
            self._wording.mend,
            MendAnswer,
            failed=fenced("FAILED", self._listed(failed, "f")),
            category=self._taxonomy[reading.category].label(self._language),
            claims=fenced("CLAIMS", claims),
            glossary=self._wording.glossary_for(claims),
        )

    def story_claims(
        self, ranked: Ranked, failed: Sequence[Judged], answer: RepairAnswer
    ) -> tuple[Claim, ...]:
        """Returns a claim for each failed one that the answer names, in its part."""

        def made(entry: Repaired, old: Claim) -> Claim | None:
            return self._reader.claim(ranked, old.part, entry.sentence, entry.quote)

        return tuple(_made(answer.sentences, failed, "c", made))

    def section_claims(
        self, reading: Reading, failed: Sequence[Judged], answer: MendAnswer
    ) -> tuple[Claim, ...]:
        """Returns a claim for each failed one that the answer names, by the rules of synthesis."""

        def made(entry: Mended, old: Claim) -> Claim | None:
            part: Any = old.part
            return self._synthesist.claim(
                Shared(part=part, sentence=entry.sentence, claims=entry.claims), reading
            )

        return tuple(_made(answer.sentences, failed, "f", made))

    def _question(self, name: str, wording: Wording, shape: type[Any], **fields: str) -> Question:
        return Question(
            name=f"{name} {self._language} {self._wording.version}",
            system=wording.system.strip(),
            prompt=wording.user.format(**fields).strip(),
            shape=shape,
            insists=False,
            again=False,
        )

    def _listed(self, failed: Sequence[Judged], letter: str) -> str:
        rows = (
            f"{letter}{number} {judged.claim.text}\n{self._wrong(judged)}"
            for number, judged in enumerate(failed, 1)
        )
        return "\n\n".join(rows)

    def _wrong(self, judged: Judged) -> str:
        """The names of the failed checks in the reader's language, with their details."""
        refusals = (v for v in judged.verdicts if v.outcome in REFUSED)
        return "; ".join(
            f"{self._wording.checks.get(v.check, v.check)} ({line(v.why, _MOST_DETAIL)})" for v in refusals
        )


def _made(
    entries: Sequence[Entry],
    failed: Sequence[Judged],
    letter: str,
    made: Callable[[Entry, Claim], Claim | None],
) -> Iterator[Claim]:
    """The first entry of each number that exists, made a claim where it can be one."""
    first = {entry.number: entry for entry in reversed(entries)}
    for number, judged in enumerate(failed, 1):
        entry = first.get(f"{letter}{number}")
        claim = made(entry, judged.claim) if entry is not None else None
        if claim is not None:
            yield claim


NAME = "llm"
_REDRAFT_TEMPERATURE = 0.8
_LEAST_TEXT = 80  # characters; of less there is nothing to sum up


class Options(ModelSettings, frozen=True, kw_only=True):
    """The model (see `ports.ModelSettings` for its settings), and how it writes.

    language: `ko`, `en`, `ja` or `zh`; empty means the language of the edition.
    most_read: sentences about one story at the most.
    most_shared: sentences about a section as a whole at the most.
    keywords: keywords named per section.
    drafts: how often a story is drafted at the most; the draft that the checks find best is kept. 1 is one
        call a story. More are paid for, except where the first draft passes whole.
    mode: `write`: the model reads and writes; `render`: the embedded writer chooses sentences, and the model
        puts each into the reader's language; `auto`: what `daybrief model try` measured for a local model,
        and `write` for a service.
    """

    language: str = ""
    mode: Literal["auto", "write", "render"] = "auto"
    most_read: int = 4
    most_shared: int = 3
    keywords: int = 5
    drafts: Annotated[int, Meta(ge=1, le=16)] = 1


class ModelWriter:
    """Implements `ports.Writer`, `ports.Repairs`, `ports.Redrafts` and `ports.Warms`."""

    def __init__(self, options: Options, llm: Llm, taxonomy: Taxonomy, language: str) -> None:
        chosen = options.language or language
        wording = prompts(chosen)
        # Nearly as many again wait their turn, so that no place is empty while a question is put together.
        # With one place nobody waits, and questions are asked in their order.
        self.concurrency = 2 * max(1, options.parallel) - 1
        self.drafts = options.drafts
        self._llm = llm
        self._mode = options.mode
        self._name = options.model
        self._language = chosen
        self._renderer = Renderer(wording, chosen)
        self._reader = Reader(wording, chosen, options.most_read)
        self._synthesist = Synthesist(wording, chosen, options.most_shared, taxonomy)
        self._repairer = Repairer(wording, chosen, self._reader, self._synthesist, taxonomy)
        from daybrief.writers import extractive  # a reader that asks needs none of it, nor of its numbers

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
        A model that renders is asked once for each chosen sentence that is in another language.
        """
        mode = self._chosen_mode()
        if isinstance(mode, WriterError):
            return Attempt(error=mode)
        if mode == "render":
            return self._renderer.rendered(self._extracts.read(ranked), self._llm)
        if junk(fullest(ranked).text, least=_LEAST_TEXT):
            return self._extracts.read(ranked)
        answer = self._answer(self._reader.question(ranked))
        return _attempt(answer, lambda value: self._reader.claims(ranked, value))

    def redraft(self, ranked: Ranked, number: int) -> Attempt:
        """The story drafted once more, at temperature 0.8; one call. A model that renders is not asked."""
        if self._chosen_mode() != "write" or junk(fullest(ranked).text, least=_LEAST_TEXT):
            return Attempt()
        question = self._reader.question(ranked)
        again = msgspec.structs.replace(
            question, name=f"{question.name} draft {number}", temperature=_REDRAFT_TEMPERATURE
        )
        return _attempt(self._answer(again), lambda value: self._reader.claims(ranked, value))

    def synthesise(self, reading: Reading) -> Attempt:
        """The parts of a section: sentences over several stories first, then those of each story.

        What a model renders is put in order by the embedded writer.
        """
        if self._chosen_mode() != "write":
            return self._extracts.synthesise(reading)
        counted = self._extracts.synthesise(
            Reading(category=reading.category, ranked=reading.ranked, claims=(), trends=reading.trends)
        )
        has_to_say = self._synthesist.has_to_say(reading)
        answer = self._answer(self._synthesist.question(reading)) if has_to_say else Answer()
        shared = self._synthesist.claims(reading, answer.value) if answer.value is not None else ()
        # Without an answer the section only lacks what runs through it: what was read still stands.
        claims = arranged(shared, counted.claims, reading.claims)
        return Attempt(claims=claims, usage=answer.usage, error=answer.error)

    def repair_story(self, ranked: Ranked, failed: Sequence[Judged]) -> Attempt:
        """The failed sentences about a story, written again; one call. A model that renders is not asked."""
        if self._chosen_mode() != "write":
            return Attempt()
        answer = self._answer(self._repairer.of_story(ranked, failed))
        return _attempt(answer, lambda value: self._repairer.story_claims(ranked, failed, value))

    def repair_section(self, reading: Reading, failed: Sequence[Judged]) -> Attempt:
        """The failed sentences over several stories, written again; one call. A model that renders is not."""
        if self._chosen_mode() != "write":
            return Attempt()
        answer = self._answer(self._repairer.of_section(reading, failed))
        return _attempt(answer, lambda value: self._repairer.section_claims(reading, failed, value))

    def warm(self) -> None:
        """Load the library that speaks to the model."""
        if isinstance(self._llm, Warms):
            self._llm.warm()

    def _chosen_mode(self) -> WritingMode | WriterError:
        """How the model writes, or why it may not."""
        if self._mode != "auto" or not isinstance(self._llm, Tried):
            return "write" if self._mode == "auto" else self._mode
        try:
            trial = self._llm.trial(self._language)
        except WriterError as missing:
            return missing
        if trial is None:
            hint = f"daybrief model try {self._name} --language {self._language}"
            return ModelUnavailable(f"how well {self._name} writes has not been measured", hint=hint)
        if trial.mode == "refused":
            why = f"{self._name} did not pass its trial: {trial.figures}"
            return ModelUnavailable(why, hint="take another model, or none: the embedded writer needs none")
        return trial.mode

    def _answer(self, question: Question) -> Answer:
        return self._llm.ask([question])[0]


def _attempt(answer: Answer, claims: Callable[[Any], tuple[Claim, ...]]) -> Attempt:
    made = claims(answer.value) if answer.error is None else ()
    return Attempt(claims=made, usage=answer.usage, error=answer.error)


def make(options: Options, tools: Tools) -> ModelWriter:
    """The writer; nothing is asked of the model yet. Raises ConfigError where no model may be reached."""
    if tools.llm is None:
        raise ConfigError("no language model can be reached here", hint='set writer = { use = "extractive" }')
    return ModelWriter(options, tools.llm(options), tools.taxonomy, tools.language)
