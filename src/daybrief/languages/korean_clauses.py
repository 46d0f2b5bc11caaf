"""Korean of the clauses in headlines: a subject, and what is said of it.

    OpenAI wants to buy Chrome → OpenAI, 크롬을 사들이려 하
    LLMs can not plan          → LLM, 계획할 수 없

A headline is read in the register of news, whose words stand at the end of `ko_glossary.txt`. Its clause is
found at the first verb whose subject and predicate are both sure. What is left out behind it must neither
belong to the verb nor deny it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import msgspec

from daybrief.languages.en import CLOSED, participle, singular, unplural, verb_forms
from daybrief.languages.ko import Stem, money, particle
from daybrief.languages.korean_grammar import Grammar, grammar, noun_phrase
from daybrief.languages.korean_words import (
    Predicate,
    glossary,
    inflected,
    table,
    tells,
)


class NewsDeed(msgspec.Struct, frozen=True, kw_only=True):
    """The predicate of a subject: a verb, an adjective or a noun, when, and the word where it ends."""

    before: str = ""
    stem: Stem
    sort: Literal["verb", "adjective", "noun"] = "verb"
    when: Literal["past", "now", "coming"] = "now"
    end: int

    def told(self, ending: str) -> str:
        """The words before the verb, and an ending."""
        return f"{self.before} {ending}".strip()

    @property
    def politely(self) -> str:
        """공개했습니다, 공개할 예정입니다."""
        if self.sort == "noun":
            return self.told(f"{self.stem}입니다")
        if self.when == "coming":
            return self.told(f"{self.stem.coming} 예정입니다")
        return self.told(self.stem.past if self.when == "past" else self.stem.politely)

    @property
    def quoted(self) -> str:
        """공개한다, 위험하다, 도구라, 공개했다: before 는 or 고."""
        if self.sort == "noun":
            return self.told(self.stem + ("이라" if particle(self.stem, "이/가") == "이" else "라"))
        if self.when == "coming":
            return self.told(f"{self.stem.coming} 것이라")
        if self.when == "past":
            return self.told(self.stem.did_plainly)
        if self.stem.endswith("아니"):
            return self.told(f"{self.stem}라")
        return self.told(self.stem + "다" if self.sort == "adjective" else self.stem.plainly)

    @property
    def which(self) -> str:
        """공개하는, 공개한, 공개할, 위험한: before a noun."""
        if self.sort == "noun":
            return self.told(f"{self.stem}인")
        if self.when == "coming":
            return self.told(self.stem.coming)
        if self.stem.endswith(("있", "없")) and self.when == "now":
            return self.told(f"{self.stem}는")
        return self.told(
            self.stem.did if self.when == "past" or self.sort == "adjective" else self.stem.which
        )


class NewsClause(msgspec.Struct, frozen=True, kw_only=True):
    """A subject and what is said of it; `acts`: it is somebody who does things, not a kind of things."""

    who: str
    deed: NewsDeed
    acts: bool
    whole: bool

    @property
    def subject(self) -> str:
        """The subject with its particle."""
        return f"{self.who}{particle(self.who, '이/가')}"


def wears_capitals(title: str) -> bool:
    """Whether a headline writes its words with capitals, so that none of them makes a name."""
    longer = [word for word in title.split()[1:] if len(word) > 3 and word[:1].isalpha()]
    return 2 * sum(word[:1].isupper() for word in longer) > len(longer)


_DRESS = tuple(
    (re.compile(pattern, re.IGNORECASE if fold else 0), plain)
    for pattern, plain, fold in (
        (r"\bwon['’]t\b", "will not", True),
        (r"\bcan(?:['’]t|not)\b", "can not", True),
        (r"n['’]t\b", " not", True),
        (r"\b(it|he|she|that|here|there|what|who|how)['’]s\b", r"\1 is", True),
        (r"['’]re\b", " are", False),
        (r"['’]ve\b", " have", False),
        (r"['’]m\b", " am", False),
        (r"\b(open|vibe|reverse)[ -](sourc|cod|engineer)(?=(?:es|ed|s|ing)\b)", r"\1-\2", True),
        (r"\b(?:my|your|his|her|their|our)\s(?:own\s)?", "", True),
        (r"\s?[(\[](?:pdf|video|audio|updated?|(?:19|20)\d\d|paper explained|redux)[)\]]", "", True),
        (r"\s?\((?:YC )?[WSFX]\d\d\)", "", False),
        (r"[\"“”‘]|(?<!\w)['’]|(?<!s)['’](?!\w)", "", False),
        (r"\s(?:from scratch|in minutes|in seconds|at scale|on a budget)\b", "", True),
        (r"\bA\.I\.?(?=\s|$)", "AI", False),
        (r"\bU\.S\.?(?=\s|$)", "US", False),
        (r"\s(?:right )?now(?=$|\s)", "", True),
        (r"\b[Uu]s\b", "ourselves", False),  # not the country
        (r"\b(?:just|finally|officially|quietly|also|already|still|even|actually|really) ", "", True),
    )
)  # what is written short or only dresses a headline, and how it is read


def plain_headline(title: str, *, shown: bool = False) -> str:
    """A headline without its dress, its short forms written out, known words of it in lower case.

    A name before a colon or a dash stays as it is written; that of a thing `shown` may be of any words.
    """
    for pattern, plain in _DRESS:
        title = pattern.sub(plain, title)
    title = " ".join(title.split()).strip(" .!")
    parted = PARTED.match(title)
    name = parted["name"].split() if parted else []
    shaped = shown or len(name) == 1 or any(re.search(r"\w[A-Z\d]", word) for word in name)
    kept = len(parted["name"]) if parted and len(name) < _MOST_OF_NAME and shaped else 0
    return title[:kept] + _lowered(title[kept:], titled=wears_capitals(title), first=not kept)


_MOST_OF_NAME = 4  # words


def _lowered(text: str, *, titled: bool, first: bool) -> str:
    """A text with its known words in lower case: all of them, or the first where the others make names."""
    known, forms = glossary(news=True), inflected(news=True)

    def lowered(match: re.Match[str]) -> str:
        low = match[0].lower()
        is_word = low in forms or low in CLOSED or low in known.modifier or low in table("adverb")
        is_word = is_word or singular(low) in known.noun or low in _HEAD_WORDS
        opens = first and not match.start()
        return low if is_word and low not in known.company and (titled or opens) else match[0]

    text = re.sub(r"(?<![\w'-])[A-Z][a-z]+(?![\w-])", lowered, text)
    if titled:
        return _HYPHENATED.sub(lambda match: match[0].lower(), text)
    return re.sub(r"^[A-Z][a-z]+(?=-[a-z]+ )", lambda match: match[0].lower(), text) if first else text


_HYPHENATED = re.compile(r"(?<![\w'-])[A-Z][a-z]+(?:-[A-Z]?[a-z]+)+(?![\w-])")
_HEAD_WORDS = frozenset("says said tells told plans wants tries fails refuses introducing announcing".split())


def phrase_of(text: str, *, left: bool = False) -> str:
    """A noun phrase, whole or up to where it may be left; "" where a word is not sure."""
    text = DETERMINED.sub("", text.strip(" .!:"))
    if _BY_WHOM.search(text):
        return ""
    if re.fullmatch(NAME_RUN, text) and singular(text.lower()) not in glossary(news=True).noun:
        forms = inflected(news=True)
        if any(word.lower() in forms or word.lower() in CLOSED for word in text.split()):
            return ""
        return unplural(text) if any(sign.isupper() or sign.isdigit() for sign in text[1:]) else ""
    if written := _WRITTEN_IN.match(text):
        inner = phrase_of(written["what"])
        return f"{written['in']}{particle(written['in'], '으로/로')} 작성한 {inner}" if inner else ""
    phrase = noun_phrase(text, whole=not left, left=left, news=True)
    if phrase is None or _OPEN_ENDED.search(phrase.text) or _MISCOUNTED.search(phrase.text):
        return ""
    return "" if _ODD.search(text) else phrase.text


_WRITTEN_IN = re.compile(
    r"(?P<what>.+) in (?:pure |plain |vanilla )?(?P<in>Rust|Python|Go|C\+\+|C|Java|JavaScript|TypeScript|Ruby"
    r"|Haskell|Zig|Swift|Lisp|Erlang|Elixir|Julia|OCaml|Prolog|PHP|Scala|Kotlin)$"
)
# Of weeks, of people: their counters are not known.
_MISCOUNTED = re.compile(r"\d개|\d[kKmM](?:\b|[을를이가])|\d[kKmMbB.]*(?:$|\s(?:를|을|이|가))")
_ODD = re.compile(
    r"^(?:behind|inside|beyond|after|before)\b|\b(?:case|missing|look|dive|way|thing|sense|matter|point)s?\b",
    re.IGNORECASE,
)
_BY_WHOM = re.compile(r"\bby [A-Z]")
DETERMINED = re.compile(r"^(?:the|an?|this|that|these|those)\s", re.IGNORECASE)
NAME_RUN = r"[A-Z][\w.+/-]*(?: (?:[A-Z0-9][\w.+/-]*|\d[\w.]*)){0,3}"
_OPEN_ENDED = re.compile(r"(?:한|는|인|된|운|적인|의)$|(?:모든 것|모두|아무도)$")


def subject_of(text: str) -> tuple[str, bool]:
    """A subject, and whether it is somebody who acts; "" where a word of it is not sure."""
    known = glossary(news=True)
    low = text.lower()
    if low in known.company:
        return known.noun[low], low not in table("news product")
    named = re.fullmatch(NAME_RUN, text)
    if named and re.fullmatch(r"[A-Z][a-z]+s", text) and singular(low) not in known.noun:
        return "", False  # several of what is not known
    if named and singular(low) not in known.noun and not _COMMON.search(low):
        spelt = any(word.lower() in known.noun for word in text.split())
        phrase = noun_phrase(text, whole=True, news=True) if spelt else None
        return (phrase.text if phrase else unplural(text)), True
    whole = noun_phrase(DETERMINED.sub("", text), whole=True, news=True)
    phrase_text = phrase_of(text) if whole and not whole.kept else ""
    last = low.split()[-1] if low.split() else ""
    return phrase_text, phrase_text != "" and (
        singular(last) in table("news doer") or (last in known.company and last not in table("news product"))
    )


_COMMON = re.compile(r"(?:^|\s)(?:ai|llms?|gpts?|agi|ml|nlp)$")


def clause_of(title: str) -> NewsClause | None:
    """The clause of a title at the first verb whose subject and predicate are both sure; whole ones first."""
    read = grammar(title, news=True)
    best: NewsClause | None = None
    for at in range(1, min(_MOST_SUBJECT, len(read.words))):
        if _BAD_SUBJECT.search(title[: read.words[at - 1].end]):
            break
        clause = _clause_at(read, at, title) if _may_be_verb(read, at) else None
        if clause is not None and clause.whole:
            return clause
        best = best or clause
    return best


def _clause_at(read: Grammar, at: int, title: str) -> NewsClause | None:
    """The clause whose verb stands at a word; None where a word of it, or what may be left, is not sure."""
    if read.lower(at) in _UNSURE_VERBS or read.lower(at + 1) in {"making", "letting"}:
        return None
    deed = _deed_at(read, at, title)
    who, acts = subject_of(title[: read.words[at - 1].end]) if deed else ("", False)
    if deed is None or not who or not _goes_with(read, at, deed, acts=acts) or _cut_short(read, deed, title):
        return None
    rest = title[read.words[deed.end - 1].end :]
    whole = not rest.strip(" .!")
    if not whole and deed.stem.endswith("지 않"):
        return None  # by when, or for whom, may be what is denied
    left = LEFT_EVENT if acts and deed.sort == "verb" else _LEFT_CLAIM
    if (not whole and not left.match(rest.lstrip())) or DENIED.search(rest):
        return None
    return NewsClause(who=who, deed=_dated(deed, read, at, acts=acts), acts=acts, whole=whole)


_UNSURE_VERBS = frozenset("make makes accuse accuses accused".split())  # of what, or what of it


def _goes_with(read: Grammar, at: int, deed: NewsDeed, *, acts: bool) -> bool:
    """Whether a verb fits its subject: one thing takes no bare form, a kind of things no bare participle."""
    several = read.words[at - 1].single != read.words[at - 1].lower
    bare = read.inflected.get(read.lower(at), ("", ""))[1] == "base" and deed.sort == "verb"
    return (acts or _states(read, at)) and (several or not bare)


def _states(read: Grammar, at: int) -> bool:
    """Whether a word states something of a kind of things: no "to", no bare participle of theirs."""
    form = read.inflected.get(read.lower(at), ("", ""))[1]
    past = form == "ed" or (not form and read.lower(at) in _passives())
    return read.lower(at) != "to" and (
        not past or (read.lower(at) in _passives() and read.lower(at + 1) == "by")
    )


def _cut_short(read: Grammar, deed: NewsDeed, title: str) -> bool:
    """Whether what is left out belongs to the verb, or what is told of its object says nothing."""
    rest = title[read.words[deed.end - 1].end :].strip()
    if not rest:
        return False
    if rest.startswith(("from ", "to ")) and deed.stem.endswith(_NEEDS_REST):
        return True
    if rest.startswith(("on ", "in ", "at ")) and deed.stem in _COMPARES:
        return True  # in what alone
    if _HANGS_ON_OBJECT.match(rest) and re.fullmatch(r"[가-힣]+", deed.before):
        return True  # lifts a ban on
    object_ = " ".join(word for word in deed.before.split() if _bare(word) not in table("everywhere"))
    return deed.sort == "verb" and bool(deed.before) and not tells(object_, names=True)


def _bare(word: str) -> str:
    return re.sub(r"(?:을|를|이|가|에|에서|으로|로|와|과)$", "", word)


_HANGS_ON_OBJECT = re.compile(r"(?:on|of|to|for|against|about|over|into|between|as|that)\s")
_NEEDS_REST = ("중단하", "막", "방지하", "원하", "필요로 하", "요청하", "요구하", "허용하")
_COMPARES = frozenset("앞지르 능가하 뛰어넘 이기 필적하".split())
_VAGUE = re.compile(r"(?<![가-힣])(?<!모든 )것(?:을|이|에)")
_AGREEMENT = "계약|협약|협정|제휴"
_FITS = {  # a verb → the only objects it takes
    "맺": _AGREEMENT, "체결하": _AGREEMENT, "통과시키": "법안|법|규칙|결의안", "알리": "소식|사실",
}  # fmt: skip
_UNFIT = {"출시하": "조사|수사|공격|소송|색인", "만들": "돈"}  # objects that want another verb
_MOST_SUBJECT = 12
_BAD_SUBJECT = re.compile(
    r"[:?;–—|]|\s-\s|\b(?:that|which|who|if|when|i|we|you)\b|^(?:how|why|what|when|where|show|get|let"
    r"|(?!training|learning|reasoning|meeting|coding|pricing|engineering|fine-tuning|prompting|vibe)\w+ing)\b"
    r"|\w\wly$",
    re.IGNORECASE,
)
DENIED = re.compile(
    r"\b(?:not|no|never|without|nobody|none|nor|cannot|few|hardly|barely|only|unless|except)\b", re.IGNORECASE
)
LEFT_EVENT = re.compile(
    r"\s*(?:[,;:(–—|]|-\s|\b(?:after|amid|as|in|on|at|with|for|over|by|from|via|during|following|despite"
    r"|while|before|because|since|and|through|under|ahead|to)\b)",
    re.IGNORECASE,
)
_LEFT_CLAIM = re.compile(
    r"(?:[;(–—|]|-\s|:\s|, (?:and|but|so|not|says?|it)\b|\b(?:via|using|because)\b)", re.IGNORECASE
)


def _may_be_verb(read: Grammar, at: int) -> bool:
    low = read.lower(at)
    return low in read.inflected or low in _HELPING or low in _says() or low in _alone() or low in _passives()


_BE = frozenset("is are was were".split())
_MODAL = frozenset("can could may might will should must to does do did".split())
_HELPING = (
    _BE | _MODAL
    | frozenset(
        "has have plans wants fails failed refuses refused agrees agreed starts begins begin start started"
        " began stops stopped considers tries vows aims threatens decides continues".split()
    )
)  # fmt: skip


def _dated(deed: NewsDeed, read: Grammar, at: int, *, acts: bool) -> NewsDeed:
    """The deed with its time: what somebody does in a headline is done."""
    form = (
        read.inflected.get(read.lower(at), ("", ""))[1]
        or (_alone() | _passives()).get(read.lower(at), ("", ""))[1]
    )
    done = form == "ed" or (acts and form in {"s", "base"})
    helps = read.lower(at) in _HELPING and read.lower(at + 1) in {"to", "not"}
    past = deed.when == "now" and deed.sort == "verb" and done and not helps
    return msgspec.structs.replace(deed, when="past") if past else deed


@cache
def _says() -> dict[str, str]:
    """Every form of a verb of saying → its noun in Korean."""
    return {
        form: noun
        for verb, noun in table("news says").items()
        for name, form in verb_forms(verb)
        if name != "ing"
    }


@cache
def _alone() -> dict[str, tuple[str, str]]:
    """Forms of verbs without an object, by their first word: (the whole form, its name)."""
    forms: dict[str, tuple[str, str]] = {}
    for verb in table("news alone"):
        first = verb.partition(" ")[0]
        for name, form in verb_forms(first):
            forms.setdefault(form, (verb, name))
    return forms


@cache
def _passives() -> dict[str, tuple[str, str]]:
    """Participles of verbs whose passive is known: (the verb, ed)."""
    return {participle(verb).split()[0]: (verb, "ed") for verb in table("news passive")}


def _deed_at(read: Grammar, at: int, title: str) -> NewsDeed | None:
    """The predicate from a word on: a helping verb with its verb, a saying, a passive, a verb."""
    low = read.lower(at)
    if low in _BE:
        return _being(read, at, title)
    if low in _MODAL:
        return _helped(read, at, title)
    if low in _AUXILIARIES and (deed := _auxiliary(read, at, title)):
        return deed
    if low in {"has", "have"}:
        return _having(read, at, title)
    if low in _says() and (deed := _saying(read, at, title)):
        return deed
    return verb_or_passive(read, at, title, ("s", "base", "ed"))


def verb_or_passive(read: Grammar, at: int, title: str, forms: tuple[str, ...]) -> NewsDeed | None:
    """A verb with its object, a passive or a verb without one; None where a word of it is not sure."""
    if read.lower(at) in _passives() and read.lower(at + 1).endswith("ing"):
        return None  # caught cheating
    predicate = read.predicate(at, forms)
    if predicate is not None and sure_object(predicate):
        return NewsDeed(before=predicate.before, stem=predicate.stem, end=predicate.end)
    undergone = "ed" in forms and _passives().get(read.lower(at), ("",))[0] in table("news undergone")
    if passive := _passive(read, at) if undergone or read.lower(at + 1) == "by" else None:
        return passive
    return _without_object(read, at, title, forms)


def sure_object(predicate: Predicate) -> bool:
    """Whether a predicate has an object that names something, and fits its verb."""
    fits = _FITS.get(str(predicate.stem))
    if fits and not re.search(rf"(?:{fits})[을를]$", predicate.before):
        return False
    unfit, object_ = _UNFIT.get(str(predicate.stem)), predicate.before
    if unfit and re.search(rf"(?:{unfit})[을를]$", object_):
        return False
    return bool(object_) and not (_MISCOUNTED.search(object_) or _VAGUE.search(object_))


def _without_object(read: Grammar, at: int, title: str, forms: tuple[str, ...]) -> NewsDeed | None:
    """A verb that needs no object, where nothing follows that it might take."""
    known = _alone().get(read.lower(at))
    if known is None or known[1] not in forms:
        return None
    for verb, korean in table("news alone").items():
        first, *rest = verb.split()
        if _alone().get(read.lower(at), ("", ""))[0].split()[0] != first:
            continue
        if [read.lower(at + 1 + n) for n in range(len(rest))] != rest:
            continue
        end = at + 1 + len(rest)
        if _ENDS_ALONE.match(title[read.words[end - 1].end :]):
            return NewsDeed(stem=Stem(korean), sort="adjective" if korean == "중요하" else "verb", end=end)
    return None


_ENDS_ALONE = re.compile(
    r"\s*(?:$|[.,;:!(–—]|\b(?:after|amid|as|in|at|following|over|on|by|for|from|because)\b)", re.IGNORECASE
)


def _passive(read: Grammar, at: int) -> NewsDeed | None:
    """A participle and by whom, where no object follows: 인수되."""
    known = _passives().get(read.lower(at))
    if known is None or (read.piece(at + 1) is not None and read.lower(at + 1) not in CLOSED):
        return None
    stem, before, end = Stem(table("news passive")[known[0]]), "", at + 1
    if read.lower(end) == "by" and (doer := read.phrase(end + 1, inside_verb=True)):
        before, end = f"{doer.text}에 의해", doer.end
        if stem.endswith(("당하", "받")):
            before = f"{doer.text}에"
    elif read.lower(end) == "by":
        return None
    return NewsDeed(before=before, stem=stem, end=end, when="past")


def _being(read: Grammar, at: int, title: str) -> NewsDeed | None:
    """Is a noun, an adjective, a participle, doing something, to do it."""
    denied = read.lower(at + 1) == "not"
    start = at + 1 + denied
    when: Literal["past", "now"] = "past" if read.lower(at) in {"was", "were"} else "now"
    if read.lower(start) == "being":
        start, when = start + 1, "now"
    if (read.lower(start), read.lower(start + 1), read.lower(start + 2)) == ("in", "talks", "to"):
        talks = verb_or_passive(read, start + 3, title, ("base",))
        stem = Stem(f"{talks.stem.which} 방안을 협의하고 있") if talks else Stem("")
        return msgspec.structs.replace(talks, stem=stem) if talks and not denied else None
    if (read.lower(start), read.lower(start + 1)) == ("going", "to") and not denied:
        return _helped(read, start + 1, title)
    if (going := _GOING_ON.get(read.lower(start))) and not denied:
        return _auxiliary(read, start, title, going)
    if passive := _passive(read, start):
        deed = msgspec.structs.replace(passive, when=when)
    elif read.lower(start) == "to" and (planned := _helped(read, start, title)):
        deed = planned
    elif (doing := read.predicate(start, ("ing",))) and sure_object(doing):
        deed = NewsDeed(before=f"{doing.before}", stem=Stem(f"{doing.stem}고 있"), end=doing.end, when=when)
    else:
        return _adjective(read, start, when, denied=denied, title=title) or _noun(
            read, start, when, denied=denied
        )
    return _denied(deed) if denied else deed


def _denied(deed: NewsDeed) -> NewsDeed:
    return msgspec.structs.replace(
        deed, stem=Stem(f"{deed.stem}지 않"), sort=deed.sort if deed.sort != "noun" else "verb"
    )


_ADJECTIVES = (
    ("로운", "롭"), ("적인", "적이"), ("한", "하"), ("된", "되"), ("있는", "있"), ("없는", "없"), ("은", ""),
)  # fmt: skip


def _adjective(
    read: Grammar, at: int, when: Literal["past", "now"], *, denied: bool, title: str
) -> NewsDeed | None:
    """A predicate adjective from the glossary's modifier: 위험한 → 위험하."""
    very = ""
    if read.lower(at) in {"too", "so", "very", "more", "most", "less"}:
        very = {"more": "더", "too": "지나치게", "so": "매우", "very": "매우"}.get(read.lower(at), "")
        at += 1
        if not very:
            return None
    korean = read.glossary.modifier.get(read.lower(at), "")
    rest = title[read.words[at].end :] if at < len(read.words) else "x"
    open_ended = _ENDS_OFFER if read.lower(at) in {"available", "open", "free", "ready"} else _ENDS_CLAIM
    if not korean or not open_ended.match(rest):
        return None
    for ending, stem_end in _ADJECTIVES:
        if korean.endswith(ending) and ending != "은":
            stem = Stem(korean[: -len(ending)] + stem_end)
            sort: Literal["verb", "adjective"] = "verb" if ending in {"된"} else "adjective"
            deed = NewsDeed(before=very, stem=stem, sort=sort, when=when, end=at + 1)
            if denied:
                return msgspec.structs.replace(deed, stem=Stem(f"{stem}지 않"), sort="adjective")
            return deed
    return None


