"""Korean words: verbs with their endings, and what an English word or a preposition becomes.

A syllable of Hangul is a number: initial consonant, vowel, final consonant. Endings open, close or contract
the last syllable of a stem: 탐지하 gives 탐지하는, 탐지합니다, 탐지해; 줄이 gives 줄여, 줄였습니다.

What a word becomes is in the glossary of `ko_glossary.txt`, and in small patterns: a pattern's `{}` is the
Korean phrase, and a mark such as `<을>` the particle that fits it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from daybrief.languages.en import verb_forms
from daybrief.languages.ko import particle

_BASE, _FINALS = ord("가"), 28
_RIEUL, _BIEUP, _SSANG_SIOT, _NIEUN = 8, 17, 20, 4
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"


def _split(syllable: str) -> tuple[int, str, int]:
    code = ord(syllable) - _BASE
    return code // 588, _VOWELS[code % 588 // _FINALS], code % _FINALS


def _joined(initial: int, vowel: str, final: int) -> str:
    return chr(_BASE + initial * 588 + _VOWELS.index(vowel) * _FINALS + final)


class Stem(str):
    """A verb's stem, 탐지하 or 줄이, with the endings it takes."""

    __slots__ = ()

    def with_final(self, final: int) -> str:
        """The stem closed by a consonant where it ends in a vowel."""
        initial, vowel, _ = _split(self[-1])
        return self[:-1] + _joined(initial, vowel, final)

    @property
    def final(self) -> int:
        """The final consonant, 0 for none."""
        return _split(self[-1])[2]

    @property
    def which(self) -> str:
        """탐지하는: before a noun."""
        return (self.with_final(0) if self.final == _RIEUL else self) + "는"

    @property
    def able(self) -> str:
        """탐지할 수 있는: before a noun."""
        return self._opened(_RIEUL, "을") + " 수 있는"

    @property
    def coming(self) -> str:
        """탐지할: before 예정."""
        return self._opened(_RIEUL, "을")

    @property
    def can(self) -> str:
        """탐지할 수 있: a stem again."""
        return self._opened(_RIEUL, "을") + " 수 있"

    @property
    def plainly(self) -> str:
        """탐지한다: inside a quotation."""
        if self.endswith("있"):
            return self + "다"
        return self.with_final(_NIEUN) + "다" if self.final in {0, _RIEUL} else self + "는다"

    @property
    def politely(self) -> str:
        """탐지합니다."""
        return self.with_final(_BIEUP) + "니다" if self.final in {0, _RIEUL} else self + "습니다"

    @property
    def joined(self) -> str:
        """탐지해: before another verb."""
        initial, vowel, final = _split(self[-1])
        if irregular := next((form for end, form in _IRREGULAR.items() if self.endswith(end)), ""):
            cut = next(end for end in _IRREGULAR if self.endswith(end))
            return self[: -len(cut)] + irregular
        if final:
            return self + ("아" if vowel in "ㅏㅗ" else "어")
        contracted = {"ㅣ": "ㅕ", "ㅜ": "ㅝ", "ㅗ": "ㅘ", "ㅚ": "ㅙ", "ㅡ": "ㅓ"}.get(vowel, vowel)
        return self[:-1] + _joined(initial, contracted, 0)

    @property
    def past(self) -> str:
        """탐지했습니다."""
        return self._past + "습니다"

    @property
    def past_plainly(self) -> str:
        """탐지했다."""
        return self._past + "다"

    @property
    def _past(self) -> str:
        joined = self.joined
        initial, vowel, _ = _split(joined[-1])
        return joined[:-1] + _joined(initial, vowel, _SSANG_SIOT)

    @property
    def noun(self) -> str:
        """탐지, 줄이기."""
        return self[:-1] if self.endswith("하") and len(self) > 2 else self + "기"

    def _opened(self, final: int, after: str) -> str:
        if self.final == final:
            return str(self)
        return self.with_final(final) if not self.final else self + after


_IRREGULAR = {"돕": "도와", "잇": "이어", "하": "해"}


class WordPiece(msgspec.Struct, frozen=True):
    """What a run of English words becomes; `sure`: it names its subject out of context."""

    text: str
    noun: bool
    end: int
    kept: int = 0
    sure: bool = False  # names its subject out of context: a name, a compound


