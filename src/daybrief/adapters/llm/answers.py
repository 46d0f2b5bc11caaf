"""Reads a model's words as the type asked for: strictly where it can be, leniently where it must be; pure.

    text → TeX escapes restored → wrappings taken off → JSON, repaired → unwrapped to the shape → row by row

Models wrap good JSON in fences, thoughts, tokens and friendly words, and spoil it in small ways (json-repair
mends those). A row that is not of its type costs that row alone. A text that ends in the middle gives the
rows that are whole. Nothing is believed for being readable: the checks of quotes come afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

_DEEPEST = 40  # levels of brackets; no answer of ours has more than four
_MOST_LETTERS = 400_000
_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning|reflection)>", re.IGNORECASE)
_OPENED = re.compile(r"\s*<([A-Za-z][\w:.-]{0,40})>")
_FINAL = re.compile(r"<\|channel\|>\s{0,3}final\b[^<{\[]{0,40}(?:<\|constrain\|>[^<{\[]{0,40})?<\|message\|>")
_TOKEN = re.compile(
    r"<\|/?[\w ]{1,40}\|?>|<｜[^｜]{1,40}｜>|</?s>|<(?:end|start)_of_turn>|<eos>|<bos>|<pad>|\[/?INST\]"
)
_FENCES = ("```", "~~~")
_LANGUAGE = re.compile(r"[^\S\n]{0,4}[A-Za-z0-9_+-]{0,12}(?=\s|[{\[])")
_TYPOGRAPHIC = {ord(mark): '"' for mark in "\u201c\u201d\u201e\u201f\u2033\uff02"}
_MOST_PLACES = 40  # brackets at which a value is looked for in a text full of them


class ParsedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as its type, or `value` None and what is wrong; `cut` says that it ended in the middle."""

    value: Any = None
    fault: str = ""
    cut: bool = False


def read(text: str, shape: type[Any], prompt: str = "") -> ParsedAnswer:
    """The answer in a model's text; `prompt` tells which TeX commands it may have copied.

    Never raises: what cannot be read is a fault in words that may be said back to the model.
    """
    text = text.encode("utf-8", "replace").decode()[:_MOST_LETTERS]
    fault = "it holds no JSON"
    cut = False
    for candidate in _candidates(text):
        restored = tex_restored(candidate, prompt)
        for value, ended in _values(restored):
            cut = cut or not ended
            reading = _shaped(_encodable(value), shape)
            if reading.value is not None:
                return msgspec.structs.replace(reading, cut=not ended)
            fault = reading.fault or fault
    return ParsedAnswer(fault="it ends in the middle" if cut else fault, cut=cut)


def is_whole(text: str) -> bool:
    """Whether a text is one JSON value from end to end, so that nothing of it can have been cut off."""
    return text.rstrip()[-1:] in {"}", "]"} and any(_is_json(part) for part in (text, *_fenced(text)))


def _is_json(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text.strip()), dict | list)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return False


# ── the wrappings ───────────────────────────────────────────────────────────────────────────────────


def _candidates(text: str) -> Iterator[str]:
    """The parts of a text that may be the JSON, likeliest first, each once."""
    seen: set[str] = set()
    for candidate in _parts(text):
        stripped = candidate.strip().lstrip("\ufeff").strip()
        if stripped and stripped not in seen and ("{" in stripped or "[" in stripped):
            seen.add(stripped)
            yield stripped


def _parts(text: str) -> Iterator[str]:
    if text.lstrip(" \t\r\n\ufeff").startswith(("{", "[", '"')):
        yield text
    answer = _after_last(_FINAL, _after_last(_THOUGHT, _after_element(text)))
    for source in dict.fromkeys((_TOKEN.sub("", answer), _TOKEN.sub("", text))):
        yield from _fenced(source)
        places = [place for place in (source.find("{"), source.find("[")) if place >= 0]
        yield from (source[place:] for place in sorted(places))
        yield from _decodable(source)


def _after_last(mark: re.Pattern[str], text: str) -> str:
    """The text behind the last mark; all of it where there is none."""
    end = max((match.end() for match in mark.finditer(text)), default=0)
    return text[end:]


def _after_element(text: str) -> str:
    """The text behind an element that begins the text, whatever its name, where that may be the answer."""
    opened = _OPENED.match(text)
    _, closed, rest = text.partition(f"</{opened[1]}>") if opened else ("", "", "")
    return rest if closed and "{" in rest else text


def _fenced(text: str) -> Iterator[str]:
    """The texts in code fences, the last first; a fence may be left open."""
    for fence in _FENCES:
        for block in reversed(text.split(fence)[1::2]):
            language = _LANGUAGE.match(block)
            yield block[language.end() :] if language else block


def _decodable(text: str) -> Iterator[str]:
    """The whole JSON objects that stand anywhere in a text, the last first."""
    decoder, objects = json.JSONDecoder(strict=False), []
    place = text.find("{")
    for _ in range(_MOST_PLACES):
        if place < 0:
            break
        try:
            _, end = decoder.raw_decode(text, place)
            objects.append(text[place:end])
        except (ValueError, RecursionError):
            end = place + 1
        place = text.find("{", end)
    yield from reversed(objects)


