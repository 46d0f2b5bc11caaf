"""Tests of what other programs are given: their own parsers read it back, whatever the titles hold."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import bibtexparser
import jsonschema
import pytest
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given, settings

from daybrief.adapters.files import OutputFolder, checked
from daybrief.model import Edition
from daybrief.plugins import build
from daybrief.ports import Tools
from daybrief.publishers.obsidian import safe_name
from daybrief.render.story import address_of, citation_key, references
from daybrief.stages.importing import read_items
from daybrief.testing.editions import (
    DAY,
    MADE_AT,
    editions,
    founding,
    hostile,
    issue,
    large,
    news,
    quiet,
    taxonomy,
)

TOOLS = Tools(taxonomy=taxonomy())
EVERY = [founding(), founding("en"), hostile(), news(), quiet(), large(30)]
FORMS = ["bibtex", "csl", "jsonl", "obsidian"]
CSL = {  # the rules of csl-data.json for what an item may hold here
    "type": "array",
    "items": {
        "type": "object",
        "required": ["type", "id"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": "article"},
            **{name: {"type": "string"} for name in ("id", "title", "genre", "publisher", "number", "DOI",
                                                    "URL", "container-title", "language", "abstract")},
            "author": {"type": "array", "items": {"type": "object", "additionalProperties": False,
                "properties": {n: {"type": "string"} for n in ("family", "given", "literal")}}},
            "issued": {"type": "object", "additionalProperties": False, "properties": {"date-parts": {
                "type": "array", "maxItems": 2,
                "items": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "integer"}}}}},
        },
    },
}  # fmt: skip


def published(form: str, *shown: Edition, **options: Any) -> dict[str, bytes]:
    publisher = build("publishers", {"use": form, **options}, TOOLS)
    return {delivery.path: delivery.body for delivery in publisher.publish(issue(*shown))}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shown", EVERY)
def test_paths_are_safe_bodies_are_unicode_and_both_are_the_same_twice(form: str, shown: Edition) -> None:
    publisher = build("publishers", {"use": form}, TOOLS)
    made = list(publisher.publish(issue(shown)))
    assert len(checked([(form, delivery) for delivery in made])) == len(made)
    assert all(delivery.body.decode() is not None for delivery in made)
    assert made == list(publisher.publish(issue(shown)))


def read_bibtex(body: bytes) -> bibtexparser.Library:
    return bibtexparser.parse_string(body.decode(), append_middleware=[LatexDecodingMiddleware()])


def same(text: str) -> str:
    # How the decoder spells two signs; it does not know \\textbraceleft.
    plain = re.sub(r"[{}]", "", text.replace("ˆ", "^").replace("˜", "~"))
    return " ".join(unicodedata.normalize("NFC", plain).split())


@pytest.mark.parametrize("shown", [founding(), hostile(), large(30)])
def test_bibtex_reads_back_with_every_title_and_no_broken_block(shown: Edition) -> None:
    library = read_bibtex(published("bibtex", shown)["2024-11-26/papers.bib"])
    assert library.failed_blocks == []
    wanted = {r.key: r for r in references(shown)}
    assert set(library.entries_dict) == set(wanted)
    for key, entry in library.entries_dict.items():
        assert same(entry["title"]) == same(wanted[key].title)
        assert entry["eprint"] == wanted[key].arxiv
        assert entry["archiveprefix"] == "arXiv"


@given(editions())
@settings(max_examples=60, deadline=None)
def test_no_title_whatever_breaks_the_braces_of_a_bibliography(shown: Edition) -> None:
    for body in published("bibtex", shown, abstract=True).values():
        assert len(read_bibtex(body).entries) == len(list(references(shown)))
        depth = 0
        for sign in re.findall(r"[{}]", body.decode()):
            depth += 1 if sign == "{" else -1
            assert depth >= 0
        assert depth == 0


def test_a_key_is_of_the_paper_alone_and_in_letters_every_program_takes() -> None:
    first, later = founding(), founding("en", day=DAY + timedelta(days=9))
    assert [r.key for r in references(first)] == [r.key for r in references(later)]
    every = [r.key for shown in EVERY for r in references(shown)]
    assert all(re.fullmatch(r"[a-z0-9.-]+", key) for key in every)
    assert (
        citation_key("arxiv:2411.15124", "On the Tülu 3 recipe", ("Zoë Müller",), "2411.15124")
        == "muller-tulu-2411.15124"
    )
    assert citation_key("doi:10.1/x", "한국어 제목", ("김철수",), "") == citation_key(
        "doi:10.1/x", "한국어", (), ""
    )


@pytest.mark.parametrize("shown", [founding(), hostile(), large(30)])
def test_csl_json_keeps_the_rules_of_its_schema_and_the_keys_of_bibtex(shown: Edition) -> None:
    items = json.loads(published("csl", shown)["2024-11-26/papers.csl.json"])
    jsonschema.Draft202012Validator(CSL).validate(items)
    assert [item["id"] for item in items] == [r.key for r in references(shown)]


def test_news_and_quiet_days_have_no_bibliography() -> None:
    assert published("bibtex", news()) == published("csl", quiet()) == {}


@pytest.mark.parametrize("shown", [founding(), news()])
def test_json_lines_go_back_in_by_import(shown: Edition) -> None:
    (body,) = published("jsonl", shown).values()
    items = read_items(body.splitlines(), None, strict=True).items
    assert [item.url for item in items] == [address_of(story) for story in shown.stories]
    assert [item.title for item in items] == [story.lead.title for story in shown.stories]
    assert {item.announced for item in items} == {DAY}
    assert [item.text for item in items] == [story.lead.text for story in shown.stories]


@pytest.mark.parametrize("shown", EVERY)
def test_every_wiki_link_leads_to_a_note_but_those_to_other_days(shown: Edition) -> None:
    notes = {
        path.removeprefix("obsidian/").removesuffix(".md"): body
        for path, body in published("obsidian", shown).items()
    }
    linked = {m for body in notes.values() for m in re.findall(r"\[\[([^\]|]+)", body.decode())}
    others = {f"Days/{s.continues}" for s in shown.stories if s.continues}
    assert linked - set(notes) <= others
    assert {f"Days/{DAY}"} <= set(notes)


@pytest.mark.parametrize("shown", EVERY)
def test_names_are_safe_on_every_system_and_in_links(shown: Edition) -> None:
    for path in published("obsidian", shown):
        name = path.rsplit("/", 1)[1]
        assert len(name.encode()) <= 200
        assert not re.search(r'[\\:*?"<>|#^\[\]\x00-\x1f]', name)
        assert not re.match(r"(?i)(con|nul|aux|prn|com\d)\.", name)
        assert not name.startswith((" ", "."))
        assert " ." not in name[-4:]


@pytest.mark.parametrize("device", ["con", "NUL", "aux.txt", "Com1"])
def test_a_name_that_windows_keeps_for_a_device_is_changed(device: str) -> None:
    assert safe_name(device) == f"_{device}"
    assert safe_name(f"{device[:3]}trol of robots") == f"{device[:3]}trol of robots"


def test_properties_are_yaml_that_reads_back() -> None:
    yaml = pytest.importorskip("yaml")
    for body in published("obsidian", hostile()).values():
        head = body.decode().split("---\n")[1]
        assert isinstance(yaml.safe_load(head), dict)


def test_what_a_reader_wrote_below_the_line_survives_the_next_export(tmp_path: Path) -> None:
    publisher = build("publishers", {"use": "obsidian"}, TOOLS)
    folder = OutputFolder(tmp_path)
    write = lambda shown: folder.write(DAY, [("x", d) for d in publisher.publish(issue(shown))], MADE_AT)
    write(founding())
    note = next((tmp_path / "obsidian/Stories").iterdir())
    clean = note.read_bytes()
    note.write_bytes(clean + "\n내 생각: 다시 읽기 [[Days/2024-11-26]]\n".encode())
    write(founding(confidence=0.3))
    assert note.read_text().endswith("내 생각: 다시 읽기 [[Days/2024-11-26]]\n")
    assert note.read_bytes().startswith(clean)
    day = tmp_path / "obsidian/Days/2024-11-26.md"
    day.write_text("the mark is gone, so the note is ours again")
    write(founding())
    assert b"the mark is gone" not in day.read_bytes()


def test_a_note_says_in_short_what_became_of_a_paper_that_was_tried_here() -> None:
    notes = published("obsidian", founding())
    (tried,) = (body for path, body in notes.items() if "2406.09307" in path)
    assert "**재현: 성립.**" in tried.decode()
