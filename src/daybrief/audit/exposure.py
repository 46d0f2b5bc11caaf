"""Measures what was selected of all that came, and how high: by language, topic, source and institution.

    harvests + edition → offers → exposure

Two questions, kept apart. Selection: is the share that was printed the same for a group as for all others
(independence, in the terms of Gao et al., arXiv 2406.09307)? Standing: among what was printed, does a group
stand higher or lower than chance would put it? Both have a test; small groups get no verdict, and "no
evidence" is not "equal". An unequal share is no proof of a fault: a source of press releases should lose.
What the audit cannot see is whether the items left out deserved it, for nobody has judged them.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist
from typing import Literal
from urllib.parse import urlsplit

from daybrief.languages import language_of
from daybrief.model import Edition, EditionKind, Harvest, Item, Value

Dimension = Literal["language", "topic", "source", "institution"]
Verdict = Literal["more", "less", "no evidence", "too few"]
DIMENSIONS: tuple[Dimension, ...] = ("language", "topic", "source", "institution")
LEAST = 10  # offers on either side below which no verdict is given
LEVEL = 0.95
UNKNOWN = ""
CLOSED = frozenset({"seen-before", "other-edition"})  # the ledger's reasons that are no choice of the day


class Offer(Value, frozen=True, kw_only=True):
    """A story that came in on a day: its groups by dimension, and its place in print (1 is the top).

    A story that several sources carried belongs to each of them. `place` is None when it was not printed.
    """

    groups: dict[Dimension, tuple[str, ...]]
    place: int | None = None


class Share(Value, frozen=True, kw_only=True):
    """A group: how much came in, was printed, and how it compares with all others.

    `gap` is its share printed minus that of the others, with bounds widened for the number of groups.
    `exposure` is its part of the readers' attention, where place p counts 1 / log2(1 + p); `offered_part`
    is its part of what came in. `standing` tells of its places among what was printed.
    """

    group: str
    offered: int
    printed: int
    gap: float
    gap_low: float
    gap_high: float
    selection: Verdict
    exposure: float
    offered_part: float
    standing: Verdict

    @property
    def share(self) -> float:
        """The part of it that was printed."""
        return self.printed / self.offered


class Exposure(Value, frozen=True, kw_only=True):
    """The audit of one kind of edition over some days; groups of a dimension by size, the largest first."""

    kind: EditionKind
    days: int
    offered: int
    printed: int
    shares: dict[Dimension, tuple[Share, ...]]


# ── what came in ────────────────────────────────────────────────────────────────────────────────────


def offers(edition: Edition, harvests: Sequence[Harvest]) -> tuple[Offer, ...]:
    """Every story that the edition could have printed: those it did, and the items it left out.

    Items told on an earlier day are left out, for they were not open to choice.
    """
    printed = {key: place for place, story in enumerate(edition.stories, 1) for key in story.keys}
    story_of = {ref: fold.story for e in edition.ledger.entries for fold in e.folds for ref in fold.refs}
    closed = {ref for e in edition.ledger.entries for d in e.dropped if d.reason in CLOSED for ref in d.refs}
    kind = "paper" if edition.kind == "papers" else "news"
    carried: dict[str | int, list[Item]] = defaultdict(list)
    for item in (item for harvest in harvests for item in harvest.items):
        place = next((printed[key] for key in (item.key, *item.aliases) if key in printed), None)
        known = story_of.get(item.key, item.key)
        if place is not None or (item.kind == kind and not closed & {known, item.key}):
            carried[known if place is None else place].append(item)
    for place, story in enumerate(edition.stories, 1):
        carried.setdefault(place, list(story.items))
    return tuple(
        Offer(groups=_groups(items), place=name if isinstance(name, int) else None)
        for name, items in carried.items()
    )


def _groups(items: Sequence[Item]) -> dict[Dimension, tuple[str, ...]]:
    lead = items[0]
    return {
        "language": (lead.language.split("-")[0] or language_of(f"{lead.title} {lead.text}"),),
        "topic": (lead.tags[0] if lead.kind == "paper" and lead.tags else UNKNOWN,),
        "source": tuple(dict.fromkeys(item.source for item in items)),
        "institution": (_publisher(lead),),
    }


def _publisher(item: Item) -> str:
    """Whose house a news item comes from: the host of its address. Of papers it is not known."""
    if item.kind == "paper":
        return UNKNOWN
    try:
        host = urlsplit(item.url).hostname or UNKNOWN
    except ValueError:
        return UNKNOWN
    return host.removeprefix("www.")


# ── what became of it ───────────────────────────────────────────────────────────────────────────────


def exposure(kind: EditionKind, days: Sequence[Sequence[Offer]]) -> Exposure:
    """Audit the offers of several days together; standing is compared within each day."""
    everything = [offer for day in days for offer in day]
    return Exposure(
        kind=kind,
        days=len(days),
        offered=len(everything),
        printed=sum(offer.place is not None for offer in everything),
        shares={dimension: _shares(dimension, days, everything) for dimension in DIMENSIONS},
    )


def _shares(
    dimension: Dimension, days: Sequence[Sequence[Offer]], everything: Sequence[Offer]
) -> tuple[Share, ...]:
    offered = Counter(group for offer in everything for group in offer.groups[dimension])
    printed = Counter(g for offer in everything if offer.place for g in offer.groups[dimension])
    named = [
        group
        for group, _ in sorted(offered.items(), key=lambda pair: (-pair[1], pair[0]))
        if group != UNKNOWN
    ]
    if len(offered) < 2:
        return ()
    attention = _attention(dimension, days)
    level = 1 - (1 - LEVEL) / max(1, len(named))
    total, all_printed = len(everything), sum(offer.place is not None for offer in everything)
    return tuple(
        _share(
            group,
            (printed[group], offered[group]),
            (all_printed - printed[group], total - offered[group]),
            attention.get(group, 0.0),
            _standing(dimension, group, days, level),
            level,
        )
        for group in named
    )


def _share(
    group: str,
    own: tuple[int, int],
    others: tuple[int, int],
    attention: float,
    standing: Verdict,
    level: float,
) -> Share:
    gap, low, high = difference(own, others, level)
    few = own[1] < LEAST or others[1] < LEAST
    return Share(
        group=group,
        offered=own[1],
        printed=own[0],
        gap=gap,
        gap_low=low,
        gap_high=high,
        selection="too few" if few else "more" if low > 0 else "less" if high < 0 else "no evidence",
        exposure=attention,
        offered_part=own[1] / (own[1] + others[1]),
        standing=standing,
    )


def difference(own: tuple[int, int], others: tuple[int, int], level: float) -> tuple[float, float, float]:
    """The difference of two shares (hits, count) with Newcombe's interval (1998, method 10).

    Where one side is empty nothing is known: 0 within [-1, 1].
    """
    if not own[1] or not others[1]:
        return 0.0, -1.0, 1.0
    (p, p_low, p_high), (q, q_low, q_high) = (_wilson(*side, level) for side in (own, others))
    low = p - q - math.hypot(p - p_low, q_high - q)
    high = p - q + math.hypot(p_high - p, q - q_low)
    return p - q, low, high


def _wilson(hits: int, count: int, level: float) -> tuple[float, float, float]:
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = hits / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return share, centre - half, centre + half


def _attention(dimension: Dimension, days: Iterable[Sequence[Offer]]) -> Mapping[str, float]:
    """Each group's part of the attention, averaged over the days that printed anything."""
    attention: defaultdict[str, float] = defaultdict(float)
    counted = 0
    for day in days:
        weights = [(offer, 1 / math.log2(1 + offer.place)) for offer in day if offer.place]
        total = sum(weight for _, weight in weights)
        counted += bool(weights)
        for offer, weight in weights:
            for group in offer.groups[dimension]:
                attention[group] += weight / total
    return {group: weight / counted for group, weight in attention.items()}


def _standing(dimension: Dimension, group: str, days: Iterable[Sequence[Offer]], level: float) -> Verdict:
    """Rank sums of the group against chance, day by day (van Elteren's stratified Wilcoxon test)."""
    sum_of_places = expected = variance = 0.0
    members = others = 0
    for day in days:
        ordered = sorted((o.place, group in o.groups[dimension]) for o in day if o.place is not None)
        count, own = len(ordered), sum(mine for _, mine in ordered)
        sum_of_places += sum(place for place, (_, mine) in enumerate(ordered, 1) if mine)
        expected += own * (count + 1) / 2
        variance += own * (count - own) * (count + 1) / 12
        members, others = members + own, others + count - own
    if members < LEAST or others < LEAST or variance == 0:
        return "too few"
    z = (sum_of_places - expected) / math.sqrt(variance)
    if abs(z) < NormalDist().inv_cdf((1 + level) / 2):
        return "no evidence"
    return "less" if z > 0 else "more"
