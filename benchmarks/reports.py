"""Wrong-source and degenerate sections among real daily reports, and what `daybrief verify` says of all.

    python benchmarks/reports.py --data ../shared/data/reports [--json]

The folder holds `reports.jsonl` (a section a line) and `sources.jsonl` (title and abstract of each source).
True pairs are the paper sections, all abstracts known, of 2024-10-06 and later: the reports of the two days
before were written about other papers by mistake. A swap gives a section the sources of another section of
the same report that shares none with it; "one of several" exchanges a single source. Thresholds and Korean
terms were chosen on odd days; "test" are the even ones, "unseen" those of them whose papers stood in no odd
day's report. Labels of degenerate sections: `benchmarks/labels/degenerate.tsv`; the rules were written after
reading them, so those figures are upper bounds.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from daybrief.app.ports import Ports
from daybrief.app.reading import audit_checks
from daybrief.audit.inspection import faults, inspect
from daybrief.audit.reading import items_known, read
from daybrief.checks import wrong_source as subjects
from daybrief.checks.wrong_source import subject
from daybrief.config import load
from daybrief.stages.near_duplicates import words
from daybrief.text.words import spoken

Row = dict[str, Any]
Wrong = Callable[[str, Sequence[str], Sequence[str]], bool]
GOOD_SINCE = "2024-10-06"
LABELS = Path(__file__).parent / "labels" / "degenerate.tsv"


class Reports:
    """The sections with their sources' texts, by report."""

    def __init__(self, folder: Path) -> None:
        self.rows: list[Row] = _lines(folder / "reports.jsonl")
        self.sources = {row["url"]: row for row in _lines(folder / "sources.jsonl")}
        self.pages: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for row in self.rows:
            row["papers"] = self._papers(row)
            if row["kind"] == "papers" and row["papers"]:
                self.pages[_page(row)].append(row)
        self.good = [
            r for r in self.rows if r["kind"] == "papers" and r["papers"] and r["date"] >= GOOD_SINCE
        ]
        seen = {paper for row in self.good if odd(row) for paper in row["papers"]}
        self.unseen = [r for r in self.good if not odd(r) and not seen & r["papers"].keys()]

    def _papers(self, row: Row) -> dict[str, str]:
        """arXiv id → title and abstract; empty unless all are known."""
        papers = {}
        for source in row["sources"]:
            known = self.sources.get(source["url"], {})
            if not known.get("abstract"):
                return {}
            papers[known["arxiv_id"]] = f"{source['title']}. {known['abstract']}"
        return papers

    def others(self, row: Row) -> dict[str, str]:
        """The papers of the report's other sections."""
        papers = {k: v for other in self.pages[_page(row)] for k, v in other["papers"].items()}
        return {k: v for k, v in papers.items() if k not in row["papers"]}


def odd(row: Row) -> bool:
    return int(row["date"][-2:]) % 2 == 1


def _page(row: Row) -> tuple[str, str, str]:
    return row["date"], row["path"], row["commit"]


def _lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# ── swaps ───────────────────────────────────────────────────────────────────────────────────────────


def true_pairs(reports: Reports, rows: Sequence[Row]) -> Iterator[tuple[str, list[str], list[str]]]:
    for row in rows:
        yield row["summary"], list(row["papers"].values()), list(reports.others(row).values())


