"""A URL from outside never makes us connect to a non-public address: on any hop, in any spelling."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.adapters.network import checked_url, refusal
from daybrief.adapters.web import WebSettings
from daybrief.errors import Blocked, Unavailable
from daybrief.testing import Route, Site, serve

# Addresses a resolver might give; each is private, local, special, or an IPv4 one of these in disguise.
PRIVATE = """
192.31.196.255 192.52.193.255 192.175.48.255 198.51.100.255 203.0.113.0 2620:4f:8000:ffff::1
64:ff9b::1:808:808 64:ff9b::168.63.129.16 2606:4700::1%1 2001:4860:4860::8888%eth0
0.0.0.0 0.255.255.255 10.0.0.0 10.0.0.1 10.255.255.255 100.64.0.0 100.64.0.1 100.100.100.200
100.127.255.255 127.0.0.0 127.0.0.1 127.0.1.1 127.1.2.3 127.255.255.255 168.63.129.16 169.254.0.0
169.254.0.1 169.254.169.254 169.254.170.2 169.254.255.255 172.16.0.0 172.16.0.1 172.20.10.1
172.31.255.255 192.0.0.0 192.0.0.1 192.0.0.9 192.0.0.10 192.0.0.170 192.0.0.192 192.0.0.255 192.0.2.0
192.0.2.1 192.0.2.255 192.31.196.1 192.52.193.1 192.88.99.1 192.88.99.255 192.168.0.0 192.168.1.1
192.168.255.255 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.1 203.0.113.255 224.0.0.0 224.0.0.1
239.255.255.250 240.0.0.1 255.255.255.254 255.255.255.255 :: ::1 ::127.0.0.1 ::10.0.0.1
::169.254.169.254 ::2 ::ffff:0.0.0.0 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
::ffff:192.168.0.1 ::ffff:7f00:1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:0:10.1.1.1 64:ff9b::127.0.0.1
64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b::192.168.1.1 64:ff9b::0.0.0.0 64:ff9b:1::1
64:ff9b:1:ffff::7f00:1 64:ff9b:0:1::808:808 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1::1 2001:1::1
2001:2::1 2001:10::1 2001:20::1 2001:1ff:ffff::1 2001:db8::1 2001:db8:ffff::1 2002:7f00:1::
2002:7f00:1::1 2002:a00:1::1 2002:a9fe:a9fe::1 2002:808:808::1 2620:4f:8000::1 3fff::1 3fff:fff:ffff::1
4000::1 5f00::1 fc00::1 fd00::1 fd00:ec2::254 fd12:3456:789a::1 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1
feff::1 ff00::1 ff02::1 ff05::2 ff0e::1 2606:4700::5efe:7f00:1 2606:4700::200:5efe:c0a8:101 fe80::1%1
1fff::1 e000::1
""".split()

PUBLIC = """
64:ff9b::193.0.14.129 64:ff9b::168.63.129.17 2606:4700::5eff:7f00:1 2606:4700::200:5eff:7f00:1
2606:4700::1:5efe:7f00:1 2606:4700::5efd:7f00:1
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.215.14 100.63.255.255 100.128.0.0 126.255.255.255
128.0.0.0 128.84.21.199 168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255
172.32.0.0 191.255.255.255 192.0.1.0 192.0.1.255 192.0.3.0 192.31.195.255 192.31.197.0 192.52.192.255
192.52.194.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 192.175.47.255 192.175.49.0
198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 1.0.0.0
2001:200::1 2001:4860:4860::8888 2001:db7:ffff::1 2001:db9::1 2003::1 2606:4700:4700::1111
2620:4f:7fff::1 2620:4f:8001::1 2a00:1450:4001::1 3ffe::1 3fff:1000::1 64:ff9b::8.8.8.8 64:ff9b::808:808
2000::1
""".split()

# The same by the spellings of a URL.
SPELLINGS = [
    *[f"http://{a}/" if ":" not in a else f"http://[{a}]/" for a in PRIVATE],
    *[f"https://{a}/" for a in ("127.0.0.1", "169.254.169.254", "[::1]", "[fd00::1]")],
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://localhost。/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0X7F.0.0.1/",
    "http://0177.0.0.1/",
    "http://0177.0.0.01/",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.0.0.1./",
    "http://0/",
    "http://0.0/",
    "http://10.1/",
    "http://192.168.257/",
    "http://169.254.43518/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://256.256.256.256/",
    "http://1.2.3.4.5/",
    "http://99999999999999999999/",
    "http://127.0.0.1%2f@example.org/",
    "http://１２７.0.0.1/",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://[::1%25eth0]/",
    "http://[fe80::1%251]/",
    "http://[::ffff:127.0.0.1%25]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
    "http://[v1.x]/",
    "http://[::1/",
    "http://public@127.0.0.1/",
    "http://public:secret@127.0.0.1/",
    "http://93.184.215.14@127.0.0.1/",
    "http://93.184.215.14#@127.0.0.1:22/x\\",
    "http://a.example\\@127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "http:/\\127.0.0.1/",
    "\\\\127.0.0.1/",
    "//127.0.0.1/",
    "///127.0.0.1/",
    "127.0.0.1",
    "http:///127.0.0.1/",
    "http:127.0.0.1/",
    "http://",
    "http://:80/",
    "http://?/",
    "",
    " ",
    "http://127.0.0.1:80/",
    "http://127.0.0.1:443/",
    "http://feeds.example.org:22/",
    "http://feeds.example.org:8080/",
    "http://feeds.example.org:6379/",
    "https://feeds.example.org:8443/",
    "http://feeds.example.org:99999/",
    "http://feeds.example.org:-1/",
    "http://feeds.example.org:0x50/",
    "http://user@feeds.example.org/",
    "http://exa\tmple.org/",
    "http://exa\nmple.org/",
    "http://exa\x00mple.org/",
    "http://example.org/\x01",
    "http://example.org/\x7f",
    " http://example.org/",
    "http://example.org/\n",
    "http://exa mple.org/",
    "http://exa%6dple.org/",
    "http://feeds..example.org/",
    "http://.example.org/",
    "http://" + "a" * 64 + ".org/",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "gopher://127.0.0.1:70/",
    "ftp://127.0.0.1/",
    "data:text/html,hello",
    "javascript:alert(1)",
    "dict://127.0.0.1:2628/",
    "ws://127.0.0.1/",
    "wss://127.0.0.1/",
    "unix:///run/docker.sock",
    "http+unix://%2Frun%2Fdocker.sock/",
    "about:blank",
    "mailto:a@example.org",
]


@pytest.fixture(scope="module")
def canary() -> Iterator[Site]:
    """Whatever connection the guard lets through ends here and is listed in `dialled`."""
    with serve({"/*": Route("a secret of this machine")}) as site:
        yield site


def resolver(host: str, port: int, seconds: float) -> list[str]:
    """The local names as every machine knows them; all other names are public."""
    return ["::1", "127.0.0.1"] if host.rstrip(".") == "localhost" else ["93.184.215.14"]


def refused(canary: Site, url: str, answers: list[str] | None = None) -> None:
    before = len(canary.dialled)
    settings = WebSettings(retries=0)
    given = resolver if answers is None else (lambda *_: answers)
    with canary.new_web(settings, resolver=given) as web, pytest.raises(Blocked):
        web.get(url)
    assert len(canary.dialled) == before


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_spelling_of_a_url_reaches_a_private_address(canary: Site, url: str) -> None:
    refused(canary, url)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_name_leads_to_a_private_address(canary: Site, address: str) -> None:
    refused(canary, "http://feeds.example.org/", [address])


@pytest.mark.parametrize("address", PRIVATE[::4])
def test_one_private_answer_among_public_ones_is_enough_to_refuse(canary: Site, address: str) -> None:
    refused(canary, "https://feeds.example.org/", ["93.184.215.14", address])


# What a Location can only mean relative to the address it came from is an ordinary path there.
RELATIVE = set(
    "///127.0.0.1/ 127.0.0.1 http:///127.0.0.1/ http:127.0.0.1/ http:// http://?/ http://:80/".split()
) | {"", " ", " http://example.org/"}
ABSOLUTE = [url for url in SPELLINGS if url not in RELATIVE and url.isascii() and url.isprintable()]


@pytest.fixture(scope="module")
def redirecting() -> Iterator[Site]:
    hops = {f"/{n}": Route(status=302, headers={"Location": url}) for n, url in enumerate(ABSOLUTE)}
    with serve({**hops, "*": Route("a secret of this machine")}) as site:
        yield site


@pytest.mark.parametrize("number", range(len(ABSOLUTE)), ids=ABSOLUTE)
def test_no_redirect_leads_to_a_private_address(redirecting: Site, number: int) -> None:
    before = len(redirecting.dialled)
    with redirecting.new_web(resolver=resolver) as web, pytest.raises(Blocked):
        web.get(f"http://feeds.example.org/{number}")
    assert redirecting.dialled[before:] == [("93.184.215.14", 80)]


def test_more_than_150_spellings_of_addresses_are_tried() -> None:
    assert len({*SPELLINGS}) + len(PRIVATE) + len(PRIVATE[::4]) + len(ABSOLUTE) >= 150


def test_a_name_that_changes_between_check_and_use_changes_nothing() -> None:
    """Rebinding: there is one look-up a connection, and the checked address is the one connected."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    with serve({"*": Route("x")}) as site:
        with site.new_web(WebSettings(retries=0), resolver=lambda *_: next(answers)) as web:
            web.get("http://feeds.example.org/")
            assert site.dialled == [("93.184.215.14", 80)]
            assert [seen.host for seen in site.requests] == ["feeds.example.org"]
        assert next(answers) == ["127.0.0.1"]