_ENDS_OFFER = re.compile(r"\s*(?:$|[.,;:!(–—]|(?:in|on|for|to|via|through|as|at|with)\b)")
_ENDS_CLAIM = re.compile(r"\s*(?:$|[.,;:!(–—])")


def _noun(read: Grammar, at: int, when: Literal["past", "now"], *, denied: bool) -> NewsDeed | None:
    """A predicate noun, with or without "not"; a word in -ing may be what is done."""
    phrase = read.phrase(at) if not read.lower(at).endswith("ing") else None
    if phrase is None or _OPEN_ENDED.search(phrase.text) or when == "past":
        return None
    if denied:
        mark = particle(phrase.text, "이/가")
        return NewsDeed(before=f"{phrase.text}{mark}", stem=Stem("아니"), sort="adjective", end=phrase.end)
    return NewsDeed(stem=Stem(phrase.text), sort="noun", end=phrase.end)


def _helped(read: Grammar, at: int, title: str) -> NewsDeed | None:
    """Can, may, will, should, must, to, does (not) do something."""
    help_, denied = read.lower(at), read.lower(at + 1) == "not"
    start = at + 1 + denied
    be = read.lower(start) == "be"
    deed = _being(read, start, title) if be else verb_or_passive(read, start, title, ("base",))
    if deed is None or (be and deed.sort == "noun"):
        return None
    when: Literal["past", "now", "coming"] = (
        "coming" if help_ in {"will", "to"} else "past" if help_ == "did" else "now"
    )
    if help_ in {"should", "must"}:
        ought = f"{deed.stem}지 말아야 하" if denied else f"{deed.stem.joined}야 하"
        return msgspec.structs.replace(deed, stem=Stem(ought), sort="verb", when=when)
    if help_ in {"can", "could", "may", "might"}:
        unable = denied and help_ in {"can", "could"}
        able = (
            f"{deed.stem.coming} 수 없"
            if unable
            else f"{deed.stem}지 않을 수 있"
            if denied
            else deed.stem.can
        )
        return msgspec.structs.replace(deed, stem=Stem(able), sort="adjective", when=when)
    stem = Stem(f"{deed.stem}지 않") if denied else deed.stem
    return msgspec.structs.replace(deed, stem=stem, when=when)


