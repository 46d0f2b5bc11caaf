"""The labs in the reader: a page for each, its picture, and the line beside its paper."""

from __future__ import annotations

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from daybrief.cards import lab_folders, lab_words, read_page
from daybrief.testing.editions import DAY
from daybrief.web import api, create_app
from daybrief.web.pages import ReaderServices
from tests.web.conftest import client_of

FAIR = "arxiv:2406.09307"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_lab_has_a_page_in_the_readers_language_with_its_picture(
    client: TestClient, language: str
) -> None:
    client.cookies.set("lang", language)
    listed = lxml_html.fromstring(client.get("/labs").text)
    for name, folder in lab_folders().items():
        page = read_page(folder)
        assert f"/labs/{name}" in listed.xpath("//a/@href")
        shown = lxml_html.fromstring(client.get(f"/labs/{name}").text)
        text = shown.text_content()
        assert page.claim.in_(language) in text
        assert lab_words(language)["left_out"] in text
        (picture,) = shown.xpath("//img[@class='lab']/@src")
        answer = client.get(picture)
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert f'lang="{language}"' in answer.text


@pytest.mark.parametrize(
    "path",
    ["/labs/kit", "/labs/nothing", "/labs/../x", "/labs/fairness/picture.fr.svg", "/labs/kit/picture.en.svg"],
)
def test_a_lab_or_picture_that_is_none_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(("language", "label"), [("en", "Reproduced"), ("ko", "재현")])
def test_a_story_with_a_card_says_so_and_leads_to_its_lab(
    client: TestClient, language: str, label: str
) -> None:
    client.cookies.set("lang", language)
    shown = lxml_html.fromstring(client.get(f"/story?key={FAIR}").text)
    (line,) = shown.xpath("//details[a[@href='/labs/fairness']]")
    assert line.xpath("./summary")[0].text_content().startswith(f"{label}: ")
    assert "daybrief lab run fairness" in line.text_content()
    assert "/labs/fairness" not in client.get("/story?key=arxiv:2411.15124").text


def test_an_edition_links_the_lab_once_beside_the_paper(client: TestClient) -> None:
    assert client.get(f"/day/{DAY}/papers").text.count('href="/labs/fairness"') == 1


def test_the_api_gives_cards_by_paper_and_with_their_story(services: ReaderServices) -> None:
    client = client_of(create_app(services, api=lambda pages: api.application(services, pages)))
    assert {card["lab"] for card in client.get("/api/labs").json()} == set(lab_folders())
    for name in ("2406.09307", "2406.09307v1", "fairness"):
        assert client.get(f"/api/labs/{name}").json()["lab"] == "fairness"
    assert client.get("/api/labs/nothing").status_code == 404
    story = client.get(f"/api/stories/{FAIR}").json()
    assert story["card"]["claim"]["en"]
    assert client.get("/api/stories/arxiv:2411.15124").json()["card"]["lab"] == "posttrain"
