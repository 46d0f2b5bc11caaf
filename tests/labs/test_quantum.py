"""The quantum lab: a simulator that agrees with others, controls that are fair, laws that show."""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from daybrief.errors import LabError
from daybrief.labs.quantum import adapters, comparison, obstacles, simulator, tensor_train
from daybrief.labs.quantum.circuit import ENTANGLERS, Angle, Circuit, Link, Turn, entangled, variational
from daybrief.labs.quantum.classifier import CircuitClassifier
from daybrief.labs.quantum.comparison import Sizes, Table
from daybrief.labs.quantum.devices import RecordedDevice, device_names, extrapolated, folded
from daybrief.labs.quantum.use import app

HEAVY = ("qiskit", "qiskit_aer", "qiskit_ibm_runtime", "pennylane")
absent = [name for name in HEAVY if importlib.util.find_spec(name) is None]
heavy = pytest.mark.skipif(bool(absent), reason=f"{', '.join(absent)} not installed: the extra lab-quantum")


def random_run(circuit: Circuit, seed: int, batch: int = 3, *, exact: bool = True) -> simulator.Tape:
    random = np.random.default_rng(seed)
    weights = random.uniform(0, 2 * math.pi, circuit.weights)
    return simulator.run(circuit, weights, random.uniform(0, math.pi, (batch, circuit.inputs)), exact=exact)


# ── circuits ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entangler", "layer", "pairs"),
    [
        ("ring", 0, [(0, 1), (1, 2), (2, 3), (3, 0)]),
        ("line", 0, [(0, 1), (1, 2), (2, 3)]),
        ("brick", 0, [(0, 1), (2, 3)]),
        ("brick", 1, [(1, 2)]),
        ("none", 0, []),
    ],
)
def test_an_entangler_links_the_qubits_it_says(
    entangler: Any, layer: int, pairs: list[tuple[int, int]]
) -> None:
    assert entangled(4, entangler, layer) == tuple(Link(*pair) for pair in pairs)


def test_the_variational_circuit_has_three_angles_a_qubit_and_layer() -> None:
    circuit = variational(4, 3)
    assert (circuit.weights, circuit.inputs, circuit.links) == (36, 4, 12)
    assert (
        sum(isinstance(g, Turn) and g.angle.source == "input" for g in variational(4, 3, reupload=True).gates)
        == 12
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: variational(0, 1),
        lambda: variational(2, -1),
        lambda: variational(2, 1, entangler="star"),  # type: ignore[arg-type]
        lambda: variational(2, 1, axes="w"),
        lambda: Circuit(2, (Link(1, 1),)),
        lambda: Circuit(2, (Turn(2, "x", Angle("value")),)),
        lambda: tensor_train.Modes(inputs=(2,), outputs=(2, 2), ranks=(1, 1)),
        lambda: tensor_train.Modes(inputs=(2,), outputs=(2,), ranks=(2, 1)),
        lambda: tensor_train.modes_for(0, 2),
    ],
)
def test_what_makes_no_circuit_is_refused(make: Any) -> None:
    with pytest.raises(LabError):
        make()


# ── the simulator ───────────────────────────────────────────────────────────────────────────────────


def test_an_encoded_qubit_shows_the_cosine_of_its_angle() -> None:
    angles = np.array([[0.3, 1.2], [2.0, 0.0]])
    assert simulator.run(variational(2, 0), np.zeros(0), angles).expectations == pytest.approx(
        np.cos(angles), abs=1e-6
    )


def test_a_bell_pair_agrees_with_itself_and_shows_nothing_alone() -> None:
    bell = Circuit(2, (Turn(0, "y", Angle("value", 0, math.pi / 2)), Link(0, 1)))
    tape = simulator.run(bell, np.zeros(0), np.zeros((1, 0)))
    assert tape.probabilities[0] == pytest.approx([0.5, 0, 0, 0.5], abs=1e-6)
    assert tape.expectations[0] == pytest.approx([0, 0], abs=1e-6)
    assert tape.parity == pytest.approx([1.0])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(0, 3), st.sampled_from(ENTANGLERS), st.booleans(), st.integers(0, 99))