def _having(read: Grammar, at: int, title: str) -> NewsDeed | None:
    """Has (not) done something, has been done."""
    denied = read.lower(at + 1) == "not"
    start = at + 1 + denied
    if read.lower(start) == "been":
        deed = _passive(read, start + 1)
    else:
        deed = verb_or_passive(read, start, title, ("ed",))
        deed = None if deed is not None and read.lower(start) in _passives() and not deed.before else deed
    if deed is None:
        return None
    deed = msgspec.structs.replace(deed, when="past")
    return _denied(deed) if denied else deed


_AUXILIARIES: dict[str, tuple[str, str]] = {  # a verb → how it is said with the one behind it, and its form
    "plans": ("{coming} 계획이", "to"), "wants": ("{base}려 하", "to"), "tries": ("{base}려 하", "to"),
    "aims": ("{base}려 하", "to"),
    "fails": ("{which} 데 실패하", "to"), "failed": ("{which} 데 실패하", "to"),
    "refuses": ("{base}기를 거부하", "to"), "refused": ("{base}기를 거부하", "to"),
    "agrees": ("{base}기로 합의하", "to"), "agreed": ("{base}기로 합의하", "to"),
    "decides": ("{base}기로 결정하", "to"), "vows": ("{base}겠다고 밝히", "to"),
    "threatens": ("{base}겠다고 위협하", "to"), "continues": ("계속 {base}", "to"),
    "starts": ("{base}기 시작하", "both"), "start": ("{base}기 시작하", "both"),
    "started": ("{base}기 시작하", "both"), "begins": ("{base}기 시작하", "both"),
    "begin": ("{base}기 시작하", "both"), "began": ("{base}기 시작하", "both"),
    "stops": ("{base}기를 멈추", "ing"), "stopped": ("{base}기를 멈추", "ing"),
    "considers": ("{which} 방안을 검토하", "ing"),
}  # fmt: skip
_GOING_ON = {
    "starting": "starts", "beginning": "begins", "planning": "plans", "trying": "tries",
    "considering": "considers",
}  # fmt: skip


