"""`daybrief lab`: the papers that run here, what came of them, and their methods for one's own data."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypedDict

import typer

from daybrief.cli.options import Json, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from daybrief.cards import Card, Page

LOG = logging.getLogger(__name__)
app = typer.Typer(
    help="Papers of the founding edition, run here: measure, look at the result, use the method.",
    no_args_is_help=True,
)
PaperName = Annotated[
    str, typer.Argument(metavar="PAPER", help="A lab's name, or an arXiv identifier or address.")
]


def _language(code: str) -> str:
    """A language of cards, by default that of the settings; raises BadParameter that lists them."""
    from daybrief.cards import LANGUAGES, written_in

    if code and code not in LANGUAGES:
        raise typer.BadParameter(f"{code!r} is not one of {', '.join(LANGUAGES)}")
    return written_in(code or spoken())


Language = Annotated[
    str, typer.Option("--language", metavar="en|ko", help="Language of the words.", callback=_language)
]
_FIRST_SEED = 1000


class LabRow(TypedDict):
    """A lab in the list."""

    lab: str
    arxiv: str
    title: str
    claim: str
    verdict: str
    stale: bool | None
    extra: str


@app.command("list")
def list_(language: Language = "", json: Json = False) -> None:
    """Name every lab with its paper, and whether the paper's claim held here."""
    from daybrief.cards import lab_folders, lab_words, read_card, read_page
    from daybrief.model import to_json

    folders = lab_folders()
    lines = [_line(name, read_page(folder), read_card(folder), language) for name, folder in folders.items()]
    if json:
        typer.echo(to_json({"labs": lines}).decode())
        return
    words = lab_words(language)
    for line in lines:
        note = f" ({words['changed']})" if line["stale"] else ""
        verdict = words.get(line["verdict"], words["unmeasured"])
        typer.echo(f"{line['lab']:<12} {line['arxiv']:<12} {verdict}{note}")
        typer.echo(f"{'':<12} {line['title']}")
    if not lines:
        typer.echo(words["no_labs"])


def _line(name: str, page: Page, card: Card | None, language: str) -> LabRow:
    from daybrief.labs.kit.running import lab_of, stale

    return LabRow(
        lab=name,
        arxiv=page.paper.arxiv,
        title=page.paper.title,
        claim=page.claim.in_(language),
        verdict=card.verdict if card else "not measured",
        stale=stale(card) if card else None,
        extra=lab_of(name).extra,
    )


@app.command()
def show(
    paper: PaperName,
    language: Language = "",
    check: Annotated[
        bool,
        typer.Option("--check", help="Exit with 2 when the code has changed since the card was written."),
    ] = False,
    json: Json = False,
) -> None:
    """Tell what was claimed, what was measured here, whether it held, and how to use the method."""
    from daybrief.cards import lab_folders, lab_words, read_card, read_page
    from daybrief.labs.kit.running import fresh, lab_named, stale
    from daybrief.model import to_json

    folder = lab_folders()[lab_named(paper)]
    page, card = read_page(folder), read_card(folder)
    if card and check:
        fresh(card)
    if json:
        typer.echo(to_json({"page": page, "card": card, "stale": stale(card) if card else None}).decode())
        return
    typer.echo(_card_text(page, card, language))
    if card and stale(card):
        typer.echo("\n" + lab_words(language)["stale"].format(command=card.command))


def _card_text(page: Page, card: Card | None, language: str) -> str:
    from daybrief.cards import lab_words

    words = lab_words(language)
    lines = [f"{page.paper.title} (arXiv:{page.paper.arxiv})", "", page.claim.in_(language)]
    lines += [page.paper_says.in_(language), ""]
    if card is None:
        return "\n".join([*lines, words["none"]])
    lines += [f"{words[card.verdict].upper()}: {card.because.in_(language)}", ""]
    lines += [
        page.translated(_measure_line(card, at, language), language) for at in range(len(card.measures))
    ]
    marks = {True: "✓", False: "✗", None: "?"}
    lines += [
        "",
        *(
            f"{marks[c.met]} {c.states.in_(language)}  [{page.translated(c.measured, language)}]"
            for c in card.falsifier
        ),
    ]
    lines += ["", f"$ {card.command}", *(f"$ {command}" for command in page.commands)]
    lines += ["", f"--data: {page.data.in_(language)}"] if page.data else []
    return "\n".join(lines)


