"""Sample editions for whoever writes a publisher: the founding day, hostile titles, a quiet day, 100 stories.

    from daybrief.testing.editions import founding, hostile, issue, large, quiet

    deliveries = list(publisher.publish(issue(founding())))

Texts of the founding papers are arXiv's own (CC0). Every quote is cut out of its item, so the offsets hold.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from daybrief.languages import DEFAULT, SOURCE
from daybrief.languages.phrases import phrases
from daybrief.model import (
    Author,
    Checked,
    Claim,
    Draft,
    Drop,
    Edition,
    EditionKind,
    Entry,
    Filed,
    Issue,
    Item,
    ItemKind,
    Judged,
    Link,
    Part,
    Quote,
    Ranked,
    Signals,
    SourceReport,
    Story,
    Taxonomy,
    Verdict,
    Window,
)
from daybrief.stages.assemble import assemble, chart, grouped

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

DAY = date(2024, 11, 26)
MADE_AT = datetime(2024, 11, 27, 0, 30, tzinfo=UTC)
EXTRACTIVE = Author(name="extractive", version="1.0")
_PARTS: tuple[Part, ...] = ("theme", "finding", "finding", "impact", "outlook")
_SENTENCE = re.compile(r"[^.!?。]+(?:[.!?。]+|$)(?=\s|$)\s*")


def texts(section: str) -> dict[str, Any]:
    """Texts of the doubles that are in no source's language, from `assets/testing.toml`."""
    table = tomllib.loads((files("daybrief") / "assets" / "testing.toml").read_text(encoding="utf-8"))
    return dict(table[section])


_TEXTS = texts("editions")
HOSTILE_TITLES = (
    "</title><script>alert(1)</script> & <img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) ![x](https://evil.example/?q=1) `code` **bold** _it_ ~~s~~ | pipe",
    "# Heading\n\n- list\n1. item\n> quote\n---",
    "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 123 abc",
    'Learning $\\alpha$-divergences in $\\mathbb{R}^n$ for $5 and $10: na\\"ive {\\it bounds} \\unknown{x}',
    "👩\u200d👩\u200d👧 TÜLU Déjà Poke\u0301mon 炊紙 " + "Z\u0321\u0324\u0353\u034d" * 4,
    "=cmd|' /C calc'!A0 \x1b[31mred\x1b[0m \x00nul ]]> &amp; &#x3C;",
    "https://arxiv.org/abs/1 www.example.com a@b.example :tada: [^1] \\",
    _TEXTS["hostile_title"] + _TEXTS["hostile_word"] * 40,
    "1. " + "W" * 400,
    "",
)


@cache
def taxonomy() -> Taxonomy:
    """The shipped taxonomy."""
    text = (files("daybrief") / "assets" / "taxonomy.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Taxonomy)


def item(number: int, title: str, text: str, *, kind: ItemKind = "paper", **fields: Any) -> Item:
    """An item with believable defaults: an arXiv paper or a page of example.org."""
    paper = kind == "paper"
    key = f"arxiv:2411.{number:05d}" if paper else f"url:https://example.org/news/{number}"
    url = f"http://arxiv.org/abs/2411.{number:05d}v1" if paper else f"https://example.org/news/{number}"
    default: dict[str, Any] = {"key": key, "source": "arxiv" if paper else "hacker_news", "url": url}
    return Item(kind=kind, title=title, text=text, **(default | {"language": SOURCE} | fields))


def story(*items: Item, day: date = DAY, **fields: Any) -> Story:
    """A story told by some items, new today unless said otherwise."""
    return Story(
        id=items[0].key, kind=items[0].kind, items=items, first_seen=fields.pop("first_seen", day), **fields
    )


def quote(of: Item, start: int, end: int) -> Quote:
    """The words of an item between two places."""
    return Quote(item_key=of.key, source=of.source, start=start, end=end, text=of.text[start:end])


def claims(of: Story) -> Iterator[Claim]:
    """The sentences of a story's lead, word for word, one for each part while they last."""
    lead = of.lead
    for part, sentence in zip(_PARTS, _SENTENCE.finditer(lead.text), strict=False):
        end = sentence.start() + len(sentence[0].rstrip())
        quoted = quote(lead, sentence.start(), end)
        yield Claim(text=quoted.text, part=part, quotes=(quoted,), stories=(of.id,), language=lead.language)


def gists(of: Story, language: str) -> Iterator[Claim]:
    """A sentence about a story in a language that rests on the first sentence of its lead."""
    for claim in islice(claims(of), 1):
        kind = phrases(language)("kind.papers" if of.kind == "paper" else "kind.news")
        text = f"{kind}: {of.lead.title}."
        yield msgspec.structs.replace(claim, text=text, part="gist", language=language)


def edition(
    stories: Iterable[tuple[Story, str]],
    *,
    kind: EditionKind = "papers",
    language: str = DEFAULT,
    day: date = DAY,
    author: Author = EXTRACTIVE,
    confidence: float = 0.9,
    form: str = "bars",
    gists: bool = False,
    sources: Sequence[SourceReport] | None = None,
) -> Edition:
    """A sealed edition of (story, category id) pairs whose ledger adds up.

    `gists` gives each story a sentence in the edition's language that rests on the source's first one.
    """
    filed = [
        Ranked(
            filed=Filed(story=filed_story, category=category, confidence=confidence, why="keywords: example"),
            score=1.0,
            reasons=("votes 12: +2.56",),
        )
        for filed_story, category in stories
    ]
    checked = [
        _checked(category, ranked, author, language if gists else "")
        for category, ranked in grouped(filed, taxonomy())
    ]
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=9)
    return assemble(
        Window(day=day, zone="Asia/Seoul", start=start, end=start + timedelta(days=1)),
        kind,
        language,
        checked,
        chart(checked, taxonomy(), language=language, kind=kind, day=day, form=form),
        _ledger(len(filed), sum(len(c.judged) for c in checked)),
        SOURCES if sources is None else sources,
        taxonomy(),
        made_at=MADE_AT + (day - DAY),
        made_by="daybrief 1.0",
    )


