"""Writing: what stands, what falls, what is repaired, and who takes over."""

from __future__ import annotations

import pickle
import random
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest

from daybrief.errors import ConfigError, ModelUnavailable, WriterError
from daybrief.model import Author, Claim, Filed, Item, Judged, Part, Quote, Ranked, Story, Usage, Verdict
from daybrief.ports import Attempt, Reading
from daybrief.stages.verify import account
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


def claim(ranked: Ranked, text: str, part: Part = "theme", *, quoted: bool = True) -> Claim:
    quote = Quote(item_key=ranked.story.id, source="s", start=0, end=7, text="A text.")
    return Claim(text=text, part=part, quotes=(quote,) if quoted else (), stories=(ranked.story.id,))


class SerialWriter:
    """Reads and sums up one after another."""

    author = Author(name="embedded", version="1")
    concurrency = 1

    def read(self, ranked: Ranked) -> Attempt:
        return Attempt(claims=(claim(ranked, "extract"), claim(ranked, "extract finding", "finding")))

    def synthesise(self, reading: Reading) -> Attempt:
        return Attempt(claims=reading.claims)


class ParallelWriter(SerialWriter):
    """Is asked from several threads, and says how often."""

    author = NAMES
    concurrency = 4

    def __init__(self, says: Callable[[Ranked], Attempt], sums_up: WriterError | None = None) -> None:
        self.says = says
        self.sums_up = sums_up
        self.read_of: list[str] = []
        self.summed_up: list[tuple[str, ...]] = []

    def read(self, ranked: Ranked) -> Attempt:
        self.read_of.append(ranked.story.id)
        return self.says(ranked)

    def synthesise(self, reading: Reading) -> Attempt:
        self.summed_up.append(tuple(c.text for c in reading.claims))
        return Attempt(claims=reading.claims, usage=Usage(calls=1), error=self.sums_up)


class RepairingWriter(ParallelWriter):
    """May be told what was wrong, and then says what it is given to say."""

    def __init__(
        self,
        says: Callable[[Ranked], Attempt],
        repairs: Callable[[Sequence[Judged]], Attempt],
        shared: Sequence[Claim] = (),
    ) -> None:
        super().__init__(says)
        self.repairs = repairs
        self.shared = tuple(shared)
        self.failures: list[tuple[str, ...]] = []

    def synthesise(self, reading: Reading) -> Attempt:
        return Attempt(claims=(*self.shared, *reading.claims), usage=Usage(calls=1))

    def repair_story(self, ranked: Ranked, failed: Sequence[Judged]) -> Attempt:
        self.failures.append(tuple(j.claim.text for j in failed))
        return self.repairs(failed)

    def repair_section(self, reading: Reading, failed: Sequence[Judged]) -> Attempt:
        return self.repair_story(reading.ranked[0], failed)


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


def test_all_stories_of_all_sections_are_read_and_then_each_section_summed_up() -> None:
    writer = ParallelWriter(
        lambda ranked: Attempt(claims=(claim(ranked, f"said {ranked.story.id}"),), usage=Usage(calls=1))
    )
    both = write([section(1, 2), section(3)], writer, SerialWriter(), judge)
    assert sorted(writer.read_of) == ["k1", "k2", "k3"]
    assert sorted(writer.summed_up) == [("said k1", "said k2"), ("said k3",)]
    assert [len(w.draft.claims) for w in both] == [2, 1]
    assert [w.draft.usage.calls for w in both] == [3, 2]


def test_a_section_is_summed_up_while_stories_of_another_are_still_read() -> None:
    second_summed_up = threading.Event()

    class Late(ParallelWriter):
        def synthesise(self, reading: Reading) -> Attempt:
            if reading.claims[0].text == "said k2":
                second_summed_up.set()
            return super().synthesise(reading)

    def says(ranked: Ranked) -> Attempt:
        if ranked.story.id == "k1":
            assert second_summed_up.wait(30), "the first story waits for the second section"
        return Attempt(claims=(claim(ranked, f"said {ranked.story.id}"),))

    first, second = write([section(1), section(2)], Late(says), SerialWriter(), judge)
    assert [c.text for w in (first, second) for c in w.draft.claims] == ["said k1", "said k2"]


