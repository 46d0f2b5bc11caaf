"""The archive's days as a site's indexes need them, gathered day by day, texts left behind; and its search.

The search index is static shards of JSON that a page fetches as it needs them:

    search/index.json       how many stories, their days, categories, sources and lengths, as lists
    search/words/N.json     token → [story, 2·n + begins, place, …, story, …], all as differences
    search/stories/N.json   title, anchor and texts of `BLOCK` stories
    search/terms.json       Korean term → the English stems it may stand for

Tokens are those of `daybrief.text.words`, so that what the program's own search finds is found here. A token
lies in the shard that FNV-1a of it names; pairs of letters in that of their first letter, so that one letter
finds all pairs it begins. Places are those of the tokens within a story, the title's first.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import sub
from typing import Any

import msgspec

from daybrief.languages.phrases import phrases
from daybrief.model import Bar, Category, Claim, Delivery, Edition, EditionKind, Ranked, Section
from daybrief.render.page import SectionView, page
from daybrief.render.story import PageSentence, StoryView
from daybrief.text.plain import paragraph
from daybrief.text.words import PAIRS, STOP_WORDS, lexicon, name_key, token_words, tokens

JSON = "application/json"
WEEKS = 26  # of a category's trend
STORIES = 120  # that a category's page lists
TOP = 4  # categories named for an edition in a list
LEADS = 6  # stories the front page tells of an edition


class StoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """A story in a list; `place` is its address from the front page."""

    id: str
    day: date
    kind: EditionKind
    title: str
    language: str
    place: str
    sources: str


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """A story the front page tells: the first of its category, with a sentence that stands behind it."""

    line: StoryLine
    emoji: str
    category: str
    label: str
    sentence: PageSentence | None


class BriefLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the day: the name it needs, its sentences with their languages, and its story's place."""

    name: str
    sentences: tuple[tuple[str, str], ...]
    place: str


class EditionOutline(msgspec.Struct, frozen=True, kw_only=True):
    """An edition in a list."""

    day: date
    kind: EditionKind
    state: str
    stories: int
    bars: tuple[Bar, ...]
    digest: str
    best: StoryLine | None = None  # the new story that stands highest

    @property
    def top(self) -> tuple[Bar, ...]:
        """The categories with most stories."""
        return self.bars[:TOP]

    @property
    def place(self) -> str:
        """The address of its page, from the front page."""
        return f"{self.day.isoformat()}/{self.kind}.html"


class CategoryStories(msgspec.Struct, kw_only=True):
    """The stories of a category over time."""

    category: Category
    weeks: Counter[date]  # Monday → stories
    days: Counter[date]
    lines: list[StoryLine]
    ids: set[str]  # of all stories ever
    total: int = 0


class ArchiveMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A month with its days, as weeks from Monday to Sunday; None is a day of another month."""

    first: date
    weeks: tuple[tuple[date | None, ...], ...]
    days: tuple[tuple[date, tuple[EditionOutline, ...]], ...]  # newest first

    @property
    def name(self) -> str:
        """`2024-11`."""
        return f"{self.first:%Y-%m}"

    def stories(self, kind: EditionKind) -> int:
        """Stories of one kind in the month."""
        return sum(
            edition.stories for _, editions in self.days for edition in editions if edition.kind == kind
        )


class CategoryLines(msgspec.Struct, frozen=True, kw_only=True):
    """The stories that an edition has in a category."""

    category: Category
    lines: tuple[StoryLine, ...]


class DayOutline(msgspec.Struct, frozen=True, kw_only=True):
    """A day as the pages of many days tell it."""

    day: date
    editions: tuple[EditionOutline, ...]
    categories: tuple[CategoryLines, ...]
    leads: dict[EditionKind, tuple[Lead, ...]]
    brief: dict[EditionKind, tuple[BriefLine, ...]] = {}


def outlined(editions: Sequence[Edition], language: str) -> DayOutline:
    """The outline of the editions of a day."""
    day = editions[0].window.day
    categories: list[CategoryLines] = []
    leads: dict[EditionKind, tuple[Lead, ...]] = {}
    for edition in editions:
        sections = zip(edition.sections, page(edition).sections, strict=True)
        first: list[Lead] = []
        for section, view in sections:
            stories = enumerate(view.stories, start=1)
            lines = tuple(_line(story, view.id, n, day, edition.kind) for n, story in stories)
            categories.append(CategoryLines(category=section.category, lines=lines))
            if lead := _lead(lines, section, view, language):
                first.append(lead)
        leads[edition.kind] = tuple(first[:LEADS])
    shown = tuple(_outline(edition) for edition in editions)
    brief = {edition.kind: tuple(_brief(edition)) for edition in editions}
    return DayOutline(day=day, editions=shown, categories=tuple(categories), leads=leads, brief=brief)


def _brief(edition: Edition) -> Iterator[BriefLine]:
    """The lines of the day as the front page tells them."""
    for line in page(edition).headlines:
        yield BriefLine(
            name=line.name,
            sentences=tuple((sentence.text, sentence.language) for sentence in line.sentences),
            place=f"{edition.window.day.isoformat()}/{edition.kind}.html#{line.story.anchor}",
        )


class Catalogue:
    """The days up to now; `add` them in order of time."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.editions: dict[date, tuple[EditionOutline, ...]] = {}
        self.categories: dict[str, CategoryStories] = {}
        self.leads: dict[EditionKind, tuple[Lead, ...]] = {}
        self.brief: dict[EditionKind, tuple[BriefLine, ...]] = {}

    def add(self, outline: DayOutline) -> None:
        """Take in the next day."""
        self.editions[outline.day] = outline.editions
        self.leads, self.brief = outline.leads, outline.brief
        for listed in outline.categories:
            self._add_category(listed.category, listed.lines, outline.day)

    def _add_category(self, category: Category, lines: Sequence[StoryLine], day: date) -> None:
        empty = CategoryStories(category=category, weeks=Counter(), days=Counter(), lines=[], ids=set())
        stories = self.categories.setdefault(category.id, empty)
        stories.category = category  # the latest taxonomy's words
        stories.weeks[monday(day)] += len(lines)
        stories.days[day] += len(lines)
        stories.total += len(lines)
        again = {line.id for line in lines}
        stories.ids |= again
        stories.lines = [*lines, *(line for line in stories.lines if line.id not in again)][:STORIES]

    @property
    def days(self) -> tuple[date, ...]:
        """Return every day with an edition, newest first."""
        return tuple(reversed(self.editions))

    def months(self) -> tuple[ArchiveMonth, ...]:
        """Return every month with an edition, newest first."""
        grouped = groupby(self.days, key=lambda day: day.replace(day=1))
        return tuple(_month(first, [(day, self.editions[day]) for day in days]) for first, days in grouped)

    def recent_weeks(self) -> tuple[date, ...]:
        """The Mondays of the last weeks up to the latest day, oldest first; no week before the first day."""
        if not self.editions:
            return ()
        last, first = monday(self.days[0]), monday(self.days[-1])
        weeks = (last - timedelta(weeks=back) for back in reversed(range(WEEKS)))
        return tuple(week for week in weeks if week >= first)


def monday(day: date) -> date:
    """The Monday of the day's ISO week."""
    return day - timedelta(days=day.weekday())


def anchor(section: str, number: int) -> str:
    """The id a story has on its edition's page."""
    return f"{section}-{number}"


def _outline(edition: Edition) -> EditionOutline:
    return EditionOutline(
        day=edition.window.day,
        kind=edition.kind,
        state=edition.state,
        stories=len(edition.stories),
        bars=edition.chart.bars,
        digest=edition.digest,
        best=_best(edition),
    )


def _best(edition: Edition) -> StoryLine | None:
    """The new story with the highest score."""
    shown = page(edition)
    best = max(
        (
            (ranked.score, view.id, number, story)
            for section, view in zip(edition.sections, shown.sections, strict=True)
            for number, (ranked, story) in enumerate(zip(section.ranked, view.stories, strict=True), start=1)
            if not story.continued
        ),
        key=lambda candidate: candidate[0],
        default=None,
    )
    if best is None:
        return None
    _, section_id, number, story = best
    return _line(story, section_id, number, edition.window.day, edition.kind)


def _line(story: StoryView, section: str, number: int, day: date, kind: EditionKind) -> StoryLine:
    return StoryLine(
        id=story.id,
        day=day,
        kind=kind,
        title=story.title,
        language=story.language,
        place=f"{day.isoformat()}/{kind}.html#{anchor(section, number)}",
        sources=story.facts[0] if story.facts else "",
    )


def _lead(lines: Sequence[StoryLine], section: Section, view: SectionView, language: str) -> Lead | None:
    """The category's first new story, rather one with a sentence; None where all are continued."""
    new = [(line, story) for line, story in zip(lines, view.stories, strict=True) if not story.continued]
    with_sentence = (pair for pair in new if pair[1].gist)
    chosen = next(with_sentence, next(iter(new), None))
    if chosen is None:
        return None
    line, story = chosen
    return Lead(
        line=line,
        emoji=view.emoji,
        category=view.id,
        label=section.category.label(language),
        sentence=next(iter(story.gist), None),
    )