SOURCES = (
    SourceReport(source="arxiv", state="fresh", items=480, dropped=2, requests=5),
    SourceReport(source="hf_papers", state="fresh", items=22, requests=1),
    SourceReport(
        source="deeplearn",
        state="failed",
        items=0,
        requests=3,
        error="no answer in 20 s",
        hint="try again later",
    ),
    SourceReport(source="technologyreview_kr", state="quiet", items=0, requests=1),
)


def founding(language: str = DEFAULT, **fields: Any) -> Edition:
    """The papers of 2024-11-26, with signals, discussions, an earlier story and a doubtful category."""
    raw = json.loads((files("daybrief.testing") / "founding_papers.json").read_text(encoding="utf-8"))
    stories = [(_founding_story(n, row), row["category"]) for n, row in enumerate(raw)]
    return edition(stories, language=language, **fields)


def hostile(language: str = DEFAULT, **fields: Any) -> Edition:
    """Stories whose titles, texts, links and names try to break every destination."""
    stories = []
    for n, title in enumerate(HOSTILE_TITLES):
        bad = ("javascript:alert(1)", "https://user@evil.example/", "https://example.org/a b<c>(d)\"'|`*_[x]")
        links = (Link(rel="discussion", url="data:text/html,x"), Link(rel=title or "x", url=bad[n % 3]))
        text = f"{title}. {title} is shown. Second finding | `{n}`. <b>impact</b>. What next?"
        hostile_item = item(
            n + 1, title, text, url=bad[n % 3], links=links, authors=(title, "B"), venue=title, tldr=title
        )
        stories.append((story(hostile_item, news=(title,)), "llm" if n % 2 else "others"))
    return edition(stories, language=language, **fields)


def quiet(language: str = DEFAULT, *, kind: EditionKind = "papers", day: date = DAY) -> Edition:
    """A day on which every source answered and none had anything."""
    calm = (SourceReport(source="arxiv", state="quiet", items=0, requests=1),)
    return edition((), kind=kind, language=language, day=day, sources=calm)


def large(stories: int = 100, language: str = DEFAULT, **fields: Any) -> Edition:
    """Many stories over all categories, with texts of real length."""
    raw = json.loads((files("daybrief.testing") / "founding_papers.json").read_text(encoding="utf-8"))
    ids = [c.id for c in taxonomy().of("paper")]
    rows = [raw[n % len(raw)] for n in range(stories)]
    pairs = [
        (story(item(n + 1, f"{row['title']} ({n + 1})", row["text"])), ids[n % len(ids)])
        for n, row in enumerate(rows)
    ]
    return edition(pairs, language=language, **fields)


