"""Real headlines of 2025 and 2026 and what they say in Korean: nothing but what is sure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from daybrief.languages.korean_headlines import headline
from daybrief.languages.korean_words import glossary, table
from daybrief.languages.tables import HeadlineFact
from daybrief.testing.editions import item
from daybrief.writers.extractive import gist

TABLE = Path(__file__).with_name("korean_headlines.tsv")


def gist_of(headline: str) -> str:
    return " ".join(claim.text for claim in gist(item(1, headline, "", kind="news"), "story", "ko"))


def rows() -> Iterator[tuple[str, str]]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        headline, _, sentence = line.partition("\t")
        yield headline, sentence


def test_a_headline_is_told_with_its_actor_its_action_and_its_object() -> None:
    table = list(rows())
    assert len(table) > 130
    assert {headline: gist_of(headline) for headline, _ in table} == dict(table)


@pytest.mark.parametrize(
    ("headline", "sentence"),
    [
        ("OpenAI does not use customer data", "OpenAI가 고객 데이터를 사용하지 않습니다."),
        ("OpenAI may release image model", "OpenAI가 이미지 모델을 공개할 수 있다는 내용의 글입니다."),
        ("OpenAI will not release coding model", "OpenAI가 코딩 모델을 공개하지 않을 예정입니다."),
        ("OpenAI has not released coding model", "OpenAI가 코딩 모델을 공개하지 않았습니다."),
        ("Microsoft allegedly acquired Foocorp", "마이크로소프트와 Foocorp 관련 소식입니다."),
        ("Google fails to block ads", "구글이 광고를 차단하는 데 실패했습니다."),
        ("Google refuses to ban AI-generated videos", "구글이 AI 생성 동영상을 금지하기를 거부했습니다."),
        ("Apple agrees to buy AI startup for $2B",
         "애플이 AI 스타트업을 20억 달러에 인수하기로 합의했습니다."),
        ("OpenAI sued by authors", "작가가 OpenAI를 상대로 소송을 제기했습니다."),
        ("Stripe in talks to buy OpenRouter", "Stripe가 OpenRouter를 인수하는 방안을 협의하고 있습니다."),
        ("Altman says OpenAI acquired Foocorp", "올트먼은 OpenAI가 Foocorp를 인수했다고 말했습니다."),
        ("OpenAI is planning to acquire Foocorp", "OpenAI가 Foocorp를 인수할 계획입니다."),
        ("OpenAI should acquire Foocorp", "OpenAI와 Foocorp 관련 소식입니다."),
        ("Is AI bad for the climate?", "AI와 환경 문제에 관한 물음을 던지는 글입니다."),
        ("Is AI frobnous?", "AI에 대해 묻는 글입니다."),
    ],
)  # fmt: skip
def test_what_is_denied_hedged_or_planned_stays_so(headline: str, sentence: str) -> None:
    assert gist_of(headline) == sentence


@pytest.mark.parametrize(
    ("headline", "subject"),
    [
        ("Google lifts a frob on frobnicating", "구글"),
        ("Qwen3 235B beats Claude on some wugs", "Qwen3"),
        ("I do not want AI to polish me", "AI"),
        ("Nvidia frobnicates the wugs", "엔비디아"),
        ("OpenAI makes barristers nervous", "OpenAI"),
        ("Stopping AI wugs from taking down sites", "AI"),
        ("Barristers frobnicating with ChatGPT", "ChatGPT"),
    ],
)
def test_where_a_word_is_not_sure_only_the_subject_is_named(headline: str, subject: str) -> None:
    sentence = gist_of(headline)
    assert subject in sentence
    assert sentence.endswith(" 관련 소식입니다.")


def test_a_post_that_shows_or_asks_says_so_even_where_the_rest_is_not_sure() -> None:
    assert gist_of("Show HN: Frobnicating ChatGPT wugs") == "글쓴이가 ChatGPT 관련 프로젝트를 공개했습니다."
    assert gist_of("Ask HN: Who frobnicates ChatGPT?") == "ChatGPT에 대해 묻는 글입니다."


@pytest.mark.parametrize(
    ("headline", "wrong"),
    [
        ("Rich Hickey: Thanks AI", "풍부한"),
        ("The Economist – Archive 1945 – NotebookLM", "경제학자를"),
        ("2025 Word of the Year: Slop", "단어를"),
        ("DHS Asks OpenAI to Unmask User Behind ChatGPT Prompts", "질문했"),
        ("Paying AIs to read my books", "지급"),
        ("Show HN: Neural Net Flies Navigate through a maze", "Flies"),
        ("MCP Joins the Agentic AI Foundation", "토대"),
        ("Books by People – Defending Organic Literature in an AI World", "사람들을 이용한"),
        ("Show HN: Stop Claude Code from forgetting everything", "망각"),
        ("MCP-Scanner – Scan MCP Servers for vulnerabilities", "스캔 MCP 서버"),
        ("Claude Seems Down", "Seems에"),
        ("OpenAI Trained Models for Months While Those Models Were Coordinating", "달을 위"),
        ("Apple sued by 2 authors over use of books in AI training", "작가 2개"),
        ("IETF setting standards for AI preferences", "환경 표준"),
        ("Coinbase Says AI Represents 'Important Opportunity' for Crypto", "표현한"),
        ("Lawsuit claims OpenAI stole 'massive amounts of personal data'", "훔쳤습니다"),
        ("Ask HN: GPT4 Broke Me", "Me"),
        ("Illinois prohibits weapons, facial recognition on police drones", "금지했"),
        ("Why Nature will not allow the use of generative AI in images and video", "본질"),
        ("France's Mistral AI raises a $113M seed round to take on OpenAI", "올린"),
        ("Enshittification: How Platforms Die", "숨지"),
        ("OpenAI plans app store for AI software, The Information reports", "정보에"),
        (
            "OpenAI sued for defamation after ChatGPT allegedly fabricated embezzlement claim",
            "소송을 당했다고",
        ),
        ("AI is going to eat itself: Experiment shows people training bots are using bots", "사람들 학습"),
        ("Aeon: A unified framework for machine learning with time series", "통합했"),
        ("Using GPT-4 to measure the passage of time in fiction", "구절"),
        ("The workers already replaced by artificial intelligence", "됐습니다"),
        ("Artist banned by Midjourney over fake photos of cheating politicians", "금지됐"),
        ("Vercel's AI Accelerator", "가속기"),
        ("Learning on tree architectures outperforms a convolutional feedforward network", "학습하는"),
        ("Is AI the solution to search's problem?", "검색하는"),
        ("Game prototype using AI assisted graphics", "도왔"),
        ("Show HN: GPT3 Get answers to technical questions from your documentation site", "Get"),
        ("Using ChatGPT to defraud Amazon customers", "사용하는 방법"),
        ("Show HN: Fully LLM powered code repair – fix and explain your code in seconds", "repair는"),
        ("Gmail creator says ChatGPT will destroy Google's business in two years", "가지 연도"),
        ("GPT-4 could pass Bar Exam, AI researchers say", "통과시"),
        ("Microsoft in talks to acquire a 49% stake in ChatGPT owner OpenAI", "강연"),
        ("AI trial helps doctors spot breast cancers", "재판"),
        ("Introducing Generative AI in Qt Creator", "창작자"),
        ("MindsDB vs PostgresML for building AI applications", "구축하는 PostgresML"),
        ("Using AI for loans and mortgages is big risk, warns EU boss", "사용하는 방법"),
        ("AI Technology Generates Original Proteins from Scratch", "원래의"),
        ("DHS, CISA Building AI-Based Cybersecurity Analytics Sandbox", "건물"),
        ("Getty Images is suing an AI image generator for copyright infringement", "침해를 위한"),
        ("Tesla gets Justice Department subpoena for self-driving cars", "추가됐"),
        ("Microsoft Looks To Add OpenAI's Chatbot Technology To Word, Email", "단어"),
        ("Language Models Trained on State Media Sources Launder Propaganda", "학습했다는"),
        ("Trump faces Truth Social backlash over AI video of Gaza", "진실"),
        ("Family sues OpenAI, alleging ChatGPT advice led to accidental overdose", "계열이"),
        ("I built a local Graph DB to stop AI coding agents from hallucinating Go code", "중단하기"),
        ("LLMs Do Not Break Interviews", "인터뷰를"),
        ("Conventional Commit message generator using local LLMs", "기존"),
        ("Muvera: Making multi-vector retrieval as fast as single-vector search", "만드는"),
        ("Microsoft's LinkedIn Chief Is Now Running Office", "사무실"),
        ("The role of the University is to resist AI", "예정"),
        ("Music publishers sue Anthropic for $3B over piracy of 20,517 songs", "달러를 이유로"),
        ("Ralph: Open-source AI agent that converts Linear issues to GitHub PRs", "선형"),
        ("Parents in China use AI technology to monitor children's homework", "중국 사용"),
        ("New York becomes first state to impose one-year pause on new AI datacenters", "현황"),
        ("Hugging Face CEO shares his demands of OpenAI", "수요를"),
        ("Analyzing Modern NVIDIA GPU cores", "핵심"),
        ("TikTok Skits Are Exposing ChatGPT, Gemini And Grok As Confidently Wrong", "노출하"),
        ("Is Mark Zuckerberg Actually TRYING to Destroy Meta?", "파괴하는"),
        ("Basic Memory: A Python-based Local-First Knowledge Graph for LLMs", "기본 메모리를"),
        ("Context Warp Drive – deterministic context compaction for LLM agents", "맥락 Warp"),
        ("A MCP server to help review code security using OSV", "리뷰 코드"),
        ("AI Industry Tells US Congress: 'We Need Energy'", "글쓴이"),
        ("Rabbit - A dead simple web agent (open source)", "죽은"),
        ("How high school students can create their own AI chat bot", "높은"),
        ("Dify: Leading Agentic Workflow Builder", "이끄는"),
        ("Agon: A Terminal UI for Comparing Local LLMs with Ollama", "비교하는"),
        ("Is OpenAI Planning to Turn ChatGPT Into an Ad Platform?", "계획이는지"),
        ("Announcing 'async_cargo_mcp' – a Model Context Protocol tool to save time and AI tokens", "구하는"),
        ("Giving LLMs persistent memory with a single Markdown file — looking for feedback", "찾는 과정"),
        ("DeepSeek V4 forces rivals to slash prices, rattling China’s cloud providers", "강요"),
        ("The Anatomy of a Learning Stall", "해부 구조가"),
        ("AI Companies Are Trying to Seize Control of Elections", "압수"),
        ("AGI Is Here", "나왔습니다"),
        ("Waymo announces Miami as its next ride hailing city", "발표"),
        ("Building Anthropic: A conversation with our co-founders [video]", "만드는"),
        ("Building a Model Context Protocol (MCP) Server", "프로토콜을 만드는"),
        ("OpenAI Buys Some Positive News - OpenAI is acquiring TBPN, a business talk show", "Positive"),
        ("Google unveils chips for AI training and inference in latest shot at Nvidia", "칩과 추론을"),
        ("Show HN: DAC – open-source dashboard as code tool for agents and humans", "대시보드입니다"),
        ("Show HN: Gemma Gem – AI model embedded in a browser – no API keys, no cloud", "API"),
        ("llmlite: first unified LLM (Large Language Model) provider library for Zig", "LLM입니다"),
        ("Open-sourced Polaris, a Rust toolkit for building agent harnesses", "Open-sourced"),
        ("Cirrus Labs to join OpenAI", "연구소"),
        ("US government launches ‘Tech Force’ to hire AI talent", "기술"),
        ("I built a local first tool that uses AST to sanitize code for AI", "위한 도구"),
        ("I made a vs code extension that insults you", "코드 확장"),
        ("Show HN: Aris – a free AI-powered answer engine for kids", "위한 엔진"),
        ("Show HN: Auto-Architecture: Karpathy's Loop, pointed at a CPU", "카파시의 관련"),
        ("Show HN: Help, I let ChatGPT control my computer", "Help"),
        ("Show HN: I Created ErisForge, a Python Library for Abliteration of LLMs", "Created"),
        ("Show HN: CopyCat – Free Alternative to OpenAI's $200 Operator", "OpenAI의 무료 대안"),
        ("Meta launches Instagram, Facebook, and WhatsApp subscriptions", "출시했"),
        ("Using AI for loans and mortgages is big risk, warns EU boss", "방법"),
        ("Black Market Boom: Nvidia AI Chips in High Demand", "AI 칩입니다"),
        ("Foocorp Omni: an AI image model for text and wugs", "텍스트를 위한"),
        ("You.com Launches YouPro – AI Chatbot with GPT-4 and Stable Diffusion XL", "YouPro는"),
    ],
)
def test_what_a_reader_found_wrong_is_not_told_so(headline: str, wrong: str) -> None:
    assert wrong not in gist_of(headline)


@pytest.mark.parametrize(
    "headline",
    [
        "OpenAI releases new case",
        "Google announces new board",
        "Apple launches bank plant",
        "Meta wins filing stage",
        "Foobar: an open-source draft for wugs",
        "Building a current property",
        "OpenAI kills search",
        "OpenAI is a sponge",
        "Will OpenAI acquire Foocorp?",
        "Google's Gemini is eating the world",
    ],
)
def test_no_word_of_several_senses_no_figure_of_speech_and_no_claim_is_told(headline: str) -> None:
    assert re.fullmatch(
        r"|.* 관련 소식입니다\.|.*에 대해 묻는 글입니다\.|.* 가능성을 묻는 글입니다\.", gist_of(headline)
    )


_SLOTS = re.compile(r"\{(\w\d?)(?::[^}]+)?\}")


def test_every_frame_has_the_same_slots_in_both_languages() -> None:
    frames = [pair for name in ("news frame", "news craft", "news sentence") for pair in table(name).items()]
    frames += [(f"{{n}} {english}", korean) for english, korean in table("news open").items()]
    assert len(frames) > 500
    for english, korean in frames:
        assert sorted(set(_SLOTS.findall(english)) - {"a", "_"}) == sorted(_SLOTS.findall(korean)), english


def test_no_word_is_listed_as_sure_and_as_not_sure() -> None:
    assert not set(table("news unsure")) & {*table("news sure"), *table("news sure modifier")} - set(
        glossary(news=True).company
    )


@pytest.mark.parametrize(
    ("url", "ending"),
    [
        ("https://github.com/wugs/frob", "관련 코드 저장소입니다."),
        ("https://github.com/wugs/frob/issues/3", "관련 토론입니다."),
        ("https://www.youtube.com/watch?v=1", "관련 유튜브 영상입니다."),
        ("https://vimeo.com/1", "관련 영상입니다."),
        ("https://openai.com/index/frob", "관련 OpenAI 발표입니다."),
        ("https://claude.com/frob", "관련 발표입니다."),
        ("https://www.reuters.com/frob", "관련 로이터 기사입니다."),
        ("https://www.phoronix.com/frob", "관련 기사입니다."),
        ("https://frob.substack.com/p/wug", "관련 서브스택 글입니다."),
        ("https://old.reddit.com/r/wugs/1", "관련 레딧 토론입니다."),
        ("https://[frob", "관련 소식입니다."),
        ("https://example.org/frob", "관련 소식입니다."),
    ],
)
def test_a_subject_alone_is_named_with_the_kind_of_page(url: str, ending: str) -> None:
    story = replace(item(1, "Frobnicating ChatGPT wugs", "", kind="news"), url=url)
    (claim,) = gist(story, "story", "ko")
    assert claim.text.endswith(ending)


def test_what_stands_in_brackets_leaves_no_hole_that_stops_the_story() -> None:
    """A headline lost its whole gist once, as a word with a capital stood behind two blanks."""
    assert "Claude" in gist_of("Frobwug - Frob Wugs (Claude, Gemini) Through Frobs. Free Frobs")


@pytest.mark.parametrize("letters", [250, 251, 12_000])
def test_a_headline_longer_than_any_is_laid_beside_no_frame(letters: int) -> None:
    """A headline that said in turn who says what went so deep that the edition was lost."""
    title = ("OpenAI acquires Anthropic for $1B" + " in 2026" * letters)[:letters]
    assert bool(headline(HeadlineFact(title=title))) == (letters <= 250)
    assert len(gist_of("OpenAI says " * (letters // 12))) < 100


@pytest.mark.parametrize(
    ("headline", "line"),
    [
        ("Ridley Scott says he wants to frob with AI", "Ridley Scott이 AI에 관해 밝힌 내용을 다룬 글입니다."),
        ("Bill Gates warns of AI wugs", "빌 게이츠가 AI에 관해 경고한 내용을 다룬 글입니다."),
        ("OpenAI launches ChatGPT wug for frobs", "OpenAI의 ChatGPT 관련 출시 소식을 전하는 글입니다."),
        ("Anthropic sues Google over wugs", "Anthropic이 구글을 상대로 제기한 소송을 다룬 글입니다."),
        ("Scientists use AI to frob wugs", "과학자가 AI를 활용한 사례를 다룬 글입니다."),
        ("Meta to frob the wugs of WhatsApp", "메타와 왓츠앱 관련 소식입니다."),
        ("Meta is struggling to wug WhatsApp", "메타가 왓츠앱 관련해 겪는 어려움을 다룬 글입니다."),
        ("Meta patents WhatsApp wugs for frobs", "메타의 왓츠앱 관련 특허를 다룬 글입니다."),
        ("Meta adopted wugs of WhatsApp", "메타의 왓츠앱 관련 도입을 다룬 글입니다."),
        ("Meta adopted by WhatsApp", "메타와 왓츠앱 관련 소식입니다."),
        ("Meta scraps wugs of WhatsApp: Reuters", "메타의 왓츠앱 관련 중단 결정을 다룬 글입니다."),
        ("Apple shares fall on Gemini wugs", "애플과 Gemini 관련 실적이나 주가를 다룬 글입니다."),
        ("Meta to sell the wugs of WhatsApp", "메타의 왓츠앱 관련 향후 움직임을 다룬 글입니다."),
        ("Apple may use the wugs of Gemini", "애플의 Gemini 관련 가능성을 다룬 글입니다."),
        ("Lawyer Accused of Frobbing ChatGPT", "변호사를 둘러싼 의혹을 다룬 글입니다."),
        ("Anthropic sued over ChatGPT wugs", "Anthropic을 상대로 한 소송을 다룬 글입니다."),
        ("Copyright lawsuit against OpenAI goes on", "OpenAI와 저작권 소송을 다룬 글입니다."),
        ("Frobbing families are suing over ChatGPT", "ChatGPT 관련 소송을 다룬 글입니다."),
        ("Wug layoffs follow the AI spree", "AI 관련 해고나 감원을 다룬 글입니다."),
        ("Frobbing makes ChatGPT wug, study finds", "ChatGPT 관련 연구나 조사 결과를 다룬 글입니다."),
        ("Frobbing with malware in ChatGPT", "ChatGPT 관련 보안 문제를 다룬 글입니다."),
        ("Fears mount that AI wugs electricity", "AI와 전력 문제를 다룬 글입니다."),
        ("ChatGPT vs. Wuggle at frobs", "ChatGPT 관련 평가나 비교를 다룬 글입니다."),
        ("Deep dive: wugs of ChatGPT", "ChatGPT 관련 원리와 구조를 설명하는 글입니다."),
        ("A brief history of ChatGPT wugs", "ChatGPT 관련 역사를 돌아보는 글입니다."),
        ("Tesla robotaxi crashes into a wug", "테슬라 관련 사고를 다룬 글입니다."),
        ("First impressions of ChatGPT wugs", "ChatGPT 관련 사용 후기를 담은 글입니다."),
        ("The future of ChatGPT wugs", "ChatGPT 관련 미래 전망을 다룬 글입니다."),
        ("The impact of ChatGPT on wugs", "ChatGPT 관련 효과나 영향을 다룬 글입니다."),
        ("The hidden dangers of ChatGPT wugs", "ChatGPT 관련 문제점이나 한계를 다룬 글입니다."),
        ("7 wugging ideas for ChatGPT", "ChatGPT 관련 목록을 담은 글입니다."),
        ("WhatsApp is killing off ChatGPT wugs", "왓츠앱과 ChatGPT 관련 종료나 중단을 다룬 글입니다."),
        ("Frobs add support for ChatGPT", "ChatGPT 관련 기능 추가나 지원을 다룬 글입니다."),
        ("An open letter on ChatGPT", "ChatGPT 관련 공개 서한을 다룬 글입니다."),
        ("Hiring a wug for ChatGPT", "ChatGPT 관련 채용 소식을 전하는 글입니다."),
        ("Frobbing ChatGPT wugs, would love feedback", "ChatGPT 관련 의견을 구하는 글입니다."),
        ("Ask HN: Should I frob ChatGPT?", "ChatGPT 관련 조언을 구하는 글입니다."),
        ("How much does ChatGPT frob?", "ChatGPT 관련 규모나 정도를 묻는 글입니다."),
        ("When will ChatGPT frob?", "ChatGPT 관련 시점을 묻는 글입니다."),
        ("Can ChatGPT frob wugs?", "ChatGPT 관련 가능성을 묻는 글입니다."),
        ("Measuring AI agents with wugs", "AI 에이전트를 측정하는 방법을 다룬 글입니다."),
        ("Show HN: Frobwug – an online tool for frobs", "글쓴이가 도구 Frobwug를 공개했습니다."),
        ("A guide to the wugs of ChatGPT", "ChatGPT 관련 안내나 입문 내용을 담은 글입니다."),
        ("Tips for frobbing ChatGPT", "ChatGPT 관련 방법과 과정을 다룬 글입니다."),
        ("Frobwug: a library that generates ChatGPT wugs", "Frobwug는 ChatGPT 관련 라이브러리입니다."),
        ("Introducing the wug of ChatGPT", "ChatGPT 관련 출시나 공개를 알리는 글입니다."),
        ("How to frob ChatGPT", "ChatGPT 관련 방법과 과정을 다룬 글입니다."),
        ("How I frob with ChatGPT", "글쓴이의 ChatGPT 관련 경험을 적은 글입니다."),
        ("Why frobs need ChatGPT", "ChatGPT 관련 주장과 이유를 담은 글입니다."),
        ("AI is a wug", "AI 관련 주장을 담은 글입니다."),
        ("Frobbing wugs with Wuggle 3 and ChatGPT", "Wuggle 3과 ChatGPT 관련 소식입니다."),
        ("Frobbing ChatGPT on June 6", "ChatGPT 관련 소식입니다."),
        ("Am I frobbing ChatGPT", "ChatGPT 관련 소식입니다."),
        ("Which wugs frob ChatGPT?", "ChatGPT에 대해 묻는 글입니다."),
        ("Ask HN: What is the best frob for ChatGPT?", "ChatGPT 관련 추천을 구하는 글입니다."),
        ("Ask HN: Has anyone frobbed ChatGPT?", "ChatGPT 관련 경험이나 의견을 묻는 글입니다."),
        ("Has anyone frobbed ChatGPT?", "ChatGPT에 대해 묻는 글입니다."),
        ("How do I frob ChatGPT?", "ChatGPT 관련 방법을 묻는 글입니다."),
        ("Why is ChatGPT frobbing?", "ChatGPT 관련 이유를 묻는 글입니다."),
        ("Show HN: A frobbing wug tool for ChatGPT", "글쓴이가 ChatGPT 관련 도구를 공개했습니다."),
        ("Frobwug: frobbing wug library for ChatGPT", "Frobwug는 ChatGPT 관련 라이브러리입니다."),
        ("I built a frobbing wug tool for ChatGPT", "글쓴이가 만든 ChatGPT 관련 도구를 소개하는 글입니다."),
    ],
)  # fmt: skip
def test_what_is_not_sure_whole_is_told_by_who_acts_or_by_its_kind(headline: str, line: str) -> None:
    assert gist_of(headline) == line


@pytest.mark.parametrize(
    ("headline", "wrong"),
    [
        ("LLMs launched strategic strikes in AI war games", "출시"),
        ("The AI bust is here", "출시"),
        ("Uber introduces bill for AI wugs", "발표"),
        ("Google launches AI bid for wugs", "출시"),
        ("A judge denies motion of OpenAI", "부인"),
        ("GitHub is leaking Google's plans to wug AI", "계획"),
        ("Investment Firm CEO frobs AI", "투자를"),
        ("AI CUDA Engineer hacks the eval script", "평가"),
        ("Microsoft shares wugs of ChatGPT", "주가"),
        ("Researchers show wugs of ChatGPT", "연구자를 다룬"),
        ("Data acquisition with ChatGPT", "인수"),
        ("Of course ChatGPT frobs", "강의"),
        ("ModusHack - Write AI App in Modus", "앱입니다"),
        ("Sloppy AI defenses frob wugs, researchers say", "Sloppy"),
        ("How high are wugs of ChatGPT", "방식"),
        ("ChatGPT will praise the wugs of YouTube", "움직임"),
        ("North Korean hackers frob ChatGPT", "한국 해커"),
        ("Waymo frobs the city during a power outage", "장애"),
        ("New AI tool can predict wugs", "전망"),
        ("I built an LLM-free tool that frobs wugs", "LLM"),
        ("Frobbing in every AI app I built", "만든"),
        ("Good AI project for beginners to frob", "방법"),
        ("Gemini recommends my benchmark library", "비교"),
        ("Kingdom Come: Deliverance 2's translator says AI frobs", "2 관련"),
        ("China Threats frob OpenAI, Lawmakers Say", "규제"),
        ("Show HN: Try Foocorp 360 – AI personality wugs", "Try"),
        ("Foograph - local graph engine, beats wugs on relation extraction", "관계 추출 관련 엔진"),
        ("VS Code AI wug", "비교"),
        ("I made a wug from scratch (without LLM)", "만든"),
        ("Microsoft launches AI models it says cut costs versus OpenAI", "OpenAI"),
        ("State of AI agents report", "보고서의"),
        ("Claude wugs 51,000 times", "51"),
        ("Claude is wugging since it was released", "출시"),
        ("FOIA files show the history of ChatGPT", "역사"),
        ("Nvidia on course to wug ChatGPT", "강의"),
        ("China's DeepSeek launches AI wug", "중국의 DeepSeek의"),
        ("OpenAI plan to frob for AI wugs", "계획을"),
        ("Workers spend over 6 hours a week on AI wugs", "지출"),
        ("Meta launches AI wug ad", "출시"),
        ("Foocorp creates wug to slash Gemini wugs", "개발"),
        ("Foocorp builds wug that runs on Nvidia chips", "엔비디아 칩 관련 개발"),
        ("Review of AI research finds wugs", "후기"),
        ("Bootcamp graduates wug with ChatGPT", "강의"),
        ("Students wug over a course taught by ChatGPT", "강의"),
        ("Stop frobbing wugs - ChatGPT reads them", "의견"),
        ("Frobs trained to solve a benchmark problem of ChatGPT", "비교"),
        ("Managing local vs cloud ChatGPT wugs", "비교"),
        ("I wrote about ChatGPT wugs", "만든"),
        ("How the Catholic church views ChatGPT", "방식"),
        ("Meta used AI to tag wugs, lawsuit claims", "활용한"),
        ("Best AI for Python programming?", "꼽은"),
        ("Scale AI CEO frobs", "확장"),
        ("39Frob - AI agent, AI wug", "39Frob는"),
        ("GPT and Claude subvert shutdown", "종료"),
        ("Wugs map the future of ChatGPT", "전망"),
        ("Some of the firms that are hiring wug ChatGPT", "채용"),
        ("Meet the workers who frob ChatGPT", "출시"),
        ("How to partner with ChatGPT", "제휴"),
        ("ChatGPT wugs are only getting started", "입문"),
        ("I made ChatGPT frob wugs", "만든"),
        ("Is ChatGPT worth it?", "조언"),
        ("Foocorp boss steps down over AI wugs", "인사"),
        ("Wug stocks slide on AI frobs", "주가"),
        ("Wuggle is shutting down over AI", "중단"),
        ("I spoke to ChatGPT 8 times a day", "ChatGPT 8"),
        ("Wug IPO shows how bad the AI hype is", "기업공개"),
        ("ChatGPT offers a Pro plan", "제안"),
        ("Meta cuts deals with Google", "감축"),
        ("Meta records frobs with Ray-Bans", "금지"),
        ("Show HN: Every open source tool of the thread", "오픈소스 도구를"),
        ("AI checkers force frobs to write like a robot", "로봇"),
        ("LLM-based frobs of Hacker News posts", "보안"),
        ("Meta is finding bugs faster than Microsoft", "알아낸"),
        ("OpenAI says the show will stay in Texas", "텍사스주에 관해"),
        ("Meta announced Wuggle today, its first model since Llama 4", "Llama 4 관련 발표"),
        ("Trip reports for guides on AI wugs", "안내"),
        ("LLMs frob even after explicit warnings that they wug", "경고"),
        ("SAP bets on a lab and says yes to Claude", "발언"),
        ("Elon Musk's only witness fears an AGI wug", "우려"),
        ("Acquisition of chess knowledge in ChatGPT", "인수"),
        ("Amazon streamlines regulatory inquiries with ChatGPT", "규제"),
        ("Frobwug: the model behind our inference engine", "Frobwug는"),
        ("Looking for ChatGPT frobs. I built a wug for Claude", "ChatGPT"),
        ("Congress frobs wugs; and ChatGPT's dangers of wugs", "미국 의회"),
        ("xAI is sued over data center generators", "생성기"),
        ("Building trust in enterprise AI", "방법"),
        ("Building infrastructure for the AI age", "방법"),
        ("Block code vs vibe coding", "차단"),
        ("ChatGPT frobs and pricing the extinction risk", "가격"),
        ("Frobbing ChatGPT: Go from idea to wug", "Go와"),
        ("Stainless, a New York-based startup, frobs ChatGPT", "York"),
        ("As workers worry about AI, Nvidia frobs", "우려"),
        ("OpenAI files confidentially for wugs", "파일"),
        ("MOUs will advance AI wugs", "MOU의"),
        ("Why 'open' AI systems are closed wugs", "OpenAI"),
        ("New California study finds frobs", "새로운 캘리포니아주"),
        ("Support Frobwug – an open-source AI wug tool", "Support"),
    ],
)
def test_a_word_of_several_senses_shows_no_kind_of_matter(headline: str, wrong: str) -> None:
    assert wrong not in gist_of(headline)


@pytest.mark.parametrize(
    ("headline", "line"),
    [
        ("Students frob with ChatGPT", "ChatGPT와 학생을 다룬 글입니다."),
        ("ChatGPT frobs the wugs of doctors", "ChatGPT와 의료를 다룬 글입니다."),
        ("OpenAI frobs ads in ChatGPT", "OpenAI, ChatGPT와 광고를 다룬 글입니다."),
        ("Frobbing robots.txt with ChatGPT", "ChatGPT 관련 소식입니다."),
        ("ChatGPT frobs robots", "ChatGPT와 로봇을 다룬 글입니다."),
        ("Memory safety of ChatGPT wugs", "메모리 안전성과 ChatGPT 관련 소식입니다."),
        ("Safety of ChatGPT wugs", "ChatGPT와 안전 문제를 다룬 글입니다."),
        ("Frobbing humanoid robots", "휴머노이드 로봇 관련 소식입니다."),
        ("Is ChatGPT frobbing our students?", "ChatGPT와 학생에 관한 물음을 던지는 글입니다."),
        ("Ask HN: Who frobs ChatGPT in schools?", "ChatGPT와 교육에 관한 물음을 던지는 글입니다."),
        ("ChatGPT frobs the costs", "ChatGPT 관련 소식입니다."),
        ("ChatGPT frobs the costs and the prices", "ChatGPT와 비용 문제를 다룬 글입니다."),
        ("ChatGPT frobs the cost and the costs", "ChatGPT 관련 소식입니다."),
        ("Frobbing startup banks on ChatGPT", "ChatGPT 관련 소식입니다."),
        ("ChatGPT frobs wugs with too much energy", "ChatGPT 관련 소식입니다."),
        ("ChatGPT frobs the police", "ChatGPT와 경찰을 다룬 글입니다."),
        ("Frobbing compilers with Rust code", "Rust 코드와 컴파일러를 다룬 글입니다."),
        ("Frobbing bugs in ChatGPT", "ChatGPT 관련 소식입니다."),
        ("ChatGPT frobs without robots", "ChatGPT 관련 소식입니다."),
        ("Children's wugs frob ChatGPT", "ChatGPT 관련 소식입니다."),
        ("Self-driving operations with ChatGPT", "ChatGPT 관련 소식입니다."),
        ("Why students frob AI", "AI와 학생 관련 주장과 이유를 담은 글입니다."),
        ("Bill Gates says AI wugs our students", "빌 게이츠가 AI와 학생에 관해 밝힌 내용을 다룬 글입니다."),
    ],
)  # fmt: skip
def test_a_headline_of_which_nothing_else_is_sure_has_the_field_that_its_words_show(
    headline: str, line: str
) -> None:
    assert gist_of(headline) == line


def test_every_word_shows_one_field() -> None:
    words = [word.rstrip("+") for listed in table("news field").values() for word in listed.split(", ")]
    assert len(words) == len(set(words)) > 1_000
    assert all(word == word.lower() and len(word.split()) <= 3 for word in words)


@pytest.mark.parametrize(
    ("headline", "url", "line"),
    [
        ("Frobwug: agentic wug for Claude Code", "https://github.com/a/b",
         "Frobwug는 Claude Code 관련 프로젝트입니다."),
        ("Frobwug: agentic wug for Claude Code", "https://example.org/a", "Claude Code 관련 소식입니다."),
        ("Frobwug: an open-source coding agent that wugs", "https://github.com/a/b",
         "Frobwug는 오픈소스 코딩 에이전트입니다."),
        ("MCP server written in Go that wugs", "https://github.com/a/b",
         "Go로 작성한 MCP 서버의 코드 저장소입니다."),
        ("Frob Wuggins: Thanks AI", "https://github.com/a/b", "Frob Wuggins 관련 코드 저장소입니다."),
        ("Frobwug - new release adds a ChatGPT interface", "https://example.org/a",
         "Frobwug와 ChatGPT 인터페이스 관련 소식입니다."),
        ("GitHub - a/frobwug: agentic wug for Claude Code", "https://github.com/a/b",
         "frobwug는 Claude Code 관련 프로젝트입니다."),
    ],
)  # fmt: skip
def test_what_a_repository_holds_is_told_by_its_name_or_its_kind(headline: str, url: str, line: str) -> None:
    story = replace(item(1, headline, "", kind="news"), url=url)
    assert [claim.text for claim in gist(story, "story", "ko")] == [line]


@pytest.mark.parametrize(
    ("headline", "text", "line"),
    [
        ("ChatGPT wugs", "OpenAI on Tuesday released an image model.",
         "OpenAI가 이미지 모델을 공개했습니다."),
        ("ChatGPT wugs", "Wugs frob. OpenAI has released an image model.", "ChatGPT 관련 소식입니다."),
        ("ChatGPT wugs", f"OpenAI says wugs {'frob and ' * 20}beat WhatsApp.", "ChatGPT 관련 소식입니다."),
        ("ChatGPT wugs", "Meta is struggling to wug WhatsApp today.",
         "ChatGPT 관련 소식입니다."),
        ("ChatGPT wugs", "It is struggling to wug WhatsApp.", "ChatGPT 관련 소식입니다."),
        ("ChatGPT wugs", "We evaluate the system on 26 queries.", "ChatGPT 관련 소식입니다."),
        ("ChatGPT wugs", "The startup has released an image model.", "ChatGPT 관련 소식입니다."),
        ("Students wug ChatGPT", "Wugs frob.", "ChatGPT와 학생을 다룬 글입니다."),
        ("Apple releases image model", "OpenAI has released ChatGPT.", "애플이 이미지 모델을 공개했습니다."),
        ("Frobbing with malware in ChatGPT", "OpenAI has released an image model.",
         "ChatGPT 관련 보안 문제를 다룬 글입니다."),
    ],
)  # fmt: skip
def test_the_beginning_of_an_article_is_told_where_its_headline_says_less(
    headline: str, text: str, line: str
) -> None:
    claims = gist(item(1, headline, text, kind="news"), "story", "ko")
    assert [claim.text for claim in claims] == [line]
    assert all(quote.text in f"{headline} {text}" for claim in claims for quote in claim.quotes)


@pytest.mark.parametrize(
    ("url", "ending"),
    [
        ("https://huggingface.co/wugs/frob", "관련 모델 페이지입니다."),
        ("https://huggingface.co/papers/2607.00001", "관련 논문입니다."),
        ("https://huggingface.co/blog/frob", "관련 소식입니다."),
        ("https://huggingface.co/datasets/wugs/frob", "관련 소식입니다."),
    ],
)
def test_of_the_pages_of_a_model_hub_only_a_model_has_the_page_of_one(url: str, ending: str) -> None:
    story = replace(item(1, "Frobnicating ChatGPT wugs", "", kind="news"), url=url)
    assert [claim.text.endswith(ending) for claim in gist(story, "story", "ko")] == [True]


@pytest.mark.parametrize(
    ("headline", "line"),
    [
        ("Claude Opus 9.8", "Claude Opus 9.8을 소개하는 글입니다."),
        ("Claude Opus 9.8 wugs", "Claude Opus 9.8 관련 발표입니다."),
        ("Claude", "Claude 관련 Anthropic 발표입니다."),
    ],
)
def test_a_product_with_its_number_alone_on_the_page_of_its_maker_is_introduced(
    headline: str, line: str
) -> None:
    story = replace(item(1, headline, "", kind="news"), url="https://www.anthropic.com/news/frob")
    assert [claim.text for claim in gist(story, "story", "ko")] == [line]


def test_a_headline_with_a_paragraph_behind_it_is_told_by_its_first_sentence() -> None:
    headline = f"Frobbing makes ChatGPT wug, study finds. {'Wugs frob. ' * 30}"
    assert gist_of(headline) == "ChatGPT 관련 연구나 조사 결과를 다룬 글입니다."
