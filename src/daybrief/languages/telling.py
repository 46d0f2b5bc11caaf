"""What a gist says of a story, before it is said in a language: facts cut from its source, one type each.

    OfferFact     what the authors offer: "we propose NAME, PHRASE"
    NamedFact     what they offer, by its name and what it is for: "NAME for TASK"
    StudyFact     what they look into: "we study PHRASE"
    FindingFact   what they found: "we show that CLAUSE"
    DeedFact      what the thing does: "NAME PREDICATE"
    ResultFact    what was measured: a metric and its amount, what it is compared with, on what
    HopeFact      what may come of it, what is left to do
    ReleaseFact   what can be had: code, data, model
    NewsFact      who did what: a headline's subject and predicate
    TopicFact     a headline as a whole

Phrases are the source's own English words. A `Teller` puts one fact into one sentence of its language, or
into none where it is not sure of every word.
"""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

Goods = Literal["code", "data", "model", "benchmark", "demo"]


class OfferFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors offer `phrase`, a noun phrase, perhaps under a name."""

    name: str = ""
    verb: str = "propose"
    phrase: str


class NamedFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors offer `name`, a `kind` of thing, for `task`, a noun phrase; "" for what is not sure."""

    name: str
    verb: str = "propose"
    kind: str = ""
    task: str = ""


class StudyFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors look into `phrase`, a noun phrase or a clause with how or whether."""

    verb: str
    phrase: str


class FindingFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors found that `clause` holds, a clause with subject and verb."""

    verb: str
    clause: str


class DeedFact(msgspec.Struct, frozen=True, kw_only=True):
    """`name`, or the `kind` of thing it is, does `predicate`, a phrase that begins with its verb."""

    name: str = ""
    kind: str = ""
    predicate: str
    measured: bool = False


Outcome = Literal["reach", "raise", "lower", "improve", "beat", "best", "speed", "hold"]


class ResultFact(msgspec.Struct, frozen=True, kw_only=True):
    """What `name`, or the `kind` of thing it is, or the authors themselves have measured.

    reach: `metric` is `amount`. raise, lower, improve: it changes by `amount`. beat: better than `rival`, by
    `amount` where that is given. best: the best known. speed: `amount` times faster. hold: a collection of
    `amount` `metric`. `place` is what it was measured on; "" where the source does not say.
    """

    name: str = ""
    kind: str = ""
    outcome: Outcome
    metric: str = ""
    amount: str = ""
    rival: str = ""
    place: str = ""


Hope = Literal["later", "should", "could", "left", "way", "potential", "directions", "limits"]


class HopeFact(msgspec.Struct, frozen=True, kw_only=True):
    """What the authors expect of `phrase`.

    later, should, could: work that will, must or can look into it. left: it is left for later. way: the way
    to it is opened. potential: a verb phrase that the work may come to do. directions, limits: those of it
    are discussed, or of the work itself where `phrase` is "".
    """

    hope: Hope
    phrase: str


class ReleaseFact(msgspec.Struct, frozen=True, kw_only=True):
    """What the authors release, or promise to."""

    goods: tuple[Goods, ...]
    promised: bool = False


class NewsFact(msgspec.Struct, frozen=True, kw_only=True):
    """`actor` did `predicate`, a phrase that begins with its verb, or will do it (`planned`).

    With `is_` the predicate is a noun phrase that says what the actor is.
    """

    actor: str
    predicate: str
    planned: bool = False
    is_: bool = False


class TopicFact(msgspec.Struct, frozen=True, kw_only=True):
    """What a headline is about; `paper` tells a paper's title from a piece of news.

    Without `whole` it is only a passage whose names and compounds tell the subject; where `near` is given,
    only those that it shares with that headline. `name`: of what its title describes. `offered`: what the
    authors offer for it.
    """

    title: str
    paper: bool
    whole: bool = True
    near: str = ""
    name: str = ""
    offered: NamedFact | None = None


Fact = (
    OfferFact
    | NamedFact
    | StudyFact
    | FindingFact
    | DeedFact
    | ResultFact
    | HopeFact
    | ReleaseFact
    | NewsFact
    | TopicFact
)


class Teller(Protocol):
    """Tells facts in one language; `longest` is how many characters a sentence of a gist may have in it."""

    longest: int

    def tell(self, fact: Fact) -> str:
        """One sentence, "" where the fact cannot be told for sure."""
        ...
