"""Post-training by a recipe: stages in a TOML file, run in order, resumable.

    model = "models/base"            # folder of transformers, or a .gguf file
    out = "trained"                  # folder of the run
    seed = 1000
    lora = { rank = 16, alpha = 32 } # leave out to train the whole model
    dtype = "bfloat16"               # of the weights that lora leaves as they are; else float32
    gradient_checkpointing = true    # half the memory of a pass, a third more time

    [[stage]]
    kind = "decontaminate"           # writes the training records that the 8-gram rule leaves
    train = "sft.jsonl"
    tests = ["dev.jsonl", "unseen.jsonl"]

    [[stage]]
    kind = "sft"
    data = "sft.jsonl"               # messages, or prompt and answer; cleaned, where an earlier stage did

    [[stage]]
    kind = "dpo"
    data = "pairs.jsonl"             # prompt, chosen, rejected; or prompts = "tasks.jsonl", and who answers:
    # pool = [{ base_url = "http://127.0.0.1:8080/v1", model = "other" }]     beside the model itself
    # judges = [{ base_url = "…", model = "judge", key_env = "KEY" }]        else the tasks' own verifiers
    beta = 5.0

    [[stage]]
    kind = "rlvr"
    data = "rlvr.jsonl"              # prompt, truth, verifier; or prompt, constraints
    method = "ppo"                   # or "grpo"

    [[stage]]
    kind = "evaluate"
    suites = ["dev.jsonl"]
    unseen = ["unseen.jsonl"]

Each stage has a folder in `out`. A stage that is done is not run again; one that was stopped goes on from its
last checkpoint, and ends with the same weights. A stage whose settings were changed is refused, with the
folder to remove.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import torch
from msgspec import Meta

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError
from daybrief.labs.posttrain import adapters
from daybrief.labs.posttrain.adapters import Causal, Lora, chat_codec, kept, put, reference_of
from daybrief.labs.posttrain.decontamination import Index, json_lines, report, texts_of, user_text
from daybrief.labs.posttrain.dpo import Pair, PreferenceTuning
from daybrief.labs.posttrain.evaluation import Codec, Suite, Task, evaluate, tasks_read
from daybrief.labs.posttrain.finetuning import Example, FineTuning
from daybrief.labs.posttrain.judging import Endpoint, answers_of, pairs_of
from daybrief.labs.posttrain.policies import sampled
from daybrief.labs.posttrain.preferences import ANSWERS, Judge, noisy_judge, preferences
from daybrief.labs.posttrain.rlvr import ACCEPTED, Grpo, Ppo, Reward, RewardTuning, Scalar, Settings
from daybrief.labs.posttrain.training import Run
from daybrief.labs.posttrain.verifiers import verified
from daybrief.model import Value

Count = Annotated[int, Meta(ge=1)]
Positive = Annotated[float, Meta(gt=0)]
Tell = Callable[[str], None]
CLEANED = "cleaned.jsonl"
OWN = "draw 0"  # the answer of the model that learns, which makes a pair on-policy
_VALUE = "value"


class Adapter(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of the low-rank adapters."""

    rank: Count = 16
    alpha: Count = 32
    modules: tuple[str, ...] = ()


class Decontaminate(
    Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="decontaminate"
):
    """Take out of `train` what overlaps an item of `tests`."""

    train: Path
    tests: tuple[Path, ...]


class Sft(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="sft"):
    """Supervised fine-tuning; the defaults are the paper's of 8B."""

    data: Path
    epochs: Positive = 2.0
    batch: Count = 128
    micro: Count = 4
    rate: Positive = 5e-6
    longest: Count = 4096


class Dpo(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="dpo"):
    """Preference tuning on pairs, or on pairs made of answers to `prompts`.

    The model itself answers, and every model of `pool`; `judges` mark the answers, or, where there are none,
    the verifiers of the tasks.
    """

    data: Path | None = None
    prompts: Path | None = None
    pool: tuple[Endpoint, ...] = ()
    judges: tuple[Endpoint, ...] = ()
    beta: Positive = 5.0
    normalised: bool = True
    epochs: Positive = 1.0
    batch: Count = 128
    micro: Count = 4
    rate: Positive = 5e-7
    longest: Count = 2048
    answer: Count = 256


class Rlvr(Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="rlvr"):
    """Reinforcement learning with verifiable rewards.

    `pairs` teach the reward model that the value model of PPO begins with; without, it begins with the
    policy.
    """

    data: Path
    method: Literal["ppo", "grpo"] = "ppo"
    pairs: Path | None = None
    steps: Count = 500
    prompts: Count = 224
    group: Count = 8
    beta: Annotated[float, Meta(ge=0)] = 0.05
    rate: Positive = 3e-7
    longest: Count = 2048
    answer: Count = 1024
    minibatches: Count = 1
    micro: Count = 8


