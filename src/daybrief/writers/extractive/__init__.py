"""The embedded writer: sentences taken from the sources, word for word; no model, no network.

Read: of each story the sentence that says what it is, the one that says what it found, and, where the
source has them, one on impact and one on what comes next. Where the whole text was read, what its abstract
does not say is taken from its conclusion and its limitations, and news are told from the article that they
link. Synthesise: those sentences part by part, and the keywords of the section counted against the last
weeks. A part the sources say nothing about is left out.

A sentence of an English abstract has a role: background, method, finding, outlook, impact, release. A linear
model over its words, its place and what stood before it tells it; weights: `assets/roles.json`, made by
`benchmarks/train_roles.py`; how well it does: `benchmarks/roles.py`. A sentence of another language, or one
the model is not sure of, gets none.

A gist is one to six sentences in the reader's language, made from checked slots: what it is, what it does,
what was done for it, what was measured, what it found, what is released. The teller of the language takes
the first candidate of each sort that it can render whole; a slot whose words are not sure is left out. A
story already told in the reader's language gives its own best sentence, word for word. Every claim carries
the words it was made from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, partial
from importlib.resources import files
from itertools import accumulate, chain, islice, pairwise, takewhile

import msgspec
import numpy as np
import numpy.typing as npt

import daybrief
from daybrief import languages
from daybrief.languages import (
    SOURCE,
    Language,
    WordSigns,
    either,
    filtered,
    language_of,
    language_or_source,
    own_share,
    quoted_term,
    words,
)
from daybrief.languages.phrases import phrase
from daybrief.languages.tables import (
    DeedFact,
    Fact,
    HeadlineFact,
    NamedFact,
    OfferFact,
    ReleaseFact,
    ResultFact,
    StudyFact,
    Teller,
    TopicFact,
)
from daybrief.model import Author, Category, Claim, Item, Part, Quote, Ranked, Taxonomy
from daybrief.ports import Attempt, Reading, Tools, Trends
from daybrief.text.sentences import Sentence, leads_away, sentences, unnumbered, worth_reading
from daybrief.text.words import keywords, occurrence, shared_terms, telling
from daybrief.whole import Role as WholeRole
from daybrief.whole import TextPassage
from daybrief.writers.extractive.salience import MOST_SENTENCES, Role, choose, rank, roles, whole
from daybrief.writers.extractive.slots import Slot, Slots, slots
from daybrief.writers.extractive.synthesis import figure_of, role_of, synthesis, tells_figure

ROLES = ("background", "method", "finding", "outlook", "impact", "release")

_TOKEN = re.compile(r"[a-z]+(?:-[a-z]+)*|\d[\d.,]*%?|[?%:]")
_MOST_TOKENS = 60
OFFERED = filtered(
    r"\b(?:we|this (?:paper|work|study|article|survey)) (?:\w+(?<=ly) |also )*"
    r"(?:propos|introduc|present|develop|investigat|stud|explor|address|describ|examin|analy|evaluat)",
    re.IGNORECASE,
)


_RELEASES = filtered(
    r"\bwe (?:\w+(?<=ly) |also |further |will )*(?:releas|open-?sourc|publish)|\bopen-sourcing\b"
    r"|\b(?:code|data ?sets?|models?|data)\b[^.]{0,60}\b(?:is|are|will be) "
    r"(?:made )?(?:publicly |freely )?available",
    re.IGNORECASE,
)


class RoleWeights(msgspec.Struct, frozen=True, kw_only=True):
    """The learned weights: for each feature a coefficient for each of `ROLES`; `bias` for each."""

    about: str
    bias: tuple[float, ...]
    words: dict[str, tuple[float, ...]]


@cache
def weights() -> RoleWeights:
    """The weights shipped with the package."""
    return msgspec.json.decode(files("daybrief").joinpath("assets/roles.json").read_bytes(), type=RoleWeights)


@cache
def _table() -> tuple[dict[str, int], npt.NDArray[np.float64]]:
    """The row of each feature, in order of the names, and its coefficients; the last row is the bias."""
    words = sorted(weights().words.items())
    rows = {name: row for row, (name, _) in enumerate(words)}
    return rows, np.array([*(coefficients for _, coefficients in words), weights().bias])


def chances(spans: Sequence[Sentence]) -> tuple[dict[str, float], ...]:
    """How likely each role is for each sentence of one text; the chances of a sentence sum to 1."""
    if not spans:
        return ()
    rows, table = _table()
    texts = [span.text for span in spans]
    known = [[*sorted(map(rows.__getitem__, rows.keys() & names)), -1] for names in features(texts)]
    starts = [0, *accumulate(map(len, known[:-1]))]
    scores = np.add.reduceat(table[list(chain.from_iterable(known))], starts, axis=0)
    powers = np.exp(scores - scores.max(1, keepdims=True))
    shares = powers / powers.sum(1, keepdims=True)
    return tuple(dict(zip(ROLES, share, strict=True)) for share in shares.tolist())


def features(texts: Sequence[str]) -> Iterator[set[str]]:
    """The features of each sentence of one text, as names."""
    before: tuple[str, ...] = ()
    offers = [bool(OFFERED.search(text)) for text in texts]
    offered, late = False, any(offers[1:])
    for number, text in enumerate(texts):
        tokens = [
            _shape(token) if token[0].isdigit() else token
            for token in _TOKEN.findall(text.lower())[:_MOST_TOKENS]
        ]
        names = {*tokens, *map(" ".join, pairwise(tokens))}
        names.update(f"^{token}" for token in tokens[:3])
        names.add("^" + " ".join(tokens[:2]))
        names.add(f"@{min(4, 5 * number // max(1, len(texts)))}")
        names.add("@first" if number == 0 else "@last" if number == len(texts) - 1 else "@inner")
        place = "after" if offered or not late else "before"
        names.add(f"@{place}")
        names.update(f"@{place} ^{token}" for token in tokens[:1])
        signs = _found_signs(text)
        names.update(_signs(signs, before))
        offered = offered or offers[number]
        before = signs
        yield names


_WORD_SIGNS = WordSigns(
    {
        "own": r"\b(?:we|our|ours)\b",
        "others": r"\b(?:existing|previous|prior|current|traditional|conventional|recent)\b",
        "denial": r"\b(?:not|no|lacks?|fails?|struggles?|limited|cannot|remains?|suffers?|hinders?)\b",
        "shown": r"\b(?:show|demonstrat|reveal|indicat|suggest|confirm|find|found|observ|prov)\w*\b",
        "measured": r"\d\\?%|\d\.\d|\b(?:outperform|surpass|exceed|superior|state-of-the-art)\w*",
        "tried": r"\b(?:experiment|evaluat|result|validat|benchmark)\w*\b",
        "made": r"\b(?:propos|introduc|present|develop|design|devis|construct|collect|build|train)\w*\b",
        "may": r"\b(?:can|may|could|will|would|should|hope|potential|future)\b",
        " be": r"\b(?:is|are|was|were)\b",
        " this": r"\b(?:this|the)\b",
    }
)
_OWN = filtered(r"\b(?:this (?:paper|work|study|research)|the proposed)\b", re.IGNORECASE)
_DONE = re.compile(r"\b(?:is|are|was|were) (?:\w+ly )?\w+(?:ed|own|ilt)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\d\s\\?%")
_CONTRAST = re.compile(
    r"(?:however|although|despite|while|yet|but|unlike|in contrast|nevertheless)\b", re.IGNORECASE
)
_SIGNS = ("own", "others", "contrast", "denial", "shown", "measured", "tried", "made", "done", "may")


def _found_signs(text: str) -> tuple[str, ...]:
    """The signs of a sentence in the order of `_SIGNS`: those of single words, then those of several."""
    signs = set(_WORD_SIGNS.of(text))
    if "own" not in signs and " this" in signs and _OWN.search(text):
        signs.add("own")
    if " be" in signs and _DONE.search(text):
        signs.add("done")
    if "measured" not in signs and "%" in text and _PERCENT.search(text):
        signs.add("measured")
    if _CONTRAST.match(text):
        signs.add("contrast")
    return tuple(name for name in _SIGNS if name in signs)


def _signs(signs: Sequence[str], before: Sequence[str]) -> Iterator[str]:
    """The features of a sentence: its signs, whose work it tells of, and the signs of the one before."""
    whose = "own" if "own" in signs else "others" if "others" in signs else "nobody"
    for name in signs:
        yield f"~{name}"
        yield f"~{whose} {name}"
    yield f"~{whose}"
    for name in before:
        yield f"~after {name}"


def releases(text: str) -> bool:
    """Whether a sentence tells of code or data, whatever else it hopes of them."""
    return bool(_RELEASES.search(text))


def _shape(token: str) -> str:
    """A number as any other."""
    return "0%" if token.endswith("%") else "0"


NAME = "extractive"
_ORDER: tuple[Part, ...] = ("gist", "theme", "finding", "impact", "outlook")
_ROLES: tuple[tuple[Part, Role], ...] = (("finding", "finding"), ("impact", "impact"), ("outlook", "outlook"))
_SURE_OF_ROLE: dict[Role, float] = {  # how likely a sentence's role must be, by cross-validation in training
    "finding": 0.8, "impact": 0.5, "outlook": 0.5,
}  # fmt: skip
_SOUGHT: frozenset[Role] = frozenset(role for _, role in _ROLES)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How much to take.

    keywords: keywords named per section.
    """

    keywords: int = 5