def test_a_circuit_keeps_the_length_of_its_state(
    qubits: int, depth: int, entangler: Any, reupload: bool, seed: int
) -> None:
    tape = random_run(variational(qubits, depth, entangler=entangler, reupload=reupload), seed)
    assert tape.probabilities.sum(axis=1) == pytest.approx(np.ones(3))
    assert (np.abs(tape.expectations) <= 1 + 1e-9).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 3), st.sampled_from(ENTANGLERS), st.booleans(), st.integers(0, 99))
def test_gradients_are_those_of_small_differences(
    qubits: int, depth: int, entangler: Any, reupload: bool, seed: int
) -> None:
    tape = random_run(variational(qubits, depth, entangler=entangler, reupload=reupload), seed)
    slopes = np.random.default_rng(seed).normal(size=(3, qubits))
    to_weights, to_inputs = simulator.pull(tape, slopes)
    step = 1e-5

    def loss(weights: np.ndarray, inputs: np.ndarray) -> np.ndarray:
        return (simulator.run(tape.circuit, weights, inputs, exact=True).expectations * slopes).sum(axis=1)

    at = int(seed % tape.circuit.weights)
    move = step * np.eye(tape.circuit.weights)[at]
    weights = tape.weights[0]
    across = (loss(weights + move, tape.inputs) - loss(weights - move, tape.inputs)).sum() / (2 * step)
    assert to_weights[0, at] == pytest.approx(across, abs=1e-6)
    shift = step * np.eye(qubits)[seed % qubits]
    along = (loss(weights, tape.inputs + shift) - loss(weights, tape.inputs - shift)) / (2 * step)
    assert to_inputs[:, seed % qubits] == pytest.approx(along, abs=1e-6)


def test_angles_of_their_own_for_each_row_are_those_rows_alone() -> None:
    circuit = variational(3, 2)
    random = np.random.default_rng(4)
    weights, inputs = random.uniform(0, 6, (5, circuit.weights)), random.uniform(0, 3, (5, 3))
    together = simulator.run(circuit, weights, inputs, exact=True)
    alone = [
        simulator.run(circuit, w, x, exact=True).expectations[0] for w, x in zip(weights, inputs, strict=True)
    ]
    assert together.expectations == pytest.approx(np.array(alone))
    slopes = random.normal(size=(5, 3))
    each = [
        simulator.pull(simulator.run(circuit, w, x, exact=True), s[None])[0][0]
        for w, x, s in zip(weights, inputs, slopes, strict=True)
    ]
    assert simulator.pull(together, slopes)[0] == pytest.approx(np.array(each))


@heavy
def test_pennylane_and_the_simulator_agree_on_every_kind_of_circuit() -> None:
    for seed, entangler in enumerate(ENTANGLERS):
        tape = random_run(variational(3, 2, entangler=entangler, reupload=bool(seed % 2)), seed)
        theirs = adapters.pennylane_expectations(tape.circuit, tape.weights[0], tape.inputs)
        assert tape.expectations == pytest.approx(theirs, abs=1e-9)


@heavy
def test_qiskit_and_the_simulator_agree_on_the_state() -> None:
    from qiskit.quantum_info import Statevector

    tape = random_run(variational(3, 2), 5, batch=1)
    circuit = adapters.qiskit_circuit(tape.circuit, tape.weights[0], tape.inputs[0])
    theirs = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict()
    shown = adapters.expectations_of({w: round(1e9 * p) for w, p in theirs.items()}, 3)
    assert tape.expectations[0] == pytest.approx(shown, abs=1e-6)


@heavy
def test_an_unknown_pennylane_device_is_refused() -> None:
    with pytest.raises(LabError, match="no device 'abacus'"):
        adapters.pennylane_expectations(variational(1, 0), np.zeros(0), np.zeros((1, 1)), "abacus")


def test_a_circuit_too_wide_for_memory_is_refused_before_it_is_made() -> None:
    with pytest.raises(LabError, match=r"30 qubits .* GiB") as refused:
        simulator.run(variational(30, 1), np.zeros(90), np.zeros((8, 30)))
    assert "at most" in refused.value.hint
    with pytest.raises(LabError, match="40 qubits"):
        CircuitClassifier(40, 1).fit(np.eye(4), [0, 1, 0, 1])


