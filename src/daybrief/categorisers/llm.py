"""A language model files stories: it answers with ids only, and every story must come back exactly once.

By default each story is filed by a call of its own, so that no text can move another story; with `batch`
above 1 calls are fewer, and the stories of one call could. What is missing, doubled or filed nowhere is asked
once more, alone, and then filed by the embedded categoriser.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from daybrief.errors import ConfigError
from daybrief.model import Filed, ItemKind, Story, Taxonomy, Usage
from daybrief.ports import Categoriser, Filing, Llm, ModelSettings, Question, Tools
from daybrief.text.prompts import fenced, filing

NAME = "llm"
_MOST_TEXT = 1_200  # characters of each text: enough to know what it is about
_AGREED, _ALONE = 0.95, 0.7  # how sure: with and without the embedded categoriser's consent


class Options(ModelSettings, frozen=True, kw_only=True):
    """The model (see `ports.ModelSettings` for its settings), and how it files.

    batch: stories in one call; 1 keeps every text from every other story.
    """

    batch: Annotated[int, Meta(ge=1, le=32)] = 1


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The place of one story: its number in the question, and a category's id."""

    story: Annotated[str, Meta(max_length=8)]
    category: Annotated[str, Meta(max_length=40)]


class CategoriseAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The places of the stories of one question."""

    filed: Annotated[list[Place], Meta(max_length=64)]


class ModelCategoriser:
    """Implements `ports.Categoriser`; `embedded` files what the model does not."""

    name = NAME

    def __init__(self, options: Options, llm: Llm, taxonomy: Taxonomy, embedded: Categoriser) -> None:
        self._options = options
        self._llm = llm
        self._taxonomy = taxonomy
        self._embedded = embedded

    def file(self, stories: Sequence[Story]) -> Filing:
        """Every story once, in the order given, and what the model took for it."""
        embedded = {filed.story.id: filed for filed in self._embedded.file(stories).filed}
        categories, usage = self._categories(_batches(stories, self._options.batch))
        if self._options.batch > 1:
            more, again = self._categories([s] for s in stories if s.id not in categories)
            categories, usage = categories | more, usage.plus(again)
        filed = tuple(_filed(story, categories.get(story.id), embedded[story.id]) for story in stories)
        return Filing(filed=filed, usage=usage)

    def _categories(self, batches: Iterable[Sequence[Story]]) -> tuple[dict[str, str], Usage]:
        """The category of each story that came back exactly once, with an id that exists; and the bill."""
        listed = list(batches)
        answers = self._llm.ask([self._question(batch) for batch in listed])
        categories = {
            story: category
            for batch, answer in zip(listed, answers, strict=True)
            if answer.value is not None
            for story, category in self._usable(batch, answer.value).items()
        }
        return categories, Usage().plus(*(answer.usage for answer in answers))

    def _question(self, batch: Sequence[Story]) -> Question:
        wording = filing()
        drawers = {c.id: c for story in batch for c in self._taxonomy.of(story.kind)}
        prompt = wording.user.format(
            categories="\n".join(f"{c.id}: {c.definition}" for c in drawers.values()),
            stories=fenced("STORIES", "\n\n".join(_as_text(n, story) for n, story in enumerate(batch, 1))),
        )

        def complaint(answer: CategoriseAnswer) -> str:
            return "" if self._usable(batch, answer) else "no story has exactly one category that exists"

        return Question(
            name=f"categorise {wording.version}",
            system=wording.system.strip(),
            prompt=prompt.strip(),
            shape=CategoriseAnswer,
            complaint=complaint,
        )

    def _usable(self, batch: Sequence[Story], answer: CategoriseAnswer) -> dict[str, str]:
        times = Counter(place.story for place in answer.filed)
        numbered = {f"s{n}": story for n, story in enumerate(batch, 1)}
        return {
            numbered[place.story].id: place.category
            for place in answer.filed
            if times[place.story] == 1
            and place.story in numbered
            and place.category in self._ids(numbered[place.story].kind)
        }

    def _ids(self, kind: ItemKind) -> Mapping[str, None]:
        return dict.fromkeys(c.id for c in self._taxonomy.of(kind))


def _batches(stories: Sequence[Story], size: int) -> list[Sequence[Story]]:
    """The stories in order, one kind a batch: papers and news have different categories."""
    by_kind = [[s for s in stories if s.kind == kind] for kind in dict.fromkeys(s.kind for s in stories)]
    return [same[i : i + size] for same in by_kind for i in range(0, len(same), size)]


def _as_text(number: int, story: Story) -> str:
    text = max((item.text for item in story.items), key=len)
    return f"s{number}: {story.lead.title}\n{text[:_MOST_TEXT]}"


def _filed(story: Story, category: str | None, embedded: Filed) -> Filed:
    if category is None:
        return embedded
    if category == embedded.category:
        return Filed(
            story=story, category=category, confidence=_AGREED, why="the model and the embedded one agree"
        )
    return Filed(
        story=story, category=category, confidence=_ALONE, why=f"the model; embedded: {embedded.category}"
    )


def make(options: Options, tools: Tools) -> ModelCategoriser:
    """The categoriser; nothing is asked of the model yet. Raises ConfigError where none may be reached."""
    if tools.llm is None:
        raise ConfigError(
            "no language model can be reached here", hint='set categoriser = { use = "embedded" }'
        )
    embedded = importlib.import_module("daybrief.categorisers.embedded")
    fallback: Categoriser = embedded.make(embedded.Options(), tools)
    return ModelCategoriser(options, tools.llm(options), tools.taxonomy, fallback)
