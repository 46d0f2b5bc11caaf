"""A page's content before it is Markdown or HTML: the same for all forms.

Everything here is clean plain text in the page's language, LaTeX made readable, nothing escaped; addresses
are safe or empty. A form adds its own markup and escapes by its own rules.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from datetime import date
from functools import lru_cache

import msgspec

from daybrief.languages import LANGUAGES, SOURCE, either, parts
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import (
    SENT_BEFORE,
    Chart,
    Claim,
    Edition,
    EditionKind,
    Part,
    Ranked,
    Rising,
    Section,
    Usage,
)
from daybrief.render.story import (
    DOUBTFUL,
    UNNAMED,
    Note,
    NoteNumbers,
    PageSentence,
    StoryView,
    gist_of,
    names_itself,
    page_sentence,
    source_name,
    story_name,
    story_view,
)
from daybrief.text.plain import line
from daybrief.text.words import keywords

PARTS: tuple[Part, ...] = ("theme", "keyword", "finding", "impact", "outlook")
LEDGER = ("stage", "unit", "came_in", "kept", "merged", "dropped", "why")  # the columns of the two tables
SOURCES = ("name", "state", "items", "dropped", "requests", "note")
_SAID = 0.1  # titles a day that are worth naming as usual
_LINES = 5  # what a day comes to
_FEWEST = 3  # stories of a day that is worth summing up
_MOST_EACH = 1  # lines of the day from a section, as long as others have something to say
_TELLING_WORDS = 3  # of a line, besides its name
_WIDEST = 300  # of a line of two sentences, in Latin letters
_WIDE = 0x1100  # letters from here on are as wide as two
_PALE = re.compile(either(*(language.rules.form.pale for language in LANGUAGES)), re.IGNORECASE)
_RESULT = re.compile(parts(lambda rules: rules.form.result))
_RELEASE = re.compile(parts(lambda rules: rules.form.release))
_NAMING = re.compile(parts(lambda rules: rules.form.naming))
_PROMOTING = re.compile(parts(lambda rules: rules.form.promoting))
_NUMBER = re.compile(r"\b\d")
_FIGURE = re.compile(r"(?<![\w.-])\d[\d.,]*(?![-A-Za-z\d])")  # a number that is no part of a name
_FAR = 0.5  # of a score: about twice the votes
_PALEST = 4  # less than any other line is worth
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_TOLD_BY_CARDS: tuple[Part, ...] = ("gist", "theme", "finding")
_CLOSING: tuple[Part, ...] = ("impact", "outlook")


class Bullet(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a part; `name` says which paper it is about where that must be said."""

    name: str
    sentences: tuple[PageSentence, ...]


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a section: theme, keyword, finding, impact or outlook.

    Its bullets speak of the section, or of a paper where no card can; the findings are told by the cards.
    """

    part: Part
    heading: str
    bullets: tuple[Bullet, ...]


class SectionView(msgspec.Struct, frozen=True, kw_only=True):
    """A category with its parts, and a card for each of its stories; the findings stand in the cards."""

    id: str
    emoji: str
    heading: str  # in English, as readers of the first reports know it
    native: str  # in the page's language; empty when it says the same
    count: int
    parts: tuple[PartView, ...]
    stories: tuple[StoryView, ...]
    nothing: str = ""  # why there are no sentences

    @property
    def new(self) -> tuple[StoryView, ...]:
        """Return the stories that are told here for the first time."""
        return tuple(story for story in self.stories if not story.continued)

    @property
    def continued(self) -> tuple[StoryView, ...]:
        """Return the stories that an earlier edition told."""
        return tuple(story for story in self.stories if story.continued)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return every note of the section, in order, each once."""
        sentences = (s for part in self.parts for bullet in part.bullets for s in bullet.sentences)
        in_cards = (note for story in self.stories for note in story.notes)
        notes = (*(note for sentence in sentences for note in sentence.notes), *in_cards)
        return tuple({note.number: note for note in notes}.values())


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the day: one or two sentences of a story; `name` where they do not name it.

    `worth` is higher where it names its story, and where it tells a result or a release.
    """

    story: StoryView
    name: str
    sentences: tuple[PageSentence, ...]
    worth: int = 0

    @property
    def title_alone(self) -> bool:
        """Whether the line is the story's title and nothing else."""
        return not self.name and len(self.sentences) == 1 and self.sentences[0].text == self.story.title


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An edition as a page."""

    day: date
    kind: EditionKind
    language: str
    name: str  # the product's and the kind's: what every form shows
    title: str  # as the first reports had it: what stands over the Markdown
    date_line: str
    counts: tuple[str, ...]
    notices: tuple[str, ...]  # what the reader must know first: gaps, an empty day
    author: str
    headlines: tuple[Headline, ...]
    rising: tuple[str, ...]  # words of the day, each with its count
    chart: Chart
    sections: tuple[SectionView, ...]
    ledger: tuple[tuple[str, ...], ...]  # stage, unit, in, kept, merged, dropped, why
    sources: tuple[tuple[str, ...], ...]  # name, state, items, unusable, requests, note
    states: tuple[str, ...]  # the state's code of each row of `sources`
    made: str
    digest: str


class _Sealed(msgspec.Struct, frozen=True, eq=False):
    """An edition known by its digest, which stands for all of it."""

    edition: Edition

    def __hash__(self) -> int:
        return hash(self.edition.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sealed) and self.edition.digest == other.edition.digest


def page(edition: Edition) -> Page:
    """The content of an edition's page; the same for Markdown, HTML and feeds, so made once for all."""
    return _sealed_page(_Sealed(edition)) if edition.digest else _page(edition)


