"""Result cards: what came of trying a paper here, as data that the engine reads by arXiv id.

A lab writes `results/card.json` beside its pictures; this module is the only one that knows the form. The
engine never imports a lab: it finds cards and pages among the packaged files.

    labs/NAME/page.toml           what a reader sees, in each language of `Words`, with the falsifier
    labs/NAME/results/card.json   the newest measurement
    labs/NAME/results/picture.svg, picture.CODE.svg

What is shown of them is clean text in the page's language, nothing escaped.

    story → Reproduced       the line beside a paper: "Reproduced: held. The paper claims …"
    lab → LabView            the page of a lab, the same for site, reader and documentation
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

from daybrief.errors import ConfigError, LabError
from daybrief.languages import SOURCE, language_or_source
from daybrief.model import Value, from_json
from daybrief.text.identity import arxiv_id, arxiv_url

SCHEMA = "daybrief.card/1"
_ARXIV = "arxiv:"

Scale = Literal["smoke", "small", "full"]
Verdict = Literal["held", "did not hold", "not comparable"]


class Words(Value, frozen=True, kw_only=True):
    """The same text in each language a card is written in."""

    en: str
    ko: str

    def in_(self, language: str) -> str:
        """The text in a language of cards; for any other language that of the source language."""
        code = written_in(language)
        return language_or_source(code).one_form(getattr(self, code))


LANGUAGES = Words.__struct_fields__
"""The languages a card is written in."""


def written_in(language: str) -> str:
    """The language in which a reader of this one gets cards."""
    return language if language in LANGUAGES else SOURCE


class Paper(Value, frozen=True, kw_only=True):
    """The paper that a lab reproduces; `version` is the arXiv version that was read, None when unknown."""

    arxiv: str
    title: str
    version: int | None = None


class Measure(Value, frozen=True, kw_only=True):
    """A number that was measured, with its interval and the paper's own figure where there is one.

    `low` and `high` bound the 95 % interval. `tolerance` says how far a smoke run on another machine may lie
    from this number (absolute, same unit); None means that a smoke run is not held to it.
    """

    key: str
    name: Words
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""
    paper: str = ""
    tolerance: float | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high, self.tolerance):
            if number is not None and not math.isfinite(number):
                raise LabError(
                    f"the measure {self.key!r} is {number}", hint="a card holds finite numbers only"
                )
        if (self.low is None) != (self.high is None) or (self.low or 0.0) > (self.high or 0.0):
            raise LabError(
                f"the interval of {self.key!r} runs from {self.low} to {self.high}",
                hint="give both bounds, low first",
            )


class Condition(Value, frozen=True, kw_only=True):
    """A condition of a falsifier, stated before the run: the claim fails when it is not met."""

    key: str
    states: Words


class Check(Value, frozen=True, kw_only=True):
    """A condition and its outcome: true when it is met, null when it could not be measured."""

    key: str
    states: Words
    met: bool | None = msgspec.field(name="held")
    measured: str


class Expected(Value, frozen=True, kw_only=True):
    """The value that a smoke run measured when the card was written, and how far another may lie from it."""

    key: str
    value: float
    tolerance: float


class Environment(Value, frozen=True, kw_only=True):
    """The machine and the software that a card was measured with."""

    daybrief: str
    python: str
    machine: str
    cores: int
    packages: dict[str, str]


class Card(Value, frozen=True, kw_only=True):
    """The result of reproducing one paper at one scale.

    `code` is the hash of the lab's statements and of the engine modules it measures. `seconds` is wall time,
    `peak_mib` the peak of resident memory of the process. `smoke` is what the contract test holds a run to.
    """

    schema: Literal["daybrief.card/1"] = "daybrief.card/1"
    lab: str
    paper: Paper
    claim: Words
    paper_says: Words
    reproduced: Words
    left_out: Words
    scale: Scale
    data: tuple[Words, ...]
    seeds: tuple[int, ...]
    measures: tuple[Measure, ...]
    falsifier: tuple[Check, ...]
    verdict: Verdict
    because: Words
    smoke: tuple[Expected, ...]
    command: str
    picture: str
    environment: Environment
    code: str
    seconds: float
    peak_mib: float | None
    made_on: date

    def __post_init__(self) -> None:
        if self.verdict != judged(self.falsifier):
            raise LabError(
                f"the card of {self.lab!r} says {self.verdict!r}, its falsifier {judged(self.falsifier)!r}",
                hint="the verdict follows from the falsifier",
            )

    def measure(self, key: str) -> Measure:
        """The measure of that key; raises LabError when there is none."""
        for measure in self.measures:
            if measure.key == key:
                return measure
        raise LabError(f"the card of {self.lab!r} has no measure {key!r}")


class Page(Value, frozen=True, kw_only=True):
    """The text that a reader sees of a lab: `page.toml`. `how` is about ten lines; `equation` is plain text.

    `headline` is the key of the measure that stands beside the paper in a brief; without it the first does.
    `data` says what `--data` must name, where the experiment reads any. `words` gives, by language, the words
    of outcomes, units and the paper's figures, which are written in English.
    """

    paper: Paper
    claim: Words
    paper_says: Words
    reproduced: Words
    left_out: Words
    how: tuple[Words, ...]
    equation: str
    use: Words
    commands: tuple[str, ...]
    falsifier: tuple[Condition, ...]
    headline: str = ""
    data: Words | None = None
    words: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)

    def translated(self, measured: str, language: str) -> str:
        """An outcome in a language of cards: whole words, of two that begin alike the longer."""
        known = self.words.get(written_in(language), {})
        forms = [_bounded(word) for word in sorted(known, key=len, reverse=True)]
        return re.sub("|".join(forms), lambda match: known[match[0]], measured) if forms else measured


def _bounded(word: str) -> str:
    """A pattern for a word that is no part of a longer one; a blank or a sign at its end bounds itself."""
    before, after = (r"(?<![\w.])" if word[0].isalnum() else "", r"(?!\w)" if word[-1].isalnum() else "")
    return f"{before}{re.escape(word)}{after}"


def judged(checks: tuple[Check, ...]) -> Verdict:
    """The verdict that follows from a falsifier: one condition not met decides."""
    if any(check.met is False for check in checks):
        return "did not hold"
    if not checks or any(check.met is None for check in checks):
        return "not comparable"
    return "held"


# ── reading what is packaged ────────────────────────────────────────────────────────────────────────


def lab_folders() -> dict[str, Traversable]:
    """Every lab's folder by name: those that hold a page."""
    rooms = (files("daybrief") / "labs").iterdir()
    folders = {room.name: room for room in rooms if room.is_dir() and (room / "page.toml").is_file()}
    return dict(sorted(folders.items()))


