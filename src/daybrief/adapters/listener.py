"""The socket the reader answers on, taken before anything else is opened."""

from __future__ import annotations

import errno
import socket

from daybrief.errors import AddressTaken, ConfigError


def listening(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; raises AddressTaken, and ConfigError for one nobody can have."""
    where = f"{host} port {port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as unknown:
        hint = "127.0.0.1 is this machine"
        raise ConfigError(f"serve.host = {host!r} is no address", hint=hint) from unknown
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as refused:
        listener.close()
        if refused.errno == errno.EADDRINUSE:
            hint = "daybrief serve --port NUMBER, or end the other program"
            raise AddressTaken(f"another program answers on {where} already", hint=hint) from refused
        hint = "choose an address of this machine, and a port above 1023"
        raise ConfigError(f"{where} cannot be used: {refused.strerror}", hint=hint) from refused
    return listener
