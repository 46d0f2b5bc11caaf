"""The sentences of a section: results in figures, what stories share, who did what.

    Reading → up to four sentences of the part `theme`, each about several stories

Papers: the figures of two papers' own results, then the subject and the data that several have in common,
then who brings a method or a benchmark and who has released what. News: who did what, by name.
A sentence says only what stands in the stories' own words and quotes them. None is about a single story.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Literal

import msgspec

from daybrief.languages import SOURCE, either, filtered, language_or_source, own_share, own_term, parts
from daybrief.languages.phrases import COSTS, Phrases, listed, measured, phrases
from daybrief.languages.tables import Fact, NamedFact, OfferFact, ReleaseFact
from daybrief.model import Category, Claim, Item, Quote, Ranked
from daybrief.ports import Reading
from daybrief.text.sentences import Sentence, leads_away, sentences, worth_reading
from daybrief.text.words import occurrence, running, shared_terms, speaks_of
from daybrief.writers.extractive.slots import Slot, slots

_FEWEST = 2  # stories that share something
_MOST_NAMES = 3
_PHRASE = 2  # blanks in a name that is rather a phrase of its title
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
_CROWDED = 6  # papers of a section of which a third result is told
_LARGE = 3  # papers of a section whose results are worth telling without a figure

# The words of a sentence that says so itself; a question, a wish or "not" before them says something else.
_OTHERS = filtered(
    r"\b(?:not|however|although|while|existing|previous|prior|current|traditional|conventional|often|may)\b"
    r"|\bto (?:address|overcome|tackle)",
    re.IGNORECASE,
)
_OURS = filtered(
    r"\b(?:we|our|this (?:paper|work|study)|results?|experiments?|evaluations?|show)\b", re.IGNORECASE
)
_MAKE = filtered(
    r"\b(?:we|this (?:paper|work|article))(?: \w+){0,2}?"
    r" (?:introduces?|proposes?|presents?|develops?|designs?)\b",
    re.IGNORECASE,
)
_NEXT = re.compile(r" ([A-Z]?[a-z]{3,}s)\b")  # the noun that ends a phrase, in the plural
_NEAR = 140  # letters behind the verb that may name what is made
_MADE = re.compile(
    r"\b(?:(?:method|framework|approach|algorithm|architecture|pipeline)(?:e?s)?"
    r"|(?P<measure>(?<!to )benchmarks?|data ?sets?|corpus|test ?suites?|testbeds?))\b",
    re.IGNORECASE,
)
_LIST = r"(?P<names>(?:[A-Z][\w-]*(?:, and |, | and )){0,4}[A-Z][\w-]*)"
_TRIED_ON = (
    filtered(rf"\bon (?:the )?{_LIST} (?:data ?sets?|benchmarks?)\b"),
    filtered(rf"\b(?:data ?sets|benchmarks)(?:, | such as | including |: ){_LIST}(?=[.,;]|$)"),
)
_SHAPED = re.compile(r"\w[A-Z\d]")  # KITTI, GSM8K: on English datasets, English is no name of theirs


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


def synthesis(reading: Reading, category: Category | None, language: str) -> tuple[Claim, ...]:
    """Up to four sentences on what the new stories come to; none where nothing of it is sure."""
    stories = [story for ranked in reading.ranked if (story := _readable(ranked))]
    if len(stories) < _FEWEST:
        return ()
    say = phrases(language)
    if stories[0].item.kind == "news":
        claims = [_acts(stories, reading, say)]
    else:
        shared = (*_subjects(stories, reading, category, say), *_data(stories, say), *_kinds(stories, say))
        claims = [_moves(stories, reading, say), *shared, *_released(stories, say)]
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


# ── what moves ──────────────────────────────────────────────────────────────────────────────────────


def _moves(stories: Sequence[_Readable], reading: Reading, say: Phrases) -> Claim | None:
    """Results of two or three papers as their cards tell them; without a figure only of a large section."""
    results = _results(stories, reading, say)
    best = results[: _FEWEST + (len(stories) >= _CROWDED)]
    if len(best) < _FEWEST or not (tells_figure(best[0]) or len(stories) >= _LARGE):
        return None
    quotes = (quote for claim in best for quote in claim.quotes)
    stories_of_best = (claim.stories[0] for claim in best)
    return _theme(" ".join(claim.text for claim in best), quotes, stories_of_best, say)


def _results(stories: Sequence[_Readable], reading: Reading, say: Phrases) -> list[Claim]:
    """A result of each story whose card tells one, under the story's name, those with a number first."""
    items = {story.id: story.item for story in stories}
    results: dict[str, Claim] = {}
    opening = {claim.stories: claim for claim in reversed(reading.claims) if claim.part == "gist"}
    later = (c for c in reading.claims if tells_figure(c) or opening.get(c.stories) is not c)
    for claim in sorted(later, key=lambda claim: -tells_figure(claim)):
        item = items.get(claim.stories[0]) if len(claim.stories) == 1 else None
        tells = claim.part == "gist" and claim.language == say.language and _RESULT.search(claim.text)
        if item is None or not tells or claim.stories[0] in results or not (name := called(item)):
            continue
        figure = figure_of(item, claim.stories[0], say.language)
        if figure and figure.quotes == claim.quotes:
            claim = figure  # under its name, which the card may leave out
        text = _named(claim.text, name, say)
        if text and len(text) <= _LONGEST_RESULT and _RESULT.search(text):
            results[claim.stories[0]] = msgspec.structs.replace(claim, text=text)
    return list(results.values())


