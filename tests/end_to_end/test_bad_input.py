"""Bad input: an error that names the value and what to do, the right exit code, and nothing half-written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Daybrief


@pytest.mark.parametrize(
    ("args", "names", "advice"),
    [
        (("run", "--day", "2999-01-01"), "2999-01-01", "up to today"),
        (("run", "--day", "1970-01-01"), "1970-01-01", "reaches back"),
        (("run", "--day", "tomorrow"), "tomorrow", "YYYY-MM-DD"),
        (("run", "--kind", "poems"), "poems", "papers, news, all"),
        (("run", "--config", "absent.toml"), "absent.toml", "--config"),
        (("run", "--replay", "nowhere"), "nowhere", "run --record"),
        (("show", "2024-11-26"), "2024-11-26", "daybrief run"),
        (("show", "2024-11-26", "--kind", "poems"), "poems", "papers or news"),
        (("import", "absent.jsonl"), "absent.jsonl", "path"),
    ],
)
def test_a_wrong_argument_is_named_with_what_to_do(
    daybrief: Daybrief, args: tuple[str, ...], names: str, advice: str
) -> None:
    done = daybrief(*args)
    assert done.returncode == 2
    assert names in done.stderr
    assert advice in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [("run", "--day"), ("show",), ("export", "--form", "bibtex"), ("deliver", "--day")],
    ids=lambda args: args[0],
)
def test_a_civil_day_that_never_was_is_told_as_such_by_every_command(
    daybrief: Daybrief, tmp_path: Path, args: tuple[str, ...]
) -> None:
    """Samoa went from 29 to 31 December 2011."""
    (tmp_path / "apia.toml").write_text('zone = "Pacific/Apia"\nsources = []', encoding="utf-8")
    done = daybrief(*args, "2011-12-30", "--config", "apia.toml")
    assert done.returncode == 2
    assert "there was no 2011-12-30 in Pacific/Apia" in done.stderr


@pytest.mark.parametrize(
    ("toml", "names"),
    [
        ('langauge = "ko"', "did you mean 'language'"),
        ('language = "xx"', "'xx'"),
        ('zone = "Mars/Olympus"', "Mars/Olympus"),
        ('chart = "spiral"', "spiral"),
        ("ranking = { most = 0 }", "ranking.most"),
        ('sources = [{ use = "arxvi" }]', "did you mean 'arxiv'"),
        ('sources = [{ use = "feed", url = "https://a.example/", colour = "red" }]', "colour"),
        ('sources = [{ name = "x" }]', "lacks `use`"),
        ('sources = [{ use = "arxiv" }, { use = "arxiv" }]', "two sources"),
        ("sources = 7", "sources"),
        ("= broken", "not valid TOML"),
        ('taxonomy = "absent.toml"', "absent.toml"),
        ('web = { allow = ["nonsense"] }', "nonsense"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_run(
    daybrief: Daybrief, tmp_path: Path, toml: str, names: str
) -> None:
    (tmp_path / "wrong.toml").write_text(toml, encoding="utf-8")
    done = daybrief("run", "--day", "2024-11-26", "--config", "wrong.toml", "--out", "out")
    assert done.returncode == 2, done.stderr
    assert names in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_taxonomy_with_duplicate_ids_is_refused(daybrief: Daybrief, tmp_path: Path) -> None:
    category = '[[category]]\nid = "a"\nkind = "both"\nemoji = "x"\nname.en = "A"\ndefinition = "d"\n'
    (tmp_path / "taxonomy.toml").write_text(f'version = "1"\n{category}{category}', encoding="utf-8")
    done = daybrief("run", "--replay", "founding", DAYBRIEF_TAXONOMY="taxonomy.toml")
    assert done.returncode == 2
    assert "'a' twice" in done.stderr


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX permissions")
def test_an_output_folder_that_cannot_be_written_is_named(daybrief: Daybrief, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = daybrief("run", "--replay", "founding", "--out", "file/out", DAYBRIEF_ARCHIVE="a.sqlite")
    assert done.returncode == 74
    assert "file" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_archive_that_is_none_is_refused_and_left_as_it_is(daybrief: Daybrief, tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"this is no database" * 100)
    done = daybrief("run", "--replay", "founding", DAYBRIEF_ARCHIVE="a.sqlite")
    assert done.returncode == 74
    assert "a.sqlite" in done.stderr
    assert (tmp_path / "a.sqlite").read_bytes() == b"this is no database" * 100


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b"not json", "line 2"),
        (b'{"title": "no identity"}', "neither id, doi nor url"),
        (b'{"id": "2411.15124"}', "no title"),
        (b'{"url": "javascript:alert(1)", "title": "x"}', "javascript"),
        (b'{"id": "2411.15124", "title": "x", "published": "yesterday"}', "yesterday"),
        (b'{"id": "2411.15124", "title": "x", "kind": "poem"}', "poem"),
        (b'["a", "list"]', "JSON object"),
        (b"\xff\xfe", "line 2"),
    ],
)
def test_a_broken_line_of_an_import_is_named_and_the_others_go_in(
    daybrief: Daybrief, tmp_path: Path, line: bytes, names: str
) -> None:
    good = json.dumps({"id": "2411.15098", "title": "Good", "abstract": "A text."}).encode()
    (tmp_path / "items.jsonl").write_bytes(good + b"\n" + line + b"\n" + good.replace(b"98", b"99") + b"\n")
    strict = daybrief("import", "--strict", "items.jsonl", DAYBRIEF_ARCHIVE="a.sqlite")
    assert strict.returncode == 2, strict.stderr
    assert not (tmp_path / "a.sqlite").exists()
    done = daybrief("import", "items.jsonl", DAYBRIEF_ARCHIVE="a.sqlite")
    assert done.returncode == 3, done.stderr
    assert done.stdout == "읽은 2건 가운데 새 항목 2건\n"
    for errors in (strict.stderr, done.stderr):
        assert "line 2" in errors
        assert names in errors


def test_imported_items_join_the_edition_of_their_day(daybrief: Daybrief, tmp_path: Path) -> None:
    rows = [
        {
            "id": f"2411.{n:05}",
            "title": f"A language model for task {n}",
            "abstract": f"We propose method {n}.",
        }
        for n in range(5)
    ]
    rows[1] |= {
        "title": "거대 언어 모델의 환각",
        "abstract": "우리는 새로운 방법을 제안한다. 정확도가 12% 향상되었다.",
    }
    (tmp_path / "only.toml").write_text('sources = []\narchive = "a.sqlite"', encoding="utf-8")
    imported = daybrief(
        "import", "-", "--day", "2024-11-20", "--config", "only.toml", given="\n".join(map(json.dumps, rows))
    )
    assert (imported.returncode, imported.stdout) == (0, "읽은 5건 가운데 새 항목 5건\n")
    done = daybrief("run", "--day", "2024-11-20", "--config", "only.toml", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["editions"][0]["stories"] == 5


def test_a_readers_subscriptions_become_settings_that_load(daybrief: Daybrief, tmp_path: Path) -> None:
    outline = '<outline text="The Lab" xmlUrl="https://lab.example/{}.xml"/>'
    body = "".join(map(outline.format, ("a", "b")))
    (tmp_path / "feeds.opml").write_text(f'<opml version="2.0"><body>{body}</body></opml>', encoding="utf-8")
    converted = daybrief("opml", "feeds.opml")
    assert converted.returncode == 0, converted.stderr
    (tmp_path / "daybrief.toml").write_text(converted.stdout, encoding="utf-8")
    sources = json.loads(daybrief("config", "show", "--json").stdout)["sources"]
    assert [s["name"] for s in sources] == ["the_lab", "the_lab_2"]
    assert sources[1]["url"] == "https://lab.example/b.xml"
    (tmp_path / "broken.opml").write_text("<opml><body>", encoding="utf-8")
    assert daybrief("opml", "broken.opml").returncode == 2
