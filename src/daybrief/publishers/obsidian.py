"""A folder of notes for Obsidian: one note a day, one a story, one a category, linked to each other.

Files below `obsidian/`: `Days/2024-11-26.md`, `Stories/TITLE (ID).md`, `Categories/NAME.md`, with YAML
properties (https://help.obsidian.md/properties) and wiki links (https://help.obsidian.md/links). Below the
last line of a note, which says so, is the reader's own room: what stands there survives every later export.
Names are safe on Windows, macOS and Linux and in links.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import msgspec

from daybrief.cards import reproduced
from daybrief.languages import SOURCE
from daybrief.languages.phrases import phrases
from daybrief.model import Category, Delivery, Edition, Issue, Ranked, Section
from daybrief.ports import Tools
from daybrief.render.page import notices
from daybrief.render.story import address_of
from daybrief.text.latex import readable
from daybrief.text.plain import line, markdown_link, obsidian, paragraph

_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\/:*?"<>|#^\[\]%`$]|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]')
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\b", re.IGNORECASE)
_LONGEST = 120  # bytes of a name before its identity


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The folder that the notes go to.

    folder: below the output folder; your vault, or a folder in it.
    """

    folder: str = "obsidian"


class Obsidian:
    """Implements `ports.Publisher`."""

    name = "obsidian"

    def __init__(self, options: Options, language: str) -> None:
        self._folder = options.folder.strip("/")
        self._say = phrases(language)

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """The day's note, those of its stories, and those of its categories."""
        categories: dict[str, Category] = {}
        written: set[str] = set()
        for edition in issue.editions:
            for section in edition.sections:
                categories[section.category.id] = section.category
                for ranked in section.ranked:
                    name = story_name(ranked)
                    if name.casefold() not in written:
                        written.add(name.casefold())
                        yield self._note(f"Stories/{name}", self._story(ranked, section, edition.window.day))
        for category in categories.values():
            yield self._note(f"Categories/{self._drawer(category)}", self._category(category))
        yield self._note(f"Days/{issue.day.isoformat()}", self._day(issue.day, issue.editions))

    def _note(self, name: str, text: str) -> Delivery:
        mark = self._say("obsidian.yours")
        below = f"%% {mark} %%\n".encode()
        return Delivery(
            path=f"{self._folder}/{name}.md" if self._folder else f"{name}.md",
            body=text.encode() + b"\n" + below,
            media_type="text/markdown; charset=utf-8",
            keep_below=below,
        )

    def _day(self, day: date, editions: Sequence[Edition]) -> str:
        say = self._say
        lines = _properties({"date": day.isoformat(), "tags": ["daybrief/day"]})
        lines += [f"# {say.day(day)}", ""]
        for edition in editions:
            lines += [f"## {say(f'kind.{edition.kind}')} {len(edition.stories)}", ""]
            if not edition.stories:
                lines += [next(notices(edition, say)), ""]
            for section in edition.sections:
                emoji = section.category.emoji
                lines += [
                    f"### {emoji} [[Categories/{self._drawer(section.category)}|{self._label(section)}]]"
                ]
                lines += ["", *(f"- {_link(ranked)}" for ranked in section.ranked), ""]
        return "\n".join(lines)

    def _story(self, ranked: Ranked, section: Section, day: date) -> str:
        story, lead, say = ranked.story, ranked.story.lead, self._say
        lines = _properties(
            {
                "title": _title(ranked),
                "aliases": [_title(ranked)],
                "date": day.isoformat(),
                "first_seen": story.first_seen.isoformat(),
                "kind": story.kind,
                "category": f"[[Categories/{self._drawer(section.category)}]]",
                "authors": [line(readable(name), 200) for name in lead.authors[:30]],
                "url": address_of(story),
                "sources": list(story.sources),
                "tags": ["daybrief/story"],
            }
        )
        lines += [f"# {obsidian(_title(ranked))}", "", f"[[Days/{day.isoformat()}]]"]
        if story.continues:
            lines[-1] += f" ← [[Days/{story.continues.isoformat()}]]"
        lines += ["", markdown_link(address_of(story)), ""]
        if card := reproduced(story.keys, say.language):
            lines += [f"**{obsidian(card.short)}**", ""]
        claims = [c for c in section.checked.kept if story.id in c.stories and c.part != "keyword"]
        lines += [f"- {obsidian(paragraph(readable(claim.text)))}" for claim in claims]
        text = paragraph(readable(max((item.text for item in story.items), key=len)))
        if text:
            lines += ["", f"## {say('obsidian.abstract')}", "", obsidian(text)]
        return "\n".join([*lines, ""])

    def _category(self, category: Category) -> str:
        native = category.defined_in(self._say.language)
        definition = native or category.definition
        lines = _properties({"aliases": [category.id], "tags": ["daybrief/category"]})
        title = f"# {category.emoji} {obsidian(category.label(self._say.language))}"
        return "\n".join([*lines, title, "", obsidian(definition), ""])

    def _drawer(self, category: Category) -> str:
        return safe_name(category.label(SOURCE)) or category.id

    def _label(self, section: Section) -> str:
        return safe_name(section.category.label(self._say.language)) or section.category.id


def make(options: Options, tools: Tools) -> Obsidian:
    """The publisher."""
    return Obsidian(options, tools.language)


def story_name(ranked: Ranked) -> str:
    """The file name of a story without its ending: its title in safe letters and its identity."""
    story = ranked.story
    arxiv = next((k.removeprefix("arxiv:") for k in story.keys if k.startswith("arxiv:")), "")
    identity = arxiv.replace("/", "-") or hashlib.sha256(story.id.encode()).hexdigest()[:8]
    return f"{safe_name(_title(ranked))} ({identity})".strip()


def safe_name(text: str) -> str:
    """A text as a file name and as the target of a wiki link; may be empty."""
    plain = _UNSAFE.sub(" ", unicodedata.normalize("NFC", line(text)))
    short = " ".join(plain.split()).encode()[:_LONGEST].decode(errors="ignore").strip(" .")
    return f"_{short}" if _DEVICE.match(short) else short


def _title(ranked: Ranked) -> str:
    return line(readable(ranked.story.lead.title)) or ranked.story.id


def _link(ranked: Ranked) -> str:
    name = story_name(ranked)
    return f"[[Stories/{name}|{safe_name(_title(ranked)) or name}]]"


def _properties(fields: dict[str, Any]) -> list[str]:
    """YAML front matter; JSON's strings and lists are YAML's too (https://yaml.org/spec/1.2.2/#12-overview)."""
    rows = [f"{name}: {msgspec.json.encode(value).decode()}" for name, value in fields.items() if value]
    return ["---", *rows, "---", ""]
