"""Answers what readers of the archive ask, once for the pages, the API and assistants.

`Library` is a view on one profile's archive. Every answer is a frozen value; nothing here writes, and
nothing here knows the time: where a span ends "today", the caller says which day that is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from daybrief.cards import Card, card_among
from daybrief.languages import SOURCE
from daybrief.model import (
    Category,
    Edition,
    EditionKind,
    Entry,
    Example,
    Item,
    ItemKind,
    Judged,
    Ranked,
    Receipt,
    Run,
    State,
    Taxonomy,
    Value,
)
from daybrief.ports import ArchiveView, EditionRow, HarvestRow, ItemRow, PrintedRow, Searcher
from daybrief.text.query import Hit
from daybrief.text.words import latin_stems, rarity

if TYPE_CHECKING:
    from daybrief.audit.exposure import Exposure

KINDS: tuple[EditionKind, ...] = ("papers", "news")
MOST_DAYS = 40  # days a story's record goes back: each costs reading two editions
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"\\(?:url|href)\b|\bthis https? url\b|\bhttps?://\S+", re.IGNORECASE)  # no subject
_REPEATS = 4  # days that a story may stand in a category, one after the other
_TELLING = 10  # words that say what a story is about
_CANDIDATES = 20  # of each of them
_NEAR = 3.65  # below, two stories share words by chance: likely alike from here on
_TITLE = 3.28  # of the words of both titles
_SAME = 1.37  # a story of the same category is so much nearer
_WORDS, _PHRASES = 4.77, 1.71  # weight of the words in common, and of the phrases
_LONGEST_TEXT = 6_000  # characters of an item that are compared


class Day(Value, frozen=True, kw_only=True):
    """A day and its editions, papers before news, without their stories."""

    day: date
    editions: tuple[EditionRow, ...]


class Neighbours(Value, frozen=True, kw_only=True):
    """The nearest days with an edition before and after a day; None where there is none."""

    earlier: date | None = None
    later: date | None = None


class Appearance(Value, frozen=True, kw_only=True):
    """A story as one edition printed it, with every claim made of it there, kept or not."""

    day: date
    kind: EditionKind
    language: str
    category: Category
    ranked: Ranked
    claims: tuple[Judged, ...]


class Step(Value, frozen=True, kw_only=True):
    """A stage's decision on a story: `kept`, `merged` into the story `into`, or `dropped` for `reason`."""

    stage: str
    outcome: str
    reason: str = ""
    into: str = ""
    refs: tuple[str, ...] = ()  # the keys that became one story


class Fate(Value, frozen=True, kw_only=True):
    """The fate of a story on one day, stage by stage; `printed` says whether it reached the edition."""

    day: date
    kind: EditionKind
    steps: tuple[Step, ...]
    printed: bool


class StoryRecord(Value, frozen=True, kw_only=True):
    """All the archive knows of a story or an item, whether it was ever printed or not.

    `id` is the story's, also when it was asked for by one of its `keys`. `listings` are the items as each
    source listed them, newest day first; `appearances` and `fates` go back `MOST_DAYS` days of mention.
    """

    id: str
    kind: ItemKind
    title: str
    keys: tuple[str, ...]
    first_seen: date
    last_seen: date
    printed: tuple[PrintedRow, ...]
    appearances: tuple[Appearance, ...]
    listings: tuple[ItemRow, ...]
    fates: tuple[Fate, ...]
    card: Card | None = None  # what came of reproducing the paper here

    @property
    def items(self) -> tuple[Item, ...]:
        """The latest listing of each source, in order."""
        latest = {(row.item.source, row.item.key): row.item for row in reversed(self.listings)}
        return tuple(latest.values()) or (self.appearances[0].ranked.story.items if self.appearances else ())


class Week(Value, frozen=True, kw_only=True):
    """How many stories a category had in the week that begins on the Monday `start`, and all had together."""

    start: date
    stories: int
    total: int


