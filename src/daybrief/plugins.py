"""A name becomes an object: built-in module, installed entry point or importable module.

`{"use": "feed", "url": …}` finds the module `daybrief.sources.feed`, turns the rest of the table into its
`Options`, and calls its `make(options, tools)`.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from daybrief.config import faults, in_words, nearest
from daybrief.errors import ConfigError, DaybriefError, UnknownPlugin
from daybrief.ports import Tools

GROUPS = ("sources", "enrichers", "categorisers", "writers", "checks", "publishers", "channels")


def names(group: str) -> tuple[str, ...]:
    """The names `use = …` may have in a group, built-in and installed, sorted."""
    package = importlib.import_module(f"daybrief.{group}")
    built_in = {m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")}
    return tuple(sorted({*built_in, *(name for name, _ in _installed(group))}))


@cache  # every package's metadata is read for it
def _installed(group: str) -> tuple[tuple[str, str], ...]:
    """The name and the module of each entry point of a group."""
    from importlib.metadata import entry_points

    return tuple((point.name, point.value) for point in entry_points(group=f"daybrief.{group}"))


def module(group: str, name: str) -> ModuleType:
    """The module behind a name. A dotted one is also looked for in the current folder.

    Raises UnknownPlugin that lists what exists, and ConfigError that says why a module cannot be imported.
    """
    for path in _paths(group, name):
        plugin = _imported(path)
        if plugin is None:
            continue
        if not (hasattr(plugin, "make") and hasattr(plugin, "Options")):
            raise ConfigError(f"{path} is no plugin", hint="it needs `Options` and `make(options, tools)`")
        return plugin
    if "." in name:
        raise ConfigError(
            f"cannot import {name!r}: there is no such module",
            hint=f"it is looked for in {Path.cwd()} and where Python finds its packages",
        )
    raise UnknownPlugin(f"unknown {group[:-1]} {name!r}", hint=nearest(name, names(group)))


def _imported(path: str) -> ModuleType | None:
    """The module of that name, None when there is none; raises ConfigError with the cause in one line."""
    if not path.startswith("daybrief.") and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # behind everything that is installed: nothing is shadowed
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as missing:
        if missing.name and (path == missing.name or path.startswith(f"{missing.name}.")):
            return None
        hint = f"install what brings {missing.name}" if missing.name else "mend the module"
        raise ConfigError(f"cannot import {path}: {missing}", hint=hint) from missing
    except SyntaxError as wrong:
        place = f"{wrong.filename or path}, line {wrong.lineno}"
        raise ConfigError(f"cannot import {path}: {wrong.msg} ({place})", hint="mend the module") from wrong
    except (Exception, SystemExit) as broken:  # a module of somebody else's: anything may happen in it
        raise ConfigError(
            f"cannot import {path}: {_in_a_line(broken)}", hint=f"mend the module: {_place(broken, path)}"
        ) from broken


def _in_a_line(error: BaseException) -> str:
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(error: BaseException, path: str) -> str:
    """The last line of the plugin's own file that the error passed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if path.rpartition(".")[2] in Path(frame.filename).stem]
    return f"{own[-1].filename}, line {own[-1].lineno}" if own else path


def _paths(group: str, name: str) -> Iterator[str]:
    """The places of a plugin, one after the other: packages are asked only for what is not ours."""
    if "." in name:
        yield name
        return
    yield f"daybrief.{group}.{name}"
    yield from (path for own, path in _installed(group) if own == name)


def build(group: str, table: dict[str, Any], tools: Tools) -> Any:
    """The object a table of the configuration describes; raises ConfigError that names the option."""
    plugin, chosen = configured(group, table)
    try:
        return plugin.make(chosen, tools)
    except ConfigError as wrong:
        raise _with_place(wrong, group, table) from wrong
    except DaybriefError:
        raise
    except Exception as broken:
        if plugin.__name__.startswith("daybrief."):
            raise
        why = f"{plugin.__name__} cannot be made: {_in_a_line(broken)}"
        hint = f"mend the module: {_place(broken, plugin.__name__)}"
        raise ConfigError(why, hint=hint) from broken


def _with_place(error: ConfigError, group: str, table: dict[str, Any]) -> ConfigError:
    """The same error, saying which entry of the settings it is about."""
    if type(error) is not ConfigError or group == "channels":  # channels name themselves
        return error
    label = table.get("name") or table["use"]
    return ConfigError(f"{group[:-1]} {label!r}: {error.message}", hint=error.hint)


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
            hint = nearest(name, plugin.Options.__struct_fields__)
            raise ConfigError(f"unknown option {name!r} of {group[:-1]} {use!r}", hint=hint)
    try:
        chosen = msgspec.convert(rest, plugin.Options, strict=False)
    except ConfigError as wrong:
        raise _with_place(wrong, group, table) from wrong
    except msgspec.ValidationError as wrong:
        fault = next(faults(rest, plugin.Options, show=group != "channels"), None)
        sentence = fault.sentence if fault else in_words(wrong, rest, "", show=group != "channels")
        hint = f"`daybrief plugins`, and docs/reference.md, say what {use!r} takes"
        raise ConfigError(f"{group[:-1]} {use!r}: {sentence}", hint=hint) from wrong
    return plugin, chosen


def catalogue() -> dict[str, dict[str, str]]:
    """Every plugin of every group with the first line of its module's docstring."""
    return {group: {name: _first_line(module(group, name)) for name in names(group)} for group in GROUPS}


def _first_line(plugin: ModuleType) -> str:
    lines = (plugin.__doc__ or "").strip().splitlines()
    return lines[0] if lines else ""
