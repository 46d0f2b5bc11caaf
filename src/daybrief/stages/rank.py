"""File and rank: every story gets one category, and what more readers noticed comes first.

What is off-topic leaves before chart and text, and is counted. Each story says why it stands where it stands.

The score is a plain sum that can be recomputed from the printed reasons: a logarithm for each kind of
attention, so that a thousand points are worth more than a hundred, but not ten times more; for a paper what
its text lets expect (`stages.merit`); and what it loses for saying again what an earlier paper said, of the
last weeks or of the same day. A profile's preferences add parts of their own to that sum, and nothing else.
"""

from __future__ import annotations

import heapq
import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from daybrief.errors import DaybriefError, in_a_line
from daybrief.languages.phrases import phrases
from daybrief.model import Drop, EditionKind, Entry, Filed, Item, Ranked, Remembered, Story, Taxonomy, Usage
from daybrief.ports import Categoriser, DividesWork, Filing
from daybrief.stages.merit import FollowedTitles, MeritPart, Subjects, merit_of
from daybrief.text.identity import shown
from daybrief.text.latex import readable
from daybrief.text.plain import line

LOG = logging.getLogger(__name__)
OFF_TOPIC = "off-topic"
OTHERS = "others"

_WEIGHTS = {"votes": 1.0, "points": 0.7, "comments": 0.3, "citations": 0.5}
_EACH_SOURCE = 1.0  # a second source that carries a story is worth as much as e - 1 votes
_NO_TEXT = 1.0  # without a text there is nothing to say about it
_MOST_TOLD = 3  # parts of a score that the reader's line names
_ALIKE = 0.5  # titles that are less alike than this are of different subjects
_REPEATED = 2.0  # points lost for a title that stood there word for word
_TITLE = 80  # letters of another paper's title


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────


def of_kind(stories: Sequence[Story], kind: EditionKind) -> tuple[tuple[Story, ...], Entry]:
    """The stories that belong in the papers or the news edition."""
    story_kind = "paper" if kind == "papers" else "news"
    kept = tuple(s for s in stories if s.kind == story_kind)
    other = tuple(s.id for s in stories if s.kind != story_kind)
    dropped = (Drop(reason="other-edition", refs=other),) if other else ()
    return kept, Entry(stage="kind", unit="stories", came_in=len(stories), kept=len(kept), dropped=dropped)


def categorise(
    stories: Sequence[Story],
    categoriser: Categoriser,
    taxonomy: Taxonomy,
    known: Mapping[str, str],
    divide: DividesWork | None = None,
) -> tuple[tuple[Filed, ...], Entry]:
    """Give every story a category of its kind; the off-topic ones leave and are counted.

    `known` maps story ids to the category of an earlier day: a story never changes its drawer. A
    categoriser's answer is matched by id; a story it forgot, or filed where there is no drawer, goes to
    `others`, and says so. `divide` shares a large day among processes; it is given only where the categoriser
    files each story alone.
    """
    filing = _filing(stories, categoriser, divide)
    answers = {f.story.id: f for f in filing.filed if _is_filed(f)}
    filed = tuple(_settled(story, answers.get(story.id), taxonomy, known) for story in stories)
    off = tuple(f.story.id for f in filed if f.category == OFF_TOPIC)
    kept = tuple(f for f in filed if f.category != OFF_TOPIC)
    dropped = (Drop(reason=OFF_TOPIC, refs=off),) if off else ()
    entry = Entry(
        stage="categorise",
        unit="stories",
        came_in=len(stories),
        kept=len(kept),
        dropped=dropped,
        usage=filing.usage if filing.usage.calls else msgspec.UNSET,
    )
    return kept, entry


def _filing(stories: Sequence[Story], categoriser: Categoriser, divide: DividesWork | None) -> Filing:
    if divide is None or len(stories) < _LARGE:
        return _filed_by(categoriser, stories)

    def labels(part: Sequence[Story]) -> list[tuple[str, float, str]]:
        return [(f.category, f.confidence, f.why) for f in categoriser.file(part).filed]

    labelled = zip(stories, _in_parts(labels, stories, divide), strict=True)
    return Filing(
        filed=tuple(
            Filed(story=story, category=category, confidence=confidence, why=why)
            for story, (category, confidence, why) in labelled
        )
    )


