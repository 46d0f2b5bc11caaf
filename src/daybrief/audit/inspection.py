"""Inspection: judge a digest section by section, sentence by sentence, by checks that fit anybody's text.

A sentence is contradicted, unsupported, confirmed or not confirmed:

    contradicted    the source says the opposite, or the same of other things, figures, directions
    unsupported     it says what no source says: a name, a number, an "all"
    confirmed       the source says it: enough of its content words stand in the sentence it rests on, in the
                    same order where the language is the same, together as there in another one, and nothing
                    it says needs more proof
    not confirmed   no check objects, and too little is found to say more

A check that finds a denial or the opposite decides. The share of content words is the words' weight by
rarity; it is shown with every verdict. A section is the first of these that holds:

    degenerate      it is no report: letters lost, loops, orders or junk told as news
    wrong-source    it does not speak of (one of) its sources
    contradicted    a sentence is
    unsupported     a sentence is
    not-checkable   the text of a source is not at hand
    not confirmed   a sentence is
    faithful        every sentence is confirmed

A sentence that quotes is held against its quotes, others against all sources of their section. `share` is
the smallest share of content words found of any sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal

import regex
from msgspec.structs import replace

from daybrief.audit.reading import DigestSection, Footnote, KnownSources, PrintedStatement, Reference, keys_of
from daybrief.checks._evidence import (
    MOST_CLAIM,
    around,
    better_exchanged,
    covered,
    everything,
    units,
    verbatim,
)
from daybrief.checks._roles import comparisons
from daybrief.checks.entailment import SourceWords, whole_support
from daybrief.checks.generality import weaker_than
from daybrief.checks.names import origin_of
from daybrief.checks.polarity import loses_privation, negated, turned_across
from daybrief.checks.relations import unproved
from daybrief.checks.wrong_source import Subject, subject
from daybrief.languages import (
    DEFAULT,
    LANGUAGES,
    SOURCE,
    Rules,
    Words,
    language_of,
    language_or_source,
    parts,
    written_in,
)
from daybrief.model import Claim, Item, Judged, Quote, Value, Verdict
from daybrief.ports import Check, Embedder
from daybrief.stages.verify import judge
from daybrief.text.latex import readable
from daybrief.text.plain import paragraph
from daybrief.text.sentences import sentences
from daybrief.writers.extractive import gist

SentenceVerdict = Literal["contradicted", "unsupported", "confirmed", "not confirmed"]

LEAST_ACROSS = 0.72
"""Of a sentence in another language than its source, by weight: the share from which it is confirmed."""

LEAST_ALIKE = 0.92
"""The same within one language, where every word can be looked for."""

_LEAST_ORDER = 0.97  # of units that stand in the source in the same order

_WHOLE, _LEAST_SUPPORT = 0.97, 0.85  # of a paraphrase: its words in the whole source, and the scorer's chance


class SentenceFinding(Value, frozen=True, kw_only=True):
    """The verdict on a sentence, the check that decided, why, and the share of its content words found."""

    verdict: SentenceVerdict
    check: str = ""
    why: str = ""
    share: float = 0.0


def verdict_of(claim: Claim, evidence: Sequence[Item], verdicts: Sequence[Verdict]) -> SentenceFinding:
    """Judges a sentence by the verdicts of all checks and the words of the source."""
    text = claim.text[:MOST_CLAIM]
    sentences = around(claim, evidence)
    passages = sentences if len(sentences) < 2 else (*sentences, " ".join(sentences))
    origin = " ".join(map(origin_of, evidence))
    share = max(
        (covered(_as_told(text, passage), f"{passage} {origin}") for passage in passages), default=0.0
    )
    for outcome in ("contradicted", "unsupported"):
        if objection := next((v for v in verdicts if v.outcome == outcome), None):
            verdict: SentenceVerdict = "contradicted" if outcome == "contradicted" else "unsupported"
            return SentenceFinding(
                verdict=verdict, check=objection.check, why=objection.why, share=round(share, 3)
            )
    if claim.quotes and verbatim(claim, evidence):
        return SentenceFinding(verdict="confirmed", check="quotes", why="verbatim", share=1.0)
    why = _missing(claim, evidence, share)
    return SentenceFinding(
        verdict="not confirmed" if why else "confirmed",
        why=why or f"{share:.0%} of its content words stand in the source's sentence",
        share=round(share, 3),
    )


def _as_told(text: str, sentence: str) -> str:
    """The text without its word for the authors, where the sentence is their own: we introduce."""
    rules = language_or_source(language_of(text)).rules.reading
    authors = re.match(rules.authors, text) if re.search(rules.we, sentence, re.I) else None
    return text[authors.end() :] if authors else text


def _missing(claim: Claim, evidence: Sequence[Item], share: float) -> str:
    """The reason why a sentence without objections is not confirmed; "" when it is."""
    text, sentences = claim.text[:MOST_CLAIM], around(claim, evidence)
    if not sentences:
        return "no sentence of the source shares enough of its content words"
    best = max(sentences, key=lambda sentence: covered(text, sentence))
    by_rule = _told_by_rule(claim, evidence)
    if not by_rule and (len(negated(text)) + len(negated(best))) % 2:
        return "one of the two denies something"
    lacks = _lacks(text, best, share, everything(evidence)) or unproved(text, best)
    if lacks or by_rule:
        return lacks
    lost = "" if language_of(text) == language_of(best) else loses_privation(text, best)
    return lost or _other_order(text, best)


def _lacks(text: str, best: str, share: float, source: str) -> str:
    """The content that a sentence has beyond the one it rests on; "" when there is none."""
    alike = language_of(text) == language_of(best)
    if not (alike and not comparisons(text) and _borne_out(text, source)):
        least = LEAST_ALIKE if alike else LEAST_ACROSS
        if share < least:
            shortfall = f"only {share:.0%} of its content words stand in the source's sentence"
            return f"{shortfall}, fewer than {least:.0%}"
    if not alike and (turned := turned_across(text, [best])):
        return turned
    strong = weaker_than(text, best)
    return f"the source does not say {strong!r}" if strong else ""


def _other_order(text: str, best: str) -> str:
    """How the words of a sentence go together otherwise than in the source; ""."""
    if language_of(text) != language_of(best):
        return better_exchanged(text, best)
    return "" if _order(text, best) >= _LEAST_ORDER else "its words stand in another order than in the source"


def _told_by_rule(claim: Claim, evidence: Sequence[Item]) -> bool:
    """Whether it is, to the letter, what the rules of the gist make of the quoted item's own words."""
    language = language_of(claim.text)
    gists = (sentence for item in _quoted_items(claim, evidence) for sentence in gist(item, "", language))
    return bool(claim.quotes) and any(sentence.text == claim.text for sentence in gists)


