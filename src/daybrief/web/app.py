"""The reader as one ASGI application, put together from what the services holds.

    Guard     which hosts and methods are answered; the headers of every answer
    Limits    how much one request may take
    LoginRequired    nothing without the password, where there is one
    Cache     pages kept as long as the archive stays as it is
    Concurrency few requests are worked on at once, one of each client
    FailureGuard failures answered, and nothing of them told
    FastAPI   the views

An API for programs and one for assistants are mounted by who builds them: `create_app(services, more=…)`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from fastapi import APIRouter, FastAPI

from daybrief.web import auth, static
from daybrief.web.auth import Authenticator, LoginRequired
from daybrief.web.caching import Cache
from daybrief.web.guard import Guard
from daybrief.web.limits import Concurrency, Limits
from daybrief.web.pages import FailureGuard, Pages, answer_failures, preferences_of
from daybrief.web.reply import App, Scope
from daybrief.web.services import ReaderServices
from daybrief.web.static import Shelf
from daybrief.web.views import categories, days, finding, labs, stories, workings


def create_app(services: ReaderServices, *, more: Iterable[APIRouter] = ()) -> App:
    """The reader over a services; `more` are further routers, an API for example."""
    shelf = Shelf()
    pages = Pages(services, shelf)
    authenticator = Authenticator(services)
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
        auth.routes(services, pages, authenticator),
        days.routes(services, pages),
        stories.routes(services, pages),
        categories.routes(services, pages),
        finding.routes(services, pages),
        workings.routes(services, pages, shelf),
        labs.routes(pages),
    ):
        app.include_router(router)
    answer_failures(app, pages)

    def view(scope: Scope) -> str:
        chosen = preferences_of(services, scope)
        return (
            f"{chosen.language} {chosen.scheme} {chosen.profile} {dict(scope['headers']).get(b'host', b'')!r}"
        )

    cached = Cache(Concurrency(FailureGuard(app)), Follower(services.library.mark, services.keep_up), view)
    private = LoginRequired(cached, authenticator)
    return Guard(Limits(private), services.access.names, https=services.access.https)


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
