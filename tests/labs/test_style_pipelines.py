"""The adapters to diffusers: tiny pipelines of the real classes, made here, tuned, saved, loaded, used."""

from __future__ import annotations

import json
import re
import string
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daybrief.errors import LabError, LabUnmet

torch = pytest.importorskip("torch", reason='it needs torch: pip install "daybrief[lab-style]"')
pytest.importorskip("diffusers", reason='it needs diffusers: pip install "daybrief[lab-style]"')
pytest.importorskip("peft", reason='it needs peft: pip install "daybrief[lab-style]"')

from PIL import Image  # noqa: E402

from daybrief.labs.style import pipelines  # noqa: E402
from daybrief.labs.style.pipelines import PROGRESS, WEIGHTS, Settings  # noqa: E402
from daybrief.labs.style.samplers import STYLE_FRIENDLY, log_snr  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries, which warn of one another
QUICK = Settings(rank=2, steps=4, accumulate=2, rate=1e-2, side=32, save_every=2, words_length=8)
WIDTH = 16


def clip_tokenizer() -> Any:
    from transformers import CLIPTokenizer

    letters = list(string.ascii_lowercase)
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={w: n for n, w in enumerate(words)}, merges=[], model_max_length=8)


def t5() -> tuple[Any, Any]:
    from transformers import T5Config, T5EncoderModel, T5TokenizerFast

    pieces = [
        ("<pad>", 0.0),
        ("</s>", 0.0),
        ("<unk>", 0.0),
        *((f"▁{x}", -2.0) for x in string.ascii_lowercase),
    ]
    pieces += [(x, -3.0) for x in string.ascii_lowercase]
    shape = T5Config(vocab_size=200, d_model=WIDTH, d_kv=8, d_ff=16, num_layers=1, num_heads=2)
    return T5TokenizerFast(vocab=pieces, model_max_length=8), T5EncoderModel(shape)


def vae(channels: int) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 8), down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=channels, norm_num_groups=4,
        sample_size=32, shift_factor=0.1, scaling_factor=1.5, use_quant_conv=False, use_post_quant_conv=False,
    )  # fmt: skip


def clip_shape() -> Any:
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=54, hidden_size=WIDTH, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=8, projection_dim=WIDTH, bos_token_id=52, eos_token_id=53, pad_token_id=53,
    )  # fmt: skip


def sd3() -> Any:
    """Stable Diffusion 3 with one joint block, and no T5, which the pipeline allows."""
    from diffusers import FlowMatchEulerDiscreteScheduler, SD3Transformer2DModel, StableDiffusion3Pipeline
    from transformers import CLIPTextModelWithProjection

    transformer = SD3Transformer2DModel(
        sample_size=16, patch_size=2, in_channels=4, out_channels=4, num_layers=2, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=2 * WIDTH, caption_projection_dim=16,
        pooled_projection_dim=2 * WIDTH, pos_embed_max_size=16,
    )  # fmt: skip
    return StableDiffusion3Pipeline(
        transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0), vae=vae(4),
        text_encoder=CLIPTextModelWithProjection(clip_shape()), tokenizer=clip_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(clip_shape()), tokenizer_2=clip_tokenizer(),
        text_encoder_3=None, tokenizer_3=None,
    )  # fmt: skip


def flux() -> Any:
    """FLUX with one double and one single block."""
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
    from transformers import CLIPTextModel

    tokenizer, encoder = t5()
    transformer = FluxTransformer2DModel(
        patch_size=1, in_channels=16, num_layers=1, num_single_layers=1, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=WIDTH, pooled_projection_dim=WIDTH,
        axes_dims_rope=(2, 2, 4), guidance_embeds=True,
    )  # fmt: skip
    return FluxPipeline(
        transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(), vae=vae(4),
        text_encoder=CLIPTextModel(clip_shape()), tokenizer=clip_tokenizer(),
        text_encoder_2=encoder, tokenizer_2=tokenizer,
    )  # fmt: skip


