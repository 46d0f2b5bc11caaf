"""The ledger of an edition tells what each stage decided on one item, up to the last."""

from __future__ import annotations

from msgspec.structs import replace

from daybrief.library import Step, path_of
from daybrief.model import Drop, Edition, Entry, Fold, Ledger
from daybrief.testing.editions import edition, item, story

PRINTED = "arxiv:2411.00001"
LEDGER = Ledger(
    entries=(
        Entry(
            stage="collect",
            unit="items",
            came_in=5,
            kept=4,
            dropped=(Drop(reason="not-about-ai", refs=("hacker_news: url:example.org/a",)),),
        ),
        Entry(
            stage="dedupe",
            unit="items",
            came_in=4,
            kept=2,
            merged=2,
            folds=(
                Fold(story="url:example.org/b", refs=("url:example.org/b", "url:example.org/c")),
                Fold(story=PRINTED, refs=(PRINTED, "doi:10.1/x")),
            ),
        ),
        Entry(
            stage="rank",
            unit="stories",
            came_in=2,
            kept=1,
            dropped=(Drop(reason="below-the-most", refs=("url:example.org/b",)),),
        ),
        Entry(
            stage="verify",
            unit="claims",
            came_in=1,
            kept=0,
            dropped=(Drop(reason="polarity", refs=(PRINTED,)),),
        ),
    )
)


def day() -> Edition:
    return replace(edition([(story(item(1, "A title", "We try it.")), "llm")]), ledger=LEDGER)


def stages_of(*keys: str) -> list[tuple[str, str]]:
    return [(step.stage, step.outcome) for step in path_of(day(), frozenset(keys))]


def test_what_a_source_listed_and_collecting_dropped_goes_no_further() -> None:
    assert path_of(day(), frozenset({"url:example.org/a"})) == (
        Step(stage="collect", outcome="dropped", reason="not-about-ai"),
    )


def test_what_became_part_of_a_story_is_followed_under_the_story_s_name() -> None:
    assert stages_of("url:example.org/c") == [("collect", "kept"), ("dedupe", "merged"), ("rank", "dropped")]


def test_a_printed_story_is_kept_by_every_stage_whatever_became_of_its_sentences() -> None:
    assert stages_of(PRINTED) == [("collect", "kept"), ("dedupe", "merged"), ("rank", "kept")]
    assert stages_of("doi:10.1/x")[1] == ("dedupe", "merged")


def test_nothing_is_told_of_what_never_came() -> None:
    assert stages_of("arxiv:1706.03762") == []
