"""Run a folder of inputs from the outside world: answers of model services, and feeds.

    python benchmarks/cases.py --cases ../shared/cases [--only PART ...] [--json]

    DIR/llm/*.json        what a model service answers, the writer's settings, and what is expected
    DIR/feeds/META.json   for each feed in DIR/feeds: its headers, what is expected, and `want_…` fields
    DIR/items*.jsonl      stories that a model case names; the four usual ones are in benchmarks/cases_items

Each model case is written by daybrief's own writer, write stage and quotes check, over HTTP on loopback; each
feed is read by daybrief's own source. A model case that plainly expects "written" needs every story written;
any other needs a reason for each story that was quoted instead. A feed needs as many items as `want_items`
says (1 where it says nothing), with the title, address and start of the text it names; one that may be
undated or refused has to say why. A case "or its real day" is held to the day and year of its `raw` date. The
last line is
`feeds: N of M; models: N of M`; --json prints the rows as one line of JSON before it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec

from daybrief import plugins
from daybrief.adapters.llm import Models
from daybrief.adapters.web import HttpWeb, WebSettings
from daybrief.app import App
from daybrief.config import Settings
from daybrief.model import Dropped, Filed, Item, Ranked, Story, Window
from daybrief.sources import feed
from daybrief.stages.verify import evidence_of, judge
from daybrief.stages.write import Assignment, write
from daybrief.testing.model_answers import Given, ModelCall, answered, tokens
from daybrief.testing.model_dialects import dialect_of
from daybrief.text import plain
from daybrief.text.identity import arxiv_url

ITEMS = Path(__file__).parent / "cases_items"
DAY = date(2024, 11, 26)
ENVIRONMENT = {"PATH": "k", "TEST_KEY": "k"}

# Cases that come out otherwise than expected, and why that stays so.
EXPLAINED = {
    "date2-cst-cn.xml": "nothing in this feed is Chinese, and RFC 822 gives CST to America (-0600); in a "
    'feed that says or shows that it is in Chinese, or with zone = "Asia/Shanghai", CST is +0800',
}

Case = dict[str, Any]


class Row(NamedTuple):
    """A case: whether it came out as expected, and what happened in words."""

    name: str
    ok: bool
    expected: str
    outcome: str
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, required=True, metavar="DIR")
    parser.add_argument("--only", nargs="*", default=[], metavar="PART", help="parts of the names to run")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not given.cases.is_dir():
        raise SystemExit(f"{given.cases} is no folder; give one that holds llm/ or feeds/")
    warnings.simplefilter("ignore")
    tell: Callable[[str, Row], None] = (lambda _kind, _row: None) if given.json else _print
    rows = {
        "feeds": _run(feed_cases(given.cases), given.only, partial(tell, "feeds")),
        "models": _run(model_cases(given.cases), given.only, partial(tell, "models")),
    }
    if given.json:
        print(json.dumps({kind: [row._asdict() for row in outcomes] for kind, outcomes in rows.items()}))
    print(
        "; ".join(
            f"{kind}: {sum(r.ok for r in outcomes)} of {len(outcomes)}" for kind, outcomes in rows.items()
        )
    )


def _print(kind: str, row: Row) -> None:
    mark = "ok  " if row.ok else "FAIL"
    outcome = " ".join(row.outcome.split())[:200]
    print(
        f"{mark} {kind}/{row.name:34} expected: {row.expected[:40]:40} {outcome} ({row.seconds:.1f} s)",
        flush=True,
    )


Run = Callable[[], tuple[bool, str]]


def _run(
    cases: Iterable[tuple[str, str, Run]], only: Sequence[str], tell: Callable[[Row], None]
) -> list[Row]:
    """Run each case by itself; whatever it raises is its outcome."""
    rows = []
    for name, expected, run in cases:
        if only and not any(part in name for part in only):
            continue
        start = time.monotonic()
        try:
            ok, outcome = run()
        except Exception as error:
            ok, outcome = False, f"CRASH {error!r}"
        if not ok and name in EXPLAINED:
            outcome = f"explained: {EXPLAINED[name]}; {outcome}"
        rows.append(Row(name, ok, expected, outcome, round(time.monotonic() - start, 2)))
        tell(rows[-1])
    return rows


# ── feeds ───────────────────────────────────────────────────────────────────────────────────────────


def feed_cases(folder: Path) -> Iterator[tuple[str, str, Run]]:
    """Every feed of META.json, served on loopback and read by the `feed` source."""
    if not (folder / "feeds" / "META.json").is_file():
        return
    listed: dict[str, Case] = json.loads((folder / "feeds" / "META.json").read_text(encoding="utf-8-sig"))
    with _serving(_feed_handler(folder / "feeds", listed)) as port, tempfile.TemporaryDirectory() as kept:
        settings = WebSettings(
            allow=(("127.0.0.1", port),), spacing_s=0, retries=0, spacing_path=Path(kept)
        )  # a feed that fails is not asked again
        web = HttpWeb(settings)
        for name, wanted in listed.items():
            base = f"http://127.0.0.1:{port}"
            yield name, str(wanted.get("expect", "")), partial(_read_feed, name, wanted, base, web)


def _feed_handler(folder: Path, listed: Mapping[str, Case]) -> type[BaseHTTPRequestHandler]:
    class Feeds(_Quiet):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].lstrip("/")
            if name not in listed or not (folder / name).is_file():
                self.answer(404, b"", "text/plain")
                return
            usual = "application/json" if name.endswith("json") else "application/rss+xml"
            headers = {"Content-Type": usual, **listed[name].get("headers", {})}
            self.answer(200, (folder / name).read_bytes(), headers.pop("Content-Type"), headers)

    return Feeds


def _read_feed(name: str, wanted: Case, base: str, web: HttpWeb) -> tuple[bool, str]:
    window = _window_of(wanted)
    items: list[Item] = []
    drops: list[Dropped] = []
    failure = ""
    try:
        for entry in feed.make(feed.Options(url=f"{base}/{name}", name=name), None).collect(window, web):
            (drops if isinstance(entry, Dropped) else items).append(entry)
    except Exception as error:
        failure = f"{type(error).__name__}: {error}".replace(base, "BASE")
    shown = [(i.title, i.url.replace(base, "BASE"), i.text[:40], str(i.published)) for i in items]
    reasons = [drop.reason for drop in drops]
    outcome = f"items {shown} dropped {reasons} {failure}"
    as_wanted = len(items) == wanted.get("want_items", 1) and _as_wanted(items, wanted, base)
    return as_wanted or _is_told(str(wanted.get("expect", "")), reasons, failure), outcome


def _is_told(expected: str, reasons: Sequence[str], failure: str) -> bool:
    """Whether the case may end without an item, and did so for the reason that it may have."""
    undated = "undated" in expected and set(reasons) == {"undated"}
    return bool(failure) and (undated or "or told" in expected)


def _window_of(wanted: Case) -> Window:
    """The day of the cases; any day where the date that a case states is another, real one."""
    start, end = datetime(2024, 11, 26, tzinfo=UTC), datetime(2024, 11, 27, tzinfo=UTC)
    if "real day" in str(wanted.get("expect", "")):
        start, end = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    return Window(day=DAY, zone="UTC", start=start, end=end)


def _on_stated_day(item: Item, raw: str) -> bool:
    """Whether an item's day and year are among the numbers of its date as the feed has it."""
    numbers = {int(number) for number in re.findall(r"\d+", raw)}
    at = item.published
    return at is not None and at.day in numbers and bool({at.year, at.year % 100} & numbers)


