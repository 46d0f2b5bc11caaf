"""Which cavities should give up gradient, and which take it over, so that radiation falls at constant energy.

    minimise   ½ Σ_n ŷ_n / Σ_n base_n + ½ Σ_γ ŷ_γ / Σ_γ base_γ,     ŷ = unit · (exp(μ + κ sd) - 1)
    subject to Σ g_i L_i = E,   heat of each module <= its limit,
               max(least, g0 - Δ) <= g <= min(most, g0 + Δ)

by sequential least squares (SLSQP) with exact derivatives. Δ is the trust region: a surrogate knows the
range that was sampled, and outside of it promises what is not there. κ is caution: it asks for less where
the model is unsure. Beside it stand the ways without a model: uniform gradients, greedy exchange by
single-cavity scans, random search, and the oracle, the same optimiser on the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from daybrief.errors import LabError
from daybrief.labs.linac.lattice import Array, Lattice
from daybrief.labs.linac.surrogate import Surrogate

Dose = Callable[[Array], Array]  # gradients (m, n) -> doses (m, detectors), rem/h
Cost = Callable[[Array], tuple[float, Array]]  # gradients (n,) -> value and slope (n,)

ENERGY_TOLERANCE = 1e-3  # |ΔE| / E of the claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of a search: `reach` Δ in MV/m around `settings`, at `energy` in MeV; caution κ."""

    settings: Array
    energy: float
    reach: float
    caution: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Gradients (n,) that a search proposes; `promised` is its model's dose there in rem/h, or None."""

    gradients: Array
    promised: Array | None = None


def bounds_of(lattice: Lattice, limits: Limits) -> tuple[Array, Array]:
    """Lowest and highest gradient of each cavity: its own limits cut to the trust region."""
    return (
        np.maximum(lattice.least, np.minimum(limits.settings, lattice.most) - limits.reach),
        np.minimum(lattice.most, np.maximum(limits.settings, lattice.least) + limits.reach),
    )


def starting_point(lattice: Lattice, limits: Limits) -> Array:
    """Gradients near the settings that hold the energy and every limit, (n,).

    Raises LabError, with what can be reached, when there are none.
    """
    _check(lattice, limits)
    low, high = bounds_of(lattice, limits)
    least, most = lattice.energy(low), lattice.energy(high)
    if not least <= limits.energy <= most:
        raise LabError(
            f"the lattice cannot reach {limits.energy:.2f} MeV: within {limits.reach:g} MV/m of the settings "
            f"it gives {least:.2f} to {most:.2f} MeV",
            hint="ask for an energy in that range, widen the trust region or raise the cavities' limits",
        )
    start = low + (high - low) * (limits.energy - least) / max(float(most - least), 1e-12)
    if (lattice.module_heat(start) <= lattice.heat_limits).all():
        near = _nearest(lattice, limits, low, high)
        return near if near is not None else start
    cool = _coolest(lattice, limits, low, high)
    if cool is None:
        raise LabError(
            f"the lattice cannot reach {limits.energy:.2f} MeV within the heat limits of its modules "
            f"({', '.join(f'{module} {watts:g} W' for module, watts in lattice.heat.items())})",
            hint="ask for less energy, raise [heat] or widen the trust region",
        )
    return cool


def _check(lattice: Lattice, limits: Limits) -> None:
    if limits.settings.shape != (len(lattice.cavities),) or not np.isfinite(limits.settings).all():
        raise LabError(
            f"{limits.settings.size} settings do not fit {len(lattice.cavities)} cavities, or are no numbers",
            hint="give one gradient in MV/m for each cavity",
        )
    if not (np.isfinite(limits.energy) and limits.reach > 0 and limits.caution >= 0):
        raise LabError(
            f"energy {limits.energy}, trust region {limits.reach} or caution {limits.caution} cannot be used",
            hint="the trust region is above 0 MV/m, caution 0 or more, energy a finite number of MeV",
        )


def _nearest(lattice: Lattice, limits: Limits, low: Array, high: Array) -> Array | None:
    """The settings shifted alike until the energy is right, where that keeps the heat limits."""
    below, above = -2 * np.abs(high).max(), 2 * np.abs(high).max()
    for _ in range(60):
        middle = (below + above) / 2
        short = lattice.energy(np.clip(limits.settings + middle, low, high)) < limits.energy
        below, above = (middle, above) if short else (below, middle)
    near = np.clip(limits.settings + above, low, high)
    return near if (lattice.module_heat(near) <= lattice.heat_limits).all() else None


