"""Korean sentences about headlines: what news tell, and what the title of a paper says it is about.

    who did what → 아마존이 Anthropic에 40억 달러를 투자할 예정입니다.
    a title      → 언어 모델이 환각을 탐지할 수 있는지를 다룬 논문입니다.

A title is told as a question, a statement, a deed or a noun phrase, else by the terms that stand alone in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from daybrief.languages.ko import particle
from daybrief.languages.korean_grammar import Grammar, grammar, noun_phrase, stops
from daybrief.languages.korean_words import (
    COMMANDS,
    Rendered,
    Stem,
    glossary,
    inflected,
    kinds,
    table,
    tells,
    templated,
)
from daybrief.languages.tables import EventFact, NewsFact, TopicFact

_IN_NEWS = {Stem("획득하"): Stem("인수하")}  # companies are acquired otherwise than skills
_ASKS = frozenset("can could do does will should".split())
_LEAST_TERM, _LEAST_ALONE, _MOST_TERMS = 3, 4, 3


def news(fact: NewsFact) -> str:
    """The sentence of a headline's subject and predicate, or of what a thing is."""
    known = fact.actor if fact.is_ else table("company").get(fact.actor.lower(), fact.actor)
    who = f"{known}{particle(known, '은/는' if fact.is_ else '이/가')}"
    if fact.is_:
        phrase = noun_phrase(fact.predicate, whole=True) if not COMMANDS.match(fact.predicate) else None
        if phrase is None or not tells(phrase.text, names=True) or _COUNTED.search(phrase.text):
            return ""
        return f"{who} {phrase.text}입니다."
    if _MADE_WITH.match(fact.predicate):
        return ""
    read = grammar(fact.predicate)
    predicate = read.predicate(0, ("base",) if fact.planned else ("s", "base", "ed"))
    if predicate is None or not stops(fact.predicate, read.words[predicate.end - 1].end):
        return ""
    predicate = msgspec.structs.replace(predicate, stem=_IN_NEWS.get(predicate.stem, predicate.stem))
    if fact.planned:
        return f"{who} {predicate.said(lambda stem: stem.coming)} 예정입니다."
    return f"{who} {predicate.said(lambda stem: stem.past)}."


_COUNTED = re.compile(r"\d[\w.]*개?$")  # a 40B model is no number of models
_MADE_WITH = re.compile(r"(?:power|generat|driv|bas|enabl|integrat|train|assist|support)ed\b", re.IGNORECASE)


def event(fact: EventFact) -> str:
    """The glossary's sentence for a frequent kind of news; "" for an amount that cannot be read."""
    amount = _money(fact.amount) if fact.amount else ""
    if fact.amount and not amount:
        return ""
    who, whom = (glossary().noun.get(name.lower(), name) for name in (fact.actor, fact.target))
    templates = table("event will" if fact.planned else "event")
    template = templates.get(f"{fact.event} {'sum' if amount else 'alone'}", "")
    sentence = templated(template, actor=who, target=whom, amount=amount)
    return f"{sentence}." if sentence else ""


def topic(fact: TopicFact) -> str:
    """The sentence that names a headline's subject; "" where no word of it is sure."""
    read = grammar(fact.title)
    if not fact.paper:
        return _in_news(fact, _question(read), _subjects(read))
    if not fact.whole:
        terms = (term for term in _subjects(read) if not term.isascii() and term not in table("means"))
        known = set(" ".join(_subjects(grammar(fact.near))).split())
        return _listed(
            tuple(term for term in terms if not fact.near or known & set(term.split())), paper=True
        )
    if kind := _STUDY_KIND.search(fact.title):
        return _of_kind(fact.title[: kind.start()], kind["kind"].lower())
    if statement := _question(read) or _statement(read):
        return f"{statement} 다룬 논문입니다."
    if study := _study_of(read, fact.title):
        return study
    if _WH.match(fact.title):
        return ""  # what benchmarks measure: a noun there may be a verb
    command = COMMANDS.match(fact.title) or _gerund(read, fact.title)  # a verb or a question word, no noun
    title = fact.title[command.end() :] if command else fact.title
    toward = _TOWARD.match(title)
    aim = title[toward.end() :] if toward else title
    phrase = noun_phrase(aim, whole=True) or noun_phrase(aim, left=True)
    if phrase is not None and title == fact.title and _told_of(phrase, aim):
        if toward:
            return f"{phrase.text}{particle(phrase.text, '을/를')} 지향하는 연구입니다."
        return _titled(fact, phrase.text)
    return _by_terms(title)


def _gerund(read: Grammar, title: str) -> re.Match[str] | None:
    """A title's first word that may be a verb with its object: Grounding Driving Models."""
    opening = _ING.match(title)
    first = read.piece(0) if opening else None
    alone = first is not None and first.end == 1 and read.piece(1) is not None
    return opening if alone else None


_ING = re.compile(r"[A-Za-z]+ing\s")


