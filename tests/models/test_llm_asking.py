"""Asking with a model: read, prove, put together; and the extracts wherever the model fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daybrief.adapters.llm import Models
from daybrief.app import App
from daybrief.ask import Answered, Asker, Model
from daybrief.config import Settings
from daybrief.ports import Llm
from daybrief.testing import injections
from daybrief.testing.archives import kept
from daybrief.testing.editions import edition, founding, item, story
from daybrief.testing.model_server import MODEL

QUESTION = "What does Tülu 3 release?"
Ask = Callable[..., Answered]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Asker:
    """The asker without a model."""
    path = kept(tmp_path_factory.mktemp("asking"), founding())
    return App(Settings(archive=str(path))).asker()


@pytest.fixture
def ask(bench: Any, plain: Asker) -> Ask:
    """Ask with the scripted model; the call store is this test's own."""

    def answered(question: str = QUESTION, asker: Asker = plain, **changed: Any) -> Answered:
        @contextmanager
        def opened() -> Iterator[Llm]:
            with Models(bench.folder, "ask 2024-11-27", bench.environment, lasting=True) as models:
                yield models(bench.settings(**changed))

        model = Model(name=MODEL, open=opened)
        return msgspec.structs.replace(asker, model=model).ask(question)

    return answered


def assert_grounded(answer: Answered, asker: Asker) -> None:
    items = {
        (i.key, i.source): i for d in asker.days.marks() for h in asker.days.harvests(d) for i in h.items
    }
    for note in answer.footnotes:
        source = items[note.item_key, note.source]
        assert note.quote
        assert note.quote in source.text or note.quote in source.title
    assert all(sentence.footnotes for sentence in answer.sentences)
    assert {n for s in answer.sentences for n in s.footnotes} == {n.number for n in answer.footnotes}


def test_a_model_reads_each_story_alone_and_its_answer_is_proved(bench: Any, ask: Ask, plain: Asker) -> None:
    answer = ask()
    assert answer.mode == "model"
    assert_grounded(answer, plain)
    kinds = bench.server.stats()["kinds"]
    assert 1 <= kinds["read"] <= 6
    assert kinds["synthesise"] == 1
    assert answer.usage.calls == kinds["read"] + 1
    assert answer.usage.cost_usd > 0


def test_the_same_question_is_not_paid_for_twice(bench: Any, ask: Ask) -> None:
    first = ask()
    bench.server.script("good")
    assert ask() == first
    assert bench.server.stats()["calls"] == 0


def test_all_questions_of_a_day_share_one_cap(bench: Any, ask: Ask) -> None:
    ask()
    with bench.run("ask 2024-11-27") as models:
        models(bench.settings())
        spent = models.spent().tokens
    assert spent > 0
    answer = ask("How are documents reranked at scale?", budget_tokens=spent + 1)
    assert answer.mode == "extracts"


def test_a_korean_question_is_put_and_answered_in_korean(ask: Ask, plain: Asker) -> None:
    answer = ask("공정성에 관한 의료 기계 학습 튜토리얼은?")
    assert answer.mode == "model"
    assert {sentence.language for sentence in answer.sentences} == {"ko"}
    assert_grounded(answer, plain)


@pytest.mark.parametrize(
    "behaviour",
    ["cut", "length", "prose", "fenced", "empty", "refusal", "filter", "huge", "nan", "wrong-shape",
     "wrong-story", "paraphrase", "numbers", "foreign", "no-quotes", "obedient", "500", "html",
     "reset", "context"],
)  # fmt: skip
def test_whatever_a_model_does_the_answer_is_grounded_and_there_is_one(
    bench: Any, ask: Ask, plain: Asker, behaviour: str
) -> None:
    bench.server.script(behaviour)
    answer = ask(timeout_s=5.0, patience_s=0.0)
    assert answer.mode in ("model", "extracts")
    assert answer.sentences
    assert_grounded(answer, plain)
    if answer.mode == "extracts":
        assert "The model gave no answer" in answer.note
        assert all(sentence.verbatim for sentence in answer.sentences)


@pytest.mark.parametrize(
    "changed", [{"key_env": "NOT_SET"}, {"base_url": "http://127.0.0.1:9/v1"}, {"budget_tokens": 1}]
)
def test_a_model_that_cannot_be_had_costs_only_its_words(
    ask: Ask, plain: Asker, changed: dict[str, Any]
) -> None:
    answer = ask(patience_s=0.0, **changed)
    assert answer.mode == "extracts"
    assert answer.sentences == plain.ask(QUESTION).sentences


def test_what_the_archive_does_not_hold_costs_no_call(bench: Any, ask: Ask) -> None:
    assert ask("How do I make kimchi?").mode == "nothing"
    assert bench.server.stats()["calls"] == 0


def test_an_order_inside_a_story_or_a_question_gives_no_address_and_no_markup(
    bench: Any, ask: Ask, tmp_path: Path
) -> None:
    attacks = [attack.text for attack in injections.attacks(injections.orders(10, 7))]
    texts = [
        f"Sparse experts save memory on phones. {attack} They need no server." for attack in attacks[:10]
    ]
    stories = [(story(item(n, f"Sparse experts {n}", text)), "llm") for n, text in enumerate(texts)]
    asker = App(Settings(archive=str(kept(tmp_path / "a", edition(stories))))).asker()
    bench.server.script("obedient")
    for question in (
        "Do sparse experts save memory on phones?",
        f"Do sparse experts save memory? {texts[0]}",
    ):
        answer = ask(question, asker)
        assert_grounded(answer, asker)
        for sentence in answer.sentences:
            if not sentence.verbatim:
                assert "://" not in sentence.text
                assert "<" not in sentence.text
