"""Reference libraries as titles and texts: BibTeX, CSL-JSON (what Zotero exports) and RIS.

BibTeX is read by bibtexparser, RIS by its two-letter tags (https://refdb.sourceforge.net/manual/c1797.html,
`AB` and `N2` are abstracts), CSL-JSON as https://docs.citationstyles.org/en/stable/specification.html and
Zotero write it. An entry needs a title; one without abstract is welcome. What cannot be used is named.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from daybrief.errors import ConfigError, SourceError
from daybrief.model import Example, Item, Origin
from daybrief.text.decoding import own_text
from daybrief.text.identity import arxiv_id, doi, key_of, web_key
from daybrief.text.latex import readable
from daybrief.text.plain import from_html, line, paragraph

MOST_BYTES = 20 * 2**20
MOST_ENTRIES = 20_000
_MOST_FIELD = 100_000  # characters of one field that are looked at
_RIS = re.compile(r"([A-Z][A-Z0-9])  -(?: (.*))?\Z")
_MARKUP = re.compile(r"<[a-z/]", re.IGNORECASE)  # Zotero's abstracts and titles may hold some

Fields = Mapping[str, str]


class LibraryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a library: `name` is its own key in the file, `key` what it is known by here."""

    name: str
    key: str
    title: str
    text: str = ""


class ReferenceLibrary(msgspec.Struct, frozen=True, kw_only=True):
    """A library: what can be used, and in words why other entries cannot."""

    origin: Origin
    references: tuple[LibraryEntry, ...]
    skipped: tuple[str, ...] = ()


def references(body: bytes, suffix: str) -> ReferenceLibrary:
    """The entries of a file whose name ends in `.bib`, `.json` or `.ris`.

    Raises ConfigError for another ending, a file that is too large, no text, or without any usable entry.
    """
    if suffix.lower() not in _READERS:
        raise ConfigError(
            f"a library ending in {suffix!r} is not known", hint="give a .bib, .json or .ris file"
        )
    if len(body) > MOST_BYTES:
        raise ConfigError(f"a library of {len(body)} bytes", hint=f"at most {MOST_BYTES} are read; split it")
    try:
        text = own_text(body)
    except UnicodeDecodeError as broken:
        raise ConfigError(f"the library is not UTF-8: {broken}", hint="export it as UTF-8") from broken
    origin, read = _READERS[suffix.lower()]
    by_key: dict[str, LibraryEntry] = {}
    skipped: list[str] = []
    for number, entry in enumerate(read(text), start=1):
        if number > MOST_ENTRIES:
            skipped.append(f"all after the first {MOST_ENTRIES} entries")
            break
        if isinstance(entry, str):
            skipped.append(entry)
        elif reference := _reference(entry):
            by_key.setdefault(reference.key, reference)
        else:
            skipped.append(f"entry {number} ({entry.get('name', '')[:80] or 'without a key'}) has no title")
    if not by_key:
        why = skipped[0] if skipped else "it holds no entry"
        raise ConfigError(f"the library has nothing to learn from: {why}", hint="check the export")
    return ReferenceLibrary(origin=origin, references=tuple(by_key.values()), skipped=tuple(skipped))


def _reference(entry: Fields) -> LibraryEntry | None:
    title = line(_plain(entry.get("title", "")))
    if not title:
        return None
    text = paragraph(_plain(entry.get("abstract", "")))
    return LibraryEntry(name=entry.get("name", "")[:200], key=_key(entry, title), title=title, text=text)


def _plain(text: str) -> str:
    text = text[:_MOST_FIELD]
    bare = readable(text).replace("{", "").replace("}", "")
    return from_html(bare) if _MARKUP.search(bare) else bare


def _key(entry: Fields, title: str) -> str:
    """The key of an example: its arXiv id, else its DOI, else its address, else its title."""
    for name in ("eprint", "url", "doi", "note"):
        if paper := arxiv_id(entry.get(name, "")[:500]):
            return f"arxiv:{paper[0]}"
    if identity := doi(entry.get("doi", "")[:500]):
        return f"doi:{identity}"
    try:
        return web_key(entry.get("url", ""))
    except ConfigError:
        return f"title:{line(title, 200).casefold()}"