def test_the_second_look_up_is_checked_as_well() -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    closing = Route("x", headers={"Connection": "close"})
    with serve({"*": closing}) as site, site.new_web(resolver=lambda *_: next(answers)) as web:
        web.get("http://feeds.example.org/")
        with pytest.raises(Blocked, match="loopback"):
            web.get("http://feeds.example.org/")
        assert len(site.dialled) == 1


def test_a_name_without_addresses_is_unavailable_not_a_crash() -> None:
    with (
        serve({}) as site,
        site.new_web(WebSettings(retries=0), resolver=lambda *_: []) as web,
        pytest.raises(Unavailable, match="no address"),
    ):
        web.get("http://feeds.example.org/")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(canary: Site, address: str) -> None:
    assert refusal(address) == ""
    host = f"[{address}]" if ":" in address else address
    assert checked_url(f"https://{host}/x?y=1").scheme == "https"


@pytest.mark.parametrize("address", PRIVATE)
def test_every_refusal_says_why(address: str) -> None:
    assert len(refusal(address)) > 3


def test_what_is_no_address_is_refused() -> None:
    assert refusal("localhost") == "not an IP address"


def test_the_operator_may_open_a_host_and_port_of_their_own() -> None:
    allow = (("127.0.0.1", 9000), ("models.lan", 8080), ("::1", 80))
    assert checked_url("http://127.0.0.1:9000/x", allow).port == 9000
    assert checked_url("http://models.lan:8080/", allow).host == "models.lan"
    assert checked_url("http://[::1]/", allow).host == "::1"
    for other in ("http://127.0.0.1:9001/", "http://127.0.0.2:9000/", "http://models.lan:8081/"):
        with pytest.raises(Blocked):
            checked_url(other, allow)
    with pytest.raises(Blocked):
        checked_url("ftp://127.0.0.1:9000/", allow)


