"""How well the checks tell a changed claim from a true one: 1,000 true claims, English and Korean.

    python benchmarks/claims.py [--json] [--data FILE] [--reports FOLDER] [--sample reported]

True claims: clauses cut out of sentences of arXiv abstracts, lightly rephrased (English); Korean sentences
that restate a fact of such a sentence, numbers in 만 and 억; and sentences of real Korean reports whose every
number and Latin word stands letter for letter in the abstract's best-matching sentence or around it. Each is
changed in one way a kind; `caught` is the share of changed claims that some check finds unsupported, `own`
the share found by the check made for it. The development sample (days with an even ordinal) was looked at
while the checks were written, the reported one (odd days) only measured. What finds numbers, names and words
to change here is written apart from the checks, on purpose; the pairs of opposites of `direction` are common
ones and mostly in the lexicon of the check, those of `direction: unlisted` were chosen for not being. Seeded.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import msgspec

from daybrief.checks import form, generality, language, names, numbers, polarity, relations
from daybrief.model import REFUSED, Category, Claim, Item, Quote, Taxonomy, Verdict
from daybrief.ports import Check, Tools
from daybrief.text.sentences import sentences

SEED = 20241126
HERE = Path(__file__).parent.parent.parent / "shared" / "data"
WANTED = {"english": 600, "template": 250, "report": 150}
NUMBER_KINDS = ("x10", "x100", "digit", "unit")
ASKED = {
    "x10": 0.99,
    "x100": 0.99,
    "digit": 0.99,
    "unit": 0.99,
    "negation inserted": 0.95,
    "negation removed": 0.95,
    "direction": 0.80,
    "name swapped": 0.95,
    "name misspelt": 0.95,
}
OWN = {
    "x10": "numbers",
    "x100": "numbers",
    "digit": "numbers",
    "unit": "numbers",
    "negation inserted": "polarity",
    "negation removed": "polarity",
    "direction": "polarity",
    "direction: unlisted": "polarity",
    "name swapped": "names",
    "name misspelt": "names",
    "over-general: works": "generality",
    "over-general: absolute": "generality",
    "added claim": "",
}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A true claim, where it comes from, and its source."""

    origin: str
    text: str
    quote: str
    item: Item

    def claim(self, text: str) -> Claim:
        """The claim with another text, resting on the same quote."""
        start = self.item.text.index(self.quote)
        quote = Quote(
            item_key=self.item.key,
            source=self.item.source,
            start=start,
            end=start + len(self.quote),
            text=self.quote,
        )
        return Claim(
            text=text,
            part="finding",
            quotes=(quote,),
            stories=("s",),
            language="en" if self.origin == "english" else "ko",
        )


# ── true claims ─────────────────────────────────────────────────────────────────────────────────────

_OPENING = re.compile(
    r"^(?:Specifically|However|Moreover|Furthermore|Additionally|In addition|Finally|"
    r"Notably|Here|In this (?:paper|work|study)|"
    r"In particular|To this end|Experimentally|Remarkably|Importantly|Consequently|"
    r"Overall|Meanwhile|For example|Extensive experiments (?:show|demonstrate) that), ?"
)
_ASIDE = re.compile(r" \((?!\d)[^()$]{3,80}\)")
_TAIL = re.compile(
    r", (?:which|making|demonstrating|highlighting|enabling|thereby|thus|leading to|"
    r"showing) [^,$]{10,200}\.$"
)


def clause(sentence: str) -> str:
    """A true claim cut out of a sentence: without its opening, an aside, its tail; told of the authors."""
    text = _TAIL.sub(".", _ASIDE.sub("", _OPENING.sub("", sentence)))
    text = re.sub(r"^[Ww]e ", "The authors ", text)
    text = re.sub(r"\b[Oo]ur\b", "their", text)
    text = re.sub(r"(?<=\d)\s?\\?%", " percent", text) if len(text) % 2 else text
    text = text[:1].upper() + text[1:]
    return text if text != sentence else f"The paper says: {text}"


