"""Write the labs' pages of the documentation, docs/labs/NAME.md and NAME.ko.md, from page and card.

python tools/lab_pages.py [--check]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from daybrief.cards import Card, Measure, Page, lab_folders, picture, read_card, read_page, scale_line, words

DOCS = Path(__file__).parent.parent / "docs" / "labs"
LANGUAGES = ("en", "ko")
OTHERS = {"en": "[한국어]({name}.ko.md)", "ko": "[English]({name}.md)"}
PICTURES = {"en": "picture.{name}.svg", "ko": "picture.{name}.ko.svg"}


def files() -> dict[Path, bytes]:
    """Every generated file: a page and a picture for each lab and language."""
    made: dict[Path, bytes] = {}
    for name, folder in lab_folders().items():
        page, card = read_page(folder), read_card(folder)
        for language in LANGUAGES:
            end = ".md" if language == "en" else f".{language}.md"
            made[DOCS / f"{name}{end}"] = "\n".join(text(name, page, card, language)).encode()
            if card is not None:
                made[DOCS / PICTURES[language].format(name=name)] = picture(name, language)
    return made


def text(name: str, page: Page, card: Card | None, language: str) -> Iterator[str]:
    """The page's lines."""
    w = words(language)
    address = f"https://arxiv.org/abs/{page.paper.arxiv}"
    yield f"# {page.paper.title}\n"
    yield f"[arXiv:{page.paper.arxiv}]({address}) · {OTHERS[language].format(name=name)}\n"
    yield f"**{w['claim']}.** {page.claim.in_(language)}\n"
    yield f"**{w['paper']}.** {page.paper_says.in_(language)}\n"
    yield f"## {w['verdict']}\n"
    yield from _result(name, card, language) if card else (f"{w['none']}\n",)
    yield f"## {w['how']}\n"
    yield from (f"{at}. {line.in_(language)}" for at, line in enumerate(page.how, 1))
    yield f"\n```text\n{page.equation.strip()}\n```\n"
    yield f"## {w['use']}\n\n{page.use.in_(language)}\n"
    if page.commands:
        yield "\n".join(["```text", *page.commands, "```", ""])
    yield f"## {w['done']}\n\n{page.reproduced.in_(language)}\n"
    yield f"## {w['left_out']}\n\n{page.left_out.in_(language)}"
    if card:
        yield f"\n## {w['again']}\n\n```text\n{card.command}\n```"
    yield ""


def _result(name: str, card: Card, language: str) -> Iterator[str]:
    w = words(language)
    yield f"**{w[card.verdict]}.** {card.because.in_(language)}\n"
    yield f"![{_alt(card, language)}]({PICTURES[language].format(name=name)})\n"
    yield f"| | {w['stated']} | {w['came']} |\n| --- | --- | --- |"
    marks = {True: "✓", False: "✗", None: "?"}
    yield from (f"| {marks[c.held]} | {c.states.in_(language)} | {c.measured} |" for c in card.falsifier)
    yield f"\n### {w['measured']}\n"
    yield f"| {w['measure']} | {w['ours']} | {w['theirs']} |\n| --- | --- | --- |"
    yield from (f"| {m.name.in_(language)} | {_number(m)} | {m.paper or '–'} |" for m in card.measures)
    data = "; ".join(data.in_(language) for data in card.data)
    yield f"\n{w['data']}: {data}. {scale_line(card, language)}\n"


def _number(measure: Measure) -> str:
    span = "" if measure.low is None else f" [{measure.low:.3g}, {measure.high:.3g}]"
    return f"{measure.value:.3g}{span} {measure.unit}".rstrip()


def _alt(card: Card, language: str) -> str:
    return card.claim.in_(language).replace("[", "(").replace("]", ")")


def main() -> None:
    """Write the files, or with --check say whether they are current."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    for path, wanted in files().items():
        if check and (not path.exists() or path.read_bytes() != wanted):
            sys.exit(f"{path.name} is stale")
        if not check:
            path.write_bytes(wanted)


if __name__ == "__main__":
    main()