class Evaluate(
    Value, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="evaluate"
):
    """Score development suites, and unseen ones."""

    suites: tuple[Path, ...] = ()
    unseen: tuple[Path, ...] = ()
    draws: Count = 1
    longest: Count = 2048
    answer: Count = 1024


Stage = Decontaminate | Sft | Dpo | Rlvr | Evaluate
KINDS = ("decontaminate", "sft", "dpo", "rlvr", "evaluate")


class Recipe(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole recipe; paths are relative to its file."""

    model: Path
    out: Path
    stage: Annotated[tuple[Stage, ...], Meta(min_length=1)]
    seed: int = 1000
    lora: Adapter | None = None
    device: Literal["cpu", "cuda"] = "cpu"
    dtype: Literal["float32", "bfloat16"] = "float32"
    gradient_checkpointing: bool = False
    checkpoint_steps: Count = 50


def recipe_read(place: Path) -> Recipe:
    """The recipe of a file, its paths made absolute. Raises LabError that names what cannot be used."""
    try:
        given = tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise LabError(f"{place} cannot be read: {broken}", hint="give a recipe in TOML") from broken
    for stage in given.get("stage", []) if isinstance(given.get("stage"), list) else []:
        if isinstance(stage, dict) and stage.get("kind") not in KINDS:
            raise LabError(
                f"{place}: the stage {stage.get('kind')!r} is not known",
                hint=f"there are: {', '.join(KINDS)}",
            )
    try:
        recipe = msgspec.convert(given, Recipe, dec_hook=lambda _type, value: place.parent / str(value))
    except msgspec.ValidationError as wrong:
        raise LabError(f"{place}: {wrong}", hint="see daybrief lab show posttrain") from wrong
    if recipe.dtype != "float32" and recipe.lora is None:
        raise LabError(
            f"{place}: weights of {recipe.dtype} are too coarse to be trained whole",
            hint="give `lora`, whose adapters are of float32, or leave `dtype` out",
        )
    return recipe


# ── the run ─────────────────────────────────────────────────────────────────────────────────────────


class _Bench:
    """The common state of a run's stages: the model, opened at its first use, and its weights so far."""

    def __init__(self, recipe: Recipe, tell: Tell) -> None:
        self.recipe, self.tell = recipe, tell
        self._policies: dict[str, Causal] = {}
        self._codec: Codec | None = None
        self.tokenizer: Any = None
        self.weights: Path | None = None  # of the last stage that trained

    def open(self) -> Causal:
        """The policy, with the weights of the last stage that trained."""
        if not self._policies:
            known, lora = self._model(), self.recipe.lora
            if lora is not None:
                sizes = Lora(lora.rank, lora.alpha, lora.modules)
                self._policies = adapters.with_lora(known, sizes, (adapters.POLICY, _VALUE), self.recipe.seed)
            else:
                self._policies = {adapters.POLICY: adapters.whole(known)}
            self.tokenizer, self._codec = known.tokenizer, chat_codec(known.tokenizer)
            self._checkpoint()
        policy = self._policies[adapters.POLICY]
        if self.weights is not None:
            put(policy, _tensors(self.weights)["weights"])
        return policy

    def _model(self) -> adapters.Opened:
        return adapters.opened(self.recipe.model, self.recipe.device, self.recipe.dtype)

    def _checkpoint(self) -> None:
        if self.recipe.gradient_checkpointing:
            for policy in self._policies.values():
                policy.checkpointed()

    def codec(self) -> Codec:
        """Texts as the model's tokens."""
        if self._codec is None:
            self.open()
        assert self._codec is not None  # noqa: S101  # `open` makes it
        return self._codec

    def value(self) -> Causal:
        """The body of a value model: a second adapter, or a second copy of a model that is trained whole."""
        if _VALUE not in self._policies:
            self._policies[_VALUE] = adapters.whole(self._model())
            self._checkpoint()
        body = self._policies[_VALUE]
        put(body, kept(self._policies[adapters.POLICY]))
        return body


def run_recipe(recipe: Recipe, tell: Tell = lambda _text: None) -> Path:
    """Run every stage that is not done; returns the folder. Raises LabError, and can be called again."""
    bench = _Bench(recipe, tell)
    for number, stage in enumerate(recipe.stage, 1):
        kind = type(stage).__struct_config__.tag
        folder = recipe.out / f"{number:02}-{kind}"
        mark = _fingerprint(recipe, number)
        if _done(folder, mark):
            tell(f"{folder.name}: done before")
        else:
            tell(f"{folder.name}")
            _STAGES[type(stage)](bench, stage, folder, mark)
            _write(folder / "done.json", json.dumps({"recipe": mark}).encode())
        if (folder / "weights.pt").is_file():
            bench.weights = folder / "weights.pt"
    return recipe.out


def _fingerprint(recipe: Recipe, number: int) -> str:
    """A hash of all that a stage's result depends on: the model, the seed, and every stage up to it."""
    parts = [str(recipe.model), recipe.seed, recipe.lora, recipe.dtype, *recipe.stage[:number]]
    encoded = msgspec.json.encode(parts, enc_hook=str)
    return hashlib.sha256(encoded).hexdigest()[:16]


def _done(folder: Path, mark: str) -> bool:
    for name in ("done.json", "begun.json"):
        place = folder / name
        if place.is_file():
            known = next(json_lines(place), {}).get("recipe")
            if known != mark:
                raise LabError(
                    f"{folder} was made by other settings",
                    hint="remove it, or name another `out` in the recipe",
                )
            if name == "done.json":
                return True
    _write(folder / "begun.json", json.dumps({"recipe": mark}).encode())
    return False


def _write(place: Path, data: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, data)
    except OSError as refused:
        raise LabError(f"{place} cannot be written: {refused}", hint="name another `out`") from refused


def _keep(place: Path, state: dict[str, Any]) -> None:
    """Write tensors into a file, whole or not at all."""
    try:
        with tempfile.NamedTemporaryFile(dir=place.parent, suffix=".part", delete=False) as part:
            torch.save(state, part)
        os.replace(part.name, place)  # noqa: PTH105
    except (OSError, RuntimeError) as refused:
        raise LabError(f"{place} cannot be written: {refused}", hint="make room and run again") from refused


def _tensors(place: Path) -> dict[str, Any]:
    try:
        tensors: dict[str, Any] = torch.load(place, weights_only=True)
    except Exception as broken:
        raise LabError(
            f"{place} is damaged: {broken}", hint=f"remove {place.parent} and run again"
        ) from broken
    return tensors


def _trained(bench: _Bench, policy: Causal, run: Run, folder: Path) -> None:
    """Do the steps that are left, with checkpoints, and keep the weights."""
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        state = _tensors(checkpoint)
        put(policy, state["weights"])
        run.restore(state["run"])
        bench.tell(f"{folder.name}: goes on after step {run.done}")
    with (folder / "figures.jsonl").open("a", encoding="utf-8") as figures:
        while run.done < run.steps:
            try:
                measured = run.step()
            except torch.OutOfMemoryError as full:
                raise LabError(
                    "out of memory", hint="lower batch, micro or prompts; the run goes on where it stopped"
                ) from full
            figures.write(json.dumps({"step": run.done, **measured}) + "\n")
            if run.done % bench.recipe.checkpoint_steps == 0 and run.done < run.steps:
                figures.flush()
                _keep(checkpoint, {"weights": kept(policy), "run": run.state()})
            shown = ", ".join(f"{name} {value:.3g}" for name, value in measured.items())
            bench.tell(f"{folder.name}: step {run.done} of {run.steps}: {shown}")
    _keep(folder / "weights.pt", {"weights": kept(policy)})
    adapters.save(policy, bench.tokenizer, folder / "model")
    checkpoint.unlink(missing_ok=True)


# ── the stages ──────────────────────────────────────────────────────────────────────────────────────


def _decontaminate(bench: _Bench, stage: Decontaminate, folder: Path, _mark: str) -> None:
    reports = clean(stage.train, stage.tests, folder / CLEANED)
    bench.tell("; ".join(f"{name}: {row['share']:.1%} of the items overlap" for name, row in reports.items()))


def clean(train: Path, tests: Sequence[Path], out: Path | None) -> dict[str, dict[str, Any]]:
    """Hold a training file against evaluation files; write what is left into `out`, a report beside it.

    Returns for each evaluation file its report.
    """
    documents = texts_of(train)
    index = Index(documents.items())
    reports, gone = {}, set[str]()
    for test in tests:
        summary = report(texts_of(test), index)
        gone |= set(summary.removed)
        reports[str(test)] = {
            "items": summary.items, "overlapping": len(summary.overlaps), "share": summary.share,
            "too short": summary.short, "contaminated": summary.contaminated, "removed": len(summary.removed),
            "overlaps": [overlap._asdict() for overlap in summary.overlaps],
        }  # fmt: skip
    if out is not None:
        records = list(json_lines(train))
        left = [r for name, r in zip(documents, records, strict=True) if name not in gone]
        _write(out, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in left).encode())
        _write(out.with_suffix(".report.json"), json.dumps(reports, ensure_ascii=False, indent=2).encode())
    return reports


