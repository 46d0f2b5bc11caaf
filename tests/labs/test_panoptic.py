"""The panoptic lab: masks and depth that learn, motion that is found, layouts that are read, files that are
kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from daybrief.errors import DaybriefError, LabError, LabUnmet

WANTED = 'the lab needs it: pip install "daybrief[lab-panoptic]"'
torch = pytest.importorskip("torch", reason=WANTED)
pytest.importorskip("scipy", reason=WANTED)
Image = pytest.importorskip("PIL.Image", reason=WANTED)

from daybrief.labs.panoptic import folders, geometry, losses, segments, training  # noqa: E402
from daybrief.labs.panoptic.backbones import Tapped, backbone  # noqa: E402
from daybrief.labs.panoptic.kernels import (  # noqa: E402
    PanopticDepth,
    Plan,
    Seen,
    Stage,
    group_features,
    mask_moments,
)
from daybrief.labs.panoptic.training import Learning, Recipe, Sample  # noqa: E402
from daybrief.labs.panoptic.use import app  # noqa: E402

PLAN = Plan(stuff=(7, 11, 23), things=(24, 26), width=16, kernels=4, heads=2, bins=8)
SIZE = (32, 48)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def made(**changes: object) -> PanopticDepth:
    torch.manual_seed(0)
    from msgspec.structs import replace

    return PanopticDepth(replace(PLAN, **changes))


def street(seed: int = 0) -> Sample:
    """Road below, sky above, a car that stands: three pictures of a camera that does not move."""
    rng = np.random.default_rng(seed)
    ids = np.full(SIZE, 11, np.int32)
    ids[:8], ids[20:], ids[12:24, 10:26] = 23, 7, 26_000
    image = np.where(ids[..., None] >= 1000, [0.9, 0.1, 0.1], ids[..., None] / [30.0, 40.0, 50.0])
    image = np.clip(image + rng.normal(0, 0.02, image.shape), 0, 1).astype(np.float32)
    lens = np.array([[40, 0, 23.5], [0, 40, 15.5], [0, 0, 1]], np.float32)
    still = np.stack([np.eye(4, dtype=np.float32)] * 2)
    depth = np.full(SIZE, 10, np.float32)
    return Sample(f"s{seed}", image, np.stack([image, image]), ids, depth, lens, still)


# ── the network ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("head", ["linked", "unlinked", "pixel", "none"])
def test_every_head_gives_masks_classes_and_the_depth_it_promises(head: str) -> None:
    seen = made(depth_head=head)(torch.rand(2, 3, *SIZE))
    assert seen.stages[-1].masks.shape == (2, 7, 16, 24)
    assert seen.stages[-1].classes.shape == (2, 7, 5)
    depth = seen.depth()
    if head == "none":
        assert depth is None
    else:
        assert depth.shape == (2, 16, 24)
        assert (depth > PLAN.near).all()
        assert (depth < PLAN.far).all()


def test_a_group_feature_is_the_mean_over_the_mask_whatever_its_area() -> None:
    features = torch.arange(24.0).reshape(1, 2, 3, 4)
    masks = torch.full((1, 2, 3, 4), -1.0)
    masks[0, 0, 0, :2] = 1
    group_means = group_features(masks, features)
    assert group_means[0, 0].tolist() == [0.5, 12.5]
    assert group_means[0, 1].tolist() == [0, 0], "an empty mask has no feature, and divides by nothing"


def test_the_moments_of_a_mask_say_where_it_lies() -> None:
    masks = torch.full((1, 1, 16, 24), -20.0)
    masks[0, 0, 8:, 12:] = 20
    across, down, spread, _, portion = mask_moments(masks)[0, 0].tolist()
    assert across == pytest.approx(0.52, abs=0.03)
    assert down == pytest.approx(0.53, abs=0.03)
    assert 0.8 < spread < 1.6
    assert portion == pytest.approx(2, abs=0.04)


def test_only_the_linked_head_lets_depth_teach_the_panoptic_kernels() -> None:
    def reached(head: str) -> bool:
        network = made(depth_head=head)
        network(torch.rand(1, 3, *SIZE)).depths.mean().backward()
        return network.heads[-1].merged.weight.grad is not None

    assert reached("linked")
    assert not reached("unlinked")
    assert not reached("pixel")


@pytest.mark.parametrize("pretrained", [False, True])
def test_efficientnet_lite_learns_a_step_and_is_kept(tmp_path: Path, pretrained: bool) -> None:
    pytest.importorskip("efficientnet_lite_pytorch", reason=WANTED)
    from msgspec.structs import replace

    plan = replace(PLAN, backbone="efficientnet-lite0", stride=4)
    network = PanopticDepth(plan, pretrained=pretrained)
    with torch.no_grad():
        maps = network.backbone.eval()(torch.rand(1, 3, 64, 96))
    assert [tuple(m.shape[-2:]) for m in maps] == [(16, 24), (8, 12), (4, 6), (2, 3)]
    assert tuple(m.shape[1] for m in maps) == network.backbone.channels
    learning = Learning(network, Recipe(steps=1, batch=1))
    sample = folders.scaled(street(), (64, 96))
    learning.learn([sample])
    training.saved(learning, tmp_path / "run.pt")
    again = training.resumed(tmp_path / "run.pt")
    assert again.step == 1
    for name, value in learning.network.state_dict().items():
        assert torch.equal(value, again.network.state_dict()[name]), name


def test_any_torch_module_is_a_backbone_and_says_which_strides_it_lacks() -> None:
    layers = [
        torch.nn.Sequential(torch.nn.Conv2d(a, b, 3, 2, 1), torch.nn.ReLU()) for a, b in ((3, 8), (8, 12))
    ]
    tapped = Tapped(torch.nn.Sequential(*layers), strides=(2, 4))
    assert [tuple(m.shape) for m in tapped(torch.rand(1, 3, 32, 32))] == [(1, 8, 16, 16), (1, 12, 8, 8)]
    with pytest.raises(LabError, match="no features at stride 8") as refused:
        Tapped(torch.nn.Sequential(*layers), strides=(2, 8))
    assert "2, 4" in str(refused.value.hint)
    with pytest.raises(LabError, match="takes no picture"):
        Tapped(torch.nn.Linear(4, 4))


def test_an_unknown_backbone_is_named_with_those_there_are() -> None:
    with pytest.raises(LabError, match="vgg") as refused:
        backbone("vgg")
    assert "efficientnet-lite0" in str(refused.value.hint)
    with pytest.raises(LabError, match="none are fetched"):
        backbone("small", pretrained=True)
    with pytest.raises(LabError, match="no map at stride 3"):
        made(stride=3)


# ── learning ────────────────────────────────────────────────────────────────────────────────────────


def test_things_are_matched_to_the_kernels_that_fit_them_and_stuff_to_its_own() -> None:
    truth = losses.segments_of(street().ids, PLAN, (16, 24))
    assert truth.classes.tolist() == [0, 1, 2, 4]
    masks = torch.full((1, 7, 16, 24), -5.0)
    masks[0, 5][truth.masks[3] > 0.5] = 5
    pairs = losses.matched(Stage(masks, torch.zeros(1, 7, 5), torch.zeros(1, 7, 16)), [truth], PLAN)
    assert dict(zip(pairs.classes.tolist(), pairs.kernel.tolist(), strict=True)) == {0: 0, 1: 1, 2: 2, 4: 5}


def test_a_right_answer_costs_less_than_a_wrong_one() -> None:
    truth = losses.segments_of(street().ids, PLAN, (16, 24))

    def cost(kernel_of_car: int, label: int) -> float:
        masks, classes = torch.full((1, 7, 16, 24), -8.0), torch.full((1, 7, 5), -8.0)
        for at, mask in enumerate(truth.masks):
            kernel = int(truth.classes[at]) if at < 3 else kernel_of_car
            masks[0, kernel][mask > 0.5] = 8
            classes[0, kernel, int(truth.classes[at]) if at < 3 else label] = 8
        labels = losses._classes(truth)
        semantic = 8 * torch.nn.functional.one_hot(labels.clamp(min=0), 5).permute(2, 0, 1)[None].float()
        features = torch.nn.functional.one_hot(labels.clamp(min=0), 5).permute(2, 0, 1)[None].float()
        seen = Seen((Stage(masks, classes, torch.zeros(1, 7, 16)),), features, semantic, None)
        chance = torch.Generator().manual_seed(0)
        return float(losses.panoptic_loss(seen, [truth], PLAN, chance))

    assert cost(5, 4) < cost(5, 3)
    assert cost(5, 4) == pytest.approx(cost(4, 4), abs=1e-3), "no kernel of things is better than another"


def test_learning_lowers_the_loss_and_finds_the_segments() -> None:
    network = made(depth_head="none")
    samples = [street(seed) for seed in range(3)]
    history = Learning(network, Recipe(steps=60, batch=2, rate=4e-3, warm=5)).learn(samples)
    assert np.mean(history[-5:]) < 0.6 * np.mean(history[:5])
    picture = torch.from_numpy(samples[0].image.transpose(2, 0, 1)[None].copy())
    labels = losses._classes(losses.segments_of(samples[0].ids, PLAN, (16, 24)))
    with torch.no_grad():
        right = network(picture).semantic[0].argmax(dim=0) == labels
    assert right.float().mean() > 0.85


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path: Path) -> None:
    samples, recipe = (
        [street(seed) for seed in range(3)],
        Recipe(steps=4, batch=2, motion="panoptic", motion_from=0),
    )
    whole = Learning(made(), recipe)
    whole.learn(samples)
    half = Learning(made(), recipe)
    half.learn(samples, until=2)
    training.saved(half, tmp_path / "run.pt")
    rest = training.resumed(tmp_path / "run.pt")
    rest.learn(samples)
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, rest.network.state_dict()[name]), name


def test_a_loss_that_is_no_number_stops_the_run() -> None:
    bad = street()
    bad.image[:] = np.nan
    with pytest.raises(LabError, match="loss is nan at step 0"):
        Learning(made(), Recipe(steps=2, batch=1)).learn([bad])


def test_frames_without_labels_or_neighbours_teach_what_they_can() -> None:
    whole = street()
    samples = [whole._replace(ids=None, name="a"), whole._replace(neighbours=None, poses=None, name="b")]
    losses_ = Learning(made(), Recipe(steps=3, batch=2, automask=False)).learn(samples)
    assert np.isfinite(losses_).all()


# ── geometry ────────────────────────────────────────────────────────────────────────────────────────


def test_a_pixel_of_known_depth_is_found_where_the_camera_moved() -> None:
    lens = torch.tensor([[[40.0, 0, 23.5], [0, 40, 15.5], [0, 0, 1]]])
    pose = torch.eye(4)[None].clone()
    pose[0, 0, 3] = -1  # the camera went one metre to the right
    where = geometry.projected(torch.full((1, *SIZE), 10.0), lens, pose)
    assert where[0, 5, 30].tolist() == pytest.approx([26, 5], abs=1e-4)
    source = torch.arange(48.0).expand(1, 1, *SIZE)
    taken, inside = geometry.warped(source, where)
    assert taken[0, 0, 5, 30].item() == pytest.approx(26, abs=1e-3)
    assert not inside[0, 5, 2]


def test_depth_is_learned_from_motion_alone() -> None:
    """A flat wall ten metres ahead: of all depths the true one explains the neighbours best."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    waves = [(rng.uniform(0.1, 0.5, 2), rng.uniform(0, 6)) for _ in range(6)]

    def wall(shift: float) -> torch.Tensor:
        grey = sum(np.sin(f[0] * (columns + shift) + f[1] * rows + phase) for f, phase in waves)
        return torch.tensor(grey / 12 + 0.5, dtype=torch.float32).expand(1, 3, *SIZE)

    lens = torch.tensor([[[40.0, 0, 23.5], [0, 40, 15.5], [0, 0, 1]]])
    costs = {}
    for metres in (5.0, 8.0, 10.0, 12.5, 20.0):
        poses = [torch.eye(4)[None].clone() for _ in range(2)]
        poses[0][0, 0, 3], poses[1][0, 0, 3] = 0.5, -0.5
        sources = [wall(-2.0), wall(2.0)]
        places = [geometry.projected(torch.full((1, *SIZE), metres), lens, pose) for pose in poses]
        warps, inside = zip(
            *(geometry.warped(s, p) for s, p in zip(sources, places, strict=True)), strict=True
        )
        everywhere = torch.ones(1, *SIZE)
        costs[metres] = float(
            losses.photometric_loss(wall(0), list(warps), list(inside), sources, everywhere, automask=False)
        )
    assert min(costs, key=costs.__getitem__) == 10.0


