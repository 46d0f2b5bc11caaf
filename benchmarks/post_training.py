"""Fine-tuning, preferences and verifiable rewards on a real model of 0.5 B: what each stage does to it.

Run: python benchmarks/post_training.py --gguf FILE [--out FOLDER] [--alike | --peaks | --stages 3] [--tiny]
         [--json]

First the file is held against its own engine: the same prompts, the next tokens of both. Unpacked into a
folder, it is then trained by a recipe of the lab `posttrain`, with low-rank adapters of the last eight
layers: demonstrations that keep a constraint, pairs of the model's own answers judged by a program, and GRPO
with that program as reward. After each stage two suites are answered: kinds of constraints that were trained,
of other subjects than in training (development), and kinds that were never trained (unseen). With --out a run
that was stopped goes on. With --peaks each stage takes one step of its whole batch, and its memory is told.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

import numpy as np
import torch
from msgspec.structs import replace

from daybrief.app.doctor import peak_memory
from daybrief.labs.kit import paired
from daybrief.labs.kit.intervals import share
from daybrief.labs.posttrain import adapters
from daybrief.labs.posttrain.adapters import chat_codec, kept, put
from daybrief.labs.posttrain.evaluation import Codec, Task, tasks_read
from daybrief.labs.posttrain.policies import batch_of, sampled
from daybrief.labs.posttrain.recipes import recipe_read, run_recipe
from daybrief.labs.posttrain.use import unpacked
from daybrief.labs.posttrain.verifiers import constraint, verified
from show import show

GIB = 2**30
LAYERS, FIRST = 24, 16  # of the model; the first that is adapted
PARTS = ("self_attn.q_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.up_proj", "mlp.down_proj")
STAGES = ("as it was", "SFT", "DPO", "RLVR")
PROMPTS = (
    "What is the capital of France? Answer in one word.",
    "Write one sentence about a cat.",
    "What is 17 plus 25? Answer with the number.",
    "Write a Python function that returns the square of x.",
)

# Subjects, and a short true sentence about each. The last eight are in the suites only.
SENTENCES = {
    "rivers": "Rivers carry water from the hills to the sea.",
    "bread": "Bread is baked from flour and water.",
    "clocks": "Clocks show the hour of the day.",
    "bees": "Bees gather nectar from many flowers.",
    "bridges": "Bridges let people cross a river.",
    "snow": "Snow falls when the air is cold.",
    "trains": "Trains run on rails of steel.",
    "gardens": "Gardens need water and light.",
    "maps": "Maps show where places are.",
    "lamps": "Lamps give light at night.",
    "shoes": "Shoes protect our feet from stones.",
    "letters": "Letters bring news from far away.",
    "ships": "Ships carry goods across the ocean.",
    "apples": "Apples grow on trees in orchards.",
    "stars": "Stars shine far above the earth.",
    "chairs": "Chairs give us a place to rest.",
    "rain": "Rain makes the fields green.",
    "birds": "Birds build nests in the spring.",
    "roads": "Roads join one town to another.",
    "music": "Music can make a room feel warm.",
    "books": "Books keep stories for many years.",
    "horses": "Horses can run for many miles.",
    "mountains": "Mountains rise high above the valleys.",
    "tea": "Tea is made with hot water and leaves.",
}
HELD_OUT = 8  # subjects, the last ones


class Kind(NamedTuple):
    """A kind of constraint: how it is asked for, the program's terms, and a sentence that keeps it."""

    request: str
    terms: dict[str, Any]
    keeps: str = ""  # a form of {s}, the sentence; {l} is it in lower case, {t} the subject


TRAINED = {
    "lowercase": Kind("Use lower-case letters only.", {}, "{l}"),
    "quoted": Kind("Put the whole answer between double quotation marks.", {}, '"{s}"'),
    "ends_with": Kind("End with the words: that is all.", {"phrase": "that is all."}, "{s} And that is all."),
    "word_count": Kind("Use at most 9 words.", {"least": 3, "most": 9}, "{s}"),
    "title": Kind("Put a title before it, between << and >>.", {}, "<<{t}>> {s}"),
}
UNSEEN = {
    "uppercase": Kind("Use capital letters only.", {}),
    "starts_with": Kind("Begin with the words: Let me say", {"phrase": "let me say"}),
    "placeholder_count": Kind("Put a placeholder in square brackets in it, as [name].", {"least": 1}),
    "highlight_count": Kind("Put one word of it between stars, as *word*.", {"least": 1}),
}

