"""`daybrief lab use linac …`: advice for a section of one's own, and an example to start from."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated, Literal

import typer

from daybrief.labs.linac.state import Advice, advise, read_state, write_example

app = typer.Typer(help="Less field-emission radiation at the same energy, for a linac section of your own.")


@app.command()
def optimise(
    state: Annotated[Path, typer.Option("--state", metavar="FILE", help="The section today (TOML).")],
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Seed of the split.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the advice as JSON.")] = False,
) -> None:
    """Learn from the measurements and say which cavities should give up gradient, and which take it over."""
    advice = advise(read_state(state), seed)
    typer.echo(jsonlib.dumps(advice.table(), ensure_ascii=False, indent=1) if json else as_text(advice))


@app.command()
def example(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write it.")] = Path(
        "linac-example"
    ),
    lattice: Annotated[Literal["c100", "tesla"], typer.Option("--lattice", help="Whose layout.")] = "c100",
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Which simulated machine.")] = 0,
    readings: Annotated[
        int, typer.Option("--readings", min=80, max=20_000, help="How many readings.")
    ] = 1500,
) -> None:
    """Write a simulated section as files in the form that `optimise` reads."""
    place = write_example(out, lattice, seed, readings)
    typer.echo(f"wrote {place}; now: daybrief lab use linac optimise --state {place}")


def as_text(advice: Advice) -> str:
    """The advice as lines for a terminal."""
    lines = [f"{'cavity':<14}{'today':>8}{'advised':>9}{'change':>8}   MV/m"]
    lines += [
        f"{c.cavity:<14}{c.today:>8.2f}{c.advised:>9.2f}{c.advised - c.today:>+8.2f}" for c in advice.changes
    ]
    lines += ["", f"{'detector':<14}{'today':>8}{'forecast':>9}   95 %            rem/h"]
    lines += [
        f"{r.detector:<14}{r.today:>8.2f}{r.advised:>9.2f}   {r.low:.2f} to {r.high:.2f}"
        for r in advice.readings
    ]
    cut = ", ".join(f"{kind} {share:+.1%}" for kind, share in advice.promised_cuts.items())
    lines += [
        "",
        f"promised cut: {cut} (a promise: measure after each step)",
        f"energy: {advice.energy_advised:.2f} MeV, today {advice.energy_today:.2f}",
        "heat: " + ", ".join(f"{module} {watts:.0f} W" for module, watts in advice.heat.items()),
        f"the model on {advice.held_out} readings kept from it: R² {advice.determination:.3f}, "
        f"95 % interval holds {advice.coverage:.1%}",
        *(f"warning: {warning}" for warning in advice.warnings),
    ]
    return "\n".join(lines)
