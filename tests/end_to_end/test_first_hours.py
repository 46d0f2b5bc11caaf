"""The first hours of a newcomer: what goes wrong is told once, in words, and leads on."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from daybrief.app import App, RunRequest
from daybrief.cli.run import in_words
from daybrief.config import Profile, Settings
from daybrief.testing.server import Route, serve
from tests.end_to_end.conftest import Daybrief, program

NEWS = """
archive = "a.sqlite"
language = "en"
kinds = ["news"]
enrichers = []
"""


def feeds(port: int, *names: str) -> str:
    at = f"http://127.0.0.1:{port}"
    rows = (f'[[sources]]\nuse = "feed"\nname = "{name}"\nurl = "{at}/{name}.xml"\n' for name in names)
    return f'{"".join(rows)}[web]\nbudget_s = 1.0\nspacing_s = 0.0\nallow = ["127.0.0.1:{port}"]\n'


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_a_busy_port_ends_serve_with_one_line_and_a_code_of_its_own(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        done = daybrief("serve", "--port", str(port), DAYBRIEF_ARCHIVE="a.sqlite")
    assert done.returncode == 69
    lines = [line for line in done.stderr.splitlines() if line.startswith("daybrief:")]
    assert lines == [f"daybrief: another program answers on 127.0.0.1 port {port} already"]
    assert "--port NUMBER" in done.stderr
    assert "Traceback" not in done.stderr
    assert "읽을 수 있습니다" not in done.stdout


def test_without_a_network_one_line_says_so_and_not_one_a_source(daybrief: Daybrief, tmp_path: Path) -> None:
    nowhere = free_port()
    (tmp_path / "daybrief.toml").write_text(NEWS + feeds(nowhere, "one", "two", "three"))
    done = daybrief("run", "--day", "2024-11-26")
    assert done.returncode == 3
    assert done.stdout.count("you seem to be offline") == 1
    assert "none of 3 sources answered" in done.stdout
    assert "failed." not in done.stdout


def test_one_source_that_is_away_is_named_and_nobody_is_called_offline(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    empty = '<rss version="2.0"><channel><title>x</title></channel></rss>'
    routes = {"/one.xml": Route(empty, media_type="application/rss+xml"), "/two.xml": Route(status=503)}
    with serve(routes) as server:
        (tmp_path / "daybrief.toml").write_text(NEWS + feeds(server.port, "one", "two"))
        done = daybrief("run", "--day", "2024-11-26")
    assert "offline" not in done.stdout
    assert "two: failed" in done.stdout


def test_a_profile_that_leaves_out_the_categories_of_all_news_says_so_and_is_not_quiet(
    tmp_path: Path,
) -> None:
    founding = App(Settings(out=str(tmp_path / "all"), language="en"), {})
    (whole,) = founding.run(RunRequest(replay="founding"))
    (news,) = (edition for edition in whole.editions if edition.kind == "news")
    others = {bar.category: 0 for bar in news.chart.bars}
    assert others
    settings = Settings(out=str(tmp_path / "o"), language="en", profiles={"me": Profile(categories=others)})
    (report,) = App(settings, {}).run(RunRequest(replay="founding"))
    (without,) = (edition for edition in report.editions if edition.kind == "news")
    assert (without.stories, without.state) == ((), "fresh")
    count = len(news.stories)
    assert f"News: Every story of the day ({count}) is of a category that this profile" in in_words(
        report, "o"
    )
    page = (tmp_path / "o" / "me" / "2024-11-26" / "news.md").read_text(encoding="utf-8")
    assert f"Every story of the day ({count}) is of a category that this profile leaves out" in page
    assert "Every source answered, and there was nothing new" not in page


def model_settings(port: int, **more: Any) -> str:
    base = {"use": "llm", "provider": "openai", "model": "m", "base_url": f"http://127.0.0.1:{port}/v1"}
    return "[writer]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in (base | more).items())


def test_without_a_terminal_the_cap_of_a_model_is_printed_too(daybrief: Daybrief, tmp_path: Path) -> None:
    with serve({}) as server:
        (tmp_path / "daybrief.toml").write_text(
            NEWS + feeds(server.port, "one") + model_settings(server.port, key_env="")
        )
        done = daybrief("run", "--day", "2024-11-26", "--json")
    assert "m: a run spends" in done.stderr
    assert "at the most" in done.stderr
    json.loads(done.stdout)


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `make demo`, with a profile, and no archive of its own."""
    folder = tmp_path_factory.mktemp("newcomer")
    App(Settings(out=str(folder / "demo")), {}).run(RunRequest(replay="founding"))
    (folder / "daybrief.toml").write_text("[profiles.me]\n")
    return folder


def test_what_the_demo_shows_can_be_liked_and_is_learned_from_in_an_archive_of_ones_own(
    newcomer: Path,
) -> None:
    demo = newcomer / "demo" / ".daybrief" / "archive.sqlite"
    before = demo.read_bytes()
    run = program(newcomer)
    assert "TÜLU" in run("like", "2411.15124").stdout
    taste = json.loads(run("taste", "--json").stdout)
    assert taste["liked"] == 1
    assert json.loads(run("taste", "list", "--json").stdout)[0]["key"] == "arxiv:2411.15124"
    assert demo.read_bytes() == before


def test_the_doctor_of_the_reader_looks_at_what_serving_needs_and_at_nothing_else(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    (tmp_path / "daybrief.toml").write_text(
        'archive = "a.sqlite"\n[[channels]]\nuse = "slack"\nurl_env = "NOT_SET"\n'
    )
    assert daybrief("doctor").returncode == 1, "a run needs the secret of its channel"
    serving = daybrief("doctor", "--serve", "--json")
    assert serving.returncode == 0, serving.stdout
    looked_at = {finding["what"] for finding in json.loads(serving.stdout)}
    assert {"archive", "search", "password"} <= looked_at
    assert not any("channel" in what for what in looked_at)


def test_the_doctor_of_the_reader_refuses_an_open_address_without_a_password(
    daybrief: Daybrief, tmp_path: Path
) -> None:
    (tmp_path / "daybrief.toml").write_text('archive = "a.sqlite"\n[serve]\nhost = "0.0.0.0"\n')
    done = daybrief("doctor", "--serve")
    assert done.returncode == 1
    assert "이상 비밀번호" in done.stdout
    assert "daybrief serve --set-password" in done.stdout
    assert daybrief("doctor", "--serve", DAYBRIEF_PASSWORD="a long enough one").returncode == 0


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", ["논문 12편 · 분야", "새 글 있음", "읽기: "]), ("en", ["12 papers in", "fresh", "Read "])],
)
def test_a_run_tells_in_the_editions_language_what_it_made(
    tmp_path: Path, language: str, words: list[str]
) -> None:
    app = App(Settings(out=str(tmp_path), language=language), {})
    (report,) = app.run(RunRequest(replay="founding"))
    summary = in_words(report, str(tmp_path))
    assert [word for word in words if word not in summary] == []
