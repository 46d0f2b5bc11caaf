"""The JSON schema a model is given, and what it answers read back into the type."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_FENCED = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


_KNOWN: dict[type[Any], bytes] = {}  # every call needs its schema twice


def schema_of(shape: type[Any]) -> dict[str, Any]:
    """One schema without references; every field required and no other allowed, as strict services ask."""
    if shape not in _KNOWN:
        (root,), components = msgspec.json.schema_components([shape], ref_template="{name}")
        _KNOWN[shape] = msgspec.json.encode(_inlined(root, components))
    found: dict[str, Any] = msgspec.json.decode(_KNOWN[shape])
    return found


def _inlined(node: Any, components: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(part, components) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(components[node["$ref"]], components)
    plain = {name: _inlined(part, components) for name, part in node.items()}
    if plain.get("type") == "object":
        plain |= {"required": list(plain.get("properties", {})), "additionalProperties": False}
    return plain


def read_back(text: str, shape: type[Any]) -> Any:
    """The answer as its type; one code fence around it is forgiven. Raises msgspec.DecodeError."""
    fenced = _FENCED.match(text)
    return msgspec.json.decode(fenced[1] if fenced else text, type=shape)
