"""Every error daybrief raises on purpose.

DaybriefError                 .hint says what to do, .transient whether trying later can help, .exit_code
├─ ConfigError                exit 2   a setting, an option or an input file is wrong
│  ├─ UnknownPlugin           lists what exists
│  └─ SecretMissing           names the variable only
├─ SourceError(source)        caught in collect: the run goes on, the edition says so
│  ├─ FetchError(url)
│  │  ├─ Blocked              the address is not one we may connect to
│  │  ├─ Disallowed           the site's robots.txt asks programs to stay away
│  │  ├─ TooMuch              larger, slower or deeper than the budget
│  │  ├─ RateLimited          .retry_at, when the server said so
│  │  ├─ Unavailable          no answer, or a passing server error
│  │  ├─ Refused              4xx: asking again will not help
│  │  └─ NotRecorded          a replay was asked for something it does not hold
│  └─ NotWhatWeAsked          an answer that is not the thing asked for
│     └─ Stalled              an answer that can give nothing until somebody mends the feed or a setting
├─ WriterError(story)         caught in write: that story falls back to extracts
│  ├─ ModelUnavailable        no answer can be had: key, model, address or price wrong, or the service down
│  ├─ BadDraft                an answer that cannot be used, even after one repair
│  └─ BudgetSpent             the next call might cost more than is left of the run's cap
├─ ArchiveError               exit 74  the archive cannot be read or written
│  ├─ ArchiveBusy             exit 75
│  ├─ ArchiveDamaged
│  ├─ ArchiveFull             .needed bytes on the disk of .where
│  └─ ArchiveTooNew           made by a newer daybrief
├─ DeliveryError(publisher)   caught in publish: the other publishers still deliver
│  └─ UnsafePath              a delivery that would leave the output folder
├─ EmbedderUnavailable        caught in search: words alone decide, and the answer says so
├─ AlreadyRunning             exit 75
├─ AddressTaken               exit 69  the reader cannot answer on its address: another program does
├─ LabError                   exit 2   a lab cannot run on what it was given
│  ├─ UnknownLab              lists the labs there are
│  ├─ LabUnmet                a library, data, weights or a device is missing
│  └─ StaleCard               the code of a result card has changed since
└─ OutOfBalance               exit 1   a ledger whose sums do not add up: a bug, never hidden
"""

from __future__ import annotations

from datetime import datetime

EXITS = {
    0: "All is done; also when nothing was found, and when a day was quiet.",
    1: "`doctor` or `watch` found something wrong; from any other command: a bug.",
    2: "A setting, an option, a file or a secret is wrong or missing; nothing was done.",
    3: "Done in part: a source, the writer, a delivery or a line failed, or `verify` doubts a section.",
    69: "`serve`: another program answers on the address already.",
    74: "The archive or a folder cannot be read or written.",
    75: "Something else is under way or in use; try again later.",
}
"""What each exit code means, whatever the command."""


def in_a_line(failure: BaseException) -> str:
    """The class of a failure, its words, and what its notes say to do."""
    text = " ".join(str(failure).split())[:300].encode(errors="replace").decode()
    name = type(failure).__name__
    notes = "; ".join(getattr(failure, "__notes__", ()))
    return (f"{name}: {text}" if text else name) + (f" ({notes})" if notes else "")


class DaybriefError(Exception):
    """Base of all errors a caller may expect.

    `hint` tells the reader what to do next; `transient` says that the same call may work later.
    """

    exit_code = 1
    transient = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class ConfigError(DaybriefError):
    """A setting, an option or an input file that cannot be used; names the value."""

    exit_code = 2


class UnknownPlugin(ConfigError):
    """A `use = "name"` that is neither built in, installed nor importable."""


class SecretMissing(ConfigError):
    """An environment variable that should hold a secret is not set; carries its name, never a value."""


