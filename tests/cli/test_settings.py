"""Wrong settings are told in daybrief's words, and `config show` works all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from tests.end_to_end.conftest import program

from daybrief import plugins
from daybrief.config import Profile, Ranking, Settings, documented, faults, load, load_what_is_right
from daybrief.errors import ConfigError
from daybrief.ports import Tools
from daybrief.testing.editions import taxonomy

WRONG = {
    "web = 3": "web = 3 must be a table",
    '[web]\ntimeout_s = "x"': 'web.timeout_s = "x" must be a number',
    "[web]\nallow = [3]": "web.allow[0] = 3 must be a text",
    "[web]\ntimeut_s = 1": "unknown setting 'web.timeut_s'",
    'lang = "ko"': "unknown setting 'lang'",
    'kinds = ["books"]': "kinds[0] = \"books\" must be one of 'papers', 'news'",
    "[profiles.me]\nmost = -1": "profiles.me.most = -1 must be at least 0",
    "[profiles.me]\nmsot = 1": "unknown setting 'profiles.me.msot'",
    "[profiles.me.categories]\nllm = -1": "profiles.me.categories.llm = -1 must be at least 0",
    '[profiles.me.categories]\nllm = "many"': 'profiles.me.categories.llm = "many" must be a whole number',
    "[profiles]\nme = 3": "profiles.me = 3 must be a table",
    "[serve]\nport = 99999": "serve.port = 99999 must be at most 65535",
    "[serve]\nhttps = 'maybe'": 'serve.https = "maybe" must be true or false',
    'sources = "arxiv"': 'sources = "arxiv" must be a list',
    "sources = [3]": "sources[0] = 3 must be a table",
    "max_items = 1.5": "max_items = 1.5 must be a whole number",
    "language = 1": "language = 1 must be a text",
    'zone = "Mars"': "zone = 'Mars' is no IANA time zone",
    "kinds = []": "kinds is empty",
    'chart = "donut"': "chart = 'donut' is unknown",
    "[profiles.'my own']": "a profile is called 'my own'",
    "x =": "is not valid TOML",
    "[profiles.me]\nmost = 2\n[profiles.you]\nmost = true": "profiles.you.most = true must be",
    "[[sources]]\n[[sources]]\nuse = 3\n[web.more]\nx = 1": "unknown setting 'web.more'",
    "profiles = 3": "profiles = 3 must be a table",
}
PLUGINS = {  # group, table: what is said
    ("sources", '{"use": "arxiv", "categories": ["cs.CLL"]}'): "'arxiv': arXiv has no category 'cs.CLL'",
    ("sources", '{"use": "arxiv", "categories": ["CS.CL"]}'): "arXiv has no category 'CS.CL'",
    ("sources", '{"use": "arxiv", "categories": []}'): "categories = [] must hold at least 1",
    ("sources", '{"use": "arxiv", "limit": "all"}'): 'limit = "all" must be a whole number',
    ("sources", '{"use": "feed"}'): "'feed': url is missing",
    ("sources", '{"use": "feed", "name": "bair", "url": "bair.example/f"}'): "'bair': url = 'bair.example/f'",
    ("sources", '{"use": "feed", "name": "bair", "url": "https://bair..example/"}'): "'bair': url = 'https://bair..",
    ("sources", '{"use": "feed", "url": "https://a b.example/"}'): "'https://a b.example/' is no address",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_setting_is_named_with_its_table_its_value_and_a_rule(text: str, tmp_path: Path) -> None:
    file = tmp_path / "daybrief.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(file, {})
    assert WRONG[text] in refused.value.message
    assert refused.value.hint
    assert "$." not in str(refused.value)
    assert "`str`" not in str(refused.value)


def test_settings_in_another_encoding_are_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "daybrief.toml"
    file.write_bytes('out = "가"'.encode("cp949"))
    with pytest.raises(ConfigError, match="is not in UTF-8") as refused:
        load(file, {})
    assert "save it" in str(refused.value.hint)


@pytest.mark.parametrize("text", WRONG)
def test_the_settings_that_are_right_are_read_all_the_same(text: str, tmp_path: Path) -> None:
    file = tmp_path / "daybrief.toml"
    file.write_text(f'out = "elsewhere"\n{text}')
    settings, problems = load_what_is_right(file, {"DAYBRIEF_CACHE": "here"})
    assert settings.cache == "here"
    assert settings.out == ("elsewhere" if text != "x =" else "out")
    assert any(WRONG[text] in problem for problem in problems)


@pytest.mark.parametrize(("group", "table"), PLUGINS)
def test_a_wrong_option_is_named_with_its_plugin(group: str, table: str) -> None:
    with pytest.raises(ConfigError) as refused:
        plugins.build(group, eval(table), Tools(taxonomy=taxonomy()))
    assert PLUGINS[group, table] in refused.value.message
    assert refused.value.hint


def test_a_wrong_variable_is_named_as_a_variable() -> None:
    with pytest.raises(ConfigError) as refused:
        load(None, {"DAYBRIEF_WEB__TIMEOUT_S": "soon"})
    assert 'web.timeout_s = "soon" must be a number' in refused.value.message
    assert "DAYBRIEF_WEB__TIMEOUT_S" in refused.value.hint


def test_a_variable_inside_a_setting_that_is_no_table_is_refused() -> None:
    variables = {"DAYBRIEF_OUT": "there", "DAYBRIEF_OUT__MORE": "x"}
    with pytest.raises(ConfigError, match="DAYBRIEF_OUT__MORE does not name a table"):
        load(None, variables)
    settings, problems = load_what_is_right(None, variables)
    assert settings.out == "there"
    assert problems == ("DAYBRIEF_OUT__MORE does not name a table",)


def test_one_of_several_profiles_must_be_named() -> None:
    several = Settings(profiles={"me": Profile(), "you": Profile()})
    with pytest.raises(ConfigError, match="several profiles could be meant") as refused:
        several.whose(None)
    assert refused.value.hint == "--profile me|you"
    assert several.whose("you") == several.whose_taste("you") == "you"
    assert Settings(profiles={"me": Profile()}).whose(None) == "me"
    with pytest.raises(ConfigError, match="taste belongs to a profile"):
        Settings().whose_taste(None)


def test_a_profile_keeps_what_it_does_not_set_and_replaces_what_it_does() -> None:
    ours = Settings(
        out="there",
        ranking=Ranking(most=30, most_each=4),
        profiles={"me": Profile(most=3, publishers=({"use": "markdown"},)), "you": Profile(out="yours")},
    )
    mine, yours = ours.of("me"), ours.of("you")
    assert (mine.ranking.most, mine.ranking.most_each, mine.out) == (3, 4, "there/me")
    assert (mine.publishers, mine.channels) == (({"use": "markdown"},), ours.channels)
    assert (yours.ranking, yours.out, yours.publishers) == (ours.ranking, "yours", ours.publishers)
    assert ours.of("") is ours


def test_an_argument_decides_for_every_profile(tmp_path: Path) -> None:
    file = tmp_path / "daybrief.toml"
    file.write_text('[profiles.me]\nlanguage = "en"\nmost = 3\n')
    assert load(file, {}).of("me").language == "en"
    assert load(file, {}, language="ja").of("me").language == "ja"
    assert load(file, {}, language="ja").profiles["me"].most == 3


def test_the_settings_of_each_profile_are_documented_under_its_name() -> None:
    names = [name for name, _, _ in documented(Settings(profiles={"me": Profile(most=3)}))]
    assert {"profiles.me.most", "profiles.me.language", "web.timeout_s"} <= set(names)
    assert "profiles" not in names
    assert "profiles" in [name for name, _, _ in documented(Settings())]


class Limits(msgspec.Struct, forbid_unknown_fields=True):
    """Rules of every kind that a plugin's options may have."""

    code: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] = "a"
    name: Annotated[str, msgspec.Meta(max_length=3)] = "a"
    share: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.5
    many: Annotated[int, msgspec.Meta(multiple_of=5)] = 5
    one_of: Literal["a", "b"] = "a"


