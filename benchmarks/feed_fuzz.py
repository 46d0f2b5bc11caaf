"""The items read from damaged feeds: garbage that passes for fresh, and errors of no type of ours.

    python benchmarks/feed_fuzz.py --data ../shared/data --json

Recorded feeds, each cut to its first entries, are damaged 6,000 times from one seed: bytes flipped, dropped,
put in or cut off, the encoding relabelled, the label taken away, the text written in an older encoding with
the right label, a wrong one or none, and the charset of the HTTP header made wrong. Each is read as the feed
source reads it, whatever its dates. Garbage is an item whose title or text has more replacement characters
than bytes were damaged (two for a wrong label: the one foreign character of an English text may be lost), or
more than a tenth of whose letters are of scripts that the recorded feed does not use.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from daybrief.errors import SourceError
from daybrief.model import Item, Window
from daybrief.sources.feed import Options, listing, syndication

ADDRESS = "https://example.org/feed.xml"
EVER = Window(
    day=date(2024, 11, 26),
    zone="UTC",
    start=datetime(1900, 1, 2, tzinfo=UTC),
    end=datetime(2199, 1, 1, tzinfo=UTC),
)
OPTIONS = Options(url=ADDRESS, undated="keep", name="fuzz")
LABELS = (
    "utf-8 euc-kr gb2312 big5 shift_jis euc-jp iso-8859-1 windows-1252 windows-1251 koi8-r utf-16 us-ascii "
    "x-none"
).split()
KINDS = ("flip", "drop", "put in", "cut off", "relabel", "unlabel", "older", "mislabelled", "header")
OLDER = ("cp949", "gb18030", "cp932", "euc_jp", "cp1252", "cp1251", "utf-16", "utf-8-sig")
_ENTRY = re.compile(rb"<(item|entry)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_PROLOG = re.compile(rb"\A\s*<\?xml[^>]*\?>")
_KEPT = 2  # entries of a feed
_MIX = 0.1


class Seed(NamedTuple):
    """A recorded feed cut short, and what its items are made of."""

    name: str
    body: bytes
    lost: int
    scripts: frozenset[str]


class Damaged(NamedTuple):
    """A feed after a mutation: how many of its bytes were damaged, and the charset of its header."""

    kind: str
    body: bytes
    bytes: int
    charset: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mutations", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    figures = measured(list(seeds(given.data)), given.mutations, Random(given.seed))
    if given.json:
        print(json.dumps({"figures": figures}, ensure_ascii=False))
    else:
        for row in figures:
            print(f"{row['what']:70} {row['asked']:6} {row['measured']}")


def seeds(data: Path) -> Iterator[Seed]:
    """The recorded feeds that give items, and five of our own in scripts that the recordings lack."""
    folders = ("feeds/blogs_2026-04", "feeds/gofeed", "feeds/reader", "feeds/rss-parser", "arxiv_rss",
               "hackernews_digest")  # fmt: skip
    paths = [p for f in folders for p in sorted((data / "sources" / f).rglob("*")) if p.is_file()]
    recorded = [(path.name, path.read_bytes()) for path in paths]
    for name, body in (*recorded, *_own()):
        short = _in_utf8(_cut(body))
        try:
            items = _items(short)
        except SourceError:
            continue
        if items:
            words = " ".join(f"{item.title} {item.text}" for item in items)
            yield Seed(name, short, words.count("\ufffd"), frozenset(map(_script, words)))


def _own() -> Iterator[tuple[str, bytes]]:
    words = {
        "ko": "네이버가 새로운 거대 언어 모델을 공개했다. ",
        "zh": "公司发布了新的大语言模型，表现超过了现有的模型。",
        "ja": "東京の研究所は新しい言語モデルを公開した。",
        "ru": "Исследователи и компания на конференции не показали модель. ",
        "fr": "Des chercheurs ont présenté un modèle plus léger, entraîné sur des données. ",
    }
    for language, text in words.items():
        rows = "".join(
            f"<item><title>{text.strip()} {n}</title><link>https://example.org/{n}</link>"
            f"<description>{text * 3}</description><pubDate>Tue, 26 Nov 2024 09:00:00 GMT</pubDate></item>"
            for n in range(4)
        )
        head = f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{text}</title>'
        yield f"own-{language}", f"{head}{rows}</channel></rss>".encode()


def _in_utf8(body: bytes) -> bytes:
    """A recorded feed of western Europe as its text would be in UTF-8."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return _PROLOG.sub(b"", body).decode("cp1252", "replace").encode()
    return body