_LONGEST_RESULT = 150  # letters
_AGAIN = re.compile(parts(lambda rules: rules.form.again))


def _named(text: str, name: str, say: Phrases) -> str:
    """A sentence under the name of the work that it is about; "" where it may be about another thing."""
    if text.startswith(name):
        return text
    again = _AGAIN.match(text)
    own = language_or_source(say.language).rules.form.subjects
    rest = text[again.end() :] if again else "" if re.search(either(*own), text) else text
    return f"{say('figure.topic', who=name)}{rest}" if rest and name not in rest else ""


def tells_figure(claim: Claim) -> bool:
    """Whether a sentence tells a result in numbers."""
    return bool(_RESULT.search(claim.text) and _COUNTED.search(claim.text))


def figure_of(item: Item, story: str, language: str, after: str = "") -> Claim | None:
    """A sentence on the last figure of a paper's own result; None where none is sure.

    Its subject is the work's name, unless the sentence before, `after`, is about that name already.
    """
    if not _SIGN.search(item.text):
        return None
    name = called(item)
    say = phrases(language)
    for sentence in reversed(sentences(item.text)[:_READ]):
        figure = own_figure(sentence.text, name)
        text = _figured(figure, name or say("figure.method"), say) if figure else ""
        topic = say("figure.topic", who=name)
        if name and after.startswith(topic):
            text = text.replace(topic, say("figure.again"), 1)
        quote = _of(item, sentence) if text and _native(text, language) else None
        if quote and not leads_away(item.title):
            title = _quote(item, 0, len(item.title), "title")
            return Claim(text=text, part="gist", quotes=(quote, title), stories=(story,), language=language)
    return None


def _figured(figure: OwnFigure, name: str, say: Phrases) -> str:
    """A figure as a sentence of the language; "" where the measure has no word in it."""
    measure = measured(figure.measure, say)
    kind = "sped" if measure and figure.kind == "speed" else figure.kind
    if not measure and figure.kind not in {"speed", "beat"}:
        return ""
    amount = say(f"figure.{_UNITS[figure.unit]}", number=figure.number)
    amount = say(f"figure.{figure.bound}", amount=amount) if figure.bound else amount
    rival = figure.rival if re.fullmatch(_PROPER, figure.rival) else figure.rival and say("figure.earlier")
    place = say("figure.on", place=figure.place) if figure.place else ""
    if rival and figure.kind != "beat":
        rival = "" if figure.kind == "reach" else say(f"figure.than_{figure.kind}", rival=rival)
    return say(f"figure.{kind}", who=name, measure=measure, amount=amount, rival=rival, place=place)


# ── who did what ────────────────────────────────────────────────────────────────────────────────────

