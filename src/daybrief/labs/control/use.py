"""`daybrief lab use control train|sample|cover`: control for pictures of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from daybrief.labs.control.studio import FluxArtist, SmallStudio
    from daybrief.labs.control.tasks import Floats

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    help="Steer a diffusion transformer with pictures (OminiControl).",
)
Weights = Annotated[
    Path | None,
    typer.Option("--weights", metavar="DIR", help="A FLUX.1 pipeline of your own, in diffusers' form."),
]
Strength = Annotated[
    float,
    typer.Option("--strength", min=0.0, help="Gamma: 0 without the condition, 1 neutral, more is stronger."),
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed.")]
Device = Annotated[
    Literal["cpu", "cuda"], typer.Option("--device", metavar="cpu|cuda", help="Where FLUX runs.")
]
Trained = Annotated[Path, typer.Option("--model", metavar="DIR", help="The control, as `train` wrote it.")]
Words = Annotated[str, typer.Option("--words", help="What to draw; FLUX reads it, the small model does not.")]


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Pictures; NAME.txt beside one says it.")],
    task: Annotated[
        Literal["edges", "depth", "inpaint", "deblur", "colour", "subject"],
        typer.Option("--task", metavar="edges|depth|inpaint|deblur|colour|subject", help="The condition."),
    ] = "edges",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="For the control.")] = Path("control"),
    weights: Weights = None,
    side: Annotated[
        int, typer.Option("--side", min=0, max=2048, help="Pixels of a side; 0 is 32, or 512 for FLUX.")
    ] = 0,
    rank: Annotated[int, typer.Option("--rank", min=1, max=256, help="Rank of the LoRA.")] = 4,
    base_steps: Annotated[
        int, typer.Option("--base-steps", min=1, help="Steps of the small model itself.")
    ] = 2000,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of the control.")] = 1000,
    batch: Annotated[
        int, typer.Option("--batch", min=0, help="Pictures a step; 0 is 16, or 1 for FLUX.")
    ] = 0,
    rate: Annotated[
        float,
        typer.Option("--rate", min=0.0, help="Greatest rate of learning; 0 is 0.004, or 0.0001 for FLUX."),
    ] = 0.0,
    seed: Seed = 1000,
    device: Device = "cpu",
) -> None:
    """Learn a control from a folder of pictures: of a small model from nothing, or of FLUX with --weights.

    A run that was stopped goes on when it is started again. Exit: 0 trained; 2 something cannot be used.
    """
    from daybrief.errors import LabError
    from daybrief.labs.control import studio
    from daybrief.labs.control.folder import gathered

    side = side or (512 if weights else 32)
    batch, rate = batch or (1 if weights else 16), rate or (1e-4 if weights else 4e-3)
    if weights is None and (side % 4 or side < 16):
        raise LabError(f"--side {side} is no multiple of 4 from 16 on", hint="its tokens have 4 pixels")
    known = studio.Trained(kind="flux" if weights else "small", task=task, side=side, rank=rank)
    given = gathered(folder, task, side)
    training = studio.Training(base_steps=base_steps, steps=steps, batch=batch, rate=rate, seed=seed)
    _say(f"{len(given.names)} pictures")
    if weights is None:
        studio.train_small(given, known, training, out, _say)
    else:
        studio.train_flux(given, known, training, weights, out, device=device, tell=_say)
    typer.echo(str(out))


@app.command()
def sample(
    picture: Annotated[
        Path, typer.Argument(metavar="PICTURE", help="Its edges, grey, ... are the condition.")
    ],
    model: Trained = Path("control"),
    weights: Weights = None,
    words: Words = "",
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The picture.")] = Path("drawn.png"),
    strength: Strength = 1.0,
    steps: Annotated[int, typer.Option("--steps", min=1, max=1000, help="Steps of drawing.")] = 20,
    seed: Seed = 0,
    device: Device = "cpu",
) -> None:
    """Draw a picture that follows another: its edges, depth, grey, blur or half, or the thing it shows.

    For the depth task PICTURE is the depth. Exit: 0 drawn; 2 something cannot be used.
    """
    from daybrief.labs.control.folder import read_picture, write_picture
    from daybrief.labs.control.studio import opened

    artist = opened(model, weights, device)
    shown = read_picture(picture, artist.known.side, artist.known.side)[None]
    condition = _condition(artist, shown)
    drawn = artist.draw(condition, [words], strength=strength, steps=steps, seed=seed)
    write_picture(out, drawn[0])
    write_picture(out.with_suffix(".condition.png"), condition[0])
    typer.echo(f"{out}\n{out.with_suffix('.condition.png')}")


@app.command()
def cover(
    figure: Annotated[
        Path, typer.Argument(metavar="FIGURE", help="A figure of a paper: .png, .jpg or .webp.")
    ],
    model: Trained = Path("control"),
    weights: Weights = None,
    words: Words = "an illustration for the cover of a science magazine",
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The cover.")] = Path("cover.png"),
    side: Annotated[
        int, typer.Option("--side", min=0, max=4096, help="Pixels of a side; 0 as the control learned.")
    ] = 0,
    strength: Strength = 1.0,
    steps: Annotated[int, typer.Option("--steps", min=1, max=1000, help="Steps of drawing.")] = 28,
    seed: Seed = 0,
    device: Device = "cpu",
) -> None:
    """Draw a cover from a paper's figure: its edges are kept, words say the rest.

    The whole figure is kept, on white. Needs a control of the task `edges`: of FLUX, with --weights, for a
    cover worth printing; the small model draws a sketch. Exit: 0 drawn; 2 something cannot be used.
    """
    from daybrief.errors import LabError
    from daybrief.labs.control.folder import read_picture, write_picture
    from daybrief.labs.control.studio import opened, trained_of

    known = trained_of(model)
    if known.task != "edges":
        raise LabError(f"{model} learned {known.task!r}", hint="a cover needs a control of --task edges")
    side = side or known.side
    if known.kind == "small" and side != known.side:
        raise LabError(f"the small model draws {known.side} pixels", hint="leave --side out")
    artist = opened(model, weights, device)
    if side % artist.cell:
        raise LabError(f"--side {side} is no multiple of {artist.cell}", hint="tokens are of that size")
    condition = _condition(artist, read_picture(figure, side, side, whole=True)[None])
    if not condition.any():
        raise LabError(f"{figure} shows no edge", hint="give a figure with lines or shapes")
    drawn = artist.draw(condition, [words], strength=strength, steps=steps, seed=seed)
    write_picture(out, drawn[0])
    typer.echo(str(out))


@app.command()
def base(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The weights.")] = Path("base.npz"),
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of learning.")] = 6000,
    seed: Seed = 0,
) -> None:
    """Learn again, from nothing, the small model that the lab's own measurement steers. Exit: 0 written."""
    import torch

    from daybrief.labs.control.study import BASE_SIZE, base_kept, base_learned

    torch.set_num_threads(1)
    base_kept(base_learned(BASE_SIZE._replace(base=steps), seed, _say), out)
    typer.echo(str(out))


def _condition(artist: SmallStudio | FluxArtist, shown: Floats) -> Floats:
    """The condition of a picture for the artist's task; of depth and subject it is the picture itself."""
    from daybrief.labs.control.tasks import condition_pictures

    return condition_pictures(artist.known.task, shown, depth=shown[..., 0], twins=shown)


def _say(text: str) -> None:
    typer.echo(text, err=True)
