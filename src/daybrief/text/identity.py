"""Canonical keys: the same paper or page has the same key wherever it was found.

The order of trust is arXiv id without version, then DOI, then the cleaned address.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from url_normalize import url_normalize

from daybrief.errors import ConfigError

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

_TRACKING = frozenset("fbclid gclid dclid msclkid yclid igshid mc_cid mc_eid _hsenc _hsmi ref_src".split())
_MAX_URL = 4_000


def arxiv_id(text: str) -> tuple[str, int | None] | None:
    """The arXiv id and version in an id, an `oai:` or `doi:` form, or the URL of a paper's page."""
    text = text.strip()
    bare = re.sub(r"\A(?:oai:arxiv\.org:|arxiv:|doi:)", "", text, flags=re.IGNORECASE)
    if doi := _ARXIV_DOI.match(bare):
        bare = doi["rest"]
    elif "://" in text:
        bare = _arxiv_path(text)
    found = _ARXIV_ID.match(bare)
    if not found:
        return None
    version = found["version"]
    return found["id"], int(version) if version else None


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


def arxiv_url(identifier: str) -> str:
    """The abstract page of an arXiv id: https, without version."""
    return f"https://arxiv.org/abs/{identifier}"


def doi(text: str) -> str | None:
    """The DOI in a text or URL, lower-case, or None."""
    found = _DOI.search(unquote(text))
    return found[0].rstrip(".,;:)]}").lower() if found else None


def clean_url(url: str) -> str:
    """An absolute http(s) address in one spelling: https stays https, no fragment, no tracking parameters.

    Raises ConfigError for anything that is not an absolute http(s) URL with a host.
    """
    parts = _split(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _tracks(k)]
    fragment = parts.fragment if parts.fragment.startswith("!") else ""  # #! addresses name another page
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


def _tracks(parameter: str) -> bool:
    name = parameter.lower()
    return name.startswith("utm_") or name in _TRACKING


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
    if host in {"doi.org", "dx.doi.org"} and (found := doi(parts.path)):
        return f"doi:{found}"
    port = f":{parts.port}" if parts.port else ""
    query = f"?{parts.query}" if parts.query else ""
    fragment = f"#{parts.fragment}" if parts.fragment else ""
    return f"url:{host}{port}{parts.path.rstrip('/')}{query}{fragment}"


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
    if re.match(r"(?:doi:)?10\.\d", name, re.IGNORECASE) and (found := doi(name)):
        return f"doi:{found}"
    raise ConfigError(
        f"{name[:200]!r} names no paper and no page", hint="give an arXiv id, a DOI, an address or a key"
    )
