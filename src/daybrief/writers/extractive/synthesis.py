"""The common points of a section's stories: their subject, what they bring, their results, what is released.

    Reading → two to four sentences of the part `theme`, each about several stories

A sentence says only what stands in the stories' own words: which of the new ones speak of a subject, bring a
benchmark, report better results or limits, release code, data or a model. It names them, says what each is
and the figure of its result where both are sure, and quotes the words for all of it. A sentence about one
story alone is none of the section, so none is made; nor is one that only counts stories without a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

import msgspec

from daybrief.languages import (
    SOURCE,
    FilteredPattern,
    filtered,
    language_or_source,
    own_share,
    own_term,
    parts,
)
from daybrief.languages.phrases import Phrases, phrases
from daybrief.languages.tables import Fact, NamedFact, OfferFact, ResultFact
from daybrief.model import Category, Claim, Item, Quote, Ranked
from daybrief.ports import Reading
from daybrief.text.sentences import Sentence, leads_away, sentences, worth_reading
from daybrief.text.words import occurrence, running, shared_terms, speaks_of
from daybrief.writers.extractive.slots import Slot, slots

_FEWEST = 2  # stories that share something
_MOST_NAMES = 3
_LONGEST_NAME = 44
_OWN_SHARE = 0.35  # of the letters of a sentence, where a language has its own
_READ = 40  # sentences of a story
_SHORTEST = 20  # letters of a quote
_MOST_SENTENCES = 4
_MOST_SUBJECTS = 2
_MOST_COUNTED = 12  # beyond, the check of numbers does not believe a count
_COMMON = 1.0  # titles a day: a word that stands in so many every day is no subject

_RESULT = re.compile(parts(lambda rules: rules.form.result))
_COUNTED = re.compile(r"(?<![\w.-])\d[\d.,]*(?![-A-Za-z\d])")  # a number that is no part of a name
_LARGE = 4  # papers of a section from which its best results are worth telling first

# The words of a sentence that says so itself; a question, a wish or "not" before them says something else.
_BETTER = filtered(
    r"\b(?:outperform(?:s|ed|ing)?|surpass(?:es|ed)?|state[- ]of[- ]the[- ]art (?:results?|performance)"
    r"|(?:significantly|consistently|substantially) (?:improves?|better|higher)"
    r"|improv(?:es|ed|ing) (?:\w+ ){0,4}by \d)",
    re.IGNORECASE,
)
_WORSE = filtered(
    r"\b(?:(?:actually )?degrades?(?: \w+)? (?:quality|performance|accuracy)|diminishing returns"
    r"|perform(?:s|ed)? (?:much |significantly )?worse|severe deficienc(?:y|ies)|fails? to \w+"
    r"|struggles? (?:with|to)|fall(?:s|ing)? short|remains? (?:far )?below|(?:significant|notable) drop)",
    re.IGNORECASE,
)
_OTHERS = filtered(
    r"\b(?:not|however|although|while|existing|previous|prior|current|traditional|conventional|often|may)\b"
    r"|\bto (?:address|overcome|tackle)",
    re.IGNORECASE,
)
_OURS = filtered(
    r"\b(?:we|our|this (?:paper|work|study)|results?|experiments?|evaluations?|show)\b", re.IGNORECASE
)
_RELEASE = filtered(
    r"\b(?:(?:we|is|are|be|been|and) (?:also )?(?:publicly |openly |fully )?"
    r"(?:releas\w+|open[- ]?sourc\w+|(?:publicly |freely )?available|made public(?:ly available)?)"
    r"|open[- ]sourc(?:e|es|ing) (?:our|the|both|all)|code:? (?:is )?(?:available )?(?:at|https?))",
    re.IGNORECASE,
)
_MAKE = filtered(
    r"\b(?:we|this (?:paper|work|article))(?: \w+){0,2}?"
    r" (?:introduces?|proposes?|presents?|develops?|designs?)\b",
    re.IGNORECASE,
)
_NEXT = re.compile(r" ([A-Z]?[a-z]{3,}s)\b")  # the noun that ends a phrase, in the plural
_NEAR = 140  # letters behind the verb that may name what is made
_MADE = {
    "method": re.compile(
        r"\b(?:methods?|frameworks?|approach(?:es)?|algorithms?|architectures?|pipelines?)\b", re.IGNORECASE
    ),
    "measure": re.compile(r"\b(?:benchmarks?|data ?sets?|corpus|test ?suites?|testbeds?)\b", re.IGNORECASE),
}
_LIST = r"(?P<names>(?:[A-Z][\w-]*(?:, and |, | and )){0,4}[A-Z][\w-]*)"
_TRIED_ON = (
    filtered(rf"\bon (?:the )?{_LIST} (?:data ?sets?|benchmarks?)\b"),
    filtered(rf"\b(?:data ?sets|benchmarks)(?:, | such as | including |: ){_LIST}(?=[.,;]|$)"),
)
_SHAPED = re.compile(r"\w[A-Z\d]")  # KITTI, GSM8K: on English datasets, English is no name of theirs
_LATER = filtered(r"\b(?:will|plan|plans|soon|upon|intend)\b", re.IGNORECASE)
_THINGS = {
    "code": filtered(r"\b(?:source code|code|codebase|toolkit|library|implementation)\b", re.IGNORECASE),
    "data": filtered(r"\b(?:data ?sets?|data|benchmark|corpus|corpora)\b", re.IGNORECASE),
    "model": filtered(r"\b(?:(?:model )?weights|checkpoints|(?:pre-?)?trained models)\b", re.IGNORECASE),
}


class _Readable(msgspec.Struct, frozen=True, kw_only=True):
    """A new story with a text, its sentences, and its words as keywords are looked up in them."""

    ranked: Ranked
    item: Item
    sentences: tuple[Sentence, ...]
    spoken: str

    @property
    def id(self) -> str:
        """The story's."""
        return self.ranked.story.id


