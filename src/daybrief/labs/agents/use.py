"""`daybrief lab use agents …`: let any model, prompt or program play, and edit the simulated newsroom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from daybrief.labs.agents.bench import WORLDS, opened, worlds
from daybrief.labs.agents.harness import Episode, evaluate
from daybrief.labs.agents.newsroom import demonstrations, fingerprint
from daybrief.labs.agents.scores import as_page, as_text, leaderboard
from daybrief.model import to_json

app = typer.Typer(
    help="Give a model, a prompt or a program its score, with floor, error and oracle beside it."
)

Agents = Annotated[
    list[str],
    typer.Option(
        "--agent",
        metavar="NAME",
        help="random, reflex, oracle, oracle:0.5, embedded, sabotaged, gguf:FILE, or a model of --base-url; "
        "may be repeated.",
    ),
]
BaseUrl = Annotated[
    str, typer.Option("--base-url", metavar="URL", help="An OpenAI-compatible service that has the models.")
]
KeyEnv = Annotated[
    str, typer.Option("--key-env", metavar="NAME", help="Environment variable that holds its key.")
]
Prompt = Annotated[
    Path | None,
    typer.Option("--prompt", metavar="FILE", help="Text that a model is told after the instruction."),
]
Pictures = Annotated[bool, typer.Option("--pictures", help="Send pictures to a model that can see.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The first seed.")]
Out = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder of the episodes and of leaderboard.html.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the leaderboard as JSON.")]
_PROGRAMS = ("random", "reflex", "oracle", "oracle:0", "embedded", "sabotaged")


@app.command("run")
def run_(
    agent: Agents,
    world: Annotated[
        list[str] | None,
        typer.Option("--world", metavar="NAME", help=f"{', '.join(WORLDS)}; may be repeated."),
    ] = None,
    episodes: Annotated[int, typer.Option("--episodes", min=1, help="Episodes of every task.")] = 5,
    base_url: BaseUrl = "",
    key_env: KeyEnv = "",
    prompt: Prompt = None,
    pictures: Pictures = False,
    seed: Seed = 1000,
    out: Out = Path("agents"),
    json: AsJson = False,
) -> None:
    """Play, and print the leaderboard; a run that broke goes on where it stood.

    Exit: 0 played; 2 an agent, a world or a folder cannot be used, and why.
    """
    _play(
        agent,
        world or ["puzzle"],
        episodes,
        seed,
        out,
        base_url,
        key_env,
        prompt,
        pictures=pictures,
        json=json,
    )


@app.command("newsroom")
def newsroom_(
    agent: Agents,
    days: Annotated[int, typer.Option("--days", min=1, help="Simulated days.")] = 10,
    base_url: BaseUrl = "",
    key_env: KeyEnv = "",
    prompt: Prompt = None,
    seed: Seed = 1000,
    out: Out = Path("newsroom"),
    json: AsJson = False,
) -> None:
    """Edit simulated days: what a writer, model or prompt is worth before it may write.

    Each day holds two duplicates, a retraction, a number that contradicts its source, a flood of other
    matters and a dead link. The floor (random) and the ceiling (oracle) are always beside the score.

    Exit: 0 edited; 2 an agent or a folder cannot be used, and why.
    """
    beside = [name for name in ("random", "oracle") if name not in agent]
    _play(
        [*agent, *beside], ["newsroom"], days, seed, out, base_url, key_env, prompt, pictures=False, json=json
    )


def _play(
    names: list[str],
    world: list[str],
    count: int,
    seed: int,
    out: Path,
    base_url: str,
    key_env: str,
    prompt: Path | None,
    *,
    pictures: bool,
    json: bool,
) -> None:
    advice = _advice(prompt)
    environments = worlds(world)
    seeds = range(seed, seed + count)
    shown = demonstrations() if world == ["newsroom"] else ()
    played: list[Episode] = []
    for name in names:
        service = "" if name in _PROGRAMS or name.startswith(("gguf:", "oracle:")) else base_url
        with opened(
            name, base_url=service, key_env=key_env, advice=advice, pictures=pictures, shown=shown
        ) as agent:
            played += evaluate(
                environments,
                agent,
                seeds,
                folder=out,
                code=fingerprint(),
                tell=lambda text: typer.echo(text, err=True),
            )
    lines = leaderboard(played)
    _write(out / "leaderboard.html", as_page(lines, ", ".join(world)))
    typer.echo(to_json(lines, pretty=True).decode() if json else as_text(lines))


def _advice(prompt: Path | None) -> str:
    from daybrief.errors import LabError

    if prompt is None:
        return ""
    try:
        text = prompt.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as broken:
        raise LabError(
            f"--prompt {prompt} cannot be read: {broken}", hint="give a text file in UTF-8"
        ) from broken
    if not text:
        raise LabError(f"--prompt {prompt} is empty", hint="write what the model is to be told")
    return text


def _write(place: Path, text: str) -> None:
    from daybrief.adapters.files import replace_file
    from daybrief.errors import LabError

    try:
        replace_file(place, text.encode())
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another --out"
        ) from refused
