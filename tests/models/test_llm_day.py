"""A whole day with a model: what a wrong setting costs, what the run says of it, and what filing cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from daybrief.app import App, RunRequest
from daybrief.app.runs import recorded_settings
from daybrief.config import load
from daybrief.kit import Report
from daybrief.testing import Route, serve


@pytest.fixture
def founding(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The founding day, replayed with a model that writes, and one that files where asked."""

    def run(files: bool = False, refresh: bool = False, **changed: Any) -> Report:
        monkeypatch.setenv("TEST_KEY", changed.pop("key", bench.environment["TEST_KEY"]))
        table = bench.table(**changed)
        settings = load(
            None, {}, recorded_settings("founding"), out=str(tmp_path / "out"),
            publishers=({"use": "markdown"},), archive=str(tmp_path / "archive.sqlite"), writer=table,
            **({"categoriser": table} if files else {}),
        )  # fmt: skip
        (report,) = App(settings).run(RunRequest(replay="founding", refresh=refresh))
        return report

    return run


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no key": ({"key": ""}, "TEST_KEY"),
    "wrong key": ({"key": "sk-wrong-42"}, "TEST_KEY"),
    "nobody there": ({"base_url": "http://127.0.0.1:9/v1"}, "base_url"),
    "a cap without a price": (
        {
            "base_url": "https://models.example/v1",
            "price_in": None,
            "price_out": None,
            "budget_usd": 0.5,
            "model": "no-such",
        },
        "price_in",
    ),
    "no room in the context": ({"context": 1_600}, "context"),
    "no money": ({"budget_tokens": 10}, "budget_tokens"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_named_costs_nothing_and_the_edition_appears_all_the_same(
    founding: Any, bench: Any, tmp_path: Path, case: str
) -> None:
    changed, named = WRONG[case]
    report = founding(**changed)
    assert bench.server.stats()["calls"] == 0
    assert not report.complete, "published, but not by the writer that was asked for"
    assert all(named in why for why in report.unwritten)
    assert sum(len(e.stories) for e in report.editions) == 23
    pages = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "out").rglob("*.md"))
    assert named in pages.replace("\\", ""), "readers are told, too"
    assert "sk-wrong-42" not in pages + str(report)
    own = [c for c in sentences(report) if c.part != "gist" and len(c.stories) == 1]
    assert own
    assert all(c.text == c.quotes[0].text for c in own)


def test_an_address_where_a_web_page_lives_is_named(founding: Any, bench: Any) -> None:
    with serve({"/v1/models": Route(b"<html>hello</html>", media_type="text/html")}) as site:
        report = founding(base_url=f"{site.url}/v1")
        sent = [seen.path for seen in site.requests]
        assert sent[0] == "/v1/models"
        assert len(sent) <= 1 + 16, "no more than are under way at once"
    assert "base_url" in report.unwritten[0]


def test_a_day_the_model_wrote_is_complete_and_stays_as_it_is(founding: Any, bench: Any) -> None:
    first = founding()
    assert first.complete
    assert not first.unwritten
    bench.server.script("500")
    again = founding()
    assert again.reused
    assert again.complete


def test_after_an_outage_refresh_pays_only_for_what_is_missing(founding: Any, bench: Any) -> None:
    bench.server.script("good", "good", "good", "500")
    first = founding(parallel=1, timeout_s=5.0)
    assert not first.complete
    bench.server.script("good")
    assert founding().reused, "a run repeated by a timer spends nothing"
    assert bench.server.stats()["calls"] == 0
    assert founding(refresh=True).complete
    reads = bench.server.stats()["kinds"]["read"]
    assert reads == 10, "of three answers before the outage two were stories, one their section"


def test_what_filing_cost_stands_in_the_ledger_and_on_the_page(
    founding: Any, bench: Any, tmp_path: Path
) -> None:
    report = founding(files=True)
    stats = bench.server.stats()
    bills = [
        entry.usage
        for edition in report.editions
        for entry in edition.ledger.entries
        if entry.usage is not msgspec.UNSET
    ]
    assert sum(bill.calls for bill in bills) == stats["kinds"]["categorise"]
    drafts = [s.checked.draft.usage for e in report.editions for s in e.sections]
    assert sum(u.calls for u in (*bills, *drafts)) == stats["calls"]
    assert sum(u.tokens_in for u in (*bills, *drafts)) == stats["tokens_in"]


def test_sentences_written_again_are_counted_for_the_reader(
    founding: Any, bench: Any, tmp_path: Path
) -> None:
    bench.server.script("read=numbers")
    report = founding()
    assert report.complete, "a repaired sentence is the model's"
    page = next((tmp_path / "out").rglob("papers.md")).read_text(encoding="utf-8")
    assert "수정했습니다" in page
    assert "수정 " in page, "and in the ledger"


def sentences(report: Report) -> list[Any]:
    kept = (c for e in report.editions for s in e.sections for c in s.checked.kept)
    return [c for c in kept if c.part != "keyword"]