def forget_pages() -> None:
    """Lets go of the pages that were made: all publishers of a day are done."""
    _sealed_page.cache_clear()


@lru_cache(maxsize=8)
def _sealed_page(sealed: _Sealed) -> Page:
    return _page(sealed.edition)


def _page(edition: Edition) -> Page:
    say = phrases(edition.language)
    notes = NoteNumbers(edition.stories, say)
    fold = _keeps_to_its_language(edition)
    risen = frozenset(_singular(word.text) for word in _risen(edition))
    whole = tuple(_section(section, notes, say, risen, fold=fold) for section in edition.sections)
    sections = tuple(map(_told_shorter, whole))
    sentences = sum(_sentences(section) for section in edition.sections)
    counts = (
        say(f"count.{edition.kind}", n=len(edition.stories)),
        say("count.categories", n=len(sections)),
        *((say("count.sentences", n=sentences),) if sentences else ()),
    )
    return Page(
        day=edition.window.day,
        kind=edition.kind,
        language=edition.language,
        name=f"{say('title.index')} · {say(f'kind.{edition.kind}')}",
        title=say(f"title.{edition.kind}"),
        date_line=say.day(edition.window.day),
        counts=counts if edition.stories else (),
        notices=tuple(notices(edition, say)),
        author=author(edition, say) if sentences else "",
        headlines=headlines(edition, whole),
        rising=tuple(_rising(edition, say)),
        chart=edition.chart,
        sections=sections,
        ledger=tuple(ledger(edition, say)),
        sources=tuple(sources(edition, say)),
        states=tuple(report.state for report in edition.sources),
        made=made(edition, say),
        digest=edition.digest,
    )


# ── the day ─────────────────────────────────────────────────────────────────────────────────────────


def headlines(edition: Edition, sections: Sequence[SectionView]) -> tuple[Headline, ...]:
    """The day in five lines: stories with a name, what they do and what came of it, before others.

    Lines that say nothing but a subject are passed over, and so are those that advertise and a second line of
    one event. One that begins with what nothing before it names stands last, and one of an uncertain category
    behind the others. No section has two lines while another has one to give. A day of few stories needs no
    summary. News listed by titles alone have their titles as lines, where these are in the page's language.
    """
    candidates = [
        (line, (line.worth - (ranked.filed.confidence < DOUBTFUL), ranked.score), number)
        for number, (section, view) in enumerate(zip(edition.sections, sections, strict=True))
        for ranked, story in zip(section.ranked, view.stories, strict=True)
        if not story.continued and (line := _line(story, edition))
    ]
    if sum(len(view.new) for view in sections) < _FEWEST:
        return ()
    best_first = sorted(candidates, key=lambda c: (-c[1][0], -c[1][1], c[2]))
    each: Counter[int] = Counter()
    chosen: list[Headline] = []
    passed: list[Headline] = []
    for line, _, number in best_first:
        if edition.kind == "news" and any(_one_event(line.story, c.story) for c in (*chosen, *passed)):
            continue
        (chosen if each[number] < _MOST_EACH else passed).append(line)
        each[number] += 1
    lines = (*chosen, *passed)
    return (_with_most_noticed(lines, edition, sections) if edition.kind == "news" else lines)[:_LINES]


