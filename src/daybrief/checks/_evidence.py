"""The evidence of a claim: its quotes, the sentences around them, its sources, and its nearness to them.

Across languages, where no order of words can be compared, `better_exchanged` asks whether the words that go
together in the claim stand together in the sentence.

The nearest sentence of a source is the one that shares most of a claim's content units. A unit is a word or
number that tells something, with the English stems it may stand for. The Korean word for accuracy and
accuracy are one unit, so that a claim can be laid beside a sentence in another language.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files
from itertools import combinations, pairwise, product

import msgspec
from msgspec.structs import replace

from daybrief.languages import LANGUAGES, Language, either, filtered, parts
from daybrief.model import Claim, Item, Quote
from daybrief.text.sentences import Sentence, sentences
from daybrief.text.words import latin_stems, lexicon, rarity, stem

_COUNTED = re.compile(r"‘([^’\n]{1,200})’(?:\(([^()\n]{1,200})\))?: [^‘\n]{1,200}")

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
    """The word of a keyword line (‘word’: 3 papers today), whose counts are daybrief's own; or "".

    Where the words of the source stand behind it in brackets, it is those.
    """
    line = _COUNTED.fullmatch(claim.text[:MOST_CLAIM]) if claim.part == "keyword" else None
    return line[2] or line[1] if line else ""


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
        # A clause left out may deny something of its own; a word or three left out are the denial. What is
        # put in the place of a clause stands for its end: found no, do not find.
        clause = d - c > _FEW + 2 * (b - a)
        if tag != "equal":
            old = theirs[d - _FEW if a < b else d : d] if clause else theirs[c:d]
            yield " ".join(ours[a:b]), "" if outside and a == b else " ".join(old)


MOST_UNITS = 400
_LATIN = r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9]*(?:[-+'’][A-Za-zÀ-ɏ0-9]+)*"
_WORD = re.compile(
    either(_LATIN, r"\d+(?:[.,]\d+)*", *(language.word for language in LANGUAGES if language.word))
)
_NATIVE_RUN = re.compile(either(*(rf"(?:{language.word})" for language in LANGUAGES if language.word)))
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
            first = match.start()
            content += [
                ContentUnit(stems, first + begin, first + end, weight, known)
                for stems, begin, end, weight, known in _native(word)
            ]
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


@lru_cache(maxsize=8_000)
def _native(run: str) -> tuple[tuple[frozenset[str], int, int, float, bool], ...]:
    """The units of a run of native letters, as `ContentUnit`: listed words from the left, longest first.

    A word of one letter counts at the start of a short run alone, never inside another.
    """
    terms, leading, longest = _words()
    content: list[tuple[frozenset[str], int, int, float, bool]] = []
    at, listed = 0, False
    while at < len(run):
        for size in range(min(longest, len(run) - at), 0, -1):
            stems = terms.get(word := run[at : at + size])
            inside = size > 1 and word not in leading
            if stems is not None and (inside or (at == 0 and (size > 1 or len(run) <= _SHORT))):
                if stems:  # a letter of the ending is none of the word
                    content.append((stems, at, at + (1 if word in leading else size), _weight(stems), True))
                at, listed = at + size, True
                break
        else:
            at += 1
    if not listed and len(run) > 1 and not _PALE.match(run):
        content.append((frozenset({run[:2]}), 0, len(run), _UNLISTED, False))
    return tuple(content)


@lru_cache(maxsize=5_000)
def _weight(stems: frozenset[str]) -> float:
    return max(_COMMON, min(map(rarity, stems)))


@cache
def _words() -> tuple[dict[str, frozenset[str]], frozenset[str], int]:
    """Native words of prose and terms of the field, with their stems; and the length of the longest.

    One without stems says nothing of its own, whatever else lists it. The set are those that count at the
    start of a run alone: a verb of one syllable with a letter of its ending.
    """
    stems_by_word: dict[str, frozenset[str]] = {}
    silent: set[str] = set()
    leading: set[str] = set()
    whole: set[str] = set()
    for language in LANGUAGES:
        for english, word, opens in _prose(language):
            (leading if opens else whole).add(word)
            if english:
                stems_by_word[word] = stems_by_word.get(word, frozenset()) | _meant(english)
            else:
                silent.add(word)
        for name, known_as in language.rules.names.transliterated.items():
            if name.isalpha():
                stems_by_word[name] = frozenset(map(stem, known_as.split()))
    for term, stems in lexicon().items():
        stems_by_word[term] = stems_by_word.get(term, frozenset()) | stems
    stems_by_word |= dict.fromkeys(silent, frozenset[str]())
    for word, stems in _glossed(frozenset(stems_by_word)).items():
        stems_by_word[word] = stems
    return (
        stems_by_word,
        frozenset(leading - whole - lexicon().keys()),
        max(map(len, stems_by_word), default=0),
    )


def _prose(language: Language, *, verbs: bool = False) -> Iterator[tuple[str, str, bool]]:
    """(English words, a native beginning, whether it only opens a run) of the list of words of any prose."""
    path = files("daybrief").joinpath(f"assets/words_{language.code}.txt")
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        english, _, native = line.partition("= ")
        for word in native.split() if not line.startswith("#") else ():
            verb = word.endswith("-")
            for form in language.forms(word[:-1]) if verb else () if verbs else (word,):
                yield english.strip(), form, verb and len(word) == _SHORT


@lru_cache(maxsize=4_096)  # a verb has several beginnings
def _meant(english: str) -> frozenset[str]:
    return frozenset(latin_stems(english.replace("-", " "))) | frozenset(
        stem(word.replace("-", "")) for word in english.split()
    )


def _glossed(listed: frozenset[str]) -> dict[str, frozenset[str]]:
    """The words that the languages' glossaries add: what no listed word of two letters or more begins."""
    added: dict[str, frozenset[str]] = {}
    for word, english in (meaning for language in LANGUAGES for meaning in language.meanings()):
        known = any(word[:size] in listed for size in range(_SHORT, len(word) + 1))
        if not known and len(word) >= _SHORT and _NATIVE_RUN.fullmatch(word):
            added[word] = added.get(word, frozenset()) | _meant(english)
    return added


