"""A scope in words, and the parts of it and of a prompt that are compared.

A scope is stated in a sentence or a page of Markdown. Its pieces are its sentences, what follows a colon, its
list entries and the members of its enumerations: a prompt belongs when it is near to one of them, not to
their average. A prompt's clauses are its sentences: one that does not belong is not hidden by others that do.
Names in code are compared as words: an encoder knows `get close matches`, and not `get_close_matches`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from daybrief.errors import ConfigError
from daybrief.model import Value
from daybrief.text.decoding import own_text
from daybrief.text.sentences import sentences
from daybrief.text.words import rarity, stem

LONGEST_SCOPE = 20_000  # code points; a system prompt has a few hundred
LONGEST_PROMPT = 4_000
MOST_PIECES = 24
MOST_CLAUSES = 8
_BULLET = re.compile(r"^[\s>#*+•·-]*(?:\d+[.)]\s+)?")
_ENUMERATION = re.compile("[,;:、]| and | or ")
_WORD = re.compile(r"[^\W_]+")
_INNER = re.compile(  # where a word ends inside a name: htmlDiff, HTMLDiff, html_diff; not in LaTeX
    r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[^\W_])_+(?=[^\W_])"
)
_HANGUL = re.compile("[\uac00-\ud7a3]+")
_HINT = "say in a sentence what belongs, such as: Questions about AI research and AI news"
_SHORTER = f"at most {LONGEST_SCOPE:,} characters: {_HINT}"
_MOST_BYTES = 4 * LONGEST_SCOPE + 4  # of UTF-32 and its mark


class Scope(Value, frozen=True, kw_only=True):
    """The statement of what belongs. Raises ConfigError when it holds no words or is too long."""

    text: str

    def __post_init__(self) -> None:
        if len(_WORD.findall(self.text)) < 2:
            raise ConfigError(f"the scope {self.text.strip()[:40]!r} has no words to compare", hint=_HINT)
        if len(self.text) > LONGEST_SCOPE:
            raise ConfigError(f"the scope has {len(self.text):,} characters", hint=_SHORTER)

    def pieces(self) -> tuple[str, ...]:
        """Sentences, what follows a colon, list entries and members of enumerations: each once, in order."""
        pieces: dict[str, None] = {}
        for line in self.text.splitlines():
            for sentence in _sentences(_BULLET.sub("", line)):
                pieces.setdefault(sentence)
                _, _, explained = sentence.partition(": ")
                if _WORD.search(explained):
                    pieces.setdefault(explained)
                members = [part.strip(" .") for part in _ENUMERATION.split(sentence)]
                if len(members) > 2:
                    pieces.update(dict.fromkeys(part for part in members if _WORD.search(part)))
        return tuple(pieces)[:MOST_PIECES]


def read_scope(path: Path) -> Scope:
    """The scope in a file of text or Markdown: UTF-8, or UTF-16 and UTF-32 as editors save them.

    Raises ConfigError that names the file.
    """
    try:
        with path.open("rb") as opened:
            body = opened.read(_MOST_BYTES + 1)
        if len(body) > _MOST_BYTES:
            raise ConfigError(f"the scope has more than {_MOST_BYTES:,} bytes", hint=_SHORTER)
        return Scope(text=own_text(body))
    except OSError as gone:
        raise ConfigError(f"{path} cannot be read: {gone.strerror}", hint="check the path") from gone
    except UnicodeDecodeError as foreign:
        raise ConfigError(f"{path} is no text: {foreign}", hint="save it as UTF-8") from foreign
    except ConfigError as wrong:
        raise ConfigError(f"{path}: {wrong.message}", hint=wrong.hint) from wrong


def spelled_out(text: str) -> str:
    """The text with names in code as words: `get_close_matches` and `HtmlDiff` become several."""
    return _INNER.sub(" ", text)


def shortened(prompt: str) -> str:
    """A prompt within bounds: of a longer one its beginning and its end, where a turn is hidden."""
    if len(prompt) <= LONGEST_PROMPT:
        return prompt
    half = LONGEST_PROMPT // 2
    return f"{prompt[:half]}\n{prompt[-half:]}"


def clauses(prompt: str) -> tuple[str, ...]:
    """The sentences of a prompt, those at both ends where there are many; itself when it is one."""
    sentences = [part for line in shortened(prompt).splitlines() for part in _sentences(line)]
    if len(sentences) > MOST_CLAUSES:
        sentences = [*sentences[: MOST_CLAUSES // 2], *sentences[-MOST_CLAUSES // 2 :]]
    return tuple(sentences) or (prompt.strip()[:LONGEST_PROMPT],)


def has_words(prompt: str) -> bool:
    """Whether there is anything to judge."""
    return bool(_WORD.search(prompt))


def in_latin(prompt: str) -> bool:
    """Whether at least half of a prompt's letters are Latin."""
    letters = [letter for letter in shortened(prompt) if letter.isalpha()]
    return 2 * sum(letter < "ʰ" for letter in letters) >= len(letters)


def _sentences(line: str) -> list[str]:
    whole = line.strip()
    parts = [sentence.text.strip() for sentence in sentences(whole)]
    return [part for part in parts or [whole] if _WORD.search(part)]


class WordEncoder:
    """Implements `ports.QueryEmbedder` without a model: rare words weigh most, meanings are not known.

    Words are English stems and pairs of Hangul syllables, hashed into `width` places.
    """

    name = "words"
    latin_only = False
    width = 512

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Returns a unit vector for each text, of zeros where it has no words."""
        rows: list[list[float]] = [self._vector(text).tolist() for text in texts]
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The same vector as `embed` gives."""
        return [float(value) for value in self._vector(text)]

    def _vector(self, text: str) -> NDArray[np.float64]:
        vector = np.zeros(self.width)
        for term, weight in self._terms(text.lower()):
            code = zlib.crc32(term.encode("utf-8", "surrogatepass"))
            vector[code % self.width] += weight if code & 0x10000 else -weight
        size = float(np.linalg.norm(vector))
        return vector / size if size else vector

    def _terms(self, text: str) -> list[tuple[str, float]]:
        terms = []
        for word in _WORD.findall(text):
            if _HANGUL.match(word):
                terms += [(word[at : at + 2], 1.0) for at in range(max(1, len(word) - 1))]
            else:
                terms.append((stem(word), self._rarities.setdefault(word, rarity(stem(word)))))
        return terms

    @cached_property
    def _rarities(self) -> dict[str, float]:
        return {}
