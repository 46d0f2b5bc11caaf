"""The gist of a story: what it says, what it rests on, what it leaves out."""

from __future__ import annotations

import pytest

from daybrief.checks import form, language, names, numbers, polarity, quotes
from daybrief.model import Claim, Filed, Item, Ranked
from daybrief.ports import Tools
from daybrief.stages.verify import evidence_of, judge
from daybrief.testing.editions import item, story, taxonomy
from daybrief.text.sentences import Sentence
from daybrief.writers.extractive import ROLES, Options, chances, gist, make, releases

ABSTRACT = (
    "Image editing with text is slow. In this paper, we propose FooNet, a framework that improves image "
    "editing with diffusion models. FooNet reduces inference time by 40% on ImageNet. "
    "Code is available at https://github.com/foo/net."
)


def paper(title: str = "FooNet: Fast Image Editing", text: str = ABSTRACT) -> Item:
    return item(1, title, text)


def gist_of(of: Item, code: str = "ko") -> tuple[Claim, ...]:
    return gist(of, "story", code)


def test_it_says_what_a_paper_is_what_it_found_and_what_it_releases() -> None:
    assert [claim.text for claim in gist_of(paper())] == [
        "FooNet은 이미지 편집을 개선하는 프레임워크입니다.",
        "ImageNet에서 추론 시간을 40% 줄였습니다.",
        "코드를 공개했습니다.",
    ]


def test_each_sentence_holds_the_very_words_it_was_made_from_and_no_address() -> None:
    source = paper()
    claims = gist_of(source)
    assert len(claims) == 3
    for claim in claims:
        (quote,) = claim.quotes
        assert getattr(source, quote.field)[quote.start : quote.end] == quote.text
        assert "http" not in quote.text
        assert (claim.part, claim.language, claim.stories) == ("gist", "ko", ("story",))


def test_each_sentence_passes_the_checks_of_a_model_s_sentence() -> None:
    tools = Tools(taxonomy=taxonomy(), language="ko")
    checks = [each.make(each.Options(), tools) for each in (quotes, language, form, numbers, names, polarity)]
    source = paper()
    assert [j.printable for j in judge(gist_of(source), checks, evidence_of([source]))] == [True] * 3


WHOLE = "The company ships a small model of speech for phones."


@pytest.mark.parametrize(
    ("title", "text", "quoted"),
    [
        ("A model ships", f"{WHOLE} The model is called Foo and it runs on every phone that is ...", WHOLE),
        ("A model ships", f"A model ships {WHOLE}", WHOLE),
        ("A model ships", f"{WHOLE} We hope that our findings will spur future research on phones.", WHOLE),
        ("The company", WHOLE, WHOLE),
    ],
    ids=["cut off", "behind its title", "a hope", "begins as the title"],
)
def test_what_is_quoted_is_whole_and_tells_something_besides_the_title(
    title: str, text: str, quoted: str
) -> None:
    source = item(1, title, text, kind="news")
    filed = Filed(story=story(source), category="ai-products", confidence=1.0, why="")
    writer = make(Options(), Tools(taxonomy=taxonomy(), language="en"))
    claims = writer.read(Ranked(filed=filed, score=1.0)).claims
    assert {claim.text for claim in claims} == {quoted}
    (quote,) = claims[0].quotes
    assert source.text[quote.start : quote.end] == quoted


def test_a_sentence_that_a_feed_cuts_off_is_no_gist_either() -> None:
    assert (
        gist_of(paper(text="In this paper, we propose FooNet, a framework that improves image ed..."), "en")
        == ()
    )