def _bibtex(text: str) -> Iterator[Fields | str]:
    from bibtexparser.entrypoint import parse_string  # takes a while to import

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # it logs each broken entry; so do we
    library = parse_string(text)
    for entry in library.entries:
        fields = {field.key.lower(): str(field.value) for field in entry.fields}
        yield fields | {"name": entry.key, "eprint": fields.get("eprint", "")}
    for block in library.failed_blocks:
        begun = " ".join((block.raw or "").split())[:60]
        yield f"line {(block.start_line or 0) + 1} ({begun}) cannot be read"


def _csl(text: str) -> Iterator[Fields | str]:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as broken:
        raise ConfigError(f"the library is not JSON: {broken}", hint="export it as CSL JSON") from broken
    entries = document.get("items", document.get("references")) if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise ConfigError("the library is JSON, but no list of entries", hint="export it as CSL JSON")
    for number, entry in enumerate(entries, start=1):
        if isinstance(entry, dict):
            yield _csl_fields(entry)
        else:
            yield f"entry {number} is no object"


def _csl_fields(entry: Mapping[str, Any]) -> Fields:
    named = {"name": ("id", "citationKey"), "title": ("title",), "abstract": ("abstract", "abstractNote"),
             "doi": ("DOI",), "url": ("URL", "url"), "note": ("number",)}  # fmt: skip
    return {
        name: next((str(entry[key]) for key in keys if isinstance(entry.get(key), str | int)), "")
        for name, keys in named.items()
    }


def _ris(text: str) -> Iterator[Fields | str]:
    names = {"TI": "title", "T1": "title", "AB": "abstract", "N2": "abstract", "DO": "doi", "UR": "url",
             "ID": "name"}  # fmt: skip
    entry: dict[str, str] = {}
    last = ""
    for row in text.splitlines():
        tag = _RIS.match(row.rstrip())
        if tag and tag[1] == "TY":
            if entry:
                yield entry
            entry, last = {"name": ""}, ""
        elif tag and tag[1] == "ER":
            if entry:
                yield entry
            entry, last = {}, ""
        elif tag:
            last = names.get(tag[1], "")
            if last and not entry.get(last):
                entry[last] = tag[2] or ""
        elif last and len(entry[last]) < _MOST_FIELD:  # a long field goes on in the next line
            entry[last] += f" {row.strip()}"
    if entry:
        yield entry


_READERS: dict[str, tuple[Origin, Callable[[str], Iterator[Fields | str]]]] = {
    ".bib": ("bibtex", _bibtex),
    ".json": ("csl", _csl),
    ".ris": ("ris", _ris),
}


Titled = tuple[str, str, str]  # arXiv id, title, abstract
LookUp = Callable[[Sequence[str]], Iterable[Titled]]
_MOST_ASKED = 200  # arXiv ids in one request


def missing_seeds(seeds: Sequence[str], examples: Sequence[Example]) -> tuple[str, ...]:
    """The keys of seeds that are no examples yet; raises ConfigError for what cannot be one."""
    known = {example.key for example in examples}
    return tuple(key for key in dict.fromkeys(map(key_of, seeds)) if key not in known)


def seed_examples(
    keys: Sequence[str], known: Sequence[Item], look_up: LookUp, now: datetime
) -> tuple[tuple[Example, ...], tuple[str, ...]]:
    """Examples of the wanted keys, from collected items or else from arXiv; and why some could not be had."""
    texts = {item.key: (item.title, item.text) for item in known if item.text}
    ids = [key.removeprefix("arxiv:") for key in keys if key.startswith("arxiv:") and key not in texts]
    trouble: tuple[str, ...] = ()
    if ids:
        try:
            texts |= {f"arxiv:{i}": (title, text) for i, title, text in look_up(ids[:_MOST_ASKED])}
        except SourceError as failed:
            trouble = (f"arXiv did not tell about {len(ids)} seeds: {failed.message}",)
    texts = {item.key: (item.title, item.text) for item in known} | texts
    lost = tuple(f"nothing is known of {key}" for key in keys if key not in texts)
    examples = tuple(
        Example(key=key, liked=True, title=texts[key][0], text=texts[key][1], origin="seed", added_at=now)
        for key in keys
        if key in texts
    )
    return examples, trouble or lost


def current_examples(seeds: Sequence[str], examples: Sequence[Example]) -> tuple[Example, ...]:
    """The examples that count: of earlier seeds only those the settings still name."""
    named = set(map(key_of, seeds))
    return tuple(example for example in examples if example.origin != "seed" or example.key in named)
