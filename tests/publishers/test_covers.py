"""A cover stands on the first page of its day, drawn anew and bounded; without one nothing changes."""

from __future__ import annotations

import base64
import io
import logging
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from lxml import html
from msgspec.structs import replace
from PIL import Image
from tests.publishers.test_site import NOW, EditionDays

from daybrief.adapters.files import Mirror
from daybrief.app import App, RunRequest
from daybrief.app.outputs import build_site
from daybrief.app.ports import Ports
from daybrief.app.runs import recorded_settings
from daybrief.config import Settings
from daybrief.errors import DeliveryError
from daybrief.languages import LANGUAGES
from daybrief.languages.phrases import phrases
from daybrief.publishers._site.pages import SiteOptions
from daybrief.publishers.html import Options, edition_page
from daybrief.testing.editions import DAY, founding, issue, news

SECRET = b"made by somebody"


def put(folder: Path, day: str = DAY.isoformat(), side: int = 1200) -> Path:
    """A painted file with a note in it."""
    place = folder / day / "cover.jpg"
    place.parent.mkdir(parents=True)
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(place, "JPEG", comment=SECRET)
    return place


def ports(covers: Path | str) -> Ports:
    return App(Settings(covers=str(covers)), {}).ports


def shown(page: str | bytes) -> list[html.HtmlElement]:
    return html.document_fromstring(page).xpath("//figure[@class='cover']/img")


def test_a_cover_is_drawn_anew_within_its_bounds(tmp_path: Path) -> None:
    place = put(tmp_path)
    assert SECRET in place.read_bytes()
    cover = ports(tmp_path).cover(DAY)
    assert cover is not None
    assert SECRET not in cover.picture
    assert len(cover.picture) <= 60_000
    with Image.open(io.BytesIO(cover.picture)) as again:
        assert (again.format, again.size) == ("JPEG", (cover.width, cover.height))
        assert again.width <= 720
        assert again.height <= 540


def test_a_day_without_a_cover_and_settings_without_a_folder_show_none(tmp_path: Path) -> None:
    put(tmp_path)
    assert ports(tmp_path).cover(DAY + timedelta(days=1)) is None
    assert ports("").cover(DAY) is None
    page = edition_page(founding(), issue(founding()), Options())
    assert not shown(page)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        b"GIF89a" + bytes(20),
        b"\xff\xd8\xff\xe0",
    ],
)
def test_a_file_that_is_no_picture_is_named_with_what_to_do(raw: bytes, tmp_path: Path) -> None:
    put(tmp_path).write_bytes(raw)
    with pytest.raises(DeliveryError, match=r"cover\.jpg") as refused:
        ports(tmp_path).cover(DAY)
    assert refused.value.hint


def test_a_picture_of_too_few_pixels_is_refused(tmp_path: Path) -> None:
    put(tmp_path, side=40)
    with pytest.raises(DeliveryError, match="40 x 40 pixels"):
        ports(tmp_path).cover(DAY)


@pytest.mark.parametrize("language", [language.code for language in LANGUAGES if language.code != "zh"])
def test_the_first_page_of_a_day_shows_it_with_words_for_those_who_do_not_see(
    language: str, tmp_path: Path
) -> None:
    put(tmp_path)
    cover = ports(tmp_path).cover(DAY)
    both = founding(language), news(language)
    given = replace(issue(*both), cover=cover)
    (picture,) = shown(edition_page(both[0], given, Options()))
    assert picture.get("alt") == phrases(language)("cover.alt")
    assert cover is not None
    assert picture.get("src") == "data:image/jpeg;base64," + base64.b64encode(cover.picture).decode()
    assert (picture.get("width"), picture.get("height")) == (str(cover.width), str(cover.height))
    assert not shown(edition_page(both[1], given, Options()))


def test_a_site_takes_a_new_cover_in_and_makes_nothing_else_anew(tmp_path: Path) -> None:
    shelved = EditionDays(founding(), news(), founding(day=DAY - timedelta(days=1)))
    options, out = SiteOptions(pictures=False), tmp_path / "site"
    covers = ports(tmp_path / "covers").cover

    def build() -> int:
        return build_site(shelved, Mirror(out), options, NOW, "daybrief 1.0", covers).made

    page = out / DAY.isoformat() / "papers.html"
    assert (build(), shown(page.read_bytes())) == (2, [])
    put(tmp_path / "covers")
    assert (build(), len(shown(page.read_bytes()))) == (1, 1)
    assert build() == 0


def test_a_run_with_a_broken_cover_is_published_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(tmp_path / "covers", "2024-11-26").write_bytes(b"no picture")
    out = tmp_path / "out"
    own = {"covers": str(tmp_path / "covers"), "out": str(out), "archive": str(tmp_path / "a.sqlite")}
    settings = msgspec.convert({**(recorded_settings("founding") or {}), **own}, Settings)
    with caplog.at_level(logging.WARNING):
        App(settings, {}).run(RunRequest(replay="founding"))
    assert not shown((out / "2024-11-26" / "papers.html").read_bytes())
    assert "cover.jpg cannot be shown" in caplog.text
