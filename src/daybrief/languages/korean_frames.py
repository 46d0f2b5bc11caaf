"""Korean sentences of headlines by frames: the shapes of what news say, and how each goes in Korean.

    acquire {n} for {m} = {n}<을> {m}에 인수하     Stripe to buy OpenRouter for $7B
    case for {o}        = {o}<을> 옹호하는 글입니다.

The frames stand at the end of `ko_glossary.txt`, and nothing is told but by one. A frame of `news frame` or
`news craft` is a predicate, whose subject and time the clause around it gives; one of `news sentence` is a
whole headline. `korean_slots` fills the slots, and only with what is sure; where one is not, the frame is not
used. Only what says when or why may be left out behind a deed, and what says more of what somebody made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Literal, NamedTuple

from daybrief.languages.en import CLOSED, DETERMINERS, participle, singular, verb_forms
from daybrief.languages.ko import Stem, particle
from daybrief.languages.korean_slots import (
    DENIED,
    SUM_NAME,
    amount,
    doubtful,
    name,
    named_surely,
    phrase,
    proper,
    thing,
)
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
    """Somebody who does something."""

    who: str
    deed: FrameDeed

    @property
    def subject(self) -> str:
        """The subject with its particle."""
        return self.who + particle(self.who, "은/는" if self.deed.says else "이/가")


class Frame(NamedTuple):
    """An English shape and its Korean; `form`: of its verb; `now`: it is not over when the news tells it.

    word: the longest that stands in each headline of the shape, where it is listed.
    """

    shape: re.Pattern[str]
    korean: str
    form: str = ""
    now: bool = False
    word: str = ""


_SLOT = re.compile(r"\{(\w\d?)\}")
_FILLED = re.compile(r"\{(\w\d?)(?::([^}]+))?\}(<.>)?")


def _shape(english: str) -> str:
    """The pattern of a frame's English: its slots as groups."""
    spelt = re.sub(r"([.+$])", r"\\\1", english).replace("{a}", "(?:an?|the|its)")
    return _SLOT.sub(lambda slot: f"(?P<{slot[1]}>.+?)", spelt)


@cache
def _verb_frames(name_: str) -> dict[str, tuple[Frame, ...]]:
    """The frames of a table of verbs by the first word of each form."""
    frames: dict[str, list[Frame]] = {}
    for english, korean in table(name_).items():
        verb, _, rest = english.partition(" ")
        now, korean = korean.endswith("!"), korean.rstrip("!")
        forms = {*verb_forms(verb), ("ed", participle(verb))} if verb != "be" else {("s", "is"), ("s", "are")}
        for form, word in sorted(forms):
            behind = f" {_shape(rest)}" if rest else ""
            shape = re.compile(re.escape(word) + behind, re.IGNORECASE)
            frames.setdefault(word, []).append(Frame(shape, korean, form, now))
    return {form: tuple(sorted(listed, key=_looseness)) for form, listed in frames.items()}


def _looseness(frame: Frame) -> int:
    """How little of a frame is spelt out: the precise ones come first."""
    return -len(re.sub(r"\(\?P<\w+>\.\+\?\)", "", frame.shape.pattern))


@cache
def _sentence_frames() -> dict[str, tuple[tuple[int, Frame], ...]]:
    """The frames of whole headlines by their longest word, each with its place among them."""
    frames = [
        Frame(
            re.compile(_shape(english), re.IGNORECASE),
            korean,
            word=max(_words_of(english), key=len, default=""),
        )
        for english, korean in table("news sentence").items()
    ]
    listed: dict[str, list[tuple[int, Frame]]] = {}
    for place, frame in enumerate(sorted(frames, key=_looseness)):
        listed.setdefault(frame.word, []).append((place, frame))
    return {word: tuple(each) for word, each in listed.items()}


def _words_of(text: str) -> list[str]:
    """The words of a headline or of a frame outside its slots, in lower case."""
    return re.findall(r"[a-z\d']+", re.sub(r"\{\w+\}", " ", text.lower()))


# ── what fills a slot ───────────────────────────────────────────────────────────────────────────────


