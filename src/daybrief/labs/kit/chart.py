"""A picture as data: what is drawn, in both languages, before anybody decides how it looks."""

from __future__ import annotations

from daybrief.cards import Words
from daybrief.errors import LabError
from daybrief.model import Value


class Series(Value, frozen=True, kw_only=True):
    """A line or cloud of points of a plot; `low` and `high`, where given, shade a band around `y`."""

    name: Words
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    line: bool = True
    marks: bool = True
    dashed: bool = False

    def __post_init__(self) -> None:
        sizes = {len(self.x), len(self.y)} | {len(band) for band in (self.low, self.high) if band}
        if len(sizes) != 1 or not self.x or len(self.low) != len(self.high):
            raise LabError(f"the series {self.name.en!r} has rows of unequal length or none")


class Rule(Value, frozen=True, kw_only=True):
    """A straight line across a plot: at the height `y`, or at the place `x`, with a name beside it."""

    name: Words
    y: float | None = None
    x: float | None = None


class Plot(Value, frozen=True, kw_only=True):
    """Series over two axes; an axis may be logarithmic, and its ends may be fixed."""

    title: Words
    x: Words
    y: Words
    series: tuple[Series, ...]
    rules: tuple[Rule, ...] = ()
    log_x: bool = False
    log_y: bool = False
    x_span: tuple[float, float] | None = None
    y_span: tuple[float, float] | None = None


class Row(Value, frozen=True, kw_only=True):
    """A number of a list with its interval; `beside` is the figure it is compared with, as the paper's."""

    name: Words
    value: float
    low: float | None = None
    high: float | None = None
    beside: float | None = None
    shade: int = 0


class Rows(Value, frozen=True, kw_only=True):
    """Numbers one below the other on a common axis; `at` is a line such as 0 to compare with."""

    title: Words
    x: Words
    rows: tuple[Row, ...]
    at: float | None = None
    beside: Words = Words(en="in the paper", ko="논문의 값")
    shades: tuple[Words, ...] = ()


class Chart(Value, frozen=True, kw_only=True):
    """A picture: panels in `columns`, and a sentence that says what it shows to those who cannot see it."""

    says: Words
    panels: tuple[Plot | Rows, ...]
    columns: int = 1