def _borne_out(text: str, source: str) -> bool:
    """Whether the whole source has the sentence's words and puts them side by side, as the scorer sees it."""
    return covered(text, source) >= _WHOLE and whole_support(text, _words_of(source)) >= _LEAST_SUPPORT


@lru_cache(maxsize=64)
def _words_of(source: str) -> SourceWords:
    return SourceWords(source)


def _order(text: str, sentence: str) -> float:
    """The share of a text's units that stand in the sentence in the same order: the longest such row."""
    places: dict[str, list[int]] = {}
    for place, unit in enumerate(units(sentence)):
        for stem in unit.stems:
            places.setdefault(stem, []).append(place)
    own = [sorted({p for s in unit.stems for p in places.get(s, ())}) for unit in units(text)]
    own = [positions for positions in own if positions]
    row: list[int] = []  # the smallest last place of a row of each length
    for positions in own:
        for place in reversed(positions):  # a unit may stand in one place only
            at = bisect_left(row, place)
            row[at : at + 1] = [place]
    return len(row) / len(own) if own else 1.0


Code = Literal["lost letters", "loop", "foreign script", "heading", "echo", "talk", "junk"]

MOST_CHARACTERS = 40_000
LEAST_LETTERS = 100  # of its own: the shortest real Korean section has three times as many
LEAST_SHARE = 0.3  # of its own among these and Latin letters
LEAST_LETTERED = 0.55  # of a text that is short of its own letters: the rest is marks and blanks
MOST_REPEATED = 0.35  # share of words that begin an eight-word run which stood before
RUN = 8

_LATIN = re.compile(r"[A-Za-z]")
_MARKS = re.compile(r"(?:[,.;]\s*){6,}")
_HEADING = re.compile(r"^#{1,2} .+", re.M)
_SCRIPT = regex.compile(
    r"[\p{Hiragana}\p{Katakana}\p{Han}\p{Cyrillic}\p{Thai}\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Tamil}]+"
    r"|\p{Greek}{2,}|[\u2500-\u257f]"
)
_ACCENTED = re.compile(r"(?<![\w-])[a-z]*[à-öø-ɏḁ-ỹ][a-zà-öø-ɏḁ-ỹ]*")
_LOAN = frozenset("café cafés naïve naïvely naïveté résumé façade déjà à cliché fiancé rôle über".split())
_GLOSS = re.compile(r"\([^()]{1,12}\)")
_FENCE = re.compile(r"```.*?```|https?://\S+", re.S)


