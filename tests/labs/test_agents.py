"""The harness of agents: its loop and files, the puzzle, the newsroom, models behind loopback."""

from __future__ import annotations

import csv
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tenacity
from msgspec.structs import replace
from typer.testing import CliRunner

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.agents import chat as chats
from daybrief.labs.agents.adventures import nethack_progress
from daybrief.labs.agents.bench import stand_in, worlds
from daybrief.labs.agents.chat import has_chat_template, local_chat
from daybrief.labs.agents.contest import Contest, Fixture, model_files, turns
from daybrief.labs.agents.editors import EmbeddedEditor, SabotagedEditor
from daybrief.labs.agents.harness import FORM, HISTORY, Agent, Episode, Turn, evaluate, named_action, play
from daybrief.labs.agents.newsroom import MILESTONES, Newsroom, learned_progress, planned_day
from daybrief.labs.agents.players import MixedAgent, ModelAgent, OracleAgent, RandomAgent, ReflexAgent, simple
from daybrief.labs.agents.puzzle import TASKS, Level, RulesPuzzle, generated
from daybrief.labs.agents.scores import Score, as_page, as_text, combined, leaderboard, published_error, score
from daybrief.labs.agents.use import app
from daybrief.labs.kit.chat import ServiceChat
from tests.labs.chat_service import completion, service

SEEDS = range(20, 26)


class Scripted:
    """Answers from a list, the last for all that follow; keeps the turns."""

    name = "scripted"

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.turns: list[Turn] = []

    def act(self, turn: Turn) -> str:
        self.turns.append(turn)
        return self.answers[min(len(self.turns), len(self.answers)) - 1]


# ── the loop ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ("left", "left"),
        ("LEFT.", "left"),
        ("`left`", "left"),
        ("  Action: left ", "left"),
        ("I go there. <|ACTION|>left<|END|>", "left"),
        ("The lamp is to the left.\nleft", "left"),
        ("left\nbecause the lamp is there", "left"),
        ("left or right", None),
        ("leftwards", None),
        ("", None),
        ("<|ACTION|><|END|>", None),
        ("fly", None),
    ],
)
def test_an_answer_names_an_action_alone_or_between_tags(answer: str, action: str | None) -> None:
    assert named_action(answer, ("left", "right")) == action


def test_an_illegal_answer_is_replaced_counted_and_told() -> None:
    agent = Scripted("dance", "wait")
    episode, records = play(RulesPuzzle("walk", limit=3), agent, 20)
    assert (episode.steps, episode.illegal, episode.silent) == (3, 1, False)
    assert [(r.action, r.legal) for r in records] == [("wait", False), ("wait", True), ("wait", True)]
    assert agent.turns[1].observation.text.startswith("Your answer was no legal action; 'wait' was taken.")
    assert "no legal action" not in agent.turns[2].observation.text


def test_an_episode_without_a_legal_answer_is_finished_and_said_to_be_silent() -> None:
    lines: list[str] = []
    (episode,) = evaluate([RulesPuzzle("walk", limit=4)], Scripted("?"), [20], tell=lines.append)
    assert episode.silent
    assert episode.progress == 0
    assert "no legal answer in walk, seed 20" in lines[0]


def test_the_history_holds_the_last_pairs_only() -> None:
    agent = Scripted("wait")
    play(RulesPuzzle("walk", limit=HISTORY + 5), agent, 20)
    assert len(agent.turns[-1].history) == HISTORY
    assert agent.turns[0].history == ()


def test_the_same_seed_is_the_same_episode_and_another_is_not() -> None:
    first, second, other = (play(Newsroom(), RandomAgent(), seed)[1] for seed in (20, 20, 21))
    assert first == second
    assert first != other