def test_a_sentence_about_the_field_alone_stands_for_no_paper() -> None:
    field = "However, existing methods still suffer from slow inference and remain limited in practice."
    work = "We introduce a small cache that makes decoding twice as fast on phones."
    tools = Tools(language="en", taxonomy=taxonomy())

    def themes(text: str) -> list[str]:
        of = Ranked(
            filed=Filed(story=story(paper("Fast decoding", text)), category="llm", confidence=1.0, why=""),
            score=1.0,
        )
        return [claim.text for claim in make(Options(), tools).read(of).claims if claim.part == "theme"]

    assert themes(f"{field} {work}") == [work]
    assert themes(f"{field} {field.replace('slow', 'poor')}") == ["Fast decoding"]


def test_a_release_alone_is_no_gist_where_the_source_s_own_words_tell_more() -> None:
    source = paper("Fast editing", "Editing is slow. The code is available at https://github.com/foo/net.")
    assert gist_of(source, "en") == ()


def test_a_language_without_a_teller_has_no_gist() -> None:
    assert gist_of(paper(), "ja") == ()


def test_an_english_reader_gets_sentences_of_the_third_person() -> None:
    assert [claim.text for claim in gist_of(paper(), "en")] == [
        "FooNet is a framework that improves image editing with diffusion models.",
        "It lowers inference time by 40% on ImageNet.",
        "The code is released.",
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We show that our wug beats theirs.", []),
        ("We propose a wug that learns from text, and we show that it is fast.", []),
        ("We propose a wug that learns from text, achieving 9% of what we hoped.",
         ["The authors propose a wug that learns from text."]),
        ("Our results indicate that wugs learn from text alone.",
         ["The results indicate that wugs learn from text alone."]),
        ("We study wugs (the small", []),
        ("The sympathetic nervous system regulates what wugs do.", []),
        ("This paper presents a wug that learns and reports a proof of concept.",
         ["The authors present a wug that learns."]),
    ],
)  # fmt: skip
def test_an_english_sentence_ends_where_its_clause_can_or_is_not_made(
    text: str, sentences: list[str]
) -> None:
    assert [claim.text for claim in gist_of(paper("On wugs", text), "en")] == sentences


