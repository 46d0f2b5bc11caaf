"""A run every day: units systemd accepts, a crontab whose other lines stay, days made up in order."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.adapters.archive import open_archive
from daybrief.app import App, setup
from daybrief.config import Settings
from daybrief.errors import ConfigError
from daybrief.model import State
from daybrief.ports import EditionRow
from daybrief.stages.schedule import complaints, missed_days, window
from daybrief.testing.editions import founding
from daybrief.testing.server import StoppedClock
from tests.programs import environment

PLAN = setup.Plan(at=time(7, 30), zone="Asia/Seoul", program="/usr/bin/true", folder="/srv/the brief/50%")
DAYBRIEF = Path(sys.executable).parent / "daybrief"


def needs(program: str) -> str:
    path = shutil.which(program)
    if not path:
        pytest.skip(f"no {program} on this machine")
    return path


def test_systemd_reads_the_calendar_as_the_reader_means_it() -> None:
    analyse = needs("systemd-analyze")
    calendar = next(line for line in setup.timer(PLAN).splitlines() if line.startswith("OnCalendar="))
    command = [analyse, "calendar", "--base-time=2024-11-26 12:00:00 UTC", calendar.partition("=")[2]]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={"TZ": "UTC", "LC_ALL": "C"}
    )
    assert "2024-11-26 22:30:00 UTC" in done.stdout


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    analyse = needs("systemd-analyze")
    (tmp_path / "daybrief.service").write_text(setup.service(PLAN))
    (tmp_path / "daybrief.timer").write_text(setup.timer(PLAN))
    command = [analyse, "verify", "--user", "--man=no", str(tmp_path / "daybrief.timer")]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)},
    )
    ours = [line for line in done.stderr.splitlines() if "daybrief." in line]
    assert ours == []


def test_a_missed_run_is_made_up_and_not_everybody_starts_at_once() -> None:
    assert {"Persistent=true", "RandomizedDelaySec=10min"} <= set(setup.timer(PLAN).splitlines())
    assert "--catch-up" in setup.service(PLAN)


lines = st.lists(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=30), max_size=5
)


@given(lines)
def test_the_other_lines_of_a_crontab_are_never_touched(others: list[str]) -> None:
    before = "".join(f"{line}\n" for line in others if not line.startswith("# daybrief:"))
    once = setup.with_cron(before, PLAN)
    assert once.startswith(before)
    assert setup.with_cron(once, PLAN) == once
    assert setup.with_cron(once, None) == before


def test_a_cron_line_is_one_command_whatever_the_folder_is_called() -> None:
    line = setup.cron(PLAN).splitlines()[2]
    minute, hour, *rest = line.split(" ", 5)
    assert (minute, hour, rest[:3]) == ("30", "7", ["*", "*", "*"])
    assert shlex.split(rest[3].replace(r"\%", "%"))[:4] == ["cd", "/srv/the brief/50%", "&&", "/usr/bin/true"]


@pytest.mark.parametrize("text", ["7:30", "24:00", "12:60", "noon", "", "07:30:00"])
def test_a_time_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match="no time of day"):
        setup.parsed_time(text)


def test_the_workflow_runs_at_that_hour_in_utc() -> None:
    text = setup.workflow(PLAN, datetime(2024, 11, 26, tzinfo=UTC))
    assert '- cron: "30 22 * * *"' in text
    assert "@" not in "".join(line for line in text.splitlines() if "cron:" in line)


days = st.dates(date(2024, 1, 1), date(2025, 1, 1))


@given(st.sets(days, max_size=30), st.sets(days), days, st.integers(1, 40))
def test_missed_days_are_those_not_final_in_order_and_no_more_than_asked(
    known: set[date], final: set[date], closed: date, most: int
) -> None:
    made = missed_days(known, closed, most, final.__contains__)
    assert made[-1] == closed
    assert list(made) == sorted(set(made))
    assert all(0 <= (closed - day).days < most for day in made)
    first = min((day for day in known if day <= closed), default=closed)
    span = [closed - timedelta(days=n) for n in range(most) if closed - timedelta(days=n) >= first]
    assert set(made) == {day for day in span if day == closed or day not in final}


def test_a_day_of_the_future_hides_no_missed_day() -> None:
    closed = date(2024, 11, 26)
    ahead = {date(2024, 11, 24), date(2030, 1, 1)}
    assert missed_days(ahead, closed, 14, ahead.__contains__) == (date(2024, 11, 25), closed)


NOON = datetime(2024, 11, 27, 12, tzinfo=UTC)


def rows_of(*stories: int, state: State = "fresh", newest: date = date(2024, 11, 26)) -> list[EditionRow]:
    """Editions of days one after the other, the last of them of `newest`, with so many stories each."""
    return [
        EditionRow(
            day=newest - timedelta(days=n), kind="papers", state=state, language="ko", digest="d",
            made_at=NOON, stories=count, categories=(),
        )
        for n, count in enumerate(reversed(stories))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "now", "wrong"),
    [
        ([], NOON, "holds no edition"),
        (rows_of(3, 3), NOON, ""),
        (rows_of(3, 0, 0), NOON, ""),
        (rows_of(3, 0, 0, 0), NOON, "the last 3 working days, from 2024-11-24 to 2024-11-26, hold no story"),
        (rows_of(3, 3), NOON + timedelta(hours=23, minutes=59), ""),
        (rows_of(3, 3), NOON + timedelta(hours=24), "of 2024-11-26, and that of 2024-11-27 is overdue"),
        (rows_of(3, state="failed"), NOON, "the papers of 2024-11-26 are failed"),
        (rows_of(3, state="stalled"), NOON, "the papers of 2024-11-26 are stalled"),
    ],
)
def test_a_watch_finds_what_is_overdue_failed_or_empty_for_long(
    rows: list[EditionRow], now: datetime, wrong: str
) -> None:
    sentences = complaints(rows, now, "UTC", late=timedelta(hours=12), still=3)
    assert (wrong in sentences[0]) if wrong else sentences == ()


def test_a_weekend_is_no_standstill_and_silent_working_days_around_it_are() -> None:
    monday = datetime(2024, 12, 3, 6, tzinfo=UTC)  # Tuesday morning: Monday is the newest day

    def complaints_of(*stories: int) -> tuple[str, ...]:
        rows = rows_of(*stories, newest=date(2024, 12, 2))
        busy = lambda day: day.weekday() < 5
        return complaints(rows, monday, "UTC", late=timedelta(hours=12), still=3, busy=busy)

    assert complaints_of(5, 4, 6, 0, 0, 0) == ()  # Wednesday to Monday: one working day is empty
    (sentence,) = complaints_of(5, 0, 0, 0, 0, 0)
    assert "last 3 working days, from 2024-11-28 to 2024-12-02" in sentence


def test_a_kind_that_stands_still_is_missed_though_the_other_goes_on() -> None:
    papers = rows_of(5, 0, 0, 0)
    news = [msgspec.structs.replace(row, kind="news", stories=2) for row in rows_of(1, 1, 1, 1)]
    (sentence,) = complaints([*papers, *news], NOON, "UTC", late=timedelta(hours=12), still=3)
    assert sentence.startswith("the papers of the last 3 working days")
    never = rows_of(0, 0, 0, 0)
    assert complaints([*never, *news], NOON, "UTC", late=timedelta(hours=12), still=3) == ()


@pytest.mark.parametrize(("use", "wrong"), [("arxiv", False), ("feed", True)])
def test_the_watch_counts_no_day_on_which_arxiv_announces_nothing(
    tmp_path: Path, use: str, wrong: bool
) -> None:
    source = {"use": "feed", "url": "https://f.example/rss", "name": "f"} if use == "feed" else {"use": use}
    app = App(Settings(archive=str(tmp_path / "a.sqlite"), zone="UTC", sources=(source,)))
    days = [date(2024, 12, 23) + timedelta(days=n) for n in range(5)]  # 25 and 26 December are holidays
    for day, full in zip(days, (True, False, False, False, False), strict=True):
        empty = msgspec.structs.replace(founding(), sections=())
        made = msgspec.structs.replace(founding() if full else empty, window=window(day, "UTC"))
        app.ports.archive().save_editions((made,))
    app.ports.clock = StoppedClock(datetime(2024, 12, 28, 6, tzinfo=UTC))
    assert bool(app.overdue(timedelta(hours=12), 4)) is wrong


def test_an_edition_of_the_future_hides_nothing_from_the_watch(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "a.sqlite")
    ahead = window(date(2100, 1, 1), "UTC")
    archive.save_editions((msgspec.structs.replace(founding(), window=ahead),))
    (tmp_path / "daybrief.toml").write_text('archive = "a.sqlite"\nzone = "UTC"\nsources = []\n')
    done = daybrief(tmp_path, "watch")
    assert (done.returncode, done.stdout) == (1, "보관소에 호가 없습니다\n")


def test_the_watch_is_content_after_a_run_of_yesterday(tmp_path: Path) -> None:
    (tmp_path / "daybrief.toml").write_text('archive = "a.sqlite"\nsources = []\n')
    assert daybrief(tmp_path, "run").returncode == 0
    done = daybrief(tmp_path, "watch", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"ok": True, "wrong": []})


def daybrief(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    own = environment(folder, PATH=f"{folder}/bin:/usr/bin:/bin") | variables
    return subprocess.run(
        [str(DAYBRIEF), *arguments], cwd=folder, env=own, capture_output=True, text=True, check=False
    )


def recorded(folder: Path, name: str, body: str) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_a_crontab_is_shown_installed_replaced_and_taken_out(tmp_path: Path) -> None:
    recorded(tmp_path, "crontab", f'if [ "$1" = -l ]; then cat {tmp_path}/tab; else cat > {tmp_path}/tab; fi')
    (tmp_path / "tab").write_text("0 1 * * * mine\n")
    shown = daybrief(tmp_path, "schedule", "cron", "--at", "07:31", "--zone", "Asia/Seoul")
    assert "31 7 * * *" in shown.stdout
    assert (tmp_path / "tab").read_text() == "0 1 * * * mine\n"
    for at in ("07:31", "08:17"):
        assert daybrief(tmp_path, "schedule", "cron", "--at", at, "--install").returncode == 0
    text = (tmp_path / "tab").read_text()
    assert text.startswith("0 1 * * * mine\n")
    assert text.count("run --catch-up") == 1
    assert "17 8 * * *" in text
    assert daybrief(tmp_path, "schedule", "cron", "--remove").stdout == "removed\n"
    assert (tmp_path / "tab").read_text() == "0 1 * * * mine\n"
    assert daybrief(tmp_path, "schedule", "cron", "--remove").stdout == "nothing was installed\n"


def test_units_are_installed_started_and_removed(tmp_path: Path) -> None:
    recorded(tmp_path, "systemctl", f'echo "$@" >> {tmp_path}/asked')
    assert daybrief(tmp_path, "schedule", "systemd", "--install").returncode == 0
    units = tmp_path / ".config/systemd/user"
    assert {p.name for p in units.iterdir()} == {"daybrief.service", "daybrief.timer"}
    assert "--user enable --now daybrief.timer" in (tmp_path / "asked").read_text()
    assert daybrief(tmp_path, "schedule", "systemd", "--remove").stdout == "removed\n"
    assert list(units.iterdir()) == []
    assert "--user disable --now daybrief.timer" in (tmp_path / "asked").read_text()


def test_a_scheduler_that_is_not_there_or_refuses_is_named(tmp_path: Path) -> None:
    recorded(tmp_path, "systemctl", "echo 'no bus' >&2; exit 1")
    done = daybrief(tmp_path, "schedule", "systemd", "--install")
    assert done.returncode == 2
    assert "no bus" in done.stderr
    assert daybrief(tmp_path, "schedule", "launchd").returncode == 2
    assert daybrief(tmp_path, "schedule", "github", "--install").returncode == 2


def test_days_that_were_missed_are_made_in_order(tmp_path: Path) -> None:
    """The last edition is three days old: two days are made up, and yesterday is made."""
    (tmp_path / "daybrief.toml").write_text('sources = []\nzone = "UTC"\narchive = "a.sqlite"\n')
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    first = daybrief(tmp_path, "run", "--day", str(yesterday - timedelta(days=3)))
    assert first.returncode == 0, first.stderr
    done = daybrief(tmp_path, "run", "--catch-up")
    assert done.returncode == 0, done.stderr
    made = [line.split()[0] for line in done.stdout.splitlines() if " 논문 " in line]
    assert made == [str(yesterday - timedelta(days=n)) for n in (2, 1, 0)]
    assert daybrief(tmp_path, "run", "--catch-up", "--day", str(yesterday)).returncode == 2


def test_an_archive_that_stopped_years_ago_is_overdue_and_not_empty(tmp_path: Path) -> None:
    app = App(Settings(archive=str(tmp_path / "a.sqlite"), zone="UTC", sources=()))
    app.ports.archive().save_editions((founding(),))
    app.ports.clock = StoppedClock(datetime(2026, 11, 30, 12, tzinfo=UTC))
    sentences = app.overdue(timedelta(hours=12), 4)
    assert f"가장 새로운 호는 {founding().window.day}의 것이고, 2026-11-29의 호가 늦었습니다" in sentences
