r"""The parser of fetched documents, in a process of its own: bytes in on standard input, JSON out.

    python -c "from daybrief.fulltext.documents import main; main()" < {"kind": …} <line break> <bytes>

A document is somebody else's: what reads it may run out of memory, loop or crash. So it reads here, with a
limit on memory, processor time and open files that this process sets itself before it reads; a
crash costs the one document. `pypdf`, `trafilatura` and `pillow` come with `daybrief[fulltext]`.

    HTML     LaTeXML's, as arXiv makes it: sections by their classes, captions where they stand, the licence
    TeX      `\input` followed inside the archive, pictures and tables left out, then cut at `\section`
    PDF      the first pages, cut at what looks like a heading
    article  the main text of a page
    picture  drawn anew, small

TeX is never run: a macro without arguments is put in once, nothing else is defined, nothing is read from
outside of the archive and nothing is written to disk. All limits are in characters, members and depth, so
that a bomb costs what a long paper costs.
"""

from __future__ import annotations

import io
import logging
import posixpath
import re
import sys
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from daybrief.errors import NotWhatWeAsked
from daybrief.text.decoding import decoded
from daybrief.text.latex import readable
from daybrief.text.plain import line, paragraph
from daybrief.whole import Figure, FullText, Role, TextPassage, licence_of, role_of

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
    """The order to read, and its bounds: the first line of the input."""

    kind: Kind
    url: str
    charset: str = ""
    seconds: int = 20
    memory_mib: int = 1024


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """The result of reading: a text or a picture, or in `error` why there is none."""

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
    """Read what is in the document, or say why it could not be read: never an exception."""
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
    return from_html(decoded(raw, (job.charset,) if job.charset else ()), job.url)


def _tex(job: Job, raw: bytes) -> FullText:
    return from_tex(raw, job.url)


MOST_SECTION = 60_000  # characters of one section
MOST_CAPTION = 1_500
MOST_CAPTIONS = 30
MOST_AFFILIATIONS = 12
MOST_LINKS = 12

_HOSTS = frozenset(
    "github.com gitlab.com bitbucket.org codeberg.org huggingface.co hf.co zenodo.org kaggle.com "
    "colab.research.google.com".split()
)


