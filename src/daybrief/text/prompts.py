"""The words a model is asked with: versioned asset files, terms to leave alone, and a fence for foreign text.

The mark of a fence is made from the SHA-256 of the text. A text that held its own mark would have to hold
its own hash, so nothing in it can end the fence, whatever it claims. The same text always gets the same
fence.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from functools import cache
from importlib.resources import files
from itertools import islice

import msgspec

from daybrief.errors import ConfigError

_FOLDER = files("daybrief") / "assets" / "prompts"
_MOST_TERMS = 20


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt: the model's role, and its question; `{names}` are filled in with `str.format`."""

    system: str
    user: str


class RenderWording(Wording, frozen=True, kw_only=True):
    """How one sentence is put into the language; `term` words a phrase and its fixed translation."""

    term: str


class _Glossary(msgspec.Struct, frozen=True, kw_only=True):
    heading: str


class Prompts(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is asked to write in one language; `ending` is a pattern its sentences must end with."""

    version: str
    language: str
    ending: str
    read: Wording
    synthesise: Wording
    repair: Wording  # of sentences about a story
    mend: Wording  # of sentences over several stories
    render: RenderWording  # of one sentence of a source
    checks: dict[str, str]  # what a failed check means, by its name
    glossary: _Glossary

    def glossary_for(self, text: str) -> str:
        """A line that names the terms of the glossary that occur in a text; empty when there are none."""
        terms = terms_in(text)
        return self.glossary.heading.format(terms=", ".join(terms)) if terms else ""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is asked what the archive says to a question; its ending and glossary are `Prompts`'."""

    version: str
    read: Wording
    synthesise: Wording


class FilingPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is asked to file stories."""

    version: str
    system: str
    user: str


@cache
def prompts(language: str) -> Prompts:
    """The prompts of a language; raises ConfigError that lists the languages there are."""
    known = sorted(f.name[:2] for f in _FOLDER.iterdir() if re.fullmatch(r"[a-z]{2}\.toml", f.name))
    if language not in known:
        raise ConfigError(
            f"a model cannot be asked to write in {language!r}", hint=f"one of {', '.join(known)}"
        )
    return msgspec.convert(_table(f"{language}.toml"), Prompts)


@cache
def answer_languages() -> tuple[str, ...]:
    """The codes of the languages that a model can be asked to answer in."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in (_FOLDER / "asking").iterdir()))


@cache
def asking(language: str) -> Asking:
    """The prompts for questions in a language that `prompts` knows."""
    prompts(language)  # raises for a language there is none of
    return msgspec.convert(_table(f"asking/{language}.toml"), Asking)


@cache
def filing() -> FilingPrompt:
    """The prompt of the categoriser."""
    return msgspec.convert(_table("categorise.toml"), FilingPrompt)


@cache
def glossary() -> tuple[str, ...]:
    """Every term that is printed as it is in any language."""
    lines = (_FOLDER / "glossary.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def terms_in(text: str) -> tuple[str, ...]:
    """The glossary's terms that occur in a text as words, in glossary order, at most twenty."""
    plain = text.casefold()  # hardly any term occurs: a plain search rules most of them out
    terms = (term for term, bare, pattern in _patterns() if bare in plain and pattern.search(text))
    return tuple(islice(terms, _MOST_TERMS))


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (
            term,
            term.casefold(),
            re.compile(rf"(?<![A-Za-z]){re.escape(term)}s?(?![A-Za-z])", re.IGNORECASE),
        )
        for term in glossary()
    )


def _table(name: str) -> dict[str, object]:
    return tomllib.loads(_FOLDER.joinpath(*name.split("/")).read_text(encoding="utf-8"))


# ── the fence ───────────────────────────────────────────────────────────────────────────────────────


_OPENING = re.compile(r"<<<([A-Z]{1,40}) ([0-9a-f]{16})\n")


def fenced(label: str, text: str) -> str:
    """The text between two lines with its label and its mark."""
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"<<<{label} {mark}\n{text}\n{label} {mark}>>>"


def unfenced(prompt: str) -> tuple[tuple[str, str], ...]:
    """The (label, text) of every fence in a prompt whose mark is right, in order."""
    fences = []
    position = 0
    for opening in _OPENING.finditer(prompt):
        if opening.start() < position:
            continue  # inside a fence that holds
        label, mark = opening.groups()
        closing = f"\n{label} {mark}>>>"
        end = prompt.find(closing, opening.end())
        text = prompt[opening.end() : end]
        if end >= 0 and fenced(label, text) == opening[0] + text + closing:
            fences.append((label, text))
            position = end + len(closing)
    return tuple(fences)
