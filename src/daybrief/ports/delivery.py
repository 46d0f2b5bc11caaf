"""The protocols of delivery: who composes messages, who keeps them, who sends them.

    Channel.messages(issue) → Outbox.put → Outbox.mark "sending" → Transport.send → Outbox.mark "sent"

A channel decides and sends nothing; the outbox remembers; the transport alone knows secrets and sockets.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

from daybrief.model import Issue, Message, Postal, Queued


class Smtp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The way of an e-mail: which server takes it, and in which environment variable the password lies.

    security: `starttls` (demanded, never given up), `tls` from the first byte, or `none`.
    ca_file: certificates to trust instead of the system's.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    sender: str
    user: str = ""
    password_env: str = ""
    ca_file: str = ""
    timeout_s: float = 30.0


class Hook(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The way of a post: an address, whole or in parts that lie in environment variables.

    url: the address; `{secret}` in it stands for the value of `secret_env`. Empty: all of it is secret.
    secret_env: the variable that holds the secret part, or the whole address.
    signing_env: the variable of the key that signs the post (Standard Webhooks); empty: unsigned.
    once: the receiver does not tell a repeated post from a new one, so one whose fate is unknown is not
        sent again. Otherwise it is, with the same `Idempotency-Key`.
    """

    url: str = ""
    secret_env: str = ""
    signing_env: str = ""
    once: bool = True
    timeout_s: float = 30.0
    patience_s: float = 30.0


Route = Smtp | Hook


def at_most_once(route: Route) -> bool:
    """Whether a message whose fate is unknown must wait for a person."""
    return isinstance(route, Smtp) or route.once


class Channel(Protocol):
    """Tells an issue to recipients by messages; pure: the same issue gives the same bytes.

    Yield the parts of a message in order, each within the limits of the destination: split at the borders
    of items, never cut. Escape by the destination's own rules, so that no title becomes markup, a link or a
    mention; link to addresses of items only. Make messages with `daybrief.channels._message`. Hold no secret:
    `route` names the environment variables, and only the transport looks into them. Raise `DeliveryError` for
    what cannot be told; other channels still are.
    """

    name: str
    route: Route

    def messages(self, issue: Issue) -> Iterator[Message]:
        """Every message to every recipient, in the order they are to arrive."""
        ...


class SendResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt.

    `later`: surely not taken, another attempt may succeed; `uncertain`: nobody can tell whether it was
    taken; `failed`: refused for good. `hold`: the server asked to be left alone for now.
    """

    outcome: Literal["sent", "later", "uncertain", "failed"]
    why: str = ""
    hold: bool = False


class Transport(Protocol):
    """Sends messages; the only one who knows secrets."""

    def secrets(self, route: Route) -> None:
        """Raise `SecretMissing`, with the name of a variable that a route needs and nobody has set."""
        ...

    def send(self, message: Message, route: Route) -> SendResult:
        """One attempt. Whatever the network does becomes an outcome; no error leaves, and no secret."""
        ...


class Outbox(Protocol):
    """Messages on their way, each in one row that outlives the process. Raises `ArchiveError`."""

    def put(self, messages: Sequence[Message], now: datetime, *, again: bool = False) -> int:
        """Queue, in one transaction, what was never queued; how many were.

        A day's edition goes to a recipient of a channel once: of an edition made again nothing is queued,
        unless `again`, which also readies what was sent before.
        """
        ...

    def recover(self, repeatable: Collection[str], now: datetime) -> tuple[Queued, ...]:
        """Settle what a dead process left in `sending`: `ready` for these channels, else `uncertain`."""
        ...

    def ready(self) -> tuple[Queued, ...]:
        """What waits to be sent, oldest first."""
        ...

    def mark(self, row: int, state: Postal, now: datetime, error: str = "", *, attempt: bool = False) -> None:
        """Note the state of a row, durable on return; an `attempt` is counted."""
        ...

    def of_day(self, day: date) -> tuple[Queued, ...]:
        """Every row of a day, oldest first."""
        ...

    def open(self) -> tuple[Queued, ...]:
        """Everything that is not sent, oldest first."""
        ...

    def get(self, row: int) -> Queued | None:
        """One row."""
        ...
