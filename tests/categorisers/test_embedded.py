"""The embedded categoriser files each story by itself, the same every day, whatever the text."""

from __future__ import annotations

import gzip
import json
import random
import time
from datetime import date
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.categorisers import embedded
from daybrief.categorisers.embedded import EmbeddedCategoriser, LinearText, Options, make
from daybrief.model import Category, Item, ItemKind, Story, Taxonomy
from daybrief.ports import Tools

ASSETS = files("daybrief") / "assets"
TAXONOMY = msgspec.toml.decode((ASSETS / "taxonomy.toml").read_bytes(), type=Taxonomy)
HOSTILE = {
    "empty": ("", ""),
    "blank": (" \n\t", "\x00"),
    "megabyte": ("a " * 500_000, "quantum " * 130_000),
    "latex": (r"$\alpha_{i}^{2}$ \textbf{on} $\mathcal{O}(n)$", r"\begin{align} x &= y \\ \end{align} $$"),
    "emoji": ("🚀🔥👨‍👩‍👧‍👦", "🙂" * 5_000),
    "korean": ("대규모 언어 모델의 추론 가속", "본 논문은 양자화 기법을 제안한다."),
    "half a character": ("\ud800 robot", "\udfff"),
    "right to left": ("\u202eevil\u202c", "مرحبا"),
}
FOUNDING = {  # a paper, and the drawers a reader of the definitions could defend
    "2411.11767": {"retrieval"},
    "2411.11466": {"computer-vision"},
    "2406.09307": {"ethics"},
    "2411.12724": {"training-technique"},
    "2411.07018": {"field-specific"},
    "2411.09403": {"quantum"},
    "2411.15124": {"llm"},
    "2411.12946": {"security"},
    "2411.14793": {"generative-models"},
    "2411.15098": {"generative-models"},
    "2411.13543": {"agents", "multimodal"},
    "2411.14982": {"multimodal"},
}


def categoriser(taxonomy: Taxonomy = TAXONOMY, least: float = Options().least) -> EmbeddedCategoriser:
    return make(Options(least=least), Tools(taxonomy=taxonomy))


def story(
    title: str, text: str = "", kind: ItemKind = "paper", tags: tuple[str, ...] = (), key: str = "arxiv:1"
) -> Story:
    item = Item(
        key=key, source="test", kind=kind, title=title, url="https://example.org/a", text=text, tags=tags
    )
    return Story(id=key, kind=kind, items=(item,), first_seen=date(2026, 1, 1))


