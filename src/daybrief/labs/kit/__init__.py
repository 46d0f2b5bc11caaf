"""The common part of the labs: their form, intervals, pictures, and the run that makes a card.

Lab, Trial, Findings      the form of a lab (`lab.py`)
mean, paired, share, …    point, 95 % interval and sign test in one value (`intervals.py`)
Chart, Plot, Rows, …      a picture as data; `draw` writes it as SVG in a language (`chart.py`, `draw.py`)
fashion_mnist             the one data set that several labs read (`fashion.py`)
run_lab, write, stale     a run, its card, its files, and whether its code has changed (`running.py`)
"""

from daybrief.cards import Card, Check, Condition, Measure, Page, Paper, Scale, Words
from daybrief.labs.kit.chart import Chart, Plot, Row, Rows, Rule, Series
from daybrief.labs.kit.draw import draw
from daybrief.labs.kit.intervals import Interval, bootstrap, mean, paired, share
from daybrief.labs.kit.lab import Findings, Lab, Outcome, Trial, device, require
from daybrief.labs.kit.provenance import code_hash
from daybrief.labs.kit.running import Run, lab_named, run_lab, stale, user_app, write

__all__ = [
    "Card",
    "Chart",
    "Check",
    "Condition",
    "Findings",
    "Interval",
    "Lab",
    "Measure",
    "Outcome",
    "Page",
    "Paper",
    "Plot",
    "Row",
    "Rows",
    "Rule",
    "Run",
    "Scale",
    "Series",
    "Trial",
    "Words",
    "bootstrap",
    "code_hash",
    "device",
    "draw",
    "lab_named",
    "mean",
    "paired",
    "require",
    "run_lab",
    "share",
    "stale",
    "user_app",
    "write",
]