class Extractive:
    """Implements `ports.Writer` with quotations only."""

    concurrency = 1

    def __init__(self, options: Options, language: str, taxonomy: Taxonomy | None = None) -> None:
        self._options = options
        self._language = language
        self._categories = taxonomy.category if taxonomy else ()
        self.author = Author(name=NAME, version=daybrief.__version__)

    def read(self, ranked: Ranked) -> Attempt:
        """Gives at most four sentences of one story, each in its part; a title stands for a missing text.

        A sentence or title that holds an address or a link is left where it is.
        """
        item = worth_reading(ranked.story.items)
        if item is None:
            return Attempt(claims=self._of_title(ranked, ranked.story.lead))
        parts = _parts(item)
        extracts = [_sentence_claim(ranked, item, part, parts[part]) for part in _ORDER if part in parts]
        further = _of_whole(ranked, item, frozenset(_ORDER) - parts.keys())
        claims = (*self._gist(ranked, item), *extracts, *further)
        if not claims and not leads_away(item.title):
            claims = (_title_claim(ranked, item),)
        return Attempt(claims=claims)

    def _of_title(self, ranked: Ranked, lead: Item) -> tuple[Claim, ...]:
        """The claims about a story listed by its title alone: the article's own words, or the title."""
        if article := _passages(lead, "article"):
            inner = _as_text(lead, article[0])
            parts = _parts(inner)
            extracts = (_sentence_claim(ranked, inner, part, parts[part]) for part in _ORDER if part in parts)
            claims = (*self._gist(ranked, inner), *extracts)
            if claims:
                return tuple(_placed(claim, article[0]) for claim in claims)
        return () if leads_away(lead.title) else (*self._gist(ranked, lead), _title_claim(ranked, lead))

    def synthesise(self, reading: Reading) -> Attempt:
        """Returns the gists, then what the stories share, then the other parts; stories are in rank order."""
        by_part = {part: [c for c in reading.claims if c.part == part] for part in _ORDER}
        shared = (
            synthesis(reading, self._category(reading.category), self._language) if reading.claims else ()
        )
        themes = " ".join(claim.text for claim in shared)
        words = tuple(self._keywords(reading.ranked, reading.trends, themes))
        after = (*by_part["finding"], *by_part["impact"], *by_part["outlook"])
        return Attempt(claims=(*by_part["gist"], *shared, *by_part["theme"], *words, *after))

    def _category(self, category: str) -> Category | None:
        return next((each for each in self._categories if each.id == category), None)

    def _gist(self, ranked: Ranked, item: Item) -> tuple[Claim, ...]:
        """The gist; a figure of the paper's own result, where no sentence has a number, stands last."""
        claims = gist(item, ranked.story.id, self._language)
        of_gist = [claim for claim in claims if claim.part == "gist"]
        if item.kind != "paper" or not of_gist or any(map(tells_figure, of_gist)):
            return claims
        figure = figure_of(item, ranked.story.id, self._language, after=of_gist[-1].text)
        return (*of_gist, figure, *claims[len(of_gist) :]) if figure else claims

    def _keywords(self, ranked: Sequence[Ranked], trends: Trends, themes: str) -> Iterator[Claim]:
        """A claim for each term that several new stories speak of, but for those that `themes` name."""
        new = [r for r in ranked if not r.story.continues]
        items = [worth_reading(r.story.items) or r.story.lead for r in new]
        holders = shared_terms(tuple((item.title, item.text) for item in items))
        usual = trends.usual(holders)
        titled = Counter(word for item in items for word in keywords(item.title) if word in holders)
        today = {word: len(at) for word, at in holders.items() if trends.rises(word, titled[word])}
        for word in telling(today, usual, self._options.keywords):
            claim = self._keyword_claim(word, [(new[at], items[at]) for at in holders[word]])
            if claim.text[: claim.text.index("’") + 1].casefold() not in themes.casefold():
                yield claim

    def _keyword_claim(self, word: str, holders: Sequence[tuple[Ranked, Item]]) -> Claim:
        places = ((item, occurrence(word, item.title)) for _, item in holders)
        titled = [quote for item, span in places if (quote := _title_quote(item, span))]
        quotes = (*titled, *(quote for _, item in holders if (quote := _place_of(word, item))))
        term = quoted_term(titled[0].text if titled else word, self._language)  # as the title has it
        text = phrase(self._language, "keyword.first", word=term, today=len(holders))
        stories = tuple(r.story.id for r, _ in holders)
        return Claim(text=text, part="keyword", quotes=quotes, stories=stories, language=self._language)