def test_ordinary_addresses_pass_unchanged() -> None:
    for url in (
        "https://export.arxiv.org/api/query?search_query=cat:cs.AI+AND+submittedDate:%5B202411250000%5D&start=0",
        "http://feeds.example.org:80/rss",
        "https://feeds.example.org:443/rss",
        "http://feeds.example.org:443/rss",
        "https://xn--bcher-kva.example/feed.xml",
        "https://a_b.example.org/",
        "https://example.org./",
        "https://3com.example/",
        "https://0x.example/",
    ):
        assert str(checked_url(url)).replace(":80/", "/").replace(":443/", "/") == url.replace(
            ":80/", "/"
        ).replace(":443/", "/")
    assert checked_url("https://bücher.example/").raw_host == b"xn--bcher-kva.example"


def test_a_refusal_names_no_secret() -> None:
    with pytest.raises(Blocked) as caught:
        checked_url("http://user:hunter2@example.org/?key=hunter3")
    assert "hunter" not in str(caught.value) + caught.value.url


@given(st.ip_addresses(v=4))
def test_what_the_standard_library_calls_private_is_refused(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert refusal(str(address))


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_outside_the_given_out_space_is_refused(address: IPv6Address) -> None:
    nat64 = address in {IPv6Address(int(ip_address("64:ff9b::")) + (int(address) & 0xFFFF_FFFF))}
    if int(address) >> 125 != 1 and not nat64:
        assert refusal(str(address))


@given(st.ip_addresses(v=4))
def test_behind_nat64_an_ipv4_address_is_judged_as_itself(address: IPv4Address) -> None:
    behind = IPv6Address(int(IPv6Address("64:ff9b::")) + int(address))
    assert refusal(str(behind)) == refusal(str(address))
