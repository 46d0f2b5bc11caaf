"""What each vendor's published rules say of a JSON schema for answers: the rules it breaks.

openai     every object closed, every field required, every node typed; no bounds on strings
           (platform.openai.com/docs/guides/structured-outputs)
anthropic  every object closed; no bounds on strings, numbers or lists
           (docs.claude.com/en/docs/build-with-claude/structured-outputs)
gemini     the listed keywords of `responseJsonSchema` only (ai.google.dev/api/generate-content)
grammar    what llama.cpp, and with it Ollama and LM Studio, can make a grammar of; vLLM takes as much:
           every node typed, no repetition above 2,000 (github.com/ggml-org/llama.cpp/blob/master/grammars)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

Vendor = Literal["openai", "anthropic", "gemini", "grammar"]
VENDORS: tuple[Vendor, ...] = ("openai", "anthropic", "gemini", "grammar")

_CORE = {"type", "properties", "required", "additionalProperties", "items", "enum", "description", "anyOf"}
_GEMINI = _CORE | {
    "title", "format", "prefixItems", "minItems", "maxItems", "minimum", "maximum", "oneOf", "$ref", "$defs",
    "$id", "$anchor", "propertyOrdering",
}  # fmt: skip
_OPENAI = _CORE | {
    "pattern", "format", "minimum", "maximum", "multipleOf", "minItems", "maxItems", "const", "$ref", "$defs",
}  # fmt: skip
_ANTHROPIC = _CORE | {"allOf", "const", "format", "default", "$ref", "$defs", "title"}
_GRAMMAR = _CORE | {
    "const", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format", "oneOf", "allOf",
    "prefixItems", "minimum", "maximum", "$ref", "$defs", "title", "default",
}  # fmt: skip
_KEYWORDS: dict[Vendor, set[str]] = {
    "openai": _OPENAI,
    "anthropic": _ANTHROPIC,
    "gemini": _GEMINI,
    "grammar": _GRAMMAR,
}
_MOST_DEPTH, _MOST_FIELDS, _MOST_CHOICES, _MOST_REPEATS = 10, 5_000, 1_000, 2_000


def violations(vendor: Vendor, schema: Mapping[str, Any]) -> list[str]:
    """Every rule of the vendor that the schema breaks, each with its place; none when it is taken."""
    broken = list(_of_node(vendor, schema, "$", 1))
    if schema.get("type") != "object":
        broken.append("$: the root is no object")
    return broken


def _of_node(vendor: Vendor, node: Mapping[str, Any], place: str, depth: int) -> Iterator[str]:
    for check in _CHECKS:
        yield from (f"{place}: {fault}" for fault in check(vendor, node))
    if depth > _MOST_DEPTH:
        yield f"{place}: deeper than {_MOST_DEPTH} levels"
        return
    for name, inner in node.get("properties", {}).items():
        yield from _of_node(vendor, inner, f"{place}.{name}", depth + 1)
    if isinstance(node.get("items"), Mapping):
        yield from _of_node(vendor, node["items"], f"{place}[]", depth + 1)
    for number, inner in enumerate(node.get("anyOf", ())):
        yield from _of_node(vendor, inner, f"{place}|{number}", depth + 1)


def _keywords(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"the keyword {name!r} is not taken" for name in node if name not in _KEYWORDS[vendor])


def _types(_vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    if not {"type", "anyOf", "$ref"} & node.keys():
        yield "it has no type"
    if node.get("type") == "array" and "items" not in node:
        yield "a list does not say what of"


def _objects(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    if node.get("type") != "object":
        return
    if vendor in {"openai", "anthropic"} and node.get("additionalProperties") is not False:
        yield "it is open to other fields"
    if vendor == "openai" and set(node.get("required", ())) != set(node.get("properties", {})):
        yield "not every field is required"
    if len(node.get("properties", {})) > _MOST_FIELDS:
        yield f"it has more than {_MOST_FIELDS} fields"


def _choices(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    choices = node.get("enum", ())
    if len(choices) > _MOST_CHOICES:
        yield f"it has more than {_MOST_CHOICES} choices"
    if vendor == "gemini" and choices and node.get("type") not in {"string", "number", "integer"}:
        yield "an enum is of strings or numbers only"


def _repeats(vendor: Vendor, node: Mapping[str, Any]) -> Iterator[str]:
    if vendor == "grammar":
        for name in ("maxLength", "maxItems"):
            if node.get(name, 0) > _MOST_REPEATS:
                yield f"{name} is above {_MOST_REPEATS}"


_CHECKS: tuple[Callable[[Vendor, Mapping[str, Any]], Iterator[str]], ...] = (
    _keywords, _types, _objects, _choices, _repeats,
)  # fmt: skip
