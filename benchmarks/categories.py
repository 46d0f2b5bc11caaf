"""How well stories are filed.

    python benchmarks/categories.py [--data FILE] [--json] [--shared ../shared/data]
    python benchmarks/categories.py --fresh [--months FOLDER]

Without --data: the test labels of this repository, news texts joined from the recordings. With --data:
any JSON Lines with `id`, `title`, `abstract` or `text`, `label`, and maybe `second`, `kind` (paper, news),
`tags`, `url`. Prints our row beside a majority and a keyword baseline, the agreement of the two readings,
and whether the same story is filed the same in any batch and order.

With --fresh: papers and headlines of months that no model was made on. The titles of the headlines are not
kept in the repository: `--months` is a folder with the monthly files of progscrape-data (commit 49e44041, but
`2025-03.json` of commit 923f7e15, the last that can be had).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

import labelled
from daybrief.categorisers import embedded
from daybrief.model import Item, Story, Taxonomy
from daybrief.ports import Tools

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def taxonomy() -> Taxonomy:
    """The taxonomy that is shipped."""
    return msgspec.toml.decode((files("daybrief") / "assets" / "taxonomy.toml").read_bytes(), type=Taxonomy)


def story(row: dict[str, Any], tags: bool = True) -> Story:
    """A story of one item."""
    kind = row.get("kind", "paper")
    own_tags = tuple(row.get("tags") or ()) if tags else ()
    text = row.get("abstract") or row.get("text") or ""
    url = row.get("url") or f"https://example.org/{row['id']}"
    item = Item(
        key=row["id"], source="bench", kind=kind, title=row["title"], url=url, text=text, tags=own_tags
    )
    return Story(id=row["id"], kind=kind, items=(item,), first_seen=date(2026, 1, 1))


def scores(rows: list[dict[str, Any]], predicted: list[str]) -> dict[str, Any]:
    """Accuracy strict and with the second choice, macro-F1, the share of `others`, F1 of each class."""
    pairs = list(zip(rows, predicted, strict=True))
    strict = sum(r["label"] == s for r, s in pairs) / len(pairs)
    lenient = sum(s in (r["label"], r.get("second") or r["label"]) for r, s in pairs) / len(pairs)
    each = {c: round(_f1(pairs, c), 3) for c in sorted({r["label"] for r in rows})}
    return {
        "accuracy": round(strict, 4),
        "with_second_choice": round(lenient, 4),
        "macro_f1": round(sum(each.values()) / len(each), 4),
        "others_share": round(predicted.count("others") / len(predicted), 4),
        "f1": each,
    }


def _f1(pairs: list[tuple[dict[str, Any], str]], category: str) -> float:
    hit = sum(r["label"] == s == category for r, s in pairs)
    return 2 * hit / (sum(r["label"] == category for r, _ in pairs) + sum(s == category for _, s in pairs))


def by_keywords(rows: list[dict[str, Any]], kind: str, drawers: Taxonomy) -> list[str]:
    """The category most of whose keywords stand in title (twice) and text; `others` when none does."""
    predicted = []
    for row in rows:
        title, text = row["title"].lower(), (row.get("abstract") or row.get("text") or "").lower()
        points = {
            c.id: sum(2 * (k.lower() in title) + (k.lower() in text) for k in c.keywords)
            for c in drawers.of(kind)  # type: ignore[arg-type]
        }
        best = max(points, key=lambda c: points[c])
        predicted.append(best if points[best] else "others")
    return predicted


def stable(filer: Any, stories: list[Story]) -> bool:
    """Whether order, company, the day and a second run change nothing."""
    mixed = stories.copy()
    random.Random(7).shuffle(mixed)
    later = [
        msgspec.structs.replace(s, first_seen=s.first_seen + timedelta(days=n)) for n, s in enumerate(mixed)
    ]
    first, again, on_other_days = (_filings(filer.file(order).filed) for order in (stories, mixed, later))
    alone = _filings(filed for story in stories[:50] for filed in filer.file([story]).filed)
    return first == again == on_other_days and alone.items() <= first.items()


def _filings(filed: Iterable[Any]) -> dict[str, tuple[str, float, str]]:
    return {f.story.id: (f.category, f.confidence, f.why) for f in filed}


def measure(kind: str, rows: list[dict[str, Any]], train: list[str]) -> dict[str, Any]:
    """Every row of the table for one kind of item."""
    drawers = taxonomy()
    filer = embedded.make(embedded.Options(), Tools(taxonomy=drawers))
    stories = [story(r) for r in rows]
    filer.file(stories[:1])
    begun = time.process_time()
    filed = filer.file(stories).filed
    spent = time.process_time() - begun
    ours = scores(rows, [f.category for f in filed])
    result = {"items": len(rows), "embedded": ours, "calibration_error": _calibration(rows, filed)}
    if kind == "paper":
        bare = [f.category for f in filer.file([story(r, tags=False) for r in rows]).filed]
        result["embedded_without_tags"] = scores(rows, bare)
    most = Counter(train).most_common(1)[0][0]
    result["majority"] = scores(rows, [most] * len(rows))
    result["keywords"] = scores(rows, by_keywords(rows, kind, drawers))
    result["stable"] = stable(filer, stories)
    result["cpu_seconds_per_1000"] = round(1000 * spent / len(rows), 3)
    return result


def _calibration(rows: list[dict[str, Any]], filed: Any) -> float:
    """Expected calibration error over ten equal bins of confidence."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for row, f in zip(rows, filed, strict=True):
        bins.setdefault(min(int(f.confidence * 10), 9), []).append((f.confidence, f.category == row["label"]))
    gaps = (abs(sum(c for c, _ in b) - sum(h for _, h in b)) for b in bins.values())
    return round(sum(gaps) / len(rows), 4)


