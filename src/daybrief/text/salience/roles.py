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
    r"\b(?:we|i|the authors|this (?:paper|work|article|study|report|survey|thesis)) (?:\w+ly |also |then "
    r"|first )*"
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
    r"\bwe (?:\w+ly |also |further |then )*(?:show|demonstrate|prove|find|found|establish|observe|reveal"
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
_IMPACT = (
    r"\b(?:implications?|consequences?|broader impact|societ\w+|real[- ]world (?:use|deployment|impact)"
    r"|democrati[sz]\w+|public health|patients?|clinicians?|workers?|jobs|econom\w+|regulat\w+)\b",
    r"\b(?:enables?|enabling|paves? the way|opens? (?:up )?(?:the (?:door|way)|new)|makes? it (?:possible"
    r"|feasible)"
    r"|has the potential to|can help|could help|may help|will help|facilitates?|practical applications?"
    r"|can be (?:applied|used|deployed) (?:to|in|for|as)|applicable to|lowers? the (?:cost|barrier))\b",
    r"시사|영향을 (?:미|줄)|사회적|경제적|의료|환자|일자리|규제|가능하게|가능해|길을 열|기여할|활용(?:될"
    r"|할) 수|적용(?:될|할) 수",
)
_OUTLOOK = (
    r"\b(?:future (?:work|research|directions?|studies)|further (?:research|work|study|investigation)"
    r"|open (?:question|problem|challenge)s?|remains? (?:open|unclear|unknown|to be|an? )|limitations?"
    r"|we (?:leave|plan|hope|intend|aim|expect)|left for|ongoing|not yet|next steps?|roadmap)\b",
    r"\b(?:will be|is|are|be|made|make|becomes?)\s+(?:\w+ )?(?:publicly|freely|openly|soon) ?(?:available"
    r"|released)?\b",
    r"\b(?:will (?:release|be released|open[- ]source|launch|publish|roll out|begin|start)|(?:code|data"
    r"|dataset|models?"
    r"|weights?)[^.]{0,60}(?:available|released?|open[- ]sourced?)|available at|later this (?:year|month"
    r"|week)"
    r"|(?:plans?|expected|scheduled|set) to)\b|https?://",
    r"향후|앞으로|추후|후속 연구|한계|과제|미해결|계획|예정|전망|공개할|출시할",
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
