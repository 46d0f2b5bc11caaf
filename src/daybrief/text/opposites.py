"""Pairs of opposites in English and Korean: raises and lowers, online and offline, 증가 and 감소.

An axis has two poles; a text speaks of one, of the other, or of both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_MOST_CHARACTERS = 2_000

# axis: English and Korean for one pole, then for the other.
_AXES: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "amount",
        r"increas\w*|rais(?:e[sd]?|ing)|ris(?:es?|ing|en)|rose|grow\w*|grew|expand\w*|"
        r"higher|greater|larger|longer|more|boost\w*|gain\w*|amplif\w*|widen\w*|maximi\w*|"
        r"bigger|taller|upward\w*|enlarg\w*|elevat\w*",
        r"증가|늘[어려었리]|늘린|상승|확대|급증|더 많|더 큰|더 높|높[이여였아]|증대|증폭|최대화|극대화",
        r"decreas\w*|reduc\w*|lower(?:s|ed|ing)?|declin\w*|drop\w*|fall\w*|fell|shrink\w*|"
        r"shrunk|smaller|shorter|fewer|less|cuts?|cutting|diminish\w*|narrow\w*|minimi[sz]\w*|"
        r"decelerat\w*|sav(?:es?|ing|ings)|mitigat\w*|downward\w*|alleviat\w*",
        r"감소|줄[이어여었인]|줄[여였]|하락|축소|급감|더 적|더 작|더 낮|"
        r"낮[추춰췄아]|절감|단축|최소화|완화|경감",
    ),
    (
        "quality",
        r"better|improv\w*|enhanc\w*|outperform\w*|superior\w*|exceed\w*|surpass\w*|"
        r"strengthen\w*|advanc\w*|best|excel\w*|beat(?:s|ing)?|ahead",
        r"향상|개선|우수|능가|더 나은|뛰어[나난넘]|앞서|강화|최고",
        r"wors\w*|degrad\w*|deteriorat\w*|inferior\w*|underperform\w*|weaken\w*|impair\w*|"
        r"hurts?|harm\w*|hinder\w*|poor(?:er|ly)?|lag(?:s|ged)?",
        r"저하|악화|열등|뒤처|뒤떨|못 미치|미달|떨어[지진졌뜨트]|약화|손상|최악|미치지",
    ),
    ("height", r"high|highly|highest", r"높은|고[가-힣]", r"low|lowest", r"낮은|저[가-힣]"),
    (
        "speed",
        r"fast\w*|quick\w*|speed(?:s|ed)?[- ]?up\w*|speedup\w*|rapid\w*|accelerat\w*",
        r"빠[르른]|빨[라리랐]|신속|가속화",
        r"slow\w*|sluggish\w*|decelerat\w*|slowdown\w*",
        r"느[리린려]|감속|지연",
    ),
    (
        "bound",
        r"more than|over|above|at least|exceed\w*|minimum of|greater than|beyond",
        r"이상|초과|넘[는어]|최소 \d|적어도",
        r"less than|under|below|at most|up to|fewer than|within|maximum of|smaller than",
        r"이하|미만|최대 \d|이내|못 미치",
    ),
    ("online", r"on-?line", r"온라인", r"off-?line", r"오프라인"),
    (
        "with",
        r"with|including|requir(?:es|ed|ing)|using|via",
        r"함께|포함",
        r"without|excluding|no|free",
        r"없이|제외",
    ),
    (
        "supervision",
        r"supervised",
        r"(?<![비가-힣])(?:지도 ?학습|감독)",
        r"unsupervised|self-supervised",
        r"비지도|자기 ?지도|비감독",
    ),
    ("top", r"top-down", r"하향식|톱다운|탑다운", r"bottom-up", r"상향식|바텀업|보텀업"),
    ("sign", r"positiv\w*", r"긍정", r"negativ\w*", r"(?<!반)부정(?!확|행)"),
    ("success", r"success\w*|succeed\w*", r"성공", r"unsuccess\w*|fail\w*", r"실패"),
    (
        "size",
        r"large|big|huge|large-scale|massive",
        r"(?<!토)큰 |대규모|대형",
        r"small|little|tiny|small-scale|compact",
        r"작은|소규모|소형",
    ),
    ("place", r"first|initial\w*", r"처음|최초", r"last|final\w*", r"마지막"),
    ("depth", r"deep\w*", r"깊은|심층", r"shallow\w*", r"얕은"),
    ("density", r"dense\w*", r"밀집|조밀", r"sparse\w*", r"희소"),
    ("plainness", r"explicit\w*", r"명시적", r"implicit\w*", r"암시적|암묵적"),
    ("continuity", r"continuous\w*", r"연속", r"discrete\w*", r"이산"),
    ("course", r"forward", r"순방향", r"backward", r"역방향"),
    ("extreme", r"maxim\w*|highest|peak", r"최대|최고", r"minim\w*|lowest", r"최소|최저"),
    ("hour", r"early|earlier|earliest", r"초기|이른", r"late|later|latest", r"후기|늦은"),
    ("static", r"dynamic\w*", r"동적|역동", r"static\w*", r"정적인|정적 |고정된"),
    ("local", r"global\w*", r"전역|글로벌|전 세계", r"local\w*", r"지역|국소|국지|로컬"),
    ("sync", r"synchron\w*", r"(?<!비)동기", r"asynchron\w*", r"비동기"),
    ("linear", r"linear\w*", r"(?<!비)선형", r"non-?linear\w*", r"비선형"),
    (
        "open",
        r"open(?:ly|-source|-weight)?|public\w*",
        r"(?<!비)공개|오픈 ?소스|개방",
        r"closed(?:-source)?|proprietary|private",
        r"비공개|폐쇄|독점|사적",
    ),
    ("door", r"indoor\w*", r"실내", r"outdoor\w*", r"실외|야외"),
    (
        "order",
        r"before|prior to|pre(?:ced\w*|-\w+)?|earlier",
        r"이전|전에|앞서",
        r"after|following|post(?:-\w+)?|later|subsequent\w*",
        r"이후|후에|뒤에",
    ),
    (
        "term",
        r"long-(?:term|range|horizon|context)|long",
        r"장기|장거리|긴 ",
        r"short-(?:term|range|horizon|context)|short",
        r"단기|단거리|짧은",
    ),
    (
        "strength",
        r"strong\w*|robust\w*|powerful",
        r"강한|강력|강건|견고",
        r"weak\w*|fragile|brittle|vulnerab\w*",
        r"약한|취약|미약",
    ),
    (
        "side",
        r"internal\w*|inner|intrinsic\w*",
        r"내부|내재",
        r"external\w*|outer|extrinsic\w*",
        r"외부|외재",
    ),
    ("coder", r"encod\w*", r"인코[더딩]", r"decod\w*", r"디코[더딩]"),
    ("put", r"inputs?", r"입력", r"outputs?", r"출력"),
    ("limit", r"upper", r"상한|상위", r"lower", r"하한|하위"),
    (
        "ease",
        r"easy|easi\w*|simpl\w*|trivial\w*",
        r"쉬운|쉽|간단|단순|용이",
        r"hard|harder|difficult\w*|challeng\w*|complex\w*|complicated",
        r"어려|어렵|복잡|까다로|도전",
    ),
    ("symmetry", r"symmetric\w*", r"(?<!비)대칭", r"asymmetric\w*", r"비대칭"),
    ("structure", r"structured", r"(?<!비)(?:정형|구조화)", r"unstructured", r"비정형|비구조화"),
    (
        "label",
        r"labell?ed|annotated",
        r"라벨이 (?:있|지정|부여)|레이블이 (?:있|지정)|주석",
        r"unlabell?ed|label-free",
        r"라벨이? ?없|레이블이? ?없|비라벨|미주석",
    ),
    (
        "centre",
        r"centrali[sz]ed",
        r"중앙 ?집중",
        r"decentrali[sz]ed|distributed|federated",
        r"분산|탈중앙|연합",
    ),
    ("parametric", r"parametric", r"(?<!비)모수", r"non-?parametric", r"비모수"),
    (
        "safe",
        r"safe(?:r|ly)?|secure\w*",
        r"(?<!불)안전",
        r"unsafe\w*|dangerous\w*|insecure",
        r"위험|불안전|안전하지",
    ),
    (
        "many",
        r"many|numerous|abundant|multiple",
        r"많은|다수|풍부|여러",
        r"few|scarce|sparse|rare\w*|single",
        r"적은|소수의|희소|부족|드문|단일",
    ),
    (
        "cost",
        r"expensive|costly",
        r"비싼|비싸|고가|고비용",
        r"cheap\w*|inexpensive|affordable|low-cost",
        r"저렴|값싼|저비용",
    ),
    (
        "possible",
        r"possible|feasible|able|allow\w*|enabl\w*|permit\w*",
        r"가능",
        r"impossible|infeasible|unable|forbid\w*|prevent\w*|prohibit\w*|disabl\w*",
        r"불가능|방지|금지",
    ),
    (
        "agree",
        r"support\w*|confirm\w*|agree\w*|consistent\w*|accept\w*",
        r"지지|확인|일치|수용",
        r"contradict\w*|refut\w*|disagree\w*|inconsistent\w*|reject\w*|oppos\w*",
        r"모순|반박|불일치|거부|반대",
    ),
    ("half", r"double[sd]?|doubling|twice", r"두 ?배|2배|배증", r"halv\w*|half", r"절반|반감"),
    (
        "most",
        r"most|majority|always|often|frequent\w*|common\w*",
        r"대부분|대다수|항상|자주|흔히",
        r"least|minority|never|rarely|seldom|infrequent\w*|uncommon\w*",
        r"소수의|일부만|결코|드물게|거의 없",
    ),
    (
        "appear",
        r"add(?:s|ed|ing)?|includ\w*|gain\w*|introduc\w*",
        r"추가|도입",
        r"remov\w*|exclud\w*|eliminat\w*|los[et]\w*",
        r"제거|삭제|제외",
    ),
    (
        "begin",
        r"start\w*|begin\w*|began|launch\w*",
        r"시작|개시",
        r"stop\w*|end(?:s|ed)|ceas\w*|halt\w*",
        r"중단|종료|중지",
    ),
)
_POLES = [
    (name, re.compile(rf"\b(?:{up_en})\b|{up_ko}", re.I), re.compile(rf"\b(?:{down_en})\b|{down_ko}", re.I))
    for name, up_en, up_ko, down_en, down_ko in _AXES
]
# Axes whose poles stand side by side in honest prose too often to be compared across languages.
_ONLY_IN_PLACE = frozenset(
    "height with ease appear put coder order open limit many most local agree "
    "half possible strength bound term begin sign side".split()
)
_ACROSS = [axis for axis in _POLES if axis[0] not in _ONLY_IN_PLACE]


@lru_cache(maxsize=1024)
def poles(text: str) -> dict[str, int]:
    """The axes a text speaks of: 1 for the first pole alone, -1 for the other alone, 0 for both."""
    text = text[:_MOST_CHARACTERS]
    found = {name: (bool(up.search(text)), bool(down.search(text))) for name, up, down in _POLES}
    return {name: int(up) - int(down) for name, (up, down) in found.items() if up or down}


def opposed(claim: str, sentences: Sequence[str]) -> str:
    """The axis on which the claim says one pole and the sentences, together, only the other; or ""."""
    claim, source = claim[:_MOST_CHARACTERS], " ".join(sentences)[:_MOST_CHARACTERS]
    for name, up, down in _ACROSS:
        side = _side(up, down, claim)
        if side and _side(up, down, source) == -side:
            return name
    return ""


def _side(up: re.Pattern[str], down: re.Pattern[str], text: str) -> int:
    """1 for the first pole alone, -1 for the other alone, 0 for both and for neither."""
    return bool(up.search(text)) - bool(down.search(text))
