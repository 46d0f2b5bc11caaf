"""A card leads where its links say, and tells what its writer said of the story in the reader's language."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from daybrief.languages import DEFAULT, SOURCE
from daybrief.languages.phrases import phrases
from daybrief.model import Claim, Edition, Judged, Link, Part, Quote, Ranked, Rising, Section, Verdict
from daybrief.publishers import html, markdown
from daybrief.render.page import Headline, headlines, lead_of, page
from daybrief.render.story import PageSentence, destination, gist_of, story_links, story_name
from daybrief.testing.editions import DAY, claims, edition, founding, gists, issue, item, quote, story
from daybrief.whole import Figure, FullText, TextPassage


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://github.com/allenai/open-instruct", "code"),
        ("https://www.github.com/allenai/open-instruct/tree/main", "code"),
        ("https://github.com/allenai", ""),
        ("https://gitlab.com/a/b", "code"),
        ("https://huggingface.co/allenai/tulu-3", "model"),
        ("https://huggingface.co/datasets/allenai/tulu-3", "data"),
        ("https://huggingface.co/spaces/a/b", "demo"),
        ("https://huggingface.co/papers/2411.15124", "discussion"),
        ("https://huggingface.co/blog", ""),
        ("https://huggingface.co/", ""),
        ("https://arxiv.org/abs/2411.15124", "paper"),
        ("https://arxiv.org/pdf/2411.15124v2", "pdf"),
        ("https://balrogai.github.io/x", "project"),
        ("https://www.kaggle.com/datasets/a/b", "data"),
        ("https://www.kaggle.com/competitions/a", ""),
        ("https://zenodo.org/records/1", "data"),
        ("https://news.ycombinator.com/item?id=1", "discussion"),
        ("https://evil.example/github.com/a/b", ""),
        ("https://github.com.evil.example/a/b", ""),
    ],
)
def test_an_address_tells_what_it_leads_to(url: str, kind: str) -> None:
    assert destination(url) == kind


def test_links_come_from_sources_and_texts_in_one_order_and_once() -> None:
    text = (
        "Demo at https://huggingface.co/spaces/a/b. Code: (https://github.com/a/b), "
        "again https://github.com/a/b. See https://evil.example/c and https://arxiv.org/abs/2401.00001."
    )
    linked = story(
        item(1, "A title", text, links=(Link(rel="discussion", url="https://huggingface.co/papers/2411.1"),))
    )
    assert story_links(linked) == (
        ("code", "https://github.com/a/b"),
        ("demo", "https://huggingface.co/spaces/a/b"),
        ("discussion", "https://huggingface.co/papers/2411.1"),
    )


@pytest.mark.parametrize("language", [DEFAULT, SOURCE])
@pytest.mark.parametrize("continues", [None, DAY - timedelta(days=1)], ids=["new", "continued"])
@pytest.mark.parametrize("linked", [False, True], ids=["apart", "linking to each other"])
def test_every_headline_that_was_told_as_one_story_stands_on_the_page_with_its_link(
    language: str, continues: date | None, linked: bool
) -> None:
    places = [f"https://example.org/news/{number}" for number in range(40, 52)]
    code = tuple(Link(rel="code", url=f"https://github.com/korvana/zelmer{number}") for number in range(9))
    items = [
        item(
            number, f"Korvana tells of Zelmer: {number} times", "", kind="news", source=f"s{number % 3}",
            links=(*(Link(rel="discussion", url=url) for url in places), *code) if linked else (),
        )
        for number in range(40, 52)
    ]  # fmt: skip
    event = story(*items, continues=continues, news=("address",) if continues else ())
    shown = edition([(event, "ai-models")], kind="news", language=language)
    for text in (markdown.render(shown), html.edition_page(shown, issue(shown), html.Options())):
        assert [each.url for each in items if each.url not in text] == []
        assert [each.title for each in items if each.title not in text] == []


def test_a_link_of_a_source_keeps_its_name_where_its_host_tells_nothing() -> None:
    linked = story(item(1, "A title", "", links=(Link(rel="project", url="https://example.org/p"),)))
    assert story_links(linked) == (("project", "https://example.org/p"),)


def test_a_text_of_a_thousand_addresses_gives_few_links() -> None:
    text = " ".join(f"https://github.com/a/b{n}" for n in range(1_000))
    assert len(story_links(story(item(1, "A title", text)))) == 8


def claim(part: str, language: str) -> Claim:
    of = story(item(1, "A title", "One sentence. Two."))
    return replace(next(claims(of)), part=part, language=language, text=f"{part} {language}")


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([("gist", "ko"), ("theme", "en"), ("finding", "ko")], [("gist", "ko")]),
        ([("theme", "ko"), ("finding", "en")], [("theme", "ko")]),
        ([("finding", "ko"), ("theme", "ko")], [("theme", "ko"), ("finding", "ko")]),
        ([("finding", "en"), ("theme", "en")], [("theme", "en"), ("finding", "en")]),
        ([("outlook", "en"), ("impact", "en")], [("outlook", "en")]),
        ([], []),
    ],
)
def test_a_card_tells_the_gist_else_what_is_nearest_to_it(
    parts: list[tuple[str, str]], shown: list[tuple[str, str]]
) -> None:
    chosen = gist_of([claim(*pair) for pair in parts], "ko")
    assert [(sentence.part, sentence.language) for sentence in chosen] == shown


TITLE = "A title that is long enough to tell something, number"


def test_the_day_in_five_lines_takes_the_best_and_no_section_takes_them_all() -> None:
    stories = [(story(item(n, f"{TITLE} {n}", f"Text {n} is here.")), "llm") for n in range(1, 8)]
    stories += [(story(item(n, f"{TITLE} {n}", f"Text {n} is here.")), "agents") for n in range(8, 10)]
    shown = edition(stories, gists=True)
    lines = headlines(shown, page(shown).sections)
    assert len(lines) == 5
    of_llm = [line for line in lines if line.story.anchor.startswith("llm-")]
    assert 0 < len(of_llm) < 5


def test_a_day_of_which_only_subjects_are_told_is_not_summed_up() -> None:
    stories = [(story(item(n, f"Title {n}", f"Text {n} is here.")), "llm") for n in range(1, 8)]
    assert page(edition(stories, gists=True)).headlines == ()


@pytest.mark.parametrize(
    ("most", "next_most", "leads"),
    [(6.2, 5.0, True), (5.6, 5.0, True), (5.4, 5.0, False), (5.0, 5.0, False), (0.0, 0.0, False)],
)
def test_news_that_readers_noticed_far_more_than_others_leads_the_day_by_its_title(
    most: float, next_most: float, leads: bool
) -> None:
    cards = [
        ("A protocol", "프로토콜 관련 발표입니다."),
        *(
            (f"{name} opens", f"{name}가 데이터 센터 두 곳을 서울에 열었습니다.")
            for name in ("Zonk", "Quorby", "Plinth")
        ),
    ]
    made = _day(cards, "news", "ko")
    scores = {"A protocol": most, "Zonk opens": next_most}

    def noticed(ranked: Ranked) -> Ranked:
        return replace(ranked, score=scores.get(ranked.filed.story.items[0].title, 0.0))

    def with_scores(section: Section) -> Section:
        draft = replace(section.checked.draft, ranked=tuple(map(noticed, section.ranked)))
        return replace(section, checked=replace(section.checked, draft=draft))

    sections = tuple(map(with_scores, made.sections))
    first = page(replace(made, sections=sections, digest="")).headlines[0]
    assert (first.name == "A protocol") is leads


def test_a_day_of_news_of_which_only_subjects_are_told_is_summed_up_by_titles() -> None:
    cards = [(f"{name} opens", f"{name} 관련 소식입니다.") for name in ("Zonk", "Quorby", "Plinth", "Brill")]
    lines = page(_day(cards, "news", "ko")).headlines
    assert {line.name for line in lines} == {"Zonk opens", "Quorby opens", "Plinth opens", "Brill opens"}


OTHERS = [
    (f"{name}: Title", f"{name}는 개체명 인식 데이터를 정제하는 새로운 도구입니다.")
    for name in ("ZonkNet", "QuorbyNet", "PlinthNet", "BrillNet")
]
NAMES_ANOTHER = "BiMed-MBench는 최초의 이중언어 의료 벤치마크입니다."
BRINGS_UP = "다양한 의료 영상을 위한 BiMediX2를 소개합니다."
IS_A_METHOD = "BiMed-V2는 워터마킹의 강건성을 향상시키는 방법입니다."
REACHES = "여러 의료 벤치마크에서 최고 수준의 성능을 기록했습니다."


@pytest.mark.parametrize(
    ("gist", "shown"),
    [
        ([NAMES_ANOTHER, BRINGS_UP, REACHES], [BRINGS_UP, REACHES]),
        (
            [NAMES_ANOTHER, BRINGS_UP, f"BiMediX2는 {REACHES}"],
            [NAMES_ANOTHER, f"BiMediX2는 {REACHES}"],
        ),
        ([NAMES_ANOTHER, REACHES], [NAMES_ANOTHER, REACHES]),
        ([NAMES_ANOTHER, IS_A_METHOD, f"이 방법은 {REACHES}"], [IS_A_METHOD, f"이 방법은 {REACHES}"]),
        (
            [NAMES_ANOTHER, "데이터셋을 구축했습니다.", f"이 방법은 {REACHES}"],
            [NAMES_ANOTHER, f"이 방법은 {REACHES}"],
        ),
        (
            ["BiMediX2는 이중언어 의료 모델입니다.", "데이터셋을 구축했습니다.", REACHES],
            ["BiMediX2는 이중언어 의료 모델입니다.", REACHES],
        ),
    ],
)
def test_a_line_of_the_day_tells_no_result_of_another_thing_than_the_one_that_reached_it(
    gist: list[str], shown: list[str]
) -> None:
    cards = [("BiMediX2: A bilingual model", "\n".join(gist)), *OTHERS]
    lines = page(_day(cards)).headlines
    (line,) = [line for line in lines if line.story.proper_name == "BiMediX2"]
    assert [sentence.text for sentence in line.sentences] == shown


def _day(cards: list[tuple[str, str]], kind: str = "papers", language: str = DEFAULT) -> Edition:
    """A day of stories, each in a section of its own: a title and what its gist says, a sentence a line."""
    news = kind == "news"
    sections = ("ai-products", "ai-models", "ai-business", "ai-society", "ai-policy") if news else (
        "llm", "agents", "robotics", "code", "multimodal")  # fmt: skip
    stories = [
        (story(item(n, title, f"Text {n} is here.", kind="news" if news else "paper")), sections[n % 5])
        for n, (title, _) in enumerate(cards, start=1)
    ]
    made = edition(stories, kind="news" if news else "papers", language=language)
    gists_by_story = {made_story.id: gist for (made_story, _), (_, gist) in zip(stories, cards, strict=True)}

    def with_gists(section: Section) -> Section:
        judged = section.checked.judged
        first = {j.claim.stories: j for j in reversed(judged)}
        own = tuple(
            replace(j, claim=replace(j.claim, text=text, part="gist", language=language))
            for (number,), j in first.items()
            for text in gists_by_story[number].splitlines()
        )
        return replace(section, checked=replace(section.checked, judged=own if any(own) else judged))

    return replace(made, sections=tuple(map(with_gists, made.sections)), digest="")


_OTHERS = [
    (f"Wug{n}: seeing", f"Wug{n}은 긴 동영상 속 움직임을 찾아내는 방법입니다.\n코드를 공개했습니다.")
    for n in range(3)
]


@pytest.mark.parametrize(
    ("title", "gist", "line"),
    [
        # A name, what it does, and a result or a release: the result before the release.
        (
            "Ada: caching",
            "Ada는 동영상 확산 모델의 추론을 줄이는 방법입니다."
            "\n코드를 공개했습니다.\n기존 방법을 능가했습니다.",
            "Ada는 동영상 확산 모델의 추론을 줄이는 방법입니다. 기존 방법을 능가했습니다.",
        ),
        (
            "Caching for long videos",
            "동영상 추론을 다룬 논문으로, 방법 AdaC를 제안합니다.\n속도를 3.2배 높였습니다.",
            "동영상 추론을 다룬 논문으로, 방법 AdaC를 제안합니다. 속도를 3.2배 높였습니다.",
        ),
        # A name and what it does.
        ("Ada: caching", "동영상 추론의 지연을 줄입니다.", "Ada | 동영상 추론의 지연을 줄입니다."),
        # What says nothing but that something new is a method is passed over.
        ("Ada: caching", "새로운 플러그 앤 플레이 적응 방법입니다.", ""),
        ("Ada: caching", "Ada는 새로운 데이터 기반 방법입니다.", ""),
        ("Ada: caching", "Ada는 새로운 데이터 기반 방법입니다.\n코드를 공개했습니다.", ""),
        ("Ada: caching", "Ada를 다룬 논문입니다.", ""),
        ("Ada: caching", "거대언어모델을 다룬 논문입니다.", ""),
    ],
)
def test_a_line_of_the_day_says_what_a_paper_does_and_what_came_of_it(
    title: str, gist: str, line: str
) -> None:
    lines = page(_day([(title, gist), *_OTHERS])).headlines
    mine = [_as_text(each) for each in lines if each.story.title == title]
    assert mine == ([line] if line else [])


def _as_text(line: Headline) -> str:
    name = f"{line.name} | " if line.name else ""
    return name + " ".join(sentence.text for sentence in line.sentences)


def test_lines_with_a_name_and_a_result_stand_before_others_whatever_their_rank() -> None:
    unnamed = [
        (f"On the caching of long videos in {n} ways", f"동영상 속 움직임을 {n}가지로 다르게 찾아냅니다.")
        for n in range(3)
    ]
    lines = page(_day([*unnamed, *_OTHERS])).headlines
    assert {line.story.name for line in lines[:3]} == {"Wug0", "Wug1", "Wug2"}
    assert len(lines) == 5


def test_lines_of_the_day_are_of_different_sections_while_there_are_enough() -> None:
    lines = page(
        _day([(f"Wug{n}: seeing", _OTHERS[0][1].replace("Wug0", f"Wug{n}")) for n in range(8)])
    ).headlines
    assert len({line.story.anchor.rpartition("-")[0] for line in lines}) == len(lines) == 5


def test_a_figure_stands_first_and_what_nothing_names_last() -> None:
    figure = ("Wug9: seeing", "Wug9는 긴 동영상에서 움직임을 찾는 방법입니다.\n속도를 3.2배 높였습니다.")
    unnamed = ("Ada: hearing", "이 접근법은 동영상 추론의 지연을 크게 줄입니다.")
    lines = page(_day([unnamed, *_OTHERS, figure])).headlines
    assert lines[0].story.title == figure[0]
    assert unnamed[0] not in {line.story.title for line in lines[:3]}


def test_the_top_story_in_a_few_words_fits_a_subject_line() -> None:
    view = page(
        _day(
            [
                (
                    "Wug9: seeing",
                    f"Wug9는 {'긴 동영상에서 ' * 6}움직임을 찾는 방법입니다.\n3배 빨라졌습니다.",
                ),
                *_OTHERS,
            ]
        )
    )
    assert lead_of(view).endswith("…")
    assert len(lead_of(view)) <= 64
    assert not lead_of(page(_day(list(_OTHERS)))).endswith(".")
    assert lead_of(page(edition([], kind="news"))) == ""


def test_a_card_does_not_repeat_what_its_section_s_summary_tells() -> None:
    made = _day([("Wug9: seeing", "Wug9는 움직임을 찾는 방법입니다.\n속도를 3.2배 높였습니다."), *_OTHERS])
    section = made.sections[0]
    first = section.checked.judged[0]
    both = (section.ranked[0].story.id, "another")
    theme = replace(first.claim, part="theme", text="속도를 3.2배 높였습니다.", stories=both)
    judged = (*section.checked.judged, replace(first, claim=theme))
    summed = replace(section, checked=replace(section.checked, judged=judged))
    told_by = page(replace(made, sections=(summed, *made.sections[1:]), digest="")).sections[0].stories[0]
    assert [sentence.text for sentence in told_by.gist] == ["Wug9는 움직임을 찾는 방법입니다."]


def test_two_lines_are_never_of_one_event() -> None:
    cards = [
        ("ChatGPT Pro", "OpenAI가 월 200달러 구독 ChatGPT Pro를 공개했습니다."),
        ("OpenAI confirms $200 monthly ChatGPT Pro", "OpenAI가 월 200달러 구독을 확인했습니다."),
        ("Francois Chollet leaves Google", "프랑수아 숄레가 구글을 떠납니다."),
        ("Meta trims its speech team", "메타가 음성 연구팀을 줄였습니다."),
        ("A note on tokens", "토큰과 비용을 다룬 글입니다."),
    ]
    lines = page(_day(cards, "news")).headlines
    titles = [line.story.title for line in lines]
    assert len({"ChatGPT Pro", "OpenAI confirms $200 monthly ChatGPT Pro"} & set(titles)) == 1
    assert {"Francois Chollet leaves Google", "Meta trims its speech team"} <= set(titles)
    assert all(line.name == "" for line in lines[:3])


def test_what_happened_stands_before_what_a_text_or_a_project_is_about() -> None:
    cards = [
        ("Show HN: Wug", "글쓴이가 로봇과 공항 관련 프로젝트 Wug을 공개했습니다."),
        ("On tokens", "토큰과 비용, 속도를 다룬 글입니다."),
        ("Francois Chollet leaves Google", "프랑수아 숄레가 구글을 떠납니다."),
        ("Meta trims its speech team", "메타가 음성 연구팀을 줄였습니다."),
    ]
    titles = [line.story.title for line in page(_day(cards, "news")).headlines]
    assert set(titles[:2]) == {"Francois Chollet leaves Google", "Meta trims its speech team"}
    assert len(titles) == 4


_NEWS = (
    "Court hears novelists", "Meta trims speech", "Robots fold laundry", "Nvidia in Tokyo", "Chollet leaves",
)  # fmt: skip


@pytest.mark.parametrize(
    "title",
    [
        "Hiring Engineers for an AI-Native World",
        "7 ways to write better prompts",
        "The 10 best tools for agents",
        "Ask HN: How do you read papers?",
        "Hand Tracking for Mouse Input (2023)",
        "Building Large Language Models [video]",
        "Learn how agents empower your team",
        "Check that the software works as intended",
        "Acme is hiring in Berlin",
        "Effortlessly deploy cloud agents",
    ],
)
@pytest.mark.parametrize("language", [DEFAULT, SOURCE])
def test_an_advertisement_a_job_a_list_of_tips_and_an_old_text_are_no_line_of_the_day(
    title: str, language: str
) -> None:
    gist = "메타가 음성 연구팀을 줄였습니다." if language == DEFAULT else "Meta trims its speech team."
    news = [(news_title, gist) for news_title in _NEWS]
    lines = page(_day([(title, gist), *news], "news", language)).headlines
    assert lines
    assert title not in {line.story.title for line in lines}


def test_a_paper_s_sentence_about_its_field_is_no_line_of_the_day() -> None:
    field = "Agents are usually improved by better models for reading a picture of the screen."
    papers = [
        (f"Wug{n}: seeing", f"Wug{n} is a method that finds every motion in long videos.") for n in range(3)
    ]
    made = _day([("StateAct: agents", field), *papers], language=SOURCE)

    def in_its_words(judged: Judged) -> Judged:
        words = replace(judged.claim.quotes[0], text=judged.claim.text)
        return replace(judged, claim=replace(judged.claim, quotes=(words,)))

    sections = tuple(
        replace(each, checked=replace(each.checked, judged=tuple(map(in_its_words, each.checked.judged))))
        for each in made.sections
    )
    names = {line.story.name for line in page(replace(made, sections=sections, digest="")).headlines}
    assert names == {"Wug0", "Wug1", "Wug2"}


def test_a_repository_is_a_line_of_the_day_behind_what_happened() -> None:
    news = [(title, "메타가 음성 연구팀을 줄였습니다.") for title in _NEWS]
    lines = page(_day([("owner/name", "구글이 로봇 부문을 줄였습니다."), *news], "news")).headlines
    assert "owner/name" not in {line.story.title for line in lines}


@pytest.mark.parametrize("part", ["impact", "outlook"])
def test_impact_and_outlook_are_told_once_and_in_the_page_s_language(
    part: Part,
) -> None:
    words = "This may help clinics in the next years."
    day = founding(DEFAULT)
    ranked = day.sections[0].ranked[0]
    lead = ranked.story.lead
    evidence = Quote(item_key=lead.key, source=lead.source, start=0, end=len(words), text=words)
    claim = Claim(text=words, part=part, quotes=(evidence,), stories=(ranked.story.id,), language=SOURCE)

    def shown(*claims: Claim) -> list[str]:
        first = day.sections[0]
        judged = tuple(replace(first.checked.judged[0], claim=each) for each in claims)
        section = replace(first, checked=replace(first.checked, judged=judged))
        parts = page(replace(day, sections=(section,), digest="")).sections[0].parts
        return [s.text for view in parts if view.part == part for b in view.bullets for s in b.sentences]

    assert shown(claim) == []  # its words stand in the evidence of the card
    other = replace(evidence, end=evidence.end - 1, text=words[:-1])
    native = replace(claim, text="병원에 도움이 됩니다.", language=DEFAULT, quotes=(other,))
    assert shown(claim, native) == [native.text]
    assert shown(replace(native, part="gist"), native) == []  # the card has told it


def test_a_word_of_the_day_is_no_keyword_of_a_section_as_well() -> None:
    day = founding("en")
    first = day.sections[0]
    stories = (first.ranked[0].story.id, "another")
    of = replace(first.checked.judged[0].claim, part="keyword", stories=stories)
    words = ("world models", "splats")
    judged = tuple(
        replace(first.checked.judged[0], claim=replace(of, text=f"‘{word}’: in 2 stories")) for word in words
    )
    section = replace(first, checked=replace(first.checked, judged=judged))
    risen = (Rising(text="World Model", today=4),)
    view = page(replace(day, sections=(section,), rising=risen, digest="")).sections[0]
    texts = [s.text for part in view.parts for bullet in part.bullets for s in bullet.sentences]
    assert texts == ["‘splats’: in 2 stories"]


def test_a_story_of_an_uncertain_category_is_no_line_while_others_have_something_to_say() -> None:
    made = _day([(f"Wug{n}: seeing", _OTHERS[0][1].replace("Wug0", f"Wug{n}")) for n in range(6)])
    first = made.sections[0]
    doubtful = tuple(replace(each, filed=replace(each.filed, confidence=0.3)) for each in first.ranked)
    draft = replace(first.checked.draft, ranked=doubtful)
    unsure = replace(first, checked=replace(first.checked, draft=draft))
    sure = page(made).headlines
    lines = page(replace(made, sections=(unsure, *made.sections[1:]))).headlines
    doubted = {each.story.id for each in doubtful}
    assert len(lines) == len(sure) == 5
    assert [line.story.id in doubted for line in lines] == sorted(line.story.id in doubted for line in lines)
    assert sum(line.story.id in doubted for line in lines) < 2


def test_news_of_titles_alone_are_summed_up_by_titles_where_the_reader_reads_their_language() -> None:
    stories = [
        (story(item(n, f"Maker {n} ships gadget {n}", "", kind="news")), "ai-products") for n in range(1, 5)
    ]
    for language, summed in (("en", True), ("ko", False)):
        lines = page(edition(stories, kind="news", language=language)).headlines
        assert bool(lines) is summed
        assert all(line.sentences[0].text == line.story.title for line in lines)


def test_a_day_of_two_stories_is_not_summed_up() -> None:
    stories = [(story(item(n, f"Title {n}", f"Text {n}.")), "llm") for n in (1, 2)]
    assert page(edition(stories, gists=True)).headlines == ()


def test_evidence_of_a_gist_is_the_sentence_it_was_made_from() -> None:
    paper = story(item(1, "A title", "The first sentence. The second sentence."))
    assert next(gists(paper, "ko")).quotes == next(claims(paper)).quotes
    (view,) = page(edition([(paper, "llm")], gists=True)).sections[0].stories
    assert [note.words for note in view.notes] == ["The first sentence.", "The second sentence."]
    assert view.verbatim == frozenset()


def test_cards_of_the_founding_day_have_a_name_on_the_page() -> None:
    anchors = [view.anchor for section in page(founding()).sections for view in section.stories]
    assert len(anchors) == len(set(anchors)) == len(founding().stories)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("TÜLU 3: Pushing Frontiers", "TÜLU 3"),
        ("Show HN: A tiny agent framework", "A tiny agent framework"),
        ("Ask HN: Is it over?", "Is it over?"),
        ("Show HN: Ada: a tiny agent framework", "Ada"),
        ("A title without a name", "A title without a name"),
    ],
)
def test_a_story_is_named_in_passing_by_what_names_it(title: str, name: str) -> None:
    assert story_name(item(1, title, ""), phrases("en")) == name


def test_a_line_of_the_day_names_its_story_once() -> None:
    stories = [
        (
            story(item(n, f"AdaCache{n}: fast caching of every long video in a model", f"Text {n} is here.")),
            "llm",
        )
        for n in range(1, 5)
    ]
    lines = page(edition(stories, gists=True)).headlines
    assert lines
    for line in lines:
        assert line.sentences[0].text.count(line.story.proper_name) == 1
        assert line.name == ""


WHOLE = FullText(
    form="html",
    url="https://arxiv.org/html/2411.00001",
    licence="CC BY 4.0",
    passages=(
        TextPassage(role="limitations", title="Limitations", text="It fails on long documents."),
        TextPassage(role="article", title="The article", text="The company said so."),
    ),
    figure=Figure(caption="Figure 1: An overview.", url="https://arxiv.org/html/2411.00001/x1.png"),
    affiliations=("KAIST", "Seoul National University", "Naver", "Kakao", "Samsung", "LG", "ETRI", "POSTECH"),
    links=("https://github.com/a/of-the-text", "https://example.org/elsewhere"),
)


def read_whole(picture: bytes = b"") -> Edition:
    """A day with a paper whose whole text was read; its figure may be shown where `picture` is given."""
    figure = Figure(caption=WHOLE.figure.caption, url=WHOLE.figure.url, picture=picture, width=8, height=6)
    paper = item(1, "A title", "We try it. It works.", whole=replace(WHOLE, figure=figure))
    return edition([(story(paper, item(2, "A second", "It is listed too.")), "llm")], language="en")


def test_a_card_shows_figure_1_where_its_licence_allows_and_leads_to_it_in_any_case() -> None:
    ((open_view,), (closed_view,)) = (
        page(of).sections[0].stories for of in (read_whole(b"\xff\xd8"), read_whole())
    )
    assert open_view.figure is not None
    assert open_view.figure.picture.startswith("data:image/jpeg;base64,")
    assert open_view.figure.licence == "CC BY 4.0"
    assert closed_view.figure is None
    for view in (open_view, closed_view):
        links = dict(view.links)
        assert links["figure 1"].startswith("https://arxiv.org/html/2411.00001")
        assert "https://github.com/a/of-the-text" in links.values()
        assert "https://example.org/elsewhere" not in links.values()


def test_a_card_names_some_of_many_institutions() -> None:
    (view,) = page(read_whole()).sections[0].stories
    (institutions,) = [fact for fact in view.facts if fact.startswith("KAIST")]
    assert institutions.endswith(" …")
    assert "POSTECH" not in institutions


@pytest.mark.parametrize(
    ("section", "place"),
    [
        ("Limitations", "section “Limitations”"),
        ("The article", "text of the article"),
        ("A section that is gone", "section “A section that is gone”"),
    ],
)
def test_evidence_names_the_part_of_the_whole_text_it_stands_in(section: str, place: str) -> None:
    passage = WHOLE.passage(section) or WHOLE.passages[0]
    paper = item(1, "A title", "We try it.", whole=WHOLE)
    words = Quote(
        item_key=paper.key,
        source=paper.source,
        start=0,
        end=len(passage.text),
        text=passage.text,
        field="whole",
        section=section,
    )
    of = edition([(story(paper), "llm")], language="en")
    (printed_section,) = of.sections
    judged = printed_section.checked.judged[0]
    moved = replace(judged, claim=replace(judged.claim, quotes=(words,)))
    changed = replace(printed_section, checked=replace(printed_section.checked, judged=(moved,)))
    (view,) = page(replace(of, sections=(changed,), digest=section)).sections[0].stories
    assert [note.place for note in view.notes] == [place]


@pytest.mark.parametrize(
    ("news", "words"),
    [(("withdrawn",), "withdrawn"), (("version:2",), "version 2"), (("source:arxiv", "address"), "arXiv")],
)
def test_a_card_says_what_is_new_of_a_story_that_was_told_before(news: tuple[str, ...], words: str) -> None:
    continued = story(item(1, "A title", "We try it."), news=news)
    (view,) = page(edition([(continued, "llm")], language="en")).sections[0].stories
    assert any(words in mark for mark in view.marks), view.marks


def test_words_of_the_day_are_told_with_what_is_usual_where_that_is_known() -> None:
    words = (Rising(text="world models", today=4, usual=1.5, days=28), Rising(text="splats", today=3))
    rising = page(replace(founding("en"), rising=words, digest="words")).rising
    assert "world models" in rising[0]
    assert "1.5" in rising[0]
    assert "splats" in rising[1]
    assert "usual" not in rising[1]


def test_a_page_that_keeps_to_its_language_puts_other_words_in_the_evidence_alone() -> None:
    shown = founding(gists=True)
    section = shown.sections[0]
    first = section.ranked[0].story.id
    kept = tuple(j for j in section.checked.judged if j.claim.part != "gist" or j.claim.stories != (first,))
    bare = replace(section, checked=replace(section.checked, judged=kept))
    view = page(replace(shown, sections=(bare, *shown.sections[1:]), digest=""))
    card = next(story for story in view.sections[0].stories if story.id == first)
    assert card.gist == ()
    assert card.beside
    assert all(sentence.language == "ko" for line in view.headlines for sentence in line.sentences)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("We try it on phones.", "“We try it on phones.”"),
        ("It shows our own limits.", "“It shows our own limits.”"),
        ("Phones are slow.", "Phones are slow."),
    ],
)
def test_words_in_the_first_person_stand_in_quotation_marks(text: str, shown: str) -> None:
    view = page(edition([(story(item(1, "A title", text)), "llm")], language="en"))
    assert [sentence.text for sentence in view.sections[0].stories[0].gist] == [shown]


def test_a_sentence_of_which_the_title_is_made_is_not_told_again() -> None:
    view = page(edition([(story(item(1, "Phones are slow. Even new ones", "Phones are slow.")), "llm")]))
    assert view.sections[0].stories[0].gist == ()


_SMALL_AGENTS = "작은 에이전트를 다룹니다."


def _titles_alone(language: str, *, translated: bool) -> Edition:
    """An edition of one English story of which the source gave a title alone."""
    headline = story(item(1, "Tiny agents ship", "", kind="news"))
    words = replace(quote(headline.lead, 0, 16), text=headline.lead.title, field="title")
    title = Claim(
        text=headline.lead.title, part="finding", stories=(headline.id,), quotes=(words,), language=SOURCE
    )
    korean = replace(title, text=_SMALL_AGENTS, part="gist", language=DEFAULT)
    made = edition([(headline, "ai-products")], kind="news", language=language)
    section = made.sections[0]
    proved = (Verdict(check="quotes", outcome="supported", why="word for word"),)
    judged = tuple(
        Judged(claim=claim, verdicts=proved) for claim in ([korean] if translated else []) + [title]
    )
    checked = replace(section.checked, judged=judged)
    return replace(made, sections=(replace(section, checked=checked),), digest="")


def test_a_reader_of_the_titles_language_is_not_told_the_title_in_another() -> None:
    (section,) = page(_titles_alone(SOURCE, translated=True)).sections
    assert section.stories[0].gist == ()
    assert page(_titles_alone(DEFAULT, translated=True)).sections[0].stories[0].gist[0].text == _SMALL_AGENTS


def test_a_section_of_titles_alone_makes_no_excuse_and_counts_no_sentence() -> None:
    alone = page(_titles_alone(SOURCE, translated=False))
    assert alone.sections[0].nothing == ""
    assert len(alone.counts) == 2
    assert alone.author == ""


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("거대언어모델을 다룬 논문입니다.", True),
        ("AI 관련 소식입니다.", True),
        ("거대언어모델의 긴 문맥 이해를 위한 어텐션 희소화를 다룬 논문입니다.", False),
        ("거대언어모델을 다룬 논문으로, 벤치마크 Wug를 소개합니다.", False),
    ],
)
def test_a_card_of_which_only_a_subject_is_told_keeps_its_title(text: str, only: bool) -> None:
    assert PageSentence(text=text, language="ko", notes=(), verbatim=False).subject_only is only