def swapped(reports: Reports, rows: Sequence[Row]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Every other section of the report lends its sources once; the own ones are among the others."""
    for row in rows:
        everything = {**reports.others(row), **row["papers"]}
        for other in reports.pages[_page(row)]:
            if not other["papers"].keys() & row["papers"].keys():
                rest = [text for key, text in everything.items() if key not in other["papers"]]
                yield row["summary"], list(other["papers"].values()), rest


def one_swapped(reports: Reports, rows: Sequence[Row]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each source of a section of several is exchanged twice for one of another section."""
    chooser = random.Random(20241126)
    for row in rows:
        others = reports.others(row)
        if len(row["papers"]) < 2 or not others:
            continue
        for gone in row["papers"]:
            for come in chooser.sample(sorted(others), min(2, len(others))):
                sources = {k: v for k, v in row["papers"].items() if k != gone} | {come: others[come]}
                rest = {k: v for k, v in {**others, **row["papers"]}.items() if k not in sources}
                yield row["summary"], list(sources.values()), list(rest.values())


def measured(reports: Reports, rows: Sequence[Row], wrong: Wrong) -> Row:
    def share(pairs: Iterator[tuple[str, list[str], list[str]]]) -> tuple[float, int]:
        flags = [wrong(*pair) for pair in pairs]
        return (round(sum(flags) / len(flags), 4) if flags else 0.0), len(flags)

    recall, swaps = share(swapped(reports, rows))
    alarms, true = share(true_pairs(reports, rows))
    share_of_one, swaps_of_one = share(one_swapped(reports, rows))
    return {
        "recall": recall, "swaps": swaps, "false_alarms": alarms, "true": true,
        "one_of_several_recall": share_of_one, "one_of_several": swaps_of_one,
    }  # fmt: skip


def alone(text: str, own: Sequence[str], _others: Sequence[str]) -> bool:
    return subject(text, own).outcome == "wrong"


def contrasted(text: str, own: Sequence[str], others: Sequence[str]) -> bool:
    return subject(text, own, others).outcome == "wrong"


def title_overlap(text: str, own: Sequence[str], _others: Sequence[str] = ()) -> float:
    """The baseline: the smallest share of any source's title words that stand in the text."""
    present = set(words(text))
    shares = []
    for source in own:
        title = {word for word in words(source.partition(". ")[0]) if len(word) > 3}
        shares.append(len(title & present) / len(title) if title else 1.0)
    return min(shares)


def baseline(reports: Reports) -> tuple[float, Wrong]:
    """The threshold that does best on odd days: most swaps found less false alarms."""
    days = [r for r in reports.good if odd(r)]
    true = [title_overlap(*pair) for pair in true_pairs(reports, days)]
    false = [title_overlap(*pair) for pair in swapped(reports, days)]

    def gain(threshold: float) -> float:
        return sum(s < threshold for s in false) / len(false) - sum(s < threshold for s in true) / len(true)

    threshold = max((n / 20 for n in range(1, 21)), key=gain)
    return threshold, lambda text, own, _others: title_overlap(text, own) < threshold


def wrong_source(reports: Reports) -> Row:
    subjects.spoken = cache(spoken)  # each source is compared hundreds of times
    splits = {
        "development": [r for r in reports.good if odd(r)],
        "test": [r for r in reports.good if not odd(r)],
        "unseen": reports.unseen,
    }
    threshold, overlap = baseline(reports)
    ways = {"alone": alone, "with_the_days_others": contrasted, "title_overlap_baseline": overlap}
    report: Row = {
        split: {way: measured(reports, rows, wrong) for way, wrong in ways.items()}
        for split, rows in splits.items()
    }
    bad = [r for r in reports.rows if r["kind"] == "papers" and r["papers"] and r["date"] < GOOD_SINCE]
    report["first_two_days"] = {
        "sections": len(bad),
        "said_wrong": sum(alone(*pair) for pair in true_pairs(reports, bad)),
    }
    report["baseline_threshold"] = round(threshold, 3)
    return report


# ── degenerate ──────────────────────────────────────────────────────────────────────────────────────


def degenerate(reports: Reports) -> Row:
    listed = [line.split("\t") for line in LABELS.read_text(encoding="utf-8").splitlines() if line[0] != "#"][
        1:
    ]
    labels = {(commit, path, int(position)): fault for commit, path, position, fault in listed}
    hit, missed, false = Counter[str](), Counter[str](), 0
    for row in reports.rows:
        known = "\n".join(
            f"{s['title']}\n{reports.sources.get(s['url'], {}).get('abstract', '')}" for s in row["sources"]
        )
        label = labels.get((row["commit"], row["path"], row["position"]))
        is_degenerate = bool(faults(row["summary"], sources=known))
        if label:
            (hit if is_degenerate else missed)[label] += 1
        else:
            false += is_degenerate
    caught = hit.total() / (hit.total() + missed.total())
    sound = len(reports.rows) - len(labels)
    return {
        "sections": len(reports.rows), "labelled": len(labels), "recall": round(caught, 4),
        "false_alarms": round(false / sound, 4), "found": dict(hit), "missed": dict(missed),
    }  # fmt: skip


def verdicts(folder: Path) -> Row:
    sections = read((folder / "reports.jsonl").read_bytes(), "reports.jsonl")
    known = items_known((folder / "sources.jsonl").read_bytes().split(b"\n"), "sources.jsonl")
    counted: dict[str, Counter[str]] = {"papers": Counter(), "news": Counter()}
    for finding in inspect(sections, known, audit_checks(Ports(load(None, {}), {}))):
        counted[finding.kind][finding.verdict] += 1
    return {kind: dict(count.most_common()) for kind, count in counted.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one line, not indented")
    chosen = parser.parse_args()
    reports = Reports(chosen.data)
    card = {
        "verdicts": verdicts(chosen.data),
        "degenerate": degenerate(reports),
        "wrong_source": wrong_source(reports),
    }
    print(json.dumps(card, ensure_ascii=False, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
