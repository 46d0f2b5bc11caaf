"""The evidence of a claim: its quotes, the sentences around them, its sources, and its nearness to them.

Across languages, where no order of words can be compared, `better_exchanged` asks whether the words that go
together in the claim stand together in the sentence.

The nearest sentence of a source is the one that shares most of a claim's content units. A unit is a word or
number that tells something, with the English stems it may stand for: the Korean word for accuracy and
accuracy are one unit, so that a claim can be laid beside a sentence in another language.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files
from itertools import combinations

import msgspec

from daybrief.languages import LANGUAGES, either, parts
from daybrief.model import Claim, Item, Quote
from daybrief.text.sentences import Sentence, sentences
from daybrief.text.words import latin_stems, lexicon, rarity, stem

_COUNTED = re.compile(r"‘([^’\n]{1,200})’: [^‘\n]{1,200}")

MOST_CHARACTERS = 100_000
"""How much of a source's text is compared with; an abstract has 2,000."""

MOST_CLAIM = 5_000
"""How much of a claim is looked at; `checks.form` refuses longer ones."""


def verbatim(claim: Claim, evidence: Sequence[Item]) -> bool:
    """Whether the claim is nothing but one of its own quotes, which stands where it says it stands.

    Such a claim says what the source says, so no check of content may refuse it. White space is not compared.
    """
    return any(_same_words(q.text, claim.text) and _source_of(q, evidence) for q in claim.quotes) and bool(
        claim.text.strip()
    )


def _same_words(first: str, second: str) -> bool:
    """Whether two texts differ in white space alone."""
    return first == second or first.split() == second.split()


def counted_word(claim: Claim) -> str:
    """The word of a keyword line (‘word’: 3 papers today), whose counts are daybrief's own; or ""."""
    line = _COUNTED.fullmatch(claim.text[:MOST_CLAIM]) if claim.part == "keyword" else None
    return line[1] if line else ""


def everything(evidence: Sequence[Item]) -> str:
    """Title, text and quoted passages of every source, a paragraph each."""
    return "\n\n".join(part[:MOST_CHARACTERS] for item in evidence for part in _parts_of(item) if part)


def _parts_of(item: Item) -> tuple[str, ...]:
    return (item.title, item.text, *(passage.text for passage in (item.full.passages if item.full else ())))


def quoted(claim: Claim, evidence: Sequence[Item]) -> tuple[str, ...]:
    """The whole sentences the claim's quotes stand in, in order, each once; () when no quote is found."""
    sentences: dict[str, None] = {}
    for quote in claim.quotes:
        if source := _source_of(quote, evidence):
            for sentence in source_sentences(source[:MOST_CHARACTERS]):
                if sentence.start < quote.end and quote.start < sentence.end:
                    sentences.setdefault(sentence.text)
    return tuple(sentences)


@lru_cache(maxsize=256)
def source_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a source, split once."""
    return sentences(text)


def _source_of(quote: Quote, evidence: Sequence[Item]) -> str:
    """The field a quote was cut from; "" when it is not there."""
    for item in evidence:
        if (item.source, item.key) == (quote.source, quote.item_key):
            source = item.words_of(quote)
            if quote.text and quote.start >= 0 and source[quote.start : quote.end] == quote.text:
                return source
    return ""


_MOST_WORDS = 200  # of a sentence: comparing in place takes quadratic time
_MOST_CHARACTERS = 2_000
_FEW = 3
_NEAR = 0.6  # share of the claim's words found in the sentence in order: the same wording
_WORDS = re.compile(
    either(r"[A-Za-zÀ-ɏ]+(?:['’][a-z]+)?", *(language.word for language in LANGUAGES), r"\d[\d.,]*")
)


def nearness(claim: str, sentence: str) -> float:
    """The share of the claim's words that stand in the sentence in the same order, 0..1."""
    ours, theirs = _cut(claim), _cut(sentence)
    if not ours:
        return 0.0
    return sum(block.size for block in _compare(ours, theirs).get_matching_blocks()) / len(ours)


def same_wording(claim: str, sentence: str) -> bool:
    """Whether `turned` can compare the two."""
    return nearness(claim, sentence) >= _NEAR


def _cut(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORDS.findall(text[:_MOST_CHARACTERS])][:_MOST_WORDS]


