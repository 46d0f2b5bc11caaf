"""The sentences that say what a story is and what it found, chosen without any service.

Split the text, list the runs that may be quoted (`clips`), guess for each word how likely a reader's
one-sentence summary holds it, and take the run with the highest expected ROUGE-1. The weights are learned
from SciTLDR (docs/cards/salience.md); a text that is not English is scored by what needs no language
(`neutral`).

Two tables of features, both plain numbers: a row a distinct word (`words`), from which the model guesses
how likely the word is in a one-sentence summary; and a row a candidate (`candidates`), most of it what that
guess says of the run: if each word is in the summary with probability p, its ROUGE-1 is about
2·Σp / (its length + the summary's).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from math import exp
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from daybrief.languages import LANGUAGES, SOURCE, WordSigns, either, filtered
from daybrief.text.sentences import Sentence, sentences

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
_PLAIN = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
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
    """A text ready to be measured: its sentences' tokens, its words, and the words of each sentence."""

    keys: tuple[tuple[str, ...], ...]
    title: tuple[str, ...]
    words: tuple[str, ...]
    counts: Table  # sentences × words
    rarity: Table  # per word
    titled: Table  # per word 0 or 1: it stands in the title
    grammatical: Table  # per word 0 or 1: it is one of `STOPWORDS`
    cues: Mapping[str, Table]  # cue → per sentence 0 or 1
    topics: Table  # per word its rarity, or 0 where it is grammatical
    central: Table  # per sentence its likeness to the others


@lru_cache(maxsize=512)  # each run is read by both models and once more when a second is sought
def tokens(text: str) -> tuple[str, ...]:
    """The word keys of a text: lower case, the first six letters; at most `MOST_TOKENS`."""
    words = text.translate(_PLAIN).split() if text.isascii() else _TOKEN.findall(text.lower())
    return tuple([word[:_KEY] for word in words[:MOST_TOKENS]])


def abstract(title: str, texts: Sequence[str], rarities: Callable[[Sequence[str]], list[float]]) -> Abstract:
    """Read a title and its sentences; `rarities` gives the inverse document frequencies of word keys."""
    keys = tuple(tokens(text) for text in texts)
    words = tuple(dict.fromkeys(key for line in keys for key in line))
    counts = _counted(words, keys)
    cues = np.array([cues_of(text) for text in texts], np.float64).reshape(len(texts), len(CUES)).T.copy()
    rare = np.array(rarities(words))
    grammatical = _marks(words, STOPWORDS)
    topics = np.where(grammatical > 0, 0.0, rare)
    return Abstract(
        keys=keys,
        title=tokens(title),
        words=words,
        counts=counts,
        rarity=rare,
        titled=_marks(words, set(tokens(title))),
        grammatical=grammatical,
        cues={name: cues[at] for name, at in _OF_SENTENCES},
        topics=topics,
        central=centrality(counts * topics),
    )


_OF_SENTENCES = [(name, list(CUES).index(name)) for name in ("propose", "show", "ours", "paper")]


def word_table(doc: Abstract) -> Table:
    """Measure the words: a row a word of `doc.words`, a column a name of `WORD_FEATURES`."""
    rows, columns = doc.counts.shape
    if not rows or not columns:
        return np.zeros((columns, len(WORD_FEATURES)))
    present = (doc.counts > 0).astype(np.float64)
    spread = present.sum(0)
    count = np.log(doc.counts.sum(0))
    rarity = doc.rarity / 8
    in_title, stop = doc.titled, doc.grammatical
    announced = present[int(doc.cues["propose"].argmax())] if doc.cues["propose"].any() else np.zeros(columns)
    of_authors = np.maximum(doc.cues["ours"], doc.cues["paper"])
    columns_in_order = (
        *(in_title, count, rarity, np.log(spread), spread / rows, present.argmax(0) / rows),
        *(present[0], present[-1], doc.cues["propose"] @ present > 0, doc.cues["show"] @ present > 0),
        *(of_authors @ present > 0, announced, announced * in_title),
        [word.isdigit() for word in doc.words],
        [len(word) <= 2 for word in doc.words],
        *(in_title * count, stop, stop * count, rarity * count, 1 / rows),
    )
    table: Table = np.empty((columns, len(WORD_FEATURES)))
    for at, measured in enumerate(columns_in_order):
        table[:, at] = measured
    return table


