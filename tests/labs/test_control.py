"""The control lab: a condition is followed, the base stays what it was, damaged files are named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from daybrief.errors import DaybriefError, LabError, LabUnmet

torch = pytest.importorskip("torch", reason='the lab needs torch: pip install "daybrief[lab-control]"')
pytest.importorskip("scipy", reason='the lab needs scipy: pip install "daybrief[lab-control]"')

from daybrief.labs.control import experiment, flow, folder, guides, studio, study, tasks, worlds  # noqa: E402
from daybrief.labs.control.guides import Added, Conditioning, Crossed, Unified, placed, trainable  # noqa: E402
from daybrief.labs.control.transformer import (  # noqa: E402
    Dit,
    DitShape,
    grid_positions,
    patches,
    rotary,
    unpatched,
)
from daybrief.labs.control.use import app  # noqa: E402
from daybrief.labs.kit.fashion import FASHION  # noqa: E402

SHAPE = DitShape(side=8, patch=4, width=16, layers=2, heads=2, vocabulary=3, word_count=2)
KINDS = (Unified, Added, Crossed)
# What the last block makes of the condition is read by nobody: its output, feed-forward part and queries.
IDLE = {f"base.blocks.1.{layer}.{part}" for layer in ("query", "out", "feed_out") for part in ("down", "up")}


@pytest.fixture
def base() -> Dit:
    """A base whose every layer does something: zero-initialised gates would hide errors."""
    torch.manual_seed(0)
    model = Dit(SHAPE)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(0.2 * torch.randn_like(value))
    return model


def given(seed: int = 0) -> tuple[Any, Any, Any]:
    """Noisy tokens, times and words of three pictures."""
    made = torch.Generator().manual_seed(seed)
    noisy = torch.randn(3, 4, SHAPE.values, generator=made)
    return noisy, torch.rand(3, generator=made), torch.randint(0, 3, (3, 2), generator=made)


def shown(place: guides.Place = "shared", strength: float = 1.0, seed: int = 9) -> Conditioning:
    """Tokens of three conditions."""
    made = torch.Generator().manual_seed(seed)
    return Conditioning(torch.randn(3, 4, SHAPE.values, generator=made), placed(2, 2, place), strength)


def stirred(guide: Any) -> Any:
    """A guide whose low-rank parts are not 0."""
    with torch.no_grad():
        for value in trainable(guide):
            value.add_(0.3 * torch.randn(value.shape, generator=torch.Generator().manual_seed(1)))
    return guide


# ── transformer ─────────────────────────────────────────────────────────────────────────────────────


def test_pictures_come_back_from_their_patches() -> None:
    pictures = torch.rand(2, 8, 12, 3)
    assert torch.equal(unpatched(patches(pictures, 4), 4, 8, 12), pictures)


def test_attention_sees_only_how_far_positions_are_apart() -> None:
    query, key = torch.randn(2, 1, 1, 1, 16)
    places = torch.tensor([[0.0, 1.0], [3.0, 2.0]])
    scores = []
    for moved in (torch.zeros(2), torch.tensor([5.0, 7.0])):
        turn = rotary(places + moved, 16)
        both = [turn.turned(vector.expand(1, 1, 2, 16)) for vector in (query, key)]
        scores.append(float(both[0][0, 0, 0] @ both[1][0, 0, 1]))
    assert scores[0] == pytest.approx(scores[1], abs=1e-4)
    assert scores[0] != pytest.approx(float(query.flatten() @ key.flatten()), abs=1e-3)


def test_shifted_positions_overlap_with_none_of_the_picture() -> None:
    own, beside = (set(map(tuple, placed(4, 6, place).tolist())) for place in ("shared", "shifted"))
    assert own == set(map(tuple, grid_positions(4, 6).tolist()))
    assert not own & beside
    assert min(column for _, column in beside) == 6


# ── guides ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_condition_the_base_is_unchanged_bit_for_bit(base: Dit, kind: Any) -> None:
    before = base(*given())
    guide = stirred(kind(base, 3))
    assert torch.equal(guide(*given()), before)
    assert not torch.allclose(guide(*given(), shown()), before, atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_of_learning_moves_the_guide_and_never_the_base(base: Dit, kind: Any) -> None:
    guide = stirred(kind(base, 3))
    learned = {name for name, value in guide.named_parameters() if value.requires_grad} - IDLE
    before = {name: value.clone() for name, value in guide.named_parameters()}
    batch = flow.FlowBatch(given()[0], given()[2], shown())
    flow.learn(guide, trainable(guide), lambda _made: batch, flow.FlowStudy(2, 1e-2), 0)
    moved = {name for name, value in guide.named_parameters() if not torch.equal(value, before[name])}
    assert moved - IDLE == learned


def test_the_low_rank_part_acts_on_the_condition_s_tokens_alone(base: Dit) -> None:
    guide = stirred(Unified(base, 3))
    seen: list[Any] = []
    layer = base.stack()[0].query
    layer.register_forward_hook(lambda _m, given, out: seen.append((given[0].clone(), out.clone())))
    guide(*given(), shown())
    weights = [layer.weight, layer.bias]
    for x, out in seen:
        assert torch.equal(out, torch.nn.functional.linear(x, *weights))
    assert not torch.allclose(layer.branch(seen[0][0]), seen[0][1])


def test_a_fresh_lora_is_the_base_s_own_treatment_of_the_condition(base: Dit) -> None:
    small, large = (Unified(base, rank)(*given(), shown()) for rank in (1, 5))
    assert torch.equal(small, large)


def test_a_strength_of_nothing_hides_the_condition_and_one_is_neutral(base: Dit) -> None:
    guide = stirred(Unified(base, 3))
    plain, neutral = guide(*given()), guide(*given(), shown())
    assert torch.allclose(guide(*given(), shown(strength=0.0)), plain, atol=1e-5)
    assert torch.allclose(guide(*given(), shown(strength=1.0 + 1e-7)), neutral, atol=1e-4)
    apart = [
        float((guide(*given(), shown(strength=gamma)) - plain).detach().norm()) for gamma in (0.01, 0.1, 1.0)
    ]
    assert apart == sorted(apart)


def test_the_bias_is_log_gamma_between_condition_and_all_else() -> None:
    bias = guides.strength_bias(2, 1, 0.5)
    assert bias.exp().tolist() == [[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]]


@pytest.mark.parametrize("gamma", [-0.1, float("nan"), float("inf")])
def test_a_strength_without_a_logarithm_is_refused(gamma: float) -> None:
    with pytest.raises(LabError, match="no logarithm"):
        guides.strength_bias(2, 1, gamma)


def test_positions_of_the_condition_change_what_is_drawn(base: Dit) -> None:
    guide = stirred(Unified(base, 3))
    assert not torch.allclose(guide(*given(), shown()), guide(*given(), shown("shifted")), atol=1e-4)


def test_guides_are_given_as_many_parameters_as_the_method(base: Dit) -> None:
    count = sum(value.numel() for value in trainable(Unified(base, 4)))
    for kind in (Added, Crossed):
        rank = guides.rank_for(count, lambda wanted, kind=kind: kind(base, wanted))  # type: ignore[misc]
        assert sum(value.numel() for value in trainable(kind(base, rank))) == pytest.approx(count, rel=0.1)


# ── flow matching ───────────────────────────────────────────────────────────────────────────────────


def test_steps_along_the_true_velocity_end_at_the_picture() -> None:
    clean, noise = torch.rand(2, 4, 3), torch.randn(2, 4, 3)
    assert torch.allclose(flow.noised(clean, noise, torch.tensor([0.0, 1.0]))[0], clean[0])
    ended = flow.sampled(lambda *_given: noise - clean, noise, torch.zeros(2), None, steps=5)
    assert torch.allclose(ended, clean, atol=1e-5)


def test_a_guide_learns_to_follow_its_condition(base: Dit) -> None:
    clean = torch.rand(16, 4, SHAPE.values, generator=torch.Generator().manual_seed(3)) * 2 - 1
    words = torch.zeros(16, 2, dtype=torch.long)
    batch = flow.FlowBatch(clean, words, Conditioning(clean, placed(2, 2, "shared")))
    guide = Unified(base, 4)
    losses = flow.learn(guide, trainable(guide), lambda _made: batch, flow.FlowStudy(60, 2e-2), 0)
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])


def test_a_run_that_was_killed_ends_the_same(tmp_path: Path) -> None:
    def ended(stop: int | None) -> list[Any]:
        torch.manual_seed(0)
        layer = torch.nn.Linear(3, 3)
        clean = torch.rand(4, 2, 3, generator=torch.Generator().manual_seed(5))
        place = tmp_path / f"{stop}.state"
        calls = 0

        def draw(made: Any) -> flow.FlowBatch:
            nonlocal calls
            calls += 1
            if calls == stop:
                raise KeyboardInterrupt
            return flow.FlowBatch(clean[torch.randint(4, (2,), generator=made)], None)

        def velocity(noisy: Any, _time: Any, _words: Any, _given: Any) -> Any:
            return layer(noisy)

        study = flow.FlowStudy(250, 1e-2, kept=place)
        try:
            flow.learn(velocity, layer.parameters(), draw, study, 0)
        except KeyboardInterrupt:
            torch.manual_seed(1)
            torch.nn.init.normal_(layer.weight)
            stop = None
            calls = 1000
            flow.learn(velocity, layer.parameters(), draw, study, 0)
        return [value.clone() for value in layer.parameters()]

    for straight, broken in zip(ended(None), ended(230), strict=True):
        assert torch.equal(straight, broken)


@pytest.mark.parametrize("body", [b"", b"no state", b"PK\x03\x04"])
def test_a_damaged_state_of_training_is_named(tmp_path: Path, body: bytes) -> None:
    place = tmp_path / "guide.state"
    place.write_bytes(body)
    layer = torch.nn.Linear(2, 2)
    with pytest.raises(LabError, match=re.escape(str(place))):
        flow.learn(
            lambda noisy, *_rest: layer(noisy), layer.parameters(), lambda _made: None,
            flow.FlowStudy(1, kept=place), 0,
        )  # fmt: skip


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    layer = torch.nn.Linear(2, 2)
    batch = flow.FlowBatch(torch.full((1, 1, 2), float("nan")), None)
    with pytest.raises(LabError, match="the loss is nan at step 0"):
        flow.learn(
            lambda noisy, *_rest: layer(noisy), layer.parameters(), lambda _m: batch, flow.FlowStudy(1), 0
        )


# ── tasks and worlds ────────────────────────────────────────────────────────────────────────────────


def square() -> Any:
    """A white square on black, (1, 16, 16, 3)."""
    picture = np.zeros((1, 16, 16, 3), np.float32)
    picture[0, 4:12, 4:12] = 1
    return picture


def test_edges_lie_around_a_square_and_nowhere_else() -> None:
    edges = tasks.edges(square())[0]
    rows, columns = np.nonzero(edges)
    assert 20 <= len(rows) <= 40
    border = np.minimum.reduce([abs(rows - 3.5), abs(rows - 11.5), abs(columns - 3.5), abs(columns - 11.5)])
    assert border.max() <= 1
    assert not tasks.edges(np.full((1, 16, 16, 3), 0.5, np.float32)).any()


@pytest.mark.parametrize("task", tasks.ALIGNED)
def test_a_picture_follows_the_condition_made_of_itself_and_another_does_not(task: tasks.Task) -> None:
    shown = square()
    depth = tasks.grey(shown)
    condition = tasks.condition_pictures(task, shown, depth=depth, seed=3)
    assert condition.shape == shown.shape
    same, other = (
        tasks.followed(task, drawn, condition, seed=3, depth_of=tasks.grey)
        for drawn in (shown, np.roll(shown, 3, 2))
    )
    assert same[0] == pytest.approx(0, abs=1e-6)
    assert other[0] > 0.01


def test_the_subject_is_judged_by_its_own_pixels() -> None:
    truth, drawn = square(), square()
    drawn[0, 0, 0] = 1
    masks = truth[..., 0] > 0.5
    error = tasks.followed("subject", drawn, truth, truth=truth, masks=masks)
    assert error.tolist() == [0.0]


@pytest.mark.parametrize("task", ["depth", "subject"])
def test_a_task_names_what_it_lacks(task: tasks.Task) -> None:
    with pytest.raises(LabError, match=f"'{task}' needs"):
        tasks.condition_pictures(task, square())


def test_f1_of_edges_counts_common_pixels() -> None:
    drawn, wanted = np.zeros((2, 1, 1, 4), bool)
    drawn[0, 0, :2] = wanted[0, 0, 1:3] = True
    assert tasks.edge_f1(drawn, wanted).tolist() == [0.5]
    assert tasks.edge_f1(drawn[:, :, 3:], wanted[:, :, 3:]).tolist() == [1.0]


def test_scenes_are_nearer_where_things_stand_and_a_pair_shows_one_thing_at_two_places() -> None:
    made = worlds.small_things(20, np.random.default_rng(0))
    assert made.depth[made.masks].mean() > made.depth[:, :8][~made.masks[:, :8]].mean() + 0.2
    assert (made.masks.sum(axis=(1, 2)) >= 4).all()
    assert np.abs(made.shown - made.twins).mean() > 0.02


def test_a_sphere_is_hit_where_it_stands() -> None:
    sphere = worlds.Things(
        box=np.array([False]), centre=np.zeros((1, 2), np.float32), size=np.array([0.6], np.float32),
        turn=np.zeros(1, np.float32), upper=np.array([[1, 0, 0]], np.float32),
        lower=np.array([[0, 0, 1]], np.float32),
    )  # fmt: skip
    shown, depth, masks = worlds.cast((sphere,), np.array([[0.2, 0.2, 0.2]], np.float32), side=32)
    rows, columns = np.nonzero(masks[0])
    assert columns.mean() == pytest.approx(15.5, abs=0.6)
    top, bottom = shown[0][rows.min() + 1, 16], shown[0][rows.max() - 1, 16]
    assert top[0] > top[2]
    assert bottom[2] > bottom[0]
    nearest = float(np.linalg.norm(worlds._EYE - np.array([0, 0.6, 0]))) - 0.6
    assert depth[0].max() >= 1 - (nearest - 2) / (worlds._FAR - 2) - 0.03


def test_garments_of_test_and_training_are_different_files() -> None:
    if not FASHION.exists():
        pytest.skip("Fashion-MNIST is not installed: apt-get install dataset-fashion-mnist")
    made = worlds.small_garments("t10k", 30, np.random.default_rng(1))
    words = [[worlds.VOCABULARY[word] for word in row] for row in made.words]
    for row, mask in zip(words, made.masks, strict=True):
        rows, columns = np.nonzero(mask)
        upper, left = rows.mean() < 8, columns.mean() < 8
        assert row[3] == f"{'upper' if upper else 'lower'}-{'left' if left else 'right'}"


def test_the_base_that_ships_is_whole_and_draws_grounds_as_told(tmp_path: Path) -> None:
    base = study.base_shipped()
    study.base_kept(base, tmp_path / "again.npz")
    shipped = Path(study.__file__).with_name("base.npz")
    assert (tmp_path / "again.npz").read_bytes() == shipped.read_bytes()
    words = torch.zeros(8, worlds.WORD_COUNT, dtype=torch.long)
    grounds = ["dark", "pale"] * 4
    words[:, 0], words[:, 3] = (worlds.VOCABULARY.index(word) for word in ("garment", "upper-left"))
    words[:, 2] = torch.tensor([worlds.VOCABULARY.index(ground) for ground in grounds])
    noise = torch.randn(8, 16, study.SHAPE.values, generator=torch.Generator().manual_seed(0))
    drawn = study.pictures_of(
        flow.sampled(lambda noisy, time, named, _c: base(noisy, time, named), noise, words, None, 4)
    )
    corner = drawn[:, 10:, 10:].mean(axis=(1, 2, 3))
    assert corner[1::2].min() > corner[::2].max() + 0.2


# ── folders of pictures ─────────────────────────────────────────────────────────────────────────────

pil = pytest.importorskip("PIL.Image", reason='pictures need Pillow: pip install "daybrief[lab-control]"')


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Six pictures of one shape each, in colours."""
    place = tmp_path / "album"
    place.mkdir()
    for at in range(6):
        picture = np.full((40, 48, 3), 30, np.uint8)
        picture[8 + at : 30, 10:30] = (200, 40 * at, 90)
        pil.fromarray(picture).save(place / f"{at}.png")
    (place / "0.txt").write_text("a red  block\n", encoding="utf-8")
    return place


