"""What "denoise from here" begins with: the picture on screen and the level of the model that is as noisy."""

from __future__ import annotations

import numpy as np

from diffviz.diffusion import NoiseSchedule
from diffviz.engine import messages as m
from diffviz.engine.denoising import start_level
from diffviz.gui.numbers import decibels
from diffviz.scene import Scene


def start_from(
    scene: Scene, schedule: NoiseSchedule, model: m.ModelInfo | None, picture: np.ndarray | None
) -> tuple[m.StartFrom, str] | None:
    """The picture and level that "denoise from here" begins with, and the sentence about it; None for no noise yet."""
    if model is None or picture is None:
        return None
    level = start_level(model.schedule.alpha_bar, float(schedule.alpha_bar[scene.t]))
    if level == 0:
        return None
    there = decibels(float(model.schedule.alpha_bar[level]))
    here = decibels(float(schedule.alpha_bar[scene.t]))
    sentence = (
        f"Denoised from the model's t = {level} (SNR {there} dB), the level nearest to t = {scene.t} of your schedule "
        f"({here} dB). The network has seen only {_seen(model)} in training, and draws the like."
    )
    return m.StartFrom(picture, level), sentence


def _seen(model: m.ModelInfo) -> str:
    if not model.class_names:
        return f"pictures like those of {model.name}"
    names = ", ".join(model.class_names[:6])
    return f"{model.name} ({names}{', …' if len(model.class_names) > 6 else ''})"
