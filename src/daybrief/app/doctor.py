"""Whether it all works: what `daybrief doctor` looks at, and the trial of a model on this machine.

Doctor builds everything that a run builds before a run needs it. Each thing is looked at on its own, so that
one fault hides no other. Nothing is sent and nothing is spent.

The trial says whether a local model may write, may only render, or neither; measured, not guessed:

    three stories → the model reads and writes → checks        share of its own sentences that stand
    twenty sentences → the model renders each → checks, words  share of renderings that are right
    both shares against the trial's bounds → mode, kept beside the models

The checks are those of an edition. They do not notice when one plain word is put for another ("traditional"
for "unified"), so a rendering must also hold the words it cannot be right without.
"""

from __future__ import annotations

import math
import os
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from daybrief import plugins
from daybrief.app import reading
from daybrief.app.ports import Ports
from daybrief.errors import ArchiveDamaged, ConfigError, DaybriefError, ModelUnavailable
from daybrief.languages import SOURCE, language_or_source
from daybrief.model import Claim, Filed, Item, Quote, Ranked, Story
from daybrief.ports import Answer, Check, Llm, ModelSettings, Question, Trial, WritingMode
from daybrief.stages.verify import evidence_of, judge
from daybrief.text.prompts import prompts
from daybrief.writers.llm.read import Reader, Renderer


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """A checked subject: whether it is well, which setting decides it, and what to do when it is not."""

    what: str
    ok: bool
    detail: str
    hint: str = ""
    setting: str = ""


Look = tuple[str, str, Callable[[], str]]  # what is looked at, the setting that decides it, and how


def examine(ports: Ports, *, serving: bool = False) -> tuple[Diagnosis, ...]:
    """Returns every finding, in the order in which a run would meet them; `serving`: what `serve` needs."""
    looks = _looks_of_serve(ports) if serving else _looks_of_run(ports)
    return tuple(_diagnosis(look, partial(_say, ports)) for look in looks)


def _diagnosis(look: Look, say: Callable[..., str]) -> Diagnosis:
    what, setting, examination = look
    try:
        return Diagnosis(what=what, ok=True, detail=examination(), setting=setting)
    except DaybriefError as error:
        hint = error.hint or say("see", setting=setting)
        return Diagnosis(what=what, ok=False, detail=error.message, hint=hint, setting=setting)
    except OSError as error:
        detail = f"{error.filename or ''}: {error.strerror or error}"
        hint = say("write", setting=setting)
        return Diagnosis(what=what, ok=False, detail=detail, hint=hint, setting=setting)
    except Exception as bug:  # a part that cannot be built must not hide the others
        detail = f"{type(bug).__name__}: {bug}"
        hint = say("bug", setting=setting)
        return Diagnosis(what=what, ok=False, detail=detail, hint=hint, setting=setting)


# ── what a run needs ────────────────────────────────────────────────────────────────────────────────


def _looks_of_run(ports: Ports) -> Iterator[Look]:
    profiles = list(ports.settings.profiles) or [""]
    yield "taxonomy", "taxonomy", lambda: _taxonomy(ports)
    yield "way out", "web", lambda: _web(ports)
    for name in profiles:
        yield from (_of(name, *look) for look in _looks_of_profile(ports, name))
    for settings, place in _models(ports):
        yield _model_look(ports, settings, place)
    yield "archive", "archive", lambda: _archive(ports)
    yield "search", "search", lambda: _search(ports)
    yield "cache folder", "cache", lambda: writable(ports.cache_path)
    yield "chart fonts", "chart", lambda: _fonts(ports)


def _of(profile: str, what: str, setting: str, look: Callable[[], str]) -> Look:
    return (
        (f"{what} of {profile}", f"profiles.{profile}.{setting}", look) if profile else (what, setting, look)
    )


