"""Repairing once: the sentences that failed, what is wrong with each, and the text they are about.

What failed is fenced like any other foreign text: a model wrote it, perhaps at somebody else's word. An
answer is taken or left; nobody is asked a third time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from daybrief.model import REFUSED, Claim, Judged, Ranked, Taxonomy
from daybrief.ports import Question, Reading
from daybrief.text.plain import line
from daybrief.text.prompts import Prompts, Wording, fenced
from daybrief.writers.llm.read import Reader, fullest
from daybrief.writers.llm.synthesise import Shared, Synthesist, numbered, usable

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
        """One claim for each failed one that the answer names, in its part."""

        def made(entry: Repaired, old: Claim) -> Claim | None:
            return self._reader.claim(ranked, old.part, entry.sentence, entry.quote)

        return tuple(_made(answer.sentences, failed, "c", made))

    def section_claims(
        self, reading: Reading, failed: Sequence[Judged], answer: MendAnswer
    ) -> tuple[Claim, ...]:
        """One claim for each failed one that the answer names, by the rules of synthesis."""

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
            f"{letter}{number} {one.claim.text}\n{self._wrong(one)}" for number, one in enumerate(failed, 1)
        )
        return "\n\n".join(rows)

    def _wrong(self, one: Judged) -> str:
        """What the checks that failed found, in the reader's language, and their details."""
        found = (v for v in one.verdicts if v.outcome in REFUSED)
        return "; ".join(
            f"{self._wording.checks.get(v.check, v.check)} ({line(v.why, _MOST_DETAIL)})" for v in found
        )


def _made(
    entries: Sequence[Entry],
    failed: Sequence[Judged],
    letter: str,
    made: Callable[[Entry, Claim], Claim | None],
) -> Iterator[Claim]:
    """The first entry of each number that exists, made a claim where it can be one."""
    first = {entry.number: entry for entry in reversed(entries)}
    for number, one in enumerate(failed, 1):
        entry = first.get(f"{letter}{number}")
        claim = made(entry, one.claim) if entry is not None else None
        if claim is not None:
            yield claim
