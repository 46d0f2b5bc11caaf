"""The measured reproduction: floors, reflexes and ceilings of seven worlds, and the order of the newsroom.

worlds × (random, reflex, oracle) | published averages | skill against three scores | two clones | editors
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from daybrief.errors import LabUnmet
from daybrief.labs.agents import adventures, gridworlds, newsroom, puzzle
from daybrief.labs.agents.bench import stand_in
from daybrief.labs.agents.clones import Clone, cloned
from daybrief.labs.agents.contest import GAMES, NO_ORACLE, Contest, Fixture, contest_of, keeping, shown
from daybrief.labs.agents.editors import EmbeddedEditor, SabotagedEditor
from daybrief.labs.agents.harness import Agent, Environment, Episode, evaluate
from daybrief.labs.agents.players import MixedAgent, ModelAgent, OracleAgent, RandomAgent, ReflexAgent
from daybrief.labs.agents.scores import Score, apart, combined, published_error, rank_correlation, score
from daybrief.labs.kit import (
    Chart,
    Findings,
    Interval,
    Measure,
    Outcome,
    Row,
    Rows,
    Trial,
    Words,
    mean,
    paired,
)
from daybrief.labs.kit.chat import ServiceChat

NAMES = {
    "newsroom": Words(en="newsroom", ko="뉴스룸"),
    "puzzle": Words(en="rules puzzle", ko="규칙 퍼즐"),
    "babyai": Words(en="BabyAI", ko="BabyAI"),
    "crafter": Words(en="Crafter", ko="Crafter"),
    "textworld": Words(en="TextWorld", ko="TextWorld"),
    "minihack": Words(en="MiniHack", ko="MiniHack"),
    "nethack": Words(en="NetHack", ko="NetHack"),
}
EDITORS = {
    "oracle": Words(en="oracle", ko="오라클"),
    "embedded": Words(en="embedded editor", ko="내장 편집자"),
    "able": Words(en="stand-in model, skill 0.8", ko="대역 모델, 실력 0.8"),
    "weak": Words(en="stand-in model, skill 0.4", ko="대역 모델, 실력 0.4"),
    "sabotaged": Words(en="sabotaged editor", ko="고의로 망친 편집자"),
    "random": Words(en="random", ko="무작위"),
    "reflex": Words(en="reflex", ko="반사"),
}
ORDER = ("oracle", "embedded", "able", "weak", "sabotaged")
SKILLS = tuple(np.linspace(0, 1, 9).round(3).tolist())
PUBLISHED_ROUNDING = 0.05 + 1e-9
MODEL_DAYS = 100  # the days that real models edit, and their games, begin so far after the first seed
PLAYED = {  # small, full: episodes of a game that a local model plays
    "babyai": (3, 25),
    "crafter": (1, 10),
    "textworld": (1, 20),
    "minihack": (2, 20),
    "nethack": (1, 5),
}


@dataclass(slots=True, kw_only=True)
class Results:
    """Everything measured; None or empty where it was not to be had."""

    worlds: dict[str, dict[str, Score]] = field(default_factory=dict)  # world → agent → score
    editors: dict[str, list[float]] = field(default_factory=dict)  # editor → progress by day
    contest: Contest = field(default_factory=Contest)  # local models, small first, and programs beside them
    same_days: dict[str, list[float]] = field(default_factory=dict)  # programs on the models' days
    ranks: dict[str, float] = field(default_factory=dict)  # score → rank correlation with skill
    clones: tuple[list[float], list[float]] | None = None
    minutes: float = 0.0  # of play in the worlds, episodes that were kept from a run that broke included


def run(trial: Trial) -> Findings:
    """Measures; `--data` is a folder with GGUF models, or one file: they edit the newsroom as well."""
    results = Results()
    for world in NAMES:
        _floors(results, world, trial)
    _editors(results, trial)
    _skills(results, trial)
    _clones(results, trial)
    _models(results, trial)
    return Findings(
        measures=tuple(_measures(results, trial)),
        outcomes=_outcomes(results, trial),
        because=_because(results),
        data=_data(results),
        seeds=trial.seeds(trial.pick(4, 12, 25)),
        chart=_chart(results),
    )


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def _open(world: str, trial: Trial) -> list[Environment]:
    """The environments of a world, at the trial's lengths. Raises LabUnmet where it is not installed."""
    if world == "newsroom":
        return [newsroom.Newsroom()]
    if world == "puzzle":
        return [puzzle.RulesPuzzle(task) for task in puzzle.TASKS]
    if world == "babyai":
        return [gridworlds.BabyAI(task) for task in gridworlds.MISSIONS]
    if world == "crafter":
        return [gridworlds.Crafter(trial.pick(100, 300, 2_000))]
    if world == "textworld":
        return [adventures.TextWorld(task) for task in adventures.QUESTS]
    if world == "minihack":
        return [adventures.MiniHack(task) for task in adventures.DUNGEONS]
    return [adventures.NetHack(trial.pick(500, 2_000, 20_000))]


