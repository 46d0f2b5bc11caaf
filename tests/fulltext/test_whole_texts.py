"""The way from the stories of a day to their whole texts, over a real server; and what is kept of them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec
import pytest

from daybrief.adapters.files import TextFolder
from daybrief.adapters.machine import in_own_process
from daybrief.adapters.recording import RecordingWeb, ReplayWeb
from daybrief.adapters.web import WebSettings
from daybrief.checks import entailment, form, names, numbers, polarity, quotes
from daybrief.fulltext import ReadTexts, TextLimits, WholeTexts, kept, with_texts
from daybrief.model import Checked, Claim, Draft, Fetched, Filed, Item, Link, Ranked, Story, Window
from daybrief.ports import Tools
from daybrief.stages.schedule import window
from daybrief.stages.verify import evidence_of, judge
from daybrief.testing import Route, StoppedClock, serve
from daybrief.testing.editions import DAY, item, story, taxonomy
from daybrief.testing.server import Site
from daybrief.whole import FullText, TextPassage
from daybrief.writers.extractive import Extractive, Options
from tests.fulltext import works

ARXIV = "https://arxiv.org"
HN = "https://hacker-news.firebaseio.com/v0"
QUICK = WebSettings(retries=0, spacing_s=0, arxiv_spacing_s=0)
HTML = "text/html"


def paper(number: int = 1, **fields: object) -> Story:
    key = f"arxiv:2411.{15000 + number}"
    listed = item(number, "Tidewater: Sparse Adapters", works.ABSTRACT, **{"key": key, **fields})
    return story(msgspec.structs.replace(listed, url=f"{ARXIV}/abs/{key[6:]}"))


def news(url: str = "https://news.example.org/adapters", thread: int = 41, text: str = "") -> Story:
    listed = item(9, "Sparse adapters reach phones", text, kind="news")
    links = (Link(rel="discussion", url=f"https://news.ycombinator.com/item?id={thread}"),) if thread else ()
    return story(msgspec.structs.replace(listed, url=url, links=links, language="en"))


def reader(site: Site, **limits: object) -> WholeTexts:
    return WholeTexts(site.web, in_own_process, msgspec.convert(limits, TextLimits))


def requested(site: Site) -> list[str]:
    """The addresses asked for beside what sites ask of programs."""
    return [request.path for request in site.requests if request.path != "/robots.txt"]


# ── which form is read ──────────────────────────────────────────────────────────────────────────────

WAYS = {
    "html": {f"{ARXIV}/html/2411.15001": Route(works.html(), media_type=HTML)},
    "tex": {f"{ARXIV}/e-print/2411.15001": Route(works.tex())},
    "pdf": {f"{ARXIV}/pdf/2411.15001": Route(works.pdf(works.PAPER_PDF))},
}


@pytest.mark.parametrize("form", WAYS)
def test_a_paper_is_read_in_the_first_form_that_is_there(form: str) -> None:
    with serve(WAYS[form], settings=QUICK) as site:
        read = reader(site, figures=0).read([paper()])
    (text,) = read.texts.values()
    assert text.form == form
    assert text.of("limitations")
    tried = ["/html/2411.15001", "/e-print/2411.15001", "/pdf/2411.15001"]
    assert requested(site)[:3] == tried[: 1 + list(WAYS).index(form)]


def test_a_paper_without_any_form_is_told_from_its_abstract_with_the_reason() -> None:
    with serve({}, settings=QUICK) as site:
        read = reader(site).read([paper()])
    assert not read.texts
    assert "404" in next(iter(read.missing.values()))


def test_a_source_that_is_a_pdf_is_read_as_one_without_a_further_request() -> None:
    routes = {f"{ARXIV}/e-print/2411.15001": Route(works.pdf(works.PAPER_PDF))}
    with serve(routes, settings=QUICK) as site:
        read = reader(site).read([paper()])
    assert next(iter(read.texts.values())).form == "pdf"
    assert requested(site) == ["/html/2411.15001", "/e-print/2411.15001"]


def test_a_form_that_robots_txt_forbids_is_not_asked_for_and_the_next_one_is() -> None:
    forbids = Route("User-agent: *\nDisallow: /e-print/\nDisallow: /html/\n", media_type="text/plain")
    routes = {f"{ARXIV}/robots.txt": forbids, **WAYS["html"], **WAYS["tex"], **WAYS["pdf"]}
    with serve(routes, settings=QUICK) as site:
        read = reader(site).read([paper()])
    assert [text.form for text in read.texts.values()] == ["pdf"]
    assert requested(site) == ["/pdf/2411.15001"]


def test_an_article_that_robots_txt_forbids_is_missing_with_the_reason() -> None:
    forbids = Route("User-agent: daybrief\nDisallow: /\n", media_type="text/plain")
    with serve(
        {"https://news.example.org/robots.txt": forbids, "*": Route("<p>x</p>")}, settings=QUICK
    ) as site:
        read = reader(site, comments=0).read([news()])
    assert requested(site) == []
    assert next(iter(read.missing.values())).startswith("Disallowed: ")


def test_the_version_that_was_listed_is_the_one_that_is_read() -> None:
    with serve({}, settings=QUICK) as site:
        reader(site).read([paper(version=2)])
    assert requested(site)[0] == "/html/2411.15001v2"


def test_stories_told_before_and_those_beyond_the_number_are_not_asked_for() -> None:
    known = msgspec.structs.replace(paper(7), continues=date(2024, 11, 20))
    with serve({}, settings=QUICK) as site:
        reader(site, papers=1).read([known, paper(1), paper(2)])
    assert {path.rsplit("/", 1)[1] for path in requested(site)} == {"2411.15001"}


# ── within bounds ───────────────────────────────────────────────────────────────────────────────────


def test_arxiv_is_asked_every_three_seconds_and_no_more_when_the_time_is_up() -> None:
    clock = StoppedClock()
    with serve({}, clock=clock, settings=WebSettings(retries=0)) as site:
        texts = WholeTexts(site.web, in_own_process, TextLimits(total_s=10), monotonic=clock.monotonic)
        read = texts.read([paper(n) for n in range(1, 30)])
    assert len(site.requests) in (4, 5), "at 0, 3, 6 and 9 s; the time ends while the one after waits"
    assert all(wait >= 3 for wait in clock.slept)
    assert len(read.missing) == 29


class _Stuck:
    """A web that answers only when it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        self.let_go.wait(30)
        raise AssertionError(url)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        raise AssertionError(url)