_MOST_ACTS = 3
_ABOUT = re.compile(parts(lambda rules: (*rules.form.about, *rules.form.subject, *rules.form.deedless)))
_TAIL = re.compile(r"(?: [–—|-] |: |; |\s?\[\w+\]$).*")
_DOES = (  # the stems of what somebody does in a headline
    "accus acquir add agree allow announc approv back ban beat block bring build buy challeng clos"
    " contradict cut delay double drop end expand fac fin fir get giv halt hir hit introduc invest"
    " investigat join kill launch leav let limit lose mak merg mov near offer open open-sourc order"
    " overtak partner pass pay plan probe publish pull push rais releas reject remov replac require"
    " restrict reveal roll scrap seek sell settl ship shut sign start stop sue support suspend switch"
    " tak test tighten top train turn unveil updat us warn win withdraw"
).split()
_DEED = "|".join(f"[{stem[0].upper()}{stem[0]}]{stem[1:]}" for stem in _DOES)
_ACT = re.compile(
    r"(?P<who>[A-Z][\w.&’'-]*(?:,? (?:and |& |of |the )?[A-Z][\w.&’'-]*){0,4})"
    rf"(?: (?:[Ww]ill|[Tt]o)(?: [Ss]oon)?)? (?:{_DEED})(?:e?s|e)? (?=\S+ \S)(?!(?:on|of|about|from) )"
)


_ASKS = re.compile(r"(?:How|Why|What|When|Where|Who|Is|Are|Can|Should|Do|Does|Introducing|Show|Ask|The)\b")


def _acts(stories: Sequence[_Readable], reading: Reading, say: Phrases) -> Claim | None:
    """Up to three things that somebody did, each with its actor: from the cards, or from headlines."""
    acts: list[tuple[str, str, tuple[Quote, ...]]] = []
    for story in stories:
        act = _headline_act(story) if say.language == SOURCE else _told_act(story, reading, say)
        if act and len(acts) < _MOST_ACTS:
            acts.append((story.id, *act))
    if len(acts) < _FEWEST:
        return None
    text = " ".join(text for _, text, _ in acts)
    return _theme(text, (q for *_, quotes in acts for q in quotes), (story for story, *_ in acts), say)


def _told_act(story: _Readable, reading: Reading, say: Phrases) -> tuple[str, tuple[Quote, ...]] | None:
    claims = (claim for claim in reading.claims if claim.stories == (story.id,) and claim.part == "gist")
    claim = next((c for c in claims if c.language == say.language), None)
    return (claim.text, claim.quotes) if claim and not _ABOUT.search(claim.text) else None


def _headline_act(story: _Readable) -> tuple[str, tuple[Quote, ...]] | None:
    """A headline without its tail as a sentence, where it begins with a name and with what that does."""
    title = story.item.title
    words = _TAIL.sub("", title).rstrip(" .!")
    fits = _ACT.match(words) and not _ASKS.match(words) and not words.endswith("?") and not leads_away(title)
    return (f"{words}.", (_quote(story.item, 0, len(words), "title"),)) if fits else None


# ── a figure ────────────────────────────────────────────────────────────────────────────────────────

Change = Literal["raise", "lower", "reach", "speed", "beat"]

