"""The model files stories by id, and the embedded categoriser stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from daybrief.categorisers.llm import CategoriseAnswer, ModelCategoriser, Options, Place
from daybrief.model import Filed, Story
from daybrief.ports import Answer, Filing, Question


class Embedded:
    name = "embedded"

    def file(self, stories: Sequence[Story]) -> Filing:
        filed = (Filed(story=s, category="others", confidence=0.3, why="embedded") for s in stories)
        return Filing(filed=tuple(filed))


class Says:
    """Answers with these, one a question, and keeps the questions."""

    def __init__(self, *answers: list[tuple[str, str]]) -> None:
        self.answers = list(answers)
        self.questions: list[Question] = []

    def ask(self, questions: Sequence[Question]) -> tuple[Answer, ...]:
        self.questions += questions
        given = []
        for question in questions:
            value = CategoriseAnswer(filed=[Place(story=s, category=c) for s, c in self.answers.pop(0)])
            given.append(Answer() if question.complaint(value) else Answer(value=value))
        return tuple(given)


def filed(llm: Any, tools: Any, stories: Sequence[Story], batch: int) -> list[str]:
    categoriser = ModelCategoriser(Options(model="m", batch=batch), llm, tools(None).taxonomy, Embedded())
    filed_stories = categoriser.file(stories).filed
    assert [f.story.id for f in filed_stories] == [s.id for s in stories], "each once, in order"
    return [f.category for f in filed_stories]


def test_what_is_missing_doubled_or_nowhere_is_asked_once_more_and_then_embedded(
    tools: Any, paper: Any
) -> None:
    stories = [paper(n).story for n in range(1, 6)]
    llm = Says(
        [("s1", "llm"), ("s2", "agents"), ("s2", "robotics"), ("s3", "no-such"), ("s9", "llm")],
        [("s1", "agents")],
        [("s1", "llm"), ("s1", "llm")],
        [("s1", "robotics")],
        [],
    )
    assert filed(llm, tools, stories, batch=5) == ["llm", "agents", "others", "robotics", "others"]
    assert len(llm.questions) == 5


def test_by_default_each_story_is_filed_by_a_call_of_its_own(tools: Any, paper: Any) -> None:
    llm = Says([("s1", "llm"), ("s2", "robotics")], [("s1", "agents")])
    assert filed(llm, tools, [paper(1).story, paper(2).story], batch=1) == ["llm", "agents"]
    assert "Method 2" not in llm.questions[0].prompt


@pytest.mark.parametrize("behaviour", ["good", "refusal", "500"])
def test_whatever_the_model_does_every_story_is_filed_once(
    bench: Any, tools: Any, paper: Any, behaviour: str
) -> None:
    bench.server.script(behaviour)
    stories = [paper(n).story for n in range(1, 7)]
    with bench.run() as models:
        llm = models(bench.settings(timeout_s=5.0))
        categories = filed(llm, tools, stories, batch=1)
    known = {c.id for c in tools(None).taxonomy.of("paper")}
    assert set(categories) <= known
    assert (categories == ["others"] * 6) == (behaviour != "good")
