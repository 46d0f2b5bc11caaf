# ruff: noqa: E501 - documents as they are sent
"""Works in the formats that arXiv and outlets send, made by hand: LaTeXML HTML, TeX archives, PDF, pictures."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping, Sequence

ABSTRACT = (
    "We propose Tidewater, a sparse adapter for speech recognition. It reaches a word error rate of 4.1% on "
    "LibriSpeech, down from 5.3%. Tidewater needs no labels."
)
LIMIT = "Tidewater was only tested on read English speech, so accents may not be recognised as well."
CONCLUSION = "We presented Tidewater. Our experiments show that sparse adapters lower the error rate on far-field speech."


def html(
    *, licence: str = "CC BY 4.0", figure: str = "x1.png", title: str = "5 Limitations", extra: str = ""
) -> str:
    """A paper as arXiv renders it with LaTeXML."""
    return f"""<!DOCTYPE html><html lang="en"><head><title>Tidewater</title></head><body>
<div class="ltx_page_main"><div class="section" id="target-section">
<a id="license-tr" href="https://info.arxiv.org/help/license/index.html#licenses-available">License: {licence}</a>
</div>
<article class="ltx_document ltx_authors_1line">
<h1 class="ltx_title ltx_title_document">Tidewater: Sparse Adapters for Speech</h1>
<div class="ltx_authors"><span class="ltx_creator ltx_role_author"><span class="ltx_personname">Ann Lee</span>
<span class="ltx_author_notes"><span class="ltx_contact ltx_role_affiliation">University of Ulsan</span></span></span></div>
<div class="ltx_abstract"><h6 class="ltx_title ltx_title_abstract">Abstract</h6><p class="ltx_p">{ABSTRACT}</p></div>
<section class="ltx_section" id="S1">
<h2 class="ltx_title ltx_title_section"><span class="ltx_tag ltx_tag_section">1 </span>Introduction</h2>
<div class="ltx_para"><p class="ltx_p">Speech models are large
<cite class="ltx_cite ltx_citemacro_citep">[<a href="#bib.bib1" class="ltx_ref">1</a>]</cite>. We keep
<math alttext="\\alpha=0.5" class="ltx_Math" display="inline"><semantics><mi>α</mi></semantics></math> fixed
<span class="ltx_note ltx_role_footnote">a hidden footnote</span>and open the
<a href="https://github.com/ann/tidewater" class="ltx_ref">code</a>.</p></div>
<figure class="ltx_figure" id="S1.F1"><img src="{figure}" class="ltx_graphics" width="598" height="180" alt="">
<figcaption class="ltx_caption"><span class="ltx_tag ltx_tag_figure">Figure 1: </span>The adapter between two layers.</figcaption>
</figure>
<section class="ltx_subsection"><h3 class="ltx_title ltx_title_subsection">1.1 Task</h3>
<div class="ltx_para"><p class="ltx_p">The task is recognition.</p></div></section>
</section>
<section class="ltx_section" id="S4"><h2 class="ltx_title ltx_title_section">4 Conclusion and Future Work</h2>
<div class="ltx_para"><p class="ltx_p">{CONCLUSION}</p></div>
<figure class="ltx_table"><figcaption class="ltx_caption"><span class="ltx_tag ltx_tag_table">Table 1: </span>Error rates.
</figcaption><table class="ltx_tabular"><tr><td>4.1</td></tr></table></figure></section>
<section class="ltx_section" id="S5"><h2 class="ltx_title ltx_title_section">{title}</h2>
<div class="ltx_para"><p class="ltx_p">{LIMIT}</p></div></section>
{extra}
<section class="ltx_bibliography"><h2 class="ltx_title ltx_title_bibliography">References</h2>
<ul><li class="ltx_bibitem">Somebody, 2020.</li></ul></section>
</article></div></body></html>"""


MAIN = r"""\documentclass{article} % a comment with \input{secret}
\newcommand{\ours}{Tidewater\xspace}
\author{Ann Lee} \affiliation{University of Ulsan}
\begin{document}
\begin{abstract}Not again.\end{abstract}
\section{Introduction}
We present \ours, a \emph{sparse} adapter~\cite{lee2020}. Code: \url{https://github.com/ann/tidewater}.
\begin{figure}\includegraphics{a.pdf}\caption{The adapter of \ours{} between two layers.}\label{fig:a}\end{figure}
\input{sections/method}
\section{Conclusion}
Our experiments show that \ours lowers the error rate by 23\% on far-field speech.
\paragraph{Limitations}
\ours was only tested on read English speech.
\bibliography{refs}
\end{document}
"""
METHOD = r"""\section{Method}\label{sec:m}
It adds $\alpha$ times the input (see Figure~\ref{fig:a}).
\begin{equation} y = \alpha x \end{equation}
\begin{table}\begin{tabular}{ll}a & b\end{tabular}\caption{Error rates.}\end{table}
Every layer has one.
"""


def archive(files: Mapping[str, str | bytes]) -> bytes:
    """A gzipped tar archive of these files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, content in files.items():
            body = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return gzip.compress(raw.getvalue(), 1)


def tex() -> bytes:
    """A paper's source in two files."""
    return archive({"main.tex": MAIN, "sections/method.tex": METHOD, "a.pdf": b"%PDF-1.5"})


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines of text on its pages."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for lines in pages:
        shown = "".join(f"({line}) Tj T* " for line in lines)
        stream = f"BT /F1 10 Tf 14 TL 50 780 Td {shown}ET".encode("latin-1")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        content = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % content
        )
        kids.append(len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    raw, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(raw))
        raw += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        raw
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
            len(raw),
        )
    )


PAPER_PDF = (
    ("Tidewater", "Abstract", "Not again.", "1 Introduction", "We present a recog-", "niser of speech."),
    ("4 Limitations", "It was only tested on read English speech.", "References", "Somebody, 2020."),
)


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300)) -> bytes:
    """A picture that shows something, with a text in its metadata."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    drawn = Image.linear_gradient("L").resize(size).convert("RGB")
    file = io.BytesIO()
    note = PngInfo()
    note.add_text("Author", "canary-of-the-metadata")
    drawn.save(file, kind, **({"pnginfo": note} if kind == "PNG" else {}))
    return file.getvalue()


ARTICLE = (
    "<html><head><title>Adapters</title></head><body><nav><a href='/'>Home</a> Subscribe now</nav><article><h1>Sparse "
    "adapters reach phones</h1>"
    + "".join(
        f"<p>{text}</p>"
        for text in (
            "The company said on Tuesday that its speech recogniser now runs on phones without a network connection.",
            "The model needs 40 megabytes of memory and answers within 80 milliseconds, according to its engineers.",
            "Researchers outside of the company have not been able to confirm the figures, since no code was released.",
            "An earlier version of the recogniser needed a data centre and cost about ten times as much to operate.",
        )
    )
    + "</article><footer>Cookies</footer></body></html>"
)
