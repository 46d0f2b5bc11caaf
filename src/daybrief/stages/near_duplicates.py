"""Likeness: which pages tell the same thing in different words.

Conservative on purpose: two stories told as one hide one of them, while one told as two merely costs
a line. Both kinds of error are measured in `benchmarks/dedupe.py`.
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec
from rapidfuzz import fuzz

from daybrief.languages import parts
from daybrief.model import Item, ItemKind, Remembered

_MAX_TITLE = 400  # characters of a title that are looked at; longer ones are spam
_MAX_TEXT = 1_500  # characters of a text: the opening tells what it is about
_WINDOW = 24  # neighbours each text is compared with among those that share a rare word

_CJK = "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
_WORD = re.compile(rf"[{_CJK}]+|(?:(?![{_CJK}])\w)+(?:\.\d+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_LEAD = re.compile(
    rf"\A(?:(?:show|ask|tell|launch) hn|breaking|exclusive|{parts(lambda rules: rules.reading.news_lead)})"
    r"\s*[:\-–—]\s*|\A\[[^\]]{1,12}\]\s*"
)
_OWN = re.compile(r"\s*(?:show|ask|tell|launch) hn\b", re.I)
_PART = re.compile(r"\bpart (\w+)\b")
_TAIL = re.compile(r"(?<!\s)\s*+(?:\[(?:pdf|video|audio)\]|\((?:19|20)\d\d\))\s*\Z")
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


def normal_title(title: str) -> str:
    """The words of a title in one spelling; two titles that differ in dress alone become equal.

    `Show HN:`, `[Breaking]`, a closing `[pdf]` or `(2023)` are dress; a number within the title is not.
    """
    bare = plain(title[:_MAX_TITLE]).strip()
    for dress in (_LEAD, _TAIL, _TAIL):
        bare = dress.sub("", bare)
    return " ".join(_WORD.findall(bare))


def specific(title: str, least: int = 4) -> bool:
    """Whether a normalised title says enough to be told from others: `Weekly update` does not.

    Two East Asian characters count as one word.
    """
    cjk = len(_IS_CJK.findall(title))
    latin = sum(1 for word in title.split() if not _IS_CJK.match(word))
    return latin + cjk / 2 >= least


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

    def share(self, part: frozenset[str], j: int) -> float:
        """Return the share of some known terms, by weight, that document j holds, 0..1."""
        whole = self._squares(part)
        return self._squares(part & self.documents[j]) / whole if whole else 0.0

    def rare(self, i: int, j: int, most: float = 0.02) -> float:
        """Count the rare terms two documents share; a term that no other document holds counts nearly 1.

        Rare are terms that at most `most` of the documents hold, or these two alone.
        """
        bound = max(2.0, most * len(self.documents))
        shared = (t for t in self.documents[i] & self.documents[j] if self.count[t] <= bound)
        return math.fsum(self.weight[t] for t in shared) / math.log(1 + len(self.documents))

    def candidates(
        self, least: float, *, most: int | None = None, common: int = 1
    ) -> Iterator[tuple[int, int]]:
        """Pairs i < j that may have `cosine(i, j) >= least`, each once, without comparing all with all.

        Two such documents share one of the rarest terms of each: those whose removal leaves less than
        `least` of its length (prefix filtering; Bayardo, Ma, Srikant, WWW 2007). A term of more than a
        window of documents only pairs neighbours in the given order, so n documents of k terms cost at most
        n·k·window steps: give them sorted by title. For long texts `most` bounds k, and `common` is how
        many of those terms must be shared before a pair is suspected.
        """
        holders: dict[str, list[int]] = {}
        for number in range(len(self.documents)):
            for term in islice(self._prefix(number, least), most):
                holders.setdefault(term, []).append(number)
        met: Counter[tuple[int, int]] = Counter()
        for _, documents in sorted(holders.items()):
            for place, i in enumerate(documents):
                for j in documents[place + 1 : place + 1 + _WINDOW]:
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


def near_duplicates(pages: Sequence[Candidate]) -> Iterator[tuple[float, int, int]]:
    """Pairs of pages (by number) that are one story, with how sure that is (0..1)."""
    order = sorted(range(len(pages)), key=lambda n: (pages[n].title, n))
    members = [pages[n] for n in order]
    titles = Corpus([terms(page.title) for page in members])
    bodies = Corpus([terms(f"{page.title} {page.text}") for page in members])  # of papers; news have `events`
    telling = len(pages) >= _CORPUS
    for i, j in titles.candidates(_TITLE):
        first, second = members[i], members[j]
        if _open(first, second, telling) and (score := _same_title(first, second, titles.cosine(i, j))):
            yield score, order[i], order[j]
    for i, j in bodies.candidates(_SUSPECT, most=_RARE_TERMS, common=2):
        if _open(members[i], members[j], telling) and (score := _same_text(members, i, j)):
            yield score, order[i], order[j]


def _open(first: Candidate, second: Candidate, telling: bool) -> bool:
    """Whether likeness may decide: same kind, not two papers with ids, not two memories, no other number."""
    if first.kind == "news" and not telling:
        return False
    if first.own_work or second.own_work or parts_clash(first.title, second.title):
        return False
    if first.kind != second.kind or (first.arxiv and second.arxiv) or (first.memory and second.memory):
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
    """One abstract under two titles of papers; news of one event are the matter of `stages.events`."""
    first, second = pages[i], pages[j]
    if first.kind != "paper":
        return 0.0
    containment = contained(first.text, second.text)
    return containment if containment >= _RENAMED else 0.0