def _as_wanted(items: Sequence[Item], wanted: Case, base: str) -> bool:
    if not items:
        return not {"want_title", "want_url", "want_text"} & wanted.keys()
    first = items[0]
    if "real day" in str(wanted.get("expect", "")) and not _on_stated_day(first, wanted.get("raw", "")):
        return bool(re.fullmatch(r"\d{9,}", str(wanted.get("raw", "")))) and first.published is not None
    return (
        first.title == wanted.get("want_title", first.title)
        and first.url.replace(base, "BASE") == wanted.get("want_url", first.url.replace(base, "BASE"))
        and first.text.startswith(wanted.get("want_text", ""))
    )


# ── models ──────────────────────────────────────────────────────────────────────────────────────────


def model_cases(folder: Path) -> Iterator[tuple[str, str, Run]]:
    """Every case of llm/*.json: a service that answers as it says, and daybrief's writer in front of it."""
    for path in sorted((folder / "llm").glob("*.json")):
        try:
            case: Case = json.loads(path.read_text(encoding="utf-8-sig"))
            yield path.stem, str(case.get("expected", "written")), partial(_write, case, folder)
        except ValueError as broken:
            yield path.stem, "a case", partial(_broken, f"the case cannot be read: {broken}")


def _broken(why: str) -> tuple[bool, str]:
    return False, why


