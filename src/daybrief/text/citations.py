"""An item as others cite it: in plain words, as BibTeX, as CSL-JSON (https://docs.citationstyles.org).

Titles and names are foreign text: in BibTeX no character of theirs has a meaning, so an entry is one entry.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from daybrief.model import Item
from daybrief.text.identity import arxiv_id, arxiv_url

_NAMED = 3  # authors a plain citation names before it says "et al."
_MOST_AUTHORS = 100
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{letter: f"\\{letter}" for letter in "&%$#_"},
}
_URL_SPECIAL = {"{": "%7B", "}": "%7D", "\\": "%5C", "%": r"\%", "#": r"\#"}
_NO_KEY = re.compile(r"[^A-Za-z0-9]+")


def plain(item: Item, seen: date) -> str:
    """`A. Author, B. Author et al. “Title.” arXiv:2411.15124, 2024-11-26. https://…`."""
    names = ", ".join(item.authors[:_NAMED]) + (" et al." if len(item.authors) > _NAMED else "")
    who = f"{names.rstrip('.')}. " if names else ""
    return f"{who}“{item.title}.” {_where(item)}, {_dated(item, seen).isoformat()}. {_address(item)}"


def bibtex(item: Item, seen: date, *, note: str = "") -> str:
    """One `@misc` entry; `note` is a quotation or remark of ours or the source's."""
    when = _dated(item, seen)
    arxiv = arxiv_id(item.key.removeprefix("arxiv:")) if item.key.startswith("arxiv:") else None
    fields = {
        "title": f"{{{_escaped(item.title)}}}",
        "author": " and ".join(f"{{{_escaped(name)}}}" for name in item.authors[:_MOST_AUTHORS]),
        "year": str(when.year),
        "month": str(when.month),
        "eprint": arxiv[0] if arxiv else "",
        "archiveprefix": "arXiv" if arxiv else "",
        "howpublished": "" if arxiv else _escaped(_where(item)),
        "url": "".join(_URL_SPECIAL.get(letter, letter) for letter in _address(item)),
        "note": _escaped(note),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{_NO_KEY.sub('-', item.key).strip('-')[:80] or 'item'},\n" + ",\n".join(lines) + "\n}\n"


def csl(item: Item, seen: date, *, note: str = "") -> dict[str, Any]:
    """One CSL-JSON item; `note` as in `bibtex`."""
    when = _dated(item, seen)
    found: dict[str, Any] = {
        "id": item.key,
        "type": "article" if item.kind == "paper" else "article-newspaper",
        "title": item.title,
        "author": [{"literal": name} for name in item.authors[:_MOST_AUTHORS]],
        "issued": {"date-parts": [[when.year, when.month, when.day]]},
        "container-title": _where(item),
        "URL": _address(item),
        "note": note,
    }
    return {name: value for name, value in found.items() if value}


def _dated(item: Item, seen: date) -> date:
    """When it appeared: first publication, else the listing, else the day the archive has it under."""
    return item.published.date() if item.published else item.announced or seen


def _address(item: Item) -> str:
    """Where everybody finds it: of an arXiv paper arXiv's own address, whoever listed it."""
    key = item.key.removeprefix("arxiv:")
    return arxiv_url(key) if key != item.key else item.url


def _where(item: Item) -> str:
    if item.venue:
        return item.venue
    return f"arXiv:{item.key.removeprefix('arxiv:')}" if item.key.startswith("arxiv:") else item.source


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in " ".join(text.split()))
