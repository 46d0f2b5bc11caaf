"""Korean sentences about a story, in the formal style, from facts cut out of its English source.

Each sentence renders one fact whole: its words through `korean_grammar`, its particles after Latin words,
numbers and acronyms by `ko.particle`. Where a phrase holds a word that is not sure, there is no sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from daybrief.languages.ko import particle
from daybrief.languages.korean_grammar import Rendered, grammar
from daybrief.languages.korean_words import Stem, glossary
from daybrief.languages.telling import (
    DeedFact,
    Fact,
    FindingFact,
    Goods,
    NewsFact,
    OfferFact,
    ReleaseFact,
    StudyFact,
    TopicFact,
)

_END = re.compile(r"\s*(?:$|[.;:]|,|\bwhile\b|\bthereby\b|\bwhere\b|\bwhen\b|\bwhich\b|\band\b)")
_GOODS: dict[Goods, str] = {
    "code": "코드", "data": "데이터", "model": "모델", "benchmark": "벤치마크", "demo": "데모",
}  # fmt: skip
_MIEUM = 16
_IN_NEWS = {Stem("획득하"): Stem("인수하")}  # companies are acquired otherwise than skills
_KINDS = {
    "framework": "프레임워크", "model": "모델", "system": "시스템", "algorithm": "알고리즘",
    "technique": "기법", "pipeline": "파이프라인", "strategy": "전략", "architecture": "구조",
    "approach": "접근법",
}  # fmt: skip


class KoreanTeller:
    """Implements `telling.Teller`."""

    def tell(self, fact: Fact) -> str:
        """One sentence, "" where the fact cannot be told for sure."""
        match fact:
            case OfferFact():
                return _offer(fact)
            case StudyFact():
                return _study(fact)
            case FindingFact():
                return _finding(fact)
            case DeedFact():
                return _deed(fact)
            case ReleaseFact():
                return _release(fact)
            case NewsFact():
                return _news(fact)
            case TopicFact():
                return _topic(fact)


def _offer(fact: OfferFact) -> str:
    phrase = _phrase(fact.phrase)
    if phrase is None or not _tells(phrase.text):
        return ""
    if fact.name:
        return f"{_topical(fact.name)} {phrase.text}입니다."
    verb = {"release": "공개", "present": "제시", "introduce": "소개", "build": "구축", "develop": "개발"}
    done = verb.get(fact.verb, "제안")
    closing = "했습니다" if done in {"개발", "구축", "공개"} else "합니다"
    return f"{phrase.text}{particle(phrase.text, '을/를')} {done}{closing}."


def _study(fact: StudyFact) -> str:
    if clause := _asked(fact.phrase):
        return f"{clause} {_studied(fact.verb)}."
    if fact.verb == "compare":
        read = grammar(f"compare {fact.phrase}")
        predicate = read.predicate(0, ("base",))
        return f"{predicate.said(lambda stem: stem.past)}." if predicate and _tells(predicate.before) else ""
    phrase = _phrase(fact.phrase)
    if phrase is None or not _tells(phrase.text):
        return ""
    return f"{phrase.text}{particle(phrase.text, '을/를')} {_studied(fact.verb)}."


def _studied(verb: str) -> str:
    return {
        "analyze": "분석했습니다", "analyse": "분석했습니다", "evaluate": "평가했습니다",
        "compare": "비교했습니다", "review": "정리했습니다", "survey": "정리했습니다",
        "investigate": "조사했습니다", "examine": "살펴봤습니다", "explore": "탐구했습니다",
        "assess": "평가했습니다", "benchmark": "비교 평가했습니다", "discuss": "논의합니다",
        "revisit": "다시 살펴봤습니다", "formalize": "정형화했습니다",
        "address": "다룹니다", "tackle": "다룹니다", "consider": "다룹니다", "study": "연구했습니다",
    }.get(verb, "다룹니다")  # fmt: skip


def _asked(phrase: str) -> str:
    """How or whether a clause holds, as an object: 방식을, 여부를."""
    word, _, rest = phrase.partition(" ")
    if word.lower() not in {"how", "whether", "if"}:
        return ""
    read = grammar(rest)
    found = read.clause(0)
    if found is None or not _stops(rest, read.words[found[1].end - 1].end):
        return ""
    subject, predicate, able = found
    who = f"{subject.text}{particle(subject.text, '이/가')}"
    if word.lower() == "how":
        return f"{who} {predicate.said(lambda stem: stem.able if able else stem.which)} 방식을"
    return f"{who} {predicate.said(lambda stem: stem.can + '는지' if able else stem.which + '지')}"


def _finding(fact: FindingFact) -> str:
    read = grammar(fact.clause)
    found = read.clause(0)
    if found is None or not _stops(fact.clause, read.words[found[1].end - 1].end):
        return ""
    subject, predicate, able = found
    if not _tells(f"{subject.text} {predicate.before}"):
        return ""
    ours = "이 " if _OUR.match(fact.clause) else ""
    who = f"{ours}{subject.text}{particle(subject.text, '이/가')}"
    said = predicate.said(lambda stem: stem.can + "음" if able else _nominal(stem))
    verb = {"prove": "증명했습니다", "argue": "주장합니다", "demonstrate": "보였습니다", "show": "보였습니다"}
    return f"{who} {said}을 {verb.get(fact.verb, '확인했습니다')}."


def _nominal(stem: Stem) -> str:
    """탐지함: what is found."""
    return stem.with_final(_MIEUM) if not stem.final else stem + "음"


def _deed(fact: DeedFact) -> str:
    read = grammar(fact.predicate)
    predicate = read.predicate(0, ("s", "base", "ed"))
    if predicate is None or not _stops(fact.predicate, read.words[predicate.end - 1].end):
        return ""
    if not _tells(predicate.before):
        return ""
    who = _topical(fact.name or f"이 {_KINDS.get(fact.kind, '방법')}")
    return f"{who} {predicate.said(lambda stem: stem.past if fact.measured else stem.politely)}."


def _release(fact: ReleaseFact) -> str:
    goods = [_GOODS[one] for one in fact.goods]
    listed = (
        goods[0]
        if len(goods) == 1
        else ", ".join(goods[:-1]) + particle(goods[-2], "과/와") + " " + goods[-1]
    )
    if len(goods) == 2:
        listed = f"{goods[0]}{particle(goods[0], '과/와')} {goods[1]}"
    object_ = f"{listed}{particle(listed, '을/를')}"
    return f"{object_} 공개할 예정입니다." if fact.promised else f"{object_} 공개했습니다."


def _news(fact: NewsFact) -> str:
    """Who did what, or what a thing is."""
    who = f"{fact.actor}{particle(fact.actor, '은/는' if fact.is_ else '이/가')}"
    if fact.is_:
        phrase = _phrase(fact.predicate, whole=True)
        return f"{who} {phrase.text}입니다." if phrase and _tells(phrase.text, names=True) else ""
    read = grammar(fact.predicate)
    predicate = read.predicate(0, ("base",) if fact.planned else ("s", "base", "ed"))
    if predicate is None or not _stops(fact.predicate, read.words[predicate.end - 1].end):
        return ""
    predicate = msgspec.structs.replace(predicate, stem=_IN_NEWS.get(predicate.stem, predicate.stem))
    if fact.planned:
        return f"{who} {predicate.said(lambda stem: stem.coming)} 예정입니다."
    return f"{who} {predicate.said(lambda stem: stem.past)}."


def _topic(fact: TopicFact) -> str:
    read = grammar(fact.title)
    if not fact.paper:
        return _listed(read.subjects(), paper=False)
    if not fact.whole:
        return _listed(tuple(term for term in read.subjects() if not term.isascii()), paper=True)
    predicate = read.predicate(0, ("ing",))
    if predicate and predicate.end == len(read.words):
        return f"{predicate.said(lambda stem: stem.which)} 연구입니다."
    phrase = _phrase(fact.title, whole=True)
    if phrase is not None and _tells(phrase.text, names=True):
        return _listed((phrase.text,), paper=True)
    certain = grammar(_DENIED.split(fact.title, maxsplit=1)[0])
    terms = (term for term in certain.terms() if _tells(term, names=True) and _weighty(term))
    return _listed(tuple(terms), paper=True)


def _listed(terms: Sequence[str], *, paper: bool) -> str:
    """What is told of, in a list."""
    *front, last = terms[:_MOST_TERMS] or ("",)
    if not last:
        return ""
    what = f"{', '.join(front)}{particle(front[-1], '과/와')} {last}" if front else last
    return f"{what}{particle(what, '을/를')} 다룬 {'논문' if paper else '글'}입니다."


def _weighty(term: str) -> bool:
    """Whether a term says something alone: a name, or a compound."""
    return term.isascii() or len(term.replace(" ", "")) >= _LEAST_TERM


def _about(what: str, *, paper: bool) -> str:
    return f"{what}{particle(what, '을/를')} 다룬 {'논문' if paper else '글'}입니다."


def _tells(text: str, *, names: bool = False) -> bool:
    """Whether a phrase says more than that there is a new method; bare names say enough where `names`."""
    text = text if names else re.sub(r"[A-Za-z0-9.+-]+", " ", text)
    bare = (re.sub(_PARTICLE, "", word) for word in text.replace(",", " ").split())
    return len("".join(word for word in bare if word not in glossary().generic)) >= _LEAST


_DENIED = re.compile(r"\b(?:without|not|no|never|beyond|instead|rather|vs\.?|versus)\b", re.IGNORECASE)
_OUR = re.compile(
    r"(?:our|this) (?:proposed )?(?:\w+ )?(?:method|approach|model|framework|system|algorithm)\b",
    re.IGNORECASE,
)
_PARTICLE = re.compile(r"(?<=[가-힣]{2})(?:에서의|에서|으로|로|을|를|의|에|과|와)$")
_LEAST, _LEAST_TERM, _MOST_TERMS = 2, 3, 3


def _topical(name: str) -> str:
    return f"{name}{particle(name, '은/는')}"


def _phrase(text: str, *, whole: bool = False) -> Rendered | None:
    """A noun phrase, as far as it can be rendered, or the whole of it."""
    read = grammar(text)
    found = read.phrase(0)
    if found is None:
        return None
    end = read.words[found.end - 1].end
    if whole and text[end:].strip(" .?!:"):
        return None
    return found


def _stops(text: str, end: int) -> bool:
    return bool(_END.match(text, end))