def _place_of(word: str, item: Item) -> Quote | None:
    """The first sentence that holds a keyword that the title does not."""
    if occurrence(word, item.title):
        return None
    holding = (span for span in sentences(item.text)[:MOST_SENTENCES] if occurrence(word, span.text))
    span = next(holding, None)
    if span is None:
        return None
    return Quote(item_key=item.key, source=item.source, start=span.start, end=span.end, text=span.text)


# ── the gist ────────────────────────────────────────────────────────────────────────────────────────

_LEAST_OWN = 0.3  # of the letters: names and terms stay Latin, and a sentence of them alone is none
_NEGATION = filtered(
    either(
        words(lambda rules: rules.denial.negation), languages.parts(lambda rules: rules.denial.negation_parts)
    ),
    re.I,
)
_ALIKE = 0.65  # of a sentence, with which another begins that says the same
_PLENTY = 24  # characters from which a first sentence tells enough


def gist(item: Item, story: str, language: str) -> tuple[Claim, ...]:
    """The gist of one item as claims about a story; () in a language without a teller."""
    own = item.language or language_of(f"{item.title} {item.text}")
    if own == language != SOURCE:
        return tuple(_verbatim(item, story, language))
    target = language_or_source(language)
    teller = target.teller()
    if own != SOURCE or teller is None:
        return ()
    filled, tellable = slots(item), partial(_told, item=item, language=target, teller=teller)
    gist_slots = tuple(_sentences(filled, tellable))
    if language == SOURCE and all(isinstance(slot.fact, ReleaseFact) for slot, _ in gist_slots):
        gist_slots = ()  # the source's own sentence tells more
    slots_by_part: tuple[tuple[Part, Iterable[tuple[Slot, str]]], ...] = (
        ("gist", gist_slots),
        ("impact", islice(tellable(filled.impacts), 1)),
        ("outlook", islice(tellable(filled.outlooks), 1)),
    )
    return tuple(
        _claim(item, story, language, slot, text, part)
        for part, slots_of_part in slots_by_part
        for slot, text in slots_of_part
    )


