"""Tests of what is read of a paper's HTML and of its TeX source, and what a hostile one costs."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from daybrief.errors import NotWhatWeAsked
from daybrief.fulltext import documents
from daybrief.fulltext.documents import from_html, from_tex, resources, unpacked
from daybrief.whole import FullText
from tests.fulltext import works

URL = "https://arxiv.org/html/2411.15124v1"


def roles(text: FullText) -> dict[str, str]:
    return {passage.title: passage.role for passage in text.passages}


def words(text: FullText, title: str) -> str:
    passage = text.passage(title)
    assert passage, [p.title for p in text.passages]
    return passage.text


# ── HTML ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_gives_its_sections_captions_affiliations_links_and_licence() -> None:
    text = from_html(works.html(), URL)
    assert roles(text) == {
        "1 Introduction": "section",
        "4 Conclusion and Future Work": "conclusion",
        "5 Limitations": "limitations",
        "Figure 1": "caption",
        "Table 1": "caption",
    }
    assert text.licence == "CC BY 4.0"
    assert text.affiliations == ("University of Ulsan",)
    assert text.links == ("https://github.com/ann/tidewater",)
    assert words(text, "5 Limitations") == works.LIMIT
    assert words(text, "Table 1") == "Error rates."


def test_a_section_has_its_formulas_readable_and_neither_footnotes_nor_captions() -> None:
    introduction = words(from_html(works.html(), URL), "1 Introduction")
    assert "We keep α = 0.5 fixed" in introduction or "We keep α=0.5 fixed" in introduction
    assert "hidden footnote" not in introduction
    assert "The adapter between" not in introduction
    assert "The task is recognition." in introduction, "a subsection belongs to its section"


def test_figure_1_is_the_one_picture_with_the_caption_of_the_same_element() -> None:
    figure = from_html(works.html(), URL).figure
    assert figure
    assert (figure.caption, figure.url) == ("The adapter between two layers.", f"{URL}/x1.png")


@pytest.mark.parametrize(
    "figure",
    [
        '<figure class="ltx_figure"><figure class="ltx_figure"><img src="a.png"><figcaption class="ltx_caption">'  # noqa: E501
        "(a) one</figcaption></figure><figcaption class='ltx_caption'>Figure 1: Both.</figcaption></figure>",
        '<figure class="ltx_figure"><img src="b.png"><figcaption class="ltx_caption">Figure 2: Later.</figcaption></figure>',  # noqa: E501
        '<figure class="ltx_figure"><img src="c.png"></figure>',
    ],
    ids=["of several parts", "another number", "without a caption"],
)
def test_no_figure_is_given_where_caption_and_picture_might_not_belong_together(figure: str) -> None:
    page = works.html()
    start, end = page.index("<figure"), page.index("</figure>") + len("</figure>")
    assert from_html(page[:start] + figure + page[end:], URL).figure is None


def test_a_figure_of_two_pictures_keeps_its_caption_and_shows_neither() -> None:
    page = works.html().replace('<img src="x1.png"', '<img src="x0.png"><img src="x1.png"')
    figure = from_html(page, URL).figure
    assert figure
    assert figure.url == ""


def test_a_subsection_on_limitations_is_a_passage_of_its_own() -> None:
    extra = (
        '<section class="ltx_section"><h2 class="ltx_title">6 Discussion</h2><p class="ltx_p">We discuss.</p>'
        '<section class="ltx_subsection"><h3 class="ltx_title">6.1 Limitations</h3><p class="ltx_p">Only one.</p>'  # noqa: E501
        "</section></section>"
    )
    text = from_html(works.html(title="7 Notes", extra=extra), URL)
    assert words(text, "6.1 Limitations") == "Only one."
    assert words(text, "6 Discussion") == "We discuss."


@pytest.mark.parametrize(
    ("label", "licence"),
    [
        ("CC BY 4.0", "CC BY 4.0"),
        ("CC BY-NC-ND 4.0", "CC BY-NC-ND 4.0"),
        ("CC BY-SA 4.0", "CC BY-SA 4.0"),
        ("CC Zero", "CC0"),
        ("arXiv.org perpetual non-exclusive license", ""),
    ],
)
def test_the_licence_is_that_of_the_page(label: str, licence: str) -> None:
    assert from_html(works.html(licence=label), URL).licence == licence


@pytest.mark.parametrize(
    "page", ["", "<html><body><p>HTML is not available for the source.</p></body></html>"]
)
def test_a_page_without_a_paper_says_so(page: str) -> None:
    with pytest.raises(NotWhatWeAsked):
        from_html(page, URL)


def test_addresses_lead_to_code_data_and_models_and_to_nothing_else() -> None:
    given = [
        "https://github.com/ann/tidewater.",
        "https://github.com/ann",
        "javascript:alert(1)",
        "https://evil.example/github.com/ann/x",
        "https://ann.github.io/tidewater",
        "http://[broken",
        "https://huggingface.co/ann/model",
    ]
    assert resources(given) == (
        "https://github.com/ann/tidewater",
        "https://ann.github.io/tidewater",
        "https://huggingface.co/ann/model",
    )


# ── TeX ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_source_gives_what_its_files_hold_in_their_order() -> None:
    text = from_tex(works.tex(), URL)
    assert roles(text) == {
        "1 Introduction": "section",
        "2 Method": "section",
        "3 Conclusion": "conclusion",
        "Limitations": "limitations",
        "Figure 1": "caption",
        "Table 1": "caption",
    }
    assert words(text, "1 Introduction") == "We present Tidewater, a sparse adapter. Code:."
    assert words(text, "3 Conclusion").startswith(
        "Our experiments show that Tidewater lowers the error rate by 23%"
    )
    assert words(text, "Limitations") == "Tidewater was only tested on read English speech."
    assert words(text, "Figure 1") == "The adapter of Tidewater between two layers."
    assert words(text, "Table 1") == "Error rates."
    assert "Every layer has one." in words(text, "2 Method")
    assert text.affiliations == ("University of Ulsan",)
    assert text.links == ("https://github.com/ann/tidewater",)


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", "/etc/passwd", "..\\..\\secret", "sections/../../../etc/hosts", "~/.ssh/id_rsa"],
)
def test_an_include_that_leads_out_of_the_archive_is_left_out(path: str) -> None:
    main = rf"\documentclass{{a}}\begin{{document}}\section{{One}} Before. \input{{{path}}} After.\end{{document}}"  # noqa: E501
    text = from_tex(works.archive({"main.tex": main, "../evil.tex": "evil words"}), URL)
    assert words(text, "1 One") == "Before. After."


def test_a_member_whose_path_leads_upwards_is_a_name_in_a_table_and_no_file() -> None:
    files = unpacked(works.archive({"../../up.tex": r"\documentclass{x}", "main.tex": works.MAIN}))
    assert set(files) == {"../../up.tex", "main.tex"}


BOMBS = {
    "a file that includes itself": {"main.tex": works.MAIN + r"\input{main}" * 200},
    "files that include each other": {
        "main.tex": works.MAIN.replace("\\input{sections/method}", r"\input{a}" * 50),
        "a.tex": r"\input{b}" * 50 + "x" * 50_000,
        "b.tex": r"\input{a}" * 50 + "y" * 50_000,
    },
    "macros of macros": {
        "main.tex": "".join(
            rf"\newcommand{{\m{chr(97 + n)}}}{{\m{chr(96 + n)}\m{chr(96 + n)}}}" for n in range(1, 26)
        )
        + works.MAIN.replace("present", r"present \mz")
    },
    "a macro of itself": {"main.tex": r"\def\x{\x\x}" + works.MAIN.replace("present", r"present \x")},
    "a macro put in often": {
        "main.tex": r"\newcommand{\big}{"
        + "z" * 110
        + "}"
        + works.MAIN.replace("present", r"\big " * 200_000)
    },
    "braces without partners": {"main.tex": works.MAIN.replace("present", "{" * 400_000)},
    "headings without ends": {"main.tex": works.MAIN.replace("present", r"\section{x" * 50_000)},
    "environments without ends": {"main.tex": works.MAIN.replace("present", r"\begin{figure}" * 50_000)},
    "formulas without ends": {"main.tex": works.MAIN.replace("present", "$ \\( " * 200_000)},
}


@pytest.mark.parametrize("files", BOMBS.values(), ids=BOMBS)
def test_a_bomb_of_tex_costs_what_a_long_paper_costs(files: dict[str, str]) -> None:
    raw = works.archive(files)
    tracemalloc.start()
    begun = time.process_time()
    try:
        text = from_tex(raw, URL)
        assert sum(len(p.text) for p in text.passages) <= 20 * documents.MOST_SECTION
    except NotWhatWeAsked:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - begun < 60, "no time is promised but that it ends"
    assert peak < 300 * 2**20


def test_an_archive_that_unpacks_to_a_gigabyte_is_refused_before_it_is_unpacked() -> None:
    import zlib

    squeezer = zlib.compressobj(9, wbits=31)
    block = bytes(2**20)
    raw = b"".join(squeezer.compress(block) for _ in range(1024)) + squeezer.flush()
    tracemalloc.start()
    with pytest.raises(NotWhatWeAsked, match="unpacks to more than 48 MiB"):
        from_tex(raw, URL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * documents.MOST_UNPACKED


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"%PDF-1.5 only",
        b"just words",
        works.archive({"readme.md": "no tex"}),
        works.tex()[:200],
        b"\x1f\x8bjunk",
    ],
    ids=["nothing", "a PDF", "no LaTeX", "no TeX file", "cut", "no gzip"],
)
def test_a_source_without_a_document_is_refused_by_a_known_error(raw: bytes) -> None:
    import tarfile
    import zlib

    with pytest.raises((NotWhatWeAsked, zlib.error, tarfile.TarError)):
        from_tex(raw, URL)


def page_with(inside: str) -> str:
    return f'<article class="ltx_document">{inside}</article>'


def section(title: str, text: str, kind: str = "section") -> str:
    return (
        f'<section class="ltx_{kind}"><h2 class="ltx_title">{title}</h2><p class="ltx_p">{text}</p></section>'
    )


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (section("1 Method", "It adds."), {"1 Method": "section"}),
        (section("Acknowledgements", "We thank all."), {}),
        (section("A Proofs", "It holds.", "appendix"), {}),
        ('<section class="ltx_section"><p class="ltx_p">No title.</p></section>', {}),
        (section("6 Limitations", section("6.1 Limitations of data", "Few.", "subsection")),
         {"6 Limitations": "limitations"}),
        (section("B More", section("B.1 Limitations", "Few.", "subsection"), "appendix"),
         {"B.1 Limitations": "limitations"}),
        ("<figure><figcaption>No tag at all</figcaption></figure>", {}),
        ("<figure><figcaption>Figure 3: </figcaption></figure>", {}),
        ("<figure><figcaption>Fig. 3. Error rates</figcaption></figure>", {"Fig. 3": "caption"}),
    ],
    ids=["a section", "an aside", "an appendix", "no title", "limitations in limitations",
         "limitations in an appendix", "a caption of nothing", "a caption without words", "a short tag"],
)  # fmt: skip
def test_each_part_of_a_page_has_its_role_or_is_left_out(inside: str, expected: dict[str, str]) -> None:
    assert roles(from_html(page_with(inside), URL)) == expected


def test_a_section_as_long_as_a_book_is_cut_between_paragraphs() -> None:
    paragraphs = "".join(f'<p class="ltx_p">{letter * 40_000}</p>' for letter in "ab")
    whole = f'<section class="ltx_section"><h2 class="ltx_title">1 Method</h2>{paragraphs}</section>'
    assert words(from_html(page_with(whole), URL), "1 Method") == "a" * 40_000


def test_a_formula_without_its_tex_is_read_as_it_is_shown() -> None:
    text = from_html(page_with(section("1 Method", "We keep <math><mi>k</mi></math> fixed.")), URL)
    assert "We keep k fixed." in words(text, "1 Method").replace("$", "")


@pytest.mark.parametrize(
    ("image", "caption", "url"),
    [
        ('<img src="data:image/png;base64,AA">', "Figure 1: Shown.", ""),
        ("<img>", "Figure 1: Shown.", ""),
        ("", "Figure 1: Shown.", ""),
        ('<img src="https://arxiv.org/a.png">', "Figure 1: Shown.", "https://arxiv.org/a.png"),
        ('<img src="a.png">', "Figure 1:", None),
    ],
    ids=["in the page", "without an address", "no picture", "elsewhere", "without words"],
)
def test_figure_1_shows_only_a_picture_that_has_an_address(image: str, caption: str, url: str | None) -> None:
    figure = f'<figure class="ltx_figure">{image}<figcaption>{caption}</figcaption></figure>'
    shown = from_html(page_with(figure), f"{URL}/").figure
    assert (shown.url if shown else None) == url


def tex(body: str, head: str = "", **files: str) -> FullText:
    main = rf"\documentclass{{a}}{head}\begin{{document}}{body}\end{{document}}"
    others = {f"{name}.tex": text for name, text in files.items()}
    return from_tex(works.archive({"main.tex": main, **others}), URL)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r"\section{One} Words.\subsection{Setup} More.", {"1 One": "section"}),
        (r"\section{One} Words.\subsection{Limitations} Few.",
         {"1 One": "section", "Limitations": "limitations"}),
        (r"\section{Acknowledgements} Thanks.\section{Two} Words.", {"2 Two": "section"}),
        (r"\section{One} Words.\begin{figure} never ended \section{Two} Words.", {"1 One": "section"}),
        (r"\section{One}\begin{figure}\caption{}\end{figure} Words.", {"1 One": "section"}),
        (r"\section{One}\begin{figure}\includegraphics{a}\end{figure} Words.", {"1 One": "section"}),
        (r"\section{One}\begin{algorithm}\caption{Steps}\end{algorithm} Words.", {"1 One": "section"}),
        (r"\section{One} Words.\begin{table}\begin{table}\end{table}\caption{Rates.}\end{table}",
         {"1 One": "section", "Table 1": "caption"}),
    ],
)  # fmt: skip
def test_each_part_of_a_source_has_its_role_or_is_left_out(body: str, expected: dict[str, str]) -> None:
    assert roles(tex(body)) == expected


def test_commands_that_show_nothing_are_left_out_with_what_stands_in_them() -> None:
    text = tex(r"\section{One} Words\footnote{see \cite{a} and \label{b}} stay, and \(a\) too.")
    assert words(text, "1 One").startswith("Words stay, and")


def test_a_chain_of_files_is_followed_to_its_eighth_and_hundreds_of_macros_to_a_bound() -> None:
    files = {f"f{n}": rf"Step {n}. \input{{f{n + 1}}}" for n in range(12)}
    letters = "abcdefghijklmnopqrstuvwxyz"
    head = "".join(rf"\newcommand{{\m{a}{b}}}{{word}}" for a in letters for b in letters)
    text = words(tex(r"\section{One} \maa{} and \mzz{}. \input{f0}", head, **files), "1 One")
    assert "Step 6." in text
    assert "Step 8." not in text
    assert text.startswith("word and")
    assert "word and word" not in text


def test_an_archive_gives_its_tex_files_within_bounds_and_no_links() -> None:
    import io
    import tarfile

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, body in {
            "MAIN.TEX": works.MAIN.encode(),
            "old.ltx": "caf\u00e9".encode("latin-1"),
            "large.tex": b"x" * (documents.MOST_FILE + 1),
            "notes.md": b"no TeX",
        }.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
        link = tarfile.TarInfo("link.tex")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    assert unpacked(raw.getvalue()).keys() == {"MAIN.TEX", "old.ltx"}
    assert unpacked(raw.getvalue())["old.ltx"] == "caf\u00e9"


def test_the_first_files_of_an_archive_of_thousands_are_read() -> None:
    files = {f"{n}.tex": r"\documentclass{a}" for n in range(documents.MOST_MEMBERS + 5)}
    assert len(unpacked(works.archive(files))) == documents.MOST_MEMBERS