def _looks_of_profile(ports: Ports, name: str) -> Iterator[Look]:
    """Yields what a profile decides, or the reader without one."""
    settings = ports.settings.of(name)
    yield "language", "language", lambda: _language(ports, settings.language)
    if name:
        yield "taste", "categories", lambda: _interests(ports, name)
    for group in ("sources", "enrichers", "checks", "publishers"):
        yield group, group, lambda group=group: _built(ports, group, name)  # type: ignore[misc]
    for group, setting in (("categorisers", "categoriser"), ("writers", "writer")):
        table = getattr(settings, setting)
        yield setting, setting, lambda group=group, table=table: _configured(ports, group, table, name)  # type: ignore[misc]
    for number, table in enumerate(settings.channels):
        label = f"channel {table.get('name') or table.get('use') or number + 1}"
        yield label, f"channels[{number}]", lambda table=table: _channel(ports, table, name)  # type: ignore[misc]
    if len(settings.channels) > 1:
        yield "channels", "channels", lambda: _built(ports, "channels", name)
    yield "output folder", "out", lambda: writable(Path(settings.out))


def _taxonomy(ports: Ports) -> str:
    return _say(ports, "taxonomy", n=len(ports.taxonomy.category), version=ports.taxonomy.version)


def _web(ports: Ports) -> str:
    with ports.web():
        allowed = ports.settings.web.allow
        return _say(ports, "private", n=len(allowed)) if allowed else _say(ports, "public")


def _say(ports: Ports, key: str, **fields: object) -> str:
    """A detail in the language of the settings, or in that of the sources where they name an unknown one."""
    from daybrief.languages.phrases import phrase

    return phrase(language_or_source(ports.settings.language).code, f"doctor.{key}", **fields)


def _language(ports: Ports, language: str) -> str:
    from daybrief.languages.phrases import phrases

    return _say(ports, "language", n=len(phrases(language).keys()), language=language)


def _interests(ports: Ports, name: str) -> str:
    interests = ports.interests(name)
    words = len(interests.more) + len(interests.less)
    return _say(ports, "interests", n=len(interests.categories), words=words, seeds=len(interests.seeds))


class _Unasked:
    """A language model that a plugin is built with and that nobody asks."""

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """Answers nothing."""
        return tuple(Answer() for _ in questions)


def _built(ports: Ports, group: str, profile: str) -> str:
    built = ports.plugins(group, profile, ports.tools(profile, lambda _settings: _Unasked()))
    return ", ".join(getattr(plugin, "name", "?") for plugin in built) or _say(ports, "none")


def _configured(ports: Ports, group: str, table: dict[str, Any], profile: str) -> str:
    plugins.build(group, table, ports.tools(profile, lambda _settings: _Unasked()))
    return str(table["use"])


def _channel(ports: Ports, table: dict[str, Any], profile: str) -> str:
    channel = plugins.build("channels", table, ports.tools(profile))
    return ports.transport().check(channel.route)


def _models(ports: Ports) -> Iterator[tuple[ModelSettings, str]]:
    """Yields each language model that a run may ask, once, and the setting that names it."""
    known: list[ModelSettings] = []
    tables = [
        ("writers", ports.settings.writer, "writer"),
        ("categorisers", ports.settings.categoriser, "categoriser"),
    ]
    tables += [("checks", table, f"checks[{n}]") for n, table in enumerate(ports.settings.checks)]
    for group, table, place in tables:
        try:
            _, options = plugins.configured(group, table)
        except DaybriefError:
            continue  # told where the plugin is built
        if isinstance(options, ModelSettings):
            model = msgspec.convert(msgspec.to_builtins(options), ModelSettings, strict=False)
            if model not in known:
                known.append(model)
                yield model, place


def _model_look(ports: Ports, settings: ModelSettings, place: str) -> Look:
    def look() -> str:
        inspection = ports.inspect_model(settings)
        if inspection.error is not None:
            raise inspection.error
        return "; ".join(filter(None, (settings.model, inspection.cap, *inspection.notes)))

    return f"model of {place}", place, look


def _archive(ports: Ports) -> str:
    address = ports.archive_address
    if not ports.archive_exists():
        writable(address.folder)
        return _say(ports, "no_archive", address=str(address))
    archive = ports.archive()
    if problems := archive.check():
        more = _say(ports, "more", n=len(problems) - 1) if problems[1:] else ""
        hint = _say(ports, "list_all")
        raise ArchiveDamaged(f"{archive.name}: {problems[0]}{more}", hint=hint)
    writable(address.folder)
    return _say(ports, "archive", name=archive.name, size=f"{archive.size() / 2**20:.1f}")


