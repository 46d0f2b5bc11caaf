"""The reader as one ASGI application, put together from what the services holds.

    Guard     which hosts and methods are answered; the headers of every answer
    Limits    how much one request may take
    Locked    nothing without the password, where there is one
    Cache     pages kept as long as the archive stays as it is
    Turns     who is worked on first when many ask at once
    Contained failures answered, and nothing of them told
    FastAPI   the views

An API for programs and one for assistants are mounted by who builds them: `create_app(services, more=…)`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from fastapi import APIRouter, FastAPI

from daybrief.web import entry, static
from daybrief.web.caching import Cache
from daybrief.web.entry import Keeper, Locked
from daybrief.web.failures import Contained, answer_failures
from daybrief.web.guard import Guard
from daybrief.web.limits import Limits
from daybrief.web.pages import Pages, preferences_of
from daybrief.web.reply import App, Scope
from daybrief.web.services import ReaderServices
from daybrief.web.static import Shelf
from daybrief.web.concurrency import Concurrency
from daybrief.web.views import categories, days, feeds, finding, stories, workings


def create_app(services: ReaderServices, *, more: Iterable[APIRouter] = ()) -> App:
    """The reader over a services; `more` are further routers, an API for example."""
    shelf = Shelf()
    pages = Pages(services, shelf)
    keeper = Keeper(services)
    app = FastAPI(
        title="daybrief",
        version=services.version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    for router in more:
        app.include_router(router)
    for router in (
        static.routes(shelf),
        entry.routes(services, pages, keeper),
        days.routes(services, pages),
        stories.routes(services, pages),
        categories.routes(services, pages),
        finding.routes(services, pages),
        workings.routes(services, pages, shelf),
        feeds.routes(services, pages),
    ):
        app.include_router(router)
    answer_failures(app, pages)

    def view(scope: Scope) -> str:
        chosen = preferences_of(services, scope)
        return (
            f"{chosen.language} {chosen.scheme} {chosen.profile} {dict(scope['headers']).get(b'host', b'')!r}"
        )

    cached = Cache(Concurrency(Contained(app)), Follower(services.library.mark, services.keep_up), view)
    return Guard(Limits(Locked(cached, keeper)), services.access.names, https=services.access.https)


class Follower:
    """The mark of archive and index together: when the archive changes, its index follows, aside.

    Until it has, pages are made from what the index holds; then their mark changes once more.
    """

    def __init__(self, mark: Callable[[], str], keep_up: Callable[[], object]) -> None:
        self._mark = mark
        self._keep_up = keep_up
        self._seen = mark()
        self._times = 0
        self._working = threading.Lock()

    def __call__(self) -> str:
        """The mark now."""
        now = self._mark()
        if now != self._seen:
            self._seen = now
            threading.Thread(target=self._follow, name="search follows the archive", daemon=True).start()
        return f"{now} {self._times}"

    def _follow(self) -> None:
        with self._working:
            self._keep_up()
            self._times += 1
