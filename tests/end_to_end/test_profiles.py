"""Several readers on one archive: one collection, an edition for each, and each pays for itself alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from daybrief.adapters.archive import open_archive
from daybrief.adapters.machine import FixedClock
from daybrief.app import App, RunRequest
from daybrief.app.ports import Ports, World
from daybrief.config import Profile, Settings
from daybrief.errors import ConfigError
from daybrief.kit import Kit, RunLog
from daybrief.model import Dropped, Edition, Example, Fetched, Item, Signals, Window, from_json
from daybrief.pipeline import run
from daybrief.ports import Web
from daybrief.stages.schedule import window
from tests.end_to_end.conftest import Daybrief

NOW = datetime(2024, 11, 27, tzinfo=UTC)
SPAN = window(date(2024, 11, 26), "UTC")
PROFILES = """
[profiles.ko]
more = ["retrieval"]

[profiles.en]
language = "en"
kinds = ["papers"]
less = ["retrieval"]
seeds = ["2411.13543"]
"""


class NoWeb:
    """Counts who asks."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        self.urls.append(url)
        raise AssertionError(url)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        raise AssertionError(url)


class Counted:
    """A source that counts how often it is asked."""

    name = "counted"

    def __init__(self) -> None:
        self.calls = 0

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        self.calls += 1
        for n, title in enumerate(("Dense retrieval", "Robots that grasp", "Folding proteins")):
            yield Item(
                key=f"arxiv:2411.0000{n}", source="counted", kind="paper", title=title, announced=window.day,
                url=f"https://arxiv.org/abs/2411.0000{n}", text=f"{title}: we learn it from much data.",
                signals=Signals(votes=9 - n),
            )  # fmt: skip


class Breaks:
    """A folder with a bug."""

    def spool(self) -> NoReturn:
        raise RuntimeError("a bug")


class Dies:
    """A part at which the run is killed."""

    name = "dies"

    def file(self, stories: object) -> NoReturn:
        raise KeyboardInterrupt


def kits(folder: Path, source: Counted, **profiles: Profile) -> list[Kit]:
    settings = Settings(
        zone="UTC", sources=(), out=str(folder / "out"), profiles=profiles, publishers=({"use": "data"},),
        archive=str(folder / "archive.db"),
    )  # fmt: skip
    ports, world = Ports(settings, {}), World(web=NoWeb(), clock=FixedClock(NOW), at=NOW)
    log = RunLog()
    return [
        msgspec.structs.replace(ports.kit(world, name, log), sources=(source,)) for name in profiles or [""]
    ]


def order(edition: Edition) -> list[str]:
    ranked = (r for section in edition.sections for r in section.ranked)
    return [r.story.lead.title for r in sorted(ranked, key=lambda r: -r.score)]


def test_every_profile_gets_its_own_order_and_language_from_one_collection(tmp_path: Path) -> None:
    source = Counted()
    profiles = {
        "a": Profile(more=("proteins",), kinds=("papers",)),
        "b": Profile(language="en", less=("dense",)),
    }
    first, second = run(SPAN, kits(tmp_path, source, **profiles))
    assert source.calls == 1
    assert (first.profile, second.profile) == ("a", "b")
    assert order(first.editions[0])[0] == "Folding proteins"
    assert order(second.editions[0])[-1] == "Dense retrieval"
    assert [(e.language, e.kind) for r in (first, second) for e in r.editions] == [
        ("ko", "papers"),
        ("en", "papers"),
        ("en", "news"),
    ]
    assert (tmp_path / "out/a/2024-11-26/papers.json").exists()
    assert (tmp_path / "out/b/2024-11-26/news.json").exists()
    archive = open_archive(tmp_path / "archive.db")
    assert archive.of("a").latest(9) == first.editions
    assert archive.latest(9) == ()
    (noted,) = archive.runs(9)
    assert noted.outcome == "complete"
    assert {"collect", "write (a)", "write (b)"} <= noted.seconds.keys()
    assert archive.check() == ()


