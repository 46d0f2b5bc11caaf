"""The type of a language: a frozen value, and the tables of its words beside it.

A table is `languages/CODE.toml`. It is read when the first rule is asked for, so a command that checks
nothing does not pay for it. Most fields hold alternatives of a regular expression; a pattern over all
languages joins them (`daybrief.languages.words`, `daybrief.languages.parts`). What a language lacks is
empty, and its rule is silent.

What a gist says of a story, before it is said in a language, are facts cut from its English source:

    OfferFact     what the authors offer: "we propose NAME, PHRASE"
    NamedFact     what they offer, by its name and what it is for: "NAME for TASK"
    StudyFact     what they look into: "we study PHRASE"
    FindingFact   what they found: "we show that CLAUSE"
    DeedFact      what the thing does: "NAME PREDICATE"
    ResultFact    what was measured: a metric and its amount, what it is compared with, on what
    HopeFact      what may come of it, what is left to do
    ReleaseFact   what can be had: code, data, model
    HeadlineFact  a headline of news, to be told whole
    TopicFact     a headline as a subject matter

Phrases are the source's own English words. A `Teller` puts one fact into one sentence of its language, or
into none where it is not sure of every word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, Protocol

import msgspec

Words = tuple[str, ...]
"""Alternatives of a regular expression."""


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a language's file; a field that it does not know is an error."""


class Numerals(msgspec.Struct, frozen=True):
    """A way to write numbers in words: the pattern that finds a run, and the function that reads it."""

    pattern: str
    read: Callable[[str], float]


def place_value(word: str, digits: Mapping[str, int], powers: Mapping[str, int]) -> float:
    """The value of a numeral whose digits stand before their powers of ten, as in the Chinese system."""
    total, digit = 0, 0
    for sign in word:
        if sign in powers:
            total, digit = total + (digit or 1) * powers[sign], 0
        else:
            digit = digits.get(sign, 0)
    return float(total + digit)


def fraction(words: str, of: str, read: Callable[[str], float]) -> float:
    """The value of a fraction told as "3 `of` 1"; 0 for what is no part of one."""
    below, _, above = (part.strip() for part in words.partition(of))
    bottom, top = (float(n) if n.isdecimal() else read(n) for n in (below, above))
    return top / bottom if bottom and top < bottom else 0.0


class NumberWords(Table, frozen=True, kw_only=True):
    """Words around a number.

    scale_words: powers of ten that stand alone behind a number (million).
    myriads, scale: the signs of powers of ten that add up (3억 5,000만), and the patterns that find them.
    bare_scale: a power of ten without a digit before it (만 명).
    hedge_before, hedge_after: said to be rounded or a bound.
    between: what joins two numbers of one unit; between_first and between_second: the same in two words.
    from_to: what sets two numbers side by side.
    against: what sets one number against the next (93 vs 82). spanning: what joins the ends of a range.
    change: a difference is told.
    counts: a counter of things that a writer may have counted.
    orders: what makes a zero the name of a method (zeroth-order).
    factor_of: what makes the number behind it a factor.
    sets: numerals that count even where no plural follows (both).
    rates: a time → what says that a figure is told of each (per second).
    units: unit → its names; prefixes, prefixed: 킬로 and 와트, kilo and watts.
    least, least_behind: what says before or behind a number that there is no less; most, most_behind: that
        there is no more.
    counters: what a counter says of the things it counts, as English nouns (명: persons). any_counter: those
        that count other things, too.
    leans_behind, leans_before: what stands behind a figure that is told of what follows it, or of what goes
        before.
    plural_noun, measured, no_things: a plural noun behind a number; the nouns that measure; those that
        count nothing.
    """

    scale_words: dict[str, float] = {}
    myriads: dict[str, float] = {}
    scale: Words = ()
    bare_scale: Words = ()
    hedge_before: Words = ()
    hedge_after: Words = ()
    between: Words = ()
    between_first: Words = ()
    between_second: Words = ()
    from_to: Words = ()
    against: Words = ()
    spanning: str = ""
    change: Words = ()
    counts: Words = ()
    orders: Words = ()
    factor_of: Words = ()
    sets: Words = ()
    rates: dict[str, str] = {}
    units: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    prefixed: dict[str, str] = {}
    least: str = ""
    least_behind: str = ""
    most: str = ""
    most_behind: str = ""
    counters: dict[str, str] = {}
    any_counter: Words = ()
    leans_behind: str = ""
    leans_before: str = ""
    plural_noun: str = ""
    measured: dict[str, tuple[str, float]] = {}
    no_things: Words = ()


