"""Mail goes out encrypted and under one's own name: a real server, its certificate made for the test."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Collector
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from daybrief.adapters.transports import NetworkTransport
from daybrief.model import Message
from daybrief.ports import SendResult, Smtp

PASSWORD = "canary password"
# With TLS from the first byte the server does not know that it speaks encrypted.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
Certify = Callable[[str], tuple[Path, ssl.SSLContext]]


class Keeper(Collector):
    """Keeps what it is handed."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[object] = []

    def handle_message(self, message: object) -> None:
        self.kept.append(message)


@pytest.fixture(scope="module")
def certify(tmp_path_factory: pytest.TempPathFactory) -> Certify:
    """Address → the certificate's file, to be trusted, and a server's context that shows it."""

    def made(address: str) -> tuple[Path, ssl.SSLContext]:
        folder = tmp_path_factory.mktemp("certificate")
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server")])
        named = x509.IPAddress(ipaddress.ip_address(address))
        now = dt.datetime.now(dt.UTC)
        building = (
            x509.CertificateBuilder()
            .subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([named]), False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        )  # fmt: skip
        shown = folder / "certificate.pem"
        shown.write_bytes(building.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        hidden = folder / "key.pem"
        hidden.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(shown, hidden)
        return shown, context

    return made


def _authenticator(
    _server: object, _session: object, _envelope: object, _way: str, given: object
) -> AuthResult:
    right = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
    return AuthResult(success=right and given.login == b"reader", handled=False)  # type: ignore[union-attr]


@contextmanager
def server(context: ssl.SSLContext, security: str) -> Iterator[tuple[int, Keeper]]:
    """A server that takes mail only encrypted, and only from `reader`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    how = (
        {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    )
    keeper = Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=port, authenticator=_authenticator,
                            auth_required=True, auth_require_tls=security == "starttls", **how)  # fmt: skip
    controller.start()
    try:
        yield port, keeper
    finally:
        controller.stop()


def sent(port: int, security: str, trusted: Path | str, password: str = PASSWORD) -> SendResult:
    message = Message(
        channel="c", recipient="r@example.org", key="k1", body=b"Subject: x\r\n\r\nbody\r\n",
        media_type="message/rfc822", day=date(2024, 11, 26), edition="papers", digest="d",
    )  # fmt: skip
    route = Smtp(host="127.0.0.1", port=port, security=security, sender="a@example.org",  # type: ignore[arg-type]
                 user="reader", password_env="MAIL_PASSWORD", ca_file=str(trusted), timeout_s=10)  # fmt: skip
    return NetworkTransport({"MAIL_PASSWORD": password}).send(message, route, lambda: None)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_arrives_encrypted_with_the_right_password(certify: Certify, security: str) -> None:
    trusted, context = certify("127.0.0.1")
    with server(context, security) as (port, keeper):
        assert sent(port, security, trusted) == SendResult(outcome="sent")
    assert len(keeper.kept) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_wrong_password_keeps_the_mail_and_is_never_repeated(certify: Certify, security: str) -> None:
    trusted, context = certify("127.0.0.1")
    with server(context, security) as (port, keeper):
        posted = sent(port, security, trusted, "wrong canary")
    assert (posted.outcome, posted.hold, keeper.kept) == ("later", True, [])
    assert "account was refused" in posted.why
    assert "canary" not in posted.why


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_mail(
    certify: Certify, security: str
) -> None:
    _, context = certify("127.0.0.1")
    with server(context, security) as (port, keeper):
        posted = sent(port, security, "")
    assert (posted.outcome, posted.hold, keeper.kept) == ("later", True, [])
    assert "certificate is not valid" in posted.why


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_address_is_not_enough(certify: Certify, security: str) -> None:
    trusted, context = certify("127.0.0.2")
    with server(context, security) as (port, keeper):
        posted = sent(port, security, trusted)
    assert (posted.outcome, keeper.kept) == ("later", [])
    assert "certificate is not valid" in posted.why
