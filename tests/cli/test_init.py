"""The first five minutes: three questions, and a file that says what can be set."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from daybrief.adapters.machine import local_zone, write_settings
from daybrief.app.setup import Answers, first_settings, interests_of, model_of
from daybrief.cli import app
from daybrief.config import Profile, Settings, documented, load
from daybrief.errors import ConfigError


def loaded(text: str, folder: Path) -> Settings:
    (folder / "daybrief.toml").write_text(text, encoding="utf-8")
    return load(folder / "daybrief.toml", {})


def test_the_answers_are_in_force_and_everything_else_is_the_default(tmp_path: Path) -> None:
    answers = Answers(language="en", interests=("retrieval", "한국어 모델"), model="openai:small")
    settings = loaded(first_settings(answers, "Europe/Berlin"), tmp_path)
    assert (settings.language, settings.zone) == ("en", "Europe/Berlin")
    assert settings.profiles["me"].more == ("retrieval", "한국어 모델")
    assert settings.writer["model"] == "small"
    bare = loaded(first_settings(Answers(language="ko"), "Asia/Seoul"), tmp_path)
    assert bare == Settings()


def test_every_setting_is_named_with_its_meaning_and_uncommenting_all_of_them_is_still_valid(
    tmp_path: Path,
) -> None:
    text = first_settings(Answers(language="ko"), "Asia/Seoul")
    for name, _, meaning in (*documented(Settings()), *documented(Profile())):
        if name != "profiles":
            assert re.search(rf"^#? ?\[*{re.escape(name.rpartition('.')[2])}\b", text, re.M), name
        if name not in {"categoriser", "writer", "sources", "enrichers", "checks", "publishers", "channels",
                        "profiles", "out", "more"}:  # fmt: skip
            assert " ".join(meaning.split()[:4]) in text, name
    awake = re.sub(r"^# (?=\[|\w+ = (?!null))", "", text, flags=re.M)
    raw = tomllib.loads(awake)
    assert {"web", "ranking", "search", "writer", "profiles", "sources"} <= raw.keys()


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=20))
def test_whatever_is_typed_the_file_can_be_read_back(interests: list[str], name: str) -> None:
    words = interests_of(", ".join(interests))
    model = "openai:" + "".join(name.split()) if "".join(name.split()) else ""
    text = first_settings(Answers(language="en", interests=words, model=model), "UTC")
    raw = tomllib.loads(text)
    assert tuple(raw.get("profiles", {}).get("me", {}).get("more", ())) == words


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("none", {}),
        ("없음", {}),
        ("anthropic:claude-x", {"use": "llm", "provider": "anthropic", "model": "claude-x"}),
        ("http://127.0.0.1:11434/v1 qwen3:8b",
         {"use": "llm", "provider": "openai", "base_url": "http://127.0.0.1:11434/v1", "model": "qwen3:8b"}),
    ],
)  # fmt: skip
def test_a_model_is_named_in_one_word_or_two(typed: str, expected: dict[str, str]) -> None:
    assert model_of(typed) == expected


@pytest.mark.parametrize("typed", ["gpt", "openai:", "http://127.0.0.1:11434/v1", "other:model"])
def test_what_names_no_model_is_refused_with_the_forms_that_do(typed: str) -> None:
    with pytest.raises(ConfigError, match="names no model") as wrong:
        Answers(language="en", model=typed)
    assert "openai:NAME" in wrong.value.hint


def test_without_a_terminal_no_question_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "new" / "daybrief.toml"
    done = CliRunner().invoke(app, ["init", "--file", str(file), "--language", "ko"], input="")
    assert done.exit_code == 0, done.output
    assert "다음 할 일" in done.output
    assert load(file, {}).language == "ko"


def test_a_file_that_is_there_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    file = tmp_path / "daybrief.toml"
    file.write_text("mine")
    refused = CliRunner().invoke(app, ["init", "--file", str(file)])
    assert isinstance(refused.exception, ConfigError)
    assert file.read_text() == "mine"
    CliRunner().invoke(app, ["init", "--file", str(file), "--force"])
    assert "language" in file.read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_named_and_nothing_stays_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_settings(tmp_path / "file" / "daybrief.toml", "x")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigError, match=r"folder\.toml"):
        write_settings(tmp_path / "folder.toml", "x")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.toml"]


def test_the_zone_is_this_machine_s_where_it_says_one(tmp_path: Path) -> None:
    link = tmp_path / "localtime"
    assert local_zone({}, "ko", link) == "Asia/Seoul"
    link.symlink_to("/usr/share/zoneinfo/Europe/Berlin")
    assert local_zone({}, "ko", link) == "Europe/Berlin"
    assert local_zone({"TZ": "America/Toronto"}, "en", link) == "America/Toronto"
    assert local_zone({"TZ": "../../etc/passwd"}, "en", link) == "UTC"


def test_the_answers_in_json_are_the_answers(tmp_path: Path) -> None:
    text = first_settings(Answers(language="en", interests=('a "quoted" \\ word',)), "UTC")
    assert json.dumps(loaded(text, tmp_path).profiles["me"].more[0]) == json.dumps('a "quoted" \\ word')
