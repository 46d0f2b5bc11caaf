"""Sources that tell one story make one, nothing is told twice, and every item is accounted for."""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.model import Item, Remembered, Story
from daybrief.pipeline import that_matters
from daybrief.stages.dedupe import Memory, dedupe

DAY = date(2024, 11, 26)
YESTERDAY = DAY - timedelta(days=1)
NOTHING = Memory()
ABSTRACT = (
    "We introduce a family of fully open post-trained language models together with their data, code and "
    "training recipes, and compare them with closed models on a wide range of reasoning benchmarks."
)


def paper(number: str = "2411.15124", source: str = "arxiv", **rest: Any) -> Item:
    fields = {"key": f"arxiv:{number}", "title": "Pushing Frontiers in Open Language Model Post-Training"}
    fields |= {"url": f"https://arxiv.org/abs/{number}", "text": ABSTRACT}
    return Item(source=source, kind="paper", **{**fields, **rest})


def news(
    key: str, source: str = "hacker_news", title: str = "Some headline about models", **rest: Any
) -> Item:
    return Item(key=f"url:{key}", source=source, kind="news", title=title, url=f"https://{key}", **rest)


def known(story: str, *keys: str, **rest: Any) -> Remembered:
    fields: dict[str, Any] = {"kind": "paper", "title": "x", "sources": ("arxiv",)}
    fields |= {"first_seen": YESTERDAY, "last_seen": YESTERDAY}
    return Remembered(story=story, keys=(story, *keys), **{**fields, **rest})


def stories_of(*items: Item, memory: Memory = NOTHING) -> tuple[Story, ...]:
    return dedupe(items, memory, DAY)[0]


def remembering(*stories: Remembered) -> Memory:
    return Memory(recent=stories)


# ── one day ─────────────────────────────────────────────────────────────────────────────────────────


def test_one_paper_of_four_sources_is_one_story_with_all_they_say() -> None:
    arxiv = paper()
    hf = paper(source="hf_papers", text="short")
    deeplearn = paper(key="url:deeplearn.org/arxiv/1", source="deeplearn", title=arxiv.title.upper(), text="")
    talk = news("news.ycombinator.com/item?id=1", title="Tülu 3", aliases=("arxiv:2411.15124",))
    (story,) = stories_of(talk, deeplearn, hf, arxiv)
    assert (story.id, story.kind, story.first_seen, story.continues) == (
        "arxiv:2411.15124",
        "paper",
        DAY,
        None,
    )
    assert story.lead == arxiv
    assert set(story.sources) == {"arxiv", "hf_papers", "deeplearn", "hacker_news"}


def test_news_that_links_to_a_paper_no_list_holds_stays_news() -> None:
    (story,) = stories_of(
        Item(key="arxiv:2411.15124", source="hn", kind="news", title="Tülu", url="https://arxiv.org")
    )
    assert story.kind == "news"


def test_a_doi_is_a_better_name_than_an_address() -> None:
    (story,) = stories_of(news("x.org/a", aliases=("doi:10.1/x",)))
    assert story.id == "doi:10.1/x"


def test_keys_connect_through_a_third_item() -> None:
    a, b = news("a.org", title="One thing"), news("b.org", title="Another thing")
    (story,) = stories_of(a, b, news("c.org", aliases=("url:a.org", "url:b.org"), title="Bridge"))
    assert len(story.items) == 3


def test_two_arxiv_papers_with_one_title_stay_two() -> None:
    assert len(stories_of(paper("2411.00001"), paper("2411.00002"))) == 2


def test_a_renamed_paper_goes_with_the_paper_whose_abstract_is_most_alike() -> None:
    words = [f"word{number}" for number in range(60)]
    whole, most = " ".join(words), " ".join((*words[:55], *"of a later text".split()))
    same = paper("2411.00001", title="Alpha of One Kind", text=whole)
    near = paper("2411.00002", title="Beta of One Kind", text=most)
    renamed = paper(key="url:lab.org/1", title="Gamma of Another Name", source="lab", text=whole)
    for order in permutations([same, near, renamed]):
        assert {s.id: len(s.items) for s in stories_of(*order)} == {same.key: 2, near.key: 1}


def test_an_item_that_names_two_papers_brings_them_not_together() -> None:
    digest = news("letter.org/9", aliases=("arxiv:2411.00001", "arxiv:2411.00002"), title="Weekly letter")
    stories = stories_of(paper("2411.00001"), paper("2411.00002"), digest)
    assert [len(s.items) for s in stories] == [1, 1, 1]


