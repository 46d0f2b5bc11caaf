"""Reference libraries, sound and hostile: what can be learned from is read, what cannot is named."""

from __future__ import annotations

import contextlib
import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.errors import ConfigError
from daybrief.taste.examples import MOST_BYTES, MOST_ENTRIES, references

BIB = r"""
@article{tulu, title = {{T{\"U}LU} 3: Pushing $O(n)$ Frontiers}, abstract = {Language models are refined.},
  eprint = {2411.15124}, archiveprefix = {arXiv}}
@misc{bare, title = {Only a Title}, doi = {10.1000/ABC}}
@article{broken, title = {never closed
@misc{nothing, author = {Somebody}}
@misc{page, title = {A page}, url = {https://example.org/a?utm_source=x}}
"""
CSL = [
    {"id": "a", "title": "Dense <i>retrieval</i>", "abstract": "<p>We retrieve.</p>", "DOI": "10.1234/x"},
    {"id": 7, "title": "With a number", "URL": "https://arxiv.org/abs/2411.13543v2"},
    "no object",
    {"id": "none"},
]
RIS = """TY  - JOUR
TI  - Grasping with hands
AB  - A robot hand
learns from touch.
DO  - 10.1000/ris
ER  -

TY  - CONF
AU  - Nobody
ER  -
"""


def test_bibtex_is_read_as_far_as_it_is_sound() -> None:
    shelf = references(BIB.encode(), ".bib")
    by_key = {reference.key: reference for reference in shelf.references}
    assert set(by_key) == {"arxiv:2411.15124", "doi:10.1000/abc", "url:example.org/a"}
    assert by_key["arxiv:2411.15124"].text == "Language models are refined."
    assert "TÜLU 3" in by_key["arxiv:2411.15124"].title
    assert any("nothing" in why for why in shelf.skipped)
    assert any("broken" in why for why in shelf.skipped)


def test_csl_json_as_zotero_writes_it() -> None:
    for document in (CSL, {"items": CSL}):
        shelf = references(json.dumps(document).encode(), ".json")
        assert [(r.key, r.title) for r in shelf.references] == [
            ("doi:10.1234/x", "Dense retrieval"),
            ("arxiv:2411.13543", "With a number"),
        ]
        assert shelf.references[0].text == "We retrieve."
        assert len(shelf.skipped) == 2


def test_ris_with_a_field_over_two_lines() -> None:
    (reference,) = references(RIS.encode(), ".ris").references
    assert (reference.key, reference.text) == ("doi:10.1000/ris", "A robot hand learns from touch.")


@pytest.mark.parametrize(
    ("body", "suffix", "reason"),
    [
        (b"x", ".docx", "not known"),
        (b"", ".bib", "no entry"),
        (b"\xff\xfa", ".bib", "UTF-8"),
        (b"{", ".json", "not JSON"),
        (b"[" * 100_000, ".json", "not JSON"),
        (b"3", ".json", "no list"),
        (b"[3]", ".json", "entry 1 is no object"),
        (b"@misc{x, author={a}}", ".bib", r"entry 1 \(x\) has no title"),
        (b" " * (MOST_BYTES + 1), ".ris", "at most"),
    ],
)
def test_a_file_that_teaches_nothing_is_refused_and_says_why(body: bytes, suffix: str, reason: str) -> None:
    with pytest.raises(ConfigError) as refused:
        references(body, suffix)
    assert re.search(reason, str(refused.value))


@pytest.mark.parametrize(
    "body", ["{" * 50_000, "@a{x,title={" + "{" * 20_000 + "}" * 20_000 + "}}", '"' * 50_000, "@a{" * 2_000]
)
def test_a_bomb_is_read_or_refused_soon(body: str) -> None:
    start = time.process_time()
    with contextlib.suppress(ConfigError):
        references(body.encode(), ".bib")
    assert time.process_time() - start < 10


@given(st.text(max_size=200), st.sampled_from([".bib", ".json", ".ris"]))
def test_any_text_is_a_library_or_a_clear_error(text: str, suffix: str) -> None:
    refused = False
    try:
        shelf = references(text.encode("utf-8", "ignore"), suffix)
    except ConfigError as unreadable:
        refused = bool(unreadable.hint)
    assert refused or shelf.references


@pytest.mark.parametrize(
    "body",
    [
        "TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two",  # no end of record
        "ER  -\nTY  - JOUR\nTI  - One\nER  -\nTI  - Two\nER  -",  # ends without a beginning, and the reverse
        "TY  - JOUR\nTI  - One\nT1  - Another\nAU  - A\nnot of a field\nER  -\nTY  - CONF\nTI  - Two\nER  -",
    ],
)
def test_ris_records_that_are_not_closed_are_read_one_by_one(body: str) -> None:
    assert [reference.title for reference in references(body.encode(), ".ris").references] == ["One", "Two"]


def test_a_library_without_end_is_read_as_far_as_it_may_and_says_so() -> None:
    body = "".join(f"TY  - JOUR\nTI  - Title {n}\nER  -\n" for n in range(MOST_ENTRIES + 5))
    shelf = references(body.encode(), ".ris")
    assert len(shelf.references) == MOST_ENTRIES
    assert shelf.skipped == (f"all after the first {MOST_ENTRIES} entries",)
