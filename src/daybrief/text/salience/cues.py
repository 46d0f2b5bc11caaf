"""The English wording that shows what a sentence of an abstract does, as named patterns.

The scorer reads them as features, so a name added or changed here asks for new training
(`benchmarks/train_salience.py`).
"""

from __future__ import annotations

import re

_ALSO = r"(?:\w+(?<=ly) |also |further |then )*"

CUES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "propose": r"\bwe (?:\w+ly )?(?:propose|introduce|present|develop|design|devise|describe)\b",
        "show": rf"\bwe {_ALSO}(?:show|demonstrate|prove|find|found|establish|observe|argue|reveal|report"
        rf"|achieve)\b",
        "study": rf"\bwe {_ALSO}(?:study|investigate|explore|analy[sz]e|examine|consider|address|provide"
        rf"|evaluate"
        r"|compare|apply|use|extend|formulate|derive)\b",
        "ours": r"\b(?:we|our)\b",
        "paper": r"\bth(?:is|e present) (?:paper|work|article|study|report|thesis|research)\b",
        "passive": r"\b(?:is|are) (?:proposed|presented|introduced|developed|described)\b",
        "novel": r"\b(?:novel|new|first|simple)\b",
        "result": r"\b(?:results?|experiment\w*|empirical\w*|evaluat\w+|outperform\w*|state-of-the-art"
        r"|improve\w*"
        r"|benchmarks?|datasets?|accuracy)\b",
        "contrast": r"^(?:however|but|unfortunately|although|despite|while|yet|nevertheless|though)\b",
        "addition": r"^(?:furthermore|moreover|in addition|additionally|also|finally|further|besides"
        r"|second\w*"
        r"|third\w*|last\w*|then|next)\b",
        "detail": r"^(?:specifically|in particular|concretely|for example|for instance|namely|e\.g|more)\b",
        "back_reference": r"^(?:this|these|it|they|such|that|those|its|their|both)\b",
        "experiment": r"^(?:experiment\w*|empirical\w*|extensive|results?|our (?:experiment\w*|result\w*"
        r"|evaluat\w*)"
        r"|evaluat\w*|numerical\w*|through)\b",
        "background": r"\b(?:recent\w*|typically|often|usually|commonly|traditional\w*|existing|prior"
        r"|previous\w*"
        r"|conventional)\b",
        "goal": r"\b(?:goal|aim|objective|task|problem|challenge\w*|key|main)\b",
        "insight": r"\b(?:insight|idea|hypothes\w+|observation)\b",
        "by_doing": r"\bby \w+ing\b",
        "question": r"\?$",
        "number": r"\d",
        "bracket": r"[(\[]",
        "colon": r":",
        "starts_we": r"^we\b",
        "starts_our": r"^our\b",
    }.items()
}
"""name → pattern, searched in the lower-case text of one candidate."""

STOPWORDS = frozenset(
    (
        "a an the of in on for to and or with by from as is are was were be been being that this these "
        "those we our it its they their which can at not such also has have had but than more into "
        "between over using use based via both while when where how what "
    ).split()
)
"""Words that carry grammar, not topic."""