def _with_most_noticed(
    lines: tuple[Headline, ...], edition: Edition, sections: Sequence[SectionView]
) -> tuple[Headline, ...]:
    """The lines of news; behind them others that readers noticed, by their titles, and before them the one
    that was noticed far more than any other."""
    noticed = sorted(
        (
            (ranked.score, story)
            for section, view in zip(edition.sections, sections, strict=True)
            for ranked, story in zip(section.ranked, view.stories, strict=True)
            if not story.continued and ranked.filed.confidence >= DOUBTFUL
        ),
        key=lambda scored: -scored[0],
    )
    titled: list[Headline] = []
    for _, story in noticed:
        fits = _told_in(story, edition.language) and not _PROMOTING.search(story.title)
        if fits and not any(_one_event(story, line.story) for line in (*lines, *titled)):
            titled.append(Headline(story=story, name=story.name, sentences=story.gist[:1], worth=0))
    (most, top), (next_most, _) = (*noticed, (0.0, None), (0.0, None))[:2]
    far = most - next_most >= _FAR and titled and titled[0].story is top
    return (titled[0], *lines, *titled[1:]) if far else (*lines, *titled)


def _line(story: StoryView, edition: Edition) -> Headline | None:
    """The line of a story; None where it would say nothing but a subject, or would advertise."""
    if any(_PROMOTING.search(text) for text in (story.title, *(s.text for s in story.gist[:1]))):
        return None
    if not _told_in(story, edition.language):
        return _title_line(story) if edition.kind == "news" and _only_title(story, edition) else None
    first, *rest = (sentence for sentence in story.gist if sentence.language == edition.language)
    further = max(rest, key=_tells_outcome, default=None)
    first = _beginning(first, rest, further, story.proper_name)
    fits = further is not None and _width(first.text) + _width(further.text) <= _WIDEST
    sentences = (first, further) if further and fits else (first,)
    if first.subject_only or len(_content(story, sentences, edition.kind)) < _TELLING_WORDS:
        return None
    pale = bool(UNNAMED.match(first.text))
    names_it = names_itself(story) or bool(_NAMING.search(first.text))
    name = "" if names_it else story.proper_name if story.retold else story.name
    worth = 1 - first.about - bool(_REPOSITORY.fullmatch(story.title)) - _PALEST * pale
    if edition.kind == "papers":
        theirs = first.text.startswith("“") or bool(_NUMBER.search(first.text))
        if first.verbatim and not names_it and not theirs:
            return None  # a sentence of the source about its field, not about the paper
        worth += max(map(_tells_outcome, sentences)) - (not names_it and not name) - first.verbatim
        name = name or ("" if names_it else story.name)
    return Headline(story=story, name=name, sentences=sentences, worth=worth)


def _beginning(
    first: PageSentence, rest: Sequence[PageSentence], further: PageSentence | None, name: str
) -> PageSentence:
    """The sentence before a further one: it brings up the story's own thing where the first names another.

    What a model reached would else be told of the benchmark that the first sentence names.
    """
    between = rest[: rest.index(further)] if further else ()
    if further is None or not between or (name and name in further.text):
        return first
    if UNNAMED.match(further.text) and _NAMING.match(between[-1].text):
        return between[-1]  # "this method" is the one before
    told_of_another = name and name not in first.text and _NAMING.match(first.text)
    own = (sentence for sentence in reversed(between) if name in sentence.text)
    return next(own, first) if told_of_another else first


