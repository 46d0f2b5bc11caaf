"""What turns a statement round: a denial added or lost, a word replaced by its opposite.

    negated("cannot be used") → ("cannot",)           turned("X raises cost", "X lowers cost") → why

Two ways to compare. Where claim and sentence share most words, the words that differ are compared in place
(`turned`). Where they do not, as between Korean and English, a denial of the claim is held against all the
words that may deny something in the sentence (`denies_outright`), and one of the sentence against a claim
that speaks of the thing denied (`loses_denial`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from daybrief.text.antonyms import antonym
from daybrief.text.denials import denied_near, final_denial, states, undoubled
from daybrief.text.opposites import poles

_MOST_WORDS = 200  # of a sentence: comparing in place takes quadratic time
_MOST_CHARACTERS = 2_000
_FEW = 3
_NEAR = 0.6  # share of the claim's words found in the sentence in order: the same wording
_WORDS = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][a-z]+)?|[가-힣]+|\d[\d.,]*")

_NOT = re.compile(
    r"\b(?:not|cannot|never|without|neither|nor|no|none|nothing|nobody|nowhere)\b|n['’]t\b"
    r"|(?<![가-힣])(?:안|못) (?=[가-힣])|않|못[하한해했할함합]|지 못|없|아니|아닌|아닙|지 말",
    re.I,
)
_NOT_ONLY = re.compile(
    r"\bnot (?:only|just|merely|simply|solely|necessarily)\b|\bno (?:longer|doubt)\b|"
    r"뿐(?:만)? ?아니라|에 그치지 않|에 국한되지 않",
    re.I,
)
# Words that deny without a negation; a Korean 않 or 없 is a fair rendering of each, and the other way round.
_SOFT = re.compile(
    r"\b(?:fail\w*|lack\w*|unable|unlike\w*|hardly|barely|rarely|seldom|scarce\w*|"
    r"limit\w*|absen\w*|avoid\w*|prevent\w*|"
    r"eliminat\w*|remov\w*|refus\w*|reject\w*|den(?:y|ies|ied)|ignor\w*|neglect\w*|"
    r"miss\w*|free|beyond|instead|rather|only|"
    r"unless|despite|although|though|however|but|yet|while|un\w{4,}|in(?:accura|"
    r"adequa|suffic|effic|effect|correct|consist|complet|capab|visib|depend|stab|"
    r"feas|valid)\w*|"
    r"im(?:poss|practic|prec|perfect)\w*|ir(?:releva|regul)\w*|non-?\w{3,}|dis\w{4,}|"
    r"mis\w{4,}|agnostic|less|few|fewer|little|minimal|"
    r"zero|difficult\w*|challeng\w*|hard|struggl\w*|impractical|costly|expensive|"
    r"suffer\w*|overlook\w*|under\w{4,}|poor\w*|degrad\w*|"
    r"hinder\w*|hamper\w*|restrict\w*|bottleneck\w*|problem\w*|issue\w*|fall short|"
    r"weak\w*|gap|remain\w*|blind|drop\w*|open|"
    r"outperform\w*|surpass\w*|exceed\w*|still|prohibit\w*|intractable|bypass\w*|"
    r"obviat\w*|replac\w*|off-the-shelf|training-free|zero-shot)\b"
    r"|(?<![가-힣])[불비미무][가-힣]|어렵|어려|한계|제한|부족|실패|"
    r"대신|배제|방지|제거|회피|결여|드물|거의|만으로|뿐|넘어|달리|"
    r"그러나|하지만|반면",
    re.I,
)

# What a writer says of its source, denied: only an outright denial in the source justifies it.
_REPORTED_NOT = re.compile(
    r"(?:보여주|보이|입증하|제안하|소개하|다루|달성하|향상시키|감소시키|"
    r"증가시키|개선하|제공하|지원하|능가하|활용하|사용하|포함하|제시하|"
    r"강조하|기여하|"
    r"가능하게 하|수행하|평가하|생성하|확인하|발견하|의미하|시사하|"
    r"구성되|적용되|개발하|도입하|분석하|탐구하|설명하|공개하|목표로 하|"
    r"유지하|확장하|"
    r"향상되|저하되|감소하|증가하|동작하|학습하|주)지 (?:않|못)|수 없|(?:이|가)? 아[니닙닌]"
)
_OUTRIGHT = re.compile(
    r"\b(?:not|cannot|never|neither|nor|no|none|without|fail\w*|unable|lack\w*|impossible|infeasible|rarely|"
    r"hardly|un(?:clear|known|explored|available|aware|able|likely|suitable)|in(?:capable|accessible|valid)|"
    r"prevent\w*|avoid\w*|alleviat\w*|mitigat\w*|suppress\w*|free)\b|n['’]t\b|않|없|못|아니|불가",
    re.I,
)
_ANCHOR = re.compile(r"\d[\d,.]*\d|\d|\b[A-Za-z]{3,}\b")
_BEFORE, _BEHIND = 28, 10  # characters between a denial and what it denies
_VERBS = (
    ("소개", "introduc|present"),
    ("제안", "propos|introduc|present|suggest"),
    ("활용", "us(?:e|ing)|leverag|employ|utili|exploit"),
    ("사용", "us(?:e|ing)|leverag|employ|utili"),
    ("달성", "achiev|attain|reach|obtain|yield"),
    ("향상", "improv|enhanc|boost|increas|outperform"),
    ("감소", "reduc|decreas|lower|drop"),
    ("증가", "increas|rais|boost"),
    ("보여", "show|demonstrat|exhibit|illustrat|reveal"),
    ("입증", "demonstrat|prove|show|validat"),
    ("평가", "evaluat|assess|benchmark|test"),
    ("포함", "includ|contain|compris|cover"),
    ("공개", "releas|open-sourc|public|available"),
    ("개발", "develop|design|build|built"),
    ("생성", "generat|creat|produc|synthes"),
    ("제공", "provid|offer|giv"),
    ("지원", "support|enabl|allow"),
    ("능가", "outperform|surpass|exceed|beat"),
    ("수행", "perform|conduct|carr"),
    ("제시", "present|propos|introduc|provid"),
    ("개선", "improv|enhanc"),
    ("도입", "introduc|adopt|incorporat"),
    ("학습", "train|learn"),
)
# What is denied, English and Korean: a claim that speaks of it and does not deny it has lost the denial.
_DENIED = tuple(
    (re.compile(rf"\b(?:{english})", re.I), re.compile(korean))
    for english, korean in (
        ("train|retrain|learn", "학습|훈련"),
        ("fine-?tun", "미세 ?조정|파인 ?튜닝|학습"),
        ("label|annotat", "레이블|라벨|주석"),
        ("supervis", "지도|감독|레이블"),
        ("data", "데이터"),
        ("human|manual", "사람|인간|수동|수작업"),
        ("sacrific|compromis|degrad|loss|los[ei]", "희생|저하|손실|손상"),
        ("requir|need|necessit|rel[yi]", "요구|필요|의존"),
        ("been|explor|stud|investigat|understood|examin", "연구|탐구|조사|이해"),
        ("access", "접근"),
        ("cost", "비용"),
        ("handle|process|deal|address|solve", "처리|해결|다루|다룰"),
        ("captur|model|represent", "포착|모델링|표현"),
        ("generaliz|generalis", "일반화"),
        ("guarant|ensur", "보장"),
        ("improv|enhanc|outperform|better", "향상|개선|능가"),
        ("chang|modif|alter", "변경|수정|변화"),
        ("prompt", "프롬프트"),
        ("heuristic", "휴리스틱"),
        ("simulat", "시뮬레이션"),
        ("supervis|guid", "지도|안내"),
        ("assum", "가정"),
        ("support", "지원"),
        ("use|using|utili", "사용|활용"),
        ("account|consider", "고려"),
        ("know", "알려|알"),
        ("reason", "추론"),
        ("plan", "계획"),
        ("negativ|impact|affect", "영향"),
        ("prior|pre-", "사전"),
        ("knowledge", "지식"),
        ("parameter", "파라미터|매개변수"),
        ("memor", "메모리|기억"),
        ("real", "실제|진정"),
        ("provid|offer", "제공"),
    )
)

_PREFIX = re.compile(r"^(?:un|non|in|im|ir|dis|de|mis|anti|a)(?=\w{4,})")


def negated(text: str) -> tuple[str, ...]:
    """The negations of a text, in order; "not only" denies nothing."""
    text = _NOT_ONLY.sub(" ", text[:_MOST_CHARACTERS])
    return tuple(found[0].strip().lower() for found in _NOT.finditer(text))


def softly_negated(text: str) -> bool:
    """Whether a text holds anything that another language may tell with a negation."""
    return bool(_NOT.search(text[:_MOST_CHARACTERS]) or _SOFT.search(text[:_MOST_CHARACTERS]))


def denies_outright(claim: str, sentences: Sequence[str]) -> str:
    """The claim's denial that no sentence shares; "" when there is none or it may be a rendering."""
    claim = undoubled(claim)
    ours = negated(claim)
    source = _NOT_ONLY.sub(" ", " ".join(sentences))[:_MOST_CHARACTERS]
    if not ours:
        return ""
    if (final := final_denial(claim)) and not states(final) and not denied_near(claim, source):
        return final
    if reported := _REPORTED_NOT.search(_NOT_ONLY.sub(" ", claim[:_MOST_CHARACTERS])):
        return "" if _denied_there(claim, reported[0], source) else reported[0]
    return "" if softly_negated(source) else ours[0]