def test_two_papers_are_not_joined_through_one_page_and_it_always_goes_with_the_same() -> None:
    page = "url:lab.org/page"
    items = [paper("2411.00001", aliases=(page,)), paper("2411.00002", aliases=(page,)), news("lab.org/page")]
    for order in permutations(items):
        assert [(s.id, len(s.items)) for s in stories_of(*order)] == [
            ("arxiv:2411.00001", 2),
            ("arxiv:2411.00002", 1),
        ]


def test_papers_whose_titles_differ_in_a_word_stay_two_unless_the_abstract_is_the_same() -> None:
    first = paper(key="url:a.org/1", title="Supervised Pre-training of Graph Encoders", text=ABSTRACT)
    other = paper(key="url:b.org/2", title="Unsupervised Pre-training of Graph Encoders", source="b")
    unlike = "Graphs are everywhere. " + " ".join(f"word{n}" for n in range(60))
    assert (
        len(
            stories_of(
                first, paper(**{"key": other.key, "title": other.title, "source": "b", "text": unlike})
            )
        )
        == 2
    )
    assert len(stories_of(first, other)) == 1


def test_a_renamed_paper_is_known_by_its_abstract() -> None:
    renamed = paper(key="url:b.org/2", title="Tülu 3: an Open Recipe", source="b")
    assert len(stories_of(paper(), renamed)) == 1


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Mergiraf: a syntax-aware merge driver for Git", "Mergiraf: A Syntax-Aware Merge Driver for Git"),
        ("네이버, 새 언어모델 공개", "[속보] 네이버 새 언어 모델 공개"),
    ],
)
def test_one_headline_at_two_addresses_is_one_story(first: str, other: str) -> None:
    assert len(stories_of(news("a.org/1", title=first), news("b.org/2", "feed", title=other))) == 1


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Investor Relations", "Investor Relations"),
        ("Introducing the model Opus 4.5", "Introducing the model Opus 4.6"),
        ("Ask HN: Who is hiring? (November 2024)", "Ask HN: Who is hiring? (December 2024)"),
        ("", ""),
    ],
)
def test_headlines_that_say_too_little_or_another_number_stay_two(first: str, other: str) -> None:
    assert len(stories_of(news("a.org/1", title=first), news("b.org/2", "feed", title=other))) == 2


def test_among_few_items_no_word_counts_as_rare() -> None:
    first = news("a.org/1", title="Apple buys the startup Foo for its models")
    other = news("b.org/2", "feed", title="Apple buys the startup Bar for its models")
    assert len(stories_of(first, other)) == 2


def test_news_pairs_read_by_hand_are_seldom_folded_wrongly(shared: Path) -> None:
    measures = _benchmark("dedupe").measure(shared)
    assert measures["wrong"] <= 3
    assert measures["recall"] > 0.7


# ── across days ─────────────────────────────────────────────────────────────────────────────────────


def test_what_was_printed_and_brings_nothing_new_is_dropped_and_each_item_counted() -> None:
    items = (paper(), paper(source="hf_papers"))
    memory = remembering(known("arxiv:2411.15124", sources=("hf_papers", "arxiv")))
    stories, entry = dedupe(items, memory, DAY)
    assert stories == ()
    assert (entry.came_in, entry.kept, entry.merged) == (2, 0, 0)
    assert [(d.reason, d.refs) for d in entry.dropped] == [("seen-before", ("arxiv:2411.15124",) * 2)]


def test_a_further_source_makes_a_story_continue() -> None:
    talk = news("hn.org/1", aliases=("arxiv:2411.15124",))
    memory = remembering(known("arxiv:2411.15124", first_seen=YESTERDAY - timedelta(days=3)))
    (story,) = stories_of(paper(), talk, memory=memory)
    assert (story.continues, story.news) == (YESTERDAY, ("source:hacker_news",))
    assert story.first_seen == YESTERDAY - timedelta(days=3)
    assert len(story.items) == 2


def test_a_newer_version_makes_a_story_continue_and_the_same_does_not() -> None:
    memory = remembering(known("arxiv:2411.15124", version=1))
    (story,) = stories_of(paper(version=2, announce="replace"), memory=memory)
    assert story.news == ("version:2",)
    assert stories_of(paper(version=1), memory=memory) == ()
    assert stories_of(paper(version=1), memory=remembering(known("arxiv:2411.15124"))) == ()