def _tells_outcome(sentence: PageSentence) -> int:
    """Whether a sentence tells a result in numbers (3), another result (2) or a release (1)."""
    if _RESULT.search(sentence.text):
        return 2 + bool(_FIGURE.search(sentence.text))
    return int(bool(_RELEASE.search(sentence.text)))


def _told_in(story: StoryView, language: str) -> bool:
    """Whether a card has a sentence of its own in a language."""
    return bool(story.gist) and story.gist[0].language == language


def _only_title(story: StoryView, edition: Edition) -> bool:
    """Whether a story has nothing but a title, in the page's language."""
    return not story.gist and (story.language or SOURCE) == edition.language


def _title_line(story: StoryView) -> Headline:
    title = PageSentence(text=story.title, language=story.language, notes=(), verbatim=True, of_title=True)
    return Headline(story=story, name="", sentences=(title,), worth=0)


def _content(story: StoryView, sentences: Iterable[PageSentence], kind: EditionKind) -> set[str]:
    """The words that tell something: no single letter, none that any sentence may use, no name of a paper."""
    texts = (sentence.text for sentence in sentences)
    if kind == "papers":
        texts = (_NAMING.sub(" ", text) for text in texts)
    words = {word for text in texts for word in _words(text) if not _PALE.fullmatch(word)}
    return words.difference(_words(story.proper_name) if kind == "papers" else ())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in _WORD.findall(text.casefold()) if len(word) > 1)


def _width(text: str) -> int:
    """How wide a text stands: a letter of Hangul or kana is as wide as two Latin ones."""
    return len(text) + sum(ord(letter) > _WIDE for letter in text)


def _one_event(first: StoryView, second: StoryView) -> bool:
    """Whether two stories may be of one event: half of the shorter title's words stand in the other's."""
    words, others = ({word for word in keywords(story.title) if " " not in word} for story in (first, second))
    return 2 * len(words & others) >= max(1, min(len(words), len(others)))


def _rising(edition: Edition, say: Phrases) -> Iterator[str]:
    """The words of the day, each with its count, and with what is usual where that is known."""
    for word in _risen(edition):
        counts = {"word": word.text, "today": word.today}
        if word.days and word.usual >= _SAID:
            yield say("rising.more", **counts, usual=f"{word.usual:.1f}")
        else:
            yield say("rising.first", **counts)


def _risen(edition: Edition) -> tuple[Rising, ...]:
    return () if isinstance(edition.rising, msgspec.UnsetType) else edition.rising


def _singular(term: str) -> str:
    return term.casefold().removesuffix("s")


_LEAD = 64  # columns of the day's top story in a subject line


def lead_of(view: Page) -> str:
    """The day's top story in a few words, for a subject line; "" for a day without any."""
    top = next(iter(view.headlines), None)
    if top is None:
        new = (story.title for section in view.sections for story in section.new)
        return _cut(next(new, ""))
    return _cut(f"{top.name}: {top.sentences[0].text}" if top.name else top.sentences[0].text)


def _cut(text: str) -> str:
    """A text without its full stop, at the end of a word before it is too wide."""
    text = text.rstrip(".")
    if _width(text) <= _LEAD:
        return text
    kept = ""
    for word in text.split():
        if _width(f"{kept} {word}") > _LEAD:
            break
        kept = f"{kept} {word}".strip()
    return f"{kept or text[: _LEAD // 2]}…"


# ── a section ───────────────────────────────────────────────────────────────────────────────────────


def _keeps_to_its_language(edition: Edition) -> bool:
    """Whether most stories have a gist in the page's language, so that a quotation would be the exception."""
    claims = (claim for section in edition.sections for claim in section.checked.kept if claim.part == "gist")
    with_gist = {story for claim in claims if claim.language == edition.language for story in claim.stories}
    new = {story.id for story in edition.stories if not story.continues}
    return 2 * len(new & with_gist) >= max(1, len(new))