def _compare(ours: Sequence[str], theirs: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, ours, theirs, autojunk=False)


def differences(claim: str, sentence: str) -> Iterator[tuple[str, str]]:
    """(the claim's words, the sentence's words) wherever the two differ, in lower case."""
    ours, theirs = _cut(claim), _cut(sentence)
    steps = _compare(ours, theirs).get_opcodes()
    shared = [at for at, step in enumerate(steps) if step[0] == "equal"]
    for at, (tag, a, b, c, d) in enumerate(steps):
        outside = not shared or at < shared[0] or at > shared[-1]
        # A clause left out may deny something of its own; a word or three left out are the denial.
        clause = d - c > _FEW + 2 * (b - a)
        if tag != "equal":
            yield " ".join(ours[a:b]), "" if clause or (outside and a == b) else " ".join(theirs[c:d])


MOST_UNITS = 400
_LATIN = r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9]*(?:[-+'’][A-Za-zÀ-ɏ0-9]+)*"
_WORD = re.compile(
    either(_LATIN, r"\d+(?:[.,]\d+)*", *(language.word for language in LANGUAGES if language.word))
)
_PALE = re.compile(rf"^(?:{parts(lambda rules: tuple(rules.reading.common.split()))})")
_LEAST_SHARE, _SURE = 0.12, 0.3  # of a claim's weight: no sentence is what it rests on; the best is, surely
_AHEAD = 1.2  # how far ahead of the next sentence the best must be where its share is small
_COMMON = 0.15  # the weight of the commonest unit
_UNLISTED = 0.5  # the weight of a native word of no list
_SHORT = 2  # letters of the longest run in which a word of one letter counts


class ContentUnit(msgspec.Struct, frozen=True):
    """A unit with its place in the text; `stems` is never empty.

    `known` is false for a native word of no list.
    """

    stems: frozenset[str]
    start: int
    end: int
    weight: float
    known: bool = True

    @property
    def figure(self) -> bool:
        """Whether it is a number."""
        return all(stem[0].isdigit() for stem in self.stems)

    def same(self, other: ContentUnit) -> bool:
        """Whether the two may mean the same."""
        return not self.stems.isdisjoint(other.stems)


@lru_cache(maxsize=512)  # a story has some twenty sentences and claims
def units(text: str) -> tuple[ContentUnit, ...]:
    """The units of a text in order; reads `MOST_CLAIM` characters and `MOST_UNITS` units."""
    content: list[ContentUnit] = []
    for match in _WORD.finditer(text[:MOST_CLAIM]):
        word = match[0]
        if word[0].isdigit():
            content.append(ContentUnit(frozenset({word.replace(",", "")}), match.start(), match.end(), 0.8))
        elif word[0].isascii() or word[0] < "ɐ":
            if stems := _latin(word):
                content.append(ContentUnit(stems, match.start(), match.end(), _weight(stems)))
        else:
            content += _native(word, match.start(), match.end())
        if len(content) >= MOST_UNITS:
            break
    return tuple(content)


@lru_cache(maxsize=10_000)
def _latin(word: str) -> frozenset[str]:
    """The stem of a word; of a compound its whole, and its parts unless it is a name (E-MPC, MIMIC-III).

    The plural of an acronym (LMMs) has the stem of its singular.
    """
    if re.fullmatch(r"[A-Z][A-Z\d]+s", word):
        word = word[:-1]
    stems = latin_stems(word)
    parts_ = re.split(r"[-+'’]", word)
    if len(parts_) == 1 or not stems:
        return frozenset(stems)
    whole = stem(re.sub(r"[-+'’]", "", word).lower())
    if all(map(_named, parts_)):
        return frozenset({whole})
    return frozenset({*stems, whole})


def _named(part: str) -> bool:
    """Whether a part of a compound is none of a word: E of E-MPC, 3.1 of a version."""
    return len(part) < 2 or any(sign.isupper() or sign.isdigit() for sign in part[1:])


def _native(run: str, start: int, end: int) -> list[ContentUnit]:
    """The units of a run of native letters: its listed words from the left, the longest first.

    A word of one letter counts at the start of a short run alone, never inside another.
    """
    terms, longest = _words()
    content, at, listed = [], 0, False
    while at < len(run):
        for size in range(min(longest, len(run) - at), 0, -1):
            stems = terms.get(run[at : at + size])
            if stems is not None and (size > 1 or (at == 0 and len(run) <= _SHORT)):
                if stems:
                    content.append(ContentUnit(stems, start + at, start + at + size, _weight(stems)))
                at, listed = at + size, True
                break
        else:
            at += 1
    if not listed and len(run) > 1 and not _PALE.match(run):
        content.append(ContentUnit(frozenset({run[:2]}), start, end, _UNLISTED, known=False))
    return content


@lru_cache(maxsize=5_000)
def _weight(stems: frozenset[str]) -> float:
    return max(_COMMON, min(map(rarity, stems)))


@cache
def _words() -> tuple[dict[str, frozenset[str]], int]:
    """Native words of prose and terms of the field, with their stems; and the length of the longest.

    One without stems says nothing of its own.
    """
    stems_by_word: dict[str, frozenset[str]] = {}
    for language in LANGUAGES:
        path = files("daybrief").joinpath(f"assets/words_{language.code}.txt")
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        for english, _, native in (line.partition("= ") for line in lines if not line.startswith("#")):
            stems = frozenset(latin_stems(english.replace("-", " "))) | frozenset(
                stem(word.replace("-", "")) for word in english.split()
            )
            for word in native.split():
                stems_by_word[word] = stems_by_word.get(word, frozenset()) | stems
        for name, known_as in language.rules.names.transliterated.items():
            if name.isalpha():
                stems_by_word[name] = frozenset(map(stem, known_as.split()))
    for term, stems in lexicon().items():
        stems_by_word[term] = stems_by_word.get(term, frozenset()) | stems
    return stems_by_word, max(map(len, stems_by_word), default=0)


@lru_cache(maxsize=256)
def _stems(text: str) -> frozenset[str]:
    return frozenset().union(*(unit.stems for unit in units(text)))


def covered(claim: str, source: str) -> float:
    """The share of the claim's units, by weight, that the source has; 0 for a claim without any."""
    ours, theirs = units(claim), _stems(source)
    whole = sum(unit.weight for unit in ours)
    return sum(unit.weight for unit in ours if not unit.stems.isdisjoint(theirs)) / whole if whole else 0.0


def around(claim: Claim, evidence: Sequence[Item]) -> tuple[str, ...]:
    """The sentences a claim rests on: those of its quotes, or else the one that shares most of its units."""
    return quoted(claim, evidence) or nearest(claim.text, evidence)


def nearest(text: str, evidence: Sequence[Item]) -> tuple[str, ...]:
    """The source sentence that shares most of the text; () where none shares enough, or two share as much."""
    shares = sorted(
        (
            (covered(text[:MOST_CLAIM], sentence.text), sentence.text)
            for sentence in source_sentences(everything(evidence))
        ),
        reverse=True,
    )
    if not shares or shares[0][0] < _LEAST_SHARE:
        return ()
    best, second = shares[0], shares[1] if len(shares) > 1 else (0.0, "")
    return (best[1],) if best[0] >= _SURE or best[0] > _AHEAD * second[0] else ()


# ── what goes with what, across languages ───────────────────────────────────────────────────────────
#
# In the claim a word goes with its verb, its noun or its neighbour, by the particle behind it; in the
# sentence what goes together stands close. Two words that would stand closer to all they go with if they
# changed places may have been exchanged.

MOST_LINKED = 60
"""Units of a claim whose links are compared; of a longer one nothing is told."""

_FIRM = 0.2  # how much better an exchange must fit to be told
_HELD = 0.22  # how close what goes together must stand in the sentence, on average
_LOST = 0.25  # share of words that the sentence lacks, from which nothing is told of the others
_LEAST_WEIGHT = 0.2  # of a unit that may have been exchanged
_WRONG_SIDE = {"subject": 0.8, "object": 0.8, "compound": 0.6}  # of a link turned round; the rest may be
_LINKS = tuple(language.rules.links for language in LANGUAGES if language.rules.links.subject)
_PARTICLES = {
    kind: re.compile(either(*(getattr(links, kind) for links in _LINKS)))
    for kind in ("subject", "object", "adverb", "owner", "modifier")
}
_BRACKETS = re.compile(r"\([^()]*\)")

Link = tuple[int, int, str]
"""Two places in a row of units, and how the first goes with the second."""


def better_exchanged(claim: str, sentence: str) -> str:
    """Two words of a claim that fit the sentence better in each other's place; "" where there are none.

    For a claim in another language than the sentence, of a language with particles (`LinkWords`).
    """
    ours = [unit for unit in units(claim) if not unit.figure]
    if len(ours) > MOST_LINKED:
        return "more words than can be compared"
    theirs = [unit for unit in units(sentence) if not unit.figure]
    places = [[at for at, other in enumerate(theirs) if u.known and u.same(other)] for u in ours]
    links = _links(claim, ours)
    for a, b in combinations(range(len(ours)), 2):
        if _may_be_exchanged(ours[a], ours[b]) and _gain(links, ours, places, (a, b)) > _FIRM:
            first, second = (claim[ours[n].start : ours[n].end] for n in (a, b))
            return f"{first!r} and {second!r} may be exchanged"
    lost = sum(not place for place in places)
    if links and (_cohesion(links, ours, places) < _HELD or lost > _LOST * len(ours)):
        return "its words go together otherwise than in the source, as far as they can be told"
    return ""


def _cohesion(links: Sequence[Link], ours: Sequence[ContentUnit], places: Sequence[Sequence[int]]) -> float:
    """How close the words that go together stand in the sentence, 0..1, by weight, over all links."""
    return math.fsum(_closeness(ours, places, link) for link in links) / len(links)


def _may_be_exchanged(unit: ContentUnit, other: ContentUnit) -> bool:
    return (
        unit.known
        and other.known
        and min(unit.weight, other.weight) >= _LEAST_WEIGHT
        and not unit.same(other)
    )


def _gain(
    links: Sequence[Link], ours: Sequence[ContentUnit], places: Sequence[Sequence[int]], pair: tuple[int, int]
) -> float:
    """How much closer all links of two units stand in the sentence once the two have changed places."""
    turn = {pair[0]: pair[1], pair[1]: pair[0]}
    gain = 0.0
    for first, second, kind in links:
        if turn.keys() & {first, second}:  # every other link stays as it is
            there = turn.get(first, first), turn.get(second, second)
            gain += _closeness(ours, places, (*there, kind)) - _closeness(ours, places, (first, second, kind))
    return gain


def _closeness(ours: Sequence[ContentUnit], places: Sequence[Sequence[int]], link: Link) -> float:
    """How close the two units of a link stand in the sentence, 0..1, by the lighter one's weight."""
    first, second, kind = link
    weight = math.sqrt(min(ours[first].weight, ours[second].weight))
    return weight * _together(places[first], places[second], kind)


def _together(first: Sequence[int], second: Sequence[int], kind: str) -> float:
    """How close two words stand in a sentence at the best, 0..1; an object stands behind its verb there."""
    turned = kind == "object"
    return max(
        (
            (1.0 if (p > q) == turned else _WRONG_SIDE.get(kind, 1.0)) / abs(p - q)
            for p in first
            for q in second
            if p != q
        ),
        default=0.0,
    )


def _links(text: str, row: Sequence[ContentUnit]) -> tuple[Link, ...]:
    """The pairs of units that go together in a text with particles."""
    kinds = [_kind(text, row, at) for at in range(len(row))]
    last = len(row) - 1
    links: list[Link] = []
    for at, kind in enumerate(kinds[:-1]):
        if kind in {"compound", "owner", "modifier"}:
            links.append((at, at + 1, kind))
        elif kind != "verb":
            verb = next((n for n in range(at + 1, last) if kinds[n] in {"verb", "modifier"}), last)
            links.append((at, verb, kind))
            if kind == "subject" and verb != last:
                links.append((at, last, kind))
    return tuple(links)


def _kind(text: str, row: Sequence[ContentUnit], at: int) -> str:
    """The role of a word by its ending: `compound` without an ending, `verb` without a particle."""
    until = row[at + 1].start if at + 1 < len(row) else len(text)
    behind = _BRACKETS.sub("", text[row[at].end : until]).split(" ", 1)[0].rstrip(".,;:)\"’”'")
    if not behind:
        return "compound"
    for kind in ("subject", "object", "adverb", "owner"):
        if _PARTICLES[kind].fullmatch(behind):
            return kind
    return (
        "modifier" if _PARTICLES["modifier"].fullmatch(unicodedata.normalize("NFD", behind)[-1:]) else "verb"
    )
