"""A simulated day of a newsroom: an editor decides item by item, and the day knows what was right.

    seed → facts → items: true stories, retold ones, a withdrawn paper, a headline that contradicts its text,
                   a flood of other matters, a dead link → decisions → milestones → progress

Twenty-two milestones stand for the day, as the achievements of a game do. A day ends with a good issue when
at least four of the five true stories are printed faithfully and nothing else is. `progress` is the
probability of a good issue given the best milestone reached (the paper's formula for NetHack), learned from
a population of editors of known skill on development seeds.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from daybrief.labs.agents.harness import Environment, Observation, named_action, play
from daybrief.labs.agents.players import ASK, MixedAgent, OracleAgent, RandomAgent, ReflexAgent
from daybrief.model import Value

Kind = Literal["fresh", "contradicted", "same headline", "retold", "retracted", "off-topic", "dead link"]
DROPS = ("drop: duplicate", "drop: retracted", "drop: off-topic", "drop: dead link")
HOLD = "hold"
_PUBLISH = "publish:"
_FRESH, _FLOOD = 4, 4
_TRUE = ("fresh", "contradicted")
_RIGHT: dict[str, str] = {
    "same headline": "drop: duplicate",
    "retold": "drop: duplicate",
    "retracted": "drop: retracted",
    "off-topic": "drop: off-topic",
    "dead link": "drop: dead link",
}
_LONGEST, _LEAST_WORDS = 400, 4
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_OPPOSITE = re.compile(
    r"\b(?:increas|rais|rose|grew|doubl|worsen|higher|did not|does not|fails? to)\w*", re.I
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_POPULATION = tuple(round(0.05 * step, 2) for step in range(21))
_POPULATION_DAYS = 12

INSTRUCTION = """You edit a daily brief about artificial intelligence. Items come one by one. For each choose:
publish: SENTENCE - print one sentence that tells the news, with the name and the number from the text. \
Where the headline says another number, the text is right.
drop: duplicate - a printed sentence tells this news already.
drop: retracted - the text says that the paper was withdrawn.
drop: off-topic - it is not about artificial intelligence.
drop: dead link - the link fails and there is no text.
hold - leave the item undecided."""


class NewsItem(Value, frozen=True, kw_only=True):
    """An item as the editor sees it: `status` is the answer of its address, `paper` an arXiv id or ""."""

    title: str
    source: str
    url: str
    status: int
    paper: str
    text: str


class PlannedItem(Value, frozen=True, kw_only=True):
    """An item and what only the day knows: its kind, whom it names, its number, the number that is wrong."""

    item: NewsItem
    kind: Kind
    name: str = ""
    number: str = ""
    wrong: str = ""

    @property
    def true(self) -> bool:
        """Whether it should be printed."""
        return self.kind in _TRUE

    def faithful(self, sentence: str) -> bool:
        """Whether a sentence tells the news: the name, the key number, no number of its own, no opposite."""
        numbers = {digits.rstrip(".,") for digits in _DIGITS.findall(sentence)}
        known = {digits.rstrip(".,") for digits in _DIGITS.findall(self.item.text)}
        named = self.name.lower() in sentence.lower()
        return named and self.number in numbers and numbers <= known and not _OPPOSITE.search(sentence)


# ── the day ─────────────────────────────────────────────────────────────────────────────────────────


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "texts.toml").read_text(encoding="utf-8"))


def planned_day(seed: int) -> tuple[PlannedItem, ...]:
    """The items of a day in the order they come; what is told again comes after the first telling."""
    rng = np.random.default_rng([seed, 11])
    draw = _Drawing(rng)
    fresh = [draw.story("fresh") for _ in range(_FRESH)]
    others = [draw.story("contradicted"), draw.story("retracted"), draw.story("dead link")]
    items = [*fresh, *others, *draw.flood(_FLOOD)]
    items = [items[int(at)] for at in rng.permutation(len(items))]
    for first, kind in zip(rng.permutation(_FRESH)[:2], ("same headline", "retold"), strict=True):
        original = fresh[int(first)]
        place = int(rng.integers(items.index(original) + 1, len(items) + 1))
        items.insert(place, draw.again(original, "retold" if kind == "retold" else "same headline"))
    return tuple(items)


class _Drawing:
    """Draws stories without ever using a name or a task twice in a day."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._words = _texts()
        self._left = {
            key: [self._words[key][int(at)] for at in rng.permutation(len(self._words[key]))]
            for key in ("labs", "stems", "tasks", "flood")
        }
        self._facts: dict[str, dict[str, str]] = {}

    def story(self, kind: Kind) -> PlannedItem:
        """A story of its own."""
        facts = self._drawn()
        key = {"dead link": "dead"}.get(kind, kind)
        title = self._words["titles"][key].format(**facts)
        body = (
            ""
            if kind == "dead link"
            else self._words["bodies"]["retracted" if kind == "retracted" else "story"]
        )
        self._facts[facts["name"]] = facts
        return PlannedItem(
            item=NewsItem(
                title=title,
                source=self._drawn_word("sources"),
                url=f"https://{facts['site']}.example/{facts['name'].lower()}",
                status=404 if kind == "dead link" else 200,
                paper=facts["paper"],
                text=body.format(**facts),
            ),
            kind=kind,
            name=facts["name"],
            number=facts["n"],
            wrong=facts["wrong"] if kind == "contradicted" else "",
        )

    def again(self, original: PlannedItem, kind: Kind) -> PlannedItem:
        """The same news from somebody else: with the same headline, or retold about the same paper."""
        facts, outlet = self._facts[original.name], self._drawn_word("outlets")
        retold = kind == "retold"
        return PlannedItem(
            item=NewsItem(
                title=self._words["titles"]["retold"].format(**facts) if retold else original.item.title,
                source=outlet,
                url=f"https://{outlet.split()[-1].lower()}.example/{facts['name'].lower()}-{facts['m']}",
                status=200,
                paper=original.item.paper,
                text=self._words["bodies"]["retold"].format(**facts) if retold else original.item.text,
            ),
            kind=kind,
            name=original.name,
            number=original.number,
        )

    def flood(self, count: int) -> Iterator[PlannedItem]:
        """Other matters, all from one source."""
        for about in self._left["flood"][:count]:
            n = int(self._rng.integers(3, 90))
            yield PlannedItem(
                item=NewsItem(
                    title=about["title"].format(n=n),
                    source=self._words["flooder"],
                    url=f"https://village.example/{n}",
                    status=200,
                    paper="",
                    text=about["text"].format(n=n),
                ),
                kind="off-topic",
            )

    def _drawn(self) -> dict[str, str]:
        rng, lab = self._rng, self._left["labs"].pop()
        n, m = int(rng.integers(3, 9)), int(rng.integers(120, 980))
        facts = {
            "lab": lab,
            "site": lab.split()[0].lower(),
            "name": self._left["stems"].pop() + self._drawn_word("endings"),
            "kind": self._drawn_word("kinds"),
            "task": self._left["tasks"].pop(),
            "measure": self._drawn_word("measures"),
            "n": str(n + 10 * int(rng.integers(0, 3))),
            "m": str(m),
            "paper": f"2611.{int(rng.integers(1000, 99999)):05d}",
            "release": self._drawn_word("releases"),
        }
        facts["wrong"] = str(int(facts["n"]) + 10 * int(rng.integers(3, 6)))
        return facts | {"check": self._drawn_word("checks").format(m=m)}

    def _drawn_word(self, key: str) -> str:
        return str(self._words[key][int(self._rng.integers(len(self._words[key])))])


