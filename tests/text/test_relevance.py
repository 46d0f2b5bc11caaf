"""A headline is about AI when it says so, and not because it uses an ordinary word."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.text.relevance import about_ai, is_withdrawn


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Gemini 2.0: our new AI model for the agentic era", ""),
        ("Show HN: llama.cpp in the browser", ""),
        ("Claude 3.5 Sonnet can use a computer", ""),
        ("Qwen2.5-Coder-32B is an LLM that can code well", ""),
        ("GPT\u20115.6 costs less", ""),
        ("moonshotai/Kimi-K3", ""),
        ("Gemini-2.0 in the browser", ""),
        ("VibeThinker-3B solves more than its size tells", ""),
        ("Show HN: Pane – An agent that edits spreadsheets", ""),
        ("Launch HN: Rows (YC S26) – give your sheets agents", ""),
        ("You should write an agent", ""),
        ("Agent-first terminals", ""),
        ("Why do ML on the Erlang VM?", ""),
        ("Ask your database in natural language", ""),
        ("You don't need a vector database", ""),
        ("Evals are not all you need", ""),
        ("Tesla on Autopilot hit a parked truck", ""),
        ("First thoughts on o3 pro", ""),
        ("A language-model for birds", ""),
        ("AI\u2010powered doorbells", ""),
        ("Claude thought I could be having a stroke. I was.", ""),
        ("Did Claude's quality drop recently?", ""),
        ("Claude Computer Use with guardrails", ""),
        ("Running an MCP server at home", ""),
        ("Embeddings are underrated", ""),
        ("Police and facial recognition", ""),
        ("Benchmarking Opus 5 on old code", ""),
        ("DeepSeek-V3, a 671B open-weights model", ""),
        ("Introducing the Realtime API", "https://openai.com/index/realtime"),
        ("The firm behind the chip boom", "https://www.theverge.com/ai-artificial-intelligence/1/x"),
        ("Invariant: a scanner for agent reasoning", ""),
        ("Batched reward model inference", ""),
        ("오픈AI가 새 모델을 공개했다", ""),
        ("AI가 바꾸는 병원", ""),
        ("챗GPT, 검색 시장에 도전", ""),
        ("대규모 언어 모델의 한계", ""),
        ("生成式人工智能的未来", ""),
        ("OpenClaw privilege escalation", ""),
        ("MCP is a fad", ""),
        ("Is Claude down for you?", ""),
        ("Claude Design, tried", ""),
        ("Google's Gemini delay", ""),
        ("Gemini App on Mac", ""),
        ("Grok CLI uploaded the whole home directory", ""),
        ("A company GPT that works", ""),
        ("Train your own O1 Preview for $450", ""),
        ("With the help of Codex: a proof", ""),
        ("Waymo fleet halts in a power outage", ""),
        ("My first week of vibecoding", ""),
        ("A 270M model for phones", ""),
        ("Prefill as a service: KVCache across data centres", ""),
        ("A Git for agents", ""),
        ("Nvidia sheds almost $600B in market cap", ""),
        ("클로드가 코드를 고친다", ""),
        ("자율주행 택시의 첫해", ""),
    ],
)
def test_news_about_ai_is_recognised_with_a_reason(title: str, url: str) -> None:
    assert about_ai(title, url)


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Programming Language Memory Models (2021)", "https://research.swtch.com/mm"),
        ("Claude Shannon's papers", ""),
        ("Jean-Claude Van Damme turns 64", ""),
        ("Jean Claude Juncker resigns", ""),
        ("Claude Monet's garden", ""),
        ("Opus 1.5: a better codec", ""),
        ("Standard ML of New Jersey", ""),
        ("ML-KEM in the browser", ""),
        ("The ML family of languages", ""),
        ("Sentinel-6B measures the sea", ""),
        ("An F-35B landed on a road", ""),
        ("Show HN: a parser of user agents", ""),
        ("Immigration agents stopped a bus", ""),
        ("The economy runs on autopilot", ""),
        ("Viva Labs (YC W22) is hiring a video AI research lead", ""),
        ("A multi-agency raid", ""),
        ("Gemini: a protocol simpler than the Web", ""),
        ("Raising llamas in Wales", ""),
        ("The rain in Spain: said, paid, and AIR", ""),
        ("Train timetables of 1910", ""),
        ("GPT partition tables explained", ""),
        ("Ai Weiwei opens a show in Berlin", ""),
        ("Transformers: the toys return", ""),
        ("NVIDIA GPU prices fall", ""),
        ("A fund trained on $1.5B", ""),
        ("Passkeys for bot prevention", "https://github.com/singlr-ai/nocaptcha"),
        ("Supernovae and cosmological models", "https://arxiv.org/abs/2412.15143"),
        ("A chair made of email", "https://example.org/maintain-rails"),
        ("에어컨 전기 요금 아끼는 법", ""),
        ("", ""),
        ("Broken address", "http://[bad"),
        ("Claude Debussy's last songs", ""),
        ("Codex Seraphinianus, the strangest book", ""),
        ("Move the cursor 3 lines down", ""),
        ("Federal agents raid a farm", ""),
        ("How to grok monads", ""),
        ("The Gemini twins at the telescope", ""),
        ("클로드 모네의 정원", ""),
        ("A 300M race boat", ""),
    ],
)
def test_ordinary_words_do_not_make_a_headline_about_ai(title: str, url: str) -> None:
    assert about_ai(title, url) == ""


@given(st.text(), st.text())
def test_any_headline_gets_an_answer(title: str, url: str) -> None:
    assert isinstance(about_ai(title, url), str)


@pytest.mark.parametrize(
    "title",
    [
        "train " * 200_000,
        "a" * 10**6,
        "1" * 10**6,
        "qwen2." * 10**5,
        "torch." * 10**5,
        "show hn: agen " * 10**4,
    ],
)
def test_no_headline_takes_more_than_a_moment(title: str) -> None:
    started = time.process_time()
    about_ai(title, "https://example.org/" + title)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("title", "abstract", "comment"),
    [
        ("T", "This paper has been withdrawn by the authors due to a crucial error in Section 3.", ""),
        (
            "T",
            "This submission has been withdrawn by arXiv administrators as its authorship is disputed.",
            "",
        ),
        ("T", "This article was withdrawn by arXiv because of copyright.", ""),
        ("T", "We withdraw this paper because the proof of Theorem 2 is wrong.", ""),
        ("T", "The authors have decided to withdraw this manuscript.", ""),
        ("T", "The author has withdrawn this paper.", ""),
        ("T", "Withdrawn.", ""),
        ("T", "Withdrawn due to an error in the data.", ""),
        ("T", "Paper withdrawn by the author; see the comments.", ""),
        ("T", "This preprint has now been retracted.", ""),
        ("T", "We study sums. This paper has been withdrawn, since Lemma 2 is false.", ""),
        ("T", "We study the sums of digits.", "This paper has been withdrawn due to an error"),
        ("Withdrawn: On sums", "We study sums.", ""),
        ("[RETRACTED] On sums", "We study sums.", ""),
        (
            "T",
            "\uc774 \ub17c\ubb38\uc740 \uc800\uc790\uc5d0 \uc758\ud574 \ucca0\ud68c\ub418\uc5c8\ub2e4.",
            "",
        ),
    ],
)
def test_a_withdrawn_paper_says_so(title: str, abstract: str, comment: str) -> None:
    assert is_withdrawn(title, abstract, comment)


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("Withdrawing labels from language models", "We study models from which labels are withdrawn."),
        ("Withdrawn users", "We predict which users have withdrawn from a service."),
        ("Retracted papers", "We study a corpus of 40,000 retracted papers and how they are cited."),
        ("T", "Funding was withdrawn in 2019. Our results hold."),
        ("T", "Models withdraw their answer when asked twice."),
        ("T", "We ask whether a paper that has been withdrawn is still cited by language models."),
        ("T", ""),
    ],
)
def test_a_paper_about_withdrawal_still_stands(title: str, abstract: str) -> None:
    assert not is_withdrawn(title, abstract)


@pytest.mark.parametrize(
    ("title", "url", "why"),
    [
        ("A quiet note", "https://openai.com/x", "published at openai.com"),
        ("New GPUs", "https://blog.nvidia.com/x", "the title says “GPUs”, at blog.nvidia.com"),
        ("New GPUs", "https://example.org/x", ""),
        ("A model of rain", "https://arxiv.org/abs/2411.00001", ""),
        ("A quiet note", "https://[broken/x", ""),
    ],
)
def test_a_publisher_says_what_a_headline_leaves_open(title: str, url: str, why: str) -> None:
    assert about_ai(title, url) == why
