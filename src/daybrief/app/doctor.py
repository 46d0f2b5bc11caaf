"""What `daybrief doctor` looks at: each thing that can be wrong before a run, on its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from daybrief.app.ports import Ports
from daybrief.errors import ArchiveDamaged, DaybriefError


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: whether it is well, and what to do when it is not."""

    what: str
    ok: bool
    detail: str
    hint: str = ""


def examine(ports: Ports) -> tuple[Diagnosis, ...]:
    """Every finding, in the order in which a run would meet them."""
    looks: tuple[tuple[str, Callable[[Ports], str]], ...] = (
        ("taxonomy", _taxonomy),
        ("language", _language),
        ("plugins", _plugins),
        ("archive", _archive),
        ("output folder", _out),
        ("cache folder", _cache),
        ("chart fonts", _fonts),
    )
    return tuple(_found(what, look, ports) for what, look in looks)


def _found(what: str, look: Callable[[Ports], str], ports: Ports) -> Diagnosis:
    try:
        return Diagnosis(what=what, ok=True, detail=look(ports))
    except DaybriefError as error:
        return Diagnosis(what=what, ok=False, detail=error.message, hint=error.hint)
    except OSError as error:
        detail = f"{error.filename or ''}: {error.strerror}"
        return Diagnosis(what=what, ok=False, detail=detail, hint="check the path and its permissions")


def _taxonomy(ports: Ports) -> str:
    taxonomy = ports.taxonomy
    return f"version {taxonomy.version}, {len(taxonomy.category)} categories"


def _language(ports: Ports) -> str:
    from daybrief.languages.phrases import phrases

    return f"{ports.settings.language}, {len(phrases(ports.settings.language).keys())} phrases"


def _plugins(ports: Ports) -> str:
    from daybrief import plugins

    settings, tools = ports.settings, ports.tools()
    groups = ("sources", "enrichers", "checks", "publishers")
    built = [plugin for group in groups for plugin in ports.plugins(group)]
    for group, table in (("categorisers", settings.categoriser), ("writers", settings.writer)):
        built.append(plugins.build(group, table, tools))
    return f"{len(built)} built"


def _archive(ports: Ports) -> str:
    if not ports.archive_exists():
        return f"{ports.archive_address} (not there yet; the first run makes it)"
    archive = ports.archive()
    if problems := archive.check():
        more = f", and {len(problems) - 1} more" if problems[1:] else ""
        hint = "daybrief archive check lists them all"
        raise ArchiveDamaged(f"{archive.name}: {problems[0]}{more}", hint=hint)
    return f"{archive.name}, {archive.size() / 2**20:.1f} MiB, whole"


def _out(ports: Ports) -> str:
    return _writable(Path(ports.settings.out))


def _cache(ports: Ports) -> str:
    return _writable(ports.cache_path)


def _writable(folder: Path) -> str:
    """Tries the nearest folder that exists, and leaves nothing behind."""
    nearest = folder.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK):
        raise PermissionError(13, "cannot be written", str(nearest))
    with tempfile.TemporaryFile(dir=nearest):
        return str(folder)


def _fonts(_ports: Ports) -> str:
    from daybrief.render.picture import glyphs

    for word in ("가나다", "TÜLU", "Déjà", "漢字", "α→β", "🧠"):
        if glyphs(word) is None:
            raise DaybriefError(f"no glyph for {word!r}", hint="reinstall daybrief: its fonts are incomplete")
    return "Korean, accents, Han, symbols and emoji are covered"