def test_an_episode_says_what_it_took_and_a_leaderboard_what_an_answer_takes() -> None:
    (episode,) = evaluate([RulesPuzzle("walk", limit=4)], Scripted("wait"), [20])
    assert episode.seconds >= 0
    line = leaderboard([replace(episode, seconds=2.0)])[0]
    assert line.seconds == 0.5
    assert "s/answer" in as_text([line])


# ── files ───────────────────────────────────────────────────────────────────────────────────────────


class Breaking(Scripted):
    """Fails at a turn, as a service that goes away."""

    def __init__(self, at: int) -> None:
        super().__init__("wait")
        self.at = at

    def act(self, turn: Turn) -> str:
        if len(self.turns) == self.at:
            raise LabError("the service is gone")
        return super().act(turn)


def test_a_broken_run_goes_on_where_it_stood(tmp_path: Path) -> None:
    room = RulesPuzzle("walk", limit=3)
    with pytest.raises(LabError, match="gone"):
        evaluate([room], Breaking(7), range(20, 24), folder=tmp_path)
    kept = sorted(path.name for path in tmp_path.rglob("*.json"))
    assert kept == ["20.json", "21.json"]
    agent = Scripted("wait")
    episodes = evaluate([room], agent, range(20, 24), folder=tmp_path)
    assert len(agent.turns) == 6, "two episodes are read, two are played"
    assert [episode.seed for episode in episodes] == [20, 21, 22, 23]
    with (tmp_path / "scripted" / "puzzle" / "walk" / "20.csv").open(newline="") as file:
        assert [row["action"] for row in csv.DictReader(file)] == ["wait"] * 3


def test_a_file_cut_short_is_played_again(tmp_path: Path) -> None:
    room, agent = RulesPuzzle("walk", limit=2), Scripted("wait")
    (whole,) = evaluate([room], agent, [20], folder=tmp_path)
    place = tmp_path / "scripted" / "puzzle" / "walk" / "20.json"
    place.write_bytes(place.read_bytes()[:40])
    (again,) = evaluate([room], agent, [20], folder=tmp_path)
    assert replace(again, seconds=0) == replace(whole, seconds=0)


