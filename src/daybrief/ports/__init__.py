"""The protocols a day is made of, and the manual of everyone who writes a plugin.

A plugin is a module with two names: `Options`, a `msgspec.Struct` whose fields are documented in its
docstring, and `make(options, tools)`, which returns an object of one of the protocols below. In
`daybrief.toml`, `use = "arxiv"` means the built-in module of that name, `use = "my_pkg.my_source"` any
importable one; installed packages may also advertise entry points (group `daybrief.sources`, …).
"""

from daybrief.ports.delivery import Channel, Hook, Outbox, Route, SendResult, Smtp, Transport, at_most_once
from daybrief.ports.models import Answer, Embedder, Entailment, Llm, ModelSettings, QueryEmbedder, Question
from daybrief.ports.plugins import (
    Attempt,
    Categoriser,
    Check,
    ChecksMany,
    Enricher,
    Filing,
    FirstSeen,
    Publisher,
    Reading,
    Repairs,
    Scheduled,
    Source,
    Tools,
    Trends,
    Warms,
    Writer,
)
from daybrief.ports.storage import (
    Archive,
    CountRow,
    Days,
    EditionRow,
    HarvestRow,
    ItemRow,
    PrintedRow,
    Searcher,
)
from daybrief.ports.world import Clock, Folder, PaperLookup, Web

__all__ = [
    "Answer",
    "Archive",
    "Attempt",
    "Categoriser",
    "Channel",
    "Check",
    "ChecksMany",
    "Clock",
    "CountRow",
    "Days",
    "EditionRow",
    "Embedder",
    "Enricher",
    "Entailment",
    "Filing",
    "FirstSeen",
    "Folder",
    "HarvestRow",
    "Hook",
    "ItemRow",
    "Llm",
    "ModelSettings",
    "Outbox",
    "PaperLookup",
    "PrintedRow",
    "Publisher",
    "QueryEmbedder",
    "Question",
    "Reading",
    "Repairs",
    "Route",
    "Scheduled",
    "Searcher",
    "SendResult",
    "Smtp",
    "Source",
    "Tools",
    "Transport",
    "Trends",
    "Warms",
    "Web",
    "Writer",
    "at_most_once",
]
