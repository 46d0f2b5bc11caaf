"""The reader in a real browser: policy, injection, accessibility, narrow screens, no script, keyboard."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from daybrief.testing.archives import VECTORS, attacked
from daybrief.testing.editions import DAY
from daybrief.web import create_app
from tests.web.conftest import PATHS, STORY, services_over, serving

pytestmark = pytest.mark.browser
PAGES = tuple(path for path in PATHS if path != "/login")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_sound_and_asks_nobody_else(browser: Browser, port: int, path: str) -> None:
    messages, urls = [], []
    page = browser.new_page(viewport={"width": 320, "height": 800}, color_scheme="light")
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda request: urls.append(request.url))
    page.goto(f"http://127.0.0.1:{port}{path}", wait_until="networkidle")
    for scheme, width in (("light", 320), ("dark", 1280)):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        violations = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in violations] == []
    page.close()
    assert messages == []
    assert {url.split("/")[2] for url in urls} == {f"127.0.0.1:{port}"}


def test_no_stored_vector_runs_even_without_the_policy(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The whole of it, 500 vectors in every field, is `benchmarks/reader.py`."""
    services = services_over(attacked(tmp_path_factory.mktemp("attack"), VECTORS[::10]), profiles=VECTORS[:9])
    with serving(create_app(services)) as port:
        context = browser.new_context(bypass_csp=True)
        context.add_init_script("window.canary = () => { window.fired = true; }")
        page = context.new_page()
        searches = [f"/search?q={quote(vector, safe='')}" for vector in VECTORS[5::50]]
        for path in (*PAGES, *searches):
            if not path.endswith("/news"):
                page.goto(f"http://127.0.0.1:{port}{path}")
                assert page.evaluate("window.fired") is None, path
        context.close()


def test_an_opinion_is_noted_with_and_without_script(browser: Browser, port: int) -> None:
    for script in (True, False):
        context = browser.new_context(java_script_enabled=script)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/story?key={STORY}")
        form = page.locator("form.feedback")
        form.locator("button[value=more]").click()
        form.locator("button[value=undo]").wait_for()
        assert page.url.split("?")[0].endswith("/story")
        page.reload()
        form.locator("button[value=undo]").click()
        form.locator("button[value=less]").wait_for()
        context.close()


def test_everything_can_be_read_without_script(browser: Browser, port: int) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/day/{DAY}/papers")
    first = page.locator(".evidence").first
    first.locator("summary").click()
    assert first.locator("cite").first.is_visible()
    page.locator(".card a.title").first.click()
    page.locator(".fold > summary").first.click()
    assert page.locator("mark").first.is_visible()
    page.select_option("select[name=lang]", "en")
    page.locator(".prefer button").click()
    assert page.locator("html").get_attribute("lang") == "en"
    context.close()


def test_the_keyboard_reaches_the_text_and_the_shortcuts_rest_while_typing(
    browser: Browser, port: int
) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/day/{DAY}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "quick"
    page.keyboard.type("ctc")
    assert page.url.split("#")[0].endswith(f"/day/{DAY}")
    page.evaluate("document.activeElement.blur()")
    with page.expect_navigation():
        page.keyboard.press("[")
    assert page.url.split("/")[-1] < str(DAY)
    with page.expect_navigation():
        page.keyboard.press("c")
    assert page.url.endswith("/calendar")
    page.close()


def test_a_sentence_leads_to_its_words(browser: Browser, port: int) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/story?key={STORY}")
    page.locator(".fold > summary").first.click()
    reference = page.locator(".claims a.ref").first
    sentence = page.locator(".claims > li > bdi").first.inner_text()
    reference.click()
    marked = page.locator("mark:target")
    assert sentence[:40] in marked.inner_text().lstrip("0123456789")
    page.close()


def test_a_printed_page_shows_evidence_and_no_buttons(browser: Browser, port: int, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/day/{DAY}/papers")
    page.emulate_media(media="print")
    assert not page.locator(".feedback").first.is_visible()
    assert not page.locator("nav.main").is_visible()
    page.close()


def test_the_reader_can_be_installed(browser: Browser, port: int) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    client = page.context.new_cdp_session(page)
    manifest = client.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert '"display":"standalone"' in manifest["data"].replace(" ", "")
    errors = client.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [error["errorId"] for error in errors] in ([], ["in-incognito"])
    page.close()
