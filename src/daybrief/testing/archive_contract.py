"""The contract that every archive must pass, whatever its database, and small values to fill one with.

from daybrief.testing.archive_contract import ArchiveContract

class TestMyArchive(ArchiveContract):
    @pytest.fixture
    def archive(self) -> Archive: ...  # a new, empty one
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from daybrief.errors import AlreadyRunning
from daybrief.languages import DEFAULT, SOURCE
from daybrief.model import (
    Author,
    Category,
    Chart,
    Checked,
    Draft,
    Dropped,
    Edition,
    EditionKind,
    Example,
    Filed,
    Harvest,
    Item,
    Ledger,
    Ranked,
    Receipt,
    Section,
    Story,
    Window,
    to_json,
)
from daybrief.ports import Archive, KeptDay
from daybrief.testing.archives import DAY, LATER, NEXT, NOW, OutboxContract, message_of

AWKWARD = "NUL \x00, line\u2028break, \ud55c\uae00, \U0001f9e0, ' OR 1=1 --, \\, %s, :name, \x7f"


def window_of(day: date) -> Window:
    """A civil day in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Window(day=day, zone="UTC", start=start, end=start + timedelta(days=1))


def story_of(*items: Item, identity: str = "", day: date = DAY) -> Story:
    """A story of these items, known by the first one's key."""
    return Story(id=identity or items[0].key, kind=items[0].kind, items=items, first_seen=day)


def paper(number: int | str, source: str = "arxiv", **rest: Any) -> Item:
    """A paper; `rest` sets or replaces its fields."""
    url = f"https://arxiv.org/abs/2411.{number}"
    named: dict[str, Any] = {
        "key": f"arxiv:2411.{number}",
        "title": f"Paper {number}",
        "text": f"We study {number}. " * 20,
    }
    return Item(source=source, kind="paper", url=url, **{**named, **rest})


def edition_of(
    stories: Sequence[Story], *, day: date = DAY, kind: EditionKind = "papers", category: str = "others"
) -> Edition:
    """An edition of one section with these stories and nothing claimed of them."""
    ranked = tuple(
        Ranked(filed=Filed(story=s, category=category, confidence=1.0, why=""), score=1.0) for s in stories
    )
    filed_under = Category(id=category, kind="both", emoji="x", name={SOURCE: category}, definition="")
    draft = Draft(category=category, ranked=ranked, claims=(), author=Author(name="none", version="1"))
    section = Section(category=filed_under, checked=Checked(draft=draft, judged=()))
    return Edition(
        window=window_of(day),
        kind=kind,
        language=SOURCE,
        state="fresh",
        sections=(section,),
        chart=Chart(title="", alt="", bars=()),
        ledger=Ledger(),
        sources=(),
        taxonomy="1",
        made_at=datetime(2024, 11, 26, 9, tzinfo=UTC),
        made_by="test",
    ).sealed()