class DenialWords(Table, frozen=True, kw_only=True):
    """How the language denies.

    negation, negation_parts: whole words, and parts of words.
    not_only: looks like a negation and denies nothing.
    soft, soft_parts: denies without a negation (fails, lacks, 부족).
    outright, outright_parts: a plain denial in a source.
    cue, cue_parts: a denial near what it denies; lacks: a word that there is little of what
        follows it.
    privative: an adjective that denies by its beginning or end (untrustworthy, useless).
    reported: a writer's verb about its source, denied.
    renders: the verb in such a denial → the English stems it may render.
    denied: English stems → what they are called here.
    can: ability, which the source's "cannot" denies.
    final: a denial that ends the sentence; asserts: two denials that assert; verb_end: what parts the verb
        from its denial; states: predicates that English states without a denial.
    """

    negation: Words = ()
    negation_parts: Words = ()
    not_only: Words = ()
    soft: Words = ()
    soft_parts: Words = ()
    outright: Words = ()
    outright_parts: Words = ()
    cue: Words = ()
    cue_parts: Words = ()
    lacks: Words = ()
    privative: Words = ()
    reported: Words = ()
    renders: dict[str, str] = {}
    denied: dict[str, str] = {}
    can: Words = ()
    final: Words = ()
    asserts: Words = ()
    verb_end: str = ""
    states: Words = ()
    modifier: str = ""
    modifiers: dict[str, str] = {}


class NameWords(Table, frozen=True, kw_only=True):
    """How names are written.

    transliterated: a name in the language's own letters → what it is called in Latin letters, folded.
    letters: the letters such a name is written in.
    starters, common_ending: words that begin a sentence with a capital and are no names.
    little: words that an acronym leaves out.
    coined: names of data sets in the language's own letters, by their endings.
    """

    transliterated: dict[str, str] = {}
    letters: str = ""
    starters: str = ""
    common_ending: Words = ()
    little: str = ""
    coined: str = ""


class GeneralityWords(Table, frozen=True, kw_only=True):
    """Words that speak for many works.

    works: what a work is called; many: patterns of several works, `WORKS` stands for `works`.
    absolute: all, always, never; already: a source that has any of these may be retold with one.
    whole, part: what an absolute word of another language may render, and what it widens.
    strong: words that claim much, by what they claim (all, first, far); licence: what in a source allows
        them; weaker: what in a source they make more of, without which they are not refused.
    """

    works: str = ""
    many: Words = ()
    absolute: Words = ()
    absolute_parts: Words = ()
    already: Words = ()
    already_parts: Words = ()
    whole: Words = ()
    part: Words = ()
    strong: dict[str, str] = {}
    licence: dict[str, str] = {}
    weaker: dict[str, str] = {}


