"""arXiv's OAI-PMH answers, read from bytes: the formats `arXiv` and `oai_dc`.

Specified in https://www.openarchives.org/OAI/openarchivesprotocol.html and
https://info.arxiv.org/help/oa/index.html. All functions are pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec
from lxml import etree

from daybrief.errors import NotWhatWeAsked
from daybrief.model import Announce, Dropped
from daybrief.sources._gates import admit_xml
from daybrief.sources.arxiv.listing import ListedPaper, kind_of, paper
from daybrief.text import identity

_ROOTS = frozenset({"OAI-PMH"})
_OF_ITS_OWN = frozenset({"cs", "econ", "eess", "math", "q-bio", "q-fin", "stat"})
_DAY = timedelta(days=1)
_Span = tuple[datetime, datetime]


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to ListRecords: the papers of the asked categories, and the token of the next answer."""

    papers: tuple[ListedPaper | Dropped, ...]
    token: str = ""


def sets(categories: Sequence[str]) -> tuple[str, ...]:
    """The sets that hold these categories, each archive once: `cs.AI` and `cs.CL` are both in `cs`."""
    archives = dict.fromkeys(category.partition(".")[0] for category in categories)
    return tuple(a if a in _OF_ITS_OWN else f"physics:{a}" for a in archives)


def parse_records(body: bytes, asked: Sequence[str], day: date, span: _Span) -> Records:
    """Read one answer to ListRecords; no record at all is no error.

    A record says when the paper was submitted, not how it was announced: submitted within `span` and with an
    id of that month it is new (or cross, see `kind_of`); with an older id it is a replacement; any other was
    only touched. So a second version within the month of the first looks new. Records outside the asked
    categories are none of the listing, and left out.
    Raises NotWhatWeAsked for an error answer and for what is no OAI-PMH, TooMuch.
    """
    root = _tree(body)
    if (error := root.find("{*}error")) is not None:
        if error.get("code") == "noRecordsMatch":
            return Records(papers=())
        said = f"{error.get('code')}: {_text(error)}"[:200]
        raise NotWhatWeAsked(f"arXiv's OAI-PMH answers with an error: {said}")
    found = (_record(record, asked, day, span) for record in root.iterfind("{*}ListRecords/{*}record"))
    token = root.find("{*}ListRecords/{*}resumptionToken")
    return Records(papers=tuple(p for p in found if p is not None), token=_text(token).strip()[:1_000])


def _tree(body: bytes) -> etree._Element:
    admit_xml(body, roots=_ROOTS, whole=True)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as broken:
        raise NotWhatWeAsked(f"arXiv's OAI-PMH answer is broken: {broken}"[:300]) from broken


def _record(
    record: etree._Element, asked: Sequence[str], day: date, span: _Span
) -> ListedPaper | Dropped | None:
    ref = _text(record.find("{*}header/{*}identifier"))
    inside = record.find("{*}metadata/{*}arXiv")
    dublin = record.find("{*}metadata/{*}dc")
    if inside is None and dublin is None:
        reason = "withdrawn" if record.find("{*}header[@status='deleted']") is not None else "malformed"
        return Dropped(ref=ref[:100], reason=reason)
    categories = _text(inside.find("{*}categories")).split() if inside is not None else _categories(record)
    if not set(categories) & set(asked):
        return None
    if _text(record.find("{*}header/{*}datestamp"))[:10] != day.isoformat():
        return Dropped(ref=ref[:100], reason="other-day")
    dates = _dates(inside, dublin)
    announce = _announced(ref, dates, categories, asked, day, span)
    if not announce:
        return Dropped(ref=ref[:100], reason="only-touched")
    if inside is not None:
        return _from_arxiv(inside, ref, categories, announce)
    assert dublin is not None  # noqa: S101 - one of the two is there, see above
    return _from_dublin(dublin, ref, categories, announce)


def _announced(
    ref: str, dates: Sequence[date], categories: Sequence[str], asked: Sequence[str], day: date, span: _Span
) -> Announce:
    # The dates are civil dates of an unnamed zone: a day of slack at the start, for the evening before.
    first, last = span[0].date() - _DAY, span[1].date()
    within = [first <= submitted <= last for submitted in dates]
    if not any(within):
        return ""
    # `created` is that of the current version: only the id, which has the month of the first announcement,
    # tells a new paper from a new version of an old one.
    found = identity.arxiv_id(ref)
    months = {f"{d:%y%m}" for d in (first, day - _DAY, day)}
    young = found is not None and found[0].rpartition("/")[2][:4] in months
    return kind_of(categories, asked) if within[0] and young else "replace"


def _dates(inside: etree._Element | None, dublin: etree._Element | None) -> list[date]:
    """When the first and the last version were submitted."""
    if inside is not None:
        elements = [inside.find("{*}created"), inside.find("{*}updated")]
    else:
        elements = list(dublin.iterfind("{*}date")) if dublin is not None else []
    dates = []
    for element in elements:
        try:
            dates.append(date.fromisoformat(_text(element).strip()[:10]))
        except ValueError:
            continue
    return dates


def _from_arxiv(
    inside: etree._Element, ref: str, categories: list[str], announce: Announce
) -> ListedPaper | Dropped:
    authors = (
        " ".join(_text(author.find(f"{{*}}{part}")) for part in ("forenames", "keyname", "suffix"))
        for author in inside.iterfind("{*}authors/{*}author")
    )
    return paper(
        ref=_text(inside.find("{*}id")) or ref,
        title=_text(inside.find("{*}title")),
        abstract=_text(inside.find("{*}abstract")),
        announce=announce,
        authors=authors,
        categories=categories,
        doi=_text(inside.find("{*}doi")),
        venue=_text(inside.find("{*}journal-ref")),
        comment=_text(inside.find("{*}comments")),
    )


def _from_dublin(
    dublin: etree._Element, ref: str, categories: list[str], announce: Announce
) -> ListedPaper | Dropped:
    names = (_text(creator).partition(", ") for creator in dublin.iterfind("{*}creator"))
    dois = (_text(i) for i in dublin.iterfind("{*}identifier") if identity.doi(_text(i)[:500]))
    return paper(
        ref=ref,
        title=_text(dublin.find("{*}title")),
        abstract=_text(dublin.find("{*}description")),  # the first; later ones are comments
        announce=announce,
        authors=(f"{fore} {key}" for key, _, fore in names),
        categories=categories,
        doi=next(dois, ""),
    )


def _categories(record: etree._Element) -> list[str]:
    """Dublin Core names subjects in words; the sets in the header name them: `cs:cs:AI`, `physics:hep-th`."""
    specs = [_text(spec).strip().split(":") for spec in record.iterfind("{*}header/{*}setSpec")]
    return [f"{spec[1]}.{spec[2]}" if len(spec) > 2 else spec[-1] for spec in specs]


def _text(element: etree._Element | None) -> str:
    return "" if element is None else "".join(element.itertext())