@pytest.mark.parametrize(
    ("limit", "code", "words"), [(3, "", "limit 2"), (2, "new", "code none")], ids=["limit", "code"]
)
def test_another_runs_episode_is_refused_and_kept(tmp_path: Path, limit: int, code: str, words: str) -> None:
    evaluate([RulesPuzzle("walk", limit=2)], Scripted("wait"), [20], folder=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    with pytest.raises(LabError, match=words):
        evaluate([RulesPuzzle("walk", limit=limit)], Scripted("wait"), [20], folder=tmp_path, code=code)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before


def test_names_that_differ_have_folders_that_differ(tmp_path: Path) -> None:
    for name in ("a/b", "a b", "../a", "a_b"):
        agent = Scripted("wait")
        agent.name = name
        evaluate([RulesPuzzle("walk", limit=1)], agent, [20], folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 4
    assert len(list(tmp_path.rglob("20.json"))) == 4


# ── the puzzle ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("task", TASKS)
def test_every_level_can_be_won_and_the_oracle_wins_it_in_the_fewest_moves(task: str) -> None:
    for seed in SEEDS:
        episode, _ = play(RulesPuzzle(task), OracleAgent(), seed)
        assert episode.progress == 1
        assert episode.steps == len(generated(task, seed)[1])


@pytest.mark.parametrize("task", ["unblock", "form"])
def test_a_level_of_rules_is_not_won_without_changing_one(task: str) -> None:
    episode, _ = play(RulesPuzzle(task), OracleAgent(), 20)
    assert "a rule changed" in episode.milestones
    if task == "form":
        assert play(RulesPuzzle(task), ReflexAgent(), 20)[0].progress == 0


WORLD = Level(
    ("FOX", "IS", "YOU", "STONE", "IS", "PUSH", "HEDGE", "IS", "STOP", "fox", "stone", "hedge"),
    ((0, 0), (1, 0), (2, 0), (4, 0), (5, 0), (6, 0), (0, 6), (1, 6), (2, 6), (1, 3), (2, 3), (4, 3)),
)


@pytest.mark.parametrize(
    ("moves", "fox", "stone"),
    [
        ("right", (2, 3), (3, 3)),
        ("right right", (2, 3), (3, 3)),  # the hedge stops the stone, the stone the fox
        ("left", (0, 3), (2, 3)),
        ("left left", (0, 3), (2, 3)),  # the border
        ("up", (1, 2), (2, 3)),
    ],
)
def test_what_is_pushed_moves_until_something_stops_it(
    moves: str, fox: tuple[int, int], stone: tuple[int, int]
) -> None:
    state = WORLD.start
    for move in moves.split():
        state = WORLD.moved(state, move)
    assert (state[9], state[10]) == (fox, stone)


def test_a_broken_rule_is_in_force_no_more() -> None:
    assert ("hedge", "stop") in WORLD.rules(WORLD.start)
    apart = list(WORLD.start)
    apart[8] = (2, 5)
    assert WORLD.rules(tuple(apart)) == {("fox", "you"), ("stone", "push")}


def test_an_unknown_kind_of_level_is_named() -> None:
    with pytest.raises(LabError, match="'fly'"):
        RulesPuzzle("fly")


# ── the newsroom ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(30))
def test_every_day_holds_each_planted_fault_and_can_be_edited_without_one(seed: int) -> None:
    kinds = [planned.kind for planned in planned_day(seed)]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "fresh": 4, "contradicted": 1, "same headline": 1, "retold": 1, "retracted": 1, "off-topic": 4,
        "dead link": 1,
    }  # fmt: skip
    episode, _ = play(Newsroom(table={}), OracleAgent(), seed)
    assert (episode.progress, episode.reward) == (1.0, 13.0)
    assert len(episode.milestones) == len(MILESTONES) == 22


def test_what_is_told_again_comes_after_the_first_telling() -> None:
    for seed in range(30):
        names: list[str] = []
        for planned in planned_day(seed):
            assert (planned.name in names) == (planned.kind in ("retold", "same headline"))
            names += [planned.name] if planned.name else []


def test_a_sentence_is_faithful_only_with_the_name_and_the_numbers_of_the_text() -> None:
    planned = next(p for p in planned_day(20) if p.kind == "contradicted")
    name, n, wrong = planned.name, planned.number, planned.wrong
    assert planned.faithful(f"In tests {name} cut the error rate by {n} percent.")
    assert planned.faithful(f"{name.upper()} needs {n} % less.")
    for spoilt in (
        f"In tests {name} cut the error rate by {wrong} percent.",
        f"In tests {name} cut the error rate by {n}0 percent.",
        f"In tests {name} cut the error rate by {n} percent in 7777 cases.",
        f"In tests it cut the error rate by {n} percent.",
        f"In tests {name} cut the error rate.",
        f"In tests {name} increased the error rate by {n} percent.",
    ):
        assert not planned.faithful(spoilt), spoilt


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ("publish: Velora cuts errors by 4 percent.", "publish: Velora cuts errors by 4 percent."),
        ("Publish:  Velora cuts  errors by 4 percent.", "publish: Velora cuts errors by 4 percent."),
        ('publish: "Velora cuts errors by 4 percent."', "publish: Velora cuts errors by 4 percent."),
        (
            "Sure!\npublish: Velora cuts errors by 4 percent.\nDone.",
            "publish: Velora cuts errors by 4 percent.",
        ),
        ("drop: dead link", "drop: dead link"),
        ("Drop: Dead Link.", "drop: dead link"),
        ("hold", "hold"),
        ("publish: (your sentence)", None),
        ("publish:", None),
        (f"publish: {'long ' * 100}", None),
        ("drop: boring", None),
        ("", None),
    ],
)
def test_publishing_takes_a_sentence_and_dropping_one_of_the_reasons(answer: str, action: str | None) -> None:
    assert Newsroom(table={}).legal(answer) == action


