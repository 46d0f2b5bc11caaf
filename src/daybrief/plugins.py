"""A name becomes an object: built-in module, installed entry point or importable module.

`{"use": "feed", "url": …}` finds the module `daybrief.sources.feed`, turns the rest of the table into its
`Options`, and calls its `make(options, tools)`.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

import msgspec

from daybrief.config import did_you_mean
from daybrief.errors import ConfigError, UnknownPlugin
from daybrief.ports import Tools

GROUPS = ("sources", "enrichers", "categorisers", "writers", "checks", "publishers", "channels")


def names(group: str) -> tuple[str, ...]:
    """The names `use = …` may have in a group, built-in and installed, sorted."""
    package = importlib.import_module(f"daybrief.{group}")
    built_in = {m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")}
    installed = {e.name for e in entry_points(group=f"daybrief.{group}")}
    return tuple(sorted(built_in | installed))


def module(group: str, name: str) -> ModuleType:
    """The module behind a name; raises UnknownPlugin that lists what exists."""
    for path in _paths(group, name):
        try:
            found = importlib.import_module(path)
        except ModuleNotFoundError as missing:
            # Only the module itself may be missing: a plugin's own broken import must be seen.
            if missing.name and (path == missing.name or path.startswith(f"{missing.name}.")):
                continue
            raise
        if not (hasattr(found, "make") and hasattr(found, "Options")):
            raise ConfigError(f"{path} is no plugin", hint="it needs `Options` and `make(options, tools)`")
        return found
    raise UnknownPlugin(f"unknown {group[:-1]} {name!r}", hint=did_you_mean(name, names(group)))


def _paths(group: str, name: str) -> list[str]:
    installed = [e.value for e in entry_points(group=f"daybrief.{group}") if e.name == name]
    return [name] if "." in name else [f"daybrief.{group}.{name}", *installed]


def build(group: str, table: dict[str, Any], tools: Tools) -> Any:
    """The object a table of the configuration describes; raises ConfigError that names the option."""
    plugin, chosen = configured(group, table)
    return plugin.make(chosen, tools)


def configured(group: str, table: dict[str, Any]) -> tuple[ModuleType, Any]:
    """The module a table of the configuration names and its options; raises ConfigError as `build` does."""
    rest = dict(table)
    use = rest.pop("use", None)
    if not isinstance(use, str) or not use:
        has = ", ".join(table) or "nothing"
        raise ConfigError(
            f"an entry of {group} lacks `use`: it has {has}", hint=f"one of {', '.join(names(group))}"
        )
    plugin = module(group, use)
    for name in rest:
        if name not in plugin.Options.__struct_fields__:
            hint = did_you_mean(name, plugin.Options.__struct_fields__)
            raise ConfigError(f"unknown option {name!r} of {group[:-1]} {use!r}", hint=hint)
    try:
        chosen = msgspec.convert(rest, plugin.Options, strict=False)
    except msgspec.ValidationError as wrong:
        raise ConfigError(f"{group[:-1]} {use!r}: {wrong}", hint="see `daybrief config show`") from wrong
    return plugin, chosen


def catalogue() -> dict[str, dict[str, str]]:
    """Every plugin of every group with the first line of its module's docstring."""
    return {group: {name: _first_line(module(group, name)) for name in names(group)} for group in GROUPS}


def _first_line(plugin: ModuleType) -> str:
    lines = (plugin.__doc__ or "").strip().splitlines()
    return lines[0] if lines else ""
