"""Surrogates: from all gradients to the dose at every detector, with an uncertainty that is calibrated.

Two models of one protocol, both of z = log(1 + dose / unit), standardised:

    Ensemble   M heteroscedastic networks (SiLU, Gaussian negative log-likelihood); the mixture's mean μ, the
               mean of their variances σa² (noise) and the variance of their means σe² (ignorance):
               sd² = σa² + σe²
    Process    a Gaussian process with one anisotropic kernel for all detectors and their observed noise

`calibrated` scales sd, detector by detector, so that 95 % of held-out readings fall within 1.96 sd. A
calibration on the sampled range says nothing about gradients outside of it: see the trust region in
`optimiser`.
"""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import dataclass, replace
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

from daybrief.errors import LabError
from daybrief.labs.linac.lattice import Array
from daybrief.labs.linac.measurements import Measurements

Small = NDArray[np.float32]
Z95 = 1.959964


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The dose on the logarithmic scale at one or more settings: `mean` and `sd`, (m, detectors)."""

    mean: Array
    sd: Array
    unit: Array

    def dose(self, caution: float = 0.0) -> Array:
        """Dose in rem/h at mean + caution · sd, (m, detectors), never below 0."""
        return np.asarray(self.unit * np.expm1(np.maximum(self.mean + caution * self.sd, 0.0)))


class Surrogate(Protocol):
    """Forecasts log doses at gradients (m, n) and, for one setting, their derivatives."""

    @property
    def unit(self) -> Array:
        """Dose of each detector, rem/h, that the logarithm counts in, (detectors,)."""
        ...

    def forecast(self, gradients: Array) -> Forecast:
        """Forecast at gradients (m, n)."""
        ...

    def slopes(self, gradients: Array) -> tuple[Array, Array, Array, Array]:
        """The mean (d,) and sd (d,) at one setting (n,), and their derivatives (d, n)."""
        ...

    def scaled(self, factor: Array) -> Self:
        """The same model with each detector's sd multiplied."""
        ...


Model = TypeVar("Model", bound=Surrogate)


@dataclass(frozen=True, kw_only=True)
class Standard:
    """Scales of the training data: inputs, outputs and the unit of the logarithm."""

    centre: Array
    spread: Array
    target: Array
    width: Array
    unit: Array

    @classmethod
    def of(cls, measured: Measurements) -> Standard:
        """Learns the scales; a cavity that never moved gets spread 1, so that it says nothing."""
        unit = np.maximum(np.quantile(measured.doses, 0.02, axis=0), 1e-3)
        logs = np.log1p(measured.doses / unit)
        spread = measured.gradients.std(axis=0)
        return cls(
            centre=measured.gradients.mean(axis=0),
            spread=np.where(spread > 1e-9, spread, 1.0),
            target=logs.mean(axis=0),
            width=np.maximum(logs.std(axis=0), 1e-6),
            unit=unit,
        )

    def inputs(self, gradients: Array) -> Array:
        """Standardised gradients."""
        return np.asarray((gradients - self.centre) / self.spread)

    def logs(self, doses: Array) -> Array:
        """log(1 + dose / unit)."""
        return np.asarray(np.log1p(doses / self.unit))


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleOptions:
    """How the networks are trained."""

    members: int = 5
    width: int = 96
    epochs: int = 80
    batch: int = 128
    rate: float = 3e-3
    decay: float = 1.0  # times the rate


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """M networks n-h-h-2d, evaluated together; arrays carry the member first."""

    layers: tuple[tuple[Small, Small], ...]  # weights (M, in, out), biases (M, 1, out)
    standard: Standard
    factor: Array

    @property
    def unit(self) -> Array:
        """See Surrogate."""
        return self.standard.unit

    def forecast(self, gradients: Array) -> Forecast:
        """See Surrogate."""
        inputs = self.standard.inputs(np.atleast_2d(gradients)).astype(np.float32)
        means, variances = _heads(_forward(self.layers, inputs[None])[-1])
        mean = means.mean(axis=0)
        variance = variances.mean(axis=0) + means.var(axis=0)
        return self._on_scale(mean, np.sqrt(variance))

    def _on_scale(self, mean: Array, sd: Array) -> Forecast:
        width = self.standard.width
        return Forecast(mean=self.standard.target + width * mean, sd=width * self.factor * sd, unit=self.unit)

    def slopes(self, gradients: Array) -> tuple[Array, Array, Array, Array]:
        """See Surrogate; derivatives run forward through the layers."""
        inputs = self.standard.inputs(gradients).astype(np.float32)
        states = _forward(self.layers, inputs[None, None])
        tangent = np.broadcast_to(
            np.diag(1.0 / self.standard.spread), (len(self.layers[0][0]), *2 * (len(inputs),))
        )
        for depth, (weights, _) in enumerate(self.layers):
            tangent = tangent @ weights
            if depth < len(self.layers) - 1:
                tangent = tangent * _silu_slope(states[depth + 1].astype(float))
        means, variances = (a[:, 0] for a in _heads(states[-1]))
        half = means.shape[-1]
        d_means, d_raw = tangent[..., :half], tangent[..., half:]
        d_variances = d_raw * (2 * np.sqrt(variances) / (1 + np.exp(-states[-1][:, 0, half:])))[:, None, :]
        mean, variance = means.mean(axis=0), variances.mean(axis=0) + means.var(axis=0)
        deviation = (means - mean)[:, None, :]
        d_variance = d_variances.mean(axis=0) + 2 * (deviation * (d_means - d_means.mean(axis=0))).mean(
            axis=0
        )
        sd = np.sqrt(variance)
        width = self.standard.width
        scaled = self._on_scale(mean, sd)
        d_sd = width * self.factor * d_variance / (2 * sd)
        return scaled.mean, scaled.sd, (width * d_means.mean(axis=0)).T, d_sd.T

    def scaled(self, factor: Array) -> Ensemble:
        """See Surrogate."""
        return replace(self, factor=self.factor * factor)


