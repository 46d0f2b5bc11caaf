"""Each edition as a Markdown file, in the form readers of the first reports know.

Files: `DAY/papers.md` and `DAY/news.md`, CommonMark with GitHub's tables and footnotes
(https://github.github.com/gfm/). The chart is referred to as `papers.png` beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Literal

import msgspec

from daybrief.cards import Reproduced
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import Delivery, Edition, Issue
from daybrief.ports import Tools
from daybrief.render.page import LEDGER, PARTS, SOURCES, Bullet, Headline, Page, SectionView, cells, page
from daybrief.render.story import Note, PageSentence, StoryView, names_itself
from daybrief.text.plain import isolated, markdown, markdown_link, markdown_target


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The content of the file.

    chart: refer to the picture that the `chart` publisher draws, where that is configured.
    picture: which of its two, `png` or `svg`.
    ledger: end with the ledger and the state of each source.
    """

    chart: bool = True
    picture: Literal["png", "svg"] = "png"
    ledger: bool = True


class Markdown:
    """Implements `ports.Publisher`."""

    name = "markdown"
    shows_pages = True

    def __init__(self, options: Options) -> None:
        self._options = options

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        """Write a file for each edition."""
        for edition in issue.editions:
            path = f"{edition.window.day.isoformat()}/{edition.kind}.md"
            body = BytesIO()  # piece by piece: a large day's text would be in memory three times
            body.writelines(piece.encode() for piece in _pieces(edition, self._options))
            yield Delivery(path=path, body=body.getvalue(), media_type="text/markdown; charset=utf-8")


def make(options: Options, tools: Tools) -> Markdown:
    """The publisher; it refers to no picture that nobody draws."""
    return Markdown(msgspec.structs.replace(options, chart=options.chart and tools.pictures))


def render(edition: Edition, options: Options | None = None) -> str:
    """The whole file."""
    return "".join(_pieces(edition, options or Options()))


def _pieces(edition: Edition, options: Options) -> Iterator[str]:
    """The blocks with the blank lines between them, and the end of the last line."""
    for number, block in enumerate(_blocks(edition, options)):
        yield f"\n\n{block}" if number else block
    yield "\n"


def _blocks(edition: Edition, options: Options) -> Iterator[str]:
    view = page(edition)
    say = phrases(edition.language)
    yield from _head(view, options, say)
    for section in view.sections:
        yield from _section(section, say)
    if options.ledger:
        yield from _accounts(view, say)
    yield markdown(view.made)
    notes = {note.number: note for section in view.sections for note in section.notes}
    yield from map(_note, notes.values())
    tried = {s.reproduced.lab: s.reproduced for each in view.sections for s in each.stories if s.reproduced}
    yield from map(_reproduced, tried.values())


def _head(view: Page, options: Options, say: Phrases) -> Iterator[str]:
    yield f"# {view.title}"
    if options.chart and view.chart.bars:
        yield f"![{markdown(view.chart.alt)}]({view.kind}.{options.picture})"
    yield " · ".join((f"**{markdown(view.date_line)}**", *map(markdown, view.counts)))
    if view.notices:
        yield f"> {'⚠️ ' if view.sections else ''}{' '.join(map(markdown, view.notices))}"
    if view.headlines:
        yield f"## {say('day.headlines')}"
        yield "\n".join(_headline(line, say) for line in view.headlines)
    if view.rising:
        yield f"**{say('rising.heading')}:** {' · '.join(map(_text, view.rising))}"
    if view.author:
        yield f"*{markdown(view.author)}*"


def _headline(line: Headline, say: Phrases) -> str:
    if line.title_alone:
        return f"- {_linked(line.story.title, line.story.url)}"
    return _bullet(Bullet(name=line.name, sentences=line.sentences)) + _original(line.story, say)


def _section(section: SectionView, say: Phrases) -> Iterator[str]:
    """The five parts, the findings story by story, and the list of sources."""
    native = f" · {markdown(section.native)}" if section.native else ""
    yield f"## {section.emoji} {markdown(section.heading)}{native}"
    by_part = {part.part: part for part in section.parts}
    summed_up = _on_cards(section)
    cards = [_card(story, say) for story in summed_up]
    if section.nothing or by_part or cards:
        yield f"**{say('part.summary')}:**"
    if section.nothing:
        yield markdown(section.nothing)
    for part in PARTS:
        bullets = [_bullet(bullet) for bullet in by_part[part].bullets] if part in by_part else []
        bullets += cards if part == "finding" else []
        if bullets:
            yield f"### {say(f'part.{part}')}"
            yield "\n".join(bullets)
    yield f"**{say('part.sources')}:**"
    on_card = {story.anchor for story in summed_up}
    yield "\n".join(
        line for story in section.stories for line in _story(story, say, beside=story.anchor not in on_card)
    )


