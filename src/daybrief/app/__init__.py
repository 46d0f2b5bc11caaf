"""The program, put together: settings become an `App`, one method a use; only this package builds adapters.

    ports      each port, built once
    runs       a run of one day, or of many at once; imports; the days to catch up with
    reading    search, questions, the reader, assistants, what a profile's reader likes
    outputs    the site, exports, an edition as Markdown, messages
    doctor     whether all of this can be built, and whether a local model may write
    setup      the first settings file, a run every day

Commands, the reader and the tests call `App`, and nothing else in here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from daybrief.app import reading
from daybrief.app.ports import Ports, demo_archive
from daybrief.config import Settings
from daybrief.errors import ConfigError
from daybrief.model import Delivery, Edition, EditionKind, Example, Queued, Receipt, Run
from daybrief.ports import ModelSettings, archive_address

if TYPE_CHECKING:
    from daybrief.adapters.archive.upkeep import Backup, Restored, Salvaged
    from daybrief.adapters.llm.local import PresentModel
    from daybrief.app.backfill import BackfilledDay, BackfillRequest
    from daybrief.app.doctor import Diagnosis, Tryout
    from daybrief.app.guarding import Fitted, GuardRequest
    from daybrief.app.outputs import Built
    from daybrief.app.runs import RunRequest
    from daybrief.ask import Answered, Asker
    from daybrief.audit.inspection import Finding as Verdict
    from daybrief.guard import ScopeGuard
    from daybrief.kit import Report
    from daybrief.mcp import AssistantServices
    from daybrief.search.topics import ArchiveTopics
    from daybrief.stages.importing import Imported
    from daybrief.taste import LearnedTaste
    from daybrief.taste.examples import ReferenceLibrary
    from daybrief.text.query import SearchResults
    from daybrief.web.guard import App as WebApp
    from daybrief.web.pages import ReaderServices

__all__ = ["App", "RunRequest"]


def __getattr__(name: str) -> Any:
    if name == "RunRequest":  # what runs a day is imported by who runs one
        from daybrief.app.runs import RunRequest

        return RunRequest
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class App:
    """The program with one settings file. `environment` is where secrets lie, by default the process's.

    `profile` is the name of a profile in the settings; "" is the reader without one. Every method may raise
    ConfigError and ArchiveError.
    """

    def __init__(self, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
        self.settings = settings
        self.ports = Ports(settings, os.environ if environment is None else environment)

    @classmethod
    def for_reading(cls, settings: Settings, environment: Mapping[str, str] | None = None) -> App:
        """Returns the program over the reader's archive; over the demo's where theirs holds nothing yet."""
        app = cls(settings, environment)
        demo = demo_archive(app.ports)
        return app if demo is None else cls(replace(settings, archive=str(demo)), environment)

    @property
    def archive_in_words(self) -> str:
        """The archive that is read, and whether it holds anything."""
        return reading.archive_in_words(self.ports)

    # ── a day ────────────────────────────────────────────────────────────────────────────────────

    def run(self, request: RunRequest | None = None) -> tuple[Report, ...]:
        """Makes the editions of one day for each profile, under the run lock; yesterday's by default."""
        from daybrief.app import runs

        return runs.run_day(self.ports, request or runs.RunRequest())

    def backfill(self, request: BackfillRequest, progress: Callable[[BackfilledDay], None]) -> int:
        """Makes past days side by side; calls `progress` for each. Returns how many lines were no items."""
        from daybrief.app import backfill

        return backfill.backfill(self.ports, request, progress)

    def days_to_make(self, most: int, profile: str | None = None) -> tuple[date, ...]:
        """Returns the closed days to catch up with, oldest first, at most `most`."""
        from daybrief.app import runs

        return runs.days_to_make(self.ports, most, profile)

    def overdue(self, late: timedelta, still: int, profile: str = "") -> tuple[str, ...]:
        """Returns what is wrong with the latest editions, a sentence each; () when nothing is."""
        from daybrief.app import runs

        return runs.overdue(self.ports, late, still, profile)

    def import_items(
        self, file: Path, day: date | None = None, *, strict: bool = False
    ) -> tuple[Imported, int]:
        """Imports a JSON Lines file (`-`: standard input); returns its rows, and how many are new."""
        from daybrief.app import runs

        return runs.import_items(self.ports, file, day, strict=strict)

    def runs(self, most: int = 20) -> tuple[Run, ...]:
        """Returns the latest runs, newest first."""
        return self.ports.archive().runs(most)

    # ── the archive, read ────────────────────────────────────────────────────────────────────────

    def edition(self, day: date, kind: EditionKind, profile: str = "") -> Edition | None:
        """Returns the edition of a day, or None."""
        return self.ports.archive(profile).edition(day, kind)

    def receipts(self, day: date, profile: str = "") -> tuple[Receipt, ...]:
        """Returns what was delivered of a day."""
        return self.ports.archive(profile).receipts(day)

    def search(
        self, text: str, *, most: int = 20, skip: int = 0, profile: str = "", more: str = "", less: str = ""
    ) -> SearchResults:
        """Searches what a profile sees of the archive; any string is a search.

        `more` and `less` name topics of the archive to move towards and away from.
        """
        return reading.search(self.ports, text, most=most, skip=skip, profile=profile, more=more, less=less)

    def topics(self, profile: str = "") -> ArchiveTopics:
        """Returns the topics of the archive that nobody named beforehand, with how far their names hold."""
        return reading.topics(self.ports, profile)

    def ask(self, question: str, profile: str = "") -> Answered:
        """Answers a question from the archive alone, with footnotes."""
        return self.asker(profile).ask(question)

    def asker(self, profile: str = "") -> Asker:
        """Returns what answers questions, for many of them."""
        return reading.asker(self.ports, profile=profile)

    def verify(self, file: Path, sources: Path | None = None) -> tuple[Verdict, ...]:
        """Says of each section of a digest whether its sources bear it out."""
        return reading.verify(self.ports, file, sources)

    def reader_services(self, profile: str = "") -> ReaderServices:
        """Returns everything the reader works with, for the archive and all its profiles."""
        return reading.reader_services(self.ports, profile)

    def reader(self, profile: str = "") -> WebApp:
        """Returns the reader as an ASGI application.

        Raises ConfigError when it would answer strangers without a password.
        """
        return reading.reader(self.ports, profile)

    def serve(self, profile: str = "", announce: Callable[[str], None] = lambda _address: None) -> None:
        """Serves the reader until it is stopped; calls `announce` with its address once it answers."""
        reading.serve(self.ports, profile, announce)

    def set_password(self, password: str) -> Path:
        """Keeps the hash of the readers' password; returns its file."""
        return reading.set_password(self.ports, password)

    def assistant_services(self, profile: str = "") -> AssistantServices:
        """Returns what the MCP server works with."""
        return reading.assistant_services(self.ports, profile)

    # ── guards ───────────────────────────────────────────────────────────────────────────────────

    def fit_guard(self, request: GuardRequest, out: Path) -> Fitted:
        """Fits a guard to a scope and writes it; returns it with what it was fitted on."""
        from daybrief.app import guarding

        made = guarding.fit(self.ports, request)
        guarding.save(made.guard, out)
        return made

    def guard(self, file: Path, encoder: str = "") -> ScopeGuard:
        """Returns the guard in a file; `encoder` is where its encoder lies when it is not a packaged one."""
        from daybrief.app import guarding

        return guarding.load(self.ports, file, encoder)

    def serve_guard(
        self, file: Path, encoder: str, host: str, port: int, announce: Callable[[str], None]
    ) -> None:
        """Serves a guard on this machine until it is stopped; calls `announce` once it answers."""
        from daybrief.app import guarding

        guarding.serve(self.guard(file, encoder), host, port, announce)

    # ── deliveries ───────────────────────────────────────────────────────────────────────────────

    def deliver(self, day: date | None, profile: str = "", *, again: bool = False) -> tuple[Receipt, ...]:
        """Sends a day's editions (None: the latest) to the channels; what was sent is not repeated."""
        from daybrief.app import outputs

        return outputs.deliver_day(self.ports, day, profile, again=again)

    def preview(self, day: date | None, folder: Path, profile: str = "") -> list[str]:
        """Writes the messages that would be sent into a folder; needs no secret."""
        from daybrief.app import outputs

        return outputs.preview(self.ports, day, folder, profile)

    def outbox(self, profile: str = "") -> tuple[Queued, ...]:
        """Returns every message that has not surely arrived."""
        return self.ports.archive(profile).outbox().open()

    def send_ready(self, profile: str = "") -> tuple[Queued, ...]:
        """Sends now what is ready; returns what was tried."""
        from daybrief.app import outputs

        return outputs.send_ready(self.ports, profile)

    def resend(self, ids: Sequence[int], profile: str = "") -> tuple[Queued, ...]:
        """Sends messages whose fate is unknown, or that were refused; returns them."""
        from daybrief.app import outputs

        return outputs.resend(self.ports, ids, profile)

    def settle(self, ids: Sequence[int], profile: str = "") -> tuple[Queued, ...]:
        """Notes that messages whose fate was unknown have arrived; returns them."""
        from daybrief.app import outputs

        return outputs.settle(self.ports, ids, profile)

    # ── taste ────────────────────────────────────────────────────────────────────────────────────

    def like(self, keys: Sequence[str], profile: str, *, liked: bool = True) -> tuple[Example, ...]:
        """Likes or dislikes what was collected under these keys."""
        return reading.rate_items(self.ports, profile, keys, liked=liked)

    def forget(self, keys: Sequence[str], profile: str) -> tuple[str, ...]:
        """Forgets examples; returns their keys."""
        return reading.forget_examples(self.ports, profile, keys)

    def examples(self, profile: str) -> tuple[Example, ...]:
        """Returns what a profile learns from, oldest first."""
        return self.ports.archive(profile).examples()

    def import_library(self, file: Path, profile: str) -> ReferenceLibrary:
        """Likes everything in a reference library."""
        return reading.import_library(self.ports, profile, file)

    def learned(self, profile: str, most: int = 12) -> LearnedTaste:
        """Returns what a profile has learned so far."""
        return reading.learned_taste(self.ports, profile, most)

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    def site(self, out: Path, base_url: str | None = None, profile: str = "") -> tuple[Built, str]:
        """Makes the static site of a profile's editions; returns what was done, and the site's address."""
        from daybrief.app import outputs

        return outputs.make_site(self.ports, out, base_url, profile)

    def export(self, day: date, form: str, profile: str = "") -> tuple[Delivery, ...]:
        """Returns what the publisher `form` makes of a day of the archive."""
        from daybrief.app import outputs

        return outputs.export(self.ports, day, form, profile)

    def write_files(self, folder: Path, day: date, deliveries: Sequence[Delivery]) -> None:
        """Writes files below a folder, a day's all at once."""
        from daybrief.app import outputs

        outputs.write_files(self.ports, folder, day, deliveries)

    def markdown(self, edition: Edition) -> str:
        """Returns an edition as the Markdown publisher writes it."""
        from daybrief.app import outputs

        return outputs.markdown(self.ports, edition)

    # ── the archive's upkeep ─────────────────────────────────────────────────────────────────────

    def check_archive(self, archive: str = "") -> tuple[str, ...]:
        """Returns what is wrong with the archive, or with another one, in words; writes nothing."""
        from daybrief.adapters.archive import upkeep

        return upkeep.check(archive_address(archive) if archive else self.ports.archive_address)

    def back_up_archive(self, target: Path | None = None) -> Path:
        """Makes a checked copy of the archive, by default the daily one; returns its path."""
        from daybrief.adapters.archive import upkeep

        address = self.ports.archive_address
        if target is not None:
            return upkeep.back_up(address, target)
        made = upkeep.back_up_daily(address, self.ports.clock.now(), max(1, self.settings.backups))
        return made or upkeep.backups(address)[0].path

    def backups(self) -> tuple[Backup, ...]:
        """Returns the daily backups, newest first."""
        from daybrief.adapters.archive import upkeep

        return upkeep.backups(self.ports.archive_address)

    def restore_archive(self, source: Path | None = None) -> Restored:
        """Puts a backup, or the newest whole one, in the archive's place; the old one stays beside it."""
        from daybrief.adapters.archive import upkeep

        return upkeep.restore(self.ports.archive_address, source, self.ports.clock.now())

    def salvage_archive(self, target: Path, published: Sequence[Path] = (), profile: str = "") -> Salvaged:
        """Makes a new archive of what is sound in the old one, and of the editions in the output folders and
        in `published`."""
        from daybrief.adapters.archive import upkeep

        settings = self.settings
        folders = {name: [Path(settings.of(name).out)] for name in settings.profiles or [""]}
        folders.setdefault(profile, []).extend(published)
        return upkeep.salvage(self.ports.archive_address, archive_address(target), folders)

    def copy_archive(self, source: str, target: str) -> dict[str, int]:
        """Copies a whole archive into an empty one of any kind; returns the rows of each table.

        Raises ConfigError when both are the same, ArchiveError when one cannot be used.
        """
        from daybrief.adapters.archive import upkeep

        if archive_address(source) == archive_address(target):
            raise ConfigError("FROM and TO are the same archive", hint="name another one")
        return upkeep.copy(archive_address(source), archive_address(target))

    # ── models on this machine ───────────────────────────────────────────────────────────────────

    def get_model(self, name: str, progress: Callable[[int, int], None]) -> PresentModel:
        """Brings a listed model from its publisher; calls `progress` with bytes done and in all."""
        return self.ports.local_models.get(name, progress)

    def try_model(self, model: str, language: str, progress: Callable[[str], None]) -> Tryout:
        """Measures how a local model may write in a language, and keeps what came of it."""
        from daybrief.app.doctor import try_model

        return try_model(self.ports, ModelSettings(provider="local", model=model), language, progress)

    # ── itself ───────────────────────────────────────────────────────────────────────────────────

    def doctor(self, *, serving: bool = False) -> tuple[Diagnosis, ...]:
        """Builds all that a run builds, or with `serving` what the reader needs; says what is wrong."""
        from daybrief.app import doctor

        return doctor.examine(self.ports, serving=serving)
