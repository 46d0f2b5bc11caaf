"""Korean sentences of headlines by frames: precise shapes of what news say, and how each goes in Korean.

    acquire {n} for {m} = {n}<을> {m}에 인수하     Stripe to buy OpenRouter for $7B
    the case for {o}    = {o}<을> 옹호하는 글입니다.

The frames stand at the end of `ko_glossary.txt`. A frame of a verb is a predicate, whose subject and time the
clause around it gives; one of a sentence is the whole headline. A slot takes a name, a phrase that the
glossary renders whole, an amount, a verb phrase or a clause; where one slot is not sure, the frame is not
used. Only what says when, why or for what purpose may be left out behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Literal, NamedTuple

from daybrief.languages.en import CLOSED, ordinary, participle, singular, verb_forms
from daybrief.languages.ko import Stem, in_steps, particle
from daybrief.languages.korean_clauses import (
    DENIED,
    DETERMINED,
    NAME_RUN,
    PARTED,
    SUM_NAME,
    clause_of,
    phrase_of,
    subject_of,
)
from daybrief.languages.korean_grammar import grammar
from daybrief.languages.korean_words import filled, glossary, inflected, table, tells

When = Literal["past", "now", "coming"]


class FrameDeed(NamedTuple):
    """A predicate with its object, open for its ending; `says`: it holds a clause of somebody."""

    stem: Stem
    when: When = "now"
    sort: Literal["verb", "adjective", "noun"] = "verb"
    says: bool = False

    @property
    def politely(self) -> str:
        """공개했습니다, 공개할 예정입니다."""
        if self.sort == "noun":
            return f"{self.stem}입니다"
        if self.when == "coming":
            return f"{self.stem.coming} 예정입니다"
        return self.stem.past if self.when == "past" else self.stem.politely

    @property
    def plainly(self) -> str:
        """공개한다, 위험하다, 도구라: before 고 and 는."""
        if self.sort == "noun":
            return self.stem + ("이라" if particle(self.stem, "이/가") == "이" else "라")
        if self.when == "coming":
            return f"{self.stem.coming} 것이라"
        if self.when == "past":
            return self.stem.did_plainly
        if self.stem.endswith("아니"):
            return f"{self.stem}라"
        return f"{self.stem}다" if self.sort == "adjective" else self.stem.plainly

    @property
    def which(self) -> str:
        """공개하는, 공개한, 공개할: before a noun."""
        if self.sort == "noun":
            return f"{self.stem}인"
        if self.when == "coming":
            return self.stem.coming
        if self.when == "past" or (self.sort == "adjective" and not self.stem.endswith(("있", "없"))):
            return self.stem.did
        return self.stem.which


class FrameClause(NamedTuple):
    """Somebody or something, and a predicate."""

    who: str
    deed: FrameDeed
    acts: bool

    @property
    def subject(self) -> str:
        """The subject with its particle."""
        return self.who + particle(self.who, "은/는" if self.deed.says else "이/가")


class Frame(NamedTuple):
    """An English shape and its Korean; `now`: it is not over when the news tells it."""

    shape: re.Pattern[str]
    korean: str
    form: str = ""
    now: bool = False


_SLOT = re.compile(r"\{(\w\d?)\}")
_FILLED = re.compile(r"\{(\w\d?)(?::([^}]+))?\}(<.>)?")


def _shape(english: str) -> str:
    """The pattern of a frame's English: its slots as groups."""
    return _SLOT.sub(lambda slot: f"(?P<{slot[1]}>.+?)", re.sub(r"([.+$])", r"\\\1", english))