def _doer(text: str) -> str:
    """A name or somebody who acts, and no kind of things."""
    return "" if _KIND_ALONE.fullmatch(text) else name(text)


_KIND_ALONE = re.compile(
    r"(?:gen(?:erative)? )?(?:ai|llms?|gpts?|agi|ml|nlp|mcp|rag)s?|(?-i:[A-Z]{2,5}s)", re.IGNORECASE
)


def _sure(text: str) -> str:
    return name(text) or phrase(text)


def _anything(text: str) -> str:
    return _doer(text) or _telling(text)


def _telling(text: str) -> str:
    """A phrase that says more than that it is about AI, or new."""
    korean = "" if proper(text) else phrase(text)
    bare = re.sub(r"^(?:새로운|새|더 나은|최신|무료|오픈소스) ", "", korean)
    says = " " in bare or tells(bare, names=True)
    return korean if says and bare not in table("everywhere") else ""


def _many(text: str) -> str:
    """So many people or jobs."""
    korean = phrase(text)
    return korean if re.search(r"\d", text) and re.search(r"\d[\d,만]*(?:명|개|%)", korean) else ""


def _touched(text: str, who: str, *, spoken: bool) -> str:
    """The sure subjects of what is left open, without those who do it; if `spoken` of, with a field."""
    named = [term.replace("의 ", " ") for term in named_surely(text) if SUM_NAME not in term]
    terms = [term for term in named if term not in who and who not in term][:_MOST_TOUCHED]
    if terms and set(terms) <= _places():
        return ""  # where it will stay, of a firm
    if spoken and set(terms) <= ANY_MATTER and (own := field(text, (*terms, who))):
        terms = [*terms, own]
    return f"{terms[0]}{particle(terms[0], '과/와')} {terms[1]}" if len(terms) > 1 else "".join(terms)


def named(terms: Sequence[str]) -> bool:
    """Whether somebody or something is named, not only described."""
    return any(
        _LATIN_NAME.search(term) or not _companies().isdisjoint({term, *term.split()}) for term in terms
    )


@cache
def _companies() -> frozenset[str]:
    known = glossary(news=True)
    return frozenset(known.noun[each] for each in known.company) - ANY_MATTER


_LATIN_NAME = re.compile(r"\b(?!(?:AI|AGI|LLM|GPT|MCP|RAG|GPU|CPU|PC|CEO|API)s?\b)[A-Za-z][\w.-]+")


@cache
def _places() -> frozenset[str]:
    """The places that are no matter by themselves."""
    known = glossary(news=True).noun
    return frozenset(known[place] for place in table("news place") if place in known)


_MOST_TOUCHED = 2
ANY_MATTER = frozenset(
    ("AI", "LLM", "GPT", "AGI", "거대언어모델", "언어 모델", "생성형 AI", "인공지능")
)  # no topic alone


class _Field(NamedTuple):
    """A field, its place among all, and whether a word shows it by itself."""

    place: int
    korean: str
    alone: bool


@cache
def _fields() -> dict[str, _Field]:
    """The words that show a field; the field "-" is none."""
    shown: dict[str, _Field] = {}
    for place, (korean, words) in enumerate(table("news field").items()):
        for each in words.split(", "):
            shown.setdefault(each.rstrip("+"), _Field(place, korean, not each.endswith("+")))
    return shown


_SAYS_SO = re.compile(
    r", [^,]{1,40} (?:says?|said|warns?|claims?|finds?|reports?|shows?)$"
)  # who is no matter
MOST_OF_MATTER = 20  # words of a headline: some quote a paragraph behind it
_MOST_SHOWING = 3  # words that show a field together


def field(text: str, beside: Iterable[str]) -> str:
    """The field of a headline, by the first in order that is sure; "" where `beside` says it."""
    main = DENIED.sub("", _SAYS_SO.sub("", text.lower().partition(" | ")[0])).split()[:MOST_OF_MATTER]
    words, at = [word.strip(_DRESS).removesuffix("'s") if word != "children's" else "" for word in main], 0
    sure: set[tuple[int, str]] = set()
    shown_by: dict[tuple[int, str], str] = {}
    while at < len(words):
        for length in range(min(_MOST_SHOWING, len(words) - at), 0, -1):
            showing = " ".join(words[at : at + length])
            if shown := _fields().get(showing):
                other = shown_by.setdefault(shown[:2], singular(showing)) != singular(showing)
                if shown.alone or other:
                    sure.add(shown[:2])
                at += length - 1
                break
        at += 1
    known = " ".join(beside)
    fields = (korean for _, korean in sorted(sure) if korean != "-")
    return next((korean for korean in fields if not any(noun in known for noun in _nouns(korean))), "")


