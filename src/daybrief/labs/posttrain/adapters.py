"""Causal models of transformers as policies: whole or with LoRA, from a folder or a GGUF file.

    opened       a folder with config.json and weights, or one .gguf file (its weights are dequantised)
    Causal       such a model as a `Policy`
    chat_codec   prompts by the tokenizer's chat template, or as plain text where it has none
    save, load   the weights that training moved: an adapter of LoRA, or the whole model

With LoRA the reference is the same model with its adapter switched off, and the value model a second adapter.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from daybrief.errors import LabError, LabUnmet
from daybrief.labs.kit import require
from daybrief.labs.posttrain.evaluation import Codec
from daybrief.labs.posttrain.policies import Batch, Tokens, answer_logprobs, batch_of

EXTRA = "lab-posttrain"
POLICY = "policy"  # name of an adapter


class Lora(NamedTuple):
    """Sizes of the low-rank adapters; `modules` are names of linear layers, empty for all of them."""

    rank: int = 16
    alpha: int = 32
    modules: tuple[str, ...] = ()


class Opened(NamedTuple):
    """A model of transformers with its tokenizer."""

    model: Any
    tokenizer: Any


def opened(place: Path, device: str = "cpu", dtype: str = "float32") -> Opened:
    """A causal model of a folder, or of one .gguf file, its weights of a type of torch.

    Raises LabError, LabUnmet that say what is wrong.
    """
    require(("transformers",), extra=EXTRA)
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    quiet: Any = logging
    quiet.disable_progress_bar()
    folder, options = _place(place)
    options |= {"local_files_only": True}
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype), **options)
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, TypeError) as broken:
        raise LabError(
            f"{place} cannot be opened: {(str(broken).splitlines() or [repr(broken)])[0][:200]}",
            hint="give a causal language model in transformers' form, with its tokenizer",
        ) from broken
    if tokenizer.eos_token_id is None:
        raise LabError(
            f"the tokenizer of {place} has no end token", hint="set eos_token in its configuration"
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    moved: Any = model
    return Opened(moved.to(device), tokenizer)


def _place(place: Path) -> tuple[Path, dict[str, Any]]:
    if place.suffix == ".gguf" and place.is_file():
        require(("gguf",), extra=EXTRA)
        from transformers import GgufConfig

        # Packed weights cannot be trained: unpack them at once.
        return place.parent, {"gguf_file": place.name, "quantization_config": GgufConfig(dequantize=True)}
    if place.is_dir() and (place / "config.json").is_file():
        return place, {}
    packed = sorted(place.glob("*.gguf")) if place.is_dir() else []
    if len(packed) == 1:
        return _place(packed[0])
    raise LabUnmet(
        f"{place} holds {f'{len(packed)} .gguf files' if packed else 'no model'}",
        hint="give a folder with config.json and weights, or one .gguf file",
    )


class Causal(nn.Module):
    """A causal model of transformers as a `Policy`. Dropout is off: the learner sees what the rollout saw."""

    def __init__(self, model: Any, *, end: int, pad: int, adapter: str | None = None) -> None:
        super().__init__()
        self.model, self.end, self.pad, self._adapter = model.eval(), end, pad, adapter

    def checkpointed(self) -> None:
        """Makes a pass with gradients keep what enters each layer, and compute the rest again."""
        self.model.activation_checkpointing_enable()
        for part in self.model.modules():
            if getattr(part, "gradient_checkpointing", False):
                part.training = True  # this layer's own mark only: dropout within it stays off

    def _output(self, batch: Batch, **options: Any) -> Any:
        if self._adapter is not None:
            self.model.set_adapter(self._adapter)
        places = (batch.real.long().cumsum(dim=1) - 1).clamp(min=0)
        return self.model(
            input_ids=batch.tokens,
            attention_mask=batch.real.long(),
            position_ids=places,
            use_cache=False,
            **options,
        )

    def logits(self, batch: Batch, last: int | None = None) -> Tensor:
        """Scores of the next token at every place, (B, T, V), or at the `last` places only, (B, last, V)."""
        scores: Tensor = self._output(batch, logits_to_keep=last or 0).logits
        return scores[:, -last if last else 0 :].float()

    def hidden(self, batch: Batch) -> Tensor:
        """The last hidden state at every place, (B, T, width)."""
        states: Tensor = self._output(batch, output_hidden_states=True, logits_to_keep=1).hidden_states[-1]
        return states

    def generate(
        self, prompts: Sequence[Tokens], longest: int, temperature: float, generator: torch.Generator
    ) -> list[list[int]]:
        """An answer to each prompt; draws follow the generator, whatever else draws from torch."""
        batch = batch_of(prompts, [[] for _ in prompts], self.pad, self.device)
        if self._adapter is not None:
            self.model.set_adapter(self._adapter)
        seed = int(torch.randint(2**31, (1,), generator=generator))
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.manual_seed(seed)
            generated = self.model.generate(
                input_ids=batch.tokens[:, :-1], attention_mask=batch.real[:, :-1].long(),
                max_new_tokens=longest,
                do_sample=temperature > 0, temperature=temperature if temperature > 0 else None, top_k=None,
                top_p=None, pad_token_id=self.pad, eos_token_id=self.end,
            )  # fmt: skip
        return [self._cut(row) for row in generated[:, batch.tokens.shape[1] - 1 :].tolist()]

    def _cut(self, row: list[int]) -> list[int]:
        return row[: row.index(self.end) + 1] if self.end in row else row

    def trained(self) -> list[nn.Parameter]:
        """The parameters that training moves: those of the adapter, or all."""
        named = self.model.named_parameters()
        wanted = f".{self._adapter}." if self._adapter is not None else ""
        return [value.requires_grad_() for name, value in named if wanted in name]

    @property
    def device(self) -> str:
        """The device of the model."""
        return str(next(self.model.parameters()).device)

    @property
    def width(self) -> int:
        """The width of its hidden states."""
        return int(self.model.config.hidden_size)


def with_lora(
    known: Opened, lora: Lora, names: Sequence[str] = (POLICY,), seed: int = 0
) -> dict[str, Causal]:
    """A frozen model with an adapter for each name; each is a policy of its own. Raises LabError.

    All linear layers but the head get one, unless `lora.modules` names some.
    """
    require(("peft",), extra=EXTRA)
    import peft

    config = peft.LoraConfig(
        r=lora.rank, lora_alpha=lora.alpha, lora_dropout=0.0, task_type="CAUSAL_LM",
        target_modules=list(lora.modules) or "all-linear",
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of peft's own calls
        torch.manual_seed(seed)
        try:
            model = peft.get_peft_model(known.model, config, adapter_name=names[0])
            for name in names[1:]:
                model.add_adapter(name, config)
        except ValueError as unfit:
            raise LabError(
                f"the model takes no adapter: {str(unfit).splitlines()[0][:160]}",
                hint="name its linear layers under [lora] modules",
            ) from unfit
    end, pad = known.tokenizer.eos_token_id, known.tokenizer.pad_token_id
    return {name: Causal(model, end=end, pad=pad, adapter=name) for name in names}


def whole(known: Opened) -> Causal:
    """The model itself as a policy: training moves all of it."""
    return Causal(known.model, end=known.tokenizer.eos_token_id, pad=known.tokenizer.pad_token_id)


def reference_of(policy: Causal, start: dict[str, Tensor]) -> Callable[[Batch], Tensor]:
    """Log-probabilities under the weights `start`, which are those of `kept` before training.

    The weights are exchanged for the one pass, so no second model is held.
    """

    def logprobs(batch: Batch) -> Tensor:
        with exchanged(policy, start):
            return answer_logprobs(policy, batch)

    return logprobs


@contextmanager
def exchanged(policy: Causal, weights: dict[str, Tensor]) -> Iterator[None]:
    """While it lasts, the trained parameters hold other weights."""
    now = kept(policy)
    put(policy, weights)
    try:
        yield
    finally:
        put(policy, now)


def kept(policy: Causal) -> dict[str, Tensor]:
    """A copy of the weights that training moves, by number."""
    return {str(at): value.detach().clone() for at, value in enumerate(policy.trained())}


def put(policy: Causal, weights: dict[str, Tensor]) -> None:
    """Put such weights back. Raises LabError where their shapes are another model's."""
    parameters = policy.trained()
    shapes = [tuple(value.shape) for value in parameters]
    if [tuple(weights[str(at)].shape) for at in range(len(weights)) if str(at) in weights] != shapes:
        raise LabError(
            "the weights are of another architecture", hint="take the model that the run was begun with"
        )
    with torch.no_grad():
        for at, value in enumerate(parameters):
            value.copy_(weights[str(at)])