@cache
def _verb_frames() -> dict[str, tuple[Frame, ...]]:
    """The frames of verbs by the first word of each form."""
    frames: dict[str, list[Frame]] = {}
    for english, korean in table("news frame").items():
        verb, _, rest = english.partition(" ")
        now, korean = korean.endswith("!"), korean.rstrip("!")
        forms = {*verb_forms(verb), ("ed", participle(verb))} if verb != "be" else {("s", "is"), ("s", "are")}
        for name, form in sorted(forms):
            behind = f" {_shape(rest)}" if rest else ""
            shape = re.compile(re.escape(form) + behind, re.IGNORECASE)
            frames.setdefault(form, []).append(Frame(shape, korean, name, now))
    return {form: tuple(sorted(listed, key=_looseness)) for form, listed in frames.items()}


def _looseness(frame: Frame) -> int:
    """How little of a frame is spelt out: the precise ones come first."""
    return -len(re.sub(r"\(\?P<\w+>\.\+\?\)", "", frame.shape.pattern))


@cache
def _sentence_frames(name: str) -> tuple[Frame, ...]:
    """The frames of whole headlines: those with words of their own, or those of a bare phrase."""
    frames = (
        Frame(re.compile(_shape(DETERMINED.sub("", english)), re.IGNORECASE), korean)
        for english, korean in table(name).items()
    )
    return tuple(sorted(frames, key=_looseness))


# ── what fills a slot ───────────────────────────────────────────────────────────────────────────────

_COUNTED = re.compile(
    r"(?:(?P<bound>up to|over|more than|nearly|almost|about|around|at least|another|roughly) )?"
    r"(?P<number>\d[\d,.]*)(?P<scale>k|m|bn?| thousand| million| billion)? (?P<what>[a-z].+)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    r"(?:(?P<bound>up to|over|more than|nearly|almost|about|around|at least|another|roughly) )?"
    r"(?P<number>\d[\d.]*)(?:%| percent) of (?:its |the |their |all )?(?P<what>.+)",
    re.IGNORECASE,
)
_BOUNDS = {
    "up to": ("최대 ", ""), "over": ("", " 이상"), "more than": ("", " 이상"), "nearly": ("약 ", ""),
    "almost": ("약 ", ""), "about": ("약 ", ""), "around": ("약 ", ""), "roughly": ("약 ", ""),
    "at least": ("최소 ", ""), "another": ("추가로 ", ""),
}  # fmt: skip
_PEOPLE = ("직원", "일자리", "사람", "명", "개발자", "사용자", "엔지니어", "인력", "노동자", "계약직")


def counted(text: str) -> str:
    """직원 3,000명, 직원의 10%; "" for what is no such count."""
    match = _COUNTED.fullmatch(text) or _SHARE.fullmatch(text)
    if match is None:
        return ""
    what = phrase_of(match["what"])
    before, behind = _BOUNDS.get((match["bound"] or "").lower(), ("", ""))
    if not what:
        return ""
    if match.re is _SHARE:
        return f"{what}의 {before}{match['number']}%{behind}"
    unit = (
        "개"
        if what.endswith("일자리")
        else "명"
        if what.endswith(_PEOPLE) or _is_people(match["what"])
        else ""
    )
    return f"{what} {before}{in_steps(match['number'], match['scale'] or '')}{unit}{behind}" if unit else ""


def _is_people(text: str) -> bool:
    return table("counter").get(singular(text.lower().split()[-1])) == "명"


def names_only(sentence: str, title: str, *, titled: bool, shown: bool = False) -> bool:
    """Whether no word of a sentence is an ordinary one that a headline only wrote large."""
    known = glossary(news=True)
    named = PARTED.match(title)
    name = named["name"].split() if named else []
    name = name if shown or len(name) == 1 else []
    for match in _FOREIGN.finditer(sentence):
        word, low = match[0], match[0].lower()
        if low in known.company or word in known.names or word in name:
            continue
        verb = inflected(news=True).get(low, ("", ""))[1] in {"s", "base"}
        if verb and not title.startswith(word) and low not in table("news edition"):
            return False
        if low not in ordinary() and not (titled and _WORDLIKE.search(low)):
            continue
        of_name = low in table("news edition") and _NAMED_BEFORE.search(sentence[: match.start()])
        if not of_name and (titled or title.startswith(word)):
            return False
    return True


