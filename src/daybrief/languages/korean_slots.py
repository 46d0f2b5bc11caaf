"""Korean of the parts of headlines that are sure: names, amounts, and phrases of words that have one sense.

    open-source coding agents → 오픈소스 코딩 에이전트
    Palantir CEO Alex Karp    → Palantir CEO Alex Karp

A phrase is sure when each of its words is: a name, a term of several words, or one of the lists `news sure`.
A name is one that the glossary has, or a word with a capital that is none of the language. Words of several
senses, and words that may be a verb, are on no list: a phrase with one of them is not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from daybrief.languages.en import CLOSED, PREPOSITIONS, ordinary, singular, undressed
from daybrief.languages.ko import in_steps, listed, money, particle
from daybrief.languages.korean_grammar import noun_phrase
from daybrief.languages.korean_words import filled, glossary, inflected, table

Kind = Literal["noun", "modifier", "name"]


class SurePiece(NamedTuple):
    """A run of words in Korean, whether it is a name, and the word behind it; `owns`: it stands before 의."""

    text: str
    kind: Kind
    end: int
    owns: bool = False


_FEW = 8  # headlines that are remembered, as one is read in several ways

# ── how a headline is read ──────────────────────────────────────────────────────────────────────────


def wears_capitals(title: str) -> bool:
    """Whether a headline writes its words with capitals, so that none of them makes a name."""
    longer = [word for word in title.split()[1:] if len(word) > _SHORT_WORD and word[:1].isalpha()]
    longer = [word for word in longer if not word.startswith(SUM_NAME) and word[1:] == word[1:].lower()]
    return 2 * sum(word[:1].isupper() for word in longer) > len(longer)


_SHORT_WORD = 3
SUM_NAME, SUM_LETTERS = "Qsum", "AEIOU"  # a name spoken with an open end, as 달러 is
_OUTLET = (  # who printed it, behind the headline
    r"^The Guardian view on |\s[|–—-]\s(?:TechCrunch|Reuters|Bloomberg|CBC(?: News)?|BBC(?: News)?|CNN|Axios"
    r"|WIRED|Forbes|Ars Technica|The (?:Verge|Guardian|Economic Times|Times of India)|[A-Z]\w+ Blog)$"
)
_SHORT_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE if fold else 0), plain)
    for pattern, plain, fold in (
        (r"[\u2018\u2019]", "'", False),
        (r"[\u2010\u2011]", "-", False),
        (r"\bwon['’]t\b", "will not", True),
        (r"\bcan(?:['’]t|not)\b", "can not", True),
        (r"n['’]t\b", " not", True),
        (r"\b(it|he|she|that|here|there|what|who|how)['’]s\b", r"\1 is", True),
        (r"['’]re\b", " are", False),
        (r"['’]ve\b", " have", False),
        (r"['’]m\b", " am", False),
        (r"\b(open|vibe|reverse)[ -](sourc|cod|engineer)(?=(?:es|ed|s|ing)\b)", r"\1-\2", True),
        (r"\b(?:my|your|his|her|their|our)\s(?:own\s)?", "", True),
        (r"^\s*[(\[]?[^)\](\[]{1,30}[)\]]\s*", "", False),
        (r"[\"“”]|(?<!\w)'|(?<!s)'(?!\w)", "", False),
        (r"\s\([A-Z]{2,6}s?\)", "", False),
        (r"\bU\.S\.?(?=\s|$)", "US", False),
        (r"\bvs(?= code of\b)", "versus", False),
        (r"\b(?:New|San|Los|Hong|Tel) [A-Z][a-z]+-based (?=\w)|(?<=[:.] )Go (?=from|to|beyond)", "", False),
        (r"\s(?:right )?now(?=$|\s)", "", True),
        (_OUTLET, "", False),
        (r"\s?[(\[]?\bpart \d+\b[)\]]?", "", True),
        (r"\b(?:just|finally|officially|quietly|also|already|still|even|actually|really) ", "", True),
    )
)  # what is written short or says nothing, and how it is read


@lru_cache(maxsize=_FEW)
def spelled_out(title: str) -> str:
    """A headline without its dress, and with its short forms written out."""
    title = undressed(title)
    for pattern, plain in _SHORT_FORMS:
        title = pattern.sub(plain, title)
    return " ".join(title.split()).strip(" .!")


@lru_cache(maxsize=_FEW)
def lowered(title: str) -> str:
    """A headline, spelled out, with words of the language in lower case; its names stay where they are."""
    return "".join(_lowered_part(part) for part in _PARTS.split(title))


_PARTS = re.compile(r"((?: [–—|-]|(?<=[a-z]{2})[.!?]) )")  # some wear capitals, and some do not


def _lowered_part(title: str) -> str:
    titled = wears_capitals(title)
    words = title.split(" ")
    return " ".join(_lowered(words, at, titled=titled) if words[at] else "" for at in range(len(words)))


def _lowered(words: list[str], at: int, *, titled: bool) -> str:
    """A word in lower case where its capital says nothing: of a titled headline, or of its first word."""
    word = words[at]
    bare = word.strip(",:;.!?'\"()").removesuffix("'s")
    plain = re.fullmatch(r"[A-Z][a-z]+(?:-[A-Za-z]?[a-z]+)*", bare)
    opens = at == 0 or words[at - 1][-1:] in tuple(":.!?–—|")
    named = at == 0 and (word[-1] in ":," or (words[1:2] and words[1] in _SIGNS))  # NAME: what it is
    if not plain or not (titled or opens) or named or not is_word(bare):
        return word
    low = bare.lower()
    known = low in glossary(news=True).company or _opens_name(words, at)
    after_name = at and (words[at - 1][-1:].isdigit() or words[at - 1].lower() in glossary(news=True).company)
    return word if known or (after_name and low in table("news edition")) else word.lower()


_SIGNS = ("-", "–", "—", "|")


def _opens_name(words: list[str], at: int) -> bool:
    """Whether a known name of several words opens here."""
    for length in range(_MOST_OF_NAME, 1, -1):
        key = " ".join(words[at : at + length]).lower().strip(",:;.!?").removesuffix("'s")
        if " " in key and key in glossary(news=True).company:
            return True
    return False


@cache
def is_word(text: str) -> bool:
    """Whether a word, or a part of it between hyphens, is one of the language and so no name."""
    return is_listed(text) or any(map(_WORDLIKE.search, text.lower().split("-")))


@cache
def is_listed(text: str) -> bool:
    """Whether the glossary or a list knows a word, or a part of it between hyphens, that is no company."""
    known, forms = glossary(news=True), inflected(news=True)
    return any(
        low in forms
        or low in CLOSED
        or low in ordinary()
        or low in known.modifier
        or (singular(low) in known.noun and singular(low) not in known.company)
        for low in text.lower().split("-")
    )


_WORDLIKE = re.compile(
    r"\w{3}(?:i[sz]es|ifies|ously|ically|ness|ments?|tions?|isms?|ists|ings?|less|ful|ed|iest|ers)$"
)


# ── the pieces of a phrase ──────────────────────────────────────────────────────────────────────────

_MOST_WORDS, _MOST_OF_NAME, _MOST_PIECES = 6, 4, 5
_NAME = re.compile(r"[A-Z][\w+&/]*(?:-[A-Z\d][\w+]*|\.\w+)*|[a-z]+[A-Z]\w*|[a-z]+\.(?:ai|cpp|js|py|io|rs)")
_NUMBERED = re.compile(r"v?\d[\w.]*")


@cache
def _sure() -> dict[str, tuple[str, Kind]]:
    """The words and terms of one sense: terms of several words, and the lists of single words."""
    known, unsure = glossary(news=True), table("news unsure")
    entries: dict[str, tuple[str, Kind]] = {}
    terms: tuple[tuple[dict[str, str], Kind], ...] = ((known.modifier, "modifier"), (known.noun, "noun"))
    for known_terms, kind in terms:
        for key, korean in known_terms.items():
            if (" " in key or "-" in key) and key not in unsure and key not in known.company:
                entries[key] = (korean, kind)
    single: tuple[tuple[str, Kind], ...] = (("news sure modifier", "modifier"), ("news sure", "noun"))
    for name, kind in single:
        for key, korean in table(name).items():
            own = korean if korean != key else (known.modifier | known.noun).get(key, key)
            entries[key] = (own, kind)
    return entries


def piece(words: list[str], at: int) -> SurePiece | None:
    """The longest run of words from one on that is sure; None where the word is not."""
    known = glossary(news=True)
    for length in range(min(_MOST_WORDS, len(words) - at), 0, -1):
        run = words[at : at + length]
        owns = run[-1].endswith("'s")
        key = " ".join(run).removesuffix("'s").lower()
        written = run[0][:1].isupper() or length > 1
        if key in known.company and key not in table("news unsure") and written:
            longer = _proper(words, at) if not owns and at + length < len(words) else None
            known_name = _named(known.noun[key], words, at + length, owns=owns)
            grows = longer and longer.end > known_name.end
            return longer if grows and singular(words[known_name.end].lower()) not in _sure() else known_name
        if length == 1 and _opens_run(words, at):
            break  # Tech Force
        front, _, last = key.rpartition(" ")
        for each in (key, f"{front} {singular(last)}".strip()):
            if each in _sure() and (each != "us" or run[0] == "US"):
                korean, kind = _sure()[each]
                return SurePiece(korean, kind, at + length, owns)
    return _compound(words[at], at) or _proper(words, at)


def _opens_run(words: list[str], at: int) -> bool:
    """Whether two words with capitals of their own stand here: a name, be they ever so ordinary."""
    both = words[at : at + 2]
    return len(both) > 1 and all(re.fullmatch("[A-Z][a-z]+", word) for word in both)


def _named(korean: str, words: list[str], end: int, *, owns: bool) -> SurePiece:
    """A known name with what numbers it: Claude Opus 4.5, Gemini Flash."""
    while not owns and end < len(words):
        word = words[end].removesuffix("'s")
        edition = word[:1].isupper() and word.lower() in table("news edition")
        if not edition and (
            _COUNTS.match(" ".join(words[end : end + 2])) or not re.fullmatch(r"v?\d[\d.]*\w{0,2}", word)
        ):
            break
        korean, owns, end = f"{korean} {word}", words[end].endswith("'s"), end + 1
    return SurePiece(korean, "name", end, owns)


def _compound(word: str, at: int) -> SurePiece | None:
    """A word with a hyphen whose second part says how it hangs on the first: Ollama-based."""
    head, _, tail = word.rpartition("-")
    pattern = table("news suffix").get(tail.lower())
    if not head or not pattern:
        return None
    inner = piece([head], 0)
    return SurePiece(filled(pattern, inner.text), "modifier", at + 1) if inner else None


def _proper(words: list[str], at: int) -> SurePiece | None:
    """A run of words with capitals that are none of the language."""
    end, owns = at, False
    while end < len(words) and end - at < _MOST_OF_NAME and not owns:
        word = words[end].removesuffix("'s")
        numbered = _NUMBERED.fullmatch(word) or _VERSION.fullmatch(word)
        number = end > at and numbered and not _COUNTS.match(" ".join(words[end : end + 2]))
        edition = end > at and word[:1].isupper() and word.lower() in table("news edition")
        if not number and not edition and not _is_name(word):
            break
        known = singular(word.lower()) in _sure() and not re.fullmatch("[A-Z][a-z]+", word)
        listed = word.lower() in glossary(news=True).company and word.lower() not in _sure()
        if end > at and (known or listed):
            break
        owns = words[end].endswith("'s")
        end += 1
    if end == at:
        return None
    text = " ".join(words[at:end]).removesuffix("'s")
    return SurePiece(_ACRONYMS.sub("", text), "name", end, owns)


_ACRONYMS = re.compile(r"(?<=\b[A-Z]{2})s$|(?<=\b[A-Z]{3})s$|(?<=\b[A-Z]{4})s$")  # URLs


def _is_name(word: str) -> bool:
    """Whether a word is written as a name, and is none of the language."""
    if not _NAME.fullmatch(word) or word.startswith(SUM_NAME) or word.lower() in _NO_NAMES or len(word) < 2:
        return False
    shouted = word.isalpha() and word.isupper() and len(word) > _LONGEST_SHORT and is_word(word)
    return not shouted and not _VERSION.fullmatch(word)


_LONGEST_SHORT = 3
_NO_NAMES = CLOSED | set(
    "me us mine ok i hn get give make let take use find build vs vs. am beware hey sen gov rep dr mr mrs ms"
    " tl gb mb tb kb ghz".split()
)
_VERSION = re.compile(r"[A-Za-z]?\d[\d.]*[A-Za-z]{0,2}")
_COUNTS = re.compile(r"\d+ (?:times|(?:year|month|week|day|hour|minute)s?)\b", re.I)  # 8 times a day


# ── what fills a slot ───────────────────────────────────────────────────────────────────────────────

_DETERMINED = re.compile(r"^(?:(?:the|an?|its|their|his|her|our|my|your)\s)+(?:own\s)?", re.IGNORECASE)


def phrase(text: str) -> str:
    """A noun phrase whose words are all sure, a count of such, or two of them; "" for anything else."""
    text = _DETERMINED.sub("", text.strip(" .!"))
    if count := _counted(text):
        return count
    head, mark, use = text.partition(" for ")
    if mark:
        thing, purpose = _either(head), _either(_DETERMINED.sub("", use))
        return f"{purpose}{particle(purpose, '을/를')} 위한 {thing}" if thing and purpose else ""
    return _either(text)


def _either(text: str) -> str:
    """A phrase, or two of them."""
    first, joint, second = text.partition(" and ")
    if not joint:
        return _run(text.split())
    both = (_run(first.split()), _run(_DETERMINED.sub("", second).split()))
    return f"{both[0]}{particle(both[0], '과/와')} {both[1]}" if all(both) else ""


def _run(words: list[str]) -> str:
    """Words that are sure to their end, modifiers first."""
    pieces: list[SurePiece] = []
    at = 0
    while at < len(words):
        part = piece(words, at)
        if part is None or len(pieces) == _MOST_PIECES:
            return ""
        if part.kind == "modifier" and pieces and not pieces[-1].owns and pieces[-1].kind != "modifier":
            return ""
        pieces.append(part)
        at = part.end
    if not pieces or pieces[-1].kind == "modifier" or pieces[-1].owns:
        return ""
    if sum(each.owns for each in pieces) > 1:
        return ""
    return " ".join(f"{each.text}의" if each.owns else each.text for each in pieces)


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


def _counted(text: str) -> str:
    """직원 3,000명, 직원의 10%; "" for what is no such count."""
    match = _SHARE.fullmatch(text) or _COUNTED.fullmatch(text)
    what = _run(match["what"].split()) if match else ""
    if match is None or not what:
        return ""
    before, behind = _BOUNDS.get((match["bound"] or "").lower(), ("", ""))
    if match.re is _SHARE:
        return f"{what}의 {before}{match['number']}%{behind}"
    last = singular(match["what"].lower().split()[-1])
    unit = "개" if last in {"job", "role"} else "명" if last in table("news doer") else ""
    return f"{what} {before}{in_steps(match['number'], match['scale'] or '')}{unit}{behind}" if unit else ""


def name(text: str) -> str:
    """A name, somebody who acts, or a list of them; "" for anything else."""
    parts = re.split(r", and |, | and | & ", text)
    if 1 < len(parts) <= _MOST_NAMED:
        each = [name(part) for part in parts]
        return f"{', '.join(each[:-1])}{particle(each[-2], '과/와')} {each[-1]}" if all(each) else ""
    words = _DETERMINED.sub("", text).split()
    korean = _run(words)
    if not korean:
        return ""
    last = singular(words[-1].lower())
    return korean if last in table("news doer") or _last_piece(words).kind == "name" else ""


_MOST_NAMED = 4


def _last_piece(words: list[str]) -> SurePiece:
    """The piece at the end of words that are sure."""
    at, last = 0, SurePiece("", "noun", 0)
    while at < len(words) and (part := piece(words, at)):
        at, last = part.end, part
    return last


def proper(text: str) -> str:
    """A name alone; "" for anything else."""
    words = text.split()
    part = piece(words, 0) if words else None
    return part.text if part and part.kind == "name" and part.end == len(words) else ""


def thing(text: str, *, single: bool = False) -> str:
    """A phrase that says what a product is, by its last noun; a `single` thing; "" for anything else."""
    text = re.sub(r"\s*\([^)]*\)", "", text)
    head = HEAD_ENDS.split(_DETERMINED.sub("", text.strip(" .!")), maxsplit=1)[0]
    written, use = _WRITTEN_IN.search(text), re.search(re.escape(head) + " for (?!\\w+ing\\b)(.+)", text)
    korean = phrase(head)
    last = head.rsplit(" ", 1)[-1].lower()
    if single and last != singular(last):
        return ""
    korean = korean or _without_first(head, determined=_A.match(text) is not None)
    if inflected(news=True).get(head.split(" ", 1)[0].lower(), ("", ""))[1] == "ing":
        return ""  # fine-tuning models: what is done
    if not korean or not korean.endswith(tuple(table("news thing"))):
        return ""
    if other := _ALTERNATIVE.search(text):
        to = _run(other["what"].split())
        return f"{to}의 {korean}" if to else ""
    if korean.endswith("대안") and not re.search(r"[A-Za-z]\S* 대안$", korean):
        return ""
    purpose = _purpose(use[1]) if use else ""
    if purpose and purpose not in korean:
        return f"{purpose}{particle(purpose, '을/를')} 위한 {korean}"
    if " " not in korean and not written:
        return ""
    return f"{written[1]}{particle(written[1], '으로/로')} 작성한 {korean}" if written else korean


def product(word: str) -> str:
    """The kind of thing that a word, in the singular, surely names: 도구; "" for anything else."""
    korean, sort = _sure().get(word.lower(), ("", "noun"))
    last = korean.rsplit(" ", 1)[-1]
    return korean if sort == "noun" and last in table("news thing") and last not in _NO_PRODUCT else ""


_NO_PRODUCT = frozenset(
    ("기업", "스타트업", "AI", "LLM", "언어", "칩", "컴퓨터", "모델", "저장소", "코드", "로봇")
)


def _purpose(text: str) -> str:
    """The purpose of a thing, whole up to a break that is no "and"; "" where a word of it is not sure."""
    end = HEAD_ENDS.search(text)
    words = _DETERMINED.sub("", text[: end.start()] if end else text).split()
    korean = "" if end and end[0].strip() in {"and", ","} else _run(words)
    return "" if doubtful(korean, titled=False) else korean


def _without_first(head: str, *, determined: bool) -> str:
    """A kind of thing without the words before it that are not sure, where these can only qualify it."""
    words, known = head.split(), glossary(news=True).modifier
    for at, word in enumerate(words[:-1]):
        low = word.lower()
        if low in CLOSED or not (determined or (low in known and low not in inflected(news=True))):
            return ""
        qualifies = low in known or _QUALIFIES.search(low)
        if qualifies and " " in (run := _run(words[at + 1 :])):
            return run
    return ""


_QUALIFIES = re.compile(r"(?:al|ive|ous|able|ible|ful|less|ic|ed)$|-")


_A = re.compile(r"an? (?!non|anti|fake|not)", re.IGNORECASE)
HEAD_ENDS = re.compile(
    r"[,(:;–—|]\s?|\.(?:\s|$)|\s-\s|\s(?:for|to|that|which|with|in|on|of|by|via|using|from|at|and|where|behind|built|made"
    r"|written|like|inspired|based|designed|optimized|without|you|your|i)(?=\s|$)"
)
_WRITTEN_IN = re.compile(
    r" (?:(?:built|written|made) )?in (?:pure |plain |vanilla )?(Rust|Python|Go|C\+\+|Java|JavaScript"
    r"|TypeScript|Ruby|Haskell|Zig|Swift|Lisp|Erlang|Elixir|Julia|OCaml|Kotlin)(?![\w+])"
)
_ALTERNATIVE = re.compile(
    r"\balternative to (?:the )?(?P<what>(?:[A-Z][\w.+-]*)(?: [A-Z][\w.+-]*)*)(?=$|[\s,.;:)])"
)


@lru_cache(maxsize=_FEW)
def subjects(written: str) -> tuple[str, ...]:
    """Names and terms of several words that a headline, spelled out, speaks of, else single words."""
    runs: dict[str, bool] = {}
    titled = wears_capitals(written)
    written = DENIED.sub(" ", written)
    for clause in re.split(r"(?:[;:!?()|–—\"]|,(?!\d{3}))+\s*|\s-\s|\.\s|\s\.", lowered(written)):
        words = [word.strip(".*[]{}") for word in clause.split()]
        for run, strong in _runs([word for word in words if word]):
            text = run
            if doubtful(text, titled=titled):
                kept = [word for word in text.split() if not re.fullmatch("[A-Z][a-z]+(?:의)?", word)]
                text = " ".join(kept).removesuffix("의").removeprefix("기반 ")
            text = _NUMBER_ALONE.sub("", text)
            if text and not re.search(r"\w\.[a-z]{2,}(?: |$)", text):  # no address
                runs[text] = strong or runs.get(text, False)
    telling = tuple(text for text in runs if runs[text] and text not in table("everywhere"))
    return telling or tuple(text for text in runs if text != _OPEN) or tuple(runs)


def named_surely(written: str) -> tuple[str, ...]:
    """The names and terms of several words whose Latin words are all known; else AI, where it is named."""
    terms = [_NEW_AI.sub("AI", term) for term in subjects(written) if not term.endswith("/")]
    whole = [t for t in terms if not any(t != each and t in each for each in terms)]
    known = tuple(term for term in whole if all(map(_known, re.findall(r"[A-Za-z][\w.+-]*", term))))
    strong = tuple(term for term in known if _WEIGHTY.search(term) or term in _alone())
    hidden = AI_INSIDE.search(DENIED.sub(" ", written))
    return strong or ((hidden[0],) if hidden else ())


_NUMBER_ALONE = re.compile(r"^\d[\d.,]*(?: |$)")  # of what was left out: no Veo, 3 videos
_NEW_AI = re.compile(
    "^(?:새로운|새|최신|무료|더 나은|고급|안정적인|강력한|작은|빠른|효율적인|지능형) AI$"
)  # New AI study
_WEIGHTY = re.compile(r"[가-힣] [가-힣]{2}|^(?!CVE-).*[A-Za-z]{2}")  # a term of several words, or a name
AI_INSIDE = re.compile(r"(?<![\w-])(?:AI|AGI|LLM|GPT(?!-\d)|MCP|RAG)(?!-free)(?=\b|s\b|-)")


@cache
def _alone() -> frozenset[str]:
    """The single words that say enough: known names, and what is told even where the rest is not known."""
    known = glossary(news=True)
    return frozenset(known.noun[each] for each in known.company) | table("news topical").keys()


@cache
def _latin() -> frozenset[str]:
    """The Latin words that stand in the Korean of sure words."""
    return frozenset(word for korean, _ in _sure().values() for word in korean.split() if word.isascii())


def _known(word: str) -> bool:
    """Whether a Latin word is a known name, or written as none but a name is: GPT-5, xAI."""
    marked = re.search(r"[a-z][A-Z]|[A-Za-z].*\d|^[A-Z]{3,}-[A-Z]{2,}$", word) is not None
    return marked or word in glossary(news=True).names or word in _latin()


_OPEN = "오픈소스"
DENIED = re.compile(
    r"\b(?:(?<!to )no|without|instead of|rather than|like an?)\b[^,;:.|–—]*", re.IGNORECASE
)  # no API keys


def _runs(words: list[str]) -> Iterator[tuple[str, bool]]:
    """The sure phrases among words, each as long as it is sure, and whether one is more than a plain word."""
    at, run, began = 0, list[SurePiece](), 0
    while at <= len(words):
        part = piece(words, at) if at < len(words) else None
        backs = part and part.kind == "modifier" and run and run[-1].kind != "modifier"
        if part and not backs and len(run) < _MOST_OF_NAME:
            began = at if not run else began
            run.append(part)
            at = part.end
            continue
        half = run and not (_may_end(words, at) and (len(run) > 1 or _may_end(words, began - 1)))
        yield from _whole_of(run, began) if half else _written(run, began)
        run, began = ([part], at) if part else ([], at)
        at = part.end if part else at + 1
    yield from _written(run, began)


def doubtful(text: str, *, titled: bool) -> bool:
    """Whether a name may be words that a headline only wrote large: it is not told as a subject."""
    unknown = [w for w in re.findall(r"[A-Za-z][\w.+-]*", text) if w not in glossary(news=True).names]
    plain = [word for word in unknown if re.fullmatch("[A-Z][a-z]+", word)]
    edition = _EDITION.search(text)
    if edition and edition["name"] not in _MONTHS and not is_word(edition["name"]):
        return False
    if not plain or len(plain) < len([word for word in unknown if not word.isupper()]):
        return False
    alone = titled and len(plain) == 1 and len([word for word in unknown if not word.isupper()]) == 1
    acts = any(inflected(news=True).get(word.lower(), ("", ""))[1] == "s" for word in plain)
    several = len(plain) == 1 and text.endswith("s") and text in plain
    return alone or several or acts or all(is_word(word) or word in _MONTHS for word in plain)


_EDITION = re.compile(r"(?P<name>\b[A-Z][a-z]{2,}) [A-Zv]?\d[\d.]*\b")  # Veo 3, Kimi K3
_MONTHS = frozenset(
    "January February March April May June July August September October November December Monday Tuesday"
    " Wednesday Thursday Friday Saturday Sunday".split()
)


def _may_end(words: list[str], at: int) -> bool:
    """Whether a phrase may begin or end beside a word: it is no noun that belongs to the phrase."""
    low = words[at].lower() if 0 <= at < len(words) else "of"
    return low in CLOSED or low in inflected(news=True) or low.endswith(("ly", "ing", "ed")) or low.isdigit()


def _whole_of(run: list[SurePiece], began: int) -> Iterator[tuple[str, bool]]:
    """The names and terms of a run that is half a phrase: they say what it is about by themselves."""
    for each in run:
        whole = each.kind == "name" or (each.kind == "noun" and each.end - began > 1)
        if whole or each.text in table("news topical"):
            yield each.text, whole
        began = each.end


def _written(run: list[SurePiece], began: int) -> Iterator[tuple[str, bool]]:
    """A run of pieces as a phrase, from its first that is not only new, up to its last noun."""
    while run and run[-1].kind == "modifier":
        run = run[:-1]
    while [each.kind for each in run[:2]] == ["modifier", "name"]:
        began, run = run[0].end, run[1:]
    if run:
        texts = [f"{each.text}의" if each.owns else each.text for each in run]
        strong = len(run) > 1 or run[0].kind == "name" or run[-1].end - began > 1
        yield " ".join([*texts[:-1], run[-1].text]), strong


# ── amounts ─────────────────────────────────────────────────────────────────────────────────────────

_SUM_BOUNDS = {
    "up to": "최대 {}", "over": "{} 이상", "more than": "{} 이상", "at least": "최소 {}", "nearly": "약 {}",
    "around": "약 {}", "about": "약 {}", "roughly": "약 {}", "almost": "약 {}",
}  # fmt: skip
_SUM_IN = re.compile(
    rf"(?:\b(?P<bound>{'|'.join(_SUM_BOUNDS)}) )?"
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
        sums.append(_SUM_BOUNDS[match["bound"]].format(amount) if match["bound"] else amount)
        return f"{SUM_NAME}{SUM_LETTERS[len(sums) - 1]}"

    return _SUM_IN.sub(named, title), tuple(sums)


def amount(text: str) -> str:
    """A sum of money, which has a name here, or a share; "" for anything else."""
    return text if re.fullmatch(rf"{SUM_NAME}[A-Z]|\d[\d.]*%", text) else ""


# ── places with names ───────────────────────────────────────────────────────────────────────────────

NAMES = re.compile(r"(?<![\w-])(?=[^ ]*[A-Z0-9][^ ]*[A-Z0-9])[A-Z][\w.+-]*[\w+]")
_COLLECTIVE = "|".join(table("collected"))
_NAME_IN_LIST = re.compile(r"(?!\d+\b)(?:[a-z]{1,3}(?=[A-Z]))?[A-Z0-9][\w.+/&-]*[\w+](?:\s\d[\w.]*)?")
_NAMES_ONLY = re.compile(
    rf"(?:the |both |our )*(?P<names>{_NAME_IN_LIST.pattern}"
    rf"(?:(?:, and |, | and )(?:the )?{_NAME_IN_LIST.pattern}){{0,5}})"
    rf"(?: (?P<what>{_COLLECTIVE}))?"
)
_SUCH_AS = re.compile(
    rf"(?:\w+ )?(?P<what>{_COLLECTIVE}),? (?:such as|including|like) (?P<names>{_NAME_IN_LIST.pattern}"
    rf"(?:(?:, and |, | and ){_NAME_IN_LIST.pattern}){{1,5}}),?"
)


def place_by_name(text: str) -> str:
    """The place of a measurement that is a list of names, or of examples; "" for any other."""
    named = _SUCH_AS.fullmatch(text) or _NAMES_ONLY.fullmatch(text)
    if named is None:
        return ""
    each = _NAME_IN_LIST.findall(named["names"])
    what = table("collected").get(named["what"] or "", "")
    if named.re is _SUCH_AS:
        return f"{', '.join(each)} 등의 {what}에서"
    return f"{listed(each, 'and') if len(each) > 1 else each[0]} {what}".strip() + "에서"


def place_in_general(text: str) -> str | None:
    """The end of a place that can be told, without what qualifies it; None where there is none."""
    parts = text.removeprefix("both ").split()
    if set(parts) & (PREPOSITIONS | {"or", "and"}):
        return None
    for start in range(1, len(parts) - 1):
        if not _QUALIFYING.fullmatch(parts[start - 1]):
            return None  # a noun before a noun says which one it is
        phrase = noun_phrase(" ".join(parts[start:]), whole=True)
        if phrase and not phrase.kept:
            return f"{phrase.text}에서"
    return None


_QUALIFYING = re.compile(
    r"\w*(?:ed|al|ive|ous|able|ible|ic|ly|ary|ful|ish|ese|ian|ing)|the|an?|[\w-]*-[\w-]+|\d+", re.IGNORECASE
)


_AMOUNT = re.compile(
    r"(?P<hedge>[A-Za-z][a-z ]*?)?\s*(?P<number>\d[\d,.]*[kKmM]?)\s*"
    r"(?P<unit>%|percentage points?|percent|points?|×|\$times\$|x|times)?"
)
_OVER = {"over": "이상", "more than": "이상"}


def quantity(text: str) -> tuple[str, str] | None:
    """The number with its unit, and how it is hedged; None where either is not known."""
    if not text:
        return "", ""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    hedge = (match["hedge"] or "").strip().lower()
    unit = (match["unit"] or "").rstrip("s") if match["unit"] != "%" else "%"
    if hedge and hedge not in table("hedge") and hedge not in _OVER:
        return None
    number = match["number"].rstrip(".,") + table("unit").get(unit, unit)
    return number, _OVER.get(hedge) or table("hedge").get(hedge, "")


def two_verbs(text: str) -> bool:
    """Whether the next word may be the last noun of the subject: profiles significantly impact decisions."""
    match = _MAY_BE_NOUN.match(text)
    return match is not None and match[1].lower() not in CLOSED | _DEGREES


_DEGREES = frozenset("better worse well more less higher lower".split())
_MAY_BE_NOUN = re.compile(r"\s*+[a-z]++(?<=s) (?:\w++(?<=ly)|also|often) (\w++)")
