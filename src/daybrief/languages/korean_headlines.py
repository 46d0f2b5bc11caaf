"""Korean sentences about headlines: what news tell, and what the title of a paper says it is about.

    who did what → 아마존이 Anthropic에 40억 달러를 투자할 예정입니다.
    a title      → 언어 모델이 환각을 탐지할 수 있는지를 다룬 논문입니다.

A title is told as a question, a statement, a deed or a noun phrase, else by the terms that stand alone in it.
"""

from __future__ import annotations

import re
from functools import cache

from daybrief.languages.en import CLOSED, DETERMINERS, PREPOSITIONS, singular
from daybrief.languages.ko import particle
from daybrief.languages.korean_clauses import (
    DENIED,
    FIRST_PERSON,
    NAME_RUN,
    PARTED,
    SUM_LETTERS,
    SUM_NAME,
    clause_of,
    own_deed,
    phrase_of,
    plain_headline,
    subject_of,
    summed,
    turned,
    verb_or_passive,
    wears_capitals,
)
from daybrief.languages.korean_frames import framed, may_act, names_only, shown_by_name
from daybrief.languages.korean_grammar import Grammar, grammar, noun_phrase
from daybrief.languages.korean_words import (
    COMMANDS,
    MOST_TERMS,
    Rendered,
    glossary,
    inflected,
    kinds,
    paper_on,
    table,
    tells,
    weighty,
)
from daybrief.languages.tables import HeadlineFact, TopicFact

_ASKS = frozenset("can could do does will should".split())


def topic(fact: TopicFact) -> str:
    """The sentence that names a headline's subject; "" where no word of it is sure."""
    if not fact.paper:
        subject = _about(fact.title) or _about(plain_headline(fact.title))
        asks = "ask" if fact.title.endswith("?") and not fact.post else fact.post
        return table("subject of")[asks or fact.page or "news"].replace("{}", subject) if subject else ""
    read = grammar(fact.title)
    if fact.loose:
        sure = dict.fromkeys((*_subjects(read), *_terms(read)))
        kept = [term for term in sure if term not in table("means")]
        heavy = [term for term in kept if weighty(term) and not term.isascii()]
        return paper_on([term for term in kept if tells(term, names=True)]) or paper_on(heavy)
    if not fact.whole:
        terms = (term for term in _subjects(read) if not term.isascii() and term not in table("means"))
        known = set(" ".join(_subjects(grammar(fact.near))).split())
        return paper_on(tuple(term for term in terms if not fact.near or known & set(term.split())))
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
        heavy = tuple(term for term in terms if tells(term, names=True) and weighty(term))
        if topic_ := paper_on(heavy):
            return topic_
    return ""


def _subjects(read: Grammar) -> tuple[str, ...]:
    """Names, and terms of several words: what a headline of free English surely speaks of."""
    names: dict[str, None] = {}
    at, end = 0, 0
    while at < len(read.words):
        piece = read.piece(at)
        if piece is None:
            at += 1
            continue
        team = piece.text.isascii() and read.lower(piece.end) == "at"  # at a shared task: no subject
        half = (
            read.lower(at - 1) in {"and", "or"} and end != at - 1 and not piece.text.isascii()
            if at
            else False
        )
        if piece.sure and piece.noun and not piece.kept and not team and not half:
            names.setdefault(piece.text)  # no unseen language of seen and unseen languages
        at = end = piece.end
    return tuple(names)


def _terms(read: Grammar) -> tuple[str, ...]:
    """The nouns of the phrase that stand alone in it, not inside a compound, each once."""
    names: dict[str, None] = {}
    at, opened, listed = 0, True, False
    while at < len(read.words):
        pieces = read.pieces(at)
        if not pieces:
            joined = read.lower(at) in {"and", "or"} and not listed  # fairness and robustness analysis
            noun = at and read.lower(at - 1) in _BEFORE_NOUN and read.lower(at) in inflected()  # of cover art
            opened = read.boundary(at) and not (
                joined or noun or read.lower(at).endswith(("ing", "ed", "ly"))
            )
            at += 1
            continue
        after_to = at and read.lower(at - 1) == "to" and read.lower(at) in inflected()
        if (len(pieces) > 1 and read.gerund_opens(at)) or after_to:
            at = pieces[0].end
            continue
        at = pieces[-1].end
        sure = any(piece.sure for piece in pieces) or sum(piece.noun for piece in pieces) > 1
        whole = opened and pieces[-1].noun and read.boundary(at)
        sure = sure and not (read.lower(at) == "at" and pieces[-1].text.isascii())  # a team at a shared task
        listed = whole and sure and not any(piece.kept for piece in pieces)
        if listed:
            names.setdefault(" ".join(piece.text for piece in pieces))
        opened = False
    return tuple(names)


