"""The examination as a page: Markdown and HTML, in English or Korean, every number beside its interval."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from daybrief.labs.fairness.audit import Comparison
from daybrief.labs.fairness.definitions import BY_KEY, Family
from daybrief.labs.fairness.examination import Examination
from daybrief.labs.fairness.mitigation import Price
from daybrief.labs.kit.intervals import Interval
from daybrief.text.plain import markdown as escaped
from daybrief.text.plain import xml

WORDS: dict[str, dict[str, str]] = tomllib.loads(
    (files("daybrief") / "labs" / "fairness" / "report.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A heading with a table (head and rows of plain text), or with a sentence."""

    heading: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    sentence: str = ""


def blocks(examination: Examination, language: str) -> tuple[Block, ...]:
    """The parts of the page, in order; those without content are left out."""
    w = WORDS[language]
    made = (
        _groups(examination, w),
        _criteria(examination, w, language),
        _odds(examination, w),
        _all(examination, w, language),
        _calibration(examination, w),
        _strata(examination, w),
        _persons(examination, w),
        _clashes(examination, w),
        _mitigation(examination, w, language),
    )
    return tuple(block for block in made if block.rows or block.sentence)


def _groups(examination: Examination, w: dict[str, str]) -> Block:
    result = examination.audit
    rows = tuple(
        (name, f"{size:,}", f"{p:.3f}")
        for name, size, p in zip(result.names, result.sizes, result.prevalence, strict=True)
    )
    return Block(heading=w["groups"], head=(w["group"], w["rows"], w["prevalence"]), rows=rows)


def _criteria(examination: Examination, w: dict[str, str], language: str) -> Block:
    head = (w["criterion"], w["quantity"], w["group"], w["difference"], w["ratio"], "p", w["verdict"])
    rows = tuple(
        (
            f"{c.criterion.name.in_(language)} ({_family(c.criterion.family, w)})",
            c.criterion.formula,
            f"{c.group} {c.values[0]:.3f} / {c.reference} {c.values[1]:.3f}",
            _shown(c.difference),
            _shown(c.ratio),
            f"{c.p_holm:.3f}",
            w[c.verdict],
        )
        for c in examination.audit.comparisons
    )
    return Block(heading=w["criteria"], head=head, rows=rows)


def _family(family: Family, w: dict[str, str]) -> str:
    return w[family]


def _odds(examination: Examination, w: dict[str, str]) -> Block:
    rows = tuple(
        (f"{o.group} / {o.reference}", _shown(o.opportunity), _shown(o.predictive_equality), w[o.verdict])
        for o in examination.audit.odds
    )
    return Block(heading=w["odds"], head=(w["group"], "FNR", "FPR", w["verdict"]), rows=rows)


def _all(examination: Examination, w: dict[str, str], language: str) -> Block:
    rows = tuple(
        (
            d.criterion.name.in_(language),
            f"{d.difference:.3f}",
            f"{d.ratio:.2f}",
            f"{d.entropy:.4f}",
            f"{d.p:.3f}",
        )
        for d in examination.audit.dispersions
    )
    head = (w["criterion"], w["largest"], w["ratio"], "GEI", w["permutation"])
    return Block(heading=w["all"], head=head, rows=rows)


def _calibration(examination: Examination, w: dict[str, str]) -> Block:
    rows = tuple((c.group, f"{c.error:.3f}", f"{c.p:.3f}") for c in examination.audit.calibrations)
    return Block(heading=w["calibration"], head=(w["group"], w["error"], "p"), rows=rows)


def _strata(examination: Examination, w: dict[str, str]) -> Block:
    rows = tuple(_stratum(name, c, w) for name, compared in examination.strata.items() for c in compared)
    return Block(
        heading=w["strata"], head=(w["stratum"], w["group"], w["difference"], w["verdict"]), rows=rows
    )


def _stratum(name: str, c: Comparison, w: dict[str, str]) -> tuple[str, ...]:
    return (name, f"{c.group} / {c.reference}", _shown(c.difference), w[c.verdict])