def test_a_story_in_the_reader_s_language_is_told_by_its_own_words() -> None:
    text = "본 논문은 이미지 편집을 빠르게 하는 방법을 제안한다. 실험 결과 추론 시간이 줄었다."
    source = item(1, "빠른 이미지 편집", text, language="ko")
    assert [claim.text in text for claim in gist_of(source)] == [True]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("We evaluate our method on three tasks.", "평가"),
        ("It is unclear how we assess progress in image generation.", "평가"),
        ("Some public models are available in the literature of vision.", "공개"),
    ],
)
def test_what_the_authors_do_not_say_of_their_own_work_is_left_out(text: str, sentence: str) -> None:
    assert not [claim for claim in gist_of(paper("On wugs", text)) if sentence in claim.text]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Extensive experiments show that our method achieves 81.7\\% accuracy on ImageNet.",
            ["이 방법은 ImageNet에서 정확도 81.7%를 기록했습니다."],
        ),
        (
            "We propose FooNet. On ImageNet, FooNet reduces memory usage by 30.5% compared to LoRA.",
            ["FooNet은 ImageNet에서 LoRA보다 메모리 사용량을 30.5% 줄였습니다."],
        ),
        (
            "Experiments on GSM8K show that our method improves accuracy by 5%, reducing cost.",
            ["이 방법은 GSM8K에서 정확도를 5% 개선했습니다."],
        ),
        (
            "The optimized solutions show over 40% reductions for neutron and gamma radiation from before.",
            ["중성자와 감마 방사선을 40% 이상 줄였습니다."],
        ),
        ("Results show that the dataset growth of wugs improves accuracy by 5%.", []),  # not the data set
        (
            "Experiments show that FooNet achieves an improvement of 4.5% over existing methods on GSM8K.",
            ["FooNet은 GSM8K에서 기존 방법보다 4.5% 앞선 성능을 보였습니다."],
        ),
        ("Our method achieves 95% and 96% accuracy on CIFAR-10 and ImageNet, respectively.", []),
        ("Our model achieves an F1 score of 1.00 for POS and 0.81 for NER.", []),
        ("Existing methods achieve 95% accuracy on ImageNet.", []),
        (
            "We propose FooNet, a framework of language models (LLM). LLM achieves 95% accuracy on ImageNet.",
            [],
        ),
        ("In particular, for the attack of wugs, our method improves FooNet by 18.7%.", []),
        (
            "Our method reduces latency by 40% under severe noise.",  # not always
            ["이 방법은 심각한 잡음 조건에서 지연 시간을 40% 줄였습니다."],
        ),
        ("Our method reduces memory usage by 40% on ImageNet, CIFAR-10 and wugs.", []),  # where, is cut
        ("Our method could achieve 95% accuracy on ImageNet.", []),
        (
            "Experiments show that our method outperforms existing methods on four out of five datasets.",
            [],
        ),
    ],
)
def test_a_result_is_told_with_its_amount_or_not_at_all(text: str, sentences: list[str]) -> None:
    texts = [
        claim.text for claim in gist_of(paper("FooNet: On wugs", text)) if claim.quotes[0].field == "text"
    ]
    assert [sentence for sentence in texts if any(map(str.isdigit, sentence))] == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Experiments on GSM8K and MATH show that wugs are wugs.", ["GSM8K와 MATH에서 실험했습니다."]),
        ("We evaluate our method on GSM8K, MATH, and ARC.", ["GSM8K, MATH 및 ARC에서 실험했습니다."]),
        ("Experiments on KITTI datasets validate the effectiveness and robustness of our wugs.",
         ["KITTI 데이터셋에서 효과와 강건성을 확인했습니다."]),
        ("Extensive experiments on several datasets show that wugs are wugs.", []),  # any may be meant
        ("Experiments on three datasets and four types of wugs show that it is better.", []),
        ("We evaluate our method on image generation, tracking and wug removal.", []),  # a list
        ("Experiments on 15 wugs show that wugs are wugs.", []),
        ("Our method outperforms models with comparable parameters.", []),  # not all models
        ("Experiments on GSM8K do not show the effectiveness of our method.", []),
        ("Through experiments on GSM8K and MATH, we demonstrate that wugs are wugs.",
         ["GSM8K와 MATH에서 실험했습니다."]),
        ("We evaluate our method on GSM8K to validate its wugs.", ["GSM8K에서 실험했습니다."]),
        ("We evaluate our method on benchmarks such as GSM8K and MATH.",
         ["GSM8K, MATH 등의 벤치마크에서 실험했습니다."]),
        ("We evaluate our method on both synthetic and simulated images.",
         ["합성 이미지와 시뮬레이션 이미지에서 실험했습니다."]),
        ("We evaluate our method on two wug recognition models.", []),  # recognition of what
        ("Experiments on GSM8K show that our method outperforms existing methods.",
         ["이 방법은 GSM8K에서 기존 방법을 능가했습니다."]),  # and not that it was tried there
    ],
)  # fmt: skip
def test_on_what_a_work_was_tried_is_told_once_and_by_name(text: str, sentences: list[str]) -> None:
    claims = gist_of(paper("On wugs", text))
    assert [claim.text for claim in claims if claim.quotes[0].field == "text"] == sentences


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        (
            "FooNet uses a graph encoder to wug each blorp.",
            "그래프 인코더를 사용합니다.",
        ),  # for what, is left
        ("FooNet employs a graph encoder that wugs.", "그래프 인코더를 사용합니다."),
        ("FooNet removes artifacts that wug.", ""),  # not all of them
        ("FooNet uses an encoder to wug each blorp.", ""),  # a bare encoder says nothing
        ("FooNet can generate long videos.", "긴 비디오를 생성할 수 있습니다."),
        ("FooNet not only reduces memory usage but also wugs.", "메모리 사용량을 줄입니다."),
        ("FooNet is robust to label noise.", "레이블 잡음에 강건합니다."),
        ("FooNet is robust to wugs.", ""),
        ("We study image editing.", ""),  # the first sentence has told it
    ],
)
def test_what_a_thing_does_is_told_as_far_as_nothing_left_out_limits_it(deed: str, sentence: str) -> None:
    text = f"We propose FooNet, a framework for image editing. {deed}"
    _, *further = [claim.text for claim in gist_of(paper("FooNet: On wugs", text))]
    assert further == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("We train a diffusion model on synthetic images.", "합성 이미지로 확산 모델을 학습시켰습니다."),
        ("We use prompt engineering to wug each blorp.", "프롬프트 엔지니어링을 사용했습니다."),
        ("We use a model to wug each blorp.", ""),  # a bare model says nothing
        ("We train a graph encoder to wug each blorp.", "그래프 인코더를 학습시켰습니다."),
        ("We incorporate a graph encoder to wug.", "그래프 인코더를 도입했습니다."),
        ("We incorporate a graph encoder into wugs.", ""),  # into what, is left out
        ("We combine a graph encoder with wugs.", ""),  # with what, is left out
        ("We extend image editing to wugs.", ""),  # to what, belongs to it
        ("We use the Evolution of Heuristics framework.", ""),  # a name
        ("We train image encoders and proposed two graph models.", "이미지 인코더를 학습시켰습니다."),
        ("A graph encoder for video generation is introduced to wug.",
         "비디오 생성을 위한 그래프 인코더를 소개합니다."),
        ("Previously, we used prompt engineering.", ""),
    ],
)  # fmt: skip
def test_what_the_authors_did_is_told_beside_what_they_offer(deed: str, sentence: str) -> None:
    text = f"We propose FooNet, a framework for image editing. {deed}"
    _, *further = [claim.text for claim in gist_of(paper("FooNet: On wugs", text))]
    assert further == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    "text",
    [
        "In addition, we propose a robust graph encoder for long video generation.",
        "To further help, we propose a robust graph encoder for long video generation.",
        "A robust graph encoder for long video generation is proposed.",  # nobody says that it is the work
    ],
)
def test_a_card_begins_with_the_work_and_not_with_a_further_thing(text: str) -> None:
    first, second = [claim.text for claim in gist_of(paper("Image Editing with Wugs", text))]
    assert (first, second) == (
        "이미지 편집을 다룬 논문입니다.", "긴 비디오 생성을 위한 강건한 그래프 인코더를 제안합니다."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("Controlling Topological Defects in Wugs via Reinforcement Learning",
         "위상 결함과 강화학습을 다룬 논문입니다."),
        ("Topological Defects in Wugs without Reinforcement Learning", "위상 결함을 다룬 논문입니다."),
        ("Topological Defects in Wug-Reinforcement Learning", "위상 결함을 다룬 논문입니다."),
    ],
)  # fmt: skip
def test_a_bare_subject_has_one_more_term_of_its_title_beside_it(title: str, sentence: str) -> None:
    assert [claim.text for claim in gist_of(paper(title, "We wug."))] == [sentence]