def test_angles_that_do_not_fit_the_circuit_are_refused() -> None:
    with pytest.raises(LabError, match="3 weights and 2 inputs were given"):
        simulator.run(variational(2, 1), np.zeros(3), np.zeros((1, 2)))


def test_measured_expectations_close_in_on_the_true_ones() -> None:
    tape = random_run(variational(3, 2), 1)
    shown = simulator.measured(tape, 200_000, np.random.default_rng(1))
    assert shown == pytest.approx(tape.expectations, abs=0.01)
    with pytest.raises(LabError, match="0 shots"):
        simulator.measured(tape, 0, np.random.default_rng(1))


# ── the tensor train ────────────────────────────────────────────────────────────────────────────────


def test_a_tensor_train_is_the_product_of_its_cores_entry_by_entry() -> None:
    modes = tensor_train.Modes(inputs=(2, 3, 2), outputs=(2, 1, 3), ranks=(1, 2, 3, 1))
    cores = tensor_train.start(modes, np.random.default_rng(0))
    whole = tensor_train.matrix(cores)
    assert whole.shape == (12, 6)
    for i1, i2, i3, j1, j3 in [(0, 0, 0, 0, 0), (1, 2, 1, 1, 2), (1, 0, 1, 0, 1)]:
        entry = (cores[0][:, i1, j1] @ cores[1][:, i2, 0] @ cores[2][:, i3, j3]).item()
        assert whole[(i1 * 3 + i2) * 2 + i3, j1 * 3 + j3] == pytest.approx(entry)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 8), st.integers(1, 3))
def test_a_tensor_train_s_gradients_are_those_of_small_differences(
    features: int, outputs: int, rank: int
) -> None:
    modes = tensor_train.modes_for(features, outputs, rank)
    assert features <= modes.width
    random = np.random.default_rng(features)
    cores = tensor_train.start(modes, random)
    assert modes.parameters == sum(core.size for core in cores)
    slopes = random.normal(size=(modes.width, outputs))
    for at, gradient in enumerate(tensor_train.pull(cores, slopes)):
        moved = [core.copy() for core in cores]
        moved[at][0, -1, 0, -1] += 1e-6
        change = ((tensor_train.matrix(moved) - tensor_train.matrix(cores)) * slopes).sum() / 1e-6
        assert gradient[0, -1, 0, -1] == pytest.approx(change, rel=1e-4, abs=1e-6)


# ── the classifier and its controls ─────────────────────────────────────────────────────────────────


def blobs(seed: int = 0, rows: int = 120) -> Table:
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % 3
    centres = np.array([[2, 0, 0, 0, 0], [0, 2, 0, 0, 0], [0, 0, 2, 0, 0]])
    return Table(
        name="blobs", features=centres[labels] + 0.5 * random.standard_normal((rows, 5)), labels=labels
    )


@pytest.mark.parametrize("front", ["tt", "pca", "linear"])
@pytest.mark.parametrize("circuit", [True, False])
def test_every_front_learns_with_and_without_a_circuit(front: Any, circuit: bool) -> None:
    table, unseen = blobs(), blobs(1)
    model = CircuitClassifier(3, 1, front, circuit=circuit, steps=120, seed=1).fit(
        table.features, table.labels
    )
    assert model.score(unseen.features, unseen.labels) > 0.85
    assert model.predict_proba(unseen.features).sum(axis=1) == pytest.approx(np.ones(120))


def test_taking_the_circuit_out_takes_its_angles_out_and_nothing_else() -> None:
    table = blobs()
    whole = CircuitClassifier(3, 2, steps=1).fit(table.features, table.labels)
    without = CircuitClassifier(3, 2, circuit=False, steps=1).fit(table.features, table.labels)
    assert whole.parameters_ - without.parameters_ == whole.circuit_.weights
    assert without.expectations(table.features) == pytest.approx(np.cos(without.angles(table.features)))


