"""Canonical keys: the same paper or page has the same key wherever it was found.

The order of trust is arXiv id without version, then DOI, then the cleaned address.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from url_normalize import url_normalize

from daybrief.errors import ConfigError
from daybrief.languages.tables import PageKind

# New ids (2007-04 on) and old ones: https://info.arxiv.org/help/arxiv_identifier.html
_NEW = r"\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}"
_OLD = r"[a-z-]+(?:\.[A-Z]{2})?/\d{2}(?:0[1-9]|1[0-2])\d{3}"
_ARXIV_ID = re.compile(rf"(?P<id>{_NEW}|{_OLD})(?:v(?P<version>[1-9]\d{{0,2}}))?\Z")
_ARXIV_PATH = re.compile(r"/(?:abs|pdf|html|e-print|format|ps)/(?P<rest>[^?#]+?)(?:\.pdf)?/?\Z")
_ARXIV_HOSTS = frozenset({"arxiv.org", "www.arxiv.org", "export.arxiv.org", "browse.arxiv.org", "ar5iv.org",
                          "ar5iv.labs.arxiv.org", "alphaxiv.org", "www.alphaxiv.org"})  # fmt: skip
_HF_PAPER = re.compile(rf"/papers/(?P<rest>{_NEW}(?:v\d+)?)/?\Z")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.(?P<rest>{_NEW}|{_OLD})\Z", re.IGNORECASE)

# What publishers and networks add to an address so that they learn where a reader came from; after the lists
# of ClearURLs (https://docs.clearurls.xyz), AdGuard's URL tracking filter, Firefox and Brave.
_TRACKING = frozenset(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh "
    "epik srsltid rdt_cid sccid rb_clickid irclickid irgwc wickedid s_kwcid _openstat oly_anon_id "
    "oly_enc_id vero_id vero_conv mc_cid mc_eid mc_tc mkt_tok ml_subscriber ml_subscriber_hash "
    "ck_subscriber_id _hsenc _hsmi __hsfp __hssc __hstc hsctatracking __s _ke _kx bsft_clkid bsft_uid "
    "sms_click sms_source sms_uph dicbo ref ref_src ref_url referrer referer cmpid cmp cmp_id ncid icid "
    "ito ocid soc_src soc_trk smid smtyp mbid cndid ex_cid s_cid sc_cid ns_campaign ns_mchannel "
    "ns_source ns_linkname xtor xts spm scm share_id share_source share_medium share_token guccounter "
    "guce_referrer guce_referrer_sig campaign_id wt_mc wt_zmc partner emc feedtype feedname rss "
    "__twitter_impression echobox trk trkcampaign trackingid _ga _gl gclid_source action_object_map "
    "action_ref_map action_type_map fb_action_ids fb_action_types fb_ref fb_source ved gs_lcp srnd sref "
    "isfreemail triedredirect showwelcome gad_source gad_campaignid syclid taid "
    "unicorn_click_id sourceid fb_comment_id fb_beacon_uid _bhlid".split()
)
_TRACKING_STARTS = (
    "utm_", "utm-", "utmsource", "utmmedium", "pk_", "mtm_", "matomo_", "piwik_", "hsa_", "at_campaign",
    "at_medium", "at_link", "at_bbc", "itm_", "stm_", "ga_", "wt.", "sc_campaign", "sc_channel", "trk_",
    "_branch_", "__cft__", "__tn__", "dm_i", "bsft_", "oft_", "hss_",
    "ss_source", "ss_email", "ss_campaign", "_bta_",
)  # fmt: skip
# Names that track on one site and mean something on others.
_TRACKING_AT = {
    "youtube.com": "si feature pp ab_channel", "youtu.be": "si feature", "open.spotify.com": "si",
    "twitter.com": "s t", "x.com": "s t", "medium.com": "source sk gi",
    "substack.com": "r s publication_id post_id",
    "bbc.com": "at", "linkedin.com": "lipi licu originalsubdomain", "reddit.com": "rdt share_id",
    "towardsdatascience.com": "source",
}  # fmt: skip
_MEANT_AT = {"github.com": "ref", "api.github.com": "ref", "gitlab.com": "ref", "huggingface.co": "ref"}
# Fragments that name no entry: parts of every page, and what trackers put there.
_NO_ENTRY = re.compile(
    r"(?:top|content|main|main-content|header|footer|comments?|respond|reply|disqus_thread|more|readmore|continue"
    r"|rss|share|new|start|page|skip|article|body|newsletter|subscribe|login|toc|nav|menu|search|site-content)?\Z"
    r"|(?:comment|more|respond|reply|fn|fnref|cite|note|ref)[-_:]?\d|:~:|\.|ixzz|_|google_vignette|intcid=|xtor="
    r"|utm|ref=|rss|echobox=|link_time=|mailingid|sp=|ftag=|source=|access_token|at_|tbl-",
    re.IGNORECASE,
)
_MAX_URL = 4_000
# Addresses that are in their one spelling already: most of what a feed lists.
_CLEAN = re.compile(
    r"https?://[a-z0-9]+(?:-[a-z0-9]+)*+(?:\.[a-z0-9]+(?:-[a-z0-9]+)*+)*\.[a-z]{2,10}"
    r"/(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*+/)*+(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*+)?\Z"
)


def arxiv_id(text: str) -> tuple[str, int | None] | None:
    """The arXiv id and version in an id, an `oai:` or `doi:` form, or the URL of a paper's page."""
    text = text.strip()
    bare = re.sub(r"\A(?:oai:arxiv\.org:|arxiv:|doi:)", "", text, flags=re.IGNORECASE)
    if doi := _ARXIV_DOI.match(bare):
        bare = doi["rest"]
    elif "://" in text:
        bare = _arxiv_path(text)
    match = _ARXIV_ID.match(bare)
    if not match:
        return None
    version = match["version"]
    return match["id"], int(version) if version else None