def test_what_the_source_expects_is_told_in_its_own_part() -> None:
    text = f"{ABSTRACT} This paves the way for autonomous driving. Future work will explore image generation."
    parts = {claim.part: claim.text for claim in gist_of(paper(text=text))}
    assert parts["impact"] == "자율주행을 위한 길을 연다고 봅니다."
    assert parts["outlook"] == "이미지 생성을 향후 연구에서 다룰 계획입니다."


def test_where_a_sentence_would_lose_a_denial_the_next_one_is_told() -> None:
    text = "We propose BarNet, a novel framework designed to wug without blorps."
    (claim,) = gist_of(paper("BarNet: Image Editing for Image Segmentation", text))
    assert claim.text == "이미지 분할을 위한 이미지 편집을 다룬 논문으로, BarNet 프레임워크를 제안합니다."


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Graph networks wug. Graph networks blorp. Few graph networks quux.",
            ["그래프 네트워크를 다룬 논문입니다."],
        ),
        ("Graph networks wug. Graph networks blorp.", []),  # twice is by the way
        ("Graph. Networks wug. Graph, networks blorp. Graph networks quux.", []),  # no phrase
        ("LLMs wug. LLMs blorp. LLMs quux.", []),
    ],
)
def test_where_neither_title_nor_sentence_can_be_told_what_the_text_repeats_is(
    text: str, sentences: list[str]
) -> None:
    assert [claim.text for claim in gist_of(paper("Frobnicating wugs", text))] == sentences