_DRESS = ",:;.!?'\"()[]{}*“”‘’|"


@cache
def _nouns(korean: str) -> frozenset[str]:
    """The words of a field and what else says the same."""
    own = {word for word in korean.split() if len(word) > 1 or word == korean} - {"문제"}
    return frozenset(own.union(*(table("news field beside").get(word, "").split() for word in own)))


def _listed_in(name_: str, text: str) -> str:
    """The Korean of a name, where a table has it."""
    return glossary(news=True).noun.get(text.lower(), "") if text.lower() in table(name_) else ""


_FILLERS: dict[str, Callable[[str], str]] = {
    "n": _doer, "o": _telling, "x": _anything, "y": _sure, "m": amount, "q": _many, "l": proper, "t": thing,
    "h": lambda text: _listed_in("news person", text), "p": lambda text: _listed_in("news place", text),
    "_": lambda text: text,
}  # fmt: skip
_VERBS = {
    "v": ("news frame", "base"), "g": ("news frame", "ing"),
    "w": ("news craft", "base"), "k": ("news craft", "ing"),
}  # fmt: skip


def _linked(deed: FrameDeed, ending: str) -> str:
    """The stem with an ending that wants 으 behind a final consonant other than ㄹ."""
    return f"{deed.stem}{'' if deed.stem.final in (0, 8) else '으'}{ending}"


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


_BESIDE = re.compile(  # where the object of a deed ends
    r"[,:;–—|(] | (?:with|versus|vs\.?|than|to|rivall?ing|it says|that|which|who|for|in|on|at|after|as"
    r"|amid|by|from|over|when|while|since|despite|following|because|if|across|via|using|against"
    r"|under|into|until) ",
    re.IGNORECASE,
)


def _put_in(frame: Frame, match: re.Match[str], who: str = "") -> str:
    """The Korean of a frame with its slots, and of `who` does it; "" where one is not sure."""
    named = who.replace("의 ", " ") if "{n}의" in frame.korean else who  # never 중국의 DeepSeek의
    korean: dict[str, str | FrameDeed | FrameClause] = {"n": named} if who else {}
    for slot, text in match.groupdict().items():
        kind = slot[0]
        value: str | FrameDeed | FrameClause | None
        if kind in {"r", "s"}:
            left = text if kind == "r" else _BESIDE.split(text, maxsplit=1)[0]
            value = _touched(left, who, spoken="에 관해" in frame.korean or "전망" in frame.korean)
        elif kind in _FILLERS:
            value = _FILLERS[kind](text)
        elif kind in _VERBS:
            value = deed_of(text, *_VERBS[kind])
        else:
            value = clause(text)
        if not value:
            return ""
        korean[slot] = value

    def put(slot: re.Match[str]) -> str:
        value, ending, mark = korean[slot[1]], slot[2], slot[3]
        if isinstance(value, str):
            return filled(f"{{}}{mark or ''}", value)
        if isinstance(value, FrameDeed):
            return _ENDINGS[ending](value)
        return f"{value.who}{particle(value.who, '이/가')} {_ENDINGS[ending](value.deed)}"

    return _FILLED.sub(put, frame.korean)


# ── predicates ──────────────────────────────────────────────────────────────────────────────────────


def deed_of(text: str, name_: str, *forms: str) -> FrameDeed | None:
    """The predicate that a text is, whole, by a frame of a table."""
    first = text.split(" ", 1)[0].lower()
    for frame in _verb_frames(name_).get(first, ()):
        match = frame.shape.fullmatch(text) if frame.form in forms else None
        if match and (stem := _put_in(frame, match)):
            when: When = "past" if frame.form == "ed" and not frame.now else "now"
            return FrameDeed(Stem(stem), when, says="{c" in frame.korean)
    return None


