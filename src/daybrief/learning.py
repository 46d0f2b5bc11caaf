"""What a reader says of their taste, done: likes, dislikes, libraries, and what was learned of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from daybrief.adapters.clock import SystemClock
from daybrief.config import Settings
from daybrief.errors import ConfigError
from daybrief.model import Example
from daybrief.ports import Archive
from daybrief.taste.examples import MOST_BYTES, LibraryEntry, ReferenceLibrary, references
from daybrief.taste.model import LearnedTaste, learn
from daybrief.text.identity import key_of
from daybrief.wiring import archive_of


def the_profile(settings: Settings, name: str | None) -> str:
    """The profile of that name, or the only one; raises ConfigError that says what to add or give."""
    if found := settings.whose(name):
        return found
    raise ConfigError(
        "taste belongs to a profile, and there is none", hint="add [profiles.me] to daybrief.toml"
    )


def judge(settings: Settings, profile: str, keys: Sequence[str], *, liked: bool) -> tuple[Example, ...]:
    """Like or dislike what was collected under these keys; raises ConfigError that names an unknown one."""
    archive, now = archive_of(settings, profile), SystemClock().now()
    examples = tuple(_example(archive, key, liked, now) for key in keys)
    archive.save_examples(examples)
    return examples


def _example(archive: Archive, name: str, liked: bool, now: datetime) -> Example:
    known = archive.known([name]) or archive.known([key_of(name)])
    if not known:
        raise ConfigError(
            f"nothing was ever collected as {name[:200]!r}",
            hint="`daybrief search` shows what was; a paper of elsewhere goes into the profile's seeds",
        )
    item = known[0]
    return Example(key=item.key, liked=liked, title=item.title, text=item.text, added_at=now)


def forget(settings: Settings, profile: str, keys: Sequence[str]) -> tuple[str, ...]:
    """Forget examples; raises ConfigError that names the first key that is none."""
    archive = archive_of(settings, profile)
    held = {example.key for example in archive.examples()}
    wanted = tuple(key if key in held else key_of(key) for key in keys)
    for key in wanted:
        if key not in held:
            raise ConfigError(f"{key!r} is no example of {profile}", hint="see `daybrief taste list`")
    for key in wanted:
        archive.forget_example(key)
    return wanted


def bring_library(settings: Settings, profile: str, file: Path) -> ReferenceLibrary:
    """Like everything in a reference library; what is an example already stays as it is."""
    archive, now = archive_of(settings, profile), SystemClock().now()
    try:
        with file.open("rb") as opened:
            body = opened.read(MOST_BYTES + 1)
    except OSError as unreadable:
        raise ConfigError(
            f"{file} cannot be read: {unreadable.strerror}", hint="check the path"
        ) from unreadable
    shelf = references(body, file.suffix)
    held = {example.key for example in archive.examples()}
    new = [one for one in shelf.references if one.key not in held]
    texts = {item.key: item.text for item in archive.known([one.key for one in new if not one.text])}
    archive.save_examples([_from_library(one, shelf, texts.get(one.key, ""), now) for one in new])
    return shelf


def _from_library(one: LibraryEntry, shelf: ReferenceLibrary, text: str, now: datetime) -> Example:
    return Example(
        key=one.key,
        liked=True,
        title=one.title,
        text=one.text or text,
        origin=shelf.origin,
        added_at=now,
    )


def learned(settings: Settings, profile: str, most: int = 12) -> LearnedTaste:
    """What a profile has learned so far, told from the stories last printed for it."""
    archive = archive_of(settings, profile)
    stories = [story for edition in archive.latest(2) for story in edition.stories]
    others = [(s.lead.title, max((i.text for i in s.items), key=len)) for s in stories]
    taste = learn(archive.examples(), others)
    return taste.learned(most) if taste else LearnedTaste(liked=0, disliked=0, trust=0.0)
