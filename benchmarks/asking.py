"""Does the archive answer what it can, refuse what it cannot, and quote to the letter?

    python benchmarks/asking.py --data ../shared/data [--half choose] [--json] [--misses]

The archive holds every arXiv paper of the recordings that appeared from 2024-11-18 to 2024-11-29 (4,197),
each on its day. `asking.json` holds 166 questions, half Korean and half English, written after reading
titles and abstracts:

* `answerable`: a paper answers it, and which; a Korean question asks about an English abstract,
* `held`: asks for one fact (how many, which, where) that an abstract holds: `holds` is how it says so,
* `off-topic`: about something else altogether,
* `near`: about the field, but nothing of these days (later models, other events, names that do not exist),
* `fact`: the paper or thing it names is there, what it asks about it is not.

No paper of the `held` and of the newer `fact` questions is asked about in both halves. A `held` question
counts as right when a sentence of the answer holds the fact.

`ENOUGH`, `TITLE`, `STORY` and `UNLISTED` were chosen on the half marked `choose`; the half marked `test`
tells what they are worth. No model takes part. `verbatim` counts the sentences that are their footnote's
quote, which stands in its source to the letter.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from daybrief import plugins
from daybrief.app import App
from daybrief.ask import Answered, Asker
from daybrief.config import Settings
from daybrief.model import Harvest, Item
from daybrief.search import ArchiveSearcher
from daybrief.search.rerank import shipped

LABELS = Path(__file__).with_suffix(".json")
FIRST, LAST = "2024-11-18", "2024-11-29"


class Days:
    """The recorded papers as an archive that no edition was made of yet."""

    def __init__(self, data: Path) -> None:
        self.items: dict[date, list[Item]] = defaultdict(list)
        with gzip.open(data / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz", "rt", encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                if FIRST <= (row.get("listed") or row.get("published") or "") <= LAST:
                    day = date.fromisoformat(row.get("listed") or row["published"])
                    self.items[day].append(_item(row, day))

    def marks(self) -> dict[date, str]:
        return dict.fromkeys(sorted(self.items), "1")

    def harvests(self, day: date) -> tuple[Harvest, ...]:
        return (Harvest(source="arxiv", state="fresh", items=tuple(self.items[day])),)

    def edition(self, _day: date, _kind: str) -> None:
        """No editions."""


def _item(row: dict[str, Any], day: date) -> Item:
    number = row["id"]
    return Item(
        key=f"arxiv:{number}",
        source="arxiv",
        kind="paper",
        title=row["title"],
        url=f"https://arxiv.org/abs/{number}",
        text=row.get("abstract", ""),
        announced=day,
    )


def askers(days: Days, folder: Path, *, rerank: bool = False) -> Asker:
    """The asker as `app` builds it, over these days; with `rerank` its search looks at hits again."""
    searcher = ArchiveSearcher(folder, rerank_model=shipped() if rerank else None)
    searcher.sync(days)
    settings = Settings()
    tools = App(settings).ports.tools()
    checks = tuple(plugins.build("checks", table, tools) for table in settings.checks)
    return Asker(searcher=searcher, days=days, checks=lambda _language: checks, language="ko")


def exact(answer: Answered, items: dict[str, Item]) -> Iterator[bool]:
    """For each sentence whether it is its footnote's quote and that quote is the source's."""
    notes = {note.number: note for note in answer.footnotes}
    for sentence in answer.sentences:
        quotes = [notes[n] for n in sentence.footnotes]
        verbatim = all(q.quote in (f"{items[q.item_key].text}\n{items[q.item_key].title}") for q in quotes)
        yield bool(quotes) and verbatim and any(q.quote == sentence.text for q in quotes)


def measured(data: Path, half: str = "") -> tuple[dict[str, Any], list[str]]:
    days = Days(data)
    items = {item.key: item for listed in days.items.values() for item in listed}
    counts: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    seconds, verbatim, misses = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        asker = askers(days, Path(folder))
        labels = json.loads(LABELS.read_text(encoding="utf-8"))
        for label in (row for row in labels if half in ("", row["split"])):
            start = time.perf_counter()
            answer = asker.ask(label["question"])
            seconds.append(time.perf_counter() - start)
            verbatim += exact(answer, items)
            right = is_right(label, answer)
            split = counts[label["split"]]
            language = "ko" if any("가" <= c <= "힣" for c in label["question"]) else "en"
            split[f"{label['kind']} {language}"].append(right)
            if label["kind"] == "answerable":
                named = {note.story for note in answer.footnotes}
                split[f"from the right paper {language}"].append(not named.isdisjoint(label["answers"]))
                near = {hit.id for hit in answer.nearest} | named
                split[f"right paper shown {language}"].append(not near.isdisjoint(label["answers"]))
            lost = label["kind"] == "answerable" and named.isdisjoint(label["answers"])
            if not right or lost:
                misses.append(f"{label['split']} {label['kind']}: {label['question']} → {summary(answer)}")
    cuts = quantiles(seconds, n=20)
    report = {
        "items": len(items),
        "questions": len(seconds),
        "splits": {
            name: {kind: {"right": sum(rows), "of": len(rows)} for kind, rows in sorted(split.items())}
            for name, split in sorted(counts.items())
        },
        "sentences": len(verbatim),
        "verbatim": sum(verbatim),
        "milliseconds": {"p50": round(1000 * median(seconds), 1), "p95": round(1000 * cuts[-1], 1)},
    }
    return report, misses


def compared(data: Path) -> dict[str, int]:
    """Of all questions: how many find their hits in another order with the second look, how many are
    answered otherwise, and how many right with it and without.
    """
    days = Days(data)
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    counts = dict.fromkeys(("questions", "orders", "answers", "right_with", "right_without"), 0)
    with tempfile.TemporaryDirectory() as folder:
        plain, again = (askers(days, Path(folder), rerank=rerank) for rerank in (False, True))
        for label in labels:
            hits = [
                [hit.id for hit in asker.searcher.search(label["question"], most=20).hits]
                for asker in (plain, again)
            ]
            without, with_it = plain.ask(label["question"]), again.ask(label["question"])
            counts["questions"] += 1
            counts["orders"] += hits[0] != hits[1]
            counts["answers"] += [s.text for s in without.sentences] != [s.text for s in with_it.sentences]
            counts["right_without"] += is_right(label, without)
            counts["right_with"] += is_right(label, with_it)
    return counts


def is_right(label: dict[str, Any], answer: Answered) -> bool:
    """Whether a question of its kind was answered, refused, or answered with what the paper holds."""
    if label["kind"] == "held":
        return any(label["holds"] in sentence.text for sentence in answer.sentences)
    return (answer.mode != "nothing") == (label["kind"] == "answerable")


def summary(answer: Answered) -> str:
    if answer.mode == "nothing":
        return "nothing found"
    return f"[{answer.footnotes[0].title[:60]}] {answer.sentences[0].text[:120]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--half", choices=("choose", "test"), default="", help="Ask these alone.")
    parser.add_argument("--rerank", action="store_true", help="Compare with search's second look.")
    parser.add_argument("--misses", action="store_true", help="Name every question that went wrong.")
    given = parser.parse_args()
    if given.rerank:
        print(json.dumps(compared(given.data)))
        return
    report, misses = measured(given.data, given.half)
    if given.json:
        print(json.dumps(report))
        return
    print(json.dumps(report, indent=2))
    if given.misses:
        print(*misses, sep="\n")


if __name__ == "__main__":
    main()
