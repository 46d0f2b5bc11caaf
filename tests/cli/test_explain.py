"""Every error leads to what explains it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from daybrief.cli import app
from daybrief.errors import ArchiveBusy, ConfigError, SourceError
from daybrief.languages import preferred
from daybrief.languages.phrases import explained, slug


class PluginsOwn(SourceError):
    """An error that a plugin brought along."""


def test_an_error_goes_by_its_own_name_and_a_plugin_s_by_the_nearest_of_ours() -> None:
    assert slug(ArchiveBusy("x")) == "archive-busy"
    assert slug(PluginsOwn("x")) == "source-error"


@pytest.mark.parametrize("name", ["archive-busy", "ArchiveBusy"])
def test_an_error_is_found_by_either_form_of_its_name(name: str) -> None:
    assert "Another process" in CliRunner().invoke(app, ["explain", name, "--language", "en"]).output


def test_without_a_name_every_error_is_listed_in_a_line() -> None:
    lines = CliRunner().invoke(app, ["explain", "--language", "ko"]).output.splitlines()
    assert any(line.startswith("budget-spent") and "한도" in line for line in lines)


def test_a_name_that_is_none_leads_to_the_nearest_one() -> None:
    with pytest.raises(ConfigError) as wrong:
        explained("archive-bsy", "en")
    assert "archive-busy" in wrong.value.hint
    with pytest.raises(ConfigError, match="'xx'"):
        explained("archive-busy", "xx")


def test_a_korean_terminal_is_answered_in_korean() -> None:
    assert (preferred("ko_KR.UTF-8"), preferred("C.UTF-8"), preferred("")) == ("ko", "en", "en")