def test_a_title_alone_gives_one_sentence() -> None:
    (claim,) = gist_of(paper("Image Generation with Diffusion Models", ""))
    assert claim.text == "이미지 생성을 다룬 논문입니다."
    assert claim.quotes[0].field == "title"


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("However, existing methods are slow and often fail.", "background"),
        ("We propose a novel framework for image editing.", "method"),
        ("Experiments show that our method outperforms the baselines by 4%.", "finding"),
        ("Our code is available on GitHub.", "release"),
        ("We hope that this inspires future research and leave the rest to future work.", "outlook"),
    ],
)
def test_the_role_of_a_plain_sentence_is_known(text: str, role: str) -> None:
    before = "Image editing has become popular in recent years."
    spans = [
        Sentence(start=0, end=len(sentence), text=sentence) for sentence in (before, text, "It is simple.")
    ]
    probabilities = chances(spans)[1]
    assert max(ROLES, key=probabilities.__getitem__) == role
    assert sum(probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "released"),
    [
        ("We release FooBench to facilitate future research.", True),
        ("We further contribute by open-sourcing the models.", True),
        ("Our code and data are publicly available.", True),
        ("We hope that this inspires future research.", False),
        ("The released energy is available as heat.", False),
    ],
)
def test_a_sentence_that_releases_code_or_data_is_recognised(text: str, released: bool) -> None:
    assert releases(text) is released


@pytest.mark.parametrize(
    ("clause", "sentence"),
    [
        ("audio LMs struggle with long-form speech, with losses.",
         "오디오 LM이 장문 음성에 어려움을 겪음을 보였습니다."),
        ("contrastive learning leads to robust prompts.",
         "대조 학습이 강건한 프롬프트로 이어짐을 보였습니다."),
        ("many language models generalize to unseen tasks.",
         "많은 언어 모델이 처음 보는 작업에 일반화됨을 보였습니다."),
        ("fine-tuning performs worse than retrieval.", "미세조정이 검색보다 성능이 낮음을 보였습니다."),
        ("increasing data volume enhances model performance.",
         "데이터양을 늘리는 것이 모델 성능을 향상시킴을 보였습니다."),
        ("language models are vulnerable to adversarial attacks.",
         "언어 모델이 적대적 공격에 취약함을 보였습니다."),
        ("the best existing rerankers provide diminishing returns when scoring progressively more documents.",
         "가장 좋은 기존 리랭커가 점점 더 많은 문서를 채점할 때 이득이 체감함을 보였습니다."),
        ("language models outperform prior retrieval methods.",
         "언어 모델이 기존 검색 방법을 능가함을 보였습니다."),
        (
            "retrieval models are more robust than sparse autoencoders.",
            "검색 모델이 희소 오토인코더보다 더 강건함을 보였습니다.",
        ),
        (
            "large language models tend to generate long answers.",
            "거대언어모델이 긴 답변을 생성하는 경향이 있음을 보였습니다.",
        ),
        (
            "diffusion models can be used to generate images.",
            "확산 모델이 이미지를 생성하는 데 쓰일 수 있음을 보였습니다.",
        ),
        (
            "fine-tuned models achieve comparable performance to large language models.",
            "미세조정된 모델이 거대언어모델에 견줄 만한 성능을 보임을 확인했습니다.",
        ),
        ("large language models tend to generate long qwxyz.", ""),
        ("retrieval improves accuracy, but it resolves no question.", ""),
        ("language models may generalize to unseen tasks.", ""),
        ("few language models generalize to unseen tasks.", ""),
        ("language model profiles significantly impact wugs.", ""),  # profiles may be a noun, or the verb
        ("data quality is the main bottleneck of image generation.",
         "데이터 품질이 이미지 생성의 병목임을 보였습니다."),
        ("language models rely heavily on prompt templates (see below).",
         "언어 모델이 프롬프트 템플릿에 의존함을 보였습니다."),
        ("language models generalize to unseen tasks only when they are large.", ""),
        ("prompt engineering significantly impacts wugs.", ""),
        ("language models whose wugs generalize to unseen tasks.", ""),
    ],
)  # fmt: skip
def test_a_finding_is_told_whose_subject_and_verb_are_sure_and_unlimited(clause: str, sentence: str) -> None:
    claims = gist_of(paper("On Parsing", f"Parsing is hard. We show that {clause}"))
    findings = [claim.text for claim in claims if claim.text.endswith(("보였습니다.", "확인했습니다."))]
    assert findings == ([sentence] if sentence else [])


