"""Tests of what is shown of the labs: the line beside a paper, and a lab's page, in both languages."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from msgspec.structs import replace

from daybrief.cards import (
    Measure,
    card_of,
    cards,
    judged,
    lab_folders,
    lab_view,
    lab_views,
    mark,
    read_card,
    read_page,
    reproduced,
)
from daybrief.errors import LabError


@pytest.mark.parametrize(("language", "label"), [("en", "Reproduced"), ("ko", "재현"), ("ja", "Reproduced")])
def test_a_paper_with_a_card_has_a_line_with_claim_numbers_verdict_and_command(
    language: str, label: str
) -> None:
    line = reproduced(("doi:10.1/x", "arxiv:2406.09307"), language)
    card = card_of("2406.09307")
    assert line is not None
    assert card is not None
    assert line.label == label
    assert card.claim.in_(language) in line.text
    assert card.measures[0].paper.partition(" [")[0] in line.text
    assert line.command == card.command
    assert line.outcome == card.verdict


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("paper", sorted(cards()))
def test_the_line_says_what_was_claimed_and_which_condition_failed_by_which_number(
    paper: str, language: str
) -> None:
    line = reproduced((f"arxiv:{paper}",), language)
    card = cards()[paper]
    failed = [check for check in card.falsifier if check.met is False]
    assert line is not None
    assert card.claim.in_(language) in line.claim
    assert "[" not in line.text  # an interval is said in words
    if failed:
        assert str(len(failed)) in line.verdict
        assert failed[0].states.in_(language) in line.numbers
    else:
        assert card.measures
        assert "(" not in line.verdict


@pytest.mark.parametrize(
    "keys", [(), ("arxiv:1706.03762",), ("2406.09307",), ("url:https://arxiv.org/abs/2406.09307",)]
)
def test_a_paper_without_a_card_has_none(keys: tuple[str, ...]) -> None:
    assert reproduced(keys, "en") is None


@pytest.mark.parametrize(
    "name",
    [
        "2406.09307",
        "2406.09307v2",
        "arXiv:2406.09307",
        "https://arxiv.org/pdf/2406.09307",
        "arxiv:2406.09307",
    ],
)
def test_a_card_is_found_by_any_form_of_the_arxiv_id(name: str) -> None:
    card = card_of(name)
    assert card is not None
    assert card.lab == "fairness"
    assert card_of("nothing") is None


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_lab_has_a_page_with_all_that_its_card_says(language: str) -> None:
    views = lab_views(language)
    assert [view.name for view in views] == list(lab_folders())
    for view in views:
        card = cards()[view.arxiv]
        assert len(view.conditions) == len(card.falsifier)
        assert len(view.numbers) == len(card.measures)
        assert str(card.seeds[0]) in view.scale
        assert all((view.claim, view.verdict, view.because, view.how, view.use, view.done, view.left_out))


def test_a_lab_that_is_none_has_no_page() -> None:
    with pytest.raises(KeyError):
        lab_view("kit", "en")


def test_the_mark_of_the_labs_stays_while_they_do() -> None:
    assert mark() == mark()
    assert len(mark()) == 16


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"value": math.nan}, "is nan"),
        ({"value": 1.0, "low": 0.5, "high": math.inf}, "is inf"),
        ({"value": 1.0, "low": 0.5}, "runs from 0.5 to None"),
        ({"value": 1.0, "high": 2.0}, "runs from None to 2.0"),
        ({"value": 1.0, "low": 2.0, "high": 0.5}, "runs from 2.0 to 0.5"),
    ],
)
def test_a_number_that_cannot_be_shown_is_no_measure(fields: dict[str, float], reason: str) -> None:
    name = next(iter(cards().values())).measures[0].name
    with pytest.raises(LabError, match=reason):
        Measure(key="auc", name=name, **fields)


def test_a_card_whose_verdict_its_falsifier_does_not_bear_out_is_refused() -> None:
    card = next(card for card in cards().values() if card.verdict == "held")
    with pytest.raises(LabError, match="its falsifier 'held'"):
        replace(card, verdict="did not hold")
    failed = (replace(card.falsifier[0], met=False), *card.falsifier[1:])
    assert judged(failed) == "did not hold"
    assert judged(()) == "not comparable"


def test_a_measure_is_found_by_its_key_or_named_as_missing() -> None:
    card = next(iter(cards().values()))
    last = card.measures[-1]
    assert card.measure(last.key) == last
    with pytest.raises(LabError, match="no measure 'nothing'"):
        card.measure("nothing")


def test_a_lab_with_broken_files_is_named_and_one_without_a_card_has_none(tmp_path: Path) -> None:
    assert read_card(tmp_path) is None
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "card.json").write_text('{"lab": 1}', encoding="utf-8")
    with pytest.raises(LabError, match=f"the card of '{tmp_path.name}' cannot be read"):
        read_card(tmp_path)
    (tmp_path / "page.toml").write_text("claim = ", encoding="utf-8")
    with pytest.raises(LabError, match=f"the page of '{tmp_path.name}' cannot be read"):
        read_page(tmp_path)
