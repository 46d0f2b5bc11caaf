"""Jobs for forks, run in a process of their own: a test runner may have threads."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path

from daybrief.adapters.machine import Forks, _open_files

HERE = os.getpid()


def forked() -> bool:
    """Whether this is a fork of the process that began."""
    return os.getpid() != HERE


def both_at_work(inbox: Path) -> object:
    """Both processes take a job before either ends; returns how many processes answered, and the answers."""
    meeting = inbox / "meeting"
    os.mkfifo(meeting)

    def answer(job: int) -> tuple[int, bool]:
        if job < 2:  # opening a named pipe waits for the other end: each of the two processes opens its own
            os.close(os.open(meeting, os.O_RDONLY if forked() else os.O_WRONLY))
        return job * job, forked()

    answers = Forks(2)(answer, range(6))
    return [len({where for _, where in answers.values()}), [answers[job][0] for job in range(6)]]


def killed(inbox: Path) -> object:
    """The fork is killed over its first job."""
    meeting = inbox / "meeting"
    os.mkfifo(meeting)

    def answer(job: int) -> int:
        if forked():
            os.close(os.open(meeting, os.O_WRONLY))
            os.kill(os.getpid(), signal.SIGKILL)
        if job < 2 and meeting.exists():
            os.close(os.open(meeting, os.O_RDONLY))
            meeting.unlink()
        return job * job

    answers = Forks(2)(answer, range(4))
    return [answers[job] for job in range(4)]


def raises(_inbox: Path) -> object:
    """A job raises in whatever process takes it."""

    def answer(job: int) -> int:
        return 1 // (job - 2)

    try:
        Forks(2)(answer, range(4))
    except ZeroDivisionError:
        return "raised"
    return "lost"


def _failing() -> None:
    raise ZeroDivisionError


def own_work(inbox: Path) -> object:
    """Has work of its own while a fork takes a job; then such work as fails, while a fork never ends."""
    meeting = inbox / "meeting"
    os.mkfifo(meeting)
    happened: list[bool] = []

    def answer(job: int) -> bool:
        if job == 0:
            os.close(os.open(meeting, os.O_WRONLY))
        return forked()

    def own() -> None:
        os.close(os.open(meeting, os.O_RDONLY))  # opens when the fork is at work
        happened.append(forked())

    answers = Forks(2)(answer, range(2), own)
    failed = ""
    try:
        Forks(2)(lambda _job: signal.pause(), range(2), _failing)
    except ZeroDivisionError:
        failed = "raised"
    return [answers[0], happened, failed]


def beside_a_thread(_inbox: Path) -> object:
    """Another thread lives."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    answers = Forks(2)(lambda _job: forked(), range(4))
    end.set()
    thread.join()
    return any(answers.values())


def files(inbox: Path) -> object:
    """Lists what the fork has open."""
    meeting = inbox / "meeting"
    os.mkfifo(meeting)
    with (inbox / "lock").open("w"):

        def answer(_job: int) -> list[str]:
            if forked():
                links = (Path(f"/proc/self/fd/{number}") for number in _open_files())
                opened = [str(link.readlink()) for link in links if link.is_symlink()]
                os.close(os.open(meeting, os.O_WRONLY))
                return sorted(opened)
            os.close(os.open(meeting, os.O_RDONLY))
            return []

        answers = Forks(2)(answer, range(2))
    return max(answers.values())


def orphaned(inbox: Path) -> object:
    """The parent is killed while its fork works on; the fork's process is noted before."""
    ready = inbox / "ready"
    os.mkfifo(ready)

    def answer(_job: int) -> int:
        if forked():
            (inbox / "process").write_text(str(os.getpid()))
            os.close(os.open(ready, os.O_WRONLY))
            while True:
                signal.pause()
        os.close(os.open(ready, os.O_RDONLY))
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    return Forks(2)(answer, range(2))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(globals()[sys.argv[1]](Path(sys.argv[2]))))