def test_a_circuit_of_no_layers_is_the_control_itself() -> None:
    table = blobs()
    flat = CircuitClassifier(3, 0, "pca", steps=40).fit(table.features, table.labels)
    without = CircuitClassifier(3, 0, "pca", circuit=False, steps=40).fit(table.features, table.labels)
    assert flat.predict_proba(table.features) == pytest.approx(
        without.predict_proba(table.features), abs=1e-3
    )


def test_a_frozen_front_stays_as_it_was_drawn() -> None:
    table = blobs()
    short = CircuitClassifier(3, 1, "frozen", steps=1).fit(table.features, table.labels)
    long = CircuitClassifier(3, 1, "frozen", steps=50).fit(table.features, table.labels)
    assert short.angles(table.features) == pytest.approx(long.angles(table.features))


def test_training_lowers_the_loss_along_its_gradient() -> None:
    table = blobs()
    model = CircuitClassifier(3, 1, steps=1, seed=3).fit(table.features, table.labels)
    fronted = model._fronted(table.features)
    slopes = model._slopes(fronted, table.labels)

    def loss() -> float:
        return float(-np.log(model.predict_proba(table.features)[np.arange(120), table.labels]).mean())

    for name, slope in slopes.items():
        at = np.unravel_index(np.abs(slope).argmax(), slope.shape)
        before = model.trained_[name].copy()
        values = []
        for step in (1e-3, -1e-3):
            model.trained_[name] = before.copy()
            model.trained_[name][at] += step
            values.append(loss())
        model.trained_[name] = before
        assert slope[at] == pytest.approx((values[0] - values[1]) / 2e-3, rel=0.02, abs=1e-3), name


WRONG_FITS: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "one class": (np.ones((4, 3)), [1, 1, 1, 1], {}, "one class only"),
    "not a number": ([[1.0, float("nan")]], [1], {}, "no number"),
    "words": ([["a"]], [1], {}, "no table of numbers"),
    "no rows": (np.zeros((0, 3)), [], {}, "empty"),
    "labels of another length": (np.ones((4, 3)), [0, 1], {}, "do not fit 4 rows"),
    "an unknown front": (np.ones((4, 3)), [0, 1, 0, 1], {"front": "cnn"}, "'cnn'"),
    "more components than columns": (np.ones((9, 3)), [0, 1, 0] * 3, {"front": "pca"}, "PCA cannot make 4"),
    "no steps": (np.ones((4, 3)), [0, 1, 0, 1], {"steps": 0}, "0 steps"),
}


@pytest.mark.parametrize("case", WRONG_FITS)
def test_what_cannot_be_learned_from_is_refused_with_its_reason(case: str) -> None:
    features, labels, options, message = WRONG_FITS[case]
    with pytest.raises(LabError, match=message):
        CircuitClassifier(4, 1, **options).fit(features, labels)


def test_columns_that_were_not_learned_are_refused() -> None:
    model = CircuitClassifier(3, 1, steps=1).fit(blobs().features, blobs().labels)
    with pytest.raises(LabError, match="4 columns were given, 5 were learned"):
        model.predict(np.ones((2, 4)))


def test_a_comparison_gives_every_arm_the_same_rows_and_the_mlp_no_more_numbers() -> None:
    accuracy, parameters = comparison.compare(
        comparison.split_of(blobs(), 0), Sizes(qubits=3, depth=1, steps=40), 0
    )
    assert set(accuracy) == {*comparison.ARMS, "refitted", *comparison.CLASSICAL}
    assert parameters["mlp"] <= parameters["tt"]
    assert parameters["tt_removed"] < parameters["tt"]


def test_pca_fitted_again_on_other_rows_loses_what_was_learned() -> None:
    split = comparison.split_of(comparison.digits((1, 3, 7)), 0)
    model = CircuitClassifier(4, 1, "pca", steps=100).fit(split.train.features, split.train.labels)
    honest = model.score(split.test.features, split.test.labels)
    assert honest > comparison.refitted(model, split.test, batch=40) + 0.2


# ── tables ──────────────────────────────────────────────────────────────────────────────────────────


