"""Seeds become examples once, from the archive or from arXiv, and a silent arXiv costs nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daybrief.adapters.archive import open_archive
from daybrief.errors import ConfigError, Unavailable
from daybrief.model import Example, Fetched, Item, Origin
from daybrief.sources.arxiv import papers
from daybrief.taste.examples import current_examples, missing_seeds, seed_examples

NOW = datetime(2024, 11, 27, tzinfo=UTC)


def example(key: str, origin: Origin = "reader", *, liked: bool = True) -> Example:
    return Example(key=key, liked=liked, title=key, origin=origin, added_at=NOW)


def nobody(ids: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    raise AssertionError(ids)


def test_only_seeds_that_are_no_examples_yet_are_looked_up() -> None:
    seeds = ("2411.15124v2", "https://arxiv.org/abs/2411.15124", "10.1234/X", "https://www.example.org/a/")
    assert missing_seeds(seeds, [example("doi:10.1234/x")]) == ("arxiv:2411.15124", "url:example.org/a")
    with pytest.raises(ConfigError, match="'nonsense'"):
        missing_seeds(["nonsense"], [])


def test_what_was_collected_is_not_asked_for_again() -> None:
    item = Item(
        key="arxiv:2411.15124", source="s", kind="paper", title="T", url="https://x.org", text="A text."
    )
    (seed,), trouble = seed_examples(["arxiv:2411.15124"], [item], nobody, NOW)
    assert (seed.title, seed.text, seed.origin, seed.liked, trouble) == ("T", "A text.", "seed", True, ())


def test_an_arxiv_that_does_not_answer_is_named_and_costs_nothing_else() -> None:
    def silent(ids: Sequence[str]) -> Iterator[tuple[str, str, str]]:
        raise Unavailable("no answer")

    item = Item(key="url:x.org/a", source="s", kind="news", title="N", url="https://x.org/a")
    examples, trouble = seed_examples(["url:x.org/a", "arxiv:2411.15124"], [item], silent, NOW)
    assert [e.key for e in examples] == ["url:x.org/a"]
    assert "no answer" in trouble[0]


def test_what_arxiv_does_not_know_is_named() -> None:
    examples, trouble = seed_examples(["arxiv:2411.99999"], [], lambda _ids: (), NOW)
    assert examples == ()
    assert "arxiv:2411.99999" in trouble[0]


def test_seeds_count_for_as_long_as_the_settings_name_them() -> None:
    examples = [example("arxiv:2411.15124", "seed"), example("arxiv:2411.13543", "seed"), example("k")]
    assert [e.key for e in current_examples(["2411.13543"], examples)] == ["arxiv:2411.13543", "k"]


def test_arxiv_is_asked_once_for_all(shared: Path) -> None:
    urls: list[str] = []

    class Recorded:
        def get(
            self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
        ) -> Fetched:
            urls.append(url)
            name = "id_0808.05394_1707.08567_s0_m100_42e5aa0ec3af.xml"
            body = (shared / "sources/arxiv_api" / name).read_bytes()
            return Fetched(url=url, final_url=url, status=200, body=body, fetched_at=NOW)

        def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
            raise AssertionError(url)

    ((identifier, title, abstract),) = papers(["0808.05394", "1707.08567"], Recorded())
    assert identifier == "1707.08567"
    assert title
    assert len(abstract) > 100
    assert len(urls) == 1
    assert "id_list=0808.05394%2C1707.08567" in urls[0]


def test_examples_are_a_profiles_own_and_the_last_word_counts(tmp_path: Path) -> None:
    mine, others = (open_archive(tmp_path / "a.db", profile=name) for name in ("me", "lab"))
    mine.save_examples([example("b"), example("a")])
    mine.save_examples([example("a", liked=False)])
    assert [(e.key, e.liked) for e in mine.examples()] == [("a", False), ("b", True)]
    assert others.examples() == ()
    assert mine.forget_example("a")
    assert not mine.forget_example("a")
    assert not others.forget_example("b")
    assert [e.key for e in mine.examples()] == ["b"]
