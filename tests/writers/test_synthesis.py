"""A section's sentences say what can be counted in its stories, and quote what was counted."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from daybrief.checks import form, generality, names, numbers, polarity, quotes, relations, wrong_source
from daybrief.checks import language as script
from daybrief.model import Claim, Filed, Ranked
from daybrief.ports import Reading, Tools
from daybrief.stages.verify import evidence_of, judge
from daybrief.testing.editions import item, story, taxonomy
from daybrief.writers.extractive import Options, make
from daybrief.writers.extractive.synthesis import synthesis

CHECKS = (quotes, numbers, names, generality, polarity, relations, script, form, wrong_source)
GENERIC = "It is measured on three tasks and described in full."


def ranked(number: int, title: str, text: str, continues: date | None = None) -> Ranked:
    source = story(item(number, title, f"{text} {GENERIC}"), continues=continues)
    return Ranked(filed=Filed(story=source, category="llm", confidence=1.0, why=""), score=1.0)


def synthesised(*stories: Ranked, language: str = "en") -> list[Claim]:
    return list(synthesis(Reading(category="llm", ranked=stories, claims=()), taxonomy()["llm"], language))


def texts(*pairs: tuple[str, str], language: str = "en") -> list[str]:
    return [
        claim.text
        for claim in synthesised(*(ranked(n, *pair) for n, pair in enumerate(pairs)), language=language)
    ]


METHOD = "We propose a new framework for parsing."
BENCHMARK = "We introduce a benchmark of ten tasks."
BETTER = "Our experiments show that it outperforms strong baselines."
FASTER = r"Our experiments show that Alpha is 2.5$\times$ faster than strong baselines and outperforms them."
NAMED = "We introduce Foo, a benchmark for the parsing of trees."
ALPHA = "We introduce Alpha, a framework for the parsing of trees."
WORSE = "We show that the quality degrades performance as documents grow."
DATA = "We evaluate our parser on the KITTI and COCO datasets."
ENGLISH = "We evaluate on English datasets."
OTHER_DATA = "We evaluate our method on two popular datasets, Cityscapes and KITTI."
CODE = "The code is publicly available at https://github.com/a/b."


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (BENCHMARK, BENCHMARK, "2 papers (Alpha, Beta) bring a benchmark or a data set."),
        (NAMED, NAMED, "2 papers (Foo, Foo) each bring a benchmark."),
        (NAMED, BENCHMARK, "2 papers (the benchmark Foo, Beta) bring a benchmark or a data set."),
        (FASTER, BETTER, "2 papers (Alpha: 2.5× faster, Beta) report better results than before."),
        (CODE, CODE, "2 papers (Alpha, Beta) release code."),
        (f"{ALPHA} {CODE}", CODE, "2 papers (the framework Alpha, Beta) release code."),
        (DATA, OTHER_DATA, "2 papers use KITTI in their experiments."),
    ],
)
def test_what_two_stories_say_is_counted(first: str, second: str, sentence: str) -> None:
    assert sentence in texts(("Alpha: Gaussian splatting", first), ("Beta: Gaussian splatting", second))


@pytest.mark.parametrize("text", [BETTER, WORSE, CODE, METHOD, BENCHMARK])
def test_a_count_without_a_name_says_nothing_of_a_section(text: str) -> None:
    assert texts(("Alpha beta", text), ("Gamma delta", text)) == []


@pytest.mark.parametrize("text", [BETTER, WORSE])
def test_that_results_are_better_or_worse_is_not_told_without_a_figure(text: str) -> None:
    assert texts(("Alpha: beta", text), ("Gamma: delta", text), ("Third", "")) == []


def test_the_figure_of_a_list_is_quoted_too() -> None:
    (claim,) = synthesised(ranked(1, "Alpha: a title", FASTER), ranked(2, "Beta: a title", BETTER))
    assert any("2.5$\\times$" in quote.text for quote in claim.quotes)
    assert claim.text == "2 papers (Alpha: 2.5× faster, Beta) report better results than before."


@pytest.mark.parametrize(
    "second",
    [
        "We will release code upon acceptance.",
        "However, existing methods do not outperform strong baselines, as results show.",
        "Do our results outperform the baselines?",
        "Previous work has proposed a framework for parsing.",
        "",
    ],
)
def test_a_promise_a_denial_a_question_and_others_work_are_not_counted(second: str) -> None:
    whole = f"{METHOD} {BETTER} {CODE}"
    assert texts(("Alpha beta", whole), ("Gamma delta", second)) == []


def test_the_first_thing_that_is_named_is_what_is_made() -> None:
    assert texts(
        ("Alpha: beta", "We present a benchmark for methods of parsing."),
        ("Gamma: delta", "We present a benchmark and an approach."),
    ) == ["2 papers (Alpha, Gamma) bring a benchmark or a data set."]


def test_some_of_several_are_named_and_all_of_them_are_not() -> None:
    pairs = [("Alpha: a title", CODE), ("Beta: a title", CODE)]
    assert texts(*pairs, ("Gamma: a title", "")) == ["2 papers (Alpha, Beta) release code."]
    assert texts(*pairs, ("A title without a name", CODE), ("Another", "")) == [
        "3 papers (Alpha, Beta and one more) release code."
    ]
    unnamed = [("A title without a name", CODE), ("A second title", CODE)]
    assert texts(*pairs, *unnamed) == ["4 papers (Alpha, Beta and others) release code."]


def test_a_subject_stands_as_its_reader_knows_it_with_the_stories_that_have_it() -> None:
    pairs = [
        ("Alpha: Gaussian splatting", "We try Gaussian splatting."),
        ("Beta: Gaussian splatting", "Fast."),
    ]
    third = ("Gamma: a parser", "Nothing of the kind.")
    assert texts(*pairs, third, language="ko") == ["논문 2편(Alpha, Beta)이 ‘가우시안 스플래팅’을 다룹니다."]
    assert texts(*pairs, third) == ["2 papers deal with ‘Gaussian splatting’."]


def test_news_of_titles_alone_share_the_names_in_them() -> None:
    stories = [
        Ranked(filed=Filed(story=story(item(n, title, "", kind="news")), category="ai-products",
                           confidence=1.0, why=""), score=1.0)
        for n, title in enumerate(("ChatGPT Pro", "The price of ChatGPT Pro", "A parser"))
    ]  # fmt: skip
    reading = Reading(category="ai-products", ranked=tuple(stories), claims=())
    assert [claim.text for claim in synthesis(reading, taxonomy()["ai-products"], "ko")] == [
        "뉴스 2건이 ‘ChatGPT Pro’를 다룹니다."
    ]


def test_results_that_differ_are_told_by_name() -> None:
    assert texts(("Alpha: a title", BETTER), ("Beta: a title", WORSE)) == [
        "Results point apart: better than before in Alpha, limits or a loss of performance in Beta."
    ]


def _with_results(*sentences: str, language: str = "en") -> list[str]:
    stories = [ranked(n, f"Name{n}: A title", "It is new.") for n in range(len(sentences))]
    told_by = [
        Claim(text=text, part="gist", quotes=(), stories=(each.story.id,), language=language)
        for each, text in zip(stories, sentences, strict=True)
        if text
    ]
    reading = Reading(category="llm", ranked=tuple(stories), claims=tuple(told_by))
    return [claim.text for claim in synthesis(reading, taxonomy()["llm"], language)]


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        # The result with a number stands first; a name that the sentence lacks is put before it.
        (
            ("It outperforms Foo.", "Name1 reaches 93% on Bar.", "", ""),
            ["Name1 reaches 93% on Bar. Name0: It outperforms Foo."],
        ),
        (("It outperforms Foo.", "It surpasses 3D Bar.", "", ""), []),  # no number
        (("Name0 reaches 93% on Bar.", "", "", ""), []),  # one paper alone
        (("It outperforms Foo.", "Name1 reaches 93% on Bar."), []),  # its two cards say it
    ],
)
def test_a_large_section_tells_its_two_best_results_by_name_and_number(
    sentences: tuple[str, ...], expected: list[str]
) -> None:
    assert _with_results(*sentences) == expected


def test_a_subject_is_two_words_that_a_title_names_and_others_speak_of() -> None:
    sentences = texts(
        ("Fast 3D Gaussian Splatting", "Gaussian splatting is made fast."),
        ("A renderer", "We study Gaussian splatting on phones."),
        ("Another thing", "Nothing of the kind."),
    )
    assert sentences == ["2 papers deal with ‘Gaussian Splatting’."]


def test_a_subject_is_named_without_the_ending_of_a_possessive() -> None:
    sentences = texts(
        ("A diffusion model's layers", "We prune. Diffusion model."), ("Speed", "A diffusion model is fast.")
    )
    assert sentences == ["2 papers deal with ‘diffusion model’."]


def test_the_name_of_the_category_is_no_subject() -> None:
    assert texts(("Large language models", "About large language models."),
                 ("On large language models", "Large language models again.")) == []  # fmt: skip


def test_every_story_that_is_counted_is_quoted() -> None:
    (claim,) = synthesised(*(ranked(n, f"Title{n}: Words", BENCHMARK) for n in range(3)))
    assert claim.stories == ("arxiv:2411.00000", "arxiv:2411.00001", "arxiv:2411.00002")
    assert [quote.text for quote in claim.quotes] == [BENCHMARK] * 3
    assert {quote.item_key for quote in claim.quotes} == set(claim.stories)


def test_a_quote_ends_before_an_address() -> None:
    claim = synthesised(*(ranked(n, f"Alpha{n}: Gaussian splatting", CODE) for n in range(2)))[-1]
    assert {quote.text for quote in claim.quotes} == {"The code is publicly available at"}


def test_stories_told_before_are_not_counted_again() -> None:
    old = ranked(2, "Gamma delta", BENCHMARK, continues=date(2024, 11, 20))
    assert synthesised(ranked(1, "Alpha beta", BENCHMARK), old) == []


@pytest.mark.parametrize(("language", "ending"), [("ko", "니다."), ("ja", "ます。"), ("en", ".")])
def test_each_language_says_it_itself(language: str, ending: str) -> None:
    (sentence,) = texts(("Alpha: beta", BENCHMARK), ("Gamma: delta", BENCHMARK), language=language)
    assert sentence.endswith(ending)
    assert "{" not in sentence


@pytest.mark.parametrize("language", ["ko", "ja", "en"])
def test_the_count_of_its_own_stories_passes_the_check_of_numbers(language: str) -> None:
    stories = [ranked(n, f"Foo{'ABC'[n]}: Words", BENCHMARK) for n in range(3)]
    (claim,) = synthesised(*stories, language=language)
    evidence = [ranked_story.story.lead for ranked_story in stories]
    check = numbers.make(numbers.Options(), Tools(taxonomy=taxonomy(), language=language))
    assert check.check(claim, evidence).outcome == "supported"
    wrong = claim.text.replace("3", "4")
    assert check.check(replace(claim, text=wrong), evidence).outcome != "supported"


def test_more_stories_than_anybody_counts_are_not_counted() -> None:
    assert synthesised(*(ranked(n, f"Title{n}: Words", BENCHMARK) for n in range(13))) == []


def test_the_writer_tells_what_stories_share_and_nothing_without_claims() -> None:
    writer = make(Options(), Tools(taxonomy=taxonomy(), language="en"))
    stories = (ranked(1, "Alpha: beta", BENCHMARK), ranked(2, "Gamma: delta", BENCHMARK))
    claims = tuple(claim for ranked_story in stories for claim in writer.read(ranked_story).claims)
    reading = Reading(category="llm", ranked=stories, claims=claims)
    shared = next(claim for claim in writer.synthesise(reading).claims if len(claim.stories) > 1)
    assert shared.text == "2 papers (Alpha, Gamma) bring a benchmark or a data set."
    assert writer.synthesise(Reading(category="llm", ranked=stories, claims=())).claims == ()


@pytest.mark.parametrize(
    "second",
    [
        "However, existing methods are tuned on the KITTI dataset.",
        "We evaluate our method on the MNIST dataset.",
        "We thank KITTI for datasets.",
        "We evaluate on English datasets.",
    ],
)
def test_data_that_one_paper_tries_is_shared_by_none(second: str) -> None:
    assert not [
        text for text in texts(("Alpha", f"{DATA} {ENGLISH}"), ("Gamma", second)) if "experiments." in text
    ]


def test_results_that_differ_are_not_told_where_a_paper_has_no_short_name() -> None:
    pairs = [("On Gaussian splatting", BETTER), ("Another Gaussian splatting", WORSE)]
    assert texts(*pairs, language="ko") == ["논문 2편이 ‘가우시안 스플래팅’을 다룹니다."]


def test_that_some_propose_a_method_is_not_told() -> None:
    assert texts(*[(f"{name}: a title", METHOD) for name in ("Alpha", "Beta", "Gamma")]) == []


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("ko", "‘추측 디코딩’(Speculative Decoding): 오늘 글 2개"),
        ("en", "‘Speculative Decoding’: in 2 stories today"),
        ("ja", "‘Speculative Decoding’: 今日の記事2件"),
    ],
)
def test_a_keyword_of_a_section_is_quoted_where_each_story_speaks_of_it_and_passes_every_check(
    language: str, line: str
) -> None:
    stories = (
        ranked(1, "Speculative Decoding on phones", "We study speculative decoding."),
        ranked(2, "Faster models", "Models are slow. We try speculative decoding on two phones."),
        ranked(3, "Another thing", "Nothing of the kind."),
    )
    tools = Tools(language=language, taxonomy=taxonomy())
    written = make(Options(), tools).synthesise(Reading(category="llm", ranked=stories, claims=())).claims
    (keyword,) = (claim for claim in written if claim.part == "keyword")
    assert keyword.text == line
    assert [quote.field for quote in keyword.quotes] == ["title", "text"]
    evidence = evidence_of(item for each in stories for item in each.story.items)
    checks = [module.make(module.Options(), tools) for module in CHECKS]
    (judged,) = judge([keyword], checks, evidence)
    assert judged.printable, judged.verdicts


def test_a_term_that_the_section_s_sentences_name_is_no_keyword_as_well() -> None:
    stories = tuple(ranked(n, "Gaussian splatting", "We try Gaussian splatting.") for n in range(2))
    read = Claim(text="We try it.", part="theme", quotes=(), stories=(stories[0].story.id,), language="en")
    writer = make(Options(), Tools(language="ko", taxonomy=taxonomy()))
    written = writer.synthesise(Reading(category="llm", ranked=stories, claims=(read,))).claims
    assert [claim.text for claim in written if "가우시안" in claim.text] == [
        "논문 2편이 ‘가우시안 스플래팅’을 다룹니다."
    ]
