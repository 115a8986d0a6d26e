"""Every number that a schedule says of its levels, as columns over t. numpy only, float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffviz.diffusion.schedules import NoiseSchedule

MIN_SNR_GAMMA = 5.0  # Hang et al. 2023
SIGMA_DATA = 0.5  # Karras et al. 2022, of pictures in [-1, 1]


class PosteriorColumns(NamedTuple):
    """c_0, c_t and β̃ of q(x_s | x_t, x_0), and β_{t|s}, at every t, float64 (T+1,) each."""

    c_0: np.ndarray
    c_t: np.ndarray
    beta_tilde: np.ndarray
    beta: np.ndarray


def posterior_columns(schedule: NoiseSchedule, back: int = 1) -> PosteriorColumns:
    """The posterior of level s = max(t - back, 0) at every t; NaN at t = 0, from which no step leads.

    As ``posterior_coefficients`` says of one t and s (Ho et al. 2020, eq. 7, with α_{t|s} = ᾱ_t/ᾱ_s):

    c_0 = √ᾱ_s β_{t|s}/(1-ᾱ_t),  c_t = √α_{t|s} (1-ᾱ_s)/(1-ᾱ_t),  β̃ = β_{t|s} (1-ᾱ_s)/(1-ᾱ_t)

    At s = 0 they are exactly 1, 0, 0.
    """
    alpha_bar = schedule.alpha_bar
    s = np.maximum(np.arange(schedule.T + 1) - back, 0)
    if back == 1:
        alpha_ts = schedule.alpha
    else:  # summed logarithms, not a quotient: ᾱ_s may have run out of digits
        with np.errstate(divide="ignore", invalid="ignore"):
            whole = np.concatenate([[0.0], np.cumsum(np.log(schedule.alpha[1:]))])
            alpha_ts = np.exp(whole - whole[s])
    before, left, beta_ts = alpha_bar[s], 1.0 - alpha_bar, 1.0 - alpha_ts
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.stack(
            [np.sqrt(before) * beta_ts / left, np.sqrt(alpha_ts) * (1 - before) / left, beta_ts * (1 - before) / left]
        )
    found[:, s == 0] = np.array([[1.0], [0.0], [0.0]])
    found[:, 0] = beta_ts[0] = np.nan
    c_0, c_t, beta_tilde = found
    return PosteriorColumns(c_0, c_t, beta_tilde, beta_ts)


def kl_per_dimension(mean_square: float, alpha_bar: np.ndarray) -> np.ndarray:
    """KL(q(x_t | x_0) ‖ N(0, I)) over the dimensions of x_0, in nats, float64 of ᾱ's shape; infinite at ᾱ = 1.

    ½ [ᾱ x_0² - ᾱ - ln(1-ᾱ)] with the mean of x_0²; see ``kl_to_prior``, which has it of whole samples.
    """
    alpha_bar = np.asarray(alpha_bar, np.float64)
    with np.errstate(divide="ignore"):
        return 0.5 * (alpha_bar * mean_square - alpha_bar - np.log1p(-alpha_bar))


class Preconditioning(NamedTuple):
    """EDM's factors at every t, float64 (T+1,) each."""

    c_skip: np.ndarray
    c_out: np.ndarray
    c_in: np.ndarray
    c_noise: np.ndarray


def preconditioning(schedule: NoiseSchedule, sigma_data: float = SIGMA_DATA) -> Preconditioning:
    """D(x; σ) = c_skip x + c_out F(c_in x, c_noise): what is asked of a network F of deviation 1 in and out.

    Of x = x_t/√ᾱ and σ = √((1-ᾱ)/ᾱ) (Karras et al. 2022, table 1):

    c_skip = σ_d²/(σ² + σ_d²),  c_out = σ σ_d/√(σ² + σ_d²),  c_in = 1/√(σ² + σ_d²),  c_noise = ¼ ln σ

    With σ_d = 1 the network F is asked for -v.

    Args:
        sigma_data: σ_d, the deviation of the data, above 0.
    """
    left, kept = 1.0 - schedule.alpha_bar, sigma_data**2 * schedule.alpha_bar
    whole = left + kept  # ᾱ (σ² + σ_d²), which is finite where σ is not
    with np.errstate(divide="ignore"):
        c_noise = 0.25 * np.log(schedule.sigma)
    return Preconditioning(
        kept / whole, sigma_data * np.sqrt(left / whole), np.sqrt(schedule.alpha_bar / whole), c_noise
    )