def _filed_by(categoriser: Categoriser, stories: Sequence[Story]) -> Filing:
    """The categoriser's answers; none where it fails or gives something else. Raises what is known."""
    try:
        filing: object = categoriser.file(stories)
        if isinstance(filing, Filing) and all(map(isinstance, (filing.filed, filing.usage), (tuple, Usage))):
            return filing
        LOG.warning("the categoriser %s gave no filing", categoriser.name)
    except DaybriefError:
        raise
    except (Exception, SystemExit, GeneratorExit) as bug:
        LOG.warning("the categoriser %s failed: %s", categoriser.name, shown(in_a_line(bug)))
        LOG.debug("the categoriser failed", exc_info=bug)
    return Filing(filed=())


def _is_filed(answer: object) -> bool:
    """Whether an answer is of the types that it should be."""
    if not isinstance(answer, Filed):
        return False
    story, category, why, sure = (
        getattr(answer, name) for name in ("story", "category", "why", "confidence")
    )
    named = isinstance(story, Story) and isinstance(category, str) and isinstance(sure, int | float)
    return named and 0 <= sure <= 1 and isinstance(why, str) and why.encode(errors="replace").decode() == why


_LARGE = 200  # stories from which a second process saves more than it costs
_PART = 50
_Value = TypeVar("_Value")
_Result = TypeVar("_Result")


def _in_parts(
    call: Callable[[Sequence[_Value]], list[_Result]], values: Sequence[_Value], divide: DividesWork
) -> list[_Result]:
    """Returns `call(values)`, of which several processes answer a part each."""
    parts = [values[at : at + _PART] for at in range(0, len(values), _PART)]
    answers = divide(lambda number: call(parts[number]), range(len(parts)))
    return [answer for number in range(len(parts)) for answer in answers[number]]


def _settled(story: Story, answer: Filed | None, taxonomy: Taxonomy, known: Mapping[str, str]) -> Filed:
    drawers = {c.id for c in taxonomy.of(story.kind)}
    if (before := known.get(story.id)) in drawers:
        return Filed(story=story, category=str(before), confidence=1.0, why="filed so before")
    if answer is None or answer.category not in drawers:
        return Filed(
            story=story, category=OTHERS, confidence=0.0, why="the categoriser gave no usable answer"
        )
    return msgspec.structs.replace(answer, story=story)


# ── ranking ─────────────────────────────────────────────────────────────────────────────────────────


Merit = Callable[[Story], tuple[MeritPart, ...]]


class ScorePart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a score: its points, the reason as it is noted, and the phrase that tells it a reader."""

    points: float
    reason: str
    phrase: str = ""  # "": not told
    fields: dict[str, str | int] = {}


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """A profile's preferences for one day: parts by story id, and how many stories a category may have."""

    language: str
    parts: Mapping[str, tuple[ScorePart, ...]] = {}
    quotas: Mapping[str, int] = {}  # as `config.Profile.categories` says

    def room(self, category: str, most_each: int) -> int:
        """Return how many stories of a category may be printed."""
        if category in self.quotas:
            return self.quotas[category]
        return 0 if any(self.quotas.values()) else most_each


