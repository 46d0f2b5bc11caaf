"""The samplers of a diffusion loss's noise levels: five, with exact changes of variables.

The noise level is told as the log signal-to-noise ratio

    rectified flow   x_t = (1 - t) x_0 + t eps              lambda(t) = 2 log((1 - t) / t)
    eps-prediction   x_t = sqrt(abar) x_0 + sqrt(1 - abar) eps   lambda = log(abar / (1 - abar))

(section 3 of the paper; Kingma and Gao 2023 for the second). A sampler is its quantile function in t: the
sample of a uniform number u is quantile(u), so that every sampler is monotone, can be stratified, and has the
density 1 / |dt/du| by the change of variables. In the log-SNR the density is p(t) |dt/dlambda| with
dt/dlambda = -t (1 - t) / 2.

Uniform          t ~ U(0, 1)
LogitNormal      logit t ~ N(mean, deviation^2)                     Esser et al. 2024, section 3.1
CosMap           t = 1 - 1 / (tan(pi u / 2) + 1)                    Esser et al. 2024, section 3.1
Shifted          t' = k t / (1 + (k - 1) t) of another sampler      Esser et al. 2024, section 5.3.2
LogSnrNormal     lambda ~ N(mean, deviation^2)                      style-friendly: N(-6, 2^2)

All arrays are float64 of any shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from daybrief.errors import LabError
from daybrief.model import Value

Floats = NDArray[np.float64]
_NEAR = 1e-12


def log_snr(t: ArrayLike) -> Floats:
    """lambda(t) = 2 log((1 - t) / t) of a rectified flow; falls from +inf at t = 0 to -inf at t = 1."""
    level = np.asarray(t, np.float64)
    with np.errstate(divide="ignore"):
        return 2 * (np.log1p(-level) - np.log(level))


def time_of(log_snr_: ArrayLike) -> Floats:
    """The inverse, t = 1 / (1 + exp(lambda / 2)), without overflow."""
    half = np.asarray(log_snr_, np.float64) / 2
    return np.exp(-np.logaddexp(0, half))


class NoiseSampler(Protocol):
    """A distribution over the time t of a rectified flow."""

    def quantile(self, u: ArrayLike) -> Floats:
        """The t below which a share u of the samples lies, for u in (0, 1)."""
        ...

    def density(self, t: ArrayLike) -> Floats:
        """The density of t in (0, 1)."""
        ...


def drawn(sampler: NoiseSampler, count: int, rng: np.random.Generator, *, stratified: bool = False) -> Floats:
    """`count` times of a sampler; stratified: one of each of `count` equal parts of its mass, shuffled."""
    if count < 1:
        raise LabError(f"{count} noise levels cannot be drawn", hint="ask for at least one")
    u = rng.random(count)
    if stratified:
        u = (rng.permutation(count) + u) / count
    return sampler.quantile(np.clip(u, _NEAR, 1 - _NEAR))


def density_of_log_snr(sampler: NoiseSampler, log_snr_: ArrayLike) -> Floats:
    """The density of lambda: p(t) t (1 - t) / 2 at t(lambda)."""
    t = time_of(log_snr_)
    return sampler.density(t) * t * (1 - t) / 2


class Uniform(Value, frozen=True, kw_only=True):
    """Every t as often as any other."""

    def quantile(self, u: ArrayLike) -> Floats:
        """Returns u."""
        return _share(u)

    def density(self, t: ArrayLike) -> Floats:
        """1 everywhere."""
        return np.ones_like(_inside(t))


class LogitNormal(Value, frozen=True, kw_only=True):
    """logit t ~ N(mean, deviation^2); in the log-SNR N(-2 mean, (2 deviation)^2)."""

    mean: float = 0.0
    deviation: float = 1.0

    def __post_init__(self) -> None:
        _normal(self.mean, self.deviation)

    def quantile(self, u: ArrayLike) -> Floats:
        """t = sigmoid(mean + deviation z(u))."""
        return time_of(-2 * (self.mean + self.deviation * _z(u)))

    def density(self, t: ArrayLike) -> Floats:
        """Normal density of logit t over t (1 - t)."""
        level = _inside(t)
        z = (-log_snr(level) / 2 - self.mean) / self.deviation
        return np.exp(-z * z / 2) / (self.deviation * math.sqrt(2 * math.pi) * level * (1 - level))


class LogSnrNormal(Value, frozen=True, kw_only=True):
    """lambda ~ N(mean, deviation^2): the paper's sampler, style-friendly at (-6, 2).

    The same as `LogitNormal(mean=-mean / 2, deviation=deviation / 2)`: diffusers' "logit_normal" with
    logit_mean 3.0 and logit_std 1.0.
    """

    mean: float = -6.0
    deviation: float = 2.0

    def __post_init__(self) -> None:
        _normal(self.mean, self.deviation)

    @property
    def logit(self) -> LogitNormal:
        """The same sampler by the logit of t."""
        return LogitNormal(mean=-self.mean / 2, deviation=self.deviation / 2)

    def quantile(self, u: ArrayLike) -> Floats:
        """t(mean - deviation z(u)): a large t has a small log-SNR."""
        return self.logit.quantile(u)

    def density(self, t: ArrayLike) -> Floats:
        """Normal density of lambda(t) times |dlambda/dt|."""
        return self.logit.density(t)


class CosMap(Value, frozen=True, kw_only=True):
    """The cosine schedule's log-SNR for a rectified flow: density 2 / (pi - 2 pi t + 2 pi t^2)."""

    def quantile(self, u: ArrayLike) -> Floats:
        """1 - 1 / (tan(pi u / 2) + 1)."""
        return 1 - 1 / (np.tan(np.pi / 2 * _share(u)) + 1)

    def density(self, t: ArrayLike) -> Floats:
        """2 / (pi (1 - 2 t + 2 t^2))."""
        level = _inside(t)
        return 2 / (np.pi * (1 - 2 * level + 2 * level * level))


