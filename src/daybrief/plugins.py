"""A name becomes an object: built-in module, installed entry point or importable module.

`{"use": "feed", "url": …}` finds the module `daybrief.sources.feed`, turns the rest of the table into its
`Options`, and calls its `make(options, tools)`. A plugin that is not ours works behind a border: it has what
its protocol promises, its calls end, what it gives is checked, and it leaves the process as it was.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import locale
import logging
import os
import pkgutil
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache, partial
from pathlib import Path
from threading import Lock, Thread
from types import ModuleType
from typing import Any

import msgspec

from daybrief.config import faults, in_words, nearest
from daybrief.errors import (
    ConfigError,
    DaybriefError,
    DeliveryError,
    SourceError,
    UnknownPlugin,
    WriterError,
    in_a_line,
)
from daybrief.model import Author, Delivery, Message
from daybrief.ports import Hook, Smtp, Tools
from daybrief.text.identity import shown

LOG = logging.getLogger(__name__)
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
        with PROCESS.kept(path, but=_MAY_SET) if not _is_ours(path) else contextlib.nullcontext():
            return importlib.import_module(path)
    except ModuleNotFoundError as missing:
        if missing.name and (path == missing.name or path.startswith(f"{missing.name}.")):
            return None
        hint = f"install what brings {missing.name}" if missing.name else "mend the module"
        raise ConfigError(f"cannot import {path}: {missing}", hint=hint) from missing
    except SyntaxError as wrong:
        place = f"{wrong.filename or path}, line {wrong.lineno}"
        raise ConfigError(f"cannot import {path}: {wrong.msg} ({place})", hint="mend the module") from wrong
    except (Exception, SystemExit, GeneratorExit) as broken:  # somebody else's: anything may happen in it
        raise ConfigError(
            f"cannot import {path}: {in_a_line(broken)}", hint=f"mend the module: {_place(broken, path)}"
        ) from broken


def _place(error: BaseException, path: str) -> str:
    """The last line of the plugin's own file that the error passed."""
    frames = traceback.extract_tb(error.__traceback__)
    stem = path.rpartition(".")[2]
    own = [f for f in frames if Path(f.filename.removesuffix("/__init__.py")).stem == stem]
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
    path = plugin.__name__
    try:
        if _is_ours(path):
            return plugin.make(chosen, tools)
        with PROCESS.kept(path, but=_MAY_SET):
            return Foreign(group, path, plugin.make(chosen, tools))
    except ConfigError as wrong:
        raise _with_place(wrong, group, table) from wrong
    except DaybriefError:
        raise
    except (Exception, SystemExit, GeneratorExit) as broken:
        if _is_ours(path):
            raise
        why = f"{path} cannot be made: {in_a_line(broken)}"
        raise ConfigError(why, hint=f"mend the module: {_place(broken, path)}") from broken


def _is_ours(path: str) -> bool:
    return path.startswith("daybrief.")


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


# ── the border ──────────────────────────────────────────────────────────────────────────────────────


MOST_S = 900.0  # of one call of a plugin that is not ours; sources and enrichers have limits of their own


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value == value.strip() and 0 < len(value) <= 100


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 1_000


def _is_author(value: object) -> bool:
    if not isinstance(value, Author) or not _is_name(value.name):
        return False
    return all(isinstance(text, str) and text.isprintable() for text in msgspec.structs.astuple(value))


def _is_route(value: object) -> bool:
    return isinstance(value, Smtp | Hook)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