def test_the_automask_leaves_out_what_stands_still_before_the_camera() -> None:
    middle = torch.rand(1, 3, *SIZE)
    other = torch.rand(1, 3, *SIZE)
    everywhere = torch.ones(1, *SIZE, dtype=torch.bool)
    arguments = ([other, other], [everywhere, everywhere], [middle, middle], everywhere)
    assert float(losses.photometric_loss(middle, *arguments, automask=True)) == 0
    assert float(losses.photometric_loss(middle, *arguments, automask=False)) > 0.1


def test_a_thing_that_leaves_its_place_moves_and_one_that_keeps_it_does_not() -> None:
    ids = np.full(SIZE, 7, np.int32)
    ids[10:20, 5:15], ids[10:20, 30:40] = 26_000, 26_001
    others = np.stack([np.full(SIZE, 7, np.int32)] * 2)
    others[:, 10:20, 5:15] = 26_004  # another number in another frame
    others[0, 10:20, 24:34], others[1, 10:20, 36:46] = 26_001, 26_001
    still = np.stack([np.stack(np.mgrid[: SIZE[0], : SIZE[1]][::-1], axis=-1)] * 2).astype(np.float32)
    motion = geometry.motion_of(ids, others, still)
    assert motion.overlaps[26_000] == 1
    assert motion.moving(0.6) == (26_001,)
    assert geometry.motion_of(ids, others, still - 100).overlaps == {}, "out of sight is not judged"