class CategoryRecord(Value, frozen=True, kw_only=True):
    """A category, how much it had in each week (oldest first), and its latest stories."""

    category: Category
    weeks: tuple[Week, ...]
    stories: tuple[PrintedRow, ...]
    more: bool = False


class CategoryTrend(Value, frozen=True, kw_only=True):
    """The weeks of a category."""

    category: Category
    weeks: tuple[Week, ...]

    @property
    def stories(self) -> int:
        """How many stories it had in all the weeks."""
        return sum(week.stories for week in self.weeks)


class SourceDay(Value, frozen=True, kw_only=True):
    """How a source did on one day."""

    day: date
    state: State
    items: int
    dropped: int
    requests: int
    error: str = ""
    hint: str = ""


class SourceHealth(Value, frozen=True, kw_only=True):
    """How a source did over time, oldest day first; a day without a row was not collected."""

    source: str
    days: tuple[SourceDay, ...]

    @property
    def good(self) -> int:
        """The number of days on which the source answered as it should."""
        return sum(day.state in ("fresh", "quiet") for day in self.days)


class Library:
    """Answers about one profile's archive; `searcher` finds what is similar."""

    def __init__(
        self,
        archive: ArchiveView,
        searcher: Searcher,
        taxonomy: Taxonomy,
        *,
        searchers: Callable[[str], Searcher] | None = None,
    ) -> None:
        self._archive = archive
        self._taxonomy = taxonomy
        self._searchers = searchers
        self.searcher = searcher

    def of(self, profile: str) -> Library:
        """The same library as another profile sees it; `searchers` gives each its own search."""
        searcher = self._searchers(profile) if self._searchers else self.searcher
        return Library(self._archive.of(profile), searcher, self._taxonomy, searchers=self._searchers)

    def mark(self) -> str:
        """Changes whenever the archive does: whatever was made from an older one is stale."""
        return self._archive.mark()

    def profiles(self) -> tuple[str, ...]:
        """The profiles that have editions; "" is the reader without one."""
        return self._archive.profiles()

    @property
    def archive(self) -> ArchiveView:
        """The archive that it reads."""
        return self._archive

    def examples(self, profile: str) -> tuple[Example, ...]:
        """The likes and dislikes of a profile, oldest first."""
        return self._archive.of(profile).examples()

    @property
    def taxonomy(self) -> Taxonomy:
        """The categories there are."""
        return self._taxonomy

    def category_of(self, category: str) -> Category:
        """A category by its id; one that an older taxonomy held is known by its id alone."""
        try:
            return self._taxonomy[category]
        except KeyError:
            return Category(id=category, kind="both", emoji="", name={SOURCE: category}, definition="")

    # ── days ─────────────────────────────────────────────────────────────────────────────────────

    def all_days(self) -> tuple[date, ...]:
        """Every day that has an edition, oldest first."""
        return self._archive.days()

    def days(self, since: date, until: date) -> tuple[Day, ...]:
        """The days from `since` to `until` (both included) that have an edition, newest first."""
        rows = self._archive.editions(since, until)
        return tuple(
            Day(day=day, editions=tuple(editions)) for day, editions in groupby(rows, key=lambda r: r.day)
        )

    def sizes(self, since: date, until: date) -> dict[date, int]:
        """How many stories each day with an edition holds; reads no edition, so a year of it is cheap."""
        sizes = {day: 0 for day in self._archive.days() if since <= day <= until}
        for row in self._archive.counts(since, until):
            sizes[row.day] = sizes.get(row.day, 0) + row.stories
        return sizes

    def neighbours(self, day: date) -> Neighbours:
        """The nearest days with an edition before and after a day."""
        days = self._archive.days()
        return Neighbours(
            earlier=max((d for d in days if d < day), default=None),
            later=min((d for d in days if d > day), default=None),
        )

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        """The edition of a day, or None."""
        return self._archive.edition(day, kind)

    def editions(self, day: date) -> tuple[Edition, ...]:
        """The editions of a day, papers before news."""
        editions = (self._archive.edition(day, kind) for kind in KINDS)
        return tuple(edition for edition in editions if edition is not None)

    def latest(self) -> date | None:
        """The latest day that has an edition."""
        return max(self._archive.days(), default=None)

    def receipts(self, day: date) -> tuple[Receipt, ...]:
        """The deliveries of a day."""
        return self._archive.receipts(day)

    # ── stories ──────────────────────────────────────────────────────────────────────────────────

    def story(self, key: str) -> StoryRecord | None:
        """All there is about a story or an item, by its id or any of its keys; None when nobody listed it."""
        known, story_keys = self._archive.keys_of(key)
        keys = tuple(dict.fromkeys((known or key, key, *story_keys)))
        printed = self._archive.printed([known] if known else [])
        listings = self._archive.items(keys)
        if not printed and not listings:
            return None
        days = sorted({row.day for row in printed} | {row.day for row in listings}, reverse=True)
        editions = [edition for day in days[:MOST_DAYS] for edition in self.editions(day)]
        mentions = frozenset((*keys, *(alias for row in listings for alias in row.item.aliases)))
        return StoryRecord(
            id=known or key,
            kind=printed[0].kind if printed else listings[0].item.kind,
            title=printed[0].title if printed else listings[0].item.title,
            keys=keys,
            first_seen=days[-1],
            last_seen=days[0],
            printed=printed,
            appearances=tuple(a for edition in editions for a in _appearances(edition, known)),
            listings=listings,
            fates=tuple(_fates(editions, mentions)),
            card=card_among(keys),
        )

    def similar(self, record: StoryRecord, most: int = 6) -> tuple[Hit, ...]:
        """Other stories of its kind that are about the same, best first, each once.

        The search finds candidates by each of its telling words; what titles and texts share decides.
        Fewer than `most` where fewer are near enough; what was never printed is like nothing printed.
        """
        words = _telling_words(record.items, _weights(_longest(record.items)))
        hits = {hit.id: hit for word in words for hit in self._hits(word, record)}
        items_by_key: dict[str, list[Item]] = {}
        for row in self._archive.items(list(hits)):
            items_by_key.setdefault(row.item.key, []).append(row.item)
        category = record.printed[0].category if record.printed else ""
        longest = [(hit, _longest(items_by_key.get(key, ()))) for key, hit in hits.items()]
        like = _likeness(_longest(record.items), [item for _, item in longest])
        near = [(like(item) + _SAME * (hit.category == category), hit) for hit, item in longest]
        best_first = sorted(near, key=lambda pair: (-pair[0], pair[1].id))
        return tuple(hit for likeness, hit in best_first if likeness >= _NEAR)[:most]

    def _hits(self, word: str, record: StoryRecord) -> Iterator[Hit]:
        """The hits of a word that may be like a record."""
        for hit in self.searcher.search(f"{word} kind:{record.kind}", most=_CANDIDATES).hits:
            if hit.id not in record.keys and hit.kind == record.kind and (hit.category or not record.printed):
                yield hit

    # ── categories and time ──────────────────────────────────────────────────────────────────────

    def category(
        self, category: str, until: date, *, weeks: int = 26, most: int = 50, before: date | None = None
    ) -> CategoryRecord:
        """A category's weeks up to `until` and its latest stories, once each; `before` asks for earlier."""
        trend = self._trend([self.category_of(category)], until, weeks)[0]
        printed = self._archive.printed_in(category, _REPEATS * (most + 1), before)
        rows = tuple({row.story: row for row in reversed(printed)}.values())[::-1]
        return CategoryRecord(
            category=trend.category, weeks=trend.weeks, stories=rows[:most], more=len(rows) > most
        )

    def trends(self, until: date, *, weeks: int = 26) -> tuple[CategoryTrend, ...]:
        """Every category that had a story in the `weeks` weeks up to `until`, the fullest first."""
        since = _monday(until) - timedelta(weeks=weeks - 1)
        ids = dict.fromkeys(row.category for row in self._archive.counts(since, until))
        trends = self._trend([self.category_of(c) for c in ids], until, weeks)
        return tuple(sorted(trends, key=lambda t: (-t.stories, t.category.id)))

    def _trend(self, categories: Sequence[Category], until: date, weeks: int) -> list[CategoryTrend]:
        starts = [_monday(until) - timedelta(weeks=n) for n in reversed(range(weeks))]
        by_week: Counter[tuple[str, date]] = Counter()
        total: Counter[date] = Counter()
        for row in self._archive.counts(starts[0], until):
            by_week[row.category, _monday(row.day)] += row.stories
            total[_monday(row.day)] += row.stories
        return [
            CategoryTrend(
                category=category,
                weeks=tuple(Week(start=s, stories=by_week[category.id, s], total=total[s]) for s in starts),
            )
            for category in categories
        ]

    def source_health(self, until: date, *, days: int = 30) -> tuple[SourceHealth, ...]:
        """How each source did in the `days` days up to `until`, in the order of the latest day's sources."""
        by_source: dict[str, list[SourceDay]] = {}
        for row in reversed(self._archive.harvest_rows(until - timedelta(days=days - 1), until)):
            by_source.setdefault(row.harvest.source, []).append(_source_day(row))
        return tuple(
            SourceHealth(source=name, days=tuple(reversed(rows))) for name, rows in by_source.items()
        )

    def exposure(self, kind: EditionKind, until: date, *, days: int = 30) -> Exposure:
        """The exposure of the stories that came in during the `days` days up to `until`: which were selected,
        and how high they stood.
        """
        from daybrief.audit.exposure import exposure, offers  # and the statistics it counts with

        offered = []
        for row in self._archive.editions(until - timedelta(days=days - 1), until):
            edition = self._archive.edition(row.day, kind) if row.kind == kind else None
            if edition is not None:
                offered.append(offers(edition, self._archive.harvests(row.day)))
        return exposure(kind, offered)

    def runs(self, most: int = 20, before: int | None = None) -> tuple[Run, ...]:
        """The latest runs, newest first; `before` asks for those with a lower id."""
        return self._archive.runs(most, before)