def _arxiv_path(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    if host in _ARXIV_HOSTS:
        path = _ARXIV_PATH.search(parts.path)
    elif host in {"huggingface.co", "hf.co"}:
        path = _HF_PAPER.search(parts.path)
    elif host in {"doi.org", "dx.doi.org"}:
        path = _ARXIV_DOI.search(unquote(parts.path).lstrip("/"))
    else:
        return ""
    return unquote(path["rest"]) if path else ""


def arxiv_pdf(identifier: str) -> str:
    """The PDF of an arXiv paper."""
    return f"https://arxiv.org/pdf/{identifier}"


def arxiv_url(identifier: str) -> str:
    """The abstract page of an arXiv id: https, without version."""
    return f"https://arxiv.org/abs/{identifier}"


def doi(text: str) -> str | None:
    """The DOI in a text or URL, lower-case, or None."""
    match = _DOI.search(unquote(text))
    return match[0].rstrip(".,;:)]}").lower() if match else None


def clean_url(url: str) -> str:
    """An absolute http(s) address in one spelling: https stays https, no tracking parameters.

    A fragment stays when it may name an entry of its page (`/changelog#v3`, `/#/post/2`).

    Raises ConfigError for anything that is not an absolute http(s) URL with a host.
    """
    if len(url) <= _MAX_URL and _CLEAN.match(url):
        return url
    parts = _split(url)
    host = (parts.hostname or "").removeprefix("www.")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(k, v) for k, v in pairs if not _tracks(k, v, host)]
    fragment = "" if _NO_ENTRY.match(parts.fragment) else parts.fragment
    bare = urlunsplit((parts.scheme.lower(), parts.netloc, _quoted(parts.path), urlencode(kept), fragment))
    try:
        return str(url_normalize(bare))
    except (ValueError, UnicodeError) as bad:
        raise ConfigError(f"not a web address: {url[:200]!r}") from bad


