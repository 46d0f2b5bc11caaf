"""The guard of the question box and of imported news: what it lets in and what it declines, by encoder.

    python benchmarks/guard.py --data ../shared/data [--encoders words,minilm] [--json]

One sentence of scope, no example of these texts, bounds as they are at first. Questions are those of
`asking.json` (about papers, and off-topic ones) and requests to an assistant (CLINC150, test split);
headlines are the held-out ones of `relevance_labels.json`. Beside the guard of news
stands the lexicon that needs none.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import gettempdir

from daybrief.adapters.encoders import open_embedder
from daybrief.errors import ConfigError
from daybrief.guard import ScopeGuard
from daybrief.guard.scope import Scope, WordEncoder
from daybrief.ports import QueryEmbedder
from daybrief.text.relevance import about_ai
from relevance import stories

HERE = Path(__file__).parent
SCOPE = Scope(
    text="Questions and news about artificial intelligence: research papers, language models, machine "
    "learning, computer vision, robotics, datasets, AI companies and AI policy."
)
REQUESTS = 300
Texts = dict[str, list[str]]


def questions(data: Path) -> Texts:
    """Questions about papers in English and in Korean, and requests for anything else."""
    labels = json.loads((HERE / "asking.json").read_bytes())
    papers = [row["question"] for row in labels if row["kind"] != "off-topic"]
    lines = (data / "offtopic" / "clinc150_oos.jsonl").read_text(encoding="utf-8").splitlines()
    requests = [row["text"] for row in map(json.loads, lines) if row["split"] == "test"]
    return {
        "questions about papers, English": [text for text in papers if text.isascii()],
        "questions about papers, Korean": [text for text in papers if not text.isascii()],
        "off-topic questions": [row["question"] for row in labels if row["kind"] == "off-topic"],
        "requests to an assistant": random.Random(1).sample(requests, REQUESTS),
    }


def headlines(data: Path) -> Texts:
    """Held-out headlines of Hacker News about AI, and about other things."""
    known = {number: title for number, title, _ in stories(data / "sources" / "hackernews_stories")}
    labels = json.loads((HERE / "relevance_labels.json").read_bytes())["held_out"]
    return {
        "headlines about AI": [known[n] for n in labels["about_ai"] if n in known],
        "other headlines": [known[n] for n in labels["other"] if n in known],
    }


def encoder(name: str) -> QueryEmbedder | None:
    """The encoder of that name; None where its package is not installed."""
    if name == WordEncoder.name:
        return WordEncoder()
    try:
        return open_embedder(name, cache=Path(gettempdir()) / "daybrief-guard", environment={})
    except ConfigError:
        return None


def rows(data: Path, encoders: Sequence[str]) -> Iterator[dict[str, str]]:
    """Shares declined by every encoder, and by the lexicon."""
    texts = {**questions(data), **headlines(data)}
    wanted = {name: "0 %" if "about" in name else "all" for name in texts}
    for name in encoders:
        opened = encoder(name)
        if opened is None:
            yield {"what": f"`{name}`", "measured": "skipped: its package is not installed"}
            continue
        guard = ScopeGuard.fit(SCOPE, opened)
        for kind, prompts in texts.items():
            declined = [judgement.answer == "decline" for judgement in guard.judge(prompts)]
            yield {
                "what": f"`{name}`: {kind}, declined",
                "asked": wanted[kind],
                "measured": f"**{100 * sum(declined) / len(declined):.0f} %** of {len(declined)}",
            }
    for kind in ("headlines about AI", "other headlines"):
        left_out = sum(not about_ai(title, "") for title in texts[kind])
        measured = f"{100 * left_out / len(texts[kind]):.0f} % of {len(texts[kind])}"
        yield {"what": f"the lexicon: {kind}, left out", "asked": wanted[kind], "measured": measured}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--encoders", default="words,minilm,use,e5")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    table = list(rows(given.data, given.encoders.split(",")))
    if given.json:
        print(json.dumps({"figures": table}, ensure_ascii=False))
        return
    for row in table:
        print(f"{row['what']:<60} {row['measured']}")


if __name__ == "__main__":
    main()
