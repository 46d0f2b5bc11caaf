"""Why a story stands where it stands, in the reader's language: the reasons of `stages.rank`, retold."""

from __future__ import annotations

import re

from daybrief.text.phrases import Phrases

# What `stages.rank` and `stages.taste` write into an edition, and the phrase that says it.
_SIGNAL = re.compile(r"(votes|points|comments|citations) (\d+): ([+-][\d.]+)")
_SOURCES = re.compile(r"(\d+) sources: ([+-][\d.]+)")
_PLACE = re.compile(r"place (\d+) of its list: ([+-][\d.]+)")
_WORDLESS = re.compile(r"no text to quote: ([+-][\d.]+)")
_KEYWORD = re.compile(r"(keyword|less) “(.+)”: ([+-][\d.]+)")


def retold(reason: str, say: Phrases) -> str:
    """One reason with its points, in the language of `say`; what has no phrase stays as it is."""
    if found := _SIGNAL.fullmatch(reason):
        return f"{say(f'story.{found[1]}', n=int(found[2]))} ({found[3]})"
    if found := _SOURCES.fullmatch(reason):
        return f"{say('why.sources', n=int(found[1]))} ({found[2]})"
    if found := _PLACE.fullmatch(reason):
        return f"{say('why.place', n=int(found[1]))} ({found[2]})"
    if found := _WORDLESS.fullmatch(reason):
        return f"{say('why.wordless')} ({found[1]})"
    if found := _KEYWORD.fullmatch(reason):
        return f"{say(f'why.{found[1]}', word=found[2])} ({found[3]})"
    return reason