def _patterns(pick: Callable[[Rules], Words]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.I) for language in LANGUAGES for pattern in pick(language.rules))


_ECHO = (
    re.compile(rf"^[^\w\n]*(?:{parts(lambda rules: rules.report.labels)})\s*+\**+\s*+:", re.I | re.M),
    *_patterns(lambda rules: rules.report.echo),
    re.compile(rf"^[^\w\n]*(?:{parts(lambda rules: rules.report.headings)})\W{{0,4}}:", re.I | re.M),
)
_TALK = _patterns(lambda rules: rules.report.talk)
_JUNK = _patterns(lambda rules: rules.report.junk)


class TextFault(Value, frozen=True, kw_only=True):
    """A reason why a text is no report, and the characters (at most 80) that show it."""

    code: Code
    words: str


def faults(text: str, *, language: str = DEFAULT, sources: str = "") -> tuple[TextFault, ...]:
    """Find every fault of a section's text, which should be in `language`; none means it can be read.

    `sources` are the titles and texts of the section's sources: what stands there may be repeated.
    Looks at 40,000 characters at most.
    """
    shown = text[:MOST_CHARACTERS]
    rules: tuple[Callable[[], Iterator[TextFault]], ...] = (
        lambda: _lost_letters(shown, language),
        lambda: _loop(shown),
        lambda: _foreign(shown, language, sources),
        lambda: (_fault("heading", match[0]) for match in _HEADING.finditer(shown)),
        lambda: _first("echo", _ECHO, shown),
        lambda: _first("talk", _TALK, shown),
        lambda: _first("junk", _JUNK, shown),
    )
    return tuple(fault for rule in rules for fault in list(rule())[:3])


def _lost_letters(text: str, language: str) -> Iterator[TextFault]:
    if match := _MARKS.search(text):
        yield _fault("lost letters", match[0])
    own = language_or_source(language)
    if not own.must_prevail:
        return
    bare = _MARKUP.sub("", _TITLED.sub("", text))
    native, latin = len(re.findall(f"[{own.letters}]", bare)), len(_LATIN.findall(bare))
    few = native < LEAST_LETTERS and native + latin < LEAST_LETTERED * len(bare)
    if len(bare) >= LEAST_LETTERS * 2 and (few or native / max(1, native + latin) < LEAST_SHARE):
        yield _fault("lost letters", f"{native} {own.scripts[0]} and {latin} Latin letters")