_GAINS = (
    "accuracy accuracies precision recall f1 f1-score auc auroc map miou iou psnr ssim bleu rouge dice ndcg"
    " success score rate throughput performance quality efficiency speed robustness r2 reward"
).split()
_SPELLED = {form for noun in (*_GAINS, *COSTS) for form in (noun, noun.capitalize(), noun.upper())}
_NOUN = either(
    *sorted(_SPELLED | {"mAP", "mIoU", "IoU", "FLOPs", "nDCG"}, key=lambda noun: (-len(noun), noun))
)
_UP, _DOWN = "improv|increas|rais|boost|enhanc", "reduc|lower|decreas|cut|shrink|sav"
_ENDS = r"(?:e?s|ed|ing|e|ting|s)?"
_GAIN, _DROP = "improvement|increase|gain|boost|enhancement", "reduction|decrease|drop|saving"
_PLAIN = (
    r"(?:(?:the|its|an?|our|overall|average|mean|absolute|relative|total|significant|substantial|notable"
    r"|noteworthy|remarkable|impressive|further|consistent|state-of-the-art|higher?|lower|superior|SOTA) )*"
)
_FOLLOWS = (  # what may stand behind a measure
    r"[,.;:)]|$|\s(?:by|of|in|on|for|over|than|across|with|when|while|and|compared|relative|against|under|at|to"
    r"|using|after|within|through|via|during|as|without"
    rf"|from|per|(?:{_GAIN}|{_DROP})s?)\b"
)
_INSIDE = (  # no part of a measure's name
    r"(?!(?:and|or|of|by|in|on|for|with|to|the|than|from|at|an?|average|negligible|minimal|comparable|shows?"
    r"|demonstrates?|achiev\w+|improv\w+|enabl\w+)\b)"
)
_MEASURE = (
    rf"{_PLAIN}(?P<measure>(?:{_INSIDE}[A-Za-z][\w@/-]* ){{0,3}}?(?:[\w-]+-)?(?:{_NOUN})s?(?:@\d+)?)"
    rf"(?: \([A-Za-z\d -]{{2,24}}\))?(?={_FOLLOWS})"
)
_AMOUNT = (
    r"(?<![-–\d])(?P<most>up to |as much as )?(?P<over>over |more than |at least )?"
    r"(?:about |around |approximately |roughly |nearly |an? |\+|average of |\$ ?|~ ?)*"
    r"(?<![-–\d.])(?<!\d~)(?<!\d [-–~] )(?<!\d- to )(?<!\d to )(?P<number>\d+(?:\.\d+)?) ?"
    r"(?P<unit>\\?% ?(?:points?|p\b)?|percent\b|percentage points?\b|points?\b|×|\$? ?\\times ?\$?"
    r"|x\b|times\b|-fold\b)\$?"
)
_GENERIC = (
    r"(?:(?:the|all|other|existing|previous|prior|recent|current|comparable|strong|strongest|several|various|competitive"
    r"|competing|state-of-the-art|S[Oo]TA|best|leading|baselines?|traditional|conventional|standard) )*"
    r"(?:methods?|models?|baselines?|approach(?:es)?|techniques?|systems?|state-of-the-art|SOTA|alternatives"
    r"|competitors|algorithms?)"
)
_PROPER = r"[A-Z][\w.+-]*[A-Z\d][\w.+-]*(?:[ -][A-Z\d][\w.+-]*){0,2}"
_OF_IT = r"(?: (?:of|for|on|in) [^,;.]{3,50}?)?"
_SPED = r"(?P<act>inference|training|decoding|generation|sampling|rendering|convergence)"
_FASTER = rf"(?:end-to-end )?(?:{_SPED} )?(?:speed-?ups?|acceleration)"
_CHANGED = rf"{_GAIN}|{_DROP}|speed-?ups?|acceleration"
_REACH = rf"\b(?:achiev|reach|attain|obtain|yield){_ENDS} "
_FORMS: tuple[tuple[Change, str], ...] = (
    ("raise", rf"\b(?:{_UP}){_ENDS} {_MEASURE}{_OF_IT} by {_AMOUNT}"),
    ("lower", rf"\b(?:{_DOWN}){_ENDS} {_MEASURE}{_OF_IT} by {_AMOUNT}"),
    ("raise", rf"(?:{_GAIN})s?(?: over [^,;]{{3,60}}?)? of {_AMOUNT} (?:on|in) {_MEASURE}"),
    ("raise", rf"{_AMOUNT} {_PLAIN}(?:{_GAIN})s? (?:in|of|on) {_MEASURE}"),
    ("lower", rf"{_AMOUNT} {_PLAIN}(?:{_DROP})s? (?:in|of|on) {_MEASURE}"),
    ("raise", rf"\b{_MEASURE} (?:{_GAIN})s? of {_AMOUNT}"),
    ("lower", rf"\b{_MEASURE} (?:{_DROP})s? of {_AMOUNT}"),
    ("raise", rf"{_AMOUNT} {_MEASURE} (?:{_GAIN})s?\b"),
    ("lower", rf"{_AMOUNT} {_MEASURE} (?:{_DROP})s?\b"),
    ("raise", rf"{_AMOUNT} (?:higher|greater|better) {_MEASURE}"),
    ("lower", rf"{_AMOUNT} (?:lower|less|smaller|fewer) {_MEASURE}"),
    ("speed", rf"{_AMOUNT} faster(?: {_SPED}\b)?"),
    ("speed", rf"{_AMOUNT} {_FASTER}"),
    ("speed", rf"{_FASTER} of {_AMOUNT}"),
    ("beat", rf"\b(?:outperform|surpass|exceed)(?:e?s|ed|ing)? (?P<rival>{_PROPER}|{_GENERIC}) by {_AMOUNT}"),
    ("reach", rf"{_REACH}{_MEASURE}(?: scores?| rates?)? of {_AMOUNT}"),
    ("reach", rf"{_REACH}{_PLAIN}(?:highest |best )?{_MEASURE} \({_AMOUNT}\)"),
    ("reach", rf"{_REACH}{_PLAIN}{_AMOUNT} {_MEASURE}(?!(?: and [^,.;]{{0,60}}?)? (?:{_CHANGED}))"),
)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _FORMS)
_SIGN = re.compile(r"\d ?(?:\\?%|×|\$? ?\\times|x\b|times\b|-fold|percent|points?\b)")
_OF_WORK = re.compile(
    r"\b(?:[Ww]e(?! (?:observe|find|found|evaluate|test|benchmark|compare|note))|[Oo]ur|[Pp]roposed"
    r"|[Tt]h(?:e|is) (?:(?:new|resulting) )?"
    r"(?:method|approach|framework|model|system|algorithm|technique|pipeline|strategy|architecture|network))\b"
    r"|\b(?:[Ee]xperiments?|[Rr]esults|[Ee]valuations?)\b.{0,160}?\b(?:demonstrate|show|confirm|validate)s?"
    r" (?:the )?(?:state-of-the-art|superior|strong|effectiveness|significant|competitive|impressive)\b"
)
_FOREIGN = filtered(
    r"\b(?:however|although|existing|previous|prior|current|conventional|often|may|might|could|only|not|if"
    r"|without|humans?|participants?|baselines?|best(?: performing)? model|than other|worse|drop(?:s|ped)?"
    r"|degrad\w+|fails?|failed|both|unlike|despite|even|unsatisfactory|random)\b",
    re.IGNORECASE,
)
_OTHER_DOER = re.compile(
    r"\bwith [A-Z][\w.-]*(?:,| \w+ing\b)|\b(?:top|best)-performing\b|, an? (?:\w+ )?baseline\b"
    r"|\b(?:LLMs|VLMs|MLLMs|models) (?:on|like|such as)\b|: (?:GPT|Llama|Gemini|Claude)"
)
_RIVALS = re.compile(
    r"(?:compared (?:to|with|against)|relative to|than|over|outperform\w*|surpass\w*|exceed\w*|versus|vs\.?"
    r"|against|superior to) [^,;:]*?(?=[,;:]|\bby\b|\bwhile\b|$)"
)
_PARTS = re.compile(r"[,;:]\s|\bwhile\b|\bwhereas\b|\bbut\b")
_MORE = re.compile(
    r"\s*(?:\)|,)?\s*(?:(?:to|-|–|~|\\sim)\s*\+?\$?\d"
    r"|(?:and|or)\s*\+?\$?~?\d\S*(?: ?(?:\\?%|x|×|times|points?))?"
    r"(?=\s(?:on|in|for|over|of|respectively)\b|[,.;]|$))"
    r"|\s+(?:ranging|for \w+ and)\b|\s*\([+-]|[^.]{0,80}?compared to \$?\d"
)
_RANGE = re.compile(r"\d\S* ?(?:to|and|-|–|~)\s*$")
_AGAINST = re.compile(
    r"[^,;:.]{0,60}?\b(?:over|than|compared (?:to|with)|against|relative to) (?:the |its )?"
    rf"(?P<rival>{_PROPER}|{_GENERIC})(?=[,.;)]| (?:on|in|across|while|and|for)\b|$)"
)
_PLACE = re.compile(
    rf"\s*\$?\s*(?:\w+ )?on (?:the )?(?P<place>{_PROPER})"
    r"(?= (?:benchmark|dataset|data set|leaderboard|test)|[,.;]|$)"
)
_LONGEST_SENTENCE = 450
_UNITS = {"%": "percent", "points": "points", "times": "times"}


class OwnFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as the source has it; `times` is a factor, `points` are those of a percentage or a score."""

    kind: Change
    measure: str = ""
    number: str
    unit: Literal["%", "points", "times"]
    bound: Literal["most", "over", ""] = ""
    rival: str = ""
    place: str = ""


def own_figure(text: str, name: str) -> OwnFigure | None:
    """The figure of a sentence about the authors' own work; `name` is what the work is called."""
    if len(text) > _LONGEST_SENTENCE or not _SIGN.search(text) or text.rstrip().endswith("?"):
        return None
    for kind, pattern in _PATTERNS:
        match = pattern.search(text)
        if match:
            fits = _is_own(text, match, name) and not _MORE.match(text, match.end())
            return _figure(kind, match, text) if fits else None
    return None


def _is_own(text: str, match: re.Match[str], name: str) -> bool:
    """Whether the work is spoken of before the figure, and nobody else in its clause."""
    before = text[: match.start()]
    named = rf"(?<!on )(?<!in )(?<!of )(?<!using )(?<!with )\b{re.escape(name)}\b"
    spoken = (_OF_WORK.search(before), re.search(named, before) if name in before and name else None)
    ours = min(filter(None, spoken), key=re.Match.start, default=None)
    if ours is None or _OTHER_DOER.search(before, ours.end()) or _RANGE.search(text[: match.start("number")]):
        return False
    begins = max((part.end() for part in _PARTS.finditer(before)), default=0)
    ends = _PARTS.search(text, match.end())
    clause = text[begins : ends.start() if ends else len(text)]
    return not _FOREIGN.search(_RIVALS.sub(" ", clause)) and "respectively" not in text


