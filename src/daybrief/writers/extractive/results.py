"""The results that a sentence of an abstract states: best, reach, improve, lower, beat, speed, hold.

    "FooNet reduces inference time by 40% on ImageNet" → lower: inference time, 40%, on ImageNet

A result counts where its subject is the authors' own work, its verb is sure and its amount is one amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from daybrief.languages.tables import Outcome, ResultFact

WE = (
    r"(?:we|(?:in )?this (?:paper|work|study|article|report|survey|thesis|tutorial)"
    r"|the (?:paper|authors|study)|our (?:work|paper|study))"
)
OPENED = (
    r"(?:(?:Specifically|In particular|Concretely|Moreover|Furthermore|Additionally|In addition|To this end"
    r"|Finally|Notably)[,:]?\s+)?"
)
_QUANTITY = (
    r"(?:(?:up to|an average of|at least|approximately|about|around|nearly|almost|over|more than)\s+)?"
    r"\d++(?:[.,]\d++)*+(?:[kKmM]\b)?+"
    r"(?:\s?(?:\\?%|percent(?:age points?)?|points?|×|\$\\times\$|x\b|times\b))?+"
)
_SUBJECT = (
    rf"(?:(?P<we>{WE})|(?:[Oo]ur|[Tt]he proposed|[Tt]he resulting|[Tt]his)\s+(?:[\w-]+ ){{0,3}}?"
    r"(?P<kind>method|approach|framework|model|system|algorithm|technique|pipeline|strategy|architecture"
    r"|dataset|benchmark)s?(?:,? (?P<called>[A-Z][\w.+-]*\w),?)?"
    r"|(?:[Tt]he )?(?:\\\w+\{)?(?P<name>[A-Z][\w.+-]*\w)\}?"
    r"(?: (?:framework|model|method|approach|algorithm|dataset|benchmark))?)"
)
_SHOWN_BY = (
    r"(?:[^.;]{0,160}?\b(?i:results?|experiments?|evaluations?|analys[ie]s|studies|simulations?|we)\b"
    r"[^.;]{0,160}?"
    r"\b(?:show|demonstrate|indicate|reveal|confirm|validate)"
    r"(?:s|d|ed|ing)? (?:that )?(?=our |the |this |[A-Z])"
    r"|(?:On|In|Across|With|Compared (?:to|with)) [^.;]{3,100}?, )?"
)
_ALSO_THEN = r"(?:\w+(?<=ly) |also |then |further |can |even )*"
_METRIC = r"(?:(?!(?:on|in|for|over|by|with|and|of|to|than)\b)[A-Za-z][\w@-]*\s){0,3}?[A-Za-z][\w@-]*"
_METRIC_ENDS = (
    r"(?=\s(?:on|in|for|over|across|with|at|while|and|compared|under|when|by|than|using|after|without|from"
    r"|averaged|relative)\b|\s?[,.;()]|$)"
)
_BETTER_BY = (
    r"(?:achiev|attain|obtain|provid|yield|deliver|show|demonstrat|exhibit|bring)\w*\s+(?:an? )?"
    rf"(?P<amount>{_QUANTITY})\s+"
)
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
     rf"(?:in )?(?P<metric>{_METRIC}){_METRIC_ENDS}"),
    ("improve", rf"{_BETTER_BY}(?:absolute |relative |average )?(?P<metric>{_METRIC})\s"
     r"(?:improvement|gain|increase|boost)s?(?=\s+(?:over|compared|relative|on|in|across)\b|[,.;]|$)"),
    ("improve", rf"{_BETTER_BY}(?:higher|better|greater)\s(?P<metric>{_METRIC})(?=\sthan\b)"),
    ("lower", rf"{_BETTER_BY}(?:lower|smaller|less)\s(?P<metric>{_METRIC})(?=\sthan\b)"),
    ("lower", rf"{_BETTER_BY}(?:absolute |relative |average )?reduction in "
     rf"(?P<metric>{_METRIC}){_METRIC_ENDS}"),
    ("improve", rf"{_BETTER_BY}(?:absolute |relative |average )?"
     rf"(?:improvement|increase|gain) in (?P<metric>{_METRIC}){_METRIC_ENDS}"),
    ("beat", r"(?:outperform|surpass|exceed)\w*\s+(?P<rival>[^.;:]{3,90}?)"
     rf"(?:\s+by\s+(?:a margin of )?(?P<amount>{_QUANTITY}))?"
     r"(?=\s+(?:on|in|across|over|with|while|under|when|without)\b"
     r"|[,;]|\.?$|\.\s)"),
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
    r"|and (?:achiev|outperform|reduc|improv|clos|demonstrat|show|provid|maintain|enabl))\w*)"
)
_RIVAL = re.compile(
    r"\s(?:over|compared (?:to|with)|relative to|than|versus)\s+"
    rf"(?P<rival>{_RUN}{{3,80}}?)(?:(?=\s+(?:on|in)\b)|{_STOP})"
)
_PLACE = re.compile(rf"\s(?:on|across|in)\s+(?P<place>{_RUN}{{2,80}}?){_STOP}")
_CHANGE = re.compile(r"\b(?:improvement|gain|increase|boost|reduction|decrease|drop)s?$", re.IGNORECASE)
_SOMEWHERE = re.compile(r"\s(?:on|across|in)\s")
_ELSEWHERE = re.compile(
    r",\s(?!and\b|with\b|which\b|while\b|\w+ing\b)(?:[\w+/-]+,?\s){1,12}?and\s(?!\w+(?:s|ing)\s(?:the|a)\b)"
)
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
_OUTCOME = re.compile(rf"^(?:{OPENED})?{_SHOWN_BY}{_SUBJECT}\s+{_ALSO_THEN}(?:not only )?", re.DOTALL)
_LATER_CLAUSE = r"(?:\sand\s|,\s(?:and\s|thereby\s|thus\s|while\s|also\s)?)"
_FURTHER = re.compile(rf"{_LATER_CLAUSE}{_ALSO_THEN}$", re.IGNORECASE | re.DOTALL)
_COMPILED_RESULTS = tuple((outcome, re.compile(rf"\b{pattern}", re.DOTALL)) for outcome, pattern in _RESULTS)


def results(text: str, names: Set[str]) -> Iterator[ResultFact]:
    """The results of the authors' own work: at the main verb, or in a clause that hangs on it."""
    opening = _OUTCOME.match(text)
    if opening is None or not {opening["name"], opening["called"]} <= {None, *names}:
        return
    for outcome, pattern in _COMPILED_RESULTS:
        for match in pattern.finditer(text, opening.end()):
            between = text[opening.end() : match.start()].replace("not only ", "")
            if opening["we"] and between:
                break  # the verb may speak of what was proposed, or used
            if outcome == "reach" and _CHANGE.search(match["metric"]):
                break
            if _hangs_on(between) and not _UNSURE.search(between + match[0]):
                if fact := _result(outcome, opening, match, text[match.end() :]):
                    yield fact
                break


