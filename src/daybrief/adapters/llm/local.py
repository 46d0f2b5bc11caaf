"""Models in files on this machine: which there are, how one gets here, and the engine that runs one.

    name → file in the models' folder ← download: resumed, and kept only with the right checksum
    file → looked at: whole? small enough? → llama.cpp's server in this process → asked like any service

Nothing is downloaded at run time. The engine answers on a loopback port that the system chooses, to those
who know a key that is made anew each time. What a model's trial measured (`daybrief model try`) lies beside
the files, by the mark of the file's content.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from daybrief.errors import ConfigError, ModelUnavailable
from daybrief.ports import ModelSettings, Trial

LOCAL_CONTEXT = 8_192  # tokens at the most: memory grows with it
_MAGIC = b"GGUF"
_MARKED = 2**16  # bytes from either end that a mark is made of
_BESIDE = 300 * 2**20  # bytes that an engine takes beside the weights
_CONNECT_S, _READ_S = 10.0, 60.0
_MISSING_ENGINE = 'install "daybrief[local]"'


class KnownModel(msgspec.Struct, frozen=True, kw_only=True, rename={"size": "bytes"}):
    """An open model that can be brought from its publisher; `size` in bytes, `sha256` of the whole file."""

    name: str
    about: str
    url: str
    size: int
    sha256: str
    licence: str

    @property
    def file(self) -> str:
        """The name of its file in the models' folder."""
        return f"{self.name}.gguf"


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    model: tuple[KnownModel, ...]


def known_models() -> tuple[KnownModel, ...]:
    """The models that the package lists."""
    text = (files("daybrief") / "assets" / "models.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Known).model


class PresentModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model's file on this machine: `mark` tells its content, `size` is in bytes."""

    name: str
    path: str
    size: int
    mark: str


# ── the folder ──────────────────────────────────────────────────────────────────────────────────────


class ModelFolder:
    """The folder of models: finds them by name or path, brings them, and keeps what their trials measured."""

    def __init__(self, folder: Path, known: Sequence[KnownModel] | None = None) -> None:
        self.folder = folder
        self.known = tuple(known_models() if known is None else known)

    def present(self) -> tuple[PresentModel, ...]:
        """The models in the folder, by name; files that are no models are left out."""
        models = []
        for path in sorted(self.folder.glob("*.gguf")):
            try:
                models.append(look_at(path, self._listed(path.stem)))
            except ModelUnavailable:
                continue
        return tuple(models)

    def find(self, model: str) -> PresentModel:
        """The model of a name in the folder, or of a path that ends in `.gguf`.

        Raises ModelUnavailable that says how to get it, or what is wrong with the file.
        """
        if not model:
            raise ModelUnavailable("no model is named", hint="set `model` to a name or a path to a GGUF file")
        if model.endswith(".gguf") or os.sep in model:
            return look_at(Path(model).expanduser(), None)
        listed = self._listed(model)
        path = self.folder / f"{model}.gguf"
        if not path.is_file():
            have = ", ".join(p.name for p in self.present()) or "none"
            hint = f"daybrief model get {model}" if listed else "daybrief model list, or give a path"
            raise ModelUnavailable(f"there is no model {model!r} here (there: {have})", hint=hint)
        return look_at(path, listed)

    def get(
        self, name: str, progress: Callable[[int, int], None], transport: httpx2.BaseTransport | None = None
    ) -> PresentModel:
        """Brings a listed model, going on where an earlier try stopped.

        Calls `progress` with the bytes done and the bytes in all.
        Raises ConfigError for an unknown name, ModelUnavailable for a publisher that does not give it, a full
        disk, or a file that has another checksum, which is thrown away.
        """
        model = self._listed(name)
        if model is None:
            listed = ", ".join(known.name for known in self.known)
            raise ConfigError(f"there is no model {name!r} to get", hint=f"one of {listed}")
        path = self.folder / model.file
        if path.is_file() and path.stat().st_size == model.size:
            return look_at(path, model)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        _download(model, part, progress, transport)
        _check(model, part)
        part.replace(path)
        return look_at(path, model)

    def _listed(self, name: str) -> KnownModel | None:
        return next((model for model in self.known if model.name == name), None)

    # ── trials ──────────────────────────────────────────────────────────────────────────────────────

    def trial(self, model: PresentModel, language: str) -> Trial | None:
        """The measurements of a model's trial in a language; None where there was none."""
        try:
            return msgspec.json.decode(self._trial_path(model, language).read_bytes(), type=Trial)
        except (OSError, msgspec.MsgspecError):
            return None

    def keep(self, model: PresentModel, trial: Trial) -> Path:
        """Writes what a trial measured, whole or not at all."""
        path = self._trial_path(model, trial.language)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.format(msgspec.json.encode(trial), indent=2) + b"\n")
        part.replace(path)
        return path

    def _trial_path(self, model: PresentModel, language: str) -> Path:
        return self.folder / "trials" / f"{model.mark}.{language}.json"


