"""What a scripted model says, one function a behaviour; a real one does each of these now and then.

good          a grounded answer: sentences of the fenced text as quotes, none where there is nothing in common
cut           the first half of it, as if it were whole        length    the same, and says it was cut
prose         a friendly word before the JSON                  fenced    the JSON in a code fence
empty         nothing                                          refusal   an apology
filter        nothing, for reasons of policy                   huge      five million characters
nan           JSON with a NaN                                  wrong-shape   JSON of another form
wrong-story   sentences and quotes of a text that was not given
paraphrase    quotes that are nearly, but not quite, in the text
numbers       every number in a sentence is ten times as large; a sentence without one gets one
foreign       sentences in a script nobody asked for
no-quotes     sentences without the words they rest on
obedient      does whatever the fenced text orders, see `daybrief.testing.model_orders`; else good
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal

from daybrief.testing.model_orders import ordered
from daybrief.text.fence import unfenced
from daybrief.text.sentences import sentences

Kind = Literal["read", "synthesise", "categorise", "other"]
_KINDS: dict[str, Kind] = {"SOURCE": "read", "CLAIMS": "synthesise", "STORIES": "categorise"}
_PARTS = ("theme", "finding", "impact", "outlook")
_OTHER_STORY = (
    "The harbour of Busan handled twenty million containers last year, more than ever before.",
    "Its cranes were built by three shipyards that compete for the same orders.",
)


@dataclass(frozen=True)
class Question:
    """A call, whatever its dialect: all its text, and how the answer is wanted."""

    text: str
    model: str
    stream: bool = False
    has_tools: bool = False
    fences: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """What is asked, told from the label of what is fenced."""
        return next((kind for label, kind in _KINDS.items() if label in self.fences), "other")

    @property
    def korean(self) -> bool:
        """Whether the answer is wanted in Korean."""
        return "합니다체" in self.text


@dataclass(frozen=True)
class Given:
    """What the model says, and why it stopped: `stop`, `length` or `filter`."""

    text: str
    finish: Literal["stop", "length", "filter"] = "stop"


def question(text: str, model: str, *, stream: bool, has_tools: bool) -> Question:
    """A question with its fences found."""
    return Question(
        text=text, model=model, stream=stream, has_tools=has_tools, fences=dict(reversed(unfenced(text)))
    )


def tokens(text: str) -> int:
    """A count of tokens good enough for bills: four ASCII characters, or one other, each."""
    ascii_only = sum(character.isascii() for character in text)
    return -(-ascii_only // 4) + len(text) - ascii_only


def answered(behaviour: str, asked: Question) -> Given:
    """The answer of one behaviour; raises KeyError for one that does not exist."""
    return _BEHAVIOURS[behaviour](asked)


def _good(asked: Question) -> dict[str, Any]:
    makers: dict[str, Callable[[Question], dict[str, Any]]] = {
        "read": _read, "synthesise": _synthesised, "categorise": _filed
    }  # fmt: skip
    return makers[asked.kind](asked) if asked.kind in makers else {}


def _read(asked: Question) -> dict[str, Any]:
    found = [s.text for s in sentences(asked.fences["SOURCE"]) if len(s.text) >= 12]
    chosen = zip(_PARTS, found, strict=False)
    return {"claims": [{"part": p, "sentence": _about(q, asked.korean), "quote": q} for p, q in chosen]}


def _about(quote: str, korean: bool) -> str:
    plain = re.sub(r"[<>`*_\[\]{}|\\$#~]", " ", quote)
    if not korean:
        return " ".join(plain.split()[:40]).rstrip(".!?") + "."
    return f"원문은 “{_opening(plain)}”라고 전합니다."


def _opening(text: str) -> str:
    return " ".join(text.split()[:9]).rstrip(".,;:")[:80]


def _synthesised(asked: Question) -> dict[str, Any]:
    """One sentence over the two stories with most words in common; none where there are no such words."""
    numbers: dict[str, list[str]] = {}
    words: dict[str, dict[str, None]] = {}
    for row in asked.fences["CLAIMS"].splitlines():
        number, story, text = row.split(" ", 2)
        numbers.setdefault(story, []).append(number)
        words.setdefault(story, {}).update(dict.fromkeys(re.findall(r"\b[a-z]{5,}\b", text)))
    pairs = [(one, other) for one, other in combinations(words, 2) if words[one].keys() & words[other].keys()]
    if not pairs:
        return {"sentences": []}
    one, other = max(pairs, key=lambda pair: len(words[pair[0]].keys() & words[pair[1]].keys()))
    both = ", ".join([word for word in words[one] if word in words[other]][:4])
    sentence = f"두 글은 “{both}” 등을 함께 다룹니다." if asked.korean else f"Two stories share {both}."
    return {
        "sentences": [{"part": "theme", "sentence": sentence, "claims": [*numbers[one], *numbers[other]]}]
    }


def _filed(asked: Question) -> dict[str, Any]:
    """Every story under the category whose definition shares most words with it; the first of equals."""
    listed = asked.text.partition("what belongs there.")[2].partition("\n\n")[0]
    drawers = [row.split(": ", 1) for row in listed.strip().splitlines() if ": " in row]
    stories = re.findall(r"(?ms)^(s\d+): (.*?)(?=^s\d+: |\Z)", asked.fences["STORIES"])
    places = []
    for number, text in stories:
        words = set(re.findall(r"\w{4,}", text.casefold()))
        shared = [len(words & set(re.findall(r"\w{4,}", d[1].casefold()))) for d in drawers]
        places.append({"story": number, "category": drawers[shared.index(max(shared))][0]})
    return {"filed": places}


def _json(asked: Question) -> str:
    return json.dumps(_good(asked), ensure_ascii=False)


def _half(asked: Question) -> str:
    whole = _json(asked)
    return whole[: len(whole) // 2]


def _changed(asked: Question, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Given:
    """The good answer with every sentence of it changed."""
    good = _good(asked)
    changed = {
        name: [change(dict(row)) for row in rows] if isinstance(rows, list) else rows
        for name, rows in good.items()
    }
    return Given(json.dumps(changed, ensure_ascii=False))


def _wrong_story(asked: Question) -> Given:
    rows = zip(_PARTS, _OTHER_STORY, strict=False)
    claims = [{"part": p, "sentence": _about(q, asked.korean), "quote": q} for p, q in rows]
    return (
        Given(json.dumps({"claims": claims}, ensure_ascii=False)) if asked.kind == "read" else _plain(asked)
    )


def _paraphrase(row: dict[str, Any]) -> dict[str, Any]:
    words = str(row.get("quote", "")).split()
    return row | {"quote": " ".join([*words[1:], *words[:1]])} if words else row


def _numbers(row: dict[str, Any]) -> dict[str, Any]:
    said = str(row.get("sentence", ""))
    grown = re.sub(r"\d[\d,]*", lambda found: found[0] + "0", said)
    if grown == said and said:
        grown = re.sub(r"^", "7,300 ", said)
    return row | {"sentence": grown} if said else row


def _foreign(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"sentence": "Эта работа описывает новый метод обучения больших моделей."}


def _plain(asked: Question) -> Given:
    return Given(_json(asked))


def _obedient(asked: Question) -> Given:
    for text in asked.fences.values():
        if (order := ordered(text, asked.kind)) is not None:
            return Given(order)
    return _plain(asked)


_BEHAVIOURS: dict[str, Callable[[Question], Given]] = {
    "good": _plain,
    "cut": lambda asked: Given(_half(asked)),
    "length": lambda asked: Given(_half(asked), "length"),
    "prose": lambda asked: Given(f"Sure! Here is the JSON you asked for:\n{_json(asked)}\nAnything else?"),
    "fenced": lambda asked: Given(f"```json\n{_json(asked)}\n```"),
    "empty": lambda _asked: Given(""),
    "refusal": lambda _asked: Given("I'm sorry, but I can't help with that."),
    "filter": lambda _asked: Given("", "filter"),
    "huge": lambda asked: Given(_json(asked) + " " * 5_000_000),
    "nan": lambda _asked: Given('{"claims": NaN, "sentences": NaN, "filed": NaN}'),
    "wrong-shape": lambda _asked: Given('{"claims": [{"text": "hello"}], "sentences": 7, "filed": {}}'),
    "wrong-story": _wrong_story,
    "paraphrase": lambda asked: _changed(asked, _paraphrase),
    "numbers": lambda asked: _changed(asked, _numbers),
    "foreign": lambda asked: _changed(asked, _foreign),
    "no-quotes": lambda asked: _changed(asked, lambda row: row | {"quote": ""} if "quote" in row else row),
    "obedient": _obedient,
}

BEHAVIOURS = tuple(_BEHAVIOURS)
"""The names of all answers."""