def candidate_table(doc: Abstract, runs: Sequence[WordSpan], chance: Mapping[str, float]) -> Table:
    """Measure the runs: a column a name of `CANDIDATE_FEATURES`; `chance` is the guess for each word."""
    counts = _counted(doc.words, [tokens(run.text) for run in runs])
    present = (counts > 0).astype(np.float64)
    length, topical = _summed(counts), np.maximum(_summed(present * (1 - doc.grammatical)), 1)
    guess = np.array([chance.get(word, 0.0) for word in doc.words])
    rouge, first = len(CANDIDATE_FEATURES) - 11, len(CANDIDATE_FEATURES) - 4
    table: Table = np.empty((len(runs), len(CANDIDATE_FEATURES)))
    _place(table[:, :6], doc, runs, length)
    _titled(table[:, 6:9], doc, present, topical)
    _likeness(table[:, 9:13], doc, runs, counts)
    table[:, 13:rouge] = np.array([cues_of(run.text) for run in runs]).reshape(len(runs), len(CUES))
    _expected(table[:, rouge:first], doc, present, guess, length, topical)
    _standing(table[:, first:], table[:, rouge])
    return table


def _summed(table: Table) -> Table:
    """The sum of each row."""
    return np.asarray(np.add.reduce(table, 1))


def _counted(words: Sequence[str], lines: Sequence[Sequence[str]]) -> Table:
    """How often each line holds each of the words: lines × words."""
    column = {word: at for at, word in enumerate(words)}
    wide = len(words)
    columns = (map(column.get, line) for line in lines)
    places = [wide * row + at for row, line in enumerate(columns) for at in line if at is not None]
    shape = (len(lines), wide)
    return np.bincount(np.array(places, np.int64), minlength=shape[0] * wide).reshape(shape).astype(float)


def expected_rouge(words: set[str], length: int, chance: Mapping[str, float], *, summary: int = 20) -> float:
    """The ROUGE-1 to expect of distinct `words` in `length` tokens against a `summary` of so many tokens."""
    return 2 * sum(chance.get(word, 0.0) for word in words) / (length + summary)


def _place(table: Table, doc: Abstract, runs: Sequence[WordSpan], length: Table) -> None:
    """Fill the columns of where a run stands, how long it is, and what was clipped off it."""
    at = [run.sentence for run in runs]
    table[:, 0] = at
    table[:, 1] = table[:, 0] / len(doc.keys)
    table[:, 2] = length
    table[:, 3] = [len(doc.keys[number]) for number in at]
    table[:, 3] -= length
    table[:, 4] = [run.front for run in runs]
    table[:, 5] = [run.back for run in runs]


def _titled(table: Table, doc: Abstract, present: Table, topical: Table) -> None:
    """Fill the shares of words and topics that runs have in common with the title."""
    common = _summed(present * (doc.titled * (1 - doc.grammatical)))
    title = set(doc.title)
    table[:, 0] = _summed(present * doc.titled) / max(len(title), 1)
    table[:, 1] = common / max(len(title - STOPWORDS), 1)
    table[:, 2] = common / topical


def _likeness(table: Table, doc: Abstract, runs: Sequence[WordSpan], counts: Table) -> None:
    """Fill the likeness to the whole text, and whether a run stands where it is announced or shown."""
    at = np.array([run.sentence for run in runs], np.int64)
    table[:, 0] = _cosines(counts * doc.topics, np.add.reduce(doc.counts, 0) * doc.topics)
    table[:, 1] = doc.central[at]
    table[:, 2] = at == _first(doc.cues["propose"])
    table[:, 3] = at == _first(doc.cues["show"])


