"""A page carries what a reader came for: the story in their language, its links, its reasons in words."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from lxml import html
from msgspec.structs import replace
from starlette.testclient import TestClient

from daybrief.ask import Answered
from daybrief.languages.phrases import phrases
from daybrief.library import Week
from daybrief.model import Link
from daybrief.render.page import placed
from daybrief.testing.archives import kept
from daybrief.testing.editions import DAY, edition, founding, item, news, story, taxonomy
from daybrief.web import create_app
from daybrief.web.pages import ReaderServices, environment
from daybrief.web.presenters import day_notices, highlights, present
from daybrief.web.views import compared, weekly
from tests.web.conftest import STORY, client_of, services_over

CODE = "https://github.com/allenai/open-instruct"


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """Two days in Korean: the founding papers, then one of them again beside a new one with code."""
    first = edition(
        [
            (story(item(1, "Alpha: parsing of trees", "Trees are parsed by alpha. It works.")), "llm"),
            (story(item(2, "Beta", "Beta parses trees too. It works as well.")), "llm"),
        ],
        gists=True,
        day=DAY - timedelta(days=1),
    )
    again = story(
        item(1, "Alpha: parsing of trees", "Trees are parsed by alpha. It works."),
        continues=DAY - timedelta(days=1),
        news=("version:2",),
    )
    new = item(3, "Gamma", f"Gamma is new. Code: {CODE}", authors=("Ada Lovelace",),
               links=(Link(rel="discussion", url="https://news.ycombinator.com/item?id=1"),))  # fmt: skip
    second = edition([(again, "llm"), (story(new), "agents")], gists=True)
    return client_of(
        create_app(services_over(kept(tmp_path_factory.mktemp("two_days"), first, second, news())))
    )


def page(client: TestClient, path: str) -> html.HtmlElement:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.document_fromstring(answer.text)


def test_the_lead_is_new_and_has_a_sentence_in_the_readers_language(two_days: TestClient) -> None:
    front = page(two_days, "/")
    lead = front.xpath("//*[@class='lead']")[0].text_content()
    assert "Gamma" in lead
    assert "논문: Gamma." in lead
    again = front.xpath("//section[@class='again']//li")
    assert [line.text_content().split("  ")[0].startswith("Alpha") for line in again] == [True]


def test_the_lead_tells_three_sentences_of_its_card_and_the_others_one(tmp_path: Path) -> None:
    pairs = [(story(item(n, f"Paper {n}", "Trees are parsed by it. It works.")), "llm") for n in (1, 2)]
    shown = edition(pairs, gists=True)
    (section,) = shown.sections
    gists = [judged for judged in section.checked.judged if judged.claim.part == "gist"]
    more = [
        replace(gist, claim=replace(gist.claim, text=f"{number}번째 문장이 나무를 설명합니다."))
        for gist in gists
        for number in range(2, 6)
    ]
    checked = replace(section.checked, judged=(*gists, *more))
    full = replace(shown, sections=(replace(section, checked=checked),), digest="").sealed()
    front = page(client_of(create_app(services_over(kept(tmp_path, full)))), "/")
    sentences = [len(place.xpath(".//p[@class='dek']")) for place in front.xpath("//*[@class='top']/div")]
    assert sentences == [3, 1]


def test_what_both_editions_of_a_day_lack_is_said_once() -> None:
    made = founding()
    failed = tuple(msgspec.structs.replace(report, state="failed") for report in made.sources[:1])
    lacking = msgspec.structs.replace(made, state="partial", sources=failed)
    both = [lacking, msgspec.structs.replace(lacking, kind="news")]
    shown = [present(issue, "ko", taxonomy()) for issue in both]
    gap = shown[0].page.notices[0]
    assert [view.page.notices[0] for view in shown] == [gap, gap]
    assert day_notices(shown)[gap] == ["papers", "news"]
    assert day_notices(shown[:1])[gap] == ["papers"]
    whole = msgspec.structs.replace(made, state="fresh", sources=())
    assert day_notices([present(whole, "ko", taxonomy())]) == {}


def test_highlights_are_never_continuations() -> None:
    shown = founding()
    continued = {entry.id for entry in shown.stories if entry.continues}
    assert continued
    assert not continued & {
        highlight.line.id for highlight in highlights([present(shown, "ko", taxonomy())], each=99)
    }


def test_a_story_shows_gist_authors_date_links_and_a_citation_and_folds_the_rest(
    two_days: TestClient,
) -> None:
    shown = page(two_days, "/story?key=arxiv:2411.00003")
    open_text = " ".join(shown.xpath("//main//text()[not(ancestor::details)]"))
    assert "논문: Gamma." in open_text
    assert "Ada Lovelace" in open_text
    assert "2024년 11월 26일" in open_text
    links = {a.text_content().strip(): a.get("href") for a in shown.xpath("//*[contains(@class,'leads')]/a")}
    assert links["PDF"] == "https://arxiv.org/pdf/2411.00003"
    assert links["코드"] == CODE
    assert links["토론"].endswith("item?id=1")
    assert links["논문 ↗"] == "https://arxiv.org/abs/2411.00003"
    assert "eprint = {2411.00003}" in shown.xpath("//details[summary='BibTeX']")[0].text_content()
    folds = shown.xpath("//details[@class='fold']")
    assert len(folds) == 2
    assert not [fold for fold in folds if fold.get("open") is not None]
    assert "Gamma is new." in folds[0].text_content()


def test_the_reason_for_a_place_is_in_words_without_weights(client: TestClient) -> None:
    shown = page(client, f"/story?key={STORY}").text_content()
    assert "이 순서인 이유 — 위로 올린 것: 추천 12." in shown
    assert "+2.56" not in shown


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        (["votes 12: +2.56", "2 sources: +1.00"], "위로 올린 것: 추천 12, 출처 2곳."),
        (["no text to quote: -1.00"], "아래로 내린 것: 인용할 본문 없음."),
        (["less “x”: -1.00"], "아래로 내린 것: “x” 때문에 낮춤."),
        (["place 1 of its list: +0.30", "no text to quote: -1.00"],
         "위로 올린 것: 목록 1위. 아래로 내린 것: 인용할 본문 없음."),
        (["something of a plugin: +1.00"], "위로 올린 것: something of a plugin."),
        ([], ""),
    ],
)  # fmt: skip
def test_reasons_are_told_by_what_they_did(reasons: list[str], words: str) -> None:
    assert placed(reasons, phrases("ko")) == words


def test_a_category_lists_a_story_once(two_days: TestClient) -> None:
    shown = page(two_days, "/category/llm")
    titles = [a.text_content() for a in shown.xpath("//ul[@class='stories']//a[@class='title']")]
    assert sorted(titles) == ["Alpha: parsing of trees", "Beta"]


def test_a_calendar_tells_each_days_state_and_best_new_story(two_days: TestClient) -> None:
    shown = page(two_days, "/calendar")
    days = shown.xpath("//ul[contains(@class,'told')]/li")
    assert len(days) == 2
    assert "2024년 11월 26일" in days[0].text_content()
    assert "논문 2편" in days[0].text_content()
    assert not [day for day in days if "Alpha" in day.text_content() and "26일" in day.text_content()]


@pytest.mark.parametrize("path", ["/calendar?year=2024&month=1", "/calendar?year=1999", "/calendar?month=13"])
def test_a_month_without_days_is_not_found(two_days: TestClient, path: str) -> None:
    assert two_days.get(path).status_code == 404


def test_similar_stories_are_of_the_same_kind_and_share_what_is_rare(tmp_path: Path) -> None:
    decoding = "Speculative decoding lets a draft model propose tokens that a larger verifier accepts."
    papers = [
        (story(item(1, "Speculative decoding with trees", f"{decoding} Trees are verified.")), "llm"),
        (story(item(2, "Drafts for speculative decoding", f"{decoding} Drafting costs little.")), "llm"),
        (story(item(3, "Protein folding", "Protein structures are folded by diffusion.")), "medicine"),
    ]
    phone = story(item(4, "Speculative decoding is in a phone", decoding, kind="news"))
    shown_days = edition(papers), edition([(phone, "ai-products")], kind="news")
    client = client_of(create_app(services_over(kept(tmp_path, *shown_days))))
    shown = page(client, "/story?key=arxiv:2411.00001")
    similar = shown.xpath("//section[@aria-labelledby='similar']//a[@class='title']")
    assert [a.text_content() for a in similar] == ["Drafts for speculative decoding"]


def test_the_phone_shows_the_whole_navigation() -> None:
    sheet = (Path(__file__).parents[2] / "src/daybrief/web/static/reader.css").read_text()
    narrow = sheet[sheet.index("@media (max-width: 47.99rem)") :]
    assert re.search(r"nav\.main ul \{ flex-wrap: wrap", narrow)


def week(stories: int, total: int = 10) -> Week:
    return Week(start=DAY, stories=stories, total=total)


@pytest.mark.parametrize(
    ("weeks", "median"),
    [
        ([week(3)], None),
        ([week(3), week(5)], (5, 3.0)),
        ([week(9), week(1), week(2), week(3), week(4), week(5)], (5, 2.5)),
        ([week(0, total=0), week(4), week(6)], (6, 4.0)),
    ],
)
def test_a_week_is_compared_with_the_four_before(weeks: list[Week], median: tuple[int, float] | None) -> None:
    assert compared(weeks) == median


def test_the_bars_of_a_short_history_stay_narrow() -> None:
    chart = weekly([week(4), week(2)], 780, 110)
    assert len(chart.rects) == 2
    assert max(rect.width for rect in chart.rects) < 780 / 13
    assert max(rect.height for rect in chart.rects) == 110


@pytest.fixture
def questions(tmp_path: Path) -> tuple[TestClient, list[str]]:
    """A reader that answers, and what it was asked."""
    received: list[str] = []

    def answer(question: str, _profile: str) -> Answered:
        received.append(question)
        return Answered(question=question, mode="nothing", note="nothing")

    return client_of(create_app(services_over(kept(tmp_path, founding()), ask=answer))), received


@pytest.mark.parametrize("site", ["", "none", "same-origin"])
def test_a_link_leads_to_an_answer_that_can_be_shared(
    questions: tuple[TestClient, list[str]], site: str
) -> None:
    client, received = questions
    headers = {"sec-fetch-site": site} if site else {}
    answer = client.get("/ask", params={"q": "What is TÜLU 3?"}, headers=headers)
    assert received == ["What is TÜLU 3?"]
    (link,) = html.document_fromstring(answer.text).xpath(
        "//section[@class='answer']//a[contains(@href,'/ask')]"
    )
    assert client.get(link.get("href")).status_code == 200
    assert received == ["What is TÜLU 3?"] * 2
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"sec-purpose": "prefetch"}],
)
def test_another_site_or_a_browser_ahead_of_its_reader_asks_nothing(
    questions: tuple[TestClient, list[str]], headers: dict[str, str]
) -> None:
    client, received = questions
    answer = client.get("/ask", params={"q": "What is TÜLU 3?"}, headers=headers)
    assert received == []
    assert html.document_fromstring(answer.text).xpath("//input[@name='q']/@value")[-1] == "What is TÜLU 3?"


def test_a_search_says_which_word_it_took_for_another(two_days: TestClient) -> None:
    shown = page(two_days, "/search?q=parsng&lang=en")
    assert "No text holds “parsng”; these are hits for “parsing”." in shown.text_content()


@pytest.mark.parametrize("damage", ["nothing", "empty", "rubbish", "cut", "gone"])
def test_a_page_is_the_same_however_its_compiled_templates_were_kept(
    tmp_path: Path, services: ReaderServices, damage: str
) -> None:
    kept_in = tmp_path / "templates"
    kept_in.mkdir()
    own = msgspec.structs.replace(services, templates=kept_in)
    pages = [client_of(create_app(services)).get("/about").text]
    for _ in range(2):
        environment.cache_clear()
        pages.append(client_of(create_app(own)).get("/about").text)
        files = list(kept_in.glob("*"))
        assert files or damage == "gone"
        for file in files:
            whole = file.read_bytes()
            file.write_bytes({"empty": b"", "rubbish": b"j2" + whole[:3] + b"\xff" * 90}.get(damage, whole))
            if damage == "cut":
                file.write_bytes(whole[: len(whole) // 2])
        if damage == "gone":
            shutil.rmtree(kept_in, ignore_errors=True)
    environment.cache_clear()
    assert pages[0] == pages[1] == pages[2]


@pytest.mark.parametrize(
    ("path", "filled"), [("/search?q=trees", False), ("/ask?q=trees", False), ("/search?q=zzzqqq", True)]
)
def test_where_the_archive_is_empty_an_empty_page_says_what_fills_it(
    path: str, filled: bool, tmp_path: Path
) -> None:
    def nothing(question: str, _profile: str) -> Answered:
        return Answered(question=question, mode="nothing", note="-")

    archive = kept(tmp_path, *([founding()] if filled else []))
    shown = client_of(create_app(services_over(archive, ask=nothing))).get(path).text
    assert ("daybrief run" in shown) is not filled