def test_pictures_are_gathered_with_words_and_depth(album: Path) -> None:
    gathered = folder.gathered(album, "edges", 16)
    assert gathered.names[0] == "0.png"
    assert gathered.words[:2] == ["a red block", ""]
    assert gathered.shown.shape == (6, 16, 16, 3)
    with pytest.raises(LabUnmet, match=re.escape("0.png has no 0.depth.png")):
        folder.gathered(album, "depth", 16)
    for at in range(6):
        pil.new("L", (40, 40), 40 * at).save(album / f"{at}.depth.png")
    deep = folder.gathered(album, "depth", 16)
    assert deep.names == gathered.names
    assert deep.depth is not None
    assert deep.depth[3].mean() == pytest.approx(120 / 255, abs=0.01)


def test_pairs_show_the_same_thing(tmp_path: Path) -> None:
    for thing, colour in (("cat", (255, 0, 0)), ("dog", (0, 0, 255))):
        (tmp_path / thing).mkdir()
        for at in range(2):
            pil.new("RGB", (20 + at, 20), colour).save(tmp_path / thing / f"{at}.png")
    gathered = folder.gathered(tmp_path, "subject", 16)
    assert gathered.names == ["cat/0.png", "cat/1.png", "dog/0.png", "dog/1.png"]
    assert gathered.twins is not None
    assert (gathered.twins == gathered.shown).all()
    (tmp_path / "dog" / "1.png").unlink()
    with pytest.raises(LabError, match="dog holds 1 pictures"):
        folder.gathered(tmp_path, "subject", 16)


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("9.png", b"broken", "9.png is no picture"),
        ("9.jpg", b"", "9.jpg is no picture"),
        ("0.txt", b"\xff\xfe\xff", "0.txt cannot be read"),
        ("9.png", "small", "9.png has 8 x 40 pixels"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(album: Path, name: str, body: bytes | str, says: str) -> None:
    if isinstance(body, bytes):
        (album / name).write_bytes(body)
    else:
        pil.new("RGB", (8, 40)).save(album / name)
    with pytest.raises(LabError, match=re.escape(says)):
        folder.gathered(album, "edges", 16)


@pytest.mark.parametrize("absent", ["nowhere", "empty"])
def test_a_folder_without_pictures_is_named(tmp_path: Path, absent: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(LabUnmet, match=re.escape(str(tmp_path / absent))):
        folder.gathered(tmp_path / absent, "edges", 16)


def test_a_transparent_picture_stands_on_white_and_a_figure_is_kept_whole(tmp_path: Path) -> None:
    pil.new("RGBA", (60, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert folder.read_picture(tmp_path / "clear.png", 16, 16).min() == 1
    pil.new("RGB", (60, 20), (0, 0, 0)).save(tmp_path / "wide.png")
    whole = folder.read_picture(tmp_path / "wide.png", 18, 18, whole=True)
    assert whole[0].min() == 1
    assert whole[9].max() == 0


# ── commands ────────────────────────────────────────────────────────────────────────────────────────

QUICK = ["--side", "16", "--base-steps", "3", "--steps", "3", "--batch", "2"]


def size_of(place: Path) -> tuple[int, int]:
    with pil.open(place) as image:
        return image.size  # type: ignore[no-any-return]


def used(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=True)


def test_a_control_is_trained_kept_and_draws_the_same_again(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "control"
    done = used("train", album, "--task", "edges", "--out", out, *QUICK)
    assert done.exit_code == 0, done.exception
    assert sorted(place.name for place in out.iterdir()) == [
        "base.safetensors", "control.json", "lora.safetensors",
    ]  # fmt: skip
    for name in ("one.png", "two.png"):
        done = used("sample", album / "0.png", "--model", out, "--out", tmp_path / name, "--steps", "2")
        assert done.exit_code == 0, done.exception
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    assert size_of(tmp_path / "one.png") == (256, 256)
    assert (tmp_path / "one.condition.png").exists()
    done = used("cover", album / "0.png", "--model", out, "--out", tmp_path / "cover.png", "--steps", "2")
    assert done.exit_code == 0, done.exception
    assert size_of(tmp_path / "cover.png") == (256, 256)


@pytest.mark.parametrize("task", ["inpaint", "deblur", "colour"])
def test_every_task_of_plain_pictures_can_be_learned(album: Path, tmp_path: Path, task: str) -> None:
    out = tmp_path / "control"
    assert used("train", album, "--task", task, "--out", out, *QUICK).exit_code == 0
    refused = used("cover", album / "0.png", "--model", out).exception
    assert isinstance(refused, LabError)
    assert f"learned '{task}'" in str(refused)


@pytest.mark.parametrize("damage", ["control.json", "lora.safetensors", "base.safetensors"])
def test_a_damaged_control_is_named(album: Path, tmp_path: Path, damage: str) -> None:
    out = tmp_path / "control"
    assert used("train", album, "--out", out, *QUICK).exit_code == 0
    (out / damage).write_bytes(b"{}")
    refused = used("sample", album / "0.png", "--model", out).exception
    assert isinstance(refused, LabError)
    assert str(out) in str(refused)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sample", "{album}/0.png", "--model", "{tmp}/none"], "holds no trained control"),
        (["cover", "{album}/0.png", "--model", "{tmp}/none"], "holds no trained control"),
        (["train", "{album}", "--side", "18"], "no multiple of 4"),
        (["train", "{tmp}/none"], "is no folder"),
    ],
)
def test_a_command_that_cannot_be_followed_says_why(
    album: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    refused = used(*(argument.format(album=album, tmp=tmp_path) for argument in arguments)).exception
    assert isinstance(refused, DaybriefError)
    assert says in str(refused)
    assert refused.hint


def test_a_figure_without_edges_makes_no_cover(album: Path, tmp_path: Path) -> None:
    out = tmp_path / "control"
    assert used("train", album, "--out", out, *QUICK).exit_code == 0
    pil.new("RGB", (64, 64), (255, 255, 255)).save(tmp_path / "blank.png")
    refused = used("cover", tmp_path / "blank.png", "--model", out, "--out", tmp_path / "c.png").exception
    assert isinstance(refused, LabError)
    assert "shows no edge" in str(refused)
    assert not (tmp_path / "c.png").exists()


def test_a_training_that_was_killed_is_told_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "guide.state").write_bytes(b"x")
    with pytest.raises(LabUnmet, match="no trained control") as refused:
        studio.trained_of(tmp_path)
    assert "goes on" in refused.value.hint


# ── the experiment ──────────────────────────────────────────────────────────────────────────────────


def steered(**changed: float) -> experiment.Steered:
    """Figures of one seed in which every claim holds, but for what is changed by `task_world_guide`."""
    errors: dict[Any, float] = {}
    for task, world, names in experiment.COURSES:
        ours = tasks.place_of(task)
        for name in ("plain", *names):
            good = 0.3 if name == ours else 0.6
            errors[task, world, name] = changed.get(
                f"{task}_{world}_{name}", 1.0 if name == "plain" else good
            )
    curve = [1.0, 0.8, 0.6, 0.3, 0.2]
    return experiment.Steered(
        errors,
        dict(errors),
        {("subject", "garments"): curve, ("edges", "garments"): curve},
        True,
        {"shared": 5},
    )


@pytest.mark.parametrize(
    ("changed", "fails"),
    [
        ({}, set()),
        ({"subject_garments_shifted": 0.7}, {"subject_added", "subject_crossed", "shifted"}),
        ({"edges_garments_added": 0.2}, {"aligned_added"}),
        ({"edges_garments_crossed": 0.2}, {"aligned_crossed"}),
        ({"colour_garments_shifted": 0.2}, {"shared"}),
        ({"subject_garments_plain": 2.0}, {"strength"}),
    ],
)
def test_conditions_fail_where_they_should(changed: dict[str, float], fails: set[str]) -> None:
    outcomes = experiment.outcomes([steered(**changed)] * 2, (1, 1000))
    assert {outcome.key for outcome in outcomes if not outcome.met} == fails


def test_a_lora_that_leaks_or_is_too_large_is_told() -> None:
    leaking = steered()._replace(unchanged=False)
    outcomes = experiment.outcomes([leaking], (2, 100))
    assert {outcome.key for outcome in outcomes if not outcome.met} == {"unchanged", "share"}
