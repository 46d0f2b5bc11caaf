"""The post-training lab: verifiers, copied text, losses by definition, runs that can be stopped."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from daybrief.errors import DaybriefError, LabError, LabUnmet
from daybrief.labs.posttrain.decontamination import Index, index_read, report, texts_of, tokens
from daybrief.labs.posttrain.preferences import ASPECTS, noisy_judge, preferences, relaxed
from daybrief.labs.posttrain.use import app
from daybrief.labs.posttrain.verifiers import CONSTRAINTS, VERIFIERS, constraint, gsm8k, math, verified
from tests.labs.chat_service import completion, service

ITEM = " ".join(f"w{n}" for n in range(20))

# ── verifiers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "truth", "accepted"),
    [
        ("6 apples and 7 pears make 13.", "13", True),
        ("So the answer is $1,234.", "1234", True),
        ("It falls to -5", "-5", True),
        ("It falls to 5", "-5", False),
        ("13 is the sum of 6 and 7", "13", False),
        ("no number at all", "13", False),
        ("#### 42", "#### 42", True),
    ],
)
def test_the_last_number_is_the_answer_to_a_word_problem(answer: str, truth: str, accepted: bool) -> None:
    assert gsm8k(answer, truth) is accepted


@pytest.mark.parametrize(
    ("answer", "truth", "accepted"),
    [
        (r"Thus $x = 3$ and so \boxed{\frac{1}{2}}.", r"\frac12", True),
        (r"\boxed{0.5}", r"\frac{1}{2}", True),
        (r"\boxed{\dfrac{3}{4}}", "3/4", True),
        (r"first \boxed{1}, then \boxed{2}", "2", True),
        (r"first \boxed{2}, then \boxed{1}", "2", False),
        ("The final answer is $12$. I hope it is correct.", "12", True),
        ("so we get $a^2$ and then $b^2$", "b^2", True),
        ("1,000", "1000", True),
        (r"\boxed{90^\circ}", "90", True),
        (r"\boxed{12\text{ cm}}", "12", True),
        (r"\boxed{\text{yes}}", "yes", True),
        (r"\boxed{\{1, \{2\}\}}", r"\{1,\{2\}\}", True),
        (r"\boxed{\frac{1}{0}}", "0", False),
        (r"\boxed{unclosed", "unclosed", False),
        ("", "1", False),
    ],
)
def test_any_candidate_of_a_mathematical_answer_may_equal_the_truth(
    answer: str, truth: str, accepted: bool
) -> None:
    assert math(answer, truth) is accepted


GOOD_AND_BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "keywords": ({"all": ["solar", "wind power"]}, "Solar beats wind power.", "Solar beats coal."),
    "forbidden": ({"any": ["bad"]}, "All is badly good.", "All is bad."),
    "keyword_count": ({"word": "tree", "least": 2}, "Tree by tree.", "One tree, two treetops."),
    "letter_count": ({"letter": "z", "most": 1}, "Zoo.", "Zigzag."),
    "word_count": ({"least": 3, "most": 4}, "One two three.", "One two."),
    "sentence_count": ({"least": 2}, "One. Two!", "One only."),
    "paragraph_count": ({"count": 2}, "One\n\nTwo", "One\nTwo"),
    "paragraph_first_word": ({"count": 2, "number": 2, "word": "then"}, "Now.\n\nThen so.", "Then.\n\nNow."),
    "bullet_count": ({"count": 2}, "* a\n* b", "* a\n* b\n* c"),
    "highlight_count": ({"least": 1}, "It is *vital* here.", "* one\n* two"),
    "section_count": ({"heading": "Part", "least": 2}, "Part 1\na\nPart 2\nb", "Part 1\na"),
    "title": ({}, "<<On bread>>\nText", "<<>>\nText"),
    "json": ({}, '```json\n{"a": 1}\n```', "{a: 1}"),
    "uppercase": ({}, "ALL LOUD 1", "All loud"),
    "lowercase": ({}, "all quiet 1", "All quiet"),
    "capital_words": ({"most": 1}, "The NASA plan", "The NASA and ESA plan"),
    "no_commas": ({}, "One and two", "One, two"),
    "starts_with": ({"phrase": "dear"}, "Dear all", "All, dear"),
    "ends_with": ({"phrase": "Any questions?"}, "So it is. Any questions?", "Any questions? No."),
    "quoted": ({}, '"All of it"', '"Some" of it'),
    "postscript": ({}, "Text\nP.S. One more", "Text\nP.S."),
    "placeholder_count": ({"least": 2}, "Dear [name] of [city]", "Dear [name]"),
    "two_answers": ({}, "One\n******\nTwo", "One\n******\nOne"),
    "repeats_prompt": ({"prompt": "What is it?"}, "What is it? A tree.", "A tree. What is it?"),
    "language": ({"code": "ko"}, "\ub098\ubb34\uc785\ub2c8\ub2e4", "A tree"),
    "one_of": ({"options": ["My answer is yes."]}, "My answer is yes.", "Yes."),
}


def test_every_constraint_has_a_case() -> None:
    assert set(GOOD_AND_BAD) == set(CONSTRAINTS)


@pytest.mark.parametrize("name", sorted(GOOD_AND_BAD))
def test_a_constraint_accepts_what_keeps_it_and_refuses_what_does_not(name: str) -> None:
    arguments, good, bad = GOOD_AND_BAD[name]
    assert constraint(good, {"name": name, **arguments})
    assert not constraint(bad, {"name": name, **arguments})


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
@pytest.mark.parametrize("text", ["", " ", "\n" * 50, "[" * 3000, "\\boxed{" * 500, "*" * 3000, "\0\ud7a3"])
def test_no_text_breaks_a_verifier(name: str, text: str) -> None:
    assert isinstance(constraint(text, {"name": name, **GOOD_AND_BAD[name][0]}), bool)
    assert isinstance(math(text, "1"), bool)
    assert isinstance(gsm8k(text, "1"), bool)


@pytest.mark.parametrize(
    ("name", "truth", "says"),
    [
        ("nonsense", "1", "not known"),
        ("no_such_module:check", "1", "cannot be had"),
        ("gsm8k", "none", "holds no number"),
        ("constraint", {"name": "shouting"}, "not known"),
        ("constraint", {"name": "word_count"}, "without a bound"),
        ("constraint", {"name": "word_count", "leest": 3}, "cannot take"),
        ("constraint", [], "no constraint"),
        ("constraint", {"name": "language", "code": "xx"}, "not known"),
        ("operator:truediv", 0, "broke on"),
    ],
)
def test_a_verifier_that_cannot_judge_says_why(name: str, truth: Any, says: str) -> None:
    with pytest.raises(LabError, match=says) as caught:
        verified(name, "an answer", truth)
    assert caught.value.hint


def test_the_registry_needs_no_torch() -> None:
    import subprocess
    import sys

    code = "import sys; import daybrief.labs.posttrain.verifiers; assert 'torch' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert set(VERIFIERS) >= {"gsm8k", "math", "constraint"}


# ── copied text ─────────────────────────────────────────────────────────────────────────────────────


def words(*spans: tuple[int, int]) -> str:
    """Spans of the item's words, other words between them."""
    return " other words here ".join(" ".join(f"w{n}" for n in range(*span)) for span in spans)


