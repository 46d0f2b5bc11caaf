"""Editors of the newsroom that are programs: one made of the engine's own stages, and a saboteur.

    item → dead? → withdrawn? → about AI? → told already? → the extractive writer's sentence

The embedded editor sees what every agent sees. Its answers come from `dedupe`, `relevance` and the writer
that ships with daybrief; nothing here decides about content.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files

import msgspec

from daybrief.labs.agents.harness import Agent, Turn
from daybrief.labs.agents.newsroom import NewsItem
from daybrief.model import Filed, Item, Ranked, Story, Taxonomy
from daybrief.ports import Tools, Writer
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.text.relevance import about_ai, is_withdrawn
from daybrief.writers import extractive

_DAY = date(2026, 11, 29)
_NUMBER = re.compile(r"\d+")


@cache
def _writer() -> Writer:
    shipped = (files("daybrief") / "assets" / "taxonomy.toml").read_text(encoding="utf-8")
    tools = Tools(taxonomy=msgspec.convert(tomllib.loads(shipped), Taxonomy), language="en")
    return extractive.make(extractive.Options(), tools)


@dataclass(slots=True)
class EmbeddedEditor:
    """The engine as editor: its gates, its deduplication, its extractive writer."""

    name: str = "embedded"
    _printed: list[Item] = field(default_factory=list)

    def act(self, turn: Turn) -> str:
        """Decide about the item in the observation's facts."""
        if not turn.history:
            self._printed = []
        item = turn.observation.facts["item"]
        if reason := self._objection(item):
            return f"drop: {reason}"
        self._printed.append(_item(item))
        return f"publish: {sentence(item)}"

    def _objection(self, item: NewsItem) -> str:
        if item.status != 200 or not item.text:
            return "dead link"
        if is_withdrawn(item.title, item.text):
            return "retracted"
        if not about_ai(item.title, item.url):
            return "off-topic"
        stories, _ = dedupe([*self._printed, _item(item)], Memory(), _DAY)
        return "duplicate" if len(stories) <= len(self._printed) else ""


@dataclass(frozen=True, slots=True)
class SabotagedEditor:
    """An agent whose printed numbers are ten times too large, and who prints whatever has a text."""

    inner: Agent
    name: str = "sabotaged"

    def act(self, turn: Turn) -> str:
        """Spoil what the inner agent says."""
        item = turn.observation.facts["item"]
        answer = self.inner.act(turn)
        if item.text and not answer.startswith("publish:"):
            answer = f"publish: {sentence(item)}"
        return _NUMBER.sub(lambda number: f"{number[0]}0", answer)


def sentence(item: NewsItem) -> str:
    """The sentence of the text that the embedded writer finds the news in; its first where it finds none."""
    source = _item(item)
    story = Story(id=source.key, kind="paper", items=(source,), first_seen=_DAY)
    ranked = Ranked(filed=Filed(story=story, category="methods", confidence=1.0, why=""), score=1.0)
    claims = _writer().read(ranked).claims
    by_part = {claim.part: claim.text for claim in reversed(claims)}
    for part in ("finding", "theme", "gist"):
        if part in by_part:
            return " ".join(by_part[part].split())
    return item.text.split(". ")[0]


def _item(item: NewsItem) -> Item:
    """The item as a source would list it."""
    return Item(
        key=f"url:{item.url}",
        source=item.source,
        kind="news",
        title=item.title,
        url=item.url,
        text=item.text,
        published=datetime(2026, 11, 29, 6, tzinfo=UTC),
        language="en",
        aliases=(f"arxiv:{item.paper}",) if item.paper else (),
    )
