"""The gist of a story: two or three sentences in the reader's language, made from checked slots.

    sentences → offer | study | finding | deed | release     patterns over what authors say of their own work
    title     → news | topic
    item → slots → what it is (1) → what it does or found (1) → what is released (1) → claims

A slot is filled from an English title or text, only by a pattern that names its parts, with the exact words
it came from. Several candidates come for most slots, best first; the teller of the reader's language takes
the first it can render whole. A slot whose words are not sure is left out. A story already told in the
reader's language gives its own best sentence, word for word. Every claim carries the words it was made from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice

import msgspec

from daybrief.languages import (
    SOURCE,
    Language,
    either,
    language_of,
    language_or_source,
    own_share,
    parts,
    words,
)
from daybrief.languages.telling import (
    DeedFact,
    Fact,
    FindingFact,
    Goods,
    Hope,
    HopeFact,
    NewsFact,
    OfferFact,
    Outcome,
    ReleaseFact,
    ResultFact,
    StudyFact,
    Teller,
    TopicFact,
)
from daybrief.model import Claim, Item, Part, Quote
from daybrief.text.sentences import Sentence, leads_away, sentences, trimmed
from daybrief.writers.extractive.salience import choose

_MOST_SENTENCES = 40
_LONGEST = 700  # characters of a sentence that is read


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A fact and where it stands: code points of the item's `field`."""

    fact: Fact
    start: int
    end: int
    title: bool = False


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """The filled slots of one story, the surest of each kind first."""

    offers: tuple[Slot, ...] = ()
    studies: tuple[Slot, ...] = ()
    findings: tuple[Slot, ...] = ()
    results: tuple[Slot, ...] = ()
    deeds: tuple[Slot, ...] = ()
    releases: tuple[Slot, ...] = ()
    topics: tuple[Slot, ...] = ()
    news: tuple[Slot, ...] = ()
    hints: tuple[Slot, ...] = ()
    impacts: tuple[Slot, ...] = ()
    outlooks: tuple[Slot, ...] = ()


