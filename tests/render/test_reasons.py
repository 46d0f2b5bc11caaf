"""The reasons an edition keeps are told in the reader's language, and none is lost."""

from __future__ import annotations

import pytest

from daybrief.languages.phrases import phrases
from daybrief.model import Filed, Item, Signals, Story
from daybrief.render.page import retold
from daybrief.stages.rank import score
from daybrief.testing import editions as samples


def test_every_reason_the_ranking_gives_has_its_words_in_korean() -> None:
    signals = Signals(votes=3, points=4, comments=5, citations=6, position=2)
    items = tuple(
        Item(key=f"k:{n}", source=source, kind="paper", title="T", url="https://a.example/", signals=signals)
        for n, source in enumerate(("one", "two"))
    )
    story = Story(id="s", kind="paper", items=items, first_seen=samples.DAY)
    reasons = score(Filed(story=story, category="others", confidence=1.0, why="")).reasons
    worded = [retold(reason, phrases("ko")) for reason in reasons]
    assert len(reasons) == 7
    assert not set(worded) & set(reasons)
    assert worded[0] == "추천 3 (+1.39)"
    assert worded[-1] == "인용할 본문 없음 (-1.00)"


@pytest.mark.parametrize("reason", ["", "a plugin's own: +1.00", "votes many: +1.00", "votes 3: +1.00\n"])
def test_what_has_no_phrase_stays_as_it_is(reason: str) -> None:
    assert retold(reason, phrases("en")) == reason


def test_a_keyword_is_named_as_it_was_written() -> None:
    assert retold("keyword “{x} RAG”: +3.00", phrases("en")).endswith("“{x} RAG” (+3.00)")