def _split(url: str) -> SplitResult:
    url = url.strip()
    if len(url) > _MAX_URL:
        raise ConfigError(f"an address of {len(url)} characters", hint=f"at most {_MAX_URL} are accepted")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
        url.encode()
    except ValueError as bad:
        raise ConfigError(f"not a web address: {url[:200]!r}") from bad
    if parts.scheme.lower() not in {"http", "https"} or not host or parts.username or parts.password:
        raise ConfigError(f"not an absolute http(s) address: {url[:200]!r}")
    return parts


def _quoted(path: str) -> str:
    """The path percent-encoded once; `:` too, which deeplearn.org puts into its slugs."""
    return quote(path, safe="/%!$&'()*+,;=@~-._") or "/"


def _tracks(parameter: str, value: str, host: str) -> bool:
    """Whether a parameter of an address only says where its reader came from."""
    name = parameter.lower()
    if name in _at(_MEANT_AT, host):
        return False
    return (
        name in _TRACKING
        or name.startswith(_TRACKING_STARTS)
        or name in _at(_TRACKING_AT, host)
        or (name in ("source", "from", "src", "via") and value.lower().startswith("rss"))
    )


def _at(sites: dict[str, str], host: str) -> list[str]:
    """The names that a table has for a site, or for the site that a host belongs to."""
    named = sites.get(host) or sites.get(".".join(host.split(".")[-2:]), "")
    return named.split()


def web_key(url: str) -> str:
    """The key of a web address: its arXiv id, else its DOI when it is a DOI link, else the address itself.

    Two spellings that differ only in scheme, `www.`, a closing slash or tracking get one key.
    Raises ConfigError as `clean_url` does.
    """
    if paper := arxiv_id(url):
        return f"arxiv:{paper[0]}"
    clean = clean_url(url)
    parts = urlsplit(clean)
    host = (parts.hostname or "").removeprefix("www.")
    if host in {"doi.org", "dx.doi.org"} and (identifier := doi(parts.path)):
        return f"doi:{identifier}"
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"url:{host}{port}{parts.path.rstrip('/')}{query}{fragment}"


_PRESS = (
    "techcrunch arstechnica theregister wsj nytimes reuters theguardian theverge bloomberg cnbc wired ft bbc"
    " fortune businessinsider tomshardware theatlantic axios gizmodo economist washingtonpost cnn venturebeat"
    " technologyreview politico newyorker futurism nbcnews engadget fastcompany macrumors 9to5mac forbes vox"
    " theinformation telegraph variety latimes semafor zdnet computerworld euronews sfgate pcgamer neowin"
    " phoronix windowscentral cbsnews abcnews newscientist thenextweb theintercept rollingstone"
)
_PAGES: dict[PageKind, str] = {
    "repository": "github.com gitlab.com codeberg.org gist.github.com sr.ht",
    "video": "youtube.com youtu.be vimeo.com",
    "model": "huggingface.co ollama.com",
    "talk": "news.ycombinator.com reddit.com old.reddit.com lobste.rs twitter.com x.com xcancel.com bsky.app",
    "announcement": "openai.com anthropic.com claude.com blog.google deepmind.google mistral.ai ai.meta.com"
    " x.ai qwen.ai qwenlm.github.io github.blog research.google developers.googleblog.com"
    " machinelearning.apple.com nvidianews.nvidia.com",
    "article": " ".join(f"{name}.com" for name in _PRESS.split())
    + " 404media.co bbc.co.uk apnews.com npr.org restofworld.org spectrum.ieee.org quantamagazine.org"
    " independent.co.uk heise.de lemonde.fr",
}
_NO_MODELS = frozenset("papers blog datasets spaces docs learn posts collections chat join".split())
_KIND_OF_HOST = {host: kind for kind, hosts in _PAGES.items() for host in hosts.split()}


