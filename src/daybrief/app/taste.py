"""What a profile's reader says of their taste: likes, dislikes, libraries, and what was learned of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from daybrief.app.ports import Ports
from daybrief.app.runs import demo_archive
from daybrief.errors import ConfigError
from daybrief.model import Example
from daybrief.ports import Archive
from daybrief.taste import LearnedTaste, learn
from daybrief.taste.examples import MOST_BYTES, LibraryEntry, ReferenceLibrary, references
from daybrief.text.identity import key_of


def rate(ports: Ports, profile: str, keys: Sequence[str], *, liked: bool) -> tuple[Example, ...]:
    """Likes or dislikes what was collected under these keys; raises ConfigError that names an unknown one."""
    collected, now = _collected(ports, profile), ports.clock.now()
    examples = tuple(_example(collected, key, liked, now) for key in keys)
    ports.archive(profile).save_examples(examples)
    return examples


def _collected(ports: Ports, profile: str) -> Archive:
    """Returns the archive whose stories the reader sees: theirs, or the demo's while theirs is empty."""
    demo = demo_archive(ports)
    if demo is None:
        return ports.archive(profile)
    return Ports(replace(ports.settings, archive=str(demo)), ports.environment).archive(read_only=True)


def _example(archive: Archive, name: str, liked: bool, now: datetime) -> Example:
    known = archive.known([name]) or archive.known([key_of(name)])
    if not known:
        raise ConfigError(
            f"nothing was ever collected as {name[:200]!r}",
            hint="`daybrief search` shows what was; a paper of elsewhere goes into the profile's seeds",
        )
    item = known[0]
    return Example(key=item.key, liked=liked, title=item.title, text=item.text, added_at=now)


def forget(ports: Ports, profile: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Forgets examples; raises ConfigError that names the first key that is none."""
    archive = ports.archive(profile)
    known = {example.key for example in archive.examples()}
    forgotten = tuple(key if key in known else key_of(key) for key in keys)
    for key in forgotten:
        if key not in known:
            raise ConfigError(f"{key!r} is no example of {profile}", hint="see `daybrief taste list`")
    for key in forgotten:
        archive.forget_example(key)
    return forgotten


def import_library(ports: Ports, profile: str, file: Path) -> ReferenceLibrary:
    """Likes everything in a reference library; what is an example already stays as it is."""
    archive, now = ports.archive(profile), ports.clock.now()
    try:
        with file.open("rb") as opened:
            body = opened.read(MOST_BYTES + 1)
    except OSError as unreadable:
        raise ConfigError(
            f"{file} cannot be read: {unreadable.strerror}", hint="check the path"
        ) from unreadable
    library = references(body, file.suffix)
    known = {example.key for example in archive.examples()}
    new = [entry for entry in library.references if entry.key not in known]
    untold = [entry.key for entry in new if not entry.text]
    texts = {item.key: item.text for item in archive.known(untold)}
    archive.save_examples([_from_library(r, library, texts.get(r.key, ""), now) for r in new])
    return library


def _from_library(entry: LibraryEntry, library: ReferenceLibrary, text: str, now: datetime) -> Example:
    return Example(
        key=entry.key,
        liked=True,
        title=entry.title,
        text=entry.text or text,
        origin=library.origin,
        added_at=now,
    )


def learned(ports: Ports, profile: str, most: int = 12) -> LearnedTaste:
    """Returns what a profile has learned so far, told from the stories last printed for it."""
    printed = _collected(ports, profile).latest(2)
    stories = [story for edition in printed for story in edition.stories]
    others = [(s.lead.title, max((i.text for i in s.items), key=len)) for s in stories]
    taste = learn(ports.archive(profile).examples(), others)
    return taste.learned(most) if taste else LearnedTaste(liked=0, disliked=0, trust=0.0)