def read_page(folder: Traversable) -> Page:
    """A lab's page; raises LabError that names the first mistake."""
    try:
        raw = tomllib.loads((folder / "page.toml").read_text(encoding="utf-8"))
        return msgspec.convert(raw, Page)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as wrong:
        raise LabError(
            f"the page of {folder.name!r} cannot be read: {wrong}", hint="mend page.toml"
        ) from wrong


def read_card(folder: Traversable) -> Card | None:
    """A lab's shipped card, None before its first measurement; raises LabError for a damaged one."""
    place = folder / "results" / "card.json"
    if not place.is_file():
        return None
    try:
        return from_json(place.read_bytes(), Card)
    except ConfigError as wrong:
        raise LabError(f"the card of {folder.name!r} cannot be read: {wrong.message}") from wrong


def picture(lab: str, language: str) -> bytes:
    """The shipped picture of a lab as SVG, labelled in a language of cards; b"" if none."""
    code = written_in(language)
    name = "picture.svg" if code == SOURCE else f"picture.{code}.svg"
    place = lab_folders()[lab] / "results" / name
    return place.read_bytes() if place.is_file() else b""


@cache
def lab_words(language: str) -> dict[str, str]:
    """The words around a lab's page, in a language of cards."""
    raw = (files("daybrief") / "assets" / "labs.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(raw)[written_in(language)])


@cache
def mark() -> str:
    """A hash of all pages, cards and pictures: it changes when what is shown of the labs does."""
    digest = hashlib.sha256()
    for name, folder in lab_folders().items():
        for place in (folder / "page.toml", folder / "results" / "card.json"):
            digest.update(name.encode() + (place.read_bytes() if place.is_file() else b""))
        for language in LANGUAGES:
            digest.update(picture(name, language))
    return digest.hexdigest()[:16]


@cache
def cards() -> dict[str, Card]:
    """Every shipped card by arXiv id without version."""
    read = (read_card(folder) for folder in lab_folders().values())
    return {card.paper.arxiv: card for card in read if card is not None}


def card_of(name: str) -> Card | None:
    """The card of a paper, named by arXiv id, key or address; None when there is none."""
    identity = arxiv_id(name)
    return cards().get(identity[0]) if identity else None


def card_among(keys: Iterable[str]) -> Card | None:
    """The card of the first key (`arxiv:2406.09307`) that has one."""
    candidates = (cards().get(key.removeprefix(_ARXIV)) for key in keys if key.startswith(_ARXIV))
    return next((card for card in candidates if card is not None), None)


def card_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a result card."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        **msgspec.json.schema(Card),
    }