def _section(
    section: Section, notes: NoteNumbers, say: Phrases, risen: Set[str], *, fold: bool
) -> SectionView:
    by_story = _claims_of_cards(section, say.language)
    category = section.category
    heading, native = category.label(SOURCE), category.label(say.language)
    parts = tuple(_parts(section, by_story, notes, say, risen))
    stories = tuple(
        story_view(ranked, by_story[ranked.story.id], f"{category.id}-{number}", notes, say, fold=fold)
        for number, ranked in enumerate(section.ranked, start=1)
    )
    return SectionView(
        id=category.id,
        emoji=category.emoji,
        heading=heading,
        native=native.removeprefix(heading).lstrip("· "),
        count=len(section.ranked),
        parts=parts,
        stories=stories,
        nothing="" if parts or any(story.gist for story in stories) else _nothing(section, say),
    )


def _told_shorter(section: SectionView) -> SectionView:
    """The section with each sentence once: no card repeats its summary, unless it had nothing else."""
    summary = " ".join(
        sentence.text
        for part in section.parts
        if part.part == "theme"
        for bullet in part.bullets
        for sentence in bullet.sentences
    )
    if not summary:
        return section
    stories = tuple(_without(story, summary) for story in section.stories)
    return msgspec.structs.replace(section, stories=stories)


def _without(story: StoryView, summary: str) -> StoryView:
    left = tuple(sentence for sentence in story.gist if not _in(summary, sentence.text))
    if len(left) == len(story.gist) or not (left or story.news):
        return story
    return msgspec.structs.replace(story, gist=left)


def _in(summary: str, text: str) -> bool:
    """Whether a summary holds a sentence, be it under its name."""
    named = UNNAMED.match(text)
    return (text[named.end() :] if named else text) in summary


def _claims_of_cards(section: Section, language: str) -> dict[str, list[Claim]]:
    """The claims that the cards tell or fold: sentences about one story alone.

    Those on impact and outlook are folded when they are in another language; else they have their own parts.
    """
    by_story: dict[str, list[Claim]] = {ranked.story.id: [] for ranked in section.ranked}
    titles = {item.title for ranked in section.ranked for item in ranked.story.items}
    for claim in section.checked.kept:
        of_cards = claim.part in _TOLD_BY_CARDS or claim.language != language
        if claim.part == "keyword" or not of_cards or claim.text in titles:
            continue
        if len(claim.stories) == 1 and claim.stories[0] in by_story:
            by_story[claim.stories[0]].append(claim)
    return by_story


def _parts(
    section: Section, by_story: dict[str, list[Claim]], notes: NoteNumbers, say: Phrases, risen: Set[str]
) -> Iterator[PartView]:
    """The parts that have anything to say, apart from what the cards and the words of the day tell."""
    names = {ranked.story.id: ranked for ranked in section.ranked}
    titles = {item.title for ranked in section.ranked for item in ranked.story.items}
    in_cards = {claim for claims in by_story.values() for claim in claims}
    on_cards = {
        quote
        for claims in by_story.values()
        for claim in gist_of(claims, say.language)
        for quote in claim.quotes
    }
    kept = section.checked.kept
    for part in PARTS:
        claims = [c for c in kept if c.part == part and c not in in_cards and c.text not in titles]
        if part == "keyword":  # a word of one title alone tells nothing
            claims = [claim for claim in claims if len(claim.stories) > 1 and _term(claim) not in risen]
        if part in _CLOSING:  # a card has told it
            claims = [claim for claim in claims if not on_cards.intersection(claim.quotes)]
        if claims:
            bullets = tuple(_bullets(part, claims, names, notes, say))
            yield PartView(part=part, heading=say(f"part.{part}"), bullets=bullets)


_QUOTED = re.compile(r"‘([^’]+)’")


def _term(claim: Claim) -> str:
    """The term of a sentence on a keyword, as words of the day are compared."""
    quoted = _QUOTED.match(claim.text)
    return _singular(quoted[1]) if quoted else ""


