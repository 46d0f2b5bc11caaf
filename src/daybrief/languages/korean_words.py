"""Korean words: verbs with their endings, and what an English word or a preposition becomes.

A syllable of Hangul is a number: initial consonant, vowel, final consonant. Endings open, close or contract
the last syllable of a stem: 탐지하 gives 탐지하는, 탐지합니다, 탐지해; 줄이 gives 줄여, 줄였습니다.

What a word becomes is in the glossary of `ko_glossary.txt`, and in small patterns: a pattern's `{}` is the
Korean phrase, and a mark such as `<을>` the particle that fits it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

import msgspec

from daybrief.languages.en import (
    CAPITAL,
    CLOSED,
    DETERMINERS,
    NUMBER,
    PREPOSITIONS,
    TITLED,
    EnglishWord,
    singular,
    unplural,
    verb_forms,
    words,
)
from daybrief.languages.ko import Stem, last_word, listed, particle


class WordPiece(msgspec.Struct, frozen=True):
    """A run of English words in Korean; `sure`: it names its subject out of context."""

    text: str
    noun: bool
    end: int
    kept: int = 0
    sure: bool = False  # names its subject out of context: a name, a compound


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A phrase in Korean: its text, where in the words it ends, and how much of it tells something.

    `details` counts pieces beyond the bare head; `kept` counts words left in English that are no names.
    """

    text: str
    end: int
    details: int
    kept: int = 0
    several: bool = False  # a list: a clause behind it may belong to its last member alone
    closed: bool = False  # a clause stands behind the head: what follows belongs to its verb


def grown(head: Rendered, text: str, end: int, details: int, kept: int) -> Rendered:
    """The phrase grown to `text`, up to `end`, with so many more details and English words."""
    return Rendered(text=text, end=end, details=head.details + details, kept=head.kept + kept)


def as_list(items: Sequence[Rendered], joint: str) -> Rendered:
    """Several phrases as one."""
    return Rendered(
        text=listed([item.text for item in items], joint),
        end=items[-1].end,
        several=True,
        details=sum(item.details for item in items) + len(items) - 1,
        kept=sum(item.kept for item in items),
    )


class Predicate(msgspec.Struct, frozen=True, kw_only=True):
    """A verb phrase in Korean, open for its ending: everything before the verb, and the verb's stem."""

    before: str
    stem: Stem
    end: int
    details: int
    kept: int = 0

    def object_alone(self) -> Rendered:
        """The object as a phrase of its own."""
        text = re.sub("[을를]$", "", self.before)
        return Rendered(text=text, end=self.end, details=self.details, kept=self.kept)

    def said(self, ending: Callable[[Stem], str]) -> str:
        """The phrase with an ending."""
        return f"{self.before} {ending(self.stem)}".strip()


class Glossary(msgspec.Struct, frozen=True, kw_only=True):
    """English to Korean, by what a word may do in a phrase."""

    noun: dict[str, str]
    modifier: dict[str, str]
    verb: dict[str, str]
    keep: frozenset[str]
    generic: frozenset[str]
    company: frozenset[str]
    names: frozenset[str]  # words of Korean entries that are written in Latin letters


