"""Result cards: what came of trying a paper here, as data that the engine reads by arXiv id.

A lab writes `results/card.json` beside its pictures; this module is the only one that knows the form. The
engine never imports a lab: it finds cards and pages among the packaged files.

    labs/NAME/page.toml           what a reader sees, in English and Korean, with the falsifier
    labs/NAME/results/card.json   the newest measurement
    labs/NAME/results/picture.svg, picture.ko.svg
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

from daybrief.errors import ConfigError, LabError
from daybrief.model import Value, from_json
from daybrief.text.identity import arxiv_id

SCHEMA = "daybrief.card/1"
_ARXIV = "arxiv:"

Scale = Literal["smoke", "small", "full"]
Verdict = Literal["held", "did not hold", "not comparable"]


class Words(Value, frozen=True, kw_only=True):
    """The same text in English and in Korean, the languages of the product."""

    en: str
    ko: str

    def in_(self, language: str) -> str:
        """The Korean text for "ko", the English one for any other language."""
        return self.ko if language == "ko" else self.en


class Paper(Value, frozen=True, kw_only=True):
    """The paper that a lab reproduces; `version` is the arXiv version that was read, None when unknown."""

    arxiv: str
    title: str
    version: int | None = None


class Measure(Value, frozen=True, kw_only=True):
    """One number that was measured, with its interval and the paper's own figure where there is one.

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
    """One condition of a falsifier, stated before the run: the claim fails when it is not met."""

    key: str
    states: Words


class Check(Value, frozen=True, kw_only=True):
    """A condition with what came of it; `held` is None when it could not be measured."""

    key: str
    states: Words
    held: bool | None
    measured: str


class Expected(Value, frozen=True, kw_only=True):
    """What a smoke run measured when the card was written, and how far another may lie from it."""

    key: str
    value: float
    tolerance: float


class Environment(Value, frozen=True, kw_only=True):
    """Where a card was measured."""

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
    """What a reader sees of a lab: `page.toml`. `how` is about ten lines; `equation` is plain text."""

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


def judged(checks: tuple[Check, ...]) -> Verdict:
    """The verdict that follows from a falsifier: one condition not met decides."""
    if any(check.held is False for check in checks):
        return "did not hold"
    if not checks or any(check.held is None for check in checks):
        return "not comparable"
    return "held"


# ── reading what is packaged ────────────────────────────────────────────────────────────────────────


def lab_folders() -> dict[str, Traversable]:
    """Every lab's folder by name: those that hold a page."""
    rooms = (files("daybrief") / "labs").iterdir()
    found = {room.name: room for room in rooms if room.is_dir() and (room / "page.toml").is_file()}
    return dict(sorted(found.items()))


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
    """The shipped picture of a lab as SVG, labelled in Korean for "ko", else in English; b"" if none."""
    place = lab_folders()[lab] / "results" / ("picture.ko.svg" if language == "ko" else "picture.svg")
    return place.read_bytes() if place.is_file() else b""


@cache
def words(language: str) -> dict[str, str]:
    """The words around a lab's page: Korean for "ko", else English."""
    raw = (files("daybrief") / "assets" / "labs.toml").read_text(encoding="utf-8")
    return dict(tomllib.loads(raw)["ko" if language == "ko" else "en"])


@cache
def mark() -> str:
    """A hash of all pages, cards and pictures: it changes when what is shown of the labs does."""
    digest = hashlib.sha256()
    for name, folder in lab_folders().items():
        for place in (folder / "page.toml", folder / "results" / "card.json"):
            digest.update(name.encode() + (place.read_bytes() if place.is_file() else b""))
        digest.update(picture(name, "en") + picture(name, "ko"))
    return digest.hexdigest()[:16]


@cache
def cards() -> dict[str, Card]:
    """Every shipped card by arXiv id without version."""
    read = (read_card(folder) for folder in lab_folders().values())
    return {card.paper.arxiv: card for card in read if card is not None}


def card_of(name: str) -> Card | None:
    """The card of a paper, named by arXiv id, key or address; None when there is none."""
    found = arxiv_id(name)
    return cards().get(found[0]) if found else None


def card_among(keys: Iterable[str]) -> Card | None:
    """The card of the first key (`arxiv:2406.09307`) that has one."""
    found = (cards().get(key.removeprefix(_ARXIV)) for key in keys if key.startswith(_ARXIV))
    return next((card for card in found if card is not None), None)


def card_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a result card."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        **msgspec.json.schema(Card),
    }
