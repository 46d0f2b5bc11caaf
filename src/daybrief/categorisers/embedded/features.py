"""Features of a piece of writing for a linear model: named, in blocks.

A feature is a short string: `robot` (a word), `visual slam` (two neighbours), `t:robot` (a word of the
title), `#rob` (three letters), `h:openai.com` (a host), `c:cs.RO` (a tag). A mark before the colon belongs
to one block alone: equal strings share one weight. Its number is the CRC-32 of the string, so no vocabulary
has to be kept and the same text gives the same numbers on every machine and in every batch. A block is a
set of features that is scaled to length one before the blocks are added.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from urllib.parse import urlsplit

from daybrief.text.relevance import about_ai
from daybrief.text.words import singular


def _pattern(terms: str) -> re.Pattern[str]:
    # Hangul and Han words stand without blanks around them: only Latin letters and digits bound a term.
    # Case is folded before, not by the pattern: a branch is then chosen by its first letter, thrice as fast.
    bounded = terms.replace("\n", "")
    return re.compile(rf"(?<![a-z0-9])(?:{bounded})(?![a-z0-9])")


def _patterns() -> dict[str, re.Pattern[str]]:
    """Each concept's words, from `assets/concepts.toml`."""
    raw = (files("daybrief") / "assets" / "concepts.toml").read_text(encoding="utf-8")
    return {concept: _pattern(terms) for concept, terms in tomllib.loads(raw).items()}


_PATTERNS = _patterns()


def concepts(text: str) -> tuple[str, ...]:
    """The concepts a text speaks of, in a fixed order; a question mark counts as one."""
    lower = text.lower()
    named = tuple(concept for concept, pattern in _PATTERNS.items() if pattern.search(lower))
    return (*named, "question") if "?" in text else named


MOST_CHARACTERS = 6_000  # an abstract is 1,500; a longer text adds time, not knowledge
MOST_TITLE = 500

Blocks = dict[str, Counter[str]]

_LATEX = re.compile(r"\\[a-zA-Z]+|[${}^_~]")
_WORD = re.compile(r"[a-z][a-z0-9+#]*|(?<![0-9])[0-9]++d\b|[\uac00-\ud7a3]+|[一-鿿]{2}")
_HANGUL = "\uac00"  # its first syllable: one of them is a word
_SPOKEN = re.compile(r"[a-z0-9']+")
_STOP = frozenset(
    """a about above across after all also among an and any are as at be been being between both but by can
    could do does each either et al for from further had has have having he her here his how however i if in
    into is it its itself may more moreover most much must no nor not of on one only or other our out over per
    s same several she should show shows since so some such t than that the their them then there therefore
    these they this those through thus to too two under up upon us use used uses using very via was we well
    were what when where whether which while who whose why will with within without would you your""".split()
)
_singular = lru_cache(maxsize=50_000)(singular)  # a text says the same few thousand words again and again


def of_paper(title: str, text: str, tags: Sequence[str] = ()) -> Blocks:
    """The blocks of a paper: `body` (title twice, abstract), `title`, `tags` (first is primary)."""
    tag_features = [f"p:{tags[0]}", *(f"c:{tag}" for tag in dict.fromkeys(tags))] if tags else ["c:none"]
    return {"body": counts(title, text), "title": title_counts(title), "tags": Counter(tag_features)}


def of_news(title: str, text: str, url: str = "") -> Blocks:
    """The blocks of a news piece: `body`, `title`, `letters` of the title, `signs` (host, is it AI),
    `concepts` of title and text, `place` and `slug` of the address, `shape` and `spoken` of the title."""
    title = title[:MOST_TITLE]
    return {
        "body": counts(title, text),
        "title": title_counts(title),
        "letters": letters(title),
        "signs": _signs(title, text, url),
        "concepts": Counter([f"k:{c}" for c in concepts(title)] + [f"K:{c}" for c in concepts(text[:300])]),
        "place": place(url),
        "slug": slug(url),
        "shape": shape(title, text),
        "spoken": spoken(title),
    }