@pytest.mark.parametrize(
    ("offer", "sentence"),
    [
        ("We propose WugNet, a framework that wugs.",
         "소수 단계 확산 샘플링을 다룬 논문으로, WugNet 프레임워크를 제안합니다."),
        ("We introduce a benchmark that wugs.",
         "소수 단계 확산 샘플링을 다룬 논문으로, 벤치마크를 소개합니다."),
        ("We introduce WugNet, a small framework built on wugs, a wug model.",
         "소수 단계 확산 샘플링을 다룬 논문으로, WugNet 프레임워크를 소개합니다."),
        ("We wug.", "소수 단계 확산 샘플링을 다룬 논문입니다."),
    ],
)  # fmt: skip
def test_a_bare_topic_is_told_with_what_is_offered_on_it(offer: str, sentence: str) -> None:
    source = paper("Few-Step Diffusion Sampling", f"Sampling is slow. {offer}")
    assert gist_of(source)[0].text == sentence
    assert all(getattr(source, q.field)[q.start : q.end] == q.text for q in gist_of(source)[0].quotes)


@pytest.mark.parametrize(
    ("headline", "sentence"),
    [
        ("Amazon to invest another $4B in Anthropic",
         "아마존이 Anthropic에 40억 달러를 추가로 투자할 예정입니다."),
        ("Klarna raises $200M Series C", "클라르나가 시리즈 C 투자로 2억 달러를 유치했습니다."),
        ("Microsoft acquires Inflection for $650 million",
         "마이크로소프트가 Inflection을 6억 5,000만 달러에 인수했습니다."),
        ("The New York Times sues OpenAI",
         "뉴욕타임스가 OpenAI를 상대로 소송을 제기했습니다."),
        ("Google hires Jane Doe", "구글이 Jane Doe를 영입했습니다."),
        ("How Google hires engineers", "구글 관련 과정이나 방식을 다룬 글입니다."),
        ("The bunny raises AI hopes", "AI 관련 소식입니다."),
        ("LLM Powered Autonomous Agents", "LLM 기반 자율 에이전트 관련 소식입니다."),
        ("Using Nginx to block Meta", "메타 관련 소식입니다."),
        ("Falcon LLM – A 40B Model", "LLM 관련 소식입니다."),
        ("Google Introduces A.I. Agent That Aces Forecasts",
         "구글의 AI 에이전트 관련 발표를 전하는 글입니다."),
        ("Why Is the Sky Blue?", ""),
        ("Can language models detect hallucinations?",
         "언어 모델과 환각 문제 관련 가능성을 묻는 글입니다."),
        ("Image generation using evolutionary algorithms",
         "이미지 생성과 진화 알고리즘 관련 소식입니다."),
    ],
)  # fmt: skip
def test_news_tell_who_did_what_or_name_their_subject_and_no_filler_stands_for_it(
    headline: str, sentence: str
) -> None:
    story = item(2, headline, "", kind="news")
    assert [claim.text for claim in gist(story, "story", "ko")] == [sentence] * bool(sentence)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We propose a novel method called Wala, or WLD, that encodes shapes of all kinds.",
         ["Wala is a novel method that encodes shapes of all kinds."]),
        ("We introduce a novel 3D generation framework that addresses these challenges, offering speed.",
         ["The authors introduce a novel 3D generation framework."]),
        ("We propose FPO, a framework to align models. FPO achieves 5.08% absolute improvement on text.",
         ["FPO is a framework to align models.", "It achieves 5.08% absolute improvement on text."]),
    ],
)  # fmt: skip
def test_english_drops_a_second_name_and_what_points_back(text: str, sentences: list[str]) -> None:
    assert [claim.text for claim in gist_of(paper("On wugs", text), "en")] == sentences