def _loop(text: str) -> Iterator[TextFault]:
    words = text.split()
    runs = Counter(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
    repeated = sum(n - 1 for n in runs.values())
    if words and repeated / len(words) > MOST_REPEATED:
        yield _fault("loop", " ".join(runs.most_common(1)[0][0]))


def _foreign(text: str, language: str, sources: str) -> Iterator[TextFault]:
    """Script that is neither the text's nor its sources'; glosses in brackets after a word are good style."""
    bare = _FENCE.sub(" ", text)
    unbracketed = _GLOSS.sub(" ", bare)
    own = written_in(language)
    for match in _SCRIPT.finditer(unbracketed):
        if not (own and own.fullmatch(match[0])) and match[0] not in sources:
            yield _fault("foreign script", match[0])
    if not language_or_source(language).must_prevail:
        return
    for word in _ACCENTED.findall(bare):
        if word not in _LOAN and word not in sources.lower():
            yield _fault("foreign script", word)


def _first(code: Code, rules: tuple[re.Pattern[str], ...], text: str) -> Iterator[TextFault]:
    for rule in rules:
        if match := rule.search(text):
            yield _fault(code, match[0])


def _fault(code: Code, words: str) -> TextFault:
    return TextFault(code=code, words=" ".join(words.split())[:80])


Outcome = Literal[
    "faithful",
    "wrong-source",
    "degenerate",
    "contradicted",
    "unsupported",
    "not confirmed",
    "not-checkable",
]

LEAST_SOURCE = 80  # characters: a shorter text is a title or a teaser, too little to hold sentences against
MOST_CLAIMS = 400  # sentences of a section
_LEAST_CLAIM = 15  # characters: shorter lines are labels
_LABEL = re.compile(
    rf"\A[\s>*_#\-–•◦·]*(?:\(?\d{{1,2}}[.)]\s*|{parts(lambda rules: rules.reading.step)})?[\s*_]*"
)
_TITLED = re.compile(  # a story's title, linked or not, before its sentence
    r"(?m)^[ \t]{0,8}[-*] \*\*(?:\[[^\]\n]{1,300}\]\([^)\n]{1,2000}\)|[^*\n]{1,200})\*\*:"
)
_MARKUP = re.compile(r"\*\*|__|`|\[\^\d+\]|(?<=\])\([^()\s]{1,2000}\)")  # also the address of a link


class JudgedSentence(Value, frozen=True, kw_only=True):
    """A sentence that was not confirmed: its verdict, the check that decided, and why.

    `share` is the share of its content words found in its source. `outcome` is the verdict in the words of
    earlier versions: `unsupported` for contradicted and unsupported, `unclear` for not confirmed.
    """

    text: str
    outcome: str
    check: str
    why: str
    verdict: SentenceVerdict = "not confirmed"
    share: float = 0.0


class Finding(Value, frozen=True, kw_only=True):
    """The verdict on one section, with reasons a reader can follow.

    `claims` are the sentences that were not confirmed; `checked` says how many were looked at, `confirmed`
    how many of them were, `share` the smallest share of content words that was found of any.
    """

    date: str
    kind: str
    category: str
    position: int
    verdict: Outcome
    reasons: tuple[str, ...]
    claims: tuple[JudgedSentence, ...] = ()
    checked: int = 0
    confirmed: int = 0
    share: float = 0.0


class Checks(Value, frozen=True, kw_only=True):
    """`quoting` are asked of sentences with quotes, `free` of those without."""

    quoting: tuple[Check, ...]
    free: tuple[Check, ...]


def inspect(
    sections: Sequence[DigestSection], known: KnownSources, checks: Checks, embedder: Embedder | None = None
) -> tuple[Finding, ...]:
    """A finding for each section, in order; sections of one page serve as each other's foil."""
    language = language_of("\n".join(section.text[:2_000] for section in sections[:50])) or DEFAULT
    pages: dict[str, list[Item]] = {}
    for section in sections:
        page = pages.setdefault(section.group, [])
        page += [item for item in _items(section, known) if _has_text(item)]
    return tuple(
        _finding(section, known, pages[section.group], checks, language, embedder) for section in sections
    )


def _finding(
    section: DigestSection,
    known: KnownSources,
    page: Sequence[Item],
    checks: Checks,
    language: str,
    embedder: Embedder | None,
) -> Finding:
    items = [_readable(item) for item in _items(section, known)]
    broken = faults(section.text, language=language, sources="\n".join(_source_texts(section, items)))
    if broken:
        return _verdict(section, "degenerate", [f"{fault.code}: {fault.words}" for fault in broken])
    if section.claims is not None or section.footnotes:
        return _quoted(section, items, checks)
    texts = [_known_text(reference, section, known) for reference in section.sources]
    about = _subject(section, texts, page, embedder)
    if about and about.outcome == "wrong":
        return _verdict(section, "wrong-source", list(_subject_reasons(section, texts, about)))
    missing = [source for source, text in zip(section.sources, texts, strict=True) if not text]
    if missing or not section.sources:
        why = [_why_unknown(source, section, known) for source in missing[:20]]
        return _verdict(section, "not-checkable", why or ["the section names no source"])
    if about and about.outcome == "unclear":
        return _verdict(section, "not-checkable", [about.why])
    judged = _judged([_free_claim(text) for text in _sentences(section.text)], items, checks)
    return _by_claims(section, judged, items)


def _quoted(section: DigestSection, items: Sequence[Item], checks: Checks) -> Finding:
    """A section of ours: every sentence names the words it rests on."""
    if section.claims is not None:
        judged = judge(section.claims, checks.quoting, _evidence(items))
        return _by_claims(section, judged, items)
    noted = {note.number: note for note in section.footnotes}
    evidence = _with_footnotes(section, items)
    claims = [_from_statement(statement, noted, evidence) for statement in section.statements]
    judged = judge(claims, checks.quoting, _evidence(evidence))
    return _by_claims(section, judged, evidence)


def _judged(claims: Sequence[Claim], items: Sequence[Item], checks: Checks) -> tuple[Judged, ...]:
    return tuple(
        Judged(claim=claim, verdicts=tuple(check.check(claim, items) for check in checks.free))
        for claim in claims
    )


def _by_claims(section: DigestSection, judged: Sequence[Judged], items: Sequence[Item]) -> Finding:
    sentence_findings = [
        (j.claim.text, verdict_of(j.claim, _quoted_items(j.claim, items), j.verdicts)) for j in judged
    ]
    doubted = tuple(
        JudgedSentence(
            text=text[:500],
            outcome="unclear" if finding.verdict == "not confirmed" else "unsupported",
            check=finding.check,
            why=finding.why,
            verdict=finding.verdict,
            share=finding.share,
        )
        for text, finding in sentence_findings
        if finding.verdict != "confirmed"
    )
    verdicts = {sentence.verdict for sentence in doubted}
    verdict: Outcome = next(
        (name for name in ("contradicted", "unsupported", "not confirmed") if name in verdicts), "faithful"
    )
    blamed = [sentence for sentence in doubted if sentence.verdict == verdict]
    finding = _verdict(
        section, verdict, [_reason(sentence) for sentence in blamed[:10]], doubted, len(judged)
    )
    return replace(
        finding,
        confirmed=len(judged) - len(doubted),
        share=min((finding.share for _, finding in sentence_findings), default=0.0),
    )


def _quoted_items(claim: Claim, items: Sequence[Item]) -> Sequence[Item]:
    """The items a sentence quotes, or all where it quotes nothing."""
    named = {(quote.source, quote.item_key) for quote in claim.quotes}
    return [item for item in items if (item.source, item.key) in named] if named else items


def _reason(sentence: JudgedSentence) -> str:
    return f"{sentence.check or sentence.verdict}: {sentence.why}"


def _verdict(
    section: DigestSection,
    verdict: Outcome,
    reasons: Iterable[str],
    claims: tuple[JudgedSentence, ...] = (),
    checked: int = 0,
) -> Finding:
    return Finding(
        date=section.date,
        kind=section.kind,
        category=section.category,
        position=section.position,
        verdict=verdict,
        reasons=tuple(reasons),
        claims=claims,
        checked=checked,
    )


# ── what the sources say ────────────────────────────────────────────────────────────────────────────


def _items(section: DigestSection, known: KnownSources) -> list[Item]:
    """Collect the items behind the section's sources, first those that the digest itself brings."""
    items = {item.key: item for item in section.items}
    for reference in section.sources:
        if item := known.find(reference):
            items.setdefault(item.key, item)
    return list(items.values())


def _known_text(reference: Reference, section: DigestSection, known: KnownSources) -> str:
    own = next((item for item in section.items if _matches(item, reference)), None)
    best = max((i for i in (own, known.find(reference)) if i), key=lambda i: len(i.text), default=None)
    if best is None or not _has_text(best):
        return ""
    return f"{reference.title or best.title}. {best.text}"


def _why_unknown(reference: Reference, section: DigestSection, known: KnownSources) -> str:
    """Say why a source cannot be held against the section: nothing, or a teaser only, is known of it."""
    name = reference.title or reference.url
    own = (item for item in section.items if _matches(item, reference))
    most = max((len(item.text) for item in (*own, known.find(reference)) if item), default=0)
    if most:
        return f"of this source only {most} characters are known, fewer than {LEAST_SOURCE}: {name}"
    return f"the text of this source is not at hand: {name}"


def _matches(item: Item, reference: Reference) -> bool:
    """Whether a text that the digest brings is this source's: it stands beside its title and address."""
    return (item.title, item.url) == (reference.title, reference.url)


def _has_text(item: Item) -> bool:
    return len(item.text) >= LEAST_SOURCE


def _readable(item: Item) -> Item:
    """Evidence as a page prints it: its LaTeX in Unicode."""
    if "$" not in item.text + item.title and "\\" not in item.text + item.title:
        return item
    return Item(
        key=item.key,
        source=item.source,
        kind=item.kind,
        title=paragraph(readable(item.title)),
        url=item.url,
        text=paragraph(readable(item.text)),
        authors=item.authors,
        published=item.published,
        announced=item.announced,
        venue=item.venue,
    )


def _source_texts(section: DigestSection, items: Sequence[Item]) -> Iterator[str]:
    yield from (reference.title for reference in section.sources)
    yield from (note.words for note in section.footnotes)
    for item in items:
        yield item.title
        yield item.text


def _evidence(items: Iterable[Item]) -> dict[str, Item]:
    return {f"{item.source}|{item.key}": item for item in items}


# ── which source is it about ────────────────────────────────────────────────────────────────────────


def _subject(
    section: DigestSection, texts: Sequence[str], page: Sequence[Item], embedder: Embedder | None
) -> Subject | None:
    """The verdict on the sources whose texts are known; None where none is.

    Where some are unknown, the text may speak of those: then only what a known source lacks can be said.
    """
    known = [text for text in texts if text]
    if not known:
        return None
    own = {key for reference in section.sources for key in keys_of(reference)}
    others = {item.key: item for item in page if own.isdisjoint(keys_of(_reference(item)))}
    foils = [f"{item.title}. {item.text}" for item in others.values()]
    unknown = [r.title for r, text in zip(section.sources, texts, strict=True) if not text]
    about = subject(section.text, [*known, *unknown], foils, embed=embedder)
    if unknown and len(about.left_out) == len(known) + len(unknown):
        return None
    return about


def _subject_reasons(section: DigestSection, texts: Sequence[str], about: Subject) -> Iterator[str]:
    order = [n for n, text in enumerate(texts) if text] + [n for n, text in enumerate(texts) if not text]
    for number in about.left_out:
        source = section.sources[order[number]]
        yield f"does not speak of: {source.title or source.url}"
    if about.instead is not None:
        yield "speaks of a source of another section instead"


def _reference(item: Item) -> Reference:
    return Reference(title=item.title, url=item.url, arxiv_id=item.key)


# ── sentences ───────────────────────────────────────────────────────────────────────────────────────


def _sentences(text: str) -> list[str]:
    """The sentences of a text without list marks, labels and bold marks; headings and labels left out."""
    texts = []
    for line in text[:100_000].splitlines():
        if line.lstrip().startswith("#"):
            continue
        bare = _MARKUP.sub("", _LABEL.sub("", _TITLED.sub("", line))).strip()
        if len(bare) >= _LEAST_CLAIM and not bare.endswith(":"):
            texts += [sentence.text for sentence in sentences(bare)]
    return texts[:MOST_CLAIMS]


def _free_claim(text: str) -> Claim:
    return Claim(text=text, part="finding", quotes=(), stories=(), language=language_of(text) or SOURCE)


def _from_statement(statement: PrintedStatement, noted: dict[int, Footnote], items: Sequence[Item]) -> Claim:
    quotes = [_quote(noted[n], items) for n in statement.notes if n in noted]
    return Claim(
        text=statement.text,
        part=statement.part,
        quotes=tuple(quotes),
        stories=(),
        language=language_of(statement.text) or SOURCE,
    )


def _quote(note: Footnote, items: Sequence[Item]) -> Quote:
    """Find the words of a footnote; (0, 0) when the source it names does not hold them."""
    keys = set(keys_of(Reference(title=note.title, url=note.url)))
    named = [item for item in items if keys & set(keys_of(_reference(item)))]
    for item in named:
        for field in ("text", "title"):
            start = (item.text if field == "text" else item.title).find(note.words)
            if start >= 0:
                end = start + len(note.words)
                return Quote(
                    item_key=item.key,
                    source=item.source,
                    start=start,
                    end=end,
                    text=note.words,
                    field="text" if field == "text" else "title",
                )
    key = named[0].key if named else note.url or note.title
    source = named[0].source if named else "footnote"
    return Quote(item_key=key, source=source, start=0, end=0, text=note.words)


def _with_footnotes(section: DigestSection, items: Sequence[Item]) -> list[Item]:
    """The known items, and for footnotes on anything else the words that the page itself prints."""
    known = {key for item in items if item.text for key in keys_of(_reference(item))}
    printed: dict[str, list[Footnote]] = {}
    for note in section.footnotes:
        if known.isdisjoint(keys_of(Reference(title=note.title, url=note.url))):
            printed.setdefault(note.url or note.title, []).append(note)
    return [
        *(item for item in items if item.text),
        *(
            Item(
                key=key,
                source="footnote",
                kind="news" if section.kind == "news" else "paper",
                title=notes[0].title,
                url=notes[0].url,
                text="\n".join(dict.fromkeys(note.words for note in notes)),
            )
            for key, notes in printed.items()
        ),
    ]