def words(text: str, most: int = MOST_CHARACTERS) -> list[str]:
    """The content words of a text in order: lower case, singular, without LaTeX commands and stop words.

    A gap left by a stop word or by punctuation is not marked, so neighbours may have stood further apart.
    """
    text_words = _WORD.findall(_LATEX.sub(" ", text[:most].lower()))
    return [
        _singular(word) for word in text_words if word not in _STOP and (len(word) > 1 or word >= _HANGUL)
    ]


def counts(title: str, text: str) -> Counter[str]:
    """Count each word and each pair of neighbours in title and text; the title counts twice."""
    head, body = words(title, MOST_TITLE), words(text)
    tally: Counter[str] = Counter()
    for part in (head, head, body):
        tally.update(part)
        tally.update(pairs(part))
    return tally


def title_counts(title: str) -> Counter[str]:
    """The words and pairs of the title alone, each once, marked `t:`."""
    head = words(title, MOST_TITLE)
    return Counter({f"t:{feature}" for feature in (*head, *pairs(head))})


def letters(title: str) -> Counter[str]:
    """Runs of three and four characters of the title, marked `#`: names and inflected words share them."""
    line = f" {' '.join(title[:MOST_TITLE].lower().split())} "
    return Counter(f"#{line[i : i + n]}" for n in (3, 4) for i in range(len(line) - n + 1))


def place(url: str) -> Counter[str]:
    """Name where a page stands, marked `u:`: its domain, its ending, and the folders above the page."""
    host, folders = _host(url), _path(url)[:-1]
    folder_features = [f"u:/{folder}" for folder in folders[:3] if not folder.isdigit()]
    names = host.split(".")
    return Counter(
        [
            *folder_features,
            *(f"u:{host}/{f}" for f in folders[:1]),
            f"u:.{names[-1]}",
            f"u:{'.'.join(names[-2:])}",
        ]
    )


def slug(url: str) -> Counter[str]:
    """The first words of the path, marked `w:`: they often say more than the headline."""
    return Counter(f"w:{word}" for word in words(re.sub(r"[^a-z0-9]+", " ", "/".join(_path(url))))[:20])


def shape(title: str, text: str) -> Counter[str]:
    """Name how a headline begins and ends, its signs, and the lengths of title and text in steps."""
    title_words = _SPOKEN.findall(title.lower())
    ends = [
        *(f"f:{word}" for word in title_words[:1]),
        f"f:{' '.join(title_words[:2])}",
        *(f"l:{word}" for word in title_words[-1:]),
    ]
    signs = "?" * ("?" in title) + "0" * any(c.isdigit() for c in title) + ":" * (":" in title)
    lengths = [f"n:{min(len(title_words) // 3, 5)}", f"N:{min(len(text) // 150, 5)}"]
    return Counter([*ends, f"q:{signs}", *lengths])


def spoken(title: str) -> Counter[str]:
    """Return the words and pairs of a headline as they stand, marked `m:`: "I", "we", "how to"."""
    title_words = _SPOKEN.findall(title.lower())
    return Counter(f"m:{feature}" for feature in (*title_words, *pairs(title_words)))


def pairs(text_words: list[str]) -> list[str]:
    """Each two neighbours, joined by a blank."""
    return [f"{a} {b}" for a, b in pairwise(text_words)]


def number(feature: str) -> int:
    """The CRC-32 of the feature (0 .. 2**32 - 1); half a character, as hostile text holds, counts as `?`."""
    return zlib.crc32(feature.encode(errors="replace"))


def _signs(title: str, text: str, url: str) -> Counter[str]:
    features = [f"h:{_host(url)}", "s:text" if text.strip() else "s:bare"]
    places = [
        place for place, says in (("title", about_ai(title, url)), ("text", about_ai(text[:400]))) if says
    ]
    return Counter([*features, *(f"ai:{place}" for place in places or ["none"])])


def _host(url: str) -> str:
    try:
        return (urlsplit(url[:2_000]).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _path(url: str) -> list[str]:
    try:
        return [part for part in urlsplit(url[:2_000]).path.lower().split("/") if part]
    except ValueError:
        return []