def _encodable(value: Any) -> Any:
    """The value with half surrogate pairs, which JSON can escape and UTF-8 cannot hold, replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_encodable(part) for part in value]
    if isinstance(value, dict):
        return {_encodable(name): _encodable(part) for name, part in value.items()}
    return value


# ── JSON, nearly ────────────────────────────────────────────────────────────────────────────────────


def _values(text: str) -> Iterator[tuple[Any, bool]]:
    """The readings of a text as JSON, strictly first; with each whether the text was whole."""
    try:
        yield msgspec.json.decode(text), True
        return
    except (msgspec.DecodeError, RecursionError, ValueError):
        pass
    end, whole, deepest = _extent(text)
    if deepest > _DEEPEST:
        return
    for part in dict.fromkeys((text[:end], text)) if whole else (text[:end],):
        value = _lenient(part)
        if value not in (None, "", [], {}):
            yield value, whole


def _lenient(text: str) -> Any:
    """JSON with raw newlines in its strings, else whatever json-repair makes of it; None for nothing."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    if '"' not in text:
        text = text.translate(_TYPOGRAPHIC)
    from json_repair import repair_json

    try:
        return repair_json(text, return_objects=True, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError, TypeError, AttributeError, KeyError):
        return None


def _extent(text: str) -> tuple[int, bool, int]:
    """Find where the first JSON value ends, whether it is closed, and how deep its brackets go.

    Of one that is not closed, the end of its last whole row: nothing half said is made whole. Strings are
    known by double quotes alone; a text in single quotes is left to the repair as it is.
    """
    depth = deepest = whole_row = 0
    in_string = False
    place, size = 0, len(text)
    while place < size:
        letter = text[place]
        if in_string:
            if letter == "\\":
                place += 1
            elif letter == '"':
                in_string = False
        elif letter == '"':
            in_string = depth > 0
        elif letter in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "}]" and depth:
            depth -= 1
            if not depth:
                return place + 1, True, deepest
            if letter == "}":
                whole_row = place + 1
        place += 1
    return (whole_row, False, deepest) if depth else (size, True, deepest)


# ── TeX ─────────────────────────────────────────────────────────────────────────────────────────────

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = re.compile(r"[A-Za-z]+")
_NEVER_MEANT = frozenset("bf")  # backspace and form feed: no answer holds them
_JSON_ESCAPES = frozenset('"\\/bfnrt')


def tex_restored(text: str, prompt: str) -> str:
    """JSON whose TeX was copied with single backslashes, with those doubled.

    Most TeX is no valid escape (`\\alpha`) and is doubled. Some is one (`\\theta` begins with a tab): it is
    TeX where the prompt spells that very command, or where the escape means nothing in prose.
    """
    if "\\" not in text:
        return text
    commands = frozenset(re.findall(r"\\([A-Za-z]+)", prompt))
    umlauts = frozenset(re.findall(r'\\"[A-Za-z{}]', prompt))

    def restored(match: re.Match[str]) -> str:
        escape, letter = match[1], match[1][0]
        if len(escape) == 5:  # a source may hold `\\u2019` as six characters
            return "\\" + match[0] if match[0] in prompt else match[0]
        if letter not in _JSON_ESCAPES:
            return "\\\\" + escape
        if letter == "\\" and f"\\{text[match.end() : match.end() + 2]}" in umlauts:
            return match[0] + "\\"  # the quotation mark of TeX's umlaut was escaped, its backslash was not
        if letter in '"\\/':
            return match[0]
        run = _LETTERS.match(text, match.start() + 1)
        name = run[0] if run else letter
        accent = text[match.end() : match.end() + 1] == "{" and len(name) == 1
        meant = (name in commands and (len(name) > 1 or accent)) or (letter in _NEVER_MEANT and len(name) > 1)
        return "\\\\" + escape if meant else match[0]

    return _ESCAPE.sub(restored, text)


# ── the shape ───────────────────────────────────────────────────────────────────────────────────────


def _shaped(value: Any, shape: type[Any], depth: int = 0) -> ParsedAnswer:
    """The value as its type, or what is wrong with the nearest thing to it."""
    if depth > 3:
        return ParsedAnswer(fault="it is wrapped too deeply")
    if isinstance(value, str):
        inner = next((v for v, whole in _values(value.strip()) if whole), None) if "{" in value else None
        return _shaped(inner, shape, depth + 1) if inner is not None else ParsedAnswer(fault="it is a text")
    fields = {field.name: field.type for field in msgspec.structs.fields(shape)}
    if isinstance(value, list):
        return _of_list(value, shape, fields, depth)
    if not isinstance(value, dict):
        return ParsedAnswer(fault=f"it is {_named(value)} where an object is asked for")
    known = _matched(value, fields)
    if not known.keys() & fields.keys():
        inner = [v for v in value.values() if isinstance(v, dict | list | str)]
        readings = [_shaped(v, shape, depth + 1) for v in inner[:4] if not isinstance(v, str) or "{" in v]
        good = next((r for r in readings if r.value is not None), None)
        return good or ParsedAnswer(fault=f"it has no {', '.join(map(repr, fields))}")
    return _converted(known, shape, fields)


