"""The slots of a story: facts cut from its English title and text, each with the exact words it came from.

    sentences → offer | study | finding | deed | result | hope | release
    title     → name | news | topic

A slot is filled only by a pattern that names its parts. Several candidates come for most slots, best first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from functools import cache

import msgspec

from daybrief.languages.tables import (
    DeedFact,
    Event,
    EventFact,
    Fact,
    FindingFact,
    Goods,
    Hope,
    HopeFact,
    NamedFact,
    NewsFact,
    OfferFact,
    ReleaseFact,
    StudyFact,
    TopicFact,
)
from daybrief.model import Item
from daybrief.text.sentences import Sentence, leads_away, sentences, trimmed
from daybrief.text.words import WordSigns
from daybrief.writers.extractive.results import OPENED, WE, results

_MOST_SENTENCES, _LONGEST = 40, 700  # of a story; characters of one that is read


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A fact and where it stands: code points of the item's `field`."""

    fact: Fact
    start: int
    end: int
    title: bool = False
    beside: tuple[int, int] | None = None  # the words of the title that say the rest


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
_OFFER = re.compile(
    rf"\b{WE} {_ALSO}(?P<verb>propos|introduc|present|develop|design|devis|describ|releas|build"
    r"|construct|creat|offer|contribut)(?:e|es|s|ed|)\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = {
    "propos": "propose", "introduc": "introduce", "devis": "propose", "describ": "present",
    "releas": "release", "creat": "build", "construct": "build", "offer": "propose",
    "contribut": "propose", "design": "propose", }  # fmt: skip