def _month(first: date, days: Iterable[tuple[date, tuple[EditionOutline, ...]]]) -> ArchiveMonth:
    after = (first + timedelta(days=31)).replace(day=1)
    cells: list[date | None] = [None] * first.weekday()
    cells += [first + timedelta(days=n) for n in range((after - first).days)]
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[at : at + 7]) for at in range(0, len(cells), 7))
    return ArchiveMonth(first=first, weeks=weeks, days=tuple(days))


BLOCK = 40  # stories a file
PLACES = 12  # of one token in one story
MOST_TEXT = 4_000  # code points of a text that are searched
SHARD = 40_000  # bytes a shard should have, roughly
MOST_SHARDS = 512
SHOWN = 280  # code points of a text that a result may show
TEXTS = 4  # of a story that a result may show
_STOPS = frozenset(STOP_WORDS)
_OWN = 2  # stories a claim may speak of and still be found as theirs


class IndexedStory(msgspec.Struct, frozen=True, kw_only=True):
    """A story as a result shows it."""

    title: str
    at: str
    texts: tuple[str, ...]


class SearchIndex:
    """The index; `add` days in order of time."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._postings: dict[str, array[int]] = {}
        self._last: dict[str, int] = {}
        self._stories: list[IndexedStory] = []
        self._lengths: list[int] = []
        self._titles: list[int] = []
        self._day: list[int] = []
        self._kind: list[int] = []
        self._category: list[int] = []
        self._source: list[list[int]] = []
        self._group: list[int] = []  # one number for all days of a story
        self._groups: dict[str, int] = {}
        self._days: dict[date, int] = {}
        self._categories: dict[str, tuple[int, Category]] = {}
        self._sources: dict[str, int] = {}

    def add(self, edition: Edition) -> None:
        """Take in the stories of an edition."""
        shown = page(edition)
        day = self._days.setdefault(edition.window.day, len(self._days))
        for section, view in zip(edition.sections, shown.sections, strict=True):
            number, kept = self._category_number(section.category), section.checked.kept
            for place, (ranked, story_view) in enumerate(
                zip(section.ranked, view.stories, strict=True), start=1
            ):
                claims = _claims(ranked, kept)
                texts = (*claims, max((item.text for item in ranked.story.items), key=len))
                brief = tuple(paragraph(text, SHOWN) for text in dict.fromkeys(texts) if text)[:TEXTS]
                story = IndexedStory(title=story_view.title, at=anchor(view.id, place), texts=brief)
                self.put(story, (*texts, *_hidden_words(ranked)))
                self._group.append(self._groups.setdefault(ranked.story.id, len(self._groups)))
                self._day.append(day)
                self._kind.append(int(edition.kind == "news"))
                self._category.append(number)
                self._source.append([self._source_number(name) for name in ranked.story.sources])

    def join(self, later: SearchIndex) -> None:
        """Take in what was indexed of the days that follow."""
        first = len(self._stories)
        for word, flat in later._postings.items():
            flat[0] += first - self._last.get(word, 0)  # all other numbers are differences
            self._postings.setdefault(word, array("i")).extend(flat)
        self._last |= {word: first + last for word, last in later._last.items()}
        for ours, theirs in (
            (self._stories, later._stories),
            (self._lengths, later._lengths),
            (self._titles, later._titles),
            (self._kind, later._kind),
        ):
            ours.extend(theirs)  # type: ignore[arg-type]
        days = [self._days.setdefault(day, len(self._days)) for day in later._days]
        self._day += (days[number] for number in later._day)
        groups = [self._groups.setdefault(name, len(self._groups)) for name in later._groups]
        self._group += (groups[number] for number in later._group)
        categories = [self._category_number(category) for _, category in later._categories.values()]
        self._category += (categories[number] for number in later._category)
        sources = [self._source_number(name) for name in later._sources]
        self._source += ([sources[number] for number in story] for story in later._source)

    def put(self, story: IndexedStory, texts: Sequence[str]) -> None:
        """Index the words of a title and of further texts as the next story's."""
        number = len(self._stories)
        self._stories.append(story)
        self._titles.append(len(token_words(story.title)))
        places: dict[str, list[int]] = {}
        begun: set[str] = set()
        at = 0
        for text in (story.title, *(text[:MOST_TEXT] for text in texts)):
            if text.isascii() or not PAIRS.search(text):  # no token of it is paired
                words = token_words(text)
                for place, word in enumerate(words, start=at):
                    places.setdefault(word, []).append(place)
                at += len(words)
                continue
            run = -1
            for token in tokens(text):
                places.setdefault(token.word, []).append(at)
                if token.paired and token.run != run:
                    begun.add(token.word)
                run, at = token.run, at + 1
        self._lengths.append(at)
        self._post(number, places, begun)

    def _post(self, number: int, places: Mapping[str, list[int]], begun: Collection[str]) -> None:
        """Append a story to the postings of its words."""
        postings, last = self._postings, self._last
        for word in places.keys() - _STOPS:
            flat = postings.get(word)
            if flat is None:
                flat = postings[word] = array("i")
            flat.append(number - last.get(word, 0))
            at = places[word][:PLACES]
            flat.append(2 * len(at) + (word in begun))
            flat.append(at[0])
            if len(at) > 1:
                flat.extend(map(sub, at[1:], at))
            last[word] = number

    def _category_number(self, category: Category) -> int:
        """The number of a category, of which the latest words are kept."""
        number, _ = self._categories.get(category.id, (len(self._categories), category))
        self._categories[category.id] = (number, category)
        return number

    def _source_number(self, name: str) -> int:
        return self._sources.setdefault(name, len(self._sources))

    def files(self) -> Iterator[Delivery]:
        """The index as files; the same stories give the same bytes."""
        size = sum(3 * len(flat) + 8 for flat in self._postings.values())
        shards = next(n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256, MOST_SHARDS)
                      if size <= n * SHARD or n == MOST_SHARDS)  # fmt: skip
        filed: list[dict[str, list[int]]] = [{} for _ in range(shards)]
        for word in sorted(self._postings):
            filed[shard_of(word, shards)][word] = self._postings[word].tolist()
        yield _json("index.json", self._index(shards))
        for number, words in enumerate(filed):
            yield _json(f"words/{number}.json", words)
        for number, first in enumerate(range(0, len(self._stories), BLOCK)):
            yield _json(f"stories/{number}.json", self._stories[first : first + BLOCK])
        meant = sorted((term, sorted(filter(str.isascii, stems))) for term, stems in lexicon().items())
        yield _json("terms.json", dict(meant))

    def _index(self, shards: int) -> dict[str, Any]:
        count = len(self._stories)
        say = phrases(self._language)
        categories = [category for _, category in self._categories.values()]
        return {
            "format": 1,
            "count": count,
            "shards": shards,
            "block": BLOCK,
            "stop": STOP_WORDS,
            "length": round(sum(self._lengths) / count, 2) if count else 1,
            "title": round(sum(self._titles) / count, 2) if count else 1,
            "days": [day.isoformat() for day in self._days],
            "categories": [_category_entry(category, self._language) for category in categories],
            "sources": list(self._sources),
            "names": [say.get(f"source_name.{name}", name) for name in self._sources],
            "lengths": self._lengths,
            "titles": self._titles,
            "day": self._day,
            "kind": self._kind,
            "category": self._category,
            "source": self._source,
            "group": self._group,
        }