@pytest.fixture(scope="module")
def papers(root: Path) -> list[Story]:
    with gzip.open(root / "benchmarks" / "labels" / "papers_test.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [story(r["title"], r["abstract"], tags=tuple(r["tags"]), key=r["id"]) for r in rows]


def test_each_story_is_filed_once_in_order_in_a_category_of_its_kind(papers: list[Story]) -> None:
    mixed = [papers[0], story("OpenAI raises $40 billion", kind="news", key="n"), *papers[1:40]]
    filed = categoriser().file(mixed).filed
    assert [f.story for f in filed] == mixed
    assert all(f.category in {c.id for c in TAXONOMY.of(f.story.kind)} for f in filed)
    assert all(0 <= f.confidence <= 1 and f.why for f in filed)


def test_a_story_is_filed_the_same_alone_in_any_order_and_by_another_instance(papers: list[Story]) -> None:
    expected = {f.story.id: f for f in categoriser().file(papers[:60]).filed}
    shuffled = papers[:60]
    random.Random(3).shuffle(shuffled)
    assert {f.story.id: f for f in categoriser().file(shuffled).filed} == expected
    assert categoriser().file([papers[7]]).filed[0] == expected[papers[7].id]


@pytest.mark.parametrize("kind", ["paper", "news"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_filed_quickly_in_some_category(name: str, kind: ItemKind) -> None:
    title, text = HOSTILE[name]
    filer = categoriser()
    begun = time.process_time()
    (filed,) = filer.file([story(title, text, kind)]).filed
    assert filed.category in {c.id for c in TAXONOMY.of(kind)}
    assert time.process_time() - begun < 2


@settings(max_examples=60, deadline=None)
@given(
    title=st.text(max_size=200), text=st.text(max_size=400), tags=st.lists(st.text(max_size=12), max_size=4)
)
def test_any_text_and_any_tags_give_an_answer_with_a_probability(
    title: str, text: str, tags: list[str]
) -> None:
    (filed,) = categoriser().file([story(title, text, tags=tuple(tags))]).filed
    assert 0 <= filed.confidence <= 1
    assert filed.why


@pytest.mark.parametrize("kind", ["paper", "news"])
def test_a_story_with_nothing_to_go_on_is_in_others_without_confidence(kind: ItemKind) -> None:
    (filed,) = categoriser().file([story("???", "", kind)]).filed
    assert (filed.category, filed.confidence) == ("others", 0.0)


def test_qubits_decide_and_the_reason_quotes_the_words() -> None:
    (filed,) = (
        categoriser().file([story("Training variational quantum circuits", "We optimise qubits.")]).filed
    )
    assert filed.category == "quantum"
    assert "quantum" in filed.why


def test_money_and_courts_and_gardens_are_told_apart() -> None:
    titles = (
        "OpenAI raises $40 billion at a new valuation",
        "Judge lets copyright lawsuit against AI firm proceed",
        "Growing tomatoes",
    )
    filed = categoriser().file([story(t, kind="news") for t in titles]).filed
    assert [f.category for f in filed] == ["ai-business", "ai-policy", "off-topic"]
    assert "speaks of" in filed[0].why


@pytest.mark.parametrize(
    ("odds", "title", "category"),
    [  # the odds that it is off-topic; of the others the second is likelier
        (1 / 3, "growing red tomatoes well", "ai-policy"),
        (1.4, "growing red tomatoes well", "ai-policy"),  # 0.58: likelier than each other, and yet not sure
        (1.6, "growing red tomatoes well", "off-topic"),  # 0.62
        (9.0, "growing red tomatoes well", "off-topic"),
        (9.0, "growing red tomatoes with AI", "ai-policy"),  # the headline says that it is about AI
    ],
)
def test_news_is_off_topic_only_when_it_is_rather_sure_and_no_word_says_ai(
    monkeypatch: pytest.MonkeyPatch, odds: float, title: str, category: str
) -> None:
    features = [f"m:{word}" for word in title.lower().split()]
    known = sorted(embedded.number(feature) for feature in features)
    classes = ["ai-business", "ai-policy", "off-topic"]
    parts = {
        "classes": np.array(classes), "blocks": np.array(["spoken"]), "factors": np.array([1.0]),
        "numbers": np.array(known, np.uint32), "rarity": np.ones(len(known), np.float16),
        "weights": np.zeros((len(known), 3), np.int8), "scale": np.ones(3, np.float32),
        "bias": np.array([0.0, 0.5, np.log(odds)], np.float32),
    }  # fmt: skip
    model = LinearText({f"news/{name}": part for name, part in parts.items()}, "news")
    papers = embedded.shipped("papers")
    monkeypatch.setattr(embedded, "shipped", lambda name: model if name == "news" else papers)
    (filed,) = categoriser().file([story(title, kind="news")]).filed
    assert filed.category == category


def test_unknown_tags_are_no_evidence() -> None:
    bare, tagged = (story("Grasping with a robot arm", "A gripper.", tags=t) for t in ((), ("hot", "week 3")))
    assert [f.category for f in categoriser().file([bare]).filed] == [
        f.category for f in categoriser().file([tagged]).filed
    ]


def test_the_lead_gives_the_title_and_the_longest_text_is_read() -> None:
    short = story("Our new method", "Short.").items[0]
    long = story(
        "x", "A quadruped robot learns locomotion, grasping and manipulation with a robot arm."
    ).items[0]
    both = Story(id="s", kind="paper", items=(short, long), first_seen=date(2026, 1, 1))
    assert categoriser().file([both]).filed[0].category == "robotics"


def test_a_category_the_model_never_met_is_filled_by_its_keywords() -> None:
    own = Category(
        id="weather", kind="paper", emoji="⛅", name={"en": "Weather"}, definition="", keywords=("rain",)
    )
    taxonomy = Taxonomy(version="mine", category=(own, TAXONOMY["llm"], TAXONOMY["others"]))
    filer = categoriser(taxonomy)
    categories = [
        f.category
        for f in filer.file([story("Nowcasting of rain"), story("Training language models well")]).filed
    ]
    assert categories == ["weather", "llm"]


def test_a_category_the_taxonomy_lacks_is_never_used(papers: list[Story]) -> None:
    few = Taxonomy(version="mine", category=(TAXONOMY["llm"], TAXONOMY["robotics"], TAXONOMY["others"]))
    assert {f.category for f in categoriser(few).file(papers[:50]).filed} <= {"llm", "robotics", "others"}


def test_a_taxonomy_the_model_knows_nothing_of_leaves_all_in_others(papers: list[Story]) -> None:
    only = Taxonomy(version="mine", category=(TAXONOMY["others"],))
    assert {f.category for f in categoriser(only).file(papers[:5]).filed} == {"others"}


def test_few_papers_are_in_others(papers: list[Story]) -> None:
    filed = categoriser().file(papers).filed
    assert sum(f.category == "others" for f in filed) < 0.1 * len(filed)


def test_the_model_file_holds_numbers_and_names_but_no_pickle() -> None:
    with (ASSETS / "categoriser.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)
        for kind in ("papers", "news"):
            numbers = arrays[f"{kind}/numbers"]
            assert (np.diff(numbers.astype(np.int64)) > 0).all()
            assert set(arrays[f"{kind}/classes"]) <= {c.id for c in TAXONOMY.category}


def test_the_model_file_is_small_enough_to_ship(root: Path) -> None:
    assert (root / "src/daybrief/assets/categoriser.npz").stat().st_size < 4_000_000


def test_the_founding_papers_are_filed_where_a_reader_would_look(shared: Path) -> None:
    with gzip.open(shared / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [r for r in map(json.loads, file) if r["id"] in FOUNDING]
    stories = [
        story(r["title"], r["abstract"], tags=tuple(r.get("categories") or ()), key=r["id"]) for r in rows
    ]
    assert len(stories) == len(FOUNDING)
    filed = {f.story.id: f.category for f in categoriser().file(stories).filed}
    assert all(filed[key] in drawers for key, drawers in FOUNDING.items()), filed
