"""What `daybrief doctor` looks at: everything that a run builds, built, before a run needs it.

Each thing is looked at on its own, so that one fault hides no other. Nothing is sent and nothing is spent.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from daybrief import plugins
from daybrief.app import reading
from daybrief.app.ports import Ports
from daybrief.errors import ArchiveDamaged, DaybriefError
from daybrief.ports import Answer, ModelSettings, Question


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: whether it is well, which setting decides it, and what to do when it is not."""

    what: str
    ok: bool
    detail: str
    hint: str = ""
    setting: str = ""


Look = tuple[str, str, Callable[[], str]]  # what is looked at, the setting that decides it, and how


def examine(ports: Ports, *, serving: bool = False) -> tuple[Diagnosis, ...]:
    """Returns every finding, in the order in which a run would meet them; `serving`: what `serve` needs."""
    looks = _looks_of_serve(ports) if serving else _looks_of_run(ports)
    return tuple(_diagnosis(look) for look in looks)


def _diagnosis(look: Look) -> Diagnosis:
    what, setting, examination = look
    try:
        return Diagnosis(what=what, ok=True, detail=examination(), setting=setting)
    except DaybriefError as error:
        hint = error.hint or f"see `{setting}` in `daybrief config show`"
        return Diagnosis(what=what, ok=False, detail=error.message, hint=hint, setting=setting)
    except OSError as error:
        detail = f"{error.filename or ''}: {error.strerror or error}"
        hint = f"let this user write there, or set `{setting}` to another place"
        return Diagnosis(what=what, ok=False, detail=detail, hint=hint, setting=setting)
    except Exception as bug:  # a part that cannot be built must not hide the others
        detail = f"{type(bug).__name__}: {bug}"
        hint = f"a bug in what `{setting}` names, or in daybrief; please report it"
        return Diagnosis(what=what, ok=False, detail=detail, hint=hint, setting=setting)


# ── what a run needs ────────────────────────────────────────────────────────────────────────────────


def _looks_of_run(ports: Ports) -> Iterator[Look]:
    profiles = list(ports.settings.profiles) or [""]
    yield "taxonomy", "taxonomy", lambda: _taxonomy(ports)
    yield "way out", "web", lambda: _web(ports)
    for name in profiles:
        yield from (_of(name, *look) for look in _looks_of_profile(ports, name))
    for settings, place in _models(ports):
        yield _model_look(ports, settings, place)
    yield "archive", "archive", lambda: _archive(ports)
    yield "search", "search", lambda: _search(ports)
    yield "cache folder", "cache", lambda: writable(ports.cache_path)
    yield "chart fonts", "chart", _fonts


def _of(profile: str, what: str, setting: str, look: Callable[[], str]) -> Look:
    return (
        (f"{what} of {profile}", f"profiles.{profile}.{setting}", look) if profile else (what, setting, look)
    )


def _looks_of_profile(ports: Ports, name: str) -> Iterator[Look]:
    """Yields what a profile decides, or the reader without one."""
    settings = ports.settings.of(name)
    yield "language", "language", lambda: _language(settings.language)
    if name:
        yield "taste", "categories", lambda: _interests(ports, name)
    for group in ("sources", "enrichers", "checks", "publishers"):
        yield group, group, lambda group=group: _built(ports, group, name)  # type: ignore[misc]
    for group, setting in (("categorisers", "categoriser"), ("writers", "writer")):
        table = getattr(settings, setting)
        yield setting, setting, lambda group=group, table=table: _one(ports, group, table, name)  # type: ignore[misc]
    for number, table in enumerate(settings.channels):
        label = f"channel {table.get('name') or table.get('use') or number + 1}"
        yield label, f"channels[{number}]", lambda table=table: _channel(ports, table, name)  # type: ignore[misc]
    if len(settings.channels) > 1:
        yield "channels", "channels", lambda: _built(ports, "channels", name)
    yield "output folder", "out", lambda: writable(Path(settings.out))


def _taxonomy(ports: Ports) -> str:
    return f"version {ports.taxonomy.version}, {len(ports.taxonomy.category)} categories"


def _web(ports: Ports) -> str:
    with ports.web():
        allowed = ports.settings.web.allow
        return f"{len(allowed)} private addresses allowed" if allowed else "public addresses alone"


def _language(language: str) -> str:
    from daybrief.languages.phrases import phrases

    return f"{language}, {len(phrases(language).keys())} phrases"


def _interests(ports: Ports, name: str) -> str:
    interests = ports.interests(name)
    counts = (len(interests.categories), len(interests.more) + len(interests.less), len(interests.seeds))
    return "{} categories, {} words, {} seeds".format(*counts)


