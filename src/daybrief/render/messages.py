"""The parts of one edition for one recipient, as messages with stable keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from daybrief.model import Edition, Message


def messages(
    channel: str,
    recipient: str,
    edition: Edition,
    bodies: Sequence[bytes],
    *,
    media_type: str,
    subject: str = "",
) -> Iterator[Message]:
    """One message a body, numbered; the same edition gives the same keys in every run."""
    for n, body in enumerate(bodies, start=1):
        yield Message(
            channel=channel,
            recipient=recipient,
            key=message_key(channel, recipient, edition.digest, n),
            body=body,
            media_type=media_type,
            subject=subject,
            part=n,
            parts=len(bodies),
            day=edition.window.day,
            edition=edition.kind,
            digest=edition.digest,
        )


def message_key(channel: str, recipient: str, digest: str, part: int) -> str:
    """32 hexadecimal digits that stand for one part of one edition to one recipient of one channel."""
    told = "\n".join((channel, recipient, digest, str(part)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]