def test_progress_is_nothing_at_the_start_and_grows_with_what_is_reached() -> None:
    table = learned_progress()
    assert table["first decision"] == 0
    assert table["one off-topic item dropped"] < table["five faults caught"] < table["all faults caught"]
    assert all(0 <= chance <= 1 for chance in table.values())


def test_the_newsroom_ranks_oracle_embedded_editor_reflex_and_saboteurs() -> None:
    def score(agent: Agent) -> float:
        return float(np.mean([e.progress for e in evaluate([Newsroom()], agent, SEEDS)]))

    embedded = EmbeddedEditor()
    agents: tuple[Agent, ...] = (
        OracleAgent(),
        embedded,
        ReflexAgent(),
        SabotagedEditor(EmbeddedEditor()),
        RandomAgent(),
    )
    oracle, engine, reflex, spoilt, chance = map(score, agents)
    assert oracle == 1
    assert oracle >= engine > reflex > max(spoilt, chance)


def test_the_saboteur_prints_no_true_number_and_everything_that_has_a_text() -> None:
    _, records = play(Newsroom(table={}), SabotagedEditor(EmbeddedEditor()), 20)
    days = zip(planned_day(20), records, strict=True)
    assert all(record.action.startswith("publish:") == bool(planned.item.text) for planned, record in days)
    assert records[-1].reward == 1, "the dead link alone"


def test_an_agent_of_half_the_skill_scores_less_than_a_better_one() -> None:
    poor, better = (
        np.mean([e.reward for e in evaluate([Newsroom(table={})], MixedAgent(skill), SEEDS)])
        for skill in (0.4, 0.8)
    )
    assert poor < better


@pytest.mark.parametrize("name", ["clever", "oracle:x", "oracle:1.5", "random:0.5", ""])
def test_an_unknown_agent_is_named(name: str) -> None:
    with pytest.raises(LabError, match=name or "''"):
        simple([name])


# ── models ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_model_behind_a_service_plays_and_is_shown_instruction_history_and_actions() -> None:
    with service(lambda _body: completion("right")) as (url, bodies):
        agent = ModelAgent("m", ServiceChat(url, "m-1"), remembered=2, advice="Win.")
        episode, _ = play(RulesPuzzle("walk", limit=4), agent, 20)
    assert episode.illegal == 0
    first, last = bodies[0]["messages"], bodies[-1]["messages"]
    assert "Win." in first[0]["content"]
    assert [message["role"] for message in last] == ["system", *["user", "assistant"] * 2, "user"]
    assert "Legal actions: left, right, up, down, wait" in first[0]["content"]
    assert last[1]["content"] == bodies[-2]["messages"][-3]["content"], "what was read once stays as it was"
    assert bodies[0]["model"] == "m-1"


def test_a_model_that_remembers_nothing_is_sent_the_current_observation_alone() -> None:
    with service(lambda _body: completion("right")) as (url, bodies):
        play(RulesPuzzle("walk", limit=3), ModelAgent("m", ServiceChat(url, "m"), remembered=0), 20)
    assert [len(body["messages"]) for body in bodies] == [2] * len(bodies)


def test_a_model_that_can_see_is_sent_the_picture() -> None:
    pytest.importorskip("PIL")
    with service(lambda _body: completion("right")) as (url, bodies):
        play(RulesPuzzle("walk", limit=1), ModelAgent("m", ServiceChat(url, "m"), pictures=True), 20)
    kinds = [part["type"] for part in bodies[0]["messages"][-1]["content"]]
    assert kinds == ["text", "image_url"]


