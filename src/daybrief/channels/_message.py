"""An edition as lines for a chat: what a message says, before any destination's markup.

A line is an item of its own, and messages are split between lines. A line that is longer than a message is
divided at the ends of its sentences, else of its words, with a mark where it goes on; nothing is left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
import regex

from daybrief.errors import ConfigError
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import Edition, EditionKind, Issue, Message
from daybrief.ports import Hook, Route
from daybrief.render.page import Bullet, Page, PartView, page
from daybrief.render.story import StoryView
from daybrief.text.sentences import sentences

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """The options of channels that post to an address of the service's, which is a secret."""

    url_env: str
    name: str = ""
    kinds: tuple[EditionKind, ...] = ("papers", "news")
    timeout_s: float = 30.0
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        variable(self.name, "url_env", self.url_env)

    def chat(self, posts: Callable[[Edition], Sequence[dict[str, Any]]]) -> Chat:
        """The channel that posts there."""
        route = Hook(secret_env=self.url_env, timeout_s=self.timeout_s, patience_s=self.patience_s)
        return Chat(name=self.name, route=route, kinds=self.kinds, recipients=(self.url_env,), posts=posts)


def variable(channel: str, option: str, name: str, *, needed: bool = True) -> None:
    """Raise ConfigError unless `name` is that of an environment variable, or empty where it may be."""
    if not (_VARIABLE.fullmatch(name) or (not name and not needed)):
        raise ConfigError(
            f"{channel}: {option} is not the name of an environment variable",
            hint=f'put the secret into a variable, say MY_SECRET, and write {option} = "MY_SECRET"',
        )


def web_url(channel: str, option: str, url: str) -> None:
    """Raise ConfigError unless `url` is an http(s) address or empty."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        good = False
    if url and not (good and url.isascii() and url.isprintable() and " " not in url):
        raise ConfigError(
            f"{channel}: {option} is no http(s) address", hint='for example "https://example.org/brief/"'
        )


def messages(
    channel: str,
    recipient: str,
    edition: Edition,
    bodies: Sequence[bytes],
    *,
    media_type: str,
    subject: str = "",
) -> Iterator[Message]:
    """Make a message of each body, numbered; the same edition gives the same keys in every run."""
    for n, body in enumerate(bodies, start=1):
        yield Message(
            channel=channel,
            recipient=recipient,
            key=message_key(channel, recipient, edition.digest, n),
            body=body,
            media_type=media_type,
            subject=subject,
            part=n,
            parts=len(bodies),
            day=edition.window.day,
            edition=edition.kind,
            digest=edition.digest,
        )


def message_key(channel: str, recipient: str, digest: str, part: int) -> str:
    """32 hexadecimal digits that stand for one part of one edition to one recipient of one channel."""
    identity = "\n".join((channel, recipient, digest, str(part)))
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """Implements `ports.Channel` for a service that takes posts of JSON; `posts` makes those of an edition.

    Each recipient gets all of them. `to` is the field of a post that names its recipient; "" where the
    address alone does.
    """

    name: str
    route: Route
    kinds: tuple[EditionKind, ...]
    recipients: tuple[str, ...]
    posts: Callable[[Edition], Sequence[dict[str, Any]]]
    to: str = ""

    def messages(self, issue: Issue) -> Iterator[Message]:
        """The parts of each edition, for each recipient."""
        for edition in editions_of(issue, self.kinds):
            posts = self.posts(edition)
            for recipient in self.recipients:
                address = {self.to: recipient} if self.to else {}
                bodies = [msgspec.json.encode(address | post) for post in posts]
                yield from messages(self.name, recipient, edition, bodies, media_type="application/json")


GOES_ON = "…"
_MOST_ADDRESS = 1_000  # a longer one would fill a message; the title stands without it
_CHUNK = 80  # letters of a word that is longer than a message
_OPEN = frozenset({"waiting", "stalled", "failed"})
_WORD = regex.compile(r"\s*\S+\s*|\s+")
_LETTERS = regex.compile(rf"\X{{1,{_CHUNK}}}")

Kind = Literal["title", "facts", "notice", "section", "part", "bullet", "story"]
_HEADINGS = frozenset({"section", "part"})


class TextRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of words that look alike: strong, a link, or neither."""

    text: str
    url: str = ""
    strong: bool = False


class MessageLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item of a message."""

    kind: Kind
    runs: tuple[TextRun, ...]

    @property
    def text(self) -> str:
        """The words alone."""
        return "".join(run.text for run in self.runs)


Fits = Callable[[Sequence[MessageLine]], bool]


def editions_of(issue: Issue, kinds: Sequence[EditionKind]) -> Iterator[Edition]:
    """The editions of these kinds to tell; not an empty one whose sources may still bring something."""
    for edition in issue.editions:
        if edition.kind in kinds and (edition.stories or edition.state not in _OPEN):
            yield edition


def outline(edition: Edition) -> Iterator[MessageLine]:
    """The whole edition, line by line."""
    view = page(edition)
    say = phrases(edition.language)
    yield from _head(view, say)
    for section in view.sections:
        native = f" · {section.native}" if section.native else ""
        name = f"{section.emoji} {section.heading}{native} ({section.count})"
        yield MessageLine(kind="section", runs=(TextRun(text=name, strong=True),))
        if section.nothing:
            yield MessageLine(kind="notice", runs=(TextRun(text=section.nothing),))
        first = [part for part in section.parts if part.part in _BEFORE_STORIES]
        yield from _parts(first)
        if section.new:
            yield MessageLine(kind="part", runs=(TextRun(text=say("part.finding"), strong=True),))
        yield from (_story(story) for story in section.new)
        yield from _parts(part for part in section.parts if part not in first)
        yield from (_story(story) for story in section.continued)
    yield MessageLine(kind="facts", runs=(TextRun(text=view.made),))


_BEFORE_STORIES = frozenset({"theme", "keyword", "finding"})  # other parts stand behind them, as on the page


def _parts(parts: Iterable[PartView]) -> Iterator[MessageLine]:
    for part in parts:
        yield MessageLine(kind="part", runs=(TextRun(text=part.heading, strong=True),))
        yield from (_bullet(bullet) for bullet in part.bullets)


def _head(view: Page, say: Phrases) -> Iterator[MessageLine]:
    yield MessageLine(kind="title", runs=(TextRun(text=view.name, strong=True),))
    yield MessageLine(kind="facts", runs=(TextRun(text=" · ".join((view.date_line, *view.counts))),))
    for notice in view.notices:
        yield MessageLine(kind="notice", runs=(TextRun(text=notice),))
    if view.headlines:
        yield MessageLine(kind="part", runs=(TextRun(text=say("day.headlines"), strong=True),))
        lines = (Bullet(name=line.name, sentences=line.sentences) for line in view.headlines)
        yield from (_bullet(line) for line in lines)
    if view.rising:
        words = f"{say('rising.heading')}: {' · '.join(view.rising)}"
        yield MessageLine(kind="facts", runs=(TextRun(text=words),))
    if view.author:
        yield MessageLine(kind="notice", runs=(TextRun(text=view.author),))


def _bullet(bullet: Bullet) -> MessageLine:
    text = " ".join(sentence.text for sentence in bullet.sentences)
    addresses = [note.url for sentence in bullet.sentences for note in sentence.notes]
    if not bullet.name:
        return MessageLine(kind="bullet", runs=(TextRun(text=text),))
    name = TextRun(text=bullet.name, url=_address(next(iter(addresses), "")), strong=True)
    return MessageLine(kind="bullet", runs=(name, TextRun(text=f": {text}")))


def _story(story: StoryView) -> MessageLine:
    gist, title = " ".join(sentence.text for sentence in story.gist), _address(story.url)
    runs = [TextRun(text=story.title, url=title)]
    if story.retold:
        runs = [TextRun(text=f"{gist} "), *runs]
    elif gist:
        runs.append(TextRun(text=f": {gist}"))
    runs.append(TextRun(text=f" — {' · '.join((*story.facts, *story.marks))}"))
    for name, url in story.links:
        if _address(url):
            runs += [TextRun(text=" · "), TextRun(text=name, url=url)]
    return MessageLine(kind="story", runs=tuple(runs))


def _address(url: str) -> str:
    return url if len(url) <= _MOST_ADDRESS else ""


def packed(lines: Iterable[MessageLine], fits: Fits) -> list[list[MessageLine]]:
    """The lines in as few groups as their order allows, each of which `fits`; no heading ends a group.

    `fits` must hold for any group of which a longer one fits, and for every line of 80 letters.
    """
    groups: list[list[MessageLine]] = [[]]
    for line in lines:
        for piece in (line,) if fits((line,)) else divided(line, fits):
            if groups[-1] and not fits((*groups[-1], piece)):
                groups.append(_carried(groups[-1], piece, fits))
            groups[-1].append(piece)
    return [group for group in groups if group]


def _carried(group: list[MessageLine], piece: MessageLine, fits: Fits) -> list[MessageLine]:
    """The headings at the end of a full group, taken over to the next one; not if that left it empty."""
    at = len(group)
    while at > 1 and group[at - 1].kind in _HEADINGS:
        at -= 1
    carried = group[at:]
    if not fits((*carried, piece)):
        return []
    del group[at:]
    return carried


def divided(line: MessageLine, fits: Fits) -> Iterator[MessageLine]:
    """A line that fits nowhere, in pieces that do; `…` stands where one goes on."""

    def piece(runs: Sequence[TextRun], first: bool, last: bool) -> MessageLine:
        before = () if first else (TextRun(text=GOES_ON),)
        after = () if last else (TextRun(text=GOES_ON),)
        return MessageLine(kind=line.kind, runs=(*before, *_joined(runs), *after))

    atoms = [a for run in line.runs for a in _atoms(run, lambda run: fits((piece((run,), False, False),)))]
    runs: list[TextRun] = []
    first = True
    for atom in atoms:
        if runs and not fits((piece((*runs, atom), False, False),)):
            yield piece(runs, first, last=False)
            runs, first = [], False
        runs.append(atom)
    yield piece(runs, first, last=True)


def _atoms(run: TextRun, fits: Callable[[TextRun], bool]) -> Iterator[TextRun]:
    """The run, or its sentences, or their words, or their letters: the largest that fit."""
    if fits(run):
        yield run
        return
    for sentence in _sentences(run.text):
        if fits(msgspec.structs.replace(run, text=sentence)):
            yield msgspec.structs.replace(run, text=sentence)
            continue
        for word in _WORD.findall(sentence):
            short = fits(msgspec.structs.replace(run, text=word))
            for bit in (word,) if short else _LETTERS.findall(word):
                yield msgspec.structs.replace(run, text=bit)


def _sentences(text: str) -> list[str]:
    starts = [0, *[s.start for s in sentences(text)][1:], len(text)]
    return [text[a:b] for a, b in pairwise(starts) if a < b]


def _joined(runs: Iterable[TextRun]) -> Iterator[TextRun]:
    """Neighbours of one look as one run."""
    for (url, strong), same in groupby(runs, key=lambda run: (run.url, run.strong)):
        yield TextRun(text="".join(run.text for run in same), url=url, strong=strong)


def units(text: str) -> int:
    """The length of a text as chat services count it, in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def say_of(edition: Edition) -> Phrases:
    """The phrases of an edition's language."""
    return phrases(edition.language)