def _denied_there(claim: str, denial: str, source: str) -> bool:
    """Whether the source denies anything near the denied verb, or near the claim's names and numbers."""
    cues = [found.start() for found in _OUTRIGHT.finditer(source)]
    if not cues:
        return False
    verbs = [english for korean, english in _VERBS if korean in denial]
    anchors = {word.lower() for word in _ANCHOR.findall(claim)}
    places = [found.start() for verb in verbs for found in re.finditer(rf"\b(?:{verb})", source, re.I)]
    places = places or [found.start() for found in _ANCHOR.finditer(source) if found[0].lower() in anchors]
    return not places or any(-_BEFORE <= cue - place <= _BEHIND for cue in cues for place in places)


def loses_denial(claim: str, sentences: Sequence[str]) -> str:
    """A denial of the sentences whose object the Korean claim speaks of without denying anything; or ""."""
    if softly_negated(claim):
        return ""
    for sentence in sentences:
        source = _NOT_ONLY.sub(" ", sentence[:_MOST_CHARACTERS])
        for found in _NOT.finditer(source):
            denied = " ".join(source[found.end() : found.end() + 60].split()[:4])
            if any(theirs.search(denied) and ours.search(claim) for theirs, ours in _DENIED):
                return f"{found[0]} {denied}"
            if found[0].lower() == "cannot" and re.search("수 있", claim):
                return f"{found[0]} {denied}"
    return ""


