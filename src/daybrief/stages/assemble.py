"""Assemble: checked sections, chart, ledger and states become one sealed edition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from daybrief.errors import ConfigError
from daybrief.languages import own_term
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import (
    Bar,
    Chart,
    Checked,
    Edition,
    EditionKind,
    Entry,
    Ledger,
    Ranked,
    Rising,
    Section,
    SourceReport,
    State,
    Story,
    Taxonomy,
    Window,
)
from daybrief.ports import Trends
from daybrief.text.words import keywords, occurrence, shared_terms, telling

_WORST_FIRST: tuple[State, ...] = ("failed", "stalled", "waiting", "quiet")
_LAST = ("others",)
_MOST_RISING = 8
_ENOUGH_DAYS = 7  # of earlier editions, to say what is usual


def grouped(ranked: Sequence[Ranked], taxonomy: Taxonomy) -> tuple[tuple[str, tuple[Ranked, ...]], ...]:
    """The stories by category: the fullest first, then in the taxonomy's order; `others` is always last.

    Categories in which nothing is new stand behind those with something to read.
    """
    order = {category.id: place for place, category in enumerate(taxonomy.category)}
    by_category: dict[str, list[Ranked]] = {}
    for story in ranked:
        by_category.setdefault(story.filed.category, []).append(story)
    old = {c for c, stories in by_category.items() if all(ranked.story.continues for ranked in stories)}
    ids = sorted(by_category, key=lambda c: (c in _LAST, c in old, -len(by_category[c]), order[c]))
    return tuple((c, tuple(by_category[c])) for c in ids)


def state_of(stories: int, sources: Sequence[SourceReport], unwanted: int = 0) -> State:
    """Return the day's state: fresh with anything to read, else the worst state that a source reports.

    A day whose stories were all `unwanted`, of categories that the profile leaves out, was not quiet.
    """
    if stories or unwanted:
        return "fresh"
    seen = {s.state for s in sources}
    return next((state for state in _WORST_FIRST if state in seen), "quiet")


def assemble(
    window: Window,
    kind: EditionKind,
    language: str,
    checked: Sequence[Checked],
    chart: Chart,
    entries: Sequence[Entry],
    sources: Sequence[SourceReport],
    taxonomy: Taxonomy,
    *,
    made_at: datetime,
    made_by: str,
    rising: Sequence[Rising] = (),
) -> Edition:
    """The edition, sealed with its digest; raises OutOfBalance when the ledger does not add up."""
    sections = tuple(Section(category=taxonomy[c.draft.category], checked=c) for c in checked)
    stories = sum(len(s.ranked) for s in sections)
    ledger = Ledger(entries=tuple(entries))
    return Edition(
        window=window,
        kind=kind,
        language=language,
        state=state_of(stories, sources, ledger.dropped("category-unwanted")),
        sections=sections,
        chart=chart,
        ledger=ledger,
        sources=tuple(sources),
        taxonomy=taxonomy.version,
        made_at=made_at,
        made_by=made_by,
        rising=tuple(rising),
    ).sealed()


def rising(ranked: Iterable[Ranked], trends: Trends, language: str) -> tuple[Rising, ...]:
    """The terms that several new stories speak of; one of every day only where clearly more titles hold it.

    What is usual is known of titles alone, so it is told where only titles were counted.
    """
    new = [candidate.story for candidate in ranked if not candidate.story.continues]
    holders = shared_terms(tuple((story.lead.title, story.lead.text) for story in new))
    usual = trends.usual(holders)
    days = trends.days if trends.days >= _ENOUGH_DAYS else 0
    titled = Counter(word for story in new for word in keywords(story.lead.title) if word in holders)
    today = {word: len(at) for word, at in holders.items() if not days or trends.rises(word, titled[word])}
    return tuple(
        Rising(
            text=own_term(_spelled(word, [new[at] for at in holders[word]]), language),
            today=today[word],
            usual=round(usual[word], 2) if days and today[word] == titled[word] else 0.0,
            days=days if today[word] == titled[word] else 0,
            stories=tuple(new[at].id for at in holders[word]),
        )
        for word in telling(today, usual, _MOST_RISING)
    )


def _spelled(word: str, holders: Sequence[Story]) -> str:
    """The word as most titles spell it."""
    titles = [story.lead.title for story in holders]
    spans = ((title, occurrence(word, title)) for title in titles)
    spellings = [title[span[0] : span[1]] for title, span in spans if span]
    return max(dict.fromkeys(spellings), key=spellings.count, default=word)


def chart(
    sections: Sequence[Checked],
    taxonomy: Taxonomy,
    *,
    language: str,
    kind: EditionKind,
    day: date,
    form: str = "bars",
) -> Chart:
    """Count the stories of each section into bars, most first, and describe the picture in a sentence.

    Sections of equal size keep their order on the page. Raises ConfigError for an unknown form.
    """
    say = phrases(language)
    bars = [_bar(section, taxonomy, language) for section in sections]
    bars.sort(key=lambda bar: -bar.count)
    total = sum(bar.count for bar in bars)
    fields = {"day": say.day(day), "kind": say(f"kind.{kind}")}
    return Chart(
        title=say("chart.title", n=total, **fields) if bars else say("chart.empty", **fields),
        alt=_alt(say, bars, total, fields),
        bars=tuple(bars),
        form=_form(form),
    )


def _form(name: str) -> Literal["bars", "pie"]:
    if name == "bars":
        return "bars"
    if name == "pie":
        return "pie"
    raise ConfigError(f"chart = {name!r} is unknown", hint='use "bars" or "pie"')


def _bar(section: Checked, taxonomy: Taxonomy, language: str) -> Bar:
    category = taxonomy[section.draft.category]
    return Bar(
        category=category.id,
        label=category.label(language),
        emoji=category.emoji,
        count=len(section.draft.ranked),
    )


def _alt(say: Phrases, bars: Sequence[Bar], total: int, fields: dict[str, str]) -> str:
    if not bars:
        return say("chart.empty", **fields)
    listing = ", ".join(say("chart.bar", label=bar.label, n=bar.count) for bar in bars)
    return say("chart.alt", n=total, bars=listing, **fields)
