"""Reads feeds of ten million bytes that are made to be dear, and one that is honest: seconds and memory.

    python benchmarks/hostile_documents.py [--json] [--only NAME]

Each document is read in a process of its own. A refusal is an answer; what counts is its price. The memory
is what the reading adds to the peak of the process, which holds the document already.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from typing import Any

from daybrief.errors import DaybriefError
from daybrief.sources.feed import syndication

MOST = 10 * 1024 * 1024
FLAW = b"&nope;"  # an entity that XML does not know: where expat stops
KOREAN = "\ubaa8\ub378\uc740 \uadf8\ub9bc\uc744 \uc77d\uace0 \uae00\uc744 \uc4f4\ub2e4. "
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'>"


def rss(content: bytes) -> bytes:
    return b"<rss version='2.0'><channel><title>t</title>" + content + b"</channel></rss>"


def numbered(pattern: bytes, count: int) -> bytes:
    return b"".join(pattern.replace(b"@", b"%d" % number) for number in range(count))


def items(content: bytes, count: int) -> bytes:
    return rss((b"<item><description>" + content + b"</description></item>") * count)


def honest(flaw: bytes = b"", text: bytes = b"Some text with words. " * 170) -> bytes:
    item = (
        b"<item><title>Title @ of things</title><link>https://e.org/@</link><guid>https://e.org/@</guid>"
        b"<pubDate>Tue, 26 Nov 2024 10:00:00 GMT</pubDate><description>" + text + b"</description></item>"
    )
    return rss(flaw + numbered(item, 2_500))


DOCUMENTS: dict[str, Callable[[], bytes]] = {
    "honest, 2,500 entries": honest,
    "the same behind a flaw": lambda: honest(FLAW),
    "the same in Korean": lambda: honest(text=KOREAN.encode() * 87),
    "the same with accents apart": lambda: honest(
        text="re\u0301sume\u0301 de\u0301ja\u0300 vu. ".encode() * 151
    ),
    "the same with markup": lambda: honest(
        text=b"&lt;p>Some text with &lt;i>words&lt;/i>. " * 35 + b"Some text with words. " * 108
    ),
    "3.3 million open tags behind a bad character": lambda: rss(FLAW + b"<" + b"a><" * 3_300_000),
    "a million unclosed tags": lambda: rss(b"<a>" * 1_000_000),
    "70,000 tags behind a flaw": lambda: rss(FLAW + b"<a>" * 69_000),
    "820,000 attributes": lambda: rss(FLAW + b"<x " + numbered(b"a@='1' ", 820_000) + b"/>"),
    "60,000 attributes behind a flaw": lambda: rss(FLAW + b"<x " + numbered(b"a@ ", 59_000) + b"/>"),
    "300,000 namespaces": lambda: rss(FLAW + numbered(b"<a xmlns:n@='u:@'>", 300_000)),
    "9.9 million ampersands": lambda: rss(b"<item><title>" + b"&" * 9_900_000 + b"</title></item>"),
    "300,000 ampersands": lambda: rss(b"<item><title>" + b"&a;" * 299_000 + b"</title></item>"),
    "9.9 million opening brackets": lambda: rss(b"<" * 9_900_000),
    "9.9 million closing brackets": lambda: rss(b">" * 9_900_000),
    "2.4 million closing tags": lambda: rss(b"</a>" * 2_400_000),
    "2.4 million declarations": lambda: rss(b"<!x>" * 2_400_000),
    "1.9 million instructions": lambda: rss(b"<?a?>" * 1_900_000),
    "1.4 million comments": lambda: rss(b"<!---->" * 1_400_000),
    "700,000 CDATA sections": lambda: rss(b"<item>" + b"<![CDATA[x]]>" * 700_000 + b"</item>"),
    "500,000 authors": lambda: rss(b"<item>" + b"<author>a</author>" * 500_000 + b"</item>"),
    "59,000 authors": lambda: rss(b"<item>" + b"<author>a</author>" * 59_000 + b"</item>"),
    "600,000 links": lambda: ATOM + b"<entry>" + b"<link href='a'/>" * 600_000 + b"</entry></feed>",
    "29,000 links": lambda: ATOM + b"<entry>" + b"<link href='a'/>" * 29_000 + b"</entry></feed>",
    "59,000 elements in a text": lambda: (
        ATOM + b"<entry><content type='xhtml'>" + b"<b>x</b>" * 59_000 + b"</content></entry></feed>"
    ),
    "3.2 million tags in CDATA": lambda: items(b"<![CDATA[" + b"<p>" * 120_000 + b"]]>", 27),
    "290,000 tags in CDATA": lambda: items(b"<![CDATA[" + b"<p>" * 10_500 + b"]]>", 27),
    "750,000 escaped tags": lambda: items(b"&lt;b>x&lt;/b>" * 2_500, 150),
    "a title of ten million letters": lambda: rss(b"<item><title>" + b"x" * 9_900_000 + b"</title></item>"),
    "five million marks on one letter": lambda: rss(
        b"<item><title>" + "\u0301".encode() * 4_900_000 + b"</title></item>"
    ),
}


def read(document: bytes) -> tuple[float, float, str]:
    """Processor seconds, MiB added to the peak, and the answer."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    try:
        answer = f"{len(syndication.read(document, address='https://feeds.example/f').entries)} entries"
    except DaybriefError as refusal:
        answer = f"{type(refusal).__name__}: {refusal.message[:70]}"
    seconds = time.process_time() - start
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024, answer


def apart(document: bytes) -> tuple[float, float, str]:
    """`read` in a process of its own."""
    out, into = os.pipe()
    if not (child := os.fork()):
        os.write(into, json.dumps(read(document)).encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out, "rb") as pipe:
        outcome = json.loads(pipe.read())
    os.waitpid(child, 0)
    return tuple(outcome)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", action="append", choices=list(DOCUMENTS), metavar="NAME")
    options = parser.parse_args()
    names = options.only or list(DOCUMENTS)
    costs = {name: apart(DOCUMENTS[name]()[:MOST]) for name in names}
    slowest = max(costs, key=lambda name: costs[name][0])
    largest = max(costs, key=lambda name: costs[name][1])
    figures: list[dict[str, Any]] = [
        {"what": f"worst of {len(costs)} documents, processor seconds", "asked": "≤ 2", "measured":
         f"**{costs[slowest][0]:.1f}** ({slowest})"},
        {"what": "worst memory added, MiB", "asked": "≤ 100", "measured":
         f"**{costs[largest][1]:.0f}** ({largest})"},
        *({"what": name, "measured": f"{seconds:.2f} s, {mib:.0f} MiB: {answer}"}
          for name, (seconds, mib, answer) in costs.items()),
    ]  # fmt: skip
    if options.json:
        print(json.dumps({"figures": figures}))
        return
    for row in figures:
        print(f"{row['what']:48} {row['measured']}")


if __name__ == "__main__":
    main()
