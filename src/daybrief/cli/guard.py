"""`daybrief guard`: a door for any assistant, fitted from a sentence that says what belongs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from daybrief.cli.options import Config, Json, app_of

app = typer.Typer(help="Tell prompts that belong to a scope from prompts that do not.", no_args_is_help=True)
GuardFile = Annotated[Path, typer.Option("--guard", metavar="FILE", help="A guard that `guard fit` wrote.")]
Encoder = Annotated[
    str,
    typer.Option(
        "--encoder", metavar="NAME", help="words, minilm, use, e5 or a model's folder; default: as set."
    ),
]
_MOST_INPUT = 16 * 2**20


@app.command()
def fit(
    scope: Annotated[Path, typer.Argument(metavar="SCOPE.md", help="What belongs, in words.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the guard is written.")] = Path(
        "guard.npz"
    ),
    origin: Annotated[
        Literal["auto", "model", "built-in"],
        typer.Option(
            "--data", metavar="auto|model|built-in", help="Who writes the prompts that it learns from."
        ),
    ] = "auto",
    examples: Annotated[
        Path | None,
        typer.Option(
            "--examples", metavar="FILE", help='Your own: {"prompt": "…", "off_topic": true} a line.'
        ),
    ] = None,
    encoder: Encoder = "",
    head: Annotated[
        Literal["similarity", "attention", "both"],
        typer.Option("--head", metavar="similarity|attention|both", help="What is trained on the vectors."),
    ] = "similarity",
    ask_at: Annotated[
        float, typer.Option("--ask-at", min=0, max=1, help="Probability from which it asks back.")
    ] = 0.4,
    decline_at: Annotated[
        float, typer.Option("--decline-at", min=0, max=1, help="Probability above which it declines.")
    ] = 0.6,
    config: Config = None,
    json: Json = False,
) -> None:
    """Fit a guard to a scope; no traffic and no labels are needed.

    Exit: 0 fitted, 2 the scope, a setting or a file cannot be used.
    """
    from daybrief.app.guarding import GuardRequest
    from daybrief.model import to_json

    request = GuardRequest(
        scope=scope,
        origin=origin,
        encoder=encoder,
        head=head,
        examples=examples,
        ask_at=ask_at,
        decline_at=decline_at,
    )
    made = app_of(config).fit_guard(request, out)
    if json:
        told = {"guard": str(out), "data": made.origin, "encoder": made.encoder, "examples": made.examples}
        typer.echo(to_json({**told, "calibration_error": made.error}).decode())
        return
    typer.echo(f"{out}: {made.examples} prompts for the scope ({made.origin}), encoder {made.encoder}")
    typer.echo(f"calibration error on them: {made.error:.3f}")
    if made.encoder == "words":
        typer.echo("words alone know no meanings: name an encoder with --encoder", err=True)


@app.command()
def check(
    prompts: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROMPT…", help="Texts; none: a line each on standard input."),
    ] = None,
    guard: GuardFile = Path("guard.npz"),
    encoder: Encoder = "",
    config: Config = None,
    json: Json = False,
) -> None:
    """Say of each prompt whether to let it pass, ask back or decline.

    Exit: 0 judged (whatever came of it), 2 the guard cannot be used.
    """
    from daybrief.model import to_json

    texts = prompts or _lines()
    judged = app_of(config).guard(guard, encoder).judge(texts)
    if json:
        rows = [
            {"prompt": text, "probability": said.probability, "answer": said.answer}
            for text, said in zip(texts, judged, strict=True)
        ]
        typer.echo(to_json({"judgements": rows}).decode())
        return
    for text, said in zip(texts, judged, strict=True):
        typer.echo(f"{said.answer:<8} {said.probability:.2f}  {' '.join(text.split())[:100]}")


def _lines() -> list[str]:
    from daybrief.errors import ConfigError

    raw = sys.stdin.buffer.read(_MOST_INPUT + 1)
    lines = [line for line in raw.decode("utf-8", "replace").splitlines() if line.strip()]
    if len(raw) > _MOST_INPUT or not lines:
        raise ConfigError(
            "there is no prompt to check" if not lines else f"more than {_MOST_INPUT} bytes of prompts",
            hint="give prompts as arguments, or one a line on standard input",
        )
    return lines


@app.command()
def serve(
    guard: GuardFile = Path("guard.npz"),
    encoder: Encoder = "",
    host: Annotated[str, typer.Option("--host", help="Address of this machine to answer on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="Port to answer on.")] = 8711,
    config: Config = None,
) -> None:
    """Answer `POST /check` with judgements, for programs on this machine.

    Exit: 0 stopped, 2 the guard or the address cannot be used, 69 another program answers on the port.
    """
    app_of(config).serve_guard(
        guard, encoder, host, port, lambda address: typer.echo(f"judging at {address} (Ctrl-C ends)")
    )
