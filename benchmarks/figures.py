"""Run every benchmark and write docs/figures.md: what was asked, what was measured, by which command.

    python benchmarks/figures.py [--data ../shared/data] [--only tldr,replay]

With --only, the other sections keep what an earlier run wrote; each section says when and where it was made.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "figures.md"
HEAD = """# Figures

Each section is the output of one command, written by `python benchmarks/figures.py`; the recordings and
corpora it reads are not in the repository. Bad figures stand beside good ones. Times are those of the machine
named; compare them within one section only.
"""

Row = tuple[str, str, str]  # what, asked, measured


class Figure(NamedTuple):
    """One section: a benchmark, its arguments (`{data}` is the data folder) and how to read its JSON."""

    name: str
    title: str
    arguments: str
    rows: Callable[[dict[str, Any]], Iterator[Row]]


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def replay(found: dict[str, Any]) -> Iterator[Row]:
    whole = f"of {found['stories']} stories, {found['items']} items, {found['days']} days"
    yield 'repeats printed without a "continues" mark', "0", f"**{found['repeats']}** {whole}"
    yield "items unaccounted for", "0", f"**{found['unaccounted']}**"
    yield "days crashed", "0", f"**{found['crashed']}**"
    yield "told twice on one day", "–", str(found["twice"])
    yield "continued stories / items dropped as seen", "–", f"{found['continued']} / {found['dropped']}"
    yield "news filed as off-topic and counted", "–", str(found["off-topic"])
    for name, row in found["baselines"].items():
        yield (
            f"baseline: {name}",
            "–",
            f"{row['repeats']} repeats ({percent(row['repeats_share'])} of stories)",
        )
    yield "drops the independent books know nothing of", "–", str(found["odd_drops"])


def tldr(found: dict[str, Any]) -> Iterator[Row]:
    for name, scores in found["rows"].items():
        cells = [f"{kind} {s['mean']} ({s['low']} – {s['high']})" for kind, s in scores.items()]
        told = " · ".join(cells)
        ours = name == "ours"
        yield (
            name.replace("_", " "),
            "ROUGE-1 ≥ 38.5, aim 42.7" if ours else "–",
            f"**{told}**" if ours else told,
        )


def pipeline(found: dict[str, Any]) -> Iterator[Row]:
    for row in found["rows"]:
        asked = "≤ 15 s, ≤ 500 MiB" if row["items"] == 1_000 else "–"
        low, high = row["seconds_range"]
        told = f"{row['seconds']} s ({low} – {high}), {row['peak_mib']} MiB, {row['stories']} stories written"
        yield f"{row['items']} items", asked, f"**{told}**" if row["items"] == 1_000 else told
    for row in found["growth"]:
        told = (
            f"time × {row['seconds_ratio']}, memory × {row['peak_ratio']} (n log n: × {row['n_log_n_ratio']})"
        )
        yield f"growth {row['from']} → {row['to']}", "no worse than n log n", told


def startup(found: dict[str, Any]) -> Iterator[Row]:
    for row in found["rows"]:
        asked = f"< {row['asked_ms']} ms" if row["asked_ms"] else "–"
        low, high = row["middle_half_ms"]
        told = f"{row['wall_ms']} ms wall ({low} – {high}), {row['cpu_ms']} ms CPU"
        yield f"`{row['command']}`", asked, told


def feeds(found: dict[str, Any]) -> Iterator[Row]:
    refused = ", ".join(f"{n} {name}" for name, n in sorted(found["refused"].items())) or "none"
    told = f"**{found['files']} of {found['files']}**: {found['parsed']} parsed; refused: {refused}"
    yield "parsed or refused with a typed error", "all", told
    yield "other exceptions", "0", f"**{found['other_exceptions']}**"
    yield (
        "files with entries, ours / feedparser alone",
        "–",
        f"{found['files_with_entries']} / {found['feedparser_files_with_entries']}",
    )
    yield (
        "encodings read without a replacement character",
        "–",
        f"{found['encodings_without_replacement']} of {found['encodings_read']}",
    )


def plain(found: dict[str, Any]) -> Iterator[Row]:
    """Any benchmark whose JSON holds `figures`: rows of what, asked, measured."""
    for row in found["figures"]:
        yield row["what"], row.get("asked", "–"), row["measured"]


FIGURES = (
    Figure("replay", "Nothing twice, nothing lost: four recorded months", "--data {data}", replay),
    Figure("tldr", "Choosing the sentence that tells it", "--data {data}/scitldr/SciTLDR-A_dev.jsonl", tldr),
    Figure(
        "pipeline",
        "A whole day: time and memory",
        "--data {data}/arxiv/arxiv_2024-09_2025-01.jsonl.gz",
        pipeline,
    ),
    Figure("startup", "Start", "", startup),
    Figure("feeds", "Feeds of every kind", "--data {data}/sources/feeds/feedparser_tests.tar.gz", feeds),
)


def measured(figure: Figure, data: Path) -> str:
    """The section of one figure, fresh."""
    arguments = figure.arguments.format(data=data)
    command = f"python benchmarks/{figure.name}.py {arguments}".rstrip()
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:], "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stderr}")
    found = json.loads(done.stdout.splitlines()[-1])
    rows = "\n".join(f"| {what} | {asked} | {told} |" for what, asked, told in figure.rows(found))
    return (
        f"## {figure.title}\n\n<!-- {figure.name} -->\n```bash\n{command}\n```\n\n"
        f"| what | asked | measured |\n| --- | --- | --- |\n{rows}\n\n{_where()}\n"
    )


def _where() -> str:
    now = datetime.now(UTC)
    return (
        f"*{now:%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}*"
    )


def earlier() -> dict[str, str]:
    """The sections the page holds, by benchmark name."""
    if not PAGE.exists():
        return {}
    sections = re.split(r"(?m)^(?=## )", PAGE.read_text(encoding="utf-8"))[1:]
    named = ((re.search(r"<!-- (\w+) -->", s), s) for s in sections)
    return {found[1]: section for found, section in named if found}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    wanted = set(filter(None, given.only.split(","))) or {f.name for f in FIGURES}
    if unknown := wanted - {f.name for f in FIGURES}:
        parser.error(f"unknown figure: {', '.join(sorted(unknown))}")
    sections = earlier()
    for figure in FIGURES:
        if figure.name in wanted:
            print(f"{figure.name} …", flush=True)
            sections[figure.name] = measured(figure, given.data)
            order = [sections[f.name] for f in FIGURES if f.name in sections]
            PAGE.write_text(HEAD + "\n" + "\n".join(s.rstrip() + "\n" for s in order), encoding="utf-8")


if __name__ == "__main__":
    main()