BATCHES = (6, 4)  # examples of SFT, pairs of DPO, in a step
RECIPE = """
model = "{model}"
out = "run"
seed = 1000
checkpoint_steps = 1
lora = {{ rank = 8, alpha = 16, modules = {modules} }}
[[stage]]
kind = "sft"
data = "sft.jsonl"
epochs = 1
batch = {batches[0]}
micro = {batches[0]}
rate = 2e-4
[[stage]]
kind = "dpo"
prompts = "tasks.jsonl"
batch = {batches[1]}
rate = 5e-5
answer = {answer}
[[stage]]
kind = "rlvr"
method = "grpo"
data = "tasks.jsonl"
steps = {steps}
prompts = {prompts}
group = 4
beta = 0.05
rate = 1e-4
answer = {answer}
"""


class Sizes(NamedTuple):
    """How much is asked and learned."""

    subjects: int = 4  # subjects of the suites
    shown: int = 6  # subjects of the demonstrations, one for each trained kind
    tasks: int = 3  # subjects of the tasks that are rewarded
    steps: int = 6
    prompts: int = 2
    answer: int = 20
    layers: tuple[int, int] = (FIRST, LAYERS)


def prompt(subject: str, kind: Kind) -> str:
    """The prompt about a subject with a constraint."""
    return f"Write one short sentence about {subject}. {kind.request}"


def rows_of(subjects: Iterable[str], kinds: dict[str, Kind]) -> Iterator[dict[str, Any]]:
    """Tasks: every subject under every kind."""
    for subject in subjects:
        for name, kind in kinds.items():
            yield {"prompt": prompt(subject, kind), "constraints": [{"name": name, **kind.terms}]}


