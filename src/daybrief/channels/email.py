"""E-mail: one message a reader, in HTML and in plain text, the chart inside.

RFC 5322 and MIME (RFC 2045): multipart/alternative with text/plain first and multipart/related for the HTML
and its chart, which it finds by Content-ID (RFC 2392). One message for each reader, so nobody sees another's
address. Message-ID and boundaries come from the key, `Date` from the edition. List-Unsubscribe is RFC 2369,
its one-click form RFC 8058.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import msgspec

from daybrief.channels._message import editions_of, message_key, variable, web_url
from daybrief.channels._message import messages as numbered
from daybrief.errors import ConfigError, DeliveryError
from daybrief.languages import language_or_source
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import Edition, EditionKind, Issue, Message
from daybrief.ports import Route, Smtp, Tools
from daybrief.render.page import Bullet, Page, PartView, SectionView, lead_of, page
from daybrief.render.picture import draw, to_png
from daybrief.render.story import StoryView
from daybrief.text.plain import columns

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Template

WIDTH = 72  # columns of a line of the plain text; RFC 5322 recommends fewer than 78
_FOLDER = "assets/templates"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail of an edition: the sections it holds, and what stands around them."""

    page: Page
    sections: tuple[SectionView, ...]
    title: str
    first: bool
    sender: str
    picture: str = ""  # the Content-ID of the chart
    site: str = ""
    unsubscribe: str
    short: bool = False

    @property
    def preview(self) -> str:
        """Return the further lines of the day: mail programs show what a letter begins with."""
        return " ".join(s.text for line in self.page.headlines[1:] for s in line.sentences[:1])[:_PREVIEW]


_PREVIEW = 180  # letters


def as_html(letter: Letter, say: Phrases) -> str:
    """The letter as one HTML document, its style inlined; what only a style sheet can say stays one."""
    fields: dict[str, Any] = {name: getattr(letter, name) for name in (*letter.__struct_fields__, "preview")}
    html = _template().render(say=say, language=say.language, style=_style(), addresses=_addresses, **fields)
    return _inliner().inline(html)


def _addresses(bullet: Bullet) -> tuple[str, ...]:
    """Return the addresses that hold the evidence of a point, each once."""
    noted = (note.url for sentence in bullet.sentences for note in sentence.notes)
    return tuple(dict.fromkeys(filter(None, noted)))


def as_text(letter: Letter, say: Phrases) -> str:
    """The letter in plain text, wrapped; addresses stand whole on lines of their own."""
    lines = [*_head(letter, say)] if letter.first else [letter.title]
    for section in letter.sections:
        native = f" · {section.native}" if section.native else ""
        name = f"{section.emoji} {section.heading}{native} ({section.count})"
        lines += ["", "", name, "=" * min(columns(name), WIDTH)]
        if section.nothing and section.stories:
            lines += ["", *wrapped(section.nothing)]
        if letter.short:
            lines += ["", *(line for story in (*section.new, *section.continued) for line in _title(story))]
            continue
        first = [part for part in section.parts if part.part in _BEFORE_STORIES]
        lines += _parts(first)
        for story in section.new:
            lines += ["", *_story(story)]
        lines += _parts(part for part in section.parts if part not in first)
        lines += ["", *(n for s in section.continued for n in _story(s))] if section.continued else []
    return "\n".join([*lines, *_foot(letter, say)]) + "\n"


_BEFORE_STORIES = frozenset({"theme", "keyword", "finding"})  # other parts stand behind them, as on the page


def _parts(parts: Iterable[PartView]) -> list[str]:
    lines = []
    for part in parts:
        lines += ["", f"[{part.heading}]", *(line for b in part.bullets for line in _bullet(b))]
    return lines