def resources(addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses that lead to code, data or models, or to a project's page, each once."""
    links: dict[str, None] = {}
    for address in addresses:
        try:
            parts = urlsplit(address.strip().rstrip(".,;:)"))
        except ValueError:
            continue
        host = (parts.hostname or "").removeprefix("www.")
        deep = len([step for step in parts.path.split("/") if step]) >= 2
        if parts.scheme in ("http", "https") and ((host in _HOSTS and deep) or host.endswith(".github.io")):
            links.setdefault(f"https://{host}{parts.path}"[:300])
    return tuple(links)[:MOST_LINKS]


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────────

_NOISE = (
    "script, style, .ltx_note, .ltx_ERROR, .ltx_bibliography, .ltx_page_footer, .ltx_page_header, .ltx_TOC, "
    ".ltx_equation, .ltx_equationgroup, .ltx_float, .ltx_listing, .package-alerts"
)
_LICENCE = '#license-tr, .abs-license a, a[rel="license"], link[rel="license"]'


def from_html(html: str, url: str) -> FullText:
    """The text of a LaTeXML page; raises NotWhatWeAsked for any other page."""
    tree = LexborHTMLParser(html)
    document = tree.css_first("article.ltx_document") or tree.css_first(".ltx_document")
    if document is None:
        raise NotWhatWeAsked("no paper in HTML", hint="the page may say that there is none")
    addresses = [link.attributes.get("href") or "" for link in document.css("a[href]")]
    licence = next((licence_name for node in tree.css(_LICENCE) if (licence_name := _licence(node))), "")
    affiliations = [_words(node) for node in document.css(".ltx_role_affiliation, .ltx_role_institutetext")]
    figure = _first_figure(document, url)
    captions = list(_captions(document))
    for node in document.css(_NOISE):
        node.decompose()
    return FullText(
        form="html",
        url=url,
        licence=licence,
        passages=(*_sections(document), *captions),
        figure=figure,
        affiliations=_short(affiliations),
        links=resources(addresses),
    )


def _licence(node: LexborNode) -> str:
    return licence_of(f"{node.attributes.get('href') or ''} {node.text(deep=True)[:200]}")


def _sections(document: LexborNode) -> Iterator[TextPassage]:
    """The sections and appendices outside of each other, with the paragraphs of their subsections.

    A subsection on limitations is a passage of its own.
    """
    for node in document.css("section.ltx_section, section.ltx_appendix"):
        title = _title(node)
        own = role_of(title) if "ltx_appendix" not in (node.attributes.get("class") or "") else None
        for inner in node.css("section.ltx_subsection, section.ltx_paragraph"):
            role = role_of(_title(inner))
            if role == "limitations" and own != "limitations":
                yield TextPassage(role=role, title=line(_title(inner), 120), text=_text(inner))
                inner.decompose()
        if own:
            yield TextPassage(role=own, title=line(title, 120), text=_text(node))


def _title(section: LexborNode) -> str:
    heading = section.css_first(".ltx_title")
    return _words(heading) if heading is not None else ""


def _text(section: LexborNode) -> str:
    parts: list[str] = []
    size = 0
    for node in section.css("p.ltx_p, .ltx_theorem .ltx_title"):
        text = _words(node)
        size += len(text)
        if size > MOST_SECTION:
            break
        parts.append(text)
    return paragraph(" ".join(part for part in parts if part), MOST_SECTION)


def _words(node: LexborNode) -> str:
    """The text of a node with its formulas as they were written in TeX, made readable."""
    for formula in node.css("math"):
        written = (formula.attributes.get("alttext") or "").replace("$", "")
        formula.replace_with(f"${written}$" if written else formula.text(deep=True))
    text = " ".join(node.text(deep=True).split())
    return line(readable(text), MOST_SECTION)


def _captions(document: LexborNode) -> Iterator[TextPassage]:
    """The captions of figures and tables; where one figure holds others, the caption is its own."""
    for node in document.css("figure > figcaption")[:MOST_CAPTIONS]:
        tag, text = _caption(node)
        if tag and text:
            yield TextPassage(role="caption", title=tag, text=text)


_TAG = re.compile(
    r"^\s*((?:Figure|Fig\.?|Table|Algorithm|Listing)\s*[A-Z]?\d*(?:\.\d+)?)\s*[:.]\s*", re.IGNORECASE
)


def _caption(node: LexborNode) -> tuple[str, str]:
    """The thing that the caption is of (`Figure 1`), and its words."""
    words = _words(node)
    tag = _TAG.match(words)
    return (line(tag[1], 40), line(words[tag.end() :], MOST_CAPTION)) if tag else ("", words)


def _first_figure(document: LexborNode, url: str) -> Figure | None:
    """Figure 1 with its own caption and picture; None unless it is one picture under one caption.

    A caption and a picture belong together when they are of the same element and of no element inside it:
    of figures made of several pictures there would be a wrong pair sooner or later.
    """
    for node in document.css("figure.ltx_figure"):
        captions = [child for child in node.iter() if child.tag == "figcaption"]
        pictures = node.css("img")
        if not captions or any(child.css_first("figure") is not None for child in node.iter()):
            continue
        tag, text = _caption(captions[0])
        if re.fullmatch(r"Fig(?:ure|\.)?\s*1", tag, re.IGNORECASE) is None:
            continue
        source = pictures[0].attributes.get("src") or "" if len(pictures) == 1 else ""
        address = "" if source.startswith("data:") else urljoin(_folder(url), source) if source else ""
        return Figure(caption=text, url=address) if text else None
    return None


def _folder(url: str) -> str:
    """The address that a page's pictures are relative to: arXiv's pages lie in a folder of their own."""
    return url if url.endswith("/") else f"{url}/"


def _short(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line(text, 160) for text in texts if text.strip()))[:MOST_AFFILIATIONS]


