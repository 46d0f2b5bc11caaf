"""The one fact a question asks for, and whether a sentence could be what tells it.

    What learning rate does X use?      learning and rate in the sentence, and a number
    How many datasets …                 a number that counts datasets
    When …, Who …, Where …, What share  a date, a name, a place, a share

English questions are read here; how others ask is said by each language (`Rules.asking`).

A sentence about the right paper that lacks what is asked for is no answer, however much else it says of the
question. Only the form is read: whether the number is the right one, no rule of words can tell. A question
that asks for no such fact (how it works, why, what it is) asks for none here, and every sentence may answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import takewhile
from typing import Any, Literal, get_args

import msgspec

from daybrief.languages import LANGUAGES, either, letters, parts
from daybrief.languages.tables import AskingWords
from daybrief.text.numbers import Number, numbers, plain
from daybrief.text.words import native_terms, spoken, stem

Form = Literal["any", "number", "count", "share", "factor", "duration", "date", "money", "name", "place"]
FORMS: tuple[Form, ...] = ("share", "factor", "date", "duration", "number", "name", "place")
"""Forms that a language may have a question word for, in the order in which they are tried."""
Group = frozenset[str]

LONGEST = 1_000  # code points of a question that are read
_LONGEST_NAMED = 300  # … where it names a record
_ENDINGS_OF_A_NAME = 2
_NO_QUOTES = str.maketrans("", "", '“”‘’"')
_WORD = re.compile(r"[^\W_](?:[^\W_]|[.+'’-](?=\w))*")
_STOPS = frozenset(
    """do does did is are was were has have had can could will would shall should may might must be been am
    of in on at for from to with by under over about as than and or that which who it they we you there if
    per using used use uses so not between during after before""".split()
)
_VAGUE = frozenset(
    map(
        stem,
        """kind type sort way approach method technique problem challenge issue concern question paper study
        research work article effect impact influence role factor model system framework task topic area
        field aspect example benefit advantage limitation difference result finding change thing one idea
        strategy step reason part percent percentage evidence solution application""".split(),
    )
)
_NATIVE_VAGUE = frozenset(word for language in LANGUAGES for word in language.rules.asking.vague.split())
_AMOUNTS = frozenset(
    map(
        stem,
        """rate size accuracy score latency time length number percentage speed price cost salary height width
        depth budget age weight temperature dimension threshold ratio throughput context window error loss
        amount share revenue""".split(),
    )
)
_NAMED = frozenset(
    map(stem, "dataset datasets benchmark corpus university institute company city country".split())
)
_ONCE = frozenset("was were did will has have".split())  # "When is it better to …" asks for no date
_KINDS_OF = [[noun, "of"] for noun in ("kinds", "types", "sorts")]
_NO_COUNT = frozenset({"%", "x", "time"})
_LONG, _MUCH = frozenset({"long"}), frozenset("fast tall high big large heavy old far deep small low".split())
_MONEY = frozenset("usd krw eur gbp jpy cny".split())
_NO_NUMBER = frozenset({"name", "version", "year", "date", "month"})
_SAME: dict[str, Group] = {
    name: frozenset(map(stem, words.split()))
    for words in (
        "gpu gpus a100 h100 v100 h200 a6000 rtx nvidia tpu tpus",
        "dataset datasets benchmark benchmarks corpus corpora",
        "university universities institute institutes institution college",
        "participant participants user users people subjects volunteers respondents persons",
        "parameter parameters",
        "company companies firm corporation",
        "paper papers article articles publication publications preprint preprints",
        "language languages english korean chinese japanese german french spanish arabic hindi",
    )
    for name in map(stem, words.split()[:2])
}
_MEANT: dict[str, Group] = {
    native: frozenset(map(stem, english.split()))
    for language in LANGUAGES
    for native, english in language.rules.asking.meant.items()
}


def _subject(name: str, question: str, evidence: str, form: Form) -> tuple[re.Pattern[str], str, Form]:
    """A subject with words of its own: the pattern that asks for it in any language, that of an answer."""
    native = [
        language.rules.asking.subjects[name]
        for language in LANGUAGES
        if name in language.rules.asking.subjects
    ]
    asks = either(question, *(pattern for pattern, _ in native))
    tells = [evidence, *(pattern for _, pattern in native)]
    return re.compile(asks, re.IGNORECASE), either(*tells) if any(tells) else "", form


_SUBJECTS = (
    _subject(
        "funding",
        r"^who (?:has )?(?:fund|financ|sponsor|paid for|pays for)",
        r"(?i)\b(?:funded|funding|financed|sponsored|grants?)\b|supported by",
        "any",
    ),
    _subject(
        "authors",
        r"^who (?:wrote|authored)\b|\bwho (?:are|were|is|was) the authors?\b|\bauthors? of\b|^whose paper\b",
        r"\b(?:written|authored|proposed|developed|introduced) by (?:[A-Z]\w|\w+ \w+ from )",
        "name",
    ),
    _subject(
        "programming language",
        r"\bprogramming languages?\b",
        r"\b(?:Python|C\+\+|Rust|Java|JavaScript|TypeScript|Julia|Golang|Haskell|OCaml|Fortran|Scala|Kotlin"
        r"|MATLAB|Matlab|Swift|Lua|Perl|Ruby|PHP)\b|written in [A-Z]",
        "any",
    ),
    _subject(
        "optimizer",
        r"\boptimi[sz]ers?\b",
        r"(?i:\boptimi[sz]ers?\b)|\b(?:AdamW?|SGD|Lion|Muon|Adafactor)\b",
        "any",
    ),
    _subject("licence", r"\blicen[cs]e", r"(?i)licen[cs]|\bapache[- ]2|\bgpl", "any"),
    _subject(
        "price",
        r"\bhow much (?:do|does|did|is|was|would|will|must)\b.{0,80}\b(?:cost|pay|paid|charge)"
        r"|\bwhat (?:do|does|did)\b.{0,80}\bcost\b",
        "",
        "money",
    ),
)
_ENGLISH = re.compile(r"\b(how|what|which|whose) (.{1,80})", re.IGNORECASE)
_PARTICLE = re.compile(f"(?:{parts(lambda rules: rules.asking.particles)})$")
_TOPIC = re.compile(f"[A-Za-z](?:{parts(lambda rules: rules.asking.topic)})$")
_OWNER = re.compile(f"(?:{parts(lambda rules: rules.asking.owner)})$")
_NATIVE = re.compile(f"[{letters()}]")
_MONTH = re.compile(
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\b|\bMay \d",
    re.IGNORECASE,
)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAY_OR_MONTH = re.compile(rf"{_DAYS}|{_MONTHS}", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?:yesterday|today|tomorrow|tonight|(?:last|this|next) (?:year|month|week|quarter|spring|summer"
    rf"|autumn|fall|winter|{_DAYS})|on (?:{_DAYS}))\b",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"\bwhen (?:is|are) (?:the|its|their|his|her) .{0,60}\b(?:deadline|release|launch|conference"
    r"|workshop|date|event|due|expected|coming|held|released|launched|published|announced|start|end)s?\b"
    r"|\bsince when\b",
    re.IGNORECASE,
)
_PRESENT = {
    past: stem(present)
    for past, present in (
        pair.split(":")
        for pair in """led:lead wrote:write written:write built:build made:make won:win bought:buy sold:sell
        paid:pay ran:run gave:give given:give took:take taken:take drew:draw drawn:draw taught:teach
        thought:think held:hold brought:bring spent:spend chose:choose chosen:choose""".split()
    )
}
_PLACE = re.compile(
    either(
        r"\b(?:in|at|on|from|by|across|near|within) (?:the )?[A-Z]\w",
        parts(lambda rules: rules.asking.places),
    )
)
_NAME = re.compile(
    r"(?<=[\w,;:)”\"'] )[\"“'(]?[A-Z]\w[\w-]{0,40}|(?<![A-Za-z])[A-Z]?[a-z]{1,20}[A-Z]\w{0,20}"
)
_CLAUSE = re.compile(r"[.;:!?] ")


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """The needs of an answer: a word of each of `groups`, a value of `form`, and a match of `evidence`."""

    groups: tuple[Group, ...] = ()
    form: Form = "any"
    evidence: str = ""
    question: frozenset[str] = frozenset()  # its words: a name among them is no answer

    def may_stand_in(self, text: str) -> bool:
        """Whether a sentence could tell the fact."""
        if self.evidence and not re.search(self.evidence, text):
            return False
        stems = spoken(text)
        stems |= {_PRESENT[word] for word in _WORD.findall(text.lower()) if word in _PRESENT}
        if any(stems.isdisjoint(group) for group in self.groups):
            return False
        return self._has_form(text)

    def _has_form(self, text: str) -> bool:
        if self.form == "any":
            return True
        if self.form == "place":
            return bool(_PLACE.search(text))
        if self.form == "name":
            names = (match[0].strip("\"“'(") for match in _NAME.finditer(text))
            return any(self._is_new(name) and not _DAY_OR_MONTH.fullmatch(name) for name in names)
        if self.form == "date" and (_MONTH.search(text) or _RELATIVE.search(text)):
            return True
        return any(self._is_value(number, text) for number in numbers(text))

    def _is_new(self, name: str) -> bool:
        """Whether the question does not hold a name, nor a part of it."""
        return self.question.isdisjoint([name.casefold(), *name.casefold().split("-")])

    def _is_value(self, number: Number, text: str) -> bool:
        if self.form == "date":
            return number.unit in ("year", "date", "month")
        if self.form == "share":
            return number.unit in ("%", "fraction")
        if self.form == "factor":
            return number.unit == "x"
        if self.form == "duration":
            return number.unit in ("time", "day", "month", "year")
        if self.form == "money":
            return number.unit in _MONEY
        if number.unit in _NO_NUMBER or (number.spelled and number.value == 1):
            return False  # "single" and "one" count nothing
        if self.form == "number":
            return True
        return number.unit not in _NO_COUNT and self._is_counted(number, plain(text))

    def _is_counted(self, number: Number, clean: str) -> bool:
        """Whether what is counted stands behind the number, or in some languages before it."""
        behind = _CLAUSE.split(clean[number.end : number.end + 80])[0]
        following = re.sub(r"^ ?of (?:the|its|all|these) ", "", behind)
        near = " ".join(takewhile(lambda word: word not in _STOPS, _WORD.findall(following)[:6]))
        before = clean[max(0, number.start - 12) : number.start]
        words = spoken(near) | (spoken(before) if _NATIVE.search(before) else frozenset())
        return not self.groups or not words.isdisjoint(self.groups[-1])


@lru_cache(maxsize=256)
def fact_of(question: str) -> Fact | None:
    """The fact a question asks for; None when it asks for none of a form we know."""
    text = " ".join(question[:LONGEST].split())
    words = frozenset(word.casefold() for word in _WORD.findall(text))
    for pattern, evidence, form in _SUBJECTS:
        if pattern.search(text):
            return Fact(form=form, evidence=evidence, question=words)
    record = record_question(text)
    if record is not None and record.asks == "release":
        return Fact(evidence=RELEASED, question=words)
    native = (fact for questions in _QUESTIONS for fact in questions.facts(text))
    fact = next(native, None) or next(_english(text), None)
    return None if fact is None else msgspec.structs.replace(fact, question=words)


def _english(text: str) -> Iterator[Fact]:
    first, second = ([*text.lower().split(maxsplit=2), "", ""])[:2]
    for match in _ENGLISH.finditer(text):
        words = _WORD.findall(match[2])
        fact = _how(words) if match[1].lower() == "how" else _which(words)
        if fact is not None:
            yield fact
    if (first == "when" and second in _ONCE) or _DATED.search(text):
        yield Fact(form="date")
    if first == "where":
        yield Fact(form="place", groups=_groups([w for w in _WORD.findall(text)[-1:] if w.endswith("ed")]))
    if first in ("who", "whom"):
        yield Fact(form="name", groups=_groups(_phrase(_WORD.findall(text)[1:])[:1]))


def _how(words: list[str]) -> Fact | None:
    """`how many …`, `how much …`, `how long does …`."""
    first, rest = (words[0].lower(), words[1:]) if words else ("", [])
    if first == "many":
        named = _phrase(rest)
        if [word.lower() for word in rest[:2]] in _KINDS_OF:
            named = _phrase(rest[2:])
        if named and stem(named[0].lower()) in ("percent", "percentag"):
            return Fact(form="share")
        return Fact(form="count", groups=_groups(named, vague=True))
    if first == "much":
        plainly = [word for word in _phrase(rest) if not word.endswith(("er", "ore", "ess"))]
        return Fact(form="number", groups=_groups(plainly))
    if rest and rest[0].lower() in _STOPS:
        if first in _LONG:
            return Fact(form="duration")
        if first in _MUCH:
            return Fact(form="number")
    return None


def _which(words: list[str]) -> Fact | None:
    """`which dataset …`, `what learning rate …`, `what is the context window of …`."""
    lower = [word.lower() for word in words]
    if lower[:1] in (["is"], ["was"], ["are"]) and lower[1:2] == ["the"]:
        named = _phrase(words[2:])
        ends = lower[2 + len(named) : 3 + len(named)] in (["of"], ["for"])
        amount = bool(named) and stem(named[-1].lower()) in _AMOUNTS
        return Fact(form="number", groups=_groups(named)) if ends and amount else None
    if lower[:1] in (["year"], ["date"], ["month"], ["day"]) or lower[:2] == ["time", "does"]:
        return Fact(form="date")
    if lower[:1] in (["percent"], ["percentage"], ["share"]):
        return Fact(form="share")
    named = _phrase(words)
    groups = _groups(named)
    if not groups or stem(named[-1].lower()) in _VAGUE:
        return None
    ends = any(word in _STOPS for word in lower[len(named) : len(named) + 1])
    return Fact(form=_form_of(stem(named[-1].lower())) if ends else "any", groups=groups)


def _form_of(noun: str) -> Form:
    """Return the form that names a thing of this kind: an amount, a name, or any sentence about it."""
    return "number" if noun in _AMOUNTS else "name" if noun in _NAMED else "any"


def _phrase(words: list[str]) -> list[str]:
    """The words up to the verb, at most three; where no verb is known behind them, the first alone."""
    for place, word in enumerate(words[:4]):
        if word.lower() in _STOPS:
            return words[:place]
    return words[:1]


def _groups(words: list[str], *, vague: bool = False) -> tuple[Group, ...]:
    """Return the stems of nouns, each with those of the same meaning; vague ones where they are counted."""
    bare = [word.lower().removesuffix("'s").removesuffix("’s").replace("-", "") for word in words]
    stems = [_PRESENT.get(word, stem(word)) for word in bare]
    return tuple(_SAME.get(noun, frozenset({noun})) for noun in stems if vague or noun not in _VAGUE)


class Questions:
    """How one language that is not read word by word asks for a fact."""

    def __init__(self, asking: AskingWords) -> None:
        self._forms = [(form, re.compile(asking.forms[form])) for form in FORMS if form in asking.forms]
        self._counted = re.compile(asking.counted)
        self._amount = re.compile(asking.amount)
        self._which = re.compile(asking.which)

    def facts(self, text: str) -> Iterator[Fact]:
        """The facts a question may ask for, the likeliest first."""
        if match := self._counted.search(text):
            yield Fact(form="count", groups=_counted(*match.groups()))
        yield from (
            Fact(form=form) for form, pattern in self._forms if form != "place" and pattern.search(text)
        )
        if match := self._amount.search(text):
            yield Fact(form="number", groups=_nouns(match[1], match[2]))
        if match := self._which.search(text):
            yield from _named([part for part in match.groups() if part])
        yield from (
            Fact(form=form) for form, pattern in self._forms if form == "place" and pattern.search(text)
        )


_QUESTIONS = tuple(Questions(language.rules.asking) for language in LANGUAGES if language.rules.asking.forms)


def _named(named: list[str]) -> Iterator[Fact]:
    """The fact that a noun behind `which` names, up to its first particle."""
    end = next((n for n, part in enumerate(named) if _PARTICLE.search(part)), 0)
    groups = _nouns(*named[: end + 1])
    if groups and _PARTICLE.sub("", named[end]) not in _NATIVE_VAGUE:
        forms = {_form_of(noun) for noun in groups[-1]} - {"any"}
        yield Fact(form=min(forms, default="any"), groups=groups)


def _counted(before: str | None, of: str | None, behind: str | None) -> tuple[Group, ...]:
    """Return what is counted: the noun before the counter, or behind it where an owner or a topic stands."""
    topic = before is not None and _TOPIC.search(before)
    return (_nouns(behind, vague=True) if of or topic else ()) or _nouns(before, vague=True)


def _nouns(*words: str | None, vague: bool = False) -> tuple[Group, ...]:
    """Return the stems of a native phrase's words, where their meaning is known; no owners."""
    kept = [word for word in words if word and not _OWNER.search(word)]
    return tuple(group for word in kept for group in _meant(_PARTICLE.sub("", word), vague=vague))


