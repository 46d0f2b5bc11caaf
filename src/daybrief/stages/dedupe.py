"""Dedupe: what several sources say of one paper or event becomes one story, and no story comes twice.

    items + memory | same key | same title | alike | same event | group
                   | seen before, nothing new: dropped; something new: kept, and says what
                   | withdrawn: dropped; printed before: kept, and says so

Two different arXiv ids are never one story, however alike they look. The result does not depend on the
order of the items.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import msgspec

from daybrief.model import Drop, Entry, Fold, Item, ItemKind, Remembered, Story, to_json
from daybrief.stages.near_duplicates import Candidate, events, near_duplicates, normal_title, specific
from daybrief.text.relevance import is_withdrawn

SEEN = "seen-before"
WITHDRAWN = "withdrawn"  # why a story is dropped, and what is new of one that was printed
_TRUST = {"arxiv": 0, "doi": 1}


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """The archive's memory: stories that share a key with today, and those of the last weeks."""

    by_key: tuple[Remembered, ...] = ()
    recent: tuple[Remembered, ...] = ()

    def before(self, day: date) -> tuple[Remembered, ...]:
        """Return every story printed before the day, once each, ordered by id."""
        known = {r.story: r for r in (*self.recent, *self.by_key) if r.last_seen < day}
        return tuple(known[story] for story in sorted(known))


def dedupe(items: Sequence[Item], memory: Memory, day: date) -> tuple[tuple[Story, ...], Entry]:
    """The day's stories ordered by id, and the ledger line: items in = stories + folded in + seen before."""
    pages = [_page_of(item) for item in sorted(items, key=_order)]
    pages += [_page_of_memory(known) for known in memory.before(day)]
    stories: list[Story] = []
    dropped: dict[str, list[str]] = {WITHDRAWN: [], SEEN: []}
    for group in _grouped(pages):
        items_today = [p.item for p in group if p.item]
        earlier = [p.memory for p in group if p.memory]
        if not items_today:
            continue
        story = _story(items_today, earlier, day)
        if reason := _objection(story):
            dropped[reason] += [item.key for item in story.items]
        else:
            stories.append(story)
    stories.sort(key=lambda s: s.id)
    merged = len(items) - len(stories) - sum(map(len, dropped.values()))
    entry = Entry(
        stage="dedupe",
        unit="items",
        came_in=len(items),
        kept=len(stories),
        merged=merged,
        dropped=tuple(
            Drop(reason=why, refs=tuple(sorted(keys))) for why, keys in sorted(dropped.items()) if keys
        ),
        folds=tuple(
            Fold(story=s.id, refs=tuple(i.key for i in s.items)) for s in stories if len(s.items) > 1
        ),
    )
    return tuple(stories), entry


def _objection(story: Story) -> str:
    """The reason why a story is not printed again, or at all; "" when it is."""
    if story.continues:
        return "" if story.news else SEEN
    return WITHDRAWN if any(map(_withdrawn, story.items)) else ""


# ── one story ───────────────────────────────────────────────────────────────────────────────────────


def _story(items_today: Sequence[Item], earlier: Sequence[Remembered], day: date) -> Story:
    items = tuple(sorted(items_today, key=_lead_first))
    keys = sorted({key for item in items for key in _keys_of(item)}, key=_trust)
    # A link to arXiv alone makes no paper: without a listing there is no abstract to write from.
    paper = any(i.kind == "paper" for i in items) or any(r.kind == "paper" for r in earlier)
    first = min(earlier, key=lambda r: (r.first_seen, r.story), default=None)
    return Story(
        id=first.story if first else keys[0],
        kind="paper" if paper else "news",
        items=items,
        first_seen=first.first_seen if first else day,
        continues=max((r.last_seen for r in earlier), default=None),
        news=_news(items, earlier),
    )


def _news(items: Sequence[Item], earlier: Sequence[Remembered]) -> tuple[str, ...]:
    """Name what no earlier edition had: a further source, a version, an address."""
    if not earlier:
        return ()
    if any(map(_withdrawn, items)):
        return (WITHDRAWN,)
    carried = {source for r in earlier for source in r.sources}
    news = [f"source:{source}" for source in sorted({i.source for i in items} - carried)]
    before = max((r.version or 1 for r in earlier), default=1)
    now = max((i.version or 1 for i in items), default=1)
    if now > before:
        news.append(f"version:{now}")
    if not news and (_moved(items, earlier) or _retold(items, earlier)):
        news.append("address")
    return tuple(news)


def _withdrawn(item: Item) -> bool:
    return item.announce == "withdrawn" or (item.kind == "paper" and is_withdrawn(item.title, item.text))


def _moved(items: Sequence[Item], earlier: Sequence[Remembered]) -> bool:
    """Whether a known title of a known site stands at a new address: a sequel, or a column's next issue."""
    known = {key for r in earlier for key in (r.story, *r.keys)}
    today = {key for item in items for key in _keys_of(item)}
    sites = {_site(key) for key in known} - {""}
    return not known & today and any(i.kind == "news" and _site(i.key) in sites for i in items)


