"""The role of each sentence of an English abstract: background, method, finding, outlook, impact, release.

A linear model over the words of the sentence, where it stands, and what stood before it. Weights:
`assets/roles.json`, made by `benchmarks/train_roles.py`; how well it does: `benchmarks/roles.py`. A sentence
of another language, or one the model is not sure of, gets no role.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt

from daybrief.text.sentences import Sentence

ROLES = ("background", "method", "finding", "outlook", "impact", "release")

_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*|\d[\d.,]*%?|[?%:]")
_MOST_TOKENS = 60
OFFERED = re.compile(
    r"\b(?:we|this (?:paper|work|study|article|survey)) (?:\w+(?<=ly) |also )*"
    r"(?:propos|introduc|present|develop|investigat|stud|explor|address|describ|examin|analy|evaluat)",
    re.IGNORECASE,
)


_RELEASES = re.compile(
    r"\bwe (?:\w+(?<=ly) |also |further |will )*(?:releas|open-?sourc|publish)|\bopen-sourcing\b"
    r"|\b(?:code|data ?sets?|models?|data)\b[^.]{0,60}\b(?:is|are|will be) "
    r"(?:made )?(?:publicly |freely )?available",
    re.IGNORECASE,
)


class RoleWeights(msgspec.Struct, frozen=True, kw_only=True):
    """What the model learned: for each feature a coefficient for each of `ROLES`; `bias` for each."""

    about: str
    bias: tuple[float, ...]
    words: dict[str, tuple[float, ...]]


@cache
def weights() -> RoleWeights:
    """The weights shipped with the package."""
    return msgspec.json.decode(files("daybrief").joinpath("assets/roles.json").read_bytes(), type=RoleWeights)


@cache
def _table() -> tuple[dict[str, int], npt.NDArray[np.float64]]:
    """The row of each feature, and a row of coefficients each."""
    words = weights().words
    return {name: row for row, name in enumerate(words)}, np.array(list(words.values()))


def chances(spans: Sequence[Sentence]) -> tuple[dict[str, float], ...]:
    """How likely each role is for each sentence of one text; the chances of a sentence sum to 1."""
    return tuple(_chances(names) for names in features([span.text for span in spans]))


def features(texts: Sequence[str]) -> Iterator[set[str]]:
    """The features of each sentence of one text, as names."""
    offered, late = False, any(OFFERED.search(text) for text in texts[1:])
    for number, text in enumerate(texts):
        tokens = [_shape(token) for token in _TOKEN.findall(text.lower())[:_MOST_TOKENS]]
        names = {*tokens, *(f"{a} {b}" for a, b in pairwise(tokens))}
        names.update(f"^{token}" for token in tokens[:3])
        names.add("^" + " ".join(tokens[:2]))
        names.add(f"@{min(4, 5 * number // max(1, len(texts)))}")
        names.add("@first" if number == 0 else "@last" if number == len(texts) - 1 else "@inner")
        place = "after" if offered or not late else "before"
        names.add(f"@{place}")
        names.update(f"@{place} ^{token}" for token in tokens[:1])
        offered = offered or bool(OFFERED.search(text))
        yield names


def releases(text: str) -> bool:
    """Whether a sentence tells of code or data, whatever else it hopes of them."""
    return bool(_RELEASES.search(text))


def _shape(token: str) -> str:
    if token[0].isdigit():
        return "0%" if token.endswith("%") else "0"
    return token


def _chances(names: set[str]) -> dict[str, float]:
    rows, table = _table()
    known = [row for name in sorted(names) if (row := rows.get(name)) is not None]
    scores = table[known].sum(0) + weights().bias
    powers = np.exp(scores - scores.max())
    return dict(zip(ROLES, (powers / powers.sum()).tolist(), strict=True))