def _auxiliary(read: Grammar, at: int, title: str, verb: str = "") -> NewsDeed | None:
    template, form = _AUXILIARIES[verb or read.lower(at)]
    infinitive = read.lower(at + 1) == "to"
    if infinitive and form in {"to", "both"}:
        inner = verb_or_passive(read, at + 2, title, ("base",))
    elif not infinitive and form in {"ing", "both"}:
        inner = verb_or_passive(read, at + 1, title, ("ing",))
    else:
        return None
    if inner is None:
        return None
    phrase = template.format(base=inner.stem, coming=inner.stem.coming, which=inner.stem.which)
    when: Literal["past", "now"] = "past" if not template.endswith(("려 하", "계획이")) else "now"
    return msgspec.structs.replace(inner, stem=Stem(phrase), when=when)


def _saying(read: Grammar, at: int, title: str) -> NewsDeed | None:
    """Says that something is so: 위험하다고 말했습니다."""
    noun = _says()[read.lower(at)]
    start = at + 1 + (read.lower(at + 1) == "that")
    if start >= len(read.words):
        return None
    if read.lower(start) in {"it", "he", "she", "they"}:
        own = _deed_at(read, start + 1, title)
        if own is None or (own.sort == "noun" and own.when == "past"):
            return None
        return NewsDeed(before=f"{own.quoted}고", stem=Stem(f"{noun}하"), end=own.end, when="past")
    inner = clause_of(title[read.words[start - 1].end :].strip())
    if inner is None:
        return None
    deed = inner.deed
    quotation = f"{inner.subject} {deed.quoted}고"
    return NewsDeed(before=quotation, stem=Stem(f"{noun}하"), end=start + deed.end, when="past")


