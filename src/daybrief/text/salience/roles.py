"""What part of a report a sentence can serve, by rules a reader can check.

`gist` says what a thing is, `finding` what it found or reached, `impact` what follows from it for others, and
only where the source itself says so, `outlook` what is open, limited, planned or to be released. A sentence
may have several roles or none. English and Korean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from daybrief.text.sentences import Sentence

Role = Literal["gist", "finding", "impact", "outlook"]

_GIST = (
    r"\b(?:we|i|the authors|this (?:paper|work|article|study|report|survey|thesis)) (?:\w+(?<=ly) |also "
    r"|then |first )*"
    r"(?:propos|introduc|present|develop|design|devis|describ|review|survey|study|studies|investigat|explor"
    r"|formulat|address|releas|build|built|examin)\w*",
    r"\b(?:is|are) (?:proposed|presented|introduced)\b",
    r"\bin this (?:paper|work|article|study|report|survey)\b",
    r"\b(?:announced|unveiled|launched|released|rolled out|introduced|acquired|has raised|published)\b",
    r"(?:본|이) (?:논문|연구)[은는에의]|제안한|제안했|제시한|제시했|소개한|소개했|공개했|발표했|출시했"
    r"|선보였|인수했"
    r"|(?:제안|제시|소개|공개|발표|출시)(?:합니다|하였다|했다)",
)
_FINDING = (
    r"\bwe (?:\w+(?<=ly) |also |further |then )*(?:show|demonstrate|prove|find|found|establish|observe|reveal"
    r"|report"
    r"|achieve|obtain|conclude)\w*",
    r"\b(?:outperform|surpass|exceed)\w*\b|\bstate[- ]of[- ]the[- ]art (?:results?|performance|accuracy)",
    r"\b(?:results?|experiments?|evaluations?|analys[ei]s|findings?|simulations?|theory|study|tests?)"
    r"(?: \w+){0,6} (?:show|shows|showed|demonstrate|indicate|suggest|reveal|confirm|validate)\w*",
    r"\b(?:achiev|improv|reduc|increas|decreas|gain|boost|cut|rose|fell|grew|speed)\w*\b[^.]{0,60}\d",
    r"\d(?:\.\d+)?\s?(?:%|percent\b|×|x\b|times\b|points?\b)",
    r"(?:결과|실험|분석|평가)[^.]{0,30}(?:보였|나타났|밝혀졌|확인|입증|드러났|달성)|(?:달성|향상|개선"
    r"|감소|증가|능가|기록)"
    r"(?:했|하였|됐|되었|한다|합니다)|\d\s?(?:%|퍼센트|배|포인트|점)",
)
_WHO = (
    "practitioners|researchers|clinicians|doctors|developers|users|patients|people|teachers|students|companies"
    "|engineers|society|workers|scientists|hospitals|schools|businesses|industry|policymakers"
)
# Wide words ("enables", "patients", "economic") were tried and took background for impact.
_IMPACT = (
    r"\b(?:implications? for|(?:broader|industrial|clinical|environmental|economic|social|societal|practical)"
    r" (?:impacts?|implications?|benefits?|consequences?)|democrati[sz]\w+|public health)\b",
    r"\b(?:paves? the way|opens? (?:up )?(?:the door|new (?:avenues|possibilities|opportunities))"
    r"|has the potential to|(?:significant|profound|major|positive|negative|direct) (?:impact|effect)s? on"
    r"|lowers? the (?:cost|barrier)s?"
    rf"|(?:can|could|may|will) (?:help|enable|benefit|save|assist|empower) (?:\w+ ){{0,2}}(?:{_WHO})"
    rf"|(?:enabl|allow|help|empower)(?:e|es|s|ing) (?:{_WHO})"
    r"|(?:suitable|ready|promising|viable) for (?:real[- ]world|practical|clinical|production))\b",
    r"시사(?:한다|합니다|하는|점)|영향을 (?:미|줄|끼)|파급|길을 열|기여할|(?:활용|적용)(?:될|할) 수",
)
_OUTLOOK = (
    r"\b(?:future (?:work|research|directions?|studies|investigations?)"
    r"|further (?:research|work|investigation)"
    r"|open (?:questions?|problems?|challenges)|remains? (?:open|unclear|unknown|an open|to be \w+)"
    r"|(?:our|main|key|current|discuss(?:es|ing)?(?: the)?) limitations?"
    r"|limitations? of (?:our|this|the proposed)"
    r"|we (?:leave|plan|hope|intend|will)|left for|not yet|next steps?|roadmap)\b",
    r"\b(?:will be|is|are|be|made|make|becomes?)\s+(?:\w+ )?(?:publicly|freely|openly|soon) ?(?:available"
    r"|released)?\b",
    r"\b(?:we (?:\w+ )?(?:release|open[- ]source|publish)|open[- ]sourcing (?:both|all|the|our|its)"
    r"|will (?:release|be released|open[- ]source|launch|publish|roll out|begin|start)"
    r"|(?:source code|code|data|dataset|weights|checkpoints|demo)\b[^.]{0,60}\b(?:is|are|shall be|can be) "
    r"(?:\w+ )?(?:available|released|found|open[- ]sourced)"
    r"|later this (?:year|month|week)|(?:plans?|expected|scheduled|set) to)\b",
    r"향후|앞으로|추후|후속 연구|(?:한계|과제)[가는를로]|미해결|계획(?:이다|입니다|을)|예정|전망"
    r"|(?:공개|출시)할",
)

_WORDING: tuple[tuple[Role, tuple[str, ...]], ...] = (
    ("gist", _GIST),
    ("finding", _FINDING),
    ("impact", _IMPACT),
    ("outlook", _OUTLOOK),
)
_RULES = tuple((role, re.compile("|".join(patterns), re.IGNORECASE)) for role, patterns in _WORDING)
_READ = 2_000  # characters of a sentence that are read


def roles(found: Sequence[Sentence]) -> tuple[frozenset[Role], ...]:
    """The roles of each sentence, by the wording alone; an empty set where no rule speaks."""
    return tuple(
        frozenset(role for role, pattern in _RULES if pattern.search(sentence.text[:_READ]))
        for sentence in found
    )
