"""The papers of an edition as CSL-JSON, which Zotero, pandoc and other citation programs read.

File: `DAY/papers.csl.json` (https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html). Ids are the
keys of `bibtex`. A name becomes `given` and `family` only where it plainly has both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from daybrief.model import Delivery, Issue
from daybrief.ports import Tools
from daybrief.render.story import CitedWork, references

_PLAIN_NAME = re.compile(r"([^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*)*) ([^\W\d_][\w'’-]+)")
_GROUP = re.compile(r"\b(?:team|group|lab|labs|ai|inc|collaboration|consortium|university|research)\b", re.I)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The content of an item.

    abstract: the abstract too.
    """

    abstract: bool = True


class Csl:
    """Implements `ports.Publisher`."""

    name = "csl"

    def __init__(self, options: Options) -> None:
        self._options = options

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Write a file for the day's papers; none when there are none."""
        for edition in issue.editions:
            items = [item(reference, abstract=self._options.abstract) for reference in references(edition)]
            if items:
                path = f"{edition.window.day.isoformat()}/{edition.kind}.csl.json"
                body = msgspec.json.format(msgspec.json.encode(items), indent=2) + b"\n"
                yield Delivery(path=path, body=body, media_type="application/vnd.citationstyles.csl+json")


def make(options: Options, tools: Tools) -> Csl:  # noqa: ARG001 - every plugin gets its tools
    """The publisher."""
    return Csl(options)


def item(reference: CitedWork, *, abstract: bool = True) -> dict[str, Any]:
    """Make an item; fields without a value are left out."""
    fields: dict[str, Any] = {
        "id": reference.key,
        "type": "article",
        "title": reference.title,
        "author": [_name(author) for author in reference.authors],
        "issued": {"date-parts": [list(reference.issued)]} if reference.issued else {},
        "genre": "preprint" if reference.arxiv else "",
        "publisher": "arXiv" if reference.arxiv else "",
        "number": f"arXiv:{reference.arxiv}" if reference.arxiv else "",
        "container-title": reference.venue,
        "DOI": reference.doi,
        "URL": reference.url,
        "language": reference.language,
        "abstract": reference.abstract if abstract else "",
    }
    return {name: value for name, value in fields.items() if value}


def _name(name: str) -> dict[str, str]:
    match = _PLAIN_NAME.fullmatch(name)
    if match and not _GROUP.search(name):
        return {"family": match[2], "given": match[1]}
    return {"literal": name}