@pytest.fixture(scope="module", params=[sd3, flux], ids=["sd3", "flux"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline as diffusers saves it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        place = tmp_path_factory.mktemp("pipeline")
        request.param().save_pretrained(place)
    return place


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    place = tmp_path / "one.png"
    pixels = np.linspace(0, 255, 40 * 60 * 3).reshape(40, 60, 3).astype(np.uint8)
    Image.fromarray(pixels).save(place)
    return place


def weights_of(place: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(place))


def test_a_pipeline_is_tuned_saved_loaded_and_paints_otherwise(
    folder: Path, drawing: Path, tmp_path: Path
) -> None:
    shown = pipelines.shown(drawing, 32, "ink")
    done = pipelines.tuned(pipelines.opened(folder), shown, tmp_path / "lora", QUICK)
    assert done == tmp_path / "lora" / WEIGHTS
    assert [p.name for p in done.parent.iterdir()] == [WEIGHTS], "no progress is left behind"
    weights = weights_of(done)
    assert all(name.startswith("transformer.") for name in weights)
    assert any(".add_k_proj." in name for name in weights), "the stream of words is adapted too"
    assert max(float(v.abs().max()) for n, v in weights.items() if ".lora_B." in n) > 0, "it has learned"

    def paint(pipe: Any) -> np.ndarray:
        (picture,) = pipelines.painted(pipe, ["a cat in ink style"], seed=3, side=32, steps=2, words_length=8)
        return np.asarray(picture)

    plain = pipelines.opened(folder)
    before = paint(plain)
    assert before.shape == (32, 32, 3)
    dressed = pipelines.dressed(plain, tmp_path / "lora")
    loaded = {n: p for n, p in dressed.transformer.named_parameters() if "lora_" in n}
    assert len(loaded) == len(weights), "every weight has found its layer"
    name = next(iter(weights))
    inner = name.removeprefix("transformer.").replace(".weight", ".default_0.weight")
    assert torch.equal(loaded[inner].cpu(), weights[name])
    assert not np.array_equal(paint(dressed), before)


def test_a_run_that_was_stopped_goes_on_and_ends_the_same(
    folder: Path, drawing: Path, tmp_path: Path
) -> None:
    shown = pipelines.shown(drawing, 32, "ink")
    whole = weights_of(pipelines.tuned(pipelines.opened(folder), shown, tmp_path / "whole", QUICK))
    lines: list[str] = []

    class Stopped(Exception):
        pass

    class Breaks:
        """A sampler that is cut off in the third step."""

        calls = 0

        def __repr__(self) -> str:
            return repr(STYLE_FRIENDLY)

        def quantile(self, u: Any) -> Any:
            self.calls += 1
            if self.calls == 4:
                raise Stopped
            return STYLE_FRIENDLY.quantile(u)

        def density(self, t: Any) -> Any:
            return STYLE_FRIENDLY.density(t)

    with pytest.raises(Stopped):
        pipelines.tuned(pipelines.opened(folder), shown, tmp_path / "cut", QUICK, Breaks())
    assert [p.name for p in (tmp_path / "cut").iterdir()] == [PROGRESS]
    again = pipelines.tuned(pipelines.opened(folder), shown, tmp_path / "cut", QUICK, tell=lines.append)
    assert lines == ["step 4 of 4: loss " + lines[0].split()[-1]]
    for name, value in weights_of(again).items():
        assert torch.allclose(value, whole[name], atol=1e-6), name


def test_progress_of_other_settings_is_not_taken_up(folder: Path, drawing: Path, tmp_path: Path) -> None:
    shown = pipelines.shown(drawing, 32, "ink")
    for content in (b"damaged", None):
        place = tmp_path / PROGRESS
        if content is None:
            torch.save({"fingerprint": "other", "step": 2, "learned": {}, "optimiser": {}}, place)
        else:
            place.write_bytes(content)
        with pytest.raises(LabError, match=re.escape(str(place))) as refused:
            pipelines.tuned(pipelines.opened(folder), shown, tmp_path, QUICK)
        assert "remove it" in str(refused.value.hint)
        assert not (tmp_path / WEIGHTS).exists()


def test_the_stream_of_words_can_be_left_alone(folder: Path, drawing: Path, tmp_path: Path) -> None:
    import msgspec

    alone = msgspec.structs.replace(QUICK, words=False, steps=1)
    done = pipelines.tuned(
        pipelines.opened(folder), pipelines.shown(drawing, 32, "ink"), tmp_path / "x", alone
    )
    assert not any(re.search(r"\.add_[qkv]_proj\.|to_add_out", name) for name in weights_of(done))


def test_half_precision_keeps_the_learned_weights_whole(folder: Path, drawing: Path, tmp_path: Path) -> None:
    import msgspec

    pipe = pipelines.opened(folder, dtype=torch.bfloat16)
    quick = msgspec.structs.replace(QUICK, steps=1, offset=0.1)
    done = pipelines.tuned(pipe, pipelines.shown(drawing, 32, "ink"), tmp_path / "half", quick)
    assert {v.dtype for v in weights_of(done).values()} == {torch.float32}


def test_weights_of_another_architecture_are_refused(drawing: Path, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sd3().save_pretrained(tmp_path / "sd3")
        flux().save_pretrained(tmp_path / "flux")
    shown = pipelines.shown(drawing, 32, "ink")
    pipelines.tuned(pipelines.opened(tmp_path / "flux"), shown, tmp_path / "lora", QUICK)
    with pytest.raises(LabError, match="belongs to no layer of SD3Transformer2DModel"):
        pipelines.dressed(pipelines.opened(tmp_path / "sd3"), tmp_path / "lora")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, LabUnmet),
        ({"model_index.json": "no json"}, LabError),
        ({"model_index.json": "[]"}, LabError),
        ({"model_index.json": '{"_class_name": "StableDiffusionPipeline"}'}, LabError),
        ({"model_index.json": '{"_class_name": "FluxPipeline"}'}, LabError),
        (
            {"model_index.json": '{"_class_name": "FluxPipeline", "vae": ["diffusers", "AutoencoderKL"]}'},
            LabError,
        ),
    ],
)
def test_a_folder_without_a_pipeline_is_refused(
    tmp_path: Path, files: dict[str, str], error: type[Exception]
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(error, match=re.escape(str(tmp_path))):
        pipelines.opened(tmp_path)


def test_a_picture_says_what_it_shows_by_a_file_beside_it(drawing: Path) -> None:
    drawing.with_suffix(".txt").write_text("a boat\n")
    (example,) = pipelines.shown(drawing.parent, 32, "woodcut")
    assert example.prompt == "a boat in woodcut style"
    assert example.picture.shape == (3, 32, 32)
    assert float(example.picture.min()) >= -1
    assert float(example.picture.max()) <= 1


@pytest.mark.parametrize(("content", "says"), [(b"broken", "is no picture"), (None, "8 x 20 pixels")])
def test_broken_and_tiny_pictures_are_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    place = tmp_path / "b.png"
    if content is None:
        Image.new("RGB", (8, 20)).save(place)
    else:
        place.write_bytes(content)
    with pytest.raises(LabError, match=says) as refused:
        pipelines.shown(tmp_path, 32, "ink")
    assert "b.png" in str(refused.value)


def test_a_folder_without_pictures_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match="holds no picture"):
        pipelines.shown(tmp_path, 32, "ink")