class ComparisonWords(Table, frozen=True, kw_only=True):
    """How the language says that one thing is more than another.

    better, worse: what says that the first beats the second, or does not reach it.
    than: what marks the thing compared with. both_before: whether both things stand before these words.
    subject, agent, object: what stands behind the first thing where both stand before: behind a topic, behind
        who does it; and what stands behind the thing it is done to.
    place: what stands behind "than" where two places are compared (than in A, in B): `place` is the first
        thing where both stand before, and elsewhere the word before either.
    clause: what ends a clause; a thing compared does not reach beyond it. contrast: what begins another
        statement; where both stand before, what ends a part of the sentence.
    joint: what stands between two facts of one sentence. turns: what begins another fact, where a direction
        stands between what it is said of.
    part, times: what makes the first a part of what follows (a third of the size of), or a multiple of it.
    transfer: where something comes from (`source`) and goes to (`goal`); goal: a `goal` alone. chosen: a
        thing `taken` and the one `left` for it. What a pattern does not name are the words before it.
    instead: what stands between a thing taken and the one it is taken instead of, which comes first where
        both things stand before a comparison. facts: what stands between two facts of two things; joined: the
        same where it only joins them.
    counted: what stands between a native counter and the thing it counts.
    owned: what stands behind a figure that tells of the thing behind it, in a standard of comparison.
    costs: nouns of which less is better, as English stems.
    modifies: the rest of a word of direction that stands before what it is said of.
    more, less: what says more or less behind "than" alone, where no word of direction does.
    graded: more or less (`degree`) of a quality (`word`), or a comparative (`plain`); where both things stand
        before, what stands behind the stem of a verb. degree: what says more or less of what follows. raised:
        what tells that a quality is compared; without it, any is.
    good, bad: qualities of which more is better, or worse, as English stems.
    parties: own and other → what says that a thing is the authors' own, or what others had before.
    none_before, none_behind: what denies that anything beats the standard (no method that outperforms).
    undone_before, undone_behind: what denies a direction, before or behind its word.
    """

    better: Words = ()
    worse: Words = ()
    than: Words = ()
    both_before: bool = False
    subject: str = ""
    agent: str = ""
    object: str = ""
    place: str = ""
    clause: str = ""
    contrast: str = ""
    joint: str = ""
    turns: str = ""
    part: Words = ()
    times: Words = ()
    transfer: str = ""
    goal: str = ""
    chosen: Words = ()
    instead: str = ""
    facts: str = ""
    joined: str = ""
    counted: str = ""
    owned: str = ""
    costs: str = ""
    modifies: str = ""
    more: str = ""
    less: str = ""
    graded: str = ""
    degree: str = ""
    raised: str = ""
    good: str = ""
    bad: str = ""
    parties: dict[str, str] = {}
    none_before: str = ""
    none_behind: str = ""
    undone_before: str = ""
    undone_behind: str = ""


class LinkWords(Table, frozen=True, kw_only=True):
    """Endings and particles that show which word their word goes with; each is the whole of what follows it.

    subject: goes with the verb behind it and the last of the sentence. object, adverb: with the verb behind.
    owner: with the word behind. joined: with the word it is joined to, and with that one's verb.
    modifier: the last letter, taken apart (NFD), of a verb that goes with the word behind.
    nominalised: ends a verb that stands for its clause. ill_formed: a particle where no noun stands.
    between: what may stand between two words of a language without particles, by its name; the first found
        counts.
    """

    subject: str = ""
    object: str = ""
    adverb: str = ""
    owner: str = ""
    joined: str = ""
    modifier: str = ""
    nominalised: str = ""
    ill_formed: str = ""
    between: dict[str, str] = {}


class FormWords(Table, frozen=True, kw_only=True):
    """Words that no finished sentence holds, and those of one that says little.

    talk: an assistant's words to its user; labels: words before a colon told back from a prompt; echo: other
    words of a prompt; hanging: what a sentence cannot end with; subject: how a sentence ends that only names
    a subject. about: how one ends that only says what a text is about. unnamed: how one begins with what
    nothing before names. result, release: signs of either; naming: signs of a thing with a name of its own;
    deedless: signs of no named doer; again: how one begins on the thing before; subjects: signs of a subject
    of its own; pale: a word of any sentence on a paper. promoting: signs of advertisements, jobs, tips,
    questions and old texts.
    """

    talk: Words = ()
    labels: Words = ()
    echo: Words = ()
    hanging: Words = ()
    subject: Words = ()
    about: Words = ()
    unnamed: Words = ()
    deedless: Words = ()
    again: Words = ()
    subjects: Words = ()
    result: Words = ()
    release: Words = ()
    naming: Words = ()
    promoting: Words = ()
    pale: str = ""


