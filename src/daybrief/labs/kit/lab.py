"""The form of a lab: what it declares, what its experiment is given, and what it gives back.

Seeds. Tune on development seeds (0 to 999), fix the falsifier in `page.toml`, then run: a run starts at
`FIRST_SEED` unless another seed is asked for, so a card never rests on a seed that was tuned on.
"""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from daybrief.cards import Measure, Scale, Words
from daybrief.errors import LabUnmet
from daybrief.labs.kit.chart import Chart
from daybrief.model import Value

if TYPE_CHECKING:
    import numpy as np

FIRST_SEED = 1000
Device = Literal["cpu", "cuda"]
T = TypeVar("T")


class Lab(Value, frozen=True, kw_only=True):
    """The declaration of a lab in its `__init__`, which imports nothing heavy.

    `extra` is the optional dependency group that brings `needs`, the modules it imports. `engine` names the
    engine modules that the lab measures; when their code changes the card is stale.
    """

    name: str
    extra: str = "labs"
    needs: tuple[str, ...] = ()
    engine: tuple[str, ...] = ()


class Trial(Value, frozen=True, kw_only=True):
    """The inputs of an experiment.

    `data` is the user's folder or file of data or weights (`--data`), None when not given. `tell(text)`
    reports progress. `device` is where heavy arithmetic may run.
    """

    scale: Scale = "smoke"
    seed: int = FIRST_SEED
    data: Path | None = None
    device: Device = "cpu"
    tell: Callable[[str], None] = lambda _text: None

    def pick(self, smoke: T, small: T, full: T) -> T:
        """The value that belongs to the scale of this trial."""
        return {"smoke": smoke, "small": small, "full": full}[self.scale]

    def seeds(self, count: int) -> tuple[int, ...]:
        """`count` consecutive seeds, this trial's own first."""
        return tuple(range(self.seed, self.seed + count))

    def rng(self, *names: str | int) -> np.random.Generator:
        """A random generator of its own for each name: adding one leaves the others as they were."""
        import numpy as np

        words = (zlib.crc32(str(name).encode()) for name in names)
        return np.random.default_rng(np.random.SeedSequence([self.seed, *words]))

    def given(self, what: str) -> Path:
        """The user's data; raises LabUnmet that says `what` is wanted when none was given or it is absent."""
        if self.data is None:
            raise LabUnmet(f"the scale {self.scale!r} needs {what}", hint="give its place with --data")
        if not self.data.exists():
            raise LabUnmet(f"--data {self.data} does not exist", hint=f"give the place of {what}")
        return self.data


class Outcome(Value, frozen=True, kw_only=True):
    """The outcome of a condition of the falsifier: `key` as in `page.toml`, `measured` the numbers in brief.

    `met` is None when the condition could not be measured at this scale or without the data.
    """

    key: str
    met: bool | None
    measured: str


class Findings(Value, frozen=True, kw_only=True):
    """The findings of an experiment. The verdict follows from the outcomes; `because` says why."""

    measures: tuple[Measure, ...]
    outcomes: tuple[Outcome, ...]
    because: Words
    data: tuple[Words, ...]
    seeds: tuple[int, ...]
    chart: Chart


class Experiment(Protocol):
    """The module `experiment` of a lab.

    Measure at the trial's scale: smoke in at most 20 s, small in at most 15 minutes on two cores and 6 GiB,
    full as the paper did. Take randomness from the trial only. Raise LabError when it cannot be done.
    """

    def run(self, trial: Trial) -> Findings:
        """Measure; never write a file."""
        ...


def require(needs: Sequence[str], *, extra: str) -> None:
    """Raise LabUnmet unless every module can be imported; names the missing ones and the extra."""
    missing = [name for name in needs if not _importable(name)]
    if missing:
        raise LabUnmet(
            f"{', '.join(missing)} cannot be imported", hint=f'install it: pip install "daybrief[{extra}]"'
        )


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def device(wanted: Device) -> Device:
    """The device that was asked for; raises LabUnmet when it is a GPU and torch sees none."""
    if wanted == "cpu":
        return wanted
    require(("torch",), extra="labs")
    import torch

    if not torch.cuda.is_available():
        raise LabUnmet("--device cuda: torch sees no GPU", hint="run with --device cpu, or a smaller --scale")
    return wanted