def _search(ports: Ports) -> str:
    embedder = ports.embedder()
    if embedder is not None:
        embedder.embed_query("a test")
    writable(ports.search_folder())
    return _say(ports, "by_words") if embedder is None else _say(ports, "by_meaning", name=embedder.name)


def writable(folder: Path) -> str:
    """Returns the folder; tries the nearest one that exists, and leaves nothing behind. Raises OSError."""
    nearest = folder.absolute()
    while not nearest.exists():
        if nearest.is_symlink():
            raise FileNotFoundError(2, "is a link to nothing", str(nearest))
        nearest = nearest.parent
    if not nearest.is_dir():
        raise NotADirectoryError(20, "is a file, and a folder is needed", str(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(13, "cannot be written", str(nearest))
    with tempfile.TemporaryFile(dir=nearest):
        return str(folder)


def _fonts(ports: Ports) -> str:
    from daybrief.render.picture import glyphs

    for word in ("\uac00\ub098\ub2e4", "TÜLU", "Déjà", "漢字", "α→β", "🧠"):
        if glyphs(word) is None:
            raise DaybriefError(f"no glyph for {word!r}", hint="reinstall daybrief: its fonts are incomplete")
    return _say(ports, "fonts")


# ── what the reader needs ───────────────────────────────────────────────────────────────────────────


def _looks_of_serve(ports: Ports) -> Iterator[Look]:
    yield "taxonomy", "taxonomy", lambda: _taxonomy(ports)
    yield "language", "language", lambda: _language(ports, ports.settings.language)
    for name in ports.settings.profiles:
        yield f"taste of {name}", f"profiles.{name}.categories", lambda name=name: _interests(ports, name)  # type: ignore[misc]
    yield "archive", "archive", lambda: _archive(ports)
    yield "search", "search", lambda: _search(ports)
    yield "password", "serve", lambda: _access(ports)


def _access(ports: Ports) -> str:
    return _say(ports, "password" if reading.access(ports).password else "no_password")


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
    """A sentence of a trial: its source, the model's rendering, and its fault, "" when it is right."""

    source: str
    text: str
    fault: str


class Tryout(msgspec.Struct, frozen=True, kw_only=True):
    """A trial and every rendering it rests on."""

    model: str
    trial: Trial
    renderings: tuple[Rendering, ...]


def try_model(
    ports: Ports, settings: ModelSettings, language: str, progress: Callable[[str], None]
) -> Tryout:
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
        progress(f"{file.name} writes about {len(trials.stories)} stories")
        reader = Reader(prompts(language), language, 4)
        written = _written([reader.claims(r, a) for r, a in _read(llm, reader)], checks)
        progress(f"{file.name} renders {len(trials.sentences)} sentences")
        start = time.monotonic()
        renderings, by_chance = _rendered(llm, checks, language)
        seconds = (time.monotonic() - start) / max(1, len(renderings))
    rendered = _share([not rendering.fault for rendering in renderings], by_chance)
    trial = Trial(
        language=language,
        mode=_mode(written, rendered),
        version=trials.version,
        written=round(written.value, 3),
        rendered=round(rendered.value, 3),
        sentences=len(renderings),
        seconds=round(seconds, 2),
        memory=peak_memory(),
        written_error=round(written.error, 3),
        written_floor=round(written.floor, 3),
        rendered_error=round(rendered.error, 3),
        rendered_floor=round(rendered.floor, 3),
        ceiling=round(_written(_embedded(ports, language), checks).value, 3),
    )
    folder.keep(file, trial)
    return Tryout(model=file.name, trial=trial, renderings=renderings)


class _Share(NamedTuple):
    """A share that passed, its standard error, and what passes by chance."""

    value: float
    error: float = 0.0
    floor: float = 0.0

    @property
    def above_chance(self) -> bool:
        """Whether it lies above the floor by more than its error."""
        return self.value - self.error > self.floor


def _share(passed: Sequence[bool], by_chance: Sequence[bool], cases: int = 0) -> _Share:
    """The share among `cases` cases, or among all; 0 where there are none."""
    count = max(cases, len(passed))
    if not count:
        return _Share(0.0)
    value = sum(passed) / count
    return _Share(value, math.sqrt(value * (1 - value) / count), sum(by_chance) / count)


def _mode(written: _Share, rendered: _Share) -> WritingMode:
    """A model that puts plain words wrong may not write freely either; nor one no better than chance."""
    trials = _trials()
    if rendered.value and (rendered.value < trials.least_rendered or not rendered.above_chance):
        return "refused"
    if written.value >= trials.least_written and written.above_chance:
        return "write"
    return "render" if rendered.value else "refused"


def _stories() -> tuple[Ranked, ...]:
    return tuple(_ranked(number, story) for number, story in enumerate(_trials().stories))


def _read(llm: Llm, reader: Reader) -> Iterator[tuple[Ranked, Any]]:
    """Yields the model's reading of each story of the trial; stories without an answer are left out."""
    ranked = _stories()
    for each, answer in zip(ranked, _answers(llm, [reader.question(r) for r in ranked]), strict=True):
        if answer.value is not None:
            yield each, answer.value


def _answers(llm: Llm, questions: Sequence[Question]) -> Sequence[Answer]:
    """The model's answers; raises ModelUnavailable where it gave none, so that no trial of it is kept."""
    answers = llm.ask(questions)
    missing = [answer.error for answer in answers if isinstance(answer.error, ModelUnavailable)]
    if missing and len(missing) == len(answers):
        raise missing[0]
    return answers


def _embedded(ports: Ports, language: str) -> list[Sequence[Claim]]:
    """The embedded writer's sentences about the same stories."""
    tools = msgspec.structs.replace(ports.tools("", lambda _settings: _Unasked()), language=language)
    writer = plugins.build("writers", {"use": "extractive"}, tools)
    return [writer.read(each).claims for each in _stories()]


def _written(by_story: Sequence[Sequence[Claim]], checks: Sequence[Check]) -> _Share:
    """The share of sentences that pass every check; a story with too few counts as lacking some.

    By chance: the same sentences, each with the evidence of a sentence about another story.
    """
    items = [item for each in _stories() for item in each.story.items]
    evidence = evidence_of(items)
    claims = [claim for part in by_story for claim in part]
    swapped = [
        msgspec.structs.replace(claim, quotes=other.quotes, stories=other.stories)
        for claim in claims
        for other in [next((c for c in claims if c.stories != claim.stories), claim)]
    ]
    lacking = sum(max(0, _LEAST_CLAIMS - len(part)) for part in by_story)
    lacking += _LEAST_CLAIMS * (len(_trials().stories) - len(by_story))
    passed, by_chance = (
        [judgement.printable for judgement in judge(part, checks, evidence)] for part in (claims, swapped)
    )
    return _share(passed, by_chance, len(claims) + lacking)


def _rendered(
    llm: Llm, checks: Sequence[Check], language: str
) -> tuple[tuple[Rendering, ...], tuple[bool, ...]]:
    """Every sentence of the trial in a language; none in the language of the sources.

    Beside them which of the renderings would pass for the next sentence: what is right by chance.
    """
    chosen = [sentence for sentence in _trials().sentences if language in sentence.words]
    renderer = Renderer(prompts(language), language)
    answers = _answers(llm, [renderer.question(sentence.source) for sentence in chosen])
    renderings = tuple(
        _judged(sentence, answer, checks, language) for sentence, answer in zip(chosen, answers, strict=True)
    )
    shifted = zip(chosen, (*answers[1:], *answers[:1]), strict=True)
    return renderings, tuple(
        not _judged(sentence, other, checks, language).fault for sentence, other in shifted
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
    trial_story = Story(id=item.key, kind=item.kind, items=(item,), first_seen=date.min)
    return Ranked(filed=Filed(story=trial_story, category="", confidence=1.0, why=""), score=0.0)


def peak_memory() -> int:
    """The peak of memory of this process, in bytes; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _item(key: str, title: str, text: str) -> Item:
    return Item(key=key, source="trial", kind="paper", title=title, url="https://trial.invalid/", text=text)
