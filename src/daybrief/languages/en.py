"""English: its numerals, fractions and months, its words as a grammar needs them, and the teller of a gist.

Its tables stand in `en.toml`. twenty-one, two hundred, a dozen are numbers; vague words (several, hundreds)
are none. For grammars of other languages: tokens, singulars, forms of verbs, words of closed classes.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from daybrief.languages.tables import (
    DeedFact,
    Fact,
    FindingFact,
    Goods,
    HeadlineFact,
    Hope,
    HopeFact,
    Language,
    NamedFact,
    Numerals,
    OfferFact,
    ReleaseFact,
    ResultFact,
    StudyFact,
    TopicFact,
)

_TOKEN = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])"  # 33,151 is one word
    r"|[A-Za-z0-9][A-Za-z0-9+]*(?:[-–‑.'’/&_][A-Za-z0-9+]+)*\+*|[,;:.()?!]|\S"
)  # fmt: skip
_MOST = 80  # tokens of a phrase
_APOSTROPHES = {"'", "’"}
_OWNER = ("'s", "’s")
DETERMINERS = frozenset("a an the this these those our its their such its' any each every".split())
LEFT_OUT = frozenset(
    "also further then thereby thus highly very extremely fully successfully effectively significantly "
    "substantially greatly seamlessly notably carefully specifically first finally simply truly newly "
    "jointly-trained primarily collectively particularly respectively remarkably considerably easily "
    "precisely readily robustly reliably flexibly naturally fundamentally".split()
)
PREPOSITIONS = frozenset(
    "of for in on with via using through by from between among across under into onto to without within "
    "against over as at toward towards beyond during based than per about after before around upon "
    "despite like along around regarding".split()
)
CLOSED = (
    PREPOSITIONS
    | DETERMINERS
    | frozenset(
        "and or but that which who whose where when while we i they it he she you is are was were be been "
        "being has have had do does did can could may might will would should must not no nor only both "
        "either neither if whether how what why so because since although though however there here than "
        "more most less least many much few some all other another one ones yet even just still rather "
        "them us him her itself themselves same such too up down out off then its our their "
        "unlike new".split()
    )
) - {"new", "same"}
ADJECTIVAL = frozenset("capable able suitable inspired tailored designed called named dubbed built".split())
CAPITAL = re.compile(r"[A-Z].*[A-Z0-9]s?|[A-Za-z]+.*\d.*|.*[a-z][A-Z].*")
TITLED = re.compile(r"[A-Z][a-z]+(?:-[A-Za-z]+)*")
NUMBER = re.compile(r"\d[\d,.]*[kKmMbB%]?")


class EnglishWord(msgspec.Struct, frozen=True):
    """A token: as written, in lower case, singular; where it ends in the phrase; whether it ends in 's."""

    text: str
    lower: str
    single: str
    end: int
    owns: bool = False

    @property
    def named(self) -> bool:
        """Whether it is written as a name or an acronym: GPT-4o, LLMs, CLIP."""
        plain = self.text.islower() and self.text.isalpha()  # as nearly all are
        return not plain and bool(CAPITAL.fullmatch(self.text))


def words(phrase: str) -> tuple[EnglishWord, ...]:
    """The tokens of a phrase."""
    tokens = []
    for match in _TOKEN.finditer(phrase):
        token = match[0]
        if token in _APOSTROPHES and phrase[match.start() - 1 : match.start()] == "s":
            continue  # of the models' ability
        tokens.append(EnglishWord(*_word(token), match.end(), token.endswith(_OWNER)))
        if len(tokens) >= _MOST:
            break
    return tuple(tokens)


@lru_cache(maxsize=10_000)
def _word(token: str) -> tuple[str, str, str]:
    """A token without what it owns and the stop behind it; in lower case; singular."""
    text = token.replace("‑", "-").replace("–", "-").replace("’", "'")
    trimmed = text.rstrip(".").removesuffix("'s") if len(text) > 1 else text
    low = trimmed if trimmed in _ALIKE else trimmed.lower()
    return trimmed, low, singular(low)


_ALIKE = {"OR", "IT", "NO"}  # names that are spelled as words of the grammar are