def agreement(name: str) -> dict[str, float]:
    """Of the two readings: raw agreement, Cohen's kappa, and agreement when second choices count."""
    rows = labelled.labels(f"{name}_test")
    pairs = [((r["reading1"], r["reading1_second"]), (r["reading2"], r["reading2_second"])) for r in rows]
    same = sum(a[0] == b[0] for a, b in pairs) / len(pairs)
    first, second = Counter(a[0] for a, _ in pairs), Counter(b[0] for _, b in pairs)
    chance = sum(first[c] * second[c] for c in first) / len(pairs) ** 2
    either = sum(a[0] in b or b[0] in a for a, b in pairs) / len(pairs)
    kappa = (same - chance) / (1 - chance)
    return {"raw": round(same, 4), "kappa": round(kappa, 4), "with_second_choice": round(either, 4)}


def repository(shared: Path) -> dict[str, Any]:
    """The figures of the repository's own test labels."""
    report: dict[str, Any] = {}
    for name, kind in (("papers", "paper"), ("news", "news")):
        # The others were drawn for words or rare categories, so their most frequent one says nothing.
        train = [r["first"] for r in labelled.labels(f"{name}_train") if r["sample"] == "random"]
        report[name] = measure(kind, labelled.test_items(name, shared), train)
        report[name]["readings"] = agreement(name)
    return report


Row = dict[str, str]
PAPER_MONTHS = {  # June 2026 was read for this model alone
    "papers of May 2026": {"2026-05"},
    "papers of June 2026": {"2026-06"},
    "papers of January and March 2025": {"2025-01", "2025-03"},
    "papers of Hugging Face's list, end of July 2026": {"2026-07"},
    "further papers of June 2026": {"2026-06 second"},
    "further papers of May 2026": {"2026-05 second"},
    "further papers of January 2025, blind": {"2025-01 second"},
}
NEWS_MONTHS = {  # the sample (a few of each month, or many of one), and its months
    "AI headlines of six months of 2025 and 2026": (
        "few", {"2025-04", "2025-05", "2025-07", "2025-08", "2025-09", "2026-03"},
    ),
    "AI headlines of June 2026": ("many", {"2026-06"}),
    "AI headlines of March 2025": ("many", {"2025-03"}),
    "AI headlines of March 2026, whose errors were read": ("many", {"2026-03"}),
    "further AI headlines of June 2026": ("second", {"2026-06"}),
    "further AI headlines of September 2025": ("second", {"2025-09"}),
    "third AI headlines of June 2026": ("third", {"2026-06"}),
    "third AI headlines of May 2025": ("third", {"2025-05"}),
    "off-topic headlines beside these": ("beside", {"2025-05", "2026-06"}),
    "AI headlines of August 2025, blind": ("fourth", {"2025-08"}),
    "off-topic headlines of August 2025 beside these": ("aside", {"2025-08"}),
}  # fmt: skip
ASIDE = ("beside", "aside")  # samples of off-topic headlines


