"""Train the model of two headlines: `src/daybrief/assets/events.json`.

    python benchmarks/train_events.py --months ../progscrape-data [--out src/daybrief/assets/events.json]

1. counts in how many headlines of the monthly files each stem stands, and how often as a name (first words
   and headlines in capitals throughout left out), without the months of `labels/events_hidden.json`
2. ties of terms that often stand together, as Sam and Altman do: normalised mutual information in headlines
   that no set of days below holds
3. logistic regression on the traits of pairs of headlines, the words counted without the pairs' own month:
   all pairs of the days of `labels/events_*.json` that `FITTED` names, and the pairs of
   `labels/events_pairs.json`: drawn from 10 to 14 of ten months by how likely an earlier fit held them,
   labelled by one reader, each weighing what it was drawn for
4. a second regression on what the first finds of a pair, and of the pairs that each of the two makes with
   others of those days; its logit counts half, and half that of a third by words, names and days alone, which
   is surer over days; pairs of different days need more, as they are wrong more often

Without --out each stretch of days is judged by models of the others, which is how the traits were chosen.
`train_event_words.py` makes the vectors of words.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from sklearn.linear_model import LogisticRegression

import labelled
from daybrief.errors import ConfigError
from daybrief.model import Item
from daybrief.stages.headlines import (
    BareHeadline,
    HeadlineModel,
    Headlines,
    companies,
    headline,
    headline_terms,
)
from daybrief.stages.near_duplicates import Candidate, normal_title
from daybrief.text.identity import web_key
from daybrief.text.relevance import about_ai
from daybrief.text.words import stem
from events import LABELS, fresh, pairs_of

LEFT_OUT = ("2025-04", "2025-10")  # the months of the days put by
FITTED = ("fitted", "blind", "winter", "later", "last", "sealed", "aside")
FEWEST, UNSEEN = 8, 2  # headlines that hold a listed word; those taken to hold any other
C, C_COMPANY, DAYS = 0.3, 0.1, 7.0
ANOTHER_DAY = -1.0  # added to the logit of headlines of different days
WORDING = (  # the traits of words, names and days
    "shared", "part", "rarest", "neighbours", "one piece", "name", "word", "subject", "named by neither",
    "named by one", "other action", "days, less and less", "one list", "independent", "second independent",
    "third independent",
)  # fmt: skip
COMMENT = (  # who reviews, explains or asks tells of an event, and is not the event
    r"\b(hot take|impressions?|reviews?|thoughts?|hands[- ]on|opinion|explained|explainer|guide|tour|why|how"
    r"|ama|i|i'm|my|case (?:for|against)|lessons?|comparison|vs|versus|inside|behind|trying|tried|tips?"
    r"|what (?:we|to|it|is))\b|\?"
)
HOSTS = """www com org net co uk blog news edition finance old m io ai dev app github medium substack twitter
    youtube reuters bloomberg arxiv"""
ACTIONS = {  # kinds of action by a letter
    "l": """launch release unveil introduce announce debut roll rollout ship open-source present reveal
    available add bring get new arrive come""",
    "s": """sue lawsuit court judge rule legal file allege accuse settlement settle copyright infringe
    trial plead guilty charge arrest prosecute complaint suit jury convict indict""",
    "m": """raise fund valuation billion million invest stake deal buy acquire acquisition purchase share
    stock ipo revenue sell merge join sign partner partnership contract cost pay price spend bonus""",
    "p": """fire layoff cut hire leave quit resign lay job worker employee staff depart step appoint ceo poach
    lose""",
    "b": """ban block restrict prohibit bar remove stop limit forbid law bill pass act regulation sign
    outlaw order require label crack crackdown""",
    "r": """study research find found report survey say warn reveal poll paper show scientist discover expert
    claim suggest""",
    "f": """outage down hack breach leak vulnerability attack exploit crash incident error wrong mistake fail
    malware delete""",
    "i": """investigate investigation probe inquiry examine watchdog regulator ftc doj nhtsa ofcom attorney
    open""",
}
_LONG = re.compile(r"[A-Za-z][A-Za-z'’-]{3,}")

TOGETHER, LEAST_TIE = 4, 0.25  # headlines that hold both terms; how surely one brings the other

Row = tuple[dict[str, float], bool, float]
Named = tuple[str, str]  # the keys of two headlines


class Counts:
    """In how many headlines of each month a stem stands, how often it is written as a name, how often not."""

    def __init__(self, headlines: Iterable[dict[str, Any]]) -> None:
        self.holders: dict[str, Counter[str]] = defaultdict(Counter)
        self.size: Counter[str] = Counter()
        self.named: Counter[str] = Counter()
        self.plain: Counter[str] = Counter()
        self.unlabelled: list[frozenset[str]] = []  # terms of headlines that no set of days holds
        self.ties: dict[str, dict[str, int]] = {}
        known, labelled_ids = set(), _labelled()
        for row in headlines:
            title = row["title"]
            if row["month"] in LEFT_OUT or (mark := (row["month"], normal_title(title))) in known:
                continue
            known.add(mark)
            terms = list(headline_terms(title[:400]))
            if row["id"] not in labelled_ids:
                self.unlabelled.append(frozenset(term for term, _ in terms))
            self.holders[row["month"]].update({term for term, _ in terms})
            self.size[row["month"]] += 1
            words = _LONG.findall(title)[1:]
            if len(words) >= 3 and sum(word[0].islower() for word in words) >= len(words) / 2:
                self.named.update(term for term, named in terms[1:] if named)
                self.plain.update(term for term, named in terms[1:] if not named)

    def tied(self) -> None:
        """Find which terms bring another: normalised mutual information in headlines of no labelled day."""
        model, whole = self.model(), len(self.unlabelled)
        holding = Counter(term for terms in self.unlabelled for term in terms)
        both: Counter[Named] = Counter()
        for terms in self.unlabelled:
            both.update(combinations(sorted(term for term in terms if term in model.words), 2))
        for (first, second), n in sorted(both.items()):
            if n < TOGETHER:
                continue
            share = (n - 1.5) / whole  # less for what may be chance
            lift = math.log(share * whole * whole / holding[first] / holding[second]) / -math.log(share)
            if lift >= LEAST_TIE:
                self.ties.setdefault(first, {})[second] = min(100, round(200 * lift))

    def model(self, without: Iterable[str] = ()) -> HeadlineModel:
        """A model of all months but these; it weighs nothing yet."""
        left = set(self.size) - set(without)
        total: Counter[str] = sum((self.holders[month] for month in sorted(left)), Counter())
        actions: dict[str, str] = defaultdict(str)
        for kind, words in ACTIONS.items():
            for word in sorted({stem(word) for word in words.split()}):
                actions[word] += kind
        return HeadlineModel(
            headlines=sum(self.size[month] for month in left), unseen=UNSEEN, actions=dict(actions),
            words={term: (n, self._name(term)) for term, n in sorted(total.items()) if n >= FEWEST},
            bias=0.0, weights={}, comment=COMMENT, hosts=" ".join(HOSTS.split()), ties=self.ties,
        )  # fmt: skip

    def _name(self, term: str) -> int:
        named, plain = self.named[term], self.plain[term]
        return round(10 * (named + 1) / (named + plain + 1.5))


def _labelled() -> set[str]:
    paths = (LABELS.with_name(f"events_{name}.json") for name in (*FITTED, "pairs"))
    labels = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    pairs = (pair for label in labels for pair in label.get("pairs", ()))
    whole = (name for label in labels for name in label.get("headlines", ()))
    return {*whole, *(pair[side] for pair in pairs for side in ("first", "second"))}


def read(items: dict[str, Item], model: HeadlineModel) -> dict[str, BareHeadline]:
    """The headlines as the model reads them; nobody's own work."""
    headlines = {
        key: headline(item.title, item.url, item.published, (item.source,), model)
        for key, item in items.items()
        if item.published and not _own(item)
    }
    return {key: known for key, known in headlines.items() if known}


