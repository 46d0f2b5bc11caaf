"""A stranger's first minute: the founding edition, without key or network."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from daybrief.model import Edition, edition_schema, from_json
from tests.end_to_end.conftest import Daybrief
from tests.programs import environment

TWELVE = """2411.11767 2411.11466 2406.09307 2411.12724 2411.07018 2411.09403
            2411.15124 2411.12946 2411.14793 2411.15098 2411.13543 2411.14982""".split()
DAY = "2024-11-26"
FILES = {f"{kind}.{end}" for kind in ("papers", "news") for end in ("md", "json", "svg", "png", "html")}
ROOT_FILES = {"index.html", "feed.xml", "atom.xml", "feed.json"}


def digests(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and ".daybrief" not in p.parts)
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_founding_edition_holds_its_twelve_papers_each_once(founding: Path) -> None:
    edition = from_json((founding / DAY / "papers.json").read_bytes(), Edition)
    assert sorted(s.id for s in edition.stories) == sorted(f"arxiv:{i}" for i in TWELVE)
    assert edition.state == "fresh"


def test_every_promised_file_is_there(founding: Path) -> None:
    day = founding / DAY
    assert {p.name for p in day.iterdir()} == FILES | {"ledger.json"}
    assert {p.name for p in day.parent.iterdir() if p.is_file()} >= ROOT_FILES


def test_a_reader_of_the_old_reports_recognises_the_new_one(founding: Path) -> None:
    text = (founding / DAY / "papers.md").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[:2] == ["# Daily Artificial Intelligence Insights : Papers", ""]
    assert re.fullmatch(r"!\[.+\]\(papers\.png\)", lines[2])
    assert lines[3] == ""
    sections = re.findall(r"^## \S+ .+$", text, re.M)
    assert text.count("**요약:**") == text.count("**출처:**") >= 5
    assert len(sections) >= text.count("**요약:**")
    for identifier in TWELVE:
        assert f"(https://arxiv.org/abs/{identifier})" in text
    assert not re.search(r"arxiv\.org/abs/[\d.]+v\d", text)


def test_chart_text_and_ledger_count_the_same(founding: Path) -> None:
    day = founding / DAY
    edition = from_json((day / "papers.json").read_bytes(), Edition)
    assert sum(bar.count for bar in edition.chart.bars) == len(edition.stories) == 12
    stories = [e for e in edition.ledger.entries if e.unit == "stories"]
    assert stories[-1].kept == 12
    ledger = json.loads((day / "ledger.json").read_bytes())
    assert ledger


def test_every_sentence_is_in_its_source_word_for_word(founding: Path) -> None:
    day = founding / DAY
    checked = 0
    for kind in ("papers", "news"):
        edition = from_json((day / f"{kind}.json").read_bytes(), Edition)
        items = {(i.source, i.key): i for s in edition.stories for i in s.items}
        for section in edition.sections:
            for claim in section.checked.kept:
                assert claim.quotes
                for quote in claim.quotes:
                    source = getattr(items[quote.source, quote.item_key], quote.field)
                    assert source[quote.start : quote.end] == quote.text
                    checked += 1
                if claim.part not in {"keyword", "gist"}:
                    assert claim.text == claim.quotes[0].text
    assert checked > 30


def test_the_published_json_fits_its_published_schema(founding: Path) -> None:
    day = founding / DAY
    for kind in ("papers", "news"):
        jsonschema.validate(json.loads((day / f"{kind}.json").read_bytes()), edition_schema())


def test_running_again_changes_no_byte_and_says_so(
    founding: Path, daybrief: Daybrief, tmp_path: Path
) -> None:
    shutil.copytree(founding, tmp_path / "demo", copy_function=shutil.copy2)
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "demo").rglob("*") if p.suffix in {".md", ".png"}}
    again = daybrief("run", "--replay", "founding", "--out", "demo")
    assert "보관된 호 그대로" in again.stdout
    assert digests(tmp_path / "demo") == digests(founding)
    assert {p: p.stat().st_mtime_ns for p in times} == times


def test_the_same_day_on_another_disk_has_the_same_bytes(
    founding: Path, daybrief: Daybrief, tmp_path: Path
) -> None:
    assert daybrief("run", "--replay", "founding", "--out", "two").returncode == 0
    assert digests(tmp_path / "two") == digests(founding)


@pytest.mark.parametrize("after_s", [0.4, 0.9, 1.4, 2.0, 3.0])
def test_a_rerun_after_a_kill_at_any_instant_makes_the_same_edition(
    founding: Path, daybrief: Daybrief, tmp_path: Path, after_s: float
) -> None:
    expected = digests(founding)
    command = [str(Path(sys.executable).parent / "daybrief"), "run", "--replay", "founding", "--out", "cut"]
    victim = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment(tmp_path / "home"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after_s)  # any instant will do: the promise holds for all of them
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    seen = digests(tmp_path / "cut") if (tmp_path / "cut").exists() else {}
    days = {name for name in seen if name.startswith("2024-11-26/")}
    assert days in (set(), {n for n in expected if n.startswith("2024-11-26/")}), "a half edition was visible"
    done = daybrief("run", "--replay", "founding", "--out", "cut")
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "cut") == expected


def test_in_english_the_headings_are_english_and_the_papers_the_same(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    done = daybrief("run", "--replay", "founding", "--out", "en", DAYBRIEF_LANGUAGE="en")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "en/2024-11-26/papers.md").read_text(encoding="utf-8")
    assert "**Summary:**" in text
    assert not re.search("[가-힣]", text)


def test_archive_commands_tell_what_was_done(founding: Path, daybrief: Daybrief, tmp_path: Path) -> None:
    shutil.copytree(founding, tmp_path / "demo")
    archive = {"DAYBRIEF_ARCHIVE": "demo/.daybrief/archive.sqlite"}
    runs = json.loads(daybrief("runs", "--json", **archive).stdout)
    assert [(r["day"], r["outcome"]) for r in runs] == [("2024-11-26", "complete")]
    shown = daybrief("show", "2024-11-26", "--kind", "news", **archive).stdout
    assert shown.rstrip("\n") == (tmp_path / "demo/2024-11-26/news.md").read_text(encoding="utf-8").rstrip(
        "\n"
    )
    assert daybrief("doctor", **archive).returncode == 0


def test_json_output_is_one_object_a_script_can_read(daybrief: Daybrief) -> None:
    report = json.loads(daybrief("run", "--replay", "founding", "--out", "demo", "--json").stdout)
    assert report["complete"] is True
    assert [e["kind"] for e in report["editions"]] == ["papers", "news"]
    assert "2024-11-26/papers.md" in report["files"]


def test_a_recorded_run_is_repeated_byte_for_byte(founding: Path, daybrief: Daybrief, tmp_path: Path) -> None:
    recorded = daybrief("run", "--replay", "founding", "--record", "kept", "--out", "one")
    assert recorded.returncode == 0, recorded.stderr
    assert daybrief("run", "--replay", "kept", "--out", "two").returncode == 0
    assert digests(tmp_path / "one") == digests(tmp_path / "two") == digests(founding)
    again = daybrief("run", "--replay", "founding", "--record", "kept", "--out", "three")
    assert again.returncode == 2
    assert "already holds a recording" in again.stderr