@lru_cache(maxsize=256)
def _stems(text: str) -> frozenset[str]:
    return frozenset().union(*(unit.stems for unit in units(text)))


def covered(claim: str, source: str) -> float:
    """The share of the claim's units, by weight, that the source has; 0 for a claim without any."""
    ours, theirs = units(claim), _stems(source)
    whole = sum(unit.weight for unit in ours)
    return sum(unit.weight for unit in ours if not unit.stems.isdisjoint(theirs)) / whole if whole else 0.0


# ── words of one meaning ────────────────────────────────────────────────────────────────────────────
#
# The lists of native words give the English words of a meaning in one line: people, persons, humans. Between
# two English texts they are a thesaurus.

_MOST_KIN = 5  # English words of a line; a longer one joins too much


@cache
def _kin() -> dict[str, frozenset[str]]:
    """The stem of an English word → the lines it stands in, as stems no word has."""
    lines: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for name in (f"words_{language.code}", f"terms_{language.code}"):
            path = files("daybrief").joinpath(f"assets/{name}.txt")
            for number, line in enumerate(path.read_text("utf-8").splitlines() if path.is_file() else ()):
                english = line.partition(" = ")[0].split()
                if line[:1] != "#" and 1 < len(english) <= _MOST_KIN:
                    for meaning in frozenset().union(*map(_meant, english)):
                        lines.setdefault(meaning, set()).add(f"~{name}{number}")
    return {meaning: frozenset(some) for meaning, some in lines.items()}


@lru_cache(maxsize=5_000)
def with_kin_of(stems: frozenset[str]) -> frozenset[str]:
    """English stems and the marks of the meanings they may have, which stems of one meaning share."""
    return stems.union(*(_kin().get(meaning, ()) for meaning in stems))


def with_kin(own: Sequence[ContentUnit]) -> tuple[ContentUnit, ...]:
    """English units that are the same as those of one meaning, too."""
    return tuple(replace(unit, stems=with_kin_of(unit.stems)) for unit in own)


def covered_kin(claim: str, source: str) -> float:
    """The same share of an English claim and source, where words of one meaning are one."""
    ours = with_kin(units(claim))
    theirs = frozenset[str]().union(*(with_kin_of(unit.stems) for unit in units(source)))
    whole = sum(unit.weight for unit in ours)
    return sum(unit.weight for unit in ours if not unit.stems.isdisjoint(theirs)) / whole if whole else 0.0


def names_quality(word: str, stems: frozenset[str]) -> bool:
    """Whether a word is one for a quality, by its ending or as a listed one."""
    return bool(_ADJECTIVE.search(word)) or worth(stems) != 0


def worth(grade: frozenset[str]) -> int:
    """1 where of all words for a quality there are good ones, -1 where there are bad ones, 0 otherwise."""
    good, bad = (any(map(pattern.match, grade)) for pattern in (_GOOD, _BAD))
    return good - bad