def _head(letter: Letter, say: Phrases) -> Iterator[str]:
    view = letter.page
    yield view.name
    yield from wrapped(" · ".join((view.date_line, *view.counts)))
    for notice in view.notices:
        yield ""
        yield from wrapped(notice)
    if view.headlines:
        yield from ("", f"[{say('day.headlines')}]")
        for line in view.headlines:
            yield from _bullet(Bullet(name=line.name, sentences=line.sentences))
    if view.rising:
        yield ""
        yield from wrapped(f"{say('rising.heading')}: {' · '.join(view.rising)}")
    if view.author:
        yield ""
        yield from wrapped(view.author)
    if view.chart.bars and not letter.short:
        yield ""
        yield from wrapped(view.chart.alt)
    if letter.site:
        yield ""
        yield f"{say('mail.site')}:"
        yield letter.site


def _bullet(bullet: Bullet) -> list[str]:
    text = " ".join(sentence.text for sentence in bullet.sentences)
    return wrapped(f"{bullet.name}: {text}" if bullet.name else text, "* ", "  ")


def _title(story: StoryView) -> Iterator[str]:
    """A story in a line: the first sentence of its card, and its title before it or, where retold, behind."""
    gist = next((sentence.text for sentence in story.gist), "")
    if story.retold:
        yield from wrapped(f"{gist} ({story.title})", "- ", "  ")
    else:
        yield from wrapped(f"{story.title}: {gist}" if gist else story.title, "- ", "  ")
    if story.url:
        yield f"  {story.url}"


def _story(story: StoryView) -> Iterator[str]:
    gist = " ".join(sentence.text for sentence in story.gist)
    first, second = (gist, story.title) if story.retold else (story.title, gist)
    yield from wrapped(first, "- ", "  ")
    if second:
        yield from wrapped(second, "  ", "  ")
    if story.url:
        yield f"  {story.url}"
    yield from wrapped(" · ".join((*story.facts, *story.marks)), "  ", "  ")
    if story.reproduced:
        yield from wrapped(story.reproduced.short, "  ", "  ")
    for name, url in story.links:
        yield f"  {name}: {url}"


def _foot(letter: Letter, say: Phrases) -> Iterator[str]:
    yield from ("", "", "-- ")
    yield from wrapped(letter.page.made)
    yield from wrapped(say("mail.why", sender=letter.sender))
    yield f"{say('mail.unsubscribe')}: {letter.unsubscribe}"


def wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most 72 columns, broken between words; a longer word is broken by its letters."""
    lines: list[str] = []
    line = first
    empty = True
    for word in text.split():
        if not empty and columns(line) + 1 + columns(word) > WIDTH:
            lines.append(line)
            line, empty = rest, True
        line, empty = (line + word if empty else f"{line} {word}"), False
        while len(line) > 4 * WIDTH:  # a word without end; as RFC 5322 allows 998 octets a line
            lines.append(line[:WIDTH])
            line = rest + line[WIDTH:]
    return [*lines, line]


def halves(sections: Sequence[SectionView]) -> list[tuple[SectionView, ...]]:
    """The halves of a letter that is too long: parted between sections, else between items of one section."""
    if len(sections) > 1:
        middle = len(sections) // 2
        return [tuple(sections[:middle]), tuple(sections[middle:])]
    section = sections[0]
    items: list[tuple[PartView | None, Bullet | StoryView]] = [
        *((part, bullet) for part in section.parts for bullet in part.bullets),
        *((None, story) for story in section.stories),
    ]
    middle = len(items) // 2
    if not middle:
        return [tuple(sections)]
    return [(_with(section, items[:middle]),), (_with(section, items[middle:]),)]


def _with(section: SectionView, items: Sequence[tuple[PartView | None, Bullet | StoryView]]) -> SectionView:
    """The section with some of its items."""
    bullets: dict[PartView, list[Bullet]] = {}
    for part, item in items:
        if part is not None and isinstance(item, Bullet):
            bullets.setdefault(part, []).append(item)
    parts = tuple(msgspec.structs.replace(part, bullets=tuple(own)) for part, own in bullets.items())
    stories = tuple(item for _, item in items if isinstance(item, StoryView))
    return msgspec.structs.replace(section, parts=parts, stories=stories)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("daybrief", _FOLDER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("mail.html")


@cache
def _style() -> str:
    return (files("daybrief") / _FOLDER / "mail.css").read_text(encoding="utf-8")


@cache
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner

    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


MOST_HTML = 95_000  # Gmail shows 102 kB of a message and hides the rest behind a link
_CHART = 280  # pixels of the longest bar: letters stay readable on a phone
_MOST_ADDRESS = 500  # a line of a mail may have 998 octets
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
)
_NAMED = re.compile(r"(?P<name>[^<>\"\\,;:@\x00-\x1f\x7f]*)<(?P<address>[^<>]+)>")
_MAILTO = re.compile(r"mailto:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~@-]{3,300}")
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Which server sends what to whom.

    host: the SMTP server.
    sender: who it is from: `brief@example.org` or `Daily brief <brief@example.org>`.
    to: the readers' addresses; each gets a message of their own.
    port: of the server; 0 means 587 with starttls, 465 with tls, 25 with none.
    security: `starttls` (demanded: without it nothing is sent), `tls` from the first byte, or `none`.
    user: the account at the server; empty: it wants none.
    password_env: environment variable that holds its password.
    name: what this channel is called in receipts and in the outbox.
    kinds: the editions to send.
    chart: put the chart inside, unless the mail is short.
    short: send the day in brief and one line a story, without chart, evidence, links and accounts.
    site: address the output folder is served at, for a link to the page; empty: no link.
    unsubscribe: an https or mailto address where readers leave, `{recipient}` in it stands for the reader;
        empty: a mail to the sender.
    ca_file: certificates to trust instead of the system's.
    max_bytes: bytes of one message; a larger one is not sent and is reported.
    timeout_s: seconds one step of sending may take.
    """

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 0
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password_env: str = ""
    name: str = "email"
    kinds: tuple[EditionKind, ...] = ("papers", "news")
    chart: bool = True
    short: bool = False
    site: str = ""
    unsubscribe: str = ""
    ca_file: str = ""
    max_bytes: int = 5 * 2**20
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        address(self.sender)
        for reader in self.to:
            address(reader)
        variable("email", "password_env", self.password_env, needed=bool(self.user))
        web_url("email", "site", self.site)
        if self.user and self.security == "none" and self.host not in _LOCAL:
            raise ConfigError(
                "email: a password would travel unencrypted", hint='use security = "starttls" or "tls"'
            )
        if len(self.unsubscribe) > _MOST_ADDRESS:
            raise ConfigError("email: unsubscribe is longer than 500 letters", hint="use a shorter address")
        if not _MAILTO.fullmatch(self.unsubscribe):
            web_url("email", "unsubscribe", self.unsubscribe.replace("{recipient}", ""))


