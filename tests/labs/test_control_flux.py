"""OminiControl on diffusers' own FLUX classes with tiny random weights: a step, saved, read, drawn with."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from daybrief.errors import LabError, LabUnmet

torch = pytest.importorskip("torch", reason='the lab needs torch: pip install "daybrief[lab-control]"')
for needed in ("diffusers", "peft", "transformers", "safetensors", "PIL"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of foreign packages, while they are imported
        pytest.importorskip(needed, reason='FLUX needs diffusers: pip install "daybrief[lab-control]"')

from daybrief.labs.control import flow, flux  # noqa: E402
from daybrief.labs.control.flux import FluxControl, FluxText  # noqa: E402
from daybrief.labs.control.guides import Conditioning, Place, placed, trainable  # noqa: E402
from daybrief.labs.control.use import app  # noqa: E402

TINY = {
    "in_channels": 16, "num_layers": 1, "num_single_layers": 1, "attention_head_dim": 8,
    "num_attention_heads": 2, "joint_attention_dim": 12, "pooled_projection_dim": 10,
    "axes_dims_rope": (2, 2, 4),
}  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore")  # of diffusers, peft and transformers


def transformer(seed: int = 0, *, guidance: bool = True) -> Any:
    from diffusers import FluxTransformer2DModel

    torch.manual_seed(seed)
    return FluxTransformer2DModel(**TINY, guidance_embeds=guidance).eval()


def inputs() -> tuple[Any, Any, FluxText, Any]:
    """Latents of two pictures of 4 x 4 tokens, times, prompts and positions."""
    made = torch.Generator().manual_seed(1)
    text = FluxText(torch.randn(2, 5, 12, generator=made), torch.randn(2, 10, generator=made))
    noisy, time = torch.randn(2, 16, 16, generator=made), torch.rand(2, generator=made)
    return noisy, time, text, placed(4, 4, "shared")


def shown(place: Place = "shifted", strength: float = 1.0) -> Conditioning:
    made = torch.Generator().manual_seed(2)
    return Conditioning(torch.randn(2, 16, 16, generator=made), placed(4, 4, place), strength)


def of_diffusers(model: Any, *, guidance: bool = True) -> Any:
    """The output of diffusers' own forward."""
    noisy, time, text, positions = inputs()
    ids = torch.cat([torch.zeros(16, 1), positions], dim=1)
    return model(
        hidden_states=noisy, encoder_hidden_states=text.embeds, pooled_projections=text.pooled, timestep=time,
        img_ids=ids, txt_ids=torch.zeros(5, 3), guidance=torch.full((2,), 3.5) if guidance else None,
        return_dict=False,
    )[0]  # fmt: skip


def stirred(control: FluxControl) -> FluxControl:
    with torch.no_grad():
        for name, value in control.named_parameters():
            if "lora_B" in name:
                value.normal_(generator=torch.Generator().manual_seed(3))
    return control


@pytest.mark.parametrize("guidance", [True, False])
def test_without_a_condition_flux_is_unchanged_bit_for_bit(guidance: bool) -> None:
    model = transformer(guidance=guidance)
    before = of_diffusers(model, guidance=guidance)
    control = stirred(FluxControl(model, 3))
    assert torch.equal(control(*inputs()), before)
    assert torch.equal(control(*inputs(), shown(strength=0.0)), before)
    assert not torch.allclose(control(*inputs(), shown()), before, atol=1e-4)
    assert torch.equal(control(*inputs()), before), "the branch is off again after a condition"


def test_a_condition_that_hardly_anybody_sees_leaves_flux_as_diffusers_computes_it() -> None:
    """The blocks written out for the branch are those of diffusers: text and picture come out alike."""
    model = transformer()
    before = of_diffusers(model)
    control = stirred(FluxControl(model, 3))
    assert torch.allclose(control(*inputs(), shown(strength=1e-30)), before, atol=1e-5)


def test_strength_and_place_change_what_flux_makes_of_a_condition() -> None:
    control = stirred(FluxControl(transformer(), 3))
    plain = control(*inputs())
    apart = [
        float((control(*inputs(), shown(strength=gamma)) - plain).detach().norm())
        for gamma in (0.01, 0.1, 1.0)
    ]
    assert apart == sorted(apart)
    assert not torch.allclose(control(*inputs(), shown("shared")), control(*inputs(), shown()), atol=1e-5)


def test_a_step_of_learning_moves_the_lora_alone() -> None:
    control = stirred(FluxControl(transformer(), 2))
    before = {name: value.clone() for name, value in control.named_parameters()}
    noisy, _, text, positions = inputs()
    batch = flow.FlowBatch(noisy, text, shown())

    def velocity(x: Any, time: Any, words: Any, condition: Any) -> Any:
        return control(x, time, words, positions, condition)

    flow.learn(velocity, trainable(control), lambda _made: batch, flow.FlowStudy(1, 1e-2), 0)
    moved = {name for name, value in control.named_parameters() if not torch.equal(value, before[name])}
    assert moved
    assert all("lora_" in name for name in moved)
    layers = {name.partition(".lora_")[0].rpartition(".")[2] for name in moved}
    assert {"x_embedder", "linear", "to_k", "to_v"} <= layers


