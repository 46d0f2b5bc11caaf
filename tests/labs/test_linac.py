"""The linac lab: physics that adds up, a model that knows its error, a search that keeps its limits."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from daybrief.errors import LabError
from daybrief.labs.linac.lattice import Cavity, Detector, Lattice, lattice_of, read_lattice, shipped_lattice
from daybrief.labs.linac.machine import Emitter, Machine, draw_machine, fowler_nordheim
from daybrief.labs.linac.measurements import Measurements, read_measurements, sample, write_measurements
from daybrief.labs.linac.optimiser import (
    Limits,
    bounds_of,
    cuts,
    greedy,
    optimise,
    oracle,
    random_search,
    starting_point,
    uniform,
)
from daybrief.labs.linac.state import advise, read_state, write_example
from daybrief.labs.linac.surrogate import (
    EnsembleOptions,
    Standard,
    Surrogate,
    calibrated,
    coverage,
    determination,
    fit_ensemble,
    fit_process,
)
from daybrief.labs.linac.use import app

QUICK = EnsembleOptions(members=3, width=24, epochs=30, batch=64)


@cache
def machine(seed: int = 1) -> Machine:
    return draw_machine(shipped_lattice("c100"), seed)


@cache
def readings(count: int = 900) -> Measurements:
    return sample(machine(), count, 1)


@cache
def model(name: str) -> Surrogate:
    train, held_out = readings().split(0.3, 1)
    made = fit_ensemble(train, 1, QUICK) if name == "ensemble" else fit_process(train, 1, kept=200, fitted=60)
    return calibrated(made, held_out)


def limits(reach: float = 1.5, **changed: Any) -> Limits:
    energy = float(machine().lattice.energy(machine().settings))
    return Limits(**{"settings": machine().settings, "energy": energy, "reach": reach} | changed)


def small_lattice(**changed: Any) -> Lattice:
    cavities = tuple(
        Cavity(name=f"c{n}", module=f"m{n // 2}", position=float(n), length=0.5, most=20.0) for n in range(4)
    )
    return Lattice(
        **{"cavities": cavities, "detectors": (Detector(name="d", kind="gamma", position=1.0),)} | changed
    )


# ── the lattice ─────────────────────────────────────────────────────────────────────────────────────


def test_energy_is_the_sum_of_gradient_length_and_phase() -> None:
    cavities = (
        Cavity(name="a", module="m", position=0, length=0.5, most=20),
        Cavity(name="b", module="m", position=1, length=1.0, most=20, phase=60),
    )
    assert Lattice(cavities=cavities).energy(np.array([10.0, 8.0])) == pytest.approx(10 * 0.5 + 8 * 0.5)


def test_heat_is_the_square_of_the_gradient_over_shunt_and_quality_summed_by_module() -> None:
    heat = small_lattice().module_heat(np.array([10.0, 20.0, 0.0, 10.0]))
    assert heat == pytest.approx(np.array([500.0, 100.0]) * 0.5e12 / (1241.0 * 7.2e9))


CAVITY = {"name": "a", "module": "m", "position": 0, "length": 0.7, "most": 20}
WRONG_LATTICES: dict[str, tuple[dict[str, Any], str]] = {
    "no cavity": ({}, "0 cavities"),
    "no table": ({"cavity": [3]}, "cavity 1 is no table"),
    "no list": ({"cavity": {"a": 1}}, "must be lists"),
    "a missing value": ({"cavity": [{"name": "a"}]}, "lacks ['length', 'module', 'most', 'position']"),
    "an unknown key": ({"cavity": [CAVITY | {"colour": 3}]}, "unknown keys ['colour']"),
    "a word for a number": ({"cavity": [CAVITY | {"length": "long"}]}, "'long' is no number"),
    "not a number": ({"cavity": [CAVITY | {"position": "nan"}]}, "not finite"),
    "no length": ({"cavity": [CAVITY | {"length": 0}]}, "above 0"),
    "no room": ({"cavity": [CAVITY | {"least": 20}]}, "leave no room"),
    "a name twice": ({"cavity": [CAVITY, CAVITY]}, "names repeat in the lattice: ['a']"),
    "an unknown kind": (
        {"cavity": [CAVITY], "detector": [{"name": "d", "kind": "light"}]},
        "'light' is unknown",
    ),
    "heat of nothing": ({"cavity": [CAVITY], "heat": {"x": 3}}, "modules that no cavity is in: ['x']"),
}


@pytest.mark.parametrize("case", WRONG_LATTICES)
def test_a_lattice_that_cannot_be_used_is_refused_with_its_value(case: str) -> None:
    table, message = WRONG_LATTICES[case]
    with pytest.raises(LabError) as refused:
        lattice_of(table, "file")
    assert message in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "= 3"), ("a.json", "{"), ("a.json", "[1]"), ("a.csv", "")]
)
def test_a_file_that_is_no_lattice_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LabError):
        read_lattice(tmp_path / name)
    with pytest.raises(LabError, match="cannot read"):
        read_lattice(tmp_path / "absent.toml")


def test_a_lattice_reads_alike_from_toml_json_and_csv(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[[cavity]]\nname="a"\nmodule="m"\nposition=1\nlength=0.7\nmost=20\n')
    (tmp_path / "a.json").write_text(json.dumps({"cavity": [CAVITY | {"position": 1}]}))
    (tmp_path / "a.csv").write_text("name,module,position,length,most,least\na,m,1,0.7,20,\n")
    assert len({read_lattice(tmp_path / f"a.{kind}").cavities for kind in ("toml", "json", "csv")}) == 1


# ── the machine ─────────────────────────────────────────────────────────────────────────────────────


def test_emission_follows_fowler_and_nordheim() -> None:
    field = np.array([10.0, 12.0])
    at_onset, above = fowler_nordheim(field, 10.0, 150.0)
    surface = 2.2 * 150.0 * field
    expected = (surface[1] / surface[0]) ** 2.5 * np.exp(6.83e3 * 8.0 * (1 / surface[0] - 1 / surface[1]))
    assert [at_onset, above] == pytest.approx([1.0, expected])


def mirrored(lattice: Lattice) -> Lattice:
    return replace(
        lattice,
        cavities=tuple(replace(c, position=-c.position) for c in reversed(lattice.cavities)),
        detectors=tuple(replace(d, position=-d.position) for d in lattice.detectors),
    )


def test_a_machine_and_its_mirror_image_radiate_alike() -> None:
    ours = machine()
    count = len(ours.lattice.cavities)
    image = replace(
        ours,
        lattice=mirrored(ours.lattice),
        emitters=tuple(replace(e, cavity=count - 1 - e.cavity) for e in ours.emitters),
    )
    assert image.dose(ours.settings[::-1]) == pytest.approx(ours.dose(ours.settings))


def test_one_emitter_is_seen_upstream_and_downstream_and_fades_with_distance() -> None:
    lattice = shipped_lattice("c100")
    alone = Emitter(cavity=16, enhancement=150.0, onset=10.0, current=1e3)
    lit = Machine(
        lattice=lattice, emitters=(alone,), settings=np.full(32, 15.0), scale=np.ones(len(lattice.detectors))
    )
    dose = lit.dose(lit.settings)[0]
    gammas = dose[[d.kind == "gamma" for d in lattice.detectors]]
    assert gammas.min() > 0.02
    assert gammas[2:4].min() > gammas[[0, 5]].max()


def test_electrons_that_gain_too_little_make_no_neutrons() -> None:
    lattice = shipped_lattice("c100")
    alone = Emitter(cavity=16, enhancement=150.0, onset=10.0, current=1.0)
    lit = Machine(lattice=lattice, emitters=(alone,), settings=np.zeros(32), scale=np.ones(12))
    gradients = np.full((2, 32), 15.0)
    gradients[1, :16] = gradients[1, 17:] = 0.05  # nobody accelerates what the one cavity emits
    neutrons = lit.dose(gradients)[:, [d.kind == "neutron" for d in lattice.detectors]] - 0.02
    assert neutrons[1].sum() < 1e-2 * neutrons[0].sum()


def test_radiation_rises_with_every_gradient() -> None:
    ours = machine()
    step = ours.settings + 0.5 * np.eye(32)
    assert (ours.dose(step) >= ours.dose(ours.settings) - 1e-12).all()


def test_the_simulator_wants_the_place_of_every_detector() -> None:
    with pytest.raises(LabError, match="position of every detector"):
        draw_machine(small_lattice(detectors=(Detector(name="d", kind="gamma"),)), 0)


# ── measurements ────────────────────────────────────────────────────────────────────────────────────


def test_sampling_keeps_the_heat_of_each_module_within_a_tenth() -> None:
    lattice = machine().lattice
    before, heat = lattice.module_heat(machine().settings), lattice.module_heat(readings().gradients)
    assert np.abs(heat / before - 1).max() <= 0.10 + 1e-9
    assert (heat <= lattice.heat_limits + 1e-9).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.floats(0.1, 0.5))
def test_a_split_never_parts_a_settling_period(seed: int, share: float) -> None:
    rest, test = readings().split(share, seed)
    assert not set(rest.periods) & set(test.periods)
    assert len(rest) + len(test) == len(readings())


def written(folder: Path, change: Any = None) -> Path:
    path = folder / "measurements.csv"
    write_measurements(path, machine().lattice, readings(90))
    if change:
        lines = path.read_text().splitlines()
        path.write_text("\n".join(change(lines)))
    return path


def test_measurements_come_back_as_they_were_written(tmp_path: Path) -> None:
    back = read_measurements(written(tmp_path), machine().lattice)
    assert back.gradients == pytest.approx(readings(90).gradients, rel=1e-5)
    assert back.doses == pytest.approx(readings(90).doses, rel=1e-5)
    assert (back.periods == readings(90).periods).all()
    assert back.dropped == 0


@pytest.mark.parametrize("value", ["nan", "", "off", "2001", "-2", "inf"])
def test_a_faulty_reading_is_left_out_and_counted(tmp_path: Path, value: str) -> None:
    path = written(tmp_path, lambda rows: [*rows[:-1], rows[-1].rpartition(",")[0] + "," + value])
    back = read_measurements(path, machine().lattice)
    assert (len(back), back.dropped) == (89, 1)


def test_measurements_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="lacks the columns"):
        read_measurements(written(tmp_path, lambda rows: ["x", *rows[1:]]), machine().lattice)
    with pytest.raises(LabError, match="20 good readings of 20"):
        read_measurements(written(tmp_path, lambda rows: rows[:21]), machine().lattice)
    with pytest.raises(LabError, match="cannot read"):
        read_measurements(tmp_path / "absent.csv", machine().lattice)
    with pytest.raises(LabError, match="names no detector"):
        read_measurements(written(tmp_path), replace(machine().lattice, detectors=()))


# ── surrogates ──────────────────────────────────────────────────────────────────────────────────────

MODELS = ["ensemble", "process"]


@pytest.mark.parametrize("name", MODELS)
def test_a_surrogate_s_slopes_are_those_of_its_forecast(name: str) -> None:
    learned, here = model(name), machine().settings + 0.3
    mean, sd, d_mean, d_sd = learned.slopes(here)
    assert learned.forecast(here).mean[0] == pytest.approx(mean, rel=1e-4, abs=1e-4)
    assert learned.forecast(here).sd[0] == pytest.approx(sd, rel=1e-3)
    step = 0.05
    high = learned.forecast(here + step * np.eye(32))
    low = learned.forecast(here - step * np.eye(32))
    assert np.abs(d_mean.T - (high.mean - low.mean) / (2 * step)).max() < 2e-3
    assert np.abs(d_sd.T - (high.sd - low.sd) / (2 * step)).max() < 2e-3


@pytest.mark.parametrize("name", MODELS)
def test_a_surrogate_explains_periods_it_never_saw(name: str) -> None:
    unseen = sample(machine(), 300, 77)
    assert determination(model(name), unseen).mean() > 0.7


@pytest.mark.parametrize("name", MODELS)
def test_calibration_makes_the_interval_hold_nineteen_of_twenty_unseen_readings(name: str) -> None:
    _, held_out = readings().split(0.3, 1)
    blown = model(name).scaled(np.full(12, 0.2))
    unseen = sample(machine(), 300, 78)
    assert coverage(blown, unseen) < 0.6
    assert 0.90 < coverage(calibrated(blown, held_out), unseen) < 0.985


def test_the_process_doubts_more_far_from_its_readings() -> None:
    near = model("process").forecast(machine().settings).sd
    far = model("process").forecast(machine().settings + np.tile([6.0, -6.0], 16)).sd
    assert (far > 1.5 * near).all()


def test_a_cavity_that_never_moved_says_nothing() -> None:
    still = replace(readings(), gradients=np.where(np.arange(32) == 3, 15.0, readings().gradients))
    assert Standard.of(still).spread[3] == 1.0
    assert np.isfinite(fit_process(still, 1, kept=120, fitted=40).forecast(still.gradients[:3]).mean).all()


def test_too_few_readings_teach_nothing() -> None:
    few = readings().pick(np.arange(49))
    for fit in (fit_ensemble, fit_process):
        with pytest.raises(LabError, match="49 readings are too few"):
            fit(few, 0)
    with pytest.raises(LabError, match="settling periods are too few"):
        readings().pick(np.arange(12)).split(0.5, 0)


# ── the search ──────────────────────────────────────────────────────────────────────────────────────


def kept(plan: np.ndarray, within: Limits) -> bool:
    lattice = machine().lattice
    low, high = bounds_of(lattice, within)
    inside = (plan >= low - 1e-9).all() and (plan <= high + 1e-9).all()
    cool = (lattice.module_heat(plan) <= lattice.heat_limits * (1 + 1e-4)).all()
    return bool(inside and cool and abs(lattice.energy(plan) / within.energy - 1) < 1e-4)


@pytest.mark.parametrize("reach", [0.5, 1.5, 6.0])
def test_every_way_keeps_energy_heat_and_trust_region(reach: float) -> None:
    within, dose, lattice = limits(reach), machine().dose, machine().lattice
    plans = {
        "ensemble": optimise(lattice, model("ensemble"), within),
        "process": optimise(lattice, model("process"), replace(within, caution=3.0)),
        "oracle": oracle(lattice, dose, within),
        "uniform": uniform(lattice, within),
        "greedy": greedy(lattice, dose, within),
        "random": random_search(lattice, dose, within, tries=200, seed=1),
    }
    assert {name: kept(plan.gradients, within) for name, plan in plans.items()} == dict.fromkeys(plans, True)


def test_the_oracle_is_best_and_the_method_beats_standing_still() -> None:
    lattice, within = machine().lattice, limits()
    before = machine().dose(machine().settings)[0]

    def cut(gradients: np.ndarray) -> float:
        return cuts(lattice, before, machine().dose(gradients)[0])["neutron"]

    best = cut(oracle(lattice, machine().dose, within).gradients)
    ours = cut(optimise(lattice, model("process"), within).gradients)
    tried = cut(random_search(lattice, machine().dose, within, tries=300, seed=2).gradients)
    assert best > 0.5
    assert 0.4 < ours <= best + 1e-6
    assert tried <= best + 1e-6
    assert best - 0.03 < cut(greedy(lattice, machine().dose, within).gradients) <= best + 1e-6


@pytest.mark.parametrize("energy", [100.0, 600.0])
def test_a_lattice_that_cannot_reach_its_energy_says_what_it_can(energy: float) -> None:
    with pytest.raises(LabError, match=rf"cannot reach {energy:.0f}\.00 MeV: .* it gives"):
        starting_point(machine().lattice, limits(energy=energy))


def test_a_lattice_that_would_overheat_says_so() -> None:
    tight = small_lattice(heat={"m0": 1.0, "m1": 1.0})
    with pytest.raises(LabError, match=r"within the heat limits of its modules \(m0 1 W, m1 1 W\)"):
        starting_point(tight, Limits(settings=np.full(4, 15.0), energy=30.0, reach=2.0))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999))
def test_a_lattice_that_can_be_cool_is_never_called_too_hot(seed: int) -> None:
    random = np.random.default_rng(seed)
    feasible = random.uniform(5.0, 19.0, 4)
    heat = small_lattice().module_heat(feasible)
    tight = small_lattice(heat={"m0": 1.001 * heat[0], "m1": 1.001 * heat[1]})
    within = Limits(settings=np.full(4, 12.0), energy=float(tight.energy(feasible)), reach=8.0)
    start = starting_point(tight, within)
    assert tight.energy(start) == pytest.approx(within.energy)
    assert (tight.module_heat(start) <= tight.heat_limits * (1 + 1e-5)).all()


def test_heat_is_moved_to_the_module_that_can_carry_it() -> None:
    uneven = small_lattice(heat={"m0": 12.0, "m1": 24.0})  # alike, m0 would take 16 W; the other way, m1 45 W
    start = starting_point(uneven, Limits(settings=np.full(4, 12.0), energy=24.0, reach=8.0))
    assert uneven.energy(start) == pytest.approx(24.0)
    assert (uneven.module_heat(start) <= np.array([12.0, 24.0]) * (1 + 1e-5)).all()


WRONG_LIMITS: dict[str, dict[str, Any]] = {
    "too few settings": {"settings": np.ones(3)},
    "a setting that is no number": {"settings": np.full(32, np.nan)},
    "no trust region": {"reach": 0.0},
    "negative caution": {"caution": -1.0},
    "energy that is no number": {"energy": float("nan")},
}


@pytest.mark.parametrize("case", WRONG_LIMITS)
def test_limits_that_mean_nothing_are_refused(case: str) -> None:
    with pytest.raises(LabError):
        optimise(machine().lattice, model("process"), limits(**WRONG_LIMITS[case]))


# ── a user's own section ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return write_example(tmp_path / "own", "c100", 1, 400)


def test_the_smallest_example_that_is_written_is_enough_to_learn_from(tmp_path: Path) -> None:
    fewer, fewest = (
        CliRunner().invoke(app, ["example", "--out", str(tmp_path / readings), "--readings", readings])
        for readings in ("79", "80")
    )
    assert (fewer.exit_code, fewest.exit_code) == (2, 0)
    rest, _ = read_state(tmp_path / "80" / "state.toml").measured.split(0.15, 0)
    train, _ = rest.split(0.15, 1)
    assert len(train) >= 50


def test_advice_keeps_the_energy_and_says_how_far_it_may_be_trusted(example: Path) -> None:
    advice = advise(read_state(example))
    assert advice.energy_advised == pytest.approx(advice.energy_today, rel=1e-6)
    assert min(advice.promised_cuts.values()) > 0.3
    assert max(abs(c.advised - c.today) for c in advice.changes) <= 1.5 + 1e-6
    assert all(r.low <= r.advised <= r.high for r in advice.readings)
    assert advice.held_out > 30


@pytest.mark.parametrize(("reach", "warned"), [(0.5, False), (6.0, True)])
def test_advice_outside_of_what_was_measured_carries_a_warning(
    example: Path, reach: float, warned: bool
) -> None:
    example.write_text(example.read_text().replace("reach = 1.5", f"reach = {reach}"))
    warnings = advise(read_state(example)).warnings
    assert any("outside of what was measured" in warning for warning in warnings) is warned


WRONG_STATES = {
    "an unknown key": ("reach", "reech", "unknown keys ['reech']"),
    "a missing key": ('measurements = "measurements.csv"', "", "lacks ['measurements']"),
    "a cavity not named": ('"1L22-1"', '"1L22-9"', "missing ['1L22-1'], unknown ['1L22-9']"),
    "a word for a number": ("reach = 1.5", 'reach = "far"', "'far' is no number"),
    "an unknown model": ("reach = 1.5", 'model = "forest"', "'forest' is unknown"),
    "no such lattice": ('"lattice.toml"', '"mars"', "no lattice 'mars'"),
    "broken syntax": ("[gradients]", "[gradients", "cannot read the state"),
}


@pytest.mark.parametrize("case", WRONG_STATES)
def test_a_state_that_cannot_be_used_is_refused_with_its_value(example: Path, case: str) -> None:
    before, after, message = WRONG_STATES[case]
    example.write_text(example.read_text().replace(before, after))
    with pytest.raises(LabError) as refused:
        read_state(example)
    assert message in str(refused.value)
    assert refused.value.hint


def test_a_gradient_beyond_its_cavity_is_refused(example: Path) -> None:
    lines = [
        ('"1L22-1" = 30.0' if line.startswith('"1L22-1"') else line)
        for line in example.read_text().splitlines()
    ]
    example.write_text("\n".join(lines))
    with pytest.raises(LabError, match=r"1L22-1 at 30 MV/m is outside its limits 3 to 21\.5"):
        read_state(example)


def test_the_command_writes_an_example_and_advises_on_it(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["example", "--out", str(tmp_path), "--readings", "300"])
    assert made.exit_code == 0, made.output
    state = str(tmp_path / "state.toml")
    advice = json.loads(CliRunner().invoke(app, ["optimise", "--state", state, "--json"]).output)
    assert len(advice["changes"]) == 32
    words = CliRunner().invoke(app, ["optimise", "--state", state]).output
    assert "promised cut:" in words
    assert "1L25-8" in words