_ADJECTIVE = re.compile("(?:ive|ous|able|ible|ful|ent|ant|al|ic|ed|lex|ary|like)$")
_RULES = tuple(language.rules for language in LANGUAGES)
_GOOD = re.compile(either(*(rules.comparison.good for rules in _RULES if rules.comparison.good)))
_BAD = re.compile(either(*(rules.comparison.bad for rules in _RULES if rules.comparison.bad)))


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


def nearest_telling(text: str, evidence: Sequence[Item], tells: Callable[[str], object]) -> tuple[str, ...]:
    """The source sentences that tell something of a kind and share most of the text."""
    telling = (sentence.text for sentence in source_sentences(everything(evidence)) if tells(sentence.text))
    shares = sorted(((covered(text[:MOST_CLAIM], sentence), sentence) for sentence in telling), reverse=True)
    return tuple(sentence for share, sentence in shares if share >= max(_SURE, shares[0][0] / _AHEAD))


_SHAPE = re.compile(r"(?<![\w.])\d[dD](?:-\d[dD])*(?![A-Za-z0-9])")  # 2D, 2D-3D


def shapes_kept(claim: str, sentence: str) -> bool:
    """Whether each thing of several shapes (2D images, 3D points) has its own in the sentence."""
    ours, theirs = list(_shaped(claim)), list(_shaped(sentence))
    if len({shape for shape, _ in ours}) < 2:
        return True
    return all(any(shape == own and unit.same(thing) for own, unit in theirs) for shape, thing in ours)


def shapes_exchanged(claim: str, sentence: str) -> str:
    """Two shapes (2D, 3D) that the claim gives to each other's things; ""."""
    theirs = list(_shaped(sentence))
    turned = {
        shape
        for shape, thing in _shaped(claim)
        for own in [{other for other, unit in theirs if unit.same(thing)}]
        if own and shape not in own
    }
    return " and ".join(sorted(turned)) if len(turned) > 1 else ""


def _shaped(text: str) -> Iterator[tuple[str, ContentUnit]]:
    """Each shape with the unit it stands before."""
    for match in _SHAPE.finditer(text):
        if behind := next((unit for unit in units(text) if unit.start >= match.end()), None):
            yield match[0].lower(), behind


_Near = Sequence[tuple[ContentUnit, float]]


def fits(near: Sequence[_Near], home: Sequence[_Near]) -> tuple[float, float]:
    """How well two figures' neighbours fit those in the source: each its own, and each the other's."""
    return (
        _likeness(near[0], home[0]) + _likeness(near[1], home[1]),
        _likeness(near[0], home[1]) + _likeness(near[1], home[0]),
    )


def _likeness(near: _Near, home: _Near) -> float:
    return sum(
        a * b * unit.weight for unit, a in near for other, b in home if unit.known and unit.same(other)
    )


def side_share(
    ours: Sequence[ContentUnit],
    own: Sequence[ContentUnit],
    theirs: Sequence[ContentUnit],
    others: Sequence[ContentUnit],
) -> float:
    """The share of our units, by weight, that one of their sides has and the other has not.

    What stands on both of our own sides tells nothing.
    """
    telling = [unit for unit in ours if not any(unit.same(o) for o in own)]
    whole = sum(unit.weight for unit in telling)
    shared = sum(
        unit.weight
        for unit in telling
        if unit.known and any(unit.same(t) for t in theirs) and not any(unit.same(o) for o in others)
    )
    return shared / whole if whole else 0.0


# ── what goes with what, across languages ───────────────────────────────────────────────────────────
#
# In the claim a word goes with its verb, its noun or its neighbour, by the particle behind it. Where the two
# stand in the sentence (which first, how far apart, what is between) is likelier for some links than for any
# two words; how much is counted in true claims (`benchmarks/train_links.py`). Two words whose links would be
# likelier if they changed places may have been exchanged.

MOST_LINKED = 60
"""Units of a claim whose links are compared; of a longer one nothing is told."""

_FIRM = 0.7  # how much likelier, in natural logarithms, all links must be after an exchange to be told
_HELD = 0.5  # how much likelier than any two words those that go together must stand, on average
_LOST = 0.25  # share of words that the sentence lacks, from which nothing is told of the others
_MOST_LOST = 1  # words with a particle that the sentence lacks
_UNFOUND = 1.5  # how much an exchange with a word that the sentence lacks counts
_ONE_PLACE = 1.5  # of two words that one word of the sentence stands for
_LINKS = tuple(language.rules.links for language in LANGUAGES if language.rules.links.subject)
_PARTICLES = {
    kind: re.compile(either(*(getattr(links, kind) for links in _LINKS)))
    for kind in ("subject", "object", "adverb", "owner", "joined", "modifier")
}
_BETWEEN = tuple(
    (name, filtered(pattern, re.I))
    for language in LANGUAGES
    for name, pattern in language.rules.links.between.items()
)
_ILL_FORMED = filtered(either(*(links.ill_formed for links in _LINKS)))
_NOMINALISED = re.compile(either(*(links.nominalised for links in _LINKS)))
_RAISED = re.compile(
    " (?:"
    + either(*(rules.raised for language in LANGUAGES if (rules := language.rules.comparison).raised))
    + ")"
)
_BRACKETS = filtered(r"\([^()]*\)")

