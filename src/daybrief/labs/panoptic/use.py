"""`daybrief lab use panoptic …`: train on a folder, ask about pictures, measure, export, render a folder to
try."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from daybrief.labs.panoptic.training import Learning

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True
)
FORM = "FOLDER"
Model = Annotated[Path, typer.Option("--model", metavar="FILE", help="The checkpoint, as `train` writes it.")]
Device = Annotated[str, typer.Option("--device", help="cpu or cuda.")]
Size = Annotated[
    str, typer.Option("--size", metavar="HxW", help="Scale pictures to this; empty: as they are.")
]


@app.callback()
def panoptic() -> None:
    """Panoptic segmentation and depth from one camera, learned from labelled frames and their neighbours."""


@app.command()
def render(
    folder: Annotated[Path, typer.Argument(metavar=FORM, help="Where the clips go.")],
    count: Annotated[int, typer.Option("--clips", min=1, max=100_000, help="Clips to learn from.")] = 200,
    validation: Annotated[int, typer.Option("--held", min=0, help="Clips to measure on.")] = 40,
    size: Size = "48x80",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the streets.")] = 1000,
) -> None:
    """Render streets in the layout of Cityscapes, to try `train` without a data set."""
    from daybrief.labs.panoptic.folders import clips_written
    from daybrief.labs.panoptic.scenes import clips, sample_of

    height, width = _size(size) or (48, 80)
    for split, many, start in (("train", count, seed), ("val", validation, seed + 1_000_000)):
        made = clips(many, start, height, width) if many else ()
        clips_written([sample_of(clip, str(at)) for at, clip in enumerate(made)], folder, split)
    typer.echo(f"{count} clips to learn from and {validation} to measure on: {folder}")


@app.command()
def train(
    folder: Annotated[Path, typer.Argument(metavar=FORM, help="Cityscapes, KITTI 2015 or KITTI raw.")],
    model: Model = Path("panoptic.pt"),
    size: Size = "",
    backbone: Annotated[
        str, typer.Option("--backbone", help="small, efficientnet-lite0, torchvision:NAME or timm:NAME.")
    ] = "small",
    pretrained: Annotated[
        bool, typer.Option("--pretrained", help="With the weights of the backbone's own package.")
    ] = False,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of learning.")] = 600,
    batch: Annotated[int, typer.Option("--batch", min=1, help="Pictures a step.")] = 6,
    rate: Annotated[float, typer.Option("--rate", min=0.0, help="Rate of learning.")] = 2e-3,
    width: Annotated[int, typer.Option("--width", min=8, help="Channels of a kernel.")] = 32,
    kernels: Annotated[int, typer.Option("--kernels", min=1, help="Kernels of things.")] = 8,
    stride: Annotated[
        int, typer.Option("--stride", min=0, help="Of the map of masks; 0 takes the finest.")
    ] = 0,
    depth: Annotated[str, typer.Option("--depth", help="linked, unlinked, pixel or none.")] = "linked",
    motion: Annotated[
        str, typer.Option("--motion", help="panoptic: leave moving things out of the depth; or none.")
    ] = "panoptic",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the learning.")] = 1000,
    device: Device = "cpu",
) -> None:
    """Learn from a folder; a run that was stopped goes on where it was kept, every 100 steps.

    Exit: 0 trained; 2 the folder, a file of it, or the checkpoint cannot be used, and why.
    """
    from daybrief.labs.panoptic.folders import frames_of
    from daybrief.labs.panoptic.training import Recipe, described, saved

    _device(device)
    frames = frames_of(folder, size=_size(size))
    recipe = Recipe(
        steps=steps,
        batch=batch,
        rate=rate,
        seed=seed,
        motion=_one_of(motion, "--motion", ("panoptic", "none")),
    )
    plan = _plan(frames, backbone, width, kernels, stride, depth)
    learning = _begun(model, recipe, plan, pretrained, device)
    _say(f"{frames.layout}, {len(frames)} frames; {described(learning)}")
    while learning.step < steps:
        learning.learn(frames, until=learning.step + 100 - learning.step % 100, tell=_say)
        saved(learning, model)
    typer.echo(f"{described(learning)}: {model}")


@app.command()
def predict(
    folder: Annotated[Path, typer.Argument(metavar=FORM, help="A folder of pictures, or one picture.")],
    model: Model = Path("panoptic.pt"),
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the results go.")] = Path(
        "panoptic"
    ),
    size: Size = "",
    height: Annotated[
        float,
        typer.Option(
            "--camera-height", min=0.0, help="Metres above the road, to set depths to scale; 0: leave them."
        ),
    ] = 0.0,
    skip: Annotated[
        bool, typer.Option("--skip-broken", help="Go on past pictures that cannot be read.")
    ] = False,
    device: Device = "cpu",
) -> None:
    """Write ids, depth and an overlay of every picture; those written already are left alone.

    Exit: 0 written; 2 a picture or the checkpoint cannot be used, and why.
    """
    from daybrief.errors import LabError
    from daybrief.labs.panoptic.folders import files_of, picture, pictures_of
    from daybrief.labs.panoptic.training import resumed

    _device(device)
    files = pictures_of(folder)
    network = resumed(model, device=device).network
    done = 0
    for file in files:
        name = file.relative_to(folder).with_suffix("") if folder.is_dir() else Path(file.stem)
        targets = files_of(name.as_posix(), out)
        if targets.overlay.is_file():
            done += 1
            continue
        try:
            image = picture(file)
        except LabError as broken:
            if not skip:
                raise
            _say(f"left out: {broken.message}")
            continue
        _answered(network, image, _size(size), height, targets)
        done += 1
    typer.echo(f"{done} of {len(files)} pictures: {out}")


@app.command()
def measure(
    folder: Annotated[Path, typer.Argument(metavar=FORM, help="Cityscapes, KITTI 2015 or KITTI raw.")],
    model: Model = Path("panoptic.pt"),
    split: Annotated[str, typer.Option("--split", help="Cityscapes' train, val or test.")] = "val",
    size: Size = "",
    device: Device = "cpu",
) -> None:
    """Panoptic quality and errors of depth on the labelled frames of a folder."""
    from daybrief.labs.panoptic.folders import frames_of
    from daybrief.labs.panoptic.segments import panoptic_quality, relative_error, root_square_error
    from daybrief.labs.panoptic.training import predicted, resumed

    _device(device)
    network = resumed(model, device=device).network
    frames = frames_of(folder, split, _size(size))
    pairs, errors, roots = [], [], []
    for sample in frames:
        (output,) = predicted(network, [sample.image])
        if sample.ids is not None:
            pairs.append((output.ids, sample.ids))
        if sample.depth is not None and output.depth is not None:
            errors.append(relative_error(output.depth, sample.depth, sample.depth > 0))
            roots.append(root_square_error(output.depth, sample.depth, sample.depth > 0))
    if pairs:
        quality = panoptic_quality(pairs, network.plan.things)
        typer.echo(f"PQ\t{quality.all:.3f}\tthings {quality.things:.3f}\tstuff {quality.stuff:.3f}")
    for name, values in (("AbsRel", errors), ("RMSE", roots)):
        known = [value for value in values if value is not None]
        if known:
            typer.echo(f"{name}\t{sum(known) / len(known):.3f}")
    if not pairs and not errors:
        typer.echo("no frame has labels or depth to measure against", err=True)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE.onnx", help="The ONNX file to write.")],
    model: Model = Path("panoptic.pt"),
    size: Annotated[str, typer.Option("--size", metavar="HxW", help="The size of its pictures.")] = "48x80",
) -> None:
    """Write the network as ONNX, and compare it with torch where onnxruntime is installed."""
    from daybrief.labs.panoptic.training import exported, resumed

    apart = exported(resumed(model).network, file, _size(size) or (48, 80))
    comparison = (
        "not compared: onnxruntime is not installed" if apart is None else f"greatest difference {apart:.1e}"
    )
    typer.echo(f"{file}: {comparison}")


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _size(text: str) -> tuple[int, int] | None:
    from daybrief.errors import LabError

    if not text:
        return None
    height, _, width = text.lower().partition("x")
    if not (height.isdecimal() and width.isdecimal()) or min(int(height), int(width)) < 16:
        raise LabError(f"--size {text!r} is no size", hint="give height and width, at least 16, as 48x80")
    return int(height), int(width)


def _one_of(value: str, option: str, known: tuple[str, ...]) -> Any:
    from daybrief.errors import LabError

    if value not in known:
        raise LabError(f"{option} {value!r} is unknown", hint=f"there are: {', '.join(known)}")
    return value


def _device(name: str) -> None:
    from daybrief.labs.kit import device

    device(_one_of(name, "--device", ("cpu", "cuda")))


def _plan(frames: Any, name: str, width: int, kernels: int, stride: int, depth: str) -> Any:
    """A plan for the classes that occur in the folder's labels; Cityscapes' 19 where there are none."""
    import numpy as np

    from daybrief.labs.panoptic.backbones import backbone
    from daybrief.labs.panoptic.folders import STUFF, THINGS
    from daybrief.labs.panoptic.kernels import Plan

    classes: set[int] = set()
    for sample in frames[:200]:
        if sample.ids is not None:
            classes |= {int(n) // 1000 if n >= 1000 else int(n) for n in np.unique(sample.ids)}
    stuff = tuple(c for c in STUFF if c in classes) or STUFF
    things = tuple(c for c in THINGS if c in classes) or THINGS
    head = _one_of(depth, "--depth", ("linked", "unlinked", "pixel", "none"))
    finest = backbone(name).strides[0]
    return Plan(
        stuff=stuff, things=things, backbone=name, width=width, kernels=kernels, stride=stride or finest,
        depth_head=head,
    )  # fmt: skip


def _begun(model: Path, recipe: Any, plan: Any, pretrained: bool, device: str) -> Learning:
    """The run that the file holds when it is of this recipe and plan, else a new one."""
    import torch

    from daybrief.errors import LabError
    from daybrief.labs.panoptic.kernels import PanopticDepth
    from daybrief.labs.panoptic.training import Learning, resumed

    if model.is_file():
        learning = resumed(model, device=device)
        if (learning.recipe, learning.network.plan) != (recipe, plan):
            raise LabError(
                f"{model} holds a run of other options or classes",
                hint="give the options it was begun with, or another --model",
            )
        return learning
    torch.manual_seed(recipe.seed)
    return Learning(PanopticDepth(plan, pretrained=pretrained).to(device), recipe)


def _answered(network: Any, image: Any, size: Any, height: float, targets: Any) -> None:
    """Ask about one picture, scale its depth by the road where a height is given, and write."""
    import numpy as np

    from daybrief.errors import LabError
    from daybrief.labs.panoptic.folders import STUFF, scaled, written
    from daybrief.labs.panoptic.geometry import metric_scale
    from daybrief.labs.panoptic.training import Sample, predicted

    focal = image.shape[1] * 1.1  # of a usual camera; only the ratio of road and height matters
    lens = np.array([[focal, 0, image.shape[1] / 2], [0, focal, image.shape[0] / 2], [0, 0, 1]], np.float32)
    sample = Sample("", image, None, None, None, lens, None)
    if size is not None:
        sample = scaled(sample, size)
    (output,) = predicted(network, [sample.image])
    if height and output.depth is not None:
        try:
            factor = metric_scale(output.depth, sample.camera, output.ids == STUFF[0], height)
            output = output._replace(depth=(output.depth * factor).astype(np.float32))
        except LabError as unknown:
            _say(f"depth left as it is: {unknown.message}")
    written(sample.image, output, targets)