def test_a_draft_is_the_same_whatever_the_order_in_which_answers_come() -> None:
    """Stories wait for each other in a shuffled order: the drafts are those of a writer asked in turn."""
    both = [section(*range(1, 7)), section(*range(7, 10))]
    attempt_on = lambda ranked: Attempt(
        claims=(claim(ranked, f"said {ranked.story.id}"), claim(ranked, "false", "finding"))
    )
    wanted = write(both, ParallelWriter(attempt_on), SerialWriter(), judge)
    for seed in range(5):
        order = [f"k{n}" for n in range(1, 10)]
        random.Random(seed).shuffle(order)
        answered = {key: threading.Event() for key in order}
        before = dict(zip(order[1:], order, strict=False))

        def says(ranked: Ranked, before: dict[str, str] = before, answered: Any = answered) -> Attempt:
            if ranked.story.id in before:
                answered[before[ranked.story.id]].wait(30)
            answered[ranked.story.id].set()
            return attempt_on(ranked)

        writer = ParallelWriter(says)
        writer.concurrency = 9
        assert write(both, writer, SerialWriter(), judge) == wanted


def _said(**fields: Any) -> Attempt:
    known = {"text": "a", "part": "gist", "quotes": (), "stories": ("arxiv:1",), "language": "en"}
    return Attempt(claims=(Claim(**known | fields),))


FAILURES: dict[str, Any] = {
    "a bug": RuntimeError("\ud800"), "an exit": SystemExit(1), "a generator's end": GeneratorExit(),
    "no memory": MemoryError(), "too deep": RecursionError(), "nothing": None, "a text": "a text",
    "texts": Attempt(claims=("a text",)), "no usage": Attempt(usage=None),
    "no error": Attempt(error="a text"),
    "no characters": _said(text="\ud800"), "a number": _said(text=7), "no part": _said(part="advert"),
    "no stories": _said(stories=None), "no quotes": _said(quotes=None),
    "a flood": _said(text="word " * 2**20),
    "a count": Attempt(usage=Usage(tokens_in=2**70)),
}  # fmt: skip


@pytest.mark.parametrize("given", FAILURES.values(), ids=FAILURES)
def test_a_writer_that_fails_or_gives_rubbish_costs_its_own_sentences(given: object) -> None:
    def says(ranked: Ranked) -> Any:
        if isinstance(given, BaseException):
            raise given
        return given

    (written,) = write([section(1, 2)], ParallelWriter(says), SerialWriter(), judge)
    assert len(written.draft.fallbacks) == 2
    assert [c.text for c in written.draft.claims][:1] == ["extract"]
    assert all(why.startswith("the writer failed") for why in written.draft.why)
    assert msgspec.json.encode(written.draft)


@pytest.mark.parametrize("raised", [ConfigError("a wrong setting"), KeyboardInterrupt()])
def test_a_wrong_setting_and_a_reader_end_the_writing_and_no_thread_stays_behind(
    raised: BaseException,
) -> None:
    def says(_ranked: Ranked) -> Attempt:
        raise raised

    with pytest.raises(type(raised)):
        write([section(1, 2, 3)], ParallelWriter(says), SerialWriter(), judge)
    for thread in threading.enumerate():
        if thread.name.startswith("writing"):
            thread.join(30)
            assert not thread.is_alive()


def test_a_writer_that_reads_one_by_one_gives_the_same() -> None:
    (written,) = write([section(1)], SerialWriter(), SerialWriter(), judge)
    assert [c.text for c in written.draft.claims] == ["extract", "extract finding"]