def test_a_busy_service_is_asked_again() -> None:
    statuses = iter([503, 429])
    quick = tenacity.wait_none()
    with service(lambda _body: (status, b"{}") if (status := next(statuses, 0)) else completion("ok")) as (
        url,
        _,
    ):
        assert ServiceChat(url, "m", wait=quick).complete([{"role": "user", "content": "?"}]) == "ok"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((500, b"{}"), "500"),
        ((401, b"{}"), "401"),
        ((200, b"<html>"), "does not answer"),
        ((200, b"x" * 1_100_000), "more than 1000000 bytes"),
    ],
    ids=["broken", "key", "html", "endless"],
)
def test_a_service_that_does_not_work_is_named_with_its_address(reply: tuple[int, bytes], words: str) -> None:
    with service(lambda _body: reply) as (url, _):
        chat = ServiceChat(url, "m", wait=tenacity.wait_none())
        with pytest.raises(LabError, match=words) as refused:
            chat.complete([])
    assert url in str(refused.value.message)
    assert refused.value.hint


@pytest.mark.parametrize("content", [None, ""])
def test_a_model_that_says_nothing_gives_an_illegal_answer_and_no_error(content: str | None) -> None:
    with service(lambda _body: completion(content)) as (url, _):
        episode, _ = play(RulesPuzzle("walk", limit=2), ModelAgent("m", ServiceChat(url, "m")), 20)
    assert episode.silent


def test_a_seed_draws_the_same_answer_to_a_conversation_and_another_to_the_next() -> None:
    with service(lambda body: completion(str(body.get("seed")))) as (url, _):
        answers = [
            ServiceChat(url, "m", temperature=1, seed=seed).complete([{"role": "user", "content": text}])
            for seed, text in ((1, "north"), (1, "north"), (1, "south"), (2, "north"))
        ]
        unseeded = ServiceChat(url, "m").complete([{"role": "user", "content": "north"}])
    assert answers[0] == answers[1]
    assert len(set(answers)) == 3
    assert unseeded == "None"


def test_models_are_compared_over_the_episodes_that_all_have_played() -> None:
    def episode(agent: str, world: str, seed: int, progress: float) -> Episode:
        return replace(made(agent, world, progress), seed=seed)

    models = {
        "small": [
            episode("small", "babyai", 1, 0),
            episode("small", "babyai", 2, 0),
            episode("small", "nethack", 1, 0),
        ],
        "large": [episode("large", "babyai", 1, 1), episode("large", "nethack", 1, 0.5)],
    }
    programs = {"reflex": [episode("reflex", "babyai", seed, 1) for seed in (1, 2, 3)]}
    contest = Contest(models=models, programs=programs).even()
    assert contest.worlds() == ["babyai", "nethack"]
    assert [len(contest.of(name)) for name in ("small", "large", "reflex")] == [2, 2, 1]
    rng = np.random.default_rng(0)
    assert contest.overall("large", rng).value == 0.75
    assert contest.gap("large", "small", rng).value == 0.75
    days = {
        name: [episode(name, "newsroom", seed, base + seed / 10) for seed in (1, 2, 3)]
        for name, base in (("small", 0.1), ("large", 0.3))
    }
    assert Contest(models=days).gap_by_day("large", "small", rng).low == pytest.approx(0.2)
    alone = contest.progress_interval("large", "babyai")
    assert alone.value == 1
    assert alone.low < 0.3, "one episode proves little"


def test_a_model_plays_every_game_before_any_game_again() -> None:
    for package in ("minigrid", "crafter"):
        pytest.importorskip(package, reason='it needs the games: pip install "daybrief[lab-agents]"')
    fixture = Fixture(days=2, episodes={"babyai": 3, "crafter": 2}, steps=1, minutes=1.0)
    assert [(world.name, number) for world, number in turns(fixture)] == [
        ("newsroom", 0), ("newsroom", 1), ("babyai", 0), ("crafter", 0), ("babyai", 1), ("crafter", 1),
        ("babyai", 2),
    ]  # fmt: skip