def test_an_edition_waits_no_longer_than_it_says_for_a_server_that_never_answers() -> None:
    web = _Stuck()
    read = WholeTexts(web, in_own_process, TextLimits(total_s=0.05)).read([paper(1), paper(2), news()])
    web.let_go.set()
    assert set(read.missing.values()) == {"the time for whole texts was up"}


def test_a_server_that_is_down_is_left_alone_after_three_answers() -> None:
    with serve({"*": Route(b"", status=503)}, settings=QUICK) as site:
        read = reader(site).read([paper(n) for n in range(1, 10)])
    assert len(site.requests) == 3
    assert len(read.missing) == 9


@pytest.mark.parametrize(
    "route",
    [
        Route(b"x" * 2**20, endless=True, chunked=True, media_type=HTML),
        Route(b"<html>", cut_at=3, media_type=HTML),
        Route(b"\x00" * 5_000, media_type=HTML),
        Route(works.html(), media_type=HTML, status=403),
    ],
    ids=["endless", "cut", "noise", "forbidden"],
)
def test_a_form_that_cannot_be_had_costs_that_form_alone(route: Route) -> None:
    routes = {f"{ARXIV}/html/2411.15001": route, **WAYS["tex"]}
    with serve(routes, settings=QUICK) as site:
        read = reader(site).read([paper()])
    assert [text.form for text in read.texts.values()] == ["tex"]


def test_what_was_read_is_not_asked_for_again(tmp_path: Path) -> None:
    with serve(WAYS["html"], settings=QUICK) as site:
        for _ in range(2):
            store = TextFolder(tmp_path, site.clock.now)
            texts = WholeTexts(site.web, in_own_process, TextLimits(figures=0), store=store)
            assert len(texts.read([paper()]).texts) == 1
    assert requested(site) == ["/html/2411.15001"]