def _write(case: Case, folder: Path) -> tuple[bool, str]:
    ranked = _stories(case.get("items") or "items.jsonl", folder)
    calls: list[str] = []
    with _serving(_model_handler(case, folder, calls)) as port, tempfile.TemporaryDirectory() as kept:
        usual = {"provider": "openai", "model": "m", "budget_usd": 0, "timeout_s": 15, "patience_s": 2}
        settings = usual | case.get("settings", {})
        path = "/v1" if settings["provider"] == "openai" else ""
        settings["base_url"] = f"http://127.0.0.1:{port}{path}"
        with Models(Path(kept), DAY.isoformat(), ENVIRONMENT, Random(7)) as models:
            quoted, why = _draft(settings, models, ranked)
    expected = str(case.get("expected", "written"))
    plainly = expected.startswith("written") and " or " not in expected
    ok = not quoted if plainly else bool(why) or not quoted
    written = len(ranked) - len(quoted)
    return ok, f"written {written}/{len(ranked)}, {len(calls)} calls, {'; '.join(why)}"


def _draft(
    settings: Mapping[str, Any], models: Models, ranked: tuple[Ranked, ...]
) -> tuple[Sequence[str], Sequence[str]]:
    """The stories that were quoted instead of written, and the reasons told."""
    tools = msgspec.structs.replace(App(Settings()).ports.tools(), llm=models)
    writer = plugins.build("writers", {"use": "llm", "language": "en", **settings}, tools)
    fallback = plugins.build("writers", {"use": "extractive"}, tools)
    checks = [plugins.build("checks", {"use": "quotes"}, tools)]
    (section,) = write(
        [Assignment(category="llm", ranked=ranked)],
        writer,
        fallback,
        lambda claims, of: judge(claims, checks, evidence_of(i for r in of for i in r.story.items)),
    )
    return section.draft.fallbacks, section.draft.why


def _stories(name: str, folder: Path) -> tuple[Ranked, ...]:
    path = next((p for p in (folder / name, ITEMS / name) if p.is_file()), None)
    if path is None:
        raise FileNotFoundError(f"the case names {name}, which is neither in {folder} nor in {ITEMS}")
    rows = [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines() if row.strip()]
    return tuple(map(_ranked, rows))


def _ranked(row: Mapping[str, Any]) -> Ranked:
    key = f"arxiv:{row['id']}"
    item = Item(
        key=key, source="import", kind="paper", title=plain.line(row["title"]), url=arxiv_url(row["id"]),
        text=plain.paragraph(row["abstract"]), language="en",
    )  # fmt: skip
    story = Story(id=key, kind="paper", items=(item,), first_seen=DAY)
    return Ranked(filed=Filed(story=story, category="llm", confidence=1.0, why=""), score=1.0)