Fits = Callable[[object], bool]
NEEDS: dict[str, dict[str, Fits]] = {
    "sources": {"name": _is_name, "collect": callable},
    "enrichers": {"name": _is_name, "enrich": callable},
    "categorisers": {"name": _is_name, "file": callable},
    "writers": {"author": _is_author, "concurrency": _is_count, "read": callable, "synthesise": callable},
    "checks": {"name": _is_name, "check": callable},
    "publishers": {"name": _is_name, "publish": callable},
    "channels": {"name": _is_name, "route": _is_route, "messages": callable},
}
"""What a plugin of a group has to have; what else it may have follows."""
_MAY_HAVE: dict[str, dict[str, Fits]] = {
    "sources": {"due": callable, "first_seen": _is_flag},
    "writers": {
        "repair_story": callable,
        "repair_section": callable,
        "redraft": callable,
        "drafts": _is_count,
        "warm": callable,
    },
    "checks": {"check_all": callable},
    "publishers": {"shows_pages": _is_flag},
}
_LISTS = frozenset({"collect", "enrich"})  # called where a time is set already, and heard as they speak
_ERRORS: dict[str, type[DaybriefError]] = {
    "sources": SourceError,
    "enrichers": SourceError,
    "writers": WriterError,
    "publishers": DeliveryError,
    "channels": DeliveryError,
}
_deliveries = msgspec.msgpack.Decoder(tuple[Delivery, ...]).decode
_messages = msgspec.msgpack.Decoder(tuple[Message, ...]).decode


class Foreign:
    """A plugin that is not ours, at the border: it has what its protocol names, as it was when it was made.

    A call works in a thread of its own, so that nothing raised in it is taken for a reader's Ctrl-C. A plugin
    that gives no answer in time is never called again. What goes wrong is raised as the error of its group,
    which costs its own part; a `ConfigError` of its own is raised as it stands.
    """

    def __init__(self, group: str, path: str, plugin: object, most_s: float = MOST_S) -> None:
        """Raise ConfigError for a plugin that lacks what its protocol promises."""
        self._group, self._path, self._most_s = group, path, most_s
        self._label = f"the {group[:-1]} {path}"
        self._lost = False
        for name, fits in (NEEDS[group] | _MAY_HAVE.get(group, {})).items():
            if name in NEEDS[group] or hasattr(plugin, name):
                setattr(self, name, self._taken(name, getattr(plugin, name, None), fits))

    def _taken(self, name: str, value: object, fits: Fits) -> object:
        if not fits(value):
            raise ConfigError(
                f"{self._path} has no usable `{name}`: {repr(value)[:100]}",
                hint=f"docs/plugins.md says what {self._group} need",
            )
        if not callable(value):
            return value
        return partial(self._listed if name in _LISTS else self._called, value)

    def _listed(self, call: Callable[..., Iterator[Any]], *given: object) -> Iterator[Any]:
        with _one_process(), PROCESS.kept(self._label):
            yield from call(*given)

    def _called(self, call: Callable[..., Any], *given: object) -> Any:
        if self._lost:
            raise self._failure(TimeoutError("it gave no answer before, and is not asked again"))
        answer: Future[Any] = Future()

        def work() -> None:
            with _one_process():
                try:
                    result = self._checked(call(*given))
                except BaseException as raised:
                    answer.set_exception(raised)
                else:
                    answer.set_result(result)

        with PROCESS.kept(self._label):
            Thread(target=copy_context().run, args=(work,), name=self._label, daemon=True).start()
            ended = wait([answer], self._most_s).done
        if not ended:
            self._lost = True
            raise self._failure(TimeoutError(f"it gave no answer within {self._most_s:g} s"))
        raised = answer.exception()
        if raised is None:
            return answer.result()
        known = isinstance(raised, ConfigError | _ERRORS.get(self._group, ConfigError))
        failure = raised if known else self._failure(raised)
        if failure is raised:
            raise raised
        raise failure from raised

    def _checked(self, given: Any) -> Any:
        """Return what a call gave; of files and messages all that it lists, with types as promised."""
        if self._group == "publishers":
            return _deliveries(msgspec.msgpack.encode(tuple(given)))
        if self._group == "channels":
            messages = _messages(msgspec.msgpack.encode(tuple(given)))
            strangers = {message.channel for message in messages} - {self.name}  # type: ignore[attr-defined]
            if strangers:
                raise ValueError(f"it gave a message of the channel {min(strangers)!r}")
            return messages
        return given

    def _failure(self, raised: BaseException) -> Exception:
        """The error that costs the plugin's part alone: it names the plugin, and what to do."""
        hint = f"mend the module: {_place(raised, self._path)}; or take it out of the settings"
        if kind := _ERRORS.get(self._group):
            return kind(shown(f"{self._label} failed: {in_a_line(raised)}"), hint=hint)
        failure = raised if isinstance(raised, Exception) else RuntimeError(f"it raised {in_a_line(raised)}")
        if hint not in getattr(failure, "__notes__", ()):  # a plugin may raise the same error again
            failure.add_note(hint)
        return failure


