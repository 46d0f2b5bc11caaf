"""`daybrief verify`, as people run it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.checks.test_subject import ABOUT_RERANKERS, PANOPTIC, RERANKERS
from tests.end_to_end.conftest import Daybrief

OURS = ("papers.md", "papers.json", "news.md", "news.json")


def test_our_own_edition_is_faithful_in_every_form_and_a_changed_word_is_not(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    assert daybrief("run", "--replay", "founding", "--out", "demo").returncode == 0
    day = tmp_path / "demo" / "2024-11-26"
    for name in OURS:
        done = daybrief("verify", str(day / name), "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        sections = json.loads(done.stdout)["sections"]
        assert {section["verdict"] for section in sections} == {"faithful"}
        assert {section["date"] for section in sections} == {"2024-11-26"}
    page = (day / "papers.md").read_text(encoding="utf-8")
    for old, new in (
        ("BALROG는 LLM과", "GORLAB은 LLM과"),
        ("벤치마크를 공개했습니다", "벤치마크 99.9%를 공개했습니다"),
    ):
        (tmp_path / "forged.md").write_text(page.replace(old, new), encoding="utf-8")
        assert page != page.replace(old, new)
        done = daybrief("verify", "forged.md")
        assert done.returncode == 3
        assert "근거 없음" in done.stdout


def test_sections_and_sources_as_json_lines_give_verdicts_and_exit_3(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    section = {
        "summary": ABOUT_RERANKERS,
        "category": "IR",
        "date": "2024-11-26",
        "kind": "papers",
        "position": 4,
    }
    rows = [{**section, "sources": [{"title": name, "url": f"https://example.org/{name}"}]} for name in "ab"]
    texts = [{"url": f"https://example.org/{name}", "title": name, "abstract": text} for name, text in
             (("a", RERANKERS), ("b", PANOPTIC))]  # fmt: skip
    (tmp_path / "told.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "texts.jsonl").write_text("\n".join(map(json.dumps, texts)), encoding="utf-8")
    done = daybrief("verify", "told.jsonl", "--sources", "texts.jsonl", "--json")
    assert done.returncode == 3, done.stderr
    sections = json.loads(done.stdout)["sections"]
    assert [section["verdict"] for section in sections] == ["not confirmed", "wrong-source"]
    keys = {"date", "kind", "category", "position", "verdict", "reasons", "claims", "confirmed", "share"}
    assert all(keys <= section.keys() for section in sections)
    words = daybrief("verify", "told.jsonl", "--sources", "texts.jsonl")
    assert "확인 안 됨 1, 다른 출처 1" in words.stdout


def test_the_texts_of_the_sources_are_found_in_the_archive_of_the_days_around(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    assert daybrief("run", "--replay", "founding", "--out", "demo").returncode == 0
    archive = {"DAYBRIEF_ARCHIVE": "demo/.daybrief/archive.sqlite"}
    page = json.loads((tmp_path / "demo" / "2024-11-26" / "papers.json").read_text(encoding="utf-8"))
    ranked = page["sections"][0]["checked"]["draft"]["ranked"][0]
    item = ranked["filed"]["story"]["items"][0]
    true = item["text"].split(". ")[1] + "."
    forged = true.removesuffix(".") + ", and gains 73.5% on 4,321 tasks."

    def verdicts(day: str, sentence: str, line: str, **where: str) -> tuple[list[str], str]:
        head = f"# Daily Artificial Intelligence Insights {day}\n\n## Agents\n\n**요약:**\n\n"
        (tmp_path / "other.md").write_text(f"{head}{sentence}\n\n**출처:**\n\n- {line}\n", encoding="utf-8")
        sections = json.loads(daybrief("verify", "other.md", "--json", **where).stdout)["sections"]
        return [section["verdict"] for section in sections], sections[0]["reasons"][:1] and sections[0][
            "reasons"
        ][0]

    old_way, as_link = f"{item['title']} ({item['url']})", f"[{item['title']}]({item['url']})"
    for line in (old_way, as_link):
        assert verdicts("2024-11-26", true, line, **archive)[0] == ["faithful"]
    assert verdicts("2024-11-29", true, as_link, **archive)[0] == ["faithful"]
    assert verdicts("2024-11-26", forged, as_link, **archive) == (
        ["unsupported"],
        "numbers: 73.5% is in no source",
    )
    assert verdicts("2024-11-26", true, as_link)[0] == ["faithful"], "the demo stands in for an empty archive"
    for day, where in (("2024-11-26", {"DAYBRIEF_ARCHIVE": "mine.sqlite"}), ("2025-06-01", archive)):
        verdict, why = verdicts(day, true, as_link, **where)
        assert verdict == ["not-checkable"]
        assert "not at hand" in why


def test_a_section_on_teasers_says_how_little_of_its_sources_is_known(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    source = {"title": "Chip maker opens plant", "url": "https://example.org/chip"}
    row = {"summary": "A chip maker opened a plant on Monday.", "category": "Chips", "date": "2024-11-26",
            "kind": "news", "position": 1, "sources": [source]}  # fmt: skip
    (tmp_path / "told.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (tmp_path / "texts.jsonl").write_text(json.dumps({**source, "text": "It opened."}), encoding="utf-8")
    done = daybrief("verify", "told.jsonl", "--sources", "texts.jsonl")
    assert done.returncode == 3
    assert "이 출처는 10자만 알려져 있습니다(기준 80자): Chip maker opens plant" in done.stdout
    assert "--sources" in done.stdout


def test_what_cannot_be_read_ends_with_2_and_one_clear_line(daybrief: Daybrief, tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text('{"summary": "a"}\n{"summ', encoding="utf-8")
    for args, word in (
        (("verify", "missing.md"), "missing.md"),
        (("verify", "broken.jsonl"), "line 2"),
        (("verify", "broken.jsonl", "--sources", "gone.jsonl"), "line 2"),
    ):
        done = daybrief(*args)
        assert done.returncode == 2, done.stdout
        assert word in done.stderr
        assert "Traceback" not in done.stderr