_MARKS = {True: "✓", False: "✗", None: "?"}


class Reproduced(Value, frozen=True, kw_only=True):
    """The outcome of a claim that was tried here; `verdict` is in words, `outcome` for programs.

    `claim` says what the paper claims, `numbers` which condition decided and what was measured.
    """

    lab: str
    label: str
    outcome: str
    verdict: str
    claim: str
    numbers: str
    command: str

    @property
    def text(self) -> str:
        """All but label and command, in a line."""
        return f"{self.verdict}. {self.claim} {self.numbers}"

    @property
    def short(self) -> str:
        """Label and verdict alone, where there is room for one line."""
        return f"{self.label}: {self.verdict}."


class ConditionRow(Value, frozen=True, kw_only=True):
    """A condition of the falsifier and its outcome; `mark` is ✓, ✗ or ?."""

    mark: str
    states: str
    measured: str


class NumberRow(Value, frozen=True, kw_only=True):
    """A measure: its name, the number here with its interval, and the paper's."""

    name: str
    ours: str
    paper: str


class LabView(Value, frozen=True, kw_only=True):
    """A lab's page; what comes of a card is empty before the first measurement.

    `wants` says what `--data` must name, "" where the lab reads none.
    """

    name: str
    language: str
    title: str
    arxiv: str
    address: str
    claim: str
    paper_says: str
    outcome: str
    verdict: str
    because: str
    conditions: tuple[ConditionRow, ...]
    numbers: tuple[NumberRow, ...]
    data: tuple[str, ...]
    scale: str
    how: tuple[str, ...]
    equation: str
    use: str
    commands: tuple[str, ...]
    done: str
    left_out: str
    command: str
    wants: str


def reproduced(keys: Iterable[str], language: str) -> Reproduced | None:
    """The line for a story with these keys; None when no lab tried its paper."""
    card = card_among(keys)
    if card is None:
        return None
    w = lab_words(language)
    return Reproduced(
        lab=card.lab,
        label=w["reproduced"],
        outcome=card.verdict,
        verdict=w[card.verdict] + _count_of_failed(card, w),
        claim=w["claims"].format(claim=card.claim.in_(language)),
        numbers=_decided(card, language),
        command=card.command,
    )


def _count_of_failed(card: Card, w: Mapping[str, str]) -> str:
    """How many of the conditions were not met, behind a verdict that rests on them; "" for any other."""
    failed = sum(check.met is False for check in card.falsifier)
    return f" ({w['failed'].format(failed=failed, n=len(card.falsifier))})" if failed else ""


