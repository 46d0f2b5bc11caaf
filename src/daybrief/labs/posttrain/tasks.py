"""Tiny verifiable families for a decoder from nothing, and word problems that can be copied.

Prompts and answers are characters. A program verifies each answer.

    add      `37+58=`  the sum, its lowest digit first (`59`)
    repeat   `Rb4=`    the letter four times
    words    `Wb3=`    three words, parted by dots, the first beginning with b
    hold     `Kbd=`    at least three letters, b and d among them
    spare    `Xbd=`    at least three letters, neither b nor d among them
    frame    `Ebd=`    at least three letters, first b, last d: demonstrated, never rewarded
    both     `KbXd=`   at least three letters, with b, without d: never shown at all

The first five are trained and rewarded, the last two are not: they tell whether following transfers.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

LETTERS = "abcdefgh"
ALPHABET = "\0;" + "0123456789+=.RWKXE" + LETTERS
PAD, END = 0, 1
LONGEST = 10  # characters of an answer, its end included
ARITHMETIC = ("add",)
CONSTRAINTS = ("repeat", "words", "hold", "spare")
TRAINED = (*ARITHMETIC, *CONSTRAINTS)
UNSEEN = ("frame", "both")


class Problem(NamedTuple):
    """A prompt of a family."""

    family: str
    prompt: str


def encode(text: str) -> list[int]:
    """The tokens of a text of the alphabet."""
    return [ALPHABET.index(sign) for sign in text]


def decode(tokens: Sequence[int]) -> str:
    """The text of tokens, without end and padding."""
    return "".join(ALPHABET[token] for token in tokens if token > END)


def accepts(prompt: str, answer: str) -> bool:
    """Whether an answer does what the prompt asks."""
    if "+" in prompt:
        first, second = prompt[:-1].split("+")
        return answer == str(int(first) + int(second))[::-1]
    kind, left, right = prompt[0], prompt[1], prompt[2]
    if kind == "R":
        return answer == left * int(right)
    if kind == "W":
        parts = answer.split(".")
        return len(parts) == int(right) and all(map(_is_word, parts)) and parts[0][0] == left
    if not _is_word(answer) or len(answer) < 3:
        return False
    if kind == "E":
        return answer[0] == left and answer[-1] == right
    if kind == "X":
        return left not in answer and right not in answer
    return left in answer and (prompt[3] not in answer if right == "X" else right in answer)


def _is_word(text: str) -> bool:
    return bool(text) and all(sign in LETTERS for sign in text)


def problems() -> dict[str, tuple[Problem, ...]]:
    """Every prompt of every family."""
    pairs = [(a, b) for a in LETTERS for b in LETTERS if a != b]
    prompts = {
        "add": [f"{a}+{b}=" for a in range(10, 50) for b in range(10, 50)],
        "repeat": [f"R{a}{n}=" for a in LETTERS for n in range(2, 9)],
        "words": [f"W{a}{n}=" for a in LETTERS for n in range(1, 5)],
        "hold": [f"K{a}{b}=" for a, b in pairs],
        "spare": [f"X{a}{b}=" for a, b in pairs],
        "frame": [f"E{a}{b}=" for a, b in pairs],
        "both": [f"K{a}X{b}=" for a, b in pairs],
    }
    return {family: tuple(Problem(family, p) for p in listed) for family, listed in prompts.items()}


def held_out(problem: Problem, share: float = 0.25) -> bool:
    """Whether a problem belongs to the test split: decided by a hash of its prompt alone."""
    return zlib.crc32(problem.prompt.encode()) % 1000 < 1000 * share


def solution(prompt: str, rng: np.random.Generator) -> str:
    """An answer that is accepted, drawn among many."""
    if "+" in prompt:
        first, second = prompt[:-1].split("+")
        return str(int(first) + int(second))[::-1]
    kind, left, right = prompt[0], prompt[1], prompt[2]
    if kind == "R":
        return left * int(right)
    if kind == "W":
        first = left + _letters(int(rng.integers(0, 2)), LETTERS, rng)
        rest = [_letters(1, LETTERS, rng) for _ in range(int(right) - 1)]
        return ".".join([first, *rest])
    count = int(rng.integers(3, 8))
    if kind == "X":
        return _letters(count, _without(left + right), rng)
    if kind == "E":
        return left + _letters(count - 2, LETTERS, rng) + right
    wanted = [left] if right == "X" else [left, right]
    allowed = _without(prompt[3]) if right == "X" else LETTERS
    signs = [*wanted, *_letters(count - len(wanted), allowed, rng)]
    return "".join(rng.permutation(signs))


def mistake(prompt: str, rng: np.random.Generator) -> str:
    """An answer of the same looks that is refused."""
    for _ in range(200):
        candidate = _near(prompt, rng)
        if not accepts(prompt, candidate):
            return candidate
    return LETTERS[0]


def _near(prompt: str, rng: np.random.Generator) -> str:
    if "+" in prompt:
        right = solution(prompt, rng)
        at = int(rng.integers(len(right)))
        return right[:at] + str(rng.integers(10)) + right[at + 1 :]
    if prompt[0] == "R":
        return prompt[1] * int(rng.integers(1, 9))
    if prompt[0] == "W":
        return ".".join(_letters(1, LETTERS, rng) for _ in range(int(rng.integers(1, 6))))
    return _letters(int(rng.integers(2, 8)), LETTERS, rng)


def _letters(count: int, allowed: str, rng: np.random.Generator) -> str:
    return "".join(allowed[int(n)] for n in rng.integers(0, len(allowed), count))


def _without(letters: str) -> str:
    return "".join(sign for sign in LETTERS if sign not in letters)


def demonstrations(
    count: int, rng: np.random.Generator, *, wrong: float = 0.35,
    families: Sequence[str] = (*TRAINED, "frame"),
    arithmetic: float = 0.6,
) -> list[tuple[str, str]]:  # fmt: skip
    """Prompts of the training split with answers, a share of which is wrong on purpose."""
    pools = {f: [p for p in pool if not held_out(p)] for f, pool in problems().items() if f in families}
    others = [family for family in families if family != "add"]
    rows = []
    for _ in range(count):
        family = "add" if rng.random() < arithmetic else others[int(rng.integers(len(others)))]
        pool = pools[family]
        prompt = pool[int(rng.integers(len(pool)))].prompt
        make: Callable[[str, np.random.Generator], str] = mistake if rng.random() < wrong else solution
        rows.append((prompt, make(prompt, rng)))
    return rows
