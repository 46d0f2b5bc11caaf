"""Japanese: its letters and its numerals; its words stand in `ja.toml`.

Numerals in Chinese characters are read where they count (二つ, 三十件, 百人) and where 分の parts a fraction;
alone they are parts of words (一般, 十分) and no numbers. Vague words (数百) are no numbers either.
"""

from __future__ import annotations

from daybrief.languages.tables import Language, Numerals, fraction, place_value

_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", 1)}
_POWERS = {"十": 10, "百": 100, "千": 1_000}
_COUNTED = (
    r"(?=\s?(?:[万億兆]|つ(?!目)|個|人(?!工|間|気|材|類)|名|件|本(?!質|稿|論|研究)|円|ドル|年|倍|割|パーセント|種|回|時間|秒|"
    r"編|枚|組|台|社(?!会)|[かカヶ箇](?:国|所|月)|段階|通り|問|点|言語|トークン))"
)
_ONE = "[一二三四五六七八九]"
_RUN = rf"(?<![一-鿿\d])(?:(?:{_ONE}?[十百千]){{1,3}}{_ONE}?|{_ONE}){_COUNTED}"
_WHOLE = r"(?:\d{1,3}|[一二三四五六七八九十])"


def numeral(word: str) -> float:
    """The value of a numeral in Chinese characters: 二百三十 is 230."""
    return place_value(word, _DIGITS, _POWERS)


def _fraction(words: str) -> float:
    """3分の1 is a third; 0 for what is no part of one."""
    return fraction(words, "分の", numeral)


JAPANESE = Language(
    code="ja",
    name="日本語",
    english="Japanese",
    zone="Asia/Tokyo",
    letters="぀-ヿ",
    scripts=("Hiragana", "Katakana", "Han"),
    word="[一-鿿々]+|[ァ-ヺー]+|[ぁ-ゖ]+",
    foreign=("Hangul", "Cyrillic", "Thai", "Arabic", "Hebrew", "Devanagari"),
    numerals=(Numerals(_RUN, numeral),),
    fractions=(
        Numerals(r"半分|半数|半減", lambda _: 0.5),
        Numerals(rf"(?<![一-鿿\d]){_WHOLE}\s?分の\s?{_WHOLE}", _fraction),
    ),
    factors=(Numerals(r"倍増|倍加", lambda _: 2.0),),
    ordinals=(
        Numerals(
            r"第[一二三四五六七八九十](?![一-鿿])|(?<![一-鿿])[一二三四五六七八九十](?:番目|つ目)",
            lambda run: numeral(run.strip("第番つ目")),
        ),
    ),
    none="なし",
    sample="この記事は61.5%に達する手法を提案します。",
)
