"""OminiControl for diffusers' FLUX transformer, with LoRA in diffusers' own format.

    FluxControl   the transformer with a condition branch: one sequence [text, picture, condition]
    FluxStudio    a FLUX pipeline of a folder: pictures to latents and back, prompts, drawing

The low-rank parts are peft's, and diffusers adds, saves and reads them, so that any diffusers program does.
They act on the condition's tokens only: all else runs with them off, and without a condition the transformer
itself is called, so that the base's output is unchanged bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.control.guides import Conditioning, Place, placed, strength_bias
from daybrief.labs.control.tasks import Floats
from daybrief.labs.kit import require

ADAPTER = "control"
NEEDED = ("diffusers", "peft", "transformers", "safetensors")
# Official code: patch embedding, modulation, query, key, value, output, second feed-forward layer, and in the
# single-stream blocks both projections.
FLUX_TARGETS = (
    r"x_embedder"
    r"|transformer_blocks\.\d+\.(norm1\.linear|attn\.to_[qkv]|attn\.to_out\.0|ff\.net\.2)"
    r"|single_transformer_blocks\.\d+\.(norm\.linear|proj_mlp|proj_out|attn\.to_[qkv])"
)


class FluxText(NamedTuple):
    """A prompt as FLUX reads it: T5's tokens (batch, tokens, joint), and CLIP's vector (batch, pooled)."""

    embeds: Tensor
    pooled: Tensor


class FluxControl(nn.Module):
    """A FLUX transformer that is steered by a picture's tokens.

    Raises LabError when it is not diffusers' FluxTransformer2DModel.
    """

    def __init__(self, transformer: Any, rank: int | None = 4) -> None:
        """`rank` None: the adapter is there already, as after `load`."""
        require(NEEDED, extra="lab-control")
        super().__init__()
        if type(transformer).__name__ != "FluxTransformer2DModel":
            raise LabError(
                f"a {type(transformer).__name__} is no FLUX transformer",
                hint="give the weights of FLUX.1 in diffusers' form",
            )
        self.transformer = transformer
        transformer.requires_grad_(requires_grad=False)
        if rank is not None:
            transformer.add_adapter(lora_settings(rank), adapter_name=ADAPTER)
        self._adapted = [module for module in transformer.modules() if hasattr(module, "lora_A")]

    def forward(
        self, noisy: Tensor, time: Tensor, text: FluxText, positions: Tensor,
        condition: Conditioning | None = None, guidance: float = 3.5,
    ) -> Tensor:  # fmt: skip
        """The velocity of packed latents, (batch, tokens, channels).

        noisy: (batch, tokens, channels); time: (batch,) from 0 (clean) to 1; positions: (tokens, 2), rows and
        columns; guidance: of the distilled models, left out where the model takes none.
        """
        ids = _ids(positions)
        model = self.transformer
        guided = torch.full_like(time, guidance) if model.config.guidance_embeds else None
        if condition is None or condition.strength == 0:  # nobody sees the condition: the base itself
            with self._off():
                velocity: Tensor = model(
                    hidden_states=noisy, encoder_hidden_states=text.embeds, pooled_projections=text.pooled,
                    timestep=time, img_ids=ids, txt_ids=ids.new_zeros(text.embeds.shape[1], 3),
                    guidance=guided, return_dict=False,
                )[0]  # fmt: skip
            return velocity
        return self._steered(noisy, time, text, ids, condition, guided)

    def _steered(
        self, noisy: Tensor, time: Tensor, text: FluxText, ids: Tensor, condition: Conditioning,
        guided: Tensor | None,
    ) -> Tensor:  # fmt: skip
        model, seen = self.transformer, text.embeds.shape[1] + noisy.shape[1]
        with self._off():
            words, x = model.context_embedder(text.embeds), model.x_embedder(noisy)
            clock = self._clock(time, guided, text.pooled, x.dtype)
            clean = self._clock(torch.zeros_like(time), guided, text.pooled, x.dtype)
        c = model.x_embedder(condition.tokens.to(x.dtype))
        places = [ids.new_zeros(words.shape[1], 3), ids, _ids(condition.positions).to(ids)]
        turn = model.pos_embed(torch.cat(places))
        bias = None
        if condition.strength != 1:
            bias = strength_bias(seen, c.shape[1], condition.strength, x.device).to(x.dtype)
        for block in model.transformer_blocks:
            words, x, c = self._double(block, words, x, c, (clock, clean), turn, bias)
        joined = torch.cat([words, x], dim=1)
        for block in model.single_transformer_blocks:
            joined, c = self._single(block, joined, c, (clock, clean), turn, bias)
        with self._off():
            velocity: Tensor = model.proj_out(model.norm_out(joined[:, words.shape[1] :], clock))
        return velocity

    def _clock(self, time: Tensor, guided: Tensor | None, pooled: Tensor, kind: torch.dtype) -> Tensor:
        scaled = time.to(kind) * 1000
        embed = self.transformer.time_text_embed
        clock: Tensor = (
            embed(scaled, pooled) if guided is None else embed(scaled, guided.to(kind) * 1000, pooled)
        )
        return clock

    def _double(
        self, block: Any, words: Tensor, x: Tensor, c: Tensor, clocks: tuple[Tensor, Tensor], turn: Any,
        bias: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """A block with weights of its own for text; the branch is for the condition alone."""
        attention = block.attn
        with self._off():
            y, *of_x = block.norm1(x, emb=clocks[0])
            z, *of_words = block.norm1_context(words, emb=clocks[0])
            ours = _opened(attention, y)
            added = _added(attention, z)
        w, *of_c = block.norm1(c, emb=clocks[1])
        theirs = _opened(attention, w)
        looked = _looked([added, ours, theirs], turn, bias)
        first, second = words.shape[1], words.shape[1] + x.shape[1]
        with self._off():
            words = words + of_words[0].unsqueeze(1) * attention.to_add_out(looked[:, :first])
            words = _fed(words, block.norm2_context, block.ff_context, of_words)
            x = x + of_x[0].unsqueeze(1) * attention.to_out[0](looked[:, first:second])
            x = _fed(x, block.norm2, block.ff, of_x)
        c = c + of_c[0].unsqueeze(1) * attention.to_out[0](looked[:, second:])
        return words, x, _fed(c, block.norm2, block.ff, of_c)

    def _single(
        self, block: Any, joined: Tensor, c: Tensor, clocks: tuple[Tensor, Tensor], turn: Any,
        bias: Tensor | None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """A block that treats text and picture alike."""
        with self._off():
            y, gate = block.norm(joined, emb=clocks[0])
            ours, fed = _opened(block.attn, y), block.act_mlp(block.proj_mlp(y))
        z, gate_c = block.norm(c, emb=clocks[1])
        theirs, fed_c = _opened(block.attn, z), block.act_mlp(block.proj_mlp(z))
        looked = _looked([ours, theirs], turn, bias)
        seen = joined.shape[1]
        with self._off():
            both = torch.cat([looked[:, :seen], fed], dim=2)
            joined = joined + gate.unsqueeze(1) * block.proj_out(both)
        both = torch.cat([looked[:, seen:], fed_c], dim=2)
        return joined, c + gate_c.unsqueeze(1) * block.proj_out(both)

    @contextmanager
    def _off(self) -> Iterator[None]:
        """The low-rank parts do nothing. (`enable_adapters` would freeze them as well.)"""
        for module in self._adapted:
            module._disable_adapters = True
        try:
            yield
        finally:
            for module in self._adapted:
                module._disable_adapters = False

    def save(self, folder: Path) -> None:
        """Write the LoRA as diffusers' pipelines do: `pytorch_lora_weights.safetensors` in a folder."""
        from diffusers import FluxPipeline
        from peft import get_peft_model_state_dict

        weights = get_peft_model_state_dict(self.transformer, adapter_name=ADAPTER)
        FluxPipeline.save_lora_weights(folder, transformer_lora_layers=weights)

    @classmethod
    def load(cls, transformer: Any, folder: Path) -> FluxControl:
        """A transformer with the LoRA of a folder; raises LabError when it does not fit."""
        require(NEEDED, extra="lab-control")
        if not (folder / "pytorch_lora_weights.safetensors").is_file():
            raise LabUnmet(f"{folder} holds no LoRA", hint="train one: daybrief lab use control train")
        try:
            transformer.load_lora_adapter(
                folder,
                adapter_name=ADAPTER,
                prefix="transformer",
                local_files_only=True,
                use_safetensors=True,
            )
            loaded = cls(transformer, rank=None)
        except (RuntimeError, ValueError, KeyError, OSError) as broken:
            raise LabError(
                f"the LoRA of {folder} does not fit these weights: {repr(broken)[:200]}",
                hint="give the weights it was trained on",
            ) from broken
        if not loaded._adapted:
            raise LabError(f"the LoRA of {folder} names no layer of FLUX", hint="train it again")
        return loaded


