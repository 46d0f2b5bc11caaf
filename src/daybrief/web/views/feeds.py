"""The feeds of the latest editions, as the publisher of the same name writes them."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter, HTTPException, Request, Response

from daybrief.library import Library
from daybrief.model import Edition, Issue
from daybrief.ports import Tools
from daybrief.publishers import feeds
from daybrief.web.caching import KEEP
from daybrief.web.pages import Pages
from daybrief.web.services import ReaderServices

_MOST = 30


def routes(services: ReaderServices, pages: Pages) -> APIRouter:
    """`/feeds/atom.xml`, `/feeds/feed.xml` (RSS) and `/feeds/feed.json`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/feeds/{name}")
    def feed(request: Request, name: str) -> Response:
        chosen = pages.preferences(request)
        library = services.library.of(chosen.profile)
        base = f"{'https' if services.access.https else 'http'}://{request.headers['host']}/"
        options = feeds.Options(base_url=base, authority=services.authority, most=_MOST)
        tools = Tools(taxonomy=library.taxonomy, language=chosen.language)
        recent = _recent(library)
        issue = Issue(day=recent[0].window.day if recent else date.min, editions=(), recent=recent)
        for delivery in feeds.make(options, tools).publish(issue):
            if delivery.path == name:
                return Response(
                    delivery.body,
                    headers={"cache-control": KEEP},
                    media_type=f"{delivery.media_type}; charset=utf-8",
                )
        raise HTTPException(404)

    return router


def _recent(library: Library) -> tuple[Edition, ...]:
    latest = library.latest()
    if latest is None:
        return ()
    days = [day for day in library.all_days() if day > latest - timedelta(days=_MOST)][::-1]
    return tuple(edition for day in days for edition in library.editions(day))[:_MOST]
