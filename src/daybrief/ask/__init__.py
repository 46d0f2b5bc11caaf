"""Ask: a question, from asking to a footnoted answer that says nothing the archive does not.

    question | search | read each found story | quote or ask a model | judge with every check | answer

Without a model the answer is the sentences of the archive nearest to the question, as they stand. With one it
is read story by story and then put together, both checked; where the model fails, the extracts stand in and
the answer says so. A question that no story speaks enough of is answered with "nothing found" and the nearest
hits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Literal

import msgspec

from daybrief.ask.answer import (
    MAYBE,
    MOST,
    ArchivedStory,
    Extract,
    ParsedQuestion,
    Respondent,
    chosen,
    parse_question,
    scored_extracts,
)
from daybrief.errors import EmbedderUnavailable, WriterError
from daybrief.languages import language_of, language_or_source
from daybrief.languages.phrases import phrase
from daybrief.model import Claim, Edition, Harvest, Item, Usage
from daybrief.ports import Answer, Check, Days, Llm, PromptGuard, Question, Searcher
from daybrief.stages.verify import evidence_of, judge
from daybrief.stages.write import summed
from daybrief.text.prompts import answer_languages
from daybrief.text.query import Hit
from daybrief.text.sentences import worth_reading

Mode = Literal["extracts", "model", "nothing"]

HITS = 25  # hits of each search that are looked at
MOST_READ = 12  # stories whose text is read
MOST_ASKED = 6  # stories a model is asked about
MOST_NEAREST = 5
_EARLY = 20  # reciprocal rank fusion, as in the search
_MOST_JUDGED = 12
_ONLY = "-kind:edition"  # an edition is all its stories: no text to quote
ANSWERED_IN = frozenset(answer_languages())
"""Languages a model can be asked to answer in; a question in another one is answered in the edition's."""


class AnswerSentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of an answer and the numbers of its footnotes; `verbatim` when it is a quotation."""

    text: str
    footnotes: tuple[int, ...]
    verbatim: bool
    language: str


class AnswerFootnote(msgspec.Struct, frozen=True, kw_only=True):
    """The source of a sentence: the exact words, and the story and day they stand in."""

    number: int
    story: str
    title: str
    url: str
    day: date
    quote: str
    item_key: str
    source: str


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question: how it was made, its sentences, their footnotes, and what else is near.

    `note` says in the reader's words what kind of answer it is; `usage` is what a model's part in it cost.
    """

    question: str
    mode: Mode
    sentences: tuple[AnswerSentence, ...] = ()
    footnotes: tuple[AnswerFootnote, ...] = ()
    nearest: tuple[Hit, ...] = ()
    note: str = ""
    usage: Usage = Usage()


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A language model that may be asked: its name, and how it is opened for one question."""

    name: str
    open: Callable[[], AbstractContextManager[Llm]]


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that answer a question: searcher, archive, checks and perhaps a model."""

    searcher: Searcher
    days: Days
    checks: Callable[[str], Sequence[Check]]  # for answers in a language
    language: str
    model: Model | None = None
    prompt_guard: Callable[[], PromptGuard | None] = lambda: (
        None
    )  # what is off-topic is declined before anything is searched

    def ask(self, question: str) -> Answered:
        """The answer to any string. Raises ArchiveError, and nothing for what the question holds."""
        understood = parse_question(question)
        language = language_of(understood.text) or self.language
        if not understood.concepts:
            return self._nothing(understood, (), language, "unasked")
        if self._declined(question):
            return self._nothing(understood, (), language, "declined")
        hits = _search(self.searcher, understood)
        stories = _read(hits, self.days)
        extracts = scored_extracts(understood, stories)
        if self.model is None:
            return self._extract_answer(understood, hits, stories, extracts, language)
        return self._model_answer(self.model, understood, hits, stories, extracts, language)

    def _declined(self, question: str) -> bool:
        """Whether the guard declines it; a guard that cannot judge lets every question pass."""
        try:
            guard = self.prompt_guard()
            return guard is not None and any(
                judgement.answer == "decline" for judgement in guard.judge([question])
            )
        except EmbedderUnavailable:
            return False

    # ── without a model ──────────────────────────────────────────────────────────────────────────

    def _extract_answer(
        self,
        question: ParsedQuestion,
        hits: Sequence[Hit],
        stories: Sequence[ArchivedStory],
        extracts: Sequence[Extract],
        language: str,
        failed: str = "",
        usage: Usage = Usage(),  # noqa: B008 - immutable
    ) -> Answered:
        """The best sentences of the stories, as they stand."""
        likely = {extract.claim: extract for extract in extracts[:_MOST_JUDGED]}
        kept = self._proved(likely, stories, language)
        claims = [extract.claim for extract in chosen([likely[claim] for claim in kept])]
        if not claims:
            return self._nothing(question, hits, language, "nothing", usage)
        note = _say(language, "fallback", why=failed) if failed else _say(language, "extracts")
        return _answered("extracts", question, claims, stories, hits, note, usage)

    # ── with one ─────────────────────────────────────────────────────────────────────────────────

    def _model_answer(
        self,
        model: Model,
        question: ParsedQuestion,
        hits: Sequence[Hit],
        stories: Sequence[ArchivedStory],
        extracts: Sequence[Extract],
        language: str,
    ) -> Answered:
        """Let a model read each story and put together what was proved; else give the extracts."""
        near = dict.fromkeys(extract.story for extract in extracts if extract.worth >= MAYBE)
        nearest = [story for name in list(near)[:MOST_ASKED] for story in stories if story.id == name]
        if not nearest:
            return self._nothing(question, hits, language, "nothing")
        spoken = language if language in ANSWERED_IN else self.language
        respondent = Respondent(question.text, spoken)
        with model.open() as llm:
            claims, answers = _read_by(llm, respondent, nearest)
            proved = self._proved(claims, stories, spoken)
            if not proved:
                cost, why = summed(a.usage for a in answers), _why(answers)
                if why or claims:
                    why = why or "no sentence of it passed the checks"
                    return self._extract_answer(question, hits, stories, extracts, language, why, cost)
                return self._nothing(question, hits, language, "nothing", cost)
            worded, together = _put_together(llm, respondent, proved)
        cost = summed([*(a.usage for a in answers), together.usage])
        judged = self._proved(worded, stories, spoken)
        note = _say(language, "model", model=model.name) if judged else _say(language, "read")
        return _answered("model", question, judged or proved[:MOST], stories, hits, note, cost)

    # ── with or without ──────────────────────────────────────────────────────────────────────────

    def _proved(
        self, claims: Iterable[Claim], stories: Sequence[ArchivedStory], language: str
    ) -> list[Claim]:
        """The claims that no check refuses, in order."""
        evidence = evidence_of(item for story in stories for item in story.items)
        return [j.claim for j in judge(claims, self.checks(language), evidence) if j.printable]

    def _nothing(
        self,
        question: ParsedQuestion,
        hits: Sequence[Hit],
        language: str,
        key: str,
        usage: Usage = Usage(),  # noqa: B008 - immutable
    ) -> Answered:
        note = _say(language, key)
        return _answered("nothing", question, (), (), hits, note, usage)