_NOUNS = {
    "parameters": "개의 파라미터",
    "tokens": "개의 토큰",
    "images": "장의 이미지",
    "samples": "개의 샘플",
    "questions": "개의 질문",
    "tasks": "개의 과제",
    "datasets": "개의 데이터셋",
    "languages": "개의 언어",
    "participants": "명의 참가자",
    "hours": "시간의 자료",
    "videos": "개의 영상",
    "patients": "명의 환자",
    "documents": "건의 문서",
    "examples": "개의 예시",
    "users": "명의 사용자",
    "models": "개의 모델",
    "benchmarks": "개의 벤치마크",
    "classes": "개의 클래스",
    "countries": "개의 국가",
    "sentences": "개의 문장",
}
_COUNT = re.compile(
    r"(?<![\w.,$~^-])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?: ?(thousand|million|"
    r"billion|trillion|K|M|B))?\+? (?:[a-z]+[- ]){0,2}?(" + "|".join(_NOUNS) + r")\b"
)
_POWERS = {
    "": 1,
    "thousand": 10**3,
    "K": 10**3,
    "million": 10**6,
    "M": 10**6,
    "billion": 10**9,
    "B": 10**9,
    "trillion": 10**12,
}
_UP = {
    "improv": "향상시킵니다",
    "increas": "증가시킵니다",
    "reduc": "감소시킵니다",
    "decreas": "감소시킵니다",
    "outperform": "향상시킵니다",
    "enhanc": "향상시킵니다",
    "boost": "향상시킵니다",
}
_CHANGE = re.compile(
    r"\b(improv|increas|reduc|decreas|outperform|enhanc|boost)\w* (?:[\w-]+ ){1,5}?by (?:up to |"
    r"over |about |approximately |an average of )?(\d+(?:\.\d+)?)\\?(%| percent)"
)
_STATES = (
    (
        re.compile(
            r"\bwithout (?:any |additional |further |extra |the need for )*(?:training|"
            r"fine-tuning|retraining|finetuning)\b"
        ),
        "이 방법은 추가 학습 없이 동작합니다.",
    ),
    (
        re.compile(r"\bwithout (?:\w+ ){0,2}(?:labels|annotations|supervision|labeled data)\b"),
        "이 방법은 레이블 없이 학습합니다.",
    ),
    (re.compile(r"\b(?:do|does) not require\b"), "이 방법은 추가 준비를 요구하지 않습니다."),
    (re.compile(r"\b(?:have|has) not been\b"), "이 문제는 아직 충분히 연구되지 않았습니다."),
    (re.compile(r"\bcannot\b"), "기존 방법은 이를 처리할 수 없습니다."),
    (re.compile(r"(?<![-\w])offline\b(?!.*online)"), "이 연구는 오프라인 환경을 다룹니다."),
    (re.compile(r"(?<![-\w])online\b(?!.*offline)"), "이 연구는 온라인 환경을 다룹니다."),
    (re.compile(r"\bunsupervised\b(?!.*[^-n]supervised)"), "이 연구는 비지도 학습을 사용합니다."),
    (
        re.compile(
            r"^(?!.*\b(?:without|no|not|alleviat|mitigat|reduc|avoid|prevent|"
            r"suppress)).*\bperformance (?:degrad|"
            r"drop|deteriorat|declin)\w*"
        ),
        "이 경우 성능이 저하됩니다.",
    ),
    (
        re.compile(
            r"^(?!.*\b(?:without|no|not|alleviat|mitigat|reduc|avoid|prevent|"
            r"suppress)).*\bnegative(?:ly)? (?:impact|"
            r"affect|effect)"
        ),
        "이는 부정적인 영향을 줍니다.",
    ),
)


def korean_number(value: int) -> str:
    """12345678 → 1,234만 5,678; two powers at the most."""
    for power, name in ((10**12, "조"), (10**8, "억"), (10**4, "만")):
        if value >= power:
            rest = value % power
            return f"{value // power:,}{name}" + (f" {korean_number(rest)}" if rest else "")
    return f"{value:,}"


