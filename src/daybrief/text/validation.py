"""What is wrong with a value, in the reader's words: msgspec's message becomes a sentence with the full name.

faults({"web": {"timeout_s": "x"}}, Settings)  →  web.timeout_s = "x" must be a number
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

_NAMES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
    "date": "a day (YYYY-MM-DD)",
}
_PLACE = re.compile(r"^(.*?)(?: - at `\$(.*)`)?$", re.DOTALL)
_EXPECTED = re.compile(r"^Expected `([^`]+)`(?:, got `([^`]+)`)?(.*)$", re.DOTALL)
_UNKNOWN = "is not one of the values that are known"
_MOST = 80  # letters of a value that is shown


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong setting: its dotted name, what is wrong as a sentence, and what to do."""

    name: str
    sentence: str
    hint: str = ""


def faults(
    raw: Mapping[str, Any], struct: type[msgspec.Struct], prefix: str = "", show: bool = True
) -> Iterator[Fault]:
    """Yields what is wrong with each value of a table that is to become a `struct`, nested tables included.

    `prefix` stands before every name (`web.`); `show` puts the value into the sentence.
    """
    hints = get_type_hints(struct, include_extras=True)
    for name, value in raw.items():
        place = f"{prefix}{name}"
        if name not in hints:
            yield Fault(
                name=place,
                sentence=f"unknown setting {place!r}",
                hint=nearest(name, tuple(struct.__struct_fields__)),
            )
            continue
        yield from _of_value(value, hints[name], place, show)


def _of_value(value: Any, kind: Any, place: str, show: bool) -> Iterator[Fault]:
    plain = get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
    if isinstance(plain, type) and issubclass(plain, msgspec.Struct) and isinstance(value, Mapping):
        yield from faults(value, plain, f"{place}.", show)
    elif get_origin(plain) is dict and isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _of_value(entry, get_args(plain)[1], f"{place}.{key}", show)
    else:
        try:
            msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError as wrong:
            sentence = in_words(wrong, value, place, show)
            yield Fault(name=place, sentence=sentence.replace(_UNKNOWN, _one_of(kind)))


def _one_of(kind: Any) -> str:
    """The rule of a type that holds a `Literal`, with its values."""
    if get_origin(kind) is Literal:
        return f"must be one of {', '.join(map(repr, get_args(kind)))}"
    rules = (_one_of(part) for part in get_args(kind) if part is not ...)
    return next((rule for rule in rules if rule != _UNKNOWN), _UNKNOWN)


def in_words(error: msgspec.ValidationError, value: Any, name: str, show: bool = True) -> str:
    """Returns a sentence such as `web.timeout_s = "x" must be a number`."""
    message, path = _split(str(error))
    inner = _inside(value, path)
    place = name + re.sub(r"^\.", "." if name else "", path)
    if missing := re.fullmatch(r"Object missing required field `(.+)`", message):
        return f"{f'{place}.' if place else ''}{missing[1]} is missing"
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", message):
        return f"{f'{place}.' if place else ''}{unknown[1]} is unknown"
    shown = f" = {_shown(inner)}" if show else ""
    return f"{place}{shown} {_rule(message)}"


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Returns a hint that names the nearest known name, or all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"


def _split(text: str) -> tuple[str, str]:
    found = _PLACE.match(text)
    return (found[1], found[2] or "") if found else (text, "")


def _inside(value: Any, path: str) -> Any:
    """The part of a value that a path of msgspec's (`.a[0]`) leads to, as far as it can be followed."""
    for key, number in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path):
        try:
            value = value[key] if key else value[int(number)]
        except (KeyError, IndexError, TypeError):
            return value
    return value


def _rule(message: str) -> str:
    if message.startswith("Invalid enum value"):
        return _UNKNOWN
    found = _EXPECTED.match(message)
    if not found:
        return f"cannot be used: {message[:200]}"
    expected, got, more = found[1], found[2], found[3].strip()
    kinds = " or ".join(_NAMES.get(kind.strip(), kind.strip()) for kind in expected.split("|"))
    if got:
        return f"must be {kinds}"
    if limit := re.fullmatch(r"(>=|<=|>|<) (.+)", more):
        words = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}[limit[1]]
        return f"must be {words} {limit[2]}"
    if length := re.fullmatch(r"of length (>=|<=) (\d+)", more):
        return f"must hold {'at least' if length[1] == '>=' else 'at most'} {length[2]}"
    if pattern := re.fullmatch(r"matching regex '(.*)'", more, re.DOTALL):
        return f"must be written like {pattern[1]}"
    return f"must be {kinds} {more}".rstrip()


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"