_STUDY = re.compile(
    rf"\b{WE} {_ALSO}(?P<verb>stud(?:y|ies)|investigates?|explores?|examines?|analy[sz]es?|evaluates?"
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
    rf"^(?:{WE})\b[^.;]{{3,160}}? by (?P<verb>propos|introduc|present|develop|design|devis)ing "
    r"(?P<rest>an? .+)",
    re.IGNORECASE | re.DOTALL,
)
_FINDING = re.compile(
    rf"\b(?:{WE}|(?:our |the |these |empirical |experimental )*"
    rf"(?:results?|experiments?|findings?|analys[ie]s|evaluations?)"
    rf"(?: (?:on|across|with|in|over|of|from|using) [^,.;:]{{3,100}}?)?) {_ALSO}"
    r"(?P<verb>shows?|finds?|found|demonstrates?|proves?|observes?|reveals?|indicates?|suggests?"
    r"|discovers?|establish|conclude)(?:(?: \w+ly)?\s+that\s+|[\w\s-]{0,40}: (?=[a-z]))(?P<rest>.+)",
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
_NAMED_BESIDE = re.compile(
    rf"(?P<rest>(?:an?|the first|one)\s+(?:(?!that\b|which\b|includ|such\b|and\b)[^,;.]){{4,120}}?),\s+"
    rf"(?:[A-Z][^,;.()]{{3,80}}\s\()?{_NAME}\)?(?=,?\s+(?:that|which|to|for)\b|[.;]|$)",
    re.DOTALL,
)
_NAMED_LONG = re.compile(
    r"(?:the |an? )?[A-Z][^,;.()]{3,90}\s\((?P<name>[A-Z][\w+-]{1,19})\)\s*[,:–—-]+\s*"
    r"(?P<rest>(?:an?|the first|one)\s+.+)",
    re.DOTALL,
)
_THING = (
    "framework|model|method|approach|system|algorithm|technique|pipeline|strategy|architecture|network"
    "|benchmark|dataset|corpus|toolkit|library|agent|metric|paradigm|mechanism|simulator|platform"
)
_PLAIN = re.compile(  # a thing without what qualifies it in front
    rf"(?:an?|the first) (?:(?!(?:that|which|for|of|to|with|and then|based)\b)[\w/()-]+,? ){{1,10}}?"
    rf"(?P<thing>{_THING})(?P<tail>,? (?:that|which|for|to|based)\b.*)",
    re.DOTALL | re.IGNORECASE,
)
_KIND = re.compile(
    r"(?:an?|the first|our|the) (?:(?!(?:that|which|for|of|to|with|and|based|built|on|in|by|using|an?)\b)"
    r"[\w/()-]+,? ){0,10}?"
    rf"(?P<kind>{_THING})(?=[,.;]|\s(?:for|that|which|to|based|with|of)\b|$)",
    re.IGNORECASE,
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
_OWN = re.compile(
    rf"^{OPENED}(?:(?:[Oo]ur|[Tt]he proposed|[Tt]his)\s+(?:\w+[ -]){{0,2}}|[Tt]he\s+)"
    r"(?P<thing>method|approach|framework|model|system|algorithm|technique|pipeline|strategy|architecture)"
    r"\s+(?P<rest>.+)",
    re.DOTALL,
)
_OFFERED = re.compile(r"(?:proposes?|introduces?|presents?|is|are|was|were|has|have|consists?)\b")
_MEASURED = re.compile(
    r"outperform|surpass|exceed|state-of-the-art (?:perf|result)"
    r"|^(?:\w+ly )?(?:achiev|attain|reach|reduc|improv|increas|decreas|boost|yield|obtain|lower)\w*"
    r"\s.{0,120}\d",
    re.DOTALL,
)


_SIGNS = WordSigns(  # a word without which no sentence of the sort is told
    {
        sort: re.compile(words, re.IGNORECASE)
        for sort, words in (
            (
                "offer",
                "propos|introduc|present|develop|design|devis|describ|releas|build|construct|creat|offer|contribut",
            ),
            (
                "study",
                "stud(?:y|ies)|investigat|explor|examin|analy|evaluat|compar|review|survey|revisit|address|tackl"
                "|discuss|consider|assess|benchmark",
            ),
            ("aim", "aim|seek|attempt|objective|goal|purpose"),
            (
                "finding",
                "show|find|found|demonstrat|prove|observe|reveal|indicat|suggest|discover|establish|conclude",
            ),
            ("outcome", r"\d|state-of-the-art|SOTA|outperform|surpass|exceed"),
        )
    }
)


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
    own = _own_name(item)
    read = [(span, _SIGNS.of(span.text)) for span in spans]
    for span, signs in read:
        offers += _offers(span, own) if "offer" in signs else ()
    offers.sort(key=lambda slot: not own or _name_of(slot.fact) != own)  # its own name first, in order else
    name = own or next((name for slot in offers if (name := _name_of(slot.fact))), "")
    names = frozenset((name, *_short_names(offers, item.text)))
    for span, signs in read:
        deeds += _presented(span) if "offer" in signs else ()
        studies += _matched(span, _STUDY, _study) if "study" in signs else ()
        studies += _aims(span) if "aim" in signs else ()
        findings += _findings(span, names) if "finding" in signs else ()
        deeds += _deeds(span, name)
        outcomes += _outcomes(span, names) if "outcome" in signs else ()
    for span in whole:
        if _holds(span, _OF_RELEASES):
            releases += _releases(span)
    hopeful = [span for span in spans if _holds(span, _OF_HOPES)]
    measured = tuple(slot for slot in deeds if isinstance(slot.fact, DeedFact) and slot.fact.measured)
    return Slots(
        offers=(*offers, *_named(item, own, offers)),
        studies=tuple(studies),
        findings=tuple(findings),
        results=(*outcomes, *measured),
        deeds=tuple(slot for slot in deeds if slot not in measured),
        releases=tuple(releases),
        topics=tuple(_topics(item, offers)),
        news=tuple(_news(item)),
        hints=tuple(_hints([*offers, *studies], item)),
        impacts=tuple(slot for span in hopeful for slot in _hopes(span, _IMPACTS)),
        outlooks=tuple(slot for span in hopeful for slot in _hopes(span, _OUTLOOKS)),
    )


def _findings(span: Sentence, names: frozenset[str]) -> Iterator[Slot]:
    """The slots of findings: clauses that the authors show, find or prove."""
    return (_of_name(slot, names) for slot in _matched(span, _FINDING, _finding))


def _outcomes(span: Sentence, names: frozenset[str]) -> Iterator[Slot]:
    """The slots of results that the sentence states."""
    return (_slot(span, fact) for fact in results(span.text, names))


def _short_names(offers: Sequence[Slot], text: str) -> Iterator[str]:
    """The names of what the authors offer: names, and acronyms in brackets behind them."""
    for offer in offers:
        yield _name_of(offer.fact)
        yield from _IN_BRACKETS.findall(text[offer.start : offer.end])


_IN_BRACKETS = re.compile(r"\(([A-Z][\w.+-]*\w)\)")


def _name_of(fact: Fact) -> str:
    return fact.name if isinstance(fact, OfferFact) else ""


def _own_name(item: Item) -> str:
    """The name the paper gives its work: before the colon of its title, and in its text."""
    match = _TITLE_NAME.match(item.title)
    if not match:
        return ""
    name = match["name"].strip()
    shaped = any(s.isupper() for s in name[1:]) or any(s.isdigit() for s in name) or " " not in name
    return name if shaped and name[0].isalnum() and re.search(rf"\b{re.escape(name)}\b", item.text) else ""


def _offers(span: Sentence, own: str = "") -> Iterator[Slot]:
    match = _OFFER.search(span.text) or _BY_OFFERING.search(span.text)
    if not match or not _opens(span.text, match.start()) or _EARLIER.search(span.text[: match.start()]):
        return
    verb = _VERBS.get(match["verb"].lower(), match["verb"].lower())
    rest = _WHICH.sub(r"\1 that ", _plainly(match["rest"]))
    if _OURS.match(rest) or _OUR.search(rest[:100]):
        return
    name, phrase = _name_and_phrase(rest, own)
    if name or not rest.lower().startswith(("that ", "how ", "to ", "in ", "on ", "for ")):
        yield _slot(span, OfferFact(name=name, verb=verb, phrase=phrase))
        if plain := _PLAIN.match(phrase):
            yield _slot(span, OfferFact(name=name, verb=verb, phrase=f"a {plain['thing']}{plain['tail']}"))


_WHICH = re.compile(r"^((?:the|an?) [\w ()-]{3,90}?), which (?=\w+s\b)")  # what only one thing can do


def _name_and_phrase(rest: str, own: str) -> tuple[str, str]:
    """The name of what is offered, "" without one, and the phrase that says what it is."""
    if long := _NAMED_LONG.match(rest):
        return long["name"], long["rest"]
    if first := _NAMED_FIRST.match(rest):
        short = first["short"] or ""
        return short if _SHORT_NAME.fullmatch(short) else first["name"], first["rest"]
    if last := _NAMED_LAST.match(rest):
        return last["name"], (last["rest"] + last["tail"]).strip()
    beside = _NAMED_BESIDE.match(rest)
    if beside and (beside["name"] == own or _SHAPED.search(beside["name"])):
        return beside["name"], beside["rest"]
    return "", rest


_PRESENTED = re.compile(
    rf"\b{WE} {_ALSO}(?:propose|introduce|present|develop|design|devise)[sd]?\s+{_NAME}"
    r"(?:\s\([^()]{2,60}\))?,?\s+(?:that|which)\s+(?P<rest>[a-z].+)",
    re.DOTALL,
)


def _presented(span: Sentence) -> Iterator[Slot]:
    """The deed of a thing that is presented by its name alone: we propose NAME, which does it."""
    match = _PRESENTED.search(span.text)
    if match and _opens(span.text, match.start()) and _SHAPED.search(match["name"]):
        yield _slot(span, DeedFact(name=match["name"], predicate=_plainly(match["rest"])))


_SHAPED = re.compile(r"\w[A-Z]|\d")
_STYLED = re.compile(
    r"\\(?:text(?:bf|it|sc|tt|rm|sf|up)|emph|underline|mathbf|mathrm)\s?\{([^{}\\]*)\}"
    r"|\{\\(?:bf|it|em) ([^{}\\]*)\}"
)


_NO_QUOTES = str.maketrans("", "", '"“”`')


def _plainly(text: str) -> str:
    """The words without the commands that style them: \\textbf{M}irror is Mirror."""
    text = _STYLED.sub(lambda command: command[1] or command[2] or "", text)
    if ")-" in text:  # hardly ever
        text = _SPELLED.sub(_unspelled, text)
    return text.replace(" (SOTA)", "").replace(" for the first time", "").translate(_NO_QUOTES)


_SPELLED = re.compile(r"(?P<words>(?:[A-Za-z][\w-]*[ -]){2,7})\((?P<short>[A-Z][A-Za-z]{1,7})\)(?=-[a-z])")


def _unspelled(match: re.Match[str]) -> str:
    """Answer Set Programming (ASP)-based: the acronym alone, where the words before it spell it."""
    words, short = match["words"].split(), match["short"]
    size = sum(sign.isupper() for sign in short)
    spelled = "".join(word[0] for word in words[-size:]).lower() == short[:size].lower()
    return " ".join([*words[:-size], short]) if spelled and short.isupper() else match[0]


def _named(item: Item, own: str, offers: Sequence[Slot]) -> Iterator[Slot]:
    """The offer under the title's name, for the task that the title gives."""
    task = _TASK.search(item.title)
    if not own or not task or not item.title.startswith(own):
        return
    for offer in offers:
        fact = offer.fact
        if not isinstance(fact, OfferFact) or offer.beside:
            continue
        if fact.name == own or re.match(rf"(?:the |an? )?{re.escape(own)}\b(?![-'’])", fact.phrase):
            kind = _KIND.match(fact.phrase) if fact.name else None
            named = NamedFact(
                name=own,
                verb=fact.verb,
                kind=kind["kind"].lower() if kind else "",
                task=_lowered(task["task"], item.text),
            )
            beside = (0, len(item.title))
            yield Slot(fact=named, start=offer.start, end=offer.end, beside=beside)
            return


_TASK = re.compile(
    r":\s.*?\bfor (?P<task>(?:(?!\b(?:via|with|using|through|by|without|from|based)\b)[^:?!])+?)"
    r"(?=\s(?:via|with|using|through|by|without|from|based)\b|$)",
    re.IGNORECASE,
)


def _aims(span: Sentence) -> Iterator[Slot]:
    """The aim that the authors state."""
    match = _AIM.search(span.text)
    if match and _opens(span.text, match.start()):
        rest = match["rest"] or match["goal"]
        if not _OURS.search(rest[:80]):
            yield _slot(span, StudyFact(verb="aim", phrase=rest))


def _matched(span: Sentence, pattern: re.Pattern[str], make: Callable[[str, str], Fact]) -> Iterator[Slot]:
    match = pattern.search(span.text)
    ours = match and make is _study and _OURS.search(match["rest"][:80])
    if match and not ours and _opens(span.text, match.start()):
        yield _slot(span, make(match["verb"].lower(), match["rest"]))


def _opens(text: str, at: int) -> bool:
    """Whether a clause of its own begins here: the sentence, or what stands behind a comma or "and"."""
    before = text[:at].rstrip()
    return not before or before[-1] in ",;:" or bool(_JOINS.search(before))


def _study(verb: str, rest: str) -> StudyFact:
    return StudyFact(verb=_base(verb), phrase=_plainly(rest))


def _finding(verb: str, rest: str) -> FindingFact:
    return FindingFact(verb=_base(verb), clause=_plainly(rest))


def _of_name(slot: Slot, names: Set[str]) -> Slot:
    """The slot as a deed, where the finding's subject is a thing with a name."""
    fact = slot.fact
    name = next(
        (n for n in names if n and isinstance(fact, FindingFact) and fact.clause.startswith(f"{n} ")), ""
    )
    if not isinstance(fact, FindingFact) or not name:
        return slot
    done = DeedFact(name=name, predicate=fact.clause[len(name) + 1 :], measured=True)
    return msgspec.structs.replace(slot, fact=done)


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
        subject, rest = name, _plainly(text[at.end() :])
    elif own := _OWN.match(text):
        rest, kind = _plainly(own["rest"]), own["thing"].lower()
    else:
        return
    rest = re.sub(r"^(?:not only|also|then|further|thus|first)\s+", "", rest)
    if _OFFERED.match(rest):
        return
    yield _slot(
        span, DeedFact(name=subject, kind=kind, predicate=rest, measured=bool(_MEASURED.search(rest)))
    )


def _releases(span: Sentence) -> Iterator[Slot]:
    for pattern in _RELEASE:
        if match := pattern.search(span.text):
            goods = tuple(name for name, word in _GOODS if word.search(_OBJECT.split(match["goods"])[0]))
            passage = trimmed(span.text, match.start(), _before_address(span.text, match))
            if goods and not leads_away(passage.text):
                promised = bool(_PROMISE.search(passage.text))
                called = _CALLED.search(passage.text) if len(goods) == 1 else None
                yield Slot(
                    fact=ReleaseFact(goods=goods, promised=promised, name=called["name"] if called else ""),
                    start=span.start + passage.start,
                    end=span.start + passage.end,
                )
                return


_CALLED = re.compile(
    r"\b(?:data ?set|benchmark|corpus|model|code|toolkit),? (?:called |named )?"
    r"(?P<name>(?=[\w.+-]*\w[A-Z\d])[A-Z][\w.+-]*\w)(?=[,.;]|\s(?:to|as|for|at|under|on)\b|$)"
)
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


# One of these is in each match, in lower case: hardly a sentence holds one.
_OF_HOPES = ("future", "open ", "limitations", "pav", "potential")
_OF_RELEASES = ("releas", "open", "publ", "availab", "found", "access")


def _holds(span: Sentence, marks: Sequence[str]) -> bool:
    lower = span.text.lower()
    return any(mark in lower for mark in marks)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _hopes(span: Sentence, patterns: Sequence[tuple[Hope, str]]) -> Iterator[Slot]:
    """The authors' expectation in their own words; none that they deny."""
    for hope, pattern in patterns:
        match = _compiled(pattern).search(span.text)
        if match and not re.search(r"\b(?:not|no|cannot|unclear)\b", span.text):
            yield _slot(span, HopeFact(hope=hope, phrase=match["rest"] or ""))
            return


def _hints(passages: Sequence[Slot], item: Item) -> Iterator[Slot]:
    """Passages whose terms tell the subject where neither they nor the headline can be told whole."""
    paper = item.kind == "paper"
    for slot in passages:
        if isinstance(slot.fact, OfferFact | StudyFact):
            name = _name_of(slot.fact)
            if name and (kind := _KIND.match(slot.fact.phrase)):
                bare = NamedFact(name=name, verb=slot.fact.verb, kind=kind["kind"].lower())
                yield msgspec.structs.replace(slot, fact=bare)
            yield msgspec.structs.replace(
                slot, fact=TopicFact(title=slot.fact.phrase, paper=paper, whole=False, near=item.title)
            )
    if paper and item.title:
        whole = TopicFact(title=_lowered(item.title, item.text), paper=True)
        yield Slot(fact=whole, start=0, end=len(item.title), title=True)


def _before_address(text: str, release: re.Match[str]) -> int:
    """The end of the words that may be quoted: the address of a release is left out."""
    address = _ADDRESS.search(text, release.start())
    return address.start() if address else len(text)


def _topics(item: Item, offers: Sequence[Slot]) -> Iterator[Slot]:
    """The words behind the colon of the title, then the whole title; with the offer, where there is one."""
    paper = item.kind == "paper"
    title = _SHOWN.sub("", item.title)
    first = len(item.title) - len(title)
    colon = re.search(r"[:?]\s", title)
    starts = (colon.end(), 0) if colon and paper else (0,)
    own = _own_name(item) if colon and paper else ""
    if colon and paper and _STUDY_KIND.search(title):
        starts = (0,)
    for start in starts[:1] if own else starts:
        words = _COMPOUND.sub(r"\1-\2 ", _lowered(_plainly(title[start:]), item.text))
        fact = TopicFact(title=words, paper=paper, name=own)
        for slot, offer in ((slot, slot.fact) for slot in offers[: paper and 1]):
            if isinstance(offer, OfferFact) and (kind := _KIND.match(offer.phrase)):
                named = NamedFact(name=offer.name, verb=offer.verb, kind=kind["kind"].lower())
                offered_topic = msgspec.structs.replace(fact, offered=named)
                yield msgspec.structs.replace(
                    slot, fact=offered_topic, beside=(first + start, len(item.title))
                )
        yield Slot(fact=fact, start=first + start, end=len(item.title), title=True)


_COMPOUND = re.compile(r"(\w) ([Aa]ware|[Gg]uided|[Dd]riven|[Aa]gnostic) (?!by\b)")  # written apart
_STUDY_KIND = re.compile(
    r": (?:an?|the) [^:]{0,40}?(?:study|survey|review|analysis|evaluation|investigation|perspective|overview"
    r"|comparison|tutorial|exploration|assessment)$",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"^(?:Show|Tell|Launch|Ask) HN:\s*", re.IGNORECASE)
_NEWS_THING = re.compile(
    r"(?!AI\b)(?P<actor>[A-Z0-9][\w.+-]{1,30}(?: [A-Z0-9][\w.+-]{0,20})?)\s*(?:[:–—-]|,)\s+(?P<is>.+)"
)
_ACTOR = r"(?P<actor>(?:[A-Z][\w.&+-]{1,20})(?: (?:[A-Z0-9][\w.&+-]{0,20}|AI)){0,3})"
_ACTS = re.compile(  # whoever it is, and a verb in -s or -ed: the teller knows which are verbs
    r"^(?P<actor>[A-Z][\w.&+-]{1,20}(?: (?:[A-Z0-9][\w.&+-]{0,20}|AI)){0,3}?) "
    r"(?P<predicate>[A-Za-z]{3,}(?:s|ed) .+)$"
)
_DONE = re.compile(
    rf"^{_ACTOR}(?:'s)? (?P<will>to |will |plans to |is |wants to )?"
    r"(?P<predicate>(?:launch|releas|announc|unveil|introduc|open-sourc|acquir|ban|block|add|hir|publish|sue|build"
    r"|develop|show|train|us|cut|expand|creat|test|propos|rais|lead|buil|present|adopt|provid|offer|improv|reduc)"
    r"\w*\b.+)",
)


_WHO = r"(?P<actor>[A-Z][\w.&+-]{1,20}(?: (?:[A-Z0-9][\w.&+-]{0,20}|AI)){0,3})"
_WHOM = r"(?P<target>[A-Z][\w.+-]{0,24}(?: (?:[A-Z0-9][\w.+-]{0,20}|AI)){0,4})"
_SUM = r"(?P<amount>[$€£]\d[\d,.]*\s?(?:bn|[BMKbmk]\b|billion|million|thousand)?)"
_ENDS = (
    r"(?=$|,|;|\s[–—-]\s|\s(?:in|for|with|over|to|at|as|by|from|after|on|amid|via|following|against|that"
    r"|valuation|Series|[Ss]eed)\b)"
)
_NOT_WHO = re.compile(
    r"^(?:How|Why|What|When|Where|Who|The(?! [A-Z])|An?|\w+ing|Use|Verify|Show"
    r"|Ask|Tell|Is|Are|Do|Does|Can|If|My|Our|I|We)\b"
)
_DEEDS: tuple[tuple[Event, str], ...] = (
    ("raise", rf"(?:raises?|raised|secures?|secured|closes?) (?:a |another |over |around )?{_SUM}"),
    ("invest", rf"invests?(?:ed)? (?:another |an additional |up to )?{_SUM} (?:more )?in(?:to)? {_WHOM}"),
    ("acquire", rf"(?:acquires?|acquired|buys?|bought) {_WHOM}(?: for {_SUM})?"),
    ("sue", rf"(?:sues?|sued) {_WHOM}"),
    ("open", rf"(?:open[- ]sources?|open[- ]sourced) {_WHOM}"),
    ("launch", rf"(?:launch(?:es|ed)?|releases?d?|unveil(?:s|ed)?|announces?d?|introduces?d?|debut(?:s|ed)?)"
     rf" {_WHOM}"),
    ("join", rf"(?:joins?|joined) {_WHOM}"),
    ("leave", rf"(?:leaves|leave|left|quits?) {_WHOM}"),
    ("partner", rf"(?:partners?|partnered|teams? up) with {_WHOM}"),
    ("shut", rf"(?:shuts? down|discontinues?|kills?) {_WHOM}"),
    ("ban", rf"(?:bans?|banned|blocks?|blocked) {_WHOM}"),
    ("hire", rf"(?:hires?|hired) {_WHOM}"),
)  # fmt: skip
_EVENTS = tuple(
    (event, re.compile(rf"^{_WHO}(?:'s)? (?P<will>to |will |plans to )?(?:{does}){_ENDS}"))
    for event, does in _DEEDS
)


def _events(title: str, start: int, end: int) -> Iterator[Slot]:
    """The frequent events of news: who raised, bought, sued, launched."""
    for event, pattern in () if _NOT_WHO.match(title) else _EVENTS:
        if match := pattern.match(title):
            parts = match.groupdict()
            fact = EventFact(
                actor=match["actor"],
                event=event,
                target=parts.get("target") or "",
                amount=(parts.get("amount") or "").strip(),
                planned=bool(match["will"]),
            )
            yield Slot(fact=fact, start=start, end=end, title=True)


def _news(item: Item) -> Iterator[Slot]:
    """The subject and predicate of a headline."""
    if item.kind != "news":
        return
    shown = _SHOWN.match(item.title)
    start = shown.end() if shown else 0
    title = _DRESS.sub("", item.title[start:]).replace("A.I.", "AI")
    yield from _events(title, start, len(item.title))
    if thing := _NEWS_THING.match(title):
        fact = NewsFact(actor=thing["actor"], predicate=_lowered(thing["is"], item.text), is_=True)
        yield Slot(fact=fact, start=start, end=len(item.title), title=True)
    if _NOT_WHO.match(title):
        return
    if done := _DONE.match(title):
        will = (done["will"] or "").strip()
        if will not in {"is", "wants to"}:
            fact = NewsFact(actor=done["actor"], predicate=done["predicate"], planned=bool(will))
            yield Slot(fact=fact, start=start, end=len(item.title), title=True)
    elif (acts := _ACTS.match(title)) and not re.search(r"[:?]", title) and acts["actor"] != "AI":
        fact = NewsFact(actor=acts["actor"], predicate=_lowered(acts["predicate"], item.text))
        yield Slot(fact=fact, start=start, end=len(item.title), title=True)


def _lowered(title: str, text: str) -> str:
    """A headline in sentence case: only what the text writes with a capital inside a sentence keeps it."""
    title = _DRESS.sub("", title).replace("A.I.", "AI")
    written = f"{title}. {text}" if _in_sentence_case(title) else text
    middle = {word[1] for word in re.finditer(r"[a-z,;] ([A-Z][a-z]+)\b", written)}
    middle -= _spelled_out(text)
    return re.sub(r"\b[A-Z][a-z]+\b", lambda word: word[0] if word[0] in middle else word[0].lower(), title)


_DRESS = re.compile(r"\s?(?:\(YC [A-Z]\d\d\)|\[(?:pdf|video|audio)\]|\((?:19|20)\d\d\))")


def _in_sentence_case(title: str) -> bool:
    """Whether a headline writes its longer words in lower case, so that a capital inside it makes a name."""
    words = [word for word in title.split()[1:] if len(word) > 4 and word.isalpha()]
    return len(words) > 2 and 2 * sum(map(str.islower, words)) >= len(words)


def _spelled_out(text: str) -> set[str]:
    """The words of which an acronym in brackets is made: they are no names, though each has its capital."""
    runs = re.findall(r"((?:[A-Z][\w-]+ ){2,6})\([A-Z][\w-]{1,9}\)", text)
    return {word for run in runs for word in re.findall(r"[A-Z][a-z]+", run)}


def _slot(span: Sentence, fact: Fact) -> Slot:
    return Slot(fact=fact, start=span.start, end=span.end)
