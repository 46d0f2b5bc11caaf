r"""The papers of an edition as BibTeX, one entry a paper.

File: `DAY/papers.bib` (http://www.bibtex.org/Format/), UTF-8. Keys are made of the paper alone and stay
the same from day to day. arXiv papers carry `eprint`, `archiveprefix` and `primaryclass`
(https://info.arxiv.org/help/hypertex/bibstyles/). Braces become `\textbraceleft`, since BibTeX counts even
those that are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from daybrief.model import Delivery, Issue
from daybrief.ports import Tools
from daybrief.render.story import CitedWork, references

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "$%&#_"},
}
_SPECIAL = re.compile(r"[\\{}~^$%&#_]")
_JOINS = re.compile(r"(?<=[-'`?!,<>])(?=[-'`,<>])")  # what TeX would make another sign of: -- `` ?`
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The content of an entry.

    abstract: the abstract too, as reference managers show it.
    """

    abstract: bool = False


class Bibtex:
    """Implements `ports.Publisher`."""

    name = "bibtex"

    def __init__(self, options: Options) -> None:
        self._options = options

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Write a file for the day's papers; none when there are none."""
        for edition in issue.editions:
            entries = [entry(reference, abstract=self._options.abstract) for reference in references(edition)]
            if entries:
                path = f"{edition.window.day.isoformat()}/{edition.kind}.bib"
                yield Delivery(path=path, body="\n".join(entries).encode(), media_type="application/x-bibtex")


def make(options: Options, tools: Tools) -> Bibtex:  # noqa: ARG001 - every plugin gets its tools
    """The publisher."""
    return Bibtex(options)


def entry(reference: CitedWork, *, abstract: bool = False) -> str:
    """Write an entry; whatever a title holds, the braces of the file stay balanced."""
    fields = {
        "title": f"{{{latex(reference.title)}}}",  # a second pair keeps capitals as they are
        "author": " and ".join(map(_author, reference.authors)),
        "year": str(reference.issued[0]) if reference.issued else "",
        "eprint": reference.arxiv,
        "archiveprefix": "arXiv" if reference.arxiv else "",
        "primaryclass": latex(reference.subject),
        "doi": _address(reference.doi),
        "url": _address(reference.url),
        "note": latex(reference.venue),
        "abstract": latex(reference.abstract) if abstract else "",
    }
    rows = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    if len(reference.issued) > 1:
        rows.append(f"  month = {_MONTHS[reference.issued[1] - 1]},")
    return "\n".join([f"@misc{{{reference.key},", *rows, "}", ""])


def latex(text: str) -> str:
    """Text that LaTeX prints as it is."""
    return _JOINS.sub("{}", _SPECIAL.sub(lambda match: _LATEX[match[0]], text))


def _author(name: str) -> str:
    """A name; one that BibTeX would take apart wrongly is kept whole by braces."""
    whole = "," in name or re.search(r"\band\b", name, re.IGNORECASE)
    return f"{{{latex(name)}}}" if whole else latex(name)


def _address(text: str) -> str:
    """An address or DOI, whose fields are not read as LaTeX; only braces would end the field."""
    return text.replace("\\", "%5C").replace("{", "%7B").replace("}", "%7D")
