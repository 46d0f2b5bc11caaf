"""The slots of a story: facts cut from its English title and text, each with the exact words it came from.

    sentences → offer | study | method | finding | deed | result | trial | hope | release
    title     → name | news | topic

A slot is filled only by a pattern that names its parts. Several candidates come for most slots, best first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from importlib.resources import files

import msgspec

from daybrief.languages import FilteredPattern, WordSigns, filtered
from daybrief.languages.en import (
    base_form,
    impact,
    joined,
    outlook,
    plain_words,
    promises,
    relative,
    sentence_case,
    undressed,
)  # fmt: skip
from daybrief.languages.tables import (
    DeedFact,
    Fact,
    FindingFact,
    Goods,
    HeadlineFact,
    NamedFact,
    OfferFact,
    Outcome,
    Post,
    ReleaseFact,
    ResultFact,
    StudyFact,
    TopicFact,
)
from daybrief.model import Item
from daybrief.text.identity import page_kind, site_of
from daybrief.text.sentences import Sentence, leads_away, repeated, sentences, trimmed

_MOST_SENTENCES, _BEGINNING, _LONGEST = 40, 1, 700  # of a story, an article; characters of one that is read


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A fact and where it stands: code points of the item's `field`."""

    fact: Fact
    start: int
    end: int
    title: bool = False
    beside: tuple[int, int] | None = None  # the words of the title that say the rest
    further: bool = False  # it tells of something beside the work itself


class Slots(msgspec.Struct, frozen=True, kw_only=True):
    """The filled slots of one story, the surest of each kind first; what is seldom told is read once."""

    offers: tuple[Slot, ...] = ()
    studies: tuple[Slot, ...] = ()
    methods: tuple[Slot, ...] = ()
    findings: tuple[Slot, ...] = ()
    results: tuple[Slot, ...] = ()
    trials: tuple[Slot, ...] = ()
    deeds: tuple[Slot, ...] = ()
    releases: tuple[Slot, ...] = ()
    topics: Iterator[Slot] = iter(())
    news: tuple[Slot, ...] = ()
    hints: Iterator[Slot] = iter(())
    impacts: Iterator[Slot] = iter(())
    outlooks: Iterator[Slot] = iter(())


class _Shapes(msgspec.Struct, frozen=True):
    """How English says outcomes: patterns, and the names that stand in them for `shared` words."""

    shared: dict[str, str]
    results: list[tuple[Outcome, str]]
    trials: list[tuple[Outcome, str]]

    def compiled(self, shapes: list[tuple[Outcome, str]]) -> tuple[tuple[Outcome, FilteredPattern], ...]:
        """Returns the patterns with the shared words in them."""
        for name, part in {**self.shared, "RUN": _RUN, "STOP": _STOP}.items():
            shapes = [(outcome, pattern.replace(name, part)) for outcome, pattern in shapes]
        return tuple((outcome, filtered(rf"\b{pattern}", re.DOTALL)) for outcome, pattern in shapes)


_SHAPES = msgspec.toml.decode(files("daybrief").joinpath("assets/results.toml").read_bytes(), type=_Shapes)

_WE = (
    r"(?:we|(?:in )?this (?:paper|work|study|article|report|research|survey|thesis|tutorial)"
    r"|the (?:paper|authors|study)|our (?:work|paper|study))"
)
_OPENED = (
    r"(?:(?:Specifically|In particular|Concretely|Moreover|Furthermore|Additionally|In addition|To this end"
    r"|Finally|Notably|Impressively|Remarkably|Importantly|Overall|Empirically|As a result)[,:]?\s+)?"
)
_ALSO = r"(?:\w+(?<=ly) |also |then |first |further |here |thus |therefore )*"
_OFFER = filtered(
    rf"\b{_WE} {_ALSO}(?P<verb>propos|introduc|present|develop|design|devis|describ|releas|build"
    r"|construct|creat|offer|contribut)(?:e|es|s|ed|)\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_VERBS = {
    "propos": "propose", "introduc": "introduce", "devis": "propose", "describ": "present",
    "releas": "release", "creat": "build", "construct": "build", "offer": "present",
    "contribut": "propose", "design": "propose", }  # fmt: skip
