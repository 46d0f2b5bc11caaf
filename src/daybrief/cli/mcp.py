"""`daybrief mcp`: the archive for assistants, over standard input and output."""

from __future__ import annotations

import os

import daybrief
from daybrief.cli.options import Config, Whose


def mcp(config: Config = None, profile: Whose = None) -> None:
    """Serve the archive to an assistant that started this command (Model Context Protocol, stdio)."""
    from daybrief.config import load
    from daybrief.mcp import reading_of, server_of

    settings = load(config, os.environ)
    server_of(reading_of(settings, settings.whose(profile)), daybrief.__version__).run("stdio")