class ArchiveContract(OutboxContract):
    """The promises of any archive, whatever its database; the fixture `archive` gives a new, empty one."""

    def test_a_new_one_is_empty_and_whole(self, archive: Archive) -> None:
        assert archive.latest(5) == ()
        assert archive.check() == ()

    def test_two_profiles_share_what_was_collected_and_nothing_that_was_told(self, archive: Archive) -> None:
        edition = edition_of([story_of(paper(15124))])
        archive.save_harvests(window_of(DAY), [Harvest(source="arxiv", state="fresh", items=(paper(15124),))])
        archive.of("team").save_editions([edition])
        assert archive.edition(DAY, "papers") is None
        assert archive.of("team").edition(DAY, "papers") == edition
        assert archive.recent(NEXT, 7) == ()
        assert [known.title for known in archive.of("team").recent(NEXT, 7)] == [paper(15124).title]
        assert archive.of("team").harvests(DAY) == archive.harvests(DAY)

    def test_a_day_s_harvests_come_back_as_they_were_and_a_second_call_replaces_them(
        self, archive: Archive
    ) -> None:
        gone = (Dropped(ref="x", reason="no-title"),)
        first = Harvest(
            source="arxiv", state="fresh", items=(paper(15124), paper(12946)), dropped=gone, requests=3
        )
        second = Harvest(source="hn", state="failed", error="Unavailable: x", hint="wait")
        archive.save_harvests(window_of(DAY), [first, second])
        assert archive.harvests(DAY) == (first, second)
        archive.save_harvests(window_of(DAY), [second])
        assert archive.harvests(DAY) == (second,)
        assert archive.harvests(NEXT) == ()

    def test_an_item_found_twice_by_one_source_is_kept_twice(self, archive: Archive) -> None:
        twice = Harvest(source="arxiv", state="fresh", items=(paper(15124), paper(15124)))
        archive.save_harvests(window_of(DAY), [twice, twice])
        assert archive.harvests(DAY) == (twice, twice)

    def test_an_imported_item_belongs_to_every_day_it_was_imported_for(self, archive: Archive) -> None:
        assert archive.add_items([(DAY, paper(1)), (DAY, paper(2)), (DAY, paper(2))], NOW) == 2
        assert archive.add_items([(DAY, paper(1)), (NEXT, paper(1))], NOW) == 1
        assert archive.imported(window_of(DAY)) == (paper(1), paper(2))
        assert archive.imported(window_of(NEXT)) == (paper(1),)

    def test_an_item_imported_again_for_its_day_replaces_the_first_there_alone(
        self, archive: Archive
    ) -> None:
        archive.add_items([(DAY, paper(1)), (NEXT, paper(1))], NOW)
        better = paper(1, title="A better title")
        assert archive.add_items([(DAY, better)], NOW) == 0
        assert archive.imported(window_of(DAY)) == (better,)
        assert archive.imported(window_of(NEXT)) == (paper(1),)

    def test_imported_items_are_pending_until_a_run_of_their_day_has_seen_them(
        self, archive: Archive
    ) -> None:
        archive.add_items([(DAY, paper(1))], NOW)
        assert archive.pending(window_of(DAY))
        assert not archive.pending(window_of(NEXT))
        archive.settle(window_of(DAY), archive.imported(window_of(DAY)))
        assert not archive.pending(window_of(DAY))
        archive.add_items([(DAY, paper(1))], NOW)
        assert not archive.pending(window_of(DAY)), "the same again is nothing new"
        seen = archive.imported(window_of(DAY))
        archive.add_items([(DAY, paper(1, title="A better title"))], NOW)
        archive.settle(window_of(DAY), seen)
        assert archive.pending(window_of(DAY)), "what was replaced in the meantime was not seen"

    def test_imported_items_are_listed_among_what_was_collected_before_any_run(
        self, archive: Archive
    ) -> None:
        archive.add_items([(DAY, paper(1))], NOW)
        assert archive.harvests(DAY) == (Harvest(source="import", state="waiting", items=(paper(1),)),)
        mark = archive.marks()[DAY]
        archive.settle(window_of(DAY), [paper(1)])
        assert archive.harvests(DAY)[0].state == "fresh"
        archive.add_items([(DAY, paper(2))], NOW)
        assert archive.marks()[DAY] != mark

    def test_thousands_of_keys_are_no_problem(self, archive: Archive) -> None:
        many = [paper(10_000 + n, announced=DAY) for n in range(2_000)]
        assert archive.add_items([(DAY, item) for item in many], NOW) == 2_000
        archive.save_editions([edition_of([story_of(i) for i in many])])
        assert len(archive.remembered([i.key for i in many], NEXT)) == 2_000

    def test_a_printed_story_is_remembered_by_each_of_its_keys(self, archive: Archive) -> None:
        hf = paper(15124, "hf", aliases=("doi:10.1/x",), version=1)
        archive.save_editions([edition_of([story_of(hf, paper(15124, version=2))], category="llm")])
        for key in ("arxiv:2411.15124", "doi:10.1/x"):
            (known,) = archive.remembered([key], NEXT)
            assert known.story == "arxiv:2411.15124"
            assert known.keys == ("arxiv:2411.15124", "doi:10.1/x")
            assert known.sources == ("hf", "arxiv")
            assert (known.version, known.category) == (2, "llm")
            assert (known.first_seen, known.last_seen) == (DAY, DAY)
        assert archive.remembered(["arxiv:2411.00000"], NEXT) == ()
        assert archive.remembered([], NEXT) == ()

    def test_what_was_told_over_several_days_is_told_together(self, archive: Archive) -> None:
        archive.save_editions([edition_of([story_of(paper(1, version=1))])])
        again = paper(1, "hn", key="url:x.org/1")
        archive.save_editions([edition_of([story_of(again, identity="arxiv:2411.1")], day=NEXT)])
        (known,) = archive.remembered(["url:x.org/1"], LATER)
        assert (known.first_seen, known.last_seen) == (DAY, NEXT)
        assert set(known.sources) == {"arxiv", "hn"}
        assert set(known.keys) == {"arxiv:2411.1", "url:x.org/1"}
        assert known.version == 1

    def test_remaking_a_day_sees_neither_that_day_nor_later_ones(self, archive: Archive) -> None:
        for day in (DAY, NEXT, LATER):
            archive.save_editions([edition_of([story_of(paper(1, f"source-{day.day}"))], day=day)])
        assert archive.remembered(["arxiv:2411.1"], DAY) == ()
        assert archive.recent(DAY, 100) == ()
        (known,) = archive.remembered(["arxiv:2411.1"], NEXT)
        assert known.sources == ("source-26",)
        assert known.last_seen == DAY

    def test_recent_goes_back_as_many_days_as_asked(self, archive: Archive) -> None:
        archive.save_editions([edition_of([story_of(paper(1))])])
        archive.save_editions([edition_of([story_of(paper(2))], day=NEXT)])
        assert [r.story for r in archive.recent(LATER, 1)] == ["arxiv:2411.2"]
        assert [r.story for r in archive.recent(LATER, 2)] == ["arxiv:2411.1", "arxiv:2411.2"]
        assert len(archive.recent(date(1, 1, 3), 10)) == 0

    def test_an_edition_made_anew_takes_the_place_of_the_old_and_of_its_memory(
        self, archive: Archive
    ) -> None:
        archive.save_editions(
            [edition_of([story_of(paper(1))]), edition_of([story_of(paper(3))], kind="news")]
        )
        archive.save_editions([edition_of([story_of(paper(2))])])
        assert [r.story for r in archive.recent(NEXT, 1)] == ["arxiv:2411.2", "arxiv:2411.3"]
        assert archive.remembered(["arxiv:2411.1"], NEXT) == ()
        assert archive.check() == ()

    def test_editions_come_newest_first_and_papers_before_news(self, archive: Archive) -> None:
        made = [edition_of([], day=day, kind=kind) for day in (DAY, NEXT) for kind in ("news", "papers")]
        archive.save_editions(made)
        assert [(e.window.day, e.kind) for e in archive.latest(3)] == [
            (NEXT, "papers"),
            (NEXT, "news"),
            (DAY, "papers"),
        ]
        assert archive.edition(DAY, "news") == made[0]
        assert archive.edition(LATER, "news") is None

    def test_an_edition_that_is_held_already_is_not_read_again(self, archive: Archive) -> None:
        known, other = edition_of([story_of(paper(1))]), edition_of([story_of(paper(2))], day=NEXT)
        archive.save_editions([known, other])
        latest = archive.latest(9, [known])
        assert latest == (other, known)
        assert latest[1] is known
        assert latest[0] is not other

    def test_receipts_are_kept_in_order_and_replaced(self, archive: Archive) -> None:
        notes = [
            Receipt(publisher=p, path=f"{p}.md", digest="d", delivered_at=NOW, error=e)
            for p, e in ("xy", "az")
        ]
        archive.save_receipts(DAY, notes)
        assert archive.receipts(DAY) == tuple(notes)
        archive.save_receipts(DAY, notes[:1])
        assert archive.receipts(DAY) == (notes[0],)
        archive.save_receipts(DAY, [])
        assert archive.receipts(DAY) == ()

    def test_runs_are_listed_newest_first_with_what_they_took(self, archive: Archive) -> None:
        first, second = archive.begin(DAY, NOW), archive.begin(DAY, NOW)
        archive.end(first, NOW + timedelta(seconds=5), "complete", "fine", {"collect": 1.5})
        newest, oldest = archive.runs(10)
        assert (newest.id, newest.outcome, newest.ended_at, newest.seconds) == (second, "running", None, {})
        assert (oldest.outcome, oldest.note, oldest.seconds) == ("complete", "fine", {"collect": 1.5})
        assert oldest.ended_at == NOW + timedelta(seconds=5)
        assert [r.id for r in archive.runs(1)] == [second]

    def test_days_are_kept_at_once_as_they_are_one_by_one(self, archive: Archive) -> None:
        archive.add_items([(DAY, paper(1)), (NEXT, paper(2)), (NEXT, paper(3))], NOW)
        first, other = edition_of([story_of(paper(1))]), edition_of([story_of(paper(1))], kind="news")
        second = edition_of([story_of(paper(2))], day=NEXT)
        packed = {"": (zlib.compress(to_json(second)),)}  # as a worker hands it on
        whole = partial(KeptDay, outcome="complete", note="at once")
        day = whole(window=window_of(DAY), seen=(paper(1),), editions={"": (first, other), "team": (first,)})
        after = whole(window=window_of(NEXT), seen=(paper(2),), editions={"": (second,)}, packed=packed)
        with archive.kept_open():
            for _ in range(2):  # the same again changes no edition
                archive.save_days([day, after], NOW, NOW + timedelta(seconds=5))
            assert archive.edition(DAY, "papers") == first
        assert (archive.edition(DAY, "news"), archive.edition(NEXT, "papers")) == (other, second)
        assert (archive.of("team").edition(DAY, "papers"), archive.of("team").days()) == (first, (DAY,))
        assert [known.story for known in archive.recent(LATER, 5)] == [paper(1).key, paper(2).key]
        assert not archive.pending(window_of(DAY))
        assert archive.pending(window_of(NEXT)), "one of its items was not seen"
        noted = archive.runs(2)
        assert [(r.day, r.note) for r in noted] == [(NEXT, "at once"), (DAY, "at once")]
        assert {(r.outcome, r.ended_at) for r in noted} == {("complete", NOW + timedelta(seconds=5))}
        assert archive.check() == ()

    def test_what_is_liked_is_kept_by_profile_and_key(self, archive: Archive) -> None:
        me = archive.of("me")
        liked = Example(key="k", liked=True, title="One", text="text", added_at=NOW)
        older = Example(key="z", liked=False, title="Two", origin="seed", added_at=NOW - timedelta(days=1))
        me.save_examples([liked, older])
        assert me.examples() == (older, liked)
        assert archive.examples() == ()
        me.save_examples([msgspec.structs.replace(liked, liked=False)])
        assert [example.liked for example in me.examples()] == [False, False]
        assert me.forget_example("k")
        assert not me.forget_example("k")
        assert me.examples() == (older,)

    def test_an_item_is_known_by_its_key_with_a_text_if_there_is_one(self, archive: Archive) -> None:
        bare = paper(1, "hn", text="")
        archive.save_harvests(window_of(DAY), [Harvest(source="arxiv", state="fresh", items=(paper(1),))])
        archive.save_harvests(window_of(NEXT), [Harvest(source="hn", state="fresh", items=(bare,))])
        assert archive.known(["arxiv:2411.1", "arxiv:2411.9"]) == (paper(1),)
        assert [row.day for row in archive.items(["arxiv:2411.1"])] == [NEXT, DAY]

    def test_the_mark_changes_with_the_archive_and_only_then(self, archive: Archive) -> None:
        first = archive.mark()
        archive.latest(1)
        assert archive.mark() == first
        archive.save_editions([edition_of([story_of(paper(1))])])
        assert archive.mark() != first

    def test_a_day_s_mark_changes_with_the_day_alone(self, archive: Archive) -> None:
        for day in (NEXT, DAY):
            archive.save_editions([edition_of([story_of(paper(1))], day=day)])
        before = archive.marks()
        archive.save_editions([edition_of([story_of(paper(2))], day=NEXT)])
        after = archive.marks()
        assert list(after) == [DAY, NEXT]
        assert before[DAY] == after[DAY]
        assert before[NEXT] != after[NEXT]

    def test_a_day_s_mark_changes_with_its_harvests_and_its_imports(self, archive: Archive) -> None:
        seen: list[str] = []

        def changed() -> bool:
            seen.append(archive.marks().get(DAY, ""))
            return len(set(seen)) == len(seen)

        assert archive.marks() == {}
        first, other = paper(1), paper(2)
        for harvests in (
            [Harvest(source="arxiv", state="fresh", items=(first,))],
            [Harvest(source="arxiv", state="fresh", items=(first, other))],
            [Harvest(source="arxiv", state="failed", items=(first, other))],
            [
                Harvest(source="arxiv", state="failed", items=(first,)),
                Harvest(source="hn", state="fresh", items=(other,)),
            ],
        ):
            archive.save_harvests(window_of(DAY), harvests)
            assert changed()
            assert archive.marks()[DAY] == seen[-1]
        archive.add_items([(DAY, paper(3))], NOW)
        assert changed()
        assert list(archive.marks()) == [DAY]
        assert len(seen[-1]) == 8

    def test_a_story_is_remembered_with_every_key_source_version_and_day(self, archive: Archive) -> None:
        first = paper(1, aliases=("doi:1", "url:a"), version=1)
        later = paper(1, "hn", aliases=("doi:1", "url:b"), version=3)
        archive.save_editions([edition_of([story_of(first)], category="llm")])
        archive.save_editions([edition_of([story_of(later)], day=NEXT, category="others")])
        (known,) = archive.remembered(["url:a"], LATER)
        assert (known.first_seen, known.last_seen, known.version) == (DAY, NEXT, 3)
        assert known.keys == ("arxiv:2411.1", "doi:1", "url:a", "url:b")
        assert (known.sources, known.category) == (("arxiv", "hn"), "others")
        assert archive.recent(LATER, 1) == archive.recent(LATER, 9) == (known,)
        (before,) = archive.remembered(["url:a"], NEXT)
        assert (before.last_seen, before.version, before.sources) == (DAY, 1, ("arxiv",))
        assert archive.remembered(["url:a"], DAY) == archive.recent(DAY, 9) == ()
        assert archive.of("other").remembered(["url:a"], LATER) == ()

    def test_a_reader_finds_days_stories_and_counts(self, archive: Archive) -> None:
        archive.save_editions([edition_of([story_of(paper(1)), story_of(paper(2))], category="llm")])
        archive.save_editions([edition_of([story_of(paper(1, aliases=("doi:1",)))], day=NEXT, kind="news")])
        assert archive.days() == (DAY, NEXT)
        assert archive.profiles() == ("",)
        assert [(row.day, row.kind, row.stories) for row in archive.editions(DAY, NEXT)] == [
            (NEXT, "news", 1),
            (DAY, "papers", 2),
        ]
        assert archive.keys_of("doi:1") == ("arxiv:2411.1", ("arxiv:2411.1", "doi:1"))
        assert archive.keys_of("nothing") == ("", ())
        assert [row.day for row in archive.printed(["arxiv:2411.1"])] == [NEXT, DAY]
        assert [row.story for row in archive.printed_in("llm", 1)] == ["arxiv:2411.1"]
        assert archive.printed_in("llm", 9, before=DAY) == ()
        assert [(row.category, row.stories) for row in archive.counts(DAY, DAY)] == [("llm", 2)]

    def test_how_sources_did_is_told_without_their_items(self, archive: Archive) -> None:
        first = Harvest(source="arxiv", state="fresh", items=(paper(1), paper(2)))
        second = Harvest(source="hn", state="failed", error="down")
        archive.save_harvests(window_of(DAY), [first, second])
        rows = archive.harvest_rows(DAY, NEXT)
        assert [(row.day, row.harvest.source, row.items) for row in rows] == [
            (DAY, "arxiv", 2),
            (DAY, "hn", 0),
        ]
        assert all(row.harvest.items == () for row in rows)

    def test_whatever_order_days_were_saved_in_they_are_listed_in_their_own(self, archive: Archive) -> None:
        for day in (LATER, DAY, NEXT):
            archive.save_harvests(
                window_of(day),
                [
                    Harvest(source="z", state="fresh"),
                    Harvest(source="a", state="fresh", items=(paper(2), paper(1))),
                ],
            )
            story = story_of(paper(day.day))
            archive.save_editions(
                [
                    edition_of([story], day=day, kind="news", category="b"),
                    edition_of([story], day=day, kind="papers", category="a"),
                ]
            )
        rows = archive.harvest_rows(DAY, NEXT)
        assert [(row.day, row.harvest.source, row.items) for row in rows] == [
            (day, source, count) for day in (DAY, NEXT) for source, count in (("z", 0), ("a", 2))
        ]
        assert [h.source for h in archive.harvests(DAY)] == ["z", "a"]
        assert [item.key for item in archive.harvests(DAY)[1].items] == [paper(2).key, paper(1).key]
        assert archive.days() == tuple(archive.digests()) == (DAY, NEXT, LATER)
        printed = {(day, kind): d for day, each in archive.digests().items() for kind, d in each.items()}
        assert printed == {(row.day, row.kind): row.digest for row in archive.editions(DAY, LATER)}
        counted = [(row.day, row.edition, row.category, row.stories) for row in archive.counts(DAY, NEXT)]
        assert counted == [
            (day, *rest) for day in (DAY, NEXT) for rest in (("news", "b", 1), ("papers", "a", 1))
        ]
        listed = [(row.day, row.kind) for row in archive.editions(NEXT, LATER)]
        assert listed == [(day, kind) for day in (LATER, NEXT) for kind in ("papers", "news")]
        assert archive.of("other").counts(DAY, LATER) == ()
        assert archive.of("other").editions(DAY, LATER) == ()
        assert archive.of("other").days() == archive.of("other").latest(9) == ()
        assert archive.of("other").digests() == {}

    def test_a_list_of_days_shows_each_edition_s_head_and_its_largest_categories_first(
        self, archive: Archive
    ) -> None:
        made = edition_of([story_of(paper(n)) for n in (1, 2)], category="z")
        sections = [*made.sections, *edition_of([story_of(paper(3))], category="b").sections]
        sections += edition_of([story_of(paper(n)) for n in (4, 5)], category="a").sections
        made = msgspec.structs.replace(
            made, sections=tuple(sections), state="waiting", language=DEFAULT, digest=""
        ).sealed()
        archive.save_editions([made])
        for again in (archive, archive.of("")):
            (row,) = again.editions(DAY, DAY)
            assert (row.day, row.kind, row.state, row.language) == (DAY, "papers", "waiting", DEFAULT)
            assert (row.digest, row.made_at) == (made.digest, made.made_at)
            assert (row.stories, row.categories) == (5, (("a", 2), ("z", 2), ("b", 1)))
        changed = msgspec.structs.replace(made, state="fresh", digest="").sealed()
        archive.save_editions([changed])
        assert [(row.state, row.digest) for row in archive.editions(DAY, DAY)] == [("fresh", changed.digest)]

    def test_one_edition_that_is_there_does_not_keep_the_next_from_being_saved(
        self, archive: Archive
    ) -> None:
        first, second = edition_of([story_of(paper(1))]), edition_of([story_of(paper(2))], day=NEXT)
        archive.save_editions([first])
        archive.save_editions([first, second])
        assert archive.latest(9) == (second, first)

    def test_a_printed_story_is_shown_with_its_place_its_sources_and_its_kind(self, archive: Archive) -> None:
        both = story_of(paper(1, "hf"), paper(1, "arxiv"))
        archive.save_editions(
            [
                edition_of([both, story_of(paper(2)), story_of(paper(3, title="A first"))], category="llm"),
                edition_of([both], kind="news", category="llm"),
                edition_of([both], day=NEXT, category="llm"),
            ]
        )
        rows = archive.printed([both.id])
        assert [(row.day, row.edition) for row in rows] == [(NEXT, "papers"), (DAY, "papers"), (DAY, "news")]
        assert {(row.story, row.kind, row.title, row.category, row.sources) for row in rows} == {
            (both.id, "paper", "Paper 1", "llm", ("hf", "arxiv"))
        }
        listed = archive.printed_in("llm", 9)
        assert [(row.day, row.edition, row.title) for row in listed] == [
            (NEXT, "papers", "Paper 1"),
            (DAY, "papers", "A first"),
            (DAY, "papers", "Paper 1"),
            (DAY, "papers", "Paper 2"),
            (DAY, "news", "Paper 1"),
        ]
        assert archive.printed_in("llm", 2) == listed[:2]
        assert archive.printed_in("llm", 9, before=NEXT) == listed[1:]
        assert archive.printed_in("others", 9) == archive.of("other").printed_in("llm", 9) == ()
        assert archive.of("other").printed([both.id]) == ()

    def test_a_key_leads_to_the_story_it_names_else_to_the_one_printed_last(self, archive: Archive) -> None:
        old = story_of(paper(1, aliases=("doi:b", "doi:a")))
        new = story_of(paper(2, aliases=("doi:a", "doi:c", old.id)))
        archive.save_editions([edition_of([old])])
        archive.save_editions([edition_of([new], day=NEXT)])
        assert archive.keys_of("doi:a") == (new.id, (new.id, "doi:a", "doi:c", old.id))
        assert archive.keys_of(old.id) == (old.id, (old.id, "doi:b", "doi:a"))
        archive.save_editions([edition_of([story_of(paper(1, aliases=("doi:z",)))], day=LATER)])
        assert archive.keys_of("doi:b") == (old.id, (old.id, "doi:z", "doi:b", "doi:a"))
        assert archive.of("other").keys_of("doi:a") == ("", ())

    def test_what_was_told_is_remembered_in_the_order_of_its_days(self, archive: Archive) -> None:
        for day, source, alias in ((LATER, "c", "doi:3"), (DAY, "b", "doi:2"), (NEXT, "a", "doi:1")):
            printed = paper(1, source, aliases=(alias,), title=f"Title of {source}")
            other = paper(0, source, title="Another")
            archive.save_editions(
                [edition_of([story_of(printed), story_of(other)], day=day, category=source)]
            )
        first, second = archive.remembered([paper(1).key, paper(0).key], LATER + timedelta(days=1))
        assert (first.story, second.story) == (paper(0).key, paper(1).key)
        assert second.keys == (paper(1).key, "doi:2", "doi:1", "doi:3")
        assert second.sources == ("b", "a", "c")
        assert (second.title, second.kind, second.category) == ("Title of c", "paper", "c")
        assert (second.first_seen, second.last_seen, second.version) == (DAY, LATER, None)
        assert archive.recent(LATER + timedelta(days=1), 1) == (first, second)
        assert archive.of("other").recent(LATER, 9) == ()

    def test_items_are_listed_newest_first_in_the_order_of_their_sources_and_imports_last(
        self, archive: Archive
    ) -> None:
        for day in (NEXT, DAY):
            harvests = [
                Harvest(source=s, state="fresh", items=(paper(1, s), paper(2, s))) for s in ("z", "a")
            ]
            archive.save_harvests(window_of(day), harvests)
        archive.add_items([(DAY, paper(1, "late")), (LATER, paper(1, "next")), (DAY, paper(1, "last"))], NOW)
        rows = archive.items([paper(1).key])
        assert [(row.day, row.item.source) for row in rows] == [
            (LATER, "next"),
            (NEXT, "z"),
            (NEXT, "a"),
            (DAY, "z"),
            (DAY, "a"),
            (DAY, "late"),
            (DAY, "last"),
        ]
        assert archive.items([]) == archive.items(["arxiv:none"]) == ()
        assert [row.item.source for row in archive.items([paper(1).key, paper(2).key])][1:5] == [
            "z",
            "z",
            "a",
            "a",
        ]

    def test_an_item_is_known_as_it_was_collected_last_else_imported_else_printed(
        self, archive: Archive
    ) -> None:
        printed = story_of(paper(3, text=""), paper(4, key="url:x"), identity="arxiv:story")
        archive.save_editions([edition_of([story_of(paper(9)), printed])])
        assert archive.known(["arxiv:story"]) == (paper(4, key="url:x"),), "by the story it stands in"
        untold = paper(5, key="url:y", text="")
        archive.save_editions([edition_of([story_of(untold, identity="arxiv:story")], day=NEXT)])
        assert archive.known(["arxiv:story"]) == (untold,), "by the story printed last, and by no other"
        archive.add_items([(DAY, paper(1, title="imported"))], NOW)
        archive.add_items([(NEXT, paper(1, title="imported later"))], NOW + timedelta(hours=1))
        assert [item.title for item in archive.known([paper(1).key])] == ["imported later"]
        for day, title in ((NEXT, "newer"), (DAY, "older")):
            harvests = [
                Harvest(source=s, state="fresh", items=(paper(1, s, title=f"{title} {s}"),))
                for s in ("z", "a")
            ]
            archive.save_harvests(window_of(day), harvests)
        assert [item.title for item in archive.known([paper(1).key])] == ["newer z"]
        bare = [Harvest(source="b", state="fresh", items=(paper(2, "b", text=""), paper(5, "b", text="")))]
        archive.save_harvests(window_of(LATER), bare)
        assert archive.known([paper(2).key, "none", paper(1).key, paper(2).key])[0].source == "b"
        assert len(archive.known([paper(2).key, "none", paper(1).key, paper(2).key])) == 2

    def test_what_is_liked_is_listed_oldest_first_then_by_key(self, archive: Archive) -> None:
        liked = [
            Example(key=key, liked=True, title=key, added_at=NOW + timedelta(hours=hours))
            for key, hours in (("b", 1), ("c", 0), ("a", 1))
        ]
        archive.save_examples(liked)
        assert [example.key for example in archive.examples()] == ["c", "a", "b"]
        assert not archive.of("other").forget_example("a")
        assert archive.of("other").examples() == ()
        archive.of("other").save_examples(liked[:1])
        assert archive.forget_example("b")
        assert archive.of("other").examples() == (liked[0],)
        archive.save_examples([liked[1], msgspec.structs.replace(liked[1], title="again")])
        assert [example.title for example in archive.examples()] == ["again", "a"]

    def test_receipts_are_those_of_a_profile_and_a_day(self, archive: Archive) -> None:
        note = Receipt(publisher="x", path="x.md", digest="d", delivered_at=NOW, error="full")
        archive.save_receipts(DAY, [note])
        assert archive.receipts(NEXT) == archive.of("other").receipts(DAY) == ()
        archive.of("other").save_receipts(DAY, [])
        archive.save_receipts(NEXT, [])
        assert archive.receipts(DAY) == (note,)

    def test_a_run_is_open_until_it_ends_and_older_ones_can_be_asked_for(self, archive: Archive) -> None:
        first, second = archive.begin(DAY, NOW), archive.begin(NEXT, NOW + timedelta(hours=1))
        (newest, oldest) = archive.runs(9)
        assert (newest.day, newest.started_at, newest.ended_at) == (NEXT, NOW + timedelta(hours=1), None)
        assert (oldest.outcome, oldest.note, oldest.seconds) == ("running", "", {})
        for note, seconds in (("first", {"collect": 1.0, "write": 2.0}), ("again", {"write": 3.0})):
            archive.end(second, NOW + timedelta(hours=2), "complete", note, seconds)
        archive.end(first, NOW, "incomplete", "", {"collect": 9.0})
        assert [(run.note, run.seconds) for run in archive.runs(9)] == [
            ("again", {"write": 3.0}),
            ("", {"collect": 9.0}),
        ]
        assert [run.id for run in archive.runs(9, before=second)] == [first]
        assert archive.runs(9, before=first) == ()
        assert archive.check() == ()

    def test_a_day_s_mark_changes_with_a_run_that_collected_and_with_every_profile_s_edition(
        self, archive: Archive
    ) -> None:
        archive.begin(NEXT, NOW)
        assert archive.marks() == {}, "a run alone makes no day"
        archive.save_harvests(window_of(DAY), [Harvest(source="arxiv", state="fresh")])
        marks = [archive.marks()[DAY]]
        run = archive.begin(DAY, NOW)
        marks.append(archive.marks()[DAY])
        archive.end(run, NOW, "complete", "", {})
        marks.append(archive.marks()[DAY])
        archive.of("team").save_editions([edition_of([story_of(paper(1))])])
        marks.append(archive.marks()[DAY])
        archive.save_editions([edition_of([story_of(paper(1))], kind="news")])
        marks.append(archive.marks()[DAY])
        assert len(set(marks)) == len(marks)
        archive.end(archive.begin(DAY, NOW), NOW, "reused", "", {})
        assert archive.marks()[DAY] == marks[-1], "a run that used what was there changes nothing"
        assert list(archive.marks()) == [DAY]

    def test_imported_items_come_in_the_order_of_their_import_and_each_source_s_own(
        self, archive: Archive
    ) -> None:
        first, second = paper(2, "z"), paper(1, "z")
        assert archive.add_items([(DAY, first), (DAY, second), (DAY, paper(2, "a"))], NOW) == 3
        assert archive.imported(window_of(DAY)) == (first, second, paper(2, "a"))
        assert archive.add_items([(DAY, first)], NOW) == 0
        assert archive.pending(window_of(DAY)), "the same again was not seen either"
        mark = archive.marks()[DAY]
        assert archive.add_items([(DAY, paper(2, "z", title="better"))], NOW + timedelta(hours=1)) == 0
        assert archive.marks()[DAY] != mark
        (harvest,) = archive.harvests(DAY)
        assert (harvest.source, harvest.state) == ("import", "waiting")
        assert [item.title for item in harvest.items] == ["better", second.title, paper(2).title]
        archive.settle(window_of(NEXT), list(harvest.items))
        archive.settle(window_of(DAY), [])
        assert archive.pending(window_of(DAY)), "a run of another day, or of nothing, has seen none of them"
        archive.settle(window_of(DAY), list(harvest.items[:2]))
        assert archive.pending(window_of(DAY))
        archive.settle(window_of(DAY), list(harvest.items[2:]))
        assert not archive.pending(window_of(DAY))
        assert archive.harvests(DAY)[0].state == "fresh"
        assert archive.check() == ()

    def test_any_text_comes_back_unchanged(self, archive: Archive) -> None:
        odd = paper(1, title=AWKWARD, text=AWKWARD, key=f"url:{AWKWARD}")
        archive.save_harvests(window_of(DAY), [Harvest(source="arxiv", state="fresh", items=(odd,))])
        archive.add_items([(NEXT, odd)], NOW)
        archive.save_editions([edition_of([story_of(odd)])])
        archive.of("me").save_examples([Example(key=odd.key, liked=True, title=AWKWARD, added_at=NOW)])
        assert archive.harvests(DAY)[0].items == (odd,)
        assert archive.imported(window_of(NEXT)) == (odd,)
        assert [known.title for known in archive.remembered([odd.key], NEXT)] == [AWKWARD]
        assert [row.title for row in archive.printed([odd.key])] == [AWKWARD]
        assert archive.of("me").examples()[0].title == AWKWARD
        assert archive.check() == ()

    def test_a_whole_archive_has_no_problems(self, archive: Archive) -> None:
        archive.save_harvests(window_of(DAY), [Harvest(source="arxiv", state="fresh", items=(paper(1),))])
        archive.save_editions([edition_of([story_of(paper(1))])])
        archive.save_receipts(DAY, [Receipt(publisher="x", path="x", digest="d", delivered_at=NOW)])
        archive.end(archive.begin(DAY, NOW), NOW, "complete", "", {"collect": 1})
        archive.of("me").save_examples([Example(key="k", liked=True, title="t", added_at=NOW)])
        archive.add_items([(DAY, paper(2))], NOW)
        archive.settle(window_of(DAY), archive.imported(window_of(DAY)))
        outbox = archive.outbox()
        outbox.put([message_of()], NOW)
        outbox.mark(outbox.ready()[0].id, "failed", NOW, "refused", attempt=True)
        assert archive.check() == ()
        assert archive.size() > 0

    def test_one_run_at_a_time_holds_the_lock(self, archive: Archive) -> None:
        with archive.lock():
            try:
                with archive.lock():
                    pass
            except AlreadyRunning:
                refused = True
            else:
                refused = False
            assert refused
        with archive.lock():
            pass

    def test_many_threads_write_and_none_is_lost(self, archive: Archive) -> None:
        def write(number: int) -> None:
            for _ in range(5):
                archive.end(archive.begin(DAY, NOW), NOW, "complete", str(number), {"collect": 1.0})

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        runs = archive.runs(99)
        assert len({run.id for run in runs}) == 20
        assert archive.check() == ()
