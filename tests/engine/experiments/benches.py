"""A workbench on a tiny model, and the sheet that an experiment makes there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from diffviz.diffusion import SCHEDULES, Prediction
from diffviz.engine.experiments import EXPERIMENTS
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.experiments.workbench import Workbench
from diffviz.kinds import PICTURE
from diffviz.models import load_model
from diffviz.scene import ExperimentSpec, ModelSpec, SamplerSpec, Scene, params
from diffviz.sheet import Part, Sheet


def picture(side: int = 12) -> np.ndarray:
    """A picture of a gradient, uint8 (side, side, 3)."""
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    return np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(80)), axis=-1).copy()


def bench(
    folder: Path, name: str, /, *, with_picture: bool = True, runs: tuple[Any, ...] = (), **given: Any
) -> Workbench:
    """A workbench for one experiment: DDIM, 5 steps, with the parameters given."""
    spec = ExperimentSpec(name, params(given), runs)
    scene = Scene(model=ModelSpec(str(folder)), sampler=SamplerSpec("ddim", 5), experiment=spec)
    model = load_model(str(folder), "cpu")
    return Workbench(
        model, scene, Memory(), lambda other: load_model(other, "cpu"), picture() if with_picture else None
    )


class GaussianModel:
    """The exact denoiser of data N(0.1, 0.4²) as a model of grey 6x6 pictures: no network, no clipping."""

    name, prediction, clip, null_class, learned_variance = "gaussian", "x0", None, None, False
    sample_shape, device, fingerprint = (1, 6, 6), torch.device("cpu"), "gaussian"
    class_names: tuple[str, ...] = ()
    kind, folder, words = PICTURE, Path("gaussian"), None

    def __init__(self, T: int = 1000) -> None:
        self.schedule = SCHEDULES["linear"](T=T)
        self.asked: list[float] = []

    def denoiser(self, **_: Any) -> Any:
        def denoise(x_t: torch.Tensor, t: float) -> Prediction:
            self.asked.append(t)
            alpha_bar = self.schedule.alpha_bar_at(t)
            gain = alpha_bar**0.5 * 0.16 / (alpha_bar * 0.16 + 1 - alpha_bar)
            x0_hat = 0.1 + gain * (x_t.double() - alpha_bar**0.5 * 0.1)
            eps_hat = (x_t - alpha_bar**0.5 * x0_hat) / (1 - alpha_bar) ** 0.5
            return Prediction(x0_hat.to(x_t.dtype), eps_hat.to(x_t.dtype))

        return denoise

    def decode(self, x: torch.Tensor) -> torch.Tensor:
        return x


def gaussian_bench(name: str, *, runs: tuple[Any, ...] = (), model: Any = None, **given: Any) -> Workbench:
    """A workbench on a GaussianModel."""
    spec = ExperimentSpec(name, params(given), runs)
    scene = Scene(model=ModelSpec("gaussian"), sampler=SamplerSpec("ddim", 5), experiment=spec)

    def read(other: str) -> Any:
        raise ValueError(f"{other}: is no model")

    return Workbench(model or GaussianModel(), scene, Memory(), read)


def parts(work: Workbench) -> list[Part]:
    """Everything that the scene's experiment yields."""
    return list(EXPERIMENTS[work.scene.experiment.name](work))


def sheet(work: Workbench) -> Sheet:
    """The sheet at the end."""
    made = Sheet()
    for part in parts(work):
        made = made.with_part(part)
    return made
