"""Stories: everything the archive knows of one, and what its reader thinks of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from daybrief.cards import reproduced
from daybrief.languages.phrases import Phrases, phrases
from daybrief.library import StoryRecord
from daybrief.model import Claim, Example, Judged, Story
from daybrief.render.citations import bibtex
from daybrief.render.page import reason
from daybrief.render.story import address_of, gist_of, known_of, placed
from daybrief.web.guard import own_path
from daybrief.web.pages import Pages, ReaderServices, words
from daybrief.web.presenters import evidence, opinions

_LONGEST_KEY = 2_000


class Stories:
    """The views."""

    def __init__(self, services: ReaderServices, pages: Pages) -> None:
        self._services = services
        self._pages = pages

    def story(self, request: Request, key: str = "") -> Response:
        """One story: its sources, its evidence, its history, and what is like it."""
        chosen = self._pages.preferences(request)
        record = self._record(chosen.profile, key)
        latest = record.appearances[0] if record.appearances else None
        told = next((a for a in record.appearances if a.claims), latest)  # later ones tell only what is new
        story = told.ranked.story if told else _unprinted(record)
        sentences, texts = evidence(told.claims if told else (), story.items)
        say = words(chosen.language)
        printed = phrases(say.language)  # a page says some of this in words of its own
        facts, links = known_of(story, printed)
        return self._pages.show(
            request,
            "story.html",
            record=record,
            latest=latest,
            lead=story.lead,
            gist=_gist(record.id, told.claims if told else (), say),
            address=address_of(story),
            facts=facts,
            links=links,
            day=_dated(story),
            bibtex=bibtex(story.lead, record.first_seen) if record.kind == "paper" else "",
            placed=placed(latest.ranked.reasons, printed) if latest else "",
            kept=[s for s in sentences if s.judged.printable],
            withheld=[s for s in sentences if not s.judged.printable],
            texts=texts,
            similar=self._services.library.of(chosen.profile).similar(record),
            opinions=opinions(self._services, chosen.profile),
            reason=lambda code: reason(code, say),
            reproduced=reproduced(record.keys, chosen.language),
        )

    def feedback(
        self,
        request: Request,
        key: str = Form(""),
        opinion: str = Form(""),
        next: str = Form("/"),  # noqa: A002
    ) -> Response:
        """Note what a reader thinks of a story, or forget it; back to where they were."""
        profile = self._pages.preferences(request).profile
        store = self._services.examples(profile)
        if opinion not in ("more", "less", "undo"):
            raise HTTPException(422)
        if opinion == "undo":
            store.forget_example(key)
        else:
            record = self._record(profile, key)
            key = record.id
            store.save_examples([self._example(record, liked=opinion == "more")])
        if request.headers.get("hx-request") != "true":
            return RedirectResponse(own_path(next), 303)
        known = opinions(self._services, profile)
        return self._pages.show(
            request, "feedback.html", keep=False, key=key, back=own_path(next), opinions=known
        )

    def _record(self, profile: str, key: str) -> StoryRecord:
        record = self._services.library.of(profile).story(key) if 0 < len(key) <= _LONGEST_KEY else None
        if record is None:
            raise HTTPException(404)
        return record

    def _example(self, record: StoryRecord, *, liked: bool) -> Example:
        text = next((item.text for item in record.items if item.text), "")
        now = self._services.clock.now()
        return Example(key=record.id, liked=liked, title=record.title, text=text, added_at=now)


def _gist(story: str, claims: Sequence[Judged], say: Phrases) -> tuple[Claim, ...]:
    """What the card of a story says."""
    kept = [judged.claim for judged in claims if judged.printable and judged.claim.part != "keyword"]
    return gist_of([claim for claim in kept if claim.stories == (story,)], say.language)


def _dated(story: Story) -> date:
    """When it came out, as its sources say, else when it was first seen."""
    known = [item.announced or (item.published.date() if item.published else None) for item in story.items]
    return min(filter(None, known), default=story.first_seen)


def _unprinted(record: StoryRecord) -> Story:
    return Story(id=record.id, kind=record.kind, items=record.items, first_seen=record.first_seen)


def routes(services: ReaderServices, pages: Pages) -> APIRouter:
    """`/story?key=…` and `/feedback`."""
    router, views = APIRouter(include_in_schema=False), Stories(services, pages)
    router.add_api_route("/story", views.story)
    router.add_api_route("/feedback", views.feedback, methods=["POST"])
    return router