def _cleaned(bench: _Bench, place: Path) -> Path:
    """The cleaned form of a training file, where an earlier stage made one."""
    for number, stage in enumerate(bench.recipe.stage, 1):
        made = bench.recipe.out / f"{number:02}-decontaminate" / CLEANED
        if isinstance(stage, Decontaminate) and stage.train == place and made.is_file():
            return made
    return place


def _sft(bench: _Bench, stage: Sft, folder: Path, _mark: str) -> None:
    policy, codec, place = bench.open(), bench.codec(), _cleaned(bench, stage.data)
    examples = []
    for number, record in enumerate(json_lines(place), 1):
        prompt, answer = conversation(record, f"{place}, record {number}")
        tokens = codec.prompt(prompt)
        examples.append(Example(tokens, codec.answer(answer)[: max(1, stage.longest - len(tokens))]))
    run = FineTuning(
        policy, examples, epochs=stage.epochs, batch=stage.batch, micro=stage.micro, rate=stage.rate,
        seed=bench.recipe.seed, device=bench.recipe.device,
    )  # fmt: skip
    _trained(bench, policy, run, folder)


def conversation(record: Mapping[str, Any], where: str) -> tuple[str, str]:
    """A record's user turns and its last answer. Raises LabError where there is none."""
    turns = record.get("messages")
    if isinstance(turns, list):
        replies = [
            str(t.get("content", "")) for t in turns if isinstance(t, dict) and t.get("role") == "assistant"
        ]
        answer = replies[-1] if replies else None
    else:
        answer = next((str(record[n]) for n in ("answer", "response", "completion") if n in record), None)
    if not answer:
        raise LabError(
            f"{where} holds no answer", hint="give `messages` with an assistant's turn, or `answer`"
        )
    return user_text(record, where), answer


