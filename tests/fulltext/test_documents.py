"""The process that reads documents: PDF, articles, pictures, and what becomes of a hostile one."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import zlib

import msgspec
import pytest

from daybrief.adapters.machine import in_own_process
from daybrief.errors import NotWhatWeAsked
from daybrief.fulltext.documents import MOST_PAGES, TALLEST, WIDEST, Job, Kind, Parsed, parsed
from tests.fulltext import works

MODULE = "daybrief.fulltext.documents"


def read(kind: Kind, raw: bytes, **job: object) -> Parsed:
    fields = {"kind": kind, "url": "https://arxiv.org/x", **job}
    return parsed(msgspec.convert(fields, Job), raw)


def read_in_own_process(kind: Kind, raw: bytes, seconds: float = 60.0, **job: object) -> Parsed:
    fields = {"kind": kind, "url": "https://arxiv.org/x", **job}
    given = msgspec.json.encode(fields) + b"\n" + raw
    return msgspec.json.decode(in_own_process(MODULE, given, seconds), type=Parsed)


def test_a_pdf_is_cut_at_its_headings_and_ends_at_its_references() -> None:
    text = read("pdf", works.pdf(works.PAPER_PDF)).text
    assert text
    assert [(p.title, p.role, p.text) for p in text.passages] == [
        ("1 Introduction", "section", "We present a recogniser of speech."),
        ("4 Limitations", "limitations", "It was only tested on read English speech."),
    ]


def test_the_first_pages_of_a_pdf_of_a_thousand_are_read() -> None:
    pages = [(f"{n} Section about waves", f"These are the words of page {n}.") for n in range(1, 1001)]
    text = read("pdf", works.pdf(pages)).text
    assert text
    assert f"page {MOST_PAGES}." in text.passages[-1].text


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"<html>no pdf</html>", "no PDF"),
        (works.pdf([("just a line",)]), "no sections"),
        (works.pdf(works.PAPER_PDF)[:300], ""),
        (b"%PDF-1.4\n" + os.urandom(2_000), ""),
        (
            b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>\nendobj\ntrailer << /Root 1 0 R >>",  # noqa: E501
            "",
        ),
    ],
    ids=["another format", "no headings", "cut", "noise", "pages in a circle"],
)
def test_a_pdf_that_cannot_be_read_says_why(raw: bytes, why: str) -> None:
    outcome = read("pdf", raw)
    assert outcome.text is None
    assert outcome.error
    assert why in outcome.error


def test_the_text_of_an_article_is_read_without_navigation_and_advertisements() -> None:
    text = read("article", works.ARTICLE.encode()).text
    assert text
    (passage,) = text.passages
    assert passage.role == "article"
    assert passage.text.count("The model needs 40 megabytes") == 1
    assert "Subscribe" not in passage.text
    assert "Cookies" not in passage.text


def test_a_page_without_an_article_says_so() -> None:
    assert (
        read("article", b"<html><body><p>Enable JavaScript</p></body></html>").error
        == "the page shows no text"
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_drawn_anew_and_nothing_of_its_file_is_passed_on(kind: str) -> None:
    from PIL import Image

    drawing = read("picture", works.picture(kind)).picture
    assert drawing
    assert b"canary-of-the-metadata" not in drawing.picture
    with Image.open(io.BytesIO(drawing.picture)) as drawn:
        assert drawn.format == "JPEG"
        assert drawn.size == (drawing.width, drawing.height)
        assert drawn.width <= WIDEST
        assert drawn.height <= TALLEST


def png(width: int, height: int) -> bytes:
    """The head of a PNG that says that it is so large, with hardly any pixels in it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.4 a figure",
        b"BM" + bytes(200),
        b"",
        works.picture()[:400],
        works.picture(size=(20, 20)),
        png(100_000, 100_000),
    ],
    ids=["SVG", "PDF", "BMP", "nothing", "cut", "too small", "ten gigapixels"],
)
def test_a_picture_of_another_format_or_size_is_left_out_with_the_reason(raw: bytes) -> None:
    outcome = read("picture", raw)
    assert outcome.picture is None
    assert outcome.error


# ── in a process of its own ─────────────────────────────────────────────────────────────────────────


def test_a_document_is_read_the_same_in_a_process_of_its_own() -> None:
    for kind, raw in (
        ("html", works.html().encode()),
        ("tex", works.tex()),
        ("pdf", works.pdf(works.PAPER_PDF)),
    ):
        assert read_in_own_process(kind, raw) == read(kind, raw)  # type: ignore[arg-type]


def test_a_document_that_takes_too_much_memory_costs_the_one_document() -> None:
    program = (
        "from daybrief.fulltext.documents import limit_resources; limit_resources(20, 256)\n"
        "try:\n    bytearray(10**9)\nexcept MemoryError:\n    print('held')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.stdout == "held\n", done.stderr


def test_a_document_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(NotWhatWeAsked, match=r"longer than 0\.01 s"):
        in_own_process(MODULE, b"{}", 0.01)


def test_a_process_that_dies_is_told_as_a_document_that_cannot_be_read() -> None:
    with pytest.raises(NotWhatWeAsked, match="ended with 1"):
        in_own_process(MODULE, b"no job\n", 60)


def test_the_process_knows_no_secret_of_this_one(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("SECRET_API_KEY", "canary")
    place = str(tmp_path)
    with open(f"{place}/spy.py", "w") as file:  # noqa: PTH123
        file.write("import os\ndef main():\n    print(sorted(os.environ), os.listdir('.'))\n")
    monkeypatch.syspath_prepend(place)
    environment = in_own_process("spy", b"", 60).decode()
    assert "SECRET_API_KEY" not in environment
    assert environment.endswith("[]\n"), "it runs in an empty folder"


def test_a_pdf_under_a_password_is_not_read() -> None:
    from pypdf import PdfReader, PdfWriter

    writer, file = PdfWriter(PdfReader(io.BytesIO(works.pdf(works.PAPER_PDF)))), io.BytesIO()
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(file)
    assert "encrypted" in read("pdf", file.getvalue()).error


def test_headings_without_words_and_asides_give_no_passage_of_a_pdf() -> None:
    pages = [
        ("Acknowledgements of", "Abstract", "Methods", "Results", "12", "Words."),
        ("Acknowledgments", "Thanks."),
    ]
    text = read("pdf", works.pdf(pages)).text
    assert text
    assert [(passage.title, passage.text) for passage in text.passages] == [("Results", "Words.")]


def test_a_picture_that_cannot_be_made_small_is_left_out() -> None:
    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((720, 540), 120).save(file, "PNG")
    Image.frombytes("RGB", (720, 540), random.Random(1).randbytes(720 * 540 * 3)).save(
        file := io.BytesIO(), "PNG"
    )
    assert read("picture", file.getvalue()).error == "the picture takes more than 60000 bytes"


def test_an_article_in_another_encoding_names_its_licence() -> None:
    page = works.ARTICLE.replace(
        "<body", '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"><body', 1
    )
    text = read("article", page.encode("utf-16"), charset="utf-16").text
    assert text
    assert text.licence == "CC BY 4.0"


@pytest.mark.parametrize("memory_mib", [1 << 20, 1 << 30])
def test_a_limit_above_that_of_the_system_is_lowered_to_it(memory_mib: int) -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (50, 50))\n"
        "from daybrief.fulltext.documents import limit_resources\n"
        f"limit_resources(900, {memory_mib}); print(resource.getrlimit(resource.RLIMIT_CPU))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env={**os.environ}
    )
    assert done.stdout == "(50, 50)\n", done.stderr