def _figure(kind: Change, match: re.Match[str], text: str) -> OwnFigure | None:
    fields = match.groupdict()
    sign = (fields["unit"] or "").replace("\\", "").replace("$", "").strip()
    unit: Literal["%", "points", "times"] = (
        "points" if "point" in sign or sign.endswith("%p") else "%" if sign in {"%", "percent"} else "times"
    )
    if (kind == "speed" and unit == "points") or (kind == "reach" and unit == "times"):
        return None
    measure = fields.get("measure") or fields.get("act") or ""
    costs = not COSTS.isdisjoint(measure.lower().split())
    if (kind == "raise" and costs) or (kind == "lower" and not costs):
        return None
    rest = text[match.end() :]
    against, place = _AGAINST.match(rest), _PLACE.match(rest)
    return OwnFigure(
        kind=kind, measure=measure, number=fields["number"], unit=unit,
        bound="most" if fields["most"] else "over" if fields["over"] else "",
        rival=(fields.get("rival") or (against["rival"] if against else "")).rstrip("."),
        place=place["place"].rstrip(".") if place else "",
    )  # fmt: skip


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
            yield _claim("subject", counted, say, term=f"‘{own_term(spelled, say.language)}’")


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
    return next((quote for s in holding if (quote := _of(story.item, s))), None)


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


# ── what they make and release ───────────────────────────────────────────────────────────────────


def _kinds(stories: Sequence[_Readable], say: Phrases) -> Iterator[Claim | None]:
    """The stories with a benchmark or data, beside those with a method; none of methods alone."""
    measures = [(each, quote) for each, quote in _counted(stories, _measures) if _is_measure(each)]
    others = [story for story in stories if all(story is not other for other, _ in measures)]
    slotted = [(s, slot) for s in others if (slot := _method(s))] if len(stories) >= _LARGE else []
    methods = [(story, _quote(story.item, slot.start, slot.end)) for story, slot in slotted]
    if _names(measures, "measure") and len(measures) + len(methods) >= (_LARGE if methods else _FEWEST):
        clauses: list[_Group] = [("synthesis.method", methods, {}), ("synthesis.measure", measures, {})]
        yield _grouped("synthesis.brought", clauses, say)


def _is_measure(story: _Readable) -> bool:
    """Whether what a story is named for may be a benchmark or data: it is no survey, and no method."""
    other = _SURVEY.search(story.item.title) or _method(story)
    return not other or _called(story, "measure") != called(story.item)