_HELP: tuple[tuple[re.Pattern[str], tuple[str, ...], str], ...] = tuple(
    (re.compile(rf"(?:{words}) ", re.IGNORECASE), forms, how)
    for words, forms, how in (
        (r"will not|not to", ("base",), "not coming"),
        (r"(?:is|are)(?: now)? not", ("ing",), "not doing"),
        (r"(?:has|have|had) not", ("ed",), "did not"),
        (r"can not", ("base",), "can not"),
        (r"does not|do not", ("base",), "not"),
        (r"did not", ("base",), "did not"),
        (r"will(?: soon)?|to|(?:is|are) (?:set |going |about |expected )?to|set to", ("base",), "coming"),
        (r"(?:is|are)(?: now)?", ("ing",), "doing"),
        (r"(?:has|have|had)", ("ed",), "past"),
        (r"(?:may|might|could)(?: soon)?", ("base",), "may"),
        (r"can(?: now)?", ("base",), "can"),
    )
)


def _predicates(text: str, *, several: bool) -> Iterator[tuple[FrameDeed, str]]:
    """The predicates that a text may be, and how each is meant."""
    for opening, forms, how in _HELP:
        if match := opening.match(text):
            if deed := deed_of(text[match.end() :], "news frame", *forms):
                yield _helped(deed, how), how
                return
            break
    forms = ("s", "ed", "base") if several else ("s", "ed")
    if deed := deed_of(text, "news frame", *forms):
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
                if stem.rsplit(" ", 1)[-1] in table("news at once") or stem.endswith("계획이")
                else deed._replace(stem=Stem(f"{stem}고 있"), when="now")
            )
        case "past":
            return deed._replace(when="past")
        case "may" | "can":
            return deed._replace(stem=Stem(stem.can), sort="adjective", when="now")
        case "can not":
            return deed._replace(stem=Stem(f"{stem.coming} 수 없"), sort="adjective", when="now")
        case _:
            return deed


# ── clauses and sentences ───────────────────────────────────────────────────────────────────────────

