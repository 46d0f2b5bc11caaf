"""Input that is no text about anything: what a site shows to whoever it will not let in.

Cookie banners, bot checks, paywalls, "enable JavaScript", error pages, or next to nothing. Told before a
writer sees it: the old reports printed a cookie banner as privacy news. The phrases are orders to a visitor,
so that an abstract about CAPTCHAs or cookies passes; a long text is only refused for how it begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from daybrief.model import Item

LEAST = 24
"""Letters and digits below which a text says too little to write about."""

_LOOK_AT = 2_000
_LONG = 600  # characters: beyond, a banner stands above a real text; only the start is looked at
_START = 160

_REASONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (reason, re.compile(pattern, re.I))
    for reason, pattern in (
        (
            "cookie banner",
            r"(?:we|(?:this|our) (?:web)?site|our partners) (?:and our partners )?uses? (?:essential )?"
            r"cookies|accept (?:all )?(?:the )?cookies|cookie (?:settings|preferences|policy|consent)\b|"
            r"by continuing to (?:browse|use)|쿠키 ?(?:사용|설정|정책|수집|를 사용)|쿠키를? ?(?:허용|동의)",
        ),
        (
            "bot check",
            r"are you (?:a )?(?:human|robot)|verify(?:ing)? (?:that )?you are (?:a )?human|"
            r"checking (?:if the site connection is secure|your browser)|(?:complete|solve) (?:the|"
            r"this) captcha|unusual traffic|ray id\b|i'?m not a robot|just a moment\.\.\.|"
            r"attention required!|ddos protection by|security check to access|"
            r"로봇이 아닙|자동(?:화된)? ?(?:접속|"
            r"등록|입력)을? ?방지|보안 ?문자를? 입력|사람인지 확인",
        ),
        (
            "JavaScript required",
            r"(?:please )?(?:enable|turn on|activate) (?:js|java ?script)|java ?script (?:is|"
            r"must be|has been|appears to be) (?:required|disabled|enabled|turned off|"
            r"not available)|(?:disable|turn off) (?:any |your )?ad ?-?blocker|(?:requires|"
            r"without) java ?script to (?:run|work)|자바 ?스크립트를? (?:활성|"
            r"허용|사용|켜)|your browser (?:is not supported|"
            r"does not support)|(?:upgrade|update) your browser",
        ),
        (
            "paywall",
            r"(?:subscribe|sign in|log ?in|register|sign up) (?:now )?to (?:continue|read|"
            r"keep reading|view|access|unlock)|(?:this|the) (?:article|content|"
            r"story|page) is (?:only )?(?:for|"
            r"available (?:only )?to|reserved for|exclusive to) (?:\w+ )?(?:subscribers|"
            r"members)|already a subscriber|(?:free )?articles? (?:left|remaining) this month|"
            r"you(?:'ve| have) (?:reached|read|hit) your (?:limit|last|free)|unlock this (?:article|"
            r"story)|구독(?:하고|하시면|자 전용|자만|이 필요)|(?:유료|회원) ?(?:전용|"
            r"회원만|기사입니다)|로그인 ?(?:후|하시면|"
            r"이 필요)",
        ),
        (
            "error page",
            r"^\W*(?:error )?(?:40[0134]|410|429|50[0234])\b\W*(?:error|not found|forbidden|"
            r"bad|unauthorized|too many|internal|service|gateway|access|page)|^\W*(?:access denied|"
            r"page not found|forbidden|not found\W*$|too many requests|service unavailable|"
            r"bad gateway|internal server error)|you (?:do not|don't) have (?:permission|"
            r"access) to|페이지를 찾을 수 없|접근이? ?(?:거부|제한|권한이 없)|잘못된 접근|서비스 점검 ?중",
        ),
    )
)


def junk(text: str, *, least: int = LEAST) -> str:
    """Why a text cannot be written about (`cookie banner`, `paywall`, `empty` …); "" when it can."""
    start = " ".join(text[:_LOOK_AT].split())
    said = sum(map(str.isalnum, start))
    if not said:
        return "empty"
    looked_at = start if len(start) <= _LONG else start[:_START]
    for reason, pattern in _REASONS:
        if pattern.search(looked_at):
            return reason
    return "too short" if said < least else ""


def worth_reading(items: Sequence[Item]) -> Item | None:
    """The item with the longest text that is no junk, the first of equals; None where there is none."""
    told = [item for item in items if not junk(item.text)]
    return max(told, key=lambda item: len(item.text), default=None)