_ROLES = frozenset({"subject", "object", "adverb"})

Link = tuple[int, int, str]
"""Two places in a row of units, and how the first goes with the second."""


class LinkOdds(msgspec.Struct, frozen=True, kw_only=True):
    """How much likelier a link of a kind is than any two words to stand so; made by `train_links.py`.

    odds: kind → standing (`Standing`) → natural logarithm; other: of a standing that was never seen.
    """

    about: str
    odds: dict[str, dict[str, float]]
    other: float


@cache
def link_odds() -> LinkOdds:
    """The odds shipped with the package (`daybrief/assets/links.json`)."""
    return msgspec.json.decode(files("daybrief").joinpath("assets/links.json").read_bytes(), type=LinkOdds)


class LinkedPair:
    """A claim's units and links, and where its units stand in a sentence of another language."""

    def __init__(self, claim: str, sentence: str) -> None:
        self.ours = [unit for unit in units(claim) if not unit.figure]
        theirs = [unit for unit in units(sentence) if not unit.figure]
        self.places = [
            [at for at, other in enumerate(theirs) if unit.known and unit.same(other)] for unit in self.ours
        ]
        self.gaps = [_joints(sentence[left.end : right.start]) for left, right in pairwise(theirs)]
        self.links = _links(claim, self.ours)
        self.bare = {at for at in range(len(self.ours)) if _kind(claim, self.ours, at) == "verb"}

    def standings(self, first: int, second: int) -> list[str]:
        """How two units stand to each other in the sentence, once for every place of each.

        Which is first, how far they are apart, and what joins them: `+1 of`.
        """
        return [self._standing(p, q) for p, q in product(self.places[first], self.places[second]) if p != q]

    def _standing(self, first: int, second: int) -> str:
        low, high = min(first, second), max(first, second)
        apart = high - low
        joints = frozenset[str]().union(*self.gaps[low:high]) if apart <= _COUNTED_APART else frozenset()
        joint = next((name for name, _ in _BETWEEN if name in joints), "none")
        far = apart if apart <= _COUNTED_APART else _COUNTED_APART + (1 if apart <= _FAR else 2)
        return f"{'+' if second > first else '-'}{far} {joint if far <= _COUNTED_APART else 'any'}"

    def likelihood(self, first: int, second: int, kind: str) -> float | None:
        """How much likelier than any two words the link is, at the best; None where either is not found."""
        if not (self.places[first] and self.places[second]):
            return None
        table = link_odds()
        odds = (table.odds[kind].get(standing, table.other) for standing in self.standings(first, second))
        return max(odds, default=_ONE_PLACE)


_COUNTED_APART, _FAR = 3, 6  # units apart that are told one from another; that are far


def _joints(between: str) -> frozenset[str]:
    return frozenset(name for name, pattern in _BETWEEN if pattern.search(between))


def better_exchanged(claim: str, sentence: str) -> str:
    """A pair of words of a claim that fit the sentence better in each other's place; "" where none do.

    For a claim in another language than the sentence, of a language with particles (`LinkWords`).
    """
    pair = LinkedPair(claim, sentence)
    if len(pair.ours) > MOST_LINKED:
        return "more words than can be compared"
    if broken := _ILL_FORMED.search(claim):
        return f"{broken[0]!r} is no word"
    likely = cache(pair.likelihood)
    nominal = [at for at in range(len(pair.ours)) if at not in pair.bare]
    for a, b in combinations(nominal, 2):
        if not pair.ours[a].same(pair.ours[b]) and _gain(pair, likely, (a, b)) >= _FIRM:
            first, second = (claim[pair.ours[n].start : pair.ours[n].end] for n in (a, b))
            return f"{first!r} and {second!r} may be exchanged"
    known = [odds for odds in (likely(*link) for link in pair.links) if odds is not None]
    lost = [at for at, places in enumerate(pair.places) if not places]
    loose = bool(known) and math.fsum(known) < _HELD * len(known)
    if loose or len(lost) > _LOST * len(pair.ours) or sum(at not in pair.bare for at in lost) > _MOST_LOST:
        return "its words go together otherwise than in the source, as far as they can be told"
    return _in_several_places(pair)