def template(sentence: str) -> str:
    """A Korean sentence that restates one fact of an English one; "" when there is none to restate."""
    if match := _COUNT.search(sentence):
        value = float(match[1].replace(",", "")) * _POWERS[match[2] or ""]
        if value >= 2 and value == int(value):
            return (
                f"이 연구는 {korean_number(int(value))}{_NOUNS[match[3]]}를 다룹니다.".replace(
                    "모델를", "모델을"
                )
                .replace("토큰를", "토큰을")
                .replace("샘플를", "샘플을")
                .replace("질문를", "질문을")
                .replace("데이터셋를", "데이터셋을")
                .replace("영상를", "영상을")
                .replace("문장를", "문장을")
            )
    if match := _CHANGE.search(sentence):
        return f"제안한 방법은 해당 지표를 {match[2]}% {_UP[match[1]]}" + "."
    return next((statement for pattern, statement in _STATES if pattern.search(sentence)), "")


def sampled(day: str, sample: str) -> bool:
    """Whether a day belongs to the sample; even ordinals are for development."""
    return (date.fromisoformat(day).toordinal() % 2 == 0) == (sample == "development")


def papers(path: Path, sample: str, seed: int = SEED) -> Iterator[Item]:
    """The records of the sample's days, in a seeded order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [
            row for row in map(json.loads, lines) if "published" in row and sampled(row["published"], sample)
        ]
    random.Random(seed).shuffle(rows)
    for row in rows:
        yield Item(
            key=f"arxiv:{row['id']}",
            source="arxiv",
            kind="paper",
            title=row["title"],
            url=f"https://arxiv.org/abs/{row['id']}",
            text=row["abstract"],
        )


_TELLING = re.compile(
    r"(?<![\w.-])\d|\b(?:not|cannot|without|never|no)\b|\b\w*[a-z0-9][A-Z]\w*|"
    r"\b[A-Z]{3,}\b"
)


def abstract_cases(items: Iterable[Item]) -> Iterator[Case]:
    """English claims and Korean restatements, at most two a paper."""
    for item in items:
        candidates = [
            s.text for s in sentences(item.text) if 50 <= len(s.text) <= 320 and s.text.endswith(".")
        ]
        telling = [text for text in candidates if _TELLING.search(text) and "\\" not in text]
        with_numbers = [text for text in telling if re.search(r"(?<![\w.,({-])\d", text)]
        for text in (with_numbers or telling)[:1]:
            yield Case(origin="english", text=clause(text), quote=text, item=item)
        for text in telling:
            if restated := template(text):
                yield Case(origin="template", text=restated, quote=text, item=item)
                break


_LITERAL = re.compile(r"\d[\d.,]*\d|\d|[A-Za-z][A-Za-z]+")


def report_cases(folder: Path, sample: str) -> Iterator[Case]:
    """Sentences of single-source Korean sections whose numbers and Latin words are all in the abstract.

    Days of the first, broken weeks are left out; the quote is the abstract's sentence that shares most.
    """
    sources = {
        row["url"]: row
        for row in map(json.loads, (folder / "sources.jsonl").read_text(encoding="utf-8").splitlines())
    }
    seen: set[str] = set()
    for row in map(json.loads, (folder / "reports.jsonl").read_text(encoding="utf-8").splitlines()):
        known = [sources.get(source["url"], {}) for source in row["sources"]]
        if (
            row["kind"] != "papers"
            or row["date"] < "2024-10-07"
            or len(known) != 1
            or not known[0].get("abstract")
        ):
            continue
        if not sampled(row["date"], sample):
            continue
        item = Item(
            key=f"url:{known[0]['url']}",
            source="reports",
            kind="paper",
            title=known[0].get("arxiv_title") or known[0]["title"],
            url=known[0]["url"],
            text=known[0]["abstract"],
        )
        for text in _prose(row["summary"]):
            if text not in seen and (quote := _grounded(text, item)):
                seen.add(text)
                yield Case(origin="report", text=text, quote=quote, item=item)


def _prose(summary: str) -> Iterator[str]:
    for piece in re.split(r"(?<=[다음함됨임]\.)\s+|\n+", summary):
        text = re.sub(r"^\d+[.)]\s*", "", re.sub(r"[*`]+", "", piece).strip(" -#"))
        if 25 <= len(text) <= 300 and text.endswith("다.") and "http" not in text and ":" not in text[:12]:
            yield text


def _grounded(text: str, item: Item) -> str:
    """The best-matching sentence, when every literal of the Korean text is a literal of the source."""
    ours = {literal.lower() for literal in _LITERAL.findall(text)}
    whole = {literal.lower() for literal in _LITERAL.findall(f"{item.title} {item.text}")}
    if not ours or not ours <= whole or re.search(r"\d\s?[만억조천]", text):
        return ""
    best = max(sentences(item.text), key=lambda s: len(ours & {x.lower() for x in _LITERAL.findall(s.text)}))
    shared = ours & {literal.lower() for literal in _LITERAL.findall(best.text)}
    return best.text if len(shared) >= 2 or any(x[0].isdigit() for x in shared) else ""


# ── changes ─────────────────────────────────────────────────────────────────────────────────────────

Change = Callable[[Case, random.Random], str]
_DIGITS = re.compile(
    r"(?<![\w.,$^_{(\\+-])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?![\d\w^_}).-]*[A-Za-z^_}$\\](?![a-z ]))(?!\)|\.\s[A-Z]|-[A-Za-z]|[A-Za-z]|\.\d)"
)


def _mentions(case: Case) -> list[re.Match[str]]:
    return [
        m
        for m in _DIGITS.finditer(case.text)
        if not re.search(r"[A-Za-z]-?$|\b[A-Z]\w* $", case.text[: m.start()]) and float(m[0].replace(",", ""))
    ]


def _times(factor: int) -> Change:
    def change(case: Case, dice: random.Random) -> str:
        mentions = _mentions(case)
        if not mentions:
            return ""
        mention = dice.choice(mentions)
        value = float(mention[0].replace(",", "")) * factor
        spelled = (
            f"{value:,.0f}"
            if "," in mention[0] or (value == int(value) and value >= 1000)
            else f"{value:.10g}"
        )
        return _unless_there(case, mention, spelled)

    return change


def _digit(case: Case, dice: random.Random) -> str:
    mentions = _mentions(case)
    if not mentions:
        return ""
    mention = dice.choice(mentions)
    at = dice.choice([i for i, sign in enumerate(mention[0]) if sign.isdigit()])
    other = dice.choice([d for d in "123456789" if d != mention[0][at]])
    return _unless_there(case, mention, mention[0][:at] + other + mention[0][at + 1 :])


def _unless_there(case: Case, match: re.Match[str], number: str) -> str:
    """The changed text; "" when the very sentence says the new number, too."""
    if re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d,]|\.\d)", case.quote):
        return ""
    return case.text[: match.start()] + number + case.text[match.end() :]


_SWAPS = (
    (r"(?<=\d)\s?\\?%|(?<=\d) percent\b", (" times", "배")),
    (r"(?<=\d) ?million\b", (" billion", " thousand")),
    (r"(?<=\d) ?billion\b", (" million",)),
    (r"(?<=\d)M\b", ("B", "K")),
    (r"(?<=\d)B\b", ("M",)),
    (r"(?<=\d)K\b", ("M",)),
    (r"(?<=\d)만", ("억",)),
    (r"(?<=\d)억", ("만",)),
    (r"(?<=\d)[x×](?= )|(?<=\d) times\b|(?<=\d)배", ("%",)),
    (r"(?<=\d) ?ms\b", (" s",)),
    (r"(?<=\d) ?GB\b", (" MB",)),
    (r"(?<=\d) hours\b", (" minutes",)),
    (r"(?<=\d) minutes\b", (" hours",)),
    (r"(?<=\d) seconds\b", (" hours",)),
    (r"(?<=\d)시간", ("분",)),
    (r"(?<=[^+]\d)(?:개|명|장|건)(?=의)", ("%",)),
    (r"(?<=\d) days\b", (" years",)),
    (r"(?<=\d) years\b", (" months",)),
    (r"(?<=\d) ?(?:km)\b", (" m",)),
    (r"(?<=\d) ?mm\b", (" cm",)),
)


def _unit(case: Case, dice: random.Random) -> str:
    options = [(m, new) for pattern, news in _SWAPS for m in re.finditer(pattern, case.text) for new in news]
    korean = bool(re.search("[가-힣]", case.text))
    options = [
        (m, new)
        for m, new in options
        if bool(re.search("[가-힣]", new)) == korean or new == "%" or (not korean and new.isascii())
    ]
    if not options:
        return ""
    match, new = dice.choice(options)
    return case.text[: match.start()] + new + case.text[match.end() :]


_AUX = re.compile(
    r"\b(is|are|was|were|can|could|will|would|should|may|might|must|has|have) (?!not\b|"
    r"no\b|been not)"
)
_VERB = re.compile(
    r"\b(improve|achieve|outperform|show|demonstrate|provide|require|enable|reduce|"
    r"increase|introduce|propose|present|allow|remain|use|exhibit|yield|offer|"
    r"suffer|lack|support|contain|exceed|surpasse?)(s?)\b(?= [a-z])"
)
_KOREAN_NOT = (
    ("했습니다.", "하지 않았습니다."),
    ("합니다.", "하지 않습니다."),
    ("됩니다.", "되지 않습니다."),
    ("되었습니다.", "되지 않았습니다."),
    ("있습니다.", "없습니다."),
    ("킵니다.", "키지 않습니다."),
    ("줍니다.", "주지 않습니다."),
    ("룹니다.", "루지 않습니다."),
    ("킨다.", "키지 않는다."),
    ("한다.", "하지 않는다."),
    ("했다.", "하지 않았다."),
    ("된다.", "되지 않는다."),
    ("있다.", "없다."),
    ("였다.", "이지 않았다."),
    ("입니다.", "이 아닙니다."),
    ("이다.", "이 아니다."),
    ("입니다", "이 아닙니다"),
)


def _insert_not(case: Case, dice: random.Random) -> str:
    if re.search("[가-힣]", case.text):
        if re.search(r"않|없|못|아니|아닙", case.text):
            return ""
        return next((case.text[: -len(a)] + b for a, b in _KOREAN_NOT if case.text.endswith(a)), "")
    if auxiliaries := list(_AUX.finditer(case.text)):
        auxiliary = dice.choice(auxiliaries)
        return f"{case.text[: auxiliary.end(1)]} not{case.text[auxiliary.end(1) :]}"
    if match := _VERB.search(case.text):
        denial = f"{'does' if match[2] else 'do'} not {match[1]}"
        return f"{case.text[: match.start()]}{denial}{case.text[match.end() :]}"
    return ""


_REMOVALS = (
    (r"\bcannot\b", "can"),
    (r"\b(?:does|do|did) not ", ""),
    (r"\b(is|are|was|were|has|have|can|may|will|could) not(?! only)\b", r"\1"),
    (r"\bwithout\b", "with"),
    (r" 없이 ", " 바탕으로 "),
    (r"지 않습니다\.$", "ㅂ니다."),
    (r"지 않았습니다\.$", "었습니다."),
    (r"수 없습니다", "수 있습니다"),
    (r"수 없다", "수 있다"),
    (r"지 않는다", "ㄴ다"),
    (r"지 않았다", "었다"),
    (r"하지 않고", "하고"),
    (r"지 않은", "은"),
    (r"\bnever ", ""),
    (r"\bno\b (?!longer)", "some "),
)


def _remove_not(case: Case, dice: random.Random) -> str:
    for pattern, new in _REMOVALS:
        if re.search(pattern, case.text):
            affirmed = re.sub(pattern, new, case.text, count=1)
            return (
                affirmed.replace("하ㅂ니다", "합니다")
                .replace("되ㅂ니다", "됩니다")
                .replace("하었", "했")
                .replace("되었", "되었")
                .replace("하ㄴ다", "한다")
                .replace("되ㄴ다", "된다")
                .replace("하은", "한")
                .replace("되은", "된")
            )
    return ""


_OPPOSITES = """increase decrease|increases decreases|increased decreased|increasing decreasing
improve worsen|improves worsens|improved worsened|improving worsening
improvement deterioration|improvements deteriorations|higher lower|high low
more less|larger smaller|greater smaller|faster slower|better worse|best worst
reduce raise|reduces raises|reduced raised|reducing raising|reduction rise
outperforms underperforms|outperform underperform|outperforming underperforming
online offline|offline online|supervised unsupervised|unsupervised supervised
with without|without with|strong weak|robust fragile|enhance impair|enhances impairs
enhanced impaired|enhancing impairing|fast slow|long short|large small|before after
positive negative|negative positive|local global|global local|static dynamic
dynamic static|linear nonlinear|nonlinear linear|open closed|efficient inefficient
accurate inaccurate|stable unstable|structured unstructured|complex simple
simple complex|easy hard|success failure|successfully unsuccessfully|gain loss
gains losses|rise fall|grows shrinks|lower higher|lowest highest|highest lowest
minimize maximize|maximize minimize|first last|upper lower|many few
superior inferior|significantly insignificantly|effective ineffective
effectively ineffectively|enable prevent|enables prevents|enabling preventing
broad narrow|expensive cheap|early late|internal external|input output|dense sparse
sparse dense|explicit implicit|implicit explicit|discrete continuous
continuous discrete|forward backward|maximum minimum|minimum maximum|safe dangerous
rich poor|deep shallow|centralized decentralized"""
_TURN = dict(pair.split() for line in _OPPOSITES.splitlines() for pair in line.split("|"))
# Opposites the lexicon of the check does not list: how far it reaches beyond itself.
_UNLISTED = """broad narrow|wide narrow|rich poor|new old|novel old|upstream downstream
natural artificial|human animal|theoretical empirical|empirical theoretical
automatic manual|automatically manually|manual automatic|general specific
specific general|common rare|abstract concrete|objective subjective
qualitative quantitative|quantitative qualitative|single multiple|multiple single
individual collective|similar different|different similar|vertical horizontal
hot cold|mature immature|generative discriminative"""
_UNLISTED_TURN = dict(pair.split() for line in _UNLISTED.splitlines() for pair in line.split("|"))
_KOREAN_TURN = (
    ("증가", "감소"),
    ("감소", "증가"),
    ("향상", "저하"),
    ("저하", "향상"),
    ("개선", "악화"),
    ("온라인", "오프라인"),
    ("오프라인", "온라인"),
    ("비지도", "지도"),
    ("없이", "함께"),
    ("높은", "낮은"),
    ("높이", "낮추"),
    ("줄이", "늘리"),
    ("우수", "열등"),
    ("능가", "미달"),
    ("부정", "긍정"),
    ("긍정", "부정"),
    ("빠른", "느린"),
    (" 큰", " 작은"),
    ("많은", "적은"),
    ("강력한", "약한"),
    ("최고", "최저"),
    ("뛰어난", "뒤떨어진"),
)
_TURNABLE = re.compile(rf"\b(?:{'|'.join(_TURN)})\b")


def _direction(case: Case, dice: random.Random) -> str:
    if re.search("[가-힣]", case.text):
        options = [(a, b) for a, b in _KOREAN_TURN if a in case.text]
        if not options:
            return ""
        old, new = dice.choice(options)
        return case.text.replace(old, new, 1)
    matches = [m for m in _TURNABLE.finditer(case.text) if m[0] != "with" or dice.random() < 0.2]
    if not matches:
        return ""
    match = dice.choice(matches)
    return case.text[: match.start()] + _TURN[match[0]] + case.text[match.end() :]


def _unlisted(case: Case, dice: random.Random) -> str:
    matches = list(re.finditer(rf"\b(?:{'|'.join(_UNLISTED_TURN)})\b", case.text))
    if not matches:
        return ""
    match = dice.choice(matches)
    return case.text[: match.start()] + _UNLISTED_TURN[match[0]] + case.text[match.end() :]


_NAME = re.compile(
    r"(?<![\w.-])(?:[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|"
    r"(?<=[a-z가-힣,] )[A-Z][a-z]{3,})(?![\w-])"
)


def _own_names(text: str) -> list[re.Match[str]]:
    return [m for m in _NAME.finditer(text) if len(m[0]) > 2 and not m[0].isdigit()]


def _swap_name(others: Sequence[str]) -> Change:
    def change(case: Case, dice: random.Random) -> str:
        names = _own_names(case.text)
        if not names:
            return ""
        match = dice.choice(names)
        whole = f"{case.item.title} {case.item.text}".lower()
        new = next(n for n in iter(lambda: dice.choice(others), None) if n.lower().rstrip("s") not in whole)
        return case.text[: match.start()] + new + case.text[match.end() :]

    return change


def _misspell(case: Case, dice: random.Random) -> str:
    names = [m for m in _own_names(case.text) if len(m[0]) > 3]
    if not names:
        return ""
    match = dice.choice(names)
    word = match[0]
    swaps = [i for i in range(len(word) - 1) if word[i] != word[i + 1] and word[i : i + 2].isalpha()]
    if swaps and dice.random() < 0.5:
        at = dice.choice(swaps)
        new = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    else:
        at = dice.choice([i for i, sign in enumerate(word) if sign.isalpha()])
        letter = dice.choice([c for c in "BCDGKLMNPRST" if c != word[at].upper()])
        new = word[:at] + (letter if word[at].isupper() else letter.lower()) + word[at + 1 :]
    return case.text[: match.start()] + new + case.text[match.end() :]


def _add(pool: dict[str, list[Case]]) -> Change:
    def change(case: Case, dice: random.Random) -> str:
        kind = "english" if case.origin == "english" else "report"
        other = next(c for c in iter(lambda: dice.choice(pool[kind]), None) if c.item.key != case.item.key)
        return f"{case.text} {other.text}"

    return change


def _all_works(case: Case, dice: random.Random) -> str:
    if re.search("[가-힣]", case.text):
        return (
            dice.choice(("모든 논문에서 ", "여러 연구에서 ", "대부분의 기사에서 ", "두 논문은 공통적으로 "))
            + case.text
        )
    start = dice.choice(
        (
            "All papers show that ",
            "Several articles report that ",
            "Most recent studies find that ",
            "Both papers say that ",
        )
    )
    return start + case.text[0].lower() + case.text[1:]


_WIDER = (
    (r"\b(?:some|several|certain)\b", "all"),
    (r"\bmany\b", "all"),
    (r"\b(?:often|sometimes|usually|typically)\b", "always"),
    (r"\bmost\b(?= [a-z]+s\b)", "all"),
    (r"\bfew\b", "no"),
    (r"일부", "모든"),
    (r"종종", "항상"),
    (r"다양한", "모든"),
)


def _absolute(case: Case, dice: random.Random) -> str:
    for pattern, new in _WIDER:
        if re.search(pattern, case.text):
            return re.sub(pattern, new, case.text, count=1)
    return ""


# ── measuring ───────────────────────────────────────────────────────────────────────────────────────


def checks() -> list[Check]:
    """The checks of content and form; language is made per claim, its tone is not judged here."""
    tools = Tools(taxonomy=_TAXONOMY)
    return [
        module.make(module.Options(), tools)
        for module in (numbers, names, polarity, generality, relations, form)
    ]


def judged(all_checks: Sequence[Check], case: Case, text: str) -> dict[str, Verdict]:
    """Every check's verdict on the case with this text, by name."""
    claim = case.claim(text)
    verdicts = {check.name: check.check(claim, [case.item]) for check in all_checks}
    tools = Tools(taxonomy=_TAXONOMY, language=claim.language)
    verdicts["language"] = language.make(language.Options(polite=False), tools).check(claim, [case.item])
    return verdicts