def path_of(edition: Edition, mentions: frozenset[str]) -> tuple[Step, ...]:
    """The steps of a thing, known by any of these keys, through the stages of an edition's ledger."""
    known, steps = set(mentions), list[Step]()
    printed = any(known.intersection((s.id, *s.keys)) for s in edition.stories)
    for entry in edition.ledger.entries:
        if entry.unit == "claims":
            break
        step = _step(entry, known)
        steps.append(step)
        if step.outcome == "dropped":
            return tuple(steps)
        if step.into:
            known.add(step.into)
    return tuple(steps) if printed or any(s.outcome == "merged" for s in steps) else ()


def _step(entry: Entry, known: set[str]) -> Step:
    for drop in entry.dropped:
        # What `collect` dropped is named "source: ref".
        if any(ref in known or ref.partition(": ")[2] in known for ref in drop.refs):
            return Step(stage=entry.stage, outcome="dropped", reason=drop.reason)
    for fold in entry.folds:
        if known.intersection((fold.story, *fold.refs)):
            return Step(stage=entry.stage, outcome="merged", into=fold.story, refs=fold.refs)
    return Step(stage=entry.stage, outcome="kept")


def _fates(editions: Iterable[Edition], mentions: frozenset[str]) -> Iterator[Fate]:
    """Yields a fate for each day: that in the edition of the story's kind; both say the same of what left
    earlier.
    """
    days: set[date] = set()
    for edition in editions:
        steps = path_of(edition, mentions)
        day = edition.window.day
        if not steps or steps[-1].reason == "other-edition" or day in days:
            continue
        days.add(day)
        printed = any(mentions.intersection((s.id, *s.keys)) for s in edition.stories)
        yield Fate(day=day, kind=edition.kind, steps=steps, printed=printed)