def test_a_story_the_writer_cannot_read_is_read_by_the_fallback_and_named() -> None:
    down = ModelUnavailable("down", hint="see")
    writer = ParallelWriter(
        lambda ranked: (
            Attempt(error=down) if ranked.story.id == "k1" else Attempt(claims=(claim(ranked, "x"),))
        )
    )
    (written,) = write([section(1, 2)], writer, SerialWriter(), judge)
    assert written.draft.fallbacks == ("k1",)
    assert written.draft.why == ("down (see)",)
    assert written.draft.author == NAMES
    assert [c.text for c in written.draft.claims] == ["extract", "extract finding", "x"]


def test_when_the_fallback_wrote_everything_it_is_the_author() -> None:
    writer = ParallelWriter(
        lambda _one: Attempt(error=ModelUnavailable("down")), sums_up=ModelUnavailable("down")
    )
    (written,) = write([section(1)], writer, SerialWriter(), judge)
    assert written.draft.author.name == "embedded"
    assert written.draft.why == ("down",)
    assert not writer.summed_up, "the writer is not asked to sum up what it could not read"


def test_a_section_that_cannot_be_summed_up_still_has_what_was_read() -> None:
    says = lambda ranked: Attempt(claims=(claim(ranked, "said"),), usage=Usage(calls=1))
    (written,) = write(
        [section(1)], ParallelWriter(says, sums_up=ModelUnavailable("down")), SerialWriter(), judge
    )
    assert [c.text for c in written.draft.claims] == ["said"]
    assert written.draft.author == NAMES
    assert written.draft.usage.calls == 2
    assert written.draft.why == ("down",)


def test_a_sentence_that_falls_is_replaced_by_the_extract_of_its_part_and_counted() -> None:
    says = lambda ranked: Attempt(claims=(claim(ranked, "said"), claim(ranked, "false", "finding")))
    (written,) = write([section(1)], ParallelWriter(says), SerialWriter(), judge)
    assert [c.text for c in written.draft.claims] == ["said", "extract finding"]
    assert [(f.judged.claim.text, f.fate) for f in written.fallen] == [("false", "replaced")]


def test_a_sentence_without_a_quote_falls_whatever_the_checks_say() -> None:
    says = lambda ranked: Attempt(claims=(claim(ranked, "bare", quoted=False),))
    (written,) = write([section(1)], ParallelWriter(says), SerialWriter(), judge)
    assert [c.text for c in written.draft.claims] == ["extract"]
    assert [(f.judged.claim.text, f.fate) for f in written.fallen] == [("bare", "replaced")]


def test_a_story_printed_before_is_not_read_again() -> None:
    writer = ParallelWriter(lambda ranked: Attempt(claims=(claim(ranked, "said"),)))
    ranked = (paper(1), paper(2, continues=date(2024, 11, 25)))
    (written,) = write([Assignment(category="llm", ranked=ranked)], writer, SerialWriter(), judge)
    assert writer.read_of == ["k1"]
    assert written.draft.ranked == ranked


@pytest.mark.parametrize(
    ("gist", "kept"),
    [(("a gist", "another"), ["a gist"]), (("false",), []), ((), [])],
    ids=["the first sentence", "one that falls", "none"],
)
def test_a_story_printed_before_is_told_in_one_proved_sentence_of_the_fallback(
    gist: tuple[str, ...], kept: list[str]
) -> None:
    class Gists(SerialWriter):
        def read(self, ranked: Ranked) -> Attempt:
            return Attempt(claims=(claim(ranked, "theme"), *(claim(ranked, text, "gist") for text in gist)))

    writer = ParallelWriter(lambda ranked: Attempt(claims=(claim(ranked, "said"),)))
    old = paper(2, continues=date(2024, 11, 25))
    (written,) = write([Assignment(category="llm", ranked=(paper(1), old))], writer, Gists(), judge)
    texts = [judged.claim.text for judged in written.checked.judged if judged.claim.stories == ("k2",)]
    assert texts == kept
    assert writer.summed_up == [("said",)]


WRONG = lambda ranked: Attempt(
    claims=(claim(ranked, "said"), claim(ranked, "false", "finding")), usage=Usage(calls=1)
)