def _forward(layers: tuple[tuple[Small, Small], ...], inputs: Small) -> list[Small]:
    """States before each activation; the last is the output. The first entry is the input itself."""
    states = [inputs]
    for depth, (weights, bias) in enumerate(layers):
        hidden = inputs if depth == 0 else _silu(states[-1])
        states.append(hidden @ weights + bias)
    return states


def _silu(x: Small) -> Small:
    return np.asarray(x / (1 + np.exp(-x)), dtype=np.float32)


def _silu_slope(x: Array) -> Array:
    gate = 1 / (1 + np.exp(-x))
    return np.asarray(gate * (1 + x * (1 - gate)))


def _heads(output: Small) -> tuple[Array, Array]:
    """Means and variances (softplus of the raw scale, squared) of the outputs (M, m, 2d)."""
    half = output.shape[-1] // 2
    raw = output[..., half:].astype(float)
    return output[..., :half].astype(float), (np.logaddexp(0.0, raw) + 1e-3) ** 2


def fit_ensemble(measured: Measurements, seed: int, options: EnsembleOptions | None = None) -> Ensemble:
    """Trains the networks with Adam and a cosine schedule; each sees its own order and its own start.

    Raises LabError when there are fewer than 50 readings.
    """
    options = options or EnsembleOptions()
    _enough(measured)
    standard = Standard.of(measured)
    inputs = standard.inputs(measured.gradients).astype(np.float32)
    targets = ((standard.logs(measured.doses) - standard.target) / standard.width).astype(np.float32)
    random = np.random.default_rng([seed, 11])
    parameters = _start(inputs.shape[1], targets.shape[1], options, random)
    steps = options.epochs * math.ceil(len(inputs) / options.batch)
    moments = [(np.zeros_like(p), np.zeros_like(p)) for p in parameters]
    done = 0
    for _ in range(options.epochs):
        orders = np.argsort(random.random((options.members, len(inputs))), axis=1)
        for start in range(0, len(inputs), options.batch):
            chosen = orders[:, start : start + options.batch]
            gradients = _gradients(parameters, inputs[chosen], targets[chosen])
            done += 1
            rate = options.rate * 0.5 * (1 + math.cos(math.pi * done / steps))
            _adam(parameters, gradients, moments, done, rate, options.decay)
    layers = tuple((parameters[i], parameters[i + 1]) for i in range(0, len(parameters), 2))
    return Ensemble(layers=layers, standard=standard, factor=np.ones(targets.shape[1]))