class Holder(msgspec.Struct, forbid_unknown_fields=True):
    """A struct inside a list."""

    rows: list[Inner] = []


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """The settings that must be given."""

    key: str


@pytest.mark.parametrize(
    ("struct", "table", "sentence"),
    [
        (Limits, {"code": "A1"}, 'code = "A1" must be written like ^[a-z]+$'),
        (Limits, {"name": "long"}, 'name = "long" must hold at most 3'),
        (Limits, {"share": 0}, "share = 0 must be more than 0.0"),
        (Limits, {"share": 1}, "share = 1 must be less than 1.0"),
        (Limits, {"many": 3}, "many = 3 must be a whole number that's a multiple of 5"),
        (Limits, {"one_of": "c"}, "one_of = \"c\" must be one of 'a', 'b'"),
        (Holder, {"rows": [{}]}, "rows[0].key is missing"),
        (Holder, {"rows": [{"key": "a", "kye": 1}]}, "rows[0].kye is unknown"),
    ],
)
def test_a_rule_of_any_kind_is_told_in_words(
    struct: type[msgspec.Struct], table: dict[str, object], sentence: str
) -> None:
    assert [fault.sentence for fault in faults(table, struct)] == [sentence]


def test_all_right_settings_have_no_problem() -> None:
    assert load_what_is_right(None, {}) == (Settings(), ())


def test_config_show_prints_everything_and_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "daybrief.toml").write_text('out = "elsewhere"\n[web]\ntimeout_s = "x"\n')
    shown = program(tmp_path)("config", "show")
    assert shown.returncode == 2
    assert 'out = "elsewhere"' in shown.stdout
    assert "web.timeout_s = 20.0" in shown.stdout
    assert 'web.timeout_s = "x" must be a number' in shown.stderr


def test_a_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file"):
        load(tmp_path / "absent.toml", {})
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path, {})


def test_a_module_that_is_no_plugin_or_not_there_is_named() -> None:
    for name, reason in (("json.decoder", "is no plugin"), ("no.such", "there is no such module")):
        with pytest.raises(ConfigError, match=reason):
            plugins.module("sources", name)
    with pytest.raises(ConfigError, match="unknown source 'arxv'"):
        plugins.module("sources", "arxv")
