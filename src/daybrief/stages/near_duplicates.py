"""Finds pages that tell the same in different words, or tell of one event, on one day or over days.

    pages → pairs told alike                                                           one story
    pages → pairs that name the same → rules: what each tells of the other → groups     one event
    headlines without a text → pairs with a term in common → a model's probability → groups

Conservative on purpose: two stories told as one hide one of them, while one told as two merely costs a
line. Both kinds of error are measured in `benchmarks/dedupe.py`, `benchmarks/merges.py` and
`benchmarks/events.py`.

Phrasing is no evidence of an event ("I built", "don't"). Two pages tell one event when a name or number
stands in the headline of one and in the other, and when each tells a share of the other's headline. What is
said of the names must be shared as well: who did what, and how much. Vendors' pages name one product and say
different things of it, so a name alone joins only what appeared within hours, or in another script. What
compares or explains an event is not the event.

Two headlines without a text tell one event when a small model finds it likely (`stages/headlines.py`). A
group holds together: a page joins when it fits half of those already there. Such a group stands as one card
with each outlet's headline and link.
"""

from __future__ import annotations

import html
import math
import operator
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence, Set
from datetime import UTC, datetime, time
from functools import cache, lru_cache
from itertools import combinations, islice

import msgspec
from rapidfuzz import fuzz

from daybrief.languages import parts
from daybrief.model import Item, ItemKind, Remembered
from daybrief.stages.headlines import (
    MOST_HOLDERS,
    MOST_TITLE,
    TAIL,
    WIDE,
    BareHeadline,
    headline,
    headline_model,
    headline_terms,
    likely,
)

_MAX_TITLE = 400  # characters of a title that are looked at; longer ones are spam
_MAX_TEXT = 1_500  # characters of a text: the opening tells what it is about
_REMEMBERED = 16_384  # titles: those of the last weeks are compared every day
_WINDOW = 24  # neighbours each text is compared with among those that share a rare word

