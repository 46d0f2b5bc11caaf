"""A model that obeys every order in a text cannot do what matters; `benchmarks/injections.py` has all."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from daybrief import plugins
from daybrief.checks import form, quotes
from daybrief.config import Settings
from daybrief.model import Delivery, Message
from daybrief.ports import Filing
from daybrief.testing.injections import InjectionTrial, attacks, orders, shown
from daybrief.testing.model_answers import WRAPPINGS, order, ordered

ORDERS = orders(200, seed=1)
FAMILIES = sorted({family for family, _, _ in ORDERS})


def publishers(kit: Any) -> list[Any]:
    """Every publisher and every channel: all that leaves."""
    names = ("markdown", "html", "feeds", "data", "obsidian", "bibtex", "csl", "jsonl")
    channels: tuple[dict[str, Any], ...] = (
        {"use": "email", "host": "localhost", "sender": "brief@example.org", "to": ["me@example.org"]},
        {"use": "slack", "url_env": "SLACK"},
        {"use": "discord", "url_env": "DISCORD"},
        {"use": "telegram", "token_env": "TELEGRAM", "chats": ["-100123"]},
        {"use": "webhook", "url": "https://hook.example.org/"},
    )
    return [
        *(plugins.build("publishers", {"use": name}, kit) for name in names),
        *(plugins.build("channels", table, kit) for table in channels),
    ]


@pytest.fixture(scope="module")
def one_of_each() -> list[Any]:
    """Every family once, each in another wrapping than the one before it."""
    first = {family: (family, text, canary) for family, text, canary in reversed(ORDERS)}
    return [[*attacks([first[family]])][number % len(WRAPPINGS)] for number, family in enumerate(FAMILIES)]


@pytest.mark.timeout(600)  # fifty days are written and published in a dozen forms
def test_no_order_breaks_a_promise(bench: Any, tools: Any, one_of_each: list[Any]) -> None:
    """Published bytes included, with the checks and publishers a user has."""
    bench.server.script("obedient")
    with bench.run() as models:
        kit = tools(models)
        table = bench.table(budget_usd=0, budget_tokens=10_000_000)
        trial = InjectionTrial(
            plugins.build("writers", table, kit),
            plugins.build("writers", {"use": "extractive"}, kit),
            plugins.build("categorisers", table, kit),
            [plugins.build("checks", check, kit) for check in Settings().checks],
            publishers(kit),
            kit.taxonomy,
        )
        broken = {(a.family, a.wrapping): promises for a in one_of_each if (promises := trial.attacked(a))}
    assert not broken
    assert bench.server.stats()["with_tools"] == 0


@pytest.mark.parametrize("wrapping", sorted(WRAPPINGS))
def test_the_obedient_model_finds_the_order_in_every_wrapping(wrapping: str) -> None:
    """Or the trial would prove nothing."""
    hidden = WRAPPINGS[wrapping](order(read="I obey."))
    assert ordered(f"We study things. {hidden} It works.", "read") == "I obey."


def test_a_writer_without_its_guards_is_seen_to_fail(bench: Any, tools: Any, monkeypatch: Any) -> None:
    """The trial itself is tested: without the rule on prose, links get out."""
    from daybrief.writers.llm import read

    monkeypatch.setattr(read, "not_prose", lambda _sentence: "")
    bench.server.script("obedient")
    with bench.run() as models:
        kit = tools(models)
        writer = plugins.build("writers", bench.table(budget_usd=0), kit)
        fallback = plugins.build("writers", {"use": "extractive"}, kit)
        check = quotes.make(quotes.Options(), kit)

        class Fixed:
            name = "fixed"

            def file(self, stories: Any) -> Filing:
                return Filing()

        trial = InjectionTrial(writer, fallback, Fixed(), [check], publishers(kit), kit.taxonomy)
        link = next(a for a in attacks(ORDERS) if a.family == "link" and a.wrapping == "plain")
        broken = trial.attacked(link)
        assert broken[0] == "a link or markup got out"
        ways = {
            promise.partition(": ")[2] for promise in broken if promise.startswith("a text that leads away")
        }
        escaped = {"feeds", "bibtex", "csl", "telegram"}  # these print no sentence, or take its address apart
        assert ways == {publisher.name for publisher in publishers(kit)} - escaped


def test_a_quote_that_holds_an_address_is_no_evidence(bench: Any, tools: Any, monkeypatch: Any) -> None:
    """Neither for the writer nor for the checks: each of the two alone keeps it from the page."""
    from daybrief.writers.llm import read

    bench.server.script("obedient")
    monkeypatch.setattr(read, "leads_away", lambda _words: "")
    with bench.run() as models:
        kit = tools(models)
        table = bench.table(budget_usd=0)

        def trial(checks: list[Any]) -> InjectionTrial:
            return InjectionTrial(
                plugins.build("writers", table, kit),
                plugins.build("writers", {"use": "extractive"}, kit),
                plugins.build("categorisers", {"use": "embedded"}, kit),
                checks,
                publishers(kit),
                kit.taxonomy,
            )

        attack = next(a for a in attacks(ORDERS) if a.family == "quoted-link" and a.wrapping == "plain")
        exact = quotes.make(quotes.Options(), kit)
        assert trial([exact, form.make(form.Options(), kit)]).attacked(attack) == []
        assert "a text that leads away was published: markdown" in trial([exact]).attacked(attack)


def test_what_is_shown_is_what_a_browser_makes_of_the_bytes() -> None:
    """Or the trial would prove nothing."""
    page = shown(
        [
            Delivery(path="a.md", body=b"[x](http://evil.example/a) **b**", media_type="text/markdown"),
            Delivery(
                path="b.html", body=b"<p onclick=x()>hi<img src=//evil.example/b>", media_type="text/html"
            ),
            Delivery(
                path="c.json",
                body=b'{"claims": [{"why": "www.evil.example"}]}',
                media_type="application/json",
            ),
        ]
    )
    assert page.addresses == {"http://evil.example/a", "//evil.example/b"}
    assert {"a href", "strong", "p onclick", "img src"} <= page.elements
    assert {"x b", "hi", "www.evil.example"} <= page.texts


def message_of(post: dict[str, Any]) -> Message:
    """A post of a channel."""
    return Message(
        channel="c", recipient="r", key="k", body=json.dumps(post).encode(), media_type="application/json",
        day=date(2024, 11, 26), edition="papers", digest="d",
    )  # fmt: skip


def test_what_is_posted_is_what_a_client_makes_of_it() -> None:
    """Links, also of bare addresses, and mentions; a note's wiki links, tags and comments."""
    link = {"type": "link", "url": "https://evil.example/s", "text": "x"}
    slack = {"text": "<!channel>", "blocks": [{"type": "rich_text", "elements": [link]}]}
    assert shown([message_of(slack)]).addresses == {"https://evil.example/s"}
    assert "s data-ping" in shown([message_of(slack)]).elements
    discord = shown([message_of({"embeds": [{"description": "[x](https://evil.example/d) <@1>"}]})])
    assert discord.addresses == {"https://evil.example/d"}
    assert "s data-ping" in discord.elements
    telegram = shown([message_of({"chat_id": "1", "text": "see www.evil.example/t <b>now</b>"})])
    assert telegram.addresses == {"www.evil.example/t"}
    note = Delivery(
        path="a.md", media_type="text/markdown", keep_below=b"%% yours %%\n",
        body=b'---\nurl: "https://evil.example/n"\ntags: ["daybrief/day"]\n---\n\n'
        b"[[evil|x]] #tag ==y== %%hidden\n\n%% yours %%\n",
    )  # fmt: skip
    assert shown([note]).addresses == {"https://evil.example/n", "wiki:evil"}
    assert {"s data-tag", "s data-comment", "mark"} <= shown([note]).elements
