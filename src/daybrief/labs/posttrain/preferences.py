"""Preference pairs: a pool of models answers, a pool of judges rates, the best is chosen.

Section 5.2 of the paper. Four answers to each prompt come from a pool of models, one of them the model that
is being trained, which makes the pair on-policy. A judge rates helpfulness, instruction following, honesty
and truthfulness from 1 to 5; the answer with the highest mean is *chosen*, *rejected* is drawn from the
others.

For precise instructions the answer to a prompt with one constraint relaxed is *rejected* (section 5.2.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from daybrief.errors import LabError

ASPECTS = ("helpfulness", "instruction following", "honesty", "truthfulness")
LEAST, MOST = 1, 5
ANSWERS = 4

T = TypeVar("T")
Judge = Callable[[str, str], Mapping[str, int]]
"""Rates an answer to a prompt: a mark from 1 to 5 for each aspect."""


class Preference(NamedTuple):
    """A prompt, the answer preferred, the one not, their mean marks, and who gave them."""

    prompt: str
    chosen: str
    rejected: str
    marks: tuple[float, float]
    authors: tuple[str, str]


def mark(judge: Judge, prompt: str, answer: str) -> float:
    """The mean of a judge's marks; raises LabError for one that is out of range or missing."""
    marks = judge(prompt, answer)
    for aspect in ASPECTS:
        given = marks.get(aspect)
        if given is None or not LEAST <= given <= MOST:
            raise LabError(
                f"the judge marks {aspect} with {given!r}",
                hint=f"a judge gives {LEAST} to {MOST} for each aspect",
            )
    return float(np.mean([marks[aspect] for aspect in ASPECTS]))


def preferences(
    prompts: Sequence[str], answers: Mapping[str, Sequence[str]], judges: Sequence[Judge],
    rng: np.random.Generator, *, on_policy: str, count: int = ANSWERS,
) -> list[Preference]:  # fmt: skip
    """Pairs from the answers of each model of a pool, one answer to each prompt.

    answers: model -> its answer to each prompt. The model `on_policy` always takes part, `count - 1` others
    are drawn for each prompt; the marks of all judges are averaged. A prompt whose answers are all alike
    gives none.
    """
    if on_policy not in answers:
        raise LabError(f"{on_policy!r} has not answered", hint=f"there are: {', '.join(answers)}")
    if not judges:
        raise LabError("nobody judges the answers", hint="name at least one judge")
    others = [name for name in answers if name != on_policy]
    pairs = []
    for at, prompt in enumerate(prompts):
        drawn = rng.choice(len(others), min(count - 1, len(others)), replace=False) if others else ()
        pool = [on_policy, *(others[int(n)] for n in drawn)]
        texts = [answers[name][at] for name in pool]
        if len(set(texts)) < 2:
            continue
        marks = [float(np.mean([mark(judge, prompt, text) for judge in judges])) for text in texts]
        best = max(range(len(pool)), key=lambda n: (marks[n], -n))
        rest = [n for n in range(len(pool)) if texts[n] != texts[best]]
        worse = rest[int(rng.integers(len(rest)))]
        pairs.append(
            Preference(
                prompt, texts[best], texts[worse], (marks[best], marks[worse]), (pool[best], pool[worse])
            )
        )
    return pairs


def relaxed(
    prompts: Sequence[str], right: Sequence[str], loose: Sequence[str], *, author: str = "relaxed"
) -> list[Preference]:
    """Pairs of an answer to the whole prompt and one to the prompt with a constraint left out.

    Raises LabError where the three are not of one length; pairs of equal answers are left out.
    """
    if not len(prompts) == len(right) == len(loose):
        raise LabError(f"{len(prompts)} prompts, {len(right)} and {len(loose)} answers cannot be paired")
    rows = zip(prompts, right, loose, strict=True)
    return [Preference(p, r, w, (MOST, LEAST), (author, author)) for p, r, w in rows if r != w]


def noisy_judge(
    accepts: Callable[[str, str], bool], rng: np.random.Generator, *, right: float = 0.85, taste: float = 0.0,
    longest: int = 10,
) -> Judge:  # fmt: skip
    """A judge that knows the truth with probability `right`, and likes length.

    `taste` is what the longest answer gains over an empty one, in marks.
    """

    def judge(prompt: str, answer: str) -> Mapping[str, int]:
        known = accepts(prompt, answer) if rng.random() < right else not accepts(prompt, answer)
        base = (4.0 if known else 2.0) + taste * min(1.0, len(answer) / longest)
        # A mark is whole; the rest of a fraction decides by lot, so that the mean keeps it.
        return {aspect: int(min(MOST, max(LEAST, np.floor(base + rng.random())))) for aspect in ASPECTS}

    return judge