def _method(story: _Readable) -> Slot | None:
    """The slot that offers a method under the story's name, where it and the title tell of no measuring."""
    for slot in slots(story.item).offers:
        fact = slot.fact
        what = fact.kind if isinstance(fact, NamedFact) else getattr(fact, "phrase", "")
        words = f"{story.item.title} {story.item.text[slot.start : slot.end]}"
        ours = not slot.title and getattr(fact, "name", "") == called(story.item)
        if ours and _METHOD.match(what) and not _MEASURING.search(words):
            return slot
    return None


_SURVEY = re.compile(r"survey|\breview\b|overview|tutorial", re.IGNORECASE)
_MEASURING = re.compile(r"benchmark|bench\b|data ?set|corpus|evaluat|assess|survey|review", re.IGNORECASE)
_METHOD = re.compile(
    r"(?:(?:an?|the) )?(?:[\w/()+-]+ ){0,6}?(?:method|framework|approach|algorithm|architecture)"
    r"(?=[,.;:]|$| (?:for|that|which|to|designed|based|built|where|using)\b)"
)


def _released(stories: Sequence[_Readable], say: Phrases) -> Iterator[Claim | None]:
    """A sentence on the stories that have released code, data or a model; promises are left out."""
    groups: dict[tuple[str, ...], list[_Counted]] = {}
    for story in stories:
        slot = next(iter(slots(story.item).releases), None)
        fact = slot and slot.fact
        if slot and isinstance(fact, ReleaseFact) and not fact.promised:
            groups.setdefault(fact.goods, []).append((story, _quote(story.item, slot.start, slot.end)))
    if sum(map(len, groups.values())) >= _FEWEST:
        things = {goods: listed([say(f"goods.{each}") for each in goods], say) for goods in groups}
        clauses = [("synthesis.release", groups[g], {"things": things[g]}) for g in groups]
        yield _grouped("synthesis.released", sorted(clauses, key=lambda clause: -len(clause[1])), say)


def _measures(text: str) -> bool:
    """Whether its authors make a benchmark or data, the first thing that a sentence names behind the verb."""
    making = _MAKE.search(text)
    first = _MADE.search(text, making.end(), making.end() + _NEAR) if making else None
    return bool(first and first["measure"])


def _data(stories: Sequence[_Readable], say: Phrases) -> Iterator[Claim | None]:
    """A claim on the data set or benchmark that most of the stories use, by its name."""
    holders: dict[str, list[_Counted]] = {}
    for story in stories:
        quotes: dict[str, Quote] = {}
        for sentence in story.sentences:
            names = _tried_on(sentence.text)
            if names and (quote := _of(story.item, sentence)):
                quotes = dict.fromkeys(names, quote) | quotes
        for name, quote in quotes.items():
            holders.setdefault(name, []).append((story, quote))
    name = max(holders, key=lambda each: len(holders[each]), default="")
    if name and len(holders[name]) >= _FEWEST:
        yield _claim("data", holders[name], say, term=name)


def _tried_on(text: str) -> tuple[str, ...]:
    """The names of data in a sentence about the authors' own experiments."""
    if not _OURS.search(text) or _OTHERS.search(text):
        return ()
    lists = (match["names"] for pattern in _TRIED_ON for match in pattern.finditer(text))
    names = (name for each in lists for name in re.split(r", and |, | and ", each))
    return tuple(name for name in names if _SHAPED.search(name))


def _counted(stories: Sequence[_Readable], tells: Callable[[str], bool]) -> list[_Counted]:
    """The stories with a sentence that tells, each with its first one."""
    counted = []
    for story in stories:
        quote = next((q for s in story.sentences if tells(s.text) and (q := _of(story.item, s))), None)
        if quote is not None:
            counted.append((story, quote))
    return counted


# ── a sentence ──────────────────────────────────────────────────────────────────────────────────────


_Group = tuple[str, Sequence[_Counted], dict[str, str]]  # a phrase, who it is about, and its further fields


def _claim(phrase: str, counted: Sequence[_Counted], say: Phrases, **fields: str) -> Claim | None:
    """A sentence about several stories, some of which it names; None where none has a name."""
    return _grouped("synthesis.alone", [(f"synthesis.{phrase}", counted, fields)], say)