class Rendered(msgspec.Struct, frozen=True, kw_only=True):
    """A phrase in Korean: its text, where in the words it ends, and how much of it tells something.

    `told` counts pieces beyond the bare head; `kept` counts words left in English that are no names.
    """

    text: str
    end: int
    told: int
    kept: int = 0
    several: bool = False  # a list: a clause behind it may belong to its last member alone
    closed: bool = False  # a clause stands behind the head: what follows belongs to its verb


def grown(head: Rendered, text: str, end: int, told: int, kept: int) -> Rendered:
    """The phrase grown to `text`, up to `end`, with so much more told and kept."""
    return Rendered(text=text, end=end, told=head.told + told, kept=head.kept + kept)


class Predicate(msgspec.Struct, frozen=True, kw_only=True):
    """A verb phrase in Korean, open for its ending: everything before the verb, and the verb's stem."""

    before: str
    stem: Stem
    end: int
    told: int
    kept: int = 0

    def said(self, ending: Callable[[Stem], str]) -> str:
        """The phrase with an ending."""
        return f"{self.before} {ending(self.stem)}".strip()


class Glossary(msgspec.Struct, frozen=True, kw_only=True):
    """English to Korean, by what a word may do in a phrase."""

    noun: dict[str, str]
    modifier: dict[str, str]
    verb: dict[str, str]
    keep: frozenset[str]
    generic: frozenset[str]
    company: frozenset[str]