_Counted = tuple[_Readable, Quote]


class _Member(msgspec.Struct, frozen=True, kw_only=True):
    """A story in a list: its name, role and figure, each "" where it is not sure, and the words for them."""

    name: str
    role: str = ""
    figure: str = ""
    quotes: tuple[Quote, ...] = ()


def synthesis(reading: Reading, category: Category | None, language: str) -> tuple[Claim, ...]:
    """Up to four sentences on what the new stories share; none where nothing of it can be counted."""
    stories = [story for ranked in reading.ranked if (story := _readable(ranked))]
    if len(stories) < _FEWEST:
        return ()
    say = phrases(language)
    telling = [*_subjects(stories, reading, category, say), *_measures(stories, say), *_data(stories, say)]
    claims = (*telling, *_results(stories, say), _found(stories, reading, say), *_releases(stories, say))
    return tuple(claim for claim in claims if claim is not None)[:_MOST_SENTENCES]


def _readable(ranked: Ranked) -> _Readable | None:
    """A new story with a text, or news of a title alone, to be read."""
    if ranked.story.continues:
        return None
    item = worth_reading(ranked.story.items)
    if item is None and ranked.story.kind == "paper":
        return None
    item = item or ranked.story.lead
    return _Readable(
        ranked=ranked,
        item=item,
        sentences=tuple(sentences(item.text)[:_READ]),
        spoken=running(f"{item.title}.")[:-1] + running(item.text[:20_000]),
    )


# ── the subject ─────────────────────────────────────────────────────────────────────────────────────


def _subjects(
    stories: Sequence[_Readable], reading: Reading, category: Category | None, say: Phrases
) -> Iterator[Claim | None]:
    """Claims on the subjects of several stories: at most two, of different stories as far as may be."""
    covered: set[frozenset[str]] = set()
    for word, holders in _shared(stories, reading, category):
        ids = frozenset(story.id for story in holders)
        if len(covered) == _MOST_SUBJECTS or any(ids <= other for other in covered):
            continue
        counted = [(story, quote) for story in holders if (quote := _where(word, story))]
        if len(counted) == len(holders):
            covered.add(ids)
            spelled = _spelled(word, counted)
            yield _claim("subject", counted, len(stories), say, term=f"‘{own_term(spelled, say.language)}’")