# ── searching and reading ───────────────────────────────────────────────────────────────────────────


def _search(searcher: Searcher, question: ParsedQuestion) -> tuple[Hit, ...]:
    """The hits of every search of the question, fused by rank."""
    hits: dict[tuple[str, str], Hit] = {}
    scores: dict[tuple[str, str], float] = {}
    for words in question.searches:
        for rank, hit in enumerate(searcher.search(f"{_ONLY} {words}", most=HITS).hits, start=1):
            place = (hit.kind, hit.id if hit.kind != "claim" else f"{hit.day} {hit.id}")
            hits.setdefault(place, hit)
            scores[place] = scores.get(place, 0.0) + 1 / (_EARLY + rank)
    return tuple(hits[place] for place in sorted(hits, key=lambda place: -scores[place]))


def _read(hits: Sequence[Hit], days: Days) -> tuple[ArchivedStory, ...]:
    """The stories the hits lead to, each once, nearest first."""
    shelf = _Days(days)
    stories: dict[str, ArchivedStory] = {}
    for hit in hits:
        for story in shelf.stories(hit):
            stories.setdefault(story.id, story)
        if len(stories) >= MOST_READ:
            break
    return tuple(stories.values())[:MOST_READ]


class _Days:
    """The days of the archive that one question needs, each taken down once."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self._editions: dict[date, tuple[Edition, ...]] = {}
        self._harvests: dict[date, tuple[Harvest, ...]] = {}

    def stories(self, hit: Hit) -> Iterator[ArchivedStory]:
        """The story a hit is, or the stories a claim speaks of."""
        if hit.kind == "claim":
            for name in self._claimed(hit):
                yield from self._printed(hit.day, name)
            return
        printed = tuple(self._printed(hit.day, hit.id))
        yield from printed or self._collected(hit.day, hit.id)

    def _on(self, day: date) -> tuple[Edition, ...]:
        if day not in self._editions:
            both = (self._days.edition(day, "papers"), self._days.edition(day, "news"))
            self._editions[day] = tuple(edition for edition in both if edition is not None)
        return self._editions[day]

    def _claimed(self, hit: Hit) -> tuple[str, ...]:
        """The stories of the claim at the place that a claim's id names: `papers llm 3`."""
        kind, _, place = hit.id.partition(" ")
        category, _, number = place.rpartition(" ")
        for edition in self._on(hit.day):
            for section in edition.sections:
                if (edition.kind, section.category.id) == (kind, category):
                    return section.checked.kept[int(number)].stories
        return ()

    def _printed(self, day: date, name: str) -> Iterator[ArchivedStory]:
        for edition in self._on(day):
            for section in edition.sections:
                for story in (ranked.story for ranked in section.ranked if ranked.story.id == name):
                    claims = tuple(
                        c for c in section.checked.kept if c.stories == (name,) and c.part != "keyword"
                    )
                    yield _archived_story(name, day, story.items, claims)

    def _collected(self, day: date, key: str) -> Iterator[ArchivedStory]:
        """An item that no edition printed."""
        if day not in self._harvests:
            self._harvests[day] = self._days.harvests(day)
        same = tuple(item for h in self._harvests[day] for item in h.items if item.key == key)
        if same:
            yield _archived_story(key, day, same, ())