def idx(array: np.ndarray) -> bytes:
    head = b"\x00\x00\x08" + bytes([array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(np.uint8).tobytes()


def test_fashion_is_read_from_tiny_idx_files_in_the_real_format(tmp_path: Path) -> None:
    images = np.arange(10 * 28 * 28).reshape(10, 28, 28) % 256
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images)))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(np.arange(10)))
    table = comparison.fashion(tmp_path)
    assert table.labels.tolist() == [0, 2, 4, 6]
    assert table.features == pytest.approx(images[[0, 2, 4, 6]].reshape(4, -1) / 255.0)


WRONG_TABLES = {
    "no such column": ("a,b\n1,2\n", "no column 'y'"),
    "no other column": ("y\n1\n", "no other column"),
    "no rows": ("a,y\n", "1 to"),
    "a word": ("a,y\n1,0\nred,1\n", "line 3: 'red' in 'a'"),
    "a gap": ("a,y\n1,0\n,1\n", "line 3: '' in 'a'"),
    "infinity": ("a,y\ninf,0\n", "line 2: 'inf'"),
    "a short line": ("a,b,y\n1\n", "line 2: None in 'b'"),
}


@pytest.mark.parametrize("case", WRONG_TABLES)
def test_a_table_that_cannot_be_used_names_the_value(tmp_path: Path, case: str) -> None:
    text, message = WRONG_TABLES[case]
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(LabError) as refused:
        comparison.read_table(tmp_path / "t.csv", "y")
    assert message in str(refused.value)


def test_a_class_of_few_rows_and_a_single_class_are_refused() -> None:
    few = Table(name="t", features=np.ones((12, 2)), labels=np.array([0] * 10 + [1] * 2))
    with pytest.raises(LabError, match="2 rows of the class '1'"):
        comparison.split_of(few, 0)
    with pytest.raises(LabError, match="one class only"):
        comparison.split_of(Table(name="t", features=np.ones((9, 2)), labels=np.zeros(9)), 0)


# ── obstacles ───────────────────────────────────────────────────────────────────────────────────────


def test_deep_gradients_vanish_with_the_qubits_and_shallow_local_ones_do_not() -> None:
    random, widths = np.random.default_rng(0), (2, 4, 6)
    deep = [obstacles.gradient_variance(n, 2 * n, "local", random) for n in widths]
    shallow = [obstacles.gradient_variance(n, 1, "local", random) for n in widths]
    assert obstacles.decay(widths, deep) < -0.7
    assert obstacles.decay(widths, shallow) > -0.3


def test_the_gradient_by_shift_is_the_gradient_by_the_adjoint() -> None:
    circuit = obstacles.random_circuit(3, 2)
    angles = np.random.default_rng(2).uniform(0, 6, (1, circuit.weights))
    tape = simulator.run(circuit, angles, np.zeros((1, 0)), exact=True)
    adjoint = simulator.pull(tape, np.array([[0.0, 1.0, 0.0]]))[0][0, 4]
    shifted = (
        obstacles._cost(circuit, angles, 4, "local", 1) - obstacles._cost(circuit, angles, 4, "local", -1)
    ) / 2
    assert shifted[0] == pytest.approx(adjoint, abs=1e-5)


def test_the_error_of_counting_falls_with_the_root_of_the_shots() -> None:
    shots = (10, 100, 1000)
    errors = obstacles.shot_errors(3, 2, shots, np.random.default_rng(3), settings=200)
    assert obstacles.exponent(shots, errors) == pytest.approx(-0.5, abs=0.05)
    with pytest.raises(LabError, match="have no variance"):
        obstacles.gradient_variance(2, 1, "local", np.random.default_rng(0), draws=1)


# ── devices ─────────────────────────────────────────────────────────────────────────────────────────


@heavy
def test_recorded_noise_moves_expectations_and_extrapolation_brings_them_nearer() -> None:
    tape = random_run(variational(3, 2), 7, batch=6)
    raw, mitigated = RecordedDevice("manila").mitigated(
        tape.circuit, tape.weights[0], tape.inputs, shots=20_000
    )
    errors = [float(np.abs(values - tape.expectations).mean()) for values in (raw, mitigated)]
    assert 0.01 < errors[1] < errors[0] < 0.3


