"""Chart: the day's distribution over categories, counted from the very sections the page prints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from daybrief.errors import ConfigError
from daybrief.model import Bar, Chart, Checked, EditionKind, Taxonomy
from daybrief.text.phrases import Phrases, phrases


def chart(
    sections: Sequence[Checked],
    taxonomy: Taxonomy,
    *,
    language: str,
    kind: EditionKind,
    day: date,
    form: str = "bars",
) -> Chart:
    """One bar a section, most stories first, with a text that says the same as the picture.

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
    told = ", ".join(say("chart.bar", label=bar.label, n=bar.count) for bar in bars)
    return say("chart.alt", n=total, bars=told, **fields)
