"""`daybrief lab use quantum …`: what a circuit adds on a table of one's own, recorded devices, plateaus."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer

from daybrief.labs.quantum import comparison, obstacles, simulator
from daybrief.labs.quantum.classifier import CircuitClassifier
from daybrief.labs.quantum.comparison import Sizes, Table
from daybrief.labs.quantum.devices import RecordedDevice, device_names

app = typer.Typer(
    help="Variational circuits beside honest controls, on data of your own.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The first seed.")]


@app.command()
def compare(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Numbers and labels, a CSV.")],
    label: Annotated[str, typer.Option("--label", metavar="COLUMN", help="The column of the labels.")],
    qubits: Annotated[int, typer.Option("--qubits", min=1, help="Qubits.")] = 4,
    depth: Annotated[int, typer.Option("--depth", min=0, help="Layers.")] = 2,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of training.")] = 300,
    splits: Annotated[int, typer.Option("--splits", min=1, help="How many random splits.")] = 3,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Train circuits, the same models without them, and classical ones; accuracy on held-out rows."""
    rows = comparison.read_table(table, label)
    sizes = Sizes(qubits=qubits, depth=depth, steps=steps)
    accuracy: dict[str, list[float]] = {}
    parameters: dict[str, int] = {}
    for at in range(seed, seed + splits):
        got, parameters = comparison.compare(comparison.split_of(rows, at), sizes, at)
        for arm, value in got.items():
            accuracy.setdefault(arm, []).append(value)
    arms = {
        arm: {"accuracy": float(np.mean(v)), "spread": float(np.std(v)), "parameters": parameters.get(arm)}
        for arm, v in accuracy.items()
    }
    _tell({"table": rows.name, "rows": len(rows.labels), "splits": splits, "arms": arms}, _arms, json)


def _arms(report: dict[str, Any]) -> list[str]:
    lines = [f"{report['table']}: {report['rows']} rows, {report['splits']} splits", ""]
    lines += [
        f"{arm:<14} {row['accuracy']:.3f} ± {row['spread']:.3f}   {row['parameters'] or '–'} trained numbers"
        for arm, row in sorted(report["arms"].items(), key=lambda kv: -kv[1]["accuracy"])
    ]
    ours, without = report["arms"]["tt"]["accuracy"], report["arms"]["tt_removed"]["accuracy"]
    return [*lines, "", f"with its circuit removed TTN-VQC changes by {100 * (without - ours):+.1f} points"]


@app.command()
def noise(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="Numbers and labels, a CSV.")],
    label: Annotated[str, typer.Option("--label", metavar="COLUMN", help="The column of the labels.")],
    device: Annotated[str, typer.Option("--device", metavar="NAME", help="A recorded device.")] = "manila",
    qubits: Annotated[int, typer.Option("--qubits", min=1, max=10, help="Qubits.")] = 4,
    depth: Annotated[int, typer.Option("--depth", min=0, help="Layers.")] = 2,
    rows: Annotated[int, typer.Option("--rows", min=1, max=1000, help="Held-out rows to run.")] = 40,
    shots: Annotated[int, typer.Option("--shots", min=1, help="Shots a row and scale.")] = 4096,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Train a circuit, then run held-out rows under a device's noise, with and without mitigation."""
    split = comparison.split_of(comparison.read_table(table, label), seed)
    model = CircuitClassifier(qubits, depth, "pca", seed=seed).fit(split.train.features, split.train.labels)
    report = _under_noise(model, split.test, RecordedDevice(device, seed), rows, shots)
    _tell(report, lambda measured: [f"{key:<22} {value}" for key, value in measured.items()], json)


def _under_noise(
    model: CircuitClassifier, test: Table, device: RecordedDevice, rows: int, shots: int
) -> dict[str, Any]:
    features, labels = test.features[:rows], test.labels[:rows]
    angles, weights = model.angles(features), model.trained_["weights"]
    truth = model.shown(angles)
    raw, mitigated = device.mitigated(model.circuit_, weights, angles, shots=shots)

    def accuracy(shown: Any) -> float:
        guesses = model.classes_[model.from_expectations(shown).argmax(axis=1)]
        return round(float((guesses == labels).mean()), 4)

    return {
        "device": device.name,
        "rows": len(labels),
        "links": device.links(model.circuit_, weights),
        "accuracy ideal": accuracy(truth),
        "accuracy measured": accuracy(raw),
        "accuracy extrapolated": accuracy(mitigated),
        "error measured": round(float(np.abs(raw - truth).mean()), 4),
        "error extrapolated": round(float(np.abs(mitigated - truth).mean()), 4),
    }


@app.command()
def devices(json: Json = False) -> None:
    """Name every recorded device."""
    _tell({"devices": device_names()}, lambda listed: [", ".join(listed["devices"])], json)


@app.command()
def plateau(
    qubits: Annotated[int, typer.Option("--qubits", min=1, help="The most qubits.")] = 8,
    depth: Annotated[int, typer.Option("--depth", min=1, help="Layers.")] = 16,
    cost: Annotated[Literal["local", "global"], typer.Option("--cost", help="What is read.")] = "local",
    draws: Annotated[int, typer.Option("--draws", min=2, help="Random settings.")] = 200,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Measure how the gradient of a random circuit vanishes with its qubits."""
    random = np.random.default_rng([seed, 29])
    widths = list(range(2, qubits + 1, 2)) or [qubits]
    simulator.check_memory(widths[-1], 1)  # before hours go by on narrower ones
    variances = [obstacles.gradient_variance(n, depth, cost, random, draws=draws) for n in widths]
    slope = obstacles.decay(widths, variances) if len(widths) > 1 else None
    report = {"qubits": widths, "variance": variances, "slope": slope}
    _tell(report, _plateau, json)


def _plateau(report: dict[str, Any]) -> list[str]:
    rows = zip(report["qubits"], report["variance"], strict=True)
    lines = [f"{n:>3} qubits   variance {v:.2e}" for n, v in rows]
    return lines if report["slope"] is None else [*lines, f"log2 falls by {-report['slope']:.2f} a qubit"]


def _tell(report: dict[str, Any], words: Any, json: bool) -> None:
    typer.echo(jsonlib.dumps(report, ensure_ascii=False, indent=1) if json else "\n".join(words(report)))
