"""How many stories have a gist in Korean, how Korean the founding edition is, and how its sentences read.

Run: python benchmarks/gist.py --data ../shared/data   (about five minutes)

Papers of 2026 from a random sample, not whole days, and news about AI of December 2024. Rules were made on
papers of 2407 to 2412, 2504, 2506 and 2511. Those for news were made anew on headlines of January and June
2023, November 2024, January to August, October and November 2025, and January, February and May to August
2026. Kept back were December 2022, December 2024, September and December 2025 and April 2026, until their
sentences were read. The lines that tell who acts or the kind of matter were made on November 2024 to August
2025, October and November 2025, January and February 2026; September and December 2025, March and April 2026
were kept back from them until they were read. The fields of headlines and the
further deeds were made on November 2024, January to August 2025, October 2025 to March 2026 and
May to August 2026. September 2025 and April 2026 were kept back, as far as a former reading had not taken
them, and then read a hundred headlines at a time. Headlines of Hacker News in 2025 and 2026 had been in view
when the former rules were made, which are gone. Fields that ask for two words, sites and further kinds of
matter were made on the same months and on press feeds of April and July 2026. For them press feeds of May and
June 2026, headlines of Hacker News of July to October 2024 and of all sources of October and November 2022
were kept back until they were read. Every sentence goes through the checks of a model's sentence.
`benchmarks/gist_readings.json` holds sentences of other months with what one reader, reading once or twice,
said of each; rules were mended after each sample. Seven are of papers of arXiv, the Hugging Face list and the
founding reports, 2402 to 2606; rules were made on the half whose ids hash to an even number (SHA-256), and
all but the first of them are of the other half. Two more, of results and of
where a work was tried, and two of all sentences of papers of arXiv since September 2024, are of that other
half too; so are the last three, of all months, July and August 2024 twice as often, of which 2,000 papers of
the even half were used to see what a mend changes. The others are of headlines, of other sources too.

The share of Hangul counts letters of the Markdown page, Hangul and Latin. Left out are the evidence (the
notes at its foot), addresses and commands. The titles of the papers, their authors and their sources are
counted; a second figure leaves out the list of sources too, which is in the language of the papers, and a
third the titles in bold that say which paper a sentence is about.

The recorded days are those of `replay.py`, made by the whole pipeline with its defaults, every fourth of them
from the first on: rules were made on papers of some of their months, and fifty terms of the glossary were
added for those of their papers that had no sentence.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from daybrief.app.ports import Ports
from daybrief.checks import form, generality, language, names, numbers, polarity, quotes, wrong_source
from daybrief.config import Settings
from daybrief.languages import parts
from daybrief.languages.korean_words import table
from daybrief.model import Edition, Item
from daybrief.ports import Tools
from daybrief.publishers.markdown import render
from daybrief.stages.verify import evidence_of, judge
from daybrief.testing.editions import taxonomy
from daybrief.text.relevance import about_ai
from daybrief.writers.extractive import gist
from replay import printed, recorded
from show import show

FIELD = ("cs.AI", "cs.LG", "cs.CL", "cs.CV", "cs.RO", "cs.IR", "stat.ML")
PAPERS = 1_800
DAYS, EVERY = 30, 4
READINGS = Path(__file__).with_name("gist_readings.json")
CODE = "ko"


def papers(data: Path) -> list[Item]:
    """The first papers of 2026 in the sample, in the order of their ids."""
    name = data / "arxiv" / "arxiv_2025-04_2026-08_sample_full_metadata.jsonl.gz"
    with gzip.open(name, "rt", encoding="utf-8") as lines:
        records = [
            record
            for record in map(json.loads, lines)
            if record["id"].startswith("26") and set(FIELD) & set(record.get("categories", ()))
        ]
    return [
        Item(
            key=f"arxiv:{row['id']}", source="arxiv", kind="paper", title=row["title"], url="",
            text=row["abstract"],
        )
        for row in records[:PAPERS]
    ]  # fmt: skip


def news(data: Path) -> list[Item]:
    """The front-page stories of December 2024 that are about AI; they are titles only."""
    name = data / "sources" / "hackernews_stories" / "2024-12.jsonl.gz"
    with gzip.open(name, "rt", encoding="utf-8") as lines:
        stories = [
            Item(
                key=f"url:{row['id']}", source="hacker_news", kind="news", title=row["title"],
                url=row.get("url") or "",
            )
            for row in map(json.loads, lines)
        ]  # fmt: skip
    return [story for story in stories if about_ai(story.title, story.url)]


_SUBJECT = re.compile(rf"(?:{parts(lambda rules: rules.form.subject)})$")
_SITES = "|".join(sorted({re.escape(label) for label in table("news site").values()}))
_BARE = re.compile(
    rf"(?: 관련 (?:소식|영상|토론|발표|기사|논문|코드 저장소|모델 페이지|{_SITES})입니다\."
    r"|에 대해 묻는 글입니다\."
    r"| 관련 프로젝트를 공개했습니다\.|^.{1,16}[을를] 다룬 논문입니다\.)$"
)


def shares_told(items: Sequence[Item], code: str = CODE) -> dict[str, Any]:
    """How many stories have a printable sentence, how many sentences fell, and the time of a story."""
    tools = Tools(taxonomy=taxonomy(), language=code)
    modules = (quotes, language, form, numbers, names, polarity, generality, wrong_source)
    checks = [module.make(module.Options(), tools) for module in modules]
    stories = sentences = fallen = bare = kinds = 0
    seconds = 0.0
    for item in items:
        began = time.process_time()
        claims = gist(item, "story", code)
        seconds += time.process_time() - began
        judged = judge(claims, checks, evidence_of([item]))
        kept = sum(judgement.printable for judgement in judged)
        stories += kept > 0
        texts = [verdict.claim.text for verdict in judged if verdict.printable]
        only = bool(texts) and all(map(_BARE.search, texts))
        bare += only
        kinds += bool(texts) and not only and all(map(_SUBJECT.search, texts))
        sentences += kept
        fallen += len(judged) - kept
    return {
        "of": len(items), "stories": stories, "sentences": sentences, "fallen": fallen, "bare": bare,
        "kinds": kinds, "milliseconds": 1_000 * seconds / len(items),
    }  # fmt: skip


def founding() -> dict[str, Any]:
    """The founding edition: stories with a gist, and the share of Hangul in the page without its evidence."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "daybrief", "run", "--replay", "founding", "--out", folder]
        subprocess.run(command, check=True, capture_output=True)
        day = Path(folder) / "2024-11-26"
        edition = json.loads((day / "papers.json").read_text(encoding="utf-8"))
        page = (day / "papers.md").read_text(encoding="utf-8")
    claims = [sentence["claim"] for s in edition["sections"] for sentence in s["checked"]["judged"]]
    with_gist = {story for claim in claims if claim["part"] == "gist" for story in claim["stories"]}
    stories = sum(len(section["checked"]["draft"]["ranked"]) for section in edition["sections"])
    return {"stories": len(with_gist), "of": stories} | shares(page)


