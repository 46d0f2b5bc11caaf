"""A card leads where its links say, and tells what its writer said of the story in the reader's language."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from daybrief.languages.phrases import phrases
from daybrief.model import Claim, Link
from daybrief.render.page import headlines, page
from daybrief.render.story import destination, gist_of, story_links, story_name
from daybrief.testing.editions import claims, edition, founding, gists, item, story


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
    told = story(
        item(1, "A title", text, links=(Link(rel="discussion", url="https://huggingface.co/papers/2411.1"),))
    )
    assert story_links(told) == (
        ("code", "https://github.com/a/b"),
        ("demo", "https://huggingface.co/spaces/a/b"),
        ("discussion", "https://huggingface.co/papers/2411.1"),
    )


def test_a_link_of_a_source_keeps_its_name_where_its_host_tells_nothing() -> None:
    told = story(item(1, "A title", "", links=(Link(rel="project", url="https://example.org/p"),)))
    assert story_links(told) == (("project", "https://example.org/p"),)


def test_a_text_of_a_thousand_addresses_gives_few_links() -> None:
    text = " ".join(f"https://github.com/a/b{n}" for n in range(1_000))
    assert len(story_links(story(item(1, "A title", text)))) == 8


def claim(part: str, language: str) -> Claim:
    of = story(item(1, "A title", "One sentence. Two."))
    return replace(next(claims(of)), part=part, language=language, text=f"{part} {language}")


@pytest.mark.parametrize(
    ("held", "told"),
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
    held: list[tuple[str, str]], told: list[tuple[str, str]]
) -> None:
    chosen = gist_of([claim(*one) for one in held], "ko")
    assert [(one.part, one.language) for one in chosen] == told


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


def test_a_day_of_two_stories_is_not_summed_up() -> None:
    stories = [(story(item(n, f"Title {n}", f"Text {n}.")), "llm") for n in (1, 2)]
    assert page(edition(stories, gists=True)).headlines == ()


def test_evidence_of_a_gist_is_the_sentence_it_was_made_from() -> None:
    one = story(item(1, "A title", "The first sentence. The second sentence."))
    assert next(gists(one, "ko")).quotes == next(claims(one)).quotes
    (view,) = page(edition([(one, "llm")], gists=True)).sections[0].stories
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
        (story(item(n, f"Adaptive Caching of everything in a model {n}", f"Text {n} is here.")), "llm")
        for n in range(1, 5)
    ]
    lines = page(edition(stories, gists=True)).headlines
    assert all(line.name == "" for line in lines)
