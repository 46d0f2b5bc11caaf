"""How many printed papers have a whole text, what that costs, and does any figure get another's caption?

    python benchmarks/fulltext.py [--data ../shared/data] [--papers 200] [--sources FOLDER] [--json]

No whole paper is among the recordings, so 200 papers are made: titles and abstracts are real (arXiv metadata,
CC0), what stands around them is synthetic, in the forms that arXiv sends: LaTeXML HTML with figures of eight
kinds, TeX archives, PDF, and papers with no form at all. They are served on loopback and read by the very
adapters, parsers and processes of a run. The picture of figure 1 has a width of its own for each paper, so
that a picture under another's caption is noticed. Waiting for arXiv (3 s between two requests) is left out
and told beside.

`--sources` reads a folder of real TeX sources (`*.tex`, `*.tar.gz`) besides; none is shipped.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from PIL import Image

from daybrief.adapters.machine import in_own_process
from daybrief.adapters.web import WebSettings
from daybrief.errors import NotWhatWeAsked
from daybrief.fulltext import TextLimits, WholeTexts
from daybrief.fulltext.documents import from_tex
from daybrief.model import Story
from daybrief.testing import Route, serve
from daybrief.testing.editions import item, story
from daybrief.text.sentences import sentences
from daybrief.whole import FullText

SEED = 20261129
FORMS = ("html",) * 14 + ("tex",) * 3 + ("pdf",) * 2 + ("none",)  # of twenty papers
WIDTH, HEIGHT, OTHER = 160, 100, 120  # pixels: the first paper's figure 1; the height of any other figure


def papers(data: Path, count: int) -> list[tuple[str, str]]:
    """Title and abstract of papers of one month."""
    path = data / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for _, line in zip(range(20 * count), lines, strict=False)]
    fit = [(r["title"], r["abstract"]) for r in rows if len(r.get("abstract") or "") > 400]
    return Random(SEED).sample(fit, count)


# ── papers made of them ─────────────────────────────────────────────────────────────────────────────


def figure(number: int, n: int, *, tag: str = "", images: int = 1) -> str:
    """A figure of the paper `number` in LaTeXML's HTML."""
    shown = "".join(f'<img src="f{number}-{n}-{k}.png" class="ltx_graphics">' for k in range(images))
    name = tag or f"Figure {n}"
    caption = f'<span class="ltx_tag ltx_tag_figure">{name}: </span>Paper {number}, picture {n}.'
    return (
        f'<figure class="ltx_figure">{shown}<figcaption class="ltx_caption">{caption}</figcaption></figure>'
    )


def figures(number: int) -> str:
    """Figures in one of eight arrangements."""
    first, second = figure(number, 1), figure(number, 2)
    inner = first.replace("Figure 1: ", "(a) ")
    whole = (
        f'<figure class="ltx_figure">{inner}{figure(number, 3, tag="(b)")}<figcaption class="ltx_caption">'
    )
    arrangements = (
        first + second,
        second + first,
        figure(number, 1, images=2) + second,
        f"{whole}Figure 1: Both of paper {number}.</figcaption></figure>{second}",
        f'<figure class="ltx_table">{figure(number, 4, tag="Table 1")}</figure>{first}',
        figure(number, 2, tag="Figure 10") + first,
        f'<figure class="ltx_figure"><img src="f{number}-9-0.png"></figure>{second}{first}',
        second,
    )
    return arrangements[number % len(arrangements)]


def as_html(number: int, title: str, abstract: str) -> bytes:
    licence = ("CC BY 4.0", "arXiv.org perpetual non-exclusive license", "CC BY-NC-ND 4.0")[number % 3]
    body = "".join(
        f'<section class="ltx_section"><h2 class="ltx_title ltx_title_section">{name}</h2>'
        f'<div class="ltx_para"><p class="ltx_p">{text}</p></div>{extra}</section>'
        for name, text, extra in (
            ("1 Introduction", abstract * 6, figures(number)),
            ("2 Method", abstract * 12, ""),
            ("3 Conclusion", abstract, ""),
            ("4 Limitations", "The method was only tested on English data, not on other languages.", ""),
        )
    )
    return (
        f'<html><body><a id="license-tr">License: {licence}</a><article class="ltx_document">'
        f'<h1 class="ltx_title ltx_title_document">{title}</h1>{body}</article></body></html>'
    ).encode()


def as_tex(abstract: str) -> bytes:
    text = abstract.replace("%", r"\%").replace("_", r"\_")
    main = (
        r"\documentclass{article}\begin{document}\section{Introduction}"
        f"{text * 6}\\input{{method}}\\section{{Conclusion}}{text}"
        r"\paragraph{Limitations} The method was only tested on English data, not on others."
        r"\end{document}"
    )
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, content in (("main.tex", main), ("method.tex", rf"\section{{Method}}{text * 12}")):
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            tar.addfile(info, io.BytesIO(content.encode()))
    return raw.getvalue()


