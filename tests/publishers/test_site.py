"""A site of many days: every link leads somewhere, nothing foreign is asked for, builds are incremental."""

from __future__ import annotations

import json
import pickle
import posixpath
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lxml import etree, html

from daybrief.adapters.files import NOTES, Mirror
from daybrief.app import outputs
from daybrief.app.outputs import Built, build_site
from daybrief.errors import ConfigError
from daybrief.model import Edition, EditionKind
from daybrief.publishers._site.catalogue import (
    Catalogue,
    IndexedStory,
    SearchIndex,
    monday,
    outlined,
    shard_of,
)
from daybrief.publishers._site.pages import SiteOptions, trend
from daybrief.testing.editions import DAY, founding, hostile, large, news, quiet
from daybrief.text.words import tokens

NOW = datetime(2024, 12, 1, tzinfo=UTC)
BASE = "https://example.org/brief/"


class EditionDays:
    """`outputs.KeptEditions` of these editions."""

    def __init__(self, *editions: Edition) -> None:
        self.editions = {(e.window.day, e.kind): e for e in editions}

    def digests(self) -> dict[date, dict[EditionKind, str]]:
        shelved: dict[date, dict[EditionKind, str]] = {}
        for day, kind in sorted(self.editions):
            shelved.setdefault(day, {})[kind] = self.editions[day, kind].digest
        return shelved

    def edition(self, day: date, kind: EditionKind) -> Edition | None:
        return self.editions.get((day, kind))


def many_days(language: str = "ko") -> EditionDays:
    old = [founding(language, day=DAY - timedelta(days=n)) for n in (1, 2, 9, 30, 40)]
    return EditionDays(
        *old,
        founding(language),
        news(language),
        news(language, day=DAY - timedelta(days=2)),
        hostile(language, day=DAY - timedelta(days=3)),
        large(40, language, day=DAY - timedelta(days=8)),
        quiet(language, day=DAY - timedelta(days=5)),
    )


def build(
    shelved: EditionDays, out: Path, base_url: str = BASE, pictures: bool = False, **fields: str
) -> Built:
    options = SiteOptions(base_url=base_url, pictures=pictures, **fields)
    return build_site(shelved, Mirror(out), options, NOW, "daybrief 1.0")


def files(out: Path) -> dict[str, bytes]:
    paths = (p for p in out.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in paths}


def shared_out(call: Callable[[int], Any], jobs: Sequence[int]) -> dict[int, Any]:
    """Has the jobs done as forks do: in any order, with answers that went through a file."""
    return {job: pickle.loads(pickle.dumps(call(job))) for job in reversed(jobs)}


@pytest.mark.parametrize("span", [1, 2, 3, 100])
def test_days_that_several_processes_share_give_the_same_files(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, span: int
) -> None:
    monkeypatch.setattr(outputs, "_SPAN", span)
    options = SiteOptions(base_url=BASE, pictures=True)
    done = build_site(many_days(), Mirror(tmp_path), options, NOW, "daybrief 1.0", divide=shared_out)
    assert files(tmp_path) == files(site)
    assert (tmp_path / NOTES).read_bytes() == (site / NOTES).read_bytes()
    again = build_site(many_days(), Mirror(tmp_path), options, NOW, "daybrief 1.0", divide=shared_out)
    assert (again.made, again.removed, again.stories) == (0, 0, done.stories)
    assert done.made == done.days


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    build(many_days(), out, pictures=True)
    return out


def broken_links(published: dict[str, bytes], base: str) -> list[tuple[str, str]]:
    """(page, address) of each address within the site that has no file, or no such place in its file."""
    pages = {p: html.document_fromstring(body) for p, body in published.items() if p.endswith(".html")}
    ids = {path: {e.get("id") for e in page.iter() if e.get("id")} for path, page in pages.items()}
    lost = []
    for path, page in pages.items():
        for element in page.iter("a", "link", "script", "img", "form"):
            href = element.get("href") or element.get("src") or element.get("action") or ""
            inside = href.removeprefix(base) if href.startswith(base) else href
            parts = urlsplit(inside)
            if parts.scheme or parts.netloc or not href:
                continue
            where = unquote(parts.path).removeprefix(urlsplit(base).path if path == "404.html" else "")
            folder = "" if inside != href or path == "404.html" else posixpath.dirname(path)
            target = posixpath.normpath(posixpath.join(folder, where)) if where else path
            target = "index.html" if target == "." else target
            fragment = unquote(parts.fragment)
            if target not in published or (fragment and fragment not in ids.get(target, set())):
                lost.append((path, href))
    return lost


def test_every_link_of_a_site_of_many_days_leads_somewhere(site: Path) -> None:
    published = files(site)
    assert broken_links(published, BASE) == []
    linked = {m for body in published.values() for m in re.findall(rb'href="([^"]+)"', body)}
    assert len(linked) > 100


