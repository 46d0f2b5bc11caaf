"""A recorded day answers byte for byte what was answered, and nothing else."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.adapters.recording import (
    Exchange,
    RecordingWeb,
    ReplayClock,
    ReplayWeb,
    exchanges,
    recorded_day,
)
from daybrief.errors import (
    Blocked,
    ConfigError,
    FetchError,
    NotRecorded,
    NotWhatWeAsked,
    RateLimited,
    Refused,
    SourceError,
    TooMuch,
    Unavailable,
)
from daybrief.model import Fetched, Validators, Window
from daybrief.ports import Web
from daybrief.testing import Route, StoppedClock, serve
from daybrief.text.identity import hidden

WINDOW = Window(
    day=date(2024, 11, 26),
    zone="Asia/Seoul",
    start=datetime(2024, 11, 25, 15, tzinfo=UTC),
    end=datetime(2024, 11, 26, 15, tzinfo=UTC),
)
HF = "https://huggingface.co/api/daily_papers?date=2024-11-26"
ROUTES = {
    "https://export.arxiv.org/*": Route(
        bytes(range(256)),
        media_type="application/atom+xml; charset=utf-8",
        etag='W/"\\"',
        last_modified="then",
    ),
    HF: [Route("[1]", media_type="application/json"), Route("[2]", media_type="application/json")],
    "https://a.example/moved": Route(status=302, headers={"Location": "https://b.example/"}),
    "https://b.example/": Route("<p>", media_type="text/html"),
    "https://gone.example/": Route(status=410),
    "https://busy.example/": Route(status=429, headers={"Retry-After": "9999"}),
    "https://down.example/": Route(status=500),
    "https://odd.example/": Route("x", headers={"Content-Encoding": "br"}),
    "https://api.example/": [Route("first"), Route("second")],
}
GETS = [
    "https://export.arxiv.org/api/query?search_query=cat:cs.AI",
    HF,
    HF,
    HF,
    "https://a.example/moved",
    "https://gone.example/",
    "https://busy.example/",
    "https://down.example/",
    "https://odd.example/",
    "http://127.0.0.1/",
]


def outcome(web: Web, url: str) -> Fetched | tuple[str, str, str, int]:
    try:
        return web.get(url)
    except SourceError as failed:
        return type(failed).__name__, failed.message, failed.hint, getattr(failed, "status", 0)


def ask_all(web: Web) -> list[object]:
    gets = [outcome(web, url) for url in GETS]
    posts = [web.post("https://api.example/", body, media_type="text/plain") for body in (b"q1", b"q2")]
    return [*gets, *posts]


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[Path, list[object]]:
    folder = tmp_path / "day"
    with (
        serve(ROUTES) as site,
        RecordingWeb(site.web, folder, WINDOW, site.clock, settings={"language": "ko"}) as web,
    ):
        return folder, ask_all(web)


def test_a_replay_gives_every_answer_and_every_failure_again(recorded: tuple[Path, list[object]]) -> None:
    folder, seen = recorded
    assert ask_all(ReplayWeb(folder)) == seen
    kinds = {o[0] for o in seen if isinstance(o, tuple)}
    assert kinds == {"Refused", "RateLimited", "Unavailable", "NotWhatWeAsked", "Blocked"}


def test_a_replayed_post_fails_as_the_recorded_one_did(tmp_path: Path) -> None:
    with serve({"*": Route(status=400)}) as site:
        web = RecordingWeb(site.web, tmp_path / "day", WINDOW, site.clock)
        with pytest.raises(Refused) as then:
            web.post("https://api.example/", b"q", media_type="text/plain")
    with pytest.raises(Refused) as now:
        ReplayWeb(tmp_path / "day").post("https://api.example/", b"q", media_type="text/plain")
    assert (now.value.message, now.value.status) == (then.value.message, 400)


@pytest.mark.parametrize(
    "address",
    [
        "https://feeds.example/rss?user=7&token=s3cr3t-value",
        "https://feeds.example/rss?API_KEY=s3cr3t-value;x=1",
        "https://feeds.example/private/0f8fad5b-d9cb-469f-a165-70867728950e/rss",
        "https://feeds.example/f/9a3bD5f7Q1c2R8t6Y0pLkJhG4/rss.xml",
    ],
)
def test_a_secret_of_an_address_is_in_no_file_of_a_recording_and_the_replay_answers(
    tmp_path: Path, address: str
) -> None:
    secrets = ["s3cr3t-value", "0f8fad5b-d9cb-469f-a165-70867728950e", "9a3bD5f7Q1c2R8t6Y0pLkJhG4"]
    route = Route(f"<rss><link>{address}</link></rss>", media_type="application/xml")
    with serve({"*": route, "https://gone.example/*": Route(status=410)}) as site:
        web = RecordingWeb(
            site.web, tmp_path / "day", WINDOW, site.clock, settings={"sources": [{"url": address}]}
        )
        web.get(address)
        with pytest.raises(Refused):
            web.get(address.replace("feeds", "gone"))
    written = b"".join(path.read_bytes() for path in (tmp_path / "day").rglob("*") if path.is_file())
    assert not any(secret.encode() in written for secret in secrets)
    kept = json.loads((tmp_path / "day" / "settings.json").read_bytes())["sources"][0]["url"]
    for url in (address, kept):
        assert b"<rss><link>" in ReplayWeb(tmp_path / "day").get(url).body
    with pytest.raises(Refused):
        ReplayWeb(tmp_path / "day").get(kept.replace("feeds", "gone"))
    with pytest.raises(NotRecorded):
        ReplayWeb(tmp_path / "day").get("https://feeds.example/rss?user=7&token=another-one")


def test_an_address_without_a_secret_is_recorded_as_it_is() -> None:
    for url in (*GETS, "https://export.arxiv.org/oai2?verb=ListRecords&resumptionToken=6122155|1001", "x["):
        assert hidden(url) == url


def test_the_last_answer_repeats(recorded: tuple[Path, list[object]]) -> None:
    web = ReplayWeb(recorded[0])
    assert [web.get(HF).body for _ in range(5)] == [b"[1]", b"[2]", b"[2]", b"[2]", b"[2]"]


def test_what_was_not_asked_then_is_not_answered_now(recorded: tuple[Path, list[object]]) -> None:
    web = ReplayWeb(recorded[0])
    for url in (HF + "&x", HF.replace("https", "http"), "https://api.example/"):
        with pytest.raises(NotRecorded) as caught:
            web.get(url)
        assert caught.value.url == url
    with pytest.raises(NotRecorded):
        web.post("https://api.example/", b"q3", media_type="text/plain")


def test_a_replay_leaves_the_folder_as_it_was(recorded: tuple[Path, list[object]]) -> None:
    folder, _ = recorded
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    ask_all(ReplayWeb(folder))
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_person_can_read_the_folder(recorded: tuple[Path, list[object]]) -> None:
    folder, _ = recorded
    assert sorted(p.name for p in folder.iterdir()) == ["bodies", "day.json", "index.jsonl", "settings.json"]
    assert json.loads((folder / "day.json").read_text()) == {
        "format": 1,
        "day": "2024-11-26",
        "zone": "Asia/Seoul",
        "recorded_at": "2024-11-27T00:05:00Z",
    }
    assert json.loads((folder / "settings.json").read_text()) == {"language": "ko"}
    lines = [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]
    assert lines[0]["url"] == GETS[0]
    assert lines[0]["file"] == "bodies/0001-export.arxiv.org.xml"
    assert lines[1]["file"] == "bodies/0002-huggingface.co.json"
    assert not list(folder.rglob("*.part"))


def test_the_clock_of_a_replay_stands_when_the_day_was_recorded(recorded: tuple[Path, list[object]]) -> None:
    folder, _ = recorded
    assert ReplayClock(folder).now() == datetime(2024, 11, 27, 0, 5, tzinfo=UTC)
    assert ReplayWeb(folder).day == recorded_day(folder).day == WINDOW.day


def test_a_recording_may_lie_inside_a_package(recorded: tuple[Path, list[object]], tmp_path: Path) -> None:
    """`importlib.resources` gives zip members for a zipped package."""
    folder, seen = recorded
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as packed:
        for path in folder.rglob("*"):
            packed.write(path, f"founding/{path.relative_to(folder)}")
    with zipfile.ZipFile(tmp_path / "packed.zip") as packed:
        assert ask_all(ReplayWeb(zipfile.Path(packed, "founding/"))) == seen


def test_two_runs_are_not_mixed_in_one_folder(recorded: tuple[Path, list[object]]) -> None:
    with serve({}) as site, pytest.raises(ConfigError, match="already"):
        RecordingWeb(site.web, recorded[0], WINDOW, site.clock)


def test_a_line_cut_short_by_a_crash_is_ignored_and_its_exchange_not_recorded(
    recorded: tuple[Path, list[object]],
) -> None:
    folder, _ = recorded
    index = folder / "index.jsonl"
    whole = index.read_bytes()
    *_, last = whole.rstrip(b"\n").split(b"\n")
    index.write_bytes(whole[: -len(last) // 2])
    assert len(exchanges(folder)) == len(GETS) + 2 - 1


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"nonsense",
        b"\xff",
        b'{"method":"GET","url":"x","file":"bodies/../../secret"}',
        b'{"method":"GET","url":"x","file":"/etc/passwd"}',
        b'{"method":"GET","url":"x","file":""}',
        b'{"method":"GET","url":"x","file":"bodies/.hidden"}',
        b'{"method":"GET","url":"x","file":"bodies/a/b"}',
    ],
)
def test_a_damaged_line_is_named(recorded: tuple[Path, list[object]], line: bytes) -> None:
    folder, _ = recorded
    with (folder / "index.jsonl").open("ab") as index:
        index.write(line + b"\n")
    with pytest.raises(ConfigError, match=f"line {len(GETS) + 3}"):
        ReplayWeb(folder)


@pytest.mark.parametrize(
    "day",
    [b"{}", b"x", b'{"format":2,"day":"2024-11-26","zone":"UTC","recorded_at":"2024-11-26T00:00:00Z"}',
     b'{"format":1,"day":"2024-11-26","zone":"UTC","recorded_at":"2024-11-26T00:00:00"}'],
)  # fmt: skip
def test_a_folder_that_is_no_recording_is_said_to_be_none(tmp_path: Path, day: bytes) -> None:
    (tmp_path / "day.json").write_bytes(day)
    with pytest.raises(ConfigError):
        recorded_day(tmp_path)
    with pytest.raises(ConfigError, match="cannot be read"):
        recorded_day(tmp_path / "nowhere")


def test_a_missing_body_is_told(recorded: tuple[Path, list[object]]) -> None:
    folder, _ = recorded
    (folder / "bodies" / "0001-export.arxiv.org.xml").unlink()
    with pytest.raises(ConfigError, match="0001-export"):
        ReplayWeb(folder).get(GETS[0])


def written(folder: Path, *lines: Exchange) -> Path:
    (folder / "bodies").mkdir(parents=True)
    (folder / "day.json").write_text(
        '{"format":1,"day":"2024-11-26","zone":"UTC","recorded_at":"2024-11-27T00:00:00Z"}'
    )
    (folder / "index.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
    return folder


def test_a_hand_written_line_needs_only_what_it_means(tmp_path: Path) -> None:
    folder = written(tmp_path / "day", Exchange(method="GET", url="https://a.example/", file="bodies/a.xml"))
    (folder / "bodies" / "a.xml").write_bytes(b"<a/>")
    assert ReplayWeb(folder).get("https://a.example/") == Fetched(
        url="https://a.example/",
        final_url="https://a.example/",
        status=200,
        body=b"<a/>",
        validators=Validators(),
        fetched_at=datetime(2024, 11, 27, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Blocked", Blocked),
        ("TooMuch", TooMuch),
        ("RateLimited", RateLimited),
        ("Unavailable", Unavailable),
        ("Refused", Refused),
        ("NotWhatWeAsked", NotWhatWeAsked),
        ("NotRecorded", NotRecorded),
        ("ConfigError", FetchError),
        ("datetime", FetchError),
        ("NoSuchThing", FetchError),
    ],
)
def test_an_error_comes_back_as_what_it_was(tmp_path: Path, name: str, wanted: type[Exception]) -> None:
    line = Exchange(method="GET", url="https://a.example/", status=404, error=name, message="m", hint="h")
    with pytest.raises(SourceError) as caught:
        ReplayWeb(written(tmp_path / "day", line)).get("https://a.example/")
    assert type(caught.value) is wanted
    assert (caught.value.message, caught.value.hint) == ("m", "h")


class OneAnswer:
    """A web that gives one answer to everything."""

    def __init__(self, answer: Fetched) -> None:
        self.answer = answer

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        return msgspec.structs.replace(self.answer, url=url)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        return msgspec.structs.replace(self.answer, url=url)


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=300),
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.text(st.characters(codec="utf-8"), max_size=60),
)
def test_any_answer_survives(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, text: str, odd: str
) -> None:
    folder = tmp_path_factory.mktemp("record") / "day"
    answer = Fetched(
        url="",
        final_url=odd,
        status=203,
        body=body,
        media_type=text,
        charset=odd,
        validators=Validators(etag=text, last_modified=odd),
        fetched_at=datetime(2024, 11, 27, tzinfo=UTC),
    )
    url = f"https://a.example/{text}"
    web = RecordingWeb(OneAnswer(answer), folder, WINDOW, StoppedClock())
    seen = [web.get(url), web.post(url, body, media_type=text)]
    replay = ReplayWeb(folder)
    wanted = [msgspec.structs.replace(s, final_url=s.final_url or url) for s in seen]
    assert [replay.get(url), replay.post(url, body, media_type="")] == wanted


@pytest.mark.parametrize(
    "url", ["https://../x", "https://a/../../x", "https://" + "h" * 300 + "/", "https://나.kr/"]
)
def test_no_address_writes_outside_the_folder(tmp_path: Path, url: str) -> None:
    answer = Fetched(
        url=url, final_url=url, status=200, body=b"x", fetched_at=datetime(2024, 1, 1, tzinfo=UTC)
    )
    RecordingWeb(OneAnswer(answer), tmp_path / "day", WINDOW, StoppedClock()).get(url)
    assert {p.parent.name for p in tmp_path.rglob("*") if p.is_file()} == {"day", "bodies"}
    assert ReplayWeb(tmp_path / "day").get(url).body == b"x"