class Tone(Table, frozen=True, kw_only=True):
    """The level of speech: its name, where a sentence ends, the polite endings, and those of other levels."""

    name: str = ""
    ends: str = ""
    polite: str = ""
    other: str = ""


class ReportWords(Table, frozen=True, kw_only=True):
    """Signs of no report: prompts, talk, junk; labels and headings before a colon, echoed from a prompt."""

    labels: Words = ()
    headings: Words = ()
    echo: Words = ()
    talk: Words = ()
    junk: Words = ()


class ReadingWords(Table, frozen=True, kw_only=True):
    """Words for reading texts: searches, questions, headlines, pages without a text.

    endings: particles and endings behind a word that is searched for; particles: those behind a noun.
    common: beginnings of words that any sentence over several stories may use.
    asking: beginnings of words that only ask.
    title_stop: words of a headline that are no keywords; news_lead: what stands before one (exclusive:).
    derived: what a headline holds that weighs, compares or explains an event rather than tells it.
    authors: how a sentence begins that tells what its authors say as we.
    step: a numbered step of a list. day: a date, as year, month and day.
    page: what a page without a text says of itself, by the reason that `text.sentences.junk` gives.
    """

    endings: str = ""
    particles: str = ""
    common: str = ""
    asking: str = ""
    title_stop: str = ""
    news_lead: Words = ()
    derived: Words = ()
    authors: str = "(?!)"
    we: str = "(?!)"
    step: Words = ()
    day: str = ""
    page: dict[str, str] = {}


class AskingWords(Table, frozen=True, kw_only=True):
    """How a question asks for one fact; English questions are read word by word (`daybrief.ask.facts`).

    subjects: what is asked for → the pattern that asks, and the one that tells it.
    forms: the form of the answer (share, date, name …) → the pattern that asks for it.
    counted: how many; its groups are the noun before, the particle of an owner, and the noun behind.
    amount, which: how much, and which; the groups are the nouns asked for, the second one optional.
    particles: those behind a noun; topic: behind what is spoken of; owner: behind an owner.
    places: what stands behind a place.
    vague: nouns that name no fact; meant: first letters of a noun → English words it may stand for.
    records: what a record tells (authors, date …) → patterns of whole questions; `x` is what is asked about,
        and `y` what it is compared with. named: what may stand around `x` and is no part of its name.
    released: what says that something is released or may be had.
    """

    records: dict[str, Words] = {}
    named: str = "(?!)"
    released: Words = ()
    subjects: dict[str, tuple[str, str]] = {}
    forms: dict[str, str] = {}
    counted: str = ""
    amount: str = ""
    which: str = ""
    particles: Words = ()
    topic: Words = ()
    owner: Words = ()
    places: Words = ()
    vague: str = ""
    meant: dict[str, str] = {}


class Rules(Table, frozen=True, kw_only=True):
    """The words of one language, by who asks for them.

    roles: the role of a sentence (gist, finding, impact, outlook) → the pattern that tells it.
    """

    numbers: NumberWords = NumberWords()
    denial: DenialWords = DenialWords()
    names: NameWords = NameWords()
    opposites: dict[str, tuple[str, str]] = {}
    directions: dict[str, tuple[str, str]] = {}
    comparison: ComparisonWords = ComparisonWords()
    links: LinkWords = LinkWords()
    generality: GeneralityWords = GeneralityWords()
    form: FormWords = FormWords()
    tone: Tone = Tone()
    report: ReportWords = ReportWords()
    roles: dict[str, str] = {}
    reading: ReadingWords = ReadingWords()
    asking: AskingWords = AskingWords()


def _unchanged(text: str) -> str:
    return text


def _no_particle(word: str, forms: str) -> str:  # noqa: ARG001 - the shape of Language.particle
    return ""