def as_pdf(abstract: str) -> bytes:
    """A PDF of one page; written by hand, since nothing here draws text into one."""
    plain = abstract.encode("ascii", "ignore").decode().replace("\\", "").replace("(", "").replace(")", "")
    lines = [
        "1 Introduction",
        *(s.text for s in sentences(plain)),
        "2 Limitations",
        "Only English was tested.",
    ]
    stream = "BT /F1 9 Tf 12 TL 40 780 Td " + "".join(f"({row[:400]}) Tj T* " for row in lines) + "ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
        "/Resources << /Font << /F1 3 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    )
    raw, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(raw))
        raw += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(raw)}\n%%EOF"
    return f"{raw}xref\n0 6\n0000000000 65535 f \n{table}{end}".encode("latin-1")


def picture(number: int, n: int) -> bytes:
    file = io.BytesIO()
    size = (WIDTH + number, HEIGHT if n == 1 else OTHER)
    Image.linear_gradient("L").resize(size).save(file, "PNG")
    return file.getvalue()


def made(rows: list[tuple[str, str]]) -> Iterator[tuple[Story, str, dict[str, Route]]]:
    """A story, its form, and what the server gives of it."""
    for number, (title, abstract) in enumerate(rows):
        name = f"2411.{10000 + number}"
        of = story(msgspec.structs.replace(item(number, title, abstract), key=f"arxiv:{name}"))
        form, base = FORMS[number % len(FORMS)], "https://arxiv.org"
        routes: dict[str, Route] = {}
        if form == "html":
            routes[f"{base}/html/{name}"] = Route(as_html(number, title, abstract), media_type="text/html")
            for n, k in ((1, 0), (1, 1), (2, 0), (3, 0), (4, 0), (9, 0)):
                routes[f"{base}/html/{name}/f{number}-{n}-{k}.png"] = Route(picture(number, n))
        elif form == "tex":
            routes[f"{base}/e-print/{name}"] = Route(as_tex(abstract))
        elif form == "pdf":
            routes[f"{base}/pdf/{name}"] = Route(as_pdf(abstract))
        yield of, form, routes


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def measured(rows: list[tuple[str, str]]) -> dict[str, Any]:
    works = list(made(rows))
    routes = {address: route for _, _, own in works for address, route in own.items()}
    settings = WebSettings(retries=0, spacing_s=0, arxiv_spacing_s=0)
    limits = TextLimits(papers=len(works), figures=len(works), total_s=1e6)
    with serve(routes, settings=settings) as site:
        begun = time.perf_counter()
        read = WholeTexts(site.web, in_own_process, limits).read([of for of, _, _ in works])
        seconds = time.perf_counter() - begun
        requests = len(site.requests)
    texts = {number: read.texts.get(of.id) for number, (of, _, _) in enumerate(works)}
    shown = {n: t.figure for n, t in texts.items() if t and t.figure and t.figure.picture}
    wrong = sum(
        f"Paper {n}, picture 1." != f.caption or (f.width, f.height) != (WIDTH + n, HEIGHT)
        for n, f in shown.items()
    )
    present = [text for text in texts.values() if text]
    return {
        "papers": len(works),
        "with text": len(present),
        "possible": sum(form != "none" for _, form, _ in works),
        "forms": dict(Counter(text.form for text in present)),
        "in the wrong form": sum(
            t.form != f for t, (_, f, _) in zip(texts.values(), works, strict=True) if t
        ),
        "limitations": sum(bool(text.of("limitations")) for text in present),
        "figures shown": len(shown),
        "wrong pairs": wrong,
        "shown against the licence": sum(texts[n].licence != "CC BY 4.0" for n in shown),  # type: ignore[union-attr]
        "seconds a paper": seconds / len(works),
        "requests a paper": requests / len(works),
        "bytes a paper": _kept(present) / max(1, len(present)),
    }


def _kept(texts: list[FullText]) -> int:
    return sum(len(msgspec.json.encode(text)) for text in texts)


def real(folder: Path) -> dict[str, Any]:
    """The text that is read of real TeX sources."""
    files = sorted(path for path in folder.iterdir() if path.suffix in {".tex", ".gz", ".tar"})
    forms: Counter[str] = Counter()
    begun = time.perf_counter()
    for path in files:
        try:
            text = from_tex(path.read_bytes(), f"https://arxiv.org/e-print/{path.stem}")
        except (NotWhatWeAsked, OSError) as unfit:
            forms[f"refused: {unfit}"] += 1
            continue
        forms["with sections"] += bool(text.of("section"))
        forms["with a conclusion"] += bool(text.of("conclusion"))
        forms["with limitations"] += bool(text.of("limitations"))
        forms["commands left"] += sum(passage.text.count("\\") > 5 for passage in text.passages)
    return {
        "files": len(files),
        "seconds a file": (time.perf_counter() - begun) / max(1, len(files)),
        **forms,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--sources", type=Path)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    report = measured(papers(chosen.data, chosen.papers))
    if chosen.sources:
        report["real"] = real(chosen.sources)
    if chosen.json:
        targets = {"wrong pairs": "0", "shown against the licence": "0"}
        rows = [{"what": n, "asked": targets.get(n, "report"), "measured": str(v)} for n, v in report.items()]
        if not chosen.sources:
            rows.append(
                {
                    "what": "real papers with their own HTML or TeX",
                    "asked": "200",
                    "measured": "0: none recorded",
                }
            )
        print(json.dumps({**report, "figures": rows}))
        return
    for name, value in report.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