def _by_terms(title: str) -> str:
    """The sentence that lists the terms of a title: of its matter first, then of what it is done with."""
    name, colon, rest = title.partition(": ")
    subject = _DENIED.split(rest if colon and " " not in name else title, maxsplit=1)[0]
    matter = grammar(_MEANS.split(subject, maxsplit=1)[0])
    inside = tuple(term for term in _subjects(matter) if not term.isascii() and term not in table("means"))
    for terms in (_terms(matter), inside, _terms(grammar(subject))):
        weighty = tuple(term for term in terms if tells(term, names=True) and _weighty(term))
        if topic_ := _listed(weighty, paper=True):
            return topic_
    return ""


def _subjects(read: Grammar) -> tuple[str, ...]:
    """Names, and terms of several words: what a headline of free English surely speaks of."""
    names: dict[str, None] = {}
    at = 0
    while at < len(read.words):
        piece = read.piece(at)
        if piece is None:
            at += 1
            continue
        if piece.sure and piece.noun and not piece.kept:
            names.setdefault(piece.text)
        at = piece.end
    return tuple(names)


def _terms(read: Grammar) -> tuple[str, ...]:
    """The nouns of the phrase that stand alone in it, not inside a compound, each once."""
    names: dict[str, None] = {}
    at, opened = 0, True
    while at < len(read.words):
        pieces = read.pieces(at)
        if not pieces:
            opened = read.boundary(at) and not read.lower(at).endswith(("ing", "ed"))
            at += 1
            continue
        after_to = at and read.lower(at - 1) == "to" and read.lower(at) in inflected()
        if (len(pieces) > 1 and read.gerund_opens(at)) or after_to:
            at = pieces[0].end
            continue
        at = pieces[-1].end
        sure = any(piece.sure for piece in pieces) or sum(piece.noun for piece in pieces) > 1
        whole = opened and pieces[-1].noun and read.boundary(at)
        if whole and sure and not any(piece.kept for piece in pieces):
            names.setdefault(" ".join(piece.text for piece in pieces))
        opened = False
    return tuple(names)


_STUDY_KIND = re.compile(
    r": (?:an? |the )?(?:(?!and\b)[\w-]+ ){0,3}?(?P<kind>(?:(?:empirical|comparative|systematic|comprehensive"
    r"|case|pilot|exploratory|qualitative|large-scale|scoping|literature) )?(?:study|survey|review|analysis"
    r"|evaluation|tutorial|overview|comparison|investigation))$",
    re.IGNORECASE,
)


def _study_of(read: Grammar, title: str) -> str:
    """A title that is a deed: 탐지하는 연구입니다; learning to do it is a way of it."""
    learning = (read.lower(0), read.lower(1)) == ("learning", "to")
    predicate = read.predicate(2, ("base",)) if learning else read.predicate(0, ("ing",))
    if predicate is None or not _may_end(title, read.words[predicate.end - 1].end):
        return ""
    way = "방법을 학습하는 " if learning else ""
    return f"{predicate.said(lambda stem: stem.which)} {way}연구입니다."


def _may_end(title: str, end: int) -> bool:
    """Whether a title may be left here: at its end, or before what only says how or where."""
    return not title[end:].strip(" .?!:") or bool(_HOW_OR_WHERE.match(title, end))


_HOW_OR_WHERE = re.compile(r"\s(?:for|via|through|using|with|in|on|by|from|under|across|at)\s")


def _told_of(phrase: Rendered, title: str) -> bool:
    """Whether a noun phrase tells a title: the whole of it, or all before what says how or where."""
    words = grammar(title).words
    end = words[phrase.end - 1].end
    whole = not title[end:].strip(" .?!:")
    enough = whole or (phrase.details > 0 and not phrase.kept and _may_end(title, end))
    return enough and tells(phrase.text, names=True)


def _of_kind(title: str, kind: str) -> str:
    """A title that ends by saying what sort of study it is: A Survey, An Empirical Study."""
    *manner, noun = kind.split()
    label = " ".join([*(table("study manner")[word] for word in manner), table("study kind")[noun]])
    read = grammar(title)
    predicate = read.predicate(0, ("ing",))
    if predicate and predicate.end == len(read.words):
        about = " 방법에 대한" if noun in {"survey", "review", "tutorial", "overview"} else ""
        return f"{predicate.said(lambda stem: stem.which)}{about} {label}입니다."
    phrase = noun_phrase(title, whole=True) if not COMMANDS.match(title) else None
    return f"{phrase.text}에 대한 {label}입니다." if phrase and tells(phrase.text, names=True) else ""


def _titled(fact: TopicFact, text: str) -> str:
    """A title that is a noun phrase: what the paper is, what it offers, or what it is about."""
    if text.endswith(tuple(table("studies"))):
        return f"{text}입니다."
    if text.endswith(tuple(kinds().values())) and _SINGLE.match(fact.title):
        return (
            f"{fact.name}{particle(fact.name, '은/는')} {text}입니다."
            if fact.name
            else f"{text}{particle(text, '을/를')} 제안한 논문입니다."
        )
    return _listed((text,), paper=True)