def test_a_story_keeps_its_name_when_a_better_one_turns_up() -> None:
    memory = remembering(known("url:lab.org/tulu", kind="news"))
    (story,) = stories_of(paper(aliases=("url:lab.org/tulu",), source="hf_papers"), memory=memory)
    assert (story.id, story.kind) == ("url:lab.org/tulu", "paper")


def test_two_remembered_stories_that_prove_one_go_on_under_the_older_name() -> None:
    old = known("url:b.org", first_seen=YESTERDAY - timedelta(days=9), sources=("b",))
    (story,) = stories_of(
        paper(aliases=("url:b.org",), source="new"), memory=remembering(known("arxiv:2411.15124"), old)
    )
    assert (story.id, story.continues, story.news) == ("url:b.org", YESTERDAY, ("source:new",))


def test_a_headline_printed_before_is_known_at_another_address() -> None:
    title = "Something weird is happening with LLMs and chess"
    memory = remembering(known("url:dynomight.net/chess", kind="news", title=title, sources=("hacker_news",)))
    assert stories_of(news("dynomight.substack.com/p/chess", title=title.title()), memory=memory) == ()


def test_a_column_with_its_usual_headline_goes_on_instead_of_vanishing() -> None:
    title = "The week in machine learning"
    memory = remembering(known("url:lab.org/week/1", kind="news", title=title, sources=("lab",)))
    (story,) = stories_of(news("lab.org/week/2", "lab", title=title), memory=memory)
    assert (story.continues, story.news) == (YESTERDAY, ("address",))


def test_another_paper_with_a_remembered_title_is_new() -> None:
    memory = remembering(known("arxiv:2411.00001", title=paper().title))
    (story,) = stories_of(paper("2411.00002"), memory=memory)
    assert story.continues is None


def test_a_remembered_digest_of_several_papers_hides_none_of_them() -> None:
    memory = remembering(known("url:letter.org/9", "arxiv:2411.15124", "arxiv:2411.00002", kind="news"))
    (story,) = stories_of(paper(), memory=memory)
    assert story.continues is None


def test_memory_of_the_same_or_a_later_day_is_not_asked() -> None:
    memory = remembering(known("arxiv:2411.15124", last_seen=DAY))
    assert stories_of(paper(), memory=memory)[0].continues is None


# ── always ──────────────────────────────────────────────────────────────────────────────────────────

_KEYS = ("arxiv:2411.00001", "arxiv:2411.00002", "doi:10.1/x", "url:a.org/1", "url:b.org/2", "url:c.org/3")
_TITLES = (
    *("Attention is all you need", "Attention is all you need (2017)", "Attention is all we need"),
    *("Kimi K3 is out", "모델 공개 소식 정리", "Weekly"),
)
_TEXTS = (
    "",
    ABSTRACT,
    f"{ABSTRACT} More.",
    "Kimi K3, an open weights model of a thousand billion parameters, is out.",
)


@st.composite
def some_items(draw: st.DrawFn) -> Item:
    return Item(
        key=draw(st.sampled_from(_KEYS)),
        source=draw(st.sampled_from(("a", "b", "c"))),
        kind=draw(st.sampled_from(("paper", "news"))),
        title=draw(st.sampled_from(_TITLES)),
        url="https://x.org",
        text=draw(st.sampled_from(_TEXTS)),
        aliases=tuple(draw(st.lists(st.sampled_from(_KEYS), max_size=2))),
        version=draw(st.sampled_from((None, 1, 2))),
        published=draw(st.sampled_from((None, datetime(2024, 11, 26, tzinfo=UTC)))),
    )


@st.composite
def some_memory(draw: st.DrawFn) -> Memory:
    names = draw(st.lists(st.sampled_from(_KEYS), max_size=3, unique=True))
    titles = [draw(st.sampled_from(_TITLES)) for _ in names]
    further = [draw(st.lists(st.sampled_from(_KEYS), max_size=1)) for _ in names]
    return remembering(
        *(known(n, *k, title=t, kind="news") for n, k, t in zip(names, further, titles, strict=True))
    )


@given(st.lists(some_items(), max_size=9), some_memory(), st.randoms(use_true_random=False))
def test_the_order_of_items_changes_nothing(items: list[Item], memory: Memory, shuffle: Any) -> None:
    mixed = list(items)
    shuffle.shuffle(mixed)
    assert dedupe(items, memory, DAY) == dedupe(mixed, memory, DAY)


