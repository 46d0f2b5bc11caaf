"""What `daybrief doctor` looks at: each thing that can be wrong before a run, on its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from daybrief.config import Settings
from daybrief.errors import ArchiveDamaged, DaybriefError


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at: whether it is well, and what to do when it is not."""

    what: str
    ok: bool
    detail: str
    hint: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Every finding, in the order in which a run would meet them."""
    looks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("taxonomy", _taxonomy),
        ("language", _language),
        ("plugins", _plugins),
        ("archive", _archive),
        ("output folder", _out),
        ("cache folder", _cache),
        ("chart fonts", _fonts),
    )
    return tuple(_found(what, look, settings) for what, look in looks)


def _found(what: str, look: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what=what, ok=True, detail=look(settings))
    except DaybriefError as error:
        return Finding(what=what, ok=False, detail=error.message, hint=error.hint)
    except OSError as error:
        detail = f"{error.filename or ''}: {error.strerror}"
        return Finding(what=what, ok=False, detail=detail, hint="check the path and its permissions")


def _taxonomy(settings: Settings) -> str:
    from daybrief.wiring import taxonomy_of

    taxonomy = taxonomy_of(settings)
    return f"version {taxonomy.version}, {len(taxonomy.category)} categories"


def _language(settings: Settings) -> str:
    from daybrief.languages.phrases import phrases

    return f"{settings.language}, {len(phrases(settings.language).keys())} phrases"


def _plugins(settings: Settings) -> str:
    from daybrief import plugins
    from daybrief.wiring import tools_of

    tools = tools_of(settings)
    tables = [(g, t) for g in ("sources", "enrichers", "checks", "publishers") for t in getattr(settings, g)]
    tables += [("categorisers", settings.categoriser), ("writers", settings.writer)]
    for group, table in tables:
        plugins.build(group, table, tools)
    return f"{len(tables)} built"


def _archive(settings: Settings) -> str:
    from daybrief.adapters.archive import archive_exists, open_archive
    from daybrief.wiring import address_of

    address = address_of(settings)
    if not archive_exists(address):
        return f"{address} (not there yet; the first run makes it)"
    archive = open_archive(address)
    if problems := archive.check():
        more = f", and {len(problems) - 1} more" if problems[1:] else ""
        raise ArchiveDamaged(f"{address}: {problems[0]}{more}", hint="daybrief archive check lists them all")
    return f"{address}, {archive.size() / 2**20:.1f} MiB, whole"


def _out(settings: Settings) -> str:
    return _writable(Path(settings.out))


def _cache(settings: Settings) -> str:
    from daybrief.wiring import cache_path

    return _writable(cache_path(settings))


def _writable(folder: Path) -> str:
    """Tries the nearest folder that exists, and leaves nothing behind."""
    nearest = folder.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK):
        raise PermissionError(13, "cannot be written", str(nearest))
    with tempfile.TemporaryFile(dir=nearest):
        return str(folder)


def _fonts(_settings: Settings) -> str:
    from daybrief.render.picture import glyphs

    for word in ("가나다", "TÜLU", "Déjà", "漢字", "α→β", "🧠"):
        if glyphs(word) is None:
            raise DaybriefError(f"no glyph for {word!r}", hint="reinstall daybrief: its fonts are incomplete")
    return "Korean, accents, Han, symbols and emoji are covered"
