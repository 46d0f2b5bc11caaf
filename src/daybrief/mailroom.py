"""Settings become a `Dispatcher`: who is told, the outbox, and the transport who alone knows secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from daybrief import plugins
from daybrief.adapters.addresses import HostPort
from daybrief.adapters.transports import NetworkTransport
from daybrief.config import Settings
from daybrief.errors import ConfigError
from daybrief.ports import Channel, Clock, Outbox, Tools
from daybrief.stages.deliver import Dispatcher


def channels_of(settings: Settings, tools: Tools) -> tuple[Channel, ...]:
    """The configured channels; raises ConfigError for two of one name."""
    channels: tuple[Channel, ...] = tuple(
        plugins.build("channels", table, tools) for table in settings.channels
    )
    names = [channel.name for channel in channels]
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"two channels are called {twins[0]!r}", hint='give each its own `name = "…"`')
    return channels


def mailroom_of(
    settings: Settings,
    outbox: Callable[[], Outbox],
    tools: Tools,
    clock: Clock,
    environment: Mapping[str, str],
    *,
    allow: tuple[HostPort, ...] = (),
    again: bool = False,
    tell: Callable[[str, str], None] = lambda _stage, _detail: None,
) -> Dispatcher | None:
    """All that delivery needs, None where no channel is configured.

    Raises `SecretMissing` at once, before anything is collected or written, when a channel's variable is
    not set.
    """
    channels = channels_of(settings, tools)
    transport = NetworkTransport(environment, allow=allow)
    for channel in channels:
        transport.secrets(channel.route)
    if not channels:
        return None
    return Dispatcher(
        channels=channels,
        outbox=outbox(),
        transport=transport,
        clock=clock,
        again=again,
        tell=tell,
    )