def news(language: str = DEFAULT, **fields: Any) -> Edition:
    """Four news stories, two of them in Korean."""
    rows = (
        ("OpenAI releases a new model", "The company released a model. It is faster.", SOURCE, "ai-models"),
        (
            *_TEXTS["law"],
            DEFAULT,
            "ai-policy",
        ),
        (
            "Show HN: A tiny agent framework",
            "We built a framework. It has no dependencies.",
            SOURCE,
            "ai-products",
        ),
        (_TEXTS["chips"], "", DEFAULT, "ai-business"),
    )
    pairs = []
    for n, (title, text, spoken, category) in enumerate(rows):
        discussion = (Link(rel="discussion", url=f"https://news.ycombinator.com/item?id={n}"),)
        news_item = item(
            n,
            title,
            text,
            kind="news",
            language=spoken,
            links=discussion,
            signals=Signals(points=90, comments=1),
        )
        pairs.append((story(news_item), category))
    return edition(pairs, kind="news", language=language, **fields)


def issue(*editions: Edition, recent: Sequence[Edition] = ()) -> Issue:
    """The input of a publisher: these editions, and earlier ones for indexes."""
    return Issue(day=editions[0].window.day, editions=editions, recent=(*editions, *recent))


def editions() -> SearchStrategy[Edition]:
    """A Hypothesis strategy (needs `hypothesis`): up to four stories with any titles and texts."""
    from hypothesis import strategies as st

    words = st.one_of(st.text(max_size=60), st.sampled_from(HOSTILE_TITLES))
    category = st.sampled_from([category.id for category in taxonomy().of("paper")])
    row = st.tuples(words, words, category)

    def made(rows: list[tuple[str, str, str]], language: str) -> Edition:
        pairs = [(story(item(n + 1, title, text)), where) for n, (title, text, where) in enumerate(rows)]
        return edition(pairs, language=language)

    # Lone surrogates cannot be written as UTF-8; `text.plain` takes them out when an item is collected.
    clean = row.map(lambda r: tuple(part.encode(errors="ignore").decode() for part in r))
    return st.builds(made, st.lists(clean, max_size=4), st.sampled_from([DEFAULT, SOURCE]))


def _founding_story(number: int, row: dict[str, Any]) -> Story:
    identifier = row["id"]
    authors = tuple(row["authors"]) or ("First Author", "Second Author", "Third Author", "Fourth Author")
    lead = Item(
        key=f"arxiv:{identifier}",
        source="arxiv",
        kind="paper",
        title=row["title"],
        url=f"http://arxiv.org/abs/{identifier}v1",
        text=row["text"],
        authors=authors,
        language=SOURCE,
        version=1,
    )
    if number % 3:
        return story(lead)
    talk = (Link(rel="discussion", url=f"https://huggingface.co/papers/{identifier}"),)
    signals = Signals(votes=12 + number, comments=number)
    other = msgspec.structs.replace(lead, source="hf_papers", signals=signals, links=talk)
    if number == 0:
        seen = DAY - timedelta(days=2)
        return story(lead, other, first_seen=seen, continues=seen, news=("version 2", "on hf_papers now"))
    return story(lead, other)


def _checked(category: str, ranked: tuple[Ranked, ...], author: Author, gist_in: str) -> Checked:
    new = [r.story for r in ranked if not r.story.continues]
    written = tuple(c for story in new for c in (*(gists(story, gist_in) if gist_in else ()), *claims(story)))
    order = ("gist", "theme", "keyword", "finding", "impact", "outlook")
    by_part = sorted(written, key=lambda claim: order.index(claim.part))
    proved = (Verdict(check="quotes", outcome="supported", why="word for word"),)
    return Checked(
        draft=Draft(category=category, ranked=ranked, claims=tuple(by_part), author=author),
        judged=tuple(Judged(claim=claim, verdicts=proved) for claim in by_part),
    )


def _ledger(stories: int, sentences: int) -> tuple[Entry, ...]:
    cut = (Drop(reason="below-the-cut", refs=("arxiv:2411.99998", "arxiv:2411.99999")),)
    failed = (Drop(reason="unsupported: numbers", refs=("A claim with a wrong number.",)),)
    return (
        Entry(stage="collect", unit="items", came_in=stories + 7, kept=stories + 5,
              dropped=(Drop(reason="other-day", refs=("arxiv: 2411.00001", "arxiv: <b>2</b>")),)),
        Entry(stage="dedupe", unit="items", came_in=stories + 5, kept=stories + 2, merged=3),
        Entry(stage="rank", unit="stories", came_in=stories + 2, kept=stories, dropped=cut),
        Entry(stage="verify", unit="claims", came_in=sentences + 1, kept=sentences, dropped=failed),
    )  # fmt: skip
