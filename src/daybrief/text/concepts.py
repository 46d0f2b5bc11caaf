"""What kinds of thing a headline speaks of: money, courts, chips, schools, releases, model names.

A small model has met few of the world's companies and verbs; a concept gathers those that mean the same to an
editor, so that "sues" teaches it about "lawsuit". Written from the definitions of the news categories.
"""

from __future__ import annotations

import re

_TERMS = {
    "money": r"""
        \$\s?\d|billions?|millions?|trillion|valuations?|fund(?:ing|raise)|raises?|raised|series [a-f]\b
        |ipos?|shares?|stocks?|revenue|earnings|profits?|invest(?:s|ors?|ments?|ing)?|pric(?:e|es|ing)
        |bubble|spending|costs?|sales|market|paywall|融资|亿元|亿美元|投资|투자|상장|매출""",
    "deal": r"""
        acqui(?:re[sd]?|ring|sition)|buys?|merger|partner(?:s|ship|ships)?|joins?|deals?|hires?|hired|ceo
        |cto|cfo|poach\w*|founder|startups?|leav(?:es|ing)|steps down|strategy|layoffs?|enterprise
        |competitors?|rivals?|收购|合作|인수|제휴""",
    "hardware": r"""
        chips?|chipmaker|gpus?|tpus?|data ?cent(?:er|re)s?|nvidia|amd|intel|tsmc|hbm|semiconductors?
        |supercomputer|gigawatts?|megawatts?|nuclear|power|electricity|energy|clusters?|cloud|cerebras|芯片
        |算力|반도체""",
    "law": r"""
        courts?|judges?|sue[sd]?|suing|lawsuits?|legal|laws?|lawmakers?|bill|senat\w+|congress|regulat\w+
        |government|minister|ministry|eu\b|ftc|doj|sec\b|antitrust|copyright\w*|piracy|licens\w+
        |ban(?:s|ned)?|executive order|white house|trump|biden|pentagon|military|army|defen[sc]e|war\b
        |export|tariffs?|elections?|police|policy|policies|treaty|china|uk\b|소송|정부|규제|监管|法案""",
    "harm": r"""
        slop|deepfakes?|scam\w*|fraud|misinformation|disinformation|fake|cheat\w*|suicide|harm\w*
        |danger\w*|risks?|safety|unsafe|safe|threat\w*|attack\w*|hack(?:s|ed|er|ers|ing)|breach\w*
        |leak(?:s|ed)?|vulnerab\w+|exploit\w*|malware|security|jailbreak\w*|injection|rogue|escaped
        |sandbox|doom|extinction|existential|alignment|misalign\w*|abuse|bias\w*|privacy|surveillance
        |spy\w*|hallucinat\w+|trust|creep\w*|안전|위험""",
    "people": r"""
        jobs?|workers?|work\b|employees?|labor|unions?|students?|school\w*|teachers?|universit\w+|college
        |education|kids|child\w*|teen\w*|parents?|artists?|writers?|authors?|musicians?|actors?|hollywood
        |creat(?:ors?|ive|ivity)|journalis\w+|doctors?|patients?|mental|therap\w+|lonel\w+|human\w*
        |culture|society|religio\w+|philosoph\w+|conscious\w*|ethic\w*|moral|death|dead|grief|love
        |friends?|relationships?|일자리|교육|예술""",
    "opinion": r"""
        why|should\w*|i|i'm|i've|my|me|we|you|your|don't|stop|isn't|aren't|won't|can't|is it|are we
        |the end of|the case|future|hype|wrong|problem\w*|myth|truth|think\w*|believe\w*|opinion|essay
        |reflections?|thoughts?|quoting|age of|era|what if|paradox|lessons?|the real|never|nobody|everyone""",
    "howto": r"""
        how (?:to|i|we)|building|built|build|guide|tutorial|tips|introduction|using|workflow|practical
        |in production|best practices|patterns|experience|with python|from scratch|course|examples?
        |cookbook|engineering|deploy\w*|debug\w*|coding|programming|developers?|codebase""",
    "release": r"""
        launch\w*|releas\w+|introduc\w+|announc\w+|available|unveil\w*|debuts?|open[- ]?sourc\w+|apps?
        |features?|rolls? out|show hn|cli|sdk|apis?|plugins?|mcp|extensions?|browsers?|tools?|toolkit
        |frameworks?|library|platform|assistants?|editor|ide|github|updates?|adds?|new|beta|integrat\w+
        |agents?|발표|发布|上线|开源|출시|공개""",
    "gadget": r"""
        robots?|humanoids?|robotaxis?|waymo|tesla|self-driving|cars?|glasses|phones?|iphone|android|siri
        |alexa|wearables?|headset|drones?|camera|toys?|机器人|로봇""",
    "research": r"""
        papers?|arxiv|benchmark\w*|stud(?:y|ies)|research\w*|scien\w+|evals?|evaluat\w+|train(?:ing|ed)
        |pre-?train\w*|scaling|attention|transformers?|interpretab\w+|reasoning|reinforcement|diffusion
        |neural|embeddings?|parameters?|weights|architectur\w*|fine-?tun\w+|distill\w*|tokens?
        |context window|proof|math\w*|theor\w+|explained|understanding|how \w+ works?|latent
        |learn(?:s|ed|ing)|algorithm\w*|optimi[sz]\w+|sota|state-of-the-art|outperforms?|accuracy|논문|연구|论文
        |研究""",
    "hiring": r"""
        is hiring|who is hiring|hiring a|yc [swfx]\d\d|careers|job openings?""",
    "named model": r"""
        (?:gpt|claude|gemini|llama|qwen|kimi|deepseek|grok|mistral|gemma|phi
        |sonnet|opus|haiku|flux|veo|sora|hailuo
        |minimax|glm|olmo|nova|command|granite|nemotron|hunyuan|ernie|seed\w*|imagen|whisper
        |stable diffusion)[\s-]?(?:[a-z]{1,3})?\d[\w.]*
        |o[134](?:-\w+)?|r1|\d+b\b|mo[e]\b|模型|大模型|모델""",
    "maker": r"""
        openai|anthropic|deepmind|google|meta|microsoft|apple|amazon|xai|mistral ai|stability ai
        |hugging ?face|cohere|perplexity|alibaba|tencent|baidu|bytedance|samsung|naver|kakao
        |阿里|腾讯|百度|字节
        |华为|네이버|삼성|카카오""",
    "product": r"""
        chatgpt|copilot|cursor|claude code|codex|notebooklm|midjourney|windows|chrome|gmail|spotify
        |youtube|instagram|whatsapp|linkedin|photoshop|excel|figma|emacs|vim|vs ?code""",
}  # fmt: skip


def _pattern(terms: str) -> re.Pattern[str]:
    # Hangul and Han words stand without blanks around them: only Latin letters and digits bound a term.
    # Case is folded before, not by the pattern: a branch is then chosen by its first letter, thrice as fast.
    bounded = re.sub(r"\n\s+", "", terms)
    return re.compile(rf"(?<![a-z0-9])(?:{bounded})(?![a-z0-9])")


_PATTERNS = {concept: _pattern(terms) for concept, terms in _TERMS.items()}


def concepts(text: str) -> tuple[str, ...]:
    """The concepts a text speaks of, in a fixed order; a question mark counts as one."""
    lower = text.lower()
    found = tuple(concept for concept, pattern in _PATTERNS.items() if pattern.search(lower))
    return (*found, "question") if "?" in text else found