_STUDY = filtered(
    rf"\b{_WE} {_ALSO}(?P<verb>{_SHAPES.shared['STUDIES']})\s+(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_METHOD = filtered(
    rf"\bwe {_ALSO}(?P<verb>{_SHAPES.shared['METHODS']})(?:e?d|s)?\s+(?P<rest>.+)", re.IGNORECASE | re.DOTALL
)
_PASSIVE = filtered(rf"^{_OPENED}{_SHAPES.shared['PASSIVE']}", re.IGNORECASE | re.DOTALL)
_AIM = filtered(
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
_FINDING = filtered(
    rf"\b(?:{_WE}|(?:our |the |these |empirical |experimental )*"
    rf"(?:results?|experiments?|findings?|analys[ie]s|evaluations?)"
    rf"(?: (?:on|across|with|in|over|of|from|using) [^,.;:]{{3,100}}?)?) {_ALSO}"
    r"(?P<verb>shows?|finds?|found|demonstrates?|proves?|observes?|reveals?|indicates?|suggests?"
    r"|discovers?|establish|conclude)(?:(?: \w+ly)?\s+that\s+|[\w\s-]{0,40}: (?=[a-z]))(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
_NAME = r"(?:\\\w+\{)?(?P<name>[a-z]{0,3}[A-Z0-9][\w.+-]*[\w+](?: [A-Z0-9](?:[\w.+-]*[\w+])?){0,3})\}?"
_FURTHER_OFFER = re.compile(
    r"(?:Additionally|Furthermore|Moreover|In addition|Besides|Further|To further|Finally|Also)\b"
)
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
    rf"(?P<rest>(?:an?|the first|one)\s+(?:(?!that\b|which\b|to\b|includ|such\b|and\b)[^,;.]){{4,120}}?),\s+"
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
    r"(?:an?|the first) (?:(?!(?:that|which|for|of|to|with|and then|based|using|an?|the|\w+ing (?=an?))\b)"
    r"[\w/()-]+(?:,(?! \w+ing\b))? ){1,10}?"
    rf"(?P<thing>{_THING})(?P<tail>,? (?:that|which|for|to|based)\b.*)",
    re.DOTALL | re.IGNORECASE,
)
_KIND = re.compile(
    r"(?:an?|the first|our|the) (?:(?!(?:that|which|for|of|to|with|and|based|built|on|in|by|using|an?)\b)"
    r"[\w/()-]+(?:,(?! \w+ing\b))? ){0,10}?"
    rf"(?P<kind>{_THING})"
    r"(?=[,.;]|\s(?:for|that|which|to|based (?:up)?on|with|of|designed|tailored|built|capable|where|in)\b|$)",
    re.IGNORECASE,
)
_SHORT_NAME = re.compile(r"[A-Z0-9][\w+-]{1,19}")
_TITLE_NAME = re.compile(r"^(?P<name>[^\s:]{2,30}(?: [A-Z0-9][^\s:]{0,20}){0,2}):\s")
_RELEASE = (
    filtered(
        r"\bwe (?:(?:\w+(?<=ly) |also |will |have )*(?:releas(?:e|ed)|open-?sourced?|publish"
        r"|make(?=.{0,160}(?:available|public)))|[^.,;]{3,60}? by (?:open-?sourcing|releasing))\b"
        r"(?P<goods>.{0,160})",
        re.IGNORECASE,
    ),
    filtered(
        r"(?:^|[.,;:(]\s|\b(?:our|the|all|and|both|source|these|footnote\{)\s?)"
        r"(?P<goods>(?:code|source code|data"
        r"|datasets?|models?|weights|checkpoints|benchmark|demo|implementation)\b"
        r"(?:(?!\b(?:which|that|where|when|if|whose|problem)\b)[^.]){0,80}?)"
        r"\b(?:is|are|will be|can be) (?!widely |commonly )(?:\w+(?<=ly) |made )*"
        r"(?:available|released|open-?sourced|found|accessed|public)",
        re.IGNORECASE,
    ),
)
_GOODS: tuple[tuple[Goods, re.Pattern[str]], ...] = (
    ("code", re.compile(r"\b(?:code|codebase|implementation|source code|scripts?)\b", re.IGNORECASE)),
    ("data", re.compile(r"\b(?:data ?sets?|data(?! \w+ing\b)|corpus|corpora|annotations)\b", re.IGNORECASE)),
    ("model", re.compile(r"\b(?:models?(?! (?:output|response)s)|weights|checkpoints)\b", re.IGNORECASE)),
    ("benchmark", re.compile(r"\bbenchmark\b(?! results)", re.IGNORECASE)),
    ("demo", re.compile(r"\bdemo\b", re.IGNORECASE)),
)
_IN_BRACKETS = re.compile(r"\(([A-Z][\w.+-]*\w)\)")
_ADDRESS = re.compile(
    r"(?:\b(?:at|in|on|from|via|under|here):?[\s({\[]{1,3})?(?:\\(?:url|href)|https?:|www\.|(?<![\w.])[\w.-]{2,60}\.(?:com|org|io|net|ai|dev|edu)\b)"
)
_JOINS = re.compile(r"(?:\band|\bthus|\bhere|\bend|\bthen|\btherefore|\bspecifically|\bbut)$", re.IGNORECASE)
_OURS = re.compile(r"(?:our|these|this|those|its|their|the proposed|the above|such|it)\b", re.IGNORECASE)
_OUR = re.compile(r"\bour\b")
_OBJECT = re.compile(rf"\b(?:{_SHAPES.shared['GOODS']})\b")
_EARLIER = filtered(
    r"\b(?:In (?:19|20)\d\d|[Ii]n (?:our )?previous work|[Pp]reviously|[Ee]arlier|[Pp]rior)\b"
)
_OWN = re.compile(
    rf"^{_OPENED}(?:(?:[Oo]ur|[Tt]he proposed|[Tt]his)\s+(?:\w+[ -]){{0,2}}|[Tt]he\s+)"
    r"(?P<thing>method|approach|framework|model|system|algorithm|technique|pipeline|strategy|architecture)"
    r"\s+(?P<rest>.+)",
    re.DOTALL,
)
_OFFERED = re.compile(_SHAPES.shared["OFFERED"])
_MEASURED = filtered(
    r"outperform|surpass|exceed|state-of-the-art (?:perf|result)"
    r"|^(?:\w+ly )?(?:achiev|attain|reach|reduc|improv|increas|decreas|boost|yield|obtain|lower)\w*"
    r"\s.{0,120}\d",
    re.DOTALL,
)
_SIGNS = WordSigns(  # a word without which no sentence of the sort is told
    {
        "offer": "propos|introduc|present|develop|design|devis|describ|releas|build|construct|creat|offer"
        "|contribut",
        "study": "stud(?:y|ies)|investigat|explor|examin|analy|evaluat|compar|review|survey|revisit|address"
        "|tackl|discuss|consider|assess|benchmark",
        "aim": "aim|seek|attempt|objective|goal|purpose",
        "method": r"\bwe\b",
        "finding": "show|find|found|demonstrat|prove|observe|reveal|indicat|suggest|discover|establish"
        "|conclude",
        "trial": "experiment|evaluat|validat|result|effective|test|assess|simulation|stud(?:y|ies)",
        "outcome": r"\d|state-of-the-art|sota|outperform|surpass|exceed",
    }
)
_GLUED = re.compile(r"\bthis https? URL [a-z]|(?:\.{3}|…|\[…\])$")  # run together by an address, or cut off


def _readable(text: str) -> bool:
    return len(text) <= _LONGEST and not leads_away(text) and not _GLUED.search(text)


def slots(item: Item) -> Slots:
    """All slots that the item's English title and text fill."""
    whole = sentences(item.text)[:_MOST_SENTENCES]
    spans = [span for span in whole if _readable(span.text)]
    offers, studies, methods, findings, deeds, outcomes, trials = (list[Slot]() for _ in range(7))
    own, it = _own_name(item), ""
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
        methods += _matched(span, _METHOD, _study) if "method" in signs else ()
        findings += _matched(span, _FINDING, _finding) if "finding" in signs else ()
        outcomes += (
            (_slot(span, fact) for fact in _results(span.text, names, it)) if "outcome" in signs else ()
        )
        deeds += (own_deeds := tuple(_deeds(span, name)))
        it = (name or "method") if own_deeds else ""  # what the next sentence begins with
        trials += (_slot(span, fact) for fact in _trials(span.text, names)) if "trial" in signs else ()
    releases = (slot for span in whole if _holds(span, _OF_RELEASES) for slot in _releases(span))
    hopeful = [span for span in spans if _holds(span, _OF_HOPES)]
    measured = tuple(slot for slot in deeds if isinstance(slot.fact, DeedFact) and slot.fact.measured)
    return Slots(
        offers=(*offers, *_named(item, own, offers)),
        studies=tuple(studies) if item.kind != "news" else (),  # who "we" are, nobody knows
        methods=tuple(methods),
        findings=tuple(_of_name(slot, names) for slot in findings),
        results=(*sorted(outcomes, key=lambda slot: not getattr(slot.fact, "amount", "")), *measured),
        trials=tuple(trials) if item.kind != "news" else (),
        deeds=tuple(slot for slot in deeds if slot not in measured),
        releases=tuple(releases),
        topics=_topics(item, offers),
        news=tuple(_news(item, spans)) if item.kind == "news" else (),
        hints=_hints([*offers, *studies], item),
        impacts=(_slot(span, hope) for span in hopeful if (hope := impact(span.text))),
        outlooks=(_slot(span, hope) for span in hopeful if (hope := outlook(span.text))),
    )


def _short_names(offers: Sequence[Slot], text: str) -> Iterator[str]:
    """The names of what the authors offer: names, and acronyms in brackets behind them."""
    for offer in offers:
        yield _name_of(offer.fact)
        yield from set(_IN_BRACKETS.findall(text[offer.start : offer.end])) - _SHARED_NAMES


_SHARED_NAMES = frozenset(_SHAPES.shared["SHORT"].split())  # of kinds of models, of nobody's own


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
    active = _OFFER.search(span.text) or _BY_OFFERING.search(span.text)
    match = active or _PASSIVE.search(span.text)
    if not match or not _opens(span.text, match.start()) or _EARLIER.search(span.text[: match.start()]):
        return
    verb = _VERBS.get(match["verb"].lower(), match["verb"].lower())
    rest = relative(plain_words(match["rest"] + ((not active and match["tail"]) or "")))
    further = bool(_FURTHER_OFFER.match(span.text)) or not (active or match["here"])
    if _OURS.match(rest) or _OUR.search(rest[:100]):
        return
    name, phrase = _name_and_phrase(rest, own)
    part = name and re.search(rf"\b{re.escape(name)}\b", phrase[:80])  # Aided CoT, better than CoT
    if not part and (name or not rest.lower().startswith(("that ", "how ", "to ", "in ", "on ", "for "))):
        yield msgspec.structs.replace(
            _slot(span, OfferFact(name=name, verb=verb, phrase=phrase)), further=further
        )
        if plain := _PLAIN.match(phrase):
            bare = OfferFact(name=name, verb=verb, phrase=f"a {plain['thing']}{plain['tail']}")
            yield msgspec.structs.replace(_slot(span, bare), further=further)


def _name_and_phrase(rest: str, own: str) -> tuple[str, str]:
    """The name of what is offered, "" without one, and the phrase that says what it is."""
    if long := _NAMED_LONG.match(rest):
        return long["name"], long["rest"]
    if first := _NAMED_FIRST.match(rest):
        short = first["short"] or ""
        return short if _SHORT_NAME.fullmatch(short) else first["name"], first["rest"]
    last = _NAMED_LAST.match(rest)
    if last and not re.search(r"\bof an? (?:new|novel)\b", last["rest"]):  # an analysis of a new challenge
        return last["name"], (last["rest"] + last["tail"]).strip()
    beside = _NAMED_BESIDE.match(rest)
    if beside and (beside["name"] == own or _SHAPED.search(beside["name"])):
        return beside["name"], beside["rest"]
    return "", rest


_PRESENTED = filtered(
    rf"\b(?i:{_WE}) {_ALSO}(?:propose|introduce|present|develop|design|devise)[sd]?\s+{_NAME}"
    r"(?:\s\([^()]{2,60}\))?,?\s+(?:that|which)\s+(?P<rest>[a-z].+)",
    re.DOTALL,
)


def _presented(span: Sentence) -> Iterator[Slot]:
    """The deed of a thing that is presented by its name alone: we propose NAME, which does it."""
    match = _PRESENTED.search(span.text)
    if match and _opens(span.text, match.start()) and _SHAPED.search(match["name"]):
        yield _slot(span, DeedFact(name=match["name"], predicate=plain_words(match["rest"])))


_SHAPED = re.compile(r"\w[A-Z]|\d")


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
                task=sentence_case(task["task"], item.text),
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


def _matched(span: Sentence, pattern: FilteredPattern, make: Callable[[str, str], Fact]) -> Iterator[Slot]:
    match = pattern.search(span.text)
    ours = match and make is _study and _OURS.search(match["rest"][:80])
    if match and not ours and _opens(span.text, at := match.start()) and not _EARLIER.search(span.text[:at]):
        yield _slot(span, make(match["verb"].lower(), match["rest"]))


def _opens(text: str, at: int) -> bool:
    """Whether a clause of its own begins here: the sentence, or what stands behind a comma or "and"."""
    before = text[:at].rstrip()
    return not before or before[-1] in ",;:" or bool(_JOINS.search(before))


def _study(verb: str, rest: str) -> StudyFact:
    return StudyFact(verb=base_form(verb), phrase=plain_words(rest))


def _finding(verb: str, rest: str) -> FindingFact:
    return FindingFact(verb=base_form(verb), clause=plain_words(rest))


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


def _deeds(span: Sentence, name: str) -> Iterator[Slot]:
    text = span.text
    subject = kind = ""
    if name and (at := re.match(rf"(?:\w+, )?{re.escape(name)}\s+", text)):
        subject, rest = name, plain_words(text[at.end() :])
    elif own := _OWN.match(text):
        rest, kind = plain_words(own["rest"]), own["thing"].lower()
    else:
        return
    rest = re.sub(r"^(?:not only|also|then|further|thus|first)\s+", "", rest)
    if _OFFERED.match(rest):
        return
    measured = bool(_MEASURED.search(rest))
    yield _slot(span, DeedFact(name=subject, kind=kind, predicate=rest, measured=measured))


def _releases(span: Sentence) -> Iterator[Slot]:
    for pattern in _RELEASE:
        if match := pattern.search(span.text):
            goods = tuple(name for name, word in _GOODS if word.search(_OBJECT.split(match["goods"])[0]))
            passage = trimmed(span.text, match.start(), _before_address(span.text, match))
            if goods and not leads_away(passage.text):
                promised = promises(passage.text)
                called = _CALLED.search(passage.text) if len(goods) == 1 else None
                yield Slot(
                    fact=ReleaseFact(goods=goods, promised=promised, name=called["name"] if called else ""),
                    start=span.start + passage.start,
                    end=span.start + passage.end,
                )
                return


_CALLED = filtered(
    r"\b(?:data ?set|benchmark|corpus|model|code|toolkit),? (?:called |named )?"
    r"(?P<name>(?=[\w.+-]*\w[A-Z\d])[A-Z][\w.+-]*\w)(?=[,.;]|\s(?:to|as|for|at|under|on)\b|$)"
)


_OF_HOPES = ("future", "open ", "limitations", "pav", "potential")
_OF_RELEASES = ("releas", "open", "publ", "availab", "found", "access")


def _holds(span: Sentence, marks: Sequence[str]) -> bool:
    lower = span.text.lower()
    return any(mark in lower for mark in marks)


def _hints(passages: Sequence[Slot], item: Item) -> Iterator[Slot]:
    """Passages whose terms tell the subject where neither they nor the headline can be told whole."""
    paper = item.kind == "paper"
    for slot in passages:
        if isinstance(slot.fact, OfferFact | StudyFact):
            if (name := _name_of(slot.fact)) and (kind := _KIND.match(slot.fact.phrase)):
                bare = NamedFact(name=name, verb=slot.fact.verb, kind=kind["kind"].lower())
                yield msgspec.structs.replace(slot, fact=bare)
            yield msgspec.structs.replace(
                slot, fact=TopicFact(title=slot.fact.phrase, paper=paper, whole=False, near=item.title)
            )
    if paper and item.title:
        title = sentence_case(item.title, item.text)
        for whole in (TopicFact(title=title, paper=True), TopicFact(title=title, paper=True, loose=True)):
            yield Slot(fact=whole, start=0, end=len(item.title), title=True)
    for start, end in repeated(item.text) if paper else ():
        yield Slot(fact=TopicFact(title=item.text[start:end], paper=True, loose=True), start=start, end=end)


def _before_address(text: str, release: re.Match[str]) -> int:
    """The end of the words that may be quoted: the address of a release is left out."""
    address = _ADDRESS.search(text, release.start())
    return address.start() if address else len(text)


def _topics(item: Item, offers: Sequence[Slot]) -> Iterator[Slot]:
    """The words behind the colon of the title, then the whole title; with the offer, where there is one."""
    page, post = page_kind(item.title, item.url), _post(item.title)
    paper, title = item.kind == "paper" or page == "paper", _SHOWN.sub("", item.title)
    first = len(item.title) - len(title)
    colon = re.search(r"[:?]\s", title)
    starts = (colon.end(), 0) if colon and paper and not _STUDY_KIND.search(title) else (0,)
    own = _own_name(item) if colon and paper else ""
    for start in starts[:1] if own else starts:
        words = joined(sentence_case(plain_words(title[start:]), item.text)) if paper else title[start:]
        fact = TopicFact(title=words, paper=paper, name=own, post=post, page=page, site=site_of(item.url))
        for slot, offer in ((slot, slot.fact) for slot in offers[: paper and 1]):
            if isinstance(offer, OfferFact) and (kind := _KIND.match(offer.phrase)):
                named = NamedFact(name=offer.name, verb=offer.verb, kind=kind["kind"].lower())
                offered_topic = msgspec.structs.replace(fact, offered=named)
                yield msgspec.structs.replace(
                    slot, fact=offered_topic, beside=(first + start, len(item.title))
                )
        yield Slot(fact=fact, start=first + start, end=len(item.title), title=True)
    if paper and item.kind != "paper":  # that news lead to: its subject, where its title is not told
        about = TopicFact(title=title, paper=False, page=page)
        yield Slot(fact=about, start=first, end=len(item.title), title=True)


_STUDY_KIND = re.compile(
    r": (?:an?|the) [^:]{0,40}?(?:study|survey|review|analysis|evaluation|investigation|perspective|overview"
    r"|comparison|tutorial|exploration|assessment)(?: and (?:research )?(?:roadmap|outlook|taxonomy"
    r"|perspectives?|future directions))?$",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"^(Show|Tell|Launch|Ask) HN:\s*", re.IGNORECASE)
_POSTS: dict[str, Post] = {"show": "show", "launch": "show", "ask": "ask"}


def _post(title: str) -> Post:
    shown = _SHOWN.match(title)
    return _POSTS.get(shown[1].lower(), "") if shown else ""


def _news(item: Item, spans: Sequence[Sentence]) -> Iterator[Slot]:
    """The headline of news, whole; if its article was read, what it surely says, and how that begins."""
    start = shown.end() if (shown := _SHOWN.match(item.title)) else 0
    title, post, page = undressed(item.title[start:]), _post(item.title), page_kind(item.title, item.url)
    headline: Fact = HeadlineFact(title=title, post=post, page=page)
    surely: Fact = TopicFact(title=title, post=post, page=page, paper=False, sure=True)
    for fact in (headline, surely)[: 1 + bool(spans)]:
        yield Slot(fact=fact, start=start, end=len(item.title), title=True)
    for span in spans[:_BEGINNING]:
        yield _slot(span, TopicFact(title=span.text, page=page, paper=False, begins=True))


def _slot(span: Sentence, fact: Fact) -> Slot:
    return Slot(fact=fact, start=span.start, end=span.end)


# ── results ─────────────────────────────────────────────────────────────────────────────────────────
_SUBJECT = (
    rf"(?:(?P<we>{_WE})|[Tt]he optimi[sz]ed (?:solutions?|designs?)|(?:[Oo]ur|[Tt]he proposed"
    r"|[Tt]he resulting|[Tt]his|[Tt]he(?= (?:method|approach|framework|system|pipeline)\b))"
    r"\s+(?:(?!that\b|show|demonstrat|using\b)[\w-]+ ){0,3}?"
    r"(?P<kind>method|approach|framework|model|system|algorithm|technique|pipeline|strategy|architecture"
    r"|dataset|benchmark)s?(?:,? (?P<called>[A-Z][\w.+-]*\w),?)?"
    r"|(?:(?:[Oo]ur|[Tt]he)(?: proposed| resulting)? )?(?:\\\w+\{)?(?P<name>[A-Z][\w.+-]*\w)\}?"
    r"(?: (?:framework|model|method|approach|algorithm|dataset|benchmark))?)"
)
_ALSO_THEN = r"(?:\w+(?<=ly) |also |then |further |can |even )*"
_RUN = r"(?:[^,.;:()]|\.(?=\d))"
_STOP = _SHAPES.shared["STOP"].replace("DOES", _SHAPES.shared["DOES"])


_RIVAL = re.compile(
    r"\s(?:over|compared (?:to|with)|relative to|than|versus)\s+"
    rf"(?P<rival>{_RUN}{{3,80}}?)(?:(?=\s+(?:on|in)\b)|{_STOP})"
)
_PLACE = re.compile(
    rf"\s(?:on|across|in)\s+(?P<place>(?:{_RUN}|(?<=[\w+]), (?:and )?(?=[A-Z][\w+-]*[A-Z\d+])){{2,80}}?)"
    rf"(?!, (?:and )?[A-Z][\w+-]*[A-Z\d+]){_STOP}"
)
_CHANGE = filtered(r"\b(?:improvement|gain|increase|boost|reduction|decrease|drop)s?$", re.IGNORECASE)
_SOMEWHERE = re.compile(r"\s(?:on|across|in)\s")
_ELSEWHERE = re.compile(_SHAPES.shared["ELSEWHERE"])
_UNSURE = filtered(_SHAPES.shared["UNSURE"], re.IGNORECASE)
_MORE = re.compile(_SHAPES.shared["MORE"])  # "by 5%, reducing cost" goes on otherwise, "and by 7%" does not
_CASE = re.compile(r"(?:On|In|Across|With)\b[^.;]{0,160}\b(?:for|under|when|if|during|given)\b")
_IF = re.compile(rf"\s(?:{_SHAPES.shared['CASES']})")
_AND_ANOTHER = re.compile(r"^[^.;]*(?:\.\d[^.;]*)*\b(?:respectively|(?:and|or|vs\.?) (?:an? )?\d)")
_FAR = 160  # characters between the subject and the clause of a result
_OUTCOME = re.compile(
    rf"^(?:{_OPENED})?{_SHAPES.shared['SHOWN_BY']}{_SUBJECT}\s+{_ALSO_THEN}(?:not only )?", re.DOTALL
)
_LATER_CLAUSE = r"(?:\sand\s|,\s(?:and\s|thereby\s|thus\s|while\s|also\s)?)"
_FURTHER = re.compile(rf"{_LATER_CLAUSE}{_ALSO_THEN}$", re.IGNORECASE | re.DOTALL)
_COMPILED_RESULTS, _TRIALS = _SHAPES.compiled(_SHAPES.results), _SHAPES.compiled(_SHAPES.trials)


def _results(text: str, names: Set[str], it: str = "") -> Iterator[ResultFact]:
    """The results of the authors' own work, `it` of the sentence before: at the main verb, or in a clause."""
    text = f"The proposed {it}{text[2:]}" if it and text.startswith("It ") else text
    opening = _OUTCOME.match(text)
    others = {opening["name"], opening["called"]} - {None, *names} if opening else {""}
    others_tried = _TRIED.match(text) and all(_SHAPED.search(other or "") for other in others)
    if opening is None or (others and not others_tried) or _CASE.match(opening[0]):
        return
    for outcome, pattern in _COMPILED_RESULTS:
        for match in pattern.finditer(text, opening.end()):
            between = text[opening.end() : match.start()].replace("not only ", "")
            if (opening["we"] or others) and between:
                break  # the verb may speak of what was proposed, or used
            if outcome == "reach" and _CHANGE.search(match["metric"]):
                break
            if _hangs_on(between) and not _UNSURE.search(between + match[0]):
                if fact := _result(outcome, opening, match, text[match.end() :]):
                    tested = None if fact.place or outcome == "hold" else _TESTED.search(opening[0])
                    yield from (msgspec.structs.replace(fact, place=tested["place"]),) if tested else ()
                    yield fact
                break


_TRIED = re.compile(r"[^,.;]{0,60}\b(?i:experiments?|results|evaluations?|simulations)\b")
_TESTED = re.compile(_SHAPES.shared["TESTED"])


def _trials(text: str, names: Set[str]) -> Iterator[ResultFact]:
    """On what the authors tried their own work, and what they call shown by it."""
    for outcome, pattern in _TRIALS:
        match = pattern.search(text)
        parts = match.groupdict(default="") if match else {}
        name = parts.get("name", "")
        if match and (not name or name in names) and not _UNSURE.search(match[0]):
            place, qualities = _PURPOSE.split(parts["place"])[0].strip(), parts.get("metric", "")
            yield ResultFact(name=name, outcome=outcome, metric=qualities, place=place)
            return


_PURPOSE = re.compile(r"\s(?:in order )?to\s+[a-z]")  # for which it was tried there


def _hangs_on(between: str) -> bool:
    """Whether a verb is the main one, or opens a further clause with the same subject."""
    return len(between) < _FAR and (not between.strip() or bool(_FURTHER.search(between)))


_NO_METRICS = frozenset("absolute relative average overall significant total further".split())


def _result(outcome: Outcome, opening: re.Match[str], match: re.Match[str], after: str) -> ResultFact | None:
    parts = match.groupdict()
    if (parts.get("metric") or "").lower() in _NO_METRICS:
        return None
    several = parts.get("amount") and (_MORE.match(after) or _AND_ANOTHER.search(after))
    if several or ((parts.get("amount") or outcome == "beat") and _IF.match(after)):
        return None  # one of several amounts, or of some cases
    against = None if parts.get("rival") else _RIVAL.match(after)
    rival = parts.get("rival") or (against["rival"] if against else "")
    after = after[against.end() :] if against else after
    if (rival and _IF.match(after)) or (not rival and _COMPARED_TO.match(after)):
        return None  # with whom is not sure, and it may not be everybody
    place = _PLACE.match(after)
    if place is None and _SOMEWHERE.match(after):
        return None  # where is not understood, and it is not everywhere
    where = place["place"] if place else opening["before"] or ""
    return ResultFact(
        name=opening["name"] or opening["called"] or "",
        kind=(opening["kind"] or "").lower(),
        outcome=outcome,
        metric=(parts.get("metric") or "").strip(),
        amount=re.sub(r"\\", "", parts.get("amount") or "").strip().rstrip(".,"),
        rival=_AND_DOES.split(plain_words(rival), maxsplit=1)[0].strip().removesuffix(" significantly"),
        place=where.strip(),
        elsewhere=bool(place and _ELSEWHERE.match(after, place.end())),
    )


_AND_DOES = re.compile(rf"\b(?:and|but) (?:also )?(?:\w+(?<=ly) )?(?:{_SHAPES.shared['DOES']})\w*\s")
_COMPARED_TO = re.compile(r"\s(?:compared|relative|over|among|than|versus|with respect)\b")