@pytest.mark.parametrize(
    ("text", "score"),
    [
        (ITEM, 1.0),
        (f"before {ITEM} after", 1.0),
        (ITEM.upper().replace(" ", ", "), 1.0),
        (words((0, 8)), 0.4),
        (words((0, 10)), 0.5),
        (words((0, 11)), 0.55),
        (words((0, 8), (12, 20)), 0.8),
        (words((0, 7), (7, 14), (14, 20)), 0.0),
        (" ".join(reversed(ITEM.split())), 0.0),
    ],
)
def test_a_score_is_the_share_of_tokens_in_shared_runs_of_eight(text: str, score: float) -> None:
    assert Index([("d", text)]).scores(ITEM).get("d", 0.0) == pytest.approx(score)


def test_half_of_an_item_is_no_overlap_and_more_is() -> None:
    half, more = (report({"i": ITEM}, Index([("d", words((0, n)))])) for n in (10, 11))
    assert (half.overlaps, half.removed, half.contaminated) == ((), (), False)
    assert (more.share, more.removed, more.contaminated) == (1.0, ("d",), True)


def test_tokens_are_united_within_a_document_and_never_across() -> None:
    index = Index([("a", words((0, 10))), ("b", words((10, 20)))])
    assert report({"i": ITEM}, index).overlaps == ()


def test_a_set_is_contaminated_above_two_in_a_hundred_items() -> None:
    items = {f"i{n}": f"{ITEM} {n}" if n < 2 else f"nothing {n} alike" for n in range(100)}
    assert not report(items, Index([("d", ITEM)])).contaminated
    items["i2"] = f"{ITEM} 2"
    assert report(items, Index([("d", ITEM)])).contaminated


def test_every_document_that_copies_an_item_goes_and_short_items_are_counted() -> None:
    contamination = report(
        {"i": ITEM, "short": "two words"}, Index([("a", ITEM), ("b", ITEM + " x"), ("c", "no")])
    )
    assert contamination.removed == ("a", "b")
    assert contamination.short == 1


def test_operators_and_code_survive_the_split_into_tokens() -> None:
    assert tokens("If x+=1, then (y) != f_2;") == ["if", "x+=1", "then", "y", "!=", "f_2"]


def test_an_index_is_the_same_after_a_file(tmp_path: Path) -> None:
    index = Index([("a", ITEM), ("b", "caf\u00e9 \u2028 and more")])
    index.save(tmp_path / "index.ndjson")
    lines = (tmp_path / "index.ndjson").read_bytes().split(b"\n")
    assert json.loads(lines[0]) == {"index": {"_index": "train", "_id": "a"}}
    again = index_read(tmp_path / "index.ndjson")
    assert len(again) == 2
    assert again.scores(ITEM) == index.scores(ITEM)


def test_only_what_a_user_says_is_compared(tmp_path: Path) -> None:
    place = tmp_path / "train.jsonl"
    rows = [
        {
            "id": "chat",
            "messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": ITEM}],
        },
        {"question": "q"},
    ]
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert texts_of(place) == {"chat": "hi", "train.jsonl:2": "q"}


# ── preferences ─────────────────────────────────────────────────────────────────────────────────────


def by_length(_prompt: str, answer: str) -> Mapping[str, int]:
    return dict.fromkeys(ASPECTS, min(5, max(1, len(answer))))


def test_the_best_mean_is_chosen_and_the_model_itself_always_takes_part() -> None:
    answers = {
        "own": ["aa"] * 40,
        "x": ["a"] * 40,
        "y": ["aaa"] * 40,
        "z": ["aaaa"] * 40,
        "v": ["aaaaa"] * 40,
    }
    pairs = preferences(["p"] * 40, answers, [by_length], np.random.default_rng(0), on_policy="own", count=2)
    assert all("own" in pair.authors for pair in pairs)
    assert all(len(pair.chosen) > len(pair.rejected) for pair in pairs)
    assert len({pair.authors for pair in pairs}) == 4


def test_answers_that_are_all_alike_give_no_pair() -> None:
    same = {"own": ["a"], "x": ["a"]}
    assert preferences(["p"], same, [by_length], np.random.default_rng(0), on_policy="own") == []
    assert [pair.prompt for pair in relaxed(["p", "q"], ["a", "b"], ["a", "c"])] == ["q"]


