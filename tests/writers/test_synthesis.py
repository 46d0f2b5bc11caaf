"""A section's sentences tell results in figures, what stories share and who did what, and quote it all."""

from __future__ import annotations

from collections.abc import Sequence
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
from daybrief.writers.extractive.synthesis import figure_of, own_figure, synthesis

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
        (BENCHMARK, BENCHMARK, "Alpha and Beta bring benchmarks or data sets."),
        (NAMED, BENCHMARK, "Foo and Beta bring benchmarks or data sets."),
        (DATA, OTHER_DATA, "Alpha and Beta use KITTI in their experiments."),
        (METHOD, METHOD, "Alpha and Beta deal with ‘Gaussian splatting’."),
    ],
)
def test_what_two_stories_share_is_told_by_their_names(first: str, second: str, sentence: str) -> None:
    assert sentence in texts(("Alpha: Gaussian splatting", first), ("Beta: Gaussian splatting", second))


@pytest.mark.parametrize("text", [BETTER, WORSE, CODE, METHOD, BENCHMARK])
def test_a_count_without_a_name_says_nothing_of_a_section(text: str) -> None:
    assert texts(("Alpha beta", text), ("Gamma delta", text)) == []


OWN = (  # a sentence about the work Alpha, and what is told of it
    ("Alpha improves accuracy by 5%.", "Alpha raises accuracy by 5%.", "Alpha는 정확도를 5% 높였습니다."),
    ("We reduce end-to-end latency by up to 40%.", "Alpha lowers end-to-end latency by up to 40%.",
     "Alpha는 지연 시간을 최대 40% 줄였습니다."),
    (r"Alpha is 2.5$\times$ faster than LoRA.", "Alpha is 2.5× faster than LoRA.",
     "Alpha는 LoRA보다 2.5배 빨라졌습니다."),
    ("Alpha outperforms existing methods by 3.1%.", "Alpha is ahead of earlier methods by 3.1%.",
     "Alpha는 기존 방법보다 3.1% 앞섰습니다."),
    ("Our method achieves an accuracy of 87.2% on MMLU.", "Alpha reaches 87.2% accuracy on MMLU.",
     "Alpha는 MMLU에서 정확도 87.2%를 기록했습니다."),
    ("Alpha wins, with an SSIM increase of 14.5%.", "Alpha raises SSIM by 14.5%.",
     "Alpha는 SSIM 점수를 14.5% 높였습니다."),
    ("We achieve a 12.2x speed-up.", "Alpha is 12.2× faster.", "Alpha는 12.2배 빨라졌습니다."),
    (r"Alpha achieves a 2$\times$ speedup.", "Alpha is 2× faster.", "Alpha는 2배 빨라졌습니다."),
    ("Alpha enables a 16.2x reduction in memory usage.", "Alpha lowers memory usage by 16.2×.",
     "Alpha는 메모리 사용량을 16.2배 줄였습니다."),
    ("Alpha achieves a 2x inference speedup.", "Alpha makes inference 2× faster.",
     "Alpha는 추론 속도를 2배 높였습니다."),
    ("Alpha achieves 3x faster training than LoRA.", "Alpha makes training 3× faster than LoRA.",
     "Alpha는 LoRA보다 학습 속도를 3배 높였습니다."),
    ("Our method is 15x faster than comparable SOTA.", "Alpha is 15× faster than earlier methods.",
     "Alpha는 기존 방법보다 15배 빨라졌습니다."),
)  # fmt: skip


@pytest.mark.parametrize(("text", "english", "korean"), OWN)
def test_a_figure_of_the_authors_own_work_is_told_in_both_languages_and_passes_every_check(
    text: str, english: str, korean: str
) -> None:
    paper = item(1, "Alpha: a title", f"We propose Alpha. {text} {GENERIC}")
    for language, expected in (("en", english), ("ko", korean)):
        claim = figure_of(paper, "arxiv:1", language)
        assert claim is not None
        assert claim.text == expected
        assert text.rstrip(".") in claim.quotes[0].text
        tools = Tools(language=language, taxonomy=taxonomy())
        checks = [module.make(module.Options(), tools) for module in CHECKS]
        (judged,) = judge([claim], checks, evidence_of([paper]))
        assert judged.printable, judged.verdicts


