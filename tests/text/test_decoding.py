"""Bytes become the text their writer meant, whatever their label says; what makes no sense is refused."""

# ruff: noqa: E501 - tables read best in rows
from __future__ import annotations

import contextlib
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.errors import NotWhatWeAsked
from daybrief.text.decoding import codec_of, decoded, is_trick, own_lines, own_text

KOREAN = (
    "네이버가 새로운 거대 언어 모델을 공개했다. 이 모델은 "
    "한국어 질문에 더 정확하게 답하며 비용을 절반으로 줄였다."
)
CHINESE = (
    "公司周二发布了新的大语言模型，称其在数学推理方面的表现超过了现有的开源模型，训练数据的质量比数量更重要。"
)
JAPANESE = (
    "東京の研究所は、新しい言語モデルを公開した。日本語の質"
    "問に正確に答えることができ、計算の費用も半分になった。"
)
TRADITIONAL = "公司週二發布了新的大型語言模型，稱其在數學推理方面的表現超過了現有的開源模型，訓練資料的品質比數量更重要。"
RUSSIAN = (
    "Исследователи представили новую языковую модель, котор"
    "ая отвечает на вопросы точнее прежних и требует меньше."
)
FRENCH = (
    "Des chercheurs ont présenté un modèle de langue plus l"
    "éger, entraîné sur des données européennes et précises."
)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("euc-kr", "cp949"), ("KS_C_5601-1987", "cp949"), ("windows-949", "cp949"), ("korean", "cp949"),
        ("gb2312", "gb18030"), ("GBK", "gb18030"), ("x-gbk", "gb18030"), ("chinese", "gb18030"),
        ("big5", "big5hkscs"), ("Big5-HKSCS", "big5hkscs"), ("x-x-big5", "big5hkscs"),
        ("shift_jis", "cp932"), ("SJIS", "cp932"), ("windows-31j", "cp932"), ("ms_kanji", "cp932"),
        ("iso-8859-1", "cp1252"), ("latin1", "cp1252"), ("ascii", "cp1252"), ("l1", "cp1252"),
        ("iso-8859-9", "cp1254"), ("latin5", "cp1254"), ("utf8", "utf-8"), ("unicode-1-1-utf-8", "utf-8"),
        ("koi8", "koi8-r"), ("x-cp1251", "cp1251"), ("iso-8859-8-i", "iso8859-8"), ("no-such", ""),
        ("punycode", ""), ("unicode_escape", ""), ("rot13", ""), ("utf-7", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_label_means_what_browsers_take_it_for(label: str, codec: str) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize(
    ("text", "label", "codec"),
    [
        ("똠방각하 펲시 모델", "euc-kr", "cp949"),
        ("镕基 模型 囍", "gb2312", "gbk"),
        ("嘅 模型 啲", "big5", "big5hkscs"),
        ("①髙橋 モデル ～", "shift_jis", "cp932"),
        ("①番目の新しいモデル Ⅲ ㍍", "euc-jp", "euc_jis_2004"),
        ("“quoted” – it’s", "iso-8859-1", "cp1252"),
        ("ğüş — şimdi", "iso-8859-9", "cp1254"),
    ],
)
def test_characters_beyond_the_old_standards_are_read_under_their_labels(
    text: str, label: str, codec: str
) -> None:
    assert decoded(text.encode(codec), [label]) == text


@pytest.mark.parametrize(
    "label", ["", "utf-8", "euc-kr", "iso-8859-1", "windows-1251", "shift_jis", "no-such"]
)
@pytest.mark.parametrize("text", [KOREAN, JAPANESE, RUSSIAN, FRENCH])
def test_utf8_with_bad_bytes_is_utf8_and_each_costs_one_character(text: str, label: str) -> None:
    whole = text.encode()
    cut = whole[: len(whole) // 2].decode(errors="ignore")
    decoded_text = decoded(cut.encode() + b"\xff" + text.encode(), [label] if label else [])
    assert decoded_text == cut + "\ufffd" + text


def shared_start(a: str, b: str) -> int:
    """How many characters two texts begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


@pytest.mark.parametrize(
    ("text", "label", "codec", "most"),
    [(KOREAN.replace(" ", ""), "euc-kr", "cp949", 1), (CHINESE, "gb2312", "gb18030", 1), (TRADITIONAL, "big5", "big5hkscs", 2),
     (JAPANESE, "euc-jp", "euc_jp", 1), (JAPANESE, "shift_jis", "cp932", 2)],
)  # fmt: skip
def test_a_byte_too_many_costs_no_character_beyond_its_neighbours(
    text: str, label: str, codec: str, most: int
) -> None:
    whole = text.encode(codec)
    for position in range(len(whole) + 1):
        body = whole[:position] + b"\xff" + whole[position:]
        decoded_text = decoded(b"<title>" + body + b"</title>", [label])[7:-8]
        before = shared_start(decoded_text, text)
        after = shared_start(decoded_text[before:][::-1], text[::-1])
        assert len(decoded_text) - before - after <= most, (position, decoded_text)
        assert before + after >= len(text) - 1, (position, decoded_text)
        assert decoded_text.count("\ufffd") == 1


@pytest.mark.parametrize(
    ("text", "label", "codec", "bad"),
    [(KOREAN.replace(" ", ""), "euc-kr", "cp949", b"\xff"), (CHINESE, "gbk", "gb18030", b"\xff"),
     (CHINESE, "gb18030", "gb18030", b"\xff"), (JAPANESE, "euc-jp", "euc_jp", b"\xff"),
     (JAPANESE, "euc-jp", "euc_jp", b"\x80"), (KOREAN, "ks_c_5601-1987", "cp949", b"\x80")],
)  # fmt: skip
def test_a_wrong_byte_costs_the_one_character_that_it_was_in(
    text: str, label: str, codec: str, bad: bytes
) -> None:
    for number, character in enumerate(text):
        for part in range(len(character.encode(codec))):
            start = text[:number].encode(codec)
            body = bytearray(text.encode(codec))
            if body[len(start) + part] < 0x80:
                continue
            body[len(start) + part : len(start) + part + 1] = bad
            decoded_text = decoded(b"<title>" + body + b"</title>", [label])[7:-8]
            assert decoded_text == text[:number] + "\ufffd" + text[number + 1 :]


def test_a_long_run_of_bad_bytes_is_read_in_linear_time_and_keeps_what_precedes_it() -> None:
    text = decoded(b"<t>" + KOREAN.encode("cp949") * 300 + b"</t>" + b"\xb0\xff" * 400, ["euc-kr"])
    assert text.startswith("<t>" + KOREAN * 300 + "</t>\ufffd")


@pytest.mark.parametrize(
    ("text", "codec"),
    [(KOREAN, "cp949"), (CHINESE, "gb18030"), (JAPANESE, "cp932"), (JAPANESE, "euc_jp"), (JAPANESE, "iso2022_jp"),
     (RUSSIAN, "cp1251"), (RUSSIAN, "koi8-r"), (FRENCH, "cp1252"), (KOREAN, "gb18030")],
)  # fmt: skip
@pytest.mark.parametrize(
    "labels", [[], ["utf-8"], ["iso-8859-1"], ["no-such"], ["utf-16"], ["euc-kr", "utf-8"], ["shift_jis"]]
)
def test_a_missing_or_wrong_label_is_made_good_where_the_text_proves_its_encoding(
    text: str, codec: str, labels: list[str]
) -> None:
    assert decoded(text.encode(codec), labels) == text


@pytest.mark.parametrize("labels", [["utf-8"], [], ["no-such"], ["euc-kr"]])
@pytest.mark.parametrize(
    "text",
    [
        "Un modèle à l’essai",
        "Über das große Modell für alle",
        "El modelo será más pequeño",
        "Nytt språk på väg",
    ],
)
def test_a_few_western_letters_under_a_wrong_label_are_read(text: str, labels: list[str]) -> None:
    body = f"<rss><title>{text}</title></rss>"
    assert decoded(body.encode("cp1252"), labels) == body


@pytest.mark.parametrize(
    "body",
    [
        bytes(range(128, 256)) * 20,
        b"\x81\x8d\x8f\x90\x9d" * 50,
        "שלום לכולם וברוכים הבאים".encode("cp1255") * 4,
    ],
)
def test_text_that_makes_no_sense_is_refused_and_not_printed(body: bytes) -> None:
    with pytest.raises(NotWhatWeAsked, match="no sense"):
        decoded(body)


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_a_person_s_file_is_read_by_its_mark(codec: str, tmp_path) -> None:
    body = '{"a": 1}\n{"b": "모델"}\n'.encode(codec)
    assert own_text(body) == '{"a": 1}\n{"b": "모델"}\n'
    (tmp_path / "rows").write_bytes(body)
    with (tmp_path / "rows").open("rb") as file:
        assert [line.rstrip(b"\n") for line in own_lines(file)] == [b'{"a": 1}', '{"b": "모델"}'.encode()]


def test_a_person_s_file_in_another_encoding_is_not_guessed_at() -> None:
    with pytest.raises(UnicodeDecodeError):
        own_text("모델".encode("cp949"))


def test_names_of_no_charset_are_tricks() -> None:
    assert all(map(is_trick, ("punycode", "IDNA", "unicode-escape", "raw_unicode_escape", "utf-7")))
    assert not any(map(is_trick, ("utf-8", "euc-kr", "x-no-such")))


@given(st.binary(max_size=400), st.sampled_from(["", "euc-kr", "utf-16", "gbk", "iso-2022-jp", "x"]))
def test_any_bytes_are_text_or_refused(body: bytes, label: str) -> None:
    with contextlib.suppress(NotWhatWeAsked):
        assert isinstance(decoded(body, [label]), str)
