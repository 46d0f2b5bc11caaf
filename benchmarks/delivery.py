"""Kill the sender at every step of every protocol; put many editions through every channel; count.

    python benchmarks/delivery.py [--data ../shared/data] [--editions 1000] [--json]

The killed process is a real `daybrief deliver`, started for each kill, against a mail server and a web hook
on loopback. A message is doubled when its receiver took it twice under two keys, or a mail or chat post twice
at all; lost without report when it was not taken, and neither the outbox nor the exit status says so. Limits
are counted by the tests' own ruler, not by the channels'. Editions: hostile and generated ones, and the
recorded day.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from show import show

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.channels.test_channels import CHATS, EMAIL, read, whole, within  # noqa: E402
from tests.delivery.test_process import Sender, email, killing  # noqa: E402

from daybrief.model import Edition  # noqa: E402
from daybrief.testing.editions import (  # noqa: E402
    HOSTILE_TITLES,
    edition,
    founding,
    hostile,
    issue,
    item,
    large,
    news,
    story,
    taxonomy,
)
from daybrief.testing.server import HOOK_STEPS, STEPS, FakeHook, FakeSmtp  # noqa: E402


def mail_kill(step: str, folder: Path) -> dict[str, Any]:
    """A mail whose sender dies at a step of the protocol and is started again twice."""
    holder: list[Sender] = []
    with FakeSmtp(killing(holder, step)) as server:
        holder.append(Sender(folder, email(server.port)))
        return _killed(holder[0], lambda: len(server.mails), f"mail, {step}")


def hook_kill(step: str, folder: Path, use: str) -> dict[str, Any]:
    """A post whose sender dies at a step and is started again twice."""
    holder: list[Sender] = []
    left = [1]

    def at(reached: str) -> None:
        if reached == step and left:
            left.pop()
            holder[0].kill()

    with FakeHook(at=at) as hook:
        wanted = {
            "slack": 'use = "slack"\nurl_env = "HOOK"',
            "discord": 'use = "discord"\nurl_env = "HOOK"',
            "telegram": f'use = "telegram"\ntoken_env = "HOOK"\nchats = ["-1"]\napi = "{hook.url}"',
            "webhook": 'use = "webhook"\nurl_env = "HOOK"',
        }[use]
        sender = Sender(folder, f"[[channels]]\n{wanted}\n", f"127.0.0.1:{hook.port}")
        sender.more = {"HOOK": "123:token" if use == "telegram" else f"{hook.url}/x"}
        holder.append(sender)
        keyed = use == "webhook"
        killed = _killed(
            sender,
            lambda: len({p.headers["idempotency-key"] for p in hook.posts}) if keyed else len(hook.posts),
            f"{use}, {step}",
        )
        return killed | {"repeated_under_its_key": len(hook.posts) - 1 if keyed else 0}


def _killed(sender: Sender, taken: Any, name: str) -> dict[str, Any]:
    sender.start("deliver").wait(60)
    again, third = sender.run("deliver"), sender.run("deliver")
    reported = third.returncode == 3 and bool(sender.outbox())
    return {
        "kill": name,
        "taken": taken(),
        "doubled": max(0, taken() - 1),
        "lost_without_report": int(taken() == 0 and not reported),
        "crashed": int(not {again.returncode, third.returncode} <= {0, 3}),
    }


def editions(count: int) -> list[Edition]:
    """The sample editions, and many of random titles and texts of every length and script."""
    chance = random.Random(7)
    drawers = [category.id for category in taxonomy().of("paper")]
    made = [founding(), founding("en"), hostile(), hostile("en"), news(), large(100), large(60, "en")]
    while len(made) < count:
        pairs = [
            (story(item(n + 1, words(chance), words(chance) + " " + words(chance))), chance.choice(drawers))
            for n in range(chance.randint(0, 6))
        ]
        made.append(edition(pairs, language=chance.choice(["ko", "en"])))
    return made


def words(chance: random.Random) -> str:
    """A text: hostile, of a random script, or far too long."""
    if chance.random() < 0.3:
        return chance.choice(HOSTILE_TITLES)
    letters = chance.choice(
        ["abc def. ", "가나다 라마. ", "<@&>*_`|~[]() ", "🧪👩‍🔬 ", "漢字。", "שלום ", "a.b:c/d@e#f "]
    )
    return "".join(chance.choice(letters) for _ in range(chance.choice([3, 40, 300, 3_000])))


def recorded(data: Path) -> list[Edition]:
    """Each recorded day of arXiv listings as one edition of its first sixty papers."""
    import gzip

    days: dict[str, list[dict[str, Any]]] = {}
    path = data / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            day = str(row.get("published") or row.get("update_date") or row.get("created") or "")[:10]
            days.setdefault(day, []).append(row)
    drawers = [category.id for category in taxonomy().of("paper")]
    return [
        edition(
            [
                (
                    story(item(n + 1, row["title"], row.get("abstract") or row.get("summary") or "")),
                    drawers[n % len(drawers)],
                )
                for n, row in enumerate(rows[:60])
            ]
        )
        for _, rows in sorted(days.items())
        if len(rows) >= 5
    ]


def measured(arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything, as figures."""
    kills: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for step in STEPS:
            kills.append(mail_kill(step, Path(folder) / f"mail-{step}"))
        for use in ("slack", "discord", "telegram", "webhook"):
            for step in HOOK_STEPS:
                kills.append(hook_kill(step, Path(folder) / f"{use}-{step}", use))
    days = recorded(arguments.data)[: arguments.days]
    every = [*editions(arguments.editions), *days]
    over = lost = messages = 0
    for of in every:
        for channel in (*CHATS, *([EMAIL] if of in every[:7] else [])):
            made = list(channel.messages(issue(of)))
            messages += len(made)
            over += sum(not within(message) for message in made)
            lost += len(whole(of, "".join(map(read, made))))
    return {"kills": kills, "figures": rows(kills, over, lost, messages, len(every), len(days))}


def rows(
    kills: list[dict[str, Any]], over: int, lost: int, messages: int, count: int, days: int
) -> list[dict[str, str]]:
    total = {
        name: sum(kill[name] for kill in kills) for name in ("doubled", "lost_without_report", "crashed")
    }
    repeated = sum(kill.get("repeated_under_its_key", 0) for kill in kills)
    where = f"of {len(kills)} kills: {len(STEPS)} steps of SMTP, {len(HOOK_STEPS)} of HTTP × 4 channels"
    return [
        {"what": "doubled mails and posts", "asked": "0", "measured": f"**{total['doubled']}** {where}"},
        {"what": "lost without report", "asked": "0", "measured": f"**{total['lost_without_report']}**"},
        {"what": "runs that crashed afterwards", "asked": "0", "measured": f"**{total['crashed']}**"},
        {"what": "web hook posts repeated under their key", "asked": "–", "measured": str(repeated)},
        {
            "what": "messages above a channel's limit",
            "asked": "0",
            "measured": f"**{over}** of {messages}, from {count} editions ({days} recorded days)",
        },
        {"what": "titles and sentences lost by splitting", "asked": "0", "measured": f"**{lost}**"},
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--editions", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    report = measured(parser.parse_args())
    show(report, as_json="--json" in sys.argv)
    if "--json" in sys.argv:
        return
    for kill in report["kills"]:
        print(kill)


if __name__ == "__main__":
    main()
