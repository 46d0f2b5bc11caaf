"""Claims of which it is known, word by word, what their text does not bear out, from corpora free to use.

Clones of four public repositories, at the commits named here:

    amir-zeldes/gum 72ce5ac1
        Summaries that people wrote (CC BY 4.0) of texts under CC BY or CC BY-SA or free of rights. We
        exchange, insert and append words.
    salesforce/factualNLG 0da1dfa6
        SummEdits (Apache-2.0), edits of summaries that people judged. Its texts are SciTLDR and made-up calls
        and letters; the other seven kinds are left out.
    TalSchuster/FeverSymmetric fa25d17e
        Claims that people wrote to be true or false of one sentence of Wikipedia (CC BY-SA 3.0).
    google-deepmind/xquad 7d30520c
        Questions that people asked of paragraphs of Wikipedia, with their answers (CC BY-SA 4.0), in English.
        A question and its answer are a free claim about the paragraph. We spoil it as we do summaries.
"""

from __future__ import annotations

import difflib
import html
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from daybrief.checks.entailment import _WORD, SourceWords, _key, _tells

SUMMEDITS = ("scitldr", "sales_call", "sales_email")
KINDS_OF_GUM = ("academic", "bio", "court", "interview", "news", "speech", "textbook", "vlog", "voyage")
"""Those whose licence forbids no use; fiction, letters, podcasts, essays, wikiHow and reddit are left out."""

SEED, VERSIONS, TRIES = 0, 3, 10
_ENDINGS = ("ing", "ed", "ly", "tion", "tions", "ment", "ness", "ity", "ous", "al", "ive", "s", "er", "y")
_EDGE = ".,;:\"'()"

Span = tuple[int, int]


class Marked(msgspec.Struct, frozen=True):
    """A claim about a text and the spans that the text does not bear out; none in a true claim."""

    corpus: str
    claim: str
    text: str
    spans: tuple[Span, ...]


def marked(gum: Path, summedits: Path, fever: Path, xquad: Path) -> list[Marked]:
    """All marked claims of the four clones."""
    spoils = (*made("gum", gum_summaries(gum), VERSIONS), *made("xquad", questions(xquad), 1))
    return [*spoils, *of_summedits(summedits), *of_fever(fever)]


def of_summedits(clone: Path) -> Iterator[Marked]:
    """Edited summaries; a false one is marked where it differs from the summary it was made of."""
    for name in SUMMEDITS:
        path = clone / "data" / "summedits" / f"summedits_{name}.json"
        for row in json.loads(path.read_text(encoding="utf-8")):
            true = str(row["label"]) == "1"
            spans = () if true else differing(row["summary"], row["original_summary"])
            yield Marked("summedits", row["summary"], row["doc"], spans)


def of_fever(clone: Path) -> Iterator[Marked]:
    """Claims about a sentence; a false one is marked where it differs from the most similar true one."""
    rows = []
    for part in ("dev", "test"):
        path = clone / "symmetric_v0.2" / f"fever_symmetric_{part}.jsonl"
        rows += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    true: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["label"] == "SUPPORTS":
            true[row["evidence"]].append(row["claim"])
    for row in rows:
        spans: tuple[Span, ...] = ()
        if row["label"] != "SUPPORTS":
            if not true[row["evidence"]]:
                continue
            words = row["claim"].split()
            near = max(
                true[row["evidence"]],
                key=lambda other: difflib.SequenceMatcher(None, words, other.split()).ratio(),
            )
            spans = differing(row["claim"], near)
        yield Marked("fever", row["claim"], row["evidence"], spans)


def differing(claim: str, other: str) -> tuple[Span, ...]:
    """The words of a claim that another one lacks at their place."""
    matches = list(_WORD.finditer(claim))
    ours = [match.group().lower() for match in matches]
    theirs = [match.group().lower() for match in _WORD.finditer(other)]
    steps = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    return tuple(
        matches[at].span() for tag, i, j, _, _ in steps if tag in ("replace", "delete") for at in range(i, j)
    )


Free = tuple[str, str, str]  # the name of a text, a claim that a person wrote of it, and the text


def made(corpus: str, claims: Iterable[Free], versions: int) -> Iterator[Marked]:
    """Unfaithful versions of people's claims, each with the words that we put in."""
    listed = list(claims)
    rng = random.Random(SEED)
    pool = _by_shape(claim for _, claim, _ in listed)
    read = {name: (SourceWords(text).known, _by_shape([text])) for name, _, text in listed}
    for name, claim, text in listed:
        known, own = read[name]
        others = [other for of, other, _ in rng.sample(listed, 20) if of != name]
        for _ in range(versions):
            if spoils := spoilt(claim, known, (pool, own), others, rng):
                yield Marked(corpus, spoils[0], text, spoils[1])