def turned(help_: str, rest: str) -> NewsClause | None:
    """The clause of a question: are models good → models are good."""
    read = grammar(rest, news=True)
    for at in range(1, min(_MOST_SUBJECT, len(read.words))):
        subject_text = rest[: read.words[at - 1].end]
        who, acts = subject_of(subject_text)
        if not who:
            continue
        behind = rest[read.words[at - 1].end :].strip()
        stated = f"{subject_text} {help_} {behind}"
        again = grammar(stated, news=True)
        deed = _being(again, at, stated) if help_ in _BE else _helped(again, at, stated)
        if deed is not None and not stated[again.words[deed.end - 1].end :].strip(" ?.!"):
            return NewsClause(who=who, deed=deed, acts=acts, whole=True)
    return None


FIRST_PERSON = re.compile(r"(?:i|we)(?: have| 've)? ", re.IGNORECASE)


def own_deed(text: str) -> NewsDeed | None:
    """The deed of the author: a verb in the past or present, whole or up to where it may be left."""
    read = grammar(text, news=True)
    if not read.words:
        return None
    deed = _deed_at(read, 0, text)
    if deed is None or deed.sort != "verb":
        return None
    rest = text[read.words[deed.end - 1].end :]
    if (rest.strip(" .!") and not LEFT_EVENT.match(rest)) or DENIED.search(rest):
        return None
    if _cut_short(read, deed, text):
        return None
    past = read.inflected.get(read.lower(0), ("", ""))[1] == "ed" or read.lower(0) in _passives()
    return msgspec.structs.replace(deed, when="past" if past else deed.when)