def quantities(schedule: NoiseSchedule, mean_square: float, sigma_data: float = SIGMA_DATA) -> dict[str, np.ndarray]:
    """Every quantity by name, float64 (T+1,) each; infinite or NaN where it has no value.

    The weights w say what a squared error of x̂_0 counts in a loss: in that of ε SNR, of x_0 1, of v SNR + 1 (Salimans &
    Ho 2022), of flow matching's u (√SNR + 1)², with min-SNR weighting min(SNR, 5) (Hang et al. 2023), in the bound
    ½ (SNR(t-1) - SNR(t)) (Kingma et al. 2021).

    Args:
        mean_square: the mean of x_0² over its dimensions.
        sigma_data: see ``preconditioning``.
    """
    c_0, c_t, beta_tilde, _ = posterior_columns(schedule)
    snr, snr_db = schedule.snr, schedule.snr_db
    beta = schedule.beta.copy()
    beta[0] = np.nan  # of a step that is not there
    with np.errstate(invalid="ignore"):
        bound = np.concatenate([[np.nan], 0.5 * (snr[:-1] - snr[1:])])
    return {
        "t": np.arange(schedule.T + 1, dtype=np.float64),
        "beta": beta,
        "alpha": 1.0 - beta,
        "alpha_bar": schedule.alpha_bar,
        "signal": np.sqrt(schedule.alpha_bar),
        "noise": np.sqrt(1.0 - schedule.alpha_bar),
        "sigma": schedule.sigma,
        "snr": snr,
        "snr_db": snr_db,
        "lambda": snr_db * (np.log(10.0) / 20.0),
        "c_0": c_0,
        "c_t": c_t,
        "beta_tilde": beta_tilde,
        "kl": kl_per_dimension(mean_square, schedule.alpha_bar) / np.log(2.0),
        "w_eps": snr,
        "w_x_0": np.ones(schedule.T + 1),
        "w_v": snr + 1.0,
        "w_flow": (np.sqrt(snr) + 1.0) ** 2,
        "w_min_snr": np.minimum(snr, MIN_SNR_GAMMA),
        "w_vlb": bound,
        **preconditioning(schedule, sigma_data)._asdict(),
    }


def quantities_at(
    schedule: NoiseSchedule, t: float, s: float, mean_square: float, sigma_data: float = SIGMA_DATA
) -> dict[str, float]:
    """The same of one level t, whole or between two, and the step from it to a lower level s: β is β_{t|s}.

    Raises:
        IndexError: if t lies outside 0..T, or s is not below it.
    """
    if t == 0:
        row, alone = 0, schedule
    elif t == round(t) and s == t - 1:
        row, alone = round(t), schedule
    else:  # the schedule that has no other levels
        if not 0 <= s < t <= schedule.T:
            raise IndexError(f"t = {t}, s = {s}: levels are 0 <= s < t <= {schedule.T}")
        low, high = schedule.alpha_bar_at(s), schedule.alpha_bar_at(t)
        betas = [0.0, 1.0 - high] if s == 0 else [0.0, 1.0 - low, 1.0 - high / low]
        row, alone = len(betas) - 1, NoiseSchedule(np.array(betas))
    found = {name: float(column[row]) for name, column in quantities(alone, mean_square, sigma_data).items()}
    return {**found, "t": float(t)}