def _enough(measured: Measurements) -> None:
    if len(measured) < 50:
        raise LabError(f"{len(measured)} readings are too few to learn from", hint="measure 50 or more")


def _start(inputs: int, outputs: int, options: EnsembleOptions, random: np.random.Generator) -> list[Small]:
    sizes = [inputs, options.width, options.width, 2 * outputs]
    parameters: list[Small] = []
    for narrow, wide in itertools.pairwise(sizes):
        weights = random.standard_normal((options.members, narrow, wide)) / math.sqrt(narrow)
        parameters += [weights.astype(np.float32), np.zeros((options.members, 1, wide), np.float32)]
    return parameters


def _gradients(parameters: list[Small], inputs: Small, targets: Small) -> list[Small]:
    """Gradients of the mean negative log-likelihood, backwards through the layers."""
    layers = tuple((parameters[i], parameters[i + 1]) for i in range(0, len(parameters), 2))
    states = _forward(layers, inputs)
    delta = _likelihood_slope(states[-1], targets)
    gradients: list[Small] = []
    for depth in range(len(layers) - 1, -1, -1):
        hidden = inputs if depth == 0 else _silu(states[depth])
        gradients = [hidden.transpose(0, 2, 1) @ delta, delta.sum(axis=1, keepdims=True), *gradients]
        if depth:
            gate = 1 / (1 + np.exp(-states[depth]))
            back = delta @ layers[depth][0].transpose(0, 2, 1)
            delta = np.asarray(back * gate * (1 + states[depth] * (1 - gate)), dtype=np.float32)
    return gradients


def _likelihood_slope(output: Small, targets: Small) -> Small:
    """d/d(output) of  log s + (t - m)² / (2 s²),  s = softplus(raw) + 0.001, averaged over the batch."""
    half = targets.shape[-1]
    mean, raw = output[..., :half], output[..., half:]
    scale = np.logaddexp(np.float32(0), raw) + np.float32(1e-3)
    miss = (mean - targets) / scale
    raw_slope = (1 - miss**2) / scale / (1 + np.exp(-raw))
    return np.asarray(np.concatenate([miss / scale, raw_slope], axis=-1) / output.shape[1], dtype=np.float32)


def _adam(
    parameters: list[Small],
    gradients: list[Small],
    moments: list[tuple[Small, Small]],
    step: int,
    rate: float,
    decay: float,
) -> None:
    for value, slope, (first, second) in zip(parameters, gradients, moments, strict=True):
        size = np.sqrt((slope**2).sum(axis=(1, 2), keepdims=True))
        slope = slope * np.minimum(1.0, 10.0 / (size + 1e-12)).astype(np.float32)
        first += 0.1 * (slope - first)
        second += 0.001 * (slope**2 - second)
        ahead = first / (1 - 0.9**step)
        value -= rate * (ahead / (np.sqrt(second / (1 - 0.999**step)) + 1e-8) + decay * value)