_EPISODES = {  # smoke, small, full
    "newsroom": (6, 25, 100),
    "puzzle": (2, 13, 40),
    "babyai": (0, 25, 25),
    "crafter": (0, 5, 10),
    "textworld": (0, 4, 20),
    "minihack": (0, 20, 40),
    "nethack": (0, 20, 50),
}


def _floors(results: Results, world: str, trial: Trial) -> None:
    count = trial.pick(*_EPISODES[world])
    if not count:
        return
    try:
        environments = _open(world, trial)
    except LabUnmet as missing:
        trial.tell(f"{world}: skipped, {missing.message}")
        return
    agents: list[Agent] = [RandomAgent(), ReflexAgent()]
    agents += [] if world in NO_ORACLE else [OracleAgent()]
    kept = None if trial.scale == "smoke" else keeping()
    for agent in agents:
        played = evaluate(environments, agent, trial.seeds(count), folder=kept, code=shown(), tell=trial.tell)
        results.worlds.setdefault(world, {})[agent.name] = _by_task(played)
        results.minutes += sum(episode.seconds for episode in played) / 60


def _by_task(episodes: Sequence[Episode]) -> Score:
    """The mean over tasks, each the mean over its episodes."""
    tasks = dict.fromkeys(episode.task for episode in episodes)
    return combined(score([e for e in episodes if e.task == task]) for task in tasks)


def _editors(results: Results, trial: Trial) -> None:
    """Programs and stand-ins edit the same days; the stand-ins answer over HTTP as any model would."""
    days = trial.seeds(trial.pick(6, 25, 100))
    results.editors |= _edited(_programs(), days)
    for name, skill in (("able", 0.8), ("weak", 0.4)):
        with stand_in(skill, days) as address:
            agent = ModelAgent(name, ServiceChat(address, name), remembered=0)
            results.editors |= _edited([agent], days)


def _programs() -> list[Agent]:
    return [OracleAgent(), EmbeddedEditor(), SabotagedEditor(EmbeddedEditor()), RandomAgent(), ReflexAgent()]


def _edited(agents: Sequence[Agent], days: Sequence[int]) -> dict[str, list[float]]:
    room: list[Environment] = [newsroom.Newsroom()]
    return {agent.name: [e.progress for e in evaluate(room, agent, days)] for agent in agents}


def _skills(results: Results, trial: Trial) -> None:
    """Nine editors of known skill, ten days each: which score puts them in order?"""
    days = trial.seeds(trial.pick(4, 10, 40))
    played = [evaluate([newsroom.Newsroom()], MixedAgent(skill), days) for skill in SKILLS]
    by_score = {
        "progress": [float(np.mean([e.progress for e in episodes])) for episodes in played],
        "reward": [float(np.mean([e.reward for e in episodes])) for episodes in played],
        "success": [float(np.mean([e.progress == 1 for e in episodes])) for episodes in played],
    }
    results.ranks = {name: rank_correlation(SKILLS, values) for name, values in by_score.items()}


def _clones(results: Results, trial: Trial) -> None:
    """Success of both clones on the same missions, over seeds; left out at smoke scale."""
    if trial.scale == "smoke" or "babyai" not in results.worlds:
        return
    words, pictures = [], []
    for seed in trial.seeds(trial.pick(0, 3, 5)):
        trial.tell(f"clones, seed {seed}")
        both = cloned(seed, trial.pick(0, 200, 1_000))
        missions = range(seed * 1_000, seed * 1_000 + trial.pick(0, 60, 200))
        words += _success(both[0], missions)
        pictures += _success(both[1], missions)
    results.clones = (words, pictures)


def _success(clone: Clone, missions: range) -> list[float]:
    world = gridworlds.BabyAI("goto", pictures=clone.sees)
    return [episode.progress for episode in evaluate([world], clone, missions)]