def _coolest(lattice: Lattice, limits: Limits, low: Array, high: Array) -> Array | None:
    """The point at the right energy whose hottest module is furthest below its limit; None when it is above.

    minimise t subject to heat_m <= t · limit_m: convex, so SLSQP finds it from anywhere.
    """
    capped = np.isfinite(lattice.heat_limits)
    tops = lattice.heat_limits[capped]
    slopes = 2 * lattice.heat_weights * lattice.membership[capped] / tops[:, None]
    lengths, count = lattice.lengths / limits.energy, len(low)

    def shares(point: Array) -> Array:
        return np.asarray(lattice.module_heat(point[:count])[capped] / tops)

    start = low + (high - low) * (1 - low @ lengths) / ((high - low) @ lengths)
    done = minimize(
        lambda x: x[count],
        np.append(start, shares(start).max()),
        jac=lambda _: np.eye(count + 1)[count],
        method="SLSQP",
        bounds=[*zip(low, high, strict=True), (0.0, None)],
        constraints=[
            {
                "type": "eq",
                "fun": lambda x: x[:count] @ lengths - 1,
                "jac": lambda _: np.append(lengths, 0.0),
            },
            {
                "type": "ineq",
                "fun": lambda x: x[count] - shares(x),
                "jac": lambda x: np.column_stack([-slopes * x[:count], np.ones(len(tops))]),
            },
        ],
        options={"maxiter": 300, "ftol": 1e-9},
    )
    point = np.clip(np.asarray(done.x)[:count], low, high)
    return point if (shares(point) <= 1 + 1e-6).all() and abs(point @ lengths - 1) < 1e-6 else None


def optimise(lattice: Lattice, model: Surrogate, limits: Limits) -> Plan:
    """The method of the paper: gradients (n,) of least forecast radiation, and the dose promised there."""
    _check(lattice, limits)
    base = model.forecast(limits.settings).dose()[0]
    best = _search(lattice, limits, _model_cost(lattice, model, limits.caution, base))
    return Plan(gradients=best, promised=model.forecast(best).dose()[0])


def oracle(lattice: Lattice, dose: Dose, limits: Limits) -> Plan:
    """The same search on the true dose, by central differences: what no measured model can beat."""
    _check(lattice, limits)
    weights = _weights(lattice, dose(limits.settings[None])[0])

    def cost(gradients: Array) -> tuple[float, Array]:
        step = 1e-3 * np.eye(len(gradients))
        values = dose(np.vstack([gradients, gradients + step, gradients - step])) @ weights
        count = len(gradients)
        return float(values[0]), (values[1 : count + 1] - values[count + 1 :]) / 2e-3

    best = _search(lattice, limits, cost)
    return Plan(gradients=best, promised=dose(best[None])[0])


def _weights(lattice: Lattice, base: Array) -> Array:
    """Weight of each detector, so that today's radiation costs 1, halves for neutrons and gammas."""
    kinds = np.array([d.kind for d in lattice.detectors])
    weights = np.zeros(len(kinds))
    for kind in set(kinds):
        chosen = kinds == kind
        weights[chosen] = 1.0 / max(float(base[chosen].sum()), 1e-9) / len(set(kinds))
    return weights


def _model_cost(lattice: Lattice, model: Surrogate, caution: float, base: Array) -> Cost:
    weights = _weights(lattice, base)

    def cost(gradients: Array) -> tuple[float, Array]:
        mean, sd, d_mean, d_sd = model.slopes(gradients)
        high = np.minimum(mean + caution * sd, 60.0)
        each = weights * model.unit * np.exp(high)  # the constant of expm1 is left out: it moves no minimum
        return float(each.sum()), np.asarray(each @ (d_mean + caution * d_sd))

    return cost


def _search(lattice: Lattice, limits: Limits, cost: Cost) -> Array:
    """SLSQP from a feasible point; the answer is never worse than its start and never breaks a limit."""
    start = starting_point(lattice, limits)
    low, high = bounds_of(lattice, limits)
    lengths = lattice.lengths
    capped = np.isfinite(lattice.heat_limits)
    constraints = [
        {
            "type": "eq",
            "fun": lambda g: g @ lengths / limits.energy - 1,
            "jac": lambda _: lengths / limits.energy,
        }
    ]
    if capped.any():
        members, tops = lattice.membership[capped], lattice.heat_limits[capped]
        slopes = 2 * lattice.heat_weights * members
        constraints.append(
            {
                "type": "ineq",
                "fun": lambda g: 1 - lattice.module_heat(g)[capped] / tops,
                "jac": lambda g: -slopes * g / tops[:, None],
            }
        )
    done = minimize(
        lambda g: cost(np.asarray(g)),
        start,
        jac=True,
        method="SLSQP",
        bounds=np.column_stack([low, high]),
        constraints=constraints,
        options={"maxiter": 200, "ftol": 1e-7},
    )
    ended = np.clip(np.asarray(done.x), low, high)
    return ended if _keeps(lattice, limits, ended) and cost(ended)[0] <= cost(start)[0] else start


