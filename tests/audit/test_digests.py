"""Promises of `daybrief.audit.reading`."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.audit.reading import Reference, digest

OLD = """# Daily Artificial Intelligence Insights : Papers![Category Distribution Graph](paper_2024-11-26.png)

## 🌞 Inference acceleration

**요약:**

## 종합 요약 보고서

**요약:**

재정렬을 다룬다.

**출처:** 없음

**출처:**

 - Drowning in Documents: A (Very) Odd Title (https://deeplearn.org/arxiv/549218/drowning:-in-documents?)


## ⭐ Computer Vision

**요약:**

둘째 절.

**출처:**

 - MGNiceNet (http://arxiv.org/abs/2411.11466v1)
 - A title without address

"""


def test_an_old_report_is_read_whatever_its_text_holds() -> None:
    report = digest(OLD)
    assert (report.day, report.kind, report.titled) == (date(2024, 11, 26), "papers", True)
    first, second = report.passages
    assert first.category == "Inference acceleration"
    assert "## 종합 요약 보고서" in first.text
    assert first.sources == (
        Reference(
            title="Drowning in Documents: A (Very) Odd Title",
            url="https://deeplearn.org/arxiv/549218/drowning:-in-documents?",
        ),
    )
    assert (second.text, second.sources[1]) == ("둘째 절.", Reference(title="A title without address"))


def test_a_file_that_is_no_digest_has_no_passages() -> None:
    readme = digest("# A README\n\n## Install\n\nType this.\n")
    assert (readme.passages, readme.titled) == ((), False)


def test_the_day_comes_from_the_name_where_the_text_has_none() -> None:
    assert digest("## A\n\n**Summary:**\n\nText.\n", "out/2024-12-03/news.md").day == date(2024, 12, 3)


@given(st.text(alphabet="#*- ()[]^:\n요약출처a“”—", max_size=400))
def test_any_text_is_read(text: str) -> None:
    assert digest(text).footnotes is not None


@pytest.mark.parametrize(
    "evil",
    [
        "## a\n**요약:**\n" * 50_000,
        "## a\n**요약:**\n**출처:**\n" * 30_000,
        "## a\n**요약:**\n- " + "a [^1" * 100_000,
        "[^1]: “" + "” — [" * 200_000,
        "## a\n**요약:**\n**출처:**\n - " + "a (https://" * 100_000,
    ],
)
def test_hostile_markdown_takes_linear_time(evil: str) -> None:
    begun = time.process_time()
    digest(evil)
    assert time.process_time() - begun < 10


def test_every_real_report_reads_back_to_its_sections(shared: Path) -> None:
    """The 163 distinct reports, put together as they were published: names, texts and sources come back."""
    pages = defaultdict(list)
    for line in (shared / "reports/reports.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        pages[row["path"], row["commit"]].append(row)
    assert len(pages) == 163
    for rows in pages.values():
        report = digest(_published(rows))
        assert str(report.day) == rows[0]["date"]
        assert [p.category for p in report.passages] == [r["category"] for r in rows]
        assert [p.text for p in report.passages] == [
            "\n".join(r["summary"].splitlines()).strip() for r in rows
        ]
        assert [[s.url for s in p.sources] for p in report.passages] == [
            [s["url"] for s in r["sources"]] for r in rows
        ]


def _published(rows: list[dict]) -> str:  # type: ignore[type-arg]
    picture = f"![Category Distribution Graph](x_{rows[0]['date']}.png)"
    page = f"# Daily Artificial Intelligence Insights : {rows[0]['kind'].title()}{picture}\n\n"
    for row in rows:
        listed = "".join(f" - {s['title']} ({s['url']})\n" for s in row["sources"])
        name = f"{row['emoji']} {row['category']}".strip()
        page += f"## {name}\n\n**요약:**\n\n{row['summary']}\n\n**출처:**\n\n{listed}\n\n"
    return page


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Papers of 26 November 2024", date(2024, 11, 26)),
        ("Papers of 26 Novembre 2024", None),
        ("Papers of 31 February 2024", None),
        ("Papers of 2024-02-31", None),
        ("Papers", None),
    ],
)
def test_a_day_is_read_in_english_words_and_one_that_never_was_is_none(line: str, day: date | None) -> None:
    assert digest(f"# {line}\n\n## A\n\n**Summary:**\n\nText.\n").day == day


def test_the_list_of_sources_ends_where_something_else_begins() -> None:
    page = (
        "# Papers\n\n## A\n\n**Summary:**\n\nText.[^1]\n\n**Sources:**\n\n"
        " - One (https://example.org/1)\n - Two\n\n---\n - No source (https://example.org/3)\n\n"
        "[^1]: “Text.” One https://example.org/1\n[^x]: no note\n"
    )
    (passage,) = digest(page).passages
    assert [source.title for source in passage.sources] == ["One", "Two"]