def _shared(
    stories: Sequence[_Readable], reading: Reading, category: Category | None
) -> Iterator[tuple[str, list[_Readable]]]:
    """The keywords of titles that other stories speak of too: of most stories first, then longer ones."""
    named = (*category.name.values(), *category.keywords) if category else ()
    own = running(" ".join(named))
    holders = shared_terms(tuple((story.item.title, story.item.text) for story in stories))
    usual = reading.trends.usual(holders)
    shared = [
        (word, [stories[at] for at in ats])
        for word, ats in holders.items()
        if usual[word] < _COMMON and not speaks_of(own, word) and not _GENERAL.fullmatch(word)
    ]
    yield from sorted(shared, key=lambda pair: (-len(pair[1]) - pair[0].count(" "), pair[0]))


_GENERAL = re.compile(  # what half of all papers speak of is no subject of a section
    r"(?:(?:large|language|vision|multi-?modal|foundation|generative|deep|machine|neural|ai|models?|llms?"
    r"|learning|networks?)(?:[ -]|$))+",
    re.IGNORECASE,
)


def _where(word: str, story: _Readable) -> Quote | None:
    """The title or the first sentence that holds a keyword."""
    title = story.item.title
    if occurrence(word, title) and not leads_away(title):
        return _quote(story.item, 0, len(title), "title")
    holding = (s for s in story.sentences if occurrence(word, s.text))
    return next((quote for s in holding if (quote := _of(story, s))), None)


def _spelled(word: str, counted: Sequence[_Counted]) -> str:
    """A keyword as its first holder spells it, with what is joined to it in front (3D-Gaussian).

    A word that follows it everywhere belongs to it: Large Language is always followed by Models.
    """
    texts = [quote.text for _, quote in counted]
    spans = [occurrence(word, text) or (0, 0) for text in texts]
    text, (start, end) = texts[0], spans[0]
    begin = max(text.rfind(blank, 0, start) for blank in ' \n\t(“"') + 1
    after = [_NEXT.match(other[at:]) for other, (_, at) in zip(texts, spans, strict=True)]
    words = {match[1].lower() for match in after if match}
    if after[0] and len(words) == 1 and all(after):
        end += after[0].end()
    return re.sub(r"['’]s$", "", text[begin:end]) or word


# ── what they make, find and release ───────────────────────────────────────────────────────────────


def _measures(stories: Sequence[_Readable], say: Phrases) -> Iterator[Claim | None]:
    """How many bring a benchmark or data to measure with."""
    counted = _counted(_telling(stories, lambda text: bool(_MAKE.search(text))), partial(_makes, "measure"))
    if len(counted) >= _FEWEST:
        yield _claim("measure", counted, len(stories), say)


def _makes(name: str, text: str) -> bool:
    """Whether a sentence says that its authors make such a thing: the first thing that it names decides."""
    making = _MAKE.search(text)
    if making is None:
        return False
    rest = text[making.end() : making.end() + _NEAR]
    first = {kind: match.start() for kind, thing in _MADE.items() if (match := thing.search(rest))}
    return bool(first) and min(first, key=lambda kind: first[kind]) == name


def _results(stories: Sequence[_Readable], say: Phrases) -> Iterator[Claim | None]:
    """A claim on better results, and on limits or losses; only where several stories have them."""
    better = _counted(stories, lambda text: bool(_BETTER.search(text)) and _speaks_for_itself(text))
    worse = _counted(stories, lambda text: bool(_WORSE.search(text)) and _speaks_for_itself(text))
    limited = {story.id for story, _ in worse}
    better = [(story, quote) for story, quote in better if story.id not in limited]
    if better and worse and (bad := _names(worse, say)) and (good := _names(better, say)):
        yield _claim("mixed", [*better, *worse], len(stories), say, good=good, bad=bad)
    elif len(better) >= _FEWEST:
        yield _claim("better", better, len(stories), say)
    elif len(worse) >= _FEWEST:
        yield _claim("worse", worse, len(stories), say)


