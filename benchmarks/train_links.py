"""How words that go together in a Korean claim stand in its English sentence: the odds of `checks._evidence`.

    python benchmarks/train_links.py --data ../shared/data

Counts the links of the true claims of one split of `labels/claims_ko.tsv`, `tuning` alone, and all pairs of
their words, and writes the logarithms of the shares' quotients to `src/daybrief/assets/links.json`. A link
of a kind that was seen seldom is taken to stand as any two words do (`--prior` links of them are added).
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from itertools import permutations
from pathlib import Path

import msgspec

from daybrief.checks._evidence import LinkedPair, LinkOdds
from planted import true_claims

ASSET = Path(__file__).parent.parent / "src" / "daybrief" / "assets" / "links.json"


_LEAST = -2.0  # what a few hundred links can tell of what never was among them


def counted(pairs: list[LinkedPair]) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Standing by kind of the links, and of any two words; a word of several places counts at the nearest."""
    links: dict[str, Counter[str]] = {}
    anything: Counter[str] = Counter()
    for pair in pairs:
        for first, second, kind in pair.links:
            if standings := pair.standings(first, second):
                links.setdefault(kind, Counter())[min(standings, key=_apart)] += 1
        for first, second in permutations(range(len(pair.ours)), 2):
            if standings := pair.standings(first, second):
                anything[min(standings, key=_apart)] += 1
    return links, anything


def _apart(standing: str) -> int:
    return int(standing[1])


def odds(links: dict[str, Counter[str]], anything: Counter[str], prior: float) -> dict[str, dict[str, float]]:
    """Natural logarithms of how much likelier a standing is for a kind of link than for any two words."""
    whole = sum(anything.values())
    table = {}
    for kind, seen in sorted(links.items()):
        total = sum(seen.values()) + prior
        common = {standing: (n + 0.5) / whole for standing, n in anything.items()}
        table[kind] = {
            standing: round(max(_LEAST, math.log((seen[standing] + prior * share) / total / share)), 3)
            for standing, share in sorted(common.items())
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--prior", type=float, default=20.0)
    options = parser.parse_args()
    claims = [case for case in true_claims(options.data, "tuning") if case[0] == "ko"]
    links, anything = counted([LinkedPair(claim, sentence) for _, claim, sentence, _ in claims])
    made = LinkOdds(
        about=f"benchmarks/train_links.py: {len(claims)} claims of the split tuning, "
        f"{sum(seen.total() for seen in links.values())} links",
        odds=odds(links, anything, options.prior),
        other=-1.0,
    )
    ASSET.write_bytes(msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n")


if __name__ == "__main__":
    main()
