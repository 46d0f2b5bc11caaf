"""`daybrief lab use posttrain …`: train by a recipe, hold training data against tests, verify answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from daybrief.errors import LabError

BASE = "base"  # folder of a run: its model, unpacked

app = typer.Typer(
    help="Post-train a local causal model, clean its training data, verify answers.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.command("run")
def run_(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE.toml", help="The stages, in TOML.")],
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing until the end.")] = False,
) -> None:
    """Run the stages of a recipe that are not done; a run that was stopped goes on.

    A model in one .gguf file is unpacked into the folder of the run first, once: packed weights cannot learn.
    Exit: 0 all stages are done; 2 recipe, model or data cannot be used, and why.
    """
    from msgspec.structs import replace

    from daybrief.labs.posttrain.recipes import recipe_read, run_recipe

    tell: Callable[[str], None] = (lambda _text: None) if quiet else _say
    known = recipe_read(recipe)
    if (packed := _packed(known.model)) is not None:
        tell(f"{packed.name}: unpacked into {known.out / BASE}")
        known = replace(known, model=unpacked(packed, known.out / BASE))
    out = run_recipe(known, tell)
    for scores in sorted(out.glob("*-evaluate/scores.json")):
        for suite, row in json.loads(scores.read_text(encoding="utf-8")).items():
            kind = "unseen" if row["unseen"] else "development"
            typer.echo(
                f"{Path(suite).name}\t{kind}\t{row['tasks']} tasks\tgreedy {row['greedy']:.3f}\t"
                f"sampled {row['sampled']:.3f}\t{row['length']:.1f} tokens"
            )
    typer.echo(f"done: {out}")


@app.command()
def unpack(
    packed: Annotated[Path, typer.Argument(metavar="MODEL.gguf", help="A causal model in one file.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Where it goes, in transformers' form.")],
) -> None:
    """Unpack a model of one .gguf file, so that it can be trained and opens in seconds.

    Takes four bytes a parameter. Exit: 0 unpacked, now or before; 2 the file cannot be used, and why.
    """
    typer.echo(f"{unpacked(packed, out)}")


@app.command()
def decontaminate(
    train: Annotated[
        Path, typer.Argument(metavar="TRAIN.jsonl", help="messages, or prompt, question, text.")
    ],
    tests: Annotated[
        list[Path], typer.Argument(metavar="TEST.jsonl…", help="Evaluation items, the same form.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the records that are left.")
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option("--index", metavar="FILE", help="Write the texts for Elasticsearch's _bulk."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False,
) -> None:
    """Find evaluation items of which more than half stands in one training text, in runs of eight words.

    Exit: 0 checked, whatever was found; 2 a file cannot be used, and why.
    """
    from daybrief.labs.posttrain.decontamination import Index, texts_of
    from daybrief.labs.posttrain.recipes import clean

    reports = clean(train, tests, out)
    if index is not None:
        Index(texts_of(train).items()).save(index)
    if as_json:
        typer.echo(json.dumps(reports, ensure_ascii=False, indent=2))
        return
    typer.echo("test\titems\toverlapping\tshare\tcontaminated\ttexts to remove\ttoo short to judge")
    for name, row in reports.items():
        cells = (
            row["items"],
            row["overlapping"],
            f"{row['share']:.1%}",
            "yes" if row["contaminated"] else "no",
        )
        typer.echo("\t".join(map(str, (Path(name).name, *cells, row["removed"], row["too short"]))))
        for overlap in row["overlaps"][:5]:
            typer.echo(f"  {overlap['score']:.2f}\t{overlap['item']}\t{overlap['document']}")


@app.command()
def verify(
    answers: Annotated[
        Path | None,
        typer.Argument(
            metavar="ANSWERS.jsonl",
            help="A record a line: answer, truth and verifier; or answer and constraints.",
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show every verifier and constraint.")] = False,
) -> None:
    """Let programs accept or refuse answers; torch is not needed.

    Exit: 0 judged; 2 the file, a verifier or a constraint cannot be used, and why.
    """
    from daybrief.labs.posttrain.decontamination import json_lines
    from daybrief.labs.posttrain.verifiers import CONSTRAINTS, VERIFIERS, verified

    if listed:
        for name, check in (*VERIFIERS.items(), *CONSTRAINTS.items()):
            typer.echo(f"{name}\t{(check.__doc__ or '').splitlines()[0]}")
        return
    if answers is None:
        raise LabError("no answers are given", hint="name a file, or --list")
    accepted = []
    for number, record in enumerate(json_lines(answers), 1):
        if not isinstance(record.get("answer"), str):
            raise LabError(f"{answers}, record {number} holds no `answer`", hint="give the answer as a text")
        if "constraints" in record:
            accepted.append(verified("constraint", record["answer"], record["constraints"]))
        else:
            name = str(record.get("verifier", "exact"))
            accepted.append(verified(name, record["answer"], record.get("truth", "")))
        typer.echo(f"{record.get('id', number)}\t{'accepted' if accepted[-1] else 'refused'}")
    if not accepted:
        raise LabError(f"{answers} holds no answers", hint="give one JSON object a line")
    typer.echo(f"{sum(accepted)} of {len(accepted)} accepted")


def _packed(model: Path) -> Path | None:
    """The one .gguf file that a place is, or holds beside no model in transformers' form."""
    if model.suffix == ".gguf":
        return model
    packed = [] if (model / "config.json").is_file() else sorted(model.glob("*.gguf"))
    return packed[0] if len(packed) == 1 else None


def unpacked(packed: Path, folder: Path) -> Path:
    """The folder, with the model of a .gguf file in transformers' form; written once, whole or not at all.

    Raises LabError for a file that is no model, and for a folder that holds another one.
    """
    from daybrief.labs.posttrain import adapters

    mark = folder / "packed.json"
    if mark.is_file():
        if json.loads(mark.read_bytes()) != _marked(packed):
            raise LabError(
                f"{folder} was unpacked from another file", hint="remove it, or name another folder"
            )
        return folder
    if folder.exists():
        raise LabError(f"{folder} is there already", hint="remove it, or name another folder")
    known = adapters.opened(packed)
    # The tokenizer keeps all it was opened with, and could not write how to unpack weights.
    known.tokenizer.init_kwargs.pop("quantization_config", None)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    adapters.save(adapters.whole(known), known.tokenizer, part)
    try:
        (part / mark.name).write_text(json.dumps(_marked(packed)), encoding="utf-8")
        part.rename(folder)
    except OSError as refused:
        raise LabError(f"{folder} cannot be written: {refused}", hint="name another folder") from refused
    return folder


def _marked(packed: Path) -> dict[str, str | int]:
    return {"file": packed.name, "bytes": packed.stat().st_size if packed.is_file() else 0}


def _say(text: str) -> None:
    typer.echo(text, err=True)