class SourceError(DaybriefError):
    """A source could not give (the rest of) its items; `source` names it."""

    exit_code = 3

    def __init__(self, message: str, *, source: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.source = source


class FetchError(SourceError):
    """A request that brought nothing usable; `url` says which."""

    def __init__(self, message: str, *, url: str = "", source: str = "", hint: str = "") -> None:
        super().__init__(message, source=source, hint=hint)
        self.url = url


class Blocked(FetchError):
    """The address is private, the scheme is not http(s), or the port is not allowed."""


class Disallowed(FetchError):
    """A page that its site's robots.txt asks programs not to fetch."""


class TooMuch(FetchError):
    """The answer is larger, deeper or longer than its budget."""


class RateLimited(FetchError):
    """The server asked us to come back later; `retry_at` is set when it said when."""

    transient = True

    def __init__(
        self,
        message: str,
        *,
        url: str = "",
        source: str = "",
        hint: str = "",
        retry_at: datetime | None = None,
    ) -> None:
        super().__init__(message, url=url, source=source, hint=hint)
        self.retry_at = retry_at


class Unavailable(FetchError):
    """No answer in time, a broken connection or a 5xx."""

    transient = True


class Refused(FetchError):
    """A 4xx: the server understood and said no; `status` is its code."""

    def __init__(self, message: str, *, status: int, url: str = "", source: str = "", hint: str = "") -> None:
        super().__init__(message, url=url, source=source, hint=hint)
        self.status = status


class NotRecorded(FetchError):
    """A replay was asked for an exchange that its recording does not hold."""


class NotWhatWeAsked(SourceError):
    """A well-delivered answer that is not the thing asked for: an error page, a wrong root, a bot check."""


class Stalled(NotWhatWeAsked):
    """A sound answer that can give no item until its publisher or a setting changes: no date can be read."""


class WriterError(DaybriefError):
    """A writer could not write about a story; `story` is its id."""

    exit_code = 3

    def __init__(self, message: str, *, story: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.story = story


class ModelUnavailable(WriterError):
    """The model gives no answers: a setting is wrong (the hint names it), or the service is down."""


class BadDraft(WriterError):
    """An answer that is cut, malformed, or about something else, after the one attempt to repair it."""


class BudgetSpent(WriterError):
    """The worst case of the next call does not fit into what is left of the cap."""


class ArchiveError(DaybriefError):
    """The archive cannot be read or written."""

    exit_code = 74


class ArchiveBusy(ArchiveError):
    """Another process holds the archive; try again."""

    exit_code = 75
    transient = True


class ArchiveDamaged(ArchiveError):
    """The file is not a daybrief archive, or SQLite finds it broken."""


class ArchiveFull(ArchiveError):
    """The disk has no room: `needed` bytes more on the disk of `where`. What was there before is whole."""

    def __init__(self, message: str, *, needed: int, where: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.needed = needed
        self.where = where


class ArchiveTooNew(ArchiveError):
    """The archive was written by a newer daybrief; upgrade, or use another file."""


class DeliveryError(DaybriefError):
    """A publisher could not deliver; `publisher` names it."""

    exit_code = 74

    def __init__(self, message: str, *, publisher: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.publisher = publisher


class UnsafePath(DeliveryError):
    """A delivery's path is absolute, climbs out of the folder, or holds characters no file may have."""


class EmbedderUnavailable(DaybriefError):
    """The service that turns texts into vectors gives no answer, or one that cannot be used."""

    exit_code = 3
    transient = True


class AlreadyRunning(DaybriefError):
    """Another run holds the lock on this archive."""

    exit_code = 75
    transient = True


class LabError(DaybriefError):
    """A lab or its method cannot work on what it was given; names the value."""

    exit_code = 2


class UnknownLab(LabError):
    """No lab reproduces the paper that was named; lists those there are."""


class LabUnmet(LabError):
    """A lab needs a library, data, weights or a device that is not there."""


class StaleCard(LabError):
    """A result card was written by other code than the lab holds now."""


class AddressTaken(DaybriefError):
    """Another program answers on the reader's address and port already."""

    exit_code = 69


class OutOfBalance(DaybriefError):
    """A stage lost or invented something: in ≠ kept + merged + dropped. A bug, never hidden."""
