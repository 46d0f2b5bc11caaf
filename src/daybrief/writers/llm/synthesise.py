"""Synthesising one section: the question, and which of the answers rest on what was proved.

A sentence over several stories must keep to what more than one of them says. Numbers and names must stand in
the sentences of two stories; of other words three in five, compared by their beginnings, so that an inflected
form counts. This is no proof of meaning. It keeps any one story from putting words into a sentence about
others: what one story alone says is no theme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from daybrief.languages import LANGUAGES, either, letters, mended
from daybrief.model import Claim, Part, Taxonomy
from daybrief.ports import Question, Reading
from daybrief.text.prompts import Prompts, fenced
from daybrief.text.sentences import as_prose, not_prose
from daybrief.writers.llm.read import complaint_of

_ORDER: tuple[Part, ...] = ("theme", "keyword", "finding", "impact", "outlook")


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence over several stories, and the numbers of the sentences it rests on."""

    part: Literal["theme", "impact", "outlook"]
    sentence: Annotated[str, Meta(max_length=600)]
    claims: Annotated[list[Annotated[str, Meta(max_length=8)]], Meta(max_length=24)]


class SynthesiseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a model says of one section."""

    sentences: Annotated[list[Shared], Meta(max_length=8)]


class Synthesist:
    """Asks about sections in one language."""

    def __init__(self, wording: Prompts, language: str, most: int, taxonomy: Taxonomy) -> None:
        self._wording = wording
        self._language = language
        self._most = most
        self._taxonomy = taxonomy
        self._ending = re.compile(wording.ending)

    def has_to_say(self, reading: Reading) -> bool:
        """Whether there are two stories that may have something in common."""
        return self._most > 0 and len({c.stories for c in usable(reading)}) > 1

    def question(self, reading: Reading) -> Question:
        """The section's proved sentences, numbered and fenced as data."""
        text = numbered(usable(reading))
        prompt = self._wording.synthesise.user.format(
            most=self._most,
            category=self._taxonomy[reading.category].label(self._language),
            claims=fenced("CLAIMS", text),
            glossary=self._wording.glossary_for(text),
        )

        return Question(
            name=f"synthesise {self._language} {self._wording.version}",
            system=self._wording.synthesise.system.strip(),
            prompt=prompt.strip(),
            shape=SynthesiseAnswer,
            complaint=lambda answer: complaint_of(
                "sentence", [self._fault(shared, reading) for shared in answer.sentences]
            ),
            insists=False,  # a section without a shared sentence is whole all the same
        )

    def claims(self, reading: Reading, answer: SynthesiseAnswer) -> tuple[Claim, ...]:
        """The sentences that name two stories' claims and keep to their words, with those claims' quotes."""
        claims = (self.claim(shared, reading) for shared in answer.sentences[: self._most])
        return tuple(claim for claim in claims if claim is not None)

    def claim(self, shared: Shared, reading: Reading) -> Claim | None:
        """The answer's sentence over several stories as a claim; None where it breaks a rule."""
        if self._fault(shared, reading):
            return None
        named = _named(shared, reading)
        return Claim(
            text=mended(as_prose(shared.sentence)),
            part=shared.part,
            quotes=tuple(dict.fromkeys(quote for claim in named for quote in claim.quotes)),
            stories=tuple(dict.fromkeys(story for claim in named for story in claim.stories)),
            language=self._language,
        )

    def _fault(self, shared: Shared, reading: Reading) -> str:
        sentence = as_prose(shared.sentence)
        named = _named(shared, reading)
        if why := not_prose(sentence):
            return f"it cannot be printed for {why}"
        if not self._ending.search(sentence):
            return "it does not end as asked"
        if len(named) != len(set(shared.claims)):
            return "it names a claim that is not there"
        if len({claim.stories for claim in named}) < 2:
            return "it does not name claims of two stories"
        return "" if shared_words(sentence, _by_story(named)) else "it says what no two of its stories say"


