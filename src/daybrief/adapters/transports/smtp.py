"""One mail over SMTP (RFC 5321), one connection a mail, each step watched.

    connect → greeting → EHLO → STARTTLS → EHLO → AUTH → MAIL → RCPT → DATA → 354 → text → . → 250 → QUIT
    └─────────── whatever breaks here: surely not taken, try later ─────────┘ └ uncertain ┘ └ sent

The standard library's `smtplib` speaks each step by itself, which is what telling them apart needs; there is
nothing to do meanwhile, so nothing asynchronous. 4xx is asked again later, 5xx is final for this recipient.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from daybrief.adapters.transports.secrets import secret
from daybrief.model import Message
from daybrief.ports import SendResult, Smtp

_STEPS = 6  # a mail may take so many times the time of a step, however slowly a server drips
_DOTS = re.compile(rb"^\.", re.MULTILINE)
_MISSING = "the server offers no STARTTLS, and nothing is sent without it"


class _Told(Exception):
    """An answer that ends the attempt."""

    def __init__(self, code: int, said: bytes, step: str) -> None:
        super().__init__(step)
        words = said.decode("utf-8", errors="replace").replace("\n", " ")
        self.posted = SendResult(
            outcome="later" if 400 <= code < 500 or code <= 0 else "failed",
            why=f"{step}: {code} {words}",
            hold=code == 421,
        )


def mail(message: Message, route: Smtp, environment: Mapping[str, str]) -> SendResult:
    """Hand a mail to the server; never raises for what a server or the network does."""
    password = secret(environment, route.password_env) if route.password_env else ""
    taken = False
    try:
        with _connected(route) as server:
            _introduced(server, route, password)
            _envelope(server, route.sender, message.recipient)
            _text(server, message.body)
            taken = True  # its last dot has left: the server may hold the mail, whatever we hear of it
            _expect(server.getreply(), "end of text", 250)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.docmd("QUIT")
            return SendResult(outcome="sent")
    except _Told as told:
        return told.posted
    except (OSError, smtplib.SMTPException, ValueError) as broken:
        why = f"{route.host}:{route.port}: {_why(broken)}"
        if taken:
            return SendResult(outcome="uncertain", why=f"{why}, after the whole text had left")
        return SendResult(outcome="later", why=why, hold=True)


def refusal(route: Smtp, environment: Mapping[str, str]) -> str:
    """Returns why the server would not take a mail of this account, "" when it would; sends none."""
    password = secret(environment, route.password_env) if route.password_env else ""
    try:
        with _connected(route) as server:
            _introduced(server, route, password)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.docmd("QUIT")
    except _Told as told:
        return f"{route.host}:{route.port}: {told.posted.why}"
    except (OSError, smtplib.SMTPException, ValueError) as broken:
        return f"{route.host}:{route.port}: {_why(broken)}"
    return ""


@contextmanager
def _connected(route: Smtp) -> Iterator[smtplib.SMTP]:
    """A greeted server; the connection is cut when the whole takes too long."""
    context = ssl.create_default_context(cafile=route.ca_file or None)
    if route.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(timeout=route.timeout_s, context=context)
    else:
        server = smtplib.SMTP(timeout=route.timeout_s)
    # Of a server found by connect() smtplib would not know the name that its certificate must carry.
    server._host = route.host  # type: ignore[attr-defined]
    try:
        with _limited(server, _STEPS * route.timeout_s):
            _expect(server.connect(route.host, route.port), "greeting", 220)
            server.ehlo_or_helo_if_needed()
            if route.security == "starttls":
                if not server.has_extn("starttls"):
                    raise _Told(554, _MISSING.encode(), "STARTTLS")
                _expect(server.starttls(context=context), "STARTTLS", 220)
                server.ehlo()
            yield server
    finally:
        server.close()


@contextmanager
def _limited(server: smtplib.SMTP, seconds: float) -> Iterator[None]:
    def cut() -> None:
        with contextlib.suppress(OSError, AttributeError):
            server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _introduced(server: smtplib.SMTP, route: Smtp, password: str) -> None:
    if not route.user:
        return
    try:
        server.login(route.user, password)
    except smtplib.SMTPAuthenticationError as refused:
        # Wrong today may be right once the variable is mended: the mail is kept.
        said = SendResult(
            outcome="later", why=f"AUTH: {refused.smtp_code} the account was refused", hold=True
        )
        told = _Told(0, b"", "AUTH")
        told.posted = said
        raise told from None  # its text may hold what was sent


def _envelope(server: smtplib.SMTP, sender: str, recipient: str) -> None:
    _expect(server.mail(sender), "MAIL", 250)
    _expect(server.rcpt(recipient), "RCPT", 250, 251)
    _expect(server.docmd("DATA"), "DATA", 354)


def _text(server: smtplib.SMTP, body: bytes) -> None:
    """The text and the dot that ends it; raises when not all of it could be handed to the network."""
    whole = _DOTS.sub(b"..", body)
    server.send(whole + (b"" if whole.endswith(b"\r\n") else b"\r\n") + b".\r\n")


def _expect(answer: tuple[int, bytes], step: str, *good: int) -> None:
    code, said = answer
    if code not in good:
        raise _Told(code, said, step)


def _why(broken: Exception) -> str:
    if isinstance(broken, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {broken.verify_message}"
    if isinstance(broken, TimeoutError):
        return "no answer in time"
    if isinstance(broken, smtplib.SMTPServerDisconnected):
        return "the server hung up"
    return str(broken) or type(broken).__name__
