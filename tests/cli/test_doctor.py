"""Doctor looks at each thing on its own: a fault is told with its remedy, and hides no other."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daybrief.cli import app

BUG = '''"""A publisher whose author made a mistake."""


class Options:
    """Nothing."""


def make(options, tools):
    raise ZeroDivisionError("nothing can be shared by nobody")
'''


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def doctor(settings: str, *options: str) -> Result:
    Path("daybrief.toml").write_text(f'archive = "a.sqlite"\n{settings}', encoding="utf-8")
    return CliRunner().invoke(app, ["doctor", *options])


def finding(settings: str, what: str, *options: str) -> dict[str, str]:
    """The finding of doctor on one thing."""
    done = doctor(settings, "--json", *options)
    return next(entry for entry in json.loads(done.stdout) if entry["what"] == what)


def test_each_profile_has_findings_of_its_own_under_its_own_settings(working_folder: Path) -> None:
    settings = '[profiles.me]\ncategories = {llm = 2}\n[profiles.you]\nlanguage = "en"\n'
    assert finding(settings, "taste of me")["detail"] == "분야 1개, 단어 0개, 시드 0개"
    assert finding(settings, "language of you")["detail"].startswith("en, ")
    assert finding(settings, "output folder of you")["setting"] == "profiles.you.out"
    assert finding(settings, "taste of you", "--serve")["ok"]


def test_allowed_private_addresses_are_counted(working_folder: Path) -> None:
    assert finding("", "way out")["detail"] == "공개 주소만"
    assert finding('[web]\nallow = ["127.0.0.1:9"]\n', "way out")["detail"] == "사설 주소 1개 허용"


@pytest.mark.parametrize(
    ("kind", "why"), [("file", "is a file, and a folder is needed"), ("link", "is a link to nothing")]
)
def test_an_output_folder_that_cannot_be_written_is_told_with_the_setting(
    working_folder: Path, kind: str, why: str
) -> None:
    if kind == "file":
        (working_folder / "out").write_text("")
    else:
        (working_folder / "out").symlink_to(working_folder / "gone")
    folder = finding("", "output folder")
    assert not folder["ok"]
    assert why in folder["detail"]
    assert "`out`을 다른 곳으로" in folder["hint"]


def test_a_bug_in_a_plugin_hides_no_other_finding(
    working_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (working_folder / "mistaken_publisher.py").write_text(BUG, encoding="utf-8")
    monkeypatch.syspath_prepend(str(working_folder))
    done = doctor('publishers = [{use = "mistaken_publisher"}]\n')
    assert done.exit_code == 1
    assert "이상 발행: " in done.stdout
    assert "정상 차트 글꼴: " in done.stdout


def test_each_channel_is_looked_at_and_then_all_of_them_together(working_folder: Path) -> None:
    channel = '[[channels]]\nuse = "slack"\nname = "{}"\nurl_env = "NOT_SET_{}"\n'
    settings = channel.format("one", 1) + channel.format("two", 2)
    assert "NOT_SET_1" in finding(settings, "channel one")["detail"]
    assert "NOT_SET_2" in finding(settings, "channel two")["detail"]
    assert finding(settings, "channels")["detail"] == "one, two"


def test_a_model_is_looked_at_once_however_many_settings_name_it(working_folder: Path) -> None:
    model = '{use = "llm", provider = "openai", base_url = "http://127.0.0.1:9/v1", model = "m"}'
    settings = f'writer = {model}\ncategoriser = {model}\n[web]\nallow = ["127.0.0.1:9"]\n'
    done = doctor(settings, "--json")
    models = [entry["what"] for entry in json.loads(done.stdout) if entry["what"].startswith("model of ")]
    assert models == ["model of writer"]


def test_a_damaged_archive_is_told_with_the_command_that_lists_the_damage(working_folder: Path) -> None:
    made = CliRunner().invoke(app, ["run", "--replay", "founding", "--out", "demo"])
    assert made.exit_code == 0, made.output
    settings = 'archive = "demo/.daybrief/archive.sqlite"\n'
    Path("daybrief.toml").write_text(settings, encoding="utf-8")
    whole = CliRunner().invoke(app, ["doctor", "--json"])
    (archive,) = (entry for entry in json.loads(whole.stdout) if entry["what"] == "archive")
    assert archive["detail"].endswith("MiB, 온전함")
    with sqlite3.connect(working_folder / "demo" / ".daybrief" / "archive.sqlite") as database:
        database.execute("UPDATE editions SET digest = 'another'")
    database.close()
    damaged = CliRunner().invoke(app, ["doctor", "--json"])
    (archive,) = (entry for entry in json.loads(damaged.stdout) if entry["what"] == "archive")
    assert not archive["ok"]
    assert archive["hint"] == "daybrief archive check가 모두 보여 줍니다"
    assert " 외 " in archive["detail"]