def _expected(
    table: Table, doc: Abstract, present: Table, guess: Table, length: Table, topical: Table
) -> None:
    """Fill the seven columns that rest on the guess."""
    hits = _summed(present * guess)
    for column, summary in enumerate((20, 15, 26)):
        table[:, column] = 2 * hits / (length + summary)
    table[:, 3] = hits / np.maximum(length, 1)
    table[:, 4] = hits
    table[:, 5] = hits / (float(guess.sum()) or 1.0)
    table[:, 6] = _summed(present * (guess * (1 - doc.grammatical))) / topical


def _standing(table: Table, rouge: Table) -> None:
    """Fill how a run compares with its fellows: rank (0 best), whether best, distance to best and to mean."""
    rank = np.argsort(np.argsort(-rouge, kind="stable"), kind="stable")
    top, mean = (rouge.max(), rouge.mean()) if rouge.size else (0.0, 0.0)
    table[:, 0] = rank
    table[:, 1] = rank == 0
    table[:, 2] = rouge - top
    table[:, 3] = rouge - mean


_AT_THE_START = ("contrast", "addition", "detail", "back_reference", "experiment", "starts_we", "starts_our")
_OPENING = re.compile(either(*(CUES[name].pattern for name in _AT_THE_START)))  # any of them
_OF_A_WORD = ("ours", "novel", "result", "background", "goal", "insight", "number", "bracket", "colon")
# The others take several words: the ones that each begins with.
_FIRST_WORDS = {
    "propose": ("we",),
    "show": ("we",),
    "study": ("we",),
    "paper": ("this", "the"),
    "passive": ("is", "are"),
    "by_doing": ("by",),
}
_FIRST_SIGNS = tuple((name, frozenset(f" {word}" for word in words)) for name, words in _FIRST_WORDS.items())
_SIGNS = WordSigns(
    {name: CUES[name].pattern for name in _OF_A_WORD}
    | {f" {word}": rf"\b{word}\b" for words in _FIRST_WORDS.values() for word in words}
)


@lru_cache(maxsize=512)  # of a story: whole sentences are measured by `choose` and by `rank`
def cues_of(text: str) -> tuple[bool, ...]:
    """Which of `CUES` a run has, in their order."""
    lower = text.lower()
    shown, worth_a_search = _by_signs(_SIGNS.of(lower))
    further = [name for name in worth_a_search if CUES[name].search(lower)]
    if _OPENING.match(lower):
        further += [name for name in _AT_THE_START if CUES[name].match(lower)]
    if CUES["question"].search(lower[-2:]):
        further.append("question")
    if not further:
        return shown
    return tuple([has or name in further for name, has in zip(CUES, shown, strict=True)])


@lru_cache(maxsize=4_096)
def _by_signs(signs: tuple[str, ...]) -> tuple[tuple[bool, ...], tuple[str, ...]]:
    """The cues that signs of single words show, and those of several words that may be there."""
    worth_a_search = (name for name, words in _FIRST_SIGNS if not words.isdisjoint(signs))
    return tuple(map(signs.__contains__, CUES)), tuple(worth_a_search)


def centrality(weighted: Table) -> Table:
    """Mean cosine of each row (a sentence's word weights) to the other rows; 0 for a single row."""
    rows = weighted.shape[0]
    size = np.sqrt((weighted * weighted).sum(1, keepdims=True))
    unit = np.divide(weighted, size, out=np.zeros_like(weighted), where=size > 0)
    likeness = unit @ unit.sum(0) - (unit * unit).sum(1)
    return np.asarray(likeness / max(rows - 1, 1), dtype=np.float64)


def _cosines(weighted: Table, whole: Table) -> Table:
    """The cosine of each row to the whole; 0 for a row without weight."""
    length = np.sqrt(_summed(weighted * weighted))
    size = math.sqrt(float((whole * whole).sum())) or 1.0
    return np.asarray(_summed(weighted * whole) / np.where(length > 0, length, 1.0) / size)


def _marks(words: Sequence[str], among: set[str] | frozenset[str]) -> Table:
    return np.array([word in among for word in words], dtype=np.float64)


def _first(cues: Table) -> int:
    return int(cues.argmax()) if cues.any() else -1


_UNKNOWN = (0.0, 0.0)