def _found(stories: Sequence[_Readable], reading: Reading, say: Phrases) -> Claim | None:
    """The two results that say most of a large section, those with a number first, each naming its paper."""
    items = {story.id: story.item for story in stories if story.item.kind == "paper"}
    if len(items) < _LARGE:
        return None
    results: dict[str, Claim] = {}
    for claim in reading.claims:
        item = items.get(claim.stories[0]) if len(claim.stories) == 1 else None
        if item and claim.part == "gist" and claim.language == say.language and _names_result(claim, item):
            results.setdefault(claim.stories[0], claim)
    best = sorted(results.values(), key=lambda claim: -bool(_COUNTED.search(claim.text)))[:_FEWEST]
    if len(best) < _FEWEST or not _COUNTED.search(best[0].text):
        return None
    names = [_name(items[claim.stories[0]]) for claim in best]
    titles = [
        _quote(items[claim.stories[0]], 0, len(name), "title")
        for name, claim in zip(names, best, strict=True)
    ]
    return Claim(
        text=" ".join(
            claim.text if claim.text.startswith(name) else f"{name}: {claim.text}"
            for name, claim in zip(names, best, strict=True)
        ),
        part="theme",
        quotes=tuple(dict.fromkeys((*titles, *(quote for claim in best for quote in claim.quotes)))),
        stories=tuple(claim.stories[0] for claim in best),
        language=say.language,
    )


def _names_result(claim: Claim, item: Item) -> bool:
    """Whether a sentence tells a result of a paper that has a short name."""
    return bool(_RESULT.search(claim.text)) and bool(_name(item))


def _speaks_for_itself(text: str) -> bool:
    """Whether a sentence states a result of its own: no question, no contrast, nothing about others' work."""
    return bool(_OURS.search(text)) and not _OTHERS.search(text) and not text.rstrip().endswith("?")


def _data(stories: Sequence[_Readable], say: Phrases) -> Iterator[Claim | None]:
    """A claim on the data set or benchmark that most of the stories use, by its name."""
    holders: dict[str, list[_Counted]] = {}
    for story in stories:
        quotes: dict[str, Quote] = {}
        for sentence in story.sentences:
            names = _tried_on(sentence.text)
            if names and (quote := _of(story, sentence)):
                quotes = dict.fromkeys(names, quote) | quotes
        for name, quote in quotes.items():
            holders.setdefault(name, []).append((story, quote))
    name = max(holders, key=lambda each: len(holders[each]), default="")
    if name and len(holders[name]) >= _FEWEST:
        yield _claim("data", holders[name], len(stories), say, term=name)


def _tried_on(text: str) -> tuple[str, ...]:
    """The names of data in a sentence about the authors' own experiments."""
    if not _OURS.search(text) or _OTHERS.search(text):
        return ()
    lists = (match["names"] for pattern in _TRIED_ON for match in pattern.finditer(text))
    names = (name for each in lists for name in re.split(r", and |, | and ", each))
    return tuple(name for name in names if _SHAPED.search(name))


def _releases(stories: Sequence[_Readable], say: Phrases) -> Iterator[Claim | None]:
    """A claim on the stories that release the most frequent thing: code, data or a model."""
    out = _telling(stories, _released)
    by_thing = {name: _counted(out, partial(_tells_of, thing)) for name, thing in _THINGS.items()}
    name, counted = max(by_thing.items(), key=lambda pair: len(pair[1]))
    if len(counted) >= _FEWEST:
        yield _claim("release", counted, len(stories), say, thing=say(f"link.{name}"))


def _tells_of(thing: FilteredPattern, text: str) -> bool:
    return bool(thing.search(text))


def _released(text: str) -> bool:
    """Whether a sentence says that something is out: not that it will be."""
    return bool(_RELEASE.search(text)) and not _LATER.search(text)


def _telling(stories: Sequence[_Readable], tells: Callable[[str], bool]) -> list[_Readable]:
    """The stories with those of their sentences alone that tell, where there are any."""
    telling = (
        msgspec.structs.replace(story, sentences=tuple(s for s in story.sentences if tells(s.text)))
        for story in stories
    )
    return [story for story in telling if story.sentences]


def _counted(stories: Sequence[_Readable], tells: Callable[[str], bool]) -> list[_Counted]:
    """The stories with a sentence that tells, each with its first one."""
    counted = []
    for story in stories:
        quote = next((q for s in story.sentences if tells(s.text) and (q := _of(story, s))), None)
        if quote is not None:
            counted.append((story, quote))
    return counted


# ── a sentence ──────────────────────────────────────────────────────────────────────────────────────

_SELF_TELLING = frozenset({"subject", "data", "mixed"})  # they name what they are about
_OF_RESULTS = frozenset({"better", "worse"})  # most papers have such: a figure is wanted


