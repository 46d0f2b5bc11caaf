"""The measured reproduction: learning on real data beside controls, plateaus, shots, and recorded devices.

learning curves | plateaus | shots | devices: ideal, noisy, mitigated | judge
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from daybrief.labs.kit import (
    Chart,
    Findings,
    Interval,
    Measure,
    Outcome,
    Plot,
    Row,
    Rows,
    Series,
    Trial,
    Words,
    mean,
    paired,
)
from daybrief.labs.quantum.classifier import CircuitClassifier
from daybrief.labs.quantum.comparison import (
    ARMS,
    CLASSICAL,
    Sizes,
    Table,
    breast_cancer,
    compare,
    digits,
    fashion,
    split_of,
)
from daybrief.labs.quantum.devices import Calibration, RecordedDevice
from daybrief.labs.quantum.obstacles import Cost, decay, exponent, gradient_variance, shot_errors

Array = NDArray[np.float64]
DEVICES = ("manila", "nairobi", "kolkata", "sherbrooke", "torino", "fez")
SHOTS = (10, 100, 1000, 10_000)
DEPTHS = (2, 4, 8, 16, 32)  # in one brick layer the parity does not depend on every angle
COSTS: tuple[Cost, ...] = ("local", "global")
DEEP, SHALLOW = "deep", "shallow"
NAMES = {
    "tt": Words(en="TTN-VQC", ko="TTN-VQC"),
    "tt_removed": Words(en="TTN-VQC, circuit removed", ko="TTN-VQC, 회로를 뺌"),
    "frozen": Words(en="untrained tensor train + VQC", ko="학습하지 않은 텐서 트레인 + VQC"),
    "pca": Words(en="PCA-VQC", ko="PCA-VQC"),
    "pca_removed": Words(en="PCA-VQC, circuit removed", ko="PCA-VQC, 회로를 뺌"),
    "reupload": Words(en="PCA + re-uploading VQC", ko="PCA + 재입력 VQC"),
    "refitted": Words(en="PCA-VQC, PCA refitted on test", ko="PCA-VQC, 시험 자료로 PCA를 다시 맞춤"),
    "mlp": Words(en="MLP of equal size on PCA", ko="같은 크기의 MLP (PCA)"),
    "logistic_pca": Words(en="logistic regression on PCA", ko="로지스틱 회귀 (PCA)"),
    "logistic": Words(en="logistic regression on all", ko="로지스틱 회귀 (모든 특징)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured at a scale; `rows` are the training rows of the learning curve, 0 for all."""

    splits: int
    rows: tuple[int, ...]
    circuits: Sizes
    widths: tuple[int, ...]
    draws: int
    devices: tuple[str, ...]
    tested: int  # rows that are run on a device


