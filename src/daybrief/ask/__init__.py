"""Ask: a question, from asking to a footnoted answer that says nothing the archive does not.

    question | search | read each found story | quote or ask a model | judge with every check | answer

Who wrote something, when it appeared and how many there are is told by the records of the archive, whether
there is a model or not. Without a model the answer to all else is the sentences of the archive nearest to the
question, as they stand. With one it is read story by story and then put together, both checked; where the
model fails, the extracts stand in and the answer says so. A question that no story speaks enough of is
answered with "nothing found" and the nearest hits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from daybrief.ask.answer import (
    MAYBE,
    MOST,
    MOST_EACH,
    WORDS,
    ArchivedStory,
    Extract,
    ParsedQuestion,
    Respondent,
    chosen,
    is_author,
    is_named,
    parse_question,
    scored_extracts,
    speaks_of_name,
    wordings,
)
from daybrief.errors import EmbedderUnavailable, WriterError
from daybrief.languages import SOURCE, language_of, language_or_source
from daybrief.languages.phrases import phrase, phrases
from daybrief.model import Claim, Edition, Harvest, Item, Usage
from daybrief.ports import Answer, Check, Days, Llm, PromptGuard, Question, Searcher
from daybrief.stages.verify import evidence_of, judge
from daybrief.stages.write import summed
from daybrief.text.dates import instant
from daybrief.text.prompts import answer_languages
from daybrief.text.query import Hit
from daybrief.text.sentences import worth_reading

if TYPE_CHECKING:  # its patterns of numbers take long to make
    from daybrief.ask.facts import RecordQuestion

Mode = Literal["extracts", "model", "record", "nothing"]

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
        if (recorded := self._record_answer(understood, language)) is not None:
            return recorded
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

    # ── from the records ─────────────────────────────────────────────────────────────────────────

    def _record_answer(self, question: ParsedQuestion, language: str) -> Answered | None:
        """The answer of the records; None where they have none to this question."""
        from daybrief.ask.facts import record_question

        wanted = record_question(question.text)
        if wanted is None or wanted.asks in QUOTED:
            return None
        statements = RecordReader(self.searcher, self.days, language).statements(wanted)
        return _from_records(question, statements, language) if statements else None

    def _excerpts(self, question: ParsedQuestion, language: str) -> tuple[Excerpt, ...]:
        """The quotations where two are compared, or of what one releases: all of them proved, or none."""
        from daybrief.ask.facts import record_question

        wanted = record_question(question.text)
        if wanted is None or wanted.asks not in QUOTED:
            return ()
        records = RecordReader(self.searcher, self.days, language)
        excerpts = records.compared(wanted) if wanted.asks == "compare" else records.released(wanted)
        stories = {excerpt.story.id: excerpt.story for excerpt in excerpts}
        proved = self._proved((excerpt.claim for excerpt in excerpts), tuple(stories.values()), language)
        kept = tuple(excerpt for excerpt in excerpts if excerpt.claim in proved)
        return kept if {excerpt.story.id for excerpt in kept} == stories.keys() else ()

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
        if not failed and (excerpts := self._excerpts(question, language)):
            claims = [excerpt.claim for excerpt in excerpts]
            quoted = [excerpt.story for excerpt in excerpts]
            return _answered("extracts", question, claims, quoted, hits, _say(language, "extracts"), usage)
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


# ── what the records tell ───────────────────────────────────────────────────────────────────────────

MOST_SAME = 3  # records that one name may mean
MOST_AUTHORS = 12  # names of one record that are given
MOST_TITLES = 5
MOST_COUNTED = 1_000
_PAGE = 100
QUOTED = frozenset({"compare", "release"})
"""What is asked of texts that a name leads to: a model answers it, where there is one."""
_FEW_CITED = 3  # of many that are counted


class RecordSentence(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence made of records, and the items it rests on."""

    text: str
    sources: tuple[RecordedItem, ...]
    language: str
    verbatim: bool = False


class RecordedItem(NamedTuple):
    """An item of a story as the archive holds it, and the day."""

    story: ArchivedStory
    item: Item


class Excerpt(NamedTuple):
    """A sentence of a story that is quoted."""

    story: ArchivedStory
    claim: Claim


