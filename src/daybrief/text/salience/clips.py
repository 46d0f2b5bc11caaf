"""Which runs of a sentence may stand for it: the sentence, and the sentence without a phrase at its ends.

Only exact substrings, only cuts that leave a main clause: a connective or "In this paper," at the front, a
non-restrictive clause at the back. Never cut is what limits a claim ("only if", "but", "when", "under",
"for").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FRONT = re.compile(
    r"^(?:(?:in|with) th(?:is|e present) (?:paper|work|article|study|report|thesis|letter|research"
    r"|contribution)"
    r"|here(?:in)?|(?:more )?specifically|more precisely|in particular|concretely|(?:to|towards) (?:this"
    r"|that) end"
    r"|furthermore|moreover|in addition|additionally|finally|first(?:ly)?|second(?:ly)?|third(?:ly)?"
    r"|lastly|further"
    r"|besides|therefore|thus|hence|as a result|consequently|in summary|overall|also|then|next"
    r"|surprisingly|interestingly|importantly|notably|in short|in other words)\s*,?\s+(?=\w)",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"^(?:to|by|motivated|inspired|based|given|building|using|unlike|in|as|due|despite|with|from|towards?)\b"
    r"[^,;:]{8,160},\s+(?=(?:we|this (?:paper|work))\b)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r",\s+(?=(?:which|where|whereas|while|thus|thereby|hence|leading|resulting|making|allowing|enabling"
    r"|achieving"
    r"|outperforming|yielding|showing|improving|reducing|inspired|and (?:we|show|demonstrate)|as well as"
    r"|by|using)\b)"
    r"|;\s+|:\s+|(?<!\s)\s++--?-?\s+|(?<!\s)\s++—\s*|—\s*"
    r"|(?<!\s)\s++(?=(?:by \w+ing|in order to|and (?:show|demonstrate) that|compared (?:to|with)|using"
    r"|based on|via|through|while|where)\b)"
)
_VERB = re.compile(
    r"\b(?:we|is|are|was|were|can|has|have|show\w*|propos\w+|introduc\w+|present\w*|achiev\w+|improv\w+)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_FEWEST_WORDS = 8
_MOST_CLIPS = 16
_LONGEST = (
    1_200  # characters: beyond that a "sentence" is a list or a table, and is taken whole or not at all
)


def clips(sentence: str) -> tuple[tuple[int, int], ...]:
    """The (start, end) of each run of `sentence` that may be quoted for it, the whole first; at most 17."""
    whole = (0, len(sentence))
    if len(sentence) > _LONGEST:
        return (whole,)
    return tuple(dict.fromkeys([whole, *list(_shorter(sentence))[:_MOST_CLIPS]]))


def _shorter(sentence: str) -> Iterator[tuple[int, int]]:
    ends = [len(sentence), *(found.start() for found in _BACK.finditer(sentence))]
    for start in _fronts(sentence):
        for end in ends:
            if _stands_alone(sentence[start:end]):
                yield start, end


def _fronts(sentence: str) -> Iterator[int]:
    yield 0
    front = _FRONT.match(sentence)
    start = front.end() if front else 0
    if front:
        yield start
    setting = _SETTING.match(sentence[start:])
    if setting:
        yield start + setting.end()


def _stands_alone(run: str) -> bool:
    """Long enough, with a verb, and no bracket, quotation or formula left open."""
    if len(_WORD.findall(run)) < _FEWEST_WORDS or not _VERB.search(run):
        return False
    pairs = run.count("(") == run.count(")") and run.count("[") == run.count("]")
    return pairs and run.count("“") == run.count("”") and run.count('"') % 2 == 0 and run.count("$") % 2 == 0
