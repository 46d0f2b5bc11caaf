"""A cover picture of an edition in a house style: the prompt comes from the lead's checked gist.

lead       the first story of an edition and the sentence that tells it, which every check let pass
prompt     what a picture model is asked for
kept       the picture drawn anew as a small JPEG, by the gate that all foreign pictures pass
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from daybrief.adapters.files import replace_file
from daybrief.errors import DaybriefError, LabError
from daybrief.languages import SOURCE
from daybrief.model import Claim, Edition, Value, from_json
from daybrief.text.plain import line

LONGEST = 300  # letters of a sentence in a prompt


class Lead(Value, frozen=True, kw_only=True):
    """The story a cover is made of: its title, and the sentence that tells it ("" when none was let pass)."""

    story: str
    title: str
    sentence: str


def edition_of(place: Path) -> Edition:
    """An edition from its JSON (`DAY/papers.json`). Raises LabError."""
    try:
        return from_json(place.read_bytes(), Edition)
    except (OSError, DaybriefError, ValueError) as broken:
        raise LabError(
            f"{place} holds no edition: {broken}", hint="give DAY/papers.json or DAY/news.json of the brief"
        ) from broken


def lead(edition: Edition) -> Lead:
    """The best story of the edition, a new one before one that continues. Raises LabError without any.

    Only sentences that the checks let pass are taken: a gist before others, one in English before others, for
    the models' text encoders read English.
    """
    candidates = [(ranked, section) for section in edition.sections for ranked in section.ranked]
    if not candidates:
        raise LabError("the edition has no story", hint="give the edition of another day")
    best, section = max(candidates, key=lambda pair: (pair[0].story.continues is None, pair[0].score))
    own = [claim for claim in section.checked.kept if best.story.id in claim.stories]
    ranked = sorted(own, key=_rank)
    return Lead(
        story=best.story.id,
        title=best.story.lead.title,
        sentence=line(ranked[0].text, LONGEST) if ranked else "",
    )


def _rank(claim: Claim) -> tuple[bool, bool]:
    return claim.part != "gist", claim.language != SOURCE


def prompt(story: Lead, style: str) -> str:
    """The prompt: the style, no letters, which picture models cannot write, and the story.

    The style comes first, for CLIP reads 77 tokens and drops the rest.

    Raises LabError for a style of no words.
    """
    if not style.strip():
        raise LabError("the style has no name", hint="give the --style it was tuned with")
    subject = f"{story.title}. {story.sentence}".strip()
    return f"in {style.strip()} style, without any text or letters: an illustration of {subject}"


def kept(picture: Any, place: Path) -> Path:
    """Write a picture (PIL) as a small JPEG, whole or not at all: drawn anew, nothing but its pixels.

    Raises LabError when it is none that a page would show, or the place cannot be written.
    """
    from daybrief.fulltext.documents import from_picture

    raw = io.BytesIO()
    picture.save(raw, "PNG")
    try:
        replace_file(place, from_picture(raw.getvalue(), "").picture)
    except DaybriefError as refused:
        raise LabError(f"the cover is refused: {refused}", hint="take a --side of 512 or more") from refused
    except OSError as refused:
        raise LabError(
            f"{place} cannot be written: {refused.strerror or refused}", hint="name another --out"
        ) from refused
    return place
