"""The chart says what the sections say."""

from __future__ import annotations

import pytest

from daybrief.errors import ConfigError
from daybrief.model import Edition
from daybrief.stages.assemble import chart
from daybrief.testing.editions import DAY, founding, hostile, large, news, quiet, taxonomy


@pytest.mark.parametrize("edition", [founding(), founding("en"), hostile(), large(), news()])
def test_the_bars_hold_exactly_the_stories_of_the_sections(edition: Edition) -> None:
    counts = {section.category.id: len(section.ranked) for section in edition.sections}
    assert {bar.category: bar.count for bar in edition.chart.bars} == counts
    assert [bar.count for bar in edition.chart.bars] == sorted(counts.values(), reverse=True)
    for bar in edition.chart.bars:
        assert bar.label in edition.chart.alt
        assert str(bar.count) in edition.chart.alt


def test_a_quiet_day_has_a_chart_that_says_so() -> None:
    assert quiet().chart.bars == ()
    assert "없습니다" in quiet().chart.alt


def test_an_unknown_form_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="bars"):
        chart((), taxonomy(), language="ko", kind="papers", day=DAY, form="cloud")
