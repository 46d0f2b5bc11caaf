"""Korean sentences about headlines: what news tell, and what the title of a paper says it is about.

    who did what → 아마존이 Anthropic에 40억 달러를 투자할 예정입니다.
    a title      → 언어 모델이 환각을 탐지할 수 있는지를 다룬 논문입니다.

A title is told as a question, a statement, a deed or a noun phrase, else by the terms that stand alone in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from msgspec.structs import replace

from daybrief.languages.en import DETERMINERS, PREPOSITIONS
from daybrief.languages.ko import particle
from daybrief.languages.korean_frames import (
    ANY_MATTER,
    MOST_OF_MATTER,
    cut_shape,
    done_with,
    field,
    framed,
    named,
    opened,
)
from daybrief.languages.korean_grammar import Grammar, grammar, noun_phrase
from daybrief.languages.korean_slots import (
    AI_INSIDE,
    HEAD_ENDS,
    SUM_LETTERS,
    SUM_NAME,
    is_word,
    lowered,
    named_surely,
    phrase,
    product,
    proper,
    spelled_out,
    subjects,
    summed,
    thing,
)
from daybrief.languages.korean_words import (
    MOST_TERMS,
    Rendered,
    glossary,
    inflected,
    kinds,
    paper_on,
    table,
    tells,
    terms_of,
    thin,
    weighty,
)
from daybrief.languages.tables import HeadlineFact, TopicFact

_LEAST_TERM = 3  # letters of a term that stands for a whole paper
_ASKS = frozenset("can could do does will should".split())


def topic(fact: TopicFact) -> str:
    """The sentence that names a headline's subject; "" where no word of it is sure."""
    if not fact.paper:
        return _beginning(fact) if fact.begins else _news_line(fact)
    read = grammar(fact.title)
    if fact.loose:
        return _loosely(read)
    if not fact.whole:
        terms = (term for term in _subjects(read) if not term.isascii() and term not in table("means"))
        known = set(" ".join(_subjects(grammar(fact.near))).split()) - glossary().generic
        return paper_on(tuple(term for term in terms if not fact.near or known & set(term.split())))
    if kind := _STUDY_KIND.search(fact.title):
        return _of_kind(fact.title[: kind.start()], kind["kind"].lower())
    if statement := _question(read) or _statement(read):
        return f"{statement} 다룬 논문입니다."
    if study := _study_of(read, fact.title):
        return study
    if _WH.match(fact.title):
        return ""  # what benchmarks measure: a noun there may be a verb
    command = _COMMANDS.match(fact.title) or _gerund(read, fact.title)  # a verb or a question word, no noun
    title = fact.title[command.end() :] if command else fact.title
    toward = _TOWARD.match(title)
    aim = title[toward.end() :] if toward else title
    phrase = noun_phrase(aim, whole=True) or noun_phrase(aim, left=True)
    if phrase is not None and title == fact.title and _told_of(phrase, aim):
        if toward:
            return f"{phrase.text}{particle(phrase.text, '을/를')} 지향하는 연구입니다."
        return _titled(fact, phrase.text)
    return _by_terms(title)


def _loosely(read: Grammar) -> str:
    """The sentence of a paper of which nothing else is sure: its terms in Korean, without names."""
    things = set(kinds().values())
    for terms in (_subjects(read), _terms(read)):
        sure = [term for term in terms if term not in table("means") | table("studies")]
        sure = ["거대언어모델" if term == "LLM" else term for term in sure if weighty(term)]
        native = [t for t in sure if not re.search("[A-Za-z]", t) and not set(t.split()) <= things]
        if about := paper_on([term for term in native if tells(term)] or native, least=_LEAST_TERM):
            return about
    return ""


def _gerund(read: Grammar, title: str) -> re.Match[str] | None:
    """A title's first word that may be a verb with its object: Grounding Driving Models."""
    opening = _ING.match(title)
    first = read.piece(0) if opening else None
    alone = first is not None and first.end == 1 and read.piece(1) is not None
    return opening if alone else None