@heavy
def test_the_noise_of_the_qubits_in_use_is_that_of_the_whole_device() -> None:
    from qiskit_aer import AerSimulator

    tape = random_run(variational(3, 1), 8, batch=1)
    device = RecordedDevice("manila")
    ours = device.expectations(tape.circuit, tape.weights[0], tape.inputs, shots=100_000)
    whole = device._fitted(tape.circuit, tape.weights[0])
    bound = whole.assign_parameters({p: float(tape.inputs[0, p.index]) for p in whole.parameters})
    counts = (
        AerSimulator.from_backend(device.backend, seed_simulator=1)
        .run(bound, shots=100_000)
        .result()
        .get_counts()
    )
    assert ours[0] == pytest.approx(adapters.expectations_of(counts, 3), abs=0.02)


@heavy
def test_a_calibration_tells_what_was_recorded() -> None:
    calibration = RecordedDevice("nairobi").calibration
    assert calibration.qubits == 7
    assert 10 < calibration.t2 < 1000
    assert 1e-4 < calibration.link_error < 0.1
    assert 1e-3 < calibration.readout_error < 0.2


@heavy
def test_folding_repeats_the_links_and_nothing_else() -> None:
    circuit = adapters.qiskit_circuit(variational(3, 2), np.zeros(18), np.zeros(3))
    before, after = circuit.count_ops(), folded(circuit, 5).count_ops()
    assert after.pop("cx") == 5 * before.pop("cx")
    assert after == before


@heavy
def test_devices_that_cannot_be_used_are_refused() -> None:
    assert len(device_names()) > 50
    with pytest.raises(LabError, match="no device 'hal' is recorded"):
        _ = RecordedDevice("hal").backend
    with pytest.raises(LabError, match="6 qubits, manila has 5"):
        RecordedDevice("manila").links(variational(6, 1), np.zeros(18))
    with pytest.raises(LabError, match="cannot be scaled by 2"):
        folded(None, 2)


def test_a_line_through_the_scales_is_extended_to_no_noise() -> None:
    values = np.array([[0.9, -0.5], [0.7, -0.3], [0.5, -0.1]])
    assert extrapolated((1, 3, 5), values) == pytest.approx([1.0, -0.6])
    with pytest.raises(LabError, match="fix no polynomial"):
        extrapolated((1, 3), values[:2], order=2)


# ── commands ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def csv_table(tmp_path: Path) -> str:
    table = blobs()
    lines = ["a,b,c,d,e,y"] + [
        ",".join([*(f"{v:.4f}" for v in row), str(label)])
        for row, label in zip(table.features, table.labels, strict=True)
    ]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    return str(tmp_path / "t.csv")


def test_the_command_compares_on_a_table_of_one_s_own(csv_table: str) -> None:
    order = ["compare", csv_table, "--label", "y", "--qubits", "3", "--steps", "30", "--splits", "1"]
    done = CliRunner().invoke(app, [*order, "--json"])
    assert json.loads(done.output)["arms"].keys() >= {"tt", "tt_removed", "logistic"}
    assert "with its circuit removed" in CliRunner().invoke(app, order).output


@heavy
def test_the_command_runs_a_table_under_recorded_noise(csv_table: str) -> None:
    order = [
        "noise",
        csv_table,
        "--label",
        "y",
        "--qubits",
        "3",
        "--depth",
        "1",
        "--rows",
        "8",
        "--shots",
        "500",
    ]
    report = json.loads(CliRunner().invoke(app, [*order, "--json"]).output)
    assert report["rows"] == 8
    assert report["error measured"] > 0


def test_a_plateau_too_wide_for_memory_is_refused_before_any_is_measured() -> None:
    refused = CliRunner().invoke(app, ["plateau", "--qubits", "60"]).exception
    assert isinstance(refused, LabError)
    assert "60 qubits" in refused.message


def test_the_command_measures_a_plateau() -> None:
    report = json.loads(
        CliRunner().invoke(app, ["plateau", "--qubits", "4", "--depth", "8", "--json"]).output
    )
    assert report["qubits"] == [2, 4]
    assert report["slope"] < 0