def _models(results: Results, trial: Trial) -> None:
    """Local models edit a few days and play a few short games; what they have played is kept and read."""
    if trial.data is None or trial.scale == "smoke":
        return
    fixture = Fixture(
        days=trial.pick(0, 3, 20),
        episodes={game: trial.pick(0, *count) for game, count in PLAYED.items() if game in results.worlds},
        steps=trial.pick(0, 12, 80),
        minutes=trial.pick(0, 20, 600),
    )
    first = trial.seed + MODEL_DAYS
    results.contest = contest_of(trial.data, fixture, first, tell=trial.tell).even()
    results.same_days = _edited(_programs(), range(first, first + fixture.days))


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────


def _outcomes(results: Results, trial: Trial) -> tuple[Outcome, ...]:
    """The conditions of `page.toml`; None where a world, a model or the scale was not to be had."""
    whole = set(results.worlds) == set(NAMES)
    return (
        _floors_outcome(results, whole=whole),
        _ladder_outcome(results, whole=whole),
        Outcome(
            key="published",
            met=published_error() <= PUBLISHED_ROUNDING,
            measured=f"largest difference {published_error():.3f}",
        ),
        Outcome(
            key="skill",
            met=results.ranks["progress"] >= 0.9 and results.ranks["progress"] >= results.ranks["reward"],
            measured=", ".join(f"{name} {value:.3f}" for name, value in results.ranks.items()),
        ),
        _clones_outcome(results, trial),
        _order_outcome(results, trial),
        _models_outcome(results),
        _players_outcome(results, trial),
    )


def _floors_outcome(results: Results, *, whole: bool) -> Outcome:
    misses = []
    for world, scores in results.worlds.items():
        oracle = scores.get("oracle")
        fine = apart(scores["random"], scores["reflex"])
        fine = fine and (oracle is None or (oracle.value >= 0.95 and apart(scores["reflex"], oracle)))
        misses += [] if fine else [world]
    passed = f"{len(results.worlds) - len(misses)} of {len(results.worlds)} worlds"
    measured = f"{passed}; not in {', '.join(misses)}" if misses else passed
    return Outcome(key="floors", met=not misses if whole else None, measured=measured)


def _ladder_outcome(results: Results, *, whole: bool) -> Outcome:
    reflex = {world: scores["reflex"].value for world, scores in results.worlds.items() if world in GAMES}
    measured = ", ".join(f"{NAMES[world].en} {100 * value:.1f}" for world, value in reflex.items())
    if not whole:
        return Outcome(key="ladder", met=None, measured=measured or "games not installed")
    middle = (reflex["crafter"], reflex["textworld"])
    met = reflex["babyai"] >= max(middle) and min(middle) > reflex["minihack"] > reflex["nethack"]
    return Outcome(key="ladder", met=met and reflex["nethack"] <= 0.02, measured=measured)


def _clones_outcome(results: Results, trial: Trial) -> Outcome:
    if results.clones is None:
        return Outcome(key="clones", met=None, measured="not run")
    gap = paired(*results.clones, trial.rng("clones"))
    return Outcome(key="clones", met=gap.value >= 0.10 and gap.low > 0, measured=str(gap))


def _gaps(results: Results, trial: Trial) -> list[Interval]:
    """Each editor of the order minus the next, day by day."""
    days = results.editors
    return [
        paired(days[better], days[worse], trial.rng("order", better)) for better, worse in pairwise(ORDER[1:])
    ]


def _order_outcome(results: Results, trial: Trial) -> Outcome:
    gaps = _gaps(results, trial)
    top = np.mean(results.editors["oracle"]) >= np.mean(results.editors["embedded"])
    ranking = " > ".join(f"{name} {np.mean(results.editors[name]):.2f}" for name in ORDER)
    return Outcome(key="order", met=bool(top) and all(gap.low > 0 for gap in gaps), measured=ranking)


def _models_outcome(results: Results) -> Outcome:
    edited = {name: results.contest.progress(name, "newsroom") for name in results.contest.models}
    if len(edited) < 2 or not all(len(days) == len(results.same_days["oracle"]) for days in edited.values()):
        return Outcome(key="models", met=None, measured="no two local models that edited every day")
    means = {name: float(np.mean(values)) for name, values in edited.items()}
    rivals = {name: float(np.mean(results.same_days[name])) for name in ("embedded", "sabotaged")}
    rising = [rivals["sabotaged"], *means.values(), rivals["embedded"]]
    right = all(low < high for low, high in pairwise(rising))
    ranking = ", ".join(f"{name} {value:.2f}" for name, value in (means | rivals).items())
    return Outcome(key="models", met=right, measured=ranking)