_WORDLIKE = re.compile(r"(?:i[sz]es|ifies|ates|ously|ically|ness|ments?|tions?|isms?|ists|ings?)$")
_NAMED_BEFORE = re.compile(r"[A-Z][\w.+-]* $")


_FOREIGN = re.compile(r"(?<![A-Za-z\d.+-])[A-Z][a-z]+(?![A-Za-z\d+-]|\.[A-Za-z\d])")


def _sure(korean: str) -> bool:
    """Whether a phrase can stand: no hanging of several things on one another, no verb left in English."""
    forms, known = inflected(news=True), glossary(news=True)
    if sum(len(re.findall(mark, korean)) for mark in _HUNG) > 1:
        return False
    for match in _FOREIGN.finditer(korean):
        low = match[0].lower()
        common = low in CLOSED or low in known.modifier or forms.get(low, ("", ""))[1] in {"s", "ing", "ed"}
        if common and low not in known.company and match[0] not in known.names:
            return False
    return True


_HUNG = ("[을를] (?:위한|이용한|통한|갖춘|향한) ", "에 (?:대한|기반한) ", "에서의 ", "부터의 ")


def _simple(text: str) -> bool:
    """Whether a slot's words hold no clause, and nothing whose place in the phrase is not sure."""
    if _ODD.search(text) or _HUNG_BY.search(text):
        return False
    forms = inflected(news=True)
    if any(forms.get(match[1].lower(), ("", ""))[1] == "base" for match in _TO_DO.finditer(text)):
        return False
    return not any(
        match[1].lower() in forms and match[1].lower() not in table("news compounds")
        for match in _DOING.finditer(text)
    )


def _phrase(text: str) -> str:
    """A noun phrase or a count, whole."""
    text = _OWN.sub("", text)
    korean = (counted(text) or phrase_of(text)) if _simple(text) else ""
    if not korean or _EMPTY.fullmatch(korean) or (_DOES.search(korean) and not _MAY_DO.search(text)):
        return ""
    return korean if _sure(korean) else ""