def test_a_second_run_reads_everything_back_and_asks_no_source(tmp_path: Path) -> None:
    source = Counted()
    made = kits(tmp_path, source, a=Profile(), b=Profile())
    before = run(SPAN, made)
    after = run(SPAN, made)
    assert source.calls == 1
    assert all(report.reused for report in after)
    assert [r.editions for r in before] == [r.editions for r in after]


def test_a_run_killed_between_two_profiles_goes_on_without_asking_again(tmp_path: Path) -> None:
    source = Counted()
    a, b = kits(tmp_path, source, a=Profile(), b=Profile())
    with pytest.raises(KeyboardInterrupt):
        run(SPAN, [a, msgspec.structs.replace(b, categoriser=Dies())])
    archive = open_archive(tmp_path / "archive.db")
    before = archive.of("a").latest(9)
    assert (len(before), archive.of("b").latest(9), archive.runs(1)[0].outcome) == (2, (), "interrupted")
    unpaid = msgspec.structs.replace(a, categoriser=Dies(), writer=Dies())  # nothing of it is made again
    again, second = run(SPAN, [unpaid, b])
    assert source.calls == 1
    assert (again.reused, second.reused) == (True, False)
    assert again.editions == before
    assert len(second.editions) == 2


def test_a_profile_that_fails_costs_only_its_own(tmp_path: Path) -> None:
    a, b = kits(tmp_path, Counted(), a=Profile(), b=Profile())
    broken = msgspec.structs.replace(a, folder=Breaks())
    failed, served = run(SPAN, [broken, b])
    assert (failed.error, failed.complete) == ("a bug", False)
    assert served.complete
    assert open_archive(tmp_path / "archive.db").runs(1)[0].note == "a: a bug"
    with pytest.raises(RuntimeError, match="a bug"):
        run(SPAN, [msgspec.structs.replace(broken, strict=True), b])
    with pytest.raises(RuntimeError, match="a bug"):
        run(SPAN, [broken, msgspec.structs.replace(b, folder=Breaks())])


def test_likes_change_the_next_day_of_their_profile_alone(tmp_path: Path) -> None:
    a, b = kits(tmp_path, Counted(), a=Profile(), b=Profile())
    liked = Example(key="k", liked=True, title="Protein folding with much data", added_at=NOW)
    open_archive(tmp_path / "archive.db").of("a").save_examples([liked])
    first, second = run(SPAN, [a, b])
    whys = [
        {r.story.lead.title: r.why for s in e.editions[0].sections for r in s.ranked} for e in (first, second)
    ]
    assert "Protein folding with much data" in whys[0]["Folding proteins"]
    assert not any("Protein folding" in why for why in whys[1].values())


def test_a_seed_that_was_collected_becomes_an_example_without_a_request(tmp_path: Path) -> None:
    source = Counted()
    (kit,) = kits(tmp_path, source, a=Profile(seeds=("2411.00002",)))
    run(SPAN, [kit])
    archive = open_archive(tmp_path / "archive.db").of("a")
    (seed,) = archive.examples()
    assert (seed.key, seed.origin, seed.title) == ("arxiv:2411.00002", "seed", "Folding proteins")
    assert isinstance(kit.web, NoWeb)
    assert kit.web.urls == []


