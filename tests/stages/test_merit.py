"""Merit: a paper's text earns points, each with its reason, and nothing but the text counts."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.model import Filed, Item, ItemKind, Link, Remembered, Signals, Story
from daybrief.stages.merit import FollowedTitles, Resemblance, Subjects, merit_of, subject_of, traits
from daybrief.stages.rank import Preferences, rank, score

MODEL = (
    "TinyVid: Open Video Diffusion Transformers at Scale",
    "We present TinyVid, a 7B text-to-video diffusion transformer trained on 100M clips with large language "
    "model captions. TinyVid generates high-quality videos and outperforms open models on the benchmark "
    "VBench. We release code, weights and data at https://github.com/example/tinyvid.",
    ("cs.CV", "cs.AI"),
)
SENSOR = (
    "An Investigation of Recurrent Neural Network Classification for Fault Detection in Wind Turbine "
    "Gearboxes Using Vibration Signals",
    "This paper investigates fault detection in wind turbine gearboxes. A recurrent neural network is used "
    "to classify vibration signals measured by accelerometers. The method is compared with support vector "
    "machines and random forests, and the accuracy of the proposed approach is discussed.",
    ("eess.SP", "cs.LG"),
)


def story(
    title: str,
    text: str,
    tags: tuple[str, ...],
    *,
    key: str = "arxiv:2501.00001",
    kind: ItemKind = "paper",
    authors: tuple[str, ...] = (),
    links: tuple[Link, ...] = (),
    votes: int | None = None,
) -> Story:
    item = Item(
        key=key, source="arxiv", kind=kind, title=title, url="https://a.example/", text=text, tags=tags,
        authors=authors, links=links, signals=Signals(votes=votes),
    )  # fmt: skip
    return Story(id=key, kind=kind, items=(item,), first_seen=date(2025, 1, 2))


def filed(story: Story) -> Filed:
    return Filed(story=story, category="llm", confidence=1.0, why="")


def remembered(title: str, key: str = "arxiv:2412.00001") -> Remembered:
    seen = date(2025, 1, 1)
    return Remembered(
        story=key, kind="paper", title=title, keys=(key,), sources=("arxiv",), first_seen=seen, last_seen=seen
    )


def test_an_open_video_model_is_worth_more_than_a_classifier_of_vibrations() -> None:
    points = [sum(part.points for part in merit_of(story(*paper))) for paper in (MODEL, SENSOR)]
    assert points[0] > 0.5 > -0.5 > points[1]


def test_the_reasons_add_up_to_the_score_and_name_words_of_the_text() -> None:
    ranked = score(filed(story(*MODEL, authors=("A. One", "B. Two"))))
    assert ranked.score == pytest.approx(sum(float(reason.rpartition(" ")[2]) for reason in ranked.reasons))
    words = next(reason for reason in ranked.reasons if reason.startswith("words "))
    shown = [word for word in words.split("“")[1:]]
    assert len(shown) == 3
    whole = " ".join(MODEL[:2]).lower()
    assert all(word.partition("”")[0].split()[0] in whole for word in shown)
    assert any(reason.startswith("2 authors: ") for reason in ranked.reasons)


def test_no_identifier_moves_a_paper() -> None:
    low, high = (merit_of(story(*MODEL, key=f"arxiv:{n}")) for n in ("2411.00001", "2411.99999"))
    assert low == high


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        ("T", "A text.", "paper"),
        ("", "", "paper"),
        ("음성 인식을 위한 새로운 방법", "이 논문은 음성 인식을 위한 새로운 방법을 제안한다. " * 9, "paper"),
        (MODEL[0], MODEL[1], "news"),
        ("zq " * 400, "xw " * 9_000, "paper"),
    ],
)
def test_a_text_that_cannot_be_judged_earns_no_points(title: str, text: str, kind: ItemKind) -> None:
    assert merit_of(story(title, text, ("cs.CL",), kind=kind)) == ()


def test_a_paper_without_arxiv_categories_has_no_points_for_its_field() -> None:
    groups = [part.group for part in merit_of(story(MODEL[0], MODEL[1], ()))]
    assert groups == ["words", "release", "form"]


def test_more_authors_and_linked_code_raise_a_paper() -> None:
    def group(paper: Story, name: str) -> float:
        return next(part.points for part in merit_of(paper) if part.group == name)

    few, many = (story(*SENSOR, authors=tuple(map(str, range(n)))) for n in (1, 12))
    assert group(few, "authors") < 0 < group(many, "authors")
    code = (Link(rel="code", url="https://code.example/"),)
    assert group(story(*SENSOR), "release") < group(story(*SENSOR, links=code), "release")


@pytest.mark.parametrize(
    ("title", "text", "trait", "value"),
    [
        ("GPT-4o: a Card", "", "form:name before a colon", 1.0),
        ("Llama 3.1: a Herd", "", "form:name before a colon", 0.0),
        ("Learning: a View", "", "form:name before a colon", 0.0),
        ("Why?", "", "form:question", 1.0),
        ("T", "a model of 70B parameters", "form:scale", 1.0),
        ("T", "it is 3.5x faster", "form:times faster or smaller", 1.0),
        ("T", "an image of 3x3 pixels", "form:times faster or smaller", 0.0),
        ("T", "Project page: https://a.example", "release:project page", 1.0),
        ("T", "Our code is public", "release:code", 1.0),
        ("T", "the source coding theorem", "release:code", 0.0),
    ],
)
def test_a_trait_is_read_from_title_and_abstract(title: str, text: str, trait: str, value: float) -> None:
    assert traits(title, text, ())[trait] == value


def test_a_title_that_stood_there_before_is_lowered_and_named() -> None:
    new, old = (
        "Scaling Laws for Sparse Mixture-of-Experts Routing",
        "Scaling Laws of Sparse Mixture-of-Experts",
    )
    kept, _ = rank([filed(story(new, "A text.", ()))], most=9, most_each=9, earlier=[remembered(old)])
    assert kept[0].score < 0
    assert kept[0].reasons == (f"like “{old}” earlier: {kept[0].score:+.2f}",)
    same, _ = rank(
        [filed(story(new, "A text.", (), key="arxiv:1"))],
        most=9,
        most_each=9,
        earlier=[remembered(new, "arxiv:1")],
    )
    assert same[0].score == 0.0, "a story that continues does not repeat itself"


def test_a_second_paper_on_one_subject_makes_room_for_another() -> None:
    titles = {
        "arxiv:1": ("Scaling Laws for Sparse Mixture-of-Experts Routing", 9),
        "arxiv:2": ("Scaling Laws of Sparse Mixture-of-Experts", 8),
        "arxiv:3": ("Speech Recognition for Whales", 5),
    }
    stories = [
        filed(story(title, "A text.", (), key=key, votes=votes)) for key, (title, votes) in titles.items()
    ]
    kept, _ = rank(stories, most=9, most_each=9)
    assert [r.story.id for r in kept] == ["arxiv:1", "arxiv:3", "arxiv:2"]
    assert [r.score for r in kept] == sorted((r.score for r in kept), reverse=True)
    assert (
        kept[-1].reasons[-1].startswith("like “Scaling Laws for Sparse Mixture-of-Experts Routing” above: -")
    )
    shuffled = random.Random(3).sample(stories, len(stories))
    assert rank(shuffled, most=9, most_each=9)[0] == kept


def test_titles_are_alike_by_their_rarer_words() -> None:
    subjects = Subjects(["Large Language Models for Code", "Whale Song Recognition with Transformers"])
    assert subjects.nearest("Recognition of Whale Songs").title == "Whale Song Recognition with Transformers"
    assert subjects.nearest("Whale Song Recognition with Transformers").likeness == pytest.approx(1.0)
    assert subjects.nearest("Zebra").likeness == 0.0
    assert sum(weight**2 for weight in subject_of("Whale Song").weights) == pytest.approx(1.0)


TITLES = st.lists(st.sampled_from("whale song model code of deep LLM graph search 3D".split()), max_size=6)


@given(st.lists(TITLES.map(" ".join), max_size=12), TITLES.map(" ".join), st.floats(0.0, 1.0))
def test_where_only_much_alike_counts_the_same_title_is_found_or_none(
    titles: list[str], title: str, least: float
) -> None:
    subjects = Subjects(titles)
    nearest = subjects.nearest(title)
    assert subjects.nearest(title, least) == (nearest if nearest.likeness >= least else Resemblance())
    by_hand = dict(zip(*subject_of(title), strict=True))
    products = [
        sum(w * by_hand.get(word, 0.0) for word, w in zip(*subject_of(t), strict=True)) for t in titles
    ]
    assert nearest.likeness == pytest.approx(min(1.0, max(products, default=0.0)))


STORIES = st.dictionaries(st.sampled_from("abcdefgh"), TITLES.map(" ".join), max_size=6)


@given(st.lists(STORIES, min_size=1, max_size=12), TITLES.map(" ".join), st.floats(0.0, 1.0))
def test_titles_that_are_followed_over_days_are_compared_as_those_of_one_day(
    days: list[dict[str, str]], title: str, least: float
) -> None:
    followed = FollowedTitles()
    for day in days:
        followed.follow(day.items())
        alone = Subjects(day[story] for story in sorted(day))
        assert followed.nearest(title, least) == alone.nearest(title, least)


def test_titles_that_are_followed_for_years_take_no_more_room_than_those_of_some_weeks() -> None:
    followed, sizes = FollowedTitles(), []
    for day in range(300):
        followed.follow({(str(n), f"Whale song {n}") for n in range(day, day + 10)})
        sizes.append(len(followed))
    assert max(sizes) < 60
    assert followed.nearest("Whale song 299").title == "Whale song 299"
    assert followed.nearest("Whale song 12") == followed.nearest("Whale song")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_reader_is_told_what_raised_a_paper_and_not_what_lowered_it(language: str) -> None:
    lowered = [part for part in merit_of(story(*SENSOR)) if part.points < 0]
    assert lowered
    ranked = score(filed(story(*SENSOR)), Preferences(language=language))
    raised = [part for part in merit_of(story(*SENSOR)) if part.points > 0]
    assert len([line for line in str(ranked.because).split(" · ") if line]) == len(raised[:3])
