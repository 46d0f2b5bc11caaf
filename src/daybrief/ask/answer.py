"""Answer: the sentences of some stories that speak of a question, and what a model says of them.

    stories | every sentence and printed claim, weighed | the best, diverse over stories

A sentence is worth the share of the question's weight that it speaks of; what only its title, or only the
rest of its story, speaks of counts for less. A story whose best sentence stays below `ENOUGH` answers
nothing. This is pure, and nothing is worded anew.

A model reads each story alone, then says it in sentences that rest on what was proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice, product
from typing import Annotated

import msgspec
from msgspec import Meta

from daybrief.languages import LANGUAGES, language_of, mended
from daybrief.model import Claim, Item, Quote
from daybrief.ports import Question
from daybrief.text.plain import line
from daybrief.text.prompts import asking, fenced, prompts
from daybrief.text.sentences import as_prose, junk, not_prose, sentences
from daybrief.text.words import english_of, fold, latin_stems, native_of, native_terms, rarity, spoken, stem
from daybrief.writers.llm.read import complaint_of, quoted
from daybrief.writers.llm.synthesise import numbered, shared_words

LONGEST = 1_000
"""Code points of a question that are read."""

MOST_CONCEPTS = 24

UNLISTED = 0.2  # weight of a Korean word without a listed meaning: a mere verb, or a name (chosen on labels)

_ASKING = frozenset(
    map(
        stem,
        """why whom whose did done doing give me tell know explain describe summarize summarise please any got
        get let say says said find found question answer archive today yesterday week recent recently latest
        newest currently happen happened going anyone anything something there's what's i my we us according
        propose proposed introduce introduced present presented author authors paper papers article articles
        news story stories study studies researcher researchers work works make made possible exactly kind
        really just way ways help helps want need thing things come came able back ask don
        doe isn mean good better best percent percentage""".split(),
    )
)
_ASKING_NATIVE = frozenset(word for language in LANGUAGES for word in language.rules.reading.asking.split())
_VERSION = re.compile(
    r"(?<![A-Za-z0-9])([A-Z][A-Za-z]*|[A-Za-z]+(?=[-‐–]))[-‐– ]?(\d{1,3}(?:\.\d{1,2})?)(?![\d.]*\d)"
)
_NO_NAME = frozenset(
    "a an at by in of on or to is the top best what which how when from with part over".split()
)
WORDS = re.compile(r"[^\W_](?:[^\W_]|[.+'’-](?=\w))*")


class Concept(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that a question asks for: any of `stems` speaks of it; `weight` is 0..1."""

    stems: frozenset[str]
    weight: float


class ParsedQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question, read: its cleaned text, its concepts, and the searches that may find answers."""

    text: str
    concepts: tuple[Concept, ...]
    searches: tuple[str, ...]

    @property
    def weight(self) -> float:
        """The weight of all concepts together."""
        return sum(concept.weight for concept in self.concepts)

    def touched(self, text: str) -> frozenset[int]:
        """The numbers of the concepts that a text speaks of."""
        stems = stems_of(text)
        return frozenset(n for n, c in enumerate(self.concepts) if not stems.isdisjoint(c.stems))

    def share(self, *factors: tuple[frozenset[int], float]) -> float:
        """Return the share of the question that is touched, 0..1; the best factor counts for each concept."""
        if not self.concepts:
            return 0.0
        best = (
            max((f for touched, f in factors if n in touched), default=0.0) for n in range(len(self.concepts))
        )
        return sum(c.weight * f for c, f in zip(self.concepts, best, strict=True)) / self.weight


def parse_question(question: str) -> ParsedQuestion:
    """Any string as a question. Never raises; linear in `LONGEST`."""
    text = line(question, LONGEST)
    weights: dict[frozenset[str], float] = {}
    for concept in _concepts(text):
        weights.setdefault(concept.stems, concept.weight)
    concepts = tuple(Concept(stems=s, weight=w) for s, w in list(weights.items())[:MOST_CONCEPTS])
    return ParsedQuestion(text=text, concepts=concepts, searches=tuple(dict.fromkeys(_searches(text))))


@lru_cache(maxsize=4_096)  # titles and sentences are weighed more than once a question
def stems_of(text: str) -> frozenset[str]:
    """Return every stem a text may be recognised by, names with their versions among them."""
    return spoken(text) | frozenset(_versions(text))


def _concepts(text: str) -> Iterator[Concept]:
    for name in _versions(text):
        yield Concept(stems=frozenset({name}), weight=1.0)
    for word in latin_stems(text):
        if word not in _ASKING:
            yield Concept(stems=frozenset({word}), weight=rarity(word))
    for term, stems in native_terms(text):
        if term[:2] in _ASKING_NATIVE:
            continue
        weight = UNLISTED if stems == {term} else min(map(rarity, stems))
        yield Concept(stems=stems, weight=weight)


def _versions(text: str) -> Iterator[str]:
    """`gpt 4`, `llama 3.2`: what the words of `spoken` do not tell apart."""
    for name, number in _VERSION.findall(text):
        if name.lower() not in _NO_NAME:
            yield f"{name.lower()} {number}"


_MOST_WORDINGS = 8  # of a topic in the language of the sources


def wordings(topic: str) -> tuple[str, ...]:
    """The wordings under which texts may hold a topic: as it is asked, and in the language of the sources."""
    if topic.isascii():
        return (topic,)
    fixed = [phrase for language in LANGUAGES for phrase in language.originals(topic)]
    terms = [term for term, _ in native_terms(topic)]
    each = [english_of(term) for term in terms]
    wordy = [" ".join(row) for row in islice(product(*each), _MOST_WORDINGS)] if each and all(each) else []
    return tuple(dict.fromkeys((topic, *fixed[:_MOST_WORDINGS], *([] if fixed else wordy))))


def _searches(text: str) -> Iterator[str]:
    """The words of the question as they stand, and in the other language; never an operator."""
    words = [word for word in WORDS.findall(text) if stem(word.lower()) not in _ASKING]
    if words:
        yield " ".join(words)
    yield from filter(None, (" ".join(_unique(_translated(text))),))


def _translated(text: str) -> Iterator[str]:
    for term, _ in native_terms(text):
        if term[:2] not in _ASKING_NATIVE:
            yield from english_of(term)
    for word in latin_stems(text):
        if word not in _ASKING:
            yield word if not native_of(word) else native_of(word)[0]


def _unique(words: Iterator[str]) -> Sequence[str]:
    return list(dict.fromkeys(words))


ENOUGH = 0.66
"""The share of a question that must be spoken of; chosen on half of the labels in `benchmarks/asking.py`."""

MAYBE = 0.35
"""The share from which a model is worth asking: it may know a word for another."""

TITLE = 0.85  # what a concept is worth that only the title names, and …
SHORT = 0.6  # the most a sentence is worth that lacks the fact asked for: below `ENOUGH`, above `MAYBE`
STORY = 0.45  # … what one is worth that stands elsewhere in the text (both chosen on the same half)
MOST = 5  # sentences of an answer
MOST_EACH = 2  # of one story
_BEHIND = 0.8  # of the best sentence's worth: what is further behind is not told beside it
_MOST_SENTENCES = 60  # of one text


class ArchivedStory(msgspec.Struct, frozen=True, kw_only=True):
    """A story as the archive holds it: what its sources say, and what was printed and checked of it."""

    id: str
    title: str
    url: str
    day: date
    items: tuple[Item, ...]
    claims: tuple[Claim, ...] = ()


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that may answer, which concepts it speaks of itself, and what it is worth, 0..1."""

    story: str
    claim: Claim
    touched: frozenset[int]
    worth: float


def scored_extracts(query: ParsedQuestion, stories: Iterable[ArchivedStory]) -> tuple[Extract, ...]:
    """Score every sentence that speaks of the question, the best first; earlier stories win ties."""
    extracts = [extract for story in stories for extract in _of_story(query, story)]
    return tuple(sorted(extracts, key=lambda extract: -extract.worth))


def worth_of(query: ParsedQuestion, story: ArchivedStory) -> float:
    """Return how much of the question a story's best sentence speaks of, 0..1."""
    return max((extract.worth for extract in _of_story(query, story)), default=0.0)