@pytest.mark.parametrize(
    ("language", "before", "text"),
    [
        ("en", "Alpha is a method.", "It raises accuracy by 5%."),
        ("en", "The authors propose a method.", "Alpha raises accuracy by 5%."),
        ("ko", "Alpha는 새로운 방법입니다.", "정확도를 5% 높였습니다."),
        ("ko", "새로운 방법을 제안합니다.", "Alpha는 정확도를 5% 높였습니다."),
    ],
)
def test_a_card_names_the_work_once_and_the_section_by_its_name(
    language: str, before: str, text: str
) -> None:
    stories = [
        ranked(n, f"{name}: a title", f"{name} improves accuracy by 5%.")
        for n, name in enumerate(("Alpha", "Beta"))
    ]
    claims = []
    for each in stories:
        figure = figure_of(each.story.lead, each.story.id, language, after=before)
        assert figure is not None
        claims += [replace(figure, text=before, quotes=()), figure]
    assert claims[1].text == text
    reading = Reading(category="llm", ranked=tuple(stories), claims=tuple(claims))
    (summary,) = [c.text for c in synthesis(reading, taxonomy()["llm"], language)]
    assert summary.startswith("Alpha")
    assert "Beta" in summary


@pytest.mark.parametrize(
    "text",
    [
        "Existing methods achieve 90% accuracy.",
        "We develop Alpha-Agent, a baseline agent, achieving a 122% performance improvement.",
        "We find that GPT-4o achieves an accuracy of 36%.",
        "We test models on Alpha, with GPT-4o achieving 60% accuracy.",
        "Our method improves accuracy by 5% to 51%.",
        "Our method improves accuracy and recall by 9% and 10%, respectively.",
        "Does our method improve accuracy by 5%?",
        "Our method increases the error rate by 5%.",
        "Our method reduces accuracy by 5%.",
        "Our method shows 5-18% gains in accuracy.",
        "Our method achieves 19% accuracy, compared to 74% of humans.",
        "We collect 5% more stones.",
        "Alpha can achieve a 40% training time and 55% inference FLOPs acceleration of LLaVA-NeXT.",
    ],
)
def test_a_figure_of_others_a_range_a_pair_and_a_loss_are_no_figure_of_the_work(text: str) -> None:
    assert own_figure(text, "Alpha") is None


FRAMEWORK = "We propose Alpha, a framework for the parsing of trees."
EVALUATION = "We propose Alpha, an evaluation framework for parsers."
PIPELINE = "We introduce Alpha, a dataset. We present a new pipeline for selecting videos."
OPEN = "We release the code and data at https://github.com/a/b."
LATER = "We will release our code upon acceptance."


@pytest.mark.parametrize(
    ("first", "second", "third", "english", "korean"),
    [
        (FRAMEWORK, BENCHMARK, BENCHMARK,
         "Alpha brings a method; Beta and Gamma bring benchmarks or data sets.",
         "Alpha는 방법을, Beta와 Gamma는 벤치마크나 데이터셋을 내놓습니다."),
        (EVALUATION, BENCHMARK, BENCHMARK, "Beta and Gamma bring benchmarks or data sets.",
         "Beta와 Gamma는 벤치마크나 데이터셋을 내놓습니다."),
        (PIPELINE, BENCHMARK, "", "Alpha and Beta bring benchmarks or data sets.",
         "Alpha와 Beta는 벤치마크나 데이터셋을 내놓습니다."),
        (f"{FRAMEWORK} {BENCHMARK}", BENCHMARK, BENCHMARK,  # named for its framework
         "Alpha brings a method; Beta and Gamma bring benchmarks or data sets.",
         "Alpha는 방법을, Beta와 Gamma는 벤치마크나 데이터셋을 내놓습니다."),
        (FRAMEWORK, "", "", "", ""),  # of methods alone
        (FRAMEWORK, BENCHMARK, "", "", ""),  # the two cards say it
        (OPEN, CODE, "", "Alpha has released code and data; Beta has released code.",
         "Alpha는 코드와 데이터를, Beta는 코드를 공개했습니다."),
        (CODE, CODE, OPEN, "Alpha and Beta have released code; Gamma has released code and data.",
         "Alpha와 Beta는 코드를, Gamma는 코드와 데이터를 공개했습니다."),
        (CODE, LATER, "", "", ""),  # a promise can be had by nobody
    ],
)  # fmt: skip
def test_who_brings_and_who_has_released_what_is_told_in_one_sentence_that_passes_every_check(
    first: str, second: str, third: str, english: str, korean: str
) -> None:
    names = zip(("Alpha", "Beta", "Gamma"), (first, second, third), strict=True)
    stories = [ranked(n, f"{name}: a title", text) for n, (name, text) in enumerate(names)]
    for language, expected in (("en", english), ("ko", korean)):
        claims = synthesised(*stories, language=language)
        assert [claim.text for claim in claims] == [expected] * bool(expected)
        tools = Tools(language=language, taxonomy=taxonomy())
        checks = [module.make(module.Options(), tools) for module in CHECKS]
        judged = judge(claims, checks, evidence_of([each.story.lead for each in stories]))
        assert all(each.printable for each in judged)


def test_a_survey_of_benchmarks_brings_none() -> None:
    survey = ("Alpha-Survey: a comprehensive survey of benchmarks", BENCHMARK)
    assert texts(survey, ("Beta: a title", BENCHMARK)) == []