_COMMANDS = re.compile(
    r"(?:use|build|learn|teach|let|make|do|don't|train|ask|see|find|get|leverage|improve|boost|unlock|think|rethink"
    r"|stop|keep|look|know|mind|can|is|are|does|do|when|why|what|how|where|who|which"
    r"|benchmark(?! (?:for|of|on|data|suite)))\s",
    re.IGNORECASE,
)
_ING = re.compile(r"[A-Za-z]+ing\s")


def _by_terms(title: str) -> str:
    """The sentence that lists the terms of a title's matter, up to what it is done with or rests on."""
    name, colon, rest = title.partition(": ")
    front = rest if colon and " " not in name else name
    doing = _ING.match(front)
    subject = _DENIED.split(front[doing.end() :] if doing else front, maxsplit=1)[0]
    matter = grammar(_MEANS.split(subject, maxsplit=1)[0])
    for terms in (_terms(matter), _subjects(matter)):
        heavy = tuple(term for term in terms if tells(term) and weighty(term) and term not in table("means"))
        if topic_ := paper_on(tuple(term for term in heavy if not term.endswith(tuple(table("studies"))))):
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
        does = at and read.lower(at - 1) in _BEFORE_VERB and read.lower(at) in inflected()
        if (len(pieces) > 1 and read.gerund_opens(at)) or does:
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


_BEFORE_VERB = frozenset("to can could may might must should will would cannot".split())
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
    end = read.words[predicate.end - 1].end if predicate else 0
    if predicate is None or not sure or not _may_end(title, end):
        return ""
    if thin(predicate.object_alone(), title, end):
        return ""  # redundancy: of what, is left out
    way = "방법을 학습하는 " if learning else ""
    return f"{predicate.said(lambda stem: stem.which)} {way}연구입니다."


def _may_end(title: str, end: int) -> bool:
    """Whether a title may be left here: at its end, or before what only says how or where."""
    return not title[end:].strip(" .?!:") or bool(_HOW_OR_WHERE.match(title, end))


_HOW_OR_WHERE = re.compile(r"\s(?:for|via|through|using|with|in|on|by|from|under|across|at)\s")


_TITLE_CASE = re.compile(r"[가-힣] [A-Z][a-z][\w-]* [A-Z][a-z]")  # words of a title that are no name of it


def _told_of(phrase: Rendered, title: str) -> bool:
    """Whether a noun phrase tells a title: the whole of it, or all before what says how or where."""
    words = grammar(title).words
    end = words[phrase.end - 1].end
    whole = not title[end:].strip(" .?!:")
    enough = not phrase.kept and (whole or (phrase.details > 0 and _may_end(title, end)))
    return enough and tells(phrase.text, names=True) and not _TITLE_CASE.search(phrase.text)


def _of_kind(title: str, kind: str) -> str:
    """A title that ends by saying what sort of study it is: A Survey, An Empirical Study."""
    *manner, noun = kind.split()
    label = " ".join([*(table("study manner")[word] for word in manner), table("study kind")[noun]])
    read = grammar(title)
    predicate = read.predicate(0, ("ing",))
    if predicate and predicate.end == len(read.words):
        about = " 방법에 대한" if noun in {"survey", "review", "tutorial", "overview"} else ""
        return f"{predicate.said(lambda stem: stem.which)}{about} {label}입니다."
    phrase = noun_phrase(title, whole=True) if not _COMMANDS.match(title) else None
    return f"{phrase.text}에 대한 {label}입니다." if phrase and tells(phrase.text, names=True) else ""


def _titled(fact: TopicFact, text: str) -> str:
    """A title that is a noun phrase: what the paper is, what it offers, or what it is about."""
    if text.endswith(tuple(table("studies"))) or _IS_STUDY.search(text):
        return f"{text}입니다."
    if text.endswith(tuple(kinds().values())) and _SINGLE.match(fact.title):
        return (
            f"{fact.name}{particle(fact.name, '은/는')} {text}입니다."
            if fact.name
            else f"{text}{particle(text, '을/를')} 제안한 논문입니다."
        )
    return paper_on((text,))