def again(text: str) -> Callable[[Sequence[Judged]], Attempt]:
    """The failed claims with other words."""
    return lambda failed: Attempt(
        claims=tuple(msgspec.structs.replace(j.claim, text=text) for j in failed), usage=Usage(calls=1)
    )


@pytest.mark.parametrize(
    ("second", "printed", "fates"),
    [
        (again("right"), ["said", "right"], {("false", "repaired")}),
        (again("false"), ["said", "extract finding"], {("false", "replaced"), ("false", "again")}),
        (again("more false"), ["said", "extract finding"], {("false", "replaced"), ("more false", "again")}),
        (lambda _failed: Attempt(), ["said", "extract finding"], {("false", "replaced")}),
        (
            lambda _failed: Attempt(error=ModelUnavailable("down"), usage=Usage(calls=1)),
            ["said", "extract finding"],
            {("false", "replaced")},
        ),
    ],
    ids=["good", "the same mistake", "a worse one", "given up", "no answer"],
)
def test_a_sentence_that_falls_is_repaired_once_then_replaced_and_every_fate_is_counted(
    second: Any, printed: list[str], fates: set[tuple[str, str]]
) -> None:
    writer = RepairingWriter(WRONG, second)
    (written,) = write([section(1)], writer, SerialWriter(), judge)
    assert writer.failures == [("false",)], "asked once, with all that failed"
    assert [c.text for c in written.draft.claims] == printed
    assert {(f.judged.claim.text, f.fate) for f in written.fallen} == fates
    entry = account([written.checked], written.fallen)
    assert entry.came_in == entry.kept + sum(len(d.refs) for d in entry.dropped)
    assert entry.kept == len(printed)
    assert written.draft.fallbacks == (), "the writer wrote the story all the same"


def test_what_neither_a_repair_nor_an_extract_can_save_is_dropped() -> None:
    class Poor(SerialWriter):
        def read(self, ranked: Ranked) -> Attempt:
            return Attempt(claims=(claim(ranked, "extract"),))

    (written,) = write([section(1)], RepairingWriter(WRONG, again("false")), Poor(), judge)
    assert [c.text for c in written.draft.claims] == ["said"]
    assert {f.fate for f in written.fallen} == {"dropped", "again"}


def test_all_that_failed_about_a_story_is_repaired_in_one_question() -> None:
    says = lambda ranked: Attempt(claims=(claim(ranked, "false"), claim(ranked, "false too", "finding")))
    writer = RepairingWriter(says, again("right"))
    (written,) = write([section(1)], writer, SerialWriter(), judge)
    assert writer.failures == [("false", "false too")]
    assert [f.fate for f in written.fallen] == ["repaired", "repaired"]


def test_a_story_whose_sentences_stand_is_not_asked_about_again() -> None:
    writer = RepairingWriter(lambda ranked: Attempt(claims=(claim(ranked, "said"),)), again("right"))
    write([section(1, 2)], writer, SerialWriter(), judge)
    assert not writer.failures


@pytest.mark.parametrize(("text", "printed"), [("right", ["right", "said"]), ("false", ["said"])])
def test_a_sentence_over_a_section_is_repaired_once_or_dropped(text: str, printed: list[str]) -> None:
    shared = claim(paper(1), "false over all", "theme")
    writer = RepairingWriter(lambda ranked: Attempt(claims=(claim(ranked, "said"),)), again(text), [shared])
    (written,) = write([section(1)], writer, SerialWriter(), judge)
    assert writer.failures == [("false over all",)]
    assert [c.text for c in written.checked.kept] == printed
    entry = account([written.checked], written.fallen)
    fell = {d.reason: len(d.refs) for d in entry.dropped}
    assert fell == (
        {"unsupported: fake; repaired": 1}
        if text == "right"
        else {"unsupported: fake": 1, "unsupported: fake; again": 1}
    )


# ── several drafts ──────────────────────────────────────────────────────────────────────────────────


