"""Secrets of the environment: looked up by name, never shown."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from daybrief.errors import SecretMissing
from daybrief.ports import Hook, Route
from daybrief.text.plain import line

HIDDEN = "***"
_SHORTEST = 4  # hiding less would hide ordinary words and nothing else


def needed(route: Route) -> tuple[str, ...]:
    """The names of the variables a route needs."""
    names = (route.secret_env, route.signing_env) if isinstance(route, Hook) else (route.password_env,)
    return tuple(filter(None, names))


def secret(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable without white space around it; raises `SecretMissing` that names it."""
    value = environment.get(name, "").strip()
    if not value:
        raise SecretMissing(f"the environment variable {name} is not set", hint=f"export {name}=…")
    return value


def redacted(text: str, values: Iterable[str], most: int = 300) -> str:
    """One line of what a server said, without any of the values, also in Base64 or percent-encoded."""
    for value in values:
        raw = value.encode()
        forms = {value, quote(value, safe=""), quote(value), base64.b64encode(raw).decode().rstrip("=")}
        forms |= {value.rsplit("/", 1)[-1], base64.b64encode(b"\0" + raw).decode().rstrip("=")}
        for form in sorted(forms, key=len, reverse=True):
            if len(form) >= _SHORTEST:
                text = text.replace(form, HIDDEN)
    return line(text, most)