# ── TeX ─────────────────────────────────────────────────────────────────────────────────────────────

MOST_UNPACKED = 48 * 2**20  # bytes of an archive, pictures included
MOST_MEMBERS = 2_000
MOST_FILE = 2 * 2**20
MOST_TEX = 3 * 2**20  # characters of a paper with all that it includes
MOST_DEPTH = 8
MOST_MACROS = 400

_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_INPUT = re.compile(r"\\(?:input|include|subfile)\s*\{([^{}]{1,200})\}|\\input\s+([\w./-]{1,200})")
_MACRO = re.compile(
    r"\\(?:re)?newcommand\*?\s*\{?\\([A-Za-z]{1,40})\}?\s*\{([^{}\\]{1,120})(?:\\xspace)?\s*\}"
    r"|\\def\\([A-Za-z]{1,40})\s*\{([^{}\\#]{1,120})(?:\\xspace)?\s*\}"
)
_HEADING = re.compile(r"\\(section|subsection|subsubsection|paragraph)\*?\s*(?:\[[^\]]{0,300}\])?\s*(?=\{)")
_EDGE = re.compile(r"\\(begin|end)\s*\{([A-Za-z]{1,30}\*?)\}")
_LEFT_OUT = frozenset(
    "figure table wrapfigure wraptable subfigure tabular tabularx longtable equation align gather multline "
    "eqnarray algorithm algorithmic algorithm2e lstlisting verbatim minted tikzpicture thebibliography "
    "abstract displaymath math array comment filecontents CCSXML".split()
)
_AFTER = re.compile(r"\\end\{document\}|\\appendix\b|\\bibliography\{|\\printbibliography")
_ADDRESS = re.compile(r"\\(?:url|href)\s*\{([^{}\s]{1,400})\}|(https?://[^\s{}\\]{4,300})")


def unpacked(raw: bytes) -> dict[str, str]:
    """The TeX files of what arXiv sends, by their path; raises NotWhatWeAsked where there are none.

    That is a tar archive or a single file, gzipped or not. A path may be anything: files are looked up in
    this table alone, never on disk.
    """
    if raw[:2] == b"\x1f\x8b":
        inflater = zlib.decompressobj(wbits=31)
        raw = inflater.decompress(raw, MOST_UNPACKED + 1)
        if len(raw) > MOST_UNPACKED:
            raise NotWhatWeAsked(f"the source unpacks to more than {MOST_UNPACKED >> 20} MiB")
    if raw[:5] == b"%PDF-":
        raise NotWhatWeAsked("the source is a PDF")
    files = dict(_members(raw)) if raw[257:262] == b"ustar" else {"main.tex": _decoded(raw)}
    if not any("\\document" in text for text in files.values()):
        raise NotWhatWeAsked("the source holds no LaTeX document")
    return files


def _members(raw: bytes) -> Iterator[tuple[str, str]]:
    total = 0
    with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
        for number, member in enumerate(archive):
            if number >= MOST_MEMBERS or total > MOST_TEX:
                return
            if member.isreg() and member.size <= MOST_FILE and member.name.lower().endswith((".tex", ".ltx")):
                file = archive.extractfile(member)
                text = _decoded(file.read(MOST_FILE)) if file else ""
                total += len(text)
                yield _normal(member.name), text


def _decoded(raw: bytes) -> str:
    text = raw[:MOST_FILE]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/")).lstrip("/")


