"""A workbench on a tiny model, and the sheet that an experiment makes there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from diffviz.engine.experiments import EXPERIMENTS
from diffviz.engine.experiments.memory import Memory
from diffviz.engine.experiments.workbench import Workbench
from diffviz.models import load_model
from diffviz.scene import ExperimentSpec, ModelSpec, SamplerSpec, Scene, params
from diffviz.sheet import Part, Sheet


def picture(side: int = 12) -> np.ndarray:
    """A picture of a gradient, uint8 (side, side, 3)."""
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    return np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(80)), axis=-1).copy()


def bench(folder: Path, name: str, *, with_picture: bool = True, runs: tuple[Any, ...] = (), **given: Any) -> Workbench:
    """A workbench for one experiment: DDIM, 5 steps, with the parameters given."""
    spec = ExperimentSpec(name, params(given), runs)
    scene = Scene(model=ModelSpec(str(folder)), sampler=SamplerSpec("ddim", 5), experiment=spec)
    model = load_model(str(folder), "cpu")
    return Workbench(
        model, scene, Memory(), lambda other: load_model(other, "cpu"), picture() if with_picture else None
    )


def parts(work: Workbench) -> list[Part]:
    """Everything that the scene's experiment yields."""
    return list(EXPERIMENTS[work.scene.experiment.name](work))


def sheet(work: Workbench) -> Sheet:
    """The sheet at the end."""
    made = Sheet()
    for part in parts(work):
        made = made.with_part(part)
    return made