class SalienceWeights(msgspec.Struct, frozen=True, kw_only=True):
    """A logistic model of words and a linear model of candidates.

    `words` maps a word key to (inverse document frequency, coefficient); the other maps are coefficients by
    the names of `WORD_FEATURES` and `CANDIDATE_FEATURES`. Made by `benchmarks/train_salience.py`.
    """

    about: str
    unseen: float
    words: dict[str, tuple[float, float]]
    bias: float
    word: dict[str, float]
    candidate: dict[str, float]

    def rarities(self, words: Sequence[str]) -> list[float]:
        """The inverse document frequencies of word keys; of an unknown one that of a word never met."""
        never_met = (self.unseen, 0.0)
        return [self.words.get(word, never_met)[0] for word in words]

    def chances(self, words: tuple[str, ...], table: Table) -> dict[str, float]:
        """Return how likely each word is in a one-sentence summary, given its row of the word table."""
        plain = table @ np.array([self.word[name] for name in WORD_FEATURES])
        own = np.array([self.words.get(word, _UNKNOWN)[1] for word in words])
        powers = np.clip(self.bias + plain + own, -50.0, 50.0)
        return {word: 1 / (1 + exp(-power)) for word, power in zip(words, powers.tolist(), strict=True)}

    def scores(self, table: Table) -> Table:
        """The expected ROUGE-1 of each candidate, in points against the mean of its abstract."""
        return np.asarray(table @ np.array([self.candidate[name] for name in CANDIDATE_FEATURES]))


@cache
def weights() -> SalienceWeights:
    """The weights shipped with the package (`daybrief/assets/salience.json`)."""
    return msgspec.json.decode(
        files("daybrief").joinpath("assets/salience.json").read_bytes(), type=SalienceWeights
    )


_RUN = re.compile(r"[^\W_]+")
_LEAD, _CENTRAL, _TITLE, _LENGTH = 0.35, 1.0, 0.5, 0.25
_FULL = 40  # characters from which a sentence counts as complete


def neutral_scores(title: str, texts: Sequence[str]) -> Table:
    """Score each text, higher is better: early, central, near the title, and not a fragment."""
    lines = [_pairs(text) for text in texts]
    column = {
        pair: index for index, pair in enumerate(dict.fromkeys(pair for line in lines for pair in line))
    }
    present = np.zeros((len(texts), len(column)))
    for row, line in enumerate(lines):
        present[row, [column[pair] for pair in line]] = 1.0
    title_pairs = _pairs(title)
    titled = np.array([len(title_pairs & line) / max(len(title_pairs), 1) for line in lines])
    lead = 1 / (1 + np.arange(len(texts)))
    length = np.array([min(len(text), _FULL) / _FULL for text in texts])
    return np.asarray(_LEAD * lead + _CENTRAL * centrality(present) + _TITLE * titled + _LENGTH * length)


def _pairs(text: str) -> set[str]:
    """The distinct neighbouring character pairs within words; a one-letter word counts as itself."""
    words = _RUN.findall(text.lower())[:MOST_TOKENS]
    return {word[at : at + 2] for word in words for at in range(max(1, min(len(word), 200) - 1))}