def look_at(path: Path, listed: KnownModel | None) -> PresentModel:
    """The model in a file; raises ModelUnavailable for one that is missing, cut, or no model."""
    try:
        with path.open("rb") as file:
            head = file.read(_MARKED)
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _MARKED))
            tail = file.read(_MARKED)
    except OSError as error:
        raise ModelUnavailable(
            f"the model {path} cannot be read: {error.strerror}", hint="check `model`; daybrief model list"
        ) from error
    if not head.startswith(_MAGIC):
        raise ModelUnavailable(f"{path} is no GGUF file", hint="give the path of a model in the GGUF form")
    if listed is not None and size != listed.size:
        raise ModelUnavailable(
            f"{path} has {size:,} bytes of {listed.size:,}", hint=f"daybrief model get {listed.name}"
        )
    mark = hashlib.sha256(b"%d\n" % size + head + tail).hexdigest()[:12]
    return PresentModel(name=path.stem, path=str(path), size=size, mark=mark)


# ── downloading ─────────────────────────────────────────────────────────────────────────────────────


def _download(
    model: KnownModel,
    part: Path,
    progress: Callable[[int, int], None],
    transport: httpx2.BaseTransport | None,
) -> None:
    """Appends what is missing to the part; a server that knows no ranges gives it all again."""
    done = part.stat().st_size if part.is_file() else 0
    if done > model.size:
        part.unlink()
        done = 0
    if done == model.size:
        return
    limits = httpx2.Timeout(_READ_S, connect=_CONNECT_S)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    try:
        with (
            httpx2.Client(timeout=limits, follow_redirects=True, transport=transport) as client,
            client.stream("GET", model.url, headers=headers) as response,
        ):
            if response.status_code not in {200, 206}:
                raise ModelUnavailable(
                    f"{model.url} answers {response.status_code}", hint="try later; give a path of your own"
                )
            resumed = response.status_code == 206 and _begins_at(response.headers, done)
            _append(model, part, response, done if resumed else 0, progress)
    except httpx2.HTTPError as broken:
        raise ModelUnavailable(
            f"{model.url} broke off: {type(broken).__name__}",
            hint="run it again: it goes on where it stopped",
        ) from broken
    except OSError as error:
        raise ModelUnavailable(
            f"{part} cannot be written: {error.strerror} ({model.size:,} bytes are needed)",
            hint="make room, or set `models` to another folder",
        ) from error


def _begins_at(headers: Any, start: int) -> bool:
    match = re.match(r"bytes (\d+)-", headers.get("content-range", ""))
    return match is not None and int(match[1]) == start