_IS_STUDY = re.compile(r"에 대한 (?:[가-힣]+ ){0,2}(?:연구|분석|조사|서베이|리뷰|개요)$")
_WH = re.compile(r"(?:what|who|which|where|when|why|how)\b[^:]*\?", re.IGNORECASE)
_SINGLE = re.compile(r"(?:an?|the first|one)\s", re.IGNORECASE)
_TOWARD = re.compile(r"towards?\s(?!\w+ing\b)", re.IGNORECASE)


def _news_line(fact: TopicFact) -> str:
    """The line of a headline that no frame tells: who acts, the kind of matter, else its subjects alone."""
    if len(fact.title) > _MUCH:
        first = _FIRST.split(fact.title, maxsplit=1)[0]
        fact = replace(fact, title=first if len(first) > _LEAST_FIRST else fact.title)
    asks = "ask" if fact.title.endswith("?") and not fact.post else fact.post
    on_site = "" if asks else _on_site(fact.site)
    bare = _subject_line(fact.title, on_site) or _subject_line(
        fact.title, table("subject of")[asks or fact.page or "news"]
    )
    title = spelled_out(fact.title)
    if not bare or len(fact.title) > _LONGEST:
        return "" if fact.sure else bare
    if asks == "show":
        return _matter_of_show(fact.title) or ("" if fact.sure else bare)
    page = "글" if asks else table("page").get(fact.page, "글")
    if asks:
        line = _matter(title, "news asked", page, sought=fact.post == "ask" or fact.page == "talk")
    elif fact.page == "announcement" and (new := proper(title)) and re.search(r"\d", new):
        line = f"{new}{particle(new, '을/를')} 소개하는 글입니다."
    elif about := opened(lowered(summed(title)[0])):
        line = f"{about}{' 다룬' if about.endswith(('을', '를')) else ''} {page}입니다."
    else:
        line = _matter_of_thing(fact.title, fact.page) or _matter(title, "news matter", page)
        line = line or ("" if fact.page in _TELLS else _matter(title, "news claimed", page))
    bare = "" if fact.sure else bare
    line = line or ("" if fact.sure else _of_field(title, page, asks))
    return line if line and _is_korean(line) and SUM_NAME not in line else bare


def _beginning(fact: TopicFact) -> str:
    """A sentence that an article begins with, whole by a frame; "" where a word of it is not sure."""
    text = " ".join(_WHEN.sub("", fact.title).split())
    short = len(text) <= _MOST_TO_BEGIN and not _POINTS.match(text)
    return headline(HeadlineFact(title=text, page=fact.page)) if short else ""


_MOST_TO_BEGIN = 200  # letters of a sentence that an article begins with
_WHEN = re.compile(
    r",? (?:on |late |early )?(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|evening))?(?=[ ,.])"
    r"|,? (?:today|yesterday|(?:this|last) (?:week|month)|this morning)(?=[ ,.])|^(?:Today|This week), ",
    re.IGNORECASE,
)
_POINTS = re.compile(  # at what stands before, or at the writer
    r"(?:It|He|She|They|This|That|These|Those|There|We|I|You|In|And|But|Or|So|As|If|When|While|After|Before"
    r"|The (?:\w+ )?(?:company|startup|firm|update|move|post|image|model|tool|app|group))\b"
)


def _of_field(title: str, page: str, asks: str) -> str:
    """The sentence that names the subjects of a headline and the field of its matter."""
    terms = [term for term in named_surely(title) if SUM_NAME not in term][:_MOST_NAMED]
    own = field(title, terms)
    if not own or not terms:
        return ""
    about = _listed((*terms, own))
    if asks:
        return f"{about}에 관한 물음을 {'던지는' if asks == 'ask' else '담은'} {page}입니다."
    return f"{about}{particle(own, '을/를')} 다룬 {page}입니다."


_FIRST = re.compile(r"(?<=\w{3})\.\s| \| |\n|: «|[.”] [“\"]")  # where a headline ends, and a paragraph begins
_LEAST_FIRST, _MUCH = 30, 120  # characters
_TELLS = ("article", "announcement")  # kinds of page that tell what happens