def from_tex(raw: bytes, url: str) -> FullText:
    """The text of a paper's source; raises NotWhatWeAsked where it holds no document."""
    files = unpacked(raw)
    name = max(files, key=lambda name: ("\\begin{document}" in files[name], len(files[name]), name))
    whole = _included(name, files)
    head, _, body = whole.partition("\\begin{document}")
    body = re.split(
        r"\\end\{document\}|\\appendix\b|\\bibliography\{|\\printbibliography", body or head, maxsplit=1
    )[0]
    macros = _macros(whole)
    outside, captions = _parted(body)
    addresses = [match[1] or match[2] for match in _ADDRESS.finditer(body)]
    return FullText(
        form="tex",
        url=url,
        passages=(*_cut_at_headings(_expanded(outside, macros)), *_tex_captions(captions, macros)),
        affiliations=_short([_plain(_expanded(text, macros)) for text in _affiliations(whole)]),
        links=resources(addresses),
    )


def _included(name: str, files: dict[str, str]) -> str:
    """A file with those that it includes in their places; none inside itself, and in all within a bound."""
    left = MOST_TEX

    def parts(name: str, above: tuple[str, ...]) -> Iterator[str]:
        nonlocal left
        text = _COMMENT.sub("", files[name])
        end = 0
        for match in _INPUT.finditer(text):
            yield text[end : match.start()]
            end = match.end()
            target = _target(match[1] or match[2], name, files)
            if target and target not in above and len(above) < MOST_DEPTH and left > 0:
                left -= len(files[target])
                yield from parts(target, (*above, target))
        yield text[end:]

    return "".join(parts(name, (name,)))[: 2 * MOST_TEX]


def _target(path: str, name: str, files: dict[str, str]) -> str:
    """The included file in the archive, from its top or beside the one that includes it; "" where none is."""
    beside = posixpath.join(posixpath.dirname(name), path.strip())
    options = (form for base in (path.strip(), beside) for form in (base, f"{base}.tex"))
    return next((normal for option in options if (normal := _normal(option)) in files), "")


def _macros(text: str) -> dict[str, str]:
    """The macros without arguments whose text holds no other one."""
    macros: dict[str, str] = {}
    for match in _MACRO.finditer(text):
        macros[match[1] or match[3]] = (match[2] or match[4]).strip()
        if len(macros) >= MOST_MACROS:
            break
    return macros


_NAMED = re.compile(r"\\([A-Za-z]{1,40})(?![A-Za-z])(?:\{\}|\\xspace)?")


def _expanded(text: str, macros: dict[str, str]) -> str:
    """The text with each macro put in once; what is put in holds none, so nothing can grow on."""
    if not macros:
        return text
    return _NAMED.sub(lambda match: macros.get(match[1], match[0]), text)[: 4 * MOST_TEX]


def _parted(body: str) -> tuple[str, list[tuple[str, str]]]:
    """The text outside of figures, tables and formulas, and those that were left out: (environment, text)."""
    outside: list[str] = []
    inside: list[tuple[str, str]] = []
    at = depth = begin = 0
    name = ""
    for edge in _EDGE.finditer(body):
        kind = edge[2].rstrip("*")
        if not depth and edge[1] == "begin" and kind in _LEFT_OUT:
            outside.append(body[at : edge.start()])
            name, depth, begin = kind, 1, edge.end()
        elif depth and kind == name:
            depth += 1 if edge[1] == "begin" else -1
            if not depth:
                inside.append((name, body[begin : edge.start()]))
                at = edge.end()
    if not depth:
        outside.append(body[at:])
    return "\n\n".join(outside), inside


def _tex_captions(environments: Sequence[tuple[str, str]], macros: dict[str, str]) -> Iterator[TextPassage]:
    """The caption of each figure and table under its number; parts of a figure have none of their own."""
    counted = {"Figure": 0, "Table": 0}
    for name, text in environments:
        kind = {"figure": "Figure", "wrapfigure": "Figure", "table": "Table", "wraptable": "Table"}.get(name)
        captions = [match for match in re.finditer(r"\\caption\*?\s*(?:\[[^\]]{0,500}\])?\s*(?=\{)", text)]
        if kind is None or not captions:
            continue
        counted[kind] += 1
        words = line(_plain(_expanded(_braced(text, captions[-1].end()), macros)), MOST_CAPTION)
        if words and sum(counted.values()) <= MOST_CAPTIONS:
            yield TextPassage(role="caption", title=f"{kind} {counted[kind]}", text=words)