def _own(item: Item) -> bool:
    return Candidate(keys=(item.key,), arxiv="", kind="news", title=item.title, item=item).own_work


def stretches(items: dict[str, Item]) -> list[dict[str, Item]]:
    """The items in stretches of days with a week or more between them."""
    parts: list[dict[str, Item]] = []
    last = datetime.min.replace(tzinfo=UTC)
    for key, item in sorted(items.items(), key=lambda pair: (pair[1].published, pair[0])):
        if item.published - last > timedelta(days=DAYS):
            parts.append({})
        parts[-1][key], last = item, item.published
    return parts


def whole_days(months: Path, counts: Counts) -> dict[str, tuple[list[Row], list[Named], int]]:
    """The rows of each stretch of days read whole, of whom each is, and how many pairs are meant."""
    rows = {}
    for name in FITTED:
        items, labels = fresh(months, name)
        same = pairs_of(labels["events"])
        open_ = pairs_of(labels["open"]) - same
        for stretch in stretches(items):
            model = counts.model({f"{item.published:%Y-%m}" for item in stretch.values()})
            read_ = read(stretch, model)
            here = Headlines(list(read_.values()), model)
            of = [
                (a, b)
                for a, b in combinations(sorted(read_), 2)
                if (a, b) not in open_ and _near(read_[a], read_[b])
            ]
            pairs = [(here.traits(read_[a], read_[b]), (a, b) in same, 1.0) for a, b in of]
            meant = sum(a in stretch and b in stretch for a, b in same)
            rows[f"{name} {min(item.published for item in stretch.values()):%Y-%m-%d}"] = pairs, of, meant
    return rows


