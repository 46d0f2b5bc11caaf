"""Readers of the archive are told of days, stories, categories, sources and runs."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from daybrief.adapters.archive import open_archive, open_view
from daybrief.errors import ArchiveError
from daybrief.library import Library
from daybrief.testing.archives import kept
from daybrief.testing.editions import DAY, edition, founding, item, news, story
from daybrief.web.pages import ReaderServices
from tests.web.conftest import STORY, services_over


@pytest.fixture
def library(services: ReaderServices) -> Library:
    return services.library


def test_days_are_listed_with_what_they_hold(library: Library) -> None:
    (latest,) = library.days(DAY, DAY)
    assert [(e.kind, e.stories, e.state) for e in latest.editions] == [
        ("papers", 12, "fresh"),
        ("news", 4, "fresh"),
    ]
    assert sum(n for _, n in latest.editions[0].categories) == 12
    assert next(iter(library.days(date(2024, 1, 1), DAY))).day == DAY
    assert library.latest() == DAY
    assert library.sizes(DAY - timedelta(days=1), DAY) == {DAY - timedelta(days=1): 0, DAY: 16}
    near = library.neighbours(DAY)
    assert (near.earlier, near.later) == (DAY - timedelta(days=1), None)


def test_a_story_is_told_with_its_evidence_and_its_way_through_the_stages(library: Library) -> None:
    record = library.story(STORY)
    assert record is not None
    (appearance,) = record.appearances
    assert appearance.claims
    for judged in appearance.claims:
        for quote in judged.claim.quotes:
            source = next(i for i in appearance.ranked.story.items if i.key == quote.item_key)
            assert getattr(source, quote.field)[quote.start : quote.end] == quote.text
    (fate,) = record.fates
    assert fate.printed
    assert fate.steps[0].outcome == "kept"
    assert record.listings[0].item.key == STORY


def test_an_item_no_edition_printed_is_known_too(tmp_path: Path, library: Library) -> None:
    extra = item(99, "A paper about nothing in particular", "It was collected.")
    path = kept(tmp_path, founding(), more=[extra])
    ours = Library(open_view(path), library.searcher, library.taxonomy)
    record = ours.story(extra.key)
    assert record is not None
    assert (record.printed, record.appearances, record.title) == ((), (), extra.title)
    assert ours.story("arxiv:0000.00000") is None


def test_weeks_add_up_to_what_was_printed(library: Library) -> None:
    trends = library.trends(DAY, weeks=4)
    printed = sum(e.stories for day in library.days(DAY - timedelta(days=27), DAY) for e in day.editions)
    assert sum(trend.stories for trend in trends) == printed
    category = library.category(trends[0].category.id, DAY, weeks=4)
    assert category.weeks == trends[0].weeks
    assert len(category.stories) == trends[0].stories
    assert library.category("llm", DAY, most=1).more


def test_similar_stories_are_others_of_the_same_kind_about_the_same(tmp_path: Path) -> None:
    decoding = (
        "Speculative decoding lets a draft model propose tokens that a larger verifier accepts or rejects."
    )
    rows = [
        (
            story(item(1, "Speculative decoding with trees", f"{decoding} Trees of drafts are verified.")),
            "llm",
        ),
        (story(item(2, "Drafting for speculative decoding", f"{decoding} Drafting costs little.")), "llm"),
        (
            story(item(3, "Protein folding at scale", "Protein structures are folded by diffusion.")),
            "medicine",
        ),
    ]
    talk = story(item(4, "Speculative decoding is in a phone", decoding, kind="news"))
    shown = edition(rows), edition([(talk, "ai-products")], kind="news")
    library = services_over(kept(tmp_path, *shown)).library
    record = library.story("arxiv:2411.00001")
    assert record is not None
    assert [hit.id for hit in library.similar(record)] == ["arxiv:2411.00002"]
    unlike = library.story("arxiv:2411.00003")
    assert unlike is not None
    assert library.similar(unlike) == ()


def test_papers_that_only_link_their_code_are_not_alike(tmp_path: Path) -> None:
    linked = (
        r"Code is at \url{this https URL} and \href{this https URL}{this https URL}, https://github.com/a/b."
    )
    rows = [
        (story(item(1, "Historical Turkish corpora", f"Corpora of Ottoman are annotated. {linked}")), "llm"),
        (story(item(2, "Chemical reasoning improves", f"Molecules are planned stepwise. {linked}")), "llm"),
    ]
    library = services_over(kept(tmp_path, edition(rows))).library
    record = library.story("arxiv:2411.00001")
    assert record is not None
    assert library.similar(record) == ()


def test_the_similar_story_with_the_similar_title_comes_first(tmp_path: Path) -> None:
    shared = "Speculative decoding lets a draft model propose tokens that a verifier accepts."
    rows = [
        (story(item(1, "Speculative decoding with drafts", shared)), "llm"),
        (story(item(2, "Serving costs of chat", f"{shared} Serving costs fall.")), "llm"),
        (story(item(3, "Speculative decoding with trees", f"{shared} Serving costs fall.")), "llm"),
    ]
    library = services_over(kept(tmp_path, edition(rows))).library
    record = library.story("arxiv:2411.00001")
    assert record is not None
    assert [hit.id for hit in library.similar(record)] == ["arxiv:2411.00003", "arxiv:2411.00002"]


def test_sources_and_runs_are_told(library: Library) -> None:
    health = library.source_health(DAY, days=30)
    assert health
    assert all(source.good == len(source.days) for source in health)
    assert library.runs(2)[0].id > library.runs(2)[1].id
    assert library.runs(9, before=2)[0].id == 1


def test_the_mark_changes_with_the_archive_and_only_then(tmp_path: Path) -> None:
    path = kept(tmp_path, founding())
    library = open_view(path)
    first = library.mark()
    library.edition(DAY, "papers")
    assert library.mark() == first
    open_archive(path).save_editions([news()])
    assert library.mark() != first


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("this is no database at all, " * 50)
    with pytest.raises(ArchiveError):
        open_view(tmp_path / "text.sqlite")


def test_profiles_see_their_own_editions(tmp_path: Path, library: Library) -> None:
    path = kept(tmp_path, founding())
    open_archive(path, profile="me").save_editions([news()])
    ours = Library(open_view(path), library.searcher, library.taxonomy)
    assert ours.profiles() == ("", "me")
    assert ours.edition(DAY, "news") is None
    assert ours.of("me").edition(DAY, "news") is not None
    assert ours.of("me").edition(DAY, "papers") is None


def test_words_that_stand_together_as_in_a_story_make_another_nearer_than_the_same_words_apart(
    tmp_path: Path,
) -> None:
    rows = [
        (
            story(item(1, "Neural radiance fields", "Radiance fields of sparse voxel octrees are rendered.")),
            "llm",
        ),
        (story(item(3, "Fast rendering", "We render sparse voxel octrees of radiance fields.")), "llm"),
        (story(item(2, "Fast rendering", "Octrees are sparse, fields voxel, radiance rendered.")), "llm"),
    ]
    library = services_over(kept(tmp_path, edition(rows))).library
    record = library.story("arxiv:2411.00001")
    assert record is not None
    assert [hit.id for hit in library.similar(record)][:1] == ["arxiv:2411.00003"]
