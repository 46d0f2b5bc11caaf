"""Is a headline about artificial intelligence, and does a paper still stand? Lexicons that can say why.

A strong term decides alone. A weak one (agent, inference, Gemini) needs a second weak one of another kind, or
an address that leans the same way. Words are matched whole; names that are also ordinary words or people
(Claude, Gemini, Llama, Grok) are strong only with a version or a surname.
Measured on front-page headlines of Hacker News: see `benchmarks/relevance.py`.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_MOST_TITLE = 1_000
_MOST_URL = 4_000
_MOST_ABSTRACT = 4_000

# Letters and digits of Latin script: Korean particles follow a word without a blank ("AI가").
_BEFORE, _AFTER = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"

_STRONG_EXACT = r"""
AI|A\.I\.|ai(?!\.)|AIs|GenAI|AGI|ASI|LLMs?|VLMs?|SLMs?|LLaMA|RAG|MoE|LoRA|QLoRA|RLHF|DPO|GRPO|DDPMs?|VAEs?
|LSTMs?|NLP|MNIST|CIFAR|ImageNet|xAI|Mistral(?:\sAI)?|Copilot|NotebookLM|ChatGPT|GPTs|Le\sChat|Gemma
|Claude\s(?:[1-9]|Code|Sonnet|Opus|Haiku|Desktop|AI)|Sonnet\s[1-9]|Llama[\s-]?[1-9]|Grok[\s-][1-9]|Imagen\s?[1-9]
|Gemini\s(?:[1-9]|Pro|Flash|Nano|Ultra|Advanced|Deep|Live|API|CLI)|Veo\s?[1-9]|Phi-[1-9]|Cursor\sIDE
"""
_STRONG_ANY = r"""
artificial\s(?:general\s)?intelligence|super-?intelligence|machine[\s-]learning|deep[\s-]learning|neural\s?net(?:work)?s?
|language\smodel(?:l?ing|s)?|foundation(?:al)?\smodels?|diffusion\s(?:models?|transformers?)|stable\sdiffusion
|vision[\s-]language|multi-?modal\smodels?|world\smodels?|reasoning\smodels?|reward\smodels?|frontier\smodels?
|reinforcement\slearning|(?:self-|semi-)?supervised\slearning|federated\slearning|transfer\slearning
|gradient\sdescent|back-?propagation|perceptrons?|convolutional|autoencoders?|word2vec|knowledge\sdistillation
|(?:generative|agentic|conversational|embodied)\sAI|agentic|generative\s(?:models?|adversarial|art)|text[\s-]to[\s-](?:image|video|speech|sql|3d)
|speech[\s-](?:recognition|to[\s-]text)|voice\scloning|computer\svision|object\sdetection|image\s(?:generation|segmentation)
|chat-?\s?bots?|deep-?fakes?|prompt\s(?:engineering|injection)s?|vibe[\s-]cod(?:ing|ed)|model\scontext\sprotocol
|gpt-?[2-9](?:\.\d)?o?|gpt-o\d|openai|anthropic|deepmind|hugging\s?face|midjourney|dall-?e(?:\s?[23])?|perplexity\sai
|deepseek(?:-\w+)?|qwen(?:[\d.]+)?(?:-[\w.]+)*|qwq|hunyuan(?:-\w+)?|smollm\d?|exaone|nemotron|minimax|kimi\sk\d|glm-\d|olmo\d?|llama\.cpp|ollama|vllm|langchain|llamaindex|comfyui
|pytorch|torch\.\w+|tensorflow|keras|scikit-learn|mlx|xgboost|alphafold\d?|alphago|alphazero|alphaproof|alphageometry
|apple\sintelligence|github\scopilot|(?:sam\s)altman|sutskever|karpathy|yann\slecun|geoffrey\shinton|gary\smarcus
|fine-?tun(?:e|ed|ing)\s(?:\w+\s)?(?:models?|llms?)|train(?:ing)?\son\syour\s(?:\w+\s)?data|model\scollapse|mechanistic\sinterpretability
"""
_EAST_ASIAN = (
    r"인공\s?지능|생성형|챗\s?GPT|챗지피티|챗봇|언어\s?모델|머신\s?러닝|기계\s?학습|딥\s?러닝|딥페이크|오픈AI|앤[트스]로픽|딥마인드"
    r"|딥시크|제미나이|퍼플렉시티|미드저니|신경망|강화\s?학습|초지능|파운데이션\s?모델|하이퍼클로바|엑사원|뤼튼|알파고|알파폴드"
    r"|人工智[能慧]|机器学习|深度学习|强化学习|大模型|语言模型|神经网络|生成式|聊天机器人"
)
# One kind counts once: "Nvidia GPU" says hardware twice, not two things about AI.
_WEAK = {
    "hardware": r"nvidia|gpus?|tpus?|npus?|cuda|h100s?|엔비디아",
    "agent": r"agents?|assistants?|copilots?|에이전트",
    "model": r"models?|(?<![$€£₩.])\d{1,3}(?:\.\d)?b(?:\sparam\w*)?|checkpoints?|open[\s-]weights?|모델",
    "transformer": r"transformers?|attention|embeddings?|tokeni[sz](?:ers?|ation)|latent|diffusion",
    "training": r"training|trained|pre-?train(?:ed|ing)|fine-?tun(?:e|ed|ing)|optimizers?|datasets?|학습",
    "inference": r"inference|quantization|context\swindows?|rerank(?:er|ing)?|vector\s(?:search|databases?)",
    "reasoning": r"reasoning|hallucinat\w+|alignment|interpretability|jailbreaks?|benchmarks?|evals?|추론",
    "generative": r"generative|generated|synthetic|text-to-\w+|tts|ocr|transcri(?:be|ption)",
    "prompt": r"prompts?|prompting|superprompt|chunking",
    "name": r"claude|gemini|llama|grok|sora|gpt|perplexity|cursor|devin|whisper|siri|alexa|altman|클로드",
    "robot": r"robot(?:s|ics)?|humanoids?|robotaxis?|self-driving|waymo|로봇|자율\s?주행|휴머노이드",
    "network": r"learning|classifiers?|classification|bayesian|neurons?|neural|learned",
}

_AI_HOSTS = tuple(
    "openai.com anthropic.com huggingface.co mistral.ai deepmind.google deepmind.com ai.meta.com x.ai "
    "epoch.ai perplexity.ai transformer-circuits.pub stability.ai cohere.com ollama.com qwenlm.github.io "
    "thegradient.pub ai.google.dev research.google bair.berkeley.edu distill.pub alignmentforum.org".split()
)
_LEANING_HOSTS = ("arxiv.org", "pinecone.io", "lesswrong.com", "garymarcus.substack.com", "nvidia.com")
_CODE_HOSTS = ("github.com", "gitlab.com")
_SECTION = re.compile(
    r"/(?:category/)?(?:ai|artificial-intelligence|machine-learning|generative-ai|llms?)(?:[/.]|\Z)"
)
_SLUG = re.compile(
    r"(?<![a-z0-9])(?:ai(?!-weiwei)|openai|chatgpt|llms?|gpt-?[2-9]|anthropic|chatbots?|deepfakes?)(?![a-z0-9])"
)


_PAPER = r"(?:paper|article|submission|manuscript|preprint|work|version|note|draft|report|letter|study)"
_WITHDRAWN = re.compile(
    rf"""
    \b(?:this|the|our)\s(?:\w+\s)?{_PAPER}\s(?:\w+\s)?(?:has|have|had|is|was|being)\s(?:\w+\s)?
        (?:been\s)?(?:withdrawn|retracted)\b(?!\s(?:from\s(?!arxiv|consideration)|labels))
    |\A\W*(?:withdrawn|retracted)\b\W*(?:\Z|by\b|due\b|because\b|for\b|[:.(\[])
    |\A\W*{_PAPER}\s(?:(?:has|is|was)\s)?(?:been\s)?(?:withdrawn|retracted)\b
    |\b(?:we|i|the\sauthors?)\s(?:(?:have|has|hereby|would|like|wish|want|to|decided|had|must)\s){{0,4}}
        (?:withdraw|withdrew|withdrawn|retract|retracted)\s(?:this|the|our)\s(?:\w+\s)?{_PAPER}\b
    |\ub17c\ubb38.{{0,20}}\ucca0\ud68c
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WITHDRAWN_TITLE = re.compile(
    r"\A\W*(?:withdrawn|retracted)(?:\s(?:paper|article))?\s?[:\])\u2014-]", re.IGNORECASE
)


def is_withdrawn(title: str, abstract: str, comment: str = "") -> bool:
    """Whether a paper says that it was withdrawn: in its title, its abstract, or arXiv's comment on it."""
    texts = (abstract[:_MOST_ABSTRACT], comment[:_MOST_TITLE])
    return bool(_WITHDRAWN_TITLE.match(title[:_MOST_TITLE]) or any(map(_WITHDRAWN.search, texts)))


def _whole(alternatives: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(f"{_BEFORE}(?:{alternatives}){_AFTER}", flags | re.VERBOSE)


_STRONG = (
    _whole(_STRONG_EXACT),
    _whole(_STRONG_ANY, re.IGNORECASE),
    re.compile(_EAST_ASIAN),
)
_KINDS = {kind: _whole(words, re.IGNORECASE) for kind, words in _WEAK.items()}


def about_ai(title: str, url: str = "") -> str:
    """Why a headline is about AI, in words; "" when nothing says that it is."""
    title, url = title[:_MOST_TITLE], url[:_MOST_URL]
    for pattern in _STRONG:
        if found := pattern.search(title):
            return f"the title says “{found[0]}”"
    host, path = _address(url)
    if _within(host, _AI_HOSTS):
        return f"published at {host}"
    if found := _SECTION.search(path) or _SLUG.search(path):
        return f"the address says “{found[0].strip('/.')}”"
    return _weakly(title, host)


def _weakly(title: str, host: str) -> str:
    found = {kind: match[0] for kind, pattern in _KINDS.items() if (match := pattern.search(title))}
    hints = list(found.values())
    if len(hints) > 1:
        return f"the title says “{hints[0]}” and “{hints[1]}”"
    # Every science has models: there the word says nothing, whoever the publisher is.
    if hints and "model" not in found and _within(host, _LEANING_HOSTS):
        return f"the title says “{hints[0]}”, at {host}"
    return ""


def _address(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    host, path = (parts.hostname or "").removeprefix("www."), unquote(parts.path).lower()
    if host in _CODE_HOSTS:  # many owners have AI in their name, whatever they publish
        path = "/" + path.removeprefix("/").partition("/")[2]
    return host, path


def _within(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in hosts)