def test_a_store_that_is_damaged_is_as_if_it_were_empty(tmp_path: Path) -> None:
    store = TextFolder(tmp_path, StoppedClock().now)
    store.put("key", b"text")
    assert store.get("key") == b"text"
    next(tmp_path.glob("*.z")).write_bytes(b"damaged")
    assert store.get("key") == b""


def test_a_store_forgets_what_is_older_than_a_month(tmp_path: Path) -> None:
    clock = StoppedClock()
    store = TextFolder(tmp_path, clock.now)
    store.put("old", b"text")
    clock.advance(31 * 24 * 3600)
    store.put("new", b"text")
    assert (store.get("old"), store.get("new")) == (b"", b"text")


def test_a_replay_reads_the_texts_that_were_recorded_and_none_where_none_were(tmp_path: Path) -> None:
    span: Window = window(DAY, "UTC")
    with serve(WAYS["html"], settings=QUICK) as site:
        recording = RecordingWeb(site.web, tmp_path / "day", span, site.clock)
        first = WholeTexts(recording, in_own_process, TextLimits()).read([paper()])
    replay = ReplayWeb(tmp_path / "day")
    assert WholeTexts(replay, in_own_process, TextLimits()).read([paper()]) == first
    assert first.texts
    assert not WholeTexts(replay, in_own_process, TextLimits()).read([paper(5), news()]).texts


# ── figure 1 ────────────────────────────────────────────────────────────────────────────────────────

PICTURE = f"{ARXIV}/html/2411.15001/x1.png"


def with_figure(route: Route | None, licence: str = "CC BY 4.0") -> tuple[FullText, list[str]]:
    page = Route(works.html(licence=licence), media_type=HTML)
    routes = {f"{ARXIV}/html/2411.15001": page, **({PICTURE: route} if route else {})}
    with serve(routes, settings=QUICK) as site:
        read = reader(site).read([paper()])
    return next(iter(read.texts.values())), requested(site)


def test_figure_1_is_shown_with_its_own_caption_where_the_licence_allows_it() -> None:
    text, _ = with_figure(Route(works.picture()))
    assert text.figure
    assert text.figure.caption == "The adapter between two layers."
    assert text.figure.picture[:3] == b"\xff\xd8\xff"
    assert text.figure.url == PICTURE


@pytest.mark.parametrize("licence", ["CC BY-NC-ND 4.0", "arXiv.org perpetual non-exclusive license", ""])
def test_a_figure_under_another_licence_is_a_link_and_is_never_fetched(licence: str) -> None:
    text, paths = with_figure(Route(works.picture()), licence)
    assert text.figure
    assert (text.figure.picture, text.figure.caption) == (b"", "")
    assert text.figure.url == f"{ARXIV}/html/2411.15001"
    assert paths == ["/html/2411.15001"]