def _measure_line(card: Card, at: int, language: str) -> str:
    from daybrief.cards import lab_words

    measure = card.measures[at]
    span = "" if measure.low is None else f" [{measure.low:.3g}, {measure.high:.3g}]"
    paper = f"   {lab_words(language)['theirs']}: {measure.paper}" if measure.paper else ""
    return f"  {measure.name.in_(language)}: {measure.value:.4g}{span} {measure.unit}{paper}".rstrip()


@app.command()
def run(
    paper: PaperName,
    scale: Annotated[
        Literal["smoke", "small", "full"],
        typer.Option("--scale", metavar="smoke|small|full", help="Seconds, minutes, or as the paper did."),
    ] = "small",
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The first seed.")] = _FIRST_SEED,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder of card and pictures; default: lab-NAME."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="PATH", help="Data or weights of your own; the lab says which."),
    ] = None,
    device: Annotated[
        Literal["cpu", "cuda"],
        typer.Option("--device", metavar="cpu|cuda", help="Where heavy arithmetic runs."),
    ] = "cpu",
    json: Json = False,
) -> None:
    """Measure a paper's claim here, and write the result card with its pictures.

    Exit: 0 measured (whatever came of it), 2 something is missing or cannot be used.
    """
    from daybrief.app.runs import today
    from daybrief.cli.options import progress
    from daybrief.labs.kit import lab, running
    from daybrief.model import to_json

    name = running.lab_named(paper)
    with progress(show=not json):
        trial = lab.Trial(
            scale=scale,
            seed=seed,
            data=data,
            device=lab.device(device),
            tell=lambda text: LOG.info("%s", text, extra={"stage": name}),
        )
        made = running.run_lab(name, trial, today=today())
    place = running.write(made, out or Path(f"lab-{name}"))
    if json:
        typer.echo(to_json(made.card).decode())
        return
    typer.echo(f"{made.card.verdict}: {made.card.because.en}")
    typer.echo(f"{place} ({made.card.seconds:.0f} s)")


@app.command(
    "use",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def use(
    context: typer.Context,
    paper: Annotated[
        str, typer.Argument(metavar="PAPER", help="A lab's name or an arXiv identifier.")
    ] = "--help",
) -> None:
    """Use a lab's method on data of your own; what follows PAPER is the lab's own."""
    from daybrief.labs.kit.running import enough_memory, lab_named, user_app

    if paper in {"-h", "--help"}:
        typer.echo(_uses())
        return
    name = lab_named(paper)
    with enough_memory():
        _forward(user_app(name), context.args, f"daybrief lab use {name}")


def _uses() -> str:
    from daybrief.cards import lab_folders, read_page

    lines = ["Usage: daybrief lab use PAPER [ARGUMENTS]...", ""]
    lines += [
        "  Use a lab's method on data of your own. `daybrief lab use PAPER --help` tells its arguments.",
        "",
    ]
    for name, folder in lab_folders().items():
        if (folder / "use.py").is_file():
            lines.append(f"  {name:<12} {read_page(folder).use.en}")
    return "\n".join(lines)


def _forward(application: typer.Typer, arguments: Sequence[str], name: str) -> None:
    """Run a lab's own commands; errors reach `main` as those of any command do."""
    command = typer.main.get_command(application)
    try:
        command.main(list(arguments), prog_name=name, standalone_mode=True)
    except SystemExit as ended:
        if ended.code:
            sys.exit(ended.code)