def _braced(text: str, start: int, most: int = 4_000) -> str:
    """The text between the brace at `start` and its partner; "" where that is further than `most`."""
    depth = 0
    for brace in re.finditer(r"(?<!\\)[{}]", text[start : start + most]):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return text[start + 1 : start + brace.start()]
    return ""


def _cut_at_headings(text: str) -> Iterator[TextPassage]:
    """A passage a section; a smaller heading begins one only where it is on limitations."""
    title, role, begin = "", None, 0
    number = 0
    for match in _HEADING.finditer(text):
        heading = _braced(text, match.end(), 400)
        own = role_of(_plain(heading))
        if match[1] != "section" and own != "limitations":
            continue
        yield from _section(title, role, text[begin : match.start()])
        number += match[1] == "section"
        plain = _plain(heading)
        title, role = (f"{number} {plain}" if match[1] == "section" else plain), own
        begin = match.end() + len(heading) + 2
    yield from _section(title, role, text[begin:])


def _section(title: str, role: Role | None, text: str) -> Iterator[TextPassage]:
    if role and (words := paragraph(_plain(text[:MOST_SECTION]), MOST_SECTION)):
        yield TextPassage(role=role, title=line(title, 120), text=words)


def _affiliations(text: str) -> Iterator[str]:
    for match in re.finditer(
        r"\\(?:affiliation|affil|institute|institution|address)\s*(?:\[[^\]]{0,80}\])?\s*(?=\{)", text
    ):
        yield _braced(text, match.end())


_AFFILIATION = re.compile(
    r"\\(?:affiliation|affil|institute|institution|address)\s*(?:\[[^\]]{0,80}\])?\s*(?=\{)"
)
_DROPPED = re.compile(
    r"\\(?:cite[a-z]*|citep|citet|autocite|parencite|label|footnote|footnotemark|footnotetext|thanks|vspace|hspace"
    r"|includegraphics|bibliographystyle|input|setlength|todo|index)\*?\s*(?:\[[^\]]{0,300}\]\s*){0,2}(?=\{)"
)
_REFERRED = re.compile(r"(?:\(|~|\s)?\\(?:ref|eqref|autoref|cref|Cref|pageref)\*?\s*\{[^{}]{0,200}\}\)?")
_LINKED = re.compile(r"\\href\s*\{[^{}]{0,400}\}\s*(?=\{)")
_SHOWN = re.compile(r"\\(?:url|nolinkurl)\s*\{[^{}]{0,400}\}")
_DISPLAYED = re.compile(r"\$\$[^$]{0,4000}\$\$|\\\[.{0,4000}?\\\]", re.DOTALL)
_STYLED = re.compile(
    r"\\(?:emph|text[a-z]{2}|textnormal|underline|mbox|paragraph|subsection|subsubsection"
    r"|textcolor\{[^{}]{0,40}\}|item)\*?\s*(?=\{)"
)
_COMMAND = re.compile(
    r"\\(?:begin|end)\s*\{[^{}]{0,40}\}(?:\[[^\]]{0,80}\])?|\\item\b"
    r"|\\[A-Za-z]{1,40}\*?(?:\[[^\]]{0,80}\])?|\\\\(?:\[[^\]]{0,20}\])?"
)
_FORMULA = re.compile(r"\$[^$]{0,600}\$|\\\(.{0,600}?\\\)", re.DOTALL)