SIZES = {
    "smoke": Size(
        splits=2, rows=(80,), circuits=Sizes(qubits=4, depth=1, steps=80), widths=(2, 4, 6), draws=200,
        devices=DEVICES[:1], tested=12,
    ),
    "small": Size(
        splits=5, rows=(40, 120, 0), circuits=Sizes(), widths=(2, 4, 6, 8, 10), draws=300,
        devices=DEVICES, tested=40,
    ),
    "full": Size(
        splits=10, rows=(40, 120, 400, 0), circuits=Sizes(qubits=10, depth=4, steps=1000),
        widths=(2, 4, 6, 8, 10, 12), draws=500, devices=DEVICES, tested=200,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Curve:
    """Accuracies on one table: by number of training rows, arm, and split."""

    table: str
    rows: tuple[int, ...]
    accuracy: dict[int, dict[str, list[float]]]
    parameters: dict[str, int]

    def last(self, arm: str) -> list[float]:
        """Accuracy of each split at the most training rows."""
        return self.accuracy[self.rows[-1]][arm]


@dataclass(frozen=True, kw_only=True)
class Noisy:
    """A device: mean |error| of <Z> and accuracy, as measured and extrapolated, and the links it needed."""

    calibration: Calibration
    links: int
    error: Array  # (rows,)
    mitigated_error: Array  # (rows,)
    accuracy: float
    mitigated_accuracy: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Everything that was measured."""

    curves: tuple[Curve, ...]
    widths: tuple[int, ...]
    variances: dict[tuple[str, Cost], list[float]]
    by_depth: dict[Cost, list[float]]  # at the last but one of the widths
    shot_errors: list[float]
    ideal: float
    devices: tuple[Noisy, ...]


def run(trial: Trial) -> Findings:
    """Measures; scale full wants the folder of Fashion-MNIST's idx files with `--data`."""
    size = SIZES[trial.scale]
    tables = [digits()]
    if trial.scale != "smoke":
        tables.append(breast_cancer())
    if trial.data is not None or trial.scale == "full":
        tables.append(fashion(trial.given("the folder of Fashion-MNIST's idx files")))
    curves = [curve(table, size, trial, part=at > 0) for at, table in enumerate(tables)]
    trial.tell("plateaus and shots")
    variances, by_depth = plateaus(size, trial), depths(size, trial)
    errors = shot_errors(4, 2, SHOTS, trial.rng("shots"), settings=size.draws)
    ideal, noisy = on_devices(size, trial)
    measured = Measured(
        curves=tuple(curves),
        widths=size.widths,
        variances=variances,
        by_depth=by_depth,
        shot_errors=errors,
        ideal=ideal,
        devices=tuple(noisy),
    )
    return findings(measured, trial)


def curve(table: Table, size: Size, trial: Trial, *, part: bool) -> Curve:
    """All arms on one table; `part` measures at the most training rows only."""
    accuracy: dict[int, dict[str, list[float]]] = {}
    parameters: dict[str, int] = {}
    for seed in trial.seeds(size.splits):
        trial.tell(f"learning from {table.name}, seed {seed}")
        whole = split_of(table, seed)
        for rows in size.rows[-1:] if part else size.rows:
            split = whole.first(rows) if rows else whole
            got, parameters = compare(split, size.circuits, seed)
            column = accuracy.setdefault(len(split.train.labels), {})
            for arm, value in got.items():
                column.setdefault(arm, []).append(value)
    return Curve(table=table.name, rows=tuple(sorted(accuracy)), accuracy=accuracy, parameters=parameters)


def plateaus(size: Size, trial: Trial) -> dict[tuple[str, Cost], list[float]]:
    """Variance of the gradient by qubits: deep (2n layers) and shallow (2), local and global."""
    variances: dict[tuple[str, Cost], list[float]] = {}
    for kind in (DEEP, SHALLOW):
        for cost in COSTS:
            random = trial.rng("plateau", kind, cost)
            variances[kind, cost] = [
                gradient_variance(n, 2 * n if kind == DEEP else 2, cost, random, draws=size.draws)
                for n in size.widths
            ]
    return variances


def depths(size: Size, trial: Trial) -> dict[Cost, list[float]]:
    """Variance of the gradient by depth at one width."""
    width = size.widths[-2]
    return {
        cost: [
            gradient_variance(width, depth, cost, trial.rng("depth", cost, depth), draws=size.draws)
            for depth in DEPTHS
        ]
        for cost in COSTS
    }


def on_devices(size: Size, trial: Trial) -> tuple[float, list[Noisy]]:
    """A trained PCA-VQC of four qubits: its ideal accuracy, and what each device makes of it."""
    split = split_of(digits(), trial.seed)
    model = CircuitClassifier(4, 2, "pca", steps=size.circuits.steps, seed=trial.seed)
    model.fit(split.train.features, split.train.labels)
    rows, labels = split.test.features[: size.tested], split.test.labels[: size.tested]
    noisy = []
    for name in size.devices:
        trial.tell(f"under the noise of {name}")
        noisy.append(on_device(RecordedDevice(name, seed=trial.seed), model, rows, labels))
    return float((model.predict(rows) == labels).mean()), noisy


def on_device(
    device: RecordedDevice, model: CircuitClassifier, rows: Array, labels: NDArray[np.int64]
) -> Noisy:
    """The model's circuit on one device, as it is and extrapolated to no noise."""
    angles, weights = model.angles(rows), model.trained_["weights"]
    truth = model.shown(angles)
    raw, mitigated = device.mitigated(model.circuit_, weights, angles)

    def accuracy(shown: Array) -> float:
        return float((model.classes_[model.from_expectations(shown).argmax(axis=1)] == labels).mean())

    return Noisy(
        calibration=device.calibration,
        links=device.links(model.circuit_, weights),
        error=np.abs(raw - truth).mean(axis=1),
        mitigated_error=np.abs(mitigated - truth).mean(axis=1),
        accuracy=accuracy(raw),
        mitigated_accuracy=accuracy(mitigated),
    )


# ── judging ─────────────────────────────────────────────────────────────────────────────────────────


def findings(measured: Measured, trial: Trial) -> Findings:
    """The card's numbers, the falsifier's outcomes and the picture."""
    return Findings(
        measures=tuple(measures(measured, trial)),
        outcomes=tuple(outcomes(measured, trial)),
        because=because(measured, trial),
        data=(*(table_name(c) for c in measured.curves), CALIBRATIONS),
        seeds=trial.seeds(SIZES[trial.scale].splits),
        chart=chart(measured, trial),
    )


KOREAN_TABLES = {
    "digits 3/5/8/9": "손글씨 숫자 3/5/8/9",
    "breast cancer": "유방암 자료",
    "Fashion-MNIST": "Fashion-MNIST",
}


CALIBRATIONS = Words(en="recorded calibrations of IBM devices", ko="IBM 장치들의 기록된 보정값")


def table_name(curve: Curve) -> Words:
    """The name of the table of a curve."""
    return Words(en=curve.table, ko=KOREAN_TABLES.get(curve.table, curve.table))


def gap(curve: Curve, ours: str, theirs: str, trial: Trial) -> Interval:
    """Paired difference of accuracy over the splits, at the most training rows."""
    return paired(curve.last(ours), curve.last(theirs), trial.rng("gap", curve.table, ours, theirs))


def outcomes(measured: Measured, trial: Trial) -> list[Outcome]:
    """The outcome of each condition of the page."""
    main = measured.curves[0]
    trained, over_pca = gap(main, "tt", "frozen", trial), gap(main, "tt", "pca", trial)
    removed = {c.table: gap(c, "tt", "tt_removed", trial) for c in measured.curves}
    refit = gap(main, "pca", "refitted", trial)
    slopes = [decay(measured.widths, measured.variances[DEEP, cost]) for cost in COSTS]
    law = exponent(SHOTS, measured.shot_errors)
    helped = sum(float(d.mitigated_error.mean()) < float(d.error.mean()) for d in measured.devices)
    enough = trial.scale != "smoke"
    return [
        Outcome(key="trained", met=trained.value >= 0.10 if enough else None, measured=str(trained)),
        Outcome(key="pca", met=over_pca.low > 0 if enough else None, measured=str(over_pca)),
        Outcome(
            key="circuit",
            met=all(r.low > 0 for r in removed.values()) if enough else None,
            measured="; ".join(f"{table}: {r}" for table, r in removed.items()),
        ),
        Outcome(key="refit", met=refit.value >= 0.30 if enough else None, measured=str(refit)),
        Outcome(
            key="plateau",
            met=all(-1.3 <= s <= -0.7 for s in slopes) if enough else None,
            measured=f"local {slopes[0]:.2f}, global {slopes[1]:.2f}",
        ),
        Outcome(key="shots", met=abs(law + 0.5) <= 0.05, measured=f"{law:.3f}"),
        Outcome(
            key="noise",
            met=2 * helped > len(measured.devices) if len(measured.devices) >= 5 else None,
            measured=f"{helped} of {len(measured.devices)} devices",
        ),
    ]


def measures(measured: Measured, trial: Trial) -> list[Measure]:
    """Every number of the card."""
    rows: list[Measure] = []
    for at, curve in enumerate(measured.curves):
        for arm in curve.accuracy[curve.rows[-1]]:
            span = mean(curve.last(arm), trial.rng("arm", curve.table, arm))
            size = f" ({curve.parameters[arm]})" if arm in curve.parameters else ""
            table = table_name(curve).ko
            name = Words(
                en=f"accuracy on {curve.table}, {NAMES[arm].en}{size}",
                ko=f"{table} 정확도, {NAMES[arm].ko}{size}",
            )
            loose = 0.15 if at == 0 and arm in ("tt", "pca", "logistic") else None
            rows.append(span.measure(f"{'main' if at == 0 else f'table{at}'}_{arm}", name, tolerance=loose))
    rows += _gaps(measured, trial)
    rows += _obstacles(measured)
    return rows + _device_measures(measured, trial)


def _gaps(measured: Measured, trial: Trial) -> list[Measure]:
    pairs = (
        ("tt", "frozen"), ("tt", "pca"), ("tt", "tt_removed"), ("pca", "pca_removed"), ("tt", "mlp"),
        ("tt", "logistic"), ("pca", "refitted"),
    )  # fmt: skip
    rows = []
    for at, curve in enumerate(measured.curves):
        for ours, theirs in pairs:
            name = Words(
                en=f"{NAMES[ours].en} minus {NAMES[theirs].en}, {curve.table}",
                ko=f"{NAMES[ours].ko}와 {NAMES[theirs].ko}의 차이, {table_name(curve).ko}",
            )
            rows.append(gap(curve, ours, theirs, trial).measure(f"gap{at}_{ours}_{theirs}", name))
    return rows


def _obstacles(measured: Measured) -> list[Measure]:
    rows = []
    for (kind, cost), values in measured.variances.items():
        korean = f"{'깊은' if kind == DEEP else '얕은'} 회로, {'국소' if cost == 'local' else '전역'} 비용"
        name = Words(
            en=f"slope of log2 gradient variance by qubits, {kind}, {cost} cost",
            ko=f"큐비트 수에 대한 기울기 분산(log2)의 기울기, {korean}",
        )
        loose = 0.2 if kind == DEEP else None
        rows.append(
            Measure(
                key=f"plateau_{kind}_{cost}", name=name, value=decay(measured.widths, values), tolerance=loose
            )
        )
    for cost, values in measured.by_depth.items():
        width = measured.widths[-2]
        for depth, value in zip(DEPTHS, values, strict=True):
            korean = "국소" if cost == "local" else "전역"
            name = Words(
                en=f"gradient variance at {width} qubits, depth {depth}, {cost} cost",
                ko=f"{width}큐비트, 깊이 {depth}에서의 기울기 분산, {korean} 비용",
            )
            rows.append(Measure(key=f"depth_{depth}_{cost}", name=name, value=value))
    law = Words(en="exponent of the shot error", ko="측정 횟수에 대한 오차의 지수")
    rows.append(
        Measure(key="shot_exponent", name=law, value=exponent(SHOTS, measured.shot_errors), tolerance=0.03)
    )
    return rows


def _device_measures(measured: Measured, trial: Trial) -> list[Measure]:
    ideal = Words(en="accuracy of the four-qubit circuit, ideal", ko="4큐비트 회로의 정확도, 이상적")
    rows = [Measure(key="ideal", name=ideal, value=measured.ideal)]
    for device in measured.devices:
        name = device.calibration.device
        for key, values, en, ko in (
            ("error", device.error, "measured", "측정값"),
            ("mitigated", device.mitigated_error, "extrapolated", "외삽값"),
        ):
            words = Words(en=f"mean error of <Z> on {name}, {en}", ko=f"{name}에서 <Z>의 평균 오차, {ko}")
            rows.append(mean(values, trial.rng(name, key)).measure(f"{name}_{key}", words))
        for key, value, en, ko in (
            ("accuracy", device.accuracy, "measured", "측정값"),
            ("mitigated_accuracy", device.mitigated_accuracy, "extrapolated", "외삽값"),
        ):
            words = Words(en=f"accuracy on {name}, {en}", ko=f"{name}에서의 정확도, {ko}")
            rows.append(Measure(key=f"{name}_{key}", name=words, value=value))
    return rows


def because(measured: Measured, trial: Trial) -> Words:
    """The verdict's reason, in two sentences."""
    main = measured.curves[0]
    removed, over_pca = gap(main, "tt", "tt_removed", trial), gap(main, "tt", "pca", trial)
    plain = float(np.mean(main.last("logistic")))
    ours = float(np.mean(main.last("tt")))
    errors = [float(d.error.mean()) for d in measured.devices]
    softer = [float(d.mitigated_error.mean()) for d in measured.devices]
    apart, removal = (f"{100 * span.value:+.1f}" for span in (over_pca, removed))
    bounds = f"[{100 * removed.low:+.1f}, {100 * removed.high:+.1f}]"
    raw, softened = f"{np.mean(errors):.3f}", f"{np.mean(softer):.3f}"
    return Words(
        en=f"On {main.table} TTN-VQC reaches {ours:.1%}, {apart} points from PCA-VQC; from the same model "
        f"without its circuit it differs by {removal} points {bounds}, and logistic regression reaches "
        f"{plain:.1%}. Recorded device noise moves <Z> by {raw} in the mean, {softened} after extrapolation.",
        ko=f"{table_name(main).ko}에서 TTN-VQC의 정확도는 {ours:.1%}로 PCA-VQC와 {apart}포인트 차이이고, "
        f"회로를 뺀 같은 모델과는 {removal}포인트 {bounds} 차이이며, 로지스틱 회귀는 {plain:.1%}입니다. "
        f"기록된 장치 잡음은 <Z>를 평균 {raw}, 외삽한 뒤에는 {softened}만큼 움직입니다.",
    )


# ── the picture ─────────────────────────────────────────────────────────────────────────────────────


def chart(measured: Measured, trial: Trial) -> Chart:
    """Learning curve, plateaus, arms beside each other, devices."""
    return Chart(
        says=Words(
            en="Arms with and without a circuit; vanishing gradients; device noise and its extrapolation.",
            ko="회로가 있을 때와 없을 때, 사라지는 기울기, 외삽 전후의 장치 잡음.",
        ),
        panels=(
            _curve_plot(measured.curves[0], trial),
            _arms_rows(measured.curves[0], trial),
            _plateau_plot(measured),
            _depth_plot(measured),
            _device_rows(measured, trial),
        ),
    )


def _curve_plot(curve: Curve, trial: Trial) -> Plot:
    lines = []
    for arm in ("tt", "tt_removed", "pca", "frozen", "logistic"):
        spans = [mean(curve.accuracy[n][arm], trial.rng("curve", arm, n)) for n in curve.rows]
        lines.append(
            Series(
                name=NAMES[arm],
                x=tuple(float(n) for n in curve.rows),
                y=tuple(s.value for s in spans),
                low=tuple(s.low for s in spans),
                high=tuple(s.high for s in spans),
            )
        )
    return Plot(
        title=Words(
            en=f"Learning curves, {curve.table}",
            ko=f"학습 곡선, {KOREAN_TABLES.get(curve.table, curve.table)}",
        ),
        x=Words(en="training rows", ko="학습 자료의 수"),
        y=Words(en="accuracy", ko="정확도"),
        series=tuple(lines),
        log_x=True,
    )


def _arms_rows(curve: Curve, trial: Trial) -> Rows:
    rows = []
    for arm in (*ARMS, "refitted", *CLASSICAL):
        span = mean(curve.last(arm), trial.rng("rows", arm))
        shade = 1 if arm in (*CLASSICAL, "tt_removed", "pca_removed") else 0
        rows.append(Row(name=NAMES[arm], value=span.value, low=span.low, high=span.high, shade=shade))
    return Rows(
        title=Words(en="Accuracy with all training rows", ko="모든 학습 자료를 썼을 때의 정확도"),
        x=Words(en="accuracy", ko="정확도"),
        rows=tuple(rows),
        shades=(Words(en="with a circuit", ko="회로가 있음"), Words(en="without", ko="회로가 없음")),
    )


def _plateau_plot(measured: Measured) -> Plot:
    names = {
        (DEEP, "local"): Words(en="deep, local cost", ko="깊은 회로, 국소 비용"),
        (DEEP, "global"): Words(en="deep, global cost", ko="깊은 회로, 전역 비용"),
        (SHALLOW, "local"): Words(en="2 layers, local cost", ko="2층, 국소 비용"),
        (SHALLOW, "global"): Words(en="2 layers, global cost", ko="2층, 전역 비용"),
    }
    widths = tuple(float(n) for n in measured.widths)
    lines = [Series(name=names[key], x=widths, y=tuple(values)) for key, values in measured.variances.items()]
    law = Series(
        name=Words(en="2^-n", ko="2^-n"), x=widths, y=tuple(2.0**-n for n in widths), marks=False, dashed=True
    )
    return Plot(
        title=Words(en="Barren plateaus: variance of a gradient", ko="불모 고원: 기울기의 분산"),
        x=Words(en="qubits", ko="큐비트 수"),
        y=Words(en="variance", ko="분산"),
        series=(*lines, law),
        log_y=True,
    )


def _depth_plot(measured: Measured) -> Plot:
    names = {
        "local": Words(en="local cost", ko="국소 비용"),
        "global": Words(en="global cost", ko="전역 비용"),
    }
    width = measured.widths[-2]
    lines = [
        Series(name=names[cost], x=tuple(float(d) for d in DEPTHS), y=tuple(values))
        for cost, values in measured.by_depth.items()
    ]
    return Plot(
        title=Words(
            en=f"Variance of a gradient by depth, {width} qubits",
            ko=f"깊이에 따른 기울기의 분산, {width}큐비트",
        ),
        x=Words(en="layers", ko="층"),
        y=Words(en="variance", ko="분산"),
        series=tuple(lines),
        log_x=True,
        log_y=True,
    )


def _device_rows(measured: Measured, trial: Trial) -> Rows:
    rows = []
    for device in measured.devices:
        name = f"{device.calibration.device} ({device.calibration.qubits} q)"
        for shade, values in enumerate((device.error, device.mitigated_error)):
            span = mean(values, trial.rng("device", name, shade))
            rows.append(Row(name=_same(name), value=span.value, low=span.low, high=span.high, shade=shade))
    return Rows(
        title=Words(en="Error of <Z> under recorded device noise", ko="기록된 장치 잡음에서 <Z>의 오차"),
        x=Words(en="mean absolute error", ko="평균 절대 오차"),
        rows=tuple(rows),
        at=0.0,
        shades=(
            Words(en="measured", ko="측정값"),
            Words(en="extrapolated to no noise", ko="잡음 0으로 외삽"),
        ),
    )


def _same(text: str) -> Words:
    return Words(en=text, ko=text)