def chosen(extracts: Sequence[Extract], most: int = MOST) -> tuple[Extract, ...]:
    """The sentences that answer: enough each, near the best, none twice, at most two a story, best first."""
    taken: list[Extract] = []
    least = max(ENOUGH, _BEHIND * extracts[0].worth) if extracts else ENOUGH
    for extract in extracts:
        if extract.worth < least or len(taken) == most:
            break
        if _adds(extract, taken):
            taken.append(extract)
    return tuple(taken)


def _adds(extract: Extract, taken: Sequence[Extract]) -> bool:
    """Whether a sentence says something of the question that those taken do not; of a story at most two."""
    same = [other for other in taken if other.story == extract.story]
    new = extract.touched and not any(extract.touched <= other.touched for other in same)
    return (
        bool(new) and len(same) < MOST_EACH and all(other.claim.text != extract.claim.text for other in taken)
    )


def _of_story(query: ParsedQuestion, story: ArchivedStory) -> Iterator[Extract]:
    from daybrief.ask.facts import fact_of  # its patterns of numbers take long to make

    fact = fact_of(query.text)
    title = query.touched(story.title)
    readable = [item for item in story.items if not junk(item.text)]
    whole = query.touched("\n".join(item.text for item in readable)) if readable else frozenset()
    candidates = [*story.claims, *(claim for item in readable for claim in _sentences(story.id, item))]
    candidates += (claim for item in story.items for claim in _passages(story.id, item))
    if not readable:
        candidates += _titled(story.id, story.items[0])
    texts: set[str] = set()
    for claim in candidates:
        touched = query.touched(claim.text)
        worth = query.share((touched, 1.0), (title, TITLE), (whole, STORY))
        if worth > SHORT and fact is not None and not fact.may_stand_in(claim.text):
            worth = SHORT
        if worth > 0 and claim.text not in texts:
            texts.add(claim.text)
            yield Extract(story=story.id, claim=claim, touched=touched, worth=worth)


def _sentences(story: str, item: Item) -> Iterator[Claim]:
    for sentence in sentences(item.text)[:_MOST_SENTENCES]:
        quote = Quote(
            item_key=item.key, source=item.source, start=sentence.start, end=sentence.end, text=sentence.text
        )
        yield _claim(story, item, quote)


def _passages(story: str, item: Item) -> Iterator[Claim]:
    """The sentences of the whole text, where it was read; a comment is nobody's finding."""
    for passage in item.full.passages if item.full else ():
        for sentence in sentences(passage.text)[:_MOST_SENTENCES] if passage.role != "comment" else ():
            quote = Quote(
                item_key=item.key,
                source=item.source,
                start=sentence.start,
                end=sentence.end,
                text=sentence.text,
                field="whole",
                section=passage.title,
            )
            yield _claim(story, item, quote)


def _titled(story: str, item: Item) -> Iterator[Claim]:
    if item.title:
        end = len(item.title)
        yield _claim(
            story,
            item,
            Quote(item_key=item.key, source=item.source, start=0, end=end, text=item.title, field="title"),
        )


def _claim(story: str, item: Item, quote: Quote) -> Claim:
    language = item.language or language_of(quote.text)
    return Claim(text=quote.text, part="finding", quotes=(quote,), stories=(story,), language=language)


# ── records that are named ──────────────────────────────────────────────────────────────────────────

_HEAD = re.compile(r"[:,;–—]|\s-\s")
_REPORT = "technicalreport"
_ARTICLES = frozenset({"the", "a", "an"})
_MOST_OF_A_TITLE = 0.7  # of its weight that a name says, where it does not begin the title, and …
_ALL_OF_A_NAME = 0.85  # … of a name's that the title says


