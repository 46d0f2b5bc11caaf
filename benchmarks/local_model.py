"""The worth of a model on this machine as a writer: its trial, and its founding edition.

Run: python benchmarks/local_model.py --gguf FILE [--data ../shared/data] [--stories 22]
    [--languages ko en] [--json]

The founding edition's twelve papers, and with --data ten papers of 2026 that no rule was made on. Each is
read by `select, then render` in Korean, whatever the trial says, so that the figures tell what refusing
saves; in English the model writes on its own. A sentence stands when it passes the checks of an edition.
`benchmarks/local_readings.json` holds rendered sentences with what one reader said of each.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from daybrief import plugins
from daybrief.adapters.llm.local import ModelFolder
from daybrief.app import App
from daybrief.app.doctor import peak_memory, try_model
from daybrief.config import Settings
from daybrief.model import Filed, Item, Judged, Ranked, Story
from daybrief.ports import ModelSettings
from daybrief.stages.verify import evidence_of, judge
from daybrief.testing.editions import founding
from gist import papers
from show import show

READINGS = Path(__file__).with_name("local_readings.json")
FURTHER = 10


def stories(data: Path | None, most: int) -> list[Ranked]:
    """The founding papers, then further ones."""
    ranked = [each for section in founding().sections for each in section.ranked]
    further = papers(data)[:FURTHER] if data else []
    return [*ranked, *map(_ranked, further)][:most]


def _ranked(item: Item) -> Ranked:
    story = Story(id=item.key, kind=item.kind, items=(item,), first_seen=date.min)
    return Ranked(filed=Filed(story=story, category="", confidence=1.0, why=""), score=0.0)


def written(app: App, settings: ModelSettings, language: str, mode: str, chosen: Sequence[Ranked]) -> Any:
    """The sentences of a model that stand in one language, and the seconds of a story."""
    table = {"use": "llm", "provider": "local", "model": settings.model, "mode": mode, "language": language}
    judged: list[Judged] = []
    failed = 0
    with app.ports.models("bench") as models:
        kit = app.ports.tools(llm=models)
        writer = plugins.build("writers", table, kit)
        start = time.monotonic()
        for ranked in chosen:
            attempt = writer.read(ranked)
            failed += attempt.error is not None
            own = [c for c in attempt.claims if c.part != "gist" and c.language == language]
            judged += judge(own, app.ports.checks(language), evidence_of(ranked.story.items))
        seconds = time.monotonic() - start
    return judged, failed, seconds / len(chosen)


def refusals(judged: Sequence[Judged]) -> dict[str, int]:
    """How many sentences each check refused first."""
    first = (
        next(v.check for v in judgement.verdicts if v.outcome not in {"supported", "unclear"})
        for judgement in judged
        if not judgement.printable
    )
    return dict(Counter(first).most_common())


def readings(model: str) -> Iterator[tuple[str, str]]:
    """The counts of what a reader said of a model's sentences that stood."""
    if READINGS.is_file():
        rows = [r for r in json.loads(READINGS.read_text(encoding="utf-8")) if r["model"] == model]
        for verdict, count in Counter(row["said"] for row in rows).most_common():
            yield f"read by one reader, {len(rows)} Korean sentences that stood: {verdict}", f"{count}"


def measured(gguf: Path, data: Path | None, most: int, languages: Sequence[str]) -> dict[str, Any]:
    """All figures of one model, and the sentences that stood."""
    chosen, rows, kept = stories(data, most), [], []
    with tempfile.TemporaryDirectory() as folder:
        app = App(Settings(archive=f"{folder}/a.sqlite", models=f"{folder}/models"), {})
        settings = ModelSettings(provider="local", model=str(gguf), timeout_s=900)
        for language in languages:
            trial = try_model(app.ports, settings, language, lambda line: print(line, file=sys.stderr)).trial
            rows.append((f"trial, {language}", "–", f"**{trial.mode}**: {trial.figures}"))
            mode = "render" if language == "ko" else "write"
            judged, failed, seconds = written(app, settings, language, mode, chosen)
            stood = [judgement for judgement in judged if judgement.printable]
            what = f"{language}, `{mode}`, {len(chosen)} stories"
            share = f"{len(stood)} of {len(judged)}, {failed} stories without an answer"
            rows.append((f"{what}: sentences that stand", "report", share))
            rows.append((f"{what}: refused by", "–", str(refusals(judged))))
            rows.append((f"{what}: seconds a story", "report", f"{seconds:.1f}"))
            kept += [
                {"language": language, "text": o.claim.text, "quote": o.claim.quotes[0].text} for o in stood
            ]
        name = ModelFolder(Path(folder)).find(str(gguf)).name
    rows.append(("peak memory of the process", "report", f"{peak_memory() / 1e9:.2f} GB"))
    rows += [(what, "report", count) for what, count in readings(name)]
    figures = [{"what": what, "asked": wanted, "measured": value} for what, wanted, value in rows]
    return {"benchmark": "local_model", "model": name, "figures": figures, "sentences": kept}


def main() -> None:
    """Print a table, or with --json all that was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--stories", type=int, default=12 + FURTHER)
    parser.add_argument("--languages", nargs="+", choices=("ko", "en"), default=["ko", "en"])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measured(options.gguf.absolute(), options.data, options.stories, options.languages)
    show(report, as_json=options.json)


if __name__ == "__main__":
    main()