@pytest.mark.parametrize(
    "route",
    [
        Route(b"\x89PNG" + bytes(2**20), endless=True, chunked=True),
        Route(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 83886080\r\n\r\n\x89PNG"),
        Route("<svg xmlns='http://www.w3.org/2000/svg'/>", media_type="image/svg+xml"),
        None,
    ],
    ids=["endless", "of 80 MB", "in an unknown format", "not there"],
)  # fmt: skip
def test_a_figure_that_cannot_be_shown_is_a_link_and_the_text_stays(route: Route | None) -> None:
    text, _ = with_figure(route)
    assert text.figure
    assert text.figure.picture == b""
    assert text.figure.url == PICTURE
    assert text.of("limitations")


# ── news ────────────────────────────────────────────────────────────────────────────────────────────


def post(**fields: object) -> Route:
    return Route(msgspec.json.encode(fields), media_type="application/json")


THREAD = {
    f"{HN}/item/41.json": post(by="pg", kids=[42, 43, 44], title="Sparse adapters"),
    f"{HN}/item/42.json": post(deleted=True),
    f"{HN}/item/43.json": post(by="ann", text="I tried it on a train.<p>It works without a network."),
    f"{HN}/item/44.json": post(by="bob", text="<script>alert(1)</script>Numbers look too good."),
}


def test_a_headline_of_hacker_news_gets_the_text_of_its_page_and_its_first_comments_with_their_names() -> (
    None
):
    routes = {"https://news.example.org/adapters": Route(works.ARTICLE, media_type=HTML), **THREAD}
    with serve(routes, settings=QUICK) as site:
        (text,) = reader(site).read([news()]).texts.values()
    assert "The model needs 40 megabytes" in text.of("article")[0].text
    assert [(p.by, p.text) for p in text.of("comment")] == [
        ("ann", "I tried it on a train. It works without a network."),
        ("bob", "Numbers look too good."),
    ]


@pytest.mark.parametrize(
    "routes",
    [
        {},
        {f"{HN}/item/41.json": Route(b"null")},
        {f"{HN}/item/41.json": Route(b"[1, 2")},
        {HN + "/*": Route(b"{}")},
    ],
    ids=["no thread", "gone", "no JSON", "empty"],
)
def test_a_thread_that_cannot_be_read_costs_its_comments_alone(routes: dict[str, Route]) -> None:
    article = {"https://news.example.org/adapters": Route(works.ARTICLE, media_type=HTML)}
    with serve({**article, **routes}, settings=QUICK) as site:
        (text,) = reader(site).read([news()]).texts.values()
    assert [p.role for p in text.passages] == ["article"]


# ── what is said and kept ───────────────────────────────────────────────────────────────────────────


def ranked(of: Story) -> Ranked:
    return Ranked(filed=Filed(story=of, category="speech", confidence=1.0, why=""), score=1.0)


def whole(licence: str = "") -> FullText:
    limits = TextPassage(
        role="limitations", title="5 Limitations", text=f"Nothing is perfect. {works.LIMIT} More."
    )
    closing = TextPassage(role="conclusion", title="6 Conclusion", text=works.CONCLUSION)
    return FullText(form="html", url=ARXIV, licence=licence, passages=(closing, limits))


def extracts(of: Story, text: FullText, language: str = "en") -> tuple[Ranked, tuple[Claim, ...]]:
    (read,) = with_texts([ranked(of)], {of.id: text})
    return read, Extractive(Options(), language, taxonomy()).read(read).claims


def checks() -> list[object]:
    tools = Tools(taxonomy=taxonomy(), language="en")
    return [each.make(each.Options(), tools) for each in (quotes, form, numbers, names, polarity, entailment)]


def test_what_an_abstract_does_not_say_is_said_from_its_limitations_with_the_section_named() -> None:
    read, claims = extracts(paper(), whole())
    (outlook,) = [claim for claim in claims if claim.part == "outlook"]
    (quote,) = outlook.quotes
    assert outlook.text == works.LIMIT
    assert (quote.field, quote.place) == ("whole", "5 Limitations")
    assert read.story.lead.words_of(quote)[quote.start : quote.end] == quote.text


def test_what_is_said_from_a_section_passes_the_checks_and_another_section_proves_nothing() -> None:
    read, claims = extracts(paper(), whole())
    outlook = next(claim for claim in claims if claim.part == "outlook")
    elsewhere = msgspec.structs.replace(
        outlook, quotes=(msgspec.structs.replace(outlook.quotes[0], section="6 Conclusion"),)
    )
    good, bad = judge([outlook, elsewhere], checks(), evidence_of(read.story.items))  # type: ignore[arg-type]
    assert good.printable
    assert not bad.printable


def test_news_of_a_title_alone_are_told_from_the_article() -> None:
    words = (
        "The company said on Tuesday that its speech recogniser now runs on phones without a network. "
        "The model needs 40 megabytes of memory and answers within 80 milliseconds, its engineers say."
    )
    article = TextPassage(role="article", title="article", text=words)
    read, claims = extracts(
        news(), FullText(form="article", url="https://news.example.org/", passages=(article,))
    )
    assert claims
    assert any(quote.field == "whole" for claim in claims for quote in claim.quotes)
    assert all(
        read.story.lead.words_of(q)[q.start : q.end] == q.text for claim in claims for q in claim.quotes
    )


def section(read: Ranked, claims: Sequence[Claim]) -> Checked:
    judged = judge(claims, checks(), evidence_of(read.story.items))  # type: ignore[arg-type]
    author = Extractive(Options(), "en").author
    draft = Draft(category="speech", ranked=(read,), claims=tuple(claims), author=author)
    return Checked(draft=draft, judged=judged)


def lead(checked: Checked) -> Item:
    return checked.draft.ranked[0].story.lead


def test_only_the_quoted_words_of_a_work_without_a_free_licence_are_kept_and_every_quote_still_holds() -> (
    None
):
    checked = kept(section(*extracts(paper(), whole())))
    text = lead(checked).full
    assert text
    assert works.LIMIT in [passage.text for passage in text.passages]
    assert "Nothing is perfect" not in str(text)
    claims = (*checked.draft.claims, *(judged.claim for judged in checked.judged))
    spots = [q for claim in claims for q in claim.quotes]
    assert any(q.field == "whole" for q in spots)
    assert all(lead(checked).words_of(q)[q.start : q.end] == q.text for q in spots)


def test_the_whole_text_of_a_work_under_a_free_licence_is_kept() -> None:
    checked = kept(section(*extracts(paper(), whole("CC BY 4.0"))))
    assert lead(checked).full == whole("CC BY 4.0")


def test_a_section_without_whole_texts_is_left_as_it_is() -> None:
    before = section(ranked(paper()), Extractive(Options(), "en").read(ranked(paper())).claims)
    assert kept(before) is before


# ── the edges ───────────────────────────────────────────────────────────────────────────────────────


def test_the_comments_are_the_text_of_a_thread_that_links_nowhere() -> None:
    with serve(THREAD, settings=QUICK) as site:
        (text,) = reader(site).read([news("https://news.ycombinator.com/item?id=41")]).texts.values()
    assert [p.role for p in text.passages] == ["comment", "comment"]
    assert all(path.startswith("/v0/item/") for path in requested(site))


def test_a_comment_is_quoted_up_to_its_first_sentences_and_not_where_it_leads_away() -> None:
    long = "It works. " + "And so it goes on and on and on " * 12 + "."
    routes = {
        "https://news.example.org/adapters": Route(works.ARTICLE, media_type=HTML),
        f"{HN}/item/41.json": post(by="pg", kids=[42, 43]),
        f"{HN}/item/42.json": post(by="ann", text=long),
        f"{HN}/item/43.json": post(by="bob", text="See https://buy.example/now for more. It is cheap."),
    }
    with serve(routes, settings=QUICK) as site:
        (text,) = reader(site).read([news()]).texts.values()
    assert [(p.by, p.text) for p in text.of("comment")] == [("ann", "It works.")]


def test_an_article_that_was_read_is_not_asked_for_again(tmp_path: Path) -> None:
    routes = {"https://news.example.org/adapters": Route(works.ARTICLE, media_type=HTML)}
    with serve(routes, settings=QUICK) as site:
        for _ in range(2):
            store = TextFolder(tmp_path, site.clock.now)
            texts = WholeTexts(site.web, in_own_process, TextLimits(), store=store)
            assert len(texts.read([news(thread=0)]).texts) == 1
    assert requested(site) == ["/adapters"]


@pytest.mark.parametrize("key", ["arxiv:", "arxiv:not a paper", "doi:10.1/x"])
def test_a_paper_whose_key_names_none_of_arxiv_is_not_asked_for(key: str) -> None:
    with serve({}, settings=QUICK) as site:
        read = reader(site).read([paper(key=key)])
    assert (read, requested(site), read.account) == (ReadTexts(), [], "")


def test_the_account_counts_forms_and_reasons() -> None:
    text = FullText(form="html", url="u")
    read = ReadTexts(texts={"a": text, "b": text}, missing={"c": "Unavailable: 503", "d": "Unavailable: 500"})
    assert read.account == "whole texts: 2 of 4 (2 html); without: 2 × Unavailable"
