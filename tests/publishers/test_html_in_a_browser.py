"""The pages as a browser shows them: narrow screens, both schemes, no complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from daybrief.ports import Tools
from daybrief.publishers import chart, html
from daybrief.testing.editions import founding, hostile, issue, news, quiet, taxonomy

pytestmark = pytest.mark.browser
PAGES = ("plain/2024-11-26/papers.html", "hostile/2024-11-26/papers.html", "quiet/2024-11-26/papers.html",
         "pie/2024-11-26/papers.html", "plain/index.html")  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    tools = Tools(taxonomy=taxonomy())
    days = {
        "plain": issue(founding(), news()),
        "hostile": issue(hostile()),
        "quiet": issue(quiet()),
        "pie": issue(founding(form="pie")),
    }
    for name, day in days.items():
        publishers = (html.make(html.Options(), tools), chart.make(chart.Options(scale=1), tools))
        for delivery in (d for p in publishers for d in p.publish(day)):
            path = folder / name / delivery.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(delivery.body)
    return folder


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_and_nothing_is_refused(
    browser: Browser, site: Path, path: str, width: int
) -> None:
    messages: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("console", lambda message: messages.append(message.text))
    page.goto((site / path).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not messages
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES[:2])
def test_all_text_has_enough_contrast(browser: Browser, site: Path, path: str, scheme: str) -> None:
    """WCAG 2.2, success criterion 1.4.3: 4.5 to 1."""
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto((site / path).as_uri())
    poor = page.evaluate(
        """() => {
          const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => (v /= 255) <= .04045
            ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
          const behind = e => { for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(c)) return c; }
            return 'rgb(255, 255, 255)'; };
          return [...document.querySelectorAll('body *')]
            .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
            .map(e => { const a = light(getComputedStyle(e).color), b = light(behind(e));
              return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.tagName, e.className]; })
            .filter(([ratio]) => ratio < 4.5);
        }"""
    )
    assert poor == []
    page.close()


def test_evidence_opens_without_a_script(browser: Browser, site: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / PAGES[0]).as_uri())
    first = page.locator(".card details").first
    assert not first.locator("cite").first.is_visible()
    first.locator("summary").click()
    assert first.locator("cite").first.is_visible()
    page.close()


def test_a_chart_of_slices_is_shown_as_a_picture(browser: Browser, site: Path) -> None:
    page = browser.new_page()
    page.goto((site / PAGES[3]).as_uri())
    assert page.evaluate("document.querySelector('.chart img').naturalWidth") > 300
    page.close()
