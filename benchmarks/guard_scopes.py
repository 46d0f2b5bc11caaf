"""How much a scope has to say: AUC of the guard on scopes never seen, by how much theirs tell.

    python benchmarks/guard_scopes.py [--encoder minilm-int8] [--each 8] [--json]

The lab's third test set states a scope in one line, `Help with the Python module ast: ast ~~~` among them.
Here the same modules are also stated by what they say of themselves, and by the names of half of their
things, while questions are about the other half. Docstrings that a class inherits are no questions there, nor
those that only repeat a signature. Of the lab's own prompts some could be about any module: their sentence is
that of a built-in class or stands in several modules; without them the set is measured once more.

Two sets are of other kinds, and no rule was made on them: short descriptions of Debian's packages, by the
task of its collections that names them, and what an operation of a web service does, by service (botocore).
"""

from __future__ import annotations

import argparse
import builtins
import importlib
import importlib.util
import inspect
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import gettempdir
from types import ModuleType

import numpy as np

from daybrief.adapters.encoders import open_embedder
from daybrief.errors import ConfigError
from daybrief.guard import HeadName, PairClassifier
from daybrief.guard.examples import built_in, written_in
from daybrief.guard.features import TextEncoder
from daybrief.guard.scope import WordEncoder
from daybrief.labs.kit import bootstrap
from daybrief.labs.offtopic import baselines
from daybrief.labs.offtopic.experiment import resampled_auc
from daybrief.labs.offtopic.scopes import MODULES, Floats, Pairs, Pools, docs, drawn
from daybrief.ports import QueryEmbedder

SEED, LEAST, PAGE, SAYS, ROUNDS = 1000, 8, 600, 30, 300
HEADS: dict[HeadName, str] = {
    "similarity": "similarity head",
    "attention": "attention head",
    "both": "both heads averaged",
}
SIGNATURE = re.compile(r"^[\w.]+\(|->")
MARKUP, SENTENCE_END = re.compile("<[^<>]*>"), re.compile(r"(?<=[.!?])\s")
SERVICES, OPERATIONS = 60, 12  # services drawn, operations of each at least
NO_PROGRAM = re.compile(
    r"-(?:data|doc|dev|tasks?|config|menus|all)$|^(?:games|science|med|gis|hamradio|multimedia)-"
)
TASKS = {
    "games-chess": "Helps to find programs for playing and studying chess.",
    "games-puzzle": "Helps to find puzzle games: logic, tiles, sliding blocks.",
    "games-racing": "Helps to find racing games with cars, karts or other vehicles.",
    "games-shootemup": "Helps to find shooting games, such as space shooters.",
    "games-emulator": "Helps to find emulators of old computers and game consoles.",
    "gis-osm": "Helps to find programs for OpenStreetMap: maps, editing, routing, GPS tracks.",
    "gis-remotesensing": "Helps to find programs for remote sensing and earth observation from satellites.",
    "hamradio-morse": "Helps to find programs for Morse code.",
    "hamradio-packetmodes": "Helps to find programs for packet radio, AX.25 and APRS.",
    "hamradio-sdr": "Helps to find programs for software defined radio receivers.",
    "med-bio": "Helps to find programs for bioinformatics: genomes, sequences, alignment, proteins.",
    "med-imaging": "Helps to find programs for medical images: DICOM, scans of the brain, viewers.",
    "multimedia-midi": "Helps to find programs for MIDI: sequencers, synthesizers, keyboards.",
    "multimedia-photography": (
        "Helps to find programs for digital photography: raw pictures, panoramas, albums."
    ),
    "multimedia-video": "Helps to find programs for making, converting and editing video.",
    "science-chemistry": "Helps to find programs for chemistry: molecules, quantum chemistry, crystals.",
    "science-economics": "Helps to find programs for economics and econometrics.",
    "science-linguistics": (
        "Helps to find programs for linguistics: machine translation, corpora, dictionaries."
    ),
    "science-logic": "Helps to find programs for logic: theorem provers, proof assistants, solvers.",
    "science-meteorology": "Helps to find programs for meteorology and climate data.",
    "science-robotics": "Helps to find programs for robotics.",
    "science-statistics": "Helps to find programs for statistics and the analysis of data with R.",
    "science-typesetting": "Helps to find programs for typesetting and writing papers with TeX.",
    "astro-datareduction": "Helps to find programs for reducing astronomical data from telescopes.",
}  # stated before any of these packages was scored