def _bullet(bullet: Bullet) -> str:
    text = " ".join(_sentence(sentence) for sentence in bullet.sentences)
    return f"- **{_text(bullet.name)}**: {text}" if bullet.name else f"- {text}"


def _card(story: StoryView, say: Phrases) -> str:
    """The card of a story; sentences of its source that none of ours rests on stand behind the last one.

    Where its sentences stand for the title, a short name stands first and a link to the original last. Else
    the title stands first.
    """
    text = " ".join(_sentence(sentence) for sentence in story.gist) + _numbers(story.beside)
    if not story.retold:
        return f"- **{_linked(story.title, story.url)}**: {text}"
    name = "" if names_itself(story) or not story.proper_name else f"**{_text(story.proper_name)}**: "
    return f"- {name}{text}{_original(story, say)}"


def _original(story: StoryView, say: Phrases) -> str:
    return f" {_linked(say('link.original'), story.url)}" if story.url else ""


def _linked(label: str, url: str) -> str:
    return f"[{_text(label)}]({markdown_target(url)})" if url else _text(label)


def _sentence(sentence: PageSentence) -> str:
    return _text(sentence.text) + _numbers(sentence.notes)


def _numbers(notes: Sequence[Note]) -> str:
    return "".join(f"[^{note.number}]" for note in notes)


_FEW = 3  # stories of a section without a summary of its own that make cards all the same


def _on_cards(section: SectionView) -> Sequence[StoryView]:
    """The stories of a section's summary; the others are told beside their titles in the list of sources.

    A sentence that says only what a text is about, or what continues, makes a card where there is no other
    summary: the first few of these, and those that only name a subject last.
    """
    with_sentence = [story for story in section.stories if story.gist]
    new = [story for story in with_sentence if not (story.continued or _only_about(story))]
    if new or section.parts or section.nothing:
        return new
    return sorted(with_sentence, key=lambda story: story.gist[0].subject_only)[:_FEW]


def _only_about(story: StoryView) -> bool:
    return len(story.gist) == 1 and story.about_only


def _story(story: StoryView, say: Phrases, *, beside: bool) -> Iterator[str]:
    """The lines of a source, which is known by its title; here stands what is told of it nowhere else."""
    address = f" ({markdown_link(story.url)})" if story.url else ""
    yield f" - {_text(story.title)}{address}"
    if story.gist and beside:
        yield f"   - {' '.join(map(_sentence, story.gist))}{_numbers(story.beside)}"
    links = [f"[{markdown(name)}]({markdown_target(url)})" for name, url in story.links]
    evidence = [say("evidence.word") + _numbers(story.beside)] if story.beside and not story.gist else []
    facts = [*map(_text, story.facts), *links, *evidence]
    if facts:
        yield f"   - {' · '.join(facts)}"
    if story.marks:
        yield f"   - {'↻ ' if story.continued else ''}{' · '.join(map(_text, story.marks))}"
    if story.figure:
        target = markdown_target(story.figure.url)
        caption = f"{_text(story.figure.caption)} ({markdown(story.figure.licence)})"
        yield f"   - [{markdown(story.figure.label)}]({target}): {caption}"
    for who, words in story.comments:
        yield f"   - {_text(who)}: “{_text(words)}”"
    if story.tldr:
        yield f"   - {_text(story.tldr)}"
    if story.reproduced:
        card = story.reproduced
        yield f"   - **{markdown(card.label)}**: {_text(f'{card.verdict}. {card.claim}')}[^{card.lab}]"


def _reproduced(card: Reproduced) -> str:
    """The note on a paper that was tried here; a command is code, so that nothing in it is markup."""
    return f"[^{card.lab}]: {_text(card.numbers)} · `{card.command}`"


def _accounts(view: Page, say: Phrases) -> Iterator[str]:
    yield "---"
    yield f"## {say('ledger.heading')}"
    yield markdown(say("ledger.explain"))
    yield _table([say(f"ledger.{name}") for name in LEDGER], cells(view.ledger), numbers=range(2, 6))
    yield f"## {say('source.heading')}"
    yield _table([say(f"source.{name}") for name in SOURCES], cells(view.sources), numbers=range(2, 5))


def _table(head: list[str], rows: Iterable[tuple[str, ...]], numbers: range) -> str:
    rule = ["---:" if n in numbers else "---" for n in range(len(head))]
    lines = [map(markdown, head), rule, *(map(_text, row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _note(note: Note) -> str:
    source = f"[{_text(note.title)}]({markdown_target(note.url)})" if note.url else _text(note.title)
    return (
        f"[^{note.number}]: “{_text(note.words)}” — {source}, {markdown(note.source)}, {markdown(note.place)}"
    )


def _text(text: str) -> str:
    return isolated(markdown(text))