_Tellable = Callable[[Iterable[Slot]], Iterator[tuple[Slot, str]]]  # the candidates that can be told, and how


def _says_it_whole(slot: Slot, text: str, quoted: str, language: Language) -> bool:
    """Whether it is in the language and denies as often as its source: a lost "without" may turn it round.

    What only names a topic asserts nothing that could be turned.
    """
    news = isinstance(slot.fact, HeadlineFact)
    names = news or (isinstance(slot.fact, TopicFact) and not slot.fact.paper)  # are most of what it says
    if language.must_prevail and not names and own_share(text, language.code) < _LEAST_OWN:
        return False
    fact = slot.fact
    if isinstance(fact, TopicFact) or (isinstance(fact, NamedFact) and not fact.task):
        return True
    lost = len(_NEGATION.findall(quoted)) - len(_NEGATION.findall(text))
    if isinstance(fact, OfferFact | StudyFact) or (isinstance(fact, DeedFact) and not fact.measured):
        return lost >= 0  # what it is or does is told as far as it is understood, and no denial is
    return lost % 2 == 0


def _sentences(filled: Slots, tellable: _Tellable) -> Iterator[tuple[Slot, str]]:
    """Chooses at most one sentence of each sort, none twice."""
    used: set[tuple[int, int]] = set()
    subject = begun = ""
    data = False  # what was named last is a benchmark or data
    if opening := _opening(filled, tellable):
        used.add((opening[0].start, opening[0].end))
        subject, begun = _subject_of(opening[0].fact), opening[1]
        data = bool(role_of(opening[0].fact))
        yield opening
    others = (s for s in filled.offers if not subject or _subject_of(s.fact) != subject)
    further = (*filled.deeds, *others, *filled.methods, *filled.studies)
    outcomes = (filled.results, filled.results, filled.findings, filled.findings)
    where = ""  # a result was found: that it was tried there, is said by then
    for sort in (further, further, *outcomes, filled.trials):
        if where and sort == filled.trials:
            continue
        following = _first((_following(slot, subject, data=data) for slot in sort), tellable, used)
        if following and _alike(following[1], begun):
            used.add((following[0].start, following[0].end))  # the title says the same
            following = _first((_following(slot, subject, data=data) for slot in sort), tellable, used)
        if following:
            used.add((following[0].start, following[0].end))
            subject = _subject_of(following[0].fact)
            if isinstance(following[0].fact, OfferFact | NamedFact | DeedFact):
                data = bool(role_of(following[0].fact))
            where = where or getattr(following[0].fact, "place", "")
            yield following
    if released := _first(filled.releases, tellable, used):
        yield released