def test_model_files_come_small_first_and_a_folder_without_any_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"holds no \.gguf"):
        model_files(tmp_path)
    (tmp_path / "a.gguf").write_bytes(b"GGUF" * 9)
    (tmp_path / "b.gguf").write_bytes(b"GGUF")
    assert [path.name for path in model_files(tmp_path)] == ["b.gguf", "a.gguf"]
    assert model_files(tmp_path / "a.gguf") == [tmp_path / "a.gguf"]


def gguf(path: Path, *keys: str) -> Path:
    """The head of a GGUF file with these keys: a string, an array of strings, and numbers before them."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    entries = [text("a.number") + struct.pack("<If", 6, 1.0)]
    entries.append(text("a.list") + struct.pack("<IIQ", 9, 8, 2) + text("x") + text("yy"))
    entries.append(text("a.row") + struct.pack("<IIQ", 9, 5, 3) + b"\0" * 12)
    entries += [text(key) + struct.pack("<I", 8) + text("{{ messages }}") for key in keys]
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries))
    return path


def test_a_gguf_without_a_chat_template_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    assert has_chat_template(gguf(tmp_path / "chat.gguf", "other", "tokenizer.chat_template"))
    bare = gguf(tmp_path / "base.gguf", "other")
    assert not has_chat_template(bare)
    with pytest.raises(LabError, match="no chat template"), local_chat(bare):
        pass


@pytest.mark.parametrize(
    ("body", "words"),
    [(None, "cannot be read"), (b"PK\x03\x04zip", "is no GGUF"), (b"GGUF\x03\0\0\0", "cut short")],
    ids=["absent", "other", "cut"],
)
def test_a_file_that_is_no_gguf_is_named(tmp_path: Path, body: bytes | None, words: str) -> None:
    path = tmp_path / "model.gguf"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(LabError, match=words):
        has_chat_template(path)


def test_a_model_too_large_for_memory_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Engine:
        class CommonParams:
            def __init__(self) -> None:
                self.model = self.cpuparams = self.cpuparams_batch = type("Part", (), {})()

        @staticmethod
        def Server(_settings: object) -> None:
            raise MemoryError

    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", Engine)
    path = gguf(tmp_path / "big.gguf", chats._TEMPLATE)
    with pytest.raises(LabError, match="out of memory"), local_chat(path):
        pass


# ── scores and commands ─────────────────────────────────────────────────────────────────────────────


def made(agent: str, environment: str, progress: float, illegal: int = 0) -> Episode:
    return Episode(
        form=FORM, environment=environment, task="t", agent=agent, seed=0, limit=10, code="", steps=10,
        illegal=illegal, reward=0.0, progress=progress,
    )  # fmt: skip


def test_a_score_is_the_mean_with_the_error_of_the_papers_formula() -> None:
    scored = score([made("a", "w", progress, 1) for progress in (0.0, 0.5, 1.0, 0.5)])
    assert (scored.value, scored.illegal) == (0.5, 0.1)
    assert scored.error == pytest.approx(np.std([0, 0.5, 1, 0.5]) / 2)
    both = combined([Score(value=0.2, error=0.03, episodes=5), Score(value=0.6, error=0.04, episodes=5)])
    assert (both.value, both.error) == (pytest.approx(0.4), pytest.approx(0.025))


def test_the_published_averages_are_the_means_of_their_parts() -> None:
    assert published_error() <= 0.05 + 1e-9


def test_agents_are_compared_on_the_worlds_that_all_of_them_played() -> None:
    lines = leaderboard([made("a", "x", 0.2), made("a", "y", 1.0), made("b", "x", 0.4, illegal=10)])
    assert [(line.agent, line.total.value) for line in lines] == [("b", 0.4), ("a", 0.2)]
    assert lines[0].silent == 1
    assert "b: no legal answer in 1 episodes" in as_text(lines)


def test_the_page_of_a_leaderboard_escapes_what_agents_are_called() -> None:
    page = as_page(leaderboard([made("<script>", "x&y", 0.5)]), "<b>")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "x&amp;y" in page


@pytest.mark.parametrize(
    ("dungeon", "experience", "chance"),
    [(1, 1, 0.0), (2, 1, 0.015), (1, 2, 0.018), (10, 1, 0.126), (3, 1, 0.015 + 0.011 / 3), (50, 30, 0.807)],
)
def test_nethacks_progress_is_the_better_of_two_milestones(
    dungeon: int, experience: int, chance: float
) -> None:
    assert nethack_progress(dungeon, experience) == pytest.approx(chance)


def used(*arguments: str) -> Any:
    return CliRunner().invoke(app, arguments)


def test_the_newsroom_command_prints_floor_and_oracle_beside_the_candidates(tmp_path: Path) -> None:
    agents = ["--agent", "embedded", "--agent", "sabotaged"]
    done = used("newsroom", *agents, "--days", "2", "--out", str(tmp_path), "--json")
    assert done.exit_code == 0, done.output
    lines = json.loads(done.stdout)
    assert {line["agent"] for line in lines[:2]} == {"oracle", "embedded"}
    assert {line["agent"] for line in lines} == {"oracle", "embedded", "sabotaged", "random"}
    assert "embedded" in (tmp_path / "leaderboard.html").read_text(encoding="utf-8")


def test_a_stand_in_of_full_skill_edits_as_the_oracle_does_and_one_without_does_not(tmp_path: Path) -> None:
    scores = {}
    for skill in (1.0, 0.0):
        with stand_in(skill, range(1000, 1002)) as url:
            name = f"stand-in {skill:g}"
            done = used(
                "newsroom",
                "--agent",
                name,
                "--days",
                "2",
                "--base-url",
                url,
                "--out",
                str(tmp_path),
                "--json",
            )
            assert done.exit_code == 0, done.output
            scores |= {line["agent"]: line["total"]["value"] for line in json.loads(done.stdout)}
    assert scores["stand-in 1"] == scores["oracle"] == 1
    assert scores["stand-in 0"] < 0.5


def test_two_prompts_of_one_model_are_two_agents_with_the_prompt_in_the_question(tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Be strict.", encoding="utf-8")
    with service(lambda _body: completion("hold")) as (url, bodies):
        for more in ([], ["--prompt", str(prompt)]):
            used(
                "newsroom",
                "--agent",
                "m",
                "--days",
                "1",
                "--base-url",
                url,
                "--out",
                str(tmp_path / "o"),
                *more,
            )
    assert "Be strict." not in bodies[0]["messages"][0]["content"]
    assert "Be strict." in bodies[-1]["messages"][0]["content"]
    assert len([p for p in (tmp_path / "o").iterdir() if p.is_dir() and p.name.startswith("m")]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--agent", "random", "--world", "chess"], "'chess'"),
        (["run", "--agent", "clever"], "'clever'"),
        (["newsroom", "--agent", "gguf:absent.gguf"], "absent.gguf"),
        (["newsroom", "--agent", "embedded", "--prompt", "absent.txt"], "absent.txt"),
        (
            ["newsroom", "--agent", "m", "--base-url", "http://127.0.0.1:9/v1", "--key-env", "NO_KEY"],
            "NO_KEY",
        ),
    ],
    ids=["world", "agent", "gguf", "prompt", "key"],
)
def test_what_cannot_be_used_is_named(arguments: list[str], words: str, tmp_path: Path) -> None:
    done = used(*arguments, "--out", str(tmp_path))
    assert isinstance(done.exception, LabError)
    assert words in done.exception.message


def test_a_world_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daybrief.labs.kit.lab._importable", lambda _name: False)
    for world in ("babyai", "crafter", "textworld", "minihack", "nethack"):
        with pytest.raises(LabUnmet) as missing:
            worlds([world])
        assert "pip install" in missing.value.hint
