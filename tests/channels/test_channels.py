"""Messages of channels: within every limit, nothing lost, and nothing a title says is obeyed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from msgspec.structs import replace

from daybrief.channels import discord, email, slack, telegram, webhook
from daybrief.channels._message import MessageLine, TextRun, divided
from daybrief.errors import ConfigError, DeliveryError
from daybrief.model import Edition, Link, Message, Rising
from daybrief.ports import Channel, Tools
from daybrief.render.page import lead_of, page
from daybrief.testing.editions import (
    HOSTILE_TITLES,
    edition,
    editions,
    founding,
    hostile,
    issue,
    item,
    large,
    news,
    quiet,
    story,
    taxonomy,
)
from daybrief.text.latex import readable

TOOLS = Tools(taxonomy=taxonomy())
SLACK = slack.make(slack.Options(url_env="HOOK"), TOOLS)
DISCORD = discord.make(discord.Options(url_env="HOOK"), TOOLS)
TELEGRAM = telegram.make(telegram.Options(token_env="TOKEN", chats=("-100",)), TOOLS)
WEBHOOK = webhook.make(webhook.Options(url="https://example.org/in"), TOOLS)
EMAIL = email.make(
    email.Options(
        host="mail.example.org", sender="Brief <a@example.org>", to=("b@example.org",), chart=False
    ),
    TOOLS,
)
CHATS: tuple[Channel, ...] = (SLACK, DISCORD, TELEGRAM)
CHANNELS: tuple[Channel, ...] = (*CHATS, WEBHOOK, EMAIL)
EVERY = [founding(), founding("en"), hostile(), hostile("en"), news(), quiet(), large(100)]


def texts(node: Any) -> list[str]:
    """Every text of Slack's blocks."""
    if isinstance(node, dict):
        return [node["text"]] if isinstance(node.get("text"), str) else texts(node.get("elements", []))
    return [text for child in node for text in texts(child)]


