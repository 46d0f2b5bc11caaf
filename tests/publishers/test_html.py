"""The pages are ours alone: no foreign markup, no script, light enough, readable by all."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from lxml import html

from daybrief.model import Edition
from daybrief.ports import Tools
from daybrief.publishers.html import Options, edition_page, index_page, make
from daybrief.render.story import address_of
from daybrief.testing.editions import DAY, editions, founding, hostile, issue, large, news, quiet, taxonomy
from daybrief.text.latex import readable
from daybrief.text.plain import line, web_address

EVERY = [
    founding(),
    founding("en", form="pie"),
    founding(gists=True),
    hostile(),
    hostile("en", gists=True),
    news(),
    quiet(),
    large(30),
]
OURS = set(
    "html head meta title link style body a header nav h1 h2 h3 span time p main section img table "
    "caption thead tr th "
    "article ol tbody td svg rect ul li bdi details summary blockquote cite div footer code strong".split()
)


def addresses(shown: Edition) -> set[str]:
    """Everything that a page may lead to: items' own addresses, those in their texts, papers' PDFs."""
    items = [i for s in shown.stories for i in s.items]
    written = [url.rstrip(".,") for i in items for url in re.findall(r"https?://[^\s)]+", i.text)]
    papers = [address_of(s).replace("/abs/", "/pdf/") for s in shown.stories]
    linked = [ln.url for i in items for ln in i.links]
    return {web_address(url) for url in (*papers, *written, *linked, *(i.url for i in items))} | {
        address_of(s) for s in shown.stories
    }


def tree(shown: Edition, **fields: bool) -> html.HtmlElement:
    return html.document_fromstring(edition_page(shown, issue(shown), Options(**fields)))


@pytest.mark.parametrize("shown", EVERY)
def test_no_element_but_ours_and_no_handler(shown: Edition) -> None:
    page = tree(shown)
    assert {e.tag for e in page.iter() if isinstance(e.tag, str)} <= OURS
    assert not [a for e in page.iter() for a in e.attrib if a.startswith("on") or a == "style"]


@pytest.mark.parametrize("shown", EVERY)
def test_every_address_is_ours_or_an_items_own(shown: Edition) -> None:
    known = addresses(shown)
    for link in tree(shown).iter("a"):
        if "://" in link.get("href"):
            assert link.get("href") in known
            assert link.get("rel") == "noopener noreferrer nofollow"
        else:
            assert re.fullmatch(r"#[\w-]+|(\.\./)?[\w./-]+", link.get("href"))


@pytest.mark.parametrize("shown", EVERY)
def test_every_title_reads_back_and_is_isolated(shown: Edition) -> None:
    titles = {e.text_content() for e in tree(shown).iter("bdi")}
    untitled = {"ko": "(제목 없음)", "en": "(untitled)"}[shown.language]
    assert {line(readable(s.lead.title)) or untitled for s in shown.stories} <= titles


@pytest.mark.parametrize("shown", EVERY)
def test_every_inner_link_has_its_target(shown: Edition) -> None:
    page = tree(shown)
    ids = [e.get("id") for e in page.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    wanted = {a.get("href")[1:] for a in page.iter("a") if a.get("href").startswith("#")}
    labels = {e.get("aria-labelledby") for e in page.iter() if e.get("aria-labelledby")}
    assert wanted | labels <= set(ids)


def test_the_only_style_is_the_one_the_policy_names() -> None:
    text = edition_page(founding(), issue(founding()), Options())
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'")
    assert "<script" not in text.lower()


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = [int(e.tag[1]) for e in tree(founding()).iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def quoted(shown: Edition, *parts: str) -> int:
    """How many sentences of these parts an edition holds."""
    return sum(claim.part in parts for section in shown.sections for claim in section.checked.kept)


def test_foreign_sentences_carry_their_language() -> None:
    page = tree(founding())
    assert page.get("lang") == "ko"
    foreign = page.xpath("//*[@class='gist']/bdi[@lang='en']")
    assert len(foreign) == quoted(founding(), "theme", "finding") > 20
    assert not tree(founding("en")).xpath("//section//bdi[@lang]")


def test_evidence_stands_behind_every_card() -> None:
    page = tree(founding())
    cards = page.xpath("//article[@class='card']")
    assert len(cards) == len([s for s in founding().stories if not s.continues])
    folds = "./details[not(contains(@class, 'reproduced'))]"
    assert all(len(card.xpath(folds)) == 1 for card in cards)
    assert len(page.xpath("//details/cite")) == quoted(founding(), "theme", "finding", "impact", "outlook")


def test_a_card_tells_its_gist_and_folds_the_words_of_the_source() -> None:
    shown = founding(gists=True)
    cards = tree(shown).xpath("//article[@class='card']")
    assert len(cards) == quoted(shown, "gist")
    for card in cards:
        (headline,) = card.xpath("./h3/bdi[@class='headline']")
        assert headline.text_content().startswith("논문: ")
        assert not headline.get("lang")
        assert len(card.xpath(".//*[@class='title']")) == 1
        open_text = "".join(card.xpath(".//text()[not(ancestor::details)]"))
        folded = [quote.text_content() for quote in card.xpath("./details/blockquote")]
        assert folded
        assert not [words for words in folded if words in open_text]


def test_a_continued_story_is_one_line() -> None:
    shown = founding(gists=True)
    continued = [s for s in shown.stories if s.continues]
    lines = tree(shown).xpath("//ul[@class='again']/li")
    assert len(lines) == len(continued) > 0
    assert all("에서 이어짐" in row.text_content() for row in lines)


def test_a_day_of_several_stories_opens_with_five_lines_in_the_readers_language() -> None:
    page = tree(founding(gists=True))
    lines = page.xpath("//section[@class='brief']//li")
    assert len(lines) == 5
    assert all("논문: " in line.text_content() for line in lines)
    assert not tree(founding()).xpath("//section[@class='brief']")  # quotations in another language


def test_the_table_says_what_the_bars_say() -> None:
    shown = founding()
    rows = tree(shown).xpath("//section[@class='chart']//tbody/tr")
    assert len(rows) == len(shown.chart.bars)
    for row, bar in zip(rows, shown.chart.bars, strict=True):
        assert bar.label in row.text_content()
        assert f"{bar.count}건" in row.text_content()
        width = float(row.xpath(".//*[local-name()='rect']/@width")[0].rstrip("%"))
        assert width == pytest.approx(100 * bar.count / shown.chart.bars[0].count, abs=0.06)


def test_a_hundred_stories_weigh_less_than_300_kilobytes() -> None:
    assert len(edition_page(large(100), issue(large(100)), Options()).encode()) <= 300_000


def test_a_quiet_day_still_has_a_whole_page() -> None:
    text = tree(quiet()).text_content()
    assert "이날은 모든 출처가 응답했지만 새로 실을 글이 없었습니다." in text
    assert "출처 상태" in text


def test_the_index_lists_the_newest_day_first() -> None:
    old = [founding(day=DAY - timedelta(days=n)) for n in (1, 40)]
    text = index_page((*old, quiet(day=DAY - timedelta(days=2)), founding(), news()), "ko", Options())
    page = html.document_fromstring(text)
    links = [a.get("href") for a in page.iter("a") if a.get("href").endswith(("papers.html", "news.html"))]
    assert links[0] == "2024-11-26/papers.html"
    assert links[1] == "2024-11-26/news.html"
    assert links == sorted(links, key=lambda href: href[:10], reverse=True)
    assert [h.text for h in page.iter("h2")] == ["2024년 11월", "2024년 10월"]
    assert "새 글 없음" in text


def test_an_index_without_editions_says_so() -> None:
    assert "아직 발행한 호가 없습니다" in index_page((), "ko", Options())


def test_links_to_other_publishers_can_be_left_out() -> None:
    page = tree(founding(), pictures=False, data=False, feeds=False)
    hrefs = {e.get("href") for e in page.iter("a", "link")}
    assert not [h for h in hrefs if h.endswith((".svg", ".png", ".json", ".md", ".xml"))]


def test_paths_and_bytes_are_the_same_twice() -> None:
    publisher = make(Options(), Tools(taxonomy=taxonomy()))
    day = issue(founding(), news())
    first = list(publisher.publish(day))
    assert [d.path for d in first] == ["2024-11-26/papers.html", "2024-11-26/news.html", "index.html"]
    assert first == list(publisher.publish(day))


@given(editions())
@settings(max_examples=40, deadline=None)
def test_no_text_whatever_becomes_an_element(shown: Edition) -> None:
    assert {e.tag for e in tree(shown).iter() if isinstance(e.tag, str)} <= OURS


def test_the_page_that_is_published_is_the_page_made_at_once() -> None:
    edition = founding()
    delivery = next(iter(make(Options(), Tools(taxonomy=taxonomy())).publish(issue(edition))))
    assert delivery.body.decode() == edition_page(edition, issue(edition), Options())