_BEFORE_NOUN = PREPOSITIONS | DETERMINERS
_STUDY_KIND = re.compile(
    r": (?:an? |the )?(?:(?!and\b)[\w-]+ ){0,3}?(?P<kind>(?:(?:empirical|comparative|systematic|comprehensive"
    r"|case|pilot|exploratory|qualitative|large-scale|scoping|literature) )?(?:study|survey|review|analysis"
    r"|evaluation|tutorial|overview|comparison|investigation))(?: and (?:research )?(?:roadmap"
    r"|outlook|taxonomy|perspectives?|future directions))?$",
    re.IGNORECASE,
)


def _study_of(read: Grammar, title: str) -> str:
    """A title that is a deed: 탐지하는 연구입니다; learning to do it is a way of it."""
    learning = (read.lower(0), read.lower(1)) == ("learning", "to")
    predicate = read.predicate(2, ("base",)) if learning else read.predicate(0, ("ing",))
    sure = learning or read.lower(0) in table("title deeds")  # scaling laws are no deed
    if predicate is None or not sure or not _may_end(title, read.words[predicate.end - 1].end):
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
    return paper_on((text,))


_WH = re.compile(r"(?:what|who|which|where|when|why|how)\b[^:]*\?", re.IGNORECASE)
_SINGLE = re.compile(r"(?:an?|the first|one)\s", re.IGNORECASE)
_TOWARD = re.compile(r"towards?\s(?!\w+ing\b)", re.IGNORECASE)


def _about(title: str) -> str:
    """The sure subjects of a headline as a list: names and terms, else nouns that stand alone; or ""."""
    read = grammar(title, news=True)
    called = {name: read.glossary.noun[name] for name in read.glossary.company}  # YC is Y Combinator
    named = dict.fromkeys(called.get(name.lower(), name) for name in _subjects(read))
    subjects = tuple(named) or tuple(term for term in _terms(read) if tells(term) and weighty(term))
    telling = [term for term in subjects if term not in table("everywhere")] or list(subjects)
    *front, last = telling[:MOST_TERMS] or ("",)
    return f"{', '.join(front)}{particle(front[-1], '과/와')} {last}" if front else last


_MEANS = re.compile(r"\b(?:via|using|through|with|by|enhanced|leveraging|powered|based|to)\b", re.IGNORECASE)
_DENIED = re.compile(  # and a clause of its own: how it shapes what
    r"\b(?:without|not|no|never|beyond|instead|rather|vs\.?|versus|how|why|when|whether|what)\b",
    re.IGNORECASE,
)


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


def headline(fact: HeadlineFact) -> str:
    """The sentence that says what a headline of news says; "" where a word of it is not sure."""
    plain = plain_headline(fact.title, shown=fact.post == "show")
    if _SEVERAL.search(fact.title):
        return ""
    title, sums = summed(plain)
    price = _PRICE.search(title)
    sentence = framed(title) if fact.post != "show" and not _RUMOURED.search(title) else ""
    title = _PRICE.sub("", title)
    by_frame = bool(sentence)
    if by_frame:
        price = None
    elif _RUMOURED.search(title):
        sentence = _as_rumour(_RUMOURED.sub("", title))
    else:
        sentence = {"ask": _of_ask, "show": _of_show}.get(fact.post, _read)(title)
    if price and sentence:
        sentence = _priced(sentence, price[1])
    misread = any(title.search(fact.title) and text.search(sentence) for title, text in _misread())
    if misread or (not by_frame and _UNPAID.search(sentence)):
        return ""
    for letter, amount in zip(SUM_LETTERS, sums, strict=False):
        sentence = sentence.replace(f"{SUM_NAME}{letter}", amount)
    sentence = re.sub(r"(?<=\S)(?:의)? 시대(?:에서)?의 ", " 시대의 ", sentence).replace(
        " 시대에서 ", " 시대에 "
    )
    if "글쓴이" not in sentence and not fact.post:
        sentence = re.sub(r"글입니다\.$", f"{table('page').get(fact.page, '글')}입니다.", sentence)
    shown, titled = fact.post == "show", wears_capitals(fact.title)
    sure = by_frame or not _half_read(sentence, plain, shown=shown)
    return sentence if sure and names_only(sentence, plain, titled=titled, shown=shown) else ""