@pytest.fixture(scope="module")
def founding_profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The founding day for two profiles, as the command makes it."""
    from tests.end_to_end.conftest import program

    folder = tmp_path_factory.mktemp("two")
    recorded = Path(str(__import__("daybrief").__file__)).parent / "assets/founding/settings.json"
    settings = json.loads(recorded.read_bytes())
    given = {"zone": settings["zone"], "sources": settings["sources"]}
    lines = [f'zone = "{given["zone"]}"']
    for source in given["sources"]:
        lines += ["[[sources]]", *(f"{name} = {json.dumps(value)}" for name, value in source.items())]
    (folder / "daybrief.toml").write_text("\n".join(lines) + PROFILES, encoding="utf-8")
    done = program(folder)(
        "run", "--replay", "founding", "--config", "daybrief.toml", "--out", "demo", "--json"
    )
    assert done.returncode == 0, done.stderr
    (folder / "told.json").write_text(done.stdout)
    return folder


def test_the_founding_day_for_two_readers(founding_profiles: Path) -> None:
    profiles = json.loads((founding_profiles / "told.json").read_bytes())["profiles"]
    assert set(profiles) == {"ko", "en"}
    ko, en = (
        from_json((founding_profiles / f"demo/{n}/2024-11-26/papers.json").read_bytes(), Edition)
        for n in ("ko", "en")
    )
    assert {s.id for s in ko.stories} == {s.id for s in en.stories}
    assert (ko.language, en.language) == ("ko", "en")
    drowning = "Drowning in Documents"
    assert order(ko)[0].startswith(drowning)
    place = next(at for at, title in enumerate(order(en)) if title.startswith(drowning))
    assert place > len(order(en)) // 2, order(en)
    assert not (founding_profiles / "demo/en/2024-11-26/news.json").exists()
    text = (founding_profiles / "demo/en/2024-11-26/papers.md").read_text(encoding="utf-8")
    assert "ranked lower for “retrieval”" in text
    assert "because you liked “BALROG" in text
    assert "키워드 “retrieval”" in (founding_profiles / "demo/ko/2024-11-26/papers.html").read_text(
        encoding="utf-8"
    )


def test_a_reader_says_what_they_like_and_takes_it_back(
    founding_profiles: Path, daybrief: Daybrief, tmp_path: Path
) -> None:
    shutil.copytree(founding_profiles / "demo", tmp_path / "demo")
    shutil.copy(founding_profiles / "daybrief.toml", tmp_path)
    here = {"DAYBRIEF_ARCHIVE": "demo/.daybrief/archive.sqlite"}
    assert "TÜLU" in daybrief("like", "2411.15124", "--profile", "en", **here).stdout
    assert "- " in daybrief("dislike", "https://arxiv.org/abs/2411.11767", "--profile", "en", **here).stdout
    taste = json.loads(daybrief("taste", "--profile", "en", "--json", **here).stdout)
    assert (taste["liked"], taste["disliked"]) == (2, 1)  # the seed counts as liked
    (tmp_path / "mine.bib").write_text("@misc{a, title={A paper of mine}}\n@misc{b, author={x}}\n")
    imported = daybrief("taste", "import", "mine.bib", "--profile", "en", **here)
    assert "좋아하는 글 1편" in imported.stdout
    assert "entry 2 (b) has no title" in imported.stderr
    listed = json.loads(daybrief("taste", "list", "--profile", "en", "--json", **here).stdout)
    assert {e["origin"] for e in listed} == {"seed", "reader", "bibtex"}
    assert daybrief("taste", "forget", "2411.15124", "--profile", "en", **here).returncode == 0
    assert json.loads(daybrief("taste", "list", "--profile", "ko", "--json", **here).stdout) == []
    for wrong, reason in (
        (("like", "2411.15124"), "--profile ko|en"),
        (("like", "x", "--profile", "en"), "names no paper"),
        (("like", "2401.00001", "--profile", "en"), "nothing was ever collected"),
        (("taste", "--profile", "nobody"), "there is no profile"),
    ):
        refused = daybrief(*wrong, **here)
        assert refused.returncode == 2
        assert reason in refused.stderr


def test_without_a_profile_there_is_no_taste_to_speak_of(daybrief: Daybrief) -> None:
    refused = daybrief("like", "2411.15124")
    assert refused.returncode == 2
    assert "[profiles.me]" in refused.stderr


def test_what_a_profile_asks_for_is_checked_before_anything_is_made(tmp_path: Path) -> None:
    for profile, reason in (
        (Profile(categories={"vision": 2}), "'vision'"),
        (Profile(more=("!!",)), "'!!'"),
        (Profile(seeds=("nonsense",)), "'nonsense'"),
        (Profile(language="xx"), "'xx'"),
    ):
        with pytest.raises(ConfigError, match=reason):
            App(Settings(out=str(tmp_path), profiles={"p": profile}, archive=str(tmp_path / "a.db"))).run(
                RunRequest(replay="founding")
            )