PARTED = re.compile(r"^(?P<name>[^:–—|,]{2,60}?)(?P<sign>\s?:|\s[–—|-]|,)\s(?P<rest>.{4,})$")


SUM_NAME, SUM_LETTERS = "Qsum", "AEIOU"  # a name spoken with an open end, as 달러 is
_BOUNDS = {
    "up to": "최대 {}", "over": "{} 이상", "more than": "{} 이상", "at least": "최소 {}", "nearly": "약 {}",
    "around": "약 {}", "about": "약 {}", "roughly": "약 {}", "almost": "약 {}",
}  # fmt: skip
_SUM_IN = re.compile(
    rf"(?:\b(?P<bound>{'|'.join(_BOUNDS)}) )?"
    r"(?P<sum>[$€£]\d[\d,.]*+(?:\s?(?:bn|[BMKTbmk]|billion|million|thousand|trillion)\b)?)(?P<more>\+)?"
)


def summed(title: str) -> tuple[str, tuple[str, ...]]:
    """The title with a name in place of each sum of money that can be read, and those sums in Korean."""
    sums: list[str] = []

    def named(match: re.Match[str]) -> str:
        amount = money(match["sum"])
        if not amount or len(sums) == len(SUM_LETTERS):
            return match[0]
        if match["more"]:
            amount = f"{amount} 이상"
        sums.append(_BOUNDS[match["bound"]].format(amount) if match["bound"] else amount)
        return f"{SUM_NAME}{SUM_LETTERS[len(sums) - 1]}"

    return _SUM_IN.sub(named, title), tuple(sums)
