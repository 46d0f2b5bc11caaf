"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; default: daybrief.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder of the editions.")]
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="One profile of the settings; default: all.")
]
Whose = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="The profile; may be left out when there is only one."),
]