_LEFT_OUT = re.compile(r"^\[\^.*$|\]\([^)\n]*\)|https?://[^\s)]+|`[^`\n]*`", re.MULTILINE)


def days(data: Path) -> dict[str, Any]:
    """Recorded days as they would have been printed: stories with a gist, and the shares of Hangul."""
    counts = {"days": 0, "stories": 0, "of": 0}
    pages: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            zone="UTC", sources=(), publishers=(), archive=f"{folder}/days.sqlite", out=f"{folder}/out"
        )
        ports = Ports(settings, {})
        for day, items in islice(recorded(data), 0, DAYS * EVERY, EVERY):
            counts["days"] += 1
            for edition in printed(ports, day, items):
                new, with_gist = told_in(edition)
                counts["stories"] += with_gist
                counts["of"] += new
                pages += [render(edition)] if edition.stories else []
    return counts | shares("\n".join(pages))


def told_in(edition: Edition) -> tuple[int, int]:
    """How many stories are new in an edition, and how many of them have a gist."""
    new = {story.id for story in edition.stories if not story.continues}
    claims = (claim for section in edition.sections for claim in section.checked.kept)
    with_gist = {story for claim in claims if claim.part == "gist" for story in claim.stories}
    return len(new), len(new & with_gist)


def shares(page: str) -> dict[str, float]:
    """Hangul in a page, in the page without its lists of sources, and in its sentences alone."""
    body = _LEFT_OUT.sub(" ", page)
    prose = re.sub(r"^ +- .*$", "", body, flags=re.MULTILINE)
    titles = "".join(re.findall(r"^ - .*$", body, re.MULTILINE))
    in_titles = len(_LATIN.findall(titles)) / max(1, len(_LATIN.findall(body)))
    return {
        "hangul": share(body), "told": share(prose), "sentences": share(_NAMED.sub("", prose)),
        "in titles": in_titles,
    }  # fmt: skip