_SEVERAL = re.compile(r"[a-z]{3}[.!?] [A-Z]")  # sentences


def _half_read(sentence: str, plain: str, *, shown: bool) -> bool:
    """Whether a word stayed English that is no name, or it is not sure what a part hangs on."""
    way = shown or _IS_WAY.search(sentence)
    if (not way or " by " in plain) and _HANGS.search(plain) and _HUNG.search(sentence):
        return True
    named = PARTED.match(plain)
    if named is None and " on " in plain and "에서의 " in sentence:
        return True
    name, forms, known = named["name"] if named else "", inflected(news=True), glossary(news=True)
    for match in re.finditer(r"(?<![\w./+-])[A-Z][a-z]*(?![\w./+-])", sentence):
        low, in_name = match[0].lower(), re.search(r"[A-Z][\w.-]* $", sentence[: match.start()])
        if (
            match[0] in name
            or low in known.company
            or low in known.noun
            or (match[0] in known.names and not low.endswith("ing"))
        ):
            continue
        verb = forms.get(low, ("", ""))[1] in {"base", "s", "ing"}
        opens = not in_name and (low in known.modifier or low in CLOSED or verb)
        if opens or low == "i" or low.endswith("ing"):
            return True
    return False


_HANGS = re.compile(r"\b(?:with|from|against|over|by)\b", re.IGNORECASE)
_IS_WAY = re.compile(r"(?:방법|과정)을 다룬 글")  # with what: a means
_HUNG = re.compile(r"이용해 |통해 |갖춘 |에서(?:의)? ")
_UNPAID = re.compile(  # whom it is paid, is not sentence
    rf"[가-힣A-Za-z](?<![에의을를]) {SUM_NAME}[A-Z]를|{SUM_NAME}[A-Z]를 위한"
)


@cache
def _misread() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """The kinds of sentences that readers found wrong, each beside a kind of headline."""
    listed = table("news misread").items()
    return tuple((re.compile(english, re.IGNORECASE), re.compile(korean)) for english, korean in listed)


_RUMOURED = re.compile(r"\b(?:reportedly|allegedly)\s", re.IGNORECASE)


def _as_rumour(title: str) -> str:
    """A clause that is only reported: …다고 알려졌습니다."""
    clause = clause_of(title)
    return f"{clause.subject} {clause.deed.quoted}고 알려졌습니다." if clause and clause.whole else ""


_PRICE = re.compile(rf" for ({SUM_NAME}[A-Z])$")
_BOUGHT = re.compile(r"(?=(?:인수|판매)(?:했|할|하)|사들[였일이])")


def _priced(sentence: str, price: str) -> str:
    """The sentence with what was paid, before its verb; "" where nothing is bought."""
    return _BOUGHT.sub(f"{price}에 ", sentence, count=1) if _BOUGHT.search(sentence) else ""


def _read(title: str) -> str:
    """The sentence for the headline of an article."""
    for shape in (_asked_in_news, _how_to, _first_person, _doing):
        if sentence := shape(title):
            return sentence
    if _ASKING.match(title) or "?" in title:
        return ""
    clause = clause_of(_AT_IT.sub(_progressive, title))
    if clause and clause.whole:
        return ""  # what no frame tells: readers found half of such sentences wrong
    if parted := _in_parts(title):
        return parted
    return "" if clause else _of_whom(title) or _as_phrase(title)


_AT_IT = re.compile(r"^([A-Z][\w.-]+(?: [A-Z][\w.-]+)?) (using|(?!str)[a-z]{3,}ing) ")  # NSA using it


def _progressive(match: re.Match[str]) -> str:
    """A company that is at something, with the word that headlines leave out: NSA is using."""
    known = glossary(news=True)
    is_deed = match[1].lower() in known.company and match[2] not in known.noun
    return f"{match[1]} is {match[2]} " if is_deed else match[0]