class Email:
    """Implements `ports.Channel`."""

    def __init__(self, options: Options) -> None:
        self.name = options.name
        self._options = options
        self._sender = address(options.sender)
        self.route: Route = Smtp(
            host=options.host,
            port=options.port or _PORTS[options.security],
            security=options.security,
            sender=self._sender.addr_spec,
            user=options.user,
            password_env=options.password_env,
            ca_file=options.ca_file,
            timeout_s=options.timeout_s,
        )

    def messages(self, issue: Issue) -> Iterator[Message]:
        """The messages of each edition, one a reader; several where it is longer than mail programs show."""
        for edition in editions_of(issue, self._options.kinds):
            say = phrases(edition.language)
            png = self._picture(edition)
            letters = self._letters(edition, say)
            for reader in self._options.to:
                bodies = []
                for n, letter in enumerate(letters, start=1):
                    key = message_key(self.name, reader, edition.digest, n)
                    bodies.append(self._mail(letter, edition, say, reader, key, png if n == 1 else b""))
                yield from numbered(
                    self.name,
                    reader,
                    edition,
                    bodies,
                    media_type="message/rfc822",
                    subject=letters[0].title,
                )

    def _picture(self, edition: Edition) -> bytes:
        if not self._charted(edition):
            return b""
        return to_png(draw(edition.chart, edition.language, _CHART), 2.0)

    def _charted(self, edition: Edition) -> bool:
        """Whether a mail of the edition holds its chart: a short one says the day in words alone."""
        return bool(self._options.chart and not self._options.short and edition.chart.bars)

    def _letters(self, edition: Edition, say: Phrases) -> list[Letter]:
        """The edition in as few letters as mail programs show whole."""
        view = page(edition)
        count = next(iter(view.counts), "")
        late = say("mail.late") if edition.late else ""
        about = (lead_of(view), say("title.index"), edition.window.day.isoformat(), late, count)
        title = " · ".join(filter(None, about))
        site = f"{self._options.site.rstrip('/')}/{view.day}/{view.kind}.html" if self._options.site else ""
        whole = Letter(
            page=view,
            sections=view.sections,
            title=title,
            first=True,
            sender=self._sender.display_name or self._sender.addr_spec,
            picture="chart" if self._charted(edition) else "",
            short=self._options.short,
            site=site,
            unsubscribe=self._options.unsubscribe or f"mailto:{self._sender.addr_spec}",
        )
        shares = list(_shares(whole, say))
        return [
            msgspec.structs.replace(
                whole,
                sections=share,
                first=n == 1,
                picture=whole.picture if n == 1 else "",
                title=f"{title} ({say('mail.part', part=n, parts=len(shares))})"
                if len(shares) > 1
                else title,
            )
            for n, share in enumerate(shares, start=1)
        ]

    def _mail(
        self, letter: Letter, edition: Edition, say: Phrases, reader: str, key: str, png: bytes
    ) -> bytes:
        domain = self._sender.domain
        picture = f"chart.{key}@{domain}" if png else ""
        leave = letter.unsubscribe.replace("{recipient}", quote(reader, safe=""))
        own = msgspec.structs.replace(letter, picture=picture, unsubscribe=leave)
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._sender
        mail["To"] = address(reader)
        mail["Date"] = edition.made_at
        if leave.startswith("https:"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = edition.language
        mail.set_content(
            as_text(own, say),
            cte="base64" if language_or_source(edition.language).letters else "quoted-printable",
        )
        mail.add_alternative(as_html(own, say), subtype="html", cte="base64")
        if png:
            (_, html) = mail.iter_parts()
            assert isinstance(html, EmailMessage)  # noqa: S101 - add_alternative made it
            html.add_related(
                png, "image", "png", cid=f"<{picture}>", disposition="inline", filename="chart.png"
            )
            html.set_boundary(f"related-{key}")
        mail.set_boundary(f"alternative-{key}")
        # By hand: the standard library turns a long address into encoded words, which nobody reads there.
        # And it loses the blank where it parts a long subject into two encoded words.
        subject = Header(" ".join(letter.title.split()), header_name="Subject").encode(linesep="\r\n")
        plain = f"Message-ID: <{key}@{domain}>\r\nSubject: {subject}\r\nList-Unsubscribe: <{leave}>\r\n"
        whole = plain.encode("ascii") + mail.as_bytes()
        if len(whole) > self._options.max_bytes:
            raise DeliveryError(
                f"{self.name}: a mail of the {edition.kind} edition has {len(whole)} bytes",
                publisher=self.name,
                hint="raise max_bytes if the server takes so much, or lower ranking.most",
            )
        return whole


def make(options: Options, tools: Tools) -> Email:  # noqa: ARG001 - every plugin gets its tools
    """The channel."""
    return Email(options)


def address(text: str) -> Address:
    """`name@host` or `Name <name@host>` as an address; raises ConfigError that names it."""
    named = _NAMED.fullmatch(text.strip())
    spec = (named["address"] if named else text).strip()
    if not _ADDRESS.fullmatch(spec) or ".." in spec:
        raise ConfigError(
            f"email: {text!r} is no address", hint='for example "brief@example.org", in ASCII letters'
        )
    return Address(display_name=named["name"].strip() if named else "", addr_spec=spec)


def _shares(letter: Letter, say: Phrases) -> Iterator[tuple[SectionView, ...]]:
    """The sections in shares whose HTML mail programs show whole; a single item is never divided."""
    html = as_html(letter, say)
    split = halves(letter.sections) if letter.sections and len(html.encode()) > MOST_HTML else []
    if len(split) < 2:
        yield letter.sections
        return
    for sections in split:
        yield from _shares(msgspec.structs.replace(letter, sections=sections), say)
