"""The program killed at each step of a delivery, then run again: nothing twice, nothing lost in silence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from daybrief.adapters.archive import open_archive
from daybrief.model import SourceReport
from daybrief.testing.editions import edition, item, story
from daybrief.testing.server import HOOK_STEPS, STEPS, FakeHook, FakeSmtp, HookAnswer
from tests.programs import environment

PROGRAM = str(Path(sys.executable).parent / "daybrief")
DAY = "2024-11-26"
SECRET = "canary-7f3a9-secret"


CALM: dict[str, Any] = {
    "language": "en",
    "sources": (SourceReport(source="arxiv", state="fresh", items=1, requests=1),),
}


class Sender:
    """A folder with one archived day and a channel, and the program started in it."""

    def __init__(self, folder: Path, channels: str, allow: str = "") -> None:
        self.folder = folder
        self.more: dict[str, str] = {}
        folder.mkdir(exist_ok=True)
        allowed = f'[web]\nallow = ["{allow}"]\n' if allow else ""
        (folder / "daybrief.toml").write_text(
            f'sources = []\narchive = "a.sqlite"\nlanguage = "en"\nkinds = ["papers"]\n{channels}\n{allowed}'
        )
        archive = open_archive(folder / "a.sqlite")
        archive.save_editions((edition([(story(item(1, "A paper", "We present a thing.")), "llm")], **CALM),))
        self.process: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.folder, **{"HOOK": "", "PASSWORD": SECRET} | self.more)

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        variables = self.environment | more
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder, env=variables, capture_output=True,
                              text=True, timeout=100, check=False)  # fmt: skip

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(
            [PROGRAM, *arguments], cwd=self.folder, env=self.environment | more,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        return self.process

    def kill(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def outbox(self) -> list[str]:
        return [row.state for row in open_archive(self.folder / "a.sqlite").outbox().open()]


def email(port: int, to: str = '"reader@example.org"') -> str:
    return (f'[[channels]]\nuse = "email"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
            f'sender = "brief@example.org"\nto = [{to}]\nchart = false\n')  # fmt: skip


def killing(sender: list[Sender], at: str) -> dict[str, Callable[[str], str]]:
    """A script that kills the sender once, when the server is at a step."""
    left = [1]

    def reply(_said: str) -> str:
        if left:
            left.pop()
            sender[0].kill()
        return ""

    return {at: reply}


@pytest.mark.parametrize("step", STEPS)
def test_a_mail_is_never_doubled_and_never_lost_in_silence(tmp_path: Path, step: str) -> None:
    holder: list[Sender] = []
    with FakeSmtp(killing(holder, step)) as server:
        sender = Sender(tmp_path / "s", email(server.port))
        holder.append(sender)
        sender.start("deliver").wait(60)
        again = sender.run("deliver")
        if step not in ("text", "sent"):  # nothing of it had left: the next one sends it
            assert again.returncode == 0, again.stdout + again.stderr
            assert len(server.mails) == 1
            assert sender.outbox() == []
            return
        assert again.returncode == 3, again.stdout + again.stderr
        assert "daybrief outbox resend 1" in again.stdout
        assert len(server.mails) == 1
        assert sender.outbox() == ["uncertain"]
        repair = sender.run("outbox", "settle", "1")
        assert repair.returncode == 0, repair.stdout + repair.stderr
        assert len(server.mails) == 1
        assert sender.outbox() == []


@pytest.mark.parametrize("step", HOOK_STEPS)
@pytest.mark.parametrize("once", [True, False])
def test_a_post_is_repeated_with_its_key_or_not_at_all(tmp_path: Path, step: str, once: bool) -> None:
    holder: list[Sender] = []
    left = [1]

    def at(reached: str) -> None:
        if reached == step and left:
            left.pop()
            holder[0].kill()

    with FakeHook(at=at) as hook:
        use = 'use = "slack"\nurl_env = "HOOK"' if once else f'use = "webhook"\nurl = "{hook.url}/in"'
        sender = Sender(tmp_path / "s", f"[[channels]]\n{use}\n", f"127.0.0.1:{hook.port}")
        holder.append(sender)
        known = {"HOOK": f"{hook.url}/services/{SECRET}"}
        sender.start("deliver", **known).wait(60)
        again = sender.run("deliver", **known)
        keys = [post.headers["idempotency-key"] for post in hook.posts]
        reached = (0, 1) if step == "connect" else (1,)  # a killed sender's bytes may be on their way already
        if once and again.returncode == 0:  # killed before its first byte left: the next one sent it
            assert step == "connect"
            assert len(keys) == 1
        elif once:
            assert again.returncode == 3, again.stderr
            assert "outbox resend" in again.stdout
            assert len(keys) in reached
        else:
            assert again.returncode == 0, again.stdout + again.stderr
            assert len(keys) - 1 in reached
            assert len(set(keys)) == 1
        assert SECRET not in again.stdout + again.stderr


def test_a_run_delivers_and_running_it_again_sends_nothing_again(tmp_path: Path) -> None:
    with FakeSmtp() as server:
        sender = Sender(tmp_path / "s", email(server.port))
        first = sender.run("run", "--day", DAY)
        assert (first.returncode, len(server.mails)) == (0, 1), first.stderr
        remade = sender.run("run", "--day", DAY, "--refresh")  # another digest
        assert (remade.returncode, len(server.mails)) == (0, 1), remade.stderr
        assert sender.run("deliver", "--resend").returncode == 0
        assert len(server.mails) == 2


def test_each_reader_gets_a_mail_of_their_own_and_one_refusal_costs_only_that_one(tmp_path: Path) -> None:
    readers = [f"r{n}@example.org" for n in range(10)]
    refuse = {"rcpt": lambda command: "550 no such user" if "r3@" in command else ""}
    with FakeSmtp(refuse) as server:
        sender = Sender(tmp_path / "s", email(server.port, ", ".join(f'"{reader}"' for reader in readers)))
        done = sender.run("deliver")
        assert done.returncode == 3
        assert "RCPT: 550 no such user" in done.stdout
        assert [mail.recipient for mail in server.mails] == [r for r in readers if r != "r3@example.org"]
        for mail in server.mails:
            parsed = message_from_bytes(mail.text)
            assert [a for a in readers if a.encode() in mail.text] == [mail.recipient]
            assert parsed["To"] == mail.recipient
        shown = json.loads(sender.run("show", DAY, "--receipts", "--json").stdout)
        assert sum(r["path"].startswith("message:") and not r["error"] for r in shown) == 9
        sender.run("deliver")
        assert len(server.mails) == 9  # 5xx is final: nobody is asked again


@pytest.mark.timeout(300)  # nine processes, one after the other
def test_no_secret_appears_in_anything_the_program_writes_or_says(tmp_path: Path) -> None:
    channels = (
        '[[channels]]\nuse = "slack"\nurl_env = "HOOK"\n'
        '[[channels]]\nuse = "telegram"\ntoken_env = "PASSWORD"\nchats = ["-100"]\napi = "URL"\n'
        '[[channels]]\nuse = "webhook"\nurl_env = "HOOK"\nsecret_env = "SIGNING"\n'
        '[[channels]]\nuse = "email"\nhost = "127.0.0.1"\nsecurity = "none"\nport = 9\nuser = "me"\n'
        'password_env = "PASSWORD"\nsender = "a@example.org"\nto = ["b@example.org"]\n'
    )
    with FakeHook([HookAnswer(status=400, body=f"no: /services/{SECRET}".encode())]) as hook:
        sender = Sender(tmp_path / "s", channels.replace("URL", hook.url), f"127.0.0.1:{hook.port}")
        known = {"HOOK": f"{hook.url}/services/{SECRET}", "SIGNING": "whsec_c2VjcmV0LWNhbmFyeQ=="}
        outputs = [
            sender.run(*command.split(), **known)
            for command in (f"run --day {DAY}", "outbox --json", "config show --json", "runs --json",
                            f"show {DAY} --receipts --json",
                            "deliver --preview look")
        ]  # fmt: skip
        assert len(hook.posts) >= 3
        printed = "".join(done.stdout + done.stderr for done in outputs)
        files = b"".join(f.read_bytes() for f in sender.folder.rglob("*") if f.is_file())
        for hidden in (SECRET, "c2VjcmV0LWNhbmFyeQ", "secret-canary", f"services/{SECRET}"):
            assert hidden not in printed
            assert hidden.encode() not in files
        missing = sender.run("deliver", HOOK="")
        assert (missing.returncode, "HOOK" in missing.stderr) == (2, True)


def test_a_preview_writes_what_would_be_sent_and_a_replay_sends_nothing(tmp_path: Path) -> None:
    with FakeSmtp() as server:
        sender = Sender(tmp_path / "s", email(server.port))
        done = sender.run("deliver", "--preview", "look", PASSWORD="")
        assert done.returncode == 0, done.stderr
        (file,) = (sender.folder / "look").iterdir()
        assert file.suffix == ".eml"
        assert b"A paper" in file.read_bytes()
        replayed = sender.run("run", "--replay", "founding", "--config", "daybrief.toml", "--out", "o")
        assert replayed.returncode in (0, 3), replayed.stderr
        assert server.said == []