def test_a_pose_network_begins_near_rest_and_gives_rotations() -> None:
    torch.manual_seed(0)
    pose = geometry.PoseNet()(torch.rand(2, 3, *SIZE), torch.rand(2, 3, *SIZE))
    turn = pose[:, :3, :3]
    assert torch.allclose(turn @ turn.transpose(1, 2), torch.eye(3).expand(2, 3, 3), atol=1e-5)
    assert (pose[:, :3, 3].abs() < 0.1).all()


def test_depth_is_set_to_scale_by_the_height_above_the_road() -> None:
    lens = street().camera
    rows = np.mgrid[: SIZE[0], : SIZE[1]][0]
    below = rows > 20
    depth = np.where(below, 1.5 * 40 / np.maximum(rows - 15.5, 1), 50).astype(np.float32)
    assert geometry.metric_scale(depth / 3, lens, below, 1.5) == pytest.approx(3, rel=0.01)
    with pytest.raises(LabError, match="0 pixels are road"):
        geometry.metric_scale(depth, lens, np.zeros(SIZE, bool), 1.5)


# ── segments ────────────────────────────────────────────────────────────────────────────────────────


def test_panoptic_quality_counts_as_its_paper_does() -> None:
    true = street().ids
    assert segments.panoptic_quality([(true, true)], (24, 26)).all == 1
    renumbered = np.where(true == 26_000, 26_007, true).astype(np.int32)
    assert segments.panoptic_quality([(renumbered, true)], (24, 26)).all == 1
    missed = np.where(true == 26_000, 7, true).astype(np.int32)
    quality = segments.panoptic_quality([(missed, true)], (24, 26))
    assert quality.things == 0
    area, car = int((true == 7).sum()), int((true == 26_000).sum())
    assert quality.stuff == pytest.approx((2 + area / (area + car)) / 3)
    unlabelled = np.where(true == 26_000, 26, true).astype(np.int32)  # a group: not counted
    assert segments.panoptic_quality([(missed, unlabelled)], (24, 26)).all == 1