def test_a_noisy_judge_is_right_as_often_as_asked_and_likes_length() -> None:
    judge = noisy_judge(lambda _p, a: a == "right", np.random.default_rng(0), right=0.85, taste=0.0)
    marks = [judge("p", "right")["honesty"] for _ in range(2000)]
    assert np.mean(np.array(marks) == 4) == pytest.approx(0.85, abs=0.03)
    fond = noisy_judge(lambda _p, _a: True, np.random.default_rng(0), right=1.0, taste=1.0, longest=10)
    long, short = (np.mean([fond("p", "a" * n)["honesty"] for _ in range(500)]) for n in (10, 2))
    assert long - short == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: preferences(["p"], {"x": ["a"]}, [by_length], np.random.default_rng(0), on_policy="own"),
            "own",
        ),
        (lambda: preferences(["p"], {"own": ["a"]}, [], np.random.default_rng(0), on_policy="own"), "nobody"),
        (
            lambda: preferences(
                ["p"],
                {"own": ["a"], "x": ["b"]},
                [lambda _p, _a: {}],
                np.random.default_rng(0),
                on_policy="own",
            ),
            "marks helpfulness",
        ),
        (lambda: relaxed(["p"], [], []), "cannot be paired"),
        (lambda: Index([("a", "x"), ("a", "y")]), "two documents"),
        (lambda: Index(n=0), "n-gram of 0"),
        (lambda: report({}, Index([("a", "x")])), "0 items"),
    ],
)
def test_what_cannot_be_paired_or_indexed_is_said(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(LabError, match=says):
        call()


# ── commands ────────────────────────────────────────────────────────────────────────────────────────


def write_lines(place: Path, rows: list[dict[str, Any]]) -> Path:
    place.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return place


def test_a_training_file_is_cleaned_of_what_a_test_file_asks(tmp_path: Path) -> None:
    train = write_lines(
        tmp_path / "train.jsonl", [{"id": "a", "prompt": ITEM}, {"id": "b", "prompt": "else"}]
    )
    test = write_lines(tmp_path / "test.jsonl", [{"id": "t", "question": ITEM}])
    out, index = tmp_path / "clean.jsonl", tmp_path / "index.ndjson"
    done = CliRunner().invoke(
        app, ["decontaminate", str(train), str(test), "--out", str(out), "--index", str(index)]
    )
    assert done.exit_code == 0, done.output
    assert "100.0%\tyes\t1" in done.output
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["b"]
    assert len(index_read(index)) == 2
    kept = json.loads(out.with_suffix(".report.json").read_text())
    assert kept[str(test)]["overlaps"] == [{"item": "t", "document": "a", "score": 1.0}]


def test_answers_of_a_file_are_judged(tmp_path: Path) -> None:
    rows = [
        {"answer": "it is 7", "truth": "7", "verifier": "gsm8k"},
        {"id": "x", "answer": "One, two", "constraints": [{"name": "no_commas"}]},
        {"answer": " yes ", "truth": "yes"},
    ]
    done = CliRunner().invoke(app, ["verify", str(write_lines(tmp_path / "a.jsonl", rows))])
    assert done.output == "1\taccepted\nx\trefused\n3\taccepted\n2 of 3 accepted\n"
    listed = CliRunner().invoke(app, ["verify", "--list"]).output.splitlines()
    assert len(listed) == len(VERIFIERS) + len(CONSTRAINTS)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("", "no records"),
        ("{", "no object"),
        ("[1]", "no object"),
        ('{"truth": 1}', "no user turn"),
        ('{"id": 1, "prompt": "a"}\n{"id": 1, "prompt": "b"}', "is taken"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_and_nothing_is_written(
    lines: str, says: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(lines, encoding="utf-8")
    good = write_lines(tmp_path / "good.jsonl", [{"prompt": ITEM}])
    out = tmp_path / "out.jsonl"
    for files in ((bad, good), (good, bad)):
        done = CliRunner().invoke(app, ["decontaminate", *map(str, files), "--out", str(out)])
        assert isinstance(done.exception, DaybriefError)
        assert says in done.exception.message
        assert not out.exists()


# ── arithmetic of the losses ────────────────────────────────────────────────────────────────────────

torch = pytest.importorskip("torch", reason='the lab needs torch: pip install "daybrief[lab-posttrain]"')

from daybrief.labs.posttrain import copies, study, tasks  # noqa: E402
from daybrief.labs.posttrain.dpo import (  # noqa: E402
    Cached,
    Pair,
    PreferenceTuning,
    cached,
    preference_loss,
    summed_logprobs,
)
from daybrief.labs.posttrain.evaluation import Suite, Task, evaluate  # noqa: E402
from daybrief.labs.posttrain.finetuning import Example, FineTuning, accumulate  # noqa: E402
from daybrief.labs.posttrain.policies import (  # noqa: E402
    Batch,
    Decoder,
    Shape,
    answer_logprobs,
    batch_of,
    sampled,
)
from daybrief.labs.posttrain.rlvr import (  # noqa: E402
    Grpo,
    Ppo,
    Rollout,
    Scalar,
    Settings,
    advantages,
    divergence,
    group_advantages,
    token_rewards,
    whitened,
)
from daybrief.labs.posttrain.training import Schedule, finished  # noqa: E402


def small(seed: int = 0) -> Decoder:
    return Decoder(Shape(len(tasks.ALPHABET), 16, 1, 2, 24), end=tasks.END, pad=tasks.PAD, seed=seed)


EXAMPLES = [Example(tasks.encode(p), [*tasks.encode(a), tasks.END]) for p, a in
            (("R", "a"), ("Rb4=", "bbbb"), ("12+3=", "51"), ("Kab=", "abcde"))]  # fmt: skip


def test_padding_changes_no_logit_and_generation_follows_the_logits() -> None:
    policy = small()
    alone = answer_logprobs(policy, batch_of([EXAMPLES[0].prompt], [EXAMPLES[0].answer], 0)).sum()
    beside = summed_logprobs(policy, [e.prompt for e in EXAMPLES], [e.answer for e in EXAMPLES])
    assert float(beside[0].detach()) == pytest.approx(float(alone.detach()), abs=1e-5)
    greedy = sampled(policy, [e.prompt for e in EXAMPLES], 6, 0.0, torch.Generator())
    for example, answer in zip(EXAMPLES, greedy, strict=True):
        known = list(example.prompt)
        for token in answer:
            batch = batch_of([known], [[]], 0)
            scores = policy.logits(Batch(*(field[:, :-1] for field in batch)))[0, -1]
            assert int(scores.argmax()) == token
            known.append(token)


def gradients(policy: Any) -> Any:
    return torch.cat([p.grad.flatten() for p in policy.parameters() if p.grad is not None])


def test_summed_token_losses_give_the_same_step_however_a_batch_is_cut_and_means_do_not() -> None:
    cuts = ([EXAMPLES], [EXAMPLES[:1], EXAMPLES[1:]], [[e] for e in EXAMPLES])
    for averaging, alike in (("token_sum", True), ("batch_mean", False)):
        steps = []
        for cut in cuts:
            policy = small()
            accumulate(policy, cut, averaging)  # type: ignore[arg-type]
            steps.append(gradients(policy))
        same = [bool(torch.allclose(steps[0], other, atol=1e-6)) for other in steps[1:]]
        assert same == [alike, alike]


PAIRS = [Pair(e.prompt, e.answer, [*e.answer[:-1], 9, 9, tasks.END]) for e in EXAMPLES]


@pytest.mark.parametrize("normalised", [True, False])
def test_separate_passes_give_the_gradient_of_the_joint_loss(normalised: bool) -> None:
    reference = cached(small(1), PAIRS)
    run = PreferenceTuning(small(), PAIRS, reference, beta=2.0, normalised=normalised, batch=4)
    run._backward([0, 1, 2, 3])
    joint = small()
    prompts = [p.prompt for p in PAIRS]
    chosen = summed_logprobs(joint, prompts, [p.chosen for p in PAIRS])
    rejected = summed_logprobs(joint, prompts, [p.rejected for p in PAIRS])
    lengths = torch.tensor([[len(p.chosen), len(p.rejected)] for p in PAIRS]).T
    ours, theirs = chosen - reference.chosen, rejected - reference.rejected
    if normalised:
        ours, theirs = ours / lengths[0], theirs / lengths[1]
    (-torch.log(torch.sigmoid(2.0 * (ours - theirs)))).mean().backward()
    assert torch.allclose(gradients(run._policy), gradients(joint), atol=1e-6)


def reward_of_odd(_rows: Any, answers: Any) -> list[float]:
    """Ten for every answer of an odd number of tokens."""
    return [10.0 * (len(answer) % 2) for answer in answers]


def gradients_of(run: Any) -> list[Any]:
    """The gradients of the first step of a run, in order of the models: its optimisers do not move them."""
    models = [run._policy] if isinstance(run, PreferenceTuning) else [run.policy]
    models += [run.value] if isinstance(run, Ppo) else []
    for name in ("_optimiser", "_actor", "_critic"):
        if hasattr(run, name):
            setattr(run, name, SimpleNamespace(apply=lambda _step: None))
    run.step()
    return [gradients(model) for model in models]


@pytest.mark.parametrize("kind", ["dpo", "ppo", "grpo"])
def test_a_step_in_parts_is_the_step_of_the_whole_batch(kind: str) -> None:
    def begun(micro: int | None) -> Any:
        policy, still = small(), small(1)
        if kind == "dpo":
            return PreferenceTuning(policy, PAIRS, cached(still, PAIRS), batch=4, micro=micro)
        settings = Settings(steps=1, prompts=4, group=2, longest=3, passes=1, micro=micro)
        shared: tuple[Any, ...] = (
            lambda batch: answer_logprobs(still, batch), [e.prompt for e in EXAMPLES], reward_of_odd,
            settings,
        )  # fmt: skip
        return Ppo(policy, Scalar(small(), 16), *shared) if kind == "ppo" else Grpo(policy, *shared)

    whole = gradients_of(begun(None))
    for micro in (1, 3):
        for ours, theirs in zip(gradients_of(begun(micro)), whole, strict=True):
            assert theirs.abs().max() > 1e-4
            assert torch.allclose(ours, theirs, atol=1e-6)


def test_only_the_places_before_answer_tokens_are_scored() -> None:
    policy, scored = small(), []
    policy.out.register_forward_hook(lambda _module, _given, scores: scored.append(scores.shape[1]))
    batch = batch_of([[3] * 12, [4] * 9], [[5, 6], [7]], 0)
    logprobs = answer_logprobs(policy, batch)
    assert scored == [3]
    whole = policy.logits(batch).log_softmax(-1)[:, :-1].gather(-1, batch.tokens[:, 1:, None])[..., 0]
    assert torch.allclose(logprobs, whole * batch.answer[:, 1:], atol=1e-6)


def test_a_policy_that_is_its_own_reference_has_the_loss_of_a_coin() -> None:
    zero = torch.zeros(2)
    loss = preference_loss(zero - 3, zero - 9, Cached(zero - 3, zero - 9), (zero + 2, zero + 5), 5.0)
    assert loss.tolist() == pytest.approx([np.log(2)] * 2)


def rollout(scores: list[float], ended: list[bool], gap: float = 0.5) -> Rollout:
    batch = batch_of([[3], [3, 4]], [[5, 1], [5, 6, 7]], 0)
    marked = batch.answer[:, 1:].float()
    return Rollout(batch, marked * gap, marked * 0, torch.tensor(scores), torch.tensor(ended))


def test_a_token_pays_for_its_divergence_and_the_last_one_takes_the_score() -> None:
    rewards = token_rewards(rollout([10.0, 10.0], [True, False]), 0.1)
    assert rewards[0].tolist() == pytest.approx([0, -0.05, 9.95, 0])
    assert rewards[1].tolist() == pytest.approx([0, -0.05, -0.05, -10.05])
    assert divergence(rollout([0.0, 0.0], [True, True])) == pytest.approx((1.0 + 1.5) / 2)


def test_advantages_are_those_of_their_definition() -> None:
    rewards = torch.tensor([[0.0, 1.0, -1.0, 5.0, 0.0]])
    values = torch.tensor([[9.0, 0.5, 0.25, 2.0, 9.0]])
    marked = torch.tensor([[False, True, True, True, False]])
    estimates, returns = advantages(rewards, values, marked, 0.95)
    surprises = [1.0 + 0.25 - 0.5, -1.0 + 2.0 - 0.25, 5.0 - 2.0]
    last = surprises[2]
    middle = surprises[1] + 0.95 * last
    first = surprises[0] + 0.95 * middle
    assert estimates[0].tolist() == pytest.approx([0, first, middle, last, 0])
    assert returns[0].tolist() == pytest.approx([0, first + 0.5, middle + 0.25, last + 2.0, 0])
    white = whitened(estimates, marked)[marked]
    assert (float(white.mean()), float(white.std(unbiased=False))) == pytest.approx((0, 1), abs=1e-5)


def test_a_group_is_held_against_itself_and_equal_rewards_teach_nothing() -> None:
    relative = group_advantages(torch.tensor([10.0, 0.0, 5.0, 5.0]), 2)
    assert relative.tolist() == pytest.approx([1, -1, 0, 0], abs=1e-4)


def test_the_schedule_rises_then_falls_to_nothing() -> None:
    rates = [Schedule(1.0, 10, warmup=0.2).at(step) for step in range(10)]
    assert rates[:3] == pytest.approx([0.5, 1.0, 1.0])
    assert rates[9] == pytest.approx(1 / 8)
    assert rates == sorted(rates[:2]) + sorted(rates[2:], reverse=True)


# ── learning ────────────────────────────────────────────────────────────────────────────────────────


def reward_of_a(_rows: Any, answers: Any) -> list[float]:
    """Ten for every answer that begins with an `a`."""
    return [10.0 if answer[:1] == tasks.encode("a") else 0.0 for answer in answers]


def reinforce(method: type, beta: float, steps: int = 20) -> tuple[float, float]:
    policy = small()
    either = [Example(e.prompt, [*tasks.encode(a), tasks.END]) for e in EXAMPLES for a in "ab"]
    finished(FineTuning(policy, either, epochs=20, batch=8, rate=1e-2))
    still = small()
    still.load_state_dict(policy.state_dict())
    settings = Settings(
        steps=steps, prompts=8, group=4, longest=3, beta=beta, rate=1e-2, value_rate=1e-2, passes=2
    )
    body: tuple[Any, ...] = (Scalar(small(), 16),) if method is Ppo else ()
    run = method(
        policy, *body, lambda batch: answer_logprobs(still, batch), [e.prompt for e in EXAMPLES], reward_of_a,
        settings,
    )  # fmt: skip
    last = finished(run)
    return last["accepted"], last["kl"]


@pytest.mark.parametrize("method", [Ppo, Grpo])
def test_what_a_program_rewards_is_learned_and_a_high_beta_holds_the_model_near(method: type) -> None:
    accepted, far = reinforce(method, 0.01)
    assert accepted > 0.9
    _, near = reinforce(method, 100.0, steps=10)
    assert near < far / 3


def test_preferences_are_learned() -> None:
    policy = small()
    run = PreferenceTuning(policy, PAIRS, beta=5.0, batch=4, epochs=30, rate=3e-3)
    before = summed_logprobs(policy, [p.prompt for p in PAIRS], [p.rejected for p in PAIRS]).mean()
    last = finished(run)
    after = summed_logprobs(policy, [p.prompt for p in PAIRS], [p.rejected for p in PAIRS]).mean()
    assert last["right"] == 1.0
    assert float(after.detach()) < float(before.detach())


@pytest.mark.parametrize("kind", ["sft", "dpo", "ppo", "grpo"])
def test_a_run_taken_up_again_ends_with_the_same_weights(kind: str) -> None:
    def begun(policy: Any) -> Any:
        settings = Settings(steps=4, prompts=4, group=2, longest=3, rate=1e-2, passes=1)
        still = small()
        shared: tuple[Any, ...] = (
            lambda batch: answer_logprobs(still, batch), [e.prompt for e in EXAMPLES], reward_of_a, settings,
        )  # fmt: skip
        return {
            "sft": lambda: FineTuning(policy, EXAMPLES, epochs=4, batch=2, rate=1e-2),
            "dpo": lambda: PreferenceTuning(
                policy, PAIRS, cached(small(), PAIRS), batch=2, epochs=2, rate=1e-2
            ),
            "ppo": lambda: Ppo(policy, Scalar(small(), 16), *shared),
            "grpo": lambda: Grpo(policy, *shared),
        }[kind]()

    whole, stopped, taken_up = small(), small(), small()
    finished(begun(whole))
    first = begun(stopped)
    first.step()
    first.step()
    state = first.state()
    taken_up.load_state_dict(stopped.state_dict())
    second = begun(taken_up)
    second.restore(state)
    assert second.done == 2
    finished(second)
    for ours, theirs in zip(whole.parameters(), taken_up.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    policy = small()
    with torch.no_grad():
        policy.out.weight.fill_(float("nan"))
    with pytest.raises(LabError, match="loss is nan"):
        finished(FineTuning(policy, EXAMPLES, epochs=1, batch=2))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: batch_of([], [], 0), "make no batch"),
        (lambda: FineTuning(small(), []), "needs examples"),
        (lambda: PreferenceTuning(small(), []), "needs pairs"),
        (lambda: Grpo(small(), answer_logprobs, [[3]], reward_of_a, Settings(steps=1)), "nothing to compare"),  # type: ignore[arg-type]
        (lambda: small().logits(batch_of([[3] * 30], [[4]], 0)), "more than the decoder"),
        (lambda: evaluate(small(), study.CODEC, Suite("empty", ()), longest=3), "is empty"),
    ],
)
def test_what_cannot_be_trained_or_scored_is_said(call: Callable[[], Any], says: str) -> None:
    with pytest.raises(LabError, match=says):
        call()


# ── the tiny families, and planted copies ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("family", sorted(tasks.problems()))
def test_solutions_are_accepted_and_mistakes_are_not(family: str) -> None:
    rng = np.random.default_rng(0)
    for problem in tasks.problems()[family][:60]:
        assert tasks.accepts(problem.prompt, tasks.solution(problem.prompt, rng)), problem
        assert not tasks.accepts(problem.prompt, tasks.mistake(problem.prompt, rng)), problem
        assert tasks.decode(tasks.encode(problem.prompt)) == problem.prompt


def test_held_out_problems_are_never_demonstrated_and_one_family_is_never_shown() -> None:
    shown = {prompt for prompt, _ in tasks.demonstrations(3000, np.random.default_rng(0))}
    by_prompt = {p.prompt: p for family in tasks.problems().values() for p in family}
    assert not any(tasks.held_out(by_prompt[prompt]) for prompt in shown)
    assert {by_prompt[prompt].family for prompt in shown} == {*tasks.TRAINED, "frame"}


def test_the_rule_finds_copies_and_no_paraphrase() -> None:
    recalls = copies.recall(200, 50, np.random.default_rng(0))
    assert (recalls.caught["verbatim"], recalls.caught["cut60"]) == (1.0, 1.0)
    assert (recalls.caught["cut40"], recalls.caught["paraphrase"], recalls.unrelated) == (0.0, 0.0, 0.0)


def test_a_suite_is_scored_greedily_and_by_draws() -> None:
    tasks_ = (Task("Rb4=", "x", "exact"), Task("Ra2=", "y", "exact"))
    score = evaluate(small(), study.CODEC, Suite("s", tasks_), longest=4, draws=2)
    assert (score.greedy, score.sampled) == (0.0, 0.0)
    assert 1 <= score.length <= 4


# ── models of transformers ──────────────────────────────────────────────────────────────────────────

pytest.importorskip("transformers", reason='pip install "daybrief[lab-posttrain]"')
pytest.importorskip("peft", reason='pip install "daybrief[lab-posttrain]"')

from daybrief.labs.posttrain import adapters, judging, recipes  # noqa: E402
from daybrief.labs.posttrain.recipes import recipe_read, run_recipe  # noqa: E402

VOCABULARY = "<pad> </s> <unk> 0 1 2 3 4 5 6 7 8 9 what is the sum of and yes no".split()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of random weights with a tokenizer of whole words, in a folder."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = tmp_path_factory.mktemp("base")
    words_ = Tokenizer(models.WordLevel({w: n for n, w in enumerate(VOCABULARY)}, unk_token="<unk>"))
    words_.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=words_, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    sizes = LlamaConfig(
        vocab_size=len(VOCABULARY), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=64, pad_token_id=0,
        eos_token_id=1, bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(sizes).save_pretrained(folder)
    return folder


RECIPE = """
model = "{base}"
out = "{out}"
checkpoint_steps = 1
{lora}
[[stage]]
kind = "decontaminate"
train = "sft.jsonl"
tests = ["dev.jsonl"]
[[stage]]
kind = "sft"
data = "sft.jsonl"
batch = 6
micro = 4
rate = 1e-2
epochs = 1
[[stage]]
kind = "dpo"
data = "pairs.jsonl"
batch = 3
rate = 1e-3
[[stage]]
kind = "rlvr"
method = "{method}"
data = "rlvr.jsonl"
steps = 2
prompts = 3
group = 2
answer = 3
rate = 1e-3
[[stage]]
kind = "evaluate"
suites = ["dev.jsonl"]
unseen = ["rlvr.jsonl"]
answer = 3
"""


def recipe(folder: Path, base: Path, *, lora: bool, method: str = "ppo", out: str = "run") -> Path:
    records = [{"prompt": f"what is the sum of {a} and {b}", "answer": "yes" if a > b else "no"}
            for a in range(4) for b in range(3)]  # fmt: skip
    copied = {"prompt": "what is the sum of 1 and 2 and 3 and 4", "answer": "no"}
    write_lines(folder / "sft.jsonl", [*records, copied])
    write_lines(folder / "dev.jsonl", [{"prompt": copied["prompt"], "truth": "no"}])
    write_lines(
        folder / "pairs.jsonl",
        [{"prompt": f"sum {n}", "chosen": "yes", "rejected": "no no"} for n in range(3)],
    )
    limits = [{"name": "word_count", "most": 2}]
    write_lines(folder / "rlvr.jsonl", [{"prompt": f"sum of {n}", "constraints": limits} for n in range(3)])
    place = folder / f"{out}.toml"
    sizes = "lora = { rank = 2 }" if lora else ""
    place.write_text(RECIPE.format(base=base, out=out, lora=sizes, method=method), encoding="utf-8")
    return place


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
@pytest.mark.parametrize(("lora", "method"), [(True, "ppo"), (False, "grpo")])
def test_a_recipe_runs_all_stages_and_its_model_opens_again(
    lora: bool, method: str, base: Path, tmp_path: Path
) -> None:
    out = run_recipe(recipe_read(recipe(tmp_path, base, lora=lora, method=method)))
    assert [p.name for p in sorted(out.iterdir())] == [
        "01-decontaminate", "02-sft", "03-dpo", "04-rlvr", "05-evaluate",
    ]  # fmt: skip
    assert len((out / "01-decontaminate" / "cleaned.jsonl").read_text().splitlines()) == 11
    scores = json.loads((out / "05-evaluate" / "scores.json").read_text())
    assert [row["unseen"] for row in scores.values()] == [False, True]
    assert not list(out.glob("*/checkpoint.pt"))
    known = adapters.opened(base)
    if lora:
        import peft

        folder = next((out / "04-rlvr" / "model").glob("**/adapter_config.json")).parent
        trained = peft.PeftModel.from_pretrained(known.model, folder)
    else:
        trained = adapters.opened(out / "04-rlvr" / "model").model
    batch = batch_of([[3, 4]], [[5]], 0)
    saved = torch.load(out / "04-rlvr" / "weights.pt", weights_only=True)["weights"]
    moved = [p for n, p in trained.named_parameters() if not lora or "lora_" in n]
    assert len(moved) == len(saved)
    assert all(torch.equal(a.detach(), b) for a, b in zip(moved, saved.values(), strict=True))
    assert trained(input_ids=batch.tokens).logits.shape[-1] == len(VOCABULARY)


def test_checkpointed_layers_run_twice_give_the_same_gradients_and_leave_generation_its_cache(
    base: Path,
) -> None:
    def measured(*, kept: bool) -> tuple[Any, int, list[list[int]], int]:
        policy, runs = adapters.whole(adapters.opened(base)), []
        if not kept:
            policy.checkpointed()
        policy.model.model.layers[0].self_attn.register_forward_hook(lambda *_: runs.append(0))
        answer_logprobs(policy, batch_of([[13, 14], [5]], [[19, 1], [20, 19, 1]], 0)).sum().backward()
        passes = len(runs)
        answers = sampled(policy, [[13, 14]], 5, 0.0, torch.Generator())
        return gradients(policy), passes, answers, len(runs) - passes

    kept, again = measured(kept=True), measured(kept=False)
    assert torch.equal(kept[0], again[0])
    assert (kept[1], again[1]) == (1, 2)
    assert kept[2:] == again[2:]
    assert again[3] == len(again[2][0])  # a pass for every token: the cache is kept


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_coarse_weights_stay_as_they_are_under_adapters_of_full_precision(base: Path, tmp_path: Path) -> None:
    place = recipe(tmp_path, base, lora=True)
    place.write_text(
        f'model = "{base}"\nout = "run"\ndtype = "bfloat16"\ngradient_checkpointing = true\n'
        'lora = { rank = 2 }\n[[stage]]\nkind = "sft"\ndata = "sft.jsonl"\nbatch = 12\nepochs = 1\n'
        '[[stage]]\nkind = "rlvr"\ndata = "rlvr.jsonl"\nmethod = "grpo"\nsteps = 1\nprompts = 2\ngroup = 2\n'
        "answer = 3\nmicro = 2\n",
        encoding="utf-8",
    )
    out = run_recipe(recipe_read(place))
    saved = torch.load(out / "02-rlvr" / "weights.pt", weights_only=True)["weights"]
    assert {value.dtype for value in saved.values()} == {torch.float32}
    known = adapters.opened(base, dtype="bfloat16")
    assert {value.dtype for value in known.model.parameters()} == {torch.bfloat16}
    place.write_text(place.read_text().replace("lora = { rank = 2 }", ""), encoding="utf-8")
    with pytest.raises(LabError, match="too coarse"):
        recipe_read(place)


class Stopped(Exception):
    """The error that ends a run in a test."""


def test_a_killed_run_ends_the_same(base: Path, tmp_path: Path) -> None:
    whole = run_recipe(recipe_read(recipe(tmp_path, base, lora=True, out="whole")))
    stopped = recipe_read(recipe(tmp_path, base, lora=True, out="stopped"))

    def stop_at(where: str) -> Callable[[str], None]:
        def tell(text: str) -> None:
            if text.startswith(where):
                raise Stopped(text)

        return tell

    for where in ("02-sft: step 2", "03-dpo", "04-rlvr: step 1", "05-evaluate"):
        with pytest.raises(Stopped):
            run_recipe(stopped, stop_at(where))
    out = run_recipe(stopped)
    for stage in ("02-sft", "03-dpo", "04-rlvr"):
        ours, theirs = (
            torch.load(folder / stage / "weights.pt", weights_only=True)["weights"] for folder in (whole, out)
        )
        assert all(torch.equal(ours[name], theirs[name]) for name in ours), stage
    assert (whole / "05-evaluate/scores.json").read_text() == (out / "05-evaluate/scores.json").read_text()


def test_a_stage_of_other_settings_is_refused(base: Path, tmp_path: Path) -> None:
    place = recipe(tmp_path, base, lora=True)
    run_recipe(recipe_read(place))
    place.write_text(place.read_text().replace("rate = 1e-2", "rate = 2e-2"), encoding="utf-8")
    with pytest.raises(LabError, match="other settings"):
        run_recipe(recipe_read(place))


def test_pairs_are_made_of_the_models_own_answers(base: Path, tmp_path: Path) -> None:
    place = recipe(tmp_path, base, lora=True)
    stage = '[[stage]]\nkind = "dpo"\nprompts = "rlvr.jsonl"\nanswer = 3\n'
    place.write_text(place.read_text().partition("[[stage]]")[0] + stage, encoding="utf-8")
    out = run_recipe(recipe_read(place))
    rows = [json.loads(line) for line in (out / "01-dpo" / "pairs.jsonl").read_text().splitlines()]
    assert rows
    for row in rows:
        assert len(row["chosen"].split()) <= 2 < len(row["rejected"].split())


def last_message(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def marks(**changed: Any) -> str:
    return json.dumps({name: 3 for name in ASPECTS} | {k.replace("_", " "): v for k, v in changed.items()})


def test_a_pool_answers_and_judges_choose_and_nobody_is_asked_twice(base: Path, tmp_path: Path) -> None:
    def judged(order: str) -> str:
        return f"Here you are: {marks(honesty=5 if 'even better' in order else 2)}"

    with (
        service(lambda _body: completion("even better")) as (pool, answered),
        service(lambda body: completion(judged(last_message(body)))) as (judge, questions),
    ):
        place = recipe(tmp_path, base, lora=True)
        stage = (
            '[[stage]]\nkind = "dpo"\nprompts = "pairs.jsonl"\nanswer = 3\nbatch = 3\n'
            f'pool = [{{ base_url = "{pool}", model = "peer" }}]\n'
            f'judges = [{{ base_url = "{judge}", model = "one" }},'
            f' {{ base_url = "{judge}", model = "two" }}]\n'
        )
        place.write_text(place.read_text().partition("[[stage]]")[0] + stage, encoding="utf-8")
        out = run_recipe(recipe_read(place))
        rows = [json.loads(line) for line in (out / "01-dpo" / "pairs.jsonl").read_text().splitlines()]
        assert {row["chosen"] for row in rows} == {"even better"}
        assert {row["authors"][0] for row in rows} == {"1 peer"}
        assert list(map(last_message, answered)) == [f"sum {n}" for n in range(3)]
        before = len(questions)
        for name in ("pairs.jsonl", "done.json"):
            (out / "01-dpo" / name).unlink()
        kept = out / "01-dpo" / "marks-2.jsonl"
        lines = kept.read_text(encoding="utf-8").splitlines(keepends=True)
        kept.write_text("".join(lines[:-1]) + lines[-1][:9], encoding="utf-8")  # as a killed run leaves it
        run_recipe(recipe_read(place))
        assert len(questions) == before + 1
        assert len(answered) == 3


def test_a_prompt_whose_answer_no_judge_can_mark_gives_no_pair(tmp_path: Path) -> None:
    def judged(order: str) -> str:
        return "I would rather not." if "<answer>\nsecond" in order else marks(honesty=len(order) % 5 + 1)

    with service(lambda body: completion(judged(last_message(body)))) as (url, questions):
        judge = judging.Endpoint(base_url=url, model="judge")
        answers = {"own": ["first", "abcdef"], "peer": ["second", "abc"]}
        lines: list[str] = []
        pairs = judging.pairs_of(
            ["p", "q"],
            answers,
            [judge],
            tmp_path,
            np.random.default_rng(0),
            on_policy="own",
            tell=lines.append,
        )
    assert [pair.prompt for pair in pairs] == ["q"]
    assert lines == ["judged: 1 of 2 prompts by all 1 judges"]
    assert len(questions) == 5, "marks in no form are asked for once more"


@pytest.mark.parametrize(
    "text",
    [
        "", "5 of 5", "{}", "{honesty: 5}", marks(honesty=6), marks(honesty=0), marks(honesty="5"),
        marks(honesty=2.5), marks(honesty=True), marks().replace("honesty", "honestly"), "[" * 10_000,
    ],
)  # fmt: skip
def test_marks_of_another_form_are_none(text: str) -> None:
    assert judging.marks_read(text) is None
    assert judging.marks_read(f"Sure. {marks(honesty=1)} {text}") == {name: 3 for name in ASPECTS} | {
        "honesty": 1
    }


def test_judges_without_prompts_and_a_key_that_is_not_there_are_named(base: Path, tmp_path: Path) -> None:
    place = recipe(tmp_path, base, lora=True)
    head = place.read_text().partition("[[stage]]")[0]
    judge = 'judges = [{ base_url = "http://127.0.0.1:9/v1", model = "j", key_env = "NO_SUCH_KEY" }]\n'
    for stage, says in (
        ('data = "pairs.jsonl"\n', "nothing to answer"),
        ('prompts = "pairs.jsonl"\n', "NO_SUCH"),
    ):
        place.write_text(f'{head}[[stage]]\nkind = "dpo"\nanswer = 2\n{stage}{judge}', encoding="utf-8")
        with pytest.raises(LabError, match=says):
            run_recipe(recipe_read(place))
        shutil.rmtree(tmp_path / "run")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "sft"', 'kind = "pretrain"', "is not known"),
        ('data = "sft.jsonl"', "", "data"),
        ("batch = 6", "batch = 0", "batch"),
        ("rate = 1e-2", "speed = 1", "speed"),
        ("[[stage]]", "[[stage", "cannot be read"),
        ('model = "', 'model = "nowhere/', "holds no model"),
        ('data = "sft.jsonl"', 'data = "absent.jsonl"', "cannot be read"),
    ],
)
def test_a_recipe_that_cannot_be_run_is_said(
    old: str, new: str, says: str, base: Path, tmp_path: Path
) -> None:
    place = recipe(tmp_path, base, lora=True)
    place.write_text(place.read_text().replace(old, new), encoding="utf-8")
    done = CliRunner().invoke(app, ["run", str(place), "--quiet"])
    assert isinstance(done.exception, LabError)
    assert says in done.exception.message
    assert done.exception.hint


def test_a_folder_that_holds_no_model_and_weights_of_another_are_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match="no model"):
        adapters.opened(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "t5"}', encoding="utf-8")
    with pytest.raises(LabError, match="cannot be opened"):
        adapters.opened(tmp_path)
    policy = adapters.whole(adapters.opened(base))
    with pytest.raises(LabError, match="another architecture"):
        adapters.put(policy, {"0": torch.zeros(3)})