def nearness(claim: str, sentence: str) -> float:
    """The share of the claim's words that stand in the sentence in the same order, 0..1."""
    ours, theirs = _cut(claim), _cut(sentence)
    if not ours:
        return 0.0
    return sum(block.size for block in _compare(ours, theirs).get_matching_blocks()) / len(ours)


def turned(claim: str, sentence: str) -> str:
    """What turns the claim round against a sentence of nearly the same wording; "" when nothing does.

    Words the claim leaves out before its first or after its last shared word do not count: a clause may be
    cut out of a sentence.
    """
    for new, old in differences(claim, sentence):
        if why := _negation_changed(new, old) or _axis_flipped(new, old) or _prefix_changed(new, old):
            return why
        if pair := antonym(new, old):
            return f"says {pair[0]!r} where the source says {pair[1]!r}"
    return ""


def same_wording(claim: str, sentence: str) -> bool:
    """Whether `turned` can compare the two."""
    return nearness(claim, sentence) >= _NEAR


def _cut(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORDS.findall(text[:_MOST_CHARACTERS])][:_MOST_WORDS]


def _compare(ours: Sequence[str], theirs: Sequence[str]) -> SequenceMatcher[str]:
    return SequenceMatcher(None, ours, theirs, autojunk=False)


def differences(claim: str, sentence: str) -> Iterator[tuple[str, str]]:
    """(the claim's words, the sentence's words) wherever the two differ, in lower case."""
    ours, theirs = _cut(claim), _cut(sentence)
    steps = _compare(ours, theirs).get_opcodes()
    shared = [at for at, step in enumerate(steps) if step[0] == "equal"]
    for at, (tag, a, b, c, d) in enumerate(steps):
        outside = not shared or at < shared[0] or at > shared[-1]
        # A clause left out may deny something of its own; a word or three left out are the denial.
        clause = d - c > _FEW + 2 * (b - a)
        if tag != "equal":
            yield " ".join(ours[a:b]), "" if clause or (outside and a == b) else " ".join(theirs[c:d])


def _negation_changed(new: str, old: str) -> str:
    ours, theirs = negated(new), negated(old)
    if len(ours) % 2 == len(theirs) % 2:
        return ""
    return f"adds {ours[0]!r}" if ours else f"drops {theirs[0]!r}"


def _axis_flipped(new: str, old: str) -> str:
    if not new or not old:
        return ""
    ours, theirs = poles(new), poles(old)
    for name, side in ours.items():
        if side and theirs.get(name) == -side:
            return f"says {new[:60]!r} where the source says {old[:60]!r}"
    return ""


def _prefix_changed(new: str, old: str) -> str:
    """Linear for nonlinear, stable for unstable."""
    ours, theirs = set(new.split()), set(old.split())
    for one, other in ((ours - theirs, theirs), (theirs - ours, ours)):
        for word in one:
            if (bare := _PREFIX.sub("", word)) != word and bare in other:
                return f"says {new[:60]!r} where the source says {old[:60]!r}"
    return ""