@pytest.mark.parametrize("damage", [b"", b"hello", json.dumps({}).encode()])
def test_damaged_weights_are_refused(folder: Path, tmp_path: Path, damage: bytes) -> None:
    (tmp_path / WEIGHTS).write_bytes(damage)
    with pytest.raises(LabError, match="holds no weights"):
        pipelines.dressed(pipelines.opened(folder), tmp_path)


def test_a_side_that_the_latents_do_not_divide_is_refused(
    folder: Path, drawing: Path, tmp_path: Path
) -> None:
    import msgspec

    odd = msgspec.structs.replace(QUICK, side=30)
    with pytest.raises(LabError, match="multiple of 4"):
        pipelines.tuned(pipelines.opened(folder), pipelines.shown(drawing, 30, "ink"), tmp_path, odd)


def test_diffusers_samples_style_friendly_levels_with_a_logit_mean_of_3() -> None:
    from diffusers.training_utils import compute_density_for_timestep_sampling

    theirs = compute_density_for_timestep_sampling(
        "logit_normal", 50_000, logit_mean=3.0, logit_std=1.0, generator=torch.Generator().manual_seed(0)
    ).double()
    levels = log_snr(theirs.numpy())
    assert levels.mean() == pytest.approx(-6, abs=0.05)
    assert levels.std() == pytest.approx(2, abs=0.05)
