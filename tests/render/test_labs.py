"""What is shown of the labs: the line beside a paper, and a lab's page, in both languages."""

from __future__ import annotations

import pytest

from daybrief.cards import card_of, cards, lab_folders, lab_view, lab_views, mark, reproduced


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
    assert card.measures[0].paper in line.text
    assert line.command == card.command
    assert line.outcome == card.verdict


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
    found = card_of(name)
    assert found is not None
    assert found.lab == "fairness"
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
