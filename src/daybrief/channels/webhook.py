"""Posts each edition as JSON to an address of yours, signed as Standard Webhooks say.

Body: `{"type": "edition.published", "timestamp": …, "data": EDITION}` with the edition as the `data`
publisher writes it. Headers: `Idempotency-Key` and `webhook-id` (the same for the same edition in every
attempt), `webhook-timestamp`, and with a key `webhook-signature`
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). At least once:
whoever receives it drops what carries a known key.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from daybrief.channels._message import editions_of, messages, variable, web_url
from daybrief.errors import ConfigError, DeliveryError
from daybrief.model import EditionKind, Issue, Message, to_json
from daybrief.ports import Hook, Route, Tools


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The address, and how a message is signed.

    url: the address; empty when it is a secret, see `url_env`.
    url_env: environment variable that holds the address instead.
    secret_env: environment variable of the key that signs (`whsec_` and Base64); empty: unsigned.
    name: what this channel is called in receipts and in the outbox.
    kinds: the editions to post.
    max_bytes: bytes of one post; a larger one is not sent and is reported.
    timeout_s: seconds one step of sending may take.
    patience_s: seconds to wait at the most when the receiver asks us to come back later.
    """

    url: str = ""
    url_env: str = ""
    secret_env: str = ""
    name: str = "webhook"
    kinds: tuple[EditionKind, ...] = ("papers", "news")
    max_bytes: int = 20 * 2**20
    timeout_s: float = 30.0
    patience_s: float = 30.0

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.url_env):
            raise ConfigError(f"{self.name}: it needs url or url_env", hint="give one of the two")
        web_url("webhook", "url", self.url)
        variable("webhook", "url_env", self.url_env, needed=not self.url)
        variable("webhook", "secret_env", self.secret_env, needed=False)


class Webhook:
    """Implements `ports.Channel`."""

    def __init__(self, options: Options) -> None:
        self.name = options.name
        self.route: Route = Hook(
            url=options.url,
            secret_env=options.url_env,
            signing_env=options.secret_env,
            once=False,
            timeout_s=options.timeout_s,
            patience_s=options.patience_s,
        )
        self._options = options

    def messages(self, issue: Issue) -> Iterator[Message]:
        """Make a post of each edition; raises DeliveryError for one that no post can hold."""
        for edition in editions_of(issue, self._options.kinds):
            at = edition.made_at.isoformat().replace("+00:00", "Z")
            body = to_json({"type": "edition.published", "timestamp": at, "data": edition})
            if len(body) > self._options.max_bytes:
                raise DeliveryError(
                    f"{self.name}: the {edition.kind} edition has {len(body)} bytes",
                    publisher=self.name,
                    hint="raise max_bytes, if the receiver takes so much",
                )
            recipient = self._options.url_env or self._options.url.split("?")[0]
            yield from messages(self.name, recipient, edition, [body], media_type="application/json")


def make(options: Options, tools: Tools) -> Webhook:  # noqa: ARG001 - every plugin gets its tools
    """The channel."""
    return Webhook(options)