def _alike(text: str, begun: str) -> bool:
    """Whether a sentence begins like the one before, or says hardly more than its last word besides."""
    stems = [word[: max(2, len(word) - 1)] for word in text.split()[:-1]]  # without a particle
    if stems and all(stem in begun for stem in stems):
        return True
    alike = sum(1 for _ in takewhile(lambda signs: signs[0] == signs[1], zip(text, begun, strict=False)))
    return alike >= _ALIKE * min(len(text), len(begun)) > 0


def _subject_of(fact: Fact) -> str:
    """The name of what a sentence is about; "" where it is about the authors or a subject matter."""
    if isinstance(fact, TopicFact):
        return fact.name or (fact.offered.name if fact.offered else "")
    return fact.name if isinstance(fact, OfferFact | NamedFact | DeedFact | ResultFact) else ""


def _following(slot: Slot, subject: str, *, data: bool) -> Slot:
    """The slot, marked where the sentence before it is about the same name, or about data."""
    fact = slot.fact
    if data and isinstance(fact, ResultFact) and not fact.name and fact.kind not in {"benchmark", "dataset"}:
        return msgspec.structs.replace(slot, fact=msgspec.structs.replace(fact, after_data=True))
    if not subject or not isinstance(fact, DeedFact | ResultFact) or fact.name != subject:
        return slot
    return msgspec.structs.replace(slot, fact=msgspec.structs.replace(fact, again=True))


