"""What options of several channels must be; an error never repeats a value that may be a secret."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from daybrief.errors import ConfigError

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


def variable(channel: str, option: str, name: str, *, needed: bool = True) -> None:
    """Raise ConfigError unless `name` is that of an environment variable, or empty where it may be."""
    if not (_VARIABLE.fullmatch(name) or (not name and not needed)):
        raise ConfigError(
            f"{channel}: {option} is not the name of an environment variable",
            hint=f'put the secret into a variable, say MY_SECRET, and write {option} = "MY_SECRET"',
        )


def web_url(channel: str, option: str, url: str) -> None:
    """Raise ConfigError unless `url` is an http(s) address or empty."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        good = False
    if url and not (good and url.isascii() and url.isprintable() and " " not in url):
        raise ConfigError(
            f"{channel}: {option} is no http(s) address", hint='for example "https://example.org/brief/"'
        )
