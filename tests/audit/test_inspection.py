"""Promises of reading, source matching and verdicts: `daybrief verify` without its command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.checks.test_subject import ABOUT_PANOPTIC, ABOUT_RERANKERS, PANOPTIC, RERANKERS

from daybrief.app.ports import Ports
from daybrief.app.reading import audit_checks
from daybrief.audit.inspection import Checks, Finding, inspect, verdict_of
from daybrief.audit.reading import MOST_BYTES, KnownSources, Reference, items_known, read
from daybrief.checks._evidence import better_exchanged
from daybrief.config import load
from daybrief.errors import ConfigError
from daybrief.model import Claim, Item, Quote, to_json
from daybrief.publishers.markdown import render
from daybrief.testing.editions import founding
from daybrief.text.sentences import sentences


def row(text: str, *urls: str, **more: object) -> bytes:
    sources = [{"title": url.rpartition("/")[2], "url": url} for url in urls]
    section = {"date": "2024-11-26", "kind": "papers", "category": "X", "position": 0, "summary": text}
    return json.dumps({**section, "sources": sources, **more}, ensure_ascii=False).encode()


def items(**texts: str) -> KnownSources:
    lines = [
        json.dumps({"url": f"https://example.org/{name}", "title": name, "abstract": text}).encode()
        for name, text in texts.items()
    ]
    return items_known(lines, "items.jsonl")


@pytest.fixture(scope="module")
def checks() -> Checks:
    return audit_checks(Ports(load(None, {}), {}))


KNOWN = items(rerankers=RERANKERS, panoptic=PANOPTIC)


def verdict(raw: bytes, checks: Checks, known: KnownSources = KNOWN) -> Finding:
    (finding,) = inspect(read(raw, "digest.jsonl"), known, checks)
    return finding


FAITHFUL = " ".join(sentence.text for sentence in sentences(RERANKERS)[1:])


def test_a_section_its_source_bears_out_is_faithful(checks: Checks) -> None:
    finding = verdict(row(FAITHFUL, "https://example.org/rerankers"), checks)
    assert (finding.verdict, finding.reasons) == ("faithful", ())
    assert (finding.checked, finding.confirmed, finding.share) == (3, 3, 1.0)
    assert (finding.date, finding.kind, finding.category, finding.position) == (
        "2024-11-26",
        "papers",
        "X",
        0,
    )


def test_a_section_that_no_check_objects_to_is_not_confirmed_unless_its_words_are_found(
    checks: Checks,
) -> None:
    finding = verdict(row(ABOUT_RERANKERS, "https://example.org/rerankers"), checks)
    assert finding.verdict == "not confirmed"
    assert 0 <= finding.share < 0.72
    assert {(claim.verdict, claim.outcome) for claim in finding.claims} == {("not confirmed", "unclear")}
    assert "content words" in finding.reasons[0]


def test_a_sentence_turned_round_makes_its_section_contradicted(checks: Checks) -> None:
    turned = FAITHFUL.replace("degrade quality", "improve quality", 1)
    assert turned != FAITHFUL
    finding = verdict(row(turned, "https://example.org/rerankers"), checks)
    assert finding.verdict == "contradicted"
    assert [(claim.verdict, claim.outcome) for claim in finding.claims] == [("contradicted", "unsupported")]


def test_a_section_about_another_paper_is_called_so_and_its_source_named(checks: Checks) -> None:
    finding = verdict(row(ABOUT_RERANKERS, "https://example.org/panoptic"), checks)
    assert finding.verdict == "wrong-source"
    assert finding.reasons == ("does not speak of: panoptic",)


def test_an_invented_number_is_unsupported_and_the_sentence_shown(checks: Checks) -> None:
    text = f"{ABOUT_RERANKERS} 재정렬 모델의 정확도는 83.7%였다."
    finding = verdict(row(text, "https://example.org/rerankers"), checks)
    assert finding.verdict == "unsupported"
    assert [(c.check, "83.7" in c.why) for c in finding.claims if c.outcome == "unsupported"] == [
        ("numbers", True)
    ]


def test_a_degenerate_section_needs_no_source_to_be_called_so(checks: Checks) -> None:
    assert (
        verdict(row("**Key Themes**: " + ", " * 400, "https://example.org/x"), checks).verdict == "degenerate"
    )


def test_without_the_text_of_a_source_nothing_is_claimed(checks: Checks) -> None:
    for known in (KnownSources(), items(rerankers="A teaser.")):
        finding = verdict(row(ABOUT_RERANKERS, "https://example.org/rerankers"), checks, known)
        assert finding.verdict == "not-checkable"
        assert "rerankers" in finding.reasons[0]
    assert verdict(row(ABOUT_RERANKERS), checks).verdict == "not-checkable"


def test_a_known_source_is_missed_even_where_another_is_unknown(checks: Checks) -> None:
    urls = ("https://example.org/unheard-of", "https://example.org/panoptic")
    finding = verdict(row(ABOUT_RERANKERS, *urls), checks)
    assert finding.verdict != "faithful"


def test_texts_that_the_digest_brings_along_are_used(checks: Checks) -> None:
    raw = json.dumps({"summary": ABOUT_PANOPTIC, "sources": [{"title": "MGNiceNet", "abstract": PANOPTIC}]})
    assert verdict(raw.encode(), checks, KnownSources()).verdict == "not confirmed"


@pytest.mark.parametrize(
    "reference",
    [
        Reference(title="", url="http://arxiv.org/abs/2411.11466v1"),
        Reference(title="", arxiv_id="2411.11466"),
        Reference(title="", url="https://huggingface.co/papers/2411.11466"),
        Reference(title="", url="https://www.deeplearn.org/arxiv/549352/mgnicenet:-unified/?utm_source=x"),
        Reference(title="MGNiceNet: unified monocular geometric scene understanding"),
        Reference(title="", url="https://doi.org/10.48550/arXiv.2411.11466"),
        Reference(title="", arxiv_id="doi:10.48550/arXiv.2411.11466"),
    ],
)
def test_a_source_is_found_by_any_of_its_identities(reference: Reference) -> None:
    line = {
        "url": "https://deeplearn.org/arxiv/549352/mgnicenet:-unified",
        "arxiv_id": "2411.11466",
        "title": "MGNiceNet: Unified Monocular Geometric Scene Understanding",
        "abstract": PANOPTIC,
    }
    item = items_known([json.dumps(line).encode()], "items.jsonl").find(reference)
    assert item is not None
    assert item.text == PANOPTIC


def test_the_longer_of_two_texts_about_one_source_counts() -> None:
    lines = [
        json.dumps({"id": "2411.11466", "title": "T", "text": text}).encode() for text in ("a", PANOPTIC, "")
    ]
    item = items_known(lines, "items.jsonl").find(Reference(title="", arxiv_id="2411.11466"))
    assert item is not None
    assert item.text == PANOPTIC


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"\xffa", "byte 0"),
        (b'{"summary": "a"}\n{"summary": ', "line 2"),
        (b'[{"summary": "a", "sources": 3}]', "section 1"),
        (b'{"schema": "daybrief.edition/1", "kind": 3}', "digest.jsonl"),
        (b"# A README\n", "no section"),
        (b'{"sections": 3}', "sections"),
        (b"", "no section"),
        (b'{"title": "no text"}', "summary"),
        (b'[{"summary": "a"}, 7]', "section 2: not a JSON object"),
        (b'{"summary": "a"}\n\n3\n', "line 3: not a JSON object"),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_place_named(raw: bytes, place: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(raw, "digest.jsonl")
    assert place in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("line", [b"[1]", b"{", b"{}", b"\xff"])
def test_a_broken_line_of_sources_is_named(line: bytes) -> None:
    with pytest.raises(ConfigError, match=r"items\.jsonl, line 2"):
        items_known([b'{"title": "One Two Three"}', line], "items.jsonl")


def test_the_founding_report_of_the_old_system_is_checked_section_by_section(
    shared: Path, checks: Checks
) -> None:
    raw = (shared / "founding/papers_2024-11-26.md").read_bytes()
    lines = (shared / "reports/sources.jsonl").read_bytes().split(b"\n")
    findings = inspect(read(raw, "papers_2024-11-26.md"), items_known(lines, "sources.jsonl"), checks)
    assert [f.position for f in findings] == list(range(9))
    assert {f.date for f in findings} == {"2024-11-26"}
    assert {f.kind for f in findings} == {"papers"}
    assert {f.verdict for f in findings} <= {"not confirmed", "unsupported", "not-checkable"}
    assert sum(f.verdict == "not confirmed" for f in findings) >= 5


def test_a_digest_of_more_than_the_bound_is_refused_before_it_is_read() -> None:
    with pytest.raises(ConfigError, match=f"{MOST_BYTES + 1} bytes"):
        read(bytes(MOST_BYTES + 1), "digest.jsonl")


def test_blank_lines_between_sections_are_passed_over() -> None:
    raw = b'{"summary": "one"}\n\n{"summary": "two"}\n'
    assert [section.text for section in read(raw, "digest.jsonl")] == ["one", "two"]


def test_an_edition_is_judged_by_the_quotes_that_its_json_holds(checks: Checks) -> None:
    edition = founding("en")
    sections = read(to_json(edition), "papers.json")
    assert [section.position for section in sections] == list(range(len(edition.sections)))
    assert all(section.claims is not None and section.items for section in sections)
    findings = inspect(sections, KnownSources(), checks)
    assert [finding.position for finding in findings] == [section.position for section in sections]
    assert sum(finding.confirmed for finding in findings) > 0


def test_a_published_page_is_judged_by_its_footnotes_with_and_without_its_sources(checks: Checks) -> None:
    edition = founding("en")
    sections = read(render(edition).encode(), "papers_2024-11-26.md")
    assert any(section.footnotes for section in sections)
    stories = [item for part in edition.sections for ranked in part.ranked for item in ranked.story.items]
    lines = [
        json.dumps(
            {"id": item.key.removeprefix("arxiv:"), "url": item.url, "title": item.title, "text": item.text}
        )
        for item in stories
    ]
    known = items_known([line.encode() for line in lines], "sources.jsonl")
    for sources in (known, KnownSources()):
        findings = inspect(sections, sources, checks)
        assert len(findings) == len(sections)
        assert sum(finding.confirmed for finding in findings) > 0


def test_the_formulas_of_a_source_are_read_as_they_are_printed(checks: Checks) -> None:
    source = (
        "We prove that the $\\alpha$-sparse solver needs $n^2$ steps on every graph with bounded degree. "
        "The bound is tight, and no solver of the same family needs fewer steps on these graphs."
    )
    printed = "The α-sparse solver needs n² steps on every graph with bounded degree."
    finding = verdict(row(printed, "https://example.org/solver"), checks, items(solver=source))
    assert finding.verdict == "faithful", finding.reasons


@pytest.mark.parametrize(
    "named", ["10.1000/adapters.7", "doi:10.1000/adapters.7", "https://doi.org/10.1000/adapters.7"]
)
def test_a_source_is_found_by_its_doi_however_that_is_written(named: str) -> None:
    known = items_known(
        [json.dumps({"id": "10.1000/adapters.7", "title": "A", "abstract": PANOPTIC}).encode()], "items.jsonl"
    )
    assert known.find(Reference(title="", arxiv_id=named)) is not None
    assert known.find(Reference(title="", arxiv_id="10.1000/adapters.8")) is None


def test_footnotes_whose_words_stand_in_no_source_prove_nothing(checks: Checks) -> None:
    edition = founding("en")
    stories = [item for part in edition.sections for ranked in part.ranked for item in ranked.story.items]
    lines = [json.dumps({"id": i.key[6:], "url": i.url, "title": i.title, "text": i.text}) for i in stories]
    known = items_known([line.encode() for line in lines], "sources.jsonl")
    page = render(edition)
    forged = re.sub(r"^(\[\^\d+\]: \W?)", r"\1Never said before: ", page, flags=re.MULTILINE)
    assert forged != page
    doubtful, true = (inspect(read(raw.encode(), "papers.md"), known, checks) for raw in (forged, page))
    assert sum(finding.confirmed for finding in doubtful) < sum(finding.confirmed for finding in true)


SOURCE = (
    "The adapter lowers the word error rate of a large recogniser on far-field speech by two points. "
    "It needs forty megabytes of memory on the phones that were tried in the field."
)


@pytest.mark.parametrize(
    ("text", "verdict", "why"),
    [
        ("The adapter lowers the word error rate of a large recogniser on far-field speech by two points.",
         "confirmed", "verbatim"),
        ("The adapter lowers the word error rate of a large recogniser on far-field speech by two points and "
         "needs forty megabytes of memory on the phones that were tried in the field.",
         "not confirmed", "which way"),
        ("The adapter never lowers the word error rate of a large recogniser on far-field speech.",
         "not confirmed", "denies"),
    ],
    ids=["as it is", "two sentences in one", "denied"],
)  # fmt: skip
def test_a_sentence_is_confirmed_by_a_sentence_of_its_source_and_not_where_it_joins_or_denies_them(
    text: str, verdict: str, why: str
) -> None:
    paper = Item(
        key="1", source="s", kind="paper", title="Adapters", url="https://example.org/1", text=SOURCE
    )
    quotes = tuple(
        Quote(item_key="1", source="s", start=sentence.start, end=sentence.end, text=sentence.text)
        for sentence in sentences(SOURCE)
    )
    claim = Claim(text=text, part="finding", quotes=quotes, stories=(), language="en")
    judged = verdict_of(claim, [paper], [])
    assert (judged.verdict, why in judged.why) == (verdict, True), judged


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("We introduce a flexible guardrail development methodology.", "confirmed"),
        ("Our team introduces a flexible guardrail development methodology.", "confirmed"),
        ("Vendors introduce a flexible guardrail development methodology.", "not confirmed"),
    ],
)
def test_the_authors_are_the_we_of_their_sentence(sentence: str, verdict: str) -> None:
    paper = Item(key="1", source="s", kind="paper", title="Rails", url="https://example.org/1", text=sentence)
    quote = Quote(item_key="1", source="s", start=0, end=len(sentence), text=sentence)
    text = "The authors introduce a flexible guardrail development methodology."
    claim = Claim(text=text, part="finding", quotes=(quote,), stories=(), language="en")
    assert verdict_of(claim, [paper], []).verdict == verdict


PRUNES = "Our pruning method significantly reduces memory usage while maintaining accuracy."
CUTS = "In physics and engineering, many processes are modelled by simulators."
EXCHANGES = [
    ("이 가지치기 방법은 정확도를 유지하면서 메모리 사용량을 크게 줄인다.", "confirmed"),
    ("이 정확도 방법은 가지치기를 유지하면서 메모리 사용량을 크게 줄인다.", "not confirmed"),
    ("이 가지치기 방법은 메모리를 유지하면서 정확도 사용량을 크게 줄인다.", "not confirmed"),
    ("In physics and engineering, many processes are modelled by simulators.", "confirmed"),
    ("In physics and engineering, many simulators are modelled by processes.", "not confirmed"),
    ("In processes and engineering, many physics are modelled by simulators.", "not confirmed"),
]


@pytest.mark.parametrize(("text", "verdict"), EXCHANGES)
def test_words_exchanged_are_never_confirmed_whatever_the_checks_say(text: str, verdict: str) -> None:
    paper = Item(
        key="1", source="s", kind="paper", title="Trust", url="https://example.org/1", text=f"{PRUNES} {CUTS}"
    )
    claim = Claim(text=text, part="finding", quotes=(), stories=(), language="ko")
    judged = verdict_of(claim, [paper], [])
    assert judged.verdict == verdict, judged


def test_a_sentence_too_long_to_compare_word_by_word_is_not_confirmed() -> None:
    words = " ".join(f"모델이 데이터를 {word} 학습" for word in ("분류", "검색", "생성", "평가") * 8)
    assert better_exchanged(words, "models learn data") == "more words than can be compared"