class RecordReader:
    """Tells what the records of an archive hold: authors, days, and how many there are."""

    def __init__(self, searcher: Searcher, days: Days, language: str) -> None:
        self._searcher = searcher
        self._days = days
        self._shelf = _Days(days)
        self._say = phrases(language_or_source(language).code)

    def statements(self, question: RecordQuestion) -> tuple[RecordSentence, ...]:
        """The sentences that answer; () where no record does."""
        name = question.about
        if question.asks in ("authors", "count-authors", "date"):
            stories = [_fullest(story) for story in self._meant(name)]
            makers = {"authors": self._authors, "count-authors": self._author_count, "date": self._appeared}
            return tuple(makers[question.asks](source) for source in stories)
        if question.asks == "collected":
            return self._collected(name)
        by_author = question.asks in ("count-by", "papers-by")
        sources, count = self._by(name) if by_author else self._about(name)
        if question.asks in ("papers", "papers-by"):
            return tuple(_titled(source) for source in sources[:MOST_TITLES])
        key = "by" if by_author else "about" if count < MOST_COUNTED else "more"
        return (self._made(key, sources[:_FEW_CITED], n=count, x=name),) if sources else ()

    def compared(self, question: RecordQuestion) -> tuple[Excerpt, ...]:
        """The sentences that speak of both, else the best of each; () where one of them is not there."""
        both = (question.about, question.beside)
        stories = _read(_search(self._searcher, parse_question(" ".join(both))), self._days)
        together = parse_question(" ".join(both))
        for story in stories:
            extracts = scored_extracts(together, [story])
            spoken = [e for e in extracts if all(speaks_of_name(name, e.claim.text) for name in both)]
            if spoken:
                return tuple(Excerpt(story, e.claim) for e in spoken[:MOST_EACH])
        each = [self._meant(name) for name in both]
        if any(len(meant) != 1 for meant in each):
            return ()
        best = [self._best(name, story) for name, (story,) in zip(both, each, strict=True)]
        return tuple(chain(*best)) if all(best) else ()

    def released(self, question: RecordQuestion) -> tuple[Excerpt, ...]:
        """The sentences that say what a story releases."""
        from daybrief.ask.facts import RELEASED

        for story in self._meant(question.about)[:1]:
            extracts = scored_extracts(parse_question(f"{story.title} {question.about}"), [story])
            claims = [e.claim for e in extracts if re.search(RELEASED, e.claim.text)]
            return tuple(Excerpt(story, claim) for claim in claims[:MOST_EACH])
        return ()

    def _best(self, name: str, story: ArchivedStory) -> tuple[Excerpt, ...]:
        extracts = scored_extracts(parse_question(name), [story])
        return tuple(Excerpt(story, extract.claim) for extract in extracts[:MOST_EACH])

    def _meant(self, name: str) -> tuple[ArchivedStory, ...]:
        """The stories whose title a name is, each once; () where there are too many."""
        stories = _read(_search(self._searcher, parse_question(name)), self._days)
        meant = [story for story in stories if any(is_named(name, item.title) for item in story.items)]
        return tuple(meant) if len(meant) <= MOST_SAME else ()

    # ── who and when ─────────────────────────────────────────────────────────────────────────────

    def _authors(self, source: RecordedItem) -> RecordSentence:
        """Gives the names of a record; a lone one may be the first of several, and is told so."""
        authors = source.item.authors
        few = {0: "no_authors", 1: "author"}
        key = few.get(len(authors), "authors" if len(authors) <= MOST_AUTHORS else "authors_of_many")
        names = ", ".join(authors[:MOST_AUTHORS])
        return self._made(key, [source], title=source.item.title, names=names, n=len(authors))

    def _author_count(self, source: RecordedItem) -> RecordSentence:
        authors = source.item.authors
        if len(authors) < 2:  # who has one name may have more
            return self._authors(source)
        return self._made("author_count", [source], n=len(authors), title=source.item.title)

    def _appeared(self, source: RecordedItem) -> RecordSentence:
        item, days = source.item, [i.announced for i in source.story.items if i.announced is not None]
        published = [i.published for i in source.story.items if i.published is not None]
        key, day = "collected_on", source.story.day
        if published:
            key, day = ("submitted" if item.kind == "paper" else "dated"), min(published).date()
        elif days:
            key, day = "listed", min(days)
        return self._made(key, [source], title=item.title, day=self._say.day(day))

    # ── how many and which ───────────────────────────────────────────────────────────────────────

    def _about(self, topic: str) -> tuple[list[RecordedItem], int]:
        """The nearest papers that hold a topic's words, in order or else all of them, and how many do."""
        worded = wordings(topic)
        hits = {hit.id: hit for in_order in worded for hit in self._hits(f'"{in_order}"')}
        words = WORDS.findall(topic)
        if not hits and len(worded) == 1 < len(words):
            hits = {hit.id: hit for hit in self._hits(" ".join(f'"{word}"' for word in words))}
        nearest = list(hits.values())[:MOST_TITLES]
        return [source for hit in nearest for source in self._sources(hit)], len(hits)

    def _hits(self, query: str) -> Iterator[Hit]:
        for skip in range(0, MOST_COUNTED, _PAGE):
            results = self._searcher.search(f"{query} kind:paper", most=_PAGE, skip=skip)
            yield from results.hits
            if not results.more:
                return

    def _sources(self, hit: Hit) -> list[RecordedItem]:
        return [_fullest(story) for story in islice(self._shelf.stories(hit), 1)]

    def _by(self, name: str) -> tuple[list[RecordedItem], int]:
        """The papers that name an author."""
        sources = [source for hit in self._hits(f'"{name}"') for source in self._sources(hit)]
        own = [s for s in sources if any(is_author(name, author) for author in s.item.authors)]
        return own, len(own)

    def _collected(self, written: str) -> tuple[RecordSentence, ...]:
        """How many papers were collected for a day, of the latest year where none is written."""
        known = self._days.marks()
        years = sorted({day.year for day in known}, reverse=True)
        stated = (instant(text) for text in (written, *(f"{year} {written}" for year in years)))
        day = next(
            (moment.date() for moment in stated if moment is not None and moment.date() in known), None
        )
        if day is None:
            return ()
        papers = {i.key: i for h in self._days.harvests(day) for i in h.items if i.kind == "paper"}
        few = [
            _fullest(_archived_story(key, day, (item,), ()))
            for key, item in islice(papers.items(), _FEW_CITED)
        ]
        return (self._made("collected", few, n=len(papers), day=self._say.day(day)),) if few else ()

    def _made(self, key: str, sources: Sequence[RecordedItem], **fields: object) -> RecordSentence:
        text = self._say(f"record.{key}", **fields)
        return RecordSentence(text=text, sources=tuple(sources), language=self._say.language)


