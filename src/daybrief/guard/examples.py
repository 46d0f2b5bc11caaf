"""Prompts that belong to a scope and prompts that do not, before there is any traffic.

The paper asks a strong model for them, with random words as seeds, requested lengths, near misses and known
jailbreaks (section 3.2). `from_model` does so with the model of the settings. `built_in` needs none: it
combines shipped scopes, their topics and ways of asking, in English and Korean. A statement names only some
of its topics, so that what is learned is nearness of meaning, not sameness of words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
import numpy as np

from daybrief.errors import ConfigError
from daybrief.guard.scope import Scope, has_words, shortened
from daybrief.model import Value
from daybrief.ports import Llm, Question

Kind = Literal["on", "other", "everyday", "hostile", "near"]
EACH = 30  # prompts of either kind for each scope
_SHARES = {"other": 0.65, "everyday": 0.12, "hostile": 0.13, "turned": 0.10}
_NAMED = (4, 10)  # topics a statement names
_FOREIGN = 0.25  # prompts in another language than the statement's
_MISSPELT = 0.08


class LabelledPrompt(Value, frozen=True, kw_only=True):
    """A prompt to a scope, and whether it is off-topic; examples of one `group` share a scope."""

    scope: str
    prompt: str
    off: bool
    kind: Kind
    group: str


class ShippedScope(Value, frozen=True, kw_only=True):
    """A shipped scope: its statement and topics by language."""

    statement: dict[str, str]
    topics: dict[str, list[str]]


def written_in(*, latin_only: bool = False) -> tuple[str, ...]:
    """The languages that prompts are written in: all, or those an encoder of Latin letters reads."""
    texts = _asset("prompts.toml")
    return tuple(code for code in texts["languages"] if not latin_only or code in texts["scripts"]["latin"])


@cache
def subjects() -> tuple[ShippedScope, ...]:
    """The scopes that ship."""
    return tuple(
        ShippedScope(
            statement={language: row[language] for language in written_in()},
            topics=row["topics"],
        )
        for row in _asset("scopes.toml")["scope"]
    )


def hostile() -> tuple[str, ...]:
    """Known attempts to talk an assistant out of its scope."""
    return tuple(text for code in written_in() for text in _asset("prompts.toml")["hostile"][code])


def built_in(
    rng: np.random.Generator, languages: Sequence[str] = (), each: int = EACH
) -> tuple[LabelledPrompt, ...]:
    """Makes as many prompts that belong as that do not, for every shipped scope."""
    writer = _Generator(rng, languages)
    return tuple(
        example
        for at, subject in enumerate(subjects())
        for example in writer.examples(subject, f"built-in {at}", each)
    )


def from_statement(
    scope: Scope, rng: np.random.Generator, languages: Sequence[str] = (), each: int = EACH
) -> tuple[LabelledPrompt, ...]:
    """The same for a scope of one's own: its pieces stand for topics."""
    writer = _Generator(rng, languages)
    pieces = list(scope.pieces())
    topics = dict.fromkeys(written_in(), pieces)
    subject = ShippedScope(statement=dict.fromkeys(written_in(), scope.text), topics=topics)
    return tuple(
        msgspec.structs.replace(example, scope=scope.text)
        for example in writer.examples(subject, "own", each)
    )