def fresh(shared: Path, months: Path | None) -> dict[str, Any]:
    """The figures of months that no model was made on: papers with and without tags, headlines."""
    drawers = taxonomy()
    filer = embedded.make(embedded.Options(), Tools(taxonomy=drawers))

    def scored(rows: list[dict[str, Any]], tags: bool = True) -> dict[str, Any]:
        categories = [f.category for f in filer.file([story(r, tags) for r in rows]).filed]
        return {"items": len(rows), **scores(rows, categories)}

    papers, report = labelled.fresh_papers(shared), {}
    for what, chosen in PAPER_MONTHS.items():
        rows = [r for r in papers if r["month"] in chosen]
        if any(r["tags"] for r in rows):
            report[what] = scored(rows)
        report[f"{what}, without arXiv categories"] = scored(rows, tags=False)
    headlines = labelled.fresh_news(months) if months else []
    for what, (sample, chosen) in NEWS_MONTHS.items():
        if rows := [r for r in headlines if r["sample"] == sample and r["month"] in chosen]:
            report[what] = scored(rows)
    if about_ai := [r for r in headlines if r["sample"] not in ASIDE]:
        report["AI headlines of all these samples"] = scored(about_ai)
    report["papers of all these samples"] = scored(papers)
    return report


def fresh_figures(report: dict[str, Any]) -> Iterator[Row]:
    """The rows of the figures page for months that no model was made on."""
    for what, row in report.items():
        target = "≥ 80 % / ≥ 92 %" if "papers" in what else "≥ 75 % / ≥ 88 %"
        target = "–" if "off-topic" in what else target
        first, second = (interval(row[name], row["items"]) for name in ("accuracy", "with_second_choice"))
        yield _row(
            f"{what}: right, first choice / second counts",
            target,
            f"**{first} / {second}** of {row['items']}",
        )


def given(path: Path) -> dict[str, Any]:
    """The figures of somebody's own labelled file; the majority is that of the file itself."""
    rows = list(labelled.lines(path))
    report = {}
    for name, kind in (("papers", "paper"), ("news", "news")):
        if of_kind := [r for r in rows if r.get("kind", "paper") == kind]:
            report[name] = measure(kind, of_kind, [r["label"] for r in of_kind])
    return report


ASKED = {  # of accuracy strict, and with the second choice
    "papers": ("≥ 80 %", "≥ 90 %"),
    "news": ("≥ 80 %", "≥ 80 %"),
}


def figures(report: dict[str, Any]) -> list[Row]:
    """The rows of the figures page: what, what was asked, what was measured."""
    return [row for name in ("papers", "news") if name in report for row in _figures(name, report[name])]


def _figures(name: str, group: dict[str, Any]) -> Iterator[Row]:
    ours, (strict, lenient) = group["embedded"], ASKED[name]
    items = group["items"]
    first, second = (interval(ours[key], items) for key in ("accuracy", "with_second_choice"))
    yield _row(f"{name}: right, first choice only", strict, f"**{first}** of {items}")
    yield _row(f"{name}: right, second choice counts", lenient, f"**{second}**")
    yield _row(f"{name}: macro-F1", "–", f"{ours['macro_f1']:.3f}")
    others = "< 10 %" if name == "papers" else "–"
    yield _row(f"{name}: filed in `others`", others, f"**{_percent(ours['others_share'])}**")
    yield _row(
        f"{name}: the same alone, in any order, on any day",
        "all",
        "all" if group["stable"] else "**not all**",
    )
    yield _row(f"{name}: calibration error", "–", f"{group['calibration_error']:.3f}")
    for baseline, key in (("keywords of the taxonomy", "keywords"), ("most frequent category", "majority")):
        shares = f"{_percent(group[key]['accuracy'])} / {_percent(group[key]['with_second_choice'])}"
        yield _row(f"{name}, baseline: {baseline} (first / second counts)", "–", shares)
    if readings := group.get("readings"):
        agreed = f"{_percent(readings['raw'])}, kappa {readings['kappa']:.3f}"
        yield _row(f"{name}: two readings agree on the first choice", "–", agreed)


def _row(what: str, target: str, measured: str) -> Row:
    return {"what": what, "asked": target, "measured": measured}


def interval(share: float, items: int) -> str:
    """A share with its 95 % interval by Wilson's formula, in per cent."""
    z = 1.96
    scale = 1 + z * z / items
    middle = (share + z * z / (2 * items)) / scale
    half = z * math.sqrt(share * (1 - share) / items + (z / (2 * items)) ** 2) / scale
    return f"{_percent(share)} ({100 * (middle - half):.1f} to {100 * (middle + half):.1f})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--json", action="store_true", help="on one line")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--fresh", action="store_true", help="months that no model was made on")
    parser.add_argument("--months", type=Path, help="monthly files of progscrape-data")
    options = parser.parse_args()
    if options.fresh:
        report = fresh(options.shared, options.months)
        report["figures"] = list(fresh_figures(report))
    else:
        report = given(options.data) if options.data else repository(options.shared)
        report["figures"] = figures(report)
    print(json.dumps(report, ensure_ascii=False, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