def _append(
    model: KnownModel,
    part: Path,
    response: httpx2.Response,
    done: int,
    progress: Callable[[int, int], None],
) -> None:
    with part.open("r+b" if done else "wb") as file:
        file.seek(done)
        for piece in response.iter_raw():
            if done + len(piece) > model.size:
                part.unlink()
                raise ModelUnavailable(
                    f"{model.url} gives more than the {model.size:,} bytes of {model.name}",
                    hint="the publisher has changed the file: update daybrief",
                )
            file.write(piece)
            done += len(piece)
            progress(done, model.size)
    if done < model.size:
        raise ModelUnavailable(
            f"{model.url} ended at {done:,} of {model.size:,} bytes",
            hint="run it again: it goes on where it stopped",
        )


def _check(model: KnownModel, part: Path) -> None:
    with part.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    if checksum != model.sha256:
        part.unlink()
        raise ModelUnavailable(
            f"what {model.url} gave is not {model.name}: its SHA-256 is {checksum[:12]}…, not "
            f"{model.sha256[:12]}…; it was thrown away",
            hint="run it again; if it stays so, the publisher has changed the file: update daybrief",
        )


# ── the engine ──────────────────────────────────────────────────────────────────────────────────────


def memory_available() -> int | None:
    """Bytes that a program may still take; None where the system does not tell."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None


class LocalModel:
    """A model in a file, served when it is first needed; `close` ends the engine."""

    def __init__(self, settings: ModelSettings, folder: ModelFolder) -> None:
        self.key = secrets.token_urlsafe(24)
        self._settings = settings
        self._folder = folder
        self._server: Any = None

    @cached_property
    def file(self) -> PresentModel:
        """The model's file; raises ModelUnavailable as `ModelFolder.find` does."""
        return self._folder.find(self._settings.model)

    @property
    def identity(self) -> ModelSettings:
        """The settings that tell this model from others, whatever port it answers on."""
        try:
            return msgspec.structs.replace(self._settings, model=f"{self.file.name}@{self.file.mark}")
        except ModelUnavailable:
            return self._settings

    def trial(self, language: str) -> Trial | None:
        """The measures of its trial in a language; raises ModelUnavailable where there is no such file."""
        return self._folder.trial(self.file, language)

    def serve(self) -> ModelSettings:
        """Loads the model and returns the settings by which it is asked.

        Raises ModelUnavailable for a file that is no whole model, too little memory, or a missing library.
        """
        need, free = self.file.size + _BESIDE, memory_available()
        if free is not None and need > free:
            raise ModelUnavailable(
                f"{self.file.name} needs about {need / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free",
                hint="take a smaller model: daybrief model list",
            )
        if self._server is None:
            self._server = self._start()
        return msgspec.structs.replace(
            self._settings,
            provider="openai",
            base_url=f"{self._server.listening_address}/v1",
            model=self.file.name,
            context=min(self._settings.context, LOCAL_CONTEXT),
            parallel=1,
        )

    def _start(self) -> Any:
        try:
            import xllamacpp
        except ImportError as missing:
            raise ModelUnavailable(
                "the engine of local models is not installed", hint=_MISSING_ENGINE
            ) from missing
        given = xllamacpp.CommonParams()
        given.model.path, given.model_alias = self.file.path, {self.file.name}
        given.n_ctx = min(self._settings.context, LOCAL_CONTEXT)
        given.n_parallel = 1
        # Threads that wait for each other spin: where other work is done, one a core is far too many.
        given.cpuparams.n_threads = max(1, (os.cpu_count() or 2) - 1)
        given.hostnames, given.port, given.api_keys = ["127.0.0.1"], 0, [self.key]
        given.warmup, given.verbosity = False, -1
        try:
            return xllamacpp.Server(given)
        except RuntimeError as unfit:
            raise ModelUnavailable(
                f"{self.file.path} cannot be loaded: it is cut, damaged, or of an unknown kind",
                hint="daybrief model get NAME brings a whole one",
            ) from unfit

    def close(self) -> None:
        """Ends the engine."""
        self._server = None