def _pairs(codec: Codec, place: Path) -> list[Pair]:
    pairs = []
    for number, record in enumerate(json_lines(place), 1):
        where = f"{place}, record {number}"
        sides = [_side(record.get(name), f"{where}: `{name}`") for name in ("chosen", "rejected")]
        pairs.append(Pair(codec.prompt(user_text(record, where)), *(codec.answer(side) for side in sides)))
    return pairs


def _side(given: Any, where: str) -> str:
    """An answer: a text, or the last turn of a list of messages."""
    if isinstance(given, list) and given and isinstance(given[-1], dict):
        given = given[-1].get("content")
    if not isinstance(given, str) or not given:
        raise LabError(f"{where} is {given!r}", hint="give `chosen` and `rejected` as texts")
    return given


def _dpo(bench: _Bench, stage: Dpo, folder: Path, _mark: str) -> None:
    policy, codec = bench.open(), bench.codec()
    if (stage.data is None) == (stage.prompts is None):
        raise LabError("a dpo stage takes `data` (pairs) or `prompts` (tasks)", hint="give one of the two")
    if stage.prompts is None and (stage.pool or stage.judges):
        raise LabError("`pool` and `judges` have nothing to answer", hint="give `prompts` in place of `data`")
    place = stage.data or folder / "pairs.jsonl"
    if stage.prompts is not None and not place.is_file():
        _write(place, _made_pairs(bench, policy, codec, stage, folder))
    pairs = _pairs(codec, place)
    run = PreferenceTuning(
        policy, pairs, beta=stage.beta, normalised=stage.normalised, epochs=stage.epochs, batch=stage.batch,
        micro=stage.micro, rate=stage.rate, seed=bench.recipe.seed, device=bench.recipe.device,
    )  # fmt: skip
    _trained(bench, policy, run, folder)