def lora_settings(rank: int) -> Any:
    """peft's settings of a LoRA on the paper's layers; alpha is the rank."""
    from peft import LoraConfig

    return LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=FLUX_TARGETS)


def flux_share(settings: Mapping[str, Any], rank: int) -> tuple[int, int]:
    """Parameters of a LoRA of a rank and of the FLUX transformer of a configuration, by its shapes."""
    require(NEEDED, extra="lab-control")
    import re

    from diffusers import FluxTransformer2DModel

    make: Any = FluxTransformer2DModel
    with torch.device("meta"):
        model = make(**settings)
    added = sum(
        rank * (layer.in_features + layer.out_features)
        for name, layer in model.named_modules()
        if re.fullmatch(FLUX_TARGETS, name)
    )
    return added, sum(value.numel() for value in model.parameters())


def _ids(positions: Tensor) -> Tensor:
    """FLUX's three axes: the first is unused, then row and column."""
    return torch.cat([positions.new_zeros(len(positions), 1), positions], dim=1)


def _opened(attention: Any, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values, (batch, tokens, heads, head)."""
    layers = (attention.to_q, attention.to_k, attention.to_v)
    query, key, value = (layer(y).reshape(*y.shape[:2], attention.heads, -1) for layer in layers)
    return attention.norm_q(query), attention.norm_k(key), value


def _added(attention: Any, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The same of the text's tokens."""
    layers = (attention.add_q_proj, attention.add_k_proj, attention.add_v_proj)
    query, key, value = (layer(z).reshape(*z.shape[:2], attention.heads, -1) for layer in layers)
    return attention.norm_added_q(query), attention.norm_added_k(key), value


def _looked(parts: list[tuple[Tensor, Tensor, Tensor]], turn: Any, bias: Tensor | None) -> Tensor:
    """Joint attention over all tokens, (batch, tokens, width)."""
    from diffusers.models import embeddings

    turned: Any = embeddings.apply_rotary_emb
    query, key, value = (torch.cat([part[at] for part in parts], dim=1) for at in range(3))
    query, key = (turned(vectors, turn, sequence_dim=1) for vectors in (query, key))
    attended = functional.scaled_dot_product_attention(
        query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), attn_mask=bias
    )
    return attended.transpose(1, 2).flatten(2).to(query.dtype)