class _Unasked:
    """A language model that a plugin is built with and that nobody asks."""

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        """Answers nothing."""
        return tuple(Answer() for _ in questions)


def _built(ports: Ports, group: str, profile: str) -> str:
    built = ports.plugins(group, profile, ports.tools(profile, lambda _settings: _Unasked()))
    return ", ".join(getattr(plugin, "name", "?") for plugin in built) or "none"


def _one(ports: Ports, group: str, table: dict[str, Any], profile: str) -> str:
    plugins.build(group, table, ports.tools(profile, lambda _settings: _Unasked()))
    return str(table["use"])


def _channel(ports: Ports, table: dict[str, Any], profile: str) -> str:
    channel = plugins.build("channels", table, ports.tools(profile))
    return ports.transport().check(channel.route)


def _models(ports: Ports) -> Iterator[tuple[ModelSettings, str]]:
    """Yields each language model that a run may ask, once, and the setting that names it."""
    known: list[ModelSettings] = []
    tables = [
        ("writers", ports.settings.writer, "writer"),
        ("categorisers", ports.settings.categoriser, "categoriser"),
    ]
    tables += [("checks", table, f"checks[{n}]") for n, table in enumerate(ports.settings.checks)]
    for group, table, place in tables:
        try:
            _, options = plugins.configured(group, table)
        except DaybriefError:
            continue  # told where the plugin is built
        if isinstance(options, ModelSettings):
            model = msgspec.convert(msgspec.to_builtins(options), ModelSettings, strict=False)
            if model not in known:
                known.append(model)
                yield model, place


def _model_look(ports: Ports, settings: ModelSettings, place: str) -> Look:
    def look() -> str:
        inspection = ports.inspect_model(settings)
        if inspection.error is not None:
            raise inspection.error
        return "; ".join(filter(None, (settings.model, inspection.cap, *inspection.notes)))

    return f"model of {place}", place, look


def _archive(ports: Ports) -> str:
    address = ports.archive_address
    if not ports.archive_exists():
        writable(address.folder)
        return f"{address} (not there yet; the first run makes it)"
    archive = ports.archive()
    if problems := archive.check():
        more = f", and {len(problems) - 1} more" if problems[1:] else ""
        hint = "daybrief archive check lists them all"
        raise ArchiveDamaged(f"{archive.name}: {problems[0]}{more}", hint=hint)
    writable(address.folder)
    return f"{archive.name}, {archive.size() / 2**20:.1f} MiB, whole"


def _search(ports: Ports) -> str:
    embedder = ports.embedder()
    if embedder is not None:
        embedder.embed_query("a test")
    writable(ports.search_folder())
    return "by words" if embedder is None else f"by words and meaning ({embedder.name})"


def writable(folder: Path) -> str:
    """Returns the folder; tries the nearest one that exists, and leaves nothing behind. Raises OSError."""
    nearest = folder.absolute()
    while not nearest.exists():
        if nearest.is_symlink():
            raise FileNotFoundError(2, "is a link to nothing", str(nearest))
        nearest = nearest.parent
    if not nearest.is_dir():
        raise NotADirectoryError(20, "is a file, and a folder is needed", str(nearest))
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(13, "cannot be written", str(nearest))
    with tempfile.TemporaryFile(dir=nearest):
        return str(folder)


def _fonts() -> str:
    from daybrief.render.picture import glyphs

    for word in ("\uac00\ub098\ub2e4", "TÜLU", "Déjà", "漢字", "α→β", "🧠"):
        if glyphs(word) is None:
            raise DaybriefError(f"no glyph for {word!r}", hint="reinstall daybrief: its fonts are incomplete")
    return "Korean, accents, Han, symbols and emoji are covered"


# ── what the reader needs ───────────────────────────────────────────────────────────────────────────


def _looks_of_serve(ports: Ports) -> Iterator[Look]:
    yield "taxonomy", "taxonomy", lambda: _taxonomy(ports)
    yield "language", "language", lambda: _language(ports.settings.language)
    for name in ports.settings.profiles:
        yield f"taste of {name}", f"profiles.{name}.categories", lambda name=name: _interests(ports, name)  # type: ignore[misc]
    yield "archive", "archive", lambda: _archive(ports)
    yield "search", "search", lambda: _search(ports)
    yield "password", "serve", lambda: _access(ports)


def _access(ports: Ports) -> str:
    return "asked for" if reading.access(ports).password else "none: this machine alone"