def _made_pairs(bench: _Bench, policy: Causal, codec: Codec, stage: Dpo, folder: Path) -> bytes:
    """Pairs of answers by the model itself and by a pool, four or more to each prompt, judged."""
    assert stage.prompts is not None  # noqa: S101  # `_dpo` sees to it
    rng = np.random.default_rng(bench.recipe.seed)
    tasks = () if stage.judges else tasks_read(stage.prompts)
    prompts = [task.prompt for task in tasks] or _prompts(stage.prompts)
    answers = _own_answers(bench, policy, codec, prompts, stage)
    for at, peer in enumerate(stage.pool, 1):
        answers[f"{at} {peer.model}"] = answers_of(
            peer, prompts, folder / f"answers-{at}.jsonl", longest=stage.answer
        )
    if stage.judges:
        pairs = pairs_of(prompts, answers, stage.judges, folder, rng, on_policy=OWN, tell=bench.tell)
    else:
        truths = {task.prompt: task for task in tasks}
        judge: Judge = noisy_judge(
            lambda prompt, answer: verified(truths[prompt].verifier, answer, truths[prompt].truth), rng,
            right=1.0,
        )  # fmt: skip
        pairs = preferences(prompts, answers, [judge], rng, on_policy=OWN)
    rows = [
        {"prompt": p.prompt, "chosen": p.chosen, "rejected": p.rejected, "authors": p.authors}
        for p in pairs
        if p.marks[0] > p.marks[1] and p.chosen and p.rejected
    ]
    if not rows:
        raise LabError(
            "the answers to each prompt are all judged alike",
            hint="give prompts that are answered rightly now and then, or other judges",
        )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _prompts(place: Path) -> list[str]:
    texts = [user_text(record, f"{place}, record {n}") for n, record in enumerate(json_lines(place), 1)]
    if not texts:
        raise LabError(f"{place} holds no prompts", hint="give one JSON object a line")
    return list(dict.fromkeys(texts))


def _own_answers(
    bench: _Bench, policy: Causal, codec: Codec, prompts: Sequence[str], stage: Dpo
) -> dict[str, list[str]]:
    """The model's own answers: four, less those of a pool, one at the least."""
    generator = torch.Generator().manual_seed(bench.recipe.seed)
    tokens = [codec.prompt(prompt) for prompt in prompts]
    draws = max(1, ANSWERS - len(stage.pool))
    return {
        f"draw {n}": [codec.text(a) for a in sampled(policy, tokens, stage.answer, 1.0, generator, chunk=16)]
        for n in range(draws)
    }


def _rlvr(bench: _Bench, stage: Rlvr, folder: Path, _mark: str) -> None:
    policy, codec, tasks = bench.open(), bench.codec(), tasks_read(stage.data)
    start = kept(policy)
    settings = Settings(
        steps=stage.steps, prompts=stage.prompts, group=stage.group if stage.method == "grpo" else 1,
        longest=stage.answer, beta=stage.beta, rate=stage.rate, minibatches=stage.minibatches,
        micro=stage.micro,
    )  # fmt: skip
    prompts = [codec.prompt(task.prompt) for task in tasks]
    shared: tuple[Any, ...] = (reference_of(policy, start), prompts, _reward(tasks, codec), settings)
    seed, device = bench.recipe.seed, bench.recipe.device
    run: Run
    if stage.method == "grpo":
        run = Grpo(policy, *shared, seed=seed, device=device)
    else:
        body = bench.value()
        scorer = Scalar(body, body.width, device)
        if stage.pairs is not None and not (folder / "checkpoint.pt").is_file():
            teaching = RewardTuning(scorer, _pairs(codec, stage.pairs), rate=3e-6, seed=seed, device=device)
            while teaching.done < teaching.steps:
                teaching.step()
        run = Ppo(policy, scorer, *shared, seed=seed, device=device)
    _trained(bench, policy, run, folder)


def _reward(tasks: Sequence[Task], codec: Codec) -> Reward:
    def reward(rows: Sequence[int], answers: Sequence[Sequence[int]]) -> list[float]:
        return [
            ACCEPTED if verified(tasks[row].verifier, codec.text(answer), tasks[row].truth) else 0.0
            for row, answer in zip(rows, answers, strict=True)
        ]

    return reward


def _evaluate(bench: _Bench, stage: Evaluate, folder: Path, _mark: str) -> None:
    policy, codec = bench.open(), bench.codec()
    listed = [(place, False) for place in stage.suites] + [(place, True) for place in stage.unseen]
    if not listed:
        raise LabError("an evaluate stage names no suite", hint="give `suites`, `unseen`, or both")
    rows = {}
    for place, unseen in listed:
        suite = Suite(place.stem, tasks_read(place), unseen)
        score = evaluate(
            policy, codec, suite, longest=stage.answer, draws=stage.draws, seed=bench.recipe.seed
        )
        rows[str(place)] = {"tasks": len(suite.tasks), "unseen": unseen, **score._asdict()}
        bench.tell(f"{place.name}: greedy {score.greedy:.3f}, sampled {score.sampled:.3f}")
    _write(folder / "scores.json", json.dumps(rows, ensure_ascii=False, indent=2).encode())


_STAGES: Mapping[type, Callable[[_Bench, Any, Path, str], None]] = {
    Decontaminate: _decontaminate,
    Sft: _sft,
    Dpo: _dpo,
    Rlvr: _rlvr,
    Evaluate: _evaluate,
}