class DraftingWriter(ParallelWriter):
    """Has a list of drafts, each a row of texts or an error, and says how many were asked for."""

    concurrency = 1

    def __init__(self, drafts: Sequence[Sequence[str] | WriterError], most: int) -> None:
        super().__init__(lambda ranked: self.redraft(ranked, 1))
        self.rows, self.drafts = drafts, most
        self.numbers: list[int] = []

    def redraft(self, ranked: Ranked, number: int) -> Attempt:
        self.numbers.append(number)
        row = self.rows[number - 1]
        if isinstance(row, WriterError):
            return Attempt(error=row)
        return Attempt(claims=tuple(claim(ranked, text) for text in row), usage=Usage(calls=1))


@pytest.mark.parametrize(
    ("drafts", "most", "numbers", "kept"),
    [
        ((["false a", "b"], ["c", "d"], ["e", "f"]), 1, [1], ["b"]),
        ((["false a", "b"], ["c", "d"], ["e", "f"]), 3, [1, 2], ["c", "d"]),
        ((["a", "b"], ["c", "d", "e"]), 3, [1], ["a", "b"]),
        ((["false a", "b", "c"], ["d"]), 2, [1, 2], ["b", "c"]),
        ((["false a", "b"], ["false c", "d"]), 2, [1, 2], ["b"]),
        ((["false a", "b"], ModelUnavailable("the budget is spent"), ["c"]), 3, [1, 2], ["b"]),
        (([], ["false a", "b"]), 2, [1], ["extract", "extract finding"]),
    ],
    ids=["one", "stops at a whole one", "first is whole", "says less", "first of equals", "budget", "empty"],
)
def test_the_draft_with_the_highest_reward_is_kept(
    drafts: Sequence[Sequence[str] | WriterError], most: int, numbers: list[int], kept: list[str]
) -> None:
    writer = DraftingWriter(drafts, most)
    (written,) = write([section(1)], writer, SerialWriter(), judge)
    assert writer.numbers == numbers
    if drafts[0]:
        assert [c.text for c in written.draft.claims] == kept
        assert written.draft.fallbacks == ()
    calls = sum(not isinstance(drafts[number - 1], WriterError) for number in numbers)
    assert written.draft.usage.calls == calls + 1, "every draft is paid for, kept or not"


def shared(call: Callable[[int], Any], jobs: Sequence[int]) -> dict[int, Any]:
    """As two processes share them: answers travel, and come in another order."""
    return {job: pickle.loads(pickle.dumps(call(job))) for job in reversed(jobs)}


def test_a_large_day_that_processes_share_is_written_the_same() -> None:
    sections = [section(*range(70)), section(), section(*range(70, 80))]
    wanted = write(sections, SerialWriter(), SerialWriter(), judge)
    calls: list[object] = []

    def divide(call: Callable[[int], Any], jobs: Sequence[int], own: Callable[[], None]) -> dict[int, Any]:
        calls.append(jobs)
        own()
        return shared(call, jobs)

    given = (sections, SerialWriter(), SerialWriter(), judge, divide)
    assert write(*given, lambda: calls.append("own work")) == wanted  # type: ignore[arg-type]
    assert calls == [[0, 2, 1], "own work"]  # the largest first; beside it what this process alone does


@pytest.mark.parametrize("concurrency", [1, 4])
def test_own_work_is_done_once_where_nothing_is_shared(concurrency: int) -> None:
    calls: list[str] = []
    writer = SerialWriter()
    writer.concurrency = concurrency
    write([section(1, 2)], writer, SerialWriter(), judge, None, lambda: calls.append("own work"))
    assert calls == ["own work"]


def test_a_small_day_and_a_writer_that_waits_are_not_shared() -> None:
    def divide(call: Callable[[int], Any], jobs: Sequence[int]) -> dict[int, Any]:
        raise AssertionError("it was shared")

    write([section(1, 2)], SerialWriter(), SerialWriter(), judge, divide)
    write(
        [section(*range(70))],
        ParallelWriter(lambda ranked: Attempt(claims=(claim(ranked, "x"),))),
        SerialWriter(),
        judge,
        divide,
    )
