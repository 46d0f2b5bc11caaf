"""The trial of a local model: may it write, may it only render, or neither; measured, not guessed.

    three stories → the model reads and writes → checks        share of its own sentences that stand
    twenty sentences → the model renders each → checks, words  share of renderings that are right
    both shares against the trial's bounds → mode, kept beside the models

The checks are those of an edition. They do not notice when one plain word is put for another ("traditional"
for "unified"), so a rendering must also hold the words it cannot be right without.
"""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from daybrief.app.ports import Ports
from daybrief.errors import ConfigError
from daybrief.languages import SOURCE
from daybrief.model import Claim, Filed, Item, Quote, Ranked, Story
from daybrief.ports import Answer, Check, Llm, ModelSettings, Trial, WritingMode
from daybrief.stages.verify import evidence_of, judge
from daybrief.text.prompts import prompts
from daybrief.writers.llm.read import Reader, Renderer

_LEAST_CLAIMS = 2  # of one story


class _Story(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    text: str


class _Words(msgspec.Struct, frozen=True, kw_only=True):
    needs: tuple[tuple[str, ...], ...]
    never: tuple[str, ...] = ()


class _Sentence(msgspec.Struct, frozen=True, kw_only=True):
    source: str
    words: dict[str, _Words]


class _Trials(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    least_written: float
    least_rendered: float
    stories: tuple[_Story, ...]
    sentences: tuple[_Sentence, ...]


@cache
def _trials() -> _Trials:
    text = (files("daybrief") / "assets" / "model_trial.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    sentences = table.pop("sentence")
    rows = [{"source": row.pop("source"), "words": row} for row in sentences]
    return msgspec.convert(table | {"stories": table.pop("story"), "sentences": rows}, _Trials)


class Rendering(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence of a trial: its source, what the model made of it, and the fault, "" when it is right."""

    source: str
    text: str
    fault: str


class Tryout(msgspec.Struct, frozen=True, kw_only=True):
    """A trial and every rendering it rests on."""

    model: str
    trial: Trial
    renderings: tuple[Rendering, ...]


def try_model(ports: Ports, settings: ModelSettings, language: str, told: Callable[[str], None]) -> Tryout:
    """Tries a local model in a language and keeps what came of it.

    Raises ConfigError for a language without a trial, ModelUnavailable for a model that cannot be loaded.
    """
    trials, folder = _trials(), ports.local_models
    file = folder.find(settings.model)
    if language != SOURCE and not any(language in sentence.words for sentence in trials.sentences):
        raise ConfigError(
            f"there is no trial in the language {language!r}",
            hint='set `mode = "render"` or `"write"` by hand',
        )
    checks = ports.checks(language)
    with ports.model_of(settings, f"trial {file.mark}") as llm:
        told(f"{file.name} writes about {len(trials.stories)} stories")
        written = _written(llm, checks, language)
        told(f"{file.name} renders {len(trials.sentences)} sentences")
        start = time.monotonic()
        renderings = _rendered(llm, checks, language)
        seconds = (time.monotonic() - start) / max(1, len(renderings))
    right = sum(not rendering.fault for rendering in renderings) / max(1, len(renderings))
    trial = Trial(
        language=language,
        mode=_mode(written, right if renderings else 0.0),
        version=trials.version,
        written=round(written, 3),
        rendered=round(right if renderings else 0.0, 3),
        sentences=len(renderings),
        seconds=round(seconds, 2),
        memory=peak_memory(),
    )
    folder.keep(file, trial)
    return Tryout(model=file.name, trial=trial, renderings=renderings)


def _mode(written: float, rendered: float) -> WritingMode:
    """A model that puts plain words wrong may not write freely either."""
    trials = _trials()
    if rendered and rendered < trials.least_rendered:
        return "refused"
    if written >= trials.least_written:
        return "write"
    return "render" if rendered else "refused"


def _written(llm: Llm, checks: Sequence[Check], language: str) -> float:
    """The share of its sentences that pass every check; a story with too few counts as lacking some."""
    reader = Reader(prompts(language), language, 4)
    ranked = [_ranked(number, story) for number, story in enumerate(_trials().stories)]
    passed = asked = 0
    for each, answer in zip(ranked, llm.ask([reader.question(r) for r in ranked]), strict=True):
        claims = reader.claims(each, answer.value) if answer.value is not None else ()
        judged = judge(claims, checks, evidence_of(each.story.items))
        passed += sum(one.printable for one in judged)
        asked += max(_LEAST_CLAIMS, len(claims))
    return passed / asked


def _rendered(llm: Llm, checks: Sequence[Check], language: str) -> tuple[Rendering, ...]:
    """Every sentence of the trial in a language; none in the language of the sources."""
    chosen = [sentence for sentence in _trials().sentences if language in sentence.words]
    renderer = Renderer(prompts(language), language)
    answers = llm.ask([renderer.question(sentence.source) for sentence in chosen])
    return tuple(
        _judged(sentence, answer, checks, language) for sentence, answer in zip(chosen, answers, strict=True)
    )


def _judged(sentence: _Sentence, answer: Answer, checks: Sequence[Check], language: str) -> Rendering:
    if answer.value is None:
        fault = answer.error.message if answer.error else "no answer"
        return Rendering(source=sentence.source, text="", fault=fault)
    text = answer.value.sentence
    item = _item("sentence", "", sentence.source)
    quote = Quote(item_key=item.key, source=item.source, start=0, end=len(item.text), text=item.text)
    claim = Claim(text=text, part="finding", quotes=(quote,), stories=(item.key,), language=language)
    (judged,) = judge([claim], checks, evidence_of([item]))
    refusals = [f"{v.check}: {v.why}" for v in judged.verdicts if not judged.printable and v.why]
    fault = "; ".join(refusals) or wording_fault(text, sentence.words[language])
    return Rendering(source=sentence.source, text=text, fault=fault)


def wording_fault(text: str, words: _Words) -> str:
    """The words that a rendering lacks or must not hold, "" when there are none."""
    packed = "".join(text.split()).casefold()

    def holds(word: str) -> bool:
        return "".join(word.split()).casefold() in packed

    for group in words.needs:
        if not any(map(holds, group)):
            return f"it lacks {' / '.join(group)}"
    return next((f"it says {word}" for word in words.never if holds(word)), "")


def _ranked(number: int, story: _Story) -> Ranked:
    item = _item(f"trial-{number}", story.title, story.text)
    told = Story(id=item.key, kind=item.kind, items=(item,), first_seen=date.min)
    return Ranked(filed=Filed(story=told, category="", confidence=1.0, why=""), score=0.0)


def peak_memory() -> int:
    """Of this process, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _item(key: str, title: str, text: str) -> Item:
    return Item(key=key, source="trial", kind="paper", title=title, url="https://trial.invalid/", text=text)