@cache
def _tables() -> dict[str, dict[str, str]]:
    """The tables of the glossary shipped; raises ValueError for an entry that stands twice."""
    tables: dict[str, dict[str, str]] = {}
    text = (files("daybrief") / "languages" / "ko_glossary.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            tables[name] = {}
        elif line and not line.startswith("#"):
            english, _, korean = (part.strip() for part in line.partition("="))
            if english in tables[name]:
                raise ValueError(f"the Korean glossary has {english!r} twice")
            tables[name][english] = korean or english
    return tables


def table(name: str) -> dict[str, str]:
    """A table of the glossary: its head tells what each holds."""
    return _tables()[name]


@cache
def glossary(*, news: bool = False) -> Glossary:
    """The words of phrases; those of headlines too, and first, where it is for `news`."""
    further = {name: table(f"news {name}") if news else {} for name in ("noun", "name", "modifier", "verb")}
    names = table("company") | further["name"]
    return Glossary(
        noun=table("noun") | names | further["noun"],
        modifier=table("modifier") | further["modifier"],
        verb=table("verb") | further["verb"],
        keep=frozenset(table("keep")),
        generic=frozenset(table("generic")),
        company=frozenset(names),
        names=frozenset(word for korean in names.values() for word in korean.split() if word.isascii()),
    )


@cache
def longest_terms() -> dict[str, int]:
    """A first word → how many words the longest term has that begins with it, as far as it has several."""
    longest: dict[str, int] = {}
    known = glossary()
    for term in (*known.noun, *known.modifier):
        signs = [at for at, sign in enumerate(term) if sign in " -"]
        for number, at in enumerate(signs):
            first, length = term[:at], len(signs) - number + 1
            longest[first] = max(longest.get(first, 1), min(length, _MOST_WORDS))
    return longest


_MOST_WORDS = 6  # of a term


_MOST_TERM_WORDS = 4


def terms_of(text: str) -> tuple[tuple[str, str], ...]:
    """The phrases of two to four words that the glossary translates, with it; none inside another."""
    tokens = re.findall(r"[A-Za-z][A-Za-z-]*", text)
    nouns, terms, at = glossary().noun, [], 0
    while at < len(tokens):
        for length in range(min(_MOST_TERM_WORDS, len(tokens) - at), 1, -1):
            phrase = " ".join(tokens[at : at + length])
            if korean := nouns.get(phrase.lower()) or nouns.get(phrase.lower().removesuffix("s")):
                terms.append((phrase, korean))
                at += length - 1
                break
        at += 1
    return tuple(dict.fromkeys(terms))


@cache
def inflected(*, news: bool = False) -> dict[str, tuple[str, str]]:
    """Every form of every one-word verb → (the verb, its form: base, s, ing, ed)."""
    forms: dict[str, tuple[str, str]] = {}
    for verb in glossary(news=news).verb:
        first, _, rest = verb.partition(" ")
        tail = f" {rest}" if rest else ""
        for form, inflected in verb_forms(first):
            forms.setdefault(inflected + tail, (verb, form))
    return forms


ODD_CAPITALS = re.compile(r"^[^a-z]+$|[a-z][A-Z]|[A-Z]{3}[a-z]{2}|^[A-Z]{2}[a-z]{2}")  # MAP, FiLM, FAIRness
DIMENSIONS = re.compile(r"\dD")
NO_COUNTS = {"360", "180"}  # degrees: a 360 image is one image
_PARTICLES = {"<을>": "을/를", "<로>": "으로/로", "<와>": "과/와", "<이>": "이/가", "<은>": "은/는"}

LEFT = re.compile(  # where the rest may be left out: it adds to what was said and does not belong to it
    r"\s*(?:$|[.;:,(]|(?:that|which|to|by|via|through|using|with|where|while|whose|when|from|in|on|for|at|under"
    r"|across|during|as|based|called|named|dubbed|designed|trained|tailored|built|inspired|aimed|capable|without"
    r"|beyond|over|towards?|against|between|among|within)\b|[a-z]+ing\b)"
)


_EARLIER_WORK = ("방법", "접근법", "연구", "모델", "시스템", "기법", "알고리즘", "프레임워크")


def inner(piece: WordPiece, before: WordPiece) -> WordPiece:
    """채용 능동적 에이전트: an adjective behind a noun of the same compound is shortened."""
    if piece.noun or not before.noun:
        return piece
    text = "없는" if piece.text == "무료" else piece.text[:-1] if piece.text.endswith("적인") else piece.text
    return msgspec.structs.replace(piece, text=text)


def new_last(pieces: Sequence[WordPiece]) -> Sequence[WordPiece]:
    """학습이 필요 없는 새로운 방법, not 새로운 학습이 필요 없는 방법: what is new is the method.

    And a prior method is an earlier one, no method of what is known before.
    """
    if len(pieces) > 1 and pieces[0].text == "사전 정보" and pieces[-1].text.endswith(_EARLIER_WORK):
        return (msgspec.structs.replace(pieces[0], text="기존"), *pieces[1:])
    if pieces[0].text == "최신" and pieces[-1].text in table("scores"):
        return (msgspec.structs.replace(pieces[0], text="최고 수준의"), *pieces[1:])
    pieces = [pieces[0], *(inner(piece, before) for before, piece in pairwise(pieces))]
    new = pieces[0].text == "새로운" and pieces[1:] and pieces[1].text.endswith(("는", "한"))
    if len(pieces) > 2 and (new or (_BARE.fullmatch(pieces[0].text) and _CLAUSE.search(pieces[1].text))):
        return (pieces[1], pieces[0], *pieces[2:])
    clause = len(pieces) > 2 and (pieces[1].text.endswith(_SHARED) or _CLAUSE.search(pieces[1].text))
    counted = clause and pieces[0].text.endswith(" 가지")  # 도메인에서 착안한 세 가지 규칙
    return (pieces[1], pieces[0], *pieces[2:]) if counted else pieces  # 널리 쓰이는 네 가지


_SHARED = ("쓰이는", "공개된", "확립된")
_BARE = re.compile(
    r"기존|최신|개선된|향상된|자동|경량|대규모|통합|하이브리드|범용|일반|[가-힣]+적인|(?:단순|강력|유연)한"
)
_CLAUSE = re.compile(r"[이가을를에와과서] [가-힣]+[는은한된인]$|필요 없는$")


def with_template(template: str, head: str, inner: str) -> str:
    """How what a thing is with hangs on it: 제약이 있는 문제, LLM을 이용한 글쓰기."""
    last = last_word(inner)
    if last in table("found in it") or inner.startswith(("결측 ", "누락된 ")):
        return "{}<이> 있는" if template.startswith("{}<을>") else template
    done_with = last in table("done with") and last_word(head) not in kinds().values()
    return "{}<을> 이용한" if done_with and template == "{}<을> 갖춘" else template


_PRAISE = re.compile(rf"(?<!\S)(?:{'|'.join(table('praise'))})(?!\S)")
_PARTICLE = re.compile(r"(?<=[가-힣]{2})(?:에서의|에서|으로|로|을|를|의|에|과|와)$")
_LEAST = 2  # letters that tell something


def tells(text: str, *, names: bool = False) -> bool:
    """Whether a phrase says more than that there is a new method; bare names say enough where `names`."""
    kept = _PRAISE.sub(" ", text if names else re.sub(r"[A-Za-z0-9.+-]+", " ", text))
    bare = (re.sub(_PARTICLE, "", word) for word in kept.replace(",", " ").split())
    return len("".join(word for word in bare if word not in glossary().generic)) >= _LEAST


def with_count(text: str, count: str, head: EnglishWord) -> str:
    """이미지 17장, LCLM 17개, 500시간, but Llama 3; 정확도 30%, but 30% 개선: a noun with its number."""
    if count.endswith("%") and last_word(text) in table("gains"):
        return f"{count} {text}"
    if not count.endswith("%") and not head.named and head.single == head.lower:
        return text  # a 14k dataset is one
    counted = count.replace(",", "").isdigit() and (not head.named or head.single != head.lower)
    counter = table("counter").get(head.single, "개")
    if counted and counter == text:
        return f"{count}{counter}"  # 500시간
    return f"{text} {count}" + counter * counted


def thin(phrase: Rendered, text: str, end: int) -> bool:
    """Whether a phrase is one bare noun, and what says which one was left out: a metric that tells this."""
    head = _PRAISE.sub("", phrase.text).strip()
    return not re.search("[ A-Za-z0-9]", head) and text[end:].strip(" .?!:") != ""


_END = re.compile(r"\s*(?:$|[.;:]|,|\bwhile\b|\bthereby\b|\bwhere\b|\bwhen\b|\bwhich\b|\band\b)")


def stops(text: str, end: int) -> bool:
    """Whether a clause may end here."""
    return bool(_END.match(text, end))


def filled(template: str, korean: str) -> str:
    """The template with a phrase in it, and the particle that fits the phrase."""
    text = _TWICE.sub(r"\1", template.replace("{}", korean))
    text = _CONDITION.sub(r"\1에서", text.replace("두 가지 단계", "두 단계"))
    for mark, forms in _PARTICLES.items():
        if mark in text:
            text = text.replace(mark, particle(korean, forms))
    return text


_TWICE = re.compile("(조건|과정|문제) \\1")
_CONDITION = re.compile("(패러다임|환경|설정|프레임워크|체제) 조건에서")


def kinds() -> dict[str, str]:
    """The nouns for what authors make: methods and things."""
    return table("kind") | table("made")


def said_of(korean: str, target: str) -> str:
    """The verb as it is said of an object: 환경을 탐색하, 성능에 필적하."""
    if korean == "번역하" and not _IN_WORDS.search(target):
        return "변환하"
    for key, better in table("said of").items():
        verb, *ends = key.split()
        if verb == korean and target.endswith(tuple(ends)):
            return better
    return korean


_IN_WORDS = re.compile("텍스트|문장|문서|대화|음성|글|말뭉치|발화|시$")


def rests_template(head: str, word: str) -> str:
    """How a preposition hangs on a noun that asks for it, whatever stands around it; "" for none."""
    if word == "with" and head in table("two-sided"):
        return "{}<와>의"
    if word == "in" and head in table("advances"):
        return "{}의"
    if word in {"toward", "towards"} and head in {"경로", "단계", "길"}:
        return "{}<을> 향한"
    into = word == "into" and head in {"통찰", "연구", "서베이", "투자", "관점"}  # sorted into groups
    return "{}에 대한" if (word == "on" or into) and head in table("rests on") else ""


_MEASURE = re.compile(r"(?:[가-힣]+ )?\d[\d,.]*시간")


def hung_template(head: str, word: str) -> str:
    """How what hangs on a noun by a preposition is put before it; "" where it cannot be."""
    last = last_word(head)
    if word == "of" and _MEASURE.fullmatch(head):
        return "{}"  # 음성 500시간
    if last in table("joins two") and word == "with":
        return "{}<와>의" if head == last else ""  # whose other side stands before it already
    if word == "on" and last in {"효과", "영향"}:
        return "{}에 미치는"
    if word == "for" and last in {"어텐션", *table("qualities")}:
        return "{}의" if last in table("qualities") else "{}에 대한"
    if (last == "문제" and word == "with") or (word == "over" and last not in table("gains")):
        return "{}의" if word == "with" else "{}에 대한"
    if last in table("two-sided") and word in {"with", "to"}:
        return "{}<와>의"
    if (
        last in table("of is about")
        and not head.endswith("사전 정보")
        and word in {"of", "on", "about", "regarding"}
    ):
        return "{}에 대한"
    about = {"필요성", "판단", "평가", "설명", "증거", "예측", "사과문", "벌금", "책임"}
    if (last in about and word == "for" and not re.search("[가-힣][과와] ", head)) or (
        last in table("rests on") and word == "on"
    ):
        return "{}에 대한"
    if (last in _deeds() or (word == "with" and last[-2:] in _deeds())) and word in {"of", "with"}:
        means = "갖춘" if last in table("collections") else "이용한"
        return ("{}의" if " " in head else "{}") if word == "of" else f"{{}}<을> {means}"
    return table("hung").get(word, "")


_TAKEN = frozenset("활용하 사용하 통합하 결합하 집계하 융합하 도입하 추출하 정렬하".split())  # of it
_TRAINED = frozenset("미세조정하 학습시키 훈련시키".split())
_PAID = frozenset("쓰 투자하 지급하".split())  # for what it is paid


def adjunct_template(word: str, verb: str) -> str:
    """How what qualifies a verb by a preposition is put before it; "" where it cannot be."""
    if word == "from" and verb in _TAKEN:
        return "{}의"
    if (word == "with" and verb == "정렬하") or (word in {"with", "by"} and verb in {"대체하", "교체하"}):
        return "{}<로>" if verb != "정렬하" else "{}에 맞춰"
    if word == "on" and verb in _TRAINED:
        return "{}<로>"
    if (word == "on" and verb in _PAID) or (word == "in" and verb == "투자하"):
        return "{}에"
    if word == "with" and verb in {"포함하", "담", "갖추", "보이"}:
        return ""  # of what it contains
    if word == "with":
        return "{}<와>" if verb in table("with is and") else "{}<을> 이용해"
    if word == "against":
        beside = "{}<와> 비교해" if verb in table("measured beside") else ""
        return "{}<와>" if verb == "비교하" else beside
    if word == "into":
        return "{}<로>" if verb in table("into is as") else "{}에"
    if word == "to":
        return "{}<로>" if verb in table("into is as") else "{}에" if verb in table("to is at") else ""
    return table("adjunct").get(word, "")


@cache
def _deeds() -> frozenset[str]:
    """Korean nouns that name what a verb does: 탐지, 생성."""
    stems = (stem for stem in glossary().verb.values() if stem.endswith("하"))
    return frozenset((*(stem.rsplit(" ", 1)[-1][:-1] for stem in stems), *table("like deeds")))


def of_doing(stem: Stem, head: str) -> str:
    """탐지하는 방법, but 탐지할 때의 효과: what comes of doing something is not what does it."""
    return f"{stem.coming} 때의" if last_word(head) in table("comes of") else stem.which


_LEAST_TERM, MOST_TERMS = 3, 3


def paper_on(terms: Sequence[str], *, least: int = 4) -> str:
    """The terms of a paper as a list; "" for a single one of fewer letters, as it says nothing."""
    terms = [term for term in terms if not term.startswith("기존 ")]  # beside which the work stands
    subjects = [term for term in terms if term != "LLM" or "거대언어모델" not in terms]
    inside = {term for term in terms for other in terms if f" {term} " in f" {other} " != f" {term} "}
    subjects = [term for term in subjects if term not in inside]
    *front, last = subjects[:MOST_TERMS] or ("",)
    if not last or (not front and (len(last) < least or last.isascii())):
        return ""
    what = f"{', '.join(front)}{particle(front[-1], '과/와')} {last}" if front else last
    return f"{what}{particle(what, '을/를')} 다룬 논문입니다."


def weighty(term: str) -> bool:
    """Whether a term says something alone: a name, or a compound."""
    return term.isascii() or len(term.replace(" ", "")) >= _LEAST_TERM


_ADJECTIVE = re.compile(
    "(?:al|ive|ic|ous|ed|ing|able|ible|ary|ful|less|ly)$"
)  # no name, though it has its capital
_Read = tuple[tuple[EnglishWord, ...], dict[int, "WordPiece | None"], dict[int, "Rendered | None"]]


@lru_cache(maxsize=128)  # a story's phrases are read anew for each sentence that may be told of them
def _read(phrase: str) -> _Read:
    """The words of a phrase, and what its readers find at a place: pieces and cores, by where they begin."""
    return words(phrase), {}, {}


_NO_MEMBERS = frozenset("vice our this these that".split())  # behind the "and" of what is no list
REACH = 24  # words that are looked ahead
_OPENS_CLAUSE = frozenset("we it which to by in for can also then thus".split())


class WordReader:
    """Reads the words of one phrase: what a run of them becomes, by the glossary or by their shape."""

    def __init__(self, phrase: str) -> None:
        self.words, self._pieces, self._cores = _read(phrase)
        self.glossary = glossary()
        self.inflected = inflected()
        self.longest = longest_terms()
        self.within = 0  # phrases that hang on a noun for which something is
        self.means = 0  # phrases with which a verb is done
        self.inside = 0  # phrases that hang on a noun

    def lower(self, at: int) -> str:
        """The word there in lower case; "" behind the last."""
        return self.words[at].lower if at < len(self.words) else ""

    def piece(self, at: int) -> WordPiece | None:
        """The longest run of words that the glossary or the shape of a word explains."""
        if at not in self._pieces:
            self._pieces[at] = self._piece(at)
        return self._pieces[at]

    def _piece(self, at: int) -> WordPiece | None:
        if at >= len(self.words) or (self.lower(at) == "several" and self.lower(at + 1) == "times"):
            return None
        if run := self._proper(at):
            return run
        for length in self._lengths(at):
            if piece := self._looked_up(at, length):
                return piece
        return self._shaped(at)

    def _lengths(self, at: int) -> range:
        """How many words a term that begins here may have, the longest first."""
        return range(min(self.longest.get(self.words[at].lower, 1), len(self.words) - at), 0, -1)

    def _proper(self, at: int) -> WordPiece | None:
        """A name, kept whole: two or more capitalised words in a row of which one is no term."""
        end = at
        while end < len(self.words) and TITLED.fullmatch(self.words[end].text):
            if self.lower(end) in CLOSED:
                return None
            end += 1
            if self.words[end - 1].owns:
                break
        if end - at < 2 or self._explained(at, end):
            return None
        if short := self.acronym(end):
            opens = short[0].lower() == self.lower(at)[0]  # no acronym of more: framework of Agents (FA)
            return WordPiece(short, True, end + 3, sure=True) if opens else None
        name, _, tail = " ".join(word.text for word in self.words[at:end]).rpartition("-")
        if name and tail in table("suffix"):
            return WordPiece(filled(table("suffix")[tail], name), False, end)
        return WordPiece(f"{name}-{tail}" if name else tail, True, end, sure=True)

    def _explained(self, at: int, end: int) -> bool:
        while at < end:
            known = next((piece for n in self._lengths(at) if (piece := self._looked_up(at, n))), None)
            hung = self.lower(at).rpartition("-")[2] in table("suffix")
            known = known or (self._hyphenated(self.words[at], at) if hung else None)
            if known is None:
                return False
            at = known.end
        return True

    def _looked_up(self, at: int, length: int) -> WordPiece | None:
        run = self.words[at : at + length]
        if length == 1 and ODD_CAPITALS.search(run[0].text) and self._acronym_only(run[0]):
            return None
        if length == 1 and run[0].lower in self.glossary.modifier and self._compounds(at + 1):
            return WordPiece(self.glossary.modifier[run[0].lower], False, at + 1)
        front = [word.lower for word in run[:-1]]
        for last in (run[-1].lower, run[-1].single):  # sales are no sale
            for key in (" ".join([*front, last]), "-".join([*front, last])):
                if key in self.glossary.noun:
                    sure = length > 1 or "-" in key or run[0].named or key in self.glossary.company
                    return WordPiece(self.glossary.noun[key], True, at + length, sure=sure)
        head, _, tail = run[-1].lower.rpartition("-")
        if (
            length > 1
            and tail in table("suffix")
            and (term := self.glossary.noun.get(" ".join([*front, head])))
        ):
            return WordPiece(filled(table("suffix")[tail], term), False, at + length)
        key = " ".join(word.lower for word in run)
        if key in self.glossary.modifier and not (length == 1 and run[0].named and run[0].text.isupper()):
            return WordPiece(self.glossary.modifier[key], False, at + length)
        return None

    def _acronym_only(self, word: EnglishWord) -> bool:
        """Whether a word in capitals is an acronym, and not the word it is spelled like: MAP, PACE."""
        korean = self.glossary.noun.get(word.single, "")
        return len(word.text) > 1 and korean.casefold() != word.lower

    def _compounds(self, at: int) -> bool:
        """Whether a noun of the glossary stands here, so that the word before it qualifies it."""
        return at < len(self.words) and self.words[at].single in self.glossary.noun

    def _shaped(self, at: int) -> WordPiece | None:
        word = self.words[at]
        if word.lower in CLOSED or not word.text[0].isalnum():
            return None
        if word.named and "-" not in word.text:
            return WordPiece(unplural(word.text), True, at + 1, sure=True)
        if DIMENSIONS.fullmatch(word.text):
            return WordPiece(word.text, False, at + 1)
        if "-" in word.text:
            return self._hyphenated(word, at)
        if word.lower in self.glossary.keep or word.single in self.glossary.keep:
            text = word.text if ODD_CAPITALS.search(word.text) else word.text.lower()
            return WordPiece(text if word.lower in self.glossary.keep else word.single, True, at + 1)
        if word.text[0].isupper() and at and not _ADJECTIVE.search(word.text):
            return WordPiece(word.text, True, at + 1, kept=1)
        return None

    def _hyphenated(self, word: EnglishWord, at: int) -> WordPiece | None:
        head, _, tail = word.text.rpartition("-")
        if pattern := table("suffix").get(tail.lower()):
            inner = "" if tail == "aware" and head in self.glossary.modifier else self._part(head)
            return WordPiece(filled(pattern, inner), False, at + 1) if inner else None
        named = word.named and any(sign.isupper() or sign.isdigit() for sign in word.text[1:])
        if named and word.text.partition("-")[0] not in self.glossary.noun:  # a metric-VoC is no name
            return WordPiece(unplural(word.text), True, at + 1, sure=True)
        if turned := self._turned(word.text):
            return WordPiece(turned, False, at + 1)
        prefix, _, rest = word.text.partition("-")
        if (pattern := table("prefix").get(prefix.lower())) and (inner := self._part(rest)):
            return WordPiece(pattern.format(inner), rest.lower() in self.glossary.noun, at + 1)
        return None

    def _turned(self, text: str) -> str:
        """Of text-to-motion, which makes one thing of another, 텍스트-모션; "" for any other word."""
        first, to, second = text.partition("-to-")
        plain = to and first != second and len(first) > 1 and first.lower() not in self.glossary.modifier
        return "-".join(halves) if plain and all(halves := (self._part(first), self._part(second))) else ""

    def _part(self, text: str) -> str:
        """Half of a hyphenated word."""
        if re.search("[a-z][A-Z]", text):
            return text  # FiLM is no film
        low = text.lower()
        for key in (low, singular(low), low.replace("-", " ")):
            for table in (self.glossary.noun, self.glossary.modifier):
                if key in table:
                    return table[key]
        return text if CAPITAL.fullmatch(text) else ""

    def acronym(self, at: int) -> str:
        """The acronym in brackets that stands here; or ""."""
        if self.lower(at) != "(" or self.lower(at + 2) != ")" or not self.words[at + 1].named:
            return ""
        if self.lower(at + 3).startswith("-"):  # (RL)-based
            return ""
        return unplural(self.words[at + 1].text)

    def opens_with(self, short: str, at: int) -> bool:
        """Whether an acronym in brackets stands for the words right before it, no preposition among them."""
        size = sum(sign.isupper() for sign in short)
        words = [word for word in self.words[max(0, at - size - 1) : at] if word.lower not in CLOSED]
        near = self.words[max(0, at - size - 1) : at]
        joined = not any(word.lower in PREPOSITIONS for word in near[-size:])
        return joined and any(word.lower[0] == short[0].lower() for word in words)

    def amount(self, at: int) -> tuple[str, int] | None:
        """A number as it is written, with its per-cent sign, and where it ends."""
        if at >= len(self.words) or not NUMBER.fullmatch(self.words[at].text):
            return None
        if self.words[at].text in NO_COUNTS:
            return None
        sign = "%" if self.lower(at + 1) in {"%", "percent"} and not self.words[at].text.endswith("%") else ""
        return self.words[at].text + sign, at + 1 + bool(sign)

    def degree(self, at: int) -> tuple[str, int] | None:
        """The degree of a change: by 40 %, by up to 40 %, by an average of 40 %."""
        hedge = ""
        for words_, korean in table("hedge").items():
            run = words_.split()
            if [self.lower(at + n) for n in range(len(run))] == run:
                hedge, at = korean, at + len(run)
                break
        amount = self.amount(at)
        if amount is None or not amount[0].endswith("%"):
            return None
        return f"{hedge} {amount[0]}".strip(), amount[1]

    def as_ahead(self, at: int) -> bool:
        """Whether it is said as what a thing is taken, before the clause ends."""
        for place in range(at, min(at + REACH, len(self.words))):
            if self.lower(place) in {",", ".", ";", ":"}:
                return False
            if self.lower(place) == "as":
                return self.lower(place - 1) != "such"
        return False

    def points_back(self, at: int) -> bool:
        """Whether an object only points back: these challenges."""
        return any(word.single in table("troubles") for word in self.words[at + 1 : at + 3])

    def clause_ahead(self, at: int) -> bool:
        """Whether what stands behind "and" is no noun: a verb, a pronoun, an adverb."""
        low = self.lower(at)
        return low in self.inflected or low.endswith(("ly", "ing")) or low in _OPENS_CLAUSE

    def plural(self, at: int) -> bool:
        """Whether a plural stands there."""
        return self.words[at].single != self.words[at].lower

    def object_next(self, at: int, *, sure: bool = False) -> bool:
        """Whether a verb's object begins here: a bare singular may as well end a compound, if not `sure`."""
        if at >= len(self.words):
            return False
        word = self.words[at]
        following = self.piece(at)
        if word.lower in DETERMINERS or self.amount(at) or (following is not None and not following.noun):
            return True
        return following is not None and (
            sure or word.named or word.lower != word.single or following.end > at + 1
        )

    def noun_run(self, at: int) -> bool:
        """Whether a noun of several words begins there."""
        run = self.piece(at)
        return bool(run and run.noun and run.end > at + 1)

    def nominal_next(self, at: int) -> bool:
        """Whether a noun or what qualifies one begins there."""
        if at >= len(self.words):
            return False
        return self.lower(at) in DETERMINERS or self.piece(at) is not None

    def named_on(self, at: int) -> bool:
        """Whether a noun goes on behind its name in brackets: a Diffusion Motion (DM) network."""
        behind = self.piece(at + 3) if self.lower(at) == "(" and self.lower(at + 2) == ")" else None
        return behind is not None and behind.noun

    def goes_on(self, at: int) -> bool:
        """Whether a list is cut here: a comma, nouns that are not understood, and the last behind "and"."""
        if self.lower(at) == "(" and ")" in (rest := [word.text for word in self.words[at:]]):
            at += rest.index(")") + 1
            if self.lower(at) == "and":
                return not self.clause_ahead(at + 1)
        verbs = self.clause_ahead(at + 1) and self.lower(at + 2) not in {",", "and"}  # no list of deeds
        if self.lower(at) != "," or verbs or self.lower(at + 1) in DETERMINERS | PREPOSITIONS:
            return False
        for place in range(at + 1, min(at + REACH, len(self.words))):
            low = self.lower(place)
            if low in {"and", "or"}:
                return not self.clause_ahead(place + 1) and self.lower(place + 1) not in _NO_MEMBERS
            if low in {".", ";", ":"} or (low in CLOSED and low not in PREPOSITIONS | DETERMINERS):
                return False
        return False
