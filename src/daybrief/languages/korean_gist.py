"""Korean sentences about a story, in the formal style, from facts cut out of its English source.

Each sentence renders one fact whole: its words through `korean_grammar`, its particles after Latin words,
numbers and acronyms by `ko.particle`. Where a phrase holds a word that is not sure, there is no sentence.
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from daybrief.languages.en import unspelled
from daybrief.languages.ko import Stem, last_word, listed, particle, stated
from daybrief.languages.korean_grammar import grammar, noun_phrase
from daybrief.languages.korean_headlines import headline, topic, wider
from daybrief.languages.korean_slots import NAMES, place_by_name, place_in_general, quantity, two_verbs
from daybrief.languages.korean_words import (
    Predicate,
    Rendered,
    filled,
    kinds,
    stops,
    table,
    tells,
    thin,
)  # fmt: skip
from daybrief.languages.tables import (
    DeedFact,
    Fact,
    FindingFact,
    HeadlineFact,
    HopeFact,
    NamedFact,
    OfferFact,
    ReleaseFact,
    ResultFact,
    StudyFact,
    TopicFact,
)

_ADJUNCT = re.compile(r"\s+(?:by|via|through|using|for|with|from|during|without|based on|based upon)\b")


class KoreanTeller:
    """Implements `tables.Teller`."""

    longest = 150

    def tell(self, fact: Fact) -> str:
        """Returns a sentence; "" where a word of the fact is not sure, or too much hangs on one noun."""
        sentence = _sentence(fact)
        parts = re.split(r"\. |으로, ", sentence)
        crowded = any(
            len(_HUNG_ON.findall(part)) > _MOST_HUNG
            or _NO_FIRST.search(part)
            or part.count("위해 ") > 1
            or len(re.sub("[^가-힣]", "", part)) > _MOST_HANGUL
            for part in parts
        )
        return "" if crowded else sentence


_NO_FIRST = re.compile("[가-힣](?<![한는은을를의인로서된고]) 최초의 ")  # a word of a name: Our First Exam
_HUNG_ON = re.compile(
    "[을를] (?:위한|이용한|통한|갖춘|향한) |(?<!원칙)에 (?:대한|기반한|근거한) "
    "|(?<=[가-힣])(?<!최초)(?<!규모)의 "
)
_MOST_HUNG, _MOST_HANGUL = 2, 48  # in a sentence: of more, nobody sees what belongs to what


@lru_cache(maxsize=128)  # a story's candidates are gone through for each sentence of its gist
def _sentence(fact: Fact) -> str:
    match fact:
        case OfferFact() | NamedFact():
            return _offer(fact) if isinstance(fact, OfferFact) else _named(fact)
        case StudyFact():
            return _study(fact)
        case FindingFact():
            return _finding(fact)
        case DeedFact():
            return _deed(fact)
        case ResultFact():
            return _result(fact)
        case HopeFact():
            return _hope(fact)
        case ReleaseFact():
            return _release(fact)
        case HeadlineFact():
            return headline(fact)
        case TopicFact():
            return _offered_on(wider(topic(fact), fact.title) if fact.wide else topic(fact), fact.offered)


def _offer(fact: OfferFact) -> str:
    text = unspelled(fact.phrase)
    phrase = _left(text, whole=text == fact.phrase)
    put_in = phrase and fact.verb == "introduce" and last_word(phrase.text) in table("put in")
    if put_in or phrase is None or not tells(phrase.text) or phrase.text.endswith(_NEEDS):
        return ""
    end = grammar(text).words[phrase.end - 1].end
    if _AS.match(text, end) or _LONG_NAME.search(text[:end]) or _thin(phrase, text):
        return ""
    return _said_to_be(fact, phrase.text)


def _left(text: str, *, whole: bool = True) -> Rendered | None:
    """A noun phrase up to where it may be left; no first of a kind of which not the `whole` is told."""
    phrase = noun_phrase(text, left=True)
    if phrase is None or "최초의 " not in phrase.text:
        return phrase
    rest = text[grammar(text).words[phrase.end - 1].end :]
    return (
        phrase
        if whole and _ENDS.match(rest)
        else msgspec.structs.replace(phrase, text=phrase.text.replace("최초의 ", ""))
    )


def _thin(phrase: Rendered | Predicate, text: str) -> bool:
    """Whether what was left out would say which one it is: a metric to measure this."""
    read = phrase if isinstance(phrase, Rendered) else phrase.object_alone()
    return thin(read, text, grammar(text).words[phrase.end - 1].end)


_ENDS = re.compile(r"\s*(?:$|[.;:]|,(?! (?:that|which)\b))")
_QUOTED = re.compile(r".{0,80}(?:``|[“\"])", re.DOTALL)  # a saying is cut off at any word


def _said_to_be(fact: OfferFact, what: str) -> str:
    what = f"{what} 기법" if what.endswith((" 방어", " 공격")) else what
    if fact.name:
        return f"{_topical(fact.name)} {what}입니다."
    return f"{what}{particle(what, '을/를')} {_offered(fact.verb)}."


def _offered(verb: str) -> str:
    nouns = {"release": "공개", "present": "제시", "introduce": "소개", "build": "구축", "develop": "개발"}
    noun = nouns.get(verb, "제안")
    return noun + ("했습니다" if noun in {"개발", "구축", "공개"} else "합니다")


def _named(fact: NamedFact) -> str:
    kind = kinds().get(fact.kind, "")
    if not fact.task:
        thing = f"{fact.name} {kind}".strip() if kind else ""
        return f"{thing}{particle(thing, '을/를')} {_offered(fact.verb)}." if thing else ""
    task = noun_phrase(fact.task, whole=True)
    if task is None or task.kept or not tells(task.text):
        return ""
    thing = fact.name if fact.kind.lower() in fact.name.lower() else f"{fact.name} {kind}".strip()
    goal = f"{task.text}{particle(task.text, '을/를')}"
    return f"{goal} 위한 {thing}{particle(thing, '을/를')} {_offered(fact.verb)}."


def _study(fact: StudyFact) -> str:
    fact = msgspec.structs.replace(fact, phrase=_CAPACITY.sub("ability", fact.phrase))
    if clause := _asked(fact.phrase):
        return f"{clause} {table('study').get(fact.verb, '다룹니다')}."
    if fact.verb == "aim":
        return _aim(fact.phrase)
    if fact.verb == "compare" or fact.verb in _MEASURING:
        return _judged(fact)
    if fact.verb not in table("study"):
        return _method(f"{fact.verb} {fact.phrase}")
    text = unspelled(fact.phrase)
    phrase = _left(text) if not _QUOTED.match(fact.phrase) else None
    if phrase is None or not tells(phrase.text) or phrase.text.endswith(_NEEDS) or _thin(phrase, text):
        return ""
    return f"{phrase.text}{particle(phrase.text, '을/를')} {table('study').get(fact.verb, '다룹니다')}."


def _aim(text: str) -> str:
    """The aim of a paper, and its means where it names these first."""
    if by_means := _MEANS_TO.match(text):
        tools, beside = by_means["means"], by_means["means"].replace(" with ", " and ", 1)
        means = noun_phrase(tools, whole=True) or noun_phrase(beside, whole=True)
        aim = grammar(by_means["aim"]).predicate(0, ("base",))
        if means is None or aim is None or not tells(aim.before):
            return ""
        tool = re.sub(r"(을|를) 이용한", r"\1 결합한", means.text)
        with_it = f"{tool}{particle(tool, '을/를')} 이용해"
        return f"{with_it} {aim.said(lambda stem: stem.which)} 것을 목표로 합니다."
    predicate = grammar(text).predicate(0, ("base",))
    if predicate is None or not tells(predicate.before) or _thin(predicate, text):
        return ""
    return f"{predicate.said(lambda stem: stem.which)} 것을 목표로 합니다."


def _judged(fact: StudyFact) -> str:
    """The sentence of an evaluation or a comparison; several names alone say enough."""
    predicate = grammar(f"{fact.verb} {fact.phrase}").predicate(0, ("base",))
    several = bool(predicate and _SEVERAL_NAMES.search(predicate.before))
    if predicate is None or not tells(predicate.before, names=several):
        return ""
    with_what = fact.verb == "compare" and _COMPARING.search(fact.phrase)  # what with what, or nothing
    return (
        ""
        if with_what and not _BESIDE[" against " in fact.phrase].search(predicate.before)
        else f"{predicate.said(lambda stem: stem.past)}."
    )


def _method(text: str) -> str:
    """The sentence of a thing that the authors did: 합성 데이터로 확산 모델을 학습시켰습니다."""
    read = grammar(text)
    predicate = read.predicate(0, ("base",))
    if predicate is None or not tells(predicate.before) or _thin(predicate, text) or _LONG_NAME.search(text):
        return ""
    needed = predicate.object_alone().text.endswith(_NEEDS)
    if needed or not _may_stop(text, read.words[predicate.end - 1].end, predicate, measured=False):
        return ""
    return f"{predicate.said(lambda stem: stem.past)}."


_BESIDE = (re.compile("비교해"), re.compile("[가-힣A-Za-z][와과] "))  # with, against
_COMPARING = re.compile(r"\b(?:with|to|against|versus)\b")
_SEVERAL_NAMES = re.compile(r"\w(?:, |[과와] | 및 )[A-Z]")
_CAPACITY = re.compile(r"\bcapacity(?= (?:of (?:[\w-]+ ){1,5})?(?:to|for) [a-z])")  # an ability
_NEEDS = (*table("needs"), " 단계", " 노력", " 참여")  # that there is one, says nothing
_LONG_NAME = re.compile(r"\b[A-Z][a-z]+ (?:of|with|for) [A-Z][a-z]+\b")  # Mixture of Expert with Group
_AS = re.compile(r"\s+as (?:an?|the)\b")  # what it is proposed as
_MEASURING = frozenset("evaluate assess benchmark".split())  # on what, is said of the verb
_MEANS_TO = re.compile(
    r"(?:utilize|use|leverage|employ|apply|harness|exploit) (?P<means>.{3,100}?) to (?P<aim>[a-z].+)",
    re.DOTALL,
)


def _asked(phrase: str) -> str:
    """How or whether a clause holds, as an object: 방식을, 여부를."""
    word, _, rest = phrase.partition(" ")
    if word.lower() not in {"how", "whether", "if"}:
        return ""
    read = grammar(rest)
    reading = read.clause(0)
    if reading is None or not stops(rest, read.words[reading[1].end - 1].end):
        return ""
    subject, predicate, able = reading
    who = f"{subject.text}{particle(subject.text, '이/가')}"
    if word.lower() == "how":
        return f"{who} {predicate.said(lambda stem: stem.able if able else stem.which)} 방식을"
    return f"{who} {predicate.said(lambda stem: stem.can + '는지' if able else stem.which + '지')}"


def _finding(fact: FindingFact) -> str:
    """The sentence of a finding, cut at the first verb whose subject and predicate are both sure."""
    whose = _LIMITING.match(fact.clause)
    many = table("many").get(whose[1].lower(), "") if whose else ""
    many = f"{many} " if many else ""
    if whose and not many:
        return ""
    clause = _MARGIN.sub("", _EARLIER.sub("existing ", fact.clause[whose.end() if whose else 0 :]))
    for token in grammar(clause).words[:_FAR]:
        if two_verbs(clause[token.end :]):
            continue
        many_of = token.single != token.lower or token.named
        if (who := _subject(clause[: token.end])) and (
            finding := _found(clause[token.end :].lstrip(), many_of)
        ):
            if not tells(f"{who[:-1]} {finding.rpartition(' ')[0]}", names=True):
                return ""
            verb = {"prove": "증명했습니다", "demonstrate": "보였습니다", "show": "보였습니다"}
            shown = "확인했습니다" if finding.endswith("보임") else verb.get(fact.verb, "확인했습니다")
            return f"{many}{who} {finding}을 {shown}."
    return ""


_OURS, _BOTH = (
    re.compile(r"(?:our|this|these|the(?= (?:approach|method|framework)$)) ", re.IGNORECASE),
    re.compile(r"\sboth\s"),
)
_EARLIER = re.compile(r"\b(?:prior|previous) (?=state|method|work|approach|SOTA|model|baseline)")
_MARGIN = re.compile(r" by an? (?:\w+ )?margin\b")
_FAR = 16  # words of a clause that may be its subject
_LIMITING = re.compile(
    r"(many|most|some|several|few|only|no|neither|none|not|certain|all|both)\s", re.IGNORECASE
)
_ADVERB = re.compile(r"(?<!fami)(?<!ear)ly\b|\bnumber of\b")
_MANNER = re.compile(r"\s(?:\w+ly|often|also|still)$")


def _subject(text: str) -> str:
    """The subject of a clause with its particle: a noun phrase, or a deed; "" where one word is not sure."""
    text = _MANNER.sub("", text.strip())
    if _ADVERB.search(text):
        return ""  # a verb behind it was taken for a noun
    read = grammar(text)
    if (deed := read.predicate(0, ("ing",))) and deed.end == len(read.words) and not deed.kept:
        return f"{deed.said(lambda stem: stem.which)} 것이".replace("양을 높이", "양을 늘리")
    phrase = noun_phrase(text, whole=True)
    if phrase is None or phrase.kept:
        return ""
    noun = phrase.text.replace("제안된 ", "제안한 ")
    noun = f"이 {noun.removeprefix('제안한 ')}" if _OURS.match(text) and not noun.isascii() else noun
    return f"{noun}{particle(noun, '이/가')}"


_LIMITS = re.compile(
    r"[ ,(]{0,3}(?:only|unless|if|except|provided|when|where|but(?! also)|yet|though|although|depending)\b"
)
_SURELY = re.compile(
    r"(?:(?:significantly|consistently|substantially|effectively|greatly|also|often|still|generally) )+"
)
_VERY = r"(?:\w+ly |more |most |quite |very )?"
_BE_A = r"(?:is|are)(?= (?:an?|the) )"  # the glossary writes it with a capital, as its lines part at "="
_FOUND = tuple(  # what is found of a subject, and how it is said as a noun; {} is what stands behind
    (re.compile(rf"(?:{english})\b\s*", re.IGNORECASE), korean)
    for english, korean in (
        *(
            (key.replace("VERY", _VERY).replace("(?:is|are) A", _BE_A), korean)
            for key, korean in table("found").items()
        ),
        *(
            (rf"(?:is|are|remains?) (?:\w+ly )?more {english} than", f"{{}}보다 더 {korean}")
            for english, korean in table("than").items()
        ),
    )
)


def _found(text: str, several: bool) -> str:
    """The predicate of a finding as a noun; "" where a word of it, or what limits it, is not sure."""
    text = _SURELY.sub("", text)
    for pattern, template in _FOUND:
        if match := pattern.match(text):
            deed = "base" if match[0].rstrip().endswith("to") else "ing"
            return _found_of(template, text[match.end() :], deed)
    able = text.startswith("can ")
    text = _BOTH.sub(" ", text.removeprefix("can "))
    read = grammar(text)
    forms = ("base",) if able else ("s", "base") if several else ("s",)
    predicate = read.predicate(0, forms)
    if predicate is None or predicate.kept or not _closed(text, read.words[predicate.end - 1].end):
        return ""
    return predicate.said(lambda stem: stem.can + "음" if able else stem.nominal)


def _found_of(template: str, rest: str, form: str) -> str:
    """The template filled with the noun phrase or the deed behind it."""
    read = grammar(rest)
    doing, _, tail = template.partition("} ")
    if doing in {"{하는", "{할"}:
        deed = read.predicate(0, (form,))
        if deed is None or deed.kept or not _closed(rest, read.words[deed.end - 1].end):
            return ""
        return f"{deed.said(lambda stem: stem.which if doing == '{하는' else stem.coming)} {tail}"
    deed = read.predicate(0, (form,)) if template in table("of deeds") else None
    if deed and not deed.kept and _closed(rest, read.words[deed.end - 1].end):
        when = template.endswith("체감함")
        done = deed.said(lambda stem: f"{stem.coming} 때" if when else f"{stem.which} 데")
        return f"{done} {template.removeprefix('{}에 ')}"
    phrase = read.phrase(0)
    if phrase is None or phrase.kept or not _closed(rest, read.words[phrase.end - 1].end):
        return ""
    fits = tuple(table("found fits").get(template.rsplit(" ", 1)[-1], "").split())
    if (fits and not phrase.text.endswith(fits)) or not tells(phrase.text, names=True):
        return ""
    return filled(template, phrase.text)


def _closed(text: str, end: int) -> bool:
    """Whether a clause may end here, with nothing behind it that limits what it says."""
    return bool(stops(text, end) or _AS_WELL.match(text, end)) and not _LIMITS.match(text, end)


def _deed(fact: DeedFact) -> str:
    by = _BY_DOING.match(
        fact.predicate
    )  # addresses these limitations by introducing tokens: it introduces them
    text = fact.predicate[by.end() :] if by else fact.predicate
    fact = msgspec.structs.replace(fact, predicate=text)
    if aim := _AIMS.match(text):
        read = grammar(text[aim.end() :])
        goal = read.predicate(0, ("base",))
        if goal is None or not tells(goal.before):
            return ""
        return f"{_doer(fact)}{goal.said(lambda stem: stem.which)} 것을 목표로 합니다."
    able = _ABLE.match(text)
    text = text[able.end() :] if able else text
    read = grammar(text)
    predicate = read.predicate(0, ("ing",) if by else ("base",) if able else ("s", "base", "ed"))
    if predicate is None and (quality := _found(fact.predicate, several=False)):
        return f"{_doer(fact)}{stated(quality)}." if tells(quality, names=True) else ""
    if predicate is None or (fact.measured and _EACH.search(text)) or not tells(predicate.before):
        return ""
    if not _may_stop(text, read.words[predicate.end - 1].end, predicate, measured=fact.measured):
        return ""
    past = fact.measured and _OUTCOMES.match(fact.predicate)
    done = predicate.said(
        lambda stem: Stem(stem.can).politely if able else stem.past if past else stem.politely
    )
    return f"{_doer(fact)}{done}."


def _may_stop(text: str, end: int, predicate: Predicate, *, measured: bool) -> bool:
    """Whether what a thing does may be told up to here: what is left out does not limit it."""
    if measured and _AMOUNT_BEHIND.match(text, end):
        return False
    if stops(text, end) or _AS_WELL.match(text, end):
        return True
    detail = predicate.stem in table("has it") and _DETAIL.match(text, end) and not _thin(predicate, text)
    return not measured and bool(_ADJUNCT.match(text, end) or detail)


_AMOUNT_BEHIND = re.compile(r"\s*(?:\([^()]*\)\s*)?of \S*\d")  # an area of 0.85
_ABLE = re.compile(r"can (?:also |then |further )?(?!be\b)")
_AS_WELL = re.compile(r"\s+(?:(?:but also|as well as)\b|\()")
_DETAIL = re.compile(
    r"\s+(?:to|that|which|in|on|at|across|where|whose|when)\b"
)  # what it is used for, or like


def _doer(fact: DeedFact) -> str:
    """The subject with its particle; "" where the sentence before has it, as Korean leaves it out then."""
    return "" if fact.again else _topical(fact.name or f"이 {table('kind').get(fact.kind, '방법')}") + " "


_EACH = re.compile(r"\brespectively\b|\d\S* (?:and|or|to) (?:up to )?\d")  # one amount for each of several
_AIMS = re.compile(r"(?:aims|seeks) to ")
_BY_DOING = re.compile(
    r"(?:address|tackle|solve|overcome|mitigate|handle|resolve|achieve|accomplish|do)(?:e?s)? "
    r"(?:these|this|those|such|so|the (?:above|former))(?: [a-z-]+){0,2} by (?=\w+ing\b)"
)
_OUTCOMES = re.compile(  # what was measured, and not what the thing is made of
    r"(?:\w+ly )?(?:outperform|surpass|exceed|beat|achiev|reach|attain|obtain|reduc|improv|show"
    r"|demonstrat|yield|increas|decreas|boost|lower|match)"
)
_CHANGES = {"raise": "높였습니다", "lower": "줄였습니다", "improve": "개선했습니다"}
_RIVALS = re.compile(
    rf"(?:(?:{'|'.join(table('which rivals'))})\s+)*(?:{'|'.join(table('rivals'))})",
    re.IGNORECASE,
)
_NAMES = re.compile(r"(?<![\w-])(?=[^ ]*[A-Z0-9][^ ]*[A-Z0-9])[A-Z][\w.+-]*[\w+]")
_COMPARED = re.compile(
    r"(?:the |several |many |all )?(?:state-of-the-art|SOTA|existing|current|previous|prior|recent"
    r"|traditional|conventional|baseline|leading|strong|popular|representative)"
    r"\s(?!.*\b(?:and(?! [\w-]+(?: [\w-]+){0,2}$)|or|with|when|that|by|on)\b)"
    r"[\w -]{3,70}?(?:methods|models|approaches|baselines|techniques|algorithms|systems)",
    re.IGNORECASE,
)
_NEWEST = re.compile(r"state-of-the-art|SOTA|leading|latest|advanced", re.IGNORECASE)


def _result(fact: ResultFact) -> str:
    """The sentence of a result with its place and rival; "" where a part that the source names is unsure."""
    amount = quantity(fact.amount)
    place, rival = "" if fact.outcome == "hold" else _place(fact.place), _rival(fact.rival)
    if amount is None or place is None or rival is None:
        return ""
    unnamed = f"{'제안한' if fact.after_data else '이'} {kinds()[fact.kind or 'method']}"
    if fact.outcome in {"shown", "tried"}:
        return _tried(fact, place, unnamed if fact.after_data else "")
    number, hedge = amount
    predicate = _measured(fact, number, hedge, rival)
    if not predicate:
        return ""
    if place and fact.elsewhere and not place.startswith(("두 ", "세 ", "네 ", "다섯 ", "여섯 ")):
        if fact.amount:
            return ""
        place = ""  # only one of several
    known = (fact.name or fact.kind or fact.after_data) and not fact.again
    who = _topical(fact.name or unnamed) if known else ""
    return " ".join(part for part in (who, place, predicate) if part) + "."


def _tried(fact: ResultFact, place: str, unnamed: str) -> str:
    """On what something was tried, and its qualities that are called shown; "" where that is not sure."""
    if not place.endswith("에서") or _VAGUE_PLACE[fact.outcome].match(place) or _SPLIT.search(fact.place):
        return ""
    if fact.outcome == "tried":
        what = f"{fact.name}{particle(fact.name, '을/를')} 평가" if fact.name and not fact.again else "실험"
        return f"{place} {what}했습니다."
    known = table("quality")
    qualities = [known[each] for each in re.split(", and |, | and ", fact.metric)]
    shown = listed(qualities, "and") if len(qualities) > 1 else qualities[0]
    owner = fact.name if fact.name and not fact.again else unnamed
    whose = f"{owner}의 " if owner else ""
    return f"{place} {whose}{shown}{particle(shown, '을/를')} 확인했습니다."


_SPLIT = re.compile(
    r"\b(?:using|with|for|against|from|across)\b|\band\b.*\b(?:of|in|on)\b"
)  # what belongs to both is not sure
_BARE_PLACES = table("vague places").keys() | {"데이터셋", "벤치마크"}
_VAGUE = r"^(?:(?:{}|[가-힣]+ 가지) )*(?:[가-힣]+ (?:제어|예측)|{}{})에서$"
_WHICH_PLACES, _PLACES = ("|".join(table(name)) for name in ("vague which", "vague places"))
_VAGUE_PLACE = {
    "shown": re.compile(_VAGUE.format(_WHICH_PLACES, _PLACES, "")),
    "tried": re.compile(_VAGUE.format(_WHICH_PLACES, _PLACES, "|데이터셋|벤치마크")),
}


def _measured(fact: ResultFact, number: str, hedge: str, rival: str) -> str:
    """The predicate of a result; "" where a word of it is not sure."""
    beside = f"{rival}보다" if rival else ""
    if fact.outcome == "best":
        against = f"{rival}{particle(rival, '과/와')} 비교해 " if rival else ""
        return f"{against}최고 수준의 성능을 기록했습니다"
    if fact.outcome == "beat":
        if not number:
            return f"{rival}{particle(rival, '을/를')} 능가했습니다" if rival else ""
        unclear = number.endswith("배") or number[-1].isdigit() or not rival
        return "" if unclear else f"{beside} {_hedged(number, hedge)} 앞선 성능을 보였습니다"
    if fact.outcome == "speed":
        what = table("speeds").get(fact.metric, "")  # what became faster, or than what it is
        faster = f"{beside} {what} {_hedged(number, hedge)} 빨라졌습니다".replace("  ", " ").strip()
        return faster if number.endswith("배") and (what or beside) else ""
    if fact.outcome == "hold":
        return _held(fact, number, hedge)
    metric = noun_phrase(fact.metric, whole=True)
    if metric is None or metric.kept or len(metric.text) > 24 or fact.metric.startswith("dB"):
        return ""
    amount = _hedged(number, hedge)
    if fact.outcome == "reach":
        if rival or number.endswith(("배", "포인트", "%p")) or not _MEASURES.search(fact.metric):
            return ""
        return f"{metric.text} {amount}{particle(amount, '을/를')} 기록했습니다"
    if number[-1].isdigit():
        return ""
    changed = f"{metric.text}{particle(metric.text, '을/를')} {amount} {_CHANGES[fact.outcome]}"
    return f"{beside} {changed}".strip()


_MEASURES = re.compile("|".join(table("measures")), re.IGNORECASE)


def _hedged(number: str, hedge: str) -> str:
    """최대 40%, 40% 이상."""
    return f"{number} {hedge}" if hedge == "이상" else f"{hedge} {number}".strip()


def _held(fact: ResultFact, number: str, hedge: str) -> str:
    """A collection of so many things; only of one that is a data set or has a name."""
    untold = _UNTOLD.match(fact.metric)
    noun = noun_phrase(fact.metric[untold.end() if untold else 0 :], whole=True)
    if (
        noun is None
        or noun.kept
        or number.endswith(("%", "배", "포인트", "%p"))
        or not (fact.name or fact.kind in _COLLECTIONS)
    ):
        return ""
    last = grammar(fact.metric).words[-1].single
    if last in table("parts"):
        return ""
    counted = f"{noun.text} {_hedged(number + table('counter').get(last, '개'), hedge)}"
    return f"{counted}{particle(counted, '으로/로')} 구성됩니다"


_COLLECTIONS = {"dataset", "benchmark"}
_UNTOLD = re.compile(  # how a thing was collected: so many they are all the same
    r"(?:(?!un|in|dis|non|rejected|failed|excluded|generated)[\w-]++"
    r"(?:(?<=ed)|(?<=ly)|(?<=ful)|(?<=ous)|(?<=ary)|(?<=high-quality)|(?<=unique)|(?<=diverse)|(?<=distinct)"
    r"|(?<=real)|(?<=new)|(?<=challenging)|(?<=real-world)),?+ ){1,4}+"
)


def _place(text: str) -> str | None:
    """The place of a measurement with its particle; "" for none to be told, None where it is not sure."""
    if not text or _POINTS_BACK.match(text):
        return ""
    if text == "average" or _SCOPED.search(text):
        return None
    if two := _either_kind(text):
        return two
    return None if _EITHER.match(text) else place_by_name(text) or _by_words(text)


_POINTS_BACK = re.compile(
    r"the literature|(?:these|those|all|both|its|their|our|such|most)\b"
    r"(?! (?:.*\b(?:and|in|of)\b|(?-i:[A-Z])))",
    re.IGNORECASE,
)
_SCOPED = re.compile(
    r"\b(?:no|not|some|only|certain|one of|out of|and (?:even|also|further|then)|without)\b", re.IGNORECASE
)
_EITHER = re.compile(r"both [a-z]+ and [a-z]+ [a-z]")
_EITHER_KIND = re.compile(
    r"both (?P<first>[\w-]+) and (?P<second>[\w-]+) (?P<what>[\w-]*(?: [\w-]+)?s|data)(?<!ness)"
)


def _either_kind(text: str) -> str:
    """Things of two kinds as a place, some of this and some of that; "" where they are not sure."""
    either = _EITHER_KIND.fullmatch(text)
    two = "{first} {what} and {second} {what}".format(**either.groupdict()) if either else ""
    both = noun_phrase(two, whole=True) if two else None
    return f"{both.text}에서" if both and not both.kept and " 및 " not in both.text else ""


def _by_words(text: str) -> str | None:
    """A place whose words are in the glossary, at least those of its end."""
    aspect = text.startswith("terms of ")
    phrase = noun_phrase(text.removeprefix("terms of ").removeprefix("both "), whole=True)
    if phrase and phrase.text == "성능":
        return ""
    if phrase and phrase.text in _BARE_PLACES:
        return None  # which of them is left out
    if phrase and not phrase.kept:
        where = re.sub("^(?:다양한|도전적인|까다로운) (?=[A-Z])", "", phrase.text)
        return f"{where}{' 면에서' if aspect else '에서'}"
    match = _COLLECTED.fullmatch(text)
    if match is None:
        return place_in_general(text)
    names = ", ".join(each := NAMES.findall(match["which"]))
    if len(each) == 1 and " and " in match["which"]:
        return None  # the other is left out
    what = "벤치마크" if match["what"].startswith("bench") else "데이터셋"
    return f"{names} {what}에서" if names else f"여러 {what}에서" if match["what"].endswith("s") else None


_COLLECTED = re.compile(r"(?P<which>[^,]{0,60}?)\s?(?P<what>(?:datasets?|benchmarks?))(?:\s\(.*)?")
_BEST_KNOWN = re.compile(
    r"(?:the |existing |current |previous |prior )*(?:state[- ]of[- ]the[- ]art|SOTA)"
    r"(?: results?| performance)?",
    re.IGNORECASE,
)


def _rival(text: str) -> str | None:
    """The rival of a comparison; None where it is not sure, or only pointed at."""
    if not text or text.startswith(("these ", "those ")):
        return None if text else ""
    text = _MARGIN.sub("", re.sub(r"\b(?:the )?(?:prior|previous|earlier|past) (?=\w)", "existing ", text))
    if _BEST_KNOWN.fullmatch(text):
        return "최신 방법"
    general, _, names = re.sub(" (?:like|including) (?=[A-Z])", " such as ", text).partition(" such as ")
    if _RIVALS.fullmatch(general) and not general.lower().startswith(("these", "its")):
        named = NAMES.findall(names)
        if names and re.sub(r"\band\b|,|\s", "", names) != "".join(named):
            return None
        examples = f"{', '.join(named)} 등 " if named else ""
        examples = "대부분의 " if general.startswith("most ") and not named else examples
        if general.startswith("other ") and not named and not _NEWEST.search(general):
            return "다른 방법"
        return examples + ("최신 방법" if _NEWEST.search(general) else "기존 방법")
    phrase = noun_phrase(text.removeprefix("other "), whole=True)
    if phrase and not phrase.kept:
        return ("다른 " if text.startswith("other ") else "") + phrase.text
    return "비교한 기존 방법" if _COMPARED.fullmatch(text) else None


def _hope(fact: HopeFact) -> str:
    """The sentence of an expectation, or of work that is left."""
    if fact.hope == "potential":
        read = grammar(fact.phrase)
        predicate = read.predicate(0, ("base",))
        if predicate is None or not tells(predicate.before):
            return ""
        return f"{predicate.said(lambda stem: stem.coming)} 가능성이 있다고 봅니다."
    phrase = noun_phrase(fact.phrase) if fact.phrase else None
    if fact.phrase and (phrase is None or phrase.kept):
        return ""
    about = phrase.text if phrase else ""
    if fact.hope in {"directions", "limits"}:  # that they are discussed, says nothing
        return f"{about}의 한계를 논의합니다." if about and fact.hope == "limits" else ""
    if not tells(about) or (phrase and _thin(phrase, fact.phrase)):
        return ""
    if fact.hope == "way":
        return f"{about}{particle(about, '을/를')} 위한 길을 연다고 봅니다."
    return f"{about}{particle(about, '을/를')} {table('hope')[fact.hope]}."


def _release(fact: ReleaseFact) -> str:
    goods = [table("goods")[item] for item in fact.goods]
    if fact.name:
        goods = [fact.name if _TELLS_KIND.search(fact.name) else f"{fact.name} {goods[0]}"]
    *front, last = goods
    named = f"{', '.join(front)}{particle(front[-1], '과/와')} {last}" if front else last
    object_ = f"{named}{particle(named, '을/를')}"
    return f"{object_} 공개할 예정입니다." if fact.promised else f"{object_} 공개했습니다."


_TELLS_KIND = re.compile(r"dataset|bench|corpus", re.IGNORECASE)


def _offered_on(topic: str, offered: NamedFact | None) -> str:
    """A bare topic with what is offered on it, where that adds a word."""
    if offered is None or not topic.endswith("다룬 논문입니다."):
        return topic
    if not offered.name and offered.kind not in _THINGS:
        return topic  # that there is a new method says nothing
    kind = kinds().get(offered.kind, "")
    if kind in topic or _SEVERAL.search(topic) or " " in offered.name:
        return topic
    sentence = _named(offered)
    joint = f"{topic.removesuffix('입니다.')}으로, {sentence}"
    return joint if sentence and (offered.name or kind) not in topic else topic


_SEVERAL = re.compile("[가-힣][과와] |, ")  # a list of terms
_THINGS = frozenset("benchmark dataset corpus toolkit library simulator platform".split())


def _topical(name: str) -> str:
    return f"{name}{particle(name, '은/는')}"