_FRONT = re.compile(
    r"^(?:(?:in|with) th(?:is|e present) (?:paper|work|article|study|report|thesis|letter|research"
    r"|contribution)"
    r"|here(?:in)?|(?:more )?specifically|more precisely|in particular|concretely|(?:to|towards) (?:this"
    r"|that) end"
    r"|furthermore|moreover|in addition|additionally|finally|first(?:ly)?|second(?:ly)?|third(?:ly)?"
    r"|lastly|further"
    r"|besides|therefore|thus|hence|as a result|consequently|in summary|overall|also|then|next"
    r"|surprisingly|interestingly|importantly|notably|in short|in other words)\s*,?\s+(?=\w)",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"^(?:to|by|motivated|inspired|based|given|building|using|unlike|in|as|due|despite|with|from|towards?)\b"
    r"[^,;:]{8,160},\s+(?=(?:we|this (?:paper|work))\b)",
    re.IGNORECASE,
)
_BACK = re.compile(  # a set of letters first: the search passes over all others fast
    r"[,;:—\s](?:(?<=,)\s+(?=(?:which|where|whereas|while|thus|thereby|hence|leading|resulting|making|allowing"
    r"|enabling|achieving|outperforming|yielding|showing|improving|reducing|inspired"
    r"|and (?:we|show|demonstrate)|as well as|by|using)\b)"
    r"|(?<=[;:])\s+|(?<=—)\s*"
    r"|(?<=\s)(?<!\s\s)\s*+(?:--?-?\s+|—\s*|(?=(?:by \w+ing|in order to|and (?:show|demonstrate) that"
    r"|compared (?:to|with)|using|based on|via|through|while|where)\b)))"
)
_VERB = re.compile(
    r"\b(?:we|is|are|was|were|can|has|have|show\w*|propos\w+|introduc\w+|present\w*|achiev\w+|improv\w+)\b",
    re.IGNORECASE,
)
_LONG_ENOUGH = re.compile(r"(?:\W*+\w++){8}")  # of eight words
_MOST_CLIPS = 16
_LONGEST = (
    1_200  # characters: beyond that a "sentence" is a list or a table, and is taken whole or not at all
)


def clips(sentence: str) -> tuple[tuple[int, int], ...]:
    """The (start, end) of each run of `sentence` that may be quoted for it, the whole first; at most 17."""
    whole = (0, len(sentence))
    if len(sentence) > _LONGEST:
        return (whole,)
    return tuple(dict.fromkeys([whole, *list(_shorter(sentence))[:_MOST_CLIPS]]))


def _shorter(sentence: str) -> Iterator[tuple[int, int]]:
    ends = [len(sentence), *(match.start() for match in _BACK.finditer(sentence))]
    starts = tuple(_fronts(sentence))
    if len(ends) == len(starts) == 1:
        return  # the whole alone, which needs no leave
    for start in starts:
        for end in ends:
            if _stands_alone(sentence[start:end]):
                yield start, end


def _fronts(sentence: str) -> Iterator[int]:
    yield 0
    front = _FRONT.match(sentence)
    start = front.end() if front else 0
    if front:
        yield start
    setting = _SETTING.match(sentence[start:])
    if setting:
        yield start + setting.end()


def _stands_alone(run: str) -> bool:
    """Long enough, with a verb, and no bracket, quotation or formula left open."""
    if not _LONG_ENOUGH.match(run) or not _VERB.search(run):
        return False
    pairs = run.count("(") == run.count(")") and run.count("[") == run.count("]")
    return pairs and run.count("“") == run.count("”") and run.count('"') % 2 == 0 and run.count("$") % 2 == 0


Role = Literal["gist", "finding", "impact", "outlook"]

