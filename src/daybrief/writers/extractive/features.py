"""Features of the words and of the candidate runs of one abstract.

Two tables, both plain numbers: a row a distinct word (`words`), from which the model guesses how likely the
word is in a one-sentence summary; and a row a candidate (`candidates`), most of it what that guess says of
the run: if each word is in the summary with probability p, its ROUGE-1 is about 2·Σp / (its length + the
summary's).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt

_ALSO = r"(?:\w+(?<=ly) |also |further |then )*"

CUES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "propose": r"\bwe (?:\w+ly )?(?:propose|introduce|present|develop|design|devise|describe)\b",
        "show": rf"\bwe {_ALSO}(?:show|demonstrate|prove|find|found|establish|observe|argue|reveal|report"
        rf"|achieve)\b",
        "study": rf"\bwe {_ALSO}(?:study|investigate|explore|analy[sz]e|examine|consider|address|provide"
        rf"|evaluate"
        r"|compare|apply|use|extend|formulate|derive)\b",
        "ours": r"\b(?:we|our)\b",
        "paper": r"\bth(?:is|e present) (?:paper|work|article|study|report|thesis|research)\b",
        "passive": r"\b(?:is|are) (?:proposed|presented|introduced|developed|described)\b",
        "novel": r"\b(?:novel|new|first|simple)\b",
        "result": r"\b(?:results?|experiment\w*|empirical\w*|evaluat\w+|outperform\w*|state-of-the-art"
        r"|improve\w*"
        r"|benchmarks?|datasets?|accuracy)\b",
        "contrast": r"^(?:however|but|unfortunately|although|despite|while|yet|nevertheless|though)\b",
        "addition": r"^(?:furthermore|moreover|in addition|additionally|also|finally|further|besides"
        r"|second\w*"
        r"|third\w*|last\w*|then|next)\b",
        "detail": r"^(?:specifically|in particular|concretely|for example|for instance|namely|e\.g|more)\b",
        "back_reference": r"^(?:this|these|it|they|such|that|those|its|their|both)\b",
        "experiment": r"^(?:experiment\w*|empirical\w*|extensive|results?|our (?:experiment\w*|result\w*"
        r"|evaluat\w*)"
        r"|evaluat\w*|numerical\w*|through)\b",
        "background": r"\b(?:recent\w*|typically|often|usually|commonly|traditional\w*|existing|prior"
        r"|previous\w*"
        r"|conventional)\b",
        "goal": r"\b(?:goal|aim|objective|task|problem|challenge\w*|key|main)\b",
        "insight": r"\b(?:insight|idea|hypothes\w+|observation)\b",
        "by_doing": r"\bby \w+ing\b",
        "question": r"\?$",
        "number": r"\d",
        "bracket": r"[(\[]",
        "colon": r":",
        "starts_we": r"^we\b",
        "starts_our": r"^our\b",
    }.items()
}
"""name → pattern, searched in the lower-case text of one candidate."""

STOPWORDS = frozenset(
    (
        "a an the of in on for to and or with by from as is are was were be been being that this these "
        "those we our it its they their which can at not such also has have had but than more into "
        "between over using use based via both while when where how what "
    ).split()
)
"""Words that carry grammar, not topic."""


Table = npt.NDArray[np.float64]

_TOKEN = re.compile(r"[^\W_]+")
_KEY = 6  # letters kept of a word: a stem good enough for English, and free
MOST_TOKENS = 1_000  # of one sentence

WORD_FEATURES = (
    *(
        "in_title",
        "log_count",
        "rarity",
        "log_sentences",
        "share_of_sentences",
        "first_at",
        "in_first",
        "in_last",
    ),
    *(
        "near_propose",
        "near_show",
        "near_ours",
        "in_announcement",
        "title_in_announcement",
        "digits",
        "short",
    ),
    *("title_count", "stopword", "stopword_count", "rarity_count", "brevity"),
)
CANDIDATE_FEATURES = (
    *("position", "relative_position", "length", "clipped", "clipped_front", "clipped_back"),
    *(
        "title_words",
        "title_topics",
        "topics_in_title",
        "similarity",
        "centrality",
        "announcement",
        "first_show",
    ),
    *(f"cue_{name}" for name in CUES),
    *("rouge_20", "rouge_15", "rouge_26", "density", "hits", "recall", "topic_density"),
    *("rank", "best", "below_best", "above_mean"),
)


class WordSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate: `text`, taken from sentence number `sentence`, and what was clipped off it."""

    sentence: int
    text: str
    front: bool = False
    back: bool = False


