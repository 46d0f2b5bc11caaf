"""Write the labs' pages of the documentation, docs/labs/NAME.md and NAME.ko.md, from page and card.

python tools/lab_pages.py [--check]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from daybrief.cards import LabView, lab_views, lab_words, picture

DOCS = Path(__file__).parent.parent / "docs" / "labs"
PAGES = {"en": "{name}.md", "ko": "{name}.ko.md"}
PICTURES = {"en": "picture.{name}.svg", "ko": "picture.{name}.ko.svg"}
OTHERS = {"en": "[한국어]({name}.ko.md)", "ko": "[English]({name}.md)"}


def files() -> dict[Path, bytes]:
    """Every generated file: a page and a picture for each lab and language."""
    made: dict[Path, bytes] = {}
    for language in PAGES:
        for lab in lab_views(language):
            made[DOCS / PAGES[language].format(name=lab.name)] = "\n".join(text(lab)).encode()
            if lab.outcome:
                made[DOCS / PICTURES[language].format(name=lab.name)] = picture(lab.name, language)
    return made


def text(lab: LabView) -> Iterator[str]:
    """The page's lines."""
    w = lab_words(lab.language)
    yield f"# {lab.title}\n"
    yield f"[arXiv:{lab.arxiv}]({lab.address}) · {OTHERS[lab.language].format(name=lab.name)}\n"
    yield f"**{w['claim']}.** {lab.claim}\n"
    yield f"**{w['paper']}.** {lab.paper_says}\n"
    yield f"## {w['verdict']}\n"
    yield from _result(lab) if lab.outcome else (f"{lab.verdict}\n",)
    yield f"## {w['how']}\n"
    yield from (f"{at}. {line}" for at, line in enumerate(lab.how, 1))
    yield f"\n```text\n{lab.equation}\n```\n"
    yield f"## {w['use']}\n\n{lab.use}\n"
    if lab.commands:
        yield "\n".join(["```text", *lab.commands, "```", ""])
    yield f"## {w['done']}\n\n{lab.done}\n"
    yield f"## {w['left_out']}\n\n{lab.left_out}"
    if lab.command:
        yield f"\n## {w['again']}\n\n```text\n{lab.command}\n```"
    if lab.wants:
        yield f"\n`--data`: {lab.wants}"
    yield ""


def _result(lab: LabView) -> Iterator[str]:
    w = lab_words(lab.language)
    shown = lab.claim.replace("[", "(").replace("]", ")")
    yield f"**{lab.verdict}.** {lab.because}\n"
    yield f"![{shown}]({PICTURES[lab.language].format(name=lab.name)})\n"
    yield f"| | {w['stated']} | {w['came']} |\n| --- | --- | --- |"
    yield from (f"| {c.mark} | {_cell(c.states)} | {_cell(c.measured)} |" for c in lab.conditions)
    yield f"\n### {w['measured']}\n"
    yield f"| {w['measure']} | {w['ours']} | {w['theirs']} |\n| --- | --- | --- |"
    yield from (f"| {_cell(n.name)} | {_cell(n.ours)} | {_cell(n.paper) or '–'} |" for n in lab.numbers)
    yield f"\n{w['data']}: {'; '.join(lab.data)}. {lab.scale}\n"


def _cell(value: str) -> str:
    return value.replace("|", "\\|")


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