def shard_of(token: str, shards: int) -> int:
    """The shard of a token: FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) over its code points."""
    paired = next(iter(tokens(token[:1])), None)
    hashed = 0x811C9DC5
    for letter in token[:1] if paired and paired.paired else token:
        hashed = ((hashed ^ ord(letter)) * 0x01000193) & 0xFFFFFFFF
    return hashed % shards


def _claims(ranked: Ranked, kept: Sequence[Claim]) -> tuple[str, ...]:
    """The sentences that speak of this story, each once; counted keywords are no sentences."""
    own = (c for c in kept if ranked.story.id in c.stories and len(c.stories) <= _OWN)
    return tuple(dict.fromkeys(claim.text for claim in own if claim.part != "keyword"))


def _hidden_words(ranked: Ranked) -> Iterator[str]:
    """Return the words that are searched and not shown: other titles, names, venues."""
    lead = ranked.story.lead
    yield from dict.fromkeys(item.title for item in ranked.story.items if item.title != lead.title)
    yield " ".join(lead.authors[:30])
    yield lead.venue


def _category_entry(category: Category, language: str) -> dict[str, Any]:
    names = dict.fromkeys(map(name_key, (category.id, *category.name.values())))
    return {
        "id": category.id,
        "emoji": category.emoji,
        "label": category.label(language),
        "names": list(names),
    }


def _json(path: str, value: Any) -> Delivery:
    return Delivery(path=f"search/{path}", body=msgspec.json.encode(value), media_type=JSON)
