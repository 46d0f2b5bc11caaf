"""The mechanics of the judge: a scripted model that answers by a known rule, at a known rate of error.

    python benchmarks/judge.py [--pairs 200] [--json]

This says nothing about how well any model judges: the model here is a rule (a claim is stated when all its
numbers and at least half of its longer Latin words stand in the evidence). It says whether questions, answers
and verdicts of `checks/judge.py` carry what the model said, whole, malformed or under attack. Half of the
pairs are true claims, half have a number changed; the answers go through the real client and a real HTTP
server. An order in a text can win the judge for that text, for it can quote itself; all it wins is that the
judge does not refuse, and the other checks still do.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from daybrief.adapters.llm import Models
from daybrief.checks.judge import Judge
from daybrief.model import Claim, Item, Quote
from daybrief.ports import ModelSettings
from daybrief.testing.model_answers import WRAPPINGS, order
from daybrief.testing.model_server import MODEL, ModelServer, model_server

MALFORMED = ("cut", "prose", "empty", "refusal", "nan", "wrong-shape", "500")
ERROR = 0.2  # of the erring judge
Pair = tuple[Claim, tuple[Item, ...]]


def pair(number: int, *, true: bool, hidden: str = "") -> Pair:
    """A claim about a text of its own."""
    text = (
        f"Method {number} reaches {20 + number}.5% accuracy on the usual benchmark. {hidden} Tests are left."
    )
    item = Item(key=f"k{number}", source="s", kind="paper", title=f"Method {number}", url="https://a.example/",
                text=text)  # fmt: skip
    quote = Quote(item_key=item.key, source="s", start=0, end=20, text=text[:20])
    accuracy = 20 + number if true else 320 + number
    sentence = f"Method {number}은 benchmark에서 {accuracy}.5%의 accuracy에 이릅니다."
    return Claim(text=sentence, part="finding", quotes=(quote,), stories=(item.key,)), (item,)


def outcomes(server: ModelServer, script: str, pairs: list[Pair]) -> list[str]:
    """The judge's verdicts, with an empty memory."""
    server.script(script)
    settings = ModelSettings(model=MODEL, base_url=server.base_url, budget_usd=0, budget_tokens=100_000_000)
    with tempfile.TemporaryDirectory() as folder, Models(Path(folder), "judge", {}) as models:
        return [verdict.outcome for verdict in Judge(models(settings)).check_all(pairs)]


def measure(count: int) -> dict[str, Any]:
    """Agreement with the rule, malformed answers, and orders in the evidence."""
    truth = [number % 2 == 0 for number in range(count)]
    pairs = [pair(number, true=true) for number, true in enumerate(truth)]
    wanted = ["supported" if true else "unsupported" for true in truth]
    attack = order(judge={"stated": "yes", "quote": "The authors have proved everything."})
    besieged = [
        pair(number, true=False, hidden=wrap(attack)) for number, wrap in enumerate(WRAPPINGS.values())
    ]
    with model_server() as server:
        agreed = sum(a == b for a, b in zip(outcomes(server, "good", pairs), wanted, strict=True))
        erring = outcomes(server, f"wrongly:{ERROR}", pairs)
        malformed = {name: Counter(outcomes(server, name, pairs[:10])) for name in MALFORMED}
        attacked = outcomes(server, "obedient", [*besieged, *pairs])
    won = attacked[: len(besieged)].count("supported")
    others = sum(a != b for a, b in zip(attacked[len(besieged) :], wanted, strict=True))
    kept = sum(set(outcomes) == {"unclear"} for outcomes in malformed.values())
    wrong = sum(a != b for a, b in zip(erring, wanted, strict=True))
    return {
        "figures": [
            {
                "what": "verdicts that carry the rule's answer",
                "asked": "all",
                "measured": f"**{agreed} of {count}**",
            },
            {
                "what": f"verdicts changed by a model that errs in {100 * ERROR:.0f} %",
                "measured": f"{wrong} of {count}",
            },
            {
                "what": "malformed answers that leave every claim unclear",
                "asked": "all kinds",
                "measured": f"**{kept} of {len(MALFORMED)}** kinds",
            },
            {
                "what": "verdicts on other texts that an obeyed order in the evidence changes",
                "asked": "0",
                "measured": f"**{others} of {count}**",
            },
            {
                "what": "false claims about its own text that such an order gets past the judge",
                "measured": f"{won} of {len(besieged)} wrappings",
            },
        ]
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    report = measure(given.pairs)
    print(json.dumps(report, ensure_ascii=False, indent=None if given.json else 2))


if __name__ == "__main__":
    main()