def _keeps(lattice: Lattice, limits: Limits, gradients: Array) -> bool:
    energy = abs(lattice.energy(gradients) / limits.energy - 1) <= ENERGY_TOLERANCE / 10
    return bool(energy and (lattice.module_heat(gradients) <= lattice.heat_limits * (1 + 1e-4)).all())


def uniform(lattice: Lattice, limits: Limits) -> Plan:
    """Every cavity as near to one common gradient as the limits allow."""
    level = np.full(len(lattice.cavities), limits.energy / lattice.lengths.sum())
    flat = Limits(settings=level, energy=limits.energy, reach=limits.reach)
    low, high = bounds_of(lattice, limits)
    near = _nearest(lattice, flat, low, high)
    return Plan(gradients=near if near is not None else starting_point(lattice, limits))


def greedy(lattice: Lattice, dose: Dose, limits: Limits, *, step: float = 1.0, readings: int = 3) -> Plan:
    """The operator's way: scan each cavity once, take gradient from the worst and give it to the best.

    A scan lowers a cavity by `step` MV/m and averages `readings`; all spend (1 + n) readings of the machine.
    """
    base = _averaged(dose, limits.settings[None], readings)[0]
    weights = _weights(lattice, base)
    count = len(lattice.cavities)
    scanned = _averaged(dose, limits.settings - step * np.eye(count), readings)
    rise = (scanned - base) @ weights / (-step * lattice.lengths)
    low, high = bounds_of(lattice, limits)
    plan = starting_point(lattice, limits)
    for worst in np.argsort(-rise):
        for best in np.argsort(rise):
            if rise[best] >= rise[worst]:
                break
            plan = _exchange(lattice, plan, (int(worst), int(best)), (low, high))
    return Plan(gradients=plan)


def _averaged(dose: Dose, gradients: Array, readings: int) -> Array:
    return np.asarray(np.mean([dose(gradients) for _ in range(readings)], axis=0))


def _exchange(lattice: Lattice, plan: Array, pair: tuple[int, int], bounds: tuple[Array, Array]) -> Array:
    """Moves as much voltage from the first cavity to the second as bounds and heat allow."""
    giver, taker = pair
    lengths = lattice.lengths
    room = min(
        (plan[giver] - bounds[0][giver]) * lengths[giver], (bounds[1][taker] - plan[taker]) * lengths[taker]
    )
    for _ in range(8):
        moved = plan.copy()
        moved[giver] -= room / lengths[giver]
        moved[taker] += room / lengths[taker]
        if (lattice.module_heat(moved) <= lattice.heat_limits).all():
            return moved
        room /= 2
    return plan


def random_search(lattice: Lattice, dose: Dose, limits: Limits, *, tries: int, seed: int) -> Plan:
    """Best of `tries` random moves within the limits; spends one reading of the machine each."""
    random = np.random.default_rng([seed, 17])
    low, high = bounds_of(lattice, limits)
    start = starting_point(lattice, limits)
    moves = start + random.uniform(-limits.reach, limits.reach, (tries, len(start))) * (
        random.random((tries, len(start))) < random.uniform(0.1, 1.0, (tries, 1))
    )
    for _ in range(30):  # back to the energy, within the bounds
        moves = np.clip(
            moves + ((limits.energy - lattice.energy(moves)) / lattice.lengths.sum())[:, None], low, high
        )
    fits = np.abs(lattice.energy(moves) / limits.energy - 1) <= ENERGY_TOLERANCE / 10
    fits &= (lattice.module_heat(moves) <= lattice.heat_limits).all(axis=1)
    moves = np.vstack([start, moves[fits]])
    weights = _weights(lattice, dose(limits.settings[None])[0])
    return Plan(gradients=moves[int(np.argmin(dose(moves) @ weights))])


def cuts(lattice: Lattice, before: Array, after: Array) -> dict[str, float]:
    """Share by which neutron and gamma dose fall, 1 - Σ after / Σ before; below 0 it rises."""
    kinds: NDArray[np.str_] = np.array([d.kind for d in lattice.detectors])
    return {
        kind: float(1 - after[kinds == kind].sum() / max(float(before[kinds == kind].sum()), 1e-12))
        for kind in sorted(set(kinds.tolist()))
    }