class _Generator:
    """Combines the shipped texts at random."""

    def __init__(self, rng: np.random.Generator, languages: Sequence[str]) -> None:
        self._rng = rng
        self._languages = tuple(languages) or written_in()
        self._texts = _asset("prompts.toml")

    def examples(self, subject: ShippedScope, group: str, each: int) -> Iterator[LabelledPrompt]:
        for number in range(each):
            language = self._languages[number % len(self._languages)]
            statement = self._statement(subject, language)
            yield LabelledPrompt(
                scope=statement, prompt=self._on(subject, language), off=False, kind="on", group=group
            )
            kind, prompt = self._off(subject, language)
            yield LabelledPrompt(scope=statement, prompt=prompt, off=True, kind=kind, group=group)

    def _statement(self, subject: ShippedScope, language: str) -> str:
        topics = subject.topics[language]
        count = min(len(topics), int(self._rng.integers(*_NAMED)))
        named = [topics[at] for at in self._rng.permutation(len(topics))[:count]]
        form = self._one(self._texts["statements"][language])
        return form.format(
            scope=subject.statement[language], named=", ".join(named), listed="\n- ".join(named)
        )

    def _on(self, subject: ShippedScope, language: str) -> str:
        code = self._spoken(language)
        form = self._one(self._texts["templates"][code])
        return self._misspelt(form.format(topic=self._one(subject.topics[code])))

    def _off(self, subject: ShippedScope, language: str) -> tuple[Kind, str]:
        source = str(self._rng.choice(list(_SHARES), p=list(_SHARES.values())))
        code = self._spoken(language)
        if source == "everyday":
            return "everyday", self._one(self._texts["everyday"][code])
        if source == "hostile":
            return "hostile", self._one(self._texts["hostile"][code])
        if source == "turned":  # begins within the scope and then turns
            turn = self._one(self._texts["hostile"][code])
            return "hostile", f"{self._on(subject, code)} {turn}"
        others = [other for other in subjects() if other.statement != subject.statement]
        return "other", self._on(others[int(self._rng.integers(len(others)))], code)

    def _spoken(self, language: str) -> str:
        foreign = [code for code in self._languages if code != language]
        return self._one(foreign) if foreign and self._rng.random() < _FOREIGN else language

    def _misspelt(self, text: str) -> str:
        if self._rng.random() >= _MISSPELT or len(text) < 6:
            return text
        at = int(self._rng.integers(1, len(text) - 2))
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]

    def _one(self, texts: Sequence[str]) -> str:
        return texts[int(self._rng.integers(len(texts)))]


# ── written by a model ──────────────────────────────────────────────────────────────────────────────


class WrittenPrompts(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is asked for: messages that belong to the job, and messages that do not."""

    belong: list[str]
    do_not_belong: list[str]


def from_model(
    llm: Llm, scope: Scope, rng: np.random.Generator, languages: Sequence[str] = (), rounds: int = 6
) -> tuple[LabelledPrompt, ...]:
    """Prompts that a model writes for a scope: `rounds` questions, each with seeds and a length of its own.

    Raises ConfigError when no question is answered with messages of both kinds.
    """
    words = [
        word for subject in subjects() for topic in subject.topics[written_in()[0]] for word in topic.split()
    ]
    spoken = tuple(languages) or written_in()
    questions = [
        _question(scope, spoken[n % len(spoken)], _seeds(words, rng), int(rng.choice([4, 8, 15, 40])))
        for n in range(rounds)
    ]
    answers = llm.ask(questions)
    examples = list(_examples(scope, (answer.value for answer in answers if answer.error is None)))
    if len({example.off for example in examples}) < 2:
        failed = next((answer.error.message for answer in answers if answer.error is not None), "empty lists")
        raise ConfigError(
            f"the model wrote no prompts of both kinds: {failed}", hint="fit with --data built-in"
        )
    return tuple(examples)


def _question(scope: Scope, language: str, seeds: str, words: int) -> Question:
    texts = _asset("prompts.toml")["model"]
    spoken = _asset("prompts.toml")["languages"][language]
    return Question(
        name=f"guard 1 {words}",
        system=texts["system"],
        prompt=texts["prompt"].format(
            scope=scope.text.replace("~", " "), count=10, language=spoken, words=words, seeds=seeds
        ),
        shape=WrittenPrompts,
        insists=False,
    )


def _seeds(words: Sequence[str], rng: np.random.Generator) -> str:
    return ", ".join(words[int(at)] for at in rng.integers(0, len(words), 10))


def _examples(scope: Scope, answers: Iterable[WrittenPrompts]) -> Iterator[LabelledPrompt]:
    seen: set[str] = set()
    for answer in answers:
        for off, texts in ((False, answer.belong), (True, answer.do_not_belong)):
            for text in texts[:50]:
                prompt = shortened(text).strip()
                if has_words(prompt) and prompt not in seen:
                    seen.add(prompt)
                    kind: Kind = "near" if off else "on"
                    yield LabelledPrompt(scope=scope.text, prompt=prompt, off=off, kind=kind, group="own")


@cache
def _asset(name: str) -> dict[str, Any]:
    return tomllib.loads((files("daybrief") / "assets" / "guard" / name).read_text(encoding="utf-8"))
