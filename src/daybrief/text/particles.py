"""Korean particles behind Latin words, put right: `GPT-4o은` becomes `GPT-4o는`."""

from __future__ import annotations

import re

from daybrief.text.phrases import particle

_FORMS = {form: pair for pair in ("은/는", "이/가", "을/를", "과/와", "으로/로") for form in pair.split("/")}
_BEHIND_LATIN = re.compile(
    r"(?<![A-Za-z0-9.+\-])(?P<lead>[0-9.+\-]*+)(?P<word>[A-Za-z][A-Za-z0-9.+\-]*+)(?P<particle>으로|은|는|이|가|을|를|과|와|로)(?=[\s,.!?)\]]|$)"
)


def with_particles(text: str) -> str:
    """The text with the fitting particle behind each Latin word; where the sound is not sure it stays."""
    return _BEHIND_LATIN.sub(_fitting, text)


def _fitting(found: re.Match[str]) -> str:
    right = particle(found["word"], _FORMS[found["particle"]])
    return found[0] if "(" in right else found["lead"] + found["word"] + right