def described(module: ModuleType) -> tuple[str, list[str]]:
    """The module's docstring, at most `PAGE` characters, and a question about each of its things."""
    questions = []
    for key, thing in sorted(vars(module).items()):
        own = getattr(thing, "__module__", None) in (module.__name__, f"_{module.__name__}")
        text = vars(thing).get("__doc__") if inspect.isclass(thing) else inspect.getdoc(thing)
        parts = inspect.cleandoc(text).split("\n\n") if isinstance(text, str) else []
        lines = (" ".join(part.split()) for part in parts)
        sentence = next((line for line in lines if line and not SIGNATURE.search(line)), "")
        if callable(thing) and own and key[0] != "_" and 20 < len(sentence) < 200:
            questions.append(f"How do I use {key}? {sentence}")
    return " ".join((module.__doc__ or "").split())[:PAGE], questions


def modules() -> dict[str, tuple[str, list[str]]]:
    """Those that tell about themselves and have enough things to ask about."""
    documented = {name: described(importlib.import_module(name)) for name in MODULES}
    return {
        name: (page, questions)
        for name, (page, questions) in documented.items()
        if len(questions) >= 2 * LEAST and len(page) >= SAYS
    }


def pools(stated: dict[str, str], questions_by_scope: dict[str, list[str]]) -> Pools:
    """On-topic are a scope's own questions, off-topic those of all others; `stated` by the same names."""
    return {
        stated[name]: (
            questions,
            [text for other in questions_by_scope if other != name for text in questions_by_scope[other]],
        )
        for name, questions in questions_by_scope.items()
    }


def python_help() -> Iterator[tuple[str, Pools]]:
    """The same questions with three statements of each scope: a line, a paragraph, names of other things."""
    documented = modules()
    questions_by_scope = {name: questions[1::2] for name, (_, questions) in documented.items()}
    lines, pages, lists = {}, {}, {}
    for name, (page, questions) in documented.items():
        things = [text.removeprefix("How do I use ").partition("?")[0] for text in questions[::2]]
        summary = " ".join((importlib.import_module(name).__doc__ or "").strip().split("\n\n")[0].split())
        lines[name] = f"Help with the Python module {name}: {summary}"
        pages[name] = f"Help with the Python module {name}: {page}"
        lists[name] = f"{lines[name]} It covers: {', '.join(things[:12])}."
    yield "Python's help, one line", pools(lines, questions_by_scope)
    yield "Python's help, up to 600 characters", pools(pages, questions_by_scope)
    yield "Python's help, one line and names of other things", pools(lists, questions_by_scope)


def debian() -> Pools:
    """By task the packages that it names, against those that only other tasks do; empty without apt-cache."""
    if shutil.which("apt-cache") is None:
        return {}
    listing = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, check=False).stdout
    packages = {}
    for stanza in listing.decode("utf-8", "replace").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line[1:])
        if {"Package", "Description"} <= set(fields):
            packages[fields["Package"]] = fields
    members = {name: programs(packages[name], packages) for name in TASKS if name in packages}
    pool: Pools = {}
    for name, own in members.items():
        others = {package for task in members.values() for package in task} - set(own)
        on, off = (
            [f"I am looking for a program: {packages[package]['Description']}" for package in sorted(chosen)]
            for chosen in (own, others)
        )
        if len(on) >= LEAST:
            pool[TASKS[name]] = (on, off)
    return pool


def programs(task: dict[str, str], packages: dict[str, dict[str, str]]) -> list[str]:
    """The packages that a task names and that are programs: no data, documents, headers or other tasks."""
    named = re.split(r"[,|]", ", ".join(task.get(key, "") for key in ("Depends", "Recommends")))
    names = dict.fromkeys(part.split()[0].partition(":")[0] for part in named if part.strip())
    return [name for name in names if name in packages and not NO_PROGRAM.search(name)]


def services() -> Pools:
    """Sixty web services by the first sentence on each, against each other; empty without botocore."""
    if importlib.util.find_spec("botocore") is None:
        return {}
    loader = importlib.import_module("botocore.loaders").Loader()
    questions_by_scope: dict[str, list[str]] = {}
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        summary = first_sentence(model.get("documentation", ""))
        summaries = {
            key: first_sentence(row.get("documentation", "")) for key, row in model["operations"].items()
        }
        questions = [f"How do I use {key}? {text}" for key, text in summaries.items() if 20 < len(text) < 200]
        if len(questions) >= OPERATIONS and 20 < len(summary) < 400:
            questions_by_scope[f"Help with {model['metadata'].get('serviceFullName')}: {summary}"] = questions
    scopes = sorted(questions_by_scope)
    drawn_scopes = [scopes[at] for at in np.random.default_rng(5).permutation(len(scopes))[:SERVICES]]
    return pools(
        {scope: scope for scope in drawn_scopes}, {scope: questions_by_scope[scope] for scope in drawn_scopes}
    )


