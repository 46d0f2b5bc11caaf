"""Labs: papers that were tried here, each with what came of it and how to use its method."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request, Response

from daybrief.cards import lab_folders, picture, words
from daybrief.render.labs import lab_view, lab_views
from daybrief.web.caching import KEEP
from daybrief.web.pages import Pages

SVG = "image/svg+xml"


class Labs:
    """The views."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def labs(self, request: Request) -> Response:
        """Every lab with its verdict."""
        language = self._pages.preferences(request).language
        return self._pages.show(request, "labs.html", labs=lab_views(language), w=words(language))

    def lab(self, request: Request, name: str) -> Response:
        """One lab."""
        if name not in lab_folders():
            raise HTTPException(404)
        language = self._pages.preferences(request).language
        return self._pages.show(
            request,
            "lab.html",
            lab=lab_view(name, language),
            w=words(language),
            picture=f"/labs/{name}/picture.{language}.svg",
        )

    def picture(self, name: str, language: str) -> Response:
        """The picture of a lab, labelled in a language."""
        body = picture(name, language) if name in lab_folders() and language in ("en", "ko") else b""
        if not body:
            raise HTTPException(404)
        return Response(body, headers={"cache-control": KEEP}, media_type=SVG)


def routes(pages: Pages) -> APIRouter:
    """`/labs`, `/labs/NAME` and its picture."""
    router, views = APIRouter(include_in_schema=False), Labs(pages)
    router.add_api_route("/labs", views.labs)
    router.add_api_route("/labs/{name}", views.lab)
    router.add_api_route("/labs/{name}/picture.{language}.svg", views.picture)
    return router