@given(st.lists(some_items(), max_size=12), some_memory())
def test_every_item_is_told_or_dropped_and_no_story_twice(items: list[Item], memory: Memory) -> None:
    stories, entry = dedupe(items, memory, DAY)
    dropped = [ref for drop in entry.dropped for ref in drop.refs]
    assert sorted(i.key for i in items) == sorted([i.key for s in stories for i in s.items] + dropped)
    assert entry.kept == len(stories) == len({s.id for s in stories})
    assert (entry.stage, entry.unit, entry.came_in) == ("dedupe", "items", len(items))
    assert entry.merged == len(items) - len(stories) - len(dropped)
    for story in stories:
        own = {item.key for item in story.items if item.key.startswith("arxiv:")}
        assert len(own) <= 1
        assert story.continues is None or story.news


_LISTED = tuple(f"arxiv:2411.{n}" for n in range(6))
_PAGES = ("doi:10.1/a", "url:a.org/x", *_LISTED[:2])


@st.composite
def some_listed(draw: st.DrawFn) -> Item:
    return msgspec.structs.replace(
        draw(some_items()),
        key=draw(st.sampled_from(_LISTED)),
        aliases=tuple(draw(st.lists(st.sampled_from(_PAGES), max_size=2))),
    )


@st.composite
def some_printed(draw: st.DrawFn, names: tuple[str, ...]) -> Memory:
    """A memory of the last weeks."""
    stories = draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
    pages = [draw(st.lists(st.sampled_from(_PAGES), max_size=2)) for _ in stories]
    return remembering(
        *(
            known(n, *p, title=draw(st.sampled_from(_TITLES)), kind=draw(st.sampled_from(("paper", "news"))))
            for n, p in zip(stories, pages, strict=True)
        )
    )


@given(st.lists(some_listed(), max_size=9), some_printed(_LISTED))
def test_among_papers_of_arxiv_only_what_shares_a_key_is_looked_at(items: list[Item], memory: Memory) -> None:
    memory = _with_keys_of(items, memory)
    assert that_matters(memory, items).recent == ()
    assert dedupe(items, that_matters(memory, items), DAY) == dedupe(items, memory, DAY)


@given(st.lists(some_items(), max_size=9), some_printed((*_LISTED, *_KEYS)))
def test_what_may_be_alike_is_looked_at_whole(items: list[Item], memory: Memory) -> None:
    memory = _with_keys_of(items, memory)
    named = [*(item.key for item in items), *(story.story for story in memory.recent)]
    if not all(name.startswith("arxiv:") for name in named):
        assert that_matters(memory, items) == memory
    assert dedupe(items, that_matters(memory, items), DAY) == dedupe(items, memory, DAY)


def _with_keys_of(items: list[Item], memory: Memory) -> Memory:
    keys = {key for item in items for key in (item.key, *item.aliases)}
    return Memory(recent=memory.recent, by_key=tuple(r for r in memory.recent if keys & {r.story, *r.keys}))


@given(st.lists(some_items(), max_size=9))
def test_what_is_printed_today_is_not_printed_tomorrow(items: list[Item]) -> None:
    stories = stories_of(*items)
    memory = remembering(
        *(
            Remembered(
                story=s.id,
                kind=s.kind,
                title=s.lead.title,
                keys=s.keys,
                sources=s.sources,
                version=max(i.version or 1 for i in s.items),
                first_seen=DAY,
                last_seen=DAY,
            )
            for s in stories
        )
    )
    tomorrow, _ = dedupe(items, memory, DAY + timedelta(days=1))
    assert all(s.continues == DAY for s in tomorrow)
    assert all(s.news == ("address",) or not s.news for s in tomorrow)


def test_recorded_days_in_a_row_repeat_and_lose_nothing(shared: Path, tmp_path: Path) -> None:
    replay = _benchmark("replay")
    days = list(replay.recorded(shared))[40:46]
    with_memory, _ = replay.replay(days, replay.deciding_press(tmp_path, remember=True))
    counts = with_memory.counts
    assert counts["days"] == 6
    assert [counts[c] for c in ("repeats", "twice", "unaccounted", "crashed")] == [0, 0, 0, 0]
    assert counts["continued"] > 0
    without, _ = replay.replay(days, replay.deciding_press(tmp_path, remember=False))
    assert without.counts["repeats"] > 20, "the books must notice repeats where there are some"


