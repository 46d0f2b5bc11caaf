"""A work's whole text: what a paper or an article says beyond the abstract or snippet that its source lists.

    FullText → passages, each with a title and a role; figure 1; affiliations; addresses; the licence

All text here is plain. A passage is found by its title, so titles within one work differ. What may be kept
and shown is decided by the licence: a work under a free one is kept within a bound, of any other only the
words that are quoted stay (`excerpts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

Form = Literal["html", "tex", "pdf", "article"]
Role = Literal["section", "limitations", "conclusion", "caption", "article", "comment"]

MOST_PASSAGES = 60
MOST_TITLE = 120  # characters of a passage's title
_FIRST: tuple[Role, ...] = ("comment", "limitations", "conclusion", "article", "caption", "section")


class TextPassage(msgspec.Struct, frozen=True, kw_only=True):
    """A titled part of a work; `by` names who wrote it where that is not the work's author."""

    role: Role
    title: str
    text: str
    by: str = ""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """Figure 1 with the caption that stands at it in the work.

    `url` is where it can be seen; `picture` is a JPEG drawn anew from it, b"" where the licence forbids that
    or the picture could not be read.
    """

    caption: str
    url: str
    picture: bytes = b""
    width: int = 0
    height: int = 0


class FullText(msgspec.Struct, frozen=True, kw_only=True):
    """The text of a work at the address `url`; `licence` is `CC BY 4.0` or the like, "" if unknown."""

    form: Form
    url: str
    licence: str = ""
    passages: tuple[TextPassage, ...] = ()
    figure: Figure | None = None
    affiliations: tuple[str, ...] = ()
    links: tuple[str, ...] = ()  # addresses of code, data and models that the text names

    def passage(self, title: str) -> TextPassage | None:
        """The passage of that title."""
        return next((passage for passage in self.passages if passage.title == title), None)

    def of(self, *roles: Role) -> tuple[TextPassage, ...]:
        """The passages of these roles, in the order of the roles."""
        return tuple(passage for role in roles for passage in self.passages if passage.role == role)


# ── what a heading and a licence say ────────────────────────────────────────────────────────────────

_NUMBER = re.compile(
    r"^\s*(?:(?:section|appendix)\s+)?(?:[A-Z]|[IVX]+|\d+)?(?:\.\d+)*[.:]?\s+(?=\S)", re.IGNORECASE
)
_LIMITATIONS = re.compile(r"\blimitations?\b|\bthreats to validity\b", re.IGNORECASE)
_CONCLUSION = re.compile(
    r"\bconclusions?\b|\bconcluding remarks\b|\bfuture (?:work|directions)\b|\bdiscussion and outlook\b"
    r"|^summary$",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"^(?:references|bibliography|acknowledge?ments?|acknowledgements? and .*|author contributions?|funding"
    r"|competing interests?|conflicts? of interest|abstract|contents|table of contents|appendix|appendices"
    r"|supplementary materials?|neurips paper checklist|checklist)$",
    re.IGNORECASE,
)


def role_of(title: str) -> Role | None:
    """The role of a section by its title; None for one that holds none of the work's argument."""
    bare = _NUMBER.sub("", title).strip(" .:")
    if not bare or _ASIDE.match(bare):
        return None
    if _LIMITATIONS.search(bare):
        return "limitations"
    return "conclusion" if _CONCLUSION.search(bare) else "section"


_CC_ADDRESS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<terms>by(?:-nc)?(?:-nd|-sa)?)/(?P<version>\d\.\d)|(?P<free>publicdomain|zero))",
    re.IGNORECASE,
)
_CC_LABEL = re.compile(
    r"\bCC[ -](?:(?P<zero>0|zero)|(?P<terms>BY(?:-NC)?(?:-ND|-SA)?))(?:[ -]+(?P<version>\d\.\d))?",
    re.IGNORECASE,
)
_FREE = re.compile(r"CC0|CC BY(?:-SA)? \d\.\d|CC BY(?:-SA)?")


def licence_of(stated: str) -> str:
    """The licence that an address or a label names, as `CC BY-SA 4.0`; "" for any but Creative Commons'."""
    match = _CC_ADDRESS.search(stated)
    if match:
        return "CC0" if match["free"] else f"CC {match['terms'].upper()} {match['version']}"
    match = _CC_LABEL.search(stated)
    if not match:
        return ""
    return (
        "CC0" if match["zero"] else " ".join(filter(None, ("CC", match["terms"].upper(), match["version"])))
    )


def redistributable(licence: str) -> bool:
    """Whether anybody may show the work again, also changed in size and for money: CC0, CC BY, CC BY-SA."""
    return bool(_FREE.fullmatch(licence))


# ── within bounds ───────────────────────────────────────────────────────────────────────────────────


def bounded(passages: Iterable[TextPassage], most: int) -> tuple[TextPassage, ...]:
    """The passages that fit into so many characters, in their order, each with a title of its own.

    Where not all fit, comments, limitations and conclusion come first, then an article's text, captions and
    sections from the first on; the one at the border is cut behind a sentence.
    """
    known: set[str] = set()
    titled = [_named(p, known) for p in list(passages)[: 4 * MOST_PASSAGES] if p.text.strip()]
    kept: dict[int, TextPassage] = {}
    left = most
    for number in sorted(range(len(titled)), key=lambda n: (_FIRST.index(titled[n].role), n)):
        passage = titled[number]
        text = passage.text if len(passage.text) <= left else _cut(passage.text, left)
        if text and len(kept) < MOST_PASSAGES:
            kept[number] = msgspec.structs.replace(passage, text=text)
            left -= len(text)
    return tuple(kept[number] for number in sorted(kept))


def _named(passage: TextPassage, known: set[str]) -> TextPassage:
    """The passage under a title that none before it has."""
    title = passage.title.strip()[:MOST_TITLE] or passage.role
    name, number = title, 1
    while name in known:
        number += 1
        name = f"{title} ({number})"
    known.add(name)
    return msgspec.structs.replace(passage, title=name)


def _cut(text: str, most: int) -> str:
    """The text up to its last whole sentence within so many characters; "" where there is none."""
    end = max(text.rfind(mark, 0, most) for mark in (". ", "? ", "! ", "。"))
    return text[: end + 1].rstrip() if end > 0 else ""


def excerpts(
    whole: FullText, quoted: Mapping[str, Sequence[tuple[int, int]]]
) -> tuple[FullText, dict[tuple[str, int, int], int]]:
    """The text with the quoted words alone, and where each quotation begins in it.

    `quoted` maps the title of a passage to the spans quoted from it. Spans that touch are kept as one run;
    runs are parted by an ellipsis. Comments stay, they are quotations.
    """
    places: dict[tuple[str, int, int], int] = {}
    kept = []
    for passage in whole.passages:
        spans = quoted.get(passage.title, ())
        if not spans and passage.role == "comment":
            kept.append(passage)
        elif spans:
            kept.append(msgspec.structs.replace(passage, text=_runs(passage, spans, places)))
    return msgspec.structs.replace(whole, passages=tuple(kept)), places


def _runs(
    passage: TextPassage, spans: Sequence[tuple[int, int]], places: dict[tuple[str, int, int], int]
) -> str:
    """The quoted runs of a passage; notes in `places` where each span begins in them."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    text = ""
    for start, end in merged:
        text += " … " if text else ""
        for first, last in spans:
            if start <= first and last <= end:
                places[passage.title, first, last] = len(text) + first - start
        text += passage.text[start:end]
    return text
