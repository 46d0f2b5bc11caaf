"""Static pages: one for each edition, and an index of the latest days.

Files: `DAY/papers.html`, `DAY/news.html`, `index.html`. No script, no foreign address loaded, one inline
style allowed by its hash in a strict content security policy. Follows the reader's light or dark scheme.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import Bar, Delivery, Edition, EditionKind, Issue
from daybrief.ports import Tools
from daybrief.render.page import LEDGER, SOURCES, page
from daybrief.render.story import embedded
from daybrief.whole import Figure

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_TEMPLATES = "assets/templates"
_TOP = 4  # categories the index names for an edition


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Which files of other publishers the pages refer to.

    pictures: those of `chart`.
    data: those of `data` and `markdown`.
    feeds: those of `feeds`.
    """

    pictures: bool = True
    data: bool = True
    feeds: bool = True


class EditionLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to an edition on the index."""

    kind: EditionKind
    count: str
    state: str
    bars: tuple[Bar, ...]


class DayEditions(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the index with its editions."""

    day: date
    editions: tuple[EditionLink, ...]


_PIECES = 1_000  # of a page that are encoded at once


class Html:
    """Implements `ports.Publisher`."""

    name = "html"
    shows_pages = True

    def __init__(self, options: Options, language: str) -> None:
        self._options = options
        self._language = language

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Write a page for each edition, then the index."""
        for edition in issue.editions:
            path = f"{edition.window.day.isoformat()}/{edition.kind}.html"
            fields = _fields_of(edition, issue) | _alone(self._options)
            yield _delivery(path, rendered("edition.html", phrases(edition.language), site=False, **fields))
        index = index_page(issue.recent, self._language, self._options)
        yield _delivery("index.html", index.encode())


def make(options: Options, tools: Tools) -> Html:
    """The publisher."""
    return Html(options, tools.language)


def edition_page(edition: Edition, issue: Issue, options: Options) -> str:
    """The page of one edition."""
    return render(
        "edition.html",
        phrases(edition.language),
        site=False,
        **_fields_of(edition, issue),
        **_alone(options),
    )


def _fields_of(edition: Edition, issue: Issue) -> dict[str, Any]:
    others = (e.kind for e in issue.editions if e.kind != edition.kind)
    days = [e.window.day for e in issue.recent if e.kind == edition.kind]
    earlier = max((day for day in days if day < edition.window.day), default=None)
    cover = issue.cover if edition is issue.editions[0] else None
    fields = edition_fields(
        edition, other=next(others, ""), earlier=earlier.isoformat() if earlier else "", later="", cover=cover
    )
    return fields | {"up": "../"}


def edition_fields(
    edition: Edition, *, other: str, earlier: str, later: str, cover: Figure | None = None
) -> dict[str, Any]:
    """Return the fields of an edition's template; `other` is the kind of the day's other edition, or ""."""
    view = page(edition)
    counts = [bar.count for bar in edition.chart.bars]
    return {
        "title": f"{view.name} · {view.day.isoformat()}",
        "description": edition.chart.alt,
        "page": view,
        "cover": embedded(cover, phrases(edition.language)("cover.alt")) if cover else None,
        "other": other,
        "earlier": earlier,
        "later": later,
        "most": max(counts, default=1),
        "total": sum(counts) or 1,
        "ledger_columns": LEDGER,
        "source_columns": SOURCES,
    }


def index_page(recent: Sequence[Edition], language: str, options: Options) -> str:
    """The list of days, newest first, by month."""
    say = phrases(language)
    newest = sorted(recent, key=lambda e: (e.window.day, e.kind == "papers"), reverse=True)
    days = [
        DayEditions(day=day, editions=tuple(_shown(edition, say) for edition in editions))
        for day, editions in groupby(newest, key=lambda e: e.window.day)
    ]
    months = [(month, tuple(group)) for month, group in groupby(days, key=lambda d: say.month(d.day))]
    return render(
        "index.html",
        say,
        site=False,
        up="",
        title=say("title.index"),
        description=say("index.lead"),
        months=months,
        **_alone(options),
    )


def _shown(edition: Edition, say: Phrases) -> EditionLink:
    return EditionLink(
        kind=edition.kind,
        count=say(f"count.{edition.kind}", n=len(edition.stories)),
        state="" if edition.state == "fresh" else say(f"state.{edition.state}"),
        bars=edition.chart.bars[:_TOP],
    )


def _alone(options: Options) -> dict[str, Any]:
    """The fields of a page that belongs to no site: it has no script, no bar and no icon of its own."""
    return {"pictures": options.pictures, "data": options.data, "feeds": options.feeds}


def render(template: str, say: Phrases, *, site: bool, script: bool = False, **fields: Any) -> str:
    """A template with its fields; `site` adds what pages of a whole site share, `script` allows its own."""
    return _template(template).render(**_shared(say, site=site, script=script), **fields)


def rendered(template: str, say: Phrases, *, site: bool, script: bool = False, **fields: Any) -> bytes:
    """The same as UTF-8, made piece by piece: a large day's page is in memory once, not three times."""
    stream = _template(template).stream(**_shared(say, site=site, script=script), **fields)
    stream.enable_buffering(_PIECES)
    with BytesIO() as page_:
        stream.dump(page_, encoding="utf-8")
        return page_.getvalue()


def _template(name: str) -> Template:
    return _environment().get_template(name.removeprefix("site/../"))


def _shared(say: Phrases, *, site: bool, script: bool) -> dict[str, Any]:
    style, digest = _style(site)
    return {
        "say": say,
        "language": say.language,
        "style": style,
        "policy": _policy(digest, site, script),
        "site": site,
        "script": script,
    }


def _policy(style: str, site: bool, script: bool) -> str:
    """The content security policy: nothing but our own style, pictures and, where there is one, script."""
    forms = "'self'" if site else "'none'"
    own = "; manifest-src 'self'" if site else ""
    own += "; script-src 'self'; connect-src 'self'" if script else ""
    return (
        f"default-src 'none'; style-src 'sha256-{style}'; img-src 'self' data:; "
        f"base-uri 'none'; form-action {forms}{own}"
    )


@cache
def _environment() -> Environment:
    """The templates, escaping everything; a missing name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("daybrief", _TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


@cache
def _style(site: bool) -> tuple[str, str]:
    """The style sheet without needless blanks, and its hash for the content security policy."""
    sheets = ("style.css", "site/site.css") if site else ("style.css",)
    text = "".join((files("daybrief") / _TEMPLATES / name).read_text(encoding="utf-8") for name in sheets)
    small = re.sub(r"\s*\n\s*", "\n", text).strip()
    return small, base64.b64encode(hashlib.sha256(small.encode()).digest()).decode()


def _delivery(path: str, body: bytes) -> Delivery:
    return Delivery(path=path, body=body, media_type="text/html; charset=utf-8")