class Shifted(Value, frozen=True, kw_only=True):
    """Another sampler with its time shifted, t' = k t / (1 + (k - 1) t): lambda falls by 2 log k.

    `Shifted(of=LogitNormal(), shift=3)` is SD3's: lambda ~ N(-2.2, 2^2).
    """

    of: Uniform | LogitNormal | LogSnrNormal | CosMap
    shift: float = 3.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.shift) and self.shift > 0):
            raise LabError(f"the shift {self.shift} is not above 0", hint="SD3 takes 3")

    def quantile(self, u: ArrayLike) -> Floats:
        """The shifted quantile."""
        return shifted(self.of.quantile(u), self.shift)

    def density(self, t: ArrayLike) -> Floats:
        """p(t) dt/dt' with t = t' / (k - (k - 1) t') and dt/dt' = k / (k - (k - 1) t')^2."""
        level = _inside(t)
        below = self.shift - (self.shift - 1) * level
        return self.of.density(level / below) * self.shift / below**2


def named(name: str, mean: float = -6.0, deviation: float = 2.0) -> NoiseSampler:
    """The sampler of a name; mean and deviation count for `style-friendly` alone. Raises LabError."""
    if name not in NAMED:
        raise LabError(f"there is no noise sampler {name!r}", hint=f"there are: {', '.join(NAMED)}")
    return NAMED[name](mean, deviation)


def shifted(t: ArrayLike, shift: float) -> Floats:
    """t' = k t / (1 + (k - 1) t)."""
    level = np.asarray(t, np.float64)
    return shift * level / (1 + (shift - 1) * level)


# ── eps-prediction: discrete steps of a variance-preserving schedule ────────────────────────────────


def log_snr_of_steps(alphas_cumprod: ArrayLike) -> Floats:
    """lambda = log(abar / (1 - abar)) of every training step, shape (steps,), falling.

    Raises LabError when abar does not fall strictly within (0, 1).
    """
    abar = np.asarray(alphas_cumprod, np.float64)
    if (
        abar.ndim != 1
        or len(abar) < 2
        or not ((abar > 0) & (abar < 1)).all()
        or not (np.diff(abar) < 0).all()
    ):
        raise LabError(
            f"abar of shape {abar.shape} does not fall from 1 to 0",
            hint="give a schedule's alphas_cumprod, without a step of no signal",
        )
    return np.log(abar) - np.log1p(-abar)


def step_weights(sampler: NoiseSampler, alphas_cumprod: ArrayLike) -> Floats:
    """The probability of each training step, shape (steps,), so that its log-SNR follows a sampler's.

    A step owns the log-SNRs that lie nearer to it than to any other; its weight is the sampler's mass there.
    Mass beyond the ends goes to the first and the last step: where a schedule ends, so does the sampler.
    """
    levels = log_snr_of_steps(alphas_cumprod)
    borders = time_of((levels[1:] + levels[:-1]) / 2)
    below = np.concatenate([[0.0], _mass_below(sampler, borders), [1.0]])
    return np.diff(below)


def drawn_steps(
    sampler: NoiseSampler, alphas_cumprod: ArrayLike, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """`count` training steps of an eps-prediction model."""
    below = np.cumsum(step_weights(sampler, alphas_cumprod))
    steps = np.searchsorted(below / below[-1], rng.random(count), side="right")
    return np.minimum(steps, len(below) - 1)


def _mass_below(sampler: NoiseSampler, t: Floats) -> Floats:
    """The inverse of the quantile function by bisection, to 1e-15 of u."""
    low, high = np.zeros_like(t), np.ones_like(t)
    for _ in range(60):
        middle = (low + high) / 2
        above = sampler.quantile(np.clip(middle, _NEAR, 1 - _NEAR)) < t
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def _share(u: ArrayLike) -> Floats:
    share = np.asarray(u, np.float64)
    if not ((share > 0) & (share < 1)).all():
        raise LabError("a share of the mass is not within (0, 1)", hint="draw u from the open interval")
    return share


def _inside(t: ArrayLike) -> Floats:
    level = np.asarray(t, np.float64)
    if not ((level > 0) & (level < 1)).all():
        raise LabError("a time is not within (0, 1)", hint="a density is asked for within the open interval")
    return level


def _normal(mean: float, deviation: float) -> None:
    if not (math.isfinite(mean) and math.isfinite(deviation) and deviation > 0):
        raise LabError(f"N({mean}, {deviation}^2) is no normal distribution", hint="give a deviation above 0")


def _z(u: ArrayLike) -> Floats:
    """The quantile of the standard normal."""
    inverse = NormalDist().inv_cdf
    return np.asarray(np.vectorize(inverse, otypes=[np.float64])(_share(u)), np.float64)


SD3 = Shifted(of=LogitNormal(), shift=3.0)
STYLE_FRIENDLY = LogSnrNormal(mean=-6.0, deviation=2.0)
NAMED: dict[str, Callable[[float, float], NoiseSampler]] = {
    "uniform": lambda _mean, _deviation: Uniform(),
    "logit-normal": lambda _mean, _deviation: LogitNormal(),
    "cosmap": lambda _mean, _deviation: CosMap(),
    "sd3": lambda _mean, _deviation: SD3,
    "style-friendly": lambda mean, deviation: LogSnrNormal(mean=mean, deviation=deviation),
}