def _no_teller() -> Teller | None:
    return None


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Latin spellings that a word may stand for: a pattern, the first letters of each, and the plainest."""

    pattern: str
    begins: tuple[str, ...]
    spelled: str
    length: int  # syllables


def _no_sound(_word: str) -> Sound | None:
    return None


def _no_words(_text: str) -> tuple[str, ...]:
    return ()


def _no_terms(text: str) -> tuple[tuple[str, str], ...]:  # noqa: ARG001 - shape of `Language.terms`
    return ()


def _no_word(word: str) -> bool:  # noqa: ARG001 - a language without a glossary of the sources' words
    """No word is known."""
    return False


# ── facts ───────────────────────────────────────────────────────────────────────────────────────────

Goods = Literal["code", "data", "model", "benchmark", "demo"]


class OfferFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors offer `phrase`, a noun phrase, perhaps under a name."""

    name: str = ""
    verb: str = "propose"
    phrase: str


class NamedFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors offer `name`, a `kind` of thing, for `task`, a noun phrase; "" for what is not sure."""

    name: str
    verb: str = "propose"
    kind: str = ""
    task: str = ""


class StudyFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors look into `phrase`, a noun phrase or a clause with how or whether."""

    verb: str
    phrase: str


class FindingFact(msgspec.Struct, frozen=True, kw_only=True):
    """The authors found that `clause` holds, a clause with subject and verb."""

    verb: str
    clause: str


class DeedFact(msgspec.Struct, frozen=True, kw_only=True):
    """`name`, or the `kind` of thing it is, does `predicate`, a phrase that begins with its verb.

    `again`: the sentence before is about it too.
    """

    name: str = ""
    kind: str = ""
    predicate: str
    measured: bool = False
    again: bool = False


Outcome = Literal["reach", "raise", "lower", "improve", "beat", "best", "speed", "hold", "shown", "tried"]


class ResultFact(msgspec.Struct, frozen=True, kw_only=True):
    """A result of `name`, of the `kind` of thing it is, or of the authors themselves.

    reach: `metric` is `amount`. raise, lower, improve: it changes by `amount`. beat: better than `rival`, by
    `amount` where that is given. best: the best known. speed: `amount` times faster. hold: a collection of
    `amount` `metric`. shown: its qualities `metric`. tried: only where. `place` is what it was measured on;
    "" where the source does not say. `elsewhere`: the source goes on to name more places. `again`: the
    sentence before is about it too. `after_data`: it is about a benchmark or data, which reach nothing.
    """

    name: str = ""
    kind: str = ""
    outcome: Outcome
    metric: str = ""
    amount: str = ""
    rival: str = ""
    place: str = ""
    elsewhere: bool = False
    again: bool = False
    after_data: bool = False


Hope = Literal["later", "should", "could", "left", "way", "potential", "directions", "limits"]


class HopeFact(msgspec.Struct, frozen=True, kw_only=True):
    """An expectation of the authors about `phrase`.

    later, should, could: work that will, must or can look into it. left: it is left for later. way: the way
    to it is opened. potential: a verb phrase that the work may come to do. directions, limits: those of it
    are discussed, or of the work itself where `phrase` is "".
    """

    hope: Hope
    phrase: str


class ReleaseFact(msgspec.Struct, frozen=True, kw_only=True):
    """A release by the authors, or a promise of one; `name` where it is a single thing with a name."""

    goods: tuple[Goods, ...]
    promised: bool = False
    name: str = ""


Post = Literal["", "show", "ask"]
PageKind = Literal["", "paper", "repository", "video", "model", "article", "announcement", "talk"]


class HeadlineFact(msgspec.Struct, frozen=True, kw_only=True):
    """A headline of news as it stands, without what it is posted as.

    post: its place on a board: what somebody shows, what somebody asks the readers; "" for an article.
    page: the kind of page it leads to, as far as its address tells.
    """

    title: str
    post: Post = ""
    page: PageKind = ""


