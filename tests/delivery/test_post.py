"""The transport and the outbox: what each answer of a server means, over real connections."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Collector

from daybrief.adapters.archive import open_archive
from daybrief.adapters.transports import NetworkTransport
from daybrief.channels import email, slack, webhook
from daybrief.errors import ConfigError, SecretMissing
from daybrief.model import Drop, Edition, Issue, Message, Postal
from daybrief.ports import Channel, Hook, Route, SendResult, Smtp, Tools
from daybrief.stages.deliver import MOST_ATTEMPTS, Dispatcher, deliver, late_part, queue_late, send
from daybrief.testing import StoppedClock
from daybrief.testing.editions import edition, founding, hostile, issue, item, large, story, taxonomy
from daybrief.testing.server import HANG_UP, FakeHook, FakeSmtp, HookAnswer

TOOLS = Tools(taxonomy=taxonomy())
SECRET = "canary-secret-1234"
KEY = "whsec_" + base64.b64encode(b"k" * 24).decode()


def message(body: bytes = b"Subject: x\r\n\r\n.dot\r\n..two\r\n", to: str = "r@example.org") -> Message:
    return Message(channel="c", recipient=to, key="k1", body=body, media_type="application/json",
                   day=date(2024, 11, 26), edition="papers", digest="d")  # fmt: skip


def smtp(port: int, **fields: object) -> Smtp:
    return Smtp(host="127.0.0.1", port=port, security="none", sender="a@example.org", timeout_s=2, **fields)  # type: ignore[arg-type]


def mailed(script: dict[str, object]) -> tuple[SendResult, FakeSmtp]:
    with FakeSmtp(script) as server:  # type: ignore[arg-type]
        return NetworkTransport({}).send(message(), smtp(server.port), nothing), server


@pytest.mark.parametrize(
    ("script", "outcome", "mails"),
    [
        ({}, "sent", 1),
        ({"connect": HANG_UP}, "later", 0),
        ({"connect": "554 go away"}, "failed", 0),
        ({"ehlo": HANG_UP}, "later", 0),
        ({"mail": HANG_UP}, "later", 0),
        ({"rcpt": HANG_UP}, "later", 0),
        ({"rcpt": "450 greylisted"}, "later", 0),
        ({"rcpt": "550 nobody"}, "failed", 0),
        ({"mail": "421 busy"}, "later", 0),
        ({"data": HANG_UP}, "later", 0),
        ({"data": "451 not now"}, "later", 0),
        ({"text": "452 full"}, "later", 0),
        ({"text": "554 spam"}, "failed", 0),
        ({"text": HANG_UP}, "uncertain", 1),
        ({"sent": HANG_UP}, "sent", 1),
    ],
    ids=str,
)
def test_each_answer_of_a_mail_server_means_one_thing(
    script: dict[str, object], outcome: str, mails: int
) -> None:
    posted, server = mailed(script)
    assert (posted.outcome, len(server.mails)) == (outcome, mails)
    if mails:
        assert server.mails[0].text == message().body


def test_a_real_server_takes_the_mail_of_a_hostile_day_as_it_was_written() -> None:
    class Keeper(Collector):
        def handle_message(self, received: object) -> None:
            kept.append(received)

    kept: list[object] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Keeper(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        channel = email.make(
            email.Options(host="127.0.0.1", port=port, security="none", sender="a@example.org",
                          to=("r@example.org",), chart=False), TOOLS)  # fmt: skip
        (mail,) = channel.messages(issue(hostile()))
        assert NetworkTransport({}).send(mail, channel.route, nothing).outcome == "sent"
    finally:
        controller.stop()
    assert kept[0]["Message-ID"] == f"<{mail.key}@example.org>"  # type: ignore[index]
    assert kept[0]["X-RcptTo"] == "r@example.org"  # type: ignore[index]


def test_without_starttls_nothing_is_sent_where_it_is_demanded() -> None:
    with FakeSmtp() as server:
        route = Smtp(host="127.0.0.1", port=server.port, security="starttls", sender="a@b.c", timeout_s=2)
        posted = NetworkTransport({}).send(message(), route, nothing)
        assert (posted.outcome, server.mails) == ("failed", [])
        assert "STARTTLS" in posted.why
        assert not any(line.lower().startswith(("mail", "auth")) for line in server.said)


def hook_route(hook: FakeHook, *, once: bool = True, **fields: object) -> Hook:
    return Hook(url=f"{hook.url}/{{secret}}", secret_env="S", once=once, timeout_s=1, **fields)  # type: ignore[arg-type]


def posted_to(hook: FakeHook, route: Hook, clock: StoppedClock | None = None) -> SendResult:
    transport = NetworkTransport(
        {"S": SECRET, "K": KEY}, allow=[("127.0.0.1", hook.port)], clock=clock or StoppedClock()
    )
    return transport.send(message(b"{}"), route, nothing)


@pytest.mark.parametrize(
    ("answer", "chat", "keyed"),
    [
        (HookAnswer(), "sent", "sent"),
        (HookAnswer(status=204, body=b""), "sent", "sent"),
        (HookAnswer(status=302, headers={"Location": "https://elsewhere.example/"}), "failed", "failed"),
        (HookAnswer(status=400), "failed", "failed"),
        (HookAnswer(status=404), "failed", "failed"),
        (HookAnswer(status=429), "later", "later"),
        (HookAnswer(status=503), "later", "later"),
        (HookAnswer(status=500), "uncertain", "later"),
        (HookAnswer(status=502), "uncertain", "later"),
        (HookAnswer(cut=True), "uncertain", "later"),
    ],
    ids=str,
)
def test_each_answer_of_a_hook_means_one_thing(answer: HookAnswer, chat: str, keyed: str) -> None:
    for once, outcome in ((True, chat), (False, keyed)):
        with FakeHook([answer]) as hook:
            assert posted_to(hook, hook_route(hook, once=once)).outcome == outcome
            assert len(hook.posts) == 1


def test_silence_is_uncertain_and_no_connection_is_not() -> None:
    with FakeHook([HookAnswer(silent=True)]) as hook:
        assert posted_to(hook, hook_route(hook)).outcome == "uncertain"
    gone = posted_to(hook, hook_route(hook))
    assert (gone.outcome, gone.hold) == ("later", True)


@pytest.mark.parametrize(
    "refusal",
    [HookAnswer(status=429, headers={"Retry-After": "7"}),
     HookAnswer(status=429, body=b'{"retry_after": 7.0}'),
     HookAnswer(status=429, body=b'{"ok": false, "parameters": {"retry_after": 7}}')],
)  # fmt: skip
def test_a_server_that_says_when_to_come_back_is_obeyed_within_patience(refusal: HookAnswer) -> None:
    with FakeHook([refusal, HookAnswer()]) as hook:
        clock = StoppedClock()
        assert posted_to(hook, hook_route(hook), clock).outcome == "sent"
        assert clock.slept == [7.0]
    with FakeHook([refusal, HookAnswer()]) as hook:
        clock = StoppedClock()
        assert posted_to(hook, hook_route(hook, patience_s=5), clock).outcome == "later"
        assert (clock.slept, len(hook.posts)) == ([], 1)


def test_a_post_is_signed_as_standard_webhooks_say() -> None:
    with FakeHook() as hook:
        assert posted_to(hook, hook_route(hook, once=False, signing_env="K")).outcome == "sent"
        (post,) = hook.posts
    signed = f"k1.{post.headers['webhook-timestamp']}.".encode() + post.body
    wanted = base64.b64encode(hmac.new(b"k" * 24, signed, hashlib.sha256).digest()).decode()
    assert post.headers["webhook-signature"] == f"v1,{wanted}"
    assert post.headers["webhook-id"] == post.headers["idempotency-key"] == "k1"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/canary", "https://10.0.0.1/canary", "https://u:canary@example.org/",
            "file:///canary", "canary", "https://169.254.169.254/canary", "http://example.org/canary",
            "https://example.org:22/canary", "https://exa mple.org/canary\r\nX: y"],
)  # fmt: skip
def test_a_hook_leads_to_no_private_place_and_no_error_tells_the_address(url: str) -> None:
    posted = NetworkTransport({"U": url}).send(message(), Hook(secret_env="U"), nothing)
    assert posted.outcome == "later"
    assert "canary" not in posted.why


def test_what_a_server_repeats_of_a_secret_is_struck_out() -> None:
    echoes = f"{SECRET} {base64.b64encode(SECRET.encode()).decode()} /{SECRET}".encode()
    with FakeHook([HookAnswer(status=400, body=echoes)]) as hook:
        posted = posted_to(hook, hook_route(hook))
        assert "***" in posted.why
        assert SECRET not in posted.why
        assert base64.b64encode(SECRET.encode()).decode().rstrip("=") not in posted.why
    with pytest.raises(SecretMissing, match="NOT_SET"):
        NetworkTransport({}).secrets(Hook(secret_env="NOT_SET"))


def nothing() -> None:
    """Ignores that a message leaves."""


class Scripted:
    """A transport with a scripted outcome for each message."""

    def __init__(self, *outcomes: SendResult) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[Message] = []

    def secrets(self, route: Route) -> None:
        """None are needed."""

    def send(self, message: Message, route: Route, leaving: Callable[[], None]) -> SendResult:
        leaving()
        self.sent.append(message)
        return self.outcomes.pop(0) if self.outcomes else SendResult(outcome="sent")


def dispatcher(folder: Path, transport: Scripted, *channels: Channel, again: bool = False) -> Dispatcher:
    outbox = open_archive(folder / "a.sqlite").outbox()
    return Dispatcher(channels=channels, outbox=outbox, transport=transport,
                    clock=StoppedClock(), again=again)  # fmt: skip


SLACK = slack.make(slack.Options(url_env="HOOK"), TOOLS)
WEBHOOK = webhook.make(webhook.Options(url="https://example.org/in"), TOOLS)


def states(of: Dispatcher) -> list[Postal]:
    return [row.state for row in of.outbox.of_day(date(2024, 11, 26))]


def test_a_row_is_sending_before_its_message_leaves_and_settled_when_nobody_came_back(
    tmp_path: Path,
) -> None:
    class Watcher(Scripted):
        def send(self, message: Message, route: Route, leaving: Callable[[], None]) -> SendResult:
            leaving()
            rows = open_archive(tmp_path / "a.sqlite").outbox().open()
            seen.append(next(row.state for row in rows if row.message == message))
            raise KeyboardInterrupt

    seen: list[str] = []
    for channel in (SLACK, WEBHOOK):
        with pytest.raises(KeyboardInterrupt):
            deliver(issue(founding()), dispatcher(tmp_path, Watcher(), channel))
    assert seen == ["sending", "sending"]
    later = dispatcher(tmp_path, Scripted(), SLACK, WEBHOOK)
    receipts = deliver(issue(founding()), later)
    chat = [r for r in receipts if r.publisher == "slack"]
    assert "nobody knows whether it arrived" in chat[0].error
    assert [r.error for r in receipts if r.publisher == "webhook"] == [""]
    assert [r.error for r in deliver(issue(founding()), later) if r.error] == [chat[0].error]  # said again


def test_a_message_whose_sender_died_before_it_left_is_sent_by_the_next(tmp_path: Path) -> None:
    class Dying(Scripted):
        def send(self, message: Message, route: Route, leaving: Callable[[], None]) -> SendResult:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(issue(founding()), dispatcher(tmp_path, Dying(), SLACK))
    later = dispatcher(tmp_path, Scripted(), SLACK)
    assert not any(r.error for r in deliver(issue(founding()), later))
    assert set(states(later)) == {"sent"}


def test_an_attempt_is_counted_once_whether_the_message_left_or_not(tmp_path: Path) -> None:
    class Half(Scripted):
        def send(self, message: Message, route: Route, leaving: Callable[[], None]) -> SendResult:
            for _ in range(len(self.sent)):  # not the first time, once, twice
                leaving()
            self.sent.append(message)
            return SendResult(outcome="later")

    half = dispatcher(tmp_path, Half(), WEBHOOK)
    for tries in range(1, 4):
        deliver(issue(founding()), half)
        assert half.outbox.open()[0].attempts == tries


def test_the_parts_of_a_message_arrive_in_order_and_wait_for_each_other(tmp_path: Path) -> None:
    parts = [m.part for m in SLACK.messages(issue(large(40)))]
    assert len(parts) > 1
    busy = dispatcher(tmp_path, Scripted(SendResult(outcome="later", why="busy")), SLACK)
    receipts = deliver(issue(large(40)), busy)
    assert states(busy) == ["ready"] * len(parts)
    assert all("the next run tries again" in r.error for r in receipts)
    calm = Scripted()
    deliver(issue(large(40)), dispatcher(tmp_path, calm, SLACK))
    assert [m.part for m in calm.sent] == parts
    deliver(issue(large(40)), dispatcher(tmp_path, calm, SLACK))
    assert [m.part for m in calm.sent] == parts


def test_what_is_always_put_off_is_given_up_and_reported(tmp_path: Path) -> None:
    for _ in range(MOST_ATTEMPTS):
        deliver(
            issue(founding()), dispatcher(tmp_path, Scripted(SendResult(outcome="later", why="no")), WEBHOOK)
        )
    assert states(dispatcher(tmp_path, Scripted(), WEBHOOK)) == ["failed"]


def test_an_edition_made_again_is_sent_only_when_asked_for(tmp_path: Path) -> None:
    first, second = founding(), founding("en")
    transport = Scripted()
    deliver(issue(first), dispatcher(tmp_path, transport, WEBHOOK))
    deliver(issue(second), dispatcher(tmp_path, transport, WEBHOOK))
    assert [m.digest for m in transport.sent] == [first.digest]
    deliver(issue(second), dispatcher(tmp_path, transport, WEBHOOK, again=True))
    deliver(issue(second), dispatcher(tmp_path, transport, WEBHOOK))
    assert [m.digest for m in transport.sent] == [first.digest, second.digest]


FIRST, SECOND = (story(item(n, f"Paper {n}", f"We present the thing {n}.")) for n in (1, 2))


def late_issue() -> tuple[Edition, Edition, Issue]:
    """An edition, the same made again with a story more, and what of it came late."""
    before, after = edition([(FIRST, "llm")]), edition([(FIRST, "llm"), (SECOND, "llm")])
    part = late_part(after, before)
    assert part is not None
    return before, after, Issue(day=before.window.day, editions=(part,), recent=())


def test_what_came_late_is_sent_once_to_those_who_were_told_of_the_day(tmp_path: Path) -> None:
    before, after, late = late_issue()
    transport = Scripted()
    once = dispatcher(tmp_path, transport, WEBHOOK, SLACK)
    assert queue_late(late, once) == ()
    assert once.outbox.ready() == (), "nobody was told of the day: the whole edition is still to come"
    deliver(issue(before), once)
    for _ in range(2):  # a run that was killed after it queued them queues them again
        queue_late(late_issue()[2], once)
        receipts = deliver(issue(after), once)
    assert not any(receipt.error for receipt in receipts)
    sent = [(m.channel, m.digest) for m in transport.sent]
    digests = (before.digest, late.editions[0].digest)
    assert sent == [(channel, digest) for digest in digests for channel in ("webhook", "slack")]
    posts = [m.body.decode() for m in transport.sent[2:]]
    assert all("Paper 2" in post and "Paper 1" not in post for post in posts)
    assert "앞서 보낸 호(1개)에 늦게 더해진 1개입니다." in posts[1]


def test_the_late_part_tells_only_of_late_stories_and_its_ledger_of_the_others() -> None:
    before, after, late = late_issue()
    (part,) = late.editions
    assert [s.id for s in part.stories] == [SECOND.id]
    claims = [claim for section in part.sections for claim in section.checked.kept]
    assert claims
    assert all(claim.stories == (SECOND.id,) for claim in claims)
    assert part.ledger.entries[0].dropped == (Drop(reason="sent-before", refs=(FIRST.id,)),)
    assert late_part(after, after) is None
    assert late_part(before, after) is None, "a story that is gone is not late"
    assert late_part(after, None) is None


def test_a_mail_of_what_came_late_says_so_in_its_subject() -> None:
    options = email.Options(host="h", sender="a@example.org", to=("r@example.org",))
    (mail,) = email.make(options, TOOLS).messages(late_issue()[2])
    assert "늦게 도착한 글" in mail.subject
    assert b"image/png" not in mail.body


def test_a_message_whose_channel_is_gone_is_kept_and_named(tmp_path: Path) -> None:
    deliver(issue(founding()), dispatcher(tmp_path, Scripted(SendResult(outcome="later")), WEBHOOK))
    bare = dispatcher(tmp_path, Scripted())
    send(bare.outbox.ready(), bare)
    (row,) = bare.outbox.open()
    assert "no channel of this name" in row.error
    assert open_archive(tmp_path / "a.sqlite", profile="other").outbox().open() == ()


@pytest.mark.parametrize("status", [408, 425])
def test_a_hook_that_took_nothing_is_asked_again_later_at_once(status: int) -> None:
    with FakeHook([HookAnswer(status=status)]) as hook:
        posted = posted_to(hook, hook_route(hook))
    assert (posted.outcome, posted.hold) == ("later", False)


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"retry_after": "soon"}', b'{"retry_after": -1}', b'{"retry_after": 1e12}']
)
def test_a_time_to_come_back_that_is_none_is_not_waited_for(body: bytes) -> None:
    clock = StoppedClock()
    with FakeHook([HookAnswer(status=429, body=body)]) as hook:
        assert posted_to(hook, hook_route(hook), clock).outcome == "later"
        assert (clock.slept, len(hook.posts)) == ([], 1)


def test_a_hook_that_puts_off_again_and_again_is_left_after_three_waits() -> None:
    clock = StoppedClock()
    with FakeHook([HookAnswer(status=429, headers={"Retry-After": "1"})]) as hook:
        assert posted_to(hook, hook_route(hook), clock).outcome == "later"
        assert (clock.slept, len(hook.posts)) == ([1.0, 1.0, 1.0], 3)


def test_what_a_check_of_a_channel_finds_is_told_without_its_secrets() -> None:
    with FakeHook() as hook:
        allowed = NetworkTransport({"S": SECRET}, allow=[("127.0.0.1", hook.port)], clock=StoppedClock())
        assert allowed.check(hook_route(hook)) == "its address and secrets can be used"
        with pytest.raises(ConfigError) as refused:
            NetworkTransport({"S": SECRET}, clock=StoppedClock()).check(hook_route(hook))
        assert SECRET not in refused.value.message
        assert hook.posts == []
    with FakeSmtp({}) as server:
        assert NetworkTransport({}).check(smtp(server.port)) == f"127.0.0.1:{server.port} lets us in"
    with FakeSmtp({"ehlo": HANG_UP}) as server, pytest.raises(ConfigError, match="hung up"):
        NetworkTransport({}).check(smtp(server.port))
