"""The site in a real browser: searched in Korean and English, without script, attacked, narrow, by axe."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from tests.publishers.test_site import EditionDays, build, many_days

from daybrief.testing.editions import DAY, edition, founding, hostile, item, news, story
from daybrief.text.words import tokens

pytestmark = pytest.mark.browser
PAGES = ("index.html", "archive.html", "archive/2024-11.html", "categories.html", "category/llm.html",
         "search.html", "404.html", "2024-11-26/papers.html", "2024-11-23/papers.html")  # fmt: skip
KOREAN = (
    "검색 증강 생성을 위한 색인",
    "사용량을 줄이는 방법",
    "데이터센터의 용량",
    "보안 취약점이 발견되다",
    "거대언어모델의 추론",
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site under a sub-path, as project pages are."""
    root = tmp_path_factory.mktemp("host")
    days = many_days()
    stories = [(story(item(900 + n, title, "", language="ko")), "llm") for n, title in enumerate(KOREAN)]
    korean = edition(stories, day=DAY - timedelta(days=20))
    build(EditionDays(*days.editions.values(), korean), root / "brief")
    handler = functools.partial(_Quiet, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/brief/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def titles_of(page: Page, served: str, query: str) -> list[str]:
    page.goto(f"{served}search.html")
    page.fill("#q", query)
    page.keyboard.press("Enter")
    page.wait_for_selector("#told:not(:empty)")
    return page.locator("#found .title").all_inner_texts()


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("용량", KOREAN[2]),  # not 사용량
        ("용량이", KOREAN[2]),
        ("검색증강", KOREAN[0]),  # without its space
        ("언어 모델", KOREAN[4]),  # with a space it does not have
        ("취약점을", KOREAN[3]),  # another particle
        ('"보안 취약점이"', KOREAN[3]),
        ("DATA-centers 데이터센터", KOREAN[2]),
    ],
)
def test_korean_words_are_found_in_compounds_and_with_other_particles(
    page: Page, served: str, query: str, first: str
) -> None:
    assert titles_of(page, served, query)[0] == first


def test_korean_words_find_the_english_that_means_the_same(page: Page, served: str) -> None:
    """`프레임워크` stands in no title; behind what says it in Korean, a compound is cut at its terms."""
    assert "Show HN: A tiny agent framework" in titles_of(page, served, "에이전트프레임워크")
    assert "Show HN: A tiny agent framework" in titles_of(page, served, "프레임워크를")
    assert titles_of(page, served, "프레임워크 -framework") == []


def test_english_words_are_found_in_other_forms_and_operators_filter(page: Page, served: str) -> None:
    every = titles_of(page, served, "framework")
    assert "Show HN: A tiny agent framework" in every
    assert titles_of(page, served, "frameworks") == every
    assert titles_of(page, served, "framework kind:news") == ["Show HN: A tiny agent framework"]
    assert "Show HN: A tiny agent framework" not in titles_of(page, served, "framework -tiny")
    assert titles_of(page, served, "from:2024-11-06 to:2024-11-06 category:llm") == list(KOREAN)
    assert titles_of(page, served, '"agent tiny"') == []


@pytest.mark.parametrize(
    "query", ["zzzzqq", "-", '"', "the", "(" * 3000, "constructor __proto__", "%", "\u0301"]
)
def test_whatever_is_typed_is_answered(page: Page, served: str, query: str) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{served}search.html")
    page.fill("#q", query)
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert errors == []
    assert page.get_attribute("#found", "data-failed") != page.inner_text("#told")


def test_a_hit_leads_to_the_story_on_its_edition_page(page: Page, served: str) -> None:
    titles_of(page, served, "데이터센터")
    page.locator("#found .title").first.click()
    assert page.url.endswith("2024-11-06/papers.html#llm-3")
    assert KOREAN[2] in page.locator("#llm-3").inner_text()


def test_the_address_of_a_search_can_be_shared(page: Page, served: str) -> None:
    page.goto(f"{served}search.html?q=%EC%B7%A8%EC%95%BD%EC%A0%90")
    page.wait_for_selector("#found li")
    assert page.input_value("#q") == "취약점"


def test_tokens_are_those_of_the_index(page: Page, served: str) -> None:
    """Every word of the sample editions, and some that folding is for, become the tokens Python makes."""
    texts = [s.lead.title + " " + s.lead.text for e in (founding(), news(), hostile()) for s in e.stories]
    texts += [
        *KOREAN,
        "TÜLU Straße ＡＢＣ ﬁne İstanbul ΟΔΟΣ Poke\u0301mon 炊紙 カタカナ ｶﾞ 2024년11월 x1y2 한a글b",
    ]
    texts += ["generically communism skis dying succeeded happily news inning proceeds herring bees' ties"]
    page.goto(f"{served}search.html")
    made = page.evaluate("texts => texts.map(text => Brief.runsOf(text).flatMap(run => run.tokens))", texts)
    assert made == [[token.word for token in tokens(text)] for text in texts]


def test_without_script_the_search_says_so_and_the_rest_works(browser: Browser, served: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{served}search.html")
    assert "자바스크립트" in page.locator("noscript").inner_text()
    for path in PAGES:
        page.goto(served + path)
        assert page.locator("h1").is_visible()
    page.close()


def test_no_title_whatever_becomes_markup_anywhere_on_the_site(page: Page, served: str) -> None:
    """The canary: a script that ran would raise a dialog, and a picture it named would be asked for."""
    fired: list[str] = []
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: fired.append(r.url) if not r.url.startswith((served, "data:")) else None)
    for query in ("script alert", "onerror", "click", "heading", "bold", "example", "calc"):
        assert titles_of(page, served, query)
    for path in (
        "2024-11-23/papers.html",
        "category/llm.html",
        "category/others.html",
        "archive/2024-11.html",
    ):
        page.goto(served + path)
    assert fired == []
    assert page.evaluate("document.querySelectorAll('img[src=\"x\"], main script').length") == 0


def test_nothing_is_refused_or_asked_for_elsewhere(page: Page, served: str) -> None:
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda r: messages.append(r.url) if not r.url.startswith((served, "data:")) else None)
    for path in PAGES[:-3] + PAGES[-2:]:
        page.goto(served + path)
    titles_of(page, served, "agent")
    assert messages == []


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out(browser: Browser, served: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(served + path)
    if path == "search.html":
        page.fill("#q", "agent")
        page.wait_for_selector("#found li")
        page.locator(".help summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(browser: Browser, served: str, path: str, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 900}, bypass_csp=True)  # type: ignore[arg-type]
    page.goto(served + path)
    if path == "search.html":
        page.fill("#q", "agent")
        page.wait_for_selector("#found li")
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    page.close()