def _retold(items: Sequence[Item], earlier: Sequence[Remembered]) -> bool:
    """Whether a known event is told under a new address and headline: it goes on, and nothing is dropped."""
    known = {key for r in earlier for key in (r.story, *r.keys)}
    titles = {normal_title(r.title) for r in earlier}
    return any(
        item.kind == "news" and not known & set(_keys_of(item)) and normal_title(item.title) not in titles
        for item in items
    )


def _site(key: str) -> str:
    return key.split("/", 1)[0] if key.startswith("url:") else ""


def _lead_first(item: Item) -> tuple[bool, bool, int, str, str, bytes]:
    """Papers before news, arXiv first, then the longest text; the rest only makes the order total."""
    return (item.kind != "paper", not item.key.startswith("arxiv:"), -len(item.text), *_order(item))


def _order(item: Item) -> tuple[str, str, bytes]:
    return item.key, item.source, to_json(item)


# ── who belongs together ────────────────────────────────────────────────────────────────────────────


def _grouped(pages: Sequence[Candidate]) -> tuple[tuple[Candidate, ...], ...]:
    """The pages in groups of one story each: by key, then by title, then by likeness, best first."""
    sets = _Sets(pages)
    for numbers in _by_key(pages):
        sets.join_all(numbers)
    for numbers in _by_title(pages):
        sets.join_all(numbers)
    for _, first, second in sorted(near_duplicates(pages), key=lambda pair: (-pair[0], *pair[1:])):
        sets.join(first, second)
    for first, second in events(pages):
        sets.join(first, second)
    return sets.groups()


def _by_key(pages: Sequence[Candidate]) -> Iterator[list[int]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for number, page in enumerate(pages):
        for key in page.keys:
            holders[key].append(number)
    for key in sorted(holders, key=_trust):
        yield holders[key]


def _by_title(pages: Sequence[Candidate]) -> Iterator[list[int]]:
    """Pages with one title; spaces do not count (`multi modal`), and a short one only tells papers apart."""
    holders: dict[str, list[int]] = defaultdict(list)
    papers: dict[str, list[int]] = defaultdict(list)
    for number, page in enumerate(pages):
        compact = page.title.replace(" ", "")
        if specific(page.title):
            holders[compact].append(number)
        elif page.kind == "paper" and specific(page.title, 2):
            papers[compact].append(number)
    for title in (holders, papers):
        yield from (title[compact] for compact in sorted(title))


class _Sets:
    """Disjoint sets of pages, none of which ever holds two arXiv ids (union by lower number)."""

    def __init__(self, pages: Sequence[Candidate]) -> None:
        self._pages = pages
        self._above = list(range(len(pages)))
        self._arxiv = [page.arxiv for page in pages]

    def _top(self, number: int) -> int:
        while self._above[number] != number:
            self._above[number] = self._above[self._above[number]]
            number = self._above[number]
        return number

    def join(self, first: int, second: int) -> None:
        """Make one set of two, unless they are two different papers."""
        low, high = sorted((self._top(first), self._top(second)))
        ids = {self._arxiv[low], self._arxiv[high]} - {""}
        if low == high or len(ids) > 1:
            return
        self._above[high] = low
        self._arxiv[low] = ids.pop() if ids else ""

    def join_all(self, numbers: Sequence[int]) -> None:
        """Join each page with the first paper among them, or with the first."""
        hub = next((n for n in numbers if self._arxiv[self._top(n)]), numbers[0])
        for number in numbers:
            self.join(hub, number)

    def groups(self) -> tuple[tuple[Candidate, ...], ...]:
        """The sets, each in page order."""
        groups: dict[int, list[Candidate]] = defaultdict(list)
        for number, page in enumerate(self._pages):
            groups[self._top(number)].append(page)
        return tuple(tuple(group) for _, group in sorted(groups.items()))


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────


def _page_of(item: Item) -> Candidate:
    keys = _keys_of(item)
    kind: ItemKind = "paper" if item.kind == "paper" or _arxiv(keys) else "news"
    return Candidate(keys=keys, arxiv=_arxiv(keys), kind=kind, title=normal_title(item.title), item=item)


def _page_of_memory(known: Remembered) -> Candidate:
    keys = _unambiguous(known.story, known.keys)
    return Candidate(
        keys=keys, arxiv=_arxiv(keys), kind=known.kind, title=normal_title(known.title), memory=known
    )


def _keys_of(item: Item) -> tuple[str, ...]:
    return _unambiguous(item.key, item.aliases)


def _unambiguous(key: str, further: Iterable[str]) -> tuple[str, ...]:
    """A key with its aliases; whoever names two papers is neither, so then the papers do not count."""
    keys = tuple(dict.fromkeys((key, *further)))
    papers = {k for k in keys if k.startswith("arxiv:")}
    return keys if len(papers) < 2 else tuple(k for k in keys if k == key or k not in papers)


def _arxiv(keys: Iterable[str]) -> str:
    return next((key for key in keys if key.startswith("arxiv:")), "")


def _trust(key: str) -> tuple[int, str]:
    return _TRUST.get(key.partition(":")[0], 2), key