_ASKING = re.compile(
    r"(?:how|why|what|when|where|who|which|is|are|can|could|do|does|did|will|should|would|has|have)\s",
    re.IGNORECASE,
)


def _as_phrase(title: str) -> str:
    """A headline that is a noun phrase."""
    if introduced := _INTRODUCED.match(title):
        phrase = phrase_of(title[introduced.end() :])
        return f"{phrase}{particle(phrase, '을/를')} 소개하는 글입니다." if phrase else ""
    unsure = may_act(title) or " by " in title or _APPOSED.fullmatch(title) or _NAME_TO.match(title)
    phrase = phrase_of(title) if not unsure else ""
    if _DOES_WHAT.search(phrase) and not re.search(r"\b(?:for|of|that|to)\b", title):
        return ""
    if _HUNG_ON.search(phrase):
        return ""  # what hangs on what is not sure
    if len(phrase) > _LEAST_REST and phrase.endswith(tuple(f" {text}" for text in table("news text"))):
        return f"{phrase}입니다."
    is_telling = re.search("[ A-Za-z]", phrase) and tells(phrase, names=True)
    return f"{phrase}{particle(phrase, '을/를')} 다룬 글입니다." if is_telling else ""


_APPOSED = re.compile(r"[^,]+, (?!and )(?:(?! and ).)+")  # a thing, and what it is
_NAME_TO = re.compile(r"[A-Z][\w.-]+(?: [A-Z][\w.-]+)* to [a-z]")
_DOES_WHAT = re.compile(r"[을를] [가-힣]+는 ")
_HUNG_ON = re.compile(r"에서의 |부터의 |[을를] 위한 |에 대한 |갖춘 ")
_INTRODUCED = re.compile(r"(?:introducing|announcing|meet|presenting)\s(?:the\s)?", re.IGNORECASE)
_WHAT_IS = re.compile(r"what (?:is|are) (?P<thing>(?:an?|the)\s.+?|[\w.-]+)\??$", re.IGNORECASE)
_WHY_HOW = re.compile(r"(?P<word>how|why) (?P<rest>.+?)\??$", re.IGNORECASE)
_YES_NO = re.compile(
    r"(?P<help>is|are|can|could|do|does|did|will|should|would) (?P<rest>.+?)\?$", re.IGNORECASE
)


def _asked_in_news(title: str) -> str:
    """A question, how and why: 이유를, 방식을, 인지를."""
    if match := _WHAT_IS.match(title):
        thing = phrase_of(match["thing"])
        return f"{thing}{particle(thing, '이/가')} 무엇인지 설명한 글입니다." if thing else ""
    if match := _WHY_HOW.match(title):
        return _why(match["word"].lower(), match["rest"])
    match = _YES_NO.match(title)
    question = _inverted(match["help"].lower(), match["rest"]) if match else ""
    return f"{question} 묻는 글입니다." if question else ""


def _why(word: str, rest: str) -> str:
    """A clause on why or how the author does something: 하는 이유를, 하는 방법을."""
    if first := FIRST_PERSON.match(rest):
        own = own_deed(rest[first.end() :])
        what = "이유를" if word == "why" else "방법을"
        return f"글쓴이가 {own.which} {what} 다룬 글입니다." if own else ""
    return ""


def _inverted(help_: str, rest: str) -> str:
    """Whether something is so, as an object: 할 수 있는지, 위험한지, 도구인지."""
    clause = turned("can" if help_ == "could" else help_, rest)
    if clause is None:
        return ""
    past = clause.deed.when == "past" and clause.deed.sort == "verb"
    ending = f"{clause.deed.told(clause.deed.stem.did_plainly[:-1])}는" if past else clause.deed.which
    return f"{clause.subject} {ending}지"


def _first_person(title: str) -> str:
    """I built it: 글쓴이가 만든 이야기."""
    match = FIRST_PERSON.match(title)
    deed = own_deed(title[match.end() :]) if match else None
    if deed is None:
        return ""
    story = f"{deed.which} 이야기입니다." if deed.when == "past" else f"{deed.quoted}는 내용의 글입니다."
    return f"글쓴이가 {story}"


