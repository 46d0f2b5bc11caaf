"""What leaves the archive for other programs: a site, an export, an edition as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from daybrief import plugins
from daybrief.app.ports import MADE_BY, Ports
from daybrief.errors import ConfigError
from daybrief.model import Delivery, Edition, Issue
from daybrief.publishers._site.pages import SiteOptions
from daybrief.site import Built, build_site


def make_site(ports: Ports, out: Path, base_url: str | None, profile: str) -> tuple[Built, str]:
    """Makes the static site of a profile's editions in `out`; returns what was done, and its address."""
    settings = ports.settings
    options = SiteOptions(
        base_url=settings.site.base_url if base_url is None else base_url,
        language=settings.of(profile).language,
        pictures=settings.site.pictures,
    )
    folder = ports.site_folder(out)
    return build_site(ports.archive(profile), folder, options, ports.clock.now(), MADE_BY), options.base


def export(ports: Ports, day: date, form: str, profile: str) -> tuple[Delivery, ...]:
    """Returns what the publisher `form` makes of a day; raises ConfigError without an edition."""
    archive = ports.archive(profile)
    rows = [archive.edition(day, kind) for kind in ("papers", "news")]
    editions = tuple(edition for edition in rows if edition is not None)
    if not editions:
        raise ConfigError(f"no edition of {day} in the archive", hint=f"daybrief run --day {day}")
    publisher = plugins.build("publishers", {"use": form}, ports.tools())
    return tuple(publisher.publish(Issue(day=day, editions=editions, recent=editions)))


def write_files(ports: Ports, folder: Path, day: date, deliveries: Sequence[Delivery]) -> None:
    """Writes files below a folder, a day's all at once."""
    files = [("export", delivery) for delivery in deliveries]
    ports.folder(folder).write(day, files, ports.clock.now())


def markdown(ports: Ports, edition: Edition) -> str:
    """Returns an edition as the Markdown publisher writes it."""
    issue = Issue(day=edition.window.day, editions=(edition,), recent=(edition,))
    publisher = plugins.build("publishers", {"use": "markdown"}, ports.tools())
    return "".join(delivery.body.decode() for delivery in publisher.publish(issue))
