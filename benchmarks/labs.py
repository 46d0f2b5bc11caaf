"""The labs' cards as figures: what was asked beforehand, what was measured, how long it took.

    python benchmarks/labs.py --lab fairness [--json]

It measures nothing: a card is measured by its own command, which the card names.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from daybrief.cards import Card, Measure, lab_folders, read_card

Row = dict[str, str]
LONGER = {"agents": 40, "posttrain": 40}  # minutes that the small run of these labs may take


def figures(card: Card) -> Iterator[Row]:
    """The claim with its verdict, each condition, each measure, time and memory."""
    yield {"what": f"**{card.claim.en}**", "asked": card.paper_says.en, "measured": f"**{card.verdict}**"}
    for check in card.falsifier:
        mark = {True: "held", False: "**did not hold**", None: "not measured"}[check.met]
        yield {"what": "condition", "asked": check.states.en, "measured": f"{mark}: {check.measured}"}
    for measure in card.measures:
        yield {"what": measure.name.en, "asked": measure.paper or "–", "measured": shown(measure)}
    seeds = ", ".join(map(str, card.seeds))
    memory = "–" if card.peak_mib is None else f"{card.peak_mib:.0f} MiB"
    yield {
        "what": f"scale {card.scale}, seeds {seeds}; `{card.command}`",
        "asked": f"≤ {LONGER.get(card.lab, 15)} min, ≤ 6 GiB on two cores" if card.scale == "small" else "–",
        "measured": f"{card.seconds / 60:.1f} min, {memory} ({card.made_on})",
    }


def shown(measure: Measure) -> str:
    """A number with its interval and unit."""
    span = "" if measure.low is None else f" ({measure.low:.3g} – {measure.high:.3g})"
    return f"{measure.value:.3g}{span} {measure.unit}".rstrip()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lab", choices=sorted(lab_folders()), required=True)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    card = read_card(lab_folders()[given.lab])
    if card is None:
        parser.error(f"{given.lab} has no card: daybrief lab run {given.lab}")
    rows = [{key: cell.replace("|", "\\|") for key, cell in row.items()} for row in figures(card)]
    if given.json:
        print(json.dumps({"figures": rows}, ensure_ascii=False))
    else:
        for row in rows:
            print(f"{row['what']}\n    asked {row['asked']}\n    measured {row['measured']}")


if __name__ == "__main__":
    main()