def first_sentence(markup: str) -> str:
    """The first sentence of a service's documentation, without tags."""
    return SENTENCE_END.split(" ".join(MARKUP.sub(" ", markup).replace("&#39;", "'").split()))[0]


def telling(pool: Pools) -> Pools:
    """The lab's prompts without those whose sentence says nothing of a module."""
    inherited = {
        " ".join((inspect.getdoc(thing) or "").strip().split("\n\n")[0].split())
        for thing in vars(builtins).values()
        if isinstance(thing, type)
    }
    counts = Counter(
        sentence for own, _ in pool.values() for sentence in {prompt.partition("? ")[2] for prompt in own}
    )

    def tells(prompt: str) -> bool:
        sentence = prompt.partition("? ")[2]
        return counts[sentence] < 2 and sentence not in inherited and not sentence.startswith("Same as ")

    return {
        scope: ([p for p in own if tells(p)], [p for p in others if tells(p)])
        for scope, (own, others) in pool.items()
    }


def opened(name: str) -> QueryEmbedder:
    """The encoder of that name."""
    if name == WordEncoder.name:
        return WordEncoder()
    embedder = open_embedder(name, cache=Path(gettempdir()) / "daybrief-guard", environment={})
    if embedder is None:
        raise ConfigError("no encoder is named", hint="--encoder minilm-int8")
    return embedder


def auc(pairs: Pairs, scores: Floats) -> str:
    """With an interval over pairs drawn within scopes and kinds."""
    strata = [f"{scope} {truth}" for scope, truth in zip(pairs.scopes, pairs.off, strict=True)]
    statistic = resampled_auc(pairs.off, scores)
    span = bootstrap(statistic, len(scores), np.random.default_rng([SEED, 2]), strata=strata, rounds=ROUNDS)
    return f"{span.value:.3f} ({span.low:.3f} – {span.high:.3f})"


def rows(encoder: str, each: int) -> Iterator[dict[str, str]]:
    """AUC by set and arm."""
    embedder = opened(encoder)
    known = TextEncoder(embedder)
    given = built_in(np.random.default_rng(SEED), written_in(latin_only=embedder.latin_only), 16)
    fitted = {
        head: PairClassifier.fit(embedder, given, head=head, seed=SEED, encoder=known)
        for head in HEADS
        if head != "both"
    }
    whole = docs()
    clear = telling(whole)
    before, after = (sum(len(own) for own, _ in pool.values()) for pool in (whole, clear))
    yield {
        "what": "Python's help (the lab's): prompts that could be about any module",
        "asked": "–",
        "measured": f"{before - after} of {before}",
    }
    sets: Sequence[tuple[str, Pools]] = (
        ("Python's help, one line, all docstrings (the lab's)", whole),
        ("Python's help, one line, without those prompts", clear),
        *python_help(),
        ("Debian's packages, one line", debian()),
        ("Web services, one line", services()),
    )
    for name, pool in sets:
        if not pool:
            yield {"what": name, "measured": "skipped: apt-cache or botocore is not here"}
            continue
        pairs = drawn(name, pool, each, np.random.default_rng([SEED, len(pool)]))
        what = f"{name}: {len(pool)} scopes, {len(pairs.off)} prompts"
        scores = {
            f"guard, {HEADS[head]}": guard.logits(pairs.scopes, pairs.prompts)
            for head, guard in fitted.items()
        }
        scores[f"guard, {HEADS['both']}"] = np.mean(list(scores.values()), axis=0)
        scores["cosine"] = baselines.cosine(known, pairs)
        scores["late interaction"] = baselines.late_interaction(known, pairs)
        for arm, score in scores.items():
            aim = "≥ 0.94" if arm == f"guard, {HEADS['both']}" else "–"
            yield {"what": f"{what}; {arm}", "asked": aim, "measured": f"AUC {auc(pairs, score)}"}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--encoder", default="minilm-int8", help="as `daybrief guard fit --encoder`")
    parser.add_argument("--each", type=int, default=8, help="prompts of either kind for each scope")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    table = list(rows(given.encoder, given.each))
    if given.json:
        print(json.dumps({"figures": table}, ensure_ascii=False))
    for row in () if given.json else table:
        print(f"{row['what']:<90} {row['measured']}")


if __name__ == "__main__":
    main()
