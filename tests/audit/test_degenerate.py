"""Promises of `daybrief.audit.inspection`."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.audit.inspection import faults

SOUND = (
    "### 주요 주제\n- **확산 모델**: 이 논문은 확산 모델(diffusion "
    "model)의 학습을 다룬다. 기존 방법보다 12.5% 빠르다.\n"
    "- 새로운 데이터셋 1,484개를 공개하고, 비(非) 영어권 언어에서도 실험했다. "
    "Schrödinger Bridge와 비교한다.\n"
    "결론적으로 여러 벤치마크에서 성능이 향상되었고, 코드와 모델이 공개될 "
    "예정이다. σ 값을 조절하는 방법도 제안한다."
)


def codes(text: str, language: str = "ko", sources: str = "") -> set[str]:
    return {fault.code for fault in faults(text, language=language, sources=sources)}


def test_a_sound_section_has_no_fault() -> None:
    assert codes(SOUND) == set()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("lost letters", "**Key Themes**:\n, LLM, , , .\n2024 , LLM , , , , . , LLM , , ." * 4),
        ("lost letters", "**Key Themes**: FFmpeg by Example. Marimo WebAssembly. MIT AI 410. CPU 58. " * 6),
        ("loop", "인공지능은 다양한 분야에서 강력한 성능을 보여 주고 있는 것으로 나타났다. " * 20),
        ("foreign script", f"{SOUND} 사회적 평형에重大한 영향을 준다."),
        ("foreign script", f"{SOUND} 국가 dân족 통계를 본다."),
        ("foreign script", f"{SOUND} 새로운 компонент를 더한다."),
        ("heading", f"## 요약 보고서\n{SOUND}"),
        ("echo", f"입력:\n- 제목: '무엇'\n출력:\n{SOUND}"),
        ("echo", f"**Summary Report in Korean:**\n{SOUND}"),
        ("talk", f"{SOUND} 추가적인 정보를 제공해 주시면 더 자세히 쓸 수 있습니다."),
        ("talk", f"Sure, here is the summary:\n{SOUND}"),
        ("junk", f"{SOUND} 원활한 방문을 위해 쿠키 사용에 동의해 주세요."),
        ("junk", f"{SOUND} Meta Movie Gen 요청에 문제가 발생했으며 이를 해결하기 위해 노력 중입니다."),
    ],
)
def test_every_way_of_going_wrong_is_named(code: str, text: str) -> None:
    assert code in codes(text)


def test_the_title_before_a_sentence_is_no_prose_that_lost_its_letters() -> None:
    titles = [
        "How We Optimize LLM Inference for AI Coding Assistants",
        "Accelerated AI Inference by Execution",
    ]
    plain = "AI를 다룬 글입니다."
    assert codes("\n".join(f"- **{title}**: {plain}" for title in titles * 2)) == set()
    assert codes("\n".join(f"- {title}: {plain}" for title in titles * 2)) == {"lost letters"}


def test_the_address_of_a_link_is_no_prose_that_lost_its_letters() -> None:
    address = "https://example.org/a-robot-that-can-roam-your-breakfast-table"
    assert codes(f"- AI 데이터 수집 관련 기사입니다.[^1] [원문]({address})\n" * 3) == set()
    assert codes(f"- AI 데이터 수집 관련 기사입니다.[^1] {address}\n" * 3) == {"lost letters"}


def test_what_stands_in_a_source_is_not_foreign() -> None:
    text = f"{SOUND} 炊紙는 GPU를 쓰는 편집기다."
    assert codes(text) == {"foreign script"}
    assert codes(text, sources="Show HN: 炊紙(kashikishi) is a text editor") == set()


def test_a_section_in_another_language_is_held_to_that_language() -> None:
    english = (
        "This paper introduces a benchmark of games for agents and "
        "releases its code and data. Models do worse "
        "when they see pictures. The authors ask for better planning, "
        "and call vision the weakest point of all."
    )
    japanese = "この論文はエージェントのためのベンチマークを提案し、コードとデータを公開する。"
    assert codes(english, "en") == set()
    assert "lost letters" in codes(english, "ko")
    assert codes(japanese, "ja") == set()


@given(st.text(max_size=400))
def test_any_text_gets_an_answer(text: str) -> None:
    assert all(len(fault.words) <= 80 for fault in faults(text))


@pytest.mark.parametrize(
    "evil", ["," * 500_000, "가 " * 250_000, "[(" * 250_000, "à" * 500_000, "문제" * 250_000]
)
def test_hostile_length_costs_little(evil: str) -> None:
    begun = time.process_time()
    faults(evil)
    assert time.process_time() - begun < 5


def test_the_labelled_sections_of_the_real_reports_are_found_and_no_other(shared: Path, root: Path) -> None:
    """Recall ≥ 0.98 and false alarms ≤ 0.01 over all 1,187 sections."""
    with (root / "benchmarks/labels/degenerate.tsv").open(encoding="utf-8") as lines:
        table = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        labels = {(row["commit"], row["path"], int(row["position"])) for row in table}
    sources = {
        (row := json.loads(line))["url"]: row.get("abstract", "")
        for line in (shared / "reports/sources.jsonl").read_text().splitlines()
    }
    hit = false = sections = 0
    for line in (shared / "reports/reports.jsonl").read_text().splitlines():
        row = json.loads(line)
        known = "\n".join(f"{s['title']} {sources.get(s['url'], '')}" for s in row["sources"])
        flagged = bool(faults(row["summary"], sources=known))
        labelled = (row["commit"], row["path"], row["position"]) in labels
        hit += flagged and labelled
        false += flagged and not labelled
        sections += 1
    assert sections == 1_187
    assert hit / len(labels) >= 0.98
    assert false / (sections - len(labels)) <= 0.01