def _archived_story(
    name: str, day: date, items: tuple[Item, ...], claims: tuple[Claim, ...]
) -> ArchivedStory:
    lead = items[0]
    return ArchivedStory(id=name, title=lead.title, url=lead.url, day=day, items=items, claims=claims)


# ── asking a model ──────────────────────────────────────────────────────────────────────────────────


def _read_by(
    llm: Llm, respondent: Respondent, stories: Sequence[ArchivedStory]
) -> tuple[list[Claim], tuple[Answer, ...]]:
    """Let the model read each story alone, side by side."""
    texts = [worth_reading(story.items) or story.items[0] for story in stories]
    answers = llm.ask([respondent.about(item) for item in texts])
    claims = [
        claim
        for story, item, answer in zip(stories, texts, answers, strict=True)
        if answer.error is None
        for claim in respondent.claims(story.id, item, answer.value)
    ]
    return claims, answers


def _put_together(
    llm: Llm, respondent: Respondent, proved: Sequence[Claim]
) -> tuple[tuple[Claim, ...], Answer]:
    questions: list[Question] = [respondent.over(proved)]
    (answer,) = llm.ask(questions)
    claims = respondent.supported(proved, answer.value) if answer.error is None else ()
    return claims, answer


def _why(answers: Sequence[Answer]) -> str:
    errors: list[WriterError] = [answer.error for answer in answers if answer.error is not None]
    return errors[0].message if errors else ""


# ── answering ───────────────────────────────────────────────────────────────────────────────────────


def _answered(
    mode: Mode,
    question: ParsedQuestion,
    claims: Sequence[Claim],
    stories: Sequence[ArchivedStory],
    hits: Sequence[Hit],
    note: str,
    usage: Usage,
) -> Answered:
    """Sentences and their footnotes: one a quote, numbered in the order they are first needed."""
    by_name = {story.id: story for story in stories}
    notes: dict[tuple[str, str], AnswerFootnote] = {}
    sentences = []
    for claim in claims:
        footnotes = [_noted(notes, footnote) for footnote in _footnotes(claim, by_name)]
        verbatim = any(claim.text == quote.text for quote in claim.quotes)
        sentences.append(
            AnswerSentence(
                text=claim.text, footnotes=tuple(footnotes), verbatim=verbatim, language=claim.language
            )
        )
    return Answered(
        question=question.text,
        mode=mode,
        sentences=tuple(sentences),
        footnotes=tuple(notes.values()),
        nearest=tuple(hit for hit in hits if hit.kind != "claim")[:MOST_NEAREST],
        note=note,
        usage=usage,
    )


def _footnotes(claim: Claim, stories: Mapping[str, ArchivedStory]) -> Iterator[AnswerFootnote]:
    for quote in claim.quotes:
        sources = ((stories[name], item) for name in claim.stories for item in stories[name].items)
        story, item = next(p for p in sources if (p[1].key, p[1].source) == (quote.item_key, quote.source))
        yield AnswerFootnote(
            number=0,
            story=story.id,
            title=item.title,
            url=item.url,
            day=story.day,
            quote=quote.text,
            item_key=item.key,
            source=item.source,
        )


def _noted(notes: dict[tuple[str, str], AnswerFootnote], footnote: AnswerFootnote) -> int:
    numbered = msgspec.structs.replace(footnote, number=len(notes) + 1)
    return notes.setdefault((footnote.item_key, footnote.quote), numbered).number


def _say(language: str, key: str, **fields: object) -> str:
    """A note in the question's language, in English where we have no texts in it."""
    return phrase(language_or_source(language).code, f"asking.{key}", **fields)