def page_kind(title: str, url: str) -> PageKind:
    """The kind of page that news leads to, by the marks of its title and its host; "" if unknown."""
    low = title.lower()
    if "[video]" in low:
        return "video"
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    if host == "github.com" and parts.path.strip("/").count("/") > 1:
        return "talk" if re.search("/(?:issues|discussions|pull)/", parts.path) else ""
    front = parts.path.strip("/").partition("/")[0]
    if host == "huggingface.co" and front in _NO_MODELS:
        return "paper" if front == "papers" else ""
    if host in _ARXIV_HOSTS or host == "papers.ssrn.com":
        return "paper"
    return _KIND_OF_HOST.get(host, "")


def site_of(url: str) -> str:
    """The host that an address leads to, without `www.`; "" where it cannot be read."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def key_of(name: str) -> str:
    """The key of what a person names: an arXiv id, a DOI, an address, or a key itself.

    Raises ConfigError for anything else.
    """
    name = name.strip()
    if paper := arxiv_id(name):
        return f"arxiv:{paper[0]}"
    if name.lower().startswith(("http://", "https://")):
        return web_key(name)
    if name.startswith("url:") and len(name) <= _MAX_URL:
        return name
    if re.match(r"(?:doi:)?10\.\d", name, re.IGNORECASE) and (identifier := doi(name)):
        return f"doi:{identifier}"
    raise ConfigError(
        f"{name[:200]!r} names no paper and no page", hint="give an arXiv id, a DOI, an address or a key"
    )


# ── what of an address nobody else may see ──────────────────────────────────────────────────────────────


_SECRETS = frozenset(
    "access_token accesstoken api_key api-key apikey auth auth_token authkey authtoken client_secret "
    "credential feed_token hmac jwt key pass passwd password private_token pwd rss_token secret session "
    "sessionid sig signature sso token user_token x-api-key".split()
)
_KEY_IN_PATH = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{24,}|(?=[^/]*\d)(?=[^/]*[A-Z])(?=[^/]*[a-z])[\w-]{24,}"
)
_HIDDEN = re.compile(r"hidden-[0-9a-f]{12}")


def hidden(url: str) -> str:
    """The address without its password and what looks like a secret in its query or path; once is enough."""
    for secret in secrets_of(url):
        url = url.replace(secret, mask(secret))
    return url


def secrets_of(url: str) -> list[str]:
    """The parts of an address that look like secrets, as they are written there; the longest first."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    pairs = [pair.partition("=") for pair in re.split("[&;]", parts.query)]
    secrets = {value for name, _, value in pairs if name.lower() in _SECRETS and value}
    secrets |= {segment for segment in parts.path.split("/") if _KEY_IN_PATH.fullmatch(segment)}
    secrets |= {parts.password} if parts.password else set()
    return sorted((secret for secret in secrets if not _HIDDEN.fullmatch(secret)), key=len, reverse=True)


def mask(secret: str) -> str:
    """The placeholder of a secret; equal secrets get equal placeholders."""
    return f"hidden-{hashlib.sha256(secret.encode()).hexdigest()[:12]}"


_ADDRESS = re.compile(r"(?:https?|postgresql)://[^\s'\"<>]{1,4000}")


def shown(text: str) -> str:
    """The text with every address in it as strangers may see it: no name, no query, no key in its path."""
    return _ADDRESS.sub(lambda address: _shown(address[0]), text)


def all_hidden(text: str) -> str:
    """The text with what looks like a secret hidden in every address of it."""
    return _ADDRESS.sub(lambda address: hidden(address[0]), text)


def _shown(address: str) -> str:
    url = address.rstrip(".,;:)")
    try:
        parts = urlsplit(hidden(url))
    except ValueError:
        return "https://…"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="")
    return urlunsplit(bare) + address[len(url) :]


_ALIKE = re.compile(r"[a-z0-9]+")


def site_beside(url: str, sources: Iterable[str]) -> str:
    """The host of an address; "" where the name of a source says it: theverge.com of The Verge AI."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    own = max(host.split(".")[:-1], key=len, default="").replace("-", "")
    known = "".join(_ALIKE.findall(" ".join(sources).lower()))
    return "" if not own or own in known else host