_CJK = "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_WORD = re.compile(rf"[{_CJK}]+|(?:(?![{_CJK}])\w)+(?:\.\d+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_LEAD = re.compile(
    rf"\A(?:(?:show|ask|tell|launch) hn|breaking|exclusive|{parts(lambda rules: rules.reading.news_lead)})"
    r"\s*[:\-–—]\s*|\A\[[^\]]{1,12}\]\s*"
)
_OWN = re.compile(r"\s*(?:show|ask|tell|launch) hn\b", re.I)
_PART = re.compile(r"\bpart (\d+|[ivx]+|one|two|three|four|five|six|seven|eight|nine|ten)\b")
_LATEX = re.compile(r"\\(?:text\w*|math\w*|emph|it|bf|rm)\b|[\\${}^_`*]")
_MONTHS = frozenset(
    "january february march april june july august september october november december".split()
)  # not May, which is rarely the month
_GREEK = {c: unicodedata.name(chr(c)).rpartition(" ")[2].lower() for c in range(0x3B1, 0x3CA) if c != 0x3C2}


def plain(text: str) -> str:
    """Lower-case text in one Unicode spelling, without accents, entities or LaTeX; π is pi."""
    folded = unicodedata.normalize("NFKD", html.unescape(text)).casefold()
    bare = "".join(c for c in folded if not "\u0300" <= c <= "\u036f")
    return _LATEX.sub("", unicodedata.normalize("NFKC", bare).translate(_GREEK))


def words(text: str) -> tuple[str, ...]:
    """Latin words and numbers (`4.5` is one), and each East Asian run whole, in order."""
    return tuple(_WORD.findall(plain(text)))


@lru_cache(maxsize=_REMEMBERED)
def normal_title(title: str) -> str:
    """The words of a title in one spelling; two titles that differ in dress alone become equal.

    `Show HN:`, `[Breaking]`, a closing `[pdf]` or `(2023)` are dress; a number within the title is not.
    """
    bare = plain(title[:_MAX_TITLE]).strip()
    for dress in (_LEAD, TAIL, TAIL):
        bare = dress.sub("", bare)
    return " ".join(_WORD.findall(bare))


@lru_cache(maxsize=_REMEMBERED)
def specific(title: str, least: int = 4) -> bool:
    """Whether a normalised title says enough to be told from others; two East Asian characters are a word."""
    cjk = len(_IS_CJK.findall(title))
    latin = sum(1 for word in title.split() if not _IS_CJK.match(word))
    return latin + cjk / 2 >= least


@lru_cache(maxsize=_REMEMBERED)
def _title_terms(title: str) -> frozenset[str]:
    return terms(title)


def terms(text: str) -> frozenset[str]:
    """Return the terms a text is compared by: words, and pairs of neighbouring East Asian characters."""
    stems: set[str] = set()
    for word in words(text[:_MAX_TEXT]):
        if _IS_CJK.match(word) and len(word) > 2:
            stems.update(word[i : i + 2] for i in range(len(word) - 1))
        else:
            stems.add(word)
    return frozenset(stems)


def numbers_clash(first: str, second: str) -> bool:
    """Whether each of two normalised titles has a number or month the other lacks (M2.5, M2.7)."""
    a, b = _counted(first), _counted(second)
    return bool(a - b) and bool(b - a)


def parts_clash(first: str, second: str) -> bool:
    """Whether two normalised titles name different parts of a series, or one of them alone names a part."""
    return _PART.findall(first) != _PART.findall(second)


def _counted(title: str) -> set[str]:
    return {word for word in title.split() if word in _MONTHS or any(c.isdigit() for c in word)}


def alike(first: str, second: str) -> float:
    """Measure how alike two normalised titles are letter by letter, 0..1 (normalised InDel similarity)."""
    return fuzz.ratio(first, second) / 100


def shingles(text: str, size: int = 4) -> frozenset[tuple[str, ...]]:
    """The runs of `size` neighbouring words of a text's opening."""
    text_words = words(text[:_MAX_TEXT])
    return frozenset(text_words[i : i + size] for i in range(len(text_words) - size + 1))


def contained(first: str, second: str) -> float:
    """Return the share of the shorter text's shingles that the longer has, 0..1; 0 when either has none."""
    a, b = shingles(first), shingles(second)
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


class Corpus:
    """Documents as sets of terms, each term weighted by its rarity: ln(1 + N / documents that hold it)."""

    def __init__(self, documents: Sequence[frozenset[str]]) -> None:
        self.documents = documents
        self.count = Counter(term for document in documents for term in document)
        self.weight = {term: math.log(1 + len(documents) / n) for term, n in self.count.items()}
        self._length = [self._squares(document) for document in documents]

    def cosine(self, i: int, j: int) -> float:
        """Weighted overlap of two documents, 0..1."""
        both = self._squares(self.documents[i] & self.documents[j])
        return both / math.sqrt(self._length[i] * self._length[j]) if both else 0.0

    def candidates(
        self,
        least: float,
        *,
        most: int | None = None,
        common: int = 1,
        of: Sequence[Set[int]] = (),
    ) -> Iterator[tuple[int, int]]:
        """Pairs i < j that may have `cosine(i, j) >= least`, each once, without comparing all with all.

        Two such documents share one of the rarest terms of each: those whose removal leaves less than
        `least` of its length (prefix filtering; Bayardo, Ma, Srikant, WWW 2007). A term of more than a
        window of documents only pairs neighbours in the given order, so n documents of k terms cost at most
        n·k·window steps: give them sorted by title. For long texts `most` bounds k, and `common` is how
        many of those terms must be shared before a pair is suspected. With `of` only pairs count that hold a
        document of each of these collections; what holds none of their terms costs nearly nothing.
        """
        prefix = cache(lambda number: tuple(islice(self._prefix(number, least), most)))
        named = [frozenset(term for number in some for term in prefix(number)) for some in of]
        terms = frozenset.intersection(*named) if of else self.count.keys()
        holders: dict[str, list[int]] = {}
        for number, document in enumerate(self.documents):
            if not terms.isdisjoint(document):
                for term in terms & set(prefix(number)):
                    holders.setdefault(term, []).append(number)
        met: Counter[tuple[int, int]] = Counter()
        for _, documents in sorted(holders.items()):
            for place, i in enumerate(documents):
                for j in documents[place + 1 : place + 1 + _WINDOW]:
                    if all(i in some or j in some for some in of):
                        met[i, j] += 1
                        if met[i, j] == common:
                            yield i, j

    def _prefix(self, number: int, least: float) -> Iterator[str]:
        left = self._length[number]
        floor = left * least * least
        for term in sorted(self.documents[number], key=lambda t: (-self.weight[t], t)):
            if left < floor:
                return
            if self.count[term] > 1:  # a term of one document pairs nobody
                yield term
            left -= self.weight[term] ** 2

    def _squares(self, document: frozenset[str]) -> float:
        """The squared length as a vector; summed exactly, so that set order cannot matter."""
        return math.fsum(self.weight[t] ** 2 for t in document)


_TITLE = 0.8  # weighted overlap of two headlines that is enough by itself
_TITLE_LATER = 0.85  # the same against an earlier day, where a sequel is likelier
_PAPER_ALIKE = 0.9  # letters of two titles of papers, when their abstracts agree
_CONFIRMED = 0.4  # share of shingles that confirms nearly equal titles
_RENAMED = 0.8  # share of an abstract's shingles that tells a renamed paper
_CORPUS = 100  # pages below which a word's rarity says nothing, so that no news are joined by it
_SUSPECT = 0.1  # overlap of two texts below which nobody looks closer
_RARE_TERMS = 14


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An item of today or a remembered story, reduced to what identity rests on."""

    keys: tuple[str, ...]
    arxiv: str
    kind: ItemKind
    title: str  # normalised
    item: Item | None = None
    memory: Remembered | None = None

    @property
    def own_work(self) -> bool:
        """Whether it is somebody's own: two readers who built or ask the like are two stories."""
        raw = self.item.title if self.item else self.memory.title if self.memory else ""
        return bool(_OWN.match(raw))

    @property
    def text(self) -> str:
        """The abstract or snippet; memory keeps none."""
        return self.item.text if self.item else ""


def _terms_of(page: Candidate) -> frozenset[str]:
    text = page.text
    return terms(f"{page.title} {text}") if text else _title_terms(page.title)


def near_duplicates(pages: Sequence[Candidate]) -> Iterator[tuple[float, int, int]]:
    """Pairs of pages (by number) that are one story, with how sure that is (0..1)."""
    order = sorted(range(len(pages)), key=lambda n: (pages[n].title, n))
    members = [pages[n] for n in order]
    # Two that were printed, or two arXiv ids, are never one story (`_open`): each pair has one of both kinds.
    of = (
        {n for n, page in enumerate(members) if not page.memory},
        {n for n, page in enumerate(members) if not page.arxiv},
    )
    if not all(of):
        return
    titles = Corpus([_title_terms(page.title) for page in members])
    bodies = Corpus(list(map(_terms_of, members)))  # of papers; news have `events`
    telling = len(pages) >= _CORPUS
    for i, j in titles.candidates(_TITLE, of=of):
        first, second = members[i], members[j]
        if _open(first, second, telling) and (score := _same_title(first, second, titles.cosine(i, j))):
            yield score, order[i], order[j]
    for i, j in bodies.candidates(_SUSPECT, most=_RARE_TERMS, common=2, of=of):
        if _open(members[i], members[j], telling) and (score := _same_text(members, i, j)):
            yield score, order[i], order[j]


def _open(first: Candidate, second: Candidate, telling: bool) -> bool:
    """Whether likeness may decide: same kind, not two papers with ids, not two memories, no other number."""
    if first.kind != second.kind or (first.arxiv and second.arxiv) or (first.memory and second.memory):
        return False
    if first.kind == "news" and not telling:
        return False
    if first.own_work or second.own_work or parts_clash(first.title, second.title):
        return False
    if first.kind == "news" and _follows(first) != _follows(second):
        return False
    return not numbers_clash(first.title, second.title)


def _same_title(first: Candidate, second: Candidate, overlap: float) -> float:
    if not (specific(first.title) and specific(second.title)):
        return 0.0
    if first.kind == "paper":
        close = alike(first.title, second.title)
        return close if close >= _PAPER_ALIKE and contained(first.text, second.text) >= _CONFIRMED else 0.0
    return overlap if overlap >= (_TITLE_LATER if first.memory or second.memory else _TITLE) else 0.0


def _same_text(pages: Sequence[Candidate], i: int, j: int) -> float:
    """The likeness of two papers' texts under different titles; 0 for news, which `events` compares."""
    first, second = pages[i], pages[j]
    if first.kind != "paper":
        return 0.0
    containment = contained(first.text, second.text)
    return containment if containment >= _RENAMED else 0.0


_LEAST_PAGES = 100  # below, the rarity of a word says nothing
_MOST_TEXT = 700  # characters; the opening tells the event
_NEAR_HOURS = 36.0
_SURE = 0.55  # how much two pages must share to be one event
_LIKELY = 0.45  # the same of headlines without a text, as the model of headlines finds it
_ANNOUNCED = 0.56  # what is told at once is joined before what is told days later
_FITS = 0.7  # of that: enough within a group that holds together otherwise
_HOLDS = 0.5  # of the pairs between two groups: they are one
_HEADLINE = 0.15  # of each headline, by weight, the other page must tell
_SAME_HEADLINE = 0.7  # from here on nothing else needs to be shared
_NAMED = 0.4  # weight of the names that a headline shares
_SAID = 1.1  # weight of what is said of them
_AT_ONCE = (1.6, 6.0, 0.09)  # names' weight, hours, share of a headline: one announcement
_OTHER_SCRIPT = (1.5, 24.0, 0.4)  # names' weight, hours, share of a headline: only names can be shared
_OTHER_SCRIPT_SOON = (2.2, 12.0)  # names' weight, hours: so many names at once are one announcement
_HALF_TOLD = (0.3, 0.7)  # this share of each headline, then less needs to be said besides
_LATER_HOURS = 96.0  # a weekly letter tells it days later, with the same count of the same names:
_LATER = (0.4, 0.9, 1.3)  # share of both headlines, names' weight, weight of what is said
_ONE_LIST = (0.3, 2.2)  # of two sites by one list of links: share of each headline; weight of what is shared
_ONE_OUTLET_LONG = (0.3, 5.0)  # or this much of each headline, and of what is said
_ONE_OUTLET = 0.42  # the same of two pages of one outlet, which tells its own news once

_DERIVED = re.compile(parts(lambda rules: rules.reading.derived), re.I)
_SEQUEL = re.compile(r"\b(?:(?<!takes )another|second|third|an update on|(?<!in )response to|takes on)\b")
_Scores = dict[tuple[int, int], float]  # by numbers of pages


class _Page(msgspec.Struct, frozen=True):
    """The names and words of a page; it appeared `at` an instant in an `outlet`, `listed_by` a source."""

    title: frozenset[str]
    whole: frozenset[str]
    names: frozenset[str]
    at: datetime
    outlet: str
    listed_by: str
    wide: bool
    derived: bool
    headline: BareHeadline | None = None  # of a page without a text, in English


def events(pages: Sequence[Candidate]) -> Iterator[tuple[int, int]]:
    """Pairs of news pages (by number) that are one event; following them gives the groups.

    Undated pages, papers and pairs of remembered stories are left alone.
    """
    if len(pages) < _LEAST_PAGES:
        return
    read = {n: reading for n, page in enumerate(pages) if (reading := _read(page)) is not None}
    scores = _scores(pages, read)
    group = _groups(pages, read)
    bare = {n for n, page in read.items() if page.headline}
    sure = (
        (pair, score)
        for pair, score in scores.items()
        if score >= (_LIKELY if bare.issuperset(pair) else _SURE)
    )
    for (i, j), _ in sorted(sure, key=lambda scored: (-scored[1], scored[0])):
        least = _FITS * (_LIKELY if bare.issuperset((*group[i], *group[j])) else _SURE)
        if group[i] is not group[j] and _hold_together(group[i], group[j], scores, least):
            yield i, j
            group[i] += group[j]
            for member in group[j]:
                group[member] = group[i]


def _groups(pages: Sequence[Candidate], read: Collection[int]) -> dict[int, list[int]]:
    """The group of each page before any is joined: the headlines of one remembered story are together."""
    stories: dict[str, list[int]] = {}
    group: dict[int, list[int]] = {}
    for n in read:
        known = pages[n].memory
        group[n] = stories.setdefault(known.story, []) if known else []
        group[n].append(n)
    return group


def _scores(pages: Sequence[Candidate], read: dict[int, _Page]) -> _Scores:
    """How surely pairs of pages tell one event: by the model of headlines, or by rules what it cannot."""
    weight = _Rarity(read.values())
    bare = {
        n: page.headline
        for n, page in read.items()
        if page.headline and not (page.derived and page.headline.comments)
    }
    read = {n: page for n, page in read.items() if not page.derived}
    scores = {
        (i, j): _score(read[i], read[j], weight) for i, j in _suspects(read) if not (i in bare and j in bare)
    }
    scores.update(likely(bare, {n: known.story for n in bare if (known := pages[n].memory)}))
    return {(i, j): score for (i, j), score in scores.items() if score and _open_words(pages[i], pages[j])}


def _open_words(first: Candidate, second: Candidate) -> bool:
    """Whether the two may be one event: not two memories, not two parts of a series."""
    if first.memory and second.memory:
        return False
    if _follows(first) != _follows(second):
        return False
    return not parts_clash(first.title, second.title)


def _follows(page: Candidate) -> bool:
    """Whether a headline tells of another such event, or answers one that is told elsewhere."""
    return bool(_SEQUEL.search(page.title))


def _hold_together(ours: Sequence[int], theirs: Sequence[int], scores: _Scores, least: float) -> bool:
    """Whether of the pairs between two groups enough have at least such a score."""
    between = [scores.get((min(a, b), max(a, b)), 0.0) for a in ours for b in theirs]
    return sum(score >= least for score in between) >= _HOLDS * len(between)


def _suspects(read: dict[int, _Page]) -> Iterator[tuple[int, int]]:
    """Pairs with a name in common, each once."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, page in read.items():
        for name in page.names:
            holders[name].append(number)
    pairs = {
        pair
        for numbers in holders.values()
        if len(numbers) <= MOST_HOLDERS
        for pair in combinations(numbers, 2)
    }
    yield from sorted(pairs)


class _Rarity:
    """How rare a term is among the pages, 0..1."""

    def __init__(self, pages: Collection[_Page]) -> None:
        self._count = Counter(term for page in pages for term in page.whole)
        self._whole = math.log(len(pages) + 1)

    def of(self, term: str) -> float:
        return 1 - math.log(self._count[term]) / self._whole

    def sum(self, terms: frozenset[str]) -> float:
        """The weight of some terms; exact, so that the order of a set cannot matter."""
        return math.fsum(map(self.of, terms))

    def share(self, part: frozenset[str], whole: frozenset[str]) -> float:
        """The share of the part, by squared weight, that the whole holds."""
        squares = math.fsum(self.of(term) ** 2 for term in part)
        return math.fsum(self.of(term) ** 2 for term in part & whole) / squares if squares else 0.0


def _score(page: _Page, other: _Page, weight: _Rarity) -> float:
    """How surely two pages tell one event; 0 where nothing but a season's name is shared."""
    hours = abs((page.at - other.at).total_seconds()) / 3600
    if hours > _LATER_HOURS:
        return 0.0
    first, second = weight.share(page.title, other.whole), weight.share(other.title, page.whole)
    shared = page.whole & other.whole
    names = shared & (page.names | other.names)
    named = weight.sum(names & (page.title | other.title))
    wording = weight.sum(shared - names)
    same_outlet = page.outlet == other.outlet
    one_list = page.listed_by == other.listed_by and not same_outlet
    score = math.sqrt(first * second) + 0.1 * min(wording, 5) + 0.12 * min(named, 3) - 0.002 * hours
    least = min(first, second)
    if same_outlet and not _retold(least, wording):
        return 0.0
    if one_list and not (least >= _ONE_LIST[0] and named + wording >= _ONE_LIST[1]):
        return 0.0
    if hours > _NEAR_HOURS:
        counted = any(term.isdigit() for term in page.title & other.title)
        fits = all(map(operator.ge, (math.sqrt(first * second), named, wording), _LATER))
        return _SURE if counted and fits and not same_outlet else 0.0
    if least >= _HEADLINE and named >= _NAMED and _said_by_both(least, wording):
        return score
    if same_outlet or not _announced(page, other, hours, named, (first, second)):
        return 0.0
    return max(score, _ANNOUNCED)


def _said_by_both(least: float, wording: float) -> bool:
    """Whether enough is said of the names by both, or one headline is nearly the other."""
    part, words_of_it = _HALF_TOLD
    return wording >= _SAID or least >= _SAME_HEADLINE or (least >= part and wording >= words_of_it)


def _announced(page: _Page, other: _Page, hours: float, named: float, shares: tuple[float, float]) -> bool:
    """Whether the names of two pages alone tell one announcement; `shares` of each headline."""
    at_once, within, share = _AT_ONCE
    if named >= at_once and hours <= within and min(shares) >= share:
        return True
    if page.wide == other.wide:
        return False
    across, within, share = _OTHER_SCRIPT
    soon, at_most = _OTHER_SCRIPT_SOON
    return (named >= across and hours <= within and max(shares) >= share) or (
        named >= soon and hours <= at_most
    )


def _retold(least: float, wording: float) -> bool:
    """Whether two pages of one outlet, which tells its own news once, tell the same."""
    return least >= _ONE_OUTLET or (least >= _ONE_OUTLET_LONG[0] and wording >= _ONE_OUTLET_LONG[1])


def _read(page: Candidate) -> _Page | None:
    """A page as it is compared; None for a paper and for one without a date."""
    item, memory = page.item, page.memory
    if page.kind == "paper" or page.arxiv or page.own_work:
        return None
    if item is not None:
        title, text, outlet, listed_by = item.title, item.text, _outlet(item), item.source
        at, urls, lists = item.published, [item.url], [item.source]
    elif memory is not None:
        title, text, outlet, listed_by = memory.title, "", "", ""
        at = datetime.combine(memory.last_seen, time(12), tzinfo=UTC)
        urls, lists = _addresses(memory), [*memory.sources]
    if at is None:
        return None
    head, body = tuple(headline_terms(title[:MOST_TITLE])), tuple(headline_terms(text[:_MOST_TEXT]))
    names = frozenset(term for term, named in (*head, *body) if named)
    bare = None if body else headline(title, urls[0], at, lists, headline_model(), urls[1:])
    return _Page(
        title=frozenset(dict(head)), whole=frozenset(dict((*head, *body))), names=names, at=at, outlet=outlet,
        listed_by=listed_by, wide=bool(WIDE.search(title)),
        derived=bool(_DERIVED.search(title)), headline=bare,
    )  # fmt: skip


def _addresses(memory: Remembered) -> list[str]:
    """The addresses of a remembered story, as far as its keys tell them: of each outlet that told it."""
    return [f"https://{key[4:]}" for key in memory.keys if key.startswith("url:")] or [""]


def _outlet(item: Item) -> str:
    """The site that tells it, as a source may list the news of many; the source where there is no site."""
    kind, _, address = item.key.partition(":")
    return address.partition("/")[0] if kind == "url" else item.source