_LATIN = re.compile("[A-Za-z]")


_NAMED = re.compile(r"^- \*\*[^*\n]*\*\*:", re.MULTILINE)


def share(text: str) -> float:
    """Hangul among the letters of a text."""
    hangul, latin = len(re.findall("[가-힣]", text)), len(re.findall("[A-Za-z]", text))
    return hangul / (hangul + latin)


def readings() -> Iterator[dict[str, Any]]:
    """The counts of each sample; those before the latest of the same kind are marked as earlier."""
    samples = json.loads(READINGS.read_text(encoding="utf-8"))["samples"]
    latest = {sample["of"]: number for number, sample in enumerate(samples)}
    for number, sample in enumerate(samples):
        count = len(sample["sentences"])
        verdicts = [sentence["verdict"] for sentence in sample["sentences"]]
        again = [sentence["second"] for sentence in sample["sentences"] if "second" in sentence]
        wrong, stiff = verdicts.count("wrong"), verdicts.count("unnatural")
        second = (
            f"; read again: {again.count('wrong') / count:.1%} / {again.count('unnatural') / count:.1%}"
            if again
            else ""
        )
        yield {
            "what": f"{sample['of']}: {count} sentences of {sample['months']} ({sample['state']}), read"
            f" {'twice' if again else 'once'}: wrong / unnatural",
            "asked": "≤ 2 % / ≤ 10 %, two readings",
            "measured": f"**{wrong / count:.1%}** ({wilson(wrong, count)}) / {stiff / count:.1%}"
            f" ({wilson(stiff, count)}){second}",
            "earlier": number < latest[sample["of"]],
        }


def wilson(hits: int, count: int) -> str:
    """The 95 % interval of a share by Wilson's score."""
    share, z = hits / count, 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return f"{middle - half:.1%} to {middle + half:.1%}"


def figures(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows for docs/figures.md."""
    first = report["founding"]
    yield {
        "what": "founding edition: stories with a sentence in Korean",
        "asked": "≥ 95 %",
        "measured": f"**{first['stories']} of {first['of']}**",
    }
    yield {
        "what": "founding edition: Hangul in the page, evidence, addresses and commands left out",
        "asked": "≥ 60 %",
        "measured": _in_words(first),
    }
    row = report["days"]
    yield {
        "what": f"{row['days']} recorded days, {row['of']} new stories: with a sentence in Korean",
        "asked": "≥ 95 %",
        "measured": f"**{row['stories'] / row['of']:.1%}**",
    }
    yield {
        "what": f"{row['days']} recorded days: Hangul in the pages, evidence, addresses, commands left out",
        "asked": "≥ 60 %",
        "measured": _in_words(row),
    }
    for name, when, made in (
        ("papers", "a sample of 2026", "Korean"),
        ("news", "December 2024, by the headline alone", "Korean"),
        ("english", "a sample of 2026", "English, made from slots"),
    ):
        row = report[name]
        what = "papers" if name == "english" else name
        yield {
            "what": f"{row['of']} {what} of {when}: stories with a sentence in {made}",
            "asked": "≥ 95 %",
            "measured": f"**{row['stories'] / row['of']:.1%}** ({row['sentences']} sentences, {row['fallen']}"
            f" fell to the checks; {row['milliseconds']:.1f} ms of processor time a story"
            + (_thin(row) if row["bare"] else ")"),
        }
    yield from readings()


def _thin(row: dict[str, Any]) -> str:
    """How many stories have a sentence that says little, and how little."""
    return (
        f"; {row['bare']} stories have one that only names a subject, {row['kinds']} one that adds"
        " who acts or what kind of matter it is)"
    )


def _in_words(row: dict[str, Any]) -> str:
    return (
        f"**{row['hangul']:.0%}**; without the lists of titles and authors behind the cards,"
        f" {row['told']:.0%};"
        f" without titles in bold too {row['sentences']:.0%};"
        f" {row['in titles']:.0%} of the Latin letters are original titles in the lists of sources"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report: dict[str, Any] = {
        "benchmark": "gist",
        "founding": founding(),
        "days": days(given.data),
        "papers": shares_told(papers(given.data)),
        "news": shares_told(news(given.data)),
        "english": shares_told(papers(given.data), "en"),
    }
    report["figures"] = list(figures(report))
    show(report, as_json=given.json)


if __name__ == "__main__":
    main()