def test_the_check_of_links_sees_a_missing_page_and_a_missing_place(site: Path) -> None:
    published = files(site)
    del published["2024-11-25/papers.html"]
    assert ("index.html", "2024-11-25/papers.html") in broken_links(published, BASE)
    published["archive.html"] = b'<html><a href="index.html#nowhere">x</a></html>'
    assert ("archive.html", "index.html#nowhere") in broken_links(published, BASE)


def test_every_page_is_reached_from_the_front_page(site: Path) -> None:
    published = files(site)
    seen, ahead = set(), ["index.html"]
    while ahead:
        path = ahead.pop()
        if path in seen or path not in published or not path.endswith(".html"):
            continue
        seen.add(path)
        for a in html.document_fromstring(published[path]).iter("a"):
            where = urlsplit(a.get("href", ""))
            if not where.scheme and where.path:
                ahead.append(posixpath.normpath(posixpath.join(posixpath.dirname(path), where.path)))
    assert {p for p in published if p.endswith(".html")} - seen == {"404.html"}


def test_pages_load_nothing_foreign_and_no_address_in_them_depends_on_the_host(site: Path) -> None:
    for path, body in files(site).items():
        if not path.endswith(".html"):
            continue
        page = html.document_fromstring(body)
        parts = [e for e in page.iter("script", "img", "link") if e.get("rel") != "canonical"]
        loaded = [e.get("src") or e.get("href") for e in parts]
        assert not [address for address in loaded if "//" in address]
        if path != "404.html":
            assert not [a.get("href") for a in page.iter("a") if a.get("href").startswith("/")]
        policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert ("script-src 'self'" in policy) is (path == "search.html")
        assert not page.xpath("//@style")
        assert not page.xpath("//script[not(@src)]")


def test_the_same_archive_gives_the_same_bytes_and_a_second_build_writes_nothing(site: Path) -> None:
    before = {p: (site / p).stat().st_mtime_ns for p in files(site)}
    built = build(many_days(), site, pictures=True)
    assert (built.made, built.removed) == (0, 0)
    assert {p: (site / p).stat().st_mtime_ns for p in files(site)} == before


def test_a_site_draws_one_picture_an_edition_and_every_file_of_it_refers_to_that(site: Path) -> None:
    drawn = [path for path in files(site) if path.endswith(("papers.svg", "papers.png"))]
    assert drawn
    assert not [path for path in drawn if path.endswith(".png")]
    for path in drawn:
        day = (site / path).parent
        assert "(papers.svg)" in (day / "papers.md").read_text(encoding="utf-8")
        assert "papers.png" not in (day / "papers.html").read_text(encoding="utf-8")


def test_a_new_day_rewrites_that_day_and_the_one_before_it(tmp_path: Path) -> None:
    days = many_days()
    build(days, tmp_path)
    before = {p: (tmp_path / p).stat().st_mtime_ns for p in files(tmp_path)}
    build_again = build(EditionDays(*days.editions.values(), founding(day=DAY + timedelta(days=1))), tmp_path)
    assert build_again.made == 2
    changed = {p for p in files(tmp_path) if before.get(p) != (tmp_path / p).stat().st_mtime_ns}
    assert {p[:10] for p in changed if p.startswith("2024")} == {"2024-11-26", "2024-11-27"}
    assert 'href="../2024-11-27/papers.html" rel="next"' in (tmp_path / "2024-11-26/papers.html").read_text()


def test_a_day_that_is_gone_vanishes_with_its_links_and_files_of_others_stay(tmp_path: Path) -> None:
    days = many_days()
    build(days, tmp_path)
    (tmp_path / "CNAME").write_text("brief.example.org")
    (tmp_path / "2024-11-25" / "notes.txt").write_text("mine")
    left = [e for e in days.editions.values() if e.window.day not in {DAY, DAY - timedelta(days=1)}]
    built = build(EditionDays(*left), tmp_path)
    assert built.removed
    assert not (tmp_path / "2024-11-26").exists()
    assert [p.name for p in (tmp_path / "2024-11-25").iterdir()] == ["notes.txt"]
    assert (tmp_path / "CNAME").exists()
    published = files(tmp_path)
    assert broken_links(published, BASE) == []
    del published["search.html"]  # its help shows a day as an example
    assert not [p for p, body in published.items() if p.endswith(".html") and b"2024-11-26" in body]


def test_a_file_of_the_site_that_was_deleted_or_the_notes_that_broke_are_made_again(tmp_path: Path) -> None:
    build(many_days(), tmp_path)
    (tmp_path / "2024-11-26/papers.html").unlink()
    assert build(many_days(), tmp_path).made == 1
    (tmp_path / ".daybrief-mirror.json").write_text("{broken")
    assert build(many_days(), tmp_path).made == 9
    assert (tmp_path / "2024-11-26/papers.html").exists()


