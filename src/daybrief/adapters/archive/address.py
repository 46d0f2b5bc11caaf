"""Where an archive is: what the setting `archive` means, and what lies beside it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

import msgspec
import platformdirs

from daybrief.errors import ConfigError

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<rest>.*)", re.DOTALL)
_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/]*@")
_FORMS = "a path, sqlite:///PATH, or postgresql://USER@HOST/DATABASE"


class ArchiveAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An archive's identity: the database `scheme`, and its `target`: a file's path or a server's URL.

    `folder` and `stem` say where and under which name lies what belongs to the archive without being part
    of it: the search index, backups, the answers of models.
    """

    scheme: str
    target: str
    folder: Path
    stem: str

    def __str__(self) -> str:
        """The address without a password, for messages."""
        return without_password(self.target)

    def beside(self, what: str) -> Path:
        """Where something that belongs to the archive lies: `archive.search` for `search`."""
        return self.folder / f"{self.stem}.{what}"


def data_folder() -> Path:
    """The user's folder for an archive that is named nowhere."""
    return Path(platformdirs.user_data_dir("daybrief", appauthor=False))


def archive_address(setting: str | os.PathLike[str]) -> ArchiveAddress:
    """The archive that a setting names; an empty one means the file in the user's data folder.

    `sqlite:///PATH` takes a path from the current folder, `sqlite:////PATH` from the root, both with
    percent-encoding; any text without `://` is a path as it stands. Raises ConfigError for an unknown scheme.
    """
    text = os.fspath(setting) or os.fspath(data_folder() / "archive.sqlite")
    matched = _SCHEME.fullmatch(text)
    if matched is None:
        return _file(Path(text))
    scheme = matched["scheme"].lower()
    if scheme == "sqlite":
        return _file(Path(_sqlite_path(text, matched["rest"])))
    if scheme in ("postgresql", "postgres"):
        return _server(f"postgresql://{matched['rest']}")
    raise ConfigError(
        f"archive = {without_password(text)!r}: no archive is of the kind {scheme!r}", hint=_FORMS
    )


def without_password(url: str) -> str:
    """A URL whose password is replaced by dots."""
    return _PASSWORD.sub(r"\1:…@", url)


def _file(path: Path) -> ArchiveAddress:
    return ArchiveAddress(scheme="sqlite", target=os.fspath(path), folder=path.parent, stem=path.stem)


def _sqlite_path(text: str, rest: str) -> str:
    path = unquote(rest.removeprefix("/"))
    if not rest.startswith("/") or path in ("", ":memory:"):
        raise ConfigError(f"archive = {text!r} names no file", hint="sqlite:///PATH, or the path alone")
    return path


def _server(url: str) -> ArchiveAddress:
    """A database on a server; what belongs to it on this machine lies in the user's data folder."""
    place = re.sub(r"^.*@|\?.*$", "", url.partition("://")[2])
    stem = re.sub(r"[^A-Za-z0-9]+", "-", place).strip("-")
    if not stem:
        raise ConfigError(f"archive = {without_password(url)!r} names no database", hint=_FORMS)
    return ArchiveAddress(scheme="postgresql", target=url, folder=data_folder(), stem=stem)
