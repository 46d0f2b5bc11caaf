"""The transports: the only place where secrets are read and messages leave, by mail or by post.

A mail goes over SMTP (RFC 5321), one connection a mail, each step watched:

    connect → greeting → EHLO → STARTTLS → EHLO → AUTH → MAIL → RCPT → DATA → 354 → text → . → 250 → QUIT
    └─────────── whatever breaks here: surely not taken, try later ─────────┘ └ uncertain ┘ └ sent

The standard library's `smtplib` speaks each step by itself, which is what telling them apart needs; there is
nothing to do meanwhile, so nothing asynchronous. 4xx is asked again later, 5xx is final for this recipient.

A post goes over HTTP to the configured address alone, no redirect followed, no connection reused. The
connection is the guarded one of `adapters.network`. What the answer means depends on whether the receiver can
tell a repeated post from a new one. Where it cannot, only an answer that surely took nothing (429, 503, no
connection) is followed by another attempt.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpcore2
import httpx2

import daybrief
from daybrief.adapters.machine import SystemClock, Timer
from daybrief.adapters.network import (
    Deadline,
    GuardedNetwork,
    HostPort,
    checked_url,
    host_port,
    in_force,
    read_bounded,
    retry_at,
    system_resolver,
)
from daybrief.errors import Blocked, ConfigError, DaybriefError, SecretMissing
from daybrief.model import Message
from daybrief.ports import Hook, Route, SendResult, Smtp
from daybrief.text.plain import line

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

    def send(self, message: Message, route: Route, leaving: Callable[[], None]) -> SendResult:
        """Attempts one delivery; every secret is taken out of the returned text."""
        values = [secret(self._environment, name) for name in needed(route)]
        if isinstance(route, Hook):
            done = post(message, route, self._environment, self._allow, self._clock, leaving)
        else:
            done = mail(message, route, self._environment, leaving)
        return SendResult(outcome=done.outcome, why=redacted(done.why, values), hold=done.hold)


HIDDEN = "***"
_SHORTEST = 4  # hiding less would hide ordinary words and nothing else


def needed(route: Route) -> tuple[str, ...]:
    """The names of the variables a route needs."""
    names = (route.secret_env, route.signing_env) if isinstance(route, Hook) else (route.password_env,)
    return tuple(filter(None, names))


def secret(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable without white space around it; raises `SecretMissing` that names it."""
    value = environment.get(name, "").strip()
    if not value:
        raise SecretMissing(f"the environment variable {name} is not set", hint=f"export {name}=…")
    return value


def redacted(text: str, values: Iterable[str], most: int = 300) -> str:
    """A server's answer on one line, without any of the values, also in Base64 or percent-encoded."""
    for value in values:
        raw = value.encode()
        forms = {value, quote(value, safe=""), quote(value), base64.b64encode(raw).decode().rstrip("=")}
        forms |= {value.rsplit("/", 1)[-1], base64.b64encode(b"\0" + raw).decode().rstrip("=")}
        for form in sorted(forms, key=len, reverse=True):
            if len(form) >= _SHORTEST:
                text = text.replace(form, HIDDEN)
    return line(text, most)


_MOST_ANSWER = 64 * 1024
_MOST_WAITS = 3
_STEPS = 3  # a post may take so many times the time of a step, however slowly a server drips
_LONGEST = 31 * 86_400
_LEAVING = ".send_request_headers.started"  # the event of httpcore before a request's first byte
_NOT_TAKEN = (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.PoolTimeout)
_BROKEN = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)


def post(
    message: Message,
    route: Hook,
    environment: Mapping[str, str],
    allow: Collection[HostPort],
    clock: Timer,
    leaving: Callable[[], None],
) -> SendResult:
    """Post a message; waits out a 429 or 503 within the route's patience, and no longer."""
    try:
        url = _address(route, environment, allow)
        key = _key(route, environment)
    except (Blocked, _BadSecret) as wrong:
        return SendResult(outcome="later", why=wrong.message, hold=True)
    patience = route.patience_s
    for _ in range(_MOST_WAITS):
        posted, wait = _attempt(message, route, url, key, allow, clock, leaving)
        if wait is None or wait > patience:
            return posted
        patience -= wait
        clock.sleep(wait)
    return posted


def unusable(route: Hook, environment: Mapping[str, str], allow: Collection[HostPort]) -> str:
    """Returns why nothing can be posted by this route, "" when something can; connects to nothing."""
    try:
        _address(route, environment, allow)
        _key(route, environment)
    except (Blocked, _BadSecret) as wrong:
        return f"{wrong.message} ({wrong.hint})" if wrong.hint else wrong.message
    return ""