_DOES = re.compile(r"[을를] [가-힣]+(?:하는|시키는|는) ")
_MAY_DO = re.compile(r"\b(?:for|of|that)\b|-\w+ing", re.IGNORECASE)
_HUNG_BY = re.compile(
    r"\s(?:in|on|with|from|under|by|over|at|about|against|behind|during|between|through|via|into|as|than|like"
    r"|without|per|after|before|among|across|amid|to(?! \w))\s",
    re.IGNORECASE,
)
_TO_DO = re.compile(r"\bto (\w+)")
_DOING = re.compile(r"(?<!for)(?<!of)(?<!and) (\w+ing)(?= )", re.IGNORECASE)
_OWN = re.compile(r"^(?:its|their|his|her|our|my|your|own|the|an?)\s(?:own\s)?", re.IGNORECASE)
_ODD = re.compile(
    rf"[?;:–—|(]| - | for {SUM_NAME}|(?<![A-Za-z])[Ww](?![A-Za-z])"
    r"|\b(?:for|in|over) (?:an?|\d+|the)? ?(?:next |last |past )?"
    r"(?:years?|decades?|months?|weeks?|days?|hours?|minutes?|time|now|free|good)\b"
    r"|\b(?:that|which|who|where|when|if|is|are|was|were|will|you|we|i|they|not|no)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"것|모두|일부|많은|더|새로운 것|무언가|방법|일")


def _name(text: str) -> str:
    """A name or somebody who acts, or a list of them."""
    parts = re.split(r", and |, | and | & ", text)
    if 1 < len(parts) < _MOST_NAMED:
        each = [_name(part) for part in parts]
        return f"{', '.join(each[:-1])}{particle(each[-2], '과/와')} {each[-1]}" if all(each) else ""
    text = _OWN.sub("", text)
    low = text.lower()
    if low in glossary(news=True).company:
        return glossary(news=True).noun[low]
    if not _simple(text):
        return ""
    if re.fullmatch(NAME_RUN, text) and low not in CLOSED:
        words = text.split()
        if any(_common(word) for word in words) and singular(low) not in glossary(news=True).noun:
            who, acts = subject_of(text)
            return who if acts and _sure(who) else ""
        if not any(_common(word) for word in words):
            who, _ = subject_of(text)
            return who
    who, acts = subject_of(text)
    return who if acts and _sure(who) else ""


_MOST_NAMED = 6


def _common(word: str) -> bool:
    """Whether a word in capitals is an English word that the glossary knows, and no name."""
    low, known = word.lower(), glossary(news=True)
    if low in known.company or not word[1:].islower():
        return False
    return singular(low) in known.noun or low in known.modifier or low in inflected(news=True)


def _amount(text: str) -> str:
    """A sum of money, which has a name here, a share or a number."""
    if re.fullmatch(rf"{SUM_NAME}[A-Z]", text):
        return text
    return text if re.fullmatch(r"\d[\d.]*%", text) else ""


def _anything(text: str) -> str:
    return _name(text) or _phrase(text)


def _listed_in(name: str, text: str) -> str:
    """The Korean of a name, where a table has it."""
    return glossary(news=True).noun.get(text.lower(), "") if text.lower() in table(name) else ""


def _linked(deed: FrameDeed, ending: str) -> str:
    """The stem with an ending that wants 으 behind a final consonant other than ㄹ."""
    return f"{deed.stem}{'' if deed.stem.final in (0, 8) else '으'}{ending}"


_FILLERS: dict[str, Callable[[str], str]] = {
    "n": _name, "o": _phrase, "x": _anything, "m": _amount,
    "h": lambda text: _listed_in("news person", text), "p": lambda text: _listed_in("news place", text),
}  # fmt: skip
_ENDINGS: dict[str, Callable[[FrameDeed], str]] = {
    "는": lambda deed: deed.which,
    "ㄹ": lambda deed: deed.stem.coming,
    "기": lambda deed: f"{deed.stem}기",
    "려": lambda deed: _linked(deed, "려"),
    "고": lambda deed: f"{deed.stem}고",
    "도록": lambda deed: f"{deed.stem}도록",
    "며": lambda deed: _linked(deed, "며"),
    "ㄴ": lambda deed: deed.stem.did,
    "겠": lambda deed: f"{deed.stem}겠",
    "려는": lambda deed: f"{_linked(deed, '려')}는",
    "는지": lambda deed: f"{deed.which}지",
    "야": lambda deed: f"{deed.stem.joined}야",
    "라는": lambda deed: f"{_linked(deed, '라')}는",
    "다가": lambda deed: f"{deed.stem}다가",
    "었다고": lambda deed: f"{deed.stem.did_plainly}고",
    "었다는": lambda deed: f"{deed.stem.did_plainly}는",
    "다고": lambda deed: f"{deed.plainly}고",
    "다는": lambda deed: f"{deed.plainly}는",
    "지": lambda deed: f"{deed.stem}지",
    "라고": lambda deed: f"{_linked(deed, '라')}고",
}


def _filled(frame: Frame, match: re.Match[str]) -> str:
    """The Korean of a frame with its slots; "" where one is not sure."""
    korean: dict[str, str | FrameDeed | FrameClause] = {}
    for slot, text in match.groupdict().items():
        kind = slot[0]
        value: str | FrameDeed | FrameClause | None
        if kind in _FILLERS:
            value = _FILLERS[kind](text)
        elif kind in "vg":
            value = deed_of(text, ("base",) if kind == "v" else ("ing",))
        else:
            value = clause(text)
            if value and "{c:는}" in frame.korean and not _PAST.search(text):
                value = value._replace(deed=value.deed._replace(when="now"))
        if not value:
            return ""
        korean[slot] = value

    def put(slot: re.Match[str]) -> str:
        value, ending, mark = korean[slot[1]], slot[2], slot[3]
        if isinstance(value, str):
            value = value.replace("의 시대의 ", " 시대의 ")
            to = (
                "게"
                if frame.korean[slot.end() :].startswith("에 ")
                and value.endswith(tuple(table("news people")))
                else ""
            )
            return filled(f"{{}}{mark or ''}", value) + (f"에{to}" if to else "")
        if isinstance(value, FrameDeed):
            return _ENDINGS[ending](value)
        content = _ENDINGS[ending](value.deed)
        return f"{value.who}{particle(value.who, '이/가')} {content}"

    return _FILLED.sub(put, frame.korean).replace("에게에 ", "에게 ")


_PAST = re.compile(r"\w\wed\b|\b(?:built|made|won|lost|did|cut|was|were|had|has|have|wrote|took|got|will)\b")


# ── predicates ──────────────────────────────────────────────────────────────────────────────────────


def deed_of(text: str, forms: tuple[str, ...]) -> FrameDeed | None:
    """The predicate that a text is, whole; by a frame, else by a verb of the glossary with its object."""
    first = text.split(" ", 1)[0].lower()
    for frame in _verb_frames().get(first, ()):
        if frame.form not in forms:
            continue
        match = frame.shape.fullmatch(text)
        stem = _filled(frame, match) if match else ""
        if stem:
            return FrameDeed(
                Stem(stem),
                "now" if frame.now else "past" if frame.form == "ed" else "now",
                says="{c" in frame.korean,
            )
    return _plain_deed(text, forms)


def _plain_deed(text: str, forms: tuple[str, ...]) -> FrameDeed | None:
    """A verb of the glossary with the object that is all the rest."""
    read = grammar(text, news=True)
    if len(read.words) < 2:
        return None
    verb, form = inflected(news=True).get(read.lower(0), ("", ""))
    long = next(
        (name for name in inflected(news=True) if " " in name and text.lower().startswith(f"{name} ")), ""
    )
    if long:
        verb, form = inflected(news=True)[long]
    if form not in forms or verb in table("news unframed"):
        return None
    stem = glossary(news=True).verb[verb]
    object_ = text[len(long) if long else read.words[0].end :].strip()
    what = _anything(object_) if " for " not in object_ or verb in table("news makes") else ""
    if not what or not tells(what, names=True):
        return None
    mark = next(
        (mark for mark in ("에서 ", "에게 ", "에 ", "로 ", "와 ", "보다 ") if stem.startswith(mark)), ""
    )
    before = filled(
        {"로 ": "{}<로>", "와 ": "{}<와>"}.get(mark, f"{{}}{mark.strip()}" if mark else "{}<을>"), what
    )
    return FrameDeed(Stem(f"{before} {stem.removeprefix(mark)}"), "past" if form == "ed" else "now")


_OBJECT_MARKS = {
    "에서 ": "{}에서", "에게 ": "{}에게", "에 ": "{}에", "로 ": "{}<로>", "와 ": "{}<와>", "보다 ": "{}보다",
}  # fmt: skip
_HELP: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = tuple(
    (re.compile(rf"(?:{words}) ", re.IGNORECASE), forms, how)
    for words, forms, how in (
        (r"will(?: soon)?|to|(?:is|are) (?:set |going |about |expected )?to|set to", ("base",), "coming"),
        (r"will not|not to", ("base",), "not coming"),
        (r"(?:is|are)(?: now)? not", ("ing",), "not doing"),
        (r"(?:is|are)(?: now)?", ("ing",), "doing"),
        (r"(?:has|have|had)", ("ed",), "past"),
        (r"(?:may|might|could)(?: soon)?", ("base",), "may"),
        (r"can(?: now)?", ("base",), "can"),
        (r"can not", ("base",), "can not"),
        (r"does not|do not", ("base",), "not"),
        (r"did not", ("base",), "did not"),
        (r"should|must|needs? to", ("base",), "should"),
    )
)


def _predicates(text: str, *, several: bool) -> Iterator[tuple[FrameDeed, str]]:
    """The predicates that a text may be, and how each is meant."""
    for opening, forms, how in _HELP:
        if match := opening.match(text):
            if deed := deed_of(text[match.end() :], forms):
                yield _helped(deed, how), how
            return
    forms = ("s", "ed", "base") if several else ("s", "ed")
    if deed := deed_of(text, forms):
        yield deed, "simple"


def _helped(deed: FrameDeed, how: str) -> FrameDeed:
    """The predicate with its helping verb."""
    stem = deed.stem
    match how:
        case "coming":
            return deed._replace(when="coming")
        case "not coming":
            return deed._replace(stem=Stem(f"{stem}지 않"), when="coming")
        case "not doing" | "not":
            return deed._replace(stem=Stem(f"{stem}지 않"))
        case "did not":
            return deed._replace(stem=Stem(f"{stem}지 않"), when="past")
        case "doing":
            return (
                deed
                if stem.rsplit(" ", 1)[-1] in table("news at once")
                else deed._replace(stem=Stem(f"{stem}고 있"), when="now")
            )
        case "past":
            return deed._replace(when="past")
        case "may" | "can":
            return deed._replace(stem=Stem(stem.can), sort="adjective", when="now")
        case "can not":
            return deed._replace(stem=Stem(f"{stem.coming} 수 없"), sort="adjective", when="now")
        case _:
            return deed._replace(stem=Stem(f"{stem.joined}야 하"), when="now")


# ── clauses and sentences ───────────────────────────────────────────────────────────────────────────

_MOST_SUBJECT = 8  # words
_LEFT = re.compile(  # what may be left out behind a clause: when, why, for what purpose
    r"(?:,| [–—-]| \(|;| after| amid| following| despite| ahead of| while| over(?! \d)| because of| due to"
    r"| in (?:an? )?(?:effort|bid|attempt|move|challenge|push|response|blow|sign|latest)| thanks to"
    r"| in (?:the )?wake of| as (?=(?:it|its|the|he|she|they|\w+ \w+s)\b)) "
)
_TURNS = re.compile(
    r"\b(?:unless|until|if|when|except|but|only|without|allegedly|reportedly|report|reports|sources?|rumou?rs?"
    r"|says?|said|claims?|may|might|could|would|study|finds|poll|survey|experts?|fails|then|yet|instead|just"
    r"|cannot|now)\b|\?",
    re.IGNORECASE
)  # fmt: skip
_NO_SUBJECT = re.compile(
    r"[:?;–—|,]|\s-\s|\b(?:that|which|who|if|when|i|we|you|to)\b|^(?:how|why|what|when|where|get|let|\w+ly)\b",
    re.IGNORECASE,
)


def clause(text: str) -> FrameClause | None:
    """The clause that a text is, whole: at the first verb whose subject and predicate are both sure."""
    ends = [match.end() - 1 for match in re.finditer(r"\S+ ", text)][:_MOST_SUBJECT]
    for end in ends:
        before, behind = text[:end], text[end + 1 :]
        if _NO_SUBJECT.search(before.replace(", ", " ") if _LISTED.match(before) else before):
            return None
        opens = behind.split(" ", 1)[0].lower()
        if opens not in _openers():
            continue
        who, acts = _subject(before)
        if not who:
            continue
        several = " and " in before or (singular(before.lower().split()[-1]) != before.lower().split()[-1])
        for deed, how in _predicates(behind, several=several):
            if not acts and (deed.says or behind.lower().startswith("to ")):
                continue
            if acts and how == "simple" and deed.sort == "verb" and not _now(deed):
                deed = deed._replace(when="past")
            return FrameClause(who, deed, acts)
    older = clause_of(text)
    if older is None or not older.whole or _REDUCED.match(text) or _HUNG_BY.search(text):
        return None
    stem, says = Stem(older.deed.told(older.deed.stem)), older.deed.before.endswith("고")
    known = FrameDeed(stem, older.deed.when, older.deed.sort, says)
    return FrameClause(older.who, known, older.acts) if _sure(f"{older.who} {known.stem}") else None


_REDUCED = re.compile(r"an? (?:[\w-]+ ){1,6}(?:built|made|written|powered|created|trained|designed|run) by ")
_LISTED = re.compile(r"[A-Z][\w.]*(?:, [A-Z][\w.]*)*,? and [A-Z][\w.]*$")
_NOT_OVER = ("계획이", "려 하", "고 있", "방안을 검토하", "있")


def _now(deed: FrameDeed) -> bool:
    return deed.stem.endswith(_NOT_OVER)


@cache
def _openers() -> frozenset[str]:
    """The words that may open a predicate."""
    helping = "will to is are set has have had may might could can does do did should must needs need".split()
    verbs = (form.split()[0] for form in inflected(news=True))
    return frozenset((*helping, *_verb_frames(), *verbs))


def _subject(text: str) -> tuple[str, bool]:
    """A subject, and whether it acts."""
    if name := _name(text):
        return name, text.lower() not in table("news product") and not _KIND_ALONE.fullmatch(text)
    if re.search(r"\b(?:with|for|of|in|on|by|from|to|at)\b", text):
        return "", False
    who, acts = subject_of(text)
    return (who, acts) if who and _sure(who) else ("", False)


_KIND_ALONE = re.compile(r"(?:gen(?:erative)? )?(?:ai|llms?|gpts?|agi|ml|nlp|mcp|rag)s?", re.IGNORECASE)


def framed(title: str) -> str:
    """The sentence of a plain headline by the first frame whose slots are all sure; "" for none."""
    bare = DETERMINED.sub("", title.rstrip("?"))
    if (sentence := _by_shape(bare, "news sentence")) and (
        "?" not in title or sentence.endswith("글입니다.")
    ):
        return sentence.replace("꼽은", "묻는") if "?" in title else sentence
    if "?" in title:
        return ""
    for main in _mains(title):
        if (stated := clause(main)) and (main == title or _may_be_cut(stated, main)):
            return _told(stated)
    for main in _loose(title):
        if (stated := clause(main)) and _makes(stated) and _may_be_cut(stated, main):
            return _told(stated)
    return "" if may_act(bare) else _by_shape(bare, "news phrase")


def _by_shape(title: str, name: str) -> str:
    matches = ((frame, frame.shape.fullmatch(title)) for frame in _sentence_frames(name))
    return next((text for frame, match in matches if match and (text := _filled(frame, match))), "")


def _may_be_cut(stated: FrameClause, main: str) -> bool:
    """Whether a clause still says what its headline says when what hangs on it is left out."""
    if not stated.acts or stated.deed.says or stated.deed.stem.endswith(("지 않", "지 못하")):
        return False
    object_ = " ".join(word for word in str(stated.deed.stem).split()[:-1])
    content = [
        word for word in re.sub(r"[을를에]( |$)", " ", object_).split() if word not in table("everywhere")
    ]
    return bool(content) and main.split()[-1].lower() not in table("news open")


def may_act(title: str) -> bool:
    """Whether a verb may stand behind the name that opens a title: Anthropic forms a partnership."""
    match = _NAME_THEN.match(title)
    if match is None:
        return False
    low, forms = match[1].lower(), inflected(news=True)
    known = glossary(news=True).noun
    doing = low in _DEEDS or (low.endswith("ing") and low in forms and low not in known)
    unknown = low.endswith("s") and singular(low) not in known
    return doing or unknown or (low in _verb_frames() and low.endswith(("s", "ed")))


_DEEDS = frozenset(
    "setting making building using getting taking giving letting killing planning hosting".split()
)
_NAME_THEN = re.compile(r"[A-Z][\w.-]+(?: [A-Z][\w.-]+)? ([a-z]{3,}(?:[^s\W]s|ing|ed)) \S")


def _mains(title: str) -> Iterator[str]:
    """The headline, then what stands before each part of it that may be left out, the longest first."""
    yield title
    for cut in reversed(list(_LEFT.finditer(title))):
        rest = title[cut.start() :]
        if not _TURNS.search(rest) and not DENIED.search(rest):
            yield title[: cut.start()].rstrip(" ,")
    forms = inflected(news=True)
    for cut in reversed(list(_PURPOSE.finditer(title))):
        rest = title[cut.start() :]
        is_verb = forms.get(cut[1].lower(), ("", ""))[1] == "base"
        if is_verb and not _TURNS.search(rest) and not DENIED.search(rest):
            yield title[: cut.start()].rstrip(" ,")


def _loose(title: str) -> Iterator[str]:
    """The headline before words that say more of a new thing: for whom it is, with what, where."""
    for cut in reversed(list(_FURTHER.finditer(title))):
        rest = title[cut.start() :]
        if not _TURNS.search(rest) and not DENIED.search(rest):
            yield title[: cut.start()]


def _makes(stated: FrameClause) -> bool:
    """Whether somebody brings something new about, which has a kind and more than that."""
    *before, verb = stated.deed.stem.split(" ")
    thing = before[-1] if before else ""
    new = verb in table("news making") and len(before) > 1
    return new and re.search(r"[가-힣][을를]$", thing) is not None


_FURTHER = re.compile(
    r" (?:for|in|on|at|with|from|to|built|based|using|via|around|designed|that|which|against|alongside"
    r"|capable|trained|powered|called|aimed|as|by|under|ahead|including) "
)
_PURPOSE = re.compile(r"(?<=\w) to ([a-z-]+) ")


def _told(stated: FrameClause) -> str:
    """A deed of somebody as it is; what a thing does as what a piece says."""
    deed = stated.deed
    if stated.acts:
        if deed.sort != "verb":
            return f"{stated.subject} {deed.plainly}는 내용의 글입니다."
        return f"{stated.subject} {deed.politely}."
    return f"{stated.who}{particle(stated.who, '이/가')} {deed.plainly}는 내용의 글입니다."


def shown_by_name(parted: re.Match[str], subject: str) -> str:
    """Returns the sentence of a project by its name, with its kind and `subject`; "" without a name."""
    name = parted["name"].strip()
    parts = name.split()
    proper = len(parts) == 1 or all(re.match(r"[A-Z\d]", part) for part in parts)
    if not proper or len(parts) > _MOST_OF_NAME or any(p.lower() in CLOSED for p in parts):
        return ""
    if len(parts) == 1 and parted["sign"].strip() == "," and not re.search(r"[A-Z\d]", name):
        return ""
    head = _HEAD_ENDS.split(parted["rest"].strip(" .!"), maxsplit=1)[0].split()
    noun = glossary(news=True).noun.get(singular(head[-1].lower()), "") if head else ""
    kind = noun if noun in table("news goods") else "프로젝트"
    about = f"{subject} 관련 " if subject and subject not in kind and kind not in subject else ""
    return f"글쓴이가 {about}{kind} {name}{particle(name, '을/를')} 공개했습니다."


_HEAD_ENDS = re.compile(
    r"[,(:;–—]| - |\s(?:for|to|that|which|with|in|on|of|by|via|using|from|at|and|where|built|made|like)\s"
)
_MOST_OF_NAME = 3