_GIST = (
    r"\b(?:we|i|the authors|this (?:paper|work|article|study|report|survey|thesis)) (?:\w+(?<=ly) |also "
    r"|then |first )*"
    r"(?:propos|introduc|present|develop|design|devis|describ|review|survey|study|studies|investigat|explor"
    r"|formulat|address|releas|build|built|examin)\w*",
    r"\b(?:is|are) (?:proposed|presented|introduced)\b",
    r"\bin this (?:paper|work|article|study|report|survey)\b",
    r"\b(?:announced|unveiled|launched|released|rolled out|introduced|acquired|has raised|published)\b",
)
_FINDING = (
    r"\bwe (?:\w+(?<=ly) |also |further |then )*(?:show|demonstrate|prove|find|found|establish|observe|reveal"
    r"|report"
    r"|achieve|obtain|conclude)\w*",
    r"\b(?:outperform|surpass|exceed)\w*\b|\bstate[- ]of[- ]the[- ]art (?:results?|performance|accuracy)",
    r"\b(?:results?|experiments?|evaluations?|analys[ei]s|findings?|simulations?|theory|study|tests?)"
    r"(?: \w+){0,6} (?:show|shows|showed|demonstrate|indicate|suggest|reveal|confirm|validate)\w*",
    r"\b(?:achiev|improv|reduc|increas|decreas|gain|boost|cut|rose|fell|grew|speed)\w*\b[^.]{0,60}\d",
    r"\d(?:\.\d+)?\s?(?:%|percent\b|×|x\b|times\b|points?\b)",
)
_WHO = (
    "practitioners|researchers|clinicians|doctors|developers|users|patients|people|teachers|students|companies"
    "|engineers|society|workers|scientists|hospitals|schools|businesses|industry|policymakers"
)
# Wide words ("enables", "patients", "economic") were tried and took background for impact.
_IMPACT = (
    r"\b(?:implications? for|(?:broader|industrial|clinical|environmental|economic|social|societal|practical)"
    r" (?:impacts?|implications?|benefits?|consequences?)|democrati[sz]\w+|public health)\b",
    r"\b(?:paves? the way|opens? (?:up )?(?:the door|new (?:avenues|possibilities|opportunities))"
    r"|has the potential to|(?:significant|profound|major|positive|negative|direct) (?:impact|effect)s? on"
    r"|lowers? the (?:cost|barrier)s?"
    rf"|(?:can|could|may|will) (?:help|enable|benefit|save|assist|empower) (?:\w+ ){{0,2}}(?:{_WHO})"
    rf"|(?:enabl|allow|help|empower)(?:e|es|s|ing) (?:{_WHO})"
    r"|(?:suitable|ready|promising|viable) for (?:real[- ]world|practical|clinical|production))\b",
)
_OUTLOOK = (
    r"\b(?:future (?:work|research|directions?|studies|investigations?)"
    r"|further (?:research|work|investigation)"
    r"|open (?:questions?|problems?|challenges)|remains? (?:open|unclear|unknown|an open|to be \w+)"
    r"|(?:our|main|key|current|discuss(?:es|ing)?(?: the)?) limitations?"
    r"|limitations? of (?:our|this|the proposed)"
    r"|we (?:leave|plan|hope|intend|will)|left for|not yet|next steps?|roadmap)\b",
    r"\b(?:will be|is|are|be|made|make|becomes?)\s+(?:\w+ )?(?:publicly|freely|openly|soon) ?(?:available"
    r"|released)?\b",
    r"\b(?:we (?:\w+ )?(?:release|open[- ]source|publish)|open[- ]sourcing (?:both|all|the|our|its)"
    r"|will (?:release|be released|open[- ]source|launch|publish|roll out|begin|start)"
    r"|(?:source code|code|data|dataset|weights|checkpoints|demo)\b[^.]{0,60}\b(?:is|are|shall be|can be) "
    r"(?:\w+ )?(?:available|released|found|open[- ]sourced)"
    r"|later this (?:year|month|week)|(?:plans?|expected|scheduled|set) to)\b",
)

_WORDING: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("gist", _GIST),
    ("finding", _FINDING),
    ("impact", _IMPACT),
    ("outlook", _OUTLOOK),
)
_RULES = tuple(
    (
        role,
        filtered(
            either(*patterns, *(language.rules.roles.get(role, "") for language in LANGUAGES)), re.IGNORECASE
        ),
    )
    for role, patterns in _WORDING
)
_READ = 2_000  # characters of a sentence that are read


def roles(spans: Sequence[Sentence]) -> tuple[frozenset[Role], ...]:
    """The roles of each sentence, by the wording alone; an empty set where no rule speaks."""
    return tuple(
        frozenset(role for role, pattern in _RULES if pattern.search(sentence.text[:_READ]))
        for sentence in spans
    )


__all__ = ["MOST_SENTENCES", "Role", "candidates", "choose", "rank", "roles", "whole"]

MOST_SENTENCES = 60
"""How many sentences of a text are considered: an abstract has about seven."""

_GLANCE = 320  # characters
_SECOND = 1.0  # a second sentence must raise the expected score at least by this factor
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z]")


