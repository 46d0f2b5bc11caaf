"""The archive's upkeep: is it whole, back it up, put a backup in its place, save what is sound, copy it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from daybrief.adapters.archive import archive_address, upkeep
from daybrief.adapters.archive.upkeep import Backup, Restored, Salvaged, salvage
from daybrief.app.ports import Ports
from daybrief.errors import ArchiveError, ConfigError

LOG = logging.getLogger(__name__)


def check(ports: Ports, archive: str = "") -> tuple[str, ...]:
    """Returns what is wrong with the archive, or with another one, in words. Raises ArchiveError."""
    return upkeep.check(archive_address(archive) if archive else ports.archive_address)


def back_up(ports: Ports, target: Path | None) -> Path:
    """Makes a checked copy; without a target the daily backup, where today's is not there yet."""
    address = ports.archive_address
    if target is not None:
        return upkeep.back_up(address, target)
    made = upkeep.back_up_daily(address, ports.clock.now(), max(1, ports.settings.backups))
    return made or upkeep.backups(address)[0].path


def back_up_daily(ports: Ports) -> None:
    """Makes the daily backup after a run; warns of what hinders it, since the edition is out."""
    if not ports.settings.backups:
        return
    try:
        upkeep.back_up_daily(ports.archive_address, ports.clock.now(), ports.settings.backups)
    except ArchiveError as hindered:
        LOG.warning("no backup was made: %s", hindered, extra={"stage": "backup"})


def backups(ports: Ports) -> tuple[Backup, ...]:
    """Returns the daily backups, newest first."""
    return upkeep.backups(ports.archive_address)


def restore(ports: Ports, source: Path | None) -> Restored:
    """Puts a backup, or the newest whole one, in the archive's place; the old one stays beside it."""
    return upkeep.restore(ports.archive_address, source, ports.clock.now())


def save_sound(ports: Ports, target: Path, published: Sequence[Path], profile: str) -> Salvaged:
    """Makes a new archive of what is sound, and of the editions in the output folders and in `published`."""
    settings = ports.settings
    folders = {name: [Path(settings.of(name).out)] for name in settings.profiles or [""]}
    folders.setdefault(profile, []).extend(published)
    return salvage(ports.archive_address, archive_address(target), folders)


def copy(source: str, target: str) -> dict[str, int]:
    """Copies a whole archive into an empty one of any kind; returns how many rows each table has."""
    if archive_address(source) == archive_address(target):
        raise ConfigError("FROM and TO are the same archive", hint="name another one")
    return upkeep.copy(archive_address(source), archive_address(target))