def rank(
    filed: Sequence[Filed],
    *,
    most: int,
    most_each: int,
    preferences: Preferences | None = None,
    earlier: Sequence[Remembered] = (),
    divide: DividesWork | None = None,
    merit: Merit = merit_of,
    followed: FollowedTitles | None = None,
) -> tuple[tuple[Ranked, ...], Entry]:
    """Best first; at most `most` stories in all and `most_each` a category, the rest counted as dropped.

    `earlier` are the stories of the last weeks, against which a paper is new or not. `divide` shares a large
    day among processes; `merit` gives the parts of a story's merit. `followed` are the titles of days that
    are ranked one after the other: they are not read anew for each.
    """
    kept: list[Ranked] = []
    counts: dict[str, int] = {}
    left: dict[str, list[str]] = {"category-unwanted": [], "category-full": [], "below-the-cut": []}
    merits = _merits([f.story for f in filed], merit, divide)
    repeated = _with_repetition(filed, earlier, followed)
    choice = _Choice(
        [_scored(f, merit, preferences, part) for (f, part), merit in zip(repeated, merits, strict=True)],
        preferences,
    )
    while ranked := choice.best():
        category = ranked.filed.category
        room = preferences.room(category, most_each) if preferences else most_each
        if not room:
            left["category-unwanted"].append(ranked.story.id)
        elif counts.get(category, 0) >= room:
            left["category-full"].append(ranked.story.id)
        elif len(kept) >= most:
            left["below-the-cut"].append(ranked.story.id)
        else:
            counts[category] = counts.get(category, 0) + 1
            kept.append(ranked)
            choice.keep(ranked)
    dropped = tuple(Drop(reason=reason, refs=tuple(ids)) for reason, ids in left.items() if ids)
    entry = Entry(stage="rank", unit="stories", came_in=len(filed), kept=len(kept), dropped=dropped)
    return tuple(kept), entry


def score(filed: Filed, preferences: Preferences | None = None, *more: ScorePart | None) -> Ranked:
    """A filed story with its score and the reasons that add up to it."""
    return _scored(filed, merit_of(filed.story), preferences, *more)


def _merits(
    stories: Sequence[Story], merit: Merit, divide: DividesWork | None
) -> Iterable[tuple[MeritPart, ...]]:
    if divide is None or len(stories) < _LARGE:
        return map(merit, stories)
    return _in_parts(lambda part: list(map(merit, part)), stories, divide)


def _scored(
    filed: Filed, merit: Iterable[MeritPart], preferences: Preferences | None, *more: ScorePart | None
) -> Ranked:
    parts = [*_attention(filed), *_merit(filed, merit), *(part for part in more if part is not None)]
    parts += preferences.parts.get(filed.story.id, ()) if preferences else ()
    return Ranked(
        filed=filed,
        score=round(sum((part.points for part in parts), 0.0), 4),
        reasons=tuple(map(_reason, parts)),
        because=_line(parts, preferences.language) if preferences else msgspec.UNSET,
    )


def _reason(part: ScorePart) -> str:
    return f"{part.reason}: {part.points:+.2f}"


class _Choice:
    """Gives stories best first; a paper loses points for those like it that were kept before."""

    def __init__(self, ranked: Sequence[Ranked], preferences: Preferences | None) -> None:
        self._whole = {entry.story.id: entry for entry in ranked}
        self._language = preferences.language if preferences else None
        self._waiting = [(-entry.score, entry.story.id) for entry in ranked]
        heapq.heapify(self._waiting)
        self._kept = Subjects()

    def keep(self, ranked: Ranked) -> None:
        """Compare the stories that follow with this one."""
        if ranked.story.kind == "paper":
            self._kept.add(ranked.story.lead.title)

    def best(self) -> Ranked | None:
        """Take the best of those that wait, given those kept; None when all are out."""
        while self._waiting:
            before, story = heapq.heappop(self._waiting)
            ranked = self._worth_now(self._whole[story])
            if -ranked.score <= before or not self._waiting or (-ranked.score, story) <= self._waiting[0]:
                return ranked
            heapq.heappush(self._waiting, (-ranked.score, story))
        return None

    def _worth_now(self, ranked: Ranked) -> Ranked:
        part = _repetition(ranked.filed, self._kept, "above") if ranked.story.kind == "paper" else None
        if part is None:
            return ranked
        why = [ranked.why, _line([part], self._language)] if self._language else []
        return msgspec.structs.replace(
            ranked,
            score=round(ranked.score + part.points, 4),
            reasons=(*ranked.reasons, _reason(part)),
            because=" · ".join(filter(None, why)) if self._language else msgspec.UNSET,
        )