class Abstract(msgspec.Struct, frozen=True, kw_only=True):
    """One text made ready to be measured: its sentences' tokens, its words, which sentence holds which
    word."""

    keys: tuple[tuple[str, ...], ...]
    title: tuple[str, ...]
    words: tuple[str, ...]
    counts: Table  # sentences × words
    rarity: Table  # per word
    cues: Mapping[str, Table]  # cue → per sentence 0 or 1


@lru_cache(maxsize=512)  # each run is read by both models and once more when a second is sought
def tokens(text: str) -> tuple[str, ...]:
    """The word keys of a text: lower case, the first six letters; at most `MOST_TOKENS`."""
    return tuple(word[:_KEY] for word in _TOKEN.findall(text.lower())[:MOST_TOKENS])


def abstract(title: str, texts: Sequence[str], rarity: Callable[[str], float]) -> Abstract:
    """Read a title and its sentences; `rarity` gives the inverse document frequency of a word key."""
    keys = tuple(tokens(text) for text in texts)
    words = tuple(dict.fromkeys(key for line in keys for key in line))
    column = {word: index for index, word in enumerate(words)}
    counts = np.zeros((len(texts), len(words)))
    for row, line in enumerate(keys):
        for key in line:
            counts[row, column[key]] += 1
    return Abstract(
        keys=keys,
        title=tokens(title),
        words=words,
        counts=counts,
        rarity=np.array([rarity(word) for word in words]),
        cues={
            name: np.array([CUES[name].search(text.lower()) is not None for text in texts], dtype=np.float64)
            for name in ("propose", "show", "ours", "paper")
        },
    )


def word_table(doc: Abstract) -> Table:
    """Measure the words: a row a word of `doc.words`, a column a name of `WORD_FEATURES`."""
    rows, columns = doc.counts.shape
    if not rows or not columns:
        return np.zeros((columns, len(WORD_FEATURES)))
    present = (doc.counts > 0).astype(np.float64)
    spread = present.sum(0)
    count = np.log(doc.counts.sum(0))
    rarity = doc.rarity / 8
    in_title = _marks(doc.words, set(doc.title))
    stop = _marks(doc.words, STOPWORDS)
    announced = present[int(doc.cues["propose"].argmax())] if doc.cues["propose"].any() else np.zeros(columns)
    of_authors = np.maximum(doc.cues["ours"], doc.cues["paper"])
    return np.column_stack(
        [
            *(
                in_title,
                count,
                rarity,
                np.log(spread),
                spread / rows,
                present.argmax(0) / rows,
                present[0],
                present[-1],
            ),
            *(
                doc.cues["propose"] @ present > 0,
                doc.cues["show"] @ present > 0,
                of_authors @ present > 0,
            ),
            *(announced, announced * in_title),
            np.array([word.isdigit() for word in doc.words]),
            np.array([len(word) <= 2 for word in doc.words]),
            *(in_title * count, stop, stop * count, rarity * count, np.full(columns, 1 / rows)),
        ]
    ).astype(np.float64)


def candidate_table(doc: Abstract, runs: Sequence[WordSpan], chance: Mapping[str, float]) -> Table:
    """Measure the runs: a column a name of `CANDIDATE_FEATURES`; `chance` is the guess for each word."""
    lines = [tokens(run.text) for run in runs]
    all_hits = sum(chance.values()) or 1.0
    expectations = [_expected(set(line), len(line), chance, all_hits) for line in lines]
    expected = np.array(expectations).reshape(len(runs), 7)
    return np.column_stack([_plain(doc, runs, lines), expected, _standing(expected[:, 0])])


