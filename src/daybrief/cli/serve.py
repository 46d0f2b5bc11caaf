"""`daybrief serve`: read the archive in a browser."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from daybrief.cli.options import Config

if TYPE_CHECKING:
    from daybrief.config import Settings


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to answer on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=1, max=65_535, help="Port to answer on.")] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="The profile shown first.")
    ] = None,
    config: Config = None,
    set_password: Annotated[
        bool, typer.Option("--set-password", help="Ask for a password, keep its hash, and stop.")
    ] = False,
) -> None:
    """Serve the reader: pages, feeds and a JSON API over the archive."""
    from msgspec.structs import replace

    from daybrief.config import load
    from daybrief.web.opening import reader_of
    from daybrief.web.server import server_of

    settings = load(config, os.environ)
    given = {"host": host, "port": port}
    asked = replace(settings.serve, **{name: value for name, value in given.items() if value is not None})
    settings = replace(settings, serve=asked)
    if set_password:
        _set_password(settings)
        return
    if profile is not None:
        settings.profile(profile)
    app = reader_of(settings, os.environ, profile or next(iter(settings.profiles), ""))
    shown = f"[{asked.host}]" if ":" in asked.host else asked.host

    def announce() -> None:
        typer.echo(f"reading at http://{shown}:{asked.port}/ (Ctrl-C ends)")

    server_of(app, asked.host, asked.port, announce=announce).run()


def _set_password(settings: Settings) -> None:
    from daybrief.adapters.secrets import keep_secret
    from daybrief.web.opening import password_path
    from daybrief.web.passwords import hashed

    said = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    path = password_path(settings)
    keep_secret(path, hashed(said))
    typer.echo(f"its hash is in {path}; restart the reader")