def _near(first: BareHeadline, second: BareHeadline) -> bool:
    return abs(first.at - second.at) <= timedelta(days=DAYS) and not first.distinct.isdisjoint(
        second.distinct
    )


def drawn_pairs(headlines: dict[str, dict[str, Any]], counts: Counts) -> dict[str, list[Row]]:
    """The rows of the drawn pairs by month."""
    labels = json.loads(LABELS.with_name("events_pairs.json").read_text(encoding="utf-8"))
    rows: dict[str, list[Row]] = {}
    for month in sorted({headlines[pair["first"]]["month"] for pair in labels["pairs"]} - {*LEFT_OUT}):
        items: dict[str, Item] = {}
        keys: dict[str, str] = {}
        for name, row in headlines.items():
            at = datetime.fromtimestamp(row["time"], UTC)
            if row["month"] == month and 10 <= at.day <= 14 and about_ai(row["title"], row["url"]):
                try:
                    key = keys[name] = web_key(row["url"])
                except ConfigError:
                    continue
                item = Item(key=key, source=name.partition(":")[0], kind="news", title=row["title"],
                            url=row["url"], published=at)  # fmt: skip
                items.setdefault(key, item)
        model = counts.model({month})
        read_ = read(items, model)
        here = Headlines(list(read_.values()), model)
        rows[month] = []
        for pair in labels["pairs"]:
            a, b = (read_.get(keys.get(pair[side], "")) for side in ("first", "second"))
            if a and b and _near(a, b):
                rows[month].append((here.traits(a, b), pair["same"], pair["weight"]))
    return rows


def fitted(rows: Sequence[Row], strength: float = C) -> tuple[float, dict[str, float]]:
    """Bias and weights of the regression on standardised traits, as they apply to the traits themselves."""
    names = list(rows[0][0])
    traits = np.array([[traits[name] for name in names] for traits, _, _ in rows])
    mean, deviation = traits.mean(0), traits.std(0) + 1e-9
    model = LogisticRegression(C=strength, max_iter=3_000)
    model.fit((traits - mean) / deviation, [same for _, same, _ in rows], sample_weight=[w for *_, w in rows])
    weights = model.coef_[0] / deviation
    return float(model.intercept_[0] - weights @ mean), dict(zip(names, map(float, weights), strict=True))