def _claim(phrase: str, counted: Sequence[_Counted], total: int, say: Phrases, **fields: str) -> Claim | None:
    """A sentence over several stories; None for so many that nobody counts them, and for a bare count."""
    if len(counted) > _MOST_COUNTED:
        return None
    members = [_member(story, phrase, say) for story, _ in counted]
    kind = "papers" if counted[0][0].item.kind == "paper" else "news"
    who = say(f"synthesis.who_{kind}", n=len(counted))
    listing, shown = _listing(members, say) if phrase != "mixed" else ("", [])
    telling = any(member.role or member.figure for member in shown)
    if phrase in _OF_RESULTS and not any(member.figure for member in shown):
        return None
    roles = {member.role for member in shown} if phrase == "measure" and len(shown) == len(members) else {""}
    if len(roles) == 1 and (only := roles.pop()):
        phrase, fields = "bring", {"role": only}
        listing = ", ".join(member.name for member in shown)
    text = say(f"synthesis.{phrase}_{kind}", who=who, **fields)
    # In the language of the titles a subject beside names would look like a title that was changed.
    nameless = phrase == "subject" and say.language == SOURCE and not telling
    if listing and not nameless and (telling or len(counted) < total or phrase not in _SELF_TELLING):
        named = say("synthesis.named", who=who, names=listing)
        longer = say(f"synthesis.{phrase}_{kind}", who=named, **fields)
        text = longer if _native(longer, say.language) else text
    elif phrase not in _SELF_TELLING:
        return None
    quotes = (*(quote for _, quote in counted), *(quote for member in shown for quote in member.quotes))
    return Claim(
        text=text,
        part="theme",
        quotes=tuple(dict.fromkeys(quotes)),
        stories=tuple(dict.fromkeys(story.id for story, _ in counted)),
        language=say.language,
    )


def _native(text: str, language: str) -> bool:
    """Whether a sentence with names in it is still one of its language."""
    return not language_or_source(language).must_prevail or own_share(text, language) >= _OWN_SHARE


def _listing(members: Sequence[_Member], say: Phrases) -> tuple[str, list[_Member]]:
    """The stories that have a name, those that say most first, with a word for the others; "" for none."""
    named = [member for member in members if member.name]
    shown = sorted(named, key=lambda member: -bool(member.figure) - bool(member.role))[:_MOST_NAMES]
    listing = ", ".join(_listed(member, say) for member in shown)
    rest = len(members) - len(shown)
    return say("synthesis.some", n=rest, names=listing) if shown and rest else listing, shown


def _listed(member: _Member, say: Phrases) -> str:
    name = say("synthesis.role", role=member.role, name=member.name) if member.role else member.name
    return say("synthesis.figure", name=name, figure=member.figure) if member.figure else name


def _names(counted: Sequence[_Counted], say: Phrases) -> str:
    return _listing([_Member(name=_name(story.item)) for story, _ in counted], say)[0]


def _name(item: Item) -> str:
    name, colon, _ = item.title.partition(": ")
    return name if colon and len(name) <= _LONGEST_NAME and not leads_away(name) else ""


# ── what a story is, and its figure ─────────────────────────────────────────────────────────────────

_ROLES = {  # the noun that a phrase says it is → what it is called here
    "benchmark": "benchmark", "dataset": "data", "data set": "data", "corpus": "data", "model": "model",
    "framework": "framework", "method": "method", "approach": "method", "algorithm": "method",
    "technique": "method", "survey": "survey", "system": "system", "pipeline": "pipeline",
    "architecture": "architecture", "agent": "agent", "toolkit": "tool", "library": "tool",
}  # fmt: skip
_MEASURES = frozenset({"benchmark", "data"})
_HEAD = re.compile(
    rf"^(?:an?|the) (?:[\w/()+-]+ ){{0,6}}?(?P<noun>{'|'.join(_ROLES)})"
    r"(?=[,.;:]|$| (?:for|that|which|to|of|with|designed|based|built"
    r"|called|named|where|using|in|on|consisting|comprising|containing)\b)"
)
_AMOUNT = re.compile(
    r"(?P<most>up to )?(?P<number>\d+(?:\.\d+)?)\s?(?:(?P<percent>\\?%)|(?P<times>\$times\$|×|x))"
)


