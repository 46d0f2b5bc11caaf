"""The chart of each edition as SVG and PNG, drawn with the shipped fonts.

Files: `DAY/papers.svg`, `DAY/papers.png`, the same for `news`; none for an edition without stories. The SVG
follows the reader's light or dark scheme.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from daybrief.model import Delivery, Issue
from daybrief.ports import Tools
from daybrief.render.picture import draw, to_png


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How large.

    width: pixels from the left end of the bars to the right end of the longest.
    scale: pixels of the PNG for each pixel of the SVG.
    png: whether there is a PNG, which takes ten times as long as the SVG.
    """

    width: int = 420
    scale: float = 2.0
    png: bool = True


class ChartPublisher:
    """Implements `ports.Publisher`."""

    name = "chart"
    shows_pages = False

    def __init__(self, options: Options) -> None:
        self._options = options

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """An SVG and a PNG for each edition that has stories."""
        for edition in issue.editions:
            if not edition.chart.bars:
                continue
            stem = f"{edition.window.day.isoformat()}/{edition.kind}"
            picture = draw(edition.chart, edition.language, self._options.width)
            yield Delivery(path=f"{stem}.svg", body=picture, media_type="image/svg+xml")
            if self._options.png:
                png = to_png(picture, self._options.scale)
                yield Delivery(path=f"{stem}.png", body=png, media_type="image/png")


def make(options: Options, tools: Tools) -> ChartPublisher:  # noqa: ARG001 - every plugin gets its tools
    """The publisher."""
    return ChartPublisher(options)
