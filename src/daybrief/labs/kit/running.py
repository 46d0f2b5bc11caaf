"""A run: find the lab, see that it can run, measure, judge, and write card and pictures.

    lab_named | require | experiment.run | meter | card | write

The card is written last and at once: a run that breaks leaves the older card, or none.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import date
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import msgspec

import daybrief
from daybrief import cards
from daybrief.adapters.files import replace_file
from daybrief.cards import Card, Check, Environment, Expected, Page, lab_folders, read_page
from daybrief.errors import LabError, StaleCard, UnknownLab
from daybrief.labs.kit.draw import draw
from daybrief.labs.kit.lab import Experiment, Findings, Lab, Trial, require
from daybrief.labs.kit.provenance import code_hash
from daybrief.model import Value, to_json
from daybrief.text.identity import arxiv_id

_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")  # torch's words, by device


class Run(Value, frozen=True, kw_only=True):
    """The products of a run: the card, and its picture in each language."""

    card: Card
    pictures: dict[str, str]


class Meter(Value, frozen=True, kw_only=True):
    """Wall seconds and the process's peak of resident memory; None where the system does not tell it."""

    seconds: float
    peak_mib: float | None


# ── finding ─────────────────────────────────────────────────────────────────────────────────────────


def lab_named(paper: str) -> str:
    """The name of the lab of a paper: an arXiv id in any form, or the lab's own name.

    Raises UnknownLab that lists what there is.
    """
    folders = lab_folders()
    if paper in folders:
        return paper
    identifier = arxiv_id(paper)
    pages = {name: read_page(folder) for name, folder in folders.items()}
    for name, page in pages.items():
        if identifier and page.paper.arxiv == identifier[0]:
            return name
    known = ", ".join(f"{name} ({page.paper.arxiv})" for name, page in pages.items())
    raise UnknownLab(
        f"no lab reproduces {paper!r}", hint=f"there are: {known}" if known else "there is no lab yet"
    )


def lab_of(name: str) -> Lab:
    """The declaration of the lab."""
    return cast(Lab, importlib.import_module(f"daybrief.labs.{name}").LAB)


def user_app(name: str) -> Any:
    """The Typer application of `daybrief lab use NAME`.

    Raises LabError, with the product's own commands for the method, when the lab offers none.
    """
    lab = lab_of(name)
    require(lab.needs, extra=lab.extra)
    module = f"daybrief.labs.{name}.use"
    if find_spec(module) is None:
        commands = read_page(lab_folders()[name]).commands
        raise LabError(
            f"the lab {name!r} offers no command of its own",
            hint="; ".join(commands) or f"daybrief lab run {name}",
        )
    return importlib.import_module(module).app


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def run_lab(name: str, trial: Trial, *, today: date) -> Run:
    """Measure, and make the card and its pictures; writes nothing.

    A run above smoke scale measures smoke first, with the same seed: those numbers are what a later smoke run
    is held to. Raises LabUnmet when something is missing, LabError when the experiment cannot be done.
    """
    lab, page = lab_of(name), read_page(lab_folders()[name])
    require(lab.needs, extra=lab.extra)
    if trial.data is not None:
        trial.given("your data")
    experiment = cast(Experiment, importlib.import_module(f"daybrief.labs.{name}.experiment"))
    smoke = None
    if trial.scale != "smoke":
        trial.tell("smoke scale first")
        with calm(), enough_memory():
            smoke = experiment.run(msgspec.structs.replace(trial, scale="smoke"))
    with metered() as reading, enough_memory(), nullcontext() if trial.scale == "full" else calm():
        findings = experiment.run(trial)
    card = _card(lab, page, trial, findings, expected(smoke or findings), reading(), today)
    return Run(card=card, pictures={language: draw(findings.chart, language) for language in ("en", "ko")})


