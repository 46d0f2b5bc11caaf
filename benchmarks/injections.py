"""Orders hidden in a story's text, against a model that obeys them all: how many promises break.

    python benchmarks/injections.py [--orders 200] [--seed 1] [--json]

Every order is tried in five wrappings. The server is a process of its own that does whatever the text says;
writer, categoriser, checks and the language of the edition are those a user has, and the promises are tried
on the bytes of every publisher and every channel, read as their readers' programs read them
(`daybrief.testing.injections`).
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from daybrief import plugins
from daybrief.adapters.llm import Models
from daybrief.app import App
from daybrief.config import Settings
from daybrief.testing.injections import InjectionTrial, attacks, orders
from daybrief.testing.model_server import MODEL, ModelServer, model_server

PUBLISHERS = ("markdown", "html", "feeds", "data", "obsidian", "bibtex", "csl", "jsonl")
CHANNELS: tuple[dict[str, Any], ...] = (
    {"use": "email", "host": "localhost", "sender": "brief@example.org", "to": ["me@example.org"]},
    {"use": "slack", "url_env": "SLACK"},
    {"use": "discord", "url_env": "DISCORD"},
    {"use": "telegram", "token_env": "TELEGRAM", "chats": ["-100123"]},
    {"use": "webhook", "url": "https://hook.example.org/"},
)


def trial_of(server: ModelServer, models: Models) -> InjectionTrial:
    """The day to attack, written by the obedient model."""
    settings = Settings()
    tools = msgspec.structs.replace(App(settings).ports.tools(), llm=models)
    model = {
        "use": "llm", "model": MODEL, "base_url": server.base_url,
        "budget_usd": 0, "budget_tokens": 100_000_000, "price_in": 0, "price_out": 0,
    }  # fmt: skip
    return InjectionTrial(
        plugins.build("writers", model, tools),
        plugins.build("writers", {"use": "extractive"}, tools),
        plugins.build("categorisers", model, tools),
        [plugins.build("checks", table, tools) for table in settings.checks],
        [
            *(plugins.build("publishers", {"use": name}, tools) for name in PUBLISHERS),
            *(plugins.build("channels", table, tools) for table in CHANNELS),
        ],
        tools.taxonomy,
    )


def measure(count: int, seed: int) -> dict[str, Any]:
    """All attacks, and what broke."""
    start = time.perf_counter()
    tried: Counter[str] = Counter()
    broke: list[dict[str, Any]] = []
    with model_server("obedient") as server, tempfile.TemporaryDirectory() as folder:
        with Models(Path(folder), "trial", {}) as models:
            day_under_attack = trial_of(server, models)
            for attack in attacks(orders(count, seed)):
                tried[attack.wrapping] += 1
                if promises := day_under_attack.attacked(attack):
                    broke.append({"family": attack.family, "wrapping": attack.wrapping, "broken": promises})
        stats = server.stats()
    return {
        "orders": count,
        "attacks": sum(tried.values()),
        "wrappings": dict(tried),
        "broken": len(broke),
        "examples": broke[:10],
        "calls": stats["calls"],
        "calls_with_tools": stats["with_tools"],
        "seconds": round(time.perf_counter() - start, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report = measure(given.orders, given.seed)
    if given.json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print(f"{report['attacks']} attacks, {report['broken']} promises broken, {report['seconds']} s")
        for example in report["examples"]:
            print(example)


if __name__ == "__main__":
    main()
