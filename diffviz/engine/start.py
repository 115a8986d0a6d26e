""" "Denoise from here": the level to begin at, and the picture in the model's shape."""

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


def fitted(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of a picture in the model's aspect ratio, resized to uint8 (height, width, 3)."""
    from PIL import Image  # not before the first paint

    have_h, have_w = picture.shape[:2]
    scale = min(have_h / height, have_w / width)
    cut_h, cut_w = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = (have_h - cut_h) // 2, (have_w - cut_w) // 2
    cut = np.ascontiguousarray(picture[top : top + cut_h, left : left + cut_w])
    return np.asarray(Image.fromarray(cut).resize((width, height), Image.Resampling.LANCZOS)).copy()
