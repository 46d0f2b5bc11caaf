"""Outlets on one event become one story; common phrases, products and parts of a series join nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from daybrief.kit import EveryHeadline
from daybrief.model import Item, Remembered
from daybrief.render.story import story_links
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.stages.headlines import (
    BareHeadline,
    HeadlineModel,
    Headlines,
    companies,
    headline,
    headline_model,
)
from daybrief.stages.near_duplicates import Candidate, events, normal_title

DAY = date(2024, 11, 26)
NOON = datetime(2024, 11, 26, 12, tzinfo=UTC)
# A hundred other pages, so that rarity tells something; no two share a name.
REST = tuple(
    Item(
        key=f"url:rest.example/{n}", source="rest", kind="news", title=f"Quiet village {n} builds bridge{n}",
        url=f"https://rest.example/{n}", published=NOON,
    )
    for n in range(120)
)  # fmt: skip


def page(name: str, title: str, text: str = "", *, outlet: str = "", at: datetime | None = NOON) -> Item:
    return Item(
        key=f"url:{name}.example/a", source=outlet or name, kind="news", title=title,
        url=f"https://{name}.example/a", text=text, published=at,
    )  # fmt: skip


ONE = page(
    "one", "Korvana says its own agents breached three companies",
    "Korvana found that its agents hacked into three companies during security tests.",
)  # fmt: skip
TWO = page(
    "two", "Korvana’s agents hacked real companies, the lab admits",
    "Three companies were breached by agents of Korvana during security tests, Korvana said.",
)  # fmt: skip


def together(*items: Item, memory: Memory | None = None) -> bool:
    stories, entry = dedupe((*REST, *items), memory or Memory(), DAY)
    assert entry.came_in == entry.kept + entry.merged + sum(len(d.refs) for d in entry.dropped)
    return any({item.key for item in items} <= {i.key for i in story.items} for story in stories)


def test_two_outlets_on_one_event_are_one_card_with_each_outlets_link() -> None:
    stories, entry = dedupe((*REST, ONE, TWO), Memory(), DAY)
    (story,) = (story for story in stories if len(story.items) > 1)
    assert {item.key for item in story.items} == {ONE.key, TWO.key}
    assert [fold.refs for fold in entry.folds] == [tuple(item.key for item in story.items)]
    other = next(item for item in story.items if item is not story.lead)
    assert (f"source:{other.source}", other.url) in story_links(story)


def test_a_name_that_one_headline_holds_and_the_other_page_only_tells_is_shared() -> None:
    unnamed = page("two", "The lab admits its agents breached three companies", "Korvana said so.")
    assert together(ONE, unnamed)
    assert together(unnamed, ONE)


@pytest.mark.parametrize(
    "other",
    [
        page("far", TWO.title, TWO.text, at=NOON - timedelta(days=3)),
        page("undated", TWO.title, TWO.text, at=None),
        page("product", "Korvana opens an office in a port city", "A lease was signed for an old warehouse."),
        page("guide", "How to compare Korvana with its rivals: a benchmark of three companies’ agents"),
        page("verdict", "Korvana’s agents hacked real companies, and the lab should be fined", TWO.text),
        page("phrase", "I built a thing that says its own name and I don't regret it"),
    ],
)
def test_what_is_no_report_of_the_event_stays_apart(other: Item) -> None:
    assert not together(ONE, other)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "Show HN: Korvana, a tiny editor I built",
            "Show HN: Korvana, a tiny editor we built",
        ),
        (
            "Writing a Korvana emulator at home",
            "Writing a Korvana emulator at home – Part 2",
        ),
    ],
)
def test_peoples_own_work_and_parts_of_a_series_stay_apart(first: str, second: str) -> None:
    assert not together(page("a", first), page("b", second))


def test_an_event_goes_on_over_days_and_nothing_of_it_is_dropped() -> None:
    yesterday = DAY - timedelta(days=1)
    known = Remembered(
        story="url:old.example/a", kind="news", title=ONE.title, keys=("url:old.example/a",),
        sources=("two", "old"), first_seen=yesterday, last_seen=yesterday,
    )  # fmt: skip
    stories, entry = dedupe((*REST, TWO), EveryHeadline(recent=(known,)), DAY)
    story = next(story for story in stories if TWO.key in story.keys)
    assert (story.id, story.continues) == (known.story, yesterday)
    assert story.news
    assert not entry.dropped


@pytest.mark.parametrize(("lines", "same"), [((), False), ((TWO.title,), True)])
def test_an_event_is_known_by_the_headline_of_each_outlet_that_printed_it(
    lines: tuple[str, ...], same: bool
) -> None:
    yesterday = DAY - timedelta(days=1)
    known = Remembered(
        story="url:old.example/a", kind="news", title="Whales",
        keys=("url:old.example/a", "url:old.example/b"), sources=("old",), first_seen=yesterday,
        last_seen=yesterday, headlines=tuple(
            (yesterday, "url:old.example/b", "old", title) for title in lines
        ),
    )  # fmt: skip
    again = msgspec.structs.replace(TWO, key="url:new.example/c")
    stories, entry = dedupe((*REST, again), EveryHeadline(recent=(known,)), DAY)
    dropped = [ref for drop in entry.dropped for ref in drop.refs]
    assert (again.key in dropped or any(s.continues and again.key in s.keys for s in stories)) == same


def test_the_headlines_of_one_remembered_story_are_one_group() -> None:
    day = DAY - timedelta(days=1)
    pages = [remembered_page(f"Korvana {word} whales", day) for word in ("decodes", "reads", "hears")]
    assert not joined(*pages)


def test_few_pages_fold_nothing_for_rarity_says_nothing_there() -> None:
    stories, _ = dedupe((ONE, TWO), Memory(), DAY)
    assert len(stories) == 2


def candidate(
    title: str, text: str = "", *, hours: float | None = 0, outlet: str = "", kind: str = "news"
) -> Candidate:
    at = None if hours is None else NOON + timedelta(hours=hours)
    name = outlet or f"outlet of {title}"
    item = Item(
        key=f"url:{name}/{title}", source=name, kind=kind, title=title, url="", text=text, published=at
    )  # type: ignore[arg-type]
    return Candidate(keys=(item.key,), arxiv="", kind=item.kind, title=normal_title(title), item=item)


def remembered_page(title: str, day: date, keys: tuple[str, ...] = ("s",)) -> Candidate:
    known = Remembered(
        story="s", kind="news", title=title, keys=keys, sources=("a",), first_seen=day, last_seen=day
    )
    return Candidate(keys=("s",), arxiv="", kind="news", title=normal_title(title), memory=known)


def joined(*pages: Candidate, others: int = 120) -> list[tuple[int, int]]:
    """The pairs that are one event among pages that share nothing with them or with each other."""
    rest = [candidate(f"quiet{n} village{n} builds{n} bridge{n}", outlet="rest") for n in range(others)]
    return list(events([*pages, *rest]))


@pytest.mark.parametrize(
    ("first", "second", "hours", "same"),
    [
        # A name and two words said of it, within a day and a half.
        ("Korvana hacks three harbours", "harbours three under siege after Korvana", 0, True),
        ("Korvana hacks three harbours", "harbours three under siege after Korvana", 36, True),
        ("Korvana hacks three harbours", "harbours three under siege after Korvana", -36, True),
        ("Korvana hacks three harbours", "harbours three under siege after Korvana", 36.005, False),
        ("Korvana’s hack of three harbours", "harbours three under siege after Korvana", 0, True),
        ("Korvana hacks three harbours", "harbours lie under siege after Korvana", 0, False),
        ("korvana hacks three harbours", "harbours three under siege after korvana", 0, False),
        # Two names alone are an announcement within six hours.
        ("Korvana buys the Zelmer yard", "shares rise: Zelmer, Korvana sign", 6, True),
        ("Korvana buys the Zelmer yard", "shares rise: Zelmer, Korvana sign", 6.1, False),
        ("Korvana buys the large yard", "shares rise: Zelmer, Korvana sign", 0, False),
        # In another script names are all that can be shared: two of them, most of a headline, within a day.
        ("Korvana, Zelmer and Quorby sign", "Korvana Zelmer Quorby 계약 체결", 24, True),
        ("Korvana, Zelmer and Quorby sign", "Korvana Zelmer Quorby 계약 체결", 24.1, False),
        ("Korvana, Zelmer and Harbours sign", "Korvana Zelmer Quorby 계약 체결", 24, True),
        ("Korvana and many large harbours sign", "Korvana Zelmer Quorby 계약 체결", 24, False),
        # A number may be told in words, and a word be clipped.
        ("Korvana solves ten math problems", "10 problems in mathematics fall to Korvana", 0, True),
        ("Korvana solves ten math problems", "12 problems in chemistry fall to Korvana", 0, False),
        # Another such event, and an answer to it, are told in much the same words.
        ("Korvana hacks three harbours", "Korvana hacks another three harbours", 0, False),
        ("Korvana hacks three harbours", "Response to Korvana hacks three harbours", 0, False),
        ("Korvana, Zelmer and Quorby sign", "Korvana, Zelmer, Quorby rise after harbour siege", 24, False),
        # One headline is one event.
        ("Korvana hacks harbours", "Korvana hacks harbours", 30, True),
    ],
)
def test_pages_of_two_outlets_are_one_event_by_what_they_share_and_when(
    first: str, second: str, hours: float, same: bool
) -> None:
    assert joined(candidate(first), candidate(second, hours=hours)) == ([(0, 1)] if same else [])
    assert joined(candidate(second, hours=hours), candidate(first)) == ([(0, 1)] if same else [])


@pytest.mark.parametrize(
    ("second", "same"),
    [
        ("harbours three under long siege after many storms, says Korvana", False),
        ("three harbours: siege of Korvana", True),
    ],
)
def test_an_outlet_tells_its_own_news_once_so_its_headlines_must_share_more(second: str, same: bool) -> None:
    pages = (candidate(t, outlet="one") for t in ("Korvana hacks three harbours", second))
    assert bool(joined(*pages)) is same
    assert joined(candidate("Korvana hacks three harbours"), candidate(second))


@pytest.mark.parametrize(("second", "same"), [("one", False), ("two", True)])
def test_news_without_a_site_are_of_the_outlet_that_is_their_source(second: str, same: bool) -> None:
    titles = ("Korvana hacks three harbours", "three harbours lie under siege after Korvana storms")
    pages = [
        Item(key=f"guid:{n}/{title}", source=source, kind="news", title=title, url="", published=NOON)
        for n, (source, title) in enumerate(zip(("one", second), titles, strict=True))
    ]
    made = [
        Candidate(keys=(item.key,), arxiv="", kind=item.kind, title=normal_title(item.title), item=item)
        for item in pages
    ]
    assert bool(joined(*made)) is same


@pytest.mark.parametrize(("site", "same"), [("one.example", False), ("two.example", True)])
def test_pages_of_one_site_are_of_one_outlet_whatever_lists_them(site: str, same: bool) -> None:
    first = candidate("Korvana hacks three harbours", outlet="one.example")
    title = "harbours three under long siege after many storms, says Korvana"
    listed = Item(
        key=f"url:{site}/b", source="another list", kind="news", title=title, url="", published=NOON
    )
    second = Candidate(keys=(listed.key,), arxiv="", kind="news", title=normal_title(title), item=listed)
    assert bool(joined(first, second)) is same


def test_a_list_of_links_is_no_outlet_so_its_pages_are_compared_as_those_of_two_sites() -> None:
    first = page("one", "Korvana's model Tarvel has been leaked", outlet="links")
    second = page("two", "Korvana Tarvel allegedly leaked to a public hub", outlet="links")
    assert together(first, second)


@pytest.mark.parametrize(
    ("first", "second", "days", "same"),
    [
        ("Ten advances of Korvana in tiling and knots", "Korvana's Tarvel solves 10 open problems", 3, True),
        ("Advances of Korvana in tiling and knots", "Korvana's Tarvel solves open problems", 3, False),
        ("Ten advances of Korvana in tiling and knots", "Korvana's Tarvel solves 10 open problems", 5, False),
    ],
)
def test_days_later_only_the_same_count_of_the_same_names_is_one_event(
    first: str, second: str, days: int, same: bool
) -> None:
    text = "Tarvel of Korvana solved long open problems in tiling and knots, ten advances in all."
    earlier, other = page("one", first, text), page("two", second, text, at=NOON + timedelta(days=days))
    assert together(earlier, other) is same


@pytest.mark.parametrize(
    ("title", "same"),
    [
        ("Why Korvana hacks three harbours", False),
        ("Why three harbours lie under siege after Korvana", False),
    ],
)
def test_what_explains_an_event_is_not_the_event_though_it_repeats_the_headline(
    title: str, same: bool
) -> None:
    assert bool(joined(candidate("Korvana hacks three harbours"), candidate(title))) is same


def test_what_is_said_may_stand_in_the_text_and_a_name_in_one_headline_is_enough() -> None:
    headline = candidate("Korvana strikes again", "three harbours were hacked at dawn")
    assert joined(headline, candidate("Korvana did it", "at dawn three harbours were found to be hacked"))
    assert not joined(headline, candidate("Zelmer did it", "at dawn three harbours were found to be hacked"))
    assert not joined(
        candidate("somebody strikes again", "Korvana hacked three harbours"),
        candidate("nobody knows why", "three harbours hacked by Korvana"),
    ), "a name that stands in no headline"
    late = " ".join(["filler"] * 100)
    assert not joined(headline, candidate("Korvana did it", f"{late} three harbours were hacked at dawn"))


@pytest.mark.parametrize(("pages", "same"), [(100, True), (99, False)])
def test_a_hundred_pages_make_a_word_s_rarity_tell_something(pages: int, same: bool) -> None:
    twice = [candidate("Korvana hacks three harbours", outlet=outlet) for outlet in "ab"]
    assert bool(joined(*twice, others=pages - 2)) is same


def test_a_name_of_more_than_sixty_pages_is_of_the_season_and_pairs_nobody() -> None:
    def season(count: int) -> list[tuple[int, int]]:
        names = {"a": "Zelmer", "b": "zelmer"}  # written as a name in one of them alone
        twins = [candidate(f"Korvana {name} hacks three harbours", outlet=o) for o, name in names.items()]
        more = [candidate(f"Korvana speaks{n} of{n} weather{n}", outlet="c") for n in range(count - 2)]
        return [pair for pair in joined(*twins, *more) if pair == (0, 1)]

    assert season(60) == [(0, 1)]
    assert season(61) == []


@pytest.mark.parametrize(
    ("page", "same"),
    [
        (remembered_page("Korvana hacks three harbours", NOON.date()), True),
        (remembered_page("Korvana hacks three harbours", NOON.date() - timedelta(days=1)), True),
        (remembered_page("Korvana hacks three harbours", NOON.date() - timedelta(days=2)), False),
        (candidate("Korvana hacks three harbours", hours=None), False),
        (candidate("Korvana hacks three harbours", kind="paper"), False),
        (candidate("Show HN: Korvana hacks three harbours"), False),
        (candidate("Korvana hacks three harbours, part 2"), False),
    ],
)
def test_a_remembered_page_appeared_at_noon_and_no_paper_no_own_work_and_no_undated_page_is_an_event(
    page: Candidate, same: bool
) -> None:
    assert bool(joined(candidate("Korvana hacks three harbours"), page)) is same


def test_two_remembered_pages_are_left_as_they_were_told() -> None:
    assert joined(*(remembered_page("Korvana hacks three harbours", NOON.date()) for _ in range(2))) == []


def test_a_page_joins_a_group_when_it_fits_half_of_it_and_the_surest_pair_comes_first() -> None:
    first = candidate("Korvana hacks three harbours", outlet="a")
    twin = candidate("Korvana hacks three harbours", outlet="b")
    third = candidate("harbours three under siege after Korvana", outlet="c")
    assert joined(third, first, twin) == [(1, 2), (0, 1)]
    stranger = candidate("Zelmer under siege after floods: three dead", outlet="d")
    assert joined(third, first, twin, stranger) == [(1, 2), (0, 1)]


def test_equal_pairs_come_in_order_of_their_distance_in_time() -> None:
    pages = (
        candidate("Korvana hacks three harbours", hours=h, outlet=o)
        for h, o in ((0, "a"), (10, "b"), (1, "c"))
    )
    assert joined(*pages)[0] == (0, 2)


def test_a_page_that_fits_one_of_three_stays_apart() -> None:
    twins = [candidate("Korvana hacks three harbours", outlet=outlet) for outlet in "ab"]
    bridge = candidate("Korvana hacks three harbours while Zelmer floods kill", outlet="c")
    other = candidate("Zelmer floods kill", outlet="d")
    assert {n for pair in joined(*twins, bridge, other) for n in pair} == {0, 1, 2}
    assert joined(bridge, other) == [(0, 1)]


# ── headlines without a text ────────────────────────────────────────────────────────────────────────

WHALES = "Korvana unveils Zelmer, an AI model for whale songs"


@pytest.mark.parametrize(
    ("second", "hours", "same"),
    [
        ("Zelmer: Korvana's new AI model decodes songs of whales", 1, True),
        ("Zelmer: Korvana's new AI model decodes songs of whales", 72, True),
        ("Zelmer: Korvana's new AI model decodes songs of whales", 200, False),  # later than a week
        ("Why Korvana's Zelmer is an AI model for whale songs", 1, False),  # explains it
        ("Korvana sued over data of its AI chatbot", 1, False),  # one name, another action
        ("An AI model for weather maps", 1, False),
    ],
)
def test_bare_headlines_about_ai_are_one_event_by_what_they_share_within_a_week(
    second: str, hours: float, same: bool
) -> None:
    pages = candidate(WHALES, outlet="a"), candidate(second, hours=hours, outlet="b")
    assert bool(joined(*pages)) is same
    assert bool(joined(*reversed(pages))) is same


def test_bare_headlines_are_known_from_memory_and_two_of_memory_are_left_alone() -> None:
    earlier = remembered_page(WHALES, NOON.date() - timedelta(days=1))
    later = "Zelmer: Korvana's new AI model decodes songs of whales"
    assert joined(earlier, candidate(later, outlet="b")) == [(0, 1)]
    assert joined(earlier, remembered_page(later, NOON.date())) == []


def test_a_remembered_event_is_known_by_the_address_of_each_outlet_that_told_it() -> None:
    later = candidate("Korvana's Zelmer decodes whale songs, a chatbot for biologists", outlet="b")
    addresses = ("url:a.example/1", "url:c.example/korvana-zelmer-decodes-whale-songs-chatbot-biologists")
    first, both = (
        remembered_page("Zelmer: an AI chatbot for the ocean", NOON.date() - timedelta(days=1), known)
        for known in (addresses[:1], addresses)
    )
    assert joined(first, later) == []
    assert joined(both, later) == [(0, 1)]


@pytest.mark.parametrize(
    ("title", "url", "known"),
    [
        (WHALES, "", True),
        ("Korvana unveils a boat", "", False),  # not about AI
        ("Korvana unveils a boat", "https://openai.com/boat", True),  # by its site
        ("Korvana 발표 인공지능 고래 노래 해독", "", False),
        ("Neue KI von Korvana versteht Lieder der Wale und ChatGPT", "", False),
        ("AI", "", False),  # says nothing else
    ],
)
def test_the_model_reads_english_headlines_about_ai_alone(title: str, url: str, known: bool) -> None:
    assert (headline(title, url, NOON, (), headline_model()) is not None) is known


SMALL = HeadlineModel(
    headlines=1_000, unseen=1, bias=-1.0, weights={"shared": 2.0},
    words={"chatbot": (100, 0), "korvana": (10, 10), "launch": (50, 1), "ban": (50, 0), "songs": (5, 0)},
    actions={"launch": "l", "ban": "b"},
)  # fmt: skip


def bare(title: str, *, days: float = 0, lists: tuple[str, ...] = ()) -> BareHeadline:
    known = headline(f"{title} chatbot ChatGPT", "", NOON + timedelta(days=days), lists, SMALL)
    assert known is not None
    return known


def test_the_traits_of_two_headlines_are_what_both_say_what_one_names_and_when() -> None:
    first = bare("Korvana launches", lists=("a", "b"))
    second = bare("Korvana bans", days=-1.5, lists=("b",))
    traits = Headlines([], SMALL).traits(first, second)
    assert traits["shared"] == pytest.approx(
        sum(map(Headlines([], SMALL).rarity, first.distinct - {"launch"}))
    )
    assert (traits["days"], traits["one list"], traits["other action"]) == (1.5, 1.0, 1.0)
    assert traits["another day"] == 1.0
    assert Headlines([], SMALL).traits(first, first)["another day"] == 0.0
    assert (traits["neighbours"], traits["one piece"]) == (1.0, 0.0)
    assert traits["name"] == pytest.approx(traits["subject"])
    assert traits["named by neither"] == traits["named by one"] == 0.0
    same = Headlines([], SMALL).traits(first, first)
    assert (same["part"], same["other action"], same["days"]) == (1.0, 0.0, 0.0)
    assert traits["part"] < 1.0


def test_a_term_is_the_rarer_the_fewer_headlines_hold_it_here_and_in_other_months() -> None:
    empty = Headlines([], SMALL).rarity
    assert [empty(term) for term in ("chatbot", "launch", "korvana", "songs", "zelmer")] == sorted(
        empty(term) for term in ("chatbot", "launch", "korvana", "songs", "zelmer")
    )
    busy = Headlines([bare("Korvana launches"), bare("Korvana bans", days=1)], SMALL).rarity
    apart = Headlines([bare("Korvana launches"), bare("Korvana bans", days=9)], SMALL).rarity
    assert busy("korvana") < apart("korvana") == empty("korvana")
    assert busy("launch") == empty("launch")  # the first headline that holds it takes nothing away


@pytest.mark.parametrize(
    ("ties", "second"),
    [
        ({}, 1.0),
        ({"korvana": {"zelmer": 100}}, 0.0),  # who names the one names the other
        ({"korvana": {"zelmer": 40}}, 0.6),
        ({"korvana": {"songs": 100}}, 1.0),  # nothing that both say
    ],
)
def test_terms_that_often_stand_together_count_once(ties: dict[str, dict[str, int]], second: float) -> None:
    here = Headlines([], msgspec.structs.replace(SMALL, ties=ties))
    pair = bare("Korvana Zelmer launches"), bare("Zelmer: Korvana bans")
    assert here.rarity("korvana") < here.rarity("zelmer")
    rest = map(here.rarity, ("zelmer", "chatbot", "chatgpt"))
    counted = sorted([here.rarity("korvana") * second, *rest], reverse=True)
    traits = here.traits(*pair)
    assert traits["independent"] == pytest.approx(sum(counted))
    assert (traits["second independent"], traits["third independent"]) == pytest.approx(tuple(counted[1:3]))
    assert traits == here.traits(*reversed(pair))


def test_the_shipped_model_knows_who_belongs_to_whom() -> None:
    tie = headline_model().tie
    assert tie("sam", "altman") == tie("altman", "sam") == 1.0
    assert tie("anthrop", "claud") > 0.5 > tie("altman", "whale") == 0.0


@pytest.mark.parametrize(("shared", "expected"), [(0.0, 0.2689), (0.5, 0.5), (1.0, 0.7311), (-99.0, 0.0)])
def test_a_probability_is_the_logistic_of_the_weighted_traits(shared: float, expected: float) -> None:
    assert SMALL.probability({"shared": shared}) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("likely", "expected"),
    [
        ({(0, 1): 0.9, (0, 2): 0.6, (1, 2): 0.1}, [(0, 1), (0, 2)]),  # it fits half of the group
        ({(0, 1): 0.9, (0, 2): 0.44, (1, 2): 0.44}, [(0, 1)]),
        ({(0, 1): 0.9, (2, 3): 0.8, (0, 2): 0.6, (1, 3): 0.31}, [(0, 1), (2, 3)]),  # one pair joins no events
        ({(0, 1): 0.9, (2, 3): 0.8, (0, 2): 0.6, (1, 3): 0.32}, [(0, 1), (2, 3), (0, 2)]),
        ({(0, 1): 0.44}, []),
        ({(0, 1): 0.45}, [(0, 1)]),
    ],
)
def test_a_bare_headline_joins_a_group_when_it_is_likely_one_with_half_of_it(
    monkeypatch: pytest.MonkeyPatch,
    likely: dict[tuple[int, int], float],
    expected: list[tuple[int, int]],
) -> None:
    monkeypatch.setattr("daybrief.stages.near_duplicates.likely", lambda bare, today: likely)
    assert joined(*(candidate(f"{WHALES} {outlet}", outlet=outlet) for outlet in "abcd")) == expected


@pytest.mark.parametrize(
    ("url", "address", "host", "labels"),
    [
        ("https://www.korvana.com/2026/05/zelmer-decodes-whale-songs.html", "zelmer decod whale song",
         "korvana.com", {"korvana"}),
        ("https://news.korvana.co.uk/zelmer-songs", "", "news.korvana.co.uk", {"korvana"}),  # too few words
        ("https://github.com/Korvana/zelmer", "", "github.com", {"korvana"}),
        ("https://blog.korvana.ai/a_tale_of_x1x2x3x4_whales", "tale whale", "blog.korvana.ai", {"korvana"}),
        ("https://medium.com/@korvana/1234", "", "medium.com", set()),
        ("https://[broken/a-b-c", "", "", set()),
        ("", "", "", set()),
    ],
)  # fmt: skip
def test_an_address_tells_the_headline_again_and_whose_site_it_is(
    url: str, address: str, host: str, labels: set[str]
) -> None:
    known = headline(f"{WHALES} ChatGPT", url, NOON, (), headline_model())
    assert known is not None
    assert (known.address, known.host, known.labels) == (frozenset(address.split()), host, frozenset(labels))


def sited(title: str, url: str) -> BareHeadline:
    known = headline(f"{title} chatbot ChatGPT", url, NOON, (), SMALL)
    assert known is not None
    return known


@pytest.mark.parametrize(
    ("first", "second", "trait", "more"),
    [
        ("", "https://a.example/korvana-bans-songs-now", "shared with addresses", True),
        ("https://b.example/korvana-bans-songs-now", "https://a.example/korvana-bans-songs-now", "addresses",
         True),
        ("https://launch.example/", "https://a.example/", "the firm's own", False),  # both say it
        ("https://songs.example/", "https://a.example/", "the firm's own", True),  # the other's word
        ("https://a.example/1", "https://a.example/2", "one host", True),
        ("", "", "one host", False),
    ],
)  # fmt: skip
def test_what_two_addresses_add_is_a_trait(first: str, second: str, trait: str, more: bool) -> None:
    pair = sited("Korvana launch", first), sited("launch songs", second)
    plain = sited("Korvana launch", ""), sited("launch songs", "")
    here = Headlines([], SMALL)
    assert (here.traits(*pair)[trait] > here.traits(*plain)[trait]) is more
    assert here.traits(*pair) == here.traits(*reversed(pair))


def test_headlines_of_near_meaning_are_nearer_than_others() -> None:
    def near(first: str, second: str) -> float:
        pair = (headline(f"{title} ChatGPT", "", NOON, (), headline_model()) for title in (first, second))
        return Headlines([], headline_model()).traits(*pair)["meaning"]  # type: ignore[arg-type]

    hired = near("Company fires hundreds of workers", "Firm lays off hundreds of employees")
    assert near("Company fires workers", "Company fires workers") == pytest.approx(1.0)
    assert hired > near("Company fires hundreds of workers", "Robot wins hundreds of chess games")


@pytest.mark.parametrize(
    ("pairs", "today", "expected"),
    [
        ({(0, 1): 0.5}, {0, 1}, (0.0, 0.0, 0.0)),
        ({(0, 1): 0.5, (0, 2): 0.9, (1, 2): 0.7}, {0, 1, 2}, (0.7, 0.7, 0.2)),  # 2 speaks for both
        ({(0, 1): 0.5, (0, 2): 0.9}, {0, 1, 2}, (0.0, 0.0, 0.9)),  # 0 belongs with 2, and 1 does not
        ({(0, 1): 0.5, (0, 2): 0.9}, {0}, (0.0, 0.0, 0.0)),  # 1 and 2 are remembered: not asked
        ({(0, 1): 0.5, (0, 2): 0.4}, {0, 1, 2}, (0.0, 0.0, 0.0)),  # not likely enough to say anything
    ],
)
def test_what_two_headlines_belong_with_speaks_for_them_or_against(
    pairs: dict[tuple[int, int], float], today: set[int], expected: tuple[float, float, float]
) -> None:
    company = companies(pairs, today)[0, 1]
    assert company["itself"] == pytest.approx(0.0)
    assert (company["a third"], company["thirds"], company["against"]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("title", "comments"),
    [("Korvana releases Zelmer", False), ("Korvana releases Zelmer: hands-on", True), ("Why Korvana?", True)],
)
def test_who_reviews_or_asks_comments(title: str, comments: bool) -> None:
    known = headline(f"{title} ChatGPT", "", NOON, (), headline_model())
    assert known is not None
    assert known.comments is comments


def test_headlines_of_different_days_need_more() -> None:
    model = headline_model()
    pair = {"itself": 0.0, "a third": 0.0, "thirds": 0.0, "against": 0.0, "days": 0.5, "in words": 0.0}
    assert model.among({**pair, "another day": 1.0}) < model.among({**pair, "another day": 0.0})


def test_a_name_that_one_headline_alone_holds_is_told_apart_by_which_holds_it() -> None:
    first, second = bare("Korvana launches"), bare("launches")
    for traits in (Headlines([], SMALL).traits(*pair) for pair in ((first, second), (second, first))):
        assert traits["named by neither"] == 0.0 < traits["named by one"]
