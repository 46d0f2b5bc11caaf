"""Texts that try to become markup or script, and an archive that holds them in every field.

    from daybrief.testing.vectors import VECTORS, attacked

Each vector calls `canary()` if a page takes it for more than text (after OWASP's and PortSwigger's sheets).
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import msgspec

from daybrief.adapters.archive import open_archive
from daybrief.model import Example, Harvest, Item, Link
from daybrief.testing.editions import MADE_AT, edition, item, story, taxonomy

_OPENERS = (
    *("", '"', "'", '">', "'>", "</title>", "</script>", "</style>", "</textarea>", "-->", "]]>", "</bdi>"),
    *("`>", '\\">', "</svg>", "</option></select>"),
)
_MARKUP = (
    "<script>canary()</script>",
    "<img src=x onerror=canary()>",
    "<svg onload=canary()>",
    "<svg><script>canary()</script></svg>",
    "<body onload=canary()>",
    "<details open ontoggle=canary()>",
    "<input autofocus onfocus=canary()>",
    "<iframe srcdoc='<script>parent.canary()</script>'>",
    "<a href=javascript:canary() autofocus onfocus=canary()>x</a>",
    "<math><mtext><script>canary()</script></mtext></math>",
    "<video><source onerror=canary()></video>",
    "<style>@import 'javascript:canary()'</style>",
    "<object data=javascript:canary()></object>",
    "<form action=javascript:canary()><button autofocus onfocus=canary()>",
    "<marquee onstart=canary()>",
    "<template><script>canary()</script></template>",
    "<ScRiPt>canary()</sCrIpT>",
    "<img/src=x/onerror=canary()>",
    "<scr\x00ipt>canary()</script>",
    "\uff1cscript\uff1ecanary()\uff1c/script\uff1e",
)
_ATTRIBUTES = (
    " onmouseover=canary() ",
    " autofocus onfocus=canary() x=",
    " style=animation-name:x onanimationstart=canary() ",
    " hx-on:load=canary() ",
    " hx-on::load=canary() hx-get=/ hx-trigger=load ",
)
_WHOLE = (
    "javascript:canary()",
    "JaVaScRiPt:canary()",
    "java\tscript:canary()",
    "data:text/html,<script>canary()</script>",
    "vbscript:canary()",
    "{{canary()}}",
    "{% raw %}{{ canary() }}",
    "${canary()}",
    "#{canary()}",
    "<%= canary() %>",
    "&lt;script&gt;canary()&lt;/script&gt;",
    "&#60;script&#62;canary()&#60;/script&#62;",
    "%3Cscript%3Ecanary()%3C/script%3E",
    "\\u003cscript\\u003ecanary()\\u003c/script\\u003e",
    "\u202e<script>canary()</script>",
    "+ADw-script+AD4-canary()+ADw-/script+AD4-",
    "<",
    "<!--",
    "<![CDATA[",
    "';canary();//",
    '";canary();//',
    "`;canary();`",
    'x" hx-get="/" hx-trigger="load',
)
_ENDS = ("", "y", "'", '"', ">", "/>", "//", "<!--")


def _made() -> tuple[str, ...]:
    found = [f"{opener}{markup}" for opener, markup in product(_OPENERS, _MARKUP)]
    found += [f"x{q}{attribute}{end}" for q, attribute, end in product("'\"` ", _ATTRIBUTES, _ENDS)]
    return tuple(dict.fromkeys([*_WHOLE, *found]))[:500]


VECTORS = _made()


def attacked(folder: Path, vectors: tuple[str, ...] = VECTORS) -> Path:
    """An archive that holds each vector in every field of a story, and in sources, runs and examples."""
    path = folder / "attacked.sqlite"
    ids = [category.id for category in taxonomy().category if category.kind != "news"]
    pairs = [(story(one, news=(one.title,)), ids[n % len(ids)]) for n, one in enumerate(map(_item, vectors))]
    made = edition(pairs)
    items = tuple(one for s, _ in pairs for one in s.items)
    clean = [vector.replace("\x00", " ") for vector in vectors]
    reports = tuple(
        msgspec.structs.replace(report, source=clean[n], error=clean[n + 9], hint=clean[n + 19])
        for n, report in enumerate(made.sources)
    )
    made = msgspec.structs.replace(made, sources=reports).sealed()
    archive = open_archive(path)
    harvests = [Harvest(source="arxiv", state="fresh", items=items)]
    harvests += [Harvest(source=v, state="failed", error=v, hint=v) for v in clean[:100:10]]
    archive.save_harvests(made.window, harvests)
    archive.save_editions([made])
    for vector in clean[:60]:
        run = archive.begin(made.window.day, MADE_AT)
        archive.end(run, MADE_AT, vector, vector, {vector: 1.0})
    archive.save_examples(
        [Example(key=v, liked=bool(n % 2), title=v, added_at=MADE_AT) for n, v in enumerate(clean[:100])]
    )
    return path


def _item(vector: str) -> Item:
    number = VECTORS.index(vector) + 1 if vector in VECTORS else len(vector)
    return item(
        number,
        vector,
        f"{vector} is shown. {vector} is found. It holds.",
        url=vector,
        links=(Link(rel=vector, url=vector),),
        authors=(vector, vector),
        venue=vector,
        tldr=vector,
        tags=(vector,),
    )
