"""Numbers in any notation come to one value and unit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daybrief.checks.numbers import agrees, contradicted, derived, off_by_ten
from daybrief.text.numbers import numbers, plain
from daybrief.text.sentences import junk


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1.2 million", 1.2e6, ""),
        ("120만", 1.2e6, ""),
        ("1,200,000", 1.2e6, ""),
        ("1.2M", 1.2e6, ""),
        ("3억 5,000만 원", 3.5e8, "krw"),
        ("1만 2천 명", 12_000, "count"),
        ("5백만 명", 5e6, "count"),
        ("46,642 X-ray scans", 46_642, "count"),
        ("2천만 달러", 2e7, "usd"),
        ("1조 원", 1e12, "krw"),
        ("£2B", 2e9, "gbp"),
        ("$10^{-3}$", 1e-3, ""),
        ("$2\\times 10^5$", 2e5, ""),
        ("1e-4", 1e-4, ""),
        (".53", 0.53, ""),
        ("절반", 0.5, "fraction"),
        ("3분의 1", 1 / 3, "fraction"),
        ("two-thirds", 2 / 3, "fraction"),
        ("두 배", 2, "x"),
        ("twice", 2, "x"),
        ("3x faster", 3, "x"),
        ("a 50X reduction", 50, "x"),
        ("12만큼 앞선다", 12, ""),
        ("열두 개", 12, "count"),
        ("삼백 명", 300, "count"),
        ("two hundred thousand images", 2e5, "count"),
        ("25퍼센트", 25, "%"),
        ("3.2%p", 3.2, "%"),
        ("5 ms", 0.005, "time"),
        ("2시간", 7_200, "time"),
        ("8GB", 8e9, "byte"),
        ("2024년", 2024, "year"),
        ("첫 번째", 1, "ord"),
        ("1080p", 1_080, "pixel"),
        ("a factor of two", 2, "x"),
        ("both views", 2, "count"),
        ("on CoVoST 2 alone", 2, "version"),
        ("CommonsenseQA 2.0 and more", 2, "version"),
        ("10 Gbps", 1e10, "bps"),
        ("8 gigabits", 8e9, "bit"),
        ("3 TFLOPs", 3e12, "flop"),
        ("5 kWh", 5e3, "wh"),
        ("5 mV", 5e-3, "v"),
        ("2 MeV", 2e6, "ev"),
        ("20 mL", 0.02, "l"),
        ("8분의 자료", 480, "time"),
        ("8주의 훈련", 56, "day"),
        ("8달의 훈련", 8, "month"),
        ("8엔의 값", 8, "jpy"),
        ("8만 토큰", 80_000, "count"),
        ("50g prepressure", 50, "g"),
        ("383.3333rpm", 383.3333, "rpm"),
        ("3톤의 쌀", 3e6, "g"),
        ("12 simulated years", 12, "year"),
    ],
)
def test_one_number_is_read_with_its_unit(text: str, value: float, unit: str) -> None:
    (number,) = numbers(text)
    assert number.value == pytest.approx(value)
    assert number.unit == unit


@pytest.mark.parametrize("text", ["GPT-4", "ResNet50", "3D", "CIFAR-10", "Qwen2"])
def test_a_number_in_a_name_is_marked_as_such(text: str) -> None:
    assert [number.unit for number in numbers(text)] == ["name"]


@pytest.mark.parametrize(
    "text",
    ["수백만 명", "기반으로", "다양한 조건을", "이 일은", "no numbers here", "백분율 오차", "백분위수"],
)
def test_vague_words_and_lookalikes_are_no_numbers(text: str) -> None:
    assert numbers(text) == ()


@pytest.mark.parametrize("text", ["2x-3%", "1.05x-1.28x", "10ms-20ms", "8GB-16GB"])
def test_the_end_of_a_range_is_no_name(text: str) -> None:
    assert "name" not in {number.unit for number in numbers(text)}
    assert len(numbers(text)) == 2


@pytest.mark.parametrize("text", ["5 TV sets", "5 EV chargers"])
def test_what_looks_like_a_unit_with_a_prefix_may_be_a_word(text: str) -> None:
    assert "v" not in {number.unit for number in numbers(text)}


def test_a_bare_number_is_no_share_where_the_same_figure_counts_things() -> None:
    source = numbers("It shows 70 participants, and visual cues for all 70.")
    assert contradicted(numbers("70%의 참가자")[0], source)
    assert not contradicted(numbers("70명의 참가자")[0], source)
    assert not contradicted(numbers("85%")[0], numbers("an accuracy of 85 on 12 tasks"))


def test_a_unit_behind_the_last_of_several_numbers_is_that_of_all() -> None:
    assert [n.unit for n in numbers("from 40 to 50%")] == ["%", "%"]
    assert [n.value for n in numbers("5, 10 and 15 GB")] == [5e9, 1e10, 1.5e10]


@pytest.mark.parametrize(
    ("claim", "source", "same"),
    [
        ("95%", "95.3%", True),
        ("95.4%", "95.3%", False),
        ("95.3%", "95%", False),
        ("123만", "1,234,567", True),
        ("70억 개", "7B", True),
        ("5개", "5%", False),
        ("5배", "5%", False),
        ("절반", "50%", True),
        ("50%", "half", True),
        ("두 배", "100%", True),
        ("1년", "12 months", True),
        ("하루 1일", "24 hours", True),
        ("약 1,500", "1,484", True),
        ("1,500", "1,484", False),
        ("over 99 times", "over 99%", False),
        ("up to 100%", "up to 100x", False),
        ("2%", "CommonsenseQA 2.0", False),
        ("두 배", "a factor of two", True),
        ("2배", "dual", False),
        ("8 Mbps", "8 Gbps", False),
        ("8 GW", "8 MW", False),
        ("8기가비트", "8 gigabits", True),
        ("30 minutes", "30 seconds", False),
    ],
)
def test_rounding_and_retelling_agree_and_nothing_else(claim: str, source: str, same: bool) -> None:
    assert agrees(numbers(claim)[-1], numbers(source)[0]) is same


def test_differences_and_ratios_are_derived_only_of_numbers_set_side_by_side() -> None:
    (ten,), (quarter,), (times,) = numbers("10%"), numbers("25%"), numbers("1.25배")
    assert all(derived(n, ["It rises from 40% to 50%."]) for n in (ten, quarter, times))
    assert not any(derived(n, ["It has 40% and then 50%."]) for n in (ten, quarter, times))


def test_a_power_of_ten_is_named() -> None:
    factor = off_by_ten(numbers("50억 달러")[0], numbers("$50 billion"))
    assert factor is not None
    assert factor[1] == 10.0


@given(st.text(max_size=400))
@settings(deadline=None)
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert all(n.value >= 0 for n in numbers(text))


@given(st.integers(1, 10**12))
def test_an_integer_reads_back_from_thousands_separators(value: int) -> None:
    assert [n.value for n in numbers(f"{value:,} 개")] == [float(value)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("…", "empty"),
        ("원활한 웹사이트 방문을 위해 쿠키 사용에 동의해 주세요", "cookie banner"),
        ("We use cookies to improve your experience. Accept all cookies", "cookie banner"),
        ("Please enable JS and disable any ad blocker", "JavaScript required"),
        ("Just a moment... Verifying you are human. Ray ID 8f", "bot check"),
        ("Subscribe to continue reading this article and get access to all of our work", "paywall"),
        ("이 기사는 구독자 전용입니다. 로그인 후 이용하실 수 있습니다.", "paywall"),
        ("403 Forbidden", "error page"),
        ("Short text.", "too short"),
    ],
)
def test_what_a_site_shows_to_strangers_is_no_text(text: str, reason: str) -> None:
    assert junk(text) == reason


@pytest.mark.parametrize(
    "text",
    [
        "We study how cookie banners influence users and show that dark patterns double consent rates.",
        "This paper presents a CAPTCHA solver based on vision transformers that verifies humans reliably.",
        "이 논문은 쿠키 배너가 사용자에게 주는 영향을 연구하고 그 결과를 여러 나라에서 비교했습니다.",
    ],
)
def test_a_text_about_such_things_is_a_text(text: str) -> None:
    assert junk(text) == ""


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("95.3%", 0.1),
        ("95%", 1.0),
        ("95.30%", 0.01),
        ("1.2 million", 1e5),
        ("7B parameters", 1e9),
        ("2.5 hours", 360.0),
        ("3 km", 1000.0),
        ("1,234", 1.0),
        ("half", 0.0),
        ("12만 명", 1e4),
        ("1억 2000만 원", 1e4),
    ],
)
def test_a_number_is_as_exact_as_its_last_written_digit(text: str, step: float) -> None:
    (number,) = numbers(text)
    assert number.step == pytest.approx(step)


@pytest.mark.parametrize(
    ("text", "hedged"),
    [
        ("about 90 maps", True),
        ("over 90 maps", True),
        ("~90 maps", True),
        ("> 90 maps", True),
        ("~$90", True),
        ("90+ maps", True),
        ("약 90개", True),
        ("90개 이상", True),
        ("exactly 90 maps", False),
        ("90 maps", False),
        ("about the 90 maps", False),
    ],
)
def test_a_number_that_is_said_to_be_rounded_or_a_bound_is_hedged(text: str, hedged: bool) -> None:
    (number,) = numbers(text)
    assert number.hedged is hedged


@pytest.mark.parametrize(
    ("text", "spelled"),
    [("three maps", True), ("3 maps", False), ("half", True), ("first", True), ("세 가지", True)],
)
def test_a_number_in_words_is_spelled(text: str, spelled: bool) -> None:
    (number,) = numbers(text)
    assert number.spelled is spelled


@pytest.mark.parametrize(
    "text", ["It has 40 maps.", "It costs $50 billion now.", "It took 2.5 hours, or 9 ms."]
)
def test_a_number_stands_where_it_says_in_the_plain_text(text: str) -> None:
    assert all(plain(text)[n.start : n.end].strip() == n.text for n in numbers(text))
    assert [n.start for n in numbers(text)] == sorted(n.start for n in numbers(text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("$1.2 \\times 10^6$", [1.2e6]),
        ("10^{-3}", [1e-3]),
        ("10⁻³", [1e-3]),
        ("3 × 10^4", [3e4]),
        ("1e-4", [1e-4]),
        ("2.5e3", [2500.0]),
        ("1/4 of it", [0.25]),
        ("4/3 of it", [4.0, 3.0]),
        ("1/0 of it", [1.0, 0.0]),
        ("ten thousand people", [1e4]),
        ("1억 2000만 원", [1.2e8]),
        ("1만 2345명", [12345.0]),
        (".5 points", [0.5]),
        ("5, 10 and 15 GB", [5e9, 10e9, 15e9]),
        ("40 to 50%", [40.0, 50.0]),
        ("(1) one. (2) Two", [1.0, 2.0]),
    ],
)
def test_values_are_read_in_any_notation(text: str, values: list[float]) -> None:
    assert [n.value for n in numbers(text)] == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("95.3 maps", ""),
        ("95 images", "count"),
        ("2024", "year"),
        ("1899", ""),
        ("2100", ""),
        ("a factor of 2", "x"),
        ("CoVoST 2", "version"),
        ("CoVoST 2000", "year"),
        ("CoVoST 2345", ""),
        ("€5", "eur"),
        ("₩500", "krw"),
        ("¥500", "jpy"),
        ("£5", "gbp"),
        ("5 MW", "w"),
        ("ResNet50", "name"),
        ("4 mm", "m"),
        ("4 fps", "fps"),
        ("4 dB", "db"),
        ("since the 1970s", "name"),  # a decade, no seconds
        ("for 1970 s", "time"),
    ],
)
def test_a_unit_is_what_stands_at_the_number_or_what_its_words_imply(text: str, unit: str) -> None:
    assert numbers(text)[-1].unit == unit


def test_two_thousand_numbers_and_a_hundred_thousand_characters_are_read() -> None:
    assert len(numbers("7 " * 3_000)) == 2_000
    assert numbers("x " * 50_000 + "7") == ()


@pytest.mark.parametrize(
    ("text", "values", "units"),
    [
        ("40 and 50%", [40.0, 50.0], ["%", "%"]),
        ("2 and 3 km", [2e3, 3e3], ["m", "m"]),
        ("5 – 7 km", [5e3, 7e3], ["m", "m"]),
        ("1,5 and 7 ms", [1e-3, 5e-3, 7e-3], ["time"] * 3),
        ("5 GB, 10 and 15 MB", [5e9, 1e7, 1.5e7], ["byte"] * 3),
        ("3 to 5 minutes and 10 hours", [180.0, 300.0, 36_000.0], ["time"] * 3),
        ("5 and 7 million dollars", [5.0, 7e6], ["usd", "usd"]),  # only measures share their power of ten
        ("5 and 2024", [5.0, 2024.0], ["", "year"]),
        ("5 and June", [5.0, 6.0], ["", "date"]),
        ("5 and 7th", [5.0, 7.0], ["", "ord"]),
        ("5 and GPT-4", [5.0, 4.0], ["", "name"]),
        ("5 and 10 images", [5.0, 10.0], ["", "count"]),
        ("5 but 7 km", [5.0, 7e3], ["", "m"]),
        ("5 and then, after that, 7 km", [5.0, 7e3], ["", "m"]),
    ],
)
def test_numbers_side_by_side_share_the_unit_of_a_measure_and_no_other(
    text: str, values: list[float], units: list[str]
) -> None:
    parsed = numbers(text)
    assert [n.value for n in parsed] == pytest.approx(values)
    assert [n.unit for n in parsed] == units


def test_a_shared_unit_is_as_exact_as_the_number_it_is_given_to() -> None:
    assert [n.step for n in numbers("5 and 15 GB")] == [1e9, 1e9]
    assert [n.step for n in numbers("2.5 and 3 km")] == pytest.approx([100.0, 1000.0])


@pytest.mark.parametrize(
    ("text", "value", "unit", "spelled"),
    [
        ("95.3 images", 95.3, "", False),  # nobody counts so
        ("95 images", 95.0, "count", False),
        ("1.5 million images", 1.5e6, "count", False),
        ("2024 images", 2024.0, "year", False),
        ("만 명", 1e4, "count", True),
        ("천만 명", 1e7, "count", True),
        ("5천 3백 명", 5_300.0, "count", False),
        ("7 B parameters", 7e9, "count", False),
        ("7 M tokens", 7e6, "count", False),
        ("7 B", 7.0, "", False),
        ("7 Bits", 7.0, "", False),
        ("4K video", 4e3, "", False),
        ("10^{−3}", 1e-3, "", False),
        ("3\\times faster", 3.0, "x", False),
        ("5\\%", 5.0, "%", False),
        ("1E5", 1e5, "", False),
        ("US$5", 5.0, "usd", False),
        ("$1,234.50", 1234.5, "usd", False),
        ("v2.1", 2.1, "name", False),
        ("top-5", 5.0, "name", False),
        ("5-shot", 5.0, "", False),
        ("5%p", 5.0, "%", False),
        ("twenty-one maps", 21.0, "", True),
    ],
)
def test_a_number_is_read_with_its_power_its_unit_and_its_spelling(
    text: str, value: float, unit: str, spelled: bool
) -> None:
    (number,) = numbers(text)
    assert (number.value, number.unit, number.spelled) == (pytest.approx(value), unit, spelled)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2×10^3", "2000"),
        ("2·10³", "2000"),
        ("1.5e-2", "0.015"),
        ("10^{-30}", "0." + "0" * 29 + "1"),
        ("3×10^{-31}", "3"),  # beyond, the digits say enough
        ("3×10^{31}", "3"),
        ("1,200e1", "1,200e1"),
        ("5×3", "5×3"),
        ("1,200×10^3", "1200000"),
        ("2.50*10^4", "25000"),
        ("5x10^3", "5000"),
        ("a × 10^3", "a × 1000"),
        ("1.2.3×10^4", "1.2.3×10000"),  # a version is no factor
        ("1..2×10^3", "1..2000"),
        ("7,5×10^2", "7,5×100"),
        ("ａ＝５％", "a=5%"),
        ("5\u00a0km – 7\u202fkm", "5 km - 7 km"),
    ],
)
def test_powers_of_ten_are_written_out_up_to_thirty_places(text: str, written: str) -> None:
    assert plain(text) == written


def test_a_power_of_ten_of_thirty_places_keeps_its_value() -> None:
    (number,) = numbers("2×10^30")
    assert number.value == pytest.approx(2e30)
    assert len(plain("2×10^30")) == 31


@pytest.mark.parametrize("digits", [300, 301, 400])
def test_more_digits_than_a_float_can_hold_say_no_more(digits: int) -> None:
    (number,) = numbers("1" * digits)
    assert number.value == pytest.approx(float("1" * 300))
    assert numbers("0." + "1" * 40)[0].step == pytest.approx(1e-30, abs=0)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        # Powers of a myriad add up while they grow smaller.
        ("1조 2345억 6789만 1234명", [(1_234_567_891_234.0, "count", 1.0)]),
        ("2억 3만 원", [(200_030_000.0, "krw", 1e4)]),
        ("1억 2,345만 명", [(123_450_000.0, "count", 1e4)]),
        ("3만 2천", [(32_000.0, "", 1e3)]),
        ("3만 2%", [(30_002.0, "%", 1.0)]),
        ("3만 2", [(3e4, "", 1e4), (2.0, "", 1.0)]),
        ("1만 5천만", [(1e4, "", 1e4), (5e7, "", 1e7)]),
        ("1만 1만 명", [(1e4, "", 1e4), (1e4, "count", 1e4)]),
        # A power of ten needs a sign of multiplication before it, or nothing.
        ("5·10^3", [(5e3, "", 1.0)]),
        ("2 × 10^{-3}", [(2e-3, "", 1e-3)]),
        ("5 10^3", [(5.0, "", 1.0), (1e3, "", 1.0)]),
        ("100^2", [(100.0, "", 1.0), (2.0, "", 1.0)]),
        # A fraction is less than one and stands alone.
        ("1/2", [(0.5, "fraction", 0.0)]),
        ("99/100", [(0.99, "fraction", 0.0)]),
        ("1/1", [(1.0, "", 1.0), (1.0, "", 1.0)]),
        ("0/5", [(0.0, "", 1.0), (5.0, "", 1.0)]),
        ("1/2/3", [(1.0, "", 1.0), (2.0, "", 1.0), (3.0, "", 1.0)]),
        # What the words before it say of a number without a unit.
        ("by a factor of 2.5", [(2.5, "x", 0.1)]),
        ("a factor of about 2", [(2.0, "x", 1.0)]),
        ("a factor of 2%", [(2.0, "%", 1.0)]),
        ("Both maps", [(2.0, "count", 1.0)]),
        ("CoVoST 123", [(123.0, "version", 1.0)]),
        ("CoVoST 1234", [(1234.0, "", 1.0)]),
        ("CoVoST 2%", [(2.0, "%", 1.0)]),
        ("covost 2", [(2.0, "", 1.0)]),
        # Scales in words and letters.
        ("5 thousand", [(5e3, "", 1e3)]),
        ("5k tokens", [(5e3, "count", 1e3)]),
        ("5 k", [(5.0, "", 1.0)]),
        ("€5M", [(5e6, "eur", 1e6)]),
        ("5 Mb", [(5.0, "", 1.0)]),
        ("$5 billion", [(5e9, "usd", 1e9)]),
        ("2024-11-26", [(2024.0, "year", 1.0), (11.0, "", 1.0), (26.0, "", 1.0)]),
        ("5 May", [(5.0, "", 1.0), (5.0, "date", 0.0)]),
    ],
)
def test_a_text_is_read_into_values_units_and_exactness(
    text: str, read: list[tuple[float, str, float]]
) -> None:
    parsed = numbers(text)
    assert [(n.unit, n.value, n.step) for n in parsed] == [
        (unit, pytest.approx(value), pytest.approx(step)) for value, unit, step in read
    ]


@pytest.mark.parametrize(
    ("text", "hedged"),
    [
        ("over $90", [True]),
        ("more than 1.5 million", [True]),
        ("≥90", [True]),
        ("90% 이상", [True]),
        ("some 16 long words about what 90", [True, False]),
        ("90 in all; about 7", [False, True]),
    ],
)
def test_a_hedge_belongs_to_the_number_it_stands_at(text: str, hedged: list[bool]) -> None:
    assert [n.hedged for n in numbers(text)] == hedged


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("$5 billion now", "5 billion"),
        ("5 percentage points up", "5 percentage points"),
        ("a 2.5-fold rise", "2.5-fold"),
        ("(3만 2천 명)", "3만 2천 명"),
        ("two-thirds of it", "two-thirds"),
        ("it is twice as fast", "twice"),
    ],
)
def test_a_number_is_named_with_its_scale_and_unit_as_written(text: str, written: str) -> None:
    (number,) = numbers(text)
    assert number.text == written
    assert plain(text)[number.start : number.end] == written


@pytest.mark.parametrize("text", ["160-300 ms", "160~300ms", "160--300 ms", "160--300\\,ms"])
def test_both_ends_of_a_range_have_its_unit_however_it_is_typed(text: str) -> None:
    assert [(n.value, n.unit) for n in numbers(text)] == [(0.16, "time"), (0.3, "time")]


def test_a_zero_behind_a_number_without_a_scale_is_a_number_of_its_own() -> None:
    assert [number.value for number in numbers("목표 3 0개")] == [3, 0]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        # Numerals of a myriad: what stands before a power is times it, and the parts grow smaller.
        ("1천5백만 명", [(1.5e7, "count", 1e6)]),
        ("2천 500만 원", [(2.5e7, "krw", 1e4)]),
        ("3억 1천5백만 원", [(315_000_000.0, "krw", 1e6)]),
        ("2천만 5백만 명", [(2e7, "", 1e7), (5e6, "count", 1e6)]),
        ("1만~2만 명", [(1e4, "", 1e4), (2e4, "count", 1e4)]),
        ("3.2조 원", [(3.2e12, "krw", 1e11)]),
        ("0.5억 원", [(5e7, "krw", 1e7)]),
        ("5십만 개", [(5e5, "count", 1e5)]),
        ("만 명", [(1e4, "count", 0.0)]),  # words are exact
        ("5천 5천 명", [(5e3, "", 1e3), (5e3, "count", 1e3)]),
        ("2万3千人", [(23_000.0, "count", 1e3)]),
        # The largest prefix of a unit, and none above it.
        ("1 EFLOPs", [(1e18, "flop", 1e18)]),
        ("1 ZFLOPs", [(1.0, "", 1.0)]),
        ("5 Pbps", [(5e15, "bps", 1e15)]),
        ("5 Ebps", [(5.0, "", 1.0)]),
        ("5 petabits", [(5e15, "bit", 1e15)]),
        ("5 exabits", [(5.0, "count", 1.0)]),
        ("5 TWh", [(5e12, "wh", 1e12)]),
        ("5 PWh", [(5.0, "", 1.0)]),
        ("5 kV", [(5e3, "v", 1e3)]),
        ("5 MV", [(5.0, "", 1.0)]),
        ("5 GJ", [(5e9, "j", 1e9)]),
        ("5 TJ", [(5.0, "", 1.0)]),
        ("5 TeV", [(5e12, "ev", 1e12)]),
        ("5 PeV", [(5.0, "", 1.0)]),
        ("5 GPa", [(5e9, "pa", 1e9)]),
        ("5 TPa", [(5.0, "", 1.0)]),
        ("5 litres", [(5.0, "l", 1.0)]),
        ("5 kiloliters", [(5.0, "count", 1.0)]),
        ("5 milliliters", [(5e-3, "l", 1e-3)]),
        ("5 킬로볼트", [(5e3, "v", 1e3)]),
        ("5 테라전자볼트", [(5e12, "ev", 1e12)]),
        ("5 밀리리터", [(5e-3, "l", 1e-3)]),
        ("5 エクサフロップス", [(5e18, "flop", 1e18)]),
        ("5 メガビット毎秒", [(5e6, "bps", 1e6)]),
        # Currencies, also of what is counted.
        ("$5 plans", [(5.0, "usd", 1.0)]),
        ("5 or $7", [(5.0, "usd", 1.0), (7.0, "usd", 1.0)]),
        # Ranges and lists.
        ("5-10%", [(5.0, "%", 1.0), (10.0, "%", 1.0)]),
        ("5→7 ms", [(5e-3, "time", 1e-3), (7e-3, "time", 1e-3)]),
        ("5 ± 1 ms", [(5e-3, "time", 1e-3), (1e-3, "time", 1e-3)]),
        ("between 5 and from 7 ms", [(5e-3, "time", 1e-3), (7e-3, "time", 1e-3)]),
        ("5, and to 7 ms", [(5.0, "", 1.0), (7e-3, "time", 1e-3)]),
        ("two to three hours", [(7200.0, "time", 3600.0), (10_800.0, "time", 3600.0)]),
        ("0 to 5 GB", [(0.0, "byte", 1e9), (5e9, "byte", 1e9)]),
        ("5 to 0.0 GB", [(5.0, "byte", 1.0), (0.0, "byte", 1e8)]),
        ("2 to 3 million km", [(2e9, "m", 1e9), (3e9, "m", 1e9)]),
        ("10-15배", [(10.0, "x", 1.0), (15.0, "x", 1.0)]),
        # Signs and dates.
        ("−5.5%", [(5.5, "%", 0.1)]),
        ("+3 points", [(3.0, "point", 1.0)]),
        ("-5 °C", [(5.0, "degree", 1.0)]),
        ("2024년 11월 26일", [(2024.0, "year", 1.0), (11.0, "date", 1.0), (26.0, "day", 1.0)]),
        ("26 November 2024", [(26.0, "", 1.0), (11.0, "date", 0.0), (2024.0, "year", 1.0)]),
        ("10시간 30분", [(36_000.0, "time", 3600.0), (1800.0, "time", 60.0)]),
        # Groups of three digits, decimals, and what is none.
        ("12,345.678", [(12_345.678, "", 1e-3)]),
        ("1,23", [(1.0, "", 1.0), (23.0, "", 1.0)]),
        ("1.2.3", [(1.2, "", 0.1), (3.0, "", 1.0)]),
        ("95.3개", [(95.3, "count", 0.1)]),
        ("1.50백 images", [(150.0, "count", 1.0)]),
        ("three quarters", [(0.75, "fraction", 0.0)]),
    ],
)
def test_a_number_has_the_value_unit_and_exactness_of_its_notation(
    text: str, read: list[tuple[float, str, float]]
) -> None:
    assert [(n.value, n.unit, n.step) for n in numbers(text)] == [
        (pytest.approx(value), unit, pytest.approx(step)) for value, unit, step in read
    ]


@pytest.mark.parametrize(("letters", "unit"), [(60, "count"), (61, "")])
def test_the_thing_a_number_counts_is_looked_for_within_sixty_letters(letters: int, unit: str) -> None:
    noun = " " + "x" * (letters - 2) + "s"
    assert numbers(f"3{noun}")[0].unit == unit
    assert numbers(f"3{noun} more")[0].unit == unit


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("in May 2024", 5.0),
        ("by May.", 5.0),
        ("MAY 2024", 5.0),
        ("on 3 may 2024", 5.0),
        ("In March, they", 3.0),
        ("it may foster echo chambers", None),
        ("they march on", None),
        ("in june", 6.0),
    ],
)
def test_a_month_that_is_also_a_verb_has_its_capital_or_a_number_behind_it(
    text: str, month: float | None
) -> None:
    assert next((n.value for n in numbers(text) if n.unit == "date" and n.value < 13), None) == month