def test_a_task_to_benchmark_with_is_no_benchmark() -> None:
    task = ("Alpha: a title", "We introduce the ABC task to benchmark the response of models.")
    assert texts(task, ("Beta: a title", BENCHMARK)) == []


def test_a_name_of_several_words_stands_between_quotation_marks() -> None:
    pairs = [("From One to All: a title", BENCHMARK), ("Beta: a title", BENCHMARK)]
    assert texts(*pairs) == ["‘From One to All’ and Beta bring benchmarks or data sets."]


def test_the_first_thing_that_is_named_is_what_is_made() -> None:
    assert texts(
        ("Alpha: beta", "We present a benchmark for methods of parsing."),
        ("Gamma: delta", "We present a benchmark and an approach."),
    ) == ["Alpha and Gamma bring benchmarks or data sets."]


def test_all_are_named_or_some_with_a_word_for_the_others() -> None:
    pairs = [("Alpha: a title", BENCHMARK), ("Beta: a title", BENCHMARK)]
    assert texts(*pairs, ("Gamma: a title", "")) == ["Alpha and Beta bring benchmarks or data sets."]
    assert texts(*pairs, ("A title without a name", BENCHMARK), ("Another", "")) == [
        "Alpha, Beta and another bring benchmarks or data sets."
    ]
    unnamed = [("A title without a name", BENCHMARK), ("A second title", BENCHMARK)]
    assert texts(*pairs, *unnamed) == ["Alpha, Beta and others bring benchmarks or data sets."]


def test_a_subject_stands_as_its_reader_knows_it_with_the_stories_that_have_it() -> None:
    pairs = [
        ("Alpha: Gaussian splatting", "We try Gaussian splatting."),
        ("Beta: Gaussian splatting", "Fast."),
    ]
    third = ("Gamma: a parser", "Nothing of the kind.")
    assert texts(*pairs, third, language="ko") == ["Alpha와 Beta는 모두 ‘가우시안 스플래팅’을 다룹니다."]
    assert texts(*pairs, third) == ["Alpha and Beta deal with ‘Gaussian splatting’."]


def _news(*titles: str, language: str, gists: Sequence[str] = ()) -> list[str]:
    stories = [
        Ranked(filed=Filed(story=story(item(n, title, "", kind="news")), category="ai-products",
                           confidence=1.0, why=""), score=1.0)
        for n, title in enumerate(titles)
    ]  # fmt: skip
    claims = [
        Claim(text=text, part="gist", quotes=(), stories=(each.story.id,), language=language)
        for each, text in zip(stories, gists, strict=False)
    ]
    reading = Reading(category="ai-products", ranked=tuple(stories), claims=tuple(claims))
    return [claim.text for claim in synthesis(reading, taxonomy()["ai-products"], language)]


def test_news_tell_who_did_what_and_never_how_many_there_are() -> None:
    titles = (
        "Meta uses LLMs to sort mail – a blog",
        "A parser",
        "OpenAI and Nvidia open a new laboratory [pdf]",
    )
    assert _news(*titles, language="en") == [
        "Meta uses LLMs to sort mail. OpenAI and Nvidia open a new laboratory."
    ]
    assert _news("Quick takes on the recent incident", titles[0], language="en") == []  # takes: a noun
    assert _news("MiniMax M2", "MiniMax M3", "How Meta uses LLMs to sort mail", language="en") == []


def test_news_in_another_language_tell_the_deeds_of_its_cards_and_no_subject_matter() -> None:
    deeds = ("앤트로픽이 Opus 5를 공개했습니다.", "AI 관련 소식입니다.", "메타가 연구소를 열었습니다.")
    assert _news("A", "B", "C", language="ko", gists=deeds) == [f"{deeds[0]} {deeds[2]}"]
    others = ("글쓴이가 검색 도구를 공개했습니다.", "AI 관련 소식입니다.", "메타가 연구소를 열었습니다.")
    assert _news("A", "B", "C", language="ko", gists=others) == []


def _with_results(*sentences: str, language: str = "en") -> list[str]:
    stories = [ranked(n, f"Name{n}: A title", "It is new.") for n in range(len(sentences))]
    gists = []
    for each, text in zip(stories, sentences, strict=True):
        opening = Claim(text="It is.", part="gist", quotes=(), stories=(each.story.id,), language=language)
        gists += [opening, replace(opening, text=text)] if text else []
    reading = Reading(category="llm", ranked=tuple(stories), claims=tuple(gists))
    return [claim.text for claim in synthesis(reading, taxonomy()["llm"], language)]


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        # The result with a number stands first.
        (("Name0 beats Foo.", "Name1 reaches 93%."), ["Name1 reaches 93%. Name0 beats Foo."]),
        (("It beats Foo.", "Name1 reaches 93%."), ["Name1 reaches 93%. Name0 beats Foo."]),
        (("The authors beat Foo.", "Name1 reaches 93%."), []),  # somebody else may be meant
        (("It enables Name0 to outperform Foo.", "Name1 reaches 93%."), []),  # Name0 enables Name0
        (("Name0 outperforms Foo.", "Name1 surpasses Bar."), []),  # no number, and its two cards say it
        (("Name0 beats Foo.", "Name1 beats Bar.", ""), ["Name0 beats Foo. Name1 beats Bar."]),
        (("Name0 reaches 93% on Bar.", "", "", ""), []),  # one paper alone
    ],
)  # fmt: skip
def test_the_results_of_two_papers_stand_first_under_their_names(
    sentences: tuple[str, ...], expected: list[str]
) -> None:
    assert _with_results(*sentences) == expected


