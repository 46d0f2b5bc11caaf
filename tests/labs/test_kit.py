"""The kit: intervals that cover, pictures that read well, runs that make whole cards or none."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from lxml import etree

from daybrief.cards import Card, Check, Measure, Words, judged
from daybrief.errors import LabError, LabUnmet, UnknownLab
from daybrief.labs.kit import (
    Chart,
    Findings,
    Lab,
    Outcome,
    Plot,
    Row,
    Rows,
    Rule,
    Series,
    Trial,
    bootstrap,
    code_hash,
    draw,
    lab_named,
    mean,
    paired,
    require,
    running,
    share,
    write,
)
from daybrief.labs.kit.fashion import FASHION, fashion_half, fashion_mnist
from daybrief.model import from_json, to_json

TODAY = date(2026, 11, 29)
SVG = "{http://www.w3.org/2000/svg}"


def words(text: str) -> Words:
    return Words(en=text, ko=f"{text} 한글")


def plot(**changed: Any) -> Plot:
    series = Series(
        name=words("ours"), x=(1, 10, 100), y=(0.2, 0.5, 0.4), low=(0.1, 0.4, 0.3), high=(0.3, 0.6, 0.5)
    )
    made = Plot(
        title=words("t"), x=words("x"), y=words("y"), series=(series,), rules=(Rule(name=words("r"), y=0.3),)
    )
    return msgspec.structs.replace(made, **changed)


CHART = Chart(
    says=words("a < b & c"),
    columns=2,
    panels=(
        plot(log_x=True),
        Rows(
            title=words("rows"),
            x=words("x"),
            at=0.0,
            rows=(
                Row(name=words("one"), value=0.1, low=-0.1, high=0.3, beside=0.2),
                Row(name=words("two"), value=1),
            ),
        ),
    ),
)
PAGE = """
claim = { en = "c", ko = "주장" }
paper_says = { en = "p", ko = "논문" }
reproduced = { en = "r", ko = "재현" }
left_out = { en = "l", ko = "뺀 것" }
equation = "a = b"
use = { en = "u", ko = "쓰임" }
commands = []
how = [{ en = "h", ko = "방법" }]
[paper]
arxiv = "2411.00000"
title = "T"
[[falsifier]]
key = "fair"
states = { en = "s", ko = "조건" }
"""


def findings(**changed: Any) -> Findings:
    made = Findings(
        measures=(Measure(key="m", name=words("m"), value=1.0, low=0.5, high=1.5, tolerance=0.1),),
        outcomes=(Outcome(key="fair", met=True, measured="1.0"),),
        because=words("it does"),
        data=(words("dice"),),
        seeds=(1000,),
        chart=CHART,
    )
    return msgspec.structs.replace(made, **changed)


@pytest.fixture
def dice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Findings]:
    """A lab named `dice` whose experiment gives what the list holds, the last of them when it is alone."""
    (tmp_path / "dice").mkdir()
    (tmp_path / "dice" / "page.toml").write_text(PAGE, encoding="utf-8")
    (tmp_path / "dice" / "method.py").write_text("x = 1\n", encoding="utf-8")
    given = [findings()]

    class Experiment:
        @staticmethod
        def run(trial: Trial) -> Findings:
            return given[0] if len(given) == 1 or trial.scale == "smoke" else given[1]

    class Init:
        LAB = Lab(name="dice", needs=("numpy",))

    modules = {"daybrief.labs.dice": Init, "daybrief.labs.dice.experiment": Experiment}
    monkeypatch.setattr(running.importlib, "import_module", modules.__getitem__)
    monkeypatch.setattr(running, "lab_folders", lambda: {"dice": tmp_path / "dice"})
    return given


# ── intervals ───────────────────────────────────────────────────────────────────────────────────────


def test_a_bootstrap_interval_of_a_mean_covers_it_about_95_times_in_100() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        interval = mean(rng.normal(3.0, 1.0, 60), rng, rounds=400)
        covered += interval.low <= 3.0 <= interval.high
    assert 0.91 <= covered / 300 <= 0.98


def test_pairing_narrows_the_interval_where_cases_are_hard_for_both() -> None:
    rng = np.random.default_rng(2)
    hardness = rng.normal(0, 5, 200)
    ours, theirs = hardness + rng.normal(0.5, 0.5, 200), hardness + rng.normal(0, 0.5, 200)
    difference = paired(ours, theirs, rng)
    assert difference.excludes_zero
    assert difference.p is not None
    assert difference.p < 0.01
    assert difference.high - difference.low < 0.4
    assert (loose := mean(ours, rng)).high - loose.low > 1.0


def test_the_bootstrap_draws_within_strata_so_each_keeps_its_size() -> None:
    strata = np.array(["a"] * 3 + ["b"] * 5)
    sizes = set()

    def statistic(rows: np.ndarray[Any, Any]) -> float:
        sizes.add((int((strata[rows] == "a").sum()), len(rows)))
        return float(rows.mean())

    bootstrap(statistic, 8, np.random.default_rng(0), strata=strata, rounds=50)
    assert sizes == {(3, 8)}


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_a_share_has_wilsons_interval(hits: int, count: int, low: float, high: float) -> None:
    interval = share(hits, count)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "needs a row of values"),
        ([1.0, float("nan")], "1 of 2 values are not finite"),
        ([[1.0]], "the shape (1, 1)"),
    ],
)
def test_what_has_no_interval_is_refused_by_name(given: list[Any], says: str) -> None:
    with pytest.raises(LabError, match=re.escape(says)):
        mean(given, np.random.default_rng(0))


def test_values_of_unequal_length_are_not_paired_and_no_share_exceeds_one() -> None:
    with pytest.raises(LabError, match="2 values cannot be paired with 1"):
        paired([1, 2], [1], np.random.default_rng(0))
    for hits, count in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(LabError, match="is no share"):
            share(hits, count)
    with pytest.raises(LabError, match="undefined in 100 of 100"):
        bootstrap(lambda _rows: float("nan"), 5, np.random.default_rng(0), rounds=100)


# ── pictures ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_picture_is_well_formed_labelled_in_its_language_and_the_same_each_time(language: str) -> None:
    svg = draw(CHART, language)
    tree = etree.fromstring(svg.encode())
    texts = [node.text for node in tree.iter(f"{SVG}text")]
    assert CHART.says.in_(language) == tree.get("aria-label")
    assert words("ours").in_(language) in texts
    assert svg == draw(CHART, language)
    assert "prefers-color-scheme:dark" in svg
    assert not re.search(r"nan|inf\b", svg)


def test_nothing_of_a_picture_is_drawn_outside_of_it() -> None:
    tree = etree.fromstring(draw(CHART, "ko").encode())
    width, height = float(tree.get("width", "")), float(tree.get("height", ""))
    for node in tree.iter():
        for name, most in (
            ("cx", width),
            ("x1", width),
            ("x2", width),
            ("cy", height),
            ("y1", height),
            ("y", height),
        ):
            assert 0 <= float(node.get(name, "0")) <= most, etree.tostring(node)


@pytest.mark.parametrize(
    ("low", "high", "log", "ticks"),
    [
        (0.0, 1.0, False, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.31, 0.12, False, [-0.3, -0.2, -0.1, 0.0, 0.1]),
        (10.0, 10000.0, True, [10.0, 100.0, 1000.0, 10000.0]),
        (1.0, 30.0, True, [1.0, 2.0, 5.0, 10.0, 20.0]),
    ],
)
def test_an_axis_has_round_ticks(low: float, high: float, log: bool, ticks: list[float]) -> None:
    from daybrief.labs.kit.draw import Axis

    assert Axis(low=low, high=high, start=0, end=100, log=log).ticks() == pytest.approx(ticks)


def test_a_plot_of_one_point_has_axes_all_the_same() -> None:
    single = Series(name=words("s"), x=(1.0,), y=(2.0,))
    etree.fromstring(draw(Chart(says=words("s"), panels=(plot(series=(single,), rules=()),)), "en").encode())


def test_a_series_of_unequal_rows_is_refused() -> None:
    with pytest.raises(LabError, match="unequal length"):
        Series(name=words("s"), x=(1.0, 2.0), y=(2.0,))


# ── cards ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([True, True], "held"),
        ([True, False], "did not hold"),
        ([None, False], "did not hold"),
        ([True, None], "not comparable"),
        ([], "not comparable"),
    ],
)
def test_the_verdict_follows_from_the_falsifier(outcomes: list[bool | None], verdict: str) -> None:
    assert judged(tuple(Check(key="k", states=words("s"), met=h, measured="") for h in outcomes)) == verdict


@pytest.mark.parametrize(
    "wrong",
    [{"value": float("nan")}, {"low": float("-inf"), "high": 1.0}, {"low": 1.0}, {"low": 2.0, "high": 1.0}],
)
def test_a_card_holds_no_number_that_is_none(wrong: dict[str, float]) -> None:
    with pytest.raises(LabError, match="'m'"):
        Measure(**{"key": "m", "name": words("m"), "value": 1.0, **wrong})


def test_a_card_comes_back_from_its_json_and_its_verdict_cannot_be_edited(dice: list[Findings]) -> None:
    card = running.run_lab("dice", Trial(), today=TODAY).card
    assert from_json(to_json(card, pretty=True), Card) == card
    with pytest.raises(LabError, match="says 'did not hold', its falsifier 'held'"):
        msgspec.structs.replace(card, verdict="did not hold")


def test_a_run_above_smoke_keeps_what_its_own_smoke_run_gave(dice: list[Findings]) -> None:
    better = Measure(key="m", name=words("m"), value=9.0, tolerance=0.1)
    dice.append(findings(measures=(better,)))
    card = running.run_lab("dice", Trial(scale="small", seed=7), today=TODAY).card
    assert card.measure("m").value == 9.0
    assert [(want.key, want.value) for want in card.smoke] == [("m", 1.0)]
    assert card.command == "daybrief lab run dice --scale small --seed 7"
    assert running.misses(card, dice[0]) == []
    assert running.misses(card, dice[1]) == ["m: 9, 1 ± 0.1 expected"]
    assert running.misses(card, findings(measures=())) == ["m: not measured, 1 expected"]


def test_an_experiment_must_answer_the_falsifier_that_was_stated(dice: list[Findings]) -> None:
    dice[0] = findings(outcomes=(Outcome(key="other", met=True, measured=""),))
    with pytest.raises(LabError, match=re.escape("states ['fair'], the experiment answers ['other']")):
        running.run_lab("dice", Trial(), today=TODAY)


def test_a_lab_is_found_by_name_and_by_its_paper_in_any_form(dice: list[Findings]) -> None:
    for name in ("dice", "2411.00000", "arXiv:2411.00000v2", "https://arxiv.org/abs/2411.00000"):
        assert lab_named(name) == "dice"
    with pytest.raises(UnknownLab, match=re.escape("dice (2411.00000)")):
        lab_named("2411.99999")


@pytest.mark.parametrize(
    ("source", "same"),
    [
        ('"""Other words."""\nimport os\n\nx   =  1  \n# remark\n', True),
        ("from a import (\n  b,\n  c,\n)\nx = 1\n", True),
        ("x = (\n    1\n)\n", True),
        ("x = 2\n", False),
        ("x = '1'\n", False),
        ("y = 1\n", False),
    ],
)
def test_only_statements_make_a_card_stale(tmp_path: Path, source: str, same: bool) -> None:
    (tmp_path / "method.py").write_text("x = 1\n", encoding="utf-8")
    before = code_hash(Lab(name="dice"), tmp_path)
    (tmp_path / "method.py").write_text(source, encoding="utf-8")
    assert (code_hash(Lab(name="dice"), tmp_path) == before) is same


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("def f(a):\n    total = a\n    for x in a:\n        total += x\n    return total\n", True),
        ("def f(a):\n    b = a\n    for total in a:\n        b += total\n    return b\n", True),
        ("def f(a):\n    b = a\n    for x in a:\n        b += b\n    return b\n", False),
        ("def f(a):\n    b = a\n    for x in a:\n        b += x\n    return x\n", False),
        ("def f(c):\n    b = c\n    for x in c:\n        b += x\n    return b\n", False),
        ("def g(a):\n    b = a\n    for x in a:\n        b += x\n    return b\n", False),
        ("def f(a):\n    global b\n    b = a\n    for x in a:\n        b += x\n    return b\n", False),
    ],
)
def test_the_names_of_local_variables_leave_a_card_valid(tmp_path: Path, other: str, same: bool) -> None:
    method = tmp_path / "method.py"
    method.write_text(
        "def f(a):\n    b = a\n    for x in a:\n        b += x\n    return b\n", encoding="utf-8"
    )
    before = code_hash(Lab(name="dice"), tmp_path)
    method.write_text(other, encoding="utf-8")
    assert (code_hash(Lab(name="dice"), tmp_path) == before) is same


@pytest.mark.parametrize(
    ("source", "other"),
    [
        (
            "def f():\n    class A:\n        b = 1\n    return A\n",
            "def f():\n    class A:\n        c = 1\n    return A\n",
        ),
        (
            "def f():\n    try:\n        g()\n    except E as b:\n        raise b\n",
            "def f():\n    try:\n        g()\n    except E as c:\n        raise b\n",
        ),
        ("def f():\n    b = 1\n    return g(b)\n", "def f():\n    g = 1\n    return g(g)\n"),
    ],
)
def test_a_name_that_means_more_than_a_local_variable_is_part_of_the_code(
    tmp_path: Path, source: str, other: str
) -> None:
    method = tmp_path / "method.py"
    method.write_text(source, encoding="utf-8")
    before = code_hash(Lab(name="dice"), tmp_path)
    method.write_text(other, encoding="utf-8")
    assert code_hash(Lab(name="dice"), tmp_path) != before


@pytest.mark.parametrize(
    ("imports", "counts"),
    [
        ("from daybrief.labs.dice import method", True),
        ("from daybrief.labs.dice.method import throw", True),
        ("import daybrief.labs.dice.method", True),
        ("from . import method", True),
        ("def run():\n    from .method import throw", True),
        ("from daybrief.labs.dice import between", True),
        ("from daybrief.labs.other import method", False),
        ("import method", False),
    ],
)
def test_a_module_counts_where_the_experiment_imports_it(tmp_path: Path, imports: str, counts: bool) -> None:
    (tmp_path / "experiment.py").write_text(f"{imports}\n", encoding="utf-8")
    (tmp_path / "between.py").write_text("from daybrief.labs.dice.method import throw\n", encoding="utf-8")
    (tmp_path / "method.py").write_text("x = 1\n", encoding="utf-8")
    before = code_hash(Lab(name="dice"), tmp_path)
    (tmp_path / "method.py").write_text("x = 2\n", encoding="utf-8")
    assert (code_hash(Lab(name="dice"), tmp_path) != before) is counts


def test_a_card_is_stale_when_an_engine_module_it_measures_is_another(tmp_path: Path) -> None:
    measuring = Lab(name="dice", engine=("daybrief.text.identity",))
    assert code_hash(measuring, tmp_path) != code_hash(Lab(name="dice"), tmp_path)
    with pytest.raises(LabError, match="which does not exist"):
        code_hash(Lab(name="dice", engine=("daybrief.nothing",)), tmp_path)


def of_numpy() -> object:
    return np.empty(1 << 50)


def of_torch() -> object:
    torch = pytest.importorskip("torch", reason='it needs torch: pip install "daybrief[lab-posttrain]"')
    return torch.empty(1 << 50)


@pytest.mark.parametrize("wanted", [of_numpy, of_torch])
def test_a_want_of_memory_is_said_with_what_to_do(wanted: Callable[[], object]) -> None:
    with pytest.raises(LabError, match=r"^out of memory: ") as full, running.enough_memory():
        wanted()
    assert "smaller batch" in full.value.hint
    with pytest.raises(RuntimeError, match=r"^another$"), running.enough_memory():
        raise RuntimeError("another")


def test_writing_puts_the_card_last_and_leaves_the_old_one_when_it_cannot(
    dice: list[Findings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = running.run_lab("dice", Trial(), today=TODAY)
    place = write(made, tmp_path / "out")
    before = place.read_bytes()
    assert sorted(p.name for p in place.parent.iterdir()) == ["card.json", "picture.ko.svg", "picture.svg"]

    def full(_place: Path, _body: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running, "replace_file", full)
    with pytest.raises(LabError, match="No space left on device"):
        write(made, tmp_path / "out")
    assert place.read_bytes() == before


def test_a_missing_library_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(LabUnmet, match="nowhere_module, another_one cannot") as missing:
        require(("numpy", "nowhere_module", "another_one"), extra="lab-quantum")
    assert missing.value.hint == 'install it: pip install "daybrief[lab-quantum]"'


def test_data_that_full_scale_needs_is_asked_for_by_name(tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match="needs the folder of tables"):
        Trial(scale="full").given("the folder of tables")
    with pytest.raises(LabUnmet, match="does not exist"):
        Trial(scale="full", data=tmp_path / "none").given("tables")
    assert Trial(scale="full", data=tmp_path).given("tables") == tmp_path


def test_each_name_has_random_numbers_of_its_own() -> None:
    trial = Trial(seed=5)
    first = trial.rng("a").random(3)
    assert (first == trial.rng("a").random(3)).all()
    assert (first != trial.rng("b").random(3)).all()
    assert (first != Trial(seed=6).rng("a").random(3)).all()
    assert trial.seeds(3) == (5, 6, 7)


# ── Fashion-MNIST ───────────────────────────────────────────────────────────────────────────────────


def idx(array: np.ndarray) -> bytes:
    """An IDX file of bytes."""
    head = b"\x00\x00\x08" + bytes([array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


def fashion_folder(folder: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(labels))
    return folder


def test_fashion_is_read_packed_and_unpacked_and_halves_share_nothing(tmp_path: Path) -> None:
    images = np.arange(7)[:, None, None] * np.ones((1, 28, 28))
    folder = fashion_folder(tmp_path, images, np.arange(7))
    pixels, labels = fashion_mnist("train", folder)
    assert (pixels == images).all()
    assert labels.tolist() == list(range(7))
    halves = [fashion_half("train", half, folder)[1].tolist() for half in (0, 1)]
    assert halves == [[0, 1, 2], [3, 4, 5, 6]]
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 0


@pytest.mark.skipif(not FASHION.exists(), reason="not installed: apt-get install dataset-fashion-mnist")
def test_fashion_as_debian_packs_it_has_both_parts_and_ten_classes() -> None:
    assert fashion_mnist("train")[0].shape == (60_000, 28, 28)
    assert np.bincount(fashion_mnist("t10k")[1]).tolist() == [1_000] * 10


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(gzip.compress(b""), id="empty"),
        pytest.param(b"no gzip", id="no gzip"),
        pytest.param(gzip.compress(idx(np.zeros((2, 28, 28))))[:-20], id="packed, cut"),
        pytest.param(gzip.compress(b"\x00\x00\x08\x03"), id="head alone"),
        pytest.param(gzip.compress(idx(np.zeros((2, 28, 28)))[:-1]), id="a byte short"),
        pytest.param(gzip.compress(b"\x00\x00\x0d\x01\x00\x00\x00\x04abcd"), id="floats"),
        pytest.param(gzip.compress(bytes(16)), id="zeros"),
    ],
)
def test_a_damaged_fashion_file_is_named(tmp_path: Path, raw: bytes) -> None:
    fashion_folder(tmp_path, np.zeros((2, 28, 28)), np.zeros(2))
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(raw)
    with pytest.raises(LabError, match="train-images-idx3-ubyte") as refused:
        fashion_mnist("train", tmp_path)
    assert not isinstance(refused.value, LabUnmet)


def test_an_absent_fashion_file_names_the_package_and_unlike_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabUnmet, match="train-images-idx3-ubyte") as unmet:
        fashion_mnist("train", tmp_path)
    assert "dataset-fashion-mnist" in str(unmet.value.hint)
    fashion_folder(tmp_path, np.zeros((3, 28, 28)), np.zeros(2))
    with pytest.raises(LabError, match="do not fit"):
        fashion_mnist("train", tmp_path)