def test_a_judged_verifier_that_throws_ends_the_run_with_its_name(base: Path, tmp_path: Path) -> None:
    place = recipe(tmp_path, base, lora=True)
    write_lines(tmp_path / "rlvr.jsonl", [{"prompt": "sum", "truth": 0, "verifier": "operator:truediv"}])
    with pytest.raises(LabError, match="truediv"):
        run_recipe(recipe_read(place))
    assert not (recipes.recipe_read(place).out / "04-rlvr" / "done.json").exists()


def test_prompts_take_the_chat_template_where_there_is_one(base: Path) -> None:
    tokenizer = adapters.opened(base).tokenizer
    plain = adapters.chat_codec(tokenizer)
    assert plain.prompt("what is 2") == [13, 14, 5]
    assert plain.answer("yes") == [19, 1]
    assert plain.text([19, 1]) == "yes"
    tokenizer.chat_template = "{% for m in messages %}the {{ m.content }}{% endfor %} and"
    assert adapters.chat_codec(tokenizer).prompt("what") == [15, 13, 18]


# ── a model from one packed file ────────────────────────────────────────────────────────────────────

SIZES = {"layers": 2, "width": 64, "heads": 2, "keys": 1, "inner": 96}
LETTERS = [chr(code) for code in range(97, 123)]
PIECES = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "Ġ", "Ċ", *LETTERS, "Ġa", "th"]
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def packed(place: Path, *, eight_bits: bool = True) -> dict[str, np.ndarray[Any, Any]]:
    """Write a Qwen2 of random weights as one .gguf file; returns what its tensors unpack to."""
    import gguf

    rng = np.random.default_rng(0)
    writer = gguf.GGUFWriter(place, "qwen2")
    writer.add_name("tiny")
    writer.add_context_length(64)
    writer.add_embedding_length(SIZES["width"])
    writer.add_block_count(SIZES["layers"])
    writer.add_feed_forward_length(SIZES["inner"])
    writer.add_head_count(SIZES["heads"])
    writer.add_head_count_kv(SIZES["keys"])
    writer.add_rope_freq_base(10_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(PIECES)
    writer.add_token_types([3, 3, 3, *[1] * (len(PIECES) - 3)])
    writer.add_token_merges(["Ġ a", "t h"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_chat_template(TEMPLATE)
    known = {}

    def add(name: str, *shape: int) -> None:
        values = rng.normal(0, 0.3, shape).astype(np.float32)
        if len(shape) == 1:
            values = np.abs(values) + 0.5 if "norm" in name else values
        if len(shape) == 1 or not eight_bits:
            writer.add_tensor(name, values)
        else:
            eight = gguf.GGMLQuantizationType.Q8_0
            raw = gguf.quants.quantize(values, eight)
            writer.add_tensor(name, raw, raw_dtype=eight)
            values = gguf.quants.dequantize(raw, eight)
        known[name] = values

    width, head = SIZES["width"], SIZES["width"] // SIZES["heads"]
    add("token_embd.weight", len(PIECES), width)
    for n in range(SIZES["layers"]):
        for part, out in (("q", width), ("k", head * SIZES["keys"]), ("v", head * SIZES["keys"])):
            add(f"blk.{n}.attn_{part}.weight", out, width)
            add(f"blk.{n}.attn_{part}.bias", out)
        add(f"blk.{n}.attn_output.weight", width, width)
        add(f"blk.{n}.ffn_gate.weight", SIZES["inner"], width)
        add(f"blk.{n}.ffn_up.weight", SIZES["inner"], width)
        add(f"blk.{n}.ffn_down.weight", width, SIZES["inner"])
        add(f"blk.{n}.attn_norm.weight", width)
        add(f"blk.{n}.ffn_norm.weight", width)
    add("output_norm.weight", width)
    add("output.weight", len(PIECES), width)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return known


def test_a_packed_file_opens_with_its_weights_its_tokenizer_and_its_template(tmp_path: Path) -> None:
    weights = packed(tmp_path / "tiny.gguf")
    known = adapters.opened(tmp_path / "tiny.gguf")
    names = {
        "token_embd.weight": "model.embed_tokens.weight",
        "blk.1.attn_q.bias": "model.layers.1.self_attn.q_proj.bias",
        "blk.0.attn_k.weight": "model.layers.0.self_attn.k_proj.weight",
        "blk.1.ffn_down.weight": "model.layers.1.mlp.down_proj.weight",
        "output.weight": "lm_head.weight",
    }
    state = known.model.state_dict()
    for theirs, ours in names.items():
        assert np.array_equal(state[ours].numpy(), weights[theirs]), ours
    codec = adapters.chat_codec(known.tokenizer)
    assert codec.text(codec.answer("the a")) == "the a"
    assert codec.answer("a")[-1] == PIECES.index("<|im_end|>")
    assert [PIECES[token] for token in codec.prompt("a")] == [
        "<|im_start|>", *"user", "Ċ", "a", "<|im_end|>", "Ċ", "<|im_start|>", *"assistant", "Ċ",
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")
def test_a_packed_model_is_unpacked_once_trained_and_its_trained_form_opens_again(tmp_path: Path) -> None:
    weights = packed(tmp_path / "tiny.gguf")
    write_lines(tmp_path / "sft.jsonl", [{"prompt": "the", "answer": "a"}, {"prompt": "th", "answer": "the"}])
    place = tmp_path / "r.toml"
    place.write_text(
        'model = "tiny.gguf"\nout = "run"\nlora = { rank = 2, modules = ["1.self_attn.q_proj"] }\n'
        '[[stage]]\nkind = "sft"\ndata = "sft.jsonl"\nbatch = 2\nrate = 1e-2\nepochs = 1\n'
    )
    done = CliRunner().invoke(app, ["run", str(place)])
    assert done.exit_code == 0, done.output
    assert "unpacked" in done.output
    import peft

    known = adapters.opened(tmp_path / "run" / "base")
    assert np.array_equal(known.model.state_dict()["lm_head.weight"].numpy(), weights["output.weight"])
    tokens = torch.tensor([adapters.chat_codec(known.tokenizer).prompt("the")])
    before = known.model(input_ids=tokens).logits
    folder = next((tmp_path / "run" / "01-sft" / "model").glob("**/adapter_config.json")).parent
    after = peft.PeftModel.from_pretrained(known.model, folder)(input_ids=tokens).logits
    assert not torch.allclose(before, after)

    (tmp_path / "run" / "base" / "model.safetensors").unlink()  # it would be missed, were it not kept
    assert (
        CliRunner().invoke(app, ["unpack", str(tmp_path / "tiny.gguf"), str(tmp_path / "run/base")]).exit_code
        == 0
    )
    (tmp_path / "other.gguf").write_bytes((tmp_path / "tiny.gguf").read_bytes())
    refused = CliRunner().invoke(app, ["unpack", str(tmp_path / "other.gguf"), str(tmp_path / "run/base")])
    assert isinstance(refused.exception, LabError)
    assert "another file" in refused.exception.message


def test_a_file_that_is_no_packed_model_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "cut.gguf").write_bytes(b"GGUF" + bytes(40))
    for name in ("cut.gguf", "absent.gguf"):
        done = CliRunner().invoke(app, ["unpack", str(tmp_path / name), str(tmp_path / "base")])
        assert isinstance(done.exception, LabError), done.exception
        assert done.exception.hint
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.gguf"]


def test_torch_and_the_engine_of_packed_models_choose_the_same_tokens(tmp_path: Path) -> None:
    xllamacpp = pytest.importorskip("xllamacpp", reason='pip install "daybrief[local]"')
    packed(tmp_path / "tiny.gguf", eight_bits=False)
    given = xllamacpp.CommonParams()
    given.model.path = str(tmp_path / "tiny.gguf")
    given.n_ctx, given.n_parallel, given.cpuparams.n_threads = 64, 1, 1
    given.hostnames, given.port, given.warmup, given.verbosity = ["127.0.0.1"], 0, False, -1
    server = xllamacpp.Server(given)
    known = adapters.opened(tmp_path / "tiny.gguf")
    policy, codec = adapters.whole(known), adapters.chat_codec(known.tokenizer)
    for text in ("the", "a th"):
        prompt = codec.prompt(text)
        response = server.handle_completions(
            {"prompt": prompt, "n_predict": 1, "temperature": 0, "n_probs": len(PIECES)}
        )
        listed = response["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        theirs = torch.tensor(
            [choice["logprob"] for choice in sorted(listed, key=lambda choice: choice["id"])]
        )
        ours = policy.logits(batch_of([prompt], [[]], 0))[0, len(prompt) - 1].log_softmax(0)
        assert torch.allclose(ours, theirs, atol=0.02)
        assert int(ours.argmax()) == int(theirs.argmax())