def _persons(examination: Examination, w: dict[str, str]) -> Block:
    s = examination.similarity
    if s is None:
        return Block(heading=w["persons"])
    rows = (
        (w["violations"].format(bound=f"{s.lipschitz:g}"), _shown(s.violations)),
        (w["consistency"], _shown(s.consistency)),
    )
    return Block(heading=w["persons"], head=("", ""), rows=rows)


def _clashes(examination: Examination, w: dict[str, str]) -> Block:
    rows = tuple((" + ".join(w[f] for f in c.families), f"{c.least_gap:.3f}") for c in examination.clashes)
    return Block(heading=w["clashes"], head=(w["families"], w["least"]), rows=rows)


def _mitigation(examination: Examination, w: dict[str, str], language: str) -> Block:
    if examination.unpriced:
        return Block(heading=w["mitigation"], sentence=w["none"].format(why=examination.unpriced))
    head = (w["done"], w["target"], w["before"], w["after"], w["narrowed"], w["accuracy"], w["changed"])
    rows = tuple(_priced(name, p, w, language) for name, p in examination.prices.items())
    return Block(heading=w["mitigation"], head=head, rows=rows)


def _priced(name: str, p: Price, w: dict[str, str], language: str) -> tuple[str, ...]:
    return (
        w[name.partition(":")[0]],
        BY_KEY[p.target].name.in_(language),
        f"{p.before[p.target]:.3f}",
        f"{p.after[p.target]:.3f}",
        _shown(p.narrowed),
        _shown(p.accuracy, signed=True),
        f"{p.changed:.1%}",
    )


def _shown(interval: Interval | None, *, signed: bool = False) -> str:
    if interval is None:
        return "–"
    sign = "+" if signed else ""
    return f"{interval.value:{sign}.3f} [{interval.low:.3f}, {interval.high:.3f}]"


# ── forms ───────────────────────────────────────────────────────────────────────────────────────────


def as_markdown(examination: Examination, language: str, title: str) -> str:
    """The page as Markdown."""
    w = WORDS[language]
    return "\n".join(
        [f"# {w['title']}: {escaped(title)}", "", *_markdown(blocks(examination, language)), w["note"], ""]
    )


def _markdown(parts: Sequence[Block]) -> Iterator[str]:
    for block in parts:
        yield from (f"## {block.heading}", "")
        if block.sentence:
            yield from (escaped(block.sentence), "")
        if block.rows:
            yield _line(block.head)
            yield _line("---" for _ in block.head)
            yield from (_line(_cell(value) for value in row) for row in block.rows)
            yield ""


def _line(cells: Sequence[str] | Iterator[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(value: str) -> str:
    return escaped(value).replace("|", "\\|").replace("\\\\|", "\\|")


def as_html(examination: Examination, language: str, title: str) -> str:
    """The page as one HTML file without anything from outside; readable on light and dark screens."""
    w = WORDS[language]
    body = "".join(_section(block) for block in blocks(examination, language))
    heading = _safe(f"{w['title']}: {title}")
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{heading}</title>"
        '<meta name="viewport" content="width=device-width"><style>'
        ":root{color-scheme:light dark}body{font:16px/1.55 system-ui,'Noto Sans KR',sans-serif;"
        "max-width:70rem;"
        "margin:2rem auto;padding:0 1rem}div{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}"
        "th,td{border-bottom:1px solid color-mix(in srgb,currentColor 25%,transparent);padding:.35rem .7rem;"
        "text-align:left;vertical-align:top}td{font-variant-numeric:tabular-nums}</style></head>"
        f"<body><main><h1>{heading}</h1>{body}<p>{_safe(w['note'])}</p></main></body></html>\n"
    )


def _section(block: Block) -> str:
    sentence = f"<p>{_safe(block.sentence)}</p>" if block.sentence else ""
    if not block.rows:
        return f"<section><h2>{_safe(block.heading)}</h2>{sentence}</section>"
    head = "".join(f'<th scope="col">{_safe(cell)}</th>' for cell in block.head)
    rows = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in block.rows)
    return (
        f'<section><h2>{_safe(block.heading)}</h2>{sentence}<div tabindex="0" role="region" '
        f'aria-label="{_safe(block.heading)}"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        "</div></section>"
    )


def _safe(text: str) -> str:
    return escape(xml(text))