@pytest.mark.parametrize(
    ("release", "sentence"),
    [
        ("Our dataset is available online, and our code will be here.", "데이터를 공개했습니다."),
        ("Our dataset will be available online.", "데이터를 공개할 예정입니다."),
        ("We open-source the benchmark and continually add new models to it.", "벤치마크를 공개했습니다."),
        ("We release the code and data cleansing tools.", "코드를 공개했습니다."),
        ("Although (image, code) pairs are widely available for web pages, wugs are scarce.", ""),
    ],
)
def test_what_is_promised_of_the_code_is_not_promised_of_the_data(release: str, sentence: str) -> None:
    assert [claim.text for claim in gist_of(paper("Wugs", f"We wug. {release}"))] == [sentence] * bool(
        sentence
    )


def test_a_sentence_that_says_what_the_title_says_is_not_told_again() -> None:
    source = paper(
        "WugBench: Benchmarking Image Generation",
        "Images matter. We introduce WugBench, which benchmarks image generation.",
    )
    assert [claim.text.startswith("이미지 생성을") for claim in gist_of(source)] == [True]


def test_the_name_of_a_thing_studied_is_not_the_name_of_the_study() -> None:
    text = "We present an analysis of a novel image generation problem termed WugGen."
    assert not any(claim.text.startswith("WugGen") for claim in gist_of(paper("On Image Generation", text)))


@pytest.mark.parametrize("code", ["ko", "en"])
@pytest.mark.parametrize(
    "text",
    [ABSTRACT, "Nothing is said of it.", "We hope this work helps robots. Future work will study ships."],
)
def test_a_paper_read_again_tells_the_same(text: str, code: str) -> None:
    assert gist_of(paper(text=text), code) == gist_of(paper(text=text), code)
    titled = paper("Depth Estimation for Autonomous Driving", text)
    assert gist_of(titled, code) == gist_of(titled, code)


@pytest.mark.parametrize(
    ("offer", "who"),
    [
        ("We propose WugBench, a benchmark for image segmentation.", "제안한 방법은"),
        ("We propose WugNet, a method for image segmentation.", "이 방법은"),
        (
            "We propose WugBench, a benchmark for image segmentation. "
            "We propose WugNet, a method for image generation.",
            "이 방법은",
        ),
    ],
)
def test_a_result_is_not_told_of_the_benchmark_that_was_named_before(offer: str, who: str) -> None:
    source = paper("On Images", f"{offer} Our method outperforms existing methods on ImageNet.")
    (result,) = [claim.text for claim in gist_of(source) if "능가" in claim.text]
    assert result == f"{who} ImageNet에서 기존 방법을 능가했습니다."
