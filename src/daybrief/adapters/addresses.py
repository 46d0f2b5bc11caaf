"""Which addresses an outside URL may lead to; pure, and an explicit table.

The `is_global` of the standard library is not enough: Python 3.11 calls `64:ff9b::a9fe:a9fe` (the metadata
address behind NAT64), `2002:7f00:1::`, `::127.0.0.1`, `168.63.129.16` and `224.0.0.1` global. So the table
below names what is refused (IANA special-purpose registries for IPv4 and IPv6, RFC 6890 and later). Of the
ways to embed an IPv4 address in an IPv6 one, NAT64 is judged by what is embedded, all others are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx2

from daybrief.errors import Blocked

HostPort = tuple[str, int]

PORTS = {"http": 80, "https": 443}

_REFUSED_V4 = {
    IPv4Network(network): why
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's own services"),
        ("169.254.0.0/16", "link-local, cloud metadata"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "multicast tunnels"),
        ("192.88.99.0/24", "6to4 relays"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarks"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/3", "multicast, reserved, broadcast"),
    )
}
_UNICAST_V6 = IPv6Network("2000::/3")  # all that is given out; the rest is local, multicast or unassigned
_REFUSED_V6 = {
    IPv6Network(network): why
    for network, why in (
        ("2001::/23", "protocol assignments, Teredo"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),
    )
}
_NAT64 = IPv6Network("64:ff9b::/96")  # how a network without IPv4 reaches it, so the public part must work
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # bits 64 to 96 of an address whose last 32 are an IPv4 one

_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")


def refusal(address: str) -> str:
    """Why we do not connect to an IP address, as a few words; "" when it is public."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an IP address"
    return _refusal_v4(parsed) if isinstance(parsed, IPv4Address) else _refusal_v6(parsed)


def _refusal_v4(address: IPv4Address) -> str:
    return next((why for network, why in _REFUSED_V4.items() if address in network), "")


def _refusal_v6(address: IPv6Address) -> str:
    if address.scope_id is not None:
        return "of one link only"
    within = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _NAT64:
        return _refusal_v4(within)
    if address not in _UNICAST_V6:
        return f"not global unicast (perhaps {within} in disguise)"
    if why := next((why for network, why in _REFUSED_V6.items() if address in network), ""):
        return why
    if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
        return "an ISATAP tunnel"
    return ""


def checked_url(raw: str, allow: Collection[HostPort] = ()) -> httpx2.URL:
    """The parsed URL, when its form lets us connect: http(s), a plain name or public address, an open port.

    `allow` holds (host, port) pairs that may be private. What a name resolves to is checked when connecting.
    Raises Blocked with the reason.
    """
    if "\\" in raw:  # a slash to browsers, an ordinary character to us: no telling which host is meant
        raise _blocked(raw, "holds a backslash")
    try:
        url = httpx2.URL(raw)
    except (httpx2.InvalidURL, ValueError) as wrong:
        raise _blocked(raw, f"is no URL: {wrong}") from wrong
    if url.scheme not in PORTS:
        raise _blocked(raw, "is neither http nor https")
    if url.userinfo:
        raise _blocked(raw, "carries a user name or password")
    host, port = host_port(url)
    if (host, port) in allow:
        return url
    if port not in PORTS.values():
        raise _blocked(raw, f"names port {port}; only 80, 443 and those configured are open")
    if why := _refused_host(host):
        raise _blocked(raw, f"leads to {host or 'no host'}: {why}")
    return url


def host_port(url: httpx2.URL) -> HostPort:
    """The host (ASCII, lower case, no brackets) and the port a URL leads to."""
    return url.raw_host.decode("ascii").lower(), url.port or PORTS.get(url.scheme, 0)


def _refused_host(host: str) -> str:
    if ":" in host:
        return refusal(host)
    if not _NAME.fullmatch(host):
        return "not a host name"
    if _NUMERIC_END.fullmatch(host):
        # "127.1", "0x7f.1" and "2130706433" are addresses to the resolver, though not to us.
        return refusal(host)
    return ""


def _blocked(raw: str, why: str) -> Blocked:
    # Without the query and the part before an @: both may hold secrets.
    shown = re.sub(r"//[^/?#]*@", "//", raw).split("?")[0][:200]
    hint = "to reach a server of your own, add its host:port to web.allow"
    return Blocked(f"{shown!r} {why}", url=shown, hint=hint)