class _BadSecret(DaybriefError):
    """A secret that is there and cannot be used; says nothing of it."""


def _address(route: Hook, environment: Mapping[str, str], allow: Collection[HostPort]) -> httpx2.URL:
    """The address to post to; errors name the host at the most, because the path may be the secret."""
    hidden = secret(environment, route.secret_env) if route.secret_env else ""
    raw = route.url.replace("{secret}", hidden) if route.url else hidden
    named = route.secret_env or "url"
    try:
        url = httpx2.URL(raw)
        host, port = host_port(url)
        bare = f"{url.scheme}://{url.netloc.decode('ascii')}/"
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise _BadSecret(f"{named} does not make an address") from None
    if url.userinfo or not host or not raw.isascii() or any(ord(sign) <= 32 for sign in raw):
        raise _BadSecret(f"{named} does not make an address")
    checked_url(bare, allow)
    if url.scheme != "https" and (host, port) not in allow:
        raise _BadSecret(
            f"{host} is not reached by https", hint="add its host:port to web.allow if it is yours"
        )
    return url


def _key(route: Hook, environment: Mapping[str, str]) -> bytes:
    """The bytes that sign, from `whsec_` and Base64; empty when nothing is signed."""
    if not route.signing_env:
        return b""
    text = secret(environment, route.signing_env).removeprefix("whsec_")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _BadSecret(f"{route.signing_env} does not hold a key", hint="whsec_ and Base64") from None


def signature(key: bytes, identity: str, at: int, body: bytes) -> str:
    """`v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = hmac.new(key, f"{identity}.{at}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _attempt(
    message: Message,
    route: Hook,
    url: httpx2.URL,
    key: bytes,
    allow: Collection[HostPort],
    clock: Timer,
    leaving: Callable[[], None],
) -> tuple[SendResult, float | None]:
    """Sends one request; returns its outcome, and the seconds the server wants us to wait before another."""
    headers = _headers(message, url, key, int(clock.now().timestamp()))
    network = GuardedNetwork(system_resolver, allow, httpcore2.SyncBackend())
    target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    extensions = {
        "timeout": dict.fromkeys(("connect", "read", "write", "pool"), route.timeout_s),
        "trace": lambda event, _: leaving() if event.endswith(_LEAVING) else None,
    }
    try:
        with (
            in_force(Deadline(clock.monotonic, _STEPS * route.timeout_s)),
            httpcore2.ConnectionPool(network_backend=network, max_keepalive_connections=0) as pool,
            pool.stream(
                "POST", target, headers=headers, content=message.body, extensions=extensions
            ) as answer,
        ):
            return _judged(answer, route, clock)
    except Blocked as blocked:
        return SendResult(outcome="later", why=blocked.message, hold=True), None
    except _NOT_TAKEN as unreachable:
        return SendResult(outcome="later", why=f"{url.host}: {_why(unreachable)}", hold=True), None
    except _BROKEN as broken:
        return _unknown(route, f"{url.host}: {_why(broken)}"), None


def _headers(message: Message, url: httpx2.URL, key: bytes, at: int) -> list[tuple[bytes, bytes]]:
    named = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": f"daybrief/{daybrief.__version__}",
        "Content-Type": message.media_type,
        "Content-Length": str(len(message.body)),
        "Accept": "application/json",
        "Connection": "close",
        "Idempotency-Key": message.key,
        "webhook-id": message.key,
        "webhook-timestamp": str(at),
    }
    if key:
        named["webhook-signature"] = signature(key, message.key, at, message.body)
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in named.items()]


def _judged(answer: httpcore2.Response, route: Hook, clock: Timer) -> tuple[SendResult, float | None]:
    status = answer.status
    if 200 <= status < 300:
        return SendResult(outcome="sent"), None
    headers = httpx2.Headers(answer.headers)
    body = _body(answer, headers)
    why = f"answered {status} {body}".strip()
    if status in (429, 503):
        return SendResult(outcome="later", why=why, hold=True), _wait(headers, body, clock)
    if status in (408, 425):
        return SendResult(outcome="later", why=why), None
    if status >= 500:
        return _unknown(route, why), None
    if 300 <= status < 400:
        why = f"answered {status}: redirects are not followed"
    return SendResult(outcome="failed", why=why), None


def _unknown(route: Hook, why: str) -> SendResult:
    """Nobody can tell whether it was taken: a person decides, unless the receiver knows repeats."""
    return SendResult(outcome="uncertain" if route.once else "later", why=why, hold=True)


def _body(answer: httpcore2.Response, headers: httpx2.Headers) -> str:
    """The server's words about its refusal, as far as it can be read; the status is what counts."""
    try:
        raw = read_bounded(
            answer.iter_stream(),
            encoding=headers.get("content-encoding", ""),
            announced=headers.get("content-length", ""),
            limit=_MOST_ANSWER,
        )
    except (DaybriefError, *_BROKEN):
        return ""
    return raw.decode("utf-8", errors="replace")