def _benchmark(name: str) -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_labelled_pairs_are_each_listed_once() -> None:
    pairs = json.loads((Path(__file__).with_name("news_pairs.json")).read_text())
    assert len({tuple(sorted(pair[1:])) for pair in pairs}) == len(pairs) >= 150


WITHDRAWN = "This paper has been withdrawn by the authors due to a crucial error in Section 3."


def test_a_withdrawn_paper_is_dropped_with_its_reason() -> None:
    stories, entry = dedupe(
        [paper(text=WITHDRAWN), paper("2411.15125", title="Another paper of today")], NOTHING, DAY
    )
    assert [story.id for story in stories] == ["arxiv:2411.15125"]
    assert [(drop.reason, drop.refs) for drop in entry.dropped] == [("withdrawn", ("arxiv:2411.15124",))]


def test_a_paper_that_was_printed_and_is_withdrawn_comes_again_and_says_so() -> None:
    printed = Remembered(
        story="arxiv:2411.15124",
        kind="paper",
        title=paper().title,
        keys=("arxiv:2411.15124",),
        sources=("arxiv",),
        first_seen=YESTERDAY,
        last_seen=YESTERDAY,
    )
    for item in (paper(text=WITHDRAWN), paper(announce="withdrawn")):
        (story,), _ = dedupe([item], Memory(by_key=(printed,)), DAY)
        assert story.continues == YESTERDAY
        assert story.news == ("withdrawn",)


@pytest.mark.parametrize(
    ("keys", "first"),
    [
        (("url:a.example/1", "doi:1", "arxiv:2411.1"), "arxiv:2411.1"),
        (("url:a.example/1", "doi:1"), "doi:1"),
        (("url:b.example/1", "url:a.example/1"), "url:a.example/1"),
    ],
)
def test_a_story_is_named_by_arxiv_before_doi_before_an_address(keys: tuple[str, ...], first: str) -> None:
    page = Item(
        key=keys[0], source="s", kind="news", title="A", url="https://a.example/", text="", aliases=keys[1:]
    )
    (story,) = stories_of(page)
    assert story.id == first


def test_a_remembered_story_that_is_not_told_today_hides_none_of_today() -> None:
    memory = remembering(known("arxiv:2411.00001"), known("arxiv:2411.00002"))
    stories = stories_of(paper(), news("a.example/z", title="Something else entirely"), memory=memory)
    assert len(stories) == 2


def test_another_page_of_no_site_is_no_sequel() -> None:
    title = "Weekly notes on chips and models"
    memory = remembering(known("doi:10.1/x", title=title, kind="news", sources=("hn",)))
    same = news("a.example/2", title=title, source="hn")
    stories, entry = dedupe([same], memory, DAY)
    assert stories == ()
    assert [(drop.reason, drop.refs) for drop in entry.dropped] == [("seen-before", (same.key,))]


def test_a_doi_decides_whom_a_page_goes_with_before_any_other_name() -> None:
    page = Item(
        key="acl:p", source="hn", kind="news", title="A page", url="https://p", aliases=("doi:10.1/x",)
    )
    stories = stories_of(
        paper("2411.00001", aliases=("doi:10.1/x",)), paper("2411.00002", aliases=("acl:p",)), page
    )
    assert [(s.id, len(s.items)) for s in stories] == [("arxiv:2411.00001", 2), ("arxiv:2411.00002", 1)]


def test_another_address_of_one_registrant_is_no_sequel() -> None:
    title = "Weekly notes on chips and models"
    memory = remembering(known("doi:10.1/a", title=title, kind="news", sources=("hn",)))
    same = Item(key="doi:10.1/b", source="hn", kind="news", title=title, url="https://doi.org/10.1/b")
    assert stories_of(same, memory=memory) == ()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Weekly update", "Weekly update", False),
        ("Neural scaling laws", "Neural scaling laws", False),
        ("Neural scaling laws here", "Neural scaling laws here", True),
        ("Multi modal learning now", "Multimodal learning now", False),
        ("Multi modal learning of maps", "Multimodal learning of maps", True),
    ],
)
def test_news_of_one_headline_are_one_story_from_four_words_on(first: str, second: str, same: bool) -> None:
    stories = stories_of(news("a.example/1", title=first), news("b.example/1", title=second))
    assert (len(stories) == 1) is same


