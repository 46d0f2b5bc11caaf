"""Plugins that are not ours: whatever they do, they cost their own part, and leave the process as it was."""

from __future__ import annotations

import gc
import importlib
import locale
import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daybrief import plugins
from daybrief.app import App, RunRequest
from daybrief.config import Settings, WholeText
from daybrief.errors import ConfigError, DeliveryError, WriterError, in_a_line
from daybrief.model import Author, Delivery, Filed, Issue, Item, Message, Verdict
from daybrief.plugins import GROUPS, NEEDS, PARTS, Foreign
from daybrief.ports import Attempt, Filing, Hook, Tools
from daybrief.testing.editions import founding, taxonomy

DAY = date(2024, 11, 26)
ISSUE = Issue(day=DAY, editions=(founding(),), recent=())
STORY = founding().stories[0]
NEVER = threading.Event()
Deed = Callable[[], object]


class Anything:
    """A plugin of every group at once: it does a deed, then what it is there for."""

    name = "anything"
    author = Author(name="anything", version="1")
    concurrency = 1
    route = Hook(url="https://a.example/hook")

    def __init__(self, deed: Deed = bool) -> None:
        self.deed = deed

    def collect(self, *_: object) -> Iterator[Item]:
        self.deed()
        yield STORY.lead

    enrich = collect

    def file(self, stories: Any) -> Filing:
        self.deed()
        return Filing(filed=tuple(Filed(story=s, category="llm", confidence=1.0, why="w") for s in stories))

    def read(self, _: object) -> Attempt:
        self.deed()
        return Attempt()

    synthesise = read

    def check(self, *_: object) -> Verdict:
        self.deed()
        return Verdict(check="anything", outcome="supported", why="w")

    def publish(self, issue: Issue) -> Iterator[Delivery]:
        yield Delivery(path=f"{issue.day}/a.txt", body=b"a", media_type="text/plain")
        self.deed()

    def messages(self, issue: Issue) -> Iterator[Message]:
        yield message()
        self.deed()


def message(**fields: Any) -> Message:
    edition = ISSUE.editions[0]
    return msgspec.structs.replace(
        Message(channel="anything", recipient="r", key="a" * 32, body=b"{}", media_type="application/json",
                day=DAY, edition=edition.kind, digest=edition.digest),
        **fields,
    )  # fmt: skip


CALLS: dict[str, Callable[[Any], Any]] = {
    "sources": lambda plugin: list(plugin.collect(None, None)),
    "enrichers": lambda plugin: list(plugin.enrich((), None)),
    "categorisers": lambda plugin: plugin.file([STORY]),
    "writers": lambda plugin: plugin.read(None),
    "checks": lambda plugin: plugin.check(None, ()),
    "publishers": lambda plugin: plugin.publish(ISSUE),
    "channels": lambda plugin: plugin.messages(ISSUE),
}


def at_border(group: str, plugin: object, most_s: float = 60.0) -> Foreign:
    return Foreign(group, "their.plugin", plugin, most_s)


def _close_streams() -> None:
    sys.stdout, sys.stderr = None, None  # type: ignore[assignment]


CHANGES: dict[str, tuple[Deed, str]] = {
    "the working folder": (lambda: os.chdir("/"), "working folder"),
    "the mask": (lambda: os.umask(0o777), "file mask"),
    "the recursion limit": (lambda: sys.setrecursionlimit(5_000), "recursion limit"),
    "an empty environment": (os.environ.clear, "environment"),
    "a time zone": (lambda: os.environ.update(TZ="Asia/Tokyo"), "environment"),
    "the locale": (lambda: locale.setlocale(locale.LC_ALL, "POSIX"), "locale"),
    "errors of warnings": (lambda: warnings.simplefilter("always"), "warnings"),
    "no collector": (gc.disable, "collector of garbage"),
    "no log": (lambda: logging.disable(logging.DEBUG), "level of logging"),
    "no streams": (_close_streams, "standard streams"),
    "no descriptor 1": (lambda: os.close(1), "descriptor 1"),
    "no descriptors": (lambda: os.closerange(0, 3), "descriptor 0, the descriptor 1, the descriptor 2"),
    "another descriptor 2": (lambda: os.dup2(os.open("/dev/null", os.O_RDONLY), 2), "descriptor 2"),
}  # fmt: skip


def state() -> list[Any]:
    return [*(read() for read, _ in PARTS.values()), *(plugins._identity(n) for n in range(3))]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("group", GROUPS)
