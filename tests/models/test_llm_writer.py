"""The model writer: what of a model's words may reach a reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from daybrief import plugins
from daybrief.config import CHECKS
from daybrief.errors import BadDraft, ConfigError
from daybrief.model import Claim, Judged, Ranked, Verdict
from daybrief.ports import Reading
from daybrief.stages.verify import evidence_of, judge
from daybrief.stages.write import Assignment, Written, write
from daybrief.text.prompts import prompts
from daybrief.writers.llm.read import quoted

Paper = Callable[..., Ranked]


def written(
    bench: Any,
    tools: Any,
    assignments: list[Assignment],
    checks: tuple[str, ...] = ("quotes",),
    **changed: Any,
) -> tuple[Written, ...]:
    with bench.run() as models:
        kit = tools(models)
        writer = plugins.build("writers", bench.table(**changed), kit)
        fallback = plugins.build("writers", {"use": "extractive"}, kit)
        ours = [plugins.build("checks", {"use": name}, kit) for name in checks]
        return write(
            assignments,
            writer,
            fallback,
            lambda claims, of: judge(claims, ours, evidence_of(i for r in of for i in r.story.items)),
        )


def section(paper: Paper, *numbers: int, category: str = "llm") -> Assignment:
    return Assignment(category=category, ranked=tuple(paper(n, category) for n in numbers))


def exact(claim: Claim, ranked: tuple[Ranked, ...]) -> bool:
    items = {i.key: i for r in ranked if r.story.id in claim.stories for i in r.story.items}
    return bool(claim.quotes) and all(
        getattr(items[q.item_key], q.field)[q.start : q.end] == q.text for q in claim.quotes
    )


def test_every_story_is_read_alone_and_sections_are_summed_up(bench: Any, tools: Any, paper: Paper) -> None:
    both = [section(paper, 1, 2, 3), section(paper, 4, category="agents")]
    first, second = written(bench, tools, both)
    kinds = bench.server.stats()["kinds"]
    assert kinds == {"read": 4, "synthesise": 1}, "a section of one story has nothing to sum up"
    assert all(exact(claim, first.draft.ranked) for claim in first.draft.claims)
    shared = [c for c in first.draft.claims if c.part == "theme" and len(c.stories) > 1]
    assert shared
    assert first.draft.claims[0] == shared[0], "what runs through a section comes first"
    assert first.draft.author.model == "openai:scripted-1"
    assert first.draft.author.prompt == "ko 1"
    assert first.draft.usage.calls + second.draft.usage.calls == 5
    assert not first.draft.fallbacks


def test_a_rerun_asks_nothing_and_one_changed_story_little(bench: Any, tools: Any, paper: Paper) -> None:
    before = [section(paper, *range(1, 7)), section(paper, *range(7, 12), category="agents")]
    first = written(bench, tools, before)
    bench.server.script("good")
    assert written(bench, tools, before) == first
    assert bench.server.stats()["calls"] == 0
    changed = Assignment(
        category="llm",
        ranked=(*before[0].ranked[:5], paper(6, text="It trains agents without labels at all. It is cheap.")),
    )
    written(bench, tools, [changed, before[1]])
    assert bench.server.stats()["calls"] <= 3


@pytest.mark.parametrize(
    "behaviour",
    ["length", "empty", "refusal", "filter", "nan", "wrong-shape", "wrong-story",
     "paraphrase", "no-quotes", "foreign", "500", "html", "context"],
)  # fmt: skip
def test_a_model_that_fails_leaves_an_edition_of_extracts(
    bench: Any, tools: Any, paper: Paper, behaviour: str
) -> None:
    bench.server.script(behaviour)
    (written_section,) = written(bench, tools, [section(paper, 1, 2)], parallel=2)
    assert written_section.draft.fallbacks == ("arxiv:2411.00001", "arxiv:2411.00002")
    assert written_section.draft.author.name == "extractive"
    assert written_section.draft.why
    own = [
        c for c in written_section.draft.claims if c.part not in ("keyword", "gist") and len(c.stories) == 1
    ]
    assert all(claim.text == claim.quotes[0].text for claim in own)
    assert {c.stories[0] for c in written_section.draft.claims if c.part == "theme"} == set(
        written_section.draft.fallbacks
    )


def test_only_the_story_that_failed_is_written_by_the_embedded_writer(
    bench: Any, tools: Any, paper: Paper
) -> None:
    bench.server.script("good", "refusal", "refusal", "good")
    (written_section,) = written(bench, tools, [section(paper, 1, 2, 3)], parallel=1)
    assert written_section.draft.fallbacks == ("arxiv:2411.00002",)
    assert written_section.draft.author.name == "llm"
    languages = {c.stories[0]: c.language for c in written_section.draft.claims if c.part == "theme"}
    assert languages == {"arxiv:2411.00001": "ko", "arxiv:2411.00002": "en", "arxiv:2411.00003": "ko"}


@pytest.mark.parametrize("changed", [{"key_env": "NOBODY"}, {"context": 1_600}, {"budget_tokens": 10}])
def test_a_wrong_setting_costs_nothing_and_the_edition_says_which(
    bench: Any, tools: Any, paper: Paper, changed: dict[str, Any]
) -> None:
    (written_section,) = written(bench, tools, [section(paper, 1, 2)], **changed)
    assert bench.server.stats()["calls"] == 0
    assert len(written_section.draft.fallbacks) == 2
    named = "NOBODY" if "key_env" in changed else next(iter(changed))
    assert named in written_section.draft.why[0]


def test_when_the_cap_is_reached_the_rest_is_extracted(bench: Any, tools: Any, paper: Paper) -> None:
    (written_section,) = written(
        bench, tools, [section(paper, *range(1, 21))], budget_tokens=15_000, parallel=2
    )
    assert 0 < len(written_section.draft.fallbacks) < 20
    assert "budget_tokens" in written_section.draft.why[-1]
    assert {s for c in written_section.draft.claims for s in c.stories} == {
        r.story.id for r in written_section.draft.ranked
    }


@pytest.mark.parametrize("language", ["ko", "en"])
def test_sentences_end_as_the_language_asks(bench: Any, tools: Any, paper: Paper, language: str) -> None:
    import re

    (written_section,) = written(bench, tools, [section(paper, 1, 2)], language=language)
    ours = [c for c in written_section.draft.claims if c.part != "keyword"]
    assert len(ours) > 2
    assert all(c.language == language and re.search(prompts(language).ending, c.text) for c in ours)


def test_a_quote_is_found_up_to_its_typography_and_given_back_exactly(paper: Paper) -> None:
    item = paper(1, text="The “best” model — so far — reaches 61.5 % without any labels at all.").story.lead
    quote = quoted('The "best" model - so far - reaches 61.5 % without', item)
    assert quote is not None
    assert (
        item.text[quote.start : quote.end]
        == quote.text
        == "The “best” model — so far — reaches 61.5 % without"
    )
    assert quoted("The best model so far reaches", item) is None
    assert quoted("the", item) is None, "a word proves nothing"


def test_a_story_without_a_text_costs_no_call(bench: Any, tools: Any, paper: Paper) -> None:
    bare = paper(1, text="Too short.", title="A title that says it all")
    written(bench, tools, [Assignment(category="llm", ranked=(bare,))])
    assert bench.server.stats()["calls"] == 0


def test_a_claim_named_from_nowhere_is_no_ground(bench: Any, tools: Any, paper: Paper) -> None:
    """A synthesis may only name numbers it was given, of two stories."""
    with bench.run() as models:
        writer = plugins.build("writers", bench.table(), tools(models))
        claims = tuple(c for n in (1, 2) for c in writer.read(paper(n)).claims)
        reading = Reading(category="llm", ranked=(paper(1), paper(2)), claims=claims)
        from daybrief.writers.llm.synthesise import Shared, SynthesiseAnswer

        def kept(sentence: str, *names: str) -> int:
            answer = SynthesiseAnswer(sentences=[Shared(part="theme", sentence=sentence, claims=[*names])])
            return len(writer._synthesist.claims(reading, answer))

        assert kept("두 글은 “training language”를 함께 다룹니다.", "c1", "c5") == 1
        assert kept("두 글은 “training language”를 함께 다룹니다.", "c1", "c99") == 0
        assert kept("두 글은 “training language”를 함께 다룹니다.", "c1", "c2") == 0, "one story"
        assert kept("두 글은 모두 QUANTUM을 함께 다룹니다.", "c1", "c5") == 0
        assert kept("두 글은 모두 61.5%에 이릅니다.", "c2", "c6") == 0, "one story alone says so"
        assert kept("[training](http://evil.example) agents를 다룹니다.", "c1", "c5") == 0


def test_an_attempt_says_what_went_wrong(bench: Any, tools: Any, paper: Paper) -> None:
    bench.server.script("refusal")
    with bench.run() as models:
        attempt = plugins.build("writers", bench.table(), tools(models)).read(paper(1))
    assert isinstance(attempt.error, BadDraft)
    assert attempt.usage.calls == 2, "and what it cost all the same"


def test_without_a_way_to_a_model_the_writer_says_what_to_set(bench: Any, tools: Any) -> None:
    with pytest.raises(ConfigError, match="extractive"):
        plugins.build("writers", {"use": "llm", "model": "x"}, tools(None))


# ── repaired once ───────────────────────────────────────────────────────────────────────────────────


def fates(written: Written) -> Counter[str]:
    return Counter(f.fate for f in written.fallen)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_sentences_with_invented_numbers_are_written_again_once(
    bench: Any, tools: Any, paper: Paper, language: str
) -> None:
    kit_language = {"language": language}
    bench.server.script("read=numbers")
    (written_section,) = written(
        bench, tools, [section(paper, 1, 2)], ("quotes", "numbers", "names"), **kit_language
    )
    assert bench.server.stats()["kinds"] == {"read": 2, "repair": 2, "synthesise": 1}
    assert set(fates(written_section)) == {"repaired"}
    assert all(j.printable for j in written_section.checked.judged)
    assert not written_section.draft.fallbacks
    assert written_section.draft.usage.calls == 5, "and the bill holds the repairs"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("read=numbers+repair=same", {"replaced", "again"}),
        ("read=numbers+repair=worse", {"replaced"}),
        ("read=numbers+repair=empty", {"replaced"}),
        ("read=numbers+repair=refusal", {"replaced"}),
        ("read=numbers+repair=no-quotes", {"replaced", "again"}),
    ],
)
def test_a_repair_that_is_no_better_gives_way_to_an_extract(
    bench: Any, tools: Any, paper: Paper, script: str, expected: set[str]
) -> None:
    bench.server.script(script)
    (written_section,) = written(bench, tools, [section(paper, 1)], ("quotes", "numbers"))
    assert bench.server.stats()["kinds"]["repair"] == 1, "a repair is asked for once, whatever comes back"
    assert expected <= set(fates(written_section)) <= expected | {"dropped"}
    assert all(c.text == c.quotes[0].text for c in written_section.checked.kept if c.part != "keyword")
    assert "evil.example" not in str(written_section)


def test_all_the_checks_a_user_has_let_a_good_model_write(bench: Any, tools: Any, paper: Paper) -> None:
    (written_section,) = written(bench, tools, [section(paper, 1, 2)], CHECKS)
    assert not written_section.fallen
    assert bench.server.stats()["kinds"] == {"read": 2, "synthesise": 1}


def test_a_rerun_pays_for_no_repair_again(bench: Any, tools: Any, paper: Paper) -> None:
    both = [section(paper, 1, 2, 3)]
    bench.server.script("read=numbers+repair=same")
    first = written(bench, tools, both, ("quotes", "numbers"))
    bench.server.script("read=numbers+repair=same")
    assert written(bench, tools, both, ("quotes", "numbers")) == first
    assert bench.server.stats()["calls"] == 0


def test_one_changed_story_that_needs_a_repair_costs_three_calls(
    bench: Any, tools: Any, paper: Paper
) -> None:
    before = section(paper, 1, 2, 3)
    bench.server.script("read=numbers")
    written(bench, tools, [before], ("quotes", "numbers"))
    bench.server.script("read=numbers")
    changed = paper(
        3, text="It trains language agents without any labels at all. It is cheap and quick to use."
    )
    written(
        bench,
        tools,
        [Assignment(category="llm", ranked=(*before.ranked[:2], changed))],
        ("quotes", "numbers"),
    )
    assert bench.server.stats()["calls"] <= 3


def test_a_repair_needs_room_in_the_cap_and_without_it_the_extract_stands(
    bench: Any, tools: Any, paper: Paper
) -> None:
    bench.server.script("read=numbers")
    (written_section,) = written(
        bench, tools, [section(paper, 1)], ("quotes", "numbers"), budget_tokens=5_500, max_output=1_500
    )
    assert "repair" not in bench.server.stats()["kinds"]
    assert "replaced" in fates(written_section)
    assert set(fates(written_section)) <= {"replaced", "dropped"}  # dropped: a gist that came in its place


def test_a_sentence_over_several_stories_is_repaired_from_verified_claims(
    bench: Any, tools: Any, paper: Paper
) -> None:
    class NoThemes:
        """Refuses the first shared sentence, whatever it says."""

        def __init__(self) -> None:
            self.refused: list[str] = []

        def judge(self, claims: Any, _of: Any) -> Any:
            return tuple(map(self._judged, claims))

        def _judged(self, claim: Claim) -> Judged:
            fresh = len(claim.stories) > 1 and claim.part != "keyword" and not self.refused
            if fresh:
                self.refused.append(claim.text)
            refused = claim.text in self.refused
            verdict = Verdict(check="wrong_source", outcome="unsupported" if refused else "supported")
            return Judged(claim=claim, verdicts=(verdict,))

    bench.server.script("mend=good")
    with bench.run() as models:
        kit = tools(models)
        writer = plugins.build("writers", bench.table(), kit)
        fallback = plugins.build("writers", {"use": "extractive"}, kit)
        (written_section,) = write([section(paper, 1, 2)], writer, fallback, NoThemes().judge)
    assert bench.server.stats()["kinds"] == {"read": 2, "synthesise": 1, "mend": 1}
    assert not [c for c in written_section.checked.kept if len(c.stories) > 1 and c.part == "theme"], (
        "the same again"
    )