def chat_codec(tokenizer: Any, longest: int = 2048) -> Codec:
    """Prompts as a user's turn by the chat template; plain text where the tokenizer has none.

    A prompt of more than `longest` tokens keeps its end.
    """

    def prompt(text: str) -> list[int]:
        if getattr(tokenizer, "chat_template", None):
            turn = [{"role": "user", "content": text}]
            shown = tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
            ids: list[int] = tokenizer(shown, add_special_tokens=False)["input_ids"]
        else:
            ids = tokenizer(f"{text}\n")["input_ids"]
            ids = ids[:-1] if ids[-1:] == [tokenizer.eos_token_id] else ids
        return ids[-longest:]

    def answer(text: str) -> list[int]:
        tokens: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        return [*tokens, tokenizer.eos_token_id]

    def text(tokens: Sequence[int]) -> str:
        return str(tokenizer.decode(list(tokens), skip_special_tokens=True)).strip()

    return Codec(prompt, answer, text)


def save(policy: Causal, tokenizer: Any, folder: Path) -> None:
    """Write policy and tokenizer in the form of transformers or peft, for other programs. Raises LabError."""
    options = {} if policy._adapter is None else {"selected_adapters": [policy._adapter]}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        policy.model.save_pretrained(folder, **options)
        tokenizer.save_pretrained(folder)
    except OSError as refused:
        raise LabError(f"{folder} cannot be written: {refused}", hint="name another folder") from refused
