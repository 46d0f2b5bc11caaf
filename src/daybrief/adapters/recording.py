"""A day on file: record every exchange of a run, and answer from the record later.

A recording is a folder a person can read:

    day.json       {"format":1, "day":"2024-11-26", "zone":"Asia/Seoul", "recorded_at":"2024-11-26T23:05:00Z"}
    settings.json  the settings of the run, as `daybrief.toml` would hold them; may be absent
    index.jsonl    one line an exchange, in the order in which they ended
    bodies/        one file an exchange that brought a body: 0001-export.arxiv.org.xml

A line of `index.jsonl` is a JSON object; every field but the first two may be left out when empty:

    method          "GET" or "POST"
    url             the address asked for, as the source wrote it
    body_sha256     hex digest of the body sent; "" for GET
    status          of the answer; 0 when there was none
    final_url       the address after redirects
    media_type, charset, etag, last_modified    of the answer, as in `Fetched`
    file            "bodies/NAME", the decoded body byte for byte; "" when there was an error
    fetched_at      RFC 3339, UTC
    error           name of the class in `daybrief.errors` that was raised instead of an answer, or ""
    message, hint   of that error

`ReplayWeb` answers to (method, url, body_sha256). Asked the same again, it gives the recorded answers in
their order, and the last one from then on. What is not there is `NotRecorded`. A recorded error is raised
again, so that a source that failed on the day fails in its replay. A last line without its line break (the
recorder was killed while writing it) is ignored; any other broken line is a `ConfigError`.

A recording is made to be shared, so it holds no secret of an address: the value of a parameter such as
`token` or `api_key`, and a part of the path that looks like a key, stand as `hidden-` and a digest, in
addresses and settings, and where an answer repeats them. A replay hides what it is asked in the same way.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from daybrief import errors
from daybrief.errors import ConfigError, FetchError, NotRecorded, RateLimited, Refused, SourceError
from daybrief.model import Fetched, Validators, Window
from daybrief.ports import Clock, Web
from daybrief.text.identity import hidden, mask, secrets_of

FORMAT = 1
_LEAST_SECRET = 6  # characters; a shorter value is a word that a body may hold by chance
DAY_FILE = "day.json"
SETTINGS_FILE = "settings.json"
INDEX_FILE = "index.jsonl"
BODIES = "bodies"

_BODY_NAME = re.compile(r"bodies/[A-Za-z0-9][A-Za-z0-9._-]{0,150}")
_EXTENSIONS = (("json", ".json"), ("html", ".html"), ("xml", ".xml"), ("text/", ".txt"))


class RecordedDay(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `day.json`: which day was recorded, in which zone, and when."""

    format: int = FORMAT
    day: date
    zone: str
    recorded_at: datetime


class Exchange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of `index.jsonl`; the module's docstring says what each field is."""

    method: str
    url: str
    body_sha256: str = ""
    status: int = 0
    final_url: str = ""
    media_type: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""
    file: str = ""
    fetched_at: datetime | None = None
    error: str = ""
    message: str = ""
    hint: str = ""


