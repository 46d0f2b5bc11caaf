"""The method on diffusers' pipelines: Stable Diffusion 3 and FLUX, from a folder, with nothing downloaded.

    opened      the pipeline of a folder
    tuned       LoRA of a pipeline's transformer, in diffusers' own format; goes on after a stop
    dressed     the same pipeline with such weights on
    painted     pictures of prompts

The loss is that of the small model, and so are the samplers of `samplers`; what differs are latents, prompts
and names of layers. Settings as in the paper (section 5): rank 32, alpha = rank, Gaussian start, Adam at
1e-4, 300 steps of one picture with 4 accumulated, guidance input 1 while tuning, 28 steps at guidance 7
afterwards, and no shift of time while tuning.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from daybrief.adapters.files import replace_file
from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit import require
from daybrief.labs.style.samplers import STYLE_FRIENDLY, NoiseSampler
from daybrief.model import Value

Tell = Callable[[str], None]
EXTRA = "lab-style"
WEIGHTS = "pytorch_lora_weights.safetensors"  # diffusers' own name
PROGRESS = "progress.pt"
ATTENTION = r".*attn2?\.(to_q|to_k|to_v|to_out\.0|add_q_proj|add_k_proj|add_v_proj|to_add_out)"
SINGLE = r"single_transformer_blocks\.\d+\.(proj_mlp|proj_out)"
IMAGE_ATTENTION = r".*attn2?\.(to_q|to_k|to_v|to_out\.0)"
SMALLEST_SIDE = 16  # pixels
PIPELINES = ("StableDiffusion3Pipeline", "FluxPipeline")
_OPTIONAL = {"StableDiffusion3Pipeline": ("text_encoder_3", "tokenizer_3")}  # it also runs without T5


class Settings(Value, frozen=True, kw_only=True):
    """How a pipeline is tuned; the defaults are the paper's. `side` is the pictures' side in pixels."""

    rank: int = 32
    steps: int = 300
    accumulate: int = 4
    rate: float = 1e-4
    side: int = 1024
    words: bool = True  # adapt the text's stream too
    offset: float = 0.0
    seed: int = 1000
    save_every: int = 50
    words_length: int = 256  # tokens of T5

    def __post_init__(self) -> None:
        if min(self.rank, self.steps, self.accumulate, self.save_every, self.words_length) < 1:
            raise LabError("a rank, a number of steps or a length is below 1", hint="give at least 1")
        if not 0 < self.rate < 1:
            raise LabError(f"a learning rate of {self.rate}", hint="the paper takes 1e-4")


class Shown(NamedTuple):
    """A picture, (3, side, side) from -1 to 1, and what a prompt says of it."""

    picture: Tensor
    prompt: str


# ── opening ─────────────────────────────────────────────────────────────────────────────────────────


def opened(folder: Path, *, device: str = "cpu", dtype: torch.dtype | None = None) -> Any:
    """The pipeline of a folder in diffusers' form (model_index.json). bf16 on a GPU, float32 on a CPU.

    Raises LabUnmet when there is none, LabError when it is of another kind or cannot be read.
    """
    require(("diffusers", "peft", "transformers"), extra=EXTRA)
    index = folder / "model_index.json"
    if not index.is_file():
        raise LabUnmet(f"{folder} holds no pipeline", hint="give a folder with model_index.json and weights")
    try:
        parts = json.loads(index.read_text(encoding="utf-8"))
        name = parts.get("_class_name")
    except (OSError, ValueError, AttributeError) as broken:
        raise LabError(f"{index} cannot be read: {broken}", hint="fetch the pipeline again") from broken
    if name not in PIPELINES:
        raise LabError(f"{folder} holds a {name}", hint=f"give one of {', '.join(PIPELINES)}")
    import diffusers

    kept = dtype or (torch.bfloat16 if device == "cuda" else torch.float32)
    without = {part: None for part in _OPTIONAL.get(name, ()) if not (parts.get(part) or [None])[0]}
    try:
        pipe = getattr(diffusers, name).from_pretrained(
            folder, torch_dtype=kept, local_files_only=True, **without
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError, ImportError) as broken:
        raise LabError(
            f"{folder} cannot be opened: {_first_line(broken)}", hint="fetch the pipeline again, whole"
        ) from broken
    pipe.set_progress_bar_config(disable=True)
    return pipe


def shown(place: Path, side: int, style: str) -> list[Shown]:
    """The pictures of a folder, or one picture, cut to squares, each with its prompt.

    NAME.txt beside NAME.png says what the picture shows; else the prompt is "a picture in STYLE style".
    A file that is no picture, or a tiny one, is named in the error. Raises LabError, LabUnmet.
    """
    require(("PIL",), extra=EXTRA)
    endings = {".png", ".jpg", ".jpeg", ".webp"}
    places = [place] if place.is_file() else sorted(p for p in place.glob("*") if p.suffix.lower() in endings)
    if not places:
        raise LabUnmet(
            f"{place} holds no picture", hint="give a .png, .jpg or .webp file, or a folder of them"
        )
    return [Shown(picture(p, side), _prompt(p, style)) for p in places]


def picture(place: Path, side: int) -> Tensor:
    """A picture cut to a square and scaled, (3, side, side) from -1 to 1. Raises LabError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(place) as image:
            size, plain = image.size, image.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError) as broken:
        raise LabError(f"{place} is no picture: {broken}", hint="remove it or replace it") from broken
    short = min(size)
    if short < SMALLEST_SIDE:
        raise LabError(
            f"{place} has {size[0]} x {size[1]} pixels", hint=f"give at least {SMALLEST_SIDE} on each side"
        )
    left, top = ((length - short) // 2 for length in size)
    square = plain.resize((side, side), box=(left, top, left + short, top + short))
    return torch.from_numpy(np.array(square)).permute(2, 0, 1).float() / 127.5 - 1


def _prompt(place: Path, style: str) -> str:
    beside = place.with_suffix(".txt")
    try:
        caption = beside.read_text(encoding="utf-8").strip() if beside.is_file() else ""
    except (OSError, UnicodeDecodeError) as broken:
        raise LabError(f"{beside} cannot be read: {broken}", hint="write it in UTF-8") from broken
    return f"{caption or 'a picture'} in {style} style"


# ── tuning ──────────────────────────────────────────────────────────────────────────────────────────


class _Given(NamedTuple):
    """The inputs of tuning for a picture: latents (1, c, h, w), embeddings of its prompt, their summary."""

    latent: Tensor
    words: Tensor
    summary: Tensor


def tuned(
    pipe: Any, pictures: Sequence[Shown], out: Path, settings: Settings,
    sampler: NoiseSampler = STYLE_FRIENDLY, *, device: str = "cpu", tell: Tell = lambda _text: None,
) -> Path:  # fmt: skip
    """Tune LoRA weights on pictures and write them into a folder; returns the place of the weights.

    Progress is kept every `save_every` steps: the same call goes on from there and ends the same. Raises
    LabError when the folder holds the progress of other settings, or the loss is no longer finite.
    """
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    given = _given(pipe, pictures, settings, device)
    transformer = pipe.transformer
    transformer.requires_grad_(requires_grad=False)
    torch.manual_seed(settings.seed)
    targets = f"({ATTENTION if settings.words else IMAGE_ATTENTION}|{SINGLE})"
    transformer.add_adapter(
        LoraConfig(
            r=settings.rank, lora_alpha=settings.rank, init_lora_weights="gaussian", target_modules=targets
        )
    )
    learned = {name: p for name, p in transformer.named_parameters() if p.requires_grad}
    for parameter in learned.values():
        parameter.data = parameter.data.float()
    if device != "cpu":
        transformer.enable_gradient_checkpointing()
    transformer.to(device).train()
    optimiser = torch.optim.Adam(learned.values(), lr=settings.rate)
    print_ = _fingerprint(settings, sampler, pictures, learned)
    start = _resumed(out / PROGRESS, print_, learned, optimiser, device)
    for step in range(start, settings.steps):
        loss = _step(pipe, given, settings, sampler, step, device)
        if not np.isfinite(loss):
            raise LabError(f"the loss of step {step + 1} is not finite", hint="take a lower --rate")
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        done = step + 1
        if done % settings.save_every == 0 and done < settings.steps:
            _kept(out / PROGRESS, print_, done, learned, optimiser)
        if done % 10 == 0 or done == settings.steps:
            tell(f"step {done} of {settings.steps}: loss {loss:.4f}")
    transformer.eval()
    state = {
        name: value.detach().cpu().contiguous()
        for name, value in get_peft_model_state_dict(transformer).items()
    }
    return _written(out, state)


def _given(pipe: Any, pictures: Sequence[Shown], settings: Settings, device: str) -> list[_Given]:
    """Latents and embeddings, made once; encoders leave the device before the transformer comes."""
    if not pictures:
        raise LabError("there is no picture to tune on", hint="give at least one")
    grid = 2 * pipe.vae_scale_factor
    if settings.side % grid:
        raise LabError(f"a side of {settings.side} pixels", hint=f"give a multiple of {grid}")
    encoders = [m for n, m in pipe.components.items() if n.startswith("text_encoder") and m is not None]
    for module in (pipe.vae, *encoders):
        module.to(device)
    rng = torch.Generator().manual_seed(settings.seed)
    given = []
    with torch.no_grad():
        for picture_, prompt in pictures:
            pixels = picture_[None].to(device, pipe.vae.dtype)
            spread = pipe.vae.encode(pixels).latent_dist
            noise = torch.randn(spread.mean.shape, generator=rng).to(spread.mean)
            shift = pipe.vae.config.shift_factor or 0.0
            latent = (spread.mean + spread.std * noise - shift) * pipe.vae.config.scaling_factor
            words, summary = _encoded(pipe, prompt, settings.words_length, device)
            given.append(_Given(latent.float(), words, summary))
    for module in (pipe.vae, *encoders):
        module.to("cpu")
    return given


def _encoded(pipe: Any, prompt: str, length: int, device: str) -> tuple[Tensor, Tensor]:
    if _is_flux(pipe):
        words, summary, _ = pipe.encode_prompt(prompt, None, device=device, max_sequence_length=length)
        return words, summary
    words, _, summary, _ = pipe.encode_prompt(
        prompt, prompt, prompt, device=device, do_classifier_free_guidance=False, max_sequence_length=length
    )
    return words, summary


def _step(
    pipe: Any, given: Sequence[_Given], settings: Settings, sampler: NoiseSampler, step: int, device: str
) -> float:
    """The gradient of one step: `accumulate` pictures, each noised on its own; returns the mean loss.

    Randomness belongs to the step, so a run that was stopped ends the same.
    """
    rng = np.random.default_rng([settings.seed, step])
    noises = torch.Generator().manual_seed(settings.seed * 1_000_003 + step)
    u = (rng.permutation(settings.accumulate) + rng.random(settings.accumulate)) / settings.accumulate
    total = 0.0
    for t in sampler.quantile(u):
        example = given[int(rng.integers(len(given)))]
        noise = torch.randn(example.latent.shape, generator=noises)
        if settings.offset:
            channels = example.latent.shape[:2]
            noise = noise + settings.offset * torch.randn(*channels, 1, 1, generator=noises)
        noise = noise.to(device)
        mixed = (1 - float(t)) * example.latent + float(t) * noise
        guess = _velocity(pipe, mixed, float(t), example, device)
        loss = (guess.float() - (noise - example.latent)).square().mean() / settings.accumulate
        torch.autograd.backward(loss)
        total += float(loss.detach())
    return total


def _velocity(pipe: Any, mixed: Tensor, t: float, example: _Given, device: str) -> Tensor:
    """v of the pipeline's transformer at latents (1, c, h, w)."""
    dtype = example.words.dtype
    level = torch.full((1,), t, device=device)
    with torch.autocast(device, dtype=dtype, enabled=dtype != torch.float32):
        if not _is_flux(pipe):
            return _tensor(
                pipe.transformer(
                    hidden_states=mixed.to(dtype), timestep=level * 1000, encoder_hidden_states=example.words,
                    pooled_projections=example.summary, return_dict=False,
                )
            )  # fmt: skip
        channels, height, width = mixed.shape[1:]
        packed = pipe._pack_latents(mixed, 1, channels, height, width)
        places = pipe._prepare_latent_image_ids(1, height // 2, width // 2, device, dtype)
        guided = pipe.transformer.config.guidance_embeds
        guess = _tensor(
            pipe.transformer(
                hidden_states=packed.to(dtype), timestep=level, encoder_hidden_states=example.words,
                pooled_projections=example.summary, img_ids=places,
                txt_ids=torch.zeros(example.words.shape[1], 3, device=device, dtype=dtype),
                guidance=torch.ones(1, device=device) if guided else None, return_dict=False,
            )
        )  # fmt: skip
        rows = guess.view(1, height // 2, width // 2, channels, 2, 2)
        return rows.permute(0, 3, 1, 4, 2, 5).reshape(mixed.shape)


def _tensor(out: Any) -> Tensor:
    tensor: Tensor = out[0]
    return tensor


def _is_flux(pipe: Any) -> bool:
    return type(pipe).__name__ == "FluxPipeline"


# ── files ───────────────────────────────────────────────────────────────────────────────────────────


def _fingerprint(
    settings: Settings, sampler: NoiseSampler, pictures: Sequence[Shown], learned: dict[str, Any]
) -> str:
    """A hash of all that must be the same for a stopped run to go on."""
    digest = hashlib.sha256(
        f"{settings}{sampler}{[(n, tuple(p.shape)) for n, p in learned.items()]}".encode()
    )
    for example in pictures:
        digest.update(example.prompt.encode())
        digest.update(example.picture.numpy().tobytes())
    return digest.hexdigest()


def _kept(place: Path, print_: str, step: int, learned: dict[str, Any], optimiser: Any) -> None:
    state = {
        "fingerprint": print_,
        "step": step,
        "learned": {name: p.detach().cpu() for name, p in learned.items()},
        "optimiser": optimiser.state_dict(),
    }
    buffer = io.BytesIO()
    torch.save(state, buffer)
    _put(place, buffer.getvalue())


def _resumed(place: Path, print_: str, learned: dict[str, Any], optimiser: Any, device: str) -> int:
    """The step from which a stopped run goes on; 0 when there was none."""
    if not place.exists():
        return 0
    try:
        state = torch.load(place, weights_only=True, map_location="cpu")
        same, step = state["fingerprint"] == print_, int(state["step"])
    except Exception as broken:
        raise LabError(
            f"{place} cannot be read: {_first_line(broken)}", hint="remove it to start again"
        ) from broken
    if not same:
        raise LabError(
            f"{place} is of other pictures or settings",
            hint="name another --out, or remove it to start again",
        )
    for name, parameter in learned.items():
        parameter.data.copy_(state["learned"][name].to(device))
    optimiser.load_state_dict(state["optimiser"])
    return step


def _written(out: Path, state: dict[str, Tensor]) -> Path:
    """The weights as diffusers saves them, put in place whole; the progress is no longer needed."""
    from safetensors.torch import save

    place = out / WEIGHTS
    _put(place, save({f"transformer.{name}": value for name, value in state.items()}, {"format": "pt"}))
    (out / PROGRESS).unlink(missing_ok=True)
    return place


def _put(place: Path, content: bytes) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, content)
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another --out"
        ) from refused


# ── using ───────────────────────────────────────────────────────────────────────────────────────────


def dressed(pipe: Any, weights: Path) -> Any:
    """The pipeline with LoRA weights on. Raises LabUnmet when absent, LabError when of another model."""
    place = weights / WEIGHTS if weights.is_dir() else weights
    if not place.is_file():
        raise LabUnmet(
            f"{place} is not there", hint="tune first: daybrief lab use style tune PICTURES --weights DIR"
        )
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(place)
    except (OSError, SafetensorError) as broken:
        raise LabError(f"{place} holds no weights: {_first_line(broken)}", hint="tune again") from broken
    _fits(pipe, place, state)
    try:
        pipe.load_lora_weights(state)
    except (ValueError, RuntimeError, KeyError) as broken:
        raise LabError(f"{place} does not fit: {_first_line(broken)}", hint="tune again") from broken
    return pipe


def _fits(pipe: Any, place: Path, state: dict[str, Tensor]) -> None:
    """Every weight must belong to a layer of the transformer, of its width."""
    layers = dict(pipe.transformer.named_modules())
    for name, value in state.items():
        match = re.fullmatch(r"transformer\.(.+)\.lora_([AB])\.weight", name)
        layer = layers.get(match[1]) if match else None
        if match is None or layer is None or not hasattr(layer, "weight"):
            raise LabError(
                f"{place}: {name} belongs to no layer of {type(pipe.transformer).__name__}",
                hint="give weights that were tuned on this model",
            )
        width = layer.weight.shape[1 if match[2] == "A" else 0]
        if value.shape[1 if match[2] == "A" else 0] != width:
            raise LabError(
                f"{place}: {name} has shape {tuple(value.shape)}, the layer {tuple(layer.weight.shape)}",
                hint="give weights that were tuned on this model",
            )


def painted(
    pipe: Any, prompts: Sequence[str], *, seed: int, side: int = 1024, steps: int = 28, guidance: float = 7.0,
    device: str = "cpu", words_length: int = 256,
) -> list[Any]:  # fmt: skip
    """A picture (PIL) of each prompt, the same noise for a seed. On a GPU, parts take turns in memory."""
    if not prompts or not all(prompt.strip() for prompt in prompts):
        raise LabError("a prompt is empty", hint="say what is to be seen")
    if device == "cuda":
        pipe.enable_model_cpu_offload()
    made = []
    for prompt in prompts:
        random = torch.Generator().manual_seed(seed)
        try:
            made += pipe(
                prompt, height=side, width=side, num_inference_steps=steps, guidance_scale=guidance,
                generator=random, max_sequence_length=words_length,
            ).images  # fmt: skip
        except torch.OutOfMemoryError as full:
            raise LabError(
                f"the GPU's memory does not hold {side} x {side} pixels", hint="take a smaller --side"
            ) from full
    return made


def _first_line(broken: Exception) -> str:
    return (str(broken).splitlines() or [type(broken).__name__])[0][:200]