def _hangs_on(between: str) -> bool:
    """Whether a verb is the main one, or opens a further clause with the same subject."""
    if len(between) >= _FAR:
        return False
    return not between.strip() or bool(_FURTHER.search(between))


_NO_METRICS = frozenset("absolute relative average overall significant total further".split())


def _result(outcome: Outcome, opening: re.Match[str], match: re.Match[str], after: str) -> ResultFact | None:
    parts = match.groupdict()
    if (parts.get("metric") or "").lower() in _NO_METRICS:
        return None
    if parts.get("amount") and (_MORE.match(after) or _AND_ANOTHER.search(after)):
        return None  # one of several amounts
    rival = parts.get("rival") or ((against := _RIVAL.match(after)) and against["rival"]) or ""
    if not rival and _COMPARED_TO.match(after):
        return None  # with whom is not sure, and it may not be everybody
    place = _PLACE.match(after)
    if place is None and _SOMEWHERE.match(after):
        return None  # where is not understood, and it is not everywhere
    return ResultFact(
        name=opening["name"] or opening["called"] or "",
        kind=(opening["kind"] or "").lower(),
        outcome=outcome,
        metric=(parts.get("metric") or "").strip(),
        amount=re.sub(r"\\", "", parts.get("amount") or "").strip().rstrip(".,"),
        rival=rival.strip(),
        place=place["place"].strip() if place else "",
        elsewhere=bool(place and _ELSEWHERE.match(after, place.end())),
    )


_COMPARED_TO = re.compile(r"\s(?:compared|relative|over|among|than|versus|with respect)\b")