@contextmanager
def calm() -> Iterator[None]:
    """Give linear algebra one thread: on small arrays and a busy machine more are many times slower."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:  # comes with scikit-learn
        yield
        return
    with threadpool_limits(limits=1):
        yield


@contextmanager
def enough_memory() -> Iterator[None]:
    """Tells a want of memory, of the machine or of a GPU, as a LabError."""
    try:
        yield
    except (MemoryError, RuntimeError) as full:
        if not isinstance(full, MemoryError) and not any(sign in str(full) for sign in _NO_MEMORY):
            raise
        raise LabError(
            f"out of memory: {(str(full).splitlines() or [''])[0][:160]}",
            hint="take a smaller batch, picture or model; what kept checkpoints goes on where it stood",
        ) from full


@contextmanager
def metered() -> Iterator[Callable[[], Meter]]:
    """Gives a function that reads the seconds since the start, and the peak of memory."""
    start = time.perf_counter()
    yield lambda: Meter(seconds=round(time.perf_counter() - start, 2), peak_mib=_peak_mib())


def _peak_mib() -> float | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def expected(findings: Findings) -> tuple[Expected, ...]:
    """The tolerances of every measure, by which a later smoke run is judged."""
    return tuple(
        Expected(key=measure.key, value=measure.value, tolerance=measure.tolerance)
        for measure in findings.measures
        if measure.tolerance is not None
    )


def _card(
    lab: Lab,
    page: Page,
    trial: Trial,
    findings: Findings,
    smoke: tuple[Expected, ...],
    meter: Meter,
    today: date,
) -> Card:
    falsifier = _checks(page, findings)
    return Card(
        lab=lab.name,
        paper=page.paper,
        claim=page.claim,
        paper_says=page.paper_says,
        reproduced=page.reproduced,
        left_out=page.left_out,
        scale=trial.scale,
        data=findings.data,
        seeds=findings.seeds,
        measures=findings.measures,
        falsifier=falsifier,
        verdict=cards.judged(falsifier),
        because=findings.because,
        smoke=smoke,
        command=_command(lab.name, trial),
        picture="picture.svg",
        environment=_environment(lab),
        code=code_hash(lab, lab_folders()[lab.name]),
        seconds=meter.seconds,
        peak_mib=meter.peak_mib,
        made_on=today,
    )


def _checks(page: Page, findings: Findings) -> tuple[Check, ...]:
    """The conditions of the page with their outcomes; raises LabError when they do not match one to one."""
    outcomes = {outcome.key: outcome for outcome in findings.outcomes}
    stated = [condition.key for condition in page.falsifier]
    if sorted(outcomes) != sorted(stated) or len(findings.outcomes) != len(stated):
        raise LabError(
            f"the falsifier states {sorted(stated)}, the experiment answers {sorted(outcomes)}",
            hint="name the same keys in page.toml and in experiment.py",
        )
    return tuple(
        Check(key=c.key, states=c.states, met=outcomes[c.key].met, measured=outcomes[c.key].measured)
        for c in page.falsifier
    )


def _command(name: str, trial: Trial) -> str:
    data = " --data DIR" if trial.data is not None else ""
    device = f" --device {trial.device}" if trial.device != "cpu" else ""
    return f"daybrief lab run {name} --scale {trial.scale} --seed {trial.seed}{data}{device}"


def _environment(lab: Lab) -> Environment:
    names = packages_distributions()
    packages = sorted({names.get(module.split(".")[0], [""])[0] for module in lab.needs} - {""})
    return Environment(
        daybrief=daybrief.__version__,
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count() or 1,
        packages={name: installed for name in packages if (installed := _version(name))},
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


# ── against a card ──────────────────────────────────────────────────────────────────────────────────


def stale(card: Card) -> bool:
    """Whether the code has changed since the card was written."""
    return code_hash(lab_of(card.lab), lab_folders()[card.lab]) != card.code


def fresh(card: Card) -> None:
    """Raise StaleCard, with the card's command, when its code has changed."""
    if stale(card):
        raise StaleCard(
            f"the code of the lab {card.lab!r} has changed since its card of {card.made_on}",
            hint=f"measure again: {card.command}",
        )


def misses(card: Card, findings: Findings) -> list[str]:
    """The measures of a smoke run outside of the card's tolerances, in words; empty when all agree."""
    measured = {measure.key: measure.value for measure in findings.measures}
    deviations = []
    for want in card.smoke:
        value = measured.get(want.key)
        if value is None:
            deviations.append(f"{want.key}: not measured, {want.value:.4g} expected")
        elif abs(value - want.value) > want.tolerance:
            deviations.append(f"{want.key}: {value:.4g}, {want.value:.4g} ± {want.tolerance:.4g} expected")
    return deviations


def smoke(name: str, seed: int) -> Findings:
    """A smoke run's findings, to hold against a card with `misses`."""
    lab = lab_of(name)
    require(lab.needs, extra=lab.extra)
    experiment = cast(Experiment, importlib.import_module(f"daybrief.labs.{name}.experiment"))
    with calm():
        return experiment.run(Trial(scale="smoke", seed=seed))


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────


def write(run: Run, folder: Path) -> Path:
    """Put pictures and card into a folder, the card last; returns the card's place. Raises LabError."""
    names = {"en": "picture.svg", "ko": "picture.ko.svg"}
    place = folder / "card.json"
    try:
        for language, svg in run.pictures.items():
            replace_file(folder / names[language], svg.encode())
        replace_file(place, to_json(run.card, pretty=True))
    except OSError as refused:
        raise LabError(
            f"{folder} cannot be written: {refused.strerror or refused}",
            hint="name another folder with --out",
        ) from refused
    return place