@contextmanager
def _one_process() -> Iterator[None]:
    """End a process that a plugin has forked: there must not be a second run."""
    ours = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != ours:
            os._exit(0)


# ── the process ─────────────────────────────────────────────────────────────────────────────────────


def _mask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _set_environment(variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    if hasattr(time, "tzset"):
        time.tzset()


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]
    warnings.simplefilter("ignore", append=True)  # has the cached decisions forgotten
    warnings.filters.pop()  # type: ignore[attr-defined]


def _handlers() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _set_handlers(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _streams() -> tuple[Any, ...]:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return (*streams, *(stream is None or stream.closed for stream in streams))


def _set_streams(before: tuple[Any, ...]) -> None:
    names = ("stdin", "stdout", "stderr")
    for number, name, stream, closed in zip(range(3), names, before[:3], before[3:], strict=True):
        if stream is not None and stream.closed and not closed:
            mode = "w" if number else "r"
            stream = os.fdopen(number, mode, encoding=stream.encoding, errors=stream.errors, closefd=False)
        setattr(sys, name, stream)


PARTS: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    "working folder": (os.getcwd, os.chdir),
    "file mask": (_mask, os.umask),
    "recursion limit": (sys.getrecursionlimit, sys.setrecursionlimit),
    "environment": (lambda: dict(os.environ), _set_environment),
    "locale": (partial(locale.setlocale, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)),
    "warnings": (lambda: [*warnings.filters], _set_filters),
    "signal handlers": (_handlers, _set_handlers),
    "collector of garbage": (gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
    "level of logging": (lambda: logging.root.manager.disable, logging.disable),
    "standard streams": (_streams, _set_streams),
}
"""What of the process is put back after a plugin, beside the descriptors 0 to 2: how it is read, and set."""
_MAY_SET = frozenset({"environment", "warnings"})  # while it is imported and made: libraries need it


class Process:
    """The state of this process that plugins share, and none may change for the others."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0  # calls under way; the first has seen how all was
        self._before: dict[str, Any] = {}
        self._copies: dict[int, tuple[int, tuple[int, int]]] = {}  # of each: a copy, and what it leads to

    @contextmanager
    def kept(self, label: str, but: Collection[str] = ()) -> Iterator[None]:
        """Put back what was changed while the block ran, and say so."""
        with self._lock:
            if not self._inside:
                self._before = {part: read() for part, (read, _) in PARTS.items() if part not in but}
                led = {number: identity for number in range(3) if (identity := _identity(number))}
                self._copies = {number: (os.dup(number), identity) for number, identity in led.items()}
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                changed = [*self._descriptors_put_back(), *self._put_back()]
                self._inside -= 1
                if not self._inside:
                    for copy, identity in self._copies.values():
                        if _identity(copy) == identity:  # else the plugin has closed it, too
                            os.close(copy)
            if changed:
                words = f"{label} changed the {', the '.join(changed)}; it was put back"
                hint = "a plugin leaves the process as it is: docs/plugins.md"
                LOG.warning("%s (%s)", words, hint, extra={"stage": "plugins"})

    def _descriptors_put_back(self) -> Iterator[str]:
        for number, (copy, identity) in self._copies.items():
            if _identity(number) != identity:
                if _identity(copy) == identity:
                    os.dup2(copy, number)
                yield f"descriptor {number}"

    def _put_back(self) -> Iterator[str]:
        for part, before in self._before.items():
            read, put = PARTS[part]
            try:
                changed = read() != before
            except OSError:  # a working folder that is no more
                changed = True
            if changed:
                with contextlib.suppress(Exception):  # said all the same
                    put(before)
                yield part


def _identity(number: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


PROCESS = Process()