def test_each_pixel_has_the_depth_of_the_kernel_that_won_it() -> None:
    masks, classes = torch.full((1, 7, 16, 24), -6.0), torch.full((1, 7, 5), -6.0)
    masks[0, 0], classes[0, 0, 0] = 2, 6
    masks[0, 4, 4:12, 4:12], classes[0, 4, 4] = 6, 6
    masks[0, 0, 4:12, 4:12] = -6
    depths = torch.arange(7.0).view(1, 7, 1, 1).expand(1, 7, 16, 24) + 1
    seen = Seen(
        (Stage(masks, classes, torch.zeros(1, 7, 16)),), torch.zeros(1, 16, 16, 24), torch.zeros(()), depths
    )
    (prediction,) = segments.panoptic_maps(seen, PLAN, (16, 24))
    assert set(np.unique(prediction.ids)) == {7, 26_000}
    assert prediction.depth is not None
    assert prediction.depth[8, 8] == 5
    assert prediction.depth[0, 0] == 1


def test_a_mask_hidden_by_others_and_a_doubtful_class_are_dropped() -> None:
    masks, classes = torch.full((1, 7, 16, 24), 3.0), torch.full((1, 7, 5), -6.0)
    classes[0, 0, 0], classes[0, 1, 1], classes[0, 5, 4] = 6, 5, -1
    seen = Seen(
        (Stage(masks, classes, torch.zeros(1, 7, 16)),), torch.zeros(1, 16, 16, 24), torch.zeros(()), None
    )
    (prediction,) = segments.panoptic_maps(seen, PLAN, (16, 24))
    assert set(np.unique(prediction.ids)) == {7}