def is_named(name: str, title: str) -> bool:
    """Whether a name means what has this title: it is the title, its head, or nearly all it says."""
    wanted, own, head = _runs(name), _runs(title), _runs(_HEAD.split(title)[0])
    if not wanted:
        return False
    whole = _joined(title)
    if _joined(name) & (
        whole | _joined(_HEAD.split(title)[0]) | {text.removesuffix(_REPORT) for text in whole}
    ):
        return True
    if own[: len(wanted)] == wanted and len(wanted) > len(head):
        return True
    question = parse_question(name)
    weights = {stemmed: rarity(stemmed) for stemmed in latin_stems(title)}
    meant = frozenset().union(*(concept.stems for concept in question.concepts))
    spoken_of = sum(weight for stemmed, weight in weights.items() if stemmed in meant)
    every = len(question.concepts) > 1 and question.share((question.touched(title), 1.0)) >= _ALL_OF_A_NAME
    return every and spoken_of >= _MOST_OF_A_TITLE * sum(weights.values()) > 0


def _joined(text: str) -> frozenset[str]:
    """The letters of a text, with the article at its beginning and without."""
    return frozenset({"".join(_RUNS.findall(fold(text))), "".join(_runs(text))})


def _runs(text: str) -> list[str]:
    """The words of a text, folded, without an article at the beginning."""
    runs = _RUNS.findall(fold(text))
    return runs[1:] if runs[:1] and runs[0] in _ARTICLES and len(runs) > 1 else runs


def speaks_of_name(name: str, text: str) -> bool:
    """Whether a text holds a name, its words side by side, alone or in a longer word of the same letters."""
    wanted = "".join(_runs(name)).removesuffix("s")
    return bool(wanted) and wanted in "".join(_RUNS.findall(fold(text)))


def is_author(name: str, author: str) -> bool:
    """Whether a name is an author's: the same words, or the family name alone."""
    wanted, own = _RUNS.findall(fold(name)), _RUNS.findall(fold(author))
    return bool(wanted) and (sorted(wanted) == sorted(own) or wanted == own[-1:])


_RUNS = re.compile(r"[^\W_]+")


# ── in the words of a model ─────────────────────────────────────────────────────────────────────────


MOST_READ = 3  # sentences from one story
MOST_SAID = 5  # sentences of an answer


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence that answers, and the words of the source it rests on."""

    sentence: Annotated[str, Meta(max_length=600)]
    quote: Annotated[str, Meta(max_length=1_000)]


class PassagesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The sentences of one story that answer a question; nothing when it does not answer it."""

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
        """The question which sentences of a text answer it; text and question are fenced as data."""
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
                "sentence", [self._unfounded(statement, claims) for statement in answer.sentences]
            ),
            insists=False,  # without it the proved sentences stand as they were read
        )

    def supported(self, claims: Sequence[Claim], answer: SaidAnswer) -> tuple[Claim, ...]:
        """The sentences that keep to the claims they name, with those claims' quotes."""
        kept = [s for s in answer.sentences[:MOST_SAID] if not self._unfounded(s, claims)]
        return tuple(self._answering(_named(statement, claims), statement) for statement in kept)

    def _answering(self, named: Sequence[Claim], statement: Said) -> Claim:
        return Claim(
            text=mended(as_prose(statement.sentence)),
            part="finding",
            quotes=tuple(dict.fromkeys(quote for claim in named for quote in claim.quotes)),
            stories=tuple(dict.fromkeys(story for claim in named for story in claim.stories)),
            language=self._language,
        )

    def _unfounded(self, statement: Said, claims: Sequence[Claim]) -> str:
        sentence, named = as_prose(statement.sentence), _named(statement, claims)
        if form := self._form(sentence):
            return form
        if not named or len(named) != len(set(statement.claims)):
            return "it names no claim, or one that is not there"
        claimed = " ".join(claim.text for claim in named)
        return "" if shared_words(sentence, [claimed], least=1) else "it says what none of its claims says"

    def _form(self, sentence: str) -> str:
        if why := not_prose(sentence):
            return f"its sentence cannot be printed for {why}"
        return "" if self._ending.search(sentence) else "its sentence does not end as asked"


def _named(statement: Said, claims: Sequence[Claim]) -> list[Claim]:
    numbered = {f"c{number}": claim for number, claim in enumerate(claims, 1)}
    return [numbered[name] for name in dict.fromkeys(statement.claims) if name in numbered]