@cache
def _matters(name: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The kinds of a table with the words that show them."""
    return tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in table(name).items())


def _kind_of_matter(title: str, name: str, page: str) -> tuple[str, str]:
    """The kind of a headline's matter, and the part of the headline whose words show it; "" for none."""
    shown = ((kind, match) for kind, words in _matters(name) if (match := words.search(title)))
    kind, match = next(shown, ("", None))
    if match is None or (page == table("page")["article"] and _VERSUS.search(title)):
        return "", ""  # a quarrel, no test
    ends = [0, *(part.end() for part in _PARTS.finditer(title)), len(title)]
    return kind, next(title[at:end] for at, end in pairwise(ends) if match.end() <= end)


def _matter(title: str, name: str, page: str, *, sought: bool = True) -> str:
    """The sentence that names the subjects of a headline and the kind of its matter."""
    title = _BEFORE.sub("", title)
    written = " ".join(summed(title)[0].split()[:MOST_OF_MATTER])
    kind, part = _kind_of_matter(written, name, page)
    nouns = set(re.findall("[가-힣]{2,}?(?=(?:을|를|이나|나|과)? )", kind)) - _PLAIN
    sure = (named_surely(part) or (() if ";" in written else named_surely(title))) if kind else ()
    terms = [_NEW_PLACE.sub("", term) for term in sure if term not in kind]
    owned = table("news owned kind").get(kind)
    nobody = owned is not None and (set(terms) <= ANY_MATTER or (owned == "name" and not named(terms)))
    if nobody or (kind in table("news sought kind") and not sought):
        return ""
    if kind.startswith("데이터센터의"):
        terms = [term for term in terms if not term.endswith("데이터센터")]
        if not terms:
            return f"{kind} {page}입니다."
    if kind in _SPOKEN:
        terms = [term for term in terms if not term.endswith(_SPEAKERS)] or terms
    if kind in table("news open kind") and set(terms) <= ANY_MATTER:
        terms += filter(None, [field(written, (*terms, kind))])
    alike = [term for term in terms if name == "news matter" and nouns & set(term.split())]
    others = [term for term in terms if term not in alike]
    if "{}" in kind and terms:
        return f"{kind.replace('{}', _listed(terms[:_MOST_NAMED]))} {page}입니다."
    if alike:
        about = _listed((*others[: _MOST_NAMED - 1], alike[0]))
        return f"{about}{particle(about, '을/를')} {kind.rsplit(' ', 1)[-1]} {page}입니다."
    return f"{_listed(terms[:_MOST_NAMED])} 관련 {kind} {page}입니다." if terms else ""


_PARTS = re.compile(r"(?<=\w{3})\. |; | \| ")  # of a headline that tells of several matters
_BEFORE = re.compile(r"^(?:as|after|amid|despite|while|although|following) [^,]*, ", re.IGNORECASE)
_NEW_PLACE = re.compile(r"^(?:새로운|새|최신) (?=[가-힣]+주$)")  # New California study
_VERSUS = re.compile(r"\bvs\b|\bversus\b", re.IGNORECASE)
_SPOKEN = frozenset(("발언을 전하는", "경고를 전하는", "전망을 전하는", "연구나 조사 결과를 다룬"))
_SPEAKERS = ("연구자", "전문가", "과학자", "임원", "직원", "노동자", "교수")
_PLAIN = frozenset(
    ("문제", "결과", "관련", "경험", "글쓴이의", "데이터센터의", "전력", "발표", "소식", "채용")
)
_MOST_NAMED = 2


def _kind_of_thing(text: str) -> str:
    """The noun at the end of what a project is said to be, where it is a kind of thing: 도구."""
    head = HEAD_ENDS.split(text.strip(" .!"), maxsplit=1)[0]
    words = head.split()
    opens = inflected(news=True).get(words[0].lower(), ("", ""))[1] if words else ""
    deed = opens in {"base", "ing"} and words[0].lower() not in glossary(news=True).modifier
    whole = {"a", "an", "the", "its", "your"}.isdisjoint(word.lower() for word in words[1:])
    whole = whole and "&" not in words[-_LAST_WORDS:]
    several = words[:1] and words[0].lower() in _SEVERAL
    return (
        ""
        if deed or several or not whole or not words
        else product(" ".join(words[-2:])) or product(words[-1])
    )


_LAST_WORDS = 3
_SEVERAL = frozenset("every all most some many any no which what these those each best".split())


def _matter_of_show(title: str) -> str:
    """A project that its maker shows, by the kind of thing it is and what it is about."""
    made, parted = _MADE.match(title), _PARTED.match(title)
    text = title[made.end() :] if made else parted["rest"] if parted else title
    if not (kind := _kind_of_thing(text)):
        return ""
    about, own, name = _about(text, kind), _qualified(text, kind), _own_name(title, shown=True)
    what = f"{about} 관련 {kind}" if about else own
    what = f"{what} {name}" if name and not made else what
    return f"글쓴이가 {what}{particle(what, '을/를')} 공개했습니다." if " " in what else ""


_IN_BRACKETS = re.compile(r"\([^()]*\)")
_OWN_PART = re.compile(r" (?:that|which|beats?|using|with|built|written|made) |[,;(]")
_FURTHER_PART = re.compile(r" (?:beats?|using|with|built|written|made|not|without|instead) |[,;(–—]|\. ")


def _about(text: str, kind: str, *, whole: bool = False) -> str:
    """The sure subjects of a text that are not the thing itself; of the `whole` of it, or of what it is."""
    ends = _FURTHER_PART if whole else _OWN_PART
    own = ends.split(_IN_BRACKETS.sub("", text), maxsplit=1)[0]
    terms = [term for term in named_surely(own) if not term.endswith(kind)][:_MOST_NAMED]
    return _listed(terms) if terms else ""


def _matter_of_thing(title: str, page: str) -> str:
    """A thing by its name and kind, or one that the writer made, with its subjects."""
    made, parted = _MADE.match(title), _PARTED.match(_BRACKETS.sub("", title))
    if made and (kind := _kind_of_thing(title[made.end() :])):
        about = _about(title[made.end() :], kind)
        return (
            f"글쓴이가 만든 {about} 관련 {kind}{particle(kind, '을/를')} 소개하는 글입니다." if about else ""
        )
    name = _own_name(title, shown=page == "repository")
    if parted is None or not name or (is_word(name) and not _ODD.search(name)):
        return _kept_in(title) if page == "repository" else ""
    kind = _kind_of_thing(parted["rest"])
    about = _about(parted["rest"], kind or "프로젝트") or (
        _about(parted["rest"], kind, whole=True) if kind else ""
    )
    own = _qualified(parted["rest"], kind) if kind else ""
    about = "" if own and set(about.split()) & set(own.split()) else about
    if not kind:
        project = (
            page == "repository"
            and about not in {"", *table("news thing")}
            and (" " not in name or _ODD.search(name))
        )
        return f"{name}{particle(name, '은/는')} {about} 관련 프로젝트입니다." if project else ""
    if not about:
        return f"{name}{particle(name, '은/는')} {own}입니다." if " " in own else ""
    return f"{name}{particle(name, '은/는')} {about} 관련 {own}입니다."


_ODD = re.compile(r"[a-z][A-Z]|[A-Z]{2}|\d")  # no word is written so


def _kept_in(title: str) -> str:
    """The repository of a thing that its title names without a name of its own."""
    what = thing(title)
    return f"{what}의 코드 저장소입니다." if what else ""


def _qualified(text: str, kind: str) -> str:
    """The kind of a thing with the words before it as far back as they are sure."""
    words = HEAD_ENDS.split(text.strip(" .!"), maxsplit=1)[0].split()
    runs = (phrase(" ".join(words[at:])) for at in range(len(words)))
    return next((run for run in runs if run.endswith(kind)), kind)


def page_of(host: str) -> str:
    """How readers call a page of a host; "" for one that they do not know by name."""
    domain = ".".join(host.split(".")[-2:])
    return table("news site").get(host) or table("news site").get(f"*.{domain}", "")


def _on_site(site: str) -> str:
    """The template of a page of a site that readers know by name; "" for any other."""
    page = page_of(site)
    return f"{{}} 관련 {page}입니다." if page else ""


def _subject_line(title: str, template: str) -> str:
    """The template with as many of a headline's subjects as leave it Korean; "" where none is sure."""
    terms = [term for term in _subjects_of(title) if f" {term} " not in template]  # OpenAI's own
    lines = (template.replace("{}", _listed(terms[:count])) for count in range(len(terms), 0, -1))
    return next(filter(_is_korean, lines), "")


def _subjects_of(title: str) -> tuple[str, ...]:
    """The first sure subjects of a headline, none inside another."""
    named = subjects(spelled_out(title))
    telling = [term for term in named if not any(term != each and term in each for each in named)]
    hidden = AI_INSIDE.search(title)  # AI-saturated
    return tuple(telling[:MOST_TERMS]) or ((hidden[0],) if hidden else ())


def _listed(terms: Sequence[str]) -> str:
    *front, last = terms
    return f"{', '.join(front)}{particle(front[-1], '과/와')} {last}" if front else last


def _is_korean(sentence: str) -> bool:
    """Whether Hangul is as much of the letters as the check of the language asks."""
    own, latin = len(re.findall("[가-힣]", sentence)), len(re.findall("[A-Za-z]", sentence))
    return own >= _LEAST_OWN * (own + latin)


_LEAST_OWN = 0.3


_MEANS = re.compile(
    r"\b(?:via|using|through|with|by|enhanced|leveraging|powered|based|to|on|from|under"
    r"|towards?|against|over|as|reliance|reduced|step)\b",
    re.IGNORECASE,
)
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


# ── headlines of news ───────────────────────────────────────────────────────────────────────────────


def headline(fact: HeadlineFact) -> str:
    """The sentence that says what a headline of news says; "" where a word of it is not sure."""
    if len(fact.title) > _LONGEST or _RUMOURED.search(fact.title):
        return ""
    written, sums = summed(spelled_out(fact.title))
    title = lowered(written)
    if fact.post == "show":
        sentence = _of_show(title, fact.title)
    else:
        sentence = framed(title)
        if not sentence and fact.post != "ask":
            sentence = cut_shape(title) or _named_thing(title, fact.title)
        if _NO_WAY.match(title) if fact.page != "announcement" else _DOING.match(title):
            sentence = "" if _WAY.search(sentence) else sentence
    for letter, amount in zip(SUM_LETTERS, sums, strict=False):
        sentence = sentence.replace(f"{SUM_NAME}{letter}", amount)
    if "글쓴이" not in sentence and not fact.post:
        sentence = re.sub(r"글입니다\.$", f"{table('page').get(fact.page, '글')}입니다.", sentence)
    return sentence if _is_korean(sentence) else ""


_WAY = re.compile(r"방법을 (?:다룬|적은) 글입니다\.$")
_DOING = re.compile(r"[a-z]+ing\b", re.IGNORECASE)  # what a firm does, where the page is its own
_NO_WAY = re.compile(  # a noun as well, or what a firm founds
    r"(?:block|design|measure|structure|control|test|benchmark|host|port|debug|sandbox|monitor)s?\b"
    r"|building (?:.* )?(?:trust|infrastructure|compan\w+|business\w*|communit\w+|partnerships?|economy)\b",
    re.IGNORECASE,
)
_LONGEST = 250  # letters of a headline that is laid beside the frames, which takes quadratic time
_RUMOURED = re.compile(r"\b(?:reportedly(?! in (?:early )?talks)|allegedly|satire|onion)\b", re.IGNORECASE)
_PARTED = re.compile(r"^(?P<name>[^:–—|,]{2,40}?)(?P<sign>\s?:|\s[–—|-]|,)\s(?P<rest>.{4,})$")


def _named_thing(title: str, written: str, *, shown: bool = False) -> str:
    """A name as it is written, and the noun of the thing it is: Ollama는 오픈소스 도구입니다."""
    parted, name = _PARTED.match(title), _own_name(written, shown=shown)
    if parted is None or not name:
        return ""
    sure = _A.match(parted["rest"]) or (parted["sign"] != "," and (shown or not is_word(name)))
    what = thing(parted["rest"], single=True) if sure else ""
    return f"{name}{particle(name, '은/는')} {what}입니다." if what else ""


_A = re.compile(r"(?:an?|the)\s")


def _own_name(title: str, *, shown: bool) -> str:
    """The name that a maker gave a thing; "" where it may be a clause, or is none that is `shown`."""
    parted = _PARTED.match(_BRACKETS.sub("", title))
    words = parted["name"].split() if parted else []
    forms = [inflected(news=True).get(word.lower(), ("", ""))[1] for word in words]
    if not words or len(words) > _MOST_OF_NAME or words[0] in _NO_NAME or forms[0] in {"ing", "ed"}:
        return ""
    name = " ".join(words)
    if not (name[0].isalnum() if shown else name[0].isalpha()):
        return ""
    called = parted is not None and parted["sign"] == "," and not _A.match(parted["rest"])  # Help, I let it
    plain = called and re.fullmatch("[A-Z][a-z]+", name) is not None
    if plain or _ADDRESS.search(name) or "s" in forms[1:] or name.lower() in glossary(news=True).company:
        return ""
    proper = all(re.match(r"[A-Z\d]|v\d", word) for word in words)
    return name if len(words) == 1 or (proper and (shown or not all(map(is_word, words)))) else ""


_BRACKETS = re.compile(
    r"^\s*\[?[^\]\[]{1,20}\]\s*|\s?\((?:YC )?[WSFXP]\d\d\)|^[^\w\s\"'(\[@#$]+\s+|^GitHub - [\w.-]+/"
)
_ADDRESS = re.compile(r"\w\.[a-z]{2,}$")
_NO_NAME = frozenset(
    "I We My Showcase Show Project Update Release Released Introducing Announcing New Try Meet Use Get Build"
    " Make Turn Run Chat Stop Learn Find Create Give Let Add Ask Why How What When Support Help Check Explore"
    " Discover Join Save Automate Generate Meet".split()
)
_MOST_OF_NAME = 3


def _of_show(title: str, written: str) -> str:
    """A project that its maker shows: what it is, or its name and what it is about."""
    made, parted = _MADE.match(title), _PARTED.match(title)
    what = thing(title[made.end() :] if made else title) if made or not parted else ""
    if what and not what.startswith("공개"):
        return f"글쓴이가 {what}{particle(what, '을/를')} {'만들어 ' if made else ''}공개했습니다."
    if sentence := _named_thing(title, written, shown=True):
        return sentence
    if not parted and (does := done_with(title)):
        return f"글쓴이가 {does} 프로젝트를 공개했습니다."
    shown, name = _PARTED.match(written), _own_name(written, shown=True)
    about = _LIKENED.sub("", shown["rest"]) if shown and name else ""
    if _subjects_of(about) in _EMPTY:
        return ""
    return _subject_line(about, f"글쓴이가 {{}} 관련 프로젝트 {name}{particle(name, '을/를')} 공개했습니다.")


_EMPTY = ((), ("오픈소스",), ("프로젝트",))


_LIKENED = re.compile(
    r"\([^)]*\)|^(?:an? |the )?(?!AI|LLM|MCP)[A-Z][\w.]*(?: [A-Z]\w*)? for (?=\w)"
)  # Wireshark for MCP
_MADE = re.compile(
    r"(?:(?:i|we)(?: have)? )?(?:built|made|created|wrote|developed|vibe-?coded|designed|released"
    r"|open-sourced)\s(?:an?\s)?",
    re.IGNORECASE,
)


def wider(bare: str, title: str) -> str:
    """A bare subject of a paper with one more term of its title: 위상 결함과 강화학습을 다룬 논문입니다."""
    subject = _BARE.fullmatch(bare)
    if subject is None or _OTHERWISE.search(title):
        return bare
    known = set(subject[1].split())
    for english, korean in terms_of(title):
        within = re.search(
            rf"-{re.escape(english)}|{re.escape(english)}-|[Hh]ate [\w ]*{re.escape(english)}", title
        )
        beside = within or known & set(korean.split()) or korean in subject[1] or not tells(korean)
        if not beside and weighty(korean) and korean not in table("means") | table("studies"):
            return paper_on((subject[1], korean))
    return bare


_BARE = re.compile(r"((?!.*[과와] )[^,]{2,16})[을를] 다룬 논문입니다\.")
_OTHERWISE = re.compile(  # it may not be about what it names
    r"\b(?:without|beyond|no|not|than|instead|free|vs|versus|rather|from|towards?|if|do|does|can|is|are)\b",
    re.IGNORECASE,
)
