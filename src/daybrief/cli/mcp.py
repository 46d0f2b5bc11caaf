"""`daybrief mcp`: the archive for assistants, over standard input and output."""

from __future__ import annotations

import os

import daybrief
from daybrief.cli.options import Config


def mcp(config: Config = None) -> None:
    """Serve the archive to an assistant that started this command (Model Context Protocol, stdio)."""
    from daybrief.config import load
    from daybrief.mcp import reading_of, server_of

    server_of(reading_of(load(config, os.environ)), daybrief.__version__).run("stdio")