def _in_several_places(pair: LinkedPair) -> str:
    """Two words with heads of their own that each stand in several places: either may be the other's."""
    heads = {a: b for a, b, _ in pair.links if len(pair.places[a]) > 1}
    several = [at for at in heads if not any(pair.ours[at].same(pair.ours[n]) for n in heads if n != at)]
    pairs = combinations(several, 2)
    apart = any(heads[a] != heads[b] and heads[a] != b and heads[b] != a for a, b in pairs)
    return "its words stand in several places of the source's sentence" if apart else ""


_Likely = Callable[[int, int, str], float | None]


def _gain(pair: LinkedPair, likely: _Likely, turned: tuple[int, int]) -> float:
    """How much likelier the links of two units are once the two have changed places."""
    known = [bool(pair.places[unit]) for unit in turned]
    if all(known):
        turn = {turned[0]: turned[1], turned[1]: turned[0]}
        links = (link for link in pair.links if link[0] in turn or link[1] in turn)
        odds = ((likely(i, j, kind), likely(turn.get(i, i), turn.get(j, j), kind)) for i, j, kind in links)
        return math.fsum(after - before for before, after in odds if before is not None and after is not None)
    if not any(known):
        return 0.0
    there, lost = turned if known[0] else turned[::-1]
    return 0.0 if lost in pair.bare else _UNFOUND * _fits_instead(pair, likely, there, lost)


def _fits_instead(pair: LinkedPair, likely: _Likely, there: int, lost: int) -> float:
    """How much likelier a unit's links are, on average, in the place of one that the sentence lacks."""
    own = [likely(*link) for link in pair.links if there in link[:2] and lost not in link[:2]]
    instead = [
        likely(there if i == lost else i, there if j == lost else j, kind)
        for i, j, kind in pair.links
        if lost in (i, j) and there not in (i, j)
    ]
    before, after = ([odds for odds in some if odds is not None] for some in (own, instead))
    return math.fsum(after) / len(after) - math.fsum(before) / len(before) if before and after else 0.0


def _links(text: str, row: Sequence[ContentUnit]) -> tuple[Link, ...]:
    """The pairs of units that go together in a text with particles; what is joined shares its verb."""
    kinds = [_kind(text, row, at) for at in range(len(row))]
    last = len(row) - 1
    links: list[Link] = []
    for at, kind in enumerate(kinds[:-1]):
        role, head = kind, at
        if kind == "joined":
            head = next((n for n in range(at + 1, last) if kinds[n] in _ROLES or kinds[n] == "verb"), at + 1)
            role = kinds[head]
            links.append((at, head, kind))
        if kind in {"compound", "owner", "modifier"}:
            links.append((at, at + 1, kind))
        elif role in _ROLES:
            verb = next((n for n in range(head + 1, last) if kinds[n] in {"verb", "modifier"}), last)
            links.append((at, verb, role))
            if role == "subject" and verb != last:
                links.append((at, last, role))
    return tuple(links)


def _kind(text: str, row: Sequence[ContentUnit], at: int) -> str:
    """The role of a word by its ending: `compound` without an ending, `verb` without a particle.

    What ends a verb before its noun may look like a particle.
    """
    until = row[at + 1].start if at + 1 < len(row) else len(text)
    behind = _BRACKETS.sub("", text[row[at].end : until]).split(" ", 1)[0].rstrip(".,;:)\"’”'")
    word = text[row[at].start : row[at].end]
    if not behind and word not in _verbs():
        return "verb" if _RAISED.match(text, row[at].end) else "compound"  # more and more
    if _NOMINALISED.fullmatch(behind):
        return "verb"
    if word in _verbs() and _PARTICLES["modifier"].fullmatch(_last(behind or word)):
        return "modifier"
    for kind in ("subject", "object", "adverb", "owner", "joined"):
        if _PARTICLES[kind].fullmatch(behind):
            return kind
    return "modifier" if _PARTICLES["modifier"].fullmatch(_last(behind)) else "verb"


def _last(run: str) -> str:
    """The last letter of a run, taken apart."""
    return unicodedata.normalize("NFD", run)[-1:]


@cache
def _verbs() -> frozenset[str]:
    """The beginnings of the verbs that are listed by their stems."""
    return frozenset(word for language in LANGUAGES for _, word, _ in _prose(language, verbs=True))
