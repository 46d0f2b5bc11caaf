"""Writing in two waves: what stands, what falls, and who takes over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from daybrief.errors import ModelUnavailable, WriterError
from daybrief.model import Author, Claim, Filed, Item, Judged, Part, Quote, Ranked, Story, Usage, Verdict
from daybrief.ports import Attempt, Reading
from daybrief.stages.write import Assignment, write

NAMES = Author(name="fake", version="1")


def paper(number: int, continues: date | None = None) -> Ranked:
    item = Item(
        key=f"k{number}", source="s", kind="paper", title="T", url="https://a.example/", text="A text."
    )
    story = Story(
        id=item.key, kind="paper", items=(item,), first_seen=date(2024, 11, 26), continues=continues
    )
    return Ranked(filed=Filed(story=story, category="llm", confidence=1.0, why=""), score=1.0)


def claim(one: Ranked, text: str, part: Part = "theme", *, quoted: bool = True) -> Claim:
    quote = Quote(item_key=one.story.id, source="s", start=0, end=7, text="A text.")
    return Claim(text=text, part=part, quotes=(quote,) if quoted else (), stories=(one.story.id,))


class Alone:
    """Reads and sums up one after another."""

    author = Author(name="embedded", version="1")

    def read(self, ranked: Ranked) -> tuple[Claim, ...]:
        return (claim(ranked, "extract"), claim(ranked, "extract finding", "finding"))

    def synthesise(self, reading: Reading) -> tuple[Claim, ...]:
        return reading.claims


class AtOnce(Alone):
    """Reads everything in one call, and says how often it was called."""

    author = NAMES

    def __init__(self, says: Callable[[Ranked], Attempt], sums_up: WriterError | None = None) -> None:
        self.says = says
        self.sums_up = sums_up
        self.calls: list[int] = []

    def read_all(self, ranked: Sequence[Ranked]) -> tuple[Attempt, ...]:
        self.calls.append(len(ranked))
        return tuple(map(self.says, ranked))

    def synthesise_all(self, readings: Sequence[Reading]) -> tuple[Attempt, ...]:
        self.calls.append(len(readings))
        return tuple(Attempt(claims=r.claims, usage=Usage(calls=1), error=self.sums_up) for r in readings)


def judge(claims: Iterable[Claim], _of: Sequence[Ranked]) -> tuple[Judged, ...]:
    """Everything that says `false` falls."""
    return tuple(
        Judged(
            claim=c,
            verdicts=(Verdict(check="fake", outcome="unsupported" if "false" in c.text else "supported"),),
        )
        for c in claims
    )


def section(*numbers: int) -> Assignment:
    return Assignment(category="llm", ranked=tuple(map(paper, numbers)))


def test_all_stories_of_all_sections_are_read_at_once_and_then_all_sections_summed_up() -> None:
    writer = AtOnce(lambda one: Attempt(claims=(claim(one, "said"),), usage=Usage(calls=1)))
    both = write([section(1, 2), section(3)], writer, Alone(), judge)
    assert writer.calls == [3, 2]
    assert [len(w.draft.claims) for w in both] == [2, 1]
    assert [w.draft.usage.calls for w in both] == [3, 2]


def test_a_writer_that_reads_one_by_one_gives_the_same() -> None:
    (one,) = write([section(1)], Alone(), Alone(), judge)
    assert [c.text for c in one.draft.claims] == ["extract", "extract finding"]


def test_a_story_the_writer_cannot_read_is_read_by_the_fallback_and_named() -> None:
    down = ModelUnavailable("down", hint="see")
    writer = AtOnce(
        lambda one: Attempt(error=down) if one.story.id == "k1" else Attempt(claims=(claim(one, "x"),))
    )
    (one,) = write([section(1, 2)], writer, Alone(), judge)
    assert one.draft.fallbacks == ("k1",)
    assert one.draft.why == ("down (see)",)
    assert one.draft.author == NAMES
    assert [c.text for c in one.draft.claims] == ["extract", "extract finding", "x"]


def test_when_the_fallback_wrote_everything_it_is_the_author() -> None:
    writer = AtOnce(lambda _one: Attempt(error=ModelUnavailable("down")), sums_up=ModelUnavailable("down"))
    (one,) = write([section(1)], writer, Alone(), judge)
    assert one.draft.author.name == "embedded"
    assert one.draft.why == ("down",)
    assert writer.calls == [1, 0], "and the writer is not asked to sum up what it could not read"


def test_a_section_that_cannot_be_summed_up_still_has_what_was_read() -> None:
    says = lambda one: Attempt(claims=(claim(one, "said"),), usage=Usage(calls=1))
    (one,) = write([section(1)], AtOnce(says, sums_up=ModelUnavailable("down")), Alone(), judge)
    assert [c.text for c in one.draft.claims] == ["said"]
    assert one.draft.author == NAMES
    assert one.draft.usage.calls == 2
    assert one.draft.why == ("down",)


def test_a_sentence_that_falls_is_replaced_by_the_extract_of_its_part_and_counted() -> None:
    says = lambda one: Attempt(claims=(claim(one, "said"), claim(one, "false", "finding")))
    (one,) = write([section(1)], AtOnce(says), Alone(), judge)
    assert [c.text for c in one.draft.claims] == ["said", "extract finding"]
    assert [j.claim.text for j in one.failed] == ["false"]


def test_a_sentence_without_a_quote_falls_whatever_the_checks_say() -> None:
    says = lambda one: Attempt(claims=(claim(one, "bare", quoted=False),))
    (one,) = write([section(1)], AtOnce(says), Alone(), judge)
    assert [c.text for c in one.draft.claims] == ["extract"]
    assert [j.claim.text for j in one.failed] == ["bare"]


def test_a_story_printed_before_is_not_read_again() -> None:
    writer = AtOnce(lambda one: Attempt(claims=(claim(one, "said"),)))
    ranked = (paper(1), paper(2, continues=date(2024, 11, 25)))
    (one,) = write([Assignment(category="llm", ranked=ranked)], writer, Alone(), judge)
    assert writer.calls[0] == 1
    assert one.draft.ranked == ranked
