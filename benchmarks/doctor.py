"""Is `daybrief doctor` right? Forty set-ups, twenty that work and twenty that are broken.

    python benchmarks/doctor.py [--json]

Each is a `daybrief.toml` in a folder of its own, with the files and variables it needs. Models and mail
servers are real ones on loopback. A verdict is wrong when a working set-up is refused, a broken one passes,
or when the finding about a broken one lacks what is wrong (a word of it) or has no hint. The set-ups were
written after the doctor, which was not changed for them.
"""

# ruff: noqa: E501 - a set-up a line
from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir
from pathlib import Path
from typing import Any

import msgspec

from daybrief.app import App
from daybrief.config import load
from daybrief.errors import DaybriefError
from daybrief.testing.archives import kept
from daybrief.testing.editions import founding
from daybrief.testing.model_server import MODEL as MODEL_NAME
from daybrief.testing.model_server import model_server
from daybrief.testing.server import FakeSmtp
from show import show

HOOK = "https://93.184.216.34/hooks/1"
SLACK = '[[channels]]\nuse = "slack"\nurl_env = "HOOK"'
MODEL = '[writer]\nuse = "llm"\nmodel = "MODEL"\nbase_url = "BASE"\nkey_env = "KEY"\nbudget_usd = 0\n'
MAIL = '[[channels]]\nuse = "email"\nhost = "127.0.0.1"\nport = PORT\nsecurity = "none"\nsender = "a@b.example"\n'
MAIL += 'to = ["c@d.example"]'
SOURCE = '"""A list."""\nimport msgspec\nclass Options(msgspec.Struct): pass\nclass S:\n    name = "own"\n'
SOURCE += "    def collect(self, window, web): return iter(())\ndef make(options, tools): return S()\n"
OWN = '[[sources]]\nuse = "own_plugins.'


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """A set-up: its settings, its files and variables; `wrong` is a word of what is broken, "" when it works."""

    name: str
    toml: str
    environment: Mapping[str, str] = {}
    files: Mapping[str, str] = {}
    wrong: str = ""


def working(key: str) -> Iterator[Setup]:
    yield Setup(name="defaults", toml="")
    yield Setup(name="English", toml='language = "en"')
    yield Setup(name="Japanese, papers alone", toml='language = "ja"\nkinds = ["papers"]')
    yield Setup(name="another zone and a pie", toml='zone = "Europe/Berlin"\nchart = "pie"')
    yield Setup(
        name="a feed", toml='[[sources]]\nuse = "feed"\nurl = "https://bair.berkeley.edu/blog/feed.xml"'
    )
    yield Setup(
        name="arXiv categories", toml='[[sources]]\nuse = "arxiv"\ncategories = ["cs.CL", "eess.AS", "cs"]'
    )
    yield Setup(name="an enricher", toml='[[enrichers]]\nuse = "semantic_scholar"')
    yield Setup(name="Markdown alone", toml='[[publishers]]\nuse = "markdown"')
    yield Setup(name="own plugin", toml=f'{OWN}good"', files={"own_plugins/good.py": SOURCE})
    yield Setup(
        name="a profile",
        toml='[profiles.me]\nmore = ["retrieval"]\ncategories = {llm = 3}\nseeds = ["2411.13543"]',
    )
    yield Setup(name="two profiles", toml='[profiles.a]\nlanguage = "en"\n[profiles.b]\nkinds = ["news"]')
    yield Setup(name="slack", toml=SLACK, environment={"HOOK": HOOK})
    yield Setup(name="discord", toml=SLACK.replace("slack", "discord"), environment={"HOOK": HOOK})
    yield Setup(name="a signed hook", toml=f'[[channels]]\nuse = "webhook"\nurl = "{HOOK}"\nsecret_env = "SIGN"',
                environment={"SIGN": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})  # fmt: skip
    yield Setup(name="telegram", toml='[[channels]]\nuse = "telegram"\ntoken_env = "BOT"\nchats = ["@a_channel"]',
                environment={"BOT": "123456:AAEexample"})  # fmt: skip
    yield Setup(name="mail", toml=MAIL)
    yield Setup(name="a model that writes", toml=MODEL, environment={"KEY": key})
    yield Setup(
        name="a model that files", toml=MODEL.replace("[writer]", "[categoriser]"), environment={"KEY": key}
    )
    yield Setup(name="an archive with a day", toml='archive = "archive.sqlite"')
    yield Setup(
        name="variables alone", toml="", environment={"DAYBRIEF_OUT": "elsewhere", "DAYBRIEF_CHART": "pie"}
    )