def test_a_spoilt_mask_is_off_by_the_pixels_asked_for() -> None:
    ids = street().ids
    out = [segments.degraded(ids, 1, np.random.default_rng(seed)) for seed in range(8)]
    sizes = {int((o == 26_000).sum()) for o in out}
    assert sizes == {14 * 10, 16 * 12 + 2 * (16 + 12)}


def test_errors_of_depth_leave_out_what_has_no_truth() -> None:
    true = np.array([[2.0, np.inf, 0.0, 4.0]], np.float32)
    predicted = np.array([[3.0, 1.0, 1.0, 4.0]], np.float32)
    everywhere = np.ones((1, 4), bool)
    assert segments.relative_error(predicted, true, everywhere) == pytest.approx(0.25)
    assert segments.root_square_error(predicted, true, everywhere) == pytest.approx(0.5**0.5)
    assert segments.relative_error(predicted, true, ~everywhere) is None


# ── rendered clips ──────────────────────────────────────────────────────────────────────────────────


def test_rendered_frames_explain_each_other_by_depth_and_pose() -> None:
    pytest.importorskip("pybullet", reason=WANTED)
    from daybrief.labs.panoptic import scenes

    first, second = scenes.clips(2, 5), scenes.clips(2, 5)
    assert first[1].images.tobytes() == second[1].images.tobytes(), "the same seed gives the same clip"
    for clip in first:
        still = ~np.isin(clip.ids[1], clip.moving) & np.isfinite(clip.depth)
        depth = torch.tensor(np.where(np.isinf(clip.depth), 1000, clip.depth))[None]
        for k, frame in enumerate((0, 2)):
            where = geometry.projected(
                depth, torch.tensor(clip.camera)[None], torch.tensor(clip.poses[k])[None]
            )
            source = torch.tensor(clip.images[frame]).permute(2, 0, 1)[None]
            warp = geometry.warped(source, where)[0][0].permute(1, 2, 0).numpy()
            moved = np.abs(warp - clip.images[1])[still].mean()
            unmoved = np.abs(clip.images[frame] - clip.images[1])[still].mean()
            assert moved < 0.7 * unmoved
    with pytest.raises(LabError, match="too small"):
        scenes.clips(1, 0, 8, 80)


# ── folders ─────────────────────────────────────────────────────────────────────────────────────────


def save(array: np.ndarray, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(file)


def cityscapes(root: Path) -> Path:
    sample = street()
    bytes_ = (sample.image * 255).astype(np.uint8)
    save(bytes_, root / "leftImg8bit/train/ulm/ulm_000003_000019_leftImg8bit.png")
    for frame in (18, 20):
        save(bytes_, root / f"leftImg8bit_sequence/train/ulm/ulm_000003_0000{frame}_leftImg8bit.png")
    labels = sample.ids.astype(np.uint16)
    labels[0, 0], labels[0, 1] = 26, 1  # a group of cars; the ego vehicle
    save(labels, root / "gtFine/train/ulm/ulm_000003_000019_gtFine_instanceIds.png")
    save(np.full(SIZE, 256 * 2 + 1, np.uint16), root / "disparity/train/ulm/ulm_000003_000019_disparity.png")
    for kind, value in (
        (
            "camera",
            {"intrinsic": {"fx": 40, "fy": 40, "u0": 23.5, "v0": 15.5}, "extrinsic": {"baseline": 0.2}},
        ),
        ("vehicle", {"speed": 17.0, "yawRate": 0.0}),
    ):
        place = root / f"{kind}/train/ulm/ulm_000003_000019_{kind}.json"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps(value))
    return root


