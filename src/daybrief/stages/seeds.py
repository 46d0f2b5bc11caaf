"""Seeds: the papers a profile starts from become examples, looked up once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from daybrief.errors import SourceError
from daybrief.model import Example, Item
from daybrief.text.identity import key_of

Titled = tuple[str, str, str]  # arXiv id, title, abstract
LookUp = Callable[[Sequence[str]], Iterable[Titled]]
_MOST_ASKED = 200  # arXiv ids in one request


def missing(seeds: Sequence[str], held: Sequence[Example]) -> tuple[str, ...]:
    """The keys of seeds that are no examples yet; raises ConfigError for what cannot be one."""
    known = {example.key for example in held}
    return tuple(key for key in dict.fromkeys(map(key_of, seeds)) if key not in known)


def planted(
    wanted: Sequence[str], known: Sequence[Item], look_up: LookUp, now: datetime
) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """Examples of the wanted keys, from collected items or else from arXiv; and why some could not be had."""
    texts = {item.key: (item.title, item.text) for item in known if item.text}
    ids = [key.removeprefix("arxiv:") for key in wanted if key.startswith("arxiv:") and key not in texts]
    trouble: tuple[str, ...] = ()
    if ids:
        try:
            texts |= {f"arxiv:{i}": (title, text) for i, title, text in look_up(ids[:_MOST_ASKED])}
        except SourceError as failed:
            trouble = (f"arXiv did not tell about {len(ids)} seeds: {failed.message}",)
    texts = {item.key: (item.title, item.text) for item in known} | texts
    lost = tuple(f"nothing is known of {key}" for key in wanted if key not in texts)
    examples = tuple(
        Example(key=key, liked=True, title=texts[key][0], text=texts[key][1], origin="seed", added_at=now)
        for key in wanted
        if key in texts
    )
    return examples, trouble or lost


def of_interest(seeds: Sequence[str], held: Sequence[Example]) -> tuple[Example, ...]:
    """The examples that count: of earlier seeds only those the settings still name."""
    named = set(map(key_of, seeds))
    return tuple(example for example in held if example.origin != "seed" or example.key in named)
