"""`daybrief lab use style …`: learn a style from a picture, paint in it, and make the cover of an edition."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from daybrief.labs.style.samplers import NoiseSampler

app = typer.Typer(
    help="Learn a style from one or a few pictures, and paint in it.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Weights = Annotated[
    Path | None,
    typer.Option(
        "--weights", metavar="DIR", help="A pipeline of diffusers, SD3 or FLUX; without it the small model."
    ),
]
Style = Annotated[str, typer.Option("--style", metavar="NAME", help="What prompts call the style.")]
On = Annotated[Literal["cpu", "cuda"], typer.Option("--device", help="Where to compute.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the noise.")]
Steps = Annotated[int, typer.Option("--steps", min=1, max=1000, help="Steps of generation.")]
Guidance = Annotated[
    float, typer.Option("--guidance", min=0, help="Guidance; 0: 7, or 2 for the small model.")
]


@app.command()
def tune(
    images: Annotated[
        Path,
        typer.Argument(
            metavar="IMAGES", help="A picture, or a folder; NAME.txt beside NAME.png says what it shows."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the weights go.")] = Path("style"),
    weights: Weights = None,
    style: Style = "house",
    sampler: Annotated[
        str, typer.Option("--sampler", help="uniform, logit-normal, cosmap, sd3 or style-friendly.")
    ] = "style-friendly",
    mean: Annotated[float, typer.Option("--mean", help="Mean of style-friendly's log-SNR.")] = -6.0,
    deviation: Annotated[float, typer.Option("--deviation", help="Its standard deviation.")] = 2.0,
    rank: Annotated[int, typer.Option("--rank", min=1, max=1024, help="Rank of the LoRA.")] = 32,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of tuning.")] = 300,
    rate: Annotated[
        float, typer.Option("--rate", min=0, help="Learning rate; 0: the paper's 1e-4, or the small model's.")
    ] = 0.0,
    side: Annotated[int, typer.Option("--side", min=16, help="Pixels of a side, for a pipeline.")] = 1024,
    base: Annotated[
        Path | None, typer.Option("--base", metavar="FILE", help="The small model; made there when absent.")
    ] = None,
    device: On = "cpu",
    seed: Seed = 1000,
) -> None:
    """Learn a style from pictures: LoRA weights of a pipeline, or of a small model that is made from nothing.

    The small model shows the method on pictures of 32 x 32 pixels; covers want a pipeline.

    With a pipeline, a run that was stopped goes on when it is called again.
    Exit: 0 written; 2 pictures, weights or settings cannot be used, and why.
    """
    from daybrief.labs.style.samplers import named

    chosen = named(sampler, mean, deviation)
    if weights is None:
        _tune_small(images, out, base, chosen, rank, steps, rate, seed)
        return
    import daybrief.labs.kit as kit
    from daybrief.labs.style import pipelines

    settings = pipelines.Settings(rank=rank, steps=steps, rate=rate or 1e-4, side=side, seed=seed)
    pipe = pipelines.opened(weights, device=kit.device(device))
    shown = pipelines.shown(images, side, style)
    place = pipelines.tuned(pipe, shown, out, settings, chosen, device=device, tell=_say)
    typer.echo(f"{place}")


@app.command()
def sample(
    prompts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROMPT]...", help="What to paint; the small model knows a few contents, all by default."
        ),
    ] = None,
    lora: Annotated[
        Path, typer.Option("--lora", metavar="DIR", help="Where `tune` has put the weights.")
    ] = Path("style"),
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pictures go.")] = Path(
        "painted"
    ),
    weights: Weights = None,
    style: Style = "house",
    side: Annotated[int, typer.Option("--side", min=16, help="Pixels of a side.")] = 1024,
    steps: Steps = 28,
    guidance: Guidance = 0.0,
    base: Annotated[Path | None, typer.Option("--base", metavar="FILE", help="The small model.")] = None,
    device: On = "cpu",
    seed: Seed = 1000,
) -> None:
    """Paint in a style that was tuned.

    Exit: 0 painted; 2 weights or prompts cannot be used, and why.
    """
    if weights is None:
        painted = _sample_small(list(prompts or ()), lora, base, steps, guidance or 2.0, seed)
    else:
        from daybrief.errors import LabError

        if not prompts:
            raise LabError("there is nothing to paint", hint="say what is to be seen, in quotes")
        full_prompts = [f"{prompt} in {style} style" for prompt in prompts]
        made = _of_pipeline(weights, lora, full_prompts, side, steps, guidance or 7.0, device, seed)
        painted = [(f"{at:02}", picture) for at, picture in enumerate(made)]
    for name, picture in painted:
        typer.echo(f"{_saved(picture, out / f'{name}.png')}")


@app.command()
def cover(
    edition: Annotated[Path, typer.Argument(metavar="EDITION", help="DAY/papers.json or DAY/news.json.")],
    weights: Annotated[
        Path, typer.Option("--weights", metavar="DIR", help="A pipeline of diffusers, SD3 or FLUX.")
    ],
    lora: Annotated[
        Path, typer.Option("--lora", metavar="DIR", help="The house style: where `tune` has put the weights.")
    ] = Path("style"),
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Default: cover.jpg beside the edition.")
    ] = None,
    style: Style = "house",
    side: Annotated[int, typer.Option("--side", min=16, help="Pixels of a side.")] = 1024,
    steps: Steps = 28,
    guidance: Guidance = 0.0,
    device: On = "cpu",
    seed: Seed = 1000,
) -> None:
    """Paint the cover of an edition from its lead: the title, and the sentence that the checks let pass.

    Exit: 0 written; 2 the edition, the weights or the picture cannot be used, and why.
    """
    from daybrief.labs.style import cover as covers

    lead = covers.lead(covers.edition_of(edition))
    prompt = covers.prompt(lead, style)
    _say(prompt)
    (made,) = _of_pipeline(weights, lora, [prompt], side, steps, guidance or 7.0, device, seed)
    typer.echo(f"{covers.kept(made, out or edition.parent / 'cover.jpg')}")


def _of_pipeline(
    weights: Path,
    lora: Path,
    prompts: list[str],
    side: int,
    steps: int,
    guidance: float,
    device: Any,
    seed: int,
) -> list[Any]:
    import daybrief.labs.kit as kit
    from daybrief.labs.style import pipelines

    pipe = pipelines.dressed(pipelines.opened(weights, device=kit.device(device)), lora)
    return pipelines.painted(
        pipe, prompts, seed=seed, side=side, steps=steps, guidance=guidance, device=device
    )


# ── the small model ─────────────────────────────────────────────────────────────────────────────────


def _tune_small(
    images: Path,
    out: Path,
    base: Path | None,
    sampler: NoiseSampler,
    rank: int,
    steps: int,
    rate: float,
    seed: int,
) -> None:
    import msgspec

    from daybrief.labs.style import keeping
    from daybrief.labs.style.tuning import Tuning, adapted

    names, content, x0 = keeping.shown(images)
    model = keeping.base(base or out / keeping.BASE, tell=_say)
    how = Tuning(rank=rank, steps=steps)
    if rate:
        how = msgspec.structs.replace(how, rate=rate)
    _say(f"adapting to {', '.join(names)}")
    word = model.shape.styles  # the last word: no style of pre-training has it
    kept = adapted(model, x0[None], [content], word, sampler, how, seed, tell=_say)
    typer.echo(f"{keeping.lora_saved(kept[steps], out / keeping.LORA)}")


def _sample_small(
    contents: list[str], lora: Path, base: Path | None, steps: int, guidance: float, seed: int
) -> list[tuple[str, Any]]:
    from PIL import Image

    from daybrief.labs.style import keeping
    from daybrief.labs.style.pictures import CONTENTS
    from daybrief.labs.style.tuning import generated

    kinds = keeping.kinds(contents or list(CONTENTS))
    model = keeping.base_read(base or lora / keeping.BASE)
    worn = keeping.lora_read(lora / keeping.LORA, model)
    made = generated(
        model, kinds, [model.shape.styles] * len(kinds), seed, guidance=guidance, steps=steps, lora=worn
    )
    pixels = ((made.transpose(0, 2, 3, 1) + 1) * 127.5).round().astype("uint8")
    enlarged = [Image.fromarray(image).resize((256, 256), Image.Resampling.NEAREST) for image in pixels]
    return [
        (f"{at:02}-{CONTENTS[kind]}", image)
        for at, (kind, image) in enumerate(zip(kinds, enlarged, strict=True))
    ]


def _saved(picture: Any, place: Path) -> Path:
    import io

    from daybrief.adapters.files import replace_file
    from daybrief.errors import LabError

    raw = io.BytesIO()
    picture.save(raw, "PNG")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, raw.getvalue())
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another --out"
        ) from refused
    return place


def _say(text: str) -> None:
    typer.echo(text, err=True)