def in_company(rows: Sequence[Row], of: Sequence[Named], model: HeadlineModel) -> list[Row]:
    """The rows of the second regression: a pair's likelihood, and that of what each belongs with."""
    numbers = {key: number for number, key in enumerate(sorted({key for pair in of for key in pair}))}
    likely = {
        (numbers[a], numbers[b]): model.probability(traits)
        for (a, b), (traits, _, _) in zip(of, rows, strict=True)
    }
    company = companies(likely, set(numbers.values()))
    words = {"in words": model.in_words} if model.company else {}
    return [
        (
            {**company[numbers[a], numbers[b]], "days": traits["days"]}
            | {name: logit(traits) for name, logit in words.items()}
            | ({"another day": traits["another day"]} if model.company else {}),
            same,
            weight,
        )
        for (a, b), (traits, same, weight) in zip(of, rows, strict=True)
    ]


def weighed(days: Iterable[tuple[list[Row], list[Named], int]], drawn: Sequence[Row]) -> HeadlineModel:
    """A model of the three regressions, without words."""
    days = list(days)
    rows = [*(row for rest, _, _ in days for row in rest), *drawn]
    bias, weights = fitted(rows)
    plain, wording = fitted([({n: traits[n] for n in WORDING}, same, w) for traits, same, w in rows])
    model = HeadlineModel(
        headlines=1, unseen=0, words={}, actions={}, bias=bias, weights=weights,
        wording={"bias": plain, **wording},
    )  # fmt: skip
    own, company = fitted([row for rest, of, _ in days for row in in_company(rest, of, model)], C_COMPANY)
    halves = {name: weight / 2 for name, weight in {"bias": own, **company}.items()}
    return msgspec.structs.replace(model, company={**halves, "in words": 0.5, "another day": ANOTHER_DAY})


def judged(days: dict[str, tuple[list[Row], list[Named], int]], drawn: Sequence[Row]) -> None:
    """Print precision and recall at some bounds, each stretch judged by models of all else."""
    scored: list[tuple[float, bool]] = []
    for stretch, (rows, of, _) in days.items():
        model = weighed((rest for name, rest in days.items() if name != stretch), drawn)
        scored += [(model.among(company), same) for company, same, _ in in_company(rows, of, model)]
    meant = sum(n for *_, n in days.values())
    for bound in (0.4, 0.5, 0.53, 0.6, 0.7, 0.8):
        joined = [same for p, same in scored if p >= bound]
        print(f"{bound}: {sum(joined)} of {len(joined)} right, {meant} meant: "
              f"{sum(joined) / max(1, len(joined)):.3f} / {sum(joined) / meant:.3f}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--months", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="write the model here")
    options = parser.parse_args()
    headlines = labelled.months(options.months)
    counts = Counts(headlines.values())
    counts.tied()
    days = whole_days(options.months, counts)
    drawn = [row for rest in drawn_pairs(headlines, counts).values() for row in rest]
    if not options.out:
        judged(days, drawn)
        return
    whole, fit = counts.model(), weighed(days.values(), drawn)
    pairs = len(drawn) + sum(len(rows) for rows, _, _ in days.values())
    model = {
        "about": f"benchmarks/train_events.py: {whole.headlines} headlines, {pairs} pairs of headlines",
        "headlines": whole.headlines, "unseen": whole.unseen, "bias": round(fit.bias, 3),
        "weights": {name: round(value, 3) for name, value in fit.weights.items()},
        "wording": {name: round(value, 3) for name, value in fit.wording.items()},
        "company": {name: round(value, 3) for name, value in fit.company.items()},
        "comment": whole.comment, "hosts": whole.hosts, "actions": whole.actions, "words": whole.words,
        "ties": whole.ties,
    }  # fmt: skip
    options.out.write_text(json.dumps(model, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