def fingerprint() -> str:
    """Changes with whatever a model is shown of a day: episodes of two fingerprints cannot be compared."""
    shown = (files(__package__) / "texts.toml").read_text(encoding="utf-8")
    return hashlib.sha256(f"{INSTRUCTION}{ASK}{shown}".encode()).hexdigest()[:12]


# ── milestones ──────────────────────────────────────────────────────────────────────────────────────


class Ledger:
    """The decisions so far: counts by name, and at the end whether the issue is good."""

    def __init__(self, day: tuple[PlannedItem, ...]) -> None:
        self.total = Counter(planned.kind for planned in day)
        self.count: Counter[str] = Counter()
        self.left = len(day)

    def decide(self, planned: PlannedItem, action: str) -> None:
        """Book one decision."""
        self.left -= 1
        count, kind = self.count, planned.kind
        count["decided"] += action != HOLD
        if action.startswith(_PUBLISH):
            faithful = planned.true and planned.faithful(sentence_of(action))
            count["printed"] += 1
            count["faithful"] += faithful
            count["right"] += faithful
            count["false"] += not faithful
            count[f"printed {kind}"] += 1
            count[f"faithful {kind}"] += faithful
            return
        right = _RIGHT.get(kind) == action
        count["right"] += right
        count["right drops"] += right
        count[f"caught {kind}"] += right
        count[f"kept out {kind}"] += action != HOLD
        count["lost"] += planned.true and action != HOLD

    @property
    def over(self) -> bool:
        """Whether the queue is empty."""
        return self.left == 0

    @property
    def good(self) -> bool:
        """At least four of the five true stories told faithfully, and nothing else printed."""
        return self.over and self.count["faithful"] >= _FRESH and self.count["false"] == 0

    @property
    def milestones(self) -> frozenset[str]:
        """The names of those reached; what is about the whole day is reached at its end."""
        return frozenset(name for name, reached in MILESTONES.items() if reached(self))