def _bullets(
    part: Part, claims: Sequence[Claim], ranked: dict[str, Ranked], notes: NoteNumbers, say: Phrases
) -> Iterator[Bullet]:
    """A bullet a claim; what speaks of one of several papers stands together under its name.

    What the papers share is one passage.
    """
    grouped: dict[str, list[Claim]] = {}
    for number, claim in enumerate(claims):
        alone = len(ranked) > 1 and len(claim.stories) == 1 and claim.stories[0] in ranked
        together = "#" if part == "theme" else f"#{number}"
        grouped.setdefault(claim.stories[0] if alone else together, []).append(claim)
    for story, sentences in grouped.items():
        name = story_name(ranked[story].story.lead, say) if story in ranked else ""
        yield Bullet(name=name, sentences=tuple(page_sentence(claim, notes) for claim in sentences))


def _nothing(section: Section, say: Phrases) -> str:
    """Say that no sentence of a section was confirmed; "" where titles alone came, or all was told before."""
    told_before = all(ranked.story.continues for ranked in section.ranked)
    return "" if section.checked.kept or told_before else say("part.nothing")


def _sentences(section: Section) -> int:
    """Count the sentences of a section that say more than a title, which the page prints anyway."""
    titles = {item.title for ranked in section.ranked for item in ranked.story.items}
    return sum(claim.text not in titles for claim in section.checked.kept)


# ── accounts ────────────────────────────────────────────────────────────────────────────────────────