def test_a_subject_is_two_words_that_a_title_names_and_others_speak_of() -> None:
    sentences = texts(
        ("Fast: 3D Gaussian Splatting", "Gaussian splatting is made fast."),
        ("Wug: a renderer", "We study Gaussian splatting on phones."),
        ("Another thing", "Nothing of the kind."),
    )
    assert sentences == ["Fast and Wug deal with ‘Gaussian Splatting’."]


def test_a_subject_is_named_without_the_ending_of_a_possessive() -> None:
    sentences = texts(
        ("Cut: a diffusion model's layers", "We prune. Diffusion model."),
        ("Wug: speed", "A diffusion model is fast."),
    )
    assert sentences == ["Cut and Wug deal with ‘diffusion model’."]


def test_the_name_of_the_category_is_no_subject() -> None:
    assert texts(("Large language models", "About large language models."),
                 ("On large language models", "Large language models again.")) == []  # fmt: skip


def test_every_story_that_is_counted_is_quoted() -> None:
    (claim,) = synthesised(*(ranked(n, f"Title{n}: Words", BENCHMARK) for n in range(3)))
    assert claim.stories == ("arxiv:2411.00000", "arxiv:2411.00001", "arxiv:2411.00002")
    assert [quote.text for quote in claim.quotes] == [BENCHMARK] * 3
    assert {quote.item_key for quote in claim.quotes} == set(claim.stories)


def test_a_quote_ends_before_an_address() -> None:
    text = "We introduce a benchmark of ten tasks at https://github.com/a/b."
    claim = synthesised(*(ranked(n, f"Alpha{n}: a title", text) for n in range(2)))[-1]
    assert {quote.text for quote in claim.quotes} == {"We introduce a benchmark of ten tasks at"}


def test_stories_told_before_are_not_counted_again() -> None:
    old = ranked(2, "Gamma delta", BENCHMARK, continues=date(2024, 11, 20))
    assert synthesised(ranked(1, "Alpha beta", BENCHMARK), old) == []


@pytest.mark.parametrize(("language", "ending"), [("ko", "니다."), ("ja", "ます。"), ("en", ".")])
def test_each_language_says_it_itself(language: str, ending: str) -> None:
    (sentence,) = texts(("Alpha: beta", BENCHMARK), ("Gamma: delta", BENCHMARK), language=language)
    assert sentence.endswith(ending)
    assert "{" not in sentence


def test_more_stories_than_anybody_counts_are_not_counted() -> None:
    assert synthesised(*(ranked(n, f"Title{n}: Words", BENCHMARK) for n in range(13))) == []


def test_the_writer_tells_what_stories_share_and_nothing_without_claims() -> None:
    writer = make(Options(), Tools(taxonomy=taxonomy(), language="en"))
    stories = (ranked(1, "Alpha: beta", BENCHMARK), ranked(2, "Gamma: delta", BENCHMARK))
    claims = tuple(claim for ranked_story in stories for claim in writer.read(ranked_story).claims)
    reading = Reading(category="llm", ranked=stories, claims=claims)
    shared = next(claim for claim in writer.synthesise(reading).claims if len(claim.stories) > 1)
    assert shared.text == "Alpha and Gamma bring benchmarks or data sets."
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


def test_what_papers_without_a_short_name_share_is_not_told() -> None:
    assert texts(("On Gaussian splatting", BETTER), ("Another Gaussian splatting", WORSE)) == []


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
    stories = tuple(
        ranked(n, f"Foo{n}: Gaussian splatting", "We try it on Gaussian splatting.") for n in range(2)
    )
    read = Claim(text="We try it.", part="theme", quotes=(), stories=(stories[0].story.id,), language="en")
    writer = make(Options(), Tools(language="ko", taxonomy=taxonomy()))
    written = writer.synthesise(Reading(category="llm", ranked=stories, claims=(read,))).claims
    assert [claim.text for claim in written if "가우시안" in claim.text] == [
        "Foo0과 Foo1은 모두 ‘가우시안 스플래팅’을 다룹니다."
    ]
