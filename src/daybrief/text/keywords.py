"""Keywords of a title: the technical phrases a reader would search for.

A keyword is one to three neighbouring words of a title with no function word at either end, in one
    spelling (lower case, singular), so that "Diffusion Transformers" and "diffusion transformer"
    count as one.
"""

from __future__ import annotations

import re

from daybrief.languages import LANGUAGES

# Latin words may hold digits, dots, plus and hyphens (GPT-4o, C++); Hangul and Han come as runs.
_WORD = re.compile(
    r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ0-9]*(?:[-.+'’][A-Za-z0-9+]+)*+|[\uac00-\ud7a3]+[\uac00-\ud7a3A-Za-z0-9]*|[一-鿿]{2,}"
)
_BREAK = re.compile(r"[:;,.?!()\[\]{}|/\"“”]+(?=\s|$)|\s[-–—]\s|[()\[\]|\"“”]")

_FUNCTION = frozenset(
    """a an and are as at be beyond but by can do does for from how if in into is it its more need
    no not of on or
    our over per should so than that the their them then there these they this those through to
    toward towards
    under up upon use using via was we what when where which while who why will with within without
    you your
    all any between both each every few is less like makes make most much new non one only other
    some such too two
    three vs versus has have had get gets good better best really towards revisiting rethinking exploring
    show hn ask tell launch introducing announcing""".split()
)
# Words that say nothing on their own in this field; inside a phrase they are welcome.
_PALE = frozenset(
    """
    adaptive ai analysis app application approach artificial automatic aware back based benchmark
    billion build built case challenge change code company comparison comprehensive computing content
    control data dataset day deal deep design document domain dynamic edge effect effective efficient
    enhanced enhancing error evaluating evaluation evidence experience failure fast feature flexible
    form framework function game general generation global gradient graph group guide health high hiring
    human image impact improved improving inference information input intelligence interplay interpret
    item job joint knowledge language large launch learning level local long low machine measure memory
    method million mind model modeling modelling month multi network neural new novel object open
    optimal output paper part people performance person personal perspective plan point policy power
    practice prediction price problem process prompt property quality question rate real release
    released report representation research response result review robust role say scalable scale
    scaling self sequence set short signal simple simulation single social software source space speech
    startup state step strategy structure study style subject survey system target task team technique
    test text theory thing time today tool toolkit topic training translation type understanding unified
    use user value video view vision visual way week weight word work world year
    """.split()
) | {word for one in LANGUAGES for word in one.rules.reading.title_stop.split()}
_MOST_WORDS = 3
_READ = 4_000  # characters of a text that are read


def keywords(title: str) -> tuple[str, ...]:
    """The keywords of a title, each once, in order of appearance; longer phrases beside their parts."""
    found: dict[str, None] = {}
    for phrase in _BREAK.split(title[:_READ]):
        words = _WORD.findall(phrase)
        for start in range(len(words)):
            for length in range(1, min(_MOST_WORDS, len(words) - start) + 1):
                if word := _keyword(words[start : start + length]):
                    found.setdefault(word)
    return tuple(found)


def proved(title: str, text: str) -> tuple[str, ...]:
    """The keywords of a title that its text speaks of too; all of them where there is no text.

    What a title says in jest ("Drowning in Documents") or wraps around its subject falls away.
    """
    named = keywords(title)
    if not text:
        return named
    spoken = f" {' '.join(singular(word.lower()) for word in _WORD.findall(text[: 5 * _READ]))} "
    return tuple(word for word in named if f" {' '.join(map(singular, word.split()))} " in spoken)


def _keyword(words: list[str]) -> str:
    lower = [w.lower().removesuffix("'s").removesuffix("’s") for w in words]
    if any(w in _FUNCTION for w in (lower[0], lower[-1])) or (len(lower) > 2 and lower[1] in _FUNCTION):
        return ""
    if all(_pale(w) or len(w) < 2 for w in lower):
        return ""
    if len(lower) == 1 and len(lower[0]) < 3:
        return lower[0] if words[0].isupper() and len(words[0]) == 2 else ""
    return " ".join([*lower[:-1], singular(lower[-1])])


def _pale(word: str) -> bool:
    return word in _PALE or singular(word) in _PALE


def singular(word: str) -> str:
    """An English noun without its plural ending, where the ending is plain."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "ous", "ics")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1]


def occurrence(keyword: str, title: str) -> tuple[int, int] | None:
    """Where a keyword stands in a title (code point offsets), or None."""
    matches = list(_WORD.finditer(title))
    width = keyword.count(" ") + 1
    for start in range(len(matches) - width + 1):
        span = matches[start : start + width]
        if _keyword([m[0] for m in span]) == keyword:
            return span[0].start(), span[-1].end()
    return None
