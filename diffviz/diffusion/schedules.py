"""Noise schedules: how much of the picture is left at each level t. numpy only, float64."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

MAX_T = 1_000_000  # far above any model's; a typing error should not fill the memory
MAX_BETA = 0.999  # Nichol & Dhariwal 2021: no singularity at the end of the process
TINY = float(np.finfo(np.float64).tiny)
MIN_BETA = 1e-12  # a step without any noise has no posterior; stays visible in 1 - beta in float64

Params = tuple[tuple[str, float], ...]

# Default ends of β at T = 1000, which are multiplied by 1000/T
BETA_ENDS = {
    "linear": {"beta_start": 1e-4, "beta_end": 0.02},
    "scaled_linear": {"beta_start": 0.00085, "beta_end": 0.012},
    "quadratic": {"beta_start": 1e-4, "beta_end": 0.02},
    "sigmoid_beta": {"beta_start": 1e-4, "beta_end": 0.02},
    "constant": {"beta": 0.01},
}


@dataclass(frozen=True, eq=False, repr=False)
class NoiseSchedule:
    """The variance-preserving forward process, built from its β. Every table is float64 (T+1,), index t, read-only.

    Args:
        beta: T+1 entries; beta[0] = 0 and the others in (0, 1]. 1 erases the picture: zero terminal SNR.
        name: of the function that made it, for display.
        params: the keywords that were given to it, for display.
    Raises:
        ValueError: if ``beta`` is no such table.
    """

    beta: np.ndarray
    name: str = "custom"
    params: Params = ()

    def __post_init__(self) -> None:
        beta = np.array(self.beta, dtype=np.float64)
        if beta.ndim != 1 or len(beta) < 2:
            raise ValueError(f"beta has shape {beta.shape}; it is one list of T+1 numbers with T of at least 1.")
        if beta[0] != 0:
            raise ValueError(f"beta at t = 0 is {beta[0]:g}; level 0 is the clean picture, so it is 0.")
        wrong = np.flatnonzero(~((1.0 - beta[1:] < 1) & (beta[1:] <= 1)))
        if len(wrong):
            t = int(wrong[0]) + 1
            raise ValueError(f"beta at t = {t} is {beta[t]:g}; every beta from t = 1 lies above 0 and at most at 1.")
        beta.setflags(write=False)
        object.__setattr__(self, "beta", beta)

    @classmethod
    def from_alpha_bar(
        cls, alpha_bar: np.ndarray, name: str = "custom", params: Params = (), max_beta: float = MAX_BETA
    ) -> NoiseSchedule:
        """The schedule whose ᾱ this is, with every β limited to at most ``max_beta``.

        Args:
            alpha_bar: T+1 entries, 1 at t = 0, never rising, at least 0.
        Raises:
            ValueError: if ``alpha_bar`` is no such table.
        """
        table = np.asarray(alpha_bar, dtype=np.float64)
        if table.ndim != 1 or len(table) < 2:
            raise ValueError(f"alpha_bar has shape {table.shape}; it is one list of T+1 numbers with T of at least 1.")
        if table[0] != 1 or not table[-1] >= 0 or not np.all(np.diff(table) <= 0):
            raise ValueError("alpha_bar begins with 1 at t = 0 and never rises or goes below 0.")
        before, after = table[:-1], table[1:]
        # once ᾱ is 0 there is nothing left to erase and every β is true; the largest keeps ᾱ at 0 the longest
        beta = 1.0 - np.divide(after, before, out=np.zeros_like(after), where=before > 0)
        return cls(np.concatenate([[0.0], np.clip(beta, MIN_BETA, max_beta)]), name, params)

    def __repr__(self) -> str:
        given = "".join(f", {key}={value!r}" for key, value in self.params)
        return f"NoiseSchedule({self.name}, T={self.T}{given})"

    @property
    def T(self) -> int:
        """The last level, that of (nearly) pure noise."""
        return len(self.beta) - 1

    @cached_property
    def alpha(self) -> np.ndarray:
        """α_t = 1 - β_t."""
        return _read_only(1.0 - self.beta)

    @cached_property
    def alpha_bar(self) -> np.ndarray:
        """ᾱ_t, the product of α_1..α_t: the share of the signal's variance; 1 at t = 0.

        0 only from a β of 1 on: a product too small for a float64 stays at the smallest one of full precision.
        """
        table = np.cumprod(self.alpha)
        left = np.logical_and.accumulate(self.alpha > 0)
        return _read_only(np.where(left, np.maximum(table, TINY), table))

    def alpha_bar_at(self, t: float) -> float:
        """ᾱ of any level: the table's at whole t, between two of them by linear interpolation of ln σ over t.

        Args:
            t: 0, or a number in 1..T; below 1 there is nothing to interpolate, since ln σ_0 is minus infinity.
        Raises:
            IndexError: if t is no such number.
            ValueError: if t lies between two levels of which the upper one has ᾱ = 0.
        """
        if not (t == 0 or 1 <= t <= self.T):
            raise IndexError(f"t = {t} is neither 0 nor in 1..{self.T}")
        low = math.floor(t)
        if low == t:
            return float(self.alpha_bar[low])
        below, above = (math.log(sigma) for sigma in self.sigma[low : low + 2])
        if math.isinf(above):
            raise ValueError(f"t = {t} has no noise level: at t = {low + 1} ᾱ is 0 and σ infinite; choose whole ones.")
        return 1.0 / (1.0 + math.exp(2.0 * (below + (t - low) * (above - below))))

    @cached_property
    def snr(self) -> np.ndarray:
        """ᾱ/(1-ᾱ): inf at t = 0."""
        with np.errstate(divide="ignore"):
            return _read_only(self.alpha_bar / (1.0 - self.alpha_bar))

    @cached_property
    def snr_db(self) -> np.ndarray:
        """SNR in decibels, 10 log10(SNR): inf at t = 0, -inf where ᾱ = 0."""
        with np.errstate(divide="ignore"):
            return _read_only(10.0 * np.log10(self.snr))

    @cached_property
    def sigma(self) -> np.ndarray:
        """σ_VE = √((1-ᾱ)/ᾱ), the noise level of x_VE = x/√ᾱ (Karras et al. 2022): 0 at t = 0, inf where ᾱ = 0.

        Not √(1-ᾱ), the noise's coefficient in x_t, which some call σ too.
        """
        with np.errstate(divide="ignore", over="ignore"):
            return _read_only(np.sqrt((1.0 - self.alpha_bar) / self.alpha_bar))


def _read_only(table: np.ndarray) -> np.ndarray:
    table.setflags(write=False)
    return table


def zero_terminal_snr(schedule: NoiseSchedule) -> NoiseSchedule:
    """The same schedule, shifted and scaled in √ᾱ so that ᾱ_T is exactly 0 (Lin et al. 2024, algorithm 1).

    ᾱ_1 is kept. ε-prediction cannot be used at t = T afterwards: it would divide by √ᾱ_T = 0.

    Raises:
        ValueError: if T is 1, where first and last level are one.
    """
    if schedule.T < 2:
        raise ValueError("a schedule of T = 1 cannot be given zero terminal SNR; T is at least 2.")
    a = np.sqrt(schedule.alpha_bar[1:])
    a = (a - a[-1]) * (a[0] / (a[0] - a[-1]))
    alpha_bar = np.concatenate([[1.0], a**2])
    params = (*schedule.params, ("zero_terminal_snr", True))
    return NoiseSchedule.from_alpha_bar(alpha_bar, schedule.name, params, max_beta=1.0)


def linear(T: int = 1000, beta_start: float | None = None, beta_end: float | None = None) -> NoiseSchedule:
    """β rises linearly, by default from 1e-4 to 0.02 times 1000/T (Ho et al. 2020).

    Args:
        T: number of levels after the clean one, 1..1,000,000.
        beta_start, beta_end: β at t = 1 and t = T, in (0, 1), taken as they are.
    Raises:
        ValueError: if a value lies outside its range.
    """
    start, end = _beta_ends(T, beta_start, beta_end, name="linear")
    return _from_betas(np.linspace(start, end, T), "linear", beta_start=beta_start, beta_end=beta_end)


def scaled_linear(T: int = 1000, beta_start: float | None = None, beta_end: float | None = None) -> NoiseSchedule:
    """√β rises linearly, β by default from 0.00085 to 0.012 times 1000/T (Rombach et al. 2022). As ``linear``."""
    start, end = _beta_ends(T, beta_start, beta_end, name="scaled_linear")
    beta = np.linspace(start**0.5, end**0.5, T) ** 2
    return _from_betas(beta, "scaled_linear", beta_start=beta_start, beta_end=beta_end)


def quadratic(T: int = 1000, beta_start: float | None = None, beta_end: float | None = None) -> NoiseSchedule:
    """√β rises linearly, β by default from 1e-4 to 0.02 times 1000/T. As ``linear``."""
    start, end = _beta_ends(T, beta_start, beta_end, name="quadratic")
    beta = np.linspace(start**0.5, end**0.5, T) ** 2
    return _from_betas(beta, "quadratic", beta_start=beta_start, beta_end=beta_end)


def sigmoid_beta(T: int = 1000, beta_start: float | None = None, beta_end: float | None = None) -> NoiseSchedule:
    """β follows sigmoid(-6..6) between its ends, by default 1e-4 and 0.02 times 1000/T (GeoDiff). As ``linear``.

    The ends are the sigmoid's asymptotes: β_1 lies slightly above the one and β_T slightly below the other.
    """
    start, end = _beta_ends(T, beta_start, beta_end, name="sigmoid_beta")
    beta = start + (end - start) / (1.0 + np.exp(-np.linspace(-6.0, 6.0, T)))
    return _from_betas(beta, "sigmoid_beta", beta_start=beta_start, beta_end=beta_end)


def constant(T: int = 1000, beta: float | None = None) -> NoiseSchedule:
    """The same β at every step, by default 0.01 times 1000/T. Raises ValueError for T or β out of range."""
    (value,) = _beta_ends(T, beta, name="constant")
    return _from_betas(np.full(T, value), "constant", beta=beta)


def cosine(T: int = 1000, s: float = 0.008, shift: float = 1.0) -> NoiseSchedule:
    """ᾱ falls like a squared cosine (Nichol & Dhariwal 2021, eq. 17).

    ᾱ = f(t/T)/f(0) with f(u) = cos²((u+s)/(1+s)·π/2)

    Args:
        T: number of levels after the clean one, 1..1,000,000.
        s: offset that keeps β small near t = 0, at least 0.
        shift: multiplies σ, as ``shifted`` says; the side of a picture over 64 (Hoogeboom et al. 2023).
    Raises:
        ValueError: if a value lies outside its range.
    """
    u = _unit_time(T)
    if not 0 <= s < math.inf:
        raise ValueError(f"s = {s} is not at least 0; the paper's is 0.008.")
    f = np.cos((u + s) / (1.0 + s) * np.pi / 2) ** 2
    given = _given(s=s if s != 0.008 else None, shift=shift if shift != 1 else None)
    return NoiseSchedule.from_alpha_bar(shifted(f / f[0], shift), "cosine", given)


def sigmoid(T: int = 1000, start: float = -3.0, end: float = 3.0, tau: float = 1.0) -> NoiseSchedule:
    """ᾱ falls like a sigmoid (Jabri et al. 2022).

    ᾱ = (S(end) - S(x)) / (S(end) - S(start)) with x = start + u·(end - start), u = t/T, S(x) = 1/(1 + e^(-x/τ))

    Args:
        T: number of levels after the clean one, 1..1,000,000.
        start, end: the stretch of the sigmoid between t = 0 and t = T, start below end.
        tau: temperature above 0; smaller is steeper.
    Raises:
        ValueError: if a value lies outside its range, or the stretch is flat in float64.
    """
    u = _unit_time(T)
    if not -math.inf < start < end < math.inf:
        raise ValueError(f"start = {start} is not below end = {end}; the paper's are -3 and 3.")
    if not 0 < tau < math.inf:
        raise ValueError(f"tau = {tau} is not above 0; the paper's is 1.")
    x = (start + u * (end - start)) / tau
    # S(end) - S(x) without cancellation, up to the factor S(end) that the quotient loses
    with np.errstate(over="ignore", under="ignore"):
        fall = -np.expm1(x - end / tau) / (1.0 + np.exp(x))
    if not fall[0] > 0:
        raise ValueError(f"the sigmoid is flat from start/tau = {start / tau:g}; choose a larger tau or a lower start.")
    given = _given(start=start if start != -3 else None, end=end if end != 3 else None, tau=tau if tau != 1 else None)
    alpha_bar = np.minimum.accumulate(np.clip(fall / fall[0], 0.0, 1.0))
    return NoiseSchedule.from_alpha_bar(alpha_bar, "sigmoid", given)


def exponential(T: int = 1000) -> NoiseSchedule:
    """ᾱ = exp(-12 t/T). Raises ValueError for T out of range."""
    return NoiseSchedule.from_alpha_bar(np.exp(-12.0 * _unit_time(T)), "exponential")


def flow(T: int = 1000, shift: float = 1.0) -> NoiseSchedule:
    """Flow matching's straight way x_τ = (1-τ) x_0 + τ ε, τ = t/T, brought to variance 1 (Lipman et al. 2023).

    ᾱ = (1-τ)²/((1-τ)² + τ²), so that x_τ = √((1-τ)² + τ²) x_t

    Args:
        T: number of levels after the clean one, 1..1,000,000.
        shift: s, leads τ to s τ/(1 + (s-1) τ) (Esser et al. 2024, eq. 23), above 0; 3 is theirs for large pictures.
    Raises:
        ValueError: if a value lies outside its range.
    """
    tau = _unit_time(T)
    straight = (1.0 - tau) ** 2 / ((1.0 - tau) ** 2 + tau**2)
    given = _given(shift=shift if shift != 1 else None)
    return NoiseSchedule.from_alpha_bar(shifted(straight, shift), "flow", given)


def shifted(alpha_bar: np.ndarray, shift: float) -> np.ndarray:
    """ᾱ of a σ that is ``shift`` times as large: ᾱ/(ᾱ + shift² (1-ᾱ)), more noise at each t where it is above 1.

    A larger picture of the same content needs it: neighbours that are alike average the noise away. As log SNR minus
    2 ln(shift) (Hoogeboom et al. 2023), as τ of a straight way shift τ/(1 + (shift-1) τ) (Esser et al. 2024).

    Raises:
        ValueError: if ``shift`` is not above 0.
    """
    if not 0 < shift < math.inf:
        raise ValueError(f"shift = {shift} is not above 0; 1 shifts nothing, 3 is for large pictures.")
    return alpha_bar if shift == 1 else alpha_bar / (alpha_bar + shift**2 * (1.0 - alpha_bar))


def custom(betas: Iterable[float]) -> NoiseSchedule:
    """Any list of β, one for each t = 1..T, e.g. a model's own or a drawn curve; taken as they are.

    Raises:
        ValueError: if the list is empty or a β does not lie in (0, 1).
    """
    table = np.asarray(betas if isinstance(betas, np.ndarray) else list(betas))
    if table.ndim != 1 or not len(table) or table.dtype.kind not in "fiu":
        raise ValueError("betas is not a list of at least one number.")
    _check_T(len(table))
    wrong = np.flatnonzero(~((table > 0) & (table < 1)))
    if len(wrong):
        raise ValueError(f"beta at t = {wrong[0] + 1} is {table[wrong[0]]:g}, which is not between 0 and 1.")
    return NoiseSchedule(np.concatenate([[0.0], table]))


SCHEDULES: dict[str, Callable[..., NoiseSchedule]] = {
    "linear": linear,
    "scaled_linear": scaled_linear,
    "quadratic": quadratic,
    "cosine": cosine,
    "sigmoid_beta": sigmoid_beta,
    "sigmoid": sigmoid,
    "constant": constant,
    "exponential": exponential,
    "flow": flow,
    "custom": custom,
}


def _from_betas(betas: np.ndarray, name: str, **params: float | None) -> NoiseSchedule:
    return NoiseSchedule(np.concatenate([[0.0], np.clip(betas, MIN_BETA, MAX_BETA)]), name, _given(**params))


def _given(**params: float | None) -> Params:
    return tuple((key, value) for key, value in params.items() if value is not None)


def _beta_ends(T: int, *given: float | None, name: str) -> tuple[float, ...]:
    """Given ends as they are; default ends times 1000/T, so that the total noise stays the same when T changes."""
    _check_T(T)
    ends = BETA_ENDS[name]
    for label, value in zip(ends, given, strict=True):
        if value is not None and not 0 < value < 1:
            raise ValueError(f"{label} = {value} is not between 0 and 1; leave it out for the default.")
    return tuple(1000.0 / T * own if value is None else value for own, value in zip(ends.values(), given, strict=True))


def _unit_time(T: int) -> np.ndarray:
    _check_T(T)
    return np.arange(T + 1, dtype=np.float64) / T


def _check_T(T: int) -> None:
    try:
        whole = operator.index(T)
    except TypeError:
        whole = 0
    if not 1 <= whole <= MAX_T:
        raise ValueError(f"T = {T} is not a whole number in 1..{MAX_T:,}.")