def usable(reading: Reading) -> list[Claim]:
    """The claims that speak of one story each."""
    return [claim for claim in reading.claims if claim.quotes and len(claim.stories) == 1]


def _named(shared: Shared, reading: Reading) -> list[Claim]:
    known = {f"c{number}": claim for number, claim in enumerate(usable(reading), 1)}
    return [known[name] for name in dict.fromkeys(shared.claims) if name in known]


def _by_story(claims: Sequence[Claim]) -> list[str]:
    """The texts of each story's claims, as one text a story."""
    texts_by_story: dict[str, list[str]] = {}
    for claim in claims:
        texts_by_story.setdefault(claim.stories[0], []).append(claim.text)
    return [" ".join(texts) for texts in texts_by_story.values()]


def arranged(*groups: Sequence[Claim]) -> tuple[Claim, ...]:
    """All claims part by part; within a part, group after group."""
    claims = [claim for group in groups for claim in group]
    return tuple(claim for part in _ORDER for claim in claims if claim.part == part)


def numbered(claims: Sequence[Claim]) -> str:
    """Claims of one story each, a line each: number, number of the story, sentence."""
    stories: dict[str, int] = {}
    lines = []
    for number, claim in enumerate(claims, 1):
        story = stories.setdefault(claim.stories[0], len(stories) + 1)
        lines.append(f"c{number} s{story} {claim.text}")
    return "\n".join(lines)


# ── what several stories share ──────────────────────────────────────────────────────────────────────


_WORD = re.compile(r"\d[\d.,]*\d|\d|[A-Za-z][A-Za-z0-9+\-]*|[\uac00-\ud7a3]+|[\u3040-\u9fff]+")
_PARTICLE = re.compile(either(*(language.rules.reading.particles for language in LANGUAGES)))
_WITHOUT_CAPITALS = re.compile(f"[{letters()}]")
_ROOTED = re.compile("|".join(f"[{language.letters}]" for language in LANGUAGES if language.root))
_LEAST_SHARE = 0.6
_LEAST_STORIES = 2
_FREE = frozenset(
    "a about across all also an and any are as at be been both but by can common different each for from has "
    "have in into is it its itself many more most new not of on or other paper papers present several share "
    "shared show some stories story studies study such than that the their them these they this those "
    "through to two under use used uses using various was well were which while with work works".split()
)
_FREE_BEGINNINGS = frozenset(word for language in LANGUAGES for word in language.rules.reading.common.split())


def shared_words(sentence: str, stories: Sequence[str], *, least: int = _LEAST_STORIES) -> bool:
    """Whether `least` of the stories' texts hold each number and name, and most words, of the sentence."""
    texts = [story.casefold() for story in stories]
    capitals = not _WITHOUT_CAPITALS.search(sentence)
    common: list[bool] = []
    for place, word in enumerate(_WORD.findall(sentence)):
        folded = _PARTICLE.sub("", word.casefold())
        if word[0].isdigit() or _is_name(word, place, capitals):
            whole = re.compile(rf"(?<!\w){re.escape(folded)}")
            if sum(bool(whole.search(text)) for text in texts) < least:
                return False
        elif not _is_free(folded):
            stems = _stems(folded)
            common.append(sum(any(s in text for s in stems) for text in texts) >= least)
    return not common or sum(common) >= _LEAST_SHARE * len(common)


def _is_name(word: str, place: int, capitals: bool) -> bool:
    """A capital inside an English sentence, or any longer Latin word beside letters without capitals."""
    if not word[0].isascii():
        return False
    return place > 0 and any(letter.isupper() for letter in word) if capitals else len(word) > 1


def _is_free(folded: str) -> bool:
    return folded in _FREE or folded[:2] in _FREE_BEGINNINGS or len(folded) == 1


def _stems(folded: str) -> tuple[str, ...]:
    if folded.isascii():
        return (folded[: max(4, len(folded) - 3)],)
    if _ROOTED.match(folded):
        return (folded[:2],)
    return tuple(folded[i : i + 2] for i in range(max(1, len(folded) - 1)))