@pytest.mark.parametrize(
    ("title", "same"), [("Scaling laws", True), ("Scaling", False), ("거대언어모델", True), ("거대언", False)]
)
def test_papers_of_one_short_title_are_one_from_two_words_on(title: str, same: bool) -> None:
    stories = stories_of(
        paper(key="url:a.example/1", title=title, text="", source="a"),
        paper(key="url:b.example/1", title=title, text="", source="b"),
    )
    assert (len(stories) == 1) is same
    mixed = stories_of(paper(key="url:a.example/1", title=title, text=""), news("b.example/1", title=title))
    assert len(mixed) == 2, "a short title tells papers apart, not news"


def test_what_is_new_of_a_story_is_named_in_order() -> None:
    memory = remembering(
        known("arxiv:2411.15124", sources=("arxiv",), version=1),
        known("url:b.example", sources=("old",), version=2, first_seen=YESTERDAY),
    )
    items = (
        paper(version=3, aliases=("url:b.example",)),
        paper(source="zeta"),
        paper(source="alpha", version=2),
    )
    (story,) = stories_of(*items, memory=memory)
    assert story.news == ("source:alpha", "source:zeta", "version:3")
    assert stories_of(paper(version=2, aliases=("url:b.example",)), memory=memory) == ()


def test_a_story_is_told_by_its_paper_then_arxiv_then_the_longest_text() -> None:
    items = [
        news("a.example/1", aliases=("arxiv:2411.15124",), text=ABSTRACT * 9),
        paper(key="url:b.example/1", aliases=("arxiv:2411.15124",), source="b", text=ABSTRACT * 3),
        paper(source="short", text=""),
        paper(source="long", text=ABSTRACT),
        paper(source="also", text=ABSTRACT),
    ]
    (story,) = stories_of(*items)
    assert [item.source for item in story.items] == ["also", "long", "short", "b", "hacker_news"]


def test_the_ledger_counts_what_was_folded_kept_and_dropped_and_names_the_folds() -> None:
    memory = remembering(known("arxiv:2411.00009", sources=("arxiv",)))
    items = (
        paper(),
        paper(source="hf"),
        paper("2411.00009", title="Seen before", text="x"),
        paper("2411.00010", title="Retracted of late", text=WITHDRAWN),
        paper("2411.00011", title="Retracted as well", text=WITHDRAWN),
    )
    stories, entry = dedupe(items, memory, DAY)
    assert [story.id for story in stories] == ["arxiv:2411.15124"]
    assert (entry.came_in, entry.kept, entry.merged) == (5, 1, 1)
    assert [(drop.reason, drop.refs) for drop in entry.dropped] == [
        ("seen-before", ("arxiv:2411.00009",)),
        ("withdrawn", ("arxiv:2411.00010", "arxiv:2411.00011")),
    ]
    assert [(fold.story, fold.refs) for fold in entry.folds] == [
        ("arxiv:2411.15124", ("arxiv:2411.15124", "arxiv:2411.15124"))
    ]


def test_a_known_event_under_a_new_headline_and_address_goes_on() -> None:
    told_before = {"title": "One headline of four words", "kind": "news", "sources": ("hacker_news",)}
    memory = remembering(known("url:a.example/1", "url:c.example/1", **told_before))
    linked = news("b.example/1", title="Another headline", aliases=("url:c.example/1",))
    assert stories_of(linked, memory=memory) == (), "what carries a known key is known"
    same = news("b.example/1", title="One headline of four words")
    assert stories_of(same, memory=memory) == (), "the same headline elsewhere is the same page"
    both = (news("a.example/2", title="One headline of four words"),)
    (story,) = stories_of(*both, memory=memory)
    assert story.news == ("address",), "the same headline at another address of the site is the next issue"


def test_memory_is_each_story_once_as_it_is_known_by_its_keys_and_in_order() -> None:
    old = known("b", last_seen=YESTERDAY - timedelta(days=1))
    new = known("b", last_seen=YESTERDAY)
    memory = Memory(by_key=(new, known("a")), recent=(old, known("c", last_seen=DAY)))
    assert memory.before(DAY) == (known("a"), new)
    assert memory.before(YESTERDAY) == (old,)
    assert memory.before(YESTERDAY - timedelta(days=1)) == ()


@pytest.mark.parametrize("kind", ["paper", "news"])
def test_a_story_goes_on_as_what_it_was(kind: str) -> None:
    memory = remembering(known("url:a.example/1", kind=kind, sources=("old",)))
    (story,) = stories_of(news("a.example/1"), memory=memory)
    assert story.kind == kind
