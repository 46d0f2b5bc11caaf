"""Canary secrets in every setting that holds one: nothing that is said, written or kept shows them."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from daybrief.testing.hostile import HostileServer
from daybrief.testing.server import FakeHook, FakeSmtp, HookAnswer
from tests.faults import Tried
from tests.programs import environment

CANARIES = {
    name: f"canary+{name}/7f3a9c" for name in ("mail", "hook", "model", "beat", "reader", "feed", "database")
}
PLUGIN = '''
"""A source that raises an error with whatever it can reach."""
import os, msgspec
class Options(msgspec.Struct): name: str = "bad"
class Bad:
    name = "bad"
    def collect(self, window, web):
        secret = os.environ.get("MAIL_SECRET", "")
        raise ValueError(f"no luck with {len(secret)} letters")
def make(options, tools): return Bad()
'''
SETTINGS = """
archive = "a.sqlite"
out = "out"
cache = "cache"
zone = "UTC"
language = "en"
kinds = ["news"]
sources = [
  {{ use = "feed", name = "good", url = "{server}/sound?key={feed}" }},
  {{ use = "feed", name = "gone", url = "{server}/gone?key={feed}" }},
  {{ use = "feed", name = "login", url = "{server}/login_page?key={feed}" }},
  {{ use = "feed", name = "torn", url = "{server}/reset?key={feed}" }},
  {{ use = "bad.source" }},
]
[writer]
use = "llm"
model = "m"
base_url = "{hook}/v1"
key_env = "MODEL_SECRET"
price_in = 1
price_out = 1
[[channels]]
use = "email"
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "a@example.org"
to = ["b@example.org"]
user = "a"
password_env = "MAIL_SECRET"
chart = false
[[channels]]
use = "webhook"
url_env = "HOOK_SECRET"
[fulltext]
papers = 0
articles = 0
[web]
allow = ["{server_at}", "{hook_at}"]
budget_s = 5
[observe]
heartbeat_env = "BEAT_SECRET"
[serve]
port = {port}
metrics = true
"""
COMMANDS = (
    "run --day DAY --deliver --record FORM", "run --day DAY --refresh --strict", "deliver --resend",
    "outbox", "outbox send", "doctor", "config show", "config show --json", "runs", "show DAY --receipts",
    "deliver --preview letters", "search model", "watch", "plugins", "archive check",
    "export DAY --form jsonl", "site", "archive copy a.sqlite postgresql://u:DATABASE@127.0.0.1:1/x",
    "schedule cron", "opml",
)  # fmt: skip
DAY = "2024-11-26"
PAGES = ("/", "/sources", "/runs", "/metrics", "/api/openapi.json", "/nothing", f"/day/{DAY}/news/ledger")


def secrets(many: int) -> Tried:
    """So many commands with canaries in their settings, at the highest verbosity, in words and in JSON."""
    tried, seen = Tried(), 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(HostileServer())
        echo = HookAnswer(
            status=401, body=json.dumps({"error": {"message": " ".join(CANARIES.values())}}).encode()
        )
        hook = stack.enter_context(FakeHook([echo]))
        mail = stack.enter_context(
            FakeSmtp({"auth": lambda command: f"535 5.7.8 {CANARIES['mail']} {command}"})
        )
        port = _free_port()
        home = _home(folder, server, hook, mail, port)
        outputs: list[tuple[str, bytes]] = []
        commands = [("json", command) for command in COMMANDS[:many]]
        commands += [("words", command) for command in COMMANDS[:3]] if many >= len(COMMANDS) else []
        for form, command in commands:
            outputs.append((f"{form}: {command}", _output_of(command, form, home, hook)))
        if many >= len(COMMANDS):
            outputs += list(_served(home, hook, port))
        for where, text in (*outputs, *_kept(folder)):
            shown = [name for name, form in _forms() if form in text]
            seen += bool(shown)
            tried.expect(not shown, f"{where} shows {sorted(set(shown))}: {_around(text)}")
    tried.worst = f"{seen} places that show a secret, of {tried.vectors}: what was said, and every file"
    return tried


def _home(folder: Path, server: HostileServer, hook: FakeHook, mail: FakeSmtp, port: int) -> Path:
    home = folder / "home"
    home.mkdir()
    (home / "bad").mkdir()
    (home / "bad" / "__init__.py").touch()
    (home / "bad" / "source.py").write_text(PLUGIN)
    text = SETTINGS.format(
        server=server.url, server_at=server.url[7:], hook=hook.url, hook_at=hook.url[7:], mail=mail.port,
        feed=quote(CANARIES["feed"], safe=""), port=port,
    )  # fmt: skip
    (home / "daybrief.toml").write_text(text)
    return home


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _environment(home: Path, form: str, hook: FakeHook) -> Mapping[str, str]:
    calm = environment(
        home, count=False, MAIL_SECRET=CANARIES["mail"], MODEL_SECRET=CANARIES["model"],
        HOOK_SECRET=f"{hook.url}/{CANARIES['hook']}", BEAT_SECRET=f"{hook.url}/{CANARIES['beat']}",
        DAYBRIEF_PASSWORD=CANARIES["reader"], DAYBRIEF_OBSERVE__LOG=form, DAYBRIEF_OBSERVE__LEVEL="debug",
    )  # fmt: skip
    return {**calm, "PYTHONPATH": f"{home}:{calm['PYTHONPATH']}"}


def _output_of(command: str, form: str, home: Path, hook: FakeHook) -> bytes:
    """All that a command prints."""
    words = command.replace("DATABASE", CANARIES["database"]).replace("DAY", DAY).replace("FORM", form)
    done = subprocess.run(
        [sys.executable, "-m", "daybrief", *words.split()],
        cwd=home, env=_environment(home, form, hook), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def _served(home: Path, hook: FakeHook, port: int) -> Iterator[tuple[str, bytes]]:
    """The answers and logs of the reader, with a wrong and a right password, and its command line."""
    program = subprocess.Popen(
        [sys.executable, "-m", "daybrief", "serve"],
        cwd=home, env=_environment(home, "json", hook), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert program.stdout
        program.stdout.readline()
        yield "command line of serve", Path(f"/proc/{program.pid}/cmdline").read_bytes()
        for path in PAGES:
            for token in (CANARIES["reader"], "wrong"):
                yield f"GET {path}", _answer(f"http://127.0.0.1:{port}{path}", token)
    finally:
        program.terminate()
        out, err = program.communicate(timeout=20)
    yield "serve", out + err


def _answer(url: str, token: str) -> bytes:
    try:
        with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=20) as answer:
            return bytes(answer.read()) + str(answer.headers).encode()
    except HTTPError as refused:
        return bytes(refused.read()) + str(refused.headers).encode()


def _kept(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that was written but for the settings themselves."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "daybrief.toml":
            yield str(path.relative_to(folder)), path.read_bytes()


def _forms() -> Iterator[tuple[str, bytes]]:
    """Each secret as it stands, percent-encoded, in JSON and in Base64 at every offset."""
    for name, secret in CANARIES.items():
        raw = secret.encode()
        yield name, raw
        yield name, quote(secret, safe="").encode()
        yield name, json.dumps(secret)[1:-1].encode()
        for pad in (b"", b"x", b"xx"):
            yield name, base64.b64encode(pad + raw)[4:-4]


def _around(text: bytes) -> str:
    for _, form in _forms():
        at = text.find(form)
        if at >= 0:
            return repr(text[max(0, at - 120) : at + 60])
    return ""