def _appearances(edition: Edition, story: str) -> Iterator[Appearance]:
    for section in edition.sections:
        for ranked in section.ranked:
            if ranked.story.id == story:
                yield Appearance(
                    day=edition.window.day,
                    kind=edition.kind,
                    language=edition.language,
                    category=section.category,
                    ranked=ranked,
                    claims=tuple(j for j in section.checked.judged if story in j.claim.stories),
                )


def _source_day(row: HarvestRow) -> SourceDay:
    harvest = row.harvest
    return SourceDay(
        day=row.day,
        state=harvest.state,
        items=row.items,
        dropped=len(harvest.dropped),
        requests=harvest.requests,
        error=harvest.error,
        hint=harvest.hint,
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _longest(items: Iterable[Item]) -> Item | None:
    return max(items, key=lambda item: len(item.text), default=None)


def _subject(item: Item) -> str:
    """The text without the addresses in it: two papers that link their code are not alike."""
    return _ADDRESS.sub(" ", item.text[:_LONGEST_TEXT])


def _weights(item: Item | None) -> dict[str, float]:
    """The words of a story, each by how often and how rare; a title counts three times its text."""
    counted: Counter[str] = Counter()
    if item is not None:
        counted.update(latin_stems(_subject(item)))
        for stem in latin_stems(item.title):
            counted[stem] += 3
    return {stem: (1 + math.log(n)) * rarity(stem) ** 2 for stem, n in counted.items() if rarity(stem) > 0}


def _likeness(own: Item | None, others: Sequence[Item | None]) -> Callable[[Item | None], float]:
    """How like a story is to others: by their words, those of their titles, and the phrases in common.

    A phrase of two rare words that few of the others hold tells most. The weights were fitted on the pairs
    that `benchmarks/similar.json` calls in view.
    """
    words, title, phrases = _weights(own), _title_weights(own), _phrases(own)
    held_by = Counter(phrase for other in others for phrase in phrases & _phrases(other))

    def shared(other: Item | None) -> float:
        common = phrases & _phrases(other)
        return sum(math.log((len(others) + 1) / held_by[p]) * rarity(p[0]) * rarity(p[1]) for p in common)

    def like(other: Item | None) -> float:
        alike = _WORDS * _cosine(words, _weights(other)) + _TITLE * _cosine(title, _title_weights(other))
        return alike + _PHRASES * math.log1p(shared(other))

    return like


def _phrases(item: Item | None) -> frozenset[tuple[str, str]]:
    """The pairs of stems that stand beside each other in the title or in the text."""
    texts = (latin_stems(item.title), latin_stems(_subject(item))) if item else ()
    return frozenset(pair for stems in texts for pair in pairwise(stems))


def _title_weights(item: Item | None) -> dict[str, float]:
    return {stem: rarity(stem) for stem in latin_stems(item.title)} if item else {}


def _telling_words(items: Iterable[Item], weights: Mapping[str, float]) -> tuple[str, ...]:
    """The words, as they are spelled, of the stems that weigh most and that others use too."""
    spelled: dict[str, str] = {}
    for item in items:
        for word in _WORD.findall(f"{item.title} {_subject(item)}"):
            for stem in latin_stems(word):
                spelled.setdefault(stem, word)
    shared = (stem for stem in weights if rarity(stem) < 1 and stem in spelled)
    return tuple(spelled[stem] for stem in sorted(shared, key=lambda stem: (-weights[stem], stem))[:_TELLING])


def _cosine(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    shared = sum(weight * second[stem] for stem, weight in first.items() if stem in second)
    lengths = math.hypot(*first.values()) * math.hypot(*second.values())
    return shared / lengths if lengths else 0.0