def read(message: Message) -> str:
    """The text that a reader of the destination sees."""
    if message.channel == "email":
        mail = message_from_bytes(message.body, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        part = mail.get_body(("html",))
        assert part is not None
        return str(lxml_html.fromstring(part.get_content()).text_content())
    body = json.loads(message.body)
    if message.channel == "slack":
        return "".join(texts(body["blocks"]))
    if message.channel == "discord":
        description = re.sub(r"\]\([^()\s]*\)", "", body["embeds"][0]["description"].replace("**", ""))
        return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", description)
    return str(lxml_html.fromstring(f"<div>{body['text']}</div>").text_content())


def squeezed(text: str) -> str:
    """Letters and digits alone: blanks, marks where a text goes on, and escapes are the destination's own."""
    return "".join(re.findall(r"\w", text.replace("\u2060", "")))


def within(message: Message) -> bool:
    """Whether a message keeps its channel's limits, counted without the channel's own code."""
    if message.channel == "email":
        return len(message.body) < 5 * 2**20 and max(map(len, message.body.split(b"\r\n"))) <= 998
    body = json.loads(message.body)
    if message.channel == "slack":
        blocks = body["blocks"]
        text = sum(len("".join(texts([b])).encode("utf-16-le")) // 2 for b in blocks)
        each = all(len("".join(texts([b])).encode("utf-16-le")) // 2 <= 3_000 for b in blocks)
        return 0 < len(blocks) <= 50 and each and text <= 12_000 and len(message.body) <= 40_000
    if message.channel == "discord":
        described = [embed["description"] for embed in body["embeds"]]
        sizes = [len(text.encode("utf-16-le")) // 2 for text in described]
        return len(sizes) <= 10 and max(sizes) <= 4_096 and sum(sizes) <= 6_000 and min(sizes) > 0
    if message.channel == "telegram":
        parsed = str(lxml_html.fromstring(f"<div>{body['text']}</div>").text_content())
        entities = len(re.findall(r"<[ab][ >]", body["text"]))
        return 0 < len(parsed.encode("utf-16-le")) // 2 <= 4_096 and entities <= 100
    return True


def whole(of: Edition, message_text: str) -> list[str]:
    """Titles and sentences of an edition that a text lacks."""
    view = page(of)
    wanted = [story.title for section in view.sections for story in section.stories]
    wanted += [s.text for v in view.sections for p in v.parts for b in p.bullets for s in b.sentences]
    squeezed_told = squeezed(message_text)
    return [text for text in wanted if squeezed(text) not in squeezed_told]


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda c: c.name)
@pytest.mark.parametrize("of", EVERY, ids=lambda e: f"{e.kind}-{e.language}-{len(e.stories)}")
def test_every_message_keeps_the_limits_and_together_they_hold_everything(
    channel: Channel, of: Edition
) -> None:
    messages = list(channel.messages(issue(of)))
    assert messages
    assert all(map(within, messages))
    assert messages == list(channel.messages(issue(of)))
    assert len({m.key for m in messages}) == len(messages)
    assert [m.part for m in messages] == list(range(1, len(messages) + 1))
    if channel is WEBHOOK:
        assert json.loads(messages[0].body)["data"]["digest"] == of.digest
    else:
        assert whole(of, "".join(map(read, messages))) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(editions(), st.sampled_from(CHATS))
def test_no_edition_at_all_makes_a_chat_message_too_long_or_loses_a_word(
    of: Edition, channel: Channel
) -> None:
    messages = list(channel.messages(issue(of)))
    assert all(map(within, messages))
    assert whole(of, "".join(map(read, messages))) == []


@pytest.mark.parametrize("channel", CHATS, ids=lambda c: c.name)
@pytest.mark.parametrize("sort", ["sentences", "words", "letters"])
def test_an_item_longer_than_a_message_is_divided_and_nothing_of_it_is_lost(
    channel: Channel, sort: str
) -> None:
    text = {
        "sentences": "A long sentence is here & there <b>. " * 400,
        "words": "word*of_many " * 2_000 + ".",
        "letters": "가나" * 6_000 + ".",
    }[sort]
    of = edition([(story(item(1, "A title", text)), "llm")])
    messages = list(channel.messages(issue(of)))
    assert all(map(within, messages))
    assert whole(of, "".join(map(read, messages))) == []
    if sort == "sentences":
        ends = [read(m).rstrip().rstrip("…").rstrip()[-1] for m in messages[:-1]]
        assert set(ends) <= {".", ">"}


PINGS = "@everyone @here <!channel> <@U123> <@&1> @durov <#C1> https://evil.example/x evil.example :tada:"


def test_no_title_pings_anybody_and_links_lead_to_items_alone() -> None:
    of = edition([(story(item(1, PINGS, f"{PINGS} is said.")), "llm")])
    (message,) = DISCORD.messages(issue(of))
    body = json.loads(message.body)
    assert body["allowed_mentions"] == {"parse": []}
    text = body["embeds"][0]["description"]
    assert not re.search(r"(?<!\\)[<@]|(?<!\\):(?=//evil)", text)
    paper = {f"https://arxiv.org/{form}/2411.00001" for form in ("abs", "pdf")}
    assert set(re.findall(r"\]\((\S+?)\)", text)) == paper
    (message,) = SLACK.messages(issue(of))
    kinds = re.findall(r'"type":"(\w+)"', message.body.decode())
    assert set(kinds) == {"rich_text", "rich_text_list", "rich_text_section", "text", "link"}
    assert set(re.findall(r'"url":"([^"]+)"', message.body.decode())) == paper
    (message,) = TELEGRAM.messages(issue(of))
    text = json.loads(message.body)["text"]
    assert set(re.findall(r'href="([^"]+)"', text)) == paper
    outside = re.sub(r"<[^>]+>", "", text)
    assert not re.search(r"@\w|://|evil\.e", outside)


def mail_of(of: Edition, **options: Any) -> tuple[EmailMessage, Message]:
    fields: dict[str, Any] = {"host": "h", "sender": "Brief <a@example.org>", "to": ("b@example.org",)}
    channel = email.make(email.Options(**(fields | options)), TOOLS)
    message = next(iter(channel.messages(issue(of))))
    parsed = message_from_bytes(message.body, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed, message


def test_a_mail_is_multipart_with_its_chart_inside_and_headers_as_standards_have_them() -> None:
    leave = "https://example.org/leave/" + "a" * 120 + "?who={recipient}"
    mail, message = mail_of(founding(), unsubscribe=leave)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]
    picture = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    body = mail.get_body(("html",))
    assert body is not None
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in body.get_content()
    assert picture.get_content().startswith(b"\x89PNG")
    assert mail["Message-ID"] == f"<{message.key}@example.org>"
    assert mail["Date"].datetime == founding().made_at
    line = f"List-Unsubscribe: <{leave.replace('{recipient}', 'b%40example.org')}>".encode()
    assert line in message.body.split(b"\r\n")  # one line: mail programs do not decode it
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "cc" not in mail
    assert "bcc" not in mail


@pytest.mark.parametrize("made", [founding(gists=True), founding("en", gists=True)])
def test_subject_preview_and_notice_tell_the_day_s_stories(made: Edition) -> None:
    mail, message = mail_of(made)
    view = page(made)
    assert lead_of(view)
    assert message.subject.startswith(lead_of(view))
    assert mail["Subject"] == message.subject  # whatever its length, no blank is lost
    body = mail.get_body(("html",))
    assert body is not None
    (preview,) = lxml_html.fromstring(body.get_content()).xpath("//div[@class='preview']")
    assert preview.text_content().startswith(view.headlines[1].sentences[0].text[:100])
    (first, *_) = SLACK.messages(issue(made))
    assert json.loads(first.body)["text"].startswith(lead_of(view))


def test_the_html_of_a_mail_holds_no_script_no_foreign_picture_and_no_table() -> None:
    for of in (hostile(), founding("en")):
        body = mail_of(of, chart=False)[0].get_body(("html",))
        assert body is not None
        tree = lxml_html.fromstring(body.get_content())
        assert not tree.xpath("//script|//table|//img|//link|//iframe|//form|//@onerror|//@onclick")
        assert all(url.startswith(("https:", "http:", "mailto:")) for url in tree.xpath("//@href"))


def test_the_plain_text_of_a_mail_reads_by_itself() -> None:
    part = mail_of(founding("en"), site="https://example.org/b")[0].get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert all(len(line) <= 78 or line.strip().startswith("http") for line in text.splitlines())
    assert "https://example.org/b/2024-11-26/papers.html" in text
    assert "  https://arxiv.org/abs/2411.15124" in text.splitlines()
    assert whole(founding("en"), text) == []


@pytest.mark.parametrize("form", ["plain", "html"])
def test_a_short_mail_has_a_line_a_story_and_the_way_to_the_rest(form: str) -> None:
    of = founding(gists=True)
    mails = [mail_of(of, short=short, site="https://example.org/b")[0] for short in (True, False)]
    pictures = [[part for part in mail.walk() if part.get_content_type() == "image/png"] for mail in mails]
    assert [len(those) for those in pictures] == [0, 1]
    bodies = [mail.get_body((form,)) for mail in mails]
    short, long = (" ".join(body.get_content().split()) for body in bodies if body is not None)
    for entry in of.stories:
        title = readable(entry.lead.title).replace("&", "&amp;" if form == "html" else "&")
        assert " ".join(title.split()) in short
    assert "오늘의 핵심" in short
    assert "https://example.org/b/2024-11-26/papers.html" in short
    assert "PDF" in long
    assert "PDF" not in short
    assert page(of).chart.alt.split(".")[0] not in short
    assert len(short) < len(long) * 0.85


def test_a_long_edition_comes_in_several_mails_that_programs_show_whole() -> None:
    messages = list(EMAIL.messages(issue(large(120))))
    assert len(messages) > 1
    for message in messages:
        parsed = message_from_bytes(message.body, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        body = parsed.get_body(("html",))
        assert body is not None
        assert len(body.get_content().encode()) < 102_000


@pytest.mark.parametrize(
    "to", ["a@b.c\r\nBcc: x@y.z", "a b@c.d", "", "a@b@c", "x@y.z, q@r.s", "한@example.org", "<a@b.c> x"]
)
def test_an_address_that_would_add_a_header_or_a_reader_is_refused(to: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        email.Options(host="h", sender="a@example.org", to=(to,))


@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_no_title_changes_the_headers_of_a_mail(title: str) -> None:
    of = edition([(story(item(1, title, "We try.")), "llm")])
    mail = mail_of(of, chart=False)[0]
    assert len(mail.keys()) == len(set(mail.keys()))
    assert mail["To"] == "b@example.org"


def test_a_secret_written_where_a_name_belongs_is_refused_and_not_repeated() -> None:
    for build in (
        lambda s: slack.Options(url_env=s),
        lambda s: discord.Options(url_env=s),
        lambda s: telegram.Options(token_env=s, chats=()),
        lambda s: webhook.Options(url="https://example.org/", secret_env=s),
        lambda s: email.Options(host="h", sender="a@b.c", to=(), user="u", password_env=s),
    ):
        with pytest.raises(ConfigError) as refused:
            build("https://hooks.example/T0/canary-secret")
        assert "canary" not in str(refused.value)


def test_a_day_that_may_still_bring_something_is_not_told_and_a_quiet_one_is() -> None:
    from daybrief.model import SourceReport

    waiting = edition((), sources=(SourceReport(source="arxiv", state="waiting", items=0),))
    assert [len(list(c.messages(issue(waiting)))) for c in CHANNELS] == [0] * len(CHANNELS)
    assert [len(list(c.messages(issue(quiet())))) for c in CHANNELS] == [1] * len(CHANNELS)


@pytest.mark.parametrize(("language", "card"), [("ko", "재현: 성립."), ("en", "Reproduced: held.")])
def test_a_mail_says_in_short_what_became_of_a_paper_that_was_tried_here(language: str, card: str) -> None:
    for kind in ("plain", "html"):
        content = ""
        for message in EMAIL.messages(issue(founding(language))):
            mail = message_from_bytes(message.body, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            part = mail.get_body((kind,))
            assert part is not None
            content += part.get_content()
        assert card in content, kind


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: webhook.Options(), "it needs url or url_env"),
    (lambda: webhook.Options(url="https://example.org/in", url_env="HOOK"), "it needs url or url_env"),
    (lambda: webhook.Options(url="ftp://example.org/in"), "url is no http"),
    (lambda: webhook.Options(url="https://[::1/in"), "url is no http"),
    (lambda: webhook.Options(url="https://user@example.org/in"), "url is no http"),
    (lambda: webhook.Options(url="https://example.org/a b"), "url is no http"),
    (lambda: telegram.Options(token_env="TOKEN", chats=("my friends",)), "chats holds 'my friends'"),
    (lambda: email.Options(host="h", sender="a@b.c", to=(), unsubscribe="x" * 501), "longer than 500"),
    (
        lambda: email.Options(host="h", sender="a@b.c", to=(), unsubscribe="leave us"),
        "unsubscribe is no http",
    ),
    (
        lambda: email.Options(
            host="h", sender="a@b.c", to=(), user="u", password_env="PASSWORD", security="none"
        ),
        "would travel unencrypted",
    ),
]


@pytest.mark.parametrize(("build", "message"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_an_option_that_could_not_work_is_refused_before_anything_is_sent(
    build: Callable[[], object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        build()


def test_a_reader_leaves_by_mail_where_no_address_of_a_page_is_given() -> None:
    (mail, _) = mail_of(founding(), unsubscribe="mailto:leave@example.org")
    assert mail["List-Unsubscribe"] == "<mailto:leave@example.org>"
    assert mail["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("of", ["webhook", "email"])
def test_an_edition_larger_than_the_receiver_takes_is_an_error_that_names_its_size(of: str) -> None:
    small: Channel = (
        webhook.make(webhook.Options(url="https://example.org/in", max_bytes=100), TOOLS)
        if of == "webhook"
        else email.make(
            email.Options(host="h", sender="a@b.c", to=("b@example.org",), max_bytes=100, chart=False), TOOLS
        )
    )
    with pytest.raises(DeliveryError, match=r"has \d{4,} bytes"):
        list(small.messages(issue(founding())))


LINKLESS = item(1, "A thing without an address", "It is told all the same.", kind="news", url="javascript:x")


@pytest.mark.parametrize("channel", [*CHATS, EMAIL], ids=lambda c: c.name)
def test_words_of_the_day_and_a_story_without_an_address_are_told(channel: Channel) -> None:
    words = (
        Rising(text="world models", today=4, usual=0.5, days=28),
        Rising(text="gaussian splats", today=3),
    )
    of = edition([(story(LINKLESS), "ai-models")], kind="news", language="en")
    text = "".join(map(read, channel.messages(issue(replace(of, rising=words, digest="words")))))
    for title in ("A thing without an address", "world models", "gaussian splats"):
        assert squeezed(title) in squeezed(text)
    assert "javascript" not in text


@pytest.mark.parametrize("short", [False, True])
def test_a_story_without_an_address_is_a_line_of_plain_text(short: bool) -> None:
    of = edition([(story(LINKLESS), "ai-models")], kind="news", language="en")
    part = mail_of(of, short=short, chart=False)[0].get_body(("plain",))
    assert part is not None
    assert "- A thing without an address" in part.get_content()
    assert "javascript" not in part.get_content()


@pytest.mark.parametrize("channel", CHATS, ids=lambda c: c.name)
def test_a_link_that_would_fill_a_message_is_left_out_and_its_story_stays(channel: Channel) -> None:
    endless = Link(rel="project", url="https://example.org/" + "a" * 3_000)
    of = edition([(story(item(1, "A title", "We try.", links=(endless,))), "llm")])
    (message,) = channel.messages(issue(of))
    assert within(message)
    assert "aaaa" not in message.body.decode()
    assert "A title" in read(message)


def test_an_edition_of_one_section_is_divided_between_its_stories() -> None:
    rows = [
        (story(item(n, f"A title of number {n}", f"Paper {n} is here. One finding is told.")), "llm")
        for n in range(300)
    ]
    of = edition(rows, gists=True)
    messages = list(EMAIL.messages(issue(of)))
    assert len(messages) > 1
    assert all(map(within, messages))
    assert whole(of, "".join(map(read, messages))) == []


def test_a_story_that_alone_is_too_long_for_a_mail_comes_whole() -> None:
    of = edition([(story(item(1, "A title", "word " * 30_000 + ".")), "llm")])
    messages = list(EMAIL.messages(issue(of)))
    assert whole(of, "".join(map(read, messages))) == []


def test_a_line_of_several_sentences_is_divided_between_them() -> None:
    first = ["The first one is here.", "The second one is there."]
    text = " ".join([*first, "Three" * 19]) + "."
    line = MessageLine(kind="bullet", runs=(TextRun(text=text),))
    pieces = list(divided(line, lambda lines: sum(len(each.text) for each in lines) <= 40))
    assert [piece.text.strip(" …") for piece in pieces[:2]] == first
    assert squeezed("".join(piece.text for piece in pieces)) == squeezed(line.text)