def questions(clone: Path) -> Iterator[Free]:
    """Each question with its answer."""
    articles = json.loads((clone / "xquad.en.json").read_text(encoding="utf-8"))["data"]
    for article in articles:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            for row in paragraph["qas"]:
                yield text, f"{row['question'].rstrip('?')} {row['answers'][0]['text']}", text


def gum_summaries(clone: Path) -> Iterator[Free]:
    """The summaries that people wrote of texts."""
    written: dict[str, set[str]] = defaultdict(set)
    name = ""
    listed = clone / "_build" / "utils" / "salience" / "summaries_final.txt"
    for line in listed.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\((.*?)\) (.*)", line):
            if "human" in match[1]:
                written[name].add(match[2])
        elif line.strip():
            name = line.strip()
    for name in sorted(written):
        if name.startswith("GUM_") and name.split("_")[1] in KINDS_OF_GUM:
            lines = (clone / "xml" / f"{name}.xml").read_text(encoding="utf-8").splitlines()
            words = [line.split("\t")[0] for line in lines if line and not line.startswith("<")]
            for extra in re.findall(r' summary\d+="\(human\d*\) (.*?)"', lines[0]):
                written[name].add(html.unescape(extra))
            for summary in sorted(written[name]):
                yield name, summary, html.unescape(" ".join(words))


Pool = dict[str, list[str]]


def spoilt(
    claim: str, known: frozenset[str], pools: tuple[Pool, Pool], others: Sequence[str], rng: random.Random
) -> tuple[str, tuple[Span, ...]] | None:
    """The claim with words exchanged for others of its shape, from elsewhere or from its own text, or with a
    run of another summary put in or at its end; and the spans of these words. None when nothing fits.
    """
    words = claim.split()
    content = [at for at, word in enumerate(words) if at and len(word) > 1 and _tells(_bare(word).lower())]
    if len(content) < 4:
        return None
    way = rng.choice(["replace", "replace", "replace", "own", "insert", "tail"])
    marks: set[int] = set()
    if way in ("replace", "own"):
        _exchange(words, content, marks, (way == "own", known, pools), rng)
    else:
        _graft(words, content, marks, (way == "insert", rng.choice(others).split()), rng)
    if not marks:
        return None
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word) + 1)
    return " ".join(words), tuple((starts[at], starts[at] + len(words[at])) for at in sorted(marks))


def _exchange(
    words: list[str],
    content: Sequence[int],
    marks: set[int],
    of: tuple[bool, frozenset[str], tuple[Pool, Pool]],
    rng: random.Random,
) -> None:
    own, known, pools = of
    before = " ".join(words).lower()
    names = [at for at in content if _shape(words[at]) in ("number", "name")]
    picked = rng.sample(content, min(rng.choice([1, 1, 2, 2, 3]), len(content)))
    if names and rng.random() < 0.6:
        picked[0] = rng.choice(names)
    for at in sorted(set(picked)):
        fitting = pools[own].get(_shape(words[at]), [])
        for _ in range(TRIES if fitting else 0):
            other = rng.choice(fitting)
            if other.lower() not in before and (own or _key(other.lower()) not in known):
                words[at] = words[at].replace(_bare(words[at]), other)
                marks.add(at)
                break


def _graft(
    words: list[str], content: Sequence[int], marks: set[int], of: tuple[bool, list[str]], rng: random.Random
) -> None:
    inside, foreign = of
    if inside:
        size, at = rng.randint(2, 5), rng.choice(content)
        if len(foreign) < size + 2:
            return
        start = rng.randrange(len(foreign) - size)
        words[at:at] = foreign[start : start + size]
        marks.update(range(at, at + size))
        return
    cut = rng.randrange(len(words) // 2, len(words) - 2)
    tail = foreign[cut - len(words) :]
    words[cut:] = tail
    marks.update(range(cut, cut + len(tail)))


def _by_shape(texts: Iterable[str]) -> Pool:
    pool: Pool = defaultdict(list)
    for text in texts:
        for word in text.split()[1:]:
            if _tells(_bare(word).lower()):
                pool[_shape(word)].append(_bare(word))
    return pool


def _bare(word: str) -> str:
    return word.strip(_EDGE)


def _shape(word: str) -> str:
    bare = _bare(word)
    if bare[:1].isdigit():
        return "number"
    if bare[:1].isupper():
        return "name"
    return next((ending for ending in _ENDINGS if bare.endswith(ending)), "base")