def broken(key: str) -> Iterator[Setup]:
    yield Setup(name="no taxonomy file", toml='taxonomy = "mine.toml"', wrong="taxonomy")
    yield Setup(
        name="broken taxonomy", toml='taxonomy = "t.toml"', files={"t.toml": "version ="}, wrong="taxonomy"
    )
    yield Setup(name="unknown language", toml='language = "xx"', wrong="xx")
    yield Setup(name="wrong type", toml='[web]\ntimeout_s = "soon"', wrong="web.timeout_s")
    yield Setup(name="unknown setting", toml='lang = "ko"', wrong="lang")
    yield Setup(name="unknown plugin", toml='[[sources]]\nuse = "arxive"', wrong="arxive")
    yield Setup(
        name="plugin with a mistake",
        toml=f'{OWN}bad"',
        files={"own_plugins/bad.py": "def x(:"},
        wrong="line 1",
    )
    yield Setup(name="plugin that lacks a library", toml=f'{OWN}lacks"', files={"own_plugins/lacks.py": "import nolib"},
                wrong="nolib")  # fmt: skip
    yield Setup(
        name="unknown arXiv category",
        toml='[[sources]]\nuse = "arxiv"\ncategories = ["cs.XX"]',
        wrong="cs.XX",
    )
    yield Setup(
        name="bad feed address",
        toml='[[sources]]\nuse = "feed"\nurl = "bair.example/feed"',
        wrong="bair.example",
    )
    yield Setup(
        name="two sources of one name",
        toml='[[sources]]\nuse = "arxiv"\n[[sources]]\nuse = "arxiv"',
        wrong="arxiv",
    )
    yield Setup(name="unknown category", toml="[profiles.me]\ncategories = {vision = 2}", wrong="vision")
    yield Setup(name="a hook's variable is missing", toml=SLACK, wrong="HOOK")
    yield Setup(
        name="a hook's variable is no address", toml=SLACK, environment={"HOOK": "nonsense"}, wrong="HOOK"
    )
    yield Setup(name="a signing key that is none", toml=f'[[channels]]\nuse = "webhook"\nurl = "{HOOK}"\nsecret_env = "SIGN"',
                environment={"SIGN": "whsec_***"}, wrong="SIGN")  # fmt: skip
    yield Setup(name="nobody at the mail server", toml=MAIL.replace("PORT", "9"), wrong="127.0.0.1:9")
    yield Setup(name="a model's key is missing", toml=MODEL, wrong="KEY")
    yield Setup(name="a model's key is refused", toml=MODEL, environment={"KEY": f"{key}x"}, wrong="key")
    yield Setup(name="nobody at the model's address", toml=MODEL.replace("BASE", "http://127.0.0.1:9/v1"),
                environment={"KEY": key}, wrong="127.0.0.1:9")  # fmt: skip
    yield Setup(
        name="a file where the editions go", toml='out = "taken"', files={"taken": "x"}, wrong="taken"
    )


def verdict(setup: Setup, folder: Path, replaced: Mapping[str, str]) -> str:
    """The fault of the doctor's verdict, "" when it is right."""
    toml = setup.toml
    for name, value in replaced.items():
        toml = toml.replace(name, value)
    (folder / "own_plugins").mkdir()
    for name, text in setup.files.items():
        (folder / name).write_text(text)
    (folder / "daybrief.toml").write_text(toml)
    if "archive = " in toml:
        kept(folder, founding())
    home = {"DAYBRIEF_CACHE": str(folder / "cache")}
    if "archive = " not in toml:
        home["DAYBRIEF_ARCHIVE"] = str(folder / "none.sqlite")
    environment = home | dict(setup.environment)
    with chdir(folder):
        try:
            findings = App(load(None, environment), environment).doctor()
        except DaybriefError as refused:
            bad = [f"{refused.message} → {refused.hint}"]
        else:
            bad = [f"{f.what}: {f.detail} → {f.hint}" for f in findings if not f.ok]
    if not setup.wrong:
        return f"refused: {bad[0]}" if bad else ""
    if not bad:
        return "passed"
    right = [text for text in bad if setup.wrong in text and not text.endswith("→ ")]
    return "" if right else f"not named: {bad[0]}"


def measure() -> dict[str, Any]:
    """Every set-up in a folder of its own; the wrong verdicts by name."""
    wrong: dict[str, str] = {}
    with model_server(key="a-key-of-the-bench") as server, FakeSmtp() as smtp:
        setups = [*working("a-key-of-the-bench"), *broken("a-key-of-the-bench")]
        replaced = {"BASE": server.base_url, "MODEL": MODEL_NAME, "PORT": str(smtp.port)}
        for setup in setups:
            with tempfile.TemporaryDirectory() as place:
                if why := verdict(setup, Path(place), replaced):
                    wrong[setup.name] = why
    works = sum(not setup.wrong for setup in setups)
    return {
        "benchmark": "doctor",
        "figures": [
            {"what": "set-ups that work", "asked": "20", "measured": str(works)},
            {"what": "set-ups that are broken", "asked": "20", "measured": str(len(setups) - works)},
            {"what": "wrong verdicts", "asked": "0", "measured": str(len(wrong))},
        ],
        "wrong": wrong,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ.pop("DAYBRIEF_ARCHIVE", None)
    result = measure()
    show(result, as_json=given.json)
    if given.json:
        return
    for name, why in result["wrong"].items():
        print(f"  {name}: {why}")


if __name__ == "__main__":
    main()