def demonstrations(subjects: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Prompts with answers that keep their constraint."""
    for subject in subjects:
        for name, kind in TRAINED.items():
            sentence = SENTENCES[subject]
            answer = kind.keeps.format(s=sentence, l=sentence.lower(), t=subject.capitalize())
            if not constraint(answer, {"name": name, **kind.terms}):
                raise SystemExit(f"the demonstration {answer!r} does not keep `{name}`")
            yield {"prompt": prompt(subject, kind), "answer": answer}


def written(folder: Path, model: Path, sizes: Sizes) -> Path:
    """The recipe and its files."""
    known = list(SENTENCES)
    trained, held_out = known[:-HELD_OUT], known[-HELD_OUT:]
    files = {
        "sft": demonstrations(trained[: sizes.shown]),
        "tasks": rows_of(trained[-sizes.tasks :], TRAINED),
        "development": rows_of(held_out[: sizes.subjects], TRAINED),
        "unseen": rows_of(held_out[: sizes.subjects], UNSEEN),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in files.items():
        _lines(folder / f"{name}.jsonl", rows)
    modules = [f"{layer}.{part}" for layer in range(*sizes.layers) for part in PARTS]
    place = folder / "recipe.toml"
    filled = RECIPE.format(
        model=model, modules=json.dumps(modules), answer=sizes.answer, steps=sizes.steps,
        prompts=sizes.prompts, batches=BATCHES,
    )  # fmt: skip
    place.write_text(filled, encoding="utf-8")
    return place


# ── the file in torch and in its own engine ─────────────────────────────────────────────────────────


class Step(NamedTuple):
    """A token that the engine chose, with the log-probabilities of its five best, and torch's of all."""

    chosen: int
    best: dict[int, float]
    ours: torch.Tensor


def engine(gguf: Path) -> Any:
    """The file, loaded by its own engine."""
    import xllamacpp

    given = xllamacpp.CommonParams()
    given.model.path, given.n_ctx, given.n_parallel = str(gguf), 512, 1
    given.cpuparams.n_threads, given.warmup, given.verbosity = 1, False, -1
    given.hostnames, given.port = ["127.0.0.1"], 0
    return xllamacpp.Server(given)


def tokenized(server: Any, text: str) -> list[int]:
    """A text as the engine's tokens."""
    question = json.dumps({"content": text, "parse_special": True}).encode()
    request = Request(f"{server.listening_address}/tokenize", question, {"Content-Type": "application/json"})
    with urlopen(request) as answer:
        tokens: list[int] = json.load(answer)["tokens"]
    return tokens


def compared(server: Any, policy: adapters.Causal, prompt: list[int], longest: int) -> list[Step]:
    """The engine's greedy answer to a prompt, and what torch gives at each of its places."""
    question = {"prompt": prompt, "n_predict": longest, "temperature": 0, "n_probs": 5}
    theirs = server.handle_completions(question)["choices"][0]["logprobs"]["content"]
    chosen = [place["id"] for place in theirs]
    with torch.no_grad():
        logits = policy.logits(batch_of([prompt], [chosen], policy.pad))[0, len(prompt) - 1 : -1]
    return [
        Step(place["id"], {top["id"]: top["logprob"] for top in place["top_logprobs"]}, row)
        for row, place in zip(logits.log_softmax(-1), theirs, strict=True)
    ]


def likeness(gguf: Path, folder: Path, longest: int = 12) -> list[tuple[str, str, str]]:
    """How alike the next tokens are. The engine rounds activations to 8 bits, so they are not the same."""
    server, known = engine(gguf), adapters.opened(folder)
    policy, codec = adapters.whole(known), adapters.chat_codec(known.tokenizer)
    steps, first, alike = [], 0, 0
    for text in PROMPTS:
        prompt = codec.prompt(text)
        alike += tokenized(server, known.tokenizer.decode(prompt)) == prompt
        places = compared(server, policy, prompt, longest)
        first += int(places[0].ours.argmax()) == places[0].chosen
        steps += places
    same = sum(int(step.ours.argmax()) == step.chosen for step in steps)
    gaps = [abs(float(step.ours[at]) - given) for step in steps for at, given in step.best.items()]
    return [
        ("prompts that both tokenizers part alike", "all", f"**{alike} of {len(PROMPTS)}**"),
        ("greedy tokens of the engine that torch ranks first, too", "report", f"**{same} of {len(steps)}**"),
        ("of them the first of each answer", "all", f"{first} of {len(PROMPTS)}"),
        (
            "log-probabilities of the engine's five best, gap to torch: mean, largest",
            "report",
            f"{np.mean(gaps):.3f}, {max(gaps):.2f}",
        ),
    ]


# ── the figures ─────────────────────────────────────────────────────────────────────────────────────


def answers(out: Path, run: Path, number: int, sizes: Sizes) -> list[dict[str, Any]]:
    """The answers after so many stages; kept, once had."""
    rows: list[dict[str, Any]] = []
    for suite in ("development", "unseen"):
        for drawn in (False, True):
            place = out / f"{number}-{suite}-{'sampled' if drawn else 'greedy'}.json"
            if not place.is_file():
                policy, codec = reopened(out / "recipe.toml")
                put(policy, weights(run, number, policy))
                tasks = tasks_read(out / f"{suite}.jsonl")
                place.write_text(json.dumps(answered(policy, codec, tasks, suite, drawn, sizes.answer)))
                _say(f"{STAGES[number]}: {place.name}")
            rows += json.loads(place.read_text(encoding="utf-8"))
    return rows


@cache
def reopened(recipe: Path) -> tuple[adapters.Causal, Codec]:
    """The model with adapters as a recipe begins with, and its codec."""
    known = recipe_read(recipe)
    opened = adapters.opened(known.model)
    assert known.lora is not None  # the recipe is ours
    sizes = adapters.Lora(known.lora.rank, known.lora.alpha, known.lora.modules)
    policies = adapters.with_lora(opened, sizes, (adapters.POLICY, "value"), known.seed)
    return policies[adapters.POLICY], chat_codec(opened.tokenizer)


_AT_FIRST: dict[str, torch.Tensor] = {}


def weights(run: Path, number: int, policy: adapters.Causal) -> dict[str, torch.Tensor]:
    """The weights after a stage; those that adapters begin with, for stage 0."""
    if not _AT_FIRST:
        _AT_FIRST.update(kept(policy))
    if number == 0:
        return _AT_FIRST
    folder = sorted(place for place in run.iterdir() if place.is_dir())[number - 1]
    state: dict[str, torch.Tensor] = torch.load(folder / "weights.pt", weights_only=True)["weights"]
    return state


def answered(
    policy: adapters.Causal, codec: Codec, tasks: Sequence[Task], suite: str, drawn: bool, longest: int
) -> list[dict[str, Any]]:
    """An answer to every task, greedy or drawn, with the verdict of the program."""
    prompts = [codec.prompt(task.prompt) for task in tasks]
    generator = torch.Generator().manual_seed(1000)
    sequences = sampled(policy, prompts, longest, 1.0 if drawn else 0.0, generator)
    texts = [codec.text(tokens) for tokens in sequences]
    return [
        {"suite": suite, "kind": task.truth[0]["name"], "drawn": drawn, "prompt": task.prompt, "answer": text,
         "accepted": verified(task.verifier, text, task.truth)}
        for task, text in zip(tasks, texts, strict=True)
    ]  # fmt: skip


def accepted(rows: Sequence[dict[str, Any]], suite: str, drawn: bool) -> list[bool]:
    """Whether each answer of a suite was accepted."""
    return [row["accepted"] for row in rows if row["suite"] == suite and row["drawn"] is drawn]


def figures(by_stage: Sequence[list[dict[str, Any]]]) -> Iterator[tuple[str, str, str]]:
    """Rows of what, asked, measured."""
    for suite in ("development", "unseen"):
        for drawn in (False, True):
            way = "sampled" if drawn else "greedy"
            shares = [accepted(rows, suite, drawn) for rows in by_stage]
            for stage, right in zip(STAGES, shares, strict=False):
                span = share(sum(right), len(right))
                value = f"**{sum(right)} of {len(right)}**, {span}"
                yield f"{suite}, {way}: accepted, {stage}", "report", value
            for before, after in ((0, 1), (1, 2), (2, 3), (0, 3)):
                if after < len(shares):
                    gain = paired(shares[after], shares[before], np.random.default_rng(after))
                    what = f"{suite}, {way}: {STAGES[after]} minus {STAGES[before]}, paired over tasks"
                    yield what, "report", str(gain)
    for name in (*TRAINED, *UNSEEN):
        counts = [
            sum(row["accepted"] for row in rows if row["kind"] == name and not row["drawn"])
            for rows in by_stage
        ]
        of = sum(row["kind"] == name and not row["drawn"] for row in by_stage[0])
        yield f"greedy, `{name}`, of {of}: after each stage", "–", ", ".join(map(str, counts))


def trained_rows(out: Path) -> Iterator[tuple[str, str, str]]:
    """The figures that the training itself reports."""
    for place in out.glob("*-dpo/pairs.jsonl"):
        count = len(place.read_text(encoding="utf-8").splitlines())
        yield "DPO: pairs of the model's own answers, one accepted, one refused", "report", str(count)
    for place in out.glob("*-rlvr/figures.jsonl"):
        lines = map(json.loads, place.read_text(encoding="utf-8").splitlines())
        steps = list({step["step"]: step for step in lines}.values())
        by_stage = ", ".join(f"{step['accepted']:.2f}" for step in steps)
        yield "RLVR: share of drawn answers that were rewarded, by step", "report", by_stage
        yield "RLVR: KL to where it began, last step", "report", f"{steps[-1]['kl']:.3f}"


def measured(gguf: Path, out: Path, sizes: Sizes, stages: int | None) -> dict[str, Any]:
    """All figures, and the answers they rest on; without `stages` only those of the file itself."""
    compared_in, folder = out / "likeness.json", unpacked(gguf, out / "model")
    if not compared_in.is_file():
        compared_in.write_text(json.dumps(likeness(gguf, folder)), encoding="utf-8")
        _say("held against its own engine")
    rows = [tuple(row) for row in json.loads(compared_in.read_text(encoding="utf-8"))]
    if stages is None:
        return {"benchmark": "post_training", "model": gguf.name, "figures": told_of(rows)}
    noted(out, "unpacked and compared")
    recipe = recipe_read(written(out, folder, sizes))
    report = []
    for number in range(stages + 1):
        if number:
            alone()
            run_recipe(replace(recipe, stage=recipe.stage[:number]), _say)
            noted(out, f"{STAGES[number]}: learned")
        alone()
        report.append(answers(out, recipe.out, number, sizes))
        noted(out, f"{STAGES[number]}: answered")
    rows += [*figures(report), *trained_rows(recipe.out), *peak_rows(out)]
    return {"benchmark": "post_training", "model": gguf.name, "figures": told_of(rows), "answers": report}


def alone() -> None:
    """Let go of the model that answers, lest two be held at once."""
    reopened.cache_clear()
    gc.collect()


def noted(out: Path, stage: str) -> None:
    """Keep the peak of memory that the process has reached by the end of a stage; once for each stage."""
    place = out / "peaks.json"
    known = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
    if stage not in known:
        place.write_text(json.dumps(known | {stage: peak_memory()}), encoding="utf-8")


def peak_rows(out: Path) -> Iterator[tuple[str, str, str]]:
    """The peaks by stage; each is that of the process up to there, so none is less than those before."""
    peaks = json.loads((out / "peaks.json").read_text(encoding="utf-8"))
    by_stage = ", ".join(f"{stage} {peak / GIB:.2f}" for stage, peak in peaks.items())
    yield "peak memory up to each stage, GiB", "–", by_stage
    yield "peak memory", "≤ 6 GiB", f"**{max(peaks.values()) / GIB:.2f} GiB**"


def peaks(gguf: Path, out: Path, sizes: Sizes) -> dict[str, Any]:
    """The peak of memory after unpacking, and after one step of each stage with the batches of the recipe.

    The pairs of DPO are demonstrations against their subject's sentence, said twice.
    """
    folder = unpacked(gguf, out / "model")
    noted(out, "unpacked")
    place = written(out, folder, sizes._replace(steps=1))
    rows = list(demonstrations(SENTENCES))[:: len(TRAINED)][: max(BATCHES)]
    _lines(out / "sft.jsonl", rows[: BATCHES[0]])
    pairs = [
        {"prompt": row["prompt"], "chosen": row["answer"], "rejected": f"{sentence} {sentence}"}
        for row, sentence in zip(rows, SENTENCES.values(), strict=False)
    ]
    _lines(out / "pairs.jsonl", pairs[: BATCHES[1]])
    text = place.read_text(encoding="utf-8").replace('prompts = "tasks.jsonl"\n', 'data = "pairs.jsonl"\n')
    place.write_text(text, encoding="utf-8")
    recipe = recipe_read(place)
    for number in range(1, len(recipe.stage) + 1):
        run_recipe(replace(recipe, stage=recipe.stage[:number]), _say)
        noted(out, STAGES[number])
    return {"benchmark": "post_training", "model": gguf.name, "figures": told_of([*peak_rows(out)])}


def _lines(place: Path, rows: Iterable[dict[str, Any]]) -> None:
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def told_of(rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Rows as a page of figures wants them."""
    return [{"what": what, "asked": target, "measured": value} for what, target, value in rows]


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> None:
    """Print a table, or with --json all that was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--alike", action="store_true", help="hold the file against its engine, no more")
    parser.add_argument("--peaks", action="store_true", help="one step of each stage, and its memory")
    parser.add_argument("--stages", type=int, default=3, choices=range(4), help="of SFT, DPO, RLVR")
    parser.add_argument("--tiny", action="store_true", help="two subjects and steps: to try the command")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = Sizes(2, 2, 2, 1, 2, 4, (0, 2)) if options.tiny else Sizes()
    with tempfile.TemporaryDirectory() as folder:
        out = (options.out or Path(folder)).absolute()
        out.mkdir(parents=True, exist_ok=True)
        gguf, stages = options.gguf.absolute(), None if options.alike else options.stages
        report = peaks(gguf, out, sizes) if options.peaks else measured(gguf, out, sizes, stages)
    show(report, as_json=options.json)


if __name__ == "__main__":
    main()
