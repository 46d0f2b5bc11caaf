"""The feeds are read back without complaint, and their ids never change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from lxml import etree, html

from daybrief.errors import ConfigError
from daybrief.model import Delivery, Edition
from daybrief.ports import Tools
from daybrief.publishers.feeds import Options, make
from daybrief.render.story import address_of
from daybrief.testing.editions import DAY, MADE_AT, founding, hostile, issue, large, news, quiet, taxonomy


def feeds(*editions: Edition, **options: object) -> dict[str, Delivery]:
    publisher = make(Options(**options), Tools(taxonomy=taxonomy()))  # type: ignore[arg-type]
    return {d.path: d for d in publisher.publish(issue(*editions))}


@pytest.mark.parametrize("shown", [founding(), founding("en"), hostile(), news(), quiet(), large()])
@pytest.mark.parametrize("path", ["feed.xml", "atom.xml"])
def test_a_feed_reader_has_nothing_to_complain_about(shown: Edition, path: str) -> None:
    body = feeds(shown, base_url="https://example.org/brief/")[path].body
    etree.fromstring(body)
    read = feedparser.parse(body)
    assert not read.bozo
    (entry,) = read.entries
    assert entry.id == f"tag:example.org,2024-01-01:daybrief/2024-11-26/{shown.kind}"
    assert entry.link == f"https://example.org/brief/2024-11-26/{shown.kind}.html"
    assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == MADE_AT


@pytest.mark.parametrize("shown", [founding(), hostile(), large()])
def test_entries_hold_no_foreign_markup(shown: Edition) -> None:
    for path, delivery in feeds(shown).items():
        content = (
            json.loads(delivery.body)["items"][0]["content_html"]
            if path.endswith("json")
            else feedparser.parse(delivery.body, sanitize_html=False).entries[0].summary
        )
        tree = html.fragment_fromstring(content, create_parent="div")
        assert {e.tag for e in tree.iter()} <= {"div", "p", "strong", "h3", "ul", "li", "a"}
        assert {a.get("href") for a in tree.iter("a")} <= {address_of(s) for s in shown.stories}
        assert len(list(tree.iter("li"))) == len(shown.stories)


def test_the_json_feed_is_what_version_1_1_asks_for() -> None:
    feed = json.loads(feeds(founding(), news())["feed.json"].body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [i["id"].rsplit("/", 1)[-1] for i in feed["items"]] == ["papers", "news"]
    for entry in feed["items"]:
        assert entry["content_html"]
        assert datetime.fromisoformat(entry["date_published"].replace("Z", "+00:00")).tzinfo


def test_newest_first_and_no_more_than_asked() -> None:
    old = [founding(day=DAY - timedelta(days=n)) for n in (3, 1, 2)]
    read = feedparser.parse(feeds(founding(), *old, most=3)["atom.xml"].body)
    assert [e.id.split("/")[-2] for e in read.entries] == ["2024-11-26", "2024-11-25", "2024-11-24"]


def test_ids_stay_when_the_site_moves() -> None:
    before = feeds(news(), base_url="https://old.example/")["atom.xml"].body
    after = feeds(news(), base_url="https://new.example/x", authority="old.example")["atom.xml"].body
    assert feedparser.parse(before).entries[0].id == feedparser.parse(after).entries[0].id


def test_without_an_address_the_feeds_are_still_valid() -> None:
    for path in ("feed.xml", "atom.xml"):
        read = feedparser.parse(feeds(news())[path].body)
        assert not read.bozo
        assert read.entries[0].link.startswith("https://daybrief.invalid/")


def test_no_editions_make_empty_valid_feeds() -> None:
    publisher = make(Options(), Tools(taxonomy=taxonomy()))
    empty = issue(news())
    bare = type(empty)(day=empty.day, editions=(), recent=())
    first = list(publisher.publish(bare))
    assert first == list(publisher.publish(bare))
    assert not any(feedparser.parse(d.body).bozo for d in first if d.path.endswith("xml"))


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="ftp"):
        Options(base_url="ftp://example.org")


@pytest.mark.parametrize(("language", "card"), [("ko", "재현: 성립."), ("en", "Reproduced: held.")])
def test_an_entry_says_in_short_what_became_of_a_paper_that_was_tried_here(language: str, card: str) -> None:
    body = json.loads(feeds(founding(language))["feed.json"].body)
    lines = html.fromstring(body["items"][0]["content_html"]).xpath("//li")
    tried = [line.text_content() for line in lines if card in line.text_content()]
    assert tried
    assert len(tried) < len(lines), "papers that nobody tried have no card"
