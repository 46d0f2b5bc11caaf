"""Best of several drafts, chosen by the checks, against the first draft: `drafts` of the model's writer.

Run: python benchmarks/best_of.py --gguf FILE [--stories 6] [--minutes 7] [--out FOLDER]
         [--earlier REPORT] [--json]

A model on this machine drafts papers of the founding edition in English, four times each; when the minutes
are over no draft is begun, and a story that lacks one is left out. With --out every draft is kept, and a
later run goes on; the stories of an earlier report of the same model (--earlier) are counted in and not
drafted again. The same drafts are then taken once, up to twice and up to four times by the rule of the
engine: the next draft is asked for only where a sentence of the last was refused, and the one with the
highest reward is kept. Repairs and extracts are left out: drafting is measured.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from daybrief import plugins
from daybrief.adapters.llm.local import ModelFolder
from daybrief.app import App
from daybrief.config import Settings
from daybrief.labs.kit import paired
from daybrief.model import Claim, Judged, Ranked, from_json, to_json
from daybrief.ports import Attempt, Reading
from daybrief.stages.verify import evidence_of, judge
from daybrief.stages.write import CheckedWriter
from daybrief.testing.editions import founding
from show import show

MOST = 4
COUNTS = (1, 2, 4)


class Draft(msgspec.Struct, frozen=True):
    """The sentences of an answer of the model, and the seconds it took."""

    claims: tuple[Claim, ...]
    seconds: float

    @property
    def attempt(self) -> Attempt:
        """The answer as a writer gives it."""
        return Attempt(claims=self.claims)


class Replayed:
    """A writer that gives recorded drafts of one story, at most `drafts` of them."""

    concurrency = 1

    def __init__(self, recorded: Sequence[Draft], drafts: int) -> None:
        self._recorded, self.drafts = recorded, drafts

    def read(self, _ranked: Ranked) -> Attempt:
        """The first draft."""
        return self._recorded[0].attempt

    def redraft(self, _ranked: Ranked, number: int) -> Attempt:
        """The draft of this number, from 1."""
        return self._recorded[number - 1].attempt

    def synthesise(self, _reading: Reading) -> Attempt:
        """Nothing."""
        return Attempt()


class Silent(Replayed):
    """A fallback that has nothing to say."""

    def __init__(self) -> None:
        super().__init__([Draft((), 0.0)], 1)


class Kept(NamedTuple):
    """The outcome of a story: sentences that stand, sentences of the draft that was kept, seconds, calls."""

    stand: int
    written: int
    seconds: float
    calls: int


def drafted(app: App, gguf: str, stories: Sequence[Ranked], minutes: float, out: Path) -> list[list[Draft]]:
    """Four drafts of each story, until the minutes are over; those that lie in the folder are read."""
    table = {
        "use": "llm", "provider": "local", "model": gguf, "mode": "write", "language": "en",
        "drafts": MOST, "timeout_s": 3600,
    }  # fmt: skip
    all_drafts: list[list[Draft]] = []
    until = time.monotonic() + 60 * minutes
    with app.ports.models("bench") as models:
        writer = plugins.build("writers", table, app.ports.tools(llm=models))
        for at, ranked in enumerate(stories):
            drafts: list[Draft] = []
            for number in range(1, MOST + 1):
                place = out / f"{at:02}-{number}.json"
                if not place.is_file() and (time.monotonic() < until or not (all_drafts or drafts)):
                    place.write_bytes(to_json(_draft(writer, ranked, number)))
                if place.is_file():
                    drafts.append(from_json(place.read_bytes(), Draft))
            if len(drafts) == MOST:
                all_drafts.append(drafts)
                seconds = sum(draft.seconds for draft in drafts)
                print(f"{ranked.story.lead.title[:60]}: {seconds:.0f} s", file=sys.stderr, flush=True)
            else:
                break
    return all_drafts


def _draft(writer: Any, ranked: Ranked, number: int) -> Draft:
    begun = time.monotonic()
    attempt = writer.read(ranked) if number == 1 else writer.redraft(ranked, number)
    return Draft(attempt.claims, time.monotonic() - begun)


def kept(app: App, ranked: Ranked, drafts: Sequence[Draft], most: int) -> Kept:
    """The sentences that the engine keeps of a story where it may draft `most` times."""
    checks = app.ports.checks("en")

    def judged(claims: Any, stories: Sequence[Ranked]) -> tuple[Judged, ...]:
        return judge(claims, checks, evidence_of([item for each in stories for item in each.story.items]))

    story = CheckedWriter(Replayed(drafts, most), Silent(), judged).story(ranked)
    calls = len(story.attempts) - 1  # the last attempt is the repair, which is not asked here
    sentences = len(story.attempts[0].claims)
    return Kept(len(story.proved), sentences, sum(draft.seconds for draft in drafts[:calls]), calls)


def figures(rows: Sequence[dict[int, Kept]]) -> list[tuple[str, str, str]]:
    """Rows of what, asked, measured."""
    lines = [("stories, drafted four times each", "–", str(len(rows)))]
    silent = sum(row[1].written == 0 for row in rows)
    lines.append(("of them without a sentence in the first draft", "report", str(silent)))
    for most in COUNTS:
        outcomes = [row[most] for row in rows]
        stand, written = sum(k.stand for k in outcomes), sum(k.written for k in outcomes)
        name = "first draft" if most == 1 else f"best of {most}"
        share = f"**{stand} of {written}** ({stand / written:.0%})" if written else "no sentence"
        lines.append((f"{name}: sentences that stand", "report", share))
        calls, seconds = (
            float(np.mean(values)) for values in ([k.calls for k in outcomes], [k.seconds for k in outcomes])
        )
        lines.append((f"{name}: calls and seconds a story", "report", f"{calls:.1f}, {seconds:.0f} s"))
    for most in COUNTS[1:]:
        ours, theirs = ([row[n].stand for row in rows] for n in (most, 1))
        span = paired(ours, theirs, np.random.default_rng(most))
        lines.append(
            (f"best of {most} minus first: sentences a story, paired over stories", "report", str(span))
        )
    return lines


def reported(place: Path | None, model: str) -> tuple[list[dict[int, Kept]], list[Any]]:
    """The rows and the drafts of an earlier report; none without one."""
    if place is None:
        return [], []
    report = json.loads(place.read_text(encoding="utf-8"))
    if report["model"] != model:
        raise SystemExit(f"{place} is a report of {report['model']}, not of {model}")
    rows = [{int(count): Kept(*kept) for count, kept in row.items()} for row in report["rows"]]
    return rows, report["drafts"]


def measured(
    gguf: Path, most: int, minutes: float, out: Path | None, earlier: Path | None = None
) -> dict[str, Any]:
    """All figures of one model, and the drafts they rest on."""
    stories = [ranked for section in founding().sections for ranked in section.ranked][:most]
    with tempfile.TemporaryDirectory() as folder:
        name = ModelFolder(Path(folder)).find(str(gguf)).name
        rows, texts = reported(earlier, name)
        left = stories[len(rows) :]
        app = App(Settings(archive=f"{folder}/a.sqlite", models=f"{folder}/models"), {})
        place = out or Path(folder) / "drafts"
        place.mkdir(parents=True, exist_ok=True)
        drafts = drafted(app, str(gguf), left, minutes, place)
        rows += [
            {count: kept(app, ranked, story_drafts, count) for count in COUNTS}
            for ranked, story_drafts in zip(left, drafts, strict=False)
        ]
    lines = [{"what": what, "asked": target, "measured": value} for what, target, value in figures(rows)]
    texts += [[[c.text for c in d.claims] for d in story] for story in drafts]
    return {"benchmark": "best_of", "model": name, "figures": lines, "rows": rows, "drafts": texts}


def main() -> None:
    """Print a table, or with --json all that was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--stories", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=7.0)
    parser.add_argument("--out", type=Path, help="keep every draft in this folder, and go on from there")
    parser.add_argument("--earlier", type=Path, help="a report of this model, made with --json")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measured(options.gguf.absolute(), options.stories, options.minutes, options.out, options.earlier)
    show(report, as_json=options.json)


if __name__ == "__main__":
    main()
