"""A lab's card and page before they have a form: clean text in the page's language, nothing escaped.

story → Reproduced       the line beside a paper: "Reproduced: held. …"
lab → LabView            the page of a lab, the same for site, reader and documentation
"""

from __future__ import annotations

from collections.abc import Iterable

from daybrief.cards import Card, Measure, Page, card_among, lab_folders, read_card, read_page, words
from daybrief.model import Value
from daybrief.text.identity import arxiv_url

_MARKS = {True: "✓", False: "✗", None: "?"}


class Reproduced(Value, frozen=True, kw_only=True):
    """What became of a claim when it was tried here; `verdict` is in words, `outcome` for programs."""

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


class ConditionRow(Value, frozen=True, kw_only=True):
    """One condition of the falsifier and what came of it; `mark` is ✓, ✗ or ?."""

    mark: str
    states: str
    measured: str


class NumberRow(Value, frozen=True, kw_only=True):
    """One measure: its name, the number here with its interval, and the paper's."""

    name: str
    ours: str
    paper: str


class LabView(Value, frozen=True, kw_only=True):
    """A lab's page; what comes of a card is empty before the first measurement."""

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


def reproduced(keys: Iterable[str], language: str) -> Reproduced | None:
    """The line for a story with these keys; None when no lab tried its paper."""
    card = card_among(keys)
    if card is None:
        return None
    w = words(language)
    return Reproduced(
        lab=card.lab,
        label=w["reproduced"],
        outcome=card.verdict,
        verdict=w[card.verdict],
        claim=card.claim.in_(language),
        numbers=_headline(card, language),
        command=card.command,
    )


def lab_view(name: str, language: str) -> LabView:
    """The page of a lab; raises KeyError for a name that is none."""
    folder = lab_folders()[name]
    return _view(name, read_page(folder), read_card(folder), language)


def lab_views(language: str) -> tuple[LabView, ...]:
    """Every lab's page, by name."""
    return tuple(lab_view(name, language) for name in lab_folders())


def _view(name: str, page: Page, card: Card | None, language: str) -> LabView:
    w = words(language)
    return LabView(
        name=name,
        language="ko" if language == "ko" else "en",
        title=page.paper.title,
        arxiv=page.paper.arxiv,
        address=arxiv_url(page.paper.arxiv),
        claim=page.claim.in_(language),
        paper_says=page.paper_says.in_(language),
        outcome=card.verdict if card else "",
        verdict=w[card.verdict] if card else w["none"],
        because=card.because.in_(language) if card else "",
        conditions=_conditions(card, language) if card else (),
        numbers=tuple(_number(m, language) for m in card.measures) if card else (),
        data=tuple(data.in_(language) for data in card.data) if card else (),
        scale=_scale(card, language) if card else "",
        how=tuple(line.in_(language) for line in page.how),
        equation=page.equation.strip("\n"),
        use=page.use.in_(language),
        commands=page.commands,
        done=page.reproduced.in_(language),
        left_out=page.left_out.in_(language),
        command=card.command if card else "",
    )


def _conditions(card: Card, language: str) -> tuple[ConditionRow, ...]:
    return tuple(
        ConditionRow(mark=_MARKS[check.held], states=check.states.in_(language), measured=check.measured)
        for check in card.falsifier
    )


def _number(measure: Measure, language: str) -> NumberRow:
    return NumberRow(name=measure.name.in_(language), ours=_figure(measure), paper=measure.paper)


def _figure(measure: Measure) -> str:
    span = "" if measure.low is None else f" [{measure.low:.3g}, {measure.high:.3g}]"
    return f"{measure.value:.3g}{span} {measure.unit}".rstrip()


def _headline(card: Card, language: str) -> str:
    """The card's first number, beside the paper's."""
    if not card.measures:
        return ""
    first = card.measures[0]
    beside = f" ({words(language)['theirs']}: {first.paper})" if first.paper else ""
    return f"{first.name.in_(language)}: {_figure(first)}{beside}"


def _scale(card: Card, language: str) -> str:
    """Scale, seeds, time, memory and place of a measurement, in a sentence."""
    return words(language)["scale"].format(
        scale=card.scale,
        seeds=", ".join(map(str, card.seeds)),
        minutes=card.seconds / 60,
        cores=card.environment.cores,
        peak="–" if card.peak_mib is None else f"{card.peak_mib:.0f}",
        day=card.made_on,
        version=card.environment.daybrief,
        python=card.environment.python,
    )
