"""The sentences that say what a story is and what it found, chosen without any service.

Split the text, list the runs that may be quoted (`clips`), guess for each word how likely a reader's
one-sentence summary holds it, and take the run with the highest expected ROUGE-1. The weights are learned
from SciTLDR (docs/cards/salience.md); a text that is not English is scored by what needs no language
(`neutral`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec
import numpy as np

from daybrief.languages import LANGUAGES, SOURCE, either
from daybrief.text.sentences import Sentence, sentences
from daybrief.writers.extractive.features import (
    CANDIDATE_FEATURES,
    MOST_TOKENS,
    WORD_FEATURES,
    Abstract,
    Table,
    WordSpan,
    abstract,
    candidate_table,
    centrality,
    expected_rouge,
    tokens,
    word_table,
)


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

    def rarity(self, word: str) -> float:
        """The inverse document frequency of a word key; that of a word never met, if unknown."""
        return self.words.get(word, (self.unseen, 0.0))[0]

    def chances(self, words: tuple[str, ...], table: Table) -> dict[str, float]:
        """Return how likely each word is in a one-sentence summary, given its row of the word table."""
        plain = table @ np.array([self.word[name] for name in WORD_FEATURES])
        return {
            word: 1
            / (1 + math.exp(-max(-50.0, min(50.0, self.bias + value + self.words.get(word, (0, 0.0))[1]))))
            for word, value in zip(words, plain.tolist(), strict=True)
        }

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
_BACK = re.compile(
    r",\s+(?=(?:which|where|whereas|while|thus|thereby|hence|leading|resulting|making|allowing|enabling"
    r"|achieving"
    r"|outperforming|yielding|showing|improving|reducing|inspired|and (?:we|show|demonstrate)|as well as"
    r"|by|using)\b)"
    r"|;\s+|:\s+|(?<!\s)\s++--?-?\s+|(?<!\s)\s++—\s*|—\s*"
    r"|(?<!\s)\s++(?=(?:by \w+ing|in order to|and (?:show|demonstrate) that|compared (?:to|with)|using"
    r"|based on|via|through|while|where)\b)"
)
_VERB = re.compile(
    r"\b(?:we|is|are|was|were|can|has|have|show\w*|propos\w+|introduc\w+|present\w*|achiev\w+|improv\w+)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_FEWEST_WORDS = 8
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
    for start in _fronts(sentence):
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
    if len(_WORD.findall(run)) < _FEWEST_WORDS or not _VERB.search(run):
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
        re.compile(either(*patterns, *(one.rules.roles.get(role, "") for one in LANGUAGES)), re.IGNORECASE),
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
    doc = abstract(title, [sentence.text for sentence in spans], model.rarity)
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
    return language == SOURCE and 2 * len(_LATIN.findall(sample)) >= len(_LETTER.findall(sample))