class RecordingWeb:
    """A web that writes down all that passes through it.

    `folder` is made when it is not there; one that already holds a recording is refused with ConfigError,
    because two runs in one index would replay as neither.
    """

    def __init__(
        self,
        inner: Web,
        folder: Path,
        window: Window,
        clock: Clock,
        *,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._inner = inner
        self._folder = folder
        self._clock = clock
        self._count = 0
        self._writing = threading.Lock()  # sources are asked side by side
        if (folder / INDEX_FILE).exists():
            raise ConfigError(f"{folder} already holds a recording", hint="name a new or empty folder")
        (folder / BODIES).mkdir(parents=True, exist_ok=True)
        day = RecordedDay(day=window.day, zone=window.zone, recorded_at=clock.now())
        _write(folder / DAY_FILE, _readable(day))
        if settings is not None:
            _write(folder / SETTINGS_FILE, _readable(_shareable(settings)))
        _write(folder / INDEX_FILE, b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Nothing is held open: each exchange is on file when its call returns."""

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        """Ask the inner web, and note the answer or the error."""
        try:
            answer = self._inner.get(url, accept=accept, max_bytes=max_bytes, robots=robots)
            return self._keep("GET", "", answer)
        except SourceError as failed:
            self._note(self._failure("GET", url, "", failed))
            raise

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        """Ask the inner web, and note the answer or the error."""
        digest = hashlib.sha256(body).hexdigest()
        try:
            answer = self._inner.post(url, body, media_type=media_type, max_bytes=max_bytes)
            return self._keep("POST", digest, answer)
        except SourceError as failed:
            self._note(self._failure("POST", url, digest, failed))
            raise

    def _keep(self, method: str, digest: str, answer: Fetched) -> Fetched:
        with self._writing:
            self._count += 1
            number = self._count
        name = f"{BODIES}/{number:04}-{_host(answer.url)}{_extension(answer.media_type)}"
        _write(self._folder / name, _without(secrets_of(answer.url), answer.body))  # before its line
        self._note(
            Exchange(
                method=method,
                url=hidden(answer.url),
                body_sha256=digest,
                status=answer.status,
                final_url=hidden(answer.final_url),
                media_type=answer.media_type,
                charset=answer.charset,
                etag=answer.validators.etag,
                last_modified=answer.validators.last_modified,
                file=name,
                fetched_at=answer.fetched_at,
            )
        )
        return answer

    def _failure(self, method: str, url: str, digest: str, failed: SourceError) -> Exchange:
        return Exchange(
            method=method,
            url=hidden(url),
            body_sha256=digest,
            status=failed.status if isinstance(failed, Refused) else 0,
            fetched_at=self._clock.now(),
            error=type(failed).__name__,
            message=failed.message,
            hint=failed.hint,
        )

    def _note(self, exchange: Exchange) -> None:
        with self._writing, (self._folder / INDEX_FILE).open("ab") as index:
            index.write(msgspec.json.encode(exchange) + b"\n")


class ReplayWeb:
    """A web that gives exactly the recorded answers, byte for byte, and never opens a connection.

    `folder` is a `Path` or any `importlib.resources` folder. Raises ConfigError when it holds no recording
    or a damaged one.
    """

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._recorded = recorded_day(folder)
        self._answers: dict[tuple[str, str, str], deque[Exchange]] = defaultdict(deque)
        for exchange in exchanges(folder):
            self._answers[exchange.method, hidden(exchange.url), exchange.body_sha256].append(exchange)

    @property
    def day(self) -> date:
        """The civil day that was recorded."""
        return self._recorded.day

    def get(
        self,
        url: str,
        *,
        accept: str = "",  # noqa: ARG002
        max_bytes: int | None = None,  # noqa: ARG002
        robots: bool = False,  # noqa: ARG002
    ) -> Fetched:
        """The next recorded answer to a GET of `url`, or the recorded error."""
        return self._answer("GET", url, "")

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:  # noqa: ARG002
        """The next recorded answer to this very question."""
        return self._answer("POST", url, hashlib.sha256(body).hexdigest())

    def _answer(self, method: str, url: str, digest: str) -> Fetched:
        queue = self._answers.get((method, hidden(url), digest))
        if not queue:
            raise NotRecorded(
                f"the recording holds no {method} {url}",
                url=url,
                hint="replay with the sources and options the day was recorded with",
            )
        exchange = queue.popleft() if len(queue) > 1 else queue[0]
        if exchange.error:
            raise _error(exchange)
        return Fetched(
            url=url,
            final_url=exchange.final_url or url,
            status=exchange.status or 200,
            body=_read(self._folder, exchange.file),
            media_type=exchange.media_type,
            charset=exchange.charset,
            validators=Validators(etag=exchange.etag, last_modified=exchange.last_modified),
            fetched_at=exchange.fetched_at or self._recorded.recorded_at,
        )


class ReplayClock:
    """A clock that stands at the instant a day was recorded."""

    def __init__(self, folder: Traversable) -> None:
        self._now = recorded_day(folder).recorded_at

    def now(self) -> datetime:
        """The recorded instant, always."""
        return self._now


def recorded_day(folder: Traversable) -> RecordedDay:
    """The day that a recording is of; raises ConfigError when the folder holds none that we can read."""
    try:
        day = msgspec.json.decode(_read(folder, DAY_FILE), type=RecordedDay)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise ConfigError(f"{folder}/{DAY_FILE} is damaged: {broken}") from broken
    if day.format != FORMAT or day.recorded_at.tzinfo is None:
        raise ConfigError(f"{folder} is a recording of format {day.format}, we read {FORMAT} (aware times)")
    return day


def exchanges(folder: Traversable) -> list[Exchange]:
    """Every exchange of a recording in order; raises ConfigError that names the broken line."""
    *lines, unfinished = _read(folder, INDEX_FILE).split(b"\n")
    del unfinished  # "" after the last line break, or the line a killed recorder left
    recorded = []
    for number, line in enumerate(lines, 1):
        try:
            exchange = msgspec.json.decode(line, type=Exchange)
        except (msgspec.DecodeError, UnicodeDecodeError) as broken:
            raise ConfigError(f"{folder}/{INDEX_FILE}, line {number} is damaged: {broken}") from broken
        if not exchange.error and not _BODY_NAME.fullmatch(exchange.file):
            raise ConfigError(f"{folder}/{INDEX_FILE}, line {number}: {exchange.file!r} is no body's name")
        recorded.append(exchange)
    return recorded


def _error(exchange: Exchange) -> SourceError:
    """The recorded error, as the class it was; one we do not know comes back as `FetchError`."""
    wanted = getattr(errors, exchange.error, FetchError)
    if not (isinstance(wanted, type) and issubclass(wanted, SourceError)):
        wanted = FetchError
    if issubclass(wanted, Refused):
        return Refused(exchange.message, status=exchange.status, url=exchange.url, hint=exchange.hint)
    if issubclass(wanted, RateLimited):
        return RateLimited(exchange.message, url=exchange.url, hint=exchange.hint)
    if issubclass(wanted, FetchError):
        return wanted(exchange.message, url=exchange.url, hint=exchange.hint)
    return wanted(exchange.message, hint=exchange.hint)


def _read(folder: Traversable, name: str) -> bytes:
    place = folder
    for part in name.split("/"):
        place = place / part
    try:
        return place.read_bytes()
    except OSError as gone:
        raise ConfigError(f"{folder} is no complete recording: {name} cannot be read") from gone


def _without(secrets: list[str], body: bytes) -> bytes:
    for secret in secrets:
        if len(secret) >= _LEAST_SECRET:
            body = body.replace(secret.encode(), mask(secret).encode())
    return body


def _shareable(value: Any) -> Any:
    """Settings with every address in them hidden."""
    if isinstance(value, Mapping):
        return {name: _shareable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_shareable(inner) for inner in value]
    return hidden(value) if isinstance(value, str) and value.startswith(("http://", "https://")) else value


def _readable(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2) + b"\n"


def _write(path: Path, raw: bytes) -> None:
    """Whole or not at all."""
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(raw)
    os.replace(beside, path)  # noqa: PTH105 - the atomic one on every system


def _host(url: str) -> str:
    return re.sub(r"[^a-z0-9.-]", "_", (urlsplit(url).hostname or "unknown").lower())[:80].lstrip(".")


def _extension(media_type: str) -> str:
    return next((ending for mark, ending in _EXTENSIONS if mark in media_type.lower()), ".bin")