_TAXONOMY = Taxonomy(
    version="1", category=(Category(id="others", kind="both", emoji="", name={}, definition=""),)
)


def true_claims(data: Path, reports: Path, sample: str, seed: int = SEED) -> dict[str, list[Case]]:
    """The true claims of the sample by origin, as many as wanted of each."""
    pool: dict[str, list[Case]] = defaultdict(list)
    for case in abstract_cases(papers(data, sample, seed)):
        if len(pool[case.origin]) < WANTED[case.origin]:
            pool[case.origin].append(case)
        if all(len(pool[origin]) == WANTED[origin] for origin in ("english", "template")):
            break
    cases = list(report_cases(reports, sample)) if reports.is_dir() else []
    random.Random(seed).shuffle(cases)
    pool["report"] = cases[: WANTED["report"]]
    return pool


def measure(pool: dict[str, list[Case]], seed: int = SEED) -> dict[str, object]:
    """Catch rates by kind and by language, false alarms by check, and the misses and alarms themselves."""
    all_checks = checks()
    cases = [case for kind in WANTED for case in pool[kind]]
    others = [m[0] for case in cases for m in _own_names(case.quote)]
    changes: dict[str, Change] = {
        "x10": _times(10),
        "x100": _times(100),
        "digit": _digit,
        "unit": _unit,
        "negation inserted": _insert_not,
        "negation removed": _remove_not,
        "direction": _direction,
        "direction: unlisted": _unlisted,
        "name swapped": _swap_name(others),
        "name misspelt": _misspell,
        "over-general: works": _all_works,
        "over-general: absolute": _absolute,
        "added claim": _add(pool),
    }
    alarms: Counter[str] = Counter()
    shown: list[dict[str, str]] = []
    for case in cases:
        bad = {name: v.why for name, v in judged(all_checks, case, case.text).items() if v.outcome in REFUSED}
        alarms.update(list(bad))
        alarms["any"] += bool(bad)
        shown += [
            {"alarm": name, "why": why, "origin": case.origin, "text": case.text, "quote": case.quote}
            for name, why in bad.items()
        ]
    kinds = {name: _kind(name, change, cases, all_checks, seed) for name, change in changes.items()}
    return {
        "claims": {kind: len(cases) for kind, cases in pool.items()},
        "false_alarms": {
            name: {"n": n, "share": round(n / len(cases), 4)} for name, n in sorted(alarms.items())
        },
        "kinds": {name: row for name, (row, _) in kinds.items()},
        "alarms": shown,
        "misses": [miss for _, misses in kinds.values() for miss in misses],
    }


