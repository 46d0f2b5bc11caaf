"""The Markdown file is recognised by its readers and read back by a parser."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace
from tests.publishers.test_html import addresses

from daybrief.model import Author, Edition, EditionKind, ItemKind, Judged, from_json, to_json
from daybrief.ports import Tools
from daybrief.publishers.markdown import Options, make, render
from daybrief.render.page import forget_pages
from daybrief.testing.editions import (
    DAY,
    edition,
    founding,
    hostile,
    issue,
    item,
    large,
    news,
    quiet,
    story,
    taxonomy,
)
from daybrief.text.latex import readable
from daybrief.text.plain import line

READER = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify")
EVERY = [
    founding(),
    founding("en"),
    founding(gists=True),
    hostile(),
    hostile("en"),
    hostile(gists=True),
    news(),
    quiet(),
    large(30),
]


def inside(tokens: list[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or []]


def headings(text: str) -> list[tuple[str, str]]:
    tokens = READER.parse(text)
    return [(t.tag, tokens[n + 1].content) for n, t in enumerate(tokens) if t.type == "heading_open"]


def test_a_page_opens_as_the_first_reports_did() -> None:
    lines = render(founding()).splitlines()
    assert lines[0] == "# Daily Artificial Intelligence Insights : Papers"
    assert lines[1] == ""
    assert re.fullmatch(r"!\[.+\]\(papers\.png\)", lines[2])
    assert lines[3] == ""
    assert "## ⚡ Inference acceleration · 추론 가속" in lines
    assert "**요약:**" in lines
    assert "**출처:**" in lines
    assert (
        " - TÜLU 3: Pushing Frontiers in Open Language Model Post-Training (https://arxiv.org/abs/2411.15124)"
        in lines
    )


def test_the_english_file_speaks_english() -> None:
    text = render(founding("en"))
    assert "**Summary:**" in text
    assert "## 👽 Multimodal\n" in text
    assert not re.search("[가-힣]", text)


@pytest.mark.parametrize("shown", EVERY)
def test_every_heading_is_one_of_ours(shown: Edition) -> None:
    tags = headings(render(shown))
    sections = [text for tag, text in tags if tag == "h2"]
    assert [tag for tag, _ in tags].count("h1") == 1
    summed_up = "## 오늘의 핵심\n" in render(shown) or "## The day in brief\n" in render(shown)
    assert len(sections) == len(shown.sections) + 2 + summed_up


@pytest.mark.parametrize("shown", EVERY)
def test_every_link_and_image_is_an_address_of_the_edition(shown: Edition) -> None:
    known = addresses(shown)
    tokens = inside(READER.parse(render(shown)))
    links = {str(t.attrs["href"]) for t in tokens if t.type == "link_open"}
    assert {ln.replace("%28", "(").replace("%29", ")") for ln in links} <= known
    assert {t.attrs["src"] for t in tokens if t.type == "image"} <= {f"{shown.kind}.png"}
    assert not [t for t in READER.parse(render(shown)) if t.type == "html_block"]


@pytest.mark.parametrize("shown", EVERY)
def test_every_title_reads_back(shown: Edition) -> None:
    tokens = READER.parse(render(shown))
    read = "\n".join("".join(c.content for c in t.children or []) for t in tokens if t.type == "inline")
    untitled = {"ko": "(제목 없음)", "en": "(untitled)"}[shown.language]
    for printed in shown.stories:
        assert (line(readable(printed.lead.title)) or untitled) in read


@pytest.mark.parametrize("shown", EVERY)
def test_every_sentence_has_a_footnote_and_every_footnote_its_sentence(shown: Edition) -> None:
    text = render(shown)
    named = set(re.findall(r"(?<!\\)\[\^(\d+)\](?!:)", text))
    numbers = set(re.findall(r"^\[\^(\d+)\]:", text, re.M))
    assert named == numbers
    titles = {i.title for s in shown.stories for i in s.items}
    kept = [c for s in shown.sections for c in s.checked.kept if c.text not in titles]
    assert len(numbers) == len({q for c in kept for q in c.quotes})


def test_the_parts_of_the_old_reports_stand_in_their_order() -> None:
    text = render(founding("en", gists=True))
    parts, seen = ["Main themes", "Keywords and trends", "Findings", "Impact", "What to watch"], set[str]()
    for section in re.split(r"^## ", text, flags=re.M)[2:-2]:
        body, _, listed = section.partition("**Sources:**")
        headings = re.findall(r"^### (.+)$", body, re.M)
        seen |= set(headings)
        assert headings == sorted(headings, key=parts.index)
        assert ("**Summary:**" in body) == bool(headings)
        assert re.findall(r"^ - \S", listed, re.M)
    assert seen >= {"Findings", "Impact", "What to watch"}


def test_every_story_is_told_once_in_the_readers_language() -> None:
    shown = founding(gists=True)
    _, _, sections = render(shown).partition("**요약:**")
    cards = re.findall(r"^- (?:\*\*.+\*\*: )?논문: .+\[\^\d+\] \[원문\]\(\S+\)$", sections, re.M)
    assert len(cards) == len([s for s in shown.stories if not s.continues])


@pytest.mark.parametrize(
    ("gist", "kind", "others", "place"),
    [
        ("논문: {}.", "papers", 0, "card"),
        ("AI 관련 소식입니다.", "papers", 1, "list"),
        ("AI 관련 소식입니다.", "papers", 0, "titled card"),
        ("AI 관련 방법을 다룬 글입니다.", "news", 1, "list"),
        ("AI 관련 방법을 다룬 글입니다.", "news", 0, "titled card"),
        ("대규모 그래프를 위한 새로운 트랜스포머 신경망을 다룬 논문입니다.", "papers", 0, "card"),
    ],
    ids=[
        "a sentence stands for the title",
        "it names a subject alone",
        "the summary has no other sentence",
        "it says what news are about",
        "it says what news are about and the summary has no other sentence",
        "it says what a paper is about",
    ],
)
def test_a_sentence_that_says_less_than_the_title_stands_beside_it(
    gist: str, kind: EditionKind, others: int, place: str
) -> None:
    titles = ["A graph transformer", "A second paper"][: 1 + others]
    lead: ItemKind = "news" if kind == "news" else "paper"
    stories = [
        (story(item(n, title, "A text.", kind=lead)), "llm") for n, title in enumerate(titles, start=1)
    ]
    shown = edition(stories, kind=kind, gists=True)
    mine = f"{'논문' if lead == 'paper' else '뉴스'}: {titles[0]}."
    written = to_json(shown).replace(mine.encode(), gist.format("A graph transformer").encode())
    forget_pages()  # one digest, two texts
    body, _, _ = render(from_json(written, Edition)).partition("\n[^1]:")
    sentence = gist.format("A graph transformer")
    assert "\n - A graph transformer (" in body
    assert (f"\n   - {sentence}[^1]\n" in body) is (place == "list")
    assert (f"\n- {sentence}[^1] [원문](" in body) is (place == "card")
    titled = f"**: {sentence}[^1]\n" in body and "- **[A graph transformer](" in body
    assert titled is (place == "titled card")
    assert body.count("**요약:**") == body.count("**출처:**") == 1


@pytest.mark.parametrize(
    ("gist", "titled"),
    [("이 접근법은 추론 지연을 줄입니다.", True), ("이 문장은 논문을 소개합니다.", False)],
)
def test_a_card_whose_sentence_names_nothing_begins_with_the_title(gist: str, titled: bool) -> None:
    shown = edition([(story(item(1, "A graph transformer", "A text.")), "llm")], gists=True)
    written = to_json(shown).replace("논문: A graph transformer.".encode(), gist.encode())
    forget_pages()
    assert ("- **[A graph transformer](" in render(from_json(written, Edition))) is titled


@pytest.mark.parametrize("alone", [True, False])
def test_a_continued_story_stands_in_the_list_with_a_sentence_of_what_it_is(alone: bool) -> None:
    """The sentence is the summary where nothing new stands beside it."""
    titles = ["A title", "Another title"][: 2 - alone]
    shown = edition(
        [(story(item(n, title, "A text.")), "llm") for n, title in enumerate(titles, start=1)], gists=True
    )
    checked, (first, *others) = shown.sections[0].checked, shown.sections[0].ranked
    known = replace(first.story, continues=DAY - timedelta(days=1), news=("version:2",))
    ranked = (replace(first, filed=replace(first.filed, story=known)), *others)
    section = replace(
        shown.sections[0], checked=replace(checked, draft=replace(checked.draft, ranked=ranked))
    )
    page = render(replace(shown, sections=(section,), digest=""))
    line = "\n - A title (https://arxiv.org/abs/2411.00001)\n"
    assert (f"{line}   - 논문: A title.[^1]\n" in page) is not alone
    assert ("\n- 논문: A title.[^1] [원문](" in page) is alone
    assert "   - ↻ 2024-11-25에서 이어짐" in page


def test_a_line_of_the_day_that_is_a_title_is_its_link() -> None:
    titles = ("Mistral ships a coder", "Court hears of pirated books", "Robots learn to fold laundry")
    stories = [(story(item(n, title, "", kind="news")), "ai-products") for n, title in enumerate(titles)]
    page = render(edition(stories, kind="news", language="en"))
    assert [f"\n- [{title}](" in page for title in titles] == [True] * 3


def test_a_keyword_of_one_title_is_not_printed() -> None:
    first, two = story(item(1, "A graph transformer", "A text.")), story(item(2, "Graph transformers", "B."))
    lonely = edition([(first, "llm"), (two, "llm")])
    judged = lonely.sections[0].checked.judged
    words = [
        claim_of(judged[0], "‘graph’", (first.id,)),
        claim_of(judged[0], "‘transformer’", (first.id, two.id)),
    ]
    text = render(with_claims(lonely, (*judged, *words)))
    assert "‘transformer’" in text
    assert "‘graph’" not in text


def claim_of(judged: Judged, text: str, stories: tuple[str, ...]) -> Judged:
    claim = replace(judged.claim, text=text, part="keyword", stories=stories)
    return replace(judged, claim=claim)


def with_claims(shown: Edition, judged: tuple[Judged, ...]) -> Edition:
    section = shown.sections[0]
    checked = replace(section.checked, judged=judged)
    return replace(shown, sections=(replace(section, checked=checked),), digest="")


def test_a_quiet_day_is_said_in_words() -> None:
    text = render(quiet())
    assert "이날은 모든 출처가 응답했지만 새로 실을 글이 없었습니다." in text
    assert "papers.png" not in text
    assert "처리 내역" in text


def test_an_unanswered_source_is_told_at_the_top() -> None:
    assert "> ⚠️ 일부 출처가 응답하지 않았습니다" in render(founding())


def test_who_wrote_the_sentences_is_said() -> None:
    assert "언어 모델을 쓰지 않고 작성했습니다" in render(founding())
    written = founding(author=Author(name="llm", version="1", model="gpt-oss-20b"))
    assert "gpt-oss-20b" in render(written)
    assert "언어 모델을 쓰지 않고 작성했습니다" not in render(written)


def test_doubt_and_continuation_are_marked() -> None:
    text = render(founding())
    assert "2024-11-24에서 이어짐" in text
    assert "새로운 점: version 2, on hf\\_papers now" in text
    assert "분류 불확실" not in text
    lone = story(item(1, "A title", "A text."))
    assert "분류 불확실 (30%)" in render(edition([(lone, "llm")], confidence=0.3))


def test_what_is_new_is_said_in_words() -> None:
    changed = story(
        item(1, "A title", "A text."),
        continues=DAY - timedelta(days=1),
        news=("source:hf_papers", "version:2", "address"),
    )
    notice = "새로운 점: 허깅페이스 논문에서도 다룸, 버전 2, 같은 일을 다룬 새 글"
    assert notice in render(edition([(changed, "llm")]))


def test_a_section_without_a_sentence_makes_no_excuse_for_what_was_told_before() -> None:
    before = story(item(1, "A title", "A text."), continues=DAY - timedelta(days=1), news=("version:2",))
    shown = edition([(before, "llm")])
    bare = replace(shown.sections[0], checked=replace(shown.sections[0].checked, judged=()))
    page = render(replace(shown, sections=(bare,), digest=""))
    assert "확인할 수 있는 문장이 없어" not in page
    assert "**요약:**" not in page
    assert "   - ↻ 2024-11-25에서 이어짐 · 새로운 점: 버전 2\n" in page


@pytest.mark.parametrize("pictures", [True, False])
def test_it_links_the_picture_only_where_the_chart_publisher_writes_it(pictures: bool) -> None:
    publisher = make(Options(), Tools(taxonomy=taxonomy(), pictures=pictures))
    (file,) = publisher.publish(issue(founding()))
    assert (b"papers.png" in file.body) == pictures


def test_the_ledger_is_a_table_whose_rows_add_up() -> None:
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", render(founding()), re.M)
    assert len(rows) >= 4
    for came_in, kept, merged, dropped in (map(int, row) for row in rows[:4]):
        assert came_in == kept + merged + dropped


def test_one_file_an_edition_and_the_same_bytes_twice() -> None:
    publisher = make(Options(), Tools(taxonomy=taxonomy()))
    day = issue(founding(), news())
    first, again = list(publisher.publish(day)), list(publisher.publish(day))
    assert [d.path for d in first] == ["2024-11-26/papers.md", "2024-11-26/news.md"]
    assert first == again


def test_options_leave_out_picture_and_ledger() -> None:
    whole, short = render(founding()), render(founding(), Options(chart=False, ledger=False))
    assert ("papers.png" in whole, "papers.png" in short) == (True, False)
    assert ("처리 내역" in whole, "처리 내역" in short) == (True, False)


@pytest.mark.parametrize(
    ("language", "label", "claimed"),
    [("ko", "재현", "논문의 주장: 공정성의 정의는"), ("en", "Reproduced", "The paper claims: ")],
)
def test_a_paper_that_was_tried_here_says_what_it_claims_and_what_came_of_it(
    language: str, label: str, claimed: str
) -> None:
    text = render(founding(language))
    lines = [row for row in text.splitlines() if row.startswith(f"   - **{label}**: ")]
    (row,) = (row for row in lines if row.endswith("[^fairness]"))
    assert claimed in row
    assert not any("daybrief lab run" in row for row in lines)  # how it was tried stands in the note
    (note,) = (row for row in text.splitlines() if row.startswith("[^fairness]: "))
    assert claimed not in note
    assert note.rsplit("`", 2)[1].startswith("daybrief lab run fairness --")
