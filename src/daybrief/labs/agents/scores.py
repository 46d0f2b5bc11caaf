"""Statistics of a table of agents: mean, error, floor, ceiling; the paper's own table; ranks of known skill.

An environment's score is the plain mean over its episodes, with the population standard deviation over the
root of their number as its error; a benchmark's is the unweighted mean over environments (the paper's code).
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

import numpy as np

from daybrief.labs.agents.harness import Episode
from daybrief.model import Value

ENVIRONMENTS = ("BabyAI", "Baba", "Crafter", "TextWorld", "MiniHack", "NLE")
# text only: scores by environment, and the printed average (paper v1 and its leaderboard)
PUBLISHED: dict[str, tuple[tuple[float, ...], float]] = {
    "GPT-4o": ((77.6, 33.7, 33.1, 39.3, 10.0, 0.4), 32.3),
    "Claude 3.5 Sonnet": ((52.0, 37.5, 32.7, 42.1, 15.0, 0.6), 30.0),
    "Gemini 1.5 Pro": ((58.4, 32.0, 30.2, 0.0, 5.0, 0.4), 21.0),
    "Llama 3.1 8B": ((30.0, 18.3, 25.5, 6.1, 5.0, 0.0), 14.1),
    "Llama 3.2 1B": ((6.0, 10.8, 12.7, 3.3, 5.0, 0.0), 6.3),
}


class Score(Value, frozen=True, kw_only=True):
    """A mean in [0, 1] with its standard error over `episodes`; `illegal` is the share of illegal answers."""

    value: float
    error: float
    episodes: int
    illegal: float = 0.0

    @property
    def low(self) -> float:
        """The mean less one standard error."""
        return self.value - self.error

    @property
    def high(self) -> float:
        """The mean plus one standard error."""
        return self.value + self.error


class Line(Value, frozen=True, kw_only=True):
    """An agent on a leaderboard: its score in every environment, and over all of them."""

    agent: str
    scores: dict[str, Score]
    total: Score
    silent: int = 0  # episodes without any legal answer
    seconds: float = 0.0  # of one answer


def score(episodes: Sequence[Episode]) -> Score:
    """Mean progress of some episodes; there must be one at least."""
    progress = np.array([episode.progress for episode in episodes])
    steps = sum(episode.steps for episode in episodes)
    return Score(
        value=float(progress.mean()),
        error=float(progress.std() / math.sqrt(len(progress))),
        episodes=len(progress),
        illegal=sum(episode.illegal for episode in episodes) / max(1, steps),
    )


def combined(scores: Iterable[Score]) -> Score:
    """The unweighted mean over environments; the error is sqrt(sum SE²) / n."""
    each = list(scores)
    return Score(
        value=sum(score.value for score in each) / len(each),
        error=math.sqrt(sum(score.error**2 for score in each)) / len(each),
        episodes=sum(score.episodes for score in each),
        illegal=sum(score.illegal for score in each) / len(each),
    )


def leaderboard(episodes: Iterable[Episode]) -> tuple[Line, ...]:
    """A line an agent, the best first; agents are only compared where all of them played the same worlds."""
    by_agent: dict[str, dict[str, list[Episode]]] = {}
    for episode in episodes:
        by_agent.setdefault(episode.agent, {}).setdefault(episode.environment, []).append(episode)
    shared = set.intersection(*(set(worlds) for worlds in by_agent.values())) if by_agent else set()
    lines = []
    for agent, worlds in by_agent.items():
        scores = {name: score(played) for name, played in sorted(worlds.items())}
        counted = [scores[name] for name in sorted(shared)] or list(scores.values())
        silent = sum(episode.silent for played in worlds.values() for episode in played)
        every = [episode for played in worlds.values() for episode in played]
        seconds = sum(e.seconds for e in every) / max(1, sum(e.steps for e in every))
        lines.append(
            Line(
                agent=agent, scores=scores, total=combined(counted), silent=silent, seconds=round(seconds, 3)
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.total.value, line.agent)))


def as_text(lines: Sequence[Line]) -> str:
    """The leaderboard for a terminal, in per cent."""
    worlds = sorted({name for line in lines for name in line.scores})
    width = max(12, *(len(line.agent) + 2 for line in lines)) if lines else 12
    head = (
        f"{'agent':<{width}}{'all':>13}"
        + "".join(f"{name:>14}" for name in worlds)
        + f"{'illegal':>10}{'s/answer':>10}"
    )
    rows = [head]
    for line in lines:
        cells = "".join(
            f"{_percent(line.scores[name]):>14}" if name in line.scores else f"{'–':>14}" for name in worlds
        )
        rows.append(
            f"{line.agent:<{width}}{_percent(line.total):>13}{cells}{line.total.illegal:>10.0%}{line.seconds:>10.2f}"
        )
    rows += [f"{line.agent}: no legal answer in {line.silent} episodes" for line in lines if line.silent]
    return "\n".join(rows)


def _percent(score: Score) -> str:
    return f"{100 * score.value:.1f} ± {100 * score.error:.1f}"


def as_page(lines: Sequence[Line], title: str) -> str:
    """The leaderboard as one HTML page; every text is escaped."""
    worlds = sorted({name for line in lines for name in line.scores})
    head = "".join(
        f"<th scope=col>{html.escape(name)}</th>" for name in ("agent", "all", *worlds, "illegal", "s/answer")
    )
    rows = []
    for line in lines:
        cells = [
            _percent(line.total),
            *(_percent(line.scores[n]) if n in line.scores else "–" for n in worlds),
        ]
        columns = "".join(
            f"<td>{cell}</td>" for cell in (*cells, f"{line.total.illegal:.0%}", f"{line.seconds:.2f}")
        )
        rows.append(f"<tr><th scope=row>{html.escape(line.agent)}</th>{columns}</tr>")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        "<style>:root{color-scheme:light dark}body{font-family:system-ui,sans-serif;margin:2rem}"
        "td,th{padding:.3rem .8rem;text-align:right}th[scope=row]{text-align:left}</style>"
        f"<h1>{html.escape(title)}</h1><p>Progress in per cent ± one standard error; "
        "s/answer: seconds of one answer.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></html>\n"
    )


def apart(worse: Score, better: Score) -> bool:
    """Whether one is better by more than both errors."""
    return worse.high < better.low


def rank_correlation(first: Sequence[float], second: Sequence[float]) -> float:
    """Spearman's, ties at their mean rank; 0 where one of them never varies."""
    from scipy.stats import rankdata

    ranks = [rankdata(values) for values in (first, second)]
    if any(np.ptp(row) == 0 for row in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


def published_error() -> float:
    """The largest difference between a printed average and the mean of its parts, both to one decimal."""
    return max(abs(average - sum(parts) / len(parts)) for parts, average in PUBLISHED.values())
