"""The page of what is selected: numbers of the archive, in both languages, refused where a span is none."""

from __future__ import annotations

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from daybrief.testing.editions import founding


@pytest.mark.parametrize(("language", "words"), [("en", "12 of "), ("ko", "가운데 12건")])
def test_the_page_counts_what_was_printed(client: TestClient, language: str, words: str) -> None:
    client.cookies.set("lang", language)
    page = lxml_html.fromstring(client.get("/exposure?days=1").text)
    assert words in page.text_content()
    topics = {story.lead.tags[0] for story in founding().stories if story.lead.tags}
    assert topics <= {cell.text_content() for cell in page.iterfind(".//tbody//bdi")}


@pytest.mark.parametrize("query", ["days=0", "days=367", "days=x", "kind=all"])
def test_a_span_or_kind_that_is_none_is_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/exposure?{query}").status_code == 422