@cache
def glossary() -> Glossary:
    """The glossary shipped with the package; raises ValueError for an entry that stands twice."""
    tables: dict[str, dict[str, str]] = {
        "noun": {},
        "modifier": {},
        "verb": {},
        "keep": {},
        "generic": {},
        "company": {},
    }
    table = tables["noun"]
    text = (files("daybrief") / "languages" / "ko_glossary.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            table = tables[line.strip("[]")]
        elif line and not line.startswith("#"):
            english, _, korean = (part.strip() for part in line.partition("="))
            if english in table:
                raise ValueError(f"the Korean glossary has {english!r} twice")
            table[english] = korean or english
    return Glossary(
        noun=tables["noun"] | tables["company"],
        modifier=tables["modifier"],
        verb=tables["verb"],
        keep=frozenset(tables["keep"]),
        generic=frozenset(tables["generic"]),
        company=frozenset(tables["company"]),
    )


@cache
def longest_terms() -> dict[str, int]:
    """A first word → how many words the longest term has that begins with it, as far as it has several."""
    longest: dict[str, int] = {}
    for term in (*glossary().noun, *glossary().modifier):
        signs = [at for at, sign in enumerate(term) if sign in " -"]
        for number, at in enumerate(signs):
            first, length = term[:at], len(signs) - number + 1
            longest[first] = max(longest.get(first, 1), min(length, _MOST_WORDS))
    return longest


_MOST_WORDS = 6  # of a term


_MOST_TERM_WORDS = 4


def terms_of(text: str) -> tuple[tuple[str, str], ...]:
    """The phrases of two to four words that the glossary translates, with it; none inside another."""
    tokens = re.findall(r"[A-Za-z][A-Za-z-]*", text)
    nouns, found, at = glossary().noun, [], 0
    while at < len(tokens):
        for length in range(min(_MOST_TERM_WORDS, len(tokens) - at), 1, -1):
            phrase = " ".join(tokens[at : at + length])
            if korean := nouns.get(phrase.lower()) or nouns.get(phrase.lower().removesuffix("s")):
                found.append((phrase, korean))
                at += length - 1
                break
        at += 1
    return tuple(dict.fromkeys(found))


ADVERBS = {
    "automatically": "자동으로", "efficiently": "효율적으로", "accurately": "정확하게", "jointly": "함께",
    "simultaneously": "동시에", "dynamically": "동적으로", "adaptively": "적응적으로", "directly": "직접",
    "explicitly": "명시적으로", "implicitly": "암시적으로", "iteratively": "반복적으로",
    "consistently": "일관되게", "better": "더 잘", "selectively": "선택적으로", "progressively": "점진적으로",
    "systematically": "체계적으로", "autonomously": "자율적으로", "continuously": "지속적으로",
    "quickly": "빠르게", "rapidly": "빠르게", "safely": "안전하게", "actively": "능동적으로",
    "independently": "독립적으로", "gradually": "점진적으로", "empirically": "실험적으로",
    "theoretically": "이론적으로", "sequentially": "순차적으로", "hierarchically": "계층적으로",
    "locally": "국소적으로", "globally": "전역적으로", "randomly": "무작위로", "correctly": "올바르게",
    "faithfully": "충실하게", "aggressively": "적극적으로", "incrementally": "점진적으로",
    "seamlessly": "매끄럽게", "strategically": "전략적으로",
    "quantitatively": "정량적으로", "collaboratively": "협력해", "together": "함께",
}  # fmt: skip


@cache
def inflected() -> dict[str, tuple[str, str]]:
    """Every form of every one-word verb → (the verb, its form: base, s, ing, ed)."""
    forms: dict[str, tuple[str, str]] = {}
    for verb in glossary().verb:
        first, _, rest = verb.partition(" ")
        tail = f" {rest}" if rest else ""
        for form, inflected in verb_forms(first):
            forms.setdefault(inflected + tail, (verb, form))
    return forms


SUFFIXES = {
    "based": "{} 기반", "aware": "{} 인식", "free": "{} 없는", "driven": "{} 기반", "level": "{} 수준",
    "guided": "{} 유도", "agnostic": "{}에 구애받지 않는", "specific": "{} 특화", "efficient": "{} 효율적인",
    "informed": "{} 정보 기반", "augmented": "{} 증강", "enhanced": "{} 강화",
    "powered": "{} 기반", "centric": "{} 중심", "invariant": "{} 불변", "conditioned": "{} 조건부",
    "generated": "{} 생성", "related": "{} 관련", "scale": "{} 규모", "wise": "{}별", "like": "{} 유사",
    "controlled": "{} 제어", "constrained": "{} 제약", "inspired": "{}에서 착안한",
    "assisted": "{} 지원", "intensive": "{} 집약적", "sensitive": "{}에 민감한",
    "consistent": "{} 일관성 있는", "grounded": "{}에 근거한", "adaptive": "{} 적응형",
    "preserving": "{} 보존", "oriented": "{} 지향",
}  # fmt: skip
PREFIXES = {
    "multi": "다중 {}", "cross": "교차 {}", "inter": "{} 간", "non": "비{}", "pre": "사전 {}",
    "self": "자기 {}", "semi": "준{}", "hyper": "초{}",
}  # fmt: skip
COUNTS = {
    "varying": "다양한 개수의 {}", "variable": "가변 개수의 {}", "small": "적은 수의 {}",
    "limited": "제한된 수의 {}", "large": "많은 {}", "fixed": "정해진 수의 {}",
}  # fmt: skip
COLLECTIONS = {"데이터셋", "벤치마크", "말뭉치", "모음", "테스트베드"}
LEVELS = ("성능", "정확도", "품질", "결과", "수준")  # what is matched, and not made to fit
ODD_CAPITALS = re.compile(r"^[^a-z]+$|[a-z][A-Z]")  # MAP, FiLM
NO_COUNTS = {"360", "180"}  # degrees: a 360 image is one image
CAUSES = {
    "enable",
    "allow",
    "require",
    "encourage",
    "prompt",
    "guide",
    "train",
    "teach",
    "introduce",
}  # somebody to
CAUSED = {
    "enable": ("게", "하"), "allow": ("게", "하"), "guide": ("도록", "이끄"), "encourage": ("도록", "유도하"),
    "prompt": ("도록", "유도하"), "train": ("도록", "학습시키"), "teach": ("도록", "가르치"),
}  # fmt: skip
NO_TOOLS = {"combination", "response", "order", "terms", "conjunction"}  # in combination with
ABILITIES = frozenset("능력 역량 잠재력".split())  # to do something
AGAINST = frozenset("공격 방어 강건성 보호 저항 저항성 견고성".split())  # something
AMPLE = frozenset("wide broad diverse large new novel comprehensive".split())  # a wide range of
AMOUNTS = ("최소한의", "높은", "낮은", "적은", "더 높은", "더 적은", "더 낮은")  # with little overhead
TAKEN_AS = frozenset("characterize formulate treat model frame view define cast regard represent".split())
QUANTITIES = {
    "variety": "다양한 {}", "range": "다양한 {}", "number": "여러 {}", "series": "일련의 {}",
    "array": "다양한 {}", "set": "{} 집합", "family": "{} 계열", "class": "{} 부류", "suite": "{} 모음",
    "collection": "{} 모음", "type": "{} 유형", "form": "{} 형태", "spectrum": "다양한 {}",
    "combination": "{}의 조합", "group": "{} 모음", "mixture": "{}의 혼합", "pair": "{} 쌍",
}  # fmt: skip
_ABOUT = frozenset(
    "분석 연구 평가 조사 서베이 이해 검토 개요 논의 접근법 관점 통찰 튜토리얼 해법 리뷰 고찰 공격 방어 제안 "
    "입문 이론 실험 비교 벤치마킹 지식 정보 증명 설명 질문".split()
)
_AT = frozenset("적용하 제공하 전이하 도입하 적응시키 정렬하 일반화하".split())
TAKES_TO = frozenset("접근법 해법 접근 안내서 입문 강건성 응답 튜토리얼 확장 적용 공격".split())
_COMES_OF = frozenset("결과 효과 영향 이점 장점 단점 비용 한계 위험 어려움 성능 정확도 효율 함의".split())
RESTS_ON = frozenset("의존성 의존 의존도 제약 통찰 정보 가정 피드백 영향 관점 연구 서베이".split())
VAGUE = frozenset("these this those such the".split())
OWNED = frozenset(
    "결측값 잡음 노이즈 레이블 이상치 오류 장애물 제약 제한 특징 속성 주석 구조".split()
)  # had, not used
MEETS = frozenset("address tackle solve overcome mitigate resolve handle alleviate fill bridge".split())
TROUBLES = frozenset(
    "challenge issue problem limitation gap shortcoming difficulty need concern task".split()
)
_MEASURED_BESIDE = frozenset("평가하 벤치마크하 비교하 검증하 시험하".split())
_WITH_AND = frozenset("결합하 통합하 비교하 정렬하 융합하 경쟁하".split())
_INTO_AS = frozenset(
    "변환하 분해하 분류하 번역하 분할하 확장하 매핑하 압축하 증류하 대체하 모델링하 "
    "재정식화하 재구성하 변형하 인코딩하 디코딩하 투영하 나누 압축하 요약하 재조직하".split()
)


_ADJUNCTS = {
    "in": "{}에서", "on": "{}에서", "across": "{} 전반에서", "within": "{} 안에서", "at": "{}에서",
    "via": "{}<을> 통해", "through": "{}<을> 통해", "using": "{}<을> 이용해", "by": "{}<을> 통해",
    "from": "{}에서",
    "toward": "{} 쪽으로", "towards": "{} 쪽으로", "under": "{} 조건에서",
    "during": "{} 과정에서", "without": "{} 없이",
}  # fmt: skip
_HUNG = {
    "of": "{}의", "for": "{}<을> 위한", "in": "{}에서의", "within": "{}에서의", "on": "{}에서의",
    "at": "{}에서의", "via": "{}<을> 이용한", "using": "{}<을> 이용한", "through": "{}<을> 이용한",
    "by": "{}<을> 이용한", "with": "{}<을> 갖춘", "from": "{}에서 나온", "between": "{} 사이의",
    "among": "{} 사이의", "across": "{} 전반의", "under": "{} 조건에서의", "against": "{}에 대한",
    "over": "{}에 대한", "to": "{}에 대한", "without": "{} 없는", "toward": "{}<을> 향한",
    "towards": "{}<을> 향한", "beyond": "{}<을> 넘어서는", "during": "{} 과정의",
}  # fmt: skip
PARTICIPLES = {
    "based on": "{}에 기반한", "based upon": "{}에 기반한", "consisting of": "{}<로> 구성된",
    "composed of": "{}<로> 구성된", "trained on": "{}<로> 학습한", "inspired by": "{}에서 착안한",
    "capable of": "", "designed for": "", "designed to": "", "tailored for": "", "tailored to": "",
    "specialized for": "", "aimed at": "", "aimed to": "", "intended for": "",
    "adapted from": "{}에서 가져온",
    "trained with": "{}<로> 학습한", "trained using": "{}<로> 학습한", "powered by": "{} 기반의",
    "derived from": "{}에서 도출한", "built on": "{}<을> 바탕으로 한", "grounded in": "{}에 근거한",
    "built upon": "{}<을> 바탕으로 한", "extracted from": "{}에서 추출한", "collected from": "{}에서 수집한",
    "driven by": "{}<로> 구동되는", "guided by": "{}<로> 유도되는", "generated by": "{}<이> 생성한",
}  # fmt: skip
_PARTICLES = {"<을>": "을/를", "<로>": "으로/로", "<와>": "과/와", "<이>": "이/가"}
HEDGES = {
    "up to": "최대", "an average of": "평균", "at least": "최소", "approximately": "약", "about": "약",
    "around": "약", "nearly": "거의", "almost": "거의",
}  # fmt: skip

MEANS = frozenset(  # what a paper uses, seldom what it is about
    ("잠재 공간", "깊이 맵", "특징 공간", "계산 복잡도", "현실 세계", "학습 과정", "특징 추출기",
     "학습 데이터", "손실 함수", "추론 시간")
)  # fmt: skip
OF_KIND = {
    "survey": "서베이", "review": "리뷰", "tutorial": "튜토리얼", "overview": "개요", "study": "연구",
    "analysis": "분석 연구", "evaluation": "평가 연구", "comparison": "비교 연구",
    "investigation": "조사 연구",
}  # fmt: skip
OF_MANNER = {
    "empirical": "실증 ", "comparative": "비교 ", "systematic": "체계적 ", "comprehensive": "포괄적 ",
    "case": "사례 ", "pilot": "예비 ", "exploratory": "탐색적 ", "qualitative": "질적 ",
    "large-scale": "대규모 ", "scoping": "주제 범위 ", "literature": "문헌 ",
}  # fmt: skip
UNITS = {"percent": "%", "point": "포인트", "percentage point": "%p", "×": "배", "x": "배", "time": "배",
    "$times$": "배"}  # fmt: skip
COUNTERS = {"image": "장", "paper": "편", "video": "편", "hour": "시간", "people": "명", "participant": "명",
    "patient": "명", "student": "명", "sentence": "문장", "user": "명", "subject": "명"}  # fmt: skip

STUDIED = {
    "analyze": "분석했습니다", "analyse": "분석했습니다", "evaluate": "평가했습니다",
    "compare": "비교했습니다", "review": "정리했습니다", "survey": "정리했습니다",
    "investigate": "조사했습니다", "examine": "살펴봤습니다", "explore": "탐구했습니다",
    "assess": "평가했습니다", "benchmark": "비교 평가했습니다", "discuss": "논의합니다",
    "revisit": "다시 살펴봤습니다", "formalize": "정형화했습니다",
    "address": "다룹니다", "tackle": "다룹니다", "consider": "다룹니다", "study": "연구했습니다",
}  # fmt: skip
STUDY_NOUNS = (
    "서베이", "튜토리얼", "사례 연구", "실증 연구", "비교 연구", "문헌 고찰", "리뷰", "종설", "조사 연구",
    "실증 분석", "비교 분석", "예비 연구", "사용자 연구", "에 대한 연구", "설문 연구",
)  # fmt: skip
COMMANDS = re.compile(
    r"(?:use|build|learn|teach|let|make|do|don't|train|ask|see|find|get|leverage|improve|boost|unlock|think|rethink"
    r"|stop|keep|look|know|mind|can|is|are|does|do|when|why|what|how|where|who|which)\s",
    re.IGNORECASE,
)

MANNER = re.compile(
    r"(?:(?:significantly|consistently|substantially|effectively|greatly|also|often|still|generally) )+"
)
LIMITS = re.compile(
    r"[ ,]{0,3}(?:only|unless|if|except|provided|when|where|but|yet|though|although|depending)\b"
)
HOPES = {
    "left": "향후 과제로 남겼습니다", "later": "향후 연구에서 다룰 계획입니다",
    "should": "향후 연구에서 다뤄야 한다고 봅니다", "could": "향후 연구에서 다룰 수 있다고 봅니다",
}  # fmt: skip
MANY = {"many": "많은 ", "most": "대부분의 ", "some": "일부 ", "several": "여러 "}
LEFT = re.compile(  # where the rest may be left out: it adds to what was said and does not belong to it
    r"\s*(?:$|[.;:,(]|(?:that|which|to|by|via|through|using|with|where|while|whose|when|from|in|on|for|at|under"
    r"|across|during|as|based|called|named|dubbed|designed|trained|tailored|built|inspired|aimed|capable|without"
    r"|beyond|towards?|against|between|among|within)\b|[a-z]+ing\b)"
)


_LIKE_DEEDS = (
    "튜닝 미세조정 렌더링 스플래팅 프롬프팅 디코딩 군집화 초해상화 증강 적응 프롬프트 샘플링 전처리 인페인팅 "
    "문제 과제 작업 사용 개선 향상 감소 발견 획득 처리 습득 이해 인식 구성 선별 배포 도입"
).split()


_VERY = r"(?:\w+ly |more |most |quite |very )?"
FOUND = tuple(  # what is found of a subject, and how it is said as a noun; {} is what stands behind
    (re.compile(rf"(?:{english})\b\s*", re.IGNORECASE), korean)
    for english, korean in (
        (r"generali[sz]es? (?:well |effectively |reliably )?(?:to|across)", "{}에 일반화됨"),
        (r"performs? (?:\w+ly )?better than", "{}보다 성능이 높음"),
        (r"(?:performs? (?:\w+ly )?worse than|underperforms?(?! on))", "{}보다 성능이 낮음"),
        (r"performs? (?:comparably (?:to|with)|on par with|similarly to)", "{}<와> 비슷한 성능을 냄"),
        (r"underperforms? on", "{}에서 성능이 떨어짐"),
        (r"struggles? (?:with|in|on|at|to)", "{}에 어려움을 겪음"),
        (r"fails? (?:to|at|in)", "{}에 실패함"),
        (r"suffers? from", "{} 문제를 겪음"),
        (r"benefits? from", "{}에서 이득을 얻음"),
        (r"depends? (?:strongly |heavily |critically )?on", "{}에 좌우됨"),
        (r"(?:is|are) (?:strongly |highly |closely )?correlated with|correlates? (?:strongly |well )?with",
         "{}<와> 상관관계가 있음"),
        (r"(?:stems?|arises?|originates?) from", "{}에서 비롯됨"),
        (r"(?:stems?|arises?|originates?) (?:primarily|mainly|largely) from", "주로 {}에서 비롯됨"),
        (r"leads? to", "{}<로> 이어짐"),
        (r"(?:improves?|increases?) with", "{}에 따라 높아짐"),
        (r"(?:degrades?|decreases?|declines?|drops?) with", "{}에 따라 떨어짐"),
        (r"degrades?|hurts?|harms?", "{}<을> 떨어뜨림"),
        (r"affects?|influences?|impacts?", "{}에 영향을 줌"),
        (r"(?:provides?|shows?|yields?|exhibits?|offers?) diminishing returns when",
         "{}에 이득이 체감함"),
        (r"yields?|brings?|provides?", "{}<을> 가져옴"),
        (r"plays? (?:a|an) (?:crucial|critical|important|key|central|vital|significant) role in",
         "{}에서 중요한 역할을 함"),
        (rf"(?:is|are) {_VERY}robust (?:to|against)", "{}에 강건함"),
        (rf"(?:is|are|remains?) {_VERY}sensitive to", "{}에 민감함"),
        (rf"(?:is|are|remains?) {_VERY}vulnerable to", "{}에 취약함"),
        (rf"(?:is|are) {_VERY}(?:crucial|critical|important|vital|key) (?:for|to|in)", "{}에 중요함"),
        (rf"(?:is|are) {_VERY}(?:essential|necessary|indispensable) (?:for|to|in)", "{}에 필수적임"),
        (rf"(?:is|are) {_VERY}effective (?:for|in|at)", "{}에 효과적임"),
        (r"(?:is|are)(?= (?:an?|the) )", "{}임"),
        (r"(?:is|are) (?:comparable to|competitive with|on par with)", "{}<와> 비슷한 수준임"),
    )
)  # fmt: skip
FOUND_OF = {  # a verb that fits some things only
    "떨어뜨림": ("성능", "정확도", "품질", "강건성", "일반화", "능력", "효율", "효율성", "신뢰도", "신뢰성"),
    "높아짐": ("크기", "규모", "수", "양", "길이", "깊이", "개수"),
    "가져옴": ("향상", "개선", "이득", "감소", "이점"),
}


def filled(template: str, korean: str) -> str:
    """The template with a phrase in it, and the particle that fits the phrase."""
    text = template.replace("{}", korean).replace("조건 조건", "조건").replace("과정 과정", "과정")
    for mark, forms in _PARTICLES.items():
        if mark in text:
            text = text.replace(mark, particle(korean, forms))
    return text


def hung_template(head: str, word: str) -> str:
    """How what hangs on a noun by a preposition is put before it; "" where it cannot be."""
    last = last_word(head)
    if last in _ABOUT and word in {"of", "on", "about", "regarding"}:
        return "{}에 대한"
    if (last == "필요성" and word == "for") or (last in RESTS_ON and word == "on"):
        return "{}에 대한"
    if (last in _deeds() or (word == "with" and last[-2:] in _deeds())) and word in {"of", "with"}:
        return ("{}의" if " " in head else "{}") if word == "of" else "{}<을> 이용한"
    return _HUNG.get(word, "")


_TAKEN = frozenset("활용하 사용하 통합하 결합하 집계하 융합하 도입하 추출하".split())  # of where it was


def adjunct_template(word: str, verb: str) -> str:
    """How what qualifies a verb by a preposition is put before it; "" where it cannot be."""
    if word == "from" and verb in _TAKEN:
        return "{}의"
    if word == "with" and verb == "정렬하":
        return ""  # what is aligned with what, or by what
    if word == "with":
        return "{}<와>" if verb in _WITH_AND else "{}<을> 이용해"
    if word == "against":
        return "{}<와> 비교해" if verb in _MEASURED_BESIDE else ""
    if word == "into":
        return "{}<로>" if verb in _INTO_AS else "{}에"
    if word == "to":
        return "{}<로>" if verb in _INTO_AS else "{}에" if verb in _AT else ""
    return _ADJUNCTS.get(word, "")


def last_word(korean: str) -> str:
    """The last word of a Korean phrase: its head."""
    return korean.rsplit(" ", 1)[-1]


@cache
def _deeds() -> frozenset[str]:
    """Korean nouns that name what a verb does: 탐지, 생성."""
    stems = (stem for stem in glossary().verb.values() if stem.endswith("하"))
    return frozenset((*(stem.rsplit(" ", 1)[-1][:-1] for stem in stems), *_LIKE_DEEDS))


def joined_modifier(modifier: str) -> str:
    """효율적인 → 효율적이고: before another modifier."""
    for end, joined in (
        ("새로운", "새롭고"),
        ("적인", "적이고"),
        ("한", "하고"),
        ("있는", "있고"),
        ("없는", "없고"),
        ("된", "되고"),
    ):
        if modifier.endswith(end):
            return modifier[: -len(end)] + joined
    return modifier + ","


def listed(texts: Sequence[str], joint: str) -> str:
    """가와 나; 가, 나 및 다; 가 또는 나."""
    if joint == "or":
        return ", ".join(texts[:-1]) + " 또는 " + texts[-1]
    if len(texts) == 2:
        return texts[0] + particle(texts[0], "과/와") + " " + texts[1]
    return ", ".join(texts[:-1]) + " 및 " + texts[-1]


def of_doing(stem: Stem, head: str) -> str:
    """탐지하는 방법, but 탐지할 때의 효과: what comes of doing something is not what does it."""
    return f"{stem.coming} 때의" if last_word(head) in _COMES_OF else stem.which


def unplural(name: str) -> str:
    """LLMs → LLM; a name that only ends in s stays."""
    return name[:-1] if re.fullmatch(r"[A-Z][\w-]*[A-Z]s", name) else name