@lru_cache(maxsize=50_000)
def singular(word: str) -> str:
    """The singular of a lower-case English noun: studies, analyses, boxes, models."""
    if word in _PLURALS:
        return _PLURALS[word]
    if len(word) < 4 or word.endswith(("ss", "us", "is", "ics")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


_PLURALS = {
    "analyses": "analysis", "hypotheses": "hypothesis", "criteria": "criterion", "phenomena": "phenomenon",
    "matrices": "matrix", "vertices": "vertex", "indices": "index", "corpora": "corpus", "media": "media",
    "series": "series", "people": "people", "dynamics": "dynamics", "news": "news", "lens": "lens",
    "bias": "bias", "biases": "bias", "experts": "expert", "diagnoses": "diagnosis", "llms": "llm",
    "analogies": "analogy", "movies": "movie", "theses": "thesis", "databases": "database",
    "cases": "case", "diseases": "disease", "phases": "phase", "responses": "response", "houses": "house",
}  # fmt: skip


def verb_forms(verb: str) -> tuple[tuple[str, str], ...]:
    """The forms of a verb with their names: base, s, ing, ed."""
    past, stem = _PASTS.get(verb, ""), verb
    if verb.endswith("e"):
        stem, s, ed = verb[:-1], verb + "s", verb + "d"
    elif verb.endswith("y") and verb[-2] not in "aeou":
        s, ed = verb[:-1] + "ies", verb[:-1] + "ied"
    elif verb.endswith(("s", "x", "ch", "sh", "o")):
        s, ed = verb + "es", verb + "ed"
    else:
        s, ed = verb + "s", verb + "ed"
        if verb in _DOUBLED:
            stem = verb + verb[-1]
            ed = stem + "ed"
    return (("base", verb), ("s", s), ("ing", stem + "ing"), ("ed", past or ed))


_DOUBLED = frozenset(
    "map plan embed transfer control infer cut ban run stop drop ship scrap spot win quit shut get put hit"
    " skip slam step".split()
)
_PASTS = {
    "find": "found", "build": "built", "bring": "brought", "teach": "taught", "understand": "understood",
    "overcome": "overcame", "hide": "hid", "cut": "cut", "steer": "steered", "rewrite": "rewrote",
    "lead": "led", "draw": "drew", "buy": "bought", "sell": "sold", "make": "made", "write": "wrote",
    "run": "ran", "win": "won", "lose": "lost", "leave": "left", "beat": "beat", "steal": "stole",
    "break": "broke", "catch": "caught", "fight": "fought", "spend": "spent", "pay": "paid", "give": "gave",
    "get": "got", "hit": "hit", "quit": "quit", "read": "read", "eat": "ate", "say": "said", "tell": "told",
    "think": "thought", "fall": "fell", "rise": "rose", "grow": "grew", "go": "went", "spread": "spread",
    "shut": "shut", "lay": "laid", "sing": "sang",
}  # fmt: skip
_PARTICIPLES = {
    "write": "written", "steal": "stolen", "break": "broken", "give": "given", "eat": "eaten",
    "draw": "drawn", "hide": "hidden", "overcome": "overcome", "run": "run", "grow": "grown",
}  # fmt: skip


@cache
def ordinary() -> frozenset[str]:
    """English words that are no names, whatever a headline writes with a capital."""
    text = (files("daybrief") / "languages" / "en_words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def participle(verb: str) -> str:
    """The past participle of a verb: written, released."""
    first, _, rest = verb.partition(" ")
    past = next(form for name, form in verb_forms(first) if name == "ed")
    return f"{_PARTICIPLES.get(first, past)} {rest}".strip()


def base_form(verb: str) -> str:
    """The base form of a verb in -s: studies, addresses; found is find."""
    if verb.endswith("ies"):
        return verb[:-3] + "y"
    if verb.endswith("sses"):
        return verb[:-2]
    return {"found": "find"}.get(verb, verb[:-1] if verb.endswith("s") and not verb.endswith("ss") else verb)


# ── sentences and headlines ──────────────────────────────────────────────────────────────────────────

_STYLED = re.compile(
    r"\\(?:text(?:bf|it|sc|tt|rm|sf|up)|emph|underline|mathbf|mathrm)\s?\{([^{}\\]*)\}"
    r"|\{\\(?:bf|it|em) ([^{}\\]*)\}"
)


_NO_QUOTES = str.maketrans("", "", '"“”`')


def plain_words(text: str) -> str:
    """Returns the words without the commands that style them: \\textbf{M}irror is Mirror."""
    text = _STYLED.sub(lambda command: command[1] or command[2] or "", text)
    if ")-" in text:  # hardly ever
        text = _SPELLED.sub(_unspelled, text)
    for mark, pattern, plainer in _PLAINER:
        if mark in text:
            text = pattern.sub(plainer, text)
    for beside in (" (SOTA)", ", for the first time,", " for the first time"):
        text = text.replace(beside, "")
    return text.translate(_NO_QUOTES)


_PLAINER = (  # a mark that it holds, a turn of phrase → what it says
    ("state", re.compile(r"\bstate[- ]of[- ]the[- ]art\b"), "state-of-the-art"),
    (
        " in ",
        re.compile(
            r"\b(?:achieve|yield|provide|bring|offer|deliver|show|demonstrate)s? (?:an? )?(?:significant"
            r"|substantial|considerable|notable|dramatic|large) (reduc|improv)(?:tion|ement)s? in (?=\w)"
        ),
        r"significantly \1es ",
    ),
    ("in the face", re.compile(r"\bin the face of\b"), "under"),
    (" t", re.compile(r"\b([Ff]ine|[Pp]re|[Pp]ost) (?=(?:tun|train)(?:ing|ed|e)\b)"), r"\1-"),
    ("", re.compile(r"\b((?i:two|three|four|five|six)) (stage|step|phase|level) (?=[a-z])"), r"\1-\2 "),
    (
        "a common",
        re.compile(
            r"\ba common (?!\w+s\b|(?:approach|practice|problem|issue|strategy|assumption|way|method|choice"
            r"|task|cause|type|phenomenon|failure|limitation|disease|cancer|form|misconception|belief|challenge)\b)"
        ),
        "a shared ",
    ),
    (
        "functions of",
        re.compile(r"\b((?:the|their|its|specific|various|different) )functions of\b"),
        r"\1roles of",
    ),
    (
        " core",
        re.compile(r"\bwith ((?:an? |the )?[\w-]+(?: [\w-]+){0,3}) at (?:its|their|the) core\b"),
        r"based on \1",
    ),
    (
        "rior ",
        re.compile(
            r"\b[Pp]rior (?!knowledge|distribution|information|belief|probabilit|term|loss"
            r"|(?:to|is|was|has)\b)"
            r"(?=(?:[\w-]+ ){0,3}[a-z-]+s\b)"
        ),
        "existing ",
    ),
)


def joined(title: str) -> str:
    """A title with the compounds joined that it writes apart: Organ Focused Attention."""
    return _APART.sub(r"\1-\2 ", title)


_APART = re.compile(
    r"\b(?!(?i:for|of|and|or|with|via|by|in|on|to|from|towards?|through|using|an?|the)\b)([\w-]+)"
    r" ((?i:aware|guided|driven|agnostic|focused|centric|enhanced|augmented|assisted|informed|inspired"
    r"|powered)) (?!(?:by|on|with|for|in|to|via|through|using|from|and)\b)"
)


def relative(phrase: str) -> str:
    """A phrase whose head is right before ", which": what only one thing can do, is said as "that"."""
    return _WHICH.sub(r"\1 that ", phrase)


_WHICH = re.compile(
    r"^((?:the|an?) (?:(?!(?:for|of|in|into|on|to|from|with|by|that|using|via)\b)[\w()-]+ ){0,8}?[\w()-]+)"
    r", which (?=\w+s\b)"
)
_SPELLED = re.compile(r"(?P<words>(?:[A-Za-z][\w-]*[ -]){2,7})\((?P<short>[A-Z][A-Za-z]{1,7})\)(?=-[a-z])")


def _unspelled(match: re.Match[str]) -> str:
    """Answer Set Programming (ASP)-based: the acronym alone, where the words before it spell it."""
    words, short = match["words"].split(), match["short"]
    size = sum(sign.isupper() for sign in short)
    spelled = "".join(word[0] for word in words[-size:]).lower() == short[:size].lower()
    return " ".join([*words[:-size], short]) if spelled and short.isupper() else match[0]


def sentence_case(title: str, text: str) -> str:
    """A headline in sentence case: only what the text writes with a capital inside a sentence keeps it."""
    title = undressed(title)
    written = f"{title}. {text}" if _in_sentence_case(title) else text
    middle = {word[1] for word in re.finditer(r"[a-z,;] ([A-Z][a-z]+)\b", written)}
    middle -= _spelled_out(text)
    return re.sub(r"\b[A-Z][a-z]+\b", lambda word: word[0] if word[0] in middle else word[0].lower(), title)


_DRESS = re.compile(
    r"\s?[(\[](?:(?:YC )?[WSFXP]\d\d|pdf|video|audio|updated?|paper explained|redux|(?:19|20)\d\d)[)\]]",
    re.IGNORECASE,
)


def undressed(title: str) -> str:
    """A headline without what only dresses it: its year, its form, its season of a start-up school."""
    return _DRESS.sub("", title).replace("A.I.", "AI")


def _in_sentence_case(title: str) -> bool:
    """Whether a headline writes its longer words in lower case, so that a capital inside it makes a name."""
    words = [word for word in title.split()[1:] if len(word) > 4 and word.isalpha()]
    return len(words) > 2 and 2 * sum(map(str.islower, words)) >= len(words)


_IN_BRACKETS = re.compile(r" \([A-Z]")


def _spelled_out(text: str) -> set[str]:
    """The words of which an acronym in brackets is made: they are no names, though each has its capital."""
    if not _IN_BRACKETS.search(text):
        return set()
    runs = re.findall(r"((?:[A-Z][\w-]+ ){2,6})\([A-Z][\w-]{1,9}\)", text)
    return {word for run in runs for word in re.findall(r"[A-Z][a-z]+", run)}


_LOOK_INTO = (
    r"(?:focus(?:es|ing)? on|explor(?:e|es|ing)|investigat(?:e|es|ing)|stud(?:y|ying)"
    r"|address(?:ing)?|examin(?:e|ing)"
    r"|consider(?:ing)?|include)"
)


def _compiled(*patterns: tuple[Hope, str]) -> tuple[tuple[Hope, re.Pattern[str]], ...]:
    return tuple((hope, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for hope, pattern in patterns)


_OUTLOOKS = _compiled(
    ("left", r"\bwe leave (?P<rest>.{4,140}?) (?:to|for|as) future (?:work|research|stud(?:y|ies))\b"),
    ("later", rf"\bfuture (?:work|research|studies) will {_LOOK_INTO} (?P<rest>.+)"),
    ("should", rf"\bfuture (?:work|research|studies) (?:should|must|needs? to) {_LOOK_INTO} (?P<rest>.+)"),
    ("could", rf"\bfuture (?:work|research|studies) (?:could|may|might|can) {_LOOK_INTO} (?P<rest>.+)"),
    ("directions", r"\b(?:we|paper|survey|review)\b[^.;]{0,200}?"
     r"\b(?:discuss|outlin|highlight|identif|propos|suggest)\w*"
     r" (?:\w+ ){0,2}?"
     r"(?:future (?:research )?directions|directions for future research|avenues for future research"
     r"|open (?:problems|challenges|questions))(?: (?:in|for|of) (?P<rest>.+))?"),
    ("limits", r"\bwe (?:\w+ly )?(?:also )?"
     r"(?:discuss|outline|acknowledge|highlight|identify) (?:the |its |their |our )?"
     r"(?:\w+ and )?limitations(?! (?:in|when|on|for|with|to)\b)(?: of (?P<rest>.+))?"),
)  # fmt: skip
_IMPACTS = _compiled(
    ("way", r"\bpav(?:e|es|ing) the way (?:for|to|towards?) (?P<rest>.+)"),
    ("potential", r"^(?:our|this|these|the proposed|the results?|overall,? (?:our|this))\b[^.;]{0,160}?"
     r"\b(?:has|have|holds?|offers?|shows?) (?:the |great |significant |strong |high |broad )*potential to"
     r" (?P<rest>.+)"),
)  # fmt: skip


def outlook(text: str) -> HopeFact | None:
    """Work that is left, or limits, as a sentence tells of them; None for nothing, or a denial."""
    return _hope(text, _OUTLOOKS)


def impact(text: str) -> HopeFact | None:
    """The effect of the work that a sentence hopes for; None for nothing, a denial, or others' work."""
    return None if _EMERGED.search(text) else _hope(text, _IMPACTS)


_EMERGED = re.compile(
    r"^(?!.*\b(?:our|this|these|we)\b).*\b(?:has|have) (?:recently )?(?:emerged|become|shown|demonstrated)\b",
    re.IGNORECASE | re.DOTALL,
)


def _hope(text: str, patterns: tuple[tuple[Hope, re.Pattern[str]], ...]) -> HopeFact | None:
    for hope, pattern in patterns:
        match = pattern.search(text)
        if match and not re.search(r"\b(?:not|no|cannot|unclear)\b", text):
            return HopeFact(hope=hope, phrase=match["rest"] or "")
    return None


# ── the gist of a story ─────────────────────────────────────────────────────────────────────────────

_LONGEST_CLAUSE, _SHORTEST_CLAUSE = 210, 16  # characters
_BREAK = re.compile(  # where a clause may be left: what follows adds to it and does not change it
    r",? (?:which|where(?:by|in)?|thereby|thus|leading|leveraging|while|so that|as well as|along with"
    r"|alongside|including|such as|and (?:achiev|demonstrat|outperform|evaluat|show|conduct)\w*)\b"
    r"|, (?:\w+(?<=ing)|with|by|using|based|enabling|and (?:then|thus|further|also))\b|;| -- |--| [—–] "
    r"|: |, (?=i\.e\.|e\.g\.)| \((?:i\.e\.|e\.g\.)|\. (?=[A-Z])"
)
_ADJUNCT = re.compile(r" (?:by|through|via|using|across|without|based on|under|during) ")
_FIRST_PERSON = re.compile(r"\b(?:we|us|ours?|I|my|i\.e|e\.g)\b|http|\\\w", re.IGNORECASE)
_HANGS = re.compile(
    r"(?:^|\s)(?:and|or|of|the|an?|to|for|with|in|on|by|that|as|from|is|are|such|than|not|both|each|followed)$"
    r"|, and [a-z]+s$|, [a-z]+ed$|(?:^|\s)(?:\w+ )?(?:key|main|major) (?:contribution|finding|insight)s$",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(  # to a sentence that is not told
    r"\b(?:this|these|that|those|such|the same) (?:\w+ ){0,2}?(?:limitation|challenge|issue|problem|gap|cost"
    r"|question|shortcoming|drawback|difficult(?:y|ie)|assumption|tension|trade-?off|concern|convention"
    r"|bottleneck|capabilit(?:y|ie)|obstacle|weakness(?:e)?)s?\b",
    re.IGNORECASE,
)
_SOLVES_BY = re.compile(
    r"\b(?:address|tackl|overcom|solv|mitigat|resolv)e?s (?:all )?(?:this|these|those) (?:\w+ ){1,3}?"
    r"by (?=\w+ing\b)"
)
_GOODS: dict[Goods, str] = {
    "code": "code", "data": "data", "model": "models", "benchmark": "benchmark", "demo": "demo",
}  # fmt: skip
_OF_RESULTS = frozenset("indicate suggest reveal establish".split())
_ARTICLE = re.compile(r"(?:an?|the|one|two|three|four|five)\s", re.IGNORECASE)


class EnglishTeller:
    """Implements `tables.Teller`: the source's own phrases in plain sentences of the third person."""

    longest = 260

    def tell(self, fact: Fact) -> str:
        """Returns a sentence; "" where the fact gives no clean clause."""
        clause = _NUMBERED.sub("", self._said(fact))
        clause = "" if _FIRST_OF_SEVERAL.search(clause) else clause
        first = clause[:1].upper() if clause.startswith("the ") else clause[:1]
        return f"{first}{clause[1:]}." if clause else ""

    def _said(self, fact: Fact) -> str:
        match fact:
            case OfferFact() | NamedFact():
                return _offered(fact)
            case StudyFact() | FindingFact():
                return _studied(fact)
            case DeedFact(name=name, kind=kind, predicate=predicate):
                return _after("It" if fact.again else name or f"the {kind or 'method'}", predicate)
            case ResultFact():
                return _measured(fact)
            case HopeFact():
                return _hoped(fact)
            case ReleaseFact():
                return _released(fact)
            case HeadlineFact() | TopicFact():
                return ""  # the title says it


_FIRST_OF_SEVERAL = re.compile(r"\((?:1|i)\)(?!.*\((?:2|ii)\))", re.DOTALL)  # of which no second is told
_NUMBERED = re.compile(rf":\s*{_FIRST_OF_SEVERAL.pattern}.*$", re.DOTALL)  # three modules: (1) this


def _offered(fact: OfferFact | NamedFact) -> str:
    if isinstance(fact, NamedFact):
        return _after(f"{fact.name} is a {fact.kind} for", fact.task) if fact.kind and fact.task else ""
    if not fact.name:
        return _after(f"The authors {fact.verb}", fact.phrase)
    return _after(f"{fact.name} is", fact.phrase) if _ARTICLE.match(fact.phrase) else ""


def _studied(fact: StudyFact | FindingFact) -> str:
    if isinstance(fact, StudyFact):
        return _after("The authors aim to" if fact.verb == "aim" else f"The authors {fact.verb}", fact.phrase)
    who = "The results" if fact.verb in _OF_RESULTS else "The authors"
    return _after(f"{who} {fact.verb} that", fact.clause)


def _released(fact: ReleaseFact) -> str:
    things = _joined([_GOODS[item] for item in fact.goods])
    is_ = "will be" if fact.promised else "is" if len(fact.goods) == 1 and things != "models" else "are"
    return f"the {things} {is_} released"


def _after(opening: str, phrase: str) -> str:
    """The opening with a clean clause behind it; "" without one."""
    phrase = _SOLVES_BY.sub("works by ", _BESIDE.sub("", phrase), count=1)
    if opening.startswith("The authors"):
        phrase = _PAPER_DOES.split(phrase, maxsplit=1)[0]
    clause = clean_clause(phrase)
    return f"{opening} {clause}" if clause else ""


_BESIDE = re.compile(  # another name of it, and what points back to a sentence that is not told
    r",? or [A-Z][\w-]{1,20},?(?= that\b)"
    r"|,? (?:that|which) (?:address|tackle|solve|overcome|mitigate|resolve)(?:e?s)? th[eo]se \w+.*"
)
_PAPER_DOES = re.compile(  # what this paper presents "and reports": not what the authors "reports"
    r",? and (?=(?:conclud|report|discuss|present|introduc|outlin|propos|examin|analy[sz])e?s\b)"
)


def clean_clause(phrase: str) -> str:
    """A phrase up to where it can end: without what only adds, and nothing of the first person; or ""."""
    text = " ".join(phrase.split()).rstrip(" .")
    ends = [len(text), *(adjunct.start() for adjunct in _BREAK.finditer(text))]
    ends += [adjunct.start() for adjunct in _ADJUNCT.finditer(text) if adjunct.start() > _LONGEST_CLAUSE // 3]
    for end in sorted(ends, reverse=True):
        clause = text[:end].rstrip(" ,:;-")
        if len(clause) <= _LONGEST_CLAUSE and _whole(clause):
            return clause
    return ""


def _whole(clause: str) -> bool:
    """Whether a clause can stand: no open bracket or list, no word that waits for another."""
    return not (
        len(clause) < _SHORTEST_CLAUSE
        or clause.count("(") != clause.count(")")
        or clause.count("$") % 2
        or clause.count('"') % 2
        or clause.count("`")
        or _FIRST_PERSON.search(clause)
        or _HANGS.search(clause)
        or _POINTS_BACK.search(clause)
        or re.search(r"\b(?:both|either|not only)\b(?!.*\b(?:and|or|but)\b)", clause)
    )


_AND_DOES = re.compile(
    r",? and (?:\w+ly )?(?:competes|performs|achieves|generali[sz]es|scales|remains|rivals)\b.*"
)


def _measured(fact: ResultFact) -> str:
    unnamed = f"the {'proposed ' if fact.after_data else ''}{fact.kind}" if fact.kind else ""
    who = "It" if fact.again else fact.name or unnamed
    placed = fact.place and not fact.elsewhere and not fact.place.startswith(("terms of", "average"))
    place = f" on {fact.place}" if placed else ""
    if (
        not who
        or fact.outcome in {"shown", "tried"}
        or _FIRST_PERSON.search(f"{fact.place} {fact.rival} {fact.metric}")
    ):
        return ""
    amount = fact.amount.replace("$times$", "×")
    rival = _AND_DOES.sub("", fact.rival).rstrip(" ,")
    match fact.outcome:
        case "best":
            predicate = "reaches state-of-the-art performance" + (f" compared to {rival}" if rival else "")
        case "beat":
            predicate = f"outperforms {rival}" + (f" by {amount}" if amount else "")
        case "speed":
            predicate = f"is {amount} faster" + (f" than {rival}" if rival else "")
        case "hold":
            return f"{who} contains {amount} {fact.metric}"
        case "reach":
            predicate = f"reaches {amount} {fact.metric}"
        case "raise" | "lower" | "improve":
            verb = {"raise": "raises", "lower": "lowers", "improve": "improves"}[fact.outcome]
            predicate = f"{verb} {fact.metric} by {amount}" + (f" over {rival}" if rival else "")
    return f"{who} {predicate}{place}" if _whole(f"{who} {predicate}{place}") else ""


_HOPED = {
    "left": "The authors leave {} to later work", "later": "The authors plan to look into {} next",
    "should": "The authors hold that later work should look into {}",
    "could": "The authors hold that later work could look into {}",
    "way": "The authors expect the work to pave the way for {}",
    "potential": "The authors see the potential to {}",
    "directions": "The authors discuss open questions of {}",
    "limits": "The authors discuss limitations of {}",
}  # fmt: skip


def _hoped(fact: HopeFact) -> str:
    clause = clean_clause(fact.phrase)  # that they discuss limitations or directions tells nothing
    return _HOPED[fact.hope].format(clause) if clause else ""


def _joined(words_: list[str]) -> str:
    return words_[0] if len(words_) == 1 else f"{', '.join(words_[:-1])} and {words_[-1]}"


# ── numerals ────────────────────────────────────────────────────────────────────────────────────────

_SMALL = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: value * 10
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SINGLE = {"dozen": 12, "both": 2, "dual": 2, "pair": 2, "triple": 3, "single": 1}
_HUNDREDS = {"hundred": 100, "thousand": 1_000}
_NUMERALS = {**_SMALL, **_TENS, **_SINGLE, **_HUNDREDS}
_ONE = "|".join(sorted(_NUMERALS, key=len, reverse=True))
# Most words are no numeral: their first three letters tell, before every numeral is tried.
_BEGINS = "".join(f"[{''.join(sorted({word[at] for word in _NUMERALS}))}]" for at in range(3))
_RUN = rf"\b(?={_BEGINS})(?:{_ONE})(?:[ -](?:and )?(?:{_ONE})){{0,6}}\b"

_FRACTION = (
    r"\b(?:(?:a |one[- ])?half|halves|halved|halving|halve|"
    r"(?:(?:one|two|three|a)[- ])?(?:third|quarter|fifth)s?)\b"
)
_DENOMINATORS = {"half": 2, "hal": 2, "third": 3, "quarter": 4, "fifth": 5}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1
    )
}
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    rf"\b(?:{'|'.join(_MONTHS)})\b(?! \w+ing)(?<!(?-i:\bmay))(?<!(?-i:\bmarch))|\b(?:may|march)(?= \d)"
    r"|\b(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?(?= \d)"
)


def numeral(words: str) -> float:
    """The value of a run of numerals: two hundred and five."""
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _HUNDREDS:
            current = max(current, 1) * _HUNDREDS[word]
        elif word != "and":
            current = current * 12 if word == "dozen" and current else current + _NUMERALS.get(word, 0)
        if word == "thousand":
            total, current = total + current, 0
    return float(total + current)


_COUNTED = "|".join(
    f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in _NUMERALS if word not in {"a", "an"}
)
_OUT_OF = re.compile(
    rf"\b(?:[Oo]ne in|(?P<part>{_COUNTED})(?: times| cases)? out of) (?P<whole>{_COUNTED})\b"
)


def _out_of(run: str) -> float:
    """Nine out of ten."""
    match = _OUT_OF.match(run)
    return numeral(match["part"] or "one") / max(1.0, numeral(match["whole"])) if match else 0.0


def _fraction(run: str) -> float:
    words = re.split(r"[- ]", run.lower())
    below = next((n for name, n in _DENOMINATORS.items() if words[-1].startswith(name)), 2)
    return {"two": 2, "three": 3}.get(words[0], 1) / below


ENGLISH = Language(
    code="en",
    sample="The text presents a method that reaches 61.5%.",
    name="English",
    english="English",
    foreign=(
        *"Hiragana Katakana Cyrillic Thai Arabic Hebrew Devanagari Armenian Georgian Bengali".split(),
        *"Tamil Khmer Myanmar Han Hangul".split(),
    ),
    edges=(r"\b(?:", r")\b"),
    teller=EnglishTeller,
    numerals=(Numerals(_RUN, numeral),),
    fractions=(Numerals(_OUT_OF.pattern, _out_of), Numerals(_FRACTION, _fraction)),
    factors=(
        Numerals(r"\b(?:twice|doubl(?:e[sd]?|ing)|two-?fold)\b", lambda _: 2.0),
        Numerals(r"\b(?:thrice|tripl(?:e[sd]|ing)|three-?fold)\b", lambda _: 3.0),
        Numerals(r"\b(?:quadrupl(?:e[sd]?|ing)|four-?fold)\b", lambda _: 4.0),
        Numerals(r"\b(?:(?:an|one) order of magnitude|ten-?fold)\b", lambda _: 10.0),
    ),
    ordinals=(Numerals(rf"\b(?:{'|'.join(_ORDINALS)})\b(?!s)", lambda run: float(_ORDINALS[run.lower()])),),
    months=(Numerals(_MONTH, lambda run: 1.0 + [month[:3] for month in _MONTHS].index(run[:3].lower())),),
)


_SPELLED_OUT = re.compile(  # Missing Logic Detector by Emotion and Action (MLD-EA): the acronym says it
    r"(?:[A-Z][\w'-]*\s){0,5}?(?:[A-Z][\w'-]*(?:\s(?:of|for|by|with|in|on|and|to|from|via|through|the|as|at))+\s)(?:[A-Z][\w'-]*\s|"
    r"(?:of|for|by|with|in|on|and|to|from|via|the)\s){1,8}\((?P<short>[A-Z][\w.+-]{1,19})\)"
    r"|(?:[A-Z][\w'-]*\s){4,8}\((?P<other>[A-Z][\w.+-]{1,19})\)"
)


def unspelled(text: str) -> str:
    """A phrase with the acronym alone where the words before it spell it out."""
    return _SPELLED_OUT.sub(lambda match: match["short"] or match["other"], text)


def unplural(name: str) -> str:
    """LLMs → LLM; a name that only ends in s stays."""
    return name[:-1] if re.fullmatch(r"[\w-]*[A-Z][\w-]*[A-Z]s", name) else name


_PROMISE = re.compile(
    r"\bwill\b|\bplan to\b|\bupon (?:acceptance|publication)\b|\bsoon\b|\bto be\b|\bshall\b", re.IGNORECASE
)
_OF_OTHERS = re.compile(r"(\b(?:is|are)\b[^,]*), and .*", re.DOTALL)


def promises(release: str) -> bool:
    """Whether something is only promised, whatever is said of other goods behind it."""
    return bool(_PROMISE.search(_OF_OTHERS.sub(r"\1", release)))