def test_a_lora_is_saved_in_diffusers_form_and_read_again(tmp_path: Path) -> None:
    from safetensors.torch import load_file

    control = stirred(FluxControl(transformer(), 3))
    control.save(tmp_path)
    names = set(load_file(tmp_path / "pytorch_lora_weights.safetensors"))
    assert "transformer.transformer_blocks.0.attn.to_q.lora_A.weight" in names
    assert "transformer.single_transformer_blocks.0.proj_mlp.lora_B.weight" in names
    again = FluxControl.load(transformer(), tmp_path)
    assert torch.equal(again(*inputs(), shown()), control(*inputs(), shown()))
    other = transformer()
    other.load_lora_adapter(tmp_path, prefix="transformer", use_safetensors=True)  # as any diffusers program


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    from diffusers import FluxTransformer2DModel

    with pytest.raises(LabError, match="a Linear is no FLUX transformer"):
        FluxControl(torch.nn.Linear(2, 2))
    with pytest.raises(LabUnmet, match="holds no LoRA"):
        FluxControl.load(transformer(), tmp_path)
    FluxControl(transformer(), 3).save(tmp_path)
    wider = FluxTransformer2DModel(**{**TINY, "num_attention_heads": 3})
    with pytest.raises(LabError, match="does not fit these weights"):
        FluxControl.load(wider, tmp_path)


def test_the_share_of_flux_is_the_paper_s() -> None:
    """Table 1: 14.5 M parameters of 12 B."""
    added, whole = flux.flux_share({"guidance_embeds": True}, 4)
    assert added == pytest.approx(14.5e6, rel=0.005)
    assert whole == pytest.approx(12e9, rel=0.01)
    tiny, _ = flux.flux_share(TINY, 3)
    assert tiny == sum(value.numel() for value in trainable(FluxControl(transformer(guidance=False), 3)))


# ── a whole pipeline of a folder ────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FLUX pipeline with tiny random parts, saved as diffusers saves one."""
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import (
        CLIPTextConfig,
        CLIPTextModel,
        PreTrainedTokenizerFast,
        T5Config,
        T5EncoderModel,
    )

    words = {word: at for at, word in enumerate("[PAD] [EOS] [UNK] a block an illustration red".split())}
    plain = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    plain.pre_tokenizer = Whitespace()

    def tokenizer() -> Any:
        return PreTrainedTokenizerFast(
            tokenizer_object=plain,
            unk_token="[UNK]",
            pad_token="[PAD]",
            eos_token="[EOS]",
            model_max_length=6,
        )

    torch.manual_seed(0)
    clip = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(words), hidden_size=10, intermediate_size=12, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=6, eos_token_id=1, pad_token_id=0, bos_token_id=1,
        )
    )  # fmt: skip
    t5 = T5EncoderModel(
        T5Config(vocab_size=len(words), d_model=12, d_kv=4, d_ff=12, num_layers=1, num_heads=2)
    )
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2,
        block_out_channels=(4, 4), layers_per_block=1, latent_channels=4, norm_num_groups=2,
        use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.1, scaling_factor=0.4,
    )  # fmt: skip
    pipeline = FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True), vae=vae, text_encoder=clip,
        tokenizer=tokenizer(), text_encoder_2=t5, tokenizer_2=tokenizer(), transformer=transformer(),
    )  # fmt: skip
    place = tmp_path_factory.mktemp("flux")
    pipeline.save_pretrained(place)
    return place


def test_pictures_go_to_latents_and_back_in_their_size(weights: Path) -> None:
    studio = flux.FluxStudio(weights)
    assert studio.cell == 4
    pictures = np.random.default_rng(0).random((2, 16, 24, 3)).astype(np.float32)
    latents = studio.latents(pictures)
    assert latents.shape == (2, 24, 16)
    assert studio.pictures(latents, 16, 24).shape == pictures.shape


@pytest.fixture
def album(tmp_path: Path) -> Path:
    from PIL import Image

    place = tmp_path / "album"
    place.mkdir()
    for at in range(3):
        picture = np.full((32, 32, 3), 30, np.uint8)
        picture[8 + at : 24, 10:22] = (200, 40 * at, 90)
        Image.fromarray(picture).save(place / f"{at}.png")
    (place / "0.txt").write_text("a red block", encoding="utf-8")
    return place


def used(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=True)


def test_a_control_of_flux_is_trained_and_draws_a_cover(weights: Path, album: Path, tmp_path: Path) -> None:
    from PIL import Image

    out, cover = tmp_path / "control", tmp_path / "cover.png"
    sized = ["--side", "16", "--steps", "1", "--batch", "2"]
    done = used("train", album, "--weights", weights, "--out", out, *sized)
    assert done.exit_code == 0, done.exception
    assert {place.name for place in out.iterdir()} == {"control.json", "pytorch_lora_weights.safetensors"}
    drawn = ["--model", out, "--weights", weights, "--steps", "2", "--words", "an illustration"]
    done = used("cover", album / "0.png", *drawn, "--side", "32", "--out", cover)
    assert done.exit_code == 0, done.exception
    with Image.open(cover) as image:
        assert image.size == (256, 256)
    refused = used("sample", album / "0.png", "--model", out).exception
    assert isinstance(refused, LabUnmet)
    assert "--weights" in refused.hint


@pytest.mark.parametrize("content", [None, "{}", "no json"])
def test_a_folder_without_a_pipeline_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "model_index.json").write_text(content)
    with pytest.raises((LabError, LabUnmet), match=re.escape(str(tmp_path))):
        flux.FluxStudio(tmp_path)