def _opening(filled: Slots, tellable: _Tellable) -> tuple[Slot, str] | None:
    """The first sentence of a gist: the first long enough offer or study, else the longest of all."""
    if done := next(tellable(filled.news[:1]), None):
        return done  # who did what, be it ever so short
    sentences = []
    for sentence in tellable((*filled.offers, *filled.studies)):
        if len(sentence[1]) >= _PLENTY and not sentence[0].further:
            return sentence
        sentences.append(sentence)
    if done := next(tellable(filled.news[1:]), None):
        return done
    topics = (*(each for each in sentences if not each[0].further), *tellable(filled.topics))
    fullest = max(topics or sentences, key=lambda sentence: len(sentence[1]), default=None)
    fullest = fullest or next(tellable(filled.hints), None)
    return fullest and next(tellable(_wider(fullest[0])), fullest)


def _wider(slot: Slot) -> Iterator[Slot]:
    """The slot of a subject, to be told with one more term of its title."""
    if isinstance(slot.fact, TopicFact) and slot.fact.paper and (slot.title or slot.beside):
        yield msgspec.structs.replace(slot, fact=msgspec.structs.replace(slot.fact, wide=True))


def _first(
    candidates: Iterable[Slot], tellable: _Tellable, used: set[tuple[int, int]]
) -> tuple[Slot, str] | None:
    return next(tellable(slot for slot in candidates if (slot.start, slot.end) not in used), None)


def _told(
    candidates: Iterable[Slot], *, item: Item, language: Language, teller: Teller
) -> Iterator[tuple[Slot, str]]:
    """The candidates that the teller can tell and that say it whole, each with its sentence."""
    for slot in candidates:
        text = teller.tell(slot.fact)
        if text and len(text) <= teller.longest and _says_it_whole(slot, text, _quoted(item, slot), language):
            yield slot, text


def _quoted(item: Item, slot: Slot) -> str:
    """The words of the item that a slot was made from."""
    words_ = (item.title if slot.title else item.text)[slot.start : slot.end]
    return f"{words_} {item.title[slice(*slot.beside)]}" if slot.beside else words_


def _claim(item: Item, story: str, language: str, slot: Slot, text: str, part: Part = "gist") -> Claim:
    source = item.title if slot.title else item.text
    quote = Quote(
        item_key=item.key,
        source=item.source,
        start=slot.start,
        end=slot.end,
        text=source[slot.start : slot.end],
        field="title" if slot.title else "text",
    )
    quotes: tuple[Quote, ...] = (quote,)
    if slot.beside:
        start, end = slot.beside
        title = Quote(
            item_key=item.key,
            source=item.source,
            start=start,
            end=end,
            text=item.title[start:end],
            field="title",
        )
        quotes = (quote, title)
    return Claim(text=text, part=part, quotes=quotes, stories=(story,), language=language)


def _verbatim(item: Item, story: str, language: str) -> Iterator[Claim]:
    for run in choose(item.title, item.text, most=1, language=language):
        if not leads_away(run.text):
            quote = Quote(item_key=item.key, source=item.source, start=run.start, end=run.end, text=run.text)
            yield Claim(text=run.text, part="gist", quotes=(quote,), stories=(story,), language=language)


