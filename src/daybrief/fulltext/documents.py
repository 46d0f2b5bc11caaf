"""The parser of fetched documents, in a process of its own: bytes in on standard input, JSON out.

    python -c "from daybrief.fulltext.documents import main; main()" < {"kind": …}\\n<bytes>

A document is somebody else's: what reads it may run out of memory, loop or crash. So it reads here, with a
limit on memory, processor time and open files that this process sets itself before it imports a parser; a
crash costs the one document. `pypdf`, `trafilatura` and `pillow` come with `daybrief[fulltext]`.
"""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from daybrief.errors import NotWhatWeAsked
from daybrief.text.decoding import decoded
from daybrief.text.plain import line, paragraph
from daybrief.whole import Figure, FullText, TextPassage, licence_of, role_of

Kind = Literal["html", "tex", "pdf", "article", "picture"]

MOST_PAGES = 40
MOST_PAGE = 20_000  # characters of one page of a PDF
MOST_ARTICLE = 40_000
MOST_PIXELS = 40_000_000  # of a picture before it is drawn anew
WIDEST, TALLEST = 720, 540  # pixels of the picture that is kept
MOST_PICTURE = 60_000  # bytes of it
_SMALLEST = 80  # pixels: less shows nothing
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to read, and how much it may take: the first line of the input."""

    kind: Kind
    url: str
    charset: str = ""
    seconds: int = 20
    memory_mib: int = 1024


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: a text or a picture, or in `error` why there is none."""

    text: FullText | None = None
    picture: Figure | None = None
    error: str = ""


def main() -> None:
    """Reads one document from standard input, and writes one `Parsed` to standard output."""
    first, raw = sys.stdin.buffer.readline(), sys.stdin.buffer.read()
    job = msgspec.json.decode(first, type=Job)
    limit_resources(job.seconds, job.memory_mib)
    logging.disable(logging.CRITICAL)  # parsers complain of every document
    sys.stdout.buffer.write(msgspec.json.encode(parsed(job, raw)))


def limit_resources(seconds: int, memory_mib: int) -> None:
    """Bounds this process where the system can; elsewhere the one that started it ends it by the clock."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for name, most in (("RLIMIT_CPU", seconds), ("RLIMIT_AS", memory_mib << 20), ("RLIMIT_FSIZE", 0)):
        if (which := getattr(resource, name, None)) is not None:
            _, hard = resource.getrlimit(which)
            capped = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (capped, hard))


def parsed(job: Job, raw: bytes) -> Parsed:
    """What is in the document, or why it could not be read: never an exception."""
    try:
        if job.kind == "picture":
            return Parsed(picture=from_picture(raw, job.url))
        return Parsed(text=_READERS[job.kind](job, raw))
    except NotWhatWeAsked as unfit:
        return Parsed(error=unfit.message)
    except ImportError as missing:
        return Parsed(error=f"{missing.name or missing}: pip install 'daybrief[fulltext]'")
    except MemoryError:
        return Parsed(error=f"it takes more than {job.memory_mib} MiB to read")
    except Exception as broken:  # a parser of somebody else's, on bytes of somebody else's
        return Parsed(error=f"{type(broken).__name__}: {str(broken)[:200]}")


def _html(job: Job, raw: bytes) -> FullText:
    from daybrief.fulltext.papers import from_html

    return from_html(decoded(raw, (job.charset,) if job.charset else ()), job.url)


def _tex(job: Job, raw: bytes) -> FullText:
    from daybrief.fulltext.papers import from_tex

    return from_tex(raw, job.url)


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────────

_NAMES = (
    "introduction|background|related work|preliminaries|methods?|methodology|approach|experiments?"
    "|experimental (?:setup|results)|evaluation|results|results and discussion|discussion|analysis|ablations?"
    "|limitations?|limitations and future work|future work|conclusions?|conclusion and future work"
    "|concluding remarks|broader impact|ethics statement|ethical considerations|acknowledge?ments?|references"
    "|bibliography|appendix"
)
_HEADING = re.compile(
    rf"^(?:(?P<number>(?:\d{{1,2}}|[IVX]{{1,5}})\.?)\s+(?P<title>[A-Z][A-Za-z][^.!?]{{2,70}})"
    rf"|(?P<named>{_NAMES}))\s*$",
    re.IGNORECASE,
)
_END = re.compile(r"references|bibliography|acknowledge?ments?", re.IGNORECASE)


def _pdf(job: Job, raw: bytes) -> FullText:
    """The first pages of a PDF, cut at what looks like a heading of a section."""
    from pypdf import PdfReader

    if raw[:1024].find(b"%PDF-") < 0:
        raise NotWhatWeAsked("no PDF")
    reader = PdfReader(io.BytesIO(raw), strict=False)
    if reader.is_encrypted:
        raise NotWhatWeAsked("the PDF is encrypted")
    pages = [reader.pages[n].extract_text()[:MOST_PAGE] for n in range(min(len(reader.pages), MOST_PAGES))]
    lines = [one.strip() for page in pages for one in page.splitlines()]
    passages = tuple(_cut(lines))
    if not passages:
        raise NotWhatWeAsked("the PDF shows no sections", hint="it may be made of pictures")
    from daybrief.fulltext.papers import resources

    addresses = re.findall(r"https?://[^\s<>\"{}|\\^`\[\]()]{4,300}", "\n".join(lines))
    return FullText(form="pdf", url=job.url, passages=passages, links=resources(addresses))


def _cut(lines: Sequence[str]) -> Iterator[TextPassage]:
    """A passage a heading; what stands before the first one and behind the references is left out."""
    title, held = "", list[str]()
    for text in lines:
        heading = _HEADING.match(text)
        if heading is None:
            held.append(text)
            continue
        yield from _passage(title, held)
        title, held = line(text, 120), []
        if _END.fullmatch(heading["named"] or heading["title"] or ""):
            return
    yield from _passage(title, held)


def _passage(title: str, lines: Sequence[str]) -> Iterator[TextPassage]:
    role = role_of(title) if title else None
    text = paragraph(_joined(lines), MOST_ARTICLE) if role else ""
    if role and text:
        yield TextPassage(role=role, title=title, text=text)


def _joined(lines: Sequence[str]) -> str:
    """The lines as one text: a word that a hyphen parts at a line's end is put together."""
    text = "\n".join(one for one in lines if one and not one.isdigit())
    return re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text).replace("\n", " ")


