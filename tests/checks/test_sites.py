"""The site that a source stands on may be named, in every language, and only that one."""

from __future__ import annotations

import pytest

from daybrief.app.ports import Ports
from daybrief.audit.inspection import verdict_of
from daybrief.config import Settings
from daybrief.languages.korean_words import table
from daybrief.model import Claim, Item, Quote

HEADLINE = "Tesla robotaxi service opens"
CHECKS = Ports(Settings(), {}).checks("ko")


def _verdict(page: str, host: str) -> str:
    source = Item(key="hn:1", source="hn", kind="news", title=HEADLINE, url=f"https://www.{host}/x", text="")
    quote = Quote(item_key="hn:1", source="hn", start=0, end=len(HEADLINE), text=HEADLINE, field="title")
    text = f"테슬라와 로보택시 서비스 관련 {page}입니다."
    claim = Claim(text=text, part="gist", quotes=(quote,), stories=("s",), language="ko")
    return verdict_of(claim, [source], [check.check(claim, [source]) for check in CHECKS]).verdict


@pytest.mark.parametrize(
    ("host", "page"), [row for row in table("news site").items() if row[0] != "arxiv.org"]
)
def test_a_line_that_names_the_site_of_its_source_is_confirmed(host: str, page: str) -> None:
    assert _verdict(page, host.replace("*.", "name.")) == "confirmed"


@pytest.mark.parametrize("page", ["OpenAI 발표", "CNN 기사", "MIT 테크놀로지 리뷰 기사", "뉴욕타임스 기사"])
def test_a_line_that_names_another_site_is_not_confirmed(page: str) -> None:
    assert _verdict(page, "example.org") != "confirmed"
