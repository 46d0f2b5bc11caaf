"""What options of several channels must be; an error never repeats a value that may be a secret."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from daybrief.errors import ConfigError
from daybrief.model import EditionKind
from daybrief.ports import Hook

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """What the channels share that post to an address of the service's, which is a secret."""

    url_env: str
    name: str = ""
    kinds: tuple[EditionKind, ...] = ("papers", "news")
    timeout_s: float = 30.0
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        variable(self.name, "url_env", self.url_env)

    @property
    def route(self) -> Hook:
        """The way for the postman."""
        return Hook(secret_env=self.url_env, timeout_s=self.timeout_s, patience_s=self.patience_s)


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
