"""The transport: the only place where secrets are read and messages leave."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from daybrief.adapters.addresses import HostPort
from daybrief.adapters.clock import SystemClock, Timer
from daybrief.adapters.transports.hooks import post, unusable
from daybrief.adapters.transports.secrets import needed, redacted, secret
from daybrief.adapters.transports.smtp import mail, refusal
from daybrief.errors import ConfigError
from daybrief.model import Message
from daybrief.ports import Hook, Route, SendResult

__all__ = ["NetworkTransport"]


class NetworkTransport:
    """`ports.Transport` over SMTP and HTTP; `environment` is where the secrets are.

    `allow` names (host, port) pairs that hooks may reach although they are private or unencrypted.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        *,
        allow: Collection[HostPort] = (),
        clock: Timer | None = None,
    ) -> None:
        self._environment = environment
        self._allow = frozenset(allow)
        self._clock = clock or SystemClock()

    def secrets(self, route: Route) -> None:
        """Raise `SecretMissing` for a variable that the route needs and nobody has set."""
        for name in needed(route):
            secret(self._environment, name)

    def check(self, route: Route) -> str:
        """Returns what was found to work; sends nothing.

        Of a hook only the address and the key are looked at; a mail server is connected to and logged in at.
        Raises SecretMissing, and ConfigError that says what is wrong without any secret.
        """
        self.secrets(route)
        values = [secret(self._environment, name) for name in needed(route)]
        if isinstance(route, Hook):
            trouble = unusable(route, self._environment, self._allow)
            good = "its address and secrets can be used"
        else:
            trouble = refusal(route, self._environment)
            good = f"{route.host}:{route.port} lets us in"
        if trouble:
            raise ConfigError(redacted(trouble, values), hint="mend the channel's options or its variable")
        return good

    def send(self, message: Message, route: Route) -> SendResult:
        """One attempt; every secret is taken out of what is told about it."""
        values = [secret(self._environment, name) for name in needed(route)]
        if isinstance(route, Hook):
            done = post(message, route, self._environment, self._allow, self._clock)
        else:
            done = mail(message, route, self._environment)
        return SendResult(outcome=done.outcome, why=redacted(done.why, values), hold=done.hold)