# ── an article ──────────────────────────────────────────────────────────────────────────────────────


def _article(job: Job, raw: bytes) -> FullText:
    """The main text of a page, without what stands around it."""
    from selectolax.lexbor import LexborHTMLParser
    from trafilatura import extract

    html = decoded(raw, (job.charset,) if job.charset else ())
    text = extract(html, url=job.url, include_comments=False, include_tables=False, favor_precision=True)
    words = paragraph(" ".join((text or "").split()), MOST_ARTICLE)
    if len(words) < 200:
        raise NotWhatWeAsked("the page shows no text")
    marks = LexborHTMLParser(html).css('a[rel="license"], link[rel="license"]')
    licence = next((found for mark in marks if (found := licence_of(mark.attributes.get("href") or ""))), "")
    passage = TextPassage(role="article", title="article", text=words)
    return FullText(form="article", url=job.url, licence=licence, passages=(passage,))


# ── a picture ───────────────────────────────────────────────────────────────────────────────────────


def from_picture(raw: bytes, url: str) -> Figure:
    """The picture drawn anew as a small JPEG on white; raises NotWhatWeAsked for what is none.

    Nothing of the file is passed on but its pixels: no metadata, no colour profile, no second picture.
    """
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(io.BytesIO(raw), formats=_FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS or min(width, height) < _SMALLEST:
            raise NotWhatWeAsked(f"the picture has {width} x {height} pixels")
        opened.draft("RGB", (WIDEST, TALLEST))
        coloured = opened.convert("RGBA")
    coloured.thumbnail((WIDEST, TALLEST))
    drawn = Image.new("RGB", coloured.size, "white")
    drawn.paste(coloured, mask=coloured.getchannel("A"))
    for quality in (82, 65, 45):
        file = io.BytesIO()
        drawn.save(file, "JPEG", quality=quality, optimize=True)
        if file.tell() <= MOST_PICTURE:
            return Figure(
                caption="", url=url, picture=file.getvalue(), width=drawn.width, height=drawn.height
            )
    raise NotWhatWeAsked(f"the picture takes more than {MOST_PICTURE} bytes")


_READERS: dict[str, Callable[[Job, bytes], Any]] = {
    "html": _html, "tex": _tex, "pdf": _pdf, "article": _article,
}  # fmt: skip