_RIVAL = re.compile(r"[A-Z][\w.+-]*[A-Z\d][\w.+-]*(?:[ -][A-Z\d][\w.+-]*){0,2}")  # GPT-4o, Llama 3
_EARLIER = re.compile(r"^(?:SOTA|LLM|VLM|MLLM|SFT|AI|RAG|NLP)s?\b")  # kinds of things, no rivals


def _member(story: _Readable, phrase: str, say: Phrases) -> _Member:
    """A story as it stands in the list of a sentence."""
    name = _name(story.item)
    if story.item.kind != "paper" or phrase == "mixed":
        return _Member(name=name)
    filled = slots(story.item)
    if phrase in _OF_RESULTS:
        slot, figure = next(filter(None, (_figured(slot, name, say) for slot in filled.results)), (None, ""))
        return _Member(name=name, figure=figure, quotes=_quoted(story.item, slot))
    for slot in filled.offers:
        fact, role = slot.fact, _role(slot.fact)
        own = isinstance(fact, OfferFact | NamedFact) and fact.name
        if own and role and (role in _MEASURES if phrase == "measure" else own == (name or own)):
            return _Member(name=own, role=say(f"synthesis.is_{role}"), quotes=_quoted(story.item, slot))
    return _Member(name=name)


def _role(fact: Fact) -> str:
    """The role of what is offered, by the noun that says what it is; "" for none that is known."""
    if isinstance(fact, NamedFact):
        return _ROLES.get(fact.kind, "")
    head = _HEAD.match(fact.phrase) if isinstance(fact, OfferFact) else None
    return _ROLES[head["noun"]] if head else ""


def _figured(slot: Slot, name: str, say: Phrases) -> tuple[Slot, str] | None:
    """A result of this name with its figure in a few words; None for one that is not plain."""
    fact = slot.fact
    if not isinstance(fact, ResultFact) or not name or fact.name not in {name, ""}:
        return None
    if fact.outcome == "beat" and _RIVAL.fullmatch(fact.rival) and not _EARLIER.search(fact.rival):
        return slot, say("synthesis.figure_beat", rival=fact.rival)
    amount = _AMOUNT.fullmatch(fact.amount)
    if amount is None or (fact.outcome == "speed") != bool(amount["times"]):
        return None
    number = say("synthesis.times", n=amount["number"]) if amount["times"] else f"{amount['number']}%"
    number = say("synthesis.most", amount=number) if amount["most"] else number
    if fact.outcome == "speed":
        return slot, say("synthesis.figure_speed", amount=number)
    metric = _metric(fact.metric, say.language)
    if not metric or fact.outcome not in {"reach", "raise", "lower"}:
        return None
    return slot, say(f"synthesis.figure_{fact.outcome}", metric=metric, amount=number)


def _metric(metric: str, language: str) -> str:
    """A metric as readers of a language know it; "" where they may not."""
    plain = re.sub(r"^(?:the|an?|its|their) ", "", metric)
    own = own_term(plain, language)
    known = language == SOURCE or own != plain or re.fullmatch(r"[A-Z][A-Z\d-]+", plain)
    return own if known and len(own) <= _LONGEST_NAME else ""


def _quoted(item: Item, slot: Slot | None) -> tuple[Quote, ...]:
    """The words that a slot was made from; () for those that lead away."""
    if slot is None:
        return ()
    field: Literal["text", "title"] = "title" if slot.title else "text"
    words = getattr(item, field)[slot.start : slot.end]
    return () if leads_away(words) else (_quote(item, slot.start, slot.end, field),)


def _of(story: _Readable, sentence: Sentence) -> Quote | None:
    """A sentence as a quote, without the address it ends in."""
    address = sentence.text.find("http")
    end = sentence.end if address < 0 else sentence.start + len(sentence.text[:address].rstrip(" (:"))
    if end - sentence.start < _SHORTEST or leads_away(story.item.text[sentence.start : end]):
        return None
    return _quote(story.item, sentence.start, end)


def _quote(item: Item, start: int, end: int, field: Literal["text", "title"] = "text") -> Quote:
    words = getattr(item, field)[start:end]
    return Quote(item_key=item.key, source=item.source, start=start, end=end, text=words, field=field)