def _cut(body: bytes) -> bytes:
    for entry in list(_ENTRY.finditer(body))[: _KEPT - 1 : -1]:
        body = body[: entry.start()] + body[entry.end() :]
    return body


def _items(body: bytes, charset: str = "") -> list[Item]:
    feed = syndication.read(body, address=ADDRESS, charset=charset) if body.strip() else None
    return [i for i in listing(feed, EVER, OPTIONS, "fuzz") if isinstance(i, Item)] if feed else []


def measured(feeds: list[Seed], mutations: int, random: Random) -> list[dict[str, str]]:
    count: Counter[str] = Counter()
    garbage: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(mutations):
        seed = random.choice(feeds)
        damaged = _damaged(seed.body, random)
        begun = time.process_time()
        try:
            items = _items(damaged.body, damaged.charset)
        except SourceError as refused:
            count[type(refused).__name__] += 1
            continue
        except Exception:  # what this benchmark is for
            count["untyped"] += 1
            continue
        finally:
            slowest = max(slowest, time.process_time() - begun)
        count["items"] += len(items)
        bad = sum(_is_garbage(item, damaged, seed) for item in items)
        garbage[damaged.kind] += bad
    kinds = ", ".join(f"{kind} {n}" for kind, n in garbage.items() if n) or "none"
    whole = f"of {count['items']} items, {len(feeds)} feeds, {mutations} mutations"
    refused = count["NotWhatWeAsked"] + count["TooMuch"]
    return [
        {
            "what": "garbage printed as fresh",
            "asked": "0",
            "measured": f"**{garbage.total()}** {whole} ({kinds})",
        },
        {"what": "exceptions of no type of ours", "asked": "0", "measured": f"**{count['untyped']}**"},
        {"what": "damaged feeds refused with a reason", "asked": "–", "measured": str(refused)},
        {"what": "slowest document, processor seconds", "asked": "≤ 2", "measured": f"**{slowest:.2f}**"},
    ]


def _damaged(body: bytes, random: Random) -> Damaged:
    kind = random.choice(KINDS)
    spots = [random.randrange(len(body)) for _ in range(random.choice((1, 1, 2, 5, 20)))]
    whole = bytearray(body)
    if kind == "flip":
        for spot in spots:
            whole[spot] ^= 1 << random.randrange(8)
    elif kind == "drop":
        for spot in sorted(spots, reverse=True):
            del whole[min(spot, len(whole) - 1)]
    elif kind == "put in":
        for spot in spots:
            whole.insert(spot, random.randrange(256))
    elif kind == "cut off":
        return Damaged(kind, body[: spots[0]], 1)
    elif kind == "header":
        return Damaged(kind, body, 0, random.choice(LABELS))
    else:
        return _relabelled(kind, body, random)
    # A damaged byte of a longer character costs that character, of up to four bytes.
    return Damaged(kind, bytes(whole), 4 * len(spots))


def _relabelled(kind: str, body: bytes, random: Random) -> Damaged:
    bare = _PROLOG.sub(b"", body)
    if kind == "unlabel":
        return Damaged(kind, bare, 0)
    label = random.choice(LABELS)
    if kind == "relabel":
        return Damaged(kind, b'<?xml version="1.0" encoding="' + label.encode() + b'"?>' + bare, 0)
    codec = random.choice(OLDER)
    named = codec if kind == "older" else label
    text = f'<?xml version="1.0" encoding="{named}"?>' + bare.decode("utf-8", "replace")
    # What the encoding lacks is written as a reference, as publishers do.
    return Damaged(kind, text.encode(codec, "xmlcharrefreplace"), 0)


def _is_garbage(item: Item, damaged: Damaged, seed: Seed) -> bool:
    for text in (item.title, item.text):
        if text.count("\ufffd") > max(damaged.bytes, 2) + seed.lost:
            return True
        letters = [c for c in text if c.isalpha()]
        strange = sum(_script(c) not in seed.scripts for c in letters)
        if strange > max(_MIX * len(letters), damaged.bytes):
            return True
    return False


def _script(character: str) -> str:
    """The script of a letter; letters with accents are told from those without."""
    if character.isascii():
        return "ascii"
    return unicodedata.name(character, "?").split()[0].split("-")[0]


if __name__ == "__main__":
    main()
