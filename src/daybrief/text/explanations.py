"""What each error means and what to do about it: one TOML file a language in `assets/explanations`.

The same texts answer `daybrief explain`, and stand on the errors page of the documentation.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from daybrief.errors import ConfigError, DaybriefError
from daybrief.languages import CODES

_FOLDER = files("daybrief") / "assets" / "explanations"


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One error in plain words: `what` happened, and what there is `todo`."""

    what: str
    todo: str


def slug(error: type[DaybriefError] | DaybriefError) -> str:
    """The name under which an error is explained: `UnknownPlugin` is `unknown-plugin`.

    An error that a plugin made goes by its nearest ancestor of ours.
    """
    kind = error if isinstance(error, type) else type(error)
    ours = next(k for k in kind.__mro__ if k.__module__ == DaybriefError.__module__)
    return _slug(ours.__name__)


def _slug(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@cache
def explanations(language: str) -> dict[str, Explanation]:
    """Every explanation by the error's slug; raises ConfigError for a language there is none in."""
    if language not in CODES:
        raise ConfigError(f"--language {language!r} is unknown", hint=f"one of {', '.join(CODES)}")
    raw = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    found = msgspec.convert(raw, dict[str, Explanation])
    return {_slug(name): one for name, one in found.items()}


def explained(name: str, language: str) -> Explanation:
    """The explanation of an error named by slug or class; raises ConfigError that names the nearest."""
    known = explanations(language)
    wanted = name if name in known else _slug(name)
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise ConfigError(f"no error is called {name!r}", hint=hint)
