"""The archive's folder may be read-only: its search index lies in the cache folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from daybrief.app import ports
from daybrief.config import Settings


def test_the_index_of_an_archive_in_a_read_only_folder_lies_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(archive=str(tmp_path / "a.sqlite"), cache=str(tmp_path / "cache"))
    assert ports.Ports(settings, {}).search_folder() == tmp_path / "a.search"
    monkeypatch.setattr(ports.os, "access", lambda *_: False)
    folder = ports.Ports(settings, {}).search_folder("me")
    assert folder.parent == tmp_path / "cache"
    other = Settings(archive=str(tmp_path / "other" / "a.sqlite"), cache=str(tmp_path / "cache"))
    assert ports.Ports(other, {}).search_folder("me") != folder
