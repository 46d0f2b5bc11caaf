"""Settings become an `Asker`: what answers questions, with the writer's model where it has one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec

from daybrief import plugins
from daybrief.adapters.clock import SystemClock
from daybrief.adapters.llm import Models
from daybrief.ask.asking import ANSWERED_IN, Asker, Model
from daybrief.config import Settings
from daybrief.ports import Check, Llm, ModelSettings, Searcher
from daybrief.wiring import address_of, archive_of, searcher_of, tools_of


def asker_of(settings: Settings, searcher: Searcher | None = None, *, profile: str = "") -> Asker:
    """What answers questions from the archive; `searcher` is one that is open already.

    Where the writer is a language model, it is asked too: one cap of its budget for all questions of a day.
    """
    searcher = searcher or searcher_of(settings, profile)

    @cache
    def checks(language: str) -> tuple[Check, ...]:
        spoken = language if language in ANSWERED_IN else settings.language
        tools = msgspec.structs.replace(tools_of(settings), language=spoken)
        return tuple(plugins.build("checks", table, tools) for table in settings.checks)

    return Asker(
        searcher=searcher,
        days=archive_of(settings, profile),
        checks=checks,
        language=settings.language,
        model=_model_of(settings, address_of(settings).folder),
    )


def _model_of(settings: Settings, folder: Path) -> Model | None:
    """The writer's model for questions; None where the writer has none."""
    if settings.writer.get("use") != "llm":
        return None
    _, options = plugins.configured("writers", settings.writer)
    if not isinstance(options, ModelSettings) or not options.model:
        return None

    @contextmanager
    def opened() -> Iterator[Llm]:
        run = f"ask {SystemClock().now():%Y-%m-%d}"
        with Models(folder, run, os.environ, lasting=True) as models:
            yield models(options)

    return Model(name=options.model, open=opened)