def _wait(headers: httpx2.Headers, body: str, clock: Timer) -> float | None:
    """Seconds until we may come back: the header, or the field Discord and Telegram put into their JSON."""
    now = clock.now()
    if when := retry_at(headers.get("retry-after", ""), headers.get("date", ""), now):
        return max(0.0, (when - now).total_seconds())
    try:
        parsed: Any = json.loads(body)
    except ValueError:
        return None
    table = parsed if isinstance(parsed, dict) else {}
    inner = table.get("parameters")
    seconds = table.get("retry_after", inner.get("retry_after") if isinstance(inner, dict) else None)
    if isinstance(seconds, int | float) and 0 <= seconds < _LONGEST:  # NaN is not
        return float(seconds)
    return None


def _why(broken: Exception) -> str:
    plain = str(broken) or type(broken).__name__
    return f"no answer in time ({plain})" if isinstance(broken, httpcore2.TimeoutException) else plain


_SMTP_STEPS = 6  # a mail may take so many times the time of a step, however slowly a server drips
_DOTS = re.compile(rb"^\.", re.MULTILINE)
_MISSING = "the server offers no STARTTLS, and nothing is sent without it"


class _SmtpRefusal(Exception):
    """An answer that ends the attempt."""

    def __init__(self, code: int, answer: bytes, step: str) -> None:
        super().__init__(step)
        words = answer.decode("utf-8", errors="replace").replace("\n", " ")
        self.posted = SendResult(
            outcome="later" if 400 <= code < 500 or code <= 0 else "failed",
            why=f"{step}: {code} {words}",
            hold=code == 421,
        )


def mail(
    message: Message, route: Smtp, environment: Mapping[str, str], leaving: Callable[[], None]
) -> SendResult:
    """Hand a mail to the server; never raises for what a server or the network does."""
    password = secret(environment, route.password_env) if route.password_env else ""
    taken = False
    try:
        with _connected(route) as server:
            _introduced(server, route, password)
            _envelope(server, route.sender, message.recipient)
            leaving()
            _text(server, message.body)
            taken = True  # its last dot has left: the server may hold the mail, whatever we hear of it
            _expect(server.getreply(), "end of text", 250)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.docmd("QUIT")
            return SendResult(outcome="sent")
    except _SmtpRefusal as refused:
        return refused.posted
    except (OSError, smtplib.SMTPException, ValueError) as broken:
        why = f"{route.host}:{route.port}: {_smtp_reason(broken)}"
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
    except _SmtpRefusal as refused:
        return f"{route.host}:{route.port}: {refused.posted.why}"
    except (OSError, smtplib.SMTPException, ValueError) as broken:
        return f"{route.host}:{route.port}: {_smtp_reason(broken)}"
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
        with _limited(server, _SMTP_STEPS * route.timeout_s):
            _expect(server.connect(route.host, route.port), "greeting", 220)
            server.ehlo_or_helo_if_needed()
            if route.security == "starttls":
                if not server.has_extn("starttls"):
                    raise _SmtpRefusal(554, _MISSING.encode(), "STARTTLS")
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
        outcome = SendResult(
            outcome="later", why=f"AUTH: {refused.smtp_code} the account was refused", hold=True
        )
        failure = _SmtpRefusal(0, b"", "AUTH")
        failure.posted = outcome
        raise failure from None  # its text may hold what was sent


def _envelope(server: smtplib.SMTP, sender: str, recipient: str) -> None:
    _expect(server.mail(sender), "MAIL", 250)
    _expect(server.rcpt(recipient), "RCPT", 250, 251)
    _expect(server.docmd("DATA"), "DATA", 354)


def _text(server: smtplib.SMTP, body: bytes) -> None:
    """The text and the dot that ends it; raises when not all of it could be handed to the network."""
    whole = _DOTS.sub(b"..", body)
    server.send(whole + (b"" if whole.endswith(b"\r\n") else b"\r\n") + b".\r\n")


def _expect(answer: tuple[int, bytes], step: str, *good: int) -> None:
    code, reply = answer
    if code not in good:
        raise _SmtpRefusal(code, reply, step)


def _smtp_reason(broken: Exception) -> str:
    if isinstance(broken, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {broken.verify_message}"
    if isinstance(broken, TimeoutError):
        return "no answer in time"
    if isinstance(broken, smtplib.SMTPServerDisconnected):
        return "the server hung up"
    return str(broken) or type(broken).__name__