def test_cityscapes_is_read_with_neighbours_labels_depth_and_motion(tmp_path: Path) -> None:
    frames = folders.frames_of(cityscapes(tmp_path))
    sample = frames[0]
    assert (frames.layout, len(frames), sample.name) == ("cityscapes", 1, "ulm/ulm_000003_000019")
    assert sample.neighbours.shape == (2, *SIZE, 3)
    assert set(np.unique(sample.ids)) == {0, 7, 11, 23, 26, 26_000}
    assert sample.depth[0, 0] == pytest.approx(0.2 * 40 / 2)
    assert sample.poses[1][2, 3] == pytest.approx(-1), "one metre ahead brings points one metre nearer"
    assert sample.poses[0][2, 3] == pytest.approx(1)
    half = folders.frames_of(tmp_path, size=(16, 24))[0]
    assert half.ids.shape == (16, 24)
    assert half.camera[0, 0] == 20
    assert half.camera[0, 2] == pytest.approx(11.5)


def test_kitti_is_read_with_neighbours_labels_and_depth(tmp_path: Path) -> None:
    sample = street()
    bytes_ = (sample.image * 255).astype(np.uint8)
    for frame in ("09", "10", "11"):
        save(bytes_, tmp_path / f"training/image_2/000004_{frame}.png")
    label = np.where(sample.ids >= 1000, 26 * 256 + 3, sample.ids * 256).astype(np.uint16)
    save(label, tmp_path / "training/instance/000004_10.png")
    save(np.full(SIZE, 256 * 4, np.uint16), tmp_path / "training/disp_occ_0/000004_10.png")
    calibration = tmp_path / "training/calib_cam_to_cam/000004.txt"
    calibration.parent.mkdir()
    calibration.write_text("P_rect_02: 40 0 23.5 0 0 40 15.5 0 0 0 1 0\n")
    (kitti,) = folders.frames_of(tmp_path)
    assert set(np.unique(kitti.ids)) == {7, 11, 23, 26_003}
    assert kitti.depth[3, 3] == pytest.approx(0.54 * 40 / 4)
    assert kitti.neighbours is not None
    assert kitti.poses is None, "a pose network finds them"
    calibration.write_text("P_rect_02: 40 0\n")
    with pytest.raises(LabError, match="2 numbers, not 12"):
        folders.frames_of(tmp_path)[0]


def test_kitti_raw_is_read_drive_by_drive(tmp_path: Path) -> None:
    drive = tmp_path / "2011_09_26/2011_09_26_drive_0001_sync"
    bytes_ = (street().image * 255).astype(np.uint8)
    for frame in range(4):
        save(bytes_, drive / f"image_02/data/{frame:010d}.png")
    save(np.full(SIZE, 256 * 7, np.uint16), drive / "proj_depth/groundtruth/image_02/0000000001.png")
    (drive / "oxts/data").mkdir(parents=True)
    row = [0.0] * 30
    row[8] = 10.0
    (drive / "oxts/data/0000000001.txt").write_text(" ".join(map(str, row)))
    frames = folders.frames_of(tmp_path)
    assert (frames.layout, len(frames)) == ("kitti raw", 2)
    assert frames[0].depth[0, 0] == 7
    assert frames[0].poses[1][2, 3] == pytest.approx(-1)
    assert frames[1].poses is None
    assert frames[0].ids is None