def choose(title: str, text: str, *, most: int = 2, language: str = SOURCE) -> tuple[Sentence, ...]:
    """The one to `most` runs of `text` that tell best what it is about, in the order of the text.

    Each run is an exact substring: a sentence, perhaps without an opening ("In this paper,") or a closing
    clause. A second one is given only where it is expected to add more than it lengthens. An empty text
    gives ().
    """
    spans = sentences(text)[:MOST_SENTENCES]
    if not spans or most < 1:
        return ()
    if not _english(text, language):
        return _leading(title, spans, most)
    runs, places = candidates(spans)
    doc, chance = _read(title, spans)
    best = int(np.argmax(weights().scores(candidate_table(doc, runs, chance))))
    chosen = _joined(runs, best, chance, most)
    return tuple(places[index] for index in sorted(chosen, key=lambda index: places[index].start))


def rank(
    title: str, spans: Sequence[Sentence], *, language: str = SOURCE, only: Sequence[int] | None = None
) -> tuple[float, ...]:
    """Score each whole sentence, or those at `only`; higher tells more, within one text only."""
    numbers = range(len(spans)) if only is None else only
    if not spans or not numbers:
        return ()
    if not _english(" ".join(sentence.text for sentence in spans), language):
        scores = neutral_scores(title, [sentence.text for sentence in spans]).tolist()
        return tuple(scores[number] for number in numbers)
    doc, chance = _read(title, tuple(spans))
    runs = [WordSpan(sentence=number, text=spans[number].text) for number in numbers]
    return tuple(weights().scores(candidate_table(doc, runs, chance)).tolist())


def whole(run: Sentence, spans: Sequence[Sentence]) -> Sentence:
    """The sentence around a chosen run, unless it is too long to read at a glance: then the run itself."""
    around = next((s for s in spans if s.start <= run.start and run.end <= s.end), run)
    return around if len(around.text) <= _GLANCE else run


def candidates(spans: Sequence[Sentence]) -> tuple[list[WordSpan], list[Sentence]]:
    """The runs that may be chosen, and the place in the text of each."""
    runs, places = [], []
    for number, sentence in enumerate(spans):
        for start, end in clips(sentence.text):
            text = sentence.text[start:end]
            runs.append(WordSpan(sentence=number, text=text, front=start > 0, back=end < len(sentence.text)))
            places.append(Sentence(start=sentence.start + start, end=sentence.start + end, text=text))
    return runs, places


@lru_cache(maxsize=64)  # `choose` and `rank` read the same story one after the other
def _read(title: str, spans: tuple[Sentence, ...]) -> tuple[Abstract, dict[str, float]]:
    model = weights()
    doc = abstract(title, [sentence.text for sentence in spans], model.rarities)
    return doc, model.chances(doc.words, word_table(doc))


def _joined(runs: Sequence[WordSpan], best: int, chance: dict[str, float], most: int) -> list[int]:
    """The best run, and whole other sentences as long as each raises the expected score."""
    chosen, words = [best], set(tokens(runs[best].text))
    length = len(tokens(runs[best].text))
    score = expected_rouge(words, length, chance)
    while len(chosen) < most:
        taken = {runs[index].sentence for index in chosen}
        options = [
            (expected_rouge(words | set(line), length + len(line), chance), -index)
            for index, run in enumerate(runs)
            if run.sentence not in taken and not run.back and (line := tokens(run.text))
        ]
        gain, index = max(options, default=(0.0, 0))
        if gain <= score * _SECOND:
            break
        chosen.append(-index)
        words |= set(tokens(runs[-index].text))
        length += len(tokens(runs[-index].text))
        score = gain
    return chosen


def _leading(title: str, spans: Sequence[Sentence], most: int) -> tuple[Sentence, ...]:
    scores: Table = neutral_scores(title, [sentence.text for sentence in spans])
    order = np.argsort(-scores, kind="stable")[:most].tolist()
    return tuple(spans[index] for index in sorted(order))


def _english(text: str, language: str) -> bool:
    """Whether the trained weights apply: said to be English, and at least half its letters are Latin ones."""
    sample = text[:1_000]
    if sample.isascii():
        return language == SOURCE
    return language == SOURCE and 2 * len(_LATIN.findall(sample)) >= len(_LETTER.findall(sample))
