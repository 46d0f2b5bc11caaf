"""Readers see of a whole text its section, figure 1, comments, affiliations and code."""

from __future__ import annotations

import msgspec
import pytest

from daybrief.languages.phrases import phrases
from daybrief.model import (
    Checked,
    Claim,
    Edition,
    Filed,
    Item,
    Quote,
    Ranked,
    Section,
    from_json,
    to_json,
)
from daybrief.publishers import data, html, markdown
from daybrief.render.story import comments_of, figure_of, known_of
from daybrief.testing.editions import edition, founding, issue, item, story
from daybrief.web.presenters import evidence
from daybrief.whole import Figure, FullText, TextPassage
from tests.fulltext import works

HOSTILE = "<script>alert(1)</script>[x](javascript:alert(2))"


def text(**fields: object) -> FullText:
    given: dict[str, object] = {
        "form": "html",
        "url": "https://arxiv.org/html/2411.15001",
        "licence": "CC BY 4.0",
        "passages": (
            TextPassage(role="limitations", title="5 Limitations", text=works.LIMIT),
            TextPassage(role="comment", title="comment 43", text=f"It works. {HOSTILE}", by="ann"),
        ),
        "figure": Figure(
            caption=f"The adapter. {HOSTILE}",
            url="https://arxiv.org/x1.png",
            picture=b"\xff\xd8\xff",
            width=9,
            height=3,
        ),
        "affiliations": ("University of Ulsan",),
        "links": ("https://github.com/ann/tidewater",),
    }
    return msgspec.convert({**given, **fields}, FullText)


def read(whole: FullText) -> tuple[Item, Quote]:
    paper = msgspec.structs.replace(item(1, "Tidewater", works.ABSTRACT), whole=whole)
    quote = Quote(
        item_key=paper.key,
        source=paper.source,
        start=0,
        end=len(works.LIMIT),
        text=works.LIMIT,
        field="whole",
        section="5 Limitations",
    )
    return paper, quote


def printed(whole: FullText) -> Edition:
    """An edition of one story that is told from its whole text."""
    paper, quote = read(whole)
    of = story(paper)
    claim = Claim(text=works.LIMIT, part="outlook", quotes=(quote,), stories=(of.id,))
    base = edition([(of, "llm")], language="en")
    section = base.sections[0]
    judged = (*section.checked.judged, msgspec.structs.replace(section.checked.judged[0], claim=claim))
    draft = msgspec.structs.replace(section.checked.draft, claims=tuple(j.claim for j in judged))
    changed = msgspec.structs.replace(section, checked=Checked(draft=draft, judged=judged))
    return msgspec.structs.replace(base, sections=(changed, *base.sections[1:])).sealed()


def published(publisher: str, whole: FullText) -> str:
    module = {"markdown": markdown, "html": html, "data": data}[publisher]
    from daybrief.ports import Tools
    from daybrief.testing.editions import taxonomy

    made = module.make(module.Options(), Tools(taxonomy=taxonomy(), language="en"))
    return b"\n".join(d.body for d in made.publish(issue(printed(whole)))).decode()


@pytest.mark.parametrize("publisher", ["markdown", "html"])
def test_a_quotation_says_which_section_it_comes_from(publisher: str) -> None:
    assert "section “5 Limitations”" in published(publisher, text())


def test_the_json_of_a_quotation_names_the_section_and_one_of_the_abstract_has_no_such_field() -> None:
    edition_ = printed(text())
    raw = to_json(edition_)
    assert b'"section":"5 Limitations"' in raw
    assert from_json(raw, Edition) == edition_
    assert b'"whole"' not in to_json(founding())
    assert b'"section":"' not in to_json(founding())


@pytest.mark.parametrize("publisher", ["markdown", "html"])
def test_a_figure_comments_affiliations_and_code_are_shown_and_nothing_in_them_is_markup(
    publisher: str,
) -> None:
    shown = published(publisher, text())
    assert "University of Ulsan" in shown
    assert "https://github.com/ann/tidewater" in shown
    assert "comment by ann" in shown
    assert "The adapter." in shown
    assert "CC BY 4" in shown
    assert "<script>alert" not in shown
    assert 'href="javascript' not in shown
    assert "[x](javascript" not in shown or publisher == "html", "in Markdown its brackets are escaped"
    assert ("data:image/jpeg;base64,/9j/" in shown) == (publisher == "html")


def test_a_figure_that_may_not_be_shown_is_a_link() -> None:
    say = phrases("en")
    whole = text(licence="", figure=Figure(caption="", url="https://arxiv.org/html/2411.15001"))
    of = story(read(whole)[0])
    assert figure_of(of, say) is None
    assert ("figure 1", "https://arxiv.org/html/2411.15001") in known_of(of, say)[1]
    assert "<figure class" not in published("html", whole)


def test_comments_are_quotations_with_a_name() -> None:
    ((who, words),) = comments_of(story(read(text())[0]), phrases("ko"))
    assert who == "ann 님의 댓글"
    assert words.startswith("It works.")


def test_the_reader_marks_a_quotation_in_its_section() -> None:
    edition_ = printed(text())
    section: Section = edition_.sections[0]
    _, (marked,) = evidence(section.checked.judged, section.ranked[0].story.items)
    ((title, pieces),) = marked.sections
    assert title == "5 Limitations"
    assert any(piece.notes for piece in pieces)


def test_a_filed_story_keeps_its_text() -> None:
    paper, _ = read(text())
    ranked = Ranked(filed=Filed(story=story(paper), category="llm", confidence=1.0, why=""), score=1.0)
    assert from_json(to_json(ranked), Ranked) == ranked