_WH = re.compile(r"(?:what|who|which|where|when|why|how)\b[^:]*\?", re.IGNORECASE)
_SINGLE = re.compile(r"(?:an?|the first|one)\s", re.IGNORECASE)
_TOWARD = re.compile(r"towards?\s(?!\w+ing\b)", re.IGNORECASE)


def _in_news(fact: TopicFact, question: str, subjects: Sequence[str]) -> str:
    """The sentence that names the subject of news: a question, a noun phrase, or names and terms."""
    if question:
        return f"{question} 다룬 글입니다."
    phrase = noun_phrase(fact.title, whole=True)
    if phrase and phrase.kept <= 1 and tells(phrase.text):
        return _listed((phrase.text,), paper=False)
    telling = tuple(term for term in subjects if term not in table("everywhere"))
    about = _listed(telling or tuple(subjects), paper=False)
    return re.sub(r"[을를] 다룬 글입니다\.$", " 관련 소식입니다.", about)


def _listed(terms: Sequence[str], *, paper: bool) -> str:
    """The terms as a list; "" for a paper's single term that is short, as it says nothing."""
    *front, last = terms[:_MOST_TERMS] or ("",)
    if not last or (paper and not front and (len(last) < _LEAST_ALONE or last.isascii())):
        return ""
    what = f"{', '.join(front)}{particle(front[-1], '과/와')} {last}" if front else last
    return f"{what}{particle(what, '을/를')} 다룬 {'논문' if paper else '글'}입니다."


def _weighty(term: str) -> bool:
    """Whether a term says something alone: a name, or a compound."""
    return term.isascii() or len(term.replace(" ", "")) >= _LEAST_TERM


_MEANS = re.compile(r"\b(?:via|using|through|with|by|enhanced|leveraging|powered|based|to)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:without|not|no|never|beyond|instead|rather|vs\.?|versus)\b", re.IGNORECASE)


def _question(read: Grammar) -> str:
    """A question as an object: 탐지할 수 있는지를, 실패하는 이유를; "" for anything else."""
    marks = [at for at, word in enumerate(read.words) if word.text in {"?", ":"}]
    if not marks or read.words[marks[0]].text != "?" or any(w.lower == "not" for w in read.words):
        return ""
    how = {"how": "방식을", "why": "이유를"}.get(read.lower(0), "")
    asks = read.lower(bool(how))
    subject = read.phrase(1 + bool(how), inside_verb=True) if asks in _ASKS else None
    predicate = read.predicate(subject.end, ("base",)) if subject else None
    if subject is None or predicate is None or predicate.end != marks[0]:
        return ""
    able = asks in {"can", "could"} and not how
    done = predicate.said(
        lambda stem: f"{stem.can}는지를" if able else f"{stem.which}{f' {how}' if how else '지를'}"
    )
    return f"{subject.text}{particle(subject.text, '이/가')} {done}"


def _statement(read: Grammar) -> str:
    """A sentence as an object: 개선한다는 점을; "" where its verb may be a noun as well."""
    subject = read.phrase(0, inside_verb=True)
    if subject is None or subject.kept or subject.end >= len(read.words):
        return ""
    able = read.lower(subject.end) == "can"
    at = subject.end + able
    predicate = read.predicate(at, ("base",) if able else ("s",))
    if predicate is None or predicate.kept or predicate.end < len(read.words):
        return ""
    if not able and read.words[at].single in read.glossary.noun:
        return ""  # reports, models
    done = predicate.said(lambda stem: f"{stem.can}다는" if able else f"{stem.plainly}는")
    return f"{subject.text}{particle(subject.text, '이/가')} {done} 점을"


_MONEY = re.compile(
    r"(?P<sign>[$€£])(?P<number>\d[\d,.]*)\s?(?P<scale>bn|[bmk]|billion|million|thousand)?", re.IGNORECASE
)
_CURRENCIES = {"$": "달러", "€": "유로", "£": "파운드"}
_SCALES = {"b": 10**9, "m": 10**6, "k": 10**3, "t": 10**3}


def _money(text: str) -> str:
    """$4B → 40억 달러; "" for what is no sum."""
    match = _MONEY.fullmatch(text)
    if match is None:
        return ""
    scale = (match["scale"] or "").lower()
    sum_ = round(float(match["number"].replace(",", "").rstrip(".")) * _SCALES.get(scale[:1], 1))
    parts = [(sum_ // 10**8, "억"), (sum_ % 10**8 // 10**4, "만"), (sum_ % 10**4, "")]
    amount = " ".join(f"{number:,}{name}" for number, name in parts if number)
    return f"{amount} {_CURRENCIES[match['sign']]}"