def _fullest(story: ArchivedStory) -> RecordedItem:
    """The item of a story that names the most authors."""
    return RecordedItem(story, max(story.items, key=lambda item: len(item.authors)))


def _titled(source: RecordedItem) -> RecordSentence:
    language = source.item.language or language_of(source.item.title) or SOURCE
    return RecordSentence(text=source.item.title, sources=(source,), language=language, verbatim=True)


def _from_records(question: ParsedQuestion, statements: Sequence[RecordSentence], language: str) -> Answered:
    """The answer made of statements; a footnote quotes the title of the record it rests on."""
    notes: dict[tuple[str, str], AnswerFootnote] = {}
    sentences = tuple(
        AnswerSentence(
            text=statement.text,
            footnotes=tuple(
                _noted(notes, _footnote(*source, source.item.title)) for source in statement.sources
            ),
            verbatim=statement.verbatim,
            language=statement.language,
        )
        for statement in statements
    )
    return Answered(
        question=question.text,
        mode="record",
        sentences=sentences,
        footnotes=tuple(notes.values()),
        note=_say(language, "titles" if statements[0].verbatim else "record"),
    )


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
        yield _footnote(story, item, quote.text)


def _footnote(story: ArchivedStory, item: Item, quote: str) -> AnswerFootnote:
    return AnswerFootnote(
        number=0,
        story=story.id,
        title=item.title,
        url=item.url,
        day=story.day,
        quote=quote,
        item_key=item.key,
        source=item.source,
    )


def _noted(notes: dict[tuple[str, str], AnswerFootnote], footnote: AnswerFootnote) -> int:
    numbered = msgspec.structs.replace(footnote, number=len(notes) + 1)
    return notes.setdefault((footnote.item_key, footnote.quote), numbered).number


def _say(language: str, key: str, **fields: object) -> str:
    """A note in the question's language, in English where we have no texts in it."""
    return phrase(language_or_source(language).code, f"asking.{key}", **fields)