def expected_rouge(words: set[str], length: int, chance: Mapping[str, float], *, summary: int = 20) -> float:
    """The ROUGE-1 to expect of distinct `words` in `length` tokens against a `summary` of so many tokens."""
    return 2 * sum(chance.get(word, 0.0) for word in words) / (length + summary)


def _expected(words: set[str], length: int, chance: Mapping[str, float], all_hits: float) -> list[float]:
    hits = sum(chance.get(word, 0.0) for word in words)
    topics = [chance.get(word, 0.0) for word in words if word not in STOPWORDS]
    return [
        *(2 * hits / (length + summary) for summary in (20, 15, 26)),
        hits / max(length, 1),
        hits,
        hits / all_hits,
        sum(topics) / max(len(topics), 1),
    ]


def _standing(rouge: Table) -> Table:
    """Compare a run with its fellows: rank (0 best), whether best, distance to best and to mean."""
    rank = np.argsort(np.argsort(-rouge, kind="stable"), kind="stable")
    top, mean = (rouge.max(), rouge.mean()) if rouge.size else (0.0, 0.0)
    return np.column_stack([rank, rank == 0, rouge - top, rouge - mean]).astype(np.float64)


def _plain(doc: Abstract, runs: Sequence[WordSpan], lines: Sequence[tuple[str, ...]]) -> Table:
    """The columns that need no guess: place, length, likeness to the title and to the whole, cues."""
    topics = np.where(_marks(doc.words, STOPWORDS) > 0, 0.0, doc.rarity)
    weight = dict(zip(doc.words, topics, strict=True))
    whole = dict(zip(doc.words, doc.counts.sum(0) * topics, strict=True))
    size = math.sqrt(sum(value * value for value in whole.values())) or 1.0
    central = centrality(doc.counts * topics)
    title = set(doc.title)
    announcement, shown = (_first(doc.cues[name]) for name in ("propose", "show"))
    rows = []
    for run, line in zip(runs, lines, strict=True):
        at, total = run.sentence, len(doc.keys)
        place = [at, at / total, len(line), len(doc.keys[at]) - len(line), run.front, run.back]
        alike = [_cosine(Counter(line), weight, whole, size), central[at], at == announcement, at == shown]
        lower = run.text.lower()
        cues = [pattern.search(lower) is not None for pattern in CUES.values()]
        rows.append([*place, *_titled(set(line), title), *alike, *cues])
    return np.array(rows, dtype=np.float64).reshape(len(runs), len(CANDIDATE_FEATURES) - 11)


def centrality(weighted: Table) -> Table:
    """Mean cosine of each row (a sentence's word weights) to the other rows; 0 for a single row."""
    rows = weighted.shape[0]
    size = np.sqrt((weighted * weighted).sum(1, keepdims=True))
    unit = np.divide(weighted, size, out=np.zeros_like(weighted), where=size > 0)
    likeness = unit @ unit.sum(0) - (unit * unit).sum(1)
    return np.asarray(likeness / max(rows - 1, 1), dtype=np.float64)


def _titled(words: set[str], title: set[str]) -> list[float]:
    topics, titled = words - STOPWORDS, title - STOPWORDS
    common = len(topics & titled)
    return [
        len(words & title) / max(len(title), 1),
        common / max(len(titled), 1),
        common / max(len(topics), 1),
    ]


def _cosine(
    line: Counter[str], weight: Mapping[str, float], whole: Mapping[str, float], size: float
) -> float:
    own = {word: count * weight.get(word, 0.0) for word, count in line.items()}
    length = math.sqrt(sum(value * value for value in own.values())) or 1.0
    return sum(value * whole.get(word, 0.0) for word, value in own.items()) / length / size


def _marks(words: Sequence[str], among: set[str] | frozenset[str]) -> Table:
    return np.array([word in among for word in words], dtype=np.float64)


def _first(cues: Table) -> int:
    return int(cues.argmax()) if cues.any() else -1