_TAUGHT = (
    "build run train deploy write use create teach make automate debug fine-tune host self-host turn"
    " learn generate implement integrate install connect building running training deploying writing using"
    " fine-tuning creating teaching making automating debugging hacking testing implementing scaling"
    " turning getting reverse-engineering jailbreaking understanding evaluating improving generating"
    " detecting solving extracting optimizing developing designing managing measuring visualizing"
    " simulating protecting replacing coding"
)
_TEACHING = re.compile(
    r"(?:how to |(?:a )?guide to |tutorial: |learn (?:how )?to )"
    rf"|(?=(?:{'|'.join(_TAUGHT.split())})\s)",
    re.IGNORECASE,
)


def _how_to(title: str) -> str:
    """How to do something: 하는 방법을 다룬 글."""
    match = _TEACHING.match(title)
    text = title[match.end() :] if match else ""
    does = _done_to_end(text, ("base", "ing")) if text and not _opens_compound(text) else ""
    return f"{does} 방법을 다룬 글입니다." if does else ""


def _opens_compound(text: str) -> bool:
    """Whether a term of several words opens a text, so that no verb does: scaling laws."""
    term = grammar(text, news=True).piece(0)
    return term is not None and term.end > 1


_LEFT_HOW = re.compile(
    r"\s*(?:[,;:(–—|]|-\s|\b(?:in|on|at|with|for|by|from|via|using|through|under|and|to|as)\b)", re.IGNORECASE
)


def _doing(title: str) -> str:
    """A title that is a deed: 고치는 과정을 다룬 글."""
    if not _IS_DEED.match(title) or _opens_compound(title):
        return ""
    does = _done_to_end(title, ("ing",)) if " from " not in title else ""
    return f"{does} 과정을 다룬 글입니다." if does else ""


_IS_DEED = re.compile(
    r"(?!introducing|announcing|presenting)[a-z]+ing\s(?!.*\b(?:is|are|was|can|will|does|makes?|has|have)\b)",
    re.IGNORECASE,
)


def _in_parts(title: str) -> str:
    """NAME: what it is; or a subject matter and what is said of it."""
    match = PARTED.match(title)
    if match is None:
        return ""
    name, sign, rest = match["name"].strip(), match["sign"].strip(), match["rest"]
    stated = clause_of(rest)
    if stated and stated.whole:
        return framed(rest)
    is_name = bool(re.fullmatch(NAME_RUN, name) or (sign != "," and re.fullmatch(r"[\w.+-]+", name)))
    if is_name and not _does(name) and (what := _thing(name, rest, comma=sign == ",")):
        return what
    if sign == ",":
        return ""
    if sign != ":" and " " in rest and re.fullmatch(NAME_RUN, rest):
        return _read(name)  # who wrote it
    sentence = _read(rest) if len(rest) >= _LEAST_REST and name.lower() not in table("news person") else ""
    if _NAMES_MATTER.search(sentence) and not _keeps_names(name, sentence):
        return ""  # the terms of the whole headline tell more than a part that is a phrase
    alone = is_name or re.fullmatch("[a-z]+ [A-Z][a-z]+", name) or name.lower() in glossary(news=True).company
    return sentence or ("" if alone else _read(name))


def _keeps_names(name: str, sentence: str) -> bool:
    """Whether the sentence of one part of a headline has the names of the other part."""
    read = grammar(name, news=True)
    return all(subject in sentence for subject in _subjects(read) if subject not in table("everywhere"))


def _does(name: str) -> bool:
    """Whether a verb stands behind the first word of what looks like a name: JetBrains IDEs Go AI."""
    forms = inflected(news=True)
    return " Go " in name or any(forms.get(word.lower(), ("", ""))[1] for word in name.split()[1:])


_LEAST_REST = 12
_PLURAL = re.compile(r"[A-Za-z]+ (?:\S+ )?\S+s\b")  # scan servers
_NAMES_MATTER = re.compile(r"(?<!방법)(?<!과정)(?<!이유)(?<!방식)[을를] 다룬 글입니다\.$")


