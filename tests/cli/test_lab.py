"""`daybrief lab`: what is there, what came of it, and clear words when something is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daybrief.cards import lab_folders, lab_words, read_page
from daybrief.cli import app
from daybrief.cli.options import speak
from daybrief.errors import DaybriefError, LabError, LabUnmet, StaleCard, UnknownLab
from daybrief.labs.kit import lab, running


def lab_command(*arguments: str) -> Result:
    speak("en")  # whatever a test before has read
    return CliRunner().invoke(app, ["lab", *arguments])


def failure(*arguments: str) -> DaybriefError:
    error = lab_command(*arguments).exception
    assert isinstance(error, DaybriefError), error
    return error


def test_every_lab_is_listed_with_its_paper_and_verdict() -> None:
    listed = json.loads(lab_command("list", "--json").output)["labs"]
    assert [line["lab"] for line in listed] == list(lab_folders())
    assert all(
        line["verdict"] in {"held", "did not hold", "not comparable", "not measured"} for line in listed
    )
    shown = lab_command("list").output
    assert all(read_page(folder).paper.title in shown for folder in lab_folders().values())


@pytest.mark.parametrize(
    ("language", "words"), [("en", "leaving the attribute out"), ("ko", "속성을 빼는 것만으로는")]
)
def test_a_lab_is_shown_in_the_readers_language(language: str, words: str) -> None:
    shown = lab_command("show", "arXiv:2406.09307v3", "--language", language).output
    assert words in shown
    assert "daybrief lab run fairness" in shown
    assert "✓" in shown


@pytest.mark.parametrize(
    ("language", "verdicts"), [("en", ("held", "did not hold")), ("ko", ("성립", "성립하지 않음"))]
)
def test_a_verdict_is_worded_in_the_readers_language(language: str, verdicts: tuple[str, str]) -> None:
    listed = lab_command("list", "--language", language).output
    assert {line.split(maxsplit=2)[2].split(" (")[0] for line in listed.splitlines()[::2]} == set(verdicts)
    shown = lab_command("show", "offtopic", "--language", language).output
    assert f"\n{verdicts[1].upper()}: " in shown
    assert f"   {lab_words(language)['theirs']}: 0.99" in shown


def test_a_lab_is_shown_as_json_with_page_and_card() -> None:
    shown = json.loads(lab_command("show", "fairness", "--json").output)
    assert shown["card"]["paper"]["arxiv"] == "2406.09307"
    assert len(shown["page"]["falsifier"]) == len(shown["card"]["falsifier"])


def test_a_card_whose_code_has_changed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lab_command("show", "fairness", "--check").exit_code == 0
    monkeypatch.setattr(running, "code_hash", lambda *_: "other")
    assert "The code has changed since" in lab_command("show", "fairness").output
    assert "(the code has changed since)" in lab_command("list").output
    error = failure("show", "fairness", "--check")
    assert isinstance(error, StaleCard)
    assert "daybrief lab run fairness --scale" in error.hint


@pytest.mark.parametrize("command", [("show",), ("run",), ("use",)])
@pytest.mark.parametrize("paper", ["nothing", "2411.99999", "kit", "https://arxiv.org/abs/1706.03762"])
def test_an_unknown_paper_is_answered_with_those_there_are(command: tuple[str, ...], paper: str) -> None:
    error = failure(*command, paper)
    assert isinstance(error, UnknownLab)
    assert repr(paper) in error.message
    assert "fairness (2406.09307)" in error.hint


def test_a_run_writes_card_and_pictures_and_says_where(tmp_path: Path) -> None:
    pytest.importorskip("sksurv", reason="scikit-survival is not installed: the extra lab-fairness")
    done = lab_command("run", "fairness", "--scale", "smoke", "--seed", "5", "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.exception
    assert str(tmp_path / "out" / "card.json") in done.output
    card = json.loads((tmp_path / "out" / "card.json").read_text(encoding="utf-8"))
    assert card["seeds"] == [5]
    assert card["command"] == "daybrief lab run fairness --scale smoke --seed 5"
    assert card["verdict"] == "not comparable"  # the authors' table was not given
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "card.json",
        "picture.ko.svg",
        "picture.svg",
    ]


def test_a_missing_library_is_named_with_its_extra_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "_importable", lambda name: name != "sksurv")
    for arguments in (("run", "fairness", "--out", str(tmp_path / "out")), ("use", "fairness", "t.csv")):
        error = failure(*arguments)
        assert isinstance(error, LabUnmet)
        assert error.message == "sksurv cannot be imported"
        assert "daybrief[lab-fairness]" in error.hint
    assert list(tmp_path.iterdir()) == []


def test_data_that_is_not_there_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    pytest.importorskip("sksurv", reason="scikit-survival is not installed: the extra lab-fairness")
    error = failure("run", "fairness", "--data", str(tmp_path / "none"), "--out", str(tmp_path / "out"))
    assert isinstance(error, LabUnmet)
    assert "does not exist" in error.message
    assert list(tmp_path.iterdir()) == []


def test_a_gpu_that_is_not_there_is_said_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed: see docs/labs/README.md")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    error = failure("run", "fairness", "--device", "cuda")
    assert isinstance(error, LabUnmet)
    assert "torch sees no GPU" in error.message


def test_a_gpu_without_torch_is_said_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "_importable", lambda name: name != "torch")
    assert "torch cannot be imported" in failure("run", "fairness", "--device", "cuda").message


def test_use_tells_which_labs_can_be_used_and_each_tells_its_arguments() -> None:
    for listed in (lab_command("use"), lab_command("use", "--help"), lab_command("use", "-h")):
        assert "fairness" in listed.output
        assert "Audit any table" in listed.output
    shown = lab_command("use", "fairness", "--help")
    assert shown.exit_code == 0
    assert "daybrief lab use fairness" in shown.output
    assert "--stratum" in shown.output


def test_a_wrong_argument_of_a_labs_command_ends_with_2_and_names_it(tmp_path: Path) -> None:
    wrong = lab_command("use", "fairness", "t.csv", "--nothing")
    assert wrong.exit_code == 2
    assert "--nothing" in wrong.output
    (tmp_path / "t.csv").write_text("y,s,g\n1,0.5,a\n", encoding="utf-8")
    error = failure(
        "use", "fairness", str(tmp_path / "t.csv"), "--label", "y", "--score", "s", "--group", "h"
    )
    assert isinstance(error, LabError)
    assert "no column 'h'" in error.message


def test_a_lab_without_a_command_says_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "find_spec", lambda _name: None)
    error = failure("use", "fairness")
    assert "offers no command" in error.message
    assert error.hint.startswith("daybrief lab use fairness TABLE.csv")


def test_a_lab_whose_method_is_part_of_the_product_leads_to_its_commands() -> None:
    error = failure("use", "offtopic")
    assert error.hint.startswith("daybrief guard fit SCOPE.md")
    assert "daybrief guard check" in error.hint