def _meant(word: str, *, vague: bool = False) -> list[Group]:
    latin = [stem(match.lower()) for match in re.findall(r"[A-Za-z][A-Za-z0-9]+", word)]
    groups = [_SAME.get(word_stem, frozenset({word_stem})) for word_stem in latin]
    for term, stems in native_terms(word):
        known = _MEANT.get(term[:2], frozenset()) if stems == {term} else stems
        wide = frozenset(same for word_stem in known for same in _SAME.get(word_stem, frozenset({word_stem})))
        if wide and (vague or term[:2] not in _NATIVE_VAGUE):
            groups.append(wide | {term})
    return groups


# ── what the record of a paper tells ────────────────────────────────────────────────────────────────

Recorded = Literal[
    "count-authors", "authors", "date", "count-by", "papers-by", "collected", "count", "papers", "release",
    "compare",
]  # fmt: skip
RECORDED: tuple[Recorded, ...] = get_args(Recorded)
"""What a record tells, in the order in which the patterns of a question are tried."""


class RecordQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question that records answer rather than sentences: what it asks for, about what, beside what."""

    asks: Recorded
    about: str
    beside: str = ""


_WROTE = (
    "wrote|written|authored|co-?authored|published|proposed|developed|created|made|built|introduced|invented"
)
_PAPERS = r"(?:papers?|articles?|preprints?|publications?)"
_ABOUT = (
    r"(?:about|on|of|that|which|mention(?:ing)?|deal(?:ing|s)? with|discuss(?:ing)?|cover(?:ing)?"
    r"|stud(?:y|ying)|address(?:ing)?|concern(?:ing)?|treat(?:ing)?)"
)
_APPEARED = (
    r"(?:first )?(?:appear(?:ed)?|published|posted|submitted|come out|came out|released|announced|uploaded"
    r"|listed)(?: (?:on|to) arxiv)?"
)
_IN_ENGLISH: dict[Recorded, tuple[str, ...]] = {
    "count-authors": (
        r"^how many (?:co-?)?(?:authors|people|researchers) (?:does|did|has|have|are (?:there )?(?:on|of)) "
        r"(?P<x>.+?)(?: have)?$",
        r"^how many (?:authors|people|researchers) wrote (?P<x>.+)$",
    ),
    "authors": (
        rf"^(?:who|which (?:people|researchers)) (?:has |have )?(?:{_WROTE}|came up with) (?P<x>.+)$",
        r"^(?:who|what) (?:are|were|is|was) the (?:co-?)?authors? (?:of|behind) (?P<x>.+)$",
        r"^who (?:is|was|are) behind (?P<x>.+)$",
        r"^(?:name|list|tell me|give me|show me) the authors? of (?P<x>.+)$",
        r"^whose (?:paper|work) (?:is|was) (?P<x>.+)$",
    ),
    "date": (
        rf"^when (?:did|was|were|is|has|had) (?P<x>.+?) (?:been )?{_APPEARED}$",
        rf"^(?:on )?(?:what|which) (?:day|date) (?:did|was|were) (?P<x>.+?) {_APPEARED}$",
    ),
    "count-by": (
        rf"^how many {_PAPERS} (?:did|has|have) (?P<x>.+?) (?:writ|wrote|author|publish)\w*$",
        rf"^how many {_PAPERS} (?:are |were )?(?:there )?(?:written )?by (?P<x>.+?)(?: are there)?$",
    ),
    "papers-by": (
        rf"^(?:which|what) {_PAPERS} (?:did|has|have) (?P<x>.+?) (?:writ|wrote|author|publish)\w*$",
        rf"^(?:show me|show|list|find|give me|are there)(?: all| any| the| some)? {_PAPERS} "
        r"(?:written )?by (?P<x>.+)$",
    ),
    "collected": (
        rf"^how many {_PAPERS} (?:were |was |are |came |arrived |appeared )?(?:there )?"
        r"(?:collected |listed |published |posted |in |out )*(?:on|for) (?P<x>[^?]*\d[^?]*)$",
    ),
    "count": (rf"^how many {_PAPERS} (?:are |were )?(?:there )?{_ABOUT} (?P<x>.+?)(?: are there)?$",),
    "papers": (
        rf"^(?:which|what) {_PAPERS} (?:are |were )?(?:there )?{_ABOUT} (?P<x>.+)$",
        rf"^(?:are|is) there (?:any |some )?{_PAPERS} {_ABOUT} (?P<x>.+)$",
        rf"^(?:show me|show|list|find|give me|recommend)(?: all| any| the| some)? {_PAPERS} {_ABOUT} "
        r"(?P<x>.+)$",
    ),
    "release": (
        r"^what (?:do|does|did|will|has|have) (?P<x>.+?) (?:release|open-?source|publish|made? available)d?$",
        r"^(?:is|are|was) (?:the )?(?:code|data|dataset|weights|models?) (?:of|for|behind) (?P<x>.+?) "
        r"(?:publicly |freely )?(?:available|released|public|open)$",
        r"^(?:is|has|was) (?P<x>.+?) (?:been )?(?:open[- ]?sourced?|released|publicly available|available)$",
    ),
    "compare": (
        r"^compare (?P<x>.+?) (?:and|with|to|against) (?P<y>.+)$",
        r"^(?:what(?:'s|’s| is| are) the )?(?:differences?|comparison) between (?P<x>.+?) and (?P<y>.+)$",
        r"^how (?:do|does|did) (?P<x>.+?) (?:compare (?:to|with)|differ from) (?P<y>.+)$",
        r"^how (?:do|does|did) (?P<x>.+?) and (?P<y>.+?) (?:compare|differ)$",
        r"^(?P<x>.+?) (?:vs\.?|versus) (?P<y>.+?)(?:[:,;].*)?$",
    ),
}
RELEASED = (
    r"(?i:\breleas|\bopen[- ]?sourc|\b(?:publicly|freely|openly|made|make|is|are|be) available|available at"
    r"|\bour (?:code|models?|data\w*) (?:is|are) (?:at|on)\b)"
    rf"|{parts(lambda rules: rules.asking.released)}"
)
"""The words of a sentence that says that something is released, open or to be had."""
_ENGLISH_NAMED = re.compile(
    rf"^(?:the |a |an )?(?:(?:new |recent )?(?:{_PAPERS}|reports?|work) (?:about|on|called|titled) )?"
    r"(?:the )?"
    rf"|[“”‘’\"]| (?:{_PAPERS}|data ?set)$",
    re.IGNORECASE,
)
_NATIVE_NAMED = re.compile(either(*(language.rules.asking.named for language in LANGUAGES)))


@cache
def _record_patterns() -> tuple[tuple[Recorded, re.Pattern[str]], ...]:
    languages: list[Mapping[Any, Sequence[str]]] = [
        _IN_ENGLISH,
        *(lang.rules.asking.records for lang in LANGUAGES),
    ]
    return tuple(
        (asks, re.compile(pattern, re.IGNORECASE))
        for asks in RECORDED
        for patterns in languages
        for pattern in patterns.get(asks, ())
    )


def record_question(text: str) -> RecordQuestion | None:
    """Read a question that the records answer: who wrote it, when it appeared, how many; else None."""
    bare = " ".join(text[:_LONGEST_NAMED].split()).strip(" ?!.？。")
    for asks, pattern in _record_patterns():
        if match := pattern.search(bare):
            groups = match.groupdict()
            bare_name = _bare_topic if asks in _TOPICS else _bare_name
            about, beside = bare_name(groups["x"]), _bare_name(groups.get("y") or "")
            if about and (beside or asks != "compare"):
                return RecordQuestion(asks=asks, about=about, beside=beside)
    return None


_TOPICS = frozenset({"count", "papers"})


def _bare_topic(written: str) -> str:
    """A topic without quotation marks and the article before it: its nouns are its own."""
    return re.sub(r"^(?:the|an?) ", "", written.translate(_NO_QUOTES), flags=re.IGNORECASE).strip(" ,")


def _bare_name(written: str) -> str:
    """A name without the article before it and the particle or the noun behind it."""
    name = written
    for _ in range(_ENDINGS_OF_A_NAME):
        name = _NATIVE_NAMED.sub("", _ENGLISH_NAMED.sub("", name)).strip(" ,")
    return name