def _with_repetition(
    filed: Sequence[Filed], earlier: Sequence[Remembered], followed: FollowedTitles | None
) -> Iterator[tuple[Filed, ScorePart | None]]:
    """Each story with what it loses for a paper of the last weeks that it resembles; itself is none."""
    if not any(f.story.kind == "paper" for f in filed):
        yield from ((each, None) for each in filed)
        return
    today = {f.story.id for f in filed}
    titles = ((r.story, r.title) for r in earlier if r.kind == "paper" and r.story not in today)
    known: Subjects | FollowedTitles
    if followed is None:
        known = Subjects((title for _, title in titles), queries=[f.story.lead.title for f in filed])
    else:
        followed.follow(frozenset(titles))
        known = followed
    for each in filed:
        yield each, _repetition(each, known, "earlier") if each.story.kind == "paper" else None


def _repetition(filed: Filed, subjects: Subjects | FollowedTitles, where: str) -> ScorePart | None:
    """The penalty of a paper for the most similar of some titles; None for a subject of its own."""
    alike = subjects.nearest(filed.story.lead.title, _ALIKE)
    points = -round(_REPEATED * (alike.likeness - _ALIKE) / (1 - _ALIKE), 2)
    if points >= 0:
        return None
    title = line(readable(alike.title), _TITLE)
    return ScorePart(
        points=points, reason=f"like “{title}” {where}", phrase=f"why.like_{where}", fields={"title": title}
    )


def _merit(filed: Filed, merit: Iterable[MeritPart]) -> Iterator[ScorePart]:
    """Turn what a paper's text lets expect into points, a part a group; a reader is told what raised it."""
    for part in merit:
        if not part.points:
            continue
        reason, fields = f"{part.group} of the paper", dict[str, str | int]()
        if part.group == "words":
            fields["words"] = ", ".join(f"“{word}”" for word in part.seen)
            reason = f"words {fields['words']}"
        elif part.group == "authors":
            fields["n"] = len(filed.story.lead.authors)
            reason = f"{fields['n']} authors"
        phrase = f"why.merit_{part.group}" if part.points > 0 else ""
        yield ScorePart(points=part.points, reason=reason, phrase=phrase, fields=fields)


def _attention(filed: Filed) -> Iterator[ScorePart]:
    """Turn the signals of a story's sources into points."""
    for name, weight in _WEIGHTS.items():
        seen = [value for item in filed.story.items if (value := _signal(item, name)) is not None]
        if seen and max(seen) > 0:
            n = max(seen)
            yield _part(weight * math.log1p(n), f"{name} {n}", f"story.{name}", n)
    if (sources := len(filed.story.sources)) > 1:
        yield _part(_EACH_SOURCE * (sources - 1), f"{sources} sources", "why.sources", sources)
    if place := _best_place(filed.story.items):
        yield _part(1 / place, f"place {place} of its list", "why.place", place)
    if not any(item.text for item in filed.story.items):
        yield ScorePart(points=-_NO_TEXT, reason="no text to quote")


def _part(points: float, reason: str, phrase: str, n: int) -> ScorePart:
    return ScorePart(points=points, reason=reason, phrase=phrase, fields={"n": n})


def _line(parts: Sequence[ScorePart], language: str) -> str:
    """The parts that raised a story most, and what the reader wanted less of, in one readable line."""
    raised = sorted((part for part in parts if part.phrase and part.points > 0), key=lambda p: -p.points)
    lowered = [part for part in parts if part.phrase and part.points < 0]
    say = phrases(language)
    return " · ".join(say(part.phrase, **part.fields) for part in (*raised[:_MOST_TOLD], *lowered))


def _signal(item: Item, name: str) -> int | None:
    value: int | None = getattr(item.signals, name)
    return value


def _best_place(items: Sequence[Item]) -> int | None:
    places = [place for item in items if (place := item.signals.position or 0) > 0]
    return min(places, default=None)
