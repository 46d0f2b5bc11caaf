"""The archive's ways out for a reader's other programs: a site, an export, the days that were missed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from daybrief import plugins
from daybrief.adapters.clock import SystemClock
from daybrief.adapters.files import OutputFolder
from daybrief.adapters.mirror import Mirror
from daybrief.config import Settings
from daybrief.errors import ConfigError
from daybrief.model import Delivery, Issue
from daybrief.publishers._site.pages import SiteOptions
from daybrief.site import Built, build_site
from daybrief.stages.schedule import last_closed_day, missed_days
from daybrief.wiring import MADE_BY, archive_of, tools_of


def make_site(
    settings: Settings, out: Path, base_url: str | None = None, profile: str = ""
) -> tuple[Built, str]:
    """The static site of a profile's editions in `out`; what was done, and the address it was made for."""
    options = SiteOptions(
        base_url=settings.site.base_url if base_url is None else base_url,
        language=settings.of(profile).language,
        pictures=settings.site.pictures,
    )
    archive = archive_of(settings, profile)
    return build_site(archive, Mirror(out), options, SystemClock().now(), MADE_BY), options.base


def exported(settings: Settings, day: date, form: str, profile: str = "") -> tuple[Delivery, ...]:
    """What the publisher `form` makes of a day of the archive; raises ConfigError without an edition."""
    archive = archive_of(settings, profile)
    found = [archive.edition(day, kind) for kind in ("papers", "news")]
    editions = tuple(edition for edition in found if edition is not None)
    if not editions:
        raise ConfigError(f"no edition of {day} in the archive", hint=f"daybrief run --day {day}")
    publisher = plugins.build("publishers", {"use": form}, tools_of(settings))
    return tuple(publisher.publish(Issue(day=day, editions=editions, recent=editions)))


def write_files(folder: Path, day: date, deliveries: Sequence[Delivery]) -> None:
    """Put files below a folder, a day's all at once."""
    OutputFolder(folder).write(day, [("export", delivery) for delivery in deliveries], SystemClock().now())


def days_to_make(settings: Settings, most: int, profile: str | None = None) -> tuple[date, ...]:
    """Every closed day since the last edition, oldest first; only yesterday for an archive without one.

    Of several profiles, the one that lags behind most decides: what the others have costs nothing.
    """
    names = [profile] if profile is not None else list(settings.profiles) or [""]
    shelves = (archive_of(settings, name).latest(1) for name in names)
    lasts = [found[0].window.day if found else None for found in shelves]
    known = [last for last in lasts if last is not None]
    closed = last_closed_day(SystemClock().now(), settings.zone)
    return missed_days(min(known, default=None), closed, most)