# ── the scripted services ───────────────────────────────────────────────────────────────────────────


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def answer(
        self, status: int, body: bytes, media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of a server that answers as `handler` does while the block runs."""
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may hang up in the middle of an answer."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _model_handler(case: Case, folder: Path, calls: list[str]) -> type[BaseHTTPRequestHandler]:
    model = case.get("settings", {}).get("model", "m")
    listed = case.get("models", {"body": {"object": "list", "data": [{"id": model}]}})
    begun: list[float] = []

    class Service(_Quiet):
        def do_GET(self) -> None:
            self.say(
                listed.get("status", 200), listed.get("body", ""), listed.get("type", "application/json")
            )

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            dialect = dialect_of(self.path)
            if dialect is None:
                self.say(404, {"error": {"message": "not found"}})
                return
            question = dialect.question(body, self.path)
            calls.append(question.kind)
            begun.append(time.monotonic())
            if refusal := _refused(case, body, time.monotonic() - begun[0]):
                self.say(*refusal)
                return
            chat = _chat_of(case, question)
            self.say(
                chat.get("status", 200), _answer(chat, question, dialect, model, folder),
                chat.get("type", "application/json"), chat.get("headers"),
            )  # fmt: skip

        def say(
            self, status: int, body: Any, media_type: str = "application/json",
            headers: Mapping[str, str] | None = None,
        ) -> None:  # fmt: skip
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            self.answer(status, text.encode(), media_type, headers)

    return Service


def _refused(case: Case, body: Mapping[str, Any], since_s: float) -> tuple[int, Any] | None:
    """Status and body when the service does not take the request at all."""
    for rule in case.get("reject", []):
        value: Any = body
        for part in rule["field"].split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is not None and ("equals" not in rule or value == rule["equals"]):
            return rule.get("status", 400), rule["body"]
    if since_s < case.get("loading", 0):
        return 503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    return _refused_schema(case.get("strict_schema"), body)


def _refused_schema(vendor: str | None, body: Mapping[str, Any]) -> tuple[int, Any] | None:
    format_ = body.get("response_format") or {}
    schema = (format_.get("json_schema") or {}).get("schema") or (body.get("generationConfig") or {}).get(
        "responseJsonSchema"
    )
    place = _untyped(schema) if vendor and schema else None
    if place is None:
        return None
    if vendor == "openai":
        message = f"Invalid schema for response_format: In context={place}, schema must have a 'type' key."
        error = {"message": message, "type": "invalid_request_error", "code": "invalid_json_schema"}
        return 400, {"error": error | {"status": "INVALID_ARGUMENT"}}
    where = f"GenerateContentRequest.generation_config.response_schema.{'.'.join(place)}.enum"
    message = f"{where}: only allowed for STRING type"
    error = {"message": message, "type": "invalid_request_error", "code": 400, "status": "INVALID_ARGUMENT"}
    return 400, {"error": error}


def _untyped(schema: Mapping[str, Any], path: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """The path of the first property without a type."""
    for name, node in (schema.get("properties") or {}).items():
        here = (*path, "properties", name)
        if not {"type", "anyOf", "$ref"} & node.keys():
            return here
        if inner := _untyped(node, here):
            return inner
    items = schema.get("items")
    return _untyped(items, (*path, "items")) if isinstance(items, dict) else None


def _chat_of(case: Case, question: ModelCall) -> Case:
    """How this question is answered: as its title says, else as all are."""
    chat: Case = case.get("chat", {})
    for words, other in case.get("per_title", {}).items():
        if words in question.text:
            chat = other
    return chat


def _answer(chat: Case, question: ModelCall, dialect: Any, model: str, folder: Path) -> Any:
    good = _mangled(chat.get("mangle", ""), answered("good", question).text, question, folder)
    if "body" in chat:
        body = _filled(chat["body"], good)
    else:
        given = Given(chat.get("content", "$GOOD").replace("$GOOD", good), chat.get("finish", "stop"))
        used = chat.get("usage") or (tokens(question.text), tokens(good))
        body = dialect.answer(model, given, *used)
    if isinstance(body, str):
        return body
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in chat.get("drop", ())}
    return chat.get("prefix", "") + json.dumps(body, ensure_ascii=False)


def _filled(node: Any, good: str) -> Any:
    """A body with the good answer in the place of `$GOOD`."""
    if isinstance(node, str):
        return node.replace("$GOOD", good)
    if isinstance(node, list):
        return [_filled(part, good) for part in node]
    if isinstance(node, dict):
        return {name: _filled(part, good) for name, part in node.items()}
    return node


# ── what becomes of a good answer on its way ────────────────────────────────────────────────────────


def _mangled(name: str, good: str, question: ModelCall, folder: Path) -> str:
    """The answer as a model spoils it; a name we do not know is looked for in the folder's mangle.py."""
    if not name:
        return good
    if name in MANGLES:
        return MANGLES[name](good)
    spec = importlib.util.spec_from_file_location("case_mangles", folder / "mangle.py")
    if spec is None or spec.loader is None or not (folder / "mangle.py").is_file():
        raise LookupError(f"the case spoils answers by {name!r}, which is not known")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(getattr(module, name)(good, question))


def _with_rows(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[str], str]:
    """Change every row of every list."""

    def mangle(good: str) -> str:
        whole = json.loads(good)
        for rows in whole.values():
            if isinstance(rows, list):
                rows[:] = [change(row) if isinstance(row, dict) else row for row in rows]
        return json.dumps(whole, ensure_ascii=False)

    return mangle


def _with_last(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[str], str]:
    """Change the last claim."""

    def mangle(good: str) -> str:
        whole = json.loads(good)
        if whole.get("claims"):
            whole["claims"][-1] = change(whole["claims"][-1])
        return json.dumps(whole, ensure_ascii=False)

    return mangle


def _cut_after_three(good: str) -> str:
    return good[: good.rfind('{"part"') + 30] if json.loads(good).get("claims") else good


def _ten_claims(good: str) -> str:
    whole = json.loads(good)
    if whole.get("claims"):
        whole["claims"] = (whole["claims"] * 10)[:10]
    return json.dumps(whole, ensure_ascii=False)


def _raw_newline(good: str) -> str:
    return good.replace(". ", ".\n", 1) if ". " in good else good.replace(" ", "\n", 1)


def _newline_in_sentences(good: str) -> str:
    marked = _with_rows(
        lambda row: row | {"sentence": row["sentence"].replace(" ", "NL_NL", 1)} if "sentence" in row else row
    )
    return marked(good).replace("NL_NL", "\n")


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


MANGLES: dict[str, Callable[[str], str]] = {
    "latex_single": lambda good: good.replace("\\\\", "\\"),
    "trailing_comma": lambda good: re.sub(r"\}\]\}$", "},]}", good),
    "raw_newline": _raw_newline,
    "raw_newline2": _newline_in_sentences,
    "single_quotes": lambda good: repr(json.loads(good)),
    "smart_quotes": lambda good: good.replace('"', "”"),
    "array": lambda good: f"[{good}]",
    "bare_list": lambda good: json.dumps(next(iter(json.loads(good).values()), []), ensure_ascii=False),
    "wrapped": lambda good: json.dumps({"answer": json.loads(good)}, ensure_ascii=False),
    "double": lambda good: json.dumps(good, ensure_ascii=False),
    "extra_keys": lambda good: json.dumps(
        json.loads(_with_rows(lambda row: row | {"confidence": 0.9})(good)) | {"notes": "ok"},
        ensure_ascii=False,
    ),
    "caps": _with_rows(lambda row: row | {"part": row["part"].capitalize()} if "part" in row else row),
    "html_entities": _with_rows(
        lambda row: row | {"quote": row["quote"].replace("'", "&#39;")} if "quote" in row else row
    ),
    "ten_claims": _ten_claims,
    "one_bad_part": _with_last(lambda row: row | {"part": "background"}),
    "long_sentence": _with_last(lambda row: row | {"sentence": row["sentence"] + " 그리고" * 300}),
    "null_quote": _with_last(lambda row: row | {"quote": None}),
    "no_part": _with_last(lambda row: _without(row, "part")),
    "numbers_as_ints": lambda good: re.sub(r'"c(\d+)"', r"\1", good),
    "pretty": lambda good: json.dumps(json.loads(good), indent=2, ensure_ascii=False),
    "cut_after_three": _cut_after_three,
    "comment": lambda good: good.replace("[{", "[ // the claims\n{", 1),
}


if __name__ == "__main__":
    main()
