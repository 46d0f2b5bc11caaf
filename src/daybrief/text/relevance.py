"""Is a headline about artificial intelligence, and does a paper still stand? Lexicons that can say why.

A strong term decides alone. A weak one (agent, inference, Gemini) needs a second weak one of another kind, or
an address that leans the same way. Words are matched whole; names that are also ordinary words or people
(Claude, Gemini, Llama, Grok) are strong only with a version or a surname. `assets/relevance.toml` lists them.
Measured on front-page headlines of Hacker News: see `benchmarks/relevance.py`.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from urllib.parse import unquote, urlsplit

import msgspec

_MOST_TITLE = 1_000
_MOST_URL = 4_000
_MOST_ABSTRACT = 4_000

# Letters and digits of Latin script: Korean particles follow a word without a blank.
_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"


class _Lexicon(msgspec.Struct, frozen=True):
    """`assets/relevance.toml`: what decides alone, and what needs a second word of another kind."""

    strong_exact: str
    strong_any: str
    east_asian: list[str]
    weak: dict[str, str]


_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"))
_JOINED = re.compile(r"(?<=\w)-(?=\w)")
_HIRING = re.compile(
    r"\bYC [A-Z]\d\d\)? (?:(?:is|are) hiring|seeks)\b|\A[\w. ]{1,60} is hiring\b", re.IGNORECASE
)
_AI_HOSTS = tuple(
    "openai.com anthropic.com huggingface.co mistral.ai deepmind.google deepmind.com ai.meta.com x.ai "
    "epoch.ai perplexity.ai transformer-circuits.pub stability.ai cohere.com ollama.com qwenlm.github.io "
    "thegradient.pub ai.google.dev research.google bair.berkeley.edu distill.pub alignmentforum.org".split()
)
_LEANING_HOSTS = ("arxiv.org", "pinecone.io", "lesswrong.com", "garymarcus.substack.com", "nvidia.com")
_CODE_HOSTS = ("github.com", "gitlab.com")
_SECTION = re.compile(
    r"/(?:category/)?(?:ai|artificial-intelligence|machine-learning|generative-ai|llms?)(?:[/.]|\Z)"
)
_SLUG = re.compile(
    r"(?<![a-z0-9])(?:ai(?!-weiwei)|openai|chatgpt|llms?|gpt-?[2-9]|anthropic|chatbots?|deepfakes?)(?![a-z0-9])"
)


_PAPER = r"(?:paper|article|submission|manuscript|preprint|work|version|note|draft|report|letter|study)"
_WITHDRAWN = re.compile(
    rf"""
    \b(?:this|the|our)\s(?:\w+\s)?{_PAPER}\s(?:\w+\s)?(?:has|have|had|is|was|being)\s(?:\w+\s)?
        (?:been\s)?(?:withdrawn|retracted)\b(?!\s(?:from\s(?!arxiv|consideration)|labels))
    |\A\W*(?:withdrawn|retracted)\b\W*(?:\Z|by\b|due\b|because\b|for\b|[:.(\[])
    |\A\W*{_PAPER}\s(?:(?:has|is|was)\s)?(?:been\s)?(?:withdrawn|retracted)\b
    |\b(?:we|i|the\sauthors?)\s(?:(?:have|has|hereby|would|like|wish|want|to|decided|had|must)\s){{0,4}}
        (?:withdraw|withdrew|withdrawn|retract|retracted)\s(?:this|the|our)\s(?:\w+\s)?{_PAPER}\b
    |\ub17c\ubb38.{{0,20}}\ucca0\ud68c
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MAY_BE_WITHDRAWN = ("withdr", "retract", "\ucca0\ud68c")  # one of them is in all that is told above
_WITHDRAWN_TITLE = re.compile(
    r"\A\W*(?:withdrawn|retracted)(?:\s(?:paper|article))?\s?[:\])\u2014-]", re.IGNORECASE
)


def is_withdrawn(title: str, abstract: str, comment: str = "") -> bool:
    """Whether a paper says that it was withdrawn: in its title, its abstract, or arXiv's comment on it."""
    texts = (abstract[:_MOST_ABSTRACT], comment[:_MOST_TITLE])
    suspects = (text for text in texts if any(mark in text.lower() for mark in _MAY_BE_WITHDRAWN))
    return bool(_WITHDRAWN_TITLE.match(title[:_MOST_TITLE]) or any(map(_WITHDRAWN.search, suspects)))


def _whole(alternatives: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}(?:{alternatives}){_AFTER}", flags | re.VERBOSE)


def _lexicon() -> _Lexicon:
    raw = (files("daybrief") / "assets" / "relevance.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(raw), _Lexicon)


_WORDS = _lexicon()
_STRONG = (
    _whole(_WORDS.strong_exact),
    _whole(_WORDS.strong_any, re.IGNORECASE),
    re.compile("|".join(_WORDS.east_asian)),
)
_KINDS = {kind: _whole(words, re.IGNORECASE) for kind, words in _WORDS.weak.items()}


def about_ai(title: str, url: str = "") -> str:
    """The reason, in words, why a headline is about AI; "" when nothing says that it is."""
    title, url = title[:_MOST_TITLE].translate(_HYPHENS), url[:_MOST_URL]
    if _HIRING.search(title):
        return ""
    for form in dict.fromkeys((title, _JOINED.sub(" ", title))):  # `Kimi-K3`, `language-model` as two words
        for pattern in _STRONG:
            if match := pattern.search(form):
                return f"the title says “{match[0]}”"
    host, path = _address(url)
    if _within(host, _AI_HOSTS):
        return f"published at {host}"
    if match := _SECTION.search(path) or _SLUG.search(path):
        return f"the address says “{match[0].strip('/.')}”"
    return _weakly(title, host)


def _weakly(title: str, host: str) -> str:
    weak = {kind: match[0] for kind, pattern in _KINDS.items() if (match := pattern.search(title))}
    hints = list(weak.values())
    if len(hints) > 1:
        return f"the title says “{hints[0]}” and “{hints[1]}”"
    # Every science has models: there the word says nothing, whoever the publisher is.
    if hints and "model" not in weak and _within(host, _LEANING_HOSTS):
        return f"the title says “{hints[0]}”, at {host}"
    return ""


def _address(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    host, path = (parts.hostname or "").removeprefix("www."), unquote(parts.path).lower()
    if host in _CODE_HOSTS:  # many owners have AI in their name, whatever they publish
        path = "/" + path.removeprefix("/").partition("/")[2]
    return host, path


def _within(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in hosts)
