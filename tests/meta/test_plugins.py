"""Tests of what a name in `use = "…"` finds, and what is said when it finds nothing usable."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from daybrief import plugins
from daybrief.errors import ConfigError, UnknownPlugin
from daybrief.ports import Tools
from daybrief.testing.editions import taxonomy

MODULES: dict[str, tuple[str, str]] = {  # name: its text, and what the one line says
    "odd_syntax": ("def x(:\n", "invalid syntax"),
    "odd_library": ("import no_such_library\n", "no_such_library"),
    "odd_name": ("from json import no_such_name\n", "no_such_name"),
    "odd_bug": ("1 / 0\n", "ZeroDivisionError"),
    "odd_exit": ("raise SystemExit(7)\n", "SystemExit"),
    "odd_empty": ("", "is no plugin"),
    "odd_tab": ("if 1:\n\tx = 1\n        y = 2\n", "inconsistent use of tabs"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "odd_package"]:
        monkeypatch.delitem(sys.modules, name)
    importlib.invalidate_caches()
    (tmp_path / "odd_package").mkdir()
    (tmp_path / "odd_package" / "__init__.py").write_text("")
    return tmp_path


@pytest.mark.parametrize("name", MODULES)
def test_a_module_that_cannot_be_used_is_named_in_one_line_with_its_cause(name: str, here: Path) -> None:
    text, cause = MODULES[name]
    (here / "odd_package" / f"{name}.py").write_text(text)
    with pytest.raises(ConfigError) as refused:
        plugins.module("sources", f"odd_package.{name}")
    assert not isinstance(refused.value, UnknownPlugin)
    assert f"odd_package.{name}" in refused.value.message
    assert cause in refused.value.message
    assert "\n" not in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize("name", ["no_package.x", "odd_package.no_module", "..x", "a b.c", "x.\0"])
def test_a_dotted_name_that_is_nowhere_is_no_unknown_plugin(name: str, here: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        plugins.module("sources", name)
    assert not isinstance(refused.value, UnknownPlugin)
    assert "cannot import" in refused.value.message


def test_an_undotted_name_that_is_nowhere_lists_what_there_is() -> None:
    with pytest.raises(UnknownPlugin) as refused:
        plugins.module("sources", "arxive")
    assert "'arxiv'" in refused.value.hint


def test_a_mistake_in_make_is_named_with_the_module(here: Path) -> None:
    (here / "odd_package" / "odd_make.py").write_text(
        "import msgspec\nclass Options(msgspec.Struct): pass\ndef make(options, tools):\n    return {}['x']\n"
    )
    with pytest.raises(ConfigError, match=r"odd_package\.odd_make cannot be made: KeyError"):
        plugins.build("sources", {"use": "odd_package.odd_make"}, Tools(taxonomy=taxonomy()))
