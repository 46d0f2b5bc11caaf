"""Tests of what a page says of its own making: it reads as sentences."""

from __future__ import annotations

import msgspec
import pytest

from daybrief.languages.phrases import phrases
from daybrief.render.page import notices
from daybrief.testing.editions import founding


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_reason_why_a_model_did_not_write_ends_before_the_next_begins(language: str) -> None:
    edition = founding(language)
    first = edition.sections[0]
    draft = msgspec.structs.replace(
        first.checked.draft, why=("m was cut off (raise `max_output`)", "m was down.", "m\nwas cut off…")
    )
    section = msgspec.structs.replace(first, checked=msgspec.structs.replace(first.checked, draft=draft))
    sentences = notices(
        msgspec.structs.replace(edition, sections=(section, *edition.sections[1:])), phrases(language)
    )
    assert [sentence for sentence in sentences if sentence.startswith("m ")] == [
        "m was cut off (raise `max_output`).",
        "m was down.",
        "m was cut off…",
    ]