def _kind(
    name: str, change: Change, cases: Sequence[Case], all_checks: Sequence[Check], seed: int
) -> tuple[dict[str, object], list[dict[str, str]]]:
    dice = random.Random(f"{seed} {name}")
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    own = 0
    misses = []
    for case in cases:
        text = change(case, dice)
        if not text or text == case.text:
            continue
        verdicts = judged(all_checks, case, text)
        tried[case.origin] += 1
        bad = {check for check, verdict in verdicts.items() if verdict.outcome in REFUSED}
        caught[case.origin] += bool(bad)
        own += OWN[name] in bad
        if not bad:
            misses.append({"kind": name, "origin": case.origin, "text": text, "quote": case.quote})
    total = tried.total()
    row = {
        "n": total,
        "caught": round(caught.total() / total, 4) if total else None,
        "own": round(own / total, 4) if total else None,
        "asked": ASKED.get(name),
        "by_origin": {o: [caught[o], tried[o]] for o in tried},
    }
    return row, misses


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=HERE / "arxiv" / "arxiv_2024-09_2025-01.jsonl.gz")
    parser.add_argument("--reports", type=Path, default=HERE / "reports")
    parser.add_argument("--sample", choices=("development", "reported"), default="reported")
    parser.add_argument("--seed", type=int, default=SEED, help="draws other claims and other changes")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print misses and alarms (development only)")
    args = parser.parse_args()
    if not args.data.is_file():
        sys.exit(
            f"{args.data}: no such file. Give --data a gzipped JSON-lines file of arXiv "
            f"records (id, title, abstract, published)."
        )
    result = measure(true_claims(args.data, args.reports, args.sample, args.seed), args.seed)
    alarms, misses = result.pop("alarms"), result.pop("misses")
    result["sample"] = args.sample
    if args.json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        _print(result)
    if args.show and args.sample == "development":
        for row in [*alarms, *misses]:
            print(json.dumps(row, ensure_ascii=False))


def _print(result: dict[str, object]) -> None:
    print(f"sample {result['sample']}, true claims {result['claims']}")
    print("false alarms:", {k: f"{v['share']:.1%}" for k, v in result["false_alarms"].items()})
    for name, row in result["kinds"].items():
        print(
            f"{name:24} n={row['n']:4} caught={row['caught']} own={row['own']} asked={row['asked']} "
            f"{row['by_origin']}"
        )


if __name__ == "__main__":
    main()
