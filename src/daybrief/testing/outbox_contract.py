"""The contract of an archive's outbox: each message once, in its place, with what became of it.

A part of `archive_contract.ArchiveContract`, which every archive must pass.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from daybrief.model import Message
from daybrief.ports import Archive

DAY = date(2024, 11, 26)
NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)
NOW = datetime(2024, 11, 26, 9, tzinfo=UTC)


def message_of(**changes: Any) -> Message:
    """A message of the day, with some fields changed."""
    message = Message(
        day=DAY,
        channel="email",
        recipient="reader@example.org",
        edition="papers",
        digest="d",
        key="k",
        body=b"Hello",
        media_type="message/rfc822",
    )
    return msgspec.structs.replace(message, **changes)


class OutboxContract:
    """What the outbox of every archive keeps."""

    def test_a_message_is_queued_once_and_goes_from_ready_to_sent(self, archive: Archive) -> None:
        outbox, message = archive.outbox(), message_of()
        assert outbox.put([message, message], NOW) == 1
        assert outbox.put([message], NOW) == 0
        (row,) = outbox.ready()
        outbox.mark(row.id, "sending", NOW, attempt=True)
        assert archive.of("other").outbox().recover((), NOW) == ()
        (left,) = outbox.recover((), NOW)
        assert (left.state, left.attempts) == ("uncertain", 1)
        outbox.mark(row.id, "sent", NOW)
        assert outbox.open() == ()
        sent = outbox.get(row.id)
        assert sent is not None
        assert sent.message == msgspec.structs.replace(message, body=b"")
        assert outbox.put([message], NOW, again=True) == 1
        assert [queued.state for queued in outbox.of_day(DAY)] == ["ready"]

    def test_a_recipient_who_was_told_of_one_edition_is_sent_no_other_unless_asked(
        self, archive: Archive
    ) -> None:
        outbox = archive.outbox()
        assert outbox.put([message_of()], NOW) == 1
        changed = message_of(digest="e", key="k2")
        assert outbox.put([changed], NOW) == 0
        elsewhere = (
            message_of(digest="e", key="k3", recipient="other@example.org"),
            message_of(digest="e", key="k4", channel="slack"),
            message_of(digest="e", key="k5", edition="news"),
            message_of(digest="e", key="k6", day=NEXT),
        )
        assert outbox.put(elsewhere, NOW) == 4
        assert archive.of("other").outbox().put([message_of(digest="e", key="k7")], NOW) == 1
        assert outbox.put([changed], NOW, again=True) == 1
        assert outbox.put([message_of(digest="e", key="k8")], NOW) == 1, (
            "the newest edition is the one told of"
        )
        assert outbox.put([message_of(key="k9")], NOW) == 0

    def test_what_comes_late_is_for_those_who_were_told_of_the_edition(self, archive: Archive) -> None:
        outbox = archive.outbox()
        assert outbox.put([message_of(digest="e", key="k2")], NOW, late=True) == 0
        assert outbox.put([message_of()], NOW) == 1
        late = [message_of(digest="e", key=key) for key in ("k2", "k3")]
        assert outbox.put(late, NOW, late=True) == 2, "the parts of one message share a place"
        assert [row.message.key for row in outbox.of_day(DAY)] == ["k", "k2", "k3"]

    def test_a_row_of_the_outbox_keeps_its_error_its_attempts_and_its_times(self, archive: Archive) -> None:
        outbox = archive.outbox()
        outbox.put([message_of()], NOW)
        (row,) = outbox.ready()
        assert (row.state, row.attempts, row.error) == ("ready", 0, "")
        assert (row.created_at, row.changed_at, row.message) == (NOW, NOW, message_of())
        later = NOW + timedelta(minutes=5)
        outbox.mark(row.id, "failed", later, "refused", attempt=True)
        outbox.mark(row.id, "failed", later, "refused again", attempt=True)
        failed = outbox.get(row.id)
        assert failed is not None
        assert (failed.state, failed.attempts, failed.error) == ("failed", 2, "refused again")
        assert (failed.created_at, failed.changed_at, failed.message.body) == (NOW, later, b"Hello")
        assert (outbox.ready(), outbox.open(), outbox.of_day(DAY)) == ((), (failed,), (failed,))
        assert outbox.put([message_of(body=b"Anew")], later, again=True) == 1
        (anew,) = outbox.ready()
        assert (anew.id, anew.attempts, anew.error, anew.changed_at) == (row.id, 0, "", later)
        assert anew.message.body == b"Anew"
        assert outbox.get(row.id + 1) is None

    def test_what_a_dead_program_was_sending_is_ready_where_it_may_be_sent_twice(
        self, archive: Archive
    ) -> None:
        outbox = archive.outbox()
        messages = [message_of(key=name, channel=name, recipient=name) for name in ("slack", "email", "push")]
        assert outbox.put(messages, NOW) == 3
        for row in outbox.ready()[:2]:
            outbox.mark(row.id, "sending", NOW)
        later = NOW + timedelta(hours=1)
        recovered = outbox.recover({"slack"}, later)
        assert [(row.message.channel, row.state) for row in recovered] == [
            ("slack", "ready"),
            ("email", "uncertain"),
        ]
        assert {row.error for row in recovered} == {"the program ended while this was being sent"}
        assert {row.changed_at for row in recovered} == {later}
        assert [row.state for row in outbox.of_day(DAY)] == ["ready", "uncertain", "ready"]
        assert outbox.recover({"slack"}, later) == ()

    def test_the_outbox_lists_and_settles_the_messages_of_its_own_profile(self, archive: Archive) -> None:
        ours, theirs = archive.outbox(), archive.of("other").outbox()
        for number, box in enumerate((ours, ours, theirs)):
            place = {"key": f"k{number}", "recipient": f"{number}@example.org"}
            assert box.put([message_of(**place)], NOW + timedelta(hours=number)) == 1
        first, second = ours.ready()
        (other,) = theirs.ready()
        ours.mark(second.id, "sent", NOW)
        assert [row.state for row in ours.of_day(DAY)] == ["ready", "sent"]
        assert (ours.get(other.id), theirs.get(first.id)) == (None, None)
        assert (ours.open(), theirs.open(), theirs.of_day(DAY)) == ((first,), (other,), (other,))
        assert ours.of_day(NEXT) == ()
        theirs.mark(other.id, "sending", NOW)
        assert ours.recover({"email"}, NOW) == ()
        assert [row.state for row in theirs.of_day(DAY)] == ["sending"]
        assert [row.message.key for row in ours.of_day(DAY)] == ["k0", "k1"]
        assert archive.check() == ()

    def test_a_message_put_again_goes_out_anew_with_nothing_left_of_its_first_journey(
        self, archive: Archive
    ) -> None:
        outbox, later = archive.outbox(), NOW + timedelta(hours=1)
        outbox.put([message_of()], NOW)
        (row,) = outbox.ready()
        outbox.mark(row.id, "sent", NOW, "slow", attempt=True)
        sent = outbox.get(row.id)
        assert sent is not None
        assert (sent.state, sent.attempts, sent.message.body) == ("sent", 1, b"")
        assert outbox.put([message_of(body=b"Two")], later, again=True) == 1
        anew = outbox.get(row.id)
        assert anew is not None
        assert (anew.state, anew.attempts, anew.error) == ("ready", 0, "")
        assert (anew.created_at, anew.changed_at, anew.message.body) == (NOW, later, b"Two")
        assert archive.check() == ()