# ── from the abstract ───────────────────────────────────────────────────────────────────────────────


_OWN_MACRO = re.compile(
    r"\\(?:ours?|method|name|model|sys|system|tool|dataset|bench)\b"
)  # a name left in TeX
_CUT_OFF = re.compile(r"(?:\.\.\.|…|\[(?:…|\.{3})\])$")  # where a feed ends, not the sentence
_ONLY_HOPES = re.compile(r"We (?:hope|believe|envision|anticipate)\b")  # it tells nothing of the work


def _parts(item: Item) -> dict[Part, Sentence]:
    """Give each part of an item one sentence; no sentence twice, and no part without one."""
    language = item.language or language_of(item.text)
    spans = sentences(item.text)[:MOST_SENTENCES]
    printable = [
        number
        for number, sentence in enumerate(spans)
        if not leads_away(sentence.text)
        and not _OWN_MACRO.search(sentence.text)
        and not _CUT_OFF.search(sentence.text)
        and not _ONLY_HOPES.match(sentence.text)
    ]
    likely = chances(spans) if item.kind == "paper" and language == SOURCE else ()
    theme = _theme(item, spans, _of_work(printable, likely), language)
    parts: dict[Part, Sentence] = {"theme": theme} if theme else {}
    served = _surely(likely, spans) if likely else roles(spans)
    useful = [number for number in printable if served[number] & _SOUGHT]
    best_first = useful
    if any(sum(role in served[number] for number in useful) > 1 for role in _SOUGHT):
        scores = dict(zip(useful, rank(item.title, spans, language=language, only=useful), strict=True))
        best_first = sorted(useful, key=lambda number: -scores[number])
    for part, role in _ROLES:
        for number in best_first:
            if role in served[number] and not any(_overlap(spans[number], s) for s in parts.values()):
                parts[part] = spans[number]
                break
    return parts


# ── from the whole text ─────────────────────────────────────────────────────────────────────────────

_LIMIT = filtered(
    r"\blimit(?:ed|ation|ations|s)?\b|\bonly\b|\bnot\b|\bcannot\b|\bfuture\b|\bremains?\b|\bhowever\b|\brequires?\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"(?:this|these|those|it|they|such|that|here|first|second|third|also|moreover)\b", re.IGNORECASE
)
_SHORTEST, _LONGEST = 50, 320  # characters of a sentence on limits
_CLOSING: frozenset[Part] = frozenset({"finding", "impact", "outlook"})


def _of_whole(ranked: Ranked, item: Item, missing: Set[Part]) -> Iterator[Claim]:
    """A sentence for each part that the abstract lacks, from the sections that are about it."""
    if "outlook" in missing:
        for passage in _passages(item, "limitations"):
            if sentence := _limit(sentences(passage.text)):
                inner = _as_text(item, passage)
                yield _placed(_sentence_claim(ranked, inner, "outlook", sentence), passage)
                missing = missing - {"outlook"}
                break
    for passage in _passages(item, "conclusion", "article")[:1]:
        inner = _as_text(item, passage)
        parts = _parts(inner)
        for part in _ORDER:
            if part in parts and part in missing & _CLOSING:
                yield _placed(_sentence_claim(ranked, inner, part, parts[part]), passage)


def _limit(spans: Sequence[Sentence]) -> Sentence | None:
    """The first sentence that names a limit and stands on its own; None where there is none."""
    for span in spans[:MOST_SENTENCES]:
        fits = _SHORTEST <= len(span.text) <= _LONGEST and not leads_away(span.text)
        if fits and _LIMIT.search(span.text) and not _LEANS.match(span.text):
            return span
    return None


def _passages(item: Item, *roles: WholeRole) -> tuple[TextPassage, ...]:
    return item.full.of(*roles) if item.full else ()