class TopicFact(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of a headline; `paper` tells a paper's title from a piece of news.

    Without `whole` it is only a passage whose names and compounds tell the subject; where `near` is given,
    only those that it shares with that headline. `post`, `page`: as in `HeadlineFact`. `name`: of what its
    title describes. `site`: the host that it leads to. `offered`: what the authors offer for it. `loose`:
    nothing else is sure, and its terms will do. `wide`: nothing more is told of the work, so that one more
    term may stand beside it. `sure`: only a line of news that says more than a subject and its field counts.
    `begins`: it is a sentence that an article begins with.
    """

    title: str
    paper: bool
    whole: bool = True
    near: str = ""
    post: Post = ""
    page: PageKind = ""
    name: str = ""
    offered: NamedFact | None = None
    loose: bool = False
    wide: bool = False
    sure: bool = False
    begins: bool = False
    site: str = ""


Fact = (
    OfferFact
    | NamedFact
    | StudyFact
    | FindingFact
    | DeedFact
    | ResultFact
    | HopeFact
    | ReleaseFact
    | HeadlineFact
    | TopicFact
)


class Teller(Protocol):
    """Tells facts in one language; `longest` is how many characters a sentence of a gist may have in it."""

    longest: int

    def tell(self, fact: Fact) -> str:
        """Returns a sentence; "" where a word of the fact is not sure."""


# ── a language ──────────────────────────────────────────────────────────────────────────────────────


class Language(msgspec.Struct, frozen=True, kw_only=True):
    """A language of the product.

    code: its BCP 47 code; name: what it calls itself; english: what it is called in English.
    zone: the time zone a machine without one is taken to be in.
    letters: the letters that no other language of ours has, as the inside of a character class; "" for one
        in Latin letters. scripts: what it is written in, as Unicode calls them.
    word: how a word is found in a running text.
    foreign: scripts its readers do not read, as Unicode calls them.
    edges: what stands before and behind a whole word in a pattern.
    must_prevail: whether its own letters must make up a share of each sentence.
    root: letters of a word that survive its endings; 0 where a word is no root.
    numerals, fractions, factors, ordinals, months: how it writes numbers in words.
    particle: the form of a particle that fits a word, "" in a language without; mended: a text with its
        particles put right; one_form: a text with one of each two forms of a particle, as a text of the
        product has them behind a word that is filled in.
    teller: what tells a story's gist in it, None where nothing does; terms: the phrases of a source's text
        that have a fixed translation, with it; originals: the phrases of a source that a phrase of its own is
        the translation of; sound: the Latin names that a word in its letters may be, by their sound.
    meanings: its words of one part and the words of the source language that each may stand for; forms: the
        beginnings that the forms of a verb have, by its stem.
    ordinary: whether its glossary of the source language knows a word, which then is no name. page_of: how
        its readers call a page of a host; "" for one that they do not know by name.
    none: what stands for an empty answer; sample: a sentence with a number.
    """

    code: str
    name: str
    english: str
    zone: str = "UTC"
    letters: str = ""
    scripts: tuple[str, ...] = ("Latin",)
    word: str = ""
    foreign: tuple[str, ...] = ()
    edges: tuple[str, str] = ("", "")
    must_prevail: bool = False
    root: int = 0
    numerals: tuple[Numerals, ...] = ()
    fractions: tuple[Numerals, ...] = ()
    factors: tuple[Numerals, ...] = ()
    ordinals: tuple[Numerals, ...] = ()
    months: tuple[Numerals, ...] = ()
    particle: Callable[[str, str], str] = _no_particle
    mended: Callable[[str], str] = _unchanged
    one_form: Callable[[str], str] = _unchanged
    teller: Callable[[], Teller | None] = _no_teller
    terms: Callable[[str], tuple[tuple[str, str], ...]] = _no_terms
    originals: Callable[[str], tuple[str, ...]] = _no_words
    sound: Callable[[str], Sound | None] = _no_sound
    meanings: Callable[[], Iterable[tuple[str, str]]] = tuple
    forms: Callable[[str], Iterable[str]] = tuple
    ordinary: Callable[[str], bool] = _no_word
    page_of: Callable[[str], str] = _unchanged
    none: str = "none"
    sample: str = ""

    @property
    def rules(self) -> Rules:
        """Its words, from `languages/CODE.toml`, read once."""
        return _rules(self.code)


@cache
def _rules(code: str) -> Rules:
    text = (files(__package__) / f"{code}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Rules)