def _players_outcome(results: Results, trial: Trial) -> Outcome:
    """The larger of two models gets further in the games, and neither far in the hardest."""
    models, worlds = list(results.contest.models), results.contest.worlds()
    if len(models) < 2 or worlds != list(GAMES):
        return Outcome(key="players", met=None, measured="no two local models, or not all five games")
    gap = results.contest.gap(models[-1], models[0], trial.rng("players"))
    hardest = max(results.contest.progress_interval(name, "nethack").value for name in models)
    return Outcome(
        key="players",
        met=gap.low > 0 and hardest <= 0.02,
        measured=f"larger minus smaller {gap}, NetHack at most {hardest:.3f}",
    )


def _measures(results: Results, trial: Trial) -> list[Measure]:
    measures = [
        _measure(f"{world}_{agent}", world, agent, score)
        for world, scores in results.worlds.items()
        for agent, score in scores.items()
    ]
    for name in ORDER[1:]:
        value = mean(results.editors[name], trial.rng("editor", name))
        label = Words(en=f"newsroom: {EDITORS[name].en}", ko=f"뉴스룸: {EDITORS[name].ko}")
        measures.append(value.measure(f"editor_{name}", label, tolerance=0.02))
    minutes = Words(
        en="minutes of play in the worlds, all programs", ko="세계에서 모든 프로그램의 플레이 시간(분)"
    )
    measures.append(Measure(key="minutes", name=minutes, value=results.minutes))
    measures += _model_measures(results, trial)
    for name, rank in results.ranks.items():
        label = Words(en=f"rank correlation of skill with {name}", ko=f"실력과 {_RANKED[name]}의 순위 상관")
        tolerance = 0.02 if name == "progress" else None
        measures.append(Measure(key=f"rank_{name}", name=label, value=rank, tolerance=tolerance))
    if results.clones is not None:
        gap = paired(*results.clones, trial.rng("clones"))
        label = Words(en="BabyAI goto: text clone minus image clone", ko="BabyAI goto: 글 복제 − 그림 복제")
        measures.append(gap.measure("clones", label))
    return measures


_RANKED = {"progress": "진행도", "reward": "보상", "success": "성공률"}
_AGENTS = {"random": "무작위", "reflex": "반사", "oracle": "오라클"}


def _model_measures(results: Results, trial: Trial) -> Iterator[Measure]:
    """Every local model in the newsroom and in the games, and the programs on the same short episodes."""
    contest, worlds = results.contest, results.contest.worlds()
    for name in contest.models:
        if not contest.of(name):
            continue
        if contest.progress(name, "newsroom"):
            value = contest.progress_interval(name, "newsroom")
            yield value.measure(f"model_{name}", Words(en=f"newsroom: {name}", ko=f"뉴스룸: {name}"))
        seconds, illegal, minutes = contest.costs(name)
        for key, en, ko, number in (
            ("seconds", "seconds an answer", "답 하나의 초", seconds),
            ("illegal", "answers that were no legal action", "허용되지 않은 답의 비율", illegal),
            ("minutes", "minutes of play in all", "전체 플레이 시간(분)", minutes),
        ):
            yield Measure(
                key=f"{key}_{name}", name=Words(en=f"{name}: {en}", ko=f"{name}: {ko}"), value=number
            )
    for player in (*contest.models, *contest.programs):
        korean = _AGENTS.get(player, player)
        played = [world for world in worlds if contest.progress(player, world)]
        for world in played:
            label = Words(en=f"{NAMES[world].en}, short: {player}", ko=f"{NAMES[world].ko}, 짧게: {korean}")
            yield contest.progress_interval(player, world).measure(f"short_{world}_{player}", label)
        if worlds and played == worlds:
            whole = contest.overall(player, trial.rng("games", player))
            label = Words(en=f"five short games: {player}", ko=f"짧은 게임 다섯: {korean}")
            yield whole.measure(f"games_{player}", label)
    yield from _gap_measures(results, trial)


