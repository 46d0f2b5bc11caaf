"""Run every benchmark and write docs/figures.md: what was asked, what was measured, by which command.

    python benchmarks/figures.py [--data ../shared/data] [--only tldr,replay] [--kept FILE]

With --only, the other sections keep what an earlier run wrote; each section says when and where it was made.
With --kept, the one section is made of a file: what its command, which takes an hour, printed with --json.
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
from collections.abc import Callable, Container, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from daybrief.cards import lab_folders, read_page

ROOT = Path(__file__).parent.parent
SHARED_DATA = Path("../shared/data")
PAGE = ROOT / "docs" / "figures.md"
HEAD = """# Figures

Each section is the output of one command, written by `python benchmarks/figures.py`; the recordings and
corpora it reads are not in the repository. Bad figures stand beside good ones. Times are those of the machine
named; compare them within one section only.
"""

Row = tuple[str, str, str]  # what, asked, measured
TABLE = "| what | asked | measured |\n| --- | --- | --- |\n"


class Figure(NamedTuple):
    """A section: a benchmark, its arguments (`{data}` is the data folder) and how to read its JSON."""

    name: str
    title: str
    arguments: str
    rows: Callable[[dict[str, Any]], Iterator[Row]]
    label: str = ""  # tells two sections of one benchmark apart
    seen: bool = False  # its data has been looked at since: the page folds it

    @property
    def key(self) -> str:
        return self.label or self.name


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def replay(report: dict[str, Any]) -> Iterator[Row]:
    whole = f"of {report['stories']} stories, {report['items']} items, {report['days']} days"
    yield 'repeats printed without a "continues" mark', "0", f"**{report['repeats']}** {whole}"
    yield "items unaccounted for", "0", f"**{report['unaccounted']}**"
    yield "days crashed", "0", f"**{report['crashed']}**"
    yield "told twice on one day", "–", str(report["twice"])
    yield "continued stories / items dropped as seen", "–", f"{report['continued']} / {report['dropped']}"
    yield "news filed as off-topic and counted", "–", str(report["off-topic"])
    for name, row in report["baselines"].items():
        yield (
            f"baseline: {name}",
            "–",
            f"{row['repeats']} repeats ({percent(row['repeats_share'])} of stories)",
        )
    yield "drops the independent books know nothing of", "–", str(report["odd_drops"])


def archive_damage(report: dict[str, Any]) -> Iterator[Row]:
    flips = f"of {report['flips']:,} flips that changed {report['rows']} rows in {report['bytes']:,} bytes"
    yield "unnoticed by `archive check`", "0", f"**{report['unnoticed']}** {flips}"
    yield "tracebacks, of `check` and `salvage`", "0", f"**{report['tracebacks']}**"
    yield "unnoticed by SQLite's own check", "–", str(report["unnoticed by SQLite's check"])
    salvaged = f"{report['rows lost, median']} (most {report['rows lost, most']})"
    yield f"rows lost by `archive salvage`, {report['salvaged']} flips, median", "–", salvaged
    yield "salvaged archives that were not whole", "0", str(report["salvage not whole"])
    for name, seconds in report["seconds"].items():
        yield f"10,000 items: {name}", "–", f"{seconds} s"


def tldr(report: dict[str, Any]) -> Iterator[Row]:
    for name, scores in report["rows"].items():
        cells = [f"{kind} {s['mean']} ({s['low']} – {s['high']})" for kind, s in scores.items()]
        value = " · ".join(cells)
        ours = name == "ours"
        yield (
            name.replace("_", " "),
            "ROUGE-1 ≥ 38.5, aim 42.7" if ours else "–",
            f"**{value}**" if ours else value,
        )


def pipeline(report: dict[str, Any]) -> Iterator[Row]:
    bounds = {1_000: "≤ 4 s, ≤ 200 MiB", 10_000: "≤ 40 s, ≤ 400 MiB"}
    for row in report["rows"]:
        low, high = row["seconds_range"]
        span = "" if low == high else f" ({low} – {high})"
        own = (
            f"{row['cpu_seconds']} s of processor time, {row['own_cpu_seconds']} s of it in the first process"
        )
        spent = f"{own}; {row['seconds']} s by the clock{span}"
        value = f"{spent}, {row['peak_mib']} MiB, {row['stories']} stories written"
        target = bounds.get(row["items"], "–")
        yield f"{row['items']} items", target, value if target == "–" else f"**{value}**"
    for items in bounds.keys() - {row["items"] for row in report["rows"]}:
        yield f"{items} items", bounds[items], "not measured in this run"
    for row in report["growth"]:
        value = (
            f"time × {row['seconds_ratio']}, memory × {row['peak_ratio']} (n log n: × {row['n_log_n_ratio']})"
        )
        yield f"growth {row['from']} → {row['to']}", "no worse than n log n", value
    yield "load of the machine, before and after", "–", f"{report['load'][0]} and {report['load'][1]}"
    loops = ", ".join(f"{row['yardstick']} s" for row in report["rows"])
    what = "speed of the machine: ten million additions in a loop of Python, before the runs of each size"
    yield what, "–", loops


def backfill(report: dict[str, Any]) -> Iterator[Row]:
    parts = {row["part"]: row for row in report["rows"]}
    titles = {
        "runs": "one run a day",
        "1": "1 worker",
        "2": "2 workers",
        "killed": "2 workers, killed at random",
        "stopped": "2 workers, the whole program killed at random and begun again",
        "ray": "2 workers on Ray, killed at random",
        "dense": "2 workers, days of very many papers",
    }
    for name, words in titles.items():
        if row := parts.get(name):
            yield from _backfilled(row, words)
    if {"1", "2"} <= parts.keys():
        load = max(parts[part]["load"] for part in "12")
        alone, both = (parts[part]["days_per_minute"] for part in "12")
        busy = f"not told: the load of the machine was {load} on {report['cores']} cores"
        what = "efficiency of 2 workers by the wall clock: their rate over twice that of 1"
        yield what, "≥ 85 %", percent(both / alone / 2) if load <= report["cores"] else busy
    for name in ("1", "2", "dense"):
        if row := parts.get(name):
            ordered, parallel = row["ordered_cpu_s"], row["parallel_cpu_s"]
            what = f"efficiency of 2 workers on 2 cores, computed from processor times: {titles[name]}"
            yield what, "≥ 85 %", f"**{percent(parallel / (ordered + parallel))}**"
            what = f"the same with a core more for the ordered part, as on a cluster: {titles[name]}"
            yield what, "≥ 85 %", f"**{percent(parallel / 2 / max(ordered, parallel / 2))}**"
    for row in report["plan"]:
        yield from _planned(row, report["prices"])
    if taken := parts.get("import"):
        rate = round(taken["papers"] / taken["cpu_s"])
        yield (
            "rows taken in from bulk, a second of processor time",
            "–",
            f"{rate}, memory grows {taken['grown_mib']} MiB",
        )


def _backfilled(row: dict[str, Any], words: str) -> Iterator[Row]:
    some = f"{row['papers']} papers of {row['days']} days, beside a load of {row['load']}"
    if row["part"] != "stopped":
        yield words, "–", f"{row['days_per_minute']} days a minute ({some})"
    if row["part"] == "runs":
        yield f"processor time, {words}", "–", f"{row['ordered_cpu_s']} s"
        return
    if row["part"] != "stopped":
        cpu = f"{row['ordered_cpu_s']} s and {row['parallel_cpu_s']} s, imports and starts included"
        yield f"processor time of the ordered and the parallel part, {words}", "–", cpu
        yield f"peak memory of a worker, {words}", "–", f"{row['worker_peak_mib']} MiB"
    if row["kills"]:
        lost = f"**{row['days_lost']}** and **{row['days_doubled']}** of {row['days']}, {row['kills']} kills"
        yield f"days lost, days doubled, {words}", "0", lost
    if "editions" in row:
        differ = f"**{row['editions_that_differ']}** of {row['editions']}"
        yield f"editions that differ from one run a day, {words}", "0", differ


def _planned(row: dict[str, Any], prices: dict[str, float]) -> Iterator[Row]:
    what = f"computed, not measured: {row['what']}, {row['papers']:,} papers"
    hours = ", ".join(f"{hours} h on {cores} cores" for cores, hours in row["hours"].items())
    yield f"{what}: time", "–", f"{hours} (ordered {row['ordered_h']} h, parallel {row['parallel_h']} h)"
    core = f"{row['usd']} US dollars at {prices['usd_core_hour']} a core hour"
    yield f"{what}: money, storage", "–", f"{core}; archive {row['archive_gb']} GB"
    model = f"{row['calls']:,} calls, {row['model_usd']:,} US dollars"
    at = f"at {prices['usd_million_in']} and {prices['usd_million_out']} a million tokens in and out"
    yield f"{what}: a model that writes", "–", f"{model} {at}; answers as long as a scripted model's"
    yield f"{what}: harvest by OAI-PMH", "–", f"≥ {row['harvest_h']} h, at 1,000 records an answer"


def cases(report: dict[str, Any]) -> Iterator[Row]:
    for kind, rows in report.items():
        good = sum(row["ok"] for row in rows)
        yield f"{kind} as expected", "all, or explained", f"**{good} of {len(rows)}**"
        for row in rows:
            if not row["ok"]:
                yield (
                    f"{kind}: {row['name']}",
                    row["expected"],
                    row["outcome"].replace("|", "/").partition("; items")[0][:260],
                )


def model_fuzz(report: dict[str, Any]) -> Iterator[Row]:
    dialects = ", ".join(
        f"{report[f'runs with {name}']} {name}" for name in ("openai", "anthropic", "google")
    )
    yield "spoilt bodies / runs", "20,000 / –", f"{report['bodies']} / {report['runs']} ({dialects})"
    yield "runs without an edition", "0", f"**{report['without_an_edition']}**"
    yield "minutes", "–", str(report["minutes"])


def model_tex(report: dict[str, Any]) -> Iterator[Row]:
    yield "abstracts with a backslash / claims", "–", f"{report['abstracts']} / {report['claims']}"
    yield "claims lost, backslashes copied raw", "0", f"**{report['lost_raw']}**"
    yield "claims lost, quotation marks raw, too", "0", f"**{report['lost_raw_quotes']}**"
    yield "sentences with a letter silently changed", "0", f"**{report['changed']}**"
    yield "baseline: lost when read strictly", "–", str(report["before_lost"])


def startup(report: dict[str, Any]) -> Iterator[Row]:
    for row in report["rows"]:
        target = f"< {row['asked_ms']} ms" if row["asked_ms"] else "–"
        low, high = row["middle_half_ms"]
        value = f"{row['wall_ms']} ms wall ({low} – {high}), {row['cpu_ms']} ms CPU"
        yield f"`{row['command']}`", target, value


def feeds(report: dict[str, Any]) -> Iterator[Row]:
    refused = ", ".join(f"{n} {name}" for name, n in sorted(report["refused"].items())) or "none"
    value = f"**{report['files']} of {report['files']}**: {report['parsed']} parsed; refused: {refused}"
    yield "parsed or refused with a typed error", "all", value
    yield "other exceptions", "0", f"**{report['other_exceptions']}**"
    yield (
        "files with entries, ours / feedparser alone",
        "–",
        f"{report['files_with_entries']} / {report['feedparser_files_with_entries']}",
    )
    yield (
        "encodings read without a replacement character",
        "–",
        f"{report['encodings_without_replacement']} of {report['encodings_read']}",
    )


def dedupe(report: dict[str, Any]) -> Iterator[Row]:
    yield "pairs of headlines read by hand / of one event", "–", f"{report['pairs']} / {report['same']}"
    yield "told as one story, rightly / wrongly", "–", f"{report['right']} / **{report['wrong']}**"
    yield "one event told as two (a line more)", "–", f"{report['missed']}"
    yield "precision / recall", "–", f"{percent(report['precision'])} / {percent(report['recall'])}"


def events(report: dict[str, Any]) -> Iterator[Row]:
    names = {
        "first": "days to 29 July (in view when the bounds were chosen)",
        "second": "days after (in view, too)",
        "same_day": "pairs of one day",
        "over_days": "pairs of different days",
        "day_by_day": "pairs of different days, each day read with what the archive remembers",
        "all": "all pairs",
    }
    for name, title in names.items():
        if name not in report:
            continue
        row = report[name]
        target = "–" if name == "first" else "≥ 90 % / ≥ 60 %"
        low, high = map(percent, row["recall_interval"])
        figures = f"**{percent(row['precision'])} / {percent(row['recall'])}**"
        yield (
            f"{title}: precision / recall",
            target,
            f"{figures} ({row['right']} of {row['told']} told, {row['meant']} meant; recall {low} to {high})",
        )


def merges(report: dict[str, Any]) -> Iterator[Row]:
    for name, target in (("merged", "≥ 97 %"), ("folded", "≥ 90 %")):
        right, total = report[f"{name} right"], report[name]
        yield f"pairs {name}, right", target, f"**{percent(right / max(1, total))}** ({right} of {total})"


def planted(report: dict[str, Any]) -> Iterator[Row]:
    yield "true claims of each language", "200", str(report["claims"])
    for way, title in (("free", "without a quote"), ("quoted", "with the sentence quoted")):
        for code, language in (("ko", "Korean"), ("en", "English")):
            row = dict(report[f"{way} {code}"])
            where = f"{language}, {title}"
            yield f"{where}: false alarms", "≤ 3 %", f"**{percent(row.pop('alarms'))}**"
            yield f"{where}: true claims confirmed", "–", percent(row.pop("confirmed"))
            for kind, told_of in row.items():
                figures = (
                    f"**{percent(told_of['caught'])}** / **{told_of['confirmed']}** of {told_of['planted']}"
                )
                yield f"{where}: {kind}, caught / passed as confirmed", "≥ 80 % / 0", figures


def scifact(report: dict[str, Any]) -> Iterator[Row]:
    for split in ("train", "dev"):
        for verdict, target in (("contradicted", "≥ 85 % / report"), ("confirmed", "≥ 85 % / –")):
            row = report[split][verdict]
            precision = percent(row["precision"]) if row["precision"] is not None else "–"
            counts = f"({row['right']} of {row['said']}, {row['of']} there)"
            value = f"**{precision} / {percent(row['recall'])}** {counts}"
            where = f"{split}, {report[split]['claims']} claims: {verdict}, precision / recall"
            yield where, target if split == "dev" else "–", value


def relevance(report: dict[str, Any]) -> Iterator[Row]:
    names = {"tuned_on": "tuned on", "held_out": "held out",
             "fresh": "June 2026, whose misses were read since",
             "fresh_2025_03": "March 2025, whose misses were read since",
             "fresh_2025_08": "August 2025, that nothing was chosen on"}  # fmt: skip
    for sample, row in report.items():
        yield f"{names[sample]}: {row['headlines']} headlines, {row['about_ai']} about AI", "–", row["shown"]


def reports(report: dict[str, Any]) -> Iterator[Row]:
    ways = (("alone", "alone"), ("with_the_days_others", "with the day's other sources"),
            ("title_overlap_baseline", "baseline: words of the titles"))  # fmt: skip
    for split in ("test", "unseen", "development"):
        for way, name in ways:
            row = report["wrong_source"][split][way]
            target = "≥ 97 % / ≤ 3 %; ≥ 85 %" if way != "title_overlap_baseline" else "–"
            recall, alarms = percent(row["recall"]), percent(row["false_alarms"])
            several = f"{percent(row['one_of_several_recall'])} of {row['one_of_several']}"
            value = f"{recall} of {row['swaps']} / {alarms} of {row['true']}; {several}"
            bold = split == "test" and way == "alone"
            yield (
                f"wrong source, {split} days, {name}: swap recall / false alarms; one of several",
                target,
                f"**{value}**" if bold else value,
            )
    row = report["degenerate"]
    shares = f"{percent(row['recall'])} / {percent(row['false_alarms'])}"
    value = f"**{shares}** of {row['sections']} ({row['labelled']} labelled)"
    yield "degenerate sections: recall / false alarms", "≥ 98 % / ≤ 1 %", value
    for kind, verdicts in report["verdicts"].items():
        yield (
            f"`daybrief verify` on all {kind} sections",
            "–",
            ", ".join(f"{n} {v}" for v, n in verdicts.items()),
        )


def claims(report: dict[str, Any]) -> Iterator[Row]:
    for kind, row in report["kinds"].items():
        target = f"≥ {100 * row['asked']:.0f} %" if row["asked"] else "report"
        value = f"{percent(row['caught'])} of {row['n']} (its own check {percent(row['own'])})"
        met = not row["asked"] or row["caught"] >= row["asked"]
        yield f"caught: {kind}", target, value if met else f"**missed** {value}"
    for check, row in report["false_alarms"].items():
        target = {"numbers": "≤ 2 %"}.get(check, "report")
        yield f"false alarms on unchanged claims: {check}", target, f"{percent(row['share'])} ({row['n']})"


def faithfulness(report: dict[str, Any]) -> Iterator[Row]:
    yield "rows / faithful", "–", f"{report['rows']} / {report['faithful']}"
    for way, title in (
        ("trained", "bound from all training pairs"),
        ("free", "bound from pairs written freely"),
        ("halved", "bound from the validation half, figure on the test half"),
    ):
        ours, theirs = (report[of][way] for of in ("ours", "lexical_overlap"))
        if ours and theirs:
            gap = report["ahead_of_overlap"][way]
            yield f"balanced accuracy, {title}: ours", "–", _spread(ours["balanced_accuracy"], ours)
            yield "– baseline: lexical overlap", "–", _spread(theirs["balanced_accuracy"], theirs)
            yield "– ahead of the baseline", "≥ 0.10", f"**{_spread(gap['mean'], gap)}**"
    if "CLIFF" in report["data"]:
        yield from _parts(report["ours"]["validated"], report["lexical_overlap"]["validated"])
    areas = (report[of]["area_under_curve"] for of in ("ours", "lexical_overlap"))
    yield "area under curve, ours / overlap", "–", " / ".join(f"{area:.3f}" for area in areas)
    used = report["in_use"]
    value = f"{used['called_unsupported']}, **{used['of_them_faithful']}** of them faithful"
    yield "called unsupported by the check", "none faithful", value


_PUBLISHED = "≥ 0.742 (DAE; QuestEval 0.680, SummaC-ZS 0.621)"  # means of both parts of CLIFF


def _parts(ours: dict[str, Any], theirs: dict[str, Any], name: str = "ours") -> Iterator[Row]:
    """Each part of a file with a bound of its own validation half, and the mean of the parts."""
    for part, title in (("cnndm", "CNN/DM"), ("xsum", "XSum")):
        own, other = ours[part], theirs[part]
        below = own["balanced_accuracy"] < other["balanced_accuracy"]
        value = f"{_spread(own['balanced_accuracy'], own)}; overlap {other['balanced_accuracy']:.3f}"
        yield (
            f"{title}, bound from its validation half: {name}",
            "≥ overlap",
            f"**{value}**" if below else value,
        )
    for of, title in (
        ("balanced_accuracy", "mean of both parts"),
        ("random_halves", "– of 100 random halves"),
    ):
        own_mean, other_mean = (sum(part[of] for part in given.values()) / 2 for given in (ours, theirs))
        target = _PUBLISHED if of == "balanced_accuracy" else "–"
        yield f"{title}: {name}", target, f"**{own_mean:.3f}**; overlap {other_mean:.3f}"


def support_words(report: dict[str, Any]) -> Iterator[Row]:
    learned = report["learned_from"]
    yield "learned from: summaries / words", "–", f"{learned['summaries']:,} / {learned['words']:,}"
    overlap = report["found"]["lexical overlap"]
    for name in ("words, two most doubtful", "words, three most doubtful"):
        own = report["found"][name]
        yield from _parts(own["by_part"], overlap["by_part"], name)
        value = f"{own['balanced_accuracy']:.3f}; overlap {overlap['balanced_accuracy']:.3f}"
        yield f"one bound for both parts: {name}", "–", value


def _spread(value: float, row: dict[str, Any]) -> str:
    low, high = row["interval"]
    return f"{value:.3f} ({low:.3f} – {high:.3f})"


def asking(report: dict[str, Any]) -> Iterator[Row]:
    for split in ("test", "choose"):
        for kind, row in report["splits"][split].items():
            verb = "refused" if kind.split()[0] in ("off-topic", "near", "fact") else "right"
            yield f"{split} half, {kind}: {verb}", "–", f"{row['right']} of {row['of']}"
    value = f"**{report['verbatim']}** of {report['sentences']}"
    yield "sentences that stand in their source to the letter", "100 %", value
    times = report["milliseconds"]
    value = f"{times['p50']} / {times['p95']} ms"
    yield f"time of an answer over {report['items']} papers, p50 / p95", "–", value


def asking_records(report: dict[str, Any]) -> Iterator[Row]:
    for split in ("test", "choose"):
        for kind, row in report["splits"][split].items():
            asks = "nothing to answer, refused" if kind.startswith("nothing") else kind
            value = f"**{row['right']}** / {row['refused']} / {row['wrong']}"
            yield (
                f"{split} half, {asks if asks == kind else f'{asks} {kind[-2:]}'}: right / refused / wrong",
                "–",
                value,
            )


def search_names(report: dict[str, Any]) -> Iterator[Row]:
    for kind, ends in report["counts"].items():
        value = f"**{ends.get('right', 0)}** / {ends.get('lost', 0)} / {ends.get('wrong', 0)}"
        yield f"{kind}: right / lost / wrong", "wrong ones counted", value
    times = report["milliseconds"]
    yield (
        f"processor time over {report['items']} papers, p50 / p95",
        "–",
        f"{times['p50']} / {times['p95']} ms",
    )


def asking_again(report: dict[str, Any]) -> Iterator[Row]:
    whole = f"of {report['questions']} questions"
    yield "hits in another order with the second look", "–", f"{report['orders']} {whole}"
    yield "answers that change", "–", f"{report['answers']} {whole}"
    value = f"{report['right_without']} without, **{report['right_with']}** with it, {whole}"
    yield "answered or refused as it should be", "more, else off", value


def injections(report: dict[str, Any]) -> Iterator[Row]:
    ways = f"{report['orders']} orders, {len(report['wrappings'])} wrappings"
    value = f"**{report['broken']}** of {report['attacks']} ({ways})"
    yield "promises broken by a model that obeys every order, on the published bytes", "0", value
    yield "calls that offered the model a tool", "0", str(report["calls_with_tools"])


def model_day(report: dict[str, Any]) -> Iterator[Row]:
    for name, day in (("founding edition", report["founding"]), ("day of papers", report["day"])):
        for run, row in day.items():
            if "calls" not in row:
                continue
            target = {"rerun": "0 calls", "one_story_changed": "≤ 3 calls"}.get(run, "–")
            value = f"{row['calls']} calls, {row['tokens_in']} + {row['tokens_out']} tokens"
            yield (
                f"{name} ({day['first']['stories']} stories), {run.replace('_', ' ')}",
                target,
                f"**{value}**",
            )
    wall = report["day"]["wall"]
    least = f"path {wall['critical_path_s']} s; whole rounds {wall['whole_rounds_s']} s"
    low, high = wall["ratio_range"]
    value = f"**{wall['ratio']}** ({low} – {high}, {wall['runs']} runs; {wall['write_s']} s; {least})"
    yield (
        f"wall time ÷ critical path, {wall['delay_s']} s a call, {wall['parallel']} at once",
        "≤ 1.15",
        value,
    )
    yield "the same day, one call after another", "–", f"{wall['old_way_s']} s"


def plain(report: dict[str, Any]) -> Iterator[Row]:
    """Any benchmark whose JSON holds `figures`: rows of what, asked, measured."""
    for row in report["figures"]:
        if not row.get("earlier"):
            yield row["what"], row.get("asked", "–"), row["measured"]


def _earlier(report: dict[str, Any]) -> list[Row]:
    """Rows that a benchmark measured before its latest ones of the same kind."""
    rows = report.get("figures", ())
    return [(row["what"], row.get("asked", "–"), row["measured"]) for row in rows if row.get("earlier")]


IR = "{data}/ir"
QWEN_15 = "../models/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf --data {data} --languages ko"
QWEN_05 = "../models/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf --data {data} --languages ko"
MODELS, PACKED = "../models/qwen2.5-coder", "instruct-q4_k_m.gguf"
PEERS = "--data {data} --days 100 --texts 5000 --repeats 2"
REPORTS, FAITH = "{data}/reports", "{data}/faithfulness"


def reader(report: dict[str, Any]) -> Iterator[Row]:
    whole = f"{report['pages']} pages, {report['days']} recorded days"
    yield f"heaviest page with all it loads ({whole})", "≤ 300 kB", f"**{report['heaviest_kb']} kB**"
    waits = report["first_byte_ms"]
    value = f"p50 {waits['p50']} ms, **p95 {waits['p95']} ms**, p99 {waits['p99']} ms"
    yield f"time to first byte, {report['readers']} readers of five pages a second each", "≤ 50 ms", value
    for name, title in (
        ("axe_violations", "axe violations, light and dark, desktop and 320 px"),
        ("lacking_headers", "routes without full headers"),
        ("foreign_requests", "foreign requests"),
        ("complaints", "complaints in the browser's console"),
        (
            "vectors_fired",
            f"pages on which one of {report['vectors']} vectors in every field ran, policy off",
        ),
        ("broken_at_320", "pages wider than 320 px"),
        ("broken_elsewhere", "pages wider than 390 or 1280 px"),
    ):
        yield title, "0", f"**{report[name]}**"


FIGURES = (
    Figure("replay", "Nothing twice, nothing lost: four recorded months", "--data {data}", replay),
    Figure("dedupe", "One event, several outlets", "--data {data}", dedupe),
    Figure("events", "One event, several outlets: ten days read whole", "--data {data}", events),
    Figure(
        "events",
        "One event, several outlets: ten days of headlines that earlier models were fitted on",
        "--months ../progscrape-data",
        events,
        "events_fresh",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: four days of headlines that earlier models were fitted on",
        "--months ../progscrape-data --days unseen",
        events,
        "events_unseen",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: fifteen further days of headlines the model was fitted on",
        "--months ../progscrape-data --days fitted",
        events,
        "events_fitted",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: sixteen days that judged the method before, fitted on since",
        "--months ../progscrape-data --days blind",
        events,
        "events_blind",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: sixteen winter days of headlines the model was fitted on",
        "--months ../progscrape-data --days winter",
        events,
        "events_winter",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: eighteen days that judged a first change, fitted on since",
        "--months ../progscrape-data --days later",
        events,
        "events_later",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: fourteen days that judged a second change, fitted on since",
        "--months ../progscrape-data --days last",
        events,
        "events_last",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: sixteen days that judged a third change, fitted on since",
        "--months ../progscrape-data --days sealed",
        events,
        "events_sealed",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: sixteen days that judged a fourth change, fitted on since",
        "--months ../progscrape-data --days aside",
        events,
        "events_aside",
        seen=True,
    ),
    Figure(
        "events",
        "One event, several outlets: twenty-eight blind days, judged once",
        "--months ../progscrape-data --days hidden",
        events,
        "events_hidden",
    ),
    Figure("merges", "Merged and folded on days of Hacker News", "--data {data}", merges),
    Figure("planted", "Errors planted into true claims", "--data {data}", planted),
    Figure(
        "planted", "Errors planted into fresh claims", "--data {data} --split fresh", planted, "planted_fresh"
    ),
    Figure(
        "planted",
        "Errors planted into the latest claims",
        "--data {data} --split latest",
        planted,
        "planted_latest",
    ),
    Figure(
        "planted",
        "Errors planted into unseen claims",
        "--data {data} --split unseen",
        planted,
        "planted_unseen",
    ),
    Figure(
        "planted",
        "Errors planted into blind claims, judged once",
        "--data {data} --split blind",
        planted,
        "planted_blind",
    ),
    Figure(
        "planted",
        "Errors planted into sealed claims, written freely",
        "--data {data} --split sealed",
        planted,
        "planted_sealed",
    ),
    Figure(
        "planted",
        "Errors planted into kept claims, written freely",
        "--data {data} --split kept",
        planted,
        "planted_kept",
    ),
    Figure(
        "planted",
        "Errors planted into claims put aside, written freely",
        "--data {data} --split aside",
        planted,
        "planted_aside",
    ),
    Figure(
        "planted",
        "Errors planted into unread claims, read since",
        "--data {data} --split unread",
        planted,
        "planted_unread",
    ),
    Figure(
        "planted",
        "Errors planted into reserved claims, written freely",
        "--data {data} --split reserved",
        planted,
        "planted_reserved",
    ),
    Figure(
        "planted", "Errors of a hostile hand", "--data {data} --split hostile", planted, "planted_hostile"
    ),
    Figure("scifact", "SciFact", "--data {data}/claims/scifact_pairs.jsonl", scifact),
    Figure("categories", "Filing", "--shared {data}", plain),
    Figure(
        "categories",
        "Filing: months that no model was made on",
        "--shared {data} --fresh --months ../progscrape-data",
        plain,
        "categories_fresh",
    ),
    Figure(
        "relevance",
        "Is it about AI?",
        "--stories {data}/sources/hackernews_stories --months ../progscrape-data",
        relevance,
    ),
    Figure("guard", "The guard of questions and of imported news", "--data {data}", plain),
    Figure("guard_scopes", "The guard: how much a scope says", "", plain),
    Figure("guard_speed", "The guard: prompts a second", "", plain),
    Figure("tldr", "Choosing the sentence that tells it", "--data {data}/scitldr/SciTLDR-A_dev.jsonl", tldr),
    Figure(
        "pipeline",
        "A whole day: time and memory",
        "--data {data}/arxiv/arxiv_2024-09_2025-01.jsonl.gz",
        pipeline,
    ),
    Figure(
        "backfill",
        "Many days at once",
        "--data {data}/arxiv/arxiv_2024-09_2025-01.jsonl.gz --days 120 --papers 60",
        backfill,
    ),
    Figure(
        "backfill",
        "Many days at once: five papers a day",
        "--data {data}/arxiv/arxiv_2024-09_2025-01.jsonl.gz --days 120 --papers 5 --parts runs,1,2",
        backfill,
        "backfill_thin",
    ),
    Figure("local_model", "A model on this machine: 1.5 B", f"--gguf {QWEN_15}", plain, "local_15b"),
    Figure("local_model", "A model on this machine: 0.5 B", f"--gguf {QWEN_05}", plain, "local_05b"),
    Figure(
        "best_of",
        "Several drafts, the best by the checks",
        f"--gguf {MODELS}-1.5b-{PACKED} --stories 14 --minutes 60",
        plain,
    ),
    Figure(
        "post_training",
        "A packed model in torch, in its own engine, and after three stages of training",
        f"--gguf {MODELS}-0.5b-{PACKED}",
        plain,
    ),
    Figure(
        "post_training",
        "The same training: memory of one step of each stage",
        f"--gguf {MODELS}-0.5b-{PACKED} --peaks",
        plain,
        "post_training_peaks",
    ),
    Figure("copied", "Copied text between sources", "--data {data}", plain),
    Figure("gist", "Korean sentences without a model", "--data {data}", plain),
    Figure("sections", "A synthesis above the cards", "--data {data}", plain),
    Figure("similar", "Similar stories", "--data {data}", plain),
    Figure("roles", "The right sentence in the right part", "", plain),
    Figure("fulltext", "Whole texts of made papers", "--data {data} --papers 40", plain),
    Figure("reader", "The reader: pages, speed, safety", "--data {data}", reader),
    Figure("reader_load", "The reader under attack", "--data {data}", plain),
    Figure("house", "The house: modules, importers, names", "", plain),
    Figure("house", "The house: its tests and what they cover", "--tests", plain, "house_tests"),
    Figure("mutation", "Small changes to the trust core", "--sample 160 --seed 20261302", plain),
    Figure(
        "mutation",
        "Small changes to the trust core: another draw",
        "--sample 160 --seed 20261213",
        plain,
        "mutation_again",
    ),
    Figure("startup", "Start", "", startup),
    Figure("doctor", "The doctor: forty set-ups, half of them broken", "", plain),
    Figure("feeds", "Feeds of every kind", "--data {data}/sources/feeds/feedparser_tests.tar.gz", feeds),
    Figure("collecting", "Collecting from many feeds", "", plain),
    Figure("peers", "The same work, by what a user would pick instead", PEERS, plain),
    Figure("hostile_documents", "Feeds that are made to be dear", "", plain),
    Figure("feed_fuzz", "Damaged feeds", "--data {data}", plain),
    Figure("dates", "Dates in many languages", "", plain),
    Figure("orders", "Nothing lost or moved: imports, runs, refreshes", "", plain),
    Figure("reports", "Wrong sources and degenerate text in real reports", f"--data {REPORTS}", reports),
    Figure("claims", "Changed claims", "", claims),
    Figure("extracts", "Quotations", "--data {data}/arxiv/arxiv_2024-09_2025-01.jsonl.gz", plain),
    Figure(
        "faithfulness",
        "Entailment by the embedded scorer: AggreFact-CLIFF",
        f"--data {FAITH}/aggrefact_CLIFF.jsonl.gz",
        faithfulness,
        "cliff",
    ),
    Figure(
        "faithfulness",
        "Entailment by the embedded scorer: Goyal21",
        f"--data {FAITH}/aggrefact_Goyal21.jsonl.gz",
        faithfulness,
        "goyal",
    ),
    Figure(
        "support_words",
        "Entailment by words that people marked: AggreFact-CLIFF, not shipped",
        f"--judged {FAITH}/aggrefact_unified.jsonl.gz --data {FAITH}/aggrefact_CLIFF.jsonl.gz "
        f"--apart {FAITH}/aggrefact_Goyal21.jsonl.gz",
        support_words,
    ),
    Figure(
        "nli_quality", "Entailment by a model in a folder: MiniLM with a head of ours", "--data {data}", plain
    ),
    Figure("cases", "What the outside world sends", "--cases {data}/../cases", cases),
    Figure("model_fuzz", "Spoilt answers of model services", "--bodies 20000", model_fuzz),
    Figure("model_tex", "TeX copied raw by a model", "--data {data}", model_tex),
    Figure("injections", "Orders hidden in texts", "", injections),
    Figure("judge", "The judge: mechanics, not quality (the model is a rule)", "", plain),
    Figure(
        "judge_quality",
        "The judge with a very small model: AggreFact-CLIFF",
        f"--data {FAITH}/aggrefact_CLIFF.jsonl.gz --rows 140",
        plain,
    ),
    Figure("search", "Search: CISI", f"--data {IR}/cisi", plain, "cisi"),
    Figure("search", "Search: CSFCube", f"--data {IR}/csfcube", plain, "csfcube"),
    Figure("search_rerank", "Search: a second look", f"--data {IR} --embedder use", plain),
    Figure("search_topics", "Search: steered by topics of the archive", "--data {data}", plain),
    Figure("merit", "Rank without votes: papers that reach Hugging Face's list", "--data {data}", plain),
    Figure("taste", "Learning what a reader likes", "--data {data}", plain),
    Figure("search_korean", "Search: Korean", "--data {data}", plain),
    Figure("search_across", "Search: Korean words, English papers", "--data {data}", plain),
    Figure("patterns", "Regular expressions on the worst of 100 kB", "", plain),
    Figure("site", "A static site of 100 recorded days", "--data {data} --days 100", plain),
    Figure("search_speed", "Search: 100,000 items", "--data {data} --items 100000", plain, "speed_100k"),
    Figure(
        "search_speed",
        "Search: 1,000,000 items",
        "--data {data} --items 1000000 --index ../index-1m",
        plain,
        "speed_1m",
    ),
    Figure("search_names", "Search: Latin names in Korean letters", "--data {data}", search_names),
    Figure("asking", "Asking: answered, refused, quoted", "--data {data}", asking),
    Figure(
        "asking",
        "Asking about authors, dates and counts",
        "--data {data} --record",
        asking_records,
        "asking_records",
    ),
    Figure(
        "asking",
        "Asking, with search's second look",
        "--data {data} --rerank",
        asking_again,
        label="asking_rerank",
    ),
    Figure(
        "archive_scale", "An archive of 50,000 items, on both databases", "--data {data} --items 50000", plain
    ),
    Figure(
        "archive_scale",
        "An archive of 200,000 and of 1,000,000 items, in SQLite",
        "--data {data} --items 200000 1000000 --engine sqlite",
        plain,
        "archive_path",
    ),
    Figure(
        "archive_scale",
        "An archive of many items, in PostgreSQL",
        "--data {data} --items 200000 1000000 --engine postgresql",
        plain,
        "archive_server",
    ),
    Figure("search_fuzz", "Search: any string", "--data {data}", plain),
    Figure("archive_damage", "Bits flipped in the archive's content", "", archive_damage),
    Figure("delivery", "Mail and posts: once, whole, within limits", "--data {data}", plain),
    Figure(
        "model_day",
        "What a model-written day costs",
        "--data {data}/arxiv/arxiv_2024-09_2025-01.jsonl.gz",
        model_day,
    ),
    Figure("lab_smokes", "Labs: the smoke runs", "", plain),
    *(
        Figure("labs", f"Lab: {read_page(folder).paper.title}", f"--lab {name}", plain, f"lab_{name}")
        for name, folder in lab_folders().items()
    ),
)


PARTS = {  # the page's contents: each section stands in one part
    "What comes in, and what becomes of it": "replay orders cases feeds dates hostile_documents feed_fuzz "
    "collecting copied relevance categories categories_fresh merit taste",
    "One event told once": "dedupe merges events events_fresh events_unseen events_fitted events_blind "
    "events_winter events_later events_last events_sealed events_aside events_hidden",
    "The brief": "gist sections roles tldr extracts similar fulltext",
    "The checks": "planted planted_fresh planted_latest planted_unseen planted_blind planted_sealed "
    "planted_kept planted_aside planted_unread planted_reserved planted_hostile claims scifact cliff goyal "
    "support_words nli_quality reports patterns",
    "Models": "local_15b local_05b best_of post_training post_training_peaks model_day model_fuzz model_tex "
    "injections judge judge_quality guard guard_scopes guard_speed",
    "Search and questions": "cisi csfcube search_rerank search_topics search_korean search_across "
    "search_names search_fuzz speed_100k speed_1m asking asking_records asking_rerank",
    "Time and size": "pipeline startup peers site reader backfill backfill_thin archive_scale archive_path "
    "archive_server",
    "What it withstands": "reader_load archive_damage delivery doctor",
    "The house": "house house_tests mutation mutation_again",
    "Labs": "lab_smokes " + " ".join(f"lab_{name}" for name in lab_folders()),
}


def measured(figure: Figure, data: Path, kept: Path | None = None) -> str:
    """The section of one figure, fresh, or from what its command printed today."""
    command, shown = (
        f"python benchmarks/{figure.name}.py {figure.arguments.format(data=folder)}".rstrip()
        for folder in (data, SHARED_DATA)  # the page names no folder of one machine
    )
    printed = kept.read_text(encoding="utf-8") if kept else _printed(command)
    report, _ = json.JSONDecoder().raw_decode(printed)  # a line in words may follow
    rows, before = list(figure.rows(report)), _earlier(report)
    return (
        f"## {figure.title}\n\n<!-- {figure.key} -->\n```bash\n{shown}\n```\n\n"
        + (_folded("data that have been looked at since", rows) if figure.seen else _table(rows))
        + (_folded(f"{len(before)} earlier samples, each of other data", before) if before else "")
        + f"{_where()}\n"
    )


def _table(rows: list[Row]) -> str:
    lines = (f"| {what} | {target} | {value} |\n" for what, target, value in rows)
    return f"{TABLE}{''.join(lines)}\n"


def _folded(title: str, rows: list[Row]) -> str:
    return f"<details><summary>{title}</summary>\n\n{_table(rows)}</details>\n\n"


def _absent(figure: Figure) -> str:
    """The file of a model that a figure wants and this machine lacks; ""."""
    words = shlex.split(figure.arguments)
    files = [given for option, given in pairwise(words) if option == "--gguf"]
    return next((file for file in files if not (ROOT / file).is_file()), "")


def _printed(command: str) -> str:
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:], "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command} failed:\n{done.stderr}")
    return done.stdout


def _where() -> str:
    now = datetime.now(UTC)
    return (
        f"*{now:%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}*"
    )


def page(sections: dict[str, str]) -> str:
    """The whole page: its head, its contents, and the sections in their order."""
    order = [sections[figure.key] for figure in FIGURES if figure.key in sections]
    return "\n".join(part.rstrip() + "\n" for part in (HEAD, contents(sections), *order))


def contents(sections: Container[str]) -> str:
    """The parts of the page, each with links to its sections."""
    titles = {figure.key: figure.title for figure in FIGURES if figure.key in sections}
    return "".join(
        f"- **{part}**: {' · '.join(_link(titles[key]) for key in keys.split() if key in titles)}\n"
        for part, keys in PARTS.items()
    )


def _link(title: str) -> str:
    return f"[{title}](#{re.sub(r'[^a-z0-9 -]', '', title.lower()).replace(' ', '-')})"


def earlier() -> dict[str, str]:
    """The sections the page holds, by benchmark name."""
    if not PAGE.exists():
        return {}
    sections = re.split(r"(?m)^(?=## )", PAGE.read_text(encoding="utf-8"))[1:]
    named = ((re.search(r"<!-- (\w+) -->", s), s) for s in sections)
    return {match[1]: section for match, section in named if match}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=SHARED_DATA)
    parser.add_argument("--only", default="")
    parser.add_argument("--kept", type=Path)
    given = parser.parse_args()
    wanted = set(filter(None, given.only.split(","))) or {f.key for f in FIGURES}
    if unknown := wanted - {f.key for f in FIGURES}:
        parser.error(f"unknown figure: {', '.join(sorted(unknown))}")
    if given.kept and len(wanted) != 1:
        parser.error("--kept holds one section: name it with --only")
    sections = earlier()
    for figure in FIGURES:
        if figure.key in wanted and (absent := _absent(figure)) and not given.kept:
            print(f"{figure.key} left out: {absent} is not here", flush=True)
        elif figure.key in wanted:
            print(f"{figure.key} …", flush=True)
            sections[figure.key] = measured(figure, given.data, given.kept)
            PAGE.write_text(page(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