@dataclass(frozen=True, kw_only=True)
class Process:
    """A Gaussian process over standardised gradients, one kernel for all detectors.

    k(x, x') = a exp(-½ Σ ((x - x') / l)²); `noise` is the readings' variance. Holds the Cholesky factor of
    k + noise, (m, m), so memory grows with the square of the readings kept.
    """

    points: Array
    factor_low: Array
    weights: Array  # (m, d)
    amplitude: float
    reach: Array
    noise: float
    standard: Standard
    factor: Array

    @property
    def unit(self) -> Array:
        """See Surrogate."""
        return self.standard.unit

    def _kernel(self, inputs: Array) -> Array:
        left, right = inputs / self.reach, self.points / self.reach
        apart = (left**2).sum(axis=1)[:, None] + (right**2).sum(axis=1)[None, :] - 2 * left @ right.T
        return np.asarray(self.amplitude * np.exp(-0.5 * np.maximum(apart, 0.0)))

    def forecast(self, gradients: Array) -> Forecast:
        """See Surrogate."""
        kernel = self._kernel(self.standard.inputs(np.atleast_2d(gradients)))
        solved = cho_solve((self.factor_low, True), kernel.T)
        variance = np.maximum(self.amplitude + self.noise - (kernel * solved.T).sum(axis=1), 1e-12)
        width = self.standard.width
        return Forecast(
            mean=self.standard.target + width * (kernel @ self.weights),
            sd=width * self.factor * np.sqrt(variance)[:, None],
            unit=self.unit,
        )

    def slopes(self, gradients: Array) -> tuple[Array, Array, Array, Array]:
        """See Surrogate."""
        inputs = self.standard.inputs(gradients)
        kernel = self._kernel(inputs[None])[0]
        d_kernel = -kernel[:, None] * (inputs - self.points) / self.reach**2 / self.standard.spread  # (m, n)
        solved = cho_solve((self.factor_low, True), kernel)
        sd = math.sqrt(max(self.amplitude + self.noise - float(kernel @ solved), 1e-12))
        d_sd = -(d_kernel.T @ solved) / sd
        width = self.standard.width
        mean = self.standard.target + width * (kernel @ self.weights)
        scale = width * self.factor
        return mean, scale * sd, width[:, None] * (self.weights.T @ d_kernel), scale[:, None] * d_sd[None, :]

    def scaled(self, factor: Array) -> Process:
        """See Surrogate."""
        return replace(self, factor=self.factor * factor)


def fit_process(measured: Measurements, seed: int, *, kept: int = 900, fitted: int = 300) -> Process:
    """Fits a Gaussian process: its kernel to `fitted` readings by maximum likelihood, itself to `kept`.

    Raises LabError when there are fewer than 50 readings.
    """
    _enough(measured)
    standard = Standard.of(measured)
    random = np.random.default_rng([seed, 13])
    order = random.permutation(len(measured))[:kept]
    inputs = standard.inputs(measured.gradients[order])
    targets = (standard.logs(measured.doses[order]) - standard.target) / standard.width
    size = inputs.shape[1]
    kernel = ConstantKernel(1.0, (1e-2, 1e3)) * RBF(np.full(size, 5.0), (0.5, 200.0)) + WhiteKernel(
        0.02, (1e-5, 1.0)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length at its bound: that cavity says nothing
        fit = GaussianProcessRegressor(kernel).fit(inputs[:fitted], targets[:fitted])
    amplitude = float(fit.kernel_.k1.k1.constant_value)
    noise = float(fit.kernel_.k2.noise_level)
    reach = np.broadcast_to(np.asarray(fit.kernel_.k1.k2.length_scale, dtype=float), (size,))
    blank = Process(
        points=inputs,
        factor_low=np.empty((0, 0)),
        weights=np.empty((0, 0)),
        amplitude=amplitude,
        reach=reach,
        noise=noise,
        standard=standard,
        factor=np.ones(targets.shape[1]),
    )
    covariance = blank._kernel(inputs) + (noise + 1e-8) * np.eye(len(inputs))
    low: Array = np.linalg.cholesky(covariance).astype(np.float64)
    return replace(blank, factor_low=low, weights=cho_solve((low, True), targets))


def calibrated(model: Model, held_out: Measurements) -> Model:
    """Scales each detector's sd so that 95 % of the held-out readings fall within 1.96 sd of the mean."""
    forecast = model.forecast(held_out.gradients)
    logs = np.log1p(held_out.doses / model.unit)
    misses = np.abs(logs - forecast.mean) / np.maximum(forecast.sd, 1e-12)
    rank = min(1.0, 0.95 * (1 + 1 / len(misses)))
    return model.scaled(np.quantile(misses, rank, axis=0) / Z95)


def coverage(model: Surrogate, measured: Measurements) -> float:
    """Share of readings inside the nominal 95 % interval, over all detectors."""
    forecast = model.forecast(measured.gradients)
    return float((np.abs(np.log1p(measured.doses / model.unit) - forecast.mean) <= Z95 * forecast.sd).mean())


def determination(model: Surrogate, measured: Measurements) -> Array:
    """R² of the log dose at each detector, (detectors,)."""
    logs = np.log1p(measured.doses / model.unit)
    misses = ((logs - model.forecast(measured.gradients).mean) ** 2).sum(axis=0)
    return np.asarray(1 - misses / ((logs - logs.mean(axis=0)) ** 2).sum(axis=0))
