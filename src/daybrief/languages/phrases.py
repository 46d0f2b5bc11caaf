"""The product's texts in the reader's language: one TOML file a language in `assets/phrases`.

`phrase("en", "count.papers", n=12)` is "12 papers". A new language is a new file with the same keys.
A name's format may ask for a particle of the language (`{model:closed/open}`), and a phrase of two forms
parted by `|` gives the second one when its first number is 1.

`assets/explanations` says in the same way what each error means and what to do about it. These texts answer
`daybrief explain`, and stand on the errors page of the documentation. `assets/help` holds the help of the
command line in other languages than the commands' own, by its English.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from daybrief.errors import ConfigError, DaybriefError
from daybrief.languages import CODES, SOURCE, own_term
from daybrief.languages import language as find_language

_PHRASES = files("daybrief") / "assets" / "phrases"


class Phrases:
    """The phrases of one language; calling it with a key and the named fields gives a text."""

    def __init__(self, language: str, texts: dict[str, str]) -> None:
        self.language = language
        self._texts = texts
        self._particle = find_language(language).particle
        self._bare: dict[str, str] = {}  # key → the phrase without fields

    def __call__(self, key: str, **fields: object) -> str:
        """The phrase with its fields filled in; raises KeyError for a key no language has."""
        if not fields and key in self._bare:
            return self._bare[key]
        plural, _, singular = self._texts[key].partition("|")
        number = next((value for value in fields.values() if isinstance(value, int)), None)
        chosen = singular if singular and number == 1 else plural
        text = chosen.format(**{name: _field(value, self._particle) for name, value in fields.items()})
        return text if fields else self._bare.setdefault(key, text)

    def get(self, key: str, otherwise: str) -> str:
        """The phrase, or `otherwise` for a key that a plugin may have made up."""
        return self._texts.get(key, otherwise)

    def reason(self, why: str) -> str:
        """A check's reason in this language; as it is where no check of ours gives it.

        What a reason names may hold another one: a name that is missing, and the one that is meant.
        """
        for key, pattern in _reasons():
            if match := pattern.fullmatch(why):
                return self(key, **{name: self._named(text) for name, text in match.groupdict().items()})
        return why

    def _named(self, text: str) -> str:
        return ", ".join(map(self.reason, text.split(", "))) if _HOLDS_REASON in text else text

    def keys(self) -> tuple[str, ...]:
        """Every key, in file order."""
        return tuple(self._texts)

    def day(self, day: date) -> str:
        """A date in full, with its weekday."""
        weekday = self("date.weekdays").split()[day.weekday()]
        return self("date.long", **self._date(day), weekday=weekday)

    def month(self, day: date) -> str:
        """The month a day belongs to."""
        return self("date.month", **self._date(day))

    def _date(self, day: date) -> dict[str, str]:
        months = self.get("date.months", "").split()
        name = months[day.month - 1] if months else str(day.month)
        return {"year": str(day.year), "month": str(day.month), "day": str(day.day), "month_name": name}


@cache
def phrases(code: str) -> Phrases:
    """The phrases of a language; raises ConfigError that lists the languages there are."""
    chosen = find_language(code).code
    table = tomllib.loads((_PHRASES / f"{chosen}.toml").read_text(encoding="utf-8"))
    return Phrases(chosen, dict(flat(table)))


_REASON = "doubt."
_HOLDS_REASON = " (the source has "


@cache
def _reasons() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The checks' reasons, which are English, by their keys: those with the most words of their own first."""
    texts = tomllib.loads((_PHRASES / "en.toml").read_text(encoding="utf-8"))["doubt"]
    longest = sorted(texts.items(), key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[1])))
    return tuple((_REASON + key, re.compile(_fields(text), re.S)) for key, text in longest)


def _fields(text: str) -> str:
    """The pattern of a phrase: each field may be anything."""
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*?)", re.escape(text))


def phrase(code: str, key: str, **fields: object) -> str:
    """A phrase in a language with its fields filled in; raises ConfigError for an unknown language."""
    return phrases(code)(key, **fields)


class _Word(str):
    """A text that knows the particle behind it."""

    particle: Callable[[str, str], str]

    def __format__(self, spec: str) -> str:
        return self + self.particle(self, spec) if "/" in spec else super().__format__(spec)


def _field(value: object, particle: Callable[[str, str], str]) -> object:
    if not isinstance(value, str):
        return value
    word = _Word(value)
    word.particle = particle
    return word


def flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The texts of nested tables under dotted keys, in file order."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)


# ── names in a sentence ─────────────────────────────────────────────────────────────────────────────

COSTS = frozenset(  # less of it is better; of the others more
    "error errors time latency cost costs usage consumption memory energy flops parameters tokens size loss"
    " overhead computation storage fid wer cer rmse mae mse perplexity".split()
)
_CAPITALS = re.compile(r"[A-Z]\w*[A-Z\d]")


def measured(measure: str, say: Phrases) -> str:
    """A measure as readers of a language know it; "" for one they may not."""
    plain = " ".join(w if _CAPITALS.search(w) else w.lower() for w in measure.split())
    own = own_term(plain, say.language)
    if own != plain or say.language == SOURCE:
        return own
    *before, last = plain.split() or [""]
    known = {*say.keys()}
    for noun in (f"{before[-1]}_{last}" if before else "", last, last.removesuffix("s")):
        if f"measure.{noun.lower()}" in known:
            return say(f"measure.{noun.lower()}")
    metric = re.search(r"(?:[A-Z]{2,}[\d@-]*s?|n?[A-Z]{2,}@\d+|m[A-Z][A-Za-z]+|F1)$", last)
    if metric and metric[0].lower().rstrip("s") not in COSTS and metric[0] != "FLOPs":
        return say("figure.metric", name=metric[0])
    return metric[0] if metric else ""


def listed(names: Sequence[str], say: Phrases) -> str:
    """Names as a list in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return say("synthesis.and", first=", ".join(names[:-1]), last=names[-1])


# ── errors explained ────────────────────────────────────────────────────────────────────────────────


_EXPLANATIONS = files("daybrief") / "assets" / "explanations"


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """An error in plain words: `what` happened, and what there is `todo`."""

    what: str
    todo: str


def slug(error: type[DaybriefError] | DaybriefError) -> str:
    """The name under which an error is explained: `UnknownPlugin` is `unknown-plugin`.

    An error that a plugin made goes by its nearest ancestor of ours.
    """
    kind = error if isinstance(error, type) else type(error)
    ours = next(k for k in kind.__mro__ if k.__module__ == DaybriefError.__module__)
    return _slug(ours.__name__)


def _slug(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


@cache
def explanations(language: str) -> dict[str, Explanation]:
    """Every explanation by the error's slug; raises ConfigError for a language there is none in."""
    if language not in CODES:
        raise ConfigError(f"--language {language!r} is unknown", hint=f"one of {', '.join(CODES)}")
    raw = tomllib.loads((_EXPLANATIONS / f"{language}.toml").read_text(encoding="utf-8"))
    by_error = msgspec.convert(raw, dict[str, Explanation])
    return {_slug(name): explanation for name, explanation in by_error.items()}


def explained(name: str, language: str) -> Explanation:
    """The explanation of an error named by slug or class; raises ConfigError that names the nearest."""
    known = explanations(language)
    wanted = name if name in known else _slug(name)
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    raise ConfigError(f"no error is called {name!r}", hint=hint)


# ── help ────────────────────────────────────────────────────────────────────────────────────────────


@cache
def helps(language: str) -> dict[str, str]:
    """The texts of the command line's help in a language, by their English; none for a language without."""
    file = files("daybrief") / "assets" / "help" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