def test_notes_that_name_files_elsewhere_are_not_believed(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "precious").write_text("mine")
    notes = {"schema": "daybrief.mirror/1", "parts": {"x": {"mark": "", "files": ["../precious"]}}}
    (tmp_path / "site/.daybrief-mirror.json").write_text(json.dumps(notes))
    build(EditionDays(quiet()), tmp_path / "site")
    assert (tmp_path / "precious").exists()


def test_without_an_address_there_is_nothing_that_needs_one(tmp_path: Path) -> None:
    build(many_days(), tmp_path, base_url="")
    published = files(tmp_path)
    assert not {"sitemap.xml", "feed.xml", "atom.xml", "feed.json"} & published.keys()
    assert broken_links(published, "") == []
    assert not [p for p, body in published.items() if p.endswith(".html") and b"daybrief.invalid" in body]
    assert "<a" not in re.sub(r'<a class="skip".*?</a>', "", published["404.html"].decode())


def test_an_empty_archive_still_has_a_whole_site(tmp_path: Path) -> None:
    assert build(EditionDays(), tmp_path).days == 0
    published = files(tmp_path)
    assert {"index.html", "archive.html", "categories.html", "search.html", "404.html"} <= published.keys()
    assert broken_links(published, BASE) == []


def test_sitemap_feeds_manifest_and_the_list_of_days_name_only_what_is_there(site: Path) -> None:
    published = files(site)
    listed = etree.fromstring(published["sitemap.xml"]).xpath("//*[local-name()='loc']/text()")
    paths = [address.removeprefix(BASE) or "index.html" for address in listed]
    assert set(paths) == {p for p in published if p.endswith(".html")} - {"404.html"}
    assert f"Sitemap: {BASE}sitemap.xml" in published["robots.txt"].decode()
    entries = json.loads(published["feed.json"])["items"]
    assert entries
    assert all(entry["url"].removeprefix(BASE) in published for entry in entries)
    manifest = json.loads(published["manifest.webmanifest"])
    assert all(icon["src"] in published for icon in manifest["icons"])
    assert published["icon-192.png"].startswith(b"\x89PNG")
    for day in json.loads(published["days.json"])["days"]:
        assert all(edition[name] in published for edition in day["editions"] for name in ("page", "data"))


@pytest.mark.parametrize("address", ["ftp://example.org/", "example.org", "javascript:alert(1)", "https://"])
def test_an_address_that_is_none_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(ConfigError, match="no http"):
        SiteOptions(base_url=address)


def test_a_trend_counts_every_story_of_each_iso_week() -> None:
    catalogue = Catalogue("ko")
    days = sorted(many_days().editions.values(), key=lambda e: e.window.day)
    for edition in days:
        catalogue.add(outlined([edition], "ko"))
    weeks = catalogue.recent_weeks()
    assert weeks == tuple(sorted(weeks))
    assert weeks[-1] == monday(DAY)
    for stories in catalogue.categories.values():
        assert sum(column.count for column in trend(stories, weeks).columns) == stories.total
    assert sum(d.total for d in catalogue.categories.values()) == sum(len(e.stories) for e in days)


def test_a_calendar_shows_each_day_of_a_month_once_under_its_weekday(site: Path) -> None:
    page = html.document_fromstring((site / "archive/2024-11.html").read_bytes())
    rows = page.xpath("//table[@class='calendar']/tbody/tr")
    placed = {
        int(c.xpath(".//span[@class='date']")[0].text): n for r in rows for n, c in enumerate(r) if len(c)
    }
    assert placed == {day: date(2024, 11, day).weekday() for day in range(1, 31)}


def postings(codes: Sequence[int]) -> dict[int, list[int]]:
    places, at, story = {}, 0, 0
    while at < len(codes):
        story, code = story + codes[at], codes[at + 1]
        gaps = codes[at + 2 : at + 2 + code // 2]
        places[story] = [sum(gaps[: n + 1]) for n in range(len(gaps))]
        at += 2 + code // 2
    return places


def test_a_shard_holds_each_token_of_each_story_where_it_stands() -> None:
    words = SearchIndex("ko")
    texts = ["검색 증강 생성", "Retrieval-augmented generation", "검색엔진의 검색"]
    for text in texts:
        words.put(IndexedStory(title=text, at="x-1", texts=()), (text,))
    shards = {d.path: json.loads(d.body) for d in words.files()}
    count = sum(path.startswith("search/words/") for path in shards)
    for number, text in enumerate(texts):
        twice = [*tokens(text), *tokens(text)]
        for word in {token.word for token in twice}:
            places = postings(shards[f"search/words/{shard_of(word, count)}.json"][word])
            assert places[number] == [place for place, token in enumerate(twice) if token.word == word]