def _gap_measures(results: Results, trial: Trial) -> Iterator[Measure]:
    """The largest of the local models minus the smallest, on the same days and in the same episodes."""
    contest, models = results.contest, list(results.contest.models)
    if len(models) < 2:
        return
    if all(contest.progress(name, "newsroom") for name in models):
        gap = contest.gap_by_day(models[-1], models[0], trial.rng("days"))
        label = Words(en="newsroom: larger minus smaller model", ko="뉴스룸: 큰 모델 − 작은 모델")
        yield gap.measure("newsroom_gap", label)
    if contest.worlds():
        gap = contest.gap(models[-1], models[0], trial.rng("players"))
        label = Words(en="short games: larger minus smaller model", ko="짧은 게임: 큰 모델 − 작은 모델")
        yield gap.measure("games_gap", label)


def _measure(key: str, world: str, agent: str, score: Score) -> Measure:
    """Progress with one standard error to either side, as the paper prints it."""
    return Measure(
        key=key,
        name=Words(en=f"{NAMES[world].en}: {agent}", ko=f"{NAMES[world].ko}: {_AGENTS[agent]}"),
        value=score.value,
        low=score.low,
        high=score.high,
        tolerance=0.02 if world in ("newsroom", "puzzle") else None,
    )


def _because(results: Results) -> Words:
    played = len(results.worlds)
    editors = {name: 100 * float(np.mean(results.editors[name])) for name in ORDER}
    order = ", ".join(f"{EDITORS[name].en} {value:.0f}" for name, value in editors.items())
    korean = ", ".join(f"{EDITORS[name].ko} {value:.0f}" for name, value in editors.items())
    return Words(
        en=f"{played} worlds were played with floor and reflex; the newsroom's progress in per cent: {order}",
        ko=f"세계 {played}곳에서 바닥값과 반사 행동을 쟀고, 뉴스룸의 진행도(%)는 {korean}입니다",
    )


def _data(results: Results) -> tuple[Words, ...]:
    worlds = ", ".join(NAMES[world].en for world in results.worlds)
    korean = ", ".join(NAMES[world].ko for world in results.worlds)
    models = [Words(en=f"local model {name}", ko=f"로컬 모델 {name}") for name in results.contest.models]
    return (Words(en=f"simulated worlds: {worlds}", ko=f"모의 세계: {korean}"), *models)


def _chart(results: Results) -> Chart:
    rows = [
        Row(
            name=Words(en=f"{NAMES[world].en}, {agent}", ko=f"{NAMES[world].ko}, {_AGENTS[agent]}"),
            value=100 * score.value,
            low=100 * score.low,
            high=100 * score.high,
            shade=list(_AGENTS).index(agent),
        )
        for world, scores in results.worlds.items()
        for agent, score in scores.items()
    ]
    editors = [
        Row(name=EDITORS[name], value=100 * float(np.mean(values)), shade=0 if name in ORDER else 1)
        for name, values in sorted(results.editors.items(), key=lambda pair: -float(np.mean(pair[1])))
    ]
    models = [
        _row(Words(en=name, ko=name), results.contest.progress_interval(name, "newsroom"), 2)
        for name in results.contest.models
        if results.contest.progress(name, "newsroom")
    ]
    progress = Words(en="progress, %", ko="진행도, %")
    return Chart(
        says=Words(
            en="Progress of random, reflex and oracle agents in every world, and of the newsroom's editors.",
            ko="모든 세계에서 무작위, 반사, 오라클 에이전트의 진행도와 뉴스룸 편집자들의 진행도.",
        ),
        panels=(
            Rows(title=Words(en="Worlds", ko="세계"), x=progress, rows=tuple(rows)),
            Rows(title=Words(en="Newsroom", ko="뉴스룸"), x=progress, rows=(*editors, *models)),
            *_games_panel(results, progress),
        ),
    )


def _games_panel(results: Results, progress: Words) -> tuple[Rows, ...]:
    """The short games by player, where local models played."""
    contest = results.contest
    if not contest.models or not contest.worlds():
        return ()
    rows = tuple(
        _row(
            Words(
                en=f"{NAMES[world].en}, {player}",
                ko=f"{NAMES[world].ko}, {_AGENTS.get(player, player)}",
            ),
            contest.progress_interval(player, world),
            2 if player in contest.models else list(_AGENTS).index(player),
        )
        for world in contest.worlds()
        for player in (*contest.models, *contest.programs)
        if contest.progress(player, world)
    )
    title = Words(en="The same short games for models and programs", ko="모델과 프로그램이 한 같은 짧은 게임")
    return (Rows(title=title, x=progress, rows=rows),)


def _row(name: Words, value: Interval, shade: int) -> Row:
    return Row(name=name, value=100 * value.value, low=100 * value.low, high=100 * value.high, shade=shade)