def _thing(name: str, rest: str, *, shown: bool = False, comma: bool = False) -> str:
    """A thing with a name: the noun of a thing, or the deed it does."""
    known = glossary(news=True)
    called = known.noun[name.lower()] if name.lower() in known.company else name
    who, first = f"{called}{particle(called, '은/는')}", rest.split()[0]
    if (
        first[0].isupper()
        and first.isalpha()
        and first.lower() in known.noun
        and first.lower() in inflected(news=True)
    ):
        return ""  # Model Welfare, Scan Servers: a noun or a verb
    either = singular(rest.split()[0].lower()) in known.noun and not shown
    verb = _PLURAL.match(rest) and inflected(news=True).get(rest.split()[0].lower(), ("", ""))[1] == "base"
    phrase = "" if verb else phrase_of(rest) or phrase_of(rest, left=True)
    if phrase.endswith(tuple(table("news thing"))) and (tells(phrase) or " " in phrase):
        return f"{who} {phrase}입니다."
    does = _done_to_end(rest, ("base", "s")) if not either else ""
    if " " in does:  # what it does needs an object
        return f"{who} {does} 도구입니다."
    whole = phrase_of(rest) if not verb and not comma and not may_act(rest) else ""
    if not whole or not tells(whole, names=True) or called in whole or _HUNG_ON.search(whole):
        return ""
    if name.lower() in known.company:
        return f"{called}의 {whole}{particle(whole, '을/를')} 다룬 글입니다." if not shown else ""
    thing = f"{called}({whole}){particle(called, '을/를')}"
    return f"글쓴이가 {thing} 공개했습니다." if shown else f"{thing} 다룬 글입니다."


def _of_whom(title: str) -> str:
    """Somebody on something: 안드레이 카파시가 … 이야기한 글."""
    match = re.fullmatch(r"(?P<who>[A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){0,2}) on (?P<what>.+)", title)
    if match is None:
        return ""
    who, acts = subject_of(match["who"])
    what = phrase_of(match["what"])
    if not who or not acts or not what or match["who"].lower() not in table("news person"):
        return ""
    return f"{who}{particle(who, '이/가')} {what}에 대해 이야기한 글입니다."


def _of_show(title: str) -> str:
    """A project that its maker shows."""
    if made := _MADE.match(title):
        thing = _WITH_WHAT.split(title[made.end() :], maxsplit=1)[0]
        phrase = phrase_of(thing) or phrase_of(thing, left=True)
        sentence = f"글쓴이가 {phrase}{particle(phrase, '을/를')} 만들어 공개했습니다." if phrase else ""
        return sentence if tells(phrase) else ""
    parted = PARTED.match(title)
    if parted and (what := _thing(parted["name"].strip(), parted["rest"], shown=True)):
        return what
    phrase = phrase_of(title) or ("" if parted else phrase_of(title, left=True))
    if tells(phrase) and " " in phrase and not phrase.startswith("공개"):
        return f"글쓴이가 {phrase}{particle(phrase, '을/를')} 공개했습니다."
    if does := _done_to_end(title, ("base",)):
        return f"글쓴이가 {does} 프로젝트를 공개했습니다."
    return (
        shown_by_name(parted, _about(parted["rest"])) if parted and not _does(parted["name"].strip()) else ""
    )


def _done_to_end(text: str, forms: tuple[str, ...]) -> str:
    """A verb phrase before a noun, whole or up to where it may be left: 검색하는; "" for none."""
    read = grammar(text, news=True)
    if not read.words or read.lower(0) in read.glossary.modifier:
        return ""  # complete voice: no verb
    deed = verb_or_passive(read, 0, text, forms)
    if deed is None or deed.when == "past":
        return ""
    rest = text[read.words[deed.end - 1].end :]
    left_out = rest.strip(" .!?")
    if (left_out and not _LEFT_HOW.match(rest)) or DENIED.search(rest):
        return ""
    return deed.told(deed.stem.which)


_WITH_WHAT = re.compile(r"\s(?:with|using|on|via)\s")  # it was made, or of what: not sure
_MADE = re.compile(
    r"(?:i|we)(?: have)? (?:built|made|created|wrote|developed|vibe-?coded|designed|released|open-sourced)\s"
    r"(?:an?\s)?",
    re.IGNORECASE,
)


def _of_ask(title: str) -> str:
    """A question to the readers: whether something is so, what it is, or what it is about."""
    yes_no, what = _YES_NO.match(title), _WHAT_IS.match(title)
    if yes_no and (question := _inverted(yes_no["help"].lower(), yes_no["rest"])):
        return f"{question} 독자에게 묻는 글입니다."
    if what and (thing := phrase_of(what["thing"])):
        return f"{thing}{particle(thing, '이/가')} 무엇인지 독자에게 묻는 글입니다."
    return ""