def test_what_a_plugin_changes_of_the_process_is_put_back_and_said(
    group: str, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    deed, part = CHANGES[change]
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    before, quiet = state(), CALLS[group](at_border(group, Anything()))
    assert CALLS[group](at_border(group, Anything(deed))) == quiet
    assert state() == before
    (record,) = caplog.records
    assert f"the {group[:-1]} their.plugin changed the {part}; it was put back" in record.getMessage()


def test_several_plugins_at_work_leave_the_process_as_the_first_has_found_it() -> None:
    before = state()
    first = CALLS["sources"], Anything(lambda: os.chdir("/"))
    listing = at_border("sources", first[1]).collect(None, None)  # type: ignore[attr-defined]
    next(listing)
    CALLS["checks"](at_border("checks", Anything(lambda: os.umask(0))))
    assert state() == before
    assert list(listing) == []
    assert state() == before


FAILURES: dict[str, Deed] = {
    "a bug": lambda: 1 / 0,
    "an exit": lambda: sys.exit(5),
    "Ctrl-C": lambda: signal.default_int_handler(2, None),
    "a generator's end": lambda: (_ for _ in ()).throw(GeneratorExit()),
    "a handler": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    "no characters": lambda: (_ for _ in ()).throw(ValueError("\ud800")),
    "a stop": lambda: next(iter(())),
    "depth": lambda: FAILURES["depth"](),
    "memory": lambda: bytearray(2**62),
    "somebody else's error": lambda: (_ for _ in ()).throw(plugins.UnknownPlugin.__mro__[2]("archive gone")),
    "silence": lambda: NEVER.wait(),
}
_COSTS: dict[str, type[Exception]] = {
    "categorisers": Exception,
    "writers": WriterError,
    "checks": Exception,
    "publishers": DeliveryError,
    "channels": DeliveryError,
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("group", _COSTS)
def test_a_plugin_that_fails_in_any_way_raises_what_costs_its_own_part(group: str, failure: str) -> None:
    plugin = at_border(group, Anything(FAILURES[failure]), 0.05 if failure == "silence" else 60)
    with pytest.raises(_COSTS[group]) as raised:
        CALLS[group](plugin)
    sentence = in_a_line(raised.value)
    assert "take it out of the settings" in sentence
    assert sentence.isascii()
    assert group.startswith("c") or "their.plugin failed" in sentence


@pytest.mark.parametrize("group", _COSTS)
def test_a_plugin_that_gave_no_answer_is_not_asked_again(group: str) -> None:
    calls: list[int] = []
    plugin = at_border(group, Anything(lambda: calls.append(1) or NEVER.wait()), 0.05)
    for _ in range(3):
        with pytest.raises(_COSTS[group], match="no answer"):
            CALLS[group](plugin)
    assert len(calls) == 1


@pytest.mark.parametrize("group", GROUPS)
def test_a_wrong_setting_that_a_plugin_finds_at_work_is_told_as_it_stands(group: str) -> None:
    def finds() -> None:
        raise ConfigError("url is no address", hint="mend it")

    with pytest.raises(ConfigError, match="url is no address"):
        CALLS[group](at_border(group, Anything(finds)))


@pytest.mark.parametrize("group", GROUPS)
def test_a_process_that_a_plugin_forks_ends_at_the_border(group: str) -> None:
    children: list[int] = []

    def forks() -> None:
        if child := os.fork():
            children.append(child)

    assert CALLS[group](at_border(group, Anything(forks)))
    (child,) = children
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.parametrize("group", GROUPS)
def test_threads_that_a_plugin_leaves_do_not_keep_the_program_alive(group: str) -> None:
    left: list[threading.Thread] = []

    def starts() -> None:
        left.append(threading.Thread(target=NEVER.wait, daemon=None))
        left[0].start()

    def asks() -> None:
        CALLS[group](at_border(group, Anything(starts)))

    outer = threading.Thread(target=asks, daemon=True)  # as sources and enrichers are asked
    outer.start()
    outer.join()
    assert left[0].daemon


ODD: dict[str, dict[str, tuple[object, ...]]] = {
    "name": dict.fromkeys(("sources", "checks"), (None, "", " a", "a\nb", 7, "\ud800", "n" * 101, "\x1b[2J")),
    "author": {"writers": (None, "me", Author(name="", version="1"), Author(name="a", version=None))},  # type: ignore[arg-type]
    "concurrency": {"writers": (None, 0, -1, True, 1.5, "4", 10**9)},
    "route": {"channels": (None, "https://a.example", {})},
    "read": {"writers": (None, "read")},
    "publish": {"publishers": (None, ())},
    "drafts": {"writers": (0, "two", None)},
    "first_seen": {"sources": (None, "yes")},
}


@pytest.mark.parametrize(
    ("group", "name", "value"),
    [(group, name, value) for name, odd in ODD.items() for group, values in odd.items() for value in values]
    + [(group, name, None) for group, needs in NEEDS.items() for name in needs],
)
def test_a_plugin_that_lacks_what_it_promises_is_named_before_anything_is_done(
    group: str, name: str, value: object
) -> None:
    plugin = Anything()
    setattr(plugin, name, value)
    with pytest.raises(ConfigError, match=f"their.plugin has no usable `{name}`") as refused:
        at_border(group, plugin)
    assert "docs/plugins.md" in refused.value.hint


RUBBISH: dict[str, tuple[Any, ...]] = {
    "publishers": (
        None, 7, [None], ["a file"], [message()],
        [Delivery(path=7, body=b"", media_type="t")],  # type: ignore[arg-type]
        [Delivery(path="a", body="text", media_type="t")],  # type: ignore[arg-type]
        [Delivery(path="\ud800", body=b"", media_type="t")],
        [Delivery(path="a", body=b"", media_type=None)],  # type: ignore[arg-type]
    ),
    "channels": (
        None, 7, [None], ["a message"], [message(body="text")], [message(day="today")], [message(part="1")],
        [message(edition="advert")], [message(recipient=None)], [message(channel="email")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("group", "given"), [(g, given) for g, every in RUBBISH.items() for given in every])
def test_files_and_messages_that_are_none_cost_their_own_part(group: str, given: Any) -> None:
    plugin = Anything()
    plugin.publish = plugin.messages = lambda _: given  # type: ignore[method-assign]
    with pytest.raises(DeliveryError, match=r"their\.plugin failed"):
        CALLS[group](at_border(group, plugin))


MODULE = '''"""A plugin of every group."""
import msgspec
from tests.contracts import test_border as border
class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The deed.

    deed: its name.
    """
    deed: str
def make(options, tools):
    deed = border.FAILURES[options.deed]
    return border.Anything(deed)
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    for name in ("odd_border", "odd_border.plugin"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / "odd_border").mkdir()
    (tmp_path / "odd_border" / "__init__.py").write_text("")
    (tmp_path / "odd_border" / "plugin.py").write_text(MODULE)
    importlib.invalidate_caches()
    return tmp_path


ALONE: dict[str, Any] = {
    "out": "o", "archive": "a.sqlite", "cache": "c", "sources": (), "enrichers": (), "zone": "UTC",
    "fulltext": WholeText(papers=0, articles=0),
}  # fmt: skip


@pytest.mark.parametrize("failure", ["a bug", "Ctrl-C"])
@pytest.mark.parametrize("group", [group for group in GROUPS if group != "channels"])
def test_the_edition_appears_whatever_a_plugin_does_and_the_report_names_it(
    group: str, failure: str, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    table = {"use": "odd_border.plugin", "deed": failure}
    every = {"use": "markdown"}, {"use": "data"}
    chosen: dict[str, Any] = {
        "sources": {"sources": (table,)},
        "enrichers": {"enrichers": (table,)},
        "categorisers": {"categoriser": table},
        "writers": {"writer": table},
        "checks": {"checks": (*Settings().checks, table)},
        "publishers": {"publishers": (every[0], table, every[1])},
    }[group]
    fields = ALONE | {"publishers": every} | chosen
    app = App(Settings(**fields), {})
    (here / "rows.jsonl").write_text(
        '{"id": "2411.00001", "title": "A model of language", "abstract": "We train it on much data."}\n'
    )
    app.import_items(here / "rows.jsonl", DAY, strict=True)
    (report,) = app.run(RunRequest(day=DAY))
    papers = report.editions[0]
    assert len(papers.stories) == 1
    assert {receipt.path for receipt in report.receipts if not receipt.error} == {
        f"{DAY}/{name}" for name in ("papers.md", "news.md", "papers.json", "news.json", "ledger.json")
    }
    report_lines = [r.getMessage() for r in caplog.records] + [r.error for r in report.receipts]
    report_lines += [f"{s.source}: {s.error}" for s in papers.sources if s.error]
    assert any("odd_border.plugin" in text or "anything" in text for text in report_lines), report_lines
    again = App(Settings(**(fields | {"publishers": every})), {})
    assert again.run(RunRequest(day=DAY))[0].editions[0].stories == papers.stories


def test_two_publishers_of_one_place_cost_the_later_one_its_files(here: Path) -> None:
    markdown = {"use": "markdown"}
    app = App(Settings(**(ALONE | {"publishers": (markdown, markdown)})), {})
    (report,) = app.run(RunRequest(day=DAY))
    (refused,) = [receipt for receipt in report.receipts if receipt.error]
    assert "is written twice" in refused.error
    assert (here / "o" / DAY.isoformat() / "papers.md").is_file()
    assert not report.complete


def test_a_module_that_changes_the_process_while_it_is_imported_is_named(
    here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changes = "import os, signal, sys\nos.chdir('/')\nsys.setrecursionlimit(4999)\nos.environ['ODD'] = '1'\n"
    (here / "odd_border" / "plugin.py").write_text(
        changes + "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + MODULE
    )
    before = state()
    plugins.build("sources", {"use": "odd_border.plugin", "deed": "a bug"}, Tools(taxonomy=taxonomy()))
    assert os.environ.pop("ODD") == "1", "a library may need a variable"
    assert state() == before
    (record,) = caplog.records
    assert (
        "odd_border.plugin changed the working folder, the recursion limit, the signal handlers"
        in record.getMessage()
    )


@pytest.mark.parametrize("way_out", ["raise SystemExit(7)", "raise GeneratorExit", "1 / 0"])
def test_a_plugin_that_cannot_be_made_is_a_wrong_setting(way_out: str, here: Path) -> None:
    (here / "odd_border" / "plugin.py").write_text(
        MODULE.replace("    deed = ", f"    {way_out}\n    deed = ")
    )
    with pytest.raises(ConfigError, match=r"odd_border\.plugin cannot be made"):
        plugins.build("sources", {"use": "odd_border.plugin", "deed": "a bug"}, Tools(taxonomy=taxonomy()))