_MOST_SUBJECT = 8  # words
_LEFT = re.compile(  # what may be left out behind a clause: when, why
    r"(?:,(?= (?:[a-z]+ing|citing|as|after|amid|despite|while|when|in|but|report|and then)\b)"
    r"| [–—-]| \(|;|\.| \|"
    r"|:(?= (?:[A-Z][a-z]+|report|WSJ|FT)$)| after| amid| following| despite| ahead of| while"
    r"| because of| due to| thanks to"
    r"| in (?:an? )?(?:effort|bid|attempt|move|challenge|push|response|blow|sign|latest|shot|swipe"
    r"|jab|exchange)"
    r"| in (?:the )?wake of| as (?=(?:it|its|the|he|she|they|\w+ \w+s)\b)) "
)
_FURTHER = re.compile(  # and what may be left out behind a thing that somebody made
    r" (?:for|in|on|at|with|from|to|built|based|using|via|around|designed|that|which|against|alongside"
    r"|capable|trained|powered|called|aimed|by|under|ahead|including|led) |, (?:its|an?|the) "
)
_TURNS = re.compile(
    r"\b(?:unless|until|if|when|except|but|only|without|allegedly|reportedly|report|reports|sources?|rumou?rs?"
    r"|says?|said|claims?|may|might|could|would|study|finds|poll|survey|experts?|fails|then|yet|instead"
    r"|cannot|not?|never|nobody|none|nor|hardly|barely|joke|satire|parody|april fools?)\b|\?",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"[:?;–—|,]|\s-\s|\b(?:that|which|who|if|when|i|we|you|to|with|of|in|on|by|from|at|not?)\b"
    r"|^(?:how|why|what|when|where|get|let|\w+ly)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(r"[A-Z][\w.]*(?:, [A-Z][\w.]*)*,? and [A-Z][\w.]*$")
_NOT_OVER = ("계획이", "려 하", "고 있", "방안을 검토하", "있")


def clause(text: str) -> FrameClause | None:
    """The clause that a text is, whole: at the first verb whose subject and predicate are both sure."""
    for who, behind, several in _actors(text, _openers()):
        for deed, how in _predicates(behind, several=several):
            if how == "simple" and deed.sort == "verb" and not deed.stem.endswith(_NOT_OVER):
                deed = deed._replace(when="past")
            return FrameClause(who, deed)
    return None


def _actors(text: str, openers: frozenset[str]) -> Iterator[tuple[str, str, bool]]:
    """Those who may do what a text tells, what stands behind them, and whether they are several."""
    ends = [match.end() - 1 for match in re.finditer(r"\S+ ", text)][:_MOST_SUBJECT]
    for end in ends:
        before, behind = text[:end], text[end + 1 :]
        if _NO_SUBJECT.search(before.replace(", ", " ") if _LISTED.match(before) else before):
            return
        if behind.split(" ", 1)[0].lower() not in openers:
            continue
        if (who := _doer(before)) and not doubtful(who, titled=False):
            last = before.lower().split()[-1]
            yield who, behind, " and " in before or singular(last) != last


@cache
def _openers() -> frozenset[str]:
    """The words that may open a predicate."""
    helping = "will to is are set has have had may might could can does do did".split()
    return frozenset((*helping, *_verb_frames("news frame")))


def framed(title: str) -> str:
    """The sentence of a plain headline by the first frame whose slots are all sure; "" for none."""
    bare = _DETERMINED.sub("", title.rstrip("?"))
    if (sentence := _by_shape(bare)) and ("?" not in title or sentence.endswith("글입니다.")):
        return sentence
    if "?" in title:
        return ""
    for main, further in _mains(title):
        stated = clause(main)
        if stated and (main == title or _may_be_cut(stated, further=further)):
            deed = stated.deed
            if deed.sort != "verb":
                return f"{stated.subject} {deed.plainly}는 내용의 글입니다."
            return f"{stated.subject} {deed.politely}."
    return ""


_DETERMINED = re.compile(r"^(?:the|an?|this|that|these|those)\s", re.IGNORECASE)


def _by_shape(title: str) -> str:
    """The sentence of the first whole frame that fits a headline, or its part before how it is done."""
    listed = _sentence_frames()
    fitting = [pair for word in {"", *_words_of(title)} for pair in listed.get(word, ())]
    fitting.sort(key=lambda pair: pair[0])
    matches = ((frame, frame.shape.fullmatch(title)) for _, frame in fitting)
    return next((text for frame, match in matches if match and (text := _put_in(frame, match))), "")


def _mains(title: str) -> Iterator[tuple[str, bool]]:
    """The headline, then what stands before each part that may be left out; with whether it is of a thing."""
    yield title, False
    for pattern in (_LEFT, _FURTHER):
        for cut in reversed(list(pattern.finditer(title))):
            if not _TURNS.search(title[cut.start() :]):
                yield title[: cut.start()].rstrip(" ,"), pattern is _FURTHER


def _may_be_cut(stated: FrameClause, *, further: bool) -> bool:
    """Whether a clause still says what its headline says when what hangs on it is left out."""
    *before, verb = stated.deed.stem.split(" ")
    if stated.deed.says or verb in {"않", "못하"}:
        return False
    content = [word for word in before if re.sub("[을를에]$", "", word) not in table("everywhere")]
    if not further:
        return bool(content)
    made = verb in table("news making")
    object_ = re.sub("[을를에]$", "", before[-1]) if before else ""
    new_name = re.search("[A-Za-z0-9]", object_) is not None and object_ not in glossary(news=True).names
    return made and (len(content) > 1 or new_name)


def cut_shape(title: str) -> str:
    """The sentence of a way or a story whose headline goes on to say with what, where or for whom."""
    for cut in reversed(list(_HOW.finditer(title))):
        rest = title[cut.start() :]
        if _TURNS.search(rest) or _STATES.search(rest):
            continue
        if rest.startswith(" to ") and title.lower().startswith("us"):
            continue  # for what it is used is what counts
        sentence = _by_shape(_DETERMINED.sub("", title[: cut.start()]))
        if sentence.endswith(("방법을 다룬 글입니다.", "이야기입니다.", "방법을 적은 글입니다.")):
            return sentence
    return ""


def done_with(title: str) -> str:
    """Returns what one does with a project that opens with a verb: 메시지를 생성하는; "" for none."""
    for text in (title, *(title[: cut.start()] for cut in reversed(list(_HOW.finditer(title))))):
        if deed := deed_of(text, "news craft", "base"):
            return deed.which
    return ""


_HOW = re.compile(
    r"\s?[:;,(–—|]|\s-\s|\.\s| (?:with|using|in|on|for|at|via|through|under|from|by|to|that|which|so)(?= )"
)
_STATES = re.compile(r"\b(?:is|are|was|were|will|can|does|do|has|have|makes?|warns?|leads?|helps?)\b")


# ── what is not told whole ──────────────────────────────────────────────────────────────────────────


class _Open(NamedTuple):
    """An open frame: the words it begins with, and what the rest must hold, or behind ! must not."""

    frame: Frame
    begins: int
    where: str


@cache
def _open_frames() -> dict[str, tuple[_Open, ...]]:
    """The open frames by their first word."""
    where = table("news open where")
    frames: dict[str, list[_Open]] = {}
    for english, korean in table("news open").items():
        verb, rest = english.split(" ", 1)
        guard = where.get(" ".join(english.split(" ")[:2]), where.get(verb, ""))
        shapes = [(form, f"{word} {rest}") for form, word in _present(verb)]
        if verb == "be":
            shapes.append(("s", rest))  # Apple testing AI search
        elif verb not in _AS_IT_IS:
            doing = dict(verb_forms(verb))["ing"]
            shapes += [
                ("s", f"{helping} {doing} {rest}") for helping in ("is", "are", "has been", "have been")
            ]
        for form, shape in shapes:
            frame = Frame(re.compile(_shape(shape), re.IGNORECASE), korean, form)
            begins = shape[: shape.index("{")].count(" ")
            frames.setdefault(shape.split(" ")[0], []).append(_Open(frame, begins, guard))
    return {first: tuple(listed) for first, listed in frames.items()}


def _present(verb: str) -> list[tuple[str, str]]:
    """The finite forms of a verb; what is no verb in its first form stands as it is."""
    if verb in _AS_IT_IS:
        return [("s", verb)]
    if verb == "be":
        return [("s", "is"), ("s", "are")]
    return sorted((form, word) for form, word in verb_forms(verb) if form != "ing")


_AS_IT_IS = frozenset("in accused caught sued set may might could to will".split())
_SPOKEN = frozenset("said admitted argued".split())  # in no passive


def opened(title: str) -> str:
    """An actor, a deed and its matter as the object of a sentence; "" where one of them is not sure."""
    cut = _LEFT.search(title)
    main = title[: cut.start()].rstrip(" ,") if cut else title
    for who, behind, several in _actors(_DETERMINED.sub("", main), frozenset(_open_frames())):
        words = behind.split(" ")
        for each in _open_frames().get(words[0].lower(), ()):
            rest = words[each.begins :]
            if (each.frame.form == "base" and not several) or not _admits(each.where, rest):
                continue
            passive = each.frame.form == "ed" and words[0].lower() not in _SPOKEN
            if not rest or (passive and rest[0].lower() in CLOSED - DETERMINERS):
                continue  # robots used in factories
            if each.where == "<base>" and _PRODUCT.match(who):
                break  # what a chatbot will do is no plan
            match = each.frame.shape.fullmatch(behind)
            if match and (text := _put_in(each.frame, match, who)):
                return text
    return ""


_PRODUCT = re.compile(
    "(?:ChatGPT|GPT|Claude|Gemini|Grok|Copilot|Siri|LLM|AI|Alexa|Sora|Codex|DeepSeek R|챗봇)"
)


def _admits(where: str, rest: list[str]) -> bool:
    """Whether the rest of a headline leaves a verb its one sense."""
    if where == "<base>":
        return bool(rest) and inflected(news=True).get(rest[0].lower(), ("", ""))[1] == "base"
    holds = re.search(where.lstrip("!"), " ".join(rest), re.IGNORECASE) is not None
    return not where or holds != where.startswith("!")