def _grouped(phrase: str, groups: Iterable[_Group], say: Phrases) -> Claim | None:
    """A sentence with a clause for each group that has a name; None where fewer than two have."""
    named = [(*group, names) for group in groups if (names := _names(group[1], group[0].rpartition(".")[2]))]
    if sum(len(names) for *_, names in named) < _FEWEST:
        return None
    clauses = [
        say(clause, who=_who(names, len(counted), say), n=len(counted), **fields)
        for clause, counted, fields, names in named
    ]
    text = say(phrase, clauses=say("synthesis.clause").join(clauses))
    counted = [each for _, counted, *_ in named for each in counted]
    fits = len(counted) <= _MOST_COUNTED and _native(text, say.language)
    return _theme(text, (q for _, q in counted), (story.id for story, _ in counted), say) if fits else None


def _names(counted: Sequence[_Counted], phrase: str) -> tuple[str, ...]:
    """The names of the stories that have one; of several words between quotation marks, as titles stand."""
    names = dict.fromkeys(filter(None, (_called(story, phrase) for story, _ in counted)))
    return tuple(name if name.count(" ") < _PHRASE else f"‘{name}’" for name in names)


def _who(names: Sequence[str], count: int, say: Phrases) -> str:
    """The first names as a list, with a word for the others."""
    listing, rest = names[:_MOST_NAMES], count - min(len(names), _MOST_NAMES)
    return say("synthesis.some", n=rest, names=", ".join(listing)) if rest else listed(listing, say)


def _theme(text: str, quotes: Iterable[Quote], stories: Iterable[str], say: Phrases) -> Claim:
    return Claim(
        text=text, part="theme", quotes=tuple(dict.fromkeys(quotes)), stories=tuple(dict.fromkeys(stories)),
        language=say.language,
    )  # fmt: skip


def _native(text: str, language: str) -> bool:
    """Whether a sentence with names in it is still one of its language."""
    return not language_or_source(language).must_prevail or own_share(text, language) >= _OWN_SHARE


def _called(story: _Readable, phrase: str) -> str:
    """The name of a story; of what brings a benchmark or data, that one's own."""
    if phrase == "measure":
        for slot in slots(story.item).offers:
            fact = slot.fact
            if isinstance(fact, OfferFact | NamedFact) and fact.name and role_of(fact) in _MEASURES:
                return fact.name
    return called(story.item)


@lru_cache(maxsize=8)  # asked for a result, and again for its figure
def called(item: Item) -> str:
    """The name of a paper's work: before its title's colon, else that of what it offers; "" without one."""
    if name := _name(item):
        return name
    facts = (slot.fact for slot in slots(item).offers)
    return next((f.name for f in facts if isinstance(f, OfferFact | NamedFact) and f.name), "")


def _name(item: Item) -> str:
    name, colon, _ = item.title.partition(": ")
    return name if colon and len(name) <= _LONGEST_NAME and not leads_away(name) else ""


_ROLES = {"benchmark": "benchmark", "dataset": "data", "data set": "data", "corpus": "data"}  # by their noun
_MEASURES = frozenset({"benchmark", "data"})
_HEAD = re.compile(
    rf"^(?:an?|the) (?:[\w/()+-]+ ){{0,6}}?(?P<noun>{'|'.join(_ROLES)})"
    r"(?=[,.;:]|$| (?:for|that|which|to|of|with|designed|based|built"
    r"|called|named|where|using|in|on|consisting|comprising|containing)\b)"
)


def role_of(fact: Fact) -> str:
    """The role of what is offered, by the noun that says what it is; "" for none that is known."""
    if isinstance(fact, NamedFact):
        return _ROLES.get(fact.kind, "")
    head = _HEAD.match(fact.phrase) if isinstance(fact, OfferFact) else None
    return _ROLES[head["noun"]] if head else ""


def _of(item: Item, sentence: Sentence) -> Quote | None:
    """A sentence as a quote, without the address it ends in."""
    address = sentence.text.find("http")
    end = sentence.end if address < 0 else sentence.start + len(sentence.text[:address].rstrip(" (:"))
    if end - sentence.start < _SHORTEST or leads_away(item.text[sentence.start : end]):
        return None
    return _quote(item, sentence.start, end)


def _quote(item: Item, start: int, end: int, field: Literal["text", "title"] = "text") -> Quote:
    words = getattr(item, field)[start:end]
    return Quote(item_key=item.key, source=item.source, start=start, end=end, text=words, field=field)
