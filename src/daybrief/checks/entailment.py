"""Does the source bear the claim out? Asked of an NLI model of yours, or of a small embedded scorer.

No model is believed beyond what was measured of it. The embedded scorer only finds claims that have next to
nothing in common with their source; all else but a verbatim extract is unclear to it. Of a model of yours
nothing is known: it says unclear until you give it bounds that hold on judged claims
(`benchmarks/faithfulness.py --model FOLDER`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from daybrief.checks._evidence import MOST_CLAIM, everything, verbatim
from daybrief.checks._support import ASTRAY, LIMITS, SourceWords, support
from daybrief.errors import ConfigError
from daybrief.languages import language_of
from daybrief.model import Claim, Item, Verdict
from daybrief.ports import Entailment, Tools

NAME = "entailment"
EMBEDDED = "embedded"

_Chance = Annotated[float, Meta(ge=0.0, le=1.0)]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Which model, and from where on it is believed.

    model: `embedded`, or the folder of an NLI model (`model.onnx`, `tokenizer.json`, `config.json`).
    supported: from this probability on a claim is supported; none: never.
    unsupported: below this probability it is not; none: never, and for `embedded` where the claim is about
    something else.
    across: whether the model also compares a claim with evidence in another language.
    """

    model: str = EMBEDDED
    supported: _Chance | None = None
    unsupported: _Chance | None = None
    across: bool = False


class Embedded:
    """Implements `ports.Entailment` with `checks._support`; needs no download."""

    limits = LIMITS

    def score(self, pairs: Sequence[tuple[str, str]]) -> tuple[float, ...]:
        """The probability of support for each (claim, evidence)."""
        ready = {evidence: SourceWords(evidence) for _, evidence in pairs}
        return tuple(support(claim, ready[evidence]) for claim, evidence in pairs)


class Entailed:
    """Asks the model about one claim and all its evidence."""

    name = NAME

    def __init__(self, options: Options, model: Entailment) -> None:
        self._options = options
        self._model = model

    def check(self, claim: Claim, evidence: Sequence[Item]) -> Verdict:
        """`supported` for an extract; else what the model may say within its bounds, mostly `unclear`."""
        if verbatim(claim, evidence):
            return Verdict(check=NAME, outcome="supported", why="verbatim")
        source = everything(evidence)
        if why := self._silent(claim, source):
            return Verdict(check=NAME, outcome="unclear", why=why)
        (chance,) = self._model.score([(claim.text[:MOST_CLAIM], source)])
        return self._verdict(chance)

    def _silent(self, claim: Claim, source: str) -> str:
        """The reason why the model is not asked; "" when it is."""
        if claim.part == "keyword":
            return "a keyword states nothing"
        if not source.strip():
            return "no source is at hand"
        ours, theirs = language_of(claim.text), language_of(source)
        if ours != theirs and not self._options.across:
            return f"the model does not compare {ours or 'signs'} with {theirs or 'signs'}"
        return ""

    def _verdict(self, chance: float) -> Verdict:
        options = self._options
        if options.unsupported is not None and chance < options.unsupported:
            why = f"support {chance:.3f}, below {options.unsupported:.3f}"
            return Verdict(check=NAME, outcome="unsupported", why=why)
        if options.supported is not None and chance >= options.supported:
            why = f"support {chance:.3f}, from {options.supported:.3f} on"
            return Verdict(check=NAME, outcome="supported", why=why)
        return Verdict(check=NAME, outcome="unclear", why=f"support {chance:.3f} proves nothing")


def make(options: Options, tools: Tools) -> Entailed:
    """The check. Raises ConfigError for bounds that cross, and where no NLI model can be loaded."""
    low, high = options.unsupported, options.supported
    if low is not None and high is not None and low > high:
        raise ConfigError(f"entailment: unsupported = {low} is above supported = {high}", hint="swap them")
    if options.model == EMBEDDED:
        bound = ASTRAY if low is None else low
        return Entailed(msgspec.structs.replace(options, unsupported=bound), Embedded())
    if tools.entailment is None:
        raise ConfigError(
            f"entailment: the model {options.model!r} cannot be loaded here", hint='set model = "embedded"'
        )
    return Entailed(options, tools.entailment(options.model))