def _decided(card: Card, language: str) -> str:
    """The first condition that was not met and what was measured; else the card's most telling number."""
    w, page = lab_words(language), _page(card.lab)
    failed = next((check for check in card.falsifier if check.met is False), None)
    if failed is None:
        headline = _headline(card, language)
        return w["came_out"].format(measured=_spelled_out(headline, w)) if headline else ""
    measured = page.translated(failed.measured, language) if page else failed.measured
    return w["wanted"].format(states=failed.states.in_(language), measured=_spelled_out(measured, w))


_INTERVAL = re.compile(r" \[([^\[\],]+), ([^\[\],]+)\]")


def _spelled_out(measured: str, w: Mapping[str, str]) -> str:
    """An outcome with its interval in words."""
    return _INTERVAL.sub(lambda match: f" ({w['interval'].format(low=match[1], high=match[2])})", measured)


def lab_view(name: str, language: str) -> LabView:
    """The page of a lab; raises KeyError for a name that is none."""
    folder = lab_folders()[name]
    return _view(name, read_page(folder), read_card(folder), language)


def lab_views(language: str) -> tuple[LabView, ...]:
    """Every lab's page, by name."""
    return tuple(lab_view(name, language) for name in lab_folders())


def _view(name: str, page: Page, card: Card | None, language: str) -> LabView:
    w = lab_words(language)
    return LabView(
        name=name,
        language=written_in(language),
        title=page.paper.title,
        arxiv=page.paper.arxiv,
        address=arxiv_url(page.paper.arxiv),
        claim=page.claim.in_(language),
        paper_says=page.paper_says.in_(language),
        outcome=card.verdict if card else "",
        verdict=w[card.verdict] if card else w["none"],
        because=card.because.in_(language) if card else "",
        conditions=_conditions(page, card, language) if card else (),
        numbers=tuple(_number(page, m, language) for m in card.measures) if card else (),
        data=tuple(data.in_(language) for data in card.data) if card else (),
        scale=_scale(card, language) if card else "",
        how=tuple(line.in_(language) for line in page.how),
        equation=page.equation.strip("\n"),
        use=page.use.in_(language),
        commands=page.commands,
        done=page.reproduced.in_(language),
        left_out=page.left_out.in_(language),
        command=card.command if card else "",
        wants=page.data.in_(language) if page.data else "",
    )


def _conditions(page: Page, card: Card, language: str) -> tuple[ConditionRow, ...]:
    return tuple(
        ConditionRow(
            mark=_MARKS[check.met],
            states=check.states.in_(language),
            measured=page.translated(check.measured, language),
        )
        for check in card.falsifier
    )


def _number(page: Page, measure: Measure, language: str) -> NumberRow:
    return NumberRow(
        name=measure.name.in_(language),
        ours=page.translated(_figure(measure), language),
        paper=page.translated(measure.paper, language),
    )


def _figure(measure: Measure) -> str:
    span = "" if measure.low is None else f" [{measure.low:.3g}, {measure.high:.3g}]"
    return f"{measure.value:.3g}{span} {measure.unit}".rstrip()


def _headline(card: Card, language: str) -> str:
    """The card's most telling number, beside the paper's."""
    if not card.measures:
        return ""
    page = _page(card.lab)
    number = next((m for m in card.measures if page and m.key == page.headline), card.measures[0])
    beside = f" ({lab_words(language)['theirs']}: {number.paper})" if number.paper else ""
    figures = f"{_figure(number)}{beside}"
    return f"{number.name.in_(language)}: {page.translated(figures, language) if page else figures}"


@cache
def _page(name: str) -> Page | None:
    folder = files("daybrief") / "labs" / name
    return read_page(folder) if (folder / "page.toml").is_file() else None


def _scale(card: Card, language: str) -> str:
    """Scale, seeds, time, memory and place of a measurement, in a sentence."""
    return lab_words(language)["scale"].format(
        scale=card.scale,
        seeds=", ".join(map(str, card.seeds)),
        minutes=card.seconds / 60,
        cores=card.environment.cores,
        peak="–" if card.peak_mib is None else f"{card.peak_mib:.0f}",
        day=card.made_on,
        version=card.environment.daybrief,
        python=card.environment.python,
    )