_ALSO = r"(?:\w+(?<=ly) |also |then |first |further |here |thus |therefore )*"
_WE = (
    r"(?:we|(?:in )?this (?:paper|work|study|article|report|survey|thesis|tutorial)"
    r"|the (?:paper|authors|study)|our (?:work|paper|study))"
)
_OFFER = re.compile(
    rf"\b{_WE} {_ALSO}(?P<verb>propos|introduc|present|develop|design|devis|describ|releas|build"
    r"|construct|creat|offer|contribut)(?:e|es|s|ed|)\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = {
    "propos": "propose", "introduc": "introduce", "devis": "propose", "describ": "present",
    "releas": "release", "creat": "build", "construct": "build", "offer": "propose",
    "contribut": "propose", "design": "propose",
}  # fmt: skip
_STUDY = re.compile(
    rf"\b{_WE} {_ALSO}(?P<verb>stud(?:y|ies)|investigates?|explores?|examines?|analy[sz]es?|evaluates?"
    r"|compares?|reviews?|surveys?|revisits?|addresse?s?|tackles?|discusse?s?|considers?|assess(?:es)?"
    r"|benchmarks?)\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_AIM = re.compile(
    r"\b(?:(?:this|our) (?:paper|work|study|research|article|tutorial|project|thesis)|we) (?:\w+(?<=ly) )?"
    r"(?P<verb>aims?|seeks?|attempts?) to (?P<rest>.+)"
    r"|\bthe (?:main |primary |overall )?(?:objective|goal|aim|purpose) of (?:this|our|the) "
    r"(?:paper|work|study|research|article|tutorial|project|thesis) (?:is|was) to (?P<goal>.+)",
    re.IGNORECASE | re.DOTALL,
)
_BY_OFFERING = re.compile(
    rf"^(?:{_WE})\b[^.;]{{3,160}}? by (?P<verb>propos|introduc|present|develop|design|devis)ing "
    r"(?P<rest>an? .+)",
    re.IGNORECASE | re.DOTALL,
)
_FINDING = re.compile(
    rf"\b(?:{_WE}|(?:our |the |these |empirical |experimental )*"
    rf"(?:results?|experiments?|findings?|analys[ie]s|evaluations?)) {_ALSO}"
    r"(?P<verb>shows?|finds?|found|demonstrates?|proves?|observes?|reveals?|indicates?|suggests?"
    r"|discovers?|establish|conclude)\s+that\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_NAME = r"(?:\\\w+\{)?(?P<name>[A-Z0-9][\w.+-]*[\w+](?: [A-Z0-9][\w.+-]*){0,3})\}?"
_NAMED_FIRST = re.compile(
    rf"(?:the )?{_NAME}(?:\s*\((?P<short>[^()]{{2,80}})\))?\s*[,:]\s*"
    r"(?P<rest>(?:an?|the|our|the first|one)\s+.+)",
    re.DOTALL,
)
_NAMED_LAST = re.compile(
    rf"(?P<rest>(?:an?|the|our)\s+[^,.;]{{4,160}}?)(?:,)?\s+"
    rf"(?:called|named|dubbed|termed|namely|referred to as|coined)\s+{_NAME}(?: \([^()]{{2,40}}\))?"
    r"(?P<tail>(?:[,.;]|\s+(?:that|which|to [a-z])).*|$)",
    re.DOTALL,
)
_SHORT_NAME = re.compile(r"[A-Z0-9][\w+-]{1,19}")
_TITLE_NAME = re.compile(r"^(?P<name>[^\s:]{2,30}(?: [A-Z0-9][^\s:]{0,20}){0,2}):\s")
_RELEASE = (
    re.compile(
        r"\bwe (?:\w+(?<=ly) |also |will |have )*(?:releas(?:e|ed)|open-?sourced?|publish"
        r"|make(?=.{0,160}(?:available|public)))\b"
        r"(?P<goods>.{0,160})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:^|[.,;:(]\s|\b(?:our|the|all|and|both|source|these|footnote\{)\s?)"
        r"(?P<goods>(?:code|source code|data"
        r"|datasets?|models?|weights|checkpoints|benchmark|demo|implementation)\b[^.]{0,80}?)"
        r"\b(?:is|are|will be|can be) (?:\w+(?<=ly) |made )*"
        r"(?:available|released|open-?sourced|found|accessed|public)",
        re.IGNORECASE,
    ),
)
_GOODS: tuple[tuple[Goods, re.Pattern[str]], ...] = (
    ("code", re.compile(r"\b(?:code|codebase|implementation|source code|scripts?)\b", re.IGNORECASE)),
    ("data", re.compile(r"\b(?:data ?sets?|data|corpus|corpora|annotations)\b", re.IGNORECASE)),
    ("model", re.compile(r"\b(?:models?|weights|checkpoints)\b", re.IGNORECASE)),
    ("benchmark", re.compile(r"\b(?:benchmark)\b", re.IGNORECASE)),
    ("demo", re.compile(r"\bdemo\b", re.IGNORECASE)),
)
_ADDRESS = re.compile(
    r"(?:\b(?:at|in|on|from|via|under|here):?[\s({\[]{1,3})?(?:\\(?:url|href)|https?:|www\.|(?<![\w.])[\w.-]{2,60}\.(?:com|org|io|net|ai|dev|edu)\b)"
)
_PROMISE = re.compile(
    r"\bwill\b|\bplan to\b|\bupon (?:acceptance|publication)\b|\bsoon\b|\bto be\b|\bshall\b", re.IGNORECASE
)
_JOINS = re.compile(r"(?:\band|\bthus|\bhere|\bend|\bthen|\btherefore|\bspecifically|\bbut)$", re.IGNORECASE)
_OURS = re.compile(r"(?:our|these|this|those|its|their|the proposed|the above|such|it)\b", re.IGNORECASE)
_OUR = re.compile(r"\bour\b")
_OBJECT = re.compile(r"\b(?:for|to|that|which|trained|used|on|generated)\b")
_EARLIER = re.compile(r"\b(?:In (?:19|20)\d\d|[Pp]reviously|[Ee]arlier|[Pp]rior)\b")
_OPENED = (
    r"(?:(?:Specifically|In particular|Concretely|Moreover|Furthermore|Additionally|In addition|To this end"
    r"|Finally|Notably)[,:]?\s+)?"
)
_OWN = re.compile(
    rf"^{_OPENED}(?:[Oo]ur|[Tt]he proposed|[Tt]his|[Tt]he)\s+(?:\w+[ -]){{0,2}}"
    r"(?P<thing>method|approach|framework|model|system|algorithm|technique|pipeline|strategy|architecture)"
    r"\s+(?P<rest>.+)",
    re.DOTALL,
)
_OFFERED = re.compile(r"(?:proposes?|introduces?|presents?|is|are|was|were|has|have|consists?)\b")
_MEASURED = re.compile(r"\d|outperform|surpass|state-of-the-art|exceed")


def slots(item: Item) -> Slots:
    """All slots that the item's English title and text fill."""
    whole = sentences(item.text)[:_MOST_SENTENCES]
    spans = [span for span in whole if len(span.text) <= _LONGEST and not leads_away(span.text)]
    offers: list[Slot] = []
    studies: list[Slot] = []
    findings: list[Slot] = []
    deeds: list[Slot] = []
    outcomes: list[Slot] = []
    releases: list[Slot] = []
    for span in spans:
        offers += _offers(span)
    name = _own_name(item) or next((name for slot in offers if (name := _name_of(slot.fact))), "")
    names = frozenset((name, *_short_names(offers, item.text)))
    for span in spans:
        studies += _matched(span, _STUDY, _study)
        studies += _aims(span)
        findings += _matched(span, _FINDING, _finding)
        deeds += _deeds(span, name)
        outcomes += _outcomes(span, names)
    for span in whole:
        releases += _releases(span)
    measured = tuple(slot for slot in deeds if isinstance(slot.fact, DeedFact) and slot.fact.measured)
    return Slots(
        offers=tuple(offers),
        studies=tuple(studies),
        findings=tuple(findings),
        results=(*outcomes, *measured),
        deeds=tuple(slot for slot in deeds if slot not in measured),
        releases=tuple(releases),
        topics=tuple(_topics(item)),
        news=tuple(_news(item)),
        hints=tuple(_hints([*offers, *studies], spans, item)),
        impacts=tuple(slot for span in spans for slot in _hopes(span, _IMPACTS)),
        outlooks=tuple(slot for span in spans for slot in _hopes(span, _OUTLOOKS)),
    )


def _short_names(offers: Sequence[Slot], text: str) -> Iterator[str]:
    """What the authors call what they offer: names, and acronyms in brackets behind it."""
    for offer in offers:
        yield _name_of(offer.fact)
        yield from _IN_BRACKETS.findall(text[offer.start : offer.end])


_IN_BRACKETS = re.compile(r"\(([A-Z][\w.+-]*\w)\)")


def _name_of(fact: Fact) -> str:
    return fact.name if isinstance(fact, OfferFact) else ""


def _own_name(item: Item) -> str:
    """The name the paper gives its work: before the colon of its title, and in its text."""
    found = _TITLE_NAME.match(item.title)
    if not found:
        return ""
    name = found["name"].strip()
    shaped = any(s.isupper() for s in name[1:]) or any(s.isdigit() for s in name) or " " not in name
    return name if shaped and name[0].isalnum() and re.search(rf"\b{re.escape(name)}\b", item.text) else ""


def _offers(span: Sentence) -> Iterator[Slot]:
    found = _OFFER.search(span.text) or _BY_OFFERING.search(span.text)
    if not found or not _opens(span.text, found.start()) or _EARLIER.search(span.text[: found.start()]):
        return
    verb = _VERBS.get(found["verb"].lower(), found["verb"].lower())
    rest = found["rest"]
    if _OURS.match(rest) or _OUR.search(rest[:100]):
        return
    if first := _NAMED_FIRST.match(rest):
        short = first["short"] or ""
        name = short if _SHORT_NAME.fullmatch(short) else first["name"]
        yield _slot(span, OfferFact(name=name, verb=verb, phrase=first["rest"]))
    elif last := _NAMED_LAST.match(rest):
        yield _slot(
            span, OfferFact(name=last["name"], verb=verb, phrase=(last["rest"] + last["tail"]).strip())
        )
    elif not rest.lower().startswith(("that ", "how ", "to ", "in ", "on ", "for ")):
        yield _slot(span, OfferFact(verb=verb, phrase=rest))


def _aims(span: Sentence) -> Iterator[Slot]:
    """What the authors set out to do."""
    found = _AIM.search(span.text)
    if found and _opens(span.text, found.start()):
        rest = found["rest"] or found["goal"]
        if not _OURS.search(rest[:80]):
            yield _slot(span, StudyFact(verb="aim", phrase=rest))


def _matched(span: Sentence, pattern: re.Pattern[str], make: Callable[[str, str], Fact]) -> Iterator[Slot]:
    found = pattern.search(span.text)
    if (
        found
        and _opens(span.text, found.start())
        and not (make is _study and _OURS.search(found["rest"][:80]))
    ):
        yield _slot(span, make(found["verb"].lower(), found["rest"]))


def _opens(text: str, at: int) -> bool:
    """Whether a clause of its own begins here: the sentence, or what stands behind a comma or "and"."""
    before = text[:at].rstrip()
    return not before or before[-1] in ",;:" or bool(_JOINS.search(before))


def _study(verb: str, rest: str) -> StudyFact:
    return StudyFact(verb=_base(verb), phrase=rest)


def _finding(verb: str, rest: str) -> FindingFact:
    return FindingFact(verb=_base(verb), clause=rest)


def _base(verb: str) -> str:
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith("sses"):
        return verb[:-2]
    return {"found": "find"}.get(verb, verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb)


def _deeds(span: Sentence, name: str) -> Iterator[Slot]:
    text = span.text
    subject = kind = ""
    if name and (at := re.match(rf"(?:\w+, )?{re.escape(name)}\s+", text)):
        subject, rest = name, text[at.end() :]
    elif own := _OWN.match(text):
        rest, kind = own["rest"], own["thing"].lower()
    else:
        return
    rest = re.sub(r"^(?:not only|also|then|further|thus)\s+", "", rest)
    if _OFFERED.match(rest):
        return
    yield _slot(
        span, DeedFact(name=subject, kind=kind, predicate=rest, measured=bool(_MEASURED.search(rest)))
    )


_QUANTITY = (
    r"(?:(?:up to|an average of|at least|approximately|about|around|nearly|almost|over|more than)\s+)?"
    r"\d++(?:[.,]\d++)*+(?:[kKmM]\b)?+"
    r"(?:\s?(?:\\?%|percent(?:age points?)?|points?|×|\$\\times\$|x\b|times\b))?+"
)
_SUBJECT = (
    rf"(?:(?P<we>{_WE})|(?:[Oo]ur|[Tt]he proposed|[Tt]he resulting|[Tt]his)\s+(?:[\w-]+ ){{0,3}}?"
    r"(?P<kind>method|approach|framework|model|system|algorithm|technique|pipeline|strategy|architecture"
    r"|dataset|benchmark)s?(?:,? (?P<called>[A-Z][\w.+-]*\w),?)?"
    r"|(?:[Tt]he )?(?:\\\w+\{)?(?P<name>[A-Z][\w.+-]*\w)\}?"
    r"(?: (?:framework|model|method|approach|algorithm|dataset|benchmark))?)"
)
_SHOWN_BY = (
    r"(?:[^.;]{0,160}?\b(?:results?|experiments?|evaluations?|analys[ie]s|studies|simulations?|we)\b"
    r"[^.;]{0,160}?"
    r"\b(?:show|demonstrate|indicate|reveal|confirm|validate)"
    r"(?:s|d|ed|ing)? (?:that )?(?=our |the |this |[A-Z])"
    r"|(?:On|In|Across|With|Compared (?:to|with)) [^.;]{3,100}?, )?"
)
_ALSO_THEN = r"(?:\w+(?<=ly) |also |then |further |can |even )*"
_METRIC = r"(?:[A-Za-z][\w@-]*\s){0,3}?[A-Za-z][\w@-]*"
_RESULTS: tuple[tuple[Outcome, str], ...] = (
    ("best", r"(?:achiev|attain|obtain|reach|set|establish|show|demonstrat|exhibit|deliver)\w*"
     r"\s+(?:a |the )?(?:new )?(?:state-of-the-art|SOTA)"
     r"\s+(?:performances?|results?)\b(?!\s+(?:for|in|among|with|when|while|at|of|and|regarding|even)\b)"),
    ("speed", rf"(?:achiev|attain|obtain|provid|offer|yield|deliver)\w*\s+(?:an? )?(?P<amount>{_QUANTITY})\s+"
     r"(?:inference |training )?(?:speed-?ups?|acceleration|faster (?:inference|training))"),
    ("speed", rf"(?:is|are|runs?)\s+(?P<amount>{_QUANTITY})\s+faster(?=\s+than)"),
    ("reach", rf"(?:achiev|attain|obtain|reach|yield|record)\w*\s+(?:an? |the )?(?P<metric>{_METRIC})\s+of\s+"
     rf"(?P<amount>{_QUANTITY})"),
    ("reach", rf"(?:achiev|attain|obtain|reach|yield|record)\w*\s+(?:an? |the )?(?P<amount>{_QUANTITY})\s+"
     rf"(?:in )?(?P<metric>{_METRIC})"),
    ("beat", r"(?:outperform|surpass|exceed)\w*\s+(?P<rival>[^.;:]{3,90}?)"
     rf"(?:\s+by\s+(?:a margin of )?(?P<amount>{_QUANTITY}))?(?=\s+(?:on|in|across|over)\b|[,;]|\.?$|\.\s)"),
    ("raise", rf"(?:increas|boost|rais)\w*\s+(?:the )?(?P<metric>{_METRIC})\s+by\s+(?P<amount>{_QUANTITY})"),
    ("improve", rf"(?:improv|enhanc)\w*\s+(?:the )?(?P<metric>{_METRIC})\s+by\s+(?P<amount>{_QUANTITY})"),
    ("lower", rf"(?:reduc|decreas|lower|cut)\w*\s+(?:the )?(?P<metric>{_METRIC})\s+by\s+"
     rf"(?P<amount>{_QUANTITY})"),
    ("hold", rf"(?:compris|contain|includ|consist|cover|featur|span)\w*\s+(?:of )?(?P<amount>{_QUANTITY})\s+"
     r"(?P<metric>[A-Za-z][\w-]*(?: [A-Za-z][\w-]*){0,4}?)"
     r"(?=\s*(?:[,.;(]|$|\b(?:across|from|spanning|in|with|and"
     r"|covering|that|for|of|on|over|paired|to)\b))"),
)  # fmt: skip
_RUN = r"(?:[^,.;:()]|\.(?=\d))"
_STOP = (
    r"(?=[,;:(]|\.?$|\.\s|\s(?:by|with|while|when|using|compared|over|demonstrating"
    r"|and (?:achiev|outperform|reduc|improv))\w*)"
)
_RIVAL = re.compile(
    r"\s(?:over|compared (?:to|with)|relative to|than|versus)\s+"
    rf"(?P<rival>{_RUN}{{3,80}}?)(?:(?=\s+(?:on|in)\b)|{_STOP})"
)
_PLACE = re.compile(rf"\s(?:on|across|in)\s+(?P<place>{_RUN}{{2,80}}?){_STOP}")
_UNSURE = re.compile(
    r"\b(?:not|no|without|only|may|might|could|would|should|cannot|if|unless|than previously|previous(?:ly)?"
    r"|respectively|while|whereas|although|but|however)\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\s*(?:,\s*|and\s+|to\s+|-|–|/|vs\.?\s*|or\s+|±|\\pm|of\s+the\b|of\s+(?!\d))(?=\d|the\b|[a-z])"
)
_AND_ANOTHER = re.compile(r"^[^.;]*(?:\.\d[^.;]*)*\b(?:respectively|(?:and|or|vs\.?) (?:an? )?\d)")
_FAR = 160  # characters between the subject and the clause of a result
_OUTCOME = re.compile(rf"^(?:{_OPENED})?{_SHOWN_BY}{_SUBJECT}\s+{_ALSO_THEN}(?:not only )?", re.DOTALL)
_COMPILED_RESULTS = tuple((outcome, re.compile(rf"\b{pattern}", re.DOTALL)) for outcome, pattern in _RESULTS)
_LATER_CLAUSE = r"(?:\s+and\s+|,\s+(?:and\s+|thereby\s+|thus\s+|while\s+|also\s+)?)"


def _outcomes(span: Sentence, names: frozenset[str]) -> Iterator[Slot]:
    """What was measured of the authors' own work: at the main verb, or in a clause that hangs on it."""
    opening = _OUTCOME.match(span.text)
    if opening is None or not {opening["name"], opening["called"]} <= {None, *names}:
        return
    for outcome, pattern in _COMPILED_RESULTS:
        for found in pattern.finditer(span.text, opening.end()):
            between = span.text[opening.end() : found.start()].replace("not only ", "")
            if opening["we"] and between:
                break  # the verb may speak of what was proposed, or used
            if _hangs_on(between) and not _UNSURE.search(between + found[0]):
                if fact := _result(outcome, opening, found, span.text[found.end() :]):
                    yield _slot(span, fact)
                break


def _hangs_on(between: str) -> bool:
    """Whether a verb is the main one, or opens a further clause with the same subject."""
    if len(between) >= _FAR:
        return False
    return not between.strip() or bool(_compiled(rf"{_LATER_CLAUSE}{_ALSO_THEN}$").search(between))


def _result(outcome: Outcome, opening: re.Match[str], found: re.Match[str], after: str) -> ResultFact | None:
    parts = found.groupdict()
    if parts.get("amount") and (_MORE.match(after) or _AND_ANOTHER.search(after)):
        return None  # one of several amounts
    rival = parts.get("rival") or ((against := _RIVAL.match(after)) and against["rival"]) or ""
    place = _PLACE.match(after)
    return ResultFact(
        name=opening["name"] or opening["called"] or "",
        kind=(opening["kind"] or "").lower(),
        outcome=outcome,
        metric=(parts.get("metric") or "").strip(),
        amount=re.sub(r"\\", "", parts.get("amount") or "").strip().rstrip(".,"),
        rival=rival.strip(),
        place=place["place"].strip() if place else "",
    )


def _releases(span: Sentence) -> Iterator[Slot]:
    for pattern in _RELEASE:
        if found := pattern.search(span.text):
            goods = tuple(name for name, word in _GOODS if word.search(_OBJECT.split(found["goods"])[0]))
            told = trimmed(span.text, found.start(), _before_address(span.text, found))
            if goods and not leads_away(told.text):
                promised = bool(_PROMISE.search(told.text))
                yield Slot(
                    fact=ReleaseFact(goods=goods, promised=promised),
                    start=span.start + told.start,
                    end=span.start + told.end,
                )
                return


_LOOK_INTO = (
    r"(?:focus(?:es|ing)? on|explor(?:e|es|ing)|investigat(?:e|es|ing)|stud(?:y|ying)"
    r"|address(?:ing)?|examin(?:e|ing)"
    r"|consider(?:ing)?|include)"
)
_OUTLOOKS: tuple[tuple[Hope, str], ...] = (
    ("left", r"\bwe leave (?P<rest>.{4,140}?) (?:to|for|as) future (?:work|research|stud(?:y|ies))\b"),
    ("later", rf"\bfuture (?:work|research|studies) will {_LOOK_INTO} (?P<rest>.+)"),
    ("should", rf"\bfuture (?:work|research|studies) (?:should|must|needs? to) {_LOOK_INTO} (?P<rest>.+)"),
    ("could", rf"\bfuture (?:work|research|studies) (?:could|may|might|can) {_LOOK_INTO} (?P<rest>.+)"),
    ("directions", r"\b(?:we|paper|survey|review)\b[^.;]{0,200}?"
     r"\b(?:discuss|outlin|highlight|identif|propos|suggest)\w*"
     r" (?:\w+ ){0,2}?"
     r"(?:future (?:research )?directions|directions for future research|avenues for future research"
     r"|open (?:problems|challenges|questions))(?: (?:in|for|of) (?P<rest>.+))?"),
    ("limits", r"\bwe (?:\w+ly )?(?:also )?"
     r"(?:discuss|outline|acknowledge|highlight|identify) (?:the |its |their |our )?"
     r"(?:\w+ and )?limitations(?: of (?P<rest>.+))?"),
)  # fmt: skip
_IMPACTS: tuple[tuple[Hope, str], ...] = (
    ("way", r"\bpav(?:e|es|ing) the way (?:for|to|towards?) (?P<rest>.+)"),
    ("potential", r"^(?:our|this|these|the proposed|the results?|overall,? (?:our|this))\b[^.;]{0,160}?"
     r"\b(?:has|have|holds?|offers?|shows?) (?:the |great |significant |strong |high |broad )*potential to"
     r" (?P<rest>.+)"),
)  # fmt: skip


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _hopes(span: Sentence, patterns: Sequence[tuple[Hope, str]]) -> Iterator[Slot]:
    """What the authors expect, in their own words; nothing that they deny."""
    for hope, pattern in patterns:
        found = _compiled(pattern).search(span.text)
        if found and not re.search(r"\b(?:not|no|cannot|unclear)\b", span.text):
            yield _slot(span, HopeFact(hope=hope, phrase=found["rest"] or ""))
            return


def _hints(said: Sequence[Slot], spans: Sequence[Sentence], item: Item) -> Iterator[Slot]:
    """Passages whose terms tell the subject where neither they nor the headline can be told whole."""
    paper = item.kind == "paper"
    for slot in said:
        if isinstance(slot.fact, OfferFact | StudyFact):
            yield msgspec.structs.replace(
                slot, fact=TopicFact(title=slot.fact.phrase, paper=paper, whole=False)
            )
    for span in spans:
        yield _slot(span, TopicFact(title=span.text, paper=paper, whole=False, near=item.title))
    if paper and item.title:
        whole = TopicFact(title=_lowered(item.title, item.text), paper=True)
        yield Slot(fact=whole, start=0, end=len(item.title), title=True)


def _before_address(text: str, found: re.Match[str]) -> int:
    """Where the words end that may be quoted: before the address of what is released."""
    address = _ADDRESS.search(text, found.start())
    return address.start() if address else len(text)


def _topics(item: Item) -> Iterator[Slot]:
    """What stands behind the colon of the title, then the whole title."""
    paper = item.kind == "paper"
    title = _SHOWN.sub("", item.title)
    first = len(item.title) - len(title)
    colon = re.search(r":\s", title)
    starts = (colon.end(), 0) if colon and paper else (0,)
    for start in starts[:1] if colon and _own_name(item) else starts:
        fact = TopicFact(title=_lowered(title[start:], item.text), paper=paper)
        yield Slot(fact=fact, start=first + start, end=len(item.title), title=True)


_SHOWN = re.compile(r"^(?:Show|Tell|Launch|Ask) HN:\s*", re.IGNORECASE)
_THING = re.compile(
    r"(?P<actor>[A-Z0-9][\w.+-]{1,30}(?: [A-Z0-9][\w.+-]{0,20})?)\s*(?:[:–—-]|,)\s+(?P<is>(?:An? )?.+)"
)
_ACTOR = r"(?P<actor>(?:[A-Z][\w.&+-]{1,20})(?: (?:[A-Z0-9][\w.&+-]{0,20}|AI)){0,3})"
_DONE = re.compile(
    rf"^{_ACTOR}(?:'s)? (?P<will>to |will |plans to |is |wants to )?"
    r"(?P<predicate>(?:launch|releas|announc|unveil|introduc|open-sourc|acquir|ban|block|add|hir|publish|sue|build"
    r"|develop|show|train|us|cut|expand|creat|test|propos|rais|lead|buil|present|adopt|provid|offer|improv|reduc)"
    r"\w*\b.+)",
)


def _news(item: Item) -> Iterator[Slot]:
    """Who did what, by the headline."""
    if item.kind != "news":
        return
    shown = _SHOWN.match(item.title)
    start = shown.end() if shown else 0
    title = item.title[start:]
    if shown and (thing := _THING.match(title)):
        fact = NewsFact(actor=thing["actor"], predicate=_lowered(thing["is"], item.text), is_=True)
        yield Slot(fact=fact, start=start, end=len(item.title), title=True)
    if done := _DONE.match(title):
        will = (done["will"] or "").strip()
        if will not in {"is", "wants to"}:
            fact = NewsFact(actor=done["actor"], predicate=done["predicate"], planned=bool(will))
            yield Slot(fact=fact, start=start, end=len(item.title), title=True)


def _lowered(title: str, text: str) -> str:
    """A headline in sentence case: only what the text writes with a capital inside a sentence keeps it."""
    middle = {found[1] for found in re.finditer(r"[a-z,;] ([A-Z][a-z]+)\b", text)}
    return re.sub(
        r"\b[A-Z][a-z]+\b", lambda found: found[0] if found[0] in middle else found[0].lower(), title
    )


def _slot(span: Sentence, fact: Fact) -> Slot:
    return Slot(fact=fact, start=span.start, end=span.end)


_LEAST_OWN = 0.3  # of the letters: names and terms stay Latin, and a sentence of them alone is none
_NEGATION = re.compile(
    either(words(lambda rules: rules.denial.negation), parts(lambda rules: rules.denial.negation_parts)), re.I
)
_PLENTY = 45  # characters from which a first sentence tells enough


def gist(item: Item, story: str, language: str) -> tuple[Claim, ...]:
    """The gist of one item as claims about a story; () in a language without a teller."""
    own = item.language or language_of(f"{item.title} {item.text}")
    if own == language != SOURCE:
        return tuple(_verbatim(item, story, language))
    target = language_or_source(language)
    teller = target.teller()
    if own != SOURCE or teller is None:
        return ()
    filled = slots(item)
    told: tuple[tuple[Part, Iterable[tuple[Slot, str]]], ...] = (
        ("gist", _sentences(filled, teller)),
        ("impact", _one(filled.impacts, teller)),
        ("outlook", _one(filled.outlooks, teller)),
    )
    claims = (
        (slot, _claim(item, story, language, slot, text, part)) for part, of in told for slot, text in of
    )
    return tuple(claim for slot, claim in claims if _says_it_whole(slot, claim, target))


def _says_it_whole(slot: Slot, claim: Claim, language: Language) -> bool:
    """Whether it is in the language and denies as often as its source: a lost "without" may turn it round.

    What only names a topic asserts nothing that could be turned.
    """
    if language.must_prevail and own_share(claim.text, language.code) < _LEAST_OWN:
        return False
    quoted = " ".join(quote.text for quote in claim.quotes)
    even = len(_NEGATION.findall(claim.text)) % 2 == len(_NEGATION.findall(quoted)) % 2
    return even or isinstance(slot.fact, TopicFact)


def _one(candidates: Iterable[Slot], teller: Teller) -> Iterator[tuple[Slot, str]]:
    yield from islice(_told(candidates, teller), 1)


def _sentences(filled: Slots, teller: Teller) -> Iterator[tuple[Slot, str]]:
    """At most one sentence of each sort, none twice."""
    used: set[tuple[int, int]] = set()
    opening = _opening(filled, teller)
    if opening:
        used.add((opening[0].start, opening[0].end))
        yield opening
    for following in (
        _first((*filled.deeds, *filled.offers[1:], *filled.studies), teller, used),
        _first((*filled.results, *filled.findings), teller, used),
    ):
        if following:
            used.add((following[0].start, following[0].end))
            yield following
    if released := _first(filled.releases, teller, used):
        yield released


def _opening(filled: Slots, teller: Teller) -> tuple[Slot, str] | None:
    """What it is: the first offer or study that tells enough, else the headline, else the fullest of all."""
    told = list(_told((*filled.news, *filled.offers, *filled.studies), teller))
    enough = next((one for one in told if len(one[1]) >= _PLENTY), None)
    if enough:
        return enough
    fullest = max((*told, *_told(filled.topics, teller)), key=lambda one: len(one[1]), default=None)
    return fullest or next(_told(filled.hints, teller), None)


def _first(candidates: Iterable[Slot], teller: Teller, used: set[tuple[int, int]]) -> tuple[Slot, str] | None:
    fresh = (slot for slot in candidates if (slot.start, slot.end) not in used)
    return next(_told(fresh, teller), None)


def _told(candidates: Iterable[Slot], teller: Teller) -> Iterator[tuple[Slot, str]]:
    for slot in candidates:
        text = teller.tell(slot.fact)
        if text and len(text) <= teller.longest:
            yield slot, text


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
    return Claim(text=text, part=part, quotes=(quote,), stories=(story,), language=language)


def _verbatim(item: Item, story: str, language: str) -> Iterator[Claim]:
    for run in choose(item.title, item.text, most=1, language=language):
        if not leads_away(run.text):
            quote = Quote(item_key=item.key, source=item.source, start=run.start, end=run.end, text=run.text)
            yield Claim(text=run.text, part="gist", quotes=(quote,), stories=(story,), language=language)