def _fed(x: Tensor, norm: Any, feed: Any, parts: list[Tensor]) -> Tensor:
    """The feed-forward part; parts: gate of attention, shift, scale and gate of this."""
    _, shift, scale, gate = parts
    fed: Tensor = x + gate.unsqueeze(1) * feed(norm(x) * (1 + scale[:, None]) + shift[:, None])
    return fed


# ── a pipeline ──────────────────────────────────────────────────────────────────────────────────────


class FluxStudio:
    """A FLUX pipeline of a folder in diffusers' form; nothing is downloaded."""

    def __init__(
        self, folder: Path, *, device: str = "cpu", adapter: Path | None = None, rank: int = 4
    ) -> None:
        """`adapter`: the folder of a LoRA that was trained; a fresh one of `rank` otherwise."""
        require(NEEDED, extra="lab-control")
        from diffusers import FluxPipeline

        if not (folder / "model_index.json").is_file():
            raise LabUnmet(f"{folder} holds no pipeline", hint="give the folder of FLUX.1 in diffusers' form")
        make: Any = FluxPipeline
        kind = torch.bfloat16 if device == "cuda" else torch.float32
        try:
            pipeline = make.from_pretrained(folder, local_files_only=True, torch_dtype=kind)
        except Exception as broken:  # whatever a foreign folder makes of two libraries
            raise LabError(
                f"{folder} cannot be opened: {repr(broken)[:200]}",
                hint="give the folder of FLUX.1 in diffusers' form",
            ) from broken
        self._pipeline: Any = pipeline.to(device)
        self._pipeline.set_progress_bar_config(disable=True)
        transformer = self._pipeline.transformer
        self.device = device
        self.control = FluxControl.load(transformer, adapter) if adapter else FluxControl(transformer, rank)

    @property
    def cell(self) -> int:
        """Pixels along a token's side: 16 for FLUX.1."""
        return int(2 * self._pipeline.vae_scale_factor)

    @torch.no_grad()
    def text(self, prompts: list[str]) -> FluxText:
        """Prompts as FLUX reads them."""
        embeds, pooled, _ = self._pipeline.encode_prompt(
            prompt=prompts, prompt_2=prompts, max_sequence_length=self._longest()
        )
        return FluxText(embeds, pooled)

    def _longest(self) -> int:
        return min(512, int(self._pipeline.tokenizer_2.model_max_length))

    @torch.no_grad()
    def latents(self, pictures: Floats, seed: int = 0) -> Tensor:
        """Pictures (count, rows, columns, 3) from 0 to 1 as packed latents, (count, tokens, channels)."""
        vae = self._pipeline.vae
        given = torch.from_numpy(pictures).permute(0, 3, 1, 2).to(self.device, vae.dtype) * 2 - 1
        generator = torch.Generator(self.device).manual_seed(seed)
        latents = vae.encode(given).latent_dist.sample(generator)
        latents = (latents - vae.config.shift_factor) * vae.config.scaling_factor
        packed: Tensor = self._pipeline._pack_latents(
            latents, len(latents), latents.shape[1], *latents.shape[2:]
        )
        return packed

    @torch.no_grad()
    def pictures(self, latents: Tensor, rows: int, columns: int) -> Floats:
        """Packed latents back to pictures of this size in pixels."""
        vae = self._pipeline.vae
        picture = self._pipeline._unpack_latents(latents, rows, columns, self._pipeline.vae_scale_factor)
        picture = vae.decode(picture / vae.config.scaling_factor + vae.config.shift_factor).sample
        shown = (picture.float().clamp(-1, 1) + 1) / 2
        return np.asarray(shown.permute(0, 2, 3, 1).cpu().numpy(), np.float32)

    @torch.no_grad()
    def draw(
        self, condition: Floats, prompts: list[str], place: Place, *, strength: float = 1.0, steps: int = 28,
        guidance: float = 3.5, seed: int = 0,
    ) -> Floats:  # fmt: skip
        """Pictures of prompts that follow condition pictures (count, rows, columns, 3), of the same size."""
        from diffusers.pipelines.flux.pipeline_flux import calculate_shift

        rows, columns = (size // self.cell for size in condition.shape[1:3])
        given = self.latents(condition, seed)
        steered = Conditioning(given, _grid(rows, columns, place, self.device), strength)
        generator = torch.Generator(self.device).manual_seed(seed)
        x = torch.randn(given.shape, generator=generator, device=self.device, dtype=given.dtype)
        text, scheduler = self.text(prompts), self._pipeline.scheduler
        mu = calculate_shift(given.shape[1])
        scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=mu, device=self.device)
        positions = _grid(rows, columns, "shared", self.device)
        for now in scheduler.timesteps:
            time = (now / 1000).expand(len(x)).to(x.dtype)
            velocity = self.control(x, time, text, positions, steered, guidance)
            x = scheduler.step(velocity, now, x, return_dict=False)[0]
        return self.pictures(x, condition.shape[1], condition.shape[2])


def _grid(rows: int, columns: int, place: Place, device: str) -> Tensor:

    return placed(rows, columns, place).to(device)