def _at_end(condition: Callable[[Ledger], bool]) -> Callable[[Ledger], bool]:
    return lambda ledger: ledger.over and condition(ledger)


def _least(key: str, least: int) -> Callable[[Ledger], bool]:
    return lambda ledger: ledger.count[key] >= least


MILESTONES: dict[str, Callable[[Ledger], bool]] = {
    "first decision": _least("decided", 1),
    "first sentence printed": _least("printed", 1),
    "one true story told": _least("faithful", 1),
    "two true stories told": _least("faithful", 2),
    "three true stories told": _least("faithful", 3),
    "four true stories told": _least("faithful", 4),
    "all true stories told": _least("faithful", _FRESH + 1),
    "one off-topic item dropped": _least("caught off-topic", 1),
    "half of the flood dropped": _least("caught off-topic", _FLOOD // 2),
    "the whole flood dropped": _least("caught off-topic", _FLOOD),
    "same headline caught": _least("caught same headline", 1),
    "retold story caught": _least("caught retold", 1),
    "retraction kept out": _least("kept out retracted", 1),
    "retraction named": _least("caught retracted", 1),
    "dead link kept out": _least("kept out dead link", 1),
    "dead link named": _least("caught dead link", 1),
    "three faults caught": _least("right drops", 3),
    "contradiction settled by the text": _least("faithful contradicted", 1),
    "five faults caught": _least("right drops", 5),
    "all faults caught": _least("right drops", _FLOOD + 4),
    "no true story lost": _at_end(lambda ledger: ledger.count["lost"] == 0 and ledger.count["faithful"] > 0),
    "nothing false printed": _at_end(
        lambda ledger: ledger.count["false"] == 0 and ledger.count["faithful"] > 1
    ),
}


@cache
def learned_progress() -> Mapping[str, float]:
    """P(good issue | milestone) over editors of every skill on development seeds, 0 at the start of a day."""
    reached: Counter[str] = Counter()
    good: Counter[str] = Counter()
    agents = [
        MixedAgent(skill, worse=worse) for skill in _POPULATION for worse in (RandomAgent(), ReflexAgent())
    ]
    for agent in agents:
        for seed in range(_POPULATION_DAYS):
            room = Newsroom(table={})
            play(room, agent, seed)
            reached.update(room.milestones)
            if room.good:
                good.update(room.milestones)
    start = good["first decision"] / reached["first decision"]
    chances = {name: good[name] / reached[name] if reached[name] else 0.0 for name in MILESTONES}
    return {name: max(0.0, (chance - start) / (1 - start)) for name, chance in chances.items()}


def demonstrations(seed: int = 0) -> tuple[tuple[str, str], ...]:
    """The oracle's actions on a development day, for the first item of each kind: examples for a model."""
    _, records = play(Newsroom(table={}), OracleAgent(), seed)
    shown: dict[str, tuple[str, str]] = {}
    for planned, record in zip(planned_day(seed), records, strict=True):
        shown.setdefault(planned.kind, (record.observation, record.action))
    return tuple(shown.values())


# ── the environment ─────────────────────────────────────────────────────────────────────────────────


def sentence_of(action: str) -> str:
    """The sentence that a publishing action prints."""
    return " ".join(action[len(_PUBLISH) :].split())


class Newsroom(Environment):
    """A day, item by item. `table` maps milestones to progress; by default the one learned from editors."""

    name = "newsroom"
    task = "day"
    default = HOLD
    instruction = INSTRUCTION
    actions = ("publish: (your sentence)", *DROPS, HOLD)

    def __init__(self, table: Mapping[str, float] | None = None) -> None:
        self._table = learned_progress() if table is None else table
        self.day = planned_day(0)
        self.limit = len(self.day)
        self._ledger = Ledger(self.day)
        self._printed: list[str] = []

    def reset(self, seed: int) -> Observation:
        """Begin a day."""
        self.day = planned_day(seed)
        self._ledger, self._printed = Ledger(self.day), []
        return self._observation()

    @property
    def current(self) -> PlannedItem:
        """The item that waits; the last one once the queue is empty."""
        return self.day[min(len(self.day) - self._ledger.left, len(self.day) - 1)]

    def legal(self, answer: str) -> str | None:
        """The legal action in an answer: a listed one, or publishing a sentence of four words or more."""
        if dropped := named_action(answer, (*DROPS, HOLD)):
            return dropped
        for line in answer.splitlines():
            text = line.strip(" \t`*\"'-")
            if text.lower().startswith(_PUBLISH):
                sentence = sentence_of(text).strip("\"' ")
                fits = len(sentence) <= _LONGEST and len(sentence.split()) >= _LEAST_WORDS
                return f"{_PUBLISH} {sentence}" if fits else None
        return None

    def step(self, action: str) -> tuple[Observation, bool]:
        """Decide about the current item."""
        self._ledger.decide(self.current, action)
        if action.startswith(_PUBLISH):
            self._printed.append(sentence_of(action))
        return self._observation(), self._ledger.over

    @property
    def milestones(self) -> frozenset[str]:
        """The milestones reached."""
        return self._ledger.milestones

    @property
    def reward(self) -> float:
        """Right decisions so far."""
        return float(self._ledger.count["right"])

    @property
    def good(self) -> bool:
        """Whether the day ended with a good issue."""
        return self._ledger.good

    @property
    def progress(self) -> float:
        """The best milestone's probability of a good issue; 1 once the issue is good."""
        if self.good:
            return 1.0
        return max((self._table.get(name, 0.0) for name in self.milestones), default=0.0)

    def oracle(self) -> str:
        """The right decision, which needs what only the day knows."""
        planned = self.current
        if not planned.true:
            return _RIGHT[planned.kind]
        sentence = next(s for s in _SENTENCE.split(planned.item.text) if planned.faithful(s))
        return f"{_PUBLISH} {sentence}"

    def reflex(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - the rule leaves nothing to chance
        """Go by single words: print the percentage of whatever mentions a model, a network or an agent."""
        item = self.current.item
        if not item.text:
            return "drop: dead link"
        if not re.search(r"\b(?:model|network|agent)\b", item.title):
            return "drop: off-topic"
        if "withdrawn" in item.text:
            return "drop: retracted"
        sentences = _SENTENCE.split(item.text)
        return (
            f"{_PUBLISH} {next((sentence for sentence in sentences if 'percent' in sentence), sentences[0])}"
        )

    def sample(self, rng: np.random.Generator) -> str:
        """Any action; what is published is the headline or a sentence of the text."""
        action = self.actions[int(rng.integers(len(self.actions)))]
        if not action.startswith(_PUBLISH):
            return action
        item = self.current.item
        sentences = [item.title, *(s for s in _SENTENCE.split(item.text) if len(s.split()) >= _LEAST_WORDS)]
        return f"{_PUBLISH} {sentences[int(rng.integers(len(sentences)))]}"

    def _observation(self) -> Observation:
        if self._ledger.over:
            return Observation(text="The queue is empty.")
        item, number = self.current.item, len(self.day) - self._ledger.left + 1
        answers = "200 OK" if item.status == 200 else f"{item.status} not found"
        printed = "\n".join(f"- {sentence}" for sentence in self._printed) or "- nothing yet"
        text = (
            f"Item {number} of {len(self.day)}\nPrinted so far:\n{printed}\n"
            f"Headline: {item.title}\nSource: {item.source}\nLink: {item.url} ({answers})\n"
            f"Paper: {f'arXiv:{item.paper}' if item.paper else 'none'}\nText: {item.text or '(no text)'}"
        )
        return Observation(text=text, facts={"item": item})
