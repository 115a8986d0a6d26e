""" "Denoise from here": the level to begin at."""

from __future__ import annotations

import numpy as np


def start_level(model_alpha_bar: np.ndarray, alpha_bar: float) -> int:
    """The model's level whose SNR is nearest, in dB, to that of ``alpha_bar``; 0 for a clean picture.

    Args:
        model_alpha_bar: the model's table, T+1 entries.
        alpha_bar: ᾱ of the level shown, in [0, 1].
    """
    if alpha_bar >= 1.0:
        return 0
    table = np.clip(model_alpha_bar[1:], 1e-12, 1 - 1e-12)
    value = min(max(alpha_bar, 1e-12), 1 - 1e-12)
    logit = np.log(table / (1 - table))
    return 1 + int(np.argmin(np.abs(logit - np.log(value / (1 - value)))))