def _of_list(value: list[Any], shape: type[Any], fields: Mapping[str, Any], depth: int) -> ParsedAnswer:
    """A list around the object, or the rows of its only list without the object."""
    objects = [v for v in value if isinstance(v, dict)]
    if len(objects) >= 1 and _matched(objects[0], fields).keys() & fields.keys():
        return _shaped(objects[0], shape, depth + 1)
    lists = [name for name, kind in fields.items() if _row_type(kind) is not None]
    if len(lists) == 1 and len(fields) == 1 and objects:
        return _converted({lists[0]: value}, shape, fields)
    return ParsedAnswer(fault="it is a list where an object is asked for")


def _converted(value: dict[str, Any], shape: type[Any], fields: Mapping[str, Any]) -> ParsedAnswer:
    """The object as its type; of a list only the rows that are of theirs."""
    kept: dict[str, Any] = {}
    faults: list[str] = []
    for name, kind in fields.items():
        if name not in value:
            continue
        row_type = _row_type(kind)
        rows = value[name] if row_type is not None else None
        if isinstance(rows, dict):
            rows = [rows]
        if row_type is None or not isinstance(rows, list):
            kept[name] = _fitted(value[name], kind)
            continue
        good, wrong = _rows(rows, row_type, _longest(kind))
        faults += wrong
        kept[name] = good
        if not good and rows:
            return ParsedAnswer(fault="; ".join(faults[:4]))
    try:
        return ParsedAnswer(value=msgspec.convert(kept, shape, strict=False), fault="; ".join(faults[:4]))
    except (msgspec.ValidationError, RecursionError) as wrong_type:
        return ParsedAnswer(fault=str(wrong_type)[:200])


def _rows(rows: Sequence[Any], kind: Any, most: int) -> tuple[list[Any], list[str]]:
    good: list[Any] = []
    faults: list[str] = []
    for number, row in enumerate(rows[:200], 1):
        if len(good) == most:
            break
        try:
            good.append(msgspec.convert(_fitted(row, kind), kind, strict=False))
        except (msgspec.ValidationError, RecursionError) as wrong:
            faults.append(f"row {number}: {str(wrong)[:120]}")
    return good, faults


def _fitted(value: Any, kind: Any) -> Any:
    """The value in the nearest spelling its type has: names and choices in any letter case, numbers
    as text.
    """
    info = msgspec.inspect.type_info(kind)
    return _fitted_to(value, info)


def _fitted_to(value: Any, info: Any) -> Any:
    if isinstance(info, msgspec.inspect.StructType) and isinstance(value, dict):
        known = _matched(value, {field.name: None for field in info.fields})
        types = {field.name: field.type for field in info.fields}
        return {name: _fitted_to(v, types[name]) for name, v in known.items() if name in types}
    if isinstance(info, msgspec.inspect.ListType):
        values = value if isinstance(value, list) else [value] if isinstance(value, str | int) else value
        fitted = [_fitted_to(v, info.item_type) for v in values] if isinstance(values, list) else values
        return fitted[: info.max_length] if isinstance(fitted, list) else fitted
    if isinstance(info, msgspec.inspect.LiteralType) and isinstance(value, str):
        choices = {str(choice).casefold(): choice for choice in info.values}
        return choices.get(value.strip().casefold(), value)
    if (
        isinstance(info, msgspec.inspect.StrType)
        and isinstance(value, int | float)
        and not isinstance(value, bool)
    ):
        return str(value)
    return value


def _matched(value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The object with its names as the type spells them, where they differ in letter case and blanks only."""
    spelt = {_plain(name): name for name in fields}
    exact = {str(name): v for name, v in value.items() if name in fields}
    near = {spelt[_plain(str(name))]: v for name, v in value.items() if _plain(str(name)) in spelt}
    return {**near, **exact}


def _plain(name: str) -> str:
    return name.strip().strip("\"'").casefold()


def _row_type(kind: Any) -> Any:
    """The Struct that the rows of a list are; None for every other type."""
    arguments = getattr(_bare(kind), "__args__", ())
    row = arguments[0] if arguments else None
    return row if isinstance(row, type) and issubclass(row, msgspec.Struct) else None


def _longest(kind: Any) -> int:
    info = msgspec.inspect.type_info(kind)
    bound = info.max_length if isinstance(info, msgspec.inspect.ListType) else None
    return bound if bound is not None else 200


def _bare(kind: Any) -> Any:
    return getattr(kind, "__origin__", kind) if hasattr(kind, "__metadata__") else kind


def _named(value: Any) -> str:
    return {type(None): "null", bool: "true or false", int: "a number", float: "a number"}.get(
        type(value), "a text"
    )