def _as_text(item: Item, passage: TextPassage) -> Item:
    """The item as if its source had listed the passage, to be read like any other."""
    return msgspec.structs.replace(item, text=passage.text, whole=msgspec.UNSET)


def _placed(claim: Claim, passage: TextPassage) -> Claim:
    """The claim with its quotations at their place in the whole text."""
    quotes = (
        msgspec.structs.replace(quote, field="whole", section=passage.title)
        if quote.field == "text"
        else quote
        for quote in claim.quotes
    )
    return msgspec.structs.replace(claim, quotes=tuple(quotes))


def printed_roles(spans: Sequence[Sentence]) -> tuple[frozenset[Role], ...]:
    """The parts that each sentence of an English abstract is surely one of."""
    return _surely(chances(spans), spans)


def _surely(likely: Sequence[Mapping[str, float]], spans: Sequence[Sentence]) -> tuple[frozenset[Role], ...]:
    return tuple(
        frozenset(
            role for role, sure in _SURE_OF_ROLE.items() if chance[role] >= sure and not releases(span.text)
        )
        for chance, span in zip(likely, spans, strict=True)
    )


_SURE_OF_FIELD = 0.6  # how likely a sentence is only about a paper's field, not about the paper


def _of_work(printable: Sequence[int], likely: Sequence[Mapping[str, float]]) -> Sequence[int]:
    """The sentences that are not surely about a paper's field alone, where that is known."""
    return [n for n in printable if not likely or likely[n]["background"] < _SURE_OF_FIELD]


def _theme(item: Item, spans: Sequence[Sentence], printable: Sequence[int], language: str) -> Sentence | None:
    """The sentence that says what it is; the best of the printable ones where it is none of them."""
    chosen = choose(item.title, item.text, most=1, language=language)
    best = whole(chosen[0], spans) if chosen else None
    if best is None or any(spans[number] == best for number in printable):
        return best
    scores = rank(item.title, spans, language=language, only=printable)
    return spans[max(zip(scores, printable, strict=True), key=lambda pair: pair[0])[1]] if scores else None


def _overlap(first: Sentence, second: Sentence) -> bool:
    return first.start < second.end and second.start < first.end


def _sentence_claim(ranked: Ranked, item: Item, part: Part, whole: Sentence) -> Claim:
    sentence = _behind_title(item, unnumbered(whole))
    quote = Quote(
        item_key=item.key, source=item.source, start=sentence.start, end=sentence.end, text=sentence.text
    )
    language = item.language or language_of(sentence.text)
    return Claim(
        text=sentence.text, part=part, quotes=(quote,), stories=(ranked.story.id,), language=language
    )


def _behind_title(item: Item, sentence: Sentence) -> Sentence:
    """The sentence without the title, where the text repeats that without a full stop."""
    title = item.title.strip()
    rest = sentence.text.removeprefix(title).lstrip(" :–—-")
    if not title or sentence.start or rest == sentence.text or len(rest) < _SHORTEST or rest[0].islower():
        return sentence
    return Sentence(start=sentence.end - len(rest), end=sentence.end, text=rest)


def _title_claim(ranked: Ranked, item: Item) -> Claim:
    quote = _title_quote(item, (0, len(item.title)))
    language = item.language or language_of(item.title)
    return Claim(
        text=item.title,
        part="theme",
        quotes=(quote,) if quote else (),
        stories=(ranked.story.id,),
        language=language,
    )


def _title_quote(item: Item, span: tuple[int, int] | None) -> Quote | None:
    if span is None or not item.title:
        return None
    start, end = span
    text = item.title[start:end]
    return Quote(item_key=item.key, source=item.source, start=start, end=end, text=text, field="title")


def make(options: Options, tools: Tools) -> Extractive:
    """The writer, for headings in the tools' language."""
    return Extractive(options, tools.language, tools.taxonomy)