def test_rendered_clips_come_back_from_the_layout_of_cityscapes(tmp_path: Path) -> None:
    pytest.importorskip("pybullet", reason=WANTED)
    from daybrief.labs.panoptic import scenes

    made_ = [scenes.sample_of(clip, str(at)) for at, clip in enumerate(scenes.clips(2, 9))]
    folders.clips_written(made_, tmp_path, "train")
    for ours, theirs in zip(made_, folders.frames_of(tmp_path), strict=True):
        assert np.abs(ours.image - theirs.image).max() < 0.003
        assert (ours.ids == theirs.ids).all()
        assert np.abs(ours.poses - theirs.poses).max() < 1e-4
        near = np.isfinite(ours.depth) & (ours.depth < 20)
        assert np.abs(ours.depth[near] / theirs.depth[near] - 1).max() < 0.03


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (
            lambda root: (root / "leftImg8bit/train/ulm/ulm_000003_000019_leftImg8bit.png").write_bytes(b"x"),
            "no picture",
        ),
        (
            lambda root: (root / "camera/train/ulm/ulm_000003_000019_camera.json").write_text("[]"),
            "no JSON object",
        ),
        (
            lambda root: (root / "camera/train/ulm/ulm_000003_000019_camera.json").write_text("{}"),
            "no intrinsic",
        ),
        (
            lambda root: (root / "vehicle/train/ulm/ulm_000003_000019_vehicle.json").write_text(
                '{"speed": "a"}'
            ),
            "speed is 'a'",
        ),
    ],
)
def test_a_broken_file_of_a_data_set_is_named(tmp_path: Path, spoil: object, says: str) -> None:
    spoil(cityscapes(tmp_path))  # type: ignore[operator]
    with pytest.raises(LabError, match=says) as refused:
        folders.frames_of(tmp_path)[0]
    assert str(tmp_path) in str(refused.value)


def test_a_folder_without_frames_says_what_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match="layout of Cityscapes or KITTI") as refused:
        folders.frames_of(tmp_path)
    assert "leftImg8bit/train/CITY" in str(refused.value.hint)
    with pytest.raises(LabUnmet, match="does not exist"):
        folders.frames_of(tmp_path / "none")


# ── keeping and exporting ───────────────────────────────────────────────────────────────────────────


def test_other_weights_are_refused_by_name(tmp_path: Path) -> None:
    place = tmp_path / "other.pt"
    torch.save({"weight": torch.zeros(2)}, place)
    with pytest.raises(LabError, match="holds other weights"):
        training.resumed(place)
    place.write_bytes(b"nothing")
    with pytest.raises(LabError, match="is no checkpoint"):
        training.resumed(place)
    training.saved(Learning(made(), Recipe(steps=1)), place)
    checkpoint = torch.load(place, weights_only=True)
    checkpoint["plan"] = checkpoint["plan"].replace('"width":16', '"width":24')
    torch.save(checkpoint, place)
    with pytest.raises(LabError, match="another architecture"):
        training.resumed(place)
    with pytest.raises(LabUnmet, match="does not exist"):
        training.resumed(tmp_path / "none.pt")


@pytest.mark.parametrize("head", ["linked", "pixel", "none"])
def test_onnx_answers_as_torch_does(tmp_path: Path, head: str) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    apart = training.exported(made(depth_head=head), tmp_path / "net.onnx", SIZE)
    assert apart is not None
    assert apart < 1e-3
    with pytest.raises(LabError, match="no multiple of 16"):
        training.exported(made(), tmp_path / "net.onnx", (33, 48))


# ── the command ─────────────────────────────────────────────────────────────────────────────────────


def use(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    if isinstance(done.exception, DaybriefError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_a_folder_is_learned_asked_measured_and_exported(tmp_path: Path) -> None:
    data, model, out = cityscapes(tmp_path / "data"), str(tmp_path / "net.pt"), tmp_path / "out"
    options = ["--model", model, "--steps", "2", "--batch", "1", "--width", "16", "--kernels", "4"]
    assert "2 of 2 steps" in use("train", str(data), *options)
    with pytest.raises(LabError, match="other options"):
        use("train", str(data), *options, "--rate", "0.5")
    pictures = data / "leftImg8bit"
    save(np.zeros((4, 4, 3), np.uint8), pictures / "tiny.png")
    with pytest.raises(LabError, match="too small"):
        use("predict", str(pictures), "--model", model, "--out", str(out))
    output = use("predict", str(pictures), "--model", model, "--out", str(out), "--skip-broken")
    assert "1 of 2 pictures" in output
    (shown,) = out.glob("*_overlay.png")
    assert np.asarray(Image.open(shown)).shape == (2 * SIZE[0], SIZE[1], 3)
    assert np.asarray(Image.open(next(out.glob("*_depth.png")))).dtype == np.uint16
    assert "AbsRel" in use("measure", str(data), "--model", model, "--split", "train")
    with pytest.raises(LabError, match="no size"):
        use("train", str(data), *options, "--size", "48")