def _plain(text: str) -> str:
    """Running text without commands; a formula is made readable where the table of `text.latex` knows it."""
    text = _without_arguments(_DISPLAYED.sub(" ", text))
    text = _SHOWN.sub("", _LINKED.sub("", _REFERRED.sub("", text)))
    parts: list[str] = []
    end = 0
    for formula in _FORMULA.finditer(text):
        parts += [_prose(text[end : formula.start()]), readable(re.sub(r"^\\\(|\\\)$", "$", formula[0]))]
        end = formula.end()
    parts.append(_prose(text[end:]))
    return " ".join("".join(parts).split()).replace(" ,", ",").replace(" .", ".")


def _without_arguments(text: str) -> str:
    """The text without the commands that show nothing here, and without what they are given."""
    parts: list[str] = []
    end = 0
    for match in _DROPPED.finditer(text):
        if match.start() < end:
            continue
        parts.append(text[end : match.start()].rstrip("~"))
        end = match.end() + len(_braced(text, match.end())) + 2
    return "".join((*parts, text[end:]))


def _prose(text: str) -> str:
    text = _STYLED.sub("", readable(text))
    text = _COMMAND.sub(" ", text)
    text = re.sub(r"(?<!\\)[{}]", "", text).replace("~", " ").replace("``", "“").replace("''", "”")
    return re.sub(r"\\([%&#$_{}])", r"\1", text).replace("---", " – ").replace("--", "–")


# ── PDF ─────────────────────────────────────────────────────────────────────────────────────────────

_NAMES = (
    "introduction|background|related work|preliminaries|methods?|methodology|approach|experiments?"
    "|experimental (?:setup|results)|evaluation|results|results and discussion|discussion|analysis|ablations?"
    "|limitations?|limitations and future work|future work|conclusions?|conclusion and future work"
    "|concluding remarks|broader impact|ethics statement|ethical considerations|acknowledge?ments?|references"
    "|bibliography|appendix"
)
_PDF_HEADING = re.compile(
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
    lines = [row.strip() for page in pages for row in page.splitlines()]
    passages = tuple(_cut_at_lines(lines))
    if not passages:
        raise NotWhatWeAsked("the PDF shows no sections", hint="it may be made of pictures")
    addresses = re.findall(r"https?://[^\s<>\"{}|\\^`\[\]()]{4,300}", "\n".join(lines))
    return FullText(form="pdf", url=job.url, passages=passages, links=resources(addresses))


def _cut_at_lines(lines: Sequence[str]) -> Iterator[TextPassage]:
    """A passage a heading; what stands before the first one and behind the references is left out."""
    title, passage_lines = "", list[str]()
    for text in lines:
        heading = _PDF_HEADING.match(text)
        if heading is None:
            passage_lines.append(text)
            continue
        yield from _passage(title, passage_lines)
        title, passage_lines = line(text, 120), []
        if _END.fullmatch(heading["named"] or heading["title"] or ""):
            return
    yield from _passage(title, passage_lines)


def _passage(title: str, lines: Sequence[str]) -> Iterator[TextPassage]:
    role = role_of(title) if title else None
    text = paragraph(_joined(lines), MOST_ARTICLE) if role else ""
    if role and text:
        yield TextPassage(role=role, title=title, text=text)


def _joined(lines: Sequence[str]) -> str:
    """The lines as one text: a word that a hyphen parts at a line's end is put together."""
    text = "\n".join(row for row in lines if row and not row.isdigit())
    return re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text).replace("\n", " ")


# ── an article ──────────────────────────────────────────────────────────────────────────────────────


def _article(job: Job, raw: bytes) -> FullText:
    """The main text of a page, without what stands around it."""
    from trafilatura import extract

    html = decoded(raw, (job.charset,) if job.charset else ())
    text = extract(html, url=job.url, include_comments=False, include_tables=False, favor_precision=True)
    words = paragraph(" ".join((text or "").split()), MOST_ARTICLE)
    if len(words) < 200:
        raise NotWhatWeAsked("the page shows no text")
    marks = LexborHTMLParser(html).css('a[rel="license"], link[rel="license"]')
    licence = next(
        (licence_name for mark in marks if (licence_name := licence_of(mark.attributes.get("href") or ""))),
        "",
    )
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
