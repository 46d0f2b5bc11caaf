"""A reader of the output folder never sees half of anything, and nothing is written outside of it."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from write_forever import DAY, NAMES, deliveries

from daybrief.adapters import files
from daybrief.adapters.files import OutputFolder, checked
from daybrief.errors import DeliveryError, UnsafePath
from daybrief.model import Delivery
from daybrief.ports import Folder as FolderPort

NOW = datetime(2024, 11, 26, 9, tzinfo=UTC)
SCRIPT = Path(__file__).with_name("write_forever.py")


def addressed(path: str, body: bytes = b"x", publisher: str = "text") -> tuple[str, Delivery]:
    return publisher, Delivery(path=path, body=body, media_type="text/plain")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "out"


def everything(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_every_delivery_arrives_and_has_a_receipt_in_order(root: Path) -> None:
    port: FolderPort = OutputFolder(root)
    given = [
        addressed("index.md", b"i"),
        addressed("2024/11/26/papers.md", b"p", "markdown"),
        addressed("feed.xml", b"f", "feeds"),
    ]
    receipts = port.write(DAY, given, NOW)
    assert everything(root) == {d.path: d.body for _, d in given}
    assert [(r.publisher, r.path, r.error) for r in receipts] == [(p, d.path, "") for p, d in given]
    assert receipts[0].digest == hashlib.sha256(b"i").hexdigest()
    assert receipts[0].delivered_at == NOW


def test_files_with_the_same_bytes_are_not_touched(root: Path) -> None:
    OutputFolder(root).write(DAY, deliveries(1), NOW)
    before = {name: (root / name).stat() for name in NAMES}
    folder = (root / "2024-11-26").stat().st_ino
    OutputFolder(root).write(DAY, deliveries(1), NOW)
    for name, was in before.items():
        now = (root / name).stat()
        assert (now.st_ino, now.st_mtime_ns) == (was.st_ino, was.st_mtime_ns)
    assert (root / "2024-11-26").stat().st_ino == folder


def test_a_changed_file_leaves_its_unchanged_neighbours_as_they_are(root: Path) -> None:
    OutputFolder(root).write(DAY, [addressed("2024-11-26/a", b"1"), addressed("2024-11-26/b", b"1")], NOW)
    was = (root / "2024-11-26/b").stat()
    OutputFolder(root).write(DAY, [addressed("2024-11-26/a", b"2"), addressed("2024-11-26/b", b"1")], NOW)
    now = (root / "2024-11-26/b").stat()
    assert (now.st_ino, now.st_mtime_ns) == (was.st_ino, was.st_mtime_ns)
    assert (root / "2024-11-26/a").read_bytes() == b"2"


def test_what_another_publisher_or_a_person_left_in_the_day_s_folder_stays(root: Path) -> None:
    OutputFolder(root).write(DAY, [addressed("2024-11-26/a"), addressed("2024-11-26/chart/b.png")], NOW)
    (root / "2024-11-26" / "mine.txt").write_text("note")
    OutputFolder(root).write(DAY, [addressed("2024-11-26/a", b"new")], NOW)
    assert everything(root) == {
        "2024-11-26/a": b"new",
        "2024-11-26/chart/b.png": b"x",
        "2024-11-26/mine.txt": b"note",
    }


def test_other_days_are_not_rewritten_as_folders(root: Path) -> None:
    OutputFolder(root).write(date(2024, 11, 25), [addressed("2024-11-25/a")], NOW)
    folder = (root / "2024-11-25").stat().st_ino
    OutputFolder(root).write(DAY, [addressed("2024-11-26/a"), addressed("2024-11-25/a", b"linked")], NOW)
    assert (root / "2024-11-25").stat().st_ino == folder
    assert (root / "2024-11-25/a").read_bytes() == b"linked"


def test_new_files_have_the_rights_the_user_s_mask_gives(root: Path) -> None:
    OutputFolder(root).write(DAY, [addressed("2024-11-26/a"), addressed("b")], NOW)
    probe = root / "probe"
    probe.write_text("x")
    (root / "folder").mkdir()
    assert (root / "2024-11-26/a").stat().st_mode == (root / "b").stat().st_mode == probe.stat().st_mode
    assert (root / "2024-11-26").stat().st_mode == (root / "folder").stat().st_mode


_UNSAFE = (
    *("/etc/passwd", "../up", "a/../../up", "a//b", "", ".", "a/", "a/..", "~x/../y"),
    *("C:/x", "a\\b", "a:b", "a?b", "CON", "con.txt", "nul", "a ", " a", "a."),
    *("a\x00b", "a\nb", "\ud800", ".daybrief-new-a", "x" * 300, "a/" * 600 + "b"),
)


@pytest.mark.parametrize("path", _UNSAFE)
def test_a_path_that_could_leave_the_folder_or_fail_elsewhere_is_refused(root: Path, path: str) -> None:
    with pytest.raises(UnsafePath) as caught:
        OutputFolder(root).write(DAY, [addressed("good.md"), addressed(path, publisher="plug")], NOW)
    assert caught.value.publisher == "plug"
    assert caught.value.hint
    assert not root.exists()


def test_hidden_and_korean_names_are_fine(root: Path) -> None:
    OutputFolder(root).write(
        DAY, [addressed(".nojekyll"), addressed("분류/언어 모델.md"), addressed(".well-known/a")], NOW
    )
    assert len(everything(root)) == 3


@given(st.lists(st.text(max_size=30), max_size=4))
def test_whatever_passes_the_check_stays_below_the_folder(paths: list[str]) -> None:
    try:
        good = checked([addressed(path) for path in paths])
    except DeliveryError:
        return
    for path in good:
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert os.path.normpath(path) == str(path)


@pytest.mark.parametrize(("a", "b"), [("a.md", "a.md"), ("A.md", "a.md"), ("a", "a/b"), ("a/b/c", "A/B")])
def test_two_deliveries_in_one_place_are_refused_and_both_named(root: Path, a: str, b: str) -> None:
    with pytest.raises(DeliveryError):
        OutputFolder(root).write(DAY, [addressed(a, publisher="one"), addressed(b, publisher="two")], NOW)
    assert not root.exists()


@pytest.mark.parametrize("link", ["2024-11-26", "2024-11-26/site", "index.md"])
def test_a_symbolic_link_below_the_folder_is_not_followed(root: Path, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside)
    with pytest.raises(UnsafePath, match="symbolic link"):
        OutputFolder(root).write(DAY, deliveries(1), NOW)
    assert list(outside.iterdir()) == []


def test_the_output_folder_itself_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    root.symlink_to(tmp_path / "real")
    OutputFolder(root).write(DAY, deliveries(1), NOW)
    assert len(everything(tmp_path / "real")) == len(NAMES)


def test_a_file_where_the_output_folder_should_be_is_named(root: Path) -> None:
    root.write_text("x")
    with pytest.raises(DeliveryError, match="out") as caught:
        OutputFolder(root).write(DAY, deliveries(1), NOW)
    assert str(root) in caught.value.hint


@pytest.mark.parametrize("path", ["index.md", "2024-11-26/papers.md"])
def test_a_folder_where_a_file_should_be_is_named_before_anything_is_shown(root: Path, path: str) -> None:
    (root / path).mkdir(parents=True)
    with pytest.raises(DeliveryError, match="a folder stands at"):
        OutputFolder(root).write(DAY, deliveries(1), NOW)
    assert everything(root) == {}


def test_a_folder_without_rights_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may write anywhere, so the refusal of the system itself is put in its place."""
    root.mkdir(mode=0o555)
    if os.geteuid() == 0:

        def refused(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", str(root))

        monkeypatch.setattr(os, "open", refused)
    with pytest.raises(DeliveryError, match="cannot be written"):
        OutputFolder(root).write(DAY, deliveries(1), NOW)


@pytest.mark.parametrize("failing", range(1, 6))
def test_a_disk_that_fills_while_staging_leaves_the_old_state_and_no_scraps(
    root: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    OutputFolder(root).write(DAY, deliveries(1), NOW)
    before = everything(root)
    with (
        _full_after(failing - 1, monkeypatch),
        pytest.raises(DeliveryError, match=r"disk is full: [\d,]+ bytes are needed") as caught,
    ):
        OutputFolder(root).write(DAY, deliveries(2), NOW)
    assert "free some space" in caught.value.hint
    assert everything(root) == before
    OutputFolder(root).write(DAY, deliveries(2), NOW)
    assert set(everything(root)) == set(NAMES)


def test_a_failure_while_showing_takes_the_day_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    OutputFolder(root).write(DAY, deliveries(1), NOW)
    before = everything(root)

    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DeliveryError, match="Permission denied"):
        OutputFolder(root).write(DAY, deliveries(2), NOW)
    assert everything(root) == before


def test_two_renames_replace_a_folder_where_the_system_has_no_exchange(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_exchanged", lambda *_: False)
    for number in (1, 2):
        OutputFolder(root).write(DAY, deliveries(number), NOW)
    assert everything(root) == {d.path: d.body for _, d in deliveries(2)}


def test_a_crash_between_the_two_renames_is_mended_by_the_next_run(root: Path) -> None:
    OutputFolder(root).write(DAY, deliveries(1), NOW)
    (root / "2024-11-26").rename(root / ".daybrief-was-2024-11-26")
    (root / ".daybrief-new-2024-11-20").mkdir()
    (root / ".daybrief-new-index.md").write_text("half")
    OutputFolder(root).write(DAY, deliveries(1), NOW)
    assert everything(root) == {d.path: d.body for _, d in deliveries(1)}
    assert not list(root.glob(".daybrief-*"))


def test_a_reader_at_any_moment_sees_one_whole_day(root: Path) -> None:
    """A real process rewrites the day while we read it through an open directory, a thousand times."""
    seen: set[bytes] = set()
    with _writer(root):
        for _ in range(1_000):
            try:
                bodies = _read_at_once(root / "2024-11-26")
            except FileNotFoundError:
                continue  # the directory we held was replaced and removed: open it again
            assert len(bodies) == 1
            seen |= bodies
            for name in ("index.md", "feeds/all.xml"):
                assert len(set((root / name).read_bytes().splitlines())) == 1
            assert (root / "2024-11-26" / "papers.md").stat().st_size > 0
    assert len(seen) > 3


@pytest.mark.timeout(300)
def test_a_kill_at_any_instant_leaves_whole_files_and_the_next_run_cleans_up(root: Path) -> None:
    draw = random.Random(7)
    for _ in range(10):
        with _writer(root, lines=draw.randint(1, 6), wait_s=draw.random() * 0.01):
            pass
        assert len(_read_at_once(root / "2024-11-26")) == 1
        for name in ("index.md", "feeds/all.xml"):
            body = (root / name).read_bytes()
            assert len(set(body.splitlines())) == 1
            assert body.count(b"\n") == 4_000
    OutputFolder(root).write(DAY, deliveries(0), NOW)
    assert everything(root) == {d.path: d.body for _, d in deliveries(0)}


def _read_at_once(folder: Path) -> set[bytes]:
    """The different lines of all files of a directory, read through one handle of it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        contents: set[bytes] = set()
        for name in ("papers.md", "news.md", "site/index.html"):
            file = os.open(name, os.O_RDONLY, dir_fd=handle)
            with os.fdopen(file, "rb") as opened:
                lines = opened.read().splitlines()
                assert len(lines) == 4_000
                contents.update(lines)
        return contents
    finally:
        os.close(handle)


@contextmanager
def _writer(root: Path, *, lines: int = 1, wait_s: float = 0.0) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, str(SCRIPT), str(root)], stdout=subprocess.PIPE)
    assert process.stdout
    try:
        for _ in range(lines):
            assert process.stdout.readline()
        yield
        with suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)
    finally:
        process.kill()
        process.stdout.close()
        process.wait(10)


@contextmanager
def _full_after(files_: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A disk with room for so many more files."""
    made = 0
    create = files._create

    def limited(path: Path, file: files.HeldFile, *, durable: bool = True) -> None:
        nonlocal made
        if made == files_:
            path.write_bytes(file.body[: file.size // 2])
            raise OSError(28, "No space left on device", str(path))
        made += 1
        create(path, file, durable=durable)

    with monkeypatch.context() as patch:
        patch.setattr(files, "_create", limited)
        yield


def test_large_files_wait_on_the_disk_and_nothing_shows_before_all_are_there(root: Path) -> None:
    large = b"x" * 100_000
    with OutputFolder(root).spool() as spool:
        spool.add(
            spool.hold(
                "text", [addressed("2024-11-26/large", large)[1], addressed("2024-11-26/small", b"s")[1]]
            )
        )
        assert not (root / "2024-11-26").exists()
        waiting = [path for path in root.rglob("*") if path.is_file()]
        assert [path.stat().st_size for path in waiting] == [100_000]
        receipts = spool.write(DAY, NOW)
    assert everything(root) == {"2024-11-26/large": large, "2024-11-26/small": b"s"}
    assert [r.digest for r in receipts] == [hashlib.sha256(body).hexdigest() for body in (large, b"s")]


def test_a_publisher_that_fails_half_way_leaves_nothing_and_costs_the_others_nothing(root: Path) -> None:
    def failing() -> Iterator[Delivery]:
        yield addressed("2024-11-26/half", b"h" * 100_000)[1]
        raise DeliveryError("the rest cannot be made", publisher="plug")

    with OutputFolder(root).spool() as spool:
        spool.add(spool.hold("text", [addressed("2024-11-26/whole")[1]]))
        with pytest.raises(DeliveryError):
            spool.add(spool.hold("plug", failing()))
        spool.add(spool.hold("more", [addressed("2024-11-26/more", b"m" * 100_000)[1]]))
        spool.write(DAY, NOW)
    assert sorted(everything(root)) == ["2024-11-26/more", "2024-11-26/whole"]


def test_what_a_killed_run_has_spooled_is_swept_by_the_next(root: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(30)
    left = root / f".daybrief-spool-{ended.pid}"
    left.mkdir(parents=True)
    (left / "0").write_bytes(b"x")
    OutputFolder(root).write(DAY, [addressed("2024-11-26/large", b"x" * 100_000)], NOW)
    assert not left.exists()
    assert sorted(everything(root)) == ["2024-11-26/large"]


@pytest.mark.parametrize(
    ("made", "mode", "ours"),
    [(False, 0, True), (True, 0o700, True), (True, 0o755, True), (True, 0o775, False), (True, 0o777, False)],
)
def test_only_a_folder_that_nobody_else_can_write_is_private(
    tmp_path: Path, made: bool, mode: int, ours: bool
) -> None:
    place = tmp_path / "below" / "own"
    if made:
        place.mkdir(parents=True)
        place.chmod(mode)
    assert files.private_folder(place) == (place if ours else None)


def test_a_folder_that_cannot_be_made_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert files.private_folder(tmp_path / "file" / "below") is None