def cells(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Rows of a table with an en dash where there is nothing to say."""
    return tuple(tuple(cell or "–" for cell in row) for row in rows)


_OPEN = frozenset({"waiting", "stalled", "failed"})
_FATES = ("repaired", "replaced", "again")  # of a sentence that failed, as the ledger's reasons name them


def notices(edition: Edition, say: Phrases) -> Iterator[str]:
    """Tell what the reader must know first: gaps, an empty day, and how the sentences were made."""
    gaps = [source_name(r.source, say) for r in edition.sources if r.state in _OPEN]
    if not edition.stories:
        unwanted = edition.ledger.dropped("category-unwanted")
        yield say("edition.unwanted", n=unwanted) if unwanted else say(f"edition.{edition.state}")
    elif edition.late:
        yield say("edition.late", n=len(edition.stories), sent=edition.ledger.dropped(SENT_BEFORE))
    elif gaps:
        yield say("edition.partial", sources=", ".join(gaps))
    yield from _provenance(edition, say)


def author(edition: Edition, say: Phrases) -> str:
    """Name who wrote the sentences, in one line."""
    drafts = [section.checked.draft for section in edition.sections if section.checked.kept]
    models = list(dict.fromkeys(d.author.model for d in drafts if d.author.model))
    if not models:
        return say("author.extracts")
    whole = all(d.author.model and not d.fallbacks for d in drafts)
    return say("author.model" if whole else "author.mixed", model=", ".join(models))


def _provenance(edition: Edition, say: Phrases) -> Iterator[str]:
    """Tell model, prompts and cost, what fell, and what the embedded writer took over, and why."""
    drafts = [section.checked.draft for section in edition.sections]
    for model, prompt in dict.fromkeys((d.author.model, d.author.prompt) for d in drafts if d.author.model):
        yield say("author.prompts", model=model, prompt=prompt or "–")
    filing = (e.usage for e in edition.ledger.entries if isinstance(e.usage, Usage))
    bill = Usage().plus(*(d.usage for d in drafts), *filing)
    if bill.calls:
        tokens = bill.tokens_in + bill.tokens_out
        yield say("author.usage", calls=bill.calls, tokens=tokens, cost=f"{bill.cost_usd:.4f}")
    taken = len({story for d in drafts for story in d.fallbacks})
    if taken:
        yield say("author.fallbacks", n=taken)
    yield from (_as_sentence(line(why, 200)) for why in dict.fromkeys(why for d in drafts for why in d.why))
    fallen = _fallen(edition)
    yield from (say(f"author.{fate}", n=fallen[fate]) for fate in (*_FATES[:2], "fallen") if fallen[fate])


def _as_sentence(reason: str) -> str:
    """A reason among sentences: with its full stop."""
    return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."


def _fallen(edition: Edition) -> Counter[str]:
    """Count the sentences that failed the checks, by fate: `fallen` where nothing took their place.

    A repair that failed as well is not counted again: the sentence it was to repair is.
    """
    counted: Counter[str] = Counter()
    for entry in edition.ledger.entries:
        for drop in entry.dropped if entry.unit == "claims" else ():
            counted[drop.reason.partition("; ")[2] or "fallen"] += len(drop.refs)
    return counted


def ledger(edition: Edition, say: Phrases) -> Iterator[tuple[str, ...]]:
    """The rows of the ledger: stage, unit, in, kept, merged, dropped, why."""
    for entry in edition.ledger.entries:
        dropped = sum(len(drop.refs) for drop in entry.dropped)
        why = ", ".join(f"{reason(drop.reason, say)} {len(drop.refs)}" for drop in entry.dropped)
        numbers = (entry.came_in, entry.kept, entry.merged, dropped)
        stage, unit = say.get(f"stage.{entry.stage}", entry.stage), say(f"unit.{entry.unit}")
        yield (stage, unit, *map(str, numbers), why)


def reason(code: str, say: Phrases) -> str:
    """Say why something was dropped, in words; a code no phrase knows stays itself."""
    name, colon, check = code.partition(": ")
    if colon and name == "unsupported":
        check, _, fate = check.partition("; ")
        then = f", {say(f'reason.{fate}')}" if fate in _FATES else ""
        return say("reason.unsupported", check=check) + then
    return say.get(f"reason.{code}", line(code, 60))


def sources(edition: Edition, say: Phrases) -> Iterator[tuple[str, ...]]:
    """The rows of the sources: name, state, items, unusable, requests, note."""
    for report in edition.sources:
        note = ": ".join(line(text, 160) for text in (report.error, report.hint) if text)
        numbers = map(str, (report.items, report.dropped, report.requests))
        yield (source_name(report.source, say), say(f"state.{report.state}"), *numbers, note)


def made(edition: Edition, say: Phrases) -> str:
    """The version and the taxonomy by which the edition was made, and the time."""
    at = f"{edition.made_at:%Y-%m-%d %H:%M}"
    return say("made.line", made_by=edition.made_by, taxonomy=edition.taxonomy, at=at)


# ── the reasons for a place ─────────────────────────────────────────────────────────────────────────

# What `stages.rank` and `taste` write into an edition, and the phrase that says it.
_REASONS = tuple(
    (re.compile(rf"{pattern}: (?P<points>[+-][\d.]+)"), phrase)
    for pattern, phrase in (
        (r"(?P<name>votes|points|comments|citations) (?P<n>\d+)", "story.{name}"),
        (r"(?P<n>\d+) sources", "why.sources"),
        (r"place (?P<n>\d+) of its list", "why.place"),
        ("no text to quote", "why.wordless"),
        (r"(?P<name>keyword|less) “(?P<word>.+)”", "why.{name}"),
        (r"words (?P<words>“.+”)", "why.merit_words"),
        (r"(?P<n>\d+) authors", "why.merit_authors"),
        (r"(?P<name>field|release|form) of the paper", "why.merit_{name}"),
        (r"like “(?P<title>.+)” (?P<name>earlier|above)", "why.like_{name}"),
    )
)


def retold(reason: str, say: Phrases) -> str:
    """Put a reason with its points into the language of `say`; what has no phrase stays as it is."""
    for pattern, phrase in _REASONS:
        if match := pattern.fullmatch(reason):
            named = match.groupdict()
            points, name = named.pop("points"), named.pop("name", "")
            fields = {field: int(value) if field == "n" else value for field, value in named.items()}
            return f"{say(phrase.format(name=name), **fields)} ({points})"
    return reason


_POINTS = re.compile(r"(.*?)(?:: | \()([+-])[\d.]+\)?")


def placed(reasons: Sequence[str], say: Phrases) -> str:
    """The reasons for a story's place, in words and without weights; "" where nothing is known."""
    points = [match for reason in reasons if (match := _POINTS.fullmatch(retold(reason, say)))]
    raised = [match[1] for match in points if match[2] == "+"]
    lowered = [match[1] for match in points if match[2] == "-"]
    sentences = [say("why.raised", why=", ".join(raised))] if raised else []
    sentences += [say("why.lowered", why=", ".join(lowered))] if lowered else []
    return " ".join(sentences)
