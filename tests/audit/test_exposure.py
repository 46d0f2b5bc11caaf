"""Exposure of what was selected: counted right, tested fairly, silent where little is known."""

from __future__ import annotations

import math
import random

import pytest

from daybrief.audit.exposure import DIMENSIONS, Dimension, Offer, Share, difference, exposure, offers
from daybrief.model import Drop, Entry, Fold, Harvest, Item, Ledger
from daybrief.testing.editions import founding


def item(key: str, **fields: object) -> Item:
    made = {
        "key": key,
        "source": "arxiv",
        "kind": "paper",
        "title": "A title",
        "url": f"https://a.example/{key}",
    }
    return Item(**{**made, **fields})  # type: ignore[arg-type]


def offer(topic: str, place: int | None = None) -> Offer:
    groups: dict[Dimension, tuple[str, ...]] = dict.fromkeys(DIMENSIONS, ("",))
    return Offer(groups={**groups, "topic": (topic,)}, place=place)


def shares(day: list[Offer]) -> dict[str, Share]:
    return {share.group: share for share in exposure("papers", [day]).shares["topic"]}


def test_every_story_of_an_edition_is_an_offer_with_its_place() -> None:
    edition = founding()
    offered = offers(edition, [])
    assert [o.place for o in offered] == list(range(1, len(edition.stories) + 1))
    assert all(o.groups["topic"][0].startswith("cs.") for o in offered if o.groups["topic"] != ("",))


def test_items_left_out_are_offers_without_a_place_and_those_told_before_are_none() -> None:
    edition = founding()
    left, seen, merged, news = item("arxiv:1"), item("arxiv:2"), item("hf:1"), item("url:n", kind="news")
    ledger = Ledger(
        entries=(
            Entry(
                stage="dedupe", unit="items", came_in=3, kept=1, merged=1,
                dropped=(Drop(reason="seen-before", refs=("arxiv:2",)),),
                folds=(Fold(story="arxiv:1", refs=("arxiv:1", "hf:1")),),
            ),
        )
    )  # fmt: skip
    edition = type(edition)(
        **{f: getattr(edition, f) for f in edition.__struct_fields__} | {"ledger": ledger}
    )
    harvest = Harvest(
        source="arxiv", state="fresh", items=(left, seen, merged, news, edition.stories[0].lead)
    )
    offered = offers(edition, [harvest])
    assert sum(o.place is None for o in offered) == 1
    assert sum(o.place is not None for o in offered) == len(edition.stories)


def test_a_story_that_several_sources_carried_belongs_to_each() -> None:
    edition = founding()
    lead = edition.stories[0].lead
    twin = item(lead.key, source="hf_papers")
    harvests = [
        Harvest(source="arxiv", state="fresh", items=(lead,)),
        Harvest(source="hf_papers", state="fresh", items=(twin,)),
    ]
    first = next(o for o in offers(edition, harvests) if o.place == 1)
    assert first.groups["source"] == (lead.source, "hf_papers")


@pytest.mark.parametrize(
    ("fields", "dimension", "groups"),
    [
        ({"language": "ko-KR"}, "language", ("ko",)),
        ({"title": "모델을 작게 만드는 새로운 방법"}, "language", ("ko",)),
        ({"tags": ("cs.CL", "cs.AI")}, "topic", ("cs.CL",)),
        ({"kind": "news", "tags": ("ai",)}, "topic", ("",)),
        ({"kind": "news", "url": "https://www.deepmind.example/x"}, "institution", ("deepmind.example",)),
        ({"kind": "news", "url": "https://[broken"}, "institution", ("",)),
        ({}, "institution", ("",)),
    ],
)
def test_groups_are_read_off_the_item(
    fields: dict[str, object], dimension: Dimension, groups: tuple[str, ...]
) -> None:
    edition = founding()
    if fields.get("kind") == "news":
        edition = type(edition)(
            **{f: getattr(edition, f) for f in edition.__struct_fields__} | {"kind": "news"}
        )
    harvest = Harvest(source="s", state="fresh", items=(item("arxiv:9999.00001", **fields),))
    left = [o for o in offers(edition, [harvest]) if o.place is None]
    assert [o.groups[dimension] for o in left] == [groups]


def test_a_group_that_is_printed_more_often_is_named_and_its_opposite_too() -> None:
    day = (
        [offer("a", place) for place in range(1, 31)]
        + [offer("a")] * 10
        + [offer("b")] * 35
        + [offer("b", 31)] * 5
    )
    groups = shares(day)
    assert (groups["a"].offered, groups["a"].printed, groups["a"].share) == (40, 30, 0.75)
    assert (groups["a"].selection, groups["b"].selection) == ("more", "less")
    assert groups["a"].gap == pytest.approx(0.75 - 0.125)


def test_a_group_that_stands_higher_than_chance_is_named() -> None:
    day = [offer("a", place) for place in range(1, 16)] + [offer("b", place) for place in range(16, 31)]
    groups = shares(day)
    assert (groups["a"].standing, groups["b"].standing) == ("more", "less")
    assert groups["a"].exposure > 0.6 > groups["a"].offered_part
    assert groups["a"].exposure + groups["b"].exposure == pytest.approx(1.0)
    assert groups["a"].exposure == pytest.approx(
        sum(1 / math.log2(1 + p) for p in range(1, 16)) / sum(1 / math.log2(1 + p) for p in range(1, 31))
    )


@pytest.mark.parametrize("size", [1, 9])
def test_small_groups_get_no_verdict(size: int) -> None:
    groups = shares([offer("a", place + 1) for place in range(size)] + [offer("b") for _ in range(40)])
    assert (groups["a"].selection, groups["a"].standing) == ("too few", "too few")


def test_where_all_are_alike_or_nothing_is_known_there_is_nothing_to_compare() -> None:
    comparison = exposure("papers", [[offer("a", 1), offer("a")]])
    assert comparison.shares["topic"] == ()
    assert comparison.shares["institution"] == ()
    assert exposure("news", []).offered == 0


def test_editions_drawn_at_random_are_called_unequal_as_seldom_as_promised() -> None:
    rng, called = random.Random(1), 0
    for _ in range(200):
        topics = [rng.choice("aaabbc") for _ in range(120)]
        places = dict(zip(rng.sample(range(120), 40), range(1, 41), strict=True))
        groups = shares([offer(topic, places.get(at)) for at, topic in enumerate(topics)])
        called += any(s.selection in ("more", "less") for s in groups.values())
    assert called / 200 < 0.09


@pytest.mark.parametrize(
    ("own", "others", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((0, 10), (0, 20), -0.1611, 0.2775),
    ],
)
def test_the_interval_is_newcombes(
    own: tuple[int, int], others: tuple[int, int], low: float, high: float
) -> None:
    """The published examples of Newcombe 1998, Table II, method 10."""
    estimate = difference(own, others, 0.95)
    assert estimate[1:] == pytest.approx((low, high), abs=5e-5)


def test_a_side_without_anybody_says_nothing() -> None:
    assert difference((0, 0), (1, 2), 0.95) == (0.0, -1.0, 1.0)
